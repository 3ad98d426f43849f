//! What a task waits for.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use super::Ready;

/// What a task waits for, or what a file descriptor is registered for: never empty.
///
/// # Examples
///
/// ```
/// use runtime_io::reactor::Interest;
///
/// let both = Interest::READABLE | Interest::WRITABLE;
/// assert!(both.is_readable() && both.is_writable());
/// assert_eq!(both.remove(Interest::READABLE), Some(Interest::WRITABLE));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interest(u8);

const READABLE: u8 = 1;
const WRITABLE: u8 = 2;
const PRIORITY: u8 = 4;
const ERROR: u8 = 8;

impl Interest {
    /// Data to read, or the end of them.
    pub const READABLE: Self = Self(READABLE);

    /// Room to write, or the end of it.
    pub const WRITABLE: Self = Self(WRITABLE);

    /// Urgent data, or whatever else the kind of file reports this way.
    pub const PRIORITY: Self = Self(PRIORITY);

    /// An error condition, such as a message in the error queue of a socket.
    ///
    /// The kernel always reports errors. Waiting for them apart from reading and writing is of use only where they are read
    /// apart, as with time stamps of packets sent.
    pub const ERROR: Self = Self(ERROR);

    /// Does it include reading?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Interest;
    ///
    /// assert!(Interest::READABLE.is_readable());
    /// assert!(!Interest::WRITABLE.is_readable());
    /// ```
    #[must_use]
    pub const fn is_readable(self) -> bool {
        self.0 & READABLE != 0
    }

    /// Does it include writing?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Interest;
    ///
    /// assert!(Interest::WRITABLE.is_writable());
    /// assert!(!Interest::READABLE.is_writable());
    /// ```
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.0 & WRITABLE != 0
    }

    /// Does it include urgent data?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Interest;
    ///
    /// assert!(Interest::PRIORITY.is_priority());
    /// ```
    #[must_use]
    pub const fn is_priority(self) -> bool {
        self.0 & PRIORITY != 0
    }

    /// Does it include errors?
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Interest;
    ///
    /// assert!(Interest::ERROR.is_error());
    /// ```
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 & ERROR != 0
    }

    /// Both of them; the same as `|`, and usable in constants.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Interest;
    ///
    /// const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);
    /// assert!(BOTH.is_readable() && BOTH.is_writable());
    /// ```
    #[must_use]
    pub const fn add(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is left without `other`, and `None` if nothing is.
    ///
    /// # Examples
    ///
    /// ```
    /// use runtime_io::io::Interest;
    ///
    /// let both = Interest::READABLE | Interest::WRITABLE;
    /// assert_eq!(both.remove(Interest::WRITABLE), Some(Interest::READABLE));
    /// assert_eq!(Interest::READABLE.remove(Interest::READABLE), None);
    /// ```
    #[must_use]
    pub fn remove(self, other: Self) -> Option<Self> {
        match self.0 & !other.0 {
            0 => None,
            rest => Some(Self(rest)),
        }
    }

    /// The states of readiness that end a wait for this.
    pub(crate) const fn mask(self) -> Ready {
        let mut mask = Ready::EMPTY;
        if self.is_readable() {
            mask = mask.with(Ready::READABLE).with(Ready::READ_CLOSED);
        }
        if self.is_writable() {
            mask = mask.with(Ready::WRITABLE).with(Ready::WRITE_CLOSED);
        }
        if self.is_priority() {
            mask = mask.with(Ready::PRIORITY).with(Ready::READ_CLOSED);
        }
        if self.is_error() {
            mask = mask.with(Ready::ERROR);
        }
        mask
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.add(other)
    }
}

impl BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.add(other);
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.is_readable(), "READABLE"),
            (self.is_writable(), "WRITABLE"),
            (self.is_priority(), "PRIORITY"),
            (self.is_error(), "ERROR"),
        ];
        let mut separator = "";
        for (_, name) in names.into_iter().filter(|(set, _)| *set) {
            write!(f, "{separator}{name}")?;
            separator = " | ";
        }
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_prints_its_parts() {
        assert_eq!(format!("{:?}", Interest::READABLE), "READABLE");
        assert_eq!(
            format!("{:?}", Interest::WRITABLE | Interest::ERROR),
            "WRITABLE | ERROR"
        );
    }

    #[test]
    fn it_is_never_empty() {
        assert_eq!(Interest::READABLE.remove(Interest::READABLE), None);
        assert_eq!(
            Interest::READABLE.remove(Interest::WRITABLE),
            Some(Interest::READABLE)
        );
    }

    #[test]
    fn a_closed_direction_ends_the_wait_for_it() {
        assert!(Interest::READABLE.mask().is_read_closed());
        assert!(!Interest::READABLE.mask().is_write_closed());
        assert!(Interest::WRITABLE.mask().is_write_closed());
    }
}
