//! Bytes that were accepted and are to be written: the hand-over from a task to the job that writes.
//!
//! # The protocol
//!
//! One lock, two buffers. The task fills one, the *queue*; the job writes the other.
//!
//! 1. [`Behind::poll_accept`]: the task appends under the lock. If no job is under way, it says that one is, and starts it after
//!    it has let go of the lock.
//! 2. [`Behind::next`]: the job exchanges its empty buffer for the queue, under the lock, and wakes the task if it waits for room.
//! 3. [`Behind::next`] with an empty queue, under the lock: the job says that none is under way, and ends. A byte appended before is
//!    in the queue it looked at; one appended after finds no job and starts another.
//! 4. [`Behind::fail`]: the error stays for the task, the queue is dropped, no job is under way.
//! 5. A job that is dropped without having run, or that panics, fails in the same way ([`Writer`]'s drop).
//!
//! Steps 3 and 4 drop what the job holds of the file under the lock, so that a task which sees the job gone has the file
//! for itself. Wakers are cloned before the lock and woken or dropped after it.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::fs::job;
use crate::primitive::Mutex;

/// The most that is copied at once: the job gets at it while it is in the cache, and the lock is held for microseconds.
const PIECE: usize = 256 * 1024;

/// A job that has as much queued for it is busy for so long that the task is back in time. More would only push the bytes out of
/// the cache: 64 MiB in writes of 2 MiB took 14.7 ms with this limit, about 17 ms with one of 2 MiB and on tokio. A limit that holds for the first write
/// too took 14 ms, but then a write of 2 MiB would be a partial one.
const ENOUGH: usize = 512 * 1024;

/// What a file has accepted and not yet written.
#[derive(Debug)]
pub(super) struct Behind(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    queue: Vec<u8>,
    /// A job is under way: it will look at the queue.
    writing: bool,
    /// What the last job failed with, to be told once.
    failure: Option<Failure>,
    /// The task that waits for room, or for the end of the job.
    waiter: Option<Waker>,
}

/// Why accepted bytes are not written.
#[derive(Debug)]
enum Failure {
    /// The job ended with this error.
    Error(io::Error),
    /// There was no job: it was refused, or it panicked.
    Lost,
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error,
            Failure::Lost => job::lost(),
        }
    }
}

/// What a task has to do after its bytes were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "bytes without a job are never written"]
pub(super) enum Accepted {
    /// Nothing: the job under way takes them too.
    Joined,
    /// Start a job.
    Start,
}

impl Behind {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::default()))
    }

    /// Appends a piece of the offer. Waits while a job is under way and enough is queued for it.
    pub(super) fn poll_accept(
        &self,
        cx: &mut Context<'_>,
        offer: &mut Offer<'_>,
    ) -> Poll<io::Result<Accepted>> {
        self.poll_until(cx, |state| state.accept(offer))
    }

    /// Appends a further piece, if there is one. What failed meanwhile is told by the next write.
    pub(super) fn accept_more(&self, offer: &mut Offer<'_>) -> Option<Accepted> {
        let mut state = self.0.lock();
        if state.failure.is_some() || offer.is_empty() {
            return None;
        }
        state.accept(offer)?.ok()
    }

    /// Waits until no job is under way, and says what the last one failed with.
    pub(super) fn poll_written(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_until(cx, |state| {
            (!state.writing).then(|| match state.failure.take() {
                Some(failure) => Err(failure.into()),
                None => Ok(()),
            })
        })
    }

    /// Whether the job just handed over was refused. That a job has failed already is told later, as if it were slower.
    pub(super) fn was_refused(&self) -> bool {
        let mut state = self.0.lock();
        let refused = matches!(state.failure, Some(Failure::Lost));
        if refused {
            state.failure = None;
        }
        refused
    }

    fn poll_until<T>(
        &self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&mut State) -> Option<T>,
    ) -> Poll<T> {
        if let Some(result) = attempt(&mut self.0.lock()) {
            return Poll::Ready(result);
        }
        // Not needed any more after the second attempt, or exchanged for the one that is not: dropped without the lock.
        let mut waker = Some(cx.waker().clone());
        let mut state = self.0.lock();
        let result = attempt(&mut state);
        if result.is_none() {
            mem::swap(&mut state.waiter, &mut waker);
        }
        drop(state);
        result.map_or(Poll::Pending, Poll::Ready)
    }

    /// Exchanges `written` for what is to be written next, or ends the job: `file` is let go, and the answer is no.
    pub(super) fn next(&self, written: &mut Vec<u8>, file: &mut Option<Arc<File>>) -> bool {
        written.clear();
        let mut state = self.0.lock();
        let more = !state.queue.is_empty();
        if more {
            mem::swap(&mut state.queue, written);
        } else {
            if state.queue.capacity() < written.capacity() {
                mem::swap(&mut state.queue, written);
            }
            state.writing = false;
            drop(file.take());
        }
        state.wake_and_unlock();
        more
    }

    /// Ends the job: what it wrote and what is queued is not written.
    fn fail(&self, failure: Failure, file: &mut Option<Arc<File>>) {
        let mut state = self.0.lock();
        state.queue.clear();
        state.failure = Some(failure);
        state.writing = false;
        drop(file.take());
        state.wake_and_unlock();
    }
}

impl State {
    /// `None` if the task has to wait.
    fn accept(&mut self, offer: &mut Offer<'_>) -> Option<io::Result<Accepted>> {
        if let Some(failure) = self.failure.take() {
            return Some(Err(failure.into()));
        }
        if self.writing && offer.taken == 0 {
            let enough = offer.limit.min(ENOUGH);
            if self.queue.len() >= enough {
                return None;
            }
            offer.limit = enough;
        }
        offer.append_to(&mut self.queue);
        let joined = mem::replace(&mut self.writing, true);
        Some(Ok(if joined {
            Accepted::Joined
        } else {
            Accepted::Start
        }))
    }
}

/// Bytes that a write would like to be accepted.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    slices: &'a [IoSlice<'a>],
    /// Bytes at the start that were accepted.
    taken: usize,
    /// The most that is accepted in all.
    limit: usize,
}

impl<'a> Offer<'a> {
    pub(super) fn new(slices: &'a [IoSlice<'a>], most: usize) -> Self {
        Self {
            slices,
            taken: 0,
            limit: most,
        }
    }

    /// How many bytes were accepted.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    fn is_empty(&self) -> bool {
        let total: usize = self.slices.iter().map(|slice| slice.len()).sum();
        self.taken >= total.min(self.limit)
    }

    /// Appends a piece to the queue.
    fn append_to(&mut self, queue: &mut Vec<u8>) {
        let mut left = (self.limit - self.taken).min(PIECE);
        let mut skip = self.taken;
        for slice in self.slices {
            let rest = &slice[skip.min(slice.len())..];
            skip = skip.saturating_sub(slice.len());
            let part = &rest[..rest.len().min(left)];
            queue.extend_from_slice(part);
            left -= part.len();
            self.taken += part.len();
        }
    }
}

/// Waking the task comes after the lock.
trait WakeAndUnlock {
    fn wake_and_unlock(self);
}

impl<G: std::ops::DerefMut<Target = State>> WakeAndUnlock for G {
    fn wake_and_unlock(mut self) {
        let waiter = self.waiter.take();
        drop(self);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

/// The job.
#[derive(Debug)]
pub(super) struct Writer {
    behind: Arc<Behind>,
    /// `None` when the job has ended.
    file: Option<Arc<File>>,
}

impl Writer {
    pub(super) fn new(behind: Arc<Behind>, file: Arc<File>) -> Self {
        Self {
            behind,
            file: Some(file),
        }
    }

    /// Writes until nothing is left. Blocks.
    pub(super) fn run(mut self) {
        let mut chunk = Vec::new();
        while self.behind.next(&mut chunk, &mut self.file) {
            let Some(mut file) = self.file.as_deref() else {
                return;
            };
            if let Err(error) = file.write_all(&chunk) {
                self.behind.fail(Failure::Error(error), &mut self.file);
                return;
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.file.is_some() {
            self.behind.fail(Failure::Lost, &mut self.file);
        }
    }
}
