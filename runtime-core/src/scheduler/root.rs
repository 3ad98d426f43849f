//! The future of `block_on`: polled by the calling thread, which may drive a slot meanwhile.
//!
//! ```text
//!              1 wake                      2 poll
//!   ┌──────┐ ─────────► ┌───────┐ ───────────────────► poll, then IDLE
//!   │ IDLE │            │ WOKEN │
//!   └──┬───┘            └───┬───┘
//!      │ 3 finish           │ 3 finish
//!      └──────► DONE ◄──────┘          a wake of a finished root does nothing
//! ```
//!
//! A root that drives a slot sleeps in that slot's parker; one that does not, in its own. Which of the two a wake must unpark is said by the same word, so there is
//! one order of all changes: a wake that comes after the thread has moved finds the new place; of one that came before, the thread knows, since it changed the
//! word after it, and it looks at the word before it sleeps.
//!
//! # What a stopped clock sees
//!
//! A wake is counted in [`Quiet`](super::quiet::Quiet) *before* it changes the word, and uncounted after the poll. Counted later, the poll could come first, and
//! the sum would say for a moment that nothing is to be done when another root has been woken.
//!
//! # Who drives
//!
//! On a multi-thread runtime nobody in `block_on` does: own workers run the tasks, and a thread that waits must not run a stranger's task, which may want the very lock it
//! holds. On a hosted runtime nobody else might: a thread that holds a slot drives that one, another one claims a vacant slot, and where there is none it polls its own future only
//! and is told when one falls vacant. A current-thread runtime has one slot, for who came through the `Runtime`; through a handle one only waits, so that its tasks stay with those
//! threads. Who is told is not among those who wait any more: if another thread was quicker to take the slot, it joins
//! them again, and if it leaves, it passes the word on. A local runtime is driven by its own thread only.
//!
//! The thread of a guest also runs the guest's local tasks, see [`local`](crate::embed::local): nobody else can, and the future may wait for one.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use super::Shared;
use super::park::Parker;
use super::shutdown::{close_handed_slot, close_slot};
use super::worker::Worker;
use crate::context::{self, Entered, Hold};
use crate::embed::local::LocalTasks;
use crate::handle::{Handle, RuntimeFlavor};
use crate::primitive::Mutex;
use crate::primitive::atomic::{AtomicUsize, Ordering::*};
use crate::task::context_vars;
use crate::{coop, messages};

/// The lower two bits of the word.
const PHASE: usize = 3;
const IDLE: usize = 0;
const WOKEN: usize = 1;
const DONE: usize = 2;

/// The upper bits: the slot in whose parker the root sleeps, plus one; zero for its own parker.
const PLACE: u32 = 2;

/// The wake state of one `block_on`.
pub(crate) struct Root {
    word: AtomicUsize,
    parker: Parker,
    shared: Arc<Shared>,
}

impl Root {
    pub(crate) fn new(shared: &Arc<Shared>) -> Arc<Self> {
        shared.quiet.root_woken();
        Arc::new(Self {
            word: AtomicUsize::new(WOKEN),
            parker: Parker::new(),
            shared: shared.clone(),
        })
    }

    /// Whether the future is to be polled.
    pub(crate) fn is_woken(&self) -> bool {
        // Relaxed: edge 2 orders the poll after the wake.
        self.word.load(Relaxed) & PHASE == WOKEN
    }

    /// Edge 2 and the poll: `None` if the future was not woken.
    pub(crate) fn poll<F: Future>(self: &Arc<Self>, future: Pin<&mut F>) -> Option<F::Output> {
        if !self.is_woken() {
            return None;
        }
        // Acquire pairs with the Release of edge 1: the poll sees what was written before the wake.
        self.word.fetch_and(!PHASE, AcqRel);
        let waker = Waker::from(self.clone());
        let _rests = Rests(&self.shared);
        match coop::with_budget(|| future.poll(&mut Context::from_waker(&waker))) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// From now on a wake unparks this slot instead of the root's own parker.
    pub(crate) fn sleep_in(&self, slot: Option<usize>) {
        let place = slot.map_or(0, |slot| slot + 1) << PLACE;
        let step = |now| Some(now & PHASE | place);
        // Relaxed: the order of the changes to one word is all it takes.
        let _ = self.word.fetch_update(Relaxed, Relaxed, step);
    }

    /// Edge 3.
    pub(crate) fn finish(&self) {
        if self.word.swap(DONE, AcqRel) & PHASE == WOKEN {
            self.shared.quiet.root_rests(&self.shared);
        }
    }

    /// Edge 1: returns the word from before. Writes it even if it is `WOKEN` already, so that the poll sees what was written before every wake.
    fn set_woken(&self) -> Option<usize> {
        let mut counted = false;
        let step = |now| match now & PHASE {
            DONE => None,
            phase => {
                if phase == IDLE && !std::mem::replace(&mut counted, true) {
                    self.shared.quiet.root_woken();
                }
                Some(now & !PHASE | WOKEN)
            }
        };
        // Release pairs with the Acquire of edge 2.
        let before = self.word.fetch_update(AcqRel, Relaxed, step).ok();
        let before = before.filter(|before| before & PHASE == IDLE);
        if counted && before.is_none() {
            // Another wake, or the end, came first.
            self.shared.quiet.root_rests(&self.shared);
        }
        before
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let Some(before) = self.set_woken() else {
            return;
        };
        match (before >> PLACE).checked_sub(1) {
            None => self.parker.unpark(|| {}),
            Some(slot) => self.shared.unpark(slot),
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

/// Through what a thread came into `block_on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The runtime, which does not go away meanwhile. It is told if a panic has shut the runtime down.
    Runtime,
    /// A handle.
    Handle,
}

impl Caller {
    /// Whether it drives a slot, if there is one to be had.
    fn drives(self, shared: &Shared) -> bool {
        let here = || thread::current().id();
        let may = shared.owner.is_none_or(|owner| owner == here());
        let should = match shared.config.flavor {
            RuntimeFlavor::MultiThread => false,
            RuntimeFlavor::CurrentThread => self == Self::Runtime,
            // The pool runs the tasks.
            RuntimeFlavor::Hosted => shared.pumps.is_none(),
        };
        may && (should || context::held(shared).is_some_and(|held| !held.is_driven))
    }

    /// Whether the slot that it drives counts as inside, so that shutdown waits for it.
    fn counts(self, shared: &Shared) -> bool {
        self == Self::Handle || shared.config.flavor == RuntimeFlavor::Hosted
    }
}

/// A thread in `block_on` drives a slot while this lives.
struct Tenant {
    worker: Option<Worker>,
    /// `None`: the thread held the slot before, and goes on to.
    hold: Option<Hold>,
    counts: bool,
}

impl Tenant {
    /// The slot that this thread holds, or any that is vacant.
    fn find(handle: &Handle, caller: Caller) -> Option<Self> {
        let shared = handle.shared();
        if let Some(held) = context::held(shared) {
            // Handed over: between two drives, or while a task of this thread blocks in place.
            let worker = Worker::take_over(handle, held.slot)?;
            worker.owns_seat.set(held.owns_seat);
            return Some(Self {
                worker: Some(worker),
                hold: None,
                counts: false,
            });
        }
        let counts = caller.counts(shared);
        if counts && !shared.shutdown.come_in() {
            return None;
        }
        match shared
            .guest_slots()
            .find_map(|slot| Worker::claim(handle, slot))
        {
            Some(worker) => {
                let hold = context::hold(shared, worker.index());
                hold.set_driven(true);
                Some(Self {
                    worker: Some(worker),
                    hold: Some(hold),
                    counts,
                })
            }
            None => {
                if counts {
                    shared.shutdown.go_out(handle);
                }
                None
            }
        }
    }

    fn run_until<F: Future>(&self, root: &Arc<Root>, future: Pin<&mut F>) -> Option<F::Output> {
        self.worker.as_ref()?.run_until(root, future)
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        let Some(worker) = self.worker.take() else {
            return;
        };
        let handle = worker.handle().clone();
        let (shared, slot) = (handle.shared(), worker.index());
        if self.hold.take().is_none() {
            worker.put_down();
            // Who closes the runtime takes away what it finds put down; this slot may have been put down after that.
            if shared.shutdown.is_closed() {
                close_handed_slot(&handle, slot);
            }
            return;
        }
        if self.counts && shared.shutdown.is_closed() {
            close_slot(shared, slot);
        }
        drop(worker);
        if self.counts {
            shared.shutdown.go_out(&handle);
        }
    }
}

/// Runs a future to its end on this thread, which also runs tasks if it [should](Caller::drives) and there is a slot for it.
#[track_caller]
pub(crate) fn block_on<F: Future>(handle: &Handle, future: F, caller: Caller) -> F::Output {
    if context::in_task() {
        panic!("{}", messages::NESTED_BLOCK_ON);
    }
    let shared = handle.shared();
    if !shared.process.is_current() {
        panic!("{}", messages::FORKED);
    }
    let _entry = context::enter(handle.clone());
    let _random = shared.config.seed.map(|seed| seed.on_this_thread(0));
    let _variables = context_vars::branch();
    let is_alone = shared.config.flavor == RuntimeFlavor::CurrentThread;
    let _async = context::enter_async(if is_alone {
        Entered::Alone
    } else {
        Entered::MayHandOver
    });
    let mut future = pin!(future);
    let local = LocalTasks::beside_block_on(shared);
    let mut future = pin!(poll_fn(|cx| {
        let polled = future.as_mut().poll(cx);
        if let (true, Some(local)) = (polled.is_pending(), &local) {
            local.run_some(cx);
        }
        polled
    }));
    let root = Finish(Root::new(shared));
    let drives = caller.drives(shared).then_some(caller);
    loop {
        if is_told_of_panic(shared, drives) {
            panic!("{}", messages::SHUT_DOWN_BY_PANIC);
        }
        let tenant = drives.and_then(|caller| Tenant::find(handle, caller));
        let output = match &tenant {
            Some(tenant) => tenant.run_until(&root.0, future.as_mut()),
            None => wait_beside(&root.0, future.as_mut(), drives),
        };
        drop(tenant);
        if let Some(output) = output {
            return output;
        }
    }
}

/// Polls the future without driving. `None`: there may be a slot to drive now, for one who drives.
pub(crate) fn wait_beside<F: Future>(
    root: &Arc<Root>,
    mut future: Pin<&mut F>,
    drives: Option<Caller>,
) -> Option<F::Output> {
    loop {
        // Anew in each round: whoever was told and finds the slot taken again must be told again.
        let _waiting = drives.map(|_| Waiting::join(root));
        // Also because the slot may have fallen vacant before this thread joined.
        if drives.is_some() && is_called(&root.shared, drives) {
            return None;
        }
        if let Some(output) = root.poll(future.as_mut()) {
            return Some(output);
        }
        if !root.is_woken() {
            root.parker.park(None);
        }
    }
}

/// Whether a thread that would like to drive must leave its wait: there is a vacancy, or there never will be and the panic that is to blame must be reported.
fn is_called(shared: &Shared, drives: Option<Caller>) -> bool {
    if shared.shutdown.is_closed() {
        is_told_of_panic(shared, drives)
    } else {
        shared.has_vacant_slot()
    }
}

fn is_told_of_panic(shared: &Shared, drives: Option<Caller>) -> bool {
    drives == Some(Caller::Runtime) && shared.shutdown.is_by_panic()
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
        if !shared.vacancies.leave(self.0) && shared.has_vacant_slot() {
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
