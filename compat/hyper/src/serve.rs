//! A server of a tower service: heist's server loop, with a conversation of hyper's on each connection.

use crate::{HyperExecutor, HyperIo, HyperTimer};
use heist::io::{AsyncRead, AsyncWrite};
use heist::net::{ServeListener, ServeOptions, ServeReport};
use heist::sync::CancellationToken;
use http_body::Body;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::error::Error;
use std::pin::pin;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// Serves HTTP/1.1 and HTTP/2 with a tower service, such as an axum `Router` or tonic's `Routes`, until the
/// [stop token](ServeOptions::stop) is cancelled or the listener fails.
///
/// The loop is that of [`heist::net::serve()`], so its limits, deadlines, its grace and its report hold here. After the stop
/// each conversation ends when the response it is at has been sent: HTTP/1.1 without keep-alive, HTTP/2 with GOAWAY. A
/// request's head must arrive within hyper's thirty seconds. Protocol upgrades, such as WebSocket, work.
///
/// An error of one connection ends that connection, and concerns nobody else.
///
/// # Panics
///
/// As [`heist::net::serve()`]; and a connection panics in a runtime without timers.
///
/// # Cancel safety
///
/// Dropping the future closes the listener and aborts all connections at once.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{ServeOptions, TcpListener, TcpStream};
/// use heist::sync::CancellationToken;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let app = Router::new().route("/", get(|| async { "stolen" }));
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// let stop = CancellationToken::new();
/// let options = ServeOptions::new().stop(stop.clone());
/// let server = heist::spawn(heist_hyper::serve(listener, options, app));
///
/// let mut client = TcpStream::connect(address).await?;
/// client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
/// let mut response = String::new();
/// client.read_to_string(&mut response).await?;
/// assert!(response.starts_with("HTTP/1.1 200 OK") && response.ends_with("stolen"));
///
/// stop.cancel();
/// assert_eq!(server.await?.served, 1);
/// # Ok(())
/// # }
/// ```
pub async fn serve<L, S, B>(listener: L, options: ServeOptions, service: S) -> ServeReport<L::Addr>
where
    L: ServeListener,
    L::Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let stop = options.stop_token().clone();
    heist::net::serve(listener, options, move |stream, _peer| {
        converse(stream, service.clone(), stop.clone())
    })
    .await
}

/// One connection, from its first request to its end.
async fn converse<I, S, B>(stream: I, service: S, stop: CancellationToken)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let mut http = auto::Builder::new(HyperExecutor::new());
    http.http1().timer(HyperTimer::new());
    http.http2().timer(HyperTimer::new());
    let service = TowerToHyperService::new(service);
    let conversation = http.serve_connection_with_upgrades(HyperIo::new(stream), service);
    let mut conversation = pin!(conversation);
    let ended = stop.run_until_cancelled(conversation.as_mut()).await;
    if ended.is_none() {
        conversation.as_mut().graceful_shutdown();
        // Clients go away in many ways; the loop counts this one as served.
        let _ = conversation.await;
    }
}
