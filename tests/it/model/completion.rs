//! `Completion`: completed once, from anywhere, awaited by many.

use std::sync::mpsc::channel;

use heist::sync::Completion;
use heist::sync::completion::Cancelled;
use heist::task::yield_now;

use crate::support::{current_thread, on_every_flavour, watched};

#[test]
fn set_twice_gives_value_back() {
    let completion = Completion::new();
    assert_eq!(completion.get(), None);
    assert_eq!(completion.set("one".to_owned()), Ok(()));
    assert_eq!(completion.set("two".to_owned()), Err("two".to_owned()));
    assert!(!completion.cancel());
    assert_eq!(completion.get(), Some(Ok(&"one".to_owned())));
    let cancelled = Completion::new();
    assert!(cancelled.cancel() && !cancelled.cancel());
    assert_eq!(cancelled.set(1), Err(1));
    assert_eq!(cancelled.get(), Some(Err(Cancelled)));
}

#[test]
fn many_waiters() {
    on_every_flavour(|| async {
        let completion = Completion::new();
        let mut tasks = Vec::new();
        for _ in 0..100 {
            let completion = completion.clone();
            tasks.push(heist::spawn(async move {
                completion.wait().await.map(|value: &String| value.len())
            }));
        }
        yield_now().await;
        let completes = completion.clone();
        let thread = std::thread::spawn(move || completes.set("seven !".to_owned()).unwrap());
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(7));
        }
        thread.join().unwrap();
        assert_eq!(completion.wait().await.unwrap(), "seven !");
    });
}

#[test]
fn cancel_wakes_all() {
    on_every_flavour(|| async {
        let completion = Completion::<u32>::new();
        let mut tasks = Vec::new();
        for _ in 0..10 {
            let completion = completion.clone();
            tasks.push(heist::spawn(
                async move { completion.wait().await.copied() },
            ));
        }
        yield_now().await;
        let (send, receive) = heist::sync::oneshot::channel();
        completion.add_done_callback(move |result| send.send(result.copied()).unwrap());
        assert!(completion.cancel());
        for task in tasks {
            assert_eq!(task.await.unwrap(), Err(Cancelled));
        }
        assert_eq!(receive.await.unwrap(), Err(Cancelled));
    });
}

/// Scheduled in the order in which they were added, behind what was queued before, never within `set` and never within `add_done_callback`.
#[test]
fn callbacks_in_order() {
    watched(|| {
        current_thread().block_on(async {
            let completion = Completion::new();
            let (send, receive) = channel();
            for n in 0..5 {
                let send = send.clone();
                let callback = completion.add_done_callback(move |value: Result<&i32, _>| {
                    send.send(n * value.unwrap()).unwrap();
                });
                if n == 2 {
                    callback.abort();
                }
            }
            let before = send.clone();
            heist::task::call_soon(move || before.send(-1).unwrap());
            completion.set(10).unwrap();
            assert!(receive.try_recv().is_err());
            yield_now().await;
            assert_eq!(receive.try_iter().collect::<Vec<_>>(), [-1, 0, 10, 30, 40]);
            // To one that is complete already, too.
            completion.add_done_callback(move |value| send.send(*value.unwrap()).unwrap());
            assert!(receive.try_recv().is_err());
            yield_now().await;
            assert_eq!(receive.try_recv(), Ok(10));
        });
    });
}
