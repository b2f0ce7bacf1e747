//! A disk that is full, slow or too small.

use vault::GapCause;

use super::*;

#[test]
fn a_full_disk_loses_what_the_buffer_cannot_hold_and_says_so_and_nothing_else() {
    let mut rig = Rig::with(RecorderSettings { buffer_batches: 3, ..settings() });
    rig.begin(1, 2);
    rig.talk(100);
    rig.store.set_faults(Faults { full: true, ..Faults::default() });
    rig.talk(200);
    assert!(rig.events.contains(&RecorderEvent::DiskFailed { what: DiskFault::Full }));
    let told = rig.events.iter().filter(|event| **event == RecorderEvent::BufferFull).count();
    assert_eq!(told, 1, "once a stretch");
    rig.store.set_faults(Faults::default());
    rig.talk(100);
    rig.end(2);
    rig.finish(1);
    rig.talk(40);
    rig.close();
    assert!(rig.events.contains(&RecorderEvent::DiskBack));
    let playback = rig.open(1);
    let part = &playback.parts[0];
    let [gap] = part.map[..] else { panic!("one gap: {:?}", part.map) };
    let Mark::Gap { ticks, cause: GapCause::BufferFull } = gap.mark else { panic!("{gap:?}") };
    let from = gap.at.tick().0;
    let expected = [said_between(2, START, from), silence(ticks), said_between(2, from + ticks, START + 400)];
    assert!(part.voices[0].octets == expected.concat());
    assert!((130..=180).contains(&ticks), "three batches of the 200 ticks were buffered: {ticks}");
    assert_eq!(part.voices[0].kept_ticks, 400 - ticks);
    rig.log();
    assert_eq!(rig.verify().findings, []);
}

#[test]
fn a_disk_without_room_for_objects_is_one_fault_and_not_one_a_batch() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.begin(2, 3);
    rig.talk(50);
    // Segments were made ahead and take what is said; the object of the recording that ends finds no room.
    rig.store.set_faults(Faults { no_growth: true, ..Faults::default() });
    rig.end(2);
    rig.finish(1);
    rig.talk(200);
    let told = |rig: &Rig, event: &RecorderEvent| rig.events.iter().filter(|told| *told == event).count();
    assert_eq!(told(&rig, &RecorderEvent::DiskFailed { what: DiskFault::Full }), 1);
    assert_eq!((told(&rig, &RecorderEvent::DiskBack), rig.finished().len()), (0, 0));
    rig.store.set_faults(Faults::default());
    rig.end(3);
    rig.finish(2);
    rig.talk(40);
    assert_eq!((told(&rig, &RecorderEvent::DiskBack), rig.finished().len()), (1, 2));
    assert!(rig.open(2).parts[0].voices[0].octets == said_between(3, START, START + 250), "nothing was lost");
}

#[test]
fn a_full_disk_is_not_asked_for_a_whole_segment_again_and_again() {
    const TICKS: u64 = 200;
    let mut rig = Rig::with(RecorderSettings { segment_octets: 8 << 20, ..settings() });
    rig.store.set_faults(Faults { no_growth: true, ..Faults::default() });
    rig.begin(1, 2);
    rig.talk(TICKS);
    let asked = rig.store.asked_octets();
    assert!(asked > 0, "it goes on trying");
    // A batch and a step ahead in each tick, and each a piece of a segment.
    assert!(asked <= TICKS * 2 * (256 << 10), "{asked} octets");
}

#[test]
fn a_failing_disk_is_told_once_and_nothing_is_lost_while_the_buffer_lasts() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(50);
    rig.store.set_faults(Faults { dies_after: Some(0), ..Faults::default() });
    rig.talk(100);
    rig.store.set_faults(Faults::default());
    rig.talk(50);
    rig.end(2);
    rig.finish(1);
    rig.talk(40);
    rig.close();
    let failed = rig.events.iter().filter(|event| matches!(event, RecorderEvent::DiskFailed { .. })).count();
    assert_eq!(failed, 1);
    assert!(rig.open(1).parts[0].voices[0].octets == said_between(2, START, START + 200));
    assert_eq!(rig.open(1).parts[0].map, []);
}

#[test]
fn the_last_moments_lost_to_a_full_buffer_are_a_gap_however_short() {
    let mut rig = Rig::with(RecorderSettings { buffer_batches: 1, ..settings() });
    rig.begin(1, 2);
    rig.talk(43);
    rig.end(2);
    rig.finish(1);
    // The next batch waits for the disk, the one after it, with the last three ticks, finds no room.
    rig.store.set_faults(Faults { full: true, ..Faults::default() });
    rig.talk(19);
    rig.store.set_faults(Faults::default());
    rig.talk(40);
    let map = &rig.open(1).parts[0].map;
    let [gap] = map[..] else { panic!("one gap: {map:?}") };
    assert_eq!(gap.at, Sample::of(Tick(START + 40)));
    assert_eq!(gap.mark, Mark::Gap { ticks: 3, cause: GapCause::BufferFull });
}

#[test]
fn a_long_call_does_not_hold_the_ring() {
    // Eight segments of 64 KiB hold 40 s of two voices; the call lasts two minutes.
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.begin(1, 3);
    for no in 2..20 {
        rig.begin(no, 4);
        rig.talk(640);
        rig.end(4);
        rig.finish(no);
    }
    rig.end(2);
    rig.end(3);
    rig.finish(1);
    rig.talk(40);
    rig.close();
    assert_eq!(rig.finished().len(), 19);
    assert!(!rig.events.iter().any(|event| matches!(event, RecorderEvent::DiskFailed { .. })));
    assert!(rig.store.list("segments").unwrap().len() <= 8);
    let playback = rig.open(1);
    assert!(playback.parts[0].voices[1].octets == said_between(3, START, START + 640 * 18));
    rig.log();
    assert_eq!(rig.verify().findings, []);
}

#[test]
fn what_is_stable_was_flushed() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(400);
    let stable = rig.events.iter().filter_map(|event| match event {
        RecorderEvent::Stable { to, live } => Some((to.0, live.len())),
        _ => None,
    });
    let stable: Vec<_> = stable.collect();
    assert!(stable.len() >= 3, "once a second: {stable:?}");
    let (to, live) = *stable.last().unwrap();
    assert_eq!(live, 1);
    let mut rig = rig.restart();
    rig.finish(1);
    rig.talk(40);
    let kept = rig.open(1).parts[0].voices[0].octets.len() as u64 / 80;
    assert!(START + kept >= to, "{kept} ticks are kept, stable up to {to}");
}
