//! R12, EMBED-12: the drop of a hosted runtime never waits and never panics, wherever it happens.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, EnterError, Limit};
use heist::task::yield_now;

use crate::park::wait_until;
use crate::support::{hosted, watched};

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn in_task() {
    watched(|| {
        let rt = hosted(1);
        let inner = hosted(1);
        let gone = Arc::new(AtomicBool::new(false));
        let note = gone.clone();
        let note = OnDrop(move || note.store(true, SeqCst));
        inner.spawn(async move {
            let _note = note;
            pending::<()>().await;
        });
        rt.block_on(async {
            drop(inner);
            yield_now().await;
        });
        wait_until(|| gone.load(SeqCst));
        // Its own, too.
        let handle = rt.handle().clone();
        let out = handle.lend().unwrap().run_until(async move {
            drop(rt);
            pending::<()>().await;
        });
        assert_eq!(out, Err(EnterError::ShutDown));
    });
}

#[test]
fn in_host_callback() {
    watched(|| {
        let rt = hosted(1);
        let mut lent = rt.handle().lend().unwrap();
        let task = rt.spawn(pending::<()>());
        let _ = lent.turn(Limit::polls(1));
        // Between two turns, as in a callback of the host's loop.
        drop(rt);
        wait_until(|| task.is_finished());
        assert!(!lent.turn(Limit::polls(1)).tasks_left);
    });
}

#[test]
fn while_lent() {
    watched(|| {
        for _ in 0..50 {
            let rt = hosted(2);
            let handle = rt.handle().clone();
            let (tell, told) = mpsc::channel();
            let host = thread::spawn(move || {
                handle.lend().unwrap().run_until(async {
                    tell.send(heist::spawn(pending::<()>())).unwrap();
                    pending::<()>().await;
                })
            });
            let task = told.recv().unwrap();
            drop(rt);
            assert_eq!(host.join().unwrap(), Err(EnterError::ShutDown));
            wait_until(|| task.is_finished());
        }
    });
}

/// A job that blocks is not waited for.
#[test]
fn beside_a_blocking_job() {
    watched(|| {
        let rt = hosted(1);
        let (hold, held) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        rt.spawn_blocking(move || {
            tell.send(()).unwrap();
            let _ = held.recv();
        });
        told.recv().unwrap();
        drop(rt);
        drop(hold);
    });
}

#[test]
fn bad_combinations_are_invalid_input() {
    let clashes = [
        Builder::new_hosted().worker_threads(1).build(),
        Builder::new_hosted().guest_slots(0).build(),
    ];
    for clash in clashes {
        let error = clash.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("new_hosted"), "{error}");
    }
}

/// What a shutdown within a time reports.
#[test]
fn report_counts() {
    watched(|| {
        let within = Duration::from_millis(20);
        let rt = hosted(1);
        (0..3).for_each(|_| drop(rt.spawn(pending::<()>())));
        rt.spawn(async {});
        rt.block_on(yield_now());
        let report = rt.shutdown(Duration::from_secs(60));
        assert_eq!(report.tasks_dropped, 3);
        assert_eq!((report.blocking_running, report.slots_occupied), (0, 0));
        assert_eq!(report.pumps_unfinished, 0);

        // A job and a poll that do not end in time are left behind, and counted.
        let rt = hosted(1);
        let (release, held) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let told_too = tell.clone();
        rt.spawn_blocking(move || {
            tell.send(()).unwrap();
            let _ = held.recv();
        });
        let (open, opened) = mpsc::channel::<()>();
        let handle = rt.handle().clone();
        let stuck = thread::spawn(move || {
            handle.lend().unwrap().run_until(async {
                told_too.send(()).unwrap();
                let _ = opened.recv();
                pending::<()>().await;
            })
        });
        (0..2).for_each(|_| told.recv().unwrap());
        let report = rt.shutdown(within);
        assert_eq!((report.blocking_running, report.slots_occupied), (1, 1));
        drop((release, open));
        assert_eq!(stuck.join().unwrap(), Err(EnterError::ShutDown));

        // Inside asynchronous code it does not wait at all.
        let (outer, inner) = (hosted(1), hosted(1));
        let (release, held) = mpsc::channel::<()>();
        inner.spawn_blocking(move || held.recv());
        let report = outer.block_on(async move { inner.shutdown(Duration::from_secs(3600)) });
        assert!(report.blocking_running <= 1);
        drop(release);
    });
}
