//! Records what the report must name: the compiler, and the versions of the peers in the lock file.

use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../Cargo.lock");
    println!("cargo::rustc-env=BENCH_RUSTC={}", compiler());
    let lock = fs::read_to_string("../Cargo.lock").unwrap_or_default();
    for package in ["heist", "tokio", "smol", "monoio", "hyper"] {
        let version = locked(&lock, package).unwrap_or("unknown");
        println!(
            "cargo::rustc-env=BENCH_{}={version}",
            package.to_uppercase()
        );
    }
}

fn compiler() -> String {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    version.map_or_else(
        |_| "unknown".into(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// The version of `package` in the text of a `Cargo.lock`.
fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"')
}
