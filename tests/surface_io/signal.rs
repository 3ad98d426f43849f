//! Signals.

use std::ffi::c_int;
use std::fmt::Debug;
use std::hash::Hash;
use std::task::{Context, Poll};

use heist::io;
use heist::signal::unix::{Signal, SignalKind, signal};

methods! { SignalKind =>
    const fn from_raw [] (signum: c_int) -> SignalKind;
    const fn as_raw_value [] (this: &SignalKind) -> c_int;
    const fn alarm [] () -> SignalKind;
    const fn child [] () -> SignalKind;
    const fn hangup [] () -> SignalKind;
    const fn interrupt [] () -> SignalKind;
    const fn io [] () -> SignalKind;
    const fn pipe [] () -> SignalKind;
    const fn quit [] () -> SignalKind;
    const fn terminate [] () -> SignalKind;
    const fn user_defined1 [] () -> SignalKind;
    const fn user_defined2 [] () -> SignalKind;
    const fn window_change [] () -> SignalKind;
}

methods! { Signal =>
    async fn recv [] (this: &mut Signal) -> Option<()>;
    fn poll_recv [] (this: &mut Signal, cx: &mut Context<'_>) -> Poll<Option<()>>;
}

functions! {
    async fn heist::signal::ctrl_c [] () -> io::Result<()>;
    fn signal [] (kind: SignalKind) -> io::Result<Signal>;
}

implements! {
    [] SignalKind: (Debug + Copy + Hash + Eq + From<c_int>);
    [] c_int: (From<SignalKind>);
    [] Signal: (Debug);
}
