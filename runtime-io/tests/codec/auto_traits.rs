//! Auto traits of what is here, as a table for the compiler.

use std::rc::Rc;

use bytes::Bytes;
use runtime_io::codec::{
    AnyDelimiterCodec, AnyDelimiterCodecError, BytesCodec, Framed, FramedParts, FramedRead,
    FramedWrite, LengthDelimitedCodec, LengthDelimitedCodecError, LinesCodec, LinesCodecError,
    UdpFramed, length_delimited,
};
use runtime_io::compat::Compat;
use runtime_io::io::DuplexStream;
use runtime_io::io::util::{
    CopyToBytes, InspectReader, InspectWriter, ReaderStream, SinkWriter, StreamReader, SyncIoBridge,
};

fn all<T: Send + Sync + Unpin>() {}

fn error<T: std::error::Error + Send + Sync + 'static>() {}

/// Compiles only if the type is not `Send`: there would be two ways to name `item`.
trait NotSend<A> {
    fn item() {}
}
impl<T: ?Sized> NotSend<()> for T {}
struct Ambiguous;
impl<T: ?Sized + Send> NotSend<Ambiguous> for T {}

#[test]
fn the_table_compiles() {
    all::<Framed<DuplexStream, LinesCodec>>();
    all::<FramedRead<DuplexStream, LinesCodec>>();
    all::<FramedWrite<DuplexStream, LinesCodec>>();
    all::<FramedParts<DuplexStream, LinesCodec>>();
    all::<UdpFramed<LinesCodec>>();
    all::<(LinesCodec, BytesCodec, AnyDelimiterCodec)>();
    all::<(LengthDelimitedCodec, length_delimited::Builder)>();
    all::<ReaderStream<DuplexStream>>();
    all::<StreamReader<ReaderStream<DuplexStream>, Bytes>>();
    all::<SinkWriter<CopyToBytes<Vec<Bytes>>>>();
    all::<InspectReader<DuplexStream, fn(&[u8])>>();
    all::<InspectWriter<DuplexStream, fn(&[u8])>>();
    all::<SyncIoBridge<DuplexStream>>();
    all::<Compat<DuplexStream>>();
    error::<LinesCodecError>();
    error::<AnyDelimiterCodecError>();
    error::<LengthDelimitedCodecError>();

    let _ = <Framed<Rc<()>, LinesCodec> as NotSend<_>>::item;
    let _ = <FramedRead<DuplexStream, Rc<()>> as NotSend<_>>::item;
    let _ = <ReaderStream<Rc<()>> as NotSend<_>>::item;
    let _ = <Compat<Rc<()>> as NotSend<_>>::item;
}
