//! Children on a system without pidfds: the tests of `process/`, with `SIGCHLD`.
#![cfg(all(unix, not(loom)))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[path = "process/command.rs"]
mod command;
#[path = "process/stdio.rs"]
mod stdio;
#[path = "process/support.rs"]
mod support;
#[path = "process/wait.rs"]
mod wait;

/// How children are reaped in this process.
fn choose_alarm() {
    runtime_io::process::refuse_pidfd(true);
}

/// These tests would show nothing if there were pidfds after all.
#[cfg(target_os = "linux")]
#[test]
fn there_are_no_pidfds() {
    choose_alarm();
    let (runtime, reactor) = support::one();
    runtime.block_on(async {
        let before = reactor.registered();
        let mut command = runtime_io::process::Command::new("sleep");
        command.arg("1000").kill_on_drop(true);
        let children: Vec<_> = (0..3).map(|_| command.spawn().unwrap()).collect();
        // One receiver of signals for all of them.
        assert_eq!(reactor.registered(), before + 1);
        drop(children);
    });
}
