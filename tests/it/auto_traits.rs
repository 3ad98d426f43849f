//! `Send`, `Sync` and `Unpin` of every public type, and of the futures of every public `async fn`: a promise, and
//! therefore a table. A row that does not hold does not compile; there is nothing to run. A module per area.
//!
//! `yes` and `no` stand for the three traits in this order.

/// Rows of types: `Type: yes no yes;`.
macro_rules! types {
    ($($type:ty: $send:ident $sync:ident $unpin:ident;)*) => {
        $(
            const _: fn(&$type) = |value| {
                row!(value => $send $sync $unpin);
            };
        )*
    };
}

/// Rows of futures, which are never `Unpin`: `(arguments) call: yes no;`.
macro_rules! futures {
    ($(($($name:ident: $type:ty),*) $call:expr => $send:ident $sync:ident;)*) => {
        $(
            const _: () = {
                #[allow(dead_code, clippy::too_many_arguments, reason = "checked, never called")]
                fn row($($name: $type),*) {
                    let future = $call;
                    row!(&future => $send $sync no);
                }
            };
        )*
    };
}

/// One row.
macro_rules! row {
    ($value:expr => $trait:ident yes) => {{
        fn has<T: ?Sized + $trait>(_: &T) {}
        has($value);
    }};
    ($value:expr => $trait:ident no) => {{
        // If the type had the trait, both impls would apply and the call would be ambiguous.
        trait Lacks<A> {
            fn lacks(&self) {}
        }
        impl<T: ?Sized> Lacks<()> for T {}
        struct Has;
        impl<T: ?Sized + $trait> Lacks<Has> for T {}
        Lacks::<_>::lacks($value);
    }};
    ($value:expr => $send:ident $sync:ident $unpin:ident) => {
        row!($value => Send $send);
        row!($value => Sync $sync);
        row!($value => Unpin $unpin);
    };
}

/// Types that may be used where a panic is caught.
macro_rules! unwind_safe {
    ($($type:ty;)*) => {
        $(
            const _: fn() = || {
                fn has<T: ?Sized + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
                has::<$type>();
            };
        )*
    };
}

/// Neither `Send` nor `Sync`.
type Neither = std::rc::Rc<u8>;
/// `Send`, not `Sync`.
type NotSync = std::cell::Cell<u8>;
/// Both.
type Both = u8;

mod sync;
