//! R17: two runtimes that wake each other's tasks. A wake-up from outside never waits for room.

use std::thread;

use heist::runtime::Runtime;
use heist::sync::{mpsc, oneshot};

use crate::support::{current_thread, hosted, multi_thread, watched};

const PAIRS: usize = 128;
const ROUNDS: usize = 200;

/// One task on each runtime per pair; each answers what the other sends.
fn spawn_pairs(a: &Runtime, b: &Runtime) -> Vec<heist::task::JoinHandle<usize>> {
    (0..PAIRS)
        .map(|_| {
            let (to_b, mut from_a) = mpsc::channel(1);
            let (to_a, mut from_b) = mpsc::channel(1);
            b.spawn(async move {
                while let Some(number) = from_a.recv().await {
                    if to_a.send(number + 1).await.is_err() {
                        return;
                    }
                }
            });
            a.spawn(async move {
                let mut number = 0;
                for _ in 0..ROUNDS {
                    to_b.send(number).await.unwrap();
                    number = from_b.recv().await.unwrap();
                }
                number
            })
        })
        .collect()
}

async fn all(tasks: Vec<heist::task::JoinHandle<usize>>) {
    for task in tasks {
        assert_eq!(task.await.unwrap(), ROUNDS);
    }
}

/// EMBED-02, R17: 128 pairs, 200 rounds, both ways, on runtimes of every kind.
#[test]
fn two_runtimes_ping_pong_no_livelock() {
    watched(|| {
        let makers: [fn() -> Runtime; 3] = [current_thread, || multi_thread(1), || hosted(1)];
        for left in makers {
            for right in makers {
                let (a, b) = (left(), right());
                let forth = spawn_pairs(&a, &b);
                let back = spawn_pairs(&b, &a);
                let (tell_a, b_is_done) = oneshot::channel::<()>();
                let (tell_b, a_is_done) = oneshot::channel::<()>();
                thread::scope(|scope| {
                    // A thread for each, which those that have no workers need until both are done.
                    scope.spawn(|| {
                        b.block_on(async {
                            all(back).await;
                            tell_a.send(()).unwrap();
                            a_is_done.await.unwrap();
                        });
                    });
                    a.block_on(async {
                        all(forth).await;
                        tell_b.send(()).unwrap();
                        b_is_done.await.unwrap();
                    });
                });
            }
        }
    });
}
