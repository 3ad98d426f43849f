//! The blocking pool through handles: rows POOL-05, -07, -08, -12 and -14. The others are tested beside the pool itself, in `runtime-core`.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use std::{iter, thread};

use heist::runtime::{Builder, Handle, Runtime};
use heist::task::{JoinHandle, spawn_blocking};

use crate::park::{Gate, wait_until};
use crate::support::{flavours, on_every_flavour, watched};

/// More than the address space has.
const NO_STACK: usize = usize::MAX / 2;

fn raise(count: &AtomicUsize) {
    count.fetch_add(1, SeqCst);
}

/// Raises the counts of threads that started and of threads that stopped.
fn counting(builder: &mut Builder) -> [Arc<AtomicUsize>; 2] {
    let counts: [Arc<AtomicUsize>; 2] = Default::default();
    let [starts, stops] = counts.clone();
    builder
        .on_thread_start(move || raise(&starts))
        .on_thread_stop(move || raise(&stops));
    counts
}

#[test]
fn pool_05_a_runtime_whose_threads_cannot_be_started_is_an_error() {
    watched(|| {
        let mut builder = Builder::new_multi_thread();
        let [starts, _] = counting(&mut builder);
        builder
            .worker_threads(2)
            .thread_stack_size(NO_STACK)
            .enable_all();
        for _ in 0..3 {
            builder.build().unwrap_err();
        }
        assert_eq!(starts.load(SeqCst), 0);
        // The builder is as good as before.
        let rt = builder.thread_stack_size(1 << 20).build().unwrap();
        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    });
}

/// One of the threads has a name that no thread can have; those before it have been started.
#[test]
fn pool_05_threads_already_started_are_gone() {
    watched(|| {
        for workers in 1..=5 {
            let names = AtomicUsize::new(0);
            let mut builder = Builder::new_multi_thread();
            let [starts, stops] = counting(&mut builder);
            builder
                .worker_threads(6)
                .thread_name_fn(move || match names.fetch_add(1, SeqCst) {
                    name if name == workers => "no\0name".to_owned(),
                    name => format!("worker-{name}"),
                })
                .enable_all();
            let weak = Arc::downgrade(&starts);
            builder.build().unwrap_err();
            // Those that came to life have ended, and nothing keeps the hooks but the builder.
            assert_eq!(starts.load(SeqCst), stops.load(SeqCst));
            drop((starts, builder));
            assert_eq!(weak.strong_count(), 0);
        }
    });
}

/// A current-thread runtime has no thread to start; it finds out with the first job.
#[test]
fn pool_05_a_job_for_which_no_thread_can_be_started_is_cancelled() {
    watched(|| {
        let rt = Builder::new_current_thread()
            .thread_stack_size(NO_STACK)
            .enable_all()
            .build()
            .unwrap();
        for _ in 0..3 {
            let job = rt.spawn_blocking(|| unreachable!("there is no thread"));
            assert!(rt.block_on(job).unwrap_err().is_cancelled());
        }
        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
        assert_eq!(rt.metrics().num_blocking_threads(), 0);
    });
}

#[test]
fn pool_07_jobs_in_jobs_in_jobs_have_a_context() {
    on_every_flavour(|| async {
        let outside = Handle::current().id();
        let ids = spawn_blocking(|| {
            let second = spawn_blocking(|| {
                let third = spawn_blocking(|| {
                    // Each kind of use, at the bottom.
                    let handle = Handle::current();
                    let task = heist::spawn(async { heist::time::sleep(Duration::ZERO).await });
                    handle.block_on(task).unwrap();
                    vec![handle.id()]
                });
                let handle = Handle::current();
                let mut ids = handle.block_on(third).unwrap();
                ids.push(handle.id());
                ids
            });
            let handle = Handle::current();
            let mut ids = handle.block_on(second).unwrap();
            ids.push(handle.id());
            ids
        });
        assert_eq!(ids.await.unwrap(), [outside; 3]);
    });
}

/// A runtime of each kind whose pool has one thread, which is busy until the gate opens.
fn busy_pools() -> impl Iterator<Item = (Runtime, JoinHandle<()>, Arc<Gate>)> {
    let mut many = Builder::new_multi_thread();
    many.worker_threads(2);
    [Builder::new_current_thread(), many]
        .into_iter()
        .map(|mut builder| {
            let rt = builder
                .max_blocking_threads(1)
                .enable_all()
                .build()
                .unwrap();
            let (gate, (tell, told)) = (Arc::new(Gate::default()), channel());
            let wait = gate.clone();
            let job = rt.spawn_blocking(move || {
                tell.send(()).unwrap();
                wait.wait();
            });
            told.recv().unwrap();
            (rt, job, gate)
        })
}

#[test]
fn pool_08_jobs_queued_at_shutdown_are_cancelled_and_the_one_that_runs_is_waited_for() {
    watched(|| {
        for (rt, running, gate) in busy_pools() {
            let queued: Vec<_> =
                iter::repeat_with(|| rt.spawn_blocking(|| unreachable!("it was queued")))
                    .take(20)
                    .collect();
            assert_eq!(rt.metrics().blocking_queue_depth(), 20);
            let other = crate::support::current_thread();
            // Whoever waits for a queued job hears of its end while the drop still waits for the other.
            let dropper = thread::spawn(move || drop(rt));
            other.block_on(async {
                for job in queued {
                    assert!(job.await.unwrap_err().is_cancelled());
                }
            });
            assert!(!running.is_finished());
            gate.open();
            dropper.join().unwrap();
            assert!(running.is_finished());
            other.block_on(running).unwrap();
        }
    });
}

#[test]
fn pool_08_jobs_after_shutdown_are_cancelled() {
    watched(|| {
        for (rt, running, gate) in busy_pools() {
            let handle = rt.handle().clone();
            rt.shutdown_background();
            let late =
                [(); 3].map(|()| handle.spawn_blocking(|| unreachable!("the runtime is gone")));
            let other = crate::support::current_thread();
            other.block_on(async {
                for job in late {
                    assert!(job.await.unwrap_err().is_cancelled());
                }
                gate.open();
                running.await.unwrap();
            });
        }
    });
}

/// Each of the jobs waits for all others, so as many threads are needed.
#[test]
fn pool_12_a_burst_gets_its_threads_and_they_retire() {
    const JOBS: usize = 200;
    watched(|| {
        let mut many = Builder::new_multi_thread();
        many.worker_threads(2);
        for mut builder in [Builder::new_current_thread(), many] {
            let rt = builder
                .thread_keep_alive(Duration::from_millis(1))
                .max_blocking_threads(JOBS)
                .thread_stack_size(256 << 10)
                .build()
                .unwrap();
            let metrics = rt.metrics();
            assert_eq!(metrics.num_blocking_threads(), 0);
            for _ in 0..3 {
                let meeting = Arc::new(std::sync::Barrier::new(JOBS + 1));
                let jobs: Vec<_> = iter::repeat_with(|| {
                    let meeting = meeting.clone();
                    rt.spawn_blocking(move || {
                        meeting.wait();
                        meeting.wait();
                    })
                })
                .take(JOBS)
                .collect();
                meeting.wait();
                assert_eq!(metrics.num_blocking_threads(), JOBS);
                assert_eq!(
                    (
                        metrics.num_idle_blocking_threads(),
                        metrics.blocking_queue_depth()
                    ),
                    (0, 0)
                );
                meeting.wait();
                rt.block_on(async {
                    for job in jobs {
                        job.await.unwrap();
                    }
                });
                wait_until(|| metrics.num_blocking_threads() == 0);
            }
            assert_eq!(rt.block_on(rt.spawn_blocking(|| 1)).unwrap(), 1);
        }
    });
}

thread_local! {
    static LEFT_BEHIND: RefCell<Option<UsesTheRuntime>> = const { RefCell::new(None) };
}

/// A value of a thread that wants everything from the runtime when the thread ends.
struct UsesTheRuntime {
    handle: Handle,
    tell: Sender<JoinHandle<u8>>,
}

impl Drop for UsesTheRuntime {
    fn drop(&mut self) {
        // What is thread-local of the runtime may be gone, which is an error and no abort.
        let _ = Handle::try_current();
        let _ = std::panic::catch_unwind(|| heist::spawn(async {}));
        let _ = std::panic::catch_unwind(|| drop(self.handle.enter()));
        let _ = self.tell.send(self.handle.spawn(async { 1 }));
        let _ = self.tell.send(self.handle.spawn_blocking(|| 2));
    }
}

#[test]
fn pool_14_a_thread_that_retires_with_values_that_use_the_runtime() {
    watched(|| {
        for builder in [Builder::new_current_thread, Builder::new_multi_thread] {
            let rt = builder()
                .worker_threads(2)
                .thread_keep_alive(Duration::ZERO)
                .enable_all()
                .build()
                .unwrap();
            let (tell, told) = channel();
            let handle = rt.handle().clone();
            let job =
                rt.spawn_blocking(move || LEFT_BEHIND.set(Some(UsesTheRuntime { handle, tell })));
            rt.block_on(job).unwrap();
            // The value is gone when the channel is; both of its wishes were heard.
            let wishes: Vec<_> = told.iter().collect();
            let heard: Vec<_> = wishes
                .into_iter()
                .map(|wish| rt.block_on(wish).unwrap())
                .collect();
            assert_eq!(heard, [1, 2]);
            wait_until(|| rt.metrics().num_blocking_threads() == 0);
        }
    });
}

/// The same at shutdown: the thread ends because the pool does.
#[test]
fn pool_14_a_thread_that_ends_with_the_runtime() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let (tell, told) = channel();
            let handle = rt.handle().clone();
            let job =
                rt.spawn_blocking(move || LEFT_BEHIND.set(Some(UsesTheRuntime { handle, tell })));
            rt.block_on(job).unwrap();
            drop(rt);
            let other = crate::support::current_thread();
            let wishes: Vec<_> = told.iter().collect();
            assert_eq!(wishes.len(), 2);
            for wish in wishes {
                assert!(other.block_on(wish).unwrap_err().is_cancelled());
            }
        }
    });
}
