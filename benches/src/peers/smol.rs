//! smol: its executor on threads of its own, under the names that the workloads use.
//!
//! Groups `rt` and `net` only: the other workloads are about things that smol leaves to other crates.

use crate::measure::Sample;
use crate::net::server::Options;
use std::io;

#[path = "../work/net.rs"]
mod net;
#[path = "../work/rt.rs"]
mod rt;

/// Run a row of group `rt`.
pub(super) fn row(name: &str, workers: usize) -> io::Result<Option<Sample>> {
    Ok(rt::row(name, &peer::runtime::Runtime::new(workers)?))
}

/// Serve echo until the process ends.
pub(super) fn serve(workers: usize, options: &Options) -> io::Result<()> {
    net::serve(&peer::runtime::Runtime::new(workers)?, options)
}

mod peer {
    use self::task::JoinHandle;
    use smol::Executor;
    use std::future::Future;

    static EXECUTOR: Executor<'static> = Executor::new();

    pub(super) fn spawn<T: Send + 'static>(
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        JoinHandle::of(EXECUTOR.spawn(future))
    }

    pub(super) mod io {
        pub(crate) use smol::io::{AsyncReadExt, AsyncWriteExt};
    }

    pub(super) mod net {
        pub(crate) use smol::net::{TcpListener, TcpStream};
    }

    pub(super) mod sync {
        pub(crate) use futures_channel::oneshot;
    }

    pub(super) mod time {
        use std::time::Duration;

        pub(crate) async fn sleep(time: Duration) {
            smol::Timer::after(time).await;
        }
    }

    pub(super) mod task {
        pub(crate) use smol::future::yield_now;
        use std::convert::Infallible;
        use std::future::Future;
        use std::pin::Pin;
        use std::task::{Context, Poll};

        /// Detaches when dropped, as the handles of the other runtimes do.
        pub(crate) struct JoinHandle<T>(Option<smol::Task<T>>);

        impl<T> JoinHandle<T> {
            pub(super) fn of(task: smol::Task<T>) -> Self {
                Self(Some(task))
            }
        }

        impl<T> Future for JoinHandle<T> {
            type Output = Result<T, Infallible>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let task = self.0.as_mut().expect("it is taken by the drop only");
                Pin::new(task).poll(cx).map(Ok)
            }
        }

        impl<T> Drop for JoinHandle<T> {
            fn drop(&mut self) {
                if let Some(task) = self.0.take() {
                    task.detach();
                }
            }
        }
    }

    pub(super) mod runtime {
        use super::EXECUTOR;
        use super::task::JoinHandle;
        use std::future::{Future, pending};
        use std::{io, thread};

        pub(crate) struct Runtime;

        impl Runtime {
            pub(crate) fn new(workers: usize) -> io::Result<Self> {
                for worker in 0..workers {
                    thread::Builder::new()
                        .name(format!("smol-{worker}"))
                        .spawn(|| smol::block_on(EXECUTOR.run(pending::<()>())))?;
                }
                Ok(Self)
            }

            pub(crate) fn spawn<T: Send + 'static>(
                &self,
                future: impl Future<Output = T> + Send + 'static,
            ) -> JoinHandle<T> {
                super::spawn(future)
            }

            pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
                smol::block_on(future)
            }
        }
    }
}
