//! The scope around the code that runs on a thread.

use std::cell::RefCell;

use runtime_core::task::{Id, try_id};

use super::node::Node;
use crate::primitive::Arc;

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

#[derive(Clone)]
struct Current {
    node: Arc<Node>,
    /// The task whose code is in the scope. A task of others that is polled within this one's poll, by a `LocalSet` in a scope, is not.
    owner: Option<Id>,
}

/// The innermost scope around the code that runs.
pub(super) fn get() -> Option<Arc<Node>> {
    let found = CURRENT.try_with(|current| {
        let current = current.borrow();
        let current = current.as_ref()?;
        (current.owner == try_id()).then(|| Arc::clone(&current.node))
    });
    // While the thread ends there is none.
    found.ok().flatten()
}

/// Makes a scope the innermost one until the guard goes.
pub(super) fn enter(node: &Arc<Node>) -> Entered {
    Entered(replace(Some(Current {
        node: Arc::clone(node),
        owner: try_id(),
    })))
}

#[must_use = "dropping the guard leaves the scope"]
pub(super) struct Entered(Option<Current>);

impl Drop for Entered {
    fn drop(&mut self) {
        drop(replace(self.0.take()));
    }
}

fn replace(next: Option<Current>) -> Option<Current> {
    let previous = CURRENT.try_with(|current| current.replace(next));
    previous.ok().flatten()
}
