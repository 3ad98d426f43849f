//! R13, EMBED-13: an embedded runtime leaves the process's signals alone. In a process of its own, whose other tests use none.

#![cfg(target_os = "linux")]

use std::fs;
use std::task::Waker;
use std::time::Duration;

use heist::runtime::{Builder, Limit, Reactor};
use heist::time::sleep;

/// What this thread blocks and the process ignores and catches, as the system sees it.
fn dispositions() -> Vec<String> {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let lines = status.lines().filter(|line| {
        ["SigBlk:", "SigIgn:", "SigCgt:"]
            .iter()
            .any(|field| line.starts_with(field))
    });
    lines.map(str::to_owned).collect()
}

#[test]
fn dispositions_untouched() {
    let before = dispositions();
    assert_eq!(before.len(), 3);

    let rt = Builder::new_hosted().enable_all().build().unwrap();
    rt.block_on(async {
        let listener = heist::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (connected, accepted) = heist::join!(
            heist::net::TcpStream::connect(listener.local_addr().unwrap()),
            listener.accept(),
        );
        drop((connected.unwrap(), accepted.unwrap()));
        sleep(Duration::from_millis(1)).await;
        heist::task::spawn_blocking(|| {}).await.unwrap();
    });
    let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
    drop(guest.spawn_local(async {}));
    let _ = guest.turn(Limit::polls(1));
    assert_eq!(dispositions(), before);
    drop(guest);
    drop(rt);

    let rt = Builder::new_hosted()
        .reactor(Reactor::HostDriven)
        .enable_all()
        .build()
        .unwrap();
    let guest = rt.attach_fd().unwrap();
    let task = guest.spawn_local(async { sleep(Duration::from_millis(1)).await });
    while !task.is_finished() {
        let _ = guest.turn(Limit::polls(1));
    }
    assert_eq!(dispositions(), before);

    // What would have been seen: an interface to signals does install a handler.
    let watched = rt.block_on(async {
        heist::signal::unix::signal(heist::signal::unix::SignalKind::user_defined1())
    });
    assert!(watched.is_ok());
    assert_ne!(dispositions(), before);
}
