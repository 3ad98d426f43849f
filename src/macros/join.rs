//! `join!`.

/// Waits for all of several futures, and returns their outputs as a tuple.
///
/// The futures run within the current task: they take turns, never run in parallel, and one that
/// blocks its thread blocks them all. [`spawn`](crate::spawn) runs futures side by side. Anything that is
/// `IntoFuture` is accepted, up to 64 of them.
///
/// A round of polls begins with another future each time, so that none of them can use up the task's
/// budget before the others get their turn. With `biased;` before the first future every round begins with it.
///
/// # Cancel safety
///
/// Dropping a `join!` that waits drops all its futures, and the outputs of those that were ready.
///
/// # Examples
///
/// ```
/// # #[heist::main(flavor = "current_thread")]
/// # async fn main() {
/// let (number, text) = heist::join!(async { 7 }, async { "seven" });
/// assert_eq!((number, text), (7, "seven"));
/// # }
/// ```
#[macro_export]
macro_rules! join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::__join! { @start Biased; $([$future])* }
    };
    ($($future:expr),* $(,)?) => {
        $crate::__join! { @start Rotating; $([$future])* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __join {
    (@start $order:ident;) => {
        ()
    };
    (@start $order:ident; $($future:tt)+) => {
        $crate::__branch_labels! { [$crate::__join] [@read $order] 0 $($future)+ }
    };

    (@read $order:ident $labels:tt [$($done:tt)+] $count:tt) => {
        $crate::__join! { @write $order $count $($done)+ }
    };
    (@read $order:ident [($name:ident $index:tt $upto:tt $mask:ident) $($labels:tt)*] [$($done:tt)*] $count:tt
        [$future:expr] $($rest:tt)*
    ) => {
        $crate::__join! { @read $order [$($labels)*] [$($done)* ($index $future)] $upto $($rest)* }
    };
    (@read $order:ident [] $done:tt $count:tt $($rest:tt)+) => {
        ::core::compile_error!("`join!` takes at most 64 futures")
    };

    (@write $order:ident $count:tt $(($index:tt $future:expr))+) => {{
        let mut futures = ($($crate::macros::support::MaybeDone::new($future),)+);
        let futures = &mut futures;
        let mut order = $crate::macros::support::$order::<$count>::default();
        $crate::macros::support::poll_fn(move |cx| {
            // One reference to all of them, not one to each.
            let futures = &mut *futures;
            let first = order.first();
            let mut pending = false;
            for step in 0..$count {
                match $crate::macros::support::branch(first, step, $count) {
                    $(
                        $index => {
                            let ::core::option::Option::Some(future) = futures.$index.future() else {
                                continue;
                            };
                            // SAFETY: the tuple can be reached through this reference only, which moves no future
                            // out of it, and a future is dropped in place.
                            let future = unsafe { $crate::macros::support::Pin::new_unchecked(future) };
                            match $crate::macros::support::Future::poll(future, cx) {
                                $crate::macros::support::Poll::Ready(output) => {
                                    futures.$index = $crate::macros::support::MaybeDone::Done(output);
                                }
                                $crate::macros::support::Poll::Pending => pending = true,
                            }
                        }
                    )+
                    _ => ::core::unreachable!(),
                }
            }
            if pending {
                return $crate::macros::support::Poll::Pending;
            }
            $crate::macros::support::Poll::Ready(($(futures.$index.take(),)+))
        })
        .await
    }};
}
