//! Runtimes: how they are built, what they tell of themselves, and the rules of their life, one test each.

mod builder;
mod choices;
mod hooks;
mod metrics;
mod rules;
mod unhandled;

use crate::support::on_every_flavour;

#[test]
fn spawned_tasks_return_their_output() {
    on_every_flavour(|| async {
        let handles: Vec<_> = (0..100_u64)
            .map(|n| heist::spawn(async move { n }))
            .collect();
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        assert_eq!(sum, 4950);
    });
}
