//! Counting a server's system calls, with `strace`.
//!
//! It slows the server down, so such a run counts calls and nothing else.

use crate::measure::Sample;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio, id};

/// Where the counts go.
pub(crate) struct Trace {
    output: PathBuf,
}

impl Trace {
    pub(crate) fn new() -> io::Result<Self> {
        if let Some(why) = missing() {
            return Err(io::Error::other(why));
        }
        let output = std::env::temp_dir().join(format!("heist-bench-calls-{}", id()));
        Ok(Self { output })
    }

    /// A command that runs another one and counts its calls.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("strace");
        command.args(["-f", "-c", "-q", "-o"]).arg(&self.output);
        command
    }

    /// The calls for each of so many requests: all, and those that matter most.
    pub(crate) fn per_request(&self, requests: f64) -> io::Result<Sample> {
        let counts = counts(&fs::read_to_string(&self.output)?);
        let of = |names: &[&str]| -> f64 {
            let counted = counts
                .iter()
                .filter(|(name, _)| names.contains(&name.as_str()));
            counted.map(|(_, calls)| *calls).sum::<f64>() / requests
        };
        Ok(vec![
            (
                "calls",
                counts.iter().map(|(_, calls)| *calls).sum::<f64>() / requests,
            ),
            (
                "waits",
                of(&[
                    "epoll_wait",
                    "epoll_pwait",
                    "epoll_pwait2",
                    "io_uring_enter",
                ]),
            ),
            ("futex", of(&["futex"])),
            ("ctl", of(&["epoll_ctl"])),
        ])
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // Nothing was written if the server did not start.
        let _ = fs::remove_file(&self.output);
    }
}

/// Why calls cannot be counted here.
pub(crate) fn missing() -> Option<&'static str> {
    let status = Command::new("strace")
        .args(["-c", "-o", "/dev/null", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let works = status.is_ok_and(|status| status.success());
    (!works).then_some("there is no `strace`, or it may not trace (Debian: strace)")
}

/// Name and number of calls, from the table that `strace -c` writes: share, seconds, microseconds each, calls, perhaps errors, name.
fn counts(table: &str) -> Vec<(String, f64)> {
    let row = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let name = *words.last()?;
        let calls = words.get(3)?.parse().ok()?;
        (name != "total" && words.len() >= 5).then(|| (name.to_owned(), calls))
    };
    table.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_with_and_without_errors() {
        let table = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.003000           3      1000       500 read
 40.00    0.002000           2       900           epoll_pwait2
------ ----------- ----------- --------- --------- ----------------
100.00    0.005000           2      1900       500 total
";
        let expected = [
            ("read".to_owned(), 1000.0),
            ("epoll_pwait2".to_owned(), 900.0),
        ];
        assert_eq!(counts(table), expected);
    }
}
