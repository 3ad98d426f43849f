//! A connection borrowed as two halves.

use std::net::SocketAddr;

use super::TcpStream;
use crate::net::halves;

halves::borrowed!(tcp_halves, TcpStream, SocketAddr);
halves::peeking!(tcp_halves, ReadHalf<'_>, TcpStream);
