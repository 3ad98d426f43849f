//! Cancel scopes.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use heist::task::scope::{self, CancelKind, CancelScope, cancelled};
use heist::task::{LocalSet, yield_now};
use heist::time::{Duration, Instant, sleep};

use super::{Drops, Evil, on_stopped_clocks, polls, stopped};
use crate::support::{on_every_flavour, watched};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_body_that_ends_was_not_cancelled() {
    on_every_flavour(|| async {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let output = scope.run(async {
            polls(3).await;
            handle.cancel("too late");
            "output"
        });
        assert_eq!(output.await, Ok("output"));
        assert!(handle.is_cancelled() && !handle.cancelled_caught() && handle.is_finished());
    });
}

#[test]
fn cut_at_the_next_wait_and_at_each_after_it() {
    on_every_flavour(|| async {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let drops = Drops::default();
        let (token, mut reached) = (drops.token(), 0);
        let cut = scope.run(async {
            let _token = token;
            handle.cancel("enough");
            // Without a wait it goes on.
            async { reached = 1 }.await;
            // A scope that begins now is cut before its body is polled.
            let inner = CancelScope::new();
            let unreached = inner.run(async { reached = 2 });
            let _ = unreached.await;
            reached = 3;
        });
        assert_eq!(cut.await.unwrap_err().reason().message(), Some("enough"));
        assert_eq!((reached, drops.count()), (1, 1));
        assert!(handle.cancelled_caught());
    });
}

#[test]
fn cancelled_before_it_runs_it_is_not_polled() {
    on_every_flavour(|| async {
        let scope = CancelScope::new();
        scope.handle().cancel("no");
        let cut = scope.run(async { panic!("polled") }).await;
        assert!(cut.is_err());
    });
}

#[test]
fn what_is_around_cancels_what_is_within_and_not_the_reverse() {
    on_every_flavour(|| async {
        let (outer, inner) = (CancelScope::new(), CancelScope::new());
        let (o, i) = (outer.handle(), inner.handle());
        let mut after = false;
        let cut = outer.run(async {
            let _ = inner
                .run(async {
                    o.cancel("from outside");
                    pending::<()>().await
                })
                .await;
            after = true;
        });
        assert!(cut.await.is_err());
        assert!(
            !after,
            "the inner scope does not return for the outer one's sake"
        );
        assert_eq!(i.reason().unwrap().message(), Some("from outside"));
        assert!(o.cancelled_caught() && !i.cancelled_caught() && i.is_finished());

        let (outer, inner) = (CancelScope::new(), CancelScope::new());
        let (o, i) = (outer.handle(), inner.handle());
        let output = outer.run(async {
            i.cancel("only this");
            inner.run(pending::<()>()).await.is_err()
        });
        assert_eq!(output.await, Ok(true));
        assert!(!o.is_cancelled() && i.cancelled_caught());
    });
}

/// A loop that tries again after each failure would never end, if scopes returned for another's sake.
#[test]
fn a_loop_that_retries_notices_the_cancellation_around_it() {
    on_every_flavour(|| async {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let mut tries = 0;
        let cut = scope.run(async {
            loop {
                tries += 1;
                if tries == 3 {
                    handle.cancel("stop trying");
                }
                let attempt = CancelScope::new();
                attempt.handle().cancel("this one");
                let _ = attempt.run(pending::<()>()).await;
                if tries > 100 {
                    return;
                }
                yield_now().await;
            }
        });
        assert!(cut.await.is_err());
        assert_eq!(tries, 3);
    });
}

#[test]
fn a_shield_is_not_cancelled_and_holds_what_is_around() {
    on_every_flavour(|| async {
        let outer = CancelScope::new();
        let handle = outer.handle();
        let mut steps = Vec::new();
        let cut = outer.run(async {
            let shielded = CancelScope::new().shield();
            let inside = shielded.run(async {
                handle.cancel("hurry");
                for step in 0..3 {
                    polls(1).await;
                    assert!(!scope::is_cancelled());
                    steps.push(step);
                }
                // A scope behind the shield is as free.
                CancelScope::new().run(polls(2)).await.unwrap();
                "finished"
            });
            assert_eq!(inside.await, Ok("finished"));
            assert!(scope::is_cancelled());
            steps.push(3);
            polls(1).await;
            steps.push(4);
        });
        assert!(cut.await.is_err());
        assert_eq!(steps, [0, 1, 2, 3]);
    });
}

#[test]
fn a_shield_ends_by_its_own_deadline() {
    on_stopped_clocks(|| async {
        let (start, outer) = (Instant::now(), CancelScope::new());
        let handle = outer.handle();
        let cut = outer.run(async {
            handle.cancel("now");
            let shielded = CancelScope::new().shield().timeout(SECOND);
            // Entered although the scope around is cut at the next wait: this is the next wait.
            assert!(shielded.run(pending::<()>()).await.is_err());
        });
        assert!(cut.await.is_ok());
        assert_eq!(start.elapsed(), SECOND);
    });
}

#[test]
fn a_shield_that_is_dropped_holds_nothing_any_more() {
    on_every_flavour(|| async {
        for after in 0..4 {
            let outer = CancelScope::new();
            let handle = outer.handle();
            let cut = outer.run(async {
                {
                    let mut shielded = pin!(CancelScope::new().shield().run(pending::<()>()));
                    for _ in 0..after {
                        let polled =
                            std::future::poll_fn(|cx| Poll::Ready(shielded.as_mut().poll(cx)));
                        assert!(polled.await.is_pending());
                    }
                }
                handle.cancel("now");
                pending::<()>().await
            });
            assert!(cut.await.is_err());
        }
    });
}

#[test]
fn a_request_is_seen_with_its_reason_and_may_be_followed() {
    on_stopped_clocks(|| async {
        let scope = CancelScope::new().grace(SECOND);
        let handle = scope.handle();
        let start = Instant::now();
        let work = scope.run(async {
            assert_eq!(scope::reason(), None);
            handle.cancel("please");
            let reason = cancelled().await;
            assert!(scope::is_cancelled());
            sleep(SECOND / 2).await;
            reason.to_string()
        });
        assert_eq!(work.await.as_deref(), Ok("please"));
        assert_eq!(start.elapsed(), SECOND / 2);
        assert!(!handle.cancelled_caught());
    });
}

#[test]
fn the_abort_comes_when_the_grace_is_over() {
    on_stopped_clocks(|| async {
        let scope = CancelScope::new().grace(SECOND).timeout(2 * SECOND);
        let (handle, start) = (scope.handle(), Instant::now());
        let work = scope.run(async {
            let reason = cancelled().await;
            assert_eq!(
                (reason.kind(), start.elapsed()),
                (CancelKind::Deadline, 2 * SECOND)
            );
            pending::<()>().await
        });
        assert_eq!(
            work.await.unwrap_err().reason().kind(),
            CancelKind::Deadline
        );
        assert_eq!(start.elapsed(), 3 * SECOND);
        assert!(handle.cancelled_caught());
        // A second, more urgent request does not wait.
        let scope = CancelScope::new().grace(SECOND);
        let (handle, start) = (scope.handle(), Instant::now());
        let work = scope.run(async {
            handle.cancel("please");
            handle.abort("now");
            pending::<()>().await
        });
        assert_eq!(work.await.unwrap_err().reason().message(), Some("please"));
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

/// The grace of the scope that is cancelled counts, not that of the scopes within it.
#[test]
fn the_grace_around_protects_scopes_within_that_have_none() {
    on_stopped_clocks(|| async {
        let (outer, start) = (CancelScope::new().grace(SECOND), Instant::now());
        let handle = outer.handle();
        let work = outer.run(async {
            let inner = CancelScope::new();
            let inner = inner.run(async {
                handle.cancel("please");
                sleep(SECOND / 2).await;
            });
            inner.await
        });
        assert_eq!(work.await, Ok(Ok(())));
        assert_eq!(start.elapsed(), SECOND / 2);
    });
}

#[test]
fn a_deadline_is_exact_and_moves() {
    on_stopped_clocks(|| async {
        let start = Instant::now();
        let scope = CancelScope::new().timeout(SECOND);
        let cut = scope.run(pending::<()>()).await.unwrap_err();
        assert_eq!(
            (cut.reason().kind(), start.elapsed()),
            (CancelKind::Deadline, SECOND)
        );

        // Later, from within.
        let (start, scope) = (Instant::now(), CancelScope::new().timeout(SECOND));
        let handle = scope.handle();
        let cut = scope.run(async {
            sleep(SECOND / 2).await;
            handle.set_deadline(Some(start + 3 * SECOND));
            assert_eq!(handle.deadline(), Some(start + 3 * SECOND));
            pending::<()>().await
        });
        assert!(cut.await.is_err());
        assert_eq!(start.elapsed(), 3 * SECOND);

        // Earlier, from another task.
        let (start, scope) = (Instant::now(), CancelScope::new().timeout(60 * SECOND));
        let handle = scope.handle();
        heist::spawn(async move {
            sleep(SECOND).await;
            handle.set_deadline(Some(start + 2 * SECOND));
        });
        assert!(scope.run(pending::<()>()).await.is_err());
        assert_eq!(start.elapsed(), 2 * SECOND);

        // Away.
        let (start, scope) = (Instant::now(), CancelScope::new().timeout(SECOND));
        scope.handle().set_deadline(None);
        assert!(scope.run(sleep(2 * SECOND)).await.is_ok());
        assert_eq!(start.elapsed(), 2 * SECOND);

        // Of the two, the one around.
        let (start, outer) = (Instant::now(), CancelScope::new().timeout(SECOND));
        let inner = CancelScope::new().timeout(2 * SECOND);
        assert!(outer.run(inner.run(pending::<()>())).await.is_err());
        assert_eq!(start.elapsed(), SECOND);
    });
}

#[test]
fn cancelled_from_any_thread() {
    on_every_flavour(|| async {
        for _ in 0..50 {
            let scope = CancelScope::new();
            let handle = scope.handle();
            let thread = std::thread::spawn(move || handle.cancel("from afar"));
            assert!(scope.run(pending::<()>()).await.is_err());
            thread.join().unwrap();
        }
    });
}

#[test]
fn dropped_at_each_poll_it_leaves_no_trace() {
    watched(|| {
        for count in 0..6 {
            let drops = Drops::default();
            let (outer, inner) = (CancelScope::new(), CancelScope::new().shield());
            let (o, i) = (outer.handle(), inner.handle());
            let token = drops.token();
            let mut run = Box::pin(outer.run(inner.run(async move {
                let _token = token;
                polls(3).await;
            })));
            let mut cx = Context::from_waker(Waker::noop());
            let done = (0..count).any(|_| {
                let polled = run.as_mut().poll(&mut cx);
                assert!(scope::current().is_none());
                polled.is_ready()
            });
            assert_eq!(done, count >= 4);
            drop(run);
            assert_eq!(drops.count(), 1, "after {count} polls");
            assert_eq!((o.is_finished(), i.is_finished()), (count > 0, count > 0));
            o.cancel("too late");
            assert!(!o.cancelled_caught());
        }
    });
}

#[test]
fn a_panic_of_the_body_leaves_the_scope() {
    on_every_flavour(|| async {
        let (outer, inner) = (CancelScope::new(), CancelScope::new().shield());
        let (o, i) = (outer.handle(), inner.handle());
        let cut = outer.run(async {
            let mut inner = pin!(inner.run(async { panic!("out") }));
            let unwound = std::future::poll_fn(|cx| {
                Poll::Ready(catch_unwind(AssertUnwindSafe(|| {
                    inner.as_mut().poll(cx).is_ready()
                })))
            });
            assert!(unwound.await.is_err());
            assert!(i.is_finished());
            // Still in the outer one, which the shield does not hold any more.
            scope::current().unwrap().cancel("in order");
            pending::<()>().await
        });
        assert_eq!(cut.await.unwrap_err().reason().message(), Some("in order"));
        assert!(o.cancelled_caught());
    });
}

#[test]
fn an_evil_body_that_is_cut_leaves_the_scope() {
    on_every_flavour(|| async {
        let scope = CancelScope::new();
        let handle = scope.handle();
        let evil = Evil;
        let task = heist::spawn(scope.run(async move {
            let _evil = evil;
            pending::<()>().await
        }));
        handle.cancel("now");
        assert!(task.await.unwrap_err().is_panic());
        assert!(handle.is_finished());
        assert!(scope::current().is_none());
    });
}

#[test]
fn tasks_of_others_are_not_in_the_scope() {
    on_every_flavour(|| async {
        let set = LocalSet::new();
        let stranger = set.spawn_local(async {
            yield_now().await;
            scope::current().is_none()
        });
        let run = CancelScope::new().run(set.run_until(async {
            assert!(scope::current().is_some());
            // Who spawns without a group says that it is on its own.
            assert!(
                heist::spawn(async { scope::current().is_none() })
                    .await
                    .unwrap()
            );
            stranger.await.unwrap()
        }));
        assert_eq!(run.await, Ok(true));
    });
}

/// Panics when it is woken.
struct EvilWaker(AtomicUsize);

impl Wake for EvilWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
        panic!("an evil waker");
    }
}

#[test]
fn an_evil_waker_does_not_keep_the_others_from_hearing() {
    watched(|| {
        let (outer, inner) = (CancelScope::new(), CancelScope::new());
        let (o, i) = (outer.handle(), inner.handle());
        let evil = Arc::new(EvilWaker(AtomicUsize::new(0)));
        let waker = Waker::from(evil.clone());
        let mut run = Box::pin(outer.run(inner.run(pending::<()>())));
        assert!(
            run.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        let heard = Arc::new(AtomicBool::new(false));
        struct Sets(Arc<AtomicBool>);
        impl Wake for Sets {
            fn wake(self: Arc<Self>) {
                self.0.store(true, SeqCst);
            }
        }
        let good = Waker::from(Arc::new(Sets(heard.clone())));
        let (mut bad_wait, mut good_wait) = (pin!(i.cancelled()), pin!(i.cancelled()));
        assert!(
            bad_wait
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        assert!(
            good_wait
                .as_mut()
                .poll(&mut Context::from_waker(&good))
                .is_pending()
        );
        assert!(catch_unwind(AssertUnwindSafe(|| o.cancel("now"))).is_err());
        assert!(heard.load(SeqCst) && i.is_cancelled());
        assert!(evil.0.load(SeqCst) >= 2);
        assert!(
            run.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        );
    });
}

#[test]
fn scopes_nest_deeply_and_side_by_side() {
    fn nested(depth: usize, drops: Drops) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let _token = drops.token();
            if depth > 0 {
                let _ = CancelScope::new().run(nested(depth - 1, drops)).await;
            } else {
                pending::<()>().await;
            }
        })
    }
    watched(|| {
        for rt in stopped() {
            rt.block_on(async {
                let drops = Drops::default();
                let scope = CancelScope::new().timeout(SECOND);
                let all =
                    async { heist::join!(nested(50, drops.clone()), nested(50, drops.clone())) };
                assert!(scope.run(all).await.is_err());
                assert_eq!(drops.count(), 102);
            });
        }
    });
}
