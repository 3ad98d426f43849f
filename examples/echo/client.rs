//! The client process: a task per connection, each with one request under way.

use crate::message::{Message, Outcome};
use crate::options::Load;
use crate::system;
use hdrhistogram::Histogram;
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpSocket, TcpStream};
use heist::task::JoinHandle;
use heist::time::{Instant, interval, sleep, timeout};
use parking_lot::Mutex;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Connections opened at a time: more would overflow the server's backlog.
const CONNECTORS: usize = 64;
/// Connections from one source address, below the number of its ports.
const PER_SOURCE: usize = 20_000;
/// The histogram ends here, at a minute.
const LONGEST: u64 = 60_000_000_000;
/// A request up to this size fits into the buffers between the two. A larger one might wait for the reply to be read.
const SMALL: usize = 16 * 1024;
const WARM_UP: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);
/// A reply that does not come within this time after the end is lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the connections of a run share.
struct Run {
    server: SocketAddr,
    load: Load,
    connected: AtomicUsize,
    ended: AtomicBool,
    /// In nanoseconds.
    latencies: Mutex<Histogram<u64>>,
}

/// Drive the server and tell the parent process how it goes.
pub(crate) async fn main(server: SocketAddr, load: Load) {
    system::raise_file_limit();
    system::exit_with_parent();
    if let Err(error) = drive(server, load).await {
        Message::Failed(error.to_string()).send();
    }
}

async fn drive(server: SocketAddr, load: Load) -> io::Result<()> {
    let run = Arc::new(Run {
        server,
        load,
        connected: AtomicUsize::new(0),
        ended: AtomicBool::new(false),
        latencies: Mutex::new(Histogram::new_with_max(LONGEST, 3).map_err(io::Error::other)?),
    });
    let streams = connect_all(&run).await?;
    let exchanges: Vec<_> = streams
        .into_iter()
        .map(|stream| heist::spawn(exchange(stream, Arc::clone(&run))))
        .collect();

    sleep(WARM_UP).await;
    run.latencies.lock().reset();
    Message::Started.send();
    let start = Instant::now();
    let mut ticks = interval(TICK);
    while start.elapsed() < run.load.duration {
        ticks.tick().await;
        Message::Passed(start.elapsed()).send();
    }
    Message::Measured(Outcome::of(&run.latencies.lock(), start.elapsed())).send();

    run.ended.store(true, Relaxed);
    let (failed, lost) = gather(exchanges).await;
    Message::Finished { failed, lost }.send();
    Ok(())
}

async fn connect_all(run: &Arc<Run>) -> io::Result<Vec<TcpStream>> {
    let connectors: Vec<_> = (0..CONNECTORS)
        .map(|_| heist::spawn(connect(Arc::clone(run))))
        .collect();
    let mut streams = Vec::with_capacity(run.load.connections);
    for connector in connectors {
        streams.append(&mut connector.await??);
    }
    Ok(streams)
}

/// Open connections until there are enough.
async fn connect(run: Arc<Run>) -> io::Result<Vec<TcpStream>> {
    let mut streams = Vec::new();
    loop {
        let index = run.connected.fetch_add(1, Relaxed);
        if index >= run.load.connections {
            return Ok(streams);
        }
        let socket = TcpSocket::new_v4()?;
        if let source @ 1.. = index / PER_SOURCE {
            // The ports of one address are used up; on Linux all of 127/8 is loopback.
            let source = Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + source as u32);
            socket.bind((source, 0).into())?;
        }
        let stream = socket.connect(run.server).await.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("cannot open connection {}: {error}", index + 1),
            )
        })?;
        stream.set_nodelay(true)?;
        streams.push(stream);
        if index % 250 == 0 {
            Message::Connecting(index).send();
        }
    }
}

/// Send a request, await the reply, and again.
async fn exchange(mut stream: TcpStream, run: Arc<Run>) -> io::Result<()> {
    let request = vec![b'x'; run.load.size];
    let mut reply = vec![0; run.load.size];
    while !run.ended.load(Relaxed) {
        let start = Instant::now();
        if run.load.size <= SMALL {
            stream.write_all(&request).await?;
            stream.read_exact(&mut reply).await?;
        } else {
            let (mut read, mut write) = stream.split();
            heist::try_join!(write.write_all(&request), read.read_exact(&mut reply))?;
        }
        run.latencies
            .lock()
            .saturating_record(start.elapsed().as_nanos() as u64);
    }
    Ok(())
}

/// How many connections broke, and how many still waited for a reply when patience ended.
async fn gather(exchanges: Vec<JoinHandle<io::Result<()>>>) -> (usize, usize) {
    let total = exchanges.len();
    let (mut returned, mut failed) = (0, 0);
    let all = async {
        for exchange in exchanges {
            failed += usize::from(!matches!(exchange.await, Ok(Ok(()))));
            returned += 1;
        }
    };
    let _ = timeout(PATIENCE, all).await;
    (failed, total - returned)
}
