//! Spawning a task with a name into a set.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;

use super::JoinSet;
use crate::handle::Handle;
use crate::task::{self, AbortHandle, LocalSet};

/// Spawns a task with a name into a [`JoinSet`]; made by [`JoinSet::build_task`].
#[must_use = "a builder spawns nothing by itself"]
pub struct Builder<'a, T> {
    set: &'a mut JoinSet<T>,
    task: task::Builder<'a>,
}

impl<'a, T: 'static> Builder<'a, T> {
    pub(super) fn new(set: &'a mut JoinSet<T>) -> Self {
        Self {
            set,
            task: task::Builder::new(),
        }
    }

    /// Sets the name.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut set = JoinSet::new();
    /// let task = set.build_task().name("reader").spawn_on(async { 1 }, rt.handle()).unwrap();
    /// assert_eq!(task.name(), Some("reader"));
    /// ```
    pub fn name(self, name: &'a str) -> Self {
        let task = self.task.name(name);
        Self { task, ..self }
    }

    /// Gives the task a value that hooks find with it, see [`task::Builder::data`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    /// use std::sync::{Arc, mpsc};
    ///
    /// let (send, spawned) = mpsc::channel();
    /// let rt = runtime_core::Builder::new_current_thread()
    ///     .on_task_spawn(move |task| send.send(task.data::<u32>().copied()).unwrap())
    ///     .build()
    ///     .unwrap();
    /// let mut set = JoinSet::new();
    /// set.build_task().data(Arc::new(7_u32)).spawn_on(async {}, rt.handle()).unwrap();
    /// assert_eq!(spawned.recv(), Ok(Some(7)));
    /// ```
    pub fn data<D: Send + Sync + 'static>(self, data: Arc<D>) -> Self {
        let task = self.task.data(data);
        Self { task, ..self }
    }

    /// Spawns the task on the current runtime, see [`JoinSet::spawn`].
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
    /// use runtime_core::task::JoinSet;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = JoinSet::new();
    /// set.build_task().name("one").spawn(async { 1 }).unwrap();
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let task = self.task.spawn(future)?;
        Ok(self.set.insert(task))
    }

    /// Spawns the task on a runtime, see [`JoinSet::spawn_on`].
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut set = JoinSet::new();
    /// set.build_task().name("one").spawn_on(async { 1 }, rt.handle()).unwrap();
    /// assert_eq!(rt.block_on(set.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        let task = self.task.spawn_on(future, handle)?;
        Ok(self.set.insert(task))
    }

    /// Runs a closure that blocks on the pool of the current runtime, see [`JoinSet::spawn_blocking`].
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
    /// use runtime_core::task::JoinSet;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut set = JoinSet::new();
    /// set.build_task().name("one").spawn_blocking(|| 1).unwrap();
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(self, f: F) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let task = self.task.spawn_blocking(f)?;
        Ok(self.set.insert(task))
    }

    /// Runs a closure that blocks on the pool of a runtime, see [`JoinSet::spawn_blocking_on`].
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut set = JoinSet::new();
    /// set.build_task().name("one").spawn_blocking_on(|| 1, rt.handle()).unwrap();
    /// assert_eq!(rt.block_on(set.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(self, f: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        let task = self.task.spawn_blocking_on(f, handle)?;
        Ok(self.set.insert(task))
    }

    /// Spawns a task that stays on this thread, see [`JoinSet::spawn_local`].
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Panics
    ///
    /// Panics where [`spawn_local`](task::spawn_local) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinSet;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// rt.block_on(async {
    ///     let word = Rc::new("local");
    ///     let mut set = JoinSet::new();
    ///     set.build_task().name("one").spawn_local(async move { *word }).unwrap();
    ///     assert_eq!(set.join_next().await.unwrap().unwrap(), "local");
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        let task = self.task.spawn_local(future)?;
        Ok(self.set.insert(task))
    }

    /// Spawns a task on a local set, see [`JoinSet::spawn_local_on`].
    ///
    /// # Errors
    ///
    /// None today.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{JoinSet, LocalSet};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let local = LocalSet::new();
    /// let mut set = JoinSet::new();
    /// set.build_task().name("one").spawn_local_on(async { 1 }, &local).unwrap();
    /// assert_eq!(local.block_on(&rt, set.join_next()).unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(self, future: F, local_set: &LocalSet) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + 'static,
    {
        let task = self.task.spawn_local_on(future, local_set)?;
        Ok(self.set.insert(task))
    }
}

impl<T> fmt::Debug for Builder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("join_set::Builder")
            .field("joinset", &self.set)
            .field("builder", &self.task)
            .finish()
    }
}
