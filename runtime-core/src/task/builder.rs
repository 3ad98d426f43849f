//! Spawning a task with a name, or with a value for hooks.

use std::fmt;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::sync::Arc;

use super::local_set::{self, LocalSet};
use super::name::{Data, Label};
use super::{JoinHandle, spawn_local};
use crate::handle::{self, Handle};

/// Spawns tasks with a name.
///
/// The name is for people: it is in the handles of the task ([`JoinHandle::name`], [`AbortHandle::name`](super::AbortHandle::name)). Where the task was spawned is kept
/// for every task ([`JoinHandle::spawned_at`]).
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, task};
///
/// let rt = Builder::new_current_thread().build().unwrap();
/// rt.block_on(async {
///     let task = task::Builder::new().name("answer").spawn(async { 42 })?;
///     assert_eq!(task.name(), Some("answer"));
///     assert_eq!(task.await?, 42);
///     Ok::<_, std::io::Error>(())
/// })?;
/// # Ok::<_, std::io::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use = "a builder spawns nothing by itself"]
pub struct Builder<'a> {
    name: Option<&'a str>,
    data: Option<Data>,
}

impl<'a> Builder<'a> {
    /// Starts without a name.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Builder;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = Builder::new().spawn(async {}).unwrap();
    /// assert_eq!(task.name(), None);
    /// # });
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Builder;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = Builder::new().name("reader").spawn(async {}).unwrap();
    /// assert_eq!(task.name(), Some("reader"));
    /// # });
    /// ```
    pub fn name(&self, name: &'a str) -> Self {
        Self {
            name: Some(name),
            data: self.data.clone(),
        }
    }

    /// Gives the task a value that [hooks](crate::Builder::on_task_spawn) find with it, by [`TaskMeta::data`](crate::TaskMeta::data).
    ///
    /// It is dropped when the last handle of the task and the task itself are gone. It may be shared with the spawner, or with other tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// struct Request(u64);
    ///
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_task_terminate(|task| {
    ///         if let Some(Request(number)) = task.data() {
    ///             println!("request {number} is done");
    ///         }
    ///     })
    ///     .build()?;
    /// let builder = runtime_core::task::Builder::new().data(Arc::new(Request(7)));
    /// rt.block_on(builder.spawn_on(async {}, rt.handle())?)?;
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn data<T: Send + Sync + 'static>(&self, data: Arc<T>) -> Self {
        Self {
            name: self.name,
            data: Some(data),
        }
    }

    /// `None`: nothing was set, and the task is like any other.
    fn label(self) -> Option<Label> {
        let is_any = self.name.is_some() || self.data.is_some();
        is_any.then(|| Label {
            name: self.name.map(Box::from),
            data: self.data,
        })
    }

    /// Spawns a task on the current runtime, as [`spawn`](crate::spawn) does.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Builder;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let task = Builder::new().name("adder").spawn(async { 1 + 1 }).unwrap();
    /// assert_eq!(task.await.unwrap(), 2);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Ok(match self.label() {
            Some(label) => Handle::current().spawn_named(future, label, Location::caller()),
            None => handle::spawn(future),
        })
    }

    /// Spawns a task on a runtime, as [`Handle::spawn`] does.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Builder;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = Builder::new().name("adder").spawn_on(async { 1 + 1 }, rt.handle()).unwrap();
    /// assert_eq!(rt.block_on(task).unwrap(), 2);
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Ok(match self.label() {
            Some(label) => handle.spawn_named(future, label, Location::caller()),
            None => handle.spawn(future),
        })
    }

    /// Spawns a task that stays on this thread, as [`spawn_local`] does.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// Panics where [`spawn_local`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Builder;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// rt.block_on(async {
    ///     let word = Rc::new("local");
    ///     let task = Builder::new().name("reader").spawn_local(async move { *word }).unwrap();
    ///     assert_eq!(task.await.unwrap(), "local");
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(match self.label() {
            Some(label) => local_set::spawn_local_named(future, label, Location::caller()),
            None => spawn_local(future),
        })
    }

    /// Spawns a task on a local set, as [`LocalSet::spawn_local`] does.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{Builder, LocalSet};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let set = LocalSet::new();
    /// let task = Builder::new().name("one").spawn_local_on(async { 1 }, &set).unwrap();
    /// assert_eq!(set.block_on(&rt, task).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(
        self,
        future: F,
        local_set: &LocalSet,
    ) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Ok(match self.label() {
            Some(label) => local_set.spawn_named(future, label, Location::caller()),
            None => local_set.spawn_local(future),
        })
    }

    /// Runs a closure that blocks on the pool of the current runtime, as [`spawn_blocking`](crate::spawn_blocking) does.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Builder;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let job = Builder::new().name("one").spawn_blocking(|| 1).unwrap();
    /// assert_eq!(job.await.unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(self, f: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.spawn_blocking_on(f, &Handle::current())
    }

    /// Runs a closure that blocks on the pool of a runtime, as [`Handle::spawn_blocking`] does.
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::Builder;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let job = Builder::new().name("one").spawn_blocking_on(|| 1, rt.handle()).unwrap();
    /// assert_eq!(rt.block_on(job).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F, R>(self, f: F, handle: &Handle) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        Ok(match self.label() {
            Some(label) => handle.spawn_blocking_named(f, label, Location::caller()),
            None => handle.spawn_blocking(f),
        })
    }
}

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("has_data", &self.data.is_some())
            .finish()
    }
}
