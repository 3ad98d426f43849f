//! The host's pool runs what the runtime posts: its tasks, closures that block, and closures that are given for it. Rows EMBED-06, -07, -15, -16 and -17.

mod calls;
mod pumps;
mod trouble;

use std::collections::VecDeque;
use std::sync::Arc;

use heist::runtime::Job;
use parking_lot::Mutex;

/// A pool of rayon's whose threads can be told by their name.
fn rayon_pool(threads: usize) -> Arc<rayon::ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|_| "host".to_owned())
        .build();
    Arc::new(pool.unwrap())
}

fn on_rayon(pool: Arc<rayon::ThreadPool>) -> impl Fn(Job) + Send + Sync + 'static {
    move |job| pool.spawn(move || job.run())
}

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
