//! Waiting while signals arrive. Its own process, because signals are the process's.
#![cfg(all(target_os = "linux", not(loom)))]
#![allow(missing_docs, reason = "a test says what it shows by its name")]

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use runtime_core::Driver;
use runtime_io::reactor::Reactor;

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// A signal each millisecond, for as long as this lives.
struct Storm(libc::itimerval);

impl Storm {
    fn begin() -> Self {
        // SAFETY: all zero is a valid value of this plain struct.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = count as *const () as usize;
        // SAFETY: the action is valid, and its handler only touches an atomic.
        let set = unsafe { libc::sigaction(libc::SIGALRM, &action, ptr::null_mut()) };
        assert_eq!(set, 0);
        let interval = libc::timeval {
            tv_sec: 0,
            tv_usec: 1000,
        };
        let timer = libc::itimerval {
            it_interval: interval,
            it_value: interval,
        };
        set_timer(&timer);
        Self(timer)
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        self.0.it_interval.tv_usec = 0;
        self.0.it_value.tv_usec = 0;
        set_timer(&self.0);
    }
}

fn set_timer(timer: &libc::itimerval) {
    // SAFETY: the timer is valid, and the old one is not asked for.
    let set = unsafe { libc::setitimer(libc::ITIMER_REAL, timer, ptr::null_mut()) };
    assert_eq!(set, 0);
}

/// REACT-14: a wait that a signal interrupts neither fails nor starts again from the beginning.
#[test]
fn react_14_signals_neither_fail_a_wait_nor_prolong_it() {
    let reactors = [Reactor::new().unwrap(), Reactor::portable().unwrap()];
    let _storm = Storm::begin();
    let (done, finished) = std::sync::mpsc::channel();
    let waiting = thread::spawn(move || {
        for reactor in reactors {
            let start = Instant::now();
            let total = Duration::from_millis(300);
            // What a scheduler does: a return may be early, so look at the clock and wait for the rest.
            while let Some(left) = total.checked_sub(start.elapsed()) {
                reactor.park(Some(left));
            }
            reactor.unpark();
            reactor.park(None);
        }
        done.send(()).unwrap();
    });
    // Were each wait to start again with its full timeout, none would end while signals come faster than it.
    finished
        .recv_timeout(Duration::from_secs(30))
        .expect("the waits end");
    waiting.join().unwrap();
    assert!(SIGNALS.load(Ordering::Relaxed) > 10);
}
