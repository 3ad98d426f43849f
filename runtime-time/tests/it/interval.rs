//! Intervals, on the stopped clock where the instants matter.

use crate::support::{MS, on_each_flavor};
use runtime_time::{
    Duration, Instant, MissedTickBehavior, advance, hold, interval, interval_at, pause, resume,
};

#[test]
fn the_first_tick_comes_at_once_and_then_one_each_period() {
    on_each_flavor(|| async {
        pause();
        let start = Instant::now();
        let mut ticks = interval(10 * MS);
        for number in 0..20 {
            assert_eq!(ticks.tick().await, start + number * 10 * MS);
            assert_eq!(Instant::now(), start + number * 10 * MS);
        }
        let mut ticks = interval_at(start + 500 * MS, 7 * MS);
        for number in 0..20 {
            assert_eq!(ticks.tick().await, start + 500 * MS + number * 7 * MS);
        }
        resume();
    });
}

/// The instants at which five ticks come after one that was late by 120 ms, in ms after the first.
async fn after_a_late_tick(behavior: MissedTickBehavior) -> Vec<(u128, u128)> {
    pause();
    let mut ticks = interval(50 * MS);
    ticks.set_missed_tick_behavior(behavior);
    assert_eq!(ticks.missed_tick_behavior(), behavior);
    assert_eq!(ticks.period(), 50 * MS);
    let start = ticks.tick().await;
    advance(170 * MS).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let scheduled = ticks.tick().await;
        seen.push(((scheduled - start).as_millis(), start.elapsed().as_millis()));
    }
    resume();
    seen
}

#[test]
fn missed_ticks_in_a_burst() {
    on_each_flavor(|| async {
        let seen = after_a_late_tick(MissedTickBehavior::Burst).await;
        assert_eq!(
            seen,
            [(50, 170), (100, 170), (150, 170), (200, 200), (250, 250)]
        );
    });
}

#[test]
fn missed_ticks_delay_the_others() {
    on_each_flavor(|| async {
        let seen = after_a_late_tick(MissedTickBehavior::Delay).await;
        assert_eq!(
            seen,
            [(50, 170), (220, 220), (270, 270), (320, 320), (370, 370)]
        );
    });
}

#[test]
fn missed_ticks_are_skipped() {
    on_each_flavor(|| async {
        let seen = after_a_late_tick(MissedTickBehavior::Skip).await;
        assert_eq!(
            seen,
            [(50, 170), (200, 200), (250, 250), (300, 300), (350, 350)]
        );
    });
}

#[test]
fn a_tick_five_milliseconds_late_was_not_missed() {
    on_each_flavor(|| async {
        pause();
        let mut ticks = interval(50 * MS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let start = ticks.tick().await;
        advance(55 * MS).await;
        assert_eq!(ticks.tick().await, start + 50 * MS);
        assert_eq!(ticks.tick().await, start + 100 * MS);
        resume();
    });
}

#[test]
fn resets() {
    on_each_flavor(|| async {
        pause();
        let _by_hand = hold();
        let mut ticks = interval(10 * MS);
        let start = ticks.tick().await;
        advance(3 * MS).await;
        ticks.reset();
        advance(10 * MS).await;
        assert_eq!(ticks.tick().await, start + 13 * MS);
        ticks.reset_immediately();
        assert_eq!(ticks.tick().await, start + 13 * MS);
        ticks.reset_after(5 * MS);
        advance(5 * MS).await;
        assert_eq!(ticks.tick().await, start + 18 * MS);
        ticks.reset_at(start + 100 * MS);
        advance(82 * MS).await;
        assert_eq!(ticks.tick().await, start + 100 * MS);
        resume();
    });
}

#[test]
fn time_04_the_longest_periods_tick_once() {
    on_each_flavor(|| async {
        for period in [Duration::MAX, Duration::MAX - Duration::from_nanos(1)] {
            let mut ticks = interval(period);
            let first = ticks.tick().await;
            assert!(first.elapsed() < period);
            ticks.reset();
            ticks.reset_after(Duration::MAX);
            let next = runtime_time::timeout(MS, ticks.tick()).await;
            assert!(next.is_err());
            ticks.reset_immediately();
            ticks.tick().await;
        }
    });
}

#[test]
fn a_cancelled_tick_is_not_lost() {
    on_each_flavor(|| async {
        pause();
        let mut ticks = interval(10 * MS);
        let start = ticks.tick().await;
        assert!(runtime_time::timeout(4 * MS, ticks.tick()).await.is_err());
        assert!(runtime_time::timeout(4 * MS, ticks.tick()).await.is_err());
        assert_eq!(ticks.tick().await, start + 10 * MS);
        resume();
    });
}
