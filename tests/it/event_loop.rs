//! The event loop of one thread: its order, its callables, its watches. None of the closures is `Send`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use heist::event_loop::EventLoop;
use heist::io::Interest;
use heist::sync::{Completion, oneshot};
use heist::task::yield_now;
use heist::time::{HandleExt, Instant, sleep};

use crate::support::watched;

/// What has happened, in order.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn says<W: ToString>(&self, word: W) -> impl FnOnce() + use<W> {
        let (log, word) = (self.clone(), word.to_string());
        move || log.write(word)
    }

    fn write(&self, word: impl ToString) {
        self.0.borrow_mut().push(word.to_string());
    }

    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

fn on_a_loop(test: impl FnOnce(Rc<EventLoop>, Log) + Send + 'static) {
    watched(move || test(Rc::new(EventLoop::new().unwrap()), Log::default()));
}

fn pair() -> (UnixStream, UnixStream) {
    let (one, two) = UnixStream::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    (one, two)
}

/// Blocks until these instants have passed: by then all timers of before are due together.
fn let_pass(time: Duration) {
    let end = std::time::Instant::now() + time;
    while std::time::Instant::now() < end {
        thread::yield_now();
    }
}

/// What was queued before; I/O in the order of the events; timers in the order of their deadlines; all that in one turn, and what it adds in the next.
#[test]
fn order() {
    on_a_loop(|events, log| {
        let watch = |name: &'static str| {
            let (here, there) = pair();
            let log = log.clone();
            let watch = events.on_ready(here, Interest::READABLE, move |mut io, ready| {
                assert!(ready.is_readable());
                log.write(name);
                let read = io.read(&mut [0; 8])?;
                assert_eq!(read, 1);
                Err(ErrorKind::WouldBlock.into())
            });
            (watch.unwrap(), there)
        };
        let (_watch_a, mut a) = watch("io a");
        let (_watch_b, mut b) = watch("io b");
        // Their tasks have begun to wait.
        let _turn = events.run_once();
        assert!(log.take().is_empty());
        let start = Instant::now();
        for n in [5, 1, 3, 4, 2] {
            let at = start + Duration::from_micros(n * 7);
            events.call_at(at, log.says(format!("timer {n}")));
        }
        events.call_later(Duration::ZERO, log.says("timer at once"));
        let (adds, inner) = (events.clone(), log.clone());
        events.call_soon(move || {
            inner.write("soon");
            adds.call_soon(inner.says("added"));
            adds.call_later(Duration::ZERO, inner.says("added timer"));
        });
        events.call_soon(log.says("soon too"));
        b.write_all(b"b").unwrap();
        a.write_all(b"a").unwrap();
        let_pass(Duration::from_millis(1));
        let turn = events.run_once();
        let first = log.take();
        assert_eq!(first[..4], ["soon", "soon too", "io b", "io a"]);
        let timers = [
            "timer at once",
            "timer 1",
            "timer 2",
            "timer 3",
            "timer 4",
            "timer 5",
        ];
        let mut sorted = first[4..].to_vec();
        // The one without a delay lies between the others, somewhere.
        sorted.retain(|word| word != "timer at once");
        assert_eq!(sorted, timers[1..]);
        assert_eq!(first.len(), 10);
        assert_eq!(turn.polled, 10);
        assert!(turn.more);
        let _turn = events.run_once();
        assert_eq!(log.take(), ["added", "added timer"]);
    });
}

/// Deadlines that lie far enough apart for different levels of the wheel, all due at once.
#[test]
fn timers_that_are_late_together_come_in_order() {
    on_a_loop(|events, log| {
        let start = Instant::now();
        let mut sorted = Vec::new();
        for n in 0..500_u64 {
            let micros = n * 7919 % 9_973;
            sorted.push(micros);
            events.call_at(start + Duration::from_micros(micros), log.says(micros));
        }
        sorted.sort_unstable();
        let_pass(Duration::from_millis(12));
        let turn = events.run_once();
        assert_eq!(turn.polled, 500);
        let sorted: Vec<_> = sorted.iter().map(ToString::to_string).collect();
        assert_eq!(log.take(), sorted);
    });
}

/// Callables, tasks, done callbacks and completions stand in one line, wherever they were queued.
#[test]
fn fifo() {
    on_a_loop(|events, log| {
        thread_local! {
            static SEEN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
        }
        for n in 0..99 {
            let says = move || SEEN.with_borrow_mut(|seen| seen.push(n));
            match n % 3 {
                0 => drop(events.call_soon(says)),
                1 => drop(events.spawn_local(async move { says() })),
                _ => drop(events.handle().call_soon(says)),
            }
        }
        let _turn = events.run_once();
        assert_eq!(SEEN.take(), (0..99).collect::<Vec<_>>());

        // Within a turn, too: what a task wakes or spawns does not jump the line.
        let (inner, words) = (events.clone(), log.clone());
        events.call_soon(move || {
            let (send, wait) = oneshot::channel::<()>();
            let says = words.says("woken");
            inner.spawn_local(async move {
                wait.await.unwrap();
                says();
            });
            inner.call_soon(words.says("one"));
            let (again, after) = (inner.clone(), words.clone());
            inner.call_soon(move || {
                again.call_soon(after.says("before it"));
                send.send(()).unwrap();
                again.call_soon(after.says("after it"));
            });
            inner.call_soon(words.says("two"));
        });
        for _ in 0..3 {
            let _turn = events.run_once();
        }
        assert_eq!(log.take(), ["one", "two", "before it", "woken", "after it"]);

        let done = Completion::new();
        let _entered = events.handle().enter();
        let (tells, told) = std::sync::mpsc::channel();
        for n in 0..3 {
            let tells = tells.clone();
            done.add_done_callback(move |value: Result<&i32, _>| {
                tells.send(value.unwrap() + n).unwrap();
            });
        }
        done.set(10).unwrap();
        assert!(told.try_recv().is_err());
        let _turn = events.run_once();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [10, 11, 12]);
    });
}

/// A callable that queues itself has one call in each turn.
#[test]
fn snapshot() {
    fn again(events: &Rc<EventLoop>, count: Rc<Cell<u32>>) {
        let next = events.clone();
        events.call_soon(move || {
            count.set(count.get() + 1);
            again(&next, count);
        });
    }
    on_a_loop(|events, _| {
        let count = Rc::new(Cell::new(0));
        again(&events, count.clone());
        for turn in 1..=100 {
            let taken = events.run_once();
            assert_eq!((count.get(), taken.polled, taken.more), (turn, 1, true));
        }
        let yields = Rc::new(Cell::new(0));
        let counts = yields.clone();
        events.spawn_local(async move {
            loop {
                counts.set(counts.get() + 1);
                yield_now().await;
            }
        });
        for turn in 1..=100 {
            let taken = events.run_once();
            assert_eq!((yields.get(), taken.polled), (turn, 2));
        }
    });
}

/// A loop that waits without limit hears of what other threads queue.
#[test]
fn threadsafe_from_other_thread() {
    on_a_loop(|events, _| {
        let here = thread::current().id();
        for _ in 0..100 {
            let handle = events.handle().clone();
            let (send, receive) = std::sync::mpsc::channel();
            let other = thread::spawn(move || {
                handle.call_soon(move || send.send(thread::current().id()).unwrap());
            });
            loop {
                match receive.try_recv() {
                    Ok(there) => break assert_eq!(here, there),
                    Err(_) => drop(events.run_once()),
                }
            }
            other.join().unwrap();
        }
        let handle = events.handle().clone();
        let (send, wait) = oneshot::channel();
        let other = thread::spawn(move || {
            handle.call_later(Duration::from_millis(1), move || {
                send.send(thread::current().id()).unwrap();
            });
        });
        assert_eq!(events.run_until_complete(wait), Ok(here));
        other.join().unwrap();
        let handle = events.handle().clone();
        let other = thread::spawn(move || handle.spawn(async { thread::current().id() }));
        let task = other.join().unwrap();
        assert_eq!(events.run_until_complete(task).unwrap(), here);
    });
}

#[test]
fn cancel_handle() {
    on_a_loop(|events, log| {
        let alive = Rc::new(());
        let kept = alive.clone();
        let aborted = events.call_soon(move || drop(kept));
        events.call_soon(log.says("kept"));
        aborted.abort();
        assert!(!aborted.is_finished());
        let _turn = events.run_once();
        assert_eq!(log.take(), ["kept"]);
        assert!(aborted.is_finished());
        assert_eq!(Rc::strong_count(&alive), 1);
        // By one that runs before it, in the same turn.
        let second = Rc::new(RefCell::new(None::<heist::task::AbortHandle>));
        let aborts = second.clone();
        events.call_soon(move || aborts.borrow().as_ref().unwrap().abort());
        *second.borrow_mut() = Some(events.call_soon(log.says("never")));
        let _turn = events.run_once();
        assert!(log.take().is_empty());
        // Too late is no harm.
        let late = events.call_soon(log.says("ran"));
        let _turn = events.run_once();
        late.abort();
        drop(late);
        let _turn = {
            events.call_soon(|| {});
            events.run_once()
        };
        assert_eq!(log.take(), ["ran"]);
    });
}

/// By our clock, never before the deadline; asyncio may be, by one tick.
#[test]
fn later_runs_late_not_early() {
    on_a_loop(|events, _| {
        let early = Rc::new(Cell::new(0));
        let ran = Rc::new(Cell::new(0));
        for n in 0..200_u64 {
            let (early, ran) = (early.clone(), ran.clone());
            let at = Instant::now() + Duration::from_micros(n * 37);
            events.call_at(at, move || {
                early.set(early.get() + u32::from(Instant::now() < at));
                ran.set(ran.get() + 1);
            });
        }
        while ran.get() < 200 {
            let _turn = events.run_once();
        }
        assert_eq!(early.get(), 0);
    });
}

#[test]
fn cancel_later() {
    on_a_loop(|events, log| {
        let metrics = events.handle().metrics();
        let alive = Rc::new(());
        let kept = alive.clone();
        let hour = Duration::from_secs(3600);
        let far = events.call_later(hour, move || drop(kept));
        let near = events.call_later(Duration::from_millis(1), log.says("near"));
        assert_eq!(metrics.timers_armed(), 2);
        far.abort();
        let _turn = events.run_once();
        assert!(far.is_finished());
        assert_eq!((metrics.timers_armed(), Rc::strong_count(&alive)), (1, 1));
        while !near.is_finished() {
            let _turn = events.run_once();
        }
        assert_eq!(log.take(), ["near"]);
        // Due already, and queued: still not started.
        let due = events.call_later(Duration::ZERO, log.says("never"));
        let_pass(Duration::from_micros(200));
        let aborts = due.clone();
        events.call_soon(move || aborts.abort());
        let _turn = events.run_once();
        assert!(due.is_finished() && log.take().is_empty());
        assert_eq!(metrics.timers_armed(), 0);
        // Dropping the handle lets it run.
        drop(events.call_later(Duration::ZERO, log.says("detached")));
        let _turn = events.run_once();
        assert_eq!(log.take(), ["detached"]);
    });
}

#[test]
fn on_ready_pipe() {
    on_a_loop(|events, log| {
        let (here, mut there) = pair();
        let number = here.as_raw_fd();
        let words = log.clone();
        let watch = events
            .on_ready(here, Interest::READABLE, move |mut io, _| {
                let mut buffer = [0; 64];
                loop {
                    let n = io.read(&mut buffer)?;
                    if n == 0 {
                        words.write("end");
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                    words.write(String::from_utf8_lossy(&buffer[..n]));
                }
            })
            .unwrap();
        // Only one callback for a descriptor, which serves both directions.
        let second = events.on_ready(SameFd(number), Interest::WRITABLE, |_, _| Ok(()));
        assert_eq!(second.unwrap_err().kind(), ErrorKind::AlreadyExists);
        for word in ["one", "two", "three"] {
            there.write_all(word.as_bytes()).unwrap();
            while log.0.borrow().is_empty() {
                let _turn = events.run_once();
            }
            assert_eq!(log.take(), [word]);
        }
        assert!(!watch.is_finished());
        drop(there);
        while !watch.is_finished() {
            let _turn = events.run_once();
        }
        assert_eq!(log.take(), ["end"]);
        // It has ended, so the descriptor may be watched anew.
        let io = watch.into_inner();
        let again = events
            .on_ready(io, Interest::READABLE, |_, _| Ok(()))
            .unwrap();
        drop(again);
    });
}

/// `Ok` is called again each turn until it says `WouldBlock`; then not before the next event.
#[test]
fn on_ready_rearms() {
    on_a_loop(|events, _| {
        let (here, mut there) = pair();
        let calls = Rc::new(Cell::new(0));
        let counts = calls.clone();
        let _watch = events
            .on_ready(here, Interest::READABLE, move |mut io, _| {
                counts.set(counts.get() + 1);
                // One byte at a time.
                let n = io.read(&mut [0; 1])?;
                assert_eq!(n, 1);
                Ok(())
            })
            .unwrap();
        for burst in 1..=3 {
            there.write_all(&[0; 5]).unwrap();
            while calls.get() < burst * 6 {
                let before = calls.get();
                let _turn = events.run_once();
                assert!(calls.get() - before <= 1, "once per turn");
            }
            // It waits: turns go by without it.
            for _ in 0..10 {
                events.call_soon(|| {});
                let _turn = events.run_once();
            }
            assert_eq!(calls.get(), burst * 6);
        }
    });
}

#[test]
fn on_ready_drop_removes() {
    on_a_loop(|events, log| {
        let (here, mut there) = pair();
        let alive = Rc::new(());
        let (kept, words) = (alive.clone(), log.clone());
        let watch = events
            .on_ready(here, Interest::READABLE, move |_, _| {
                let _kept = &kept;
                words.write("called");
                Ok(())
            })
            .unwrap();
        let _turn = {
            events.call_soon(|| {});
            events.run_once()
        };
        there.write_all(b"x").unwrap();
        drop(watch);
        for _ in 0..3 {
            events.call_soon(|| {});
            let _turn = events.run_once();
        }
        assert!(log.take().is_empty());
        assert_eq!(Rc::strong_count(&alive), 1);
        // The descriptor was dropped with the watch.
        assert_eq!(there.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);

        // `into_inner` gives it back, open.
        let (here, mut there) = pair();
        let watch = events.on_ready(here, Interest::READABLE, |_, _| Ok(()));
        let mut here = watch.unwrap().into_inner();
        there.write_all(b"y").unwrap();
        assert_eq!(here.read(&mut [0; 4]).unwrap(), 1);

        // Dropped by its own callback.
        let (here, there) = pair();
        let own = Rc::new(RefCell::new(None));
        let (taken, words) = (own.clone(), log.clone());
        let watch = events.on_ready(here, Interest::WRITABLE, move |_, _| {
            words.write("once");
            drop(taken.take());
            Ok(())
        });
        *own.borrow_mut() = Some(watch.unwrap());
        for _ in 0..4 {
            events.call_soon(|| {});
            let _turn = events.run_once();
        }
        assert_eq!(log.take(), ["once"]);
        assert_eq!((&there).read(&mut [0; 4]).unwrap(), 0);
    });
}

/// The descriptor of a watch, without owning it.
#[derive(Debug)]
struct SameFd(RawFd);

impl AsRawFd for SameFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

#[test]
fn stop_ends_the_turn_first() {
    on_a_loop(|events, log| {
        let stops = events.clone();
        events.call_soon(move || stops.stop());
        events.call_soon(log.says("same turn"));
        let (next, words) = (events.clone(), log.clone());
        events.call_soon(move || drop(next.call_soon(words.says("next turn"))));
        events.run_forever();
        assert_eq!(log.take(), ["same turn"]);
        // Called before: one turn, without a wait.
        events.stop();
        events.run_forever();
        assert_eq!(log.take(), ["next turn"]);
        events.stop();
        events.run_forever();
    });
}

#[test]
fn run_until_complete_runs_the_rest_beside() {
    on_a_loop(|events, log| {
        let borrowed = String::from("borrowed");
        let says = log.says("beside");
        let length = events.run_until_complete(async {
            let task = events.spawn_local(async move {
                sleep(Duration::from_millis(1)).await;
                says();
                3
            });
            task.await.unwrap() + borrowed.len()
        });
        assert_eq!((length, log.take()), (11, vec!["beside".to_owned()]));
        // Woken from another thread while the loop waits.
        let mut thread = None;
        let seen = events.run_until_complete(poll_fn(|cx| match &thread {
            None => {
                let waker = cx.waker().clone();
                thread = Some(thread::spawn(move || {
                    waker.wake_by_ref();
                    waker.wake();
                }));
                Poll::Pending
            }
            Some(_) => Poll::Ready("woken"),
        }));
        assert_eq!(seen, "woken");
        thread.unwrap().join().unwrap();
        // Stopped before its end.
        let stops = events.clone();
        events.call_soon(move || stops.stop());
        let ended = catch_unwind(AssertUnwindSafe(|| {
            events.run_until_complete(pending::<()>());
        }));
        let text = ended.unwrap_err().downcast::<String>().unwrap();
        assert!(
            text.contains("stopped before the future completed"),
            "{text}"
        );
        // And its own panic.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            events.run_until_complete(async { panic!("own") });
        }));
        assert_eq!(*ended.unwrap_err().downcast::<&str>().unwrap(), "own");
        assert_eq!(events.run_until_complete(async { 1 }), 1);
    });
}

#[test]
fn nested_runs_panic() {
    on_a_loop(|events, log| {
        for run in 0..4 {
            let (inner, words) = (events.clone(), log.clone());
            events.call_soon(move || {
                let nested = catch_unwind(AssertUnwindSafe(|| match run {
                    0 => drop(inner.run_once()),
                    1 => inner.run_forever(),
                    2 => inner.run_until_complete(async {}),
                    _ => inner.handle().block_on(async {}),
                }));
                let text = nested.unwrap_err();
                let text = text.downcast::<String>().unwrap();
                assert!(text.contains("from within a runtime"), "{text}");
                words.write(run);
            });
        }
        let _turn = events.run_once();
        assert_eq!(log.take(), ["0", "1", "2", "3"]);
        events.run_until_complete(async {
            let nested = catch_unwind(AssertUnwindSafe(|| events.run_once()));
            assert!(nested.is_err());
        });
    });
}

/// A panic in a callable is nobody's but its own.
#[test]
fn a_panic_stays_in_its_callable() {
    on_a_loop(|events, log| {
        let bad = events.call_soon(|| panic!("expected"));
        events.call_soon(log.says("goes on"));
        let _turn = events.run_once();
        assert!(bad.is_finished());
        assert_eq!(log.take(), ["goes on"]);
        // One that blocks keeps the loop: no other thread runs what is queued meanwhile.
        let here = thread::current().id();
        let next = log.says("after it");
        events.call_soon(move || {
            heist::task::block_in_place(|| let_pass(Duration::from_millis(5)));
        });
        events.call_soon(move || {
            assert_eq!(thread::current().id(), here);
            next();
        });
        events.stop();
        events.run_forever();
        assert_eq!(log.take(), ["after it"]);
    });
}

/// What is queued or waits goes with the loop, on its thread.
#[test]
fn drop_drops_everything_here() {
    on_a_loop(|events, _| {
        let alive = Rc::new(());
        let handle = events.handle().clone();
        let (a, b, c, d) = (alive.clone(), alive.clone(), alive.clone(), alive.clone());
        events.call_soon(move || drop(a));
        events.call_later(Duration::from_secs(3600), move || drop(b));
        events.spawn_local(async move {
            pending::<()>().await;
            drop(c);
        });
        let (here, _there) = pair();
        let watch = events.on_ready(here, Interest::READABLE, move |_, _| {
            let _alive = &d;
            Ok(())
        });
        let watch = watch.unwrap();
        drop(events);
        assert_eq!(Rc::strong_count(&alive), 1);
        assert!(watch.is_finished());
        drop(watch.into_inner());
        assert!(handle.call_soon(|| unreachable!()).is_finished());
    });
}
