//! Other executors.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, EnterError, Handle, Runtime};

use crate::watched;

fn hosted() -> Runtime {
    Builder::new_hosted()
        .guest_slots(2)
        .enable_all()
        .build()
        .unwrap()
}

fn foreign_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// One echo over loopback, all of it made and awaited here.
async fn echo_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = heist::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4];
        stream.read_exact(&mut buffer).await.unwrap();
        stream.write_all(&buffer).await.unwrap();
    });
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    let mut buffer = [0; 4];
    stream.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"ping");
    server.await.unwrap();
}

/// Threads of another runtime's blocking pool are this one's workers.
#[test]
fn workers_on_tokio_spawn_blocking() {
    watched(|| {
        let (theirs, ours) = (foreign_runtime(), hosted());
        let (stop, stopped) = heist::sync::watch::channel(false);
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let (handle, mut stopped) = (ours.handle().clone(), stopped.clone());
                theirs.spawn_blocking(move || {
                    let until = async move { stopped.wait_for(|stop| *stop).await.is_ok() };
                    handle.lend()?.run_until(until)
                })
            })
            .collect();
        let done = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let done = done.clone();
            ours.spawn(async move {
                echo_once().await;
                heist::time::sleep(Duration::from_millis(1)).await;
                done.fetch_add(1, SeqCst);
            });
        }
        theirs.block_on(async {
            while done.load(SeqCst) < 100 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            stop.send(true).unwrap();
            for worker in workers {
                assert_eq!(worker.await.unwrap(), Ok::<_, EnterError>(true));
            }
        });
    });
}

/// EMBED-08: our sockets, timers and tasks under another runtime's executor; a runtime of ours drives them from its own threads.
#[test]
fn our_futures_inside_tokio() {
    watched(|| {
        let ours = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let theirs = foreign_runtime();
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                theirs.spawn(ours.handle().wrap(async {
                    echo_once().await;
                    let slow = heist::time::timeout(Duration::from_millis(1), pending::<()>());
                    assert!(slow.await.is_err());
                    Handle::current().id()
                }))
            })
            .collect();
        theirs.block_on(async {
            for task in tasks {
                assert_eq!(task.await.unwrap(), ours.handle().id());
            }
        });
    });
}

/// EMBED-09: a channel of another library's budget inside of our tasks, more than one budget long.
#[test]
fn tokio_mpsc_inside_ours_2000() {
    watched(|| {
        for rt in [hosted(), Builder::new_current_thread().build().unwrap()] {
            let (send, mut receive) = tokio::sync::mpsc::channel(2000);
            let sum = rt.block_on(async move {
                heist::spawn(async move {
                    for number in 0..2000 {
                        send.send(number).await.unwrap();
                    }
                });
                let mut sum = 0;
                while let Some(number) = receive.recv().await {
                    sum += number;
                }
                sum
            });
            assert_eq!(sum, 1999 * 1000);
        }
    });
}

/// EMBED-09, R8: an executor inside one poll of ours answers each refusal by polling again; it must come through.
#[test]
fn our_channel_in_futures_block_on_inside_our_task_2000() {
    watched(|| {
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let task = rt.spawn(async {
            let (send, mut receive) = heist::sync::mpsc::channel(2000);
            for number in 0..2000 {
                send.try_send(number).unwrap();
            }
            drop(send);
            futures_executor::block_on(async move {
                let mut sum = 0;
                while let Some(number) = receive.recv().await {
                    sum += number;
                }
                sum
            })
        });
        assert_eq!(rt.block_on(task).unwrap(), 1999 * 1000);
        // And outside of all polls of ours nothing is ever refused.
        let (send, mut receive) = heist::sync::mpsc::channel(2000);
        (0..2000).for_each(|number| send.try_send(number).unwrap());
        drop(send);
        let count = futures_executor::block_on(async move {
            let mut count = 0;
            while receive.recv().await.is_some() {
                count += 1;
            }
            count
        });
        assert_eq!(count, 2000);
    });
}

/// EMBED-09: many of our leaves inside one task, polled by a combinator with wakers of its own.
#[test]
fn our_channel_in_futures_unordered_2000() {
    use futures_util::StreamExt;
    use futures_util::stream::FuturesUnordered;
    watched(|| {
        let rt = Builder::new_current_thread().build().unwrap();
        let count = rt.block_on(async {
            let (send, receive) = heist::sync::mpsc::channel(2000);
            let receive = Arc::new(heist::sync::Mutex::new(receive));
            let mut all: FuturesUnordered<_> = (0..2000)
                .map(|_| {
                    let receive = receive.clone();
                    async move { receive.lock().await.recv().await }
                })
                .collect();
            for number in 0..2000 {
                send.try_send(number).unwrap();
            }
            let mut count = 0;
            while let Some(got) = all.next().await {
                count += usize::from(got.is_some());
            }
            count
        });
        assert_eq!(count, 2000);
    });
}

/// R7: the drop of a future finds its runtime, too.
#[test]
fn wrap_sets_context_on_drop() {
    struct Spawns(Arc<AtomicBool>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let ran = self.0.clone();
            heist::spawn(async move { ran.store(true, SeqCst) });
        }
    }
    watched(|| {
        let ours = hosted();
        let ran = Arc::new(AtomicBool::new(false));
        let spawns = Spawns(ran.clone());
        let wrapped = ours.handle().wrap(async move {
            let _spawns = spawns;
            pending::<()>().await;
        });
        let mut wrapped = Box::pin(wrapped);
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(Future::poll(wrapped.as_mut(), &mut cx).is_pending());
        drop(wrapped);
        ours.block_on(async {
            while !ran.load(SeqCst) {
                heist::task::yield_now().await;
            }
        });
        assert!(Handle::try_current().is_err());
        // Also if it was never polled.
        let spawns = Spawns(ran.clone());
        ran.store(false, SeqCst);
        drop(ours.handle().wrap(async move {
            let _spawns = spawns;
        }));
        ours.block_on(async {
            while !ran.load(SeqCst) {
                heist::task::yield_now().await;
            }
        });
    });
}

/// R7, EMBED-08: what exists carries its runtime with it.
#[test]
fn sleep_and_tcp_outlive_the_guard() {
    watched(|| {
        let ours = hosted();
        let peer = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let echo = {
            let peer = peer.try_clone().unwrap();
            std::thread::spawn(move || {
                let (mut stream, _) = peer.accept().unwrap();
                let mut buffer = [0; 4];
                std::io::Read::read_exact(&mut stream, &mut buffer).unwrap();
                std::io::Write::write_all(&mut stream, &buffer).unwrap();
            })
        };
        let connected = std::net::TcpStream::connect(peer.local_addr().unwrap()).unwrap();
        connected.set_nonblocking(true).unwrap();
        let (sleep, mut stream) = {
            let _guard = ours.handle().enter();
            let sleep = heist::time::sleep(Duration::from_millis(2));
            (sleep, TcpStream::from_std(connected).unwrap())
        };
        futures_executor::block_on(async move {
            assert!(Handle::try_current().is_err());
            sleep.await;
            stream.write_all(b"ping").await.unwrap();
            let mut buffer = [0; 4];
            stream.read_exact(&mut buffer).await.unwrap();
            assert_eq!(&buffer, b"ping");
        });
        echo.join().unwrap();
    });
}
