//! `try_join!`.

/// Waits until all of several futures are `Ok`, or the first is an `Err`.
///
/// Returns `Ok` with the tuple of values, or that first error; the futures still waiting are then dropped. All
/// futures give a `Result` with the same error type. They are polled as those of
/// [`join!`](crate::join), `biased;` included.
///
/// # Errors
///
/// The first error, in the order in which the futures become ready.
///
/// # Cancel safety
///
/// Dropping a `try_join!` that waits drops all its futures, and the values of those that were ready.
///
/// # Examples
///
/// ```
/// # #[heist::main(flavor = "current_thread")]
/// # async fn main() {
/// let both = heist::try_join!(async { Ok::<_, String>(7) }, async { Ok("seven") });
/// assert_eq!(both, Ok((7, "seven")));
///
/// let failed = heist::try_join!(async { Err::<(), _>("no") }, std::future::pending::<Result<(), _>>());
/// assert_eq!(failed, Err("no"));
/// # }
/// ```
#[macro_export]
macro_rules! try_join {
    (biased; $($future:expr),* $(,)?) => {
        $crate::__try_join! { @start Biased; $([$future])* }
    };
    ($($future:expr),* $(,)?) => {
        $crate::__try_join! { @start Rotating; $([$future])* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __try_join {
    (@start $order:ident;) => {
        ::core::result::Result::Ok(())
    };
    (@start $order:ident; $($future:tt)+) => {
        $crate::__branch_labels! { [$crate::__try_join] [@read $order] 0 $($future)+ }
    };

    (@read $order:ident $labels:tt [$($done:tt)+] $count:tt) => {
        $crate::__try_join! { @write $order $count $($done)+ }
    };
    (@read $order:ident [($name:ident $index:tt $upto:tt $mask:ident) $($labels:tt)*] [$($done:tt)*] $count:tt
        [$future:expr] $($rest:tt)*
    ) => {
        $crate::__try_join! { @read $order [$($labels)*] [$($done)* ($index $future)] $upto $($rest)* }
    };
    (@read $order:ident [] $done:tt $count:tt $($rest:tt)+) => {
        ::core::compile_error!("`try_join!` takes at most 64 futures")
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
                                $crate::macros::support::Poll::Ready(::core::result::Result::Ok(value)) => {
                                    futures.$index =
                                        $crate::macros::support::MaybeDone::Done(::core::result::Result::Ok(value));
                                }
                                $crate::macros::support::Poll::Ready(::core::result::Result::Err(error)) => {
                                    return $crate::macros::support::Poll::Ready(::core::result::Result::Err(error));
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
            $crate::macros::support::Poll::Ready(::core::result::Result::Ok(($(
                match futures.$index.take() {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(_) => ::core::unreachable!("an error was returned at once"),
                },
            )+)))
        })
        .await
    }};
}
