//! Where and when futures and outputs are dropped, and that panics stay where they are.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

use heist::runtime::Handle;
use heist::sync::oneshot;
use heist::task::{self, JoinHandle, LocalSet};
use parking_lot::Mutex;

use crate::support::{current_thread, flavours, on_every_flavour, watched};

/// Runs a closure when dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Counts the values of its kind that live.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(live: &Arc<AtomicUsize>) -> Self {
        live.fetch_add(1, SeqCst);
        Self(live.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[test]
fn task_01_an_aborted_local_future_drops_on_its_own_thread() {
    watched(|| {
        let rt = current_thread();
        let local = LocalSet::new();
        let dropped: Arc<Mutex<Option<ThreadId>>> = Arc::default();
        let place = dropped.clone();
        let task = local.spawn_local(async move {
            let not_send = std::rc::Rc::new(());
            let _note = OnDrop(move || *place.lock() = Some(thread::current().id()));
            pending::<()>().await;
            drop(not_send);
        });
        local.block_on(&rt, task::yield_now());
        let abort = task.abort_handle();
        thread::spawn(move || abort.abort()).join().unwrap();
        assert_eq!(*dropped.lock(), None, "dropped by the aborting thread");
        assert!(local.block_on(&rt, task).unwrap_err().is_cancelled());
        assert_eq!(*dropped.lock(), Some(thread::current().id()));
    });
}

#[test]
fn task_03_the_future_is_gone_before_join_returns() {
    on_every_flavour(|| async {
        let gone = Arc::new(AtomicBool::new(false));
        let note = gone.clone();
        let (send, started) = oneshot::channel();
        let task = heist::spawn(async move {
            let _note = OnDrop(|| note.store(true, SeqCst));
            send.send(()).unwrap();
            pending::<()>().await;
        });
        started.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(gone.load(SeqCst));
    });
}

#[test]
fn task_03_a_future_that_never_ran_is_dropped_too() {
    on_every_flavour(|| async {
        let live = Arc::new(AtomicUsize::new(0));
        let counted = Counted::new(&live);
        let task = heist::spawn(async move {
            let _counted = counted;
            pending::<()>().await;
        });
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(live.load(SeqCst), 0);
    });
}

/// An output whose drop panics; it owns something that must not leak.
struct Evil(#[allow(dead_code, reason = "owned for its drop")] Counted);

impl Drop for Evil {
    fn drop(&mut self) {
        panic!("evil output");
    }
}

#[test]
fn task_06_outputs_that_panic_when_dropped() {
    on_every_flavour(|| async {
        let live = Arc::new(AtomicUsize::new(0));
        let mut kept: Vec<JoinHandle<Evil>> = Vec::new();
        for n in 0..1000 {
            let evil = Counted::new(&live);
            let task = heist::spawn(async move { Evil(evil) });
            // Half of the handles are dropped at once, mostly before the task is done.
            if n % 2 == 0 {
                kept.push(task);
            }
        }
        while kept.iter().any(|task| !task.is_finished()) {
            task::yield_now().await;
        }
        // The panic of the output does not come out of the handle's drop.
        drop(kept);
        while live.load(SeqCst) > 0 {
            task::yield_now().await;
        }
        assert_eq!(heist::spawn(async { 1 }).await.unwrap(), 1);
    });
}

#[test]
fn task_06_a_future_that_panics_when_dropped_ends_as_a_panic() {
    on_every_flavour(|| async {
        let task = heist::spawn(async {
            let _evil = OnDrop(|| panic!("evil future"));
            pending::<()>().await;
        });
        task::yield_now().await;
        task.abort();
        match task.await {
            // Started before the abort, or not.
            Err(error) => assert!(error.is_panic() || error.is_cancelled()),
            Ok(()) => unreachable!(),
        }
        let ready = heist::spawn(poll_fn({
            let evil = OnDrop(|| panic!("evil future"));
            move |_| {
                let _ = &evil;
                Poll::Ready(3)
            }
        }));
        assert!(ready.await.unwrap_err().is_panic());
    });
}

#[test]
fn task_07_tasks_that_join_each_other_or_themselves_do_not_leak() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let live = Arc::new(AtomicUsize::new(0));
            for _ in 0..200 {
                let (to_first, from_second) = oneshot::channel::<JoinHandle<()>>();
                let counted = Counted::new(&live);
                let first = rt.spawn(async move {
                    let _counted = counted;
                    let _ = from_second.await.unwrap().await;
                });
                let counted = Counted::new(&live);
                let second = rt.spawn(async move {
                    let _counted = counted;
                    let _ = first.await;
                });
                to_first.send(second).unwrap();

                let (to_self, own) = oneshot::channel::<JoinHandle<()>>();
                let counted = Counted::new(&live);
                let narcissus = rt.spawn(async move {
                    let _counted = counted;
                    let _ = own.await.unwrap().await;
                });
                to_self.send(narcissus).unwrap();
            }
            rt.block_on(async { task::yield_now().await });
            drop(rt);
            assert_eq!(live.load(SeqCst), 0);
        }
    });
}

/// Keeps the waker of the task that polls it, here or elsewhere.
struct Parked(Arc<Mutex<Option<Waker>>>);

impl Future for Parked {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let old = self.0.lock().replace(cx.waker().clone());
        drop(old);
        Poll::Pending
    }
}

#[test]
fn task_11_a_wake_after_the_runtime_is_gone() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let live = Arc::new(AtomicUsize::new(0));
            let place: Arc<Mutex<Option<Waker>>> = Arc::default();
            let (counted, parked) = (Counted::new(&live), Parked(place.clone()));
            let task = rt.spawn(async move {
                let _counted = counted;
                parked.await;
            });
            rt.block_on(async {
                while place.lock().is_none() {
                    task::yield_now().await;
                }
            });
            drop(rt);
            assert_eq!(live.load(SeqCst), 0);
            let waker = place.lock().take().unwrap();
            waker.wake_by_ref();
            let copy = waker.clone();
            thread::spawn(move || copy.wake()).join().unwrap();
            drop(task);
            waker.wake();
        }
    });
}

#[test]
fn task_12_a_drop_that_spawns_during_shutdown() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let born: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
            let place = born.clone();
            let spawner = OnDrop(move || {
                for _ in 0..10 {
                    let enters = OnDrop(|| drop(Handle::current().enter()));
                    let task = heist::spawn(async move {
                        let _enters = enters;
                        pending::<()>().await;
                    });
                    place.lock().push(task);
                }
            });
            rt.spawn(async move {
                let _spawner = spawner;
                pending::<()>().await;
            });
            rt.block_on(task::yield_now());
            drop(rt);
            let born = std::mem::take(&mut *born.lock());
            assert_eq!(born.len(), 10);
            for task in born {
                let ended = futures_util::FutureExt::now_or_never(task).expect("it has ended");
                assert!(ended.unwrap_err().is_cancelled());
            }
        }
    });
}

/// A waker whose every verb panics once it is armed.
struct EvilWaker(AtomicBool);

impl Wake for EvilWaker {
    fn wake(self: Arc<Self>) {
        if self.0.load(SeqCst) {
            panic!("evil waker");
        }
    }
}

#[test]
fn task_15_a_joiner_whose_waker_panics() {
    on_every_flavour(|| async {
        for _ in 0..50 {
            let (open, gate) = oneshot::channel::<()>();
            let mut task = heist::spawn(async move { gate.await.unwrap() });
            let evil = Waker::from(Arc::new(EvilWaker(AtomicBool::new(true))));
            let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&evil));
            assert!(polled.is_pending());
            open.send(()).unwrap();
            while !task.is_finished() {
                task::yield_now().await;
            }
            task.await.unwrap();
        }
        assert_eq!(heist::spawn(async { 1 }).await.unwrap(), 1);
    });
}

#[test]
fn a_panic_ends_one_task_and_no_thread() {
    on_every_flavour(|| async {
        for _ in 0..100 {
            assert!(
                heist::spawn(async { panic!("one") })
                    .await
                    .unwrap_err()
                    .is_panic()
            );
        }
        let sum: usize = {
            let tasks: Vec<_> = (0..100).map(|n| heist::spawn(async move { n })).collect();
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            sum
        };
        assert_eq!(sum, 4950);
    });
}
