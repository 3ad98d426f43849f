//! Values that belong to a task.
//!
//! A [`LocalKey`] names a thread-local cell that is empty except while a future of [`LocalKey::scope`] is polled or dropped: each poll swaps the future's value into the
//! cell and out again at its end, so the value goes where the task goes. Scopes nest because a swap brings back what was there.
//!
//! What a value does in its own drop, or a closure with the value, runs user code; the cell is borrowed during the latter only, and a scope that is entered from there is
//! refused with a panic instead of swapping the value away under the closure's reference.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomPinned;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use pin_project_lite::pin_project;

use crate::messages;

/// Declares values that belong to a task.
///
/// Each declaration is a `static` of the type [`LocalKey`], without an initial value: [`LocalKey::scope`](crate::task::LocalKey::scope) gives it one for
/// the time of a future. Tasks spawned from there do not inherit it.
///
/// # Examples
///
/// ```
/// runtime_core::task_local! {
///     /// Which request a log line belongs to.
///     static REQUEST: u32;
///     pub static USER: String;
/// }
///
/// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// # rt.block_on(async {
/// let seen = REQUEST.scope(7, async {
///     runtime_core::task::yield_now().await;
///     REQUEST.get()
/// });
/// assert_eq!(seen.await, 7);
/// assert!(REQUEST.try_get().is_err());
/// # });
/// ```
#[macro_export]
macro_rules! task_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        $visibility static $name: $crate::task::LocalKey<$type> = {
            ::std::thread_local! {
                static CELL: ::std::cell::RefCell<::core::option::Option<$type>> =
                    const { ::std::cell::RefCell::new(::core::option::Option::None) };
            }
            $crate::task::LocalKey::new(&CELL)
        };
        $($crate::task_local! { $($rest)* })?
    };
}

/// The name of a value that belongs to a task, declared with [`task_local!`](crate::task_local).
///
/// # Examples
///
/// ```
/// runtime_core::task_local! {
///     static NUMBER: u32;
/// }
///
/// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// # rt.block_on(async {
/// let nested = NUMBER.scope(1, async {
///     let inner = NUMBER.scope(2, async { NUMBER.get() }).await;
///     (inner, NUMBER.get())
/// });
/// assert_eq!(nested.await, (2, 1));
/// # });
/// ```
pub struct LocalKey<T: 'static> {
    cell: &'static thread::LocalKey<RefCell<Option<T>>>,
}

impl<T: 'static> LocalKey<T> {
    /// For the expansion of [`task_local!`](crate::task_local).
    #[doc(hidden)]
    #[must_use]
    pub const fn new(cell: &'static thread::LocalKey<RefCell<Option<T>>>) -> Self {
        Self { cell }
    }

    /// Gives the value to a future: it is set whenever the future is polled, and when it is dropped.
    ///
    /// # Panics
    ///
    /// The future returned panics when it is polled inside the closure of [`with`](Self::with) of the same key, while the thread's local values are being destroyed, and when
    /// it is polled again after it was ready.
    ///
    /// # Cancel safety
    ///
    /// As cancel safe as the future inside.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::task_local! { static NUMBER: u32; }
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let seen = rt.block_on(NUMBER.scope(1, async { NUMBER.get() }));
    /// assert_eq!(seen, 1);
    /// ```
    pub fn scope<F: Future>(&'static self, value: T, f: F) -> TaskLocalFuture<T, F> {
        TaskLocalFuture {
            key: self,
            slot: Some(value),
            future: Some(f),
            _pinned: PhantomPinned,
        }
    }

    /// Runs a closure with the value set.
    ///
    /// # Panics
    ///
    /// Panics inside the closure of [`with`](Self::with) of the same key, and while the thread's local values are being destroyed.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert_eq!(NUMBER.sync_scope(3, || NUMBER.get() + 1), 4);
    /// ```
    #[track_caller]
    pub fn sync_scope<F, R>(&'static self, value: T, f: F) -> R
    where
        F: FnOnce() -> R,
    {
        let mut slot = Some(value);
        match Scope::enter(self, &mut slot) {
            Ok(_scope) => f(),
            Err(refused) => refused.panic(),
        }
    }

    /// Runs a closure with a reference to the value.
    ///
    /// # Panics
    ///
    /// Panics if the value is not set; use [`try_with`](Self::try_with) where that may be.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::task_local! { static NAME: String; }
    ///
    /// let length = NAME.sync_scope("heist".to_owned(), || NAME.with(|name| name.len()));
    /// assert_eq!(length, 5);
    /// ```
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(f) {
            Ok(result) => result,
            Err(_) => panic!("{}", messages::TASK_LOCAL_UNSET),
        }
    }

    /// Runs a closure with a reference to the value.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not set: the caller is in no future of [`scope`](Self::scope).
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::task_local! {
    ///     static NAME: String;
    /// }
    ///
    /// assert!(NAME.try_with(String::len).is_err());
    /// let length = NAME.sync_scope("heist".to_owned(), || NAME.try_with(String::len));
    /// assert_eq!(length, Ok(5));
    /// ```
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        // While the thread's local values are being destroyed no scope is entered either.
        let found = self.cell.try_with(|cell| cell.borrow().as_ref().map(f));
        found.ok().flatten().ok_or(AccessError(()))
    }
}

impl<T: Clone + 'static> LocalKey<T> {
    /// Returns a copy of the value.
    ///
    /// # Panics
    ///
    /// Panics if the value is not set; use [`try_get`](Self::try_get) where that may be.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert_eq!(NUMBER.sync_scope(5, || NUMBER.get()), 5);
    /// ```
    #[track_caller]
    pub fn get(&'static self) -> T {
        self.with(T::clone)
    }

    /// Returns a copy of the value.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not set.
    ///
    /// # Examples
    ///
    /// ```
    /// runtime_core::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert!(NUMBER.try_get().is_err());
    /// assert_eq!(NUMBER.sync_scope(5, || NUMBER.try_get()), Ok(5));
    /// ```
    pub fn try_get(&'static self) -> Result<T, AccessError> {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("LocalKey { .. }")
    }
}

/// A task-local value is not set here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessError(());

impl fmt::Debug for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessError").finish()
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("task-local value not set")
    }
}

impl Error for AccessError {}

/// The value lies in the key's cell, and what was there in the slot, until this is dropped.
struct Scope<'a, T: 'static> {
    key: &'static LocalKey<T>,
    slot: &'a mut Option<T>,
}

impl<'a, T: 'static> Scope<'a, T> {
    fn enter(key: &'static LocalKey<T>, slot: &'a mut Option<T>) -> Result<Self, Refused> {
        match swap(key, slot) {
            Ok(()) => Ok(Self { key, slot }),
            Err(refused) => Err(refused),
        }
    }
}

impl<T: 'static> Drop for Scope<'_, T> {
    fn drop(&mut self) {
        // The cell was there and not borrowed at the beginning. A borrow ends with the closure it is for, and the thread's values are not destroyed below this frame.
        let swapped = swap(self.key, self.slot);
        debug_assert!(swapped.is_ok(), "a scope ends as it began");
    }
}

fn swap<T>(key: &'static LocalKey<T>, slot: &mut Option<T>) -> Result<(), Refused> {
    let swapped = key.cell.try_with(|cell| {
        let mut cell = cell.try_borrow_mut().map_err(|_| Refused::Borrowed)?;
        mem::swap(&mut *cell, slot);
        Ok(())
    });
    swapped.unwrap_or(Err(Refused::Destroyed))
}

/// Why a scope cannot be entered.
enum Refused {
    Borrowed,
    Destroyed,
}

impl Refused {
    #[track_caller]
    fn panic(self) -> ! {
        match self {
            Self::Borrowed => panic!("{}", messages::TASK_LOCAL_BORROWED),
            Self::Destroyed => panic!("{}", messages::TASK_LOCAL_DESTROYED),
        }
    }
}

pin_project! {
    /// A future with a task-local value; made by [`LocalKey::scope`].
    pub struct TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        key: &'static LocalKey<T>,
        slot: Option<T>,
        #[pin]
        future: Option<F>,
        #[pin]
        _pinned: PhantomPinned,
    }

    impl<T: 'static, F> PinnedDrop for TaskLocalFuture<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if mem::needs_drop::<F>() && this.future.is_some() {
                // Where there can be no scope, the future is dropped without its value.
                let _scope = Scope::enter(this.key, this.slot);
                this.future.set(None);
            }
        }
    }
}

impl<T: 'static, F> TaskLocalFuture<T, F> {
    /// Takes the value out of the future, which then has none: for the time after it was ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// runtime_core::task_local! {
    ///     static COUNT: Cell<u32>;
    /// }
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut counted = Box::pin(COUNT.scope(Cell::new(0), async {
    ///     COUNT.with(|count| count.set(count.get() + 1));
    /// }));
    /// counted.as_mut().await;
    /// assert_eq!(counted.as_mut().take_value().map(|count| count.get()), Some(1));
    /// assert!(counted.as_mut().take_value().is_none());
    /// # });
    /// ```
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().slot.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let scope = match Scope::enter(this.key, this.slot) {
            Ok(scope) => scope,
            Err(refused) => refused.panic(),
        };
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            drop(scope);
            panic!("{}", messages::TASK_LOCAL_POLLED_TWICE);
        };
        let polled = future.poll(cx);
        if polled.is_ready() {
            // Dropped here, where its value is set.
            this.future.set(None);
        }
        polled
    }
}

impl<T: fmt::Debug + 'static, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("TaskLocalFuture");
        match &self.slot {
            Some(value) => debug.field("value", value),
            None => debug.field("value", &format_args!("<missing>")),
        };
        debug.finish()
    }
}
