//! The registry against a map, and its batches.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use proptest::prelude::*;

use super::*;
use crate::reactor::{Side, is_rt_shutdown_err};

#[derive(Debug, Clone)]
enum Step {
    Insert,
    /// One of the keys ever given out, old ones too.
    Remove(prop::sample::Index),
    Event(prop::sample::Index),
    Hold,
    Release,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Insert),
        4 => any::<prop::sample::Index>().prop_map(Step::Remove),
        3 => any::<prop::sample::Index>().prop_map(Step::Event),
        1 => Just(Step::Hold),
        1 => Just(Step::Release),
    ]
}

fn event(key: Key) -> Event {
    Event {
        key,
        ready: Ready::READABLE,
    }
}

proptest! {
    /// REACT-08: keys find their own source and no other one, whatever came and went at its place.
    #[test]
    fn react_08_prop_the_registry_is_a_map(steps in prop::collection::vec(step(), 1..400)) {
        let registry = Registry::new();
        let mut model: HashMap<Key, Arc<Source>> = HashMap::new();
        let mut ever = Vec::new();
        let mut holds = Vec::new();
        for step in steps {
            match step {
                Step::Insert => {
                    let source = registry.insert(Ready::EMPTY).unwrap();
                    ever.push(source.key());
                    prop_assert!(model.insert(source.key(), source).is_none(), "a key came twice");
                }
                Step::Remove(index) if !ever.is_empty() => {
                    let key = *index.get(&ever);
                    registry.remove(key);
                    model.remove(&key);
                }
                Step::Event(index) if !ever.is_empty() => {
                    let key = *index.get(&ever);
                    registry.dispatch(&[event(key)]);
                    if let Some(source) = model.get(&key) {
                        prop_assert!(source.snapshot().ready().is_readable());
                        source.clear(source.snapshot(), Ready::ALL);
                    }
                    for source in model.values() {
                        prop_assert!(source.snapshot().ready().is_empty(), "the event went astray");
                    }
                }
                Step::Hold => holds.push(registry.hold(&[])),
                Step::Release => drop(holds.pop()),
                Step::Remove(_) | Step::Event(_) => {}
            }
            prop_assert_eq!(registry.len(), model.len());
        }
        drop(holds);
        let inner = registry.0.lock();
        prop_assert!(inner.buried.is_empty());
        for (key, source) in &model {
            prop_assert!(inner.find(*key).is_some_and(|found| Arc::ptr_eq(found, source)));
        }
    }
}

#[test]
fn react_08_a_burst_gives_its_memory_back() {
    let registry = Registry::new();
    let keep = registry.insert(Ready::EMPTY).unwrap();
    let burst: Vec<_> = (0..if cfg!(miri) { 1_000 } else { 10_000 })
        .map(|_| registry.insert(Ready::EMPTY).unwrap().key())
        .collect();
    for key in burst {
        registry.remove(key);
    }
    assert_eq!(registry.len(), 1);
    assert!(registry.0.lock().sources.capacity() <= KEPT_PLACES);
    registry.remove(keep.key());
    assert_eq!(Arc::strong_count(&keep), 1);
}

#[test]
fn react_05_an_event_of_an_earlier_tenant_does_not_reach_the_new_one() {
    let registry = Registry::new();
    let old = registry.insert(Ready::EMPTY).unwrap();
    registry.remove(old.key());
    let new = registry.insert(Ready::EMPTY).unwrap();
    assert_eq!(old.key().place(), new.key().place());
    registry.dispatch(&[event(old.key())]);
    assert!(new.snapshot().ready().is_empty());
    assert!(old.snapshot().ready().is_empty());
}

#[test]
fn react_18_keys_of_nobody_are_ignored() {
    let registry = Registry::new();
    let source = registry.insert(Ready::EMPTY).unwrap();
    registry.dispatch(&[
        event(Key::WAKE),
        event(Key::from_raw(usize::MAX)),
        event(Key::new(0, 99)),
        event(Key::new(77, 0)),
    ]);
    assert!(source.snapshot().ready().is_empty());
}

/// Removes other sources of the batch, the way a task does that closes its peers.
struct Remover {
    registry: Arc<Registry>,
    keys: Vec<Key>,
    wakes: AtomicUsize,
}

impl Wake for Remover {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        for key in &self.keys {
            self.registry.remove(*key);
        }
    }
}

#[test]
fn react_04_a_source_may_go_away_in_the_middle_of_its_batch() {
    let registry = Arc::new(Registry::new());
    let sources: Vec<_> = (0..3)
        .map(|_| registry.insert(Ready::EMPTY).unwrap())
        .collect();
    let keys: Vec<_> = sources.iter().map(|source| source.key()).collect();
    let remover = Arc::new(Remover {
        registry: Arc::clone(&registry),
        keys: keys.clone(),
        wakes: AtomicUsize::new(0),
    });
    let waker = Waker::from(Arc::clone(&remover));
    for source in sources {
        let mut cx = Context::from_waker(&waker);
        assert!(source.poll_ready(&mut cx, Side::Read).is_pending());
        // From here on only the registry knows it.
        drop(source);
    }
    registry.dispatch(&keys.iter().map(|key| event(*key)).collect::<Vec<_>>());
    assert_eq!(remover.wakes.load(Ordering::Relaxed), 3);
    assert_eq!(registry.len(), 0);
    assert!(registry.0.lock().buried.is_empty());
    drop(waker);
    assert_eq!(
        Arc::strong_count(&remover),
        1,
        "the sources are gone with their wakers"
    );
}

#[test]
fn after_shutdown_nothing_is_registered() {
    let registry = Registry::new();
    let source = registry.insert(Ready::EMPTY).unwrap();
    assert_eq!(registry.shut_down().len(), 1);
    assert_eq!(registry.len(), 0);
    registry.remove(source.key());
    assert!(is_rt_shutdown_err(
        &registry.insert(Ready::EMPTY).unwrap_err()
    ));
}
