//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the user wants.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    /// One question of the protocol; its answer is printed.
    Ask {
        question: &'static str,
        socket: PathBuf,
    },
    Top {
        socket: PathBuf,
    },
}

pub(crate) const USAGE: &str = "\
heist-ps: looks into a running program that is built on heist

  heist-ps ps SOCKET     the tasks as a table
  heist-ps tree SOCKET   the tasks as a tree, each below the one that spawned it
  heist-ps dump SOCKET   workers, queues and tasks, for a program in which nothing moves
  heist-ps json SOCKET   the same for programs
  heist-ps top SOCKET    all of it live: q ends it, arrows scroll, p pauses

SOCKET is the path that the program gave to `Builder::introspect`.
";

impl Command {
    /// Understands the arguments, or says in one sentence why not.
    pub(crate) fn parse(arguments: &[OsString]) -> Result<Self, String> {
        let Some((word, rest)) = arguments.split_first() else {
            return Ok(Self::Help);
        };
        let word = word.to_string_lossy();
        let question = match &*word {
            "help" | "--help" | "-h" => return Ok(Self::Help),
            "ps" => Some("ps"),
            "tree" => Some("tree"),
            "dump" => Some("dump"),
            "json" => Some("json"),
            "top" => None,
            other => {
                return Err(format!(
                    "there is no command {other:?}: try ps, tree, dump, json, top or --help"
                ));
            }
        };
        let [socket] = rest else {
            return Err(format!(
                "{word} needs one path, that of the socket: heist-ps {word} SOCKET"
            ));
        };
        let socket = PathBuf::from(socket);
        Ok(match question {
            Some(question) => Self::Ask { question, socket },
            None => Self::Top { socket },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Command, String> {
        let arguments: Vec<_> = words.iter().map(OsString::from).collect();
        Command::parse(&arguments)
    }

    #[test]
    fn commands_are_understood() {
        assert_eq!(parse(&[]), Ok(Command::Help));
        assert_eq!(parse(&["--help"]), Ok(Command::Help));
        let socket = PathBuf::from("/s");
        let question = "tree";
        assert_eq!(
            parse(&["tree", "/s"]),
            Ok(Command::Ask {
                question,
                socket: socket.clone()
            })
        );
        assert_eq!(parse(&["top", "/s"]), Ok(Command::Top { socket }));
    }

    #[test]
    fn misuse_is_one_sentence() {
        for words in [&["pstree", "/s"][..], &["ps"], &["ps", "/a", "/b"]] {
            let why = parse(words).unwrap_err();
            assert!(!why.contains('\n') && !why.is_empty(), "{why}");
        }
    }
}
