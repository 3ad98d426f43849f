//! A pipeline of other programs: what `sort | uniq -c` does in a shell, with a deadline, and nobody left behind.
//!
//! ```text
//! cargo run --example pipeline
//! ```
//!
//! The lines are written while the result is read, so they may be more than a pipe holds.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::io::AsyncWriteExt;
use heist::process::Command;
use heist::time::{Duration, timeout};
use std::io;
use std::process::Stdio;

const DEADLINE: Duration = Duration::from_secs(10);

#[heist::main]
async fn main() -> io::Result<()> {
    let lines = "plan\nvault\nplan\ndriver\nvault\nplan\n".repeat(10_000);
    // If the deadline passes, the future is dropped and the programs with it.
    let counted = timeout(DEADLINE, count(lines)).await??;
    print!("{counted}");
    Ok(())
}

/// How often each line occurs.
async fn count(lines: String) -> io::Result<String> {
    let mut sort = Command::new("sort")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(mut input), Some(sorted)) = (sort.stdin.take(), sort.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let writing = heist::spawn(async move { input.write_all(lines.as_bytes()).await });

    let sorted: Stdio = sorted.try_into()?;
    let mut unique = Command::new("uniq");
    let unique = unique.arg("-c").stdin(sorted).kill_on_drop(true).output();

    let (unique, sort) = heist::try_join!(unique, sort.wait())?;
    writing.await??;
    if !sort.success() || !unique.status.success() {
        return Err(io::Error::other("a program of the pipeline failed"));
    }
    String::from_utf8(unique.stdout).map_err(io::Error::other)
}
