//! What can be used as an address: numbers are read in place, names are resolved on the blocking pool.

use std::fmt;
use std::io;
use std::iter;
use std::net::ToSocketAddrs as StdToSocketAddrs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use runtime_core::spawn_blocking;
use runtime_core::task::JoinHandle;

/// What can be turned into one or more socket addresses without blocking the thread.
///
/// Implemented for socket addresses, for pairs of an address or a name and a port, for texts such as `"127.0.0.1:80"` or
/// `"localhost:80"`, for slices of socket addresses, and for references to all of these. A name is resolved by the system, on the
/// blocking pool of the runtime.
///
/// The trait is sealed: it cannot be implemented outside of this crate. Use [`lookup_host`] to resolve addresses yourself.
pub trait ToSocketAddrs: Resolve {}

/// Resolves a name to its socket addresses.
///
/// # Errors
///
/// The name is unknown, the resolver fails, or the text cannot be taken for an address.
///
/// # Panics
///
/// A name is to be resolved outside of a runtime.
///
/// # Cancel safety
///
/// Cancel safe; the resolver is not interrupted, its answer is dropped.
///
/// # Examples
///
/// ```
/// # let mut future = std::pin::pin!(async {
/// let addrs: Vec<_> = runtime_io::net::lookup_host("127.0.0.1:80").await?.collect();
/// assert_eq!(addrs, ["127.0.0.1:80".parse().unwrap()]);
/// # Ok::<(), std::io::Error>(())
/// # });
/// # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert!(future.as_mut().poll(&mut cx).is_ready());
/// ```
pub async fn lookup_host<T: ToSocketAddrs>(
    host: T,
) -> io::Result<impl Iterator<Item = SocketAddr>> {
    resolve(host).await
}

/// The addresses of `host`, for the rest of this crate.
pub(super) fn resolve(host: impl ToSocketAddrs) -> Lookup {
    host.resolve(Internal)
}

/// The error of an address that stands for none.
#[cold]
pub(super) fn none() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "could not resolve to any address",
    )
}

/// The addresses found.
#[derive(Debug)]
pub enum Addresses {
    /// The one that was given.
    One(iter::Once<SocketAddr>),
    /// Those that were given, or that the resolver found.
    Many(vec::IntoIter<SocketAddr>),
}

impl Addresses {
    fn one(addr: impl Into<SocketAddr>) -> Self {
        Self::One(iter::once(addr.into()))
    }
}

impl Iterator for Addresses {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        match self {
            Self::One(addr) => addr.next(),
            Self::Many(addrs) => addrs.next(),
        }
    }
}

/// The way to the addresses.
pub struct Lookup(State);

enum State {
    /// Nothing to wait for; `None` once it was taken.
    Known(Option<io::Result<Addresses>>),
    /// The resolver is asked.
    Asked(JoinHandle<io::Result<Addresses>>),
}

impl Lookup {
    fn known(addrs: Addresses) -> Self {
        Self(State::Known(Some(Ok(addrs))))
    }

    fn ask<T: StdToSocketAddrs + Send + 'static>(host: T) -> Self
    where
        T::Iter: 'static,
    {
        let asked = spawn_blocking(move || {
            let addrs: Vec<_> = host.to_socket_addrs()?.collect();
            Ok(Addresses::Many(addrs.into_iter()))
        });
        Self(State::Asked(asked))
    }
}

impl Future for Lookup {
    type Output = io::Result<Addresses>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Known(addrs) => {
                Poll::Ready(addrs.take().expect("a future is not polled after its end"))
            }
            State::Asked(asked) => Poll::Ready(
                ready!(Pin::new(asked).poll(cx)).unwrap_or_else(|lost| Err(lost.into())),
            ),
        }
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup { .. }")
    }
}

pub(crate) mod sealed {
    use super::Lookup;

    /// Keeps others from calling or implementing [`Resolve`].
    #[derive(Debug)]
    pub struct Internal;

    /// The hidden half of [`ToSocketAddrs`](super::ToSocketAddrs).
    pub trait Resolve {
        /// Begins the search.
        fn resolve(&self, internal: Internal) -> Lookup;
    }
}

use sealed::{Internal, Resolve};

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {}

impl<T: ToSocketAddrs + ?Sized> Resolve for &T {
    fn resolve(&self, internal: Internal) -> Lookup {
        (**self).resolve(internal)
    }
}

impl ToSocketAddrs for SocketAddr {}

impl Resolve for SocketAddr {
    fn resolve(&self, _: Internal) -> Lookup {
        Lookup::known(Addresses::one(*self))
    }
}

impl ToSocketAddrs for SocketAddrV4 {}

impl Resolve for SocketAddrV4 {
    fn resolve(&self, _: Internal) -> Lookup {
        Lookup::known(Addresses::one(*self))
    }
}

impl ToSocketAddrs for SocketAddrV6 {}

impl Resolve for SocketAddrV6 {
    fn resolve(&self, _: Internal) -> Lookup {
        Lookup::known(Addresses::one(*self))
    }
}

impl ToSocketAddrs for (IpAddr, u16) {}

impl Resolve for (IpAddr, u16) {
    fn resolve(&self, _: Internal) -> Lookup {
        Lookup::known(Addresses::one(*self))
    }
}

impl ToSocketAddrs for (Ipv4Addr, u16) {}

impl Resolve for (Ipv4Addr, u16) {
    fn resolve(&self, _: Internal) -> Lookup {
        Lookup::known(Addresses::one(*self))
    }
}

impl ToSocketAddrs for (Ipv6Addr, u16) {}

impl Resolve for (Ipv6Addr, u16) {
    fn resolve(&self, _: Internal) -> Lookup {
        Lookup::known(Addresses::one(*self))
    }
}

impl ToSocketAddrs for &[SocketAddr] {}

impl Resolve for &[SocketAddr] {
    fn resolve(&self, _: Internal) -> Lookup {
        let owned = self.to_vec();
        Lookup::known(Addresses::Many(owned.into_iter()))
    }
}

impl ToSocketAddrs for str {}

impl Resolve for str {
    fn resolve(&self, _: Internal) -> Lookup {
        match self.parse::<SocketAddr>() {
            Ok(addr) => Lookup::known(Addresses::one(addr)),
            Err(_) => Lookup::ask(self.to_owned()),
        }
    }
}

impl ToSocketAddrs for String {}

impl Resolve for String {
    fn resolve(&self, internal: Internal) -> Lookup {
        self.as_str().resolve(internal)
    }
}

impl ToSocketAddrs for (&str, u16) {}

impl Resolve for (&str, u16) {
    fn resolve(&self, _: Internal) -> Lookup {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => Lookup::known(Addresses::one((ip, port))),
            Err(_) => Lookup::ask((host.to_owned(), port)),
        }
    }
}

impl ToSocketAddrs for (String, u16) {}

impl Resolve for (String, u16) {
    fn resolve(&self, internal: Internal) -> Lookup {
        (self.0.as_str(), self.1).resolve(internal)
    }
}
