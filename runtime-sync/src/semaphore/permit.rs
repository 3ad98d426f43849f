//! Permits that give themselves back.

use std::sync::Arc;

use super::Semaphore;

/// Permits borrowed from a [`Semaphore`]; dropping gives them back.
#[must_use]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct SemaphorePermit<'a> {
    pub(super) sem: &'a Semaphore,
    pub(super) permits: u32,
}

/// Permits of a [`Semaphore`] in an [`Arc`]; dropping gives them back.
#[must_use]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct OwnedSemaphorePermit {
    pub(super) sem: Arc<Semaphore>,
    pub(super) permits: u32,
}

impl<'a> SemaphorePermit<'a> {
    /// Drops the permit without giving it back: the semaphore has fewer permits from now on.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(2);
    /// semaphore.try_acquire().unwrap().forget();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other` to this one.
    ///
    /// # Panics
    ///
    /// Panics if the two are of different semaphores, or if the sum exceeds `u32::MAX`.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(3);
    /// let mut permit = semaphore.try_acquire().unwrap();
    /// permit.merge(semaphore.try_acquire_many(2).unwrap());
    /// assert_eq!(permit.num_permits(), 3);
    /// ```
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            std::ptr::eq(self.sem, other.sem),
            "merging permits from different semaphore instances"
        );
        self.permits = add(self.permits, other.permits);
        other.permits = 0;
    }

    /// Splits `n` permits off; `None` if there are fewer than `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(3);
    /// let mut permit = semaphore.try_acquire_many(3).unwrap();
    /// let other = permit.split(1).unwrap();
    /// assert_eq!((permit.num_permits(), other.num_permits()), (2, 1));
    /// assert!(permit.split(3).is_none());
    /// ```
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = take_part(&mut self.permits, n)?;
        Some(Self {
            sem: self.sem,
            permits,
        })
    }

    /// Returns the semaphore these permits are of.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert!(std::ptr::eq(permit.semaphore(), &semaphore));
    /// ```
    pub fn semaphore(&self) -> &'a Semaphore {
        self.sem
    }

    /// Returns how many permits this is.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = runtime_sync::Semaphore::new(2);
    /// assert_eq!(semaphore.try_acquire_many(2).unwrap().num_permits(), 2);
    /// ```
    pub fn num_permits(&self) -> usize {
        self.permits as usize
    }
}

impl OwnedSemaphorePermit {
    /// Drops the permit without giving it back: the semaphore has fewer permits from now on.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// Arc::clone(&semaphore).try_acquire_owned().unwrap().forget();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn forget(mut self) {
        self.permits = 0;
    }

    /// Adds the permits of `other` to this one.
    ///
    /// # Panics
    ///
    /// Panics if the two are of different semaphores, or if the sum exceeds `u32::MAX`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// let mut permit = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    /// permit.merge(semaphore.try_acquire_owned().unwrap());
    /// assert_eq!(permit.num_permits(), 2);
    /// ```
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            Arc::ptr_eq(&self.sem, &other.sem),
            "merging permits from different semaphore instances"
        );
        self.permits = add(self.permits, other.permits);
        other.permits = 0;
    }

    /// Splits `n` permits off; `None` if there are fewer than `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let mut permit = Arc::new(Semaphore::new(2)).try_acquire_many_owned(2).unwrap();
    /// assert_eq!(permit.split(1).unwrap().num_permits(), 1);
    /// ```
    pub fn split(&mut self, n: usize) -> Option<Self> {
        let permits = take_part(&mut self.permits, n)?;
        Some(Self {
            sem: Arc::clone(&self.sem),
            permits,
        })
    }

    /// Returns the semaphore these permits are of.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    /// assert!(Arc::ptr_eq(permit.semaphore(), &semaphore));
    /// ```
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.sem
    }

    /// Returns how many permits this is.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let permit = Arc::new(Semaphore::new(2)).try_acquire_owned().unwrap();
    /// assert_eq!(permit.num_permits(), 1);
    /// ```
    pub fn num_permits(&self) -> usize {
        self.permits as usize
    }
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        self.sem.permits.give(self.permits as usize);
    }
}

impl Drop for OwnedSemaphorePermit {
    fn drop(&mut self) {
        self.sem.permits.give(self.permits as usize);
    }
}

#[track_caller]
fn add(one: u32, other: u32) -> u32 {
    one.checked_add(other)
        .expect("a permit cannot stand for more than u32::MAX permits")
}

/// Takes `n` off `permits`, unless there are fewer.
fn take_part(permits: &mut u32, n: usize) -> Option<u32> {
    let n = u32::try_from(n).ok()?;
    *permits = permits.checked_sub(n)?;
    Some(n)
}
