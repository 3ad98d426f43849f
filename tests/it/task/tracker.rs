//! `TaskTracker`: what is counted, and what ends a wait.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use heist::task::{LocalSet, TaskTracker, yield_now};

use super::drops::OnDrop;
use crate::support::{current_thread, multi_thread, on_every_flavour, watched};

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn is_ready<F: Future<Output = ()>>(future: std::pin::Pin<&mut F>) -> bool {
    future
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_ready()
}

#[test]
fn a_wait_ends_when_the_tracker_is_closed_and_empty() {
    on_every_flavour(|| async {
        let tracker = TaskTracker::new();
        let ended = Arc::new(AtomicUsize::new(0));
        for n in 0..100 {
            let ended = ended.clone();
            tracker.spawn(async move {
                for _ in 0..n % 5 {
                    yield_now().await;
                }
                ended.fetch_add(1, SeqCst);
            });
        }
        tracker.close();
        tracker.wait().await;
        assert!(tracker.is_empty() && tracker.is_closed());
        assert_eq!(ended.load(SeqCst), 100);
        // A closed tracker takes tasks all the same.
        tracker.spawn(yield_now());
        tracker.wait().await;
        // And many may wait.
        let token = tracker.token();
        let waits: Vec<_> = (0..50)
            .map(|_| {
                let tracker = tracker.clone();
                heist::spawn(async move { tracker.wait().await })
            })
            .collect();
        yield_now().await;
        drop(token);
        for wait in waits {
            wait.await.unwrap();
        }
    });
}

#[test]
fn empty_is_not_enough_and_closed_is_not_enough() {
    let tracker = TaskTracker::default();
    let mut open = Box::pin(tracker.wait());
    assert!(!is_ready(open.as_mut()));
    let token = tracker.token();
    assert!(TaskTracker::ptr_eq(token.task_tracker(), &tracker));
    assert!(!TaskTracker::ptr_eq(&TaskTracker::new(), &tracker));
    assert!(tracker.close() && !tracker.close());
    assert!(!is_ready(open.as_mut()));
    let second = token.clone();
    assert_eq!(tracker.len(), 2);
    drop(token);
    assert!(!is_ready(open.as_mut()));
    drop(second);
    assert!(is_ready(open.as_mut()));
    assert!(tracker.reopen() && !tracker.reopen());
    assert!(!is_ready(pin!(tracker.wait())));
    let text = format!("{tracker:?}");
    assert!(
        text.starts_with("TaskTracker { len: 0, is_closed: false"),
        "{text}"
    );
}

#[test]
fn a_moment_is_enough() {
    let tracker = TaskTracker::new();
    let token = tracker.token();
    let mut early = Box::pin(tracker.wait());
    let mut unpolled = Box::pin(tracker.wait());
    assert!(!is_ready(early.as_mut()));
    drop(token);
    tracker.close();
    let mut at_the_moment = Box::pin(tracker.wait());
    tracker.reopen();
    let _token = tracker.token();
    let mut late = Box::pin(tracker.wait());
    assert!(is_ready(early.as_mut()) && is_ready(unpolled.as_mut()));
    assert!(is_ready(at_the_moment.as_mut()) && !is_ready(late.as_mut()));
}

#[test]
fn every_way_to_spawn_is_counted() {
    watched(|| {
        let (rt, other) = (current_thread(), multi_thread(1));
        let local = LocalSet::new();
        local.block_on(&rt, async {
            let tracker = TaskTracker::new();
            let rc = Rc::new(3);
            let copy = rc.clone();
            let tasks = [
                tracker.spawn(async { 1 }),
                tracker.spawn_on(async { 2 }, other.handle()),
                tracker.spawn_local(async move { *rc }),
                tracker.spawn_local_on(async move { *copy + 1 }, &local),
                tracker.spawn_blocking(|| 5),
                tracker.spawn_blocking_on(|| 6, other.handle()),
            ];
            assert_eq!(tasks[0].spawned_at().file(), file!());
            assert_eq!(tracker.track_future(async { 7 }).await, 7);
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            assert_eq!(sum, 21);
            tracker.close();
            tracker.wait().await;
        });
    });
}

#[test]
fn the_future_is_gone_when_the_count_goes_down_however_it_ends() {
    watched(|| {
        let rt = multi_thread(2);
        rt.block_on(async {
            let tracker = TaskTracker::new();
            let gone = Arc::new(AtomicUsize::new(0));
            let guard = || {
                let gone = gone.clone();
                OnDrop(move || {
                    gone.fetch_add(1, SeqCst);
                })
            };
            let (one, two) = (guard(), guard());
            let stuck = tracker.spawn(async move {
                let _one = one;
                pending::<()>().await;
            });
            tracker.spawn(async move {
                let _two = two;
                panic!("on purpose");
            });
            stuck.abort();
            tracker.close();
            tracker.wait().await;
            assert_eq!(gone.load(SeqCst), 2);
        });
        let tracker = TaskTracker::new();
        tracker.spawn_on(pending::<()>(), rt.handle());
        drop(rt);
        assert!(tracker.is_empty());
    });
}

#[test]
fn a_wait_that_is_dropped_leaves_no_waker() {
    let tracker = TaskTracker::new();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut cx = Context::from_waker(&waker);
    let mut dropped = Box::pin(tracker.wait());
    let mut kept = Box::pin(tracker.wait());
    for _ in 0..3 {
        assert_eq!(dropped.as_mut().poll(&mut cx), Poll::Pending);
        assert_eq!(kept.as_mut().poll(&mut cx), Poll::Pending);
    }
    drop(dropped);
    tracker.close();
    assert_eq!(woken.0.load(SeqCst), 1);
    assert_eq!(kept.as_mut().poll(&mut cx), Poll::Ready(()));
    drop(kept);
    assert_eq!(Arc::strong_count(&woken), 2);
}

#[test]
fn an_evil_waker_keeps_nobody_from_being_woken() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("told to panic in a wake");
        }
    }
    let tracker = TaskTracker::new();
    let woken = Arc::new(Woken::default());
    let (evil, good) = (Waker::from(Arc::new(Panics)), Waker::from(woken.clone()));
    let mut first = Box::pin(tracker.wait());
    let mut second = Box::pin(tracker.wait());
    assert!(
        first
            .as_mut()
            .poll(&mut Context::from_waker(&evil))
            .is_pending()
    );
    assert!(
        second
            .as_mut()
            .poll(&mut Context::from_waker(&good))
            .is_pending()
    );
    let _ = catch_unwind(AssertUnwindSafe(|| tracker.close()));
    assert_eq!(woken.0.load(SeqCst), 1);
}
