//! Wakers of tasks.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread;

use heist::sync::oneshot;
use heist::task::{self, LocalSet};
use parking_lot::Mutex;

use super::drops::OnDrop;
use crate::support::{current_thread, multi_thread, on_every_flavour, watched};

/// Waits until it was woken, and gives its waker away.
struct Given(Option<oneshot::Sender<Waker>>);

impl Future for Given {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0.take() {
            Some(sender) => {
                let _ = sender.send(cx.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

#[test]
fn task_08_all_wakers_of_a_task_wake_the_same_task() {
    on_every_flavour(|| async {
        let task = heist::spawn(async {
            let first = poll_fn(|cx| {
                let clone = cx.waker().clone();
                assert!(clone.will_wake(cx.waker()) && cx.waker().will_wake(&clone));
                assert!(clone.clone().will_wake(&clone));
                Poll::Ready(clone)
            })
            .await;
            task::yield_now().await;
            // A later poll, perhaps on another thread.
            poll_fn(|cx| {
                assert!(cx.waker().will_wake(&first));
                Poll::Ready(())
            })
            .await;
            first
        });
        let other = heist::spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        let (one, two) = (task.await.unwrap(), other.await.unwrap());
        // Both are kept, so they have different addresses.
        assert!(!one.will_wake(&two));
    });
}

#[test]
fn wakes_coalesce_and_none_is_lost() {
    on_every_flavour(|| async {
        let polls = Arc::new(AtomicUsize::new(0));
        let wanted = Arc::new(AtomicUsize::new(0));
        let (send, waker) = oneshot::channel();
        let mut send = Some(send);
        let (count, target) = (polls.clone(), wanted.clone());
        let task = heist::spawn(poll_fn(move |cx| {
            count.fetch_add(1, SeqCst);
            if let Some(send) = send.take() {
                let _ = send.send(cx.waker().clone());
            }
            if target.load(SeqCst) == 1000 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }));
        let waker = waker.await.unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..250 {
                        wanted.fetch_add(1, SeqCst);
                        waker.wake_by_ref();
                    }
                });
            }
        });
        // The last wake followed the last write.
        task.await.unwrap();
        assert!(polls.load(SeqCst) <= 1001);
    });
}

/// Runs when the thread ends.
type Late = OnDrop<Box<dyn FnMut()>>;

thread_local! {
    /// Wakes when the thread ends.
    static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
}

#[test]
fn task_13_a_wake_from_the_destructor_of_a_thread_local() {
    on_every_flavour(|| async {
        let (send, waker) = oneshot::channel();
        let task = heist::spawn(Given(Some(send)));
        let waker = waker.await.unwrap();
        let late = {
            let waker = waker.clone();
            thread::spawn(move || {
                LATE.set(Some(OnDrop(Box::new(move || waker.wake_by_ref()))));
                // A runtime was here after the value was set, so that it is gone before.
                current_thread().block_on(task::yield_now());
            })
        };
        task.await.unwrap();
        late.join().unwrap();
        drop(waker);
    });
}

#[test]
fn task_13_the_last_waker_of_a_runtime_goes_in_a_thread_local() {
    watched(|| {
        let rt = multi_thread(1);
        let (send, waker) = oneshot::channel();
        let task = rt.spawn(Given(Some(send)));
        let waker = rt.block_on(waker).unwrap();
        drop((task, rt));
        thread::spawn(move || LATE.set(Some(OnDrop(Box::new(move || waker.wake_by_ref())))))
            .join()
            .unwrap();
    });
}

#[test]
fn task_14_a_wake_runs_nothing() {
    on_every_flavour(|| async {
        // The poll and the drop of the target take this lock; whoever wakes or aborts it holds it.
        let lock = Arc::new(Mutex::new(()));
        let (send, waker) = oneshot::channel();
        let (in_poll, in_drop) = (lock.clone(), lock.clone());
        let mut send = Some(send);
        let guard = OnDrop(move || drop(in_drop.lock()));
        let task = heist::spawn(async move {
            let _guard = guard;
            poll_fn(|cx| {
                drop(in_poll.lock());
                if let Some(send) = send.take() {
                    let _ = send.send(cx.waker().clone());
                }
                Poll::<()>::Pending
            })
            .await;
        });
        let waker = waker.await.unwrap();
        for _ in 0..100 {
            let held = lock.lock();
            waker.wake_by_ref();
            let by_value = waker.clone();
            by_value.wake();
            drop(held);
            task::yield_now().await;
        }
        let held = lock.lock();
        task.abort();
        drop(waker);
        drop(held);
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn task_14_a_wake_of_a_local_task_runs_nothing() {
    watched(|| {
        let local = LocalSet::new();
        local.block_on(&current_thread(), async {
            let lock = Arc::new(Mutex::new(()));
            let in_poll = lock.clone();
            let (send, waker) = oneshot::channel();
            let mut send = Some(send);
            let task = task::spawn_local(poll_fn(move |cx| {
                drop(in_poll.try_lock().expect("nobody holds it during a poll"));
                if let Some(send) = send.take() {
                    let _ = send.send(cx.waker().clone());
                }
                Poll::<()>::Pending
            }));
            let waker = waker.await.unwrap();
            let held = lock.lock();
            waker.wake_by_ref();
            task.abort();
            drop(held);
            assert!(task.await.unwrap_err().is_cancelled());
        });
    });
}

#[test]
fn a_task_wakes_another_runtime_than_the_one_it_runs_on() {
    watched(|| {
        let (here, there) = (current_thread(), multi_thread(1));
        let (send, waker) = oneshot::channel();
        let far = there.spawn(Given(Some(send)));
        let near = here.spawn(async move { waker.await.unwrap().wake() });
        here.block_on(async {
            near.await.unwrap();
            far.await.unwrap();
        });
        let never = there.spawn(pending::<()>());
        here.block_on(async {
            never.abort();
            assert!(never.await.unwrap_err().is_cancelled());
        });
    });
}
