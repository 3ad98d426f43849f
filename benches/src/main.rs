//! `heist-bench`: the same work on heist and on its peers, in one run.
//!
//! [`suite`] names the rows, [`marks`] what heist must reach, [`work`](peers) holds the workloads, [`pairs`] runs them
//! interleaved in processes of their own, [`report`] prints. It reads `/proc` and drives its load through epoll, so
//! it measures on Linux only.

#[cfg(target_os = "linux")]
mod ab;
#[cfg(target_os = "linux")]
mod alloc;
#[cfg(target_os = "linux")]
mod cli;
#[cfg(target_os = "linux")]
mod command;
#[cfg(target_os = "linux")]
mod cores;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod marks;
#[cfg(target_os = "linux")]
mod measure;
#[cfg(target_os = "linux")]
mod net;
#[cfg(target_os = "linux")]
mod pairs;
#[cfg(target_os = "linux")]
mod peers;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod stats;
#[cfg(target_os = "linux")]
mod suite;
#[cfg(target_os = "linux")]
mod usage;

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    command::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!(
        "heist-bench reads /proc and drives its load through epoll, so it measures on Linux only."
    );
    std::process::ExitCode::FAILURE
}
