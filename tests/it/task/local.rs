//! Local sets: tasks that stay on one thread.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use heist::runtime::Runtime;
use heist::sync::{Notify, oneshot};
use heist::task::{self, JoinHandle, LocalSet, spawn_local};
use parking_lot::Mutex;

use super::drops::OnDrop;
use crate::support::{current_thread, flavours, multi_thread, watched};

/// Runs a test with a set on each flavour.
fn with_sets(test: impl Fn(&Runtime, &LocalSet) + Send + 'static) {
    watched(move || {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            test(&rt, &LocalSet::new());
        }
    });
}

#[test]
fn tasks_share_what_is_not_send_and_stay_on_their_thread() {
    with_sets(|rt, local| {
        let here = thread::current().id();
        let sum = Rc::new(Cell::new(0));
        local.block_on(rt, async {
            let tasks = (0..500).map(|n| {
                let sum = sum.clone();
                spawn_local(async move {
                    for _ in 0..3 {
                        assert_eq!(thread::current().id(), here);
                        task::yield_now().await;
                    }
                    sum.set(sum.get() + n);
                })
            });
            for ended in join_all(tasks).await {
                ended.unwrap();
            }
        });
        assert_eq!(sum.get(), 124_750);
    });
}

#[test]
fn spawn_within_a_set_goes_to_the_runtime() {
    watched(|| {
        let rt = multi_thread(1);
        let here = thread::current().id();
        let elsewhere = LocalSet::new().block_on(&rt, async {
            spawn_local(async {
                heist::spawn(async { thread::current().id() })
                    .await
                    .unwrap()
            })
            .await
            .unwrap()
        });
        assert_ne!(here, elsewhere);
    });
}

#[test]
fn a_set_as_a_future_is_ready_when_its_tasks_are() {
    with_sets(|rt, _| {
        let local = LocalSet::new();
        let done = Rc::new(Cell::new(0));
        for n in 0..3 {
            let done = done.clone();
            local.spawn_local(async move {
                for _ in 0..n {
                    task::yield_now().await;
                }
                // A task that spawns another one keeps the set going.
                spawn_local(async move {
                    heist::time::sleep(Duration::from_millis(1)).await;
                    done.set(done.get() + 1);
                });
            });
        }
        rt.block_on(local);
        assert_eq!(done.get(), 3);
        rt.block_on(LocalSet::default());
    });
}

#[test]
fn a_set_rests_between_runs() {
    with_sets(|rt, local| {
        let count = Rc::new(Cell::new(0));
        let counter = count.clone();
        let task = local.spawn_local(async move {
            loop {
                counter.set(counter.get() + 1);
                task::yield_now().await;
            }
        });
        assert_eq!(count.get(), 0, "it runs when the set is polled");
        local.block_on(rt, task::yield_now());
        let first = count.get();
        assert!(first > 0);
        rt.block_on(task::yield_now());
        assert_eq!(count.get(), first);
        rt.block_on(local.run_until(task::yield_now()));
        assert!(count.get() > first);
        task.abort();
        let never: Result<std::convert::Infallible, _> = local.block_on(rt, task);
        assert!(never.unwrap_err().is_cancelled());
    });
}

#[test]
fn enter_names_the_set_that_spawns() {
    with_sets(|rt, outer| {
        let inner = LocalSet::new();
        let ran: Rc<RefCell<Vec<&str>>> = Rc::default();
        let note = |text: &'static str| {
            let ran = ran.clone();
            spawn_local(async move { ran.borrow_mut().push(text) })
        };
        let task = {
            let _outer = outer.enter();
            let first = note("outer");
            let second = {
                let _inner = inner.enter();
                note("inner")
            };
            let third = note("outer again");
            drop((first, third));
            second
        };
        assert!(catch_unwind(AssertUnwindSafe(|| note("nowhere"))).is_err());
        outer.block_on(rt, task::yield_now());
        assert_eq!(*ran.borrow(), ["outer", "outer again"]);
        inner.block_on(rt, task).unwrap();
        assert_eq!(ran.borrow().len(), 3);
    });
}

#[test]
fn wakes_come_from_other_threads() {
    with_sets(|rt, local| {
        let total = local.block_on(rt, async {
            let tasks = (0..50_usize).map(|n| {
                let (send, receive) = oneshot::channel();
                thread::spawn(move || send.send(n).unwrap());
                spawn_local(async move { receive.await.unwrap() })
            });
            let tasks: Vec<JoinHandle<usize>> = tasks.collect();
            let mut total = 0;
            for task in tasks {
                total += task.await.unwrap();
            }
            total
        });
        assert_eq!(total, 1225);
    });
}

#[test]
fn wakes_come_from_tasks_of_the_runtime() {
    with_sets(|rt, local| {
        local.block_on(rt, async {
            let (ping, pong) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let far = {
                let (ping, pong) = (ping.clone(), pong.clone());
                heist::spawn(async move {
                    for _ in 0..200 {
                        ping.notified().await;
                        pong.notify_one();
                    }
                })
            };
            spawn_local(async move {
                for _ in 0..200 {
                    ping.notify_one();
                    pong.notified().await;
                }
            })
            .await
            .unwrap();
            far.await.unwrap();
        });
    });
}

#[test]
fn timers_and_sockets_work_in_a_set() {
    use heist::io::{AsyncReadExt, AsyncWriteExt};
    with_sets(|rt, local| {
        local.block_on(rt, async {
            let listener = heist::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let addr = listener.local_addr().unwrap();
            let server = spawn_local(async move {
                let (mut peer, _) = listener.accept().await.unwrap();
                let word = Rc::new(peer.read_u8().await.unwrap());
                peer.write_u8(*word + 1).await.unwrap();
            });
            heist::time::sleep(Duration::from_millis(1)).await;
            let mut stream = heist::net::TcpStream::connect(addr).await.unwrap();
            stream.write_u8(41).await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), 42);
            server.await.unwrap();
        });
    });
}

#[test]
fn busy_tasks_do_not_keep_the_others_out() {
    with_sets(|rt, local| {
        // Local tasks that never rest, beside a task of the runtime, a timer, and the future of the caller.
        local.block_on(rt, async {
            let hogs: Vec<JoinHandle<()>> = (0..200)
                .map(|_| {
                    spawn_local(async {
                        loop {
                            task::yield_now().await;
                        }
                    })
                })
                .collect();
            heist::spawn(task::yield_now()).await.unwrap();
            heist::time::sleep(Duration::from_millis(2)).await;
            spawn_local(async {}).await.unwrap();
            hogs.iter().for_each(JoinHandle::abort);
            for hog in hogs {
                assert!(hog.await.unwrap_err().is_cancelled());
            }
        });
    });
}

#[test]
fn a_panic_ends_one_local_task() {
    with_sets(|rt, local| {
        local.block_on(rt, async {
            let bad: JoinHandle<()> = spawn_local(async { panic!("one") });
            let good = spawn_local(async { 2 });
            assert!(bad.await.unwrap_err().is_panic());
            assert_eq!(good.await.unwrap(), 2);
        });
        // A panic of the caller's future leaves the set usable, and its context.
        let root = || local.block_on(rt, async { panic!("root") });
        assert!(catch_unwind(AssertUnwindSafe(root)).is_err());
        assert!(
            catch_unwind(|| spawn_local(async {})).is_err(),
            "still inside the set"
        );
        assert_eq!(
            local.block_on(rt, local.spawn_local(async { 3 })).unwrap(),
            3
        );
    });
}

#[test]
fn dropping_a_set_drops_its_tasks_here_in_its_context() {
    with_sets(|rt, _| {
        let local = LocalSet::new();
        let order: Rc<RefCell<Vec<usize>>> = Rc::default();
        let here = thread::current().id();
        let late: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
        let tasks: Vec<JoinHandle<()>> = (0..3)
            .map(|n| {
                let (order, late) = (order.clone(), late.clone());
                local.spawn_local(async move {
                    let _note = OnDrop(|| {
                        assert_eq!(thread::current().id(), here);
                        order.borrow_mut().push(n);
                        // In the context of the set, which takes no more tasks.
                        late.replace(Some(spawn_local(async { unreachable!("closed") })));
                    });
                    pending::<()>().await;
                })
            })
            .collect();
        local.block_on(rt, task::yield_now());
        drop(local);
        assert_eq!(*order.borrow(), [0, 1, 2]);
        let late = late.take().unwrap();
        for task in tasks.into_iter().chain([late]) {
            assert!(task.is_finished());
            assert!(rt.block_on(task).unwrap_err().is_cancelled());
        }
    });
}

#[test]
fn a_set_outlives_its_runtime() {
    watched(|| {
        for (_, rt) in flavours() {
            let local = LocalSet::new();
            let task = local.spawn_local(async {
                task::yield_now().await;
                pending::<()>().await;
            });
            local.block_on(&rt, task::yield_now());
            drop(rt);
            assert!(!task.is_finished());
            // Another runtime runs it on.
            let other = local.spawn_local(async { 1 });
            assert_eq!(local.block_on(&multi_thread(1), other).unwrap(), 1);
            drop(local);
            assert!(task.is_finished());
        }
    });
}

#[test]
fn nested_sets_run_their_own_tasks() {
    with_sets(|rt, outer| {
        let result = outer.block_on(rt, async {
            let inner = LocalSet::new();
            let here = spawn_local(async { "outer" });
            let there = inner.run_until(async {
                let there = spawn_local(async { "inner" });
                // The inner set is polled by a task of the outer one.
                there.await.unwrap()
            });
            (there.await, here.await.unwrap())
        });
        assert_eq!(result, ("inner", "outer"));
        let deep = outer.block_on(rt, async {
            spawn_local(async {
                let inner = LocalSet::new();
                let (send, receive) = oneshot::channel();
                thread::spawn(move || send.send(9).unwrap());
                inner
                    .run_until(async { spawn_local(receive).await.unwrap().unwrap() })
                    .await
            })
            .await
            .unwrap()
        });
        assert_eq!(deep, 9);
    });
}

/// Runs a future beside a set; `late` is called on another thread once the set is not in a turn any more and nothing is to be done, so only the outermost waker
/// brings the next turn.
fn with_a_late_wake<F: Future>(
    rt: &Runtime,
    local: &LocalSet,
    future: F,
    late: impl FnOnce() + Send + 'static,
) -> F::Output {
    let mut turns = pin!(local.run_until(future));
    let mut late = Some(late);
    let woken = Arc::new(Noted::default());
    rt.block_on(poll_fn(|cx| {
        *woken.inner.lock() = Some(cx.waker().clone());
        woken.is_woken.store(false, SeqCst);
        let polled = turns
            .as_mut()
            .poll(&mut Context::from_waker(&Waker::from(woken.clone())));
        if polled.is_pending() && !woken.is_woken.load(SeqCst) {
            if let Some(late) = late.take() {
                thread::spawn(late);
            }
        }
        polled
    }))
}

/// Passes a wake on, and notes it.
#[derive(Default)]
struct Noted {
    is_woken: AtomicBool,
    inner: Mutex<Option<Waker>>,
}

impl Wake for Noted {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, SeqCst);
        let inner = self.inner.lock().clone();
        inner.expect("it was polled").wake();
    }
}

#[test]
fn a_task_of_a_set_may_await_run_until_of_the_same_set() {
    with_sets(|rt, _| {
        let local = Rc::new(LocalSet::new());
        let again = local.clone();
        let (send, receive) = oneshot::channel();
        let task = local.spawn_local(async move {
            again
                .run_until(async { spawn_local(receive).await.unwrap().unwrap() })
                .await
        });
        let late = || send.send(4).unwrap();
        assert_eq!(with_a_late_wake(rt, &local, task, late).unwrap(), 4);
    });
}

#[test]
fn a_set_polled_by_a_part_of_a_future_that_is_gone_is_still_woken() {
    with_sets(|rt, local| {
        let (send, receive) = oneshot::channel();
        let task = local.spawn_local(async { receive.await.unwrap() });
        let future = async {
            // The waker of a member of this collection wakes nobody once the collection is gone.
            let mut members: FuturesUnordered<_> =
                [local.run_until(task::yield_now())].into_iter().collect();
            members.next().await;
            drop(members);
            task.await.unwrap()
        };
        let late = || send.send(6).unwrap();
        assert_eq!(with_a_late_wake(rt, local, future, late), 6);
    });
}

#[test]
fn down_05_a_set_dropped_while_its_tasks_are_woken_from_outside() {
    watched(|| {
        let rt = current_thread();
        for _ in 0..200 {
            let local = LocalSet::new();
            let wakers: Arc<Mutex<Vec<Waker>>> = Arc::default();
            let polls = Arc::new(AtomicUsize::new(0));
            for _ in 0..8 {
                let (wakers, polls) = (wakers.clone(), polls.clone());
                local.spawn_local(poll_fn(move |cx| {
                    polls.fetch_add(1, SeqCst);
                    wakers.lock().push(cx.waker().clone());
                    Poll::<()>::Pending
                }));
            }
            local.block_on(&rt, async {
                while polls.load(SeqCst) < 8 {
                    task::yield_now().await;
                }
            });
            let wakers = std::mem::take(&mut *wakers.lock());
            let storm = thread::spawn(move || {
                for waker in wakers.iter().cycle().take(200) {
                    waker.wake_by_ref();
                }
            });
            drop(local);
            storm.join().unwrap();
        }
    });
}

#[test]
fn down_05_drops_that_wake_and_abort_each_other() {
    with_sets(|rt, _| {
        let local = LocalSet::new();
        let siblings: Rc<RefCell<Vec<JoinHandle<()>>>> = Rc::default();
        let drops = Rc::new(Cell::new(0));
        for _ in 0..10 {
            let (others, drops) = (siblings.clone(), drops.clone());
            let task = local.spawn_local(async move {
                let _evil = OnDrop(|| {
                    drops.set(drops.get() + 1);
                    others.borrow().iter().for_each(JoinHandle::abort);
                });
                pending::<()>().await;
            });
            siblings.borrow_mut().push(task);
        }
        local.block_on(rt, task::yield_now());
        drop(local);
        assert_eq!(drops.get(), 10);
    });
}

#[test]
fn an_output_stays_on_the_thread_too() {
    with_sets(|rt, local| {
        let output = local.block_on(rt, async {
            spawn_local(async { Rc::new(8) }).await.unwrap()
        });
        assert_eq!(*output, 8);
    });
}

#[test]
fn a_handle_of_a_local_task_may_be_awaited_elsewhere() {
    watched(|| {
        let rt = multi_thread(1);
        let local = LocalSet::new();
        let task = local.spawn_local(async { 5 });
        let far = rt.spawn(async move { task.await.unwrap() });
        assert_eq!(local.block_on(&rt, far).unwrap(), 5);
    });
}

#[test]
fn ids_of_sets_tell_them_apart() {
    let (one, two) = (LocalSet::new(), LocalSet::new());
    assert_ne!(one.id(), two.id());
    assert_eq!(one.id(), one.id());
    let mut pinned = Box::pin(one);
    let waker = Waker::noop();
    let polled = Pin::new(&mut pinned).poll(&mut Context::from_waker(waker));
    assert!(polled.is_ready());
}
