//! The future of `block_on`: polled by the calling thread, which may drive a slot meanwhile.
//!
//! ```text
//!              1 wake                      2 take_wake
//!   ┌──────┐ ─────────► ┌───────┐ ───────────────────► poll, then IDLE
//!   │ IDLE │            │ WOKEN │
//!   └──┬───┘            └───┬───┘
//!      │ 3 finish           │ 3 finish
//!      └──────► DONE ◄──────┘          a wake of a finished root does nothing
//! ```
//!
//! A root that drives a slot sleeps in that slot's parker; one that does not, in its own. A wake changes the word first and then reads which
//! of the two to unpark; the thread writes which first and then reads the word before it sleeps. Both are SeqCst, so one of them sees the other.
//!
//! # Who drives a current-thread runtime
//!
//! Its one slot goes to the first thread in `Runtime::block_on`. A second one polls its own future only, and is told when the slot falls vacant. A thread that
//! leaves without having taken the vacancy it was told of passes it on.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::Shared;
use super::park::Parker;
use super::worker::Worker;
use crate::context::{self, Entered};
use crate::handle::Handle;
use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicU8, AtomicUsize, Ordering::*};
use crate::{coop, messages};

const IDLE: u8 = 0;
const WOKEN: u8 = 1;
const DONE: u8 = 2;

/// No slot is driven: the root waits in its own parker.
const NO_SLOT: usize = usize::MAX;

/// The wake state of one `block_on`.
pub(crate) struct Root {
    state: AtomicU8,
    slot: AtomicUsize,
    parker: Parker,
    shared: Arc<Shared>,
}

impl Root {
    pub(crate) fn new(shared: &Arc<Shared>) -> Arc<Self> {
        shared.quiet.root_woken();
        Arc::new(Self {
            state: AtomicU8::new(WOKEN),
            slot: AtomicUsize::new(NO_SLOT),
            parker: Parker::new(),
            shared: shared.clone(),
        })
    }

    /// Whether the future is to be polled.
    pub(crate) fn is_woken(&self) -> bool {
        self.state.load(SeqCst) == WOKEN
    }

    /// Edge 2 and the poll: `None` if the future was not woken.
    pub(crate) fn poll<F: Future>(self: &Arc<Self>, future: Pin<&mut F>) -> Option<F::Output> {
        if self.state.load(Relaxed) != WOKEN {
            return None;
        }
        self.state.swap(IDLE, AcqRel);
        let waker = Waker::from(self.clone());
        let _rests = Rests(&self.shared);
        match coop::with_budget(|| future.poll(&mut Context::from_waker(&waker))) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// From now on a wake unparks this slot instead of the root's own parker.
    pub(crate) fn sleep_in(&self, slot: Option<usize>) {
        self.slot.store(slot.unwrap_or(NO_SLOT), SeqCst);
    }

    /// Edge 3.
    pub(crate) fn finish(&self) {
        if self.state.swap(DONE, AcqRel) == WOKEN {
            self.shared.quiet.root_rests(&self.shared);
        }
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// Edge 1. Writes the word even if it is `WOKEN` already, so that the poll sees what was written before every wake.
    fn wake_by_ref(self: &Arc<Self>) {
        let step = |now| (now != DONE).then_some(WOKEN);
        if self.state.fetch_update(SeqCst, Relaxed, step) != Ok(IDLE) {
            return;
        }
        self.shared.quiet.root_woken();
        match self.slot.load(SeqCst) {
            NO_SLOT => self.parker.unpark(|| {}),
            slot => self.shared.unpark(slot),
        }
    }
}

/// Threads in `block_on` that would like to drive, and wait for a slot to fall vacant.
#[derive(Debug)]
pub(crate) struct Vacancies(Mutex<Vec<Arc<Root>>>);

impl Vacancies {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn join(&self, root: &Arc<Root>) {
        self.0.lock().push(root.clone());
    }

    /// False: the root was told of a vacancy already.
    fn leave(&self, root: &Arc<Root>) -> bool {
        let mut waiting = self.0.lock();
        let place = waiting.iter().position(|other| Arc::ptr_eq(other, root));
        place.map(|place| waiting.swap_remove(place)).is_some()
    }

    /// There will be no vacancy any more: tells all.
    pub(crate) fn announce_to_all(&self) {
        let told = std::mem::take(&mut *self.0.lock());
        for root in told {
            root.parker.unpark(|| {});
        }
    }

    /// A slot has fallen vacant: tells one of those who wait.
    pub(crate) fn announce(&self) {
        let told = self.0.lock().pop();
        if let Some(root) = told {
            root.parker.unpark(|| {});
        }
    }
}

/// Runs a future to its end on this thread. With `drive`, this thread also runs the tasks of slot 0 whenever nobody else does.
#[track_caller]
pub(crate) fn block_on<F: Future>(handle: &Handle, future: F, drive: bool) -> F::Output {
    if context::in_task() {
        panic!("{}", messages::NESTED_BLOCK_ON);
    }
    let shared = handle.shared();
    if !shared.process.is_current() {
        panic!("{}", messages::FORKED);
    }
    let _entry = context::enter(handle.clone());
    let _async = context::enter_async(if shared.config.own_workers > 0 {
        Entered::MayHandOver
    } else {
        Entered::Alone
    });
    let mut future = pin!(future);
    let root = Finish(Root::new(shared));
    loop {
        if drive && shared.shutdown.is_by_panic() {
            panic!("{}", messages::SHUT_DOWN_BY_PANIC);
        }
        let worker = if drive {
            Worker::claim(handle, 0)
        } else {
            None
        };
        let output = match worker {
            Some(worker) => worker.run_until(&root.0, future.as_mut()),
            None => wait_beside(&root.0, future.as_mut(), drive),
        };
        if let Some(output) = output {
            return output;
        }
    }
}

/// Polls the future without driving. `None`: there may be a slot to drive now.
fn wait_beside<F: Future>(
    root: &Arc<Root>,
    mut future: Pin<&mut F>,
    drive: bool,
) -> Option<F::Output> {
    let _waiting = drive.then(|| Waiting::join(root));
    // The slot may have fallen vacant before this thread joined those who wait for it.
    if drive && is_called(&root.shared) {
        return None;
    }
    loop {
        if let Some(output) = root.poll(future.as_mut()) {
            return Some(output);
        }
        if !root.is_woken() {
            root.parker.park(None);
        }
        if drive && is_called(&root.shared) {
            return None;
        }
    }
}

/// Whether a thread that would like to drive must leave its wait: there is a vacancy, or there never will be and the panic that is to blame must be reported.
fn is_called(shared: &Shared) -> bool {
    if shared.shutdown.is_closed() {
        shared.shutdown.is_by_panic()
    } else {
        !shared.slots[0].is_occupied()
    }
}

/// Counts a root as resting after its poll, also if that panics.
struct Rests<'a>(&'a Shared);

impl Drop for Rests<'_> {
    fn drop(&mut self) {
        self.0.quiet.root_rests(self.0);
    }
}

/// Marks the root as finished however its drive ends.
pub(crate) struct Finish(pub(crate) Arc<Root>);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// A place among those who wait for a vacancy; whoever leaves without using the one it was told of passes it on.
struct Waiting<'a>(&'a Arc<Root>);

impl<'a> Waiting<'a> {
    fn join(root: &'a Arc<Root>) -> Self {
        root.shared.vacancies.join(root);
        Self(root)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let shared = &self.0.shared;
        if !shared.vacancies.leave(self.0) && !shared.slots[0].is_occupied() {
            shared.vacancies.announce();
        }
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root")
            .field("woken", &self.is_woken())
            .finish_non_exhaustive()
    }
}
