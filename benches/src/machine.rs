//! What the results were measured on and with.

use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::thread;

/// Name and value, in the order they are printed.
pub(crate) fn description() -> Vec<(&'static str, String)> {
    vec![
        ("cpu", cpu()),
        (
            "cpus",
            thread::available_parallelism()
                .map_or(0, usize::from)
                .to_string(),
        ),
        ("kernel", kernel()),
        ("rustc", env!("BENCH_RUSTC").to_owned()),
        (
            "heist",
            format!("{} at commit {}", env!("BENCH_HEIST"), commit()),
        ),
        ("tokio", env!("BENCH_TOKIO").to_owned()),
        ("smol", env!("BENCH_SMOL").to_owned()),
        ("monoio", env!("BENCH_MONOIO").to_owned()),
        ("hyper", env!("BENCH_HYPER").to_owned()),
    ]
}

pub(crate) fn to_json() -> Value {
    description()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect()
}

fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "unknown".into(), |(_, name)| name.to_owned())
}

fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease");
    release.map_or_else(
        |_| "unknown".into(),
        |release| format!("Linux {}", release.trim()),
    )
}

/// The commit of the tree this was built from, with a plus sign if there are changes beside it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(arguments)
            .output();
        output
            .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
            .unwrap_or_default()
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]);
    if commit.is_empty() {
        return "unknown".into();
    }
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"]).is_empty();
    format!("{commit}{}", if changed { "+" } else { "" })
}
