//! Calls in the wrong place: outside of a runtime, inside one, on the wrong kind of runtime.

use std::future::pending;
use std::thread;

use heist::net::{TcpListener, TcpSocket, TcpStream};
use heist::runtime::{Builder, Handle, LocalRuntime, RuntimeFlavor};
use heist::task::{self, LocalSet};
use heist::time::{Duration, Instant, interval, interval_at, sleep, sleep_until, timeout};

use super::{assert_panic, panic_of};
use crate::support::{current_thread, flavours, multi_thread, on_every_flavour, watched};

const HERE: &str = file!();

/// P1, and the call that helps.
const OUTSIDE: &[&str] = &["there is no reactor running", "Handle::enter"];

#[test]
fn p1_outside_of_a_runtime() {
    watched(|| {
        assert!(Handle::try_current().unwrap_err().is_missing_context());
        assert_panic(HERE, OUTSIDE, || Handle::current());
        assert_panic(HERE, OUTSIDE, || heist::spawn(async {}));
        assert_panic(HERE, OUTSIDE, || {
            heist::spawn(std::future::ready([0_u8; 20_000]))
        });
        assert_panic(HERE, OUTSIDE, || task::spawn_blocking(|| ()));
        assert_panic(HERE, OUTSIDE, || sleep(Duration::ZERO));
        assert_panic(HERE, OUTSIDE, || sleep_until(Instant::now()));
        assert_panic(HERE, OUTSIDE, || timeout(Duration::ZERO, pending::<()>()));
        assert_panic(HERE, OUTSIDE, || interval(Duration::from_secs(1)));
        let std = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            listener
        };
        assert_panic(HERE, OUTSIDE, || TcpListener::from_std(std()));
        // Futures look for their runtime when they are polled, by whatever executor.
        use futures_util::FutureExt;
        let addr = "127.0.0.1:9".parse::<std::net::SocketAddr>().unwrap();
        for (text, _) in [
            panic_of(|| TcpListener::bind(addr).now_or_never()),
            panic_of(|| TcpStream::connect(addr).now_or_never()),
            panic_of(|| TcpSocket::new_v4().unwrap().connect(addr).now_or_never()),
        ] {
            assert!(text.contains(OUTSIDE[0]), "{text}");
        }
    });
}

#[test]
fn a_thread_that_was_inside_is_outside_again() {
    watched(|| {
        for (_, rt) in flavours() {
            rt.block_on(async {});
            drop(rt.enter());
            assert_panic(HERE, OUTSIDE, || heist::spawn(async {}));
        }
    });
}

#[test]
fn p2_without_the_driver_it_needs() {
    watched(|| {
        for rt in [
            Builder::new_current_thread().build().unwrap(),
            Builder::new_multi_thread()
                .worker_threads(1)
                .build()
                .unwrap(),
        ] {
            let _entered = rt.enter();
            let timers: &[&str] = &["timers are disabled", "enable_time"];
            assert_panic(HERE, timers, || sleep(Duration::ZERO));
            assert_panic(HERE, timers, || interval(Duration::from_secs(1)));
            assert_panic(HERE, timers, || timeout(Duration::ZERO, pending::<()>()));
            let std = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            std.set_nonblocking(true).unwrap();
            assert_panic(HERE, &["IO is disabled", "enable_io"], || {
                TcpListener::from_std(std)
            });
        }
    });
}

#[test]
fn p3_a_runtime_that_is_gone() {
    const GONE: &str = "is being shutdown";
    watched(|| {
        for (name, rt) in flavours() {
            let handle = rt.handle().clone();
            drop(rt);
            handle.block_on(async {
                let accepts = async { TcpListener::bind("127.0.0.1:0").await?.accept().await };
                let error = accepts.await.map(drop).unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::Other, "on {name}");
                assert!(error.to_string().contains(GONE), "{error} on {name}");
            });
            // A sleep has no way to say so but this one.
            let (text, _) = panic_of(|| {
                handle.block_on(async { sleep(Duration::from_secs(1)).await });
            });
            assert!(text.contains(GONE), "{text} on {name}");
        }
    });
}

#[test]
fn p4_block_on_inside_a_runtime() {
    const NESTED: &[&str] = &["Cannot start a runtime", "from within a runtime", ".await"];
    on_every_flavour(|| async {
        let handle = Handle::current();
        assert_panic(HERE, NESTED, || handle.block_on(async {}));
        let other = Builder::new_current_thread().build().unwrap();
        assert_panic(HERE, NESTED, || other.block_on(async {}));
        assert_panic(HERE, NESTED, || LocalSet::new().block_on(&other, async {}));
        let large = [0_u8; 20_000];
        assert_panic(HERE, NESTED, || {
            other.block_on(async {
                task::yield_now().await;
                large.len()
            })
        });
        let in_task = heist::spawn(async move { handle.block_on(async {}) });
        assert!(in_task.await.unwrap_err().to_string().contains(NESTED[0]));
        // Nothing happened to either runtime, and a thread of the pool may block.
        let sum = task::spawn_blocking(move || other.block_on(async { 3 }));
        assert_eq!(sum.await.unwrap(), 3);
        let handle = Handle::current();
        let nested = task::spawn_blocking(move || {
            handle.block_on(async { heist::spawn(async { 4 }).await.unwrap() })
        });
        assert_eq!(nested.await.unwrap(), 4);
    });
}

#[test]
fn p5_blocking_calls_inside_a_runtime() {
    const BLOCKS: &[&str] = &["Cannot block the current thread", "from within a runtime"];
    on_every_flavour(|| async {
        let lock = heist::sync::Mutex::new(1);
        assert_panic(HERE, BLOCKS, || drop(lock.blocking_lock()));
        let (send, mut receive) = heist::sync::mpsc::channel::<u8>(1);
        assert_panic(HERE, BLOCKS, || send.blocking_send(1));
        assert_panic(HERE, BLOCKS, || receive.blocking_recv());
        let (_send, receive) = heist::sync::oneshot::channel::<u8>();
        assert_panic(HERE, BLOCKS, || receive.blocking_recv());
        // The message that was not sent left no trace, and the lock is free.
        send.send(2).await.unwrap();
        assert_eq!(*lock.lock().await, 1);
    });
}

#[test]
fn p6_a_runtime_dropped_inside_asynchronous_code() {
    const DROPS: &[&str] = &["Cannot drop a runtime", "shutdown_background"];
    on_every_flavour(|| async {
        for other in [current_thread(), multi_thread(2)] {
            let left = other.spawn(pending::<()>());
            let (text, _) = panic_of(|| drop(other));
            assert!(DROPS.iter().all(|part| text.contains(part)), "{text}");
            // It goes away all the same.
            assert!(left.await.unwrap_err().is_cancelled());
        }
        let other = multi_thread(1);
        other.shutdown_background();
        let other = current_thread();
        let gone = task::spawn_blocking(move || drop(other));
        gone.await.unwrap();
    });
}

#[test]
fn a_panic_that_drops_a_runtime_on_its_way_is_not_doubled() {
    watched(|| {
        let rt = current_thread();
        let task = rt.spawn(async {
            let _other = multi_thread(1);
            panic!("the first");
        });
        let error: task::JoinError = rt.block_on(task).map(|never: ()| never).unwrap_err();
        assert!(error.to_string().contains("the first"));
    });
}

#[test]
fn p7_block_in_place_where_nobody_can_take_over() {
    const ALONE: &[&str] = &["can call blocking only", "spawn_blocking"];
    on_every_flavour(|| async {
        let multi = Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
        if multi {
            assert_eq!(task::block_in_place(|| 1), 1);
            assert_eq!(
                heist::spawn(async { task::block_in_place(|| 2) })
                    .await
                    .unwrap(),
                2
            );
        } else {
            assert_panic(HERE, ALONE, || task::block_in_place(|| 1));
            let task = heist::spawn(async { task::block_in_place(|| 2) });
            assert!(task.await.unwrap_err().to_string().contains(ALONE[0]));
        }
        // In a local set on any flavour.
        let local = LocalSet::new();
        local
            .run_until(async { assert_panic(HERE, ALONE, || task::block_in_place(|| 1)) })
            .await;
        // A thread of the pool blocks as it likes.
        let pool = task::spawn_blocking(|| task::block_in_place(|| 3));
        assert_eq!(pool.await.unwrap(), 3);
    });
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        rt.block_on(async { assert_panic(HERE, ALONE, || task::block_in_place(|| 1)) });
        let local = rt.spawn_local(async { task::block_in_place(|| 2) });
        let error = rt.block_on(local).unwrap_err();
        assert!(error.to_string().contains(ALONE[0]), "{error}");
    });
    // Outside of any runtime it is a call.
    assert_eq!(task::block_in_place(|| 4), 4);
}

#[test]
fn p8_spawn_local_outside_of_a_set() {
    const OUTSIDE: &[&str] = &["spawn_local", "LocalSet", "LocalRuntime"];
    assert_panic(HERE, OUTSIDE, || task::spawn_local(async {}));
    on_every_flavour(|| async {
        assert_panic(HERE, OUTSIDE, || task::spawn_local(async {}));
        let local = LocalSet::new();
        local
            .run_until(async { task::spawn_local(async {}).await.unwrap() })
            .await;
        assert_panic(HERE, OUTSIDE, || task::spawn_local(async {}));
        // A task of the runtime that was spawned within the set is outside of it.
        let far = local.run_until(async {
            heist::spawn(async { task::spawn_local(async {}).is_finished() }).await
        });
        let error = far.await;
        assert!(error.is_err_and(|error| error.to_string().contains(OUTSIDE[0])));
    });
}

#[test]
fn p8_spawn_local_from_another_thread() {
    const OTHER: &[&str] = &["spawn_local", "LocalRuntime", "the owner thread must call"];
    watched(|| {
        let rt = LocalRuntime::new().unwrap();
        let handle = rt.handle().clone();
        let outcome = thread::spawn(move || {
            let _entered = handle.enter();
            assert_panic(HERE, OTHER, || task::spawn_local(async {}));
            assert_panic(HERE, OTHER, || handle.call_soon_local(|| ()));
        });
        outcome.join().unwrap();
        // Here it is the owner.
        let _entered = rt.enter();
        assert_eq!(rt.block_on(task::spawn_local(async { 1 })).unwrap(), 1);
    });
}

#[test]
fn p9_a_task_local_that_is_not_set() {
    heist::task_local! {
        static NUMBER: u32;
    }
    const NOT_SET: &[&str] = &["try_with"];
    assert_panic(HERE, NOT_SET, || NUMBER.with(|number| *number));
    assert!(NUMBER.try_with(|number| *number).is_err());
    on_every_flavour(|| async {
        assert_panic(HERE, NOT_SET, || NUMBER.with(|number| *number));
        let set = NUMBER.scope(1, async { NUMBER.with(|number| *number) });
        assert_eq!(set.await, 1);
    });
}

#[test]
fn p9_the_id_of_no_task() {
    const NONE: &[&str] = &["Can't get a task id", "when not inside a task", "try_id"];
    assert_panic(HERE, NONE, || task::id());
    assert!(task::try_id().is_none());
    on_every_flavour(|| async {
        assert_panic(HERE, NONE, || task::id());
    });
}

#[test]
fn guards_out_of_order() {
    watched(|| {
        // On a thread of its own: what was left in the wrong order stays wrong there.
        let outcome = thread::spawn(|| {
            let (one, two) = (current_thread(), multi_thread(1));
            let (first, second) = (one.enter(), two.enter());
            let (text, _) = panic_of(|| drop(first));
            assert!(text.contains("dropped out of order"), "{text}");
            // The other one is as good as before.
            assert_eq!(Handle::current().id(), two.handle().id());
            drop(second);
        });
        outcome.join().unwrap();
        // In order they nest.
        let (one, two) = (current_thread(), multi_thread(1));
        let first = one.enter();
        {
            let _second = two.enter();
            assert_eq!(Handle::current().id(), two.handle().id());
        }
        assert_eq!(Handle::current().id(), one.handle().id());
        drop(first);
        assert!(Handle::try_current().is_err());
    });
}

#[test]
fn an_interval_inside_and_outside() {
    on_every_flavour(|| async {
        let start = Instant::now() + Duration::from_micros(10);
        let mut ticks = interval_at(start, Duration::from_micros(10));
        assert_eq!(ticks.tick().await, start);
    });
}
