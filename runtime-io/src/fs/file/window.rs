//! The part of a file that was read and not yet taken.
//!
//! ```text
//!   0            start              end               bytes.len()
//!   ├── taken ─────┼── to be taken ───┼── memory, zeroed ──┤
//! ```
//!
//! The memory is zeroed once, when it grows, so that nothing here has to know what is initialised.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use crate::io::ReadBuf;

/// Bytes of a file, and where they come from.
#[derive(Debug, Default)]
pub(super) struct Window {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    origin: Origin,
    /// The file ended behind the last byte when it was read.
    at_end: bool,
}

/// How the bytes came here.
#[derive(Clone, Copy, Debug, Default)]
enum Origin {
    /// By a plain read, which moved the position of the file behind them.
    #[default]
    Taken,
    /// From this position, the one of `bytes[start]`; that of the file was not moved.
    Ahead(u64),
}

/// What came of a read from the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// So many bytes.
    Bytes(usize),
    /// There are not as many as a plain read would give.
    TooFew,
    /// Somebody else has moved the position of the file, so the bytes are not those to be read next. They are dropped.
    Moved,
}

/// What a job is to read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want {
    /// At most so many bytes, by a plain read.
    Plain(usize),
    /// So many bytes from the position of the file on, without moving it.
    Ahead(usize),
}

impl Window {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Bytes that are there.
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Reads from the window: as many bytes as `buf` has room for, at most `most`.
    pub(super) fn serve(&mut self, file: &File, buf: &mut ReadBuf<'_>, most: usize) -> Served {
        let asked = buf.remaining().min(most);
        let count = asked.min(self.len());
        if let Origin::Ahead(position) = self.origin {
            if count < asked && !self.at_end {
                return Served::TooFew;
            }
            let Some(next) = move_on(file, position, count) else {
                self.clear();
                return Served::Moved;
            };
            self.origin = Origin::Ahead(next);
        }
        buf.put_slice(&self.bytes[self.start..][..count]);
        self.start += count;
        Served::Bytes(count)
    }

    /// Fills the window anew and says how many bytes there are. Blocks.
    pub(super) fn fetch(&mut self, mut file: &File, want: Want) -> io::Result<usize> {
        self.clear();
        let (asked, position) = match want {
            Want::Plain(asked) => (asked, None),
            Want::Ahead(asked) => (asked, Some(file.stream_position()?)),
        };
        if self.bytes.len() < asked {
            self.bytes.resize(asked, 0);
        }
        let room = &mut self.bytes[..asked];
        let count = match position {
            None => uninterrupted(|| file.read(room))?,
            Some(position) => uninterrupted(|| file.read_at(room, position))?,
        };
        self.end = count;
        self.origin = position.map_or(Origin::Taken, Origin::Ahead);
        self.at_end = count < asked;
        if count == 0 {
            // Who reads on has a small wish or none: the memory of a large one is given back.
            self.bytes = Vec::new();
        }
        Ok(count)
    }

    /// Before something that begins at the position of the file: bytes that were taken and not asked for go back.
    /// Where they cannot, as in a terminal, they stay and are read next.
    pub(super) fn give_back(&mut self, mut file: &File) {
        if let (Origin::Taken, false) = (self.origin, self.is_empty()) {
            let back = i64::try_from(self.len()).unwrap_or(i64::MAX);
            if file.seek(SeekFrom::Current(-back)).is_err() {
                return;
            }
        }
        self.clear();
    }

    fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
        self.origin = Origin::Taken;
        self.at_end = false;
    }
}

/// Moves the position from `position` on by `count`. `None` if it was not there: then it is where it was.
fn move_on(mut file: &File, position: u64, count: usize) -> Option<u64> {
    let (distance, next) = (i64::try_from(count).ok()?, position + count as u64);
    let reached = file.seek(SeekFrom::Current(distance)).ok()?;
    if reached == next {
        return Some(next);
    }
    // Fails only if that is no place, and then it was not reached from there.
    let _ = file.seek(SeekFrom::Current(-distance));
    None
}

/// Once more, as long as a signal comes in between.
fn uninterrupted<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
