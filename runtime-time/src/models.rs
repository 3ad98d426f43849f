//! Models of the protocols, for loom: each asks one question of two or three threads.

use crate::home::Home;
use crate::moment::{Moment, NEVER};
use crate::shard::{Lease, Look, Shard};
use loom::thread;
use runtime_core::Driver;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

/// Some deadlines, all later than any real now.
const EARLY: Moment = 1 << 63;
const LATE: Moment = EARLY + (1 << 40);

/// A driver to wait in: `unpark` is all that ends a wait.
#[derive(Default)]
struct Bed(loom::sync::Notify);

impl Driver for Bed {
    fn park(&self, _timeout: Option<Duration>) {
        self.0.wait();
    }

    fn unpark(&self) {
        self.0.notify();
    }

    fn shutdown(&self) {}
}

/// Counts how often it is woken. Not part of the protocol, hence not loom's.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// One wheel and what it belongs to.
struct Scene {
    home: Arc<Home>,
    lease: Lease,
    bell: Arc<Bell>,
}

impl Scene {
    fn new() -> Self {
        let home = Arc::new(Home::new(Arc::new(Bed::default())));
        let shard: &Shard = Box::leak(Box::new(Shard::new()));
        Self {
            lease: shard.open(Arc::clone(&home)),
            home,
            bell: Arc::default(),
        }
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.bell))
    }

    fn rings(&self) -> usize {
        self.bell.0.load(Ordering::Relaxed)
    }

    /// What a thread does in the seat that must not sleep past `deadline`: hangs if it does, which loom reports.
    fn sit_until(&self, deadline: Moment) {
        loop {
            self.home.seat.sit();
            let until = self.lease.shard.next();
            self.home.seat.wait_until(until);
            if until <= deadline {
                break;
            }
            self.home.driver.park(None);
            self.home.seat.rise();
        }
        self.home.seat.rise();
    }

    /// Nothing is left behind.
    fn strike(self) {
        self.lease.shard.vacate();
        assert_eq!(self.lease.shard.armed(), 0);
        assert_eq!(self.lease.shard.next(), NEVER);
        assert_eq!(Arc::strong_count(&self.bell), 1, "no waker is kept");
    }
}

#[test]
fn loom_time_06_an_insert_is_seen_by_the_thread_that_sits_down() {
    loom::model(|| {
        let scene = Scene::new();
        let (lease, waker) = (scene.lease, scene.waker());
        let arms = thread::spawn(move || lease.arm(EARLY, waker).expect("it is open"));
        scene.sit_until(EARLY);
        let key = arms.join().expect("no panic");
        assert_eq!(scene.lease.shard.fire(EARLY), 1);
        assert!(matches!(lease.look(key, Waker::noop()), Look::Fired));
        assert_eq!(scene.rings(), 1);
        scene.strike();
    });
}

#[test]
fn loom_time_06_of_two_wheels_the_sitter_sees_both() {
    loom::model(|| {
        let scene = Scene::new();
        let other: &Shard = Box::leak(Box::new(Shard::new()));
        let theirs = other.open(Arc::clone(&scene.home));
        let (lease, wakers) = (scene.lease, [scene.waker(), scene.waker()]);
        let [late, early] = wakers;
        let arms_late = thread::spawn(move || lease.arm(LATE, late).expect("it is open"));
        let arms_early = thread::spawn(move || theirs.arm(EARLY, early).expect("it is open"));
        loop {
            scene.home.seat.sit();
            let until = scene.lease.shard.next().min(other.next());
            scene.home.seat.wait_until(until);
            if until == EARLY {
                break;
            }
            scene.home.driver.park(None);
        }
        let (late, early) = (arms_late.join(), arms_early.join());
        scene.lease.disarm(late.expect("no panic"));
        theirs.disarm(early.expect("no panic"));
        other.vacate();
        scene.strike();
    });
}

#[test]
fn loom_time_11_a_reset_to_earlier_is_seen_by_the_thread_that_sits_down() {
    loom::model(|| {
        let scene = Scene::new();
        let lease = scene.lease;
        let key = lease.arm(LATE, scene.waker()).expect("it is open");
        let resets = thread::spawn(move || lease.reset(key, EARLY).expect("it is armed"));
        scene.sit_until(EARLY);
        lease.disarm(resets.join().expect("no panic"));
        scene.strike();
    });
}

#[test]
fn loom_time_08_drop_and_fire() {
    loom::model(|| {
        let scene = Scene::new();
        let lease = scene.lease;
        let key = lease.arm(EARLY, scene.waker()).expect("it is open");
        let fires = thread::spawn(move || lease.shard.fire(EARLY));
        lease.disarm(key);
        assert_eq!(fires.join().expect("no panic"), scene.rings());
        scene.strike();
    });
}

#[test]
fn loom_time_09_cancel_and_insert() {
    loom::model(|| {
        let scene = Scene::new();
        let (lease, waker) = (scene.lease, scene.waker());
        let passes = thread::spawn(move || {
            let key = lease.arm(EARLY, waker).expect("it is open");
            lease.disarm(key);
        });
        let key = lease.arm(LATE, scene.waker()).expect("it is open");
        passes.join().expect("no panic");
        assert_eq!(lease.shard.armed(), 1);
        assert!(lease.shard.next() <= LATE);
        assert_eq!(lease.shard.next_exact(), LATE);
        lease.disarm(key);
        scene.strike();
    });
}

#[test]
fn loom_time_07_two_fire_while_one_arms() {
    loom::model(|| {
        let scene = Scene::new();
        let (lease, waker) = (scene.lease, scene.waker());
        let first = lease.arm(EARLY, scene.waker()).expect("it is open");
        let arms = thread::spawn(move || lease.arm(EARLY, waker).expect("it is open"));
        let fires = thread::spawn(move || lease.shard.fire(EARLY));
        let fired = lease.shard.fire(EARLY);
        let second = arms.join().expect("no panic");
        let fired = fired + fires.join().expect("no panic") + lease.shard.fire(EARLY);
        assert_eq!((fired, scene.rings()), (2, 2), "each once");
        lease.disarm(first);
        lease.disarm(second);
        scene.strike();
    });
}

#[test]
fn loom_reset_and_fire() {
    loom::model(|| {
        let scene = Scene::new();
        let lease = scene.lease;
        let key = lease.arm(EARLY, scene.waker()).expect("it is open");
        let fires = thread::spawn(move || lease.shard.fire(EARLY));
        let key = lease.reset(key, LATE);
        let fired = fires.join().expect("no panic");
        // Either it had fired, and its owner has to arm it anew, or it waits for the later time.
        assert_eq!(fired, usize::from(key.is_none()));
        assert_eq!(lease.shard.armed(), usize::from(key.is_some()));
        assert!(key.is_none() || lease.shard.next() <= LATE);
        if let Some(key) = key {
            lease.disarm(key);
        }
        scene.strike();
    });
}

#[test]
fn loom_down_08_arm_and_close() {
    loom::model(|| {
        let scene = Scene::new();
        let (lease, waker) = (scene.lease, scene.waker());
        let arms = thread::spawn(move || lease.arm(EARLY, waker));
        lease.shard.close();
        match arms.join().expect("no panic") {
            Ok(key) => {
                assert_eq!(scene.rings(), 1, "what was armed in time is woken");
                assert!(matches!(lease.look(key, Waker::noop()), Look::Closed));
            }
            Err(error) => {
                assert!(error.is_shutdown());
                assert_eq!(scene.rings(), 0);
            }
        }
        scene.strike();
    });
}

#[test]
fn loom_idle_who_waits_is_seen_by_the_thread_that_sits_down() {
    loom::model(|| {
        let scene = Scene::new();
        let (home, waker) = (Arc::clone(&scene.home), scene.waker());
        let waits = thread::spawn(move || {
            let entry = home.idle.wait(None, &waker);
            home.driver.unpark();
            entry.expect("no round has ended")
        });
        // What the thread in the seat of a quiet runtime does: hangs if it misses the one who waits, which loom reports.
        while !scene.home.idle.is_anybody() {
            scene.home.driver.park(None);
        }
        scene.home.idle.end_round();
        let entry = waits.join().expect("no panic");
        assert_eq!(scene.rings(), 1);
        assert!(scene.home.idle.wait(Some(entry), Waker::noop()).is_none());
        assert!(!scene.home.idle.is_anybody());
        scene.strike();
    });
}
