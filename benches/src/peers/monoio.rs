//! monoio: a runtime of one thread on io_uring. Echo only.

use crate::net::server::{Options, announce};
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use std::io;

/// Why it cannot run here.
pub(super) fn missing() -> Option<&'static str> {
    (!monoio::utils::detect_uring()).then_some("the kernel refuses io_uring")
}

/// Serve echo until the process ends.
pub(super) fn serve(options: &Options) -> io::Result<()> {
    let bytes = options.bytes;
    let mut rt = monoio::RuntimeBuilder::<monoio::IoUringDriver>::new().build()?;
    rt.block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            monoio::spawn(echo(stream, bytes));
        }
    })
}

/// Ends with the connection; which error ended it is no business of a bench.
async fn echo(mut stream: TcpStream, bytes: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(bytes);
    loop {
        let (read, filled) = stream.read(buffer).await;
        if read? == 0 {
            return Ok(());
        }
        let (written, mut sent) = stream.write_all(filled).await;
        written?;
        sent.clear();
        buffer = sent;
    }
}
