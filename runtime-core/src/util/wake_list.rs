//! A batch of wakers on the stack.
//!
//! Whoever finds waiting tasks under a lock collects their wakers here, lets go of the lock, and only then wakes them:
//! [`Waker::wake`] is code of a stranger and may do anything, panic included.
//!
//! ```text
//! loop {
//!     lock; while batch.can_push() and somebody waits { batch.push(waker) }; unlock;
//!     batch.wake_all();
//!     stop if nobody waited any more
//! }
//! ```

use std::fmt;
use std::mem::MaybeUninit;
use std::task::Waker;
use std::thread;

use crate::unwind::{catch, discard};

/// How many wakers a batch holds: half a kilobyte of stack.
const CAPACITY: usize = 32;

/// Up to 32 wakers, collected under a lock and woken after it.
///
/// # Examples
///
/// ```
/// use runtime_core::util::WakeList;
/// use std::task::Waker;
///
/// let mut batch = WakeList::new();
/// while batch.can_push() {
///     batch.push(Waker::noop().clone());
/// }
/// batch.wake_all();
/// assert!(batch.is_empty());
/// ```
pub struct WakeList {
    /// The first `len` are initialised.
    wakers: [MaybeUninit<Waker>; CAPACITY],
    len: usize,
}

impl WakeList {
    /// Creates an empty batch; nothing is initialised, so this costs next to nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::WakeList;
    /// assert!(WakeList::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            wakers: [const { MaybeUninit::uninit() }; CAPACITY],
            len: 0,
        }
    }

    /// Says whether another waker fits.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::WakeList;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeList::new();
    /// while batch.can_push() {
    ///     batch.push(Waker::noop().clone());
    /// }
    /// assert!(batch.len() > 1);
    /// ```
    #[inline]
    #[must_use]
    pub const fn can_push(&self) -> bool {
        self.len < CAPACITY
    }

    /// Says whether there is nothing to wake.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::WakeList;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeList::new();
    /// batch.push(Waker::noop().clone());
    /// assert!(!batch.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns how many wakers wait in the batch.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::WakeList;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeList::new();
    /// batch.push(Waker::noop().clone());
    /// assert_eq!(batch.len(), 1);
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Adds a waker.
    ///
    /// # Panics
    ///
    /// Panics if the batch is full; ask [`can_push`](Self::can_push) first.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::WakeList;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeList::new();
    /// batch.push(Waker::noop().clone());
    /// assert_eq!(batch.len(), 1);
    /// batch.wake_all();
    /// ```
    #[inline]
    #[track_caller]
    pub fn push(&mut self, waker: Waker) {
        assert!(
            self.can_push(),
            "a full batch of wakers has to be woken first"
        );
        self.wakers[self.len].write(waker);
        self.len += 1;
    }

    /// Wakes all, in the order in which they were added, and leaves the batch empty.
    ///
    /// No lock may be held that a waker could want.
    ///
    /// # Panics
    ///
    /// A waker that panics does not keep the others from being woken. The first panic goes on after the last waker.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::WakeList;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeList::new();
    /// batch.push(Waker::noop().clone());
    /// batch.wake_all();
    /// assert!(batch.is_empty());
    /// ```
    pub fn wake_all(&mut self) {
        self.consume(Waker::wake);
    }

    /// Empties the batch through `f`, each waker exactly once whatever `f` does; then lets the first panic go on.
    fn consume(&mut self, f: impl Fn(Waker)) {
        // From here on the wakers belong to this call: a batch that is dropped by a panic owns none of them.
        let len = std::mem::take(&mut self.len);
        let mut first = None;
        for slot in &self.wakers[..len] {
            // SAFETY: the slot is one of the first `len`, so it was initialised by `push`; `len` is zero by now and the
            // loop comes by once, so nobody reads it again.
            let waker = unsafe { slot.assume_init_read() };
            if let Err(payload) = catch(|| f(waker)) {
                match first {
                    None => first = Some(payload),
                    Some(_) => discard(payload),
                }
            }
        }
        match first {
            None => {}
            // A second panic during an unwind would end the process.
            Some(payload) if thread::panicking() => discard(payload),
            Some(payload) => std::panic::resume_unwind(payload),
        }
    }
}

impl Default for WakeList {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for WakeList {
    fn drop(&mut self) {
        self.consume(drop);
    }
}

impl fmt::Debug for WakeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakeList").field("len", &self.len).finish()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use parking_lot::Mutex;

    use super::*;

    /// Writes its number down when woken, and panics if told to.
    struct Probe {
        number: usize,
        woken: Arc<Mutex<Vec<usize>>>,
        dropped: Arc<AtomicUsize>,
        panics: bool,
    }

    impl Wake for Probe {
        fn wake(self: Arc<Self>) {
            self.woken.lock().push(self.number);
            if self.panics {
                std::panic::panic_any(self.number);
            }
        }
    }

    impl Drop for Probe {
        fn drop(&mut self) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[derive(Default)]
    struct Record {
        woken: Arc<Mutex<Vec<usize>>>,
        dropped: Arc<AtomicUsize>,
    }

    impl Record {
        fn waker(&self, number: usize, panics: bool) -> Waker {
            let (woken, dropped) = (Arc::clone(&self.woken), Arc::clone(&self.dropped));
            Waker::from(Arc::new(Probe {
                number,
                woken,
                dropped,
                panics,
            }))
        }

        fn woken(&self) -> Vec<usize> {
            self.woken.lock().clone()
        }

        fn dropped(&self) -> usize {
            self.dropped.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn a_full_batch_is_woken_in_order_and_can_be_used_again() {
        let record = Record::default();
        let mut batch = WakeList::new();
        for round in 1..=2 {
            for number in 0..CAPACITY {
                assert!(batch.can_push());
                batch.push(record.waker(number, false));
            }
            assert!(!batch.can_push());
            batch.wake_all();
            assert!(batch.is_empty());
            assert_eq!(record.dropped(), round * CAPACITY);
        }
        let expected: Vec<usize> = (0..CAPACITY).chain(0..CAPACITY).collect();
        assert_eq!(record.woken(), expected);
    }

    #[test]
    fn pushing_into_a_full_batch_panics_and_loses_nothing() {
        let record = Record::default();
        let mut batch = WakeList::new();
        (0..CAPACITY).for_each(|number| batch.push(record.waker(number, false)));
        let refused = record.waker(CAPACITY, false);
        assert!(catch_unwind(AssertUnwindSafe(|| batch.push(refused))).is_err());
        batch.wake_all();
        assert_eq!(record.woken().len(), CAPACITY);
        assert_eq!(record.dropped(), CAPACITY + 1);
    }

    #[test]
    fn a_panicking_waker_stops_no_other_and_the_first_panic_goes_on() {
        let record = Record::default();
        let mut batch = WakeList::new();
        for number in 0..6 {
            batch.push(record.waker(number, number == 1 || number == 4));
        }
        let panic = catch_unwind(AssertUnwindSafe(|| batch.wake_all())).unwrap_err();
        assert_eq!(panic.downcast_ref::<usize>(), Some(&1));
        assert_eq!(record.woken(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(record.dropped(), 6);
        assert!(batch.is_empty());
    }

    #[test]
    fn dropping_a_batch_drops_its_wakers_unwoken() {
        let record = Record::default();
        let mut batch = WakeList::new();
        (0..3).for_each(|number| batch.push(record.waker(number, true)));
        drop(batch);
        assert_eq!(record.dropped(), 3);
        assert!(record.woken().is_empty());
    }

    #[test]
    fn a_panic_beside_a_batch_drops_its_wakers() {
        let record = Record::default();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let mut batch = WakeList::new();
            batch.push(record.waker(0, false));
            panic!("beside the batch");
        }));
        assert!(unwound.is_err());
        assert_eq!(record.dropped(), 1);
    }
}
