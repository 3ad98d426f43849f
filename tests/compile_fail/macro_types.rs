//! Macro calls, sets and runtimes whose types do not fit.

use std::future::ready;

async fn not_a_future() {
    heist::select! { //~ is not a future
        a = 1 => a,
    };
}

async fn handlers_of_two_types() {
    heist::select! {
        a = ready(1) => a,
        _ = ready(2) => "two", //~ incompatible types
    };
}

async fn not_a_result() {
    let _ = heist::try_join!(ready(1)); //~ mismatched types
}

async fn two_kinds_of_error() {
    let _ = heist::try_join!(ready(Err::<(), i32>(1)), ready(Err::<(), &str>("two"))); //~ mismatched types
}

fn not_async() {
    heist::select! { _ = ready(()) => {} } //~ only allowed inside `async` functions
}

async fn a_pinned_future_was_moved() {
    let future = async {};
    heist::pin!(future);
    let unpinned: std::pin::Pin<Box<dyn Future<Output = ()>>> = future; //~ mismatched types
}

fn a_task_local_borrow_that_escapes() -> &'static str {
    heist::task_local!(static TEXT: String);
    TEXT.with(|text| text.as_str()) //~ lifetime may not live long enough
}

fn a_local_runtime_that_leaves() {
    let rt = heist::runtime::LocalRuntime::new().unwrap();
    std::thread::spawn(move || rt.block_on(async {})); //~ cannot be sent between threads safely
}

fn a_set_of_what_is_not_send() {
    let mut set = heist::task::JoinSet::new();
    set.spawn(async { std::rc::Rc::new(1) }); //~ cannot be sent between threads safely
}

fn main() {}
