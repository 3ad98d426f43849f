use crate::support::{now, pending};
use runtime_sync::Event;

#[test]
fn set_wakes_everybody_and_stays() {
    let event = Event::new();
    let mut waiting: Vec<_> = (0..50).map(|_| pending(event.wait())).collect();
    event.set();
    event.set();
    for one in &mut waiting {
        assert_eq!(one.woken(), 1);
        one.assert_ready();
    }
    now(event.wait());
    assert!(event.is_set());
}

#[test]
fn clear_makes_the_next_ones_wait() {
    let event = Event::default();
    event.set();
    event.clear();
    assert!(!event.is_set());
    let mut waiting = pending(event.wait());
    event.clear();
    waiting.assert_pending();
    event.set();
    waiting.assert_ready();
}

#[test]
fn a_set_is_not_undone_for_those_it_has_woken() {
    let event = Event::new();
    let mut waiting = pending(event.wait());
    event.set();
    event.clear();
    waiting.assert_ready();
    pending(event.wait());
}

#[test]
fn dropping_a_waiter_keeps_nothing() {
    let event = Event::new();
    let waiting = pending(event.wait());
    assert_eq!(waiting.retained(), 1);
    drop(waiting);
    event.set();
    now(event.wait());
    assert_eq!(format!("{event:?}"), "Event { is_set: true, .. }");
}
