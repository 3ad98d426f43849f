//! What a hostile reading of the scheduler came up with: threads that come and go, user code in unexpected places, closing in the middle of things.

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use runtime_core::{
    Builder, Driver, EnterError, Handle, Limit, Runtime, ThreadDriver, spawn, task,
};

/// Generous: a test that needs it has failed.
const LIMIT: Duration = Duration::from_secs(20);

fn one_worker() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap()
}

fn get<T>(from: &Receiver<T>) -> T {
    from.recv_timeout(LIMIT).expect("it hangs")
}

/// Waits until the one own worker sleeps.
fn until_asleep(rt: &Runtime) {
    until("the worker sleeps", || {
        rt.metrics().worker_park_unpark_count(0) % 2 == 1
    });
}

/// Waits for a condition that nobody signals.
fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::yield_now();
    }
}

/// Runs a test on a thread of its own, so that it can fail instead of hanging.
fn guarded(test: impl FnOnce() + Send + 'static) {
    let (done, end) = channel();
    let body = thread::spawn(move || {
        let _done: Sender<()> = done;
        test();
    });
    assert_eq!(
        end.recv_timeout(LIMIT * 2),
        Err(RecvTimeoutError::Disconnected),
        "it hangs"
    );
    body.join().unwrap();
}

/// What a lent thread leaves behind when its future is ready is run by others, also if it never comes back.
#[test]
fn a_lent_thread_that_pauses_strands_nothing() {
    let rt = one_worker();
    let mut lent = rt.handle().lend().unwrap();
    let (send, receive) = channel();
    let in_root = send.clone();
    until_asleep(&rt);
    lent.run_until(async move {
        spawn(async move { in_root.send(1).unwrap() });
    })
    .unwrap();
    assert_eq!(get(&receive), 1);
    // From a task: the second one lies in the LIFO slot when the first one ends the drive.
    let flag = Arc::new(AtomicBool::new(false));
    let ready = flag.clone();
    let waker = Arc::new(parking_lot::Mutex::new(None::<Waker>));
    let ours = waker.clone();
    lent.run_until(async move {
        let mut spawned = false;
        poll_fn(move |cx| {
            *waker.lock() = Some(cx.waker().clone());
            if !std::mem::replace(&mut spawned, true) {
                let (flag, waker, send) = (flag.clone(), ours.clone(), send.clone());
                spawn(async move {
                    spawn(async move { send.send(2).unwrap() });
                    flag.store(true, SeqCst);
                    waker.lock().take().unwrap().wake();
                });
            }
            if ready.load(SeqCst) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    })
    .unwrap();
    assert_eq!(get(&receive), 2);
    drop(lent);
}

/// A claimed thread whose future becomes ready stops to count as one that searches.
#[test]
fn a_lent_thread_that_pauses_does_not_search() {
    let rt = one_worker();
    let mut lent = rt.handle().lend().unwrap();
    for round in 0..200 {
        let (send, receive) = channel();
        let outside = rt.handle().clone();
        let (go, gone) = channel();
        let other = thread::spawn(move || {
            for _ in 0..4 {
                outside.spawn(async {});
            }
            let _: Result<(), _> = go.send(());
        });
        let joined = rt.spawn(async {});
        lent.run_until(joined).unwrap().unwrap();
        get(&gone);
        other.join().unwrap();
        rt.spawn(async move { send.send(round).unwrap() });
        assert_eq!(get(&receive), round);
    }
}

/// A lent thread that is away does not hold up the shutdown, and its slot is given up once.
#[test]
fn an_idle_lent_thread_does_not_hold_up_shutdown() {
    guarded(|| {
        let rt = one_worker();
        let mut lent = rt.handle().lend().unwrap();
        lent.run_until(async {}).unwrap();
        let handles: Vec<_> = (0..64).map(|_| rt.spawn(pending::<()>())).collect();
        drop(rt);
        until("every task has ended", || {
            handles.iter().all(task::JoinHandle::is_finished)
        });
        assert_eq!(lent.run_until(async {}), Err(EnterError::ShutDown));
        assert_eq!(lent.turn(Limit::snapshot()).polled, 0);
    });
}

/// While a lent thread is away the runtime may be quiet.
#[test]
fn a_runtime_with_an_idle_lent_thread_is_quiet() {
    let rt = one_worker();
    let lent = rt.handle().lend().unwrap();
    until("quiet", || rt.handle().is_quiet());
    drop(lent);
}

/// What is queued behind a lent thread's task that blocks in place reaches the runtime's own threads.
#[test]
fn a_lent_thread_blocks_in_place() {
    let rt = one_worker();
    let mut lent = rt.handle().lend().unwrap();
    until_asleep(&rt);
    let out = lent.run_until(async {
        let (send, receive) = channel();
        spawn(async move {
            spawn(async move { send.send(7).unwrap() });
            task::block_in_place(|| get(&receive))
        })
        .await
    });
    assert_eq!(out.unwrap().unwrap(), 7);
}

/// What is queued behind a lent thread's own future that does not return is freed by the guard.
#[test]
fn a_lent_thread_is_stuck_in_its_future() {
    let rt = one_worker();
    let mut lent = rt.handle().lend().unwrap();
    until_asleep(&rt);
    let out = lent.run_until(async {
        let (send, receive) = channel();
        spawn(async move { send.send(7).unwrap() });
        get(&receive)
    });
    assert_eq!(out.unwrap(), 7);
}

/// A function that panics when it names a thread: an error, and the threads that were started are gone.
#[test]
fn a_panic_in_naming_a_thread_is_an_error() {
    let probe = Probe::new();
    let calls = AtomicUsize::new(0);
    let built = Builder::new_multi_thread()
        .worker_threads(3)
        .driver(probe.clone())
        .thread_name_fn(move || {
            assert!(calls.fetch_add(1, SeqCst) < 2, "told to panic");
            "named".to_owned()
        })
        .build();
    assert!(built.is_err());
    assert!(probe.is_shut_down.load(SeqCst));
    until("the memory is given back", || {
        Arc::strong_count(&probe) == 1
    });
}

/// A driver that tells when it is shut down, and panics in `park` when told to.
struct Probe {
    inner: ThreadDriver,
    panics: AtomicUsize,
    is_shut_down: AtomicBool,
}

impl Probe {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: ThreadDriver::new(),
            panics: AtomicUsize::new(0),
            is_shut_down: AtomicBool::new(false),
        })
    }
}

impl Driver for Probe {
    fn park(&self, timeout: Option<Duration>) {
        if self.panics.load(SeqCst) > 0 {
            self.panics.fetch_sub(1, SeqCst);
            panic!("a waker of a stranger, told to panic");
        }
        self.inner.park(timeout);
    }
    fn unpark(&self) {
        self.inner.unpark();
    }
    fn shutdown(&self) {
        self.is_shut_down.store(true, SeqCst);
    }
}

/// A lent thread that blocks in place while the runtime closes is counted out once: the driver is not shut down beside a slot that is driven.
#[test]
fn a_lent_thread_blocks_in_place_while_the_runtime_closes() {
    guarded(|| {
        let probe = Probe::new();
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .driver(probe.clone())
            .build()
            .unwrap();
        let (release_worker, worker_waits) = channel::<()>();
        let (worker_in, worker_is_in) = channel();
        rt.spawn(async move {
            worker_in.send(()).unwrap();
            let _ = worker_waits.recv();
        });
        get(&worker_is_in);
        let handle = rt.handle().clone();
        let (release_guest, guest_waits) = channel::<()>();
        let (guest_in, guest_is_in) = channel();
        let guest = thread::spawn(move || {
            let mut lent = handle.lend().unwrap();
            let ended = lent.run_until(async {
                spawn(async move {
                    task::block_in_place(|| {
                        guest_in.send(()).unwrap();
                        let _ = guest_waits.recv();
                    });
                })
                .await
            });
            assert!(matches!(ended, Err(EnterError::ShutDown) | Ok(Err(_))));
        });
        get(&guest_is_in);
        rt.shutdown_background();
        drop(release_guest);
        guest.join().unwrap();
        assert!(
            !probe.is_shut_down.load(SeqCst),
            "the worker is still inside"
        );
        drop(release_worker);
        until("the driver is shut down", || {
            probe.is_shut_down.load(SeqCst)
        });
    });
}

/// A waker that panics inside the driver ends nobody.
#[test]
fn a_panic_in_the_driver_kills_no_thread() {
    guarded(|| {
        let probe = Probe::new();
        let rt = Builder::new_multi_thread()
            .worker_threads(2)
            .driver(probe.clone())
            .build()
            .unwrap();
        for _ in 0..3 {
            probe.panics.store(2, SeqCst);
            until("somebody panicked", || {
                rt.block_on(rt.spawn(async {})).unwrap();
                probe.panics.load(SeqCst) == 0
            });
        }
        drop(rt);
        assert!(probe.is_shut_down.load(SeqCst));
        let rt = Builder::new_current_thread()
            .driver(probe.clone())
            .build()
            .unwrap();
        probe.panics.store(1, SeqCst);
        let other = rt.spawn_blocking(|| 5);
        assert_eq!(rt.block_on(other).unwrap(), 5);
    });
}

/// A hook that blocks in place is refused: the thread is going to sleep and cannot hand its slot over.
#[test]
fn a_park_hook_that_blocks_in_place_is_harmless() {
    guarded(|| {
        let rt = Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_park(|| task::block_in_place(|| ()))
            .build()
            .unwrap();
        for _ in 0..100 {
            rt.block_on(rt.spawn(task::yield_now())).unwrap();
        }
    });
}

/// The future of a drive panics: the thread goes on, and what it leaves is run.
#[test]
fn a_panic_in_the_future_of_a_lent_thread_leaves_it_whole() {
    let rt = one_worker();
    let mut lent = rt.handle().lend().unwrap();
    let (send, receive) = channel();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        lent.run_until(async move {
            let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
            spawn(async move { send.send(3).unwrap() });
            waker.wake();
            panic!("told to panic");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(get(&receive), 3);
    until("quiet", || rt.handle().is_quiet());
    assert_eq!(
        lent.run_until(async { spawn(async { 4 }).await.unwrap() }),
        Ok(4)
    );
}

/// Inside a task nobody is waited for, whatever the limit.
#[test]
fn shutdown_with_a_limit_inside_a_task_does_not_wait() {
    guarded(|| {
        let rt = one_worker();
        let (send, receive) = channel();
        let outer = one_worker();
        let (release, waits) = channel::<()>();
        let (go_in, is_in) = channel();
        rt.spawn_blocking(move || {
            go_in.send(()).unwrap();
            let _ = waits.recv();
        });
        get(&is_in);
        outer.spawn(async move {
            rt.shutdown_timeout(Duration::from_secs(3600));
            send.send(()).unwrap();
        });
        get(&receive);
        drop(release);
    });
}

/// Tasks that the closing thread ends may spawn, and enter other runtimes, in their drops.
#[test]
fn drops_at_shutdown_may_do_anything() {
    struct Busy(Handle, Handle);
    impl Drop for Busy {
        fn drop(&mut self) {
            drop(self.0.spawn(async {}));
            let _guard = self.1.enter();
            spawn(async {});
        }
    }
    guarded(|| {
        let other = one_worker();
        for rt in [one_worker(), Builder::new_current_thread().build().unwrap()] {
            let handles: Vec<_> = (0..32)
                .map(|_| {
                    let busy = Busy(rt.handle().clone(), other.handle().clone());
                    rt.spawn(async move {
                        let _busy = busy;
                        pending::<()>().await;
                    })
                })
                .collect();
            let handle = rt.handle().clone();
            drop(rt);
            for joined in handles {
                let error = other.block_on(joined).unwrap_err();
                assert!(error.is_cancelled(), "{error}");
            }
            let busy = Busy(handle.clone(), other.handle().clone());
            let _guard = handle.enter();
            let late = spawn(async move {
                let _busy = busy;
            });
            let error = other.block_on(late).unwrap_err();
            assert!(error.is_cancelled(), "{error}");
        }
    });
}

/// Work that goes in circles between slots, blocking jobs and `block_on` is never taken for none.
#[test]
fn a_runtime_is_not_quiet_while_work_goes_in_circles() {
    let rt = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let chain = |handle: Handle, done: Arc<AtomicBool>| async move {
        for round in 0..3_000 {
            if round % 2 == 0 {
                handle.spawn_blocking(|| ()).await.unwrap();
            }
            handle.spawn(async {}).await.unwrap();
        }
        done.store(true, SeqCst);
    };
    let joined = rt.spawn(chain(rt.handle().clone(), done.clone()));
    let mut early = 0;
    while !done.load(SeqCst) {
        if rt.handle().is_quiet() && !done.load(SeqCst) {
            early += 1;
        }
    }
    rt.block_on(joined).unwrap();
    assert_eq!(early, 0);
}

/// A task that blocks in place is busy, though its slot is not.
#[test]
fn a_runtime_is_not_quiet_while_a_task_blocks_in_place() {
    let rt = Arc::new(one_worker());
    let inside = rt.clone();
    let quiet = rt.block_on(rt.spawn(async move {
        task::block_in_place(|| {
            until_asleep(&inside);
            let quiet = inside.handle().is_quiet();
            drop(inside);
            quiet
        })
    }));
    assert!(!quiet.unwrap());
    until("quiet", || rt.handle().is_quiet());
}

/// Wakers and handles outlive the runtime, on this thread and on another one; what they free last may be the runtime's memory.
#[test]
fn wakers_outlive_the_runtime() {
    let rt = Builder::new_current_thread().build().unwrap();
    let (send, wakers) = channel();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let send = send.clone();
            rt.spawn(poll_fn(move |cx| {
                send.send(cx.waker().clone()).unwrap();
                Poll::<()>::Pending
            }))
        })
        .collect();
    rt.block_on(async {
        for _ in 0..8 {
            task::yield_now().await;
        }
    });
    let mut wakers: Vec<Waker> = wakers.try_iter().collect();
    assert_eq!(wakers.len(), 4);
    let elsewhere = wakers.split_off(2);
    let abort = tasks[0].abort_handle();
    let woken = thread::spawn(move || elsewhere.into_iter().for_each(Waker::wake));
    wakers[0].wake_by_ref();
    drop(rt);
    assert!(tasks.iter().all(task::JoinHandle::is_finished));
    wakers.into_iter().for_each(Waker::wake);
    woken.join().unwrap();
    drop(tasks);
    abort.abort();
}

/// Blocking in place, lending, leaving and spawning from outside, while the runtime closes: everybody comes out, every handle resolves.
#[test]
fn stress_everything_while_the_runtime_closes() {
    guarded(|| (0..ROUNDS).for_each(close_in_the_middle));
}

const ROUNDS: u64 = 60;

fn close_in_the_middle(round: u64) {
    let probe = Probe::new();
    let rt = Builder::new_multi_thread()
        .worker_threads(2)
        .guest_slots(2)
        .driver(probe.clone())
        .build()
        .unwrap();
    let blocking = |handle: Handle| async move {
        for _ in 0..8 {
            let joined = handle.spawn(task::yield_now());
            task::block_in_place(|| handle.block_on(joined)).ok();
            task::yield_now().await;
        }
    };
    let mut joined: Vec<_> = (0..4)
        .map(|_| rt.spawn(blocking(rt.handle().clone())))
        .collect();
    joined.extend((0..16).map(|_| rt.spawn(pending())));
    let guests: Vec<_> = (0..3)
        .map(|_| {
            let handle = rt.handle().clone();
            thread::spawn(move || {
                loop {
                    let mut lent = match handle.lend() {
                        Ok(lent) => lent,
                        Err(EnterError::NoFreeSlot) => continue,
                        Err(_) => return,
                    };
                    let mut late = Vec::new();
                    for _ in 0..4 {
                        let _ = lent.turn(Limit::polls(3));
                        let inner = handle.clone();
                        let ended = lent.run_until(async move {
                            let spawned = spawn(blocking(inner));
                            task::block_in_place(thread::yield_now);
                            Some(spawned)
                        });
                        late.extend(ended.ok().flatten());
                    }
                    drop(lent);
                    for joined in late {
                        let _ = handle.block_on(joined);
                    }
                }
            })
        })
        .collect();
    for _ in 0..round * 20 {
        std::hint::spin_loop();
        joined.push(rt.spawn(async {}));
    }
    if round % 3 == 0 {
        rt.shutdown_background();
    } else {
        drop(rt);
    }
    for guest in guests {
        guest.join().unwrap();
    }
    until("every task has ended", || {
        joined.iter().all(task::JoinHandle::is_finished)
    });
    until("the driver is shut down", || {
        probe.is_shut_down.load(SeqCst)
    });
    // The runtime's memory is given back: nobody but this test has the driver.
    drop(joined);
    until("the memory is given back", || {
        Arc::strong_count(&probe) == 1
    });
}
