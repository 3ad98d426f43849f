//! Callables: closures that are run once, as tasks without a future.
//!
//! # The rule
//!
//! A callable is the smallest cell that a queue can hold: header, scheduler, closure. It is a task in all that concerns queues, registries, hooks, shutdown and
//! [`AbortHandle`]s, and in nothing else: no output, no join handle, no poll. It has an id, which its code sees as its task.
//!
//! Some wait before they are queued: for a deadline, for a task to end, for a value. These run twice. The first run, by whoever makes them, tells their
//! waker to what they wait for; the wake then queues them as [`call_soon`](crate::Handle::call_soon) does, behind everything else, and the second run calls.
//!
//! ```text
//!   call_soon ────────────────────────────────► SCHEDULED ──► run: call ──► COMPLETE
//!                                                   ▲                          ▲
//!   call_when ──► first run: poll what is due       │ wake                     │ abort: the closure is dropped
//!                 and pause ──────────────────► idle ──────────────────────────┘
//! ```
//!
//! # Who owns the closure
//!
//! Whoever runs the callable, by the state word, and nobody after: the runner takes it out and then completes without another pause, so a cell that is not complete and
//! not running has its closure. One that is freed before it is complete, because a queue without a registry dropped it, drops it then.
//!
//! # Abort against run
//!
//! Both go through the state word, which has one order: an abort that comes before [`State::start`](super::state::State::start) ends the callable uncalled; one that comes
//! later finds it running or complete and changes nothing.
//!
//! # Designs rejected
//!
//! * **A future that calls the closure at its first poll**: a third larger for a stage and an output that nobody reads, and a join handle to be made and dropped.
//! * **Callables outside of the registry**: two visits to a lock that nobody else wants are saved, but a runtime that closes could not tell a closure's home, and a closure
//!   that is not `Send` would be dropped by whoever empties the queue.

use std::cell::UnsafeCell;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

use super::cell::{Header, Vtable};
use super::name::Label;
use super::registry::Home;
use super::state::{Completed, Pause, Start, State};
use super::waker::BorrowedWaker;
use super::{AbortHandle, Id, JoinError, JoinHandle, Runnable, Schedule, TaskRef, context_vars};
use crate::handle::Handle;
use crate::hooks::{TaskMeta, Unhandled};
use crate::{context, coop, unwind};

/// What a callable's cell holds.
pub(crate) trait Callable: 'static {
    /// Whether it is to be called now: `Ready(true)`; never: `Ready(false)`; or when the waker is woken. A callable that waits answers `Pending` the first time.
    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<bool>;

    /// Once at most, after `Ready(true)`.
    fn call(self);
}

/// Called as soon as it is its turn.
pub(crate) struct Soon<F>(pub(crate) F);

impl<F: FnOnce() + 'static> Callable for Soon<F> {
    #[inline]
    fn poll_due(&mut self, _: &mut Context<'_>) -> Poll<bool> {
        Poll::Ready(true)
    }

    #[inline]
    fn call(self) {
        (self.0)();
    }
}

/// Called when something has come about.
pub(crate) struct When<W, F> {
    due: W,
    call: F,
    begun: bool,
}

impl<W, F> When<W, F> {
    pub(crate) fn new(due: W, call: F) -> Self {
        Self {
            due,
            call,
            begun: false,
        }
    }
}

impl<W, F> Callable for When<W, F>
where
    W: Future<Output = bool> + Unpin + 'static,
    F: FnOnce() + 'static,
{
    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let first = !std::mem::replace(&mut self.begun, true);
        let polled = Pin::new(&mut self.due).poll(cx);
        if first && polled.is_ready() {
            // It has its turn like everybody else, never within the call that makes it. By then the future has been ready, which it must bear.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        polled
    }

    fn call(self) {
        drop(self.due);
        (self.call)();
    }
}

/// Called with the output of a task when it has ended.
pub(crate) struct Joined<T, F> {
    task: JoinHandle<T>,
    call: F,
    begun: bool,
}

impl<T, F> Joined<T, F> {
    pub(crate) fn new(task: JoinHandle<T>, call: F) -> Self {
        Self {
            task,
            call,
            begun: false,
        }
    }
}

impl<T, F> Callable for Joined<T, F>
where
    T: 'static,
    F: FnOnce(Result<T, JoinError>) + 'static,
{
    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let first = !std::mem::replace(&mut self.begun, true);
        if self.task.watch(cx.waker()) {
            return Poll::Pending;
        }
        if first {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(true)
    }

    fn call(self) {
        let output = self.task.take_output();
        drop(self.task);
        (self.call)(output);
    }
}

/// Schedules a closure to be run once by the current runtime, after what is queued now: [`Handle::call_soon`] of it.
///
/// # Panics
///
/// Panics if there is no current runtime.
///
/// # Examples
///
/// ```
/// use runtime_core::task::{call_soon, yield_now};
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let (send, receive) = std::sync::mpsc::channel();
/// rt.block_on(async {
///     call_soon(move || send.send("soon").unwrap());
///     assert!(receive.try_recv().is_err());
///     yield_now().await;
///     assert_eq!(receive.try_recv(), Ok("soon"));
/// });
/// ```
#[track_caller]
pub fn call_soon<F>(f: F) -> AbortHandle
where
    F: FnOnce() + Send + 'static,
{
    Handle::current().call_soon(f)
}

#[repr(C)]
struct Cell<C, S> {
    header: Header,
    scheduler: S,
    /// There unless the callable is complete, or its runner has taken it.
    callable: UnsafeCell<ManuallyDrop<C>>,
}

impl<C: Callable, S: Schedule> Cell<C, S> {
    const VTABLE: &'static Vtable = &Vtable {
        run: run::<C, S>,
        schedule: schedule::<C, S>,
        cancel: cancel::<C, S>,
        aborted: aborted::<C, S>,
        take_output: no_output,
        drop_output: nothing_to_drop,
        label: label::<C, S>,
        type_name: std::any::type_name::<C>,
        free: free::<C, S>,
    };

    /// References at birth: the queue's, the abort handle's, the registry's.
    const BIRTH_REFS: usize = 2 + S::REGISTRY_REFS;
}

/// A new callable: its right to run, and the handle that aborts it.
pub(crate) fn new_call<C: Callable, S: Schedule>(
    callable: C,
    scheduler: S,
    location: &'static Location<'static>,
) -> (Runnable, AbortHandle) {
    let state = State::without_join(Cell::<C, S>::BIRTH_REFS);
    let cell = Box::new(Cell {
        header: Header::new(state, Cell::<C, S>::VTABLE, location),
        scheduler,
        callable: UnsafeCell::new(ManuallyDrop::new(callable)),
    });
    let header = NonNull::from(Box::leak(cell)).cast();
    (Runnable(TaskRef(header)), AbortHandle::new(TaskRef(header)))
}

/// # Safety
///
/// `header` is the header of a live `Cell<C, S>`.
unsafe fn cell<'a, C, S>(header: NonNull<Header>) -> &'a Cell<C, S> {
    // SAFETY: the header is the first field of the `repr(C)` cell; all mutable parts are in `UnsafeCell`s.
    unsafe { header.cast::<Cell<C, S>>().as_ref() }
}

/// What a run came to.
enum Ran {
    Called,
    Waits,
}

unsafe fn run<C: Callable, S: Schedule>(header: NonNull<Header>) {
    // SAFETY: the vtable belongs to a `Cell<C, S>`, which the queue's reference keeps alive.
    let cell = unsafe { cell::<C, S>(header) };
    match cell.header.state.start() {
        Start::Poll => {}
        // SAFETY: this thread is the runner.
        Start::Cancel => return unsafe { cancel::<C, S>(header) },
        Start::Stale => return,
        // SAFETY: that was the last reference.
        Start::StaleLast => return unsafe { free::<C, S>(header) },
    }
    // SAFETY: this thread is the runner.
    match unsafe { call(cell, header) } {
        Ok(Ran::Called) => {}
        Ok(Ran::Waits) => match cell.header.state.pause() {
            Pause::Idle => return,
            Pause::Reschedule => {
                // Cloned, as in `schedule`.
                let scheduler = cell.scheduler.clone();
                // SAFETY: the runner's reference became the queue's.
                return scheduler.reschedule(unsafe { Runnable::from_raw(header) });
            }
            // SAFETY: still the runner.
            Pause::Cancel => return unsafe { cancel::<C, S>(header) },
        },
        Err(payload) => panicked(cell, header, payload),
    }
    // SAFETY: still the runner; the callable is gone.
    unsafe { complete::<C, S>(header) }
}

/// Calls the callable if it is due, with budget, identity and panic caught. Unless it waits, it is gone afterwards.
///
/// # Safety
///
/// The caller is the runner.
unsafe fn call<C: Callable, S>(
    cell: &Cell<C, S>,
    header: NonNull<Header>,
) -> Result<Ran, unwind::Payload> {
    // SAFETY: the runner's reference outlives the call.
    let waker = unsafe { BorrowedWaker::new(header) };
    let _current = context::enter_task(Id::of(header));
    let due = unwind::catch(|| {
        // SAFETY: the runner owns the callable.
        let callable = unsafe { &mut *cell.callable.get() };
        callable.poll_due(&mut Context::from_waker(&waker))
    });
    if let Ok(Poll::Pending) = due {
        return Ok(Ran::Waits);
    }
    // SAFETY: the runner owns the callable, and completes the cell without looking at it again.
    let callable = ManuallyDrop::into_inner(unsafe { cell.callable.get().read() });
    let called = unwind::catch(|| {
        if matches!(due, Ok(Poll::Ready(true))) {
            coop::with_budget(|| callable.call());
        } else {
            drop(callable);
        }
    });
    match due {
        Err(payload) => Err(payload),
        Ok(_) => called.map(|()| Ran::Called),
    }
}

/// Queues a callable that was woken, behind everything else.
unsafe fn schedule<C, S: Schedule>(header: NonNull<Header>) {
    // SAFETY: the vtable belongs to a `Cell<C, S>`, which the queue's reference keeps alive.
    let cell = unsafe { cell::<C, S>(header) };
    // Cloned: another thread may run and free the callable as soon as it is queued, and with it the scheduler inside the cell.
    let scheduler = cell.scheduler.clone();
    // SAFETY: the caller gives up the queue's reference.
    scheduler.reschedule(unsafe { Runnable::from_raw(header) });
}

unsafe fn cancel<C: Callable, S: Schedule>(header: NonNull<Header>) {
    // SAFETY: the runner's reference keeps the cell alive.
    let cell = unsafe { cell::<C, S>(header) };
    let dropped = {
        let _current = context::enter_task(Id::of(header));
        // SAFETY: the runner owns the callable, and completes the cell without looking at it again.
        let callable = unsafe { cell.callable.get().read() };
        unwind::catch(|| drop(ManuallyDrop::into_inner(callable)))
    };
    if let Err(payload) = dropped {
        panicked(cell, header, payload);
    }
    // SAFETY: still the runner; the callable is gone.
    unsafe { complete::<C, S>(header) }
}

unsafe fn aborted<C, S: Schedule>(header: NonNull<Header>) {
    // SAFETY: the caller's reference keeps the cell alive, and the scheduler is only read after birth.
    unsafe { cell::<C, S>(header) }.scheduler.aborted();
}

unsafe fn no_output(_: NonNull<Header>, _: *mut ()) {
    unreachable!("a callable has no join handle")
}

unsafe fn nothing_to_drop(_: NonNull<Header>) {}

unsafe fn label<C, S: Schedule>(header: NonNull<Header>) -> Option<NonNull<Label>> {
    // SAFETY: the vtable belongs to a `Cell<C, S>`, which the caller's reference keeps alive.
    let cell = unsafe { cell::<C, S>(header) };
    cell.scheduler.label().map(NonNull::from)
}

unsafe fn free<C, S: Schedule>(header: NonNull<Header>) {
    // SAFETY: the cell is still whole.
    let cell = unsafe { cell::<C, S>(header) };
    // SAFETY: no reference is left, so nobody writes `home` any more.
    let home = unsafe { cell.header.home() };
    if home != Home::NONE {
        cell.scheduler.forget(home);
    }
    if !cell.header.state.load().is_complete() {
        // SAFETY: no reference is left and it never ran, so the callable is there and nobody else can reach it.
        let callable = unsafe { cell.callable.get().read() };
        unwind::swallow(|| drop(ManuallyDrop::into_inner(callable)));
    }
    // SAFETY: made by `Box::leak` in `new_call`, and nobody else can reach it.
    drop(unsafe { Box::from_raw(header.cast::<Cell<C, S>>().as_ptr()) });
}

/// Tells of a panic, which nobody will find in a handle.
#[cold]
#[inline(never)]
fn panicked<C, S: Schedule>(cell: &Cell<C, S>, header: NonNull<Header>, payload: unwind::Payload) {
    let meta = || TaskMeta::new(Id::of(header), cell.header.location, cell.scheduler.label());
    cell.scheduler.panicked(&meta(), &payload);
    cell.scheduler.unhandled(&Unhandled::CallablePanicked {
        callable: meta(),
        payload: &*payload,
    });
    unwind::discard(payload);
}

/// Gives back the runner's and the registry's reference.
///
/// # Safety
///
/// The caller is the runner, the callable is gone, and the caller does not look at the cell again.
unsafe fn complete<C, S: Schedule>(header: NonNull<Header>) {
    // A local, not an argument: see `harness::complete`.
    // SAFETY: the runner's reference keeps the cell alive until the exchange below.
    let cell = unsafe { cell::<C, S>(header) };
    let task = || TaskMeta::new(Id::of(header), cell.header.location, cell.scheduler.label());
    cell.scheduler.completed(task);
    context_vars::forget(Id::of(header));
    match cell.header.state.complete(false, 1 + S::REGISTRY_REFS) {
        // SAFETY: those were the last references.
        Completed::Free => unsafe { free::<C, S>(header) },
        Completed::Released => {}
        Completed::Unjoined | Completed::WakeJoiner => {
            unreachable!("a callable has no join handle")
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::scheduler::binding::Binding;
    use crate::{Builder, Runtime};
    use std::sync::mpsc::{Sender, channel};

    #[derive(Clone)]
    struct Nowhere;

    impl Schedule for Nowhere {
        const REGISTRY_REFS: usize = 0;
        fn schedule(&self, task: Runnable) {
            drop(task);
        }
        fn forget(&self, _: Home) {}
    }

    /// Sends when it is dropped.
    struct Tells(Sender<&'static str>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }

    #[test]
    fn a_callable_is_header_scheduler_and_closure() {
        type Bare = Soon<fn()>;
        assert_eq!(
            size_of::<Cell<Soon<()>, Binding>>(),
            size_of::<Header>() + 8
        );
        assert_eq!(size_of::<Cell<Bare, Binding>>(), size_of::<Header>() + 16);
    }

    #[test]
    fn the_closure_goes_with_its_cell_if_nobody_runs_it() {
        let (send, receive) = channel();
        let tells = Tells(send);
        let (task, handle) = new_call(Soon(move || drop(tells)), Nowhere, Location::caller());
        drop(task);
        assert!(receive.try_recv().is_err());
        assert!(!handle.is_finished());
        drop(handle);
        assert_eq!(receive.recv(), Ok("dropped"));
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn a_closure_that_does_not_fit_is_boxed() {
        let rt = runtime();
        let large = [7_u8; crate::handle::LARGEST_INLINE_FUTURE + 1];
        let (send, receive) = channel();
        rt.handle().call_soon(move || send.send(large[9]).unwrap());
        rt.block_on(crate::task::yield_now());
        assert_eq!(receive.try_recv(), Ok(7));
    }

    #[test]
    fn false_drops_the_closure_uncalled() {
        let rt = runtime();
        let (send, receive) = channel();
        let tells = Tells(send);
        let due = std::future::poll_fn(|_| Poll::Ready(false));
        let handle = rt.handle().call_when(due, move || {
            tells.0.send("called").unwrap();
        });
        rt.block_on(crate::task::yield_now());
        assert_eq!(receive.try_iter().collect::<Vec<_>>(), ["dropped"]);
        assert!(handle.is_finished());
    }

    #[test]
    fn a_panic_of_what_it_waits_for_is_told_and_drops_the_closure() {
        let (send, receive) = channel();
        let told = crate::primitive::Mutex::new(send.clone());
        let rt = Builder::new_current_thread()
            .on_unhandled(move |what| {
                assert!(matches!(what, Unhandled::CallablePanicked { .. }));
                told.lock().send("told").unwrap();
            })
            .build()
            .unwrap();
        let tells = Tells(send);
        let due = std::future::poll_fn(|_| -> Poll<bool> { panic!("no") });
        rt.handle().call_when(due, move || drop(tells));
        assert_eq!(receive.try_iter().collect::<Vec<_>>(), ["dropped", "told"]);
        assert_eq!(rt.metrics().num_alive_tasks(), 0);
    }

    #[test]
    fn after_shutdown_it_is_dropped_at_once() {
        let rt = runtime();
        let handle = rt.handle().clone();
        drop(rt);
        let (send, receive) = channel();
        let (soon, later) = (Tells(send.clone()), Tells(send));
        let soon = handle.call_soon(move || drop(soon));
        let due = std::future::poll_fn(|_| -> Poll<bool> { unreachable!("not begun") });
        let later = handle.call_when(due, move || drop(later));
        assert_eq!(receive.try_iter().count(), 2);
        assert!(soon.is_finished() && later.is_finished());
    }

    #[test]
    fn shutdown_drops_what_is_queued_and_what_waits() {
        let rt = runtime();
        let (send, receive) = channel();
        let (soon, waits) = (Tells(send.clone()), Tells(send));
        let soon = rt.handle().call_soon(move || drop(soon));
        let due = std::future::pending();
        let waits = rt.handle().call_when(due, move || drop(waits));
        drop(rt);
        assert_eq!(receive.try_iter().count(), 2);
        assert!(soon.is_finished() && waits.is_finished());
    }
}
