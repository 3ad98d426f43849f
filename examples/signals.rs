//! A daemon in small: SIGHUP makes it read its configuration again, Ctrl-C or SIGTERM ends it, a second one ends it at once.
//!
//! ```text
//! cargo run --example signals            # sends the signals to itself
//! cargo run --example signals -- wait    # waits for yours
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::process::Command;
use heist::signal::ctrl_c;
use heist::signal::unix::{SignalKind, signal};
use heist::time::{Duration, sleep, timeout};
use std::env;
use std::io;
use std::process;

/// How long unfinished work may take at the end.
const GRACE: Duration = Duration::from_millis(300);

#[heist::main]
async fn main() -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    println!("process {}", process::id());
    if env::args().nth(1).as_deref() != Some("wait") {
        heist::spawn(send("HUP", Duration::from_millis(100)));
        heist::spawn(send("INT", Duration::from_millis(200)));
    }

    let mut configuration = 1;
    loop {
        heist::select! {
            _ = hangup.recv() => {
                configuration += 1;
                println!("configuration {configuration}");
            }
            _ = terminate.recv() => break,
            stop = ctrl_c() => {
                stop?;
                break;
            }
        }
    }

    println!("stopping");
    // The handlers stay, so whoever is in a hurry has to be listened to.
    heist::select! {
        done = timeout(GRACE, finish()) => println!("{}", if done.is_ok() { "all done" } else { "gave up" }),
        _ = terminate.recv() => println!("at once"),
        _ = ctrl_c() => println!("at once"),
    }
    Ok(())
}

/// The work that is under way when the signal comes.
async fn finish() {
    sleep(Duration::from_millis(100)).await;
}

/// Sends a signal to this process, as a user at another terminal would.
async fn send(name: &str, after: Duration) -> io::Result<()> {
    sleep(after).await;
    let process = process::id().to_string();
    let status = Command::new("kill")
        .args(["-s", name, &process])
        .status()
        .await?;
    if !status.success() {
        return Err(io::Error::other("kill failed"));
    }
    Ok(())
}
