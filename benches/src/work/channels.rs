//! Channels with one receiver, for group `sync`. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use super::peer::sync::oneshot;
use super::sync::{all, in_worker};
use crate::measure::{Sample, repeat};
use std::future::Future;
use std::hint::black_box;
use std::time::{Duration, Instant};

const PRODUCERS: usize = 5;
const MESSAGES: usize = 5_000;
/// More than are ever in the channel.
const ROOMY: usize = 1_000_000;
/// Producers wait for the consumer again and again.
const TIGHT: usize = 100;
const ROUNDS: usize = 1_000;

type Medium = [u64; 64];
type Large = [Medium; 64];

/// Run the row `name`, if it belongs here.
pub(super) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    let bounded = || Sender::pair(ROOMY);
    let tight = || Sender::pair(TIGHT);
    let unbounded = || UnboundedSender::pair(0);
    Some(match name {
        "mpsc_create/1" => create(1),
        "mpsc_create/100" => create(100),
        "mpsc_create/100000" => create(100_000),
        "mpsc_send/512B" => send_one(rt, || -> Medium { [0; 64] }),
        "mpsc_send/32KiB" => send_one(rt, || -> Large { [[0; 64]; 64] }),
        "mpsc_contended/bounded/recv" => contended(rt, PRODUCERS, bounded, Take::Each),
        "mpsc_contended/bounded/recv_many" => contended(rt, PRODUCERS, bounded, Take::Many),
        "mpsc_contended/full/recv" => contended(rt, PRODUCERS, tight, Take::Each),
        "mpsc_contended/full/recv_many" => contended(rt, PRODUCERS, tight, Take::Many),
        "mpsc_contended/unbounded/recv" => contended(rt, PRODUCERS, unbounded, Take::Each),
        "mpsc_contended/unbounded/recv_many" => contended(rt, PRODUCERS, unbounded, Take::Many),
        "mpsc_uncontended/bounded/recv" => uncontended(rt, bounded, Take::Each),
        "mpsc_uncontended/bounded/recv_many" => uncontended(rt, bounded, Take::Many),
        "mpsc_uncontended/unbounded/recv" => uncontended(rt, unbounded, Take::Each),
        "mpsc_uncontended/unbounded/recv_many" => uncontended(rt, unbounded, Take::Many),
        "oneshot_roundtrip" => repeat(ROUNDS as u64, || in_worker(rt, oneshots())),
        "request_reply" => requests_and_replies(rt),
        _ => {
            let producers = name.strip_prefix("mpsc_producers/")?.parse().ok();
            let producers = producers.filter(|producers| (1..=MESSAGES).contains(producers))?;
            contended(rt, producers, || Sender::pair(64), Take::Each)
        }
    })
}

/// What the two kinds of sender have in common.
trait Producer: Clone + Send + 'static {
    type Receiver: Receive + Send + 'static;
    fn pair(capacity: usize) -> (Self, Self::Receiver);
    fn put(&self, message: usize) -> impl Future<Output = ()> + Send;
}

/// What the two kinds of receiver have in common.
trait Receive {
    fn one(&mut self) -> impl Future<Output = Option<usize>> + Send;
    fn many(&mut self, buffer: &mut Vec<usize>) -> impl Future<Output = usize> + Send;
}

impl Producer for Sender<usize> {
    type Receiver = Receiver<usize>;

    fn pair(capacity: usize) -> (Self, Receiver<usize>) {
        mpsc::channel(capacity)
    }

    async fn put(&self, message: usize) {
        self.send(message).await.expect("the receiver is there");
    }
}

impl Producer for UnboundedSender<usize> {
    type Receiver = UnboundedReceiver<usize>;

    fn pair(_: usize) -> (Self, UnboundedReceiver<usize>) {
        mpsc::unbounded_channel()
    }

    async fn put(&self, message: usize) {
        self.send(message).expect("the receiver is there");
    }
}

impl Receive for Receiver<usize> {
    async fn one(&mut self) -> Option<usize> {
        self.recv().await
    }

    async fn many(&mut self, buffer: &mut Vec<usize>) -> usize {
        self.recv_many(buffer, MESSAGES).await
    }
}

impl Receive for UnboundedReceiver<usize> {
    async fn one(&mut self) -> Option<usize> {
        self.recv().await
    }

    async fn many(&mut self, buffer: &mut Vec<usize>) -> usize {
        self.recv_many(buffer, MESSAGES).await
    }
}

/// How a consumer takes its messages.
#[derive(Clone, Copy)]
enum Take {
    Each,
    Many,
}

impl Take {
    async fn run<R: Receive>(self, receiver: &mut R, count: usize) {
        match self {
            Self::Each => {
                for _ in 0..count {
                    black_box(receiver.one().await);
                }
            }
            Self::Many => {
                let mut buffer = Vec::with_capacity(MESSAGES);
                let mut received = 0;
                while received < count {
                    received += receiver.many(&mut buffer).await;
                    buffer.clear();
                }
            }
        }
    }
}

fn create(capacity: usize) -> Sample {
    repeat(ROUNDS as u64, || {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(mpsc::channel::<Medium>(capacity));
        }
        start.elapsed()
    })
}

/// A new channel, one message through it.
fn send_one<T: Send + 'static>(rt: &Runtime, message: fn() -> T) -> Sample {
    repeat(ROUNDS as u64, || {
        in_worker(rt, async move {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                let (sender, mut receiver) = mpsc::channel(ROUNDS);
                let sent = sender.send(message()).await;
                assert!(sent.is_ok(), "the receiver is there");
                black_box(receiver.recv().await);
            }
            start.elapsed()
        })
    })
}

/// The producers send all at once, the task that receives takes the time.
fn contended<S: Producer>(
    rt: &Runtime,
    producers: usize,
    channel: impl Fn() -> (S, S::Receiver),
    take: Take,
) -> Sample {
    let share = MESSAGES / producers;
    repeat((share * producers) as u64, || {
        let (sender, mut receiver) = channel();
        in_worker(rt, async move {
            let start = Instant::now();
            let tasks = (0..producers).map(|_| {
                let sender = sender.clone();
                spawn(async move {
                    for message in 0..share {
                        sender.put(message).await;
                    }
                })
            });
            let tasks = tasks.collect();
            take.run(&mut receiver, share * producers).await;
            let took = start.elapsed();
            all(tasks).await;
            took
        })
    })
}

/// First everything in, then everything out, in one task.
fn uncontended<S: Producer>(
    rt: &Runtime,
    channel: impl Fn() -> (S, S::Receiver),
    take: Take,
) -> Sample {
    repeat(MESSAGES as u64, || {
        let (sender, mut receiver) = channel();
        in_worker(rt, async move {
            let start = Instant::now();
            for message in 0..MESSAGES {
                sender.put(message).await;
            }
            take.run(&mut receiver, MESSAGES).await;
            start.elapsed()
        })
    })
}

async fn oneshots() -> Duration {
    let start = Instant::now();
    for round in 0..ROUNDS {
        let (sender, receiver) = black_box(oneshot::channel());
        sender.send(round).expect("the receiver is there");
        assert_eq!(receiver.await, Ok(round));
    }
    start.elapsed()
}

/// A server task that answers each request through the sender that came with it.
/// Requests over a channel, answered over a oneshot each.
pub(super) fn requests_and_replies(rt: &Runtime) -> Sample {
    repeat(ROUNDS as u64, || in_worker(rt, request_reply()))
}

async fn request_reply() -> Duration {
    let (requests, mut incoming) = mpsc::channel::<oneshot::Sender<()>>(10);
    let server = spawn(async move {
        while let Some(reply) = incoming.recv().await {
            reply.send(()).expect("somebody waits for the reply");
        }
    });
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let (reply, replied) = oneshot::channel();
        requests.send(reply).await.expect("the server is there");
        replied.await.expect("the server replies");
    }
    let took = start.elapsed();
    drop(requests);
    server.await.expect("the workload does not panic");
    took
}
