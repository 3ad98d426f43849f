//! The receiving half.

use std::fmt;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use super::cell::{Cell, RESULT, RX_WAKER, VALUE};
use super::error::{RecvError, TryRecvError};
use crate::blocking;

/// Receives the value of a oneshot channel: a future of it.
///
/// Polled again after it was ready, it panics. Await `&mut receiver` to wait for a while and keep the receiver.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Receiver<T> {
    /// `None` after the result was taken.
    pub(super) cell: Option<NonNull<Cell<T>>>,
}

// SAFETY: as for the sender.
unsafe impl<T: Send> Send for Receiver<T> {}
// SAFETY: a shared receiver only reads the state word.
unsafe impl<T: Send> Sync for Receiver<T> {}

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

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("inner", &self.cell())
            .finish()
    }
}
