//! The state machine alone: every order of steps that proptest comes up with, without a thread.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::Kind;
use super::super::roster::Id;
use super::super::state::{Berth, Fallback, Next, Plan, State, Ticket};

/// What one thread of the model is about to do.
enum Thread {
    Creating(Id, Ticket),
    Rising(Id),
    Idle(Id, Arc<Berth>),
    Running(Id, Kind, Arc<Berth>),
}

impl Thread {
    fn can_move(&self) -> bool {
        !matches!(self, Self::Idle(_, berth) if !berth.is_claimed())
    }
}

/// A pool whose threads move when they are told to.
struct Model {
    state: State<u32>,
    threads: Vec<Thread>,
    submitted: u32,
    over: Vec<u32>,
}

impl Model {
    fn new(limit: usize) -> Self {
        Self {
            state: State::new(limit),
            threads: Vec::new(),
            submitted: 0,
            over: Vec::new(),
        }
    }

    fn submit(&mut self, kind: Kind) {
        let job = self.submitted;
        self.submitted += 1;
        match self.state.accept(job, kind) {
            Ok(Plan::Grow(id, ticket)) => self.threads.push(Thread::Creating(id, ticket)),
            Ok(Plan::Nothing | Plan::Wake(_)) => {}
            Err(job) => self.over.push(job),
        }
    }

    fn close(&mut self) {
        let cancelled = self.state.close().cancel;
        let _ = self.state.settle(cancelled.len());
        self.over.extend(cancelled);
    }

    /// Moves one thread by one step; `fate` decides where there is a choice.
    fn step(&mut self, index: usize, fate: bool) {
        if self.threads.is_empty() {
            return;
        }
        let index = index % self.threads.len();
        match self.threads.swap_remove(index) {
            Thread::Creating(id, _) if fate => self.threads.push(Thread::Rising(id)),
            Thread::Creating(id, ticket) => self.refuse(id, ticket),
            Thread::Rising(id) => {
                self.state.arrive();
                self.next(id, Arc::new(Berth::new()));
            }
            Thread::Idle(id, berth) if berth.is_claimed() => {
                self.state.awake();
                self.next(id, berth);
            }
            Thread::Idle(id, berth) if fate => self.threads.push(Thread::Idle(id, berth)),
            Thread::Idle(_, berth) => assert!(self.state.retire(&berth)),
            Thread::Running(id, kind, berth) => {
                let _ = self.state.finish(id, kind);
                self.next(id, berth);
            }
        }
    }

    fn next(&mut self, id: Id, berth: Arc<Berth>) {
        match self.state.next(id) {
            Next::Run(entry) => {
                self.over.push(entry.job);
                self.threads.push(Thread::Running(id, entry.kind, berth));
            }
            Next::Rest => {
                self.state.rest(&berth);
                self.threads.push(Thread::Idle(id, berth));
            }
            Next::Leave => {}
        }
    }

    fn refuse(&mut self, id: Id, ticket: Ticket) {
        if let Fallback::Orphans { own, others } = self.state.grow_failed(id, Some(ticket)) {
            let orphans: Vec<u32> = own.into_iter().chain(others).collect();
            let _ = self.state.settle(orphans.len());
            self.over.extend(orphans);
        }
    }

    fn running(&self) -> usize {
        let pooled = |thread: &&Thread| matches!(thread, Thread::Running(_, kind, _) if *kind != Kind::Resident);
        self.threads.iter().filter(pooled).count()
    }

    /// Lets all threads move, until none can; idle ones stay.
    fn settle(&mut self) {
        while let Some(index) = self.threads.iter().position(Thread::can_move) {
            self.step(index, true);
        }
    }

    fn assert_all_over(mut self) {
        assert_eq!((self.state.busy(), self.state.metrics().queued), (0, 0));
        self.over.sort_unstable();
        assert_eq!(self.over, (0..self.submitted).collect::<Vec<_>>());
    }
}

#[derive(Clone, Debug)]
enum Event {
    Submit(Kind),
    Step(usize, bool),
    Close,
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        Just(Kind::Ordinary),
        Just(Kind::Mandatory),
        Just(Kind::Abandonable),
        Just(Kind::Resident)
    ];
    prop_oneof![
        8 => kind.prop_map(Event::Submit),
        16 => (0..8_usize, any::<bool>()).prop_map(|(index, fate)| Event::Step(index, fate)),
        1 => Just(Event::Close),
    ]
}

proptest! {
    #[test]
    fn prop_pool_02_every_job_is_run_or_cancelled_once_whatever_the_order(
        limit in 1..5_usize,
        events in prop::collection::vec(event(), 0..200),
    ) {
        let mut model = Model::new(limit);
        for event in events {
            match event {
                Event::Submit(kind) => model.submit(kind),
                Event::Step(index, fate) => model.step(index, fate),
                Event::Close => model.close(),
            }
            prop_assert!(model.running() <= limit);
        }
        model.settle();
        model.assert_all_over();
    }
}
