//! What the runtime says when it is used wrongly.
//!
//! One sentence says what is missing or not possible here, then comes the call that helps. People search for these texts
//! and match on fragments of them, so the fragments that users of other runtimes of this shape know stay in them. All
//! crates of heist take the texts from here; the ids P1 … P11 are those of the design.

/// P1: there is no runtime on this thread.
pub const NO_REACTOR: &str = "there is no reactor running: this must be called from the context of a heist runtime, that is inside a task, \
     inside `Runtime::block_on`, or while the guard of `Handle::enter` lives";

/// P1, after the thread's own data are gone: the runtime cannot be looked up any more.
pub const CONTEXT_DESTROYED: &str = "there is no reactor running: the thread-local data of this thread have been destroyed already; \
     take a `Handle` before the thread ends and call it instead";

/// P2: the runtime was built without I/O.
pub const IO_DISABLED: &str = "a heist runtime was found, but IO is disabled: call `enable_io` (or `enable_all`) on the runtime builder";

/// P2: the runtime was built without timers.
pub const TIMERS_DISABLED: &str = "a heist runtime was found, but timers are disabled: call `enable_time` (or `enable_all`) on the runtime builder";

/// P3: the runtime is going away; the text of the `io::Error` too.
pub const SHUTTING_DOWN: &str = "a heist runtime was found, but it is being shutdown: finish this work before the runtime is dropped, \
     or use another runtime";

/// A runtime that was inherited by a forked child.
pub const FORKED: &str = "this runtime was built before the process forked, and its threads did not come along: build a new runtime in the child";

/// A host pool for a runtime that has threads of its own, or one thread that drives it.
pub const HOST_POOL_FLAVOR: &str = "`host_pool` is for a runtime without workers: use `Builder::new_hosted`, or `Handle::run_in` for single closures";

/// A host pool and no reactor thread.
pub const HOST_DRIVEN_POOL: &str = "`host_pool` excludes `Reactor::HostDriven`: somebody has to wait for sockets and timers while the pool has other work, so leave `Reactor::Thread`";

/// No pumps, or more than can be counted.
pub const PUMPS: &str = "the number of pumps must be greater than 0 and at most 65535";

/// A pool of a host that runs what it is given instead of queueing it.
pub const INLINE_POOL: &str = "a host pool ran a job inside `HostPool::execute`, where it must only queue it; the job was refused, as will be others:      hand the job to a thread of the pool, which calls `Job::run`";

/// `block_on` of a runtime that a panic has shut down.
pub const SHUT_DOWN_BY_PANIC: &str = "a spawned task panicked and the runtime is configured to shut down on unhandled panic: await the `JoinHandle` of the task under \
     `UnhandledPanic::Ignore` to see the panic and go on";

/// A runtime of many threads that is to shut down on a panic.
pub const UNHANDLED_PANIC: &str = "UnhandledPanic::ShutdownRuntime is only supported in current thread runtime: call `unhandled_panic` on \
     `Builder::new_current_thread`, or set `on_unhandled_panic`";

/// `EventLoop::run_*` inside async code.
pub const NESTED_LOOP: &str = "Cannot run an event loop from within a runtime: this thread is in a turn of a loop, or drives asynchronous tasks; use `.await` or \
     `call_soon` here, or run the loop on a thread of its own";

/// `EventLoop::run_until_complete` that `stop` ended.
pub const STOPPED_BEFORE_COMPLETE: &str = "the event loop was stopped before the future completed: call `stop` when it has, or use `run_forever`";

/// `OnReady::into_inner` from within the callback.
pub const OWN_CALLBACK: &str = "`OnReady::into_inner` was called within its own callback, which has the descriptor until it returns: let the callback return an error \
     instead, which ends the watch";

/// P4: `block_on` inside async code.
pub const NESTED_BLOCK_ON: &str = "Cannot start a runtime from within a runtime: `block_on` would block a thread that drives asynchronous tasks; \
     use `.await` here, or move the call into `spawn_blocking` or, where another thread can take over, `block_in_place`";

/// P5: a `blocking_*` call inside async code.
pub const BLOCKING_IN_ASYNC: &str = "Cannot block the current thread from within a runtime: it drives asynchronous tasks; \
     use the async form of this call with `.await`, or move the call into `spawn_blocking`";

/// P6: a runtime dropped inside async code.
pub const DROP_IN_ASYNC: &str = "Cannot drop a runtime in a context where blocking is not allowed: the drop would wait for its threads from \
     within asynchronous code; call `shutdown_background` instead, or drop it in `spawn_blocking`";

/// P7: `block_in_place` where no other thread can take over.
pub const BLOCK_IN_PLACE: &str = "can call blocking only when running on the multi-threaded runtime: nobody could take over the other tasks of \
     this thread; use `spawn_blocking` instead of `block_in_place`";

/// P8: `spawn_local` without a local context.
pub const SPAWN_LOCAL_OUTSIDE: &str = "`spawn_local` called from outside of a `task::LocalSet` or `runtime::LocalRuntime`: call it inside \
     `LocalSet::run_until` or `LocalRuntime::block_on`, or use `spawn` for a future that is `Send`";

/// P8: `LocalRuntime::spawn_local` from a thread that does not own it.
pub const SPAWN_LOCAL_THREAD: &str = "`spawn_local` called from another thread than the one that owns this `LocalRuntime` or `LocalSet`: \
     the owner thread must call it";

/// P9: the id of the current task, outside of one.
pub const NO_TASK_ID: &str = "Can't get a task id when not inside a task: call this inside a spawned task, or use `task::try_id`";

/// P9: a task-local value that is not set.
pub const TASK_LOCAL_UNSET: &str = "cannot access a task-local storage value without setting it first: wrap the future in `LocalKey::scope`, or use `try_with`";

/// A scope of a task-local value inside the closure that reads it.
pub const TASK_LOCAL_BORROWED: &str = "cannot enter a task-local scope while the task-local storage is borrowed: leave the closure of `LocalKey::with` first";

/// A scope of a task-local value while the thread ends.
pub const TASK_LOCAL_DESTROYED: &str = "cannot enter a task-local scope during or after destruction of the underlying thread-local: do it before the thread ends";

/// A future with a task-local value polled again after it was ready.
pub const TASK_LOCAL_POLLED_TWICE: &str = "`TaskLocalFuture` polled after completion: its output was returned already; poll it no more once it is ready";

/// P10: no worker.
pub const WORKER_THREADS: &str =
    "Worker threads cannot be set to 0: `worker_threads` must be greater than 0";

/// Own workers on a hosted runtime.
pub const HOSTED_WORKERS: &str = "`worker_threads` excludes `new_hosted`: a hosted runtime has no threads of its own to run tasks; set `guest_slots`, or use `new_multi_thread`";

/// A hosted runtime that nobody could drive.
pub const HOSTED_SLOTS: &str =
    "`guest_slots(0)` excludes `new_hosted`: nobody could run its tasks; give it at least one";

/// A runtime with threads that wait for nobody.
pub const HOST_DRIVEN: &str = "`Reactor::HostDriven` excludes `new_multi_thread` and `new_current_thread`: their threads wait for sockets and timers themselves; use `new_hosted`";

/// P10: no blocking thread.
pub const MAX_BLOCKING_THREADS: &str =
    "Max blocking threads cannot be set to 0: `max_blocking_threads` must be greater than 0";

/// P10: the injector would never get its turn.
pub const GLOBAL_QUEUE_INTERVAL: &str = "global_queue_interval must be greater than 0";

/// P10: the driver would never get its turn.
pub const EVENT_INTERVAL: &str = "event_interval must be greater than 0";

/// P10: no event per look at the driver.
pub const MAX_IO_EVENTS_PER_TICK: &str =
    "max_io_events_per_tick must be non-zero: give it a number greater than 0";

/// P10: no event per look of a busy worker at the driver.
pub const MAX_IO_EVENTS_PER_BUSY_TICK: &str =
    "max_io_events_per_busy_tick must be non-zero: give it a number greater than 0";

/// P10: a runtime named by nothing.
pub const EMPTY_NAME: &str = "runtime name shouldn't be empty: give `name` a text whose length is greater than 0, or do not call it";

/// P10: a local runtime on many threads.
pub const BUILD_LOCAL: &str = "multi_thread is not supported for LocalRuntime: call `build_local` on `Builder::new_current_thread`, \
     or `build` for a runtime of many threads";

/// P11: metrics of a worker that does not exist.
pub const WORKER_INDEX: &str = "the index of the worker is out of range: it must be smaller than `RuntimeMetrics::num_workers`";

/// P11: a bucket of a histogram that does not exist.
pub const BUCKET_INDEX: &str = "the index of the bucket is out of range: it must be smaller than `RuntimeMetrics::poll_time_histogram_num_buckets`";

/// A join handle polled again after it gave its output away.
pub const JOIN_HANDLE_POLLED_TWICE: &str = "JoinHandle polled after completion: its output was returned already; poll it no more once it is ready";

/// `JoinError::into_panic` of a task that did not panic.
pub const NOT_A_PANIC: &str =
    "`JoinError` reason is not a panic: ask `is_panic` first, or use `try_into_panic`";

/// Guards of `enter` dropped in another order than the reverse of their creation.
pub const GUARDS_OUT_OF_ORDER: &str = "`EnterGuard` values dropped out of order: guards returned by `Handle::enter` must be dropped in the \
     reverse order of their creation";

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// What users match on.
    const FRAGMENTS: &[(&str, &[&str])] = &[
        (
            NO_REACTOR,
            &[
                "there is no reactor running",
                "must be called from the context of",
            ],
        ),
        (CONTEXT_DESTROYED, &["there is no reactor running"]),
        (IO_DISABLED, &["IO is disabled", "enable_io"]),
        (TIMERS_DISABLED, &["timers are disabled", "enable_time"]),
        (SHUTTING_DOWN, &["is being shutdown"]),
        (FORKED, &["forked", "build a new runtime"]),
        (
            NESTED_BLOCK_ON,
            &["Cannot start a runtime", "from within a runtime", ".await"],
        ),
        (
            BLOCKING_IN_ASYNC,
            &["Cannot block the current thread", "from within a runtime"],
        ),
        (
            DROP_IN_ASYNC,
            &[
                "Cannot drop a runtime",
                "in a context where blocking is not allowed",
            ],
        ),
        (
            BLOCK_IN_PLACE,
            &[
                "can call blocking only",
                "when running on the multi-threaded runtime",
            ],
        ),
        (
            SPAWN_LOCAL_OUTSIDE,
            &[
                "`spawn_local` called from outside of a",
                "LocalSet",
                "LocalRuntime",
            ],
        ),
        (
            SPAWN_LOCAL_THREAD,
            &["spawn_local", "the owner thread must call"],
        ),
        (NO_TASK_ID, &["when not inside a task", "try_id"]),
        (
            TASK_LOCAL_UNSET,
            &[
                "cannot access a task-local storage value",
                "without setting it first",
                "try_with",
            ],
        ),
        (
            TASK_LOCAL_BORROWED,
            &["cannot enter a task-local scope while the task-local storage is borrowed"],
        ),
        (
            TASK_LOCAL_DESTROYED,
            &["cannot enter a task-local scope during or after destruction"],
        ),
        (
            TASK_LOCAL_POLLED_TWICE,
            &["`TaskLocalFuture` polled after completion"],
        ),
        (
            WORKER_THREADS,
            &[
                "Worker threads cannot be set to 0",
                "worker_threads",
                "greater than 0",
            ],
        ),
        (
            MAX_BLOCKING_THREADS,
            &[
                "Max blocking threads cannot be set to 0",
                "max_blocking_threads",
                "greater than 0",
            ],
        ),
        (
            GLOBAL_QUEUE_INTERVAL,
            &["global_queue_interval must be greater than 0"],
        ),
        (EVENT_INTERVAL, &["event_interval must be greater than 0"]),
        (
            MAX_IO_EVENTS_PER_TICK,
            &["max_io_events_per_tick must be non-zero", "greater than 0"],
        ),
        (
            MAX_IO_EVENTS_PER_BUSY_TICK,
            &[
                "max_io_events_per_busy_tick must be non-zero",
                "greater than 0",
            ],
        ),
        (
            EMPTY_NAME,
            &["shouldn't be empty", "`name`", "greater than 0"],
        ),
        (
            BUILD_LOCAL,
            &[
                "multi_thread is not supported for LocalRuntime",
                "build_local",
            ],
        ),
        (WORKER_INDEX, &["out of range"]),
        (BUCKET_INDEX, &["out of range"]),
        (
            SHUT_DOWN_BY_PANIC,
            &["a spawned task panicked", "shut down on unhandled panic"],
        ),
        (
            UNHANDLED_PANIC,
            &[
                "UnhandledPanic::ShutdownRuntime",
                "only supported in current thread runtime",
            ],
        ),
    ];

    #[test]
    fn each_message_keeps_the_fragments_people_match_on() {
        for (message, fragments) in FRAGMENTS {
            for fragment in *fragments {
                assert!(
                    message.contains(fragment),
                    "{fragment:?} is missing in {message:?}"
                );
            }
        }
    }

    #[test]
    fn each_message_is_one_line_without_a_full_stop() {
        for (message, _) in FRAGMENTS {
            assert!(
                !message.contains('\n') && !message.contains("  ") && !message.ends_with('.'),
                "{message:?}"
            );
        }
    }
}
