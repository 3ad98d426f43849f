//! The rows: what is measured, in which unit, on whom by default.

use crate::net::echo_parameters;
use crate::peers::Peer;

/// An area of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Rt,
    Sync,
    Time,
    Net,
    Io,
    Whole,
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
    pub(crate) const ALL: [Self; 6] = [
        Self::Rt,
        Self::Sync,
        Self::Time,
        Self::Net,
        Self::Io,
        Self::Whole,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rt => "rt",
            Self::Sync => "sync",
            Self::Time => "time",
            Self::Net => "net",
            Self::Io => "io",
            Self::Whole => "whole",
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
                "sleep_error/5ms",
            ],
            Self::Net => &[
                "echo/1/128",
                "echo/64/128",
                "echo/256/128",
                "echo/1000/128",
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
            Self::Whole => &["mem_pending", "mem_sleeping", "mem_idle_conns", "idle_cpu"],
        }
    }
}

impl Row {
    /// The row called `name`: one of the lists above, or another `echo/C/B`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let listed = |group: &Group| group.rows().contains(&name);
        let group = Group::ALL.into_iter().find(listed);
        let group = group.or_else(|| echo_parameters(name).map(|_| Group::Net))?;
        let (metrics, most_pairs): (&'static [Metric], usize) = match name {
            "lone_yield" => (&NANOS_EACH, usize::MAX),
            "udp_echo/1" | "udp_echo/64" | "unix_echo/1" | "unix_echo/64" => {
                (&MICROS_EACH, usize::MAX)
            }
            "churn/1" | "churn/64" | "spawn_wait/1" | "spawn_wait/16" => (&MICROS_EACH, usize::MAX),
            "sleep_error/5ms" => (&SLEEP_ERROR, usize::MAX),
            "mem_pending" | "mem_sleeping" => (&BYTES_PER_TASK, 3),
            "mem_idle_conns" => (&BYTES_PER_CONNECTION, 3),
            "idle_cpu" => (&IDLE, 3),
            _ => match group {
                Group::Rt | Group::Io | Group::Whole => (&MICROS, usize::MAX),
                Group::Sync | Group::Time => (&NANOS_EACH, usize::MAX),
                Group::Net => (&ECHO, usize::MAX),
            },
        };
        let peers = if echo_parameters(name).is_some() {
            ECHO_PEERS
        } else {
            RUNTIMES
        };
        Some(Self {
            group,
            name: name.to_owned(),
            metrics,
            peers,
            most_pairs,
        })
    }
}

const RUNTIMES: &[Peer] = &[Peer::Heist(2), Peer::Tokio(2)];
const ECHO_PEERS: &[Peer] = &[Peer::Heist(2), Peer::Tokio(2), Peer::Tokio(1), Peer::Epoll];

const MICROS: [Metric; 1] = [less("time", "µs", 1e3)];
const MICROS_EACH: [Metric; 1] = [less("time", "µs per operation", 1e3)];
const NANOS_EACH: [Metric; 1] = [less("time", "ns per operation", 1.0)];
const SLEEP_ERROR: [Metric; 3] = [
    less("late_p50", "µs late, p50", 1e3),
    less("late_p99", "µs late, p99", 1e3),
    told("early", "sleeps that ended early", 1.0),
];
const ECHO: [Metric; 8] = [
    Metric {
        name: "rps",
        unit: "requests/s",
        scale: 1.0,
        better: Better::More,
    },
    less("p50", "µs p50", 1.0),
    less("p99", "µs p99", 1.0),
    less("p99.9", "µs p99.9", 1.0),
    told("max", "µs max", 1.0),
    less("cpu", "CPU µs per request", 1.0),
    told("switches", "voluntary switches per request", 1.0),
    told("rss", "RSS, MiB", 1048576.0),
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
    fn any_size_of_echo_is_a_row_but_none_without_connections() {
        assert!(Row::named("echo/8000/16384").is_some());
        for name in ["echo/0/128", "echo/1", "echo/x/1", "nothing"] {
            assert!(Row::named(name).is_none(), "{name}");
        }
    }
}
