//! Programs that must not compile, and what the compiler must say about them.
//!
//! Each file in `tests/compile_fail/` is a program. A comment `//~ text` promises an error on its own
//! line that contains the text; each `^` after the `~` moves the promise one line up. All promises must
//! be kept and nothing else may be reported; a file without promises must compile. Only our own
//! sentences are quoted, and as little as possible of the compiler's, so that the next compiler does
//! not break the test. Which token an error points at is checked in the unit tests of
//! `runtime-macros`.
//!
//! The programs are checked as the binaries of one generated package, by one offline run of cargo.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A line of a program, and a text.
type Finding = (usize, String);

#[test]
fn wrong_programs_are_refused_in_our_words() {
    let programs = programs();
    assert!(programs.len() > 1, "the programs are missing");
    let package = generate(&programs);
    let report = check(&package);
    let complaints: String = programs.iter().map(|path| compare(path, &report)).collect();
    assert!(
        complaints.is_empty(),
        "{complaints}\nthe compiler said:\n{report}"
    );
}

/// The programs, in a fixed order.
fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let entries = fs::read_dir(folder).expect("the folder of programs is readable");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a folder entry").path())
        .collect();
    paths.sort();
    paths
}

/// Writes the package whose binaries are the programs.
fn generate(programs: &[PathBuf]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    fs::create_dir_all(&package).expect("a temporary folder can be made");
    let mut manifest = format!(
        "[package]\nname = \"compile-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nheist = {{ path = {root:?}, features = [\"test-util\"] }}\n\n[workspace]\n"
    );
    for path in programs {
        let name = stem(path);
        write!(manifest, "\n[[bin]]\nname = {name:?}\npath = {path:?}\n").expect("a string grows");
    }
    fs::write(package.join("Cargo.toml"), manifest).expect("the manifest is written");
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("the lock file is there");
    package
}

/// What cargo reports for the package, one line for each error.
fn check(package: &Path) -> String {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "check",
            "--offline",
            "--keep-going",
            "--quiet",
            "--message-format",
            "short",
        ])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .expect("cargo starts");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What is wrong between the promises of a program and the report; empty if nothing is.
fn compare(path: &Path, report: &str) -> String {
    let source = fs::read_to_string(path).expect("the program is readable");
    let promised = promised(&source);
    let reported = reported(path, report);
    let kept = |promise: &Finding| reported.iter().any(|error| covers(error, promise));
    let foreseen = |error: &Finding| promised.iter().any(|promise| covers(error, promise));
    let name = stem(path);
    let mut complaints = String::new();
    for (line, text) in promised.iter().filter(|promise| !kept(promise)) {
        writeln!(complaints, "{name}, line {line}: not reported: {text}").expect("a string grows");
    }
    for (line, text) in reported.iter().filter(|error| !foreseen(error)) {
        writeln!(complaints, "{name}, line {line}: not expected: {text}").expect("a string grows");
    }
    if report.contains(&format!("(bin \"{name}\")")) == promised.is_empty() {
        writeln!(complaints, "{name}: compiled or not, against its promises")
            .expect("a string grows");
    }
    complaints
}

fn covers(error: &Finding, promise: &Finding) -> bool {
    error.0 == promise.0 && error.1.contains(&promise.1)
}

/// The promises in a program.
fn promised(source: &str) -> BTreeSet<Finding> {
    let mut promised = BTreeSet::new();
    for (index, line) in source.lines().enumerate() {
        if let Some((_, promise)) = line.split_once("//~") {
            let text = promise.trim_start_matches('^');
            let up = promise.len() - text.len();
            promised.insert((index + 1 - up, text.trim().to_owned()));
        }
    }
    promised
}

/// The errors in the report that are in a program: lines of the form `path:line:column: error: text`.
fn reported(path: &Path, report: &str) -> BTreeSet<Finding> {
    let file = format!("{}.rs:", stem(path));
    let mut reported = BTreeSet::new();
    for line in report.lines() {
        let Some((_, place)) = line.split_once(&file) else {
            continue;
        };
        let mut parts = place.splitn(3, ':');
        let number = parts.next().and_then(|number| number.parse().ok());
        if let (Some(number), Some(text)) = (number, parts.nth(1)) {
            if text.trim_start().starts_with("error") {
                reported.insert((number, text.trim().to_owned()));
            }
        }
    }
    reported
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().expect("a program has a name");
    stem.to_string_lossy().into_owned()
}
