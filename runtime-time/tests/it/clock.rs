//! The stopped clock, on every flavour.

use crate::support::{Flavor, MS, Watched, build_with, guarded, on_each_flavor, poll, until};
use runtime_core::{ThreadDriver, spawn, spawn_blocking};
use runtime_time::{Duration, Instant, advance, hold, pause, resume, sleep, sleep_until, timeout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Waker;

#[test]
fn a_stopped_clock_stands_still_and_that_of_the_system_goes_on() {
    on_each_flavor(|| async {
        pause();
        let (now, system) = (Instant::now(), std::time::Instant::now());
        until(|| system.elapsed() > MS);
        assert_eq!(Instant::now(), now);
        resume();
        until(|| Instant::now() > now);
        assert!(now.elapsed() < Duration::from_secs(3_600));
    });
}

#[test]
fn the_clock_moves_to_the_next_deadline_by_itself() {
    on_each_flavor(|| async {
        pause();
        let start = Instant::now();
        let system = std::time::Instant::now();
        for hours in [1, 24, 365 * 24, 20 * 365 * 24] {
            let before = Instant::now();
            sleep(Duration::from_secs(hours * 3_600)).await;
            assert_eq!(before.elapsed(), Duration::from_secs(hours * 3_600));
        }
        assert!(start.elapsed() > Duration::from_secs(21 * 365 * 86_400));
        assert!(system.elapsed() < Duration::from_secs(3_600));
        resume();
    });
}

#[test]
fn the_clock_waits_for_tasks_and_jobs() {
    on_each_flavor(|| async {
        pause();
        let start = Instant::now();
        let task = spawn(async {
            for _ in 0..1_000 {
                advance(Duration::ZERO).await;
            }
            Instant::now()
        });
        let job = spawn_blocking(move || {
            let began = std::time::Instant::now();
            until(|| began.elapsed() > 10 * MS);
            Instant::now()
        });
        let slept = spawn(async {
            sleep(Duration::from_secs(60)).await;
            Instant::now()
        });
        assert_eq!(task.await.expect("no panic"), start);
        assert_eq!(job.await.expect("no panic"), start);
        assert_eq!(
            slept.await.expect("no panic"),
            start + Duration::from_secs(60)
        );
        resume();
    });
}

#[test]
fn deadlines_are_rounded_up_to_whole_milliseconds() {
    on_each_flavor(|| async {
        pause();
        let start = Instant::now();
        for (nanoseconds, total) in [(1, 1), (999_999, 2), (1_000_000, 3), (1_000_001, 5)] {
            sleep(Duration::from_nanos(nanoseconds)).await;
            assert_eq!(start.elapsed(), total * MS);
        }
        advance(Duration::from_micros(300)).await;
        sleep(MS).await;
        assert_eq!(start.elapsed(), 7 * MS);
        resume();
    });
}

#[test]
fn advance_jumps_once_and_what_it_passed_is_ready_together() {
    on_each_flavor(|| async {
        pause();
        let _by_hand = hold();
        let start = Instant::now();
        let tasks: Vec<_> = [10, 20, 30]
            .map(|ms| {
                spawn(async move {
                    sleep_until(start + ms * MS).await;
                    start.elapsed()
                })
            })
            .into();
        let mut beyond = Box::pin(sleep(31 * MS));
        assert!(poll(&mut beyond, Waker::noop()).is_pending());
        // Let the tasks arm their sleeps.
        while sleep_count() < 4 {
            advance(Duration::ZERO).await;
        }
        advance(30 * MS).await;
        for task in tasks {
            assert_eq!(task.await.expect("no panic"), 30 * MS);
        }
        assert!(poll(&mut beyond, Waker::noop()).is_pending());
        assert_eq!(start.elapsed(), 30 * MS);
        resume();
    });
}

fn sleep_count() -> usize {
    let handle = runtime_core::Handle::current();
    let timers = handle.extension::<runtime_time::Timers>();
    timers.expect("the runtime has timers").timers_armed()
}

#[test]
fn a_held_clock_waits_for_the_world() {
    guarded(|| {
        for flavor in Flavor::ALL {
            let driver = Watched::default();
            let (runtime, _timers) = build_with(flavor, driver.clone());
            let (held, release) = mpsc::channel();
            let slept = Arc::new(AtomicBool::new(false));
            let theirs = slept.clone();
            let world = std::thread::spawn(move || {
                let guard: runtime_time::ClockHold = held_by(&release);
                driver.until_occupied();
                assert!(!theirs.load(Ordering::SeqCst));
                drop(guard);
            });
            runtime.block_on(async {
                pause();
                held.send(hold()).expect("the other thread waits");
                sleep(Duration::from_secs(3_600)).await;
                slept.store(true, Ordering::SeqCst);
            });
            world.join().expect("it was held");
        }
    });
}

fn held_by<T>(release: &mpsc::Receiver<T>) -> T {
    release.recv().expect("the clock is held")
}

#[test]
fn a_timer_armed_from_outside_lets_the_clock_move() {
    guarded(|| {
        let driver = Watched::default();
        let (runtime, timers) = build_with(Flavor::OneWorker, driver.clone());
        timers.start_paused();
        driver.until_occupied();
        let _context = runtime.enter();
        let start = Instant::now();
        let task = runtime.spawn(sleep(Duration::from_secs(60)));
        runtime.block_on(task).expect("no panic");
        assert_eq!(start.elapsed(), Duration::from_secs(60));
    });
}

#[test]
fn cancelled_timers_do_not_move_the_clock() {
    on_each_flavor(|| async {
        pause();
        let start = Instant::now();
        assert!(
            timeout(Duration::from_secs(10), std::future::ready(()))
                .await
                .is_ok()
        );
        let mut dropped = Box::pin(sleep(Duration::from_secs(20)));
        assert!(poll(&mut dropped, Waker::noop()).is_pending());
        drop(dropped);
        let mut moved = Box::pin(sleep(Duration::from_secs(30)));
        assert!(poll(&mut moved, Waker::noop()).is_pending());
        moved.as_mut().reset(start + Duration::from_secs(3_600));
        // The job ends without the clock: nothing is due before an hour.
        let task = spawn_blocking(|| ());
        task.await.expect("no panic");
        assert_eq!(start.elapsed(), Duration::ZERO);
        moved.await;
        assert_eq!(start.elapsed(), Duration::from_secs(3_600));
        resume();
    });
}

#[test]
fn each_runtime_has_its_own_clock() {
    guarded(|| {
        let (first, first_timers) = build_with(Flavor::OneWorker, ThreadDriver::new());
        let second = Flavor::OneWorker.build();
        first_timers.start_paused();
        let (frozen, running) = {
            let _context = first.enter();
            let frozen = Instant::now();
            let _context = second.enter();
            (frozen, Instant::now())
        };
        second.block_on(async {
            until(|| Instant::now() > running);
        });
        let _context = first.enter();
        assert_eq!(Instant::now(), frozen);
    });
}

#[test]
fn resume_lets_waiting_timers_run_on() {
    on_each_flavor(|| async {
        pause();
        let held = hold();
        let start = Instant::now();
        let task = spawn(async move {
            sleep(2 * MS).await;
            start.elapsed()
        });
        while sleep_count() == 0 {
            advance(Duration::ZERO).await;
        }
        resume();
        assert!(task.await.expect("no panic") >= 2 * MS);
        drop(held);
    });
}

/// The instants, in ms, at which five tasks of different periods were at work.
async fn trace() -> Vec<(u128, u32)> {
    let start = Instant::now();
    let (write, read) = mpsc::channel();
    let tasks: Vec<_> = [3_u32, 5, 7, 11, 13]
        .into_iter()
        .map(|period| {
            let write = write.clone();
            spawn(async move {
                for _ in 0..6 {
                    // Off by a part of a millisecond that is different for each.
                    sleep(period * MS - period * Duration::from_micros(7)).await;
                    let _ = write.send((start.elapsed().as_millis(), period));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    drop(write);
    let mut trace: Vec<_> = read.iter().collect();
    assert!(trace.is_sorted_by_key(|(at, _)| *at));
    // Tasks that are due together may run on two workers at once.
    trace.sort_unstable();
    trace
}

#[test]
fn time_12_the_same_program_gives_the_same_trace() {
    guarded(|| {
        let mut expected = None;
        for flavor in Flavor::ALL {
            let (runtime, timers) = build_with(flavor, ThreadDriver::new());
            timers.start_paused();
            for round in 0..350 {
                let task = runtime.spawn(trace());
                let trace = runtime.block_on(task).expect("no panic");
                let expected = expected.get_or_insert_with(|| trace.clone());
                assert_eq!(*expected, trace, "{flavor:?}, round {round}");
            }
        }
    });
}

#[test]
fn time_12_resume_does_not_go_back() {
    on_each_flavor(|| async {
        pause();
        advance(Duration::from_secs(86_400)).await;
        let stood = Instant::now();
        resume();
        assert!(Instant::now() >= stood);
        sleep(MS).await;
        assert!(stood.elapsed() >= MS);
        pause();
        assert!(Instant::now() >= stood + MS);
        resume();
    });
}
