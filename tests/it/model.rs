//! What heist offers beside tokio: scopes, groups of tasks, inherited values.

mod blocking;
mod context;
mod group;
mod host;
mod scope;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use heist::runtime::{Builder, Runtime};
use heist::task::yield_now;

use crate::support::watched;

/// Counts tokens: how many were dropped, and how many tasks that hold one have begun.
#[derive(Clone, Default)]
struct Drops(Arc<Counts>);

#[derive(Default)]
struct Counts {
    dropped: AtomicUsize,
    begun: AtomicUsize,
}

impl Drops {
    fn count(&self) -> usize {
        self.0.dropped.load(SeqCst)
    }

    fn begun(&self) -> usize {
        self.0.begun.load(SeqCst)
    }

    fn token(&self) -> Token {
        Token(self.clone())
    }

    /// Whether nobody has a token any more.
    fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

struct Token(Drops);

impl Token {
    fn begin(&self) {
        self.0.0.begun.fetch_add(1, SeqCst);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.0.dropped.fetch_add(1, SeqCst);
    }
}

/// Panics when it is dropped.
struct Evil;

impl Drop for Evil {
    fn drop(&mut self) {
        panic!("an evil drop");
    }
}

/// Gives way until the condition holds; the watchdog ends a test in which it never does.
async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        yield_now().await;
    }
}

/// Waits `times` polls, each woken at once.
async fn polls(times: usize) {
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs the same future on runtimes whose clocks are stopped.
fn on_stopped_clocks<F: Future<Output = ()>>(test: impl Fn() -> F + Send + 'static) {
    watched(move || {
        for rt in stopped() {
            rt.block_on(test());
        }
    });
}

fn stopped() -> [Runtime; 2] {
    let mut multi_thread = Builder::new_multi_thread();
    multi_thread.worker_threads(2);
    [Builder::new_current_thread(), multi_thread]
        .map(|mut builder| builder.enable_all().start_paused(true).build().unwrap())
}
