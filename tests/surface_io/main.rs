//! The public items of tokio 1.54's `io`, `net`, `fs`, `process` and `signal`, as a table for the compiler: each method is called with
//! arguments of exactly those types and its result is taken for exactly that type. If one is missing here or differs, this does not
//! compile. Nothing runs.
//!
//! Left out: what is for Windows or BSD alone, and what tokio has only under `tokio_unstable`.

#![cfg(target_os = "linux")]
#![allow(
    dead_code,
    deprecated,
    reason = "the compiler alone reads it, and deprecated items are items"
)]
#![allow(
    clippy::extra_unused_lifetimes,
    clippy::needless_lifetimes,
    clippy::too_many_arguments,
    clippy::implied_bounds_in_impls,
    clippy::type_complexity,
    clippy::result_large_err,
    reason = "one form for all rows"
)]

/// `methods! { Type => fn name [generics] (arguments) -> result; … }`, where `this` stands for `self`.
macro_rules! methods {
    ($type:ty =>) => {};
    ($type:ty => fn $name:ident [$($generics:tt)*] ($($arg:ident: $arg_type:ty),*) -> $result:ty; $($rest:tt)*) => {
        const _: () = {
            fn check<$($generics)*>($($arg: $arg_type),*) -> $result {
                <$type>::$name($($arg),*)
            }
        };
        methods! { $type => $($rest)* }
    };
    ($type:ty => const fn $name:ident [] ($($arg:ident: $arg_type:ty),*) -> $result:ty; $($rest:tt)*) => {
        const _: () = {
            const fn check($($arg: $arg_type),*) -> $result {
                <$type>::$name($($arg),*)
            }
        };
        methods! { $type => $($rest)* }
    };
    ($type:ty => async fn $name:ident [$($generics:tt)*] ($($arg:ident: $arg_type:ty),*) -> $result:ty; $($rest:tt)*) => {
        const _: () = {
            async fn check<$($generics)*>($($arg: $arg_type),*) -> $result {
                <$type>::$name($($arg),*).await
            }
        };
        methods! { $type => $($rest)* }
    };
    ($type:ty => unsafe fn $name:ident [$($generics:tt)*] ($($arg:ident: $arg_type:ty),*) -> $result:ty; $($rest:tt)*) => {
        const _: () = {
            unsafe fn check<$($generics)*>($($arg: $arg_type),*) -> $result {
                // SAFETY: the caller's promise is passed on.
                unsafe { <$type>::$name($($arg),*) }
            }
        };
        methods! { $type => $($rest)* }
    };
}

/// The same for functions: `functions! { fn path [generics] (arguments) -> result; … }`.
macro_rules! functions {
    () => {};
    (fn $name:path [$($generics:tt)*] ($($arg:ident: $arg_type:ty),*) -> $result:ty; $($rest:tt)*) => {
        const _: () = {
            fn check<$($generics)*>($($arg: $arg_type),*) -> $result {
                $name($($arg),*)
            }
        };
        functions! { $($rest)* }
    };
    (async fn $name:path [$($generics:tt)*] ($($arg:ident: $arg_type:ty),*) -> $result:ty; $($rest:tt)*) => {
        const _: () = {
            async fn check<$($generics)*>($($arg: $arg_type),*) -> $result {
                $name($($arg),*).await
            }
        };
        functions! { $($rest)* }
    };
}

/// `implements! { [generics] Type: Traits; … }`.
macro_rules! implements {
    ($([$($generics:tt)*] $type:ty: ($($bound:tt)+);)*) => {$(
        const _: () = {
            fn check<$($generics)*>(value: $type) -> impl $($bound)+ {
                value
            }
        };
    )*};
}

mod fs;
mod io;
mod io_ext;
mod net;
mod process;
mod signal;
mod unix;
mod util;
