//! How a runtime is made.

use std::any::Any;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crossbeam_utils::CachePadded;

use crate::blocking::{self, Pool};
use crate::context;
use crate::driver::{Driver, ThreadDriver};
use crate::embed::bell::Hosts;
use crate::embed::host::{Complaints, HostPool, post};
use crate::embed::job::Job;
use crate::embed::lent::Limit;
use crate::embed::pump::{self, Pumps};
use crate::extensions::Extensions;
use crate::handle::{Handle, RuntimeFlavor};
use crate::hooks::{TaskHooks, TaskMeta, Unhandled, UnhandledPanic};
use crate::local_runtime::{LocalOptions, LocalRuntime};
use crate::messages;
use crate::observe;
use crate::observe::slow_poll::{self, SlowPoll, SlowPollHook, SlowPolls};
use crate::runtime::Runtime;
use crate::scheduler::crowd::Crowd;
use crate::scheduler::guard::Guard;
use crate::scheduler::idle::Idle;
use crate::scheduler::linger::{Lingering, has_two_processors};
use crate::scheduler::own;
use crate::scheduler::park::Seat;
use crate::scheduler::process::Process;
use crate::scheduler::queue::Injector;
use crate::scheduler::quiet::Quiet;
use crate::scheduler::root::Vacancies;
use crate::scheduler::shutdown::{Shutdown, shut_down};
use crate::scheduler::slot::Slot;
use crate::scheduler::{self, Shared};
use crate::task::note::Births;
use crate::unwind;
use crate::util::RngSeed;

/// A function that runs at some point of a thread's life.
pub(crate) type Hook = Arc<dyn Fn() + Send + Sync>;

type NameThread = Arc<dyn Fn() -> String + Send + Sync>;

/// What the scheduler reads of the configuration.
pub(crate) struct Config {
    pub(crate) flavor: RuntimeFlavor,
    /// Slots that threads of the runtime drive.
    pub(crate) own_workers: usize,
    /// Slots that are driven as a rule: the own ones, or all where there are none.
    pub(crate) workers: usize,
    /// Whether there is a reactor thread.
    pub(crate) reactor_thread: bool,
    pub(crate) name: Option<String>,
    pub(crate) lifo: bool,
    /// Whether the guard guards.
    pub(crate) rescue: bool,
    pub(crate) seed: Option<RngSeed>,
    /// What a drop in asynchronous code does, instead of panicking.
    pub(crate) drop_in_background: bool,
    pub(crate) event_interval: u32,
    /// The user has chosen the interval, so it is kept to the letter.
    pub(crate) event_interval_is_set: bool,
    pub(crate) global_queue_interval: u32,
    /// `None` if none is set.
    pub(crate) task_hooks: Option<Arc<TaskHooks>>,
    /// `None` if polls may take as long as they like.
    pub(crate) slow_polls: Option<SlowPolls>,
    /// More is kept of each task than costs nothing.
    pub(crate) debug: bool,
    pub(crate) on_thread_start: Option<Hook>,
    pub(crate) on_thread_stop: Option<Hook>,
    pub(crate) on_thread_park: Option<Hook>,
    pub(crate) on_thread_unpark: Option<Hook>,
    thread_name: NameThread,
    thread_stack_size: Option<usize>,
}

impl Config {
    /// What to do about slow polls, where who drives must see to it.
    pub(crate) fn clocked_polls(&self) -> Option<&SlowPolls> {
        self.slow_polls.as_ref().filter(|polls| polls.by_clock)
    }

    /// Whether no poll may go unseen.
    pub(crate) fn observes_every_poll(&self) -> bool {
        let hooks = self.task_hooks.as_ref();
        self.debug
            || hooks.is_some_and(|hooks| hooks.watches_polls())
            || self.clocked_polls().is_some()
    }

    /// A thread with the configured name and stack. A panic of the function that names it is an error like another, and so is a name with a NUL, at which the standard
    /// library would panic.
    pub(crate) fn thread(&self) -> io::Result<thread::Builder> {
        let name = unwind::catch(|| (self.thread_name)()).map_err(|payload| {
            unwind::discard(payload);
            io::Error::other("naming a thread of the runtime panicked")
        })?;
        if name.contains('\0') {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the name of a thread of the runtime contains a NUL",
            ));
        }
        let builder = thread::Builder::new().name(name);
        Ok(match self.thread_stack_size {
            Some(size) => builder.stack_size(size),
            None => builder,
        })
    }

    /// Runs a hook of the user; its panic stays here.
    #[expect(
        clippy::unused_self,
        reason = "reads as a verb of the configuration at the call"
    )]
    pub(crate) fn run_hook(&self, hook: &Option<Hook>) {
        if let Some(hook) = hook {
            unwind::swallow(|| hook());
        }
    }
}

/// Who waits for sockets and timers while no thread of the program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Reactor {
    /// A thread of the runtime.
    #[default]
    Thread,
    /// The event loop of the program, see [`Runtime::attach_fd`]; the runtime has no thread of its own.
    HostDriven,
}

/// Configures and makes a [`Runtime`].
///
/// Core builds a runtime around any [`Driver`]; the facade's builder brings sockets and timers.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_multi_thread()
///     .worker_threads(2)
///     .thread_name("my-worker")
///     .build()
///     .unwrap();
/// let name = rt.block_on(rt.spawn(async { std::thread::current().name().map(str::to_owned) }));
/// assert_eq!(name.unwrap().as_deref(), Some("my-worker"));
/// ```
pub struct Builder {
    flavor: RuntimeFlavor,
    worker_threads: Option<usize>,
    guest_slots: Option<usize>,
    max_blocking_threads: usize,
    thread_keep_alive: Duration,
    thread_name: NameThread,
    thread_stack_size: Option<usize>,
    name: Option<String>,
    event_interval: Option<u32>,
    global_queue_interval: Option<u32>,
    lifo: bool,
    reactor: Reactor,
    rescue: bool,
    seed: Option<RngSeed>,
    drop_in_background: bool,
    on_thread_start: Option<Hook>,
    on_thread_stop: Option<Hook>,
    on_thread_park: Option<Hook>,
    on_thread_unpark: Option<Hook>,
    task_hooks: TaskHooks,
    slow_poll_after: Option<Option<Duration>>,
    on_slow_poll: Option<SlowPollHook>,
    debug: Option<bool>,
    driver: Option<Arc<dyn Driver>>,
    host_pool: Option<(Arc<dyn HostPool>, usize)>,
    pump_limit: Limit,
    stall_after: Option<Duration>,
    blocking_pool: Option<Arc<dyn HostPool>>,
    extensions: Extensions,
}

impl Builder {
    /// Starts with a runtime whose tasks run on its own threads.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    /// assert_eq!(rt.metrics().num_workers(), 2);
    /// ```
    #[must_use]
    pub fn new_multi_thread() -> Self {
        Self::new(RuntimeFlavor::MultiThread)
    }

    /// Starts with a runtime whose tasks run on the thread in [`Runtime::block_on`].
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// ```
    #[must_use]
    pub fn new_current_thread() -> Self {
        Self::new(RuntimeFlavor::CurrentThread)
    }

    /// Starts with a runtime without workers of its own: its tasks run on threads of the program, while those are [lent](Handle::lend) or in
    /// [`block_on`](Runtime::block_on).
    ///
    /// One thread belongs to the runtime, the reactor thread: it waits for sockets and timers while none of the program's threads does. Dropping such a runtime never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::Builder;
    ///
    /// let rt = Builder::new_hosted().guest_slots(2).build().unwrap();
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let task = rt.spawn(async move { tell.send("done").unwrap() });
    /// let handle = rt.handle().clone();
    /// let host = std::thread::spawn(move || handle.lend().unwrap().run_until(task).unwrap());
    /// host.join().unwrap().unwrap();
    /// assert_eq!(told.recv(), Ok("done"));
    /// ```
    #[must_use]
    pub fn new_hosted() -> Self {
        Self::new(RuntimeFlavor::Hosted)
    }

    fn new(flavor: RuntimeFlavor) -> Self {
        Self {
            flavor,
            worker_threads: None,
            guest_slots: None,
            max_blocking_threads: 512,
            thread_keep_alive: Duration::from_secs(10),
            thread_name: Arc::new(|| DEFAULT_THREAD_NAME.to_owned()),
            thread_stack_size: None,
            name: None,
            event_interval: None,
            global_queue_interval: None,
            lifo: true,
            reactor: Reactor::Thread,
            rescue: true,
            seed: None,
            drop_in_background: false,
            on_thread_start: None,
            on_thread_stop: None,
            on_thread_park: None,
            on_thread_unpark: None,
            task_hooks: TaskHooks::default(),
            slow_poll_after: None,
            on_slow_poll: None,
            debug: None,
            driver: None,
            host_pool: None,
            pump_limit: Limit::polls(1024).or_after(Duration::from_micros(500)),
            stall_after: Some(Duration::from_millis(50)),
            blocking_pool: None,
            extensions: Extensions::default(),
        }
    }

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
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    /// assert_eq!(rt.metrics().num_workers(), 3);
    /// ```
    #[track_caller]
    pub fn worker_threads(&mut self, count: usize) -> &mut Self {
        assert!(count > 0, "{}", messages::WORKER_THREADS);
        self.worker_threads = Some(count);
        self
    }

    /// Sets how many threads of the program may drive the runtime at once: [lent](Handle::lend) ones beside the own workers of a multi-thread runtime, and all that run the
    /// tasks of a [hosted](Self::new_hosted) one, which needs at least one. Default: 4, on a hosted runtime the number of CPUs. A current-thread runtime ignores it: it has one slot.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, EnterError};
    ///
    /// let rt = Builder::new_hosted().guest_slots(1).build().unwrap();
    /// let _lent = rt.handle().lend().unwrap();
    /// let handle = rt.handle().clone();
    /// let refused = std::thread::spawn(move || handle.lend().unwrap_err());
    /// assert_eq!(refused.join().unwrap(), EnterError::NoFreeSlot);
    /// ```
    pub fn guest_slots(&mut self, count: usize) -> &mut Self {
        self.guest_slots = Some(count);
        self
    }

    /// Sets how many threads the blocking pool may have at once. Default: 512.
    ///
    /// # Panics
    ///
    /// Panics if `count` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    /// rt.block_on(async {
    ///     let jobs = [runtime_core::spawn_blocking(|| ()), runtime_core::spawn_blocking(|| ())];
    ///     for job in jobs {
    ///         job.await.unwrap();
    ///     }
    /// });
    /// assert_eq!(rt.metrics().num_blocking_threads(), 1);
    /// ```
    #[track_caller]
    pub fn max_blocking_threads(&mut self, count: usize) -> &mut Self {
        assert!(count > 0, "{}", messages::MAX_BLOCKING_THREADS);
        self.max_blocking_threads = count;
        self
    }

    /// Sets how long an idle thread of the blocking pool stays. Default: 10 s.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().thread_keep_alive(Duration::ZERO).build().unwrap();
    /// rt.block_on(async { runtime_core::spawn_blocking(|| ()).await.unwrap() });
    /// while rt.metrics().num_blocking_threads() > 0 {
    ///     std::thread::yield_now();
    /// }
    /// ```
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Self {
        self.thread_keep_alive = duration;
        self
    }

    /// Runs the tasks of a [hosted](Self::new_hosted) runtime on the threads of a host's pool, by at most `pumps` jobs at a time.
    ///
    /// A job is posted when there is something to do, runs tasks for one [`pump_limit`](Self::pump_limit), and queues up again behind the host's own jobs if there is more. An idle runtime has no job in the pool. If
    /// the pool refuses jobs, or all its threads wait for tasks of this runtime, see [`stall_after`](Self::stall_after).
    ///
    /// # Panics
    ///
    /// Panics if `pumps` is 0 or greater than 65535.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Job};
    ///
    /// let pool = |job: Job| { std::thread::Builder::new().name("host".into()).spawn(move || job.run()).unwrap(); };
    /// let rt = Builder::new_hosted().host_pool(pool, 2).build().unwrap();
    /// let name = rt.spawn(async { std::thread::current().name().map(str::to_owned) });
    /// assert_eq!(rt.block_on(name).unwrap().as_deref(), Some("host"));
    /// ```
    #[track_caller]
    pub fn host_pool(&mut self, pool: impl HostPool, pumps: usize) -> &mut Self {
        assert!((1..=pump::MOST).contains(&pumps), "{}", messages::PUMPS);
        self.host_pool = Some((Arc::new(pool), pumps));
        self
    }

    /// Sets how much one job of [`host_pool`](Self::host_pool) does before it queues up again. Default: what ends within 500 µs, and at most 1,024 polls.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Job, Limit};
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
    pub fn pump_limit(&mut self, limit: Limit) -> &mut Self {
        self.pump_limit = limit;
        self
    }

    /// Sets how long the pool of [`host_pool`](Self::host_pool) may have jobs of this runtime and run none before a thread of the runtime's own runs the tasks, until the pool does again. So it does, without delay, after a
    /// job was refused. Default: 50 ms. With `None` there is no such thread; a pool that stands still for 50 ms is only counted, and a job that was refused is posted again and again.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Job};
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
    pub fn stall_after(&mut self, limit: Option<Duration>) -> &mut Self {
        self.stall_after = limit;
        self
    }

    /// Runs what blocks on the threads of a host's pool instead of threads of the runtime's own: the closures of [`spawn_blocking`](Handle::spawn_blocking), operations on files, the
    /// resolution of names.
    ///
    /// [`max_blocking_threads`](Self::max_blocking_threads) then bounds how many jobs the pool has at once; the others wait in the runtime's queue, in order. A closure whose job the pool refuses is run
    /// by another job's thread if there is any, and is otherwise cancelled. Dropping the runtime waits for closures that have begun, cancels the others, and itself writes what files have taken and the pool has
    /// not written yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Job};
    ///
    /// let rt = Builder::new_current_thread()
    ///     .blocking_pool(|job: Job| { std::thread::Builder::new().name("host".into()).spawn(move || job.run()).unwrap(); })
    ///     .build()
    ///     .unwrap();
    /// let name = rt.spawn_blocking(|| std::thread::current().name().map(str::to_owned));
    /// assert_eq!(rt.block_on(name).unwrap().as_deref(), Some("host"));
    /// ```
    pub fn blocking_pool(&mut self, pool: impl HostPool) -> &mut Self {
        self.blocking_pool = Some(Arc::new(pool));
        self
    }

    /// Sets the name of the runtime, for [`Handle::name`].
    ///
    /// # Panics
    ///
    /// Panics if the name is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().name("web").build().unwrap();
    /// assert_eq!(rt.handle().name(), Some("web"));
    /// ```
    #[track_caller]
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        let name = name.into();
        assert!(!name.trim().is_empty(), "{}", messages::EMPTY_NAME);
        self.name = Some(name);
        self
    }

    /// Sets the name of the runtime's threads. Default: `heist-worker`.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).thread_name("web").build().unwrap();
    /// let name = rt.block_on(rt.spawn(async { std::thread::current().name().map(str::to_owned) }));
    /// assert_eq!(name.unwrap().as_deref(), Some("web"));
    /// ```
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Self {
        let name = name.into();
        self.thread_name_fn(move || name.clone())
    }

    /// Sets a function that names each thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    ///
    /// let rt = runtime_core::Builder::new_multi_thread()
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
    pub fn thread_name_fn<F>(&mut self, name: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.thread_name = Arc::new(name);
        self
    }

    /// Sets the stack size of the runtime's threads in bytes. Default: that of the standard library.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .thread_stack_size(32 << 20)
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(async { std::hint::black_box([1_u8; 4 << 20]).len() });
    /// assert_eq!(rt.block_on(task).unwrap(), 4 << 20);
    /// ```
    pub fn thread_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.thread_stack_size = Some(bytes);
        self
    }

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
    /// let rt = runtime_core::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_start(move || { count.fetch_add(1, SeqCst); })
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(rt.spawn(async {})).unwrap();
    /// assert!(started.load(SeqCst) >= 1);
    /// ```
    pub fn on_thread_start<F: Fn() + Send + Sync + 'static>(&mut self, f: F) -> &mut Self {
        self.on_thread_start = Some(Arc::new(f));
        self
    }

    /// Sets a function that runs on each thread of the runtime before it ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, stopped) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_stop(move || send.send(()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// drop(rt);
    /// assert_eq!(stopped.recv(), Ok(()));
    /// ```
    pub fn on_thread_stop<F: Fn() + Send + Sync + 'static>(&mut self, f: F) -> &mut Self {
        self.on_thread_stop = Some(Arc::new(f));
        self
    }

    /// Sets a function that runs before a thread that drives goes to sleep. It may spawn; the thread then does not sleep.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, parked) = mpsc::channel();
    /// let _rt = runtime_core::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_park(move || drop(send.send(())))
    ///     .build()
    ///     .unwrap();
    /// // It has nothing to do.
    /// assert_eq!(parked.recv(), Ok(()));
    /// ```
    pub fn on_thread_park<F: Fn() + Send + Sync + 'static>(&mut self, f: F) -> &mut Self {
        self.on_thread_park = Some(Arc::new(f));
        self
    }

    /// Sets a function that runs after a thread that drives has woken up.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (send, woken) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_unpark(move || drop(send.send(())))
    ///     .build()
    ///     .unwrap();
    /// // A task that comes while it sleeps wakes it.
    /// while woken.try_recv().is_err() {
    ///     rt.block_on(rt.spawn(async {})).unwrap();
    /// }
    /// ```
    pub fn on_thread_unpark<F: Fn() + Send + Sync + 'static>(&mut self, f: F) -> &mut Self {
        self.on_thread_unpark = Some(Arc::new(f));
        self
    }

    /// Sets a function that runs when a task is spawned, on the thread that spawns it, before the task can run.
    ///
    /// It replaces the one set before, as every hook does. A panic in a hook of tasks is reported by the panic hook of the process and goes no further.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// let alive = Arc::new(AtomicUsize::new(0));
    /// let (one_more, one_less) = (alive.clone(), alive.clone());
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_task_spawn(move |_| { one_more.fetch_add(1, Ordering::Relaxed); })
    ///     .on_task_terminate(move |_| { one_less.fetch_sub(1, Ordering::Relaxed); })
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(async {});
    /// assert_eq!(alive.load(Ordering::Relaxed), 1);
    /// rt.block_on(task).unwrap();
    /// assert_eq!(alive.load(Ordering::Relaxed), 0);
    /// ```
    pub fn on_task_spawn<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.task_hooks.spawn = Some(Arc::new(f));
        self
    }

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
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_before_task_poll(move |_task| { count.fetch_add(1, Relaxed); })
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(rt.spawn(runtime_core::task::yield_now())).unwrap();
    /// assert_eq!(polls.load(Relaxed), 2);
    /// ```
    pub fn on_before_task_poll<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.task_hooks.before_poll = Some(Arc::new(f));
        self
    }

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
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_after_task_poll(move |_task| { count.fetch_add(1, Relaxed); })
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(async {
    ///     runtime_core::spawn(async {});
    ///     runtime_core::task::yield_now().await;
    ///     assert_eq!(polls.load(Relaxed), 1);
    /// });
    /// ```
    pub fn on_after_task_poll<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.task_hooks.after_poll = Some(Arc::new(f));
        self
    }

    /// Sets a function that runs when a task has ended, however it did: its future is gone, and its join handle is not told yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// let ended = Arc::new(Mutex::new(Vec::new()));
    /// let log = ended.clone();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_task_terminate(move |task| log.lock().unwrap().push(task.id()))
    ///     .build()
    ///     .unwrap();
    /// let task = rt.spawn(std::future::pending::<()>());
    /// let id = task.id();
    /// task.abort();
    /// assert!(rt.block_on(task).is_err());
    /// assert_eq!(*ended.lock().unwrap(), [id]);
    /// ```
    pub fn on_task_terminate<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>) + Send + Sync + 'static,
    {
        self.task_hooks.terminate = Some(Arc::new(f));
        self
    }

    /// Sets a function that is told of each panic of a spawned task or blocking job, with what it carried, before the join handle is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// let told = Arc::new(Mutex::new(Vec::new()));
    /// let log = told.clone();
    /// let rt = runtime_core::Builder::new_current_thread()
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
    pub fn on_unhandled_panic<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&TaskMeta<'_>, &(dyn Any + Send)) + Send + Sync + 'static,
    {
        self.task_hooks.panic = Some(Arc::new(f));
        self
    }

    /// Sets a function that is told of what goes wrong where no handle tells of it: the panic of a task whose join handle is dropped, before or after, without having
    /// returned it; the panic of a callable; the error that ended a callback of `on_ready`.
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
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_unhandled(move |unhandled| send.send(unhandled.to_string()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// drop(rt.spawn(async { panic!("out of cheese") }));
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert!(told.recv().unwrap().contains("out of cheese"));
    /// ```
    pub fn on_unhandled<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&Unhandled<'_>) + Send + Sync + 'static,
    {
        self.task_hooks.unhandled = Some(Arc::new(f));
        self
    }

    /// Sets what the runtime does when a spawned task panics. Default: [`UnhandledPanic::Ignore`].
    ///
    /// # Panics
    ///
    /// Panics if a runtime of many threads is to shut down: that is for current-thread runtimes.
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use runtime_core::{Builder, UnhandledPanic};
    ///
    /// let rt = Builder::new_current_thread()
    ///     .unhandled_panic(UnhandledPanic::ShutdownRuntime)
    ///     .build()
    ///     .unwrap();
    /// rt.spawn(async { panic!("nobody awaits this") });
    /// rt.block_on(std::future::pending::<()>()); // panics too
    /// ```
    #[track_caller]
    pub fn unhandled_panic(&mut self, behavior: UnhandledPanic) -> &mut Self {
        let shuts_down = behavior == UnhandledPanic::ShutdownRuntime;
        if shuts_down && self.flavor != RuntimeFlavor::CurrentThread {
            panic!("{}", messages::UNHANDLED_PANIC);
        }
        self.task_hooks.unhandled_panic = behavior;
        self
    }

    /// Sets from when on a poll is slow: it keeps its thread from everything else, and what blocks in it belongs into [`spawn_blocking`](crate::spawn_blocking). `None`: polls may take
    /// as long as they like.
    ///
    /// Default: 100 ms in debug mode and in programs that are compiled with debug assertions, else `None`.
    ///
    /// Slow polls are counted ([`RuntimeMetrics::slow_poll_count`](crate::RuntimeMetrics::slow_poll_count)), told to [`on_slow_poll`](Self::on_slow_poll), and with the feature `tracing`
    /// they are events of the level `WARN`. In [debug mode](Self::debug) they are printed if there is no hook.
    ///
    /// The reactor thread finds them while they last, and costs nothing per poll. On a runtime without threads of its own each poll is timed instead, if there is a limit, and a slow one is
    /// reported when it has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_millis(1)))
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(rt.spawn(async {
    ///     let start = std::time::Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// })).unwrap();
    /// assert_eq!(rt.metrics().slow_poll_count(), 1);
    /// ```
    pub fn slow_poll_after(&mut self, limit: Option<Duration>) -> &mut Self {
        self.slow_poll_after = Some(limit);
        self
    }

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
    /// let rt = runtime_core::Builder::new_multi_thread()
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
    pub fn on_slow_poll<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn(&SlowPoll) + Send + Sync + 'static,
    {
        self.on_slow_poll = Some(Arc::new(f));
        self
    }

    /// Turns debug mode on or off. Default: on if the environment variable `HEIST_DEBUG` is set to something else than `0`.
    ///
    /// In debug mode [slow polls](Self::slow_poll_after) are reported, on the standard error unless there is a hook, and the runtime keeps for each task who spawned it, how often it was
    /// polled and when last. Each poll then reads the clock and takes a lock of its slot.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().debug(true).build().unwrap();
    /// rt.block_on(async {
    ///     runtime_core::spawn(std::future::pending::<()>());
    ///     runtime_core::task::yield_now().await;
    /// });
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.iter().next().unwrap().polls(), Some(1));
    /// ```
    pub fn debug(&mut self, on: bool) -> &mut Self {
        self.debug = Some(on);
        self
    }

    /// Sets after how many polls a busy worker looks at the driver.
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
    /// let rt = runtime_core::Builder::new_current_thread().event_interval(31).build().unwrap();
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// ```
    #[track_caller]
    pub fn event_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "{}", messages::EVENT_INTERVAL);
        self.event_interval = Some(polls);
        self
    }

    /// Sets after how many polls a busy worker looks at the tasks that came from outside. Default: 61, on a current-thread runtime 31.
    ///
    /// # Panics
    ///
    /// Panics if `polls` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().global_queue_interval(7).build().unwrap();
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// ```
    #[track_caller]
    pub fn global_queue_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "{}", messages::GLOBAL_QUEUE_INTERVAL);
        self.global_queue_interval = Some(polls);
        self
    }

    /// Sets who waits for sockets and timers while no thread of the program does. Default: [`Reactor::Thread`].
    ///
    /// Only a [hosted](Self::new_hosted) runtime can do without its reactor thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Reactor};
    ///
    /// assert!(Builder::new_hosted().reactor(Reactor::HostDriven).build().is_ok());
    /// assert!(Builder::new_current_thread().reactor(Reactor::HostDriven).build().is_err());
    /// ```
    pub fn reactor(&mut self, reactor: Reactor) -> &mut Self {
        self.reactor = reactor;
        self
    }

    /// Takes the LIFO slots out: a task that is woken or spawned by the running one goes behind those that are queued, not before them. A current-thread runtime has none, nor has a hosted one with a single slot.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).disable_lifo_slot().build().unwrap();
    /// assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    /// ```
    pub fn disable_lifo_slot(&mut self) -> &mut Self {
        self.lifo = false;
        self
    }

    /// Sets what all random choices of the runtime are drawn from: whom a worker steals from, and which branch `select!` polls first. Default: another seed for each runtime.
    ///
    /// With one thread that runs tasks, and under a stopped clock, two runs of the same program with the same seed do the same in the same order. With more threads the
    /// system decides who is faster.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::random_below;
    /// use runtime_core::{Builder, RngSeed};
    ///
    /// let draw = || {
    ///     let seed = RngSeed::from_bytes(b"the one that failed");
    ///     let rt = Builder::new_current_thread().rng_seed(seed).build().unwrap();
    ///     rt.block_on(async { [random_below(100), random_below(100), random_below(100)] })
    /// };
    /// assert_eq!(draw(), draw());
    /// ```
    pub fn rng_seed(&mut self, seed: RngSeed) -> &mut Self {
        self.seed = Some(seed);
        self
    }

    /// Lets the runtime be dropped inside asynchronous code, where that would panic: it is then a [`shutdown_background`](Runtime::shutdown_background). Default: no.
    ///
    /// For libraries with a runtime of their own in a value that their users may drop anywhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::Builder;
    ///
    /// let inner = Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .drop_in_background(true)
    ///     .build()?;
    /// let outer = Builder::new_current_thread().build()?;
    /// outer.block_on(async move { drop(inner) });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn drop_in_background(&mut self, yes: bool) -> &mut Self {
        self.drop_in_background = yes;
        self
    }

    /// Takes the guard out of the runtime, for tests that must not be saved by it: what a protocol loses stays lost, and what is stuck behind a poll stays stuck.
    #[doc(hidden)]
    pub fn rescue(&mut self, on: bool) -> &mut Self {
        self.rescue = on;
        self
    }

    /// Sets what idle threads wait in. Default: a [`ThreadDriver`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, ThreadDriver};
    /// use std::sync::Arc;
    ///
    /// let rt = Builder::new_current_thread().driver(Arc::new(ThreadDriver::new())).build().unwrap();
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    /// ```
    pub fn driver(&mut self, driver: Arc<dyn Driver>) -> &mut Self {
        self.driver = Some(driver);
        self
    }

    /// Puts a value into the runtime, where [`with_extension`](crate::context::with_extension) finds it by its type.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// struct Port(u16);
    ///
    /// let rt = runtime_core::Builder::new_current_thread().extension(Arc::new(Port(80))).build().unwrap();
    /// assert_eq!(rt.handle().extension::<Port>().unwrap().0, 80);
    /// ```
    pub fn extension<T: Send + Sync + 'static>(&mut self, value: Arc<T>) -> &mut Self {
        self.extensions.insert(value);
        self
    }

    /// Returns how many slots the runtime will have: own threads and guests.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut builder = runtime_core::Builder::new_multi_thread();
    /// builder.worker_threads(3).guest_slots(2);
    /// assert_eq!(builder.slot_count(), 5);
    /// ```
    #[must_use]
    pub fn slot_count(&self) -> usize {
        match self.flavor {
            RuntimeFlavor::CurrentThread => 1,
            RuntimeFlavor::MultiThread => self.own_workers() + self.guest_slots.unwrap_or(4),
            RuntimeFlavor::Hosted => {
                self.guest_slots.unwrap_or_else(num_cpus::get).max(1) + self.reserved_slots()
            }
        }
    }

    fn reserved_slots(&self) -> usize {
        self.pumps().map_or(0, |pumps| pumps.reserved_slots())
    }

    fn pumps(&self) -> Option<pump::Settings> {
        let (pool, cap) = self.host_pool.clone()?;
        Some(pump::Settings {
            pool,
            cap,
            limit: self.pump_limit,
            stall_after: self.stall_after,
        })
    }

    fn own_workers(&self) -> usize {
        match self.flavor {
            RuntimeFlavor::CurrentThread | RuntimeFlavor::Hosted => 0,
            RuntimeFlavor::MultiThread => self.worker_threads.unwrap_or_else(default_workers),
        }
    }

    /// Whether what was set fits together.
    fn check(&self) -> io::Result<()> {
        let clash = if self.flavor != RuntimeFlavor::Hosted {
            if self.reactor != Reactor::Thread {
                Some(messages::HOST_DRIVEN)
            } else {
                self.host_pool
                    .is_some()
                    .then_some(messages::HOST_POOL_FLAVOR)
            }
        } else if self.reactor != Reactor::Thread && self.host_pool.is_some() {
            Some(messages::HOST_DRIVEN_POOL)
        } else if self.worker_threads.is_some() {
            Some(messages::HOSTED_WORKERS)
        } else if self.guest_slots == Some(0) {
            Some(messages::HOSTED_SLOTS)
        } else {
            None
        };
        clash.map_or(Ok(()), |clash| {
            Err(io::Error::new(io::ErrorKind::InvalidInput, clash))
        })
    }

    /// Makes the runtime and starts its threads.
    ///
    /// # Errors
    ///
    /// Returns the system's error if a thread cannot be started; those that were started are gone by then. Returns [`InvalidInput`](io::ErrorKind::InvalidInput) if two settings
    /// exclude each other, and names them.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Reactor};
    ///
    /// let rt = Builder::new_current_thread().build()?;
    /// assert_eq!(rt.block_on(async { 1 }), 1);
    ///
    /// let refused = Builder::new_current_thread().reactor(Reactor::HostDriven).build();
    /// assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn build(&mut self) -> io::Result<Runtime> {
        self.build_for(None)
    }

    /// Makes a runtime that belongs to this thread, for tasks that are not `Send`.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it refuses what the runtime needs.
    ///
    /// # Panics
    ///
    /// Panics on a builder of a multi-thread runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, LocalOptions};
    ///
    /// let rt = Builder::new_current_thread().build_local(LocalOptions::default()).unwrap();
    /// let shared = std::rc::Rc::new(1);
    /// assert_eq!(rt.block_on(rt.spawn_local(async move { *shared })).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn build_local(&mut self, _options: LocalOptions) -> io::Result<LocalRuntime> {
        // A hosted one without threads may be one too: the last one out, who drops the tasks, is its owner then.
        let has_no_thread = self.flavor == RuntimeFlavor::CurrentThread
            || self.flavor == RuntimeFlavor::Hosted && self.reactor == Reactor::HostDriven;
        assert!(has_no_thread, "{}", messages::BUILD_LOCAL);
        let runtime = self.build_for(Some(thread::current().id()))?;
        Ok(LocalRuntime::from_runtime(runtime))
    }

    fn build_for(&mut self, owner: Option<ThreadId>) -> io::Result<Runtime> {
        self.check()?;
        let handle = self.assemble(owner);
        if let Err(error) = own::start_threads(&handle) {
            shut_down(&handle, None);
            return Err(error);
        }
        Ok(Runtime::new(handle))
    }

    /// Makes the runtime without its threads.
    pub(crate) fn assemble(&mut self, owner: Option<ThreadId>) -> Handle {
        let slots = self.slot_count();
        let config = self.config();
        let workers = config.workers;
        let driver = self
            .driver
            .take()
            .unwrap_or_else(|| Arc::new(ThreadDriver::new()));
        let shared = Arc::new_cyclic(|shared| Shared {
            slots: (0..slots).map(|_| CachePadded::new(Slot::new())).collect(),
            injector: CachePadded::new(Injector::new()),
            idle: Idle::new(slots, workers),
            seat: Seat::new(),
            driver,
            extensions: std::mem::take(&mut self.extensions),
            guard: Guard::new(),
            quiet: Quiet::new(),
            shutdown: Shutdown::new(config.own_workers + usize::from(config.reactor_thread)),
            vacancies: Vacancies::new(),
            hosts: Hosts::new(),
            blocking: Pool::new(blocking::Config {
                summon: self.summon(shared),
                ..self.blocking_config(shared)
            }),
            replacements: (config.own_workers > 0 && self.blocking_pool.is_some())
                .then(|| Pool::new(self.blocking_config(shared))),
            complaints: Complaints::default(),
            pumps: self
                .pumps()
                .map(|settings| Pumps::new(settings, shared, config.own_workers)),
            lingering: Lingering::new(),
            crowd: if workers > 1 || has_two_processors() {
                Crowd::open()
            } else {
                Crowd::unknown()
            },
            config,
            births: Births::default(),
            process: Process::current(),
            owner,
        });
        for slot in &shared.slots {
            slot.registry.keep_alive(shared.clone());
        }
        Handle::new(shared)
    }

    fn slow_polls(&self, own_workers: usize, debug: bool) -> Option<SlowPolls> {
        let by_default = debug || cfg!(debug_assertions);
        let limit = self
            .slow_poll_after
            .unwrap_or_else(|| by_default.then_some(slow_poll::DEFAULT_LIMIT))?;
        Some(SlowPolls {
            limit,
            hook: self.on_slow_poll.clone(),
            aloud: debug,
            by_clock: own_workers == 0,
        })
    }

    fn config(&self) -> Config {
        let own_workers = self.own_workers();
        let is_current_thread = self.flavor == RuntimeFlavor::CurrentThread;
        // Nobody could take what waits behind the LIFO slot.
        let is_alone = self.flavor != RuntimeFlavor::MultiThread && self.slot_count() == 1;
        let debug = self.debug.unwrap_or_else(observe::debug_is_asked_for);
        Config {
            flavor: self.flavor,
            own_workers,
            workers: if own_workers > 0 {
                own_workers
            } else if let Some((_, pumps)) = self.host_pool {
                pumps
            } else {
                self.slot_count()
            },
            reactor_thread: !is_current_thread && self.reactor == Reactor::Thread,
            name: self.name.clone(),
            lifo: self.lifo && !is_alone,
            rescue: self.rescue,
            seed: self.seed,
            drop_in_background: self.drop_in_background,
            event_interval: self.event_interval.unwrap_or(61),
            event_interval_is_set: self.event_interval.is_some(),
            global_queue_interval: self.global_queue_interval.unwrap_or(if is_current_thread {
                31
            } else {
                61
            }),
            task_hooks: self.task_hooks.if_any(),
            slow_polls: self.slow_polls(own_workers, debug),
            debug,
            on_thread_start: self.on_thread_start.clone(),
            on_thread_stop: self.on_thread_stop.clone(),
            on_thread_park: self.on_thread_park.clone(),
            on_thread_unpark: self.on_thread_unpark.clone(),
            thread_name: self.thread_name.clone(),
            thread_stack_size: self.thread_stack_size,
        }
    }

    /// How the blocking pool gets threads of the host, if it is to have them. Weakly as below.
    fn summon(&self, shared: &Weak<Shared>) -> Option<blocking::Summon<scheduler::job::Job>> {
        let pool = self.blocking_pool.clone()?;
        let shared = shared.clone();
        Some(Box::new(move |visit| match shared.upgrade() {
            Some(shared) => post(&*pool, Job::visit(&Handle::new(shared), visit)),
            None => drop(visit),
        }))
    }

    /// The pool reaches its runtime weakly: the runtime owns the pool.
    fn blocking_config(&self, shared: &Weak<Shared>) -> blocking::Config<scheduler::job::Job> {
        let name = self.thread_name.clone();
        let process = Process::current();
        let (entered, quiet) = (shared.clone(), shared.clone());
        blocking::Config {
            limit: self.max_blocking_threads,
            keep_alive: self.thread_keep_alive,
            stack_size: self.thread_stack_size,
            thread_name: Box::new(move || name()),
            on_thread_start: self.on_thread_start.clone(),
            on_thread_stop: self.on_thread_stop.clone(),
            enter: Box::new(move |life| {
                let _entry = entered
                    .upgrade()
                    .map(|shared| context::enter(Handle::new(shared)));
                life();
            }),
            on_quiet: Some(Arc::new(move || {
                if let Some(shared) = quiet.upgrade() {
                    shared.quiet.may_be_quiet(&shared);
                }
            })),
            spawner: Box::new(move |builder, life| {
                if !process.is_current() {
                    return Err(io::Error::other(messages::FORKED));
                }
                builder.spawn(life)
            }),
            summon: None,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = |hook: &Option<Hook>| hook.as_ref().map(|_| "...");
        let mut builder = f.debug_struct("Builder");
        if let Some(name) = &self.name {
            builder.field("name", name);
        }
        builder
            .field("worker_threads", &self.worker_threads)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .field(
                "thread_name",
                &"<dyn Fn() -> String + Send + Sync + 'static>",
            )
            .field("thread_stack_size", &self.thread_stack_size)
            .field("after_start", &set(&self.on_thread_start))
            .field("before_stop", &set(&self.on_thread_stop))
            .field("before_park", &set(&self.on_thread_park))
            .field("after_unpark", &set(&self.on_thread_unpark))
            .finish_non_exhaustive()
    }
}

/// The environment's wish, else one worker per CPU. Asked once per process.
fn default_workers() -> usize {
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    let known = KNOWN.load(Ordering::Relaxed);
    if known > 0 {
        return known;
    }
    let workers = match std::env::var(WORKERS_VARIABLE) {
        Ok(text) => match text.parse() {
            Ok(count) if count > 0 => count,
            _ => panic!(
                "{WORKERS_VARIABLE} must be a whole number greater than 0, and is {text:?}: correct or unset it"
            ),
        },
        Err(_) => num_cpus::get().max(1),
    };
    KNOWN.store(workers, Ordering::Relaxed);
    workers
}

const WORKERS_VARIABLE: &str = "HEIST_WORKER_THREADS";

const DEFAULT_THREAD_NAME: &str = "heist-worker";
