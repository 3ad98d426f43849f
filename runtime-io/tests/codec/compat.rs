//! The traits of `futures-io`, in both directions and there and back.

use std::io::{ErrorKind, IoSlice, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::io as theirs;
use runtime_io::compat::{
    AsyncReadCompatExt, AsyncWriteCompatExt, Compat, FuturesAsyncReadCompatExt,
    FuturesAsyncWriteCompatExt,
};
use runtime_io::io as ours;
use runtime_io::io::AsyncSeek as _;

use crate::script::{Read, Reader, Write, Writer, data};
use crate::support::{Task, drive};

#[test]
fn our_reader_is_one_of_theirs() {
    use theirs::AsyncReadExt as _;

    let script = [
        data("one"),
        Read::Pending,
        data("two"),
        Read::Fail(ErrorKind::Other),
    ];
    let mut reader = AsyncReadCompatExt::compat(Reader::new(script));
    let mut buf = [0; 6];
    drive(reader.read_exact(&mut buf)).unwrap();
    assert_eq!(&buf, b"onetwo");
    assert!(drive(reader.read(&mut buf)).is_err());
    assert_eq!(drive(reader.read(&mut buf)).unwrap(), 0);
    assert_eq!(drive(reader.read(&mut [])).unwrap(), 0);
}

#[test]
fn our_writer_is_one_of_theirs() {
    use theirs::AsyncWriteExt as _;

    let mut writer = Writer::new([Write::Take(2), Write::Pending]);
    writer.vectored = true;
    let mut writer = AsyncWriteCompatExt::compat_write(writer);
    drive(async {
        writer.write_all(b"hello").await?;
        let slices = [IoSlice::new(b"a"), IoSlice::new(b"b")];
        assert_eq!(writer.write_vectored(&slices).await?, 2);
        writer.flush().await?;
        writer.close().await
    })
    .unwrap();
    let writer = writer.into_inner();
    assert_eq!(writer.written, b"helloab");
    assert_eq!((writer.flushed_at, writer.shut_at), (vec![7], vec![7]));
}

#[test]
fn there_and_back_is_the_same() {
    use ours::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

    let cursor = std::io::Cursor::new(b"one\ntwo\n".to_vec());
    let mut twice = FuturesAsyncReadCompatExt::compat(AsyncReadCompatExt::compat(cursor));
    drive(async {
        let mut line = String::new();
        twice.read_line(&mut line).await?;
        assert_eq!(line, "one\n");
        assert_eq!(twice.seek(SeekFrom::Start(0)).await?, 0);
        assert_eq!(twice.seek(SeekFrom::Current(1)).await?, 1);
        assert_eq!(
            twice.seek(SeekFrom::Current(1)).await?,
            2,
            "not taken for the same seek"
        );
        assert_eq!(twice.read_u8().await?, b'e');
        assert_eq!(twice.seek(SeekFrom::End(0)).await?, 8);
        twice.write_all(b"end").await?;
        twice.flush().await?;
        twice.shutdown().await
    })
    .unwrap();
    assert_eq!(twice.get_ref().get_ref().get_ref(), b"one\ntwo\nend");
}

#[test]
fn their_reader_and_writer_are_ours() {
    use ours::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};

    let mut reader = theirs::Cursor::new("one\ntwo").compat();
    let mut line = String::new();
    drive(reader.read_line(&mut line)).unwrap();
    drive(reader.read_to_string(&mut line)).unwrap();
    assert_eq!(line, "one\ntwo");
    let mut writer = theirs::Cursor::new(Vec::new()).compat_write();
    drive(writer.write_all(b"hello")).unwrap();
    drive(writer.shutdown()).unwrap();
    assert_eq!(writer.into_inner().into_inner(), b"hello");
}

#[test]
fn completing_without_a_seek_says_nothing() {
    let mut cursor: Compat<_> = FuturesAsyncReadCompatExt::compat(theirs::Cursor::new("hello"));
    let task = Task::default();
    let position = task.with_context(|cx| Pin::new(&mut cursor).poll_complete(cx));
    assert!(matches!(position, Poll::Ready(Ok(0))));
}

/// What embedding asks for: code written against `futures-io` runs over the sockets of this crate.
#[test]
fn a_connection_serves_code_of_futures_io() {
    use runtime_io::net::{TcpListener, TcpStream};
    use theirs::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn echo(stream: impl theirs::AsyncRead + theirs::AsyncWrite) -> std::io::Result<u64> {
        let (read, mut write) = stream.split();
        let count = theirs::copy(read, &mut write).await?;
        write.close().await?;
        Ok(count)
    }

    let reactor = Arc::new(runtime_io::reactor::Reactor::new().unwrap());
    let mut builder = runtime_core::Builder::new_current_thread();
    let builder = builder.driver(reactor.clone()).extension(reactor);
    builder.build().unwrap().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = runtime_core::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            echo(AsyncReadCompatExt::compat(stream)).await
        });
        let mut client = AsyncReadCompatExt::compat(TcpStream::connect(address).await.unwrap());
        client.write_all(b"hello").await.unwrap();
        client.close().await.unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
        assert_eq!(server.await.unwrap().unwrap(), 5);
    });
}
