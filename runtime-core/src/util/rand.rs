//! Random numbers for choosing a victim or a branch: fast, good enough, no use for secrets.
//!
//! The generator is a counter with an odd step whose value is then mixed (splitmix64). Unlike the xorshift family it has
//! no illegal state: every seed, zero included, starts somewhere on the one cycle of 2^64 steps.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;

/// The step of the counter: odd, and close to 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A small generator of random numbers.
///
/// It is meant to be owned by one thread; the state is a [`Cell`], so a shared reference is enough to draw.
///
/// # Examples
///
/// ```
/// use runtime_core::util::FastRand;
///
/// let a = FastRand::new(7);
/// let b = FastRand::new(7);
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert!(a.bounded(6) < 6);
/// ```
#[derive(Clone, Debug)]
pub struct FastRand {
    state: Cell<u64>,
}

impl FastRand {
    /// Starts a generator: the same seed gives the same numbers, and every seed is legal.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::FastRand;
    /// assert_eq!(FastRand::new(1).next_u64(), FastRand::new(1).next_u64());
    /// ```
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            state: Cell::new(seed),
        }
    }

    /// Draws 64 random bits.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::FastRand;
    ///
    /// let random = FastRand::new(1);
    /// assert_ne!(random.next_u64(), random.next_u64());
    /// ```
    #[inline]
    pub fn next_u64(&self) -> u64 {
        let state = self.state.get().wrapping_add(STEP);
        self.state.set(state);
        mix(state)
    }

    /// Draws a number below `n`, and 0 if `n` is 0.
    ///
    /// The upper half of the bits is scaled to the range by one multiplication; the bias is at most `n` in 2^32.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::FastRand;
    ///
    /// let random = FastRand::new(1);
    /// assert!((0..100).all(|_| random.bounded(6) < 6));
    /// assert_eq!(random.bounded(0), 0);
    /// ```
    #[inline]
    pub fn bounded(&self, n: u32) -> u32 {
        let bits = self.next_u64() >> 32;
        ((bits * u64::from(n)) >> 32) as u32
    }

    /// Draws a seed for another generator, whose numbers have nothing in common with the ones drawn here.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::FastRand;
    ///
    /// let one = FastRand::new(1);
    /// let other = one.split();
    /// assert_ne!(one.next_u64(), other.next_u64());
    /// ```
    #[must_use]
    pub fn split(&self) -> Self {
        Self::new(mix(self.next_u64()))
    }
}

/// Spreads each bit of the counter over all bits of the result; one to one.
#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns a seed that differs from call to call and from process to process.
///
/// # Examples
///
/// ```
/// use runtime_core::util::random_seed;
/// assert_ne!(random_seed(), random_seed());
/// ```
#[must_use]
pub fn random_seed() -> u64 {
    RandomState::new().hash_one(STEP)
}

thread_local! {
    /// The state of this thread's generator; `None` until its first use.
    static STATE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Draws a number below `n` (0 if `n` is 0) from a generator of the calling thread.
///
/// # Examples
///
/// ```
/// assert!(runtime_core::util::random_below(3) < 3);
/// ```
#[must_use]
pub fn random_below(n: u32) -> u32 {
    let generator = FastRand::new(STATE.get().unwrap_or_else(random_seed));
    let drawn = generator.bounded(n);
    STATE.set(Some(generator.state.get()));
    drawn
}

/// What all random choices of a runtime are drawn from, see [`Builder::rng_seed`](crate::Builder::rng_seed).
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, RngSeed};
///
/// let seed = RngSeed::from_bytes(b"run 42");
/// let rt = Builder::new_current_thread().rng_seed(seed).build().unwrap();
/// # drop(rt);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RngSeed(u64);

impl RngSeed {
    /// Makes a seed of a text or of any other bytes; the same bytes make the same seed, in every version of one release line and on every machine.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::RngSeed;
    /// assert_eq!(RngSeed::from_bytes(b"a test"), RngSeed::from_bytes(b"a test"));
    /// ```
    #[must_use]
    pub const fn from_bytes(bytes: &[u8]) -> Self {
        let mut seed = STEP;
        let mut at = 0;
        while at < bytes.len() {
            seed = mix(seed.wrapping_add(STEP) ^ bytes[at] as u64);
            at += 1;
        }
        Self(seed)
    }

    /// What the worker of a slot draws its own numbers from.
    pub(crate) fn of_slot(self, slot: usize) -> u64 {
        mix(self.0 ^ mix(slot as u64))
    }

    /// Until the guard goes, [`random_below`] draws from this seed on this thread.
    pub(crate) fn on_this_thread(self, slot: usize) -> Seeded {
        let state = self.of_slot(slot).wrapping_add(STEP);
        Seeded {
            before: STATE.replace(Some(state)),
            _not_send: PhantomData,
        }
    }
}

/// Puts the generator of the thread back, when dropped.
#[must_use = "dropping the guard ends what it did"]
pub(crate) struct Seeded {
    before: Option<u64>,
    _not_send: PhantomData<*const ()>,
}

impl Drop for Seeded {
    fn drop(&mut self) {
        STATE.set(self.before);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Each of `n` results comes up in a number of draws that a sound generator never misses it in.
    fn assert_covers(generator: &FastRand, n: u32) {
        let mut seen = vec![0_u32; n as usize];
        for _ in 0..n * 64 {
            seen[generator.bounded(n) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| count > 0), "{seen:?}");
    }

    #[test]
    fn queue_11_every_seed_is_legal() {
        for seed in [0, 1, u64::MAX, STEP, STEP.wrapping_neg()] {
            let generator = FastRand::new(seed);
            assert_ne!(generator.next_u64(), generator.next_u64());
            for n in [1, 2, 3, 7, 64] {
                assert_covers(&generator, n);
            }
        }
    }

    #[test]
    fn a_bound_of_zero_gives_zero() {
        assert_eq!(FastRand::new(0).bounded(0), 0);
        assert_eq!(random_below(0), 0);
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_a_split_others() {
        let (a, b) = (FastRand::new(42), FastRand::new(42));
        let first: Vec<u64> = (0..8).map(|_| a.next_u64()).collect();
        let second: Vec<u64> = (0..8).map(|_| b.next_u64()).collect();
        assert_eq!(first, second);

        let child = a.split();
        assert!((0..8).all(|_| child.next_u64() != a.next_u64()));
    }

    #[test]
    fn a_seed_of_the_thread_repeats_and_ends_with_its_guard() {
        let draw = |seed: RngSeed, slot| {
            let _seeded = seed.on_this_thread(slot);
            [(); 8].map(|()| random_below(1 << 20))
        };
        let (one, other) = (RngSeed::from_bytes(b"one"), RngSeed::from_bytes(b"other"));
        let first = draw(one, 0);
        assert_eq!(first, draw(one, 0));
        assert_ne!(first, draw(one, 1));
        assert_ne!(first, draw(other, 0));
        assert_ne!(RngSeed::from_bytes(b""), RngSeed::from_bytes(b"\0"));
        let outside = [(); 8].map(|()| random_below(1 << 20));
        assert_ne!(first, outside);
    }

    #[test]
    fn the_generator_of_the_thread_moves_on() {
        let drawn: Vec<u32> = (0..64).map(|_| random_below(u32::MAX)).collect();
        assert!(drawn.iter().any(|&number| number != drawn[0]));
    }
}
