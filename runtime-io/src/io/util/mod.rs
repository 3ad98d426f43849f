//! Between readers and writers and what is not quite one: streams and sinks of bytes, blocking code, watchers.
//!
//! What has to do with streams and sinks is behind the feature `stream`.
//!
//! | from | to | by |
//! |---|---|---|
//! | reader | stream of [`Bytes`](bytes::Bytes) | `ReaderStream` |
//! | stream of buffers | reader | `StreamReader` |
//! | sink of `&[u8]` | writer | `SinkWriter` |
//! | sink of `Bytes` | sink of `&[u8]` | `CopyToBytes` |
//! | reader, writer | `std::io::Read`, `Write` | [`SyncIoBridge`] |
//! | reader, writer | the same, with a closure that sees the bytes | [`InspectReader`], [`InspectWriter`] |

#[cfg(feature = "stream")]
mod copy_to_bytes;
mod inspect;
mod read_buf;
#[cfg(feature = "stream")]
mod reader_stream;
#[cfg(feature = "stream")]
mod sink_writer;
#[cfg(feature = "stream")]
mod stream_reader;
mod sync_bridge;

#[cfg(feature = "stream")]
pub use copy_to_bytes::CopyToBytes;
pub use inspect::{InspectReader, InspectWriter};
pub use read_buf::read_buf;
#[cfg(feature = "stream")]
pub use reader_stream::ReaderStream;
#[cfg(feature = "stream")]
pub use sink_writer::SinkWriter;
#[cfg(feature = "stream")]
pub use stream_reader::StreamReader;
pub use sync_bridge::SyncIoBridge;

pub use super::ops::{poll_read_buf, poll_write_buf};

/// `get_ref`, `get_mut` and `into_inner` of what has one thing inside, with an example that makes one called `$name`.
macro_rules! one_inside {
    ($type:ident, $field:ident, $what:literal, $hidden:literal, $expression:literal) => {
        #[doc = concat!("The ", $what, ".")]
        ///
        /// # Examples
        /// ```
        #[doc = $hidden]
        #[doc = concat!("let outside = ", $expression, ";")]
        /// let _inside = outside.get_ref();
        /// ```
        pub fn get_ref(&self) -> &$type {
            &self.$field
        }

        #[doc = concat!("The ", $what, ", to be changed.")]
        ///
        /// # Examples
        /// ```
        #[doc = $hidden]
        #[doc = concat!("let mut outside = ", $expression, ";")]
        /// let _inside = outside.get_mut();
        /// ```
        pub fn get_mut(&mut self) -> &mut $type {
            &mut self.$field
        }

        #[doc = concat!("Takes out the ", $what, ".")]
        ///
        /// # Examples
        /// ```
        #[doc = $hidden]
        #[doc = concat!("let outside = ", $expression, ";")]
        /// let _inside = outside.into_inner();
        /// ```
        pub fn into_inner(self) -> $type {
            self.$field
        }
    };
}
use one_inside;

/// The same three, and the pinned one.
macro_rules! one_pinned_inside {
    ($type:ident, $field:ident, $what:literal, $hidden:literal, $expression:literal) => {
        crate::io::util::one_inside!($type, $field, $what, $hidden, $expression);

        #[doc = concat!("The ", $what, ", pinned.")]
        ///
        /// # Examples
        /// ```
        #[doc = $hidden]
        #[doc = concat!("let outside = std::pin::pin!(", $expression, ");")]
        /// let _inside = outside.get_pin_mut();
        /// ```
        pub fn get_pin_mut(self: std::pin::Pin<&mut Self>) -> std::pin::Pin<&mut $type> {
            self.project().$field
        }
    };
}
use one_pinned_inside;
