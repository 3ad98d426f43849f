//! A connection divided into two halves that share it.

use std::net::SocketAddr;

use super::TcpStream;
use crate::net::halves;

halves::owned!(TcpStream, SocketAddr);
halves::peeking!(OwnedReadHalf, TcpStream);
