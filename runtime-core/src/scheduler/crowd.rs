//! Whether the machine has a processor to spare.
//!
//! Two threads are faster than one where there is a processor for each. Where there is none, the second takes the place of somebody, often of the very client that
//! is being served, and three threads on two processors wait for each other in slices of milliseconds. So two decisions ask: whether to [wake a peer](super::pace), and whether to
//! [go on](super::sleep) taking events beside one. The scheduler of the system knows how many threads are
//! runnable, and says so cheaply: it is the fourth field of `/proc/loadavg`, a read of about a microsecond. It counts the whole machine, which is
//! right: it is the machine's processors that are free or not.
//!
//! Who cannot know (no `/proc`, another system) takes a processor to be free. So does a container that sees more processors than its quota lets it use.
//!
//! # Designs rejected
//!
//! * The time from a wake-up to the first poll: the woken thread often preempts somebody at once, so it is short on a full machine too.
//! * The thread's processor time against the clock: it shows that this thread was displaced, not that its peer would displace somebody else.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

/// What the system says about its run queues.
#[derive(Debug)]
pub(crate) struct Crowd {
    source: Option<Source>,
}

#[derive(Debug)]
struct Source {
    load: File,
    processors: usize,
}

impl Crowd {
    /// For a runtime whose workers have peers.
    pub(crate) fn open() -> Self {
        Self {
            source: Source::open(),
        }
    }

    /// For a runtime that never asks.
    pub(crate) fn unknown() -> Self {
        Self { source: None }
    }

    /// Whether the machine has processors for so many of the runtime's threads, the caller's among them, beside all else that wants to run. True if it is not known.
    pub(crate) fn has_room_for(&self, threads: usize) -> bool {
        let Some(source) = &self.source else {
            return true;
        };
        // The caller runs, so it has been counted.
        source
            .runnable()
            .is_none_or(|runnable| runnable + threads <= source.processors + 1)
    }
}

impl Source {
    fn open() -> Option<Self> {
        let online = fs::read_to_string("/sys/devices/system/cpu/online").ok()?;
        Some(Self {
            load: File::open("/proc/loadavg").ok()?,
            processors: count(&online)?,
        })
    }

    fn runnable(&self) -> Option<usize> {
        let mut line = [0; 96];
        let length = self.load.read_at(&mut line, 0).ok()?;
        runnable(line.get(..length)?)
    }
}

/// The number before the slash in `0.03 0.12 0.10 2/345 6789`.
fn runnable(line: &[u8]) -> Option<usize> {
    let line = std::str::from_utf8(line).ok()?;
    let (runnable, _) = line.split(' ').nth(3)?.split_once('/')?;
    runnable.parse().ok()
}

/// How many numbers are in a list like `0-3,6`.
fn count(list: &str) -> Option<usize> {
    list.trim().split(',').try_fold(0, |sum, range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        Some(sum + last.checked_sub(first)? + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runnable_threads_are_before_the_slash() {
        assert_eq!(runnable(b"0.03 0.12 0.10 2/345 6789\n"), Some(2));
        assert_eq!(runnable(b"0.03 0.12"), None);
        assert_eq!(runnable(b""), None);
    }

    #[test]
    fn processors_are_counted_in_ranges() {
        assert_eq!(count("0\n"), Some(1));
        assert_eq!(count("0-3,6,8-9\n"), Some(7));
        assert_eq!(count("3-1"), None);
        assert_eq!(count(""), None);
    }

    #[test]
    fn who_does_not_know_takes_a_processor_to_be_free() {
        assert!(Crowd::unknown().has_room_for(usize::MAX));
    }

    #[test]
    fn a_machine_whose_processors_all_spin_has_no_room_for_one_more() {
        let crowd = Crowd::open();
        let Some(source) = &crowd.source else { return };
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..source.processors {
                scope.spawn(|| {
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let give_up = std::time::Instant::now() + std::time::Duration::from_secs(30);
            while crowd.has_room_for(2) {
                assert!(std::time::Instant::now() < give_up, "never found full");
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
}
