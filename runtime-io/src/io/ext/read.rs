//! `AsyncReadExt`.

use bytes::BufMut;

use crate::io::ops::{
    Decoder, OpenString, Read, ReadExact, ReadIntoBuf, ReadNumber, ReadToEnd, ReadToString,
};
use crate::io::{AsyncRead, Chain, Take};

/// Declares readers of numbers: per row the conversion, its inverse for the example, the order of bytes for the text,
/// what cancelling loses, and then the methods with their types.
macro_rules! number_readers {
    ($($decode:ident $encode:ident $order:literal $cancel:ident: $($name:ident $type:ident),+;)+) => {$($(
        #[doc = concat!("Reads one `", stringify!($type), "`", $order, ".")]
        ///
        /// # Errors
        /// `UnexpectedEof` if the source ends first, and what the source reports.
        /// [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
        ///
        /// # Cancel safety
        #[doc = cancel_safety!($cancel)]
        ///
        /// # Examples
        /// ```
        /// use runtime_io::io::AsyncReadExt;
        ///
        /// # futures_executor::block_on(async {
        #[doc = concat!("let number = 42 as ", stringify!($type), ";")]
        #[doc = concat!("let mut source: &[u8] = &number.", stringify!($encode), "();")]
        #[doc = concat!("assert_eq!(source.", stringify!($name), "().await?, number);")]
        /// # std::io::Result::Ok(()) }).unwrap();
        /// ```
        fn $name(&mut self) -> ReadNumber<'_, Self, Decoder<$type, { size_of::<$type>() }>>
        where
            Self: Unpin,
        {
            ReadNumber::new(self, $type::$decode)
        }
    )+)+};
}

macro_rules! cancel_safety {
    (whole) => {
        "Safe: if the future is dropped before it is ready, nothing was read."
    };
    (partial) => {
        "Not safe: the bytes that were read already are lost."
    };
}

/// What can be done with a reader.
///
/// # Examples
/// ```
/// use runtime_io::io::AsyncReadExt;
///
/// # futures_executor::block_on(async {
/// let mut source: &[u8] = b"\x00\x05hello, and more";
/// let length = source.read_u16().await?;
/// let mut word = vec![0; length.into()];
/// source.read_exact(&mut word).await?;
/// assert_eq!(word, b"hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub trait AsyncReadExt: AsyncRead {
    /// A reader that goes on with `next` where this one ends.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut text = String::new();
    /// b"ab".chain(&b"cd"[..]).read_to_string(&mut text).await?;
    /// assert_eq!(text, "abcd");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn chain<R>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
        R: AsyncRead,
    {
        Chain::new(self, next)
    }

    /// Reads once into `buf` and says how many bytes came.
    ///
    /// Zero means the end of the source, unless `buf` is empty. A source may end and go on later.
    ///
    /// # Errors
    /// What the source reports; then nothing was read.
    ///
    /// # Cancel safety
    /// Safe: if the future is dropped before it is ready, nothing was read.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut source: &[u8] = b"hello";
    /// let mut buf = [0; 4];
    /// assert_eq!(source.read(&mut buf).await?, 4);
    /// assert_eq!(&buf, b"hell");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read<'a>(&'a mut self, buf: &'a mut [u8]) -> Read<'a, Self>
    where
        Self: Unpin,
    {
        Read::new(self, buf)
    }

    /// Reads once into the free part of `buf`, which moves on by what came, and says how much that was.
    ///
    /// Zero means the end of the source, unless `buf` is full; a `Vec` or `BytesMut` never is, it grows.
    ///
    /// # Errors
    /// What the source reports; then nothing was read.
    ///
    /// # Cancel safety
    /// Safe: if the future is dropped before it is ready, nothing was read.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut source: &[u8] = b"hello";
    /// let mut buf = Vec::with_capacity(16);
    /// while source.read_buf(&mut buf).await? > 0 {}
    /// assert_eq!(buf, b"hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_buf<'a, B>(&'a mut self, buf: &'a mut B) -> ReadIntoBuf<'a, Self, B>
    where
        Self: Unpin,
        B: BufMut + ?Sized,
    {
        ReadIntoBuf::new(self, buf)
    }

    /// Reads until `buf` is full and returns its length.
    ///
    /// # Errors
    /// `UnexpectedEof` if the source ends first, and what the source reports; `buf` then holds what came before that.
    /// [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
    ///
    /// # Cancel safety
    /// Not safe: what was read is in `buf`, but nobody knows how much that is.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut source: &[u8] = b"hello";
    /// let mut buf = [0; 4];
    /// source.read_exact(&mut buf).await?;
    /// assert_eq!(&buf, b"hell");
    /// assert!(source.read_exact(&mut buf).await.is_err());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_exact<'a>(&'a mut self, buf: &'a mut [u8]) -> ReadExact<'a, Self>
    where
        Self: Unpin,
    {
        ReadExact::new(self, buf)
    }

    number_readers! {
        from_be_bytes to_be_bytes "" whole:
            read_u8 u8, read_i8 i8;
        from_be_bytes to_be_bytes " in big-endian order" partial:
            read_u16 u16, read_i16 i16, read_u32 u32, read_i32 i32,
            read_u64 u64, read_i64 i64, read_u128 u128, read_i128 i128,
            read_f32 f32, read_f64 f64;
        from_le_bytes to_le_bytes " in little-endian order" partial:
            read_u16_le u16, read_i16_le i16, read_u32_le u32, read_i32_le i32,
            read_u64_le u64, read_i64_le i64, read_u128_le u128, read_i128_le i128,
            read_f32_le f32, read_f64_le f64;
    }

    /// Appends everything up to the end of the source to `buf` and says how many bytes that was.
    ///
    /// # Errors
    /// What the source reports; `buf` then holds what came before that.
    /// [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
    ///
    /// # Cancel safety
    /// Nothing that was read is lost, it is in `buf`; but the count starts anew with the next call.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut source: &[u8] = b"hello";
    /// let mut all = vec![b'>'];
    /// assert_eq!(source.read_to_end(&mut all).await?, 5);
    /// assert_eq!(all, b">hello");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_to_end<'a>(&'a mut self, buf: &'a mut Vec<u8>) -> ReadToEnd<'a, Self>
    where
        Self: Unpin,
    {
        ReadToEnd::new(self, buf)
    }

    /// Appends everything up to the end of the source to `dst` and says how many bytes that was.
    ///
    /// # Errors
    /// `InvalidData` if that is not UTF-8, and what the source reports; `dst` is as it was before.
    /// [`Interrupted`](std::io::ErrorKind::Interrupted) is retried.
    ///
    /// # Cancel safety
    /// Not safe: `dst` is as it was before, what was read is lost.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut source: &[u8] = "Grüße".as_bytes();
    /// let mut text = String::new();
    /// source.read_to_string(&mut text).await?;
    /// assert_eq!(text, "Grüße");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_to_string<'a>(&'a mut self, dst: &'a mut String) -> ReadToString<'a, Self>
    where
        Self: Unpin,
    {
        ReadToString::new(self, OpenString::new(dst))
    }

    /// A reader of the next `limit` bytes of this one.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::io::AsyncReadExt;
    ///
    /// # futures_executor::block_on(async {
    /// let mut text = String::new();
    /// b"hello".take(4).read_to_string(&mut text).await?;
    /// assert_eq!(text, "hell");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, limit)
    }
}

impl<R: AsyncRead + ?Sized> AsyncReadExt for R {}
