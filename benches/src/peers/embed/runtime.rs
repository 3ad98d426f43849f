//! One runtime under the names that the workloads use, whoever runs its tasks.

use super::guest::Guest;
use super::lent::LentThreads;
use super::{Way, observed, pump};
use ::heist::runtime::{self as heist, Builder, Handle, Reactor};
use ::heist::task::JoinHandle;
use std::future::Future;
use std::io;

/// A runtime with those who run it.
pub(crate) struct Runtime {
    // In the order in which they end.
    drives: Drives,
    rt: heist::Runtime,
}

/// Who runs the tasks, apart from the thread in `block_on`.
enum Drives {
    /// The runtime's own threads, a pool, or the thread in `block_on`: nothing to keep here.
    Itself,
    Lent(#[expect(dead_code, reason = "kept until the end")] LentThreads),
    Guest(Box<Guest>),
}

impl Runtime {
    pub(crate) fn new(way: Way) -> io::Result<Self> {
        let rt = builder(way)?.enable_all().build()?;
        let drives = match way {
            Way::Lent(threads) => Drives::Lent(LentThreads::start(rt.handle(), threads)?),
            Way::Fd => Drives::Guest(Box::new(Guest::with_fd(&rt)?)),
            Way::Waker => Drives::Guest(Box::new(Guest::with_waker(&rt)?)),
            _ => Drives::Itself,
        };
        Ok(Self { drives, rt })
    }

    pub(crate) fn handle(&self) -> &Handle {
        self.rt.handle()
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.rt.spawn(future)
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        match &self.drives {
            Drives::Itself | Drives::Lent(_) => self.rt.block_on(future),
            Drives::Guest(guest) => guest.run_until(future),
        }
    }
}

pub(super) fn builder(way: Way) -> io::Result<Builder> {
    let mut builder = match way {
        Way::Own(threads)
        | Way::Introspect(threads)
        | Way::SlowPolls(threads)
        | Way::Debug(threads) => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
        Way::Current => Builder::new_current_thread(),
        _ => Builder::new_hosted(),
    };
    match way {
        Way::Lent(threads) => builder.guest_slots(threads),
        Way::Pump(threads) => builder.host_pool(pump::rayon(threads)?, threads),
        Way::Fd => builder.guest_slots(1).reactor(Reactor::HostDriven),
        Way::Waker => builder.guest_slots(1),
        _ => observed::turn_on(way, &mut builder),
    };
    Ok(builder)
}
