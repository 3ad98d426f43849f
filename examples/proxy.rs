//! A TCP proxy: what comes in on one address goes out to another, both ways.
//!
//! ```text
//! cargo run --release --example proxy -- 127.0.0.1:7002 127.0.0.1:7000
//! ```
//!
//! (The second address may be that of `cargo run --release --example echo -- --listen 127.0.0.1:7000`.)

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::io::copy_bidirectional;
use heist::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::{env, io};

#[heist::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        eprintln!("proxy: needs two addresses: where to listen, and where to connect");
        return ExitCode::FAILURE;
    };
    let Err(error) = serve(from, to).await else {
        return ExitCode::SUCCESS;
    };
    eprintln!("proxy: cannot serve on {from}: {error}");
    ExitCode::FAILURE
}

async fn serve(from: &str, to: &str) -> io::Result<()> {
    let listener = TcpListener::bind(from).await?;
    println!("proxy from {from} to {to}, until Ctrl-C");
    loop {
        let (client, peer) = listener.accept().await?;
        let to = to.to_owned();
        heist::spawn(async move {
            match forward(client, &to).await {
                Ok((sent, received)) => println!("{peer}: {sent} bytes there, {received} back"),
                Err(error) => eprintln!("proxy: {peer}: {error}"),
            }
        });
    }
}

/// Until both sides have ended. The end of one direction is passed on while the other still flows.
async fn forward(mut client: TcpStream, to: &str) -> io::Result<(u64, u64)> {
    let mut server = TcpStream::connect(to).await?;
    copy_bidirectional(&mut client, &mut server).await
}
