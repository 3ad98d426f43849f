//! Wrong use, and the panics that say so.

use crate::support::{Flavor, MS};
use runtime_core::Builder;
use runtime_time::{
    Duration, Instant, advance, hold, interval, interval_at, pause, resume, sleep, sleep_until,
    timeout, timeout_at,
};
use std::future::ready;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};

/// The text of a panic, and the file it is blamed on.
fn panic_of<R>(f: impl FnOnce() -> R) -> (String, String) {
    use std::cell::RefCell;
    use std::sync::Once;
    thread_local! {
        static FILE: RefCell<String> = const { RefCell::new(String::new()) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let file = info.location().map_or("", Location::file);
            FILE.with(|kept| file.clone_into(&mut kept.borrow_mut()));
            before(info);
        }));
    });
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(f()))) else {
        panic!("it should panic");
    };
    let text = match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
    };
    (text, FILE.with(|kept| kept.borrow().clone()))
}

/// A name, and what it stands for.
type Case = (&'static str, Box<dyn Fn()>);

/// Every way to need the timers. Closures, so that the caller to be blamed is in this file.
fn uses() -> Vec<Case> {
    fn case(name: &'static str, f: impl Fn() + 'static) -> Case {
        (name, Box::new(f))
    }
    vec![
        case("sleep", || drop(sleep(MS))),
        case("sleep_until", || drop(sleep_until(Instant::now()))),
        case("timeout", || drop(timeout(MS, ready(())))),
        case("timeout_at", || drop(timeout_at(Instant::now(), ready(())))),
        case("interval", || drop(interval(MS))),
        case("interval_at", || drop(interval_at(Instant::now(), MS))),
        case("pause", || pause()),
        case("resume", || resume()),
        case("hold", || drop(hold())),
    ]
}

#[test]
fn without_a_runtime_there_is_no_reactor() {
    for (name, f) in uses() {
        let (text, file) = panic_of(f);
        assert!(
            text.contains("there is no reactor running"),
            "{name}: {text}"
        );
        assert!(file.ends_with("misuse.rs"), "{name} is blamed on {file}");
    }
}

#[test]
fn time_17_without_timers_the_panic_names_the_builder_option() {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("it can be built");
    let _context = runtime.enter();
    for (name, f) in uses() {
        let (text, file) = panic_of(f);
        assert!(text.contains("timers are disabled"), "{name}: {text}");
        assert!(text.contains("enable_time"), "{name}: {text}");
        assert!(file.ends_with("misuse.rs"), "{name} is blamed on {file}");
    }
}

#[test]
fn a_period_of_zero_panics() {
    let runtime = Flavor::CurrentThread.build();
    let _context = runtime.enter();
    let at = || drop(interval_at(Instant::now(), Duration::ZERO));
    for (text, file) in [panic_of(|| interval(Duration::ZERO)), panic_of(at)] {
        assert_eq!(text, "`period` must be non-zero.");
        assert!(file.ends_with("misuse.rs"), "blamed on {file}");
    }
}

#[test]
fn the_clock_is_stopped_and_started_in_turn() {
    let runtime = Flavor::CurrentThread.build();
    let _context = runtime.enter();
    assert!(panic_of(resume).0.contains("time is not frozen"));
    let too_early = panic_of(|| runtime.block_on(advance(MS))).0;
    assert!(too_early.contains("time is not frozen"), "{too_early}");
    pause();
    assert!(panic_of(pause).0.contains("time is already frozen"));
    resume();
    pause();
    resume();
}

#[test]
fn a_timer_made_in_the_context_may_be_dropped_without_it() {
    let runtime = Flavor::CurrentThread.build();
    let (sleep, ticks) = {
        let _context = runtime.enter();
        (sleep(MS), interval(MS))
    };
    drop(sleep);
    drop(runtime);
    drop(ticks);
}
