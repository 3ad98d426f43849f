//! Cutting a buffer at delimiters, with a limit of what lies between two of them.
//!
//! A piece that is too long is reported once and then skipped up to its delimiter, however many reads that takes; none of it is
//! kept meanwhile.

use bytes::{Buf, BytesMut};

/// Where the search for the next delimiter stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pieces {
    /// So many bytes at the front of the buffer are known to hold no delimiter.
    searched: usize,
    max_length: usize,
    /// The rest of a piece that was too long is being skipped.
    skipping: bool,
}

/// What a search has found.
pub(super) enum Found {
    /// A piece, without its delimiter.
    Piece(BytesMut),
    /// No delimiter yet.
    Nothing,
    /// More bytes than a piece may have, and no delimiter among them.
    TooLong,
}

impl Pieces {
    pub(super) fn new(max_length: usize) -> Self {
        Self {
            searched: 0,
            max_length,
            skipping: false,
        }
    }

    pub(super) fn max_length(&self) -> usize {
        self.max_length
    }

    /// Cuts the next piece off. `find` says where the first delimiter is.
    pub(super) fn cut(
        &mut self,
        src: &mut BytesMut,
        find: impl Fn(&[u8]) -> Option<usize>,
    ) -> Found {
        loop {
            // Behind the limit there must be the delimiter, if there is anything.
            let end = src.len().min(self.max_length.saturating_add(1));
            // The buffer can be changed from outside, so what was searched may be gone.
            let start = if self.searched > end {
                0
            } else {
                self.searched
            };
            let delimiter = find(&src[start..end]).map(|offset| start + offset);
            self.searched = 0;
            match delimiter {
                Some(place) if self.skipping => {
                    src.advance(place + 1);
                    self.skipping = false;
                }
                Some(place) => {
                    let mut piece = src.split_to(place + 1);
                    piece.truncate(place);
                    return Found::Piece(piece);
                }
                None if self.skipping => {
                    src.advance(end);
                    if src.is_empty() {
                        return Found::Nothing;
                    }
                }
                None if src.len() > self.max_length => {
                    self.skipping = true;
                    return Found::TooLong;
                }
                None => {
                    self.searched = end;
                    return Found::Nothing;
                }
            }
        }
    }

    /// Takes what is left when nothing more will come.
    pub(super) fn rest(&mut self, src: &mut BytesMut) -> BytesMut {
        self.searched = 0;
        src.split()
    }
}
