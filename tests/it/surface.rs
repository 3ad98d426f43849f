//! The surface as a compiler sees it: each method with the signature that tokio 1.54 documents, so that one that is missing or takes something else does not compile.
//!
//! Methods that are generic themselves are in [`generic`], free functions and constants beside them.

#![allow(
    clippy::type_complexity,
    clippy::let_underscore_future,
    reason = "the types are the subject, and nothing of it runs"
)]

/// Says that each method can be used as a function of this type; `async`, that it gives a future of this output.
macro_rules! methods {
    () => {};
    (async ($($name:ident: $arg:ty),*) -> $output:ty = $method:expr; $($rest:tt)*) => {
        {
            #[allow(dead_code, reason = "it is only to be compiled")]
            async fn awaited($($name: $arg),*) -> $output {
                $method($($name),*).await
            }
        }
        methods! { $($rest)* }
    };
    ($function:ty = $method:expr; $($rest:tt)*) => {
        let _: $function = $method;
        methods! { $($rest)* }
    };
}

mod broadcast;
mod generic;
mod mpsc;
mod oneshot;
mod runtime;
mod sizes;
mod sync;
mod task;
mod time;
mod util;
mod watch;
