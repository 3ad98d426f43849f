//! One listener: a place in the line of its kind, and the runtime that hears the bell for it.

use std::ffi::c_int;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use runtime_core::coop;

use super::handler;
use super::hub::Hub;
use super::line::Line;
use super::receiver::Receiver;
use crate::reactor::Reactor;

/// A place in the line of a kind. Given up when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    /// After the place in the line: it may be the last of its runtime.
    receiver: Arc<Receiver>,
    place: Place,
}

#[derive(Debug)]
struct Place {
    line: &'static Line,
    key: usize,
}

impl Listener {
    /// Listens to a kind, in the runtime of `reactor`. [`super`] says why in this order.
    pub(crate) fn new(number: c_int, reactor: Arc<Reactor>) -> io::Result<Self> {
        let kind = handler::place(number)?;
        let hub = Hub::current()?;
        let line = hub.line(kind);
        let place = Place {
            line,
            key: line.join(),
        };
        handler::install(kind, hub.installing())?;
        let receiver = hub.receiver(reactor)?;
        Ok(Self { receiver, place })
    }

    /// Waits for the next signal, which is `None` if the runtime is gone. Costs no budget and may be polled from inside a wake-up.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<Option<()>> {
        match self.place.line.poll(self.place.key, waker) {
            Poll::Ready(()) => Poll::Ready(Some(())),
            // Looked at after the waker is in its place: whoever ends the runtime says so before it wakes the line.
            Poll::Pending if self.receiver.is_gone() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    /// The same for a task, at the price of one unit of its budget.
    pub(crate) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let unit = ready!(coop::poll_proceed(cx));
        let received = ready!(self.poll(cx.waker()));
        unit.made_progress();
        Poll::Ready(received)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.line.leave(self.key);
    }
}
