//! Who sleeps, who searches, and whom to wake.
//!
//! # Words
//!
//! A slot *sleeps* while its bit is set: its thread is about to block or blocks. It *searches* while it looks for work in other slots' queues. To *claim* a
//! sleeper is to clear its bit, which exactly one thread succeeds in; the claimed slot counts as searching from then on.
//!
//! # The rule
//!
//! * Pushing to the own deque tells nobody: the pusher is awake and will get there. Whether a peer is worth waking is decided once per batch, by
//!   [`Worker`](super::worker::Worker), from the backlog.
//! * Pushing from outside (the injector) must not be missed by everybody: push, `fence(SeqCst)`, look at the searchers and the sleepers.
//! * A slot that goes to sleep sets its bit, `fence(SeqCst)`, looks at every source of work once more, and only then blocks.
//! * If somebody searches, an outside push wakes nobody: the searcher either finds the work, or it is the last one to stop and looks again.
//!
//! # Why nothing is stranded
//!
//! 1. Pusher: push; fence; read `searching`, then `sleepers`.
//! 2. Sleeper: leave `searching`; set bit; fence; look at the queues.
//!
//! The two fences are in one total order. If the pusher's comes first, the sleeper's look sees the push. If the sleeper's comes first, the pusher sees that
//! it no longer searches and that its bit is set, and claims it. Without either fence both may read the old values, and the task waits for the guard.
//!
//! A searcher that *finds* work stops searching too; the push that relied on it may be another one. Therefore the last searcher to stop looks at the injector
//! after its decrement and wakes a successor if anything is there.
//!
//! # Designs rejected
//!
//! * One word with two packed counters: a claim must also name the slot, so a list under a lock was needed beside it, and the two could disagree.
//! * Waking by round robin: it spreads a light load over cold threads.

use crossbeam_utils::CachePadded;

use crate::primitive::atomic::{AtomicIsize, AtomicU64, Ordering::*, fence};

/// The idle state of all slots of a runtime.
#[derive(Debug)]
pub(crate) struct Idle {
    /// One bit per slot, set only by the slot's thread, cleared by it or by whoever claims it.
    sleepers: Box<[AtomicU64]>,
    /// Threads that search, and claimed sleepers that have not noticed yet. A claimed slot may leave before its claimer has counted it: then the
    /// number is too small for a moment, which reads as "nobody searches" and costs at most one wake-up too many.
    searching: CachePadded<AtomicIsize>,
    most_searchers: isize,
}

impl Idle {
    /// For this many slots, of which `threads` are driven as a rule: half of those may search.
    pub(crate) fn new(slots: usize, threads: usize) -> Self {
        Self {
            sleepers: (0..slots.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            searching: CachePadded::new(AtomicIsize::new(0)),
            most_searchers: (threads / 2).max(1) as isize,
        }
    }

    /// The slot's thread is about to look at its sources for the last time and then to block.
    pub(crate) fn announce_sleep(&self, slot: usize) {
        let (word, bit) = Self::place(slot);
        self.sleepers[word].fetch_or(bit, SeqCst);
        // Pairs with the fence in `outside_push_wakes`.
        fence(SeqCst);
    }

    /// The slot's thread is awake again. False: somebody claimed it meanwhile, it now searches on the claimer's behalf.
    pub(crate) fn retract_sleep(&self, slot: usize) -> bool {
        let (word, bit) = Self::place(slot);
        self.sleepers[word].fetch_and(!bit, SeqCst) & bit != 0
    }

    /// Counts one that comes to search, as whoever claims a sleeper does.
    pub(crate) fn join_search(&self) {
        self.searching.fetch_add(1, SeqCst);
    }

    /// Starts to search unless half of the slots do.
    pub(crate) fn start_search(&self) -> bool {
        if self.searching.load(Relaxed) >= self.most_searchers {
            return false;
        }
        self.searching.fetch_add(1, SeqCst);
        true
    }

    /// Stops searching. True: it was the last one, and owes another look at the injector.
    pub(crate) fn stop_search(&self) -> bool {
        // Or less: its claimer may not have counted it yet, see `searching`.
        let last = self.searching.fetch_sub(1, SeqCst) <= 1;
        // Orders the caller's look at the queues after the decrement, as in `announce_sleep`.
        fence(SeqCst);
        last
    }

    /// After a push from outside: the sleeper to wake, if one must be woken.
    pub(crate) fn outside_push_wakes(&self) -> Option<usize> {
        // Pairs with the fences in `announce_sleep` and `stop_search`.
        fence(SeqCst);
        self.claim_unless_searching()
    }

    /// For a decision about a backlog: the sleeper to wake, unless somebody searches already.
    pub(crate) fn claim_unless_searching(&self) -> Option<usize> {
        if self.searching.load(Relaxed) > 0 {
            None
        } else {
            self.claim()
        }
    }

    /// Whether [`claim_unless_searching`](Self::claim_unless_searching) is likely to find one.
    pub(crate) fn has_sleeper_to_wake(&self) -> bool {
        self.searching.load(Relaxed) <= 0 && self.any_sleeps()
    }

    /// Claims any sleeper, to be woken by the caller.
    pub(crate) fn claim(&self) -> Option<usize> {
        for (index, word) in self.sleepers.iter().enumerate() {
            let mut now = word.load(Relaxed);
            while now != 0 {
                let bit = now & now.wrapping_neg();
                let before = word.fetch_and(!bit, SeqCst);
                if before & bit != 0 {
                    self.searching.fetch_add(1, SeqCst);
                    return Some(index * 64 + bit.trailing_zeros() as usize);
                }
                now = before & !bit;
            }
        }
        None
    }

    /// Whether a slot sleeps.
    pub(crate) fn sleeps(&self, slot: usize) -> bool {
        let (word, bit) = Self::place(slot);
        self.sleepers[word].load(SeqCst) & bit != 0
    }

    /// Whether any slot sleeps.
    pub(crate) fn any_sleeps(&self) -> bool {
        self.sleepers.iter().any(|word| word.load(Relaxed) != 0)
    }

    /// Whether any slot searches.
    pub(crate) fn any_searches(&self) -> bool {
        self.searching.load(SeqCst) > 0
    }

    fn place(slot: usize) -> (usize, u64) {
        (slot / 64, 1 << (slot % 64))
    }
}
