#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod client;
mod command;
mod screen;
mod snapshot;
mod top;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use command::Command;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let done = match Command::parse(&arguments) {
        Ok(Command::Help) => say(command::USAGE),
        Ok(Command::Top { socket }) => top::run(&socket),
        Ok(Command::Ask { question, socket }) => {
            client::ask(&socket, question).and_then(|answer| say(&answer))
        }
        Err(why) => {
            eprintln!("heist-ps: {why}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("heist-ps: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a text. Who reads only its beginning, as `head` does, wants no more.
fn say(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let said = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match said {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write the answer: {error}"))
        }
        _ => Ok(()),
    }
}
