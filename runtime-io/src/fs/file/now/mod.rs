//! Reading what is in the system's cache, without waiting for anything.
//!
//! Each system has [`read_now`]: it asks for as many bytes as `buf` has room for, at most `most`, and adds to `buf` what
//! [`Now::Read`] says. The position moves by as much. In all other cases nothing has happened.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::read_now;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use other::read_now;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Now {
    /// So many bytes: all that were asked for, or fewer at the end of the file.
    Read(usize),
    /// That would wait.
    Later,
    /// This file cannot be read so; whether there is anything wrong with it, a plain read says.
    Never,
}
