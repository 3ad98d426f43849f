//! Races about a task's end, in loops: the models `loom_task_…` in core see every order of a small case, these see the whole runtime.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Barrier};
use std::task::{Poll, Waker};
use std::thread;

use heist::sync::oneshot;

use super::drops::OnDrop;
use crate::park::wait_until;
use crate::support::{flavours, multi_thread, on_every_flavour, watched};

const ROUNDS: usize = 300;

/// A value that counts its drops; one that is dropped twice counts two.
fn counts_its_drop(drops: &Arc<AtomicUsize>) -> OnDrop<impl FnMut() + Send + use<>> {
    let drops = drops.clone();
    OnDrop(move || {
        drops.fetch_add(1, SeqCst);
    })
}

/// The handle goes away while the task ends: future and output are dropped once each, whoever comes last.
#[test]
fn task_04_the_handle_goes_while_the_task_ends() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let (futures, outputs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            rt.block_on(async {
                for round in 0..ROUNDS {
                    let (future, output) = (counts_its_drop(&futures), counts_its_drop(&outputs));
                    let handle = heist::spawn(async move {
                        let _future = future;
                        output
                    });
                    let dropper = thread::spawn(move || drop(handle));
                    if round % 2 == 0 {
                        heist::task::yield_now().await;
                    }
                    dropper.join().unwrap();
                }
            });
            drop(rt);
            assert_eq!(futures.load(SeqCst), ROUNDS, "futures");
            // Of a task that had not begun its future held it.
            assert_eq!(outputs.load(SeqCst), ROUNDS, "outputs");
        }
    });
}

/// A wake that finds the task woken already still publishes what was written before it.
#[test]
fn task_05_a_second_wake_publishes_what_was_written_before_it() {
    on_every_flavour(|| async {
        // Plain stores: nothing but the wakes orders them with the poll.
        let written = Arc::new([const { AtomicUsize::new(0) }; 2]);
        let (send, waker) = oneshot::channel::<Waker>();
        let (seen, mut send) = (written.clone(), Some(send));
        let task = heist::spawn(poll_fn(move |cx| {
            if let Some(send) = send.take() {
                let _ = send.send(cx.waker().clone());
            }
            // The last poll comes after the last wake of each thread, whichever of them were swallowed.
            if seen.iter().all(|count| count.load(Relaxed) == ROUNDS) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        let waker = waker.await.unwrap();
        let writers = [0, 1].map(|which| {
            let (written, waker) = (written.clone(), waker.clone());
            thread::spawn(move || {
                for round in 1..=ROUNDS {
                    written[which].store(round, Relaxed);
                    waker.wake_by_ref();
                }
            })
        });
        task.await.unwrap();
        writers.into_iter().for_each(|it| it.join().unwrap());
    });
}

/// Foreign threads wake tasks while the runtime that has polled them is dropped: a wake touches nothing that may be gone.
#[test]
fn task_09_wakes_meet_the_drop_of_the_runtime() {
    const TASKS: usize = 4;
    watched(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        for _ in 0..ROUNDS / 3 {
            let rt = multi_thread(2);
            let wakers: Vec<_> = (0..TASKS)
                .map(|_| {
                    let (send, waker) = oneshot::channel::<Waker>();
                    let (value, mut send) = (counts_its_drop(&drops), Some(send));
                    rt.spawn(poll_fn(move |cx| {
                        let _value = &value;
                        if let Some(send) = send.take() {
                            let _ = send.send(cx.waker().clone());
                        }
                        Poll::<()>::Pending
                    }));
                    rt.block_on(waker).unwrap()
                })
                .collect();
            let begin = Barrier::new(TASKS + 1);
            thread::scope(|scope| {
                for waker in wakers {
                    let begin = &begin;
                    scope.spawn(move || {
                        begin.wait();
                        for _ in 0..50 {
                            waker.wake_by_ref();
                        }
                        waker.wake();
                    });
                }
                begin.wait();
                drop(rt);
            });
        }
        assert_eq!(drops.load(SeqCst), ROUNDS / 3 * TASKS);
    });
}

/// The last waker outside wakes by reference and is dropped while the task runs to its end.
#[test]
fn task_10_the_last_waker_goes_while_its_wake_runs_the_task() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let drops = Arc::new(AtomicUsize::new(0));
            rt.block_on(async {
                for _ in 0..ROUNDS {
                    let (send, waker) = oneshot::channel::<Waker>();
                    let (value, mut send) = (counts_its_drop(&drops), Some(send));
                    let task = heist::spawn(async move {
                        let _value = value;
                        poll_fn(|cx| match send.take() {
                            Some(send) => {
                                let _ = send.send(cx.waker().clone());
                                Poll::Pending
                            }
                            None => Poll::Ready(()),
                        })
                        .await;
                    });
                    // Nothing but the waker and the registry keep the task.
                    drop(task);
                    let waker = waker.await.unwrap();
                    let last = thread::spawn(move || {
                        waker.wake_by_ref();
                        drop(waker);
                    });
                    heist::task::yield_now().await;
                    last.join().unwrap();
                }
            });
            wait_for_drops(&rt, &drops);
        }
    });
}

/// Turns the runtime until every task has ended.
fn wait_for_drops(rt: &heist::runtime::Runtime, drops: &AtomicUsize) {
    wait_until(|| {
        rt.block_on(heist::task::yield_now());
        drops.load(SeqCst) >= ROUNDS
    });
    assert_eq!(drops.load(SeqCst), ROUNDS);
}
