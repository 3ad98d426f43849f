//! The life of a pool thread.

use std::sync::Arc;
use std::time::Instant;

use super::Job;
use super::linger::Experience;
use super::pool::{Shared, call};
use super::roster::Id;
use super::state::{Berth, Next, State};
use crate::primitive::MutexGuard;
use crate::primitive::thread::{self, JoinHandle};
use crate::unwind::swallow;
use crate::util::heap::Heirloom;

/// All that a pool thread does, from its first breath to the last but its thread-local data.
pub(super) fn life<J: Job>(shared: &Shared<J>, id: Id) {
    let _heirloom = Heirloom::put_away();
    let mut lived = false;
    let mut live = || {
        if !std::mem::replace(&mut lived, true) {
            call(shared.config.on_thread_start.as_ref());
            serve(shared, id);
            call(shared.config.on_thread_stop.as_ref());
        }
    };
    swallow(|| (shared.config.enter)(&mut live));
    // The context refused its service, or panicked. Somebody counts on this thread all the same.
    live();

    let before = shared.state.lock().roster.ended(id);
    shared.changed.notify_all();
    join(before);
}

/// Joins threads that have left the pool, except the calling one.
pub(super) fn join(left: Vec<JoinHandle<()>>) {
    let current = thread::current().id();
    for handle in left
        .into_iter()
        .filter(|handle| handle.thread().id() != current)
    {
        // `life` does not unwind.
        drop(handle.join());
    }
}

/// Runs jobs, rests and runs jobs, until it retires or the pool is closed.
fn serve<J: Job>(shared: &Shared<J>, id: Id) {
    let berth = Arc::new(Berth::new());
    let mut experience = Experience::default();
    let mut quiet = false;
    let mut state = shared.state.lock();
    state.arrive();
    loop {
        match state.next(id) {
            Next::Run(entry) => {
                let kind = entry.kind;
                MutexGuard::unlocked(&mut state, || swallow(|| entry.job.run()));
                quiet = state.finish(id, kind);
            }
            Next::Rest => {
                state.rest(&berth);
                if std::mem::take(&mut quiet) {
                    MutexGuard::unlocked(&mut state, || shared.quiet(true));
                }
                MutexGuard::unlocked(&mut state, || {
                    shared.lookout.linger(&berth, &mut experience);
                });
                if !doze(shared, &mut state, &berth) {
                    return;
                }
                state.awake();
            }
            Next::Leave => break,
        }
    }
    drop(state);
    shared.quiet(quiet);
}

/// Waits on the idle stack; true if the thread was claimed, false if it retired.
fn doze<J: Job>(
    shared: &Shared<J>,
    state: &mut MutexGuard<'_, State<J>>,
    berth: &Arc<Berth>,
) -> bool {
    let deadline = Instant::now().checked_add(shared.config.keep_alive);
    while !berth.is_claimed() {
        match deadline {
            None => berth.signal.wait(state),
            Some(deadline) => {
                if berth.signal.wait_until(state, deadline).timed_out() && state.retire(berth) {
                    return false;
                }
            }
        }
    }
    true
}
