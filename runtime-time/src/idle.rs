//! Waiting until nothing but time can go on.
//!
//! # The protocol
//!
//! 1. Who waits leaves its waker under the lock, raises `anybody`, and unparks the driver.
//! 2. The thread in the seat looks at `anybody` before it waits. If somebody waits, it asks to be unparked when the runtime may have become quiet, as under a stopped clock
//!    ([`crate::driver`]), and looks whether it is.
//! 3. When it is, it looks at the inner driver without waiting, asks again, begins a new *round*, and wakes all who wait. Who finds another round than the one it began in is done.
//!
//! The unpark of 1 is a token: if the thread in the seat has looked at `anybody` before it was raised, it does not wait, and looks again.

use crate::home::Home;
use crate::primitive::{AtomicU64, Mutex, Ordering};
use crate::timers;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Waits until the current runtime is idle: until no task can run, no blocking job is queued or runs, and no other future in `block_on` is to be polled, so that
/// only a timer or the outside world can make anything happen.
///
/// Then everything that followed from what the test has done so far has been done. On a stopped clock this comes before the clock moves by itself. Whoever else waits here is not in
/// the way: all are done together.
///
/// A task that never rests keeps it from ever being ready. So does one that is only waiting for a socket that is ready already: events are looked at before.
///
/// # Panics
///
/// Panics if there is no current runtime, or if its timers are not enabled.
///
/// # Cancel safety
///
/// Cancel safe: dropping it loses nothing.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver, spawn, task};
/// use runtime_time::{Duration, Instant, Timer, idle, pause, sleep};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
///
/// let timer = Timer::new(ThreadDriver::new(), 1);
/// let timers = Arc::clone(timer.timers());
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     pause();
///     let start = Instant::now();
///     let steps = Arc::new(AtomicUsize::new(0));
///     let counts = steps.clone();
///     spawn(async move {
///         for _ in 0..3 {
///             counts.fetch_add(1, SeqCst);
///             task::yield_now().await;
///         }
///         sleep(Duration::from_secs(1)).await;
///         counts.fetch_add(1, SeqCst);
///     });
///     idle().await;
///     assert_eq!(steps.load(SeqCst), 3);
///     assert_eq!(start.elapsed(), Duration::ZERO);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn idle() -> Idle {
    Idle {
        home: timers::with_current(|timers| Arc::clone(timers.home())),
        entry: None,
    }
}

/// The future of [`idle`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Idle {
    home: Arc<Home>,
    entry: Option<Entry>,
}

/// Where the waker is, and in which round it was left.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    number: u64,
    round: u64,
}

impl Future for Idle {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(entry) = self.home.idle.wait(self.entry, cx.waker()) else {
            return Poll::Ready(());
        };
        if self.entry.replace(entry).is_none() {
            self.home.driver.unpark();
        }
        Poll::Pending
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        if let Some(entry) = self.entry {
            self.home.idle.leave(entry);
        }
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle").finish_non_exhaustive()
    }
}

/// Who waits until the runtime is idle.
pub(crate) struct Waiting {
    /// 1 if somebody waits, else 0. Written under the lock. Relaxed: what it announces is found under the lock, and the unpark after it is what the thread in the seat cannot miss.
    anybody: AtomicU64,
    // No user code runs under this lock: wakers are cloned before, and woken or dropped after.
    state: Mutex<State>,
}

struct State {
    round: u64,
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Waiting {
    pub(crate) fn new() -> Self {
        Self {
            anybody: AtomicU64::new(0),
            state: Mutex::new(State {
                round: 0,
                next: 0,
                wakers: BTreeMap::new(),
            }),
        }
    }

    /// Step 1: `None` if a round has ended since the waker was left.
    pub(crate) fn wait(&self, entry: Option<Entry>, waker: &Waker) -> Option<Entry> {
        let waker = waker.clone();
        let mut state = self.state.lock();
        let entry = entry.unwrap_or_else(|| {
            state.next += 1;
            Entry {
                number: state.next,
                round: state.round,
            }
        });
        if entry.round != state.round {
            drop(state);
            return None;
        }
        let before = state.wakers.insert(entry.number, waker);
        self.anybody.store(1, Ordering::Relaxed);
        drop(state);
        drop(before);
        Some(entry)
    }

    fn leave(&self, entry: Entry) {
        let mut state = self.state.lock();
        let waker = state.wakers.remove(&entry.number);
        self.anybody
            .store(u64::from(!state.wakers.is_empty()), Ordering::Relaxed);
        drop(state);
        drop(waker);
    }

    /// Step 2.
    pub(crate) fn is_anybody(&self) -> bool {
        self.anybody.load(Ordering::Relaxed) != 0
    }

    /// Step 3.
    pub(crate) fn end_round(&self) {
        let mut state = self.state.lock();
        state.round += 1;
        let wakers = std::mem::take(&mut state.wakers);
        self.anybody.store(0, Ordering::Relaxed);
        drop(state);
        for waker in wakers.into_values() {
            // It runs in the thread in the seat: a waker that panics has nowhere to go.
            runtime_core::util::swallow(|| waker.wake());
        }
    }
}
