//! The reactor as a driver, without a runtime.

use std::io::{Read, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, Wake, Waker};

use super::*;

mod evil;
mod patience;

fn on_each(test: impl Fn(Arc<Reactor>)) {
    test(Arc::new(Reactor::new().unwrap()));
    test(Arc::new(Reactor::portable().unwrap()));
    test(Arc::new(Reactor::with_backend(Backend::Native, 1).unwrap()));
    test(Arc::new(
        Reactor::with_backend(Backend::Portable, 0).unwrap(),
    ));
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

fn pair(reactor: &Arc<Reactor>) -> (Evented<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    (Evented::new(ours, Arc::clone(reactor), BOTH), theirs)
}

fn read(stream: &Evented<UnixStream>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
    stream.poll_io(cx, Side::Read, |mut stream, _| stream.read(&mut [0; 8]))
}

#[test]
fn a_descriptor_is_registered_when_an_operation_would_block() {
    on_each(|reactor| {
        let (ours, mut theirs) = pair(&reactor);
        let mut cx = Context::from_waker(Waker::noop());
        theirs.write_all(b"abc").unwrap();
        assert!(matches!(read(&ours, &mut cx), Poll::Ready(Ok(3))));
        assert_eq!(reactor.registered(), 0);
        assert!(read(&ours, &mut cx).is_pending());
        assert_eq!(reactor.registered(), 1);
        drop(ours);
        assert_eq!(reactor.registered(), 0);
    });
}

#[test]
fn an_event_wakes_the_task_that_waits() {
    on_each(|reactor| {
        let (ours, mut theirs) = pair(&reactor);
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut cx = Context::from_waker(&waker);
        for round in 1..=3 {
            assert!(read(&ours, &mut cx).is_pending());
            theirs.write_all(b"x").unwrap();
            while count.get() < round {
                reactor.park(None);
            }
            assert!(matches!(read(&ours, &mut cx), Poll::Ready(Ok(1))));
        }
        assert!(reactor.turns() >= 3 && reactor.events() >= 3);
    });
}

/// Two threads in the driver at once break the rule of the seat; even so nothing is lost. That they are not there at once is REACT-17.
#[test]
fn a_second_thread_in_the_driver_loses_nothing() {
    on_each(|reactor| {
        let (ours, mut theirs) = pair(&reactor);
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        for round in 1..=20 {
            assert!(read(&ours, &mut Context::from_waker(&waker)).is_pending());
            let second = {
                let reactor = Arc::clone(&reactor);
                std::thread::spawn(move || reactor.park(Some(Duration::from_millis(1))))
            };
            theirs.write_all(b"x").unwrap();
            reactor.park(Some(Duration::from_millis(1)));
            second.join().unwrap();
            reactor.park(Some(Duration::ZERO));
            assert_eq!(count.get(), round);
            assert!(matches!(
                read(&ours, &mut Context::from_waker(&waker)),
                Poll::Ready(Ok(1))
            ));
        }
        reactor.unpark();
        reactor.park(None);
    });
}

#[test]
fn shutdown_ends_waits_and_refuses_new_ones() {
    on_each(|reactor| {
        let (waiting, _theirs) = pair(&reactor);
        let (fresh, _theirs) = pair(&reactor);
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut cx = Context::from_waker(&waker);
        assert!(read(&waiting, &mut cx).is_pending());
        let mut crowd = Box::pin(waiting.ready(Interest::READABLE));
        assert!(crowd.as_mut().poll(&mut cx).is_pending());
        reactor.shutdown();
        assert_eq!(count.get(), 2);
        let Poll::Ready(Err(error)) = read(&waiting, &mut cx) else {
            panic!("the wait has ended")
        };
        assert!(is_rt_shutdown_err(&error));
        let Poll::Ready(Err(error)) = crowd.as_mut().poll(&mut cx) else {
            panic!("the wait has ended")
        };
        assert!(is_rt_shutdown_err(&error));
        let Poll::Ready(Err(error)) = read(&fresh, &mut cx) else {
            panic!("nothing is registered any more")
        };
        assert!(is_rt_shutdown_err(&error));
        let tried = fresh.try_io(Interest::READABLE, |_| Ok(()));
        assert!(is_rt_shutdown_err(&tried.unwrap_err()));
        drop(crowd);
        drop(waiting);
        drop(waker);
        assert_eq!(Arc::strong_count(&count), 1);
        // Harmless for ever.
        reactor.unpark();
        reactor.park(None);
    });
}

#[test]
fn react_06_a_duplicate_of_a_closed_descriptor_makes_no_events() {
    let reactor = Arc::new(Reactor::new().unwrap());
    let (ours, mut theirs) = pair(&reactor);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(read(&ours, &mut cx).is_pending());
    let duplicate = ours.lend().as_fd().try_clone_to_owned().unwrap();
    drop(ours);
    reactor.park(Some(Duration::ZERO));
    let before = reactor.events();
    theirs.write_all(b"x").unwrap();
    reactor.park(Some(Duration::ZERO));
    assert_eq!(reactor.events(), before);
    // And the duplicate can be registered as what it is.
    let again = Evented::from_outside(UnixStream::from(duplicate), reactor, BOTH);
    assert!(matches!(read(&again, &mut cx), Poll::Ready(Ok(1))));
    assert!(read(&again, &mut cx).is_pending());
}

#[test]
fn react_06_a_ghost_in_the_kernel_reaches_nobody() {
    let reactor = Arc::new(Reactor::new().unwrap());
    let (ours, mut theirs) = pair(&reactor);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(read(&ours, &mut cx).is_pending());
    // Behind the back of the registration, as a child process would have it.
    let duplicate = ours.io().try_clone().unwrap();
    drop(ours);
    let (bystander, _theirs) = pair(&reactor);
    assert!(read(&bystander, &mut cx).is_pending());
    theirs.write_all(b"x").unwrap();
    reactor.park(Some(Duration::ZERO));
    assert!(read(&bystander, &mut cx).is_pending());
    drop(duplicate);
}

#[test]
fn react_07_what_the_kernel_refuses_leaves_nothing_behind() {
    on_each(|reactor| {
        let file = std::fs::File::open("Cargo.toml").unwrap();
        let evented = Evented::new(file, Arc::clone(&reactor), BOTH);
        assert!(evented.register().is_err());
        assert_eq!(reactor.registered(), 0);
        drop(evented);
    });
}

#[test]
fn react_07_a_descriptor_closed_behind_our_back_frees_its_source() {
    on_each(|reactor| {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let registration = Registration::new(Arc::clone(&reactor), BOTH);
        registration.lend();
        registration.register(ours.as_fd(), Ready::EMPTY).unwrap();
        drop((ours, theirs));
        assert_eq!(reactor.registered(), 1);
        drop(registration);
        assert_eq!(reactor.registered(), 0);
    });
}

#[test]
fn react_07_into_inner_forgets_the_descriptor() {
    on_each(|reactor| {
        let (ours, mut theirs) = pair(&reactor);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(read(&ours, &mut cx).is_pending());
        let inner = ours.into_inner();
        assert_eq!(reactor.registered(), 0);
        reactor.park(Some(Duration::ZERO));
        let before = reactor.events();
        theirs.write_all(b"x").unwrap();
        reactor.park(Some(Duration::ZERO));
        assert_eq!(reactor.events(), before);
        drop(inner);
    });
}

/// The same number again and again, with an event of the earlier tenant in the batch that is being dispatched.
#[test]
fn react_05_descriptors_reused_within_a_batch_keep_their_events_apart() {
    on_each(|reactor| {
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..50 {
            let (old, mut theirs) = pair(&reactor);
            assert!(read(&old, &mut cx).is_pending());
            theirs.write_all(b"x").unwrap();
            drop((old, theirs));
            let (new, _theirs) = pair(&reactor);
            assert!(read(&new, &mut cx).is_pending());
            reactor.park(Some(Duration::ZERO));
            assert!(read(&new, &mut cx).is_pending());
        }
        assert_eq!(reactor.registered(), 0);
    });
}

#[test]
fn react_20_each_operation_takes_a_unit_errors_too() {
    on_each(|reactor| {
        let (ours, theirs) = pair(&reactor);
        drop(theirs);
        let mut cx = Context::from_waker(Waker::noop());
        let count = |mut operation: Box<dyn FnMut(&mut Context<'_>) -> bool + '_>| {
            runtime_core::coop::with_budget(|| {
                let mut context = Context::from_waker(Waker::noop());
                (0..1000).take_while(|_| operation(&mut context)).count()
            })
        };
        assert_eq!(count(Box::new(|cx| read(&ours, cx).is_ready())), 128);
        let failing = |cx: &mut Context<'_>| {
            ours.poll_io(cx, Side::Write, |_, _| {
                io::Result::<()>::Err(io::ErrorKind::BrokenPipe.into())
            })
        };
        assert_eq!(count(Box::new(|cx| failing(cx).is_ready())), 128);
        assert_eq!(
            count(Box::new(|cx| ours.poll_ready(cx, Side::Read).is_ready())),
            128
        );
        let ready = |cx: &mut Context<'_>| {
            Box::pin(ours.ready(Interest::READABLE))
                .as_mut()
                .poll(cx)
                .is_ready()
        };
        assert_eq!(count(Box::new(ready)), 128);
        reactor.shutdown();
        let (late, _theirs) = pair(&reactor);
        assert_eq!(count(Box::new(|cx| read(&late, cx).is_ready())), 128);
        // A unit that was not used is given back.
        let _ = &mut cx;
        let (idle, _theirs) = pair(&Arc::new(Reactor::new().unwrap()));
        let left = runtime_core::coop::with_budget(|| {
            for _ in 0..1000 {
                assert!(read(&idle, &mut Context::from_waker(Waker::noop())).is_pending());
            }
            runtime_core::coop::has_budget_remaining()
        });
        assert!(left);
    });
}
