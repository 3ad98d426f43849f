//! Standing back from a listener while there are no file descriptors, or no memory, for another connection.
//!
//! The error is given to the caller of `accept` first: it is the caller's to log, count or act upon. Many accept loops do nothing of the
//! kind and simply go on, and since the connection is still waiting, `accept` would fail again at once and the loop would take a
//! whole CPU, from the very tasks that could give descriptors back. So the *next* call waits: 5 ms after the first failure, twice as long
//! after each further one, 1 s at most. A success ends it.
//!
//! The wait is a timer of the runtime. On a runtime without timers it is a job of the blocking pool that sleeps; failures of this kind
//! are rare enough for that, and a busy loop would be the worse cure.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use runtime_core::Handle;
use runtime_time::{Instant, Timers, sleep};
use rustix::io::Errno;

/// The wait after the first failure.
const SHORTEST: Duration = Duration::from_millis(5);

/// The wait after many failures.
const LONGEST: Duration = Duration::from_secs(1);

/// When a listener may try again.
pub(super) struct Backoff {
    /// The runtime whose time is waited for.
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last wait; zero if the last attempt was a success.
    last: Duration,
    /// Not before this.
    until: Option<Instant>,
    /// The wait of the task in `poll`; taken out while it is polled.
    waiting: Option<Waiting>,
}

/// A wait that only its owner polls.
type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Backoff {
    pub(super) fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            state: Mutex::new(State::default()),
        }
    }

    /// Notes how an attempt ended; says whether the next one has to wait.
    pub(super) fn note<T>(&self, result: &io::Result<T>) -> bool {
        let scarce = result.as_ref().err().is_some_and(is_scarcity);
        let mut state = self.state.lock();
        if scarce {
            state.last = (state.last * 2).clamp(SHORTEST, LONGEST);
            state.until = Instant::now().checked_add(state.last);
        } else {
            state.last = Duration::ZERO;
            state.until = None;
        }
        scarce
    }

    /// What is left of the wait.
    fn left(&self) -> Option<Duration> {
        let until = self.state.lock().until?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Waits until an attempt may be made.
    pub(super) async fn wait(&self) {
        if let Some(left) = self.left() {
            pause(self.runtime.clone(), left).await;
        }
    }

    /// Waits until an attempt may be made, for one task: the last caller.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        // Taken out, and polled without the lock, for it keeps the waker.
        let waiting = self.state.lock().waiting.take();
        let waiting = match (waiting, self.left()) {
            (_, None) => None,
            (None, Some(left)) => Some(Box::pin(pause(self.runtime.clone(), left)) as Waiting),
            (waiting, Some(_)) => waiting,
        };
        let Some(mut waiting) = waiting else {
            return Poll::Ready(());
        };
        if waiting.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let replaced = self.state.lock().waiting.replace(waiting);
        drop(replaced);
        Poll::Pending
    }
}

/// Is there nothing to make a connection of?
fn is_scarcity(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}

/// Waits for a time, or until the runtime is gone.
async fn pause(runtime: Handle, time: Duration) {
    if runtime.extension::<Timers>().is_none() {
        let _ = runtime.spawn_blocking(move || block(time)).await;
        return;
    }
    let timer = {
        let _inside = runtime.enter();
        sleep(time)
    };
    let mut timer = pin!(timer);
    let _ = poll_fn(|cx| timer.as_mut().poll_elapsed(cx)).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "a runtime without timers has no other way to wait; this runs on the blocking pool"
)]
fn block(time: Duration) {
    std::thread::sleep(time);
}

// No user code runs in the middle of a change, so a panic leaves nothing half done.
impl UnwindSafe for Backoff {}
impl RefUnwindSafe for Backoff {}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backoff { .. }")
    }
}
