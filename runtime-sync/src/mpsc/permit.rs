//! Room in a bounded channel, reserved before there is a message.

use std::fmt;
use std::iter::FusedIterator;
use std::mem::ManuallyDrop;

use super::chan::Chan;
use super::gate::Bounded;
use super::sender::Sender;

/// Room for one message, made by [`Sender::reserve`]. Dropping it gives the room back.
#[clippy::has_significant_drop]
pub struct Permit<'a, T> {
    chan: &'a Chan<T, Bounded>,
}

/// Room for several messages, made by [`Sender::reserve_many`]: an iterator of [`Permit`]s. Dropping it gives the
/// rest back.
#[clippy::has_significant_drop]
pub struct PermitIterator<'a, T> {
    chan: &'a Chan<T, Bounded>,
    n: usize,
}

/// Room for one message together with the [`Sender`], made by [`Sender::reserve_owned`]. Dropping it gives the room
/// back and drops the sender.
#[clippy::has_significant_drop]
pub struct OwnedPermit<T> {
    /// `None` only in the middle of a consuming method.
    sender: Option<Sender<T>>,
}

impl<'a, T> Permit<'a, T> {
    pub(super) fn new(chan: &'a Chan<T, Bounded>) -> Self {
        Self { chan }
    }

    /// Sends a message into the reserved room.
    ///
    /// If the receiver is gone, the message is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::channel(1);
    /// let permit = tx.reserve().await.unwrap();
    /// permit.send(7);
    /// assert_eq!(rx.recv().await, Some(7));
    /// # });
    /// ```
    pub fn send(self, value: T) {
        let this = ManuallyDrop::new(self);
        // The list is open: it closes with the last sender, and this one is borrowed.
        drop(this.chan.push(value));
    }
}

impl<'a, T> PermitIterator<'a, T> {
    pub(super) fn new(chan: &'a Chan<T, Bounded>, n: usize) -> Self {
        Self { chan, n }
    }
}

impl<T> OwnedPermit<T> {
    pub(super) fn new(sender: Sender<T>) -> Self {
        Self {
            sender: Some(sender),
        }
    }

    /// Sends a message into the reserved room and returns the sender.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, mut rx) = runtime_sync::mpsc::channel(1);
    /// let permit = tx.reserve_owned().await.unwrap();
    /// let tx = permit.send(7);
    /// assert_eq!(rx.recv().await, Some(7));
    /// tx.send(8).await.unwrap();
    /// # });
    /// ```
    pub fn send(self, value: T) -> Sender<T> {
        let sender = self.into_sender();
        // The list is open, as `sender` lives.
        drop(sender.chan().push(value));
        sender
    }

    /// Gives the room back and returns the sender.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let (tx, _rx) = runtime_sync::mpsc::channel::<i32>(1);
    /// let permit = tx.reserve_owned().await.unwrap();
    /// let tx = permit.release();
    /// assert_eq!(tx.capacity(), 1);
    /// # });
    /// ```
    pub fn release(self) -> Sender<T> {
        let sender = self.into_sender();
        sender.chan().release(1);
        sender
    }

    /// Returns whether the two permits are of the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::channel::<i32>(2);
    /// let one = tx.clone().try_reserve_owned().unwrap();
    /// let two = tx.try_reserve_owned().unwrap();
    /// assert!(one.same_channel(&two));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        match (&self.sender, &other.sender) {
            (Some(one), Some(other)) => one.same_channel(other),
            _ => false,
        }
    }

    /// Returns whether the permit is of the channel of `sender`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (tx, _rx) = runtime_sync::mpsc::channel::<i32>(2);
    /// let permit = tx.clone().try_reserve_owned().unwrap();
    /// assert!(permit.same_channel_as_sender(&tx));
    /// ```
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.sender
            .as_ref()
            .is_some_and(|own| own.same_channel(sender))
    }

    fn into_sender(mut self) -> Sender<T> {
        match self.sender.take() {
            Some(sender) => sender,
            None => unreachable!("only consuming methods take the sender"),
        }
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        self.n = self.n.checked_sub(1)?;
        Some(Permit { chan: self.chan })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.n, Some(self.n))
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.chan.release(1);
    }
}

impl<T> Drop for PermitIterator<'_, T> {
    fn drop(&mut self) {
        if self.n > 0 {
            self.chan.release(self.n);
        }
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.chan().release(1);
        }
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("chan", &self.chan).finish()
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitIterator")
            .field("chan", &self.chan)
            .field("capacity", &self.n)
            .finish()
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("chan", &self.sender)
            .finish()
    }
}
