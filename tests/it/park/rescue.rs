//! The reactor thread as a net: workers that block, tasks stuck behind a poll, and the counter of what fell into it.

use std::future::Future;
use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::Runtime;
use heist::sync::oneshot;
use heist::task::yield_now;
use heist::time::{Instant, sleep};
use parking_lot::Mutex;

use super::{block_workers, needs_no_rescue, wait_until, wait_until_asleep};
use crate::support::{guarded, watched};

/// Two ends of a connection, the first of which the reactor is to watch.
fn connection() -> (std::net::TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (far, _) = listener.accept().unwrap();
    near.set_nonblocking(true).unwrap();
    (near, far)
}

/// Starts a task that waits for a second byte, having read the first.
fn reader(rt: &Runtime) -> (heist::task::JoinHandle<u8>, std::net::TcpStream) {
    let (near, mut far) = connection();
    let (ready, is_ready) = oneshot::channel();
    let task = rt.spawn(async move {
        let mut near = TcpStream::from_std(near).unwrap();
        assert_eq!(near.read_u8().await.unwrap(), 1);
        ready.send(()).unwrap();
        near.read_u8().await.unwrap()
    });
    far.write_all(&[1]).unwrap();
    rt.block_on(is_ready).unwrap();
    (task, far)
}

/// Every worker blocks until a socket has been dispatched, which nobody but the guard can do: a future in `block_on` drives nothing.
#[test]
fn park_16_blocked_workers_do_not_blind_the_sockets() {
    watched(|| {
        for workers in [1, 3] {
            let rt = guarded(workers);
            let (task, mut far) = reader(&rt);
            let gate = block_workers(rt.handle(), workers);
            let before = rt.metrics().rescue_count();
            far.write_all(&[2]).unwrap();
            let (near, mut peer) = connection();
            rt.block_on(async {
                let mut near = TcpStream::from_std(near).unwrap();
                let writer = thread::spawn(move || peer.write_all(&[3]).unwrap());
                assert_eq!(near.read_u8().await.unwrap(), 3);
                writer.join().unwrap();
            });
            // The task was woken too, and the counter says by whom.
            wait_until(|| rt.metrics().rescue_count() > before);
            assert!(!task.is_finished());
            gate.open();
            assert_eq!(rt.block_on(task).unwrap(), 2);
        }
    });
}

/// The same with timers: the last worker that is not blocked arms one and blocks until that has fired.
#[test]
fn park_16_blocked_workers_do_not_blind_the_timers() {
    watched(|| {
        for workers in [1, 3] {
            let rt = guarded(workers);
            let gate = block_workers(rt.handle(), workers - 1);
            let before = rt.metrics().rescue_count();
            let (fire, has_fired) = oneshot::channel();
            let other = rt.spawn(has_fired);
            let task = rt.spawn(async {
                let fired = Arc::new(Fired::new(fire));
                let mut nap = pin!(sleep(Duration::from_secs(3600)));
                let waker = Waker::from(fired.clone());
                let polled = nap.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                nap.as_mut()
                    .reset(Instant::now() + Duration::from_millis(1));
                wait_until(|| fired.0.lock().is_none());
            });
            rt.block_on(task).unwrap();
            // The counter says by whom: the other task was woken too.
            wait_until(|| rt.metrics().rescue_count() > before);
            gate.open();
            rt.block_on(other).unwrap().unwrap();
        }
    });
}

/// Wakes a task when it is woken, once.
struct Fired(Mutex<Option<oneshot::Sender<()>>>);

impl Fired {
    fn new(fire: oneshot::Sender<()>) -> Self {
        Self(Mutex::new(Some(fire)))
    }
}

impl Wake for Fired {
    fn wake(self: Arc<Self>) {
        if let Some(fire) = self.0.lock().take() {
            let _ = fire.send(());
        }
    }
}

/// What was dispatched while all were blocked runs on the first that is free.
#[test]
fn park_16_the_first_free_worker_runs_what_was_woken() {
    watched(|| {
        let rt = guarded(3);
        let (task, mut far) = reader(&rt);
        let gates: Vec<_> = (0..3).map(|_| block_workers(rt.handle(), 1)).collect();
        far.write_all(&[2]).unwrap();
        gates[1].open();
        assert_eq!(rt.block_on(task).unwrap(), 2);
        gates.iter().for_each(|gate| gate.open());
    });
}

/// A task in the LIFO slot, behind a poll that does not return before that task has run.
#[test]
fn park_17_a_task_in_the_lifo_slot_is_freed() {
    watched(|| {
        for _ in 0..10 {
            let rt = guarded(2);
            let before = rt.metrics().rescue_count();
            let (wake, woken) = oneshot::channel::<()>();
            let (ready, is_ready) = oneshot::channel();
            let ran = Arc::new(AtomicBool::new(false));
            let tell = ran.clone();
            let stuck = rt.spawn(async move {
                ready.send(()).unwrap();
                woken.await.unwrap();
                tell.store(true, SeqCst);
                thread::current().id()
            });
            rt.block_on(is_ready).unwrap();
            wait_until_asleep(rt.handle());
            let spinner = rt.spawn(async move {
                wake.send(()).unwrap();
                wait_until(|| ran.load(SeqCst));
                thread::current().id()
            });
            let (a, b) = rt.block_on(async { (stuck.await.unwrap(), spinner.await.unwrap()) });
            assert_ne!(a, b);
            wait_until(|| rt.metrics().rescue_count() > before);
        }
    });
}

/// Tasks in the deque, behind such a poll.
#[test]
fn park_17_tasks_in_the_deque_are_freed() {
    watched(|| {
        for _ in 0..10 {
            let rt = guarded(2);
            let spinner = rt.spawn(async {
                let tasks: Vec<_> = (0..10).map(|n| heist::spawn(async move { n })).collect();
                wait_until(|| tasks.iter().all(|task| task.is_finished()));
            });
            rt.block_on(spinner).unwrap();
        }
    });
}

/// Two polls that hide work, each of which waits for what the other hides, and one peer.
#[test]
fn park_17_two_stuck_polls_and_one_peer() {
    watched(|| {
        let rt = guarded(3);
        let spinners: Vec<_> = (0..2)
            .map(|_| {
                rt.spawn(async {
                    for _ in 0..5 {
                        let task = heist::spawn(async { yield_now().await });
                        wait_until(|| task.is_finished());
                    }
                })
            })
            .collect();
        rt.block_on(async {
            for spinner in spinners {
                spinner.await.unwrap();
            }
        });
    });
}

async fn echo_once(rounds: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = heist::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        while let Ok(byte) = socket.read_u8().await {
            socket.write_all(&[byte]).await.unwrap();
        }
    });
    let mut client = TcpStream::connect(address).await.unwrap();
    for round in 0..rounds {
        client.write_all(&[round as u8]).await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), round as u8);
    }
    drop(client);
    server.await.unwrap();
}

/// Sockets, timers, spawns and yields that never block: nothing falls into the net.
#[test]
fn park_22_a_healthy_run_counts_no_rescue() {
    watched(|| {
        for workers in [1, 2] {
            needs_no_rescue(
                || guarded(workers),
                |rt| {
                    rt.block_on(rt.spawn(echo_once(200))).unwrap();
                    rt.block_on(async {
                        for _ in 0..20 {
                            sleep(Duration::from_micros(300)).await;
                            let tasks: Vec<_> =
                                (0..50).map(|_| heist::spawn(yield_now())).collect();
                            for task in tasks {
                                task.await.unwrap();
                            }
                        }
                    });
                },
            );
        }
    });
}
