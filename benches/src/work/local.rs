//! Groups `net` and `io`: sockets and children with both ends at hand. Compiled once per peer.
//!
//! Client and server are tasks of one runtime, so a round trip is counted with all it costs on both sides. The rows
//! `echo` have their client in another process, where only the server is the runtime's.

use super::peer::io::{AsyncReadExt, AsyncWriteExt};
use super::peer::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
use super::peer::process::Command;
use super::peer::runtime::Runtime;
use super::peer::spawn;
use crate::measure::{Sample, repeat};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUND_TRIPS: usize = 100;
const CONNECTIONS: usize = 20;
const CHILDREN: usize = 16;
const REQUEST: usize = 128;

/// Run the row `name`, if it belongs to this group.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<io::Result<Sample>> {
    let (work, number) = name.split_once('/')?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    Some(match work {
        "udp_echo" => udp_echo(rt, number),
        "unix_echo" => unix_echo(rt, number),
        "churn" => churn(rt, number),
        "spawn_wait" => Ok(spawn_wait(rt, number)),
        _ => return None,
    })
}

/// How long `clients` tasks take together.
fn together<F>(rt: &Runtime, clients: usize, client: impl Fn(usize) -> F) -> Duration
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients).map(|i| rt.spawn(client(i))).collect();
    rt.block_on(async {
        for task in tasks {
            let result = task.await.expect("the workload does not panic");
            result.expect("sockets of this machine have no errors");
        }
    });
    start.elapsed()
}

/// Datagrams of 64 bytes from each client to one server and back; time per round trip.
fn udp_echo(rt: &Runtime, clients: usize) -> io::Result<Sample> {
    let (server, sockets) = rt.block_on(async {
        let server = UdpSocket::bind("127.0.0.1:0").await?;
        let address = server.local_addr()?;
        let mut sockets = Vec::new();
        for _ in 0..clients {
            let socket = UdpSocket::bind("127.0.0.1:0").await?;
            socket.connect(address).await?;
            sockets.push(Arc::new(socket));
        }
        io::Result::Ok((server, sockets))
    })?;
    rt.spawn(async move {
        let mut datagram = [0; 64];
        while let Ok((length, from)) = server.recv_from(&mut datagram).await {
            if server.send_to(&datagram[..length], from).await.is_err() {
                return;
            }
        }
    });
    Ok(repeat((clients * ROUND_TRIPS) as u64, || {
        together(rt, clients, |i| {
            let socket = Arc::clone(&sockets[i]);
            async move {
                let mut datagram = [7; 64];
                for _ in 0..ROUND_TRIPS {
                    socket.send(&datagram).await?;
                    socket.recv(&mut datagram).await?;
                }
                Ok(())
            }
        })
    }))
}

/// Requests of 128 bytes over a Unix socket for each client; time per round trip.
fn unix_echo(rt: &Runtime, clients: usize) -> io::Result<Sample> {
    let _inside = rt.enter();
    Ok(repeat((clients * ROUND_TRIPS) as u64, || {
        let mut ends = Vec::new();
        for _ in 0..clients {
            let (near, mut far) = UnixStream::pair().expect("there are descriptors enough");
            spawn(async move {
                let mut request = [0; REQUEST];
                while far.read_exact(&mut request).await.is_ok() {
                    if far.write_all(&request).await.is_err() {
                        return;
                    }
                }
            });
            ends.push(parking_lot::Mutex::new(Some(near)));
        }
        together(rt, clients, |i| {
            let near = ends[i].lock().take();
            async move {
                let mut near = near.expect("each end is taken once");
                let mut request = [7; REQUEST];
                for _ in 0..ROUND_TRIPS {
                    near.write_all(&request).await?;
                    near.read_exact(&mut request).await?;
                }
                Ok(())
            }
        })
    }))
}

/// Each client connects, sends one request, reads the answer and closes, over and over; time per connection.
fn churn(rt: &Runtime, clients: usize) -> io::Result<Sample> {
    let listener = rt.block_on(TcpListener::bind("0.0.0.0:0"))?;
    let port = listener.local_addr()?.port();
    rt.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            spawn(async move {
                let mut request = [0; REQUEST];
                if stream.read_exact(&mut request).await.is_ok() {
                    let _ = stream.write_all(&request).await;
                    // The client closes first, so that it is the client's port that lingers.
                    let _ = stream.read(&mut request).await;
                }
            });
        }
    });
    Ok(repeat((clients * CONNECTIONS) as u64, || {
        together(rt, clients, |i| async move {
            // An address for each client, or the ports would run out.
            let last = u8::try_from(1 + i % 200).expect("it is less than 256");
            let address = SocketAddr::from(([127, 0, 0, last], port));
            for _ in 0..CONNECTIONS {
                let mut stream = TcpStream::connect(address).await?;
                let mut request = [7; REQUEST];
                stream.write_all(&request).await?;
                stream.read_exact(&mut request).await?;
            }
            Ok(())
        })
    }))
}

/// Children that exit at once, started and awaited by `tasks` tasks; time per child.
fn spawn_wait(rt: &Runtime, tasks: usize) -> Sample {
    repeat((tasks * CHILDREN) as u64, || {
        together(rt, tasks, |_| async {
            for _ in 0..CHILDREN {
                let status = Command::new("true").spawn()?.wait().await?;
                assert!(status.success());
            }
            Ok(())
        })
    })
}
