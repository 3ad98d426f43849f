//! Which kinds have come and not been announced yet: a bit for each. But for the pointer to the hub, all atomics between handler and reactor are here.
//!
//! A delivery owes a ring only if it set the bit. See [`super`] for the protocol and why no signal is lost.

use crate::primitive::{AtomicU64, Ordering};

/// Numbers below this are kinds of signals. Every system has fewer.
pub(super) const KINDS: usize = 128;

const BITS: usize = u64::BITS as usize;
const WORDS: usize = KINDS / BITS;

/// What a delivery owes after it has left its mark.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a delivery that is the first of its kind has to ring"]
pub(super) enum Mark {
    /// The first since the word was taken: ring.
    First,
    /// One of its kind is pending already, and the bell rings for both.
    Merged,
}

/// A bit for each kind.
#[derive(Debug)]
pub(super) struct Pending([AtomicU64; WORDS]);

impl Pending {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    /// Leaves the mark of a kind. Called by a signal handler: one atomic instruction.
    pub(super) fn set(&self, number: usize) -> Mark {
        let bit = 1 << (number % BITS);
        // Release: pairs with the acquire of `take`, so that a listener sees what the thread did before it raised the signal.
        let before = self.0[number / BITS].fetch_or(bit, Ordering::Release);
        if before & bit == 0 {
            Mark::First
        } else {
            Mark::Merged
        }
    }

    /// Takes all marks.
    pub(super) fn take(&self) -> Taken {
        Taken {
            // Acquire: pairs with the release of `set`.
            words: std::array::from_fn(|i| self.0[i].swap(0, Ordering::Acquire)),
        }
    }
}

/// The kinds that were pending.
#[derive(Debug)]
pub(super) struct Taken {
    words: [u64; WORDS],
}

impl Iterator for Taken {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let index = self.words.iter().position(|word| *word != 0)?;
        let word = &mut self.words[index];
        let bit = word.trailing_zeros() as usize;
        *word &= *word - 1;
        Some(index * BITS + bit)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_taken_once() {
        let pending = Pending::new();
        for number in [1, 63, 64, 127] {
            assert_eq!(pending.set(number), Mark::First);
            assert_eq!(pending.set(number), Mark::Merged);
        }
        assert_eq!(pending.take().collect::<Vec<_>>(), [1, 63, 64, 127]);
        assert_eq!(pending.take().next(), None);
        assert_eq!(pending.set(63), Mark::First);
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicBool;
    use loom::thread;

    use super::*;
    use crate::primitive::Mutex;

    /// A kind in each word.
    const A: usize = 10;
    const B: usize = 70;

    /// The hub without its sockets: the bell is a flag, and an announcement sets the listeners' marks.
    struct Model {
        pending: Pending,
        /// Behind a lock, as the socket in the kernel.
        bell: Mutex<bool>,
        due: [AtomicBool; 2],
    }

    impl Model {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                pending: Pending::new(),
                bell: Mutex::new(false),
                due: [AtomicBool::new(false), AtomicBool::new(false)],
            })
        }

        fn deliver(&self, number: usize) {
            if self.pending.set(number) == Mark::First {
                *self.bell.lock() = true;
            }
        }

        /// What the thread of a turn does when the bell has rung.
        fn answer(&self) {
            let rang = std::mem::take(&mut *self.bell.lock());
            if rang {
                self.announce();
            }
        }

        fn announce(&self) {
            for number in self.pending.take() {
                self.due[usize::from(number == B)].store(true, Ordering::Release);
            }
        }

        fn is_due(&self, index: usize) -> bool {
            self.due[index].load(Ordering::Acquire)
        }
    }

    /// Two deliveries of one kind, and two reactors that hear the same bell.
    #[test]
    fn loom_no_delivery_is_lost_between_two_reactors() {
        loom::model(|| {
            let model = Model::new();
            let threads = [
                {
                    let model = Arc::clone(&model);
                    thread::spawn(move || model.deliver(A))
                },
                {
                    let model = Arc::clone(&model);
                    thread::spawn(move || model.answer())
                },
            ];
            model.deliver(A);
            model.answer();
            for thread in threads {
                thread.join().unwrap();
            }
            // Edges that were not used up yet: the reactors wake for them.
            model.answer();
            assert!(model.is_due(0));
        });
    }

    /// What comes after an announcement is announced again.
    #[test]
    fn loom_a_delivery_after_the_announcement_is_one_more() {
        loom::model(|| {
            let model = Model::new();
            let other = {
                let model = Arc::clone(&model);
                thread::spawn(move || {
                    model.deliver(A);
                    model.deliver(B);
                })
            };
            model.answer();
            let early = model.is_due(0);
            if early {
                model.due[0].store(false, Ordering::Release);
                model.deliver(A);
            }
            other.join().unwrap();
            model.answer();
            assert!(model.is_due(0));
            assert!(model.is_due(1));
        });
    }
}
