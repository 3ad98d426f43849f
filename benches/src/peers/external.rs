//! Peers in other languages: an echo server each, and callables on Python's loops, run as programs of their own.
//!
//! Their source is part of this program, so that a copied `heist-bench` still has them. What they run on may be
//! missing; then they are left out of a run, by name.

use crate::measure::Sample;
use crate::net::server::Options;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio, id};

const GO: &str = include_str!("../../programs/echo.go");
const PYTHON: &str = include_str!("../../programs/echo.py");
const CALLS: &str = include_str!("../../programs/calls.py");

/// What a peer in another language runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum External {
    /// Go's runtime, on two processors.
    Go,
    /// The loop of Python's standard library.
    Asyncio,
    /// libuv's loop under Python.
    Uvloop,
}

impl External {
    /// Why it cannot run here.
    pub(crate) fn missing(self) -> Option<&'static str> {
        match self {
            Self::Go => lacks("go", &["version"], "there is no `go` (Debian: golang-go)"),
            Self::Asyncio => lacks(
                "python3",
                &["-c", "import asyncio"],
                "there is no `python3`",
            ),
            Self::Uvloop => lacks(
                "python3",
                &["-c", "import uvloop"],
                "python3 has no uvloop (`pip install uvloop`)",
            ),
        }
    }

    /// Run a row of callables; only Python has them.
    pub(super) fn row(self, name: &str) -> io::Result<Option<Sample>> {
        if self == Self::Go || !matches!(name, "call_soon_1m" | "call_later_100k") {
            return Ok(None);
        }
        let mut python = Command::new("python3");
        python.args(["-c", CALLS, name]);
        if self == Self::Uvloop {
            python.arg("uvloop");
        }
        let output = python.stderr(Stdio::inherit()).output()?;
        let nanos = serde_json::from_slice::<f64>(&output.stdout);
        let nanos = nanos.map_err(|_| io::Error::other("python3 failed; it said why above"))?;
        Ok(Some(vec![("time", nanos)]))
    }

    /// Becomes the server; returns only if that fails.
    pub(super) fn serve(self, options: &Options) -> io::Result<()> {
        let bytes = options.bytes.to_string();
        let error = match self {
            Self::Go => Command::new(compiled()?).arg(bytes).exec(),
            Self::Asyncio => Command::new("python3").args(["-c", PYTHON, &bytes]).exec(),
            Self::Uvloop => Command::new("python3")
                .args(["-c", PYTHON, &bytes, "uvloop"])
                .exec(),
        };
        Err(error)
    }
}

fn lacks(program: &str, arguments: &[&str], why: &'static str) -> Option<&'static str> {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let works = status.is_ok_and(|status| status.success());
    (!works).then_some(why)
}

/// The Go program, compiled once for a version of its source and kept beside this program.
fn compiled() -> io::Result<PathBuf> {
    let folder = std::env::current_exe()?.with_file_name("heist-bench-go");
    let (source, program) = (folder.join("echo.go"), folder.join("echo"));
    let current = fs::read_to_string(&source).is_ok_and(|text| text == GO);
    if current && program.exists() {
        return Ok(program);
    }
    fs::create_dir_all(&folder)?;
    // Under another name until it is whole: several servers may start at once.
    let unfinished = folder.join(format!("echo-{}", id()));
    fs::write(&source, GO)?;
    let status = Command::new("go")
        .args(["build", "-o"])
        .arg(&unfinished)
        .arg(&source)
        .env("GO111MODULE", "off")
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other("`go build` failed; it said why above"));
    }
    fs::rename(&unfinished, &program)?;
    Ok(program)
}
