//! What tells that it is worth asking whether a child has exited.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use super::pidfd;
use crate::reactor::{Evented, Hook, Interest, Reactor, Side};
use crate::signal::Listener;
use crate::signal::unix::SignalKind;

/// The alarm of a child that somebody waits for.
#[derive(Debug)]
pub(super) enum Alarm {
    /// Its pidfd, which becomes readable once.
    Pidfd(Evented<OwnedFd>),
    /// Each `SIGCHLD`, from before the child is asked for the first time.
    Signal(Listener),
}

/// The alarm of an orphan, which is polled in its own wake-up.
#[derive(Debug)]
pub(super) enum OrphanAlarm {
    Pidfd(Hook<OwnedFd>),
    Signal(Listener),
}

impl Alarm {
    /// For a child that has not been reaped.
    pub(super) fn new(child: &Child, reactor: Arc<Reactor>) -> io::Result<Self> {
        match pidfd::open(child.id()) {
            Ok(fd) => Ok(Self::Pidfd(Evented::new(fd, reactor, Interest::READABLE))),
            Err(_) => {
                let kind = SignalKind::child().as_raw_value();
                Ok(Self::Signal(Listener::new(kind, reactor)?))
            }
        }
    }

    /// Reaps the child, waiting until it has exited, for a task and at the price of one unit of its budget.
    pub(super) fn poll(
        &self,
        cx: &mut Context<'_>,
        child: &mut Child,
    ) -> Poll<io::Result<ExitStatus>> {
        match self {
            Self::Pidfd(fd) => fd.poll_io(cx, Side::Read, |_, _| ask(child)),
            Self::Signal(listener) => {
                let unit = ready!(runtime_core::coop::poll_proceed(cx));
                let result = ready!(poll_signal(listener, cx.waker(), child));
                unit.made_progress();
                Poll::Ready(result)
            }
        }
    }

    /// Kills the child, which has not been reaped by us.
    pub(super) fn kill(&self, child: &mut Child) -> io::Result<()> {
        match self {
            Self::Pidfd(fd) => pidfd::kill(fd.io().as_fd()),
            Self::Signal(_) => child.kill(),
        }
    }

    pub(super) fn into_orphan(self) -> OrphanAlarm {
        match self {
            Self::Pidfd(fd) => OrphanAlarm::Pidfd(Hook::new(fd, Interest::READABLE)),
            Self::Signal(listener) => OrphanAlarm::Signal(listener),
        }
    }
}

impl OrphanAlarm {
    /// Reaps the child if it has exited; otherwise `waker` is woken when it is worth asking again, and may do so at once.
    pub(super) fn poll(
        &mut self,
        waker: &Waker,
        child: &mut Child,
    ) -> Poll<io::Result<ExitStatus>> {
        match self {
            Self::Pidfd(hook) => hook.poll(waker, |_| ask(child)),
            Self::Signal(listener) => poll_signal(listener, waker, child),
        }
    }
}

/// Asks for the status of a child, without waiting.
fn ask(child: &mut Child) -> io::Result<ExitStatus> {
    child
        .try_wait()?
        .ok_or_else(|| io::ErrorKind::WouldBlock.into())
}

fn poll_signal(
    listener: &Listener,
    waker: &Waker,
    child: &mut Child,
) -> Poll<io::Result<ExitStatus>> {
    loop {
        // A signal that comes after this question is still there when the listener is polled.
        if let Some(status) = child.try_wait()? {
            return Poll::Ready(Ok(status));
        }
        if ready!(listener.poll(waker)).is_none() {
            return Poll::Ready(Err(Reactor::shut_down_error()));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::future::poll_fn;
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::process::Command;

    use runtime_core::Builder;

    use super::*;

    /// An alarm that goes off and means nothing.
    #[test]
    fn proc_03_a_false_alarm_is_no_exit() {
        let reactor = Arc::new(Reactor::new().unwrap());
        let runtime = Builder::new_current_thread()
            .driver(reactor.clone())
            .build()
            .unwrap();
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let (far, mut near) = UnixStream::pair().unwrap();
        let alarm = Alarm::Pidfd(Evented::new(far.into(), reactor, Interest::READABLE));
        runtime.block_on(async {
            let mut polls = 0;
            let status = poll_fn(|cx| {
                let polled = alarm.poll(cx, &mut child);
                polls += 1;
                // Each ring of the alarm is one more poll, and only the last one is an exit.
                if polls == 3 {
                    child.kill().unwrap();
                    wait_for_exit(&child);
                }
                near.write_all(b"!").unwrap();
                polled
            });
            status.await.unwrap();
            assert!(polls >= 4);
        });
    }

    /// Waits until a child has exited, and does not reap it.
    fn wait_for_exit(child: &Child) {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let process = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(process), options).unwrap();
    }
}
