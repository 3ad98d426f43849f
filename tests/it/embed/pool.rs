//! The host's pool runs what the runtime posts: closures that block, and closures that are given for it.

mod calls;

use std::collections::VecDeque;
use std::sync::Arc;

use heist::runtime::Job;
use parking_lot::Mutex;

/// A pool that holds what it is given until the test says what becomes of it.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<VecDeque<Job>>>);

impl Shelf {
    /// Its side that takes jobs.
    fn pool(&self) -> impl Fn(Job) + Send + Sync + 'static {
        let jobs = self.0.clone();
        move |job| jobs.lock().push_back(job)
    }

    fn len(&self) -> usize {
        self.0.lock().len()
    }

    fn take(&self) -> Option<Job> {
        self.0.lock().pop_front()
    }
}
