//! Values that make no sense, and deadlines at the ends of time.

use std::future::pending;

use futures_util::FutureExt;
use heist::runtime::{Builder, UnhandledPanic};
use heist::time::{Duration, Instant, interval, interval_at, sleep, sleep_until, timeout};

use super::assert_panic;
use crate::support::{on_every_flavour, watched};

const HERE: &str = file!();

#[test]
fn zeros_of_the_builder() {
    for mut builder in [Builder::new_multi_thread(), Builder::new_current_thread()] {
        let positive = |setter: &'static str| [setter, "greater than 0"];
        assert_panic(HERE, &positive("worker_threads"), || {
            builder.worker_threads(0);
        });
        let blocking = positive("max_blocking_threads");
        assert_panic(HERE, &blocking, || {
            builder.max_blocking_threads(0);
        });
        let injector = positive("global_queue_interval");
        assert_panic(HERE, &injector, || {
            builder.global_queue_interval(0);
        });
        assert_panic(HERE, &positive("event_interval"), || {
            builder.event_interval(0);
        });
        let events = positive("max_io_events_per_tick");
        assert_panic(HERE, &events, || {
            builder.max_io_events_per_tick(0);
        });
        assert_panic(HERE, &positive("name"), || {
            builder.name("");
        });
        // What was refused was not taken.
        let rt = builder.worker_threads(1).enable_all().build().unwrap();
        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
        assert_eq!(rt.handle().name(), None);
    }
}

#[test]
fn ones_of_the_builder_work() {
    watched(|| {
        for mut builder in [Builder::new_multi_thread(), Builder::new_current_thread()] {
            let rt = builder
                .worker_threads(1)
                .max_blocking_threads(1)
                .global_queue_interval(1)
                .event_interval(1)
                .max_io_events_per_tick(1)
                .name("n")
                .thread_keep_alive(Duration::ZERO)
                .enable_all()
                .build()
                .unwrap();
            assert_eq!(rt.handle().name(), Some("n"));
            let task = rt.spawn(async {
                sleep(Duration::from_micros(50)).await;
                heist::task::spawn_blocking(|| 2).await.unwrap()
            });
            assert_eq!(rt.block_on(task).unwrap(), 2);
        }
    });
}

#[test]
fn an_interval_of_zero() {
    on_every_flavour(|| async {
        assert_panic(HERE, &["period", "zero"], || interval(Duration::ZERO));
        assert_panic(HERE, &["period", "zero"], || {
            interval_at(Instant::now(), Duration::ZERO)
        });
    });
}

#[test]
fn deadlines_in_the_past_are_due_at_once() {
    on_every_flavour(|| async {
        let now = Instant::now();
        let past = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
        sleep(Duration::ZERO).await;
        sleep_until(past).await;
        // A value that is there comes before the deadline that has passed.
        assert_eq!(timeout(Duration::ZERO, async { 1 }).await.unwrap(), 1);
        let late = heist::time::timeout_at(past, pending::<()>())
            .await
            .unwrap_err();
        assert_eq!(
            std::io::Error::from(late).kind(),
            std::io::ErrorKind::TimedOut
        );
        let mut ticks = interval_at(past, Duration::from_secs(3600));
        assert_eq!(ticks.tick().await, past);
    });
}

#[test]
fn deadlines_in_the_far_future_are_accepted() {
    on_every_flavour(|| async {
        let far = [
            Duration::MAX,
            Duration::from_secs(u64::MAX),
            Duration::from_secs(1 << 40),
        ];
        let mut sleeps: Vec<_> = far.into_iter().map(|far| Box::pin(sleep(far))).collect();
        for far in &mut sleeps {
            assert!(far.as_mut().now_or_never().is_none());
            assert!(!far.is_elapsed());
        }
        assert_eq!(timeout(Duration::MAX, async { 2 }).await.unwrap(), 2);
        let mut ticks = interval(Duration::MAX);
        ticks.tick().await;
        assert!(ticks.tick().now_or_never().is_none());
        // A near one beside them is not held up.
        sleep(Duration::from_micros(100)).await;
        let first = &mut sleeps[0];
        first.as_mut().reset(Instant::now());
        first.await;
    });
}

#[test]
fn zero_capacities() {
    assert_panic(HERE, &["buffer > 0"], || {
        heist::sync::mpsc::channel::<()>(0)
    });
    assert_panic(HERE, &["cannot be zero"], || {
        heist::sync::broadcast::channel::<()>(0)
    });
}

/// P10, what `zeros_of_the_builder` leaves.
#[test]
fn p10_other_setters() {
    for mut builder in [Builder::new_multi_thread(), Builder::new_current_thread()] {
        let busy = &[
            "max_io_events_per_busy_tick must be non-zero",
            "greater than 0",
        ];
        assert_panic(HERE, busy, || {
            builder.max_io_events_per_busy_tick(0);
        });
        for name in ["", " ", "\t\n"] {
            assert_panic(HERE, &["runtime name shouldn't be empty"], || {
                builder.name(name);
            });
        }
    }
    let many = &[
        "UnhandledPanic::ShutdownRuntime is only supported in current thread runtime",
        "on_unhandled_panic",
    ];
    assert_panic(HERE, many, || {
        Builder::new_multi_thread().unhandled_panic(UnhandledPanic::ShutdownRuntime);
    });
    Builder::new_multi_thread().unhandled_panic(UnhandledPanic::Ignore);
}

/// P11.
#[test]
fn p11_workers_and_buckets_that_do_not_exist() {
    const WORKER: &[&str] = &["the index of the worker is out of range", "num_workers"];
    const BUCKET: &[&str] = &["the index of the bucket is out of range"];
    for (_, rt) in crate::support::flavours() {
        let metrics = rt.metrics();
        for worker in [metrics.num_workers(), usize::MAX] {
            assert_panic(HERE, WORKER, || metrics.worker_total_busy_duration(worker));
            assert_panic(HERE, WORKER, || metrics.worker_park_count(worker));
            assert_panic(HERE, WORKER, || metrics.worker_park_unpark_count(worker));
            assert_panic(HERE, WORKER, || metrics.worker_local_queue_depth(worker));
            assert_panic(HERE, WORKER, || metrics.worker_poll_count(worker));
            assert_panic(HERE, WORKER, || metrics.worker_steal_operations(worker));
            assert_panic(HERE, WORKER, || metrics.worker_woken_count(worker));
            assert_panic(HERE, WORKER, || {
                metrics.poll_time_histogram_bucket_count(worker, 0)
            });
        }
        let buckets = metrics.poll_time_histogram_num_buckets();
        assert_panic(HERE, BUCKET, || {
            metrics.poll_time_histogram_bucket_range(buckets)
        });
        assert_panic(HERE, BUCKET, || {
            metrics.poll_time_histogram_bucket_count(0, buckets)
        });
    }
}
