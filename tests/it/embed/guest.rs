//! Mode (c) with a waker: the host is called, and gives the guest a turn from its own loop.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::task::{Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use heist::runtime::{GuestLoop, Limit, Runtime};
use heist::sync::oneshot;
use heist::task::{block_in_place, spawn_local, yield_now};
use heist::time::sleep;

use crate::park::{block_workers, wait_until};
use crate::support::{hosted, multi_thread, watched};

/// What a host's queue holds.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Wake,
    Key(u32),
}

/// A host's waker: puts an event into its queue, and counts.
struct Proxy {
    queue: Sender<Event>,
    calls: AtomicUsize,
}

impl Wake for Proxy {
    fn wake(self: Arc<Self>) {
        self.calls.fetch_add(1, SeqCst);
        let _ = self.queue.send(Event::Wake);
    }
}

struct Host {
    guest: GuestLoop,
    proxy: Arc<Proxy>,
    events: Receiver<Event>,
}

impl Host {
    fn new(rt: &Runtime) -> Self {
        let (queue, events) = channel();
        let proxy = Arc::new(Proxy {
            queue,
            calls: AtomicUsize::new(0),
        });
        let guest = rt.attach_waker(Waker::from(proxy.clone())).unwrap();
        Self {
            guest,
            proxy,
            events,
        }
    }

    /// Turns when woken, and at no other time, until it holds.
    fn run_until(&self, holds: impl Fn() -> bool) {
        while !holds() {
            if self.events.recv().unwrap() == Event::Wake {
                let _ = self.guest.turn(Limit::polls(16));
            }
        }
    }

    fn calls(&self) -> usize {
        self.proxy.calls.load(SeqCst)
    }
}

/// R15, EMBED-14: what is spawned before the first turn calls the host.
#[test]
fn spawn_before_first_turn() {
    watched(|| {
        for rt in [hosted(1), multi_thread(1)] {
            let host = Host::new(&rt);
            let task = host.guest.spawn_local(async { 1 });
            host.run_until(|| task.is_finished());
        }
        let rt = hosted(1);
        let early = rt.spawn(async { 1 });
        let host = Host::new(&rt);
        let task = rt.spawn(async { 2 });
        host.run_until(|| early.is_finished() && task.is_finished());
    });
}

#[test]
fn wake_from_other_thread() {
    watched(|| {
        for rt in [hosted(1), multi_thread(1)] {
            let host = Host::new(&rt);
            for round in 0..500 {
                let (send, receive) = oneshot::channel();
                let sender = thread::spawn(move || send.send(round).unwrap());
                let task = host.guest.spawn_local(async move {
                    assert_eq!(receive.await, Ok(round));
                    sleep(Duration::from_micros(50)).await;
                });
                host.run_until(|| task.is_finished());
                sender.join().unwrap();
            }
        }
    });
}

/// R9, EMBED-10: at most one call between two turns.
#[test]
fn wake_coalesced() {
    watched(|| {
        let rt = hosted(1);
        let host = Host::new(&rt);
        let handle = rt.handle().clone();
        let spawned = thread::spawn(move || {
            for _ in 0..1000 {
                handle.spawn(async {});
            }
        });
        spawned.join().unwrap();
        for _ in 0..10 {
            drop(host.guest.spawn_local(async {}));
        }
        assert_eq!(host.calls(), 1);
        let mut turns = 0;
        host.run_until(|| rt.metrics().num_alive_tasks() == 0);
        while host.events.try_recv().is_ok() {
            turns += 1;
            let _ = host.guest.turn(Limit::polls(16));
        }
        // Each turn that left something calls once more.
        assert!(
            host.calls() <= 1010_usize.div_ceil(16) + 2 + turns,
            "{}",
            host.calls()
        );
    });
}

/// R9: the waker is called while a turn runs, also by the turn itself, and never makes one.
#[test]
fn wake_not_inline() {
    watched(|| {
        let rt = hosted(1);
        let host = Host::new(&rt);
        let in_turn = Rc::new(Cell::new(false));
        let flag = in_turn.clone();
        let task = host.guest.spawn_local(async move {
            for _ in 0..100 {
                assert!(!flag.replace(true), "a turn within a turn");
                spawn_local(async {});
                heist::spawn(async {});
                flag.set(false);
                yield_now().await;
            }
        });
        host.run_until(|| task.is_finished());
        assert!(!in_turn.get());
    });
}

/// A guest that always has more does not keep the host from its own events.
#[test]
fn host_events_interleave() {
    watched(|| {
        for rt in [hosted(1), multi_thread(1)] {
            let host = Host::new(&rt);
            let task = host.guest.spawn_local(async {
                loop {
                    yield_now().await;
                }
            });
            for key in 0..100 {
                host.proxy.queue.send(Event::Key(key)).unwrap();
                let mut turns = 0;
                loop {
                    match host.events.recv().unwrap() {
                        Event::Wake => {
                            turns += 1;
                            let turn = host.guest.turn(Limit::polls(4));
                            assert!(turn.polled <= 4 && turn.more);
                        }
                        Event::Key(pressed) => {
                            assert_eq!(pressed, key);
                            break;
                        }
                    }
                }
                assert!(turns <= 1, "{turns} turns before the next event");
            }
            assert!(!task.is_finished());
        }
    });
}

/// R11: whoever drops the guest early drops its tasks, here, and waits for nobody.
#[test]
fn drop_early_drops_local_tasks_here() {
    struct NotesThread(Rc<Cell<Option<ThreadId>>>);
    impl Drop for NotesThread {
        fn drop(&mut self) {
            assert!(heist::runtime::Handle::try_current().is_ok(), "in context");
            self.0.set(Some(thread::current().id()));
        }
    }
    watched(|| {
        for rt in [hosted(1), multi_thread(1)] {
            let host = Host::new(&rt);
            let dropped_on = Rc::new(Cell::new(None));
            let note = NotesThread(dropped_on.clone());
            let task = host.guest.spawn_local(async move {
                let _note = note;
                pending::<()>().await;
            });
            let _ = host.guest.turn(Limit::polls(1));
            let waker = Waker::from(host.proxy.clone());
            let Host { guest, proxy, .. } = host;
            let before = proxy.calls.load(SeqCst);
            drop(guest);
            assert_eq!(dropped_on.get(), Some(thread::current().id()));
            assert!(task.is_finished());
            // EMBED-10: none after it is gone.
            rt.spawn(async {});
            assert_eq!(proxy.calls.load(SeqCst), before);
            drop(waker);
        }
    });
}

/// The same by the runtime's end: the guest hears of it, and its tasks go in its next turn.
#[test]
fn shutdown_calls_the_host() {
    watched(|| {
        for rt in [hosted(1), multi_thread(1)] {
            let host = Host::new(&rt);
            let task = host.guest.spawn_local(pending::<()>());
            let _ = host.guest.turn(Limit::polls(1));
            while host.events.try_recv().is_ok() {}
            drop(rt);
            host.run_until(|| task.is_finished());
            assert!(host.guest.spawn_local(async {}).is_finished());
            let turn = host.guest.turn(Limit::polls(1));
            assert_eq!((turn.polled, turn.more), (0, false));
        }
    });
}

/// EMBED-03: a local task runs a loop of the host's, which gives the guest a turn.
#[test]
fn nested_turn_from_modal_dialog() {
    watched(|| {
        let rt = hosted(1);
        let host = Rc::new(Host::new(&rt));
        let (closed, inner) = (Rc::new(Cell::new(false)), host.clone());
        let close = closed.clone();
        let dialog = host.guest.spawn_local(async move {
            // What waits behind it waits until the dialog is closed.
            let beside = spawn_local(async {});
            let turn = inner.guest.turn(Limit::polls(16));
            assert_eq!((turn.polled, turn.more), (0, false));
            assert!(!beside.is_finished());
            close.set(true);
            drop(beside);
        });
        host.run_until(|| dialog.is_finished());
        assert!(closed.get());
        // For the turn that was missed.
        assert_eq!(host.events.recv(), Ok(Event::Wake));
        while host.guest.turn(Limit::polls(16)).more {}
    });
}

/// Beside own workers the guest's thread runs its local tasks and nothing else.
#[test]
fn ui_thread_runs_no_strangers() {
    watched(|| {
        let rt = multi_thread(1);
        let gate = block_workers(rt.handle(), 1);
        let host = Host::new(&rt);
        let here = thread::current().id();
        let strangers: Vec<_> = (0..50)
            .map(|_| rt.spawn(async { thread::current().id() }))
            .collect();
        let own = host.guest.spawn_local(async move {
            let spawned = heist::spawn(async { thread::current().id() });
            yield_now().await;
            (thread::current().id(), spawned)
        });
        host.run_until(|| own.is_finished());
        for _ in 0..100 {
            let _ = host.guest.turn(Limit::polls(16));
        }
        assert!(strangers.iter().all(|task| !task.is_finished()));
        gate.open();
        let checked = host.guest.spawn_local(async move {
            let (ran_by, spawned) = own.await.unwrap();
            assert_eq!(ran_by, here);
            assert_ne!(spawned.await.unwrap(), here);
            for task in strangers {
                assert_ne!(task.await.unwrap(), here);
            }
        });
        host.run_until(|| checked.is_finished());
        assert!(rt.block_on(checked).is_ok());
    });
}

/// The future may wait for a local task, which no other thread can run. Those that are left afterwards call the host.
#[test]
fn block_on_runs_the_local_tasks_of_its_thread() {
    for build in [|| hosted(2), || multi_thread(1)] {
        watched(move || {
            let rt = build();
            let host = Host::new(&rt);
            let (go, gone) = oneshot::channel();
            let later = host.guest.spawn_local(async { gone.await.unwrap() });
            let here = thread::current().id();
            let local = host.guest.spawn_local(async {
                sleep(Duration::from_millis(1)).await;
                Rc::new(thread::current().id())
            });
            // Not awaited itself, but by what is.
            let strange = rt.spawn(async { yield_now().await });
            let ran_by = rt.block_on(async {
                strange.await.unwrap();
                *local.await.unwrap()
            });
            assert_eq!(ran_by, here);
            go.send(3).unwrap();
            host.run_until(|| later.is_finished());
            assert_eq!(rt.block_on(later).unwrap(), 3);
        });
    }
}

/// A task of the runtime that blocks on the guest's thread passes the others on; a local one may not block.
#[test]
fn block_in_place_on_a_guest() {
    watched(|| {
        let rt = hosted(2);
        let host = Host::new(&rt);
        let (stop, stopped) = oneshot::channel::<()>();
        let refused = host.guest.spawn_local(async { block_in_place(|| {}) });
        host.run_until(|| refused.is_finished());
        let refused = std::panic::AssertUnwindSafe(|| rt.block_on(refused));
        let error = std::panic::catch_unwind(refused).unwrap().unwrap_err();
        assert!(
            error.to_string().contains("can call blocking only"),
            "{error}"
        );
        thread::scope(|scope| {
            scope.spawn(|| rt.handle().lend().unwrap().run_until(stopped));
            for _ in 0..20 {
                let blocks = rt.spawn(async {
                    let (tell, told) = channel();
                    // In the queue of the thread that is about to block, or of the other.
                    heist::spawn(async move { tell.send(()).unwrap() });
                    block_in_place(|| told.recv().unwrap());
                });
                while !blocks.is_finished() {
                    if host.events.recv_timeout(Duration::from_millis(1)).is_ok() {
                        let _ = host.guest.turn(Limit::polls(16));
                    }
                }
            }
            stop.send(()).unwrap();
        });
    });
}

/// Several guests of one hosted runtime share its tasks.
#[test]
fn two_guests() {
    watched(|| {
        let rt = hosted(2);
        let done = Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let host = Host::new(&rt);
                    while done.load(SeqCst) < 2000 {
                        match host.events.recv_timeout(Duration::from_millis(20)) {
                            Ok(_) => {
                                let _ = host.guest.turn(Limit::polls(16));
                            }
                            // Looks whether all is done.
                            Err(RecvTimeoutError::Timeout) => {}
                            Err(RecvTimeoutError::Disconnected) => {
                                unreachable!("the host has a sender")
                            }
                        }
                    }
                });
            }
            for _ in 0..2000 {
                let done = done.clone();
                rt.spawn(async move {
                    yield_now().await;
                    done.fetch_add(1, SeqCst);
                });
            }
            wait_until(|| done.load(SeqCst) == 2000);
        });
    });
}

/// A loop like winit's: it owns the state of the program, hands it to one callback at a time, and panics if that is entered again.
struct Window {
    host: Host,
    state: RefCell<Vec<u32>>,
}

#[derive(Clone, Copy)]
enum ControlFlow {
    Poll,
    Wait,
    WaitUntil(Instant),
}

impl Window {
    /// One event, or none if the control flow did not wait for one.
    fn pump(&self, flow: ControlFlow) {
        let event = match flow {
            ControlFlow::Poll => self.host.events.try_recv().ok(),
            ControlFlow::Wait => Some(self.host.events.recv().unwrap()),
            ControlFlow::WaitUntil(instant) => {
                let left = instant.saturating_duration_since(Instant::now());
                self.host.events.recv_timeout(left).ok()
            }
        };
        let mut state = self.state.borrow_mut();
        match event {
            Some(Event::Wake) => {
                drop(state);
                let _ = self.host.guest.turn(Limit::polls(16));
            }
            Some(Event::Key(key)) => {
                // A handler that spawns and wakes while it has the state.
                self.host.guest.handle().spawn(async {});
                drop(self.host.guest.spawn_local(async {}));
                state.push(key);
            }
            None => {}
        }
    }
}

fn winit_like(flow: impl Fn() -> ControlFlow + Send + 'static) {
    watched(move || {
        for rt in [hosted(1), multi_thread(1)] {
            let window = Rc::new(Window {
                host: Host::new(&rt),
                state: RefCell::new(Vec::new()),
            });
            let proxy = window.host.proxy.clone();
            let inner = window.clone();
            let app = window.host.guest.spawn_local(async move {
                for key in 0..20 {
                    sleep(Duration::from_micros(100)).await;
                    proxy.queue.send(Event::Key(key)).unwrap();
                    while inner.state.borrow().len() as u32 <= key {
                        yield_now().await;
                    }
                }
            });
            while !app.is_finished() {
                window.pump(flow());
            }
            assert_eq!(*window.state.borrow(), (0..20).collect::<Vec<_>>());
        }
    });
}

#[test]
fn winit_like_poll() {
    winit_like(|| ControlFlow::Poll);
}

#[test]
fn winit_like_wait() {
    winit_like(|| ControlFlow::Wait);
}

#[test]
fn winit_like_wait_until() {
    winit_like(|| ControlFlow::WaitUntil(Instant::now() + Duration::from_millis(1)));
}
