//! The sending half.

use std::fmt;
use std::ptr::NonNull;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::cell::{CLOSED, Cell, TX_WAKER};

/// Sends the value of a oneshot channel.
///
/// Dropping it without sending makes the receiver fail.
pub struct Sender<T> {
    /// `None` after `send`.
    pub(super) cell: Option<NonNull<Cell<T>>>,
}

// SAFETY: the sender may move a `T` to the thread of the receiver and drops or returns it on its own; it never shares
// it.
unsafe impl<T: Send> Send for Sender<T> {}
// SAFETY: a shared sender only reads the state word.
unsafe impl<T: Send> Sync for Sender<T> {}

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

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("inner", &self.cell())
            .finish()
    }
}
