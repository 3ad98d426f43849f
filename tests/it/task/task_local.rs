//! `task_local!`: where a value is set, what nests, what is refused, and what a drop sees.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use heist::task::yield_now;

use super::drops::OnDrop;
use crate::support::{current_thread, on_every_flavour, watched};

heist::task_local! {
    /// Documented, and private.
    static NUMBER: u32;
    pub(crate) static TEXT: String;
}

heist::task_local!(static LAST: Cell<u32>);

heist::task_local! {}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The text of a panic.
fn panic_of(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn a_value_goes_where_its_task_goes() {
    on_every_flavour(|| async {
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                heist::spawn(NUMBER.scope(n, async move {
                    for _ in 0..5 {
                        assert_eq!(NUMBER.get(), n);
                        yield_now().await;
                    }
                    // Not passed on to what it spawns.
                    heist::spawn(async { NUMBER.try_get().is_err() }).await
                }))
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap().unwrap());
        }
        assert!(NUMBER.try_get().is_err());
    });
}

#[heist::test]
async fn scopes_nest_and_keys_do_not_meet() {
    let outer = NUMBER.scope(1, async {
        assert_eq!(NUMBER.get(), 1);
        let inner = NUMBER.scope(
            2,
            TEXT.scope("two".to_owned(), async {
                yield_now().await;
                (NUMBER.get(), TEXT.with(String::len))
            }),
        );
        assert_eq!(inner.await, (2, 3));
        assert!(TEXT.try_with(|_| ()).is_err());
        let sync = NUMBER.sync_scope(3, || NUMBER.get());
        (sync, NUMBER.get())
    });
    assert_eq!(outer.await, (3, 1));
}

#[heist::test]
async fn two_futures_of_one_task_keep_their_own_values() {
    async fn count() -> u32 {
        for _ in 0..3 {
            LAST.with(|last| last.set(last.get() + 1));
            yield_now().await;
        }
        LAST.with(Cell::get)
    }
    let both = heist::join!(
        LAST.scope(Cell::new(0), count()),
        LAST.scope(Cell::new(10), count())
    );
    assert_eq!(both, (3, 13));
}

#[heist::test]
async fn the_value_can_be_taken_when_the_future_is_done() {
    let mut future = Box::pin(LAST.scope(Cell::new(1), async { LAST.with(|last| last.set(5)) }));
    assert_eq!(
        format!("{:?}", NUMBER.scope(7, ready(()))),
        "TaskLocalFuture { value: 7 }"
    );
    future.as_mut().await;
    assert_eq!(future.as_mut().take_value().map(Cell::into_inner), Some(5));
    assert!(future.as_mut().take_value().is_none());
    assert_eq!(
        format!("{future:?}"),
        "TaskLocalFuture { value: <missing> }"
    );
}

#[test]
fn a_future_whose_value_was_taken_runs_without_it() {
    let mut future = pin!(NUMBER.scope(7, async { NUMBER.try_get().is_err() }));
    assert_eq!(future.as_mut().take_value(), Some(7));
    assert_eq!(poll(future.as_mut()), Poll::Ready(true));
}

#[test]
fn a_drop_sees_the_value_finished_or_not() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let note = |n| {
        let seen = seen.clone();
        let guard = OnDrop(move || seen.borrow_mut().push(NUMBER.try_get()));
        NUMBER.scope(n, async move {
            let _guard = guard;
            if n < 2 {
                pending::<()>().await;
            }
        })
    };
    drop(note(0));
    let mut started = Box::pin(note(1));
    assert!(poll(started.as_mut()).is_pending());
    drop(started);
    assert!(poll(Box::pin(note(2)).as_mut()).is_ready());
    assert_eq!(*seen.borrow(), [Ok(0), Ok(1), Ok(2)]);
}

#[test]
fn an_aborted_task_drops_its_future_with_the_value() {
    watched(|| {
        let rt = current_thread();
        let (send, receive) = std::sync::mpsc::channel();
        let guard = OnDrop(move || send.send(NUMBER.try_get()).unwrap());
        let task = rt.spawn(NUMBER.scope(9, async move {
            let _guard = guard;
            pending::<()>().await;
        }));
        rt.block_on(yield_now());
        task.abort();
        assert!(rt.block_on(task).unwrap_err().is_cancelled());
        assert_eq!(receive.recv().unwrap(), Ok(9));
    });
}

#[test]
fn a_panic_leaves_the_scope_and_its_value_behind() {
    let outer = NUMBER.sync_scope(1, || {
        let caught = catch_unwind(|| NUMBER.sync_scope(2, || panic!("on purpose")));
        assert!(caught.is_err());
        NUMBER.get()
    });
    assert_eq!(outer, 1);
    let mut future = pin!(NUMBER.scope(3, async { panic!("on purpose") }));
    let caught = catch_unwind(AssertUnwindSafe(|| poll(future.as_mut())));
    assert!(caught.is_err() && NUMBER.try_get().is_err());
    assert_eq!(future.as_mut().take_value(), Some(3));
}

#[test]
fn an_unset_value_is_an_error_or_a_panic_that_names_the_way_out() {
    let error = NUMBER.try_get().unwrap_err();
    assert_eq!(error.to_string(), "task-local value not set");
    assert_eq!(format!("{error:?}"), "AccessError");
    assert_eq!(NUMBER.try_with(|_| ()), Err(error));
    assert_eq!(format!("{NUMBER:?}"), "LocalKey { .. }");
    for text in [
        panic_of(|| assert_eq!(NUMBER.get(), 0)),
        panic_of(|| NUMBER.with(|_| ())),
    ] {
        let fragment = "cannot access a task-local storage value without setting it first";
        assert!(
            text.contains(fragment) && text.contains("try_with"),
            "{text}"
        );
    }
}

#[test]
fn a_scope_inside_a_reader_is_refused_and_harms_nobody() {
    NUMBER.sync_scope(1, || {
        NUMBER.with(|number| {
            let text = panic_of(|| NUMBER.sync_scope(2, || ()));
            assert!(
                text.contains("while the task-local storage is borrowed"),
                "{text}"
            );
            let mut future = Box::pin(NUMBER.scope(3, ready(())));
            let text = panic_of(|| assert!(poll(future.as_mut()).is_ready()));
            assert!(
                text.contains("while the task-local storage is borrowed"),
                "{text}"
            );
            // Dropped with the old value set: there can be no scope here.
            drop(future);
            // Reading within a reader is fine.
            assert_eq!((*number, NUMBER.get()), (1, 1));
        });
        assert_eq!(NUMBER.get(), 1);
    });
}

#[test]
fn task_t7_polled_again_it_panics() {
    let mut future = pin!(NUMBER.scope(1, ready(())));
    assert!(poll(future.as_mut()).is_ready());
    let text = panic_of(|| assert!(poll(future.as_mut()).is_ready()));
    assert!(
        text.contains("`TaskLocalFuture` polled after completion"),
        "{text}"
    );
    assert!(NUMBER.try_get().is_err());
}

#[test]
fn while_the_thread_ends_a_scope_is_refused_and_a_read_is_an_error() {
    type AtEnd = OnDrop<Box<dyn FnMut()>>;
    thread_local! {
        static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
    }
    let (send, receive) = std::sync::mpsc::channel();
    let ended = thread::spawn(move || {
        let last = move || {
            // Destroyed or still there, as the platform orders it: never set.
            send.send(TEXT.try_with(|_| ()).is_err()).unwrap();
        };
        AT_END.set(Some(OnDrop(Box::new(last))));
        TEXT.sync_scope("set".to_owned(), || ());
    });
    ended.join().unwrap();
    assert!(receive.recv().unwrap());
}

#[heist::test]
async fn a_value_that_reads_its_own_key_in_its_drop() {
    struct Nosy;
    heist::task_local!(static NOSY: Nosy);
    thread_local!(static SEEN: Cell<bool> = const { Cell::new(false) });
    impl Drop for Nosy {
        fn drop(&mut self) {
            SEEN.set(NOSY.try_with(|_| ()).is_err());
        }
    }
    NOSY.scope(Nosy, yield_now()).await;
    assert!(SEEN.get());
}
