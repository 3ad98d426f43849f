//! Batches that do not wait for ever to be full.

use crate::alarm::Alarm;
use crate::instant::Instant;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

pin_project! {
    /// The stream of [`StreamExt::chunks_timeout`](super::StreamExt::chunks_timeout).
    ///
    /// # Panics
    ///
    /// To poll it panics if there is no current runtime with timers, and if its runtime went away while a batch was waiting.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct ChunksTimeout<S: Stream> {
        #[pin]
        stream: S,
        // Made at the first item.
        alarm: Option<Alarm>,
        duration: Duration,
        batch: Vec<S::Item>,
        max_size: usize,
        ended: bool,
    }
}

impl<S: Stream> ChunksTimeout<S> {
    #[track_caller]
    pub(super) fn new(stream: S, max_size: usize, duration: Duration) -> Self {
        assert!(
            max_size > 0,
            "`max_size` must be non-zero: a batch has one item at least"
        );
        Self {
            stream,
            alarm: None,
            duration,
            batch: Vec::new(),
            max_size,
            ended: false,
        }
    }

    /// Returns the items of the batch that is not full yet, and drops the rest of the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_util::{FutureExt as _, StreamExt as _, stream};
    /// use runtime_time::Duration;
    /// use runtime_time::stream::StreamExt;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let items = stream::iter([1, 2, 3]).chain(stream::pending());
    /// let mut batches = items.chunks_timeout(2, Duration::from_secs(3600));
    /// assert_eq!(batches.next().await, Some(vec![1, 2]));
    /// assert!(batches.next().now_or_never().is_none());
    /// assert_eq!(batches.into_remainder(), [3]);
    /// # });
    /// ```
    pub fn into_remainder(mut self) -> Vec<S::Item> {
        mem::take(&mut self.batch)
    }
}

impl<S: Stream> Stream for ChunksTimeout<S> {
    type Item = Vec<S::Item>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut me = self.project();
        while !*me.ended && me.batch.len() < *me.max_size {
            match me.stream.as_mut().poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(None) => *me.ended = true,
                Poll::Ready(Some(item)) => {
                    if me.batch.is_empty() {
                        begin(me.alarm, *me.duration);
                    }
                    me.batch.push(item);
                }
            }
        }
        if *me.ended && me.batch.is_empty() {
            return Poll::Ready(None);
        }
        if !*me.ended && me.batch.len() < *me.max_size {
            let Some(alarm) = me.alarm.as_mut().filter(|_| !me.batch.is_empty()) else {
                return Poll::Pending;
            };
            if let Err(gone) = ready!(alarm.poll_with_budget(cx)) {
                panic!("{gone}");
            }
        }
        Poll::Ready(Some(mem::take(me.batch)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let waiting = usize::from(!self.batch.is_empty());
        let (lower, upper) = self.stream.size_hint();
        let upper = upper.and_then(|upper| upper.checked_add(waiting));
        (lower / self.max_size + waiting, upper)
    }
}

/// The time of a batch counts from its first item.
#[track_caller]
fn begin(alarm: &mut Option<Alarm>, duration: Duration) {
    match alarm {
        Some(alarm) => alarm.reset(Instant::after(duration)),
        None => *alarm = Some(Alarm::after(duration)),
    }
}
