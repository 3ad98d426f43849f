//! A source and its wakers.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{RawWaker, RawWakerVTable, Wake};

use super::*;

fn source(initial: Ready) -> Source {
    Source::new(Key::new(0, 0), initial)
}

/// Counts what is done to its wakers.
#[derive(Default)]
struct Counts {
    clones: AtomicUsize,
    wakes: AtomicUsize,
    drops: AtomicUsize,
}

impl Counts {
    fn get(&self) -> (usize, usize, usize) {
        let get = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        (get(&self.clones), get(&self.wakes), get(&self.drops))
    }

    /// A waker that counts.
    fn waker(&'static self) -> Waker {
        // SAFETY: the functions only count, in a static; nothing is owned, so any number of clones and drops is right.
        unsafe { Waker::from_raw(self.raw()) }
    }

    fn raw(&'static self) -> RawWaker {
        static VTABLE: RawWakerVTable = RawWakerVTable::new(
            |data| {
                let counts = of(data);
                counts.clones.fetch_add(1, Ordering::Relaxed);
                counts.raw()
            },
            |data| {
                of(data).wakes.fetch_add(1, Ordering::Relaxed);
                of(data).drops.fetch_add(1, Ordering::Relaxed);
            },
            |data| {
                of(data).wakes.fetch_add(1, Ordering::Relaxed);
            },
            |data| {
                of(data).drops.fetch_add(1, Ordering::Relaxed);
            },
        );
        fn of(data: *const ()) -> &'static Counts {
            // SAFETY: `data` is the address of a static `Counts`, from which the waker was made.
            unsafe { &*data.cast::<Counts>() }
        }
        RawWaker::new(std::ptr::from_ref(self).cast(), &VTABLE)
    }
}

fn counts() -> &'static Counts {
    Box::leak(Box::default())
}

#[test]
fn a_source_is_small() {
    // With the two counters of its `Arc`.
    assert!(size_of::<Source>() + 16 <= 128, "{}", size_of::<Source>());
}

#[test]
fn the_waker_of_a_task_that_waits_again_is_not_cloned_again() {
    let source = source(Ready::EMPTY);
    let counts = counts();
    let waker = counts.waker();
    let mut cx = Context::from_waker(&waker);
    for _ in 0..100 {
        assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
        source.dispatch(Ready::READABLE);
        let Poll::Ready(seen) = source.poll_ready(&mut cx, Side::Read) else {
            panic!("the event is known")
        };
        source.clear(seen, Ready::ALL);
    }
    assert_eq!(counts.get(), (1, 100, 0));
    drop(source);
    assert_eq!(counts.get(), (1, 100, 1));
}

#[test]
fn react_21_a_kept_waker_is_not_woken_while_nobody_waits() {
    let source = source(Ready::EMPTY);
    let counts = counts();
    let waker = counts.waker();
    let mut cx = Context::from_waker(&waker);
    assert!(source.poll_ready(&mut cx, Side::Write).is_pending());
    for _ in 0..10 {
        source.dispatch(Ready::READABLE | Ready::WRITABLE);
    }
    assert_eq!(counts.get(), (1, 1, 0));
}

#[test]
fn the_last_caller_of_a_direction_wins() {
    let source = source(Ready::EMPTY);
    let (first, second) = (counts(), counts());
    for counts in [first, second] {
        let waker = counts.waker();
        let mut cx = Context::from_waker(&waker);
        assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
    }
    source.dispatch(Ready::READABLE);
    assert_eq!(first.get().1, 0);
    assert_eq!(second.get().1, 1);
}

#[test]
fn any_number_of_tasks_waits_in_the_crowd() {
    let source = source(Ready::EMPTY);
    let counts: Vec<_> = (0..100).map(|_| counts()).collect();
    let mut waits: Vec<_> = counts
        .iter()
        .enumerate()
        .map(|(n, _)| {
            let side = if n % 2 == 0 { Side::Read } else { Side::Write };
            Box::pin(source.wait(side.mask()))
        })
        .collect();
    let mut poll = |n: usize| {
        let waker = counts[n].waker();
        waits[n].as_mut().poll(&mut Context::from_waker(&waker))
    };
    for n in 0..100 {
        assert!(poll(n).is_pending());
        assert!(poll(n).is_pending(), "a second look changes nothing");
    }
    source.dispatch(Ready::READABLE);
    for (n, count) in counts.iter().enumerate() {
        let readable = n % 2 == 0;
        assert_eq!(count.get().1, usize::from(readable));
        assert_eq!(poll(n).is_ready(), readable);
    }
    source.shut_down();
    for n in (1..100).step_by(2) {
        assert_eq!(counts[n].get().1, 1);
        assert!(matches!(poll(n), Poll::Ready(seen) if seen.is_shut_down()));
    }
}

#[test]
fn a_woken_member_whose_readiness_is_gone_waits_again() {
    let source = source(Ready::EMPTY);
    let (first, second) = (counts(), counts());
    let (first_waker, second_waker) = (first.waker(), second.waker());
    let mut woken = pin!(source.wait(Side::Read.mask()));
    let mut other = pin!(source.wait(Side::Read.mask()));
    let mut first_cx = Context::from_waker(&first_waker);
    let mut second_cx = Context::from_waker(&second_waker);
    assert!(woken.as_mut().poll(&mut first_cx).is_pending());
    source.dispatch(Ready::READABLE);
    source.clear(source.snapshot(), Ready::ALL);
    // Takes the place the first one had.
    assert!(other.as_mut().poll(&mut second_cx).is_pending());
    assert!(woken.as_mut().poll(&mut first_cx).is_pending());
    source.dispatch(Ready::READABLE);
    assert_eq!((first.get().1, second.get().1), (2, 1));
}

#[test]
fn react_24_cancelled_waits_leave_nothing_behind() {
    let source = source(Ready::EMPTY);
    let counts = counts();
    let waker = counts.waker();
    let mut cx = Context::from_waker(&waker);
    let waits = if cfg!(miri) { 100 } else { 1_000_000 };
    for _ in 0..waits {
        let mut wait = pin!(source.wait(Side::Read.mask()));
        assert!(wait.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(counts.get(), (waits, 0, waits));
    source.dispatch(Ready::READABLE);
    assert_eq!(counts.get().1, 0);
}

#[test]
fn shutdown_wakes_everybody_and_keeps_no_waker() {
    let source = source(Ready::EMPTY);
    let (armed, idle) = (counts(), counts());
    let (armed_waker, idle_waker) = (armed.waker(), idle.waker());
    assert!(
        source
            .poll_ready(&mut Context::from_waker(&idle_waker), Side::Write)
            .is_pending()
    );
    source.dispatch(Ready::WRITABLE);
    let mut cx = Context::from_waker(&armed_waker);
    assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
    source.shut_down();
    assert_eq!(armed.get(), (1, 1, 1));
    assert_eq!((idle.get().0, idle.get().2), (1, 1));
    assert!(
        matches!(source.poll_ready(&mut cx, Side::Read), Poll::Ready(seen) if seen.is_shut_down())
    );
}

/// A waker whose every use panics.
struct Evil;

impl Wake for Evil {
    fn wake(self: Arc<Self>) {
        panic!("evil");
    }
}

#[test]
fn a_waker_that_panics_does_not_keep_the_event_from_others() {
    let source = source(Ready::EMPTY);
    let evil = Waker::from(Arc::new(Evil));
    let counts = counts();
    let waker = counts.waker();
    assert!(
        source
            .poll_ready(&mut Context::from_waker(&evil), Side::Read)
            .is_pending()
    );
    let mut cx = Context::from_waker(&waker);
    assert!(source.poll_ready(&mut cx, Side::Write).is_pending());
    let mut wait = pin!(source.wait(Side::Read.mask()));
    assert!(wait.as_mut().poll(&mut cx).is_pending());
    source.dispatch(Ready::READABLE | Ready::WRITABLE);
    assert_eq!(counts.get().1, 2);
    // And the side of the evil one is as good as before.
    source.clear(source.snapshot(), Ready::ALL);
    assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
    source.dispatch(Ready::READABLE);
    assert_eq!(counts.get().1, 3);
}

#[test]
fn a_waker_that_panics_when_cloned_leaves_the_side_usable() {
    fn raw() -> RawWaker {
        static VTABLE: RawWakerVTable =
            RawWakerVTable::new(|_| panic!("evil"), |_| {}, |_| {}, |_| {});
        RawWaker::new(std::ptr::null(), &VTABLE)
    }
    let source = source(Ready::EMPTY);
    // SAFETY: nothing is owned, and a clone panics before it could claim to be one.
    let evil = unsafe { Waker::from_raw(raw()) };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        source.poll_ready(&mut Context::from_waker(&evil), Side::Read)
    }));
    assert!(outcome.is_err());
    let counts = counts();
    let waker = counts.waker();
    let mut cx = Context::from_waker(&waker);
    assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
    source.dispatch(Ready::READABLE);
    assert_eq!(counts.get().1, 1);
}

/// A task that is polled while its wake-up is being delivered finds its side in other hands, and comes back.
#[test]
fn a_waker_may_use_its_own_source() {
    struct Again {
        source: Source,
        polls: AtomicUsize,
    }
    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            self.polls.fetch_add(1, Ordering::Relaxed);
            let waker = Waker::noop();
            let mut cx = Context::from_waker(waker);
            if let Poll::Ready(seen) = self.source.poll_ready(&mut cx, Side::Read) {
                self.source.clear(seen, Ready::ALL);
                assert!(self.source.poll_ready(&mut cx, Side::Read).is_pending());
            }
        }
    }
    let again = Arc::new(Again {
        source: source(Ready::EMPTY),
        polls: AtomicUsize::new(0),
    });
    let waker = Waker::from(Arc::clone(&again));
    let mut cx = Context::from_waker(&waker);
    assert!(again.source.poll_ready(&mut cx, Side::Read).is_pending());
    again.source.dispatch(Ready::READABLE);
    assert_eq!(again.polls.load(Ordering::Relaxed), 1);
    assert!(again.source.poll_ready(&mut cx, Side::Read).is_pending());
    again.source.shut_down();
}
