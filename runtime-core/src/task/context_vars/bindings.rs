//! A context: which variable has which value.

use std::any::Any;
use std::sync::Arc;

/// The address of a variable.
pub(super) type Key = usize;

/// Shared, so that a copy of a context copies no value.
pub(super) type Value = Arc<dyn Any + Send + Sync>;

/// Variables and their values, copied when they are changed while somebody else has a copy. A handful at most, so a scan is faster than a map.
#[derive(Clone)]
pub(super) struct Bindings(Arc<Vec<(Key, Value)>>);

impl Bindings {
    pub(super) fn new() -> Self {
        Self(Arc::new(Vec::new()))
    }

    pub(super) fn get(&self, key: Key) -> Option<&Value> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == key)?;
        Some(value)
    }

    /// Returns the value from before, for the caller to drop where a user's code may run.
    pub(super) fn set(&mut self, key: Key, value: Value) -> Option<Value> {
        let bindings = Arc::make_mut(&mut self.0);
        match bindings.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => Some(std::mem::replace(old, value)),
            None => {
                bindings.push((key, value));
                None
            }
        }
    }
}
