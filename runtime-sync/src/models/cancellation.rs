//! `CancellationToken`.

use loom::future::block_on;
use loom::model;
use loom::thread;

use crate::CancellationToken;

#[test]
fn loom_cancellation_reaches_a_child_made_at_the_same_time() {
    model(|| {
        let token = CancellationToken::new();
        let other = token.clone();
        let canceller = thread::spawn(move || other.cancel());
        let child = token.child_token();
        block_on(child.cancelled());
        canceller.join().unwrap();
    });
}

#[test]
fn loom_cancellation_passes_a_dropped_generation() {
    model(|| {
        let token = CancellationToken::new();
        let child = token.child_token();
        let grandchild = child.child_token();
        let dropper = thread::spawn(move || drop(child));
        token.cancel();
        assert!(grandchild.is_cancelled());
        dropper.join().unwrap();
    });
}
