//! Datagrams as frames.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use runtime_io::codec::{BytesCodec, LengthDelimitedCodec, LinesCodec, UdpFramed};
use runtime_io::net::UdpSocket;
use runtime_io::reactor::Reactor;

fn run<F: Future>(future: F) -> F::Output {
    let reactor = Arc::new(Reactor::new().unwrap());
    let mut builder = runtime_core::Builder::new_current_thread();
    let builder = builder.driver(reactor.clone()).extension(reactor);
    builder.build().unwrap().block_on(future)
}

async fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").await.unwrap()
}

#[test]
fn a_datagram_may_hold_several_frames_and_an_empty_one_holds_none() {
    run(async {
        let (here, there) = (socket().await, socket().await);
        let (from, to) = (here.local_addr().unwrap(), there.local_addr().unwrap());
        let mut there = UdpFramed::new(there, LinesCodec::new());
        here.send_to(b"", to).await.unwrap();
        here.send_to(b"one\ntwo", to).await.unwrap();
        here.send_to(b"three\n", to).await.unwrap();
        for line in ["one", "two", "three"] {
            let (seen, sender) = there.next().await.unwrap().unwrap();
            assert_eq!((&seen[..], sender), (line, from));
        }
    });
}

/// A frame never goes beyond its datagram, and a datagram that makes no sense costs only itself.
#[test]
fn a_datagram_that_is_no_frame_is_one_error() {
    run(async {
        let (here, there) = (socket().await, socket().await);
        let to = there.local_addr().unwrap();
        let codec = LengthDelimitedCodec::builder()
            .max_frame_length(100)
            .new_codec();
        let mut there = UdpFramed::new(there, codec);
        here.send_to(b"\xff\xff\xff\xff too long", to)
            .await
            .unwrap();
        here.send_to(b"\x00\x00", to).await.unwrap();
        here.send_to(b"\x00\x00\x00\x02hi", to).await.unwrap();
        let error = there.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(there.next().await.unwrap().is_err(), "half a head");
        assert_eq!(there.next().await.unwrap().unwrap().0, "hi");
    });
}

#[test]
fn the_largest_datagram_is_received_whole_and_a_larger_one_is_an_error_once() {
    run(async {
        let (here, there) = (socket().await, socket().await);
        let to = there.local_addr().unwrap();
        let here = Arc::new(here);
        let mut frames = UdpFramed::new(Arc::clone(&here), BytesCodec::new());
        let mut there = UdpFramed::new(there, BytesCodec::new());
        let largest = Bytes::from(vec![7; 65_507]);
        let larger = Bytes::from(vec![7; 65_508]);
        assert!(frames.send((larger, to)).await.is_err());
        frames.send((largest.clone(), to)).await.unwrap();
        assert_eq!(there.next().await.unwrap().unwrap().0, largest);
        SinkExt::<(Bytes, _)>::close(&mut frames).await.unwrap();
        let socket = frames.into_inner();
        assert_eq!(socket.local_addr().unwrap(), here.local_addr().unwrap());
    });
}
