//! One question to a socket, and its answer.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Asks, and returns the answer without its first line; or says in one sentence why there is none.
pub(crate) fn ask(socket: &Path, question: &str) -> Result<String, String> {
    let shown = socket.display();
    let file = fs::metadata(socket).map_err(|error| explain(socket, &error))?;
    if !file.file_type().is_socket() {
        return Err(format!("{shown} is not a socket"));
    }
    let stream = UnixStream::connect(socket).map_err(|error| explain(socket, &error))?;
    let answer = converse(stream, question).map_err(|error| explain(socket, &error))?;
    understand(&answer).map_err(|why| format!("{shown}: {why}"))
}

fn converse(mut stream: UnixStream, question: &str) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match stream.write_all(format!("{question}\n").as_bytes()) {
        // A stranger may have closed already; what it said shows that it is one.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
        _ => {}
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // A peer that knows nothing of the question may close with it unread.
        Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error),
        _ => Ok(answer),
    }
}

/// The answer behind its first line.
fn understand(answer: &[u8]) -> Result<String, String> {
    const STRANGER: &str = "what listens there is not a heist runtime, or speaks another version";
    if answer.is_empty() {
        return Err("whoever listens there closed without an answer: too many ask at once, or it is not a heist runtime".into());
    }
    let text = std::str::from_utf8(answer).map_err(|_| STRANGER)?;
    let (first, body) = text.split_once('\n').ok_or(STRANGER)?;
    match first.strip_prefix("heist/1 ") {
        Some("ok") => Ok(body.to_owned()),
        Some(error) if error.starts_with("error: ") => Err(error["error: ".len()..].to_owned()),
        _ => Err(STRANGER.into()),
    }
}

fn explain(socket: &Path, error: &io::Error) -> String {
    let socket = socket.display();
    match error.kind() {
        ErrorKind::NotFound => format!(
            "there is no socket {socket}: the program must be running, and have called `Builder::introspect` with this path"
        ),
        ErrorKind::PermissionDenied => format!(
            "you may not connect to {socket}: only the user who runs the program, and root, may look into it"
        ),
        ErrorKind::ConnectionRefused => {
            format!("nobody listens at {socket}: the program that made it has ended")
        }
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("whoever listens at {socket} does not answer within {PATIENCE:?}")
        }
        _ => format!("cannot talk to {socket}: {error}"),
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_from_errors_and_strangers() {
        assert_eq!(understand(b"heist/1 ok\nbody\n"), Ok("body\n".into()));
        assert_eq!(understand(b"heist/1 error: no\n"), Err("no".into()));
        for strange in [&b"HTTP/1.1 400\r\n"[..], b"heist/2 ok\n", b"\xff\n", b""] {
            assert!(understand(strange).is_err());
        }
    }
}
