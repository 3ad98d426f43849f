//! How a task failed.

use std::any::Any;
use std::fmt;
use std::io;

use super::Id;
use crate::messages;
use crate::primitive::Mutex;
use crate::unwind::Payload;

/// A task did not return an output: it was cancelled, or it panicked.
pub struct JoinError(Box<Inner>);

struct Inner {
    id: Id,
    cause: Cause,
}

enum Cause {
    Cancelled,
    /// The lock makes the payload, which is only `Send`, shareable; it is never contended.
    Panic(Mutex<Payload>),
}

impl JoinError {
    pub(crate) fn cancelled(id: Id) -> Self {
        Self(Box::new(Inner {
            id,
            cause: Cause::Cancelled,
        }))
    }

    pub(crate) fn panicked(id: Id, payload: Payload) -> Self {
        Self(Box::new(Inner {
            id,
            cause: Cause::Panic(Mutex::new(payload)),
        }))
    }

    /// Returns true if the task was cancelled, by an abort or by the shutdown of its runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let handle = rt.spawn(std::future::pending::<()>());
    /// handle.abort();
    /// assert!(rt.block_on(handle).unwrap_err().is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.cause, Cause::Cancelled)
    }

    /// Returns true if the task panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let handle = rt.spawn(async { panic!("boom") });
    /// assert!(rt.block_on(handle).unwrap_err().is_panic());
    /// ```
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.0.cause, Cause::Panic(_))
    }

    /// Consumes the error and returns what the task panicked with.
    ///
    /// # Panics
    ///
    /// Panics if the task was cancelled; ask [`is_panic`](Self::is_panic) first or use [`try_into_panic`](Self::try_into_panic).
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(rt.spawn(async { panic!("boom") })).unwrap_err();
    /// assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"boom"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(_) => panic!("{}", messages::NOT_A_PANIC),
        }
    }

    /// Consumes the error and returns what the task panicked with.
    ///
    /// # Errors
    ///
    /// Returns the error itself if the task was cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let handle = rt.spawn(std::future::pending::<()>());
    /// handle.abort();
    /// assert!(rt.block_on(handle).unwrap_err().try_into_panic().unwrap_err().is_cancelled());
    /// ```
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, Self> {
        let Inner { id, cause } = *self.0;
        match cause {
            Cause::Panic(payload) => Ok(payload.into_inner()),
            Cause::Cancelled => Err(Self::cancelled(id)),
        }
    }

    /// Returns the id of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let handle = rt.spawn(async { panic!("boom") });
    /// let id = handle.id();
    /// assert_eq!(rt.block_on(handle).unwrap_err().id(), id);
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        self.0.id
    }

    /// Calls `f` with what the task panicked with, if it did.
    pub(crate) fn with_panic(&self, f: impl FnOnce(&(dyn Any + Send))) {
        if let Cause::Panic(payload) = &self.0.cause {
            // Nobody else has the error: the lock is free whatever `f` does.
            f(&**payload.lock());
        }
    }

    /// The panic's text, if it is one.
    fn message(payload: &Payload) -> Option<String> {
        let text = payload
            .downcast_ref::<&'static str>()
            .map(|s| (*s).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
    }
}

/// Runs code of a user within a task, and hands its panic back as that of the task. For the crates above, whose tasks have more to do at their end than
/// to resolve a handle.
///
/// # Errors
///
/// Returns the panic as an error.
///
/// # Panics
///
/// Panics outside of a task.
///
/// # Examples
///
/// ```
/// use runtime_core::task::catch_panic;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let task = rt.spawn(async { catch_panic(|| panic!("boom")).map_err(|error| error.is_panic()) });
/// assert_eq!(rt.block_on(task).unwrap(), Err::<(), _>(true));
/// ```
#[track_caller]
pub fn catch_panic<R>(f: impl FnOnce() -> R) -> Result<R, JoinError> {
    let id = super::id();
    crate::unwind::catch(f).map_err(|payload| JoinError::panicked(id, payload))
}

/// Makes the error of a task that its runtime ended. For the crates above.
///
/// # Examples
///
/// ```
/// use runtime_core::task::{cancelled_error, id};
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let error = rt.block_on(rt.spawn(async { cancelled_error(id()) })).unwrap();
/// assert!(error.is_cancelled());
/// ```
#[must_use]
pub fn cancelled_error(id: Id) -> JoinError {
    JoinError::cancelled(id)
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0.id;
        match &self.0.cause {
            Cause::Cancelled => write!(f, "task {id} was cancelled"),
            Cause::Panic(payload) => match Self::message(&payload.lock()) {
                Some(text) => write!(f, "task {id} panicked with message {text:?}"),
                None => write!(f, "task {id} panicked"),
            },
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0.id;
        match &self.0.cause {
            Cause::Cancelled => write!(f, "JoinError::Cancelled({id:?})"),
            Cause::Panic(payload) => match Self::message(&payload.lock()) {
                Some(text) => write!(f, "JoinError::Panic({id:?}, {text:?}, ...)"),
                None => write!(f, "JoinError::Panic({id:?}, ...)"),
            },
        }
    }
}

impl std::error::Error for JoinError {}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        let text = match error.0.cause {
            Cause::Cancelled => "task was cancelled",
            Cause::Panic(_) => "task panicked",
        };
        Self::other(text)
    }
}
