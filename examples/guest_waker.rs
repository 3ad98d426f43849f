//! A runtime inside an event loop that can be woken, as those of windows are: mode (c) of embedding, by waker.
//!
//! ```text
//! cargo run --release --example guest_waker
//! ```
//!
//! The loop below owns a queue of events and hands each of them to the program's state. A wake-up of the guest is one more event: the guest's turn runs between two others, on this
//! thread, where its tasks may touch that state. Sockets and timers are watched by the runtime's reactor thread; other tasks run on its worker, never here.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Wake, Waker};

use heist::runtime::{Builder, Limit};
use heist::time::{Duration, sleep};

enum Event {
    /// The guest has something to do.
    Guest,
    /// Somebody has typed.
    Key(char),
    Quit,
}

/// Puts an event into the queue, and does nothing else: it may be called from any thread, at any time.
struct Proxy(Sender<Event>);

impl Wake for Proxy {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(Event::Guest);
    }
}

/// What the window shows.
#[derive(Default)]
struct State {
    typed: String,
    fetched: Vec<u32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rt = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (queue, events) = channel();
    let guest = rt.attach_waker(Waker::from(Arc::new(Proxy(queue.clone()))))?;

    let state = Rc::new(RefCell::new(State::default()));
    let shown = state.clone();
    let (keys, quit) = (queue.clone(), queue);
    guest.spawn_local(async move {
        for number in 0..5 {
            // The work runs on the worker, the answer is shown by this thread.
            let fetched = heist::spawn(fetch(number)).await;
            shown.borrow_mut().fetched.extend(fetched);
        }
        let _ = quit.send(Event::Quit);
    });
    // A user who types meanwhile.
    rt.spawn(async move {
        for key in "hello".chars() {
            sleep(Duration::from_millis(2)).await;
            let _ = keys.send(Event::Key(key));
        }
    });

    let (mut turns, mut polls) = (0, 0);
    for event in events {
        match event {
            Event::Guest => {
                turns += 1;
                // What is left calls the proxy again, behind the events that have come meanwhile.
                polls += guest
                    .turn(Limit::polls(16).or_after(Duration::from_millis(2)))
                    .polled;
            }
            Event::Key(key) => state.borrow_mut().typed.push(key),
            Event::Quit => break,
        }
    }
    let state = state.borrow();
    println!(
        "typed {:?}, fetched {:?}: {polls} polls in {turns} turns",
        state.typed, state.fetched
    );
    Ok(())
}

async fn fetch(number: u32) -> u32 {
    sleep(Duration::from_millis(3)).await;
    number * number
}
