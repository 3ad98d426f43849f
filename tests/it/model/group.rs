//! Groups of tasks.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use heist::task::scope::{self, CancelKind, CancelScope, FailureCause, cancelled};
use heist::task::{LocalSet, StartError, TaskGroup, yield_now};
use heist::time::{Duration, Instant, sleep};

use super::{Drops, Evil, Token, on_stopped_clocks, polls, until};
use crate::support::{current_thread, on_every_flavour, watched};

const SECOND: Duration = Duration::from_secs(1);

/// Waits for ever.
async fn waits(token: Token) -> Result<(), &'static str> {
    token.begin();
    pending().await
}

#[test]
fn all_end_well() {
    on_every_flavour(|| async {
        let (group, count) = (TaskGroup::<()>::new(), Arc::new(AtomicUsize::new(0)));
        for times in 0..50 {
            let count = count.clone();
            group.spawn(async move {
                polls(times).await;
                count.fetch_add(1, SeqCst);
                Ok(())
            });
        }
        group.join().await.unwrap();
        assert_eq!(count.load(SeqCst), 50);
        TaskGroup::<()>::new().join().await.unwrap();
    });
}

#[test]
fn first_error_cancels() {
    on_every_flavour(|| async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        for _ in 0..20 {
            group.spawn(waits(drops.token()));
        }
        until(|| drops.begun() == 20).await;
        group.spawn(async { Err("broken") });
        // Without a look from the owner.
        until(|| group.running() == 0).await;
        assert_eq!(drops.count(), 20);
        let error = group.join().await.unwrap_err();
        assert_eq!(error.failures().len(), 1);
        assert_eq!(error.failures()[0].error(), Some(&"broken"));
        assert_eq!(error.reason().unwrap().kind(), CancelKind::Sibling);
        assert!(!error.is_cancelled());
    });
}

#[test]
fn all_errors_kept() {
    on_every_flavour(|| async {
        let group = TaskGroup::new().grace(SECOND * 60);
        for number in 0..3 {
            group.spawn(async move {
                if number > 0 {
                    cancelled().await;
                    polls(number).await;
                }
                Err(number)
            });
        }
        let error = group.join().await.unwrap_err();
        let mut numbers: Vec<_> = error
            .failures()
            .iter()
            .filter_map(|failure| failure.error())
            .collect();
        assert_eq!(numbers[0], &0);
        numbers.sort();
        assert_eq!(numbers, [&0, &1, &2]);
        assert!(
            error.to_string().ends_with("failed: 0 (and 2 more failed)"),
            "{error}"
        );
    });
}

#[test]
fn a_panic_is_a_failure_that_says_where() {
    on_every_flavour(|| async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        group.spawn(waits(drops.token()));
        let line = line!() + 1;
        group.spawn(async { panic!("boom") });
        let mut failures = group.join().await.unwrap_err().into_failures();
        let failure = failures.pop().unwrap();
        assert!(failures.is_empty() && failure.is_panic() && failure.id().is_some());
        assert_eq!(
            (failure.location().file(), failure.location().line()),
            (file!(), line)
        );
        assert!(
            failure
                .to_string()
                .contains("panicked with message \"boom\""),
            "{failure}"
        );
        let FailureCause::Join(error) = failure.into_cause() else {
            panic!("it panicked")
        };
        assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"boom"));
    });
}

#[test]
fn a_task_has_a_name_if_it_is_given_one() {
    on_every_flavour(|| async {
        let group = TaskGroup::new();
        group.spawn_named("reader", async { Err("end of file") });
        let error = group.join().await.unwrap_err();
        assert_eq!(error.failures()[0].name(), Some("reader"));
        let text = error.to_string();
        assert!(
            text.starts_with("task \"reader\" spawned at tests"),
            "{text}"
        );
        assert!(text.ends_with(" failed: end of file"), "{text}");
    });
}

/// What may cross threads does.
#[test]
fn auto_traits() {
    use std::cell::Cell;
    use std::panic::{RefUnwindSafe, UnwindSafe};

    fn everywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>(_: T) {}
    everywhere::<scope::ScopeHandle>();
    everywhere::<CancelScope>();
    everywhere::<scope::CancelReason>();
    everywhere::<TaskGroup<Cell<u8>>>();
    everywhere::<heist::task::GroupHandle<Cell<u8>>>();
    shared::<scope::BlockingScope>();
    shared::<heist::task::GroupError<String>>();
    shared::<StartError<String>>();
    sent(CancelScope::new().run(async {}));
    sent(cancelled());
    let group = TaskGroup::<Cell<u8>>::new();
    drop(TaskGroup::<Cell<u8>>::new().join());
    sent(TaskGroup::<Cell<u8>>::new().join());
    sent(TaskGroup::<Cell<u8>>::new().run(|_| async { Ok(1) }));
    if false {
        sent(group.start::<(), _, _>(|_| async { Ok(()) }));
    }
}

#[test]
fn an_evil_drop_is_a_panic_too() {
    on_every_flavour(|| async {
        let group = TaskGroup::<&str>::new();
        let evil = Evil;
        group.spawn(async move {
            let _evil = evil;
            pending().await
        });
        group.spawn(async { panic!("and its future is evil") });
        let error = group.join().await.unwrap_err();
        assert_eq!(error.failures().len(), 2);
        assert!(error.failures().iter().all(|failure| failure.is_panic()));
    });
}

#[test]
fn start_waits() {
    on_every_flavour(|| async {
        let (group, go) = (TaskGroup::<&str>::new(), Arc::new(AtomicUsize::new(0)));
        let seen = go.clone();
        let mut start = pin!(group.start(async move |started| {
            until(|| seen.load(SeqCst) == 1).await;
            started.set("listening");
            polls(2).await;
            Ok(())
        }));
        for _ in 0..20 {
            assert!(
                poll_fn(|cx| Poll::Ready(start.as_mut().poll(cx)))
                    .await
                    .is_pending()
            );
            yield_now().await;
        }
        go.store(1, SeqCst);
        assert_eq!(start.await.unwrap(), "listening");
        group.join().await.unwrap();
    });
}

#[test]
fn a_failure_before_the_report_is_the_starters() {
    on_every_flavour(|| async {
        let group = TaskGroup::<&str>::new();
        let task = group.spawn(pending());
        let failed = group
            .start::<(), _, _>(async |_| Err("in use"))
            .await
            .unwrap_err();
        assert!(
            matches!(failed, StartError::Failed(failure) if failure.error() == Some(&"in use"))
        );
        let failed = group
            .start::<(), _, _>(async |_| panic!("boom"))
            .await
            .unwrap_err();
        assert!(matches!(failed, StartError::Failed(failure) if failure.is_panic()));
        let failed = group.start::<(), _, _>(async |_| Ok(())).await.unwrap_err();
        assert!(matches!(failed, StartError::NotReported), "{failed}");
        // A report that is thrown away is none, but not the end either.
        let failed = group.start::<(), _, _>(async |started| {
            drop(started);
            polls(3).await;
            Ok(())
        });
        assert!(matches!(failed.await, Err(StartError::NotReported)));
        assert!(!group.scope().is_cancelled());
        // After it, the group's.
        group
            .start(async |started| {
                started.set(());
                polls(1).await;
                Err("later")
            })
            .await
            .unwrap();
        let error = group.join().await.unwrap_err();
        assert_eq!(error.failures()[0].error(), Some(&"later"));
        assert!(task.is_finished());
    });
}

#[test]
fn a_start_that_is_dropped_cuts_the_task() {
    on_every_flavour(|| async {
        for count in 0..3 {
            let (group, drops) = (TaskGroup::<&str>::new(), Drops::default());
            let token = drops.token();
            {
                let mut start = pin!(group.start::<(), _, _>(async move |_started| {
                    let _token = token;
                    pending().await
                }));
                for _ in 0..count {
                    assert!(
                        poll_fn(|cx| Poll::Ready(start.as_mut().poll(cx)))
                            .await
                            .is_pending()
                    );
                    yield_now().await;
                }
            }
            group.join().await.unwrap();
            assert_eq!(drops.count(), 1);
        }
    });
}

#[test]
fn a_start_in_a_cancelled_or_closed_group_is_refused() {
    on_every_flavour(|| async {
        let group = TaskGroup::<&str>::new();
        let handle = group.handle();
        group.cancel("closing");
        let refused = group
            .start::<(), _, _>(async |_| pending().await)
            .await
            .unwrap_err();
        assert_eq!(refused.to_string(), "cancelled: closing");
        // The starter was told; it is no failure of the group.
        group.join().await.unwrap();
        let refused = handle.start::<(), _, _>(async |_| panic!("polled")).await;
        assert!(matches!(refused, Err(StartError::Cancelled(_))));
        let drops = Drops::default();
        let task = handle.spawn(waits(drops.token()));
        assert!(task.is_finished() && task.is_cancelled());
        assert_eq!(handle.running(), 0);
    });
}

#[test]
fn drop_aborts() {
    on_every_flavour(|| async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        for _ in 0..10 {
            group.spawn(waits(drops.token()));
            let drops = drops.clone();
            // A shield does not protect from an owner that has gone.
            group.spawn(async move {
                CancelScope::new()
                    .shield()
                    .run(waits(drops.token()))
                    .await
                    .unwrap()
            });
        }
        until(|| drops.begun() == 20).await;
        let handle = group.handle();
        drop(group);
        assert_eq!(handle.scope().reason().unwrap().kind(), CancelKind::Dropped);
        until(|| handle.running() == 0).await;
        assert_eq!(drops.count(), 20);
    });
}

#[test]
fn join_dropped_at_each_poll_aborts() {
    on_every_flavour(|| async {
        for count in 0..4 {
            let (group, drops) = (TaskGroup::new(), Drops::default());
            for _ in 0..3 {
                group.spawn(waits(drops.token()));
            }
            until(|| drops.begun() == 3).await;
            let handle = group.handle();
            {
                let mut join = pin!(group.join());
                for _ in 0..count {
                    assert!(
                        poll_fn(|cx| Poll::Ready(join.as_mut().poll(cx)))
                            .await
                            .is_pending()
                    );
                    yield_now().await;
                }
            }
            until(|| handle.running() == 0).await;
            assert_eq!(drops.count(), 3);
        }
    });
}

/// When `join` returns, the futures of all tasks are gone.
#[test]
fn nothing_outlives_the_join() {
    on_every_flavour(|| async {
        for round in 0..20 {
            let (group, drops) = (TaskGroup::new(), Drops::default());
            for number in 0..10 {
                let token = drops.token();
                group.spawn(async move {
                    let _token = token;
                    polls(number).await;
                    if number == round % 10 {
                        Err("broken")
                    } else {
                        pending().await
                    }
                });
            }
            assert!(group.join().await.is_err());
            assert_eq!(drops.count(), 10);
        }
    });
}

#[test]
fn tasks_add_tasks_and_the_group_waits_for_those_too() {
    on_every_flavour(|| async {
        let group = TaskGroup::<()>::new();
        let count = Arc::new(AtomicUsize::new(0));
        fn add(group: heist::task::GroupHandle<()>, count: Arc<AtomicUsize>, depth: usize) {
            group.clone().spawn(async move {
                yield_now().await;
                count.fetch_add(1, SeqCst);
                if depth > 0 {
                    add(group.clone(), count.clone(), depth - 1);
                    add(group, count, depth - 1);
                }
                Ok(())
            });
        }
        add(group.handle(), count.clone(), 6);
        group.join().await.unwrap();
        assert_eq!(count.load(SeqCst), 127);
    });
}

#[test]
fn to_cancel_one_task_is_no_failure() {
    on_every_flavour(|| async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        let one = group.spawn(waits(drops.token()));
        group.spawn(async { Ok(()) });
        one.cancel("not needed");
        group.join().await.unwrap();
        assert!(one.cancelled_caught() && one.is_finished());
    });
}

#[test]
fn cancelled_as_a_whole_it_says_why() {
    on_every_flavour(|| async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        group.spawn(waits(drops.token()));
        group.cancel("closing time");
        let error = group.join().await.unwrap_err();
        assert!(error.is_cancelled() && error.failures().is_empty());
        assert_eq!(error.to_string(), "the group was cancelled: closing time");
        // Nothing was cut off: nothing to tell.
        let group = TaskGroup::<()>::new();
        group.cancel("closing time");
        group.join().await.unwrap();
    });
}

#[test]
fn siblings_learn_of_the_failure_and_have_the_grace() {
    on_stopped_clocks(|| async {
        let start = Instant::now();
        let group = TaskGroup::new().grace(SECOND);
        let ended = Arc::new(AtomicUsize::new(0));
        let count = ended.clone();
        group.spawn(async move {
            let reason = cancelled().await;
            assert_eq!(reason.kind(), CancelKind::Sibling);
            sleep(SECOND / 2).await;
            count.fetch_add(1, SeqCst);
            Ok(())
        });
        group.spawn(pending());
        group.spawn(async { Err("broken") });
        assert_eq!(group.join().await.unwrap_err().failures().len(), 1);
        assert_eq!((ended.load(SeqCst), start.elapsed()), (1, SECOND));
    });
}

#[test]
fn a_deadline_is_kept_in_join_and_outside_of_it() {
    on_stopped_clocks(|| async {
        let (start, drops) = (Instant::now(), Drops::default());
        let group = TaskGroup::new().timeout(SECOND);
        group.spawn(waits(drops.token()));
        let error = group.join().await.unwrap_err();
        assert_eq!(error.reason().unwrap().kind(), CancelKind::Deadline);
        assert_eq!((start.elapsed(), drops.count()), (SECOND, 1));

        // The owner is busy elsewhere.
        let (start, drops) = (Instant::now(), Drops::default());
        let group = TaskGroup::new().timeout(SECOND);
        let task = group.spawn(waits(drops.token()));
        sleep(SECOND - Duration::from_millis(1)).await;
        assert!(!task.is_cancelled());
        sleep(Duration::from_millis(2)).await;
        assert!(task.is_cancelled());
        until(|| drops.count() == 1).await;
        assert!(group.join().await.unwrap_err().is_cancelled());
        assert_eq!(start.elapsed(), SECOND + Duration::from_millis(1));

        // Moved, and around a body.
        let start = Instant::now();
        let result = TaskGroup::<()>::new()
            .timeout(SECOND)
            .run(|group| async move {
                group.scope().set_deadline(Some(start + 3 * SECOND));
                sleep(2 * SECOND).await;
                pending::<Result<(), ()>>().await
            });
        assert!(result.await.unwrap_err().is_cancelled());
        assert_eq!(start.elapsed(), 3 * SECOND);
    });
}

#[test]
fn nested_groups_fail_upwards_and_are_cancelled_downwards() {
    on_every_flavour(|| async {
        let drops = Drops::default();
        let outer = TaskGroup::new();
        outer.spawn(waits(drops.token()));
        for number in 0..3 {
            let drops = drops.clone();
            outer.spawn(async move {
                let inner = TaskGroup::new();
                for _ in 0..5 {
                    inner.spawn(waits(drops.token()));
                }
                if number == 1 {
                    until(|| drops.begun() == 16).await;
                    inner.spawn(async { Err("deep down") });
                }
                match inner.join().await {
                    Ok(()) => Ok(()),
                    Err(error) => Err(*error.failures()[0].error().unwrap()),
                }
            });
        }
        let error = outer.join().await.unwrap_err();
        assert_eq!(error.failures().len(), 1, "{error}");
        assert_eq!(error.failures()[0].error(), Some(&"deep down"));
        assert!(drops.is_alone());
    });
}

/// A scope that is cut returns when the tasks of the groups in it have ended, also those behind shields.
#[test]
fn a_scope_waits_for_the_tasks_in_it() {
    on_every_flavour(|| async {
        let (scope, drops) = (CancelScope::new(), Drops::default());
        let (handle, count) = (scope.handle(), drops.clone());
        let mut returned = false;
        let cut = scope.run(async {
            let group = TaskGroup::new();
            for _ in 0..5 {
                group.spawn(waits(count.token()));
            }
            let shielded = count.clone();
            group
                .start(async move |started| {
                    let token = shielded.token();
                    let work = CancelScope::new().shield().run(async move {
                        let _token = token;
                        started.set(());
                        polls(20).await;
                        Ok(())
                    });
                    work.await.unwrap()
                })
                .await
                .unwrap();
            until(|| count.begun() == 5).await;
            handle.cancel("closing");
            let _ = group.join().await;
            returned = true;
        });
        assert_eq!(cut.await.unwrap_err().reason().message(), Some("closing"));
        assert_eq!(drops.count(), 6);
        assert!(!returned);
    });
}

#[test]
fn run_is_a_body_with_tasks() {
    on_every_flavour(|| async {
        let drops = Drops::default();
        // Both end well.
        let sum = TaskGroup::<&str>::new().run(|group| async move {
            group.spawn(async {
                polls(3).await;
                Ok(())
            });
            Ok(1 + 1)
        });
        assert_eq!(sum.await.unwrap(), 2);
        // The body fails.
        let count = drops.clone();
        let failed = TaskGroup::new().run(|group| async move {
            group.spawn(waits(count.token()));
            until(|| count.begun() == 1).await;
            Err::<(), _>("body")
        });
        assert_eq!(
            failed.await.unwrap_err().failures()[0].error(),
            Some(&"body")
        );
        assert_eq!(drops.count(), 1);
        // A task fails.
        let token = drops.token();
        let failed = TaskGroup::new().run(|group| async move {
            let _token = token;
            group.spawn(async { Err("task") });
            pending::<Result<(), _>>().await
        });
        assert_eq!(
            failed.await.unwrap_err().failures()[0].error(),
            Some(&"task")
        );
        assert_eq!(drops.count(), 2);
        // It is cancelled from within.
        let cut = TaskGroup::<&str>::new().run(|group| async move {
            assert!(scope::current().is_some());
            group.cancel("enough");
            pending::<Result<(), _>>().await
        });
        assert!(cut.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_body_that_panics_aborts_the_tasks() {
    on_every_flavour(|| async {
        let drops = Drops::default();
        let count = drops.clone();
        let task = heist::spawn(TaskGroup::new().run(|group| async move {
            group.spawn(waits(count.token()));
            until(|| count.begun() == 1).await;
            if group.running() == 1 {
                panic!("boom");
            }
            Ok(())
        }));
        assert!(task.await.unwrap_err().is_panic());
        until(|| drops.count() == 1).await;
    });
}

#[test]
fn run_dropped_at_each_poll_aborts() {
    on_every_flavour(|| async {
        for count in 0..5 {
            let drops = Drops::default();
            let (tasks, token) = (drops.clone(), drops.token());
            {
                let mut run = pin!(TaskGroup::new().run(|group| async move {
                    let _token = token;
                    group.spawn(waits(tasks.token()));
                    polls(2).await;
                    Ok(())
                }));
                for _ in 0..count {
                    assert!(
                        poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx)))
                            .await
                            .is_pending()
                    );
                }
            }
            until(|| drops.is_alone()).await;
        }
    });
}

#[test]
fn a_group_of_local_tasks() {
    on_every_flavour(|| async {
        let set = LocalSet::new();
        set.run_until(async {
            let shared = Rc::new(std::cell::Cell::new(0));
            let group = TaskGroup::<Rc<str>>::new().timeout(SECOND * 60);
            for _ in 0..5 {
                let shared = shared.clone();
                group.spawn_local(async move {
                    yield_now().await;
                    shared.set(shared.get() + 1);
                    Ok(())
                });
            }
            group.spawn_local(async {
                polls(10).await;
                Err("not to be sent".into())
            });
            group.spawn_local(pending());
            let error = group.join().await.unwrap_err();
            assert_eq!(
                error.failures()[0].error().map(|error| &**error),
                Some("not to be sent")
            );
            assert_eq!((shared.get(), Rc::strong_count(&shared)), (5, 1));
        })
        .await;
    });
}

#[test]
fn a_task_that_its_runtime_ends_is_a_failure() {
    watched(|| {
        let (here, there) = (current_thread(), current_thread());
        here.block_on(async {
            let group = TaskGroup::<()>::new();
            {
                let _entered = there.enter();
                group.spawn(pending());
            }
            std::thread::spawn(move || drop(there)).join().unwrap();
            let error = group.join().await.unwrap_err();
            let FailureCause::Join(cause) = error.failures()[0].cause() else {
                panic!("{error:?}")
            };
            assert!(cause.is_cancelled());
        });
    });
}

#[test]
fn spawned_without_a_runtime_it_panics_and_counts_nothing() {
    watched(|| {
        let group = TaskGroup::<()>::new();
        let spawn = || group.spawn(pending());
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(spawn)).is_err());
        assert_eq!(group.running(), 0);
    });
}

#[test]
fn ten_thousand() {
    on_every_flavour(|| async {
        let (group, drops) = (TaskGroup::new(), Drops::default());
        for _ in 0..10_000 {
            group.spawn(waits(drops.token()));
        }
        assert_eq!(group.running(), 10_000);
        until(|| drops.begun() == 10_000).await;
        group.spawn(async { Err("the last one") });
        let error = group.join().await.unwrap_err();
        assert_eq!((error.failures().len(), drops.count()), (1, 10_000));
    });
}
