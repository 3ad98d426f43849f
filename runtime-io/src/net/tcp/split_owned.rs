//! A connection divided into two halves that share it.

use std::net::SocketAddr;

use super::TcpStream;
use crate::net::halves;

halves::owned!(tcp_owned_halves, TcpStream, SocketAddr);
halves::peeking!(tcp_owned_halves, OwnedReadHalf, TcpStream);
