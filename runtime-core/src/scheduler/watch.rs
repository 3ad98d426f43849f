//! What a slot lets others see of its polls, without a clock per poll.
//!
//! # The words
//!
//! | word | written | by |
//! |---|---|---|
//! | `sequence` | at the beginning and at the end of each poll: odd while one runs | the driving thread |
//! | `running` | before a poll begins: where the task stands in the registries | the driving thread |
//! | `opened` | when the guard has met the same odd number twice: peers may take what lies in the slot's LIFO slot until the number moves on | the guard |
//!
//! Three plain stores per poll, on a line that nobody else writes.
//!
//! # Who is polled
//!
//! A pointer to the task would be of no use: by the time it is followed the task may be gone. What is published is its [`Home`], the place in the registry, and whoever wants to know
//! more *looks it up there*, under the lock without which no cell is freed. The steps, and why the answer is right:
//!
//! 1. Read the number; it is odd, so poll *n* runs. Acquire: the home of poll *n* or a later one is seen.
//! 2. Read the home. If it is that of a later poll, the end of poll *n* is seen from here on, since the home is stored with release after the number of that end.
//! 3. Look the home up, and count a reference to what stands there.
//! 4. Read the number again. If it has not changed, poll *n* ran all the time; its task cannot be freed while it is polled, so what stood at its home was this task.
//!
//! Rejected: publishing the id, the place of the spawn and the name instead. It is three stores more, and a name has no address that outlives its task.

use crate::primitive::atomic::{AtomicU64, Ordering::*};
use crate::task::registry::Home;

/// The polls of one slot.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Written by the driving thread only.
    sequence: AtomicU64,
    /// Written by the driving thread only.
    running: AtomicU64,
    /// The sequence number of the poll whose slot is open. Written by the guard only.
    opened: AtomicU64,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            sequence: AtomicU64::new(0),
            running: AtomicU64::new(Home::NONE.to_bits()),
            opened: AtomicU64::new(0),
        }
    }
}

impl Watch {
    /// A poll of a task begins; its number. Ends with [`step`](Self::step).
    #[inline]
    pub(crate) fn begin_task(&self, home: Home) -> u64 {
        // Release pairs with the acquire of `poll_of`: who reads this home has seen the end of the poll before.
        self.running.store(home.to_bits(), Release);
        self.step()
    }

    /// A poll of something that is no task begins, and ends with the guard, also by a panic.
    pub(crate) fn begin(&self) -> InPoll<'_> {
        self.begin_task(Home::NONE);
        InPoll(self)
    }

    /// A poll begins or ends; the new number.
    #[inline]
    pub(crate) fn step(&self) -> u64 {
        let next = self.sequence.load(Relaxed).wrapping_add(1);
        // Release pairs with the acquire of `poll_of`: who reads an odd number sees the home of that poll.
        self.sequence.store(next, Release);
        next
    }

    /// The task that is polled, for a driving thread that leaves in the middle of the poll and comes back to it.
    pub(crate) fn running(&self) -> Home {
        Home::from_bits(self.running.load(Relaxed))
    }

    // Relaxed: the number on its own orders nothing, the queues publish their tasks themselves.

    pub(crate) fn sequence(&self) -> u64 {
        self.sequence.load(Relaxed)
    }

    /// Whether the number belongs to a poll.
    pub(crate) fn is_poll(sequence: u64) -> bool {
        sequence % 2 == 1
    }

    /// The guard has met this number twice.
    pub(crate) fn open(&self, sequence: u64) {
        self.opened.store(sequence, Relaxed);
    }

    pub(crate) fn is_open(&self) -> bool {
        let now = self.sequence();
        Self::is_poll(now) && self.opened.load(Relaxed) == now
    }

    /// Polls that have ended here.
    pub(crate) fn polls(&self) -> u64 {
        self.sequence() / 2
    }

    /// The number of the poll that runs, and what `look_up` finds at the home of its task: the four steps of the essay. `None`: no poll runs, or it ended meanwhile.
    pub(crate) fn poll_of<R>(&self, look_up: impl FnOnce(Home) -> R) -> Option<(u64, R)> {
        let number = self.sequence.load(Acquire);
        if !Self::is_poll(number) {
            return None;
        }
        let home = Home::from_bits(self.running.load(Acquire));
        let found = look_up(home);
        // Relaxed: the acquire above, and the lock of the registry in `look_up`, come before it.
        (self.sequence.load(Relaxed) == number).then_some((number, found))
    }
}

/// A poll that may panic.
#[must_use = "the poll ends when the guard is dropped"]
pub(crate) struct InPoll<'a>(&'a Watch);

impl Drop for InPoll<'_> {
    fn drop(&mut self) {
        self.0.step();
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use loom::sync::Arc;

    /// The home of poll `number`.
    fn home(number: u64) -> Home {
        Home {
            slot: 0,
            entry: number as u32,
        }
    }

    /// Whoever asks gets the home of the poll whose number it has read, and nothing if that has ended.
    #[test]
    fn loom_a_poll_is_never_taken_for_another() {
        loom::model(|| {
            let watch = Arc::new(Watch::default());
            let worker = {
                let watch = watch.clone();
                loom::thread::spawn(move || {
                    for poll in 0..2 {
                        let number = watch.begin_task(home(2 * poll + 1));
                        assert_eq!(number, 2 * poll + 1);
                        watch.step();
                    }
                })
            };
            if let Some((number, found)) = watch.poll_of(|home| home) {
                assert_eq!(found, home(number));
            }
            worker.join().expect("the worker ends");
        });
    }
}
