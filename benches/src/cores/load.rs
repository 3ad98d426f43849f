//! What the workers of the model are given to do.

/// What a poll of a task does. Times in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// Computes.
    Compute(u64),
    /// Spawns so many tasks that compute.
    Spawn { tasks: usize, each: u64 },
    /// Spawns so many tasks that spawn.
    Plant {
        planters: usize,
        tasks: usize,
        each: u64,
    },
    /// Handles what has come to this stage of the pipeline.
    Stage(usize),
}

/// A load.
#[derive(Clone, Copy, Debug)]
pub(super) enum Load {
    /// Tasks that compute so long each, 10 ms of them per worker, spawned by as many tasks as there are workers, all of which one task has spawned.
    Independent(u64),
    /// 64 tasks of 20 µs, spawned by one event every 2 ms.
    Bursts,
    /// Eight stages of 2 µs, with room for 64 items between them.
    Pipeline,
    /// Requests of 10 µs each, all from the one reactor, at 70 % of what the workers could compute.
    Reactor,
    /// The same from threads outside, through the injector.
    Outside,
}

/// Items of a pipeline at most between two stages, and at most in a poll.
pub(super) const ROOM: usize = 64;
pub(super) const STAGES: usize = 8;
pub(super) const ITEM: u64 = 2_000;
pub(super) const ITEMS: usize = 20_000;

const PER_WORKER: u64 = 10_000_000;
const BURSTS: u64 = 50;
const SILENCE: u64 = 2_000_000;
const REQUEST: u64 = 10_000;
const REQUESTS: u64 = 3_000;

impl Load {
    pub(super) fn all() -> [Self; 7] {
        [
            Self::Independent(2_000),
            Self::Independent(20_000),
            Self::Independent(200_000),
            Self::Bursts,
            Self::Pipeline,
            Self::Reactor,
            Self::Outside,
        ]
    }

    pub(super) fn title(self) -> String {
        match self {
            Self::Independent(each) => format!("independent tasks of {} µs", each / 1_000),
            Self::Bursts => "bursts after idle: 64 tasks of 20 µs every 2 ms".to_owned(),
            Self::Pipeline => format!("pipeline of {STAGES} stages, 2 µs per item and stage"),
            Self::Reactor => "requests of 10 µs from one reactor, 70 per ms and worker".to_owned(),
            Self::Outside => "tasks of 10 µs from outside, 70 per ms and worker".to_owned(),
        }
    }

    /// When events come through the driver, in order, and what they bring.
    pub(super) fn events(self, workers: usize) -> Vec<(u64, Work)> {
        match self {
            Self::Independent(each) => {
                let tasks = (PER_WORKER / each) as usize;
                let planters = workers;
                vec![(
                    0,
                    Work::Plant {
                        planters,
                        tasks,
                        each,
                    },
                )]
            }
            Self::Bursts => (1..=BURSTS)
                .map(|burst| {
                    (
                        burst * SILENCE,
                        Work::Spawn {
                            tasks: 64,
                            each: 20_000,
                        },
                    )
                })
                .collect(),
            Self::Pipeline => vec![(0, Work::Stage(0))],
            Self::Reactor => requests(workers),
            Self::Outside => Vec::new(),
        }
    }

    /// The same for what comes from outside.
    pub(super) fn outside(self, workers: usize) -> Vec<(u64, Work)> {
        match self {
            Self::Outside => requests(workers),
            _ => Vec::new(),
        }
    }
}

/// Evenly, at 70 % of what so many workers could compute.
fn requests(workers: usize) -> Vec<(u64, Work)> {
    let workers = workers as u64;
    (0..REQUESTS * workers)
        .map(|number| {
            (
                number * REQUEST * 10 / (7 * workers),
                Work::Compute(REQUEST),
            )
        })
        .collect()
}
