//! All that can be seen of a runtime, for the moment when nothing moves.
//!
//! PARK-03: a dump must not be a reason to wake or to sleep. Everything here is a load, or a lock that is held for an instant; the seat is not tried, since a try takes it for a moment, and who
//! wanted to sit down then would lie down beside it.

use std::fmt;
use std::sync::Arc;

use super::json::Json;
use super::tasks::{TaskList, TaskState};
use crate::handle::{Handle, RuntimeFlavor};
use crate::scheduler::Shared;
use crate::scheduler::park::Posture;
use crate::scheduler::slot::{Holder, Slot};
use crate::scheduler::watch::Watch;
use crate::task::Id;

/// What could be seen of a runtime, made by [`Handle::dump`](crate::Handle::dump). Prints as a page of text.
#[derive(Clone, Debug)]
pub struct RuntimeDump {
    name: Option<String>,
    flavor: RuntimeFlavor,
    id: u64,
    closed: bool,
    debug: bool,
    guard: &'static str,
    counts: Vec<(&'static str, u64)>,
    slots: Vec<SlotDump>,
    tasks: TaskList,
}

/// One slot.
#[derive(Clone, Debug)]
struct SlotDump {
    holder: &'static str,
    thread: Option<String>,
    posture: &'static str,
    /// Its sleep is announced.
    asleep: bool,
    polling: Polling,
    counts: [(&'static str, u64); 6],
}

/// What a slot polls.
#[derive(Clone, Copy, Debug)]
enum Polling {
    Nothing,
    Task(Id),
    /// The future of a lent thread, or a task that has just ended.
    Something,
}

impl RuntimeDump {
    pub(crate) fn of(shared: &Arc<Shared>) -> Self {
        let handle = Handle::new(shared.clone());
        Self {
            name: handle.name().map(str::to_owned),
            flavor: handle.runtime_flavor(),
            id: handle.id().to_u64(),
            closed: shared.shutdown.is_closed(),
            debug: shared.config.debug,
            guard: guard(shared),
            counts: counts(&handle),
            slots: (0..shared.slots.len())
                .map(|slot| SlotDump::of(shared, slot))
                .collect(),
            tasks: TaskList::of_runtime(shared),
        }
    }

    /// Returns the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().build().unwrap();
    /// let task = rt.spawn(std::future::pending::<()>());
    /// let dump = rt.handle().dump();
    /// assert_eq!(dump.tasks().iter().next().unwrap().id(), task.id());
    /// ```
    #[must_use]
    pub fn tasks(&self) -> &TaskList {
        &self.tasks
    }

    /// Returns it as JSON: an object with `runtime`, `slots`, `task_states` and `tasks`. Of the tasks there are at most `most`, those that run or are to run first.
    ///
    /// # Examples
    ///
    /// ```
    /// let rt = runtime_core::Builder::new_current_thread().name("web").build().unwrap();
    /// let json = rt.handle().dump().to_json(100);
    /// assert!(json.starts_with(r#"{"runtime":{"name":"web","flavor":"CurrentThread","#));
    /// ```
    #[must_use]
    pub fn to_json(&self, most: usize) -> String {
        let mut json = Json::new();
        json.object(|json| {
            json.key("runtime").object(|json| {
                json.key("name").optional(self.name.as_deref(), Json::text);
                json.key("flavor").text(&format!("{:?}", self.flavor));
                json.key("id").number(self.id);
                json.key("closed").flag(self.closed);
                json.key("debug").flag(self.debug);
                json.key("reactor_thread").text(self.guard);
                json.counts(&self.counts);
            });
            json.key("slots")
                .array(self.slots.iter(), |json, slot| slot.to_json(json));
            json.key("task_states").object(|json| {
                json.key("total").number(self.tasks.len() as u64);
                for state in TaskState::ALL {
                    json.key(state.word())
                        .number(self.tasks.count(state) as u64);
                }
            });
            json.key("tasks")
                .array(self.tasks.busiest(most), |json, task| task.to_json(json));
        });
        json.into_text()
    }
}

impl fmt::Display for RuntimeDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("runtime")?;
        if let Some(name) = &self.name {
            write!(f, " {name:?}")?;
        }
        let phase = if self.closed { "closed" } else { "open" };
        writeln!(f, ", {:?}, id {}: {phase}", self.flavor, self.id)?;
        writeln!(f, "reactor thread: {}", self.guard)?;
        write_counts(f, &self.counts)?;
        f.write_str("\n")?;
        for (index, slot) in self.slots.iter().enumerate() {
            writeln!(f, "slot {index}: {slot}")?;
        }
        write!(f, "tasks: {}", self.tasks.len())?;
        for state in TaskState::ALL {
            write!(f, ", {} {state}", self.tasks.count(state))?;
        }
        f.write_str("\n")?;
        if self.tasks.is_empty() {
            return Ok(());
        }
        self.tasks.fmt(f)
    }
}

fn guard(shared: &Shared) -> &'static str {
    if !shared.config.reactor_thread {
        "none"
    } else if shared.guard.is_deep() {
        "asleep until a worker wakes up"
    } else {
        "on watch"
    }
}

fn counts(handle: &Handle) -> Vec<(&'static str, u64)> {
    let metrics = handle.metrics();
    vec![
        ("rescues", metrics.rescue_count()),
        ("slow_polls", metrics.slow_poll_count()),
        ("queued_from_outside", metrics.global_queue_depth() as u64),
        ("blocking_threads", metrics.num_blocking_threads() as u64),
        (
            "blocking_threads_idle",
            metrics.num_idle_blocking_threads() as u64,
        ),
        (
            "blocking_jobs_queued",
            metrics.blocking_queue_depth() as u64,
        ),
    ]
}

impl SlotDump {
    fn of(shared: &Shared, index: usize) -> Self {
        let slot: &Slot = &shared.slots[index];
        let (holder, thread) = match slot.holder() {
            Holder::Nobody => ("nobody's", None),
            Holder::HandedOver => ("handed over", None),
            Holder::Driven(driver) => ("driven", driver.name().map(str::to_owned)),
        };
        let posture = match slot.parker.posture() {
            Posture::Awake => "awake",
            Posture::Parked => "parked",
            Posture::Seated => "waiting in the seat",
            Posture::Notified => "left a wake token",
        };
        let counts = [
            ("queued", slot.stealer.len() as u64),
            ("queued_next", u64::from(!slot.lifo.is_empty())),
            ("polls", slot.watch.polls()),
            ("parks", slot.stats.parks.get()),
            ("steals", slot.stats.steals.get()),
            ("busy_us", slot.stats.busy.get() / 1_000),
        ];
        Self {
            holder,
            thread,
            posture,
            asleep: shared.idle.sleeps(index),
            polling: shared.polled_in(index),
            counts,
        }
    }

    fn to_json(&self, json: &mut Json) {
        let task = match self.polling {
            Polling::Task(id) => Some(id.to_u64()),
            Polling::Nothing | Polling::Something => None,
        };
        json.object(|json| {
            json.key("holder").text(self.holder);
            json.key("thread")
                .optional(self.thread.as_deref(), Json::text);
            json.key("posture").text(self.posture);
            json.key("asleep").flag(self.asleep);
            json.key("polling")
                .flag(!matches!(self.polling, Polling::Nothing));
            json.key("task").optional(task, Json::number);
            json.counts(&self.counts);
        });
    }
}

impl fmt::Display for SlotDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.holder)?;
        if let Some(thread) = &self.thread {
            write!(f, " by {thread}")?;
        }
        write!(f, ", {}", self.posture)?;
        if self.asleep {
            f.write_str(", announced as asleep")?;
        }
        match self.polling {
            Polling::Nothing => {}
            Polling::Task(id) => write!(f, ", polls task {id}")?,
            Polling::Something => f.write_str(", polls what is no task")?,
        }
        f.write_str("; ")?;
        write_counts(f, &self.counts)
    }
}

/// "name 1, other name 2".
fn write_counts(f: &mut fmt::Formatter<'_>, counts: &[(&'static str, u64)]) -> fmt::Result {
    for (place, (name, count)) in counts.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        write!(f, "{comma}{} {count}", name.replace('_', " "))?;
    }
    Ok(())
}

impl Json {
    fn counts(&mut self, counts: &[(&'static str, u64)]) {
        for (name, count) in counts {
            self.key(name).number(*count);
        }
    }
}

impl Shared {
    fn polled_in(&self, slot: usize) -> Polling {
        let watch = &self.slots[slot].watch;
        if !Watch::is_poll(watch.sequence()) {
            return Polling::Nothing;
        }
        let found = watch.poll_of(|home| {
            let slot = self.slots.get(home.slot as usize)?;
            Some(slot.registry.task_at(home.entry)?.id())
        });
        match found {
            Some((_, Some(id))) => Polling::Task(id),
            Some((_, None)) => Polling::Something,
            None => Polling::Nothing,
        }
    }
}
