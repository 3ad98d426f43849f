//! One connection of a client: a request under way at a time.

use super::poller::{Poller, interest};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection, and how far its exchange is.
pub(super) struct Connection {
    stream: TcpStream,
    sent: usize,
    received: usize,
}

impl Connection {
    /// Connect `number` of them; each has its index as token.
    pub(super) fn open(
        server: SocketAddr,
        number: usize,
        poller: &Poller,
    ) -> io::Result<Vec<Self>> {
        let connected = (0..number).map(|token| {
            let stream = TcpStream::connect(server)?;
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            poller.add(&stream, token, interest(true, false))?;
            Ok(Self {
                stream,
                sent: 0,
                received: 0,
            })
        });
        connected.collect()
    }

    /// Send what is left of the request. A full socket is rare: then, and only then, writability counts.
    pub(super) fn send(&mut self, request: &[u8], poller: &Poller, token: usize) -> io::Result<()> {
        let resumed = self.sent > 0;
        match self.stream.write(&request[self.sent..]) {
            Ok(sent) => self.sent += sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        let unsent = self.sent < request.len();
        if unsent || resumed {
            poller.modify(&self.stream, token, interest(true, unsent))?;
        }
        Ok(())
    }

    /// Read once. `true`: the reply, as long as `buffer`, is whole, and the connection is ready for the next request.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        match self.stream.read(buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => self.received += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
        let whole = self.received >= buffer.len();
        if whole {
            (self.sent, self.received) = (0, 0);
        }
        Ok(whole)
    }
}
