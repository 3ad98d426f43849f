//! Files and directories, on the blocking pool.
//!
//! # Words
//!
//! No system says when a file would block: whoever asks for bytes that are on a disk waits for the disk. A *job* does that on a thread of the
//! blocking pool, and the task waits for the job. The way there and back is a *trip*; it costs two wake-ups of threads, some
//! tens of microseconds, whatever the job does. The *position* of an open file is the one that the system keeps for it.
//!
//! # The rule now
//!
//! 1. Everything that could wait for a disk or a server is a job. An operation on a path is one job, from opening to
//!    closing: [`read`], [`write()`], [`copy`], [`read_to_string`] cost one trip each. [`ReadDir`] reads in batches.
//! 2. What surely waits for nothing is done in place: moving the position to a place that needs no look at the size,
//!    making a second descriptor, reading what the system says is in its cache (`RWF_NOWAIT`).
//! 3. A [`File`] does one thing at a time. Its bytes pass through buffers, because a job may outlive the future that
//!    waited for it. The next section is about them.
//! 4. Once accepted, a write happens: its job is one that shutdown does not cancel. Any other job that is lost to a
//!    shutdown is an [`io::Error`](std::io::Error).
//! 5. Every operation takes a unit of the poll's budget. What is read in place takes one for each 64 KiB besides, so that
//!    one poll never copies more than some megabytes.
//!
//! # A file that is read and written
//!
//! ```text
//!                          (1) fetch
//!                 ┌───────────────────────► READING ──┐ (2) the job has ended: the window is back
//!                 │         (3) start_seek            │
//!                 ├───────────────────────► SEEKING ──┤ (4) the job has ended: a result to be told
//!     (6) read in │                                   │
//!     place, or   │         (5) run_alone             │
//!     from the  ┌─┴────┐ ─────────────────► ALONE ────┤ (2) the job has ended
//!     window    │ IDLE │ ◄────────────────────────────┘
//!            └─►└─┬────┘ ◄────────────────────────────┐
//!                 │         (7) poll_write            │ (8) nothing left to write, or an error to be told
//!                 └───────────────────────► WRITING ──┘
//!                                            │   ▲
//!                                            └───┘ (7) more, while there is room
//! ```
//!
//! (1) `Inner::fetch`. (2), (4), (8) `Inner::poll_settle`, for every operation other than the one that waits; (2) also
//! `Inner::poll_read`, (4) also `Inner::poll_complete`. (3) `Inner::start_seek`; a position that needs no look at the size
//! is SEEKING with the result already there. (5) `File::run_alone`: syncing, setting the length, asking for metadata.
//! (6) `Inner::poll_read`. (7) `Inner::poll_write`. There is no edge between two busy states: who finds the file busy with something else
//! waits for IDLE first.
//!
//! **Reading ahead.** The job reads into the *window* of the file, which then serves the reads. Of a regular file it reads at a
//! position, without moving the file's own; each read that the window serves moves that by what it took, and so finds out whether
//! somebody else has moved it (a clone has the same position), in which case the window is thrown away. So the position is at all
//! times what the user thinks it is, a seek has nothing to correct, and a read that was given up has taken nothing. From the second
//! read in a row on, the job reads twice as much as the one before, up to [`File::max_buf_size`]. A read is served
//! from the window in full or not at all, unless the file ends there: nobody gets fewer bytes than a plain read would give.
//! What was read ahead is as old as the job that read it.
//!
//! **Reading in place.** Where the system can tell (Linux, on most local file systems), a read first asks for
//! what is in the cache, straight into the caller's buffer: no trip, no second copy, nothing that grows old. Only what is
//! not there goes by the pool, and then nothing is read ahead: the system does that itself. A short answer that is not the end of the
//! file is taken back and goes by the pool.
//!
//! **Writing behind.** A write puts bytes into a buffer and returns. The first one starts a job; while that writes one
//! buffer, further writes fill another, and the job goes on with it before it ends. So bytes never lie about without
//! somebody on the way to write them, a producer and the disk work at the same time, and many small writes become few large ones.
//! A write is accepted in full, up to [`File::max_buf_size`] if no job is under way, and up to 512 KiB beside one. If that much is queued
//! already, the write waits until the job takes it. When a write fails, what was accepted after it is dropped too, as it would be in the
//! wrong place; the error is told by the next write or flush.
//!
//! # Rejected
//!
//! * *Reading ahead with the position moved along*, and moving it back before anything that depends on it: simple, until the descriptor is
//!   lent (`AsFd`), or a clone made earlier reads on from a place that nobody has reached yet.
//! * *Windows for what is no regular file.* A pipe or terminal cannot be read without taking the bytes. There the job reads what was asked for.
//! * *Opening files in place* (`openat2` with `RESOLVE_CACHED`): opening a device or a file on a server does things, and what it is
//!   is known only when it is open.
//! * *Writing in place* with `RWF_NOWAIT`: few file systems can, and a write that has to allocate blocks may still wait.
//! * *A thread per file.* It would save the trip of the first write after a pause, and cost a thread for it.

mod dir_builder;
mod dirs;
mod entries;
mod file;
mod file_times;
mod job;
mod links;
mod open_options;
mod read_dir;
mod whole;

pub use dir_builder::DirBuilder;
pub use dirs::{create_dir, create_dir_all, remove_dir, remove_dir_all};
pub use entries::{metadata, remove_file, rename, set_permissions, symlink_metadata, try_exists};
pub use file::File;
pub use file_times::FileTimes;
pub use links::{canonicalize, hard_link, read_link, symlink};
pub use open_options::OpenOptions;
pub use read_dir::{DirEntry, ReadDir, read_dir};
pub use whole::{copy, read, read_to_string, write};
