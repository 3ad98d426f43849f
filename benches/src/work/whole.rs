//! Group `whole`: memory of tasks. Compiled once per peer.

use super::peer::runtime::Runtime;
use super::peer::task::yield_now;
use super::peer::{spawn, time};
use crate::alloc;
use crate::measure::Sample;
use crate::usage::Usage;
use std::future::{Future, pending};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

const TASKS: usize = 1_000_000;
const HOUR: Duration = Duration::from_secs(3600);

/// Tasks polled for the first time. Global, so that it adds nothing to a task.
static POLLED: AtomicUsize = AtomicUsize::new(0);

/// Run the row `name`, if it belongs to this group.
pub(crate) fn row(name: &str, rt: &Runtime) -> Option<io::Result<Sample>> {
    match name {
        "mem_pending" => Some(bytes_per_task(rt, pending::<()>)),
        "mem_sleeping" => Some(bytes_per_task(rt, || time::sleep(HOUR))),
        _ => None,
    }
}

fn bytes_per_task<W>(rt: &Runtime, wait: fn() -> W) -> io::Result<Sample>
where
    W: Future<Output = ()> + Send + 'static,
{
    alloc::start_counting();
    let before = Usage::now()?;
    let all_polled = rt.spawn(async move {
        for _ in 0..TASKS {
            spawn(async move {
                POLLED.fetch_add(1, Relaxed);
                wait().await;
            });
        }
        while POLLED.load(Relaxed) < TASKS {
            yield_now().await;
        }
    });
    rt.block_on(all_polled).map_err(io::Error::other)?;
    let after = Usage::now()?;
    let each = |before: f64, after: f64| (after - before) / TASKS as f64;
    Ok(vec![
        ("rss", each(before.rss, after.rss)),
        ("heap", each(before.heap, after.heap)),
    ])
}
