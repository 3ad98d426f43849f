//! A slot for the waker of one task, armed by the task and fired by anybody.
//!
//! The waker stays in the slot after it was used, so a task that waits again and again leaves it once: arming is then
//! one atomic operation and no clone.
//!
//! ```text
//!                1 register              2 wake
//!   ┌────────┐ ───────────────► ┌───────┐ ───────► ┌────────┐
//!   │ IDLE   │                  │ ARMED │          │ FIRING │
//!   └──▲─▲───┘ ◄─────────────── └───────┘          └─┬────┬─┘
//!      │ │      3 register with another waker        │    │ 5 clear, during the wake
//!      │ └───────────────────────────────────────────┘    ▼
//!      │          4 the wake is over                ┌─────────┐
//!      └────────────────────────────────────────────┤ CLEARED │
//!                 6 the firing thread drops it      └─────────┘
//! ```
//!
//! Who may touch the waker: in `IDLE` the task that registers, alone; in `ARMED` nobody writes, the registering task
//! may look; in `FIRING` the firing thread and the registering task may look; in `CLEARED` the firing thread, alone.
//!
//! # No wake-up is lost
//!
//! A task registers, then looks again at what it waits for. The other side publishes, then fires.
//! [`AtomicWaker::wake`] is a read-modify-write on the slot, so the two sides are ordered: either it comes after the
//! arming and fires, or the arming comes after it, synchronises with it, and the second look sees what was published.
//! [`AtomicWaker::wake_if_armed`] only loads. It is for callers whose publication and whose second look are both
//! read-modify-writes of one other word, which orders the two sides in the same way.

use std::fmt;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::task::Waker;

use crate::primitive::{AtomicU8, UnsafeCell, spin_loop};

/// Nothing to wake. The registering task owns the slot.
const IDLE: u8 = 0;
/// A waker waits in the slot. Set by `register`; whoever moves the state on has the right to fire.
const ARMED: u8 = 1;
/// A thread wakes the waker in place.
const FIRING: u8 = 2;
/// The owner is gone while a thread fires; that thread drops the waker.
const CLEARED: u8 = 3;

/// The slot. `register` and `clear` belong to one task at a time, `wake*` to everybody.
pub(crate) struct AtomicWaker {
    state: AtomicU8,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: the state machine above decides which thread touches the cell; a `Waker` is Send and Sync.
unsafe impl Send for AtomicWaker {}
// SAFETY: as above.
unsafe impl Sync for AtomicWaker {}

impl AtomicWaker {
    /// An idle slot.
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicU8::new(IDLE),
            waker: UnsafeCell::new(None),
        }
    }

    /// Arms the slot with `waker`; the caller looks again at its condition afterwards.
    ///
    /// If somebody fires at this very moment, `waker` is woken instead.
    ///
    /// # Safety
    ///
    /// No other `register` or `clear` runs at the same time.
    pub(crate) unsafe fn register(&self, waker: &Waker) {
        // Acquire: pairs with the end of a firing (edge 4), whose look at the waker is over.
        match self.state.load(Acquire) {
            IDLE => {}
            ARMED => {
                let same = self.waker.with(|current| {
                    // SAFETY: in ARMED and FIRING nobody writes, and the caller is the only one who registers.
                    let current = unsafe { &*current };
                    current
                        .as_ref()
                        .is_some_and(|current| current.will_wake(waker))
                });
                // Edge 3 or, with the same waker, proof that the slot is still armed: nobody has fired since edge 1, which
                // was ordered with all before it, and whoever comes now finds the slot armed or, after edge 3, meets the
                // next edge 1. Relaxed: nothing is handed over here.
                let next = if same { ARMED } else { IDLE };
                if self
                    .state
                    .compare_exchange(ARMED, next, Relaxed, Relaxed)
                    .is_err()
                {
                    return again(waker);
                }
                if same {
                    return;
                }
            }
            _ => return again(waker),
        }
        // IDLE: the slot is ours.
        let same = self.waker.with(|current| {
            // SAFETY: in IDLE only the registering task touches the slot.
            let current = unsafe { &*current };
            current
                .as_ref()
                .is_some_and(|current| current.will_wake(waker))
        });
        if !same {
            let new = waker.clone();
            let old = self.waker.with_mut(|slot| {
                // SAFETY: in IDLE only the registering task touches the slot.
                unsafe { (*slot).replace(new) }
            });
            drop(old);
        }
        // Edge 1. Release: the waker is written before anybody can fire it. Acquire: pairs with the RMW of a `wake`
        // that found the slot idle.
        self.state.swap(ARMED, AcqRel);
    }

    /// Wakes the task if it waits. Ordered with `register` by itself, whatever the caller published and how.
    pub(crate) fn wake(&self) {
        // Acquire: the waker is seen as it was written. What was published before is handed over by edge 4.
        if self
            .state
            .compare_exchange(ARMED, FIRING, Acquire, Relaxed)
            .is_ok()
        {
            return self.fire();
        }
        // An RMW even when idle: see "No wake-up is lost". Release: pairs with edge 1.
        let mut state = self.state.fetch_or(0, Release);
        while state == ARMED {
            match self.state.compare_exchange(ARMED, FIRING, Acquire, Relaxed) {
                Ok(_) => return self.fire(),
                Err(actual) => state = actual,
            }
        }
    }

    /// Wakes the task if it waits, with a plain load when it does not. Only for callers ordered by another word.
    #[inline]
    pub(crate) fn wake_if_armed(&self) {
        // Relaxed: the caller's own RMW ordered this load after the arming, if there was one.
        if self.state.load(Relaxed) == ARMED {
            self.fire_if_armed();
        }
    }

    #[cold]
    fn fire_if_armed(&self) {
        // As in `wake`.
        if self
            .state
            .compare_exchange(ARMED, FIRING, Acquire, Relaxed)
            .is_ok()
        {
            self.fire();
        }
    }

    /// Edge 2 was taken: wake in place, then give the slot back, also if the waker panics.
    fn fire(&self) {
        struct GiveBack<'a>(&'a AtomicWaker);
        impl Drop for GiveBack<'_> {
            fn drop(&mut self) {
                // Edge 4. Release: the look at the waker is over before the registering task may write. Acquire on
                // failure: so is the last look of the owner, which has cleared the slot.
                if self
                    .0
                    .state
                    .compare_exchange(FIRING, IDLE, Release, Acquire)
                    .is_err()
                {
                    let waker = self.0.take();
                    // Edge 6. Release as above. An RMW: a `wake` that found `CLEARED` is ordered with the next arming.
                    self.0.state.swap(IDLE, AcqRel);
                    drop(waker);
                }
            }
        }
        let give_back = GiveBack(self);
        let waker: *const Option<Waker> = self.waker.with(|waker| waker);
        // SAFETY: in FIRING nobody writes to the slot; the owner of this `AtomicWaker` is borrowed.
        let waker = unsafe { &*waker };
        if let Some(waker) = waker {
            waker.wake_by_ref();
        }
        drop(give_back);
    }

    /// Disarms the slot and drops the waker, now or when the thread that fires it is through.
    ///
    /// # Safety
    ///
    /// No other `register` or `clear` runs at the same time.
    pub(crate) unsafe fn clear(&self) {
        // Relaxed: the RMWs below synchronise.
        let mut state = self.state.load(Relaxed);
        loop {
            let next = match state {
                FIRING => CLEARED,
                CLEARED => return,
                _ => IDLE,
            };
            // Release: the looks of this task are over, before the firing thread drops the waker. Acquire: it is through.
            match self.state.compare_exchange(state, next, AcqRel, Relaxed) {
                Ok(FIRING) => return,
                Ok(_) => return drop(self.take()),
                Err(actual) => state = actual,
            }
        }
    }

    /// Takes the waker out; the caller is alone with the slot.
    fn take(&self) -> Option<Waker> {
        self.waker.with_mut(|slot| {
            // SAFETY: called in IDLE by the registering task, in CLEARED by the firing thread.
            unsafe { (*slot).take() }
        })
    }
}

/// Somebody fires at this very moment, perhaps an older waker: the task looks again.
#[cold]
fn again(waker: &Waker) {
    spin_loop();
    waker.wake_by_ref();
}

impl fmt::Debug for AtomicWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtomicWaker")
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::AtomicWaker;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::task::{Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    #[test]
    fn one_arming_fires_once() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let slot = AtomicWaker::new();
        slot.wake();
        for round in 1..4 {
            // SAFETY: one thread.
            unsafe { slot.register(&waker) };
            slot.wake();
            slot.wake();
            slot.wake_if_armed();
            assert_eq!(count.0.load(SeqCst), round);
        }
    }

    #[test]
    fn the_waker_is_kept_between_rounds_and_dropped_by_clear() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let slot = AtomicWaker::new();
        // SAFETY: one thread.
        unsafe { slot.register(&waker) };
        slot.wake_if_armed();
        // SAFETY: one thread.
        unsafe { slot.register(&waker) };
        assert_eq!(Arc::strong_count(&count), 3);
        // SAFETY: one thread.
        unsafe { slot.clear() };
        assert_eq!(Arc::strong_count(&count), 2);
        slot.wake();
        assert_eq!(count.0.load(SeqCst), 1);
    }

    #[test]
    fn another_waker_replaces_the_first() {
        let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let slot = AtomicWaker::new();
        // SAFETY: one thread.
        unsafe { slot.register(&Waker::from(Arc::clone(&first))) };
        // SAFETY: one thread.
        unsafe { slot.register(&Waker::from(Arc::clone(&second))) };
        slot.wake();
        assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
        assert_eq!(Arc::strong_count(&first), 1);
    }

    #[test]
    fn sync_06_a_panicking_waker_gives_the_slot_back() {
        struct Bad;
        impl Wake for Bad {
            fn wake(self: Arc<Self>) {
                panic!("bad waker");
            }
        }
        let slot = AtomicWaker::new();
        // SAFETY: one thread.
        unsafe { slot.register(&Waker::from(Arc::new(Bad))) };
        assert!(catch_unwind(AssertUnwindSafe(|| slot.wake())).is_err());
        let count = Arc::new(Count::default());
        // SAFETY: one thread.
        unsafe { slot.register(&Waker::from(Arc::clone(&count))) };
        slot.wake();
        assert_eq!(count.0.load(SeqCst), 1);
    }

    #[test]
    fn sync_06_a_waker_may_clear_the_slot_it_is_fired_from() {
        struct Clears(Arc<AtomicWaker>);
        impl Wake for Clears {
            fn wake(self: Arc<Self>) {
                // SAFETY: one thread.
                unsafe { self.0.clear() };
            }
        }
        let slot = Arc::new(AtomicWaker::new());
        let waker = Arc::new(Clears(Arc::clone(&slot)));
        // SAFETY: one thread.
        unsafe { slot.register(&Waker::from(Arc::clone(&waker))) };
        slot.wake();
        assert_eq!(Arc::strong_count(&waker), 1);
    }
}
