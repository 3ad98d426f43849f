//! What a runtime said of itself at one moment, and what has changed since the one before.

use std::time::{Duration, Instant};

use serde_json::Value;

/// One answer to `json`.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    taken: Instant,
    json: Value,
}

/// One line of the table of slots.
#[derive(Debug, PartialEq)]
pub(crate) struct SlotLine {
    pub(crate) thread: String,
    pub(crate) doing: String,
    pub(crate) queued: u64,
    /// Per second.
    pub(crate) polls: Option<u64>,
    /// Percent of the time.
    pub(crate) busy: Option<u64>,
}

impl Snapshot {
    pub(crate) fn parse(text: &str, taken: Instant) -> Result<Self, String> {
        let json = serde_json::from_str(text)
            .map_err(|error| format!("the answer is not understood: {error}"))?;
        Ok(Self { taken, json })
    }

    /// A number that may be missing.
    pub(crate) fn number(&self, pointer: &str) -> u64 {
        self.json
            .pointer(pointer)
            .and_then(Value::as_u64)
            .unwrap_or(0)
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.json
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or("")
    }

    fn array(&self, key: &str) -> &[Value] {
        self.json[key].as_array().map_or(&[], Vec::as_slice)
    }

    /// Whether more is known of tasks than costs nothing.
    pub(crate) fn debug(&self) -> bool {
        self.json["runtime"]["debug"] == Value::Bool(true)
    }

    /// The slots that somebody drives or has driven.
    pub(crate) fn slots(&self, before: Option<&Self>) -> Vec<SlotLine> {
        let slots = self.array("slots").iter().enumerate();
        let used = slots
            .filter(|(_, slot)| slot["holder"] != "nobody's" || slot["polls"].as_u64() > Some(0));
        used.map(|(index, slot)| self.slot(index, slot, before))
            .collect()
    }

    fn slot(&self, index: usize, slot: &Value, before: Option<&Self>) -> SlotLine {
        let word = |key: &str| slot[key].as_str().unwrap_or("").to_owned();
        let number = |key: &str| slot[key].as_u64().unwrap_or(0);
        let since = before.and_then(|before| {
            let old = before.array("slots").get(index)?;
            Some((self.taken - before.taken, old))
        });
        let grown = |key: &str| {
            let (time, old) = since.as_ref()?;
            let more = number(key).saturating_sub(old[key].as_u64().unwrap_or(0));
            Some((more, *time))
        };
        let doing = match (slot["task"].as_u64(), slot["polling"] == Value::Bool(true)) {
            (Some(task), _) => format!("polls {task}"),
            (None, true) => "polls".to_owned(),
            (None, false) => word("posture"),
        };
        SlotLine {
            thread: slot["thread"].as_str().unwrap_or("-").to_owned(),
            doing,
            queued: number("queued") + number("queued_next"),
            polls: grown("polls").map(|(polls, time)| per_second(polls, time)),
            busy: grown("busy_us").map(|(busy, time)| percent(busy, time)),
        }
    }

    /// A row per task, as many cells as [`task_head`](Self::task_head) has.
    pub(crate) fn tasks(&self) -> Vec<Vec<String>> {
        let debug = self.debug();
        let tasks = self.array("tasks").iter();
        tasks
            .map(|task| {
                let text = |key: &str| match &task[key] {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => "-".to_owned(),
                };
                let mut row = vec![text("id"), text("state")];
                if debug {
                    row.push(text("polls"));
                }
                row.extend([text("name"), end_of(&text("spawned_at")), text("type")]);
                row
            })
            .collect()
    }

    pub(crate) fn task_head(&self) -> Vec<&'static str> {
        let mut head = vec!["ID", "STATE"];
        if self.debug() {
            head.push("POLLS");
        }
        head.extend(["NAME", "SPAWNED AT", "FUTURE"]);
        head
    }
}

/// The end of a place in the source, which has the line.
fn end_of(place: &str) -> String {
    match place.char_indices().rev().nth(PLACE_WIDTH - 1) {
        Some((begin, _)) if begin > 0 => {
            let rest = place[begin..].chars().skip(1);
            std::iter::once('…').chain(rest).collect()
        }
        _ => place.to_owned(),
    }
}

/// Columns that a place in the source may take.
pub(crate) const PLACE_WIDTH: usize = 30;

fn per_second(count: u64, time: Duration) -> u64 {
    (count as f64 / time.as_secs_f64().max(0.001)).round() as u64
}

fn percent(microseconds: u64, time: Duration) -> u64 {
    let share = microseconds as f64 / (time.as_micros().max(1) as f64);
    ((share * 100.0).round() as u64).min(100)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a runtime with one busy worker says.
    pub(crate) const TEXT: &str = r#"{"runtime":{"name":"web","flavor":"MultiThread","id":7,"closed":false,"debug":true,"reactor_thread":"on watch","rescues":1,"slow_polls":2,"queued_from_outside":3,"blocking_threads":4,"blocking_threads_idle":1,"blocking_jobs_queued":0},
        "slots":[{"holder":"driven","thread":"worker","posture":"awake","asleep":false,"polling":true,"task":99,"queued":2,"queued_next":1,"polls":POLLS,"parks":0,"steals":0,"busy_us":BUSY},
                 {"holder":"nobody's","thread":null,"posture":"awake","asleep":false,"polling":false,"task":null,"queued":0,"queued_next":0,"polls":0,"parks":0,"steals":0,"busy_us":0}],
        "task_states":{"total":2,"running":1,"ready":0,"ending":0,"waiting":1},
        "tasks":[{"id":99,"name":"accept","state":"running","spawned_at":"src/main.rs:3:7","type":"web::accept","parent":null,"polls":12,"since_last_poll_us":5},
                 {"id":100,"name":null,"state":"waiting","spawned_at":"src/main.rs:9:1","type":"web::serve","parent":99,"polls":1,"since_last_poll_us":null}]}"#;

    pub(crate) fn snapshot(polls: u64, busy: u64, taken: Instant) -> Snapshot {
        let text = TEXT
            .replace("POLLS", &polls.to_string())
            .replace("BUSY", &busy.to_string());
        Snapshot::parse(&text, taken).unwrap()
    }

    #[test]
    fn rates_are_differences() {
        let (then, later) = (Instant::now(), Duration::from_secs(2));
        let before = snapshot(1_000, 1_000_000, then);
        let now = snapshot(3_000, 2_500_000, then + later);
        let slots = now.slots(Some(&before));
        assert_eq!(slots.len(), 1, "an unused slot is not shown");
        assert_eq!((slots[0].polls, slots[0].busy), (Some(1_000), Some(75)));
        assert_eq!((slots[0].queued, &*slots[0].doing), (3, "polls 99"));
        assert_eq!(before.slots(None)[0].polls, None);
    }

    #[test]
    fn rows_have_as_many_cells_as_the_head() {
        let now = snapshot(0, 0, Instant::now());
        for row in now.tasks() {
            assert_eq!(row.len(), now.task_head().len());
        }
        assert_eq!(now.tasks()[1][3], "-");
    }

    #[test]
    fn of_a_long_place_the_end_is_shown() {
        assert_eq!(end_of("src/main.rs:3:7"), "src/main.rs:3:7");
        let exact = "x".repeat(PLACE_WIDTH);
        assert_eq!(end_of(&exact), exact);
        let shown = end_of("a/very/long/path/to/some/file.rs:123:45");
        assert!(
            shown.starts_with('…') && shown.ends_with("file.rs:123:45"),
            "{shown}"
        );
        assert_eq!(shown.chars().count(), PLACE_WIDTH);
    }

    #[test]
    fn what_is_no_json_is_refused_in_one_sentence() {
        let why = Snapshot::parse("{", Instant::now()).unwrap_err();
        assert!(!why.contains('\n'), "{why}");
    }
}
