//! Hooks of tasks and of threads: each is called as often as what it is about happens, in the context of its runtime, and its panic is its own.

use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use heist::runtime::{Builder, Handle, Id, Runtime, TaskMeta, worker_index};
use heist::task::{self, yield_now};
use heist::time::{Duration, sleep};
use parking_lot::Mutex;

use crate::support::watched;

/// How often each hook was called.
#[derive(Default)]
struct Calls {
    spawn: AtomicUsize,
    before: AtomicUsize,
    after: AtomicUsize,
    terminate: AtomicUsize,
    panic: AtomicUsize,
    tasks: Mutex<HashSet<task::Id>>,
    runtimes: Mutex<HashSet<Id>>,
}

impl Calls {
    fn note(&self, count: &AtomicUsize, task: &TaskMeta<'_>) {
        assert_eq!(task.spawned_at().file(), file!());
        self.tasks.lock().insert(task.id());
        let here = Handle::try_current().expect("hooks run in the context of the runtime");
        self.runtimes.lock().insert(here.id());
        count.fetch_add(1, SeqCst);
    }

    fn spawned_and_terminated(&self) -> (usize, usize) {
        (self.spawn.load(SeqCst), self.terminate.load(SeqCst))
    }

    fn polls(&self) -> (usize, usize) {
        (self.before.load(SeqCst), self.after.load(SeqCst))
    }
}

fn builders() -> [Builder; 3] {
    let multi = |workers| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers);
        builder
    };
    [Builder::new_current_thread(), multi(1), multi(4)]
}

/// On every flavour, a runtime all of whose hooks count.
fn on_hooked_runtimes(test: impl Fn(Runtime, Arc<Calls>) + Send + 'static) {
    watched(move || {
        for mut builder in builders() {
            let calls = Arc::new(Calls::default());
            let [a, b, c, d, e] = [(); 5].map(|()| calls.clone());
            let rt = builder
                .enable_all()
                .on_task_spawn(move |task| a.note(&a.spawn, task))
                .on_before_task_poll(move |task| b.note(&b.before, task))
                .on_after_task_poll(move |task| c.note(&c.after, task))
                .on_task_terminate(move |task| d.note(&d.terminate, task))
                .on_unhandled_panic(move |task, _| e.note(&e.panic, task))
                .build()
                .unwrap();
            let id = rt.handle().id();
            test(rt, calls.clone());
            assert!(calls.runtimes.lock().iter().eq([&id]));
        }
    });
}

#[test]
fn hooks_see_the_whole_life_of_a_task() {
    on_hooked_runtimes(|rt, calls| {
        let task = rt.spawn(async {
            for _ in 0..3 {
                yield_now().await;
            }
        });
        let id = task.id();
        assert_eq!(calls.spawn.load(SeqCst), 1);
        rt.block_on(task).unwrap();
        // Told before the join handle was; the last poll may still be about to be told.
        assert_eq!(calls.terminate.load(SeqCst), 1);
        drop(rt);
        assert_eq!(calls.polls(), (4, 4));
        assert_eq!(calls.panic.load(SeqCst), 0);
        assert!(calls.tasks.lock().iter().eq([&id]));
    });
}

#[test]
fn every_task_that_is_spawned_is_terminated_once() {
    on_hooked_runtimes(|rt, calls| {
        let handle = rt.handle().clone();
        rt.block_on(async {
            heist::spawn(async {}).await.unwrap();
            let aborted = heist::spawn(pending::<()>());
            aborted.abort();
            assert!(aborted.await.unwrap_err().is_cancelled());
            let panics = heist::spawn(async { panic!("in the poll") });
            panics.await.map(|(): ()| ()).unwrap_err();
            task::spawn_blocking(|| ()).await.unwrap();
            let panics = task::spawn_blocking(|| panic!("in the job"));
            panics.await.map(|(): ()| ()).unwrap_err();
            let parent = heist::spawn(async { heist::spawn(async {}).await });
            parent.await.unwrap().unwrap();
            assert_eq!(calls.spawned_and_terminated(), (7, 7));
        });
        drop(rt.spawn(pending::<()>()));
        rt.spawn(async {
            let local = Arc::new(());
            pending::<()>().await;
            drop(local);
        });
        drop(rt);
        assert_eq!(calls.spawned_and_terminated(), (9, 9));
        // After the end.
        assert!(handle.spawn(async {}).is_finished());
        assert!(handle.spawn_blocking(|| ()).is_finished());
        assert_eq!(calls.spawned_and_terminated(), (11, 11));
        assert_eq!(calls.panic.load(SeqCst), 2);
    });
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in the drop");
    }
}

#[test]
fn panics_in_drops_are_told() {
    on_hooked_runtimes(|rt, calls| {
        let (tell, begun) = heist::sync::oneshot::channel();
        let task = rt.spawn(async {
            let _bomb = Bomb;
            tell.send(()).unwrap();
            pending::<()>().await;
        });
        rt.block_on(begun).unwrap();
        task.abort();
        assert!(rt.block_on(task).unwrap_err().is_panic());
        assert_eq!(calls.panic.load(SeqCst), 1);
        assert_eq!(calls.spawned_and_terminated(), (1, 1));
    });
}

#[test]
fn the_panic_hook_is_told_what_was_carried() {
    watched(|| {
        for mut builder in builders() {
            let told = Arc::new(Mutex::new(Vec::new()));
            let tell = told.clone();
            let rt = builder
                .on_unhandled_panic(move |task, payload| {
                    let number = payload.downcast_ref::<u32>().copied();
                    tell.lock().push((task.id(), number));
                })
                .build()
                .unwrap();
            let task = rt.spawn(async { std::panic::panic_any(7_u32) });
            let id = task.id();
            let error: task::JoinError = rt.block_on(task).map(|(): ()| ()).unwrap_err();
            assert_eq!(*told.lock(), [(id, Some(7))]);
            assert_eq!(*error.into_panic().downcast::<u32>().unwrap(), 7);
        }
    });
}

#[test]
fn hooks_may_spawn() {
    watched(|| {
        for mut builder in builders() {
            let spawned = Arc::new(AtomicUsize::new(0));
            let count = spawned.clone();
            let rt = builder
                .on_task_spawn(move |_| {
                    // The hook is called for its own task, too.
                    if count.fetch_add(1, SeqCst) < 10 {
                        heist::spawn(async {});
                    }
                })
                .on_task_terminate(|_| drop(Handle::current()))
                .build()
                .unwrap();
            rt.block_on(rt.spawn(async {})).unwrap();
            drop(rt);
            assert_eq!(spawned.load(SeqCst), 11);
        }
    });
}

#[test]
fn a_panic_in_a_hook_disturbs_nobody() {
    watched(|| {
        for mut builder in builders() {
            let calls = Arc::new(AtomicUsize::new(0));
            let boom = || {
                let calls = calls.clone();
                move |_: &TaskMeta<'_>| {
                    calls.fetch_add(1, SeqCst);
                    panic!("in a hook");
                }
            };
            let counts = calls.clone();
            let rt = builder
                .on_task_spawn(boom())
                .on_before_task_poll(boom())
                .on_after_task_poll(boom())
                .on_task_terminate(boom())
                .on_unhandled_panic(move |_, _| {
                    counts.fetch_add(1, SeqCst);
                    panic!("in a hook");
                })
                .build()
                .unwrap();
            let panics = rt.spawn(async { panic!("in the task") });
            let error: task::JoinError = rt.block_on(panics).map(|(): ()| ()).unwrap_err();
            assert!(error.to_string().contains("in the task"), "{error}");
            for n in 0..20 {
                assert_eq!(rt.block_on(rt.spawn(async move { n })).unwrap(), n);
            }
            let job = rt.spawn_blocking(|| 5);
            assert_eq!(rt.block_on(job).unwrap(), 5);
            drop(rt);
            // Five for the one that panics, four for each that does not, two for the job.
            assert_eq!(calls.load(SeqCst), 5 + 20 * 4 + 2);
        }
    });
}

#[test]
fn the_last_hook_that_is_set_holds() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let rt = Builder::new_current_thread()
        .on_task_spawn(|_| panic!("replaced"))
        .on_task_spawn(move |_| {
            count.fetch_add(1, SeqCst);
        })
        .build()
        .unwrap();
    rt.spawn(async {});
    assert_eq!(calls.load(SeqCst), 1);
}

#[test]
fn threads_start_and_stop_in_pairs_and_know_their_worker() {
    watched(|| {
        let started = Arc::new(Mutex::new(Vec::new()));
        let (start, stopped) = (started.clone(), Arc::new(AtomicUsize::new(0)));
        let stop = stopped.clone();
        let rt = Builder::new_multi_thread()
            .worker_threads(3)
            .on_thread_start(move || start.lock().push(worker_index()))
            .on_thread_stop(move || {
                stop.fetch_add(1, SeqCst);
            })
            .build()
            .unwrap();
        // A thread of the pool is one of the runtime's, and no worker.
        let on_pool = rt.block_on(rt.spawn_blocking(worker_index)).unwrap();
        assert_eq!(on_pool, None);
        drop(rt);
        let mut started = started.lock().clone();
        started.sort_unstable();
        assert_eq!(started, [None, Some(0), Some(1), Some(2)]);
        assert_eq!(stopped.load(SeqCst), 4);
    });
}

#[test]
fn threads_park_and_unpark_in_pairs() {
    watched(|| {
        for mut builder in builders() {
            let (parks, unparks) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let (park, unpark) = (parks.clone(), unparks.clone());
            let rt = builder
                .enable_all()
                .on_thread_park(move || {
                    park.fetch_add(1, SeqCst);
                })
                .on_thread_unpark(move || {
                    unpark.fetch_add(1, SeqCst);
                })
                .build()
                .unwrap();
            let task = rt.spawn(async { sleep(Duration::from_millis(1)).await });
            rt.block_on(task).unwrap();
            drop(rt);
            assert!(parks.load(SeqCst) > 0);
            assert_eq!(parks.load(SeqCst), unparks.load(SeqCst));
        }
    });
}

/// A hook that spawns must not see its thread go to sleep over the task.
#[test]
fn a_task_spawned_by_the_park_hook_runs_at_once() {
    watched(|| {
        for mut builder in builders() {
            let ran = Arc::new(heist::sync::Notify::new());
            let (notify, first) = (ran.clone(), AtomicUsize::new(0));
            let rt = builder
                .on_thread_park(move || {
                    if first.fetch_add(1, SeqCst) == 0 {
                        let notify = notify.clone();
                        heist::spawn(async move { notify.notify_one() });
                    }
                })
                .build()
                .unwrap();
            rt.block_on(ran.notified());
        }
    });
}

#[test]
fn hooks_are_told_the_name() {
    watched(|| {
        for mut builder in builders() {
            let names = Arc::new(Mutex::new(Vec::new()));
            let note = || {
                let names = names.clone();
                move |task: &TaskMeta<'_>| names.lock().push(task.name().map(str::to_owned))
            };
            let rt = builder
                .on_task_spawn(note())
                .on_before_task_poll(note())
                .on_after_task_poll(note())
                .on_task_terminate(note())
                .build()
                .unwrap();
            let named = || task::Builder::new().name("Moll");
            let task = named().spawn_on(async {}, rt.handle()).unwrap();
            rt.block_on(task).unwrap();
            let job = named().spawn_blocking_on(|| (), rt.handle()).unwrap();
            rt.block_on(job).unwrap();
            drop(rt);
            let names = std::mem::take(&mut *names.lock());
            assert_eq!(names, vec![Some("Moll".to_owned()); 4 + 2]);
        }
    });
}
