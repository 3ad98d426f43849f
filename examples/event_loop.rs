//! The classic loop: callbacks, timers and a socket on one thread, and a word from another one.
//!
//! ```text
//! cargo run --example event_loop
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use heist::event_loop::EventLoop;
use heist::io::Interest;
use heist::time::HandleExt;

fn main() -> io::Result<()> {
    let events = Rc::new(EventLoop::new()?);
    // Shared by all callbacks, without a lock: they run one after the other, on this thread.
    let ticks = Rc::new(Cell::new(0));

    events.call_soon(|| println!("soon: first in, first out"));
    tick(&events, ticks.clone());
    let too_late = events.call_later(Duration::from_secs(60), || println!("never"));

    // `add_reader`: called when the socket is readable, and says what it met.
    let (here, mut there) = UnixStream::pair()?;
    here.set_nonblocking(true)?;
    let stops = events.clone();
    let watch = events.on_ready(here, Interest::READABLE, move |mut socket, _| {
        let mut buffer = [0; 64];
        match socket.read(&mut buffer)? {
            0 => {
                println!("socket: end");
                stops.stop();
                Err(ErrorKind::WouldBlock.into())
            }
            n => {
                println!("socket: {}", String::from_utf8_lossy(&buffer[..n]));
                Ok(())
            }
        }
    })?;

    // `call_soon_threadsafe`: the handle may go anywhere.
    let handle = events.handle().clone();
    let other = thread::spawn(move || {
        handle.call_soon(|| println!("from another thread, on {:?}", thread::current().id()));
        there.write_all(b"hello")?;
        let (tell, told) = channel();
        handle.call_later(Duration::from_millis(30), move || {
            tell.send(()).expect("it waits")
        });
        told.recv().expect("the loop runs");
        there.write_all(b"goodbye")
    });

    // A task beside the callbacks; its future need not be `Send`.
    let seen = ticks.clone();
    let task = events.spawn_local(async move {
        heist::time::sleep(Duration::from_millis(15)).await;
        println!("task: {} ticks so far", seen.get());
    });

    events.run_forever();
    events.run_until_complete(task).expect("the task ends");
    too_late.abort();
    drop(watch);
    println!("stopped after {} ticks", ticks.get());
    other.join().expect("the other thread ends")
}

/// A callback that schedules itself, as a timer of asyncio does.
fn tick(events: &Rc<EventLoop>, ticks: Rc<Cell<u32>>) {
    let next = events.clone();
    events.call_later(Duration::from_millis(5), move || {
        ticks.set(ticks.get() + 1);
        tick(&next, ticks);
    });
}
