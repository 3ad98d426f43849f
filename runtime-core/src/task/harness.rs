//! Running, cancelling, completing and freeing a task: the typed half behind the vtable.
//!
//! Each function is entered with a reference that it takes over, and with the state word saying that this thread may touch the stage.

use std::future::Future;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

use super::cell::{Cell, Header, Stage};
use super::name::Label;
use super::registry::Home;
use super::state::{Completed, Pause, Start};
use super::waker::BorrowedWaker;
use super::{Id, JoinError, Runnable, Schedule, context_vars};
use crate::hooks::{TaskMeta, Unhandled};
use crate::{context, coop, unwind};

/// # Safety
///
/// `header` is the header of a live `Cell<F, S>`.
unsafe fn cell<'a, F: Future, S>(header: NonNull<Header>) -> &'a Cell<F, S> {
    // SAFETY: the header is the first field of the `repr(C)` cell; all mutable parts are in `UnsafeCell`s.
    unsafe { header.cast::<Cell<F, S>>().as_ref() }
}

pub(super) unsafe fn run<F, S>(header: NonNull<Header>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    // SAFETY: the vtable belongs to a `Cell<F, S>`, which the queue's reference keeps alive.
    let cell = unsafe { cell::<F, S>(header) };
    match cell.header.state.start() {
        Start::Poll => {}
        // SAFETY: this thread is the runner.
        Start::Cancel => return unsafe { cancel::<F, S>(header) },
        Start::Stale => return,
        // SAFETY: that was the last reference.
        Start::StaleLast => return unsafe { free::<F, S>(header) },
    }
    // SAFETY: this thread is the runner.
    let output = match unsafe { poll(cell, header) } {
        Poll::Ready(output) => output,
        Poll::Pending => match cell.header.state.pause() {
            Pause::Idle => return,
            Pause::Reschedule => {
                // Cloned, as in `schedule`.
                let scheduler = cell.scheduler.clone();
                // SAFETY: the runner's reference became the queue's.
                return scheduler.reschedule(unsafe { Runnable::from_raw(header) });
            }
            // SAFETY: still the runner.
            Pause::Cancel => return unsafe { cancel::<F, S>(header) },
        },
    };
    // SAFETY: still the runner; the future has been dropped.
    unsafe { complete::<F, S>(header, output) }
}

pub(super) unsafe fn schedule<F, S>(header: NonNull<Header>)
where
    F: Future + 'static,
    S: Schedule,
{
    // SAFETY: the vtable belongs to a `Cell<F, S>`, which the queue's reference keeps alive.
    let cell = unsafe { cell::<F, S>(header) };
    // Cloned: another thread may run and free the task as soon as it is queued, and with it the scheduler inside the cell.
    let scheduler = cell.scheduler.clone();
    // SAFETY: the caller gives up the queue's reference.
    scheduler.schedule(unsafe { Runnable::from_raw(header) });
}

pub(super) unsafe fn cancel<F, S>(header: NonNull<Header>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    // SAFETY: the runner's reference keeps the cell alive.
    let cell = unsafe { cell::<F, S>(header) };
    let id = Id::of(header);
    // SAFETY: this thread is the runner.
    let error = match unsafe { replace_stage(cell, id, Stage::Consumed) } {
        Ok(()) => JoinError::cancelled(id),
        Err(payload) => panicked(cell, id, payload),
    };
    // SAFETY: still the runner; the future has been dropped.
    unsafe { complete::<F, S>(header, Err(error)) }
}

pub(super) unsafe fn aborted<F, S>(header: NonNull<Header>)
where
    F: Future + 'static,
    S: Schedule,
{
    // SAFETY: the caller's reference keeps the cell alive, and the scheduler is only read after birth.
    unsafe { cell::<F, S>(header) }.scheduler.aborted();
}

pub(super) unsafe fn take_output<F, S>(header: NonNull<Header>, out: *mut ())
where
    F: Future + 'static,
    F::Output: 'static,
{
    // SAFETY: the join handle's reference keeps the cell alive.
    let cell = unsafe { cell::<F, S>(header) };
    // SAFETY: the task is complete and the caller is its join handle, so the stage is the caller's.
    let stage = mem::replace(unsafe { &mut *cell.stage.get() }, Stage::Consumed);
    let Stage::Finished(output) = stage else {
        panic!("{}", crate::messages::JOIN_HANDLE_POLLED_TWICE);
    };
    // SAFETY: the caller passes a pointer to this type.
    unsafe { *out.cast::<Poll<Result<F::Output, JoinError>>>() = Poll::Ready(output) }
}

pub(super) unsafe fn drop_output<F, S>(header: NonNull<Header>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    // SAFETY: the join handle's reference keeps the cell alive.
    let cell = unsafe { cell::<F, S>(header) };
    // SAFETY: the task is complete and the caller is its join handle, so the stage is the caller's.
    if matches!(unsafe { &*cell.stage.get() }, Stage::Consumed) {
        return;
    }
    // SAFETY: the task is complete and the caller is its join handle.
    unsafe { tell_if_panicked(cell, header) };
    // SAFETY: as above.
    if let Err(payload) = unsafe { replace_stage(cell, Id::of(header), Stage::Consumed) } {
        unwind::discard(payload);
    }
}

pub(super) unsafe fn label<F, S>(header: NonNull<Header>) -> Option<NonNull<Label>>
where
    F: Future + 'static,
    S: Schedule,
{
    // SAFETY: the vtable belongs to a `Cell<F, S>`, which the caller's reference keeps alive.
    let cell = unsafe { cell::<F, S>(header) };
    cell.scheduler.label().map(NonNull::from)
}

pub(super) unsafe fn free<F, S>(header: NonNull<Header>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    // SAFETY: the cell is still whole.
    let cell = unsafe { cell::<F, S>(header) };
    // SAFETY: no reference is left, so nobody writes `home` any more.
    let home = unsafe { cell.header.home() };
    if home != Home::NONE {
        cell.scheduler.forget(home);
    }
    // Again, because an output that is dropped late may have set a variable: the address is about to be somebody else's.
    context_vars::forget(Id::of(header));
    // SAFETY: made by `Box::leak` in `Cell::allocate`, and nobody else can reach it.
    drop(unsafe { Box::from_raw(header.cast::<Cell<F, S>>().as_ptr()) });
}

/// One poll, with budget, identity and panic caught. `Ready`: the future has been dropped.
///
/// # Safety
///
/// The caller is the runner.
unsafe fn poll<F, S>(
    cell: &Cell<F, S>,
    header: NonNull<Header>,
) -> Poll<Result<F::Output, JoinError>>
where
    F: Future + 'static,
    S: Schedule,
{
    let id = Id::of(header);
    // SAFETY: the runner's reference outlives the poll.
    let waker = unsafe { BorrowedWaker::new(header) };
    let polled = {
        let _current = context::enter_task(id);
        unwind::catch(|| {
            // SAFETY: the runner owns the stage.
            let stage = unsafe { &mut *cell.stage.get() };
            let Stage::Running(future) = stage else {
                unreachable!("a task that is not complete has its future")
            };
            // SAFETY: the future lies in the heap cell and is dropped in place before the stage changes.
            let future = unsafe { Pin::new_unchecked(future) };
            coop::with_budget(|| future.poll(&mut Context::from_waker(&waker)))
        })
    };
    let mut output = match polled {
        Ok(Poll::Pending) => return Poll::Pending,
        Ok(Poll::Ready(output)) => Ok(output),
        Err(payload) => Err(panicked(cell, id, payload)),
    };
    // SAFETY: still the runner.
    if let Err(payload) = unsafe { replace_stage(cell, id, Stage::Consumed) } {
        let error = panicked(cell, id, payload);
        unwind::swallow(|| drop(mem::replace(&mut output, Err(error))));
    }
    Poll::Ready(output)
}

/// Tells the scheduler of a panic, and makes an error of it.
#[cold]
#[inline(never)]
fn panicked<F, S>(cell: &Cell<F, S>, id: Id, payload: unwind::Payload) -> JoinError
where
    F: Future,
    S: Schedule,
{
    let task = TaskMeta::new(id, cell.header.location, cell.scheduler.label());
    cell.scheduler.panicked(&task, &payload);
    JoinError::panicked(id, payload)
}

/// Tells of a panic in an output that nobody takes any more.
///
/// # Safety
///
/// The caller may touch the stage.
#[inline]
unsafe fn tell_if_panicked<F, S>(cell: &Cell<F, S>, header: NonNull<Header>)
where
    F: Future,
    S: Schedule,
{
    // SAFETY: passed on to the caller.
    if let Stage::Finished(output) = unsafe { &*cell.stage.get() } {
        tell_of_panic(cell, header, output);
    }
}

#[inline]
fn tell_of_panic<F, S>(
    cell: &Cell<F, S>,
    header: NonNull<Header>,
    output: &Result<F::Output, JoinError>,
) where
    F: Future,
    S: Schedule,
{
    if let Err(error) = output {
        tell(&cell.scheduler, cell.header.location, header, error);
    }
}

#[cold]
#[inline(never)]
fn tell<S: Schedule>(
    scheduler: &S,
    location: &'static Location<'static>,
    header: NonNull<Header>,
    error: &JoinError,
) {
    error.with_panic(|payload| {
        scheduler.unhandled(&Unhandled::TaskPanicked {
            task: TaskMeta::new(Id::of(header), location, scheduler.label()),
            payload,
        });
    });
}

/// Drops what the stage holds, in the task's context, and stores `next`. `Err`: the drop panicked.
///
/// # Safety
///
/// The caller may touch the stage.
unsafe fn replace_stage<F: Future, S>(
    cell: &Cell<F, S>,
    id: Id,
    next: Stage<F>,
) -> Result<(), unwind::Payload> {
    let _current = context::enter_task(id);
    // A panicking drop leaves the slot logically empty: `next` is written in either case, without dropping the old value again.
    let stage = cell.stage.get();
    let dropped = unwind::catch(|| {
        // SAFETY: the caller owns the stage, and it is overwritten below before anybody reads it.
        unsafe { std::ptr::drop_in_place(stage) }
    });
    // SAFETY: as above; the old value is gone.
    unsafe { stage.write(next) };
    dropped
}

/// Stores the output if anybody joins, tells the joiner, gives back the runner's and the registry's reference.
///
/// # Safety
///
/// The caller is the runner, and the stage is `Consumed`.
unsafe fn complete<F, S>(header: NonNull<Header>, output: Result<F::Output, JoinError>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    // A local, not an argument: a reference that is an argument promises memory until the function returns, and the cell may be freed in here.
    // SAFETY: the runner's reference keeps the cell alive until the exchange below.
    let cell = unsafe { cell::<F, S>(header) };
    let refs = 1 + S::REGISTRY_REFS;
    // Nobody comes back to join, so "no" is final; "yes" may change until the exchange below.
    let stored = cell.header.state.load().is_join_interested();
    if stored {
        // SAFETY: the runner owns the stage, whose old value has no destructor.
        unsafe { cell.stage.get().write(Stage::Finished(output)) };
    } else {
        tell_of_panic(cell, header, &output);
        drop_output_here(Id::of(header), output);
    }
    let task = || TaskMeta::new(Id::of(header), cell.header.location, cell.scheduler.label());
    cell.scheduler.completed(task);
    context_vars::forget(Id::of(header));
    match cell.header.state.complete(stored, refs) {
        Completed::Released => return,
        // SAFETY: those were the last references.
        Completed::Free => return unsafe { free::<F, S>(header) },
        Completed::Unjoined => {
            // SAFETY: without a join handle the stage stays with the runner.
            unsafe { tell_if_panicked(cell, header) };
            // SAFETY: as above.
            let stage = mem::replace(unsafe { &mut *cell.stage.get() }, Stage::Consumed);
            drop_output_here(Id::of(header), stage);
        }
        Completed::WakeJoiner => {
            // SAFETY: the bit was set at completion, so the field is the runner's for good.
            let waker = unsafe { &mut *cell.header.join_waker() }.take();
            if let Some(waker) = waker {
                unwind::swallow(|| waker.wake());
            }
        }
    }
    if cell.header.state.release(refs) {
        // SAFETY: those were the last references.
        unsafe { free::<F, S>(header) }
    }
}

/// Drops an output that nobody awaits, in the task's context; its panic ends here.
fn drop_output_here<T>(id: Id, output: T) {
    if mem::needs_drop::<T>() {
        let _current = context::enter_task(id);
        unwind::swallow(|| drop(output));
    }
}
