//! A runtime inside an event loop that watches descriptors: mode (c) of embedding, by descriptor.
//!
//! ```text
//! cargo run --release --example guest_fd
//! ```
//!
//! The loop below is the program's own: it waits with `poll` for a pipe of its own and for the guest. No thread is started; an echo server, its clients and a timer run in the turns
//! that the loop gives them.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::cell::Cell;
use std::error::Error;
use std::os::fd::AsFd;
use std::rc::Rc;

use heist::io::{AsyncReadExt, AsyncWriteExt, copy};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Limit, Reactor};
use heist::task::spawn_local;
use heist::time::{Duration, sleep};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

fn main() -> Result<(), Box<dyn Error>> {
    let rt = Builder::new_hosted()
        .guest_slots(1)
        .reactor(Reactor::HostDriven)
        .enable_all()
        .build()?;
    let guest = rt.attach_fd()?;
    let guest_fd = guest.fd().ok_or("this system's poller has no descriptor")?;

    // The host's own source of events, and state that only its thread touches.
    let (reader, writer) = rustix::pipe::pipe()?;
    let answers = Rc::new(Cell::new(0));
    let count = answers.clone();
    let app = guest.spawn_local(async move {
        let served = serve_and_ask(count).await;
        rustix::io::write(&writer, b"!").map_err(std::io::Error::from)?;
        served
    });

    let mut turns = 0;
    loop {
        let mut fds = [
            PollFd::new(&guest_fd, PollFlags::IN),
            PollFd::from_borrowed_fd(reader.as_fd(), PollFlags::IN),
        ];
        // To be asked before each wait: zero if work is ready, else the time until the next timer.
        let timeout = guest.next_timeout().map(|timeout| Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: timeout.subsec_nanos().into(),
        });
        poll(&mut fds, timeout.as_ref())?;
        if fds[1].revents().contains(PollFlags::IN) {
            break;
        }
        let _ = guest.turn(Limit::polls(64));
        turns += 1;
    }
    println!(
        "{} answers in {turns} turns, finished: {}",
        answers.get(),
        app.is_finished()
    );
    Ok(())
}

/// Ten clients of an echo server; all of it runs in turns of the guest.
async fn serve_and_ask(answers: Rc<Cell<u32>>) -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    heist::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            heist::spawn(async move {
                let (mut reader, mut writer) = stream.split();
                copy(&mut reader, &mut writer).await
            });
        }
    });
    let clients: Vec<_> = (0..10)
        .map(|number| {
            let answers = answers.clone();
            spawn_local(async move {
                sleep(Duration::from_millis(number)).await;
                let mut stream = TcpStream::connect(addr).await?;
                stream.write_all(b"hello").await?;
                stream.read_exact(&mut [0; 5]).await?;
                answers.set(answers.get() + 1);
                Ok::<_, std::io::Error>(())
            })
        })
        .collect();
    for client in clients {
        client.await.map_err(std::io::Error::other)??;
    }
    Ok(())
}
