//! What people take from `tokio_util::{codec, io, udp, compat}`, under the names it has here.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::hash::Hash;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::{Sink, Stream};
use heist::codec::length_delimited::Builder;
use heist::codec::{
    AnyDelimiterCodec, AnyDelimiterCodecError, BytesCodec, Decoder, Encoder, Framed, FramedParts,
    FramedRead, FramedWrite, LengthDelimitedCodec, LengthDelimitedCodecError, LinesCodec,
    LinesCodecError, UdpFramed,
};
use heist::compat::{
    AsyncReadCompatExt, AsyncWriteCompatExt, Compat, FuturesAsyncReadCompatExt,
    FuturesAsyncWriteCompatExt,
};
use heist::io::util::{
    self, CopyToBytes, InspectReader, InspectWriter, ReaderStream, SinkWriter, StreamReader,
    SyncIoBridge,
};
use heist::io::{self, AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};
use heist::net::UdpSocket;

methods! { D =>
    fn decode [D: Decoder] (this: &mut D, src: &mut BytesMut) -> Result<Option<D::Item>, D::Error>;
    fn decode_eof [D: Decoder] (this: &mut D, src: &mut BytesMut) -> Result<Option<D::Item>, D::Error>;
    fn framed [D: Decoder, T: AsyncRead + AsyncWrite] (this: D, io: T) -> Framed<T, D>;
}

methods! { E =>
    fn encode [I, E: Encoder<I>] (this: &mut E, item: I, dst: &mut BytesMut) -> Result<(), E::Error>;
}

methods! { Framed<T, U> =>
    fn new [T, U] (inner: T, codec: U) -> Framed<T, U>;
    fn with_capacity [T, U] (inner: T, codec: U, capacity: usize) -> Framed<T, U>;
    fn from_parts [T, U] (parts: FramedParts<T, U>) -> Framed<T, U>;
    fn get_ref [T, U] (this: &Framed<T, U>) -> &T;
    fn get_mut [T, U] (this: &mut Framed<T, U>) -> &mut T;
    fn get_pin_mut [T, U] (this: Pin<&mut Framed<T, U>>) -> Pin<&mut T>;
    fn codec [T, U] (this: &Framed<T, U>) -> &U;
    fn codec_mut [T, U] (this: &mut Framed<T, U>) -> &mut U;
    fn codec_pin_mut [T, U] (this: Pin<&mut Framed<T, U>>) -> &mut U;
    fn map_codec [T, U, C, F: FnOnce(U) -> C] (this: Framed<T, U>, map: F) -> Framed<T, C>;
    fn read_buffer [T, U] (this: &Framed<T, U>) -> &BytesMut;
    fn read_buffer_mut [T, U] (this: &mut Framed<T, U>) -> &mut BytesMut;
    fn write_buffer [T, U] (this: &Framed<T, U>) -> &BytesMut;
    fn write_buffer_mut [T, U] (this: &mut Framed<T, U>) -> &mut BytesMut;
    fn backpressure_boundary [T, U] (this: &Framed<T, U>) -> usize;
    fn set_backpressure_boundary [T, U] (this: &mut Framed<T, U>, boundary: usize) -> ();
    fn into_inner [T, U] (this: Framed<T, U>) -> T;
    fn into_parts [T, U] (this: Framed<T, U>) -> FramedParts<T, U>;
}

methods! { FramedRead<T, D> =>
    fn new [T, D] (inner: T, decoder: D) -> FramedRead<T, D>;
    fn with_capacity [T, D] (inner: T, decoder: D, capacity: usize) -> FramedRead<T, D>;
    fn get_ref [T, D] (this: &FramedRead<T, D>) -> &T;
    fn get_mut [T, D] (this: &mut FramedRead<T, D>) -> &mut T;
    fn get_pin_mut [T, D] (this: Pin<&mut FramedRead<T, D>>) -> Pin<&mut T>;
    fn into_inner [T, D] (this: FramedRead<T, D>) -> T;
    fn decoder [T, D] (this: &FramedRead<T, D>) -> &D;
    fn decoder_mut [T, D] (this: &mut FramedRead<T, D>) -> &mut D;
    fn decoder_pin_mut [T, D] (this: Pin<&mut FramedRead<T, D>>) -> &mut D;
    fn map_decoder [T, D, C, F: FnOnce(D) -> C] (this: FramedRead<T, D>, map: F) -> FramedRead<T, C>;
    fn read_buffer [T, D] (this: &FramedRead<T, D>) -> &BytesMut;
    fn read_buffer_mut [T, D] (this: &mut FramedRead<T, D>) -> &mut BytesMut;
    fn into_parts [T, D] (this: FramedRead<T, D>) -> FramedParts<T, D>;
}

methods! { FramedWrite<T, E> =>
    fn new [T, E] (inner: T, encoder: E) -> FramedWrite<T, E>;
    fn with_capacity [T, E] (inner: T, encoder: E, capacity: usize) -> FramedWrite<T, E>;
    fn get_ref [T, E] (this: &FramedWrite<T, E>) -> &T;
    fn get_mut [T, E] (this: &mut FramedWrite<T, E>) -> &mut T;
    fn get_pin_mut [T, E] (this: Pin<&mut FramedWrite<T, E>>) -> Pin<&mut T>;
    fn into_inner [T, E] (this: FramedWrite<T, E>) -> T;
    fn encoder [T, E] (this: &FramedWrite<T, E>) -> &E;
    fn encoder_mut [T, E] (this: &mut FramedWrite<T, E>) -> &mut E;
    fn encoder_pin_mut [T, E] (this: Pin<&mut FramedWrite<T, E>>) -> &mut E;
    fn map_encoder [T, E, C, F: FnOnce(E) -> C] (this: FramedWrite<T, E>, map: F) -> FramedWrite<T, C>;
    fn write_buffer [T, E] (this: &FramedWrite<T, E>) -> &BytesMut;
    fn write_buffer_mut [T, E] (this: &mut FramedWrite<T, E>) -> &mut BytesMut;
    fn backpressure_boundary [T, E] (this: &FramedWrite<T, E>) -> usize;
    fn set_backpressure_boundary [T, E] (this: &mut FramedWrite<T, E>, boundary: usize) -> ();
    fn into_parts [T, E] (this: FramedWrite<T, E>) -> FramedParts<T, E>;
}

methods! { LinesCodec =>
    fn new [] () -> LinesCodec;
    fn new_with_max_length [] (max_length: usize) -> LinesCodec;
    fn max_length [] (this: &LinesCodec) -> usize;
}

methods! { AnyDelimiterCodec =>
    fn new [] (seek_delimiters: Vec<u8>, sequence_writer: Vec<u8>) -> AnyDelimiterCodec;
    fn new_with_max_length [] (seek_delimiters: Vec<u8>, sequence_writer: Vec<u8>, max_length: usize) -> AnyDelimiterCodec;
    fn max_length [] (this: &AnyDelimiterCodec) -> usize;
}

methods! { LengthDelimitedCodec =>
    fn new [] () -> LengthDelimitedCodec;
    fn builder [] () -> Builder;
    fn max_frame_length [] (this: &LengthDelimitedCodec) -> usize;
    fn set_max_frame_length [] (this: &mut LengthDelimitedCodec, val: usize) -> ();
}

methods! { Builder =>
    fn new [] () -> Builder;
    fn big_endian [] (this: &mut Builder) -> &mut Builder;
    fn little_endian [] (this: &mut Builder) -> &mut Builder;
    fn native_endian [] (this: &mut Builder) -> &mut Builder;
    fn max_frame_length [] (this: &mut Builder, val: usize) -> &mut Builder;
    fn length_field_length [] (this: &mut Builder, val: usize) -> &mut Builder;
    fn length_field_offset [] (this: &mut Builder, val: usize) -> &mut Builder;
    fn length_adjustment [] (this: &mut Builder, val: isize) -> &mut Builder;
    fn num_skip [] (this: &mut Builder, val: usize) -> &mut Builder;
    fn new_codec [] (this: &Builder) -> LengthDelimitedCodec;
    fn new_read [T: AsyncRead] (this: &Builder, upstream: T) -> FramedRead<T, LengthDelimitedCodec>;
    fn new_write [T: AsyncWrite] (this: &Builder, inner: T) -> FramedWrite<T, LengthDelimitedCodec>;
    fn new_framed [T: AsyncRead + AsyncWrite] (this: &Builder, inner: T) -> Framed<T, LengthDelimitedCodec>;
}

methods! { UdpFramed<C, T> =>
    fn new [C, T: Borrow<UdpSocket>] (socket: T, codec: C) -> UdpFramed<C, T>;
    fn get_ref [C, T: Borrow<UdpSocket>] (this: &UdpFramed<C, T>) -> &T;
    fn get_mut [C, T: Borrow<UdpSocket>] (this: &mut UdpFramed<C, T>) -> &mut T;
    fn codec [C, T: Borrow<UdpSocket>] (this: &UdpFramed<C, T>) -> &C;
    fn codec_mut [C, T: Borrow<UdpSocket>] (this: &mut UdpFramed<C, T>) -> &mut C;
    fn read_buffer [C, T: Borrow<UdpSocket>] (this: &UdpFramed<C, T>) -> &BytesMut;
    fn read_buffer_mut [C, T: Borrow<UdpSocket>] (this: &mut UdpFramed<C, T>) -> &mut BytesMut;
    fn into_inner [C, T: Borrow<UdpSocket>] (this: UdpFramed<C, T>) -> T;
}

methods! { ReaderStream<R> =>
    fn new [R: AsyncRead] (reader: R) -> ReaderStream<R>;
    fn with_capacity [R: AsyncRead] (reader: R, capacity: usize) -> ReaderStream<R>;
}

methods! { StreamReader<S, B> =>
    fn new [E: Into<io::Error>, B: Buf, S: Stream<Item = Result<B, E>>] (stream: S) -> StreamReader<S, B>;
    fn into_inner_with_chunk [E: Into<io::Error>, B: Buf, S: Stream<Item = Result<B, E>>] (this: StreamReader<S, B>) -> (S, Option<B>);
    fn get_ref [S, B] (this: &StreamReader<S, B>) -> &S;
    fn get_mut [S, B] (this: &mut StreamReader<S, B>) -> &mut S;
    fn get_pin_mut [S, B] (this: Pin<&mut StreamReader<S, B>>) -> Pin<&mut S>;
    fn into_inner [S, B] (this: StreamReader<S, B>) -> S;
}

methods! { SinkWriter<S> =>
    fn new [S] (sink: S) -> SinkWriter<S>;
    fn get_ref [S] (this: &SinkWriter<S>) -> &S;
    fn get_mut [S] (this: &mut SinkWriter<S>) -> &mut S;
    fn into_inner [S] (this: SinkWriter<S>) -> S;
}

methods! { CopyToBytes<S> =>
    fn new [S] (inner: S) -> CopyToBytes<S>;
    fn get_ref [S] (this: &CopyToBytes<S>) -> &S;
    fn get_mut [S] (this: &mut CopyToBytes<S>) -> &mut S;
    fn into_inner [S] (this: CopyToBytes<S>) -> S;
}

methods! { InspectReader<R, F> =>
    fn new [R: AsyncRead, F: FnMut(&[u8])] (reader: R, f: F) -> InspectReader<R, F>;
    fn get_ref [R, F] (this: &InspectReader<R, F>) -> &R;
    fn get_mut [R, F] (this: &mut InspectReader<R, F>) -> &mut R;
    fn get_pin_mut [R, F] (this: Pin<&mut InspectReader<R, F>>) -> Pin<&mut R>;
    fn into_inner [R, F] (this: InspectReader<R, F>) -> R;
}

methods! { InspectWriter<W, F> =>
    fn new [W: AsyncWrite, F: FnMut(&[u8])] (writer: W, f: F) -> InspectWriter<W, F>;
    fn get_ref [W, F] (this: &InspectWriter<W, F>) -> &W;
    fn get_mut [W, F] (this: &mut InspectWriter<W, F>) -> &mut W;
    fn get_pin_mut [W, F] (this: Pin<&mut InspectWriter<W, F>>) -> Pin<&mut W>;
    fn into_inner [W, F] (this: InspectWriter<W, F>) -> W;
}

methods! { SyncIoBridge<T> =>
    fn new [T: Unpin] (src: T) -> SyncIoBridge<T>;
    fn new_with_handle [T: Unpin] (src: T, rt: heist::runtime::Handle) -> SyncIoBridge<T>;
    fn into_inner [T: Unpin] (this: SyncIoBridge<T>) -> T;
    fn is_write_vectored [T: AsyncWrite] (this: &SyncIoBridge<T>) -> bool;
    fn shutdown [T: AsyncWrite + Unpin] (this: &mut SyncIoBridge<T>) -> io::Result<()>;
}

methods! { Compat<T> =>
    fn get_ref [T] (this: &Compat<T>) -> &T;
    fn get_mut [T] (this: &mut Compat<T>) -> &mut T;
    fn into_inner [T] (this: Compat<T>) -> T;
}

functions! {
    fn AsyncReadCompatExt::compat [T: AsyncRead] (this: T) -> Compat<T>;
    fn AsyncWriteCompatExt::compat_write [T: AsyncWrite] (this: T) -> Compat<T>;
    fn FuturesAsyncReadCompatExt::compat [T: futures_util::io::AsyncRead] (this: T) -> Compat<T>;
    fn FuturesAsyncWriteCompatExt::compat_write [T: futures_util::io::AsyncWrite] (this: T) -> Compat<T>;
    async fn util::read_buf [R: AsyncRead + Unpin, B: BufMut] (read: &mut R, buf: &mut B) -> io::Result<usize>;
    fn util::poll_read_buf [T: AsyncRead + ?Sized, B: BufMut] (io: Pin<&mut T>, cx: &mut Context<'_>, buf: &mut B) -> Poll<io::Result<usize>>;
    fn util::poll_write_buf [T: AsyncWrite + ?Sized, B: Buf] (io: Pin<&mut T>, cx: &mut Context<'_>, buf: &mut B) -> Poll<io::Result<usize>>;
}

implements! {
    [] LinesCodec: (Decoder<Item = String, Error = LinesCodecError> + Encoder<&'static str, Error = LinesCodecError> + Encoder<String> + Clone + Debug + Default + Ord + Hash);
    [] AnyDelimiterCodec: (Decoder<Item = Bytes, Error = AnyDelimiterCodecError> + Encoder<&'static str, Error = AnyDelimiterCodecError> + Encoder<String> + Clone + Debug + Default + Ord + Hash);
    [] BytesCodec: (Decoder<Item = BytesMut, Error = io::Error> + Encoder<Bytes, Error = io::Error> + Encoder<BytesMut, Error = io::Error> + Copy + Debug + Default + Ord + Hash);
    [] LengthDelimitedCodec: (Decoder<Item = BytesMut, Error = io::Error> + Encoder<Bytes, Error = io::Error> + Encoder<&'static [u8], Error = io::Error> + Clone + Debug + Default);
    [] Builder: (Copy + Debug + Default);
    [] LinesCodecError: (std::error::Error + From<io::Error>);
    [] AnyDelimiterCodecError: (std::error::Error + From<io::Error>);
    [] LengthDelimitedCodecError: (std::error::Error);
    [T: AsyncRead, D: Decoder] Framed<T, D>: (Stream<Item = Result<D::Item, D::Error>>);
    [T: AsyncWrite, I, E: Encoder<I>] Framed<T, E>: (Sink<I, Error = E::Error>);
    [T: AsyncRead, D: Decoder] FramedRead<T, D>: (Stream<Item = Result<D::Item, D::Error>>);
    [T: Sink<I>, I, D] FramedRead<T, D>: (Sink<I, Error = T::Error>);
    [T: AsyncWrite, I, E: Encoder<I>] FramedWrite<T, E>: (Sink<I, Error = E::Error>);
    [T: Stream, E] FramedWrite<T, E>: (Stream<Item = T::Item>);
    [T: Debug, U: Debug] Framed<T, U>: (Debug);
    [T: Debug, U: Debug] FramedRead<T, U>: (Debug);
    [T: Debug, U: Debug] FramedWrite<T, U>: (Debug);
    [T: Debug, U: Debug] FramedParts<T, U>: (Debug);
    [C: Decoder, T: Borrow<UdpSocket>] UdpFramed<C, T>: (Stream<Item = Result<(C::Item, SocketAddr), C::Error>> + Unpin);
    [I, C: Encoder<I>, T: Borrow<UdpSocket>] UdpFramed<C, T>: (Sink<(I, SocketAddr), Error = C::Error>);
    [R: AsyncRead] ReaderStream<R>: (Stream<Item = io::Result<Bytes>>);
    [B: Buf, E: Into<io::Error>, S: Stream<Item = Result<B, E>>] StreamReader<S, B>: (AsyncRead + AsyncBufRead);
    [T, S: Sink<T>, B] StreamReader<S, B>: (Sink<T, Error = S::Error>);
    [S: AsyncRead + Stream] SinkWriter<S>: (AsyncRead + Stream<Item = S::Item>);
    [S: Sink<Bytes, Error = io::Error>] SinkWriter<CopyToBytes<S>>: (AsyncWrite);
    [S: Stream] CopyToBytes<S>: (Stream<Item = S::Item>);
    [R: AsyncRead + AsyncWrite, F: FnMut(&[u8])] InspectReader<R, F>: (AsyncRead + AsyncWrite);
    [R: AsyncRead + AsyncWrite, F: FnMut(&[u8])] InspectWriter<R, F>: (AsyncRead + AsyncWrite);
    [T: AsyncBufRead + AsyncWrite + AsyncSeek + Unpin + Debug] SyncIoBridge<T>: (std::io::Read + std::io::BufRead + std::io::Write + std::io::Seek + Debug + AsRef<T> + AsMut<T>);
    [T: AsyncBufRead + AsyncWrite + AsyncSeek] Compat<T>: (futures_util::io::AsyncRead + futures_util::io::AsyncBufRead + futures_util::io::AsyncWrite + futures_util::io::AsyncSeek);
    [T: futures_util::io::AsyncBufRead + futures_util::io::AsyncWrite + futures_util::io::AsyncSeek] Compat<T>: (AsyncRead + AsyncBufRead + AsyncWrite + AsyncSeek);
    [T: Copy + Debug] Compat<T>: (Copy + Debug);
}
