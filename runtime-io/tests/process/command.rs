//! What a command passes on, and what comes back.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use runtime_io::process::Command;
use rustix::process::{Pid, Signal, getgid, getpgid, getuid, kill_process_group};

use crate::choose_alarm;
use crate::support::{on_each, one};

fn sh(script: &str) -> Command {
    choose_alarm();
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn a_status_is_the_code_or_the_signal() {
    on_each(async || {
        assert!(sh("true").status().await.unwrap().success());
        assert_eq!(sh("exit 3").status().await.unwrap().code(), Some(3));
        let killed = sh("kill -TERM $$").status().await.unwrap();
        assert_eq!(killed.signal(), Some(15));
    });
}

/// F3: `output` pipes both, also over earlier settings.
#[test]
fn output_is_what_was_written_to_both() {
    on_each(async || {
        let output = sh("echo out; echo err >&2; exit 4")
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .await
            .unwrap();
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        assert_eq!(output.status.code(), Some(4));
    });
}

/// More than a pipe holds, on both at once.
#[test]
fn long_output_on_both_streams_does_not_lock_up() {
    on_each(async || {
        let script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; head -c 5 /dev/zero";
        let output = sh(script).output().await.unwrap();
        assert_eq!(output.stdout.len(), 300_005);
        assert_eq!(output.stderr.len(), 300_000);
    });
}

#[test]
fn environment_directory_and_name_reach_the_child() {
    on_each(async || {
        let said = async |command: &mut Command| {
            let output = command.output().await.unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let mut command = sh("echo $A-$B-$C; pwd");
        command.env("A", "1").envs([("B", "2"), ("C", "3")]);
        command.env_remove("C").current_dir("/");
        assert_eq!(said(&mut command).await, "1-2-\n/\n");

        let mut command = sh("echo \"$0|$HOME|$D\"");
        command
            .env("D", "4")
            .env_clear()
            .env("PATH", "/bin:/usr/bin");
        command.arg0("another");
        assert_eq!(said(&mut command).await, "another||\n");

        let mut command = sh("echo $1,$2");
        command.arg("zero").arg("one").args(["two"]);
        assert_eq!(said(&mut command).await, "one,two\n");
    });
}

#[test]
fn it_runs_as_who_it_should() {
    on_each(async || {
        let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
        let output = sh("id -u; id -g").uid(uid).gid(gid).output().await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, format!("{uid}\n{gid}\n"));
    });
}

/// A group of its own: what is sent to the group reaches child and grandchild, and not us.
#[test]
fn a_process_group_is_signalled_as_one() {
    on_each(async || {
        let mut child = sh("sleep 1000 & wait").process_group(0).spawn().unwrap();
        let id = i32::try_from(child.id().unwrap()).unwrap();
        let process = Pid::from_raw(id).unwrap();
        assert_eq!(getpgid(Some(process)), Ok(process));
        kill_process_group(process, Signal::TERM).unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(15));
    });
}

#[test]
fn pre_exec_runs_in_the_child_and_can_refuse() {
    on_each(async || {
        let mut command = sh("pwd");
        // SAFETY: the closure makes a system call and nothing else.
        unsafe { command.pre_exec(|| rustix::process::chdir("/").map_err(io::Error::from)) };
        assert_eq!(command.output().await.unwrap().stdout, b"/\n");

        // The error of the child reaches us, and nothing has run.
        let refuse = || Err(io::Error::from(rustix::io::Errno::ACCESS));
        // SAFETY: the closure does nothing.
        unsafe { command.pre_exec(refuse) };
        let error = command.spawn().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    });
}

#[test]
fn what_cannot_be_started_is_an_error() {
    on_each(async || {
        choose_alarm();
        let missing = Command::new("/no/such/program").spawn().unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let with_nul = Command::new("a\0b").output().await.unwrap_err();
        assert_eq!(with_nul.kind(), io::ErrorKind::InvalidInput);
        let refused = Command::new("/").status().await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    });
}

/// `status` and `output` start the program when they are called, not when they are awaited.
#[test]
fn a_command_starts_at_once_and_may_be_used_again() {
    on_each(async || {
        let mut command = sh("echo x");
        let (first, second) = (command.output(), command.output());
        drop(command);
        assert_eq!(first.await.unwrap().stdout, b"x\n");
        assert_eq!(second.await.unwrap().stdout, b"x\n");
    });
}

#[test]
fn it_is_a_command_of_std_inside() {
    let mut command = Command::new("sh");
    assert!(!command.get_kill_on_drop());
    command.kill_on_drop(true);
    assert!(command.get_kill_on_drop());
    command.as_std_mut().arg("-c");
    assert_eq!(command.as_std().get_program(), "sh");
    let std = command.into_std();
    assert_eq!(std.get_args().count(), 1);
    assert!(!Command::from(std).get_kill_on_drop());
}

#[test]
#[should_panic = "there is no reactor running"]
fn spawning_without_a_runtime_panics() {
    let _ = Command::new("true").spawn();
}

/// The panic comes before anything runs.
#[test]
#[should_panic = "IO is disabled"]
fn spawning_without_io_panics() {
    let runtime = runtime_core::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { drop(Command::new("true").spawn()) });
}

#[test]
fn futures_and_types_can_be_sent() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    fn both<T: Send + Sync + Unpin>() {}
    both::<Command>();
    both::<runtime_io::process::Child>();
    both::<runtime_io::process::ChildStdin>();
    both::<runtime_io::process::ChildStdout>();
    both::<runtime_io::process::ChildStderr>();
    choose_alarm();
    let (runtime, _) = one();
    runtime.block_on(async {
        send(Command::new("true").status()).await.unwrap();
        send(Command::new("true").output()).await.unwrap();
        let mut child = Command::new("true").spawn().unwrap();
        send(child.wait()).await.unwrap();
        send(child.kill()).await.unwrap();
        send(child.wait_with_output()).await.unwrap();
    });
}
