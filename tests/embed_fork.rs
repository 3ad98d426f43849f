//! R16, EMBED: a forked child of an embedding process. Without the test harness, because a process may fork only where its threads are known: here they are the reactor's.

#![allow(clippy::disallowed_methods, reason = "the watchdog sleeps")]

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::process::ExitCode;
    use std::task::Waker;
    use std::thread;
    use std::time::Duration;

    use heist::runtime::{Builder, EnterError, Limit, Reactor, Runtime};
    use heist::time::sleep;
    use rustix::process::{WaitOptions, waitpid};

    // SAFETY: as the C library declares them.
    unsafe extern "C" {
        fn fork() -> i32;
        safe fn _exit(status: i32) -> !;
    }

    pub(crate) fn main() -> ExitCode {
        watchdog();
        for reactor in [Reactor::Thread, Reactor::HostDriven] {
            eprintln!("{reactor:?}");
            a_child_gets_errors_and_the_parent_goes_on(reactor);
        }
        eprintln!("ok");
        ExitCode::SUCCESS
    }

    /// Ends this process instead of letting it hang. A forked child starts its own.
    fn watchdog() {
        thread::spawn(|| {
            thread::sleep(Duration::from_secs(60));
            eprintln!("no end after 60 s");
            _exit(70);
        });
    }

    fn hosted(reactor: Reactor) -> Runtime {
        Builder::new_hosted()
            .guest_slots(2)
            .reactor(reactor)
            .enable_all()
            .build()
            .unwrap()
    }

    fn a_child_gets_errors_and_the_parent_goes_on(reactor: Reactor) {
        let rt = hosted(reactor);
        let mut lent = rt.handle().lend().unwrap();
        lent.run_until(async { sleep(Duration::from_millis(1)).await })
            .unwrap();
        let task = rt.spawn(async { 1 });
        in_a_child(|| {
            // What was lent before is of no use, and says so.
            assert_eq!(lent.run_until(async {}), Err(EnterError::Forked));
            let turn = lent.turn(Limit::polls(1));
            assert_eq!((turn.polled, turn.more), (0, false));
            drop(lent);
            assert_eq!(rt.handle().lend().unwrap_err(), EnterError::Forked);
            let attached = match reactor {
                Reactor::HostDriven => rt.attach_fd(),
                _ => rt.attach_waker(Waker::noop().clone()),
            };
            assert_eq!(attached.unwrap_err(), EnterError::Forked);
            let blocks = catch_unwind(AssertUnwindSafe(|| rt.block_on(async {})));
            let text = *blocks.unwrap_err().downcast::<String>().unwrap();
            assert!(text.contains("forked"), "{text}");
            // Leaked instead of waited for; a runtime of the child's own works.
            let report = rt.shutdown(Duration::from_secs(1));
            assert_eq!(report.tasks_dropped, 0);
            let own = hosted(reactor);
            assert_eq!(own.block_on(own.spawn(async { 2 })).unwrap(), 2);
        });
        let rt = hosted(reactor);
        drop(task);
        let mut lent = rt.handle().lend().unwrap();
        let task = rt.spawn(async { sleep(Duration::from_millis(1)).await });
        let status = in_a_child_of(|| drop(rt.handle().clone()));
        assert_eq!(status, 0);
        lent.run_until(task).unwrap().unwrap();
    }

    fn in_a_child(test: impl FnOnce()) {
        assert_eq!(in_a_child_of(test), 0, "the child failed");
    }

    /// Runs the test in a forked child; its exit status.
    fn in_a_child_of(test: impl FnOnce()) -> i32 {
        // SAFETY: the other threads of this process are the runtimes' and the watchdog, and hold no lock of the allocator's or the standard streams' while they wait; the child ends
        // with `_exit`.
        let child = unsafe { fork() };
        assert!(child >= 0, "fork failed");
        if child == 0 {
            watchdog();
            let failed = catch_unwind(AssertUnwindSafe(test)).is_err();
            _exit(i32::from(failed));
        }
        let child = rustix::process::Pid::from_raw(child).unwrap();
        let (_, status) = waitpid(Some(child), WaitOptions::empty()).unwrap().unwrap();
        status.exit_status().unwrap_or(-1)
    }
}
