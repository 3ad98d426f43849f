//! What a head looks like.

use super::super::{Framed, FramedRead, FramedWrite};
use super::LengthDelimitedCodec;
use crate::io::{AsyncRead, AsyncWrite};

/// Describes what is before each frame: see [the module](super).
///
/// # Examples
/// ```
/// use runtime_io::codec::length_delimited::Builder;
///
/// let mut frames = Builder::new().length_field_type::<u16>().little_endian().new_read(&b"\x02\x00hi"[..]);
/// # use futures_util::StreamExt;
/// # futures_executor::block_on(async {
/// assert_eq!(frames.next().await.unwrap()?, "hi");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Builder {
    pub(super) max_frame_length: usize,
    /// How many bytes the length has: 1 to 8.
    pub(super) length_field_length: usize,
    /// How many bytes of the head are before it.
    pub(super) length_field_offset: usize,
    /// What is added to the length that was read.
    pub(super) length_adjustment: isize,
    /// How many bytes are taken off before the frame; otherwise the head up to the end of the length.
    num_skip: Option<usize>,
    pub(super) big_endian: bool,
}

impl Builder {
    /// A length of four bytes, big-endian, with nothing before it and nothing but the frame behind it.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::length_delimited::Builder;
    ///
    /// assert_eq!(Builder::new().new_codec().max_frame_length(), 8 * 1024 * 1024);
    /// ```
    #[allow(
        clippy::new_without_default,
        reason = "`Default` is right below the methods"
    )]
    pub fn new() -> Self {
        Self {
            max_frame_length: 8 * 1024 * 1024,
            length_field_length: 4,
            length_field_offset: 0,
            length_adjustment: 0,
            num_skip: None,
            big_endian: true,
        }
    }

    /// The most significant byte of the length comes first.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .length_field_type::<u16>()
    ///     .big_endian()
    ///     .new_read(&b"\x00\x02hi"[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn big_endian(&mut self) -> &mut Self {
        self.big_endian = true;
        self
    }

    /// The least significant byte of the length comes first.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .length_field_type::<u16>()
    ///     .little_endian()
    ///     .new_read(&b"\x02\x00hi"[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn little_endian(&mut self) -> &mut Self {
        self.big_endian = false;
        self
    }

    /// The bytes of the length are in the order of this machine.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let bytes = [&2_u16.to_ne_bytes()[..], b"hi"].concat();
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .length_field_type::<u16>()
    ///     .native_endian()
    ///     .new_read(&bytes[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn native_endian(&mut self) -> &mut Self {
        self.big_endian = cfg!(target_endian = "big");
        self
    }

    /// The greatest length that is accepted: in a head, before it is adjusted, and of a frame that is to be written. It is also
    /// how much memory a peer can make this side reserve by announcing a frame.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .max_frame_length(4)
    ///     .new_read(&b"\x00\x00\x00\x05hello"[..]);
    /// assert!(frames.next().await.unwrap().is_err());
    /// # });
    /// ```
    pub fn max_frame_length(&mut self, val: usize) -> &mut Self {
        self.max_frame_length = val;
        self
    }

    /// The length has as many bytes as this type.
    ///
    /// # Examples
    /// ```
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let codec = LengthDelimitedCodec::builder().length_field_type::<u8>().new_codec();
    /// assert_eq!(codec.max_frame_length(), 255);
    /// ```
    pub fn length_field_type<T: LengthFieldType>(&mut self) -> &mut Self {
        self.length_field_length(size_of::<T>())
    }

    /// The length has so many bytes.
    ///
    /// # Panics
    /// If it is not 1 to 8.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .length_field_length(3)
    ///     .new_read(&b"\x00\x00\x02hi"[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn length_field_length(&mut self, val: usize) -> &mut Self {
        assert!(
            (1..=8).contains(&val),
            "invalid length field length: it has 1 to 8 bytes"
        );
        self.length_field_length = val;
        self
    }

    /// So many bytes of the head come before the length.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .length_field_offset(1)
    ///     .length_field_type::<u16>()
    ///     .new_read(&b"T\x00\x02hi"[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn length_field_offset(&mut self, val: usize) -> &mut Self {
        self.length_field_offset = val;
        self
    }

    /// What is to be added to a length that was read, to give the length of the frame.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// // The length counts itself.
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .length_field_type::<u16>()
    ///     .length_adjustment(-2)
    ///     .new_read(&b"\x00\x04hi"[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn length_adjustment(&mut self, val: isize) -> &mut Self {
        self.length_adjustment = val;
        self
    }

    /// So many bytes are taken off before the frame begins. Unless it is set, that is the head up to the end of the length.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// // There is one byte more between the length and the frame.
    /// let mut frames = LengthDelimitedCodec::builder()
    ///     .length_field_type::<u16>()
    ///     .num_skip(3)
    ///     .new_read(&b"\x00\x02Thi"[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn num_skip(&mut self, val: usize) -> &mut Self {
        self.num_skip = Some(val);
        self
    }

    /// The codec for these heads.
    ///
    /// # Examples
    /// ```
    /// use bytes::BytesMut;
    /// use runtime_io::codec::{Encoder, LengthDelimitedCodec};
    ///
    /// let mut codec = LengthDelimitedCodec::builder().length_field_type::<u16>().new_codec();
    /// let mut bytes = BytesMut::new();
    /// codec.encode(&b"hi"[..], &mut bytes)?;
    /// assert_eq!(bytes, &b"\x00\x02hi"[..]);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new_codec(&self) -> LengthDelimitedCodec {
        let mut layout = *self;
        layout.limit_to_field();
        LengthDelimitedCodec::with_layout(layout)
    }

    /// A [`FramedRead`] with such a codec.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::StreamExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut frames = LengthDelimitedCodec::builder().new_read(&b"\x00\x00\x00\x02hi"[..]);
    /// assert_eq!(frames.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn new_read<T: AsyncRead>(&self, upstream: T) -> FramedRead<T, LengthDelimitedCodec> {
        FramedRead::new(upstream, self.new_codec())
    }

    /// A [`FramedWrite`] with such a codec.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::SinkExt;
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let mut frames = LengthDelimitedCodec::builder().new_write(Vec::new());
    /// frames.send(&b"hi"[..]).await?;
    /// assert_eq!(frames.get_ref(), b"\x00\x00\x00\x02hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn new_write<T: AsyncWrite>(&self, inner: T) -> FramedWrite<T, LengthDelimitedCodec> {
        FramedWrite::new(inner, self.new_codec())
    }

    /// A [`Framed`] with such a codec.
    ///
    /// # Examples
    /// ```
    /// # use futures_util::{SinkExt, StreamExt};
    /// # futures_executor::block_on(async {
    /// use runtime_io::codec::LengthDelimitedCodec;
    ///
    /// let (here, there) = runtime_io::io::duplex(64);
    /// let mut here = LengthDelimitedCodec::builder().new_framed(here);
    /// let mut there = LengthDelimitedCodec::builder().new_framed(there);
    /// here.send(&b"hi"[..]).await?;
    /// assert_eq!(there.next().await.unwrap()?, "hi");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn new_framed<T: AsyncRead + AsyncWrite>(
        &self,
        inner: T,
    ) -> Framed<T, LengthDelimitedCodec> {
        Framed::new(inner, self.new_codec())
    }

    /// How many bytes must be there before anything can be said.
    pub(super) fn head_length(&self) -> usize {
        self.field_end().max(self.num_skip.unwrap_or(0))
    }

    /// How many bytes are taken off before the frame.
    pub(super) fn skipped(&self) -> usize {
        self.num_skip.unwrap_or_else(|| self.field_end())
    }

    fn field_end(&self) -> usize {
        self.length_field_offset
            .saturating_add(self.length_field_length)
    }

    /// Lowers the greatest length to what the field can say.
    pub(super) fn limit_to_field(&mut self) {
        let unused_bits = 64 - 8 * self.length_field_length;
        let most = (u64::MAX >> unused_bits).saturating_add_signed(self.length_adjustment as i64);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.max_frame_length = self.max_frame_length.min(most);
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

/// The unsigned integers of at most eight bytes.
#[allow(unnameable_types, reason = "sealed: not to be implemented elsewhere")]
pub trait LengthFieldType {}

impl LengthFieldType for u8 {}
impl LengthFieldType for u16 {}
impl LengthFieldType for u32 {}
impl LengthFieldType for u64 {}
impl LengthFieldType for usize {}
