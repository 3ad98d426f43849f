//! A connection divided into two halves that share it.

use super::{SocketAddr, UnixStream};
use crate::net::halves;

halves::owned!(unix_owned_halves, UnixStream, SocketAddr);
