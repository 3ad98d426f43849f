//! Options that are unknown, wrong, twice there, or do not go together.

#[heist::main(flavour = "multi_thread")] //~ unknown option `flavour`; the options are `flavor`, `worker_threads`,
async fn main() {}

#[heist::main(flavor = "work_stealing")] //~ unknown flavor "work_stealing"; the flavors are "multi_thread", "current_thread" and
async fn unknown_flavor() {}

#[heist::test(flavor = "locale")] //~ the flavors are "multi_thread", "current_thread" and "local"
async fn no_such_flavor() {}

#[heist::main(worker_threads = "4")] //~ `worker_threads` must be a whole number, as in `worker_threads = 4`
async fn a_number_in_quotes() {}

#[heist::main(worker_threads = 0)] //~ `worker_threads` must be greater than 0
async fn no_workers() {}

#[heist::test(worker_threads = 2)] //~ `worker_threads` needs the multi-thread runtime
async fn workers_of_one_thread() {}

#[heist::test(start_paused = "yes")] //~ `start_paused` must be `true` or `false`
async fn paused_by_a_word() {}

#[heist::main(crate = "no path")] //~ `crate` must be the path of a crate
async fn no_path() {}

#[heist::main(flavor)] //~ `flavor` needs a value, as in `flavor = "multi_thread"`
async fn no_value() {}

#[heist::main("multi_thread")] //~ expected an option, such as `flavor = "multi_thread"`
async fn no_name() {}

#[heist::main(
    flavor = "multi_thread",
    name = "first",
    name = "second" //~ `name` is given twice
)]
async fn twice() {}

#[heist::main(
    flavor = 1, //~ `flavor` must be a string
    worker_threads = 1.5, //~ `worker_threads` must be a whole number
    colour = "red" //~ unknown option `colour`
)]
async fn everything_at_once() {}
