//! Moving to a position.
//!
//! 1. Wait for a seek that somebody else left under way; its error is ours to report.
//! 2. Ask for the new position.
//! 3. Wait for that.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::AsyncSeek;

operation! {
    /// The future of [`AsyncSeekExt::seek`](crate::io::AsyncSeekExt::seek).
    pub struct Seek<'a, S> {
        stream: &'a mut S,
        position: Option<SeekFrom>,
    }
}

impl<S: AsyncSeek + Unpin + ?Sized> Future for Seek<'_, S> {
    type Output = io::Result<u64>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let me = self.project();
        let mut stream = Pin::new(&mut **me.stream);
        if let Some(position) = *me.position {
            ready!(stream.as_mut().poll_complete(cx))?;
            stream.as_mut().start_seek(position)?;
            *me.position = None;
        }
        stream.poll_complete(cx)
    }
}
