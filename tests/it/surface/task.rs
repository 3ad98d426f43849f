//! The methods of `task`.

use std::future::Ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use heist::{runtime, task};

#[test]
fn abort_handle() {
    methods! {
        fn(&task::AbortHandle) = task::AbortHandle::abort;
        fn(&task::AbortHandle) -> bool = task::AbortHandle::is_finished;
        fn(&task::AbortHandle) -> task::Id = task::AbortHandle::id;
    }
}

#[test]
fn join_error() {
    methods! {
        fn(&task::JoinError) -> bool = task::JoinError::is_cancelled;
        fn(&task::JoinError) -> bool = task::JoinError::is_panic;
        fn(&task::JoinError) -> task::Id = task::JoinError::id;
    }
}

#[test]
fn join_handle() {
    methods! {
        fn(&task::JoinHandle<u8>) = task::JoinHandle::<u8>::abort;
        fn(&task::JoinHandle<u8>) -> bool = task::JoinHandle::<u8>::is_finished;
        fn(&task::JoinHandle<u8>) -> task::AbortHandle = task::JoinHandle::<u8>::abort_handle;
        fn(&task::JoinHandle<u8>) -> task::Id = task::JoinHandle::<u8>::id;
    }
}

#[test]
fn join_set() {
    methods! {
        async (this: &mut task::JoinSet<u8>) -> Option<Result<u8, task::JoinError>> = task::JoinSet::<u8>::join_next;
        async (this: &mut task::JoinSet<u8>) -> Option<Result<(task::Id, u8), task::JoinError>> = task::JoinSet::<u8>::join_next_with_id;
        fn(&mut task::JoinSet<u8>) -> Option<Result<u8, task::JoinError>> = task::JoinSet::<u8>::try_join_next;
        fn(&mut task::JoinSet<u8>) -> Option<Result<(task::Id, u8), task::JoinError>> = task::JoinSet::<u8>::try_join_next_with_id;
        async (this: &mut task::JoinSet<u8>) -> () = task::JoinSet::<u8>::shutdown;
        async (this: task::JoinSet<u8>) -> Vec<u8> = task::JoinSet::<u8>::join_all;
        fn(&mut task::JoinSet<u8>) = task::JoinSet::<u8>::abort_all;
        fn(&mut task::JoinSet<u8>) = task::JoinSet::<u8>::detach_all;
        fn(&mut task::JoinSet<u8>, &mut Context<'_>) -> Poll<Option<Result<u8, task::JoinError>>> = task::JoinSet::<u8>::poll_join_next;
        fn(&mut task::JoinSet<u8>, &mut Context<'_>) -> Poll<Option<Result<(task::Id, u8), task::JoinError>>> = task::JoinSet::<u8>::poll_join_next_with_id;
        fn() -> task::JoinSet<u8> = task::JoinSet::<u8>::new;
        fn(&task::JoinSet<u8>) -> usize = task::JoinSet::<u8>::len;
        fn(&task::JoinSet<u8>) -> bool = task::JoinSet::<u8>::is_empty;
    }
}

#[test]
fn local_key() {
    methods! {
        fn(&'static task::LocalKey<u8>) -> u8 = task::LocalKey::<u8>::get;
        fn(&'static task::LocalKey<u8>) -> Result<u8, task::AccessError> = task::LocalKey::<u8>::try_get;
    }
}

#[test]
fn local_set() {
    methods! {
        fn() -> task::LocalSet = task::LocalSet::new;
        fn(&task::LocalSet) -> task::LocalEnterGuard = task::LocalSet::enter;
        fn(&task::LocalSet) -> runtime::Id = task::LocalSet::id;
    }
}

#[test]
fn task_local_future() {
    methods! {
        fn(Pin<&mut task::futures::TaskLocalFuture<u8, Ready<()>>>) -> Option<u8> = task::futures::TaskLocalFuture::<u8, Ready<()>>::take_value;
    }
}

#[test]
fn restore_on_pending() {
    methods! {
        fn(&task::coop::RestoreOnPending) = task::coop::RestoreOnPending::made_progress;
    }
}
