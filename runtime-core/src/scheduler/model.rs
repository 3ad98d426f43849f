//! Models of sleeping and waking under loom: the parker, the seat, who wakes whom, and who finishes a runtime.

mod close;
mod embed;
mod root;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use loom::thread;

use super::idle::Idle;
use super::park::{Parker, Seat};
use crate::primitive::{Condvar, Mutex};

/// A driver's wait: a sticky token under a lock.
struct FakeDriver {
    token: Mutex<bool>,
    arrived: Condvar,
}

impl FakeDriver {
    fn new() -> Self {
        Self {
            token: Mutex::new(false),
            arrived: Condvar::new(),
        }
    }

    fn park(&self) {
        let mut token = self.token.lock();
        while !*token {
            self.arrived.wait(&mut token);
        }
        *token = false;
    }

    fn unpark(&self) {
        *self.token.lock() = true;
        self.arrived.notify_one();
    }
}

/// PARK-04: one thread parks until it has seen both of two unparkers' writes; a token is never lost, whoever leaves it.
#[test]
fn loom_park_04_two_unparkers_and_one_parked() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let written = Arc::new(AtomicUsize::new(0));
        let unparkers: Vec<_> = (0..2)
            .map(|_| {
                let (parker, written) = (parker.clone(), written.clone());
                thread::spawn(move || {
                    written.fetch_add(1, Relaxed);
                    parker.unpark(|| {});
                })
            })
            .collect();
        while written.load(Relaxed) < 2 {
            parker.park(None);
        }
        for unparker in unparkers {
            unparker.join().expect("an unparker ends");
        }
    });
}

/// PARK-04: a sleeper that is seated in the driver is woken through it, and sees what was written before.
#[test]
fn loom_park_04_unpark_reaches_the_seat() {
    loom::model(|| {
        let parker = Arc::new(Parker::new());
        let driver = Arc::new(FakeDriver::new());
        let written = Arc::new(AtomicBool::new(false));
        let unparker = {
            let (parker, driver, written) = (parker.clone(), driver.clone(), written.clone());
            thread::spawn(move || {
                written.store(true, Relaxed);
                parker.unpark(|| driver.unpark());
            })
        };
        while !written.load(Relaxed) {
            parker.park_seated(|| driver.park());
        }
        unparker.join().expect("the unparker ends");
    });
}

/// PARK-16: two idle threads, one seat; an event for each reaches both, whoever sits.
#[test]
fn loom_park_16_two_idle_threads_share_the_seat() {
    loom::model(|| {
        let seat = Arc::new(Seat::new());
        let driver = Arc::new(FakeDriver::new());
        let parkers = Arc::new([Parker::new(), Parker::new()]);
        let work = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
        let sleepers: Vec<_> = (0..2)
            .map(|me| {
                let (seat, driver, parkers, work) =
                    (seat.clone(), driver.clone(), parkers.clone(), work.clone());
                thread::spawn(move || {
                    while !work[me].load(SeqCst) {
                        match seat.try_sit() {
                            Some(_seat) => parkers[me].park_seated(|| driver.park()),
                            None => drop(parkers[me].park(None)),
                        }
                    }
                })
            })
            .collect();
        for me in 0..2 {
            work[me].store(true, SeqCst);
            parkers[me].unpark(|| driver.unpark());
        }
        for sleeper in sleepers {
            sleeper.join().expect("a sleeper ends");
        }
    });
}

/// A scheduler reduced to one queue, its idle state, and parkers.
struct Small {
    idle: Idle,
    parkers: [Parker; 2],
    /// Tasks in the injector. Relaxed throughout: the idle protocol alone must order it.
    queued: AtomicUsize,
    done: AtomicUsize,
    wanted: usize,
}

impl Small {
    fn new(wanted: usize) -> Arc<Self> {
        let parkers = [Parker::new(), Parker::new()];
        Arc::new(Self {
            idle: Idle::new(2, 2),
            parkers,
            queued: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            wanted,
        })
    }

    fn push_outside(&self) {
        self.queued.fetch_add(1, Relaxed);
        if let Some(slot) = self.idle.outside_push_wakes() {
            self.parkers[slot].unpark(|| {});
        }
    }

    fn take(&self) -> bool {
        self.queued
            .fetch_update(Relaxed, Relaxed, |queued| queued.checked_sub(1))
            .is_ok()
    }

    /// The worker's search and sleep, without the queues that only it sees.
    fn work(&self, me: usize) {
        let mut searching = false;
        while self.done.load(Relaxed) < self.wanted {
            if self.take() {
                if std::mem::take(&mut searching)
                    && self.idle.stop_search()
                    && self.queued.load(Relaxed) > 0
                {
                    self.wake_next();
                }
                self.done.fetch_add(1, Relaxed);
                if self.done.load(Relaxed) == self.wanted {
                    self.parkers.iter().for_each(|parker| parker.unpark(|| {}));
                }
                continue;
            }
            if !searching && self.idle.start_search() {
                searching = true;
                continue;
            }
            if std::mem::take(&mut searching) {
                self.idle.stop_search();
            }
            self.idle.announce_sleep(me);
            if self.queued.load(Relaxed) == 0 && self.done.load(Relaxed) < self.wanted {
                self.parkers[me].park(None);
            }
            searching = !self.idle.retract_sleep(me);
        }
    }

    fn wake_next(&self) {
        if let Some(slot) = self.idle.claim_unless_searching() {
            self.parkers[slot].unpark(|| {});
        }
    }
}

/// PARK-01: a push from outside while the only worker goes to sleep is run.
#[test]
fn loom_park_01_a_push_races_with_going_to_sleep() {
    loom::model(|| {
        let small = Small::new(1);
        let worker = {
            let small = small.clone();
            thread::spawn(move || small.work(0))
        };
        small.push_outside();
        worker.join().expect("the worker ends");
        assert_eq!(small.done.load(Relaxed), 1);
    });
}

/// PARK-02: two pushes from outside while a worker searches; the second may not rely on a searcher that finds the first.
#[test]
fn loom_park_02_the_last_searcher_leaves_while_work_arrives() {
    loom::model(|| {
        let small = Small::new(2);
        let worker = {
            let small = small.clone();
            thread::spawn(move || small.work(0))
        };
        let pusher = {
            let small = small.clone();
            thread::spawn(move || small.push_outside())
        };
        small.push_outside();
        pusher.join().expect("the pusher ends");
        worker.join().expect("the worker ends");
        assert_eq!(small.done.load(Relaxed), 2);
    });
}

/// PARK-02: the last searcher stops with a task in hand while another arrives, beside a sleeper: one of the two wakes it.
#[test]
fn loom_park_02_the_last_searcher_stops_beside_a_sleeper() {
    loom::model(|| {
        let idle = Arc::new(Idle::new(2, 2));
        let queued = Arc::new(AtomicBool::new(false));
        assert!(idle.start_search());
        idle.announce_sleep(1);
        let pusher = {
            let (idle, queued) = (idle.clone(), queued.clone());
            thread::spawn(move || {
                queued.store(true, Relaxed);
                idle.outside_push_wakes()
            })
        };
        let owes = idle.stop_search() && queued.load(Relaxed);
        let successor = owes.then(|| idle.claim_unless_searching()).flatten();
        let claimed = pusher.join().expect("the pusher ends");
        assert_eq!(successor.or(claimed), Some(1));
    });
}

/// The guard dives while a worker wakes up: it sees the worker awake, or the worker sees it deep.
#[test]
fn loom_guard_dives_while_a_worker_wakes_up() {
    loom::model(|| {
        let idle = Arc::new(Idle::new(1, 1));
        let guard = Arc::new(super::guard::Guard::new());
        idle.announce_sleep(0);
        let worker = {
            let (idle, guard) = (idle.clone(), guard.clone());
            thread::spawn(move || {
                idle.retract_sleep(0);
                guard.somebody_is_awake(|| {});
            })
        };
        guard.dive_while(|| idle.sleeps(0));
        worker.join().expect("the worker ends");
    });
}

/// PARK-02: a slot that wakes up by itself while it is claimed, and finds other work at once, looks at the injector on its claimer's behalf.
#[test]
fn loom_park_02_a_claimed_slot_stops_to_search_before_it_is_counted() {
    loom::model(|| {
        let idle = Arc::new(Idle::new(2, 2));
        let queued = Arc::new(AtomicBool::new(false));
        idle.announce_sleep(0);
        let pusher = {
            let (idle, queued) = (idle.clone(), queued.clone());
            thread::spawn(move || {
                queued.store(true, Relaxed);
                idle.outside_push_wakes()
            })
        };
        if !idle.retract_sleep(0) {
            assert!(idle.stop_search(), "it must look again");
            assert!(queued.load(Relaxed));
        }
        pusher.join().expect("the pusher ends");
        assert!(!idle.any_searches());
    });
}

/// Two workers reduced to where they wait: each runs dry once, and goes to wait beside if the other is awake, in the seat if not.
struct Resting {
    idle: Idle,
    seat: Seat,
    driver: FakeDriver,
    parkers: [Parker; 2],
    got_event: AtomicBool,
}

impl Resting {
    /// As `Worker::sleep` and `Worker::wait`, at the end of a watch that saw a visit: where nothing is left but to believe that the peer is awake.
    fn run_dry(&self, me: usize) {
        while !self.got_event.load(SeqCst) {
            self.idle.announce_sleep(me);
            if !self.idle.sleeps(1 - me) {
                self.parkers[me].park(None);
            } else if let Some(_seat) = self.seat.try_sit() {
                self.parkers[me].park_seated(|| {
                    self.driver.park();
                    self.got_event.store(true, SeqCst);
                    for parker in &self.parkers {
                        parker.unpark(|| self.driver.unpark());
                    }
                });
            } else {
                self.parkers[me].park(None);
            }
            self.idle.retract_sleep(me);
        }
    }
}

/// PARK-16: two workers run dry at once, and each may take the other for awake; one sits nevertheless, and gets the event.
#[test]
fn loom_park_16_of_two_that_run_dry_one_sits() {
    loom::model(|| {
        let resting = Arc::new(Resting {
            idle: Idle::new(2, 2),
            seat: Seat::new(),
            driver: FakeDriver::new(),
            parkers: [Parker::new(), Parker::new()],
            got_event: AtomicBool::new(false),
        });
        let other = {
            let resting = resting.clone();
            thread::spawn(move || resting.run_dry(1))
        };
        resting.driver.unpark();
        resting.run_dry(0);
        other.join().expect("the other ends");
    });
}
