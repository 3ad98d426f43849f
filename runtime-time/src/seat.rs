//! What the thread in the driver's seat waits for, and who has to wake it.
//!
//! One word holds the moment until which the holder of the seat may sleep. Whoever makes a wheel's next deadline earlier
//! compares the new deadline with it. The two sides meet as in any "publish, then look" handshake:
//!
//! ```text
//!   the thread that arms                        the thread that sits down
//!   A1  next := deadline  (the wheel's lock)     S1  until := NEVER                   sit
//!   A2  fence(SeqCst)                            S2  fence(SeqCst)
//!   A3  read until                               S3  m := least of all next
//!       deadline < until: unpark the driver      S4  until := m                       wait_until
//!                                                S5  wait in the driver, m at the longest
//!                                                S6  until := AWAKE                   rise
//! ```
//!
//! Of two threads that pass A2 and S2, one sees what the other wrote before its fence. If S3 sees A1, the deadline is in
//! `m`. If not, A3 sees S1 or something later: NEVER makes the armer unpark, and `unpark` is sticky, so S5 returns;
//! `m` makes it unpark if the deadline is earlier, and if it is not the sitter wakes at `m`, in time, and comes back to S1.
//! Without A2 the read in A3 may come before the write in A1, without S2 the reads in S3 before the write in S1: either way
//! both sides see the old values, and the sitter sleeps past the deadline.
//!
//! AWAKE is earlier than any deadline: while nobody sits, nobody is unparked, and the next to sit reads anew.

use crate::moment::{Moment, NEVER};
use crate::primitive::{AtomicU64, Ordering, fence};

/// Nobody waits. No deadline is earlier than this.
const AWAKE: Moment = 0;

/// The word of the seat of one driver.
#[derive(Debug)]
pub(crate) struct Seat {
    until: AtomicU64,
}

impl Seat {
    pub(crate) fn new() -> Self {
        Self {
            until: AtomicU64::new(AWAKE),
        }
    }

    /// S1 and S2: from here on every earlier deadline unparks, and published deadlines may be read.
    pub(crate) fn sit(&self) {
        self.until.store(NEVER, Ordering::Relaxed);
        // Partner: the fence in `must_hear_of`.
        fence(Ordering::SeqCst);
    }

    /// S4: from here on only deadlines before `until` unpark.
    pub(crate) fn wait_until(&self, until: Moment) {
        self.until.store(until, Ordering::Relaxed);
    }

    /// S6: nobody waits any more.
    pub(crate) fn rise(&self) {
        self.until.store(AWAKE, Ordering::Relaxed);
    }

    /// S6 of a host, which sat down by asking for the time and waited outside.
    pub(crate) fn rise_from_outside(&self) {
        // Only looked at, as a rule: a worker that looks at the driver has not sat down.
        if self.until.load(Ordering::Relaxed) != AWAKE {
            self.rise();
        }
    }

    /// A2 and A3: whether the driver must be unparked for a deadline that was published before this call.
    pub(crate) fn must_hear_of(&self, deadline: Moment) -> bool {
        // Partner: the fence in `sit`.
        fence(Ordering::SeqCst);
        deadline < self.until.load(Ordering::Relaxed)
    }
}
