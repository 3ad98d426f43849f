//! How the tasks of a group failed.

use std::error::Error;
use std::fmt;
use std::panic::Location;

use runtime_core::task::{Id, JoinError};

use crate::scope::{CancelReason, Cancelled};

/// One task of a group, or the group's own body, that failed: who it was, and how.
pub struct TaskFailure<E> {
    pub(super) id: Option<Id>,
    pub(super) name: Option<Box<str>>,
    pub(super) location: &'static Location<'static>,
    pub(super) cause: FailureCause<E>,
}

/// How a task of a group failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum FailureCause<E> {
    /// It returned an error.
    Error(E),
    /// It panicked, or its runtime ended it.
    Join(JoinError),
}

impl<E> TaskFailure<E> {
    /// Returns the id of the task, if it is known: one that never ran has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(async { Err(()) });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert!(error.failures()[0].id().is_some());
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<Id> {
        self.id
    }

    /// Returns the name that the task was [spawned](super::GroupHandle::spawn_named) with.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn_named("reader", async { Err(()) });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert_eq!(error.failures()[0].name(), Some("reader"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns where the task was spawned; of a body, where the group was run.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let line = line!() + 3;
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(async { Err(()) });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert_eq!(error.failures()[0].location().line(), line);
    /// ```
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// Returns how it failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{FailureCause, TaskGroup};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::new();
    ///     group.spawn(async { Err("no such file") });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert!(matches!(error.failures()[0].cause(), FailureCause::Error("no such file")));
    /// ```
    #[must_use]
    pub fn cause(&self) -> &FailureCause<E> {
        &self.cause
    }

    /// Consumes the failure and returns how it came about.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{FailureCause, TaskGroup};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::new();
    ///     group.spawn(async { Err("no such file".to_owned()) });
    ///     group.join().await.unwrap_err()
    /// });
    /// let cause = error.into_failures().remove(0).into_cause();
    /// assert!(matches!(cause, FailureCause::Error(text) if text == "no such file"));
    /// ```
    #[must_use]
    pub fn into_cause(self) -> FailureCause<E> {
        self.cause
    }

    /// Returns the error that the task returned, if that is how it failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::new();
    ///     group.spawn(async { Err("no such file") });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert_eq!(error.failures()[0].error(), Some(&"no such file"));
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<&E> {
        match &self.cause {
            FailureCause::Error(error) => Some(error),
            FailureCause::Join(_) => None,
        }
    }

    /// Returns true if the task panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(async { panic!("a bug") });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert!(error.failures()[0].is_panic());
    /// ```
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(&self.cause, FailureCause::Join(error) if error.is_panic())
    }
}

impl<E: fmt::Display> fmt::Display for TaskFailure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "task {name:?} spawned at {}", self.location)?,
            None => write!(f, "task spawned at {}", self.location)?,
        }
        match &self.cause {
            FailureCause::Error(error) => write!(f, " failed: {error}"),
            FailureCause::Join(error) => write!(f, ": {error}"),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for TaskFailure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskFailure")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("location", &format_args!("{}", self.location))
            .field("cause", &self.cause)
            .finish()
    }
}

impl<E: Error + 'static> Error for TaskFailure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            FailureCause::Error(error) => Some(error),
            FailureCause::Join(error) => Some(error),
        }
    }
}

/// Not every task of a group has returned `Ok`: some failed, or the group was cancelled and something cut off.
///
/// # Examples
///
/// ```
/// use runtime_sync::scope::TaskGroup;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let error = rt.block_on(async {
///     let group = TaskGroup::new();
///     group.spawn(async { Err("no such file") });
///     group.spawn(std::future::pending());
///     group.join().await.unwrap_err()
/// });
/// assert_eq!(error.failures().len(), 1);
/// assert_eq!(error.failures()[0].error(), Some(&"no such file"));
/// ```
pub struct GroupError<E> {
    pub(super) failures: Vec<TaskFailure<E>>,
    pub(super) reason: Option<CancelReason>,
}

impl<E> GroupError<E> {
    /// Returns what failed, in the order in which it did.
    ///
    /// Empty if nothing failed and the group was cancelled from outside. What was cut off because something else
    /// failed is no failure.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<&str>::new();
    ///     group.spawn(std::future::pending());
    ///     group.spawn(async { Err("full") });
    ///     group.join().await.unwrap_err()
    /// });
    /// // The first task was cut off for the sake of the second, and has not failed.
    /// assert_eq!(error.failures().len(), 1);
    /// ```
    #[must_use]
    pub fn failures(&self) -> &[TaskFailure<E>] {
        &self.failures
    }

    /// Consumes the error and returns what failed, in the order in which it did.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::new();
    ///     group.spawn(async { Err("full") });
    ///     group.join().await.unwrap_err()
    /// });
    /// let failures = error.into_failures();
    /// assert_eq!(failures[0].error(), Some(&"full"));
    /// ```
    #[must_use]
    pub fn into_failures(self) -> Vec<TaskFailure<E>> {
        self.failures
    }

    /// Returns why the group was cancelled, if it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::{CancelKind, TaskGroup};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(async { Err(()) });
    ///     group.join().await.unwrap_err()
    /// });
    /// assert_eq!(error.reason().unwrap().kind(), CancelKind::Sibling);
    /// ```
    #[must_use]
    pub fn reason(&self) -> Option<&CancelReason> {
        self.reason.as_ref()
    }

    /// Returns true if nothing failed: the group was cancelled from outside.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::scope::TaskGroup;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let error = rt.block_on(async {
    ///     let group = TaskGroup::<()>::new();
    ///     group.spawn(std::future::pending());
    ///     group.cancel("enough");
    ///     group.join().await.unwrap_err()
    /// });
    /// assert!(error.is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.failures.is_empty()
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.failures.as_slice(), &self.reason) {
            ([], Some(reason)) => write!(f, "the group was cancelled: {reason}"),
            ([], None) => f.write_str("the group was cancelled"),
            ([only], _) => only.fmt(f),
            ([first, rest @ ..], _) => write!(f, "{first} (and {} more failed)", rest.len()),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupError")
            .field("failures", &self.failures)
            .field("reason", &self.reason)
            .finish()
    }
}

impl<E: Error + 'static> Error for GroupError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let first = self.failures.first()?;
        Some(first)
    }
}

/// A task that was to report has not: see [`GroupHandle::start`](super::GroupHandle::start).
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError<E> {
    /// It failed before it reported. The group does not count that as a failure of its own.
    Failed(TaskFailure<E>),
    /// It was cancelled before it reported, or the group was closed.
    Cancelled(Cancelled),
    /// It returned `Ok` and had not reported.
    NotReported,
}

impl<E: fmt::Display> fmt::Display for StartError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::Cancelled(cancelled) => cancelled.fmt(f),
            Self::NotReported => f.write_str("the task ended without a call to `Started::set`"),
        }
    }
}

impl<E: Error + 'static> Error for StartError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Cancelled(cancelled) => Some(cancelled),
            Self::NotReported => None,
        }
    }
}
