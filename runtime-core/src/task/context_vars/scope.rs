//! Code in a context: futures, snapshots, and what is spawned from within one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::bindings::{Bindings, Key, Value};
use super::current;

pin_project! {
    /// A future in a context of its own; made by [`ContextVar::scope`](super::ContextVar::scope) and [`ContextSnapshot::scope`].
    ///
    /// The future is dropped in the context too, as soon as it is ready.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ContextScope<F> {
        // Here between polls, on the thread during one.
        bindings: Option<Bindings>,
        // Goes into the context at the first poll.
        value: Option<(Key, Value)>,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for ContextScope<F> {
        fn drop(this: Pin<&mut Self>) {
            if this.future.is_some() {
                let mut this = this.project();
                begin(this.bindings, this.value);
                let _entered = current::enter(this.bindings);
                this.future.set(None);
            }
        }
    }
}

impl<F> ContextScope<F> {
    pub(super) fn with_value(key: Key, value: Value, future: F) -> Self {
        Self {
            bindings: None,
            value: Some((key, value)),
            future: Some(future),
        }
    }

    fn in_copy(bindings: Bindings, future: F) -> Self {
        Self {
            bindings: Some(bindings),
            value: None,
            future: Some(future),
        }
    }
}

/// The first time: branches off the context in force and adds the value.
fn begin(bindings: &mut Option<Bindings>, value: &mut Option<(Key, Value)>) {
    if let Some((key, value)) = value.take() {
        let mut copy = current::snapshot().unwrap_or_else(Bindings::new);
        drop(copy.set(key, value));
        *bindings = Some(copy);
    }
}

impl<F: Future> Future for ContextScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        begin(this.bindings, this.value);
        let _entered = current::enter(this.bindings);
        let future = this.future.as_mut().as_pin_mut();
        let polled = future
            .expect("a `ContextScope` is not polled after it was ready")
            .poll(cx);
        if polled.is_ready() {
            this.future.set(None);
        }
        polled
    }
}

impl<F> fmt::Debug for ContextScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextScope").finish_non_exhaustive()
    }
}

/// The values of all [`ContextVar`](super::ContextVar)s at one moment, to be used elsewhere: on a plain thread, in a callback, under another executor.
///
/// # Examples
///
/// ```
/// use runtime_core::task::ContextSnapshot;
///
/// runtime_core::context_var! { static ID: u32; }
/// let snapshot = ID.sync_scope(5, ContextSnapshot::capture);
/// let thread = std::thread::spawn(move || snapshot.run(|| ID.get()));
/// assert_eq!(thread.join().unwrap(), Some(5));
/// ```
#[derive(Clone)]
pub struct ContextSnapshot(Option<Bindings>);

impl ContextSnapshot {
    /// Copies the context of the code that runs; empty if it has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::ContextSnapshot;
    ///
    /// runtime_core::context_var! { static ID: u32; }
    ///
    /// let inside = ID.sync_scope(5, ContextSnapshot::capture);
    /// assert_eq!(inside.run(|| ID.get()), Some(5));
    /// assert_eq!(ContextSnapshot::capture().run(|| ID.get()), None);
    /// ```
    #[must_use]
    pub fn capture() -> Self {
        Self(current::snapshot())
    }

    /// Runs a closure in a copy of the context.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::ContextSnapshot;
    ///
    /// runtime_core::context_var! { static ID: u32; }
    ///
    /// let snapshot = ID.sync_scope(5, ContextSnapshot::capture);
    /// assert_eq!(ID.sync_scope(6, || snapshot.run(|| ID.get())), Some(5));
    /// ```
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        let mut slot = Some(self.bindings());
        let _entered = current::enter(&mut slot);
        f()
    }

    /// Runs a future in a copy of the context.
    ///
    /// # Cancel safety
    ///
    /// As cancel safe as the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::task::ContextSnapshot;
    ///
    /// runtime_core::context_var! { static ID: u32; }
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let snapshot = ID.sync_scope(5, ContextSnapshot::capture);
    /// assert_eq!(rt.block_on(snapshot.scope(async { ID.get() })), Some(5));
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> ContextScope<F> {
        ContextScope::in_copy(self.bindings(), future)
    }

    /// Also where there are none: an empty context hides the one around it.
    fn bindings(&self) -> Bindings {
        self.0.clone().unwrap_or_else(Bindings::new)
    }
}

impl fmt::Debug for ContextSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextSnapshot").finish_non_exhaustive()
    }
}

/// What a function that spawns goes on with.
pub(crate) enum Inherited<F, W> {
    /// The spawner is in no context.
    Bare(F),
    /// In a copy of the spawner's context, and its own type forgotten: one kind of wrapped task per output.
    Wrapped(W),
}

type Boxed<T> = ContextScope<Pin<Box<dyn Future<Output = T> + Send>>>;
type BoxedLocal<T> = ContextScope<Pin<Box<dyn Future<Output = T>>>>;
type BoxedCall<R> = Box<dyn FnOnce() -> R + Send>;

/// A future to be spawned on the pool.
#[inline]
pub(crate) fn inherit<F>(future: F) -> Inherited<F, Boxed<F::Output>>
where
    F: Future + Send + 'static,
{
    match current::snapshot() {
        None => Inherited::Bare(future),
        Some(copy) => Inherited::Wrapped(ContextScope::in_copy(copy, Box::pin(future))),
    }
}

/// A future that stays on its thread.
#[inline]
pub(crate) fn inherit_local<F>(future: F) -> Inherited<F, BoxedLocal<F::Output>>
where
    F: Future + 'static,
{
    match current::snapshot() {
        None => Inherited::Bare(future),
        Some(copy) => Inherited::Wrapped(ContextScope::in_copy(copy, Box::pin(future))),
    }
}

/// A closure that blocks.
#[inline]
pub(crate) fn inherit_call<F, R>(f: F) -> Inherited<F, BoxedCall<R>>
where
    F: FnOnce() -> R + Send + 'static,
{
    match current::snapshot() {
        None => Inherited::Bare(f),
        Some(copy) => {
            let snapshot = ContextSnapshot(Some(copy));
            Inherited::Wrapped(Box::new(move || snapshot.run(f)))
        }
    }
}

/// A closure that stays on its thread.
#[inline]
pub(crate) fn inherit_local_call<F>(f: F) -> Inherited<F, Box<dyn FnOnce()>>
where
    F: FnOnce() + 'static,
{
    match current::snapshot() {
        None => Inherited::Bare(f),
        Some(copy) => {
            let snapshot = ContextSnapshot(Some(copy));
            Inherited::Wrapped(Box::new(move || snapshot.run(f)))
        }
    }
}
