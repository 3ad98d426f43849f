//! A queue whose values come out when their time has come.
//!
//! # The rule
//!
//! Values lie in a map by a number that is never given out twice, the [`Key`]; beside it a sorted set of (deadline, number) says who is next. One timer is armed for the head
//! of the set, whatever the number of values. Whoever waits is woken when the head comes earlier or nothing is left; when it moves back, the timer goes off once in vain.
//!
//! # Designs rejected
//!
//! * A timing wheel in each queue: O(1) instead of O(log n) per insertion, but it can neither say who is next nor keep values of one slot in order.
//! * A timer per value: n wakers for one task.
//! * Slab indices as keys: a key kept too long would name somebody else's value.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use runtime_core::coop;

use crate::instant::Instant;
use crate::sleep::{Sleep, sleep_until};

/// A queue whose values come out when their time has come, the earliest first.
///
/// Values with the same deadline come out in the order in which they were inserted.
///
/// # Panics
///
/// [`poll_expired`](Self::poll_expired) panics if it has to wait and there is no current runtime with timers.
///
/// # Examples
///
/// ```
/// use runtime_core::{Builder, ThreadDriver};
/// use runtime_time::delay_queue::DelayQueue;
/// use runtime_time::{Duration, Timer};
/// use std::future::poll_fn;
/// use std::sync::Arc;
///
/// let timer = Timer::new(ThreadDriver::new(), 1);
/// let timers = Arc::clone(timer.timers());
/// let runtime = Builder::new_current_thread().driver(Arc::new(timer)).extension(timers).build()?;
/// runtime.block_on(async {
///     let mut queue = DelayQueue::new();
///     queue.insert("second", Duration::from_millis(2));
///     queue.insert("first", Duration::from_millis(1));
///     let gone = queue.insert("never", Duration::from_millis(1));
///     assert_eq!(queue.remove(&gone).into_inner(), "never");
///
///     let first = poll_fn(|cx| queue.poll_expired(cx)).await.unwrap();
///     assert_eq!(first.into_inner(), "first");
///     let second = poll_fn(|cx| queue.poll_expired(cx)).await.unwrap();
///     assert_eq!(second.into_inner(), "second");
///     assert!(poll_fn(|cx| queue.poll_expired(cx)).await.is_none());
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct DelayQueue<T> {
    values: HashMap<u64, Entry<T>>,
    order: BTreeSet<(Instant, u64)>,
    next_number: u64,
    /// Armed for the head when somebody waited for it last.
    timer: Option<Pin<Box<Sleep>>>,
    /// Who waits.
    waker: Option<Waker>,
}

struct Entry<T> {
    value: T,
    deadline: Instant,
}

/// Values are never pinned.
impl<T> Unpin for DelayQueue<T> {}

/// Names a value in a [`DelayQueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

/// A value that has come out of a [`DelayQueue`].
#[derive(Debug)]
pub struct Expired<T> {
    value: T,
    deadline: Instant,
    key: Key,
}

impl<T> DelayQueue<T> {
    /// Makes an empty queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::DelayQueue;
    /// assert!(DelayQueue::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// Makes an empty queue with room for `capacity` values.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::DelayQueue;
    /// assert!(DelayQueue::<u8>::with_capacity(10).capacity() >= 10);
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            values: HashMap::with_capacity(capacity),
            order: BTreeSet::new(),
            next_number: 0,
            timer: None,
            waker: None,
        }
    }

    /// Inserts a value that comes out at `when`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration, Instant};
    ///
    /// let mut queue = DelayQueue::new();
    /// let when = Instant::now() + Duration::from_secs(1);
    /// let key = queue.insert_at("later", when);
    /// assert_eq!(queue.deadline(&key), when);
    /// ```
    pub fn insert_at(&mut self, value: T, when: Instant) -> Key {
        let number = self.next_number;
        self.next_number += 1;
        let entry = Entry {
            value,
            deadline: when,
        };
        self.values.insert(number, entry);
        self.change(|order| order.insert((when, number)));
        Key(number)
    }

    /// Inserts a value that comes out after `timeout`. A time too far to be told is as good as never.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// queue.insert("later", Duration::from_secs(1));
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn insert(&mut self, value: T, timeout: Duration) -> Key {
        self.insert_at(value, Instant::after(timeout))
    }

    /// Polls for the next value: `Ready(None)` if the queue is empty.
    ///
    /// Only the waker of the last call is woken: when the time of the next value has come, when an earlier one was inserted, and when the queue became empty.
    ///
    /// # Panics
    ///
    /// Panics if it has to wait and there is no current runtime with timers.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    /// use std::future::poll_fn;
    ///
    /// # let timer = runtime_time::Timer::new(runtime_core::ThreadDriver::new(), 1);
    /// # let timers = timer.timers().clone();
    /// # let runtime = runtime_core::Builder::new_current_thread()
    /// #     .driver(std::sync::Arc::new(timer)).extension(timers).build().unwrap();
    /// # runtime.block_on(async {
    /// let mut queue = DelayQueue::new();
    /// queue.insert("due", Duration::from_millis(1));
    /// let expired = poll_fn(|cx| queue.poll_expired(cx)).await;
    /// assert_eq!(expired.unwrap().into_inner(), "due");
    /// assert!(poll_fn(|cx| queue.poll_expired(cx)).await.is_none());
    /// # });
    /// ```
    #[track_caller]
    pub fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Option<Expired<T>>> {
        let Some(&(deadline, number)) = self.order.first() else {
            self.timer = None;
            return Poll::Ready(None);
        };
        if self.poll_timer(deadline, cx).is_pending() {
            match &mut self.waker {
                Some(known) => known.clone_from(cx.waker()),
                None => self.waker = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        self.order.pop_first();
        Poll::Ready(self.take(Key(number)))
    }

    #[track_caller]
    fn poll_timer(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if deadline <= Instant::now() {
            // What is due needs no timer, only the unit that a timer would take.
            ready!(coop::poll_proceed(cx)).made_progress();
            return Poll::Ready(());
        }
        let timer = match &mut self.timer {
            Some(timer) => {
                if timer.deadline() != deadline {
                    timer.as_mut().reset(deadline);
                }
                timer
            }
            None => self.timer.insert(Box::pin(sleep_until(deadline))),
        };
        timer.as_mut().poll(cx)
    }

    /// Removes a value before its time.
    ///
    /// # Panics
    ///
    /// Panics if the value is not in the queue any more; use [`try_remove`](Self::try_remove) where that may be.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert("never", Duration::from_secs(1));
    /// assert_eq!(queue.remove(&key).into_inner(), "never");
    /// assert!(queue.is_empty());
    /// ```
    #[track_caller]
    pub fn remove(&mut self, key: &Key) -> Expired<T> {
        match self.try_remove(key) {
            Some(removed) => removed,
            None => panic!("{NOT_THERE}"),
        }
    }

    /// Removes a value before its time; `None` if it is not in the queue any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert(1, Duration::from_secs(1));
    /// assert!(queue.try_remove(&key).is_some());
    /// assert!(queue.try_remove(&key).is_none());
    /// ```
    pub fn try_remove(&mut self, key: &Key) -> Option<Expired<T>> {
        let removed = self.take(*key)?;
        self.change(|order| order.remove(&(removed.deadline, key.0)));
        Some(removed)
    }

    /// Takes a value out of the map alone.
    fn take(&mut self, key: Key) -> Option<Expired<T>> {
        let Entry { value, deadline } = self.values.remove(&key.0)?;
        Some(Expired {
            value,
            deadline,
            key,
        })
    }

    /// Returns when a value comes out.
    ///
    /// # Panics
    ///
    /// Panics if the value is not in the queue any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Instant};
    ///
    /// let mut queue = DelayQueue::new();
    /// let when = Instant::now();
    /// let key = queue.insert_at("now", when);
    /// assert_eq!(queue.deadline(&key), when);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn deadline(&self, key: &Key) -> Instant {
        match self.values.get(&key.0) {
            Some(entry) => entry.deadline,
            None => panic!("{NOT_THERE}"),
        }
    }

    /// Lets a value come out at `when` instead.
    ///
    /// # Panics
    ///
    /// Panics if the value is not in the queue any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration, Instant};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert("later", Duration::from_secs(3600));
    /// let soon = Instant::now();
    /// queue.reset_at(&key, soon);
    /// assert_eq!(queue.deadline(&key), soon);
    /// ```
    #[track_caller]
    pub fn reset_at(&mut self, key: &Key, when: Instant) {
        let Some(entry) = self.values.get_mut(&key.0) else {
            panic!("{NOT_THERE}")
        };
        let before = std::mem::replace(&mut entry.deadline, when);
        self.change(|order| {
            order.remove(&(before, key.0));
            order.insert((when, key.0))
        });
    }

    /// Lets a value come out after `timeout` instead, from now on.
    ///
    /// # Panics
    ///
    /// Panics if the value is not in the queue any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration, Instant};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert(1, Duration::from_secs(1));
    /// queue.reset(&key, Duration::from_secs(3600));
    /// assert!(queue.deadline(&key) > Instant::now() + Duration::from_secs(60));
    /// ```
    #[track_caller]
    pub fn reset(&mut self, key: &Key, timeout: Duration) {
        self.reset_at(key, Instant::after(timeout));
    }

    /// Returns the key of the value that comes out next.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// queue.insert("second", Duration::from_secs(2));
    /// let first = queue.insert("first", Duration::from_secs(1));
    /// assert_eq!(queue.peek(), Some(first));
    /// ```
    #[must_use]
    pub fn peek(&self) -> Option<Key> {
        self.order.first().map(|&(_, number)| Key(number))
    }

    /// Removes all values.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// queue.insert(1, Duration::from_secs(1));
    /// queue.clear();
    /// assert!(queue.is_empty());
    /// ```
    pub fn clear(&mut self) {
        let values = std::mem::take(&mut self.values);
        self.change(|order| {
            order.clear();
            true
        });
        drop(values);
    }

    /// Returns how many values are in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert(1, Duration::from_secs(1));
    /// assert_eq!(queue.len(), 1);
    /// queue.remove(&key);
    /// assert_eq!(queue.len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns true if the queue is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// assert!(queue.is_empty());
    /// queue.insert(1, Duration::from_secs(1));
    /// assert!(!queue.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns for how many values there is room before the queue allocates.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::DelayQueue;
    /// assert_eq!(DelayQueue::<u8>::new().capacity(), 0);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.values.capacity()
    }

    /// Makes room for `additional` more values.
    ///
    /// # Panics
    ///
    /// Panics if that is more than memory can hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::DelayQueue;
    ///
    /// let mut queue = DelayQueue::<u8>::new();
    /// queue.reserve(10);
    /// assert!(queue.capacity() >= 10);
    /// ```
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        assert!(
            self.values.try_reserve(additional).is_ok(),
            "the queue cannot grow by {additional} values: reserve fewer"
        );
    }

    /// Gives back the room that is not needed now. Keys stay what they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::DelayQueue;
    ///
    /// let mut queue = DelayQueue::<u8>::with_capacity(100);
    /// queue.shrink_to_fit();
    /// assert!(queue.capacity() < 100);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.values.shrink_to_fit();
    }

    /// Gives back the room that is not needed now, as [`shrink_to_fit`](Self::shrink_to_fit) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::with_capacity(100);
    /// let key = queue.insert("kept", Duration::from_secs(1));
    /// queue.compact();
    /// assert!(queue.capacity() < 100);
    /// assert_eq!(queue.remove(&key).into_inner(), "kept");
    /// ```
    pub fn compact(&mut self) {
        self.shrink_to_fit();
    }

    /// Changes the order, and wakes who waits if it has to look again.
    fn change(&mut self, change: impl FnOnce(&mut BTreeSet<(Instant, u64)>) -> bool) {
        let before = self.order.first().copied();
        let changed = change(&mut self.order);
        debug_assert!(changed, "the order holds what the map holds");
        let looks_again = match (before, self.order.first()) {
            (Some((before, _)), Some((now, _))) => *now < before,
            (before, now) => before.is_some() != now.is_some(),
        };
        if looks_again {
            if let Some(waker) = self.waker.take() {
                waker.wake();
            }
        }
    }
}

#[cfg(feature = "stream")]
impl<T> futures_core::Stream for DelayQueue<T> {
    type Item = Expired<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Expired<T>>> {
        self.get_mut().poll_expired(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<T> Expired<T> {
    /// Returns a reference to the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert("value", Duration::from_secs(1));
    /// assert_eq!(queue.remove(&key).get_ref(), &"value");
    /// ```
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// Returns a mutable reference to the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert(1, Duration::from_secs(1));
    /// let mut removed = queue.remove(&key);
    /// *removed.get_mut() += 1;
    /// assert_eq!(removed.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Returns the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert("value", Duration::from_secs(1));
    /// assert_eq!(queue.remove(&key).into_inner(), "value");
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns when the value was to come out.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Instant};
    ///
    /// let mut queue = DelayQueue::new();
    /// let when = Instant::now();
    /// let key = queue.insert_at("value", when);
    /// assert_eq!(queue.remove(&key).deadline(), when);
    /// ```
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns the key that named the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_time::{DelayQueue, Duration};
    ///
    /// let mut queue = DelayQueue::new();
    /// let key = queue.insert("value", Duration::from_secs(1));
    /// assert_eq!(queue.remove(&key).key(), key);
    /// ```
    pub fn key(&self) -> Key {
        self.key
    }
}

impl<T> Default for DelayQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for DelayQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelayQueue")
            .field("len", &self.len())
            .field("next", &self.order.first().map(|(deadline, _)| deadline))
            .finish_non_exhaustive()
    }
}

const NOT_THERE: &str = "the key names no value of this queue: it has come out or was removed; use `try_remove` where that may be";
