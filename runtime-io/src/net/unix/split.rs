//! A connection borrowed as two halves.

use super::{SocketAddr, UnixStream};
use crate::net::halves;

halves::borrowed!(unix_halves, UnixStream, SocketAddr);
