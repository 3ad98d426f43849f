//! Three fallible futures at once.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// A future, and then what came of it.
struct Part<'a, T> {
    future: Pin<&'a mut (dyn Future<Output = io::Result<T>> + Send + Sync)>,
    output: Option<T>,
}

impl<T> Part<'_, T> {
    fn poll(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.output.is_none() {
            if let Poll::Ready(output) = self.future.as_mut().poll(cx) {
                self.output = Some(output?);
            }
        }
        Ok(())
    }
}

/// Waits for all three, or for the first error.
pub(super) async fn try_join3<A: Send + Sync, B: Send + Sync, C: Send + Sync>(
    a: impl Future<Output = io::Result<A>> + Send + Sync,
    b: impl Future<Output = io::Result<B>> + Send + Sync,
    c: impl Future<Output = io::Result<C>> + Send + Sync,
) -> io::Result<(A, B, C)> {
    let (a, b, c) = (pin!(a), pin!(b), pin!(c));
    let mut a = Part {
        future: a,
        output: None,
    };
    let mut b = Part {
        future: b,
        output: None,
    };
    let mut c = Part {
        future: c,
        output: None,
    };
    poll_fn(|cx| {
        a.poll(cx)?;
        b.poll(cx)?;
        c.poll(cx)?;
        match (a.output.take(), b.output.take(), c.output.take()) {
            (Some(a), Some(b), Some(c)) => Poll::Ready(Ok((a, b, c))),
            outputs => {
                (a.output, b.output, c.output) = outputs;
                Poll::Pending
            }
        }
    })
    .await
}
