//! Signals to children of this test that run this program again, each in a role: what ends a process, what a fork inherits, and storms.
//! Without the test harness, for a role is the whole process.
#![allow(missing_docs, reason = "a test says what it shows by its name")]

#[cfg(all(target_os = "linux", not(loom)))]
#[path = "process/support.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod support;

#[cfg(all(target_os = "linux", not(loom)))]
fn main() {
    linux::main();
}

#[cfg(not(all(target_os = "linux", not(loom))))]
fn main() {}

#[cfg(all(target_os = "linux", not(loom)))]
mod linux {
    use std::env;
    use std::io::{self, BufRead, BufReader, Read, Write};
    use std::os::unix::process::ExitStatusExt;
    use std::pin::pin;
    use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::{Context, Waker};
    use std::time::Duration;

    use runtime_io::io::{AsyncReadExt, AsyncWriteExt};
    use runtime_io::net::UnixStream;
    use runtime_io::process;
    use runtime_io::signal::ctrl_c;
    use runtime_io::signal::unix::{SignalKind, signal};
    use rustix::process::{Pid, Signal, getpid, kill_process};

    use crate::support::{Watchdog, one, two};

    /// By this variable a child knows its role.
    const ROLE: &str = "HEIST_SIGNAL_ROLE";

    type Step = (&'static str, fn());

    const TESTS: &[Step] = &[
        ("ctrl_c_stops_a_program", ctrl_c_stops_a_program),
        (
            "an_unpolled_ctrl_c_changes_nothing",
            an_unpolled_ctrl_c_changes_nothing,
        ),
        (
            "no_handler_without_a_signal_api",
            no_handler_without_a_signal_api,
        ),
        (
            "a_forked_child_listens_for_itself",
            a_forked_child_listens_for_itself,
        ),
        ("proc_07_a_storm_of_signals", proc_07_a_storm_of_signals),
    ];

    const ROLES: &[Step] = &[
        ("wait", role_wait),
        ("unpolled", role_unpolled),
        ("children", role_children),
        ("fork", role_fork),
        ("storm", role_storm),
    ];

    pub(crate) fn main() {
        let _watchdog = Watchdog::new();
        if let Ok(role) = env::var(ROLE) {
            let (_, play) = ROLES.iter().find(|(name, _)| *name == role).unwrap();
            return play();
        }
        for (name, test) in TESTS {
            eprintln!("test {name}");
            test();
        }
    }

    /// A child in a role, when it has said that it is ready.
    struct Actor {
        child: Child,
        said: BufReader<ChildStdout>,
    }

    impl Actor {
        fn start(role: &str) -> Self {
            let mut child = Command::new(env::current_exe().unwrap())
                .env(ROLE, role)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            said.read_line(&mut line).unwrap();
            assert_eq!(line, "ready\n", "of {role}");
            Self { child, said }
        }

        fn send(&self, signal: Signal) {
            let process = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
            kill_process(process, signal).unwrap();
        }

        fn end(mut self) -> (ExitStatus, String) {
            let mut rest = String::new();
            self.said.read_to_string(&mut rest).unwrap();
            (self.child.wait().unwrap(), rest)
        }
    }

    fn say(word: &str) {
        let mut out = io::stdout().lock();
        writeln!(out, "{word}").unwrap();
        out.flush().unwrap();
    }

    fn ctrl_c_stops_a_program() {
        let actor = Actor::start("wait");
        actor.send(Signal::INT);
        let (status, said) = actor.end();
        assert!(status.success());
        assert_eq!(said, "stopping\n");
    }

    fn role_wait() {
        let (runtime, _) = two();
        runtime.block_on(async {
            let mut stop = pin!(ctrl_c());
            let first = stop.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(first.is_pending());
            say("ready");
            stop.await.unwrap();
            say("stopping");
        });
    }

    /// F4: `ctrl_c` installs at its first poll, not when it is called.
    fn an_unpolled_ctrl_c_changes_nothing() {
        let actor = Actor::start("unpolled");
        actor.send(Signal::INT);
        assert_eq!(actor.end().0.signal(), Some(2));
    }

    fn role_unpolled() {
        let (runtime, _) = one();
        runtime.block_on(async {
            let _unpolled = ctrl_c();
            say("ready");
            std::future::pending::<()>().await;
        });
    }

    /// Starting children, awaiting them and leaving them touches no handler: the program did not ask for signals. `SIGCHLD` still has its default
    /// action.
    fn no_handler_without_a_signal_api() {
        let (status, said) = Actor::start("children").end();
        assert!(status.success());
        assert_eq!(said, "0\n");
    }

    fn role_children() {
        let (runtime, _) = two();
        say("ready");
        runtime.block_on(async {
            let mut command = process::Command::new("true");
            drop(command.spawn().unwrap());
            command.status().await.unwrap();
            command.output().await.unwrap();
        });
        // The kinds with a handler, as a number.
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
        let ours = [1, 2, 3, 13, 14, 15, 17].map(|kind| 1_u64 << (kind - 1));
        say(&(caught & ours.iter().sum::<u64>()).to_string());
    }

    /// DOWN-14: a forked child inherits the handlers. Its own runtime hears its own signals, and the parent's hears the parent's.
    fn a_forked_child_listens_for_itself() {
        let (status, said) = Actor::start("fork").end();
        assert_eq!(said, "child\nparent\n");
        assert!(status.success());
    }

    fn role_fork() {
        say("ready");
        let (runtime, _) = one();
        let mut listener = runtime.block_on(async { signal(SignalKind::user_defined1()).unwrap() });
        let mut sleeper = Some(runtime.block_on(async {
            let mut command = process::Command::new("sleep");
            command.arg("1000").kill_on_drop(true).spawn().unwrap()
        }));
        // SAFETY: no other thread of this process holds anything the child needs: the watchdog sleeps.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // The sleeper is the parent's to kill, and so is the receiver in the parent's poller.
            drop(sleeper.take());
            drop(listener);
            std::mem::forget(runtime);
            let (fresh, _) = one();
            let heard = fresh.block_on(async {
                let mut listener = signal(SignalKind::user_defined1()).unwrap();
                kill_process(getpid(), Signal::USR1).unwrap();
                listener.recv().await
            });
            assert_eq!(heard, Some(()));
            say("child");
            std::process::exit(0);
        }
        let mut status = 0;
        // SAFETY: the place for the status is valid.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0);
        assert_eq!(sleeper.as_mut().unwrap().try_wait().unwrap(), None);
        // What the child heard was not for us.
        runtime.block_on(async {
            let mut recv = pin!(listener.recv());
            let early = recv.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(early.is_pending());
            kill_process(getpid(), Signal::USR1).unwrap();
            assert_eq!(recv.await, Some(()));
        });
        say("parent");
    }

    /// PROC-07: with a signal every 100 µs, to whichever thread the system likes, sockets and pipes lose no byte, children no status, and
    /// every wait ends. The handler saves `errno`, takes no lock and wakes nobody.
    fn proc_07_a_storm_of_signals() {
        let (status, said) = Actor::start("storm").end();
        assert!(status.success());
        let heard: u64 = said.trim().parse().unwrap();
        assert!(heard > 10, "the storm was heard {heard} times");
    }

    fn role_storm() {
        say("ready");
        static HEARD: AtomicU64 = AtomicU64::new(0);
        let (runtime, _) = two();
        let mut alarms = runtime.block_on(async { signal(SignalKind::alarm()).unwrap() });
        let listening = runtime.handle().spawn(async move {
            while alarms.recv().await.is_some() {
                HEARD.fetch_add(1, Ordering::Relaxed);
            }
        });
        set_timer(100);
        for pidfds in [true, false] {
            process::refuse_pidfd(!pidfds);
            runtime.block_on(async {
                through_a_socket().await;
                through_a_child().await;
                for code in 0..20 {
                    let script = format!("exit {code}");
                    let status = process::Command::new("sh").args(["-c", &script]).status();
                    assert_eq!(status.await.unwrap().code(), Some(code));
                }
                errno_survives();
            });
        }
        while HEARD.load(Ordering::Relaxed) < 20 {
            runtime.block_on(runtime_time::sleep(Duration::from_millis(1)));
        }
        set_timer(0);
        drop(runtime);
        assert!(listening.is_finished());
        say(&HEARD.load(Ordering::Relaxed).to_string());
    }

    fn pattern() -> Vec<u8> {
        (0..1 << 20_u32).map(|i| (i * 31 % 251) as u8).collect()
    }

    async fn through_a_socket() {
        let (mut near, mut far) = UnixStream::pair().unwrap();
        let writing = runtime_core::spawn(async move {
            near.write_all(&pattern()).await.unwrap();
        });
        let mut data = Vec::new();
        far.read_to_end(&mut data).await.unwrap();
        writing.await.unwrap();
        assert!(data == pattern());
    }

    async fn through_a_child() {
        let mut child = process::Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writing = runtime_core::spawn(async move {
            stdin.write_all(&pattern()).await.unwrap();
        });
        let output = child.wait_with_output().await.unwrap();
        writing.await.unwrap();
        assert!(output.status.success());
        assert!(output.stdout == pattern());
    }

    /// The handler writes into a full bell now and then, which fails; nobody else may see that error.
    fn errno_survives() {
        // SAFETY: as the C library declares it.
        let errno = unsafe { libc::__errno_location() };
        for _ in 0..1_000_000 {
            // SAFETY: this thread's `errno` is valid as long as the thread.
            unsafe { errno.write(4242) };
            std::hint::spin_loop();
            assert_eq!(io::Error::last_os_error().raw_os_error(), Some(4242));
        }
    }

    /// `SIGALRM` at this interval, in microseconds; zero for no more.
    fn set_timer(micros: i64) {
        let interval = libc::timeval {
            tv_sec: 0,
            tv_usec: micros,
        };
        let timer = libc::itimerval {
            it_interval: interval,
            it_value: interval,
        };
        // SAFETY: the timer is valid, and the old one is not asked for.
        let set = unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
        assert_eq!(set, 0);
    }
}
