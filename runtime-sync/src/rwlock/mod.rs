//! A lock for one writer or many readers that can be held across an `.await`.
//!
//! It is a semaphore with a permit per reader: a reader takes one, a writer all of them. So the queue of the
//! semaphore is the queue of the lock: first come, first served, and no reader passes a writer that waits.

mod guards;

use std::cell::UnsafeCell;
use std::fmt;
use std::sync::Arc;

use crate::blocking;
use crate::mutex::TryLockError;
use crate::permits::Permits;

pub use guards::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};

/// How many readers there can be; a 32-bit semaphore can count them.
const MAX_READERS: u32 = u32::MAX >> 3;

/// A lock for one writer or many readers, for asynchronous code.
///
/// Tasks get the lock in the order in which they asked: a reader that comes after a waiting writer waits behind it.
/// So a task that holds a read guard must not wait for a second one: a writer in between would make it wait for
/// itself.
///
/// There is no poisoning: a panic while the lock is held unlocks it.
///
/// # Examples
///
/// ```
/// use runtime_sync::RwLock;
///
/// # futures_executor::block_on(async {
/// let lock = RwLock::new(5);
/// {
///     let one = lock.read().await;
///     let two = lock.read().await;
///     assert_eq!(*one + *two, 10);
/// }
/// *lock.write().await += 1;
/// assert_eq!(*lock.read().await, 6);
/// # });
/// ```
pub struct RwLock<T: ?Sized> {
    max_readers: u32,
    permits: Permits,
    value: UnsafeCell<T>,
}

// SAFETY: the lock moves with its value.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
// SAFETY: readers share the value between threads, a writer moves access to it.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T: ?Sized> RwLock<T> {
    /// Creates an unlocked lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = runtime_sync::RwLock::new(5);
    /// ```
    #[track_caller]
    pub fn new(value: T) -> Self
    where
        T: Sized,
    {
        Self::with_max_readers(value, MAX_READERS)
    }

    /// Creates an unlocked lock for at most `max_reads` readers at a time.
    ///
    /// # Panics
    ///
    /// Panics if `max_reads` is 0 or exceeds `u32::MAX >> 3`.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = runtime_sync::RwLock::with_max_readers(5, 1);
    /// let _reader = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_err());
    /// ```
    #[track_caller]
    pub fn with_max_readers(value: T, max_reads: u32) -> Self
    where
        T: Sized,
    {
        assert_ne!(max_reads, 0, "a RwLock may not be created with 0 readers");
        assert!(
            max_reads <= MAX_READERS,
            "a RwLock may not be created with more than {MAX_READERS} readers"
        );
        Self {
            max_readers: max_reads,
            permits: Permits::new(max_reads as usize),
            value: UnsafeCell::new(value),
        }
    }

    /// Creates an unlocked lock in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::RwLock;
    /// static LOCK: RwLock<i32> = RwLock::const_new(5);
    /// assert_eq!(*LOCK.try_read().unwrap(), 5);
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new(value: T) -> Self
    where
        T: Sized,
    {
        Self::const_with_max_readers(value, MAX_READERS)
    }

    /// Creates an unlocked lock for at most `max_reads` readers at a time in a constant or static.
    ///
    /// # Panics
    ///
    /// As [`with_max_readers`](Self::with_max_readers).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::RwLock;
    /// static LOCK: RwLock<i32> = RwLock::const_with_max_readers(5, 8);
    /// assert_eq!(*LOCK.try_read().unwrap(), 5);
    /// ```
    #[cfg(not(loom))]
    pub const fn const_with_max_readers(value: T, max_reads: u32) -> Self
    where
        T: Sized,
    {
        assert!(max_reads != 0, "a RwLock may not be created with 0 readers");
        assert!(
            max_reads <= MAX_READERS,
            "a RwLock may not be created with so many readers"
        );
        Self {
            max_readers: max_reads,
            permits: Permits::const_new(max_reads as usize),
            value: UnsafeCell::new(value),
        }
    }

    /// Locks for reading, waiting in line.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line; if the lock was handed to it, the next one gets it.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let lock = runtime_sync::RwLock::new(1);
    /// assert_eq!(*lock.read().await, 1);
    /// # });
    /// ```
    pub async fn read(&self) -> RwLockReadGuard<'_, T> {
        self.take(1).await;
        RwLockReadGuard::new(&self.permits, self.value.get())
    }

    /// Locks for reading, blocking the thread until it is this one's turn.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`read`](Self::read) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = runtime_sync::RwLock::new(1);
    /// assert_eq!(*lock.blocking_read(), 1);
    /// ```
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        blocking::wait(self.read())
    }

    /// Like [`read`](Self::read), with a guard that may outlive every borrow.
    ///
    /// # Cancel safety
    ///
    /// As [`read`](Self::read).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let lock = Arc::new(RwLock::new(1));
    /// assert_eq!(*lock.read_owned().await, 1);
    /// # });
    /// ```
    pub async fn read_owned(self: Arc<Self>) -> OwnedRwLockReadGuard<T> {
        self.take(1).await;
        let value = self.value.get();
        OwnedRwLockReadGuard::new(self, value)
    }

    /// Locks for reading if no writer holds the lock or waits for it.
    ///
    /// # Errors
    ///
    /// Returns [`TryLockError`] if that is so, or if there are too many readers.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = runtime_sync::RwLock::new(1);
    /// let _writer = lock.try_write().unwrap();
    /// assert!(lock.try_read().is_err());
    /// ```
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        self.try_take(1)?;
        Ok(RwLockReadGuard::new(&self.permits, self.value.get()))
    }

    /// Like [`try_read`](Self::try_read), with a guard that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// assert_eq!(*lock.try_read_owned().unwrap(), 1);
    /// ```
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        self.try_take(1)?;
        let value = self.value.get();
        Ok(OwnedRwLockReadGuard::new(self, value))
    }

    /// Locks for writing, waiting in line.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line; what it had of the lock goes to the next in line.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let lock = runtime_sync::RwLock::new(1);
    /// *lock.write().await = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// # });
    /// ```
    pub async fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.take(self.max_readers).await;
        RwLockWriteGuard::new(&self.permits, self.value.get(), self.max_readers)
    }

    /// Locks for writing, blocking the thread until it is this one's turn.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`write`](Self::write) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = runtime_sync::RwLock::new(1);
    /// *lock.blocking_write() = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        blocking::wait(self.write())
    }

    /// Like [`write`](Self::write), with a guard that may outlive every borrow.
    ///
    /// # Cancel safety
    ///
    /// As [`write`](Self::write).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let lock = Arc::new(RwLock::new(1));
    /// *Arc::clone(&lock).write_owned().await = 2;
    /// assert_eq!(*lock.read().await, 2);
    /// # });
    /// ```
    pub async fn write_owned(self: Arc<Self>) -> OwnedRwLockWriteGuard<T> {
        self.take(self.max_readers).await;
        OwnedRwLockWriteGuard::new(self)
    }

    /// Locks for writing if nobody holds the lock or waits for it.
    ///
    /// # Errors
    ///
    /// Returns [`TryLockError`] if somebody does.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = runtime_sync::RwLock::new(1);
    /// let _reader = lock.try_read().unwrap();
    /// assert!(lock.try_write().is_err());
    /// ```
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        self.try_take(self.max_readers)?;
        Ok(RwLockWriteGuard::new(
            &self.permits,
            self.value.get(),
            self.max_readers,
        ))
    }

    /// Like [`try_write`](Self::try_write), with a guard that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// *Arc::clone(&lock).try_write_owned().unwrap() = 2;
    /// assert_eq!(*lock.try_read().unwrap(), 2);
    /// ```
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        self.try_take(self.max_readers)?;
        Ok(OwnedRwLockWriteGuard::new(self))
    }

    /// Returns the value: a mutable borrow needs no lock.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut lock = runtime_sync::RwLock::new(1);
    /// *lock.get_mut() = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Takes the value out.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::RwLock::new(1).into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.value.into_inner()
    }

    async fn take(&self, n: u32) {
        // The semaphore of a lock is private and never closed.
        let closed = self.permits.take(n as usize).await.is_err();
        debug_assert!(!closed);
    }

    fn try_take(&self, n: u32) -> Result<(), TryLockError> {
        self.permits
            .try_take(n as usize)
            .map_err(|_| TryLockError(()))
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => out.field("data", &&*guard),
            Err(_) => out.field("data", &format_args!("<locked>")),
        };
        out.finish()
    }
}
