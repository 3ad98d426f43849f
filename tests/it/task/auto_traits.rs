//! TASK-17: which types may be sent, shared and moved is part of the interface.

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use heist::runtime::{
    Builder, EnterGuard, Handle, Id, Lent, LocalOptions, LocalRuntime, Runtime, RuntimeMetrics,
    TryCurrentError,
};
use heist::task::{
    self, AbortHandle, AccessError, JoinError, JoinHandle, JoinSet, LocalEnterGuard, LocalKey,
    LocalSet, TaskTracker,
};
use heist::{net, sync, time};

/// Asks at compile time whether a type has a trait: the inherent constant, which needs it, hides the one of the trait that all types have.
macro_rules! has {
    ($type:ty, $bound:path) => {{
        #[allow(dead_code, reason = "one of the two is meant to be hidden")]
        trait Otherwise {
            const YES: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Ask<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "one of the two is meant to be hidden")]
        impl<T: ?Sized + $bound> Ask<T> {
            const YES: bool = true;
        }
        <Ask<$type>>::YES
    }};
}

macro_rules! table {
    ($($type:ty: $send:literal $sync:literal $unpin:literal;)*) => {$(
        assert_eq!(
            (has!($type, Send), has!($type, Sync), has!($type, Unpin)),
            ($send, $sync, $unpin),
            "Send, Sync, Unpin of {}", stringify!($type)
        );
    )*};
}

type NotSend = Rc<()>;
type NotSync = Cell<()>;

#[test]
fn task_17_auto_traits_of_types() {
    table! {
        Runtime: true true true;
        LocalRuntime: false false true;
        LocalOptions: false false true;
        Handle: true true true;
        Builder: true true true;
        Id: true true true;
        RuntimeMetrics: true true true;
        TryCurrentError: true true true;
        EnterGuard<'static>: false true true;
        Lent: false false true;
        JoinHandle<()>: true true true;
        JoinHandle<NotSync>: true true true;
        JoinHandle<NotSend>: false false true;
        AbortHandle: true true true;
        JoinError: true true true;
        task::Id: true true true;
        LocalSet: false false true;
        LocalEnterGuard: false false true;
        TaskTracker: true true true;
        task::TaskTrackerToken: true true true;
        task::futures::TaskTrackerWaitFuture<'static>: true true true;
        JoinSet<()>: true true true;
        JoinSet<NotSync>: true true true;
        JoinSet<NotSend>: false false true;
        task::Builder<'static>: true true true;
        LocalKey<NotSend>: true true true;
        AccessError: true true true;
        task::futures::TaskLocalFuture<u8, std::future::Ready<()>>: true true false;
        task::futures::TaskLocalFuture<NotSync, std::future::Ready<()>>: true false false;

        time::Sleep: true true false;
        time::Interval: true true true;
        time::DelayQueue<NotSync>: true false true;
        time::DelayQueue<std::marker::PhantomPinned>: true true true;
        time::DelayQueue<NotSend>: false false true;
        time::delay_queue::Key: true true true;
        time::Instant: true true true;
        time::Timeout<std::future::Ready<()>>: true true false;
        time::error::Elapsed: true true true;

        sync::Mutex<()>: true true true;
        sync::Mutex<NotSync>: true true true;
        sync::Mutex<NotSend>: false false true;
        sync::MutexGuard<'static, ()>: true true true;
        sync::MutexGuard<'static, NotSync>: true false true;
        sync::MutexGuard<'static, NotSend>: false false true;
        sync::OwnedMutexGuard<NotSync>: true false true;
        sync::RwLock<()>: true true true;
        sync::RwLock<NotSync>: true false true;
        sync::Notify: true true true;
        sync::futures::Notified<'static>: true true false;
        sync::Semaphore: true true true;
        sync::SemaphorePermit<'static>: true true true;
        sync::OwnedSemaphorePermit: true true true;
        sync::oneshot::Sender<NotSync>: true true true;
        sync::oneshot::Receiver<NotSync>: true true true;
        sync::oneshot::Sender<NotSend>: false false true;
        sync::mpsc::Sender<NotSync>: true true true;
        sync::mpsc::Receiver<NotSync>: true true true;
        sync::mpsc::Sender<NotSend>: false false true;
        sync::mpsc::UnboundedReceiver<()>: true true true;
        sync::watch::Sender<()>: true true true;
        sync::watch::Receiver<NotSync>: false false true;
        sync::broadcast::Receiver<()>: true true true;

        net::TcpStream: true true true;
        net::TcpListener: true true true;
        net::TcpSocket: true true true;
        net::tcp::OwnedReadHalf: true true true;
        net::tcp::OwnedWriteHalf: true true true;
        net::tcp::ReadHalf<'static>: true true true;
    }
}

#[test]
fn task_17_handles_may_cross_a_caught_panic() {
    fn unwind<T: UnwindSafe + RefUnwindSafe>() {}
    unwind::<Runtime>();
    unwind::<LocalRuntime>();
    unwind::<Handle>();
    unwind::<JoinHandle<&mut Cell<()>>>();
    unwind::<AbortHandle>();
    unwind::<sync::Notify>();
    unwind::<sync::mpsc::Sender<Cell<()>>>();
    unwind::<sync::mpsc::Receiver<Cell<()>>>();
    unwind::<net::TcpStream>();
    unwind::<net::TcpListener>();
}

#[test]
fn task_17_futures_may_be_spawned() {
    fn send<T: Send>(_: impl FnOnce() -> T) {}
    fn send_sync<F: Future + Send + Sync>(_: impl FnOnce() -> F) {}
    fn error<E: std::error::Error + Send + Sync + 'static>() {}

    let addr: SocketAddr = "127.0.0.1:0".parse().unwrap();
    send(|| net::TcpListener::bind(addr));
    send(|| net::TcpStream::connect(addr));
    send(|| net::TcpStream::connect("localhost:1"));
    send_sync(task::yield_now);
    send_sync(|| time::sleep(time::Duration::ZERO));
    send_sync(task::coop::consume_budget);
    error::<JoinError>();
    error::<TryCurrentError>();
    error::<time::error::Elapsed>();
    error::<heist::runtime::EnterError>();
}
