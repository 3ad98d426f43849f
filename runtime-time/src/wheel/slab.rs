//! The entries of one wheel, kept in chunks so that an index stays valid while the store grows and shrinks.
//!
//! A growing vector would copy every entry now and then while the wheel's lock is held, and could not shrink below its
//! last living entry. Chunks of 64 do neither: a burst adds chunks, its end gives them back. One empty chunk is kept,
//! so that a single sleep that comes and goes does not allocate each time.
//!
//! There is no generation beside an index: a [`Key`] is the only right to use an entry, it cannot be copied, and it ends
//! with [`Slab::remove`], so an index is never used after its entry was given to somebody else.

use std::ops::{Index, IndexMut};
use std::task::Waker;

/// No entry.
pub(super) const NIL: u32 = u32::MAX;

const CHUNK: u32 = u64::BITS;

/// The right to one entry of a wheel, from insertion to removal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Key(u32);

impl Key {
    /// The largest index a key can have; larger numbers are free for the owner's own marks.
    pub(crate) const MAX: u32 = u32::MAX - 16;

    /// Gives the key away as a number, to be taken up again by [`Key::from_index`].
    pub(crate) fn into_index(self) -> u32 {
        self.0
    }

    /// Takes up a key that [`Key::into_index`] gave away; the number must not be used again.
    pub(crate) fn from_index(index: u32) -> Self {
        Self(index)
    }

    pub(super) fn index(&self) -> u32 {
        self.0
    }
}

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In no list, and not armed: its time has come.
    Fired,
    /// In no list, and not armed: the wheel was closed before its time came.
    Closed,
    /// In the list of this slot of this level, or in transit from it.
    Slot(u8, u8),
    /// In the ordered set of far deadlines.
    Far,
}

/// One deadline and whom to wake.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) deadline: u64,
    /// `Some` while the entry is armed.
    pub(super) waker: Option<Waker>,
    pub(super) prev: u32,
    pub(super) next: u32,
    pub(super) place: Place,
}

impl Entry {
    const VACANT: Self = Self {
        deadline: 0,
        waker: None,
        prev: NIL,
        next: NIL,
        place: Place::Fired,
    };
}

/// 64 entries, or the memory's absence while none of them is in use.
#[derive(Debug)]
struct Chunk {
    entries: Option<Box<[Entry]>>,
    /// One bit for each entry that is free.
    vacant: u64,
}

/// All entries of one wheel.
#[derive(Debug, Default)]
pub(super) struct Slab {
    chunks: Vec<Chunk>,
    /// The chunks with a free entry, each once; the last one is used first.
    open: Vec<u32>,
    /// How many chunks hold memory without using it.
    spare: usize,
    len: usize,
}

impl Slab {
    /// The number of entries in use.
    #[cfg(all(test, not(loom)))]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes a free entry for `deadline`; it is in no list yet.
    #[inline]
    pub(super) fn insert(&mut self, deadline: u64, waker: Waker) -> Key {
        let number = match self.open.last() {
            Some(&number) => number,
            None => self.open_chunk(),
        };
        let chunk = &mut self.chunks[number as usize];
        if chunk.vacant == u64::MAX && chunk.entries.is_some() {
            self.spare -= 1;
        }
        let entries = chunk
            .entries
            .get_or_insert_with(|| (0..CHUNK).map(|_| Entry::VACANT).collect());
        let bit = chunk.vacant.trailing_zeros();
        chunk.vacant &= chunk.vacant - 1;
        if chunk.vacant == 0 {
            self.open.pop();
        }
        let entry = &mut entries[bit as usize];
        entry.deadline = deadline;
        entry.waker = Some(waker);
        self.len += 1;
        Key(number * CHUNK + bit)
    }

    /// Gives an entry back. It must be in no list. Returns its waker, to be dropped outside the lock.
    #[inline]
    pub(super) fn remove(&mut self, key: Key) -> Option<Waker> {
        let (number, bit) = (key.0 / CHUNK, key.0 % CHUNK);
        let chunk = &mut self.chunks[number as usize];
        debug_assert_eq!(chunk.vacant & 1 << bit, 0, "the entry is in use");
        let waker = chunk
            .entries
            .as_mut()
            .and_then(|entries| entries[bit as usize].waker.take());
        if chunk.vacant == 0 {
            self.open.push(number);
        }
        chunk.vacant |= 1 << bit;
        if chunk.vacant == u64::MAX {
            if self.spare == 0 {
                self.spare = 1;
            } else {
                chunk.entries = None;
            }
        }
        self.len -= 1;
        if self.len == 0 && self.chunks.len() > SMALL {
            *self = Self::default();
        }
        waker
    }

    /// Adds a chunk, without its memory, and says which one it is.
    fn open_chunk(&mut self) -> u32 {
        let number = u32::try_from(self.chunks.len()).unwrap_or(u32::MAX);
        assert!(
            number < Key::MAX / CHUNK,
            "a wheel holds four thousand million timers at most"
        );
        self.chunks.push(Chunk {
            entries: None,
            vacant: u64::MAX,
        });
        self.open.push(number);
        number
    }
}

/// Up to so many chunks keep their book-keeping when the last entry goes.
const SMALL: usize = 16;

impl Index<u32> for Slab {
    type Output = Entry;

    fn index(&self, index: u32) -> &Entry {
        let entries = self.chunks[(index / CHUNK) as usize].entries.as_ref();
        &entries.expect("an entry in use has memory")[(index % CHUNK) as usize]
    }
}

impl IndexMut<u32> for Slab {
    fn index_mut(&mut self, index: u32) -> &mut Entry {
        let entries = self.chunks[(index / CHUNK) as usize].entries.as_mut();
        &mut entries.expect("an entry in use has memory")[(index % CHUNK) as usize]
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn insert(slab: &mut Slab, deadline: u64) -> Key {
        slab.insert(deadline, Waker::noop().clone())
    }

    /// The memory held, in chunks.
    fn held(slab: &Slab) -> usize {
        let chunks = slab.chunks.iter();
        chunks.filter(|chunk| chunk.entries.is_some()).count()
    }

    #[test]
    fn an_entry_takes_forty_bytes() {
        assert!(size_of::<Entry>() <= 40, "{}", size_of::<Entry>());
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let count: u32 = if cfg!(miri) { 3_000 } else { 100_000 };
        let mut slab = Slab::default();
        let keys: Vec<_> = (0..count).map(|i| insert(&mut slab, i.into())).collect();
        assert_eq!(held(&slab), count.div_ceil(64) as usize);
        let mut survivor = None;
        for key in keys {
            if key.index() == count - 1_000 {
                survivor = Some(key);
            } else {
                slab.remove(key);
            }
        }
        assert!(held(&slab) <= 2, "the survivor's chunk and a spare one");
        slab.remove(survivor.expect("it was among them"));
        assert!(held(&slab) <= 1);
        assert!(slab.chunks.capacity() <= SMALL);
    }

    #[test]
    fn one_entry_that_comes_and_goes_keeps_its_chunk() {
        let mut slab = Slab::default();
        for i in 0..1_000 {
            let key = insert(&mut slab, i);
            assert_eq!(key.index(), 0);
            slab.remove(key);
            assert_eq!(held(&slab), 1);
        }
    }

    proptest! {
        #[test]
        fn prop_slab_is_a_map(steps in prop::collection::vec((any::<bool>(), any::<u32>()), 1..if cfg!(miri) { 50 } else { 1_000 })) {
            let mut slab = Slab::default();
            let mut model = HashMap::new();
            let mut keys: Vec<Key> = Vec::new();
            for (add, number) in steps {
                if add || keys.is_empty() {
                    let key = insert(&mut slab, u64::from(number));
                    prop_assert!(model.insert(key.index(), u64::from(number)).is_none());
                    keys.push(key);
                } else {
                    let key = keys.swap_remove(number as usize % keys.len());
                    prop_assert_eq!(Some(slab[key.index()].deadline), model.remove(&key.index()));
                    slab.remove(key);
                }
                prop_assert_eq!(slab.len(), model.len());
                for (index, deadline) in &model {
                    prop_assert_eq!(slab[*index].deadline, *deadline);
                }
            }
        }
    }
}
