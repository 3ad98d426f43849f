//! Runtimes: where tasks, sockets and timers live.
//!
//! A [`Builder`] configures and makes a [`Runtime`]; a [`Handle`] reaches it from anywhere. `#[heist::main]` and `#[heist::test]` do the same with attributes.
//!
//! * A **multi-thread** runtime runs tasks on its own threads, one per CPU unless told otherwise, which steal work from each other.
//! * A **current-thread** runtime runs them on the thread that is in [`Runtime::block_on`].
//! * A **[local](LocalRuntime)** runtime belongs to one thread; its tasks need not be `Send`.
//! * A **[hosted](Builder::new_hosted)** runtime has no workers of its own and runs them on threads of the program that come to do so.
//! * A thread that exists already may be [lent](Handle::lend) to a runtime.
//! * Inside the event loop of another library a runtime is a guest: [`attach_fd`](runtime_core::Runtime::attach_fd) for a loop that watches descriptors,
//!   [`attach_waker`](runtime_core::Runtime::attach_waker) for one that can be woken.
//!
//! # Examples
//!
//! ```
//! use heist::runtime::Builder;
//!
//! let rt = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
//! let sum = rt.block_on(async { heist::spawn(async { 40 + 2 }).await });
//! assert_eq!(sum.unwrap(), 42);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Deref;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use runtime_core::task::JoinHandle;
use runtime_core::{Driver, ThreadDriver};
use runtime_io::reactor::{Backend, Reactor as IoReactor};
use runtime_time::Timer;

#[cfg(unix)]
use crate::introspect::Introspection;

pub use runtime_core::{
    EnterError, EnterGuard, GuestLoop, Handle, HostPool, Id, Job, Lent, Limit, LocalOptions,
    Reactor, RngSeed, RuntimeDump, RuntimeFlavor, RuntimeMetrics, ShutdownReport, SlowPoll,
    TaskMeta, TryCurrentError, Turn, Unhandled, UnhandledPanic, WeakHandle, WithRuntime,
    worker_index,
};
pub use runtime_io::is_rt_shutdown_err;

/// Configures and makes a [`Runtime`]. Setters return the builder, so that calls can be chained.
///
/// Sockets and timers are off until [`enable_io`](Self::enable_io), [`enable_time`](Self::enable_time) or [`enable_all`](Self::enable_all).
///
/// # Examples
///
/// ```
/// use heist::runtime::Builder;
///
/// let rt = Builder::new_current_thread().enable_all().build()?;
/// rt.block_on(async { heist::time::sleep(std::time::Duration::from_millis(1)).await });
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Builder {
    core: runtime_core::Builder,
    io: bool,
    time: bool,
    portable: bool,
    events_per_look: Option<usize>,
    events_per_busy_look: Option<usize>,
    #[cfg(unix)]
    introspect: Option<PathBuf>,
    #[cfg(feature = "test-util")]
    start_paused: bool,
}

impl Builder {
    /// Starts with a runtime whose tasks run on its own threads.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    /// assert_eq!(rt.metrics().num_workers(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new_multi_thread() -> Self {
        Self::around(runtime_core::Builder::new_multi_thread())
    }

    /// Starts with a runtime whose tasks run on the thread in [`Runtime::block_on`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().enable_all().build()?;
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new_current_thread() -> Self {
        Self::around(runtime_core::Builder::new_current_thread())
    }

    /// Starts with a runtime without workers of its own: its tasks run on threads of the program, while those are [lent](Handle::lend) or in
    /// [`block_on`](runtime_core::Runtime::block_on). See [`runtime_core::Builder::new_hosted`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Builder;
    /// use std::time::Duration;
    ///
    /// let rt = Builder::new_hosted().enable_all().build()?;
    /// let task = rt.spawn(async { heist::time::sleep(Duration::from_millis(1)).await });
    /// let mut lent = rt.handle().lend().expect("a slot is free");
    /// lent.run_until(task).expect("the runtime lives").expect("the task ends");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new_hosted() -> Self {
        Self::around(runtime_core::Builder::new_hosted())
    }

    fn around(core: runtime_core::Builder) -> Self {
        Self {
            core,
            io: false,
            time: false,
            portable: false,
            events_per_look: None,
            events_per_busy_look: None,
            #[cfg(unix)]
            introspect: None,
            #[cfg(feature = "test-util")]
            start_paused: false,
        }
    }

    /// Turns sockets and timers on.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, sleep};
    ///
    /// let rt = heist::runtime::Builder::new_current_thread().enable_all().build()?;
    /// rt.block_on(async { sleep(Duration::from_millis(1)).await });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn enable_all(&mut self) -> &mut Self {
        self.enable_io().enable_time()
    }

    /// Turns sockets on: [`net`](crate::net) and [`AsyncFd`](crate::io::unix::AsyncFd).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// let rt = heist::runtime::Builder::new_current_thread().enable_io().build()?;
    /// let socket = rt.block_on(UdpSocket::bind("127.0.0.1:0"))?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn enable_io(&mut self) -> &mut Self {
        self.io = true;
        self
    }

    /// Turns timers on: [`time`](crate::time).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, timeout};
    ///
    /// let rt = heist::runtime::Builder::new_current_thread().enable_time().build()?;
    /// let late = rt.block_on(async { timeout(Duration::from_millis(1), std::future::pending::<()>()).await });
    /// assert!(late.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn enable_time(&mut self) -> &mut Self {
        self.time = true;
        self
    }

    /// Waits for sockets in the way that every system has, also where a better one exists. For tests of that way.
    #[doc(hidden)]
    pub fn portable_poll(&mut self, yes: bool) -> &mut Self {
        self.portable = yes;
        self
    }

    /// Sets how many events one look at the sockets takes at most, from 1 to 1,024. Default: 1,024.
    ///
    /// # Panics
    ///
    /// Panics if `events` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().enable_io().max_io_events_per_tick(64).build()?;
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn max_io_events_per_tick(&mut self, events: usize) -> &mut Self {
        assert!(
            events > 0,
            "{}",
            runtime_core::messages::MAX_IO_EVENTS_PER_TICK
        );
        self.events_per_look = Some(events.min(MOST_EVENTS));
        self
    }

    /// Sets how many events a look at the sockets takes at most if it does not wait, because there are tasks to run. Default: as many as
    /// [`max_io_events_per_tick`](Self::max_io_events_per_tick).
    ///
    /// What is left stays with the system until the next look. A small number spreads the wake-ups of an overloaded runtime.
    ///
    /// # Panics
    ///
    /// Panics if `events` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().enable_io().max_io_events_per_busy_tick(8).build()?;
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn max_io_events_per_busy_tick(&mut self, events: usize) -> &mut Self {
        assert!(
            events > 0,
            "{}",
            runtime_core::messages::MAX_IO_EVENTS_PER_BUSY_TICK
        );
        self.events_per_busy_look = Some(events.min(MOST_EVENTS));
        self
    }

    /// Serves introspection at a Unix socket: who is running, for `heist-ps` and its like. Off by default.
    ///
    /// A thread of its own answers, also while every worker is blocked. The socket is made by `build` with mode 0600, so only the user of this process and root may ask, and removed when the
    /// runtime is dropped. One that a process has left behind which is gone is replaced. What the names of tasks and the places of spawns tell is told to whoever asks.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Builder;
    /// use std::io::{Read, Write};
    ///
    /// # let folder = std::env::temp_dir().join(format!("heist-doc-{}", std::process::id()));
    /// # std::fs::create_dir(&folder)?;
    /// let path = folder.join("program.sock");
    /// let rt = Builder::new_multi_thread().worker_threads(1).introspect(&path).build()?;
    /// rt.spawn(std::future::pending::<()>());
    ///
    /// // What `heist-ps ps` does.
    /// let mut stream = std::os::unix::net::UnixStream::connect(&path)?;
    /// stream.write_all(b"ps\n")?;
    /// let mut answer = String::new();
    /// stream.read_to_string(&mut answer)?;
    /// assert!(answer.starts_with("heist/1 ok\nID"));
    /// # drop(rt);
    /// # std::fs::remove_dir(&folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(unix)]
    pub fn introspect(&mut self, path: impl Into<PathBuf>) -> &mut Self {
        self.introspect = Some(path.into());
        self
    }

    /// Starts the runtime with its clock stopped, as [`time::pause`](crate::time::pause) does later. Needs timers.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep};
    ///
    /// let rt = heist::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// rt.block_on(async {
    ///     let start = Instant::now();
    ///     sleep(Duration::from_secs(60)).await; // takes no time
    ///     assert_eq!(start.elapsed(), Duration::from_secs(60));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "test-util")]
    pub fn start_paused(&mut self, yes: bool) -> &mut Self {
        self.start_paused = yes;
        self
    }

    /// Makes the runtime and starts its threads.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it refuses a file descriptor, a thread, or the socket of [`introspect`](Self::introspect); nothing is left behind then. Returns [`InvalidInput`](io::ErrorKind::InvalidInput) if two settings
    /// exclude each other, and names them.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    /// assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn build(&mut self) -> io::Result<Runtime> {
        self.add_drivers()?;
        let core = self.core.build()?;
        Ok(Runtime {
            #[cfg(unix)]
            _introspection: self.introspection(core.handle())?,
            core,
        })
    }

    /// Makes a runtime that belongs to this thread, for tasks that are not `Send`.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it refuses a file descriptor.
    ///
    /// # Panics
    ///
    /// Panics on a builder of a multi-thread runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, LocalOptions};
    ///
    /// let rt = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    /// let shared = std::rc::Rc::new(1);
    /// assert_eq!(rt.block_on(rt.spawn_local(async move { *shared })).unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn build_local(&mut self, options: LocalOptions) -> io::Result<LocalRuntime> {
        self.add_drivers()?;
        let core = self.core.build_local(options)?;
        Ok(LocalRuntime {
            #[cfg(unix)]
            _introspection: self.introspection(core.handle())?,
            core,
        })
    }

    /// Starts to serve introspection if that was asked for.
    #[cfg(unix)]
    fn introspection(&self, handle: &Handle) -> io::Result<Option<Introspection>> {
        let path = self.introspect.as_deref();
        path.map(|path| Introspection::start(path, handle.downgrade()))
            .transpose()
    }

    /// Gives core's builder the drivers that were asked for.
    fn add_drivers(&mut self) -> io::Result<()> {
        let reactor = if self.io {
            Some(Arc::new(self.io_reactor()?))
        } else {
            None
        };
        if let Some(reactor) = &reactor {
            self.core.extension(reactor.clone());
        }
        match (reactor, self.time) {
            (Some(reactor), true) => self.with_timers(reactor),
            (Some(reactor), false) => self.core.driver(Arc::new(reactor)),
            (None, true) => self.with_timers(ThreadDriver::new()),
            (None, false) => &mut self.core,
        };
        Ok(())
    }

    fn io_reactor(&self) -> io::Result<IoReactor> {
        let backend = if self.portable {
            Backend::Portable
        } else {
            Backend::Native
        };
        let waiting = self.events_per_look.unwrap_or(MOST_EVENTS);
        let busy = self.events_per_busy_look.unwrap_or(waiting);
        IoReactor::with_limits(backend, waiting, busy)
    }

    /// Folds the timers into the wait of another driver.
    fn with_timers<D: Driver>(&mut self, driver: D) -> &mut runtime_core::Builder {
        let timer = Timer::new(driver, self.core.slot_count());
        #[cfg(feature = "test-util")]
        if self.start_paused {
            timer.timers().start_paused();
        }
        self.core.extension(timer.timers().clone());
        self.core.driver(Arc::new(timer))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

/// Setters that core's builder has as well.
macro_rules! pass_on {
    ($($(#[$doc:meta])* fn $name:ident $(<$generic:ident: $bound:path>)? ($($arg:ident: $type:ty),*);)*) => {
        impl Builder {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $name $(<$generic>)? (&mut self, $($arg: $type),*) -> &mut Self
            $(where $generic: $bound + Send + Sync + 'static)? {
                self.core.$name($($arg),*);
                self
            }
        )*}
    };
}

pass_on! {
    /// Sets the number of own threads; a current-thread runtime ignores it, a hosted one has none and is not built with it. Default: the environment variable
    /// `HEIST_WORKER_THREADS`, else the number of CPUs.
    ///
    /// # Panics
    ///
    /// Panics if `count` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_multi_thread().worker_threads(3).build()?;
    /// assert_eq!(rt.metrics().num_workers(), 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn worker_threads(count: usize);
    /// Sets how many threads of the program may drive the runtime at once: [lent](Handle::lend) ones beside the own workers of a multi-thread runtime, and all that run the
    /// tasks of a [hosted](Self::new_hosted) one, which needs at least one. Default: 4, on a hosted runtime the number of CPUs. A current-thread runtime ignores it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, EnterError};
    ///
    /// let rt = Builder::new_hosted().guest_slots(1).build().unwrap();
    /// let _lent = rt.handle().lend().unwrap();
    /// let handle = rt.handle().clone();
    /// let refused = std::thread::spawn(move || handle.lend().unwrap_err());
    /// assert_eq!(refused.join().unwrap(), EnterError::NoFreeSlot);
    /// ```
    fn guest_slots(count: usize);
    /// Sets how many threads the blocking pool may have at once. Default: 512.
    ///
    /// # Panics
    ///
    /// Panics if `count` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().max_blocking_threads(1).build()?;
    /// let job = rt.spawn_blocking(|| 1);
    /// assert_eq!(rt.block_on(job)?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn max_blocking_threads(count: usize);
    /// Sets how long an idle thread of the blocking pool stays. Default: 10 s.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = heist::runtime::Builder::new_current_thread().thread_keep_alive(Duration::ZERO).build().unwrap();
    /// rt.block_on(async { heist::task::spawn_blocking(|| ()).await.unwrap() });
    /// while rt.metrics().num_blocking_threads() > 0 {
    ///     std::thread::yield_now();
    /// }
    /// ```
    fn thread_keep_alive(duration: Duration);
    /// Runs the tasks of a [hosted](Self::new_hosted) runtime on the threads of a host's pool, by at most `pumps` jobs at a time.
    ///
    /// A job is posted when there is something to do, runs tasks for one [`pump_limit`](Self::pump_limit), and queues up again behind the host's own jobs if there is more. An idle runtime has no job in the pool.
    ///
    /// # Panics
    ///
    /// Panics if `pumps` is 0 or greater than 65535.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, Job};
    ///
    /// let pool = |job: Job| { std::thread::Builder::new().name("host".into()).spawn(move || job.run()).unwrap(); };
    /// let rt = Builder::new_hosted().host_pool(pool, 2).build().unwrap();
    /// let name = rt.spawn(async { std::thread::current().name().map(str::to_owned) });
    /// assert_eq!(rt.block_on(name).unwrap().as_deref(), Some("host"));
    /// ```
    fn host_pool(pool: impl HostPool, pumps: usize);
    /// Sets how much one job of [`host_pool`](Self::host_pool) does before it queues up again. Default: what ends within 500 µs, and at most 1,024 polls.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, Job, Limit};
    ///
    /// let pool = |job: Job| { std::thread::spawn(move || job.run()); };
    /// let rt = Builder::new_hosted().host_pool(pool, 1).pump_limit(Limit::polls(1)).build().unwrap();
    /// let tasks = [rt.spawn(async { 1 }), rt.spawn(async { 2 })];
    /// let mut sum = 0;
    /// for task in tasks {
    ///     sum += rt.block_on(task).unwrap();
    /// }
    /// assert_eq!(sum, 3);
    /// ```
    fn pump_limit(limit: Limit);
    /// Sets how long the pool of [`host_pool`](Self::host_pool) may have jobs of this runtime and run none before a thread of the runtime's own runs the tasks, until the pool does again. Default: 50 ms.
    ///
    /// After a job was refused it does so without delay. With `None` there is no such thread: a pool that stands still for 50 ms is only [counted](RuntimeMetrics::stalled_pumps), and a job that was refused is posted again
    /// and again.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, Job};
    /// use std::time::Duration;
    ///
    /// // A pool that forgets what it is given.
    /// let rt = Builder::new_hosted()
    ///     .host_pool(|job: Job| std::mem::forget(job), 1)
    ///     .stall_after(Some(Duration::from_millis(1)))
    ///     .build()
    ///     .unwrap();
    /// let (send, receive) = std::sync::mpsc::channel();
    /// rt.spawn(async move { send.send("done").unwrap() });
    /// assert_eq!(receive.recv(), Ok("done"));
    /// assert!(rt.metrics().stalled_pumps() > 0);
    /// ```
    fn stall_after(limit: Option<Duration>);
    /// Runs what blocks on the threads of a host's pool: the closures of `spawn_blocking`, operations on files, the resolution of names.
    ///
    /// See [`runtime_core::Builder::blocking_pool`] for what becomes of a job that the pool refuses, and of those queued at shutdown.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, Job};
    ///
    /// let rt = Builder::new_current_thread()
    ///     .blocking_pool(|job: Job| { std::thread::Builder::new().name("host".into()).spawn(move || job.run()).unwrap(); })
    ///     .build()
    ///     .unwrap();
    /// let name = rt.spawn_blocking(|| std::thread::current().name().map(str::to_owned));
    /// assert_eq!(rt.block_on(name).unwrap().as_deref(), Some("host"));
    /// ```
    fn blocking_pool(pool: impl HostPool);
    /// Sets the name of the runtime, for [`Handle::name`].
    ///
    /// # Panics
    ///
    /// Panics if the name is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().name("background").build()?;
    /// assert_eq!(rt.handle().name(), Some("background"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn name(name: impl Into<String>);
    /// Sets the name of the runtime's threads. Default: `heist-worker`.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_multi_thread().thread_name("mine").build()?;
    /// let name = rt.block_on(rt.spawn(async { std::thread::current().name().map(str::to_owned) }));
    /// assert_eq!(name?.as_deref(), Some("mine"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn thread_name(name: impl Into<String>);
    /// Sets a function that names each thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    ///
    /// let rt = heist::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .thread_name_fn(|| {
    ///         static NEXT: AtomicUsize = AtomicUsize::new(0);
    ///         format!("mine-{}", NEXT.fetch_add(1, Relaxed))
    ///     })
    ///     .build()
    ///     .unwrap();
    /// let name = rt.block_on(rt.spawn(async { std::thread::current().name().map(str::to_owned) }));
    /// assert!(name.unwrap().unwrap().starts_with("mine-"));
    /// ```
    fn thread_name_fn(name: impl Fn() -> String + Send + Sync + 'static);
    /// Sets the stack size of the runtime's threads in bytes. Default: that of the standard library.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .thread_stack_size(32 << 20)
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(async { std::hint::black_box([1_u8; 4 << 20]).len() });
    /// assert_eq!(rt.block_on(task).unwrap(), 4 << 20);
    /// ```
    fn thread_stack_size(bytes: usize);
    /// Sets a function that runs on each thread of the runtime when it starts.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    ///
    /// let started = Arc::new(AtomicUsize::new(0));
    /// let count = started.clone();
    /// let rt = heist::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_start(move || { count.fetch_add(1, SeqCst); })
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(rt.spawn(async {})).unwrap();
    /// assert!(started.load(SeqCst) >= 1);
    /// ```
    fn on_thread_start(f: impl Fn() + Send + Sync + 'static);
    /// Sets a function that runs on each thread of the runtime before it ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, stopped) = mpsc::channel();
    /// let rt = heist::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_stop(move || send.send(()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// drop(rt);
    /// assert_eq!(stopped.recv(), Ok(()));
    /// ```
    fn on_thread_stop(f: impl Fn() + Send + Sync + 'static);
    /// Sets a function that runs before a thread that runs tasks goes to sleep. It may spawn; the thread then does not sleep.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, parked) = mpsc::channel();
    /// let _rt = heist::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_park(move || drop(send.send(())))
    ///     .build()
    ///     .unwrap();
    /// // It has nothing to do.
    /// assert_eq!(parked.recv(), Ok(()));
    /// ```
    fn on_thread_park(f: impl Fn() + Send + Sync + 'static);
    /// Sets a function that runs after a thread that runs tasks has woken up.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, woken) = mpsc::channel();
    /// let rt = heist::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_unpark(move || drop(send.send(())))
    ///     .build()
    ///     .unwrap();
    /// // A task that comes while it sleeps wakes it.
    /// while woken.try_recv().is_err() {
    ///     rt.block_on(rt.spawn(async {})).unwrap();
    /// }
    /// ```
    fn on_thread_unpark(f: impl Fn() + Send + Sync + 'static);
    /// Sets a function that runs when a task is spawned, on the thread that spawns it, before the task can run.
    ///
    /// It replaces the one set before, as every hook does. A panic in a hook is reported by the panic hook of the process and goes no further. Jobs of `spawn_blocking` are
    /// tasks in this sense; tasks of a [`LocalSet`](crate::task::LocalSet) are not.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// let alive = Arc::new(AtomicUsize::new(0));
    /// let (one_more, one_less) = (alive.clone(), alive.clone());
    /// let rt = heist::runtime::Builder::new_current_thread()
    ///     .on_task_spawn(move |_| { one_more.fetch_add(1, Ordering::Relaxed); })
    ///     .on_task_terminate(move |_| { one_less.fetch_sub(1, Ordering::Relaxed); })
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(async {});
    /// assert_eq!(alive.load(Ordering::Relaxed), 1);
    /// rt.block_on(task).unwrap();
    /// assert_eq!(alive.load(Ordering::Relaxed), 0);
    /// ```
    fn on_task_spawn(f: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static);
    /// Sets a function that runs before each poll of a task, on the thread that polls it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    ///
    /// let polls = Arc::new(AtomicUsize::new(0));
    /// let count = polls.clone();
    /// let rt = heist::runtime::Builder::new_current_thread()
    ///     .on_before_task_poll(move |_task| { count.fetch_add(1, Relaxed); })
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(rt.spawn(heist::task::yield_now())).unwrap();
    /// assert_eq!(polls.load(Relaxed), 2);
    /// ```
    fn on_before_task_poll(f: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static);
    /// Sets a function that runs after each poll of a task, on the thread that polled it. The task may have ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    ///
    /// let polls = Arc::new(AtomicUsize::new(0));
    /// let count = polls.clone();
    /// let rt = heist::runtime::Builder::new_current_thread()
    ///     .on_after_task_poll(move |_task| { count.fetch_add(1, Relaxed); })
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(async {
    ///     heist::spawn(async {});
    ///     heist::task::yield_now().await;
    ///     assert_eq!(polls.load(Relaxed), 1);
    /// });
    /// ```
    fn on_after_task_poll(f: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static);
    /// Sets a function that runs when a task has ended, however it did: its future is gone, and its join handle is not told yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// let ended = Arc::new(Mutex::new(Vec::new()));
    /// let log = ended.clone();
    /// let rt = heist::runtime::Builder::new_current_thread()
    ///     .on_task_terminate(move |task| log.lock().unwrap().push(task.id()))
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(std::future::pending::<()>());
    /// let id = task.id();
    /// task.abort();
    /// assert!(rt.block_on(task).is_err());
    /// assert_eq!(*ended.lock().unwrap(), [id]);
    /// ```
    fn on_task_terminate(f: impl Fn(&TaskMeta<'_>) + Send + Sync + 'static);
    /// Sets a function that is told of each panic of a spawned task or blocking job, with what it carried, before the join handle is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// let told = Arc::new(Mutex::new(Vec::new()));
    /// let log = told.clone();
    /// let rt = heist::runtime::Builder::new_current_thread()
    ///     .on_unhandled_panic(move |_task, payload| {
    ///         let text = payload.downcast_ref::<&str>().unwrap_or(&"no text");
    ///         log.lock().unwrap().push((*text).to_owned());
    ///     })
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(async { panic!("out of cheese") });
    /// assert!(rt.block_on(task).unwrap_err().is_panic());
    /// assert_eq!(*told.lock().unwrap(), ["out of cheese"]);
    /// ```
    fn on_unhandled_panic(f: impl Fn(&TaskMeta<'_>, &(dyn Any + Send)) + Send + Sync + 'static);
    /// Sets a function that is told of what goes wrong where no handle tells of it: the panic of a task whose join handle is dropped, before or after, without having
    /// returned it; the panic of a callable; the error that ended a callback of [`io::on_ready`](crate::io::on_ready).
    ///
    /// It runs in the context of the runtime, on the thread where the thing happens. Unset, panics are left to the panic hook of the process, which has reported them in any case,
    /// and an error is printed to the standard error stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, told) = mpsc::channel();
    /// let rt = heist::runtime::Builder::new_current_thread()
    ///     .on_unhandled(move |unhandled| send.send(unhandled.to_string()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// drop(rt.spawn(async { panic!("out of cheese") }));
    /// rt.block_on(heist::task::yield_now());
    /// assert!(told.recv().unwrap().contains("out of cheese"));
    /// ```
    fn on_unhandled(f: impl Fn(&Unhandled<'_>) + Send + Sync + 'static);
    /// Sets what the runtime does when a spawned task panics. Default: [`UnhandledPanic::Ignore`].
    ///
    /// # Panics
    ///
    /// Panics if a runtime of many threads is to shut down: that is for current-thread runtimes.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, UnhandledPanic};
    ///
    /// let rt = Builder::new_current_thread().unhandled_panic(UnhandledPanic::Ignore).build()?;
    /// let task = rt.spawn(async { panic!("out of cheese") });
    /// assert!(rt.block_on(task).unwrap_err().is_panic());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn unhandled_panic(behavior: UnhandledPanic);
    /// Sets from when on a poll is slow: it keeps its thread from everything else, and what blocks in it belongs into [`spawn_blocking`](crate::task::spawn_blocking). `None`: polls may
    /// take as long as they like.
    ///
    /// Default: 100 ms in debug mode and in programs that are compiled with debug assertions, else `None`.
    ///
    /// Slow polls are counted ([`RuntimeMetrics::slow_poll_count`]), told to [`on_slow_poll`](Self::on_slow_poll), and with the feature `tracing` they are events of the level `WARN`. In
    /// [debug mode](Self::debug) they are printed if there is no hook.
    ///
    /// The reactor thread finds them while they last, and costs nothing per poll. On a runtime without threads of its own each poll is timed instead, if there is a limit, and a slow one is
    /// reported when it has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = heist::runtime::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(rt.spawn(async {
    ///     let start = std::time::Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// })).unwrap();
    /// assert_eq!(rt.metrics().slow_poll_count(), 1);
    /// ```
    fn slow_poll_after(limit: Option<Duration>);
    /// Sets a function that is told of each [slow poll](Self::slow_poll_after): while it lasts, and once more when it has ended.
    ///
    /// On a multi-thread runtime the reactor thread calls it, in the context of the runtime; where there is none, the thread that polled. It must not block: a reactor thread that is kept
    /// rescues nobody. Its panic is reported by the panic hook of the process and goes no further.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Mutex, mpsc};
    /// use std::time::Duration;
    ///
    /// let (release, held) = mpsc::channel::<()>();
    /// let release = Mutex::new(Some(release));
    /// let rt = heist::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .slow_poll_after(Some(Duration::from_millis(10)))
    ///     .on_slow_poll(move |poll| {
    ///         println!("{poll}");
    ///         // The poll still runs: here it is even this call that ends it.
    ///         drop(release.lock().unwrap().take());
    ///     })
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(async move { held.recv() });
    /// assert!(rt.block_on(task).unwrap().is_err());
    /// assert_eq!(rt.metrics().slow_poll_count(), 1);
    /// ```
    fn on_slow_poll(f: impl Fn(&SlowPoll) + Send + Sync + 'static);
    /// Turns debug mode on or off. Default: on if the environment variable `HEIST_DEBUG` is set to something else than `0`.
    ///
    /// In debug mode [slow polls](Self::slow_poll_after) are reported, on the standard error unless there is a hook, and the runtime keeps for each task who spawned it, how often it was
    /// polled and when last. Each poll then reads the clock and takes a lock of its slot.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().debug(true).build().unwrap();
    /// rt.block_on(async {
    ///     heist::spawn(std::future::pending::<()>());
    ///     heist::task::yield_now().await;
    /// });
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.iter().next().unwrap().polls(), Some(1));
    /// ```
    fn debug(on: bool);
    /// Sets after how many polls a busy worker looks at sockets and timers.
    ///
    /// Unset, it looks after 61 polls, though not more often than every 25 µs, so that tasks of a few nanoseconds do not pay for it.
    ///
    /// # Panics
    ///
    /// Panics if `polls` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().event_interval(31).build().unwrap();
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// ```
    fn event_interval(polls: u32);
    /// Sets after how many polls a busy worker looks at the tasks that came from outside. Default: 61, on a current-thread runtime 31.
    ///
    /// # Panics
    ///
    /// Panics if `polls` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_current_thread().global_queue_interval(7).build().unwrap();
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// ```
    fn global_queue_interval(polls: u32);
    /// Sets who waits for sockets and timers while no thread of the program does. Default: [`Reactor::Thread`]. Only a [hosted](Self::new_hosted) runtime can do without that thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, Reactor};
    ///
    /// assert!(Builder::new_hosted().reactor(Reactor::HostDriven).build().is_ok());
    /// assert!(Builder::new_current_thread().reactor(Reactor::HostDriven).build().is_err());
    /// ```
    fn reactor(reactor: Reactor);
    /// Takes the LIFO slots out: a task that is woken or spawned by the running one goes behind those that are queued, not before them.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Builder::new_multi_thread().worker_threads(1).disable_lifo_slot().build().unwrap();
    /// assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    /// ```
    fn disable_lifo_slot();
    /// Sets what all random choices of the runtime are drawn from: whom a worker steals from, and which branch `select!` polls first. Default: another seed for each runtime.
    ///
    /// With one thread that runs tasks, and under a stopped clock, two runs of the same program with the same seed do the same in the same order. With more threads the
    /// system decides who is faster.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Builder, RngSeed};
    ///
    /// let run = || {
    ///     let seed = RngSeed::from_bytes(b"the one that failed");
    ///     let rt = Builder::new_current_thread().rng_seed(seed).build().unwrap();
    ///     rt.block_on(async {
    ///         let mut left = 0;
    ///         for _ in 0..20 {
    ///             heist::select! { _ = async {} => left += 1, _ = async {} => {} }
    ///         }
    ///         left
    ///     })
    /// };
    /// assert_eq!(run(), run());
    /// ```
    fn rng_seed(seed: RngSeed);
    /// Lets the runtime be dropped inside asynchronous code, where that would panic: it is then a [`shutdown_background`](Runtime::shutdown_background). Default: no.
    ///
    /// For libraries with a runtime of their own in a value that their users may drop anywhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Builder;
    ///
    /// let inner = Builder::new_multi_thread().worker_threads(1).drop_in_background(true).build()?;
    /// let outer = Builder::new_current_thread().build()?;
    /// outer.block_on(async move { drop(inner) });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn drop_in_background(yes: bool);
    #[doc(hidden)]
    fn rescue(on: bool);
}

/// Methods of both kinds of runtime that core's have as well; written out, so that they can be named as functions.
macro_rules! owned {
    ($name:ident) => {
        impl $name {
            /// Returns a handle to the runtime.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let rt = heist::runtime::", stringify!($name), "::new()?;")]
            /// assert_eq!(rt.handle().id(), rt.block_on(async { heist::runtime::Handle::current().id() }));
            /// # Ok::<(), std::io::Error>(())
            /// ```
            #[must_use]
            pub fn handle(&self) -> &Handle {
                self.core.handle()
            }

            /// Runs a closure that blocks on the blocking pool, see [`Handle::spawn_blocking`].
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let rt = heist::runtime::", stringify!($name), "::new()?;")]
            /// let job = rt.spawn_blocking(|| 1);
            /// assert_eq!(rt.block_on(job).unwrap(), 1);
            /// # Ok::<(), std::io::Error>(())
            /// ```
            #[track_caller]
            pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
            where
                F: FnOnce() -> R + Send + 'static,
                R: Send + 'static,
            {
                self.core.spawn_blocking(f)
            }

            /// Makes this runtime the current one on this thread until the guard is dropped, see [`Handle::enter`].
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let rt = heist::runtime::", stringify!($name), "::new()?;")]
            /// let _entered = rt.enter();
            /// assert_eq!(heist::runtime::Handle::current().id(), rt.handle().id());
            /// # Ok::<(), std::io::Error>(())
            /// ```
            #[track_caller]
            pub fn enter(&self) -> EnterGuard<'_> {
                self.core.enter()
            }

            /// Returns a view of the runtime's counters.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let rt = heist::runtime::", stringify!($name), "::new()?;")]
            /// assert_eq!(rt.metrics().num_alive_tasks(), 0);
            /// # Ok::<(), std::io::Error>(())
            /// ```
            #[must_use]
            pub fn metrics(&self) -> RuntimeMetrics {
                self.core.metrics()
            }
        }
    };
}

/// A runtime: threads that run tasks, with sockets and timers.
///
/// What it can do is [`runtime_core::Runtime`]'s; this type adds the drivers.
///
/// # Shutdown
///
/// Dropping it runs each task to its next yield, drops the tasks in the runtime's context, waits for blocking jobs that have started, and joins its threads. What
/// is then still pending on its sockets and timers elsewhere ends with an error. Dropping a [hosted](Builder::new_hosted) runtime never waits and never panics.
///
/// # Panics
///
/// Dropping it inside asynchronous code panics, since the drop would block the thread, unless its builder [allows it](Builder::drop_in_background);
/// [`shutdown_background`](Self::shutdown_background) is allowed there in any case.
///
/// # Fork
///
/// A child made by `fork` gets a copy of the runtime without its threads. It is of no use there, and says so where it would otherwise wait for ever; a runtime that is
/// built in the child works, and the parent's goes on as if nothing had happened. In the child, with the inherited runtime:
///
/// * [`block_on`](runtime_core::Runtime::block_on) panics, [`Handle::lend`] returns [`EnterError::Forked`], and a job of `spawn_blocking` is cancelled at once.
/// * A task that is spawned or woken is queued and never run; its handle does not resolve. No timer fires.
/// * To wait for a new socket is an error. One that came along may be dropped, which closes the child's descriptor and leaves the parent's registered.
/// * Dropping the runtime, or shutting it down, returns at once. Its tasks are not dropped; its memory and its poller stay until the child ends.
///
/// All descriptors of the runtime are closed when a process is replaced by another program, so children that execute one at once, as those of
/// [`process::Command`](crate::process::Command) do, need not know of this. As in every program with threads, a lock of other code that was held at the moment of the fork
/// stays locked in the child.
pub struct Runtime {
    // First, so that it goes first: looking in is of use while the runtime shuts down.
    core: runtime_core::Runtime,
    #[cfg(unix)]
    _introspection: Option<Introspection>,
}

impl Runtime {
    /// Makes a multi-thread runtime with sockets and timers and one worker per CPU.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it refuses a file descriptor or a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Runtime::new()?;
    /// assert_eq!(rt.block_on(async { 1 + 1 }), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build()
    }

    /// Spawns a task, see [`Handle::spawn`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Runtime::new()?;
    /// let task = rt.spawn(async { 1 + 1 });
    /// assert_eq!(rt.block_on(task)?, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.core.spawn(future)
    }

    /// Runs a future to its end on the calling thread, see [`runtime_core::Runtime::block_on`].
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code, and with the future's own panic.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Runtime::new()?;
    /// let answer = rt.block_on(async { heist::spawn(async { 42 }).await });
    /// assert_eq!(answer.unwrap(), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.core.block_on(future)
    }

    /// Shuts the runtime down and waits at most `timeout` for its threads and for blocking jobs that have started.
    ///
    /// Zero does not wait. What has not ended by then is left behind: a thread ends when its poll or job returns.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Runtime::new()?;
    /// let task = rt.spawn(std::future::pending::<()>());
    /// rt.shutdown_timeout(std::time::Duration::from_secs(10));
    /// assert!(task.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_timeout(self, timeout: Duration) {
        self.core.shutdown_timeout(timeout);
    }

    /// Shuts the runtime down without waiting for anything. Allowed inside asynchronous code.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::Runtime::new()?;
    /// let outer = heist::runtime::Runtime::new()?;
    /// outer.block_on(async move { rt.shutdown_background() });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_background(self) {
        self.core.shutdown_background();
    }

    /// Shuts the runtime down, waits at most so long, and says what was given up, see [`runtime_core::Runtime::shutdown`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = heist::runtime::Builder::new_current_thread().build()?;
    /// rt.spawn(std::future::pending::<()>());
    /// let report = rt.shutdown(Duration::from_secs(1));
    /// assert_eq!(report.tasks_dropped, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(self, within: Duration) -> ShutdownReport {
        self.core.shutdown(within)
    }
}

owned! { Runtime }

impl Deref for Runtime {
    type Target = runtime_core::Runtime;

    fn deref(&self) -> &Self::Target {
        &self.core
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

/// A runtime that belongs to one thread, with sockets and timers, for tasks that are not `Send`.
///
/// What it can do is [`runtime_core::LocalRuntime`]'s; this type adds the drivers. `flavor = "local"` of [`main`](macro@crate::main) and [`test`](macro@crate::test) makes one.
///
/// # Panics
///
/// Dropping it inside asynchronous code panics; [`shutdown_background`](Self::shutdown_background) is allowed there.
///
/// # Examples
///
/// ```
/// let rt = heist::runtime::LocalRuntime::new()?;
/// let here = std::rc::Rc::new("here");
/// let task = rt.spawn_local(async move {
///     heist::time::sleep(std::time::Duration::from_millis(1)).await;
///     *here
/// });
/// assert_eq!(rt.block_on(task).unwrap(), "here");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct LocalRuntime {
    core: runtime_core::LocalRuntime,
    #[cfg(unix)]
    _introspection: Option<Introspection>,
}

impl LocalRuntime {
    /// Makes a runtime for this thread, with sockets and timers.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it refuses a file descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::LocalRuntime::new()?;
    /// let word = std::rc::Rc::new("local");
    /// assert_eq!(rt.block_on(rt.spawn_local(async move { *word })).unwrap(), "local");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
    }

    /// Shuts the runtime down and waits at most `timeout` for blocking jobs that have started.
    ///
    /// Zero does not wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = heist::runtime::LocalRuntime::new()?;
    /// let task = rt.spawn_local(std::future::pending::<()>());
    /// rt.shutdown_timeout(Duration::from_secs(1));
    /// assert!(task.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_timeout(self, timeout: Duration) {
        self.core.shutdown_timeout(timeout);
    }

    /// Shuts the runtime down without waiting for anything. Allowed inside asynchronous code.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::LocalRuntime::new()?;
    /// let task = rt.spawn_local(std::future::pending::<()>());
    /// rt.shutdown_background();
    /// assert!(task.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown_background(self) {
        self.core.shutdown_background();
    }
}

owned! { LocalRuntime }

impl LocalRuntime {
    /// Runs a future to its end, and the tasks beside it.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code, and with the future's own panic.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::LocalRuntime::new()?;
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.core.block_on(future)
    }

    /// Spawns a task whose future need not be `Send`. It runs while this thread is in [`block_on`](Self::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = heist::runtime::LocalRuntime::new()?;
    /// let word = std::rc::Rc::new("local");
    /// let task = rt.spawn_local(async move { *word });
    /// assert_eq!(rt.block_on(task).unwrap(), "local");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.core.spawn_local(future)
    }
}

impl Deref for LocalRuntime {
    type Target = runtime_core::LocalRuntime;

    fn deref(&self) -> &Self::Target {
        &self.core
    }
}

impl fmt::Debug for LocalRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

/// What fits into the buffer of one wait.
const MOST_EVENTS: usize = 1024;
