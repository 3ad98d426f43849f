//! The sending ends.

use std::fmt;

use super::chan::Chan;
use super::gate::{Bounded, Unbounded};
use super::tx::{Tx, WeakTx};

/// Sends to a bounded channel. Clones send to the same channel.
pub struct Sender<T> {
    pub(super) chan: Tx<T, Bounded>,
}

/// A [`Sender`] that does not keep the channel open.
///
/// # Examples
///
/// ```
/// let (tx, _rx) = runtime_sync::mpsc::channel::<i32>(1);
/// let weak = tx.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(tx);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakSender<T> {
    pub(super) chan: WeakTx<T, Bounded>,
}

/// Sends to an unbounded channel. Clones send to the same channel.
pub struct UnboundedSender<T> {
    pub(super) chan: Tx<T, Unbounded>,
}

/// A [`UnboundedSender`] that does not keep the channel open.
///
/// # Examples
///
/// ```
/// let (tx, _rx) = runtime_sync::mpsc::unbounded_channel::<i32>();
/// let weak = tx.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(tx);
/// assert!(weak.upgrade().is_none());
/// ```
pub struct WeakUnboundedSender<T> {
    pub(super) chan: WeakTx<T, Unbounded>,
}

/// What both can do. `$open` opens the channel in the examples.
macro_rules! sender {
    ($sender:ident, $weak:ident, $gate:ident, $open:literal) => {
        impl<T> $sender<T> {
            pub(super) fn chan(&self) -> &Chan<T, $gate> {
                self.chan.chan()
            }

            /// Waits until the receiver is closed or gone.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses nothing.
            ///
            /// # Examples
            ///
            /// ```
            /// # futures_executor::block_on(async {
            #[doc = concat!("let (tx, rx) = runtime_sync::mpsc::", $open, ";")]
            /// drop(rx);
            /// tx.closed().await;
            /// # });
            /// ```
            pub async fn closed(&self) {
                self.chan().closed().await;
            }

            /// Returns whether the receiver is closed or gone.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert!(!tx.is_closed());
            /// drop(rx);
            /// assert!(tx.is_closed());
            /// ```
            pub fn is_closed(&self) -> bool {
                self.chan().is_closed()
            }

            /// Returns whether the two senders are of the same channel.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, _rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert!(tx.same_channel(&tx.clone()));
            /// ```
            pub fn same_channel(&self, other: &Self) -> bool {
                self.chan.same_channel(&other.chan)
            }

            /// Makes a sender that does not keep the channel open.
            ///
            /// # Examples
            ///
            /// ```
            /// # futures_executor::block_on(async {
            #[doc = concat!("let (tx, mut rx) = runtime_sync::mpsc::", $open, ";")]
            /// let _weak = tx.downgrade();
            /// drop(tx);
            /// assert_eq!(rx.recv().await, None);
            /// # });
            /// ```
            #[must_use = "this makes a weak sender and leaves the sender as it is"]
            pub fn downgrade(&self) -> $weak<T> {
                $weak {
                    chan: self.chan.downgrade(),
                }
            }

            #[doc = concat!("Returns how many [`", stringify!($sender), "`](super::", stringify!($sender), ")s there are.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, _rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert_eq!(tx.strong_count(), 1);
            /// ```
            pub fn strong_count(&self) -> usize {
                self.chan().senders.strong()
            }

            #[doc = concat!("Returns how many [`", stringify!($weak), "`](super::", stringify!($weak), ")s there are.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, _rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert_eq!(tx.weak_count(), 0);
            /// ```
            pub fn weak_count(&self) -> usize {
                self.chan().senders.weak()
            }
        }

        impl<T> $weak<T> {
            /// Makes a sender, unless the last one is gone.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, _rx) = runtime_sync::mpsc::", $open, ";")]
            /// let weak = tx.downgrade();
            /// assert!(tx.same_channel(&weak.upgrade().unwrap()));
            /// ```
            pub fn upgrade(&self) -> Option<$sender<T>> {
                self.chan.upgrade().map(|chan| $sender { chan })
            }

            #[doc = concat!("Returns how many [`", stringify!($sender), "`](super::", stringify!($sender), ")s there are.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, _rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert_eq!(tx.downgrade().strong_count(), 1);
            /// ```
            pub fn strong_count(&self) -> usize {
                self.chan.chan().senders.strong()
            }

            #[doc = concat!("Returns how many [`", stringify!($weak), "`](super::", stringify!($weak), ")s there are.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let (tx, _rx) = runtime_sync::mpsc::", $open, ";")]
            /// assert_eq!(tx.downgrade().weak_count(), 1);
            /// ```
            pub fn weak_count(&self) -> usize {
                self.chan.chan().senders.weak()
            }
        }

        impl<T> Clone for $sender<T> {
            fn clone(&self) -> Self {
                Self {
                    chan: self.chan.clone(),
                }
            }
        }

        impl<T> Clone for $weak<T> {
            fn clone(&self) -> Self {
                Self {
                    chan: self.chan.clone(),
                }
            }
        }

        impl<T> fmt::Debug for $sender<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($sender))
                    .field("chan", &self.chan)
                    .finish()
            }
        }

        impl<T> fmt::Debug for $weak<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($weak)).finish()
            }
        }
    };
}

sender!(Sender, WeakSender, Bounded, "channel::<i32>(4)");
sender!(
    UnboundedSender,
    WeakUnboundedSender,
    Unbounded,
    "unbounded_channel::<i32>()"
);
