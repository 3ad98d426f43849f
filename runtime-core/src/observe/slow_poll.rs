//! What is said of a poll that does not return, and to whom.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::Duration;

use super::thread::Driver;
use super::trace;
use crate::scheduler::Shared;
use crate::scheduler::worker::Worker;
use crate::task::{Id, TaskRef};
use crate::unwind;

/// A function that is told of slow polls.
pub(crate) type SlowPollHook = Arc<dyn Fn(&SlowPoll) + Send + Sync>;

/// What a runtime does about slow polls.
#[derive(Clone)]
pub(crate) struct SlowPolls {
    pub(crate) limit: Duration,
    pub(crate) hook: Option<SlowPollHook>,
    /// Debug mode: without a hook, say it on the standard error.
    pub(crate) aloud: bool,
    /// Nobody looks on: the driving thread reads the clock around each poll.
    pub(crate) by_clock: bool,
}

/// A poll that took longer than [`Builder::slow_poll_after`](crate::Builder::slow_poll_after) allows, or still does.
///
/// Told to [`Builder::on_slow_poll`](crate::Builder::on_slow_poll). It prints as one sentence.
#[derive(Clone, Debug)]
pub struct SlowPoll {
    what: Polled,
    worker: usize,
    thread: Driver,
    doing: Option<String>,
    elapsed: Duration,
    still_running: bool,
}

/// What is polled.
#[derive(Clone, Debug)]
pub(crate) enum Polled {
    Task {
        id: Id,
        name: Option<String>,
        location: &'static Location<'static>,
        type_name: &'static str,
    },
    /// The future of `block_on`, or the one that a lent thread works for.
    Root,
}

impl Polled {
    pub(crate) fn task(task: &TaskRef) -> Self {
        Self::Task {
            id: task.id(),
            name: task.name().map(str::to_owned),
            location: task.header().location,
            type_name: task.type_name(),
        }
    }
}

impl SlowPoll {
    pub(crate) fn new(what: Polled, worker: usize, thread: Driver, elapsed: Duration) -> Self {
        Self {
            what,
            worker,
            thread,
            doing: None,
            elapsed,
            still_running: false,
        }
    }

    /// The poll runs at this moment.
    pub(crate) fn that_runs(mut self) -> Self {
        self.doing = self.thread.doing();
        self.still_running = true;
        self
    }

    /// The same poll, which has ended.
    pub(crate) fn that_ended(mut self, elapsed: Duration) -> Self {
        self.doing = None;
        self.still_running = false;
        self.elapsed = elapsed;
        self
    }

    /// Returns the id of the task, or `None` if it is the future of `block_on` or of a [lent](crate::Handle::lend) thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.task()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// let task = rt.spawn(work);
    /// let id = task.id();
    /// rt.block_on(task).unwrap();
    /// assert_eq!(slow.recv(), Ok(Some(id)));
    /// ```
    #[must_use]
    pub fn task(&self) -> Option<Id> {
        match self.what {
            Polled::Task { id, .. } => Some(id),
            Polled::Root => None,
        }
    }

    /// Returns the name of the task, if it was given one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.name().map(str::to_owned)).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// let task = runtime_core::task::Builder::new().name("busy").spawn_on(work, rt.handle()).unwrap();
    /// rt.block_on(task).unwrap();
    /// assert_eq!(slow.recv().unwrap().as_deref(), Some("busy"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.what {
            Polled::Task { name, .. } => name.as_deref(),
            Polled::Root => None,
        }
    }

    /// Returns the place in the source where the task was spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.spawned_at().map(|place| place.line())).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// let line = line!() + 1;
    /// let task = rt.spawn(work);
    /// rt.block_on(task).unwrap();
    /// assert_eq!(slow.recv(), Ok(Some(line)));
    /// ```
    #[must_use]
    pub fn spawned_at(&self) -> Option<&'static Location<'static>> {
        match self.what {
            Polled::Task { location, .. } => Some(location),
            Polled::Root => None,
        }
    }

    /// Returns the type of the task's future.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.type_name()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// rt.block_on(rt.spawn(work)).unwrap();
    /// assert!(slow.recv().unwrap().is_some());
    /// ```
    #[must_use]
    pub fn type_name(&self) -> Option<&'static str> {
        match self.what {
            Polled::Task { type_name, .. } => Some(type_name),
            Polled::Root => None,
        }
    }

    /// Returns the index of the slot in which it is polled: that of the worker, or one beyond on a lent thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.worker()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// rt.block_on(rt.spawn(work)).unwrap();
    /// assert_eq!(slow.recv(), Ok(0));
    /// ```
    #[must_use]
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// Returns the name of the thread that polls it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.thread_name().map(str::to_owned)).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// let name = std::thread::current().name().map(str::to_owned);
    /// rt.block_on(rt.spawn(work)).unwrap();
    /// assert_eq!(slow.recv().unwrap(), name);
    /// ```
    #[must_use]
    pub fn thread_name(&self) -> Option<&str> {
        self.thread.name()
    }

    /// Returns the id of the thread that polls it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.thread_id()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// rt.block_on(rt.spawn(work)).unwrap();
    /// assert_eq!(slow.recv(), Ok(Some(std::thread::current().id())));
    /// ```
    #[must_use]
    pub fn thread_id(&self) -> Option<ThreadId> {
        self.thread.id()
    }

    /// Returns what the system says the thread is doing, as "asleep, in the system call read", while the poll still runs. Linux only.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.doing().map(str::to_owned)).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// rt.block_on(rt.spawn(work)).unwrap();
    /// // It is told of when it has ended, as there is no thread that could look on.
    /// assert_eq!(slow.recv(), Ok(None));
    /// ```
    #[must_use]
    pub fn doing(&self) -> Option<&str> {
        self.doing.as_deref()
    }

    /// Returns how long the poll has taken so far, or took.
    ///
    /// Where the reactor thread looks on it is right to a few milliseconds, and never too long by more than those.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.elapsed()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// rt.block_on(rt.spawn(work)).unwrap();
    /// assert!(slow.recv().unwrap() >= Duration::from_millis(2));
    /// ```
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns true if the poll has not returned yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::{Duration, Instant};
    ///
    /// let (send, slow) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .on_slow_poll(move |poll| send.send(poll.still_running()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let work = async {
    ///     let start = Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// };
    /// rt.block_on(rt.spawn(work)).unwrap();
    /// // There is no thread that could look on.
    /// assert_eq!(slow.recv(), Ok(false));
    /// ```
    #[must_use]
    pub fn still_running(&self) -> bool {
        self.still_running
    }
}

impl fmt::Display for SlowPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            Polled::Task {
                id, name, location, ..
            } => {
                write!(f, "task {id}")?;
                if let Some(name) = name {
                    write!(f, " {name:?}")?;
                }
                write!(f, ", spawned at {location},")?;
            }
            Polled::Root => f.write_str("the future of `block_on` or of a lent thread")?,
        }
        let elapsed = self.elapsed;
        let thread = self.thread_name().unwrap_or("without a name");
        if self.still_running {
            write!(
                f,
                " has been in one poll for {elapsed:.1?} and blocks worker {} (thread {thread}",
                self.worker
            )?;
            match &self.doing {
                Some(doing) => write!(f, ", {doing})")?,
                None => f.write_str(")")?,
            }
            f.write_str("; what blocks belongs into `spawn_blocking`")
        } else {
            write!(
                f,
                " returned from a poll that took {elapsed:.1?} and blocked worker {} (thread {thread})",
                self.worker
            )
        }
    }
}

impl Shared {
    /// Tells everybody who wants to know. On a thread that is in the context of the runtime, with no lock held.
    pub(crate) fn tell_slow_poll(&self, polls: &SlowPolls, poll: &SlowPoll) {
        trace::slow_poll(poll);
        match &polls.hook {
            Some(hook) => unwind::swallow(|| hook(poll)),
            None if polls.aloud => eprintln!("heist: {poll}"),
            None => {}
        }
    }

    /// The thread that calls, as one that is going to drive.
    pub(crate) fn driver_here(&self) -> Driver {
        let polls = self.config.slow_polls.as_ref();
        Driver::here(polls.is_some_and(|polls| !polls.by_clock))
    }
}

impl Worker {
    /// After a poll of this thread's own that was timed.
    pub(crate) fn report_if_slow(
        &self,
        polls: &SlowPolls,
        took: Duration,
        what: impl FnOnce() -> Polled,
    ) {
        if took < polls.limit {
            return;
        }
        let poll = SlowPoll::new(what(), self.index(), Driver::here(false), took);
        self.shared().guard.slow_polls.add(1);
        self.shared().tell_slow_poll(polls, &poll);
    }
}

/// Unless the builder says otherwise.
pub(crate) const DEFAULT_LIMIT: Duration = Duration::from_millis(100);
