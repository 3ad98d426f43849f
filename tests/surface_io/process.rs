//! Programs as children.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::process::{Command as StdCommand, ExitStatus, Output, Stdio};

use heist::io::{self, AsyncRead, AsyncWrite};
use heist::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

methods! { Command =>
    fn new [S: AsRef<OsStr>] (program: S) -> Command;
    fn as_std [] (this: &Command) -> &StdCommand;
    fn as_std_mut [] (this: &mut Command) -> &mut StdCommand;
    fn into_std [] (this: Command) -> StdCommand;
    fn arg [S: AsRef<OsStr>] (this: &mut Command, arg: S) -> &mut Command;
    fn args [I: IntoIterator<Item = S>, S: AsRef<OsStr>] (this: &mut Command, args: I) -> &mut Command;
    fn env [K: AsRef<OsStr>, V: AsRef<OsStr>] (this: &mut Command, key: K, val: V) -> &mut Command;
    fn envs [I: IntoIterator<Item = (K, V)>, K: AsRef<OsStr>, V: AsRef<OsStr>] (this: &mut Command, vars: I) -> &mut Command;
    fn env_remove [K: AsRef<OsStr>] (this: &mut Command, key: K) -> &mut Command;
    fn env_clear [] (this: &mut Command) -> &mut Command;
    fn current_dir [P: AsRef<Path>] (this: &mut Command, dir: P) -> &mut Command;
    fn stdin [T: Into<Stdio>] (this: &mut Command, cfg: T) -> &mut Command;
    fn stdout [T: Into<Stdio>] (this: &mut Command, cfg: T) -> &mut Command;
    fn stderr [T: Into<Stdio>] (this: &mut Command, cfg: T) -> &mut Command;
    fn kill_on_drop [] (this: &mut Command, kill_on_drop: bool) -> &mut Command;
    fn uid [] (this: &mut Command, id: u32) -> &mut Command;
    fn gid [] (this: &mut Command, id: u32) -> &mut Command;
    fn arg0 [S: AsRef<OsStr>] (this: &mut Command, arg: S) -> &mut Command;
    unsafe fn pre_exec [F: FnMut() -> io::Result<()> + Send + Sync + 'static] (this: &mut Command, f: F) -> &mut Command;
    fn process_group [] (this: &mut Command, pgroup: i32) -> &mut Command;
    fn spawn [] (this: &mut Command) -> io::Result<Child>;
    async fn status [] (this: &mut Command) -> io::Result<ExitStatus>;
    async fn output [] (this: &mut Command) -> io::Result<Output>;
    fn get_kill_on_drop [] (this: &Command) -> bool;
}

methods! { Child =>
    fn id [] (this: &Child) -> Option<u32>;
    fn start_kill [] (this: &mut Child) -> io::Result<()>;
    async fn kill [] (this: &mut Child) -> io::Result<()>;
    async fn wait [] (this: &mut Child) -> io::Result<ExitStatus>;
    fn try_wait [] (this: &mut Child) -> io::Result<Option<ExitStatus>>;
    async fn wait_with_output [] (this: Child) -> io::Result<Output>;
}

methods! { ChildStdin =>
    fn from_std [] (inner: std::process::ChildStdin) -> io::Result<ChildStdin>;
    fn into_owned_fd [] (this: ChildStdin) -> io::Result<OwnedFd>;
}

methods! { ChildStdout =>
    fn from_std [] (inner: std::process::ChildStdout) -> io::Result<ChildStdout>;
    fn into_owned_fd [] (this: ChildStdout) -> io::Result<OwnedFd>;
}

methods! { ChildStderr =>
    fn from_std [] (inner: std::process::ChildStderr) -> io::Result<ChildStderr>;
    fn into_owned_fd [] (this: ChildStderr) -> io::Result<OwnedFd>;
}

const _: fn(Child) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) =
    |child| (child.stdin, child.stdout, child.stderr);

implements! {
    [] Command: (Debug + From<StdCommand>);
    [] Child: (Debug);
    [] ChildStdin: (AsyncWrite + Debug + AsRawFd + AsFd + TryInto<Stdio, Error = io::Error>);
    [] ChildStdout: (AsyncRead + Debug + AsRawFd + AsFd + TryInto<Stdio, Error = io::Error>);
    [] ChildStderr: (AsyncRead + Debug + AsRawFd + AsFd + TryInto<Stdio, Error = io::Error>);
}
