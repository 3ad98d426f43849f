//! The attribute macros of `heist`. Programs name them through the facade, as `#[heist::main]` and
//! `#[heist::test]`; this crate is a part of it and promises nothing on its own.
//!
//! A macro here writes as little as it can: it keeps the user's function, wraps it in a plain one,
//! and builds the runtime with the same [`Builder`] calls a program would write by hand. What it
//! refuses, it refuses with one sentence at the token that is wrong, and everything at once rather
//! than one error per compilation.
//!
//! | file | what it does |
//! |---|---|
//! | `lib.rs` | the documentation users read |
//! | `entry.rs` | `main` and `test`: the rules for the function, and the expansion |
//! | `options.rs` | the options in the parentheses |
//! | `select.rs` | the one part of `select!` that needs a procedural macro |
//!
//! [`Builder`]: https://docs.rs/heist/latest/heist/runtime/struct.Builder.html
#![forbid(unsafe_code)]

mod entry;
mod options;
mod select;

use proc_macro::TokenStream;

/// Runs an `async fn` on a runtime of its own, made for this call.
///
/// The usual place is `main`. The function loses its `async`: it builds a runtime, drives the body
/// with `Runtime::block_on` on the calling thread, and drops the runtime when the body is done.
/// Tasks spawned and not awaited end there, at their next yield. Attributes, visibility and the
/// return type stay as they are.
///
/// Functions other than `main` may carry the attribute too, with arguments and generics; each call
/// then builds its own runtime, which is costly and panics inside async code, as every
/// nested `block_on` does.
///
/// # Options
///
/// | option | value | without it |
/// |---|---|---|
/// | `flavor` | `"multi_thread"`, `"current_thread"` or `"local"`, where `task::spawn_local` works | `"multi_thread"` |
/// | `worker_threads` | a number above 0; multi-thread only | one per CPU |
/// | `start_paused` | `true` or `false`: the clock stands still from the start. Every flavor has it; it needs the crate feature `test-util` | `false` |
/// | `name` | the name of the runtime, a string | none |
/// | `crate` | the path of the crate to expand to, as a path or a string | `::heist` |
///
/// # Errors
///
/// The function may return a `Result`, or anything else that is a `Termination`; it is handed to
/// the caller as it is.
///
/// # Panics
///
/// If the operating system refuses what the runtime needs: file descriptors or threads. A program
/// that wants to go on without a runtime calls `heist::runtime::Builder` itself.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     let answer = heist::spawn(async { 6 * 7 }).await;
///     assert_eq!(answer.ok(), Some(42));
/// }
/// ```
///
/// Errors leave through the return type:
///
/// ```
/// #[heist::main(flavor = "current_thread")]
/// async fn main() -> Result<(), std::num::ParseIntError> {
///     let number: u32 = "42".parse()?;
///     assert_eq!(number, 42);
///     Ok(())
/// }
/// ```
///
/// What the first program does, written by hand:
///
/// ```
/// let runtime = heist::runtime::Builder::new_multi_thread()
///     .enable_all()
///     .build()
///     .expect("failed to build the runtime");
/// runtime.block_on(async {
///     let answer = heist::spawn(async { 6 * 7 }).await;
///     assert_eq!(answer.ok(), Some(42));
/// });
/// ```
///
/// Another name for the crate:
///
/// ```
/// use heist as rt;
///
/// #[rt::main(worker_threads = 2, crate = "rt")]
/// async fn main() {
///     rt::task::yield_now().await;
/// }
/// ```
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(entry::Kind::Main, options.into(), item.into()).into()
}

/// Makes an `async fn` a test with a runtime of its own.
///
/// The function becomes a `#[test]`; each test builds a runtime, so tests share nothing and may run
/// side by side. Unlike [`macro@main`] it is the current-thread one unless the options say otherwise:
/// it starts no thread, and runs the same way every time. `#[should_panic]`, `#[ignore]` and other
/// attributes go below, as on any test.
///
/// # Options
///
/// Those of [`macro@main`], with `flavor = "current_thread"` when no flavor is given. So
/// `worker_threads` needs `flavor = "multi_thread"` beside it.
///
/// # Errors
///
/// A test that returns an `Err` fails, as under the standard `#[test]`.
///
/// # Panics
///
/// If the runtime cannot be built; the test fails.
///
/// # Examples
///
/// ```
/// # fn main() {}
/// #[heist::test]
/// async fn a_task_returns_its_output() {
///     let task = heist::spawn(async { "done" });
///     assert_eq!(task.await.ok(), Some("done"));
/// }
///
/// #[heist::test(flavor = "multi_thread", worker_threads = 2)]
/// async fn an_error_fails_the_test() -> Result<(), heist::task::JoinError> {
///     heist::spawn(async {}).await
/// }
/// ```
///
/// With the clock stopped, an hour takes no time:
///
/// ```
/// # fn main() { an_hour_passes() }
/// # #[allow(unused)]
/// #[heist::main(flavor = "current_thread", start_paused = true)]
/// async fn an_hour_passes() {
///     let before = heist::time::Instant::now();
///     heist::time::sleep(heist::time::Duration::from_secs(3600)).await;
///     assert!(before.elapsed() >= heist::time::Duration::from_secs(3600));
/// }
/// ```
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(entry::Kind::Test, options.into(), item.into()).into()
}

/// A part of the expansion of `select!`; not for programs.
#[doc(hidden)]
#[proc_macro]
pub fn clean_pattern(pattern: TokenStream) -> TokenStream {
    select::clean_pattern(pattern.into()).into()
}
