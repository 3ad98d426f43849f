//! hyper on heist.
//!
//! hyper names no runtime: it asks for streams, an executor and a timer through the traits of `hyper::rt`. This crate has
//! them for [`heist`]:
//!
//! | hyper asks for | here |
//! |---|---|
//! | `Read` and `Write` | [`HyperIo`], around any stream of heist |
//! | `Executor` | [`HyperExecutor`] |
//! | `Timer` and `Sleep` | [`HyperTimer`] |
//! | a `Service<Uri>` that connects, for hyper-util's client | [`Connector`] |
//!
//! and beside them [`serve()`]: a listener and a tower service, such as an axum `Router` or tonic's `Routes`, make a server
//! that ends gracefully.
//!
//! # Examples
//!
//! A server of hyper's own:
//!
//! ```
//! use heist_hyper::{HyperIo, HyperTimer};
//! use hyper::server::conn::http1;
//! use hyper::service::service_fn;
//! use hyper::{Request, Response, body::Incoming};
//!
//! async fn hello(_: Request<Incoming>) -> Result<Response<String>, std::convert::Infallible> {
//!     Ok(Response::new("stolen".to_owned()))
//! }
//!
//! # #[heist::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (server, mut client) = heist::io::duplex(1024);
//! heist::spawn(async move {
//!     let mut http = http1::Builder::new();
//!     http.timer(HyperTimer::new());
//!     http.serve_connection(HyperIo::new(server), service_fn(hello)).await
//! });
//!
//! use heist::io::{AsyncReadExt, AsyncWriteExt};
//! client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
//! let mut response = String::new();
//! client.read_to_string(&mut response).await?;
//! assert!(response.ends_with("stolen"));
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "client")]
mod connector;
mod executor;
mod io;
#[cfg(feature = "server")]
mod serve;
mod timer;

#[cfg(feature = "client")]
pub use connector::{Connecting, Connector};
pub use executor::HyperExecutor;
pub use io::HyperIo;
#[cfg(feature = "server")]
pub use serve::serve;
pub use timer::{HyperSleep, HyperTimer};
