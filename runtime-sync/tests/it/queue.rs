use crate::support::{Tracked, living, now, pending, rounds, within_a_minute};
use futures_executor::block_on;
use runtime_sync::queue::error::{TryGetError, TryPutError};
use runtime_sync::{LifoQueue, PriorityQueue, Queue};
use std::cmp::{Ordering, Reverse};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

#[test]
fn each_queue_has_its_order() {
    let (fifo, lifo, priority) = (
        Queue::unbounded(),
        LifoQueue::unbounded(),
        PriorityQueue::unbounded(),
    );
    for i in [2, 3, 1] {
        now(fifo.put(i)).unwrap();
        now(lifo.put(i)).unwrap();
        now(priority.put(i)).unwrap();
    }
    let three = |get: &dyn Fn() -> i32| [get(), get(), get()];
    assert_eq!(three(&|| now(fifo.get()).unwrap()), [2, 3, 1]);
    assert_eq!(three(&|| now(lifo.get()).unwrap()), [1, 3, 2]);
    assert_eq!(three(&|| now(priority.get()).unwrap()), [1, 2, 3]);
}

#[test]
fn equal_priorities_come_out_in_the_order_of_arrival() {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct Job(Reverse<u32>, Same);
    /// Differs, and takes no part in the order.
    #[derive(Debug)]
    struct Same(u32);
    impl Ord for Same {
        fn cmp(&self, _: &Self) -> Ordering {
            Ordering::Equal
        }
    }
    impl PartialOrd for Same {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl PartialEq for Same {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Same {}
    let queue = PriorityQueue::unbounded();
    for i in 0..100 {
        queue.try_put(Job(Reverse(i % 3), Same(i))).ok().unwrap();
    }
    let mut last = (u32::MAX, 0);
    while let Ok(Job(Reverse(priority), Same(number))) = queue.try_get() {
        assert!(priority < last.0 || (priority == last.0 && number > last.1));
        last = (priority, number);
    }
}

#[test]
fn those_who_wait_are_served_in_line() {
    let queue = Queue::bounded(1);
    let mut getting: Vec<_> = (0..3).map(|_| pending(queue.get())).collect();
    queue.try_put(1).unwrap();
    // The item is promised: nobody passes.
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(queue.try_put(2), Err(TryPutError::Full(2)));
    assert_eq!(getting.iter().map(|one| one.woken()).sum::<usize>(), 1);
    assert_eq!(getting[0].assert_ready(), Ok(1));
    drop(getting);

    queue.try_put(10).unwrap();
    let mut putting: Vec<_> = (11..14).map(|i| pending(queue.put(i))).collect();
    assert_eq!(queue.try_get(), Ok(10));
    // The room is promised too.
    assert_eq!(queue.try_put(0), Err(TryPutError::Full(0)));
    assert!(queue.is_full());
    for (i, put) in putting.iter_mut().enumerate() {
        put.assert_ready().unwrap();
        assert_eq!(queue.try_get(), Ok(11 + i));
    }
}

#[test]
fn a_cancelled_get_or_put_passes_its_turn_on() {
    let queue = Queue::bounded(1);
    let first = pending(queue.get());
    let mut second = pending(queue.get());
    queue.try_put(1).unwrap();
    drop(first);
    assert_eq!(second.assert_ready(), Ok(1));

    queue.try_put(2).unwrap();
    let alive = Arc::new(());
    let values = Queue::bounded(1);
    values.try_put(Tracked::new(&alive)).ok().unwrap();
    let first = pending(values.put(Tracked::new(&alive)));
    let mut second = pending(values.put(Tracked::new(&alive)));
    assert!(values.try_get().is_ok());
    drop(first);
    second.assert_ready().unwrap();
    assert_eq!((values.len(), living(&alive)), (1, 1));
}

#[test]
fn the_smallest_is_chosen_when_it_is_taken_not_when_it_was_promised() {
    let queue = PriorityQueue::unbounded();
    let mut getting = pending(queue.get());
    queue.try_put(5).unwrap();
    assert_eq!(getting.woken(), 1);
    queue.try_put(1).unwrap();
    assert_eq!(getting.assert_ready(), Ok(1));
}

#[test]
fn join_waits_until_all_is_done() {
    let queue = Queue::unbounded();
    now(queue.join());
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let mut joining = [pending(queue.join()), pending(queue.join())];
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(2)));
    queue.task_done();
    joining.iter_mut().for_each(|one| one.assert_pending());
    queue.task_done();
    // That all was done once is enough.
    queue.try_put(3).unwrap();
    joining.iter_mut().for_each(|one| one.assert_ready());
    assert_eq!(queue.unfinished(), 1);
}

#[test]
fn too_many_task_done_panic_and_change_nothing() {
    let queue = Queue::unbounded();
    let panic = catch_unwind(AssertUnwindSafe(|| queue.task_done())).unwrap_err();
    let text = panic.downcast_ref::<&str>().unwrap();
    assert!(text.contains("task_done"), "{text}");
    queue.try_put(1).unwrap();
    assert_eq!(queue.unfinished(), 1);
}

#[test]
fn a_shutdown_refuses_puts_and_lets_the_rest_be_got() {
    let queue = Queue::bounded(2);
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let mut putting = pending(queue.put(3));
    queue.shutdown(false);
    assert_eq!(putting.assert_ready().unwrap_err().0, 3);
    assert_eq!(now(queue.put(4)).unwrap_err().0, 4);
    assert_eq!(queue.try_put(5), Err(TryPutError::ShutDown(5)));
    let mut joining = pending(queue.join());
    assert_eq!(now(queue.get()), Ok(1));
    assert_eq!(queue.try_get(), Ok(2));
    assert!(now(queue.get()).is_err());
    assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
    queue.task_done();
    joining.assert_pending();
    queue.task_done();
    joining.assert_ready();
}

#[test]
fn a_shutdown_wakes_those_for_whom_nothing_is_left() {
    let queue = Queue::<i32>::unbounded();
    let mut getting = [pending(queue.get()), pending(queue.get())];
    queue.try_put(1).unwrap();
    queue.shutdown(false);
    let got: Vec<_> = getting
        .iter_mut()
        .map(|get| {
            assert_eq!(get.woken(), 1);
            get.assert_ready()
        })
        .collect();
    assert_eq!(got[0], Ok(1));
    assert!(got[1].is_err());
}

#[test]
fn a_shutdown_leaves_no_item_with_one_who_is_never_polled_again() {
    let queue = Queue::unbounded();
    let promised = pending(queue.get());
    queue.try_put(1).unwrap();
    queue.shutdown(false);
    assert_eq!(now(queue.get()), Ok(1));
    drop(promised);
}

#[test]
fn an_immediate_shutdown_drops_what_is_left() {
    let alive = Arc::new(());
    let queue = LifoQueue::unbounded();
    for _ in 0..10 {
        queue.try_put(Tracked::new(&alive)).unwrap();
    }
    let held = queue.try_get().unwrap();
    let mut joining = pending(queue.join());
    queue.shutdown(true);
    assert_eq!((living(&alive), queue.len(), queue.unfinished()), (1, 0, 1));
    joining.assert_pending();
    queue.task_done();
    joining.assert_ready();
    drop(held);

    let queue = Queue::unbounded();
    queue.try_put(1).unwrap();
    let mut joining = pending(queue.join());
    queue.shutdown(false);
    joining.assert_pending();
    queue.shutdown(true);
    joining.assert_ready();
    assert!(queue.is_shut_down() && queue.is_empty());
}

#[test]
#[should_panic(expected = "capacity of 0")]
fn a_capacity_of_zero_panics() {
    Queue::<i32>::bounded(0);
}

#[test]
#[should_panic(expected = "MAX_PERMITS")]
fn a_capacity_beyond_the_limit_panics() {
    PriorityQueue::<i32>::bounded(runtime_sync::Semaphore::MAX_PERMITS + 1);
}

#[test]
fn sync_14_a_panic_in_a_comparison_loses_neither_item_nor_turn() {
    struct Evil(u32, bool);
    impl Ord for Evil {
        fn cmp(&self, other: &Self) -> Ordering {
            assert!(!self.1 && !other.1, "in the comparison");
            self.0.cmp(&other.0)
        }
    }
    impl PartialOrd for Evil {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl PartialEq for Evil {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other) == Ordering::Equal
        }
    }
    impl Eq for Evil {}
    let queue = PriorityQueue::bounded(2);
    queue.try_put(Evil(1, false)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.try_put(Evil(0, true)))).is_err());
    assert_eq!(
        (queue.len(), queue.unfinished(), queue.is_full()),
        (1, 1, false)
    );
    queue.try_put(Evil(0, false)).unwrap();
    assert_eq!(queue.try_get().unwrap().0, 0);
    assert_eq!(queue.try_get().unwrap().0, 1);

    // The first one meets nobody, and panics when there is another one to compare with.
    queue.try_put(Evil(5, true)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.try_put(Evil(6, false)))).is_err());
    assert_eq!(queue.try_get().unwrap().0, 5);
    assert_eq!(queue.try_get().err(), Some(TryGetError::Empty));
}

#[test]
fn sync_14_values_that_panic_when_dropped_do_not_stop_a_shutdown() {
    struct Evil(#[expect(dead_code, reason = "counts")] Tracked);
    impl Drop for Evil {
        fn drop(&mut self) {
            if !thread::panicking() {
                panic!("in drop");
            }
        }
    }
    let alive = Arc::new(());
    let queue = Queue::unbounded();
    for _ in 0..3 {
        queue.try_put(Evil(Tracked::new(&alive))).ok().unwrap();
    }
    let mut joining = pending(queue.join());
    assert!(catch_unwind(AssertUnwindSafe(|| queue.shutdown(true))).is_err());
    joining.assert_ready();
    assert_eq!(living(&alive), 0);
}

#[test]
fn debug_tells_the_counts() {
    let queue = Queue::bounded(4);
    queue.try_put(1).unwrap();
    assert_eq!(
        format!("{queue:?}"),
        "Queue { len: 1, capacity: Some(4), unfinished: 1, is_shut_down: false }"
    );
    assert_eq!(format!("{:?}", queue.try_put(2)), "Ok(())");
    queue.shutdown(false);
    let refused = queue.try_put(3).unwrap_err();
    assert_eq!(
        (format!("{refused:?}"), refused.to_string()),
        ("ShutDown(..)".into(), "queue shut down".into())
    );
}

#[test]
fn stress_many_to_many() {
    within_a_minute(|| {
        let queue = Arc::new(Queue::bounded(3));
        let getters: Vec<_> = (0..3)
            .map(|_| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    block_on(async {
                        let mut got = Vec::new();
                        while let Ok(item) = queue.get().await {
                            got.push(item);
                            queue.task_done();
                        }
                        got
                    })
                })
            })
            .collect();
        let putters: Vec<_> = (0..3)
            .map(|putter| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    for i in 0..rounds(2000) {
                        queue.blocking_put((putter, i)).unwrap();
                    }
                })
            })
            .collect();
        putters
            .into_iter()
            .for_each(|putter| putter.join().unwrap());
        block_on(queue.join());
        assert_eq!((queue.len(), queue.unfinished()), (0, 0));
        queue.shutdown(false);
        let mut total = 0;
        for getter in getters {
            let got = getter.join().unwrap();
            total += got.len();
            // What one getter gets of one putter comes in order.
            for putter in 0..3 {
                let of_one: Vec<_> = got.iter().filter(|item| item.0 == putter).collect();
                assert!(of_one.is_sorted());
            }
        }
        assert_eq!(total, 3 * rounds(2000));
    });
}
