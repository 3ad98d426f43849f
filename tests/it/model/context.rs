//! `context_var!` through the facade. Its rules one by one are tested in `runtime-core`.

use std::time::Duration;

use heist::context_var;
use heist::task::{LocalSet, TaskGroup, call_soon, spawn_blocking, spawn_local};
use heist::time::call_later;

use crate::support::on_every_flavour;

context_var! {
    static REQUEST: u64;
    static DEPTH: usize = 0
}

#[test]
fn inherited() {
    on_every_flavour(|| async {
        let seen = REQUEST.scope(1, async {
            let task = heist::spawn(async { heist::spawn(async { REQUEST.get() }).await.unwrap() });
            let job = spawn_blocking(|| REQUEST.get());
            let local = LocalSet::new();
            let local = local.run_until(async { spawn_local(async { REQUEST.get() }).await });
            (
                task.await.unwrap(),
                job.await.unwrap(),
                local.await.unwrap(),
            )
        });
        assert_eq!(seen.await, (Some(1), Some(1), Some(1)));
        assert_eq!((REQUEST.get(), DEPTH.get()), (None, Some(0)));
    });
}

#[test]
fn child_change_stays_in_child() {
    on_every_flavour(|| async {
        DEPTH
            .scope(1, async {
                let child = heist::spawn(async {
                    DEPTH.set(2).unwrap();
                    DEPTH.get()
                });
                assert_eq!(child.await.unwrap(), Some(2));
                assert_eq!(DEPTH.get(), Some(1));
            })
            .await;
    });
}

#[test]
fn tasks_of_a_group_inherit_too() {
    on_every_flavour(|| async {
        REQUEST
            .scope(3, async {
                let group = TaskGroup::new();
                for _ in 0..3 {
                    group.spawn(async {
                        heist::task::yield_now().await;
                        if REQUEST.get() == Some(3) {
                            Ok(())
                        } else {
                            Err(REQUEST.get())
                        }
                    });
                }
                group.spawn_blocking(|_| {
                    if REQUEST.get() == Some(3) {
                        Ok(())
                    } else {
                        Err(REQUEST.get())
                    }
                });
                group.join().await.unwrap();
            })
            .await;
    });
}

#[test]
fn callables_inherit() {
    on_every_flavour(|| async {
        let seen = REQUEST.scope(4, async {
            let (soon, wait_soon) = heist::sync::oneshot::channel();
            let (later, wait_later) = heist::sync::oneshot::channel();
            let (done, wait_done) = heist::sync::oneshot::channel();
            call_soon(move || soon.send(REQUEST.get()).unwrap());
            call_later(Duration::from_millis(1), move || {
                later.send(REQUEST.get()).unwrap();
            });
            let task = heist::spawn(async {});
            task.add_done_callback(move |_| done.send(REQUEST.get()).unwrap());
            (wait_soon.await, wait_later.await, wait_done.await)
        });
        assert_eq!(seen.await, (Ok(Some(4)), Ok(Some(4)), Ok(Some(4))));
    });
}

/// A task that is spawned outside of every context has its future in its cell, right behind the header, as if there were no contexts. The id is the address of the cell.
#[test]
fn free_when_unset() {
    /// Where its future lies, from the beginning of its task.
    async fn offset() -> u64 {
        let local = 0_u8;
        heist::task::yield_now().await;
        let here = std::ptr::from_ref(&local) as u64;
        let cell: u64 = heist::task::id().to_string().parse().unwrap();
        here.wrapping_sub(cell)
    }
    on_every_flavour(|| async {
        assert!(heist::spawn(offset()).await.unwrap() < 256);
        // Also when some other code is in a context.
        let elsewhere = REQUEST.scope(1, std::future::pending::<()>());
        let outside = async { heist::spawn(offset()).await.unwrap() };
        heist::select! {
            biased;
            () = elsewhere => unreachable!(),
            offset = outside => assert!(offset < 256),
        }
    });
}
