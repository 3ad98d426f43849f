//! `select!`.

/// Waits for the first of several futures, and runs the handler of that branch.
///
/// ```text
/// select! {
///     pattern = future => handler,
///     pattern = future, if condition => handler,
///     else => expression,
/// }
/// ```
///
/// 1. All conditions are evaluated; a branch whose condition is false is disabled.
/// 2. All future expressions are evaluated, those of disabled branches too. Anything that is
///    `IntoFuture` is accepted, also `&mut future` of a future pinned outside.
/// 3. The futures of the enabled branches are polled, within the current task, beginning at a random branch
///    in each poll. With `biased;` before the first branch they are polled in the order
///    they are written.
/// 4. When one is ready and its value matches the pattern, all futures are dropped and the handler runs. Its
///    value is the value of `select!`. If the value does not match, the branch is disabled and the
///    others are waited for.
/// 5. When all branches are disabled, the expression of `else` is evaluated.
///
/// A handler is a block, or an expression and a comma. It runs outside of the futures, in the
/// surrounding function: `?`, `return`, `break` and `.await` are those of that function.
/// Up to 64 branches are possible.
///
/// Because it polls several futures in one task, `select!` never runs them in parallel. It takes no unit
/// of the task's budget itself, but polls nothing when the budget is used up.
///
/// A name in a pattern that begins with a small letter is taken for a new variable, never for a constant.
///
/// # Panics
///
/// When all branches are disabled and there is no `else`.
///
/// # Cancel safety
///
/// The futures of the branches that lose are dropped before they are ready. Each method documents what
/// that loses; receiving from a channel, say, loses nothing, reading an exact number of bytes may. A future
/// that must go on is pinned outside and passed as `&mut future`.
///
/// # Examples
///
/// ```
/// # #[heist::main(flavor = "current_thread")]
/// # async fn main() {
/// let winner = heist::select! {
///     never = std::future::pending::<&str>() => never,
///     ready = async { "ready" } => ready,
/// };
/// assert_eq!(winner, "ready");
/// # }
/// ```
///
/// A loop that ends when every branch is used up:
///
/// ```
/// # #[heist::main(flavor = "current_thread")]
/// # async fn main() {
/// let (mut left, mut right) = (1..=3, 4..=6);
/// let mut sum = 0;
/// loop {
///     heist::select! {
///         Some(number) = async { left.next() } => sum += number,
///         Some(number) = async { right.next() } => sum += number,
///         else => break,
///     }
/// }
/// assert_eq!(sum, 21);
/// # }
/// ```
#[macro_export]
macro_rules! select {
    (biased; $($branches:tt)*) => {
        $crate::__select! { @start 0; $($branches)* }
    };
    ($($branches:tt)*) => {
        $crate::__select! { @start random; $($branches)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@start $order:tt;) => {
        ::core::compile_error!("`select!` needs a branch")
    };
    (@start $order:tt; else => $else:expr $(,)?) => {
        $else
    };
    (@start $order:tt; $($branches:tt)+) => {
        $crate::__branch_labels! { [$crate::__select] [@read $order []] $($branches)+ }
    };

    // The end, with and without `else`. The last label tells the number of branches and the mask.
    (@read $order:tt ($name:tt $index:tt $count:tt $mask:tt) $labels:tt $branches:tt else => $else:expr $(,)?) => {
        $crate::__select! { @write $count $mask [$crate::__select!(@first $order $count)] [$else] $branches }
    };
    (@read $order:tt ($name:tt $index:tt $count:tt $mask:tt) $labels:tt $branches:tt) => {
        $crate::__select! { @write $count $mask [$crate::__select!(@first $order $count)]
            [::core::panic!("all branches are disabled and there is no else branch")] $branches
        }
    };

    // One branch, by the form of its handler. The label before it is the last one so far.
    (@read $order:tt $last:tt [$label:tt $($labels:tt)*] [$($done:tt)*]
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:block, $($rest:tt)*
    ) => {
        $crate::__select! { @read $order $label [$($labels)*]
            [$($done)* ($label [$pattern] [$future] [$($condition)?] [$handler])] $($rest)*
        }
    };
    (@read $order:tt $last:tt [$label:tt $($labels:tt)*] [$($done:tt)*]
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:block $($rest:tt)*
    ) => {
        $crate::__select! { @read $order $label [$($labels)*]
            [$($done)* ($label [$pattern] [$future] [$($condition)?] [$handler])] $($rest)*
        }
    };
    (@read $order:tt $last:tt [$label:tt $($labels:tt)*] [$($done:tt)*]
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:expr, $($rest:tt)*
    ) => {
        $crate::__select! { @read $order $label [$($labels)*]
            [$($done)* ($label [$pattern] [$future] [$($condition)?] [$handler])] $($rest)*
        }
    };
    (@read $order:tt $last:tt [$label:tt $($labels:tt)*] [$($done:tt)*]
        $pattern:pat = $future:expr $(, if $condition:expr)? => $handler:expr
    ) => {
        $crate::__select! { @read $order $label [$($labels)*]
            [$($done)* ($label [$pattern] [$future] [$($condition)?] [$handler])]
        }
    };
    (@read $order:tt $last:tt [] $branches:tt $($rest:tt)+) => {
        ::core::compile_error!("`select!` takes at most 64 branches")
    };
    (@read $order:tt $last:tt $labels:tt $branches:tt $($rest:tt)+) => {
        ::core::compile_error!("a branch of `select!` is `pattern = future => handler`, with a comma after a handler that is not a block; `else` comes last")
    };

    (@first random $count:tt) => { $crate::macros::support::random_below($count) };
    (@first 0 $count:tt) => { 0 };

    (@write $count:tt $mask:ident [$first:expr] [$else:expr] [$(
        (($name:ident $index:tt $upto:tt $width:ident) [$pattern:pat] [$future:expr] [$($condition:expr)?] [$handler:expr])
    )+]) => {{
        enum __Selected<$($name),+> {
            $($name($name),)+
            Disabled,
        }
        let selected = {
            let mut disabled: ::core::primitive::$mask = 0;
            $($(
                if !$condition {
                    disabled |= 1 << $index;
                }
            )?)+
            let futures = ($($future,)+);
            let mut futures = ($($crate::macros::support::IntoFuture::into_future(futures.$index),)+);
            let futures = &mut futures;
            $crate::macros::support::poll_fn(|cx| {
                $crate::macros::support::ready!($crate::macros::support::poll_budget(cx));
                // One reference to all of them, not one to each.
                let futures = &mut *futures;
                let first: u32 = $first;
                let mut pending = false;
                for step in 0..$count {
                    match $crate::macros::support::branch(first, step, $count) {
                        $(
                            $index => {
                                if disabled & (1 << $index) != 0 {
                                    continue;
                                }
                                // SAFETY: the tuple can be reached through this reference only, which moves nothing
                                // out of it, and it is dropped in place.
                                let future = unsafe {
                                    $crate::macros::support::Pin::new_unchecked(&mut futures.$index)
                                };
                                let value = match $crate::macros::support::Future::poll(future, cx) {
                                    $crate::macros::support::Poll::Ready(value) => value,
                                    $crate::macros::support::Poll::Pending => {
                                        pending = true;
                                        continue;
                                    }
                                };
                                disabled |= 1 << $index;
                                match value {
                                    $crate::macros::support::clean_pattern!($pattern) => {}
                                    #[allow(unreachable_patterns)]
                                    _ => continue,
                                }
                                return $crate::macros::support::Poll::Ready(__Selected::$name(value));
                            }
                        )+
                        _ => ::core::unreachable!(),
                    }
                }
                if pending {
                    $crate::macros::support::Poll::Pending
                } else {
                    $crate::macros::support::Poll::Ready(__Selected::Disabled)
                }
            })
            .await
        };
        match selected {
            $(__Selected::$name($pattern) => $handler,)+
            __Selected::Disabled => $else,
            #[allow(unreachable_patterns)]
            _ => ::core::unreachable!("the value matched before"),
        }
    }};
}
