//! Waiting for children, killing them, and letting them go.

use std::future::poll_fn;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::Stdio;
use std::task::{Context, Poll, Waker};

use runtime_core::coop;
use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
use runtime_io::process::{Child, Command};
use rustix::process::{Pid, test_kill_process};

use crate::choose_alarm;
use crate::support::{Watchdog, on_each, one, two};

fn sleeper() -> Command {
    choose_alarm();
    let mut command = Command::new("sleep");
    command.arg("1000");
    command
}

fn cat() -> Command {
    choose_alarm();
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn number(child: &Child) -> Pid {
    Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap()
}

/// Waits until there is no process with this number, not even a zombie.
async fn is_reaped(process: Pid) {
    while test_kill_process(process).is_ok() {
        runtime_time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[test]
fn waiting_again_gives_the_same_status() {
    on_each(async || {
        choose_alarm();
        let mut child = Command::new("sh").args(["-c", "exit 5"]).spawn().unwrap();
        for _ in 0..3 {
            assert_eq!(child.wait().await.unwrap().code(), Some(5));
        }
        assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(5));
        assert_eq!(child.id(), None);
        assert_eq!(
            child.wait_with_output().await.unwrap().status.code(),
            Some(5)
        );
    });
}

#[test]
fn trying_does_not_wait() {
    on_each(async || {
        let mut child = sleeper().spawn().unwrap();
        assert_eq!(child.try_wait().unwrap(), None);
        assert!(child.id().is_some());
        child.start_kill().unwrap();
        while child.try_wait().unwrap().is_none() {
            runtime_core::task::yield_now().await;
        }
        assert_eq!(child.id(), None);
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    });
}

/// F3: `wait` closes the input first, or the two would wait for each other.
#[test]
fn waiting_closes_the_input() {
    on_each(async || {
        let mut child = cat().spawn().unwrap();
        assert!(child.wait().await.unwrap().success());
        assert!(child.stdin.is_none());

        // Taken out, it stays open.
        let mut child = cat().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        {
            let mut wait = pin!(child.wait());
            assert!(poll_once(wait.as_mut()).is_pending());
            stdin.write_all(b"still open").await.unwrap();
            drop(stdin);
            assert!(wait.await.unwrap().success());
        }
        let mut said = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        stdout.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "still open");
    });
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Cancelled at each poll, and waited for in the end.
#[test]
fn waiting_is_cancel_safe() {
    on_each(async || {
        let mut child = sleeper().spawn().unwrap();
        for _ in 0..100 {
            assert!(poll_once(pin!(child.wait())).is_pending());
        }
        child.start_kill().unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    });
}

/// Only the last task that waits is woken, so a wait may move to another task.
#[test]
fn a_wait_moves_to_another_task() {
    on_each(async || {
        let mut child = sleeper().spawn().unwrap();
        assert!(poll_once(pin!(child.wait())).is_pending());
        child.start_kill().unwrap();
        let waiting = runtime_core::spawn(async move { child.wait().await.unwrap() });
        assert_eq!(waiting.await.unwrap().signal(), Some(9));
    });
}

/// PROC-01: kill and wait do not lock up, and the child need not be dead when `start_kill` returns.
#[test]
fn proc_01_kill_waits_for_the_end() {
    on_each(async || {
        let mut child = sleeper().spawn().unwrap();
        let process = number(&child);
        child.kill().await.unwrap();
        assert!(test_kill_process(process).is_err());
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));

        // A child that waits for its input, with the pipe in our hands.
        let mut child = cat().spawn().unwrap();
        child.kill().await.unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    });
}

/// PROC-02: a child that exits before anybody has registered for it is reaped all the same. 5,000 times with each kind of alarm.
#[test]
fn proc_02_children_that_exit_at_once() {
    let _watchdog = Watchdog::new();
    choose_alarm();
    for (runtime, _) in [one(), two()] {
        runtime.block_on(async {
            for _ in 0..250 {
                let children: Vec<_> = (0..10)
                    .map(|_| Command::new("true").spawn().unwrap())
                    .map(|mut child| {
                        runtime_core::spawn(async move { child.wait().await.unwrap() })
                    })
                    .collect();
                for child in children {
                    assert!(child.await.unwrap().success());
                }
            }
        });
    }
}

/// PROC-04: after the exit was seen, killing does nothing, whoever has the number by then.
#[test]
fn proc_04_killing_after_the_exit_does_nothing() {
    on_each(async || {
        choose_alarm();
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().await.unwrap();
        child.start_kill().unwrap();
        child.kill().await.unwrap();
        assert!(child.wait().await.unwrap().success());

        // Exited, and the exit has not been seen: the number is still the child's.
        let mut child = Command::new("echo").stdout(Stdio::piped()).spawn().unwrap();
        let mut said = Vec::new();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_to_end(&mut said).await.unwrap();
        child.start_kill().unwrap();
        child.kill().await.unwrap();
        child.wait().await.unwrap();
    });
}

/// PROC-05: reaping orphans takes no status that belongs to somebody else.
#[test]
fn proc_05_the_reaper_takes_no_other_status() {
    on_each(async || {
        choose_alarm();
        let mut foreign = std::process::Command::new("sh")
            .args(["-c", "exit 7"])
            .spawn()
            .unwrap();
        for _ in 0..10 {
            let child = sleeper().kill_on_drop(true).spawn().unwrap();
            let process = number(&child);
            drop(child);
            is_reaped(process).await;
        }
        assert_eq!(foreign.wait().unwrap().code(), Some(7));
    });
}

/// PROC-05: `kill_on_drop` does not cut short what `output` waits for.
#[test]
fn proc_05_output_with_kill_on_drop_is_complete() {
    on_each(async || {
        choose_alarm();
        let output = Command::new("sh")
            .args([
                "-c",
                "echo begin; read line; echo $line; sleep 0.02; echo end",
            ])
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, b"begin\n\nend\n");
    });
}

/// PROC-08: a grandchild that holds the pipe keeps `wait_with_output` waiting, but not `wait`.
#[test]
fn proc_08_a_grandchild_does_not_hold_up_wait() {
    on_each(async || {
        choose_alarm();
        let mut child = Command::new("sh")
            .args(["-c", "sleep 1000 & echo $!"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        assert!(child.wait().await.unwrap().success());
        let mut said = [0; 16];
        let count = child
            .stdout
            .as_mut()
            .unwrap()
            .read(&mut said)
            .await
            .unwrap();
        let grandchild = std::str::from_utf8(&said[..count]).unwrap().trim();
        let grandchild = Pid::from_raw(grandchild.parse().unwrap()).unwrap();
        {
            let mut rest = pin!(child.wait_with_output());
            assert!(poll_once(rest.as_mut()).is_pending());
            rustix::process::kill_process(grandchild, rustix::process::Signal::KILL).unwrap();
            assert!(rest.await.unwrap().status.success());
        }
    });
}

/// F3: a dropped child goes on running and is reaped when it exits.
#[test]
fn a_dropped_child_goes_on_and_is_reaped() {
    on_each(async || {
        let mut child = cat().spawn().unwrap();
        let process = number(&child);
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        drop(child);
        stdin.write_all(b"alive").await.unwrap();
        let mut buf = [0; 5];
        stdout.read_exact(&mut buf).await.unwrap();
        assert_eq!(&buf, b"alive");
        drop(stdin);
        is_reaped(process).await;
    });
}

#[test]
fn kill_on_drop_kills_and_reaps() {
    on_each(async || {
        let child = sleeper().kill_on_drop(true).spawn().unwrap();
        let process = number(&child);
        drop(child);
        is_reaped(process).await;

        // Also when a wait was under way.
        let mut child = sleeper().kill_on_drop(true).spawn().unwrap();
        let process = number(&child);
        assert!(poll_once(pin!(child.wait())).is_pending());
        drop(child);
        is_reaped(process).await;
    });
}

/// `Child::wait` uses the budget: at its end the task gives way, also when the child has exited.
#[test]
fn react_20_waiting_uses_the_budget() {
    on_each(async || {
        choose_alarm();
        let mut child = Command::new("echo").stdout(Stdio::piped()).spawn().unwrap();
        // The end of the output, and then the exit.
        child
            .stdout
            .take()
            .unwrap()
            .read_to_end(&mut Vec::new())
            .await
            .unwrap();
        runtime_core::spawn(async move {
            poll_fn(|cx| {
                while let Poll::Ready(unit) = coop::poll_proceed(cx) {
                    unit.made_progress();
                }
                assert!(pin!(child.wait()).poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            child.wait().await.unwrap();
        })
        .await
        .unwrap();
    });
}

/// DOWN-10: a wait for a child whose runtime is gone is an error, and the child can still be asked.
#[test]
fn a_wait_ends_with_its_runtime() {
    let _watchdog = Watchdog::new();
    let (runtime, _) = one();
    let mut child = runtime.block_on(async {
        let mut child = sleeper().spawn().unwrap();
        assert!(poll_once(pin!(child.wait())).is_pending());
        child
    });
    drop(runtime);
    let (other, _) = two();
    other.block_on(async {
        let error = child.wait().await.unwrap_err();
        assert!(runtime_io::is_rt_shutdown_err(&error));
        child.start_kill().unwrap();
        while child.try_wait().unwrap().is_none() {
            runtime_core::task::yield_now().await;
        }
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    });
}

/// An orphan outlives its runtime. The next runtime that starts a child looks after it.
#[test]
fn a_stray_is_adopted() {
    let _watchdog = Watchdog::new();
    let (runtime, reactor) = one();
    let (process, mut stdin) = runtime.block_on(async {
        let mut child = cat().spawn().unwrap();
        let stdin = child.stdin.take().unwrap().into_owned_fd().unwrap();
        (number(&child), Some(stdin))
    });
    drop(runtime);
    assert_eq!(reactor.registered(), 0);
    let (other, _) = two();
    other.block_on(async {
        // Adopted while it runs.
        Command::new("true").status().await.unwrap();
        drop(stdin.take());
        is_reaped(process).await;
    });
}
