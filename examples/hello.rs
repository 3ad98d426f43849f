//! The smallest program: a task, a timer, and a value that comes back.
//!
//! ```text
//! cargo run --example hello
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::time::{Duration, sleep};

#[heist::main]
async fn main() {
    let answer = heist::spawn(async {
        sleep(Duration::from_millis(100)).await;
        6 * 7
    });

    println!("Hello. The task runs on another thread, or on this one.");
    match answer.await {
        Ok(value) => println!("It says {value}."),
        Err(error) => println!("It did not get there: {error}."),
    }
}
