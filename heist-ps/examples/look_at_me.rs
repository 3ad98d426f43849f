//! Something to look at with heist-ps: a server with some connections, a clock, and a task that blocks its worker now and then.
//!
//! ```text
//! cargo run -p heist-ps --example look_at_me -- /tmp/look.sock
//! cargo run -p heist-ps -- top /tmp/look.sock
//! ```
//!
//! It ends when its standard input does, or with Ctrl-C.

use std::env;
use std::io::{self, Read};
use std::thread;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::Builder;
use heist::task;
use heist::time::{Duration, interval, sleep};

fn main() -> io::Result<()> {
    let Some(socket) = env::args_os().nth(1) else {
        return Err(io::Error::other("name the path of the socket to make"));
    };
    let rt = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .name("look at me")
        .debug(true)
        .introspect(&socket)
        .build()?;
    rt.block_on(async {
        named("clock", async {
            let mut ticks = interval(Duration::from_millis(1));
            loop {
                ticks.tick().await;
            }
        });
        named("server", async {
            if let Err(error) = serve().await {
                eprintln!("the server ended: {error}");
            }
        });
        named("now and then", async {
            loop {
                sleep(Duration::from_secs(2)).await;
                block_for_a_while();
            }
        });
    });
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

#[track_caller]
fn named(name: &str, future: impl Future<Output = ()> + Send + 'static) {
    if let Err(error) = task::Builder::new().name(name).spawn(future) {
        eprintln!("{name} was not spawned: {error}");
    }
}

/// What a task should not do.
#[allow(
    clippy::disallowed_methods,
    reason = "a blocked thread is what is to be seen"
)]
fn block_for_a_while() {
    thread::sleep(Duration::from_millis(600));
}

/// Echoes, to clients of its own that send now and then.
async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    for number in 1..=5 {
        named(&format!("client {number}"), async move {
            if let Err(error) = talk(address, number).await {
                eprintln!("client {number} ended: {error}");
            }
        });
    }
    loop {
        let (mut stream, peer) = listener.accept().await?;
        named(&format!("connection of {}", peer.port()), async move {
            let (mut reader, mut writer) = stream.split();
            // Which error ended the connection is no business of an echo.
            let _ = heist::io::copy(&mut reader, &mut writer).await;
        });
    }
}

async fn talk(server: std::net::SocketAddr, number: u64) -> io::Result<()> {
    let mut stream = TcpStream::connect(server).await?;
    let mut answer = [0; 5];
    loop {
        sleep(Duration::from_millis(10 * number)).await;
        stream.write_all(b"hello").await?;
        stream.read_exact(&mut answer).await?;
    }
}
