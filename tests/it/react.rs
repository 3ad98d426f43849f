//! The reactor through sockets and pipes, on both ways to wait. The rows of the catalogue are tested one by one in `runtime-io`; here is what a server lives on, and REACT-10, -23, -26 and
//! -27 as a user meets them.

use std::future::Future;
use std::io::{ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Wake, Waker};
use std::{fs, thread};

use heist::io::unix::AsyncFd;
use heist::io::{AsyncReadExt, AsyncWriteExt, Interest};
use heist::net::{TcpListener, TcpSocket, TcpStream};
use heist::runtime::{Builder, Runtime};
use heist::task::JoinHandle;
use heist::time::{Duration, Instant, sleep};

use crate::park::Gate;
use crate::support::{on_every_flavour, watched};

/// More than the buffers of a connection hold.
const MUCH: usize = 8 << 20;

/// Two ends of a connection.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    (near, listener.accept().await.unwrap().0)
}

#[test]
fn echo_through_borrowed_halves() {
    on_every_flavour(|| async {
        let (mut near, mut far) = pair().await;
        let echo = heist::spawn(async move {
            let (mut read, mut write) = far.split();
            let copied = heist::io::copy(&mut read, &mut write).await.unwrap();
            write.shutdown().await.unwrap();
            copied
        });
        for round in 0..100_u32 {
            near.write_u32(round).await.unwrap();
            assert_eq!(near.read_u32().await.unwrap(), round);
        }
        near.shutdown().await.unwrap();
        assert_eq!(near.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(echo.await.unwrap(), 400);
    });
}

/// Writer and reader are tasks of their own, and the connection is whole again afterwards.
#[test]
fn echo_through_owned_halves_that_are_reunited() {
    on_every_flavour(|| async {
        let (near, mut far) = pair().await;
        let echo = heist::spawn(async move {
            let (mut read, mut write) = far.split();
            heist::io::copy(&mut read, &mut write).await.unwrap()
        });
        let (mut read, mut write) = near.into_split();
        let writer = heist::spawn(async move {
            write.write_all(&vec![5; MUCH]).await.unwrap();
            write
        });
        let reader = heist::spawn(async move {
            let mut all = vec![0; MUCH];
            read.read_exact(&mut all).await.unwrap();
            assert!(all.iter().all(|&byte| byte == 5));
            read
        });
        let mut near = reader
            .await
            .unwrap()
            .reunite(writer.await.unwrap())
            .unwrap();
        near.write_u8(6).await.unwrap();
        assert_eq!(near.read_u8().await.unwrap(), 6);
        drop(near);
        assert_eq!(echo.await.unwrap(), MUCH as u64 + 1);
    });
}

#[test]
fn react_26_either_side_may_close_its_half_first() {
    on_every_flavour(|| async {
        let (a, b) = pair().await;
        let (c, d) = pair().await;
        for (mut first, mut second) in [(a, b), (d, c)] {
            first.write_all(b"last words").await.unwrap();
            first.shutdown().await.unwrap();
            let error = first.write_u8(0).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            // The other one hears all of it, and may talk as long as it likes.
            let mut heard = String::new();
            second.read_to_string(&mut heard).await.unwrap();
            assert_eq!(heard, "last words");
            let listener = heist::spawn(async move {
                let mut heard = Vec::new();
                first.read_to_end(&mut heard).await.unwrap();
                heard.len()
            });
            second.write_all(&vec![0; MUCH]).await.unwrap();
            second.shutdown().await.unwrap();
            assert_eq!(listener.await.unwrap(), MUCH);
        }
    });
}

#[test]
fn react_23_refused_connections_leave_nothing_behind() {
    on_every_flavour(|| async {
        // Bound and not listening: nobody answers, and nobody else gets the port.
        let quiet = TcpSocket::new_v4().unwrap();
        quiet.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = quiet.local_addr().unwrap();
        let attempts: Vec<_> = (0..50)
            .map(|_| heist::spawn(async move { TcpStream::connect(address).await }))
            .collect();
        for attempt in attempts {
            let error = attempt.await.unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        }
        let listener = quiet.listen(1).unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        assert_eq!(
            listener.accept().await.unwrap().1,
            stream.local_addr().unwrap()
        );
    });
}

/// A peer that is gone ends the waits of both halves.
#[test]
fn react_26_a_closed_peer_ends_reads_and_writes_that_wait() {
    on_every_flavour(|| async {
        let (near, far) = pair().await;
        let (mut read, write) = near.into_split();
        let (tell, told) = heist::sync::oneshot::channel();
        let writer = heist::spawn(async move {
            let mut tell = Some(tell);
            loop {
                // Filled up to the brim, so that the next one waits.
                match write.try_write(&[0; 4096]) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        tell.take().map(|tell| tell.send(()));
                        write.writable().await.unwrap();
                    }
                    Err(error) => break error.kind(),
                }
            }
        });
        let reader =
            heist::spawn(async move { read.read_u8().await.map_err(|error| error.kind()) });
        told.await.unwrap();
        // Unread bytes make this a reset.
        drop(far);
        let gone = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        assert!(gone.contains(&writer.await.unwrap()));
        let expected = [ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof];
        assert!(expected.contains(&reader.await.unwrap().unwrap_err()));
    });
}

/// Both ends of a pipe, to be waited for.
fn pipe() -> [AsyncFd<OwnedFd>; 2] {
    let (read, write) = rustix::pipe::pipe().unwrap();
    [(read, Interest::READABLE), (write, Interest::WRITABLE)].map(|(fd, interest)| {
        rustix::io::ioctl_fionbio(&fd, true).unwrap();
        // SAFETY: it owns its descriptor and keeps it.
        unsafe { AsyncFd::register_with_interest(fd, interest) }.unwrap()
    })
}

async fn write_all(pipe: &AsyncFd<OwnedFd>, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let write = |fd: &OwnedFd| Ok(rustix::io::write(fd, bytes)?);
        let count = pipe.async_io(Interest::WRITABLE, write).await?;
        bytes = &bytes[count..];
    }
    Ok(())
}

async fn read(pipe: &AsyncFd<OwnedFd>, buf: &mut [u8]) -> usize {
    loop {
        let mut guard = pipe.readable().await.unwrap();
        if let Ok(count) = guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut *buf)?)) {
            return count.unwrap();
        }
    }
}

#[test]
fn a_pipe_as_async_fd() {
    on_every_flavour(|| async {
        let [reader, writer] = pipe();
        let total = 1 << 20;
        let task = heist::spawn(async move { write_all(&writer, &vec![9; total]).await.unwrap() });
        let (mut count, mut buf) = (0, vec![0; 1000]);
        loop {
            match read(&reader, &mut buf).await {
                0 => break,
                more => count += more,
            }
        }
        assert_eq!(count, total);
        task.await.unwrap();
    });
}

#[test]
fn react_10_a_pipe_whose_reader_goes_away_wakes_the_writer() {
    on_every_flavour(|| async {
        let [reader, writer] = pipe();
        let task = heist::spawn(async move { write_all(&writer, &vec![9; 1 << 20]).await });
        // The first byte is here, so the writer has begun, and it cannot end.
        assert_eq!(read(&reader, &mut [0]).await, 1);
        drop(reader);
        let error = task.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

/// Opens a gate when it is woken.
struct Opens(Arc<Gate>);

impl Wake for Opens {
    fn wake(self: Arc<Self>) {
        self.0.open();
    }
}

/// A runtime all of whose workers wait for a gate.
fn blocked(workers: usize, portable: bool) -> (Runtime, Vec<JoinHandle<()>>, Waker) {
    let rt = Builder::new_multi_thread()
        .worker_threads(workers)
        .portable_poll(portable)
        .enable_all()
        .build()
        .unwrap();
    let gate = Arc::new(Gate::default());
    let (tell, told) = mpsc::channel();
    let tasks = (0..workers)
        .map(|_| {
            let (tell, gate) = (tell.clone(), gate.clone());
            rt.spawn(async move {
                tell.send(()).unwrap();
                gate.wait();
            })
        })
        .collect();
    (0..workers).for_each(|_| told.recv().unwrap());
    (rt, tasks, Waker::from(Arc::new(Opens(gate))))
}

/// The first poll of what the blocked workers wait for.
fn arm(wait: Pin<&mut impl Future>, waker: &Waker) {
    let pending = wait.poll(&mut Context::from_waker(waker)).is_pending();
    if !pending {
        // A test that fails ends.
        waker.wake_by_ref();
    }
    assert!(pending);
}

/// Waits for the blocked workers, which go on when the future's waker is woken: by nobody but the reactor thread.
fn until_released(rt: &Runtime, tasks: &[JoinHandle<()>], wait: impl Future) {
    // Not in the runtime's `block_on`: this thread drives nothing either way, and is seen not to.
    while !tasks.iter().all(JoinHandle::is_finished) {
        thread::yield_now();
    }
    rt.block_on(wait);
}

#[test]
fn blocked_workers_are_released_by_a_socket_that_is_dispatched_beside_them() {
    watched(|| {
        for (workers, portable) in [(1, false), (4, false), (1, true), (4, true)] {
            let (rt, tasks, waker) = blocked(workers, portable);
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut far, _) = listener.accept().unwrap();
            near.set_nonblocking(true).unwrap();
            let mut near = {
                let _context = rt.enter();
                TcpStream::from_std(near).unwrap()
            };
            let mut byte = [0];
            {
                let mut read = pin!(near.read_exact(&mut byte));
                arm(read.as_mut(), &waker);
                far.write_all(b"x").unwrap();
                until_released(&rt, &tasks, read);
            }
            assert_eq!(byte, *b"x");
        }
    });
}

#[test]
fn blocked_workers_are_released_by_a_timer_that_is_dispatched_beside_them() {
    watched(|| {
        for (workers, portable) in [(1, false), (4, false), (1, true), (4, true)] {
            let (rt, tasks, waker) = blocked(workers, portable);
            let mut wait = {
                let _context = rt.enter();
                Box::pin(sleep(Duration::from_secs(3600)))
            };
            arm(wait.as_mut(), &waker);
            wait.as_mut()
                .reset(Instant::now() + Duration::from_millis(1));
            until_released(&rt, &tasks, wait);
        }
    });
}

/// The source files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Addresses go through `socket2` and `rustix`; nobody here knows how the system lays them out.
#[test]
fn react_27_no_address_is_made_by_its_layout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = [
        "",
        "runtime-core",
        "runtime-time",
        "runtime-sync",
        "runtime-io",
        "runtime-macros",
    ];
    for name in crates {
        let mut found = Vec::new();
        sources(&root.join(name).join("src"), &mut found);
        assert!(!found.is_empty(), "{name:?} has no sources");
        for path in found {
            let text = fs::read_to_string(&path).unwrap();
            for word in ["transmute", "sockaddr"] {
                assert!(!text.contains(word), "`{word}` in {}", path.display());
            }
        }
    }
}
