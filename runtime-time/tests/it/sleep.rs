//! Sleeps on the running clock.

use crate::support::{Bell, Flavor, MS, build_with, guarded, made_in, on_each_flavor, poll, until};
use runtime_core::ThreadDriver;
use runtime_time::{Duration, Instant, sleep, sleep_until};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};

#[test]
fn a_sleep_is_never_early() {
    on_each_flavor(|| async {
        for micros in [0, 1, 10, 100, 999, 1_000, 1_001, 3_333] {
            let duration = Duration::from_micros(micros);
            let start = std::time::Instant::now();
            sleep(duration).await;
            assert!(start.elapsed() >= duration, "{duration:?}");
        }
    });
}

#[test]
fn many_sleeps_end_each_once_and_not_before_their_time() {
    on_each_flavor(|| async {
        let ended = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..1_000_u32)
            .map(|number| {
                let ended = ended.clone();
                runtime_core::spawn(async move {
                    let deadline =
                        Instant::now() + number * 7919 % 20_000 * Duration::from_micros(1);
                    sleep_until(deadline).await;
                    assert!(Instant::now() >= deadline);
                    ended.fetch_add(1, Ordering::Relaxed);
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no task panics");
        }
        assert_eq!(ended.load(Ordering::Relaxed), 1_000);
    });
}

#[test]
fn a_past_deadline_is_ready_at_the_first_poll() {
    on_each_flavor(|| async {
        let now = Instant::now();
        for past in [Some(now), now.checked_sub(MS), now.checked_sub(10_000 * MS)] {
            let mut sleep = Box::pin(sleep_until(past.expect("the machine runs for longer")));
            assert!(!sleep.is_elapsed());
            assert_eq!(poll(&mut sleep, Waker::noop()), Poll::Ready(()));
            assert!(sleep.is_elapsed());
            assert_eq!(
                poll(&mut sleep, Waker::noop()),
                Poll::Ready(()),
                "and again"
            );
        }
        assert_eq!(
            poll(&mut Box::pin(sleep(Duration::ZERO)), Waker::noop()),
            Poll::Ready(())
        );
    });
}

#[test]
fn a_sleep_polled_late_is_ready_at_the_first_poll() {
    on_each_flavor(|| async {
        let mut sleep = Box::pin(sleep(MS));
        until(|| Instant::now() >= sleep.deadline());
        assert_eq!(poll(&mut sleep, Waker::noop()), Poll::Ready(()));
    });
}

#[test]
fn the_deadline_is_the_one_given() {
    on_each_flavor(|| async {
        let now = Instant::now();
        let deadlines = [now, now + 1_234_567 * MS, now + Duration::from_nanos(1)];
        for deadline in deadlines.into_iter().chain(now.checked_sub(1_000 * MS)) {
            assert_eq!(sleep_until(deadline).deadline(), deadline);
        }
        assert!(sleep(50 * MS).deadline() >= now + 50 * MS);
    });
}

#[test]
fn time_04_the_longest_sleeps_wait_for_years() {
    on_each_flavor(|| async {
        let year = Duration::from_secs(86_400 * 365);
        let nearly = Duration::MAX - Duration::from_nanos(1);
        for duration in [
            Duration::MAX,
            nearly,
            Duration::from_nanos(u64::MAX),
            500 * year,
        ] {
            let mut sleep = Box::pin(sleep(duration));
            assert!(poll(&mut sleep, Waker::noop()).is_pending(), "{duration:?}");
            assert!(
                sleep.deadline() > Instant::now() + 29 * year,
                "{duration:?}"
            );
            sleep.as_mut().reset(Instant::now() + 400 * year);
            assert!(poll(&mut sleep, Waker::noop()).is_pending());
            if let Some(far) = Instant::now().checked_add(100_000 * year) {
                sleep.as_mut().reset(far);
                assert!(poll(&mut sleep, Waker::noop()).is_pending());
            }
            sleep.as_mut().reset(Instant::now());
            sleep.await;
        }
    });
}

#[test]
fn reset_works_before_while_and_after_waiting() {
    on_each_flavor(|| async {
        let mut sleep = Box::pin(sleep(Duration::from_secs(3_600)));
        sleep.as_mut().reset(Instant::now() + MS);
        sleep.as_mut().await;

        sleep
            .as_mut()
            .reset(Instant::now() + Duration::from_secs(3_600));
        assert!(!sleep.is_elapsed());
        assert!(poll(&mut sleep, Waker::noop()).is_pending());
        let later = Instant::now() + 2 * MS;
        sleep.as_mut().reset(Instant::now() + MS);
        sleep.as_mut().reset(later);
        sleep.as_mut().await;
        assert!(Instant::now() >= later, "the later deadline counts");

        sleep.as_mut().reset(Instant::now() - MS);
        sleep.as_mut().await;
    });
}

#[test]
fn a_reset_after_firing_waits_for_the_new_deadline() {
    on_each_flavor(|| async {
        let (bell, waker) = Bell::new();
        let mut sleep = Box::pin(sleep(MS));
        assert!(poll(&mut sleep, &waker).is_pending());
        runtime_time::sleep(2 * MS).await;
        until(|| bell.rings() == 1);
        // Fired, and not looked at since.
        sleep
            .as_mut()
            .reset(Instant::now() + Duration::from_secs(3_600));
        assert!(poll(&mut sleep, &waker).is_pending());
        assert_eq!(bell.rings(), 1);
    });
}

#[test]
fn the_last_waker_is_woken() {
    on_each_flavor(|| async {
        let (first, first_waker) = Bell::new();
        let (last, last_waker) = Bell::new();
        let mut sleep = Box::pin(sleep(20 * MS));
        assert!(poll(&mut sleep, &first_waker).is_pending());
        assert!(poll(&mut sleep, &last_waker).is_pending());
        assert_eq!(Arc::strong_count(&first), 2, "the first waker was let go");
        sleep.await;
        // The await above took the place of both.
        assert_eq!((first.rings(), last.rings()), (0, 0));
        assert_eq!(Arc::strong_count(&last), 2);
    });
}

#[test]
fn a_sleep_may_be_polled_and_dropped_on_other_threads() {
    guarded(|| {
        let (runtime, timers) = build_with(Flavor::ThreeWorkers, ThreadDriver::new());
        let mut sleeps: Vec<_> =
            runtime.block_on(async { (0..100).map(|_| Box::pin(sleep(3_600_000 * MS))).collect() });
        for sleep in &mut sleeps {
            assert!(poll(sleep, Waker::noop()).is_pending());
        }
        assert_eq!(timers.timers_armed(), 100);
        std::thread::spawn(move || drop(sleeps))
            .join()
            .expect("drop does not panic");
        assert_eq!(timers.timers_armed(), 0);
    });
}

#[test]
fn time_09_a_million_cancelled_sleeps_leave_nothing_behind() {
    guarded(|| {
        for flavor in Flavor::ALL {
            let (runtime, timers) = build_with(flavor, ThreadDriver::new());
            let task = runtime.spawn(async {
                for round in 0..300_000_u32 {
                    let mut sleep = Box::pin(sleep(3_600_000 * MS + round * MS));
                    assert!(poll(&mut sleep, Waker::noop()).is_pending());
                }
            });
            runtime.block_on(task).expect("the task does not panic");
            assert_eq!(timers.timers_armed(), 0);
        }
    });
}

#[test]
fn time_10_a_reset_from_another_runtime_leaves_the_timer_with_its_own() {
    guarded(|| {
        let (mine, mine_timers) = build_with(Flavor::OneWorker, ThreadDriver::new());
        let (other, other_timers) = build_with(Flavor::OneWorker, ThreadDriver::new());
        let mut sleep = made_in(&mine, || Box::pin(sleep(3_600_000 * MS)));
        let (bell, waker) = Bell::new();
        let bell_too = bell.clone();
        let task = other.spawn(async move {
            for unpolled in [true, false] {
                sleep.as_mut().reset(Instant::now() + 3_600_000 * MS);
                let armed = usize::from(!unpolled);
                assert_eq!(
                    (mine_timers.timers_armed(), other_timers.timers_armed()),
                    (armed, 0)
                );
                assert!(poll(&mut sleep, &waker).is_pending());
                assert_eq!(
                    (mine_timers.timers_armed(), other_timers.timers_armed()),
                    (1, 0)
                );
            }
            sleep.as_mut().reset(Instant::now() + MS);
            until(|| bell_too.rings() == 1);
            assert_eq!(poll(&mut sleep, &waker), Poll::Ready(()));
        });
        mine.block_on(task).expect("the task does not panic");
        assert_eq!(bell.rings(), 1, "fired once, by its own runtime");
    });
}

#[test]
fn time_16_another_thread_fires_the_wheel_of_a_blocked_slot() {
    guarded(|| {
        for flavor in [Flavor::OneWorker, Flavor::ThreeWorkers] {
            let runtime = flavor.build();
            let task = runtime.spawn(async {
                let (bell, waker) = Bell::new();
                let mut sleep = Box::pin(sleep(2 * MS));
                assert!(poll(&mut sleep, &waker).is_pending());
                // This slot's thread does nothing else until somebody has fired its wheel.
                until(|| bell.rings() == 1);
            });
            runtime.block_on(task).expect("the task does not panic");
        }
    });
}

#[test]
fn time_16_the_wheel_of_a_slot_whose_thread_left_is_fired() {
    guarded(|| {
        // The slot of a current-thread runtime is driven by whoever is in `block_on`.
        let runtime = Arc::new(Flavor::CurrentThread.build());
        let (sent, received) = mpsc::channel();
        let theirs = runtime.clone();
        std::thread::spawn(move || {
            theirs.block_on(async {
                let (bell, waker) = Bell::new();
                let mut sleep = Box::pin(sleep(2 * MS));
                assert!(poll(&mut sleep, &waker).is_pending());
                sent.send((bell, sleep)).expect("the test waits");
            });
        })
        .join()
        .expect("the thread does not panic");
        let (bell, sleep) = received.recv().expect("it was sent");
        runtime.block_on(sleep);
        assert_eq!(bell.rings(), 0, "the await took the bell's place");
    });
}

#[test]
fn a_panicking_waker_stops_neither_the_other_timers_nor_the_runtime() {
    struct Bomb;
    impl std::task::Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics, as the test wants it");
        }
    }
    on_each_flavor(|| async {
        let bomb = Waker::from(Arc::new(Bomb));
        let mut bad: Vec<_> = (0..3).map(|_| Box::pin(sleep(MS))).collect();
        for sleep in &mut bad {
            assert!(poll(sleep, &bomb).is_pending());
        }
        sleep(2 * MS).await;
        sleep(MS).await;
        until(|| bad.iter().all(|sleep| sleep.is_elapsed()));
    });
}

#[test]
fn stress_time_07_timers_that_are_armed_moved_passed_on_and_dropped_all_the_time() {
    guarded(|| {
        let (runtime, timers) = build_with(Flavor::ThreeWorkers, ThreadDriver::new());
        // Each task moves its timers as an endpoint of many connections does, and passes some to the next task.
        let (first, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| mpsc::sync_channel(64)).unzip();
        let mut senders = first;
        senders.rotate_left(1);
        let tasks: Vec<_> = receivers
            .into_iter()
            .zip(senders)
            .enumerate()
            .map(|(number, (from, to))| {
                runtime.spawn(async move {
                    let mut random = number as u32 + 1;
                    let mut draw = move |below: u32| {
                        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (random >> 8) % below
                    };
                    let mut mine = Vec::new();
                    for round in 0..3_000 {
                        let after = Duration::from_micros(draw(3_000).into());
                        match draw(5) {
                            0 => mine.push(Box::pin(sleep(after))),
                            1 => drop(mine.pop()),
                            2 => mine.extend(from.try_recv()),
                            3 => {
                                if let Some(sleep) = mine.pop() {
                                    let _ = to.try_send(sleep);
                                }
                            }
                            _ => {
                                let now = Instant::now();
                                for sleep in &mut mine {
                                    sleep
                                        .as_mut()
                                        .reset(now + draw(3_000) * Duration::from_micros(1));
                                }
                            }
                        }
                        for sleep in &mut mine {
                            let deadline = sleep.deadline();
                            if poll(sleep, Waker::noop()).is_ready() {
                                assert!(Instant::now() >= deadline);
                            }
                        }
                        mine.truncate(50);
                        if round % 16 == 0 {
                            sleep(Duration::from_micros(50)).await;
                        }
                    }
                    // The end of the channel is dropped with what is in it.
                })
            })
            .collect();
        for task in tasks {
            runtime.block_on(task).expect("no task panics");
        }
        assert_eq!(timers.timers_armed(), 0);
    });
}
