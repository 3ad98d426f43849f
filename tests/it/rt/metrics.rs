//! What a runtime counts, and that it counts right.

use std::future::pending;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::runtime::{Handle, Runtime, RuntimeMetrics, worker_index};
use heist::task::yield_now;
use heist::time::sleep;

use crate::support::{current_thread, flavours, multi_thread, watched};

fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

/// Occupies every worker until the senders are dropped.
fn occupy(rt: &Runtime) -> Vec<mpsc::Sender<()>> {
    let (tell, told) = mpsc::channel();
    let workers = rt.metrics().num_workers();
    let holds = (0..workers)
        .map(|_| {
            let (hold, held) = mpsc::channel();
            let tell = tell.clone();
            rt.spawn(async move {
                tell.send(()).unwrap();
                let _ = held.recv();
            });
            hold
        })
        .collect();
    (0..workers).for_each(|_| told.recv().unwrap());
    holds
}

fn sum(metrics: &RuntimeMetrics, count: impl Fn(&RuntimeMetrics, usize) -> u64) -> u64 {
    let workers = 0..metrics.num_workers();
    workers.map(|worker| count(metrics, worker)).sum()
}

#[test]
fn tasks_alive() {
    watched(|| {
        for (_, rt) in flavours() {
            let metrics = rt.metrics();
            assert_eq!(metrics.num_alive_tasks(), 0);
            let tasks: Vec<_> = (0..5).map(|_| rt.spawn(pending::<()>())).collect();
            assert_eq!(metrics.num_alive_tasks(), 5);
            for task in tasks {
                task.abort();
                assert!(rt.block_on(task).unwrap_err().is_cancelled());
            }
            wait_until(|| metrics.num_alive_tasks() == 0);
        }
    });
}

#[test]
fn tasks_in_queues() {
    watched(|| {
        let rt = current_thread();
        let metrics = rt.metrics();
        (0..3).for_each(|_| drop(rt.spawn(async {})));
        assert_eq!(metrics.global_queue_depth(), 3);
        let seen = metrics.clone();
        rt.block_on(async move {
            yield_now().await;
            assert_eq!(seen.global_queue_depth(), 0);
            let own: Vec<_> = (0..4).map(|_| heist::spawn(async {})).collect();
            assert_eq!(seen.worker_local_queue_depth(0), 4);
            for task in own {
                task.await.unwrap();
            }
            assert_eq!(seen.worker_local_queue_depth(0), 0);
        });

        let rt = multi_thread(2);
        let metrics = rt.metrics();
        let holds = occupy(&rt);
        for depth in 0..10 {
            assert_eq!(metrics.global_queue_depth(), depth);
            drop(rt.spawn(async {}));
        }
        drop(holds);
        wait_until(|| metrics.global_queue_depth() == 0);
    });
}

#[test]
fn workers_are_busy_while_they_work() {
    watched(|| {
        for (_, rt) in flavours() {
            let metrics = rt.metrics();
            let work = || async {
                for _ in 0..20 {
                    yield_now().await;
                }
                worker_index().expect("a task runs on a worker")
            };
            let worker = rt.block_on(rt.spawn(work())).unwrap();
            drop(rt);
            assert!(metrics.worker_total_busy_duration(worker) > Duration::ZERO);
        }
    });
}

/// A poll that takes so long, and does nothing.
#[allow(
    clippy::disallowed_methods,
    reason = "a poll that takes long is the subject"
)]
fn take(time: Duration) {
    thread::sleep(time);
}

/// A drive that never looks at the driver and never sleeps is busy, too.
#[test]
fn a_short_block_on_is_busy() {
    watched(|| {
        let rt = current_thread();
        let metrics = rt.metrics();
        for _ in 0..3 {
            let before = metrics.worker_total_busy_duration(0);
            rt.block_on(async { take(Duration::from_millis(1)) });
            let busy = metrics.worker_total_busy_duration(0) - before;
            assert!(busy >= Duration::from_millis(1), "{busy:?}");
        }
    });
}

#[test]
fn parks_and_unparks() {
    watched(|| {
        for (_, rt) in flavours() {
            let metrics = rt.metrics();
            let task = rt.spawn(async { sleep(Duration::from_millis(1)).await });
            rt.block_on(task).unwrap();
            assert!(sum(&metrics, RuntimeMetrics::worker_park_count) >= 1);
            drop(rt);
            for worker in 0..metrics.num_workers() {
                let parks = metrics.worker_park_count(worker);
                assert_eq!(metrics.worker_park_unpark_count(worker), 2 * parks);
            }
        }
        // Odd while it sleeps.
        let rt = multi_thread(1);
        let metrics = rt.metrics();
        wait_until(|| metrics.worker_park_unpark_count(0) % 2 == 1);
        assert!(rt.block_on(rt.spawn(async { true })).unwrap());
        assert!(metrics.worker_woken_count(0) >= 1);
    });
}

#[test]
fn polls_and_their_times() {
    const POLLS: u64 = 20_000;
    /// More than two samples of the shortest polls can be apart.
    const UNSAMPLED: u64 = 2 * 1_024;
    watched(|| {
        for (name, rt) in flavours() {
            let metrics = rt.metrics();
            rt.block_on(rt.spawn(async {
                for _ in 1..POLLS {
                    yield_now().await;
                }
            }))
            .unwrap();
            drop(rt);
            assert_eq!(
                sum(&metrics, RuntimeMetrics::worker_poll_count),
                POLLS,
                "{name}"
            );
            let timed = sum(&metrics, |metrics, worker| {
                let buckets = 0..metrics.poll_time_histogram_num_buckets();
                buckets
                    .map(|bucket| metrics.poll_time_histogram_bucket_count(worker, bucket))
                    .sum()
            });
            let workers = metrics.num_workers() as u64;
            assert!(timed <= POLLS, "{timed} of {POLLS} on {name}");
            assert!(
                timed + workers * UNSAMPLED >= POLLS,
                "{timed} of {POLLS} on {name}"
            );
        }
    });
}

#[test]
fn a_long_poll_is_in_its_bucket() {
    const LONG: Duration = Duration::from_millis(3);
    watched(|| {
        for (name, rt) in flavours() {
            let metrics = rt.metrics();
            let task = async {
                // The first poll of a slot is timed, and so are long ones after long ones.
                take(LONG);
                worker_index().expect("a task runs on a worker")
            };
            let worker = rt.block_on(rt.spawn(task)).unwrap();
            drop(rt);
            let buckets = 0..metrics.poll_time_histogram_num_buckets();
            let long: u64 = buckets
                .filter(|bucket| metrics.poll_time_histogram_bucket_range(*bucket).end > LONG)
                .map(|bucket| metrics.poll_time_histogram_bucket_count(worker, bucket))
                .sum();
            assert_eq!(long, 1, "on {name}");
        }
    });
}

#[test]
fn buckets_adjoin() {
    let metrics = current_thread().metrics();
    let buckets = metrics.poll_time_histogram_num_buckets();
    let mut end = Duration::ZERO;
    for bucket in 0..buckets {
        let range = metrics.poll_time_histogram_bucket_range(bucket);
        assert_eq!(range.start, end);
        assert!(range.end > range.start);
        end = range.end;
    }
    assert!(end > Duration::from_secs(86_400));
}

#[test]
fn batches_are_stolen() {
    watched(|| {
        let rt = multi_thread(2);
        let metrics = rt.metrics();
        rt.block_on(rt.spawn(async {
            // A backlog that is worth a wake-up, again and again until the other worker takes from it.
            let metrics = Handle::current().metrics();
            while sum(&metrics, RuntimeMetrics::worker_steal_operations) == 0 {
                (0..1_000).for_each(|_| drop(heist::spawn(async {})));
                yield_now().await;
            }
        }))
        .unwrap();
        assert!(sum(&metrics, RuntimeMetrics::worker_steal_operations) > 0);
    });
}

#[test]
fn jobs_and_the_threads_of_the_pool() {
    watched(|| {
        let rt = multi_thread(1);
        let metrics = rt.metrics();
        assert_eq!(metrics.num_blocking_threads(), 0);
        let (release, held) = mpsc::channel::<()>();
        let job = rt.spawn_blocking(move || {
            let _ = held.recv();
        });
        assert_eq!(metrics.num_blocking_threads(), 1);
        assert_eq!(metrics.num_idle_blocking_threads(), 0);
        drop(release);
        rt.block_on(job).unwrap();
        wait_until(|| metrics.num_idle_blocking_threads() == 1);
        assert_eq!(metrics.blocking_queue_depth(), 0);
    });
}

#[test]
fn counters_outlive_the_runtime() {
    watched(|| {
        for (_, rt) in flavours() {
            let metrics = rt.metrics();
            rt.block_on(rt.spawn(async {})).unwrap();
            drop(rt);
            assert_eq!(sum(&metrics, RuntimeMetrics::worker_poll_count), 1);
            assert_eq!(metrics.num_alive_tasks(), 0);
            assert_eq!(metrics.rescue_count(), 0);
        }
    });
}
