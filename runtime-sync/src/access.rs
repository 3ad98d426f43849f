//! What all guards of locks have in common: a target reached through a pointer, and the printing of it.

/// `Deref`, `Debug` and `Display` of a guard, given the pointer to its target.
///
/// The pointer must lead to the value behind the lock or a part of it, and the guard must be the right to read it for
/// as long as it lives.
macro_rules! gives_access {
    ([$($generics:tt)*] $guard:ty => $target:ident, |$this:ident| $pointer:expr) => {
        impl<$($generics)*> std::ops::Deref for $guard {
            type Target = $target;

            fn deref(&self) -> &$target {
                let $this = self;
                let target = $pointer;
                // SAFETY: it points into the value, to which the guard is the right; the guard is borrowed.
                unsafe { &*target }
            }
        }

        impl<$($generics)*> std::fmt::Debug for $guard
        where
            $target: std::fmt::Debug,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&**self, f)
            }
        }

        impl<$($generics)*> std::fmt::Display for $guard
        where
            $target: std::fmt::Display,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&**self, f)
            }
        }
    };
}

/// As `gives_access`, and `DerefMut`: the guard must be the right to write, too.
macro_rules! gives_mutable_access {
    ([$($generics:tt)*] $guard:ty => $target:ident, |$this:ident| $pointer:expr) => {
        $crate::access::gives_access!([$($generics)*] $guard => $target, |$this| $pointer);

        impl<$($generics)*> std::ops::DerefMut for $guard {
            fn deref_mut(&mut self) -> &mut $target {
                let $this = self;
                let target = $pointer;
                // SAFETY: it points into the value, to which the guard is the only right; the guard is borrowed
                // mutably.
                unsafe { &mut *target }
            }
        }
    };
}

pub(crate) use {gives_access, gives_mutable_access};
