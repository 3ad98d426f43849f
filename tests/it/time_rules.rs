//! The rules of time, I1 to I7, as users meet them. Each is tested in depth in `runtime-time`; here stands that the facade keeps it, on every flavour.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;

use futures_util::FutureExt;
use heist::runtime::{Builder, Runtime};
use heist::task::{self, yield_now};
use heist::time::{
    Duration, Instant, MissedTickBehavior, advance, hold, interval, interval_at, pause, resume,
    sleep, sleep_until, timeout, timeout_at,
};

use crate::support::{current_thread, multi_thread, on_every_flavour, watched};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// One of each flavour, the clock stopped.
fn stopped() -> [Runtime; 3] {
    let multi = |workers| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers);
        builder
    };
    [Builder::new_current_thread(), multi(1), multi(3)].map(|mut builder| {
        let builder = builder.enable_all().start_paused(true);
        builder.build().unwrap()
    })
}

fn on_stopped_clocks<F>(test: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    watched(move || {
        for rt in stopped() {
            rt.block_on(test());
            rt.block_on(rt.spawn(test())).unwrap();
        }
    });
}

#[test]
fn i1_no_timer_fires_early_and_a_stopped_clock_rounds_up() {
    on_every_flavour(|| async {
        for micros in [0, 1, 137, 999, 1_001, 2_500] {
            let wanted = Duration::from_micros(micros);
            let start = Instant::now();
            sleep(wanted).await;
            assert!(start.elapsed() >= wanted);
            let start = Instant::now();
            timeout(wanted, pending::<()>()).await.unwrap_err();
            assert!(start.elapsed() >= wanted);
        }
    });
    on_stopped_clocks(|| async {
        for (micros, millis) in [(1, 1), (999, 1), (1_000, 1), (1_001, 2), (2_500, 3)] {
            let start = Instant::now();
            sleep(Duration::from_micros(micros)).await;
            assert_eq!(start.elapsed(), millis * MS);
        }
    });
}

#[test]
fn i2_past_deadlines_are_ready_and_far_ones_are_bounded() {
    on_every_flavour(|| async {
        let past = Instant::now();
        sleep_until(past).now_or_never().unwrap();
        sleep(Duration::ZERO).now_or_never().unwrap();
        for far in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
            let mut far_sleep = Box::pin(sleep(far));
            assert!(far_sleep.as_mut().now_or_never().is_none());
            // About thirty years, and no overflow on the way.
            assert!(far_sleep.deadline() > past + 24 * 365 * 24 * HOUR);
            assert!(timeout(far, pending::<()>()).now_or_never().is_none());
        }
    });
}

#[test]
fn i3_a_timeout_polls_first() {
    on_every_flavour(|| async {
        assert_eq!(timeout(Duration::ZERO, async { 1 }).await, Ok(1));
        assert_eq!(timeout_at(Instant::now(), async { 2 }).await, Ok(2));
        // A future that is pending once and wakes itself meets its deadline at the first poll.
        let late = timeout(Duration::ZERO, yield_now()).now_or_never();
        assert!(late.unwrap().is_err());
        // One that eats the budget does not outlive its deadline by it.
        let hungry = async {
            loop {
                task::coop::consume_budget().await;
            }
        };
        timeout(MS, hungry).await.unwrap_err();
    });
    // It needs timers all the same, as the call that makes it says.
    let bare = Builder::new_current_thread().build().unwrap();
    let _entered = bare.enter();
    let made = std::panic::catch_unwind(|| timeout(Duration::ZERO, async { 1 }));
    assert!(made.is_err());
}

#[test]
fn i4_intervals_tick_on_their_schedule() {
    on_stopped_clocks(|| async {
        let start = Instant::now();
        let mut ticks = interval(10 * MS);
        assert_eq!((ticks.tick().await, Instant::now()), (start, start));
        assert_eq!(ticks.period(), 10 * MS);
        assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Burst);
        // Five milliseconds late is on time: the schedule stays.
        advance(15 * MS).await;
        assert_eq!(ticks.tick().await, start + 10 * MS);
        assert_eq!(ticks.tick().await, start + 20 * MS);
        let begin = Instant::now() + HOUR;
        let mut ticks = interval_at(begin, HOUR);
        assert_eq!(ticks.tick().await, begin);
        for (behavior, then) in [
            (MissedTickBehavior::Burst, 2 * HOUR),
            (MissedTickBehavior::Delay, 4 * HOUR + 30 * MS),
            (MissedTickBehavior::Skip, 4 * HOUR),
        ] {
            let begin = Instant::now();
            let mut ticks = interval(HOUR);
            ticks.set_missed_tick_behavior(behavior);
            ticks.tick().await;
            advance(3 * HOUR + 30 * MS).await;
            assert_eq!(ticks.tick().await, begin + HOUR, "{behavior:?}");
            assert_eq!(ticks.tick().await, begin + then, "{behavior:?}");
        }
    });
}

#[test]
fn i4_intervals_can_be_moved() {
    on_stopped_clocks(|| async {
        let mut ticks = interval(HOUR);
        ticks.tick().await;
        ticks.reset_immediately();
        let now = Instant::now();
        assert_eq!((ticks.tick().await, now.elapsed()), (now, Duration::ZERO));
        advance(30 * 60 * MS).await;
        let now = Instant::now();
        ticks.reset();
        assert_eq!(ticks.tick().await, now + HOUR);
        let now = Instant::now();
        ticks.reset_after(5 * MS);
        assert_eq!(ticks.tick().await, now + 5 * MS);
        assert_eq!(ticks.tick().await, now + 5 * MS + HOUR);
        ticks.reset_at(now + 3 * HOUR);
        assert_eq!(ticks.tick().await, now + 3 * HOUR);
    });
}

#[test]
fn i5_a_reset_works_at_any_time_and_from_anywhere() {
    on_stopped_clocks(|| async {
        let start = Instant::now();
        let mut timer = Box::pin(sleep(HOUR));
        timer.as_mut().reset(start + 2 * HOUR);
        timer.as_mut().await;
        assert_eq!(start.elapsed(), 2 * HOUR);
        assert!(timer.is_elapsed());
        // After it fired, to later, to earlier, and into the past.
        timer.as_mut().reset(start + 5 * HOUR);
        assert!(!timer.is_elapsed());
        assert!(timer.as_mut().now_or_never().is_none());
        timer.as_mut().reset(start + 3 * HOUR);
        timer.as_mut().await;
        assert_eq!(start.elapsed(), 3 * HOUR);
        timer.as_mut().reset(start);
        timer.as_mut().now_or_never().unwrap();
    });
    // In a task of another runtime the timer stays with its own.
    watched(|| {
        let (own, other) = (multi_thread(1), current_thread());
        let mut timer = Box::pin({
            let _entered = own.enter();
            sleep(HOUR)
        });
        other.block_on(async {
            assert!(timer.as_mut().now_or_never().is_none());
            timer.as_mut().reset(Instant::now() + MS);
            timer.as_mut().await;
            timer.as_mut().reset(Instant::now() + HOUR);
            assert!(timer.as_mut().now_or_never().is_none());
        });
        drop(own);
        let polled = other.block_on(poll_fn(|cx| Poll::Ready(timer.as_mut().poll_elapsed(cx))));
        assert!(matches!(polled, Poll::Ready(Err(error)) if error.is_shutdown()));
    });
}

#[test]
fn i6_a_stopped_clock_moves_by_hand_or_when_nobody_has_work() {
    on_stopped_clocks(|| async {
        let (start, system) = (Instant::now(), std::time::Instant::now());
        while system.elapsed() < MS {
            yield_now().await;
        }
        assert_eq!(Instant::now(), start);
        // One jump, whatever lies between; what it passed is ready together.
        let near = heist::spawn(sleep(HOUR));
        let far = heist::spawn(sleep(2 * HOUR));
        yield_now().await;
        advance(3 * HOUR).await;
        near.await.unwrap();
        far.await.unwrap();
        assert_eq!(start.elapsed(), 3 * HOUR);
        // By itself, to the next deadline and no further.
        sleep(HOUR).await;
        assert_eq!(start.elapsed(), 4 * HOUR);
        // Not while a blocking job runs.
        let job = task::spawn_blocking(move || Instant::now() - start);
        let (elapsed, ()) = futures_util::join!(job, sleep(HOUR));
        assert_eq!(elapsed.unwrap(), 4 * HOUR);
        assert_eq!(start.elapsed(), 5 * HOUR);
    });
}

#[test]
fn i6_the_clock_is_stopped_and_started_in_turn() {
    fn fails(call: impl FnOnce()) {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_err();
    }
    on_stopped_clocks(|| async {
        fails(pause);
        resume();
        fails(resume);
        assert!(heist::spawn(advance(MS)).await.unwrap_err().is_panic());
        pause();
    });
    fails(pause);
    fails(resume);
}

#[test]
fn i7_the_clock_stops_on_every_flavour() {
    on_every_flavour(|| async {
        pause();
        let start = Instant::now();
        let sleepers: Vec<_> = (1..=20)
            .map(|hours| {
                heist::spawn(async move {
                    sleep(hours * HOUR).await;
                    Instant::now()
                })
            })
            .collect();
        for (hours, sleeper) in (1..=20).zip(sleepers) {
            assert_eq!(sleeper.await.unwrap(), start + hours * HOUR);
        }
        resume();
    });
}

#[test]
fn i7_a_guard_holds_the_clock() {
    watched(|| {
        for rt in stopped() {
            let woken = Arc::new(AtomicUsize::new(0));
            rt.block_on(async {
                let start = Instant::now();
                let (first, second) = (hold(), hold());
                let count = woken.clone();
                let timer = sleep(HOUR);
                let sleeper = heist::spawn(async move {
                    timer.await;
                    count.fetch_add(1, SeqCst);
                });
                // The runtime has nothing to do but to wait for a thread that it knows nothing of.
                let (tell, told) = heist::sync::oneshot::channel();
                let (go, gone) = mpsc::channel();
                let outside = thread::spawn(move || {
                    gone.recv().unwrap();
                    tell.send(()).unwrap();
                });
                go.send(()).unwrap();
                told.await.unwrap();
                outside.join().unwrap();
                assert_eq!(start.elapsed(), Duration::ZERO);
                // By hand it moves; by itself only when both are gone.
                advance(MS).await;
                assert_eq!(start.elapsed(), MS);
                drop(first);
                yield_now().await;
                assert_eq!(woken.load(SeqCst), 0);
                drop(second);
                sleeper.await.unwrap();
                assert_eq!(start.elapsed(), HOUR);
            });
        }
    });
}

#[test]
fn instants_are_counted_with() {
    let now = Instant::now();
    let mut later = now + 3 * MS;
    assert_eq!(later - now, 3 * MS);
    assert_eq!(now - later, Duration::ZERO);
    assert_eq!(later - 3 * MS, now);
    later += MS;
    later -= 2 * MS;
    assert_eq!(later.duration_since(now), 2 * MS);
    assert_eq!(now.duration_since(later), Duration::ZERO);
    assert_eq!(now.saturating_duration_since(later), Duration::ZERO);
    assert_eq!(now.checked_duration_since(later), None);
    assert_eq!(later.checked_duration_since(now), Some(2 * MS));
    assert_eq!(now.checked_add(2 * MS), Some(later));
    assert_eq!(later.checked_sub(2 * MS), Some(now));
    assert_eq!(now.checked_add(Duration::MAX), None);
    assert_eq!(now.checked_sub(Duration::MAX), None);
    assert!(later > now && now.elapsed() <= Instant::now() - now);
    let std: std::time::Instant = now.into();
    assert_eq!(
        (Instant::from(std), Instant::from_std(std), now.into_std()),
        (now, now, std)
    );
    assert_eq!(format!("{now:?}"), format!("{std:?}"));
    assert!(std::panic::catch_unwind(|| now + Duration::MAX).is_err());
    assert!(std::panic::catch_unwind(|| now - Duration::MAX).is_err());
}

#[test]
fn a_timeout_can_be_named_and_opened() {
    on_every_flavour(|| async {
        let mut named: heist::time::Timeout<std::future::Ready<u8>> =
            timeout(HOUR, std::future::ready(3));
        assert_eq!(named.get_ref().clone().await, 3);
        *named.get_mut() = std::future::ready(4);
        assert_eq!(named.into_inner().await, 4);
        // Whatever becomes a future.
        struct Soon;
        impl IntoFuture for Soon {
            type Output = u8;
            type IntoFuture = std::future::Ready<u8>;
            fn into_future(self) -> Self::IntoFuture {
                std::future::ready(5)
            }
        }
        assert_eq!(timeout(HOUR, Soon).await, Ok(5));
        let late = timeout(Duration::ZERO, pending::<()>()).await.unwrap_err();
        assert_eq!(late.to_string(), "deadline has elapsed");
        assert_eq!(format!("{late:?}"), "Elapsed(())");
        let error = std::io::Error::from(late);
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    });
}
