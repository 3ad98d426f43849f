//! The wheel against a plain map, and the rows of the catalogue of timer bugs that concern it.

use super::{Fate, Key, TICK_BITS, Wheel};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

/// Counts how often it is woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Timer {
    key: Key,
    bell: Arc<Bell>,
    deadline: u64,
    fired: bool,
}

/// A wheel, and what it should do.
struct Model {
    wheel: Wheel,
    now: u64,
    timers: Vec<Timer>,
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u64),
    /// Which timer, and by how much its new deadline lies after now.
    Reset(usize, u64),
    /// Which timer, and by how much its new deadline lies before its old one.
    Hasten(usize, u64),
    Cancel(usize),
    Advance(u64),
    /// Advance to the next deadline as the wheel sees it, with that much effort.
    Follow(usize),
    /// Fire so many entries only.
    Some(u64, usize),
}

impl Model {
    fn new(now: u64) -> Self {
        Self {
            wheel: Wheel::new(now),
            now,
            timers: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Insert(delta) => {
                let deadline = self.now.saturating_add(delta);
                let bell = Arc::new(Bell::default());
                let key = self.wheel.insert(deadline, Waker::from(bell.clone()));
                self.timers.push(Timer {
                    key,
                    bell,
                    deadline,
                    fired: false,
                });
            }
            Step::Reset(index, delta) => self.reset(index, self.now.saturating_add(delta)),
            Step::Hasten(index, delta) => {
                if let Some(timer) = self.pick(index) {
                    let deadline = timer.deadline.saturating_sub(delta);
                    self.reset(index, deadline);
                }
            }
            Step::Cancel(index) => {
                if !self.timers.is_empty() {
                    let index = index % self.timers.len();
                    let timer = self.timers.swap_remove(index);
                    let waker = self.wheel.remove(timer.key);
                    assert_eq!(waker.is_none(), timer.fired);
                }
            }
            Step::Advance(delta) => self.advance(self.now.saturating_add(delta), usize::MAX),
            Step::Follow(effort) => {
                if let Some(next) = self.wheel.next(effort) {
                    self.advance(next.max(self.now), usize::MAX);
                }
            }
            Step::Some(delta, count) => self.advance(self.now.saturating_add(delta), count),
        }
        self.check();
    }

    fn pick(&self, index: usize) -> Option<&Timer> {
        (!self.timers.is_empty()).then(|| &self.timers[index % self.timers.len()])
    }

    fn reset(&mut self, index: usize, deadline: u64) {
        if self.timers.is_empty() {
            return;
        }
        let index = index % self.timers.len();
        let timer = &mut self.timers[index];
        if !timer.fired {
            self.wheel.reset(&timer.key, deadline);
            timer.deadline = deadline;
        }
    }

    fn advance(&mut self, now: u64, count: usize) {
        self.now = now;
        for _ in 0..count {
            let Some(waker) = pop_due(&mut self.wheel, now) else {
                for timer in &self.timers {
                    assert!(timer.deadline > now || self.wheel.fate(&timer.key) == Fate::Fired);
                }
                break;
            };
            waker.wake();
        }
        for timer in &mut self.timers {
            timer.fired = self.wheel.fate(&timer.key) == Fate::Fired;
        }
    }

    fn check(&mut self) {
        // What is armed, by deadline: the map that the wheel must agree with.
        let mut armed: BTreeMap<u64, usize> = BTreeMap::new();
        for timer in &self.timers {
            assert_eq!(
                timer.bell.0.load(Ordering::Relaxed),
                usize::from(timer.fired)
            );
            if timer.fired {
                assert!(timer.deadline <= self.now, "fired early");
            } else {
                *armed.entry(timer.deadline).or_default() += 1;
            }
        }
        let truth = armed.first_key_value().map(|(deadline, _)| *deadline);
        assert_eq!(self.wheel.armed(), armed.values().sum::<usize>());
        assert_eq!(self.wheel.len(), self.timers.len());

        for effort in [0, 3, usize::MAX] {
            let next = self.wheel.next(effort);
            assert_eq!(next.is_some(), truth.is_some());
            let (Some(next), Some(truth)) = (next, truth) else {
                continue;
            };
            // What is overdue may be announced as due now.
            assert!(
                next <= truth.max(self.wheel.now),
                "{next} is later than {truth}"
            );
            if truth > self.now && !self.wheel.has_transit() {
                assert!(next > self.wheel.now, "to wait would not make progress");
                if effort == usize::MAX {
                    assert_eq!(next, truth);
                }
            }
        }
    }
}

/// Fires one entry, a few steps at a time.
fn pop_due(wheel: &mut Wheel, now: u64) -> Option<Waker> {
    loop {
        let mut effort = 3;
        let waker = wheel.pop_due(now, &mut effort);
        if waker.is_some() || effort > 0 {
            return waker;
        }
    }
}

/// Times of every order of magnitude, and their neighbours.
fn delta() -> impl Strategy<Value = u64> {
    (0_u32..64, any::<u64>(), 0_u8..4).prop_map(|(bits, noise, kind)| {
        let power = 1_u64 << bits;
        match kind {
            0 => power,
            1 => power - 1,
            _ => noise & (power | (power - 1)),
        }
    })
}

/// Times within reach of the clock: most of what programs use.
fn near() -> impl Strategy<Value = u64> {
    (0_u32..40, any::<u64>()).prop_map(|(bits, noise)| noise & ((1 << bits) - 1))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => near().prop_map(Step::Insert),
        2 => delta().prop_map(Step::Insert),
        1 => (any::<usize>(), near()).prop_map(|(i, d)| Step::Reset(i, d)),
        1 => (any::<usize>(), delta()).prop_map(|(i, d)| Step::Reset(i, d)),
        1 => (any::<usize>(), delta()).prop_map(|(i, d)| Step::Hasten(i, d)),
        2 => any::<usize>().prop_map(Step::Cancel),
        2 => near().prop_map(Step::Advance),
        1 => delta().prop_map(Step::Advance),
        3 => prop_oneof![Just(0), Just(2), Just(usize::MAX)].prop_map(Step::Follow),
        1 => (near(), 0_usize..3).prop_map(|(d, n)| Step::Some(d, n)),
    ]
}

/// Zero, just below the end of each level's span, just below the end of time.
fn start() -> impl Strategy<Value = u64> {
    prop_oneof![
        1 => Just(0),
        4 => (0_u32..=6, 1_u64..5, near()).prop_map(|(level, turns, k)| {
            (turns << (TICK_BITS + 6 * level)).saturating_sub(k)
        }),
        1 => below(1 << 30, 1 << 20),
        1 => below(1 << 50, 1 << 40),
        1 => below(u64::MAX, 1 << 40),
    ]
}

/// Less than `k` below an end.
fn below(end: u64, k: u64) -> impl Strategy<Value = u64> {
    (0..k).prop_map(move |k| end - k)
}

proptest! {
    /// TIME-01, TIME-02, TIME-03: a wheel is a map ordered by deadline, whatever the uptime.
    #[test]
    fn prop_time_01_wheel_is_an_ordered_map(
        start in start(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut model = Model::new(start);
        for step in steps {
            model.step(step);
        }
        model.step(Step::Advance(u64::MAX));
        assert_eq!(model.wheel.armed(), 0);
    }
}

#[test]
fn time_01_a_far_timer_does_not_hide_near_ones() {
    // 2^30 ms and 2^36 ticks of uptime, and the tick before.
    for end in [(1_u64 << 30) * 1_000_000, 1 << (36 + TICK_BITS)] {
        for before in [0, 1, 1 << TICK_BITS, 1_000_000_000] {
            let mut model = Model::new(end - before);
            model.step(Step::Insert(86_400_000_000_000 * 365));
            for _ in 0..100 {
                model.step(Step::Insert(10_000_000));
                model.step(Step::Follow(2));
                model.step(Step::Advance(10_000_000));
            }
            assert_eq!(model.wheel.armed(), 1);
        }
    }
}

#[test]
fn time_02_no_deadline_fires_early_or_never() {
    for bits in 0..64 {
        let mut model = Model::new(0);
        let deadline = 1_u64 << bits;
        model.step(Step::Insert(deadline));
        model.step(Step::Advance(deadline - 1));
        assert_eq!(model.wheel.armed(), 1);
        model.step(Step::Advance(1));
        assert_eq!(model.wheel.armed(), 0);
    }
}

#[test]
fn time_03_the_last_deadlines_are_like_any_other() {
    let mut model = Model::new(u64::MAX - 10);
    for delta in 0..=10 {
        model.step(Step::Insert(delta));
    }
    for _ in 0..=10 {
        model.step(Step::Follow(usize::MAX));
        model.step(Step::Advance(1));
    }
    assert_eq!(model.wheel.armed(), 0);
}

#[test]
fn time_05_a_step_back_is_no_progress() {
    let mut wheel = Wheel::new(1_000_000);
    let key = wheel.insert(2_000_000, Waker::noop().clone());
    assert!(pop_due(&mut wheel, 500_000).is_none());
    assert!(pop_due(&mut wheel, 0).is_none());
    let past = wheel.insert(1, Waker::noop().clone());
    assert!(
        pop_due(&mut wheel, 0).is_some(),
        "a past deadline is due all the same"
    );
    assert_eq!(wheel.fate(&past), Fate::Fired);
    assert_eq!(wheel.fate(&key), Fate::Armed);
    assert!(pop_due(&mut wheel, 2_000_000).is_some());
    assert_eq!(wheel.fate(&key), Fate::Fired);
}

#[test]
fn time_09_a_million_cancelled_timers_leave_nothing_behind() {
    let mut wheel = Wheel::new(0);
    let count = if cfg!(miri) { 1_000 } else { 1_000_000_u64 };
    for deadline in 0..count {
        let key = wheel.insert(deadline << 20, Waker::noop().clone());
        assert!(wheel.remove(key).is_some());
    }
    assert_eq!((wheel.armed(), wheel.len()), (0, 0));
    assert_eq!(wheel.next(0), None);
}

#[test]
fn time_15_following_the_next_deadline_takes_a_bounded_number_of_steps() {
    // One timer in an hour among a thousand that were moved again and again.
    let mut wheel = Wheel::new(0);
    let hour = 3_600_000_000_000_u64;
    let count = if cfg!(miri) { 100 } else { 1_000 };
    let keys: Vec<_> = (0..count)
        .map(|i| wheel.insert(1_000_000 + i, Waker::noop().clone()))
        .collect();
    let rounds = if cfg!(miri) { 3 } else { 100 };
    for round in 1..rounds {
        for key in &keys {
            wheel.reset(key, hour + round);
        }
    }
    let mut steps = 0;
    let mut fired = 0;
    while let Some(next) = wheel.next(32) {
        steps += 1;
        while pop_due(&mut wheel, next).is_some() {
            fired += 1;
        }
    }
    assert_eq!(fired, count);
    assert!(steps < 20, "{steps} wake-ups");
}

#[test]
fn closing_hands_out_every_waker_once() {
    let mut wheel = Wheel::new(5);
    let keys: Vec<_> = (0..64)
        .map(|bits| wheel.insert(1 << bits, Waker::noop().clone()))
        .collect();
    assert!(pop_due(&mut wheel, 1 << 20).is_some());
    let mut closed = 0;
    while wheel.pop_closed().is_some() {
        closed += 1;
    }
    assert_eq!(closed, 63);
    let fired = keys.iter().filter(|key| wheel.fate(key) == Fate::Fired);
    assert_eq!(fired.count(), 1);
    for key in keys {
        assert!(wheel.remove(key).is_none());
    }
    assert_eq!((wheel.armed(), wheel.len()), (0, 0));
}

#[test]
fn equal_deadlines_fire_in_the_order_of_their_insertion() {
    let mut wheel = Wheel::new(0);
    let keys: Vec<_> = (0..10)
        .map(|_| wheel.insert(77_000_000_000, Waker::noop().clone()))
        .collect();
    for (count, key) in keys.iter().enumerate() {
        assert_eq!(wheel.fate(key), Fate::Armed, "after {count}");
        assert!(pop_due(&mut wheel, 77_000_000_000).is_some());
        assert_eq!(wheel.fate(key), Fate::Fired, "after {count}");
    }
}

#[test]
fn a_crowded_tick_is_swept_once_for_each_now() {
    let mut wheel = Wheel::new(0);
    let keys: Vec<_> = (1..=1_000)
        .map(|deadline| wheel.insert(deadline, Waker::noop().clone()))
        .collect();
    let fired = |wheel: &mut Wheel, now| std::iter::from_fn(|| pop_due(wheel, now)).count();
    assert_eq!(fired(&mut wheel, 0), 0);
    assert_eq!(fired(&mut wheel, 500), 500);
    assert_eq!(fired(&mut wheel, 500), 0);
    // Overdue, and placed after the sweep of this now.
    let late = wheel.insert(400, Waker::noop().clone());
    wheel.reset(&keys[999], 500);
    assert_eq!(wheel.next(0), Some(400));
    assert_eq!(fired(&mut wheel, 500), 2);
    assert_eq!(wheel.fate(&late), Fate::Fired);
    assert_eq!(fired(&mut wheel, 1_000), 499);
    assert_eq!(wheel.armed(), 0);
}

/// Notes when it is woken.
struct Chime(u64, Arc<parking_lot::Mutex<Vec<u64>>>);

impl Wake for Chime {
    fn wake(self: Arc<Self>) {
        self.1.lock().push(self.0);
    }
}

proptest! {
    /// What is due together fires in the order of the deadlines, however late the wheel is looked at and however little is fired at a time.
    #[test]
    fn in_order_if_told_to(
        deadlines in proptest::collection::vec((0..40_u32, 0..1_u64 << 12), 1..200),
        looks in proptest::collection::vec(0..1_u64 << 40, 0..4),
        effort in 2..50_usize,
    ) {
        let mut wheel = Wheel::new(0);
        wheel.fire_in_order();
        let log = Arc::<parking_lot::Mutex<Vec<u64>>>::default();
        let mut keys = Vec::new();
        let deadlines: Vec<u64> = deadlines.iter().map(|&(shift, low)| (1 << shift) + low).collect();
        for &deadline in &deadlines {
            let chime = Arc::new(Chime(deadline, log.clone()));
            keys.push(wheel.insert(deadline, Waker::from(chime)));
        }
        let mut looks = looks;
        looks.sort_unstable();
        looks.push(u64::MAX >> 1);
        for now in looks {
            loop {
                let mut left = effort;
                while let Some(waker) = wheel.pop_due(now, &mut left) {
                    waker.wake();
                }
                if left > 0 {
                    break;
                }
            }
        }
        let mut sorted = deadlines;
        sorted.sort_unstable();
        prop_assert_eq!(&*log.lock(), &sorted);
        for key in keys {
            prop_assert!(wheel.remove(key).is_none());
        }
    }
}
