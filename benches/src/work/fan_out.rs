//! One that tells many, for group `sync`. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::spawn;
use super::peer::sync::{Notify, broadcast, watch};
use super::peer::task::yield_now;
use super::sync::in_worker;
use crate::measure::{Sample, repeat};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use std::time::Instant;

const SENDS: usize = 100;
const RING: usize = 1_000;
const WAKES: usize = 500;

/// Run the row `name`, if it belongs here.
pub(super) fn row(name: &str, rt: &Runtime) -> Option<Sample> {
    let (work, tasks) = name.split_once('/')?;
    let tasks = tasks.parse().ok().filter(|tasks| *tasks > 0)?;
    Some(match work {
        "broadcast" => broadcast_to(rt, tasks),
        "watch" => watch_by(rt, tasks),
        "notify_one" => notify(rt, tasks, |signal, tasks| {
            (0..tasks).for_each(|_| signal.notify_one());
        }),
        "notify_waiters" => notify(rt, tasks, |signal, _| signal.notify_waiters()),
        _ => return None,
    })
}

/// Counts the receivers of one value; the last one wakes the sender.
#[derive(Default)]
struct Round {
    left: AtomicUsize,
    done: Notify,
}

impl Round {
    fn one_less(&self) {
        if self.left.fetch_sub(1, AcqRel) == 1 {
            self.done.notify_one();
        }
    }

    async fn over(&self) {
        while self.left.load(Acquire) > 0 {
            self.done.notified().await;
        }
    }
}

/// What a receiver does with a value: it formats ten floats.
fn some_work(random: &mut u64) {
    let mut message = String::new();
    for number in 1..=10 {
        // xorshift
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        let fraction = (*random >> 11) as f64 / (1_u64 << 53) as f64;
        let _ = write!(message, " {number}={fraction}");
    }
    black_box(message);
}

fn broadcast_to(rt: &Runtime, tasks: usize) -> Sample {
    let _entered = rt.enter();
    let (sender, _) = broadcast::channel(RING);
    let round = Arc::new(Round::default());
    for number in 1..=tasks {
        let (mut receiver, round) = (sender.subscribe(), Arc::clone(&round));
        let mut random = number as u64;
        spawn(async move {
            while receiver.recv().await.is_ok() {
                some_work(&mut random);
                round.one_less();
            }
        });
    }
    repeat((SENDS * tasks) as u64, || {
        let (sender, round) = (sender.clone(), Arc::clone(&round));
        in_worker(rt, async move {
            let start = Instant::now();
            for value in 0..SENDS {
                round.left.store(tasks, Relaxed);
                sender.send(value).expect("the receivers are there");
                round.over().await;
            }
            start.elapsed()
        })
    })
}

fn watch_by(rt: &Runtime, tasks: usize) -> Sample {
    let _entered = rt.enter();
    let sender = Arc::new(watch::Sender::new(0));
    let round = Arc::new(Round::default());
    for number in 1..=tasks {
        let (mut receiver, round) = (sender.subscribe(), Arc::clone(&round));
        let mut random = number as u64;
        spawn(async move {
            while receiver.changed().await.is_ok() {
                black_box(*receiver.borrow());
                some_work(&mut random);
                round.one_less();
            }
        });
    }
    repeat((SENDS * tasks) as u64, || {
        let (sender, round) = (Arc::clone(&sender), Arc::clone(&round));
        in_worker(rt, async move {
            let start = Instant::now();
            for value in 0..SENDS {
                round.left.store(tasks, Relaxed);
                sender.send(value).expect("the receivers are there");
                round.over().await;
            }
            start.elapsed()
        })
    })
}

/// A task notifies, as many as there are waiters, and gives way, until the waiters, which wait again and again, have
/// counted enough wake-ups.
fn notify(rt: &Runtime, tasks: usize, notify: fn(&Notify, usize)) -> Sample {
    let _entered = rt.enter();
    let (signal, woken) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    for _ in 0..tasks {
        let (signal, woken) = (Arc::clone(&signal), Arc::clone(&woken));
        spawn(async move {
            loop {
                signal.notified().await;
                woken.fetch_add(1, Relaxed);
            }
        });
    }
    repeat(WAKES as u64, || {
        let (signal, woken) = (Arc::clone(&signal), Arc::clone(&woken));
        in_worker(rt, async move {
            woken.store(0, Relaxed);
            let start = Instant::now();
            while woken.load(Relaxed) < WAKES {
                notify(&signal, tasks);
                yield_now().await;
            }
            start.elapsed()
        })
    })
}
