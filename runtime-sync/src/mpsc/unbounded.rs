use super::chan::chan;
use super::error::SendError;
use super::gate::Unbounded;
use super::receiver::UnboundedReceiver;
use super::sender::UnboundedSender;

/// Creates a channel without a limit.
///
/// A sender that is faster than the receiver fills the memory: prefer [`channel`](super::channel) wherever the sender
/// can wait.
///
/// # Examples
///
/// ```
/// # futures_executor::block_on(async {
/// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
/// tx.send(1).unwrap();
/// drop(tx);
/// assert_eq!(rx.recv().await, Some(1));
/// assert_eq!(rx.recv().await, None);
/// # });
/// ```
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (tx, rx) = chan(Unbounded);
    (UnboundedSender { chan: tx }, UnboundedReceiver { chan: rx })
}

impl<T> UnboundedSender<T> {
    /// Sends a message. Never waits.
    ///
    /// Success does not mean that the message will be received: the receiver may be dropped at any moment.
    ///
    /// # Errors
    ///
    /// Returns the message if the receiver is closed or gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, mut rx) = runtime_sync::mpsc::unbounded_channel();
    /// tx.send(1).unwrap();
    /// assert_eq!(rx.try_recv(), Ok(1));
    /// drop(rx);
    /// assert_eq!(tx.send(2).unwrap_err().0, 2);
    /// ```
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.chan().push(message).map_err(SendError)
    }
}
