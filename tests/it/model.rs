//! The model of asyncio, row by row, and what heist offers beside tokio: scopes, groups of tasks, inherited values.

mod blocking;
mod completion;
mod context;
mod group;
mod host;
mod scope;
mod slow_poll;
mod strand;
mod tasks;

use std::future::{IntoFuture, Ready, pending, poll_fn, ready};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use heist::io::AsyncReadExt;
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Handle, Runtime, Unhandled};
use heist::sync::{Completion, oneshot};
use heist::task::{JoinSet, call_soon, yield_now};
use heist::time::{HandleExt, sleep, timeout};
use parking_lot::Mutex;

use crate::support::{current_thread, guarded, multi_thread, on_every_flavour, watched};

/// Counts tokens: how many were dropped, and how many tasks that hold one have begun.
#[derive(Clone, Default)]
struct Drops(Arc<Counts>);

#[derive(Default)]
struct Counts {
    dropped: AtomicUsize,
    begun: AtomicUsize,
}

impl Drops {
    fn count(&self) -> usize {
        self.0.dropped.load(SeqCst)
    }

    fn begun(&self) -> usize {
        self.0.begun.load(SeqCst)
    }

    fn token(&self) -> Token {
        Token(self.clone())
    }

    /// Whether nobody has a token any more.
    fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

struct Token(Drops);

impl Token {
    fn begin(&self) {
        self.0.0.begun.fetch_add(1, SeqCst);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.0.dropped.fetch_add(1, SeqCst);
    }
}

/// Panics when it is dropped.
struct Evil;

impl Drop for Evil {
    fn drop(&mut self) {
        panic!("an evil drop");
    }
}

/// Gives way until the condition holds; the watchdog ends a test in which it never does.
async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        yield_now().await;
    }
}

/// Waits `times` polls, each woken at once.
async fn polls(times: usize) {
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs the same future on runtimes whose clocks are stopped.
fn on_stopped_clocks<F: Future<Output = ()>>(test: impl Fn() -> F + Send + 'static) {
    watched(move || {
        for rt in stopped() {
            rt.block_on(test());
        }
    });
}

fn stopped() -> [Runtime; 2] {
    let mut multi_thread = Builder::new_multi_thread();
    multi_thread.worker_threads(2);
    [Builder::new_current_thread(), multi_thread]
        .map(|mut builder| builder.enable_all().start_paused(true).build().unwrap())
}

/// Two tasks of one worker take turns where they await.
#[test]
fn one_worker_interleaves() {
    watched(|| {
        for rt in [current_thread(), multi_thread(1)] {
            let log = Arc::new(Mutex::new(Vec::new()));
            let writes = log.clone();
            let both = rt.spawn(async move {
                let tasks = ["one", "two"].map(|name| {
                    let log = writes.clone();
                    heist::spawn(async move {
                        for _ in 0..10 {
                            log.lock().push(name);
                            yield_now().await;
                        }
                    })
                });
                for task in tasks {
                    task.await.unwrap();
                }
            });
            rt.block_on(both).unwrap();
            let log = log.lock();
            assert_eq!(log.len(), 20);
            assert!(log.windows(2).all(|pair| pair[0] != pair[1]), "{log:?}");
        }
    });
}

/// Four tasks that wait for each other without awaiting end, so there are four threads.
#[test]
fn four_workers_run_on_four_threads() {
    watched(|| {
        let rt = guarded(4);
        let all_are_here = Arc::new(Barrier::new(4));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let barrier = all_are_here.clone();
                rt.spawn(async move {
                    barrier.wait();
                    thread::current().id()
                })
            })
            .collect();
        let ids = rt.block_on(async {
            let mut ids = Vec::new();
            for task in tasks {
                ids.push(task.await.unwrap());
            }
            ids
        });
        let different: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(different.len(), 4);
    });
}

#[test]
fn queue_lengths() {
    watched(|| {
        let rt = current_thread();
        let metrics = rt.metrics();
        for _ in 0..3 {
            rt.handle().call_soon(|| {});
        }
        let hour = Duration::from_secs(3600);
        let timers = [1, 2].map(|hours| rt.handle().call_later(hours * hour, || {}));
        assert_eq!(metrics.global_queue_depth(), 3);
        assert_eq!(metrics.worker_local_queue_depth(0), 0);
        assert_eq!(metrics.timers_armed(), 2);
        rt.block_on(async {
            let looks = metrics.clone();
            heist::spawn(async move {
                for _ in 0..4 {
                    call_soon(|| {});
                }
                assert_eq!(looks.worker_local_queue_depth(0), 4);
            })
            .await
            .unwrap();
            timers[0].abort();
            until(|| timers[0].is_finished()).await;
        });
        assert_eq!(metrics.global_queue_depth(), 0);
        assert_eq!(metrics.timers_armed(), 1);
    });
}

/// However often it is woken, a task is queued once.
#[test]
fn wake_queues_once() {
    watched(|| {
        let rt = current_thread();
        let metrics = rt.metrics();
        rt.block_on(async {
            let (send, receive) = channel::<Waker>();
            let polls = Arc::new(AtomicUsize::new(0));
            let counts = polls.clone();
            heist::spawn(poll_fn(move |cx| {
                counts.fetch_add(1, SeqCst);
                let _ = send.send(cx.waker().clone());
                Poll::<()>::Pending
            }));
            yield_now().await;
            let waker = receive.try_recv().unwrap();
            for _ in 0..5 {
                waker.wake_by_ref();
                let another = waker.clone();
                waker.wake_by_ref();
                another.wake();
            }
            assert_eq!(metrics.worker_local_queue_depth(0), 1);
            for _ in 0..5 {
                yield_now().await;
            }
            assert_eq!(polls.load(SeqCst), 2);
        });
    });
}

#[test]
fn future_has_no_effect_before_poll() {
    on_every_flavour(|| async {
        let ran = Arc::new(AtomicBool::new(false));
        let flag = ran.clone();
        let future = async move { flag.store(true, SeqCst) };
        let metrics = Handle::current().metrics();
        let before = (metrics.num_alive_tasks(), metrics.timers_armed());
        let sleeps = sleep(Duration::from_secs(3600));
        yield_now().await;
        assert_eq!((metrics.num_alive_tasks(), metrics.timers_armed()), before);
        assert!(!ran.load(SeqCst));
        drop(sleeps);
        future.await;
        assert!(ran.load(SeqCst));
    });
}

#[test]
fn spawn_runs_without_await() {
    on_every_flavour(|| async {
        let (send, receive) = oneshot::channel();
        drop(heist::spawn(async move { send.send("ran") }));
        assert_eq!(receive.await, Ok("ran"));
    });
}

#[test]
fn spawn_outside_runtime_names_the_fix() {
    assert!(Handle::try_current().unwrap_err().is_missing_context());
    let panics = [
        catch_unwind(|| drop(heist::spawn(async {}))),
        catch_unwind(|| drop(call_soon(|| {}))),
        catch_unwind(|| drop(heist::time::call_later(Duration::ZERO, || {}))),
        catch_unwind(|| {
            let completion = Completion::<()>::new();
            drop(completion.add_done_callback(|_| {}));
        }),
    ];
    for panic in panics {
        let panic = panic.unwrap_err();
        let text = panic.downcast_ref::<String>().expect("a text");
        assert!(text.contains("Runtime::block_on"), "{text}");
        assert!(text.contains("Handle::enter"), "{text}");
    }
}

/// Coroutine, task and completion go wherever one of them goes.
#[test]
fn awaitables_interchange() {
    /// Awaitable, and no future itself.
    struct Answer;
    impl IntoFuture for Answer {
        type Output = i32;
        type IntoFuture = Ready<i32>;
        fn into_future(self) -> Ready<i32> {
            ready(4)
        }
    }
    on_every_flavour(|| async {
        let second = Duration::from_secs(1);
        let task = || heist::spawn(async { 2 });
        let completion = Completion::new();
        completion.set(3).unwrap();
        let (one, two, three, four) = heist::join!(async { 1 }, task(), completion.wait(), Answer);
        assert_eq!((one, two.unwrap(), three, four), (1, 2, Ok(&3), 4));
        assert_eq!(timeout(second, async { 1 }).await, Ok(1));
        assert_eq!(timeout(second, task()).await.unwrap().unwrap(), 2);
        assert_eq!(timeout(second, completion.wait()).await, Ok(Ok(&3)));
        assert_eq!(timeout(second, Answer).await, Ok(4));
        let first = heist::select! {
            biased;
            never = pending::<i32>() => never,
            done = completion.wait() => *done.unwrap(),
        };
        assert_eq!(first, 3);
    });
}

/// The callback comes behind what was queued when its task ended, and not within `add_done_callback` if it has ended before.
#[test]
fn done_callback_is_scheduled_not_inline() {
    watched(|| {
        current_thread().block_on(async {
            let (send, receive) = channel();
            let says = |text: &'static str| {
                let send = send.clone();
                move || send.send(text).unwrap()
            };
            let (task, queued, callback) = (says("task"), says("queued"), says("callback"));
            let handle = heist::spawn(async move {
                task();
                7
            });
            handle.add_done_callback(move |output| {
                assert_eq!(output.unwrap(), 7);
                callback();
            });
            call_soon(queued);
            yield_now().await;
            yield_now().await;
            let log: Vec<_> = receive.try_iter().collect();
            assert_eq!(log, ["task", "queued", "callback"]);

            let ended = heist::spawn(async {});
            until(|| ended.is_finished()).await;
            let callback = says("callback");
            ended.add_done_callback(move |_| callback());
            assert!(receive.try_recv().is_err());
            yield_now().await;
            assert_eq!(receive.try_recv(), Ok("callback"));

            // A panic is an output like another; an aborted callback leaves its task alone.
            let callback = says("panicked");
            let fails = heist::spawn(async { panic!("expected") });
            fails.add_done_callback(move |output: Result<(), _>| {
                assert!(output.unwrap_err().is_panic());
                callback();
            });
            let (go_on, wait) = oneshot::channel();
            let works = heist::spawn(async move { wait.await.unwrap() });
            let end = works.abort_handle();
            works
                .add_done_callback(|_: Result<(), _>| unreachable!())
                .abort();
            yield_now().await;
            yield_now().await;
            assert!(!end.is_finished());
            go_on.send(()).unwrap();
            until(|| end.is_finished()).await;
            assert_eq!(receive.try_recv(), Ok("panicked"));
        });
    });
}

/// `set` is asyncio's `send` into a paused coroutine: it goes on with the value, in its own time.
#[test]
fn set_is_send() {
    on_every_flavour(|| async {
        let inputs: [Completion<u32>; 3] = Default::default();
        let waits = inputs.clone();
        let coroutine = heist::spawn(async move {
            let mut got = Vec::new();
            for input in &waits {
                got.push(*input.wait().await.unwrap());
            }
            got
        });
        for (n, input) in inputs.iter().enumerate() {
            assert!(!coroutine.is_finished());
            input.set(n as u32).unwrap();
            yield_now().await;
        }
        assert_eq!(coroutine.await.unwrap(), [0, 1, 2]);
    });
}

#[test]
fn async_sleep_lets_others_run() {
    on_every_flavour(|| async {
        let slept = Arc::new(AtomicBool::new(false));
        let flag = slept.clone();
        let others = heist::spawn(async move {
            let mut turns = 0_u64;
            until(|| {
                turns += 1;
                flag.load(SeqCst)
            })
            .await;
            turns
        });
        sleep(Duration::from_millis(5)).await;
        slept.store(true, SeqCst);
        assert!(others.await.unwrap() > 1);
    });
}

/// A task whose handle was dropped before or after it ended, a callable, a watch that ended; not a task whose panic somebody has taken.
#[test]
fn unhandled_panic_is_reported() {
    use heist::io::{Interest, on_ready};
    use std::io::ErrorKind;
    use std::os::unix::net::UnixStream;

    watched(|| {
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let (send, receive) = channel();
            let send = Mutex::new(send);
            let rt = builder
                .worker_threads(2)
                .enable_all()
                .on_unhandled(move |what| {
                    let kind = match what {
                        Unhandled::TaskPanicked { .. } => "task",
                        Unhandled::CallablePanicked { .. } => "callable",
                        Unhandled::WatchEnded { .. } => "watch",
                        _ => "new",
                    };
                    assert!(Handle::try_current().is_ok());
                    assert_eq!(what.task().spawned_at().file(), file!());
                    send.lock().send((kind, what.to_string())).unwrap();
                })
                .build()
                .unwrap();
            let next = |kind, text| {
                let (told, said) = rt.block_on(async {
                    loop {
                        match receive.try_recv() {
                            Ok(told) => break told,
                            Err(_) => yield_now().await,
                        }
                    }
                });
                assert_eq!(told, kind, "{said}");
                assert!(said.contains(text), "{said}");
            };
            drop(rt.spawn(async { panic!("dropped before") }));
            next("task", "dropped before");
            let after = rt.spawn(async { panic!("dropped after") });
            rt.block_on(until(|| after.is_finished()));
            assert!(receive.try_recv().is_err());
            drop(after);
            next("task", "dropped after");
            let taken = rt.block_on(rt.spawn(async { panic!("taken") }));
            drop(taken.map(|(): ()| ()).unwrap_err());
            rt.handle().call_soon(|| panic!("soon"));
            next("callable", "soon");
            rt.handle()
                .call_later(Duration::from_millis(1), || panic!("later"));
            next("callable", "later");
            drop(rt.spawn_blocking(|| panic!("blocks")));
            next("task", "blocks");
            let (one, two) = UnixStream::pair().unwrap();
            one.set_nonblocking(true).unwrap();
            let entered = rt.enter();
            let watch = on_ready(one, Interest::READABLE, |_, _| {
                Err(ErrorKind::InvalidData.into())
            });
            let watch = watch.unwrap();
            drop(entered);
            drop(two);
            next("watch", "invalid data");
            assert!(watch.is_finished());
            drop(watch.into_inner());
            assert!(receive.try_recv().is_err());
        }
    });
}

/// As many connections as the limits allow, up to ten thousand, on the threads that two workers have anyway. All open at once in two processes: `tests/ten_thousand.rs`.
#[test]
fn ten_thousand_idle_connections_fixed_threads() {
    watched(|| {
        let connections = possible_connections();
        let started = Arc::new(AtomicUsize::new(0));
        let counts = started.clone();
        let rt = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .on_thread_start(move || {
                counts.fetch_add(1, SeqCst);
            })
            .build()
            .unwrap();
        rt.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let mut open = Vec::new();
            let mut tasks = Vec::new();
            for _ in 0..connections {
                let (client, server) = heist::join!(TcpStream::connect(address), listener.accept());
                let (mut server, _) = server.unwrap();
                tasks.push(heist::spawn(async move {
                    assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
                }));
                open.push(client.unwrap());
            }
            assert_eq!(Handle::current().metrics().num_alive_tasks(), connections);
            eprintln!(
                "{connections} connections, {} threads",
                started.load(SeqCst)
            );
            assert!(started.load(SeqCst) <= 3);
            drop(open);
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert!(started.load(SeqCst) <= 3);
    });
}

/// Both ends are in this process, beside what other tests need.
fn possible_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    (limit.saturating_sub(2_000) / 2).clamp(100, 10_000) as usize
}

/// `gather` is `join!` and `join_all`; `wait` and `as_completed` are `join_next`.
#[test]
fn gather_wait_as_completed() {
    on_every_flavour(|| async {
        assert_eq!(heist::join!(async { 1 }, async { "two" }), (1, "two"));
        let failed: Result<((), ()), &str> = heist::try_join!(async { Err("first") }, pending());
        assert_eq!(failed, Err("first"));

        let mut all = JoinSet::new();
        for n in 0..10 {
            all.spawn(async move { n });
        }
        let mut outputs = all.join_all().await;
        outputs.sort_unstable();
        assert_eq!(outputs, (0..10).collect::<Vec<_>>());

        let mut set = JoinSet::new();
        let gates: Vec<_> = (0..3)
            .map(|n| {
                let (open, gate) = oneshot::channel::<()>();
                set.spawn(async move {
                    gate.await.unwrap();
                    n
                });
                open
            })
            .collect();
        for (n, open) in gates.into_iter().enumerate().rev() {
            open.send(()).unwrap();
            assert_eq!(set.join_next().await.unwrap().unwrap(), n);
        }
        assert!(set.join_next().await.is_none());
    });
}

/// A waiter that is cancelled leaves the spawned work running.
#[test]
fn shield_is_spawn() {
    on_every_flavour(|| async {
        let (go_on, wait) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let work = heist::spawn(async move {
            wait.await.unwrap();
            done.send("worked").unwrap();
        });
        assert!(timeout(Duration::from_millis(1), work).await.is_err());
        go_on.send(()).unwrap();
        assert_eq!(is_done.await, Ok("worked"));
    });
}

#[test]
fn timeout_cancels_inner() {
    on_every_flavour(|| async {
        let drops = Drops::default();
        let token = drops.token();
        let inner = async move {
            token.begin();
            pending::<()>().await;
            drop(token);
        };
        assert!(timeout(Duration::from_millis(1), inner).await.is_err());
        assert_eq!((drops.begun(), drops.count()), (1, 1));
    });
}
