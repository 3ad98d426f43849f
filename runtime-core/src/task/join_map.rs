//! Tasks with keys, joined as they end.
//!
//! # The rule
//!
//! The tasks are in a [`JoinSet`], each at a place with a number. `entries` has, at the same number, the key and what aborts the task; `heads` leads from the hash of a key to the
//! number of an entry with this hash, and entries whose hashes are equal are chained. A task whose key was given to another one is aborted; its place has no entry any more, and its
//! output is dropped when it ends.
//!
//! # Designs rejected
//!
//! * Two maps, from keys to tasks and from ids to keys: a key would lie in both, hence be `Clone` or shared.
//! * A crate that has a hash table without keys: a dependency of core for two dozen lines.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::slice;
use std::task::{Context, Poll, ready};

use super::{AbortHandle, Id, JoinError, JoinHandle, JoinSet, LocalSet, spawn_local};
use crate::handle::{self, Handle};

/// Tasks with keys, joined as they end.
///
/// A key belongs to one task at a time: spawning another one under it aborts the first, which is then not joined. When the map is dropped, its tasks are
/// [aborted](AbortHandle::abort).
///
/// # Examples
///
/// ```
/// use runtime_core::task::JoinMap;
///
/// let rt = runtime_core::Builder::new_multi_thread().worker_threads(2).build().unwrap();
/// rt.block_on(async {
///     let mut map = JoinMap::new();
///     map.spawn("one", async { 1 });
///     map.spawn("never", std::future::pending());
///     assert_eq!(map.join_next().await.map(|(key, one)| (key, one.unwrap())), Some(("one", 1)));
///     assert!(map.abort("never"));
///     let (key, error) = map.join_next().await.unwrap();
///     assert!(key == "never" && error.unwrap_err().is_cancelled());
/// });
/// ```
#[must_use = "dropping the map aborts its tasks"]
pub struct JoinMap<K, V, S = RandomState> {
    tasks: JoinSet<V>,
    entries: Vec<Option<Entry<K>>>,
    /// How many entries there are.
    len: usize,
    heads: HashMap<u64, usize, BuildHasherDefault<AlreadyHashed>>,
    hash_builder: S,
}

struct Entry<K> {
    key: K,
    hash: u64,
    /// The next entry with the same hash.
    next: Option<usize>,
    abort: AbortHandle,
}

impl<K, V> JoinMap<K, V> {
    /// Makes an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    /// assert!(JoinMap::<&str, ()>::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Makes an empty map with memory for so many tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    /// assert!(JoinMap::<&str, ()>::with_capacity(10).capacity() >= 10);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> JoinMap<K, V, S> {
    /// Makes an empty map that hashes keys in this way.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    /// use std::hash::RandomState;
    /// assert!(JoinMap::<&str, (), _>::with_hasher(RandomState::new()).is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self {
        Self::with_capacity_and_hasher(0, hash_builder)
    }

    /// Makes an empty map with memory for so many tasks, that hashes keys in this way.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    /// use std::hash::RandomState;
    ///
    /// let map = JoinMap::<&str, (), _>::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(map.capacity() >= 10);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self {
            tasks: JoinSet::new(),
            entries: Vec::with_capacity(capacity),
            len: 0,
            heads: HashMap::with_capacity_and_hasher(capacity, BuildHasherDefault::default()),
            hash_builder,
        }
    }

    /// Returns how many tasks are in the map: those that run, and those that have ended and were not joined.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", async { 1 });
    /// map.spawn("two", async { 2 });
    /// assert_eq!(map.len(), 2);
    /// # });
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns true if there is no task in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// assert!(map.is_empty());
    /// map.spawn("one", async { 1 });
    /// assert!(!map.is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns how many tasks the map has memory for.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// let mut map = JoinMap::<&str, ()>::new();
    /// assert_eq!(map.capacity(), 0);
    /// map.reserve(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.heads.capacity()
    }

    /// Visits the keys in no particular order; a task that has ended has its key until it is joined.
    ///
    /// # Examples
    ///
    /// ```
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = runtime_core::task::JoinMap::new();
    /// map.spawn(1, async {});
    /// map.spawn(2, async {});
    /// assert_eq!(map.keys().sum::<i32>(), 3);
    /// # });
    /// ```
    pub fn keys(&self) -> JoinMapKeys<'_, K, V> {
        JoinMapKeys {
            entries: self.entries.iter(),
            left: self.len,
            _value: PhantomData,
        }
    }

    /// Returns true if the task with this id is in the map. Looks at one task after another.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("id", async { runtime_core::task::id() });
    /// map.spawn("waits", std::future::pending());
    /// let id = map.join_next().await.unwrap().1.unwrap();
    /// assert!(!map.contains_task(&id)); // joined
    /// # });
    /// ```
    #[must_use]
    pub fn contains_task(&self, task: &Id) -> bool {
        self.entries
            .iter()
            .flatten()
            .any(|entry| entry.abort.id() == *task)
    }

    /// Aborts the tasks whose keys the closure says yes to. They stay in the map until they are joined.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// for n in 0..4 {
    ///     map.spawn(n, std::future::pending::<()>());
    /// }
    /// map.abort_matching(|n| n % 2 == 0);
    /// let (n, ended) = map.join_next().await.unwrap();
    /// assert!(n % 2 == 0 && ended.unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort_matching(&mut self, mut predicate: impl FnMut(&K) -> bool) {
        for entry in self.entries.iter().flatten() {
            if predicate(&entry.key) {
                entry.abort.abort();
            }
        }
    }

    /// Unlinks the entry at a place, if it is still there.
    fn remove(&mut self, place: usize) -> Option<Entry<K>> {
        let entry = self.entries.get_mut(place)?.take()?;
        self.len -= 1;
        let head = self.heads.get(&entry.hash).copied();
        match head {
            Some(head) if head != place => self.unlink(head, place, entry.next),
            _ => match entry.next {
                Some(next) => drop(self.heads.insert(entry.hash, next)),
                None => drop(self.heads.remove(&entry.hash)),
            },
        }
        Some(entry)
    }

    /// Makes the entry of a chain that leads to `place` lead to `next`.
    fn unlink(&mut self, head: usize, place: usize, next: Option<usize>) {
        let mut at = Some(head);
        while let Some(entry) = at.and_then(|at| self.entries[at].as_mut()) {
            if entry.next == Some(place) {
                entry.next = next;
                return;
            }
            at = entry.next;
        }
    }
}

impl<K, V, S> JoinMap<K, V, S>
where
    K: Hash + Eq,
    V: 'static,
    S: BuildHasher,
{
    /// Spawns a task on the current runtime, as [`spawn`](crate::spawn) does, under a key. A task that has the key is aborted and removed.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", async { 1 });
    /// map.spawn("one", async { 2 }); // instead of the first
    /// assert_eq!(map.join_next().await.unwrap().1.unwrap(), 2);
    /// assert!(map.join_next().await.is_none());
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, key: K, task: F)
    where
        F: Future<Output = V> + Send + 'static,
        V: Send,
    {
        self.insert(key, handle::spawn(task));
    }

    /// Spawns a task on a runtime, as [`Handle::spawn`] does, under a key. A task that has the key is aborted and removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut map = JoinMap::new();
    /// map.spawn_on("one", async { 1 }, rt.handle());
    /// let (key, output) = rt.block_on(map.join_next()).unwrap();
    /// assert_eq!((key, output.unwrap()), ("one", 1));
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, key: K, task: F, handle: &Handle)
    where
        F: Future<Output = V> + Send + 'static,
        V: Send,
    {
        self.insert(key, handle.spawn(task));
    }

    /// Runs a closure that blocks on the pool of the current runtime, as [`spawn_blocking`](crate::spawn_blocking) does, under a key. A task that has the key is aborted and removed.
    ///
    /// # Panics
    ///
    /// Panics if there is no current runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn_blocking("one", || 1);
    /// assert_eq!(map.join_next().await.unwrap().1.unwrap(), 1);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, key: K, f: F)
    where
        F: FnOnce() -> V + Send + 'static,
        V: Send,
    {
        self.insert(key, handle::spawn_blocking(f));
    }

    /// Runs a closure that blocks on the pool of a runtime, as [`Handle::spawn_blocking`] does, under a key. A task that has the key is aborted and removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut map = JoinMap::new();
    /// map.spawn_blocking_on("one", || 1, rt.handle());
    /// assert_eq!(rt.block_on(map.join_next()).unwrap().1.unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, key: K, f: F, handle: &Handle)
    where
        F: FnOnce() -> V + Send + 'static,
        V: Send,
    {
        self.insert(key, handle.spawn_blocking(f));
    }

    /// Spawns a task that stays on this thread, as [`spawn_local`] does, under a key. A task that has the key is aborted and removed.
    ///
    /// # Panics
    ///
    /// Panics where [`spawn_local`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    /// use std::rc::Rc;
    ///
    /// let rt = runtime_core::LocalRuntime::new().unwrap();
    /// rt.block_on(async {
    ///     let word = Rc::new("local");
    ///     let mut map = JoinMap::new();
    ///     map.spawn_local("one", async move { *word });
    ///     assert_eq!(map.join_next().await.unwrap().1.unwrap(), "local");
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, key: K, task: F)
    where
        F: Future<Output = V> + 'static,
    {
        self.insert(key, spawn_local(task));
    }

    /// Spawns a task on a local set under a key. A task that has the key is aborted and removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::{JoinMap, LocalSet};
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let set = LocalSet::new();
    /// let mut map = JoinMap::new();
    /// map.spawn_local_on("one", async { 1 }, &set);
    /// assert_eq!(set.block_on(&rt, map.join_next()).unwrap().1.unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, key: K, task: F, local_set: &LocalSet)
    where
        F: Future<Output = V> + 'static,
    {
        self.insert(key, local_set.spawn_local(task));
    }

    fn insert(&mut self, key: K, task: JoinHandle<V>) {
        // Hashes and equality are the user's, and may panic: asked before anything changes.
        let hash = self.hash_builder.hash_one(&key);
        let replaced = self.find_hashed(hash, &key);
        let (place, abort) = self.tasks.insert_at(task);
        if let Some(replaced) = replaced.and_then(|replaced| self.remove(replaced)) {
            replaced.abort.abort();
        }
        let next = self.heads.insert(hash, place);
        if self.entries.len() <= place {
            self.entries.resize_with(place + 1, || None);
        }
        self.entries[place] = Some(Entry {
            key,
            hash,
            next,
            abort,
        });
        self.len += 1;
    }

    fn find<Q>(&self, key: &Q) -> Option<usize>
    where
        Q: ?Sized + Hash + Eq,
        K: Borrow<Q>,
    {
        self.find_hashed(self.hash_builder.hash_one(key), key)
    }

    fn find_hashed<Q>(&self, hash: u64, key: &Q) -> Option<usize>
    where
        Q: ?Sized + Eq,
        K: Borrow<Q>,
    {
        let mut at = self.heads.get(&hash).copied();
        while let Some(place) = at {
            let entry = self.entries[place].as_ref()?;
            if entry.key.borrow() == key {
                break;
            }
            at = entry.next;
        }
        at
    }

    /// Waits until a task ends, removes it from the map, and returns its key and its output; `None` if the map is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no task is removed unless its output is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", async { 1 });
    /// let (key, output) = map.join_next().await.unwrap();
    /// assert_eq!((key, output.unwrap()), ("one", 1));
    /// assert!(map.join_next().await.is_none());
    /// # });
    /// ```
    pub async fn join_next(&mut self) -> Option<(K, Result<V, JoinError>)> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(K, Result<V, JoinError>)>> {
        loop {
            let Some((place, output)) = ready!(self.tasks.poll_join_next_at(cx)) else {
                return Poll::Ready(None);
            };
            // One whose key was given to another is passed over.
            if let Some(entry) = self.remove(place) {
                return Poll::Ready(Some((entry.key, output)));
            }
        }
    }

    /// Removes a task that has ended and returns its key and its output; `None` if there is none now.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", async { 1 });
    /// assert!(map.try_join_next().is_none());
    /// runtime_core::task::yield_now().await;
    /// assert_eq!(map.try_join_next().unwrap().1.unwrap(), 1);
    /// # });
    /// ```
    pub fn try_join_next(&mut self) -> Option<(K, Result<V, JoinError>)> {
        loop {
            let (place, output) = self.tasks.try_join_next_at()?;
            if let Some(entry) = self.remove(place) {
                return Some((entry.key, output));
            }
        }
    }

    /// Aborts all tasks and waits until they have ended, whatever their outputs.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready, it has aborted all tasks, and those that were not waited for are still in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", std::future::pending::<()>());
    /// map.shutdown().await;
    /// assert!(map.is_empty());
    /// # });
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Aborts the task that has the key. It stays in the map until it is joined. Returns false if no task has the key.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", std::future::pending::<()>());
    /// assert!(map.abort("one"));
    /// assert!(!map.abort("two"));
    /// assert!(map.join_next().await.unwrap().1.unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort<Q>(&mut self, key: &Q) -> bool
    where
        Q: ?Sized + Hash + Eq,
        K: Borrow<Q>,
    {
        let found = self
            .find(key)
            .and_then(|place| self.entries[place].as_ref());
        if let Some(entry) = found {
            entry.abort.abort();
        }
        found.is_some()
    }

    /// Returns true if a task has the key: one that runs, or one that has ended and was not joined.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", async { 1 });
    /// assert!(map.contains_key("one"));
    /// assert!(!map.contains_key("two"));
    /// # });
    /// ```
    #[must_use]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: ?Sized + Hash + Eq,
        K: Borrow<Q>,
    {
        self.find(key).is_some()
    }

    /// Makes room for so many more tasks.
    ///
    /// # Panics
    ///
    /// Panics if the memory cannot be counted in a `usize`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// let mut map = JoinMap::<&str, ()>::new();
    /// map.reserve(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    pub fn reserve(&mut self, additional: usize) {
        self.entries.reserve(additional);
        self.heads.reserve(additional);
    }

    /// Gives memory back that is not needed now.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// let mut map = JoinMap::<&str, ()>::with_capacity(100);
    /// map.shrink_to_fit();
    /// assert!(map.capacity() < 100);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives memory back that is not needed now, but keeps enough for so many tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// let mut map = JoinMap::<&str, ()>::with_capacity(100);
    /// map.shrink_to(10);
    /// assert!((10..100).contains(&map.capacity()));
    /// ```
    pub fn shrink_to(&mut self, min_capacity: usize) {
        while let Some(None) = self.entries.last() {
            self.entries.pop();
        }
        self.entries.shrink_to(min_capacity);
        self.heads.shrink_to(min_capacity);
    }
}

impl<K, V: 'static, S> JoinMap<K, V, S> {
    /// Aborts all tasks. They stay in the map until they are joined.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// # let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// # rt.block_on(async {
    /// let mut map = JoinMap::new();
    /// map.spawn("one", std::future::pending::<()>());
    /// map.abort_all();
    /// assert!(map.join_next().await.unwrap().1.unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort_all(&mut self) {
        self.tasks.abort_all();
    }

    /// Removes all tasks from the map without aborting them.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::JoinMap;
    ///
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let mut map = JoinMap::new();
    /// map.spawn_on("one", std::future::pending::<()>(), rt.handle());
    /// map.detach_all();
    /// assert!(map.is_empty());
    /// assert_eq!(rt.metrics().num_alive_tasks(), 1);
    /// ```
    pub fn detach_all(&mut self) {
        self.tasks.detach_all();
        self.heads.clear();
        self.len = 0;
        self.entries.clear();
    }
}

impl<K, V> Default for JoinMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for JoinMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Tasks<'a, K>(&'a [Option<Entry<K>>]);
        impl<K: fmt::Debug> fmt::Debug for Tasks<'_, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let tasks = self.0.iter().flatten();
                f.debug_map()
                    .entries(tasks.map(|entry| (&entry.key, entry.abort.id())))
                    .finish()
            }
        }
        f.debug_struct("JoinMap")
            .field("tasks", &Tasks(&self.entries))
            .finish()
    }
}

/// The keys of a [`JoinMap`]; made by [`JoinMap::keys`].
pub struct JoinMapKeys<'a, K, V> {
    entries: slice::Iter<'a, Option<Entry<K>>>,
    left: usize,
    _value: PhantomData<&'a V>,
}

impl<'a, K, V> Iterator for JoinMapKeys<'a, K, V> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        let entry = self.entries.by_ref().flatten().next()?;
        self.left -= 1;
        Some(&entry.key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for JoinMapKeys<'_, K, V> {}

impl<K, V> FusedIterator for JoinMapKeys<'_, K, V> {}

impl<K, V> Clone for JoinMapKeys<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            left: self.left,
            _value: PhantomData,
        }
    }
}

impl<K: fmt::Debug, V> fmt::Debug for JoinMapKeys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Passes a hash on: what is looked up is one already.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("the keys are of type u64")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
