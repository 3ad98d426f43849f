//! `CancellationToken`.

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::Guarded;
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

#[test]
fn loom_cancellation_shows_what_the_canceller_did() {
    model(|| {
        let token = CancellationToken::new();
        let child = token.child_token();
        let shared = Arc::new(Guarded::new());
        let other = Arc::clone(&shared);
        let canceller = thread::spawn(move || {
            other.add();
            token.cancel();
        });
        if child.is_cancelled() {
            shared.add();
        }
        canceller.join().unwrap();
    });
}

#[test]
fn loom_cancellation_the_last_of_two_tokens_leaves_the_tree() {
    model(|| {
        let parent = CancellationToken::new();
        let token = parent.child_token();
        let other = token.clone();
        let dropper = thread::spawn(move || {
            let child = other.child_token();
            drop(other);
            child
        });
        drop(token);
        let child = dropper.join().unwrap();
        parent.cancel();
        assert!(child.is_cancelled());
    });
}
