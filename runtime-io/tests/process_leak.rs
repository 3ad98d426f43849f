//! Children and descriptors, counted. Its own process, one test at a time, because both belong to the process.
#![cfg(all(target_os = "linux", not(loom)))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[path = "process/support.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod support;

use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use runtime_io::process::{Command, refuse_pidfd};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, WaitOptions, getpid, getrlimit, setrlimit, wait};
use support::{Watchdog, one, two};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The states of our children.
fn children() -> Vec<char> {
    let own = getpid().as_raw_nonzero().to_string();
    let state = |entry: io::Result<fs::DirEntry>| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        // The name in parentheses may hold anything.
        let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
        let state = fields.next()?.chars().next()?;
        (fields.next()? == own).then_some(state)
    };
    fs::read_dir("/proc").unwrap().filter_map(state).collect()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Runs `test` with pidfds and without, each time with all it leaves behind compared.
fn in_both_ways(test: impl Fn()) {
    let _only = ONE_AT_A_TIME.lock();
    let _watchdog = Watchdog::new();
    for refused in [false, true] {
        refuse_pidfd(refused);
        // What a process keeps for good is made first.
        one().0.block_on(async {
            Command::new("true").status().await.unwrap();
        });
        let before = descriptors();
        test();
        assert_eq!(descriptors(), before);
        assert_eq!(wait(WaitOptions::NOHANG).err(), Some(Errno::CHILD));
    }
    refuse_pidfd(false);
}

/// Waits until no child is left, in any state.
async fn all_are_reaped() {
    while !children().is_empty() {
        runtime_time::sleep(Duration::from_millis(2)).await;
    }
}

/// PROC-01: a thousand children dropped, of which half run on and half are killed; all are reaped.
#[test]
fn proc_01_a_thousand_dropped_children_leave_nothing() {
    in_both_ways(|| {
        let (runtime, reactor) = two();
        runtime.block_on(async {
            for i in 0..1000 {
                let mut command = Command::new(if i % 2 == 0 { "true" } else { "cat" });
                command.stdin(Stdio::piped()).stdout(Stdio::piped());
                command.kill_on_drop(i % 2 == 1);
                drop(command.spawn().unwrap());
            }
            all_are_reaped().await;
        });
        drop(runtime);
        assert_eq!(reactor.registered(), 0);
    });
}

/// A thousand at work at once, and awaited.
#[test]
fn proc_01_awaited_children_leave_nothing() {
    in_both_ways(|| {
        let (runtime, reactor) = two();
        runtime.block_on(async {
            for _ in 0..10 {
                let tasks: Vec<_> = (0..100)
                    .map(|_| {
                        runtime_core::spawn(async {
                            let output = Command::new("echo").arg("x").output().await.unwrap();
                            assert_eq!(output.stdout, b"x\n");
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            }
        });
        drop(runtime);
        assert_eq!(reactor.registered(), 0);
    });
}

/// PROC-06: each runtime reaps its own orphans, in the midst of those of others, and those of runtimes that are gone find a new one.
#[test]
fn proc_06_orphans_of_several_runtimes() {
    in_both_ways(|| {
        let threads: Vec<_> = (0..4)
            .map(|i| {
                thread::spawn(move || {
                    for round in 0..5 {
                        let (runtime, _) = if i % 2 == 0 { one() } else { two() };
                        runtime.block_on(async {
                            for _ in 0..20 {
                                let mut command = Command::new("sleep");
                                command.arg(if round % 2 == 0 { "0" } else { "0.02" });
                                drop(command.spawn().unwrap());
                            }
                            let code = Command::new("sh").args(["-c", "exit 9"]).status().await;
                            assert_eq!(code.unwrap().code(), Some(9));
                        });
                        // Most of the orphans are strays now.
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let (last, _) = one();
        last.block_on(async {
            Command::new("true").status().await.unwrap();
            all_are_reaped().await;
        });
    });
}

/// EMFILE at every call that makes a descriptor: the pipes, the pidfd, the bell of the signals. Either all is well or nothing runs.
#[test]
fn without_descriptors_a_spawn_fails_and_leaves_nothing() {
    in_both_ways(|| {
        let limit = getrlimit(Resource::Nofile);
        let (runtime, _) = one();
        let (mut failed, mut succeeded) = (0, 0);
        runtime.block_on(async {
            for piped in [false, true] {
                let lowest = u64::try_from(fs::File::open("/").unwrap().as_raw_fd()).unwrap();
                for more in 0..16 {
                    let mut command = Command::new("true");
                    if piped {
                        command.stdin(Stdio::piped());
                        command.stdout(Stdio::piped()).stderr(Stdio::piped());
                    }
                    set_limit(lowest + more, limit);
                    let result = command.spawn();
                    set_limit(limit.current.unwrap(), limit);
                    match result {
                        Ok(mut child) => {
                            assert!(child.wait().await.unwrap().success());
                            succeeded += 1;
                        }
                        Err(error) => {
                            assert_eq!(Errno::from_io_error(&error), Some(Errno::MFILE));
                            failed += 1;
                        }
                    }
                    assert_eq!(children(), []);
                }
            }
        });
        assert!(failed >= 4 && succeeded > 8, "{failed} {succeeded}");
    });
}

fn set_limit(current: u64, limit: Rlimit) {
    let current = Some(current);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
}
