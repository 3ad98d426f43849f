//! Every setter of the builder has the effect it names.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

use heist::runtime::{Builder, Handle, RuntimeFlavor};
use heist::task::yield_now;
use heist::time::{Duration, Instant, sleep};

use crate::support::watched;

fn name_of_thread() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

#[test]
fn flavour_name_and_id() {
    watched(|| {
        let current = Builder::new_current_thread().name("one").build().unwrap();
        let multi = Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let flavour = |rt: &heist::runtime::Runtime| rt.handle().runtime_flavor();
        assert_eq!(flavour(&current), RuntimeFlavor::CurrentThread);
        assert_eq!(flavour(&multi), RuntimeFlavor::MultiThread);
        assert_eq!(current.handle().name(), Some("one"));
        assert_eq!(multi.handle().name(), None);
        let ids = HashSet::from([current.handle().id(), multi.handle().id()]);
        assert_eq!(ids.len(), 2);
        let inside = multi.block_on(multi.spawn(async { Handle::current().id() }));
        assert_eq!(inside.unwrap(), multi.handle().id());
        assert_eq!(
            current.handle().id().to_string(),
            current.handle().clone().id().to_string()
        );
        assert_eq!(current.metrics().num_workers(), 1);
        assert_eq!(multi.metrics().num_workers(), 2);
    });
}

#[test]
fn threads_are_named() {
    watched(|| {
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("busy-bee")
            .build()
            .unwrap();
        let names = rt.block_on(async {
            let worker = heist::spawn(async { name_of_thread() });
            let pool = heist::task::spawn_blocking(name_of_thread);
            [worker.await.unwrap(), pool.await.unwrap()]
        });
        assert_eq!(names, ["busy-bee", "busy-bee"]);

        let number = AtomicUsize::new(0);
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name_fn(move || format!("bee-{}", number.fetch_add(1, SeqCst)))
            .build()
            .unwrap();
        let names = rt.block_on(async {
            let worker = heist::spawn(async { name_of_thread() });
            let pool = heist::task::spawn_blocking(name_of_thread);
            HashSet::from([worker.await.unwrap(), pool.await.unwrap()])
        });
        assert_eq!(names, HashSet::from(["bee-0".into(), "bee-1".into()]));
    });
}

/// Needs far more stack than the default, in a way that the compiler does not see through.
fn deep(levels: usize) -> usize {
    let frame = std::hint::black_box([levels; 128]);
    if levels == 0 {
        frame[0]
    } else {
        deep(levels - 1) + std::hint::black_box(frame)[1]
    }
}

#[test]
fn the_stack_is_as_large_as_asked_for() {
    watched(|| {
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_stack_size(32 << 20)
            .build()
            .unwrap();
        let expected = 5_000 * 5_001 / 2;
        let worker = rt.spawn(async { deep(5_000) });
        assert_eq!(rt.block_on(worker).unwrap(), expected);
        let pool = rt.spawn_blocking(|| deep(5_000));
        assert_eq!(rt.block_on(pool).unwrap(), expected);
    });
}

#[test]
fn the_pool_has_no_more_threads_than_allowed_and_lets_idle_ones_go() {
    watched(|| {
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2)
            .thread_keep_alive(Duration::from_millis(1))
            .build()
            .unwrap();
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(parking_lot::Mutex::new(held));
        let jobs: Vec<_> = (0..4)
            .map(|_| {
                let held = held.clone();
                rt.spawn_blocking(move || {
                    let _ = held.lock().recv();
                })
            })
            .collect();
        let metrics = rt.metrics();
        while metrics.blocking_queue_depth() > 2 {
            thread::yield_now();
        }
        assert_eq!(metrics.num_blocking_threads(), 2);
        assert_eq!(metrics.blocking_queue_depth(), 2);
        drop(release);
        for job in jobs {
            rt.block_on(job).unwrap();
        }
        while metrics.num_blocking_threads() > 0 {
            thread::yield_now();
        }
    });
}

/// How many polls of a task that never rests pass before a task from outside gets its turn.
fn polls_before_the_outsider(builder: &mut Builder) -> usize {
    let rt = builder.build().unwrap();
    let handle = rt.handle().clone();
    rt.block_on(async move {
        let polls = Arc::new(AtomicUsize::new(0));
        let count = polls.clone();
        let busy = heist::spawn(async move {
            loop {
                count.fetch_add(1, SeqCst);
                yield_now().await;
            }
        });
        yield_now().await;
        let before = polls.load(SeqCst);
        let seen = polls.clone();
        let outsider = thread::spawn(move || handle.spawn(async move { seen.load(SeqCst) }));
        let at = outsider.join().unwrap().await.unwrap();
        busy.abort();
        at - before
    })
}

#[test]
fn tasks_from_outside_come_at_their_interval() {
    watched(|| {
        let mut current = Builder::new_current_thread();
        // Half of the polls are those of the future of `block_on`, which waits.
        let often = polls_before_the_outsider(current.global_queue_interval(2));
        assert!(often <= 4, "{often} polls");
        let seldom = polls_before_the_outsider(current.global_queue_interval(500));
        assert!((5..=501).contains(&seldom), "{seldom} polls");
    });
}

#[test]
fn a_busy_worker_looks_at_the_driver_at_its_interval() {
    watched(|| {
        for interval in [1, 50] {
            let rt = Builder::new_current_thread()
                .enable_all()
                .event_interval(interval)
                .build()
                .unwrap();
            rt.block_on(async {
                let start = Instant::now();
                let timer = heist::spawn(sleep(Duration::from_millis(1)));
                // Somebody is always ready: only the interval lets the timer in.
                while !timer.is_finished() {
                    yield_now().await;
                }
                assert!(start.elapsed() >= Duration::from_millis(1));
            });
        }
    });
}

#[test]
fn few_events_per_look_lose_none() {
    use heist::io::{AsyncReadExt, AsyncWriteExt};
    use heist::net::{TcpListener, TcpStream};

    watched(|| {
        let mut multi = Builder::new_multi_thread();
        multi.worker_threads(1);
        for mut builder in [Builder::new_current_thread(), multi] {
            for portable in [false, true] {
                let rt = builder
                    .enable_all()
                    .portable_poll(portable)
                    .max_io_events_per_tick(2)
                    .max_io_events_per_busy_tick(1)
                    .build()
                    .unwrap();
                // There is always something to run, so every look is a busy one.
                rt.spawn(async {
                    loop {
                        yield_now().await;
                    }
                });
                let echoes = rt.spawn(async {
                    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                    let address = listener.local_addr().unwrap();
                    heist::spawn(async move {
                        while let Ok((mut socket, _)) = listener.accept().await {
                            heist::spawn(async move {
                                let mut word = [0; 4];
                                while socket.read_exact(&mut word).await.is_ok() {
                                    socket.write_all(&word).await.unwrap();
                                }
                            });
                        }
                    });
                    let clients: Vec<_> = (0..16)
                        .map(|_| {
                            heist::spawn(async move {
                                let mut socket = TcpStream::connect(address).await.unwrap();
                                for _ in 0..8 {
                                    let mut word = [0; 4];
                                    socket.write_all(b"ping").await.unwrap();
                                    socket.read_exact(&mut word).await.unwrap();
                                    assert_eq!(&word, b"ping");
                                }
                            })
                        })
                        .collect();
                    for client in clients {
                        client.await.unwrap();
                    }
                });
                rt.block_on(echoes).unwrap();
            }
        }
    });
}

#[test]
fn a_runtime_starts_with_its_clock_stopped() {
    watched(|| {
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let rt = builder.enable_time().start_paused(true).build().unwrap();
            rt.block_on(async {
                let start = Instant::now();
                sleep(Duration::from_secs(86_400)).await;
                assert_eq!(start.elapsed(), Duration::from_secs(86_400));
            });
        }
    });
}

#[test]
fn what_debug_prints() {
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(3)
        .name("printed")
        .on_thread_start(|| ());
    let text = format!("{builder:?}");
    for part in [
        "Builder {",
        "name: \"printed\"",
        "worker_threads: Some(3)",
        "max_blocking_threads: 512",
        "thread_name: \"<dyn Fn() -> String + Send + Sync + 'static>\"",
        "thread_stack_size: None",
        "after_start: Some(\"...\")",
        "before_stop: None",
        "before_park: None",
        "after_unpark: None",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let rt = builder.build().unwrap();
    for text in [format!("{rt:?}"), format!("{:?}", rt.handle())] {
        assert!(
            text.contains("MultiThread") && text.contains("printed"),
            "{text}"
        );
    }
    let missing = Handle::try_current().unwrap_err();
    assert_eq!(
        format!("{missing:?}"),
        "TryCurrentError { kind: NoContext }"
    );
    assert_eq!(
        format!("{:?}", RuntimeFlavor::CurrentThread),
        "CurrentThread"
    );
}
