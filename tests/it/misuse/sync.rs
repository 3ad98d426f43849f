//! `sync` used wrongly: panics that name the caller, and errors with the texts people match.

use super::{assert_panic, panic_of};
use heist::sync::*;
use std::error::Error;
use std::sync::Arc;

const FILE: &str = file!();

fn fails(error: impl Error + 'static, display: &str, debug: &str) {
    assert_eq!(
        (error.to_string(), format!("{error:?}")),
        (display.into(), debug.into())
    );
}

#[test]
fn counts_out_of_range() {
    let beyond = Semaphore::MAX_PERMITS + 1;
    let limit = ["MAX_PERMITS"];
    assert_panic(FILE, &["requires buffer > 0"], || mpsc::channel::<u8>(0));
    assert_panic(FILE, &limit, || mpsc::channel::<u8>(beyond));
    assert_panic(FILE, &["capacity cannot be zero"], || {
        broadcast::channel::<u8>(0)
    });
    assert_panic(FILE, &["usize::MAX / 2"], || {
        broadcast::channel::<()>(usize::MAX / 2 + 1)
    });
    assert_panic(FILE, &["0 readers"], || RwLock::with_max_readers((), 0));
    assert_panic(FILE, &["readers"], || {
        RwLock::with_max_readers((), u32::MAX)
    });
    assert_panic(FILE, &limit, || Semaphore::new(beyond));
    assert_panic(FILE, &["capacity of 0", "unbounded"], || {
        Queue::<u8>::bounded(0)
    });
    assert_panic(FILE, &limit, || LifoQueue::<u8>::bounded(beyond));
    assert_panic(FILE, &["task_done"], || {
        PriorityQueue::<u8>::unbounded().task_done()
    });
    let semaphore = Semaphore::new(1);
    let (text, _) = panic_of(|| semaphore.add_permits(Semaphore::MAX_PERMITS));
    assert!(text.contains("would overflow MAX_PERMITS"), "{text}");
    let (text, _) = panic_of(|| semaphore.add_permits(usize::MAX));
    assert!(text.contains("cannot add more than MAX_PERMITS"), "{text}");
    // Nothing was added.
    assert_eq!(semaphore.available_permits(), 1);
    let strangers = (Semaphore::new(1), Semaphore::new(1));
    assert_panic(FILE, &["different semaphore"], || {
        let mut one = strangers.0.try_acquire().unwrap();
        one.merge(strangers.1.try_acquire().unwrap());
    });
}

#[test]
fn blocking_calls_in_a_task() {
    let rt = heist::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    rt.block_on(async {
        let text = ["Cannot block the current thread"];
        let (tx, mut rx) = mpsc::channel::<u8>(1);
        assert_panic(FILE, &text, || tx.blocking_send(1));
        assert_panic(FILE, &text, || rx.blocking_recv());
        assert_panic(FILE, &text, || rx.blocking_recv_many(&mut Vec::new(), 1));
        let (_tx, mut rx) = mpsc::unbounded_channel::<u8>();
        assert_panic(FILE, &text, || rx.blocking_recv());
        assert_panic(FILE, &text, || rx.blocking_recv_many(&mut Vec::new(), 1));
        let (_tx, rx) = oneshot::channel::<u8>();
        assert_panic(FILE, &text, || rx.blocking_recv());
        let (_tx, mut rx) = broadcast::channel::<u8>(1);
        assert_panic(FILE, &text, || rx.blocking_recv());
        let mutex = Arc::new(Mutex::new(1));
        assert_panic(FILE, &text, || drop(mutex.blocking_lock()));
        assert_panic(FILE, &text, || Arc::clone(&mutex).blocking_lock_owned());
        let lock = RwLock::new(1);
        assert_panic(FILE, &text, || drop(lock.blocking_read()));
        assert_panic(FILE, &text, || drop(lock.blocking_write()));
        let semaphore = Arc::new(Semaphore::new(2));
        assert_panic(FILE, &text, || drop(semaphore.blocking_acquire()));
        assert_panic(FILE, &text, || drop(semaphore.blocking_acquire_many(1)));
        assert_panic(FILE, &text, || {
            Arc::clone(&semaphore).blocking_acquire_owned()
        });
        assert_panic(FILE, &text, || {
            Arc::clone(&semaphore).blocking_acquire_many_owned(1)
        });
        let queue = Queue::bounded(1);
        assert_panic(FILE, &text, || queue.blocking_put(1));
        assert_panic(FILE, &text, || queue.blocking_get());
        // On the threads for blocking jobs they are welcome.
        let job = heist::task::spawn_blocking(move || queue.blocking_put(1));
        assert!(job.await.unwrap().is_ok());
    });
}

#[test]
fn closed_channels_give_the_value_back() {
    let rt = heist::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    rt.block_on(async {
        let (tx, rx) = mpsc::channel(1);
        drop(rx);
        assert_eq!(tx.send(1).await, Err(mpsc::error::SendError(1)));
        assert_eq!(tx.try_send(2), Err(mpsc::error::TrySendError::Closed(2)));
        assert!(tx.reserve().await.is_err() && tx.reserve_many(1).await.is_err());
        assert!(tx.clone().reserve_owned().await.is_err());
        // What never fits is refused in the same way, open or closed.
        assert!(tx.reserve_many(2).await.is_err());
        let (tx, rx) = mpsc::unbounded_channel();
        drop(rx);
        assert_eq!(tx.send(3), Err(mpsc::error::SendError(3)));
        let (tx, rx) = oneshot::channel();
        drop(rx);
        assert_eq!(tx.send(4), Err(4));
        let (tx, rx) = watch::channel(0);
        drop(rx);
        assert_eq!(tx.send(5), Err(watch::error::SendError(5)));
        let (tx, rx) = broadcast::channel(1);
        drop(rx);
        assert_eq!(tx.send(6).unwrap_err().0, 6);
        let queue = Queue::bounded(1);
        queue.shutdown(false);
        assert_eq!(queue.put(7).await, Err(queue::error::PutError(7)));
    });
}

#[test]
fn errors_have_the_texts_people_match() {
    use mpsc::error::{SendError, SendTimeoutError, TryRecvError, TrySendError};
    fails(SendError(()), "channel closed", "SendError { .. }");
    fails(
        TrySendError::Full(()),
        "no available capacity",
        "\"Full(..)\"",
    );
    fails(TrySendError::Closed(()), "channel closed", "\"Closed(..)\"");
    fails(
        TryRecvError::Empty,
        "receiving on an empty channel",
        "Empty",
    );
    fails(
        TryRecvError::Disconnected,
        "receiving on a closed channel",
        "Disconnected",
    );
    fails(
        SendTimeoutError::Timeout(()),
        "timed out waiting on send operation",
        "\"Timeout(..)\"",
    );
    fails(
        SendTimeoutError::Closed(()),
        "channel closed",
        "\"Closed(..)\"",
    );

    let (tx, mut rx) = oneshot::channel::<u8>();
    fails(rx.try_recv().unwrap_err(), "channel empty", "Empty");
    drop(tx);
    fails(rx.try_recv().unwrap_err(), "channel closed", "Closed");
    let (tx, rx) = oneshot::channel::<u8>();
    drop(tx);
    fails(
        rx.blocking_recv().unwrap_err(),
        "channel closed",
        "RecvError(())",
    );

    let (tx, rx) = watch::channel(0);
    fails(
        watch::error::SendError(0),
        "channel closed",
        "SendError { .. }",
    );
    drop(tx);
    fails(
        rx.has_changed().unwrap_err(),
        "channel closed",
        "RecvError(())",
    );

    use broadcast::error;
    fails(error::SendError(1), "channel closed", "SendError(1)");
    fails(error::RecvError::Closed, "channel closed", "Closed");
    fails(
        error::RecvError::Lagged(3),
        "channel lagged by 3",
        "Lagged(3)",
    );
    fails(error::TryRecvError::Empty, "channel empty", "Empty");
    fails(error::TryRecvError::Closed, "channel closed", "Closed");
    fails(
        error::TryRecvError::Lagged(3),
        "channel lagged by 3",
        "Lagged(3)",
    );

    let (mutex, semaphore) = (Mutex::new(0), Semaphore::new(0));
    let _held = mutex.try_lock().unwrap();
    fails(
        mutex.try_lock().unwrap_err(),
        "operation would block",
        "TryLockError(())",
    );
    fails(
        semaphore.try_acquire().unwrap_err(),
        "no permits available",
        "NoPermits",
    );
    semaphore.close();
    fails(
        semaphore.try_acquire().unwrap_err(),
        "semaphore closed",
        "Closed",
    );
    fails(
        semaphore.blocking_acquire().unwrap_err(),
        "semaphore closed",
        "AcquireError(())",
    );
    fails(
        SetError::AlreadyInitializedError(1),
        "AlreadyInitializedError",
        "AlreadyInitializedError(1)",
    );
    fails(
        SetError::InitializingError(1),
        "InitializingError",
        "InitializingError(1)",
    );
    fails(SetOnceError(1), "SetOnceError", "SetOnceError(1)");
}
