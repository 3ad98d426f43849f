//! What only the wait of Linux does.

use std::net::TcpListener;
use std::os::unix::net::UnixStream;

use rustix::net::{AddressFamily, SocketType, socket};

use super::*;

fn add_and_look(fd: impl AsFd, interest: Interest) -> Ready {
    let epoll = Epoll::new(Capacity::new(8, 8)).unwrap();
    epoll.add(fd.as_fd(), Key::new(0, 0), interest).unwrap();
    let mut seen = Ready::EMPTY;
    epoll.wait(Some(Duration::ZERO), &mut |events| {
        for event in events {
            seen |= event.ready;
        }
    });
    seen
}

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

#[test]
fn react_15_milliseconds_are_rounded_up_and_end_at_the_largest() {
    for (timeout, milliseconds) in [
        (Duration::ZERO, 0),
        (Duration::from_nanos(1), 1),
        (Duration::from_micros(999), 1),
        (Duration::from_millis(1), 1),
        (Duration::from_nanos(1_000_001), 2),
        (Duration::from_millis(i32::MAX as u64), i32::MAX),
        (Duration::from_millis(i32::MAX as u64 + 1), i32::MAX),
        (Duration::MAX, i32::MAX),
    ] {
        assert_eq!(whole_milliseconds(timeout), milliseconds, "{timeout:?}");
    }
}

#[test]
fn react_15_a_timespec_is_never_short_of_a_sensible_timeout_nor_out_of_range() {
    let spec = timespec(Duration::new(5, 999_999_999));
    assert_eq!((spec.seconds, spec.nanoseconds), (5, 999_999_999));
    let spec = timespec(Duration::MAX);
    assert_eq!((spec.seconds, spec.nanoseconds), (1 << 31, 999_999_999));
}

/// Makes the kernel answer `epoll_pwait2` with an error, on this thread only, as an old kernel or the filter of a container does.
fn refuse_epoll_pwait2(error: Errno) {
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let error = u32::try_from(error.raw_os_error()).unwrap();
    let call = u32::try_from(libc::SYS_epoll_pwait2).unwrap();
    let (load, compare, answer) = (0x20, 0x15, 0x06);
    let mut steps = [
        // The number of the call is the first word of what the filter is shown.
        step(load, 0, 0, 0),
        step(compare, 0, 1, call),
        step(answer, 0, 0, libc::SECCOMP_RET_ERRNO | error),
        step(answer, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog {
        len: 4,
        filter: steps.as_mut_ptr(),
    };
    // SAFETY: the call takes numbers only.
    let bound = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(bound, 0, "{}", io::Error::last_os_error());
    // SAFETY: the filter is a valid program that lives as long as the call.
    let set = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            ptr::from_ref(&filter),
        )
    };
    assert_eq!(set, 0, "{}", io::Error::last_os_error());
}

#[test]
fn react_19_where_nanoseconds_are_refused_the_wait_is_in_milliseconds() {
    for error in [Errno::NOSYS, Errno::PERM] {
        let refused = move || {
            refuse_epoll_pwait2(error);
            let epoll = Epoll::new(Capacity::new(8, 8)).unwrap();
            let mut room = [const { MaybeUninit::uninit() }; 1];
            let bare = epoll_pwait2(epoll.poller.as_fd(), &mut room, &timespec(Duration::ZERO));
            assert_eq!(bare, Err(error), "the filter is in force");

            let (ours, _theirs) = UnixStream::pair().unwrap();
            let key = Key::new(0, 0);
            epoll.add(ours.as_fd(), key, Interest::WRITABLE).unwrap();
            let seen = std::cell::Cell::new(0);
            let wait = |timeout| {
                let start = std::time::Instant::now();
                epoll.wait(Some(timeout), &mut |events| {
                    seen.set(seen.get() + events.len());
                });
                start.elapsed()
            };
            wait(Duration::from_secs(60));
            assert_eq!(seen.get(), 1);
            assert!(
                epoll.coarse.load(Ordering::Relaxed),
                "it does not ask again"
            );
            // Nothing comes any more: each wait is its whole time, and ends.
            for timeout in [Duration::from_nanos(1), Duration::from_micros(1500)] {
                assert!(wait(timeout) >= timeout);
            }
            assert_eq!(seen.get(), 1);
            epoll.unpark();
            wait(Duration::from_secs(60));
            assert!(!epoll.unparked.load(Ordering::Relaxed));
        };
        // The filter stays with its thread.
        std::thread::spawn(refused).join().unwrap();
    }
}

#[test]
fn a_full_wake_up_counter_is_emptied() {
    let epoll = Epoll::new(Capacity::new(8, 8)).unwrap();
    rustix::io::write(&epoll.waker, &(u64::MAX - 1).to_ne_bytes()).unwrap();
    epoll.wait(Some(Duration::ZERO), &mut |_| {});
    epoll.unpark();
    assert!(epoll.unparked.load(Ordering::Relaxed));
    epoll.wait(None, &mut |_| {});
    assert!(!epoll.unparked.load(Ordering::Relaxed));
}

#[test]
fn react_18_the_pollers_own_wake_up_is_no_source() {
    let epoll = Epoll::new(Capacity::new(8, 8)).unwrap();
    epoll.poller.notify().unwrap();
    epoll.wait(None, &mut |events| {
        for event in events {
            // It has the reserved key, which no source has.
            assert_eq!(event.key.to_raw(), usize::MAX);
        }
    });
}

#[test]
fn react_11_a_socket_that_is_not_connected_yet_is_not_closed() {
    for family in [AddressFamily::INET, AddressFamily::UNIX] {
        for interest in [Interest::READABLE, Interest::WRITABLE, BOTH] {
            let fresh = socket(family, SocketType::STREAM, None).unwrap();
            let seen = add_and_look(&fresh, interest);
            assert!(
                !seen.is_read_closed() && !seen.is_write_closed(),
                "{seen:?}"
            );
        }
    }
}

#[test]
fn react_09_half_closed_is_closed_for_reading_only() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    theirs.shutdown(std::net::Shutdown::Write).unwrap();
    let seen = add_and_look(&ours, BOTH);
    assert!(seen.is_read_closed() && !seen.is_write_closed(), "{seen:?}");
}

#[test]
fn react_10_a_hang_up_makes_ready_for_both_and_is_final_on_a_socket() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(theirs);
    let seen = add_and_look(&ours, BOTH);
    assert!(seen.is_read_closed() && seen.is_write_closed(), "{seen:?}");
}

#[test]
fn react_10_an_error_alone_makes_ready_for_both() {
    assert_eq!(
        readiness(EventFlags::ERR),
        Ready::READABLE | Ready::WRITABLE | Ready::ERROR
    );
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    drop(reader);
    let seen = add_and_look(&writer, Interest::WRITABLE);
    assert!(seen.is_writable() && seen.is_error(), "{seen:?}");
}

#[test]
fn react_12_data_and_end_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    io::Write::write_all(&mut &client, b"x").unwrap();
    drop(client);
    // Until the end has arrived too.
    while server.peek(&mut [0]).is_err() {}
    loop {
        let seen = add_and_look(&server, BOTH);
        if seen.is_read_closed() {
            assert!(seen.is_readable());
            break;
        }
        std::thread::yield_now();
    }
}

#[test]
fn down_15_our_descriptors_are_close_on_exec() {
    let epoll = Epoll::new(Capacity::new(8, 8)).unwrap();
    for fd in [epoll.waker.as_fd(), epoll.poller.as_fd()] {
        let flags = rustix::io::fcntl_getfd(fd).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    }
}
