//! The auto traits of every public type and future, checked at compile time.

use runtime_sync::*;
use std::cell::Cell;
use std::rc::Rc;

/// Asks each of the named traits of a type: `has`, or `lacks`.
macro_rules! traits {
    ($($type:ty: $send:ident $sync:ident $unpin:ident;)*) => {
        $(
            traits!(@ $send $type, Send);
            traits!(@ $sync $type, Sync);
            traits!(@ $unpin $type, Unpin);
        )*
    };
    (@ yes $type:ty, $trait:ident) => {
        const _: fn() = || {
            fn has<T: ?Sized + $trait>() {}
            has::<$type>();
        };
    };
    (@ no $type:ty, $trait:ident) => {
        const _: fn() = || {
            // If the type had the trait, both impls would apply and the call would be ambiguous.
            trait Ambiguous<A> {
                fn item() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Has;
            impl<T: ?Sized + $trait> Ambiguous<Has> for T {}
            let _ = <$type as Ambiguous<_>>::item;
        };
    };
}

type NotSync = Cell<u8>;
type Neither = Rc<u8>;

traits! {
    Notify: yes yes yes;
    futures::Notified<'static>: yes yes no;
    futures::OwnedNotified: yes yes no;
    Semaphore: yes yes yes;
    SemaphorePermit<'static>: yes yes yes;
    OwnedSemaphorePermit: yes yes yes;
    Mutex<u8>: yes yes yes;
    Mutex<NotSync>: yes yes yes;
    Mutex<Neither>: no no yes;
    MutexGuard<'static, u8>: yes yes yes;
    MutexGuard<'static, NotSync>: yes no yes;
    MutexGuard<'static, Neither>: no no yes;
    OwnedMutexGuard<NotSync>: yes no yes;
    MappedMutexGuard<'static, NotSync>: yes no yes;
    OwnedMappedMutexGuard<u8, NotSync>: yes no yes;
    OwnedMappedMutexGuard<Neither, u8>: no no yes;
    RwLock<u8>: yes yes yes;
    RwLock<NotSync>: yes no yes;
    RwLockReadGuard<'static, u8>: yes yes yes;
    RwLockReadGuard<'static, NotSync>: no no yes;
    RwLockWriteGuard<'static, u8>: yes yes yes;
    RwLockWriteGuard<'static, NotSync>: no no yes;
    RwLockMappedWriteGuard<'static, NotSync>: no no yes;
    OwnedRwLockReadGuard<u8, u8>: yes yes yes;
    OwnedRwLockReadGuard<NotSync, u8>: no no yes;
    OwnedRwLockWriteGuard<u8>: yes yes yes;
    OwnedRwLockWriteGuard<NotSync>: no no yes;
    OwnedRwLockMappedWriteGuard<u8, u8>: yes yes yes;
    OwnedRwLockMappedWriteGuard<NotSync, u8>: no no yes;
    OnceCell<u8>: yes yes yes;
    OnceCell<NotSync>: yes no yes;
    OnceCell<Neither>: no no yes;
    SetOnce<u8>: yes yes yes;
    SetOnce<NotSync>: yes no yes;
    Barrier: yes yes yes;
    BarrierWaitResult: yes yes yes;
    CancellationToken: yes yes yes;
    DropGuard: yes yes yes;
    DropGuardRef<'static>: yes yes yes;
    WaitForCancellationFuture<'static>: yes yes no;
    WaitForCancellationFutureOwned: yes yes no;
    oneshot::Sender<NotSync>: yes yes yes;
    oneshot::Sender<Neither>: no no yes;
    oneshot::Receiver<NotSync>: yes yes yes;
    oneshot::Receiver<Neither>: no no yes;
    mpsc::Sender<NotSync>: yes yes yes;
    mpsc::Sender<Neither>: no no yes;
    mpsc::WeakSender<NotSync>: yes yes yes;
    mpsc::Receiver<NotSync>: yes yes yes;
    mpsc::Receiver<Neither>: no no yes;
    mpsc::Permit<'static, NotSync>: yes yes yes;
    mpsc::Permit<'static, Neither>: no no yes;
    mpsc::PermitIterator<'static, NotSync>: yes yes yes;
    mpsc::OwnedPermit<NotSync>: yes yes yes;
    mpsc::OwnedPermit<Neither>: no no yes;
    mpsc::UnboundedSender<NotSync>: yes yes yes;
    mpsc::UnboundedReceiver<Neither>: no no yes;
    mpsc::WeakUnboundedSender<NotSync>: yes yes yes;
    broadcast::Sender<NotSync>: yes yes yes;
    broadcast::Sender<Neither>: no no yes;
    broadcast::WeakSender<NotSync>: yes yes yes;
    broadcast::Receiver<NotSync>: yes yes yes;
    broadcast::Receiver<Neither>: no no yes;
    watch::Sender<u8>: yes yes yes;
    watch::Sender<NotSync>: no no yes;
    watch::Receiver<u8>: yes yes yes;
    watch::Receiver<NotSync>: no no yes;
    watch::Ref<'static, u8>: no yes yes;
}

/// Futures of async functions: Send, Sync and not Unpin.
fn future<F: Future + Send + Sync>(future: F) {
    drop(future);
}

#[test]
fn futures_are_send_and_sync() {
    let semaphore = std::sync::Arc::new(Semaphore::new(1));
    future(semaphore.acquire());
    future(semaphore.acquire_many(1));
    future(semaphore.acquire_many_owned(1));
    let mutex = std::sync::Arc::new(Mutex::new(1));
    future(mutex.lock());
    future(mutex.lock_owned());
    let lock = std::sync::Arc::new(RwLock::new(1));
    future(lock.read());
    future(lock.write());
    future(std::sync::Arc::clone(&lock).read_owned());
    future(lock.write_owned());
    future(Barrier::new(1).wait());
    future(SetOnce::<i32>::new().wait());
    let (mut tx, rx) = oneshot::channel::<i32>();
    future(tx.closed());
    future(rx);
    let (tx, mut rx) = mpsc::channel::<i32>(1);
    future(tx.send(1));
    future(tx.closed());
    future(tx.reserve());
    future(tx.reserve_many(1));
    future(rx.recv());
    future(rx.recv_many(&mut Vec::new(), 1));
    future(tx.reserve_owned());
    let (_tx, mut rx) = broadcast::channel::<i32>(1);
    future(rx.recv());
    let (tx, mut rx) = watch::channel(1);
    future(tx.closed());
    future(rx.changed());
    let token = CancellationToken::new();
    future(token.run_until_cancelled(std::future::ready(1)));
}

#[test]
fn signals_are_unwind_safe() {
    fn check<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    check::<Notify>();
    check::<CancellationToken>();
}
