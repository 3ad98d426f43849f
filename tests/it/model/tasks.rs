//! Who is running: the list of tasks, the tree, and the dump of a runtime that does not move. Row "stuck process nobody can look into" of the catalogue.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use heist::runtime::{Builder, Handle, Runtime};
use heist::sync::{Notify, oneshot};
use heist::task::{self, Id, TaskInfo, TaskState, yield_now};
use heist::time::{Duration, sleep};

use crate::support::{current_thread, flavours, guarded, multi_thread, watched};

fn named(
    handle: &Handle,
    name: &str,
    future: impl Future<Output = ()> + Send + 'static,
) -> task::JoinHandle<()> {
    task::Builder::new()
        .name(name)
        .spawn_on(future, handle)
        .unwrap()
}

fn find(handle: &Handle, id: Id) -> Option<TaskInfo> {
    handle.tasks().into_iter().find(|task| task.id() == id)
}

fn state_of(handle: &Handle, id: Id) -> Option<TaskState> {
    find(handle, id).map(|task| task.state())
}

/// A runtime in debug mode.
fn debugging(workers: usize) -> Runtime {
    let mut builder = match workers {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(workers.max(1)).enable_all();
    builder.debug(true).build().unwrap()
}

#[test]
fn lists_all() {
    watched(|| {
        for (_, rt) in flavours() {
            let handle = rt.handle();
            assert!(handle.tasks().is_empty());
            let line = line!() + 1;
            let plain = rt.spawn(pending::<()>());
            let sleeper = {
                let _entered = handle.enter();
                named(handle, "sleeper", sleep(Duration::from_secs(3600)))
            };
            let ended = rt.spawn(async {});
            rt.block_on(async {
                // The join handle keeps its memory; it is no task any more.
                while !ended.is_finished() {
                    yield_now().await;
                }
                while handle.tasks().count(TaskState::Waiting) < 2 {
                    yield_now().await;
                }
            });
            let tasks = handle.tasks();
            assert_eq!(tasks.len(), 2, "{tasks}");
            assert_eq!(tasks.len(), rt.metrics().num_alive_tasks());
            let first = find(handle, plain.id()).unwrap();
            assert_eq!((first.name(), first.state()), (None, TaskState::Waiting));
            let place = first.spawned_at();
            assert_eq!((place.file(), place.line()), (file!(), line));
            assert!(first.type_name().contains("Pending"), "{first:?}");
            assert_eq!((first.parent(), first.polls()), (None, None));
            let second = find(handle, sleeper.id()).unwrap();
            assert_eq!(second.name(), Some("sleeper"));
            assert!(second.type_name().ends_with("Sleep"), "{second:?}");
            let text = tasks.to_string();
            assert!(
                text.lines().count() == 3 && text.contains("sleeper") && text.contains("waiting"),
                "{text}"
            );
            let json = tasks.to_json();
            assert!(
                json.contains(r#""name":"sleeper","state":"waiting""#),
                "{json}"
            );
            plain.abort();
            assert!(rt.block_on(plain).unwrap_err().is_cancelled());
            assert_eq!(handle.tasks().len(), 1);
        }
    });
}

#[test]
fn tells_what_each_is_doing() {
    watched(|| {
        let rt = guarded(1);
        let handle = rt.handle();
        let go = Arc::new(AtomicBool::new(false));
        let seen = go.clone();
        let (begun, has_begun) = oneshot::channel();
        let running = rt.spawn(async move {
            begun.send(()).unwrap();
            while !seen.load(SeqCst) {
                thread::yield_now();
            }
            pending::<()>().await;
        });
        rt.block_on(has_begun).unwrap();
        // The only worker is busy; the list is made all the same.
        let ready = rt.spawn(pending::<()>());
        assert_eq!(state_of(handle, running.id()), Some(TaskState::Running));
        assert_eq!(state_of(handle, ready.id()), Some(TaskState::Ready));
        ready.abort();
        assert_eq!(state_of(handle, ready.id()), Some(TaskState::Ending));
        go.store(true, SeqCst);
        assert!(rt.block_on(ready).unwrap_err().is_cancelled());
        while state_of(handle, running.id()) != Some(TaskState::Waiting) {
            thread::yield_now();
        }
    });
}

#[test]
fn tree_by_parent() {
    watched(|| {
        for workers in [0, 1, 4] {
            let rt = debugging(workers);
            let handle = rt.handle();
            let (tell, told) = oneshot::channel();
            let root = named(handle, "root", async move {
                let here = Handle::current();
                let (inner, ids) = oneshot::channel();
                let left = named(&here, "left", async move {
                    let leaf = named(&Handle::current(), "leaf", pending());
                    inner.send(leaf.id()).unwrap();
                    pending().await
                });
                let right = named(&here, "right", pending());
                let leaf = ids.await.unwrap();
                tell.send([left.id(), right.id(), leaf]).unwrap();
                pending().await
            });
            let [left, right, leaf] = rt.block_on(told).unwrap();
            let parent = |id| find(handle, id).unwrap().parent();
            assert_eq!(parent(root.id()), None);
            assert_eq!(parent(left), Some(root.id()));
            assert_eq!(parent(right), Some(root.id()));
            assert_eq!(parent(leaf), Some(left));
            assert!(find(handle, root.id()).unwrap().polls() >= Some(1));
            let text = handle.tasks().tree().to_string();
            let lines: Vec<_> = text.lines().collect();
            let begins = ["root", "├─ left", "│  └─ leaf", "└─ right"];
            assert_eq!(lines.len(), begins.len(), "{text}");
            for (line, begin) in lines.iter().zip(begins) {
                assert!(line.starts_with(begin), "{text}");
            }
            // Without its parent a task is a root; its parent's memory may by then be another task's.
            root.abort();
            assert!(rt.block_on(root).is_err());
            let fresh: Vec<_> = (0..16).map(|_| rt.spawn(pending::<()>())).collect();
            assert_eq!(parent(right), None);
            assert!(fresh.iter().all(|task| parent(task.id()).is_none()));
        }
    });
}

#[test]
fn without_debug_mode_the_tree_says_what_it_lacks() {
    watched(|| {
        let rt = current_thread();
        rt.spawn(pending::<()>());
        assert!(
            rt.handle()
                .tasks()
                .tree()
                .to_string()
                .contains("HEIST_DEBUG=1")
        );
    });
}

/// Deeper than a thread's stack, wider than a page.
#[test]
fn a_deep_tree_is_printed() {
    watched(|| {
        /// A task that spawns the next one and stays.
        fn descend(left: usize, end: Arc<Notify>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(async move {
                if left == 0 {
                    end.notify_one();
                } else {
                    heist::spawn(descend(left - 1, end));
                }
                pending().await
            })
        }
        let rt = debugging(0);
        let end = Arc::new(Notify::new());
        rt.spawn(descend(5_000, end.clone()));
        rt.block_on(end.notified());
        assert_eq!(
            rt.handle().tasks().tree().to_string().lines().count(),
            5_001
        );
    });
}

#[test]
fn polls_are_counted_in_debug_mode() {
    watched(|| {
        let rt = debugging(0);
        let (stay, stays) = oneshot::channel::<()>();
        let task = rt.spawn(async {
            for _ in 0..9 {
                yield_now().await;
            }
            let _ = stays.await;
        });
        rt.block_on(async {
            for _ in 0..20 {
                yield_now().await;
            }
        });
        let info = find(rt.handle(), task.id()).unwrap();
        assert_eq!(info.polls(), Some(10));
        assert!(info.since_last_poll().is_some());
        drop(stay);
        rt.block_on(task).unwrap();
    });
}

#[test]
fn a_task_knows_itself_and_a_set_its_tasks() {
    watched(|| {
        let rt = current_thread();
        let set = task::LocalSet::new();
        set.block_on(&rt, async {
            assert!(task::current().is_none());
            let task = task::Builder::new()
                .name("local")
                .spawn_local(async { task::current().unwrap() })
                .unwrap();
            let id = task.id();
            let me = task.await.unwrap();
            assert_eq!((me.id(), me.name()), (id, Some("local")));
            assert_eq!(me.state(), TaskState::Running);
        });
        set.spawn_local(pending::<()>());
        assert_eq!(set.tasks().len(), 1);
        assert!(rt.handle().tasks().is_empty());
    });
}

#[test]
fn the_dump_says_where_everybody_is() {
    watched(|| {
        let rt = guarded(2);
        let (begun, has_begun) = oneshot::channel();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = parking_lot::Mutex::new(wait);
        let stuck = named(rt.handle(), "stuck", async move {
            begun.send(()).unwrap();
            let _ = wait.lock().recv();
        });
        rt.block_on(has_begun).unwrap();
        // The other thread may be slow to start.
        while rt.metrics().worker_park_count(0) + rt.metrics().worker_park_count(1) == 0 {
            thread::yield_now();
        }
        let dump = rt.handle().dump();
        let text = dump.to_string();
        for part in [
            "MultiThread",
            "slot 1: driven by heist-worker",
            &format!("polls task {}", stuck.id()),
            "\"stuck\"",
            "1 running",
        ] {
            let part = part.trim_matches('"');
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert_eq!(dump.tasks().len(), 1);
        let json = dump.to_json(0);
        assert!(
            json.contains(r#""task_states":{"total":1,"running":1"#),
            "{json}"
        );
        assert!(json.ends_with(r#""tasks":[]}"#), "{json}");
        drop(go);
        rt.block_on(stuck).unwrap();
        let weak = rt.handle().downgrade();
        let handle = weak.upgrade().unwrap();
        drop(rt);
        assert!(handle.dump().to_string().contains("closed"));
        drop(handle);
        assert!(weak.upgrade().is_none());
    });
}

/// PARK-03: threads that look in wake nobody and keep nobody: on a runtime without the rescue a wake-up that a dump had swallowed would stay lost.
#[test]
fn park_03_looking_in_disturbs_nobody() {
    watched(|| {
        let rt = multi_thread(2);
        let done = Arc::new(AtomicBool::new(false));
        let lookers: Vec<_> = (0..2)
            .map(|_| {
                let (handle, done) = (rt.handle().clone(), done.clone());
                thread::spawn(move || {
                    let mut looks = 0_u64;
                    while !done.load(SeqCst) {
                        assert!(handle.dump().to_string().contains("slot 1"));
                        looks += 1;
                    }
                    looks
                })
            })
            .collect();
        let parked = |handle: &Handle| {
            let metrics = handle.metrics();
            (0..2).all(|worker| metrics.worker_park_unpark_count(worker) % 2 == 1)
        };
        for round in 0..200 {
            // From outside, into workers that park or are about to.
            if round % 2 == 0 {
                while !parked(rt.handle()) {
                    thread::yield_now();
                }
            }
            let task = rt.spawn(async { heist::spawn(async {}).await.unwrap() });
            rt.block_on(task).unwrap();
        }
        while !parked(rt.handle()) {
            thread::yield_now();
        }
        let parks =
            |rt: &Runtime| [0, 1].map(|worker| rt.metrics().worker_park_unpark_count(worker));
        let before = parks(&rt);
        for _ in 0..1_000 {
            let _ = rt.handle().dump();
        }
        assert_eq!(parks(&rt), before, "a dump has woken somebody");
        done.store(true, SeqCst);
        for looker in lookers {
            assert!(looker.join().unwrap() > 0);
        }
    });
}

/// Lists while tasks are born and die on every worker; each list is whole, and every name is that of its task.
#[test]
fn stress_lists_while_tasks_come_and_go() {
    const LISTS: usize = if cfg!(debug_assertions) {
        2_000
    } else {
        100_000
    };
    watched(|| {
        for debug in [false, true] {
            let rt = Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .debug(debug)
                .on_slow_poll(|_| {})
                .build()
                .unwrap();
            let done = Arc::new(AtomicBool::new(false));
            let churners: Vec<_> = (0..2)
                .map(|_| {
                    let done = done.clone();
                    rt.spawn(async move {
                        while !done.load(SeqCst) {
                            let handle = Handle::current();
                            let short: Vec<_> = (0..8)
                                .map(|_| named(&handle, "a name of a task", yield_now()))
                                .collect();
                            for task in short {
                                task.await.unwrap();
                            }
                        }
                    })
                })
                .collect();
            let mut seen = 0;
            for _ in 0..LISTS {
                let tasks = rt.handle().tasks();
                let nameless = tasks.iter().filter(|task| task.name().is_none());
                assert_eq!(nameless.count(), 2, "{tasks}");
                for task in &tasks {
                    assert!(task.name().is_none_or(|name| name == "a name of a task"));
                    assert_eq!(task.spawned_at().file(), file!());
                    seen += usize::from(task.name().is_some());
                }
            }
            assert!(seen > 0, "never a short task in {LISTS} lists");
            done.store(true, SeqCst);
            for task in churners {
                rt.block_on(task).unwrap();
            }
        }
    });
}

/// What the watchdog prints of a test that hangs.
#[test]
fn the_watchdog_sees_the_runtimes_of_the_tests() {
    watched(|| {
        let rt = multi_thread(1);
        let task = named(rt.handle(), "of the hanging test", pending());
        let text = crate::support::dumps();
        assert!(
            text.contains("of the hanging test") && text.contains("slot 0"),
            "{text}"
        );
        task.abort();
    });
}
