//! The rules of a runtime's life, RT1 to RT8, one test each. What each of them is good for in depth is tested where it lives; here stands that it holds.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::thread;

use futures_util::FutureExt;
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Handle, Id, is_rt_shutdown_err};
use heist::task::{self, yield_now};
use heist::time::{Duration, sleep, timeout};

use crate::support::{current_thread, flavours, multi_thread, watched};

/// Tells in which runtime it was dropped, if in any.
struct DroppedIn(mpsc::Sender<Option<Id>>);

impl Drop for DroppedIn {
    fn drop(&mut self) {
        let here = Handle::try_current().ok().map(|handle| handle.id());
        self.0.send(here).unwrap();
    }
}

/// Asks for the runtime when the thread's own data go away.
struct AtTheEnd(RefCell<Option<mpsc::Sender<bool>>>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            let gone = Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed());
            tell.send(gone).unwrap();
        }
    }
}

thread_local! {
    static AT_THE_END: AtTheEnd = const { AtTheEnd(RefCell::new(None)) };
}

#[test]
fn rt1_where_a_runtime_is_current() {
    watched(|| {
        for (name, rt) in flavours() {
            let id = rt.handle().id();
            let here = || Handle::try_current().map(|handle| handle.id()).ok();
            assert_eq!(rt.block_on(async move { here() }), Some(id), "{name}");
            assert_eq!(rt.handle().block_on(async move { here() }), Some(id));
            assert_eq!(
                rt.block_on(rt.spawn(async move { here() })).unwrap(),
                Some(id)
            );
            let job = rt.spawn_blocking(here);
            assert_eq!(rt.block_on(job).unwrap(), Some(id));
            let guard = rt.enter();
            assert_eq!(here(), Some(id));
            drop(guard);
            assert!(Handle::try_current().unwrap_err().is_missing_context());
            // A future that the shutdown drops.
            let (tell, told) = mpsc::channel();
            let dropped = DroppedIn(tell);
            rt.spawn(async move {
                pending::<()>().await;
                drop(dropped);
            });
            drop(rt);
            assert_eq!(told.recv().unwrap(), Some(id), "{name}");
        }
        // While a thread ends it cannot be known. Its destructor must have been registered before that of the stack of runtimes, so as to run after it.
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            AT_THE_END.with(|end| end.0.replace(Some(tell)));
            current_thread().block_on(async {});
        });
        thread.join().unwrap();
        assert!(told.recv().unwrap());
    });
}

#[test]
fn rt2_runtimes_beside_and_within_each_other() {
    watched(|| {
        let (one, two) = (current_thread(), multi_thread(1));
        let id = || Handle::current().id();
        let (first, second) = (one.handle().id(), two.handle().id());
        let _one = one.enter();
        let timer_of_one = sleep(Duration::from_millis(1));
        {
            let _two = two.enter();
            assert_eq!(id(), second);
            let _again = one.enter();
            assert_eq!(id(), first);
        }
        assert_eq!(id(), first);
        let task = {
            let _two = two.enter();
            heist::spawn(async move { id() })
        };
        assert_eq!(one.block_on(task).unwrap(), second);
        // A timer stays with its runtime: here the one whose `block_on` drives it, while another polls it.
        let waits = two.spawn(timer_of_one);
        one.block_on(waits).unwrap();
        // And so does a socket: it fails when its own runtime goes, not when another does.
        let listener = one.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        drop(two);
        let address = listener.local_addr().unwrap();
        let (near, far) = one.block_on(async {
            futures_util::join!(TcpStream::connect(address), listener.accept())
        });
        drop((near.unwrap(), far.unwrap()));
    });
}

#[test]
fn rt3_who_runs_the_tasks_of_block_on() {
    watched(|| {
        // Many threads: the future here, tasks there, and on after the return.
        let rt = multi_thread(1);
        let here = thread::current().id();
        let (release, held) = heist::sync::oneshot::channel::<()>();
        let (ran_on, task) = rt.block_on(async {
            assert_eq!(thread::current().id(), here);
            let task = heist::spawn(async move {
                held.await.unwrap();
                1
            });
            let ran_on = heist::spawn(async { thread::current().id() }).await;
            (ran_on.unwrap(), task)
        });
        assert_ne!(ran_on, here);
        release.send(()).unwrap();
        while !task.is_finished() {
            thread::yield_now();
        }

        // One thread: nothing runs but in `block_on`.
        let rt = Arc::new(current_thread());
        let polls = Arc::new(AtomicUsize::new(0));
        let count = polls.clone();
        let task = rt.spawn(async move {
            count.fetch_add(1, SeqCst);
            thread::current().id()
        });
        assert_eq!(polls.load(SeqCst), 0);
        assert_eq!(rt.block_on(task).unwrap(), here);

        // A second caller takes over the driver when the first one leaves.
        let (release, held) = heist::sync::oneshot::channel::<()>();
        let (tell, driven) = mpsc::channel();
        let first = {
            let rt = rt.clone();
            thread::spawn(move || {
                rt.block_on(async move {
                    tell.send(()).unwrap();
                    held.await.unwrap();
                });
            })
        };
        driven.recv().unwrap();
        let second = {
            let rt = rt.clone();
            thread::spawn(move || {
                rt.block_on(async {
                    release.send(()).unwrap();
                    // Timers and tasks need a driver, which this thread becomes when the first one is gone.
                    sleep(Duration::from_millis(1)).await;
                    heist::spawn(async { 2 }).await.unwrap()
                })
            })
        };
        assert_eq!(second.join().unwrap(), 2);
        first.join().unwrap();
    });
}

#[test]
fn rt4_block_on_by_a_handle_does_not_drive() {
    watched(|| {
        let rt = current_thread();
        let polls = Arc::new(AtomicUsize::new(0));
        let count = polls.clone();
        let task = rt.spawn(async move {
            sleep(Duration::from_micros(1)).await;
            count.fetch_add(1, SeqCst);
        });
        rt.handle().block_on(async {
            for _ in 0..1_000 {
                yield_now().await;
            }
        });
        assert_eq!(polls.load(SeqCst), 0);
        // With another thread in `Runtime::block_on` it gets what it waits for.
        let handle = rt.handle().clone();
        let (tell, told) = heist::sync::oneshot::channel();
        let waits = thread::spawn(move || {
            handle.block_on(async move {
                sleep(Duration::from_millis(1)).await;
                task.await.unwrap();
                tell.send(()).unwrap();
            });
        });
        rt.block_on(told).unwrap();
        waits.join().unwrap();
        assert_eq!(polls.load(SeqCst), 1);
    });
}

#[test]
fn rt5_the_end_of_a_runtime() {
    watched(|| {
        for (name, rt) in flavours() {
            let handle = rt.handle().clone();
            let ended = Arc::new(AtomicBool::new(false));
            let end = ended.clone();
            let (tell, started) = mpsc::channel();
            // A job that has started is waited for, one that has not is not run, a task ends where it waits.
            let job = rt.spawn_blocking(move || {
                tell.send(()).unwrap();
                while !Handle::current().spawn(async {}).is_finished() {
                    thread::yield_now();
                }
                end.store(true, SeqCst);
            });
            started.recv().unwrap();
            let waits = rt.spawn(pending::<()>());
            drop(rt);
            assert!(ended.load(SeqCst), "{name}");
            job.now_or_never().unwrap().unwrap();
            assert!(waits.now_or_never().unwrap().unwrap_err().is_cancelled());
            let late = handle.spawn(async {}).now_or_never().unwrap();
            assert!(late.unwrap_err().is_cancelled());
        }
        // The other two ways do not wait for a job.
        for (wait, (_, rt)) in [true, false].into_iter().cycle().zip(flavours()) {
            let (release, held) = mpsc::channel::<()>();
            let (tell, started) = mpsc::channel();
            let job = rt.spawn_blocking(move || {
                tell.send(()).unwrap();
                let _ = held.recv();
            });
            started.recv().unwrap();
            if wait {
                rt.shutdown_timeout(Duration::from_millis(1));
            } else {
                rt.shutdown_background();
            }
            assert!(!job.is_finished());
            drop(release);
        }
    });
}

#[test]
fn rt6_sockets_and_timers_after_the_end() {
    watched(|| {
        for (name, rt) in flavours() {
            let listener = rt.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let address = listener.local_addr().unwrap();
            let stream = rt.block_on(TcpStream::connect(address)).unwrap();
            let late = {
                let _entered = rt.enter();
                timeout(Duration::from_secs(3600), pending::<()>())
            };
            drop(rt);
            let other = current_thread();
            let mut byte = [0];
            let errors = other.block_on(async {
                [
                    listener.accept().await.map(drop).unwrap_err(),
                    stream.readable().await.unwrap_err(),
                    stream.peek(&mut byte).await.map(drop).unwrap_err(),
                    late.await.map_err(std::io::Error::from).unwrap_err(),
                ]
            });
            for error in &errors[..3] {
                assert!(is_rt_shutdown_err(error), "{error:?} on {name}");
            }
            for error in errors {
                assert_eq!(
                    error.kind(),
                    std::io::ErrorKind::Other,
                    "{error:?} on {name}"
                );
                assert!(error.to_string().contains("is being shutdown"), "{error}");
            }
        }
        // Others are none.
        let rt = current_thread();
        let join = rt.block_on(async {
            let task = heist::spawn(pending::<()>());
            task.abort();
            task.await.unwrap_err()
        });
        assert!(!is_rt_shutdown_err(&join.into()));
        assert!(!is_rt_shutdown_err(&std::io::Error::other("another one")));
        let kind = std::io::Error::from(std::io::ErrorKind::Interrupted);
        assert!(!is_rt_shutdown_err(&kind));
    });
}

/// A future of so many bytes that tells where it lies, and is ready at its second poll.
struct Bulky<const BYTES: usize> {
    _bytes: [u8; BYTES],
    polled: bool,
}

impl<const BYTES: usize> Bulky<BYTES> {
    fn new() -> Self {
        Self {
            _bytes: [0; BYTES],
            polled: false,
        }
    }
}

impl<const BYTES: usize> Future for Bulky<BYTES> {
    /// Where the future lies, and where the frame of its poll does.
    type Output = (usize, usize);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<(usize, usize)> {
        if !std::mem::replace(&mut self.polled, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = 0_u8;
        let addresses = (
            std::ptr::from_ref(&*self).addr(),
            std::ptr::from_ref(std::hint::black_box(&frame)).addr(),
        );
        Poll::Ready(addresses)
    }
}

/// Where in its task a future of this size lies, from the beginning of the task.
fn place_in_task<const BYTES: usize>() -> usize {
    let rt = current_thread();
    let task = rt.spawn(Bulky::<BYTES>::new());
    let begin: usize = task.id().to_string().parse().unwrap();
    let (future, _) = rt.block_on(task).unwrap();
    future.wrapping_sub(begin)
}

/// Whether a future of this size lies in the frames of `block_on`.
fn lies_on_the_stack<const BYTES: usize>() -> bool {
    let above = 0_u8;
    let above = std::ptr::from_ref(std::hint::black_box(&above)).addr();
    let (future, below) = current_thread().block_on(Bulky::<BYTES>::new());
    (below.min(above)..below.max(above)).contains(&future)
}

#[test]
fn rt7_large_futures_are_boxed() {
    watched(|| {
        let inline = place_in_task::<64>();
        assert_eq!(place_in_task::<1_024>(), inline);
        assert_ne!(place_in_task::<20_000>(), inline);
        assert!(lies_on_the_stack::<1_024>());
        assert!(!lies_on_the_stack::<20_000>());
        // Between the two limits the build decides.
        let unoptimised = cfg!(debug_assertions);
        assert_eq!(place_in_task::<4_096>() == inline, !unoptimised);
        assert_eq!(lies_on_the_stack::<4_096>(), !unoptimised);
    });
}

#[test]
fn rt8_guards_leave_in_the_reverse_order() {
    watched(|| {
        // On a thread of its own, whose stack of runtimes stays in disorder.
        let panic = thread::spawn(|| {
            let (one, two) = (current_thread(), current_thread());
            let (first, _second) = (one.enter(), two.enter());
            drop(first);
        });
        let payload = panic.join().unwrap_err();
        let text = payload.downcast_ref::<String>().expect("a text");
        assert!(text.contains("reverse order"), "{text}");
        let (one, two) = (current_thread(), current_thread());
        let first = one.enter();
        let second = two.enter();
        drop(second);
        drop(first);
    });
}

#[test]
fn a_future_that_never_yields_does_not_starve_shutdown() {
    watched(|| {
        // Tasks run to their next yield and not beyond.
        for (_, rt) in flavours() {
            let polls = Arc::new(AtomicUsize::new(0));
            let count = polls.clone();
            let task = rt.spawn(poll_fn(move |cx| {
                count.fetch_add(1, SeqCst);
                cx.waker().wake_by_ref();
                Poll::<()>::Pending
            }));
            rt.block_on(async {
                while polls.load(SeqCst) < 3 {
                    yield_now().await;
                }
            });
            drop(rt);
            let seen = polls.load(SeqCst);
            let error: task::JoinError = task.now_or_never().unwrap().unwrap_err();
            assert!(error.is_cancelled());
            assert_eq!(polls.load(SeqCst), seen);
        }
    });
}
