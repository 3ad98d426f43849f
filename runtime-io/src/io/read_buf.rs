//! `ReadBuf`: memory that is being read into, some of it perhaps never written before.
//!
//! ```text
//!  0                filled          initialized          capacity
//!  ├──── bytes ───────┼──── old bytes ────┼──── anything ────┤
//!  │   filled()       │                   │                  │
//!  │              initialized()           │                  │
//!  │                  └──────── unfilled_mut() ──────────────┘
//! ```
//!
//! One invariant carries every `unsafe` block of this file: `filled ≤ initialized ≤ memory.len()`, and the first
//! `initialized` bytes hold values. Both cursors are private, so only this file and the callers of the three
//! `unsafe` methods can break it.

use std::fmt;
use std::mem::MaybeUninit;

use bytes::BufMut;
use bytes::buf::UninitSlice;

/// A buffer that a reader fills from the front, over memory that need not be initialised.
///
/// It is a slice with two marks: how much is *filled* with what was read, and how much is *initialised*, that is,
/// holds some value. A reader that writes through [`put_slice`](Self::put_slice) needs no zeroing and no `unsafe`; one
/// that needs a plain `&mut [u8]` asks for [`initialize_unfilled`](Self::initialize_unfilled), which zeroes each byte
/// at most once.
///
/// # Examples
/// ```
/// use runtime_io::io::ReadBuf;
///
/// let mut memory = [0; 8];
/// let mut buf = ReadBuf::new(&mut memory);
/// buf.put_slice(b"abc");
/// assert_eq!(buf.filled(), b"abc");
/// assert_eq!(buf.remaining(), 5);
/// ```
pub struct ReadBuf<'a> {
    memory: &'a mut [MaybeUninit<u8>],
    filled: usize,
    initialized: usize,
}

impl<'a> ReadBuf<'a> {
    /// Wraps memory that is initialised throughout.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [7; 4];
    /// assert_eq!(ReadBuf::new(&mut memory).initialized(), [7; 4]);
    /// ```
    #[inline]
    pub fn new(memory: &'a mut [u8]) -> Self {
        let initialized = memory.len();
        // SAFETY: a `ReadBuf` never writes an uninitialised byte, and its `unsafe` methods forbid their callers to.
        let memory = unsafe { as_uninit_mut(memory) };
        Self {
            memory,
            filled: 0,
            initialized,
        }
    }

    /// Wraps memory of which nothing is known.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [std::mem::MaybeUninit::uninit(); 4];
    /// let buf = ReadBuf::uninit(&mut memory);
    /// assert_eq!((buf.capacity(), buf.initialized().len()), (4, 0));
    /// ```
    #[inline]
    pub fn uninit(memory: &'a mut [MaybeUninit<u8>]) -> Self {
        Self {
            memory,
            filled: 0,
            initialized: 0,
        }
    }

    /// The length of the whole memory.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// assert_eq!(ReadBuf::new(&mut [0; 4]).capacity(), 4);
    /// ```
    #[inline]
    pub fn capacity(&self) -> usize {
        self.memory.len()
    }

    /// What was read so far.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [0; 4];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"ab");
    /// assert_eq!(buf.filled(), b"ab");
    /// ```
    #[inline]
    pub fn filled(&self) -> &[u8] {
        // SAFETY: filled ≤ initialized, and that many bytes hold values.
        unsafe { assume_init(&self.memory[..self.filled]) }
    }

    /// What was read so far, for editing in place.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [0; 4];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"ab");
    /// buf.filled_mut().reverse();
    /// assert_eq!(buf.filled(), b"ba");
    /// ```
    #[inline]
    pub fn filled_mut(&mut self) -> &mut [u8] {
        // SAFETY: filled ≤ initialized, and that many bytes hold values.
        unsafe { assume_init_mut(&mut self.memory[..self.filled]) }
    }

    /// A second buffer over the first `n` unfilled bytes, or over all of them if there are fewer.
    ///
    /// It starts empty and knows what is initialised already. What is put into it does not count as filled here:
    /// afterwards call [`assume_init`](Self::assume_init) and [`advance`](Self::advance).
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [0; 4];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"a");
    /// assert_eq!(buf.take(2).capacity(), 2);
    /// assert_eq!(buf.take(9).capacity(), 3);
    /// ```
    #[inline]
    pub fn take(&mut self, n: usize) -> ReadBuf<'_> {
        let length = n.min(self.remaining());
        let initialized = length.min(self.initialized - self.filled);
        let memory = &mut self.memory[self.filled..][..length];
        ReadBuf {
            memory,
            filled: 0,
            initialized,
        }
    }

    /// The bytes that are known to hold values: the filled ones and any others that were written before.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [std::mem::MaybeUninit::uninit(); 4];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// buf.initialize_unfilled_to(3);
    /// assert_eq!(buf.initialized(), [0; 3]);
    /// ```
    #[inline]
    pub fn initialized(&self) -> &[u8] {
        // SAFETY: that many bytes hold values.
        unsafe { assume_init(&self.memory[..self.initialized]) }
    }

    /// The bytes that are known to hold values, for editing in place.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [0; 2];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.initialized_mut()[1] = 9;
    /// assert_eq!(buf.initialized(), [0, 9]);
    /// ```
    #[inline]
    pub fn initialized_mut(&mut self) -> &mut [u8] {
        // SAFETY: that many bytes hold values.
        unsafe { assume_init_mut(&mut self.memory[..self.initialized]) }
    }

    /// The whole memory, whatever is in it.
    ///
    /// # Safety
    /// The caller must not make an initialised byte uninitialised.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [0; 2];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// // SAFETY: a value is written, nothing is made uninitialised.
    /// unsafe { buf.inner_mut()[0].write(5) };
    /// assert_eq!(buf.initialized(), [5, 0]);
    /// ```
    #[inline]
    pub unsafe fn inner_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        self.memory
    }

    /// The part that is not filled yet, whatever is in it.
    ///
    /// # Safety
    /// The caller must not make an initialised byte uninitialised.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [std::mem::MaybeUninit::uninit(); 2];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// // SAFETY: a value is written, nothing is made uninitialised.
    /// unsafe { buf.unfilled_mut()[0].write(5) };
    /// // SAFETY: the first byte was written just now.
    /// unsafe { buf.assume_init(1) };
    /// buf.advance(1);
    /// assert_eq!(buf.filled(), [5]);
    /// ```
    #[inline]
    pub unsafe fn unfilled_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.memory[self.filled..]
    }

    /// The part that is not filled yet, zeroed where it was uninitialised.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [std::mem::MaybeUninit::uninit(); 4];
    /// assert_eq!(ReadBuf::uninit(&mut memory).initialize_unfilled(), [0; 4]);
    /// ```
    #[inline]
    pub fn initialize_unfilled(&mut self) -> &mut [u8] {
        self.initialize_unfilled_to(self.remaining())
    }

    /// The first `n` bytes that are not filled yet, zeroed where they were uninitialised.
    ///
    /// # Panics
    /// If fewer than `n` bytes remain.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [std::mem::MaybeUninit::uninit(); 4];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// buf.initialize_unfilled_to(2).copy_from_slice(b"ab");
    /// buf.advance(2);
    /// assert_eq!(buf.filled(), b"ab");
    /// ```
    #[inline]
    #[track_caller]
    pub fn initialize_unfilled_to(&mut self, n: usize) -> &mut [u8] {
        assert!(
            n <= self.remaining(),
            "n overflows remaining: {n} > {}",
            self.remaining()
        );
        let end = self.filled + n;
        if self.initialized < end {
            self.memory[self.initialized..end].fill(MaybeUninit::new(0));
            self.initialized = end;
        }
        // SAFETY: end ≤ initialized, as just ensured.
        unsafe { assume_init_mut(&mut self.memory[self.filled..end]) }
    }

    /// How many bytes can still be filled.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [0; 4];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.advance(1);
    /// assert_eq!(buf.remaining(), 3);
    /// ```
    #[inline]
    pub fn remaining(&self) -> usize {
        self.capacity() - self.filled
    }

    /// Forgets what was read; what is initialised stays so.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [0; 4];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"ab");
    /// buf.clear();
    /// assert_eq!((buf.filled().len(), buf.initialized().len()), (0, 4));
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Counts `n` more bytes as filled.
    ///
    /// # Panics
    /// If that would reach beyond the initialised bytes.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = *b"abcd";
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.advance(3);
    /// assert_eq!(buf.filled(), b"abc");
    /// ```
    #[inline]
    #[track_caller]
    pub fn advance(&mut self, n: usize) {
        let filled = self.filled.checked_add(n).expect("filled overflow");
        self.set_filled(filled);
    }

    /// Moves the end of the filled part to `n`, forwards or backwards.
    ///
    /// # Panics
    /// If `n` is beyond the initialised bytes.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = *b"abcd";
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.set_filled(4);
    /// buf.set_filled(2);
    /// assert_eq!(buf.filled(), b"ab");
    /// ```
    #[inline]
    #[track_caller]
    pub fn set_filled(&mut self, n: usize) {
        assert!(
            n <= self.initialized,
            "filled must not become larger than initialized"
        );
        self.filled = n;
    }

    /// States that the first `n` unfilled bytes hold values. Changes nothing if that was known already.
    ///
    /// # Safety
    /// The caller must have written those bytes, and there must be as many.
    ///
    /// # Examples
    /// See [`unfilled_mut`](Self::unfilled_mut).
    ///
    /// # Examples
    /// ```
    /// use std::mem::MaybeUninit;
    ///
    /// use runtime_io::io::ReadBuf;
    ///
    /// let mut memory = [MaybeUninit::uninit(); 4];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// // SAFETY: nothing is made uninitialised.
    /// let room = unsafe { buf.unfilled_mut() };
    /// room[0].write(7);
    /// // SAFETY: the first byte has just been written.
    /// unsafe { buf.assume_init(1) };
    /// buf.advance(1);
    /// assert_eq!(buf.filled(), [7]);
    /// ```
    #[inline]
    pub unsafe fn assume_init(&mut self, n: usize) {
        let end = self.filled + n;
        debug_assert!(end <= self.capacity(), "assume_init beyond the buffer");
        self.initialized = self.initialized.max(end);
    }

    /// Appends `bytes`.
    ///
    /// # Panics
    /// If fewer bytes remain.
    ///
    /// # Examples
    /// ```
    /// # use runtime_io::io::ReadBuf;
    /// let mut memory = [std::mem::MaybeUninit::uninit(); 4];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// buf.put_slice(b"ab");
    /// buf.put_slice(b"c");
    /// assert_eq!(buf.filled(), b"abc");
    /// ```
    #[inline]
    #[track_caller]
    pub fn put_slice(&mut self, bytes: &[u8]) {
        assert!(
            bytes.len() <= self.remaining(),
            "buf.len() must fit in remaining(); buf.len() = {}, remaining() = {}",
            bytes.len(),
            self.remaining()
        );
        let end = self.filled + bytes.len();
        self.memory[self.filled..end].copy_from_slice(as_uninit(bytes));
        self.filled = end;
        self.initialized = self.initialized.max(end);
    }

    /// Which memory this is. Two buffers with the same answer are the same buffer, since both are borrowed mutably.
    #[inline]
    pub(crate) fn identity(&self) -> (*const MaybeUninit<u8>, usize) {
        (self.memory.as_ptr(), self.memory.len())
    }
}

// SAFETY: `chunk_mut` is the unfilled part, `remaining_mut` its length, and `advance_mut` moves exactly past the bytes
// that its caller promises to have initialised.
unsafe impl BufMut for ReadBuf<'_> {
    fn remaining_mut(&self) -> usize {
        self.remaining()
    }

    unsafe fn advance_mut(&mut self, n: usize) {
        // SAFETY: the caller has initialised the next `n` bytes.
        unsafe { self.assume_init(n) };
        self.advance(n);
    }

    fn chunk_mut(&mut self) -> &mut UninitSlice {
        // SAFETY: an `UninitSlice` can only be written to, nothing becomes uninitialised.
        UninitSlice::uninit(unsafe { self.unfilled_mut() })
    }
}

impl fmt::Debug for ReadBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBuf")
            .field("filled", &self.filled)
            .field("initialized", &self.initialized)
            .field("capacity", &self.capacity())
            .finish()
    }
}

/// Bytes as bytes that might have been uninitialised: a shared view can forget that they are not.
fn as_uninit(bytes: &[u8]) -> &[MaybeUninit<u8>] {
    // SAFETY: the layouts are equal, and `MaybeUninit<u8>` allows every state of a byte.
    unsafe { &*(std::ptr::from_ref(bytes) as *const [MaybeUninit<u8>]) }
}

/// # Safety
/// No uninitialised byte may be written through the result.
unsafe fn as_uninit_mut(bytes: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: the layouts are equal, and the caller keeps every byte initialised.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) }
}

/// # Safety
/// All of `bytes` must be initialised.
unsafe fn assume_init(bytes: &[MaybeUninit<u8>]) -> &[u8] {
    // SAFETY: the layouts are equal, and the caller vouches for the values.
    unsafe { &*(std::ptr::from_ref(bytes) as *const [u8]) }
}

/// # Safety
/// All of `bytes` must be initialised.
unsafe fn assume_init_mut(bytes: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: the layouts are equal, the caller vouches for the values, and a `&mut [u8]` cannot unset them.
    unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [u8]) }
}
