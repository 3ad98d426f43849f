//! Which sources there are: a slab of places, each with the key of its tenant.
//!
//! The reactor looks up a batch of events under the lock and dispatches them without it ([`Registry::hold`]). Between the two a source
//! may be removed by its owner. It is then *buried*: taken out of the slab at once, freed when the batch is done. That costs the
//! batch nothing per event, where counting references would cost two read-modify-writes, and no removal ever waits for a batch.

use std::io;
use std::mem;
use std::ptr::NonNull;
use std::sync::Arc;

use runtime_core::util::lines::written;
use slab::Slab;

use super::poll::{BATCH, Event};
use super::source::Source;
use super::{Key, Ready, error};
use crate::primitive::{Mutex, MutexGuard};

/// A slab that was never longer than this is not worth shrinking.
const KEPT_PLACES: usize = 256;

/// All sources of one reactor.
#[derive(Debug)]
pub(super) struct Registry(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    sources: Slab<Arc<Source>>,
    /// The generation of the next source.
    generation: usize,
    /// Batches under way that may still use what is removed now.
    holds: usize,
    /// What was removed meanwhile.
    buried: Vec<Arc<Source>>,
    /// The slab gives memory back when it holds no more than this.
    shrink_at: usize,
    /// No more sources.
    shut_down: bool,
}

impl Registry {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Inner {
            sources: Slab::new(),
            generation: 0,
            holds: 0,
            buried: Vec::new(),
            shrink_at: 0,
            shut_down: false,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        written(&self.0);
        self.0.lock()
    }

    /// Makes a source with a key of its own.
    pub(super) fn insert(&self, initial: Ready) -> io::Result<Arc<Source>> {
        let mut inner = self.lock();
        if inner.shut_down {
            return Err(error::shut_down());
        }
        let place = inner.sources.vacant_key();
        if place >= Key::PLACES {
            return Err(io::Error::from(io::ErrorKind::OutOfMemory));
        }
        let key = Key::new(place, inner.generation);
        inner.generation = inner.generation.wrapping_add(1);
        let source = Arc::new(Source::new(key, initial));
        if inner.sources.len() == inner.sources.capacity() {
            inner.shrink_at = inner.sources.len() / 2;
        }
        inner.sources.insert(Arc::clone(&source));
        Ok(source)
    }

    /// Takes a source out; a key that is not in use any more is ignored.
    pub(super) fn remove(&self, key: Key) {
        let mut inner = self.lock();
        let removed = inner.remove(key);
        drop(inner);
        // The last reference drops wakers, which is user code.
        drop(removed);
    }

    /// The sources of some events; keys that are not in use any more are ignored.
    fn hold(&self, events: &[Event]) -> Held<'_> {
        debug_assert!(events.len() <= BATCH, "a batch is looked up at once");
        let mut inner = self.lock();
        inner.holds += 1;
        let mut targets = [const { None }; BATCH];
        for (target, event) in targets.iter_mut().zip(events) {
            *target = inner
                .find(event.key)
                .map(|source| (NonNull::from(&**source), event.ready));
        }
        Held {
            registry: self,
            targets,
        }
    }

    /// Makes a batch of events known to their sources, in order, with no lock held while wakers run.
    pub(super) fn dispatch(&self, events: &[Event]) {
        self.hold(events).dispatch();
    }

    /// Takes all sources out, and refuses new ones.
    pub(super) fn shut_down(&self) -> Vec<Arc<Source>> {
        let mut inner = self.lock();
        inner.shut_down = true;
        let sources: Vec<_> = mem::take(&mut inner.sources)
            .into_iter()
            .map(|(_, source)| source)
            .collect();
        if inner.holds > 0 {
            inner.buried.extend(sources.iter().cloned());
        }
        sources
    }

    /// How many sources there are.
    pub(super) fn len(&self) -> usize {
        self.lock().sources.len()
    }
}

impl Inner {
    fn find(&self, key: Key) -> Option<&Arc<Source>> {
        self.sources
            .get(key.place())
            .filter(|source| source.key() == key)
    }

    fn remove(&mut self, key: Key) -> Option<Arc<Source>> {
        self.find(key)?;
        let source = self.sources.remove(key.place());
        self.shrink();
        if self.holds > 0 {
            self.buried.push(source);
            return None;
        }
        Some(source)
    }

    /// Gives memory back after a burst. A tenant of a high place may prevent it, so the next attempt waits until half of them are gone.
    fn shrink(&mut self) {
        let len = self.sources.len();
        if len <= self.shrink_at && self.sources.capacity() > KEPT_PLACES {
            self.sources.shrink_to_fit();
            self.shrink_at = len / 2;
        }
    }
}

/// Sources that stay in memory until this is dropped, whatever their owners do.
struct Held<'a> {
    registry: &'a Registry,
    targets: [Option<(NonNull<Source>, Ready)>; BATCH],
}

impl Held<'_> {
    fn dispatch(&self) {
        for (source, ready) in self.targets.iter().flatten() {
            // SAFETY: the pointer was taken under the lock from a reference counted by the registry. Whoever took that reference out
            // since, `remove` or `shut_down`, has buried one in its stead, because `holds` counts us; the graves are emptied only
            // when no batch is under way. The source is shared, so a shared reference is right.
            let source = unsafe { source.as_ref() };
            source.dispatch(*ready);
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        inner.holds -= 1;
        let freed = if inner.holds == 0 {
            mem::take(&mut inner.buried)
        } else {
            Vec::new()
        };
        drop(inner);
        // The last reference drops wakers, which is user code.
        drop(freed);
    }
}

#[cfg(all(test, not(loom)))]
#[path = "registry/tests.rs"]
mod tests;
