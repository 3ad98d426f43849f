//! Time for hyper.

use heist::time::{self, Instant};
use hyper::rt::{Sleep, Timer};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Sleeps of the current runtime, for hyper's deadlines: the time to read a request's head, keep-alive, pings.
///
/// It follows heist's clock, also one that a test has stopped. A deadline that is moved, as hyper does for each request,
/// moves the sleep there is instead of making another one.
///
/// # Panics
///
/// Its methods panic outside of a runtime, and in one without timers.
///
/// # Examples
///
/// ```
/// use heist_hyper::HyperTimer;
/// use hyper::rt::Timer;
/// use std::time::Duration;
///
/// # #[heist::main]
/// # async fn main() {
/// let timer = HyperTimer::new();
/// let before = timer.now();
/// timer.sleep(Duration::from_millis(5)).await;
/// assert!(timer.now() >= before + Duration::from_millis(5));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HyperTimer;

impl HyperTimer {
    /// Makes one.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Timer for HyperTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(HyperSleep {
            inner: time::sleep(duration),
        })
    }

    fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HyperSleep {
            inner: time::sleep_until(Instant::from_std(deadline)),
        })
    }

    fn now(&self) -> std::time::Instant {
        Instant::now().into_std()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, deadline: std::time::Instant) {
        match sleep.as_mut().downcast_mut_pin::<HyperSleep>() {
            Some(sleep) => sleep.project().inner.reset(Instant::from_std(deadline)),
            // One of another timer: hyper does not mix them, others might.
            None => *sleep = self.sleep_until(deadline),
        }
    }
}

pin_project! {
    /// A sleep for hyper, made by [`HyperTimer`].
    #[derive(Debug)]
    pub struct HyperSleep {
        #[pin]
        inner: time::Sleep,
    }
}

impl Future for HyperSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().inner.poll(cx)
    }
}

impl Sleep for HyperSleep {}
