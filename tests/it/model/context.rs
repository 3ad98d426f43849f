//! `context_var!` through the facade. Its rules one by one are tested in `runtime-core`.

use heist::context_var;
use heist::task::{LocalSet, TaskGroup, spawn_blocking, spawn_local};

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
