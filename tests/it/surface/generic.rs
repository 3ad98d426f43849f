//! Generic methods, free functions, constants and macros. Nothing here is run: to compile is the test.

#![allow(dead_code, reason = "to compile is the test")]

use std::any::Any;
use std::error::Error;
use std::future::{Future, Ready, ready};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use heist::runtime::{
    Builder, Handle, LocalRuntime, Runtime, RuntimeFlavor, TryCurrentError, is_rt_shutdown_err,
    worker_index,
};
use heist::sync::futures::{Notified, OwnedNotified};
use heist::sync::*;
use heist::task::coop::{self, Coop, RestoreOnPending, Unconstrained};
use heist::task::futures::TaskLocalFuture;
use heist::task::{
    self, AbortHandle, AccessError, Id, JoinError, JoinHandle, JoinSet, LocalKey, LocalSet,
};
use heist::time::error::{Elapsed, Error as TimeError};
use heist::time::{self, Instant, Interval, MissedTickBehavior, Sleep, Timeout};

/// A future of a known output.
fn gives<T>(_: impl Future<Output = T>) {}

fn local() -> impl Future<Output = Rc<u8>> + 'static {
    ready(Rc::new(1))
}

fn runtimes(rt: &Runtime, handle: &Handle, local_rt: &LocalRuntime) {
    let _: JoinHandle<u8> = rt.spawn(async { 1 });
    let _: JoinHandle<u8> = rt.spawn_blocking(|| 1);
    let _: u8 = rt.block_on(async { 1 });
    let _: JoinHandle<u8> = handle.spawn(async { 1 });
    let _: JoinHandle<u8> = handle.spawn_blocking(|| 1);
    let _: Rc<u8> = handle.block_on(local());
    let _: JoinHandle<Rc<u8>> = local_rt.spawn_local(local());
    let _: JoinHandle<u8> = local_rt.spawn_blocking(|| 1);
    let _: Rc<u8> = local_rt.block_on(local());
}

fn builders(builder: &mut Builder) -> &mut Builder {
    builder
        .thread_name("name")
        .name(String::new())
        .thread_name_fn(String::new)
        .on_thread_start(|| ())
        .on_thread_stop(|| ())
        .on_thread_park(|| ())
        .on_thread_unpark(|| ())
        .start_paused(true)
}

#[test]
fn free_functions() {
    methods! {
        fn(&io::Error) -> bool = is_rt_shutdown_err;
        fn() -> Option<usize> = worker_index;
        fn() -> Id = task::id;
        fn() -> Option<Id> = task::try_id;
        async () -> () = task::yield_now;
        async () -> () = coop::consume_budget;
        fn() -> bool = coop::has_budget_remaining;
        fn(&mut std::task::Context<'_>) -> std::task::Poll<RestoreOnPending> = coop::poll_proceed;
        fn(Ready<u8>) -> Unconstrained<Ready<u8>> = coop::unconstrained;
        fn(Ready<u8>) -> Coop<Ready<u8>> = coop::cooperative;
        fn(Ready<u8>) -> JoinHandle<u8> = heist::spawn;
        fn(Ready<u8>) -> JoinHandle<u8> = task::spawn;
        fn(fn() -> u8) -> JoinHandle<u8> = task::spawn_blocking;
        fn(fn() -> u8) -> u8 = task::block_in_place;
        fn(Ready<Rc<u8>>) -> JoinHandle<Rc<u8>> = task::spawn_local;
        fn(Duration) -> Sleep = time::sleep;
        fn(Instant) -> Sleep = time::sleep_until;
        fn(Duration, Ready<u8>) -> Timeout<Ready<u8>> = time::timeout;
        fn(Instant, Ready<u8>) -> Timeout<Ready<u8>> = time::timeout_at;
        fn(Duration) -> Interval = time::interval;
        fn(Instant, Duration) -> Interval = time::interval_at;
        fn() = time::pause;
        fn() = time::resume;
        async (duration: Duration) -> () = time::advance;
        fn(usize) -> (mpsc::Sender<u8>, mpsc::Receiver<u8>) = mpsc::channel;
        fn() -> (mpsc::UnboundedSender<u8>, mpsc::UnboundedReceiver<u8>) = mpsc::unbounded_channel;
        fn() -> (oneshot::Sender<u8>, oneshot::Receiver<u8>) = oneshot::channel;
        fn(u8) -> (watch::Sender<u8>, watch::Receiver<u8>) = watch::channel;
        fn(usize) -> (broadcast::Sender<u8>, broadcast::Receiver<u8>) = broadcast::channel;
    }
}

#[test]
fn constants() {
    static MUTEX: Mutex<u8> = Mutex::const_new(1);
    static LOCK: RwLock<u8> = RwLock::const_new(1);
    static FEW: RwLock<u8> = RwLock::const_with_max_readers(1, 2);
    static SEMAPHORE: Semaphore = Semaphore::const_new(1);
    static NOTIFY: Notify = Notify::const_new();
    static CELL: OnceCell<u8> = OnceCell::const_new();
    static FULL: OnceCell<u8> = OnceCell::const_new_with(1);
    static ONCE: SetOnce<u8> = SetOnce::const_new();
    static SET: SetOnce<u8> = SetOnce::const_new_with(1);
    assert_eq!(Semaphore::MAX_PERMITS, usize::MAX >> 3);
    assert!(MUTEX.try_lock().is_ok() && LOCK.try_read().is_ok() && FEW.try_write().is_ok());
    assert!(SEMAPHORE.try_acquire().is_ok() && CELL.get().is_none() && ONCE.get().is_none());
    assert_eq!((FULL.get(), SET.get()), (Some(&1), Some(&1)));
    NOTIFY.notify_waiters();
}

fn join_sets(set: &mut JoinSet<u8>, handle: &Handle, local_set: &LocalSet) {
    let _: AbortHandle = set.spawn(async { 1 });
    let _: AbortHandle = set.spawn_on(async { 1 }, handle);
    let _: AbortHandle = set.spawn_local(async { 1 });
    let _: AbortHandle = set.spawn_local_on(async { 1 }, local_set);
    let _: AbortHandle = set.spawn_blocking(|| 1);
    let _: AbortHandle = set.spawn_blocking_on(|| 1, handle);
    let _: JoinSet<u8> = [ready(1)].into_iter().collect();
    set.extend([ready(1)]);
    let _: JoinSet<Rc<u8>> = JoinSet::default();
}

async fn local_sets(set: LocalSet, rt: &Runtime) {
    let _: JoinHandle<Rc<u8>> = set.spawn_local(local());
    let _: Rc<u8> = set.block_on(rt, local());
    let _: Rc<u8> = set.run_until(local()).await;
    let () = set.await;
}

async fn handles(handle: JoinHandle<u8>, error: JoinError) -> io::Result<u8> {
    let _: Box<dyn Any + Send + 'static> = error.into_panic();
    let output: Result<u8, JoinError> = handle.await;
    let payload: Result<Box<dyn Any + Send + 'static>, JoinError> =
        output.unwrap_err().try_into_panic();
    Err(payload.unwrap_err())?
}

heist::task_local! {
    static KEY: u8;
}

async fn task_locals(key: &'static LocalKey<u8>) {
    let future: TaskLocalFuture<u8, Ready<u16>> = key.scope(1, ready(2));
    let _: u16 = future.await;
    let _: u16 = KEY.sync_scope(1, || 2);
    let _: u16 = key.with(|value: &u8| u16::from(*value));
    let _: Result<u16, AccessError> = key.try_with(|value: &u8| u16::from(*value));
}

async fn cells(cell: &OnceCell<u8>) {
    let _: &u8 = cell.get_or_init(|| async { 1 }).await;
    let _: Result<&u8, io::Error> = cell.get_or_try_init(|| async { Ok(1) }).await;
    let _: OnceCell<u8> = OnceCell::from(1);
    let _: SetOnce<u8> = SetOnce::from(1);
}

fn watches(send: &watch::Sender<u8>, receive: &mut watch::Receiver<u8>) {
    send.send_modify(|value: &mut u8| *value += 1);
    let _: bool = send.send_if_modified(|value: &mut u8| *value > 1);
    gives::<Result<watch::Ref<'_, u8>, watch::error::RecvError>>(
        receive.wait_for(|value: &u8| *value > 1),
    );
}

type Pair = (u8, u16);

fn mutex_guards(lock: &Mutex<Pair>, owned: OwnedMutexGuard<Pair>, other: OwnedMutexGuard<Pair>) {
    let first: MappedMutexGuard<'_, u8> =
        MutexGuard::map(lock.blocking_lock(), |pair: &mut Pair| &mut pair.0);
    let _: MappedMutexGuard<'_, u8> = MappedMutexGuard::map(first, |value: &mut u8| value);
    let second: Result<MappedMutexGuard<'_, u16>, MutexGuard<'_, Pair>> =
        MutexGuard::try_map(lock.blocking_lock(), |pair: &mut Pair| Some(&mut pair.1));
    let _: Result<MappedMutexGuard<'_, u16>, MappedMutexGuard<'_, u16>> =
        MappedMutexGuard::try_map(second.unwrap(), |value: &mut u16| Some(value));
    let first: OwnedMappedMutexGuard<Pair, u8> =
        OwnedMutexGuard::map(owned, |pair: &mut Pair| &mut pair.0);
    let _: OwnedMappedMutexGuard<Pair, u8> =
        OwnedMappedMutexGuard::map(first, |value: &mut u8| value);
    let second: Result<OwnedMappedMutexGuard<Pair, u16>, OwnedMutexGuard<Pair>> =
        OwnedMutexGuard::try_map(other, |pair: &mut Pair| Some(&mut pair.1));
    let _: Result<OwnedMappedMutexGuard<Pair, u16>, OwnedMappedMutexGuard<Pair, u16>> =
        OwnedMappedMutexGuard::try_map(second.unwrap(), |value: &mut u16| Some(value));
}

fn lock_guards(lock: &RwLock<Pair>) {
    let read = || lock.blocking_read();
    let write = || lock.blocking_write();
    let _: RwLockReadGuard<'_, u8> = RwLockReadGuard::map(read(), |pair: &Pair| &pair.0);
    let _: Result<RwLockReadGuard<'_, u8>, RwLockReadGuard<'_, Pair>> =
        RwLockReadGuard::try_map(read(), |pair: &Pair| Some(&pair.0));
    let mapped: RwLockMappedWriteGuard<'_, u8> =
        RwLockWriteGuard::map(write(), |pair: &mut Pair| &mut pair.0);
    let mapped: RwLockMappedWriteGuard<'_, u8> =
        RwLockMappedWriteGuard::map(mapped, |value: &mut u8| value);
    let _: Result<RwLockMappedWriteGuard<'_, u8>, RwLockMappedWriteGuard<'_, u8>> =
        RwLockMappedWriteGuard::try_map(mapped, |value: &mut u8| Some(value));
    let _: RwLockReadGuard<'_, u8> =
        RwLockWriteGuard::downgrade_map(write(), |pair: &Pair| &pair.0);
    let _: Result<RwLockMappedWriteGuard<'_, u8>, RwLockWriteGuard<'_, Pair>> =
        RwLockWriteGuard::try_map(write(), |pair: &mut Pair| Some(&mut pair.0));
    let _: Result<RwLockReadGuard<'_, u8>, RwLockWriteGuard<'_, Pair>> =
        RwLockWriteGuard::try_downgrade_map(write(), |pair: &Pair| Some(&pair.0));
}

fn owned_lock_guards(
    read: impl Fn() -> OwnedRwLockReadGuard<Pair>,
    write: impl Fn() -> OwnedRwLockWriteGuard<Pair>,
) {
    let _: OwnedRwLockReadGuard<Pair, u8> =
        OwnedRwLockReadGuard::map(read(), |pair: &Pair| &pair.0);
    let _: Result<OwnedRwLockReadGuard<Pair, u8>, OwnedRwLockReadGuard<Pair>> =
        OwnedRwLockReadGuard::try_map(read(), |pair: &Pair| Some(&pair.0));
    let mapped: OwnedRwLockMappedWriteGuard<Pair, u8> =
        OwnedRwLockWriteGuard::map(write(), |pair: &mut Pair| &mut pair.0);
    let mapped: OwnedRwLockMappedWriteGuard<Pair, u8> =
        OwnedRwLockMappedWriteGuard::map(mapped, |value: &mut u8| value);
    let _: Result<OwnedRwLockMappedWriteGuard<Pair, u8>, OwnedRwLockMappedWriteGuard<Pair, u8>> =
        OwnedRwLockMappedWriteGuard::try_map(mapped, |value: &mut u8| Some(value));
    let _: OwnedRwLockReadGuard<Pair, u8> =
        OwnedRwLockWriteGuard::downgrade_map(write(), |pair: &Pair| &pair.0);
    let _: Result<OwnedRwLockMappedWriteGuard<Pair, u8>, OwnedRwLockWriteGuard<Pair>> =
        OwnedRwLockWriteGuard::try_map(write(), |pair: &mut Pair| Some(&mut pair.0));
    let _: Result<OwnedRwLockReadGuard<Pair, u8>, OwnedRwLockWriteGuard<Pair>> =
        OwnedRwLockWriteGuard::try_downgrade_map(write(), |pair: &Pair| Some(&pair.0));
}

async fn futures(
    receive: oneshot::Receiver<u8>,
    sleep: Sleep,
    timeout: Timeout<Ready<u8>>,
    notified: Notified<'_>,
    owned: OwnedNotified,
) {
    let _: Result<u8, oneshot::error::RecvError> = receive.await;
    let () = sleep.await;
    let _: Result<u8, Elapsed> = timeout.await;
    let () = notified.await;
    let () = owned.await;
}

/// Each error is one of the standard library's kind, and may be sent.
#[test]
fn errors() {
    fn error<E: Error + Send + Sync + 'static>() {}
    error::<JoinError>();
    error::<AccessError>();
    error::<TryCurrentError>();
    error::<Elapsed>();
    error::<TimeError>();
    error::<mpsc::error::SendError<u8>>();
    error::<mpsc::error::TrySendError<u8>>();
    error::<mpsc::error::SendTimeoutError<u8>>();
    error::<mpsc::error::TryRecvError>();
    error::<oneshot::error::RecvError>();
    error::<oneshot::error::TryRecvError>();
    error::<watch::error::SendError<u8>>();
    error::<watch::error::RecvError>();
    error::<broadcast::error::SendError<u8>>();
    error::<broadcast::error::RecvError>();
    error::<broadcast::error::TryRecvError>();
    error::<AcquireError>();
    error::<TryAcquireError>();
    error::<TryLockError>();
    error::<SetError<u8>>();
    error::<SetOnceError<u8>>();
    let _: fn(JoinError) -> io::Error = io::Error::from;
    let _: fn(Elapsed) -> io::Error = io::Error::from;
}

/// The variants people match on.
fn variants(flavor: RuntimeFlavor, missed: MissedTickBehavior) {
    match flavor {
        RuntimeFlavor::CurrentThread | RuntimeFlavor::MultiThread => {}
        _ => {}
    }
    match missed {
        MissedTickBehavior::Burst | MissedTickBehavior::Delay | MissedTickBehavior::Skip => {}
    }
    let _ = [
        mpsc::error::TrySendError::Full(1),
        mpsc::error::TrySendError::Closed(1),
    ];
    let _ = [
        mpsc::error::SendTimeoutError::Timeout(1),
        mpsc::error::SendTimeoutError::Closed(1),
    ];
    let _ = [
        mpsc::error::TryRecvError::Empty,
        mpsc::error::TryRecvError::Disconnected,
    ];
    let _ = [
        oneshot::error::TryRecvError::Empty,
        oneshot::error::TryRecvError::Closed,
    ];
    let _ = [
        broadcast::error::RecvError::Closed,
        broadcast::error::RecvError::Lagged(1),
    ];
    let _ = [
        broadcast::error::TryRecvError::Empty,
        broadcast::error::TryRecvError::Closed,
        broadcast::error::TryRecvError::Lagged(1),
    ];
    let _ = [TryAcquireError::Closed, TryAcquireError::NoPermits];
    let _ = [
        SetError::AlreadyInitializedError(1),
        SetError::InitializingError(1),
    ];
    let mpsc::error::SendError(_) = mpsc::error::SendError(1);
    let watch::error::SendError(_) = watch::error::SendError(1);
    let broadcast::error::SendError(_) = broadcast::error::SendError(1);
    let SetOnceError(_) = SetOnceError(1);
}

fn instants(instant: Instant, other: Instant, duration: Duration, arc: Arc<u8>) {
    let _: Instant = instant + duration;
    let _: Instant = instant - duration;
    let _: Duration = instant - other;
    let mut moved = instant;
    moved += duration;
    moved -= duration;
    let _: std::time::Instant = instant.into();
    let _: Instant = std::time::Instant::now().into();
    let _: Mutex<Arc<u8>> = Mutex::from(arc);
}
