//! Group `net`: the echo server. Compiled once per peer; its client is `crate::net::client`, the same for all.

use super::peer::io::{AsyncReadExt, AsyncWriteExt};
use super::peer::net::{TcpListener, TcpStream};
use super::peer::runtime::Runtime;
use super::peer::task::yield_now;
use super::peer::{spawn, time};
use crate::measure::spin;
use crate::net::server::{Options, Work, announce};
use std::future::pending;
use std::io;
use std::time::Duration;

const FAR: Duration = Duration::from_secs(3600);
/// What the hogs of a mixed load do.
const COMPUTES: Duration = Duration::from_millis(5);
const BLOCKS: Duration = Duration::from_millis(50);
const BETWEEN: Duration = Duration::from_millis(150);

/// Echo until the process ends.
pub(crate) fn serve(rt: &Runtime, options: &Options) -> io::Result<()> {
    rt.block_on(async {
        for _ in 0..options.timers {
            spawn(async {
                time::sleep(FAR).await;
                pending::<()>().await;
            });
        }
        if options.work == Work::Mixed {
            spawn(compute());
            spawn(block());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            spawn(echo(stream, options.bytes));
        }
    })
}

/// Holds a worker for 5 ms at a time.
async fn compute() {
    loop {
        spin(COMPUTES);
        yield_now().await;
    }
}

/// Blocks a worker for 50 ms in every 200, as a careless call of the standard library does.
#[expect(clippy::disallowed_methods, reason = "a blocked worker is the subject")]
async fn block() {
    loop {
        std::thread::sleep(BLOCKS);
        time::sleep(BETWEEN).await;
    }
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
