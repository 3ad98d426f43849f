//! A cell that is filled once, by an asynchronous function if need be.

use std::cell::UnsafeCell;
use std::error::Error;
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::{Acquire, Release};

use crate::permits::{Permits, TryTakeError};
use crate::primitive::AtomicBool;

/// A cell that is filled once and then read without waiting.
///
/// # Examples
///
/// ```
/// use runtime_sync::OnceCell;
///
/// static CONFIG: OnceCell<String> = OnceCell::const_new();
///
/// # futures_executor::block_on(async {
/// let config = CONFIG.get_or_init(|| async { "loaded".to_string() }).await;
/// assert_eq!(config, "loaded");
/// assert_eq!(CONFIG.get().unwrap(), "loaded");
/// # });
/// ```
pub struct OnceCell<T> {
    /// Set after the value was written; never cleared while the cell is shared.
    filled: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
    /// One permit: the right to fill. Closed when the cell is filled.
    permits: Permits,
}

// SAFETY: the cell moves with its value.
unsafe impl<T: Send> Send for OnceCell<T> {}
// SAFETY: a shared cell gives out `&T` (Sync), and one thread can put in a value that another takes out or drops
// (Send).
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}

/// The right to fill a cell; dropped, it is given back, and the next one in line may fill.
struct FillPermit<'a, T>(&'a OnceCell<T>);

impl<T> Drop for FillPermit<'_, T> {
    fn drop(&mut self) {
        self.0.permits.give(1);
    }
}

impl<T> OnceCell<T> {
    /// Creates an empty cell.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!runtime_sync::OnceCell::<i32>::new().initialized());
    /// ```
    pub fn new() -> Self {
        Self {
            filled: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            permits: Permits::new(1),
        }
    }

    /// Creates an empty cell in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::OnceCell;
    /// static CELL: OnceCell<i32> = OnceCell::const_new();
    /// CELL.set(1).unwrap();
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new() -> Self {
        Self {
            filled: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            permits: Permits::const_new(1),
        }
    }

    /// Creates a cell that is filled if there is a value.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::OnceCell::new_with(Some(1)).get(), Some(&1));
    /// ```
    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::from)
    }

    /// Creates a filled cell in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::OnceCell;
    /// static CELL: OnceCell<i32> = OnceCell::const_new_with(1);
    /// assert_eq!(CELL.get(), Some(&1));
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new_with(value: T) -> Self {
        Self {
            filled: AtomicBool::new(true),
            value: UnsafeCell::new(MaybeUninit::new(value)),
            permits: Permits::const_new_closed(),
        }
    }

    /// Returns whether the cell is filled.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(runtime_sync::OnceCell::from(1).initialized());
    /// ```
    pub fn initialized(&self) -> bool {
        // Acquire: pairs with the Release in `fill`.
        self.filled.load(Acquire)
    }

    /// Returns the value if the cell is filled.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = runtime_sync::OnceCell::new();
    /// assert_eq!(cell.get(), None);
    /// cell.set(1).unwrap();
    /// assert_eq!(cell.get(), Some(&1));
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

    /// Returns the value if the cell is filled.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = runtime_sync::OnceCell::from(1);
    /// *cell.get_mut().unwrap() = 2;
    /// assert_eq!(cell.into_inner(), Some(2));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if !self.initialized() {
            return None;
        }
        // SAFETY: `filled` says that it is there.
        Some(unsafe { self.value.get_mut().assume_init_mut() })
    }

    /// Fills the cell.
    ///
    /// # Errors
    ///
    /// Returns the value in [`SetError::AlreadyInitializedError`] if the cell is filled, in
    /// [`SetError::InitializingError`] if somebody is about to fill it.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = runtime_sync::OnceCell::new();
    /// cell.set(1).unwrap();
    /// assert!(cell.set(2).unwrap_err().is_already_init_err());
    /// ```
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        match self.permits.try_take(1) {
            Ok(()) => {
                self.fill(FillPermit(self), value);
                Ok(())
            }
            Err(TryTakeError::TooFew) => Err(SetError::InitializingError(value)),
            Err(TryTakeError::Closed) => Err(SetError::AlreadyInitializedError(value)),
        }
    }

    /// Returns the value; if there is none, fills the cell with what the future of `f` returns.
    ///
    /// If several tasks do this at a time, one runs its future and the others wait. If that one is cancelled or
    /// panics, one of the others runs its own. A future that fills the same cell waits for itself for ever.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the future of `f`; the cell stays empty, and the next in line fills it.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let cell = runtime_sync::OnceCell::new();
    /// assert_eq!(cell.get_or_init(|| async { 1 }).await, &1);
    /// assert_eq!(cell.get_or_init(|| async { 2 }).await, &1);
    /// # });
    /// ```
    pub async fn get_or_init<F, Fut>(&self, f: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        let filled = self
            .get_or_try_init(|| async { Ok::<_, std::convert::Infallible>(f().await) })
            .await;
        match filled {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Like [`get_or_init`](Self::get_or_init), with a future that can fail.
    ///
    /// # Errors
    ///
    /// Returns the error of the future. The cell stays empty, and the next in line fills it.
    ///
    /// # Cancel safety
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let cell = runtime_sync::OnceCell::new();
    /// assert_eq!(cell.get_or_try_init(|| async { Err::<i32, _>("no") }).await, Err("no"));
    /// assert_eq!(cell.get_or_try_init(|| async { Ok::<_, &str>(1) }).await, Ok(&1));
    /// # });
    /// ```
    pub async fn get_or_try_init<E, F, Fut>(&self, f: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        if self.permits.take(1).await.is_ok() {
            let permit = FillPermit(self);
            let value = f().await?;
            return Ok(self.fill(permit, value));
        }
        match self.get() {
            Some(value) => Ok(value),
            None => unreachable!("the semaphore of a cell is closed after the value was put in"),
        }
    }

    /// Takes the value out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::OnceCell::from(1).into_inner(), Some(1));
    /// ```
    pub fn into_inner(mut self) -> Option<T> {
        self.empty()
    }

    /// Takes the value out and leaves an empty cell.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = runtime_sync::OnceCell::from(1);
    /// assert_eq!(cell.take(), Some(1));
    /// assert!(!cell.initialized());
    /// ```
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// Puts the value in. The permit says that nobody else does.
    fn fill(&self, permit: FillPermit<'_, T>, value: T) -> &T {
        // SAFETY: the permit is the right to write, and `filled` is not set, so nobody reads.
        let slot = unsafe { &mut *self.value.get() };
        let value = slot.write(value);
        // Release: pairs with the Acquire in `initialized`.
        self.filled.store(true, Release);
        // From here on the cell is only read; there is no further permit.
        std::mem::forget(permit);
        self.permits.close();
        value
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

impl<T> Drop for OnceCell<T> {
    fn drop(&mut self) {
        drop(self.empty());
    }
}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        let cell = Self::new();
        let filled = cell.set(value).is_ok();
        debug_assert!(filled);
        cell
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceCell")
            .field("value", &self.get())
            .finish()
    }
}

/// Why [`OnceCell::set`] did not fill the cell; the value comes back.
#[derive(Debug, PartialEq, Eq)]
pub enum SetError<T> {
    /// The cell is filled.
    AlreadyInitializedError(T),
    /// Somebody is about to fill the cell.
    InitializingError(T),
}

impl<T> SetError<T> {
    /// Returns whether the cell was filled.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = runtime_sync::OnceCell::from(1).set(2).unwrap_err();
    /// assert!(error.is_already_init_err());
    /// ```
    pub fn is_already_init_err(&self) -> bool {
        matches!(self, Self::AlreadyInitializedError(_))
    }

    /// Returns whether somebody was about to fill the cell.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = runtime_sync::OnceCell::from(1).set(2).unwrap_err();
    /// assert!(!error.is_initializing_err());
    /// ```
    pub fn is_initializing_err(&self) -> bool {
        matches!(self, Self::InitializingError(_))
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitializedError(_) => "AlreadyInitializedError",
            Self::InitializingError(_) => "InitializingError",
        })
    }
}

impl<T: fmt::Debug> Error for SetError<T> {}
