//! The listeners of one kind.
//!
//! Wakers are cloned before the lock is taken, and woken or dropped after it is released.

use std::task::{Poll, Waker};

use parking_lot::Mutex;
use runtime_core::util::WakeList;
use slab::Slab;

/// The listeners of one kind, each with a mark of its own: a signal is for all of them.
#[derive(Debug)]
pub(super) struct Line(Mutex<Slab<Place>>);

#[derive(Debug, Default)]
struct Place {
    /// A signal came that this listener has not been told of.
    due: bool,
    /// Who waits for it.
    waker: Option<Waker>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Slab::new()))
    }

    /// A place for one more listener.
    pub(super) fn join(&self) -> usize {
        self.0.lock().insert(Place::default())
    }

    /// Gives a place up.
    pub(super) fn leave(&self, key: usize) {
        let place = self.0.lock().try_remove(key);
        // The waker in it is user code.
        drop(place);
    }

    /// Takes the mark, or waits for it.
    pub(super) fn poll(&self, key: usize, waker: &Waker) -> Poll<()> {
        {
            let mut places = self.0.lock();
            let place = &mut places[key];
            if std::mem::take(&mut place.due) {
                return Poll::Ready(());
            }
            if place
                .waker
                .as_ref()
                .is_some_and(|kept| kept.will_wake(waker))
            {
                return Poll::Pending;
            }
        }
        let fresh = waker.clone();
        let mut places = self.0.lock();
        let place = &mut places[key];
        let replaced = place.waker.replace(fresh);
        let due = std::mem::take(&mut place.due);
        drop(places);
        drop(replaced);
        if due { Poll::Ready(()) } else { Poll::Pending }
    }

    /// A signal came: marks and wakes everybody.
    pub(super) fn announce(&self) {
        for (_, place) in &mut *self.0.lock() {
            place.due = true;
        }
        self.wake(|place| place.due);
    }

    /// Wakes everybody, for a look at something else.
    pub(super) fn rouse(&self) {
        self.wake(|_| true);
    }

    fn wake(&self, whom: fn(&Place) -> bool) {
        loop {
            let mut batch = WakeList::new();
            let mut all = true;
            for (_, place) in &mut *self.0.lock() {
                if !whom(place) || place.waker.is_none() {
                    continue;
                }
                if !batch.can_push() {
                    all = false;
                    break;
                }
                batch.push(place.waker.take().expect("there is one, it was looked at"));
            }
            batch.wake_all();
            if all {
                return;
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn everybody_is_told_once_and_deliveries_merge() {
        let line = Line::new();
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        // More than a batch holds.
        let keys: Vec<_> = (0..100).map(|_| line.join()).collect();
        for key in &keys {
            assert!(line.poll(*key, &waker).is_pending());
        }
        line.announce();
        line.announce();
        assert_eq!(count.0.load(Ordering::Relaxed), 100);
        for key in &keys {
            assert!(line.poll(*key, &waker).is_ready());
            assert!(line.poll(*key, &waker).is_pending());
        }
    }

    #[test]
    fn the_last_waker_is_woken_and_a_left_place_is_not() {
        let line = Line::new();
        let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let (stays, leaves) = (line.join(), line.join());
        for key in [stays, leaves] {
            assert!(
                line.poll(key, &Waker::from(Arc::clone(&first)))
                    .is_pending()
            );
        }
        assert!(
            line.poll(stays, &Waker::from(Arc::clone(&second)))
                .is_pending()
        );
        line.leave(leaves);
        line.announce();
        assert_eq!(first.0.load(Ordering::Relaxed), 0);
        assert_eq!(second.0.load(Ordering::Relaxed), 1);
        assert_eq!(Arc::strong_count(&first), 1, "no waker is kept");
    }

    /// `announce` before anybody waits: the mark stays.
    #[test]
    fn a_signal_that_nobody_waited_for_is_kept() {
        let line = Line::new();
        let key = line.join();
        line.announce();
        assert!(line.poll(key, Waker::noop()).is_ready());
    }

    #[test]
    fn rousing_marks_nobody() {
        let line = Line::new();
        let count = Arc::new(Count::default());
        let key = line.join();
        assert!(
            line.poll(key, &Waker::from(Arc::clone(&count)))
                .is_pending()
        );
        line.rouse();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(line.poll(key, Waker::noop()).is_pending());
    }
}
