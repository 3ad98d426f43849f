//! Group `net`: the echo server. Compiled once per peer; its client is `crate::net::client`, the same for all.

use super::peer::io::{AsyncReadExt, AsyncWriteExt};
use super::peer::net::{TcpListener, TcpStream};
use super::peer::runtime::Runtime;
use super::peer::{spawn, time};
use crate::net::server::{Options, announce};
use std::future::pending;
use std::io;
use std::time::Duration;

const FAR: Duration = Duration::from_secs(3600);

/// Echo until the process ends.
pub(crate) fn serve(rt: &Runtime, options: &Options) -> io::Result<()> {
    rt.block_on(async {
        for _ in 0..options.timers {
            spawn(async {
                time::sleep(FAR).await;
                pending::<()>().await;
            });
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            spawn(echo(stream, options.bytes));
        }
    })
}

/// Ends with the connection; which error ended it is no business of a bench.
async fn echo(mut stream: TcpStream, bytes: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; bytes];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..read]).await?;
    }
}
