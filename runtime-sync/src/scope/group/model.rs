//! A loom model of the count of a group.

use loom::future::block_on;
use loom::model;
use loom::thread;

use super::shared::Shared;
use crate::primitive::Arc;
use crate::scope::node::Node;

#[test]
fn loom_group_the_last_task_ends_the_wait() {
    model(|| {
        let group = Shared::<()>::new(Node::new());
        assert!(group.admit());
        let other = Arc::clone(&group);
        let task = thread::spawn(move || other.release());
        block_on(group.drain());
        assert_eq!(group.running(), 0);
        assert!(!group.admit());
        task.join().unwrap();
    });
}
