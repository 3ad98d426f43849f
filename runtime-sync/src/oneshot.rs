//! A channel for one value.
//!
//! # One allocation, one word
//!
//! Sender and receiver share one heap cell: state word, value, a waker for each side. There is no reference count;
//! the word says who is gone, and the second one to go frees the cell.
//!
//! | bit | set by | says |
//! |---|---|---|
//! | `RX_WAKER` | receiver | the receiver's waker is in its slot |
//! | `TX_WAKER` | sender | the sender's waker is in its slot |
//! | `VALUE` | sender | the value is in its slot; excludes a later `CLOSED` from meaning "refused" |
//! | `CLOSED` | receiver | no value will be accepted |
//! | `DROPPED` | sender | no value will come |
//! | `TX_GONE` | sender, last | the sender never touches the cell again |
//! | `RX_GONE` | receiver, last | the receiver never touches the cell again |
//!
//! A waker slot belongs to its own side while its bit is clear, and to whoever clears the bit. So each waker is taken
//! by exactly one side, and is never read by one while the other writes it.
//!
//! ```text
//!   sender:    1 write the value
//!              2 CAS: + VALUE, − RX_WAKER; + TX_GONE at once if no waker waits     (CLOSED ► give the value back)
//!              3 take the receiver's waker; + TX_GONE
//!              4 wake
//!              (a sender that drops does the same with DROPPED in place of VALUE)
//!   receiver:  1 VALUE ► take the value   2 CLOSED or DROPPED ► error
//!              3 write the waker; + RX_WAKER; if VALUE or DROPPED came meanwhile: take the waker back, 1 or 2
//!   end:       each side takes out what it owns, sets its GONE bit last, and frees the cell if the other bit was set
//! ```
//!
//! Step 2 needs step 3 because a sender that is gone may not look into the cell any more: the receiver may free it.
//! When the sender is gone already, the receiver frees the cell without any read-modify-write.

use std::fmt;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::task::{Context, Poll, Waker, ready};

use runtime_core::coop;

use crate::blocking;
use crate::primitive::{AtomicUsize, UnsafeCell};

use error::{RecvError, TryRecvError};

const RX_WAKER: usize = 1;
const TX_WAKER: usize = 2;
const VALUE: usize = 4;
const CLOSED: usize = 8;
const TX_GONE: usize = 16;
const RX_GONE: usize = 32;
const DROPPED: usize = 64;

/// What a waiting receiver waits for.
const RESULT: usize = VALUE | CLOSED | DROPPED;

/// Errors of this module.
pub mod error {
    use std::error::Error;
    use std::fmt;

    /// The sender was dropped without sending, or the receiver was closed before.
    #[derive(Debug, Eq, PartialEq, Clone)]
    pub struct RecvError(pub(super) ());

    /// Why there is no value at the moment.
    #[derive(Debug, Eq, PartialEq, Clone)]
    pub enum TryRecvError {
        /// Nothing was sent yet.
        Empty,
        /// Nothing will ever be sent.
        Closed,
    }

    impl fmt::Display for RecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl Error for RecvError {}

    impl fmt::Display for TryRecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(match self {
                Self::Empty => "channel empty",
                Self::Closed => "channel closed",
            })
        }
    }

    impl Error for TryRecvError {}
}

/// Creates a channel for one value.
///
/// # Examples
///
/// ```
/// use runtime_sync::oneshot;
///
/// # futures_executor::block_on(async {
/// let (tx, rx) = oneshot::channel();
/// std::thread::spawn(move || tx.send(3)).join().unwrap().unwrap();
/// assert_eq!(rx.await, Ok(3));
/// # });
/// ```
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let cell = NonNull::from(Box::leak(Box::new(Cell::new())));
    (Sender { cell: Some(cell) }, Receiver { cell: Some(cell) })
}

/// Sends the value of a oneshot channel.
///
/// Dropping it without sending makes the receiver fail.
pub struct Sender<T> {
    /// `None` after `send`.
    cell: Option<NonNull<Cell<T>>>,
}

/// Receives the value of a oneshot channel: a future of it.
///
/// Polled again after it was ready, it panics. Await `&mut receiver` to wait for a while and keep the receiver.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Receiver<T> {
    /// `None` after the result was taken.
    cell: Option<NonNull<Cell<T>>>,
}

// SAFETY: the sender may move a `T` to the thread of the receiver and drops or returns it on its own; it never shares
// it.
unsafe impl<T: Send> Send for Sender<T> {}
// SAFETY: a shared sender only reads the state word.
unsafe impl<T: Send> Sync for Sender<T> {}
// SAFETY: as for the sender.
unsafe impl<T: Send> Send for Receiver<T> {}
// SAFETY: a shared receiver only reads the state word.
unsafe impl<T: Send> Sync for Receiver<T> {}

impl<T> Sender<T> {
    /// Sends the value. Never waits.
    ///
    /// Success does not mean that the receiver takes it: it may be dropped at any moment.
    ///
    /// # Errors
    ///
    /// Returns the value if the receiver is closed or gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::oneshot::channel();
    /// drop(rx);
    /// assert_eq!(tx.send(1), Err(1));
    /// ```
    pub fn send(mut self, t: T) -> Result<(), T> {
        match self.cell.take() {
            // SAFETY: the sender's half of the cell ends here; `self` will not free it again.
            Some(cell) => unsafe { Cell::send(cell, t) },
            None => Err(t),
        }
    }

    /// Waits until the receiver is closed or dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (mut tx, rx) = runtime_sync::oneshot::channel::<()>();
    /// drop(rx);
    /// tx.closed().await;
    /// # });
    /// ```
    pub async fn closed(&mut self) {
        std::future::poll_fn(|cx| self.poll_closed(cx)).await;
    }

    /// Returns whether the receiver is closed or gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::oneshot::channel::<()>();
    /// assert!(!tx.is_closed());
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.cell().is_none_or(|cell| cell.load() & CLOSED != 0)
    }

    /// Polls whether the receiver is closed or gone; wakes the task of the last call when it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # futures_executor::block_on(async {
    /// let (mut tx, mut rx) = runtime_sync::oneshot::channel::<()>();
    /// rx.close();
    /// poll_fn(|cx| tx.poll_closed(cx)).await;
    /// # });
    /// ```
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let coop = ready!(coop::poll_proceed(cx));
        let Some(cell) = self.cell() else {
            return Poll::Ready(());
        };
        // SAFETY: the caller is the sender, borrowed mutably.
        let state = unsafe { cell.wait(TX_WAKER, CLOSED, cx) };
        if state & CLOSED == 0 {
            return Poll::Pending;
        }
        coop.made_progress();
        Poll::Ready(())
    }

    fn cell(&self) -> Option<&Cell<T>> {
        // SAFETY: the cell lives until both halves are gone.
        self.cell.map(|cell| unsafe { &*cell.as_ptr() })
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            // SAFETY: the sender's half ends here.
            unsafe { Cell::drop_sender(cell) };
        }
    }
}

impl<T> Receiver<T> {
    /// Refuses a value from now on. One that was sent before can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::oneshot::channel();
    /// rx.close();
    /// assert!(tx.is_closed());
    /// assert_eq!(tx.send(1), Err(1));
    /// assert!(rx.try_recv().is_err());
    /// ```
    pub fn close(&mut self) {
        if let Some(cell) = self.cell() {
            // SAFETY: the caller is the receiver, borrowed mutably.
            unsafe { cell.close() };
        }
    }

    /// Returns whether the result was taken already: to poll again would panic.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::oneshot::channel();
    /// tx.send(1).unwrap();
    /// assert!(!rx.is_terminated());
    /// (&mut rx).await.unwrap();
    /// assert!(rx.is_terminated());
    /// # });
    /// ```
    pub fn is_terminated(&self) -> bool {
        self.cell.is_none()
    }

    /// Returns whether there is no value to take, now or ever.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::oneshot::channel();
    /// assert!(rx.is_empty());
    /// tx.send(1).unwrap();
    /// assert!(!rx.is_empty());
    /// rx.try_recv().unwrap();
    /// assert!(rx.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.cell().is_none_or(|cell| cell.load() & VALUE == 0)
    }

    /// Takes the value if it is there. Never waits.
    ///
    /// # Errors
    ///
    /// Returns [`TryRecvError::Empty`] if nothing was sent yet, [`TryRecvError::Closed`] if nothing will ever come.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::oneshot::{channel, error::TryRecvError};
    ///
    /// let (tx, mut rx) = channel();
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let Some(cell) = self.cell() else {
            return Err(TryRecvError::Closed);
        };
        let state = cell.load();
        if state & RESULT == 0 {
            return Err(TryRecvError::Empty);
        }
        self.finish(state).map_err(|_| TryRecvError::Closed)
    }

    /// Waits for the value, blocking the thread.
    ///
    /// # Errors
    ///
    /// Returns [`RecvError`] if the sender is dropped without sending.
    ///
    /// # Panics
    ///
    /// Panics inside asynchronous code; await the receiver there.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, rx) = runtime_sync::oneshot::channel();
    /// let thread = std::thread::spawn(move || rx.blocking_recv());
    /// tx.send(5).unwrap();
    /// assert_eq!(thread.join().unwrap(), Ok(5));
    /// ```
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        blocking::wait(self)
    }

    fn cell(&self) -> Option<&Cell<T>> {
        // SAFETY: the cell lives until both halves are gone.
        self.cell.map(|cell| unsafe { &*cell.as_ptr() })
    }

    /// Takes the result that `state`, just loaded, promises, and ends this half.
    fn finish(&mut self, state: usize) -> Result<T, RecvError> {
        let Some(cell) = self.cell.take() else {
            return Err(RecvError(()));
        };
        let value = (state & VALUE != 0).then(|| {
            // SAFETY: the cell lives until both halves are gone, and this half is not.
            let shared = unsafe { cell.as_ref() };
            // SAFETY: `VALUE` was loaded with Acquire, and only the receiver, here, takes the value.
            unsafe { shared.take_value() }
        });
        // SAFETY: the receiver's half ends here, its value is out.
        unsafe { Cell::drop_receiver(cell, false) };
        value.ok_or(RecvError(()))
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(cell) = self.cell() else {
            panic!("a oneshot receiver was polled: called after complete");
        };
        let coop = ready!(coop::poll_proceed(cx));
        // SAFETY: the caller is the receiver, borrowed mutably.
        let state = unsafe { cell.wait(RX_WAKER, RESULT, cx) };
        if state & RESULT == 0 {
            return Poll::Pending;
        }
        coop.made_progress();
        Poll::Ready(self.finish(state))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            // SAFETY: the receiver's half ends here.
            unsafe { Cell::drop_receiver(cell, true) };
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("inner", &self.cell())
            .finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("inner", &self.cell())
            .finish()
    }
}

/// What the two halves share.
struct Cell<T> {
    state: AtomicUsize,
    /// Written by the sender before `VALUE`; taken by the receiver after it.
    value: UnsafeCell<MaybeUninit<T>>,
    /// The slots behind `RX_WAKER` and `TX_WAKER`.
    rx_waker: UnsafeCell<MaybeUninit<Waker>>,
    tx_waker: UnsafeCell<MaybeUninit<Waker>>,
}

impl<T> Cell<T> {
    fn new() -> Self {
        Self {
            state: AtomicUsize::new(0),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            rx_waker: UnsafeCell::new(MaybeUninit::uninit()),
            tx_waker: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    #[inline]
    fn load(&self) -> usize {
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
    unsafe fn take_value(&self) -> T {
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
    unsafe fn wait(&self, bit: usize, news: usize, cx: &Context<'_>) -> usize {
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
        // AcqRel: the waker is written before the other side can see the bit; and if the other side was faster, what
        // it wrote is visible.
        state = self.state.fetch_or(bit, AcqRel);
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
    unsafe fn send(this: NonNull<Self>, value: T) -> Result<(), T> {
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
            // AcqRel: the value is written before `VALUE` is seen; a waker is seen as it was written.
            match cell
                .state
                .compare_exchange_weak(state, next, AcqRel, Acquire)
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
    unsafe fn drop_sender(this: NonNull<Self>) {
        // SAFETY: the cell lives until both halves are gone, and this half is not.
        let cell = unsafe { this.as_ref() };
        let mut state = cell.load();
        loop {
            // As in `send`: gone at once, unless there is something to look after, the cell itself included.
            let quick = state & (RX_WAKER | TX_WAKER | RX_GONE) == 0;
            let gone = if quick { TX_GONE } else { 0 };
            let next = (state | DROPPED | gone) & !(RX_WAKER | TX_WAKER);
            // AcqRel: a waker is seen as it was written; what this side did in the cell is over.
            match cell
                .state
                .compare_exchange_weak(state, next, AcqRel, Acquire)
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
    unsafe fn close(&self) {
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
    unsafe fn drop_receiver(this: NonNull<Self>, unread: bool) {
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
        drop(unsafe { Box::from_raw(this.as_ptr()) });
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
