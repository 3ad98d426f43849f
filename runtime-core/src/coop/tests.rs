//! The budget, counted.

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use super::*;

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// Takes one unit and uses it; false if refused.
fn take(cx: &mut Context<'_>) -> bool {
    match poll_proceed(cx) {
        Poll::Ready(unit) => {
            unit.made_progress();
            true
        }
        Poll::Pending => false,
    }
}

/// How many operations complete until the first refusal.
fn drain(cx: &mut Context<'_>) -> usize {
    (0..1_000_000).take_while(|_| take(cx)).count()
}

#[test]
fn a_poll_has_128_units_and_a_refusal_wakes_its_task() {
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut cx = Context::from_waker(&waker);
    with_budget(|| {
        assert!(has_budget_remaining());
        assert_eq!(drain(&mut cx), 128);
        assert!(!has_budget_remaining());
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    });
    with_budget(|| assert_eq!(drain(&mut cx), 128));
}

#[test]
fn outside_of_a_poll_there_is_no_limit() {
    assert!(has_budget_remaining());
    assert!((0..10_000).all(|_| take(&mut noop())));
    // A thread that never saw a runtime.
    std::thread::spawn(|| assert!((0..10_000).all(|_| take(&mut noop()))))
        .join()
        .unwrap();
}

#[test]
fn a_unit_not_used_is_given_back() {
    with_budget(|| {
        for _ in 0..1_000 {
            let Poll::Ready(unit) = poll_proceed(&mut noop()) else {
                panic!("nothing was used")
            };
            drop(unit);
        }
        assert_eq!(drain(&mut noop()), 128);
    });
}

#[test]
fn a_unit_given_back_late_never_makes_more_than_a_full_budget() {
    let kept: Vec<_> = with_budget(|| (0..10).map(|_| poll_proceed(&mut noop())).collect());
    with_budget(|| {
        drop(kept);
        assert_eq!(drain(&mut noop()), 128);
    });
    // Nor does it limit a thread that has no limit.
    let kept = with_budget(|| poll_proceed(&mut noop()));
    drop(kept);
    assert!((0..1_000).all(|_| take(&mut noop())));
}

#[test]
fn embed_09_a_poll_that_does_not_return_is_refilled_after_32_refusals() {
    with_budget(|| {
        let cx = &mut noop();
        for _ in 0..10 {
            assert_eq!((0..128).filter(|_| take(cx)).count(), 128);
            assert_eq!((0..32).filter(|_| take(cx)).count(), 0);
            assert!(has_budget_remaining());
        }
    });
}

#[test]
fn embed_09_a_foreign_executor_inside_a_poll_ends() {
    // It polls again when woken, within one poll of ours, as a foreign `block_on` does.
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(Arc::clone(&wakes));
    let mut cx = Context::from_waker(&waker);
    let mut messages = pin!(async {
        for _ in 0..2_000 {
            consume_budget().await;
        }
    });
    with_budget(|| {
        while messages.as_mut().poll(&mut cx).is_pending() {
            assert_ne!(
                wakes.0.swap(0, Ordering::Relaxed),
                0,
                "refused without a wake-up: it would hang"
            );
        }
    });
}

#[test]
fn embed_09_nested_units_do_not_keep_the_refill_away() {
    // The outer future holds a unit while the inner one is refused, again and again.
    let mut nested = pin!(async {
        for _ in 0..2_000 {
            cooperative(cooperative(ready(()))).await;
        }
    });
    with_budget(|| {
        let polls = (1..=10_000).find(|_| nested.as_mut().poll(&mut noop()).is_ready());
        assert!(polls.is_some());
    });
}

#[test]
fn the_budget_of_the_outer_poll_comes_back() {
    with_budget(|| {
        assert!(take(&mut noop()));
        with_budget(|| assert_eq!(drain(&mut noop()), 128));
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            with_budget(|| panic!("inside of a poll"))
        }));
        assert!(unwound.is_err());
        assert_eq!(drain(&mut noop()), 127);
    });
    assert!(has_budget_remaining());
}

#[test]
fn stop_and_set_suspend_a_budget() {
    with_budget(|| {
        assert_eq!(drain(&mut noop()), 128);
        let before = stop();
        assert!((0..1_000).all(|_| take(&mut noop())));
        set(before);
        assert!(!has_budget_remaining());
        let before = start();
        assert_eq!(drain(&mut noop()), 128);
        set(before);
        assert!(!has_budget_remaining());
    });
}

#[test]
fn unconstrained_takes_nothing_from_the_budget() {
    let mut many = pin!(unconstrained(async {
        for _ in 0..1_000 {
            consume_budget().await;
        }
    }));
    with_budget(|| {
        assert!(many.as_mut().poll(&mut noop()).is_ready());
        assert_eq!(drain(&mut noop()), 128);
    });
}

#[test]
fn cooperative_takes_a_unit_only_when_it_completes() {
    with_budget(|| {
        assert!(pin!(cooperative(ready(()))).poll(&mut noop()).is_ready());
        assert!(
            pin!(cooperative(pending::<()>()))
                .poll(&mut noop())
                .is_pending()
        );
        assert_eq!(drain(&mut noop()), 127);
        assert!(pin!(cooperative(ready(()))).poll(&mut noop()).is_pending());
    });
}

#[test]
fn auto_traits_of_the_futures_are_those_of_their_content() {
    fn is_send<T: Send>(_: T) {}
    fn is_sync<T: Sync>(_: T) {}
    fn is_unpin<T: Unpin>(_: T) {}
    is_send(consume_budget());
    is_send(unconstrained(ready(())));
    is_sync(unconstrained(ready(())));
    is_unpin(unconstrained(ready(())));
    is_unpin(cooperative(ready(())));
}

#[test]
fn a_budget_says_what_it_is() {
    assert_eq!(format!("{:?}", Budget(UNLIMITED)), "Budget(unlimited)");
    assert_eq!(format!("{:?}", Budget(7)), "Budget(7 left)");
    assert_eq!(format!("{:?}", Budget(-3)), "Budget(3 refused)");
}
