//! What is to run.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, ExitStatus, Output, Stdio};

use super::{Child, orphan};
use crate::reactor::Reactor;

/// What is to run, and how: [`std::process::Command`] whose children can be awaited.
///
/// Starting a program blocks the thread for as long as the system takes to do it, as everywhere.
///
/// # Examples
///
/// ```
/// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
/// # let mut builder = runtime_core::Builder::new_current_thread();
/// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
/// use runtime_io::process::Command;
///
/// let said = Command::new("echo").arg("hello").output().await?;
/// assert!(said.status.success());
/// assert_eq!(said.stdout, b"hello\n");
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Command {
    std: process::Command,
    kill_on_drop: bool,
}

impl Command {
    /// Begins with a program: a path, or a name that is looked up in `PATH`. It inherits the environment, the working directory and the
    /// standard streams.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// assert!(Command::new("true").status().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new<S: AsRef<OsStr>>(program: S) -> Self {
        process::Command::new(program).into()
    }

    /// The command of the standard library inside.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut command = Command::new("echo");
    /// command.arg("hello");
    /// assert_eq!(command.as_std().get_program(), "echo");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn as_std(&self) -> &process::Command {
        &self.std
    }

    /// The command of the standard library inside, for what has no method here.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// use std::os::unix::process::CommandExt;
    ///
    /// let mut command = Command::new("true");
    /// command.as_std_mut().arg0("another name");
    /// assert!(command.status().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn as_std_mut(&mut self) -> &mut process::Command {
        &mut self.std
    }

    /// The command of the standard library. [`kill_on_drop`](Self::kill_on_drop) is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut command = Command::new("true").into_std();
    /// assert!(command.status()?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn into_std(self) -> process::Command {
        self.std
    }

    /// Sets whether dropping a child kills it. Default: no, it goes on running.
    ///
    /// A child that was killed this way is reaped by the runtime, soon and without being waited for.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let child = Command::new("sleep").arg("60").kill_on_drop(true).spawn()?;
    /// // It ends here.
    /// drop(child);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn kill_on_drop(&mut self, kill_on_drop: bool) -> &mut Self {
        self.kill_on_drop = kill_on_drop;
        self
    }

    /// Says whether dropping a child kills it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut command = Command::new("true");
    /// assert!(!command.get_kill_on_drop());
    /// assert!(command.kill_on_drop(true).get_kill_on_drop());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn get_kill_on_drop(&self) -> bool {
        self.kill_on_drop
    }

    /// Adds a variable to the environment, for each pair.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let output = Command::new("env").env_clear().envs([("ONE", "1")]).output().await?;
    /// assert_eq!(output.stdout, b"ONE=1\n");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.envs(vars);
        self
    }

    /// Adds several arguments.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let output = Command::new("echo").args(["one", "two"]).output().await?;
    /// assert_eq!(output.stdout, b"one two\n");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn args<I, S>(&mut self, args: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.std.args(args);
        self
    }

    /// Runs `f` in the child before the program is started.
    ///
    /// # Safety
    ///
    /// The child is a fork of a process with many threads, of which only one came along. `f` may do nothing but what a signal handler may: no
    /// allocation, no lock, nothing of the runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// let mut command = Command::new("true");
    /// // SAFETY: it makes a system call and nothing else.
    /// unsafe { command.pre_exec(|| Ok(rustix::process::chdir("/")?)) };
    /// assert!(command.status().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Self
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static,
    {
        // SAFETY: the caller has promised what is asked for here.
        unsafe { self.std.pre_exec(f) };
        self
    }

    /// Starts the program.
    ///
    /// # Errors
    ///
    /// There is no such program, it may not be run, or the system is out of processes, memory or descriptors. Then nothing runs.
    ///
    /// # Panics
    ///
    /// There is no runtime on this thread, or it was built without I/O.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// use runtime_io::process::Command;
    ///
    /// let mut child = Command::new("true").spawn()?;
    /// assert!(child.wait().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn(&mut self) -> io::Result<Child> {
        let reactor = Reactor::current();
        orphan::sweep(&reactor);
        Child::new(self.std.spawn()?, reactor, self.kill_on_drop)
    }

    /// Starts the program at once, and waits until it has exited. Pipes to it are closed.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn) and [`Child::wait`].
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: the child is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # let reactor = std::sync::Arc::new(runtime_io::reactor::Reactor::new()?);
    /// # let mut builder = runtime_core::Builder::new_current_thread();
    /// # builder.driver(reactor.clone()).extension(reactor).build()?.block_on(async {
    /// # use std::process::Stdio;
    /// # use runtime_io::process::Command;
    /// assert!(!Command::new("false").status().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            child.stdout = None;
            child.stderr = None;
            child.wait().await
        }
    }

    /// Starts the program at once with its output and errors piped, whatever was set before, reads them, and waits until it has exited.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn) and [`Child::wait_with_output`].
    ///
    /// # Panics
    ///
    /// As [`spawn`](Self::spawn).
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
    /// let output = Command::new("echo").arg("hello").output().await?;
    /// assert_eq!(output.stdout, b"hello\n");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        self.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn();
        async { child?.wait_with_output().await }
    }
}

/// Setters that std's command has as well.
macro_rules! pass_on {
    ($($(#[$doc:meta])* fn $name:ident $(<$($generic:ident: $bound:path),+>)? ($($arg:ident: $type:ty),*);)*) => {
        impl Command {$(
            $(#[$doc])*
            pub fn $name $(<$($generic: $bound),+>)? (&mut self, $($arg: $type),*) -> &mut Self {
                self.std.$name($($arg),*);
                self
            }
        )*}
    };
}

pass_on! {
    /// Adds an argument. It is passed as it is: no shell looks at it.
    fn arg<S: AsRef<OsStr>>(arg: S);

    /// Sets the name that the program is told it was called by. Default: what was given to [`new`](Self::new).
    fn arg0<S: AsRef<OsStr>>(arg: S);

    /// Adds a variable to the environment.
    fn env<K: AsRef<OsStr>, V: AsRef<OsStr>>(key: K, val: V);

    /// Takes a variable out of the environment.
    fn env_remove<K: AsRef<OsStr>>(key: K);

    /// Begins with an empty environment.
    fn env_clear();

    /// Sets the working directory. A relative path of the program may or may not be looked up there.
    fn current_dir<P: AsRef<Path>>(dir: P);

    /// Sets the standard input. Default: that of this process.
    fn stdin<T: Into<Stdio>>(cfg: T);

    /// Sets the standard output. Default: that of this process; piped for [`output`](Self::output).
    fn stdout<T: Into<Stdio>>(cfg: T);

    /// Sets the standard error. Default: that of this process; piped for [`output`](Self::output).
    fn stderr<T: Into<Stdio>>(cfg: T);

    /// Sets the user it runs as. Supplementary groups are dropped if this process is root.
    fn uid(id: u32);

    /// Sets the group it runs as.
    fn gid(id: u32);

    /// Sets its process group: 0 for a new one of its own, so that Ctrl-C at the terminal does not reach it.
    fn process_group(pgroup: i32);
}

impl From<process::Command> for Command {
    fn from(std: process::Command) -> Self {
        Self {
            std,
            kill_on_drop: false,
        }
    }
}
