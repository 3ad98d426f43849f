//! Group `rt`: many tasks that hang together: a tree of them, and one to be woken among many. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::{mpsc, oneshot};
use crate::measure::{Sample, repeat};
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

const LEAVES: u64 = 1_000_000;
const BRANCHES: u64 = 10;
/// The sum of the numbers of all leaves.
const SUM: u64 = LEAVES * (LEAVES - 1) / 2;
const WAKES: usize = 1_000;

/// Run the row `name`, if it belongs here.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    if let Some(parked) = name.strip_prefix("wake_one_of_n/") {
        return Some(wake_one_of(rt, parked.parse().ok()?));
    }
    Some(match name {
        "skynet" => repeat(1, || in_worker(rt, skynet())),
        _ => return None,
    })
}

fn in_worker(rt: &Runtime, work: impl Future<Output = Duration> + Send + 'static) -> Duration {
    rt.block_on(rt.spawn(work))
        .expect("the workload does not panic")
}

/// A tree ten wide and six deep, a task at each node; each leaf gives its number, each node the sum.
async fn skynet() -> Duration {
    let start = Instant::now();
    let sum = spawn(node(0, LEAVES)).await.expect("no node panics");
    assert_eq!(sum, SUM);
    start.elapsed()
}

fn node(first: u64, leaves: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if leaves == 1 {
            return first;
        }
        let each = leaves / BRANCHES;
        let children: Vec<_> = (0..BRANCHES)
            .map(|child| spawn(node(first + child * each, each)))
            .collect();
        let mut sum = 0;
        for child in children {
            sum += child.await.expect("no node panics");
        }
        sum
    })
}

/// One message to one of `parked` tasks, which answers; the others wait. Which one changes in long strides.
fn wake_one_of(rt: &Runtime, parked: usize) -> Sample {
    let (senders, answers) = rt.block_on(rt.spawn(park(parked))).expect("no task panics");
    let mut answers = answers;
    let mut next = 0;
    repeat(WAKES as u64, || {
        let start = Instant::now();
        rt.block_on(async {
            for _ in 0..WAKES {
                next = (next + 7_919) % parked;
                senders[next].send(()).await.expect("all tasks are alive");
                answers
                    .recv()
                    .await
                    .expect("the one that was woken answers");
            }
        });
        start.elapsed()
    })
}

async fn park(parked: usize) -> (Vec<mpsc::Sender<()>>, mpsc::Receiver<()>) {
    let (answer, answers) = mpsc::channel(16);
    let mut senders = Vec::with_capacity(parked);
    for _ in 0..parked {
        let (sender, mut messages) = mpsc::channel(1);
        let answer = answer.clone();
        let (ready, is_ready) = oneshot::channel();
        spawn(async move {
            let _ = ready.send(());
            while messages.recv().await.is_some() {
                if answer.send(()).await.is_err() {
                    return;
                }
            }
        });
        is_ready.await.expect("the task starts");
        senders.push(sender);
    }
    (senders, answers)
}
