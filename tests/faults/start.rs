//! Starts: after one that was cut short, with a long past, and twice over the same recordings.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use call::{AnswerEvidence, CallClass, CallEvent, Direction, Endpoint, LegRole, Side};
use frame::{BootNo, CallId, LaneId, LegId, LifeNo, RecordingId, SpanId, Stamp, Time, Timeslot, Utc};
use isdn::Cause;
use ringfence::journal::{self, BoxEvent, JournalConfig, Limits};

use crate::{
    running::{Home, Running, board, octet},
    street::Street,
};

/// How soon a box answers calls after its start, with a thousand calls behind it.
const READY_WITHIN: Duration = Duration::from_secs(2);

#[test]
fn a_start_that_died_before_it_made_the_vault_is_repeated_with_another_code() {
    let (home, street) = (Home::new(), Street::of(&board()));
    let first = Running::start(&home, &street);
    let code = first.code.clone().unwrap();
    first.kill();
    // What a start leaves that dies between drawing the code and making the vault.
    fs::remove_dir_all(home.data().join("vault")).unwrap();
    fs::remove_dir_all(home.data().join("events")).unwrap();
    fs::remove_file(home.data().join("index.db")).unwrap();
    let running = Running::start(&home, &street);
    let again = running.code.clone().expect("a code is shown");
    assert_ne!(again, code);
    running.claim();
    assert!(running.stop());
    let running = Running::start(&home, &street);
    assert_eq!(running.code, None, "it is shown once");
}

#[test]
fn a_recording_that_ends_while_the_box_stops_is_told_once() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    street.until_link();
    let caller = street.call(1, "62001235");
    street.until_hears("the music", caller, octet("music"));
    assert!(running.stop(), "with the caller in the queue");
    let told = || home.log().iter().filter(|text| text.contains("recording_finished")).count();
    assert_eq!(told(), 1);
    let running = Running::start(&home, &street);
    // Long enough for the recorder to tell what it finds, which it does as it starts.
    thread::sleep(Duration::from_secs(1));
    assert!(running.stop());
    assert_eq!(told(), 1, "it is not told again");
    let left = fs::read_dir(home.data().join("vault/unlogged")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "and the recorder has forgotten it");
}

/// A thousand calls, told to the log of a home as an earlier life would have.
fn tell_thousand_calls(home: &Home) {
    let clock = || Stamp { boot: BootNo(1), time: Time::from_ms(1), utc: Utc::from_us(1_700_000_000_000_000) };
    let (journal, thread) = journal::start(JournalConfig {
        events: home.data().join("events"),
        index: home.data().join("index.db"),
        life: LifeNo(1),
        limits: Limits::default(),
        leaves: None,
        clock: Box::new(clock),
    })
    .unwrap();
    for no in 100..1100 {
        let (call, leg, called) =
            (CallId::new(LifeNo(1), no), LegId::new(LifeNo(1), 2 * no), LegId::new(LifeNo(1), 2 * no + 1));
        let recording = RecordingId::new(LifeNo(1), no);
        let at = |ms: u64| Stamp { time: Time::from_ms(u64::from(no) * 1000 + ms), ..clock() };
        let lane = LaneId::new(SpanId(0), Timeslot(1));
        let channel = Endpoint::Channel { lane, group: "市话".into() };
        let station = Endpoint::Station { port: "SIM-FXS.3".parse().unwrap(), extension: "803".into() };
        let (cause, by) = (Cause::NormalClearing, Side::Caller);
        let leg_began = |leg, role, endpoint| CallEvent::LegBegan { call, leg, role, endpoint, number: None };
        journal.append(
            at(0),
            CallEvent::Began { call, direction: Direction::Incoming, class: CallClass::Normal, settings: 1 },
        );
        journal.append(at(1), leg_began(leg, LegRole::Caller, channel));
        journal.append(at(2), CallEvent::LegAnswered { call, leg, evidence: AnswerEvidence::Signalled });
        journal.append(at(3), CallEvent::RecordingBegan { call, recording, leg, part: 1 });
        journal.append(at(4), leg_began(called, LegRole::Called, station));
        journal.append(at(5), CallEvent::LegAnswered { call, leg: called, evidence: AnswerEvidence::OffHook });
        journal.append(at(6), CallEvent::Bridged { call, a: leg, b: called });
        journal.append(at(900), CallEvent::LegEnded { call, leg: called, cause, by });
        journal.append(at(901), CallEvent::LegEnded { call, leg, cause, by });
        journal.append(at(902), CallEvent::Ended { call, cause, by });
        let finished = BoxEvent::RecordingFinished {
            call,
            recording,
            object: format!("objects/1/0/1-{no}.rfo"),
            records: 12,
            chunks: 4,
            seconds: 1,
            head: "00".repeat(32),
            commitments: "00".repeat(32),
        };
        journal.append(at(903), finished);
        // The channel to the journal holds what a busy hour tells in a minute; this is more at once.
        if no % 500 == 0 {
            journal.settle().blocking_recv().unwrap();
        }
    }
    journal.settle().blocking_recv().unwrap();
    journal.stop();
    thread.join().unwrap();
}

#[test]
fn a_box_with_a_thousand_calls_behind_it_is_ready_within_two_seconds() {
    let (home, street) = (Home::new(), Street::of(&board()));
    Running::start(&home, &street).kill();
    tell_thousand_calls(&home);
    let past = home.log().iter().filter(|text| text.contains("\"kind\":\"ended\"")).count();
    assert_eq!(past, 1000);
    let since = Instant::now();
    let running = Running::start(&home, &street);
    let took = since.elapsed();
    assert!(took < READY_WITHIN, "ready after {took:?}");
    assert!(running.stop());
}
