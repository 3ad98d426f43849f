//! Queues from many to many, with a count of what is still to be done.
//!
//! [`Queue`] hands out the oldest item first, [`LifoQueue`] the newest, [`PriorityQueue`] the smallest. All else is the
//! same, and the same as in Python's `asyncio`. Share one by reference or in an [`Arc`](std::sync::Arc).
//!
//! # Words
//!
//! An item that was put is **unfinished** until `task_done` was called for it; `join` waits until none is. A queue is
//! **shut down** once and for ever: nothing can be put any more, and what is in it can still be got, unless the
//! shutdown was *immediate*.
//!
//! # The rule
//!
//! 1. Two counting semaphores say who may: one has a permit for each item, one for each free place. So those who wait
//!    to get and those who wait to put are served in the order of their arrival, and nobody passes them.
//! 2. Whoever has a permit takes the lock of the store, and there it finds an item or a place. *Which* item is decided
//!    at this moment, so the one who gets the smallest gets what is the smallest now.
//! 3. A permit not used goes back, and with it the turn: that is all there is to cancelling.
//! 4. The shutdown sets a flag under the lock of the store, then closes both semaphores. From then on permits mean
//!    nothing: whoever comes takes what is left, and who finds the store empty is told that nothing will come.
//! 5. Comparisons of a `PriorityQueue` run under the lock of the store, and of nothing else: they must not use the
//!    queue. If one panics, nothing was put or got. Nothing else of the user's runs under a lock.
//!
//! # Rejected
//!
//! *Handing an item to the one who waits*, past the store: when that one is cancelled the item must go back to where
//! it was, which by then is somebody else's. *Refusing only those for whom nothing is left* when the queue is shut
//! down: then who waits depends on a task that was promised an item and may never be polled again.

mod core;
pub mod error;
mod heap;
mod order;

use std::fmt;

use self::core::Core;
use crate::blocking;
use error::{GetError, PutError, TryGetError, TryPutError};

/// A queue whose oldest item is next.
///
/// # Examples
///
/// Work for some tasks, and one that waits until all is done:
///
/// ```
/// use runtime_sync::Queue;
///
/// # futures_executor::block_on(async {
/// let queue = Queue::bounded(10);
/// let worker = async {
///     while let Ok(_job) = queue.get().await {
///         queue.task_done();
///     }
/// };
/// let main = async {
///     for job in 0..100 {
///         queue.put(job).await.unwrap();
///     }
///     queue.join().await;
///     queue.shutdown(false);
/// };
/// futures_util::join!(worker, main);
/// # });
/// ```
pub struct Queue<T> {
    core: Core<order::Fifo<T>>,
}

/// A queue whose newest item is next.
///
/// # Examples
///
/// ```
/// use runtime_sync::LifoQueue;
///
/// let queue = LifoQueue::unbounded();
/// queue.try_put(1).unwrap();
/// queue.try_put(2).unwrap();
/// assert_eq!(queue.try_get(), Ok(2));
/// assert_eq!(queue.try_get(), Ok(1));
/// ```
pub struct LifoQueue<T> {
    core: Core<order::Lifo<T>>,
}

/// A queue whose smallest item is next; equal ones come out in the order of their arrival.
///
/// [`Reverse`](std::cmp::Reverse) makes it the greatest. Comparisons must not use the queue itself: they run under its
/// lock.
///
/// # Examples
///
/// ```
/// use runtime_sync::PriorityQueue;
///
/// let queue = PriorityQueue::unbounded();
/// for (priority, job) in [(2, "later"), (1, "now"), (2, "last")] {
///     queue.try_put((priority, job)).unwrap();
/// }
/// assert_eq!(queue.try_get(), Ok((1, "now")));
/// ```
pub struct PriorityQueue<T> {
    core: Core<heap::Heap<T>>,
}

/// The methods, which all queues have.
macro_rules! queue {
    ($name:ident, $item:ident $(: $bound:path)?) => {
        impl<$item $(: $bound)?> $name<$item> {
            /// Creates a queue that holds at most `capacity` items.
            ///
            /// # Panics
            ///
            /// Panics if `capacity` is 0 or exceeds [`Semaphore::MAX_PERMITS`](crate::Semaphore::MAX_PERMITS).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::<i32>::bounded(2);")]
            /// assert_eq!(queue.capacity(), Some(2));
            /// ```
            #[track_caller]
            pub fn bounded(capacity: usize) -> Self {
                Self { core: Core::bounded(capacity) }
            }

            /// Creates a queue without a limit: nobody waits to put.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::<i32>::unbounded();")]
            /// assert_eq!(queue.capacity(), None);
            /// ```
            pub fn unbounded() -> Self {
                Self { core: Core::unbounded() }
            }

            /// Puts an item, waiting in line for room.
            ///
            /// # Errors
            ///
            /// Returns the item if the queue is or gets shut down.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses the place in line and drops the item; it was not put.
            ///
            /// # Examples
            ///
            /// ```
            /// # futures_executor::block_on(async {
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::bounded(1);")]
            /// queue.put(1).await.unwrap();
            /// assert!(queue.is_full());
            /// # });
            /// ```
            pub async fn put(&self, item: $item) -> Result<(), PutError<$item>> {
                self.core.put(item).await
            }

            /// Puts an item if there is room.
            ///
            /// # Errors
            ///
            /// Returns the item: in [`TryPutError::Full`] if there is no room, or only for those who wait; in
            /// [`TryPutError::ShutDown`] if the queue was shut down.
            ///
            /// # Examples
            ///
            /// ```
            /// use runtime_sync::queue::error::TryPutError;
            ///
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::bounded(1);")]
            /// queue.try_put(1).unwrap();
            /// assert_eq!(queue.try_put(2), Err(TryPutError::Full(2)));
            /// ```
            pub fn try_put(&self, item: $item) -> Result<(), TryPutError<$item>> {
                self.core.try_put(item)
            }

            /// Puts an item, blocking the thread until there is room.
            ///
            /// # Errors
            ///
            /// As [`put`](Self::put).
            ///
            /// # Panics
            ///
            /// Panics inside asynchronous code; use [`put`](Self::put) there.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::bounded(1);")]
            /// queue.blocking_put(1).unwrap();
            /// assert_eq!(queue.blocking_get(), Ok(1));
            /// ```
            #[track_caller]
            pub fn blocking_put(&self, item: $item) -> Result<(), PutError<$item>> {
                blocking::wait(self.put(item))
            }

            /// Gets the next item, waiting in line for one.
            ///
            /// # Errors
            ///
            /// Returns [`GetError`] if the queue is or gets shut down and nothing is left in it.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses the place in line and nothing else: an item is taken only when it is
            /// returned.
            ///
            /// # Examples
            ///
            /// ```
            /// # futures_executor::block_on(async {
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::unbounded();")]
            /// queue.put(1).await.unwrap();
            /// assert_eq!(queue.get().await, Ok(1));
            /// # });
            /// ```
            pub async fn get(&self) -> Result<$item, GetError> {
                self.core.get().await
            }

            /// Gets the next item if there is one that is not promised to somebody who waits.
            ///
            /// # Errors
            ///
            /// Returns [`TryGetError::Empty`] if there is none now, [`TryGetError::ShutDown`] if none will ever come.
            ///
            /// # Examples
            ///
            /// ```
            /// use runtime_sync::queue::error::TryGetError;
            ///
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::<i32>::unbounded();")]
            /// assert_eq!(queue.try_get(), Err(TryGetError::Empty));
            /// queue.shutdown(false);
            /// assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
            /// ```
            pub fn try_get(&self) -> Result<$item, TryGetError> {
                self.core.try_get()
            }

            /// Gets the next item, blocking the thread until there is one.
            ///
            /// # Errors
            ///
            /// As [`get`](Self::get).
            ///
            /// # Panics
            ///
            /// Panics inside asynchronous code; use [`get`](Self::get) there.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::sync::Arc;
            ///
            #[doc = concat!("let queue = Arc::new(runtime_sync::", stringify!($name), "::unbounded());")]
            /// let getting = Arc::clone(&queue);
            /// let thread = std::thread::spawn(move || getting.blocking_get());
            /// queue.try_put(1).unwrap();
            /// assert_eq!(thread.join().unwrap(), Ok(1));
            /// ```
            #[track_caller]
            pub fn blocking_get(&self) -> Result<$item, GetError> {
                blocking::wait(self.get())
            }

            /// Says that the work on one item that was got is done.
            ///
            /// When that was the last unfinished one, all who wait in [`join`](Self::join) go on.
            ///
            /// # Panics
            ///
            /// Panics if it was called more often than items were put.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::unbounded();")]
            /// queue.try_put(1).unwrap();
            /// let _item = queue.try_get().unwrap();
            /// assert_eq!(queue.unfinished(), 1);
            /// queue.task_done();
            /// assert_eq!(queue.unfinished(), 0);
            /// ```
            #[track_caller]
            pub fn task_done(&self) {
                self.core.task_done();
            }

            /// Waits until every item that was put was got, and [`task_done`](Self::task_done) was called for it.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses nothing.
            ///
            /// # Examples
            ///
            /// ```
            /// # futures_executor::block_on(async {
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::unbounded();")]
            /// queue.put(1).await.unwrap();
            /// let work = async {
            ///     queue.get().await.unwrap();
            ///     queue.task_done();
            /// };
            /// futures_util::join!(queue.join(), work);
            /// # });
            /// ```
            pub async fn join(&self) {
                self.core.join().await;
            }

            /// Shuts the queue down: nothing can be put any more, and who waits to put gets an error.
            ///
            /// What is in the queue can still be got; who finds it empty gets an error. An `immediate` shutdown drops
            /// it instead: these items no longer count as unfinished. Items that were got still do, until
            /// [`task_done`](Self::task_done). An immediate shutdown may follow another one.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::unbounded();")]
            /// queue.try_put(1).unwrap();
            /// queue.shutdown(false);
            /// assert!(queue.try_put(2).is_err());
            /// assert_eq!(queue.len(), 1);
            /// queue.shutdown(true);
            /// assert_eq!((queue.len(), queue.unfinished()), (0, 0));
            /// ```
            pub fn shutdown(&self, immediate: bool) {
                self.core.shut_down(immediate);
            }

            /// Returns whether [`shutdown`](Self::shutdown) was called.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("assert!(!runtime_sync::", stringify!($name), "::<i32>::unbounded().is_shut_down());")]
            /// ```
            pub fn is_shut_down(&self) -> bool {
                self.core.is_shut_down()
            }

            /// Returns how many items are in the queue, those included that are promised to somebody who waits.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::unbounded();")]
            /// queue.try_put(1).unwrap();
            /// assert_eq!(queue.len(), 1);
            /// ```
            pub fn len(&self) -> usize {
                self.core.len()
            }

            /// Returns whether there is no item in the queue.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("assert!(runtime_sync::", stringify!($name), "::<i32>::unbounded().is_empty());")]
            /// ```
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Returns whether [`try_put`](Self::try_put) would find no room.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::bounded(1);")]
            /// queue.try_put(1).unwrap();
            /// assert!(queue.is_full());
            /// ```
            pub fn is_full(&self) -> bool {
                self.core.is_full()
            }

            /// Returns how many items the queue can hold; `None` if there is no limit.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("assert_eq!(runtime_sync::", stringify!($name), "::<i32>::bounded(3).capacity(), Some(3));")]
            /// ```
            pub fn capacity(&self) -> Option<usize> {
                self.core.capacity()
            }

            /// Returns how many items were put and are not done yet.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("let queue = runtime_sync::", stringify!($name), "::unbounded();")]
            /// queue.try_put(1).unwrap();
            /// assert_eq!(queue.unfinished(), 1);
            /// ```
            pub fn unfinished(&self) -> usize {
                self.core.unfinished()
            }
        }

        impl<$item $(: $bound)?> fmt::Debug for $name<$item> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.core.debug(stringify!($name), f)
            }
        }
    };
}

queue!(Queue, T);
queue!(LifoQueue, T);
queue!(PriorityQueue, T: Ord);
