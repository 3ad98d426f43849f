//! Polls that do not return: reported while they last, counted once, and what waits behind them goes on. Row "blocking call in async code" of the catalogue.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, atomic::AtomicUsize, atomic::Ordering::SeqCst};
use std::thread;

use heist::runtime::{Builder, Runtime, SlowPoll};
use heist::task;
use heist::time::{Duration, Instant, sleep};
use parking_lot::Mutex;

use crate::support::watched;

const LIMIT: Duration = Duration::from_millis(20);

/// A runtime that sends what it is told of slow polls.
fn reporting(mut builder: Builder) -> (Runtime, Receiver<SlowPoll>) {
    let (reports, told) = mpsc::channel();
    let rt = builder
        .enable_all()
        .slow_poll_after(Some(LIMIT))
        .on_slow_poll(move |poll| reports.send(poll.clone()).unwrap())
        .build()
        .unwrap();
    (rt, told)
}

fn multi_thread(workers: usize) -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).thread_name("w");
    builder
}

/// A future that blocks its thread until the sender is gone.
fn blocking() -> (Sender<()>, impl Future<Output = ()> + Send + 'static) {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    (release, async move {
        let _ = held.lock().recv();
    })
}

/// Occupies the thread for longer than the limit, by the clock that the runtime measures with.
fn dawdle() {
    let began = Instant::now();
    while began.elapsed() <= LIMIT {
        thread::yield_now();
    }
}

#[test]
fn reported_while_stuck() {
    watched(|| {
        let (rt, told) = reporting(multi_thread(1));
        let (release, future) = blocking();
        let line = line!() + 3;
        let task = task::Builder::new()
            .name("stuck")
            .spawn_on(future, rt.handle())
            .unwrap();
        // Nothing ends the poll but the sender, which is here: so this comes while it runs.
        let report = told.recv().unwrap();
        assert!(report.still_running());
        assert_eq!(report.task(), Some(task.id()));
        assert_eq!(report.name(), Some("stuck"));
        let place = report.spawned_at().unwrap();
        assert_eq!((place.file(), place.line()), (file!(), line));
        assert!(report.type_name().unwrap().contains("blocking"));
        assert_eq!((report.worker(), report.thread_name()), (0, Some("w")));
        assert!(
            report
                .thread_id()
                .is_some_and(|id| id != thread::current().id())
        );
        assert!(report.elapsed() >= LIMIT);
        if cfg!(target_os = "linux") {
            assert!(report.doing().is_some(), "{report:?}");
        }
        let text = report.to_string();
        assert!(
            text.contains("\"stuck\"")
                && text.contains("slow_poll.rs")
                && text.contains("spawn_blocking"),
            "{text}"
        );
        drop(release);
        let end = told.recv().unwrap();
        assert!(!end.still_running());
        assert_eq!((end.task(), end.name()), (report.task(), report.name()));
        assert!(end.elapsed() >= report.elapsed());
        rt.block_on(task).unwrap();
    });
}

#[test]
fn others_progress() {
    watched(|| {
        let (rt, told) = reporting(multi_thread(2));
        let (release, future) = blocking();
        let stuck = rt.spawn(future);
        let report = told.recv().unwrap();
        assert_eq!(report.task(), Some(stuck.id()));
        // A task, a timer, and what the other two spawn, all behind the back of the one that is stuck.
        let sum = rt.block_on(async {
            let sleeper = heist::spawn(sleep(Duration::from_millis(1)));
            let nested = heist::spawn(async { heist::spawn(async { 2 }).await.unwrap() });
            sleeper.await.unwrap();
            nested.await.unwrap()
        });
        assert_eq!(sum, 2);
        assert!(!stuck.is_finished());
        drop(release);
        // The others may have been slow too, on a machine that is busy.
        let end = told.iter().find(|poll| poll.task() == report.task());
        assert!(!end.unwrap().still_running());
        rt.block_on(stuck).unwrap();
    });
}

#[test]
fn counted() {
    watched(|| {
        let (rt, told) = reporting(multi_thread(2));
        let metrics = rt.metrics();
        assert_eq!(metrics.slow_poll_count(), 0);
        for n in 1..=3 {
            let (release, future) = blocking();
            let stuck = rt.spawn(future);
            assert!(told.recv().unwrap().still_running());
            // Counted once, when it exceeds the limit.
            assert_eq!(metrics.slow_poll_count(), n);
            drop(release);
            assert!(!told.recv().unwrap().still_running());
            rt.block_on(stuck).unwrap();
            assert_eq!(metrics.slow_poll_count(), n);
        }
    });
}

/// Two at a time, each reported for itself.
#[test]
fn each_worker_has_its_own() {
    watched(|| {
        let (rt, told) = reporting(multi_thread(2));
        let (gates, tasks): (Vec<_>, Vec<_>) = (0..2)
            .map(|_| {
                let (release, future) = blocking();
                (release, rt.spawn(future))
            })
            .unzip();
        let mut reported = [told.recv().unwrap(), told.recv().unwrap()].map(|poll| {
            assert!(poll.still_running());
            (poll.worker(), poll.task())
        });
        reported.sort();
        assert_eq!(reported.map(|(worker, _)| worker), [0, 1]);
        for task in &tasks {
            assert!(reported.iter().any(|(_, id)| *id == Some(task.id())));
        }
        drop(gates);
        for task in tasks {
            rt.block_on(task).unwrap();
        }
    });
}

/// A task that blocks in place keeps nobody waiting.
#[test]
fn blocking_in_place_is_no_slow_poll() {
    watched(|| {
        let (rt, told) = reporting(multi_thread(1));
        let in_place = rt.spawn(async { task::block_in_place(dawdle) });
        rt.block_on(in_place).unwrap();
        let (release, future) = blocking();
        let stuck = rt.spawn(future);
        // The first that is reported is this one.
        assert_eq!(told.recv().unwrap().task(), Some(stuck.id()));
        assert_eq!(rt.metrics().slow_poll_count(), 1);
        drop(release);
        rt.block_on(stuck).unwrap();
    });
}

/// After blocking in place the poll goes on, and is watched on. On a lent thread, whose slot waits for it: on an own one another thread may have taken the slot, and then nobody
/// is kept.
#[test]
fn a_poll_goes_on_after_blocking_in_place() {
    watched(|| {
        let (rt, told) = reporting(multi_thread(1));
        let (release, future) = blocking();
        let handle = rt.handle().clone();
        let lent = thread::spawn(move || {
            let until = async {
                task::block_in_place(|| {});
                future.await;
            };
            handle.lend().unwrap().run_until(until).unwrap();
        });
        let report = told.recv().unwrap();
        assert!(report.still_running());
        assert_eq!((report.task(), report.worker()), (None, 1));
        drop(release);
        lent.join().unwrap();
    });
}

/// Where nobody looks on, the poll is reported when it has ended; so is that of the future in `block_on`.
#[test]
fn reported_afterwards_without_a_reactor_thread() {
    watched(|| {
        let (rt, told) = reporting(Builder::new_current_thread());
        let id = rt.block_on(async {
            let task = heist::spawn(async { dawdle() });
            let id = task.id();
            task.await.unwrap();
            id
        });
        let report = told.try_recv().unwrap();
        assert!(!report.still_running() && report.elapsed() >= LIMIT);
        assert_eq!(report.task(), Some(id));
        assert_eq!(report.thread_id(), Some(thread::current().id()));
        assert!(told.try_recv().is_err());
        rt.block_on(async { dawdle() });
        assert_eq!(told.try_recv().unwrap().task(), None);
        assert_eq!(rt.metrics().slow_poll_count(), 2);
    });
}

/// The future of a lent thread is watched like a task.
#[test]
fn a_lent_thread_is_watched() {
    watched(|| {
        let (rt, told) = reporting(multi_thread(1));
        let (release, future) = blocking();
        let handle = rt.handle().clone();
        let lent = thread::spawn(move || handle.lend().unwrap().run_until(future).unwrap());
        let report = told.recv().unwrap();
        assert_eq!((report.task(), report.worker()), (None, 1));
        drop(release);
        lent.join().unwrap();
    });
}

/// A hook that panics is as good as none.
#[test]
fn a_panic_of_the_hook_goes_no_further() {
    watched(|| {
        let calls = Arc::new(AtomicUsize::new(0));
        let (seen, (told, wait)) = (calls.clone(), mpsc::channel());
        let rt = multi_thread(1)
            .slow_poll_after(Some(LIMIT))
            .on_slow_poll(move |_| {
                seen.fetch_add(1, SeqCst);
                told.send(()).unwrap();
                panic!("a hook that panics");
            })
            .build()
            .unwrap();
        let (release, future) = blocking();
        let stuck = rt.spawn(future);
        wait.recv().unwrap();
        drop(release);
        rt.block_on(stuck).unwrap();
        wait.recv().unwrap();
        assert_eq!(calls.load(SeqCst), 2);
    });
}

/// Turned off, nobody looks.
#[test]
fn off_means_off() {
    watched(|| {
        for mut builder in [Builder::new_current_thread(), multi_thread(1)] {
            let rt = builder
                .slow_poll_after(None)
                .debug(true)
                .on_slow_poll(|_| unreachable!("nobody is to look"))
                .build()
                .unwrap();
            let task = rt.spawn(async { (0..4).for_each(|_| dawdle()) });
            rt.block_on(task).unwrap();
            assert_eq!(rt.metrics().slow_poll_count(), 0);
        }
    });
}
