//! A server that stops well: no new connections, a deadline for those there are, and a count of who made it.
//!
//! ```text
//! cargo run --example graceful_shutdown
//! ```
//!
//! It serves itself three clients, of which one is too slow, and stops after 300 ms.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::sync::mpsc;
use heist::task::JoinHandle;
use heist::time::{Duration, Instant, sleep, timeout_at};
use std::io;
use std::net::SocketAddr;

const RUN: Duration = Duration::from_millis(300);
const GRACE: Duration = Duration::from_millis(600);

type Connection = JoinHandle<io::Result<()>>;

#[heist::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (accepted, connections) = mpsc::unbounded_channel();
    let accepting = heist::spawn(accept(listener, accepted));

    let clients = [100, 600, 60_000].map(|millis| client(address, Duration::from_millis(millis)));
    sleep(RUN).await;

    println!("stopping");
    accepting.abort();
    // Once it has ended the listener is closed: a new client is refused at once instead of hanging.
    let _ = accepting.await;
    let (finished, cut) = drain(connections, Instant::now() + GRACE).await;
    println!("connections that finished: {finished}, that were cut off: {cut}");

    for client in clients {
        client.abort();
    }
    Ok(())
}

async fn accept(
    listener: TcpListener,
    accepted: mpsc::UnboundedSender<Connection>,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // Nobody listens only if the program is over.
        let _ = accepted.send(heist::spawn(answer(stream)));
    }
}

/// Wait for all connections until `deadline`, and abort those that are not done by then.
async fn drain(
    mut connections: mpsc::UnboundedReceiver<Connection>,
    deadline: Instant,
) -> (usize, usize) {
    let (mut finished, mut cut) = (0, 0);
    while let Some(mut connection) = connections.recv().await {
        if timeout_at(deadline, &mut connection).await.is_ok() {
            finished += 1;
        } else {
            connection.abort();
            cut += 1;
        }
    }
    (finished, cut)
}

/// Reply once the client has sent its byte.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let byte = stream.read_u8().await?;
    stream.write_u8(byte).await
}

/// A client that takes its time.
fn client(server: SocketAddr, thinks: Duration) -> JoinHandle<io::Result<()>> {
    heist::spawn(async move {
        let mut stream = TcpStream::connect(server).await?;
        sleep(thinks).await;
        stream.write_u8(1).await?;
        stream.read_u8().await?;
        println!("the client that took {thinks:?} was answered");
        Ok(())
    })
}
