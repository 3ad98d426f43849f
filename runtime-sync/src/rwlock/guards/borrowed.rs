//! Guards that borrow the lock.

use std::marker::PhantomData;
use std::ptr;

use crate::access::{gives_access, gives_mutable_access};
use crate::permits::Permits;

/// Shared access to the value of a [`RwLock`](crate::RwLock), or to a part of it.
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    data: *const T,
    held: Held<'a>,
    _borrow: PhantomData<&'a T>,
}

/// Exclusive access to the value of a [`RwLock`](crate::RwLock).
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    data: *mut T,
    held: Held<'a>,
    _borrow: PhantomData<&'a mut T>,
}

/// Exclusive access to a part of the value of a [`RwLock`](crate::RwLock).
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    data: *mut T,
    held: Held<'a>,
    _borrow: PhantomData<&'a mut T>,
}

/// Permits that give themselves back.
struct Held<'a> {
    permits: &'a Permits,
    n: u32,
}

// SAFETY: the guard stands for `&T`.
unsafe impl<T: ?Sized + Sync> Send for RwLockReadGuard<'_, T> {}
// SAFETY: the guard stands for `&T`.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLockReadGuard<'_, T> {}
// SAFETY: the guard stands for `&mut T`, and can become one for `&T`.
unsafe impl<T: ?Sized + Send + Sync> Send for RwLockWriteGuard<'_, T> {}
// SAFETY: a shared guard gives out shared references.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLockWriteGuard<'_, T> {}
// SAFETY: the guard stands for `&mut T`.
unsafe impl<T: ?Sized + Send + Sync> Send for RwLockMappedWriteGuard<'_, T> {}
// SAFETY: a shared guard gives out shared references.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLockMappedWriteGuard<'_, T> {}

impl Held<'_> {
    /// From a writer's permits to a reader's.
    fn keep_one(mut self) -> Self {
        let rest = self.n - 1;
        self.n = 1;
        self.permits.give(rest as usize);
        self
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.permits.give(self.n as usize);
    }
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// The caller has taken one permit.
    pub(in crate::rwlock) fn new(permits: &'a Permits, data: *const T) -> Self {
        Self {
            data,
            held: Held { permits, n: 1 },
            _borrow: PhantomData,
        }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new((1, 2));
    /// assert_eq!(*RwLockReadGuard::map(lock.try_read().unwrap(), |pair| &pair.1), 2);
    /// ```
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard {
            data: f(&*this),
            held: this.held,
            _borrow: PhantomData,
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
    /// use runtime_sync::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new(vec![1]);
    /// assert!(RwLockReadGuard::try_map(lock.try_read().unwrap(), |list| list.get(1)).is_err());
    /// ```
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&*this).map(ptr::from_ref) {
            Some(data) => Ok(RwLockReadGuard {
                data,
                held: this.held,
                _borrow: PhantomData,
            }),
            None => Err(this),
        }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// The caller has taken all `n` permits.
    pub(in crate::rwlock) fn new(permits: &'a Permits, data: *mut T, n: u32) -> Self {
        Self {
            data,
            held: Held { permits, n },
            _borrow: PhantomData,
        }
    }

    /// Narrows the guard to a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new((1, 2));
    /// *RwLockWriteGuard::map(lock.try_write().unwrap(), |pair| &mut pair.1) = 3;
    /// assert_eq!(lock.into_inner(), (1, 3));
    /// ```
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard {
            data: f(&mut *this),
            held: this.held,
            _borrow: PhantomData,
        }
    }

    /// Turns the guard into a read guard for a part of the value, in one step: no writer comes in between.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new((1, 2));
    /// let part = RwLockWriteGuard::downgrade_map(lock.try_write().unwrap(), |pair| &pair.1);
    /// assert_eq!(*part, lock.try_read().unwrap().1);
    /// ```
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard {
            data: f(&*this),
            held: this.held.keep_one(),
            _borrow: PhantomData,
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
    /// use runtime_sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(Some(1));
    /// *RwLockWriteGuard::try_map(lock.try_write().unwrap(), Option::as_mut).unwrap() = 2;
    /// assert_eq!(lock.into_inner(), Some(2));
    /// ```
    pub fn try_map<F, U: ?Sized>(
        mut this: Self,
        f: F,
    ) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(RwLockMappedWriteGuard {
                data,
                held: this.held,
                _borrow: PhantomData,
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
    /// use runtime_sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(Some(1));
    /// let part = RwLockWriteGuard::try_downgrade_map(lock.try_write().unwrap(), Option::as_ref);
    /// assert_eq!(*part.unwrap(), 1);
    /// ```
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(&*this).map(ptr::from_ref) {
            Some(data) => Ok(RwLockReadGuard {
                data,
                held: this.held.keep_one(),
                _borrow: PhantomData,
            }),
            None => Err(this),
        }
    }

    /// Turns the guard into a mapped one for the whole value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// assert_eq!(*RwLockWriteGuard::into_mapped(lock.try_write().unwrap()), 1);
    /// ```
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        RwLockMappedWriteGuard {
            data: this.data,
            held: this.held,
            _borrow: PhantomData,
        }
    }

    /// Turns the guard into a read guard in one step: no writer comes in between.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = runtime_sync::RwLock::new(1);
    /// let guard = lock.try_write().unwrap().downgrade();
    /// assert_eq!(*guard, *lock.try_read().unwrap());
    /// ```
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        RwLockReadGuard {
            data: self.data,
            held: self.held.keep_one(),
            _borrow: PhantomData,
        }
    }
}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    /// Narrows the guard further.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(((1, 2), 3));
    /// let pair = RwLockWriteGuard::map(lock.try_write().unwrap(), |all| &mut all.0);
    /// assert_eq!(*RwLockMappedWriteGuard::map(pair, |pair| &mut pair.1), 2);
    /// ```
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard {
            data: f(&mut *this),
            held: this.held,
            _borrow: PhantomData,
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
    /// use runtime_sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new((None::<i32>, 3));
    /// let option = RwLockWriteGuard::map(lock.try_write().unwrap(), |all| &mut all.0);
    /// assert!(RwLockMappedWriteGuard::try_map(option, Option::as_mut).is_err());
    /// ```
    pub fn try_map<F, U: ?Sized>(
        mut this: Self,
        f: F,
    ) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut *this).map(ptr::from_mut) {
            Some(data) => Ok(RwLockMappedWriteGuard {
                data,
                held: this.held,
                _borrow: PhantomData,
            }),
            None => Err(this),
        }
    }
}

gives_access!([T: ?Sized] RwLockReadGuard<'_, T> => T, |this| this.data);
gives_mutable_access!([T: ?Sized] RwLockWriteGuard<'_, T> => T, |this| this.data);
gives_mutable_access!([T: ?Sized] RwLockMappedWriteGuard<'_, T> => T, |this| this.data);
