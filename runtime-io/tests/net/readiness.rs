//! What `ready`, `readable`, `writable` and `try_io` promise.

use std::future::poll_fn;
use std::io::{self, Write};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use runtime_io::io::AsyncReadExt;
use runtime_io::net::TcpListener;
use runtime_io::reactor::{Interest, Ready};

use crate::support::{Watchdog, is_would_block, on_each, pair, pair_with_std, runtimes};

/// Rule N2.
#[test]
fn readable_stays_until_an_attempt_would_block() {
    on_each(async || {
        let (ours, mut theirs) = pair_with_std().await;
        theirs.write_all(b"abc").unwrap();
        assert_eq!(ours.peek(&mut [0; 8]).await.unwrap(), 3);
        for _ in 0..3 {
            ours.readable().await.unwrap();
        }
        let other = ours.try_io(Interest::READABLE, || {
            io::Result::<()>::Err(io::ErrorKind::InvalidData.into())
        });
        assert_eq!(other.unwrap_err().kind(), io::ErrorKind::InvalidData);
        ours.readable().await.unwrap();
        assert_eq!(ours.try_read(&mut [0; 8]).unwrap(), 3);
        assert!(is_would_block(&ours.try_read(&mut [0; 8])));
        let pending = poll_fn(|cx| Poll::Ready(ours.poll_read_ready(cx).is_pending())).await;
        assert!(pending);
    });
}

/// Rule N2.
#[test]
fn react_03_try_io_clears_only_what_it_was_given() {
    on_each(async || {
        let (ours, _theirs) = pair().await;
        ours.writable().await.unwrap();
        let blocked = ours.try_io(Interest::READABLE, || {
            io::Result::<()>::Err(io::ErrorKind::WouldBlock.into())
        });
        assert!(is_would_block(&blocked));
        let ready = ours
            .ready(Interest::READABLE | Interest::WRITABLE)
            .await
            .unwrap();
        assert_eq!(ready, Ready::WRITABLE);
    });
}

/// Rule N3.
#[test]
fn any_number_of_tasks_waits_for_one_event() {
    on_each(async || {
        let (ours, mut theirs) = pair_with_std().await;
        assert!(is_would_block(&ours.try_read(&mut [0])));
        let ours = Arc::new(ours);
        let waiting: Vec<_> = (0..40)
            .map(|_| {
                let ours = Arc::clone(&ours);
                runtime_core::spawn(async move { ours.readable().await })
            })
            .collect();
        runtime_core::task::yield_now().await;
        theirs.write_all(b"x").unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
    });
}

#[test]
fn react_24_cancelled_waits_of_a_socket_leave_nothing_behind() {
    on_each(async || {
        let (ours, mut theirs) = pair_with_std().await;
        assert!(is_would_block(&ours.try_read(&mut [0])));
        for _ in 0..10_000 {
            let mut wait = std::pin::pin!(ours.readable());
            let pending = poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await;
            assert!(pending);
        }
        theirs.write_all(b"x").unwrap();
        ours.readable().await.unwrap();
    });
}

/// REACT-17: all workers and the thread in `block_on` are idle, and would wait for events. One of them does, and the others do not spin.
#[test]
fn react_17_of_many_idle_threads_one_waits_for_events() {
    let _watchdog = Watchdog::new();
    for (runtime, reactor) in runtimes() {
        // Each worker has run something, so each has come to look for a place to wait.
        let tasks: Vec<_> = (0..8).map(|_| runtime.spawn(async {})).collect();
        for task in tasks {
            runtime.block_on(task).unwrap();
        }
        let before = reactor.turns();
        runtime.block_on(async { runtime_time::sleep(Duration::from_millis(50)).await });
        let turns = reactor.turns() - before;
        // Waiting takes a handful of turns. A thread that finds the wait taken and comes back at once makes tens of thousands.
        assert!(turns < 500, "{turns} turns in 50 ms");
    }
}

/// REACT-22: a wake-up for nothing is not taken for success.
#[test]
fn react_22_a_spurious_wake_up_ends_no_wait() {
    on_each(async || {
        let (mut ours, mut theirs) = pair_with_std().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut read = Box::pin(async move {
            let mut buf = [0; 4];
            ours.read_exact(&mut buf).await.unwrap();
            buf
        });
        let mut accept = Box::pin(listener.accept());
        for _ in 0..20 {
            let pending = poll_fn(|cx| {
                cx.waker().wake_by_ref();
                let accepting = accept.as_mut().poll(cx).is_pending();
                Poll::Ready(read.as_mut().poll(cx).is_pending() && accepting)
            });
            assert!(pending.await);
            runtime_core::task::yield_now().await;
        }
        theirs.write_all(b"pi").unwrap();
        theirs.write_all(b"ng").unwrap();
        assert_eq!(&read.await, b"ping");
    });
}

/// REACT-02: events of the other direction, while a task outside of the runtime's threads reads.
#[test]
fn react_02_a_busy_writer_does_not_disturb_the_reader() {
    on_each(async || {
        let (ours, theirs) = pair().await;
        let ours = Arc::new(ours);
        let reader = {
            let ours = Arc::clone(&ours);
            std::thread::spawn(move || {
                let mut total = 0;
                futures_executor::block_on(async {
                    while total < 20_000 {
                        ours.readable().await.unwrap();
                        let mut buf = [0; 512];
                        match ours.try_read(&mut buf) {
                            Ok(count) => total += count,
                            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
                        }
                    }
                });
            })
        };
        let echo = runtime_core::spawn(async move {
            let (mut read, mut write) = theirs.into_split();
            runtime_io::io::copy(&mut read, &mut write).await
        });
        let mut sent = 0;
        while sent < 20_000 {
            ours.writable().await.unwrap();
            match ours.try_write(&[1; 100]) {
                Ok(count) => sent += count,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            runtime_core::task::yield_now().await;
        }
        runtime_core::spawn_blocking(move || reader.join().unwrap())
            .await
            .unwrap();
        drop(ours);
        let _ = echo.await.unwrap();
    });
}
