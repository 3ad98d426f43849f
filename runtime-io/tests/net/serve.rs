//! The server loop.

use std::future::pending;
use std::io::{Read, Write};
use std::net;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runtime_core::Builder;
use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
use runtime_io::is_rt_shutdown_err;
use runtime_io::net::{ServeOptions, TcpListener, TcpStream, UnixListener, UnixStream, serve};
use runtime_io::reactor::Backend;
use runtime_sync::{CancellationToken, Semaphore};

use crate::support::{Watchdog, on_each, runtime};

async fn echo(mut stream: TcpStream, _: net::SocketAddr) {
    let (mut reader, mut writer) = stream.split();
    let _ = runtime_io::io::copy(&mut reader, &mut writer).await;
}

/// Asks and gets the answer.
async fn ask(address: net::SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"?").await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), b'?');
    client
}

fn stoppable() -> (ServeOptions, CancellationToken) {
    let stop = CancellationToken::new();
    (ServeOptions::new().stop(stop.clone()), stop)
}

#[test]
fn connections_are_served_and_counted() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (options, stop) = stoppable();
        let server = runtime_core::spawn(serve(listener, options, echo));
        for _ in 0..5 {
            drop(ask(address).await);
        }
        stop.cancel();
        let report = server.await.unwrap();
        assert_eq!((report.accepted, report.served), (5, 5));
        assert_eq!(
            (report.timed_out, report.panicked, report.refused),
            (0, 0, 0)
        );
        assert!(report.survivors.is_empty() && report.error.is_none());
        assert!(TcpStream::connect(address).await.is_err(), "it is closed");
    });
}

#[test]
fn unix_listeners_are_served_too() {
    on_each(async || {
        let dir = std::env::temp_dir().join(format!("heist-serve-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let (options, stop) = stoppable();
        let server = runtime_core::spawn(serve(
            listener,
            options,
            |mut stream: UnixStream, _| async move {
                stream.write_all(b"hello").await.unwrap();
            },
        ));
        let mut said = String::new();
        let mut client = UnixStream::connect(&path).await.unwrap();
        client.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "hello");
        stop.cancel();
        assert_eq!(server.await.unwrap().served, 1);
        std::fs::remove_dir_all(&dir).unwrap();
    });
}

/// At the limit the next client waits in the queue of the system until a connection ends.
#[test]
fn no_more_connections_than_the_limit() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (options, stop) = stoppable();
        let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let handler = {
            let most = Arc::clone(&most);
            move |stream, peer| {
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let open = Arc::clone(&open);
                async move {
                    echo(stream, peer).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                }
            }
        };
        let server = runtime_core::spawn(serve(listener, options.max_connections(3), handler));
        let clients: Vec<_> = (0..20)
            .map(|_| runtime_core::spawn(async move { drop(ask(address).await) }))
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        stop.cancel();
        assert_eq!(server.await.unwrap().served, 20);
        assert!(most.load(Ordering::SeqCst) <= 3);
    });
}

#[test]
fn a_connection_ends_at_its_deadline() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (options, stop) = stoppable();
        let options = options.deadline(Duration::from_millis(20));
        let server = runtime_core::spawn(serve(listener, options, echo));
        let mut client = ask(address).await;
        // It says no more, and the server hangs up.
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        stop.cancel();
        let report = server.await.unwrap();
        assert_eq!((report.timed_out, report.served), (1, 0));
    });
}

#[test]
fn a_panic_ends_its_connection_only() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (options, stop) = stoppable();
        let server = runtime_core::spawn(serve(
            listener,
            options,
            |mut stream: TcpStream, _| async move {
                let request = stream.read_u8().await.unwrap();
                assert_eq!(request, b'?', "not what is spoken here");
                stream.write_u8(request).await.unwrap();
            },
        ));
        let mut rude = TcpStream::connect(address).await.unwrap();
        rude.write_all(b"!").await.unwrap();
        assert_eq!(rude.read(&mut [0]).await.unwrap(), 0);
        ask(address).await;
        stop.cancel();
        let report = server.await.unwrap();
        assert_eq!((report.panicked, report.served), (1, 1));
    });
}

/// What is under way is finished, what does not finish is named.
#[test]
fn stopping_waits_for_the_grace_and_reports_survivors() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (options, stop) = stoppable();
        let go_on = Arc::new(Semaphore::new(0));
        let handler = {
            let go_on = Arc::clone(&go_on);
            move |mut stream: TcpStream, _| {
                let go_on = Arc::clone(&go_on);
                async move {
                    let request = stream.read_u8().await.unwrap();
                    stream.write_u8(request).await.unwrap();
                    let _permit = go_on.acquire().await.unwrap();
                    if stream.read_u8().await.is_err() {
                        pending::<()>().await;
                    }
                    stream.write_u8(b'.').await.unwrap();
                }
            }
        };
        let options = options.grace(Duration::from_millis(50));
        let server = runtime_core::spawn(serve(listener, options, handler));
        let (mut polite, mut rude) = (ask(address).await, ask(address).await);
        stop.cancel();
        go_on.add_permits(2);
        polite.write_all(b"x").await.unwrap();
        assert_eq!(polite.read_u8().await.unwrap(), b'.');
        let report = server.await.unwrap();
        assert_eq!(report.served, 1);
        assert_eq!(report.survivors, [rude.local_addr().unwrap()]);
        assert_eq!(rude.read(&mut [0]).await.unwrap(), 0);
    });
}

/// Handshakes that were done before the stop: their clients believe that they are connected.
#[test]
fn queued_connections_are_served_before_the_listener_closes() {
    let _watchdog = Watchdog::new();
    let (runtime, _) = runtime(&mut Builder::new_current_thread(), Backend::Native);
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (options, stop) = stoppable();
        // None of this lets the server run.
        let clients: Vec<_> = (0..200)
            .map(|_| net::TcpStream::connect(address).unwrap())
            .collect();
        stop.cancel();
        let server = runtime_core::spawn(serve(listener, options, echo));
        let asking = runtime_core::spawn_blocking(move || {
            for mut client in clients {
                client.write_all(b"?").unwrap();
                client.shutdown(net::Shutdown::Write).unwrap();
                let mut answer = Vec::new();
                client.read_to_end(&mut answer).unwrap();
                assert_eq!(answer, b"?");
            }
        });
        asking.await.unwrap();
        assert_eq!(server.await.unwrap().served, 200);
    });
}

#[test]
fn dropping_the_server_ends_all_at_once() {
    on_each(async || {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = runtime_core::spawn(serve(listener, ServeOptions::new(), echo));
        let mut client = ask(address).await;
        server.abort();
        assert!(server.await.unwrap_err().is_cancelled());
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        assert!(TcpStream::connect(address).await.is_err());
    });
}

#[test]
fn a_listener_that_cannot_be_used_ends_the_server() {
    let _watchdog = Watchdog::new();
    let new = || runtime(&mut Builder::new_current_thread(), Backend::Native).0;
    let (first, second) = (new(), new());
    let listener = first.block_on(async { TcpListener::bind("127.0.0.1:0").await.unwrap() });
    drop(first);
    let report = second.block_on(serve(listener, ServeOptions::new(), echo));
    assert!(is_rt_shutdown_err(&report.error.unwrap()));
    assert_eq!(report.accepted, 0);
}

#[test]
#[should_panic = "`max_connections` must be greater than 0"]
fn a_limit_of_nothing_panics() {
    let _ = ServeOptions::new().max_connections(0);
}
