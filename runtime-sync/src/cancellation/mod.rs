//! Telling many tasks to stop.

mod guard;
mod tree;

use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use crate::notify::{Notified, Notify, Wait};
use crate::primitive::Arc;
use crate::wait_list::{Host, WaitQueue};

pub use guard::{DropGuard, DropGuardRef};
use tree::Node;

/// A request to stop that can be given to any number of tasks.
///
/// Clones are the same token. A [child](Self::child_token) is cancelled with its parent, but not the other way round.
/// To cancel one of many children costs the same however many there are.
///
/// # Examples
///
/// ```
/// use runtime_sync::CancellationToken;
///
/// # futures_executor::block_on(async {
/// let token = CancellationToken::new();
/// let child = token.child_token();
/// let thread = std::thread::spawn(move || token.cancel());
/// child.cancelled().await;
/// assert!(child.is_cancelled());
/// thread.join().unwrap();
/// # });
/// ```
pub struct CancellationToken {
    node: Arc<Node>,
}

impl UnwindSafe for CancellationToken {}
impl RefUnwindSafe for CancellationToken {}

impl CancellationToken {
    /// Creates a token that is not cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!runtime_sync::CancellationToken::new().is_cancelled());
    /// ```
    pub fn new() -> Self {
        Self { node: Node::root() }
    }

    /// Creates a token that is cancelled with this one, and by itself. If this one is cancelled, so is the child.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = runtime_sync::CancellationToken::new();
    /// let (one, two) = (token.child_token(), token.child_token());
    /// one.cancel();
    /// assert!(!token.is_cancelled() && !two.is_cancelled());
    /// token.cancel();
    /// assert!(two.is_cancelled());
    /// ```
    #[must_use]
    pub fn child_token(&self) -> Self {
        Self {
            node: Node::child(&self.node),
        }
    }

    /// Cancels this token and all its descendants, and wakes those who wait for them.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = runtime_sync::CancellationToken::new();
    /// token.clone().cancel();
    /// assert!(token.is_cancelled());
    /// ```
    pub fn cancel(&self) {
        Node::cancel(&self.node);
    }

    /// Returns whether the token is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!runtime_sync::CancellationToken::new().is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.node.is_cancelled()
    }

    /// Waits until the token is cancelled; ready at once if it is.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let token = runtime_sync::CancellationToken::new();
    /// token.cancel();
    /// token.cancelled().await;
    /// # });
    /// ```
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        WaitForCancellationFuture {
            woken: self.node.notify.notified(),
            token: self,
        }
    }

    /// Like [`cancelled`](Self::cancelled), with a future that contains the token and may outlive every borrow.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let token = runtime_sync::CancellationToken::new();
    /// let cancelled = token.clone().cancelled_owned();
    /// token.cancel();
    /// cancelled.await;
    /// # });
    /// ```
    pub fn cancelled_owned(self) -> WaitForCancellationFutureOwned {
        WaitForCancellationFutureOwned {
            woken: Wait::new(NodeRef(Arc::clone(&self.node))),
            token: self,
        }
    }

    /// Turns the token into a guard that cancels it when dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = runtime_sync::CancellationToken::new();
    /// drop(token.clone().drop_guard());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> DropGuard {
        DropGuard::new(self)
    }

    /// Makes a guard that cancels the token when dropped, and borrows it.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = runtime_sync::CancellationToken::new();
    /// drop(token.drop_guard_ref());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard_ref(&self) -> DropGuardRef<'_> {
        DropGuardRef::new(self)
    }

    /// Runs a future until it is done or the token is cancelled: then returns `None`, and the future is dropped.
    ///
    /// If the token is cancelled at the start, the future is not polled. Later on, a future that is done wins.
    ///
    /// # Cancel safety
    ///
    /// As cancel safe as the future itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let token = runtime_sync::CancellationToken::new();
    /// assert_eq!(token.run_until_cancelled(async { 1 }).await, Some(1));
    /// token.cancel();
    /// assert_eq!(token.run_until_cancelled(async { 1 }).await, None);
    /// # });
    /// ```
    pub async fn run_until_cancelled<F>(&self, fut: F) -> Option<F::Output>
    where
        F: Future,
    {
        if self.is_cancelled() {
            return None;
        }
        let (mut fut, mut cancelled) = (pin!(fut), pin!(self.cancelled()));
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = fut.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            cancelled.as_mut().poll(cx).map(|()| None)
        })
        .await
    }

    /// Like [`run_until_cancelled`](Self::run_until_cancelled), with a future that contains the token.
    ///
    /// # Cancel safety
    ///
    /// As cancel safe as the future itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let token = runtime_sync::CancellationToken::new();
    /// assert_eq!(token.run_until_cancelled_owned(async { 1 }).await, Some(1));
    /// # });
    /// ```
    pub async fn run_until_cancelled_owned<F>(self, fut: F) -> Option<F::Output>
    where
        F: Future,
    {
        self.run_until_cancelled(fut).await
    }
}

impl Clone for CancellationToken {
    fn clone(&self) -> Self {
        self.node.add_token();
        Self {
            node: Arc::clone(&self.node),
        }
    }
}

impl Drop for CancellationToken {
    fn drop(&mut self) {
        Node::remove_token(&self.node);
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

/// Two tokens are equal if one is a clone of the other.
impl PartialEq for CancellationToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.node, &other.node)
    }
}

impl Eq for CancellationToken {}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken")
            .field("is_cancelled", &self.is_cancelled())
            .finish()
    }
}

/// The future of [`CancellationToken::cancelled`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WaitForCancellationFuture<'a> {
    token: &'a CancellationToken,
    /// Made before the token is looked at, and woken once: that is enough, as a token is cancelled once.
    woken: Notified<'a>,
}

/// The future of [`CancellationToken::cancelled_owned`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WaitForCancellationFutureOwned {
    token: CancellationToken,
    woken: Wait<NodeRef>,
}

/// Shared ownership of a node, as the way to its `Notify`.
struct NodeRef(Arc<Node>);

impl Deref for NodeRef {
    type Target = Notify;

    fn deref(&self) -> &Notify {
        &self.0.notify
    }
}

// SAFETY: the `Arc` keeps the node alive and in place; the queue is a field of a field of it.
unsafe impl Host for NodeRef {
    type State = ();
    type Payload = ();

    fn queue(&self) -> &WaitQueue<(), ()> {
        self.0.notify.queue()
    }
}

impl Future for WaitForCancellationFuture<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.token.is_cancelled() {
            return Poll::Ready(());
        }
        // SAFETY: `woken` is pinned because `self` is; nothing else leads to it mutably.
        let woken = unsafe { self.map_unchecked_mut(|this| &mut this.woken) };
        woken.poll(cx)
    }
}

impl Future for WaitForCancellationFutureOwned {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.token.is_cancelled() {
            return Poll::Ready(());
        }
        // SAFETY: `woken` is pinned because `self` is; nothing else leads to it mutably.
        let woken = unsafe { self.map_unchecked_mut(|this| &mut this.woken) };
        woken.advance(Some(cx.waker()))
    }
}

impl fmt::Debug for WaitForCancellationFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForCancellationFuture").finish()
    }
}

impl fmt::Debug for WaitForCancellationFutureOwned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForCancellationFutureOwned").finish()
    }
}
