//! What a server has to say in the end.

use std::io;

/// What became of the connections of a server. `A` is the address of a peer.
#[derive(Debug)]
#[non_exhaustive]
pub struct ServeReport<A> {
    /// Connections that got a handler. The sum of the next three and the survivors.
    pub accepted: u64,
    /// Connections whose handler returned.
    pub served: u64,
    /// Connections that reached their deadline.
    pub timed_out: u64,
    /// Connections whose handler panicked.
    pub panicked: u64,
    /// Clients that were accepted and closed at once, because there was no descriptor to serve them with.
    pub refused: u64,
    /// Times `accept` failed, because a connection was gone, or the process or the system out of descriptors or memory.
    pub failed_accepts: u64,
    /// Who was still connected when the grace was over, and was cut off.
    pub survivors: Vec<A>,
    /// Why the listener could not be used any more, if that ended the server.
    pub error: Option<io::Error>,
}

impl<A> Default for ServeReport<A> {
    fn default() -> Self {
        Self {
            accepted: 0,
            served: 0,
            timed_out: 0,
            panicked: 0,
            refused: 0,
            failed_accepts: 0,
            survivors: Vec::new(),
            error: None,
        }
    }
}
