//! Connections for hyper-util's client.

use crate::HyperIo;
use heist::net::TcpStream;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// Connects to the host of a `http` URI, trying its addresses as [`connect_happy`](heist::net::connect_happy) does.
///
/// A tower service for `hyper_util::client::legacy::Client`.
///
/// # Errors
///
/// A connection fails for a URI without a host or with another scheme than `http` ([`io::ErrorKind::InvalidInput`]), and
/// with the error of its last address.
///
/// # Examples
///
/// ```
/// use heist_hyper::{Connector, HyperExecutor};
/// use hyper_util::client::legacy::Client;
///
/// let client: Client<_, String> = Client::builder(HyperExecutor::new()).build(Connector::new());
/// # drop(client);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Connector;

impl Connector {
    /// Makes one.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Service<Uri> for Connector {
    type Response = HyperIo<TcpStream>;
    type Error = io::Error;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Connecting {
        Connecting(Box::pin(connect(uri)))
    }
}

/// A connection that is being made, see [`Connector`].
#[must_use = "futures do nothing unless polled"]
pub struct Connecting(Pin<Box<dyn Future<Output = io::Result<HyperIo<TcpStream>>> + Send>>);

impl Future for Connecting {
    type Output = io::Result<HyperIo<TcpStream>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl std::fmt::Debug for Connecting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connecting").finish_non_exhaustive()
    }
}

async fn connect(uri: Uri) -> io::Result<HyperIo<TcpStream>> {
    let refused = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{why}: {uri}"));
    if uri.scheme_str() != Some("http") {
        return Err(refused(
            "this connector speaks http only; wrap it for https",
        ));
    }
    let host = uri.host().ok_or_else(|| refused("the URI names no host"))?;
    // An IPv6 address stands in brackets there.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(80);
    let stream = heist::net::connect_happy((host, port)).await?;
    stream.set_nodelay(true)?;
    Ok(HyperIo::new(stream))
}

impl Connection for HyperIo<TcpStream> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
