//! The adapters under hyper, axum, and streams that lie.

use axum::Router;
use axum::routing::get;
use heist::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf, duplex};
use heist::net::{ServeOptions, ServeReport, TcpListener, TcpStream};
use heist::sync::CancellationToken;
use heist::time::{Duration, timeout};
use heist_hyper::{Connector, HyperExecutor, HyperIo, HyperTimer, serve};
use http_body_util::{BodyExt, Empty};
use hyper::rt::{Read, Timer};
use hyper_util::client::legacy::Client;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

const SOON: Duration = Duration::from_secs(20);

/// A server of one route, and the token that stops it.
async fn server(
    app: Router,
) -> (
    SocketAddr,
    CancellationToken,
    heist::task::JoinHandle<ServeReport<SocketAddr>>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let options = ServeOptions::new().stop(stop.clone());
    (address, stop, heist::spawn(serve(listener, options, app)))
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "stolen" }))
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_hyper_util_reuses_connections() {
    let (address, stop, server) = server(hello()).await;
    let client: Client<_, Empty<bytes::Bytes>> =
        Client::builder(HyperExecutor::new()).build(Connector::new());
    // A connection is free again a moment after its response, so some requests may still need another one.
    const REQUESTS: u64 = 50;
    for _ in 0..REQUESTS {
        let uri = format!("http://{address}/").parse().unwrap();
        let response = client.get(uri).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(&body[..], b"stolen");
    }
    stop.cancel();
    // Idle connections that are kept alive do not hold the stop up.
    let report = timeout(SOON, server).await.unwrap().unwrap();
    assert!(report.accepted < REQUESTS, "each request had its own");
    assert_eq!(
        (report.served, report.survivors.len()),
        (report.accepted, 0)
    );
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_2_without_tls_runs_its_streams_as_tasks() {
    let (address, stop, server) = server(hello()).await;
    let client: Client<_, Empty<bytes::Bytes>> = Client::builder(HyperExecutor::new())
        .http2_only(true)
        .timer(HyperTimer::new())
        .build(Connector::new());
    const REQUESTS: u64 = 50;
    let requests: Vec<_> = (0..REQUESTS)
        .map(|_| {
            let uri = format!("http://{address}/").parse().unwrap();
            heist::spawn(client.get(uri))
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap().unwrap().status(), 200);
    }
    stop.cancel();
    let report = timeout(SOON, server).await.unwrap().unwrap();
    // The client may begin with more than one, but a connection carries many streams.
    assert!(
        report.accepted < REQUESTS / 2,
        "{} connections",
        report.accepted
    );
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_under_way_is_finished_after_the_stop() {
    let (started, mut is_started) = heist::sync::mpsc::channel(1);
    let go_on = CancellationToken::new();
    let goes_on = go_on.clone();
    let app = Router::new().route(
        "/",
        get(move || async move {
            started.send(()).await.unwrap();
            goes_on.cancelled().await;
            "late"
        }),
    );
    let (address, stop, server) = server(app).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    is_started.recv().await.unwrap();
    stop.cancel();
    go_on.cancel();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with("late"), "{response}");
    let report = timeout(SOON, server).await.unwrap().unwrap();
    assert_eq!((report.served, report.survivors.len()), (1, 0));
}

#[heist::test(start_paused = true)]
async fn a_head_that_does_not_come_ends_the_connection_by_hypers_timeout() {
    let (near, mut far) = duplex(1024);
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(HyperTimer::new())
        .header_read_timeout(Duration::from_secs(30));
    let nothing = hyper::service::service_fn(|_| async {
        Ok::<_, std::convert::Infallible>(hyper::Response::new(String::new()))
    });
    far.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let before = heist::time::Instant::now();
    let ended = http.serve_connection(HyperIo::new(near), nothing).await;
    assert!(ended.unwrap_err().is_timeout());
    assert!(before.elapsed() >= Duration::from_secs(30));
}

#[heist::test(start_paused = true)]
async fn a_sleep_that_is_moved_stays_the_same_sleep() {
    let timer = HyperTimer::new();
    let start = timer.now();
    let mut sleep = timer.sleep(Duration::from_secs(1));
    let place = std::ptr::from_ref(&*sleep).cast::<()>();
    timer.reset(&mut sleep, start + Duration::from_secs(5));
    assert_eq!(std::ptr::from_ref(&*sleep).cast::<()>(), place);
    sleep.await;
    assert_eq!(timer.now() - start, Duration::from_secs(5));
}

/// Puts a buffer of its own in the place of the one it was lent.
struct Swaps;

impl AsyncRead for Swaps {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let own: &'static mut [u8] = Box::leak(Box::new([7; 64]));
        *buf = ReadBuf::new(own);
        buf.set_filled(64);
        Poll::Ready(Ok(()))
    }
}

#[heist::test]
#[should_panic(expected = "exchanged the buffer")]
async fn a_stream_that_swaps_the_buffer_is_found_out() {
    let mut memory = [0; 64];
    let mut lent = hyper::rt::ReadBuf::new(&mut memory);
    let mut io = pin!(HyperIo::new(Swaps));
    let _ = poll_fn(|cx| io.as_mut().poll_read(cx, lent.unfilled())).await;
}

#[heist::test]
async fn what_is_read_through_both_adapters_is_what_was_written() {
    let (near, mut far) = duplex(1024);
    let mut there_and_back = HyperIo::new(HyperIo::new(near));
    far.write_all(b"steal this").await.unwrap();
    let mut read = [0; 10];
    there_and_back.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"steal this");
    there_and_back.write_all(b"and this").await.unwrap();
    there_and_back.shutdown().await.unwrap();
    let mut answer = String::new();
    far.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "and this");
}

#[heist::test]
async fn a_uri_that_cannot_be_connected_to_says_why() {
    use tower_service::Service;
    for (uri, why) in [("https://localhost/", "https"), ("/path", "http only")] {
        let error = Connector::new()
            .call(uri.parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains(why), "{error}");
    }
}
