//! A cell that is filled once, and awaited by many.

use std::cell::UnsafeCell;
use std::error::Error;
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::{Acquire, Release};

use crate::notify::Notify;
use crate::primitive::{AtomicBool, Mutex};

/// A value that is set once, and that tasks can wait for.
///
/// # Examples
///
/// ```
/// use runtime_sync::SetOnce;
///
/// static ANSWER: SetOnce<i32> = SetOnce::const_new();
///
/// # futures_executor::block_on(async {
/// let thread = std::thread::spawn(|| ANSWER.set(42).unwrap());
/// assert_eq!(ANSWER.wait().await, &42);
/// thread.join().unwrap();
/// # });
/// ```
pub struct SetOnce<T> {
    /// Set after the value was written; never cleared while the cell is shared.
    filled: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
    /// Held to write the value; no user code runs under it.
    writing: Mutex<()>,
    notify: Notify,
}

// SAFETY: the cell moves with its value.
unsafe impl<T: Send> Send for SetOnce<T> {}
// SAFETY: a shared cell gives out `&T` (Sync), and one thread can put in a value that another takes out or drops
// (Send).
unsafe impl<T: Send + Sync> Sync for SetOnce<T> {}

impl<T> SetOnce<T> {
    /// Creates an empty cell.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!runtime_sync::SetOnce::<i32>::new().initialized());
    /// ```
    pub fn new() -> Self {
        Self {
            filled: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            writing: Mutex::new(()),
            notify: Notify::new(),
        }
    }

    /// Creates an empty cell in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::SetOnce;
    /// static CELL: SetOnce<i32> = SetOnce::const_new();
    /// CELL.set(1).unwrap();
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new() -> Self {
        Self {
            filled: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            writing: Mutex::new(()),
            notify: Notify::const_new(),
        }
    }

    /// Creates a cell that is filled if there is a value.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::SetOnce::new_with(Some(1)).get(), Some(&1));
    /// ```
    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::from)
    }

    /// Creates a filled cell in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::SetOnce;
    /// static CELL: SetOnce<i32> = SetOnce::const_new_with(1);
    /// assert_eq!(CELL.get(), Some(&1));
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new_with(value: T) -> Self {
        Self {
            filled: AtomicBool::new(true),
            value: UnsafeCell::new(MaybeUninit::new(value)),
            writing: Mutex::new(()),
            notify: Notify::const_new(),
        }
    }

    /// Returns whether the value is set.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(runtime_sync::SetOnce::from(1).initialized());
    /// ```
    pub fn initialized(&self) -> bool {
        // Acquire: pairs with the Release in `set`.
        self.filled.load(Acquire)
    }

    /// Returns the value if it is set.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::SetOnce::<i32>::new().get(), None);
    /// ```
    pub fn get(&self) -> Option<&T> {
        if !self.initialized() {
            return None;
        }
        // SAFETY: written before `filled`, and not written to again while the cell is shared.
        let value = unsafe { &*self.value.get() };
        // SAFETY: `filled` says that it is there.
        Some(unsafe { value.assume_init_ref() })
    }

    /// Sets the value and wakes all who wait for it.
    ///
    /// # Errors
    ///
    /// Returns the value if one is set already.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = runtime_sync::SetOnce::new();
    /// cell.set(1).unwrap();
    /// assert_eq!(cell.set(2).unwrap_err().0, 2);
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetOnceError<T>> {
        if self.initialized() {
            return Err(SetOnceError(value));
        }
        let writing = self.writing.lock();
        if self.initialized() {
            drop(writing);
            return Err(SetOnceError(value));
        }
        // SAFETY: the lock is held and `filled` is not set: nobody else writes, nobody reads.
        let slot = unsafe { &mut *self.value.get() };
        slot.write(value);
        // Release: pairs with the Acquire in `initialized`.
        self.filled.store(true, Release);
        drop(writing);
        self.notify.notify_waiters();
        Ok(())
    }

    /// Takes the value out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::SetOnce::from(1).into_inner(), Some(1));
    /// ```
    pub fn into_inner(mut self) -> Option<T> {
        self.empty()
    }

    /// Waits for the value.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let cell = runtime_sync::SetOnce::new();
    /// let (value, set) = futures_util::join!(cell.wait(), async { cell.set(1) });
    /// set.unwrap();
    /// assert_eq!(value, &1);
    /// # });
    /// ```
    pub async fn wait(&self) -> &T {
        loop {
            if let Some(value) = self.get() {
                return value;
            }
            // Before the second look, so that a `set` after it wakes.
            let woken = self.notify.notified();
            if let Some(value) = self.get() {
                return value;
            }
            woken.await;
        }
    }

    /// Takes the value out of a cell that is borrowed mutably.
    fn empty(&mut self) -> Option<T> {
        if !self.initialized() {
            return None;
        }
        self.filled.store(false, Release);
        // SAFETY: `filled` said that it was there, and does so no more.
        Some(unsafe { self.value.get_mut().assume_init_read() })
    }
}

impl<T> Drop for SetOnce<T> {
    fn drop(&mut self) {
        drop(self.empty());
    }
}

impl<T> From<T> for SetOnce<T> {
    fn from(value: T) -> Self {
        let cell = Self::new();
        let set = cell.set(value).is_ok();
        debug_assert!(set);
        cell
    }
}

impl<T> Default for SetOnce<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone> Clone for SetOnce<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for SetOnce<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for SetOnce<T> {}

impl<T: fmt::Debug> fmt::Debug for SetOnce<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetOnce")
            .field("value", &self.get())
            .finish()
    }
}

/// The value is set already; the new one comes back.
#[derive(Debug, PartialEq, Eq)]
pub struct SetOnceError<T>(pub T);

impl<T> fmt::Display for SetOnceError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetOnceError")
    }
}

impl<T: fmt::Debug> Error for SetOnceError<T> {}
