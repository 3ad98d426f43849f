//! Signals of the operating system. Its own process, because handlers are for good; a kind of signal for each test.
#![cfg(all(unix, not(loom)))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[path = "process/support.rs"]
mod support;

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use runtime_core::coop;
use runtime_io::is_rt_shutdown_err;
use runtime_io::signal::ctrl_c;
use runtime_io::signal::unix::{Signal, SignalKind, signal};
use rustix::process::{getpid, kill_process};
use support::{Watchdog, on_each, one, two};

fn raise(kind: SignalKind) {
    let number = rustix::process::Signal::from_named_raw(kind.as_raw_value()).unwrap();
    kill_process(getpid(), number).unwrap();
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_listener_is_told_of_each_signal() {
    on_each(async || {
        let mut hangups = signal(SignalKind::hangup()).unwrap();
        for _ in 0..10 {
            raise(SignalKind::hangup());
            assert_eq!(hangups.recv().await, Some(()));
        }
    });
}

/// Each kind that has a name, in one task.
#[test]
fn every_kind_can_be_listened_to() {
    on_each(async || {
        let kinds = [
            SignalKind::alarm(),
            SignalKind::child(),
            SignalKind::io(),
            SignalKind::pipe(),
            SignalKind::quit(),
            SignalKind::window_change(),
        ];
        let mut listeners: Vec<_> = kinds.iter().map(|kind| signal(*kind).unwrap()).collect();
        for (kind, listener) in kinds.iter().zip(&mut listeners) {
            raise(*kind);
            assert_eq!(listener.recv().await, Some(()), "{kind:?}");
        }
        // Not one of the others heard any of it.
        assert!(poll_once(pin!(listeners[0].recv())).is_pending());
    });
}

/// F4: every listener of every runtime is told of each one.
#[test]
fn all_listeners_of_two_runtimes_are_told() {
    const LISTENERS: usize = 20;
    const SIGNALS: usize = 10;
    let _watchdog = Watchdog::new();
    let (told, all) = std::sync::mpsc::channel();
    let run = |told: std::sync::mpsc::Sender<()>, many: bool| {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let (runtime, _) = if many { two() } else { one() };
            runtime.block_on(async {
                let tasks: Vec<_> = (0..LISTENERS)
                    .map(|_| (signal(SignalKind::user_defined1()).unwrap(), told.clone()))
                    .map(|(mut listener, told)| {
                        runtime_core::spawn(async move {
                            for _ in 0..SIGNALS {
                                assert_eq!(listener.recv().await, Some(()));
                                told.send(()).unwrap();
                            }
                        })
                    })
                    .collect();
                ready.send(()).unwrap();
                for task in tasks {
                    task.await.unwrap();
                }
            });
        });
        is_ready.recv().unwrap();
        thread
    };
    let threads = [run(told.clone(), false), run(told, true)];
    for _ in 0..SIGNALS {
        raise(SignalKind::user_defined1());
        for _ in 0..2 * LISTENERS {
            all.recv().unwrap();
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn signals_that_nobody_has_looked_at_are_one() {
    let _watchdog = Watchdog::new();
    let (runtime, _) = one();
    runtime.block_on(async {
        let mut listener = signal(SignalKind::from_raw(RARE)).unwrap();
        for _ in 0..5 {
            kill_rare();
        }
        assert_eq!(listener.recv().await, Some(()));
        // Runtimes of other tests may have announced some of them on their own, but no more than there were.
        let mut more = 0;
        while poll_once(pin!(listener.recv())).is_ready() {
            more += 1;
        }
        assert!(more < 5);
    });
}

/// A kind no other test uses: `SIGCONT`, which has a number on every system.
const RARE: i32 = rustix::process::Signal::CONT.as_raw();

fn kill_rare() {
    kill_process(getpid(), rustix::process::Signal::CONT).unwrap();
}

/// F4: these would do harm, and others are no signals.
#[test]
fn forbidden_kinds_are_errors() {
    on_each(async || {
        for number in [4, 8, 9, 11, 19, 0, -1, 65, 127, 128, i32::MAX, i32::MIN] {
            let error = signal(SignalKind::from_raw(number)).unwrap_err();
            let clear = error.to_string().contains(&format!("{number}"))
                || error.kind() == io::ErrorKind::InvalidInput;
            assert!(clear, "{number}: {error}");
        }
    });
}

/// F4: also after its only listener was dropped, the signal does not have its default action, which would end this process.
#[test]
fn the_default_action_is_gone_for_good() {
    on_each(async || {
        drop(signal(SignalKind::user_defined2()).unwrap());
        raise(SignalKind::user_defined2());
        // What came before is of no interest to a new listener, what comes now is.
        let mut listener = signal(SignalKind::user_defined2()).unwrap();
        raise(SignalKind::user_defined2());
        assert_eq!(listener.recv().await, Some(()));
    });
}

#[test]
fn ctrl_c_listens_from_its_first_poll_on() {
    on_each(async || {
        let mut stop = pin!(ctrl_c());
        assert!(poll_once(stop.as_mut()).is_pending());
        raise(SignalKind::interrupt());
        stop.await.unwrap();
    });
}

#[test]
fn receiving_is_cancel_safe() {
    on_each(async || {
        let mut listener = signal(SignalKind::terminate()).unwrap();
        for _ in 0..10 {
            while poll_once(pin!(listener.recv())).is_ready() {}
            raise(SignalKind::terminate());
            // Dropped at each poll until it was told.
            poll_fn(|cx| pin!(listener.recv()).poll(cx)).await;
        }
    });
}

#[test]
fn the_last_task_that_polled_is_woken() {
    let _watchdog = Watchdog::new();
    let (runtime, _) = one();
    runtime.block_on(async {
        let mut listener = signal(SignalKind::from_raw(31)).unwrap();
        let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
        for count in [&first, &second] {
            let waker = Waker::from(Arc::clone(count));
            let polled = listener.poll_recv(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        // SIGSYS, which no other test uses.
        kill_process(getpid(), rustix::process::Signal::SYS).unwrap();
        while second.0.load(Ordering::Relaxed) == 0 {
            runtime_time::sleep(std::time::Duration::from_millis(1)).await;
        }
        assert_eq!(first.0.load(Ordering::Relaxed), 0);
        assert_eq!(listener.recv().await, Some(()));
    });
}

/// Without a listener a runtime is not woken by signals, and its reactor knows nothing of them.
#[test]
fn react_21_the_last_listener_takes_the_receiver_along() {
    let _watchdog = Watchdog::new();
    let (runtime, reactor) = one();
    runtime.block_on(async {
        let first = signal(SignalKind::hangup()).unwrap();
        let second = signal(SignalKind::terminate()).unwrap();
        assert_eq!(reactor.registered(), 1);
        drop(first);
        assert_eq!(reactor.registered(), 1);
        drop(second);
        assert_eq!(reactor.registered(), 0);
    });
}

/// Listeners come and go on two threads while signals arrive: the receiver of the runtime leaves and comes back all the time.
#[test]
fn listeners_come_and_go_during_signals() {
    let _watchdog = Watchdog::new();
    let (runtime, reactor) = two();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                runtime_core::spawn(async {
                    for _ in 0..300 {
                        let mut listener = signal(SignalKind::terminate()).unwrap();
                        raise(SignalKind::terminate());
                        assert_eq!(listener.recv().await, Some(()));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(reactor.registered(), 0);
}

/// DOWN-10: a listener ends with its runtime, the others do not, and new runtimes listen as the first one did.
#[test]
fn a_listener_ends_with_its_runtime() {
    let _watchdog = Watchdog::new();
    let (stays, _) = one();
    let mut other = stays.block_on(async { signal(SignalKind::hangup()).unwrap() });
    for _ in 0..20 {
        let (runtime, _) = two();
        let (mut polled, mut unpolled) = runtime.block_on(async {
            let listener = || signal(SignalKind::hangup()).unwrap();
            (listener(), listener())
        });
        let woken = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&woken));
        // Takes what other tests have raised.
        while polled
            .poll_recv(&mut Context::from_waker(&waker))
            .is_ready()
        {}
        drop(runtime);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        for listener in [&mut polled, &mut unpolled] {
            stays.block_on(until_the_end(listener));
        }
        raise(SignalKind::hangup());
        assert_eq!(stays.block_on(other.recv()), Some(()));
    }
}

async fn until_the_end(listener: &mut Signal) {
    while listener.recv().await.is_some() {}
    assert_eq!(listener.recv().await, None);
}

/// While a runtime is going away, listening is an error and no panic.
#[test]
fn listening_in_a_runtime_that_is_going_away_is_an_error() {
    let _watchdog = Watchdog::new();
    let (runtime, reactor) = one();
    let handle = runtime.handle().clone();
    drop(runtime);
    let _inside = handle.enter();
    let error = signal(SignalKind::hangup()).unwrap_err();
    assert!(is_rt_shutdown_err(&error));
    let error = poll_once(pin!(ctrl_c()));
    assert!(matches!(error, Poll::Ready(Err(error)) if is_rt_shutdown_err(&error)));
    assert_eq!(reactor.registered(), 0);
}

#[test]
fn react_20_receiving_uses_the_budget() {
    on_each(async || {
        let mut listener = signal(SignalKind::quit()).unwrap();
        let mut other = signal(SignalKind::quit()).unwrap();
        raise(SignalKind::quit());
        other.recv().await.unwrap();
        runtime_core::spawn(poll_fn(move |cx| {
            while let Poll::Ready(unit) = coop::poll_proceed(cx) {
                unit.made_progress();
            }
            // The signal is there, the budget is not.
            assert!(listener.poll_recv(cx).is_pending());
            let polled = coop::with_budget(|| listener.poll_recv(cx));
            assert_eq!(polled, Poll::Ready(Some(())));
            Poll::Ready(())
        }))
        .await
        .unwrap();
    });
}

#[test]
fn kinds_are_numbers() {
    assert_eq!(SignalKind::interrupt().as_raw_value(), 2);
    assert_eq!(SignalKind::from(15), SignalKind::terminate());
    assert_eq!(i32::from(SignalKind::hangup()), 1);
    fn both<T: Send + Sync + Unpin>() {}
    both::<Signal>();
}

#[test]
#[should_panic = "there is no reactor running"]
fn listening_without_a_runtime_panics() {
    let _ = signal(SignalKind::hangup());
}

#[test]
#[should_panic = "IO is disabled"]
fn listening_without_io_panics() {
    let runtime = runtime_core::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { drop(signal(SignalKind::hangup())) });
}
