//! Wrong use: each case ends with a panic that says what to do and points at the caller, or with an `io::Error` of the right kind; none hangs, and what was done
//! before is not lost.

mod context;
mod sockets;
mod sync;
mod values;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// The file in which this thread panicked last.
    static FILE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The text of the panic that `f` must end with, and the file it points at.
#[track_caller]
fn panic_of<R>(f: impl FnOnce() -> R) -> (String, String) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let file = info.location().map_or("", |location| location.file());
            // A thread that is ending has no place for it.
            let _ = FILE.try_with(|last| last.replace(file.to_owned()));
            previous(info);
        }));
    });
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("a panic was expected"),
        Err(payload) => {
            let text = match payload.downcast::<String>() {
                Ok(text) => *text,
                Err(other) => (*other.downcast::<&str>().expect("a text")).to_owned(),
            };
            (text, FILE.take())
        }
    }
}

/// Demands a panic that says each of the fragments and points at `file`, the caller's.
#[track_caller]
fn assert_panic<R>(file: &str, fragments: &[&str], f: impl FnOnce() -> R) {
    let (text, place) = panic_of(f);
    for fragment in fragments {
        assert!(
            text.contains(fragment),
            "{fragment:?} is missing in {text:?}"
        );
    }
    assert_eq!(place, file, "the place of {text:?}");
}
