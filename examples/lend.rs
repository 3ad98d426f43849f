//! Threads that a program already has run the tasks of a runtime: mode (a) of embedding.
//!
//! ```text
//! cargo run --release --example lend
//! ```
//!
//! The runtime has no workers of its own. Three plain threads are lent to it until a flag is set; a fourth one does its own work and gives the runtime a bounded turn now and then.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::collections::BTreeMap;
use std::error::Error;
use std::thread;

use heist::runtime::{Builder, Limit};
use heist::sync::watch;
use heist::time::{Duration, sleep};

const TASKS: u32 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let rt = Builder::new_hosted().guest_slots(4).enable_all().build()?;
    let (stop, stopped) = watch::channel(false);

    // Threads of the program that have nothing else to do.
    let lent: Vec<_> = (0..3)
        .map(|number| {
            let (handle, mut stopped) = (rt.handle().clone(), stopped.clone());
            thread::Builder::new()
                .name(format!("lent-{number}"))
                .spawn(move || {
                    handle
                        .lend()?
                        .run_until(async { stopped.wait_for(|stop| *stop).await.is_ok() })
                })
        })
        .collect::<Result<_, _>>()?;

    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            rt.spawn(async {
                sleep(Duration::from_millis(1)).await;
                thread::current().name().unwrap_or("?").to_owned()
            })
        })
        .collect();

    // A thread that has: it looks in between two pieces of its own work.
    let mut turns = 0;
    let mut here = rt.handle().lend()?;
    while tasks.iter().any(|task| !task.is_finished()) {
        let turn = here.turn(Limit::polls(16).or_after(Duration::from_micros(500)));
        turns += u32::from(turn.polled > 0);
        thread::yield_now();
    }

    // The thread that holds a slot drives with it.
    let mut ran_on = BTreeMap::new();
    rt.block_on(async {
        for task in tasks {
            *ran_on.entry(task.await?).or_insert(0) += 1;
        }
        stop.send(true)?;
        Ok::<_, Box<dyn Error>>(())
    })?;
    for thread in lent {
        thread.join().map_err(|_| "a lent thread panicked")??;
    }
    println!(
        "{TASKS} tasks, last polled by {ran_on:?}; {turns} turns of the main thread found work"
    );
    Ok(())
}
