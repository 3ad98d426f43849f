//! Which lines of memory a path writes: a debug counter.
//!
//! What several workers write is handed from processor to processor, each time, and many processors wait for it where two do not notice. So the paths that run all the time must write
//! nothing that all workers share, and a test says so: with debug assertions, the atomics and locks that the protocols are written with tell this file of each write and
//! read-modify-write, on a thread that [records](record). Two workers then do the same at the same time, and a line that both have written is shared. Nobody has to declare what is.
//!
//! # What the paths write
//!
//! | path | writes | of these shared by all workers |
//! |---|---|---|
//! | spawning a task, and letting it go | 4: the lock of the slot's registry taken and given back, the LIFO slot, the task's state | none |
//! | waking a task | 2: its state, the LIFO slot | none |
//! | arming a timer | 3: the lock of the slot's wheel taken and given back, its deadline if this is the earliest | none |
//! | cancelling it | 2: the lock | none |
//! | accepting a connection | 1 | the count of references to the reactor |
//! | telling the kernel of a socket, once in its life | the readiness and the side of its source | the lock of the reactor's registry |
//! | reading what has come | 1: the readiness, after a read that was short | none |
//! | closing a connection | | the count of references; the lock of the registry if the kernel was told |
//!
//! `runtime-io/tests/lines.rs` counts. So a connection writes two shared lines at its beginning and at its end, and none in between; the first is there because a socket may
//! outlive its runtime, the second because the thread in the seat looks up a batch of sources at once. What belongs to a worker lies in its slot, each on lines of its own; what belongs to a task or socket, in memory that its worker took.
//!
//! # What it does not see
//!
//! * Atomics of other crates: crossbeam's injector, parking_lot's locks, counts of references. Where one is shared by design, the place that uses it [says so](written): the injector, the registry of sources,
//!   the references to a reactor.
//! * The memory allocator, and the kernel.
//! * What is shared by chance, because two small things lie on one line: only if it was so during the test.
//! * Reads. A line that all read and nobody writes costs nothing.
//!
//! Without debug assertions the atomics are the standard library's own.

use std::cell::{Cell, RefCell};
use std::panic::Location;

/// A write, or a read-modify-write.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// Of what was written.
    pub address: usize,
    /// The code that wrote.
    pub place: &'static Location<'static>,
}

thread_local! {
    static RECORDS: Cell<bool> = const { Cell::new(false) };
    static WRITES: RefCell<Vec<Write>> = const { RefCell::new(Vec::new()) };
}

/// Runs `path`, and says what this thread has written meanwhile. Nothing without debug assertions.
pub fn record<R>(path: impl FnOnce() -> R) -> (R, Vec<Write>) {
    WRITES.take();
    RECORDS.set(true);
    let result = path();
    RECORDS.set(false);
    (result, WRITES.take())
}

/// The caller writes something that is not one of the atomics here.
#[inline]
#[track_caller]
pub fn written<T: ?Sized>(what: &T) {
    if cfg!(debug_assertions) && RECORDS.get() {
        let write = Write {
            address: std::ptr::from_ref(what).addr(),
            place: Location::caller(),
        };
        WRITES.with_borrow_mut(|writes| writes.push(write));
    }
}

/// Atomics in the shape of the standard library's.
pub mod atomic {
    pub use std::sync::atomic::{Ordering, fence};

    #[cfg(not(debug_assertions))]
    pub use std::sync::atomic::{
        AtomicBool, AtomicIsize, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize,
    };

    #[cfg(debug_assertions)]
    pub use super::counted::{
        AtomicBool, AtomicIsize, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize,
    };
}

#[cfg(debug_assertions)]
mod counted {
    use super::written;
    use std::sync::atomic::{self, Ordering};

    /// A verb that is missing here is an error of the compiler, not a write that nobody counts.
    macro_rules! counted {
        ($name:ident $(<$type:ident>)?, $value:ty, $($verb:ident)*) => {
            #[derive(Debug)]
            #[repr(transparent)]
            pub struct $name $(<$type>)? (atomic::$name $(<$type>)?);

            #[allow(dead_code, reason = "not every verb is in use")]
            impl $(<$type>)? $name $(<$type>)? {
                #[inline]
                pub const fn new(value: $value) -> Self {
                    Self(atomic::$name::new(value))
                }

                #[inline]
                pub fn load(&self, order: Ordering) -> $value {
                    self.0.load(order)
                }

                #[inline]
                #[track_caller]
                pub fn store(&self, value: $value, order: Ordering) {
                    written(self);
                    self.0.store(value, order);
                }

                #[inline]
                #[track_caller]
                pub fn swap(&self, value: $value, order: Ordering) -> $value {
                    written(self);
                    self.0.swap(value, order)
                }

                #[inline]
                #[track_caller]
                pub fn compare_exchange(
                    &self,
                    now: $value,
                    next: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    written(self);
                    self.0.compare_exchange(now, next, success, failure)
                }

                #[inline]
                #[track_caller]
                pub fn compare_exchange_weak(
                    &self,
                    now: $value,
                    next: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    written(self);
                    self.0.compare_exchange_weak(now, next, success, failure)
                }

                #[inline]
                #[track_caller]
                pub fn fetch_update(
                    &self,
                    success: Ordering,
                    failure: Ordering,
                    step: impl FnMut($value) -> Option<$value>,
                ) -> Result<$value, $value> {
                    written(self);
                    self.0.fetch_update(success, failure, step)
                }

                #[inline]
                pub fn get_mut(&mut self) -> &mut $value {
                    self.0.get_mut()
                }

                #[inline]
                pub fn into_inner(self) -> $value {
                    self.0.into_inner()
                }

                $(
                    #[inline]
                    #[track_caller]
                    pub fn $verb(&self, value: $value, order: Ordering) -> $value {
                        written(self);
                        self.0.$verb(value, order)
                    }
                )*
            }
        };
    }

    counted!(AtomicBool, bool, fetch_and fetch_or);
    counted!(AtomicPtr<T>, *mut T,);
    counted!(AtomicIsize, isize, fetch_add fetch_sub fetch_max);
    counted!(AtomicU32, u32, fetch_add fetch_sub fetch_and fetch_or fetch_max);
    counted!(AtomicU64, u64, fetch_add fetch_sub fetch_and fetch_or fetch_max);
    counted!(AtomicUsize, usize, fetch_add fetch_sub fetch_and fetch_or fetch_max);

    macro_rules! zero {
        ($($name:ident)*) => {$(
            impl Default for $name {
                fn default() -> Self {
                    Self(Default::default())
                }
            }
        )*};
    }
    zero!(AtomicBool AtomicIsize AtomicU32 AtomicU64 AtomicUsize);
}
