//! `run_in_executor`: a closure on a pool that the program has already.

use heist::runtime::{Handle, Job};

use crate::support::on_every_flavour;

#[test]
fn run_in_rayon() {
    on_every_flavour(|| async {
        let pool = |job: Job| rayon::spawn(move || job.run());
        let handle = Handle::current();
        let id = handle.id();
        let squares = handle.run_in(&pool, move || {
            use rayon::prelude::*;
            assert_eq!(Handle::current().id(), id);
            assert!(rayon::current_thread_index().is_some());
            (1..=1000_u64).into_par_iter().map(|n| n * n).sum::<u64>()
        });
        assert_eq!(squares.await.unwrap(), 333_833_500);
        let failed = handle.run_in(&pool, || -> u32 { panic!("on the host's thread") });
        assert!(failed.await.unwrap_err().is_panic());
        let many: Vec<_> = (0..100).map(|n| handle.run_in(&pool, move || n)).collect();
        for (n, one) in many.into_iter().enumerate() {
            assert_eq!(one.await.unwrap(), n);
        }
        assert_eq!(handle.metrics().refused_jobs(), 0);
    });
}
