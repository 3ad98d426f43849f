//! What the two halves share: all atomics of the channel, and the wakers and the value they guard.

use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::task::{Context, Waker};

use crate::primitive::{AtomicUsize, UnsafeCell};

pub(super) const RX_WAKER: usize = 1;
pub(super) const TX_WAKER: usize = 2;
pub(super) const VALUE: usize = 4;
pub(super) const CLOSED: usize = 8;
pub(super) const TX_GONE: usize = 16;
pub(super) const RX_GONE: usize = 32;
pub(super) const DROPPED: usize = 64;
/// What a waiting receiver waits for.
pub(super) const RESULT: usize = VALUE | CLOSED | DROPPED;

/// What the two halves share.
pub(super) struct Cell<T> {
    state: AtomicUsize,
    /// Written by the sender before `VALUE`; taken by the receiver after it.
    value: UnsafeCell<MaybeUninit<T>>,
    /// The slots behind `RX_WAKER` and `TX_WAKER`.
    rx_waker: UnsafeCell<MaybeUninit<Waker>>,
    tx_waker: UnsafeCell<MaybeUninit<Waker>>,
}

impl<T> Cell<T> {
    pub(super) fn new() -> Self {
        Self {
            state: AtomicUsize::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            rx_waker: UnsafeCell::new(MaybeUninit::uninit()),
            tx_waker: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    #[inline]
    pub(super) fn load(&self) -> usize {
        // Acquire: pairs with the AcqRel of every transition of the other side.
        self.state.load(Acquire)
    }

    fn slot(&self, bit: usize) -> &UnsafeCell<MaybeUninit<Waker>> {
        if bit == RX_WAKER {
            &self.rx_waker
        } else {
            &self.tx_waker
        }
    }

    /// Moves the waker of `bit` out.
    ///
    /// # Safety
    ///
    /// The caller has just cleared `bit`.
    unsafe fn take_waker(&self, bit: usize) -> Waker {
        self.slot(bit).with(|slot| {
            // SAFETY: the bit was set, so the slot is initialised; who clears it owns the waker. The other side may
            // compare the same bytes (`wait`), but nobody writes them.
            unsafe { slot.cast::<Waker>().read() }
        })
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// `VALUE` was seen, or the caller wrote the value and has not set `VALUE`; and nobody else takes it.
    pub(super) unsafe fn take_value(&self) -> T {
        self.value.with(|value| {
            // SAFETY: initialised and ours, says the caller.
            unsafe { value.cast::<T>().read() }
        })
    }

    /// Sets `set` and clears `clear` in one step; returns the state before.
    fn change(&self, set: usize, clear: usize) -> usize {
        // Relaxed: the CAS synchronises.
        let mut state = self.state.load(Relaxed);
        loop {
            // AcqRel: hands over what this side wrote, takes over what the other side wrote.
            match self
                .state
                .compare_exchange_weak(state, (state | set) & !clear, AcqRel, Relaxed)
            {
                Ok(_) => return state,
                Err(actual) => state = actual,
            }
        }
    }

    /// Leaves the waker of `cx` in the slot of `bit` unless one of the `news` bits is set; returns the state.
    ///
    /// # Safety
    ///
    /// The caller is the side to which `bit` belongs, alone.
    pub(super) unsafe fn wait(&self, bit: usize, news: usize, cx: &Context<'_>) -> usize {
        let mut state = self.load();
        if state & news != 0 {
            return state;
        }
        if state & bit != 0 {
            let same = self.slot(bit).with(|slot| {
                // SAFETY: the bit was set by this side, so the slot is initialised. The other side may move the waker
                // out meanwhile, which leaves the bytes; the comparison reads only those.
                unsafe { &*slot.cast::<Waker>() }.will_wake(cx.waker())
            });
            if same {
                return state;
            }
            state = self.change(0, bit);
            if state & bit != 0 {
                // SAFETY: this side cleared the bit.
                drop(unsafe { self.take_waker(bit) });
            }
            if state & news != 0 {
                return state;
            }
        }
        let waker = cx.waker().clone();
        self.slot(bit).with_mut(|slot| {
            // SAFETY: the bit is clear, so the slot is this side's; it holds nothing.
            unsafe { (*slot).write(waker) };
        });
        // Release: the waker is written before the other side can see the bit. If that side was faster, `change` takes
        // over what it wrote.
        state = self.state.fetch_or(bit, Release);
        if state & news != 0 && self.change(0, bit) & bit != 0 {
            // SAFETY: this side cleared the bit.
            drop(unsafe { self.take_waker(bit) });
        }
        state
    }

    /// The end of a sender with a value.
    ///
    /// # Safety
    ///
    /// Called once, as the last thing of the sender.
    pub(super) unsafe fn send(this: NonNull<Self>, value: T) -> Result<(), T> {
        // SAFETY: the cell lives until both halves are gone, and this half is not.
        let cell = unsafe { this.as_ref() };
        cell.value.with_mut(|slot| {
            // SAFETY: without `VALUE` the slot is the sender's; it holds nothing.
            unsafe { (*slot).write(value) };
        });
        let mut state = cell.load();
        loop {
            if state & CLOSED != 0 {
                // SAFETY: `VALUE` is not set, so the value is still the sender's.
                let value = unsafe { cell.take_value() };
                // SAFETY: the end of the sender.
                unsafe { Self::drop_sender(this) };
                return Err(value);
            }
            // Alone in the cell as soon as nobody's waker is left to look after.
            let quick = state & (RX_WAKER | TX_WAKER) == 0;
            let gone = if quick { TX_GONE } else { 0 };
            let next = (state | VALUE | gone) & !(RX_WAKER | TX_WAKER);
            // AcqRel: the value is written before `VALUE` is seen; a waker is seen as it was written. Relaxed on
            // failure: the next round synchronises, or `drop_sender`.
            match cell
                .state
                .compare_exchange_weak(state, next, AcqRel, Relaxed)
            {
                Ok(_) if quick => return Ok(()),
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        // SAFETY: this side cleared the bits it found.
        unsafe { Self::leave_sender(this, state) };
        Ok(())
    }

    /// The end of a sender that did not send.
    ///
    /// # Safety
    ///
    /// Called once, as the last thing of the sender.
    pub(super) unsafe fn drop_sender(this: NonNull<Self>) {
        // SAFETY: the cell lives until both halves are gone, and this half is not.
        let cell = unsafe { this.as_ref() };
        let mut state = cell.load();
        loop {
            // As in `send`: gone at once, unless there is something to look after, the cell itself included.
            let quick = state & (RX_WAKER | TX_WAKER | RX_GONE) == 0;
            let gone = if quick { TX_GONE } else { 0 };
            let next = (state | DROPPED | gone) & !(RX_WAKER | TX_WAKER);
            // AcqRel: a waker is seen as it was written; what this side did in the cell is over. Relaxed on failure:
            // the next round synchronises.
            match cell
                .state
                .compare_exchange_weak(state, next, AcqRel, Relaxed)
            {
                Ok(_) if quick => return,
                Ok(_) => break,
                Err(actual) => state = actual,
            }
        }
        // SAFETY: this side cleared the bits it found.
        unsafe { Self::leave_sender(this, state) };
    }

    /// The last step of a sender that found `state` and cleared the waker bits in it: wakes the receiver.
    ///
    /// # Safety
    ///
    /// Called once, as the last thing of the sender.
    unsafe fn leave_sender(this: NonNull<Self>, state: usize) {
        // SAFETY: the cell lives until both halves are gone, and this half is not.
        let cell = unsafe { this.as_ref() };
        // SAFETY: this side cleared the bit.
        let rx_waker = (state & RX_WAKER != 0).then(|| unsafe { cell.take_waker(RX_WAKER) });
        // SAFETY: this side cleared the bit.
        let tx_waker = (state & TX_WAKER != 0).then(|| unsafe { cell.take_waker(TX_WAKER) });
        // SAFETY: the end of the sender; nothing of its own is left in the cell.
        unsafe { Self::leave(this, TX_GONE, RX_GONE) };
        if let Some(waker) = rx_waker {
            waker.wake();
        }
        drop(tx_waker);
    }

    /// `Receiver::close`: refuses values and tells a sender that waits for it.
    ///
    /// # Safety
    ///
    /// The caller is the receiver, alone.
    pub(super) unsafe fn close(&self) {
        let state = self.load();
        if state & RESULT != 0 {
            return;
        }
        let state = self.change(CLOSED, TX_WAKER);
        if state & TX_WAKER != 0 {
            // SAFETY: this side cleared the bit.
            unsafe { self.take_waker(TX_WAKER) }.wake();
        }
    }

    /// The end of a receiver; `unread` says whether a value in the cell is still to be dropped.
    ///
    /// # Safety
    ///
    /// Called once, as the last thing of the receiver.
    pub(super) unsafe fn drop_receiver(this: NonNull<Self>, unread: bool) {
        // SAFETY: the cell lives until both halves are gone, and this half is not.
        let cell = unsafe { this.as_ref() };
        let mut state = cell.load();
        if state & TX_GONE == 0 {
            state = cell.change(CLOSED, RX_WAKER | TX_WAKER);
        }
        // SAFETY: this side cleared the bits, or, if the sender is gone, is alone with them.
        let rx_waker = (state & RX_WAKER != 0).then(|| unsafe { cell.take_waker(RX_WAKER) });
        // SAFETY: as above.
        let tx_waker = (state & TX_WAKER != 0).then(|| unsafe { cell.take_waker(TX_WAKER) });
        // SAFETY: `VALUE` was seen with Acquire, and only the receiver takes the value.
        let value = (unread && state & VALUE != 0).then(|| unsafe { cell.take_value() });
        if state & TX_GONE == 0 {
            // SAFETY: the end of the receiver; nothing of its own is left in the cell.
            unsafe { Self::leave(this, RX_GONE, TX_GONE) };
        } else {
            // SAFETY: the sender is gone (Acquire), and the receiver ends here.
            unsafe { Self::free(this) };
        }
        // User code comes last: whatever panics here, the cell is in order.
        if let Some(waker) = tx_waker {
            waker.wake();
        }
        drop(rx_waker);
        drop(value);
    }

    /// Sets the `mine` bit; frees the cell if the `other` bit is set.
    ///
    /// # Safety
    ///
    /// The caller never touches the cell again, and nothing of it is left in there.
    unsafe fn leave(this: NonNull<Self>, mine: usize, other: usize) {
        // SAFETY: the cell lives until both halves are gone, and this half is not.
        let cell = unsafe { this.as_ref() };
        // AcqRel: what this side did in the cell happens before the other side frees it, and the other way round.
        if cell.state.fetch_or(mine, AcqRel) & other != 0 {
            // SAFETY: both halves are gone.
            unsafe { Self::free(this) };
        }
    }

    /// # Safety
    ///
    /// Both halves are gone, and took everything out.
    unsafe fn free(this: NonNull<Self>) {
        // SAFETY: made by `Box::leak` in `channel`, and nobody refers to it any more.
        let cell = unsafe { Box::from_raw(this.as_ptr()) };
        // Nothing, but a model checks here that nobody is in it.
        cell.value.with_mut(|_| ());
        cell.rx_waker.with_mut(|_| ());
        cell.tx_waker.with_mut(|_| ());
    }
}

impl<T: fmt::Debug> fmt::Debug for Cell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("state", &State(self.load()))
            .finish()
    }
}

/// The state word in readable form.
struct State(usize);

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("is_complete", &(self.0 & (VALUE | DROPPED) != 0))
            .field("is_closed", &(self.0 & CLOSED != 0))
            .field("is_rx_task_set", &(self.0 & RX_WAKER != 0))
            .field("is_tx_task_set", &(self.0 & TX_WAKER != 0))
            .finish()
    }
}
