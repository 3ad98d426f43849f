//! Sizes that are a promise. Those of `select!`, `join!` and `try_join!` are in `macros`.

#![cfg(target_pointer_width = "64")]

use std::future::Ready;
use std::io;
use std::net::SocketAddr;

use heist::net::TcpStream;
use heist::task::{AbortHandle, AbortOnDropHandle, JoinHandle};
use heist::time::{Interval, Sleep, Timeout};

#[test]
fn a_future_does_not_hold_a_buffer_that_is_declared_after_its_last_await() {
    async fn connect(address: SocketAddr) -> io::Result<usize> {
        let stream = TcpStream::connect(address).await?;
        stream.readable().await?;
        let mut buffer = [0; 4096];
        stream.try_read(&mut buffer)
    }
    let future = connect(SocketAddr::from(([127, 0, 0, 1], 0)));
    assert!(size_of_val(&future) < 1000, "{}", size_of_val(&future));
}

#[test]
fn handles_and_timers_are_small() {
    assert_eq!(size_of::<JoinHandle<[u8; 99]>>(), 8);
    assert_eq!(size_of::<Option<JoinHandle<u8>>>(), 8);
    assert_eq!(size_of::<Option<AbortHandle>>(), 8);
    assert_eq!(size_of::<AbortOnDropHandle<u8>>(), 8);
    assert!(size_of::<Sleep>() <= 24);
    assert!(size_of::<Timeout<Ready<()>>>() <= 32);
    assert!(size_of::<Interval>() <= 48);
}
