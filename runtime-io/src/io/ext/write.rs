//! `AsyncWriteExt`.

use std::io::IoSlice;

use bytes::Buf;

use crate::io::AsyncWrite;
use crate::io::ops::{
    Flush, Shutdown, Write, WriteAll, WriteAllBuf, WriteBuf, WriteNumber, WriteVectored,
};

/// Declares writers of numbers: per row the conversion, the order of bytes for the text, what cancelling leaves, and
/// then the methods with their types.
macro_rules! number_writers {
    ($($encode:ident $order:literal $cancel:ident: $($name:ident $type:ident),+;)+) => {$($(
        #[doc = concat!("Writes one `", stringify!($type), "`", $order, ".")]
        ///
        /// # Errors
        /// `WriteZero` if the writer takes no more, and what the destination reports.
        /// [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
        ///
        /// # Cancel safety
        #[doc = cancel_safety!($cancel)]
        ///
        /// # Examples
        /// ```
        /// use runtime_io::io::AsyncWriteExt;
        ///
        /// # futures_executor::block_on(async {
        /// let mut written = Vec::new();
        #[doc = concat!("written.", stringify!($name), "(42 as ", stringify!($type), ").await?;")]
        #[doc = concat!("assert_eq!(written, (42 as ", stringify!($type), ").", stringify!($encode), "());")]
        /// # std::io::Result::Ok(()) }).unwrap();
        /// ```
        fn $name(&mut self, n: $type) -> WriteNumber<'_, Self, [u8; size_of::<$type>()]>
        where
            Self: Unpin,
        {
            WriteNumber::new(self, n.$encode())
        }
    )+)+};
}

macro_rules! cancel_safety {
    (whole) => {
        "Safe: if the future is dropped before it is ready, nothing was written."
    };
    (partial) => {
        "Not safe: some of the bytes may have been written."
    };
}

/// What can be done with a writer.
///
/// # Examples
/// ```
/// use runtime_io::io::{AsyncWriteExt, BufWriter};
///
/// # futures_executor::block_on(async {
/// let mut writer = BufWriter::new(Vec::new());
/// writer.write_u16(5).await?;
/// writer.write_all(b"hello").await?;
/// writer.flush().await?;
/// assert_eq!(writer.into_inner(), b"\x00\x05hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncWriteExt: AsyncWrite {
    /// Writes once from `src` and says how many bytes were taken.
    ///
    /// Zero means that the writer takes no more, unless `src` is empty.
    ///
    /// # Errors
    /// What the destination reports; then nothing was written.
    ///
    /// # Cancel safety
    /// Safe: if the future is dropped before it is ready, nothing was written.
    ///
    /// # Examples
    /// ```
    /// use std::io::Cursor;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut room = Cursor::new(vec![0; 4].into_boxed_slice());
    /// assert_eq!(room.write(b"hello").await?, 4);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write<'a>(&'a mut self, src: &'a [u8]) -> Write<'a, Self>
    where
        Self: Unpin,
    {
        Write::new(self, src)
    }

    /// Writes once from several slices in order and says how many bytes were taken in all.
    ///
    /// # Errors
    /// What the destination reports; then nothing was written.
    ///
    /// # Cancel safety
    /// Safe: if the future is dropped before it is ready, nothing was written.
    ///
    /// # Examples
    /// ```
    /// use std::io::IoSlice;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut written = Vec::new();
    /// written.write_vectored(&[IoSlice::new(b"he"), IoSlice::new(b"llo")]).await?;
    /// assert_eq!(written, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_vectored<'a, 'b>(&'a mut self, bufs: &'a [IoSlice<'b>]) -> WriteVectored<'a, 'b, Self>
    where
        Self: Unpin,
    {
        WriteVectored::new(self, bufs)
    }

    /// Writes once from the front of `src`, which moves on by what was taken, and says how much that was.
    ///
    /// # Errors
    /// What the destination reports; then nothing was written.
    ///
    /// # Cancel safety
    /// Safe: if the future is dropped before it is ready, nothing was written and `src` has not moved.
    ///
    /// # Examples
    /// ```
    /// use std::io::Cursor;
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut room = Cursor::new(vec![0; 4].into_boxed_slice());
    /// let mut source: &[u8] = b"hello";
    /// assert_eq!(room.write_buf(&mut source).await?, 4);
    /// assert_eq!(source, b"o");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_buf<'a, B>(&'a mut self, src: &'a mut B) -> WriteBuf<'a, Self, B>
    where
        Self: Unpin,
        B: Buf + ?Sized,
    {
        WriteBuf::new(self, src)
    }

    /// Writes all of `src`, which moves on as its bytes are taken.
    ///
    /// # Errors
    /// `WriteZero` if the writer takes no more, and what the destination reports; `src` then starts with the first
    /// byte that was not written. [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
    ///
    /// # Cancel safety
    /// Safe: `src` starts with the first byte that was not written; call again with the same `src`.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut written = Vec::new();
    /// let mut source: &[u8] = b"hello";
    /// written.write_all_buf(&mut source).await?;
    /// assert!(source.is_empty());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_all_buf<'a, B>(&'a mut self, src: &'a mut B) -> WriteAllBuf<'a, Self, B>
    where
        Self: Unpin,
        B: Buf + ?Sized,
    {
        WriteAllBuf::new(self, src)
    }

    /// Writes all of `src`.
    ///
    /// # Errors
    /// `WriteZero` if the writer takes no more, and what the destination reports; some of `src` may have been written.
    /// [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
    ///
    /// # Cancel safety
    /// Not safe: some of `src` may have been written, nobody knows how much. See
    /// [`write_all_buf`](Self::write_all_buf).
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncWriteExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut written = Vec::new();
    /// written.write_all(b"hello").await?;
    /// assert_eq!(written, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn write_all<'a>(&'a mut self, src: &'a [u8]) -> WriteAll<'a, Self>
    where
        Self: Unpin,
    {
        WriteAll::new(self, src)
    }

    number_writers! {
        to_be_bytes "" whole:
            write_u8 u8, write_i8 i8;
        to_be_bytes " in big-endian order" partial:
            write_u16 u16, write_i16 i16, write_u32 u32, write_i32 i32,
            write_u64 u64, write_i64 i64, write_u128 u128, write_i128 i128,
            write_f32 f32, write_f64 f64;
        to_le_bytes " in little-endian order" partial:
            write_u16_le u16, write_i16_le i16, write_u32_le u32, write_i32_le i32,
            write_u64_le u64, write_i64_le i64, write_u128_le u128, write_i128_le i128,
            write_f32_le f32, write_f64_le f64;
    }

    /// Pushes what is held back in buffers on to its destination.
    ///
    /// # Errors
    /// What the destination reports.
    ///
    /// # Cancel safety
    /// Safe: what was not pushed on yet is still in the buffer; call again.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncWriteExt, BufWriter};
    ///
    /// # futures_executor::block_on(async {
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"hello").await?;
    /// assert_eq!(writer.get_ref(), b"");
    /// writer.flush().await?;
    /// assert_eq!(writer.get_ref(), b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn flush(&mut self) -> Flush<'_, Self>
    where
        Self: Unpin,
    {
        Flush::new(self)
    }

    /// Ends the stream in an orderly way: flushes, then tells the other side that nothing follows.
    ///
    /// Nothing may be written afterwards.
    ///
    /// # Errors
    /// What the destination reports.
    ///
    /// # Cancel safety
    /// Safe to call again; nothing that was written is lost by that.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::{AsyncReadExt, AsyncWriteExt, duplex};
    ///
    /// # futures_executor::block_on(async {
    /// let (mut near, mut far) = duplex(64);
    /// near.write_all(b"last words").await?;
    /// near.shutdown().await?;
    ///
    /// let mut all = String::new();
    /// far.read_to_string(&mut all).await?;
    /// assert_eq!(all, "last words");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn shutdown(&mut self) -> Shutdown<'_, Self>
    where
        Self: Unpin,
    {
        Shutdown::new(self)
    }
}

impl<W: AsyncWrite + ?Sized> AsyncWriteExt for W {}
