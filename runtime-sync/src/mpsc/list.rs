//! The list of blocks: the end where senders write and the end where the receiver reads. See the essay in [`super`].

use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::block::{Block, Place, SPAN, STEP, block_start, is_ready};
use crate::primitive::{AtomicPtr, AtomicUsize};

/// The lowest bit of the ticket word: no ticket drawn from now on is valid.
const CLOSED: usize = 1;

/// The senders' end.
pub(super) struct Tail<T> {
    /// The next ticket, and `CLOSED`.
    ticket: AtomicUsize,
    /// The hint: a block at or before that of every ticket whose message is not written yet.
    hint: AtomicPtr<Block<T>>,
    /// Null, or a block that belongs to whoever takes it out.
    spare: AtomicPtr<Block<T>>,
}

/// The receiver's end.
pub(super) struct Head<T> {
    /// The block of `place`, or the one before it while that does not exist.
    block: NonNull<Block<T>>,
    /// The next message to take.
    place: Place,
    /// Ready bits of `block` that were seen already.
    seen: usize,
    /// The oldest block that was not freed yet.
    oldest: NonNull<Block<T>>,
    /// Where the channel ends, if the receiver closed it here.
    end: Option<Place>,
}

/// What the receiver found. It does not hold the message: that stays in its slot until it is taken, and so is moved
/// once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next message can be taken.
    Ready,
    /// No ticket is out.
    Empty,
    /// A sender has drawn the next ticket and is about to write.
    Busy,
    /// No valid ticket will come.
    Closed,
}

/// A list with one empty block.
pub(super) fn list<T>() -> (Tail<T>, Head<T>) {
    let block = Block::allocate(0);
    let tail = Tail {
        ticket: AtomicUsize::new(0),
        hint: AtomicPtr::new(block.as_ptr()),
        spare: AtomicPtr::new(ptr::null_mut()),
    };
    let head = Head {
        block,
        place: 0,
        seen: 0,
        oldest: block,
        end: None,
    };
    (tail, head)
}

impl<T> Tail<T> {
    /// Adds a message; gives it back if the list was closed.
    #[inline]
    pub(super) fn push(&self, value: T) -> Result<(), T> {
        // Acquire: pairs with the RMW in `advance_hint`; see there.
        let ticket = self.ticket.fetch_add(STEP, Acquire);
        if ticket & CLOSED != 0 {
            return Err(value);
        }
        let block = self.find(ticket);
        // SAFETY: the block of our ticket lives until our message has been taken.
        let block = unsafe { block.as_ref() };
        // SAFETY: the ticket is ours, and this is its block.
        unsafe { block.write(ticket, value) };
        Ok(())
    }

    /// Walks from the hint to the block of a ticket that the caller has drawn and not used.
    #[inline]
    fn find(&self, ticket: Place) -> NonNull<Block<T>> {
        // Acquire: the block is seen as it was built.
        let hint = self.hint.load(Acquire);
        // SAFETY: the hint is never null.
        let hint = unsafe { NonNull::new_unchecked(hint) };
        // SAFETY: blocks from the hint on are not freed before the message of our ticket was received.
        if unsafe { hint.as_ref() }.start() == block_start(ticket) {
            return hint;
        }
        self.walk(hint, block_start(ticket))
    }

    #[cold]
    fn walk(&self, hint: NonNull<Block<T>>, start: Place) -> NonNull<Block<T>> {
        let mut current = hint;
        let mut may_advance = true;
        loop {
            // SAFETY: as in `find`.
            let block = unsafe { current.as_ref() };
            if block.start() == start {
                return current;
            }
            let next = block.next().unwrap_or_else(|| self.grow(block));
            may_advance = may_advance && block.is_full() && self.advance_hint(current, next);
            current = next;
        }
    }

    /// Moves the hint from a full block to the next one; `false` if another sender did.
    ///
    /// The caller holds an unused ticket, which keeps `from` from being freed and used again: the comparison of
    /// pointers is sound.
    ///
    /// Why the note is right: let a sender draw a ticket at or after the noted one. Its `fetch_add` then comes after
    /// the RMW below and synchronises with it, so it sees the hint where this function put it, or further on: it
    /// never touches `from`.
    fn advance_hint(&self, from: NonNull<Block<T>>, to: NonNull<Block<T>>) -> bool {
        // Release: the next block is published. Relaxed on failure: the value is not used.
        if self
            .hint
            .compare_exchange(from.as_ptr(), to.as_ptr(), Release, Relaxed)
            .is_err()
        {
            return false;
        }
        // Release: pairs with the Acquire of `fetch_add` in `push`.
        let next_ticket = self.ticket.fetch_or(0, Release) & !CLOSED;
        // SAFETY: kept alive by the caller's ticket.
        unsafe { from.as_ref() }.retire(next_ticket);
        true
    }

    /// Hangs a block behind `last`: the spare one or a new one, or that of somebody faster.
    fn grow(&self, last: &Block<T>) -> NonNull<Block<T>> {
        let start = last.start().wrapping_add(SPAN);
        let block = match self.take_spare() {
            Some(block) => {
                // SAFETY: taken out of the slot, so it is ours alone.
                let spare = unsafe { block.as_ref() };
                // SAFETY: as above.
                unsafe { spare.renew(start) };
                block
            }
            None => Block::allocate(start),
        };
        match last.try_link(block) {
            Ok(()) => block,
            Err(other) => {
                // SAFETY: the block was not published.
                unsafe { self.recycle(block) };
                other
            }
        }
    }

    fn take_spare(&self) -> Option<NonNull<Block<T>>> {
        // Relaxed: only a look whether the swap is worth it.
        if self.spare.load(Relaxed).is_null() {
            return None;
        }
        // Acquire: pairs with `recycle`; whoever used the block is through with it.
        NonNull::new(self.spare.swap(ptr::null_mut(), Acquire))
    }

    /// Keeps a block as the spare one, or frees it.
    ///
    /// # Safety
    ///
    /// Nobody else refers to the block, and no message is in it.
    unsafe fn recycle(&self, block: NonNull<Block<T>>) {
        // SAFETY: not freed yet.
        unsafe { block.as_ref() }.check_alone();
        // Release: pairs with `take_spare`.
        if self
            .spare
            .compare_exchange(ptr::null_mut(), block.as_ptr(), Release, Relaxed)
            .is_err()
        {
            // SAFETY: as the caller says.
            unsafe { Block::free(block) };
        }
    }

    /// Makes tickets drawn from now on void; returns the first of them.
    pub(super) fn close(&self) -> Place {
        // Release: what the last sender did is seen by the receiver that sees the bit, and the other way round.
        self.ticket.fetch_or(CLOSED, Release) & !CLOSED
    }

    /// Whether `close` was called.
    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        // Acquire: pairs with `close`.
        self.ticket.load(Acquire) & CLOSED != 0
    }
}

impl<T> Head<T> {
    /// Looks for the next message.
    #[inline]
    pub(super) fn find(&mut self, tail: &Tail<T>) -> Next {
        if !is_ready(self.seen, self.place) || self.at_end_of_block() {
            if !self.enter_block() {
                return self.nothing(tail);
            }
            // SAFETY: the receiver's own block.
            self.seen = unsafe { self.block.as_ref() }.ready();
        }
        self.next_seen(tail)
    }

    /// Looks for the next message, seen or not: for a receiver that has armed its waker. Creates the block it waits in
    /// if need be, so that there is a word to wait on.
    pub(super) fn find_armed(&mut self, tail: &Tail<T>) -> Next {
        while !self.enter_block() {
            // SAFETY: the receiver's own block.
            tail.grow(unsafe { self.block.as_ref() });
        }
        // SAFETY: the receiver's own block.
        self.seen = unsafe { self.block.as_ref() }.recheck();
        self.next_seen(tail)
    }

    #[inline]
    fn next_seen(&self, tail: &Tail<T>) -> Next {
        if is_ready(self.seen, self.place) {
            Next::Ready
        } else {
            self.nothing(tail)
        }
    }

    /// Takes the message that was found.
    ///
    /// # Panics
    ///
    /// Panics unless a look just said [`Next::Ready`].
    #[inline]
    pub(super) fn take(&mut self, tail: &Tail<T>) -> T {
        let ready = is_ready(self.seen, self.place) && !self.at_end_of_block();
        assert!(ready, "a message is taken after it was found");
        // SAFETY: the receiver's own block.
        let block = unsafe { self.block.as_ref() };
        let place = self.place;
        self.place = place.wrapping_add(STEP);
        // SAFETY: the bit is set, and the place has moved on.
        let value = unsafe { block.take(place) };
        if self.oldest != self.block {
            self.free_retired(tail);
        }
        value
    }

    /// Takes the next message if there is one, at the end of the channel.
    pub(super) fn pop(&mut self, tail: &Tail<T>) -> Option<T> {
        (self.find(tail) == Next::Ready).then(|| self.take(tail))
    }

    /// Whether the next message belongs to the block after `block`.
    #[inline]
    fn at_end_of_block(&self) -> bool {
        // SAFETY: the receiver's own block.
        unsafe { self.block.as_ref() }.start() != block_start(self.place)
    }

    /// Moves to the block of `place` if it exists.
    #[inline]
    fn enter_block(&mut self) -> bool {
        if !self.at_end_of_block() {
            return true;
        }
        // SAFETY: the receiver's own block.
        let Some(next) = unsafe { self.block.as_ref() }.next() else {
            return false;
        };
        self.block = next;
        self.seen = 0;
        true
    }

    /// Why there is no message.
    fn nothing(&self, tail: &Tail<T>) -> Next {
        // Acquire: pairs with `close`.
        let ticket = tail.ticket.load(Acquire);
        let end = self.end.unwrap_or(ticket & !CLOSED);
        match (ticket & CLOSED != 0, end == self.place) {
            (true, true) => Next::Closed,
            (false, true) => Next::Empty,
            (_, false) => Next::Busy,
        }
    }

    /// Ends the list where its tickets end now, unless that was done before.
    pub(super) fn close(&mut self, tail: &Tail<T>) {
        let end = tail.close();
        self.end.get_or_insert(end);
    }

    /// How many messages were sent and not taken.
    pub(super) fn len(&self, tail: &Tail<T>) -> usize {
        // Relaxed: a count only.
        let end = self
            .end
            .unwrap_or_else(|| tail.ticket.load(Relaxed) & !CLOSED);
        end.wrapping_sub(self.place) / STEP
    }

    /// Frees the blocks behind the receiver that no sender can be in any more.
    #[cold]
    fn free_retired(&mut self, tail: &Tail<T>) {
        while self.oldest != self.block {
            // SAFETY: not freed yet.
            let block = unsafe { self.oldest.as_ref() };
            let (true, Some(next)) = (block.is_retired(self.place), block.next()) else {
                return;
            };
            let block = std::mem::replace(&mut self.oldest, next);
            // SAFETY: retired, and all its messages were taken.
            unsafe { tail.recycle(block) };
        }
    }

    /// Frees all blocks. Messages must have been taken out before.
    ///
    /// # Safety
    ///
    /// Nobody uses the list any more.
    pub(super) unsafe fn free(&mut self, tail: &Tail<T>) {
        let mut block = Some(self.oldest);
        while let Some(current) = block {
            // SAFETY: each block is visited once, before it is freed.
            block = unsafe { current.as_ref() }.next();
            // SAFETY: nobody uses the list any more.
            unsafe { Block::free(current) };
        }
        if let Some(spare) = tail.take_spare() {
            // SAFETY: taken out of the slot, so it is ours alone.
            unsafe { Block::free(spare) };
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::block::SLOTS;
    use super::*;

    /// How many blocks the list holds, the spare one included.
    fn blocks<T>(tail: &Tail<T>, head: &Head<T>) -> usize {
        let mut count = usize::from(!tail.spare.load(Relaxed).is_null());
        let mut block = Some(head.oldest);
        while let Some(current) = block {
            count += 1;
            // SAFETY: one thread; blocks from `oldest` on are alive.
            block = unsafe { current.as_ref() }.next();
        }
        count
    }

    fn take<T>(head: &mut Head<T>, tail: &Tail<T>) -> T {
        head.pop(tail).expect("a message should be there")
    }

    #[test]
    fn sync_08_a_burst_gives_its_memory_back() {
        let (tail, mut head) = list();
        for i in 0..1000 * SLOTS {
            tail.push(i).unwrap();
        }
        assert!(blocks(&tail, &head) >= 1000);
        for i in 0..1000 * SLOTS {
            assert_eq!(take(&mut head, &tail), i);
        }
        assert!(blocks(&tail, &head) <= 3, "{}", blocks(&tail, &head));
        // SAFETY: nobody else uses the list.
        unsafe { head.free(&tail) };
    }

    #[test]
    fn steady_use_goes_round_in_a_few_blocks() {
        let (tail, mut head) = list();
        for i in 0..100 * SLOTS {
            tail.push(i).unwrap();
            assert_eq!(take(&mut head, &tail), i);
            assert!(blocks(&tail, &head) <= 3);
        }
        // SAFETY: nobody else uses the list.
        unsafe { head.free(&tail) };
    }

    #[test]
    fn places_wrap_around() {
        let (mut tail, mut head) = list();
        // As if all but a few tickets had been drawn.
        let start = 0_usize.wrapping_sub(2 * SPAN);
        tail.ticket = AtomicUsize::new(start);
        head.place = start;
        // SAFETY: the list owns the block, and there is one thread.
        let block = unsafe { head.block.as_ref() };
        // SAFETY: the block is empty.
        unsafe { block.renew(start) };
        for i in 0..10 * SLOTS {
            tail.push(i).unwrap();
        }
        assert_eq!(head.len(&tail), 10 * SLOTS);
        for i in 0..10 * SLOTS {
            assert_eq!(take(&mut head, &tail), i);
        }
        assert!(blocks(&tail, &head) <= 3);
        assert_eq!(head.find(&tail), Next::Empty);
        // SAFETY: nobody else uses the list.
        unsafe { head.free(&tail) };
    }
}
