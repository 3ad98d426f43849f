//! A lock that can be held across an `.await`.

use std::cell::UnsafeCell;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::Arc;

use crate::blocking;
use crate::permits::Permits;

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

/// Access to the value of a [`Mutex`], which is locked as long as this lives.
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
}

/// Access to the value of a [`Mutex`] in an [`Arc`], which is locked as long as this lives.
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMutexGuard<T: ?Sized> {
    lock: Arc<Mutex<T>>,
}

/// Access to a part of the value of a [`Mutex`], made by [`MutexGuard::map`].
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    permits: &'a Permits,
    data: *mut T,
    _borrow: PhantomData<&'a mut T>,
}

/// Access to a part of the value of a [`Mutex`] in an [`Arc`], made by [`OwnedMutexGuard::map`].
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T> {
    data: *mut U,
    lock: Arc<Mutex<T>>,
}

/// The lock is held by another, at the moment.
#[derive(Debug)]
pub struct TryLockError(pub(crate) ());

// SAFETY: the lock moves with its value.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: one guard at a time exists, so sharing the lock only moves access to the value between threads.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}
// SAFETY: a shared guard gives out shared references.
unsafe impl<T: ?Sized + Send + Sync> Sync for MutexGuard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedMutexGuard<T> {}
// SAFETY: the guard stands for `&mut T`.
unsafe impl<T: ?Sized + Send> Send for MappedMutexGuard<'_, T> {}
// SAFETY: a shared guard gives out shared references.
unsafe impl<T: ?Sized + Sync> Sync for MappedMutexGuard<'_, T> {}
// SAFETY: the guard stands for `&mut U` and shared ownership of the lock around `T`.
unsafe impl<T: ?Sized + Send, U: ?Sized + Send> Send for OwnedMappedMutexGuard<T, U> {}
// SAFETY: a shared guard gives out shared references.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Sync for OwnedMappedMutexGuard<T, U> {}

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

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Narrows the guard to a part of the value.
    ///
    /// An associated function, so that it does not hide a method of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new((1, 2));
    /// let mut second = MutexGuard::map(mutex.try_lock().unwrap(), |pair| &mut pair.1);
    /// *second = 3;
    /// drop(second);
    /// assert_eq!(mutex.into_inner(), (1, 3));
    /// ```
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let data = ptr::from_mut(f(&mut *this));
        Self::mapped(this, data)
    }

    /// Narrows the guard to a part of the value if there is one.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(vec![1]);
    /// let guard = MutexGuard::try_map(mutex.try_lock().unwrap(), |list| list.get_mut(7));
    /// assert!(guard.is_err());
    /// ```
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(Self::mapped(this, data)),
            None => Err(this),
        }
    }

    /// Returns the mutex this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(std::ptr::eq(MutexGuard::mutex(&guard), &mutex));
    /// ```
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.lock
    }

    fn mapped<U: ?Sized>(this: Self, data: *mut U) -> MappedMutexGuard<'a, U> {
        let this = ManuallyDrop::new(this);
        MappedMutexGuard {
            permits: &this.lock.permits,
            data,
            _borrow: PhantomData,
        }
    }
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, OwnedMutexGuard};
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new((1, 2)));
    /// let second = OwnedMutexGuard::map(mutex.try_lock_owned().unwrap(), |pair| &mut pair.1);
    /// assert_eq!(*second, 2);
    /// ```
    pub fn map<U, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let data = ptr::from_mut(f(&mut *this));
        OwnedMappedMutexGuard {
            data,
            lock: this.into_lock(),
        }
    }

    /// Narrows the guard to a part of the value if there is one.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, OwnedMutexGuard};
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new(Some(1)));
    /// let inner = OwnedMutexGuard::try_map(mutex.try_lock_owned().unwrap(), Option::as_mut);
    /// assert_eq!(*inner.unwrap(), 1);
    /// ```
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(OwnedMappedMutexGuard {
                data,
                lock: this.into_lock(),
            }),
            None => Err(this),
        }
    }

    /// Returns the mutex this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, OwnedMutexGuard};
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
    /// assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
    /// ```
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        &this.lock
    }

    /// Ends the guard without unlocking.
    fn into_lock(self) -> Arc<Mutex<T>> {
        let this = ManuallyDrop::new(self);
        // SAFETY: the field is read once, and `this` is never dropped.
        unsafe { ptr::read(&this.lock) }
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(((1, 2), 3));
    /// let pair = MutexGuard::map(mutex.try_lock().unwrap(), |all| &mut all.0);
    /// assert_eq!(*MappedMutexGuard::map(pair, |pair| &mut pair.1), 2);
    /// ```
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let data = ptr::from_mut(f(&mut *this));
        Self::mapped(this, data)
    }

    /// Narrows the guard further if there is something to narrow to.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{MappedMutexGuard, Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new((Some(1), 2));
    /// let option = MutexGuard::map(mutex.try_lock().unwrap(), |all| &mut all.0);
    /// assert_eq!(*MappedMutexGuard::try_map(option, Option::as_mut).unwrap(), 1);
    /// ```
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(Self::mapped(this, data)),
            None => Err(this),
        }
    }

    fn mapped<U: ?Sized>(this: Self, data: *mut U) -> MappedMutexGuard<'a, U> {
        let this = ManuallyDrop::new(this);
        MappedMutexGuard {
            permits: this.permits,
            data,
            _borrow: PhantomData,
        }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedMappedMutexGuard<T, U> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new(((1, 2), 3)));
    /// let pair = OwnedMutexGuard::map(mutex.try_lock_owned().unwrap(), |all| &mut all.0);
    /// assert_eq!(*OwnedMappedMutexGuard::map(pair, |pair| &mut pair.1), 2);
    /// ```
    pub fn map<S, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, S>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> &mut S,
    {
        let data = ptr::from_mut(f(&mut *this));
        OwnedMappedMutexGuard {
            data,
            lock: this.into_lock(),
        }
    }

    /// Narrows the guard further if there is something to narrow to.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
    /// use std::sync::Arc;
    ///
    /// let mutex = Arc::new(Mutex::new((None::<i32>, 2)));
    /// let option = OwnedMutexGuard::map(mutex.try_lock_owned().unwrap(), |all| &mut all.0);
    /// assert!(OwnedMappedMutexGuard::try_map(option, Option::as_mut).is_err());
    /// ```
    pub fn try_map<S, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, S>, Self>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> Option<&mut S>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(OwnedMappedMutexGuard {
                data,
                lock: this.into_lock(),
            }),
            None => Err(this),
        }
    }

    /// Ends the guard without unlocking.
    fn into_lock(self) -> Arc<Mutex<T>> {
        let this = ManuallyDrop::new(self);
        // SAFETY: the field is read once, and `this` is never dropped.
        unsafe { ptr::read(&this.lock) }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard is the right to the value, and it is borrowed.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard is the only right to the value, and it is borrowed mutably.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized> Deref for OwnedMutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard is the right to the value, and it is borrowed.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for OwnedMutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard is the only right to the value, and it is borrowed mutably.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized> Deref for MappedMutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `data` lies in the value, to which the guard is the right; it is borrowed.
        unsafe { &*self.data }
    }
}

impl<T: ?Sized> DerefMut for MappedMutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard is borrowed mutably.
        unsafe { &mut *self.data }
    }
}

impl<T: ?Sized, U: ?Sized> Deref for OwnedMappedMutexGuard<T, U> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: `data` lies in the value, to which the guard is the right; it is borrowed.
        unsafe { &*self.data }
    }
}

impl<T: ?Sized, U: ?Sized> DerefMut for OwnedMappedMutexGuard<T, U> {
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: as above, and the guard is borrowed mutably.
        unsafe { &mut *self.data }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.permits.give(1);
    }
}

impl<T: ?Sized> Drop for OwnedMutexGuard<T> {
    fn drop(&mut self) {
        self.lock.permits.give(1);
    }
}

impl<T: ?Sized> Drop for MappedMutexGuard<'_, T> {
    fn drop(&mut self) {
        self.permits.give(1);
    }
}

impl<T: ?Sized, U: ?Sized> Drop for OwnedMappedMutexGuard<T, U> {
    fn drop(&mut self) {
        self.lock.permits.give(1);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MappedMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MappedMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for OwnedMappedMutexGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Display> fmt::Display for OwnedMappedMutexGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operation would block")
    }
}

impl Error for TryLockError {}
