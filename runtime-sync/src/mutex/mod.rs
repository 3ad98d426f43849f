//! A lock that can be held across an `.await`.

mod guards;

use std::cell::UnsafeCell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::blocking;
use crate::permits::Permits;

pub use guards::{MappedMutexGuard, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard};

/// A lock for asynchronous code: waiting for it does not block the thread, and its guard may live across an `.await`.
///
/// Tasks get the lock in the order in which they asked; it is handed straight from one to the next. There is no
/// poisoning: a panic while the lock is held unlocks it.
///
/// For short sections without `.await` a blocking lock is cheaper and just as right.
///
/// A future that was handed the lock keeps it until it is polled or dropped: do not leave one unpolled while you
/// await something that needs the same lock.
///
/// # Examples
///
/// ```
/// use runtime_sync::Mutex;
///
/// # futures_executor::block_on(async {
/// let mutex = Mutex::new(1);
/// *mutex.lock().await += 1;
/// assert_eq!(*mutex.lock().await, 2);
/// # });
/// ```
pub struct Mutex<T: ?Sized> {
    permits: Permits,
    value: UnsafeCell<T>,
}

/// The lock is held by another, at the moment.
#[derive(Debug)]
pub struct TryLockError(pub(crate) ());

// SAFETY: the lock moves with its value.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: one guard at a time exists, so sharing the lock only moves access to the value between threads.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T: ?Sized> Mutex<T> {
    /// Creates an unlocked mutex.
    ///
    /// # Examples
    ///
    /// ```
    /// let mutex = runtime_sync::Mutex::new(5);
    /// ```
    #[track_caller]
    pub fn new(t: T) -> Self
    where
        T: Sized,
    {
        Self {
            permits: Permits::new(1),
            value: UnsafeCell::new(t),
        }
    }

    /// Creates an unlocked mutex in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Mutex;
    /// static COUNT: Mutex<i32> = Mutex::const_new(5);
    /// assert_eq!(*COUNT.try_lock().unwrap(), 5);
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new(t: T) -> Self
    where
        T: Sized,
    {
        Self {
            permits: Permits::const_new(1),
            value: UnsafeCell::new(t),
        }
    }

    /// Locks, waiting in line.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line; if the lock was handed to it, the next one gets it.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let mutex = runtime_sync::Mutex::new(1);
    /// let mut value = mutex.lock().await;
    /// *value = 2;
    /// # });
    /// ```
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        self.take().await;
        MutexGuard { lock: self }
    }

    /// Locks, blocking the thread until it is this one's turn.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`lock`](Self::lock) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let mutex = runtime_sync::Mutex::new(1);
    /// *mutex.blocking_lock() += 1;
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        blocking::wait(self.lock())
    }

    /// Like [`blocking_lock`](Self::blocking_lock), with a guard that may outlive every borrow.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`lock_owned`](Self::lock_owned) there.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Mutex;
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// assert_eq!(*Arc::clone(&mutex).blocking_lock_owned(), 1);
    /// ```
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        blocking::wait(self.lock_owned())
    }

    /// Like [`lock`](Self::lock), with a guard that may outlive every borrow.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Mutex;
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let mutex = Arc::new(Mutex::new(1));
    /// let guard = Arc::clone(&mutex).lock_owned().await;
    /// std::thread::spawn(move || drop(guard)).join().unwrap();
    /// assert!(mutex.try_lock().is_ok());
    /// # });
    /// ```
    pub async fn lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        self.take().await;
        OwnedMutexGuard { lock: self }
    }

    /// Locks if nobody holds the lock or waits for it.
    ///
    /// # Errors
    ///
    /// Returns [`TryLockError`] if the lock is held.
    ///
    /// # Examples
    ///
    /// ```
    /// let mutex = runtime_sync::Mutex::new(1);
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(mutex.try_lock().is_err());
    /// drop(guard);
    /// ```
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        match self.permits.try_take(1) {
            Ok(()) => Ok(MutexGuard { lock: self }),
            Err(_) => Err(TryLockError(())),
        }
    }

    /// Returns the value: a mutable borrow needs no lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut mutex = runtime_sync::Mutex::new(1);
    /// *mutex.get_mut() = 2;
    /// assert_eq!(mutex.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Like [`try_lock`](Self::try_lock), with a guard that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// Returns [`TryLockError`] if the lock is held.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Mutex;
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// let _guard = Arc::clone(&mutex).try_lock_owned().unwrap();
    /// assert!(mutex.try_lock_owned().is_err());
    /// ```
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        match self.permits.try_take(1) {
            Ok(()) => Ok(OwnedMutexGuard { lock: self }),
            Err(_) => Err(TryLockError(())),
        }
    }

    /// Takes the value out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::Mutex::new(1).into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.value.into_inner()
    }

    async fn take(&self) {
        // The semaphore of a mutex is private and never closed.
        let closed = self.permits.take(1).await.is_err();
        debug_assert!(!closed);
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => out.field("data", &&*guard),
            Err(_) => out.field("data", &format_args!("<locked>")),
        };
        out.finish()
    }
}

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operation would block")
    }
}

impl Error for TryLockError {}
