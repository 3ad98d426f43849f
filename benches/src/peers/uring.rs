//! A bare single-threaded loop on io_uring that echoes: what the other interface of the kernel gives.
//!
//! A connection has one operation under way: a receive, or a send of what was received. Each turn of the loop hands over
//! all new operations and waits for the next completion with one system call.

use crate::net::server::{Options, announce};
use io_uring::{IoUring, cqueue, opcode, squeue, types::Fd};
use slab::Slab;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const ENTRIES: u32 = 4096;
const ACCEPT: u64 = u64::MAX;

/// Why it cannot run here.
pub(super) fn missing() -> Option<&'static str> {
    IoUring::new(2).err().map(|_| "the kernel refuses io_uring")
}

/// Echo until the process ends.
pub(super) fn serve(options: &Options) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    announce(listener.local_addr()?)?;
    let mut server = Server {
        ring: IoUring::builder()
            .setup_single_issuer()
            .setup_coop_taskrun()
            .build(ENTRIES)?,
        listener,
        connections: Slab::new(),
        bytes: options.bytes,
    };
    server.accept()?;
    let mut completed = Vec::new();
    loop {
        server.ring.submit_and_wait(1)?;
        completed.extend(server.ring.completion());
        for completion in completed.drain(..) {
            server.complete(&completion)?;
        }
    }
}

struct Server {
    ring: IoUring,
    listener: TcpListener,
    connections: Slab<Connection>,
    bytes: usize,
}

struct Connection {
    socket: OwnedFd,
    buffer: Box<[u8]>,
    /// Received and not yet sent: from `sent` to `received`; nothing while a receive is under way.
    sent: usize,
    received: usize,
}

impl Server {
    fn accept(&mut self) -> io::Result<()> {
        let listener = Fd(self.listener.as_raw_fd());
        let accept = opcode::Accept::new(listener, std::ptr::null_mut(), std::ptr::null_mut());
        self.hand_over(&accept.build().user_data(ACCEPT))
    }

    fn complete(&mut self, completion: &cqueue::Entry) -> io::Result<()> {
        let result = completion.result();
        if completion.user_data() == ACCEPT {
            let socket =
                u32::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result))?;
            self.open(socket as i32)?;
            return self.accept();
        }
        let key = completion.user_data() as usize;
        let Some(moved) = usize::try_from(result).ok().filter(|moved| *moved > 0) else {
            // The peer is gone; closing the socket is all there is to do.
            self.connections.remove(key);
            return Ok(());
        };
        let connection = &mut self.connections[key];
        if connection.received == 0 {
            connection.received = moved;
        } else {
            connection.sent += moved;
            if connection.sent == connection.received {
                (connection.sent, connection.received) = (0, 0);
            }
        }
        self.next(key)
    }

    fn open(&mut self, socket: i32) -> io::Result<()> {
        // SAFETY: the kernel has just made this descriptor for the accept, and nobody else knows of it.
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        rustix::net::sockopt::set_tcp_nodelay(&socket, true)?;
        let key = self.connections.insert(Connection {
            socket,
            buffer: vec![0; self.bytes].into_boxed_slice(),
            sent: 0,
            received: 0,
        });
        self.next(key)
    }

    /// Receives, or sends what is left of what was received.
    fn next(&mut self, key: usize) -> io::Result<()> {
        let connection = &mut self.connections[key];
        let socket = Fd(connection.socket.as_raw_fd());
        let operation = if connection.received == 0 {
            let buffer = &mut connection.buffer;
            opcode::Recv::new(socket, buffer.as_mut_ptr(), buffer.len() as u32).build()
        } else {
            let rest = &connection.buffer[connection.sent..connection.received];
            opcode::Send::new(socket, rest.as_ptr(), rest.len() as u32).build()
        };
        self.hand_over(&operation.user_data(key as u64))
    }

    fn hand_over(&mut self, operation: &squeue::Entry) -> io::Result<()> {
        // SAFETY: the descriptor and the buffer belong to the listener or to a connection, which stays where it is until the operation has
        // completed: a connection is removed in its completion only, and has one under way at a time; its buffer is a box of its own.
        while unsafe { self.ring.submission().push(operation) }.is_err() {
            self.ring.submit()?;
        }
        Ok(())
    }
}
