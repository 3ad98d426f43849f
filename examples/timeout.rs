//! A limit on how long to wait, here for a peer that never answers.
//!
//! ```text
//! cargo run --example timeout
//! ```
//!
//! When the time is up the future is dropped, and with it all it holds: the connection below is closed.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::io::AsyncReadExt;
use heist::net::{TcpListener, TcpStream};
use heist::time::{Duration, Instant, timeout};
use std::io;

#[heist::main]
async fn main() -> io::Result<()> {
    // Accepts nothing: the kernel completes the connection, and then nobody speaks.
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let address = silent.local_addr()?;

    let start = Instant::now();
    match timeout(Duration::from_millis(200), greeting(address)).await {
        Ok(Ok(greeting)) => println!("the peer said {greeting:?}"),
        Ok(Err(error)) => println!("the connection failed: {error}"),
        Err(elapsed) => println!("{elapsed}: no greeting within {:?}", start.elapsed()),
    }
    Ok(())
}

async fn greeting(address: std::net::SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let mut buffer = [0; 64];
    let read = stream.read(&mut buffer).await?;
    Ok(String::from_utf8_lossy(&buffer[..read]).into_owned())
}
