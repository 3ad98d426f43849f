//! Timers that outlive their runtime.

use crate::support::{Bell, Flavor, MS, guarded, made_in, poll};
use runtime_time::{Duration, Instant, interval, sleep, sleep_until, timeout};
use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

const HOUR: Duration = Duration::from_secs(3_600);

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().expect("a text")
}

#[test]
fn down_10_a_pending_timer_is_woken_and_ends_with_an_error() {
    guarded(|| {
        for flavor in Flavor::ALL {
            let runtime = flavor.build();
            let (bell, waker) = Bell::new();
            let (mut asleep, mut limited) = runtime.block_on(async {
                (
                    Box::pin(sleep(HOUR)),
                    Box::pin(timeout(HOUR, pending::<()>())),
                )
            });
            assert!(poll(&mut asleep, &waker).is_pending());
            assert!(poll(&mut limited, &waker).is_pending());
            drop(runtime);
            assert_eq!(bell.rings(), 2);

            for _ in 0..2 {
                let mut cx = Context::from_waker(&waker);
                let Poll::Ready(Err(error)) = asleep.as_mut().poll_elapsed(&mut cx) else {
                    panic!("an error was expected");
                };
                assert!(error.is_shutdown());
            }
            let Poll::Ready(Err(elapsed)) = poll(&mut limited, &waker) else {
                panic!("an error was expected");
            };
            let error = io::Error::from(elapsed);
            assert_eq!(error.kind(), io::ErrorKind::Other);
            assert!(error.to_string().contains("is being shutdown"));
        }
    });
}

#[test]
fn down_10_a_timer_first_polled_after_the_end_fails_too() {
    guarded(|| {
        for flavor in Flavor::ALL {
            let runtime = flavor.build();
            let (mut asleep, mut ticks, mut past) = runtime.block_on(async {
                let past = sleep_until(Instant::now());
                (Box::pin(sleep(HOUR)), interval(HOUR), Box::pin(past))
            });
            drop(runtime);
            // A runtime made since may use the same wheels: the old timers must not end up there.
            let (other, timers) =
                crate::support::build_with(flavor, runtime_core::ThreadDriver::new());
            let mut cx = Context::from_waker(Waker::noop());
            let panic = catch_unwind(AssertUnwindSafe(|| poll(&mut asleep, Waker::noop())));
            assert!(text_of(&*panic.expect_err("it cannot end")).contains("is being shutdown"));
            assert_eq!(
                poll(&mut past, Waker::noop()),
                Poll::Ready(()),
                "this one has passed"
            );
            assert!(
                ticks.poll_tick(&mut cx).is_ready(),
                "the first tick was due"
            );
            let panic = catch_unwind(AssertUnwindSafe(|| ticks.poll_tick(&mut cx)));
            assert!(text_of(&*panic.expect_err("it cannot end")).contains("is being shutdown"));
            asleep.as_mut().reset(Instant::now() + HOUR);
            assert_eq!(timers.timers_armed(), 0);
            drop(other);
        }
    });
}

#[test]
fn down_10_what_fired_before_the_end_is_ready_after_it() {
    guarded(|| {
        let runtime = Flavor::CurrentThread.build();
        let (bell, waker) = Bell::new();
        let mut asleep = made_in(&runtime, || Box::pin(sleep(MS)));
        assert!(poll(&mut asleep, &waker).is_pending());
        runtime.block_on(async {
            while bell.rings() == 0 {
                sleep(MS).await;
            }
        });
        let handle = runtime.handle().clone();
        drop(runtime);
        assert!(asleep.is_elapsed());
        assert_eq!(poll(&mut asleep, &waker), Poll::Ready(()));
        drop(handle);
    });
}

#[test]
fn a_sleep_dropped_after_its_runtime_disturbs_nobody() {
    guarded(|| {
        let old = Flavor::CurrentThread.build();
        let mut asleep = made_in(&old, || Box::pin(sleep(HOUR)));
        assert!(poll(&mut asleep, Waker::noop()).is_pending());
        drop(old);
        let (new, timers) =
            crate::support::build_with(Flavor::CurrentThread, runtime_core::ThreadDriver::new());
        let mut theirs = made_in(&new, || Box::pin(sleep(HOUR)));
        assert!(poll(&mut theirs, Waker::noop()).is_pending());
        assert!(!asleep.is_elapsed());
        drop(asleep);
        assert_eq!(timers.timers_armed(), 1);
        drop(theirs);
        assert_eq!(timers.timers_armed(), 0);
    });
}

#[test]
fn time_14_a_runtime_with_timers_fits_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    let built = thread.spawn(|| {
        let runtime = Flavor::CurrentThread.build();
        runtime.block_on(async { sleep(MS).await });
    });
    built
        .expect("a thread starts")
        .join()
        .expect("the stack is large enough");
}
