//! A string while bytes are read into it.
//!
//! Bytes arrive before anyone knows whether they are UTF-8. They cannot be put into the string itself meanwhile: a
//! future may be leaked half-way, and the string would stay behind with bytes that are no text. So the allocation is
//! moved out, the string is empty for as long as it is *open*, and everything that ends the reading moves it back:
//!
//! ```text
//!                  ┌── 2 close, success and UTF-8 ──────────► the old text and the new
//! ──1 new──► open ─┼── 3 close, an error ───────────────────► the old text, and the new if the caller keeps it
//!                  └── 4 drop (cancelled) ──────────────────► the old text
//! ```

use std::io;
use std::mem;
use std::str;

/// Owns the bytes of a string for as long as reading goes on.
#[derive(Debug)]
pub(in crate::io) struct OpenString<'a> {
    /// Where the bytes came from and go back to; empty while open.
    string: &'a mut String,
    bytes: Vec<u8>,
    /// The length of the old text.
    original: usize,
}

/// What becomes of text that was read before an I/O error.
#[derive(Clone, Copy, Debug)]
pub(super) enum OnError {
    /// It stays in the string, if it is UTF-8.
    Keep,
    /// The string is as it was before.
    Restore,
}

impl<'a> OpenString<'a> {
    pub(in crate::io) fn new(string: &'a mut String) -> Self {
        let bytes = mem::take(string).into_bytes();
        let original = bytes.len();
        Self {
            string,
            bytes,
            original,
        }
    }

    pub(in crate::io) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Where to append.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Moves the bytes back into the string and turns success into `InvalidData` if they are no text.
    pub(super) fn close(
        &mut self,
        result: io::Result<usize>,
        on_error: OnError,
    ) -> io::Result<usize> {
        let (result, keep) = match (result, str::from_utf8(&self.bytes[self.original..])) {
            (Ok(added), Ok(_)) => (Ok(added), true),
            (Ok(_), Err(error)) => (
                Err(io::Error::new(io::ErrorKind::InvalidData, error)),
                false,
            ),
            (Err(error), Ok(_)) => (Err(error), matches!(on_error, OnError::Keep)),
            (Err(error), Err(_)) => (Err(error), false),
        };
        if !keep {
            self.bytes.truncate(self.original);
        }
        self.put_back();
        result
    }

    /// Moves the bytes back into the string. They must be text by now: the old text, and behind it only what
    /// [`close`](Self::close) has validated.
    fn put_back(&mut self) {
        let bytes = mem::take(&mut self.bytes);
        debug_assert!(str::from_utf8(&bytes).is_ok());
        // SAFETY: the first `original` bytes were a `String`, the operations only append to them, and what is behind
        // them was either validated or cut off; two texts in a row are a text.
        *self.string = unsafe { String::from_utf8_unchecked(bytes) };
        self.original = 0;
    }
}

impl Drop for OpenString<'_> {
    fn drop(&mut self) {
        let open = self.bytes.capacity() > 0;
        if open {
            self.bytes.truncate(self.original);
            self.put_back();
        }
    }
}
