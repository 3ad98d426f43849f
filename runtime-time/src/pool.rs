//! The shards that no runtime uses at present.

use crate::home::Home;
use crate::shard::{Lease, Shard};
use crossbeam_utils::CachePadded;
use parking_lot::Mutex;
use std::sync::Arc;

static VACANT: Mutex<Vec<&'static Shard>> = Mutex::new(Vec::new());

/// Lets `count` shards, vacant ones first.
pub(crate) fn lease(count: usize, home: &Arc<Home>) -> Box<[Lease]> {
    let mut shards = {
        let mut vacant = VACANT.lock();
        let kept = vacant.len().saturating_sub(count);
        vacant.split_off(kept)
    };
    // Each on a cache line of its own: its neighbour belongs to another slot.
    shards.resize_with(count, || {
        &**Box::leak(Box::new(CachePadded::new(Shard::new())))
    });
    let shards = shards.into_iter();
    shards.map(|shard| shard.open(Arc::clone(home))).collect()
}

/// Takes shards back whose runtime has gone.
pub(crate) fn give_back(leases: &[Lease]) {
    for lease in leases {
        lease.shard.vacate();
    }
    VACANT.lock().extend(leases.iter().map(|lease| lease.shard));
}
