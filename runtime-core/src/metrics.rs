//! The runtime's counters.

use std::ops::Range;
use std::time::Duration;

use crate::handle::Handle;
use crate::messages;
use crate::scheduler::slot::Slot;
use crate::scheduler::stats::{BUCKETS, bucket_begins};

/// A view of a runtime's counters. Always on; each counter is written by one thread and summed when read.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// assert_eq!(rt.metrics().num_workers(), 2);
/// assert_eq!(rt.metrics().num_alive_tasks(), 0);
/// ```
#[derive(Debug, Clone)]
pub struct RuntimeMetrics {
    handle: Handle,
}

impl RuntimeMetrics {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// Returns how many workers run tasks: the own threads, 1 on a current-thread runtime, the slots on a hosted one.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    /// assert_eq!(rt.metrics().num_workers(), 3);
    /// ```
    #[must_use]
    pub fn num_workers(&self) -> usize {
        self.handle.shared().config.workers
    }

    /// Returns how many tasks are alive: spawned and not ended.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async {});
    /// assert_eq!(rt.metrics().num_alive_tasks(), 1);
    /// rt.block_on(task).unwrap();
    /// assert_eq!(rt.metrics().num_alive_tasks(), 0);
    /// ```
    #[must_use]
    pub fn num_alive_tasks(&self) -> usize {
        self.handle.shared().alive_tasks()
    }

    /// Returns how many tasks wait in the queue for tasks from outside.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.spawn(async {});
    /// assert_eq!(rt.metrics().global_queue_depth(), 1);
    /// ```
    #[must_use]
    pub fn global_queue_depth(&self) -> usize {
        self.handle.shared().injector.len()
    }

    /// Returns how many tasks wait in the queue of a worker.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     for _ in 0..3 {
    ///         runtime_core::spawn(async {});
    ///     }
    ///     let metrics = runtime_core::Handle::current().metrics();
    ///     // One of the three may lie in the slot for the task that runs next.
    ///     assert!(metrics.worker_local_queue_depth(0) >= 2);
    /// });
    /// ```
    #[track_caller]
    #[must_use]
    pub fn worker_local_queue_depth(&self, worker: usize) -> usize {
        let slot = self.worker(worker);
        slot.stealer.len() + usize::from(!slot.lifo.is_empty())
    }

    /// Returns how many timers are armed: sleeps, timeouts and intervals that are waited for, callables whose time has not come.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(rt.metrics().timers_armed(), 0);
    /// ```
    #[must_use]
    pub fn timers_armed(&self) -> usize {
        self.handle.shared().driver.armed()
    }

    /// Returns how long a worker has been awake.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async { runtime_core::spawn(async {}).await.unwrap() });
    /// assert!(rt.metrics().worker_total_busy_duration(0) > Duration::ZERO);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        Duration::from_nanos(self.worker(worker).stats.busy.get())
    }

    /// Returns how often a worker went to sleep.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// // Nothing is to be done on this thread before the closure has run.
    /// rt.block_on(async { runtime_core::spawn_blocking(std::thread::yield_now).await.unwrap() });
    /// let metrics = rt.metrics();
    /// assert!(metrics.worker_park_unpark_count(0) >= metrics.worker_park_count(0));
    /// ```
    #[track_caller]
    #[must_use]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.worker(worker).stats.parks.get()
    }

    /// Returns how often a worker went to sleep or woke up: odd while it sleeps.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async {
    ///     let metrics = runtime_core::Handle::current().metrics();
    ///     // This worker is awake.
    ///     assert_eq!(metrics.worker_park_unpark_count(0) % 2, 0);
    /// });
    /// ```
    #[track_caller]
    #[must_use]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.worker(worker).stats.parks_and_unparks.get()
    }

    /// Returns how many polls a worker has ended.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async { runtime_core::spawn(async {}).await.unwrap() });
    /// assert_eq!(rt.metrics().worker_poll_count(0), 1);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn worker_poll_count(&self, worker: usize) -> u64 {
        self.worker(worker).watch.polls()
    }

    /// Returns into how many buckets polls are sorted by their time.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(async { runtime_core::spawn(async {}).await.unwrap() });
    /// let metrics = rt.metrics();
    /// for bucket in 0..metrics.poll_time_histogram_num_buckets() {
    ///     let range = metrics.poll_time_histogram_bucket_range(bucket);
    ///     let polls = metrics.poll_time_histogram_bucket_count(0, bucket);
    ///     println!("{polls} polls took from {:?} to {:?}", range.start, range.end);
    /// }
    /// ```
    #[must_use]
    pub fn poll_time_histogram_num_buckets(&self) -> usize {
        BUCKETS
    }

    /// Returns which times a bucket holds: below 1 µs in the first, and from there on twice as long in each as in the one before.
    ///
    /// # Panics
    ///
    /// Panics if there is no such bucket.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let metrics = runtime_core::Builder::new_current_thread().build().unwrap().metrics();
    /// let (first, second) = (metrics.poll_time_histogram_bucket_range(0), metrics.poll_time_histogram_bucket_range(1));
    /// assert_eq!(first.start, Duration::ZERO);
    /// assert_eq!(first.end, second.start);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn poll_time_histogram_bucket_range(&self, bucket: usize) -> Range<Duration> {
        assert!(bucket < BUCKETS, "{}", messages::BUCKET_INDEX);
        let end = if bucket + 1 < BUCKETS {
            bucket_begins(bucket + 1)
        } else {
            Duration::from_nanos(u64::MAX)
        };
        bucket_begins(bucket)..end
    }

    /// Returns how many polls of a worker took a time in the range of a bucket.
    ///
    /// Not every poll is timed, only as many as cost nothing: all long ones, and of short ones a random share, each for those around it. So the number is an estimate, good for
    /// percentiles of many polls; the sum over the buckets is about [`worker_poll_count`](Self::worker_poll_count).
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker or bucket.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.block_on(rt.spawn(async {
    ///     let start = std::time::Instant::now();
    ///     while start.elapsed() < Duration::from_millis(2) {}
    /// })).unwrap();
    /// let metrics = rt.metrics();
    /// let long = (0..metrics.poll_time_histogram_num_buckets())
    ///     .filter(|&bucket| metrics.poll_time_histogram_bucket_range(bucket).end > Duration::from_millis(1));
    /// assert_eq!(long.map(|bucket| metrics.poll_time_histogram_bucket_count(0, bucket)).sum::<u64>(), 1);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn poll_time_histogram_bucket_count(&self, worker: usize, bucket: usize) -> u64 {
        assert!(bucket < BUCKETS, "{}", messages::BUCKET_INDEX);
        self.worker(worker).stats.polls_in(bucket)
    }

    /// Returns how often a worker took a batch of tasks from a peer.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// // There is nobody to steal from.
    /// assert_eq!(rt.metrics().worker_steal_operations(0), 0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn worker_steal_operations(&self, worker: usize) -> u64 {
        self.worker(worker).stats.steals.get()
    }

    /// Returns how often a worker was woken because there was work for it.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    /// while rt.metrics().worker_woken_count(0) == 0 {
    ///     rt.block_on(rt.spawn(async {})).unwrap();
    ///     std::thread::yield_now(); // until it sleeps when a task comes
    /// }
    /// ```
    #[track_caller]
    #[must_use]
    pub fn worker_woken_count(&self, worker: usize) -> u64 {
        self.worker(worker).woken.get()
    }

    /// Returns how often the reactor thread had to help out: a healthy run counts zero.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(rt.metrics().rescue_count(), 0);
    /// ```
    #[must_use]
    pub fn rescue_count(&self) -> u64 {
        self.handle.shared().guard.rescues.get()
    }

    /// Returns how many jobs the pools of hosts have refused: dropped, or run inside [`HostPool::execute`](crate::HostPool::execute).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::{Builder, Job};
    ///
    /// let rt = Builder::new_hosted().host_pool(|job: Job| drop(job), 1).build().unwrap();
    /// rt.spawn(async {});
    /// assert!(rt.metrics().refused_jobs() > 0);
    /// ```
    #[must_use]
    pub fn refused_jobs(&self) -> u64 {
        self.handle.shared().complaints.refused.get()
    }

    /// Returns how often the pool of a [host](crate::Builder::host_pool) had jobs of this runtime and started none of them for too long.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(rt.metrics().stalled_pumps(), 0);
    /// ```
    #[must_use]
    pub fn stalled_pumps(&self) -> u64 {
        let pumps = self.handle.shared().pumps.as_ref();
        pumps.map_or(0, |pumps| pumps.stalled.get())
    }

    /// Returns how many polls have taken longer than [`Builder::slow_poll_after`](crate::Builder::slow_poll_after) allows: counted when they exceed it, also while they still run.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .slow_poll_after(Some(Duration::from_secs(3600)))
    ///     .build()
    ///     .unwrap();
    /// rt.block_on(rt.spawn(async {})).unwrap();
    /// assert_eq!(rt.metrics().slow_poll_count(), 0);
    /// ```
    #[must_use]
    pub fn slow_poll_count(&self) -> u64 {
        self.handle.shared().guard.slow_polls.get()
    }

    /// Returns how many threads the blocking pool has.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert_eq!(rt.metrics().num_blocking_threads(), 0);
    /// rt.block_on(rt.spawn_blocking(|| ())).unwrap();
    /// assert_eq!(rt.metrics().num_blocking_threads(), 1);
    /// ```
    #[must_use]
    pub fn num_blocking_threads(&self) -> usize {
        self.handle.shared().blocking.metrics().threads
    }

    /// Returns how many threads of the blocking pool are idle.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let (send, receive) = std::sync::mpsc::channel::<()>();
    /// let job = rt.spawn_blocking(move || receive.recv());
    /// assert_eq!(rt.metrics().num_idle_blocking_threads(), 0);
    /// drop(send);
    /// assert!(rt.block_on(job).unwrap().is_err());
    /// ```
    #[must_use]
    pub fn num_idle_blocking_threads(&self) -> usize {
        self.handle.shared().blocking.metrics().idle
    }

    /// Returns how many blocking jobs wait for a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    /// let (send, receive) = std::sync::mpsc::channel::<()>();
    /// let (started, has_started) = std::sync::mpsc::channel();
    /// rt.spawn_blocking(move || {
    ///     started.send(()).unwrap();
    ///     receive.recv()
    /// });
    /// has_started.recv().unwrap();
    /// rt.spawn_blocking(|| ());
    /// assert_eq!(rt.metrics().blocking_queue_depth(), 1);
    /// drop(send);
    /// ```
    #[must_use]
    pub fn blocking_queue_depth(&self) -> usize {
        self.handle.shared().blocking.metrics().queued
    }

    #[track_caller]
    fn worker(&self, index: usize) -> &Slot {
        assert!(index < self.num_workers(), "{}", messages::WORKER_INDEX);
        &self.handle.shared().slots[index]
    }
}
