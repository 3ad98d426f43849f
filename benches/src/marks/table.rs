//! The marks themselves: the targets of each row.
//!
//! "Times tokio" is on as many workers, and also bounds what must not be slower (1.0). The 99th percentile of echo is to be at most 0.6 of
//! tokio's and 1.25 of the bare loop's, which are 1.66 and 0.8 when better is more; that of HTTP at most 0.7, which is 1.42. Bytes are whole
//! bytes: 112.49 is 112. A latency that may be 1.02 times another's is 1 / 1.02 times as good.

use super::{Bound, Mark, Runner};
use crate::peers::Way;

/// The rows that have marks, each once, in the order of the table.
pub(crate) fn rows() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for mark in MARKS {
        if !names.contains(&mark.row) {
            names.push(mark.row);
        }
    }
    names
}

pub(super) const MARKS: &[Mark] = &[
    // The scheduler.
    times("local_detach_10k", "time", 3.0),
    times("local_join_10k", "time", 3.5),
    times("spawn_many_remote_idle", "time", 3.0),
    times("spawn_many_remote_busy1", "time", 3.0),
    times("spawn_many_remote_busy2", "time", 3.0),
    times("remote_spawn/1", "time", 3.0),
    times("remote_spawn/2", "time", 3.0),
    times("remote_spawn/4", "time", 3.0),
    times("remote_spawn/8", "time", 3.0),
    times("chained_spawn", "time", 3.0),
    times("ping_pong", "time", 2.5),
    times("yield_many", "time", 1.5),
    times("lone_yield", "time", 10.00),
    at_most("lone_yield", "time", 40.0),
    // The rest of the scheduler: in no row behind.
    times("spawn_many_local", "time", 1.0),
    times("skynet", "time", 1.0),
    times("wake_one_of_n/1000", "time", 1.0),
    times("wake_one_of_n/100000", "time", 1.0),
    times("wake_one_of_n/1000000", "time", 1.0),
    times("one_slot/spawn_many", "time", 1.0),
    times("one_slot/remote_idle", "time", 1.0),
    times("one_slot/spawn_1", "time", 1.0),
    times("one_slot/spawn_10", "time", 1.0),
    times("one_slot/request_reply", "time", 1.0),
    times("one_worker/spawn_1", "time", 1.0),
    times("one_worker/spawn_10", "time", 1.0),
    times("one_worker/request_reply", "time", 1.0),
    times("spawn_blocking/1", "time", 1.0),
    times("spawn_blocking/2", "time", 1.0),
    times("spawn_blocking/4", "time", 1.0),
    times("spawn_blocking/8", "time", 1.0),
    times("spawn_blocking/16", "time", 1.0),
    times("blocking_roundtrip", "time", 1.0),
    // Work that the rule for waking a peer was not tuned on; tokio wakes at every chance.
    times("compute/5us", "time", 1.0),
    times("compute/50us", "time", 1.0),
    times("compute/500us", "time", 1.0),
    times("compute/5000us", "time", 1.0),
    times("burst", "time", 1.0),
    times("pipeline", "time", 1.0),
    // Channels, locks, signals.
    times("mpsc_create/1", "time", 1.0),
    times("mpsc_create/100", "time", 1.0),
    times("mpsc_create/100000", "time", 1.0),
    times("mpsc_send/512B", "time", 1.0),
    times("mpsc_send/32KiB", "time", 1.0),
    times("mpsc_contended/bounded/recv", "time", 1.5),
    times("mpsc_contended/bounded/recv_many", "time", 1.5),
    times("mpsc_contended/full/recv", "time", 1.5),
    times("mpsc_contended/full/recv_many", "time", 1.5),
    times("mpsc_contended/unbounded/recv", "time", 1.5),
    times("mpsc_contended/unbounded/recv_many", "time", 1.5),
    times("mpsc_uncontended/bounded/recv", "time", 1.5),
    times("mpsc_uncontended/bounded/recv_many", "time", 1.5),
    times("mpsc_uncontended/unbounded/recv", "time", 1.5),
    times("mpsc_uncontended/unbounded/recv_many", "time", 1.5),
    times("mpsc_producers/1", "time", 1.0),
    times("mpsc_producers/10", "time", 1.0),
    times("mpsc_producers/50", "time", 1.0),
    times("mpsc_producers/100", "time", 1.0),
    times("oneshot_roundtrip", "time", 1.5),
    times("request_reply", "time", 1.0),
    times("broadcast/10", "time", 1.5),
    times("broadcast/100", "time", 1.5),
    times("broadcast/500", "time", 1.5),
    times("broadcast/1000", "time", 1.5),
    times("watch/10", "time", 1.5),
    times("watch/100", "time", 1.5),
    times("watch/500", "time", 1.5),
    times("watch/1000", "time", 1.5),
    times("notify_one/10", "time", 1.1),
    times("notify_one/50", "time", 1.1),
    times("notify_one/100", "time", 1.1),
    times("notify_one/200", "time", 1.1),
    times("notify_one/500", "time", 1.1),
    times("notify_waiters/10", "time", 1.1),
    times("notify_waiters/50", "time", 1.1),
    times("notify_waiters/100", "time", 1.1),
    times("notify_waiters/200", "time", 1.1),
    times("notify_waiters/500", "time", 1.1),
    times("rwlock/free", "time", 1.1),
    times("rwlock/contended", "time", 1.1),
    times("semaphore/free", "time", 1.1),
    times("semaphore/contended", "time", 1.1),
    times("mutex/free", "time", 1.0),
    times("mutex/2", "time", 1.0),
    times("mutex/8", "time", 1.0),
    times("cancel_child/1000", "time", 1.0),
    times("cancel_child/100000", "time", 1.0),
    times("cancel_all/100000", "time", 1.0),
    // Timers.
    times("arm_drop/1", "time", 5.0),
    times("arm_drop/2", "time", 15.00),
    times("timeout_ready", "time", 4.0),
    times("timeout_pending", "time", 1.0),
    times("reset_later", "time", 1.0),
    times("reset_earlier", "time", 1.0),
    times("remote_cancel", "time", 1.0),
    times("armed_1m", "time", 1.0),
    times("fire", "time", 1.0),
    at_most("sleep_error/1ms", "late_p50", 120.0),
    never("sleep_error/1ms", "early"),
    at_most("sleep_error/5ms", "late_p50", 120.0),
    never("sleep_error/5ms", "early"),
    at_most("sleep_error/50ms", "late_p50", 120.0),
    never("sleep_error/50ms", "early"),
    // Servers.
    times("echo/64/128", "rps", 1.08),
    times_epoll("echo/64/128", "rps", 0.98),
    times("echo/64/128", "p99", 1.66),
    times_epoll("echo/64/128", "p99", 0.8),
    times("echo/256/128", "rps", 1.08),
    times_epoll("echo/256/128", "rps", 0.98),
    times("echo/256/128", "p99", 1.66),
    times_epoll("echo/256/128", "p99", 0.8),
    times("echo/1000/128", "rps", 1.08),
    times_epoll("echo/1000/128", "rps", 0.98),
    times("echo/1000/128", "p99", 1.66),
    times_epoll("echo/1000/128", "p99", 0.8),
    times("echo/1/128", "p50", 3.0),
    times("echo/1/128", "cpu", 1.0),
    times("http_hello/64", "rps", 1.1),
    times("http_hello/64", "p99", 1.42),
    times("http_hello/256", "rps", 1.1),
    times("http_hello/256", "p99", 1.42),
    times("http_hello/1000", "rps", 1.1),
    times("http_hello/1000", "p99", 1.42),
    at_most("mixed", "p99", 3_000.0),
    at_most("calls/64", "calls", 3.0),
    times("udp_echo/1", "time", 1.0),
    times("udp_echo/64", "time", 1.0),
    times("unix_echo/1", "time", 1.0),
    times("unix_echo/64", "time", 1.0),
    times("churn/1", "time", 1.1),
    times("churn/64", "time", 1.1),
    times("spawn_wait/1", "time", 1.0),
    times("spawn_wait/16", "time", 1.0),
    times("copy/256KiB", "time", 1.0),
    times("copy/64MiB", "time", 1.0),
    times("file_read/8KiB", "time", 1.2),
    times("file_read/64KiB", "time", 1.2),
    times("file_read/2MiB", "time", 1.2),
    times("file_write/8KiB", "time", 1.2),
    times("file_write/64KiB", "time", 1.2),
    times("file_write/2MiB", "time", 1.2),
    times("small_files/1", "time", 1.2),
    times("small_files/64", "time", 1.2),
    // The whole.
    at_most("mem_pending", "rss", 112.49),
    at_most("mem_sleeping", "rss", 176.49),
    at_most("growth/spawn_join", "growth", 1.25),
    at_most("growth/wake", "growth", 1.25),
    at_most("growth/arm_drop", "growth", 1.25),
    at_most("growth/reset", "growth", 1.25),
    // Eight workers, on fewer processors as a rule: nothing collapses.
    times("oversubscribed/ping_pong", "time", 1.0),
    times("oversubscribed/yield_many", "time", 1.0),
    times("oversubscribed/skynet", "time", 1.0),
    times("oversubscribed/echo/256/128", "rps", 1.0),
    times("oversubscribed/echo/256/128", "p99", 1.0),
    // 0.0 % with one digit.
    at_most("idle_cpu", "cpu_percent", 0.049),
    // heist embedded, against heist with threads of its own.
    way(LENT_2, "two_threads/echo/64/128", "rps", 0.98),
    way(LENT_2, "two_threads/echo/64/128", "p50", 1.0 / 1.02),
    way(LENT_2, "two_threads/local_join_10k", "time", 0.98),
    way(LENT_1, "one_thread/echo/64/128", "rps", 0.98),
    way(LENT_1, "one_thread/echo/64/128", "p50", 1.0 / 1.02),
    way(LENT_1, "one_thread/local_join_10k", "time", 0.98),
    way(PUMP_2, "two_threads/echo/64/128", "rps", 0.90),
    way(PUMP_2, "two_threads/echo/64/128", "p50", 1.0 / 1.15),
    way(PUMP_2, "two_threads/local_join_10k", "time", 0.90),
    way(PUMP_1, "one_thread/echo/64/128", "rps", 0.90),
    way(PUMP_1, "one_thread/echo/64/128", "p50", 1.0 / 1.15),
    way(PUMP_1, "one_thread/local_join_10k", "time", 0.90),
    healthy(PUMP_2, "two_threads/echo/64/128", "rescues"),
    healthy(PUMP_2, "two_threads/echo/64/128", "stalled"),
    healthy(PUMP_2, "two_threads/echo/64/128", "refused"),
    healthy(PUMP_2, "two_threads/local_join_10k", "stalled"),
    healthy(PUMP_2, "two_threads/local_join_10k", "refused"),
    healthy(PUMP_1, "one_thread/echo/64/128", "rescues"),
    healthy(PUMP_1, "one_thread/echo/64/128", "stalled"),
    healthy(PUMP_1, "one_thread/echo/64/128", "refused"),
    way(Way::Fd, "guest/echo/64/128", "rps", 0.90),
    way(Way::Fd, "guest/echo/64/128", "p50", 1.0 / 1.10),
    way(Way::Fd, "guest/local_join_10k", "time", 0.90),
    way(Way::Waker, "guest/echo/64/128", "rps", 0.90),
    way(Way::Waker, "guest/echo/64/128", "p50", 1.0 / 1.10),
    way(Way::Waker, "guest/local_join_10k", "time", 0.90),
    no_more(Way::Waker, "turn", "time", 100.0),
    no_more(Way::Fd, "turn_calls", "calls", 1.0),
    no_more(Way::Waker, "turn_calls", "calls", 0.01),
    // Looking on costs at most one per cent.
    way(Way::Introspect(2), "observed/echo/64/128", "rps", 0.99),
    way(Way::SlowPolls(2), "observed/echo/64/128", "rps", 0.99),
    way(Way::EventLoop, "call_soon_1m", "time", 1.0),
    way(Way::EventLoop, "call_later_100k", "time", 1.0),
    way(Way::Own(2), "suspended", "rss", 50.0),
];

const fn times(row: &'static str, metric: &'static str, least: f64) -> Mark {
    mark(row, metric, Bound::TimesTokio(least))
}

const fn times_epoll(row: &'static str, metric: &'static str, least: f64) -> Mark {
    mark(row, metric, Bound::TimesEpoll(least))
}

const fn at_most(row: &'static str, metric: &'static str, most: f64) -> Mark {
    mark(row, metric, Bound::AtMost(most))
}

const fn never(row: &'static str, metric: &'static str) -> Mark {
    mark(row, metric, Bound::Never)
}

const fn mark(row: &'static str, metric: &'static str, bound: Bound) -> Mark {
    Mark {
        row,
        metric,
        runner: Runner::Heist,
        bound,
    }
}

/// One way to have heist, against the one that its row compares with.
const fn way(way: Way, row: &'static str, metric: &'static str, least: f64) -> Mark {
    of_way(way, row, metric, Bound::TimesReference(least))
}

const fn no_more(way: Way, row: &'static str, metric: &'static str, most: f64) -> Mark {
    of_way(way, row, metric, Bound::AtMost(most))
}

const fn healthy(way: Way, row: &'static str, metric: &'static str) -> Mark {
    of_way(way, row, metric, Bound::Never)
}

const fn of_way(way: Way, row: &'static str, metric: &'static str, bound: Bound) -> Mark {
    Mark {
        row,
        metric,
        runner: Runner::Way(way),
        bound,
    }
}

const LENT_1: Way = Way::Lent(1);
const LENT_2: Way = Way::Lent(2);
const PUMP_1: Way = Way::Pump(1);
const PUMP_2: Way = Way::Pump(2);
