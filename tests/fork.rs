//! DOWN-14, DOWN-15: forked children, and children that run another program. Without the test harness, because a process may fork only where its threads are known: here
//! they are those of the runtimes under test.

#![allow(clippy::disallowed_methods, reason = "the watchdog sleeps")]

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::future::pending;
    use std::io::{self, Write};
    use std::net::SocketAddr;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::process::{Command, ExitCode};
    use std::time::Duration;
    use std::{env, fs, process, thread};

    use futures_util::FutureExt;
    use heist::io::{AsyncReadExt, AsyncWriteExt};
    use heist::net::{TcpListener, TcpStream, UnixStream};
    use heist::runtime::{Builder, EnterError, Runtime};

    // SAFETY: as the C library declares them.
    unsafe extern "C" {
        fn fork() -> i32;
        safe fn _exit(status: i32) -> !;
        #[cfg(target_arch = "x86_64")]
        fn syscall(number: i64, ...) -> i64;
    }

    /// The word by which this program knows that it is the child of DOWN-15.
    const LIST: &str = "list-descriptors";

    pub(crate) fn main() -> ExitCode {
        if env::args().any(|word| word == LIST) {
            let mut out = io::stdout().lock();
            for (fd, target) in descriptors() {
                writeln!(out, "{fd} {target}").unwrap();
            }
            return ExitCode::SUCCESS;
        }
        watchdog();
        down_15_a_child_inherits_no_descriptor();
        for (name, build) in [
            ("current_thread", current_thread as fn() -> Runtime),
            ("multi_thread", multi_thread),
            ("portable", portable),
        ] {
            eprintln!("on {name}");
            down_14_dropped_in_the_child_a_socket_stays_registered_in_the_parent(build);
            down_14_the_parent_is_still_woken_after_the_child_dropped_its_runtime(build);
            down_14_a_forked_child(build);
            down_14_the_parent_goes_on(build);
        }
        #[cfg(target_arch = "x86_64")]
        down_14_a_child_that_the_c_library_knows_nothing_of();
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

    fn current_thread() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    fn multi_thread() -> Runtime {
        Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    }

    fn portable() -> Runtime {
        Builder::new_current_thread()
            .enable_all()
            .portable_poll(true)
            .build()
            .unwrap()
    }

    /// Runs `life` in a forked child and demands that it ends well.
    fn in_child(life: impl FnOnce()) {
        // SAFETY: the other threads of this process are those of runtimes, which wait; the child takes no lock that they may hold.
        let pid = unsafe { fork() };
        assert!(pid >= 0, "fork");
        if pid == 0 {
            watchdog();
            _exit(if catch_unwind(AssertUnwindSafe(life)).is_ok() {
                0
            } else {
                71
            });
        }
        let child = rustix::process::Pid::from_raw(pid);
        let (_, status) = rustix::process::waitpid(child, rustix::process::WaitOptions::empty())
            .unwrap()
            .unwrap();
        assert_eq!(status.exit_status(), Some(0), "{status:?}");
    }

    /// Whoever makes a child by the bare system call runs no handler of `pthread_atfork`.
    #[cfg(target_arch = "x86_64")]
    fn down_14_a_child_that_the_c_library_knows_nothing_of() {
        const CLONE: i64 = 56;
        const SIGCHLD: i64 = 17;
        let rt = current_thread();
        let (handle, nothing) = (rt.handle(), std::ptr::null::<u8>());
        // SAFETY: without a stack and flags it is a fork. The child asks for a slot, which takes no lock that another thread may hold, and ends with `_exit`.
        let pid = unsafe { syscall(CLONE, SIGCHLD, nothing, nothing, nothing, nothing) };
        if pid == 0 {
            let refused = handle
                .lend()
                .is_err_and(|error| error == EnterError::Forked);
            _exit(if refused { 0 } else { 71 });
        }
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a process id"));
        let wait = rustix::process::waitpid(pid, rustix::process::WaitOptions::empty());
        let (_, status) = wait.expect("there is a child").expect("it has ended");
        assert_eq!(status.exit_status(), Some(0), "{status:?}");
        exercise(&rt);
    }

    /// Sockets, timers, tasks and the blocking pool all work.
    fn exercise(rt: &Runtime) {
        let answer = rt.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let addr = listener.local_addr().unwrap();
            let server = heist::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let byte = stream.read_u8().await.unwrap();
                heist::time::sleep(Duration::from_millis(1)).await;
                stream.write_u8(byte + 1).await.unwrap();
            });
            let mut stream = TcpStream::connect(addr).await.unwrap();
            let byte = heist::task::spawn_blocking(|| 41).await.unwrap();
            stream.write_u8(byte).await.unwrap();
            let answer = stream.read_u8().await.unwrap();
            server.await.unwrap();
            answer
        });
        assert_eq!(answer, 42);
    }

    /// What `f` panics with.
    fn panic_of(f: impl FnOnce()) -> String {
        let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
        *payload.downcast::<String>().expect("a text")
    }

    fn down_14_a_forked_child(build: fn() -> Runtime) {
        let mut kept = Some(build());
        let waits = kept.as_ref().map(|rt| rt.spawn(pending::<()>()));
        let handle = kept.as_ref().unwrap().handle().clone();
        in_child(|| {
            // Taken here, it stays whole in the parent.
            let inherited = kept.take().unwrap();
            // Each use that would wait for threads that are not here says so.
            for text in [
                panic_of(|| inherited.block_on(async {})),
                panic_of(|| handle.block_on(pending())),
            ] {
                assert!(
                    text.contains("forked") && text.contains("build a new runtime"),
                    "{text}"
                );
            }
            assert_eq!(handle.lend().unwrap_err(), EnterError::Forked);
            let job = handle.spawn_blocking(|| unreachable!("no thread of this process"));
            let error: heist::task::JoinError = job.now_or_never().expect("resolved").unwrap_err();
            assert!(error.is_cancelled());
            // A wake is harmless, and so is the end.
            waits.as_ref().unwrap().abort();
            let fresh = build();
            exercise(&fresh);
            // A child of the child.
            in_child(|| {
                assert!(panic_of(|| fresh.block_on(async {})).contains("forked"));
                exercise(&build());
            });
            exercise(&fresh);
            drop(fresh);
            drop(inherited);
            exercise(&build());
        });
        exercise(kept.as_ref().unwrap());
        in_child(|| kept.take().unwrap().shutdown_timeout(Duration::MAX));
        exercise(kept.as_ref().unwrap());
        assert!(!waits.unwrap().is_finished());
    }

    /// A server of the parent, a timer, and a connection that is open across the fork.
    fn down_14_the_parent_goes_on(build: fn() -> Runtime) {
        let rt = build();
        let addr: SocketAddr = rt.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let addr = listener.local_addr().unwrap();
            heist::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    heist::spawn(async move {
                        while let Ok(byte) = stream.read_u8().await {
                            stream.write_u8(byte).await.unwrap();
                        }
                    });
                }
            });
            addr
        });
        let mut open = rt.block_on(TcpStream::connect(addr)).unwrap();
        let timer = rt.spawn(heist_sleep());
        in_child(|| {
            exercise(&build());
            drop(timer);
        });
        rt.block_on(async {
            for byte in 0..3 {
                open.write_u8(byte).await.unwrap();
                assert_eq!(open.read_u8().await.unwrap(), byte);
            }
            let mut new = TcpStream::connect(addr).await.unwrap();
            new.write_u8(9).await.unwrap();
            assert_eq!(new.read_u8().await.unwrap(), 9);
        });
        exercise(&rt);
    }

    /// Sockets that came from outside are taken out of the poller when they are dropped. The child's copies are not, because the poller is the parent's too.
    fn down_14_dropped_in_the_child_a_socket_stays_registered_in_the_parent(
        build: fn() -> Runtime,
    ) {
        let rt = build();
        let (near, mut far) = std::os::unix::net::UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let spare = near.try_clone().unwrap();
        let _context = rt.enter();
        let mut stream = Some(UnixStream::from_std(near).unwrap());
        // Registers it: there is nothing to read yet.
        let mut buf = [0; 4];
        assert!(
            stream
                .as_mut()
                .unwrap()
                .read(&mut buf)
                .now_or_never()
                .is_none()
        );
        in_child(|| {
            drop(stream.take());
            // And what the child would register is refused, instead of reaching the parent's poller.
            let mut fresh = UnixStream::from_std(spare).unwrap();
            let refused = fresh.read(&mut [0]).now_or_never().expect("an answer");
            let text = refused.unwrap_err().to_string();
            assert!(text.contains("forked"), "{text}");
        });
        drop(_context);
        let mut stream = stream.unwrap();
        let reader = rt.spawn(async move { stream.read_u8().await });
        let answer = rt.block_on(async {
            // The reader waits by then.
            heist::task::yield_now().await;
            far.write_all(b"!").unwrap();
            reader.await
        });
        assert_eq!(answer.unwrap().unwrap(), b'!');
    }

    /// The wake-up of a poller is in the kernel too.
    fn down_14_the_parent_is_still_woken_after_the_child_dropped_its_runtime(
        build: fn() -> Runtime,
    ) {
        let mut kept = Some(build());
        in_child(|| drop(kept.take()));
        let rt = kept.unwrap();
        let (send, receive) = heist::sync::oneshot::channel();
        let sender = thread::spawn(move || {
            // Most probably while the other one waits in the driver, and right in any case.
            thread::sleep(Duration::from_millis(20));
            send.send(()).unwrap();
        });
        // Without a timeout: one would end the wait in the driver, and the answer would be there.
        rt.block_on(receive).unwrap();
        sender.join().unwrap();
    }

    async fn heist_sleep() {
        heist::time::sleep(Duration::from_millis(5)).await;
    }

    /// Open descriptors, without the one that reads the list.
    fn descriptors() -> BTreeMap<i32, String> {
        let mut open = BTreeMap::new();
        for entry in fs::read_dir("/proc/self/fd").unwrap() {
            let entry = entry.unwrap();
            let target = fs::read_link(entry.path())
                .map_or_else(|_| String::new(), |path| path.display().to_string());
            if target != format!("/proc/{}/fd", process::id()) {
                open.insert(entry.file_name().to_str().unwrap().parse().unwrap(), target);
            }
        }
        open
    }

    /// What a child that runs another program finds open.
    fn descriptors_of_a_child() -> Vec<String> {
        let child = Command::new(env::current_exe().unwrap())
            .arg(LIST)
            .output()
            .unwrap();
        assert!(child.status.success());
        let list = String::from_utf8(child.stdout).unwrap();
        // The pipes that carry the output have other numbers each time.
        let is_pipe = |line: &&str| line.contains("pipe:");
        list.lines()
            .filter(|line| !is_pipe(line))
            .map(str::to_owned)
            .collect()
    }

    fn down_15_a_child_inherits_no_descriptor() {
        let before = descriptors_of_a_child();
        let (one, many) = (current_thread(), multi_thread());
        let portable = portable();
        let mut kept = Vec::new();
        for rt in [&one, &many, &portable] {
            exercise(rt);
            kept.push(rt.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let addr = listener.local_addr().unwrap();
                let (near, far) = futures_util::join!(TcpStream::connect(addr), listener.accept());
                (near.unwrap(), far.unwrap().0, listener)
            }));
        }
        assert!(
            descriptors().len() > before.len() + 10,
            "many are open here"
        );
        assert_eq!(descriptors_of_a_child(), before);
        drop(kept);
    }
}
