//! The methods of `time`.

use std::future::Ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use heist::time::{Duration, Instant, Interval, MissedTickBehavior, Sleep, Timeout, error};

#[test]
fn instant() {
    methods! {
        fn() -> Instant = Instant::now;
        fn(std::time::Instant) -> Instant = Instant::from_std;
        fn(Instant) -> std::time::Instant = Instant::into_std;
        fn(&Instant, Instant) -> Duration = Instant::duration_since;
        fn(&Instant, Instant) -> Option<Duration> = Instant::checked_duration_since;
        fn(&Instant, Instant) -> Duration = Instant::saturating_duration_since;
        fn(&Instant) -> Duration = Instant::elapsed;
        fn(&Instant, Duration) -> Option<Instant> = Instant::checked_add;
        fn(&Instant, Duration) -> Option<Instant> = Instant::checked_sub;
    }
}

#[test]
fn interval() {
    methods! {
        async (this: &mut Interval) -> Instant = Interval::tick;
        fn(&mut Interval, &mut Context<'_>) -> Poll<Instant> = Interval::poll_tick;
        fn(&mut Interval) = Interval::reset;
        fn(&mut Interval) = Interval::reset_immediately;
        fn(&mut Interval, Duration) = Interval::reset_after;
        fn(&mut Interval, Instant) = Interval::reset_at;
        fn(&Interval) -> MissedTickBehavior = Interval::missed_tick_behavior;
        fn(&mut Interval, MissedTickBehavior) = Interval::set_missed_tick_behavior;
        fn(&Interval) -> Duration = Interval::period;
    }
}

#[test]
fn sleep() {
    methods! {
        fn(&Sleep) -> Instant = Sleep::deadline;
        fn(&Sleep) -> bool = Sleep::is_elapsed;
        fn(Pin<&mut Sleep>, Instant) = Sleep::reset;
    }
}

#[test]
fn timeout() {
    methods! {
        fn(&Timeout<Ready<u8>>) -> &Ready<u8> = Timeout::<Ready<u8>>::get_ref;
        fn(&mut Timeout<Ready<u8>>) -> &mut Ready<u8> = Timeout::<Ready<u8>>::get_mut;
        fn(Timeout<Ready<u8>>) -> Ready<u8> = Timeout::<Ready<u8>>::into_inner;
    }
}

#[test]
fn error() {
    methods! {
        fn() -> error::Error = error::Error::shutdown;
        fn(&error::Error) -> bool = error::Error::is_shutdown;
        fn() -> error::Error = error::Error::at_capacity;
        fn(&error::Error) -> bool = error::Error::is_at_capacity;
        fn() -> error::Error = error::Error::invalid;
        fn(&error::Error) -> bool = error::Error::is_invalid;
    }
}
