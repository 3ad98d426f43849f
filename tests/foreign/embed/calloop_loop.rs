//! A real foreign event loop, with the guest's descriptor among its sources.

use std::cell::Cell;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use calloop::generic::Generic;
use calloop::timer::{TimeoutAction, Timer};
use calloop::{EventLoop, Interest, Mode, PostAction};
use heist::runtime::{Builder, Limit, Reactor};
use heist::time::sleep;

use crate::watched;

struct Turns(u32);

#[test]
fn calloop_real_loop() {
    watched(|| {
        let rt = Builder::new_hosted()
            .guest_slots(1)
            .reactor(Reactor::HostDriven)
            .enable_all()
            .build()
            .unwrap();
        let guest = Rc::new(rt.attach_fd().unwrap());
        let mut host: EventLoop<'_, Turns> = EventLoop::try_new().unwrap();
        // Watched under a number of its own, so that the loop and the guest may go in any order.
        let fd: OwnedFd = guest
            .fd()
            .map(|fd: BorrowedFd<'_>| fd.try_clone_to_owned())
            .unwrap()
            .unwrap();
        assert!(fd.as_fd().try_clone_to_owned().is_ok());
        let turns = guest.clone();
        let source = Generic::new(fd, Interest::READ, Mode::Level);
        host.handle()
            .insert_source(source, move |_, _, count: &mut Turns| {
                count.0 += 1;
                let _ = turns.turn(Limit::polls(64));
                Ok(PostAction::Continue)
            })
            .unwrap();
        // The host's own timer goes on meanwhile.
        let ticks = Rc::new(Cell::new(0));
        let tick = ticks.clone();
        host.handle()
            .insert_source(
                Timer::from_duration(Duration::from_millis(1)),
                move |_, (), _| {
                    tick.set(tick.get() + 1);
                    TimeoutAction::ToDuration(Duration::from_millis(1))
                },
            )
            .unwrap();

        let task = guest.spawn_local(async {
            let begin = Instant::now();
            for _ in 0..10 {
                sleep(Duration::from_millis(2)).await;
                heist::spawn(async {}).await.unwrap();
            }
            begin.elapsed()
        });
        let mut turns = Turns(0);
        while !task.is_finished() || ticks.get() == 0 {
            host.dispatch(guest.next_timeout(), &mut turns).unwrap();
            let _ = guest.turn(Limit::polls(64));
        }
        let mut task = std::pin::pin!(task);
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(took) = Future::poll(task.as_mut(), &mut cx) else {
            unreachable!("it is finished");
        };
        assert!(took.unwrap() >= Duration::from_millis(20));
        assert!(ticks.get() > 0);
    });
}
