//! Children that nobody waits for. See [`super`].

use std::mem;
use std::process::Child;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use parking_lot::Mutex;

use super::alarm::{Alarm, OrphanAlarm};
use crate::reactor::Reactor;

/// Orphans whose runtime is gone, or that could not get an alarm.
static STRAYS: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// A child that is reaped in passing when it exits. Its alarm keeps it alive, through the waker, until then.
struct Orphan(Mutex<Option<Waiting>>);

struct Waiting {
    child: Child,
    alarm: OrphanAlarm,
}

/// Looks after a child that has not been reaped.
pub(super) fn adopt(mut child: Child, alarm: Alarm) {
    if is_over(&mut child) {
        return;
    }
    let alarm = alarm.into_orphan();
    Arc::new(Orphan(Mutex::new(Some(Waiting { child, alarm })))).look();
}

/// Remembers a child that nobody looks after.
pub(super) fn stray(mut child: Child) {
    if !is_over(&mut child) {
        STRAYS.lock().push(child);
    }
}

/// Reaps the strays that have exited, and adopts the others in this runtime.
pub(super) fn sweep(reactor: &Arc<Reactor>) {
    let strays = mem::take(&mut *STRAYS.lock());
    for child in strays {
        match Alarm::new(&child, Arc::clone(reactor)) {
            Ok(alarm) => adopt(child, alarm),
            Err(_) => stray(child),
        }
    }
}

/// Reaps a child if it has exited. Also true if somebody else has reaped it.
fn is_over(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

impl Orphan {
    /// Reaps the child if it has exited, and waits for its alarm otherwise.
    fn look(self: &Arc<Self>) {
        let waker = Waker::from(Arc::clone(self));
        let mut waiting = self.0.lock();
        let Some(Waiting { child, alarm }) = &mut *waiting else {
            return;
        };
        // The waker is our own, so only our own code runs under the lock.
        let Poll::Ready(end) = alarm.poll(&waker, child) else {
            return;
        };
        let over = waiting.take();
        drop(waiting);
        // An error is the end of the runtime, or the reactor could not take one more descriptor.
        if let (Err(_), Some(Waiting { child, alarm })) = (end, over) {
            drop(alarm);
            stray(child);
        }
    }
}

impl Wake for Orphan {
    fn wake(self: Arc<Self>) {
        self.look();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.look();
    }
}
