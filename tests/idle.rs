//! The idle meter: what a process uses while nothing is due. A process and a single test of its own, since it counts all its threads.
//!
//! Row PARK-06 of the catalogue and promise 8. The one assertion about time in the tests is about CPU time, which is counted by the system.

#![cfg(target_os = "linux")]

use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Limit, Runtime};
use heist::task::yield_now;
use heist::time::sleep;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// How long each state is looked at.
const WINDOW: Duration = Duration::from_secs(2);

/// CPU per idle second.
const MOST_CPU: Duration = Duration::from_millis(5);

/// Times that any thread went to sleep within the window: the meter's own, and no more than chance brings.
const MOST_SLEEPS: u64 = 8;

/// Windows that a state gets to come to rest: the guard looks around for a while before it sleeps without limit.
const ATTEMPTS: usize = 3;

fn cpu_time() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

/// Voluntary context switches of all threads.
fn sleeps() -> u64 {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let of = |status: String| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.and_then(|count| count.trim().parse::<u64>().ok())
    };
    threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("status")).ok())
        .filter_map(of)
        .sum()
}

/// Fails unless the process is idle for a whole window.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "the window is what is measured")]
fn assert_idle(state: &str) {
    let mut seen = Vec::new();
    for _ in 0..ATTEMPTS {
        let (cpu, switches) = (cpu_time(), sleeps());
        thread::sleep(WINDOW);
        let (cpu, switches) = (cpu_time() - cpu, sleeps().saturating_sub(switches));
        eprintln!("{state}: {cpu:?} of CPU, {switches} sleeps in {WINDOW:?}");
        if cpu <= MOST_CPU * WINDOW.as_secs() as u32 && switches <= MOST_SLEEPS {
            return;
        }
        seen.push((cpu, switches));
    }
    panic!("{state}: not idle, CPU and sleeps were {seen:?}");
}

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap()
}

/// Tasks on every worker, sockets and timers; then nothing.
fn burst(rt: &Runtime) {
    rt.block_on(rt.spawn(async {
        let tasks: Vec<_> = (0..10_000)
            .map(|_| {
                heist::spawn(async {
                    yield_now().await;
                    sleep(Duration::from_micros(100)).await;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }))
    .unwrap();
}

/// A listener with one connection that has been quiet since its first byte.
async fn listener_with_a_quiet_peer() -> (heist::task::JoinHandle<()>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = heist::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            heist::spawn(async move {
                while let Ok(byte) = socket.read_u8().await {
                    socket.write_all(&[byte]).await.unwrap();
                }
            });
        }
    });
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(&[1]).await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), 1);
    (server, client)
}

/// The states, one after the other on one runtime, so that each also has what the earlier ones left behind.
fn states(workers: usize) {
    let rt = runtime(workers);
    assert_idle("freshly built");

    let far = rt.spawn(sleep_long());
    let _quiet = rt.block_on(listener_with_a_quiet_peer());
    assert_idle("far timer, listener, quiet peer");

    burst(&rt);
    assert_idle("after a burst");

    let mut lent = rt.handle().lend().unwrap();
    let _ = lent.turn(Limit::snapshot());
    assert_idle("a lent thread with its host");

    let (wake, woken) = heist::sync::oneshot::channel::<()>();
    let (waits, is_waiting) = mpsc::channel();
    let handle = rt.handle().clone();
    let guest = thread::spawn(move || {
        let mut lent = handle.lend().unwrap();
        lent.run_until(async {
            waits.send(()).unwrap();
            woken.await
        })
    });
    is_waiting.recv().unwrap();
    assert_idle("a lent thread asleep, the seat held");
    wake.send(()).unwrap();
    guest.join().unwrap().unwrap().unwrap();
    far.abort();
}

async fn sleep_long() {
    sleep(Duration::from_secs(100_000)).await;
}

/// A current-thread runtime that waits in `block_on` for the meter to end.
fn current_thread_states() {
    let rt = Builder::new_current_thread().enable_all().build().unwrap();
    let (end, ended) = heist::sync::oneshot::channel::<()>();
    let driver = thread::spawn(move || {
        rt.block_on(async {
            let _far = heist::spawn(sleep_long());
            let _quiet = listener_with_a_quiet_peer().await;
            ended.await
        })
    });
    assert_idle("current thread");
    end.send(()).unwrap();
    driver.join().unwrap().unwrap();
}

#[test]
fn park_06_an_idle_process_uses_no_cpu() {
    states(4);
    current_thread_states();
    // Sleepy workers on one CPU get in each other's way most.
    let all = sched_getaffinity(None).unwrap();
    let mut one = CpuSet::new();
    one.set((0..CpuSet::MAX_CPU).find(|&cpu| all.is_set(cpu)).unwrap());
    sched_setaffinity(None, &one).unwrap();
    let rt = runtime(2);
    burst(&rt);
    assert_idle("after a burst on one CPU");
}
