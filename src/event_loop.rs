//! The classic event loop: one thread, callbacks, a promised order.
//!
//! An [`EventLoop`] is a [local](crate::runtime::LocalRuntime) hosted runtime with one slot and no LIFO slot, of which this thread is both the host and the guest: a turn of the
//! [`GuestLoop`] is a turn of the loop. There is no scheduler here, only the order in which its parts are called.
//!
//! # One turn
//!
//! 1. Timers that were aborted have gone already.
//! 2. The wait: not at all if anything is ready or [`stop`](EventLoop::stop) was called, else until the next deadline, else without limit.
//! 3. I/O is polled once. What became ready is queued in the order of the events.
//! 4. Timers that are due, by a clock read after that, are queued in the order of their deadlines. Never early.
//! 5. What is queued now runs, and nothing else: what is added meanwhile waits for the next turn, and so for another look at I/O.
//! 6. The queue is first in, first out, for callables and tasks alike. What a task or a [`Completion`](crate::sync::Completion) calls when it is done is queued like everything else.
//!
//! # Examples
//!
//! ```
//! use std::cell::RefCell;
//! use std::rc::Rc;
//! use std::time::Duration;
//! use heist::event_loop::EventLoop;
//!
//! let events = Rc::new(EventLoop::new()?);
//! let log = Rc::new(RefCell::new(Vec::new()));
//! let say = |word: &'static str| {
//!     let log = log.clone();
//!     move || log.borrow_mut().push(word)
//! };
//! events.call_later(Duration::from_millis(1), say("later"));
//! events.call_soon(say("soon"));
//! let stops = events.clone();
//! events.call_later(Duration::from_millis(2), move || stops.stop());
//! events.run_forever();
//! assert_eq!(*log.borrow(), ["soon", "later"]);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::cell::Cell;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use runtime_core::context::{in_task, poll_root};
use runtime_core::messages;
use runtime_time::{Due, Timers};

use crate::io::{Interest, OnReady, Ready, on_ready_local};
use crate::runtime::{
    Builder, GuestLoop, Handle, Limit, LocalOptions, LocalRuntime, Reactor, Turn,
};
use crate::task::{AbortHandle, JoinHandle};
use crate::time::Instant;

/// A loop of this thread that runs closures and tasks in a promised order: see the [module](self).
///
/// Closures and futures need not be `Send`; what they share needs no lock. From other threads, [`handle`](Self::handle) reaches it: its
/// [`call_soon`](Handle::call_soon), [`spawn`](Handle::spawn) and the methods of [`HandleExt`](crate::time::HandleExt) are those of asyncio with `threadsafe` in their name.
///
/// Dropping the loop drops what is queued or waits, here.
pub struct EventLoop {
    // Dropped first: it is a guest of the runtime.
    guest: GuestLoop,
    runtime: LocalRuntime,
    stopping: Cell<bool>,
}

impl EventLoop {
    /// Makes a loop for this thread.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it refuses a descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// let events = heist::event_loop::EventLoop::new()?;
    /// assert_eq!(events.run_until_complete(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> io::Result<Self> {
        let runtime = Builder::new_hosted()
            .guest_slots(1)
            .disable_lifo_slot()
            .reactor(Reactor::HostDriven)
            .enable_all()
            .build_local(LocalOptions::default())?;
        if let Some(timers) = runtime.handle().extension::<Timers>() {
            timers.fire_in_order();
        }
        let guest = runtime.attach_fd().map_err(io::Error::other)?;
        Ok(Self {
            guest,
            runtime,
            stopping: Cell::new(false),
        })
    }

    /// Queues a closure, behind what is queued now. It never runs within this call.
    ///
    /// The handle aborts it before it runs; dropping the handle does nothing. A panic in it goes to the panic hook of the process, and the loop goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::rc::Rc;
    ///
    /// let events = heist::event_loop::EventLoop::new()?;
    /// let called = Rc::new(Cell::new(false));
    /// let flag = called.clone();
    /// events.call_soon(move || flag.set(true));
    /// assert!(!called.get());
    /// let _ = events.run_once();
    /// assert!(called.get());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn call_soon<F>(&self, f: F) -> AbortHandle
    where
        F: FnOnce() + 'static,
    {
        self.handle().call_soon_local(f)
    }

    /// Queues a closure when `delay` has passed, never earlier.
    ///
    /// Aborting it takes its timer away.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    /// use std::time::{Duration, Instant};
    ///
    /// let events = Rc::new(heist::event_loop::EventLoop::new()?);
    /// let (start, stops) = (Instant::now(), events.clone());
    /// events.call_later(Duration::from_millis(2), move || stops.stop());
    /// events.run_forever();
    /// assert!(start.elapsed() >= Duration::from_millis(2));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn call_later<F>(&self, delay: Duration, f: F) -> AbortHandle
    where
        F: FnOnce() + 'static,
    {
        let due = {
            let _entered = self.runtime.enter();
            Due::after(delay)
        };
        self.handle().call_when_local(due, f)
    }

    /// Queues a closure at `deadline`, or as soon after it as may be.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    /// use std::rc::Rc;
    ///
    /// let events = Rc::new(heist::event_loop::EventLoop::new()?);
    /// let (deadline, stops) = (Instant::now() + Duration::from_millis(2), events.clone());
    /// events.call_at(deadline, move || stops.stop());
    /// events.run_forever();
    /// assert!(Instant::now() >= deadline);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn call_at<F>(&self, deadline: Instant, f: F) -> AbortHandle
    where
        F: FnOnce() + 'static,
    {
        let due = {
            let _entered = self.runtime.enter();
            Due::at(deadline)
        };
        self.handle().call_when_local(due, f)
    }

    /// Calls `f` whenever `io` is ready for `interest`, once per turn at most: see [`io::on_ready`](crate::io::on_ready) for what its result means.
    ///
    /// # Errors
    ///
    /// Returns an error of the kind [`AlreadyExists`](io::ErrorKind::AlreadyExists) if another callback watches the descriptor; the system's error if it cannot be waited for.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use std::rc::Rc;
    ///
    /// let events = Rc::new(heist::event_loop::EventLoop::new()?);
    /// let (mut writer, reader) = UnixStream::pair()?;
    /// reader.set_nonblocking(true)?;
    /// let stops = events.clone();
    /// let _watch = events.on_ready(reader, Interest::READABLE, move |mut reader, _ready| {
    ///     let mut byte = [0];
    ///     reader.read_exact(&mut byte)?;
    ///     assert_eq!(byte, [7]);
    ///     stops.stop();
    ///     Ok(())
    /// })?;
    /// writer.write_all(&[7])?;
    /// events.run_forever();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn on_ready<T, F>(&self, io: T, interest: Interest, f: F) -> io::Result<OnReady<T>>
    where
        T: AsRawFd + 'static,
        F: FnMut(&T, Ready) -> io::Result<()> + 'static,
    {
        let _entered = self.runtime.enter();
        on_ready_local(io, interest, f)
    }

    /// Spawns a task whose future need not be `Send`. Its first poll is queued as a closure would be.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// let events = heist::event_loop::EventLoop::new()?;
    /// let word = Rc::new("local");
    /// let task = events.spawn_local(async move { *word });
    /// assert_eq!(events.run_until_complete(task).unwrap(), "local");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.guest.spawn_local(future)
    }

    /// Takes one turn, with at most one wait.
    ///
    /// # Panics
    ///
    /// Panics within a turn of this or another loop, and inside other asynchronous code.
    ///
    /// # Examples
    ///
    /// ```
    /// let events = heist::event_loop::EventLoop::new()?;
    /// let task = events.spawn_local(async { 1 });
    /// let turn = events.run_once();
    /// assert!(task.is_finished() && !turn.tasks_left);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run_once(&self) -> Turn {
        assert_not_nested();
        let turn = self.turn();
        self.stopping.set(false);
        turn
    }

    /// Takes turns until [`stop`](Self::stop) is called; one turn if that was before.
    ///
    /// # Panics
    ///
    /// As [`run_once`](Self::run_once).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// let events = Rc::new(heist::event_loop::EventLoop::new()?);
    /// let stops = events.clone();
    /// let task = events.spawn_local(async move { stops.stop() });
    /// events.run_forever();
    /// assert!(task.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run_forever(&self) {
        assert_not_nested();
        loop {
            let _turn = self.turn();
            if self.stopping.replace(false) {
                return;
            }
        }
    }

    /// Runs a future to its end, and what is queued beside it.
    ///
    /// The future is polled at first at once, and later at the end of a turn that its wake-up was queued for.
    ///
    /// # Panics
    ///
    /// As [`run_once`](Self::run_once); with the future's own panic; and if [`stop`](Self::stop) is called before the future is ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, sleep};
    ///
    /// let events = heist::event_loop::EventLoop::new()?;
    /// let answer = events.run_until_complete(async {
    ///     sleep(Duration::from_millis(1)).await;
    ///     42
    /// });
    /// assert_eq!(answer, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run_until_complete<U: IntoFuture>(&self, future: U) -> U::Output {
        assert_not_nested();
        let mut future = pin!(future.into_future());
        let root = Arc::new(Root {
            queued: AtomicBool::new(false),
            due: AtomicBool::new(true),
            handle: self.handle().clone(),
        });
        let waker = Waker::from(root.clone());
        let mut stopped = false;
        loop {
            if root.is_due() {
                let mut cx = Context::from_waker(&waker);
                if let Poll::Ready(output) = poll_root(self.handle(), future.as_mut(), &mut cx) {
                    return output;
                }
            }
            assert!(!stopped, "{}", messages::STOPPED_BEFORE_COMPLETE);
            let _turn = self.turn();
            stopped = self.stopping.replace(false);
        }
    }

    /// Makes `run_forever` return when the turn has ended that runs now, or the next one, which does not wait.
    ///
    /// # Examples
    ///
    /// ```
    /// let events = heist::event_loop::EventLoop::new()?;
    /// let task = events.spawn_local(async {});
    /// events.stop();
    /// events.run_forever(); // one turn
    /// assert!(task.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stop(&self) {
        self.stopping.set(true);
    }

    /// Returns a handle for other threads.
    ///
    /// # Examples
    ///
    /// ```
    /// let events = heist::event_loop::EventLoop::new()?;
    /// let handle = events.handle().clone();
    /// let task = std::thread::spawn(move || handle.spawn(async { 1 })).join().unwrap();
    /// assert_eq!(events.run_until_complete(task).unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    fn turn(&self) -> Turn {
        let wait = self.stopping.get().then_some(Duration::ZERO);
        self.guest.wait_and_turn(wait, Limit::snapshot())
    }
}

#[track_caller]
fn assert_not_nested() {
    assert!(!in_task(), "{}", messages::NESTED_LOOP);
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop")
            .field("guest", &self.guest)
            .field("stopping", &self.stopping)
            .finish_non_exhaustive()
    }
}

/// What wakes the future of `run_until_complete`: a callable, so that it has its place in the order, and a loop that waits hears of it.
struct Root {
    /// The callable is queued.
    queued: AtomicBool,
    due: AtomicBool,
    handle: Handle,
}

impl Root {
    fn is_due(&self) -> bool {
        self.due.swap(false, AcqRel)
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        // AcqRel: the poll that follows sees what was written before each wake, those that find the callable queued included.
        if !self.queued.swap(true, AcqRel) {
            let root = self.clone();
            self.handle.call_soon(move || {
                root.queued.swap(false, AcqRel);
                root.due.swap(true, AcqRel);
            });
        }
    }
}
