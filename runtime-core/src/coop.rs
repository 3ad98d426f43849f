//! The budget of a poll: why a task that never has to wait still lets others run.
//!
//! **Words.** A *unit* pays for one completed operation of a leaf: a message received, a permit taken, bytes read. A
//! *poll of the runtime* has a *budget* of 128 units. A leaf *refuses* when the budget is used up: it wakes its task and
//! returns [`Poll::Pending`], so the task goes to the tail of its queue and comes back with a new budget.
//!
//! **The rule now.**
//! 1. The harness puts [`with_budget`] around each poll of a task, of the future of `block_on` and of a local task.
//! 2. A leaf calls [`poll_proceed`] before it looks at its own state, and [`RestoreOnPending::made_progress`] once it has a
//!    result, an error included. A unit not used is given back.
//! 3. Outside of a poll of the runtime nothing is ever refused: our futures run under any executor.
//! 4. After 32 refusals in one poll the budget is refilled.
//!
//! **Why rule 4.** A combinator with an executor of its own inside, or a foreign `block_on` called within a task, answers
//! the refusal's wake-up by polling the leaf again, within the same poll of ours. With a budget that stays empty it would
//! do so for ever. An honest task is out of its poll after a refusal or two, so the refill costs it nothing; what polls
//! on after 32 refusals is not going to return, and then going on is better than hanging.
//!
//! **Rejected.** A budget per task, kept in its cell: it needs a look at the current task where a thread-local count
//! needs none, and a future under a foreign executor has no task of ours. A refusal without a wake-up, left to the
//! harness: a combinator that polls its children by their own wakers would never come back to the one that refused. A
//! flag "budget used up" beside the count: the sign of the count says it.
//!
//! **The count.** One thread-local number holds all of it, so that the hot path is a load, a compare and a store:
//!
//! ```text
//!           128 … 1      0 … -31          UNLIMITED
//!           units left   0 … 31 refusals  not in a poll of ours, or told to run without limit
//!
//!                (1) take a unit                     (2) refuse
//!              ┌────────┐                          ┌────────┐
//!              │        ▼     (1) last unit        │        ▼
//!              └── n units left ───────────────► k refusals ┘
//!                       ▲                             │
//!                       └─────────────────────────────┘
//!                          (3) the 32nd refusal refills
//!   (4) start, stop, set: to 128, to UNLIMITED, to what it was
//! ```
//!
//! (1), (2), (3) [`poll_proceed`]; (1) also [`consume_budget`]. (4) [`start`], [`stop`], [`set`], and [`with_budget`] and
//! [`without_budget`], which put the count back when they end. The count is initialised in the image of the thread and
//! has no destructor: it is there at any time, also while a thread's other data are being destroyed.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Units per poll.
const UNITS: i16 = 128;

/// Refusals in one poll after which the budget is refilled.
const REFUSALS: i16 = 32;

/// Never refuse.
const UNLIMITED: i16 = i16::MAX;

thread_local! {
    /// What is left of the budget of the poll that runs on this thread; see the picture above.
    static COUNT: Cell<i16> = const { Cell::new(UNLIMITED) };
}

/// What is left of a poll's budget; taken off a thread by [`start`] or [`stop`] and put back by [`set`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use = "the budget from before has to be set again"]
pub struct Budget(i16);

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            UNLIMITED => f.write_str("Budget(unlimited)"),
            left if left > 0 => write!(f, "Budget({left} left)"),
            refused => write!(f, "Budget({} refused)", -refused),
        }
    }
}

/// Gives the thread a full budget and returns the one from before.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
///
/// let before = coop::start();
/// assert_ne!(coop::start(), before); // full, where there was no limit
/// coop::set(before);
/// ```
#[inline]
pub fn start() -> Budget {
    Budget(COUNT.replace(UNITS))
}

/// Takes the limit away, as `block_in_place` must before it runs code that blocks; returns the budget from before.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
///
/// coop::with_budget(|| {
///     let before = coop::stop();
///     assert!(format!("{:?}", coop::stop()).contains("unlimited"));
///     coop::set(before);
/// });
/// ```
#[inline]
pub fn stop() -> Budget {
    Budget(COUNT.replace(UNLIMITED))
}

/// Puts back a budget that [`start`] or [`stop`] returned.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
///
/// let before = coop::start();
/// coop::set(before);
/// assert_eq!(coop::start(), before);
/// # coop::set(before);
/// ```
#[inline]
pub fn set(budget: Budget) {
    COUNT.set(budget.0);
}

/// Puts a budget back when it is dropped, by an unwind too.
struct Reset(Budget);

impl Drop for Reset {
    #[inline]
    fn drop(&mut self) {
        set(self.0);
    }
}

/// Runs one poll of the runtime with a full budget; the one from before is back when it returns or unwinds.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
/// use std::task::{Context, Waker};
///
/// coop::with_budget(|| {
///     let mut cx = Context::from_waker(Waker::noop());
///     for _ in 0..128 {
///         let std::task::Poll::Ready(unit) = coop::poll_proceed(&mut cx) else { unreachable!() };
///         unit.made_progress();
///     }
///     assert!(!coop::has_budget_remaining());
///     assert!(coop::poll_proceed(&mut cx).is_pending());
/// });
/// assert!(coop::has_budget_remaining());
/// ```
#[inline]
pub fn with_budget<R>(poll: impl FnOnce() -> R) -> R {
    let _reset = Reset(start());
    poll()
}

/// Runs `f` without a limit; the budget from before is back when it returns or unwinds.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
/// use std::task::{Context, Waker};
///
/// let mut cx = Context::from_waker(Waker::noop());
/// coop::with_budget(|| {
///     coop::without_budget(|| {
///         for _ in 0..1_000 {
///             let std::task::Poll::Ready(unit) = coop::poll_proceed(&mut cx) else { unreachable!() };
///             unit.made_progress();
///         }
///     });
///     assert!(coop::has_budget_remaining());
/// });
/// ```
#[inline]
pub fn without_budget<R>(f: impl FnOnce() -> R) -> R {
    let _reset = Reset(stop());
    f()
}

/// Says whether an operation would be allowed to complete now.
///
/// Always true outside of a runtime.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
/// use std::task::{Context, Poll, Waker};
///
/// assert!(coop::has_budget_remaining());
/// coop::with_budget(|| {
///     let mut cx = Context::from_waker(Waker::noop());
///     while let Poll::Ready(unit) = coop::poll_proceed(&mut cx) {
///         unit.made_progress();
///     }
///     assert!(!coop::has_budget_remaining());
/// });
/// ```
#[inline]
#[must_use]
pub fn has_budget_remaining() -> bool {
    COUNT.get() > 0
}

/// Takes one unit for an operation that is about to be tried.
///
/// Returns [`Poll::Pending`] if the budget of this poll is used up; the task has then been woken, so that it continues
/// with a new budget. Otherwise call [`made_progress`](RestoreOnPending::made_progress) once the operation has a result;
/// if it has none, drop the value and the unit is given back.
///
/// # Examples
///
/// A queue as a leaf that takes part:
///
/// ```
/// use runtime_core::coop;
/// use std::collections::VecDeque;
/// use std::task::{Context, Poll, ready};
///
/// fn poll_pop(queue: &mut VecDeque<u8>, cx: &mut Context<'_>) -> Poll<u8> {
///     let unit = ready!(coop::poll_proceed(cx));
///     match queue.pop_front() {
///         Some(item) => {
///             unit.made_progress();
///             Poll::Ready(item)
///         }
///         // A real queue keeps the waker here.
///         None => Poll::Pending,
///     }
/// }
/// # let mut cx = Context::from_waker(std::task::Waker::noop());
/// # let mut queue = VecDeque::from([7]);
/// # assert_eq!(poll_pop(&mut queue, &mut cx), Poll::Ready(7));
/// # assert_eq!(poll_pop(&mut queue, &mut cx), Poll::Pending);
/// ```
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    let count = COUNT.get();
    if count == UNLIMITED {
        return Poll::Ready(RestoreOnPending {
            owed: Cell::new(false),
            _not_send: PhantomData,
        });
    }
    if count > 0 {
        COUNT.set(count - 1);
        return Poll::Ready(RestoreOnPending {
            owed: Cell::new(true),
            _not_send: PhantomData,
        });
    }
    refuse(count, cx);
    Poll::Pending
}

/// Counts a refusal and sees to it that the task comes back.
#[cold]
fn refuse(count: i16, cx: &Context<'_>) {
    let refused = count - 1;
    COUNT.set(if refused == -REFUSALS { UNITS } else { refused });
    cx.waker().wake_by_ref();
}

/// One unit of the budget, given back when dropped unless [`made_progress`](Self::made_progress) was called.
#[derive(Debug)]
#[must_use = "a unit that is dropped is given back"]
pub struct RestoreOnPending {
    /// The unit is still to be given back. False from the start if there was no limit.
    owed: Cell<bool>,
    // The unit is this thread's.
    _not_send: PhantomData<*const ()>,
}

impl RestoreOnPending {
    /// Says that the operation completed, so the unit is used.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::coop;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let mut cx = Context::from_waker(Waker::noop());
    /// coop::with_budget(|| {
    ///     for _ in 0..1_000 {
    ///         assert!(coop::poll_proceed(&mut cx).is_ready()); // dropped: given back
    ///     }
    ///     let Poll::Ready(unit) = coop::poll_proceed(&mut cx) else { unreachable!() };
    ///     unit.made_progress();
    /// });
    /// ```
    #[inline]
    pub fn made_progress(&self) {
        self.owed.set(false);
    }
}

impl Drop for RestoreOnPending {
    #[inline]
    fn drop(&mut self) {
        if self.owed.get() {
            // The poll it was taken in may be over, and the count then somebody else's: never above a full budget.
            let count = COUNT.get();
            if count < UNITS {
                COUNT.set(count + 1);
            }
        }
    }
}

/// Uses up one unit, and lets other tasks run first if none is left.
///
/// Meant for a loop that computes for long without waiting for anything.
///
/// # Cancel safety
///
/// Cancel safe: nothing is lost but the unit.
///
/// # Examples
///
/// ```
/// # async fn sum(numbers: &[u64]) -> u64 {
/// let mut sum = 0;
/// for chunk in numbers.chunks(4096) {
///     sum += chunk.iter().sum::<u64>();
///     runtime_core::coop::consume_budget().await;
/// }
/// sum
/// # }
/// # let numbers = vec![1; 10_000];
/// # let mut sum = std::pin::pin!(sum(&numbers));
/// # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert_eq!(sum.as_mut().poll(&mut cx), std::task::Poll::Ready(10_000));
/// ```
pub async fn consume_budget() {
    poll_fn(poll_proceed).await.made_progress();
}

/// Runs a future without the limit of the budget.
///
/// The future no longer lets others run by itself: it must come to a point where it really waits.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
/// use std::pin::pin;
/// use std::task::{Context, Waker};
///
/// let mut many = pin!(coop::unconstrained(async {
///     for _ in 0..1_000 {
///         coop::consume_budget().await;
///     }
/// }));
/// let mut cx = Context::from_waker(Waker::noop());
/// assert!(coop::with_budget(|| many.as_mut().poll(&mut cx)).is_ready());
/// ```
pub fn unconstrained<F>(inner: F) -> Unconstrained<F> {
    Unconstrained { inner }
}

/// A future that runs without the limit of the budget; made by [`unconstrained`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Unconstrained<F> {
    inner: F,
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `inner` is pinned with `self`: it is reached only here, as pinned, there is no `Drop` impl that could
        // move it, the struct is not packed, and it is `Unpin` only if `F` is.
        let inner = unsafe { self.map_unchecked_mut(|this| &mut this.inner) };
        without_budget(|| inner.poll(cx))
    }
}

/// Makes a future take part in the budget: it takes one unit when it completes.
///
/// # Examples
///
/// ```
/// use runtime_core::coop;
/// use std::future::ready;
/// use std::pin::pin;
/// use std::task::{Context, Waker};
///
/// let mut endless = pin!(async {
///     loop {
///         coop::cooperative(ready(())).await;
///     }
/// });
/// let mut cx = Context::from_waker(Waker::noop());
/// assert!(coop::with_budget(|| endless.as_mut().poll(&mut cx)).is_pending());
/// # fn type_of(_: impl Future<Output = ()>) {}
/// # type_of(endless);
/// ```
pub fn cooperative<F: Future>(future: F) -> Coop<F> {
    Coop { future }
}

/// A future that takes part in the budget; made by [`cooperative`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Coop<F: Future> {
    future: F,
}

impl<F: Future> Future for Coop<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let unit = ready!(poll_proceed(cx));
        // SAFETY: `future` is pinned with `self`: it is reached only here, as pinned, there is no `Drop` impl that could
        // move it, the struct is not packed, and it is `Unpin` only if `F` is.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        let output = ready!(future.poll(cx));
        unit.made_progress();
        Poll::Ready(output)
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
