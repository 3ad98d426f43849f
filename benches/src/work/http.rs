//! Group `net`: hyper's HTTP/1.1 server. Compiled once per peer, around whose streams `HyperIo` is and whose time `HyperTimer` tells.

use super::super::{HyperIo, HyperTimer};
use super::peer::net::{TcpListener, TcpStream};
use super::peer::runtime::Runtime;
use super::peer::spawn;
use crate::net::server::announce;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use std::convert::Infallible;
use std::io;

/// Twelve bytes.
const BODY: &[u8] = b"hello, heist";

/// Answer every request until the process ends.
pub(crate) fn serve(rt: &Runtime) -> io::Result<()> {
    rt.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            spawn(converse(stream));
        }
    })
}

/// Ends with the connection; which error ended it is no business of a bench.
async fn converse(stream: TcpStream) {
    let mut http = http1::Builder::new();
    http.timer(HyperTimer::new()).pipeline_flush(true);
    let _ = http
        .serve_connection(HyperIo::new(stream), service_fn(hello))
        .await;
}

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(BODY))))
}
