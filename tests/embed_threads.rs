//! How many threads an embedded runtime has: the host's, and the reactor's or none. In a process of its own, which has no other tests' threads.

#![cfg(target_os = "linux")]

use std::sync::mpsc;
use std::task::Waker;
use std::time::Duration;
use std::{fs, thread};

use heist::runtime::{Builder, Limit, Reactor};
use heist::time::sleep;

/// The names of the threads of this process.
fn threads() -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .collect();
    names.sort();
    names
}

/// Waits until the process has these threads beside those it had.
fn assert_threads(before: &[String], more: &[&str]) {
    let mut wanted: Vec<_> = before
        .iter()
        .cloned()
        .chain(more.iter().map(|&name| name.to_owned()))
        .collect();
    wanted.sort();
    let mut now = threads();
    // One that was started names itself, one that was told to stop ends by itself.
    while now != wanted {
        thread::yield_now();
        now = threads();
    }
}

/// One test, so that no other runs beside it.
#[test]
fn threads_are_the_hosts_and_the_reactor() {
    let (done, finished) = mpsc::channel::<()>();
    let runner = thread::spawn(move || {
        let _done = done;
        let before = threads();

        let rt = Builder::new_hosted().enable_all().build().unwrap();
        rt.block_on(async { sleep(Duration::from_millis(1)).await });
        assert_threads(&before, &["heist-reactor"]);
        let guest = rt.attach_waker(Waker::noop().clone()).unwrap();
        drop(guest.spawn_local(async {}));
        let _ = guest.turn(Limit::polls(1));
        assert_threads(&before, &["heist-reactor"]);
        drop(guest);
        drop(rt);
        assert_threads(&before, &[]);

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
        assert_threads(&before, &[]);
    });
    let hangs =
        finished.recv_timeout(Duration::from_secs(60)) == Err(mpsc::RecvTimeoutError::Timeout);
    assert!(!hangs, "it hangs, with the threads {:?}", threads());
    runner.join().unwrap();
}
