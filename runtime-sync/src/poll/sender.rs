//! A bounded sender to be polled by hand.

use std::fmt;
use std::future::pending;
use std::mem;
use std::task::{Context, Poll, ready};

use super::ReusableBoxFuture;
use crate::mpsc::error::SendError;
use crate::mpsc::{OwnedPermit, Sender};

/// A sender of a bounded channel that is polled for room, and then given the message.
///
/// With the feature `stream` it is a `Sink`.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use runtime_sync::{PollSender, mpsc};
///
/// # futures_executor::block_on(async {
/// let (send, mut receive) = mpsc::channel(1);
/// let mut sender = PollSender::new(send);
/// poll_fn(|cx| sender.poll_reserve(cx)).await.unwrap();
/// sender.send_item("hello").unwrap();
/// assert_eq!(receive.recv().await, Some("hello"));
///
/// drop(receive);
/// assert!(poll_fn(|cx| sender.poll_reserve(cx)).await.is_err());
/// # });
/// ```
pub struct PollSender<T> {
    /// `None` once it is closed.
    sender: Option<Sender<T>>,
    state: State<T>,
    /// Made at the first wait.
    wait: Option<Wait<T>>,
}

type Wait<T> = ReusableBoxFuture<'static, Result<OwnedPermit<T>, SendError<()>>>;

#[derive(Debug)]
enum State<T> {
    Idle,
    /// In line for room.
    Reserving,
    Reserved(OwnedPermit<T>),
    Closed,
}

/// One type for a wait and for none, so that all have one layout.
async fn reserve<T>(sender: Option<Sender<T>>) -> Result<OwnedPermit<T>, SendError<()>> {
    match sender {
        Some(sender) => sender.reserve_owned().await,
        None => pending().await,
    }
}

impl<T: Send + 'static> PollSender<T> {
    /// Wraps a sender.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSender, mpsc};
    ///
    /// let (send, _receive) = mpsc::channel::<u8>(1);
    /// assert!(!PollSender::new(send).is_closed());
    /// ```
    pub fn new(sender: Sender<T>) -> Self {
        Self {
            sender: Some(sender),
            state: State::Idle,
            wait: None,
        }
    }

    /// Polls for room for one message. Ready: [`send_item`](Self::send_item) may be called, once.
    ///
    /// Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// Returns an error, for good, if the channel or this sender is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSender, mpsc};
    /// use std::task::{Context, Waker};
    ///
    /// let (send, mut receive) = mpsc::channel(1);
    /// send.try_send(1).unwrap();
    /// let mut sender = PollSender::new(send);
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert!(sender.poll_reserve(&mut cx).is_pending());
    /// assert_eq!(receive.try_recv(), Ok(1));
    /// assert!(sender.poll_reserve(&mut cx).is_ready());
    /// ```
    pub fn poll_reserve(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PollSendError<T>>> {
        match self.state {
            State::Reserved(_) => return Poll::Ready(Ok(())),
            State::Closed => return Poll::Ready(Err(PollSendError(None))),
            State::Idle => self.set_wait(self.sender.clone()),
            State::Reserving => {}
        }
        self.state = State::Reserving;
        let Some(wait) = &mut self.wait else {
            unreachable!("made above or at a poll before")
        };
        match ready!(wait.poll(cx)) {
            Ok(permit) => {
                self.state = State::Reserved(permit);
                Poll::Ready(Ok(()))
            }
            Err(SendError(())) => {
                self.state = State::Closed;
                Poll::Ready(Err(PollSendError(None)))
            }
        }
    }

    /// Sends a message into the room that was polled for.
    ///
    /// # Errors
    ///
    /// Returns the message if the channel or this sender is closed.
    ///
    /// # Panics
    ///
    /// Panics if there was no [`poll_reserve`](Self::poll_reserve) that was ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSender, mpsc};
    /// use std::future::poll_fn;
    ///
    /// # futures_executor::block_on(async {
    /// let (send, mut receive) = mpsc::channel(1);
    /// let mut sender = PollSender::new(send);
    /// poll_fn(|cx| sender.poll_reserve(cx)).await.unwrap();
    /// sender.send_item(7).unwrap();
    /// assert_eq!(receive.recv().await, Some(7));
    ///
    /// sender.close();
    /// assert_eq!(sender.send_item(8).unwrap_err().into_inner(), Some(8));
    /// # });
    /// ```
    #[track_caller]
    pub fn send_item(&mut self, value: T) -> Result<(), PollSendError<T>> {
        match self.take_reserved() {
            Some(permit) => {
                permit.send(value);
                Ok(())
            }
            None if self.is_closed() => Err(PollSendError(Some(value))),
            None => panic!(
                "`send_item` called without first calling `poll_reserve`: poll it until it is ready before each message"
            ),
        }
    }

    /// Returns true if this sender is closed, or has found the channel closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSender, mpsc};
    ///
    /// let (send, _receive) = mpsc::channel::<u8>(1);
    /// let mut sender = PollSender::new(send);
    /// assert!(!sender.is_closed());
    /// sender.close();
    /// assert!(sender.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.sender.is_none() || matches!(self.state, State::Closed)
    }

    /// Returns the sender inside; `None` if this one is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSender, mpsc};
    ///
    /// let (send, _receive) = mpsc::channel::<u8>(5);
    /// let mut sender = PollSender::new(send);
    /// assert_eq!(sender.get_ref().unwrap().capacity(), 5);
    /// sender.close();
    /// assert!(sender.get_ref().is_none());
    /// ```
    pub fn get_ref(&self) -> Option<&Sender<T>> {
        self.sender.as_ref()
    }

    /// Closes this sender, not the channel. A message may still be sent into room that was reserved before.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSender, mpsc};
    ///
    /// # futures_executor::block_on(async {
    /// let (send, mut receive) = mpsc::channel::<u8>(1);
    /// let mut sender = PollSender::new(send);
    /// sender.close();
    /// // It was the only one, so the channel ends.
    /// assert_eq!(receive.recv().await, None);
    /// # });
    /// ```
    pub fn close(&mut self) {
        self.sender = None;
        if !matches!(self.state, State::Reserved(_)) {
            self.leave_line();
            self.state = State::Closed;
        }
    }

    /// Gives up a place in line or reserved room. Returns false if there was neither.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use runtime_sync::{PollSender, mpsc};
    ///
    /// # futures_executor::block_on(async {
    /// let (send, _receive) = mpsc::channel::<u8>(1);
    /// let mut sender = PollSender::new(send.clone());
    /// poll_fn(|cx| sender.poll_reserve(cx)).await.unwrap();
    /// assert_eq!(send.capacity(), 0);
    /// assert!(sender.abort_send());
    /// assert_eq!(send.capacity(), 1);
    /// # });
    /// ```
    pub fn abort_send(&mut self) -> bool {
        if matches!(self.state, State::Reserving) {
            self.leave_line();
            self.state = self.rest();
            return true;
        }
        self.take_reserved().is_some()
    }

    fn take_reserved(&mut self) -> Option<OwnedPermit<T>> {
        let rest = self.rest();
        match mem::replace(&mut self.state, rest) {
            State::Reserved(permit) => Some(permit),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// The state without a place in line and without room.
    fn rest(&self) -> State<T> {
        match self.sender {
            Some(_) => State::Idle,
            None => State::Closed,
        }
    }

    fn leave_line(&mut self) {
        if self.wait.is_some() {
            self.set_wait(None);
        }
    }

    fn set_wait(&mut self, sender: Option<Sender<T>>) {
        match &mut self.wait {
            Some(wait) => wait.set(reserve(sender)),
            none => *none = Some(ReusableBoxFuture::new(reserve(sender))),
        }
    }
}

/// The clone is a sender of its own: neither in line nor with room.
impl<T> Clone for PollSender<T> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            state: match self.sender {
                Some(_) => State::Idle,
                None => State::Closed,
            },
            wait: None,
        }
    }
}

impl<T> fmt::Debug for PollSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Idle => "Idle",
            State::Reserving => "Reserving",
            State::Reserved(_) => "Reserved",
            State::Closed => "Closed",
        };
        f.debug_struct("PollSender")
            .field("sender", &self.sender)
            .field("state", &format_args!("{state}"))
            .finish()
    }
}

/// What a [`PollSender`] says when the channel or the sender itself is closed.
#[derive(Debug)]
pub struct PollSendError<T>(Option<T>);

impl<T> PollSendError<T> {
    /// Returns the message, if one was given to [`PollSender::send_item`].
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{PollSender, mpsc};
    ///
    /// let (send, _receive) = mpsc::channel(1);
    /// let mut sender = PollSender::new(send);
    /// sender.close();
    /// assert_eq!(sender.send_item("late").unwrap_err().into_inner(), Some("late"));
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T> fmt::Display for PollSendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: fmt::Debug> std::error::Error for PollSendError<T> {}

#[cfg(feature = "stream")]
impl<T: Send + 'static> futures_sink::Sink<T> for PollSender<T> {
    type Error = PollSendError<T>;

    fn poll_ready(
        self: std::pin::Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.get_mut().poll_reserve(cx)
    }

    fn start_send(self: std::pin::Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        self.get_mut().send_item(item)
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        self.get_mut().close();
        Poll::Ready(Ok(()))
    }
}
