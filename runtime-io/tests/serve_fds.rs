//! Serving while the process has no file descriptors left. Its own process, because the limit is the process's.
#![cfg(not(loom))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[path = "net/support.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net;

use runtime_io::io::copy;
use runtime_io::net::{ServeOptions, TcpListener, TcpStream, serve};
use runtime_sync::CancellationToken;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use support::on_each_with;

const CLIENTS: usize = 10;

/// Takes all descriptors that are left.
fn hoard() -> Vec<File> {
    let limit = getrlimit(Resource::Nofile);
    let lower = Rlimit {
        current: Some(256),
        ..limit
    };
    setrlimit(Resource::Nofile, lower).unwrap();
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

async fn echo(mut stream: TcpStream, _: net::SocketAddr) {
    let (mut reader, mut writer) = stream.split();
    let _ = copy(&mut reader, &mut writer).await;
}

/// Asks and waits for the answer or the end of the connection.
fn ask(mut client: &net::TcpStream) -> bool {
    let mut answer = [0];
    match client
        .write_all(b"?")
        .and_then(|()| client.read(&mut answer))
    {
        Ok(count) => count == 1,
        Err(error) => {
            assert!(matches!(
                error.kind(),
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
            ));
            false
        }
    }
}

/// REACT-29: clients that cannot be served are closed instead of left hanging, connections that are served go on, and when there are descriptors
/// again all is as before.
#[test]
fn react_29_clients_are_refused_with_the_reserve_descriptor() {
    on_each_with(async |reactor| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let options = ServeOptions::new().stop(stop.clone());
        let server = runtime_core::spawn(serve(listener, options, echo));
        let asked =
            |client: net::TcpStream| runtime_core::spawn_blocking(move || (ask(&client), client));
        let first = net::TcpStream::connect(address).unwrap();
        let (served, first) = asked(first).await.unwrap();
        assert!(served);

        // The sockets of the clients, to be connected when nothing else is left.
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let domain = socket2::Domain::IPV4;
                socket2::Socket::new(domain, socket2::Type::STREAM, None).unwrap()
            })
            .collect();
        let hoard = hoard();
        let refused: Vec<_> = clients
            .into_iter()
            .map(|client| {
                client.connect(&address.into()).unwrap();
                asked(client.into())
            })
            .collect();
        // Kept open until all have been refused, for each that is closed makes room for one.
        let mut kept = Vec::new();
        for refused in refused {
            let (served, client) = refused.await.unwrap();
            assert!(!served, "nobody can serve it");
            kept.push(client);
        }
        // Whoever was served before is still.
        let (served, first) = asked(first).await.unwrap();
        assert!(served);
        assert!(reactor.accept_backoffs() >= 1);

        drop((hoard, kept));
        let again = net::TcpStream::connect(address).unwrap();
        let (served, again) = asked(again).await.unwrap();
        assert!(served);
        drop((first, again));
        stop.cancel();
        let report = server.await.unwrap();
        assert_eq!((report.served, report.refused), (2, CLIENTS as u64));
        assert!(report.failed_accepts >= 1);
        // A failure refuses all who wait, so there are no more of them than clients.
        assert!(report.failed_accepts <= CLIENTS as u64);
    });
}
