//! `Queue`.

use loom::future::block_on;
use loom::model;
use loom::sync::Arc;
use loom::thread;

use super::Guarded;
use crate::Queue;

#[test]
fn loom_queue_an_item_reaches_one_of_two() {
    model(|| {
        let queue = Arc::new(Queue::bounded(1));
        let (one, two) = (Arc::clone(&queue), Arc::clone(&queue));
        let getter = thread::spawn(move || block_on(one.get()).is_ok());
        let putter = thread::spawn(move || {
            block_on(two.put(1)).unwrap();
            two.shutdown(false);
        });
        let got = usize::from(block_on(queue.get()).is_ok());
        assert_eq!(got + usize::from(getter.join().unwrap()), 1);
        putter.join().unwrap();
    });
}

#[test]
fn loom_queue_a_shutdown_divides_put_from_refused() {
    model(|| {
        let queue = Arc::new(Queue::bounded(1));
        let other = Arc::clone(&queue);
        let putter =
            thread::spawn(move || (0..2).filter(|&i| block_on(other.put(i)).is_ok()).count());
        let first = usize::from(queue.try_get().is_ok());
        queue.shutdown(false);
        let put = putter.join().unwrap();
        let mut got = first;
        while queue.try_get().is_ok() {
            got += 1;
        }
        assert_eq!(got, put);
    });
}

#[test]
fn loom_queue_join_sees_what_was_done() {
    model(|| {
        let shared = Arc::new((Queue::unbounded(), Guarded::new()));
        shared.0.try_put(1).unwrap();
        let other = Arc::clone(&shared);
        let worker = thread::spawn(move || {
            other.0.try_get().unwrap();
            other.1.add();
            other.0.task_done();
        });
        block_on(shared.0.join());
        assert_eq!(shared.1.add(), 2);
        worker.join().unwrap();
    });
}
