//! The list of tasks.

use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};
use std::{slice, vec};

use super::json::Json;
use super::table::Table;
use super::tree::TaskTree;
use crate::context;
use crate::scheduler::Shared;
use crate::scheduler::watch::Watch;
use crate::task::local_set::tasks_of_current_set;
use crate::task::note::Note;
use crate::task::registry::Home;
use crate::task::{Id, TaskRef};

/// What a task that has not ended is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TaskState {
    /// A thread polls it.
    Running,
    /// It is queued, to be polled.
    Ready,
    /// It waits to be woken.
    Waiting,
    /// It was aborted, and its future is about to be dropped.
    Ending,
}

impl TaskState {
    fn of(task: &TaskRef) -> Self {
        let now = task.header().state.load();
        if now.is_cancelled() {
            Self::Ending
        } else if now.is_running() {
            Self::Running
        } else if now.is_scheduled() {
            Self::Ready
        } else {
            Self::Waiting
        }
    }

    /// Those that are of interest first come first.
    pub(super) const ALL: [Self; 4] = [Self::Running, Self::Ready, Self::Ending, Self::Waiting];

    /// In one word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Ending => "ending",
        }
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What is known of a task: an entry of a [`TaskList`].
#[derive(Clone, Debug)]
pub struct TaskInfo {
    id: Id,
    name: Option<Box<str>>,
    location: &'static Location<'static>,
    type_name: &'static str,
    state: TaskState,
    /// In debug mode.
    more: Option<Box<More>>,
}

#[derive(Clone, Debug)]
struct More {
    note: Note,
    /// The parent, once it is known to be in the list.
    parent: Option<Id>,
    since_last_poll: Option<Duration>,
}

impl TaskInfo {
    fn new(task: &TaskRef, note: Option<Note>) -> Self {
        let more = note.map(|note| {
            Box::new(More {
                note,
                parent: None,
                since_last_poll: note.last_poll.map(|then| then.elapsed()),
            })
        });
        Self {
            id: task.id(),
            name: task.name().map(Into::into),
            location: task.header().location,
            type_name: task.type_name(),
            state: TaskState::of(task),
            more,
        }
    }

    /// Returns the id of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(std::future::pending::<()>());
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.iter().next().unwrap().id(), task.id());
    /// ```
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// Returns the name that the task was given by [`Builder::name`](crate::task::Builder::name).
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// runtime_core::task::Builder::new().name("reader").spawn_on(async {}, rt.handle()).unwrap();
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.iter().next().unwrap().name(), Some("reader"));
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the place in the source where the task was spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let line = line!() + 1;
    /// rt.spawn(async {});
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.iter().next().unwrap().spawned_at().line(), line);
    /// ```
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.location
    }

    /// Returns the type of the task's future.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.spawn(std::future::pending::<()>());
    /// let tasks = rt.handle().tasks();
    /// assert!(tasks.iter().next().unwrap().type_name().contains("Pending"));
    /// ```
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Returns what the task was doing when it was looked at.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskState;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.spawn(async {});
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.iter().next().unwrap().state(), TaskState::Ready);
    /// ```
    #[must_use]
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// Returns the id of the task that spawned it, if that is in the same list. Known in [debug mode](crate::Builder::debug) only.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().debug(true).build().unwrap();
    /// rt.block_on(async {
    ///     let parent = runtime_core::spawn(async {
    ///         runtime_core::spawn(std::future::pending::<()>());
    ///         std::future::pending::<()>().await
    ///     });
    ///     runtime_core::task::yield_now().await;
    ///     let tasks = runtime_core::Handle::current().tasks();
    ///     assert!(tasks.iter().any(|task| task.parent() == Some(parent.id())));
    /// });
    /// ```
    #[must_use]
    pub fn parent(&self) -> Option<Id> {
        self.more.as_ref()?.parent
    }

    /// Returns how many polls of the task have begun. Known in [debug mode](crate::Builder::debug) only.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().debug(true).build().unwrap();
    /// rt.spawn(async {});
    /// let tasks = rt.handle().tasks();
    /// assert_eq!(tasks.iter().next().unwrap().polls(), Some(0));
    /// ```
    #[must_use]
    pub fn polls(&self) -> Option<u64> {
        Some(self.more.as_ref()?.note.polls)
    }

    /// Returns how long ago the last poll of the task began. Known in [debug mode](crate::Builder::debug) only.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().debug(true).build().unwrap();
    /// rt.spawn(std::future::pending::<()>());
    /// assert!(rt.handle().tasks().iter().next().unwrap().since_last_poll().is_none());
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert!(rt.handle().tasks().iter().next().unwrap().since_last_poll().is_some());
    /// ```
    #[must_use]
    pub fn since_last_poll(&self) -> Option<Duration> {
        self.more.as_ref()?.since_last_poll
    }

    /// From 1 in the order of birth, 0 if unknown.
    fn serial(&self) -> u64 {
        self.more.as_ref().map_or(0, |more| more.note.serial)
    }

    fn parent_serial(&self) -> u64 {
        self.more.as_ref().map_or(0, |more| more.note.parent)
    }

    pub(super) fn to_json(&self, json: &mut Json) {
        json.object(|json| {
            json.key("id").number(self.id.to_u64());
            json.key("name").optional(self.name(), Json::text);
            json.key("state").text(self.state.word());
            json.key("spawned_at").text(&self.location.to_string());
            json.key("type").text(self.type_name);
            if let Some(more) = &self.more {
                json.key("parent")
                    .optional(more.parent, |json, id| json.number(id.to_u64()));
                json.key("polls").number(more.note.polls);
                json.key("since_last_poll_us")
                    .optional(more.since_last_poll, |json, time| {
                        json.number(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
                    });
            }
        });
    }
}

/// The tasks of a runtime that have not ended, made by [`Handle::tasks`](crate::Handle::tasks).
///
/// It prints as a table. In [debug mode](crate::Builder::debug) it is in the order of birth, and there are columns for polls and parents.
///
/// # Examples
///
/// ```
/// let rt = runtime_core::Builder::new_current_thread().debug(true).build().unwrap();
/// rt.block_on(async {
///     runtime_core::spawn(async { runtime_core::spawn(std::future::pending::<()>()).await }).await_once().await;
/// });
/// # trait AwaitOnce { async fn await_once(self); }
/// # impl<T> AwaitOnce for runtime_core::task::JoinHandle<T> {
/// #     async fn await_once(self) { for _ in 0..4 { runtime_core::task::yield_now().await } }
/// # }
/// let tasks = rt.handle().tasks();
/// assert_eq!(tasks.iter().filter(|task| task.parent().is_some()).count(), 1);
/// println!("{tasks}{}", tasks.tree());
/// ```
#[derive(Clone, Debug)]
pub struct TaskList {
    tasks: Vec<TaskInfo>,
}

impl TaskList {
    pub(crate) fn of_runtime(shared: &Shared) -> Self {
        Self::collect(|see| {
            for slot in &shared.slots {
                slot.registry.each_alive(&mut *see);
            }
        })
    }

    /// Of all tasks that `walk` shows.
    pub(crate) fn collect(walk: impl FnOnce(&mut dyn FnMut(TaskRef, Option<Note>))) -> Self {
        let mut tasks = Vec::new();
        walk(&mut |task, note| tasks.push(TaskInfo::new(&task, note)));
        // Stable: without serial numbers nothing moves.
        tasks.sort_by_key(TaskInfo::serial);
        let mut list = Self { tasks };
        list.find_parents();
        list
    }

    /// Numbers become ids, where the parent is here.
    fn find_parents(&mut self) {
        for index in 0..self.tasks.len() {
            let found = self.place_of(self.tasks[index].parent_serial());
            let parent = found.map(|place| self.tasks[place].id);
            if let Some(more) = &mut self.tasks[index].more {
                more.parent = parent;
            }
        }
    }

    /// Where the task with this serial number is.
    fn place_of(&self, serial: u64) -> Option<usize> {
        if serial == 0 {
            return None;
        }
        self.tasks
            .binary_search_by_key(&serial, TaskInfo::serial)
            .ok()
    }

    /// Returns how many tasks there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.spawn(async {});
    /// assert_eq!(rt.handle().tasks().len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Returns true if there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// assert!(rt.handle().tasks().is_empty());
    /// rt.spawn(async {});
    /// assert!(!rt.handle().tasks().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Returns an iterator over the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async {});
    /// let tasks = rt.handle().tasks();
    /// assert!(tasks.iter().map(|task| task.id()).eq([task.id()]));
    /// ```
    pub fn iter(&self) -> slice::Iter<'_, TaskInfo> {
        self.tasks.iter()
    }

    /// Returns how many tasks are in a state.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::TaskState;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// rt.spawn(std::future::pending::<()>());
    /// rt.block_on(runtime_core::task::yield_now());
    /// assert_eq!(rt.handle().tasks().count(TaskState::Waiting), 1);
    /// ```
    #[must_use]
    pub fn count(&self, state: TaskState) -> usize {
        self.iter().filter(|task| task.state == state).count()
    }

    /// At most so many tasks, in the order of [`TaskState::ALL`].
    pub(super) fn busiest(&self, most: usize) -> impl Iterator<Item = &TaskInfo> {
        let of_state = |state| self.iter().filter(move |task| task.state == state);
        TaskState::ALL.into_iter().flat_map(of_state).take(most)
    }

    /// Returns the tasks as a tree, each below the one that spawned it; prints as such. Parents are known in [debug mode](crate::Builder::debug) only.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().debug(true).build().unwrap();
    /// runtime_core::task::Builder::new().name("reader").spawn_on(async {}, rt.handle()).unwrap();
    /// assert!(rt.handle().tasks().tree().to_string().contains("reader"));
    /// ```
    #[must_use]
    pub fn tree(&self) -> TaskTree<'_> {
        TaskTree::new(self)
    }

    /// Whether the runtime is in debug mode, or has no task.
    pub(super) fn knows_parents(&self) -> bool {
        self.iter().all(|task| task.more.is_some())
    }

    /// For each task the place of its parent in the list.
    pub(super) fn parents(&self) -> impl Iterator<Item = Option<usize>> {
        self.iter().map(|task| self.place_of(task.parent_serial()))
    }

    /// Returns the tasks as JSON: an array of objects with `id`, `name`, `state`, `spawned_at`, `type`, and in debug mode `parent`, `polls` and `since_last_poll_us`.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// runtime_core::task::Builder::new().name("reader").spawn_on(async {}, rt.handle()).unwrap();
    /// assert!(rt.handle().tasks().to_json().contains(r#""name":"reader""#));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Json::new();
        json.array(self.iter(), |json, task| task.to_json(json));
        json.into_text()
    }
}

impl fmt::Display for TaskList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let debug = self.iter().any(|task| task.more.is_some());
        let mut head = vec!["ID", "STATE"];
        if debug {
            head.extend(["PARENT", "POLLS", "LAST POLL"]);
        }
        head.extend(["NAME", "SPAWNED AT", "FUTURE"]);
        let mut table = Table::new(&head);
        for task in self {
            let mut row = vec![task.id.to_string(), task.state.to_string()];
            if debug {
                let ago = |time: Duration| format!("{time:.1?} ago");
                row.push(or_dash(task.parent()));
                row.push(or_dash(task.polls()));
                row.push(or_dash(task.since_last_poll().map(ago)));
            }
            row.push(or_dash(task.name()));
            row.push(task.location.to_string());
            row.push(task.type_name.to_owned());
            table.row(row);
        }
        table.fmt(f)
    }
}

fn or_dash(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

impl<'a> IntoIterator for &'a TaskList {
    type Item = &'a TaskInfo;
    type IntoIter = slice::Iter<'a, TaskInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for TaskList {
    type Item = TaskInfo;
    type IntoIter = vec::IntoIter<TaskInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.tasks.into_iter()
    }
}

/// Returns what is known of the task that runs on this thread, or `None` outside a task, and inside a job of `spawn_blocking`.
///
/// # Examples
///
/// ```
/// use runtime_core::task;
///
/// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
/// let task = task::Builder::new().name("me").spawn_on(async { task::current() }, rt.handle()).unwrap();
/// let id = task.id();
/// let info = rt.block_on(task).unwrap().unwrap();
/// assert_eq!((info.id(), info.name()), (id, Some("me")));
/// assert!(task::current().is_none());
/// ```
#[must_use]
pub fn current() -> Option<TaskInfo> {
    let id = context::current_task()?;
    let mine = |task: &TaskInfo| task.id == id;
    let of_runtime = context::with_worker(|worker| worker?.shared().task_in_slot(worker?.index()));
    of_runtime
        .filter(mine)
        .or_else(|| tasks_of_current_set()?.into_iter().find(mine))
}

impl Shared {
    /// The task that is polled in a slot; for the thread that drives it, or who compares.
    fn task_in_slot(&self, slot: usize) -> Option<TaskInfo> {
        let home = self.home_in_slot(slot)?;
        let registry = &self.slots.get(home.slot as usize)?.registry;
        let task = registry.task_at(home.entry)?;
        Some(TaskInfo::new(&task, registry.note_at(home.entry)))
    }

    fn home_in_slot(&self, slot: usize) -> Option<Home> {
        let watch = &self.slots[slot].watch;
        Watch::is_poll(watch.sequence()).then(|| watch.running())
    }

    /// The serial number of the task that this thread polls, if it is one of this runtime; else 0.
    pub(crate) fn parent(&self) -> u64 {
        let home = context::with_worker(|worker| {
            let worker = worker.filter(|worker| std::ptr::eq(&**worker.shared(), self))?;
            self.home_in_slot(worker.index())
        });
        let note = home.and_then(|home| {
            let slot = self.slots.get(home.slot as usize)?;
            slot.registry.note_at(home.entry)
        });
        note.map_or(0, |note| note.serial)
    }

    /// A poll of the task with this home begins.
    pub(crate) fn note_poll(&self, home: Home, now: Instant) {
        if let Some(slot) = self.slots.get(home.slot as usize) {
            slot.registry.note_poll(home.entry, now);
        }
    }
}
