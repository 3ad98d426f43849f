//! Models of the task cell: every interleaving of a runner, wakers and handles, under loom.
//!
//! Each asks one question. Futures carry loom's own cells and counters, so that a race on them, a second drop, or a leak fails the model.

use std::collections::VecDeque;
use std::future::{Future, poll_fn, ready};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering::*};
use loom::thread;

use super::call::{Soon, When, new_call};
use super::name::Label;
use super::registry::Home;
use super::{AbortHandle, JoinHandle, JoinSet, Runnable, Schedule, TaskTracker, new_task};
use crate::primitive::Mutex;

/// A run queue.
#[derive(Clone)]
struct Queue(Arc<Mutex<VecDeque<Runnable>>>);

impl Queue {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(VecDeque::new())))
    }

    fn pop(&self) -> Option<Runnable> {
        self.0.lock().pop_front()
    }

    /// Runs what is queued, until nothing is.
    fn run_all(&self) {
        while let Some(task) = self.pop() {
            task.run();
        }
    }
}

impl Schedule for Queue {
    const REGISTRY_REFS: usize = 0;

    fn schedule(&self, task: Runnable) {
        self.0.lock().push_back(task);
    }

    fn forget(&self, _: Home) {}
}

fn spawn<F>(queue: &Queue, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let (task, handle) = new_task(future, queue.clone(), Location::caller());
    queue.0.lock().push_back(task);
    handle
}

/// Counts its drops.
struct Token(Arc<AtomicUsize>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Gives its waker out at the first poll, is ready once `flag` is set; touches a cell that only the runner may touch.
struct UntilFlag {
    flag: Arc<AtomicUsize>,
    waker: Arc<Mutex<Option<Waker>>>,
    private: UnsafeCell<u32>,
    _token: Token,
}

impl Future for UntilFlag {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: loom fails the model if two threads are here at once.
        self.private.with_mut(|private| unsafe { *private += 1 });
        *self.waker.lock() = Some(cx.waker().clone());
        // Relaxed: only the wake orders it.
        if self.flag.load(Relaxed) == 1 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

struct Scene {
    queue: Queue,
    flag: Arc<AtomicUsize>,
    waker: Arc<Mutex<Option<Waker>>>,
    drops: Arc<AtomicUsize>,
    handle: JoinHandle<()>,
}

impl Scene {
    /// A task that has been polled once and waits, and whose waker is known.
    fn waiting() -> Self {
        let scene = Self::scheduled();
        scene.queue.run_all();
        scene
    }

    fn scheduled() -> Self {
        let (queue, flag, drops) = (
            Queue::new(),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
        );
        let waker = Arc::new(Mutex::new(None));
        let future = UntilFlag {
            flag: flag.clone(),
            waker: waker.clone(),
            private: UnsafeCell::new(0),
            _token: Token(drops.clone()),
        };
        let handle = spawn(&queue, future);
        Self {
            queue,
            flag,
            waker,
            drops,
            handle,
        }
    }

    fn take_waker(&self) -> Waker {
        self.waker.lock().take().expect("polled once")
    }

    /// Everything is gone: the future was dropped once.
    fn end(self) {
        let Self {
            queue,
            waker,
            drops,
            handle,
            ..
        } = self;
        drop(handle);
        drop(waker.lock().take());
        while let Some(task) = queue.pop() {
            task.shut_down();
        }
        assert_eq!(drops.load(SeqCst), 1);
    }
}

/// TASK-05: of two wakes, each after a write, the poll that follows sees both writes.
#[test]
fn loom_task_05_a_coalesced_wake_publishes_its_write() {
    loom::model(|| {
        let scene = Scene::waiting();
        let second = Arc::new(AtomicUsize::new(0));
        let (one, two) = (scene.take_waker(), scene.queue.clone());
        let other = one.clone();
        let write = second.clone();
        let thread = thread::spawn(move || {
            write.store(1, Relaxed);
            other.wake();
        });
        scene.flag.store(1, Relaxed);
        one.wake();
        thread.join().expect("the waking thread ends");
        two.run_all();
        assert!(scene.handle.is_finished());
        assert_eq!(second.load(Relaxed), 1);
        scene.end();
    });
}

/// A wake that races with the poll's end leads to another poll.
#[test]
fn loom_task_a_wake_during_the_poll_is_not_lost() {
    loom::model(|| {
        let scene = Scene::waiting();
        let waker = scene.take_waker();
        waker.wake_by_ref();
        let flag = scene.flag.clone();
        let thread = thread::spawn(move || {
            flag.store(1, Relaxed);
            waker.wake();
        });
        scene.queue.run_all();
        thread.join().expect("the waking thread ends");
        scene.queue.run_all();
        assert!(scene.handle.is_finished());
        scene.end();
    });
}

/// TASK-05: a wake between the look at the word and the start of the poll, which leaves the word as it was.
#[test]
fn loom_task_05_a_coalesced_wake_races_with_the_start() {
    loom::model(|| {
        let scene = Scene::waiting();
        let waker = scene.take_waker();
        waker.wake_by_ref();
        let (flag, other) = (scene.flag.clone(), waker.clone());
        let thread = thread::spawn(move || {
            flag.store(1, Relaxed);
            other.wake_by_ref();
            other
        });
        scene.queue.run_all();
        let other = thread.join().expect("the waking thread ends");
        scene.queue.run_all();
        assert!(scene.handle.is_finished());
        drop((waker, other));
        scene.end();
    });
}

/// A cell that loom watches, shared by who runs a task and who joins it.
struct Shared(UnsafeCell<u32>);

// SAFETY: what the models check.
unsafe impl Send for Shared {}
// SAFETY: what the models check.
unsafe impl Sync for Shared {}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    fn touch(&self) {
        // SAFETY: loom fails the model if two threads are here at once.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }
}

/// Whoever finds the task complete, in whichever way, sees what it did.
fn completion_shows(look: impl Fn(&mut JoinHandle<()>) -> bool + Copy + Send + Sync + 'static) {
    loom::model(move || {
        let (queue, shared) = (Queue::new(), Shared::new());
        let touched = shared.clone();
        let mut handle = spawn(&queue, async move { touched.touch() });
        let runner = {
            let queue = queue.clone();
            thread::spawn(move || queue.run_all())
        };
        // Loom goes back to the last access of an atomic alone: it does not try a load of ours behind a load and an exchange of the other side.
        thread::yield_now();
        // The handle is still there: its end would synchronise, too.
        if look(&mut handle) {
            shared.touch();
        }
        runner.join().expect("the running thread ends");
    });
}

#[test]
fn loom_task_is_finished_shows_what_it_did() {
    completion_shows(|handle| handle.is_finished());
}

#[test]
fn loom_task_a_poll_of_the_handle_shows_what_it_did() {
    completion_shows(|handle| {
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(handle).poll(&mut cx).is_ready()
    });
}

/// A scheduler whose drop, which comes with that of the cell, must be alone.
#[derive(Clone)]
struct Watched {
    queue: Arc<Mutex<VecDeque<Runnable>>>,
    cell: Arc<Shared>,
}

impl Schedule for Watched {
    const REGISTRY_REFS: usize = 0;

    fn schedule(&self, task: Runnable) {
        self.queue.lock().push_back(task);
    }

    fn forget(&self, _: Home) {}

    fn label(&self) -> Option<&Label> {
        self.cell.0.with(|_| ());
        None
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.cell.touch();
    }
}

/// A task that has ended, of which one waker and one abort handle are left.
fn ended() -> (AbortHandle, Waker) {
    let queue = Arc::new(Mutex::new(VecDeque::new()));
    let slot = Arc::new(Mutex::new(None));
    let kept = slot.clone();
    let future = poll_fn(move |cx| {
        *kept.lock() = Some(cx.waker().clone());
        Poll::Ready(())
    });
    let scheduler = Watched {
        queue,
        cell: Shared::new(),
    };
    let (task, handle) = new_task(future, scheduler, Location::caller());
    let abort = handle.abort_handle();
    task.run();
    drop(handle);
    let waker = slot.lock().take().expect("polled once");
    (abort, waker)
}

/// TASK-04: who gives the last reference back has the cell alone, whichever way the others went.
#[test]
fn loom_task_04_the_last_reference_is_alone() {
    loom::model(|| {
        let (abort, waker) = ended();
        let other = thread::spawn(move || {
            assert!(abort.name().is_none());
            drop(abort);
        });
        drop(waker);
        other.join().expect("the dropping thread ends");
    });
}

#[test]
fn loom_task_04_a_wake_with_the_last_reference_is_alone() {
    loom::model(|| {
        let (abort, waker) = ended();
        let other = thread::spawn(move || {
            assert!(abort.name().is_none());
            drop(abort);
        });
        waker.wake();
        other.join().expect("the dropping thread ends");
    });
}

/// TASK-04, TASK-10: the handle and the last waker go away while the task completes; the cell is freed once.
#[test]
fn loom_task_04_dropping_the_handle_races_with_completion() {
    loom::model(|| {
        let scene = Scene::waiting();
        let waker = scene.take_waker();
        scene.flag.store(1, Relaxed);
        waker.wake_by_ref();
        let Scene {
            queue,
            drops,
            handle,
            waker: slot,
            ..
        } = scene;
        let dropper = thread::spawn(move || drop(handle));
        let waking = thread::spawn(move || waker.wake());
        queue.run_all();
        dropper.join().expect("the dropping thread ends");
        waking.join().expect("the waking thread ends");
        queue.run_all();
        drop(slot.lock().take());
        assert_eq!(drops.load(SeqCst), 1);
    });
}

/// The joiner that registers while the task completes sees the output or is woken.
#[test]
fn loom_task_joining_races_with_completion() {
    loom::model(|| {
        let queue = Queue::new();
        let mut handle = spawn(&queue, async { Arc::new(7) });
        let runner = {
            let queue = queue.clone();
            thread::spawn(move || queue.run_all())
        };
        let output = loom::future::block_on(async { Pin::new(&mut handle).await });
        assert_eq!(*output.expect("the task returns"), 7);
        runner.join().expect("the running thread ends");
    });
}

/// TASK-03: an abort that races with the poll ends the task, its future is dropped, and the joiner learns of it.
#[test]
fn loom_task_03_abort_races_with_the_poll() {
    loom::model(|| {
        let scene = Scene::scheduled();
        let abort = scene.handle.abort_handle();
        let aborting = thread::spawn(move || abort.abort());
        scene.queue.run_all();
        aborting.join().expect("the aborting thread ends");
        scene.queue.run_all();
        assert!(scene.handle.is_finished());
        assert_eq!(scene.drops.load(SeqCst), 1);
        scene.end();
    });
}

/// Shutdown that races with a run and a wake ends the task once.
#[test]
fn loom_task_seizing_races_with_a_run() {
    loom::model(|| {
        let scene = Scene::waiting();
        let waker = scene.take_waker();
        waker.wake_by_ref();
        let queue = scene.queue.clone();
        let runner = thread::spawn(move || queue.run_all());
        let task = scene.handle.task_for_model();
        task.shut_down();
        waker.wake();
        runner.join().expect("the running thread ends");
        scene.queue.run_all();
        assert!(scene.handle.is_finished());
        scene.end();
    });
}

/// A set whose task ends while the set is told of it and polled: the bell rings once, whoever rings it.
#[test]
fn loom_join_set_hears_of_a_task_that_ends_meanwhile() {
    loom::model(|| {
        let queue = Queue::new();
        let handle = spawn(&queue, ready(7));
        let runner = thread::spawn(move || queue.run_all());
        let mut set = JoinSet::new();
        set.insert(handle);
        let joined = loom::future::block_on(poll_fn(|cx| set.poll_join_next(cx)));
        assert_eq!(joined.unwrap().unwrap(), 7);
        assert!(set.is_empty() && set.try_join_next().is_none());
        runner.join().unwrap();
    });
}

/// Closing and the last one's leaving, in either order, end a wait.
#[test]
fn loom_tracker_wait_ends_with_the_last_of_close_and_leave() {
    loom::model(|| {
        let tracker = TaskTracker::new();
        let token = tracker.token();
        let closer = tracker.clone();
        let leaves = thread::spawn(move || drop(token));
        let closes = thread::spawn(move || assert!(closer.close()));
        loom::future::block_on(tracker.wait());
        assert!(tracker.is_closed() && tracker.is_empty());
        leaves.join().unwrap();
        closes.join().unwrap();
    });
}

/// A tracker that was idle for a moment ends a wait that began before.
#[test]
fn loom_tracker_a_moment_is_enough() {
    loom::model(|| {
        let tracker = TaskTracker::new();
        let other = tracker.clone();
        let wait = tracker.wait();
        let moment = thread::spawn(move || {
            other.close();
            other.reopen();
        });
        loom::future::block_on(wait);
        moment.join().unwrap();
    });
}

/// A callable that counts its calls, and its drops.
fn callable(calls: &Arc<AtomicUsize>, drops: &Arc<AtomicUsize>) -> impl FnOnce() + Send + 'static {
    let (calls, token) = (calls.clone(), Token(drops.clone()));
    move || {
        calls.fetch_add(1, SeqCst);
        drop(token);
    }
}

fn counters() -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
    (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)))
}

/// An abort that races with the run: called or not, the closure is dropped once, and the handle that is left frees the cell.
#[test]
fn loom_callable_abort_races_with_the_run() {
    loom::model(|| {
        let queue = Queue::new();
        let (calls, drops) = counters();
        let call = Soon(callable(&calls, &drops));
        let (task, handle) = new_call(call, queue.clone(), Location::caller());
        queue.schedule(task);
        let aborting = thread::spawn(move || handle.abort());
        queue.run_all();
        aborting.join().expect("the aborting thread ends");
        assert!(calls.load(SeqCst) <= 1);
        assert_eq!(drops.load(SeqCst), 1);
        assert!(queue.pop().is_none());
    });
}

/// A callable that is aborted before anybody runs it is never called.
#[test]
fn loom_callable_aborted_before_is_not_called() {
    loom::model(|| {
        let queue = Queue::new();
        let (calls, drops) = counters();
        let call = Soon(callable(&calls, &drops));
        let (task, handle) = new_call(call, queue.clone(), Location::caller());
        handle.abort();
        queue.schedule(task);
        let other = queue.clone();
        let runner = thread::spawn(move || other.run_all());
        drop(handle);
        runner.join().expect("the running thread ends");
        assert_eq!((calls.load(SeqCst), drops.load(SeqCst)), (0, 1));
    });
}

/// Ready when told, by a waker that it gives out.
struct Told {
    flag: Arc<AtomicUsize>,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Future for Told {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        *self.waker.lock() = Some(cx.waker().clone());
        // Relaxed: only the wake orders it.
        if self.flag.load(Relaxed) == 1 {
            Poll::Ready(true)
        } else {
            Poll::Pending
        }
    }
}

/// What a callable waits for comes about while it begins to wait, or while it is aborted: it is called at most once, and at least once if nobody aborts it.
fn when(abort: fn(AbortHandle), least: usize) {
    loom::model(move || {
        let queue = Queue::new();
        let (calls, drops) = counters();
        let told = Told {
            flag: Arc::new(AtomicUsize::new(0)),
            waker: Arc::new(Mutex::new(None)),
        };
        let (flag, waker) = (told.flag.clone(), told.waker.clone());
        let call = When::new(told, callable(&calls, &drops));
        let (task, handle) = new_call(call, queue.clone(), Location::caller());
        let slot = waker.clone();
        let waking = thread::spawn(move || {
            flag.store(1, Relaxed);
            let waker = slot.lock().take();
            waker.map(Waker::wake).is_some()
        });
        task.run();
        abort(handle);
        if !waking.join().expect("the waking thread ends") {
            // It came before the waker was there: the poll has seen the flag or nobody has woken it yet.
            let waker = waker.lock().take();
            waker.map(Waker::wake);
        }
        queue.run_all();
        drop(waker.lock().take());
        let called = calls.load(SeqCst);
        assert!(called <= 1 && called >= least, "called {called} times");
        assert_eq!(drops.load(SeqCst), 1);
    });
}

#[test]
fn loom_callable_that_waits_is_called_once() {
    when(drop, 1);
}

#[test]
fn loom_callable_that_waits_is_aborted_meanwhile() {
    when(|handle| handle.abort(), 0);
}
