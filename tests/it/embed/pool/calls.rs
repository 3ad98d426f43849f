//! `run_in` and `blocking_pool`: closures on threads of the host.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use heist::fs::File;
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::lookup_host;
use heist::runtime::{Builder, Handle, Job};
use heist::task::{block_in_place, spawn_blocking};

use super::{Shelf, on_rayon, rayon_pool};
use crate::support::{current_thread, flavours, watched};

fn thread_name() -> Option<String> {
    thread::current().name().map(str::to_owned)
}

#[test]
fn blocking_pool_on_host() {
    watched(|| {
        let pool = rayon_pool(2);
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let rt = builder
                .enable_all()
                .blocking_pool(on_rayon(pool.clone()))
                .build()
                .unwrap();
            let path = std::env::temp_dir().join(format!("heist-host-{}", std::process::id()));
            let written = path.clone();
            rt.block_on(async move {
                assert_eq!(
                    spawn_blocking(thread_name).await.unwrap().as_deref(),
                    Some("host")
                );
                let nested =
                    spawn_blocking(|| Handle::current().block_on(spawn_blocking(thread_name)));
                assert_eq!(nested.await.unwrap().unwrap().as_deref(), Some("host"));
                let mut file = File::create(&written).await.unwrap();
                file.write_all(b"by the host").await.unwrap();
                file.flush().await.unwrap();
                let mut text = String::new();
                let mut file = File::open(&written).await.unwrap();
                file.read_to_string(&mut text).await.unwrap();
                assert_eq!(text, "by the host");
                assert!(lookup_host("localhost:80").await.unwrap().next().is_some());
            });
            std::fs::remove_file(path).unwrap();
            // Not one thread of the runtime's own.
            let metrics = rt.metrics();
            assert_eq!(
                (metrics.num_idle_blocking_threads(), metrics.refused_jobs()),
                (0, 0)
            );
        }
    });
}

/// T4: a closure that was accepted is run or reported as cancelled, in order, and the pool has no more of them at once than it may.
#[test]
fn blocking_pool_has_a_limit_and_an_order() {
    watched(|| {
        let shelf = Shelf::default();
        let rt = Builder::new_current_thread()
            .max_blocking_threads(2)
            .blocking_pool(shelf.pool())
            .build()
            .unwrap();
        let ran = Arc::new(AtomicUsize::new(0));
        let jobs: Vec<_> = (0..100)
            .map(|number| {
                let ran = ran.clone();
                rt.spawn_blocking(move || assert_eq!(ran.fetch_add(1, SeqCst), number))
            })
            .collect();
        assert_eq!((shelf.len(), rt.metrics().blocking_queue_depth()), (2, 100));
        while let Some(job) = shelf.take() {
            job.run();
            assert!(shelf.len() <= 2);
        }
        for job in jobs {
            rt.block_on(job).unwrap();
        }
        assert_eq!(ran.load(SeqCst), 100);
    });
}

/// EMBED-07 for closures.
#[test]
fn a_refused_blocking_job_is_cancelled_or_run_by_the_next() {
    watched(|| {
        let shelf = Shelf::default();
        let rt = Builder::new_current_thread()
            .blocking_pool(shelf.pool())
            .build()
            .unwrap();
        let alone = rt.spawn_blocking(|| unreachable!("refused"));
        drop(shelf.take());
        assert!(rt.block_on(alone).unwrap_err().is_cancelled());
        let (first, second) = (rt.spawn_blocking(|| 1), rt.spawn_blocking(|| 2));
        drop(shelf.take());
        while let Some(job) = shelf.take() {
            job.run();
        }
        assert_eq!(rt.block_on(first).unwrap(), 1);
        assert_eq!(rt.block_on(second).unwrap(), 2);
        assert_eq!(rt.metrics().refused_jobs(), 2);
    });
}

/// RT5: what is queued at the end is cancelled, and the job that comes to it later does nothing; what a file has taken is written.
#[test]
fn jobs_that_outlive_the_runtime_do_nothing() {
    watched(|| {
        let shelf = Shelf::default();
        let path = std::env::temp_dir().join(format!("heist-outlived-{}", std::process::id()));
        let rt = Builder::new_current_thread()
            .blocking_pool(shelf.pool())
            .build()
            .unwrap();
        let blocking = rt.spawn_blocking(|| unreachable!("cancelled"));
        let call = rt
            .handle()
            .run_in(&shelf.pool(), || unreachable!("cancelled"));
        let bytes = std::fs::File::create(&path).unwrap();
        rt.handle()
            .spawn_mandatory(move || std::io::Write::write_all(&mut &bytes, b"kept").unwrap());
        let handle = rt.handle().clone();
        drop(rt);
        assert_eq!(std::fs::read(&path).unwrap(), b"kept");
        std::fs::remove_file(path).unwrap();
        let outer = current_thread();
        assert!(outer.block_on(blocking).unwrap_err().is_cancelled());
        assert!(!call.is_finished());
        while let Some(job) = shelf.take() {
            job.run();
        }
        assert!(outer.block_on(call).unwrap_err().is_cancelled());
        let late = handle.run_in(&shelf.pool(), || unreachable!("too late"));
        assert!(outer.block_on(late).unwrap_err().is_cancelled());
        assert_eq!((shelf.len(), handle.metrics().refused_jobs()), (0, 0));
    });
}

/// EMBED-16: the pool is caught, whatever it was to run.
#[test]
fn inline_closures_are_refused() {
    watched(|| {
        let inline = |job: Job| job.run();
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let call = rt.handle().run_in(&inline, || unreachable!("inline"));
            assert!(rt.block_on(call).unwrap_err().is_cancelled());
            assert_eq!(rt.metrics().refused_jobs(), 1);
            // Not inside `execute` any more.
            let shelf = Shelf::default();
            let call = rt.handle().run_in(&shelf.pool(), || 1);
            shelf.take().unwrap().run();
            assert_eq!(rt.block_on(call).unwrap(), 1);
        }
        let rt = Builder::new_current_thread()
            .blocking_pool(inline)
            .build()
            .unwrap();
        let job = rt.spawn_blocking(|| unreachable!("inline"));
        assert!(rt.block_on(job).unwrap_err().is_cancelled());
    });
}

#[test]
fn a_pool_that_panics_refuses_closures() {
    watched(|| {
        let rt = current_thread();
        let lost = rt
            .handle()
            .run_in(&|_: Job| panic!("no room"), || unreachable!("dropped"));
        assert!(rt.block_on(lost).unwrap_err().is_cancelled());
        assert_eq!(rt.metrics().refused_jobs(), 1);
        // It has the job all the same.
        let shelf = Shelf::default();
        let put = shelf.pool();
        let kept = rt.handle().run_in(
            &move |job: Job| {
                put(job);
                panic!("an afterthought")
            },
            || 1,
        );
        shelf.take().unwrap().run();
        assert_eq!(rt.block_on(kept).unwrap(), 1);
        assert_eq!(rt.metrics().refused_jobs(), 1);
    });
}

/// The slot of a worker that blocks goes to a thread of the runtime's own: the host's would be occupied for ever.
#[test]
fn block_in_place_takes_no_thread_of_the_host() {
    watched(|| {
        let shelf = Shelf::default();
        let rt = Builder::new_multi_thread()
            .worker_threads(1)
            .blocking_pool(shelf.pool())
            .build()
            .unwrap();
        let handle = rt.handle().clone();
        let task =
            rt.spawn(async move { block_in_place(|| handle.block_on(handle.spawn(async { 1 }))) });
        assert_eq!(rt.block_on(task).unwrap().unwrap(), 1);
        assert_eq!(shelf.len(), 0);
    });
}

/// A closure of the host's counts as a job that a stopped clock waits for.
#[test]
fn a_stopped_clock_waits_for_calls() {
    watched(|| {
        let rt = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let shelf = Shelf::default();
        let call = rt.handle().run_in(&shelf.pool(), || 1);
        let host = thread::spawn(move || {
            thread::yield_now();
            shelf.take().unwrap().run();
        });
        let ended =
            rt.block_on(async { heist::time::timeout(Duration::from_secs(3600), call).await });
        assert_eq!(ended.expect("the clock stood").unwrap(), 1);
        host.join().unwrap();
    });
}
