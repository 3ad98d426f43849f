//! Two revisions of this project against each other.
//!
//! Each is checked out beside the build artefacts and built there, as it was, with its own benches; then the two programs take
//! turns as peers do. So a row must exist in both.

use crate::pairs::{Measured, Plan};
use crate::peers::Peer;
use crate::suite::Row;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A revision with its program built.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    /// As it was asked for, and its commit.
    pub(crate) label: String,
    pub(crate) program: PathBuf,
}

/// Measure `rows` on heist of both revisions.
pub(crate) fn measure(
    revisions: &[String; 2],
    rows: &[Row],
    plan: &Plan,
) -> io::Result<Vec<Measured>> {
    let builds = [Build::of(&revisions[0])?, Build::of(&revisions[1])?];
    let ours = plan.peers.as_deref().unwrap_or(&[Peer::Heist(2)]);
    let Some(peer) = ours.iter().find(|peer| matches!(peer, Peer::Heist(_))) else {
        return Err(io::Error::other(
            "ab compares revisions of heist: leave --peers out, or name heist/N",
        ));
    };
    rows.iter()
        .map(|row| plan.measure_builds(row, *peer, &builds))
        .collect()
}

impl Build {
    fn of(revision: &str) -> io::Result<Self> {
        let commit = git(&[
            "rev-parse",
            "--short",
            "--verify",
            &format!("{revision}^{{commit}}"),
        ])?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/ab");
        fs::create_dir_all(&folder)?;
        let tree = folder.canonicalize()?.join(&commit);
        if !tree.exists() {
            git(&["worktree", "prune"])?;
            let path = tree.to_string_lossy().into_owned();
            git(&["worktree", "add", "--detach", &path, &commit])?;
        }
        eprintln!("building {revision} ({commit})");
        let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(&tree)
            .args([
                "build",
                "--quiet",
                "--release",
                "-p",
                "heist-bench",
                "--target-dir",
                "target",
            ])
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!(
                "{revision} does not build; cargo said why above"
            )));
        }
        Ok(Self {
            label: format!("{revision} ({commit})"),
            program: tree.join("target/release/heist-bench"),
        })
    }
}

fn git(arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("git")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!(
            "git {}: {}",
            arguments.join(" "),
            why.trim()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_that_does_not_exist_is_refused_with_gits_words() {
        let error = Build::of("no-such-revision").expect_err("there is none");
        assert!(error.to_string().starts_with("git rev-parse"), "{error}");
    }
}
