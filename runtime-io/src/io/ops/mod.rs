//! The futures behind the extension traits, one type for each shape of work.
//!
//! They are types rather than `async fn`s so that each is `Send` and `Sync` exactly when its reader or writer and its
//! buffer are, also where the reader is a generic parameter. None is `Unpin`, as none would be if it were an
//! `async fn`: a caller that pins them properly keeps compiling if one becomes that some day.

/// Declares a future that borrows its reader or writer: its fields, then its state with the value it starts from.
macro_rules! operation {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident<$($lifetime:lifetime,)+ $($parameter:ident),+> {
            $($field:ident: $type:ty,)+
        }
        $(state { $($state:ident: $state_type:ty = $start:expr,)+ })?
    ) => {
        pin_project_lite::pin_project! {
            $(#[$attribute])*
            #[derive(Debug)]
            #[must_use = "futures do nothing unless you `.await` or poll them"]
            pub struct $name<$($lifetime,)+ $($parameter: ?Sized),+> {
                $($field: $type,)+
                $($($state: $state_type,)+)?
                #[pin]
                pinned: std::marker::PhantomPinned,
            }
        }

        impl<$($lifetime,)+ $($parameter: ?Sized),+> $name<$($lifetime,)+ $($parameter),+> {
            pub(in crate::io) fn new($($field: $type),+) -> Self {
                Self { $($($state: $start,)+)? $($field,)+ pinned: std::marker::PhantomPinned }
            }
        }
    };
}

mod fill_buf;
mod finish;
mod open_string;
mod read;
mod read_buf;
mod read_exact;
mod read_number;
mod read_to_end;
mod read_until;
mod seek;
mod write;
mod write_all;
mod write_buf;
mod write_number;

pub(super) use fill_buf::FillBuf;
pub(super) use finish::{Flush, Shutdown};
pub(super) use read::Read;
pub(super) use read_buf::ReadIntoBuf;
pub use read_buf::poll_read_buf;
pub(super) use read_exact::ReadExact;
pub(super) use read_number::{Decoder, ReadNumber};
pub(super) use read_to_end::{ReadToEnd, ReadToString};
#[cfg(feature = "stream")]
pub(crate) use read_until::find;
pub(super) use read_until::{ReadLine, ReadUntil};
pub(super) use seek::Seek;
pub(super) use write::{Write, WriteVectored};
pub(super) use write_all::WriteAll;
pub use write_buf::poll_write_buf;
pub(super) use write_buf::{WriteAllBuf, WriteBuf};
pub(super) use write_number::WriteNumber;

pub(super) use open_string::OpenString;
pub(super) use read_until::poll_read_until;

use std::io;

/// Whether an attempt was merely interrupted by a signal and is to be made again.
pub(crate) fn is_interrupted<T>(result: &io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::Interrupted)
}

/// Polls until the answer is anything but an interruption.
macro_rules! retry_interrupted {
    ($poll:expr) => {
        loop {
            match $poll {
                std::task::Poll::Ready(result) if crate::io::ops::is_interrupted(&result) => {}
                other => break other,
            }
        }
    };
}
pub(crate) use retry_interrupted;
