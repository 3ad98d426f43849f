//! The name of a source towards the kernel: a place in the registry and the generation of its tenant.

/// Where a source stands, and which one it is of all that stood there.
///
/// The kernel hands the key back with each event. It is never a pointer: an event that was already on its way when its source went
/// away finds the place empty or the generation changed, and is dropped. Generations come from one counter per registry, so two
/// tenants of a place share one only after as many registrations as the generation has values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(usize);

/// The lower half of the key, a little more where the word is short: a million places on 32 bits.
const PLACE_BITS: u32 = if usize::BITS == 64 { 32 } else { 20 };
const PLACE: usize = (1 << PLACE_BITS) - 1;

impl Key {
    /// The key of the poller's own wake-up. Its place is the last but one, which no source ever gets.
    pub(super) const WAKE: Self = Self(usize::MAX - 1);

    /// Places are below this. The last two are reserved: `polling` keeps the key `usize::MAX` for itself, we keep [`WAKE`](Self::WAKE).
    pub(super) const PLACES: usize = PLACE - 1;

    pub(super) fn new(place: usize, generation: usize) -> Self {
        debug_assert!(place < Self::PLACES, "the last places are reserved");
        Self(generation << PLACE_BITS | place)
    }

    pub(super) fn place(self) -> usize {
        self.0 & PLACE
    }

    /// As an event of the kernel carries it.
    pub(super) fn from_raw(raw: usize) -> Self {
        Self(raw)
    }

    pub(super) fn to_raw(self) -> usize {
        self.0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn react_18_no_source_has_a_reserved_key() {
        for generation in [0, 1, usize::MAX >> PLACE_BITS, usize::MAX] {
            for place in [0, 1, Key::PLACES - 1] {
                let key = Key::new(place, generation);
                assert_ne!(key, Key::WAKE);
                assert_ne!(key.to_raw(), usize::MAX);
                assert_eq!(key.place(), place);
            }
        }
    }
}
