//! The macros: what they run, in which order, what they drop, and how large their futures are.

use std::cell::RefCell;
use std::future::{Ready, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::thread;

use heist::task::coop::consume_budget;

#[test]
fn main_runs_tasks_on_workers_and_its_body_on_the_caller() {
    #[heist::main(worker_threads = 1)]
    async fn run() -> (thread::ThreadId, thread::ThreadId) {
        let task = heist::spawn(async { thread::current().id() });
        (thread::current().id(), task.await.expect("the task ends"))
    }
    let (body, task) = run();
    assert_eq!(body, thread::current().id());
    assert_ne!(task, body);
}

#[test]
fn a_current_thread_main_stays_on_the_caller() {
    #[heist::main(flavor = "current_thread")]
    async fn run() -> thread::ThreadId {
        let task = heist::spawn(async { thread::current().id() });
        task.await.expect("the task ends")
    }
    assert_eq!(run(), thread::current().id());
}

#[heist::test(name = "macros")]
async fn a_runtime_has_the_name_it_was_given() {
    let handle = heist::runtime::Handle::current();
    assert_eq!(handle.name(), Some("macros"));
}

#[heist::test]
async fn a_test_runs_on_one_thread() {
    let task = heist::spawn(async { thread::current().id() });
    assert_eq!(task.await.ok(), Some(thread::current().id()));
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_may_have_workers() {
    let task = heist::spawn(async { thread::current().id() });
    assert_ne!(task.await.ok(), Some(thread::current().id()));
}

#[heist::test]
#[should_panic(expected = "on purpose")]
async fn a_panic_of_the_body_leaves_the_test() {
    panic!("on purpose");
}

#[test]
fn arguments_borrows_and_errors_pass_through() {
    #[heist::main(flavor = "current_thread")]
    async fn parse(text: &str, seen: &mut Vec<i32>) -> Result<i32, std::num::ParseIntError> {
        let number = text.parse()?;
        heist::task::yield_now().await;
        seen.push(number);
        Ok(number)
    }
    let mut seen = Vec::new();
    assert_eq!(parse("7", &mut seen), Ok(7));
    assert!(parse("seven", &mut seen).is_err());
    assert_eq!(seen, [7]);
}

#[cfg(feature = "test-util")]
mod paused {
    use heist::time::{Duration, Instant, sleep};

    const HOUR: Duration = Duration::from_secs(3600);

    #[heist::test(start_paused = true)]
    async fn the_clock_of_a_test_stands_still() {
        let before = Instant::now();
        sleep(HOUR).await;
        assert_eq!(before.elapsed(), HOUR);
    }

    #[heist::test(flavor = "multi_thread", start_paused = true)]
    async fn the_clock_stands_still_with_workers_too() {
        let before = Instant::now();
        sleep(HOUR).await;
        assert_eq!(before.elapsed(), HOUR);
    }
}

/// Notes, in order, what happens.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) {
        self.0.borrow_mut().push(what);
    }

    fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }

    /// A future that is ready at its poll number `polls`, and notes polls and its drop.
    async fn after(self, polls: u32, poll: &'static str, dropped: &'static str) -> u32 {
        let guard = NoteOnDrop(self, dropped);
        let mut left = polls;
        poll_fn(|cx| {
            guard.0.note(poll);
            left -= 1;
            if left == 0 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        polls
    }
}

struct NoteOnDrop(Log, &'static str);

impl Drop for NoteOnDrop {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

#[heist::test]
async fn select_drops_the_losers_before_the_handler_runs() {
    let log = Log::default();
    let kept = log.clone();
    heist::select! {
        biased;
        _ = log.clone().after(9, "poll a", "drop a") => unreachable!(),
        _ = log.clone().after(2, "poll b", "drop b") => kept.note("handler"),
    }
    let seen = log.take();
    assert_eq!(
        seen,
        [
            "poll a", "poll b", "poll a", "poll b", "drop b", "drop a", "handler"
        ]
    );
}

#[heist::test]
async fn select_evaluates_conditions_then_all_futures_and_polls_only_the_enabled() {
    let log = Log::default();
    let condition = |what, value| {
        log.note(what);
        value
    };
    let future = |what, polled| {
        log.note(what);
        log.clone().after(1, polled, "drop")
    };
    heist::select! {
        _ = future("future a", "poll a"), if condition("if a", false) => unreachable!(),
        _ = future("future b", "poll b"), if condition("if b", true) => {}
    }
    let seen = log.take();
    assert_eq!(
        seen[..5],
        ["if a", "if b", "future a", "future b", "poll b"]
    );
    assert!(!seen.contains(&"poll a"));
}

#[heist::test]
async fn select_disables_a_branch_whose_value_does_not_match() {
    let value = heist::select! {
        biased;
        Some(number) = ready(None::<u32>) => number,
        Ok(number) | Err(number) = ready(Err::<u32, u32>(2)), if false => number,
        number @ 3..=9 = ready(2) => number,
        number = Log::default().after(3, "", "") => number * 10,
    };
    assert_eq!(value, 30);
}

#[heist::test]
async fn select_moves_a_value_only_into_the_handler() {
    struct Parcel {
        label: String,
        weight: u32,
    }
    let parcel = Parcel {
        label: "books".to_owned(),
        weight: 7,
    };
    let label = heist::select! {
        biased;
        Parcel { label, weight: 8 } = ready(Parcel { label: "stones".to_owned(), weight: 7 }) => label,
        Parcel { mut label, weight: _ } = async { parcel } => {
            label.push('!');
            label
        }
    };
    assert_eq!(label, "books!");
    let numbers = [1, 2];
    let number = heist::select! { &number = ready(&numbers[1]) => number };
    assert_eq!(number, 2);
    let _ = Parcel { label, weight: 0 }.weight;
}

#[heist::test]
async fn select_handlers_belong_to_the_surrounding_function() {
    async fn first_even(texts: &[&str]) -> Result<Option<u32>, std::num::ParseIntError> {
        for text in texts {
            let number = heist::select! {
                text = ready(text), if !text.is_empty() => text.parse::<u32>()?,
                else => continue,
            };
            heist::select! {
                _ = ready(()), if number == 99 => break,
                _ = ready(()), if number % 2 == 0 => {
                    heist::task::yield_now().await;
                    return Ok(Some(number));
                }
                else => {}
            }
        }
        Ok(None)
    }
    assert_eq!(first_even(&["", "3", "4", "x"]).await, Ok(Some(4)));
    assert_eq!(first_even(&["3", "99", "4"]).await, Ok(None));
    assert!(first_even(&["3", "x"]).await.is_err());
}

#[heist::test]
async fn select_keeps_a_pinned_future_across_rounds() {
    let log = Log::default();
    heist::pin! {
        let slow = log.clone().after(3, "slow", "gone");
    }
    let mut rounds = 0;
    let value = loop {
        heist::select! {
            biased;
            value = &mut slow => break value,
            () = ready(()) => rounds += 1,
        }
    };
    assert_eq!((value, rounds), (3, 2));
}

#[heist::test]
async fn select_begins_at_every_branch_sooner_or_later() {
    let mut seen = [false; 3];
    while seen.contains(&false) {
        let winner = heist::select! {
            _ = ready(()) => 0,
            _ = ready(()) => 1,
            _ = ready(()) => 2,
        };
        seen[winner] = true;
    }
}

#[heist::test]
#[should_panic(expected = "all branches are disabled and there is no else branch")]
async fn select_without_an_enabled_branch_panics() {
    heist::select! {
        _ = ready(()), if false => {}
        Some(()) = ready(None) => {}
    }
}

#[heist::test]
async fn select_polls_nothing_without_budget() {
    let task = heist::spawn(async {
        let polled = AtomicBool::new(false);
        let branch = || {
            polled.store(true, Relaxed);
            Poll::Ready(())
        };
        heist::pin! {
            let select = async {
                heist::select! { () = poll_fn(|_| branch()) => {} }
            };
        }
        let refused = poll_fn(|cx| {
            while pin!(consume_budget()).poll(cx).is_ready() {}
            Poll::Ready(select.as_mut().poll(cx).is_pending())
        });
        assert!(refused.await && !polled.load(Relaxed));
        select.await;
        assert!(polled.load(Relaxed));
    });
    task.await.expect("the task ends");
}

#[heist::test]
async fn join_polls_all_in_turn_and_begins_with_another_each_time() {
    let log = Log::default();
    let outputs = heist::join!(
        log.clone().after(2, "a", "-"),
        log.clone().after(2, "b", "-"),
        log.clone().after(2, "c", "-"),
    );
    assert_eq!(outputs, (2, 2, 2));
    let polls: Vec<_> = log.take().into_iter().filter(|what| *what != "-").collect();
    assert_eq!(polls, ["a", "b", "c", "b", "c", "a"]);
}

#[heist::test]
async fn a_biased_join_begins_with_the_first() {
    let log = Log::default();
    heist::join!(biased; log.clone().after(2, "a", "-"), log.clone().after(2, "b", "-"));
    let polls: Vec<_> = log.take().into_iter().filter(|what| *what != "-").collect();
    assert_eq!(polls, ["a", "b", "a", "b"]);
}

#[heist::test]
async fn join_drops_each_future_when_it_is_ready() {
    let log = Log::default();
    heist::join!(biased; log.clone().after(1, "a", "drop a"), log.clone().after(2, "b", "drop b"));
    assert_eq!(log.take(), ["a", "drop a", "b", "b", "drop b"]);
}

#[heist::test]
async fn try_join_drops_the_rest_at_the_first_error() {
    let log = Log::default();
    let (slow, fast) = (
        log.clone().after(9, "a", "drop a"),
        log.clone().after(2, "b", "drop b"),
    );
    let result = heist::try_join!(
        biased;
        async { Ok::<_, &str>(slow.await) },
        async {
            fast.await;
            Err::<u32, _>("no")
        },
    );
    assert_eq!(result, Err("no"));
    assert_eq!(log.take(), ["a", "b", "a", "b", "drop b", "drop a"]);
    assert_eq!(
        heist::try_join!(ready(Ok::<_, ()>(1)), ready(Ok(2))),
        Ok((1, 2))
    );
}

#[heist::test]
async fn macro_01_no_branch_and_only_else() {
    assert_eq!(heist::select! { else => 5 }, 5);
    assert_eq!(heist::select! { biased; else => 6 }, 6);
    let () = heist::join!();
    let () = heist::join!(biased;);
    let nothing: Result<(), ()> = heist::try_join!();
    assert_eq!(nothing, Ok(()));
}

/// Calls a macro with 64 numbered branches.
macro_rules! sixty_four {
    ($macro:ident) => {
        $macro! {
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
        }
    };
}

#[heist::test]
async fn macro_01_select_takes_64_branches() {
    macro_rules! only_the_last {
        ($($number:literal)+) => {
            heist::select! { $(number = ready($number), if $number == 63 => number,)+ }
        };
    }
    let number: u32 = sixty_four!(only_the_last);
    assert_eq!(number, 63);
}

#[heist::test]
async fn macro_01_join_takes_64_futures() {
    macro_rules! all {
        ($($number:literal)+) => { heist::join!($(ready($number)),+) };
    }
    let numbers = sixty_four!(all);
    assert_eq!((numbers.0, numbers.63), (0, 63));
    macro_rules! try_all {
        ($($number:literal)+) => { heist::try_join!($(ready(Ok::<u32, ()>($number))),+) };
    }
    assert_eq!(sixty_four!(try_all).map(|numbers| numbers.63), Ok(63));
}

#[test]
#[cfg(target_pointer_width = "64")]
fn the_futures_are_no_larger_than_promised() {
    fn size<T>(_: &T) -> usize {
        size_of::<T>()
    }
    fn one() -> Ready<i32> {
        ready(0)
    }
    fn ok() -> Ready<Result<i32, i32>> {
        ready(Ok(0))
    }
    assert!(
        size(&async {
            let a = one();
            heist::join!(a)
        }) <= 32
    );
    assert!(
        size(&async {
            let (a, b) = (one(), one());
            heist::join!(a, b)
        }) <= 48
    );
    assert!(
        size(&async {
            let a = one();
            heist::join!(biased; a)
        }) <= 24
    );
    assert!(
        size(&async {
            let (a, b) = (one(), one());
            heist::join!(biased; a, b)
        }) <= 40
    );
    assert!(
        size(&async {
            let a = ok();
            heist::try_join!(a)
        }) <= 32
    );
    assert!(
        size(&async {
            let (a, b) = (ok(), ok());
            heist::try_join!(a, b)
        }) <= 48
    );
    let select = async {
        let a = one();
        heist::select! { _ = a => {} }
    };
    assert!(size(&select) <= 32);
    let select = async {
        let (a, b) = (one(), one());
        heist::select! { _ = a => {} _ = b => {} }
    };
    assert!(size(&select) <= 40);
    let select = async {
        let (a, b, c) = (one(), one(), one());
        heist::select! { _ = a => {} _ = b => {} _ = c => {} }
    };
    assert!(size(&select) <= 48);
}
