//! Guards that own a share of the lock.

use std::ptr;
use std::sync::Arc;

use super::super::RwLock;
use crate::access::{gives_access, gives_mutable_access};

/// Shared access to the value of a [`RwLock`] in an [`Arc`], or to a part of it.
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T> {
    data: *const U,
    held: OwnedHeld<T>,
}

/// Exclusive access to the value of a [`RwLock`] in an [`Arc`].
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    data: *mut T,
    held: OwnedHeld<T>,
}

/// Exclusive access to a part of the value of a [`RwLock`] in an [`Arc`].
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T> {
    data: *mut U,
    held: OwnedHeld<T>,
}

/// Permits of a shared lock that give themselves back.
struct OwnedHeld<T: ?Sized> {
    lock: Arc<RwLock<T>>,
    n: u32,
}

// SAFETY: the guard stands for `&U` and shared ownership of the lock around `T`.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Sync> Send for OwnedRwLockReadGuard<T, U> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Sync for OwnedRwLockReadGuard<T, U> {}
// SAFETY: the guard stands for `&mut T` and shared ownership of the lock around it.
unsafe impl<T: ?Sized + Send + Sync> Send for OwnedRwLockWriteGuard<T> {}
// SAFETY: a shared guard gives out shared references.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedRwLockWriteGuard<T> {}
// SAFETY: the guard stands for `&mut U` and shared ownership of the lock around `T`.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Send
    for OwnedRwLockMappedWriteGuard<T, U>
{
}
// SAFETY: a shared guard gives out shared references.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync> Sync
    for OwnedRwLockMappedWriteGuard<T, U>
{
}

impl<T: ?Sized> OwnedHeld<T> {
    /// From a writer's permits to a reader's.
    fn keep_one(mut self) -> Self {
        let rest = self.n - 1;
        self.n = 1;
        self.lock.permits.give(rest as usize);
        self
    }
}

impl<T: ?Sized> Drop for OwnedHeld<T> {
    fn drop(&mut self) {
        self.lock.permits.give(self.n as usize);
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    /// The caller has taken one permit.
    pub(in crate::rwlock) fn new(lock: Arc<RwLock<T>>, data: *const U) -> Self {
        Self {
            data,
            held: OwnedHeld { lock, n: 1 },
        }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockReadGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new((1, 2)));
    /// let guard = lock.try_read_owned().unwrap();
    /// assert_eq!(*OwnedRwLockReadGuard::map(guard, |pair| &pair.1), 2);
    /// ```
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        OwnedRwLockReadGuard {
            data: f(&*this),
            held: this.held,
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
    /// use runtime_sync::{OwnedRwLockReadGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new(Some(1))).try_read_owned().unwrap();
    /// assert_eq!(*OwnedRwLockReadGuard::try_map(guard, Option::as_ref).unwrap(), 1);
    /// ```
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        match f(&*this).map(ptr::from_ref) {
            Some(data) => Ok(OwnedRwLockReadGuard {
                data,
                held: this.held,
            }),
            None => Err(this),
        }
    }

    /// Returns the lock this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockReadGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = Arc::clone(&lock).try_read_owned().unwrap();
    /// assert!(Arc::ptr_eq(OwnedRwLockReadGuard::rwlock(&guard), &lock));
    /// ```
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.held.lock
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// The caller has taken all permits.
    pub(in crate::rwlock) fn new(lock: Arc<RwLock<T>>) -> Self {
        Self {
            data: lock.value.get(),
            held: OwnedHeld {
                n: lock.max_readers,
                lock,
            },
        }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new((1, 2)));
    /// let guard = Arc::clone(&lock).try_write_owned().unwrap();
    /// *OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1) = 3;
    /// assert_eq!(lock.try_read().unwrap().1, 3);
    /// ```
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        OwnedRwLockMappedWriteGuard {
            data: f(&mut *this),
            held: this.held,
        }
    }

    /// Turns the guard into a read guard for a part of the value, in one step: no writer comes in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new((1, 2))).try_write_owned().unwrap();
    /// assert_eq!(*OwnedRwLockWriteGuard::downgrade_map(guard, |pair| &pair.1), 2);
    /// ```
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
    {
        OwnedRwLockReadGuard {
            data: f(&*this),
            held: this.held.keep_one(),
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
    /// use runtime_sync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new(None::<i32>)).try_write_owned().unwrap();
    /// assert!(OwnedRwLockWriteGuard::try_map(guard, Option::as_mut).is_err());
    /// ```
    pub fn try_map<F, U: ?Sized>(
        mut this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(OwnedRwLockMappedWriteGuard {
                data,
                held: this.held,
            }),
            None => Err(this),
        }
    }

    /// Turns the guard into a read guard for a part of the value if there is one, as
    /// [`downgrade_map`](Self::downgrade_map).
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new(Some(1))).try_write_owned().unwrap();
    /// let part = OwnedRwLockWriteGuard::try_downgrade_map(guard, Option::as_ref);
    /// assert_eq!(*part.unwrap(), 1);
    /// ```
    pub fn try_downgrade_map<F, U: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockReadGuard<T, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&*this).map(ptr::from_ref) {
            Some(data) => Ok(OwnedRwLockReadGuard {
                data,
                held: this.held.keep_one(),
            }),
            None => Err(this),
        }
    }

    /// Turns the guard into a mapped one for the whole value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new(1)).try_write_owned().unwrap();
    /// assert_eq!(*OwnedRwLockWriteGuard::into_mapped(guard), 1);
    /// ```
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T> {
        OwnedRwLockMappedWriteGuard {
            data: this.data,
            held: this.held,
        }
    }

    /// Turns the guard into a read guard in one step: no writer comes in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::RwLock;
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new(1)).try_write_owned().unwrap();
    /// assert_eq!(*guard.downgrade(), 1);
    /// ```
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        OwnedRwLockReadGuard {
            data: self.data,
            held: self.held.keep_one(),
        }
    }

    /// Returns the lock this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = Arc::clone(&lock).try_write_owned().unwrap();
    /// assert!(Arc::ptr_eq(OwnedRwLockWriteGuard::rwlock(&guard), &lock));
    /// ```
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.held.lock
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new(((1, 2), 3))).try_write_owned().unwrap();
    /// let pair = OwnedRwLockWriteGuard::map(guard, |all| &mut all.0);
    /// assert_eq!(*OwnedRwLockMappedWriteGuard::map(pair, |pair| &mut pair.1), 2);
    /// ```
    pub fn map<F, V: ?Sized>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        OwnedRwLockMappedWriteGuard {
            data: f(&mut *this),
            held: this.held,
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
    /// use runtime_sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let guard = Arc::new(RwLock::new((Some(1), 3))).try_write_owned().unwrap();
    /// let option = OwnedRwLockWriteGuard::map(guard, |all| &mut all.0);
    /// assert!(OwnedRwLockMappedWriteGuard::try_map(option, Option::as_mut).is_ok());
    /// ```
    pub fn try_map<F, V: ?Sized>(
        mut this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(OwnedRwLockMappedWriteGuard {
                data,
                held: this.held,
            }),
            None => Err(this),
        }
    }

    /// Returns the lock this guard is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = OwnedRwLockWriteGuard::into_mapped(Arc::clone(&lock).try_write_owned().unwrap());
    /// assert!(Arc::ptr_eq(OwnedRwLockMappedWriteGuard::rwlock(&guard), &lock));
    /// ```
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.held.lock
    }
}

gives_access!([T: ?Sized, U: ?Sized] OwnedRwLockReadGuard<T, U> => U, |this| this.data);
gives_mutable_access!([T: ?Sized] OwnedRwLockWriteGuard<T> => T, |this| this.data);
gives_mutable_access!([T: ?Sized, U: ?Sized] OwnedRwLockMappedWriteGuard<T, U> => U, |this| this.data);
