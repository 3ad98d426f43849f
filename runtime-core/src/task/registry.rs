//! The tasks of one slot, for shutdown and for looking at them.
//!
//! # The rule
//!
//! Each slot has a registry: a slab of plain pointers under a lock of its own. A task is entered at spawn by the slot that spawns it and leaves when
//! its *cell is freed*, not when it completes. So an entry never dangles, completion does not touch the registry, and a task that is
//! stolen and finished elsewhere costs one visit to its home.
//!
//! Beside the entry the registry holds a counted reference until the task is complete (see [`super::state`]): a task that nobody will ever wake stays
//! alive, and its future is dropped by shutdown, in context, on a thread of the runtime.
//!
//! # Why the runtime outlives its tasks' cells
//!
//! A cell points to the runtime without owning it. A foreign thread that wakes a task must be sure that the runtime's memory is still there. The
//! registry holds one `keepalive`, a strong reference to the runtime, as long as it is open *or has any entry*. Whoever holds a counted reference to a
//! task therefore may clone the runtime's `Arc` ([`Schedule`](super::Schedule) implementations do so before they touch it from a foreign
//! thread), and so may who is about to [remove](Registry::forget) the entry. A task that is refused is never woken, since it has ended before anybody gets a handle
//! to it. Once the runtime is shut down and the last cell is freed, the last `keepalive` goes, and with it the memory.
//!
//! # Designs rejected
//!
//! * One registry for the runtime: its lock is a line that every spawn of every core writes.
//! * Leaving at completion: one lock visit more per task, and the entry says nothing about the cell's life, so the runtime would need an `Arc` per task.

use std::ptr::NonNull;
use std::time::Instant;

use super::cell::Header;
use super::note::Note;
use super::{Runnable, TaskRef};
use crate::util::SlotLock;

/// Where a task is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) slot: u32,
    pub(crate) entry: u32,
}

impl Home {
    /// Not registered.
    pub(crate) const NONE: Self = Self {
        slot: u32::MAX,
        entry: u32::MAX,
    };

    /// As one word, for who publishes it.
    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        u64::from(self.entry) << 32 | u64::from(self.slot)
    }

    /// The reverse of [`to_bits`](Self::to_bits).
    pub(crate) fn from_bits(bits: u64) -> Self {
        Self {
            slot: bits as u32,
            entry: (bits >> 32) as u32,
        }
    }
}

/// The tasks of one slot. `K` is what keeps the runtime's memory alive.
pub(crate) struct Registry<K> {
    // No user code runs under this lock: entries are pointers, and whatever is dropped leaves it first.
    inner: SlotLock<Inner<K>>,
}

struct Inner<K> {
    entries: Vec<Entry>,
    /// Of the tasks at the same index. Empty but in debug mode.
    notes: Vec<Note>,
    /// Head of the list of vacant entries, `u32::MAX` if none.
    vacant: u32,
    occupied: usize,
    closed: bool,
    keepalive: Option<K>,
}

enum Entry {
    Task(NonNull<Header>),
    Vacant { next: u32 },
}

// SAFETY: an entry is only dereferenced under the lock, while the cell it points to cannot be freed, and `TaskRef`, which it is turned into, is `Send`.
unsafe impl Send for Entry {}

impl<K> Registry<K> {
    pub(crate) fn new() -> Self {
        let inner = Inner {
            entries: Vec::new(),
            notes: Vec::new(),
            vacant: u32::MAX,
            occupied: 0,
            closed: false,
            keepalive: None,
        };
        Self {
            inner: SlotLock::new(inner),
        }
    }

    /// Gives the registry what keeps the runtime alive; once, when the runtime is built.
    pub(crate) fn keep_alive(&self, keepalive: K) {
        self.inner.lock().keepalive = Some(keepalive);
    }

    /// Enters a task that is not published yet. `Err`: the runtime is shut down; the caller ends the task.
    pub(crate) fn enter(&self, slot: usize, task: Runnable) -> Result<Runnable, Runnable> {
        self.enter_with(slot, task, None)
    }

    /// [`enter`](Self::enter) with a note, in debug mode.
    pub(crate) fn enter_with(
        &self,
        slot: usize,
        task: Runnable,
        note: Option<Note>,
    ) -> Result<Runnable, Runnable> {
        let mut inner = self.inner.lock();
        if inner.closed {
            return Err(task);
        }
        let entry = inner.insert(task.task().as_ptr());
        if let Some(note) = note {
            inner.set_note(entry, note);
        }
        // SAFETY: the task is not published, and its registry's lock is held.
        unsafe {
            task.task().header().set_home(Home {
                slot: slot as u32,
                entry,
            })
        };
        Ok(task)
    }

    /// Removes a cell that is about to be freed. The keepalive, if this was the last entry of a closed registry, is for the caller to drop.
    #[must_use = "the keepalive must be dropped outside the lock"]
    pub(crate) fn forget(&self, home: Home) -> Option<K> {
        let mut inner = self.inner.lock();
        inner.remove(home.entry);
        inner.keepalive_if_done()
    }

    /// Refuses further tasks and ends those that are here, one at a time and outside the lock.
    ///
    /// The caller must be where futures may drop: in the runtime's context, and for local tasks on their thread.
    pub(crate) fn close(&self) {
        self.inner.lock().closed = true;
        let mut next = 0;
        while let Some(task) = self.next_task(&mut next) {
            task.shut_down();
        }
        let keepalive = self.inner.lock().keepalive_if_done();
        drop(keepalive);
    }

    /// Whether any task is not complete.
    pub(crate) fn has_alive(&self) -> bool {
        self.alive_up_to(1) > 0
    }

    /// Tasks that are not complete.
    pub(crate) fn alive(&self) -> usize {
        self.alive_up_to(usize::MAX)
    }

    /// Counts tasks that are not complete until there are enough; a few at a time, since the lock is the slot's.
    fn alive_up_to(&self, enough: usize) -> usize {
        let (mut alive, mut next) = (0, 0);
        while alive < enough {
            let inner = self.inner.lock();
            let rest = inner.entries.get(next..).unwrap_or_default();
            let some = &rest[..rest.len().min(AT_A_TIME)];
            if inner.occupied == 0 || some.is_empty() {
                break;
            }
            alive += some.iter().filter(|entry| entry.is_alive()).count();
            next += some.len();
        }
        alive
    }

    /// The task at an entry, with a reference of its own, if the entry holds one whose memory is not on its way out.
    pub(crate) fn task_at(&self, entry: u32) -> Option<TaskRef> {
        self.inner.lock().entries.get(entry as usize)?.retain()
    }

    /// What is noted of the task at an entry.
    pub(crate) fn note_at(&self, entry: u32) -> Option<Note> {
        self.inner.lock().notes.get(entry as usize).copied()
    }

    /// A poll of the task at an entry begins.
    pub(crate) fn note_poll(&self, entry: u32, now: Instant) {
        if let Some(note) = self.inner.lock().notes.get_mut(entry as usize) {
            note.polls += 1;
            note.last_poll = Some(now);
        }
    }

    /// Calls `see` with each task that is not complete, outside of the lock and with a reference of its own. A task that begins or ends meanwhile may be missing.
    pub(crate) fn each_alive(&self, mut see: impl FnMut(TaskRef, Option<Note>)) {
        let mut some = Vec::with_capacity(AT_A_TIME);
        let mut next = 0;
        while self.retain_some(&mut next, &mut some) {
            some.drain(..).for_each(|(task, note)| see(task, note));
        }
    }

    /// Takes references to the tasks among the next few entries. False: there are no more entries.
    fn retain_some(&self, next: &mut usize, some: &mut Vec<(TaskRef, Option<Note>)>) -> bool {
        let inner = self.inner.lock();
        let end = inner.entries.len().min(*next + AT_A_TIME);
        let places = *next..end;
        *next = end;
        for place in places.clone() {
            let entry = &inner.entries[place];
            if entry.is_alive() {
                let note = inner.notes.get(place).copied();
                some.extend(entry.retain().map(|task| (task, note)));
            }
        }
        !places.is_empty()
    }

    /// The task at or after the cursor, with a reference of its own.
    fn next_task(&self, cursor: &mut usize) -> Option<TaskRef> {
        let inner = self.inner.lock();
        while let Some(entry) = inner.entries.get(*cursor) {
            *cursor += 1;
            if let Some(task) = entry.retain() {
                return Some(task);
            }
        }
        None
    }
}

impl<K> Inner<K> {
    fn insert(&mut self, task: NonNull<Header>) -> u32 {
        self.occupied += 1;
        let index = self.vacant;
        match self.entries.get_mut(index as usize) {
            Some(entry) => {
                let Entry::Vacant { next } = *entry else {
                    unreachable!("the vacant list holds vacant entries")
                };
                self.vacant = next;
                *entry = Entry::Task(task);
                index
            }
            None => {
                self.entries.push(Entry::Task(task));
                (self.entries.len() - 1) as u32
            }
        }
    }

    fn set_note(&mut self, index: u32, note: Note) {
        let index = index as usize;
        if index >= self.notes.len() {
            self.notes.resize(index + 1, Note::default());
        }
        self.notes[index] = note;
    }

    fn remove(&mut self, index: u32) {
        debug_assert!(matches!(self.entries[index as usize], Entry::Task(_)));
        self.entries[index as usize] = Entry::Vacant { next: self.vacant };
        self.vacant = index;
        self.occupied -= 1;
        if self.occupied == 0 && self.entries.capacity() > KEEP_CAPACITY {
            // A burst is over: give its memory back.
            self.entries = Vec::new();
            self.notes = Vec::new();
            self.vacant = u32::MAX;
        }
    }

    fn keepalive_if_done(&mut self) -> Option<K> {
        if self.closed && self.occupied == 0 {
            self.keepalive.take()
        } else {
            None
        }
    }
}

impl Entry {
    fn is_alive(&self) -> bool {
        match self {
            // SAFETY: freeing the cell needs the lock that the caller holds.
            Self::Task(header) => !unsafe { header.as_ref() }.state.load().is_complete(),
            Self::Vacant { .. } => false,
        }
    }

    fn retain(&self) -> Option<TaskRef> {
        let Self::Task(header) = self else {
            return None;
        };
        // SAFETY: freeing the cell needs the lock that the caller holds.
        if !unsafe { header.as_ref() }.state.retain_if_alive() {
            return None;
        }
        // SAFETY: a reference has just been counted.
        Some(unsafe { TaskRef::from_raw(*header) })
    }
}

impl<K> std::fmt::Debug for Registry<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// Entries that are looked at in one go.
const AT_A_TIME: usize = 64;

/// Entries whose memory is kept for the next tasks when the last one leaves: 1,024 pointers.
const KEEP_CAPACITY: usize = 1024;
