//! What Linux says of a thread, read from `/proc` by another one: nothing is stopped, signalled or attached to.
//!
//! Rejected: a signal to the thread whose handler walks its stack. A handler may interrupt code that holds the allocator's lock or is half through unwinding, so neither `std::backtrace` nor
//! anything that allocates may run in it; what may, a walk along frame pointers, meets frames of code that was compiled without them and reads memory that is none. A system call that
//! is interrupted by the signal would fail in code that never expected it. The place where the task was spawned and the system call it hangs in say as much in practice.

use std::fs;

pub(super) fn number_of_this_thread() -> Option<u32> {
    // "PROCESS/task/THREAD".
    let link = fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

pub(super) fn doing(thread: u32) -> Option<String> {
    let read = |file| fs::read_to_string(format!("/proc/self/task/{thread}/{file}")).ok();
    let state = state_in(&read("stat")?)?;
    let call = read("syscall").as_deref().and_then(call_in);
    Some(describe(state, call))
}

/// The letter after the name, which stands in parentheses and may hold anything.
fn state_in(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The number of the system call, if the thread is in one.
fn call_in(syscall: &str) -> Option<u32> {
    syscall.split_whitespace().next()?.parse().ok()
}

fn describe(state: char, call: Option<u32>) -> String {
    let state = match state {
        'R' => "running, or waiting for a processor",
        'S' => "asleep",
        'D' => "asleep, not to be interrupted",
        'T' | 't' => "stopped",
        _ => "in a state of its own",
    };
    match call {
        None => state.to_owned(),
        Some(call) => match name_of(call) {
            Some(name) => format!("{state}, in the system call {name}"),
            None => format!("{state}, in the system call {call}"),
        },
    }
}

/// The calls in which threads are found to hang.
#[cfg(target_arch = "x86_64")]
const CALLS: &[(u32, &str)] = &[
    (0, "read"),
    (1, "write"),
    (7, "poll"),
    (35, "nanosleep"),
    (42, "connect"),
    (43, "accept"),
    (44, "sendto"),
    (45, "recvfrom"),
    (46, "sendmsg"),
    (47, "recvmsg"),
    (61, "wait4"),
    (72, "fcntl"),
    (73, "flock"),
    (74, "fsync"),
    (202, "futex"),
    (230, "clock_nanosleep"),
    (232, "epoll_wait"),
    (257, "openat"),
    (271, "ppoll"),
    (281, "epoll_pwait"),
    (288, "accept4"),
];

/// The calls in which threads are found to hang.
#[cfg(target_arch = "aarch64")]
const CALLS: &[(u32, &str)] = &[
    (22, "epoll_pwait"),
    (25, "fcntl"),
    (32, "flock"),
    (56, "openat"),
    (63, "read"),
    (64, "write"),
    (73, "ppoll"),
    (82, "fsync"),
    (98, "futex"),
    (101, "nanosleep"),
    (115, "clock_nanosleep"),
    (202, "accept"),
    (203, "connect"),
    (206, "sendto"),
    (207, "recvfrom"),
    (211, "sendmsg"),
    (212, "recvmsg"),
    (242, "accept4"),
    (260, "wait4"),
];

/// Elsewhere a number must do.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const CALLS: &[(u32, &str)] = &[];

fn name_of(call: u32) -> Option<&'static str> {
    let known = CALLS.iter().find(|(number, _)| *number == call)?;
    Some(known.1)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_proc_are_read() {
        assert_eq!(state_in("7 (a) b) S 1 2"), Some('S'));
        assert_eq!(call_in("35 0x0 0x1"), Some(35));
        assert_eq!(call_in("running\n"), None);
        assert_eq!(call_in("-1 0x0"), None);
        assert_eq!(
            describe('S', Some(99_999)),
            "asleep, in the system call 99999"
        );
        assert_eq!(describe('R', None), "running, or waiting for a processor");
    }

    #[test]
    fn this_thread_runs() {
        let number = number_of_this_thread().expect("there is /proc");
        assert!(doing(number).is_some_and(|doing| doing.starts_with("running")));
    }
}
