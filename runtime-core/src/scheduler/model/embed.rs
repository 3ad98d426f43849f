//! Models of embedding: threads that come and go beside those that push, the flag of a guest, and who waits in the seat when the last one leaves.

use std::task::{Wake, Waker};
use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use loom::thread;

use super::super::guard::Guard;
use super::super::idle::Idle;
use super::super::park::{Parker, Seat};
use super::super::root::{Caller, Finish, Root, wait_beside};
use super::super::shutdown::shut_down;
use super::FakeDriver;
use crate::Builder;
use crate::driver::Driver;
use crate::embed::bell::{Bell, Host, Hosts};
use crate::handle::Handle;
use crate::util::explore::explore;

/// One task in the injector, a thread that stays, and one that comes and goes. Relaxed throughout: the protocol alone must order it.
struct Passing {
    idle: Idle,
    parker: Parker,
    queued: AtomicUsize,
    done: AtomicBool,
}

/// The slot of the thread that stays.
const STAYS: usize = 0;
/// The slot of the thread that goes.
const GOES: usize = 1;

impl Passing {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            idle: Idle::new(2, 2),
            parker: Parker::new(),
            queued: AtomicUsize::new(0),
            done: AtomicBool::new(false),
        })
    }

    fn push_outside(&self) {
        self.queued.fetch_add(1, Relaxed);
        self.wake(self.idle.outside_push_wakes());
    }

    fn wake(&self, sleeper: Option<usize>) {
        if sleeper == Some(STAYS) {
            self.parker.unpark(|| {});
        }
    }

    fn take(&self) -> bool {
        let taken = self.queued.compare_exchange(1, 0, Relaxed, Relaxed).is_ok();
        if taken {
            self.done.store(true, Relaxed);
            self.parker.unpark(|| {});
        }
        taken
    }

    /// Sleeps until the task has run.
    fn stay(&self) {
        while !self.done.load(Relaxed) && !self.take() {
            self.idle.announce_sleep(STAYS);
            if self.queued.load(Relaxed) == 0 && !self.done.load(Relaxed) {
                self.parker.park(None);
            }
            if !self.idle.retract_sleep(STAYS) {
                self.idle.stop_search();
            }
        }
    }

    /// What `Worker::leave` owes if it has searched.
    fn leave(&self, searching: bool) {
        if searching {
            self.idle.stop_search();
            if self.queued.load(Relaxed) > 0 {
                self.wake(self.idle.outside_push_wakes());
            }
        }
    }
}

/// EMBED-02: a lent thread that sleeps is claimed by a push at the moment its own future is ready and it leaves: it passes the wake-up on.
#[test]
fn loom_lend_leave_vs_notify() {
    explore(|| {
        let passing = Passing::new();
        let stays = {
            let passing = passing.clone();
            thread::spawn(move || passing.stay())
        };
        passing.idle.announce_sleep(GOES);
        let pusher = {
            let passing = passing.clone();
            thread::spawn(move || passing.push_outside())
        };
        // The future is ready: neither a park nor a look at the queue, and off.
        let claimed = !passing.idle.retract_sleep(GOES);
        passing.leave(claimed);
        pusher.join().expect("the pusher ends");
        stays
            .join()
            .expect("the thread that stays has run it, or the other has");
    });
}

/// EMBED-02: a turn that searches and finds nothing ends while a push relies on its search.
#[test]
fn loom_turn_vs_notify() {
    explore(|| {
        let passing = Passing::new();
        let stays = {
            let passing = passing.clone();
            thread::spawn(move || passing.stay())
        };
        let pusher = {
            let passing = passing.clone();
            thread::spawn(move || passing.push_outside())
        };
        let searching = passing.idle.start_search();
        passing.take();
        passing.leave(searching);
        pusher.join().expect("the pusher ends");
        stays.join().expect("one of the two has run it");
    });
}

/// A host's queue that holds at most the one event.
struct Called {
    parker: Parker,
    calls: AtomicUsize,
}

impl Wake for Called {
    fn wake(self: std::sync::Arc<Self>) {
        self.calls.fetch_add(1, Relaxed);
        self.parker.unpark(|| {});
    }
}

/// R9, EMBED-10: two pushes, one of which may only look at the flag; the guest turns when called, and at no other time.
#[test]
fn loom_guest_armed_flag() {
    explore(|| {
        let called = std::sync::Arc::new(Called {
            parker: Parker::new(),
            calls: AtomicUsize::new(0),
        });
        let bell = Bell::new(Host::Waker(Waker::from(called.clone())));
        let hosts = Arc::new(Hosts::new());
        hosts.join(&bell);
        let idle = Arc::new(Idle::new(1, 1));
        let queued = Arc::new(AtomicUsize::new(0));
        let pushers: Vec<_> = (0..2)
            .map(|_| {
                let (hosts, idle, queued) = (hosts.clone(), idle.clone(), queued.clone());
                thread::spawn(move || {
                    queued.fetch_add(1, Relaxed);
                    assert_eq!(idle.outside_push_wakes(), None);
                    hosts.call();
                })
            })
            .collect();
        let (mut ran, mut turns) = (0, 0);
        while ran < 2 {
            called.parker.park(None);
            bell.disarm();
            turns += 1;
            ran += queued.swap(0, Relaxed);
        }
        for pusher in pushers {
            pusher.join().expect("a pusher ends");
        }
        // Once per push at most, and never twice without a turn in between.
        let calls = called.calls.load(Relaxed);
        assert!(turns <= calls && calls <= turns + 1);
    });
}

/// A driver whose descriptor a host watches: readable from an unpark until somebody looks.
struct Watched {
    readable: AtomicBool,
    host: Parker,
}

impl Watched {
    /// The host waits. That takes nothing away.
    fn wait(&self) {
        while !self.readable.load(Acquire) {
            self.host.park(None);
        }
    }
}

impl Driver for Watched {
    fn park(&self, _: Option<Duration>) {
        self.readable.swap(false, AcqRel);
    }

    fn unpark(&self) {
        self.readable.swap(true, AcqRel);
        self.host.unpark(|| {});
    }

    fn shutdown(&self) {}
}

/// R9, EMBED-10: as [`loom_guest_armed_flag`], through a driver whose look takes the call away. The host's first turn is one that it was not called for.
#[test]
fn loom_guest_whose_look_takes_the_call() {
    explore(|| {
        let driver = std::sync::Arc::new(Watched {
            readable: AtomicBool::new(false),
            host: Parker::new(),
        });
        let bell = Bell::new(Host::Driver(driver.clone()));
        let queued = Arc::new(AtomicUsize::new(0));
        let pusher = {
            let (bell, queued) = (bell.clone(), queued.clone());
            thread::spawn(move || {
                for _ in 0..2 {
                    queued.fetch_add(1, Relaxed);
                    bell.ring();
                }
            })
        };
        let mut ran = 0;
        while ran < 2 {
            bell.answer(|| driver.park(Some(Duration::ZERO)));
            ran += queued.swap(0, Relaxed);
            if ran < 2 {
                driver.wait();
            }
        }
        pusher.join().expect("the pusher ends");
    });
}

/// R9: turns of one task that end with more silence the bell, while a thief takes what the host came back for and gives it back later.
#[test]
fn loom_guest_that_promises_to_come() {
    explore(|| {
        let driver = std::sync::Arc::new(Watched {
            readable: AtomicBool::new(false),
            host: Parker::new(),
        });
        let bell = Bell::new(Host::Driver(driver.clone()));
        let queued = Arc::new(AtomicUsize::new(0));
        let push = |bell: &Bell, queued: &AtomicUsize| {
            queued.fetch_add(1, Relaxed);
            bell.ring();
        };
        let take = |queued: &AtomicUsize| {
            let one_less = |tasks: usize| tasks.checked_sub(1);
            queued.fetch_update(Relaxed, Relaxed, one_less).is_ok()
        };
        let thief = {
            let (bell, queued) = (bell.clone(), queued.clone());
            thread::spawn(move || {
                if take(&queued) {
                    push(&bell, &queued);
                }
            })
        };
        push(&bell, &queued);
        push(&bell, &queued);
        let mut ran = 0;
        while ran < 2 {
            bell.answer(|| driver.park(Some(Duration::ZERO)));
            ran += usize::from(take(&queued));
            // As `GuestLoop::turn_with_all`, `GuestLoop::is_due`.
            let promised = queued.load(Relaxed) > 0;
            if promised {
                bell.silence();
            }
            let mut is_due = queued.load(Relaxed) > 0;
            if !is_due && promised {
                bell.disarm();
                is_due = queued.load(Relaxed) > 0;
            }
            if ran < 2 && !is_due {
                driver.wait();
            }
        }
        thief.join().expect("the thief ends");
    });
}

/// A hosted runtime reduced to its seat: one thread that drives, the guard, and an event.
struct Seated {
    seat: Seat,
    guard: Guard,
    driver: FakeDriver,
    occupied: AtomicBool,
    /// What the driver would report, beside being unparked.
    event: AtomicBool,
    got_event: AtomicBool,
}

impl Seated {
    fn wait(&self) {
        self.driver.park();
        if self.event.load(SeqCst) {
            self.got_event.store(true, SeqCst);
        }
    }

    /// As the guard's `sit`.
    fn sit(&self) {
        if let Some(_seat) = self.seat.try_sit() {
            let deserted = || !self.occupied.load(SeqCst);
            self.guard.sit_while(deserted, || self.wait());
        } else {
            self.guard.dive_while(|| true);
        }
    }
}

/// The last thread that drives leaves while an event arrives, and while the guard looks whether somebody drives: one of the two gets it.
#[test]
fn loom_seat_last_driver_vs_event() {
    explore(|| {
        let seated = Arc::new(Seated {
            seat: Seat::new(),
            guard: Guard::new(),
            driver: FakeDriver::new(),
            occupied: AtomicBool::new(true),
            event: AtomicBool::new(false),
            got_event: AtomicBool::new(false),
        });
        let guard = {
            let seated = seated.clone();
            thread::spawn(move || {
                while !seated.got_event.load(SeqCst) {
                    if seated.occupied.load(SeqCst) {
                        // Guards at its cadence; without one here, so that only the last one out brings it back.
                        seated.guard.dive_while(|| seated.occupied.load(SeqCst));
                    } else {
                        seated.sit();
                    }
                }
            })
        };
        // The event: the driver's wait ends when somebody is in it.
        let event = {
            let seated = seated.clone();
            thread::spawn(move || {
                seated.event.store(true, SeqCst);
                seated.driver.unpark();
            })
        };
        // As `Worker::leave`, `Shared::offer_seat`.
        seated.occupied.store(false, SeqCst);
        loom::sync::atomic::fence(SeqCst);
        if seated.seat.is_free() {
            seated.guard.rouse(|| seated.driver.unpark());
        }
        event.join().expect("the event has happened");
        guard.join().expect("the guard got it");
    });
}

/// The only slot of a hosted runtime falls vacant while one in `block_on` begins to wait for it, through a handle: it takes it over.
#[test]
fn loom_block_on_takeover() {
    explore(|| {
        let handle: Handle = Builder::new_hosted().guest_slots(1).assemble(None);
        let shared = handle.shared();
        let deque = shared.slots[0]
            .claim(crate::observe::thread::Driver::UNKNOWN)
            .expect("nobody drives yet");
        let waits = {
            let handle = handle.clone();
            thread::spawn(move || {
                let shared = handle.shared();
                let root = Finish(Root::new(shared));
                let mut future = std::pin::pin!(std::future::pending::<()>());
                loop {
                    if let Some(deque) =
                        shared.slots[0].claim(crate::observe::thread::Driver::UNKNOWN)
                    {
                        break shared.slots[0].vacate(deque);
                    }
                    let _: Option<()> = wait_beside(&root.0, future.as_mut(), Some(Caller::Handle));
                }
            })
        };
        shared.slots[0].vacate(deque);
        shared.vacancies.announce();
        waits.join().expect("it has taken the slot over");
        // The guard, which no thread stands for here, counts.
        shared.shutdown.go_out(&handle);
        shut_down(&handle, None);
    });
}
