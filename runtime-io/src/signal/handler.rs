//! What the system calls when a signal comes. See [`super`] for what it may do and does.

use std::ffi::c_int;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::hub::Hub;
use super::pending::KINDS;

/// The kinds that have our handler, a bit each. They outlive a fork, as the handlers do.
static INSTALLED: [AtomicU64; KINDS / 64] = [const { AtomicU64::new(0) }; KINDS / 64];

/// Says whether there can be a handler for a kind, and which place it has.
pub(super) fn place(number: c_int) -> io::Result<usize> {
    let refusal = |why| Err(io::Error::other(format!("signal {number} {why}")));
    if signal_hook_registry::FORBIDDEN.contains(&number) {
        return refusal(
            "cannot be listened to: the system or the program would not survive its default action being replaced; listen to another one",
        );
    }
    match usize::try_from(number) {
        Ok(place @ 1..KINDS) => Ok(place),
        _ => refusal("does not exist: use a number that the system knows"),
    }
}

/// Installs the handler of a kind, unless it is there already.
pub(super) fn install(place: usize, installing: &Mutex<()>) -> io::Result<()> {
    let (word, bit) = (&INSTALLED[place / 64], 1 << (place % 64));
    // Relaxed, here and below: the bit guards no data, it says that a system call has been made.
    if word.load(Ordering::Relaxed) & bit != 0 {
        return Ok(());
    }
    let _one_at_a_time = installing.lock();
    if word.load(Ordering::Relaxed) & bit != 0 {
        return Ok(());
    }
    let number = c_int::try_from(place).expect("a place is the number of a signal");
    // SAFETY: the action is called inside a signal handler and may do only what is allowed there. It makes three atomic accesses and at most one system call, neither
    // allocates nor locks nor panics, and the registry puts `errno` back.
    unsafe { signal_hook_registry::register(number, move || Hub::deliver(place)) }?;
    word.fetch_or(bit, Ordering::Relaxed);
    Ok(())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn forbidden_and_impossible_numbers_are_errors() {
        for number in [4, 8, 9, 11, 19, 0, -1, 128, c_int::MAX, c_int::MIN] {
            let error = place(number).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::Other);
            assert!(error.to_string().contains(&number.to_string()));
        }
        assert_eq!(place(15).unwrap(), 15);
    }

    #[test]
    fn a_refused_handler_is_tried_again() {
        let installing = Mutex::new(());
        // Beyond the last signal there is.
        for _ in 0..2 {
            assert!(install(120, &installing).is_err());
        }
    }
}
