//! The rows of group `embed`: heist in different ways. The first peer of a row is what the others are compared with.

use super::{Metric, RATE, less, told};
use crate::peers::{External, Peer, Way};

/// Which ways are compared is the first word of a row that others have too.
const COMPARISONS: [(&str, &[Peer]); 4] = [
    ("two_threads", TWO_THREADS),
    ("one_thread", ONE_THREAD),
    ("guest", GUESTS),
    ("observed", OBSERVED),
];
const TWO_THREADS: &[Peer] = &[way(Way::Own(2)), way(Way::Lent(2)), way(Way::Pump(2))];
const ONE_THREAD: &[Peer] = &[way(Way::Own(1)), way(Way::Lent(1)), way(Way::Pump(1))];
const GUESTS: &[Peer] = &[way(Way::Current), way(Way::Fd), way(Way::Waker)];
const OBSERVED: &[Peer] = &[
    way(Way::Own(2)),
    way(Way::Introspect(2)),
    way(Way::SlowPolls(2)),
    way(Way::Debug(2)),
];
const TURNS: &[Peer] = &[way(Way::Fd), way(Way::Waker)];
const LOOPS: &[Peer] = &[
    Peer::External(External::Asyncio),
    Peer::External(External::Uvloop),
    way(Way::EventLoop),
];
const WAITING: &[Peer] = &[way(Way::Threads), way(Way::Own(2))];

pub(super) const ROWS: &[&str] = &[
    "two_threads/echo/64/128",
    "two_threads/echo/1/128",
    "two_threads/local_join_10k",
    "one_thread/echo/64/128",
    "one_thread/local_join_10k",
    "guest/echo/64/128",
    "guest/echo/1/128",
    "guest/local_join_10k",
    "turn",
    "turn_with_poll",
    "turn_calls",
    "observed/echo/64/128",
    "call_soon_1m",
    "call_later_100k",
    "suspended",
];

/// The peers of the rows whose name begins with `word`.
pub(crate) fn comparison(word: &str) -> Option<&'static [Peer]> {
    let found = COMPARISONS.iter().find(|(name, _)| *name == word);
    found.map(|(_, peers)| *peers)
}

pub(super) fn peers(name: &str) -> &'static [Peer] {
    if let Some(peers) = name.split('/').next().and_then(comparison) {
        return peers;
    }
    match name {
        "call_soon_1m" | "call_later_100k" => LOOPS,
        "suspended" => WAITING,
        _ => TURNS,
    }
}

pub(super) fn metrics(name: &str) -> &'static [Metric] {
    match name {
        "turn" | "turn_with_poll" => &TURN,
        "turn_calls" => &CALLS,
        "call_soon_1m" => &CALL_SOON,
        "call_later_100k" => &CALL_LATER,
        "suspended" => &SUSPENDED,
        _ if name.ends_with("local_join_10k") => &TASKS,
        _ => &ECHO,
    }
}

/// Counted things do not vary.
pub(super) fn most_pairs(name: &str) -> usize {
    match name {
        "turn_calls" | "suspended" => 3,
        _ => usize::MAX,
    }
}

const fn way(way: Way) -> Peer {
    Peer::Embedded(way)
}

const ECHO: [Metric; 9] = [
    RATE,
    less("p50", "µs p50", 1.0),
    less("p99", "µs p99", 1.0),
    less("cpu", "CPU µs per request", 1.0),
    told("switches", "voluntary switches per request", 1.0),
    told("rss", "RSS, MiB", 1048576.0),
    RESCUES,
    STALLED,
    REFUSED,
];
const TASKS: [Metric; 4] = [less("time", "µs", 1e3), RESCUES, STALLED, REFUSED];
const RESCUES: Metric = told("rescues", "rescues", 1.0);
const STALLED: Metric = told("stalled", "stalled pumps", 1.0);
const REFUSED: Metric = told("refused", "refused jobs", 1.0);
const TURN: [Metric; 1] = [told("time", "ns per turn", 1.0)];
const CALLS: [Metric; 2] = [
    told("calls", "system calls per turn", 1.0),
    told("waits", "of them epoll waits", 1.0),
];
const CALL_SOON: [Metric; 1] = [less("time", "ns per callable", 1.0)];
const CALL_LATER: [Metric; 1] = [less("time", "CPU ns per callable", 1.0)];
const SUSPENDED: [Metric; 3] = [
    less("rss", "bytes each, RSS", 1.0),
    told("kernel", "bytes of kernel stack each", 1.0),
    told("number", "that wait", 1.0),
];
