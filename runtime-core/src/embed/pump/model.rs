//! Loom models of posting: nobody counts on a pump that has looked already, or on a job that was dropped.

use super::count::Count;
use crate::primitive::atomic::{AtomicUsize, Ordering::*, fence};
use crate::primitive::{Arc, thread};

struct World {
    count: Count,
    /// What is queued; Relaxed, so that only the fences of the protocol order it.
    work: AtomicUsize,
}

const CAP: usize = 1;

impl World {
    /// A runtime whose one pump has been posted.
    fn new() -> Arc<Self> {
        let world = Self {
            count: Count::new(),
            work: AtomicUsize::new(0),
        };
        assert!(world.count.post(CAP));
        Arc::new(world)
    }

    fn push(&self) {
        self.work.store(1, Relaxed);
        fence(SeqCst);
        if !self.count.is_suspended() {
            self.count.post(CAP);
        }
    }

    /// The host runs the job: it takes what is there, and ends.
    fn pump(&self) {
        self.count.begin();
        if self.work.load(Relaxed) == 1 {
            self.work.store(0, Relaxed);
        }
        self.count.finish();
        if self.work.load(Relaxed) == 1 {
            self.count.post(CAP);
        }
    }

    /// Nobody runs any more: whether what is queued waits for somebody who comes.
    fn is_served(&self) -> bool {
        self.work.load(Relaxed) == 0 || self.count.now().posted > 0
    }
}

/// A pump that ends beside a push: it sees the task, or the pusher sees that it has gone.
#[test]
fn loom_pump_decrement_vs_push() {
    loom::model(|| {
        let world = World::new();
        let pusher = world.clone();
        let pusher = thread::spawn(move || pusher.push());
        world.pump();
        pusher.join().unwrap();
        assert!(world.is_served());
        assert_eq!(world.count.now().running, 0);
    });
}

/// A job is dropped, while a push counts on it and the guard looks: the guard sees the task, or will see the refusal, or the pusher has posted.
#[test]
fn loom_job_drop_vs_execute() {
    loom::model(|| {
        let world = World::new();
        let (pusher, host) = (world.clone(), world.clone());
        let pusher = thread::spawn(move || pusher.push());
        let host = thread::spawn(move || host.count.refuse());
        // The guard's look, which ends with one at the work.
        let saw_work = world.count.take_refusal() && world.work.load(Relaxed) == 1;
        pusher.join().unwrap();
        host.join().unwrap();
        let now = world.count.now();
        assert!(now.posted <= CAP && now.running == 0);
        assert!(world.is_served() || saw_work || world.count.take_refusal());
    });
}

/// Posting becomes everybody's again beside a push that refrained from it.
#[test]
fn loom_pump_resume_vs_push() {
    loom::model(|| {
        let world = World::new();
        world.count.begin();
        world.count.finish();
        world.count.suspend(true);
        let pusher = world.clone();
        let pusher = thread::spawn(move || pusher.push());
        world.count.suspend(false);
        if world.work.load(Relaxed) == 1 {
            world.count.post(CAP);
        }
        pusher.join().unwrap();
        assert!(world.is_served());
    });
}
