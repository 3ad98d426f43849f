//! Both ways to wait, against one contract.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

use super::*;

/// Runs a test on every way to wait.
fn on_each(capacity: usize, test: impl Fn(Arc<dyn Wait>)) {
    on_each_with(Capacity::new(capacity, capacity), test);
}

fn on_each_with(capacity: Capacity, test: impl Fn(Arc<dyn Wait>)) {
    test(native(capacity).unwrap().into());
    test(portable(capacity).unwrap().into());
}

/// One wait's events.
fn events(wait: &dyn Wait, timeout: Option<Duration>) -> Vec<Event> {
    let mut events = Vec::new();
    wait.wait(timeout, &mut |batch| {
        assert!(batch.len() <= BATCH);
        events.extend_from_slice(batch);
    });
    events
}

/// Waits until an event comes.
fn event(wait: &dyn Wait) -> Event {
    loop {
        if let Some(event) = events(wait, None).first() {
            return *event;
        }
    }
}

fn pair() -> (UnixStream, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    (ours, theirs)
}

fn key(place: usize) -> Key {
    Key::new(place, 7)
}

#[test]
fn a_busy_wait_takes_fewer_events_and_loses_none() {
    on_each_with(Capacity::new(8, 2), |wait| {
        let pairs: Vec<_> = (0..7).map(|_| pair()).collect();
        for (place, (ours, theirs)) in pairs.iter().enumerate() {
            wait.add(ours.as_fd(), key(place), Interest::READABLE)
                .unwrap();
            (&*theirs).write_all(b"x").unwrap();
        }
        let mut taken = Vec::new();
        while taken.len() < 4 {
            let some = events(&*wait, Some(Duration::ZERO));
            assert!(some.len() <= 2, "{some:?}");
            taken.extend(some.iter().map(|event| event.key));
        }
        // The wait that may take its time takes the rest at once.
        taken.extend(events(&*wait, None).iter().map(|event| event.key));
        taken.sort_by_key(|key| key.to_raw());
        taken.dedup();
        assert_eq!(taken.len(), 7);
        for (ours, _) in &pairs {
            wait.remove(ours.as_fd()).unwrap();
        }
    });
}

#[test]
fn unpark_is_sticky() {
    on_each(8, |wait| {
        wait.unpark();
        wait.unpark();
        assert_eq!(events(&*wait, None), []);
        wait.unpark();
        assert_eq!(events(&*wait, None), []);
        assert_eq!(events(&*wait, Some(Duration::ZERO)), []);
    });
}

#[test]
fn unpark_ends_a_wait_of_another_thread_each_time() {
    on_each(8, |wait| {
        for _ in 0..200 {
            let waker = {
                let wait = Arc::clone(&wait);
                thread::spawn(move || wait.unpark())
            };
            events(&*wait, None);
            waker.join().unwrap();
        }
    });
}

#[test]
fn react_15_short_timeouts_end() {
    on_each(8, |wait| {
        for timeout in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_micros(999),
            Duration::from_millis(1),
        ] {
            assert_eq!(events(&*wait, Some(timeout)), []);
        }
    });
}

#[test]
fn react_15_long_timeouts_neither_panic_nor_end_before_the_event() {
    on_each(8, |wait| {
        let (ours, mut theirs) = pair();
        wait.add(ours.as_fd(), key(0), Interest::READABLE).unwrap();
        for timeout in [
            Duration::from_millis(i32::MAX as u64 + 1),
            Duration::from_secs(u32::MAX.into()),
            Duration::from_secs(i64::MAX as u64),
            Duration::MAX,
        ] {
            let writer = thread::spawn(move || {
                theirs.write_all(b"x").unwrap();
                theirs
            });
            let seen = loop {
                let seen = events(&*wait, Some(timeout));
                if !seen.is_empty() {
                    break seen;
                }
            };
            assert_eq!(seen.len(), 1);
            assert!(seen[0].ready.is_readable());
            assert_eq!((&ours).read(&mut [0; 8]).unwrap(), 1);
            theirs = writer.join().unwrap();
        }
    });
}

#[test]
fn react_16_a_buffer_of_one_event_gives_all_of_them() {
    on_each(1, |wait| {
        let pairs: Vec<_> = (0..5).map(|_| pair()).collect();
        for (place, (ours, theirs)) in pairs.iter().enumerate() {
            wait.add(ours.as_fd(), key(place), Interest::READABLE)
                .unwrap();
            (&*theirs).write_all(b"x").unwrap();
        }
        let mut seen: Vec<_> = (0..5).map(|_| event(&*wait).key).collect();
        seen.sort_by_key(|key| key.place());
        assert_eq!(seen, (0..5).map(key).collect::<Vec<_>>());
        assert_eq!(events(&*wait, Some(Duration::ZERO)), []);
    });
}

#[test]
fn more_events_than_a_batch_come_in_order_of_the_kernel_and_once() {
    on_each(1024, |wait| {
        let pairs: Vec<_> = (0..150).map(|_| pair()).collect();
        for (place, (ours, theirs)) in pairs.iter().enumerate() {
            wait.add(ours.as_fd(), key(place), Interest::READABLE)
                .unwrap();
            (&*theirs).write_all(b"x").unwrap();
        }
        let mut places: Vec<_> = events(&*wait, None)
            .iter()
            .map(|event| event.key.place())
            .collect();
        places.sort_unstable();
        assert_eq!(places, (0..150).collect::<Vec<_>>());
    });
}

#[test]
fn a_change_is_told_once() {
    on_each(8, |wait| {
        let (ours, mut theirs) = pair();
        wait.add(
            ours.as_fd(),
            key(3),
            Interest::READABLE | Interest::WRITABLE,
        )
        .unwrap();
        assert!(event(&*wait).ready.is_writable());
        assert_eq!(events(&*wait, Some(Duration::ZERO)), []);
        theirs.write_all(b"x").unwrap();
        assert!(event(&*wait).ready.is_readable());
        assert_eq!(events(&*wait, Some(Duration::ZERO)), []);
        theirs.write_all(b"y").unwrap();
        assert!(
            event(&*wait).ready.is_readable(),
            "unread data do not hide new ones"
        );
    });
}

#[test]
fn a_removed_descriptor_is_silent_and_can_be_added_again() {
    on_each(8, |wait| {
        let (ours, mut theirs) = pair();
        wait.add(ours.as_fd(), key(1), Interest::READABLE).unwrap();
        wait.remove(ours.as_fd()).unwrap();
        theirs.write_all(b"x").unwrap();
        assert_eq!(events(&*wait, Some(Duration::ZERO)), []);
        assert!(wait.remove(ours.as_fd()).is_err());
        wait.add(ours.as_fd(), key(2), Interest::READABLE).unwrap();
        assert_eq!(event(&*wait).key, key(2));
    });
}

/// A ghost: its descriptor was closed while a duplicate kept the open file alive, and the number is used for the file again.
#[test]
fn react_06_an_entry_left_over_in_the_kernel_is_taken_over() {
    on_each(8, |wait| {
        let (ours, mut theirs) = pair();
        wait.add(ours.as_fd(), key(1), Interest::READABLE).unwrap();
        // Under the same number and file, as after `dup2` on a closed number.
        wait.add(ours.as_fd(), key(2), Interest::READABLE).unwrap();
        theirs.write_all(b"x").unwrap();
        assert_eq!(event(&*wait).key, key(2));
        assert_eq!(events(&*wait, Some(Duration::ZERO)), []);
    });
}

#[test]
fn a_file_that_cannot_be_waited_for_is_an_error() {
    on_each(8, |wait| {
        let file = std::fs::File::open("Cargo.toml").unwrap();
        assert!(wait.add(file.as_fd(), key(1), Interest::READABLE).is_err());
    });
}
