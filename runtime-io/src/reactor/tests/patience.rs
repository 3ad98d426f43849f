//! A socket that lets others pass before the kernel is told of it.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;

use runtime_core::task::yield_now;
use runtime_core::{Builder, LocalOptions, LocalRuntime};

use super::*;

fn runtime(reactor: &Arc<Reactor>) -> LocalRuntime {
    let mut builder = Builder::new_current_thread();
    let options = LocalOptions::default();
    builder
        .driver(reactor.clone())
        .build_local(options)
        .unwrap()
}

/// A task reads beside others that give way for ever, and one that gives way so many times and then writes: how many attempts that took, and how many sockets the kernel knows.
fn read_beside(others: usize, yields: usize) -> (usize, usize) {
    let reactor = Arc::new(Reactor::new().unwrap());
    let runtime = runtime(&reactor);
    let (ours, mut theirs) = pair(&reactor);
    let attempts = Rc::new(Cell::new(0));
    let registered = runtime.block_on(async {
        for _ in 0..others {
            runtime.spawn_local(async {
                loop {
                    yield_now().await;
                }
            });
        }
        let counted = Rc::clone(&attempts);
        let reader = runtime.spawn_local(async move {
            poll_fn(|cx| {
                ours.poll_io(cx, Side::Read, |mut stream, _| {
                    counted.set(counted.get() + 1);
                    stream.read(&mut [0; 8])
                })
            })
            .await
            .unwrap();
            ours.reactor().registered()
        });
        runtime.spawn_local(async move {
            for _ in 0..yields {
                yield_now().await;
            }
            theirs.write_all(b"x").unwrap();
        });
        reader.await.unwrap()
    });
    (attempts.get(), registered)
}

#[test]
fn what_comes_while_others_pass_is_read_unknown_to_the_kernel() {
    for yields in 0..4 {
        let (attempts, registered) = read_beside(8, yields);
        assert_eq!(registered, 0);
        assert!((2..=yields + 2).contains(&attempts), "{attempts}");
    }
}

#[test]
fn after_some_turns_the_kernel_is_told() {
    assert_eq!(read_beside(8, 100), (6, 1));
}

#[test]
fn beside_a_few_others_the_kernel_is_told_at_once() {
    assert_eq!(read_beside(2, 100), (2, 1));
}

#[test]
fn where_nobody_waits_the_kernel_is_told_at_once() {
    let reactor = Arc::new(Reactor::new().unwrap());
    let (ours, _theirs) = pair(&reactor);
    runtime(&reactor).block_on(poll_fn(|cx| {
        assert!(read(&ours, cx).is_pending());
        assert_eq!(reactor.registered(), 1);
        Poll::Ready(())
    }));
}
