//! The limit: a bare single-threaded, level-triggered epoll loop that echoes.

use crate::net::poller::{EVENTS, Poller, interest, token};
use crate::net::server::{Options, announce};
use slab::Slab;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

const LISTENER: usize = usize::MAX;

struct Connection {
    stream: TcpStream,
    /// What was read and not yet written; empty while the peer takes all.
    unsent: Vec<u8>,
}

/// Echo until the process ends.
pub(super) fn serve(options: &Options) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let poller = Poller::new()?;
    poller.add(&listener, LISTENER, interest(true, false))?;
    announce(listener.local_addr()?)?;

    let mut connections = Slab::new();
    let mut buffer = vec![0; options.bytes];
    let mut events = Vec::with_capacity(EVENTS);
    loop {
        poller.wait(&mut events, None)?;
        for token in events.iter().copied().map(token) {
            if token == LISTENER {
                accept_all(&listener, &poller, &mut connections)?;
            } else if !matches!(
                echo(&mut connections[token], token, &poller, &mut buffer),
                Ok(true)
            ) {
                // Closing the socket takes it out of the poller.
                connections.remove(token);
            }
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    poller: &Poller,
    connections: &mut Slab<Connection>,
) -> io::Result<()> {
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let vacant = connections.vacant_entry();
        poller.add(&stream, vacant.key(), interest(true, false))?;
        vacant.insert(Connection {
            stream,
            unsent: Vec::new(),
        });
    }
}

/// One read and one write; `false` at the end of the connection.
fn echo(
    connection: &mut Connection,
    token: usize,
    poller: &Poller,
    buffer: &mut [u8],
) -> io::Result<bool> {
    let Connection { stream, unsent } = connection;
    if !unsent.is_empty() {
        let sent = written(stream.write(unsent))?;
        unsent.drain(..sent);
        if unsent.is_empty() {
            poller.modify(&*stream, token, interest(true, false))?;
        }
        return Ok(true);
    }
    let read = match stream.read(buffer) {
        Ok(0) => return Ok(false),
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
        Err(error) => return Err(error),
    };
    let sent = written(stream.write(&buffer[..read]))?;
    if sent < read {
        unsent.extend_from_slice(&buffer[sent..read]);
        poller.modify(&*stream, token, interest(false, true))?;
    }
    Ok(true)
}

fn written(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
