//! The example `echo` as its user meets it: each misuse is answered by one sentence and a failure, and Ctrl-C ends both processes.

#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    reason = "processes are waited for by looking now and then"
)]

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Signal, kill_process};

/// A test that takes this long hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// The program, which is built if need be: `cargo test --test echo` alone does not build examples.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = env::current_exe().unwrap();
        let folder = test.parent().and_then(Path::parent).unwrap();
        let program = folder.join("examples/echo");
        if !is_fresh(&program) {
            let built = Command::new(env!("CARGO"))
                .args([
                    "build",
                    "--offline",
                    "--quiet",
                    "--example",
                    "echo",
                    "--target-dir",
                ])
                .arg(folder.parent().unwrap())
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status()
                .unwrap();
            assert!(built.success());
        }
        program
    })
}

/// Is it there, and younger than its sources?
fn is_fresh(program: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/echo");
    let mut sources = fs::read_dir(sources).unwrap();
    changed(program)
        .is_ok_and(|built| sources.all(|source| changed(&source.unwrap().path()).unwrap() < built))
}

/// Runs the program to its end, under a limit of open files if one is given.
fn run(limit: Option<u32>, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    let limit = limit.map_or_else(String::new, |limit| format!("ulimit -n {limit}; "));
    command
        .args(["-c", &format!("{limit}exec timeout 60 \"$@\""), "sh"])
        .arg(program())
        .args(arguments);
    command.output().unwrap()
}

#[track_caller]
fn is_refused(limit: Option<u32>, arguments: &str, because: &str) {
    let arguments: Vec<_> = arguments.split_whitespace().collect();
    let output = run(limit, &arguments);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {complaint}");
    assert!(complaint.contains(because), "{arguments:?}: {complaint}");
    assert_eq!(complaint.lines().count(), 1, "{arguments:?}: {complaint}");
    assert!(
        complaint.starts_with("echo: "),
        "{arguments:?}: {complaint}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
}

#[test]
fn each_misuse_is_answered_by_one_sentence() {
    for (arguments, because) in [
        ("--listen nowhere", "\"nowhere\" is not an address such as"),
        ("--listen 127.0.0.1:80000", "is not an address such as"),
        ("--listen 192.0.2.1:7000", "cannot listen on 192.0.2.1:7000"),
        ("--listen", "--listen needs a value"),
        ("--connections 0", "--connections needs a number above zero"),
        (
            "--connections -5",
            "--connections needs a number above zero",
        ),
        (
            "--connections many",
            "--connections needs a number above zero",
        ),
        (
            "--connections 99999999999999999999",
            "--connections needs a number above zero",
        ),
        (
            "--connections 10000000000",
            "need a file-descriptor limit of",
        ),
        ("--size 0", "--size needs a number above zero"),
        ("--size 99999999999999999", "MiB are available"),
        ("--size 18446744073709551615", "MiB are available"),
        (
            "--listen 127.0.0.1:0 --size 18446744073709551615",
            "MiB are available",
        ),
        ("--seconds 0", "--seconds needs a number above zero"),
        ("--seconds nan", "--seconds needs a number above zero"),
        ("--seconds 1e300", "--seconds cannot be as long as"),
        ("--fast", "there is no option --fast"),
        ("now", "there is no option now"),
    ] {
        is_refused(None, arguments, because);
    }
}

#[test]
fn a_port_in_use_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--listen {}", taken.local_addr().unwrap());
    is_refused(None, &listen, "Address already in use");
}

#[test]
fn too_low_a_limit_of_open_files_is_said() {
    is_refused(Some(5), "", "cannot start the runtime");
    is_refused(Some(64), "", "leaves nothing for connections");
    is_refused(
        Some(100),
        "--connections 100",
        "need a file-descriptor limit of 164",
    );
}

#[test]
fn a_short_run_ends_well_and_says_how_many_connections_the_limit_allows() {
    let output = run(Some(80), &["--seconds", "0.2", "--size", "100000"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("allows 16 connections"), "{said}");
    assert!(said.contains("requests per second"), "{said}");
}

/// A process that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks again and again until there is an answer.
#[track_caller]
fn await_answer<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = look() {
            return answer;
        }
        assert!(start.elapsed() < LIMIT, "{what}: not in {LIMIT:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// State and parent of a process, if there is such a process.
fn state_and_parent(pid: i32) -> Option<(String, i32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may contain anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

fn child_of(parent: i32) -> Option<i32> {
    let mut pids = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse::<i32>().ok()
    });
    pids.find(|&pid| state_and_parent(pid).is_some_and(|(_, of)| of == parent))
}

fn start(arguments: &[&str]) -> Killed {
    let child = Command::new(program())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    Killed(child.unwrap())
}

/// Ends the process as Ctrl-C does, and says how it ended.
fn interrupt(process: &mut Killed) -> ExitStatus {
    let pid = Pid::from_child(&process.0);
    kill_process(pid, Signal::INT).unwrap();
    await_answer("the end of the process", || process.0.try_wait().unwrap())
}

#[test]
fn ctrl_c_during_the_run_ends_both_processes() {
    let mut server = start(&["--connections", "20", "--seconds", "600"]);
    let pid = i32::try_from(server.0.id()).unwrap();
    let client = await_answer("the second process", || child_of(pid));
    let status = interrupt(&mut server);
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status:?}");
    // Whoever inherits it may take its time to collect it.
    await_answer("the end of the second process", || {
        let left = state_and_parent(client);
        left.is_none_or(|(state, _)| state == "Z").then_some(())
    });
}

#[test]
fn ctrl_c_ends_a_server() {
    let mut server = start(&["--listen", "127.0.0.1:0"]);
    let status = interrupt(&mut server);
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status:?}");
}
