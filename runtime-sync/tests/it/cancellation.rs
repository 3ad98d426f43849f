use crate::support::{Spawned, now, pending, rounds};
use runtime_sync::CancellationToken;

#[test]
fn cancelling_wakes_all_descendants() {
    let token = CancellationToken::new();
    let child = token.child_token();
    let grandchild = child.child_token();
    let mut waiting = [
        pending(token.cancelled()),
        pending(child.cancelled()),
        pending(grandchild.cancelled()),
    ];
    token.cancel();
    for waiter in &mut waiting {
        assert_eq!(waiter.woken(), 1);
        waiter.assert_ready();
    }
    token.cancel();
    assert!(token.child_token().is_cancelled());
    now(token.clone().cancelled_owned());
}

#[test]
fn a_child_does_not_cancel_its_parent() {
    let token = CancellationToken::new();
    let (one, two) = (token.child_token(), token.child_token());
    one.cancel();
    assert!(!token.is_cancelled() && !two.is_cancelled());
    let mut waiting = pending(two.clone().cancelled_owned());
    token.cancel();
    waiting.assert_ready();
}

#[test]
fn a_dropped_generation_passes_the_cancellation_on() {
    let token = CancellationToken::new();
    let mut youngest = token.child_token();
    for _ in 0..rounds(100_000) {
        // Only the youngest is kept: the chain must not grow.
        youngest = youngest.child_token();
    }
    let orphan = {
        let root = CancellationToken::new();
        root.child_token()
    };
    token.cancel();
    assert!(youngest.is_cancelled());
    assert!(!orphan.is_cancelled());
    orphan.cancel();
    assert!(orphan.is_cancelled());
}

#[test]
fn children_leave_in_any_order() {
    let token = CancellationToken::new();
    let mut children: Vec<_> = (0..rounds(100_000)).map(|_| token.child_token()).collect();
    // From both ends and the middle, by cancelling and by dropping.
    while children.len() > 10 {
        children.swap_remove(children.len() / 3).cancel();
        children.swap_remove(0);
        drop(children.pop());
    }
    token.cancel();
    assert!(children.iter().all(CancellationToken::is_cancelled));
}

#[test]
fn guards_cancel_unless_disarmed() {
    let token = CancellationToken::new();
    let disarmed = token.clone().drop_guard().disarm();
    assert_eq!(disarmed, token);
    assert!(!token.drop_guard_ref().disarm().is_cancelled());
    {
        let guard = token.clone().drop_guard();
        assert!(!guard.token().is_cancelled());
    }
    assert!(token.is_cancelled());
    let other = CancellationToken::new();
    assert_ne!(other, token);
    drop(other.drop_guard_ref());
    assert!(other.is_cancelled());
}

#[test]
fn run_until_cancelled_prefers_the_output() {
    let token = CancellationToken::new();
    assert_eq!(now(token.run_until_cancelled(async { 1 })), Some(1));
    let mut running = pending(token.run_until_cancelled(std::future::pending::<()>()));
    token.cancel();
    assert_eq!(running.woken(), 1);
    assert_eq!(running.assert_ready(), None);
    assert_eq!(
        now(token.clone().run_until_cancelled_owned(async { 1 })),
        None
    );
    // Both at once: the output wins.
    let token = CancellationToken::new();
    let canceller = token.clone();
    let both = token.run_until_cancelled(async move {
        canceller.cancel();
        2
    });
    assert_eq!(now(both), Some(2));
}

#[test]
fn cancelled_waits_leave_nothing() {
    let token = CancellationToken::new();
    for _ in 0..rounds(1000) {
        drop(pending(token.cancelled()));
        drop(pending(token.clone().cancelled_owned()));
        drop(Spawned::new(token.cancelled()));
    }
    let mut waiting = pending(token.cancelled());
    token.cancel();
    waiting.assert_ready();
    assert_eq!(
        format!("{token:?}"),
        "CancellationToken { is_cancelled: true }"
    );
}

#[test]
fn a_deep_tree_does_not_overflow_the_stack() {
    let token = CancellationToken::new();
    let mut chain = vec![token.child_token()];
    for index in 0..rounds(50_000) {
        let next = chain[index].child_token();
        chain.push(next);
    }
    token.cancel();
    assert!(chain.last().unwrap().is_cancelled());
    let root = CancellationToken::new();
    let mut chain = vec![root.child_token()];
    for index in 0..rounds(50_000) {
        let next = chain[index].child_token();
        chain.push(next);
    }
    drop(root);
    drop(chain);
}
