//! Rules T1 to T7, one test each. What is behind them is tested at length in the other files.

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Waker};
use std::thread::{self, ThreadId};

use heist::runtime::Handle;
use heist::sync::{mpsc, oneshot};
use heist::task::{JoinSet, LocalSet, spawn_blocking, spawn_local, yield_now};
use parking_lot::Mutex;

use super::drops::OnDrop;
use crate::support::{current_thread, multi_thread, on_every_flavour, watched};

#[test]
fn t1_a_task_starts_when_spawned_and_goes_on_without_its_handle() {
    on_every_flavour(|| async {
        let (told, tell) = oneshot::channel();
        let dropped = Arc::new(AtomicUsize::new(0));
        let count = dropped.clone();
        let task = heist::spawn(async move {
            told.send(()).unwrap();
            yield_now().await;
            OnDrop(move || _ = count.fetch_add(1, SeqCst))
        });
        let abort = task.abort_handle();
        // Nobody awaits the handle.
        tell.await.unwrap();
        drop(task);
        drop(abort.clone());
        while !abort.is_finished() || dropped.load(SeqCst) == 0 {
            yield_now().await;
        }
        assert_eq!(
            dropped.load(SeqCst),
            1,
            "the output is dropped by the runtime"
        );
    });
}

#[test]
fn t2_abort_takes_effect_at_the_next_yield_and_drops_the_future_first() {
    on_every_flavour(|| async {
        let (told, mut tell) = mpsc::unbounded_channel();
        let guard = OnDrop(move || _ = told.send(()));
        let task = heist::spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(
            tell.try_recv().is_ok(),
            "dropped before the handle resolves"
        );

        // One that has finished reports its output.
        let task = heist::spawn(ready(7));
        while !task.is_finished() {
            yield_now().await;
        }
        task.abort();
        assert_eq!(task.await.unwrap(), 7);
    });
    // From a plain thread, during and after shutdown.
    watched(|| {
        let rt = multi_thread(2);
        let task = rt.spawn(pending::<()>());
        let abort = task.abort_handle();
        let aborts = thread::spawn(move || {
            while !abort.is_finished() {
                abort.abort();
            }
            abort.abort();
        });
        drop(rt);
        aborts.join().unwrap();
        assert!(current_thread().block_on(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn t2_a_local_task_is_dropped_on_its_own_thread() {
    struct Where(Arc<Mutex<Option<ThreadId>>>, PhantomData<Rc<()>>);
    impl Drop for Where {
        fn drop(&mut self) {
            *self.0.lock() = Some(thread::current().id());
        }
    }
    watched(|| {
        let place = Arc::new(Mutex::new(None));
        let set = LocalSet::new();
        let guard = Where(place.clone(), PhantomData);
        let task = set.spawn_local(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        let abort = task.abort_handle();
        thread::spawn(move || abort.abort()).join().unwrap();
        assert_eq!(*place.lock(), None);
        current_thread().block_on(set.run_until(async {
            assert!(task.await.unwrap_err().is_cancelled());
        }));
        assert_eq!(*place.lock(), Some(thread::current().id()));
    });
}

#[test]
fn t3_a_panic_ends_its_task_and_reaches_nobody_else() {
    struct Evil;
    impl Drop for Evil {
        fn drop(&mut self) {
            panic!("evil drop");
        }
    }
    on_every_flavour(|| async {
        let error = heist::spawn(async { panic!("with {}", std::hint::black_box(7)) })
            .await
            .unwrap_err();
        assert_eq!(
            error.into_panic().downcast_ref::<String>().unwrap(),
            "with 7"
        );
        // In the drop of an output that nobody takes.
        let task = heist::spawn(ready(Evil));
        let watch = task.abort_handle();
        drop(task);
        while !watch.is_finished() {
            yield_now().await;
        }
        // In the drop of a future that is aborted.
        let task = heist::spawn(async {
            let _evil = Evil;
            pending::<()>().await;
        });
        yield_now().await;
        while !task.is_finished() {
            task.abort();
            yield_now().await;
        }
        assert!(task.await.is_err());
    });
}

#[test]
fn t4_a_blocking_job_runs_once_it_has_started_and_is_inside_the_runtime() {
    watched(|| {
        let rt = heist::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let (open, gate) = oneshot::channel::<()>();
        let (told, tell) = oneshot::channel();
        let started = rt.spawn_blocking(move || {
            told.send(()).unwrap();
            gate.blocking_recv().unwrap();
            let handle = Handle::current();
            let inner = handle.spawn(async { 7 });
            handle.block_on(inner).unwrap()
        });
        rt.block_on(tell).unwrap();
        let ran = Arc::new(AtomicUsize::new(0));
        let count = ran.clone();
        let queued = rt.spawn_blocking(move || count.fetch_add(1, SeqCst));
        started.abort();
        queued.abort();
        open.send(()).unwrap();
        assert_eq!(rt.block_on(started).unwrap(), 7);
        assert!(rt.block_on(queued).unwrap_err().is_cancelled());
        assert_eq!(ran.load(SeqCst), 0);
        // One that spawns another one.
        let nested = rt.spawn_blocking(|| spawn_blocking(|| 8));
        let nested = rt.block_on(nested).unwrap();
        assert_eq!(rt.block_on(nested).unwrap(), 8);
    });
}

#[test]
fn t5_a_set_joins_in_the_order_of_completion() {
    on_every_flavour(|| async {
        let mut set = JoinSet::new();
        let (open, gate) = oneshot::channel::<()>();
        set.spawn(async move { gate.await.map_or(0, |()| 1) });
        set.spawn(ready(2));
        assert_eq!(set.join_next().await.unwrap().unwrap(), 2);
        open.send(()).unwrap();
        assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
        assert!(set.join_next().await.is_none());
        set.spawn(async { panic!("not told") });
        set.spawn(pending());
        set.shutdown().await;
        assert!(set.is_empty());
    });
    watched(|| {
        let rt = multi_thread(1);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            rt.block_on(async {
                let mut set = JoinSet::new();
                set.spawn(async { panic!("told") });
                set.spawn(pending::<()>());
                set.join_all().await
            })
        }));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"told"));
    });
}

#[test]
fn t6_a_local_set_stays_on_its_thread_and_spawn_does_not() {
    watched(|| {
        let rt = multi_thread(2);
        let set = LocalSet::new();
        let here = thread::current().id();
        let dropped = Rc::new(Cell::new(None));
        let place = dropped.clone();
        let guard = OnDrop(move || place.set(Some(thread::current().id())));
        set.spawn_local(async move {
            let _guard = guard;
            pending::<()>().await;
        });
        rt.block_on(set.run_until(async {
            let local = spawn_local(async { thread::current().id() });
            let other = heist::spawn(async { thread::current().id() });
            assert_eq!(local.await.unwrap(), here);
            assert_ne!(other.await.unwrap(), here);
        }));
        drop(set);
        assert_eq!(dropped.get(), Some(here));
    });
}

#[test]
fn t7_polled_again_after_ready_panics() {
    fn panics<F: Future + Unpin>(future: &mut F) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        catch_unwind(AssertUnwindSafe(|| {
            _ = Pin::new(future).poll(&mut cx);
        }))
        .is_err()
    }
    heist::task_local! { static KEY: u8; }
    watched(|| {
        let rt = current_thread();
        rt.block_on(async {
            let mut task = heist::spawn(async {});
            (&mut task).await.unwrap();
            assert!(panics(&mut task));
            let (send, mut receive) = oneshot::channel();
            send.send(()).unwrap();
            (&mut receive).await.unwrap();
            assert!(panics(&mut receive));
            let mut local = Box::pin(KEY.scope(1, async {}));
            (&mut local).await;
            assert!(panics(&mut local));
        });
    });
}
