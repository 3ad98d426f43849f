//! Timeouts.

use crate::support::{Flavor, MS, build_with, guarded, on_each_flavor, poll};
use runtime_core::{ThreadDriver, coop};
use runtime_time::{Duration, Instant, sleep, timeout, timeout_at};
use std::future::{pending, poll_fn, ready};
use std::io;
use std::task::{Poll, Waker, ready};

#[test]
fn a_ready_value_wins_and_touches_no_timer() {
    guarded(|| {
        let (runtime, timers) = build_with(Flavor::CurrentThread, ThreadDriver::new());
        runtime.block_on(async {
            let now = Instant::now();
            assert_eq!(timeout(Duration::ZERO, ready(1)).await, Ok(1));
            assert_eq!(timeout(Duration::MAX, ready(2)).await, Ok(2));
            assert_eq!(timeout_at(now - MS, ready(3)).await, Ok(3));
            let mut waits = Box::pin(timeout(Duration::MAX, pending::<()>()));
            assert_eq!(timers.timers_armed(), 0);
            assert!(poll(&mut waits, Waker::noop()).is_pending());
            assert_eq!(timers.timers_armed(), 1);
            drop(waits);
            assert_eq!(timers.timers_armed(), 0);
        });
    });
}

#[test]
fn what_takes_too_long_is_an_error() {
    on_each_flavor(|| async {
        let start = Instant::now();
        let elapsed = timeout(2 * MS, pending::<()>())
            .await
            .expect_err("it never ends");
        assert!(start.elapsed() >= 2 * MS);
        assert_eq!(elapsed.to_string(), "deadline has elapsed");
        assert_eq!(io::Error::from(elapsed).kind(), io::ErrorKind::TimedOut);
        assert!(timeout(Duration::ZERO, pending::<()>()).await.is_err());
        assert!(timeout_at(start, pending::<()>()).await.is_err());
    });
}

#[test]
fn a_value_that_comes_in_time_is_passed_on() {
    on_each_flavor(|| async {
        let slow = async {
            sleep(MS).await;
            7
        };
        assert_eq!(timeout(3_600_000 * MS, slow).await, Ok(7));
    });
}

#[test]
fn time_04_the_longest_timeouts_wait_for_years() {
    on_each_flavor(|| async {
        for duration in [Duration::MAX, Duration::MAX - Duration::from_nanos(1)] {
            let mut waits = Box::pin(timeout(duration, pending::<()>()));
            assert!(poll(&mut waits, Waker::noop()).is_pending());
        }
    });
}

#[test]
fn time_13_a_future_that_eats_the_budget_does_not_outlive_its_deadline() {
    on_each_flavor(|| async {
        // Always ready, and never done.
        let hungry = poll_fn(|cx| -> Poll<()> {
            loop {
                ready!(coop::poll_proceed(cx)).made_progress();
            }
        });
        assert!(timeout(2 * MS, hungry).await.is_err());
    });
}

#[test]
fn the_future_can_be_reached_and_taken_out() {
    on_each_flavor(|| async {
        let mut waits = timeout(MS, ready(5));
        assert_eq!(waits.get_ref().clone().await, 5);
        *waits.get_mut() = ready(6);
        assert_eq!(waits.into_inner().await, 6);
    });
}

#[test]
fn a_timeout_takes_whatever_becomes_a_future() {
    struct Order;
    impl IntoFuture for Order {
        type Output = u8;
        type IntoFuture = std::future::Ready<u8>;
        fn into_future(self) -> Self::IntoFuture {
            ready(9)
        }
    }
    on_each_flavor(|| async {
        assert_eq!(timeout(MS, Order).await, Ok(9));
    });
}
