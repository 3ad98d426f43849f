//! What the three queues have in common: everything but the order.

use std::fmt;

use super::error::{GetError, PutError, TryGetError, TryPutError};
use super::order::Order;
use crate::notify::Notify;
use crate::panics::FirstPanic;
use crate::permits::{Permits, TryTakeError};
use crate::primitive::Mutex;

/// A queue; see the essay in [`super`].
pub(super) struct Core<O> {
    state: Mutex<State<O>>,
    /// A permit for each item that nobody has claimed. Closed by the shutdown.
    items: Permits,
    /// `None`: there is always room.
    room: Option<Room>,
    /// Woken whenever the last unfinished item is done.
    finished: Notify,
}

struct Room {
    /// A permit for each free place that nobody has claimed. Closed by the shutdown.
    permits: Permits,
    capacity: usize,
}

/// Behind a lock under which no code of the user's runs but comparisons.
struct State<O> {
    order: O,
    /// Items put, less the calls of `task_done`.
    unfinished: usize,
    shut_down: bool,
}

impl<O: Order> Core<O> {
    #[track_caller]
    pub(super) fn bounded(capacity: usize) -> Self {
        assert!(
            capacity > 0,
            "a queue may not be created with a capacity of 0; for one without a limit call `unbounded`"
        );
        Self::new(Some(Room {
            permits: Permits::new(capacity),
            capacity,
        }))
    }

    pub(super) fn unbounded() -> Self {
        Self::new(None)
    }

    fn new(room: Option<Room>) -> Self {
        Self {
            state: Mutex::new(State {
                order: O::default(),
                unfinished: 0,
                shut_down: false,
            }),
            items: Permits::new(0),
            room,
            finished: Notify::new(),
        }
    }

    pub(super) async fn put(&self, item: O::Item) -> Result<(), PutError<O::Item>> {
        if let Some(room) = &self.room {
            if room.permits.take(1).await.is_err() {
                return Err(PutError(item));
            }
        }
        self.insert(item).map_err(PutError)
    }

    pub(super) fn try_put(&self, item: O::Item) -> Result<(), TryPutError<O::Item>> {
        match self
            .room
            .as_ref()
            .map_or(Ok(()), |room| room.permits.try_take(1))
        {
            Ok(()) => self.insert(item).map_err(TryPutError::ShutDown),
            Err(TryTakeError::TooFew) => Err(TryPutError::Full(item)),
            Err(TryTakeError::Closed) => Err(TryPutError::ShutDown(item)),
        }
    }

    /// Puts an item, for which there is room; it comes back if the queue was shut down.
    fn insert(&self, item: O::Item) -> Result<(), O::Item> {
        let claim = Claim(self.room.as_ref().map(|room| &room.permits));
        {
            let mut state = self.state.lock();
            if state.shut_down {
                return Err(item);
            }
            let place = state.order.place(&item);
            state.order.insert(place, item);
            state.unfinished += 1;
        }
        claim.keep();
        self.items.give(1);
        Ok(())
    }

    pub(super) async fn get(&self) -> Result<O::Item, GetError> {
        let claimed = self.items.take(1).await.is_ok();
        self.remove(claimed).ok_or(GetError(()))
    }

    pub(super) fn try_get(&self) -> Result<O::Item, TryGetError> {
        let claimed = match self.items.try_take(1) {
            Ok(()) => true,
            Err(TryTakeError::TooFew) => return Err(TryGetError::Empty),
            Err(TryTakeError::Closed) => false,
        };
        self.remove(claimed).ok_or(TryGetError::ShutDown)
    }

    /// Takes the next item out. After the shutdown this needs no claim, and `None` says that nothing will ever come.
    fn remove(&self, claimed: bool) -> Option<O::Item> {
        let claim = Claim(claimed.then_some(&self.items));
        let item = self.state.lock().order.pop()?;
        claim.keep();
        if let Some(room) = &self.room {
            room.permits.give(1);
        }
        Some(item)
    }

    #[track_caller]
    pub(super) fn task_done(&self) {
        let left = {
            let mut state = self.state.lock();
            let left = state.unfinished.checked_sub(1);
            state.unfinished = left.unwrap_or(0);
            left
        };
        match left {
            Some(0) => self.finished.notify_waiters(),
            Some(_) => {}
            None => panic!(
                "`task_done` was called more often than items were put; call it once for each item got"
            ),
        }
    }

    pub(super) async fn join(&self) {
        // Made before the look. It is not repeated: that all was done once is enough, even if more was put since.
        let finished = self.finished.notified();
        if self.unfinished() > 0 {
            finished.await;
        }
    }

    pub(super) fn shut_down(&self, immediate: bool) {
        let (left, finished) = {
            let mut state = self.state.lock();
            state.shut_down = true;
            let left = immediate.then(|| std::mem::take(&mut state.order));
            let dropped = left.as_ref().map_or(0, O::len);
            // Saturating: the user may have called `task_done` for items nobody got.
            state.unfinished = state.unfinished.saturating_sub(dropped);
            (left, state.unfinished == 0)
        };
        let mut panic = FirstPanic::default();
        if let Some(room) = &self.room {
            panic.catch(|| room.permits.close());
        }
        panic.catch(|| self.items.close());
        if finished {
            panic.catch(|| self.finished.notify_waiters());
        }
        panic.catch(|| drop(left));
        panic.resume();
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.state.lock().shut_down
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().order.len()
    }

    pub(super) fn unfinished(&self) -> usize {
        self.state.lock().unfinished
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.room.as_ref().map(|room| room.capacity)
    }

    pub(super) fn is_full(&self) -> bool {
        self.room
            .as_ref()
            .is_some_and(|room| room.permits.available() == 0)
    }

    pub(super) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("unfinished", &self.unfinished())
            .field("is_shut_down", &self.is_shut_down())
            .finish()
    }
}

/// A permit that goes back unless it was used: a comparison may panic in between.
struct Claim<'a>(Option<&'a Permits>);

impl Claim<'_> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if let Some(permits) = self.0 {
            permits.give(1);
        }
    }
}
