//! A whole test binary under a storm of signals: each of its threads is interrupted again and again while all its tests run.
//!
//! The test here starts this program once more. The child has a handler without `SA_RESTART`, so a system call that waits, in
//! whatever thread, ends with `EINTR` when a signal comes. The parent looks up the threads of the child and sends one of
//! them a signal every 100 µs: a timer would hit the main thread alone, which only waits for the tests. `SIGURG` does
//! nothing where there is no handler, so what the tests themselves start is not harmed.

use std::ffi::c_int;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, ptr, thread};

/// Set in the child.
const IN_STORM: &str = "HEIST_TEST_IN_STORM";

/// Longer than any of the suites takes, many times.
const LIMIT: Duration = Duration::from_secs(300);

/// The signals that this process has handled.
static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Runs before `main`, thus before there is any other thread.
extern "C" fn prepare() {
    if env::var_os(IN_STORM).is_none() {
        return;
    }
    // SAFETY: all zero is a valid value of this plain struct, and means no flag: no `SA_RESTART`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = count as *const () as usize;
    // SAFETY: the action is valid, and its handler only touches an atomic.
    let set = unsafe { libc::sigaction(libc::SIGURG, &action, ptr::null_mut()) };
    assert_eq!(set, 0);
}

#[used]
// SAFETY: what is in this section are pointers to functions of this type, called once each when the program starts.
#[unsafe(link_section = ".init_array")]
static PREPARE: extern "C" fn() = prepare;

/// REACT-14, as all that is built on the reactor sees it: nothing fails, ends early or hangs because of a signal.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the pause between two signals, which is what is sent, not waited for"
)]
fn react_14_the_whole_suite_under_a_storm_of_signals() {
    if env::var_os(IN_STORM).is_some() {
        return;
    }
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .env(IN_STORM, "yes")
        .args(["--test-threads", "4", "--skip", "balance::"]);
    let output = env::temp_dir().join(format!("heist-storm-{}", std::process::id()));
    let file = fs::File::create(&output).unwrap();
    child.stdout(file.try_clone().unwrap()).stderr(file);
    let mut child = child.stdin(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    let mut sent = 0_usize;
    let status = loop {
        for thread in threads(child.id()) {
            sent += usize::from(signal(child.id(), thread));
            thread::sleep(Duration::from_micros(100));
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > LIMIT {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
    };
    eprintln!("{sent} signals in {:?}", begin.elapsed());
    let told = fs::read_to_string(&output).unwrap_or_default();
    fs::remove_file(&output).unwrap();
    assert!(
        status.success(),
        "code {:?}, signal {:?}, after {sent} signals:\n{told}",
        status.code(),
        status.signal()
    );
    assert!(sent > 1000, "that was no storm: {sent} signals");
}

/// That it is one: in the child, a call that waits is interrupted.
#[test]
fn a_call_that_waits_is_interrupted() {
    if env::var_os(IN_STORM).is_none() {
        return;
    }
    for _ in 0..3 {
        // SAFETY: there are no descriptors to be written to.
        let result = unsafe { libc::poll(ptr::null_mut(), 0, 60_000) };
        let error = io::Error::last_os_error();
        assert_eq!(result, -1, "nobody has interrupted it for a minute");
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }
    assert!(HANDLED.load(Ordering::Relaxed) >= 3);
}

/// The threads of a process, as far as it has not ended.
fn threads(process: u32) -> Vec<c_int> {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/task")) else {
        return Vec::new();
    };
    let number = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    entries.filter_map(number).collect()
}

/// Whether there was such a thread.
fn signal(process: u32, thread: c_int) -> bool {
    let process = c_int::try_from(process).unwrap();
    // SAFETY: takes numbers only; the process is a child of ours that nobody has waited for, so the number is its.
    unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGURG) == 0 }
}
