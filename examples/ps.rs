//! Who is running? A program that looks at its own tasks: as a table, as a tree, and at one that blocks.
//!
//! ```text
//! cargo run --example ps
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::future::pending;
use std::sync::mpsc;

use heist::runtime::{Builder, Handle};
use heist::task;
use heist::time::{Duration, sleep};
use parking_lot::Mutex;

fn main() -> std::io::Result<()> {
    let (report, reports) = mpsc::channel();
    let rt = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        // Also by HEIST_DEBUG=1 in the environment.
        .debug(true)
        .slow_poll_after(Some(Duration::from_millis(50)))
        .on_slow_poll(move |poll| {
            let _ = report.send(poll.to_string());
        })
        .build()?;
    rt.block_on(async {
        named("server", server())?;
        named("clock", async {
            loop {
                sleep(Duration::from_millis(10)).await;
            }
        })?;
        sleep(Duration::from_millis(100)).await;
        let tasks = Handle::current().tasks();
        println!("{tasks}\n{}", tasks.tree());

        // A task that forgets where it is; the reactor thread sees it while it lasts.
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let blocking = named("blocking", async move {
            let _ = held.lock().recv();
        })?;
        let report = task::spawn_blocking(move || reports.recv());
        println!("{}", report.await?.unwrap_or_default());
        drop(release);
        blocking.await?;
        Ok(())
    })
}

#[track_caller]
fn named(
    name: &str,
    future: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<task::JoinHandle<()>> {
    task::Builder::new().name(name).spawn(future)
}

/// A task with children that wait, as a server has connections.
async fn server() {
    for number in 1..=3 {
        let name = format!("connection {number}");
        if named(&name, pending()).is_err() {
            return;
        }
    }
    pending().await
}
