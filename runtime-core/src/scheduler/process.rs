//! Which process a runtime belongs to.
//!
//! A forked child inherits the memory of its parent, but of its threads only the one that forked. A runtime found there looks alive and is not: nobody drives its slots,
//! waits in its driver, or serves its blocking pool, and its descriptors are shared with the parent. So each runtime remembers the process that built it, and what would
//! wait for it, or start a thread for it, asks first: `block_on`, a lent thread, a thread of the pool, the drop. A wake does not ask, because it must stay
//! cheap; in the child it queues what nobody runs.
//!
//! A runtime that is built in the child is the child's own and works. For that, no thread may sleep in a table of the process: see `lock`.

/// A process, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    /// False in a forked child of the process.
    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }
}
