//! What this process has used so far: CPU time, context switches, memory.

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::{fs, io};

/// A reading of the counters of one process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// CPU time of all threads, user and system, in microseconds.
    pub(crate) cpu_us: f64,
    /// Voluntary context switches of the threads that are alive.
    pub(crate) switches: f64,
    /// Resident memory in bytes.
    pub(crate) rss: f64,
    /// Bytes allocated and not yet freed, if the counting allocator is on.
    pub(crate) heap: f64,
    /// Threads alive.
    pub(crate) threads: f64,
    /// Zero for a runtime that does not tell.
    pub(crate) trouble: Trouble,
}

/// What should not happen to a runtime, counted by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    /// Times that the guard had to do what the workers should have done.
    pub(crate) rescues: f64,
    /// Times that a job lay too long in a host's pool.
    pub(crate) stalled: f64,
    /// Jobs that a host's pool dropped.
    pub(crate) refused: f64,
}

impl Usage {
    /// Read the counters of the calling process.
    pub(crate) fn now() -> io::Result<Self> {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let (switches, threads) = switches_and_threads()?;
        Ok(Self {
            cpu_us: cpu.tv_sec as f64 * 1e6 + cpu.tv_nsec as f64 / 1e3,
            switches,
            rss: resident()?,
            heap: crate::alloc::live() as f64,
            threads,
            trouble: Trouble::default(),
        })
    }

    pub(crate) fn to_json(self) -> Value {
        json!({
            "cpu_us": self.cpu_us,
            "switches": self.switches,
            "rss": self.rss,
            "heap": self.heap,
            "threads": self.threads,
            "rescues": self.trouble.rescues,
            "stalled": self.trouble.stalled,
            "refused": self.trouble.refused,
        })
    }

    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let field = |name: &str| value.get(name)?.as_f64();
        Some(Self {
            cpu_us: field("cpu_us")?,
            switches: field("switches")?,
            rss: field("rss")?,
            heap: field("heap")?,
            threads: field("threads")?,
            trouble: Trouble {
                rescues: field("rescues").unwrap_or(0.0),
                stalled: field("stalled").unwrap_or(0.0),
                refused: field("refused").unwrap_or(0.0),
            },
        })
    }
}

/// `/proc/self/status` counts the switches of the first thread only, so all threads are read.
fn switches_and_threads() -> io::Result<(f64, f64)> {
    let (mut switches, mut threads) = (0.0, 0.0);
    for task in fs::read_dir("/proc/self/task")? {
        // A thread that ended since the listing has no file any more.
        let Ok(status) = fs::read_to_string(task?.path().join("status")) else {
            continue;
        };
        threads += 1.0;
        switches += number_after(&status, "\nvoluntary_ctxt_switches:").unwrap_or(0.0);
    }
    Ok((switches, threads))
}

fn resident() -> io::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kib = number_after(&status, "\nVmRSS:");
    kib.map(|kib| kib * 1024.0)
        .ok_or_else(|| io::Error::other("no VmRSS line in /proc/self/status"))
}

fn number_after(text: &str, label: &str) -> Option<f64> {
    let (_, rest) = text.split_once(label)?;
    rest.split_whitespace().next()?.parse().ok()
}
