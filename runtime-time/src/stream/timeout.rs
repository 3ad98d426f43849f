//! A limit for each item.

use crate::alarm::Alarm;
use crate::error::Elapsed;
use crate::instant::Instant;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

pin_project! {
    /// The stream of [`StreamExt::timeout`](super::StreamExt::timeout).
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Timeout<S> {
        #[pin]
        stream: S,
        alarm: Alarm,
        duration: Duration,
        // False after the limit was exceeded, until the item has come.
        limited: bool,
    }
}

impl<S> Timeout<S> {
    #[track_caller]
    pub(super) fn new(stream: S, duration: Duration) -> Self {
        Self {
            stream,
            alarm: Alarm::after(duration),
            duration,
            limited: true,
        }
    }
}

impl<S: Stream> Stream for Timeout<S> {
    type Item = Result<S::Item, Elapsed>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = self.project();
        if let Poll::Ready(item) = me.stream.poll_next(cx) {
            if item.is_some() {
                me.alarm.reset(Instant::after(*me.duration));
                *me.limited = true;
            }
            return Poll::Ready(item.map(Ok));
        }
        if !*me.limited {
            return Poll::Pending;
        }
        let elapsed = ready!(me.alarm.poll_with_budget(cx));
        *me.limited = false;
        Poll::Ready(Some(Err(match elapsed {
            Ok(()) => Elapsed::TIME,
            Err(_gone) => Elapsed::SHUTDOWN,
        })))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (lower, upper) = self.stream.size_hint();
        // An error before each item, and one before the end.
        (
            lower,
            upper.and_then(|upper| upper.checked_mul(2)?.checked_add(1)),
        )
    }
}
