//! Layout of a task: header, scheduler, join waker, future or output, in one allocation.

use std::cell::UnsafeCell;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::ptr::NonNull;
use std::task::Waker;

use super::name::Label;
use super::registry::Home;
use super::state::State;
use super::{JoinError, Schedule, harness};

/// The part of a task that does not depend on its types; every pointer to a task points here.
///
/// 48 bytes on 64-bit targets, so that header, scheduler and the stage of a small future share one or two cache lines.
#[repr(C)]
pub(crate) struct Header {
    pub(crate) state: State,
    pub(crate) vtable: &'static Vtable,
    /// Where the task was spawned.
    pub(crate) location: &'static Location<'static>,
    home: UnsafeCell<Home>,
    join_waker: UnsafeCell<Option<Waker>>,
}

/// What can be done with a task whose types are forgotten.
pub(crate) struct Vtable {
    /// Takes over the queue's reference.
    pub(crate) run: unsafe fn(NonNull<Header>),
    /// Takes over the queue's reference.
    pub(crate) schedule: unsafe fn(NonNull<Header>),
    /// The caller is the runner, by `seize`; takes over its reference.
    pub(crate) cancel: unsafe fn(NonNull<Header>),
    /// A handle asks the task to end; the caller holds a reference.
    pub(crate) aborted: unsafe fn(NonNull<Header>),
    /// The task is complete and the caller is its join handle; the pointer is a `*mut Poll<Result<T, JoinError>>`.
    pub(crate) take_output: unsafe fn(NonNull<Header>, *mut ()),
    /// The task is complete and the caller is its join handle, which is going away.
    pub(crate) drop_output: unsafe fn(NonNull<Header>),
    /// The caller has a reference; what is returned lives as long as the cell.
    pub(crate) label: unsafe fn(NonNull<Header>) -> Option<NonNull<Label>>,
    /// The type of the future, for people.
    pub(crate) type_name: fn() -> &'static str,
    /// No reference is left.
    pub(crate) free: unsafe fn(NonNull<Header>),
}

/// The future, then its output, then nothing.
pub(crate) enum Stage<F: Future> {
    Running(F),
    Finished(Result<F::Output, JoinError>),
    Consumed,
}

#[repr(C)]
pub(crate) struct Cell<F: Future, S> {
    pub(crate) header: Header,
    pub(crate) scheduler: S,
    pub(crate) stage: UnsafeCell<Stage<F>>,
}

impl<F, S> Cell<F, S>
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    const VTABLE: &'static Vtable = &Vtable {
        run: harness::run::<F, S>,
        schedule: harness::schedule::<F, S>,
        cancel: harness::cancel::<F, S>,
        aborted: harness::aborted::<F, S>,
        take_output: harness::take_output::<F, S>,
        drop_output: harness::drop_output::<F, S>,
        label: harness::label::<F, S>,
        type_name: std::any::type_name::<F>,
        free: harness::free::<F, S>,
    };

    /// References at birth: the queue's, the join handle's, the registry's.
    pub(crate) const BIRTH_REFS: usize = 2 + S::REGISTRY_REFS;

    pub(crate) fn allocate(
        future: F,
        scheduler: S,
        location: &'static Location<'static>,
    ) -> NonNull<Header> {
        let cell = Box::new(Self {
            header: Header::new(State::new(Self::BIRTH_REFS), Self::VTABLE, location),
            scheduler,
            stage: UnsafeCell::new(Stage::Running(future)),
        });
        NonNull::from(Box::leak(cell)).cast()
    }
}

impl Header {
    pub(super) fn new(
        state: State,
        vtable: &'static Vtable,
        location: &'static Location<'static>,
    ) -> Self {
        Self {
            state,
            vtable,
            location,
            home: UnsafeCell::new(Home::NONE),
            join_waker: UnsafeCell::new(None),
        }
    }

    /// Where the registry keeps the task.
    ///
    /// # Safety
    ///
    /// Nobody may be in [`set_home`](Self::set_home).
    pub(crate) unsafe fn home(&self) -> Home {
        // SAFETY: passed on to the caller.
        unsafe { *self.home.get() }
    }

    /// # Safety
    ///
    /// The task must not be published yet, or the registry's lock must be held by the only one who reads it.
    pub(crate) unsafe fn set_home(&self, home: Home) {
        // SAFETY: passed on to the caller.
        unsafe { *self.home.get() = home }
    }

    /// Only for who owns the waker field: see the table in [`super`].
    pub(crate) fn join_waker(&self) -> *mut Option<Waker> {
        self.join_waker.get()
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("state", &self.state)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}
