//! Timers as users see them, mostly on the stopped clock, whose instants are exact. Wrong use is in `misuse`, the rows of the catalogue one by one in `runtime-time`.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;

use futures_util::FutureExt;
use heist::runtime::{Builder, Handle, Runtime};
use heist::sync::mpsc;
use heist::task::{self, yield_now};
use heist::time::{
    Duration, Instant, MissedTickBehavior, advance, interval, interval_at, pause, resume, sleep,
    sleep_until, timeout, timeout_at,
};

use crate::support::{on_every_flavour, watched};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// The flavours, with their clocks stopped.
fn stopped() -> Vec<(&'static str, Runtime)> {
    let multi_thread = |workers| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers);
        builder
    };
    let mut portable = Builder::new_multi_thread();
    portable.worker_threads(2).portable_poll(true);
    [
        ("current_thread", Builder::new_current_thread()),
        ("multi_thread, 1 worker", multi_thread(1)),
        ("multi_thread, 4 workers", multi_thread(4)),
        ("multi_thread, portable poll", portable),
    ]
    .map(|(name, mut builder)| {
        (
            name,
            builder.enable_all().start_paused(true).build().unwrap(),
        )
    })
    .into()
}

/// Runs the same future on each flavour with a stopped clock, as the main one and as a task.
fn on_stopped_clocks<F>(test: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    watched(move || {
        for (name, rt) in stopped() {
            eprintln!("on {name}");
            rt.block_on(test());
            rt.block_on(rt.spawn(test())).unwrap();
        }
    });
}

/// Which of many tasks woke up when, by their numbers.
async fn order_of(delays: &[u64]) -> Vec<(usize, Duration)> {
    let start = Instant::now();
    let (tell, mut told) = mpsc::unbounded_channel();
    for (number, &delay) in delays.iter().enumerate() {
        let tell = tell.clone();
        heist::spawn(async move {
            sleep(Duration::from_millis(delay)).await;
            tell.send((number, start.elapsed())).unwrap();
        });
    }
    drop(tell);
    let mut order = Vec::new();
    while let Some(event) = told.recv().await {
        order.push(event);
    }
    order
}

#[test]
fn sleeps_end_in_the_order_of_their_deadlines() {
    on_stopped_clocks(|| async {
        // Far apart and close together, each on another level of the wheel.
        let delays = [90_000, 1, 7, 4_000_000, 64, 63, 65, 4096, 2, 262_144];
        let order = order_of(&delays).await;
        let mut expected: Vec<_> = delays
            .iter()
            .enumerate()
            .map(|(number, &delay)| (number, Duration::from_millis(delay)))
            .collect();
        expected.sort_by_key(|&(_, delay)| delay);
        assert_eq!(order, expected);
    });
}

/// On the running clock nothing is said about when, but never early, and all of them.
#[test]
fn no_sleep_ends_early() {
    on_every_flavour(|| async {
        let order = order_of(&[5, 1, 3, 0, 2, 4, 1, 1]).await;
        assert_eq!(order.len(), 8);
        for (number, elapsed) in order {
            let delay = [5, 1, 3, 0, 2, 4, 1, 1][number] * MS;
            assert!(elapsed >= delay, "{elapsed:?} instead of {delay:?}");
        }
    });
}

#[test]
fn a_timeout_ends_what_takes_longer() {
    on_stopped_clocks(|| async {
        let start = Instant::now();
        assert_eq!(
            timeout(2 * HOUR, async {
                sleep(HOUR).await;
                7
            })
            .await
            .unwrap(),
            7
        );
        assert_eq!(start.elapsed(), HOUR);
        let dropped = Arc::new(());
        let kept = dropped.clone();
        let slow = async move {
            pending::<()>().await;
            drop(kept);
        };
        timeout(HOUR, slow).await.unwrap_err();
        assert_eq!(start.elapsed(), 2 * HOUR);
        assert_eq!(Arc::strong_count(&dropped), 1);
        timeout_at(start + 3 * HOUR, sleep(2 * HOUR))
            .await
            .unwrap_err();
        assert_eq!(start.elapsed(), 3 * HOUR);
    });
}

#[test]
fn intervals_that_were_held_up() {
    let cases = [
        (
            MissedTickBehavior::Burst,
            [(10, 35), (20, 35), (30, 35), (40, 40), (50, 50)],
        ),
        (
            MissedTickBehavior::Delay,
            [(10, 35), (45, 45), (55, 55), (65, 65), (75, 75)],
        ),
        (
            MissedTickBehavior::Skip,
            [(10, 35), (40, 40), (50, 50), (60, 60), (70, 70)],
        ),
    ];
    on_stopped_clocks(move || async move {
        for (behavior, expected) in cases {
            let mut ticks = interval(10 * MS);
            ticks.set_missed_tick_behavior(behavior);
            let start = ticks.tick().await;
            advance(35 * MS).await;
            for (scheduled, now) in expected {
                assert_eq!(ticks.tick().await, start + scheduled * MS, "{behavior:?}");
                assert_eq!(start.elapsed(), now * MS, "{behavior:?}");
            }
        }
    });
}

#[test]
fn the_clock_moves_only_when_it_is_told_or_nobody_has_work() {
    on_stopped_clocks(|| async {
        let start = Instant::now();
        for _ in 0..1000 {
            yield_now().await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        advance(HOUR).await;
        assert_eq!(start.elapsed(), HOUR);
        sleep(HOUR).await;
        assert_eq!(start.elapsed(), 2 * HOUR);
        resume();
        let running = Instant::now();
        sleep(MS).await;
        assert!(running.elapsed() >= MS);
        pause();
    });
}

/// While a job runs, the runtime looks idle in every other way, and somebody sleeps.
#[test]
fn the_clock_does_not_run_ahead_of_a_blocking_job() {
    on_stopped_clocks(|| async {
        let start = Instant::now();
        let slept = Arc::new(AtomicBool::new(false));
        let tell = slept.clone();
        let sleeper = heist::spawn(async move {
            sleep(HOUR).await;
            tell.store(true, SeqCst);
        });
        let began = std::time::Instant::now();
        let job = task::spawn_blocking(move || {
            while began.elapsed() < 5 * MS {
                assert_eq!(Instant::now(), start);
                assert!(!slept.load(SeqCst));
                thread::yield_now();
            }
            // A job that makes jobs: there is no moment without one.
            task::spawn_blocking(move || {
                assert!(!slept.load(SeqCst));
                Instant::now()
            })
        });
        assert_eq!(job.await.unwrap().await.unwrap(), start);
        sleeper.await.unwrap();
        assert_eq!(start.elapsed(), HOUR);
    });
}

#[test]
fn deadlines_too_far_away_to_come() {
    on_stopped_clocks(|| async {
        let far = [
            Duration::MAX,
            Duration::MAX - Duration::from_nanos(1),
            Duration::from_secs(1 << 40),
        ];
        let mut sleeps = far.map(|far| Box::pin(sleep(far)));
        let mut ticks = interval(Duration::MAX);
        ticks.tick().await;
        let start = Instant::now();
        // The clock goes to the nearest deadline, and not to one of these.
        for hours in 1..=3 {
            for far in &mut sleeps {
                assert!(far.as_mut().now_or_never().is_none());
            }
            assert!(ticks.tick().now_or_never().is_none());
            timeout(HOUR, timeout(Duration::MAX, pending::<()>()))
                .await
                .unwrap_err();
            assert_eq!(start.elapsed(), hours * HOUR);
        }
    });
}

#[test]
fn deadlines_that_have_passed_are_ready_at_the_first_poll() {
    on_stopped_clocks(|| async {
        advance(2 * HOUR).await;
        let now = Instant::now();
        let polls = AtomicUsize::new(0);
        for past in [now, now - MS, now - HOUR] {
            sleep_until(past).now_or_never().unwrap();
            assert_eq!(interval_at(past, HOUR).tick().now_or_never().unwrap(), past);
            // Even so what is asked comes first, once.
            let asked = poll_fn(|_| {
                polls.fetch_add(1, SeqCst);
                Poll::<()>::Pending
            });
            timeout_at(past, asked).now_or_never().unwrap().unwrap_err();
        }
        sleep(Duration::ZERO).now_or_never().unwrap();
        assert_eq!(polls.load(SeqCst), 3);
        assert_eq!(Instant::now(), now);
    });
}

#[test]
fn a_period_of_zero_panics_in_its_task_only() {
    on_stopped_clocks(|| async {
        let error = heist::spawn(async { drop(interval(Duration::ZERO)) })
            .await
            .unwrap_err();
        let text = error
            .into_panic()
            .downcast::<&str>()
            .map(|text| (*text).to_owned());
        let text = text
            .or_else(|other| other.downcast::<String>().map(|text| *text))
            .unwrap();
        assert!(text.contains("`period` must be non-zero"), "{text}");
        sleep(HOUR).await;
    });
}

/// What both attributes promise.
async fn a_year_passes() {
    let (start, system) = (Instant::now(), std::time::Instant::now());
    let task = heist::spawn(async move {
        sleep(365 * 24 * HOUR).await;
        start.elapsed()
    });
    assert_eq!(task.await.unwrap(), 365 * 24 * HOUR);
    assert_eq!(start.elapsed(), 365 * 24 * HOUR);
    assert!(system.elapsed() < 24 * HOUR);
}

#[heist::test(start_paused = true)]
async fn the_attribute_stops_the_clock() {
    assert_eq!(Handle::current().metrics().num_workers(), 1);
    a_year_passes().await;
}

#[heist::test(flavor = "multi_thread", worker_threads = 3, start_paused = true)]
async fn the_attribute_stops_the_clock_of_workers_too() {
    assert_eq!(Handle::current().metrics().num_workers(), 3);
    a_year_passes().await;
}
