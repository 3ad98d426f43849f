//! What one request is, and how long its reply.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::str::FromStr;
use std::time::Duration;

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// A server that does not answer the first request by then will answer none.
const SILENT: Duration = Duration::from_secs(5);

/// Requests of one kind, all alike, as are their replies in length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// So many bytes, which come back.
    Echo(usize),
    /// So many GET requests in one piece.
    Http(usize),
}

impl Shape {
    /// The bytes of a request.
    pub(crate) fn request(self) -> Vec<u8> {
        match self {
            Self::Echo(bytes) => vec![b'x'; bytes],
            Self::Http(at_once) => GET.repeat(at_once).into_bytes(),
        }
    }

    /// How many requests one exchange counts for.
    pub(crate) fn requests(self) -> usize {
        match self {
            Self::Echo(_) => 1,
            Self::Http(at_once) => at_once,
        }
    }

    /// The bytes of a reply; of HTTP the server is asked.
    pub(crate) fn reply(self, server: SocketAddr) -> io::Result<usize> {
        match self {
            Self::Echo(bytes) => Ok(bytes),
            Self::Http(at_once) => Ok(length_of_response(server)? * at_once),
        }
    }
}

fn length_of_response(server: SocketAddr) -> io::Result<usize> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(SILENT))?;
    stream.write_all(GET.as_bytes())?;
    let mut received = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        received.extend_from_slice(&piece[..read]);
        if let Some(length) = response_length(&received)? {
            return Ok(length);
        }
    }
}

/// Head and body together; `None` while the head is not whole.
fn response_length(received: &[u8]) -> io::Result<Option<usize>> {
    let end = received
        .windows(END_OF_HEAD.len())
        .position(|window| window == END_OF_HEAD);
    let Some(end) = end else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
    let body = head.lines().find_map(|line| {
        line.strip_prefix("content-length:")?
            .trim()
            .parse::<usize>()
            .ok()
    });
    let body = body.ok_or_else(|| io::Error::other("a response without content-length"))?;
    Ok(Some(end + END_OF_HEAD.len() + body))
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Echo(bytes) => write!(f, "echo:{bytes}"),
            Self::Http(at_once) => write!(f, "http:{at_once}"),
        }
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("a request is echo:BYTES or http:PIPELINED, not {text:?}");
        let (kind, number) = text.split_once(':').ok_or_else(unknown)?;
        let number = number.parse().ok().filter(|n| *n > 0).ok_or_else(unknown)?;
        match kind {
            "echo" => Ok(Self::Echo(number)),
            "http" => Ok(Self::Http(number)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_as_long_as_its_head_says() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(response_length(text).unwrap(), Some(text.len()));
        assert_eq!(response_length(&text[..20]).unwrap(), None);
        assert!(response_length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn a_shape_is_written_as_it_is_read() {
        for shape in [Shape::Echo(128), Shape::Http(16)] {
            assert_eq!(shape.to_string().parse(), Ok(shape));
        }
        assert!("echo:0".parse::<Shape>().is_err());
    }
}
