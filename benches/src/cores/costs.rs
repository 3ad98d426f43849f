//! What each step costs, with where the number comes from.

use std::fmt;

macro_rules! costs {
    ($($(#[doc = $doc:literal])* $name:ident = $nanos:literal,)*) => {
        /// Nanoseconds.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Costs {
            $($(#[doc = $doc])* pub(super) $name: u64,)*
        }

        impl Default for Costs {
            fn default() -> Self {
                Self { $($name: $nanos,)* }
            }
        }

        impl Costs {
            /// With one cost changed, by `name=nanoseconds`.
            pub(super) fn with(mut self, change: &String) -> Result<Self, String> {
                let (name, nanos) = change
                    .split_once('=')
                    .ok_or_else(|| format!("cores takes name=nanoseconds, not {change:?}"))?;
                let nanos = nanos
                    .parse()
                    .map_err(|_| format!("{name} cannot be {nanos:?}"))?;
                match name {
                    $(stringify!($name) => self.$name = nanos,)*
                    _ => return Err(format!("there is no cost {name:?}; there are {self}")),
                }
                Ok(self)
            }
        }

        impl fmt::Display for Costs {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let each: &[(&str, u64)] = &[$((stringify!($name), self.$name)),*];
                let each: Vec<_> = each.iter().map(|(name, nanos)| format!("{name}={nanos}")).collect();
                f.write_str(&each.join(" "))
            }
        }
    };
}

costs! {
    /// Taking a task from the own queue and what is done around its poll. `local_detach_10k` takes some 60 ns per task for making, pushing, running and freeing it.
    poll = 30,
    /// Making a task and pushing it to the own queue: the rest of that.
    spawn = 30,
    /// A read-modify-write of a line that another processor has written last. Measured: two threads that hand a word to and fro, 69 ns for each way, on a virtual machine of two processors that
    /// share a cache. Between sockets published figures are 100 to 300.
    line = 70,
    /// A read of such a line, as in a look at a peer's queue: a little less.
    probe = 50,
    /// Moving one stolen task: a read and a write of what lies in a row.
    moved = 5,
    /// Waking a thread that sleeps, for the one who wakes. Measured: `Thread::unpark`, 9 µs on that machine, interrupt included; some 2 on metal.
    call = 9000,
    /// From the beginning of the call to the woken thread's first instruction. Measured there: 5 to 26 µs, by how deep the processor slept.
    rise = 25000,
    /// Going to sleep: the system call until the processor is free. An estimate.
    sleep = 2000,
    /// A look at the driver that does not wait: `epoll_wait` with nothing to tell.
    look = 800,
    /// Handing one event from the driver to its task: half of what is left of an echo's poll without its system calls. An estimate.
    event = 60,
}
