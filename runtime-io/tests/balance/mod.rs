//! Each test of a binary in a process of its own, and what that process has at its end: as many descriptors and threads as at its beginning,
//! and no child.
//!
//! The test here starts this program once for each of its tests. The child counts before `main` and once more when it exits, and exits
//! with another status if something is left.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fs, ptr, thread};

/// Set in the child.
const BALANCED: &str = "HEIST_TEST_IS_BALANCED";

/// The status of a child that has left something behind.
const UNBALANCED: i32 = 70;

/// The descriptors and threads at the beginning.
static BEFORE: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Runs before `main`, thus before there is any other thread.
extern "C" fn prepare() {
    if env::var_os(BALANCED).is_none() {
        return;
    }
    for (before, now) in BEFORE.iter().zip(counts()) {
        before.store(now, Ordering::Relaxed);
    }
    // SAFETY: the function may be called at any time, and does not unwind into the caller.
    let registered = unsafe { libc::atexit(compare) };
    assert_eq!(registered, 0);
}

#[used]
// SAFETY: what is in this section are pointers to functions of this type, called once each when the program starts.
#[unsafe(link_section = ".init_array")]
static PREPARE: extern "C" fn() = prepare;

#[expect(
    clippy::disallowed_methods,
    reason = "the system tells nobody when a joined thread has left the list; the list is asked again, and decides"
)]
extern "C" fn compare() {
    let before = BEFORE.each_ref().map(|count| count.load(Ordering::Relaxed));
    // A joined thread may be in the list for a moment longer.
    let settled = (0..2000).any(|_| {
        let over = counts() == before && !has_children();
        if !over {
            thread::sleep(Duration::from_millis(1));
        }
        over
    });
    if !settled {
        eprintln!(
            "descriptors and threads: {before:?} before, {:?} now",
            counts()
        );
        for entry in fs::read_dir("/proc/self/fd")
            .into_iter()
            .flatten()
            .flatten()
        {
            eprintln!("{:?} {:?}", entry.file_name(), fs::read_link(entry.path()));
        }
        eprintln!("children: {}", has_children());
        // SAFETY: ends the process, and runs nothing more in it.
        unsafe { libc::_exit(UNBALANCED) };
    }
}

fn counts() -> [usize; 2] {
    let count = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count);
    [Path::new("/proc/self/fd"), Path::new("/proc/self/task")].map(count)
}

fn has_children() -> bool {
    // SAFETY: the status is not asked for.
    let child = unsafe { libc::waitpid(-1, ptr::null_mut(), libc::WNOHANG) };
    child >= 0
}

/// DOWN-06, DOWN-07, PROC-01 for whatever is tested here.
#[test]
fn each_test_leaves_as_much_as_it_found() {
    if env::var_os(BALANCED).is_some() {
        return;
    }
    let this = env::current_exe().unwrap();
    let list = Command::new(&this)
        .args(["--list", "--format", "terse"])
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let tests: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    assert!(tests.len() > 10, "{list}");
    let failed: Vec<_> = tests
        .iter()
        .filter(|test| !test.starts_with("storm::") && !test.starts_with("balance::"))
        .filter_map(|test| {
            let mut child = Command::new(&this);
            child.args(["--exact", test, "--test-threads", "1"]);
            let child = child
                .env(BALANCED, "yes")
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&child.stderr).into_owned();
            (!child.status.success()).then(|| format!("{test}: {}\n{said}", child.status))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
