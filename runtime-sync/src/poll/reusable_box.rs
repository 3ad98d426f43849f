//! A box for one future after another.

use std::alloc::Layout;
use std::fmt;
use std::future::{Future, pending};
use std::mem;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future that can be replaced by another one without a new allocation, if that has the same size and alignment.
///
/// # Examples
///
/// ```
/// use runtime_sync::ReusableBoxFuture;
///
/// # futures_executor::block_on(async {
/// async fn double(n: u32) -> u32 { n * 2 }
///
/// let mut future = ReusableBoxFuture::new(double(1));
/// assert_eq!((&mut future).await, 2);
/// assert!(future.try_set(double(2)).is_ok());
/// assert_eq!(future.await, 4);
/// # });
/// ```
pub struct ReusableBoxFuture<'a, T> {
    boxed: Boxed<'a, T>,
}

// SAFETY: a shared reference gives no access to the future.
unsafe impl<T> Sync for ReusableBoxFuture<'_, T> {}

impl<'a, T> ReusableBoxFuture<'a, T> {
    /// Boxes a future.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::ReusableBoxFuture;
    ///
    /// # futures_executor::block_on(async {
    /// assert_eq!(ReusableBoxFuture::new(async { 1 }).await, 1);
    /// # });
    /// ```
    pub fn new<F>(future: F) -> Self
    where
        F: Future<Output = T> + Send + 'a,
    {
        Self {
            boxed: Box::pin(future),
        }
    }

    /// Replaces the future; allocates only if the new one has another size or alignment.
    ///
    /// If the drop of the old future panics, the new one is in the box all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::ReusableBoxFuture;
    ///
    /// # futures_executor::block_on(async {
    /// let mut future = ReusableBoxFuture::new(std::future::ready(1));
    /// let larger = [2; 100];
    /// future.set(async move { larger[99] });
    /// assert_eq!(future.await, 2);
    /// # });
    /// ```
    pub fn set<F>(&mut self, future: F)
    where
        F: Future<Output = T> + Send + 'a,
    {
        if let Err(future) = self.try_set(future) {
            *self = Self::new(future);
        }
    }

    /// Replaces the future, unless that takes an allocation.
    ///
    /// # Errors
    ///
    /// Returns the future if it has another size or alignment than the one in the box.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::ReusableBoxFuture;
    /// use std::future::ready;
    ///
    /// let mut future = ReusableBoxFuture::new(ready(1_u64));
    /// assert!(future.try_set(ready(2_u64)).is_ok());
    /// let larger = [3; 100];
    /// assert!(future.try_set(async move { larger[99] }).is_err());
    /// ```
    pub fn try_set<F>(&mut self, future: F) -> Result<(), F>
    where
        F: Future<Output = T> + Send + 'a,
    {
        replace(&mut self.boxed, future)
    }

    /// Returns the future, pinned.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::ReusableBoxFuture;
    ///
    /// # futures_executor::block_on(async {
    /// let mut future = ReusableBoxFuture::new(async { 1 });
    /// assert_eq!(future.get_pin().await, 1);
    /// # });
    /// ```
    pub fn get_pin(&mut self) -> Pin<&mut (dyn Future<Output = T> + Send)> {
        self.boxed.as_mut()
    }

    /// Polls the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_sync::ReusableBoxFuture;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let mut future = ReusableBoxFuture::new(std::future::pending::<()>());
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert!(future.poll(&mut cx).is_pending());
    /// future.set(async {});
    /// assert_eq!(future.poll(&mut cx), Poll::Ready(()));
    /// ```
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        self.boxed.as_mut().poll(cx)
    }
}

/// With the future's output for `T`, which says that the output lives as long as the future may.
fn replace<'a, F>(boxed: &mut Boxed<'a, F::Output>, future: F) -> Result<(), F>
where
    F: Future + Send + 'a,
{
    if Layout::for_value(&**boxed) != Layout::new::<F>() {
        return Err(future);
    }
    // A future without a size, so this allocates nothing.
    let old = mem::replace(boxed, Box::pin(pending()));
    // SAFETY: the old future is dropped in place below and never moved.
    let old = Box::into_raw(unsafe { Pin::into_inner_unchecked(old) });
    let refill = Refill {
        // SAFETY: it comes from a box.
        memory: unsafe { NonNull::new_unchecked(old.cast::<F>()) },
        future: Some(future),
        boxed,
    };
    // SAFETY: the old future is whole, and nobody touches it afterwards: `Refill` writes over it.
    unsafe { old.drop_in_place() };
    drop(refill);
    Ok(())
}

/// Puts the new future into the memory of the old one when dropped, whether the old one's drop has returned or panicked.
struct Refill<'b, 'a, F: Future + Send + 'a> {
    /// Of a box, with the layout of `F`, and with nothing in it any more.
    memory: NonNull<F>,
    future: Option<F>,
    boxed: &'b mut Boxed<'a, F::Output>,
}

impl<'a, F: Future + Send + 'a> Drop for Refill<'_, 'a, F> {
    fn drop(&mut self) {
        let Some(future) = self.future.take() else {
            unreachable!("taken here only")
        };
        // SAFETY: the memory is valid for an `F` and holds nothing that would have to be dropped.
        unsafe { self.memory.write(future) };
        // SAFETY: allocated by a box for this layout, and given up by the one it was in.
        let full = unsafe { Box::from_raw(self.memory.as_ptr()) };
        *self.boxed = Box::into_pin(full);
    }
}

impl<T> Future for ReusableBoxFuture<'_, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.get_mut().boxed.as_mut().poll(cx)
    }
}

impl<T> fmt::Debug for ReusableBoxFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReusableBoxFuture").finish()
    }
}
