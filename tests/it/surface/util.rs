//! What people take from the companion crates of tokio.

use std::future::Ready;
use std::hash::RandomState;
use std::sync::Arc;
use std::task::{Context, Poll};

use heist::runtime::Handle;
use heist::stream::{
    BroadcastStream, ChunksTimeout, IntervalStream, JoinSetStream, ReceiverStream, Stream,
    StreamExt, StreamMap, Throttle, Timeout, TimeoutRepeating, UnboundedReceiverStream,
    WatchStream,
};
use heist::sync::*;
use heist::task::{
    AbortHandle, AbortOnDrop, AbortOnDropHandle, Id, JoinError, JoinHandle, JoinMap, JoinMapKeys,
    JoinQueue, JoinSet, LocalPoolHandle, LocalSet, TaskTracker, TaskTrackerToken,
};
use heist::time::{Duration, Instant, Interval};

type Map = JoinMap<String, u8, RandomState>;

#[test]
fn join_map() {
    methods! {
        fn() -> Map = JoinMap::new;
        fn(usize) -> Map = JoinMap::with_capacity;
        fn(RandomState) -> Map = Map::with_hasher;
        fn(usize, RandomState) -> Map = Map::with_capacity_and_hasher;
        fn(&Map) -> usize = Map::len;
        fn(&Map) -> bool = Map::is_empty;
        fn(&Map) -> usize = Map::capacity;
        fn(&mut Map, String, Ready<u8>) = Map::spawn;
        fn(&mut Map, String, Ready<u8>, &Handle) = Map::spawn_on;
        fn(&mut Map, String, fn() -> u8) = Map::spawn_blocking;
        fn(&mut Map, String, fn() -> u8, &Handle) = Map::spawn_blocking_on;
        fn(&mut Map, String, Ready<u8>) = Map::spawn_local;
        fn(&mut Map, String, Ready<u8>, &LocalSet) = Map::spawn_local_on;
        async (this: &mut Map) -> Option<(String, Result<u8, JoinError>)> = Map::join_next;
        fn(&mut Map) -> Option<(String, Result<u8, JoinError>)> = Map::try_join_next;
        async (this: &mut Map) -> () = Map::shutdown;
        fn(&mut Map, &str) -> bool = Map::abort;
        fn(&Map) -> JoinMapKeys<'_, String, u8> = Map::keys;
        fn(&Map, &str) -> bool = Map::contains_key;
        fn(&Map, &Id) -> bool = Map::contains_task;
        fn(&mut Map, usize) = Map::reserve;
        fn(&mut Map) = Map::shrink_to_fit;
        fn(&mut Map, usize) = Map::shrink_to;
        fn(&mut Map) = Map::abort_all;
        fn(&mut Map) = Map::detach_all;
    }
}

type Queued = JoinQueue<u8>;

#[test]
fn join_queue() {
    methods! {
        fn() -> Queued = Queued::new;
        fn(usize) -> Queued = Queued::with_capacity;
        fn(&Queued) -> usize = Queued::len;
        fn(&Queued) -> bool = Queued::is_empty;
        fn(&mut Queued, Ready<u8>) -> AbortHandle = Queued::spawn;
        fn(&mut Queued, Ready<u8>, &Handle) -> AbortHandle = Queued::spawn_on;
        fn(&mut Queued, Ready<u8>) -> AbortHandle = Queued::spawn_local;
        fn(&mut Queued, fn() -> u8) -> AbortHandle = Queued::spawn_blocking;
        fn(&mut Queued, fn() -> u8, &Handle) -> AbortHandle = Queued::spawn_blocking_on;
        async (this: &mut Queued) -> Option<Result<u8, JoinError>> = Queued::join_next;
        async (this: &mut Queued) -> Option<Result<(Id, u8), JoinError>> = Queued::join_next_with_id;
        fn(&mut Queued) -> Option<Result<u8, JoinError>> = Queued::try_join_next;
        fn(&mut Queued) -> Option<Result<(Id, u8), JoinError>> = Queued::try_join_next_with_id;
        fn(&mut Queued, &mut Context<'_>) -> Poll<Option<Result<u8, JoinError>>> = Queued::poll_join_next;
        fn(&mut Queued, &mut Context<'_>) -> Poll<Option<Result<(Id, u8), JoinError>>> = Queued::poll_join_next_with_id;
        async (this: &mut Queued) -> () = Queued::shutdown;
        async (this: Queued) -> Vec<u8> = Queued::join_all;
        fn(&mut Queued) = Queued::abort_all;
        fn(&mut Queued) = Queued::detach_all;
    }
}

#[test]
fn handles() {
    methods! {
        fn(JoinHandle<u8>) -> AbortOnDropHandle<u8> = AbortOnDropHandle::new;
        fn(&AbortOnDropHandle<u8>) = AbortOnDropHandle::abort;
        fn(&AbortOnDropHandle<u8>) -> bool = AbortOnDropHandle::is_finished;
        fn(&AbortOnDropHandle<u8>) -> AbortHandle = AbortOnDropHandle::abort_handle;
        fn(AbortOnDropHandle<u8>) -> JoinHandle<u8> = AbortOnDropHandle::detach;
        fn(&AbortOnDropHandle<u8>) -> &JoinHandle<u8> = AsRef::as_ref;
        fn(AbortHandle) -> AbortOnDrop = AbortOnDrop::new;
        fn(&AbortOnDrop) = AbortOnDrop::abort;
        fn(&AbortOnDrop) -> bool = AbortOnDrop::is_finished;
        fn(AbortOnDrop) -> AbortHandle = AbortOnDrop::detach;
        fn(usize) -> LocalPoolHandle = LocalPoolHandle::new;
        fn(&LocalPoolHandle) -> usize = LocalPoolHandle::num_threads;
        fn(&LocalPoolHandle) -> Vec<usize> = LocalPoolHandle::get_task_loads_for_each_worker;
        fn(&LocalPoolHandle, fn() -> Ready<u8>) -> JoinHandle<u8> = LocalPoolHandle::spawn_pinned;
        fn(&LocalPoolHandle, fn() -> Ready<u8>, usize) -> JoinHandle<u8> = LocalPoolHandle::spawn_pinned_by_idx;
        fn() -> TaskTracker = TaskTracker::new;
        fn(&TaskTracker) -> bool = TaskTracker::close;
        fn(&TaskTracker) -> bool = TaskTracker::reopen;
        fn(&TaskTracker) -> TaskTrackerToken = TaskTracker::token;
        async (this: &TaskTracker) -> () = TaskTracker::wait;
    }
}

#[test]
fn polled_by_hand() {
    methods! {
        fn(mpsc::Sender<u8>) -> PollSender<u8> = PollSender::new;
        fn(&mut PollSender<u8>, &mut Context<'_>) -> Poll<Result<(), PollSendError<u8>>> = PollSender::poll_reserve;
        fn(&mut PollSender<u8>, u8) -> Result<(), PollSendError<u8>> = PollSender::send_item;
        fn(&PollSender<u8>) -> bool = PollSender::is_closed;
        fn(&PollSender<u8>) -> Option<&mpsc::Sender<u8>> = PollSender::get_ref;
        fn(&mut PollSender<u8>) = PollSender::close;
        fn(&mut PollSender<u8>) -> bool = PollSender::abort_send;
        fn(PollSendError<u8>) -> Option<u8> = PollSendError::into_inner;
        fn(Arc<Semaphore>) -> PollSemaphore = PollSemaphore::new;
        fn(&PollSemaphore) = PollSemaphore::close;
        fn(&PollSemaphore) -> Arc<Semaphore> = PollSemaphore::clone_inner;
        fn(PollSemaphore) -> Arc<Semaphore> = PollSemaphore::into_inner;
        fn(&mut PollSemaphore, &mut Context<'_>) -> Poll<Option<OwnedSemaphorePermit>> = PollSemaphore::poll_acquire;
        fn(&mut PollSemaphore, &mut Context<'_>, u32) -> Poll<Option<OwnedSemaphorePermit>> = PollSemaphore::poll_acquire_many;
        fn(&PollSemaphore) -> usize = PollSemaphore::available_permits;
        fn(&PollSemaphore, usize) = PollSemaphore::add_permits;
        fn(Ready<u8>) -> ReusableBoxFuture<'static, u8> = ReusableBoxFuture::new;
        fn(&mut ReusableBoxFuture<'static, u8>, Ready<u8>) = ReusableBoxFuture::set;
        fn(&mut ReusableBoxFuture<'static, u8>, Ready<u8>) -> Result<(), Ready<u8>> = ReusableBoxFuture::try_set;
        fn(&mut ReusableBoxFuture<'static, u8>, &mut Context<'_>) -> Poll<u8> = ReusableBoxFuture::poll;
    }
}

#[test]
fn cancellation_token() {
    methods! {
        fn() -> CancellationToken = CancellationToken::new;
        fn(&CancellationToken) -> CancellationToken = CancellationToken::child_token;
        fn(&CancellationToken) = CancellationToken::cancel;
        fn(&CancellationToken) -> bool = CancellationToken::is_cancelled;
        async (this: &CancellationToken) -> () = CancellationToken::cancelled;
        async (this: CancellationToken) -> () = CancellationToken::cancelled_owned;
        fn(CancellationToken) -> DropGuard = CancellationToken::drop_guard;
        fn(&CancellationToken) -> DropGuardRef<'_> = CancellationToken::drop_guard_ref;
        async (this: &CancellationToken, future: Ready<u8>) -> Option<u8> = CancellationToken::run_until_cancelled;
        async (this: CancellationToken, future: Ready<u8>) -> Option<u8> = CancellationToken::run_until_cancelled_owned;
        fn(DropGuard) -> CancellationToken = DropGuard::disarm;
    }
}

type Items = ReceiverStream<u8>;

#[test]
fn streams() {
    fn is_stream<T: Stream<Item = I>, I>() {}
    is_stream::<Items, u8>();
    is_stream::<UnboundedReceiverStream<u8>, u8>();
    is_stream::<WatchStream<u8>, u8>();
    is_stream::<IntervalStream, Instant>();
    is_stream::<JoinSetStream<u8>, Result<u8, JoinError>>();
    is_stream::<StreamMap<u8, Items>, (u8, u8)>();
    methods! {
        fn(mpsc::Receiver<u8>) -> Items = Items::new;
        fn(&mut Items) = Items::close;
        fn(Items) -> mpsc::Receiver<u8> = Items::into_inner;
        fn(broadcast::Receiver<u8>) -> BroadcastStream<u8> = BroadcastStream::new;
        fn(watch::Receiver<u8>) -> WatchStream<u8> = WatchStream::from_changes;
        fn(JoinSet<u8>) -> JoinSetStream<u8> = JoinSetStream::new;
        fn(Items, Duration) -> Timeout<Items> = Items::timeout;
        fn(Items, Interval) -> TimeoutRepeating<Items> = Items::timeout_repeating;
        fn(Items, Duration) -> Throttle<Items> = Items::throttle;
        fn(Items, usize, Duration) -> ChunksTimeout<Items> = Items::chunks_timeout;
        fn() -> StreamMap<u8, Items> = StreamMap::new;
        fn(&mut StreamMap<u8, Items>, u8, Items) -> Option<Items> = StreamMap::insert;
        fn(&mut StreamMap<u8, Items>, &u8) -> Option<Items> = StreamMap::remove;
        fn(&StreamMap<u8, Items>, &u8) -> bool = StreamMap::contains_key;
        fn(&mut StreamMap<u8, Items>) = StreamMap::clear;
        async (this: &mut StreamMap<u8, Items>, buffer: &mut Vec<(u8, u8)>, limit: usize) -> usize = StreamMap::next_many;
    }
}
