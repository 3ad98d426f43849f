//! What shutdown drops, and in which context.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Waker;
use std::thread;

use futures_util::FutureExt;
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Handle};
use heist::sync::oneshot;
use heist::task::{self, AbortHandle, JoinHandle, LocalSet};
use parking_lot::Mutex;

use crate::support::{current_thread, flavours, multi_thread, watched};

/// Runs a closure when dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn down_01_drops_that_wake_spawn_and_abort_each_other() {
    const TASKS: usize = 40;
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let drops = Arc::new(AtomicUsize::new(0));
            let family: Arc<Mutex<Vec<AbortHandle>>> = Arc::default();
            let wakers: Arc<Mutex<Vec<Waker>>> = Arc::default();
            let born: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
            for _ in 0..TASKS {
                let (drops, siblings, places, born) =
                    (drops.clone(), family.clone(), wakers.clone(), born.clone());
                let wakers = places.clone();
                let guard = OnDrop(move || {
                    drops.fetch_add(1, SeqCst);
                    let siblings = siblings.lock().clone();
                    siblings.iter().for_each(AbortHandle::abort);
                    let wakers = wakers.lock().clone();
                    wakers.iter().for_each(Waker::wake_by_ref);
                    let task = heist::spawn(pending());
                    born.lock().push(task);
                    // Looks into every registry: none may be locked here.
                    let _ = Handle::current().metrics().num_alive_tasks();
                });
                let task = rt.spawn(async move {
                    let _guard = guard;
                    std::future::poll_fn(|cx| {
                        places.lock().push(cx.waker().clone());
                        std::task::Poll::<()>::Pending
                    })
                    .await;
                });
                family.lock().push(task.abort_handle());
            }
            rt.block_on(task::yield_now());
            drop(rt);
            assert_eq!(drops.load(SeqCst), TASKS);
            for task in std::mem::take(&mut *born.lock()) {
                assert!(task.now_or_never().unwrap().unwrap_err().is_cancelled());
            }
            drop(std::mem::take(&mut *wakers.lock()));
        }
    });
}

#[test]
fn down_02_wakes_and_events_that_meet_the_shutdown() {
    watched(|| {
        for round in 0..40 {
            for (_, rt) in flavours() {
                let wakers: Arc<Mutex<Vec<Waker>>> = Arc::default();
                let mut tasks: Vec<JoinHandle<()>> = (0..8)
                    .map(|_| {
                        let wakers = wakers.clone();
                        rt.spawn(std::future::poll_fn(move |cx| {
                            wakers.lock().push(cx.waker().clone());
                            std::task::Poll::Pending
                        }))
                    })
                    .collect();
                let (mut near, far) = rt.block_on(async {
                    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                    let addr = listener.local_addr().unwrap();
                    let (near, far) =
                        futures_util::join!(TcpStream::connect(addr), listener.accept());
                    (near.unwrap(), far.unwrap().0.into_std().unwrap())
                });
                tasks.push(rt.spawn(async move {
                    let mut byte = [0];
                    // Ends with the event, with the error of the shutdown, or cancelled.
                    while near.read_exact(&mut byte).await.is_ok() {}
                }));
                rt.block_on(task::yield_now());
                let wakers = std::mem::take(&mut *wakers.lock());
                let storm = thread::spawn(move || {
                    for waker in wakers.iter().cycle().take(100) {
                        waker.wake_by_ref();
                        let _ = std::io::Write::write(&mut &far, b"x");
                    }
                });
                if round % 2 == 0 {
                    thread::yield_now();
                }
                drop(rt);
                storm.join().unwrap();
                for task in tasks {
                    let _ = task.now_or_never().expect("it has ended");
                }
            }
        }
    });
}

#[test]
fn down_13_futures_drop_inside_the_runtime_on_every_path() {
    /// Drops in a context with the right runtime, or not.
    fn probe(right: &Arc<AtomicUsize>, rt: &Handle) -> impl Send + use<> {
        let (right, id) = (right.clone(), rt.id());
        OnDrop(move || {
            if Handle::try_current().is_ok_and(|handle| handle.id() == id) {
                right.fetch_add(1, SeqCst);
            }
        })
    }
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let right = Arc::new(AtomicUsize::new(0));
            let handle = rt.handle().clone();
            let forever = || {
                let probe = probe(&right, &handle);
                async move {
                    let _probe = probe;
                    pending::<()>().await;
                }
            };
            // Aborted before and after its first poll, from a plain thread.
            let task = handle.spawn(forever());
            rt.block_on(task::yield_now());
            let abort = task.abort_handle();
            thread::spawn(move || abort.abort()).join().unwrap();
            assert!(rt.block_on(task).unwrap_err().is_cancelled());
            assert_eq!(right.load(SeqCst), 1, "abort");
            // Completed, detached, with an output that nobody takes.
            let output = probe(&right, &handle);
            let (open, gate) = oneshot::channel();
            drop(handle.spawn(async move {
                gate.await.unwrap();
                output
            }));
            open.send(()).unwrap();
            rt.block_on(async {
                while right.load(SeqCst) < 2 {
                    task::yield_now().await;
                }
            });
            // A job that never runs, dropped by the shutdown; the one in front of it keeps it queued.
            let job = probe(&right, &handle);
            let single = Builder::new_current_thread()
                .max_blocking_threads(1)
                .build()
                .unwrap();
            let (open, gate) = std::sync::mpsc::channel::<()>();
            let (started, has_started) = std::sync::mpsc::channel();
            drop(single.spawn_blocking(move || {
                started.send(()).unwrap();
                gate.recv().unwrap();
            }));
            has_started.recv().unwrap();
            let own = right.clone();
            let id = single.handle().id();
            let queued = OnDrop(move || {
                if Handle::try_current().is_ok_and(|handle| handle.id() == id) {
                    own.fetch_add(1, SeqCst);
                }
            });
            let unrun = single.spawn_blocking(move || drop(queued));
            single.shutdown_background();
            open.send(()).unwrap();
            assert!(unrun.now_or_never().unwrap().unwrap_err().is_cancelled());
            assert_eq!(right.load(SeqCst), 3, "queued job");
            rt.block_on(handle.spawn_blocking(move || drop(job)))
                .unwrap();
            assert_eq!(right.load(SeqCst), 4, "running job");
            // Dropped by shutdown, polled before or not.
            drop(handle.spawn(forever()));
            rt.block_on(task::yield_now());
            drop(handle.spawn(forever()));
            drop(rt);
            assert_eq!(right.load(SeqCst), 6, "shutdown");
        }
        // A local set inside the runtime.
        let right = Arc::new(AtomicUsize::new(0));
        let rt = current_thread();
        let probe = probe(&right, rt.handle());
        rt.block_on(async {
            let local = LocalSet::new();
            local.spawn_local(async move {
                let _probe = probe;
                pending::<()>().await;
            });
            local.run_until(task::yield_now()).await;
        });
        assert_eq!(right.load(SeqCst), 1);
    });
}

#[test]
fn nothing_that_was_done_is_lost_by_the_end() {
    watched(|| {
        // What a task has written before the runtime goes reaches its peer, and the peer sees a clean end.
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let addr = listener.local_addr().unwrap();
            let (sent, was_sent) = oneshot::channel();
            rt.spawn(async move {
                let mut stream = TcpStream::connect(addr).await.unwrap();
                stream.write_all(b"all of it").await.unwrap();
                sent.send(()).unwrap();
                pending::<()>().await;
            });
            rt.block_on(was_sent).unwrap();
            drop(rt);
            let mut all = String::new();
            let (mut peer, _) = listener.accept().unwrap();
            std::io::Read::read_to_string(&mut peer, &mut all).unwrap();
            assert_eq!(all, "all of it");
        }
        let rt = multi_thread(2);
        let done = rt.spawn(async { 7 });
        while !done.is_finished() {
            thread::yield_now();
        }
        drop(rt);
        assert_eq!(done.now_or_never().unwrap().unwrap(), 7);
    });
}
