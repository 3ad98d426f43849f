//! Hosts of a guest: loops that do nothing else, so that what they cost is what being a guest costs.

use ::heist::runtime::{GuestLoop, Limit, Runtime};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel, Ordering::Acquire};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// As much as a host may do at a time that has other things to do.
const TURN: Limit = Limit::polls(64);

/// A guest and how its host waits.
pub(super) struct Guest {
    guest: GuestLoop,
    /// In waker mode what the host waits for.
    call: Option<Arc<Call>>,
}

/// Wakes the thread of the host.
struct Call {
    came: AtomicBool,
    host: Thread,
}

impl Call {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            came: AtomicBool::new(false),
            host: thread::current(),
        })
    }

    fn take(&self) -> bool {
        // The exchange is left out where there is nothing to take.
        self.came.load(Acquire) && self.came.swap(false, AcqRel)
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.came.swap(true, AcqRel) {
            self.host.unpark();
        }
    }
}

impl Guest {
    pub(super) fn with_fd(rt: &Runtime) -> io::Result<Self> {
        let guest = rt.attach_fd().map_err(io::Error::other)?;
        Ok(Self { guest, call: None })
    }

    pub(super) fn with_waker(rt: &Runtime) -> io::Result<Self> {
        let call = Call::new();
        let guest = rt.attach_waker(Waker::from(call.clone()));
        Ok(Self {
            guest: guest.map_err(io::Error::other)?,
            call: Some(call),
        })
    }

    /// The host's loop, until `future` is ready, which it polls beside the guest.
    pub(super) fn run_until<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(self.guest.handle().wrap(future));
        let root = Call::new();
        root.came.swap(true, AcqRel);
        let waker = Waker::from(root.clone());
        let mut cx = Context::from_waker(&waker);
        loop {
            if root.take() {
                if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                    return output;
                }
                continue;
            }
            match &self.call {
                Some(call) if call.take() => {}
                Some(_) => {
                    thread::park();
                    continue;
                }
                None => self.wait_for_fd(),
            }
            let _ = self.guest.turn(TURN);
        }
    }

    fn wait_for_fd(&self) {
        let timeout = self.guest.next_timeout().map(timespec);
        let fd = self.guest.fd().expect("there is one in this mode");
        let mut fds = [PollFd::new(&fd, PollFlags::IN)];
        // An error is an interruption, after which the turn finds nothing.
        let _ = poll(&mut fds, timeout.as_ref());
    }

    pub(super) fn guest(&self) -> &GuestLoop {
        &self.guest
    }
}

fn timespec(timeout: Duration) -> Timespec {
    Timespec {
        tv_sec: timeout.as_secs() as i64,
        tv_nsec: i64::from(timeout.subsec_nanos()),
    }
}
