//! The standard streams, in a child process whose streams are pipes. Without the test harness, because this program is the child too.
#![allow(missing_docs, reason = "a test says what it shows by its name")]
#![allow(clippy::disallowed_methods, reason = "the watchdog sleeps")]

#[cfg(loom)]
fn main() {}

#[cfg(not(loom))]
fn main() -> std::process::ExitCode {
    real::main()
}

#[cfg(not(loom))]
mod real {
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::process::{Child, Command, ExitCode, Output, Stdio};
    use std::time::Duration;
    use std::{env, process, thread};

    use runtime_core::{Builder, Runtime};
    use runtime_io::io::{
        AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, stderr, stdin, stdout,
    };

    /// The word by which this program knows that it is the child.
    const CHILD: &str = "as-child";

    /// More than a pipe holds, and than one write takes.
    const MUCH: usize = 5 << 20;

    pub(crate) fn main() -> ExitCode {
        thread::spawn(|| {
            thread::sleep(Duration::from_secs(60));
            eprintln!("no end after 60 s");
            process::exit(70);
        });
        let mut words = env::args().skip_while(|word| word != CHILD).skip(1);
        if let Some(name) = words.next() {
            let (_, _, life) = TESTS.iter().find(|test| test.0 == name).expect("a test");
            life();
            return ExitCode::SUCCESS;
        }
        for (name, test, _) in TESTS {
            test(start(name));
            eprintln!("test {name} ... ok");
        }
        ExitCode::SUCCESS
    }

    /// Name, what is done to the child, what the child does.
    type Test = (&'static str, fn(Child), fn());

    const TESTS: &[Test] = &[
        ("lines_come_in_and_go_out", talk, echo_lines),
        (
            "b7_the_last_write_runs_during_shutdown",
            hear_all,
            write_and_leave,
        ),
        ("much_goes_through_in_order", exchange_much, copy),
        (
            "an_error_is_told_by_the_next_call",
            break_the_pipe,
            write_until_broken,
        ),
        (
            "b7_shutdown_without_waiting_leaves_a_read_behind",
            say_nothing,
            leave_a_read_behind,
        ),
        (
            "zero_length_operations_do_nothing",
            say_nothing,
            zero_lengths,
        ),
    ];

    fn start(name: &str) -> Child {
        Command::new(env::current_exe().unwrap())
            .args([CHILD, name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn end(child: Child) -> Output {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        output
    }

    fn runtimes() -> [Runtime; 2] {
        [
            Builder::new_current_thread().build().unwrap(),
            Builder::new_multi_thread()
                .worker_threads(2)
                .build()
                .unwrap(),
        ]
    }

    fn talk(mut child: Child) {
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"one\ntwo\n\nlast").unwrap();
        drop(input);
        let output = end(child);
        assert_eq!(output.stdout, b"out one\nout two\nout \nout last\n");
        assert_eq!(output.stderr, b"err one\nerr two\nerr \nerr last\n");
    }

    /// Rule B7.
    fn echo_lines() {
        let rt = &runtimes()[0];
        rt.block_on(async {
            let (mut out, mut err) = (stdout(), stderr());
            assert_eq!(stdin().as_raw_fd(), 0);
            assert_eq!((out.as_raw_fd(), err.as_raw_fd()), (1, 2));
            let mut lines = BufReader::new(stdin()).lines();
            while let Some(line) = lines.next_line().await.unwrap() {
                out.write_all(format!("out {line}\n").as_bytes())
                    .await
                    .unwrap();
                err.write_all(format!("err {line}\n").as_bytes())
                    .await
                    .unwrap();
            }
            out.flush().await.unwrap();
            err.shutdown().await.unwrap();
        });
    }

    fn hear_all(child: Child) {
        assert_eq!(end(child).stdout, b"first\nlast words without a flush");
    }

    /// Rule B7.
    fn write_and_leave() {
        for (rt, words) in runtimes()
            .into_iter()
            .zip(["first\n", "last words without a flush"])
        {
            rt.block_on(async { stdout().write_all(words.as_bytes()).await.unwrap() });
            drop(rt);
        }
    }

    fn exchange_much(mut child: Child) {
        let mut input = child.stdin.take().unwrap();
        let bytes: Vec<u8> = (0..MUCH).map(|n| (n % 251) as u8).collect();
        let sent = bytes.clone();
        let writer = thread::spawn(move || input.write_all(&sent).unwrap());
        let output = end(child);
        writer.join().unwrap();
        assert!(output.stdout == bytes, "other bytes came back");
    }

    fn copy() {
        let rt = &runtimes()[1];
        rt.block_on(async {
            let mut all = Vec::new();
            stdin().read_to_end(&mut all).await.unwrap();
            let mut out = stdout();
            out.write_all(&all).await.unwrap();
            out.flush().await.unwrap();
        });
    }

    fn break_the_pipe(mut child: Child) {
        drop(child.stdout.take());
        // It may begin only now.
        drop(child.stdin.take());
        end(child);
    }

    fn write_until_broken() {
        let rt = &runtimes()[0];
        rt.block_on(async {
            stdin().read_to_end(&mut Vec::new()).await.unwrap();
            let mut out = stdout();
            // Accepted, since it is only copied.
            assert_eq!(out.write(b"nobody reads this\n").await.unwrap(), 18);
            let error = out.flush().await.unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
            // Told once.
            out.flush().await.unwrap();
        });
    }

    /// Holds the input open, so that a read waits.
    fn say_nothing(mut child: Child) {
        let input = child.stdin.take();
        let mut said = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut said).unwrap();
        end(child);
        assert_eq!(said, b"");
        drop(input);
    }

    /// Rule B7.
    fn leave_a_read_behind() {
        let [rt, _] = runtimes();
        let reader = rt.spawn(async { stdin().read(&mut [0; 8]).await });
        rt.block_on(runtime_core::task::yield_now());
        assert!(!reader.is_finished());
        rt.shutdown_background();
    }

    fn zero_lengths() {
        let rt = &runtimes()[0];
        rt.block_on(async {
            assert_eq!(stdin().read(&mut []).await.unwrap(), 0);
            assert_eq!(stdout().write(b"").await.unwrap(), 0);
            stdout().flush().await.unwrap();
        });
    }
}
