//! A server loop that does not have to be written again.
//!
//! [`serve()`] accepts connections and runs a task for each. What is hard about such a loop, and done here:
//!
//! * **Out of descriptors.** `accept` fails, and the connection stays in the queue; a loop that goes on at once would take a whole CPU from
//!   the very tasks that could give descriptors back. The listener stands back by itself (5 ms to 1 s), and meanwhile a *reserve* descriptor is given
//!   up to accept the waiting clients and close them, so that they learn of it instead of hanging ([`reserve`]).
//! * **Errors of one connection.** They are counted, and the loop goes on. Only an error of the listener itself ends it.
//! * **Too many connections.** At the limit the loop stops accepting; the system's queue holds the clients back.
//! * **Connections without end.** Each may have a deadline.
//! * **A panic in a handler.** It ends that connection and is counted.
//! * **Stopping.** In numbered steps, below.
//!
//! ```text
//!   ┌─────────┐ 1 stop token ┌──────────┐ 3 none left ┌──────────┐
//!   │ serving │ ───────────► │ draining │ ──────────► │ reported │
//!   └─────────┘              └──────────┘             └──────────┘
//!        │ 2 error of the listener ▲ │ 4 grace is over      ▲
//!        └─────────────────────────┘ └──────────────────────┘ survivors are aborted
//! ```
//!
//! 1. The token is cancelled. Connections whose handshake is done are accepted first, as far as the limit allows, for closing a listener resets
//!    them; then the listener is closed.
//! 2. The listener cannot be used any more; the error is in the report.
//! 3. Handlers finish on their own. One that should know of the stop has a clone of the token.
//! 4. What is left is aborted, and the report names it.
//!
//! # Rejected
//!
//! * *A semaphore for the limit.* The set of tasks knows how many there are.
//! * *Waiting for a task to end in a task of its own.* The loop collects its tasks between two connections; no list grows while
//!   connections come and go.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use runtime_core::task::{Id, JoinError, JoinSet};
use runtime_time::{sleep, timeout};
use rustix::io::Errno;

mod listener;
mod options;
mod report;
mod reserve;

pub use listener::ServeListener;
pub use options::ServeOptions;
pub use report::ServeReport;

use reserve::Reserve;

/// How a connection ended that did not panic.
#[derive(Clone, Copy, Debug)]
enum End {
    Served,
    TimedOut,
}

/// How a task ended, and which.
type Ended = Result<(Id, End), JoinError>;

/// Accepts connections and runs `handler` in a task for each, until the [stop token](ServeOptions::stop) is cancelled or the listener fails.
///
/// Returns when every connection has ended: on its own, at its deadline, or aborted when the [grace](ServeOptions::grace) after the
/// stop is over. The report says how many did what.
///
/// # Panics
///
/// A deadline is set, or connections are left to drain, and the runtime was built without timers. A panic of a handler ends its connection only.
///
/// # Cancel safety
///
/// Dropping the future closes the listener and aborts all connections at once. That is the way to stop without grace.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # let timer = std::sync::Arc::new(runtime_time::Timer::new(reactor.clone(), builder.slot_count()));
/// # let timers = timer.timers().clone();
/// # builder.driver(timer).extension(timers).extension(reactor).build()?.block_on(async {
/// use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
/// use runtime_io::net::{ServeOptions, TcpListener, TcpStream, serve};
/// use runtime_sync::CancellationToken;
/// use std::time::Duration;
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// let stop = CancellationToken::new();
/// let options = ServeOptions::new()
///     .max_connections(10_000)
///     .deadline(Duration::from_secs(60))
///     .grace(Duration::from_secs(5))
///     .stop(stop.clone());
/// let server = runtime_core::spawn(serve(listener, options, |mut stream: TcpStream, _peer| async move {
///     let _ = stream.write_all(b"hello").await;
/// }));
///
/// let mut text = String::new();
/// TcpStream::connect(address).await?.read_to_string(&mut text).await?;
/// assert_eq!(text, "hello");
///
/// stop.cancel();
/// let report = server.await?;
/// assert_eq!(report.served, 1);
/// assert!(report.survivors.is_empty());
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn serve<L, H, F>(listener: L, options: ServeOptions, handler: H) -> ServeReport<L::Addr>
where
    L: ServeListener,
    H: FnMut(L::Stream, L::Addr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut server = Server {
        tasks: JoinSet::new(),
        peers: HashMap::new(),
        report: ServeReport::default(),
        deadline: options.deadline,
        handler,
    };
    server.accept_all(listener, &options).await;
    server.drain(options.grace).await;
    server.report
}

/// The connections and what is known of them.
struct Server<A, H> {
    tasks: JoinSet<End>,
    /// Who is at the other end of each.
    peers: HashMap<Id, A>,
    report: ServeReport<A>,
    deadline: Option<Duration>,
    handler: H,
}

/// What the loop waits for.
enum Event<C> {
    Accepted(io::Result<C>),
    Ended(Ended),
    Stop,
}

/// What an error of `accept` says.
#[derive(Debug, PartialEq, Eq)]
enum Trouble {
    /// The connection is gone, the listener is as good as before.
    Connection,
    /// There is no descriptor for it.
    Descriptors,
    /// There is no memory for it.
    Memory,
    /// The listener cannot be used any more.
    Listener,
}

impl<A, H> Server<A, H> {
    /// Serves until the stop or an error of the listener, and closes it.
    async fn accept_all<L, F>(&mut self, listener: L, options: &ServeOptions)
    where
        L: ServeListener<Addr = A>,
        A: Clone,
        H: FnMut(L::Stream, A) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let mut reserve = Reserve::new();
        let mut stop = pin!(options.stop.cancelled());
        loop {
            let room = self.tasks.len() < options.max_connections;
            match poll_fn(|cx| self.poll_event(cx, &listener, stop.as_mut(), room)).await {
                Event::Accepted(Ok((stream, peer))) => self.start(stream, peer),
                Event::Accepted(Err(error)) => match trouble(&error) {
                    Trouble::Connection | Trouble::Memory => self.report.failed_accepts += 1,
                    Trouble::Descriptors => {
                        self.report.failed_accepts += 1;
                        self.report.refused += reserve.refuse(&listener);
                    }
                    Trouble::Listener => {
                        self.report.error = Some(error);
                        return;
                    }
                },
                Event::Ended(ended) => self.ended(ended),
                Event::Stop => break,
            }
        }
        while self.tasks.len() < options.max_connections {
            let Some((stream, peer)) = listener.accept_waiting() else {
                return;
            };
            self.start(stream, peer);
        }
    }

    /// The end of a task first, for it makes room; then the stop, or a server under load would never see it.
    fn poll_event<L: ServeListener<Addr = A>>(
        &mut self,
        cx: &mut Context<'_>,
        listener: &L,
        stop: Pin<&mut impl Future<Output = ()>>,
        room: bool,
    ) -> Poll<Event<(L::Stream, A)>> {
        if let Poll::Ready(Some(ended)) = self.tasks.poll_join_next_with_id(cx) {
            return Poll::Ready(Event::Ended(ended));
        }
        if stop.poll(cx).is_ready() {
            return Poll::Ready(Event::Stop);
        }
        if !room {
            return Poll::Pending;
        }
        listener.poll_accept(cx).map(Event::Accepted)
    }

    fn start<S, F>(&mut self, stream: S, peer: A)
    where
        A: Clone,
        H: FnMut(S, A) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let handling = (self.handler)(stream, peer.clone());
        let task = match self.deadline {
            None => self.tasks.spawn(async {
                handling.await;
                End::Served
            }),
            Some(deadline) => self.tasks.spawn(async move {
                match timeout(deadline, handling).await {
                    Ok(()) => End::Served,
                    Err(_) => End::TimedOut,
                }
            }),
        };
        self.peers.insert(task.id(), peer);
        self.report.accepted += 1;
    }

    /// Notes how a connection ended.
    fn ended(&mut self, ended: Ended) {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let peer = self.peers.remove(&id);
        match ended {
            Ok((_, End::Served)) => self.report.served += 1,
            Ok((_, End::TimedOut)) => self.report.timed_out += 1,
            Err(error) if error.is_panic() => self.report.panicked += 1,
            // Aborted, by us or by the end of the runtime.
            Err(_) => self.report.survivors.extend(peer),
        }
    }

    /// Waits for the connections that are left, and aborts them when the grace is over.
    async fn drain(&mut self, grace: Duration) {
        if self.tasks.is_empty() {
            return;
        }
        let mut over = pin!(sleep(grace));
        let mut aborted = false;
        loop {
            let ended = poll_fn(|cx| {
                if !aborted && over.as_mut().poll(cx).is_ready() {
                    aborted = true;
                    self.tasks.abort_all();
                }
                self.tasks.poll_join_next_with_id(cx)
            });
            match ended.await {
                Some(ended) => self.ended(ended),
                None => return,
            }
        }
    }
}

fn trouble(error: &io::Error) -> Trouble {
    match Errno::from_io_error(error) {
        Some(Errno::MFILE | Errno::NFILE) => Trouble::Descriptors,
        Some(Errno::NOBUFS | Errno::NOMEM) => Trouble::Memory,
        Some(
            Errno::CONNABORTED
            | Errno::CONNRESET
            | Errno::CONNREFUSED
            | Errno::PROTO
            | Errno::PERM
            | Errno::TIMEDOUT
            | Errno::NETDOWN
            | Errno::NETUNREACH
            | Errno::HOSTDOWN
            | Errno::HOSTUNREACH
            | Errno::NOPROTOOPT
            | Errno::OPNOTSUPP,
        ) => Trouble::Connection,
        _ => Trouble::Listener,
    }
}

impl<A: fmt::Debug, H> fmt::Debug for Server<A, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn errors_of_one_connection_are_told_from_those_of_the_listener() {
        let errors = [
            (Errno::CONNABORTED, Trouble::Connection),
            (Errno::PROTO, Trouble::Connection),
            (Errno::NETDOWN, Trouble::Connection),
            (Errno::MFILE, Trouble::Descriptors),
            (Errno::NFILE, Trouble::Descriptors),
            (Errno::NOMEM, Trouble::Memory),
            (Errno::BADF, Trouble::Listener),
            (Errno::INVAL, Trouble::Listener),
        ];
        for (errno, expected) in errors {
            assert_eq!(trouble(&errno.into()), expected, "{errno}");
        }
        let gone = crate::reactor::Reactor::shut_down_error();
        assert_eq!(trouble(&gone), Trouble::Listener);
    }
}
