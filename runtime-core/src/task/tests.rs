//! The task cell by itself: a queue, no scheduler, few threads. What Miri looks at.
//!
//! Futures and outputs carry a [`Token`] that counts drops, so that a second drop fails a test and a missing one does, too.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn, ready};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use parking_lot::Mutex;

use super::registry::{Home, Registry};
use super::{JoinHandle, Runnable, Schedule, new_task};

/// A run queue with a registry, as a slot has them.
#[derive(Clone)]
struct Queue(Arc<Inner>);

struct Inner {
    tasks: Mutex<VecDeque<Runnable>>,
    registry: Registry<()>,
}

impl Queue {
    fn new() -> Self {
        Self(Arc::new(Inner {
            tasks: Mutex::new(VecDeque::new()),
            registry: Registry::new(),
        }))
    }

    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let (task, handle) = new_task(future, self.clone(), Location::caller());
        match self.0.registry.enter(0, task) {
            Ok(task) => self.0.tasks.lock().push_back(task),
            Err(task) => task.shut_down(),
        }
        handle
    }

    fn run_all(&self) {
        loop {
            let task = self.0.tasks.lock().pop_front();
            match task {
                Some(task) => task.run(),
                None => return,
            }
        }
    }

    fn alive(&self) -> usize {
        self.0.registry.alive()
    }
}

impl Schedule for Queue {
    const REGISTRY_REFS: usize = 1;

    fn schedule(&self, task: Runnable) {
        self.0.tasks.lock().push_back(task);
    }

    fn forget(&self, home: Home) {
        let _: Option<()> = self.0.registry.forget(home);
    }
}

/// Counts its drops, and panics in them if told to.
struct Token {
    drops: Arc<AtomicUsize>,
    panics: bool,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.drops.fetch_add(1, SeqCst);
        assert!(!self.panics, "told to panic in a drop");
    }
}

#[derive(Default)]
struct Drops(Arc<AtomicUsize>);

impl Drops {
    fn token(&self) -> Token {
        Token {
            drops: self.0.clone(),
            panics: false,
        }
    }

    fn evil(&self) -> Token {
        let mut token = self.token();
        token.panics = true;
        token
    }

    fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls a task that has ended.
fn output<T>(mut handle: JoinHandle<T>) -> Result<T, super::JoinError> {
    match poll_once(&mut handle, Waker::noop()) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the task has not ended"),
    }
}

/// A future that hands its waker out and is pending until it is polled for the `polls`th time.
fn counted(
    polls: usize,
    out: Rc<RefCell<Vec<Waker>>>,
    token: Token,
) -> impl Future<Output = usize> {
    let mut left = polls;
    poll_fn(move |cx| {
        let _token = &token;
        out.borrow_mut().push(cx.waker().clone());
        left -= 1;
        if left == 0 {
            Poll::Ready(polls)
        } else {
            Poll::Pending
        }
    })
}

#[test]
fn a_task_runs_and_its_output_is_taken_once() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let token = drops.token();
    let handle = queue.spawn(async move { token });
    assert!(!handle.is_finished());
    queue.run_all();
    assert_eq!(drops.count(), 0);
    drop(output(handle).unwrap());
    assert_eq!(drops.count(), 1);
    assert_eq!(queue.alive(), 0);
}

#[test]
fn a_detached_task_drops_its_output() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let token = drops.token();
    drop(queue.spawn(async move { token }));
    queue.run_all();
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_handle_dropped_after_the_end_drops_the_output() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let token = drops.token();
    let handle = queue.spawn(async move { token });
    queue.run_all();
    assert_eq!(drops.count(), 0);
    drop(handle);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_task_drops_its_own_handle_while_it_runs() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let place = Rc::new(RefCell::new(None));
    let (own, token) = (place.clone(), drops.token());
    *place.borrow_mut() = Some(queue.spawn(async move {
        drop(own.borrow_mut().take());
        token
    }));
    queue.run_all();
    assert_eq!(drops.count(), 1);
}

#[test]
fn wakers_outlive_the_task_the_handle_and_the_queue() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let wakers = Rc::new(RefCell::new(Vec::new()));
    let handle = queue.spawn(counted(3, wakers.clone(), drops.token()));
    queue.run_all();
    for _ in 0..2 {
        let waker = wakers.borrow()[0].clone();
        waker.wake_by_ref();
        waker.wake();
        queue.run_all();
    }
    assert_eq!(output(handle).unwrap(), 3);
    assert_eq!(drops.count(), 1);
    drop(queue);
    let mut wakers = wakers.take();
    assert!(wakers[0].will_wake(&wakers[2]));
    wakers[0].wake_by_ref();
    wakers.pop().unwrap().wake();
    drop(wakers);
}

#[test]
fn a_task_that_wakes_itself_is_queued_once() {
    let queue = Queue::new();
    let mut polls = 0;
    let handle = queue.spawn(poll_fn(move |cx| {
        polls += 1;
        cx.waker().wake_by_ref();
        let waker = cx.waker().clone();
        waker.wake();
        if polls == 2 {
            Poll::Ready(polls)
        } else {
            Poll::Pending
        }
    }));
    let task = queue.0.tasks.lock().pop_front().unwrap();
    task.run();
    assert_eq!(queue.0.tasks.lock().len(), 1);
    queue.run_all();
    assert_eq!(output(handle).unwrap(), 2);
}

#[test]
fn abort_before_the_first_poll_while_waiting_and_after_the_end() {
    for ended in 0..3 {
        let (queue, drops) = (Queue::new(), Drops::default());
        let wakers = Rc::new(RefCell::new(Vec::new()));
        let polls = if ended == 2 { 1 } else { 2 };
        let handle = queue.spawn(counted(polls, wakers.clone(), drops.token()));
        if ended > 0 {
            queue.run_all();
        }
        let abort = handle.abort_handle();
        abort.abort();
        handle.abort();
        queue.run_all();
        assert!(abort.is_finished());
        assert_eq!(drops.count(), 1);
        let cancelled = output(handle).is_err_and(|error| error.is_cancelled());
        assert_eq!(cancelled, ended < 2);
        wakers.take().into_iter().for_each(Waker::wake);
        queue.run_all();
    }
}

#[test]
fn a_task_aborts_itself() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let place = Rc::new(RefCell::new(None::<JoinHandle<()>>));
    let (own, token) = (place.clone(), drops.token());
    *place.borrow_mut() = Some(queue.spawn(async move {
        let _token = token;
        own.borrow().as_ref().unwrap().abort();
        pending().await
    }));
    queue.run_all();
    assert_eq!(drops.count(), 1);
    let handle = place.take().unwrap();
    assert!(output(handle).unwrap_err().is_cancelled());
}

#[test]
fn the_joiner_is_woken_once_and_may_change() {
    let queue = Queue::new();
    let wakers = Rc::new(RefCell::new(Vec::new()));
    let mut handle = queue.spawn(counted(2, wakers.clone(), Drops::default().token()));
    queue.run_all();
    let (first, second) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
    for woken in [&first, &second, &second] {
        assert!(poll_once(&mut handle, &Waker::from(woken.clone())).is_pending());
    }
    wakers.take().into_iter().for_each(Waker::wake);
    queue.run_all();
    assert_eq!((first.0.load(SeqCst), second.0.load(SeqCst)), (0, 1));
    // Neither the cell nor the handle keeps a waker.
    assert_eq!(
        (Arc::strong_count(&first), Arc::strong_count(&second)),
        (1, 1)
    );
    assert_eq!(output(handle).unwrap(), 2);
}

#[test]
fn a_handle_that_waits_is_dropped() {
    let queue = Queue::new();
    let woken = Arc::new(Woken::default());
    let mut handle = queue.spawn(pending::<()>());
    queue.run_all();
    assert!(poll_once(&mut handle, &Waker::from(woken.clone())).is_pending());
    drop(handle);
    assert_eq!(Arc::strong_count(&woken), 1);
    queue.0.registry.close();
    assert_eq!(queue.alive(), 0);
}

#[test]
fn two_tasks_that_join_each_other_are_freed() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let place = Rc::new(RefCell::new(None::<JoinHandle<()>>));
    let (other, token) = (place.clone(), drops.token());
    let first = queue.spawn(async move {
        let _token = token;
        let handle = other.take().unwrap();
        let _ = handle.await;
    });
    let token = drops.token();
    *place.borrow_mut() = Some(queue.spawn(async move {
        let _token = token;
        let _ = first.await;
    }));
    queue.run_all();
    assert_eq!(drops.count(), 0);
    queue.0.registry.close();
    queue.run_all();
    assert_eq!((drops.count(), queue.alive()), (2, 0));
}

#[test]
fn panics_in_poll_in_drop_and_in_the_output_stay_in_the_task() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let in_poll = queue.spawn({
        let token = drops.token();
        async move {
            let _token = token;
            panic!("told to panic in a poll")
        }
    });
    let in_both = queue.spawn({
        // Captured, not moved into the body: dropped after the body has unwound.
        let token = drops.evil();
        poll_fn(move |_| -> Poll<()> {
            let _token = &token;
            panic!("told to panic in a poll")
        })
    });
    let in_drop = queue.spawn({
        let token = drops.evil();
        poll_fn(move |_| {
            let _token = &token;
            Poll::Ready(())
        })
    });
    let in_output = queue.spawn({
        let token = drops.evil();
        ready(token)
    });
    drop(queue.spawn(ready(drops.evil())));
    let aborted = queue.spawn({
        let token = drops.evil();
        poll_fn(move |_| -> Poll<()> {
            let _token = &token;
            Poll::Pending
        })
    });
    aborted.abort();
    queue.run_all();
    for handle in [in_poll, in_both, in_drop, aborted] {
        assert!(output(handle).unwrap_err().is_panic());
    }
    drop(in_output);
    assert_eq!(drops.count(), 6);
    assert_eq!(queue.alive(), 0);
}

#[test]
fn a_closed_registry_ends_tasks_in_every_state() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let wakers = Rc::new(RefCell::new(Vec::new()));
    let waiting = queue.spawn(counted(2, wakers.clone(), drops.token()));
    queue.run_all();
    let scheduled = queue.spawn(counted(1, wakers.clone(), drops.token()));
    queue.0.registry.close();
    let late = queue.spawn(counted(1, wakers.clone(), drops.token()));
    for handle in [waiting, scheduled, late] {
        assert!(output(handle).unwrap_err().is_cancelled());
    }
    assert_eq!(drops.count(), 3);
    wakers.take().into_iter().for_each(Waker::wake);
    // What is queued is stale.
    queue.run_all();
}

#[test]
fn wakers_on_other_threads_race_with_the_runner_and_the_handle() {
    let (queue, drops) = (Queue::new(), Drops::default());
    let flag = Arc::new(AtomicUsize::new(0));
    let (seen, token) = (flag.clone(), drops.token());
    let out = Arc::new(Mutex::new(None::<Waker>));
    let place = out.clone();
    let handle = queue.spawn(poll_fn(move |cx| {
        let _token = &token;
        *place.lock() = Some(cx.waker().clone());
        if seen.load(Relaxed) == 2 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
    queue.run_all();
    let waker = out.lock().clone().unwrap();
    let wakers: Vec<_> = (0..2)
        .map(|_| {
            let (flag, waker) = (flag.clone(), waker.clone());
            thread::spawn(move || {
                flag.fetch_add(1, Relaxed);
                waker.wake();
            })
        })
        .collect();
    drop(waker);
    let joiner = thread::spawn(move || {
        let mut handle = pin!(handle);
        while handle
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
        {
            thread::yield_now();
        }
    });
    while drops.count() == 0 {
        queue.run_all();
        thread::yield_now();
    }
    wakers.into_iter().for_each(|thread| thread.join().unwrap());
    joiner.join().unwrap();
    queue.run_all();
    drop(out.lock().take());
    assert_eq!(queue.alive(), 0);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_task_is_as_small_as_promised_and_a_name_costs_only_who_has_one() {
    use super::cell::{Cell, Header};
    use super::name::Named;
    use crate::scheduler::binding::Binding;
    use std::future::Pending;

    assert_eq!(size_of::<Header>(), 48);
    // 112 bytes of a pending task are these, the allocator's share and the entry in the registry.
    assert!(size_of::<Cell<Pending<()>, Binding>>() <= 72);
    let name = size_of::<Named<Binding>>() - size_of::<Binding>();
    assert_eq!(name, size_of::<usize>());
}

#[test]
fn a_name_can_be_asked_for_by_any_thread_until_the_cell_is_freed() {
    use super::name::{Label, Named};

    let queue = Queue::new();
    let label = Label {
        name: Some("named".into()),
        data: None,
    };
    let scheduler = Named::new(queue.clone(), label);
    let (task, handle) = new_task(ready(1), scheduler, Location::caller());
    let Ok(task) = queue.0.registry.enter(0, task) else {
        panic!("the registry is open")
    };
    assert_eq!(handle.name(), Some("named"));
    let abort = handle.abort_handle();
    let asks = thread::spawn(move || assert_eq!(abort.name(), Some("named")));
    task.run();
    assert_eq!(queue.alive(), 0);
    asks.join().unwrap();
    assert_eq!(handle.name(), Some("named"));
    assert_eq!(output(handle).unwrap(), 1);
    assert_eq!(queue.spawn(ready(())).name(), None);
    queue.run_all();
}
