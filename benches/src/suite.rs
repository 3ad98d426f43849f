//! The rows: what is measured, in which unit, on whom by default.

pub(crate) mod embed;

use crate::net::row::{Exchange, Rate};
use crate::net::shape::Shape;
use crate::peers::{External, Peer};

/// An area of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Rt,
    Sync,
    Time,
    Net,
    Io,
    Whole,
    Embed,
}

/// Which way a metric improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    Less,
    More,
    /// Told, not compared.
    Neither,
}

/// One number of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    /// As in the samples.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// What a sample is divided by to give the unit.
    pub(crate) scale: f64,
    pub(crate) better: Better,
}

/// One row of the suite.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) group: Group,
    pub(crate) name: String,
    pub(crate) metrics: &'static [Metric],
    pub(crate) peers: &'static [Peer],
    /// More pairs than this tell nothing new: the row is long, or hardly varies.
    pub(crate) most_pairs: usize,
}

impl Group {
    pub(crate) const ALL: [Self; 7] = [
        Self::Rt,
        Self::Sync,
        Self::Time,
        Self::Net,
        Self::Io,
        Self::Whole,
        Self::Embed,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rt => "rt",
            Self::Sync => "sync",
            Self::Time => "time",
            Self::Net => "net",
            Self::Io => "io",
            Self::Whole => "whole",
            Self::Embed => "embed",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// The names of the rows that run when none is asked for.
    pub(crate) fn rows(self) -> &'static [&'static str] {
        match self {
            Self::Rt => &[
                "local_detach_10k",
                "local_join_10k",
                "chained_spawn",
                "ping_pong",
                "yield_many",
                "lone_yield",
                "spawn_many_local",
                "spawn_many_remote_idle",
                "spawn_many_remote_busy1",
                "spawn_many_remote_busy2",
                "remote_spawn/1",
                "remote_spawn/2",
                "remote_spawn/4",
                "remote_spawn/8",
                "skynet",
                "wake_one_of_n/1000",
                "wake_one_of_n/100000",
                "wake_one_of_n/1000000",
                "one_slot/spawn_many",
                "one_slot/remote_idle",
                "one_slot/spawn_1",
                "one_slot/spawn_10",
                "one_slot/request_reply",
                "one_worker/spawn_1",
                "one_worker/spawn_10",
                "one_worker/request_reply",
                "spawn_blocking/1",
                "spawn_blocking/2",
                "spawn_blocking/4",
                "spawn_blocking/8",
                "spawn_blocking/16",
                "blocking_roundtrip",
                "compute/5us",
                "compute/50us",
                "compute/500us",
                "compute/5000us",
                "burst",
                "pipeline",
            ],
            Self::Sync => &[
                "mpsc_create/1",
                "mpsc_create/100",
                "mpsc_create/100000",
                "mpsc_send/512B",
                "mpsc_send/32KiB",
                "mpsc_contended/bounded/recv",
                "mpsc_contended/bounded/recv_many",
                "mpsc_contended/full/recv",
                "mpsc_contended/full/recv_many",
                "mpsc_contended/unbounded/recv",
                "mpsc_contended/unbounded/recv_many",
                "mpsc_uncontended/bounded/recv",
                "mpsc_uncontended/bounded/recv_many",
                "mpsc_uncontended/unbounded/recv",
                "mpsc_uncontended/unbounded/recv_many",
                "mpsc_producers/1",
                "mpsc_producers/10",
                "mpsc_producers/50",
                "mpsc_producers/100",
                "oneshot_roundtrip",
                "request_reply",
                "broadcast/10",
                "broadcast/100",
                "broadcast/500",
                "broadcast/1000",
                "watch/10",
                "watch/100",
                "watch/500",
                "watch/1000",
                "notify_one/10",
                "notify_one/50",
                "notify_one/100",
                "notify_one/200",
                "notify_one/500",
                "notify_waiters/10",
                "notify_waiters/50",
                "notify_waiters/100",
                "notify_waiters/200",
                "notify_waiters/500",
                "rwlock/free",
                "rwlock/contended",
                "semaphore/free",
                "semaphore/contended",
                "mutex/free",
                "mutex/2",
                "mutex/8",
                "cancel_child/1000",
                "cancel_child/100000",
                "cancel_all/100000",
            ],
            Self::Time => &[
                "arm_drop/1",
                "arm_drop/2",
                "timeout_ready",
                "timeout_pending",
                "sleep_error/1ms",
                "sleep_error/5ms",
                "sleep_error/50ms",
                "reset_later",
                "reset_earlier",
                "remote_cancel",
                "armed_1m",
                "fire",
            ],
            Self::Net => &[
                "echo/1/128",
                "echo/64/128",
                "echo/256/128",
                "echo/1000/128",
                "echo/8000/128",
                "echo/64/16384",
                "echo_open/64/20000",
                "echo_open/64/100000",
                "echo_open/64/70pct",
                "echo_open/256/70pct",
                "echo_open/1000/70pct",
                "mixed",
                "http_hello/64",
                "http_hello/256",
                "http_hello/1000",
                "http_pipelined/64",
                "calls/64",
                "udp_echo/1",
                "udp_echo/64",
                "unix_echo/1",
                "unix_echo/64",
                "churn/1",
                "churn/64",
            ],
            Self::Io => &[
                "copy/256KiB",
                "copy/64MiB",
                "file_read/8KiB",
                "file_read/64KiB",
                "file_read/2MiB",
                "file_write/8KiB",
                "file_write/64KiB",
                "file_write/2MiB",
                "small_files/1",
                "small_files/64",
                "spawn_wait/1",
                "spawn_wait/16",
            ],
            Self::Whole => &[
                "mem_pending",
                "mem_sleeping",
                "mem_idle_conns",
                "idle_cpu",
                "growth/spawn_join",
                "growth/wake",
                "growth/arm_drop",
                "growth/reset",
                "oversubscribed/ping_pong",
                "oversubscribed/yield_many",
                "oversubscribed/skynet",
                "oversubscribed/echo/256/128",
            ],
            Self::Embed => embed::ROWS,
        }
    }
}

impl Row {
    /// The row called `name`: one of the lists above, or another `echo/C/B`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if let Some(work) = name.strip_prefix(OVERSUBSCRIBED) {
            return Some(Self {
                group: Group::Whole,
                name: name.to_owned(),
                peers: EIGHT_WORKERS,
                ..Self::named(work)?
            });
        }
        let listed = |group: &Group| group.rows().contains(&name);
        let group = Group::ALL.into_iter().find(listed);
        let exchange = Exchange::named(name);
        let group = group.or_else(|| exchange.map(|_| Group::Net))?;
        let (metrics, most_pairs): (&'static [Metric], usize) = match name {
            "lone_yield" => (&NANOS_EACH, usize::MAX),
            "udp_echo/1" | "udp_echo/64" | "unix_echo/1" | "unix_echo/64" => {
                (&MICROS_EACH, usize::MAX)
            }
            "churn/1" | "churn/64" | "spawn_wait/1" | "spawn_wait/16" => (&MICROS_EACH, usize::MAX),
            "sleep_error/1ms" | "sleep_error/5ms" | "sleep_error/50ms" => {
                (&SLEEP_ERROR, usize::MAX)
            }
            "armed_1m" => (&ARMED, 3),
            "mem_pending" | "mem_sleeping" => (&BYTES_PER_TASK, 3),
            "mem_idle_conns" => (&BYTES_PER_CONNECTION, 3),
            "idle_cpu" => (&IDLE, 3),
            _ if name.starts_with("growth/") => (&GROWTH, 3),
            _ if name.starts_with("remote_spawn/") => (&REMOTE, usize::MAX),
            _ if name.starts_with("wake_one_of_n/") || name.starts_with("spawn_blocking/") => {
                (&NANOS_EACH, usize::MAX)
            }
            "blocking_roundtrip" => (&NANOS_EACH, usize::MAX),
            _ => match group {
                Group::Rt | Group::Io | Group::Whole => (&MICROS, usize::MAX),
                Group::Sync | Group::Time => (&NANOS_EACH, usize::MAX),
                Group::Net => (&ECHO, usize::MAX),
                Group::Embed => (embed::metrics(name), embed::most_pairs(name)),
            },
        };
        let (metrics, peers) = match exchange {
            _ if group == Group::Embed => (metrics, embed::peers(name)),
            Some(exchange) => of_exchange(&exchange),
            None if group == Group::Rt && SMOL_TOO.contains(&name) => (metrics, WITH_SMOL),
            None => (metrics, RUNTIMES),
        };
        Some(Self {
            group,
            name: name.to_owned(),
            metrics,
            peers,
            most_pairs,
        })
    }

    /// Whether the others are compared with this one: the first tokio, or in group `embed` the first of all.
    pub(crate) fn is_reference(&self, peer: Peer) -> bool {
        match self.group {
            Group::Embed => self.peers.first() == Some(&peer),
            _ => matches!(peer, Peer::Tokio(_)),
        }
    }
}

impl Row {
    /// What a process is asked to run.
    pub(crate) fn work(&self) -> &str {
        self.name.strip_prefix(OVERSUBSCRIBED).unwrap_or(&self.name)
    }
}

/// Metrics and peers of a row with a server and a client.
fn of_exchange(exchange: &Exchange) -> (&'static [Metric], &'static [Peer]) {
    if exchange.count_calls {
        return (&CALLS, ECHO_PEERS);
    }
    if exchange.hogs {
        return (&MIXED, RUNTIMES);
    }
    match (exchange.shape, exchange.rate) {
        (Shape::Http(_), _) => (&ECHO, HTTP_PEERS),
        (Shape::Echo(_), Rate::Closed) => (&ECHO, ECHO_PEERS),
        (Shape::Echo(_), _) => (&MIXED, OPEN_PEERS),
    }
}

/// Rows of group `rt` whose work needs nothing but tasks and a oneshot.
const SMOL_TOO: &[&str] = &[
    "local_detach_10k",
    "local_join_10k",
    "chained_spawn",
    "ping_pong",
    "yield_many",
    "lone_yield",
    "spawn_many_local",
    "spawn_many_remote_idle",
];

/// Begins the name of a row that runs the work of another one on more workers than most machines have processors.
const OVERSUBSCRIBED: &str = "oversubscribed/";

const EIGHT_WORKERS: &[Peer] = &[Peer::Heist(8), Peer::Tokio(8)];
const WITH_SMOL: &[Peer] = &[Peer::Heist(2), Peer::Tokio(2), Peer::Smol(2)];
const HTTP_PEERS: &[Peer] = &[Peer::Heist(2), Peer::Tokio(2), Peer::Tokio(1)];
const OPEN_PEERS: &[Peer] = &[Peer::Heist(2), Peer::Tokio(2), Peer::Tokio(1), Peer::Epoll];
const RUNTIMES: &[Peer] = &[Peer::Heist(2), Peer::Tokio(2)];
const ECHO_PEERS: &[Peer] = &[
    Peer::Heist(2),
    Peer::Tokio(2),
    Peer::Tokio(1),
    Peer::Smol(2),
    Peer::Epoll,
    Peer::Uring,
    Peer::Monoio,
    Peer::External(External::Go),
    Peer::External(External::Asyncio),
    Peer::External(External::Uvloop),
];

const MICROS: [Metric; 1] = [less("time", "µs", 1e3)];
const MICROS_EACH: [Metric; 1] = [less("time", "µs per operation", 1e3)];
const NANOS_EACH: [Metric; 1] = [less("time", "ns per operation", 1.0)];
const REMOTE: [Metric; 2] = [
    less("time", "ns per spawn", 1.0),
    less("completed", "ns per task, until the last has run", 1.0),
];
const ARMED: [Metric; 3] = [
    less("time", "ns to arm each", 1.0),
    less("drop", "ns to drop each", 1.0),
    less("rss", "bytes per timer, RSS", 1.0),
];
const GROWTH: [Metric; 5] = [
    less("1k", "ns beside 1k", 1.0),
    less("10k", "ns beside 10k", 1.0),
    less("100k", "ns beside 100k", 1.0),
    less("1M", "ns beside 1M", 1.0),
    less("growth", "times from 1k to 1M", 1.0),
];
const SLEEP_ERROR: [Metric; 3] = [
    less("late_p50", "µs late, p50", 1e3),
    less("late_p99", "µs late, p99", 1e3),
    told("early", "sleeps that ended early", 1.0),
];
const ECHO: [Metric; 9] = [
    RATE,
    less("p50", "µs p50", 1.0),
    less("p99", "µs p99", 1.0),
    less("p99.9", "µs p99.9", 1.0),
    told("max", "µs max", 1.0),
    less("cpu", "CPU µs per request", 1.0),
    told("switches", "voluntary switches per request", 1.0),
    told("rescues", "rescues", 1.0),
    told("rss", "RSS, MiB", 1048576.0),
];
/// Of a fixed rate: what differs is latency and cost.
const MIXED: [Metric; 8] = [
    less("p50", "µs p50", 1.0),
    less("p99", "µs p99", 1.0),
    less("p99.9", "µs p99.9", 1.0),
    told("max", "µs max", 1.0),
    less("cpu", "CPU µs per request", 1.0),
    told("rps", "requests/s", 1.0),
    told("switches", "voluntary switches per request", 1.0),
    told("rescues", "rescues", 1.0),
];
const CALLS: [Metric; 4] = [
    less("calls", "system calls per request", 1.0),
    told("waits", "waits per request", 1.0),
    told("futex", "futex calls per request", 1.0),
    told("ctl", "changes of interest per request", 1.0),
];
const BYTES_PER_TASK: [Metric; 2] = [
    less("rss", "bytes per task, RSS", 1.0),
    less("heap", "bytes per task, allocated", 1.0),
];
const BYTES_PER_CONNECTION: [Metric; 3] = [
    less("rss", "bytes per connection, RSS", 1.0),
    less("heap", "bytes per connection, allocated", 1.0),
    told("connections", "connections", 1.0),
];
const IDLE: [Metric; 3] = [
    less("cpu_percent", "% of one CPU", 1.0),
    told("switches", "voluntary switches in 10 s", 1.0),
    told("threads", "threads", 1.0),
];

const RATE: Metric = Metric {
    name: "rps",
    unit: "requests/s",
    scale: 1.0,
    better: Better::More,
};

const fn less(name: &'static str, unit: &'static str, scale: f64) -> Metric {
    Metric {
        name,
        unit,
        scale,
        better: Better::Less,
    }
}

const fn told(name: &'static str, unit: &'static str, scale: f64) -> Metric {
    Metric {
        name,
        unit,
        scale,
        better: Better::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_row_is_found_in_its_own_group() {
        for group in Group::ALL {
            for name in group.rows() {
                assert_eq!(Row::named(name).map(|row| row.group), Some(group), "{name}");
            }
        }
    }

    #[test]
    fn an_oversubscribed_row_is_another_one_on_eight_workers() {
        let row = Row::named("oversubscribed/echo/256/128").expect("a row");
        assert_eq!((row.work(), row.peers), ("echo/256/128", EIGHT_WORKERS));
    }

    #[test]
    fn any_size_of_echo_is_a_row_but_none_without_connections() {
        assert!(Row::named("echo/777/16384").is_some());
        for name in [
            "echo/0/128",
            "echo/1",
            "echo/x/1",
            "nothing",
            "oversubscribed/nothing",
        ] {
            assert!(Row::named(name).is_none(), "{name}");
        }
    }
}
