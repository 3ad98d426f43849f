//! A connection borrowed as two halves.

use std::net::SocketAddr;

use super::TcpStream;
use crate::net::halves;

halves::borrowed!(TcpStream, SocketAddr);
halves::peeking!(ReadHalf<'_>, TcpStream);
