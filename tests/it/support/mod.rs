//! What every test uses: runtimes of every flavour, and a watchdog.

use std::future::Future;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, Runtime, WeakHandle};
use parking_lot::Mutex;

/// Fails a test that does not end instead of letting it hang: a bound far above what any of them needs.
const WATCHDOG: Duration = Duration::from_secs(60);

/// The runtimes that were made here and may be alive: what the watchdog looks into.
static MADE: Mutex<Vec<WeakHandle>> = Mutex::new(Vec::new());

/// Makes a runtime that the watchdog knows.
fn build(builder: &mut Builder) -> Runtime {
    let rt = builder.build().unwrap();
    let mut made = MADE.lock();
    made.retain(|handle| handle.upgrade().is_some());
    made.push(rt.handle().downgrade());
    rt
}

/// What can be seen of all these runtimes, those of tests beside this one included.
pub(crate) fn dumps() -> String {
    let handles: Vec<_> = MADE.lock().iter().filter_map(WeakHandle::upgrade).collect();
    let dumps = handles.iter().map(|handle| handle.dump().to_string());
    dumps.collect::<Vec<_>>().join("\n")
}

/// The runtimes that a test runs on.
pub(crate) fn flavours() -> Vec<(&'static str, Runtime)> {
    vec![
        ("current_thread", current_thread()),
        ("multi_thread, 1 worker", multi_thread(1)),
        ("multi_thread, 4 workers", multi_thread(4)),
        (
            "current_thread, portable poll",
            build(
                Builder::new_current_thread()
                    .enable_all()
                    .portable_poll(true),
            ),
        ),
    ]
}

/// A current-thread runtime with everything on.
pub(crate) fn current_thread() -> Runtime {
    build(Builder::new_current_thread().enable_all())
}

/// A multi-thread runtime with everything on but the rescue by the reactor thread: a wake-up that is lost stays lost, and the test hangs (PARK-22).
pub(crate) fn multi_thread(workers: usize) -> Runtime {
    build(
        Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .rescue(false),
    )
}

/// A runtime without workers of its own, with everything on but the rescue.
pub(crate) fn hosted(slots: usize) -> Runtime {
    Builder::new_hosted()
        .guest_slots(slots)
        .enable_all()
        .rescue(false)
        .build()
        .unwrap()
}

/// The same with the rescue, for tests of it, and for those that count it.
pub(crate) fn guarded(workers: usize) -> Runtime {
    build(
        Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all(),
    )
}

/// Runs `test` on a thread of its own; panics if it does not return in time, with its own panic if it panics.
#[track_caller]
pub(crate) fn watched<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, finished) = mpsc::channel();
    let runner = thread::Builder::new()
        .name(thread::current().name().unwrap_or("test").to_owned())
        .spawn(move || {
            let result = test();
            let _ = done.send(());
            result
        })
        .expect("a thread can be started");
    match finished.recv_timeout(WATCHDOG) {
        Err(mpsc::RecvTimeoutError::Timeout) => {
            panic!("the test hangs: no end after {WATCHDOG:?}\n{}", dumps())
        }
        // Disconnected: it panicked, and `join` says with what.
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => match runner.join() {
            Ok(result) => result,
            Err(payload) => std::panic::resume_unwind(payload),
        },
    }
}

/// Runs the same future, made anew, on each flavour.
pub(crate) fn on_every_flavour<F, Fut>(test: F)
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = ()>,
{
    watched(move || {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            rt.block_on(test());
        }
    });
}
