//! The daemon is killed in calls with an exchange that is not ours, while `ringfence sim` holds the lines and the call
//! table: every call goes on, and the exchange never sees one cleared.

use std::{thread::sleep, time::Duration};

use nix::sys::signal::{Signal, kill};
use ringfence::{
    journal::RecordingState,
    recorder::{FileStore, Opener, objects, open_recording},
};
use vault::{Mark, PartEnding};

use super::{
    EXCHANGE, VOICE,
    program::Program,
    site::{Site, TALKS, ringfence},
    there,
};

/// So long nobody is there before a supervisor starts it again.
const AWAY: Duration = Duration::from_secs(2);
/// From the start of the program to `ready`.
const READY: Duration = Duration::from_secs(2);
/// `TALKS` calls are talks; the others wait in a queue until all 30 channels are taken.
const CALLS: usize = 30;

#[test]
fn thirty_calls_go_on_when_the_daemon_is_killed_and_started_again() {
    let mut site = Site::linked("user");
    (1..=TALKS).for_each(|telephone| site.talks(telephone, telephone));
    let others = (TALKS + 1..=CALLS + 1).filter(|timeslot| *timeslot != 16);
    others.for_each(|timeslot| _ = site.places(timeslot, "62001235"));
    assert_eq!(site.calls.len(), CALLS);
    let voice = there(VOICE);
    site.hear_each_other(1, 1, &voice);

    site.is_killed();
    sleep(AWAY);
    site.starts(true);
    println!("ready after {:?}", site.ready);
    assert!(site.ready <= READY, "ready after {:?}", site.ready);
    sleep(Duration::from_secs(2));
    site.hear_each_other(1, 1, &voice);
    site.hear_each_other(TALKS, TALKS, &voice);
    assert_eq!(site.cleared(), Vec::<String>::new(), "the exchange saw nothing cleared");

    site.hangs_up_all();
    let rows = site.rows(CALLS);
    assert_eq!(rows.len(), CALLS, "one row a call");
    for row in &rows {
        assert_eq!(row.cause, Some(isdn::Cause::NormalClearing), "{row:#?}");
        assert_eq!(row.recording.state(), RecordingState::Incomplete, "kept, with a gap: {row:#?}");
        assert!(row.gap >= AWAY && row.gap < AWAY + READY + Duration::from_secs(1), "{:?}", row.gap);
    }
    assert!(site.daemon.take().unwrap().stops(), "it stops cleanly");
    check_recordings(&site);
}

/// One recording a call, of two parts with the gap marked, and all of them intact.
fn check_recordings(site: &Site) {
    let vault = site.data().join("vault");
    let store = FileStore::new(&vault);
    let opener = Opener::new(Box::new(FileStore::new(&vault)), site.code.as_bytes()).unwrap();
    let kept = objects(&store).unwrap();
    assert_eq!(kept.len(), CALLS);
    for object in kept {
        let recording = open_recording(&store, &object.name, &opener).unwrap();
        let [first, second] = recording.parts.as_slice() else {
            panic!("{}: {} parts", object.name, recording.parts.len())
        };
        assert_eq!((first.part, second.part), (1, 2));
        assert_eq!(first.ending.map(|(ending, _)| ending), Some(PartEnding::Cut));
        assert!(first.map.iter().any(|entry| matches!(entry.mark, Mark::Cut { .. })), "{}: the gap", object.name);
    }
    let verified = ringfence(&["verify"]).arg(site.data()).output().unwrap();
    let told = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && told.contains("intact (sealed): 30 recordings"), "{told}");
}

#[test]
fn calls_whose_table_nobody_held_are_released_and_closed_with_cause_41() {
    let mut site = Site::new("user");
    site.starts(false);
    site.link_comes_up();
    site.talks(1, 1);
    let waits = site.places(2, "62001235");
    // Longer than what is on its way to log and vault: there is something to close.
    sleep(AWAY);
    site.is_killed();
    site.starts(false);
    // Nothing is known of the channels, so each is restarted, and the exchange gives up what it had there.
    site.exchange.until("the exchange is told", |line| line.contains("RESTART").then_some(()));
    let rows = site.rows(2);
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!((row.cause, row.ended_by), (Some(isdn::Cause::TemporaryFailure), Some(call::Side::Box)), "{row:#?}");
        assert!(row.legs.iter().all(|leg| leg.ended.is_some()), "{row:#?}");
    }
    assert!(site.calls.contains_key(&waits));
    site.calls.clear();
    site.hangs_up(1);
    site.talks(3, 2);
    site.hear_each_other(3, 2, &there(VOICE));
}

#[test]
fn the_demo_goes_through_though_its_box_is_killed_in_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = ringfence(&["demo", "--once", "--data"]);
    demo.arg(folder.path().join("data")).arg("--exchange").arg(there(EXCHANGE)).arg("--voice").arg(there(VOICE));
    let mut demo = Program::start("demo", &mut demo);
    let page = |line: &str| line.split_once("ready http://").map(|(_, address)| address.to_owned());
    let before = demo.until("the page's address", page);
    demo.until("both talk", |line| line.starts_with("Both talk").then_some(()));
    sleep(AWAY);
    kill(demo.child("run"), Signal::SIGKILL).unwrap();
    demo.until("the box is started again", |line| line.contains("started again").then_some(()));
    // In whichever order they are told.
    let (mut again, mut goes_on) = (None, false);
    demo.until("the page is back, and the call goes on", |line| {
        again = again.take().or_else(|| page(line));
        goes_on |= line.contains("Goes on after a restart");
        (goes_on && again.is_some()).then_some(())
    });
    assert_eq!(again, Some(before), "whoever has the page open finds it there again");
    demo.until("the recording is intact", |line| line.contains("intact (sealed)").then_some(()));
    demo.until("the call went through", |line| line.starts_with("The call went all the way").then_some(()));
    assert!(demo.ends(), "and it ends well");
}
