//! Mode (c) with a descriptor: the host watches it, and gives the guest a turn when it is readable or the time has come.

use std::cell::Cell;
use std::future::pending;
use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, EnterError, GuestLoop, Limit, Reactor, Runtime};
use heist::task::yield_now;
use heist::time::{Instant, sleep};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, epoll, eventfd, poll};

use crate::support::{current_thread, hosted, multi_thread, watched};

/// A runtime without any thread.
pub(crate) fn host_driven() -> Runtime {
    Builder::new_hosted()
        .guest_slots(2)
        .reactor(Reactor::HostDriven)
        .enable_all()
        .build()
        .unwrap()
}

fn timespec(timeout: Duration) -> Timespec {
    Timespec {
        tv_sec: timeout.as_secs() as i64,
        tv_nsec: i64::from(timeout.subsec_nanos()),
    }
}

/// A host that watches the guest with `poll`, and counts its turns.
struct Host {
    guest: GuestLoop,
    turns: Cell<u32>,
}

impl Host {
    fn new(rt: &Runtime) -> Self {
        Self {
            guest: rt.attach_fd().unwrap(),
            turns: Cell::new(0),
        }
    }

    /// Waits until the guest wants a turn, at most so long, and gives it one. False: it did not want any.
    fn wait_and_turn(&self, longest: Option<Duration>) -> bool {
        let wanted = self.guest.next_timeout();
        let timeout = match (wanted, longest) {
            (Some(wanted), Some(longest)) => Some(wanted.min(longest)),
            (wanted, longest) => wanted.or(longest),
        };
        let fd = self.guest.fd().unwrap();
        let mut fds = [PollFd::new(&fd, PollFlags::IN)];
        let ready = poll(&mut fds, timeout.map(timespec).as_ref()).unwrap();
        if ready == 0 && longest.is_some() && wanted.is_none_or(|wanted| Some(wanted) > longest) {
            return false;
        }
        self.turns.set(self.turns.get() + 1);
        let _ = self.guest.turn(Limit::polls(64));
        true
    }

    fn run_until<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> T {
        let task = self.guest.spawn_local(future);
        while !task.is_finished() {
            self.wait_and_turn(None);
        }
        let mut task = std::pin::pin!(task);
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        match task.as_mut().poll(&mut cx) {
            std::task::Poll::Ready(output) => output.unwrap(),
            std::task::Poll::Pending => unreachable!("it is finished"),
        }
    }
}

/// Echoes one connection, and returns what it read in all.
async fn echo_once(listener: TcpListener) -> usize {
    let (mut stream, _) = listener.accept().await.unwrap();
    let (mut buffer, mut sum) = ([0; 64], 0);
    loop {
        match stream.read(&mut buffer).await.unwrap() {
            0 => return sum,
            n => {
                sum += n;
                stream.write_all(&buffer[..n]).await.unwrap();
            }
        }
    }
}

/// A plain client on its own thread.
fn client(addr: std::net::SocketAddr) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(addr).unwrap();
        let mut buffer = [0; 5];
        for _ in 0..100 {
            stream.write_all(b"hello").unwrap();
            stream.read_exact(&mut buffer).unwrap();
            assert_eq!(&buffer, b"hello");
        }
    })
}

#[test]
fn poll2_loop() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let sum = host.run_until(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = client(listener.local_addr().unwrap());
            let server = heist::spawn(echo_once(listener));
            sleep(Duration::from_millis(1)).await;
            let sum = server.await.unwrap();
            client.join().unwrap();
            sum
        });
        assert_eq!(sum, 500);
    });
}

/// A descriptor of a poller inside of a poller, beside one of the host's own.
#[test]
fn nested_in_epoll() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let outer = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let mine = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).unwrap();
        let fd = host.guest.fd().unwrap();
        for (fd, data) in [(fd, 0), (std::os::fd::AsFd::as_fd(&mine), 1)] {
            let data = epoll::EventData::new_u64(data);
            epoll::add(&outer, fd, data, epoll::EventFlags::IN).unwrap();
        }
        let ring = mine.try_clone().unwrap();
        let task = host.guest.spawn_local(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = client(listener.local_addr().unwrap());
            let sum = echo_once(listener).await;
            client.join().unwrap();
            // The host's own event comes through the same wait.
            rustix::io::write(&ring, &1_u64.to_ne_bytes()).unwrap();
            sum
        });
        let mut own_events = 0;
        while own_events == 0 {
            let mut events = Vec::with_capacity(8);
            let timeout = host.guest.next_timeout().map(timespec);
            epoll::wait(
                &outer,
                rustix::buffer::spare_capacity(&mut events),
                timeout.as_ref(),
            )
            .unwrap();
            own_events += events.iter().filter(|event| event.data.u64() == 1).count();
            let _ = host.guest.turn(Limit::polls(64));
        }
        assert!(task.is_finished());
    });
}

#[test]
fn nested_in_polling() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let outer = polling::Poller::new().unwrap();
        let fd = host.guest.fd().unwrap();
        let interest = polling::Event::readable(7);
        // SAFETY: the descriptor lives as long as the guest, which is dropped after the poller's last wait, and it is removed before.
        unsafe { outer.add_with_mode(&fd, interest, polling::PollMode::Level) }.unwrap();
        let task = host.guest.spawn_local(async {
            for _ in 0..20 {
                sleep(Duration::from_micros(200)).await;
                heist::spawn(yield_now()).await.unwrap();
            }
        });
        let mut events = polling::Events::new();
        while !task.is_finished() {
            events.clear();
            outer.wait(&mut events, host.guest.next_timeout()).unwrap();
            let _ = host.guest.turn(Limit::polls(64));
        }
        outer.delete(fd).unwrap();
    });
}

/// R10, EMBED-11: an idle guest asks for no turns.
#[test]
fn idle_makes_no_turns() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let waits = host.guest.spawn_local(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let _ = listener.accept().await;
        });
        while host.guest.turn(Limit::polls(64)).more {}
        let end = std::time::Instant::now() + Duration::from_secs(2);
        while let Some(left) = end.checked_duration_since(std::time::Instant::now()) {
            host.wait_and_turn(Some(left));
        }
        assert!(host.turns.get() <= 2, "{} turns", host.turns.get());
        assert!(!waits.is_finished());
    });
}

/// Never early; and of fifty sleeps one at least meets its time, which a host that rounds its timeouts up to a tick would not.
#[test]
fn timer_error_below_2ms() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let errors = host.run_until(async {
            let mut errors = Vec::new();
            for _ in 0..50 {
                let deadline = Instant::now() + Duration::from_millis(3);
                heist::time::sleep_until(deadline).await;
                errors.push(
                    Instant::now()
                        .checked_duration_since(deadline)
                        .expect("never early"),
                );
            }
            errors
        });
        assert!(
            errors.iter().min() < Some(&Duration::from_millis(2)),
            "{errors:?}"
        );
    });
}

#[test]
fn remote_spawn_wakes_fd() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        while host.guest.turn(Limit::polls(64)).more {}
        for round in 0..200 {
            let handle = rt.handle().clone();
            let (tell, told) = mpsc::channel();
            let remote = thread::spawn(move || {
                handle.spawn(async move { tell.send(round).unwrap() });
            });
            // Nothing but the descriptor ends this wait.
            loop {
                host.wait_and_turn(None);
                if told.try_recv() == Ok(round) {
                    break;
                }
            }
            remote.join().unwrap();
        }
        // R14: from the host's own thread between two turns, too.
        let task = rt.spawn(async { 1 });
        while !task.is_finished() {
            host.wait_and_turn(None);
        }
    });
}

/// A deadline that another thread arms ends a wait that would have been longer, or without end.
#[test]
fn a_timer_armed_elsewhere_wakes_fd() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let far = host
            .guest
            .spawn_local(async { sleep(Duration::from_secs(3600)).await });
        while host.guest.turn(Limit::polls(64)).more {}
        for _ in 0..20 {
            let handle = rt.handle().clone();
            let (tell, told) = mpsc::channel();
            let arms = thread::spawn(move || {
                // An executor of its own, with nothing of the runtime but its timers.
                let slept = {
                    let _context = handle.enter();
                    sleep(Duration::from_micros(500))
                };
                let without_timers = Builder::new_current_thread().build().unwrap();
                without_timers.block_on(slept);
                tell.send(()).unwrap();
                // Ends the host's last wait, which the timer cannot.
                handle.spawn(async {});
            });
            while told.try_recv().is_err() {
                host.wait_and_turn(None);
            }
            arms.join().unwrap();
        }
        assert!(!far.is_finished());
    });
}

#[test]
fn more_means_zero_timeout() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        for local in [true, false] {
            for _ in 0..3 {
                if local {
                    drop(host.guest.spawn_local(async {}));
                } else {
                    drop(rt.spawn(async {}));
                }
            }
            assert_eq!(host.guest.next_timeout(), Some(Duration::ZERO));
            let turn = host.guest.turn(Limit::polls(2));
            assert_eq!((turn.polled, turn.more), (2, true));
            assert_eq!(host.guest.next_timeout(), Some(Duration::ZERO));
            while host.guest.turn(Limit::polls(1)).more {}
            assert_eq!(host.guest.next_timeout(), None);
        }
    });
}

#[test]
fn wrong_reactor_is_unsupported() {
    watched(|| {
        let unsupported = |rt: &Runtime| rt.attach_fd().unwrap_err() == EnterError::Unsupported;
        assert!(unsupported(&hosted(1)));
        assert!(unsupported(&multi_thread(1)));
        assert!(unsupported(&current_thread()));
        let without_sockets = Builder::new_hosted()
            .reactor(Reactor::HostDriven)
            .enable_time()
            .build()
            .unwrap();
        assert!(unsupported(&without_sockets));
        let rt = host_driven();
        let waker = std::task::Waker::noop().clone();
        assert_eq!(rt.attach_waker(waker).unwrap_err(), EnterError::Unsupported);
        // One at a time.
        let first = rt.attach_fd().unwrap();
        let second = {
            let rt = &rt;
            thread::scope(|scope| scope.spawn(|| rt.attach_fd().map(drop)).join().unwrap())
        };
        assert_eq!(second, Err(EnterError::Unsupported));
        assert_eq!(rt.attach_fd().unwrap_err(), EnterError::Reentrant);
        drop(first);
        drop(rt.attach_fd().unwrap());
        for kind in [Builder::new_multi_thread(), Builder::new_current_thread()] {
            let mut kind = kind;
            let error = kind.reactor(Reactor::HostDriven).build().unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        }
    });
}

/// A thread in `run_until` beside the guest: it leaves the seat to the host, and both run tasks.
#[test]
fn beside_a_lent_thread() {
    watched(|| {
        let rt = host_driven();
        let handle = rt.handle().clone();
        let (stop, stopped) = heist::sync::oneshot::channel::<()>();
        let (tell, told) = mpsc::channel();
        let lent = thread::spawn(move || {
            handle.lend().unwrap().run_until(async {
                tell.send(()).unwrap();
                stopped.await
            })
        });
        told.recv().unwrap();
        let host = Host::new(&rt);
        for _ in 0..50 {
            host.run_until(async {
                sleep(Duration::from_micros(100)).await;
                heist::spawn(sleep(Duration::from_micros(100)))
                    .await
                    .unwrap();
            });
        }
        stop.send(()).unwrap();
        lent.join().unwrap().unwrap().unwrap();
    });
}

/// And when the host goes, the thread sits down again.
#[test]
fn a_lent_thread_inherits_the_seat() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let handle = rt.handle().clone();
        let (tell, told) = mpsc::channel();
        let lent = thread::spawn(move || {
            handle.lend().unwrap().run_until(async {
                tell.send(()).unwrap();
                for _ in 0..10 {
                    sleep(Duration::from_millis(1)).await;
                }
            })
        });
        told.recv().unwrap();
        drop(host);
        lent.join().unwrap().unwrap();
    });
}

#[test]
fn connections_of_local_tasks() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let done = Rc::new(Cell::new(0));
        let count = done.clone();
        host.run_until(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let addr = listener.local_addr().unwrap();
            heist::spawn(async move {
                loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    heist::spawn(async move {
                        let (mut reader, mut writer) = stream.split();
                        let _ = heist::io::copy(&mut reader, &mut writer).await;
                    });
                }
            });
            let clients: Vec<_> = (0..20)
                .map(|_| {
                    let done = count.clone();
                    heist::task::spawn_local(async move {
                        let mut stream = TcpStream::connect(addr).await.unwrap();
                        stream.write_all(b"ping").await.unwrap();
                        let mut buffer = [0; 4];
                        stream.read_exact(&mut buffer).await.unwrap();
                        done.set(done.get() + 1);
                    })
                })
                .collect();
            for client in clients {
                client.await.unwrap();
            }
        });
        assert_eq!(done.get(), 20);
    });
}

/// R11: what is pending is dropped with the guest, on this thread; the runtime outlives it.
#[test]
fn drop_ends_local_tasks() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let kept = Rc::new(());
        let inside = kept.clone();
        let task = host.guest.spawn_local(async move {
            let _inside = inside;
            pending::<()>().await;
        });
        while host.guest.turn(Limit::polls(64)).more {}
        drop(host);
        assert_eq!(Rc::strong_count(&kept), 1);
        assert!(task.is_finished());
        assert_eq!(
            rt.block_on(async {
                sleep(Duration::from_millis(1)).await;
                4
            }),
            4
        );
    });
}

/// There is nobody else who could run it: no thread, and no turn meanwhile.
#[test]
fn block_on_runs_local_tasks() {
    watched(|| {
        let rt = host_driven();
        let host = Host::new(&rt);
        let word = Rc::new(Cell::new(1));
        let (here, there) = (word.clone(), word.clone());
        let local = host.guest.spawn_local(async move {
            sleep(Duration::from_millis(1)).await;
            here.set(here.get() + 1);
        });
        rt.block_on(local).unwrap();
        assert_eq!(word.get(), 2);
        host.run_until(async move { there.set(3) });
        assert_eq!(word.get(), 3);
    });
}
