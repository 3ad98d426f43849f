//! Values that spawned tasks inherit.
//!
//! # Words
//!
//! A *variable* is a `static` made by [`context_var!`](crate::context_var). A *context* maps variables to values ([`bindings`]). It *belongs* to the task
//! that runs in it. A *snapshot* is a copy of a context: one reference count.
//!
//! # The rule
//!
//! 1. [`ContextVar::scope`] and [`ContextVar::sync_scope`] run code in a context of its own: that of the caller, and one value more.
//! 2. What is spawned from within a context runs in a context of its own, which begins as a copy: tasks, local tasks, blocking jobs. Later
//!    changes on either side are not seen by the other.
//! 3. [`ContextVar::set`] changes the innermost context, until it ends. A task that is in none has one from then on, for as long as it lives; code outside of tasks, until its `block_on`
//!    ends, or else its thread.
//! 4. Code that is in no context sees each variable as unset, or with its default.
//!
//! # What it costs
//!
//! Spawning in no context: one thread-local flag is looked at, and the task's cell has not one byte for all this. In a context the future is boxed and
//! wrapped into a [`ContextScope`], which puts the context on the thread around each poll and around the drop. The context of a task that was spawned in none and has set a variable all
//! the same is kept beside it, by its id ([`kept`]): once there is such a task in the process, who is in no other context looks there, under a lock.
//!
//! # The protocol
//!
//! A thread has at most one context in force, in [`current`]; it is moved there, not copied.
//!
//! 1. [`current::enter`] moves the context of a scope to the thread, marks it with the task that is being polled, and keeps what was there before.
//! 2. User code runs. `set` changes the context of the thread; `get` and the spawning functions read it, if the mark is the task that runs.
//! 3. The guard moves the context back into the scope, with what `set` changed, and puts back what was there before; by an unwind too.
//!
//! *Why the mark.* Within a poll in a context, tasks of others may be polled: a scope around a `LocalSet`, a `block_on` inside of a `sync_scope`. They must not see this
//! context, and they cannot be told: a task without a context has no code of ours around its poll. So the context says whose it is instead.
//!
//! # Designs rejected
//!
//! * **A field in the task's cell**: eight bytes and a store per poll for every task of everybody.
//! * **A wrapper type around each spawned future**, empty or not: the price is small, but each future would be compiled twice, bare and wrapped. Boxing
//!   the future on the way that is rarely taken leaves one wrapped task per output type.
//! * **A map that shares structure**, as asyncio's: programs have a handful of variables, and copying a handful of reference counts on the first `set` after a spawn beats
//!   a tree.
//! * **A bit in the task's state word** for a context that is kept beside it: it would spare others the look, at the price of a protocol more in the word that all tasks share.
//! * **To inherit the values of `task_local!`**: tokio's are not inherited, and code relies on it.

mod bindings;
mod current;
mod kept;
mod scope;
#[cfg(all(test, not(loom)))]
mod tests;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bindings::{Bindings, Key};

pub(crate) use current::branch;
pub(crate) use kept::forget;
pub use scope::{ContextScope, ContextSnapshot};
pub(crate) use scope::{Inherited, inherit, inherit_call, inherit_local, inherit_local_call};

/// Declares values that spawned tasks inherit, as [`ContextVar`]s.
///
/// With `= value` the variable has a default, computed at each look at it where nothing is set.
///
/// # Examples
///
/// ```
/// runtime_core::context_var! {
///     /// Who asked.
///     static REQUEST: u64;
///     static DEPTH: usize = 0;
/// }
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// rt.block_on(REQUEST.scope(7, async {
///     let child = runtime_core::spawn(async { (REQUEST.get(), DEPTH.get()) });
///     assert_eq!(child.await.unwrap(), (Some(7), Some(0)));
/// }));
/// assert_eq!(REQUEST.get(), None);
/// ```
#[macro_export]
macro_rules! context_var {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty) => {
        $crate::context_var! { $(#[$attribute])* $visibility static $name: $type; }
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $default:expr) => {
        $crate::context_var! { $(#[$attribute])* $visibility static $name: $type = $default; }
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty; $($rest:tt)*) => {
        $(#[$attribute])*
        $visibility static $name: $crate::task::ContextVar<$type> = $crate::task::ContextVar::new();
        $crate::context_var! { $($rest)* }
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $default:expr; $($rest:tt)*) => {
        $(#[$attribute])*
        $visibility static $name: $crate::task::ContextVar<$type> =
            $crate::task::ContextVar::with_default(|| $default);
        $crate::context_var! { $($rest)* }
    };
}

/// A value that belongs to the task that runs, and that the tasks it spawns inherit; declared by [`context_var!`](crate::context_var).
///
/// A task inherits at its spawn; afterwards what it [sets](Self::set) is seen by itself and by what it spawns, and by nobody else. Blocking jobs inherit too. Threads
/// that a program starts by itself do not; [`ContextSnapshot`] takes the values there.
///
/// # Examples
///
/// ```
/// runtime_core::context_var! { static USER: &'static str; }
///
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
/// rt.block_on(USER.scope("ada", async {
///     let child = runtime_core::spawn(async {
///         USER.set("grace").unwrap();
///         USER.get()
///     });
///     assert_eq!(child.await.unwrap(), Some("grace"));
///     assert_eq!(USER.get(), Some("ada"));
/// }));
/// ```
pub struct ContextVar<T: 'static> {
    // Also what gives each variable an address of its own, its key.
    default: Option<fn() -> T>,
}

impl<T: Send + Sync + 'static> ContextVar<T> {
    /// Makes a variable without a default. Use [`context_var!`](crate::context_var).
    #[doc(hidden)]
    #[must_use]
    pub const fn new() -> Self {
        Self { default: None }
    }

    /// Makes a variable with a default. Use [`context_var!`](crate::context_var).
    #[doc(hidden)]
    #[must_use]
    pub const fn with_default(default: fn() -> T) -> Self {
        Self {
            default: Some(default),
        }
    }

    /// Returns a clone of the value: the one that was set, or the default, or `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::context_var! { static LEVEL: u8 = 1; }
    /// assert_eq!(LEVEL.get(), Some(1));
    /// assert_eq!(LEVEL.sync_scope(2, || LEVEL.get()), Some(2));
    /// ```
    #[must_use]
    pub fn get(&'static self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    /// Looks at the value: the one that was set, or the default, or `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::context_var! { static PATH: String; }
    /// let length = PATH.sync_scope("a/b".to_owned(), || PATH.with(|path| path.map(String::len)));
    /// assert_eq!(length, Some(3));
    /// ```
    pub fn with<R>(&'static self, f: impl FnOnce(Option<&T>) -> R) -> R {
        let key = self.key();
        // The value is kept alive by a count of its own, so that `f` may do what it likes, `set` included.
        let context = current::snapshot();
        let value = context.and_then(|bindings| bindings.get(key).map(Arc::clone));
        match value
            .as_deref()
            .and_then(|value| (value as &dyn Any).downcast_ref())
        {
            Some(value) => f(Some(value)),
            None => match self.default {
                Some(default) => f(Some(&default())),
                None => f(None),
            },
        }
    }

    /// Changes the value for what follows: in the innermost [`scope`](Self::scope) of any variable, else in the task, else in the `block_on`, else on the thread.
    ///
    /// What is spawned from there afterwards sees it; what was spawned before, and the spawner, do not.
    ///
    /// # Errors
    ///
    /// Returns the value if the thread is ending, and nothing can be kept any more.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::context_var! { static STEP: u32; }
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     STEP.set(1).unwrap();
    ///     let child = runtime_core::spawn(async {
    ///         STEP.set(STEP.get().unwrap() + 1).unwrap();
    ///         STEP.get()
    ///     });
    ///     assert_eq!(child.await.unwrap(), Some(2));
    ///     assert_eq!(STEP.get(), Some(1));
    /// });
    /// assert_eq!(STEP.get(), None);
    /// ```
    pub fn set(&'static self, value: T) -> Result<(), NoContextError<T>> {
        // What was replaced is dropped here, with nothing borrowed.
        let refused = match current::set(self.key(), Arc::new(value)) {
            Ok(replaced) => {
                drop(replaced);
                return Ok(());
            }
            Err(value) => value as Arc<dyn Any + Send + Sync>,
        };
        match refused.downcast::<T>().map(Arc::into_inner) {
            Ok(Some(value)) => Err(NoContextError(value)),
            _ => unreachable!("it was refused as it was given"),
        }
    }

    /// Runs a future in a context of its own, in which the variable has this value.
    ///
    /// The context begins, at the first poll, as a copy of the one in force there.
    ///
    /// # Cancel safety
    ///
    /// As cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::context_var! { static ID: u32; }
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let seen = rt.block_on(ID.scope(1, async {
    ///     let inner = ID.scope(2, async { ID.get() }).await;
    ///     (inner, ID.get())
    /// }));
    /// assert_eq!(seen, (Some(2), Some(1)));
    /// ```
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> ContextScope<F> {
        ContextScope::with_value(self.key(), Arc::new(value), future)
    }

    /// Runs a closure in a context of its own, in which the variable has this value.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::context_var! { static ID: u32; }
    /// assert_eq!(ID.sync_scope(1, || ID.get()), Some(1));
    /// ```
    pub fn sync_scope<R>(&'static self, value: T, f: impl FnOnce() -> R) -> R {
        let mut bindings = current::snapshot().unwrap_or_else(Bindings::new);
        let replaced = bindings.set(self.key(), Arc::new(value));
        drop(replaced);
        let mut slot = Some(bindings);
        let _entered = current::enter(&mut slot);
        f()
    }

    fn key(&'static self) -> Key {
        std::ptr::from_ref(self).addr()
    }
}

impl<T> fmt::Debug for ContextVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextVar").finish_non_exhaustive()
    }
}

/// A variable was [set](ContextVar::set) on a thread that is ending; gives the value back.
///
/// # Examples
///
/// ```
/// let error = runtime_core::task::NoContextError(3);
/// assert_eq!(error.0, 3);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NoContextError<T>(pub T);

impl<T> fmt::Debug for NoContextError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoContextError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for NoContextError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "there is no context to keep the value in: the thread is ending; set it before, or inside of `ContextVar::scope`",
        )
    }
}

impl<T> std::error::Error for NoContextError<T> {}
