//! Looking into a running program from outside: a Unix socket that answers who is running.
//!
//! Off unless [`Builder::introspect`](crate::runtime::Builder::introspect) names a path. The program `heist-ps` is its usual client; what follows is enough to write another, or to use
//! `nc -U`.
//!
//! # The protocol
//!
//! A connection is one question and one answer. The client sends one line; the server answers and closes.
//!
//! ```text
//! client:  ps\n
//! server:  heist/1 ok\n
//!          ID  STATE  NAME …\n
//!          …
//! ```
//!
//! | line | answer |
//! |---|---|
//! | `ps` | the tasks as a table: [`TaskList`](crate::task::TaskList) as it prints |
//! | `tree` | the tasks as a tree: [`TaskTree`](crate::task::TaskTree) as it prints |
//! | `dump` | slots, queues and tasks: [`RuntimeDump`](crate::runtime::RuntimeDump) as it prints |
//! | `json`, `json N` | the same as JSON, with at most N tasks, those first that run or are to run |
//!
//! The first line of an answer is `heist/1 ok`, or `heist/1 error: ` and a sentence; what follows the former lasts until the end of the stream. The number is that of the protocol:
//! it changes when an old client could not read the answer, not when JSON objects get more fields.
//!
//! # Who serves
//!
//! A thread of its own, which runs a small runtime of its own. So it answers while every worker of the runtime it tells of is blocked, and takes no time from them: while nobody asks
//! it sleeps in the kernel. It looks in by [`Handle::tasks`](crate::runtime::Handle::tasks) and [`Handle::dump`](crate::runtime::Handle::dump), which wake nobody. A client that sends nothing, or does not read, is left after
//! ten seconds; beyond sixteen at once others are turned away.
//!
//! # Who may ask
//!
//! Names of tasks and places in the source are the program's own business. The file has mode 0600 before anybody can connect, since it is set between binding and listening; and where the system
//! does not look at the mode, the server asks who the peer is: the user of this process, or root.
//!
//! # The file
//!
//! 1. Lock the directory (`flock`), so that of two programs that start at once one waits for the other.
//! 2. Bind. If something is there: it must be a socket, and a connection to it must be refused, as is the case when the process that made it has ended. Only then is it removed, and bound again.
//! 3. Set the mode, listen, unlock.
//! 4. When the runtime is dropped, the file is removed if it is still the one that was made.

mod file;
mod serve;

use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::Path;
use std::thread::{self, JoinHandle};

use self::file::SocketFile;
use crate::runtime::{Builder, WeakHandle};
use crate::sync::oneshot;

/// The socket and who serves it, until this is dropped.
pub(crate) struct Introspection {
    /// Its end is what ends the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    file: SocketFile,
}

// A runtime is both, and this is a part of it that no panic leaves half done.
impl UnwindSafe for Introspection {}
impl RefUnwindSafe for Introspection {}

impl Introspection {
    /// Makes the socket and starts to serve.
    pub(crate) fn start(path: &Path, runtime: WeakHandle) -> io::Result<Self> {
        // What it does itself is nobody's concern, and its thread looks on at nothing.
        let rt = Builder::new_current_thread()
            .enable_all()
            .debug(false)
            .slow_poll_after(None)
            .build()?;
        let (file, listener) = {
            let _entered = rt.enter();
            SocketFile::listen(path)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .spawn(move || rt.block_on(serve::serve(&listener, &runtime, stopped)))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
            file,
        })
    }
}

impl Drop for Introspection {
    fn drop(&mut self) {
        self.file.remove();
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Soon: it waits for nothing but clients, and those are left at once. It does not panic.
            let _ = thread.join();
        }
    }
}

/// At most 15 characters, which is what Linux shows.
const THREAD_NAME: &str = "heist-look-in";
