//! The local tasks of a guest, and how its thread finds them.
//!
//! They run in the guest's turns. While its thread is in `block_on` there are none, and what it waits for may be one of these tasks, or hang on one. So `block_on` runs them beside
//! its own future, and gives them back when it returns: what is ready then calls the host. A call that came before may have been taken away by the waits of `block_on`, so the bell is
//! disarmed first.

use std::cell::RefCell;
use std::ptr;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::task::{Context, Waker};

use super::bell::Bell;
use crate::scheduler::Shared;
use crate::task::LocalSet;

/// Local tasks, with what calls the host to their next turn.
pub(crate) struct LocalTasks {
    pub(super) set: LocalSet,
    pub(super) bell: Arc<Bell>,
    /// The bell as a waker.
    pub(super) waker: Waker,
    runtime: Weak<Shared>,
}

thread_local! {
    /// Of the guests of this thread, each of another runtime.
    static HERE: RefCell<Vec<Rc<LocalTasks>>> = const { RefCell::new(Vec::new()) };
}

impl LocalTasks {
    /// From now on `block_on` on this thread runs them too.
    pub(super) fn new(bell: Arc<Bell>, runtime: &Arc<Shared>) -> Rc<Self> {
        let tasks = Rc::new(Self {
            set: LocalSet::new(),
            waker: Waker::from(bell.clone()),
            bell,
            runtime: Arc::downgrade(runtime),
        });
        // So that a spawn before the first turn calls the host.
        tasks.set.brings(&tasks.waker);
        // While the thread ends there is nobody left to block.
        let _ = HERE.try_with(|here| here.borrow_mut().push(tasks.clone()));
        tasks
    }

    /// Their guest goes away.
    pub(super) fn forget(self: &Rc<Self>) {
        let gone = |here: &RefCell<Vec<Rc<Self>>>| {
            here.borrow_mut().retain(|tasks| !Rc::ptr_eq(tasks, self))
        };
        let _ = HERE.try_with(gone);
    }

    /// Those of this thread's guest of the runtime.
    pub(crate) fn beside_block_on(runtime: &Arc<Shared>) -> Option<Beside> {
        let find = |here: &RefCell<Vec<Rc<Self>>>| {
            let here = here.borrow();
            let found = here
                .iter()
                .find(|tasks| ptr::eq(tasks.runtime.as_ptr(), Arc::as_ptr(runtime)));
            found.cloned()
        };
        let tasks = HERE.try_with(find).ok().flatten()?;
        Some(Beside {
            tasks,
            runtime: runtime.clone(),
        })
    }
}

/// Local tasks that run beside a future, until this is dropped.
pub(crate) struct Beside {
    tasks: Rc<LocalTasks>,
    runtime: Arc<Shared>,
}

impl Beside {
    /// Some of them; if there are more, the task of `cx` is woken.
    pub(crate) fn run_some(&self, cx: &Context<'_>) {
        self.tasks.set.run_some(cx.waker(), BATCH, None);
        if self.tasks.set.ready() > 0 {
            cx.waker().wake_by_ref();
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let LocalTasks {
            set, bell, waker, ..
        } = &*self.tasks;
        set.brings(waker);
        bell.disarm();
        let shared = &self.runtime;
        let runs_everything = shared.config.own_workers == 0;
        if set.ready() > 0 || runs_everything && shared.has_work() || shared.shutdown.is_closed() {
            bell.ring();
        }
    }
}

/// Polls between two looks at the future.
const BATCH: u32 = 64;
