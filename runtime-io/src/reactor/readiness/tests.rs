//! The word on one thread; what several threads do to it is in the models of the source.

use super::*;

#[test]
fn react_01_a_clear_with_an_old_tick_does_nothing() {
    let word = Readiness::new(Ready::EMPTY);
    let _ = word.publish(Ready::READABLE);
    let seen = word.snapshot();
    let _ = word.publish(Ready::READABLE);
    word.clear(seen, Ready::ALL);
    assert!(word.snapshot().ready().is_readable());
    word.clear(word.snapshot(), Ready::ALL);
    assert!(!word.snapshot().ready().is_readable());
}

#[test]
fn react_01_a_snapshot_stays_old_over_many_events() {
    for events in [1, 255, 256, 257, 1 << 15, (1 << 16) + 1, (1 << 26) - 1] {
        let word = Readiness::new(Ready::EMPTY);
        let _ = word.publish(Ready::READABLE | Ready::WRITABLE);
        let seen = word.snapshot();
        word.skip_ticks(events);
        word.clear(seen, Ready::ALL);
        assert_eq!(
            word.snapshot().ready(),
            Ready::READABLE | Ready::WRITABLE,
            "after {events} events"
        );
    }
}

#[test]
fn react_01_ticks_run_over_without_touching_their_neighbours() {
    let word = Readiness::new(Ready::EMPTY);
    word.skip_ticks((1 << 26) - 1);
    let _ = word.publish(Ready::READABLE | Ready::WRITABLE);
    let seen = word.snapshot();
    assert_eq!((seen.tick(Side::Read), seen.tick(Side::Write)), (0, 0));
    assert_eq!(seen.ready(), Ready::READABLE | Ready::WRITABLE);
    assert!(!seen.is_shut_down());
    assert_eq!(
        (seen.state(Side::Read), seen.state(Side::Write)),
        (IDLE, IDLE)
    );
}

#[test]
fn react_02_an_event_of_the_other_direction_does_not_void_a_clear() {
    let word = Readiness::new(Ready::READABLE);
    let seen = word.snapshot();
    let _ = word.publish(Ready::WRITABLE);
    word.clear(seen, Ready::READABLE);
    assert_eq!(word.snapshot().ready(), Ready::WRITABLE);
}

#[test]
fn react_03_a_clear_takes_only_what_was_seen_and_asked_for() {
    let word = Readiness::new(Ready::READABLE);
    let seen = word.snapshot();
    let _ = word.publish(Ready::WRITABLE);
    word.clear(seen, Ready::ALL);
    assert_eq!(
        word.snapshot().ready(),
        Ready::WRITABLE,
        "writable was not seen"
    );

    let word = Readiness::new(Ready::READABLE | Ready::WRITABLE);
    word.clear(word.snapshot(), Side::Write.mask());
    assert_eq!(word.snapshot().ready(), Ready::READABLE);
}

#[test]
fn react_03_closed_states_and_shutdown_are_final() {
    let word = Readiness::new(Ready::ALL);
    let _ = word.shut_down();
    word.clear(word.snapshot(), Ready::ALL);
    assert_eq!(
        word.snapshot().ready(),
        Ready::READ_CLOSED | Ready::WRITE_CLOSED
    );
    assert!(word.snapshot().is_shut_down());
}

#[test]
fn react_03_a_clear_of_a_direction_leaves_errors_and_urgent_data() {
    let word = Readiness::new(Ready::ALL);
    word.clear(word.snapshot(), Side::Read.mask());
    assert!(word.snapshot().ready().is_error());
    assert!(word.snapshot().ready().is_priority());
    word.clear(word.snapshot(), Ready::ERROR);
    assert!(!word.snapshot().ready().is_error());
}

#[test]
fn an_armed_side_is_taken_once_and_only_by_its_direction() {
    let word = Readiness::new(Ready::EMPTY);
    assert_eq!(word.claim(Side::Read), Claim::Claimed);
    assert_eq!(word.enlist(Side::Read), None);
    assert_eq!(word.publish(Ready::WRITABLE), Woken::default());
    let woken = word.publish(Ready::READABLE);
    assert!(woken.reader && !woken.writer && !woken.crowd);
    assert_eq!(word.publish(Ready::READABLE), Woken::default());
    word.rest(Side::Read);
    assert!(matches!(word.claim(Side::Read), Claim::Ready(_)));
}

#[test]
fn a_side_in_other_hands_is_busy() {
    let word = Readiness::new(Ready::EMPTY);
    assert_eq!(word.claim(Side::Write), Claim::Claimed);
    assert_eq!(word.claim(Side::Write), Claim::Busy);
    assert_eq!(word.claim(Side::Read), Claim::Claimed);
    word.abandon(Side::Write);
    assert_eq!(word.claim(Side::Write), Claim::Claimed);
    assert_eq!(word.enlist(Side::Write), None);
    assert!(word.publish(Ready::WRITABLE).writer);
    word.clear(word.snapshot(), Ready::ALL);
    assert_eq!(word.claim(Side::Write), Claim::Busy);
}

#[test]
fn an_event_during_the_registration_ends_the_wait() {
    let word = Readiness::new(Ready::EMPTY);
    assert_eq!(word.claim(Side::Read), Claim::Claimed);
    assert_eq!(word.publish(Ready::READABLE), Woken::default());
    assert!(word.enlist(Side::Read).is_some());
}

#[test]
fn shutdown_takes_both_sides_and_ends_every_later_wait() {
    let word = Readiness::new(Ready::EMPTY);
    for side in [Side::Read, Side::Write] {
        assert_eq!(word.claim(side), Claim::Claimed);
        assert_eq!(word.enlist(side), None);
    }
    let _ = word.crowd_gathers();
    let woken = word.shut_down();
    assert!(woken.reader && woken.writer && woken.crowd);
    for side in [Side::Read, Side::Write] {
        word.rest(side);
        assert!(matches!(word.claim(side), Claim::Ready(seen) if seen.is_shut_down()));
    }
}
