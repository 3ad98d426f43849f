//! Queues give their memory back: rows QUEUE-06 and QUEUE-12 of the catalogue. A process of its own, since it counts all its allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::*};

use heist::runtime::{Builder, Runtime};
use heist::task::yield_now;
use parking_lot::{Condvar, Mutex, MutexGuard};

/// Counts what is allocated and not yet freed.
struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: each call is passed on to the system's allocator as it is; counting touches no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The tests of this binary share one counter, so they take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = parking_lot::const_mutex(());
    TURN.lock()
}

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap()
}

/// What threads wait at until it is opened.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }

    fn wait(&self) {
        self.1.wait_while(&mut self.0.lock(), |open| !*open);
    }
}

/// Blocks one worker for as long as the gate is closed, and returns when it is.
fn block_one(rt: &Runtime) -> Arc<Gate> {
    let (gate, inside) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
    let (wait, tell) = (gate.clone(), inside.clone());
    rt.spawn(async move {
        tell.open();
        wait.wait();
    });
    inside.wait();
    gate
}

/// Fails unless the memory in use comes down again. What lock-free queues have discarded is freed by their next users, so there are some.
#[track_caller]
fn assert_comes_back(rt: &Runtime, before: isize, burst: isize) {
    for _ in 0..1000 {
        if LIVE.load(SeqCst) - before <= KEPT {
            return;
        }
        churn(rt, 100);
    }
    let kept = LIVE.load(SeqCst) - before;
    panic!("{kept} bytes of {burst} are kept, more than {KEPT}");
}

/// Spawns tasks from within, and waits for them.
fn churn(rt: &Runtime, tasks: usize) {
    rt.block_on(rt.spawn(async move {
        let handles: Vec<_> = (0..tasks).map(|_| heist::spawn(yield_now())).collect();
        for handle in handles {
            handle.await.unwrap();
        }
    }))
    .unwrap();
}

const BURST: usize = 100_000;

/// What a burst may leave behind: blocks and buffers kept for the next one.
const KEPT: isize = 512 * 1024;

/// A hundred thousand tasks from outside while the only worker is blocked; afterwards their memory is given back.
#[test]
fn queue_12_a_burst_from_outside_gives_its_memory_back() {
    let _alone = alone();
    let rt = runtime(1);
    churn(&rt, 1000);
    let before = LIVE.load(SeqCst);
    let gate = block_one(&rt);
    let left = Arc::new(AtomicUsize::new(BURST));
    for _ in 0..BURST {
        let left = left.clone();
        rt.spawn(async move { left.fetch_sub(1, SeqCst) });
    }
    let burst = LIVE.load(SeqCst) - before;
    assert!(
        burst > 4 * KEPT,
        "the burst is too small to tell: {burst} bytes"
    );
    gate.open();
    while left.load(SeqCst) > 0 {
        std::thread::yield_now();
    }
    assert_comes_back(&rt, before, burst);
}

/// The same into the deque of a worker.
#[test]
fn queue_12_a_burst_from_inside_gives_its_memory_back() {
    let _alone = alone();
    let rt = runtime(1);
    churn(&rt, 1000);
    let before = LIVE.load(SeqCst);
    let burst = rt.block_on(rt.spawn(async move {
        let handles: Vec<_> = (0..BURST).map(|_| heist::spawn(yield_now())).collect();
        let burst = LIVE.load(SeqCst) - before;
        for handle in handles {
            handle.await.unwrap();
        }
        burst
    }));
    assert_comes_back(&rt, before, burst.unwrap());
}

/// And into an unbounded channel.
#[test]
fn queue_12_an_unbounded_channel_gives_its_memory_back() {
    let _alone = alone();
    let rt = runtime(1);
    churn(&rt, 1000);
    let before = LIVE.load(SeqCst);
    let (send, mut receive) = heist::sync::mpsc::unbounded_channel();
    (0..BURST as u64).for_each(|n| send.send([n; 8]).unwrap());
    let burst = LIVE.load(SeqCst) - before;
    rt.block_on(async {
        for n in 0..BURST as u64 {
            assert_eq!(receive.recv().await, Some([n; 8]));
        }
    });
    assert_comes_back(&rt, before, burst);
}

/// One worker is blocked in a poll for the whole time while the others fill and empty their queues: what they discard must not wait for it.
#[test]
fn queue_06_an_idle_slot_does_not_hold_up_reclamation() {
    let _alone = alone();
    let rt = runtime(3);
    churn(&rt, 1000);
    let gate = block_one(&rt);
    let before = LIVE.load(SeqCst);
    let mut most = 0;
    for _ in 0..30 {
        churn(&rt, 10_000);
        most = most.max(LIVE.load(SeqCst) - before);
    }
    gate.open();
    // Three hundred thousand tasks went through: a bound for those of one round and the buffers they need.
    assert!(most < 8 << 20, "{most} bytes are in use");
    assert_comes_back(&rt, before, most);
}
