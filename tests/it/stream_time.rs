//! Streams and time, several streams as one, and `Either`. On a stopped clock, so each instant is known.

use std::collections::{HashMap, HashSet};
use std::future::ready;
use std::pin::Pin;
use std::task::Poll;

use futures_util::{SinkExt, Stream, StreamExt as _, poll, stream};
use heist::either::Either;
use heist::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt};
use heist::stream::{ReceiverStream, StreamExt, StreamMap, UnboundedReceiverStream};
use heist::sync::{PollSender, mpsc};
use heist::time::{Duration, Instant, interval, interval_at, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// Items that come after so many seconds, each counted from the one before.
fn after(seconds: &'static [u32]) -> Pin<Box<dyn Stream<Item = u32> + Send>> {
    Box::pin(stream::iter(seconds).then(|wait| async move {
        sleep(*wait * SECOND).await;
        *wait
    }))
}

/// What comes, with the second in which it does.
async fn timed<S: Stream>(stream: S) -> Vec<(u64, S::Item)> {
    let start = Instant::now();
    let stream = stream.map(|item| (start.elapsed().as_secs(), item));
    stream.collect().await
}

#[heist::test(start_paused = true)]
async fn a_timeout_is_told_once_for_each_item() {
    let limited = after(&[1, 5, 2, 3]).timeout(2 * SECOND);
    let seen = timed(limited.map(Result::ok)).await;
    assert_eq!(
        seen,
        [
            (1, Some(1)),
            (3, None),
            (6, Some(5)),
            // Both at once: the item is first.
            (8, Some(2)),
            (10, None),
            (11, Some(3))
        ]
    );
    let mut never = stream::pending::<()>().timeout(SECOND);
    let error = never.next().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "deadline has elapsed");
    assert!(poll!(never.next()).is_pending());
    assert_eq!(after(&[1]).timeout(SECOND).size_hint().1, Some(3));
    // An item that is there wins, even without any time.
    let ready = stream::iter([1, 2]).timeout(Duration::ZERO);
    assert_eq!(ready.collect::<Vec<_>>().await, [Ok(1), Ok(2)]);
    // A time that cannot be told is as good as never.
    let long = after(&[3]).timeout(Duration::MAX);
    assert_eq!(long.collect::<Vec<_>>().await, [Ok(3)]);
}

#[heist::test(start_paused = true)]
async fn a_repeating_timeout_is_told_until_the_item_comes() {
    let ticks = interval_at(Instant::now() + SECOND, SECOND);
    let limited = after(&[3, 1]).timeout_repeating(ticks);
    let seen = timed(limited.map(Result::ok)).await;
    assert_eq!(seen[..2], [(1, None), (2, None)]);
    let items: Vec<_> = seen.iter().filter(|(_, item)| item.is_some()).collect();
    assert_eq!(items, [&(3, Some(3)), &(4, Some(1))]);

    let mut at_once = stream::pending::<()>().timeout_repeating(interval(SECOND));
    let start = Instant::now();
    assert!(at_once.next().await.unwrap().is_err());
    assert!(at_once.next().await.unwrap().is_err());
    assert_eq!(start.elapsed(), SECOND);
}

#[heist::test(start_paused = true)]
async fn throttled_items_keep_their_distance() {
    let seen = timed(stream::iter([1, 2, 3]).throttle(2 * SECOND)).await;
    assert_eq!(seen, [(0, 1), (2, 2), (4, 3)]);
    // The stream is asked for the next item when the distance has been kept.
    let seen = timed(after(&[3, 1, 3]).throttle(2 * SECOND)).await;
    assert_eq!(seen, [(3, 3), (6, 1), (11, 3)]);
    let seen = timed(stream::iter([1, 2]).throttle(Duration::ZERO)).await;
    assert_eq!(seen, [(0, 1), (0, 2)]);
    let mut throttled = stream::iter([1]).throttle(SECOND);
    assert_eq!(throttled.get_ref().size_hint(), (1, Some(1)));
    assert_eq!(throttled.get_mut().next().await, Some(1));
    assert_eq!(throttled.into_inner().next().await, None);
}

#[heist::test(start_paused = true)]
async fn batches_come_when_full_when_their_time_is_over_and_at_the_end() {
    let batches = after(&[0, 0, 0, 1, 1, 4, 1]).chunks_timeout(2, 3 * SECOND);
    assert_eq!(
        timed(batches).await,
        [
            (0, vec![0, 0]),
            (1, vec![0, 1]),
            // Counted from the first item of the batch.
            (5, vec![1]),
            (7, vec![4, 1])
        ]
    );
    let batches = after(&[1, 1]).chunks_timeout(9, 9 * SECOND);
    assert_eq!(batches.size_hint().0, 0);
    assert_eq!(timed(batches).await, [(2, vec![1, 1])]);
    let mut batches = stream::iter([1])
        .chain(stream::pending())
        .chunks_timeout(2, SECOND);
    assert!(poll!(batches.next()).is_pending());
    assert_eq!(batches.into_remainder(), [1]);
    let mut none = stream::empty::<u8>().chunks_timeout(2, SECOND);
    assert!(none.next().await.is_none() && none.next().await.is_none());
}

#[heist::test]
#[should_panic(expected = "`max_size` must be non-zero")]
async fn batches_of_nothing_panic() {
    drop(stream::empty::<u8>().chunks_timeout(0, SECOND));
}

#[heist::test]
async fn a_map_of_streams_gives_each_its_turn_and_loses_nothing() {
    let mut map: StreamMap<_, _> = (0..10).map(|key| (key, stream::iter(0..100))).collect();
    assert_eq!(map.size_hint(), (1000, Some(1000)));
    let mut next = HashMap::new();
    let mut begun = 0;
    for round in 0..1000 {
        let (key, item) = map.next().await.unwrap();
        let expected = next.entry(key).or_insert(0);
        assert_eq!(item, *expected, "of stream {key}");
        *expected += 1;
        if next.len() < 10 {
            begun = round;
        }
    }
    assert!(begun < 200, "one stream waited for {begun} rounds");
    assert!(map.next().await.is_none() && map.is_empty());
}

/// Whatever ends in a round: those that are polled in it are the others, each once.
#[heist::test]
async fn streams_that_end_in_the_middle_of_a_round_hide_nobody() {
    for ended in 0..32_u32 {
        for _ in 0..20 {
            let mut map = StreamMap::with_capacity(5);
            for key in 0..5 {
                let ends = ended >> key & 1 == 1;
                let polls = stream::poll_fn(move |_| {
                    if ends {
                        Poll::Ready(None)
                    } else {
                        Poll::<Option<u32>>::Pending
                    }
                });
                map.insert(key, polls);
            }
            let polled = poll!(map.next());
            assert_eq!(polled.is_ready(), ended == 31);
            let left: HashSet<_> = map.keys().copied().collect();
            let expected = (0..5).filter(|key| ended >> key & 1 == 0);
            assert_eq!(left, expected.collect());
        }
    }
}

#[heist::test]
async fn a_map_of_streams_is_a_map() {
    let mut map = StreamMap::new();
    assert!(map.insert("a".to_owned(), stream::iter(vec![1])).is_none());
    let before = map.insert("a".to_owned(), stream::iter(vec![2])).unwrap();
    assert_eq!(before.collect::<Vec<_>>().await, [1]);
    map.extend([("b".to_owned(), stream::iter(vec![3, 4]))]);
    assert!(map.contains_key("a") && !map.contains_key("c") && map.remove("c").is_none());
    assert_eq!(
        (map.len(), map.iter().count(), map.values().count()),
        (2, 2, 2)
    );
    assert!(map.capacity() >= 2 && format!("{map:?}").starts_with("StreamMap { entries: ["));
    for stream in map.values_mut() {
        stream.next().await;
    }
    assert_eq!(map.iter_mut().count(), 2);
    let mut buffer = Vec::new();
    assert_eq!(map.next_many(&mut buffer, 0).await, 0);
    assert_eq!(map.next_many(&mut buffer, 10).await, 1);
    assert_eq!(buffer, [("b".to_owned(), 4)]);
    assert_eq!(map.next_many(&mut buffer, 10).await, 0);
    map.insert("d".to_owned(), stream::iter(vec![5]));
    map.clear();
    assert!(map.is_empty());
}

#[heist::test]
async fn receivers_know_how_much_is_to_come() {
    let (send, receive) = mpsc::channel(5);
    let mut stream = ReceiverStream::new(receive);
    send.try_send(1).unwrap();
    let permit = send.reserve().await.unwrap();
    assert_eq!(stream.size_hint(), (1, None));
    stream.close();
    assert_eq!(stream.size_hint(), (1, Some(2)));
    permit.send(2);
    assert_eq!(stream.size_hint(), (2, Some(2)));

    let (send, receive) = mpsc::unbounded_channel();
    let mut stream = UnboundedReceiverStream::new(receive);
    send.send(1).unwrap();
    assert_eq!(stream.size_hint(), (1, None));
    stream.close();
    assert_eq!(stream.size_hint(), (1, Some(1)));
}

#[heist::test]
async fn either_is_what_both_are() {
    fn future(left: bool) -> Either<std::future::Ready<u8>, impl Future<Output = u8>> {
        if left {
            Either::Left(ready(1))
        } else {
            Either::Right(async { 2 })
        }
    }
    assert_eq!((future(true).await, future(false).await), (1, 2));

    let mut readers: [Either<&[u8], std::io::Cursor<&str>>; 2] = [
        Either::Left(b"one\nleft"),
        Either::Right(std::io::Cursor::new("two\nright")),
    ];
    for (reader, expected) in readers
        .iter_mut()
        .zip([("one\n", "left"), ("two\n", "right")])
    {
        let (mut line, mut rest) = (String::new(), String::new());
        reader.read_line(&mut line).await.unwrap();
        reader.read_to_string(&mut rest).await.unwrap();
        assert_eq!((&*line, &*rest), expected);
    }
    type Cursor = std::io::Cursor<Vec<u8>>;
    let mut both: [Either<Cursor, Cursor>; 2] = [
        Either::Left(Cursor::default()),
        Either::Right(Cursor::default()),
    ];
    for either in &mut both {
        assert_eq!(
            either.is_write_vectored(),
            Cursor::default().is_write_vectored()
        );
        either.write_all(b"hello").await.unwrap();
        let hello = [std::io::IoSlice::new(b"!")];
        assert_eq!(either.write_vectored(&hello).await.unwrap(), 1);
        either.flush().await.unwrap();
        either.shutdown().await.unwrap();
        either.seek(std::io::SeekFrom::Start(1)).await.unwrap();
        let mut read = String::new();
        either.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "ello!");
    }

    let (send, receive) = mpsc::channel(4);
    let mut sink: Either<PollSender<u8>, PollSender<u8>> = Either::Right(PollSender::new(send));
    sink.send(1).await.unwrap();
    SinkExt::close(&mut sink).await.unwrap();
    assert!(sink.send(2).await.is_err());
    let stream: Either<stream::Empty<u8>, _> = Either::Right(ReceiverStream::new(receive));
    assert_eq!(stream.size_hint().0, 1);
    assert_eq!(stream.collect::<Vec<_>>().await, [1]);
}
