//! Queues: rows QUEUE-01 to QUEUE-13 of the catalogue, as far as they show from outside.
//!
//! Elsewhere: the width of an element and counters that wrap in `runtime-core`, memory in `tests/queue_memory.rs`, seeds in `runtime_core::util`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::*};
use std::thread;

use heist::runtime::{Builder, Handle, Limit, Runtime};
use heist::sync::{mpsc, oneshot};
use heist::task::yield_now;
use parking_lot::Mutex;

use crate::park::{block_workers, wait_until};
use crate::support::{guarded, multi_thread, watched};

/// Counts the polls of many tasks, each by its number.
struct Tally(Vec<AtomicU32>);

impl Tally {
    fn new(tasks: usize) -> Arc<Self> {
        Arc::new(Self((0..tasks).map(|_| AtomicU32::new(0)).collect()))
    }

    fn count(&self, task: usize) {
        self.0[task].fetch_add(1, Relaxed);
    }

    fn sum(&self) -> usize {
        self.0.iter().map(|count| count.load(SeqCst) as usize).sum()
    }

    /// Each task was polled as often as it asked for, no poll was lost or doubled.
    fn assert_each(&self, polls: u32) {
        for (task, count) in self.0.iter().enumerate() {
            assert_eq!(count.load(SeqCst), polls, "polls of task {task}");
        }
    }
}

/// Every worker fills its deque in bursts and runs it empty while the others steal.
#[test]
fn queue_01_each_task_runs_once_while_deques_grow_and_shrink() {
    const FILLERS: usize = 4;
    const BURSTS: usize = 12;
    const LARGEST: usize = 1024;
    watched(|| {
        let rt = multi_thread(4);
        let tally = Tally::new(FILLERS * BURSTS * LARGEST);
        let fillers: Vec<_> = (0..FILLERS)
            .map(|filler| {
                let tally = tally.clone();
                rt.spawn(async move {
                    for burst in 0..BURSTS {
                        let first = (filler * BURSTS + burst) * LARGEST;
                        // Sizes from small to large and back, so that buffers are swapped both ways.
                        let size = if burst % 2 == 0 { LARGEST } else { 8 };
                        let tasks: Vec<_> = (first..first + size)
                            .map(|task| {
                                let tally = tally.clone();
                                heist::spawn(async move {
                                    tally.count(task);
                                    yield_now().await;
                                    tally.count(task);
                                })
                            })
                            .collect();
                        for task in tasks {
                            task.await.unwrap();
                        }
                        (first + size..first + LARGEST).for_each(|task| {
                            tally.count(task);
                            tally.count(task);
                        });
                    }
                })
            })
            .collect();
        rt.block_on(async {
            for filler in fillers {
                filler.await.unwrap();
            }
        });
        tally.assert_each(2);
    });
}

/// Lent threads that take one task at a time steal from each other, and each is a victim while it is a thief.
#[test]
fn queue_04_thieves_that_are_victims() {
    const THIEVES: usize = 3;
    const TASKS: usize = 6000;
    watched(|| {
        let rt = multi_thread(1);
        let gate = block_workers(rt.handle(), 1);
        let tally = Tally::new(TASKS);
        for task in 0..TASKS {
            let tally = tally.clone();
            rt.spawn(async move {
                for _ in 0..3 {
                    tally.count(task);
                    yield_now().await;
                }
            });
        }
        thread::scope(|scope| {
            for _ in 0..THIEVES {
                scope.spawn(|| {
                    let mut lent = rt.handle().lend().unwrap();
                    while tally.sum() < 3 * TASKS {
                        for _ in 0..200 {
                            let _ = lent.turn(Limit::polls(2));
                        }
                    }
                });
            }
        });
        tally.assert_each(3);
        gate.open();
    });
}

/// Spawns tasks on the current runtime that write their numbers down.
fn spawn_numbered(tasks: usize, order: &Arc<Mutex<Vec<usize>>>) {
    for task in 0..tasks {
        let order = order.clone();
        heist::spawn(async move { order.lock().push(task) });
    }
}

const SIZES: [usize; 9] = [1, 2, 3, 31, 32, 33, 64, 65, 5000];

/// A queue that outgrows its buffer keeps its order; only the last task spawned comes first, from the LIFO slot.
#[test]
fn queue_05_a_queue_that_grows_keeps_its_order() {
    watched(|| {
        let rt = multi_thread(1);
        for tasks in SIZES {
            let order = Arc::new(Mutex::new(Vec::new()));
            let filler = order.clone();
            rt.block_on(rt.spawn(async move { spawn_numbered(tasks, &filler) }))
                .unwrap();
            wait_until(|| order.lock().len() == tasks);
            let expected: Vec<_> = [tasks - 1].into_iter().chain(0..tasks - 1).collect();
            assert_eq!(*order.lock(), expected);
        }
    });
}

/// Batches taken from a victim, one after the other, keep its order.
#[test]
fn queue_05_stolen_batches_keep_their_order() {
    watched(|| {
        for tasks in SIZES {
            let rt = guarded(1);
            let mut lent = rt.handle().lend().unwrap();
            let order = Arc::new(Mutex::new(Vec::new()));
            let (filled, done) = (
                Arc::new(AtomicBool::new(false)),
                Arc::new(AtomicBool::new(false)),
            );
            let victim = {
                let (order, filled, done) = (order.clone(), filled.clone(), done.clone());
                rt.spawn(async move {
                    spawn_numbered(tasks, &order);
                    filled.store(true, SeqCst);
                    wait_until(|| done.load(SeqCst));
                })
            };
            wait_until(|| filled.load(SeqCst));
            while order.lock().len() < tasks {
                let turn = lent.turn(Limit::polls(1));
                assert!(turn.polled <= 1);
            }
            done.store(true, SeqCst);
            rt.block_on(victim).unwrap();
            // The one in the LIFO slot is freed last.
            assert_eq!(*order.lock(), (0..tasks).collect::<Vec<_>>());
        }
    });
}

/// Tasks from outside are taken in batches, with one from the front in between now and then: none is overtaken by more than that.
#[test]
fn queue_05_batches_from_outside_keep_their_order_roughly() {
    watched(|| {
        for tasks in SIZES {
            let rt = multi_thread(1);
            let gate = block_workers(rt.handle(), 1);
            let order = Arc::new(Mutex::new(Vec::new()));
            {
                let _context = rt.enter();
                spawn_numbered(tasks, &order);
            }
            gate.open();
            wait_until(|| order.lock().len() == tasks);
            for (place, &task) in order.lock().iter().enumerate() {
                // A batch is at most 64 tasks, and as many polls pass until the next look outside.
                assert!(
                    place.abs_diff(task) <= 128,
                    "task {task} ran in place {place}"
                );
            }
        }
    });
}

/// Where the lockfile of the workspace stands, no dependency is below the floor under which a bug of its own reaches us.
#[test]
fn queue_08_dependencies_are_above_their_floors() {
    let lock = include_str!("../../Cargo.lock");
    let floors = [
        ("crossbeam-deque", [0, 8, 6]),
        ("crossbeam-epoch", [0, 9, 20]),
        ("crossbeam-utils", [0, 8, 7]),
        ("slab", [0, 4, 11]),
        ("bytes", [1, 11, 1]),
        ("polling", [3, 11, 0]),
    ];
    for (name, floor) in floors {
        let heading = format!("name = \"{name}\"\nversion = \"");
        let mut found = 0;
        for (_, rest) in lock
            .match_indices(&heading)
            .map(|(at, it)| (at, &lock[at + it.len()..]))
        {
            let version: Vec<u64> = rest[..rest.find('"').unwrap()]
                .split('.')
                .map(|part| part.parse().unwrap())
                .collect();
            assert!(
                version[..] >= floor[..],
                "{name} {version:?} is below {floor:?}"
            );
            found += 1;
        }
        assert!(found > 0, "{name} is not in the lockfile");
    }
}

/// Answers each request with its number plus one, until nobody asks any more.
async fn serve(mut requests: mpsc::Receiver<(u32, oneshot::Sender<u32>)>) {
    while let Some((number, answer)) = requests.recv().await {
        heist::spawn(async move { answer.send(number + 1) });
    }
}

/// Two runtimes call each other through channels that hold one request: neither wakes the other by waiting for room.
#[test]
fn queue_13_two_runtimes_call_each_other() {
    fn runtimes() -> [Runtime; 2] {
        [1, 2].map(|workers| {
            Builder::new_multi_thread()
                .worker_threads(workers)
                .enable_all()
                .build()
                .unwrap()
        })
    }
    fn calls(from: &Handle, to: &Handle, left: &Arc<AtomicUsize>) {
        let (ask, requests) = mpsc::channel(1);
        to.spawn(serve(requests));
        for _ in 0..CALLERS {
            let (ask, left) = (ask.clone(), left.clone());
            from.spawn(async move {
                for number in 0..CALLS {
                    let (answer, answered) = oneshot::channel();
                    ask.send((number, answer)).await.unwrap();
                    assert_eq!(answered.await, Ok(number + 1));
                }
                left.fetch_sub(1, SeqCst);
            });
        }
    }
    const CALLERS: usize = 8;
    const CALLS: u32 = 200;
    watched(|| {
        let [a, b] = runtimes();
        let left = Arc::new(AtomicUsize::new(2 * CALLERS));
        calls(a.handle(), b.handle(), &left);
        calls(b.handle(), a.handle(), &left);
        wait_until(|| left.load(SeqCst) == 0);
    });
}
