//! An echo server on a rayon pool that the program has anyway: no thread is added but the one that waits for sockets.
//!
//! ```text
//! cargo run --release --example embed_in_rayon          1,000 connections
//! cargo run --release --example embed_in_rayon -- 100
//! ```
//!
//! The runtime posts bounded jobs to the pool, and only while there is something to do. The clients are tasks beside the server; the pool goes on with work of its own meanwhile, here a sum. At the end
//! the program counts its threads and what went wrong with the pool, which is nothing.

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::{io, net::SocketAddr};

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Handle, Job};
use heist::task::JoinSet;
use rayon::prelude::*;

/// Messages per connection.
const ROUNDS: u32 = 20;

fn main() -> io::Result<()> {
    let connections = std::env::args()
        .nth(1)
        .map_or(1000, |text| text.parse().expect("a number of connections"));
    raise_file_limit();
    let threads = rayon::current_num_threads();
    let rt = Builder::new_hosted()
        .enable_all()
        .host_pool(on_rayon, threads)
        .build()?;
    let echoed = rt.block_on(rt.spawn(serve_and_ask(connections)))??;
    let metrics = rt.metrics();
    let (refused, stuck) = (metrics.refused_jobs(), metrics.stalled_pumps());
    println!("{echoed} messages over {connections} connections");
    println!("jobs refused: {refused}, pool found stuck: {stuck} times");
    if let Some(all) = count_threads() {
        println!("threads: {all}: this one, {threads} of the pool, and the reactor's");
        assert_eq!(all, 1 + threads + 1);
    }
    Ok(())
}

fn on_rayon(job: Job) {
    rayon::spawn(move || job.run());
}

async fn serve_and_ask(connections: u32) -> io::Result<u32> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = heist::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            heist::spawn(echo(stream));
        }
    });
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        clients.spawn(ask(address));
    }
    // The pool's own work, for which a task may wait as for any other.
    let add = || (1..=1_000_000_u64).into_par_iter().sum::<u64>();
    let sum = Handle::current().run_in(&on_rayon, add);
    let mut echoed = 0;
    while let Some(client) = clients.join_next().await {
        echoed += client??;
    }
    println!("the pool's own sum: {}", sum.await?);
    server.abort();
    Ok(echoed)
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = stream.split();
    heist::io::copy(&mut from, &mut to).await.map(drop)
}

async fn ask(address: SocketAddr) -> io::Result<u32> {
    let mut stream = TcpStream::connect(address).await?;
    for round in 0..ROUNDS {
        stream.write_u32(round).await?;
        assert_eq!(stream.read_u32().await?, round);
    }
    Ok(ROUNDS)
}

/// Two descriptors per connection are more than many shells allow at first.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    // If it is refused, connecting says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit });
}

/// The threads of this process, where the system tells.
fn count_threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}
