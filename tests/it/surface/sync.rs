//! The methods of locks, semaphores and signals.

use std::pin::Pin;
use std::sync::Arc;

use heist::sync::*;

#[test]
fn barrier() {
    methods! {
        fn(usize) -> Barrier = Barrier::new;
        async (this: &Barrier) -> BarrierWaitResult = Barrier::wait;
    }
}

#[test]
fn barrier_wait_result() {
    methods! {
        fn(&BarrierWaitResult) -> bool = BarrierWaitResult::is_leader;
    }
}

#[test]
fn mutex() {
    methods! {
        fn(u8) -> Mutex<u8> = Mutex::<u8>::new;
        fn(u8) -> Mutex<u8> = Mutex::<u8>::const_new;
        async (this: &Mutex<u8>) -> MutexGuard<'_, u8> = Mutex::<u8>::lock;
        fn(&Mutex<u8>) -> MutexGuard<'_, u8> = Mutex::<u8>::blocking_lock;
        fn(Arc<Mutex<u8>>) -> OwnedMutexGuard<u8> = Mutex::<u8>::blocking_lock_owned;
        async (this: Arc<Mutex<u8>>) -> OwnedMutexGuard<u8> = Mutex::<u8>::lock_owned;
        fn(&Mutex<u8>) -> Result<MutexGuard<'_, u8>, TryLockError> = Mutex::<u8>::try_lock;
        fn(&mut Mutex<u8>) -> &mut u8 = Mutex::<u8>::get_mut;
        fn(Arc<Mutex<u8>>) -> Result<OwnedMutexGuard<u8>, TryLockError> = Mutex::<u8>::try_lock_owned;
        fn(Mutex<u8>) -> u8 = Mutex::<u8>::into_inner;
    }
}

#[test]
fn mutex_guard() {
    methods! {
        for<'a> fn(&'a MutexGuard<'static, u8>) -> &'a Mutex<u8> = MutexGuard::<'static, u8>::mutex;
    }
}

#[test]
fn notify() {
    methods! {
        fn() -> Notify = Notify::new;
        fn() -> Notify = Notify::const_new;
        fn(&Notify) -> futures::Notified<'_> = Notify::notified;
        fn(Arc<Notify>) -> futures::OwnedNotified = Notify::notified_owned;
        fn(&Notify) = Notify::notify_one;
        fn(&Notify) = Notify::notify_last;
        fn(&Notify) = Notify::notify_waiters;
    }
}

#[test]
fn once_cell() {
    methods! {
        fn() -> OnceCell<u8> = OnceCell::<u8>::new;
        fn() -> OnceCell<u8> = OnceCell::<u8>::const_new;
        fn(Option<u8>) -> OnceCell<u8> = OnceCell::<u8>::new_with;
        fn(u8) -> OnceCell<u8> = OnceCell::<u8>::const_new_with;
        fn(&OnceCell<u8>) -> bool = OnceCell::<u8>::initialized;
        fn(&OnceCell<u8>) -> Option<&u8> = OnceCell::<u8>::get;
        fn(&mut OnceCell<u8>) -> Option<&mut u8> = OnceCell::<u8>::get_mut;
        fn(&OnceCell<u8>, u8) -> Result<(), SetError<u8>> = OnceCell::<u8>::set;
        fn(OnceCell<u8>) -> Option<u8> = OnceCell::<u8>::into_inner;
        fn(&mut OnceCell<u8>) -> Option<u8> = OnceCell::<u8>::take;
    }
}

#[test]
fn owned_mutex_guard() {
    methods! {
        fn(&OwnedMutexGuard<u8>) -> &Arc<Mutex<u8>> = OwnedMutexGuard::<u8>::mutex;
    }
}

#[test]
fn owned_rw_lock_mapped_write_guard() {
    methods! {
        fn(&OwnedRwLockMappedWriteGuard<u8, u16>) -> &Arc<RwLock<u8>> = OwnedRwLockMappedWriteGuard::<u8, u16>::rwlock;
    }
}

#[test]
fn owned_rw_lock_read_guard() {
    methods! {
        fn(&OwnedRwLockReadGuard<u8, u16>) -> &Arc<RwLock<u8>> = OwnedRwLockReadGuard::<u8, u16>::rwlock;
    }
}

#[test]
fn owned_rw_lock_write_guard() {
    methods! {
        fn(OwnedRwLockWriteGuard<u8>) -> OwnedRwLockMappedWriteGuard<u8> = OwnedRwLockWriteGuard::<u8>::into_mapped;
        fn(OwnedRwLockWriteGuard<u8>) -> OwnedRwLockReadGuard<u8> = OwnedRwLockWriteGuard::<u8>::downgrade;
        fn(&OwnedRwLockWriteGuard<u8>) -> &Arc<RwLock<u8>> = OwnedRwLockWriteGuard::<u8>::rwlock;
    }
}

#[test]
fn owned_semaphore_permit() {
    methods! {
        fn(OwnedSemaphorePermit) = OwnedSemaphorePermit::forget;
        fn(&mut OwnedSemaphorePermit, OwnedSemaphorePermit) = OwnedSemaphorePermit::merge;
        fn(&mut OwnedSemaphorePermit, usize) -> Option<OwnedSemaphorePermit> = OwnedSemaphorePermit::split;
        fn(&OwnedSemaphorePermit) -> &Arc<Semaphore> = OwnedSemaphorePermit::semaphore;
        fn(&OwnedSemaphorePermit) -> usize = OwnedSemaphorePermit::num_permits;
    }
}

#[test]
fn rw_lock() {
    methods! {
        fn(u8) -> RwLock<u8> = RwLock::<u8>::new;
        fn(u8, u32) -> RwLock<u8> = RwLock::<u8>::with_max_readers;
        fn(u8) -> RwLock<u8> = RwLock::<u8>::const_new;
        fn(u8, u32) -> RwLock<u8> = RwLock::<u8>::const_with_max_readers;
        async (this: &RwLock<u8>) -> RwLockReadGuard<'_, u8> = RwLock::<u8>::read;
        fn(&RwLock<u8>) -> RwLockReadGuard<'_, u8> = RwLock::<u8>::blocking_read;
        async (this: Arc<RwLock<u8>>) -> OwnedRwLockReadGuard<u8> = RwLock::<u8>::read_owned;
        fn(&RwLock<u8>) -> Result<RwLockReadGuard<'_, u8>, TryLockError> = RwLock::<u8>::try_read;
        fn(Arc<RwLock<u8>>) -> Result<OwnedRwLockReadGuard<u8>, TryLockError> = RwLock::<u8>::try_read_owned;
        async (this: &RwLock<u8>) -> RwLockWriteGuard<'_, u8> = RwLock::<u8>::write;
        fn(&RwLock<u8>) -> RwLockWriteGuard<'_, u8> = RwLock::<u8>::blocking_write;
        async (this: Arc<RwLock<u8>>) -> OwnedRwLockWriteGuard<u8> = RwLock::<u8>::write_owned;
        fn(&RwLock<u8>) -> Result<RwLockWriteGuard<'_, u8>, TryLockError> = RwLock::<u8>::try_write;
        fn(Arc<RwLock<u8>>) -> Result<OwnedRwLockWriteGuard<u8>, TryLockError> = RwLock::<u8>::try_write_owned;
        fn(&mut RwLock<u8>) -> &mut u8 = RwLock::<u8>::get_mut;
        fn(RwLock<u8>) -> u8 = RwLock::<u8>::into_inner;
    }
}

#[test]
fn rw_lock_write_guard() {
    methods! {
        fn(RwLockWriteGuard<'static, u8>) -> RwLockMappedWriteGuard<'static, u8> = RwLockWriteGuard::<'static, u8>::into_mapped;
        fn(RwLockWriteGuard<'static, u8>) -> RwLockReadGuard<'static, u8> = RwLockWriteGuard::<'static, u8>::downgrade;
    }
}

#[test]
fn semaphore() {
    methods! {
        fn(usize) -> Semaphore = Semaphore::new;
        fn(usize) -> Semaphore = Semaphore::const_new;
        fn(&Semaphore) -> usize = Semaphore::available_permits;
        fn(&Semaphore, usize) = Semaphore::add_permits;
        fn(&Semaphore, usize) -> usize = Semaphore::forget_permits;
        async (this: &Semaphore) -> Result<SemaphorePermit<'_>, AcquireError> = Semaphore::acquire;
        async (this: &Semaphore, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> = Semaphore::acquire_many;
        fn(&Semaphore) -> Result<SemaphorePermit<'_>, TryAcquireError> = Semaphore::try_acquire;
        fn(&Semaphore, u32) -> Result<SemaphorePermit<'_>, TryAcquireError> = Semaphore::try_acquire_many;
        fn(&Semaphore) -> Result<SemaphorePermit<'_>, AcquireError> = Semaphore::blocking_acquire;
        fn(&Semaphore, u32) -> Result<SemaphorePermit<'_>, AcquireError> = Semaphore::blocking_acquire_many;
        async (this: Arc<Semaphore>) -> Result<OwnedSemaphorePermit, AcquireError> = Semaphore::acquire_owned;
        async (this: Arc<Semaphore>, n: u32) -> Result<OwnedSemaphorePermit, AcquireError> = Semaphore::acquire_many_owned;
        fn(Arc<Semaphore>) -> Result<OwnedSemaphorePermit, TryAcquireError> = Semaphore::try_acquire_owned;
        fn(Arc<Semaphore>, u32) -> Result<OwnedSemaphorePermit, TryAcquireError> = Semaphore::try_acquire_many_owned;
        fn(Arc<Semaphore>) -> Result<OwnedSemaphorePermit, AcquireError> = Semaphore::blocking_acquire_owned;
        fn(Arc<Semaphore>, u32) -> Result<OwnedSemaphorePermit, AcquireError> = Semaphore::blocking_acquire_many_owned;
        fn(&Semaphore) = Semaphore::close;
        fn(&Semaphore) -> bool = Semaphore::is_closed;
    }
}

#[test]
fn semaphore_permit() {
    methods! {
        fn(SemaphorePermit<'static>) = SemaphorePermit::<'static>::forget;
        fn(&mut SemaphorePermit<'static>, SemaphorePermit<'static>) = SemaphorePermit::<'static>::merge;
        fn(&mut SemaphorePermit<'static>, usize) -> Option<SemaphorePermit<'static>> = SemaphorePermit::<'static>::split;
        for<'a> fn(&'a SemaphorePermit<'static>) -> &'a Semaphore = SemaphorePermit::<'static>::semaphore;
        fn(&SemaphorePermit<'static>) -> usize = SemaphorePermit::<'static>::num_permits;
    }
}

#[test]
fn set_error() {
    methods! {
        fn(&SetError<u8>) -> bool = SetError::<u8>::is_already_init_err;
        fn(&SetError<u8>) -> bool = SetError::<u8>::is_initializing_err;
    }
}

#[test]
fn set_once() {
    methods! {
        fn() -> SetOnce<u8> = SetOnce::<u8>::new;
        fn() -> SetOnce<u8> = SetOnce::<u8>::const_new;
        fn(Option<u8>) -> SetOnce<u8> = SetOnce::<u8>::new_with;
        fn(u8) -> SetOnce<u8> = SetOnce::<u8>::const_new_with;
        fn(&SetOnce<u8>) -> bool = SetOnce::<u8>::initialized;
        fn(&SetOnce<u8>) -> Option<&u8> = SetOnce::<u8>::get;
        fn(&SetOnce<u8>, u8) -> Result<(), SetOnceError<u8>> = SetOnce::<u8>::set;
        fn(SetOnce<u8>) -> Option<u8> = SetOnce::<u8>::into_inner;
        async (this: &SetOnce<u8>) -> &u8 = SetOnce::<u8>::wait;
    }
}

#[test]
fn notified() {
    methods! {
        fn(Pin<&mut futures::Notified<'static>>) -> bool = futures::Notified::<'static>::enable;
    }
}

#[test]
fn owned_notified() {
    methods! {
        fn(Pin<&mut futures::OwnedNotified>) -> bool = futures::OwnedNotified::enable;
    }
}
