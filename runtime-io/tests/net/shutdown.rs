//! Sockets of a runtime that is gone.

use std::io;

use runtime_core::Runtime;
use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
use runtime_io::is_rt_shutdown_err;
use runtime_io::net::{TcpListener, TcpStream};

use crate::support::{Watchdog, pair, runtimes};

#[track_caller]
fn assert_gone<T>(result: io::Result<T>) {
    let Err(error) = result else {
        panic!("it did not fail")
    };
    assert!(is_rt_shutdown_err(&error), "{error:?}");
    assert_eq!(error.kind(), io::ErrorKind::Other);
    assert!(error.to_string().contains("is being shutdown"));
}

/// A listener and a connection, registered or not, whose runtime is gone.
fn orphans(runtime: Runtime, registered: bool) -> (TcpListener, TcpStream, TcpStream) {
    let orphans = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) = pair().await;
        if registered {
            assert!(ours.try_read(&mut [0]).is_err());
        }
        (listener, ours, theirs)
    });
    drop(runtime);
    orphans
}

#[test]
fn every_operation_says_that_the_runtime_is_gone() {
    let _watchdog = Watchdog::new();
    for registered in [false, true] {
        for (runtime, _) in runtimes() {
            let (listener, mut ours, _theirs) = orphans(runtime, registered);
            futures_executor::block_on(async {
                assert_gone(listener.accept().await);
                assert_gone(ours.readable().await);
                assert_gone(ours.writable().await);
                assert_gone(ours.read(&mut [0; 8]).await);
                assert_gone(ours.write(b"x").await);
                assert_gone(ours.peek(&mut [0; 8]).await);
                assert_gone(ours.try_read(&mut [0; 8]));
                assert_gone(ours.try_write(b"x"));
            });
            // What does not wait still works.
            assert!(ours.local_addr().is_ok());
            assert!(ours.into_std().is_ok());
        }
    }
}

/// DOWN-08: what waits in another runtime is woken.
#[test]
fn down_08_pending_operations_end() {
    let _watchdog = Watchdog::new();
    for (runtime, _) in runtimes() {
        let (listener, mut ours, theirs) = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (ours, theirs) = pair().await;
            (listener, ours, theirs)
        });
        let (ready, wait) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn(move || {
            futures_executor::block_on(async {
                let mut accept = Box::pin(listener.accept());
                let mut buf = [0; 8];
                let mut read = Box::pin(ours.read(&mut buf));
                std::future::poll_fn(|cx| {
                    assert!(accept.as_mut().poll(cx).is_pending());
                    assert!(read.as_mut().poll(cx).is_pending());
                    std::task::Poll::Ready(())
                })
                .await;
                ready.send(()).unwrap();
                assert_gone(accept.await);
                assert_gone(read.await);
            });
        });
        wait.recv().unwrap();
        drop(runtime);
        waiting.join().unwrap();
        drop(theirs);
    }
}

/// DOWN-06: a task that waits for a socket it owns goes away with its runtime, and takes everything along.
#[test]
fn down_06_runtimes_with_waiting_tasks_leave_no_descriptors() {
    let _watchdog = Watchdog::new();
    let round = || {
        for (runtime, reactor) in runtimes() {
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let (mut ours, theirs) = pair().await;
                runtime_core::spawn(async move { listener.accept().await.map(drop) });
                runtime_core::spawn(async move { ours.read(&mut [0; 8]).await });
                runtime_core::spawn(async move { theirs.readable().await });
                runtime_core::task::yield_now().await;
            });
            drop(runtime);
            assert_eq!(reactor.registered(), 0);
            assert_eq!(std::sync::Arc::strong_count(&reactor), 1);
        }
    };
    for _ in 0..10 {
        round();
    }
}
