//! `AsyncSeekExt`.

use std::io::SeekFrom;

use crate::io::AsyncSeek;
use crate::io::ops::Seek;

/// What can be done with a stream whose position can be moved.
///
/// # Examples
/// ```
/// use std::io::{Cursor, SeekFrom};
/// use runtime_io::io::{AsyncReadExt, AsyncSeekExt};
///
/// # futures_executor::block_on(async {
/// let mut file = Cursor::new(b"abcdef");
/// file.seek(SeekFrom::Start(4)).await?;
/// assert_eq!(file.read_u8().await?, b'e');
/// assert_eq!(file.stream_position().await?, 5);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncSeekExt: AsyncSeek {
    /// Moves to `pos` and says where that is, counted from the start of the stream.
    ///
    /// # Errors
    /// What the stream reports, among others for a position before its start.
    ///
    /// # Cancel safety
    /// The position may have moved or not; nothing else is lost. The next seek waits for the abandoned one first.
    ///
    /// # Examples
    /// ```
    /// use std::io::{Cursor, SeekFrom};
    /// use runtime_io::io::AsyncSeekExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut file = Cursor::new(b"abcdef");
    /// assert_eq!(file.seek(SeekFrom::End(-2)).await?, 4);
    /// assert!(file.seek(SeekFrom::Current(-5)).await.is_err());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn seek(&mut self, pos: SeekFrom) -> Seek<'_, Self>
    where
        Self: Unpin,
    {
        Seek::new(self, Some(pos))
    }

    /// Moves to the start.
    ///
    /// # Errors
    /// As [`seek`](Self::seek).
    ///
    /// # Cancel safety
    /// As [`seek`](Self::seek).
    ///
    /// # Examples
    /// ```
    /// use std::io::Cursor;
    /// use runtime_io::io::{AsyncReadExt, AsyncSeekExt};
    ///
    /// # futures_executor::block_on(async {
    /// let mut file = Cursor::new(b"abc");
    /// file.read_u8().await?;
    /// file.rewind().await?;
    /// assert_eq!(file.read_u8().await?, b'a');
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn rewind(&mut self) -> Seek<'_, Self>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Start(0))
    }

    /// Says where the stream is, counted from its start.
    ///
    /// # Errors
    /// As [`seek`](Self::seek).
    ///
    /// # Cancel safety
    /// Safe: the position does not move.
    ///
    /// # Examples
    /// ```
    /// use std::io::Cursor;
    /// use runtime_io::io::{AsyncReadExt, AsyncSeekExt};
    ///
    /// # futures_executor::block_on(async {
    /// let mut file = Cursor::new(b"abc");
    /// file.read_u8().await?;
    /// assert_eq!(file.stream_position().await?, 1);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn stream_position(&mut self) -> Seek<'_, Self>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Current(0))
    }
}

impl<S: AsyncSeek + ?Sized> AsyncSeekExt for S {}
