//! The far end of the bell, in one runtime. See [`super`].

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Weak};
use std::task::{Poll, Wake, Waker};

use parking_lot::Mutex;

use super::hub::Hub;
use crate::reactor::{Evented, Hook, Interest, Reactor};

/// The far end of the bell, in one runtime. It lives as long as a listener of that runtime; then the runtime is not woken any more.
#[derive(Debug)]
pub(super) struct Receiver {
    hub: &'static Hub,
    reactor: Arc<Reactor>,
    /// Only our own code runs under the lock.
    far: Mutex<Hook<UnixStream>>,
    /// Answers in its own wake-up, on the thread in the seat. Holds no reference that counts, or the receiver would keep itself alive.
    waker: Waker,
}

impl Receiver {
    /// The error: there is no descriptor to be had.
    pub(super) fn new(hub: &'static Hub, reactor: Arc<Reactor>) -> io::Result<Arc<Self>> {
        // A descriptor of its own, or the next receiver of the same reactor could come before the last one has left. Others have
        // duplicates, so the reactor must be told when it is to forget this one.
        let far = hub.bell().far()?;
        let far = Evented::from_outside(far, Arc::clone(&reactor), Interest::READABLE);
        Ok(Arc::new_cyclic(|this| Self {
            hub,
            reactor,
            far: Mutex::new(Hook::new(far, Interest::READABLE)),
            waker: Waker::from(Arc::new(Answer(Weak::clone(this)))),
        }))
    }

    pub(super) fn reactor(&self) -> &Arc<Reactor> {
        &self.reactor
    }

    /// Will nobody ring here any more?
    pub(super) fn is_gone(&self) -> bool {
        self.reactor.is_shut_down()
    }

    /// Takes what the bell has, announces what is pending, and sees to it that the next ring is heard.
    ///
    /// The error: the runtime is gone, or its reactor cannot take one more descriptor.
    pub(super) fn answer(&self) -> io::Result<()> {
        let outcome = self.far.lock().poll(&self.waker, |_| {
            self.hub.bell().drain();
            Err::<(), _>(io::ErrorKind::WouldBlock.into())
        });
        self.hub.announce();
        match outcome {
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }
}

/// The waker of a receiver.
struct Answer(Weak<Receiver>);

impl Wake for Answer {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(receiver) = self.0.upgrade() {
            // It was registered before, so this can only be the end of the runtime.
            if receiver.answer().is_err() {
                receiver.hub.rouse();
            }
        }
    }
}
