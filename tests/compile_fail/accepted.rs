//! What is allowed. It also shows that the other programs fail for their own mistakes.
#![deny(warnings)]
#![allow(dead_code)]

use std::process::ExitCode;

use heist as rt;

#[rt::main(
    flavor = "multi_thread",
    worker_threads = 2,
    start_paused = false,
    name = "accepted",
    crate = rt,
)]
async fn main() -> ExitCode {
    ExitCode::SUCCESS
}

/// Documentation stays.
#[heist::main(flavor = "current_thread", start_paused = true)]
pub async fn run<T: AsRef<str>>(mut text: T, more: &mut String) -> usize {
    #![allow(unused_assignments, unused_mut)]
    more.push_str(text.as_ref());
    more.len()
}

struct Server<T>(T);

impl<T: Clone> Server<T> {
    #[heist::main]
    async fn start(self) -> Self {
        Self(self.0.clone())
    }
}

/// An entry point for foreign code.
///
/// # Safety
///
/// `value` must be valid for reads.
#[heist::main]
pub async unsafe extern "C" fn read(value: *const u8) -> u8 {
    // SAFETY: by the contract of this function.
    unsafe { *value }
}

#[heist::main]
async fn opaque() -> impl std::fmt::Debug {
    "opaque"
}

macro_rules! with_workers {
    ($name:ident, $count:expr) => {
        #[heist::main(worker_threads = $count)]
        async fn $name() {}
    };
}

with_workers!(three, 3);

#[heist::test]
#[should_panic]
async fn fails() {
    panic!("as it should");
}
