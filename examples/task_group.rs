//! Tasks that succeed or fail together: a group with a deadline, a service that says when it is ready, a value that all of them inherit, and an end in two stages.
//!
//! ```text
//! cargo run --example task_group
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use heist::net::{TcpListener, TcpStream};
use heist::task::scope::{CancelScope, cancelled};
use heist::task::{GroupError, GroupHandle, TaskGroup};
use heist::time::{Duration, sleep};

heist::context_var! {
    /// Who a task works for; inherited by what it spawns.
    static NAME: String = "nobody".to_owned();
}

fn name() -> String {
    NAME.get().unwrap_or_default()
}

#[heist::main]
async fn main() {
    let work = TaskGroup::new()
        .timeout(Duration::from_secs(10))
        .grace(Duration::from_secs(1))
        .run(|group| NAME.scope("the example".to_owned(), body(group)));
    match work.await {
        Ok(()) => println!("all ended well"),
        Err(error) => report(&error),
    }
}

async fn body(group: GroupHandle<std::io::Error>) -> std::io::Result<()> {
    // Goes on when the server listens, or with the reason why it does not.
    let server = group.start(async |started| {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        started.set(listener.local_addr()?);
        serve(listener).await
    });
    let address = server.await.map_err(std::io::Error::other)?;
    println!("{} listens on {address}", name());

    group.spawn(async move {
        TcpStream::connect(address).await?;
        Ok(())
    });
    // A closure that blocks sees when it should end: by asking, or by what it waits for.
    group.spawn_blocking(|scope| {
        let mut turns = 0_u64;
        while scope.block_on(sleep(Duration::from_millis(1))).is_ok() {
            turns += 1;
        }
        println!("the closure of {} made {turns} turns", name());
        Ok(())
    });

    sleep(Duration::from_millis(50)).await;
    // The first error cancels the others; they have a second to end in their own way.
    group.spawn(async { Err(std::io::Error::other("something broke")) });
    cancelled().await;
    Ok(())
}

async fn serve(listener: TcpListener) -> std::io::Result<()> {
    loop {
        heist::select! {
            accepted = listener.accept() => {
                let (_, peer) = accepted?;
                println!("{peer} came by");
            }
            reason = cancelled() => {
                println!("the server ends: {reason}");
                // What must not be cut off halfway, and for how long at most.
                let goodbye = CancelScope::new().shield().timeout(Duration::from_millis(500));
                let said = goodbye.run(sleep(Duration::from_millis(10))).await;
                println!("it said goodbye: {}", said.is_ok());
                return Ok(());
            }
        }
    }
}

fn report(error: &GroupError<std::io::Error>) {
    println!("it failed: {error}");
    for failure in error.failures() {
        println!("  {failure}");
    }
}
