//! Connecting to whichever address answers first: Happy Eyeballs, version 2 (RFC 8305).
//!
//! A host has several addresses, often of both families, and one of them may lead nowhere. Tried one after the other, each dead one
//! costs a timeout of minutes. Tried all at once, the server pays for connections nobody wants. So they are tried in turns:
//!
//! 1. The addresses are put in an order in which the families take turns, beginning with the family of the first one; within a family
//!    the order is the resolver's.
//! 2. The first one is tried. The next one follows when an attempt fails, or after 250 ms, whichever is earlier; the earlier attempts go on.
//! 3. The first connection wins; the others are given up.
//!
//! What the RFC says of asking for both families at once is left to the resolver of the system, which answers for both together.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use runtime_time::sleep;

use super::{TcpStream, ToSocketAddrs, addr};

/// How long an attempt has for itself: the "Connection Attempt Delay" that the RFC recommends.
const DELAY: Duration = Duration::from_millis(250);

/// Opens a connection to the address that answers first, as browsers do: Happy Eyeballs, version 2 (RFC 8305).
///
/// [`TcpStream::connect`] tries one address after the other and waits for each as long as the system does. This gives each attempt 250 ms
/// before the next one joins it, with the two families in turns, so that a host with one dead address costs a quarter of a second
/// instead of minutes.
///
/// # Errors
///
/// No address can be connected to; the error is that of the last attempt. Or the address cannot be resolved.
///
/// # Panics
///
/// There is no runtime on this thread, or it was built without I/O; or there are several addresses, and it was built without timers.
///
/// # Cancel safety
///
/// Cancel safe: all attempts are given up and their sockets are closed.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # let timer = std::sync::Arc::new(runtime_time::Timer::new(reactor.clone(), builder.slot_count()));
/// # let timers = timer.timers().clone();
/// # builder.driver(timer).extension(timers).extension(reactor).build()?.block_on(async {
/// use runtime_io::net::{TcpListener, connect_happy};
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let port = listener.local_addr()?.port();
/// // Perhaps `localhost` has an address of each family, and nobody listens at one of them.
/// let stream = connect_happy(("localhost", port)).await?;
/// assert_eq!(stream.peer_addr()?.port(), port);
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn connect_happy<A: ToSocketAddrs>(addr: A) -> io::Result<TcpStream> {
    let mut waiting = in_turns(addr::resolve(addr).await?);
    let mut race = Race::default();
    loop {
        if let Some(addr) = waiting.pop_front() {
            race.attempts
                .push(Box::pin(async move { TcpStream::connect(addr).await }));
        }
        if race.attempts.is_empty() {
            return Err(race.last_error.unwrap_or_else(addr::none));
        }
        // The last address has all the time there is, and needs no timer.
        let delay = async {
            if waiting.is_empty() {
                std::future::pending::<()>().await;
            }
            sleep(DELAY).await;
        };
        let mut delay = pin!(delay);
        let won = poll_fn(|cx| match race.poll(cx) {
            Poll::Pending => delay.as_mut().poll(cx).map(|()| None),
            ended => ended,
        });
        if let Some(stream) = won.await {
            return Ok(stream);
        }
    }
}

/// The attempts under way.
#[derive(Default)]
struct Race {
    attempts: Vec<Attempt>,
    last_error: Option<io::Error>,
}

type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

impl Race {
    /// Waits for the next attempt to end. `None`: it has failed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<TcpStream>> {
        for place in 0..self.attempts.len() {
            if let Poll::Ready(result) = self.attempts[place].as_mut().poll(cx) {
                drop(self.attempts.remove(place));
                return Poll::Ready(match result {
                    Ok(stream) => Some(stream),
                    Err(error) => {
                        self.last_error = Some(error);
                        None
                    }
                });
            }
        }
        Poll::Pending
    }
}

/// Puts addresses in an order in which the families take turns, beginning with that of the first one.
fn in_turns(addrs: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let addrs: Vec<_> = addrs.collect();
    let first_family = addrs.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addrs
        .into_iter()
        .partition(|addr| addr.is_ipv6() == first_family);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = VecDeque::new();
    loop {
        let (one, other) = (first.next(), second.next());
        if one.is_none() && other.is_none() {
            return turns;
        }
        turns.extend(one.into_iter().chain(other));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn turns(addrs: &[&str]) -> Vec<String> {
        let addrs = addrs.iter().map(|addr| addr.parse().unwrap());
        in_turns(addrs).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn families_take_turns_and_the_first_one_begins() {
        assert_eq!(
            turns(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]),
            ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]
        );
        assert_eq!(
            turns(&["1.1.1.1:1", "2.2.2.2:1", "[::1]:1"]),
            ["1.1.1.1:1", "[::1]:1", "2.2.2.2:1"]
        );
        assert_eq!(turns(&["1.1.1.1:1"]), ["1.1.1.1:1"]);
        assert!(turns(&[]).is_empty());
    }
}
