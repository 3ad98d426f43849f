//! A child and its alarm, until it is reaped or let go.

use std::fmt;
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use runtime_core::util::Process;

use super::alarm::Alarm;
use super::orphan;
use crate::reactor::Reactor;

/// A child. Dropped before it is reaped, it becomes an orphan.
pub(super) struct Running {
    /// Until it is reaped.
    unreaped: Option<(Child, Alarm)>,
    /// After it has been reaped.
    status: ExitStatus,
    kill_on_drop: bool,
    /// Whose child it is.
    home: Process,
}

impl Running {
    /// For a child that was started just now. If it cannot be waited for, it is killed and reaped.
    pub(super) fn new(child: Child, reactor: Arc<Reactor>, kill_on_drop: bool) -> io::Result<Self> {
        match Alarm::new(&child, reactor) {
            Ok(alarm) => Ok(Self {
                unreaped: Some((child, alarm)),
                status: ExitStatus::default(),
                kill_on_drop,
                home: Process::current(),
            }),
            Err(error) => {
                undo(child);
                Err(error)
            }
        }
    }

    /// The number, which is the child's until it is reaped.
    pub(super) fn id(&self) -> Option<u32> {
        self.unreaped.as_ref().map(|(child, _)| child.id())
    }

    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if let Some((child, _)) = &mut self.unreaped {
            let Some(status) = child.try_wait()? else {
                return Ok(None);
            };
            self.reaped(status);
        }
        Ok(Some(self.status))
    }

    pub(super) fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        if let Some((child, alarm)) = &mut self.unreaped {
            let status = ready!(alarm.poll(cx, child))?;
            self.reaped(status);
        }
        Poll::Ready(Ok(self.status))
    }

    fn reaped(&mut self, status: ExitStatus) {
        self.status = status;
        self.unreaped = None;
    }

    /// Does nothing after the child has been reaped.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        match &mut self.unreaped {
            Some((child, alarm)) => alarm.kill(child),
            None => Ok(()),
        }
    }
}

/// Takes a start back.
fn undo(mut child: Child) {
    match child.kill() {
        // A killed child exits within moments. The status is of no interest.
        Ok(()) => drop(child.wait()),
        // It has become a process of another user.
        Err(_) => orphan::stray(child),
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.unreaped.is_none() || !self.home.is_current() {
            // Not our child any more, or, in a forked process, its sibling, which is none of our business.
            return;
        }
        if self.kill_on_drop {
            // An error means that it is not ours to kill, and there is nobody to tell.
            let _ = self.kill();
        }
        if let Some((child, alarm)) = self.unreaped.take() {
            orphan::adopt(child, alarm);
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id() {
            Some(id) => write!(f, "process {id}"),
            None => self.status.fmt(f),
        }
    }
}
