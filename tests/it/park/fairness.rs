//! Who must not wait for whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::thread;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::TcpListener;
use heist::sync::{Notify, Semaphore, mpsc};
use heist::task::yield_now;
use heist::time::sleep;

use crate::support::{flavours, multi_thread, on_every_flavour, watched};

/// Two tasks that hand each other the turn, `rounds` times or until told to stop; each poll is counted.
async fn ping_pong(rounds: usize, stop: Arc<AtomicBool>, polls: Arc<AtomicU64>) {
    let (ping, pong) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let partner = {
        let (ping, pong, stop, polls) = (ping.clone(), pong.clone(), stop.clone(), polls.clone());
        heist::spawn(async move {
            for _ in 0..rounds {
                ping.notified().await;
                polls.fetch_add(1, Relaxed);
                pong.notify_one();
                if stop.load(Relaxed) {
                    break;
                }
            }
        })
    };
    for _ in 0..rounds {
        ping.notify_one();
        pong.notified().await;
        polls.fetch_add(1, Relaxed);
        if stop.load(Relaxed) {
            break;
        }
    }
    ping.notify_one();
    partner.await.unwrap();
}

/// A message from task to task on one worker wakes no peer.
#[test]
fn park_18_ping_pong_wakes_no_peer() {
    watched(|| {
        let rt = multi_thread(4);
        let metrics = rt.metrics();
        let wakes = || -> u64 {
            (0..4)
                .map(|worker| metrics.worker_woken_count(worker))
                .sum()
        };
        let before = wakes();
        let polls = Arc::new(AtomicU64::new(0));
        rt.block_on(rt.spawn(ping_pong(20_000, Arc::default(), polls.clone())))
            .unwrap();
        let (woken, messages) = (wakes() - before, polls.load(Relaxed));
        assert!(messages >= 40_000);
        assert!(
            woken < messages / 20,
            "{woken} wakes in {messages} messages"
        );
    });
}

/// Two tasks that wake each other keep the LIFO slot busy for ever; a third one behind them gets its turn within the bound.
#[test]
fn park_19_ping_pong_does_not_starve_the_deque() {
    watched(|| {
        let rt = multi_thread(1);
        let (stop, polls) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let most = rt.block_on(rt.spawn(async move {
            let pair = heist::spawn(ping_pong(usize::MAX, stop.clone(), polls.clone()));
            let mut most = 0;
            for _ in 0..1000 {
                let before = polls.load(Relaxed);
                yield_now().await;
                most = most.max(polls.load(Relaxed) - before);
            }
            stop.store(true, Relaxed);
            pair.await.unwrap();
            most
        }));
        // The run of three, what was ahead in the queue, and the rounding of counting from within.
        let most = most.unwrap();
        assert!(most <= 8, "{most} polls of the pair in between");
    });
}

/// Tasks that yield for ever on each worker, beside a socket that becomes ready: they end when it has been served.
#[test]
fn park_20_yielding_tasks_do_not_starve_the_sockets() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let served = Arc::new(AtomicBool::new(false));
            rt.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let client = {
                    let served = served.clone();
                    thread::spawn(move || {
                        use std::io::{Read, Write};
                        let mut stream = std::net::TcpStream::connect(address).unwrap();
                        let mut answer = [0; 1];
                        for round in 0..50 {
                            stream.write_all(&[round]).unwrap();
                            stream.read_exact(&mut answer).unwrap();
                            assert_eq!(answer, [round]);
                        }
                        served.store(true, SeqCst);
                    })
                };
                let loops: Vec<_> = (0..8)
                    .map(|_| {
                        let served = served.clone();
                        heist::spawn(async move {
                            while !served.load(SeqCst) {
                                yield_now().await;
                            }
                        })
                    })
                    .collect();
                let (mut socket, _) = listener.accept().await.unwrap();
                while let Ok(byte) = socket.read_u8().await {
                    socket.write_all(&[byte]).await.unwrap();
                }
                for task in loops {
                    task.await.unwrap();
                }
                client.join().unwrap();
            });
        }
    });
}

/// A future in `block_on` that is always ready to go on must leave the driver its turn too.
#[test]
fn park_20_a_yielding_root_does_not_starve_the_timers() {
    on_every_flavour(|| async {
        let done = Arc::new(AtomicBool::new(false));
        let tell = done.clone();
        heist::spawn(async move {
            sleep(Duration::from_millis(2)).await;
            tell.store(true, SeqCst);
        });
        while !done.load(SeqCst) {
            yield_now().await;
        }
    });
}

/// Runs `busy`, which loops without ever waiting, beside a timer that must get through to end it.
fn beside_a_timer<Fut>(busy: impl Fn(Arc<AtomicBool>) -> Fut + Send + 'static)
where
    Fut: Future<Output = ()> + Send + 'static,
{
    watched(move || {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            for in_task in [false, true] {
                let done = Arc::new(AtomicBool::new(false));
                let tell = done.clone();
                rt.spawn(async move {
                    sleep(Duration::from_millis(2)).await;
                    tell.store(true, SeqCst);
                });
                if in_task {
                    rt.block_on(rt.spawn(busy(done))).unwrap();
                } else {
                    rt.block_on(busy(done));
                }
            }
        }
    });
}

#[test]
fn park_21_a_loop_over_a_ready_channel_lets_timers_through() {
    beside_a_timer(|done| async move {
        let (send, mut receive) = mpsc::unbounded_channel();
        while !done.load(SeqCst) {
            (0..10_000).for_each(|n| send.send(n).unwrap());
            for n in 0..10_000 {
                assert_eq!(receive.recv().await, Some(n));
            }
        }
    });
}

/// One future of many that are all ready: it polls them over and over without returning, were it not for the budget.
#[test]
fn park_21_a_combinator_over_ready_futures_lets_timers_through() {
    beside_a_timer(|done| async move {
        let permits = Arc::new(Semaphore::new(10_000));
        while !done.load(SeqCst) {
            let all = (0..10_000).map(|_| permits.acquire());
            let held = futures_util::future::join_all(all).await;
            assert_eq!(held.len(), 10_000);
        }
    });
}
