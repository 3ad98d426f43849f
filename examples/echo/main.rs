//! An echo server on heist with ten thousand connections, and what it costs.
//!
//! ```text
//! cargo run --release --example echo                              measure: this process serves, a second one drives it
//! cargo run --release --example echo -- --listen 127.0.0.1:7000   serve only
//! ```
//!
//! `server.rs` is all that an application would write. `client.rs` is the load, also on heist, in a process of its
//! own. The rest reads options and prints.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

mod client;
mod message;
mod options;
mod report;
mod server;
mod system;

use heist::net::TcpListener;
use heist::runtime::Runtime;
use heist::task;
use options::{Mode, Options};
use std::env;
use std::net::SocketAddr;
use std::process::ExitCode;
use system::Usage;

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)).and_then(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("echo: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// `#[heist::main]` in longhand, for the sake of the sentence.
fn start(options: Options) -> Result<(), String> {
    let runtime = Runtime::new().map_err(|error| format!("cannot start the runtime: {error}"))?;
    runtime.block_on(run(options))
}

async fn run(options: Options) -> Result<(), String> {
    match options.mode {
        Mode::Help => println!("{}", options::HELP),
        Mode::Listen(address) => {
            system::raise_file_limit();
            system::check_memory(1, options.size)?;
            let listener = bind(address).await?;
            println!("echo on {}, until Ctrl-C", local(&listener)?);
            server::serve(listener, options.size).await;
        }
        Mode::Drive(server) => {
            let connections = options.connections.unwrap_or(options::CONNECTIONS);
            client::main(server, options.load(connections)).await;
        }
        Mode::Measure => measure(options).await?,
    }
    Ok(())
}

/// Serve here, drive from a second process, print what came of it.
async fn measure(options: Options) -> Result<(), String> {
    let load = options.load(system::connections(options.connections)?);
    // A buffer in the server, and two in the client.
    system::check_memory(load.connections.saturating_mul(3), load.size)?;
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = local(&listener)?;
    let idle = Usage::now();
    heist::spawn(server::serve(listener, load.size));

    // Reading what the other process says blocks, which a worker must not.
    let followed = task::spawn_blocking(move || report::follow(address, &load, idle)).await;
    followed.map_err(|error| error.to_string())?
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen on {address}: {error}"))
}

fn local(listener: &TcpListener) -> Result<SocketAddr, String> {
    let address = listener.local_addr();
    address.map_err(|error| format!("the listener has no address: {error}"))
}
