//! Programs of the system as children of this process.
//!
//! [`Command`] says what is to run, in the manner of [`std::process::Command`]; [`Child`] is what runs, with its input and output as
//! [`AsyncWrite`](crate::io::AsyncWrite) and [`AsyncRead`](crate::io::AsyncRead).
//!
//! # Words
//!
//! * A child has **exited** when its threads are gone. What is left, its number and its status, is a **zombie** until the parent takes the
//!   status: until it is **reaped**. Only then may the system give the number to another process.
//! * An **alarm** tells when it is worth asking whether a child has exited ([`alarm`]): the child's *pidfd*, or every `SIGCHLD`.
//! * An **orphan** is a child that has not been reaped when its [`Child`] is dropped ([`orphan`]). A **stray** is an orphan whose runtime is gone.
//!
//! # The rule
//!
//! 1. [`Command::spawn`] takes its reactor, starts the program, and makes the alarm. Without one the child could never be awaited, so
//!    if there is none to be had the child is killed, reaped, and the error returned.
//! 2. [`Child::wait`] asks the kernel first (`waitpid`, without waiting), and waits for the alarm only if the child is still running. An alarm is
//!    a reason to ask again and never an answer: it may be spurious, and a `SIGCHLD` is perhaps another child's.
//! 3. The status is taken once, and kept: every later wait returns it at once. No other child is ever asked for, so no status that
//!    belongs to another part of the program is lost.
//! 4. A signal goes through the pidfd if there is one, which means this child or nobody. Otherwise it goes to the number, which is the
//!    child's as long as we have not reaped it. After that nothing is sent.
//! 5. A child that is dropped goes on running, unless [`kill_on_drop`](Command::kill_on_drop) was set, and becomes an orphan.
//!
//! ```text
//!               1 wait, try_wait
//!   ┌─────────┐ ─────────────────────────────────────► ┌────────┐
//!   │ running │        ┌────────┐   3 Orphan::look     │        │
//!   │         │ ─────► │ orphan │ ───────────────────► │ reaped │
//!   └─────────┘ 2 drop └────────┘ ◄─────┐              │        │
//!                        │ 4 shutdown   │ 5 sweep      │        │
//!                        ▼              │              │        │
//!                      ┌───────┐ ───────┘  5 sweep     │        │
//!                      │ stray │ ────────────────────► │        │
//!                      └───────┘                       └────────┘
//! ```
//!
//! 1. [`Child::wait`], [`Child::try_wait`] and what is built on them.
//! 2. The child is asked for once more, and handed over if it is still running ([`orphan::adopt`]).
//! 3. The alarm of an orphan is a [hook](crate::reactor): the thread in the seat reaps it in passing. No task does, and no runtime looks
//!    after the orphans of another one.
//! 4. The runtime goes away, and with it the alarm.
//! 5. The next [`Command::spawn`] anywhere in the process reaps the strays that have exited, and adopts the others in its runtime
//!    ([`orphan::sweep`]).
//!
//! **In a forked process** the children are siblings. A [`Child`] that is dropped there kills nobody and reaps nobody.
//!
//! # Rejected
//!
//! * *`SIGCHLD` for all.* It makes every child that exits wake everybody who waits for one, and replaces a process-wide handler in programs
//!   that never asked for signals. It is kept for systems without pidfds.
//! * *`waitpid(-1)`.* It takes the statuses of children that are not ours.
//! * *One queue of orphans for the process*, looked through by every runtime at every `SIGCHLD`. With pidfds each is looked at once, by its own runtime.
//! * *A thread in `waitpid` for each child.* A thousand children would be a thousand threads.

mod alarm;
mod child;
mod command;
mod join;
mod orphan;
mod pidfd;
mod pipe;
mod running;
mod stdio;

pub use child::Child;
pub use command::Command;
pub use stdio::{ChildStderr, ChildStdin, ChildStdout};

#[doc(hidden)]
pub use pidfd::refuse as refuse_pidfd;
