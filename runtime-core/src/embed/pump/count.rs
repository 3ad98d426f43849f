//! How many pumps there are: all atomics of posting, behind verbs.
//!
//! ```text
//!                1 post                 2 begin
//!   (nobody) ───────────► QUEUED ──────────────────► RUNNING
//!       ▲                  │  ▲       3 requeue         │
//!       │     4 refuse     │  └─────────────────────────┤
//!       ├◄─────────────────┘                            │
//!       │                     5 finish                  │
//!       └◄──────────────────────────────────────────────┘
//! ```
//!
//! One word holds the two counts, and how often edge 2 was taken: by that the guard sees whether the host starts anything. A pump that is *posted* is queued or running.

use crate::primitive::atomic::{AtomicBool, AtomicU64, Ordering::*, fence};

/// One posted pump: the lowest 16 bits.
const POSTED: u64 = 1;
/// One running pump: the next 16 bits.
const RUNNING: u64 = 1 << 16;
/// One start: the upper half, which wraps.
const START: u64 = 1 << 32;

/// The most pumps that the word can count.
pub(crate) const MOST: usize = 0xffff;

/// The pumps of a runtime, as numbers.
#[derive(Debug)]
pub(crate) struct Count {
    word: AtomicU64,
    /// A job was refused since the guard last asked.
    refused: AtomicBool,
    /// The guard has taken posting over: the pool refuses, or starts nothing.
    suspended: AtomicBool,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) posted: usize,
    pub(crate) running: usize,
    pub(crate) starts: u32,
}

impl Count {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU64::new(0),
            refused: AtomicBool::new(false),
            suspended: AtomicBool::new(false),
        }
    }

    /// Edge 1, for whoever has pushed work and made a fence. False: a pump is coming, which will look at the work, or there may be no more.
    pub(crate) fn post(&self, cap: usize) -> bool {
        // SeqCst: the load is the second half of "push; fence; look", whose partner is in `begin` and `finish`.
        let mut word = self.word.load(SeqCst);
        while Now::of(word).allows(cap) {
            match self
                .word
                .compare_exchange_weak(word, word + POSTED, SeqCst, SeqCst)
            {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Edge 2. The caller then looks at every source of work.
    pub(crate) fn begin(&self) {
        // Wraps into nothing: the starts are the topmost bits.
        self.word.fetch_add(START.wrapping_add(RUNNING), SeqCst);
        // Pairs with the pusher's fence: who saw this pump coming has pushed before, and is seen now.
        fence(SeqCst);
    }

    /// Edge 3.
    pub(crate) fn requeue(&self) {
        self.word.fetch_sub(RUNNING, SeqCst);
    }

    /// Edge 4. The guard asks for it by [`take_refusal`](Self::take_refusal).
    pub(crate) fn refuse(&self) {
        self.word.fetch_sub(POSTED, SeqCst);
        // After the count: the guard that takes the flag sees that this pump has gone.
        self.refused.store(true, SeqCst);
    }

    /// Edge 5. The caller then looks at every source of work once more.
    pub(crate) fn finish(&self) {
        self.word.fetch_sub(RUNNING + POSTED, SeqCst);
        // Pairs with the pusher's fence, as in `begin`.
        fence(SeqCst);
    }

    pub(crate) fn now(&self) -> Now {
        Now::of(self.word.load(SeqCst))
    }

    /// Whether a job was refused since the last call. If so, the caller then looks at every source of work.
    pub(crate) fn take_refusal(&self) -> bool {
        let refused = self.refused.load(SeqCst) && self.refused.swap(false, SeqCst);
        // Pairs with the pusher's fence: who counted on the refused one has pushed before, and is seen now.
        fence(SeqCst);
        refused
    }

    /// Whether the guard has something to see to.
    pub(crate) fn needs_guard(&self) -> bool {
        self.now().posted > 0 || self.refused.load(SeqCst) || self.is_suspended()
    }

    /// From now on only the guard posts, or everybody does again. The caller then looks at every source of work.
    pub(crate) fn suspend(&self, on: bool) {
        self.suspended.store(on, SeqCst);
        // Pairs with the pusher's fence: who refrained from posting has pushed before, and is seen now.
        fence(SeqCst);
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.suspended.load(SeqCst)
    }
}

impl Now {
    fn of(word: u64) -> Self {
        Self {
            posted: (word & 0xffff) as usize,
            running: (word >> 16 & 0xffff) as usize,
            starts: (word >> 32) as u32,
        }
    }

    /// Whether there may be another pump, and none is coming anyway.
    pub(crate) fn allows(self, cap: usize) -> bool {
        self.posted < cap && self.posted == self.running
    }

    /// Whether the host has jobs and runs none of them.
    pub(crate) fn is_waiting(self) -> bool {
        self.posted > 0 && self.running == 0
    }
}
