//! A limit on how many do something at a time that knows who they are.
//!
//! # Words
//!
//! A **token** is the right to be one of them; a **borrower** holds one at most. The **total** can be changed at any
//! time.
//!
//! # The rule
//!
//! 1. The books ([`Ledger`]) and the line of those who wait are behind one lock, and change together.
//! 2. A token that comes back goes to the head of the line directly; while anyone waits, nobody else gets one.
//! 3. More tokens are handed out at once. Fewer take effect as tokens come back: none is taken away.
//! 4. A borrower who has a place in line and is dropped leaves the books; one who was given a token and did not see it
//!    yet gives it back.
//!
//! A [`Semaphore`](crate::Semaphore) is cheaper and does not know its holders. Borrowers have names, so a task that
//! asks twice, which with one token would wait for itself for ever, gets an error.

mod borrower;
mod error;
mod ledger;
mod token;

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use runtime_core::coop;

use crate::wait_list::{IDLE, QueueGuard, WaitQueue, Waiter, wake_each};
use ledger::Ledger;

pub use borrower::Borrower;
pub use error::{AlreadyBorrowed, TryAcquireTokenError};
pub use token::{CapacityToken, OwnedCapacityToken};

/// The signal of a waiter that has a token.
const GRANTED: u8 = 2;

/// Limits how many borrowers do something at a time; each holds one token at most.
///
/// # Examples
///
/// ```
/// use runtime_sync::CapacityLimiter;
///
/// # futures_executor::block_on(async {
/// let limiter = CapacityLimiter::new(2);
/// let token = limiter.acquire().await.unwrap();
/// assert_eq!(limiter.statistics().borrowed_tokens, 1);
/// drop(token);
/// # });
/// ```
pub struct CapacityLimiter {
    queue: WaitQueue<Ledger, Borrower>,
}

/// What a [`CapacityLimiter`] is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CapacityLimiterStatistics {
    /// How many tokens are borrowed. More than there are, if the total was lowered meanwhile.
    pub borrowed_tokens: usize,
    /// How many tokens there are.
    pub total_tokens: usize,
    /// Who holds a token.
    pub borrowers: Vec<Borrower>,
    /// How many wait for one.
    pub tasks_waiting: usize,
}

impl CapacityLimiter {
    /// Creates a limiter with `total_tokens` tokens; `usize::MAX` is no limit.
    ///
    /// Without any token everybody waits until [`set_total_tokens`](Self::set_total_tokens) makes some.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::CapacityLimiter::new(40).available_tokens(), 40);
    /// ```
    pub fn new(total_tokens: usize) -> Self {
        Self {
            queue: WaitQueue::new(Ledger::new(total_tokens)),
        }
    }

    /// Creates a limiter in a constant or static.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::CapacityLimiter;
    /// static LOOKUPS: CapacityLimiter = CapacityLimiter::const_new(10);
    /// assert_eq!(LOOKUPS.total_tokens(), 10);
    /// ```
    #[cfg(not(loom))]
    pub const fn const_new(total_tokens: usize) -> Self {
        Self {
            queue: WaitQueue::new(Ledger::new(total_tokens)),
        }
    }

    /// Borrows a token for the running task, waiting in line for one.
    ///
    /// Outside a task each call is a borrower of its own. A token that outlives its task should have a borrower of its
    /// own too ([`acquire_on_behalf_of`](Self::acquire_on_behalf_of)): a later task may get the id of the one that is
    /// gone.
    ///
    /// # Errors
    ///
    /// Returns [`AlreadyBorrowed`] if this task holds a token already, or waits for one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(async {
    ///     let limiter = runtime_sync::CapacityLimiter::new(2);
    ///     let _token = limiter.acquire().await.unwrap();
    ///     assert!(limiter.acquire().await.is_err());
    /// });
    /// rt.block_on(task).unwrap();
    /// ```
    pub async fn acquire(&self) -> Result<CapacityToken<'_>, AlreadyBorrowed> {
        self.acquire_on_behalf_of(Borrower::current()).await
    }

    /// Borrows a token for `borrower`, waiting in line for one.
    ///
    /// # Errors
    ///
    /// Returns [`AlreadyBorrowed`] if `borrower` holds a token already, or waits for one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line and nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Borrower, CapacityLimiter};
    ///
    /// # futures_executor::block_on(async {
    /// let (limiter, me) = (CapacityLimiter::new(2), Borrower::new());
    /// let _token = limiter.acquire_on_behalf_of(me).await.unwrap();
    /// assert!(limiter.acquire_on_behalf_of(me).await.is_err());
    /// # });
    /// ```
    pub async fn acquire_on_behalf_of(
        &self,
        borrower: Borrower,
    ) -> Result<CapacityToken<'_>, AlreadyBorrowed> {
        self.borrow(borrower).await?;
        Ok(CapacityToken::new(self, borrower))
    }

    /// Like [`acquire`](Self::acquire), with a token that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::CapacityLimiter;
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let limiter = Arc::new(CapacityLimiter::new(1));
    /// let token = Arc::clone(&limiter).acquire_owned().await.unwrap();
    /// std::thread::spawn(move || drop(token)).join().unwrap();
    /// assert_eq!(limiter.available_tokens(), 1);
    /// # });
    /// ```
    pub async fn acquire_owned(self: Arc<Self>) -> Result<OwnedCapacityToken, AlreadyBorrowed> {
        self.acquire_owned_on_behalf_of(Borrower::current()).await
    }

    /// Like [`acquire_on_behalf_of`](Self::acquire_on_behalf_of), with a token that may outlive every borrow.
    ///
    /// # Errors
    ///
    /// As [`acquire_on_behalf_of`](Self::acquire_on_behalf_of).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire_on_behalf_of`](Self::acquire_on_behalf_of).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Borrower, CapacityLimiter};
    /// use std::sync::Arc;
    ///
    /// # futures_executor::block_on(async {
    /// let limiter = Arc::new(CapacityLimiter::new(1));
    /// let _token = Arc::clone(&limiter).acquire_owned_on_behalf_of(Borrower::new()).await.unwrap();
    /// assert_eq!(limiter.available_tokens(), 0);
    /// # });
    /// ```
    pub async fn acquire_owned_on_behalf_of(
        self: Arc<Self>,
        borrower: Borrower,
    ) -> Result<OwnedCapacityToken, AlreadyBorrowed> {
        self.borrow(borrower).await?;
        Ok(OwnedCapacityToken::new(self, borrower))
    }

    /// Borrows a token for the running task if one is free.
    ///
    /// # Errors
    ///
    /// Returns [`TryAcquireTokenError::AlreadyBorrowed`] if this task holds a token already, or waits for one;
    /// [`TryAcquireTokenError::NoTokens`] if none is free.
    ///
    /// # Examples
    ///
    /// ```
    /// let limiter = runtime_sync::CapacityLimiter::new(1);
    /// let _token = limiter.try_acquire().unwrap();
    /// assert!(limiter.try_acquire().is_err());
    /// ```
    pub fn try_acquire(&self) -> Result<CapacityToken<'_>, TryAcquireTokenError> {
        self.try_acquire_on_behalf_of(Borrower::current())
    }

    /// Borrows a token for `borrower` if one is free.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Borrower, CapacityLimiter};
    ///
    /// let limiter = CapacityLimiter::new(1);
    /// assert!(limiter.try_acquire_on_behalf_of(Borrower::new()).is_ok());
    /// ```
    pub fn try_acquire_on_behalf_of(
        &self,
        borrower: Borrower,
    ) -> Result<CapacityToken<'_>, TryAcquireTokenError> {
        self.queue.lock().state.borrow(borrower)?;
        Ok(CapacityToken::new(self, borrower))
    }

    /// Returns how many tokens there are.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::CapacityLimiter::new(3).total_tokens(), 3);
    /// ```
    pub fn total_tokens(&self) -> usize {
        self.statistics().total_tokens
    }

    /// Changes how many tokens there are.
    ///
    /// If there are more now, those who wait get them. If there are fewer than are borrowed, nobody loses one, and
    /// nobody gets one until enough came back.
    ///
    /// # Examples
    ///
    /// ```
    /// let limiter = runtime_sync::CapacityLimiter::new(1);
    /// let one = limiter.try_acquire().unwrap();
    /// limiter.set_total_tokens(2);
    /// assert!(limiter.try_acquire().is_ok());
    /// limiter.set_total_tokens(0);
    /// drop(one);
    /// assert!(limiter.try_acquire().is_err());
    /// ```
    pub fn set_total_tokens(&self, total_tokens: usize) {
        let mut locked = self.queue.lock();
        locked.state.set_total(total_tokens);
        self.serve(locked);
    }

    /// Returns how many tokens are borrowed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runtime_sync::CapacityLimiter::new(3).borrowed_tokens(), 0);
    /// ```
    pub fn borrowed_tokens(&self) -> usize {
        self.statistics().borrowed_tokens
    }

    /// Returns how many tokens are free.
    ///
    /// # Examples
    ///
    /// ```
    /// let limiter = runtime_sync::CapacityLimiter::new(3);
    /// let _token = limiter.try_acquire().unwrap();
    /// assert_eq!(limiter.available_tokens(), 2);
    /// ```
    pub fn available_tokens(&self) -> usize {
        let now = self.statistics();
        now.total_tokens.saturating_sub(now.borrowed_tokens)
    }

    /// Returns what the limiter is doing at one moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::{Borrower, CapacityLimiter};
    ///
    /// let (limiter, me) = (CapacityLimiter::new(3), Borrower::new());
    /// let _token = limiter.try_acquire_on_behalf_of(me).unwrap();
    /// assert_eq!(limiter.statistics().borrowers, [me]);
    /// ```
    pub fn statistics(&self) -> CapacityLimiterStatistics {
        self.queue.lock().state.statistics()
    }

    /// Takes a token for `borrower`, in line.
    async fn borrow(&self, borrower: Borrower) -> Result<(), AlreadyBorrowed> {
        let mut turn = Turn {
            limiter: self,
            waiter: pin!(Waiter::new(&self.queue, borrower)),
            borrower,
            listed: false,
        };
        std::future::poll_fn(|cx| turn.poll(cx)).await
    }

    /// A token comes back (rule 2), or a borrower leaves the line.
    fn release(&self, borrower: Borrower) {
        let mut locked = self.queue.lock();
        locked.state.forget(borrower);
        self.serve(locked);
    }

    /// Hands free tokens to those who wait.
    fn serve(&self, locked: QueueGuard<'_, Ledger, Borrower>) {
        wake_each(&self.queue, locked, |locked| {
            if !locked.state.has_free_token() {
                return None;
            }
            let borrower = *locked.front_mut()?;
            locked.state.grant(borrower);
            locked.pop_front(GRANTED)
        });
    }
}

impl fmt::Debug for CapacityLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = self.statistics();
        f.debug_struct("CapacityLimiter")
            .field("borrowed_tokens", &now.borrowed_tokens)
            .field("total_tokens", &now.total_tokens)
            .field("tasks_waiting", &now.tasks_waiting)
            .finish()
    }
}

/// One borrower's way to a token.
struct Turn<'a, 'p> {
    limiter: &'a CapacityLimiter,
    waiter: Pin<&'p mut Waiter<&'a WaitQueue<Ledger, Borrower>>>,
    borrower: Borrower,
    /// The borrower is in the books, and nobody else will take it out.
    listed: bool,
}

impl Turn<'_, '_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AlreadyBorrowed>> {
        // The place in line is taken before the budget is asked: a task without budget must not be overtaken.
        if !self.listed {
            ready!(self.start(cx))?;
        } else if self.waiter.signal() != IDLE {
            ready!(self.waiter.as_ref().poll_signal(cx.waker()));
        }
        ready!(coop::poll_proceed(cx)).made_progress();
        // The token is the caller's from here on.
        self.listed = false;
        Poll::Ready(Ok(()))
    }

    /// The first poll: ready with a token or an error, or in line.
    fn start(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), AlreadyBorrowed>> {
        let waker = cx.waker().clone();
        let mut locked = self.limiter.queue.lock();
        match locked.state.borrow(self.borrower) {
            Ok(()) => {
                self.listed = true;
                Poll::Ready(Ok(()))
            }
            Err(TryAcquireTokenError::AlreadyBorrowed) => Poll::Ready(Err(AlreadyBorrowed(()))),
            Err(TryAcquireTokenError::NoTokens) => {
                locked.state.begin_wait(self.borrower);
                self.waiter
                    .as_mut()
                    .push(&mut locked, Some(waker), self.borrower);
                self.listed = true;
                Poll::Pending
            }
        }
    }
}

impl Drop for Turn<'_, '_> {
    /// Rule 4.
    fn drop(&mut self) {
        if !self.listed {
            return;
        }
        let mut locked = self.limiter.queue.lock();
        let waker = self.waiter.as_ref().remove(&mut locked);
        locked.state.forget(self.borrower);
        self.limiter.serve(locked);
        drop(waker);
    }
}
