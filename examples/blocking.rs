//! Work that blocks or computes for long belongs on the blocking pool, so that the workers stay free.
//!
//! ```text
//! cargo run --release --example blocking
//! ```
//!
//! While four jobs compute, a heartbeat on the workers shows how late it gets.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::task::spawn_blocking;
use heist::time::{Duration, Instant, interval};

const JOBS: u64 = 4;
const NUMBERS: u64 = 3_000_000;

#[heist::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let heart = heist::spawn(heartbeat());

    let range = NUMBERS / JOBS;
    let jobs: Vec<_> = (0..JOBS)
        .map(|job| spawn_blocking(move || primes(job * range, (job + 1) * range)))
        .collect();
    let mut found = 0;
    for job in jobs {
        found += job.await?;
    }
    println!("{found} primes below {NUMBERS}");

    // Tasks that nobody awaits are aborted so, or end with the runtime.
    heart.abort();
    Ok(())
}

async fn heartbeat() {
    let period = Duration::from_millis(50);
    let mut beats = interval(period);
    loop {
        let due = beats.tick().await;
        println!(
            "beat, {:?} late",
            Instant::now().saturating_duration_since(due)
        );
    }
}

/// By trial division: slow on purpose.
fn primes(from: u64, to: u64) -> usize {
    let is_prime = |number: &u64| {
        *number >= 2
            && (2..*number)
                .take_while(|n| n * n <= *number)
                .all(|n| number % n > 0)
    };
    (from..to).filter(is_prime).count()
}
