//! A distance between items.

use crate::alarm::Alarm;
use crate::instant::Instant;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

pin_project! {
    /// The stream of [`StreamExt::throttle`](super::StreamExt::throttle).
    ///
    /// # Panics
    ///
    /// To poll it panics if its runtime went away while it had to wait.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Throttle<S> {
        #[pin]
        stream: S,
        alarm: Alarm,
        duration: Duration,
        // Whether the time since the last item has to be waited for.
        waits: bool,
    }
}

impl<S> Throttle<S> {
    #[track_caller]
    pub(super) fn new(stream: S, duration: Duration) -> Self {
        Self {
            stream,
            alarm: Alarm::after(duration),
            duration,
            waits: false,
        }
    }

    /// Returns the stream inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{Stream as _, stream};
    /// use runtime_time::Duration;
    /// use runtime_time::stream::StreamExt;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let slow = stream::iter([1, 2, 3]).throttle(Duration::from_secs(1));
    /// assert_eq!(slow.get_ref().size_hint(), (3, Some(3)));
    /// # });
    /// ```
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Returns the stream inside. Items that are taken from it directly are not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{StreamExt as _, stream};
    /// use runtime_time::Duration;
    /// use runtime_time::stream::StreamExt;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let mut slow = stream::iter([1, 2, 3]).throttle(Duration::from_secs(1));
    /// assert_eq!(slow.get_mut().next().await, Some(1));
    /// assert_eq!(slow.next().await, Some(2));
    /// # });
    /// ```
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Returns the stream inside and gives up the distance.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{StreamExt as _, stream};
    /// use runtime_time::Duration;
    /// use runtime_time::stream::StreamExt;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let slow = stream::iter([1, 2, 3]).throttle(Duration::from_secs(3600));
    /// let fast: Vec<_> = slow.into_inner().collect().await;
    /// assert_eq!(fast, [1, 2, 3]);
    /// # });
    /// ```
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: Stream> Stream for Throttle<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let me = self.project();
        if *me.waits {
            if let Err(gone) = ready!(me.alarm.poll_with_budget(cx)) {
                panic!("{gone}");
            }
            *me.waits = false;
        }
        let item = ready!(me.stream.poll_next(cx));
        if item.is_some() && !me.duration.is_zero() {
            me.alarm.reset(Instant::after(*me.duration));
            *me.waits = true;
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
