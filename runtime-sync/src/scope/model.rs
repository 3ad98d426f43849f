//! Loom models of the tree of scopes and its frames.

use std::future::{pending, poll_fn};
use std::task::Poll;

use loom::future::block_on;
use loom::model;
use loom::thread;

use super::CancelScope;
use super::ambient;
use super::node::{Node, Stage};
use super::reason::CancelReason;
use crate::primitive::Arc;

#[test]
fn loom_scope_a_cancel_cuts_the_frame() {
    model(|| {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let canceller = thread::spawn(move || handle.cancel("now"));
        assert!(block_on(scope.run(pending::<()>())).is_err());
        canceller.join().unwrap();
    });
}

#[test]
fn loom_scope_who_enters_hears_of_the_cancel() {
    model(|| {
        let parent = Node::new();
        let child = Node::new();
        let (above, below) = (Arc::clone(&parent), Arc::clone(&child));
        let enters = thread::spawn(move || Node::enter(&below, Some(above)));
        Node::cancel(&parent, &CancelReason::new("now"));
        enters.join().unwrap();
        assert_eq!(child.view().stage, Stage::Aborted);
        assert!(!child.view().here);
        child.leave();
    });
}

/// A shield ends on another thread while the scope around it is cancelled: the frame sees one of the two last, and cuts.
#[test]
fn loom_scope_the_last_hold_lets_the_frame_cut() {
    model(|| {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let mut helper = None;
        let run = scope.run(poll_fn(|_| {
            if helper.is_none() {
                let shield = Node::new();
                shield.set_shield();
                Node::enter(&shield, ambient::get());
                let handle = handle.clone();
                helper = Some(thread::spawn(move || {
                    handle.cancel("now");
                    shield.leave();
                }));
            }
            Poll::<()>::Pending
        }));
        assert!(block_on(run).is_err());
        helper.unwrap().join().unwrap();
    });
}
