//! What join handles, abort handles and join errors say.

use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, panic_any};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use heist::sync::oneshot;
use heist::task::{self, coop};

use crate::support::{current_thread, flavours, multi_thread, on_every_flavour, watched};

/// The text of a caught panic.
fn text(payload: Box<dyn std::any::Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => (*other.downcast::<&str>().expect("a panic with a text")).to_owned(),
    }
}

#[test]
fn errors_print_what_happened_to_which_task() {
    on_every_flavour(|| async {
        let task = heist::spawn(pending::<()>());
        let id = task.id();
        task.abort();
        let error = task.await.unwrap_err();
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(error.id(), id);
        assert_eq!(error.to_string(), format!("task {id} was cancelled"));
        assert_eq!(
            format!("{error:?}"),
            format!("JoinError::Cancelled(Id({id}))")
        );
        assert_eq!(io::Error::from(error).to_string(), "task was cancelled");

        let task = heist::spawn(async { panic!("a {} text", "made") });
        let id = task.id();
        let error: task::JoinError = task.await.unwrap_err();
        assert!(error.is_panic() && !error.is_cancelled());
        assert_eq!(
            error.to_string(),
            format!("task {id} panicked with message \"a made text\"")
        );
        assert_eq!(
            format!("{error:?}"),
            format!("JoinError::Panic(Id({id}), \"a made text\", ...)")
        );
        assert_eq!(text(error.into_panic()), "a made text");

        let task = heist::spawn(async { panic_any(7_u8) });
        let id = task.id();
        let error: task::JoinError = task.await.unwrap_err();
        assert_eq!(error.to_string(), format!("task {id} panicked"));
        assert_eq!(
            format!("{error:?}"),
            format!("JoinError::Panic(Id({id}), ...)")
        );
        assert_eq!(error.try_into_panic().unwrap().downcast_ref(), Some(&7_u8));
    });
}

#[test]
fn handles_print_the_id() {
    on_every_flavour(|| async {
        let task = heist::spawn(pending::<()>());
        let id = task.id();
        assert_eq!(
            format!("{task:?}"),
            format!("JoinHandle {{ id: Id({id}) }}")
        );
        assert_eq!(
            format!("{:?}", task.abort_handle()),
            format!("AbortHandle {{ id: Id({id}) }}")
        );
        task.abort();
    });
}

#[test]
fn a_cancelled_task_has_no_panic_to_take() {
    on_every_flavour(|| async {
        let task = heist::spawn(pending::<()>());
        task.abort();
        let error = task.await.unwrap_err().try_into_panic().unwrap_err();
        assert!(error.is_cancelled());
        let panic = AssertUnwindSafe(async move { error.into_panic() }).catch_unwind();
        assert!(text(panic.await.unwrap_err()).contains("is not a panic"));
    });
}

#[test]
fn polling_a_handle_after_its_output_was_taken_panics() {
    on_every_flavour(|| async {
        let mut task = heist::spawn(async { 1 });
        assert_eq!((&mut task).await.unwrap(), 1);
        let panic = AssertUnwindSafe(&mut task)
            .catch_unwind()
            .await
            .unwrap_err();
        assert!(text(panic).contains("polled after completion"));
        // The panic cost nothing but itself.
        assert!(task.is_finished());
        assert_eq!(heist::spawn(async { 2 }).await.unwrap(), 2);
    });
}

#[test]
fn is_finished_is_said_by_every_handle() {
    on_every_flavour(|| async {
        let (open, gate) = oneshot::channel::<()>();
        let mut task = heist::spawn(gate);
        let abort = task.abort_handle();
        assert!(!task.is_finished() && !abort.is_finished());
        assert_eq!(abort.id(), task.id());
        open.send(()).unwrap();
        (&mut task).await.unwrap().unwrap();
        assert!(task.is_finished() && abort.clone().is_finished());
    });
}

#[test]
fn a_task_that_ends_first_keeps_its_output() {
    on_every_flavour(|| async {
        let mut task = heist::spawn(async { "done" });
        while !task.is_finished() {
            task::yield_now().await;
        }
        task.abort();
        task.abort_handle().abort();
        assert_eq!((&mut task).await.unwrap(), "done");
    });
}

#[test]
fn an_abort_by_the_task_itself_ends_it_at_its_next_pause() {
    on_every_flavour(|| async {
        let (give, take) = oneshot::channel::<task::AbortHandle>();
        let ran = Arc::new(AtomicUsize::new(0));
        let count = ran.clone();
        let task = heist::spawn(async move {
            take.await.unwrap().abort();
            count.fetch_add(1, SeqCst);
            pending::<()>().await;
        });
        give.send(task.abort_handle()).unwrap();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(ran.load(SeqCst), 1);
    });
}

#[test]
fn a_detached_task_runs_on() {
    on_every_flavour(|| async {
        let (send, done) = oneshot::channel();
        drop(heist::spawn(async move {
            task::yield_now().await;
            send.send(5).unwrap();
        }));
        assert_eq!(done.await.unwrap(), 5);
    });
}

#[test]
fn a_task_knows_its_id_and_nobody_else_does() {
    on_every_flavour(|| async {
        // The future of `block_on` is no task.
        assert!(task::try_id().is_none());
        let spawned = heist::spawn(async { task::id() });
        let id = spawned.id();
        assert_eq!(spawned.await.unwrap(), id);
        let blocking = task::spawn_blocking(task::id);
        let id = blocking.id();
        assert_eq!(blocking.await.unwrap(), id);
    });
}

#[test]
fn a_blocking_job_aborted_before_it_starts_does_not_run() {
    watched(|| {
        let rt = heist::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let first = rt.spawn_blocking(move || gate.recv().unwrap());
        let second = rt.spawn_blocking(|| unreachable!("it was aborted"));
        second.abort();
        open.send(()).unwrap();
        rt.block_on(first).unwrap();
        let error: task::JoinError = rt.block_on(second).unwrap_err();
        assert!(error.is_cancelled());
    });
}

#[test]
fn a_handle_works_under_any_executor() {
    watched(|| {
        let rt = multi_thread(1);
        let task = rt.spawn(async { 3 });

        let mut task = pin!(task);
        let waker = Waker::noop();
        let output = loop {
            match task.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Ready(output) => break output,
                Poll::Pending => std::thread::yield_now(),
            }
        };
        assert_eq!(output.unwrap(), 3);
    });
}

#[test]
fn task_02_abort_from_a_plain_thread_at_any_time() {
    watched(|| {
        for (name, rt) in flavours() {
            eprintln!("on {name}");
            let tasks: Vec<_> = (0..8).map(|_| rt.spawn(pending::<()>())).collect();
            let aborts: Vec<_> = tasks.iter().map(|task| task.abort_handle()).collect();
            let late: Vec<_> = aborts.clone();
            std::thread::spawn(move || aborts.iter().take(2).for_each(|abort| abort.abort()))
                .join()
                .unwrap();
            // During shutdown, which this thread does meanwhile.
            let during = std::thread::spawn(move || {
                for abort in late.iter().cycle().take(1000) {
                    abort.abort();
                }
                late
            });
            drop(rt);
            let late = during.join().unwrap();
            late.iter().for_each(|abort| abort.abort());
            assert!(late.iter().all(|abort| abort.is_finished()));
            // The handles are read without any runtime.
            for task in tasks {
                assert!(task.now_or_never().unwrap().unwrap_err().is_cancelled());
            }
        }
    });
}

#[test]
fn task_18_each_poll_starts_with_a_full_budget() {
    /// Uses up the budget of this poll and says how much there was.
    async fn drain() -> usize {
        let mut units = 0;
        while coop::has_budget_remaining() {
            coop::consume_budget().await;
            units += 1;
        }
        units
    }
    on_every_flavour(|| async {
        assert_eq!(drain().await, 128);
        for _ in 0..3 {
            assert_eq!(heist::spawn(drain()).await.unwrap(), 128);
        }
        let again = heist::spawn(async {
            let first = drain().await;
            task::yield_now().await;
            (first, drain().await)
        });
        assert_eq!(again.await.unwrap(), (128, 128));
    });
    watched(|| {
        let local = task::LocalSet::new();
        local.block_on(&current_thread(), async {
            let tasks: Vec<_> = (0..5).map(|_| task::spawn_local(drain())).collect();
            for task in tasks {
                assert_eq!(task.await.unwrap(), 128);
            }
        });
        let rt = multi_thread(2);
        let around = rt.spawn(async {
            drain().await;
            // Blocking code may wait for as much as it likes; afterwards the poll is as exhausted as it was.
            let within = task::block_in_place(coop::has_budget_remaining);
            let after = coop::has_budget_remaining();
            task::yield_now().await;
            (within, after, drain().await)
        });
        assert_eq!(rt.block_on(around).unwrap(), (true, false, 128));
    });
}
