//! Wakers and values that panic, re-enter and drop things: nothing is poisoned, deadlocked or dropped twice.

use crate::support::{Tracked, living, now, pending, within_a_minute};
use parking_lot::Mutex as PlainMutex;
use runtime_sync::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};

type Action = Box<dyn Fn() + Send + Sync>;

/// A waker that does something when woken.
struct Acts {
    action: Action,
    woken: AtomicUsize,
}

impl Wake for Acts {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.fetch_add(1, SeqCst);
        (self.action)();
    }
}

fn acts(action: impl Fn() + Send + Sync + 'static) -> (Arc<Acts>, Waker) {
    let acts = Arc::new(Acts {
        action: Box::new(action),
        woken: AtomicUsize::new(0),
    });
    (Arc::clone(&acts), Waker::from(acts))
}

/// Polls with the given waker; the future must be pending.
fn park<F: Future>(future: F, waker: &Waker) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(waker))
            .is_pending()
    );
    future
}

/// Runs `wake` while a waker that panics waits first and a good one second. The panic goes on, and the second is
/// woken.
fn a_panicking_waker<F: Future>(wait: impl Fn() -> F, wake: impl FnOnce()) {
    let (_, bad) = acts(|| panic!("bad waker"));
    let (good, good_waker) = acts(|| ());
    let first = park(wait(), &bad);
    let second = park(wait(), &good_waker);
    assert!(catch_unwind(AssertUnwindSafe(wake)).is_err());
    assert_eq!(good.woken.load(SeqCst), 1);
    drop((first, second));
}

#[test]
fn sync_06_a_panicking_waker_stops_nobody() {
    let semaphore = Semaphore::new(0);
    a_panicking_waker(|| semaphore.acquire(), || semaphore.add_permits(2));
    assert_eq!(semaphore.available_permits(), 2);
    drop(now(semaphore.acquire_many(2)));

    let closing = Semaphore::new(0);
    a_panicking_waker(|| closing.acquire(), || closing.close());

    let notify = Notify::new();
    a_panicking_waker(|| notify.notified(), || notify.notify_waiters());
    notify.notify_one();
    now(notify.notified());

    let once = SetOnce::new();
    a_panicking_waker(|| once.wait(), || drop(once.set(1)));
    assert_eq!(now(once.wait()), &1);

    let event = Event::new();
    a_panicking_waker(|| event.wait(), || event.set());
    now(event.wait());

    let (mutex, changed) = (Mutex::new(()), Condvar::new());
    a_panicking_waker(
        || changed.wait(mutex.try_lock().unwrap()),
        || changed.notify_all(),
    );
    assert!(mutex.try_lock().is_ok());

    let limiter = CapacityLimiter::new(0);
    a_panicking_waker(|| limiter.acquire(), || limiter.set_total_tokens(2));
    assert_eq!(limiter.available_tokens(), 2);

    let queue = Queue::<i32>::unbounded();
    a_panicking_waker(|| queue.get(), || queue.shutdown(false));
    let queue = Queue::bounded(1);
    queue.try_put(0).unwrap();
    a_panicking_waker(|| queue.put(1), || queue.shutdown(true));
    a_panicking_waker_of_a_join();

    let token = CancellationToken::new();
    let child = token.child_token();
    let (_, bad) = acts(|| panic!("bad waker"));
    let (good, good_waker) = acts(|| ());
    let first = park(token.cancelled(), &bad);
    let second = park(child.cancelled(), &good_waker);
    assert!(catch_unwind(AssertUnwindSafe(|| token.cancel())).is_err());
    assert_eq!(good.woken.load(SeqCst), 1);
    assert!(child.is_cancelled());
    drop((first, second));
}

fn a_panicking_waker_of_a_join() {
    let queue = Queue::unbounded();
    queue.try_put(1).unwrap();
    a_panicking_waker(|| queue.join(), || queue.task_done());
    assert_eq!(queue.unfinished(), 0);
}

#[test]
fn sync_06_a_waker_may_use_what_stands_beside_the_channels() {
    let queue = Arc::new(Queue::bounded(2));
    let inner = Arc::clone(&queue);
    let (acting, waker) = acts(move || {
        inner.try_put(2).unwrap();
        assert!(!inner.is_empty());
        inner.task_done();
        inner.shutdown(false);
    });
    let getting = park(queue.get(), &waker);
    queue.try_put(1).unwrap();
    assert_eq!(acting.woken.load(SeqCst), 1);
    assert_eq!(now(getting), Ok(1));
    assert_eq!(queue.try_get(), Ok(2));

    let shared = Arc::new((Mutex::new(()), Condvar::new(), Event::new()));
    let inner = Arc::clone(&shared);
    let (acting, waker) = acts(move || {
        drop(pending(inner.1.wait(inner.0.try_lock().unwrap())));
        inner.1.notify_all();
        inner.2.clear();
        drop(pending(inner.2.wait()));
    });
    let waiting = park(shared.1.wait(shared.0.try_lock().unwrap()), &waker);
    shared.1.notify_all();
    let other = park(shared.2.wait(), &waker);
    shared.2.set();
    assert_eq!(acting.woken.load(SeqCst), 2);
    drop((waiting, other));

    let limiter = Arc::new(CapacityLimiter::new(0));
    let inner = Arc::clone(&limiter);
    let (acting, waker) = acts(move || {
        drop(inner.try_acquire());
        inner.set_total_tokens(2);
        drop(pending(async {
            let _one = inner.acquire().await;
            inner.acquire().await.is_ok()
        }));
    });
    let waiting = park(limiter.acquire(), &waker);
    limiter.set_total_tokens(1);
    assert_eq!(acting.woken.load(SeqCst), 1);
    drop(waiting);
    assert_eq!(limiter.borrowed_tokens(), 0);
}

#[test]
fn sync_06_a_panicking_waker_of_a_channel() {
    let (_, bad) = acts(|| panic!("bad waker"));

    let (tx, mut rx) = mpsc::unbounded_channel();
    let receiving = park(rx.recv(), &bad);
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(1))).is_err());
    drop(receiving);
    assert_eq!(now(rx.recv()), Some(1));
    tx.send(2).unwrap();
    assert_eq!(now(rx.recv()), Some(2));

    let (tx, rx) = oneshot::channel();
    let receiving = park(rx, &bad);
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(1))).is_err());
    assert_eq!(now(receiving), Ok(1));

    let (tx, rx) = broadcast::channel(2);
    let mut receivers = [rx.resubscribe(), rx];
    let [one, two] = &mut receivers;
    let (good, good_waker) = acts(|| ());
    let waiting = (park(one.recv(), &bad), park(two.recv(), &good_waker));
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(1))).is_err());
    assert_eq!(good.woken.load(SeqCst), 1);
    drop(waiting);
    assert!(receivers.iter_mut().all(|rx| rx.try_recv() == Ok(1)));

    let (tx, mut rx) = watch::channel(0);
    let waiting = park(rx.changed(), &bad);
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(1))).is_err());
    drop(waiting);
    now(rx.changed()).unwrap();

    let barrier = Barrier::new(2);
    let waiting = park(barrier.wait(), &bad);
    assert!(catch_unwind(AssertUnwindSafe(|| now(barrier.wait()))).is_err());
    drop(waiting);
    pending(barrier.wait());
}

#[test]
fn sync_06_a_panicking_waker_of_one_list_stops_no_other_list() {
    // Receivers of a watch channel wait in several lists, whichever.
    let (tx, rx) = watch::channel(0);
    let mut receivers: Vec<_> = (0..16).map(|_| rx.clone()).collect();
    let (_, bad) = acts(|| panic!("bad waker"));
    let (good, good_waker) = acts(|| ());
    let mut waiting = Vec::new();
    for (i, rx) in receivers.iter_mut().enumerate() {
        waiting.push(park(rx.changed(), if i < 8 { &bad } else { &good_waker }));
    }
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(1))).is_err());
    assert_eq!(good.woken.load(SeqCst), 8);
    drop(waiting);

    // A bounded channel that is closed wakes those who wait for room, and those who wait for the close.
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(1).unwrap();
    let (good, good_waker) = acts(|| ());
    let waiting = (park(tx.reserve(), &bad), park(tx.closed(), &good_waker));
    assert!(catch_unwind(AssertUnwindSafe(|| rx.close())).is_err());
    assert_eq!(good.woken.load(SeqCst), 1);
    drop(waiting);
    assert_eq!(now(rx.recv()), Some(1));
    assert_eq!(now(rx.recv()), None);
}

#[test]
fn sync_06_a_waker_may_use_what_it_is_woken_from() {
    let semaphore = Arc::new(Semaphore::new(0));
    let inner = Arc::clone(&semaphore);
    let (acting, waker) = acts(move || {
        drop(inner.try_acquire());
        inner.add_permits(1);
        drop(pending(inner.acquire_many(5)));
    });
    let waiting = park(semaphore.acquire(), &waker);
    semaphore.add_permits(1);
    assert_eq!(acting.woken.load(SeqCst), 1);
    drop(waiting);
    assert_eq!(semaphore.available_permits(), 2);

    let notify = Arc::new(Notify::new());
    let inner = Arc::clone(&notify);
    let (acting, waker) = acts(move || {
        inner.notify_one();
        now(inner.notified());
        inner.notify_waiters();
    });
    let waiting = park(notify.notified(), &waker);
    notify.notify_waiters();
    assert_eq!(acting.woken.load(SeqCst), 1);
    drop(waiting);

    let (tx, rx) = mpsc::channel(4);
    let rx = Arc::new(PlainMutex::new(rx));
    let (sender, receiver) = (tx.clone(), Arc::clone(&rx));
    let (acting, waker) = acts(move || {
        sender.try_send(2).unwrap();
        receiver.lock().close();
    });
    assert!(
        rx.lock()
            .poll_recv(&mut Context::from_waker(&waker))
            .is_pending()
    );
    tx.try_send(1).unwrap();
    assert_eq!(acting.woken.load(SeqCst), 1);
    let mut rx = rx.lock();
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
}

#[test]
fn sync_06_a_waker_may_drop_the_futures_that_wait() {
    // The first wake drops all other waiters, which are in the same batch.
    type Waiting = PlainMutex<Vec<Pin<Box<futures::OwnedNotified>>>>;
    let notify = Arc::new(Notify::new());
    let waiting: Arc<Waiting> = Arc::default();
    let inner = Arc::clone(&waiting);
    let (acting, waker) = acts(move || {
        let dropped = std::mem::take(&mut *inner.lock());
        drop(dropped);
    });
    for _ in 0..100 {
        let future = park(Arc::clone(&notify).notified_owned(), &waker);
        waiting.lock().push(future);
    }
    notify.notify_waiters();
    // One batch had been collected before its wakers ran.
    assert!((1..=32).contains(&acting.woken.load(SeqCst)));
    assert!(waiting.lock().is_empty());
}

/// Does something when dropped; a lock held meanwhile would be met again.
struct ActsOnDrop<A: Fn() + Send + Sync + 'static>(A, Arc<AtomicUsize>);

impl<A: Fn() + Send + Sync> Wake for ActsOnDrop<A> {
    fn wake(self: Arc<Self>) {}
}

impl<A: Fn() + Send + Sync> Drop for ActsOnDrop<A> {
    fn drop(&mut self) {
        (self.0)();
        self.1.fetch_add(1, SeqCst);
    }
}

/// Polls the futures with wakers that act when they are dropped. Each waker goes in its own way: replaced by another
/// one, and dropped with its future.
fn wakers_that_act_when_dropped<F: Future>(
    [replaced, dropped]: [F; 2],
    action: impl Fn() + Send + Sync + Clone + 'static,
) {
    let gone = Arc::new(AtomicUsize::new(0));
    let waker = || Waker::from(Arc::new(ActsOnDrop(action.clone(), Arc::clone(&gone))));
    let mut waiting = park(replaced, &waker());
    assert_eq!(gone.load(SeqCst), 0);
    let _ = waiting
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(gone.load(SeqCst), 1);
    drop(waiting);
    let waiting = park(dropped, &waker());
    assert_eq!(gone.load(SeqCst), 1);
    drop(waiting);
    assert_eq!(gone.load(SeqCst), 2);
}

#[test]
fn sync_06_a_waker_that_is_slow_to_drop_is_dropped_without_a_lock() {
    within_a_minute(|| {
        static SEMAPHORE: Semaphore = Semaphore::const_new(0);
        let two = || [SEMAPHORE.acquire_many(9), SEMAPHORE.acquire_many(9)];
        wakers_that_act_when_dropped(two(), || SEMAPHORE.add_permits(1));
        assert_eq!(SEMAPHORE.available_permits(), 2);

        static LOCK: RwLock<()> = RwLock::const_new(());
        let held = LOCK.try_read().unwrap();
        wakers_that_act_when_dropped([LOCK.write(), LOCK.write()], || {
            drop(pending(LOCK.write()));
        });
        drop(held);

        static NOTIFY: Notify = Notify::const_new();
        let notified = || NOTIFY.notified();
        wakers_that_act_when_dropped([wait_later(notified), wait_later(notified)], || {
            NOTIFY.notify_waiters();
        });

        static CHANGED: (Mutex<()>, Condvar) = (Mutex::const_new(()), Condvar::const_new());
        let wait = || CHANGED.1.wait(CHANGED.0.try_lock().unwrap());
        let first = pending(wait());
        wakers_that_act_when_dropped([wait_later(wait), wait_later(wait)], || {
            CHANGED.1.notify_one();
        });
        drop(first);

        static EVENT: Event = Event::const_new();
        wakers_that_act_when_dropped([EVENT.wait(), EVENT.wait()], || {
            EVENT.set();
            EVENT.clear();
        });

        static LIMITER: CapacityLimiter = CapacityLimiter::const_new(0);
        wakers_that_act_when_dropped([LIMITER.acquire(), LIMITER.acquire()], || {
            LIMITER.set_total_tokens(0);
        });

        let barrier = Arc::new(Barrier::new(9));
        let inner = Arc::clone(&barrier);
        wakers_that_act_when_dropped([barrier.wait(), barrier.wait()], move || {
            drop(pending(inner.wait()));
        });

        let queue = Arc::new(Queue::<u8>::bounded(1));
        let inner = Arc::clone(&queue);
        wakers_that_act_when_dropped([queue.get(), queue.get()], move || {
            drop(pending(inner.get()));
        });

        let token = CancellationToken::new();
        let inner = token.clone();
        wakers_that_act_when_dropped([token.cancelled(), token.cancelled()], move || {
            drop(pending(inner.cancelled()));
        });
    });
}

#[test]
fn sync_06_a_waker_of_a_channel_that_is_slow_to_drop_is_dropped_without_a_lock() {
    within_a_minute(|| {
        let (tx, mut rx) = broadcast::channel::<i32>(4);
        let mut other = tx.subscribe();
        wakers_that_act_when_dropped([rx.recv(), other.recv()], move || {
            assert_eq!(tx.receiver_count(), 2);
        });

        let (tx, mut rx) = watch::channel(0);
        let mut other = rx.clone();
        let tx = Arc::new(tx);
        wakers_that_act_when_dropped([rx.changed(), other.changed()], move || {
            // The second future looks only at what comes after it.
            tx.send_if_modified(|_| false);
            drop(pending(tx.closed()));
        });

        let (tx, _rx) = mpsc::channel(1);
        tx.try_send(1).unwrap();
        let inner = tx.clone();
        wakers_that_act_when_dropped([tx.reserve(), tx.reserve()], move || {
            drop(pending(inner.reserve()));
        });

        // The one waker of a receiver: replaced by another poll, and dropped with the receiver.
        let gone = Arc::new(AtomicUsize::new(0));
        let (tx, mut rx) = mpsc::unbounded_channel();
        let waker = || {
            let tx = tx.clone();
            Waker::from(Arc::new(ActsOnDrop(
                move || tx.send(1).unwrap_or_default(),
                Arc::clone(&gone),
            )))
        };
        for _ in 0..2 {
            // The second time it may find what the first waker sent when it was replaced.
            let waker = waker();
            let _ = rx.poll_recv(&mut Context::from_waker(&waker));
        }
        assert_eq!(gone.load(SeqCst), 1);
        drop(rx);
        assert_eq!(gone.load(SeqCst), 2);

        let (tx, mut rx) = oneshot::channel();
        let tx = Arc::new(PlainMutex::new(Some(tx)));
        let inner = Arc::clone(&tx);
        let (acting, waker) = {
            let gone = Arc::new(AtomicUsize::new(0));
            let send = move || {
                let sent = inner.lock().take().map(|tx| tx.send(1));
                assert!(sent.is_none_or(|sent| sent.is_ok()));
            };
            (
                Arc::clone(&gone),
                Waker::from(Arc::new(ActsOnDrop(send, gone))),
            )
        };
        assert!(
            Pin::new(&mut rx)
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        drop(waker);
        // The new waker takes the place of the old one, which sends.
        let polled = Pin::new(&mut rx).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(acting.load(SeqCst), 1);
        // It was in time for this poll, or is there for the next one.
        assert!(polled.is_ready() || rx.try_recv() == Ok(1));
    });
}

/// Waits as `wait` does, from the first poll on.
async fn wait_later<F: Future>(wait: impl Fn() -> F) -> F::Output {
    wait().await
}

/// Panics when dropped, if told to.
struct Bomb {
    armed: bool,
    _tracked: Tracked,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.armed, "bomb");
    }
}

#[test]
fn sync_14_values_that_panic_in_drop_are_dropped_once_and_stop_nobody() {
    let alive = Arc::new(());
    let bomb = |armed| Bomb {
        armed,
        _tracked: Tracked::new(&alive),
    };

    let (tx, rx) = mpsc::unbounded_channel();
    for i in 0..100 {
        assert!(tx.send(bomb(i % 7 == 0)).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!(living(&alive), 0);
    assert!(tx.is_closed());

    let (tx, rx) = oneshot::channel();
    assert!(tx.send(bomb(true)).is_ok());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!(living(&alive), 0);

    let (tx, rx) = watch::channel(bomb(true));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(tx.send(bomb(false))))).is_err());
    assert!(rx.has_changed().unwrap());
    drop((tx, rx));
    assert_eq!(living(&alive), 0);

    let cell = OnceCell::from(bomb(true));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(cell))).is_err());
    assert_eq!(living(&alive), 0);
}

#[test]
fn sync_14_broadcast_survives_evil_clones_and_drops() {
    struct Evil(bool, Tracked);
    impl Clone for Evil {
        fn clone(&self) -> Self {
            assert!(!self.0, "in clone");
            Self(self.0, self.1.clone())
        }
    }
    let alive = Arc::new(());
    let (tx, mut one) = broadcast::channel(4);
    let mut two = tx.subscribe();
    assert!(tx.send(Evil(true, Tracked::new(&alive))).is_ok());
    assert!(tx.send(Evil(false, Tracked::new(&alive))).is_ok());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(one.try_recv()))).is_err());
    // The receiver is past the bad one; the last receiver takes it without a clone.
    assert!(one.try_recv().is_ok());
    assert!(two.try_recv().is_ok_and(|evil| evil.0));
    assert!(two.try_recv().is_ok());
    assert_eq!(living(&alive), 0);
}

#[test]
fn sync_14_a_panicking_initialiser_frees_the_cell() {
    let cell = OnceCell::new();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        now(cell.get_or_try_init(|| async { if true { panic!("no") } else { Ok::<i32, ()>(1) } }))
            .ok();
    }));
    assert!(panic.is_err());
    assert_eq!(now(cell.get_or_init(|| async { 2 })), &2);
}
