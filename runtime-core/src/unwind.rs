//! The panic policy.
//!
//! User code runs in few places: a poll, a drop, a waker, a hook. A panic there ends the task it belongs to and nothing
//! else: the worker lives on, no lock of the runtime is held, nobody else notices. This file is the one place that catches.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carried.
pub(crate) type Payload = Box<dyn Any + Send + 'static>;

/// Runs user code and hands a panic back as a value.
///
/// Unwind safety is asserted here once: whatever the closure touched belongs to the task that now ends.
pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Runs user code whose panic has nowhere to go, such as the drop of an output that nobody awaits, or a waker that a
/// driver wakes.
///
/// The panic hook has already reported it. Dropping the payload may panic again; that one is leaked.
///
/// # Examples
///
/// ```
/// runtime_core::util::swallow(|| panic!("reported, and that is all"));
/// ```
pub fn swallow(f: impl FnOnce()) {
    if let Err(payload) = catch(f) {
        discard(payload);
    }
}

/// Drops a payload without letting its destructor unwind.
pub(crate) fn discard(payload: Payload) {
    if let Err(second) = catch(move || drop(payload)) {
        std::mem::forget(second);
    }
}
