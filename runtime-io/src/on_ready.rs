//! A callback that is called when a descriptor is ready.
//!
//! asyncio's `add_reader` and `add_writer`, for sources that are edge-triggered: the callback says what it met.
//!
//! | it returns | then |
//! |---|---|
//! | `Err` of the kind `WouldBlock` | everything was taken: it is called again after the next event |
//! | `Ok(())` | there may be more: it is called again at its next turn, behind what is queued |
//! | any other error | the watch ends, and [`Builder::on_unhandled`](runtime_core::Builder::on_unhandled) is told |
//!
//! # How
//!
//! A task of the runtime, the *caller*, owns the callback; the descriptor goes back and forth:
//!
//! ```text
//!               1 borrow                        3 end: error, panic, runtime gone
//!   ┌──────┐ ──────────────► ┌──────────┐ ──────────────────────────► ┌───────┐
//!   │ Here │                 │ Borrowed │                             │ Ended │
//!   └──┬───┘ ◄────────────── └────┬─────┘                             └───┬───┘
//!      │         2 give back      │                                       │
//!      │ 4 remove                 │ 4 remove                              │ 4 remove
//!      └───────────────────► ┌────┴─────┐ ◄───────────────────────────────┘
//!                            │   Gone   │    from Borrowed: the caller drops it at 2 or 3
//!                            └──────────┘
//! ```
//!
//! So no lock is held while the callback runs, [`OnReady::into_inner`] waits for at most one call of it, and a dropped [`OnReady`] is never called again.

use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::AsRawFd;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

use parking_lot::{Condvar, Mutex};
use runtime_core::task::{AbortHandle, spawn_local};
use runtime_core::{Handle, messages, tell_watch_ended};

use crate::async_fd::{AsyncFd, Watched};
use crate::reactor::{Interest, Ready};

/// Calls `f` on the current runtime whenever `io` is ready for `interest`, until the watch is dropped or ends.
///
/// `io` should be in non-blocking mode. Readiness comes by edges, so the callback says what it met: an error of the kind [`WouldBlock`](io::ErrorKind::WouldBlock) that everything was
/// taken, and the next event is awaited; `Ok(())` that there may be more, and it is called again at its next turn; any other error ends the watch and goes to `on_unhandled` of the
/// runtime's builder. It must not block. One callback serves both directions of a descriptor: `Ready` says which.
///
/// # Errors
///
/// Returns an error of the kind [`AlreadyExists`](io::ErrorKind::AlreadyExists) if another callback watches the descriptor on this runtime; the system's error if it cannot be
/// waited for.
///
/// # Panics
///
/// Panics if there is no current runtime, or if I/O is not enabled on it.
///
/// # Examples
///
/// ```no_run
/// use std::io::{ErrorKind, Read};
/// use std::os::unix::net::UnixStream;
/// use runtime_io::io::{Interest, on_ready};
///
/// # fn watch(socket: UnixStream) -> std::io::Result<()> {
/// socket.set_nonblocking(true)?;
/// let watch = on_ready(socket, Interest::READABLE, |mut socket, _ready| {
///     let mut buffer = [0; 1024];
///     match socket.read(&mut buffer)? {
///         0 => Err(ErrorKind::UnexpectedEof.into()),
///         n => {
///             println!("{n} bytes");
///             Ok(())
///         }
///     }
/// })?;
/// # drop(watch);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn on_ready<T, F>(io: T, interest: Interest, f: F) -> io::Result<OnReady<T>>
where
    T: AsRawFd + Send + 'static,
    F: FnMut(&T, Ready) -> io::Result<()> + Send + 'static,
{
    let caller = begin(io, interest, f)?;
    let watch = caller.watch.clone();
    let caller = Handle::current().spawn(caller).abort_handle();
    Ok(OnReady { watch, caller })
}

/// [`on_ready`] for a callback that stays on this thread: on the current `LocalSet`, or the current runtime if it belongs to this thread.
///
/// # Errors
///
/// As [`on_ready`].
///
/// # Panics
///
/// As [`on_ready`], and where nothing can be spawned that stays on its thread.
#[track_caller]
pub fn on_ready_local<T, F>(io: T, interest: Interest, f: F) -> io::Result<OnReady<T>>
where
    T: AsRawFd + 'static,
    F: FnMut(&T, Ready) -> io::Result<()> + 'static,
{
    let caller = begin(io, interest, f)?;
    let watch = caller.watch.clone();
    let caller = spawn_local(caller).abort_handle();
    Ok(OnReady { watch, caller })
}

#[track_caller]
fn begin<T: AsRawFd, F>(io: T, interest: Interest, f: F) -> io::Result<Caller<T, F>> {
    let watch = Arc::new(Watch {
        place: Mutex::new(Place::Here(AsyncFd::watch(io, interest)?)),
        given_back: Condvar::new(),
    });
    Ok(Caller {
        watch,
        f,
        location: Location::caller(),
    })
}

/// A descriptor, and the callback that is called when it is ready: made by [`on_ready`].
///
/// Dropping it takes the callback away and drops the descriptor. If the callback runs at this moment, on another thread, both are dropped when it returns.
pub struct OnReady<T: AsRawFd> {
    watch: Arc<Watch<T>>,
    caller: AbortHandle,
}

struct Watch<T: AsRawFd> {
    // No user code runs under this lock: what is taken out is dropped outside.
    place: Mutex<Place<T>>,
    /// Edges 2 and 3.
    given_back: Condvar,
}

/// Where the descriptor is.
enum Place<T: AsRawFd> {
    Here(Watched<T>),
    /// This thread's caller has it.
    Borrowed(ThreadId),
    Ended(T),
    Gone,
}

impl<T: AsRawFd> OnReady<T> {
    /// Takes the callback away and gives the descriptor back.
    ///
    /// If the callback runs at this moment, on another thread, this waits until it returns.
    ///
    /// # Panics
    ///
    /// Panics inside the callback itself.
    #[must_use = "the descriptor is closed if it is dropped"]
    #[track_caller]
    pub fn into_inner(self) -> T {
        let mut place = self.watch.place.lock();
        while let Place::Borrowed(thread) = &*place {
            let own = *thread == thread::current().id();
            assert!(!own, "{}", messages::OWN_CALLBACK);
            self.watch.given_back.wait(&mut place);
        }
        let taken = std::mem::replace(&mut *place, Place::Gone);
        drop(place);
        match taken {
            Place::Here(watched) => watched.into_inner(),
            Place::Ended(io) => io,
            Place::Borrowed(_) | Place::Gone => {
                unreachable!("it is given back, and only this handle removes it")
            }
        }
    }

    /// Returns true if the watch has ended: by an error of the callback, its panic, or the end of the runtime.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(&*self.watch.place.lock(), Place::Ended(_)) || self.caller.is_finished()
    }
}

impl<T: AsRawFd> Drop for OnReady<T> {
    fn drop(&mut self) {
        self.caller.abort();
        let mut place = self.watch.place.lock();
        let taken = std::mem::replace(&mut *place, Place::Gone);
        drop(place);
        // Here, unless the caller has it.
        drop(taken);
    }
}

impl<T: AsRawFd> fmt::Debug for OnReady<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnReady")
            .field("finished", &self.is_finished())
            .finish()
    }
}

/// The task that calls the callback.
struct Caller<T: AsRawFd, F> {
    watch: Arc<Watch<T>>,
    f: F,
    location: &'static Location<'static>,
}

impl<T: AsRawFd, F> Unpin for Caller<T, F> {}

impl<T, F> Future for Caller<T, F>
where
    T: AsRawFd,
    F: FnMut(&T, Ready) -> io::Result<()>,
{
    type Output = ();

    /// One call at most.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(mut borrowed) = Borrowed::take(&this.watch) else {
            return Poll::Ready(());
        };
        let watched = borrowed.get();
        let Poll::Ready(seen) = watched.poll_ready(cx) else {
            borrowed.give_back();
            return Poll::Pending;
        };
        let Ok(seen) = seen else {
            // The runtime is going away.
            return Poll::Ready(());
        };
        match (this.f)(watched.get_ref(), watched.ready(seen)) {
            Ok(()) => cx.waker().wake_by_ref(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                watched.clear(seen);
                if watched.poll_ready(cx).is_ready() {
                    // An event came meanwhile: at the next turn.
                    cx.waker().wake_by_ref();
                }
            }
            Err(error) => {
                drop(borrowed);
                tell_watch_ended(&error, this.location);
                return Poll::Ready(());
            }
        }
        borrowed.give_back();
        Poll::Pending
    }
}

impl<T: AsRawFd, F> Drop for Caller<T, F> {
    /// The runtime has ended it, or the callback panicked: an `OnReady` that is there still has the descriptor.
    fn drop(&mut self) {
        drop(Borrowed::take(&self.watch));
    }
}

/// The descriptor in the hands of the caller. Dropped, the watch ends.
struct Borrowed<'a, T: AsRawFd> {
    watch: &'a Watch<T>,
    watched: Option<Watched<T>>,
}

impl<'a, T: AsRawFd> Borrowed<'a, T> {
    /// Edge 1. `None`: it has ended or gone.
    fn take(watch: &'a Watch<T>) -> Option<Self> {
        let mut place = watch.place.lock();
        if !matches!(*place, Place::Here(_)) {
            return None;
        }
        let here = Place::Borrowed(thread::current().id());
        match std::mem::replace(&mut *place, here) {
            Place::Here(watched) => Some(Self {
                watch,
                watched: Some(watched),
            }),
            _ => None,
        }
    }

    fn get(&mut self) -> &mut Watched<T> {
        match &mut self.watched {
            Some(watched) => watched,
            None => unreachable!("it is there until it is given back"),
        }
    }

    /// Edge 2.
    fn give_back(mut self) {
        if let Some(watched) = self.watched.take() {
            self.put(Place::Here(watched));
        }
    }

    fn put(&self, what: Place<T>) {
        let mut place = self.watch.place.lock();
        // Edge 4 came meanwhile: dropped here, outside of the lock.
        let left = if matches!(*place, Place::Gone) {
            what
        } else {
            std::mem::replace(&mut *place, what)
        };
        drop(place);
        self.watch.given_back.notify_all();
        drop(left);
    }
}

impl<T: AsRawFd> Drop for Borrowed<'_, T> {
    /// Edge 3.
    fn drop(&mut self) {
        if let Some(watched) = self.watched.take() {
            self.put(Place::Ended(watched.into_inner()));
        }
    }
}
