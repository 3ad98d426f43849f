//! How the timers use the driver they are around.

use crate::support::{Bell, Flavor, MS, Watched, build_with, guarded, poll, until};
use runtime_time::{Duration, Instant, sleep, sleep_until};
use std::task::Poll;

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn time_11_an_earlier_deadline_from_outside_wakes_the_seat() {
    guarded(|| {
        for flavor in [Flavor::OneWorker, Flavor::ThreeWorkers] {
            let driver = Watched::default();
            let (runtime, _timers) = build_with(flavor, driver.clone());
            let (bell, waker) = Bell::new();
            driver.until_occupied();
            for expected in 1..=20 {
                // Armed by this thread, which drives nothing; nobody else can end the wait.
                let _context = runtime.enter();
                let mut asleep = Box::pin(sleep(MS));
                driver.until_occupied();
                if poll(&mut asleep, &waker).is_pending() {
                    until(|| asleep.is_elapsed());
                }
                until(|| bell.rings() == expected);
                assert_eq!(poll(&mut asleep, &waker), Poll::Ready(()));
            }
        }
    });
}

#[test]
fn time_11_a_reset_to_earlier_or_to_the_past_wakes_the_seat() {
    guarded(|| {
        let driver = Watched::default();
        let (runtime, _timers) = build_with(Flavor::OneWorker, driver.clone());
        let _context = runtime.enter();
        for past in [true, false] {
            let (bell, waker) = Bell::new();
            let mut asleep = Box::pin(sleep(HOUR));
            assert!(poll(&mut asleep, &waker).is_pending());
            driver.until_occupied();
            let now = Instant::now();
            asleep
                .as_mut()
                .reset(if past { now - MS } else { now + MS });
            until(|| bell.rings() == 1);
            assert_eq!(poll(&mut asleep, &waker), Poll::Ready(()));
        }
    });
}

#[test]
fn time_11_later_deadlines_do_not_wake_the_seat() {
    guarded(|| {
        let driver = Watched::default();
        let (runtime, _timers) = build_with(Flavor::OneWorker, driver.clone());
        let _context = runtime.enter();
        let (_bell, waker) = Bell::new();
        let mut first = Box::pin(sleep(HOUR));
        driver.until_occupied();
        assert!(poll(&mut first, &waker).is_pending());
        until(|| driver.unparks() > 0);
        driver.until_occupied();
        let unparks = driver.unparks();
        let mut later: Vec<_> = (1..1_000)
            .map(|number| Box::pin(sleep(HOUR + number * MS)))
            .collect();
        for asleep in &mut later {
            assert!(poll(asleep, &waker).is_pending());
            asleep.as_mut().reset(Instant::now() + 2 * HOUR);
        }
        drop(later);
        assert_eq!(driver.unparks(), unparks);
    });
}

#[test]
fn time_15_an_idle_runtime_does_not_spin_after_many_resets() {
    guarded(|| {
        for flavor in Flavor::ALL {
            let driver = Watched::default();
            let (runtime, _timers) = build_with(flavor, driver.clone());
            runtime.block_on(async {
                let (_bell, waker) = Bell::new();
                let mut moved: Vec<_> = (0..100).map(|_| Box::pin(sleep(5 * MS))).collect();
                for asleep in &mut moved {
                    assert!(poll(asleep, &waker).is_pending());
                }
                for round in 0..100 {
                    for asleep in &mut moved {
                        asleep.as_mut().reset(Instant::now() + HOUR + round * MS);
                    }
                }
                let before = driver.waits();
                sleep(30 * MS).await;
                let waits = driver.waits() - before;
                // One for the sleep, one for the place the moved ones were left at, and what the machine adds.
                assert!(waits < 50, "{flavor:?}: {waits} waits");
            });
        }
    });
}

#[test]
fn a_cancelled_deadline_costs_one_wake_up_at_most() {
    guarded(|| {
        let driver = Watched::default();
        let (runtime, timers) = build_with(Flavor::OneWorker, driver.clone());
        let _context = runtime.enter();
        let (_bell, waker) = Bell::new();
        let mut asleep = Box::pin(sleep(MS));
        let _ = poll(&mut asleep, &waker);
        drop(asleep);
        until(|| timers.next_deadline().is_none());
        driver.until_occupied();
        assert_eq!(timers.timers_armed(), 0);
    });
}

#[test]
fn the_next_deadline_is_told_to_a_host() {
    guarded(|| {
        let (runtime, timers) = build_with(Flavor::CurrentThread, Watched::default());
        let _context = runtime.enter();
        let (_bell, waker) = Bell::new();
        assert!(timers.next_deadline().is_none());
        let soon = Instant::now() + HOUR;
        let mut late = Box::pin(sleep_until(soon + HOUR));
        let mut early = Box::pin(sleep_until(soon));
        assert!(poll(&mut late, &waker).is_pending());
        assert_eq!(timers.next_deadline(), Some(soon + HOUR));
        assert!(poll(&mut early, &waker).is_pending());
        assert_eq!(timers.next_deadline(), Some(soon));
        assert_eq!(timers.timers_armed(), 2);
        let shown = format!("{timers:?}");
        assert!(shown.contains("next_deadline"), "{shown}");
    });
}
