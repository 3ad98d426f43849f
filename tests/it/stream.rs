//! Streams around receivers, listeners, readers and timers.

use std::task::Poll;

use futures_util::{StreamExt, poll};
use heist::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::stream::{
    BroadcastStream, BroadcastStreamRecvError, IntervalStream, JoinSetStream, LinesStream,
    ReadDirStream, ReceiverStream, SplitStream, TcpListenerStream, UnboundedReceiverStream,
    WatchStream,
};
use heist::sync::{broadcast, mpsc, watch};
use heist::task::JoinSet;
use heist::time::{DelayQueue, Duration, interval};

#[heist::test]
async fn channels_end_when_their_senders_are_gone() {
    let (send, receive) = mpsc::channel(2);
    let (send_more, receive_more) = mpsc::unbounded_channel();
    send.send(1).await.unwrap();
    send_more.send(2).unwrap();
    drop((send, send_more));
    assert_eq!(ReceiverStream::from(receive).collect::<Vec<_>>().await, [1]);
    let unbounded = UnboundedReceiverStream::new(receive_more);
    assert_eq!(unbounded.collect::<Vec<_>>().await, [2]);

    let (send, receive) = mpsc::channel(2);
    let mut stream = ReceiverStream::new(receive);
    assert!(poll!(stream.next()).is_pending());
    send.send(3).await.unwrap();
    stream.close();
    assert!(send.send(4).await.is_err() && stream.as_ref().is_closed());
    assert_eq!((stream.next().await, stream.next().await), (Some(3), None));
    assert_eq!(stream.as_mut().len(), 0);
    assert!(stream.into_inner().try_recv().is_err());
}

#[heist::test]
async fn a_broadcast_stream_says_when_it_was_too_slow() {
    let (send, receive) = broadcast::channel(2);
    let mut stream = BroadcastStream::new(receive);
    assert!(poll!(stream.next()).is_pending());
    for n in 0..5 {
        send.send(n).unwrap();
    }
    let lagged = BroadcastStreamRecvError::Lagged(3);
    assert_eq!(lagged.to_string(), "channel lagged by 3");
    drop(send);
    let seen: Vec<_> = stream.collect().await;
    assert_eq!(seen, [Err(lagged), Ok(3), Ok(4)]);
}

#[heist::test]
async fn a_watch_stream_begins_with_the_value_or_with_the_next() {
    let (send, receive) = watch::channel(0);
    let mut all = WatchStream::new(receive.clone());
    let mut changes = WatchStream::from_changes(receive);
    assert_eq!(all.next().await, Some(0));
    assert!(poll!(all.next()).is_pending() && poll!(changes.next()).is_pending());
    send.send(1).unwrap();
    send.send(2).unwrap();
    assert_eq!((all.next().await, changes.next().await), (Some(2), Some(2)));
    drop(send);
    assert_eq!((all.next().await, changes.next().await), (None, None));
}

#[heist::test(start_paused = true)]
async fn ticks_and_delays_are_streams() {
    let mut ticks = IntervalStream::new(interval(Duration::from_secs(1)));
    let (first, second) = (ticks.next().await.unwrap(), ticks.next().await.unwrap());
    assert_eq!(second - first, Duration::from_secs(1));
    let mut queue = DelayQueue::new();
    queue.insert("b", Duration::from_secs(2));
    queue.insert("a", Duration::from_secs(1));
    let values = queue.map(|expired| expired.into_inner());
    assert_eq!(values.collect::<Vec<_>>().await, ["a", "b"]);
}

#[heist::test]
async fn a_listener_gives_connections_and_a_reader_lines() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut connections = TcpListenerStream::new(listener);
    let client = heist::spawn(async move {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(b"one\ntwo").await.unwrap();
    });
    let mut text = String::new();
    let mut socket = connections.next().await.unwrap().unwrap();
    socket.read_to_string(&mut text).await.unwrap();
    client.await.unwrap();
    let lines: Vec<_> = LinesStream::new(AsyncBufReadExt::lines(text.as_bytes()))
        .map(Result::unwrap)
        .collect()
        .await;
    assert_eq!(lines, ["one", "two"]);
    let split = AsyncBufReadExt::split(&b"a,b"[..], b',');
    let parts = SplitStream::new(split).map(Result::unwrap);
    assert_eq!(parts.collect::<Vec<_>>().await, [b"a", b"b"]);
}

#[heist::test]
async fn a_directory_and_a_set_of_tasks() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    let entries = ReadDirStream::new(heist::fs::read_dir(folder).await.unwrap());
    let names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name())
        .collect()
        .await;
    assert!(names.iter().any(|name| name == "stream.rs"));

    let set: JoinSet<_> = (0..3).map(|n| async move { n }).collect();
    let mut outputs: Vec<_> = JoinSetStream::new(set).map(Result::unwrap).collect().await;
    outputs.sort_unstable();
    assert_eq!(outputs, [0, 1, 2]);
    let mut empty = JoinSetStream::new(JoinSet::<()>::new());
    assert_eq!(
        poll!(empty.next()).map(|end| end.is_none()),
        Poll::Ready(true)
    );
}
