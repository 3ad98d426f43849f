//! A pool whose jobs are run by visitors, which a test lets in one by one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Gate, Tally, Work};
use crate::blocking::{Config, Kind, Pool, Visit};

/// The host: it holds visits until it is told what to do with them.
type Host = Arc<Mutex<VecDeque<Visit<Work>>>>;

fn visited(limit: usize) -> (Pool<Work>, Host) {
    let host = Host::default();
    let door = host.clone();
    let pool = Pool::new(Config {
        limit,
        summon: Some(Box::new(move |visit| door.lock().push_back(visit))),
        ..Config::default()
    });
    (pool, host)
}

fn let_in(host: &Host) {
    let visit = host.lock().pop_front().expect("somebody was summoned");
    visit.serve();
}

fn turn_away(host: &Host) {
    let visit = host.lock().pop_front().expect("somebody was summoned");
    drop(visit);
}

/// Hands in jobs that note their number.
fn submit(
    pool: &Pool<Work>,
    tally: &Arc<Tally>,
    numbers: std::ops::Range<u32>,
) -> Arc<Mutex<Vec<u32>>> {
    let order = Arc::<Mutex<Vec<u32>>>::default();
    for number in numbers {
        let order = order.clone();
        let job = Work::new(tally, move || order.lock().push(number));
        pool.submit(job, Kind::Ordinary).unwrap();
    }
    order
}

#[test]
fn each_visit_is_for_one_job_and_the_limit_bounds_how_many_are_summoned() {
    let (pool, host) = visited(2);
    let tally = Arc::<Tally>::default();
    let order = submit(&pool, &tally, 0..5);
    for left in (0..5).rev() {
        assert_eq!(host.lock().len(), 2.min(left + 1));
        let_in(&host);
        assert_eq!(pool.busy(), left);
    }
    assert!(host.lock().is_empty());
    assert_eq!(*order.lock(), [0, 1, 2, 3, 4]);
    assert_eq!(pool.metrics().threads, 0);
}

#[test]
fn pool_03_a_visitor_turned_away_leaves_its_job_to_another() {
    let (pool, host) = visited(8);
    let tally = Arc::<Tally>::default();
    let order = submit(&pool, &tally, 0..3);
    turn_away(&host);
    turn_away(&host);
    // The last visitor takes the first job, and sees to it that somebody comes for the others.
    for _ in 0..3 {
        assert_eq!(host.lock().len(), 1);
        let_in(&host);
    }
    assert_eq!(*order.lock(), [0, 1, 2]);
    assert_eq!((tally.cancelled(), tally.over()), (0, 3));
}

#[test]
fn pool_03_jobs_whose_visitors_are_all_turned_away_are_cancelled() {
    let (pool, host) = visited(8);
    let tally = Arc::<Tally>::default();
    let order = submit(&pool, &tally, 0..3);
    for _ in 0..3 {
        turn_away(&host);
    }
    assert_eq!((tally.cancelled(), tally.over()), (3, 3));
    assert_eq!(pool.busy(), 0);
    // And the next one is as good as ever.
    let after = submit(&pool, &tally, 7..8);
    let_in(&host);
    assert!(order.lock().is_empty());
    assert_eq!(*after.lock(), [7]);
}

#[test]
fn pool_08_a_visitor_that_comes_after_the_end_finds_nothing() {
    let (pool, host) = visited(8);
    let tally = Arc::<Tally>::default();
    let order = submit(&pool, &tally, 0..3);
    let report = pool.shutdown(None);
    assert_eq!((report.cancelled, report.running), (3, 0));
    for _ in 0..3 {
        let_in(&host);
    }
    assert!(order.lock().is_empty());
    assert_eq!((tally.cancelled(), tally.over()), (3, 3));
}

#[test]
fn pool_09_what_must_be_run_is_run_by_whoever_closes_the_pool() {
    let (pool, host) = visited(1);
    let tally = Arc::<Tally>::default();
    for _ in 0..3 {
        let job = Work::new(&tally, || {});
        pool.submit(job, Kind::Mandatory).unwrap();
    }
    pool.shutdown(None);
    assert_eq!((tally.ran(), tally.over()), (3, 3));
    let_in(&host);
    assert_eq!(tally.ran(), 3);
}

#[test]
fn pool_09_or_by_visitors_if_it_may_not_wait() {
    let (pool, host) = visited(1);
    let tally = Arc::<Tally>::default();
    for _ in 0..3 {
        let job = Work::new(&tally, || {});
        pool.submit(job, Kind::Mandatory).unwrap();
    }
    let report = pool.shutdown(Some(Duration::ZERO));
    assert_eq!((report.queued, tally.ran()), (3, 0));
    for _ in 0..3 {
        let_in(&host);
    }
    assert_eq!((tally.ran(), tally.over()), (3, 3));
}

#[test]
fn shutdown_waits_for_a_visitor_that_has_begun() {
    let (pool, host) = visited(2);
    let tally = Arc::<Tally>::default();
    let (begun, go_on) = (Gate::new(), Gate::new());
    let (tell, wait) = (begun.clone(), go_on.clone());
    let job = Work::new(&tally, move || {
        tell.raise();
        wait.wait_for(1);
    });
    pool.submit(job, Kind::Ordinary).unwrap();
    let visit = host.lock().pop_front().unwrap();
    let visitor = thread::spawn(move || visit.serve());
    begun.wait_for(1);
    assert_eq!(pool.shutdown(Some(Duration::from_millis(1))).running, 1);
    go_on.raise();
    assert_eq!(pool.shutdown(None).running, 0);
    assert_eq!(tally.ran(), 1);
    visitor.join().unwrap();
}

/// A job that shuts its pool down does not wait for itself.
#[test]
fn a_visitor_may_close_the_pool() {
    let (pool, host) = visited(2);
    let tally = Arc::<Tally>::default();
    let pool = Arc::new(pool);
    let closed = pool.clone();
    let job = Work::new(&tally, move || {
        closed.shutdown(None);
    });
    pool.submit(job, Kind::Ordinary).unwrap();
    let_in(&host);
    assert_eq!(tally.ran(), 1);
}
