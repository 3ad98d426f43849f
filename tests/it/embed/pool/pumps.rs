//! Tasks on the threads of a host that does its part.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Handle, HostPool, Job, Limit, Runtime};
use heist::task::{JoinSet, block_in_place, yield_now};
use heist::time::sleep;

use super::{Shelf, on_rayon, rayon_pool};
use crate::support::watched;

/// A runtime on a pool, which nobody rescues but the pumps' own rescue.
pub(super) fn hosted(pool: impl HostPool, pumps: usize) -> Runtime {
    Builder::new_hosted()
        .enable_all()
        .rescue(false)
        .host_pool(pool, pumps)
        .build()
        .unwrap()
}

/// The host did its part.
fn assert_healthy(rt: &Runtime) {
    let metrics = rt.metrics();
    assert_eq!((metrics.refused_jobs(), metrics.stalled_pumps()), (0, 0));
}

fn on_threadpool(threads: usize) -> impl Fn(Job) + Send + Sync + 'static {
    let pool = parking_lot::Mutex::new(threadpool::ThreadPool::new(threads));
    move |job| pool.lock().execute(move || job.run())
}

async fn echo(mut stream: TcpStream) {
    let mut buffer = [0; 64];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        stream.write_all(&buffer[..length]).await.unwrap();
    }
}

async fn client(address: std::net::SocketAddr, rounds: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    for round in 0..rounds {
        let sent = [round as u8; 32];
        stream.write_all(&sent).await.unwrap();
        let mut back = [0; 32];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(back, sent);
    }
}

/// Both ends of 1,000 connections, never more than 400 at a time, which a usual limit of descriptors allows.
#[test]
fn echo_1k_conns_on_rayon() {
    watched(|| {
        let pool = rayon_pool(2);
        let rt = Builder::new_hosted()
            .enable_all()
            .stall_after(Some(Duration::from_secs(30)))
            .host_pool(on_rayon(pool), 2)
            .build()
            .unwrap();
        rt.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            heist::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    heist::spawn(echo(stream));
                }
            });
            for connections in [400, 400, 200] {
                let mut clients = JoinSet::new();
                for _ in 0..connections {
                    clients.spawn(client(address, 5));
                }
                while let Some(ended) = clients.join_next().await {
                    ended.unwrap();
                }
            }
        });
        assert_healthy(&rt);
    });
}

#[test]
fn one_thread_pool() {
    watched(|| {
        let rt = hosted(on_threadpool(1), 1);
        let sum = rt.block_on(rt.spawn(async {
            let mut tasks = JoinSet::new();
            for n in 0..10_000_u64 {
                tasks.spawn(async move {
                    if n % 100 == 0 {
                        sleep(Duration::from_millis(n % 7)).await;
                    }
                    yield_now().await;
                    n
                });
            }
            let mut sum = 0;
            while let Some(n) = tasks.join_next().await {
                sum += n.unwrap();
            }
            sum
        }));
        assert_eq!(sum.unwrap(), 49_995_000);
        assert_eq!(rt.metrics().refused_jobs(), 0);
    });
}

/// The threads of the pool are in the runtime's hands for one poll only, job after job.
#[test]
fn pumps_are_bounded_and_queue_up_again() {
    watched(|| {
        let shelf = Shelf::default();
        let rt = Builder::new_hosted()
            .pump_limit(Limit::polls(1))
            .stall_after(None)
            .host_pool(shelf.pool(), 1)
            .build()
            .unwrap();
        let ran = Arc::new(AtomicUsize::new(0));
        for _ in 0..3 {
            let ran = ran.clone();
            rt.spawn(async move { ran.fetch_add(1, SeqCst) });
        }
        // One comes, and that is enough for all that was pushed.
        for polls in 0..3 {
            assert_eq!((shelf.len(), ran.load(SeqCst)), (1, polls));
            shelf.take().unwrap().run();
        }
        assert_eq!((shelf.len(), ran.load(SeqCst)), (0, 3));
    });
}

/// What a job that waits in the queue has left behind, another takes; and it finds its own slot again.
#[test]
fn a_queued_pump_hides_nothing() {
    watched(|| {
        let shelf = Shelf::default();
        let rt = Builder::new_hosted()
            .pump_limit(Limit::polls(1))
            .stall_after(None)
            .host_pool(shelf.pool(), 2)
            .build()
            .unwrap();
        let (tell, told) = mpsc::channel();
        let (inner, outer) = (tell.clone(), tell);
        rt.spawn(async move {
            for n in 0..4 {
                let tell = inner.clone();
                heist::spawn(async move { tell.send(n).unwrap() });
            }
            outer.send(10).unwrap();
        });
        shelf.take().unwrap().run();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [10]);
        let mut handle = rt.handle().lend().unwrap();
        assert_eq!(handle.turn(Limit::polls(4)).polled, 4);
        let mut found: Vec<_> = told.try_iter().collect();
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3]);
        shelf.take().unwrap().run();
        assert_eq!(shelf.len(), 0);
    });
}

/// EMBED-17, R18: the host's own work comes to its turn beside a runtime that always has something to do.
#[test]
fn host_jobs_not_starved() {
    watched(|| {
        let pool = rayon_pool(1);
        let rt = hosted(on_rayon(pool.clone()), 1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let busy = rt.spawn(async move {
            while !stopped.load(SeqCst) {
                yield_now().await;
            }
        });
        // From outside of the pool, one after the other.
        for _ in 0..5 {
            let (tell, told) = mpsc::channel();
            pool.spawn(move || tell.send(()).unwrap());
            told.recv().unwrap();
        }
        stop.store(true, SeqCst);
        rt.block_on(busy).unwrap();
    });
}

/// The pool's threads are blocking jobs of another runtime.
#[test]
fn rayon_pool_on_our_blocking_threads() {
    watched(|| {
        let ours = crate::support::multi_thread(1);
        let lender = ours.handle().clone();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .spawn_handler(|thread| {
                lender.spawn_blocking(|| thread.run());
                Ok(())
            })
            .build()
            .unwrap();
        let pool = Arc::new(pool);
        let rt = hosted(on_rayon(pool.clone()), 2);
        let id = rt.handle().id();
        let mut tasks = Vec::new();
        for n in 0..1000 {
            tasks.push(rt.spawn(async move {
                yield_now().await;
                assert_eq!(Handle::current().id(), id);
                n
            }));
        }
        rt.block_on(async {
            for (n, task) in tasks.into_iter().enumerate() {
                assert_eq!(task.await.unwrap(), n);
            }
        });
        drop(rt);
        // The last one: its threads, and with them the blocking jobs, end.
        drop(pool);
    });
}

/// The task that waits is given up by its pump, and the one it waits for has another.
#[test]
fn block_in_place_posts_replacement() {
    watched(|| {
        let rt = Builder::new_hosted()
            .enable_all()
            .stall_after(Some(Duration::from_secs(30)))
            .host_pool(on_rayon(rayon_pool(3)), 1)
            .build()
            .unwrap();
        let handle = rt.handle().clone();
        let task = rt.spawn(async move {
            let inner = handle.clone();
            let first = block_in_place(|| {
                let second = inner.spawn(async { thread::current().id() });
                inner.block_on(second).unwrap()
            });
            // Goes on without a slot, and comes to one again.
            yield_now().await;
            let third = block_in_place(|| handle.block_on(handle.spawn(async { 3 })));
            (first, third.unwrap())
        });
        assert_eq!(rt.block_on(task).unwrap().1, 3);
        assert_healthy(&rt);
    });
}

/// No thread of the host is waited for, and the jobs it still has do nothing.
#[test]
fn jobs_that_outlive_the_runtime() {
    watched(|| {
        let shelf = Shelf::default();
        let rt = Builder::new_hosted()
            .pump_limit(Limit::polls(1))
            .stall_after(None)
            .host_pool(shelf.pool(), 2)
            .build()
            .unwrap();
        let tasks: Vec<_> = (0..4).map(|_| rt.spawn(yield_now())).collect();
        // One that has a slot, and one that has none.
        shelf.take().unwrap().run();
        rt.spawn(async {});
        let report = rt.shutdown(Duration::from_secs(10));
        assert_eq!((report.tasks_dropped, report.slots_occupied), (5, 0));
        assert_eq!(report.pumps_unfinished, shelf.len());
        let outer = crate::support::current_thread();
        for task in tasks {
            assert!(outer.block_on(task).unwrap_err().is_cancelled());
        }
        while let Some(job) = shelf.take() {
            job.run();
        }
    });
}
