//! Runtimes of each flavour, a watchdog, and a driver that can be watched.

use runtime_core::{Builder, Driver, Runtime, ThreadDriver};
use runtime_time::{Timer, Timers};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

pub(crate) const MS: Duration = Duration::from_millis(1);

/// Nothing in these tests takes this long unless it hangs.
const HANGS: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    CurrentThread,
    OneWorker,
    ThreeWorkers,
}

impl Flavor {
    pub(crate) const ALL: [Self; 3] = [Self::CurrentThread, Self::OneWorker, Self::ThreeWorkers];

    pub(crate) fn builder(self) -> Builder {
        match self {
            Self::CurrentThread => Builder::new_current_thread(),
            Self::OneWorker => with_workers(1),
            Self::ThreeWorkers => with_workers(3),
        }
    }

    pub(crate) fn build(self) -> Runtime {
        build_with(self, ThreadDriver::new()).0
    }
}

fn with_workers(count: usize) -> Builder {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(count);
    builder
}

/// A runtime whose timers are around this driver.
pub(crate) fn build_with<D: Driver>(flavor: Flavor, driver: D) -> (Runtime, Arc<Timers>) {
    let mut builder = flavor.builder();
    let timer = Timer::new(driver, builder.slot_count());
    let timers = Arc::clone(timer.timers());
    let builder = builder.driver(Arc::new(timer)).extension(timers.clone());
    (builder.build().expect("a runtime can be built"), timers)
}

/// Runs the future that `make` makes on each flavour, spawned and as the main future.
pub(crate) fn on_each_flavor<F>(make: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    guarded(move || {
        for flavor in Flavor::ALL {
            let runtime = flavor.build();
            runtime.block_on(make());
            let task = runtime.spawn(make());
            runtime
                .block_on(task)
                .expect("the spawned one does not panic");
        }
    });
}

/// Makes something in the context of a runtime.
pub(crate) fn made_in<R>(runtime: &Runtime, make: impl FnOnce() -> R) -> R {
    let _context = runtime.enter();
    make()
}

/// Runs a test that fails rather than hangs.
pub(crate) fn guarded<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, wait) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = test();
        let _ = done.send(());
        result
    });
    if let Err(mpsc::RecvTimeoutError::Timeout) = wait.recv_timeout(HANGS) {
        panic!("the test hangs");
    }
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Waits until a condition holds that another thread brings about.
pub(crate) fn until(condition: impl Fn() -> bool) {
    while !condition() {
        thread::yield_now();
    }
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Bell(AtomicUsize);

impl Bell {
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self::default());
        (bell.clone(), Waker::from(bell))
    }

    pub(crate) fn rings(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls once.
pub(crate) fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

/// A driver that counts how often it is used, and knows whether somebody waits in it.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<State>);

#[derive(Default)]
struct State {
    inner: ThreadDriver,
    waits: AtomicUsize,
    inside: AtomicUsize,
    unparks: AtomicUsize,
}

impl Watched {
    /// How often somebody waited for longer than no time.
    pub(crate) fn waits(&self) -> usize {
        self.0.waits.load(Ordering::SeqCst)
    }

    pub(crate) fn unparks(&self) -> usize {
        self.0.unparks.load(Ordering::SeqCst)
    }

    /// Waits until a thread waits in the driver.
    pub(crate) fn until_occupied(&self) {
        until(|| self.0.inside.load(Ordering::SeqCst) > 0);
    }
}

impl Driver for Watched {
    fn park(&self, timeout: Option<Duration>) {
        if timeout == Some(Duration::ZERO) {
            return self.0.inner.park(timeout);
        }
        self.0.waits.fetch_add(1, Ordering::SeqCst);
        self.0.inside.fetch_add(1, Ordering::SeqCst);
        self.0.inner.park(timeout);
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }

    fn unpark(&self) {
        self.0.unparks.fetch_add(1, Ordering::SeqCst);
        self.0.inner.unpark();
    }

    fn shutdown(&self) {
        self.0.inner.shutdown();
    }
}
