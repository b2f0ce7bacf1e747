//! The daemon is killed in calls and started again by the parent that keeps its channels: nobody outside notices.

use std::{thread::sleep, time::Duration};

use ringfence::journal::{Cdr, RecordingState};

use crate::{
    kernel::Channel,
    runner::Case,
    site::{Site, contains, voice},
    spans::FAR_LINES,
    usage::figure,
};

pub const CASES: &[Case] =
    &[Case::new("thirty_calls_and_an_answered_outside_line_go_on_when_the_daemon_is_killed", go_on_when_killed)];

/// So many calls talk; the others wait in a queue.
const TALKS: i32 = 3;
/// All that an E1 carries.
const CALLS: usize = 30;
/// How much of a voice has to be heard afterwards, octet for octet: 4 s.
const HEARD: usize = 32_000;

fn go_on_when_killed() {
    let mut site = Site::held();
    let telephones: Vec<_> = (1..=TALKS).map(|position| site.telephone(position)).collect();
    let mut line = Channel::audio(FAR_LINES.channel(1), 4);
    sleep(Duration::from_secs(3));
    for (timeslot, telephone) in (1..).zip(&telephones) {
        site.talks(timeslot, telephone);
    }
    let others = (TALKS as usize + 1..=CALLS + 1).filter(|timeslot| *timeslot != 16);
    others.for_each(|timeslot| _ = site.places(timeslot, "62001235"));
    answered_by_the_box(&mut line);

    site.is_killed();
    let events: Vec<u32> = (0..50).filter_map(|_| passes(&mut line)).collect();
    site.is_back();
    sleep(Duration::from_secs(4));
    let hung_up = [dahdi_sys::DAHDI_EVENT_ONHOOK, dahdi_sys::DAHDI_EVENT_WINKFLASH];
    assert!(!events.iter().any(|event| hung_up.contains(event)), "the outside line was let go: {events:?}");
    assert_eq!(site.cleared(), Vec::<String>::new(), "the exchange saw no call cleared");

    let said = voice();
    for (timeslot, telephone) in (1..).zip(&telephones) {
        telephone.listens();
        site.exchange.tell(&format!("play ts={timeslot} file=/voices/caller.wav"));
    }
    sleep(Duration::from_secs(6));
    for telephone in &telephones {
        assert!(contains(&telephone.heard(), &said[..HEARD]), "telephone {} hears on", telephone.position());
    }
    site.hangs_up_what_it_has();
    telephones.iter().for_each(|telephone| telephone.hangs_up());
    line.hook(dahdi_sys::DAHDI_ONHOOK);
    let rows = site.rows(CALLS + 1);
    assert_eq!(rows.len(), CALLS + 1, "one row a call");
    let kept = |row: &&Cdr| row.recording.state() == RecordingState::Incomplete && !row.gap.is_zero();
    let kept = rows.iter().filter(kept).count();
    figure("dahdi.restart_calls_kept", kept as f64, &format!("of {}, one of them on an outside line", CALLS + 1));
    assert_eq!(kept, CALLS + 1, "each goes on, and its recording has a gap: {rows:#?}");
    drop((telephones, line));
    site.stops();
}

/// The exchange rings the box, which answers.
fn answered_by_the_box(line: &mut Channel) {
    line.hook(dahdi_sys::DAHDI_RING);
    for _ in 0..100 {
        if passes(line) == Some(dahdi_sys::DAHDI_EVENT_RINGOFFHOOK) {
            line.hook(dahdi_sys::DAHDI_OFFHOOK);
            return;
        }
    }
    panic!("the box answers its outside line");
}

/// 100 ms of a line; the event in them, if there is one.
fn passes(line: &mut Channel) -> Option<u32> {
    sleep(Duration::from_millis(100));
    loop {
        match line.hears() {
            Ok(Some(block)) => _ = line.says(&block),
            Ok(None) => return line.event(),
            Err(event) => return Some(event),
        }
    }
}
