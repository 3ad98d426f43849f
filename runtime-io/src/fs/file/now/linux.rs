//! `preadv2` with `RWF_NOWAIT`.
//!
//! It stops at the first page that is not in the cache. A plain read of a regular file stops only at the end of the file,
//! and people rely on that; so if fewer bytes come than were asked for, the size of the file is looked up (it is at hand: a
//! file system that would have to ask a server does not know `RWF_NOWAIT`), and unless the file ends there, the position is moved
//! back and the answer is "later".

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use rustix::fs::{FileType, SeekFrom, fstat, seek};

use super::Now;
use crate::io::ReadBuf;

/// Read at the file's own position, and move it.
const OWN_POSITION: libc::c_long = -1;

/// As the parent says.
pub(in crate::fs::file) fn read_now(file: &File, buf: &mut ReadBuf<'_>, most: usize) -> Now {
    let asked = buf.remaining().min(most);
    let count = match preadv2(file, buf, asked) {
        Ok(count) => count,
        Err(error) => {
            return match error.raw_os_error() {
                Some(libc::EAGAIN | libc::EINTR) => Now::Later,
                _ => Now::Never,
            };
        }
    };
    if count == asked || is_all(file, count) {
        buf.advance(count);
        return Now::Read(count);
    }
    let back = i64::try_from(count).unwrap_or(i64::MAX);
    match count {
        0 => Now::Later,
        _ if seek(file, SeekFrom::Current(-back)).is_ok() => Now::Later,
        // Not to be taken back, so it is the answer.
        _ => {
            buf.advance(count);
            Now::Read(count)
        }
    }
}

/// Would a plain read have given no more than these `count` bytes? It gave them just now.
fn is_all(file: &File, count: usize) -> bool {
    let Ok(stat) = fstat(file) else { return false };
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        // Of a device or a pipe one gets what there is, but an end has to be heard from a plain read.
        return count > 0;
    }
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    seek(file, SeekFrom::Current(0)).is_ok_and(|position| position >= size)
}

/// Reads up to `asked` bytes into the unfilled part of `buf`, which knows afterwards that they hold values, not that they are filled.
fn preadv2(file: &File, buf: &mut ReadBuf<'_>, asked: usize) -> io::Result<usize> {
    // SAFETY: the kernel writes values only.
    let unfilled = unsafe { buf.unfilled_mut() };
    let slice = libc::iovec {
        iov_base: unfilled[..asked].as_mut_ptr().cast(),
        iov_len: asked,
    };
    // SAFETY: the slice is `asked` writable bytes of `buf`, which stays borrowed; one slice is what the count says. Any
    // number may be asked of any descriptor, flags and position included.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_preadv2,
            libc::c_long::from(file.as_raw_fd()),
            &raw const slice,
            1_i64 as libc::c_long,
            OWN_POSITION,
            OWN_POSITION,
            libc::c_long::from(libc::RWF_NOWAIT),
        )
    };
    let Ok(count) = usize::try_from(answer) else {
        return Err(io::Error::last_os_error());
    };
    // SAFETY: the kernel has written that many bytes, and never more than were asked for.
    unsafe { buf.assume_init(count) };
    Ok(count)
}
