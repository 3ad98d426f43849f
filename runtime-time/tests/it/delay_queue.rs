//! `DelayQueue`: order, resets, who is woken, and what is refused.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use runtime_time::delay_queue::{DelayQueue, Expired, Key};
use runtime_time::{Instant, pause, sleep};

use crate::support::{Bell, Flavor, MS, guarded, made_in, on_each_flavor};

async fn next<T>(queue: &mut DelayQueue<T>) -> Option<Expired<T>> {
    poll_fn(|cx| queue.poll_expired(cx)).await
}

async fn next_value<T>(queue: &mut DelayQueue<T>) -> Option<T> {
    next(queue).await.map(Expired::into_inner)
}

/// On a current-thread runtime whose clock stands still.
fn paused<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    guarded(move || {
        Flavor::CurrentThread.build().block_on(async {
            pause();
            test().await;
        });
    });
}

#[test]
fn values_come_out_by_deadline_then_in_order_and_never_early() {
    on_each_flavor(|| async {
        let mut queue = DelayQueue::new();
        let start = Instant::now();
        for n in [3, 1, 2, 1] {
            queue.insert_at(n, start + n * MS);
        }
        let fourth = queue.insert(4, 4 * MS);
        let mut seen = Vec::new();
        while let Some(expired) = next(&mut queue).await {
            assert!(Instant::now() >= expired.deadline());
            assert_eq!(expired.key() == fourth, *expired.get_ref() == 4);
            seen.push(expired.into_inner());
        }
        assert_eq!(seen, [1, 1, 2, 3, 4]);
        assert!(queue.is_empty() && next(&mut queue).await.is_none());
    });
}

#[test]
fn ties_come_out_in_the_order_of_insertion_and_after_a_reset_too() {
    paused(|| async {
        let mut queue = DelayQueue::new();
        let when = Instant::now() + MS;
        let keys: Vec<_> = (0..5).map(|n| queue.insert_at(n, when)).collect();
        queue.reset_at(&keys[0], when + MS);
        queue.reset_at(&keys[0], when);
        assert_eq!(queue.peek(), Some(keys[0]));
        for n in 0..5 {
            assert_eq!(next_value(&mut queue).await, Some(n));
        }
    });
}

#[test]
fn the_past_is_ready_at_once_and_forever_never() {
    paused(|| async {
        let mut queue = DelayQueue::with_capacity(2);
        sleep(MS).await;
        queue.insert_at("past", Instant::now() - MS);
        let never = queue.insert("never", Duration::MAX);
        let mut cx = Context::from_waker(Waker::noop());
        match queue.poll_expired(&mut cx) {
            Poll::Ready(Some(mut expired)) => assert_eq!(*expired.get_mut(), "past"),
            other => panic!("{other:?}"),
        }
        assert!(queue.poll_expired(&mut cx).is_pending());
        // Into the past.
        queue.reset_at(&never, Instant::now());
        assert_eq!(next_value(&mut queue).await, Some("never"));
    });
}

#[test]
fn resets_move_a_value_both_ways() {
    paused(|| async {
        let start = Instant::now();
        let mut queue = DelayQueue::new();
        let a = queue.insert("a", 10 * MS);
        let b = queue.insert("b", 20 * MS);
        queue.reset(&a, 30 * MS);
        assert_eq!(
            (queue.peek(), queue.deadline(&a)),
            (Some(b), start + 30 * MS)
        );
        queue.reset(&b, 40 * MS);
        assert_eq!(next_value(&mut queue).await, Some("a"));
        assert_eq!(start.elapsed(), 30 * MS);
        queue.reset(&b, 5 * MS);
        assert_eq!(next_value(&mut queue).await, Some("b"));
        assert_eq!(start.elapsed(), 35 * MS);
    });
}

#[test]
fn who_waits_is_woken_when_it_has_to_look_again_and_only_then() {
    guarded(|| {
        let runtime = Flavor::CurrentThread.build();
        made_in(&runtime, || {
            let (bell, waker) = Bell::new();
            let mut cx = Context::from_waker(&waker);
            let mut queue = DelayQueue::new();
            let far = queue.insert("far", Duration::from_secs(3600));
            let mut rung = 0;
            let mut look = |queue: &mut DelayQueue<_>, rings: bool| {
                rung += usize::from(rings);
                assert_eq!(bell.rings(), rung);
                assert!(queue.poll_expired(&mut cx).is_pending());
            };
            look(&mut queue, false);
            let near = queue.insert("near", Duration::from_secs(60));
            look(&mut queue, true);
            queue.insert("further", Duration::from_secs(7200));
            look(&mut queue, false);
            queue.reset(&near, Duration::from_secs(120));
            look(&mut queue, false);
            queue.reset(&near, Duration::from_secs(30));
            look(&mut queue, true);
            queue.remove(&near);
            look(&mut queue, false);
            queue.remove(&far);
            look(&mut queue, false);
            queue.clear();
            assert_eq!(bell.rings(), rung + 1);
            assert!(matches!(queue.poll_expired(&mut cx), Poll::Ready(None)));
        });
    });
}

#[test]
fn clearing_ends_a_wait() {
    on_each_flavor(|| async {
        let queue = std::sync::Arc::new(parking_lot::Mutex::new(DelayQueue::new()));
        queue.lock().insert((), Duration::from_secs(3600));
        let waits = queue.clone();
        let task = runtime_core::spawn(poll_fn(move |cx| waits.lock().poll_expired(cx)));
        runtime_core::task::yield_now().await;
        queue.lock().clear();
        assert!(task.await.unwrap().is_none());
    });
}

#[test]
fn a_key_that_names_nothing_is_refused() {
    let mut queue = DelayQueue::new();
    let key: Key = queue.insert_at(1, Instant::now());
    assert_eq!(queue.remove(&key).into_inner(), 1);
    // Not taken for another value.
    let other = queue.insert_at(2, Instant::now());
    assert_ne!(key, other);
    assert!(queue.try_remove(&key).is_none());
    type Misuse = fn(&mut DelayQueue<i32>, &Key);
    let misuses: [Misuse; 4] = [
        |queue, key| assert_eq!(queue.remove(key).into_inner(), 1),
        |queue, key| queue.reset(key, MS),
        |queue, key| queue.reset_at(key, Instant::now()),
        |queue, key| assert!(queue.deadline(key) > Instant::now()),
    ];
    for misuse in misuses {
        let caught = catch_unwind(AssertUnwindSafe(|| misuse(&mut queue, &key)));
        let text = *caught.unwrap_err().downcast::<String>().unwrap();
        assert!(text.contains("try_remove"), "{text}");
    }
    assert_eq!(queue.len(), 1);
    let caught = catch_unwind(AssertUnwindSafe(|| queue.reserve(usize::MAX)));
    assert!(caught.is_err());
}

#[test]
fn room_grows_and_is_given_back_and_keys_stay() {
    let mut queue = DelayQueue::default();
    queue.reserve(1000);
    assert!(queue.capacity() >= 1000);
    let keys: Vec<_> = (0..1000)
        .map(|n| queue.insert_at(n, Instant::now()))
        .collect();
    for key in &keys[1..] {
        queue.remove(key);
    }
    queue.compact();
    assert!(queue.capacity() < 1000);
    queue.shrink_to_fit();
    assert_eq!(queue.remove(&keys[0]).into_inner(), 0);
    assert!(format!("{queue:?}").starts_with("DelayQueue { len: 0"));
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u8),
    Remove(u8),
    Reset(u8, u8),
    Wait(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..50_u8).prop_map(Step::Insert),
        any::<u8>().prop_map(Step::Remove),
        (any::<u8>(), 0..50_u8).prop_map(|(key, ms)| Step::Reset(key, ms)),
        (0..20_u8).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn it_behaves_as_a_sorted_map_would(steps in steps()) {
        let runtime = Flavor::CurrentThread.build();
        runtime.block_on(async {
            pause();
            let mut queue = DelayQueue::new();
            let mut model = BTreeMap::new();
            let mut keys = Vec::new();
            let at = |ms: u8| Instant::now() + u32::from(ms) * MS;
            for step in steps {
                match step {
                    Step::Insert(ms) => {
                        keys.push((queue.insert_at(keys.len(), at(ms)), at(ms)));
                        model.insert((at(ms), keys.len() - 1), ());
                    }
                    Step::Remove(n) if !keys.is_empty() => {
                        let n = usize::from(n) % keys.len();
                        let there = model.remove(&(keys[n].1, n)).is_some();
                        assert_eq!(queue.try_remove(&keys[n].0).is_some(), there);
                    }
                    Step::Reset(n, ms) if !keys.is_empty() => {
                        let n = usize::from(n) % keys.len();
                        if model.remove(&(keys[n].1, n)).is_some() {
                            queue.reset_at(&keys[n].0, at(ms));
                            keys[n].1 = at(ms);
                            model.insert((at(ms), n), ());
                        }
                    }
                    Step::Remove(_) | Step::Reset(..) => {}
                    Step::Wait(ms) => {
                        sleep(u32::from(ms) * MS).await;
                        let mut cx = Context::from_waker(Waker::noop());
                        while let Some((&(when, n), ())) = model.first_key_value() {
                            if when > Instant::now() {
                                break;
                            }
                            model.pop_first();
                            match queue.poll_expired(&mut cx) {
                                Poll::Ready(Some(expired)) => assert_eq!(*expired.get_ref(), n),
                                other => panic!("{other:?}"),
                            }
                        }
                        assert_eq!(queue.poll_expired(&mut cx).is_pending(), !model.is_empty());
                    }
                }
                assert_eq!(queue.len(), model.len());
            }
        });
    }
}
