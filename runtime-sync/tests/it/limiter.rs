use crate::support::{Spawned, now, pending, rounds, within_a_minute};
use futures_executor::block_on;
use runtime_core::coop;
use runtime_sync::{Borrower, CapacityLimiter, TryAcquireTokenError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

#[test]
fn a_borrower_holds_one_token_at_most() {
    let limiter = CapacityLimiter::new(2);
    let me = Borrower::new();
    let token = now(limiter.acquire_on_behalf_of(me)).unwrap();
    assert!(now(limiter.acquire_on_behalf_of(me)).is_err());
    assert_eq!(
        limiter.try_acquire_on_behalf_of(me).unwrap_err(),
        TryAcquireTokenError::AlreadyBorrowed
    );
    // The refused ones took nothing and gave nothing back.
    assert_eq!(
        (limiter.borrowed_tokens(), limiter.available_tokens()),
        (1, 1)
    );
    drop(token);
    drop(limiter.try_acquire_on_behalf_of(me).unwrap());
}

#[test]
fn a_borrower_waits_in_one_place_at_most() {
    let limiter = CapacityLimiter::new(1);
    let me = Borrower::new();
    let held = limiter.try_acquire().unwrap();
    let mut waiting = pending(limiter.acquire_on_behalf_of(me));
    assert!(now(limiter.acquire_on_behalf_of(me)).is_err());
    drop(held);
    drop(waiting.assert_ready().unwrap());
    assert_eq!(limiter.borrowed_tokens(), 0);
}

#[test]
fn tokens_go_to_those_who_wait_in_line() {
    let limiter = CapacityLimiter::new(1);
    let held = limiter.try_acquire().unwrap();
    let mut waiting = [pending(limiter.acquire()), pending(limiter.acquire())];
    drop(held);
    // The token is promised: nobody passes.
    assert_eq!(
        limiter.try_acquire().unwrap_err(),
        TryAcquireTokenError::NoTokens
    );
    assert_eq!((waiting[0].woken(), waiting[1].woken()), (1, 0));
    drop(waiting[0].assert_ready().unwrap());
    drop(waiting[1].assert_ready().unwrap());
}

#[test]
fn cancelling_leaves_the_books_and_passes_the_token_on() {
    let limiter = CapacityLimiter::new(1);
    let held = limiter.try_acquire().unwrap();
    let me = Borrower::new();
    drop(limiter.acquire_on_behalf_of(me));
    drop(pending(limiter.acquire_on_behalf_of(me)));
    assert_eq!(limiter.statistics().tasks_waiting, 0);
    let first = pending(limiter.acquire_on_behalf_of(me));
    let mut second = pending(limiter.acquire());
    drop(held);
    assert_eq!(limiter.statistics().borrowers, [me]);
    drop(first);
    drop(second.assert_ready().unwrap());
    assert_eq!(limiter.available_tokens(), 1);
}

#[test]
fn more_tokens_are_handed_out_at_once_fewer_as_they_come_back() {
    let limiter = CapacityLimiter::new(0);
    let mut waiting: Vec<_> = (0..4).map(|_| pending(limiter.acquire())).collect();
    limiter.set_total_tokens(3);
    let mut tokens: Vec<_> = waiting
        .drain(..3)
        .map(|mut one| one.assert_ready().unwrap())
        .collect();
    waiting[0].assert_pending();
    limiter.set_total_tokens(1);
    let now = limiter.statistics();
    assert_eq!(
        (now.borrowed_tokens, now.total_tokens, now.tasks_waiting),
        (3, 1, 1)
    );
    assert_eq!(limiter.available_tokens(), 0);
    tokens.truncate(1);
    waiting[0].assert_pending();
    tokens.clear();
    drop(waiting[0].assert_ready().unwrap());
    assert_eq!(limiter.total_tokens(), 1);
    limiter.set_total_tokens(usize::MAX);
    assert_eq!(limiter.available_tokens(), usize::MAX);
}

#[test]
fn a_token_without_budget_is_kept_and_given_back() {
    let limiter = CapacityLimiter::new(1);
    let mut acquiring = Spawned::new(limiter.acquire());
    coop::with_budget(|| {
        while Spawned::new(coop::consume_budget()).poll().is_ready() {}
        acquiring.assert_pending();
    });
    assert_eq!(limiter.borrowed_tokens(), 1);
    drop(acquiring);
    assert_eq!(limiter.borrowed_tokens(), 0);
}

#[test]
fn a_task_is_a_borrower() {
    let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    let limiter = Arc::new(CapacityLimiter::new(2));
    let inside = Arc::clone(&limiter);
    let task = rt.spawn(async move {
        let me = runtime_core::task::id();
        let token = Arc::clone(&inside).acquire_owned().await.unwrap();
        assert_eq!(token.borrower(), Borrower::from(me));
        assert!(inside.acquire().await.is_err());
        assert!(inside.try_acquire_on_behalf_of(Borrower::new()).is_ok());
        token
    });
    let token = rt.block_on(task).unwrap();
    assert_eq!(limiter.statistics().borrowers, [token.borrower()]);
    drop(token);
    assert_eq!(
        format!("{limiter:?}"),
        "CapacityLimiter { borrowed_tokens: 0, total_tokens: 2, tasks_waiting: 0 }"
    );
}

#[test]
fn stress_never_more_than_the_total() {
    within_a_minute(|| {
        let shared = Arc::new((CapacityLimiter::new(2), AtomicUsize::new(0)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    for i in 0..rounds(2000) {
                        if i % 7 == 0 {
                            drop(Spawned::new(shared.0.acquire()).poll());
                        }
                        let _token = block_on(shared.0.acquire()).unwrap();
                        assert!(shared.1.fetch_add(1, SeqCst) < 2);
                        shared.1.fetch_sub(1, SeqCst);
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let end = shared.0.statistics();
        assert_eq!((end.borrowed_tokens, end.tasks_waiting), (0, 0));
    });
}
