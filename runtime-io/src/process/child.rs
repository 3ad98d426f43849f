//! A program that runs.

use std::future::poll_fn;
use std::io;
use std::process::{self, ExitStatus, Output};
use std::sync::Arc;

use super::join::try_join3;
use super::running::Running;
use super::{ChildStderr, ChildStdin, ChildStdout};
use crate::io::{AsyncRead, AsyncReadExt};
use crate::reactor::Reactor;

/// A program that runs, or has run.
///
/// Made by [`Command::spawn`](super::Command::spawn). Dropping it leaves the program running, and the runtime reaps it when it exits;
/// with [`kill_on_drop`](super::Command::kill_on_drop) the drop kills it.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::process::Command;
///
/// let mut child = Command::new("sleep").arg("1000").spawn()?;
/// assert!(child.id().is_some());
/// child.kill().await?;
/// assert!(child.id().is_none());
/// assert!(!child.wait().await?.success());
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Child {
    running: Running,
    /// The pipe to its standard input, if that is piped.
    pub stdin: Option<ChildStdin>,
    /// The pipe from its standard output, if that is piped.
    pub stdout: Option<ChildStdout>,
    /// The pipe from its standard error, if that is piped.
    pub stderr: Option<ChildStderr>,
}

impl Child {
    /// For a child that was started just now.
    #[track_caller]
    pub(super) fn new(
        mut child: process::Child,
        reactor: Arc<Reactor>,
        kill_on_drop: bool,
    ) -> io::Result<Self> {
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mut this = Self {
            running: Running::new(child, reactor, kill_on_drop)?,
            stdin: None,
            stdout: None,
            stderr: None,
        };
        if let Err(error) = this.take_pipes(stdin, stdout, stderr) {
            this.start_kill()?;
            return Err(error);
        }
        Ok(this)
    }

    #[track_caller]
    fn take_pipes(
        &mut self,
        stdin: Option<process::ChildStdin>,
        stdout: Option<process::ChildStdout>,
        stderr: Option<process::ChildStderr>,
    ) -> io::Result<()> {
        self.stdin = stdin.map(ChildStdin::from_std).transpose()?;
        self.stdout = stdout.map(ChildStdout::from_std).transpose()?;
        self.stderr = stderr.map(ChildStderr::from_std).transpose()?;
        Ok(())
    }

    /// The number of the process, until its exit has been seen. After that the system may give the number to another process.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut child = Command::new("sleep").arg("60").spawn()?;
    /// assert!(child.id().is_some());
    /// child.kill().await?;
    /// assert_eq!(child.id(), None);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.running.id()
    }

    /// Kills the child (`SIGKILL`), without waiting for it to exit. Does nothing if it has been waited for already.
    ///
    /// # Errors
    ///
    /// The child has become a process of another user.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut child = Command::new("sleep").arg("60").spawn()?;
    /// child.start_kill()?;
    /// assert!(!child.wait().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_kill(&mut self) -> io::Result<()> {
        self.running.kill()
    }

    /// Kills the child (`SIGKILL`) and waits until it has exited. Does nothing if it has been waited for already.
    ///
    /// # Errors
    ///
    /// As [`start_kill`](Self::start_kill) and [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the child is killed by the first poll, and may be waited for again.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut child = Command::new("sleep").arg("60").spawn()?;
    /// child.kill().await?;
    /// // Nothing is left to be killed.
    /// child.kill().await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await?;
        Ok(())
    }

    /// Waits until the child has exited, and says how. Again and again, if you like.
    ///
    /// The pipe to its standard input is closed first, for a child that waits for the end of its input would never exit. Take it out of
    /// [`stdin`](Self::stdin) to keep it open.
    ///
    /// # Errors
    ///
    /// Somebody else has taken the status (with `waitpid`, or by ignoring `SIGCHLD`), or the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no status is lost. The standard input stays closed.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut child = Command::new("true").spawn()?;
    /// assert!(child.wait().await?.success());
    /// // The same again.
    /// assert!(child.wait().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        poll_fn(|cx| self.running.poll_wait(cx)).await
    }

    /// Says how the child has exited, if it has.
    ///
    /// # Errors
    ///
    /// Somebody else has taken the status (with `waitpid`, or by ignoring `SIGCHLD`).
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut child = Command::new("sleep").arg("60").spawn()?;
    /// assert!(child.try_wait()?.is_none());
    /// child.kill().await?;
    /// assert!(child.try_wait()?.is_some());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.running.try_wait()
    }

    /// Closes the standard input, reads what the child writes until the end, and waits until it has exited.
    ///
    /// Only what is piped is read. The end of the output comes when nobody holds the pipe any more: a grandchild that has inherited it
    /// can keep this waiting after the child has exited, where [`wait`](Self::wait) returns.
    ///
    /// # Errors
    ///
    /// Those of reading and of [`wait`](Self::wait). The child is dropped then.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: the child is dropped, and what was read is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// assert_eq!(child.wait_with_output().await?.stdout, b"hello\n");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        // Closed when all is over, and not when the end was read: a child may be killed by what it writes into a closed pipe.
        let (mut stdout, mut stderr) = (self.stdout.take(), self.stderr.take());
        let (status, stdout, stderr) = try_join3(
            self.wait(),
            read_to_end(stdout.as_mut()),
            read_to_end(stderr.as_mut()),
        )
        .await?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

async fn read_to_end(pipe: Option<&mut (impl AsyncRead + Unpin)>) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    if let Some(pipe) = pipe {
        pipe.read_to_end(&mut data).await?;
    }
    Ok(data)
}
