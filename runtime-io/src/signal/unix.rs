//! The signals of Unix.
//!
//! [`signal`] begins to listen to a [`SignalKind`]. The first listener of a kind replaces the default action of that signal for the life
//! of the process, also after the listener is dropped.

use std::ffi::c_int;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use rustix::process::Signal as Number;

use super::Listener;
use crate::reactor::Reactor;

/// A kind of signal, such as `SIGTERM`.
///
/// # Examples
///
/// ```
/// use runtime_io::signal::unix::SignalKind;
///
/// assert_eq!(SignalKind::hangup().as_raw_value(), 1);
/// assert_eq!(SignalKind::from_raw(1), SignalKind::hangup());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignalKind(c_int);

impl SignalKind {
    /// The kind with a number, known or not. Whether it can be listened to is said by [`signal`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::signal::unix::SignalKind;
    /// assert_eq!(SignalKind::from_raw(15), SignalKind::terminate());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub const fn from_raw(signum: c_int) -> Self {
        Self(signum)
    }

    /// The number.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use runtime_io::signal::unix::SignalKind;
    /// assert_eq!(SignalKind::terminate().as_raw_value(), 15);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub const fn as_raw_value(&self) -> c_int {
        self.0
    }
}

/// Kinds by their names.
macro_rules! kinds {
    ($($(#[$attribute:meta])* $name:ident = $number:ident;)*) => {
        impl SignalKind {$(
            $(#[$attribute])*
            #[must_use]
            pub const fn $name() -> Self {
                Self(Number::$number.as_raw())
            }
        )*}
    };
}

kinds! {
    /// `SIGALRM`: a timer of the process has run out. By default it ends the process.
    alarm = ALARM;
    /// `SIGCHLD`: a child has ended, stopped or gone on. By default nothing happens.
    child = CHILD;
    /// `SIGHUP`: the terminal is gone; daemons take it as a request to read their configuration again. By default it ends the process.
    hangup = HUP;
    /// `SIGINFO`: a request to say how things stand. By default nothing happens.
    #[cfg(any(
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd",
    ))]
    info = INFO;
    /// `SIGINT`: Ctrl-C at the terminal. By default it ends the process.
    interrupt = INT;
    /// `SIGIO`: a descriptor is ready that was set up to say so this way. By default it ends the process, on some systems nothing happens.
    io = IO;
    /// `SIGPIPE`: a write to a pipe that nobody reads. Rust programs ignore it and get an error from the write instead.
    pipe = PIPE;
    /// `SIGQUIT`: Ctrl-\ at the terminal. By default it ends the process with a core dump.
    quit = QUIT;
    /// `SIGTERM`: a request to stop. By default it ends the process.
    terminate = TERM;
    /// `SIGUSR1`: whatever the program makes of it. By default it ends the process.
    user_defined1 = USR1;
    /// `SIGUSR2`: whatever the program makes of it. By default it ends the process.
    user_defined2 = USR2;
    /// `SIGWINCH`: the window of the terminal has changed its size. By default nothing happens.
    window_change = WINCH;
}

impl From<c_int> for SignalKind {
    fn from(signum: c_int) -> Self {
        Self::from_raw(signum)
    }
}

impl From<SignalKind> for c_int {
    fn from(kind: SignalKind) -> Self {
        kind.as_raw_value()
    }
}

/// Listens to signals of one kind.
///
/// Made by [`signal`]. Each listener is told of each signal, whatever the others do, but deliveries coalesce: two signals that come before
/// the listener is polled may be one to it. So after a signal look at what it stands for, once, until nothing is left.
pub struct Signal {
    listener: Listener,
    kind: SignalKind,
}

/// Begins to listen to signals of one kind.
///
/// # Errors
///
/// The kind cannot be listened to (`SIGKILL`, `SIGSTOP`, `SIGILL`, `SIGFPE` and `SIGSEGV`, and numbers the system does not know), the system
/// refuses the descriptors needed, or the runtime is shutting down.
///
/// # Panics
///
/// There is no runtime on this thread, or it was built without I/O.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::signal::unix::{SignalKind, signal};
///
/// let mut hangups = signal(SignalKind::hangup())?;
/// # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP)?;
/// // Somebody sends SIGHUP …
/// hangups.recv().await;
/// println!("reading the configuration again");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    let reactor = Reactor::current();
    Ok(Signal {
        listener: Listener::new(kind.as_raw_value(), reactor)?,
        kind,
    })
}

impl Signal {
    /// Waits for the next signal. `None` if there will be none, because the runtime this listener was made in is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no signal is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// use runtime_io::signal::unix::{SignalKind, signal};
    /// use rustix::process::{Signal, getpid, kill_process};
    ///
    /// let mut changes = signal(SignalKind::window_change())?;
    /// kill_process(getpid(), Signal::WINCH)?;
    /// assert_eq!(changes.recv().await, Some(()));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Waits for the next signal, as [`recv`](Self::recv). Only the last task that called this is woken.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// use runtime_io::signal::unix::{SignalKind, signal};
    /// use rustix::process::{Signal, getpid, kill_process};
    ///
    /// let mut changes = signal(SignalKind::window_change())?;
    /// kill_process(getpid(), Signal::WINCH)?;
    /// assert_eq!(std::future::poll_fn(|cx| changes.poll_recv(cx)).await, Some(()));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.listener.poll_recv(cx)
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
