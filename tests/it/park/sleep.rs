//! Going to sleep: the look before it, who is woken, hooks, short visits.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use heist::io::AsyncReadExt;
use heist::runtime::{Builder, Handle, Runtime};
use heist::sync::oneshot;
use heist::task::{block_in_place, yield_now};
use parking_lot::Mutex;

use super::{block_workers, needs_no_rescue, wait_until, wait_until_asleep};
use crate::support::{current_thread, guarded, multi_thread, watched};

/// As many tasks as workers, each of which blocks its worker until all run: only if every worker is woken.
fn all_workers_run_at_once(rt: &Runtime) {
    let workers = rt.metrics().num_workers();
    let meet = Arc::new(Barrier::new(workers));
    let tasks: Vec<_> = (0..workers)
        .map(|_| {
            let meet = meet.clone();
            rt.spawn(async move {
                meet.wait();
            })
        })
        .collect();
    rt.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Whoever unparks workers for another reason than work must leave the idle state as it was: afterwards each of them can still be woken.
#[test]
fn park_03_side_channels_leave_the_idle_state_intact() {
    watched(|| {
        let rt = guarded(4);
        let mut lent = rt.handle().lend().unwrap();
        for _ in 0..50 {
            wait_until_asleep(rt.handle());
            // Unparks the driver, whoever sits there.
            rt.block_on(async {
                heist::time::pause();
                heist::time::resume();
            });
            // Unparks a slot's thread without claiming the slot.
            let (tell, told) = oneshot::channel();
            let teller = thread::spawn(move || tell.send(()).unwrap());
            lent.run_until(told).unwrap().unwrap();
            teller.join().unwrap();
            all_workers_run_at_once(&rt);
        }
    });
}

/// What the hook of a thread that goes to sleep brings about comes after its search: the look before it blocks must know every source of work.
fn work_in_the_park_hook(mut make: Builder, place: impl Fn(Work) + Send + Sync + 'static) {
    watched(move || {
        let ran = Arc::new(AtomicUsize::new(0));
        let armed = Arc::new(AtomicUsize::new(0));
        let rt = {
            let (ran, armed) = (ran.clone(), armed.clone());
            make.enable_all()
                .on_thread_park(move || {
                    let take = |left: usize| left.checked_sub(1);
                    if armed.fetch_update(SeqCst, SeqCst, take).is_ok() {
                        place(Work(ran.clone()));
                    }
                })
                .build()
                .unwrap()
        };
        rt.block_on(async {
            for round in 1..=50 {
                armed.store(1, SeqCst);
                // Stirs a worker, which then runs dry.
                heist::spawn(async {}).await.unwrap();
                wait_for(|| ran.load(SeqCst) >= round).await;
            }
        });
        assert_eq!(ran.load(SeqCst), 50);
    });
}

/// Waits in a future of `block_on`, with the thread going to sleep in between.
async fn wait_for(holds: impl Fn() -> bool) {
    while !holds() {
        heist::time::sleep(Duration::from_micros(200)).await;
    }
}

/// Counts itself once, when it is done.
struct Work(Arc<AtomicUsize>);

impl Work {
    fn done(self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn one_worker() -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1);
    builder
}

#[test]
fn park_05_work_in_the_own_deque() {
    let place = |work: Work| drop(heist::spawn(async { work.done() }));
    work_in_the_park_hook(one_worker(), place);
    work_in_the_park_hook(Builder::new_current_thread(), place);
}

#[test]
fn park_05_work_in_the_injector() {
    let place = |work: Work| {
        let handle = Handle::current();
        let outside = thread::spawn(move || drop(handle.spawn(async { work.done() })));
        outside.join().unwrap();
    };
    work_in_the_park_hook(one_worker(), place);
    work_in_the_park_hook(Builder::new_current_thread(), place);
}

#[test]
fn park_05_work_in_a_wheel_that_is_due() {
    let place = |work: Work| {
        let handle = Handle::current();
        handle.spawn(async {
            heist::time::sleep(Duration::from_nanos(1)).await;
            work.done();
        });
    };
    work_in_the_park_hook(one_worker(), place);
    work_in_the_park_hook(Builder::new_current_thread(), place);
}

#[test]
fn park_05_an_event_for_the_seat() {
    watched(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let writer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (reader, _) = listener.accept().unwrap();
        reader.set_nonblocking(true).unwrap();
        let reader = Mutex::new(Some(reader));
        // The first call starts a task that reads; each later one sends it a byte that arrives after the search.
        let (tell, told) = mpsc::channel();
        let rt = one_worker()
            .enable_all()
            .on_thread_park(move || {
                use std::io::Write;
                if let Some(reader) = reader.lock().take() {
                    let tell = tell.clone();
                    heist::spawn(async move {
                        let mut reader = heist::net::TcpStream::from_std(reader).unwrap();
                        for round in 0..50 {
                            let mut byte = [0];
                            reader.read_exact(&mut byte).await.unwrap();
                            tell.send(round).unwrap();
                        }
                    });
                }
                let _ = (&writer).write_all(&[1]);
            })
            .build()
            .unwrap();
        assert!(told.iter().take(50).eq(0..50));
        drop(rt);
    });
}

/// A peer's deque filled while a worker is between search and sleep.
#[test]
fn park_05_work_in_a_peers_deque() {
    watched(|| {
        let filler = Arc::new(Mutex::new(None::<mpsc::Sender<()>>));
        let (filled, wait_filled) = mpsc::channel::<()>();
        let wait_filled = Mutex::new(wait_filled);
        let rt = {
            let filler = filler.clone();
            Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .on_thread_park(move || {
                    let filler = filler.lock().take();
                    if let Some(fill) = filler {
                        fill.send(()).unwrap();
                        wait_filled.lock().recv().unwrap();
                    }
                })
                .build()
                .unwrap()
        };
        for _ in 0..50 {
            let (fill, told) = mpsc::channel();
            let (filled, filler) = (filled.clone(), filler.clone());
            let busy = rt.spawn(async move {
                // The other worker is stirred, runs dry, and tells from its hook.
                *filler.lock() = Some(fill);
                let handle = Handle::current();
                let stir = thread::spawn(move || drop(handle.spawn(async {})));
                told.recv().unwrap();
                stir.join().unwrap();
                let done = Arc::new(AtomicBool::new(false));
                let tell = done.clone();
                heist::spawn(async move { tell.store(true, SeqCst) });
                filled.send(()).unwrap();
                // This worker does not run it.
                wait_until(|| done.load(SeqCst));
            });
            rt.block_on(busy).unwrap();
        }
    });
}

/// One task fills its own worker's queue with as many as there are workers, and all must run at once.
#[test]
fn park_07_runnable_work_wakes_idle_workers() {
    watched(|| {
        for workers in [2, 4, 8] {
            let rt = guarded(workers);
            for _ in 0..20 {
                wait_until_asleep(rt.handle());
                let meet = Arc::new(Barrier::new(workers));
                let filler = rt.spawn(async move {
                    for _ in 1..workers {
                        let meet = meet.clone();
                        heist::spawn(async move {
                            meet.wait();
                        });
                    }
                    meet.wait();
                });
                rt.block_on(filler).unwrap();
            }
        }
    });
}

/// A thread that drives goes to sleep, its hook spawns: the thread does not sleep. With each visit.
#[test]
fn park_14_a_park_hook_that_spawns() {
    let place = |work: Work| {
        heist::spawn(async {
            yield_now().await;
            work.done();
        });
    };
    work_in_the_park_hook(one_worker(), place);
    work_in_the_park_hook(Builder::new_current_thread(), place);
}

/// Visits too short to go to sleep must see to the timers all the same.
#[test]
fn park_14_short_visits_keep_the_timers_going() {
    watched(|| {
        let rt = current_thread();
        let done = Arc::new(AtomicBool::new(false));
        let tell = done.clone();
        rt.spawn(async move {
            heist::time::sleep(Duration::from_millis(1)).await;
            tell.store(true, SeqCst);
        });
        while !done.load(SeqCst) {
            rt.block_on(yield_now());
        }
    });
}

/// The same for sockets.
#[test]
fn park_14_short_visits_keep_the_sockets_going() {
    watched(|| {
        let rt = current_thread();
        let done = Arc::new(AtomicBool::new(false));
        let tell = done.clone();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let peer = thread::spawn(move || {
            use std::io::Write;
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(&[7]).unwrap();
        });
        rt.spawn(async move {
            let mut stream = heist::net::TcpStream::connect(address).await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), 7);
            tell.store(true, SeqCst);
        });
        while !done.load(SeqCst) {
            rt.block_on(yield_now());
        }
        peer.join().unwrap();
    });
}

/// The closure of `block_in_place` waits for a task that has just yielded on the same worker.
#[test]
fn park_15_yielded_tasks_are_handed_over() {
    watched(|| {
        for workers in [1, 2] {
            let rt = multi_thread(workers);
            for _ in 0..100 {
                let task = rt.spawn(async {
                    let (tell, told) = mpsc::channel();
                    let other = heist::spawn(async move {
                        for _ in 0..3 {
                            yield_now().await;
                        }
                        tell.send(()).unwrap();
                    });
                    yield_now().await;
                    block_in_place(|| told.recv().unwrap());
                    other.await.unwrap();
                });
                rt.block_on(task).unwrap();
            }
        }
    });
}

/// So is the one that the task has just woken, from its LIFO slot.
#[test]
fn park_15_a_woken_task_is_handed_over() {
    watched(|| {
        let rt = multi_thread(1);
        for _ in 0..100 {
            let task = rt.spawn(async {
                let (tell, told) = mpsc::channel();
                let (wake, woken) = oneshot::channel();
                let other = heist::spawn(async move {
                    woken.await.unwrap();
                    tell.send(()).unwrap();
                });
                yield_now().await;
                wake.send(()).unwrap();
                block_in_place(|| told.recv().unwrap());
                other.await.unwrap();
            });
            rt.block_on(task).unwrap();
        }
    });
}

/// No wake-up is lost or late by the kernel's doing either: with the net stretched below, nothing falls into it.
#[test]
fn park_22_a_chain_of_wakes_needs_no_rescue() {
    watched(|| {
        needs_no_rescue(
            || guarded(2),
            |rt| {
                let mut done = rt.spawn(async {});
                for _ in 0..500 {
                    let before = done;
                    // From a sleeping worker to a sleeping thread and back.
                    done = rt.spawn(async { before.await.unwrap() });
                    wait_until_asleep(rt.handle());
                }
                rt.block_on(done).unwrap();
            },
        );
        let rt = multi_thread(2);
        let gate = block_workers(rt.handle(), 2);
        gate.open();
        all_workers_run_at_once(&rt);
    });
}
