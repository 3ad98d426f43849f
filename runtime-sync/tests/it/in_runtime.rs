//! The two things this crate takes from the runtime: the budget of a poll, and the answer to "may this thread block?".

use crate::support::{Spawned, now};
use runtime_core::coop;
use runtime_sync::*;

/// How often `step` can complete in one poll of a runtime.
fn completed_in_one_poll(mut step: impl FnMut() -> bool) -> usize {
    coop::with_budget(|| (0..1000).take_while(|_| step()).count())
}

#[test]
fn operations_take_a_unit_each() {
    let semaphore = Semaphore::new(1);
    assert_eq!(
        completed_in_one_poll(|| Spawned::new(semaphore.acquire()).poll().is_ready()),
        128
    );

    let (tx, mut rx) = mpsc::unbounded_channel();
    for i in 0..1000 {
        tx.send(i).unwrap();
    }
    assert_eq!(
        completed_in_one_poll(|| Spawned::new(rx.recv()).poll().is_ready()),
        128
    );
    // Nothing was lost by the refusal.
    assert_eq!(now(rx.recv()), Some(128));

    let (tx, mut rx) = watch::channel(0);
    let changes = completed_in_one_poll(|| {
        tx.send_replace(1);
        Spawned::new(rx.changed()).poll().is_ready()
    });
    assert_eq!(changes, 128);

    let (tx, mut rx) = broadcast::channel(256);
    for i in 0..200 {
        tx.send(i).unwrap();
    }
    assert_eq!(
        completed_in_one_poll(|| Spawned::new(rx.recv()).poll().is_ready()),
        128
    );
    assert_eq!(now(rx.recv()), Ok(128));

    let oneshots = completed_in_one_poll(|| {
        let (tx, rx) = oneshot::channel();
        tx.send(1).unwrap();
        Spawned::new(rx).poll().is_ready()
    });
    assert_eq!(oneshots, 128);
}

#[test]
fn waiting_takes_no_unit() {
    let semaphore = Semaphore::new(0);
    coop::with_budget(|| {
        let mut waiting = Spawned::new(semaphore.acquire());
        for _ in 0..1000 {
            waiting.assert_pending();
        }
        assert!(coop::has_budget_remaining());
    });
}

#[test]
fn an_exhausted_budget_does_not_reorder_the_queue() {
    let semaphore = Semaphore::new(0);
    let mut first = Spawned::new(semaphore.acquire());
    coop::with_budget(|| {
        let free = Semaphore::new(1);
        while Spawned::new(free.acquire()).poll().is_ready() {}
        // Without a unit left it joins the line all the same.
        first.assert_pending();
    });
    let mut second = Spawned::new(semaphore.acquire());
    second.assert_pending();
    semaphore.add_permits(1);
    assert_eq!(second.woken(), 0);
    let permit = first.assert_ready().unwrap();
    drop(permit);
    drop(second.assert_ready().unwrap());
}

#[test]
fn a_permit_taken_without_budget_is_kept_and_given_back() {
    let semaphore = Semaphore::new(1);
    let mut acquire = Spawned::new(semaphore.acquire());
    coop::with_budget(|| {
        let free = Semaphore::new(1);
        while Spawned::new(free.acquire()).poll().is_ready() {}
        acquire.assert_pending();
    });
    assert_eq!(acquire.woken(), 1);
    assert_eq!(semaphore.available_permits(), 0);
    drop(acquire);
    assert_eq!(semaphore.available_permits(), 1);
}
