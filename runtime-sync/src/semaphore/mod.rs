//! A counting semaphore for tasks.

mod error;
mod permit;

use std::fmt;
use std::sync::Arc;

use crate::blocking;
use crate::permits::Permits;

pub use error::{AcquireError, TryAcquireError};
pub use permit::{OwnedSemaphorePermit, SemaphorePermit};

/// A counting semaphore: at most as many holders at a time as there are permits.
///
/// Waiters are served in the order in which they asked, and a permit given back goes straight to the first of them:
/// nobody passes the queue, [`try_acquire`](Self::try_acquire) included. A large [`acquire_many`](Self::acquire_many)
/// at the head of the queue holds back smaller ones behind it until it is served.
///
/// A future that was granted a permit keeps it until it is polled or dropped. Do not leave a future that waits here
/// unpolled while you await something else that needs the same semaphore.
///
/// # Examples
///
/// ```
/// use runtime_sync::Semaphore;
///
/// # futures_executor::block_on(async {
/// let semaphore = Semaphore::new(3);
/// let one = semaphore.acquire().await.unwrap();
/// let two = semaphore.acquire_many(2).await.unwrap();
/// assert!(semaphore.try_acquire().is_err());
/// drop((one, two));
/// assert_eq!(semaphore.available_permits(), 3);
/// # });
/// ```
pub struct Semaphore {
    permits: Permits,
}

impl Semaphore {
    /// The largest number of permits a semaphore can hold: `usize::MAX >> 3`.
    pub const MAX_PERMITS: usize = Permits::MAX;

    /// Creates a semaphore with `permits` permits.
    ///
    /// # Panics
    ///
    /// Panics if `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::Semaphore::new(5).available_permits(), 5);
    /// ```
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        Self {
            permits: Permits::new(permits),
        }
    }

    /// Creates a semaphore in a constant or static.
    ///
    /// # Panics
    ///
    /// Fails to compile, or panics, if `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// static SLOTS: Semaphore = Semaphore::const_new(2);
    /// assert_eq!(SLOTS.available_permits(), 2);
    /// ```
    #[cfg(not(loom))]
    #[track_caller]
    pub const fn const_new(permits: usize) -> Self {
        Self {
            permits: Permits::const_new(permits),
        }
    }

    /// Returns how many permits can be taken now.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(2);
    /// let _permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn available_permits(&self) -> usize {
        self.permits.available()
    }

    /// Adds `n` permits; waiting tasks get them first.
    ///
    /// # Panics
    ///
    /// Panics if there would be more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(0);
    /// semaphore.add_permits(2);
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    pub fn add_permits(&self, n: usize) {
        self.permits.give(n);
    }

    /// Takes up to `n` permits away for good and returns how many it found.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(2);
    /// assert_eq!(semaphore.forget_permits(5), 2);
    /// assert_eq!(semaphore.available_permits(), 0);
    /// ```
    pub fn forget_permits(&self, n: usize) -> usize {
        self.permits.forget(n)
    }

    /// Takes a permit, waiting for it in line.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let semaphore = runtime_sync::Semaphore::new(1);
    /// let permit = semaphore.acquire().await.unwrap();
    /// assert_eq!(semaphore.available_permits(), 0);
    /// drop(permit);
    /// # });
    /// ```
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.permits.take(1).await?;
        Ok(SemaphorePermit {
            sem: self,
            permits: 1,
        })
    }

    /// Takes `n` permits at once, waiting for them in line.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Panics
    ///
    /// Panics if `n` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS), which only a 32-bit target can express.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line; permits collected so far go to the next in line.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let semaphore = runtime_sync::Semaphore::new(5);
    /// let permit = semaphore.acquire_many(3).await.unwrap();
    /// assert_eq!(permit.num_permits(), 3);
    /// # });
    /// ```
    pub async fn acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.permits.take(n as usize).await?;
        Ok(SemaphorePermit {
            sem: self,
            permits: n,
        })
    }

    /// Takes a permit if there is one.
    ///
    /// # Errors
    ///
    /// Returns [`TryAcquireError::Closed`] if the semaphore is closed, [`TryAcquireError::NoPermits`] if none is
    /// left.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    /// drop(permit);
    /// ```
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if there are as many.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(4);
    /// assert!(semaphore.try_acquire_many(5).is_err());
    /// assert_eq!(semaphore.try_acquire_many(4).unwrap().num_permits(), 4);
    /// ```
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.permits.try_take(n as usize)?;
        Ok(SemaphorePermit {
            sem: self,
            permits: n,
        })
    }

    /// Takes a permit, blocking the thread until there is one.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`acquire`](Self::acquire) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(1);
    /// let _permit = semaphore.blocking_acquire().unwrap();
    /// assert_eq!(semaphore.available_permits(), 0);
    /// ```
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        blocking::wait(self.acquire())
    }

    /// Takes `n` permits, blocking the thread until there are as many.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`acquire_many`](Self::acquire_many) there.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(3);
    /// assert_eq!(semaphore.blocking_acquire_many(2).unwrap().num_permits(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        blocking::wait(self.acquire_many(n))
    }

    /// Like [`acquire`](Self::acquire), with a permit that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = Arc::clone(&semaphore).acquire_owned().await.unwrap();
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// # });
    /// ```
    pub async fn acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.acquire_many_owned(1).await
    }

    /// Like [`acquire_many`](Self::acquire_many), with a permit that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Panics
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line; permits collected so far go to the next in line.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let semaphore = Arc::new(Semaphore::new(4));
    /// let permit = semaphore.acquire_many_owned(3).await.unwrap();
    /// assert_eq!(permit.num_permits(), 3);
    /// # });
    /// ```
    pub async fn acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.permits.take(n as usize).await?;
        Ok(OwnedSemaphorePermit {
            sem: self,
            permits: n,
        })
    }

    /// Like [`try_acquire`](Self::try_acquire), with a permit that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let _permit = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    /// assert!(semaphore.try_acquire_owned().is_err());
    /// ```
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// Like [`try_acquire_many`](Self::try_acquire_many), with a permit that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// assert!(semaphore.try_acquire_many_owned(3).is_err());
    /// ```
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.permits.try_take(n as usize)?;
        Ok(OwnedSemaphorePermit {
            sem: self,
            permits: n,
        })
    }

    /// Like [`blocking_acquire`](Self::blocking_acquire), with a permit that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`acquire_owned`](Self::acquire_owned) there.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let permit = Arc::new(Semaphore::new(1)).blocking_acquire_owned().unwrap();
    /// assert_eq!(permit.num_permits(), 1);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        blocking::wait(self.acquire_owned())
    }

    /// Like [`blocking_acquire_many`](Self::blocking_acquire_many), with a permit that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// Returns [`AcquireError`] when the semaphore is or becomes closed.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; use [`acquire_many_owned`](Self::acquire_many_owned) there.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let permit = Arc::new(Semaphore::new(2)).blocking_acquire_many_owned(2).unwrap();
    /// assert_eq!(permit.num_permits(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        blocking::wait(self.acquire_many_owned(n))
    }

    /// Closes the semaphore: no permit will be handed out any more, and all waiters get an error.
    ///
    /// Permits that are out stay valid.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Semaphore, TryAcquireError};
    ///
    /// let semaphore = Semaphore::new(1);
    /// semaphore.close();
    /// assert!(semaphore.is_closed());
    /// assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    /// ```
    pub fn close(&self) {
        self.permits.close();
    }

    /// Returns whether [`close`](Self::close) was called.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!runtime_sync::Semaphore::new(1).is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("ll_sem", &self.permits)
            .finish()
    }
}
