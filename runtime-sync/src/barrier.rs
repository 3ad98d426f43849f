//! A meeting point for a fixed number of tasks.

use std::fmt;
use std::pin::pin;
use std::task::Poll;

use crate::wait_list::{IDLE, WaitQueue, Waiter, wake_each};

/// The signal of a waiter whose round is complete.
const RELEASED: u8 = 2;

/// Lets `n` tasks wait for each other, again and again.
///
/// # Examples
///
/// ```
/// use futures_util::future::join_all;
/// use runtime_sync::Barrier;
///
/// # futures_executor::block_on(async {
/// let barrier = Barrier::new(3);
/// let results = join_all((0..3).map(|_| barrier.wait())).await;
/// assert_eq!(results.iter().filter(|result| result.is_leader()).count(), 1);
/// # });
/// ```
pub struct Barrier {
    n: usize,
    /// How many have arrived in this round, and the waiters among them.
    queue: WaitQueue<usize, ()>,
}

/// What [`Barrier::wait`] returns: says whether this task was the one chosen in its round.
#[derive(Debug, Clone)]
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// Creates a barrier for `n` tasks; 0 is taken as 1.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// assert!(runtime_sync::Barrier::new(0).wait().await.is_leader());
    /// # });
    /// ```
    #[track_caller]
    pub fn new(n: usize) -> Self {
        Self {
            n: n.max(1),
            queue: WaitQueue::new(0),
        }
    }

    /// Arrives, and waits until `n` tasks have. The last to arrive is the leader of the round.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: a task that has arrived counts, even if its future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// let barrier = runtime_sync::Barrier::new(2);
    /// let (one, two) = futures_util::join!(barrier.wait(), barrier.wait());
    /// assert!(one.is_leader() != two.is_leader());
    /// # });
    /// ```
    pub async fn wait(&self) -> BarrierWaitResult {
        let mut waiter = pin!(Waiter::new(&self.queue, ()));
        std::future::poll_fn(|cx| {
            if waiter.signal() != IDLE {
                let released = waiter.as_ref().poll_signal(cx.waker());
                return released.map(|_| BarrierWaitResult(false));
            }
            let waker = cx.waker().clone();
            let mut locked = self.queue.lock();
            locked.state += 1;
            if locked.state == self.n {
                locked.state = 0;
                locked.depart_all();
                wake_each(&self.queue, locked, |locked| locked.pop_departing(RELEASED));
                return Poll::Ready(BarrierWaitResult(true));
            }
            waiter.as_mut().push(&mut locked, Some(waker), ());
            Poll::Pending
        })
        .await
    }
}

impl BarrierWaitResult {
    /// Returns whether this task is the leader: one per round is.
    ///
    /// # Examples
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// assert!(runtime_sync::Barrier::new(1).wait().await.is_leader());
    /// # });
    /// ```
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("n", &self.n)
            .finish_non_exhaustive()
    }
}
