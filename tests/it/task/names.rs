//! Names and places of tasks.

use std::future::pending;

use heist::runtime::Handle;
use heist::task::{Builder, JoinHandle, LocalSet, spawn_local};

use crate::support::{current_thread, multi_thread, on_every_flavour, watched};

#[test]
fn a_name_is_in_the_handles_as_long_as_they_live() {
    on_every_flavour(|| async {
        let named = || Builder::new().name("worker 1");
        let handle = Handle::current();
        let mut task = named().spawn(async { 1 }).unwrap();
        let abort = task.abort_handle();
        assert_eq!(task.name(), Some("worker 1"));
        assert_eq!((&mut task).await.unwrap(), 1);
        assert_eq!(
            (task.name(), abort.name()),
            (Some("worker 1"), Some("worker 1"))
        );
        drop(task);
        assert_eq!(abort.name(), Some("worker 1"));
        for task in [
            named().spawn_on(async { 2 }, &handle).unwrap(),
            named().spawn_blocking(|| 3).unwrap(),
            named().spawn_blocking_on(|| 4, &handle).unwrap(),
        ] {
            assert_eq!(task.name(), Some("worker 1"));
            assert!(task.await.unwrap() > 1);
        }
        let nameless = [
            heist::spawn(async {}),
            Builder::new().spawn(async {}).unwrap(),
            Builder::default().spawn_on(async {}, &handle).unwrap(),
            Builder::new().spawn_blocking(|| ()).unwrap(),
        ];
        assert!(nameless.iter().all(|task| task.name().is_none()));
    });
}

#[test]
fn local_tasks_have_names_too() {
    watched(|| {
        let local = LocalSet::new();
        local.block_on(&current_thread(), async {
            let here = Builder::new().name("here").spawn_local(async {}).unwrap();
            let there = Builder::new()
                .name("there")
                .spawn_local_on(async {}, &local);
            let there = there.unwrap();
            assert_eq!((here.name(), there.name()), (Some("here"), Some("there")));
            assert_eq!(spawn_local(async {}).name(), None);
            let none = Builder::new().spawn_local(async {}).unwrap();
            let none_on = Builder::new().spawn_local_on(async {}, &local).unwrap();
            assert_eq!((none.name(), none_on.name()), (None, None));
            here.await.unwrap();
            there.await.unwrap();
        });
    });
}

#[test]
fn the_place_is_that_of_the_call() {
    watched(|| {
        let rt = multi_thread(1);
        let _entered = rt.enter();
        let handle = rt.handle();
        let local = LocalSet::new();
        let _local = local.enter();
        let here = |task: &JoinHandle<()>, line: u32| {
            let place = task.spawned_at();
            assert_eq!((place.file(), place.line()), (file!(), line));
            assert_eq!(task.abort_handle().spawned_at().line(), line);
        };
        here(&heist::spawn(async {}), line!());
        here(&rt.spawn(async {}), line!());
        here(&handle.spawn(async {}), line!());
        here(&handle.spawn_blocking(|| ()), line!());
        here(&heist::task::spawn_blocking(|| ()), line!());
        here(&spawn_local(async {}), line!());
        here(&local.spawn_local(async {}), line!());
        for builder in [Builder::new(), Builder::new().name("n")] {
            let new = || builder.clone();
            here(&new().spawn(async {}).unwrap(), line!());
            here(&new().spawn_on(async {}, handle).unwrap(), line!());
            here(&new().spawn_local(async {}).unwrap(), line!());
            here(&new().spawn_local_on(async {}, &local).unwrap(), line!());
            here(&new().spawn_blocking(|| ()).unwrap(), line!());
            here(&new().spawn_blocking_on(|| (), handle).unwrap(), line!());
        }
        let mut set = heist::task::JoinSet::new();
        assert_eq!(set.spawn(async {}).spawned_at().line(), line!());
        assert_eq!(set.spawn_local(async {}).spawned_at().line(), line!());
        let built = set.build_task().name("n").spawn(pending()).unwrap();
        assert_eq!(built.spawned_at().line(), line!() - 1);
    });
}

#[test]
fn a_large_future_may_have_a_name() {
    watched(|| {
        let rt = current_thread();
        let large = [1_u8; 100_000];
        let sum = async move {
            heist::task::yield_now().await;
            large.iter().map(|&n| u32::from(n)).sum::<u32>()
        };
        let task = Builder::new()
            .name("large")
            .spawn_on(sum, rt.handle())
            .unwrap();
        assert_eq!(task.name(), Some("large"));
        assert_eq!(rt.block_on(task).unwrap(), 100_000);
    });
}
