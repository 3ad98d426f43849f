//! The server: a task per connection.

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::time::sleep;
use std::io;
use std::time::Duration;

/// How long to wait when connections cannot be accepted, say for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Accept connections and echo on each, for ever.
pub(crate) async fn serve(listener: TcpListener, size: usize) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                heist::spawn(echo(stream, size));
            }
            Err(error) => {
                eprintln!("echo: cannot accept a connection: {error}");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Send back what comes, until the peer is done or gone.
async fn echo(mut stream: TcpStream, size: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; size];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..read]).await?;
    }
}
