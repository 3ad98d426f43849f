use crate::support::{Tracked, living, now, pending};
use runtime_sync::{Notify, OnceCell, SetError, SetOnce};
use std::sync::Arc;

#[test]
fn one_initialiser_runs_and_the_others_wait() {
    let cell = OnceCell::new();
    let gate = Notify::new();
    let mut first = pending(cell.get_or_init(|| async {
        gate.notified().await;
        1
    }));
    let mut second = pending(cell.get_or_init(|| async { 2 }));
    assert_eq!(cell.set(3), Err(SetError::InitializingError(3)));
    gate.notify_one();
    assert_eq!(first.assert_ready(), &1);
    assert_eq!(second.assert_ready(), &1);
    assert_eq!(cell.set(3), Err(SetError::AlreadyInitializedError(3)));
}

#[test]
fn a_cancelled_initialiser_is_replaced() {
    let cell = OnceCell::new();
    let first = pending(cell.get_or_init(std::future::pending));
    let mut second = pending(cell.get_or_init(|| async { 2 }));
    drop(first);
    assert_eq!(second.woken(), 1);
    assert_eq!(second.assert_ready(), &2);
}

#[test]
fn a_failed_or_panicking_initialiser_is_replaced() {
    let cell = OnceCell::new();
    assert_eq!(
        now(cell.get_or_try_init(|| async { Err::<i32, _>("no") })),
        Err("no")
    );
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        now(cell.get_or_init(|| async { panic!("in the initialiser") }));
    }));
    assert!(panic.is_err());
    assert!(!cell.initialized());
    assert_eq!(now(cell.get_or_init(|| async { 3 })), &3);
}

#[test]
fn cells_drop_their_value_once() {
    let alive = Arc::new(());
    let mut cell = OnceCell::new_with(Some(Tracked::new(&alive)));
    assert!(cell.get_mut().is_some());
    drop(cell.take());
    assert_eq!(living(&alive), 0);
    assert!(cell.set(Tracked::new(&alive)).is_ok());
    let clone = cell.clone();
    assert_eq!(living(&alive), 2);
    drop(cell);
    drop(clone.into_inner());
    assert_eq!(living(&alive), 0);

    let once = SetOnce::new();
    once.set(Tracked::new(&alive)).unwrap();
    assert!(once.set(Tracked::new(&alive)).is_err());
    assert_eq!(living(&alive), 1);
    drop(once);
    drop(SetOnce::from(Tracked::new(&alive)).into_inner());
    assert_eq!(living(&alive), 0);
}

#[test]
fn set_once_wakes_all() {
    let cell = SetOnce::new();
    let mut one = pending(cell.wait());
    let mut two = pending(cell.wait());
    drop(pending(cell.wait()));
    cell.set(1).unwrap();
    assert_eq!((one.assert_ready(), two.assert_ready()), (&1, &1));
    assert_eq!(now(cell.wait()), &1);
}

#[test]
fn cells_compare_and_print_their_value() {
    assert_eq!(OnceCell::from(1), OnceCell::new_with(Some(1)));
    assert_ne!(OnceCell::from(1), OnceCell::default());
    assert_eq!(
        format!("{:?}", OnceCell::from(1)),
        "OnceCell { value: Some(1) }"
    );
    assert_eq!(
        format!("{:?}", SetOnce::<i32>::default()),
        "SetOnce { value: None }"
    );
    assert_eq!(SetOnce::from(1), SetOnce::from(1).clone());
    assert_eq!(
        OnceCell::from(1).set(2).unwrap_err().to_string(),
        "AlreadyInitializedError"
    );
}
