//! The waker of a task: a pointer to its header and one static, non-generic vtable, so that two wakers of one task always compare equal by
//! [`Waker::will_wake`], whichever crate and codegen unit made them.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::cell::Header;
use super::state::Wake;
use super::{TaskRef, free, submit};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// A waker that borrows the runner's reference for the time of one poll.
pub(crate) struct BorrowedWaker<'a> {
    waker: ManuallyDrop<Waker>,
    _task: PhantomData<&'a Header>,
}

impl BorrowedWaker<'_> {
    /// # Safety
    ///
    /// The cell must outlive the value: the caller holds a counted reference for that long.
    pub(crate) unsafe fn new(header: NonNull<Header>) -> Self {
        // SAFETY: the vtable's functions keep the contract of `RawWaker`; without the drop no reference is given up.
        let waker = unsafe { Waker::from_raw(raw(header)) };
        Self {
            waker: ManuallyDrop::new(waker),
            _task: PhantomData,
        }
    }
}

impl Deref for BorrowedWaker<'_> {
    type Target = Waker;
    fn deref(&self) -> &Waker {
        &self.waker
    }
}

fn raw(header: NonNull<Header>) -> RawWaker {
    RawWaker::new(header.as_ptr().cast_const().cast(), &VTABLE)
}

/// # Safety
///
/// `data` must be the data pointer of a waker made here.
unsafe fn header(data: *const ()) -> NonNull<Header> {
    // SAFETY: `raw` made it from a non-null pointer.
    unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the data pointer of one of our wakers.
    let header = unsafe { header(data) };
    // SAFETY: the waker being cloned keeps the cell alive.
    unsafe { header.as_ref() }.state.retain();
    raw(header)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the data pointer of one of our wakers.
    let header = unsafe { header(data) };
    // SAFETY: the waker keeps the cell alive until its reference is given up.
    match unsafe { header.as_ref() }.state.wake() {
        // SAFETY: the waker's reference became the queue's.
        Wake::Submit => unsafe { submit(header) },
        // SAFETY: the waker's reference was the last one.
        Wake::Free => unsafe { free(header) },
        Wake::Nothing => {}
    }
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the data pointer of one of our wakers.
    let header = unsafe { header(data) };
    // SAFETY: the waker keeps the cell alive.
    match unsafe { header.as_ref() }.state.wake_by_ref() {
        // SAFETY: a reference was set aside for the queue.
        Wake::Submit => unsafe { submit(header) },
        Wake::Nothing | Wake::Free => {}
    }
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the data pointer of one of our wakers.
    let header = unsafe { header(data) };
    // SAFETY: the waker's reference is counted and given up here.
    drop(unsafe { TaskRef::from_raw(header) });
}
