//! Which process a runtime belongs to.
//!
//! A forked child inherits the memory of its parent, but of its threads only the one that forked. A runtime found there looks alive and is not: nobody drives its slots,
//! waits in its driver, or serves its blocking pool, and its descriptors are shared with the parent. So each runtime remembers the process that built it, and what would
//! wait for it, or start a thread for it, asks first: `block_on`, a lent thread, a thread of the pool, the drop. A driver asks before it changes what the two share in
//! the kernel. A wake does not ask, because it must stay cheap; in the child it queues what nobody runs.
//!
//! A runtime that is built in the child is the child's own and works. For that, no thread may sleep in a table of the process: see `lock`.

#[cfg_attr(all(target_os = "linux", not(miri)), path = "process/page.rs")]
#[cfg_attr(not(all(target_os = "linux", not(miri))), path = "process/asked.rs")]
mod own;

/// A process, by its id.
///
/// # Examples
///
/// ```
/// use runtime_core::util::Process;
///
/// let home = Process::current();
/// assert!(home.is_current());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process(u32);

impl Process {
    /// This process. On Linux one load; elsewhere a system call.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::Process;
    /// assert!(Process::current().is_current());
    /// ```
    #[must_use]
    pub fn current() -> Self {
        Self(own::id())
    }

    /// Says whether this is that process, and not a forked child of it. Costs what [`current`](Self::current) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_core::util::Process;
    ///
    /// let process = Process::current();
    /// assert!(std::thread::spawn(move || process.is_current()).join().unwrap());
    /// ```
    #[must_use]
    pub fn is_current(self) -> bool {
        self == Self::current()
    }
}
