//! What works after the end: each call says that the runtime is gone, none hangs or panics.

use std::future::pending;
use std::io::ErrorKind;

use futures_util::FutureExt;
use heist::fs;
use heist::net::unix::pipe;
use heist::net::{TcpListener, TcpStream, UdpSocket, UnixStream, lookup_host};
use heist::runtime::{EnterError, is_rt_shutdown_err};
use heist::signal::unix::{SignalKind, signal};
use heist::sync::oneshot;
use heist::task::{self, LocalSet};
use heist::time::{Duration, sleep, timeout};

use crate::support::{flavours, watched};

#[test]
fn down_10_a_handle_after_the_end() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let handle = rt.handle().clone();
            drop(rt);
            let task = handle.spawn(async { unreachable!("the runtime is gone") });
            assert!(task.is_finished());
            let error: task::JoinError = task.now_or_never().unwrap().unwrap_err();
            assert!(error.is_cancelled());
            let job = handle.spawn_blocking(|| unreachable!("the runtime is gone"));
            let error: task::JoinError = job.now_or_never().unwrap().unwrap_err();
            assert!(error.is_cancelled());
            // A future that needs nobody else runs.
            assert_eq!(handle.block_on(async { 4 }), 4);
            handle.block_on(async {
                task::yield_now().await;
                let nested = heist::spawn(pending::<()>());
                assert!(nested.await.unwrap_err().is_cancelled());
                let local = LocalSet::new();
                assert_eq!(
                    local
                        .run_until(async { task::spawn_local(async { 1 }).await.unwrap() })
                        .await,
                    1
                );
            });
            assert_eq!(handle.metrics().num_alive_tasks(), 0);
            assert_eq!(handle.lend().unwrap_err(), EnterError::ShutDown);
            let guard = handle.enter();
            assert!(heist::spawn(async {}).is_finished());
            drop(guard);
        }
    });
}

#[test]
fn down_10_sockets_after_the_end() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let handle = rt.handle().clone();
            let listener = rt.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let addr = listener.local_addr().unwrap();
            let stream = rt.block_on(TcpStream::connect(addr)).unwrap();
            drop(rt);
            handle.block_on(async {
                assert!(is_rt_shutdown_err(&listener.accept().await.unwrap_err()));
                assert!(is_rt_shutdown_err(&stream.readable().await.unwrap_err()));
                let late = TcpStream::connect(addr).await.unwrap_err();
                assert!(is_rt_shutdown_err(&late), "{late}");
            });
            // What needs no waiting goes on.
            assert_eq!(stream.peer_addr().unwrap(), addr);
            stream.into_std().unwrap();
        }
    });
}

#[test]
fn down_10_files_datagrams_and_signals_after_the_end() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let handle = rt.handle().clone();
            drop(rt);
            handle.block_on(async {
                // There is no thread to do it on.
                let unread = fs::read("Cargo.toml").await.unwrap_err();
                assert_eq!(unread.kind(), ErrorKind::Other, "{unread}");
                let unresolved = lookup_host("localhost:1").await.err().unwrap();
                assert_eq!(unresolved.kind(), ErrorKind::Other, "{unresolved}");
                // What can be made without waiting is made; waiting fails.
                let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                let (stream, _peer) = UnixStream::pair().unwrap();
                let (_sender, receiver) = pipe::pipe().unwrap();
                for error in [
                    datagrams.recv(&mut [0]).await.unwrap_err(),
                    stream.readable().await.unwrap_err(),
                    receiver.readable().await.unwrap_err(),
                    signal(SignalKind::user_defined2()).unwrap_err(),
                ] {
                    assert!(is_rt_shutdown_err(&error), "{error}");
                }
            });
        }
    });
}

#[test]
fn down_10_timers_after_the_end() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let handle = rt.handle().clone();
            drop(rt);
            handle.block_on(async {
                // What is due needs nobody.
                assert_eq!(
                    timeout(Duration::from_secs(1), async { 1 }).await.unwrap(),
                    1
                );
                let late = std::panic::AssertUnwindSafe(sleep(Duration::from_secs(1)));
                let panic = late.catch_unwind().await.unwrap_err();
                let text = panic.downcast_ref::<String>().unwrap();
                assert!(text.contains("is being shutdown"), "{text}");
                let elapsed = timeout(Duration::from_secs(1), pending::<()>())
                    .await
                    .unwrap_err();
                assert!(is_rt_shutdown_err(&elapsed.into()));
            });
        }
    });
}

#[test]
fn down_10_what_does_not_belong_to_a_runtime_goes_on() {
    watched(|| {
        for (_, rt) in flavours() {
            let (send, receive) = oneshot::channel();
            let (work, mut queue) = heist::sync::mpsc::channel(4);
            let task = rt.spawn(async move {
                work.send(1).await.unwrap();
                send.send(2).unwrap();
                pending::<()>().await;
            });
            while !rt.block_on(async { task.is_finished() || !receive.is_empty() }) {
                rt.block_on(task::yield_now());
            }
            drop(rt);
            assert_eq!(receive.now_or_never(), Some(Ok(2)));
            assert_eq!(queue.recv().now_or_never(), Some(Some(1)));
            assert_eq!(queue.recv().now_or_never(), Some(None));
        }
    });
}
