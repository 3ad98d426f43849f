//! Follows the client process with a progress bar, and prints the results.

use crate::message::{Message, Outcome};
use crate::options::Load;
use crate::system::Usage;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::{env, thread};

const BAR: usize = 30;

/// Start the client, show how it goes, and print what came of it.
pub(crate) fn follow(server: SocketAddr, load: &Load, idle: Usage) -> Result<(), String> {
    let mut client =
        start(server, load).map_err(|error| format!("cannot start the client process: {error}"))?;
    let followed = listen(&mut client, load, idle);
    // It ends by itself unless something went wrong.
    let _ = client.kill();
    let _ = client.wait();
    followed
}

fn start(server: SocketAddr, load: &Load) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .args(load.arguments(server))
        // Held open until the client is done with: its end is the sign that this process is gone.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
}

fn listen(client: &mut Child, load: &Load, idle: Usage) -> Result<(), String> {
    let mut before = idle;
    for line in client
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
    {
        let line = line.map_err(|error| format!("cannot read from the client process: {error}"))?;
        let message =
            Message::parse(&line).ok_or_else(|| format!("the client process said {line:?}"))?;
        match message {
            Message::Connecting(open) => show("connecting", open as f64 / load.connections as f64),
            Message::Started => before = Usage::now(),
            Message::Passed(time) => show(
                "measuring",
                time.as_secs_f64() / load.duration.as_secs_f64(),
            ),
            Message::Measured(outcome) => print(load, &outcome, [idle, before, Usage::now()]),
            Message::Finished { failed: 0, lost: 0 } => return Ok(()),
            Message::Finished { failed, lost } => {
                return Err(format!(
                    "{failed} connections broke, and {lost} waited in vain for a reply"
                ));
            }
            Message::Failed(why) => {
                clear();
                return Err(why);
            }
        }
    }
    clear();
    Err("the client process ended before it was done".into())
}

fn print(load: &Load, outcome: &Outcome, [idle, before, after]: [Usage; 3]) {
    clear();
    let cpu = after
        .cpu
        .zip(before.cpu)
        .map(|(after, before)| after.saturating_sub(before));
    let cpu = cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / outcome.requests.max(1) as f64);
    let memory = before
        .memory
        .zip(idle.memory)
        .map(|(before, idle)| before - idle);
    let cpus = thread::available_parallelism().map_or(1, usize::from);
    println!(
        "{} connections, {} bytes per request, {:.1} s, both processes on {cpus} CPUs",
        load.connections, load.size, outcome.seconds
    );
    println!(
        "  requests per second     {:>10.0}",
        outcome.requests as f64 / outcome.seconds
    );
    println!("  latency, p50            {:>10.2} ms", outcome.p50);
    println!("  latency, p99            {:>10.2} ms", outcome.p99);
    println!("  latency, p99.9          {:>10.2} ms", outcome.p999);
    println!("  server CPU per request  {} µs", known(cpu, 1));
    println!("  server threads          {}", known(after.threads, 0));
    println!(
        "  bytes per connection    {}",
        known(memory.map(|bytes| bytes / load.connections as f64), 0)
    );
}

fn known(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(
        || format!("{:>10}", "unknown"),
        |value| format!("{value:>10.digits$}"),
    )
}

/// A progress bar, on a terminal only.
fn show(what: &str, done: f64) {
    if io::stdout().is_terminal() {
        let done = done.clamp(0.0, 1.0);
        let full = (done * BAR as f64) as usize;
        print!(
            "\r{what:<12}[{:<BAR$}] {:>3.0} %",
            "=".repeat(full),
            done * 100.0
        );
        let _ = io::stdout().flush();
    }
}

fn clear() {
    if io::stdout().is_terminal() {
        print!("\r\x1b[K");
    }
}
