//! `JoinMap`, `JoinQueue`, the handles that abort when dropped, and the pool of threads for tasks that are not `Send`.

use std::cell::Cell;
use std::collections::HashSet;
use std::future::{pending, ready};
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use heist::sync::{mpsc, oneshot};
use heist::task::{
    AbortOnDrop, AbortOnDropHandle, JoinMap, JoinQueue, LocalPoolHandle, LocalSet, yield_now,
};

use super::drops::OnDrop;
use crate::support::{current_thread, multi_thread, on_every_flavour, watched};

#[test]
fn a_map_joins_by_key_in_the_order_of_completion() {
    on_every_flavour(|| async {
        let mut map = JoinMap::new();
        let mut gates = Vec::new();
        for key in 0..100 {
            let (open, gate) = oneshot::channel::<()>();
            map.spawn(key, async move {
                gate.await.unwrap();
                key * 2
            });
            gates.push((key, open));
        }
        assert!(map.len() == 100 && map.contains_key(&42) && !map.contains_key(&100));
        assert_eq!(map.keys().collect::<HashSet<_>>().len(), map.keys().len());
        for (key, open) in gates.into_iter().rev() {
            open.send(()).unwrap();
            let (joined, output) = map.join_next().await.unwrap();
            assert_eq!((joined, output.unwrap()), (key, key * 2));
            assert!(!map.contains_key(&key));
        }
        assert!(map.is_empty() && map.join_next().await.is_none());
        assert!(map.try_join_next().is_none());
    });
}

#[test]
fn a_key_that_is_given_again_aborts_its_task_which_is_not_joined() {
    on_every_flavour(|| async {
        let dropped = Arc::new(AtomicUsize::new(0));
        let mut map = JoinMap::new();
        for n in 0..10 {
            let count = dropped.clone();
            map.spawn("key", async move {
                let _guard = OnDrop(move || _ = count.fetch_add(1, SeqCst));
                if n < 9 {
                    pending::<()>().await;
                }
                n
            });
            yield_now().await;
        }
        assert_eq!(map.len(), 1);
        let (key, output) = map.join_next().await.unwrap();
        assert_eq!((key, output.unwrap()), ("key", 9));
        // The wait for the last one is a wait for those that were replaced too.
        assert!(map.join_next().await.is_none());
        assert!(dropped.load(SeqCst) >= 1);
    });
}

/// Every key has the same hash.
#[derive(Default)]
struct OneHash;

impl BuildHasher for OneHash {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self
    }
}

impl Hasher for OneHash {
    fn finish(&self) -> u64 {
        7
    }

    fn write(&mut self, _: &[u8]) {}
}

#[test]
fn keys_with_equal_hashes_are_told_apart() {
    watched(|| {
        current_thread().block_on(async {
            let mut map = JoinMap::with_hasher(OneHash);
            let mut gates: Vec<_> = (0..20)
                .map(|key| {
                    let (open, gate) = oneshot::channel::<()>();
                    map.spawn(key, async move { gate.await.is_ok() });
                    Some(open)
                })
                .collect();
            // From the middle, from both ends, and one that takes a place that has become vacant.
            for (round, key) in [10, 0, 19, 9, 11, 1].into_iter().enumerate() {
                gates[key].take().unwrap().send(()).unwrap();
                assert_eq!(map.join_next().await.map(|(key, _)| key), Some(key));
                map.spawn(100 + round, ready(true));
                assert_eq!(map.join_next().await.map(|(key, _)| key), Some(100 + round));
                assert!(!map.contains_key(&key) && !map.contains_key(&(100 + round)));
            }
            for (key, gate) in gates.iter().enumerate() {
                assert_eq!(map.contains_key(&key), gate.is_some(), "{key}");
                assert_eq!(map.abort(&key), gate.is_some(), "{key}");
            }
            assert_eq!(map.len(), 14);
            while let Some((_, output)) = map.join_next().await {
                assert!(output.unwrap_err().is_cancelled());
            }
        });
    });
}

#[test]
fn a_map_aborts_by_key_by_closure_and_when_dropped_and_detaches() {
    on_every_flavour(|| async {
        let mut map = JoinMap::with_capacity(4);
        assert!(map.capacity() >= 4);
        for key in ["a1", "a2", "b1"] {
            map.spawn(key, pending::<()>());
        }
        map.abort_matching(|key| key.starts_with('a'));
        let mut ended = HashSet::new();
        for _ in 0..2 {
            let (key, output) = map.join_next().await.unwrap();
            assert!(output.unwrap_err().is_cancelled());
            ended.insert(key);
        }
        assert_eq!(ended, HashSet::from(["a1", "a2"]));
        map.shutdown().await;
        assert!(map.is_empty());

        let (open, gate) = oneshot::channel::<()>();
        let (told, tell) = oneshot::channel();
        map.spawn("detached", async move {
            let _ = told.send(gate.await.is_ok());
        });
        map.detach_all();
        assert!(map.is_empty() && !map.contains_key("detached"));
        open.send(()).unwrap();
        assert_eq!(tell.await, Ok(true));

        let (told, mut tell) = mpsc::unbounded_channel();
        let guard = OnDrop(move || _ = told.send(()));
        map.spawn("dropped", async move {
            let _guard = guard;
            pending::<()>().await;
        });
        drop(map);
        tell.recv().await.unwrap();
    });
}

#[test]
fn a_map_knows_its_tasks_by_id_and_prints_its_keys() {
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let mut map: JoinMap<&str, heist::task::Id> = JoinMap::default();
            map.spawn("self", async { heist::task::id() });
            assert!(format!("{map:?}").starts_with("JoinMap { tasks: {\"self\": Id("));
            assert_eq!(format!("{:?}", map.keys()), "[\"self\"]");
            yield_now().await;
            let other = heist::spawn(pending::<()>());
            assert!(!map.contains_task(&other.id()));
            map.reserve(100);
            map.shrink_to(10);
            map.shrink_to_fit();
            let (_, id) = map.join_next().await.unwrap();
            assert!(!map.contains_task(&id.unwrap()));
        });
    });
}

#[test]
fn a_map_spawns_local_and_blocking_tasks() {
    watched(|| {
        let rt = multi_thread(1);
        let set = LocalSet::new();
        rt.block_on(set.run_until(async {
            let here = thread::current().id();
            let mut map = JoinMap::new();
            map.spawn_local("local", async { thread::current().id() });
            map.spawn_blocking("pool", || thread::current().id());
            map.spawn_on("worker", async { thread::current().id() }, rt.handle());
            map.spawn_blocking_on("pool of", || thread::current().id(), rt.handle());
            map.spawn_local_on("set", async { thread::current().id() }, &set);
            while let Some((key, thread)) = map.join_next().await {
                assert_eq!(thread.unwrap() == here, matches!(key, "local" | "set"));
            }
        }));
    });
}

#[test]
fn a_queue_gives_outputs_in_the_order_of_spawning() {
    on_every_flavour(|| async {
        let mut queue = JoinQueue::with_capacity(3);
        let (open, gate) = oneshot::channel::<()>();
        let first = queue.spawn(async move { gate.await.map_or(0, |()| 1) });
        let second = queue.spawn(ready(2));
        let third = queue.spawn(async { panic!("third") });
        while !(second.is_finished() && third.is_finished()) {
            yield_now().await;
        }
        assert!(queue.len() == 3 && queue.try_join_next().is_none());
        open.send(()).unwrap();
        let joined = queue.join_next_with_id().await.unwrap().unwrap();
        assert_eq!(joined, (first.id(), 1));
        let joined = queue.try_join_next_with_id().unwrap().unwrap();
        assert_eq!(joined, (second.id(), 2));
        assert!(queue.join_next().await.unwrap().unwrap_err().is_panic());
        assert!(queue.is_empty() && queue.join_next().await.is_none());
        assert_eq!(format!("{queue:?}"), "[]");
    });
}

#[test]
fn a_queue_of_which_one_panics_aborts_the_rest() {
    watched(|| {
        let rt = multi_thread(2);
        let (told, mut tell) = mpsc::unbounded_channel();
        let caught = catch_unwind(AssertUnwindSafe(|| {
            rt.block_on(async {
                let mut queue = JoinQueue::new();
                queue.spawn(async { panic!("the first") });
                let guard = OnDrop(move || _ = told.send(()));
                queue.spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                });
                queue.join_all().await
            })
        }));
        assert_eq!(
            caught.unwrap_err().downcast_ref::<&str>(),
            Some(&"the first")
        );
        rt.block_on(tell.recv()).unwrap();
    });
}

#[test]
fn a_queue_shuts_down_and_detaches() {
    on_every_flavour(|| async {
        let mut queue = JoinQueue::new();
        let watched = queue.spawn(pending::<()>());
        queue.shutdown().await;
        assert!(queue.is_empty() && watched.is_finished());
        let (open, gate) = oneshot::channel::<()>();
        let detached = queue.spawn(async move { drop(gate.await) });
        queue.detach_all();
        drop(queue);
        yield_now().await;
        assert!(!detached.is_finished());
        open.send(()).unwrap();
        while !detached.is_finished() {
            yield_now().await;
        }
    });
}

/// Cancel safety: no task is lost by a wait that is dropped.
#[test]
fn a_wait_for_a_map_or_a_queue_that_is_dropped_loses_no_task() {
    on_every_flavour(|| async {
        let mut map = JoinMap::new();
        let mut queue = JoinQueue::new();
        let (mut opens, mut gates) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let (open, gate) = oneshot::channel::<()>();
            opens.push(open);
            gates.push(gate);
        }
        let gate = gates.remove(0);
        map.spawn(1, async move { gate.await.is_ok() });
        let gate = gates.remove(0);
        queue.spawn(async move { gate.await.is_ok() });
        for _ in 0..3 {
            heist::select! {
                biased;
                _ = map.join_next() => panic!("it has not ended"),
                _ = queue.join_next() => panic!("it has not ended"),
                () = yield_now() => {}
            }
        }
        for open in opens {
            open.send(()).unwrap();
        }
        assert!(matches!(map.join_next().await, Some((1, Ok(true)))));
        assert!(matches!(queue.join_next().await, Some(Ok(true))));
    });
}

#[test]
fn handles_that_abort_when_dropped() {
    on_every_flavour(|| async {
        let task = AbortOnDropHandle::new(heist::spawn(pending::<()>()));
        let watch = task.abort_handle();
        assert!(!task.is_finished());
        assert_eq!(
            format!("{task:?}"),
            format!("AbortOnDropHandle {{ id: {:?} }}", watch.id())
        );
        drop(task);
        while !watch.is_finished() {
            yield_now().await;
        }

        let task = AbortOnDropHandle::new(heist::spawn(async { 1 }));
        assert_eq!(task.await.unwrap(), 1);

        let task = heist::spawn(pending::<()>());
        let kept = AbortOnDrop::new(task.abort_handle()).detach();
        yield_now().await;
        assert!(!task.is_finished() && !kept.is_finished());
        let guard = AbortOnDrop::new(kept);
        assert!(format!("{guard:?}").starts_with("AbortOnDrop { id: Id("));
        drop(guard);
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_pool_of_threads_keeps_a_task_on_its_thread() {
    watched(|| {
        let rt = multi_thread(1);
        rt.block_on(async {
            let pool = LocalPoolHandle::new(3);
            assert_eq!(format!("{pool:?}"), "LocalPoolHandle");
            let tasks = (0..3).map(|index| {
                let on_thread = || async {
                    let polls = Rc::new(Cell::new(0));
                    let here = thread::current().id();
                    for _ in 0..10 {
                        heist::time::sleep(heist::time::Duration::from_micros(100)).await;
                        polls.set(polls.get() + 1);
                        assert_eq!(thread::current().id(), here);
                    }
                    (here, polls.get())
                };
                pool.spawn_pinned_by_idx(on_thread, index)
            });
            let tasks: Vec<_> = tasks.collect();
            let mut threads = HashSet::new();
            for task in tasks {
                let (thread, polls) = task.await.unwrap();
                assert_eq!(polls, 10);
                threads.insert(thread);
            }
            assert_eq!(threads.len(), 3);
        });
    });
}

#[test]
fn a_pool_gives_a_task_to_the_thread_with_the_fewest() {
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let pool = LocalPoolHandle::new(2);
            let stay: Vec<_> = (0..4)
                .map(|_| pool.clone().spawn_pinned(pending::<()>))
                .collect();
            assert_eq!(pool.get_task_loads_for_each_worker(), [2, 2]);
            for task in stay {
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
            }
            assert_eq!(pool.get_task_loads_for_each_worker(), [0, 0]);
        });
    });
}

#[test]
fn a_pool_tells_of_panics_drops_what_is_aborted_and_ends_with_its_last_handle() {
    watched(|| {
        let rt = multi_thread(1);
        rt.block_on(async {
            let pool = LocalPoolHandle::new(1);
            let error = pool
                .spawn_pinned(|| async { panic!("pinned") })
                .await
                .unwrap_err();
            assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"pinned"));
            let made = pool.spawn_pinned(|| -> std::future::Ready<()> { panic!("unmade") });
            assert!(made.await.unwrap_err().is_panic());

            let (told, mut tell) = mpsc::unbounded_channel();
            let (started, start) = oneshot::channel();
            let task = pool.spawn_pinned(|| async move {
                let _guard = OnDrop(move || _ = told.send(thread::current().id()));
                started.send(thread::current().id()).unwrap();
                pending::<()>().await;
            });
            let thread = start.await.unwrap();
            task.abort();
            assert_eq!(tell.recv().await, Some(thread));

            let left = pool.spawn_pinned(pending::<()>);
            drop(pool.clone());
            assert!(!left.is_finished());
            drop(pool);
            assert!(left.await.unwrap_err().is_cancelled());
        });
    });
}

#[test]
#[should_panic(expected = "greater than 0")]
fn a_pool_of_no_thread_panics() {
    drop(LocalPoolHandle::new(0));
}
