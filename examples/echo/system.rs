//! What the operating system says about this process, and the limit it sets.

use crate::options::CONNECTIONS;
use std::io;
use std::time::Duration;
use std::{fs, process, thread};

/// File descriptors beside the connections.
const OTHER_FILES: usize = 64;

/// What this process has used so far; `None` where the system does not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// User and system time of all threads.
    pub(crate) cpu: Option<Duration>,
    /// Resident memory in bytes.
    pub(crate) memory: Option<f64>,
    pub(crate) threads: Option<f64>,
}

impl Usage {
    pub(crate) fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let number = |label: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(label))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        Self {
            cpu: cpu_time(),
            memory: number("VmRSS:").map(|kib| kib * 1024.0),
            threads: number("Threads:"),
        }
    }
}

/// As many connections as asked for, or as the limit of open files allows.
pub(crate) fn connections(asked: Option<usize>) -> Result<usize, String> {
    let limit = raise_file_limit();
    let most = limit.saturating_sub(OTHER_FILES);
    match asked {
        Some(asked) if asked > most => Err(format!(
            "{asked} connections need a file-descriptor limit of {}, and the hard limit is {limit}; raise it or ask for fewer",
            asked.saturating_add(OTHER_FILES)
        )),
        Some(asked) => Ok(asked),
        None if most == 0 => Err(format!(
            "a file-descriptor limit of {limit} leaves nothing for connections; raise it (ulimit -n)"
        )),
        None => {
            if most < CONNECTIONS {
                println!(
                    "The file-descriptor limit of {limit} allows {most} connections instead of {CONNECTIONS}."
                );
            }
            Ok(most.min(CONNECTIONS))
        }
    }
}

/// Is there memory for so many buffers of that size? Where the system does not tell, there is.
pub(crate) fn check_memory(buffers: usize, size: usize) -> Result<(), String> {
    let needed = buffers.saturating_mul(size);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok())
        .map_or(isize::MAX as usize, |kib| kib.saturating_mul(1024));
    if needed > available {
        let mib = |bytes: usize| bytes >> 20;
        return Err(format!(
            "{buffers} buffers of {size} bytes need {} MiB of memory, and {} MiB are available",
            mib(needed),
            mib(available)
        ));
    }
    Ok(())
}

/// Raise the soft limit of open files to the hard one, and say what it is now.
#[cfg(unix)]
pub(crate) fn raise_file_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
    let now = if raised.is_ok() {
        limit.maximum
    } else {
        limit.current
    };
    now.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn raise_file_limit() -> usize {
    usize::MAX
}

#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
}

#[cfg(not(unix))]
fn cpu_time() -> Option<Duration> {
    None
}

/// End this process when the parent closes the other end of its input, however that came about.
pub(crate) fn exit_with_parent() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        process::exit(1);
    });
}
