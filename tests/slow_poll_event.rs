//! A slow poll as an event of `tracing`. A program of its own, since a process has one collector.

#![cfg(feature = "tracing")]

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{self, Sender};

use heist::runtime::Builder;
use heist::task;
use heist::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

const LIMIT: Duration = Duration::from_millis(20);

/// What an event said.
struct Said {
    level: Level,
    target: String,
    fields: Fields,
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

/// Sends the events on, and has no use for spans.
struct Collector(Sender<Said>);

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let _ = self.0.send(Said {
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            fields,
        });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_slow_poll_is_an_event_while_it_lasts_and_one_when_it_has_ended() {
    let (collector, events) = mpsc::channel();
    tracing::subscriber::set_global_default(Collector(collector)).expect("it is the only one");
    let rt = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("w")
        .slow_poll_after(Some(LIMIT))
        .build()
        .unwrap();
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let line = line!() + 3;
    let task = task::Builder::new()
        .name("stuck")
        .spawn_on(async move { held.lock().recv().unwrap_err() }, rt.handle())
        .unwrap();

    // Nothing ends the poll but the drop below: so the first one comes while it runs.
    let lasts = events.recv().unwrap();
    drop(release);
    let ended = events.recv().unwrap();
    for (said, still_running) in [(lasts, "true"), (ended, "false")] {
        assert_eq!((said.level, said.target.as_str()), (Level::WARN, "heist"));
        let field = |name| said.fields.0.get(name).map_or("", String::as_str);
        assert_eq!(field("task"), task.id().to_string());
        assert_eq!(field("name"), "stuck");
        let place = field("spawned_at");
        assert!(
            place.starts_with(&format!("{}:{line}:", file!())),
            "{place}"
        );
        assert_eq!((field("worker"), field("thread")), ("0", "w"));
        let elapsed: u128 = field("elapsed_ms").parse().unwrap();
        assert!(elapsed >= LIMIT.as_millis(), "{elapsed}");
        assert_eq!(field("still_running"), still_running);
        assert!(field("message").contains("stuck"), "{}", field("message"));
    }
}
