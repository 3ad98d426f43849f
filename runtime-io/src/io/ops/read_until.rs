//! Reading up to and including a delimiter.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::open_string::{OnError, OpenString};
use crate::io::AsyncBufRead;

operation! {
    /// The future of [`AsyncBufReadExt::read_until`](crate::io::AsyncBufReadExt::read_until).
    pub struct ReadUntil<'a, R> {
        reader: &'a mut R,
        delimiter: u8,
        buf: &'a mut Vec<u8>,
    }
    state {
        total: usize = 0,
    }
}

operation! {
    /// The future of [`AsyncBufReadExt::read_line`](crate::io::AsyncBufReadExt::read_line).
    pub struct ReadLine<'a, R> {
        reader: &'a mut R,
        text: OpenString<'a>,
    }
    state {
        total: usize = 0,
    }
}

impl<R: AsyncBufRead + Unpin + ?Sized> Future for ReadUntil<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        let reader = Pin::new(&mut **me.reader);
        ready!(poll_read_until(reader, cx, *me.delimiter, me.buf, me.total))?;
        Poll::Ready(Ok(mem::take(me.total)))
    }
}

impl<R: AsyncBufRead + Unpin + ?Sized> Future for ReadLine<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        let reader = Pin::new(&mut **me.reader);
        let result = ready!(poll_read_until(
            reader,
            cx,
            b'\n',
            me.text.bytes(),
            me.total
        ));
        let result = result.map(|()| mem::take(me.total));
        Poll::Ready(me.text.close(result, OnError::Keep))
    }
}

/// Moves bytes from the reader to `buf` until the delimiter was moved or the source is at its end, counting them.
///
/// What was moved is in `buf` and gone from the reader at every return, so the call may be repeated after `Pending` and
/// after an error.
pub(in crate::io) fn poll_read_until<R: AsyncBufRead + ?Sized>(
    mut reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    delimiter: u8,
    buf: &mut Vec<u8>,
    total: &mut usize,
) -> Poll<io::Result<()>> {
    loop {
        let available = match ready!(reader.as_mut().poll_fill_buf(cx)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            available => available?,
        };
        let found = find(delimiter, available);
        let amount = found.map_or(available.len(), |index| index + 1);
        buf.extend_from_slice(&available[..amount]);
        reader.as_mut().consume(amount);
        *total += amount;
        if found.is_some() || amount == 0 {
            return Poll::Ready(Ok(()));
        }
    }
}

/// Where the first such byte is. Looks at whole blocks first, which the compiler turns into vector instructions.
pub(crate) fn find(wanted: u8, bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let in_block = |block: &[u8]| {
        block
            .iter()
            .fold(false, |found, byte| found | (*byte == wanted))
    };
    let skipped = bytes
        .chunks_exact(BLOCK)
        .take_while(|block| !in_block(block))
        .count()
        * BLOCK;
    let index = bytes[skipped..].iter().position(|byte| *byte == wanted)?;
    Some(skipped + index)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn find_agrees_with_position_at_every_length_and_place() {
        for length in 0..100 {
            assert_eq!(find(b'x', &vec![b'.'; length]), None);
            for place in 0..length {
                let mut bytes = vec![b'.'; length];
                bytes[place] = b'x';
                *bytes.last_mut().expect("not empty") = b'x';
                assert_eq!(find(b'x', &bytes), Some(place));
            }
        }
    }
}
