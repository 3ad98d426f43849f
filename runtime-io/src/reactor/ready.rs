//! What a file descriptor is ready for.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

/// What a file descriptor is ready for, as far as the runtime knows.
///
/// Readiness is a hint: the operation itself may still find that it would block.
///
/// # Examples
///
/// ```
/// use runtime_io::reactor::Ready;
///
/// let ready = Ready::READABLE | Ready::READ_CLOSED;
/// assert!(ready.is_readable() && ready.is_read_closed());
/// assert!((ready - Ready::READABLE - Ready::READ_CLOSED).is_empty());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ready(u8);

const READABLE: u8 = 1;
const WRITABLE: u8 = 2;
const READ_CLOSED: u8 = 4;
const WRITE_CLOSED: u8 = 8;
const PRIORITY: u8 = 16;
const ERROR: u8 = 32;
const EVERY: u8 = READABLE | WRITABLE | READ_CLOSED | WRITE_CLOSED | PRIORITY | ERROR;

impl Ready {
    /// Ready for nothing.
    pub const EMPTY: Self = Self(0);

    /// There is something to read.
    pub const READABLE: Self = Self(READABLE);

    /// There is room to write.
    pub const WRITABLE: Self = Self(WRITABLE);

    /// The peer will send no more. What it has sent may still be unread.
    pub const READ_CLOSED: Self = Self(READ_CLOSED);

    /// Nothing can be sent any more.
    pub const WRITE_CLOSED: Self = Self(WRITE_CLOSED);

    /// There are urgent data.
    pub const PRIORITY: Self = Self(PRIORITY);

    /// There is an error to fetch.
    pub const ERROR: Self = Self(ERROR);

    /// Ready for everything.
    pub const ALL: Self = Self(EVERY);

    /// Is it ready for nothing?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Ready;
    ///
    /// assert!(Ready::EMPTY.is_empty());
    /// assert!(!Ready::READABLE.is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Is a read worth trying?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Ready;
    ///
    /// assert!(Ready::READABLE.is_readable());
    /// // A read would find the end at once.
    /// assert!(Ready::READ_CLOSED.is_readable());
    /// ```
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0 & (READABLE | READ_CLOSED) != 0
    }

    /// Is a write worth trying?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Ready;
    ///
    /// assert!(Ready::WRITABLE.is_writable());
    /// // A write would fail at once.
    /// assert!(Ready::WRITE_CLOSED.is_writable());
    /// ```
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0 & (WRITABLE | WRITE_CLOSED) != 0
    }

    /// Will the peer send no more?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Ready;
    ///
    /// assert!(Ready::ALL.is_read_closed());
    /// assert!(!Ready::READABLE.is_read_closed());
    /// ```
    #[must_use]
    pub const fn is_read_closed(self) -> bool {
        self.0 & READ_CLOSED != 0
    }

    /// Can nothing be sent any more?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Ready;
    ///
    /// assert!(Ready::ALL.is_write_closed());
    /// assert!(!Ready::WRITABLE.is_write_closed());
    /// ```
    #[must_use]
    pub const fn is_write_closed(self) -> bool {
        self.0 & WRITE_CLOSED != 0
    }

    /// Are there urgent data?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Ready;
    ///
    /// assert!(Ready::PRIORITY.is_priority());
    /// ```
    #[must_use]
    pub const fn is_priority(self) -> bool {
        self.0 & PRIORITY != 0
    }

    /// Is there an error to fetch?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Ready;
    ///
    /// assert!(Ready::ERROR.is_error());
    /// ```
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 & ERROR != 0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Do the two have a state in common?
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The six bits, for the readiness word.
    pub(crate) const fn bits(self) -> u64 {
        self.0 as u64
    }

    /// The lowest six bits of the readiness word.
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self((bits & EVERY as u64) as u8)
    }
}

impl BitOr for Ready {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Ready {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Ready {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready")
            .field("is_readable", &self.is_readable())
            .field("is_writable", &self.is_writable())
            .field("is_read_closed", &self.is_read_closed())
            .field("is_write_closed", &self.is_write_closed())
            .field("is_error", &self.is_error())
            .field("is_priority", &self.is_priority())
            .finish()
    }
}
