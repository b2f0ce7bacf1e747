//! Power cuts and kills at every point.

use std::collections::BTreeSet;

use vault::PartEnding;

use super::*;

#[test]
fn a_cut_part_is_closed_and_keeps_every_flushed_batch() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.begin(1, 3);
    rig.talk(100);
    let cut_at = rig.now;
    let mut rig = rig.restart();
    rig.take_events();
    let cut = rig.events.iter().find_map(|event| match event {
        RecorderEvent::Cut { recording: id, call: of, part: 1, kept_ticks }
            if (*id, *of) == (recording(1), call(1)) =>
        {
            Some(*kept_ticks)
        }
        _ => None,
    });
    let kept = cut.expect("the cut is told");
    assert!(100 - kept <= 20, "100 ms held back and 100 ms not yet closed: {kept}");
    assert_eq!(rig.recorder.open().len(), 1);
    rig.finish(1);
    rig.talk(40);
    let playback = rig.open(1);
    let part = &playback.parts[0];
    assert!(part.voices[0].octets == said_between(2, START, START + kept));
    assert!(part.voices[1].octets == said_between(3, START, START + kept));
    assert_eq!(part.ending, Some((PartEnding::Cut, stamp_at(cut_at + 1000))));
    let Mark::Cut { until } = part.map[0].mark else { panic!("{:?}", part.map) };
    assert_eq!(part.map[0].at, Sample::of(Tick(START + kept)));
    assert_eq!(until, stamp_at(cut_at + 1000));
    rig.log();
    assert_eq!(rig.verify().findings, []);
}

#[test]
fn a_call_that_goes_on_after_the_restart_gets_another_part_under_another_key() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(100);
    let mut rig = rig.restart();
    let again = rig.now;
    rig.begin(1, 2);
    rig.talk(50);
    rig.end(2);
    rig.finish(1);
    rig.talk(40);
    assert!(rig.events.contains(&RecorderEvent::Begun { recording: recording(1), part: 2 }));
    let playback = rig.open(1);
    let [first, second] = &playback.parts[..] else { panic!("two parts") };
    assert!(first.voices[0].octets == said_between(2, START, START + first.voices[0].kept_ticks));
    assert!(second.voices[0].octets == said_between(2, again, again + 50));
    assert_eq!((second.part, second.head.life), (2, life(2)));
    rig.log();
    assert_eq!(rig.verify().findings, []);
}

#[test]
fn a_recording_of_several_lives_is_as_long_as_all_its_parts_together() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(700);
    let mut rig = rig.restart();
    rig.begin(1, 2);
    rig.talk(500);
    rig.end(2);
    rig.finish(1);
    rig.talk(40);
    let seconds = |event: &RecorderEvent| match event {
        RecorderEvent::Finished { seconds, .. } => Some(*seconds),
        _ => None,
    };
    assert_eq!(rig.events.iter().find_map(seconds), Some(12));
}

#[test]
fn a_second_restart_changes_nothing_more() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(100);
    let rig = rig.restart();
    let mut rig = rig.restart();
    rig.take_events();
    assert!(!rig.events.iter().any(|event| matches!(event, RecorderEvent::Cut { .. } | RecorderEvent::Damaged { .. })));
    rig.finish(1);
    rig.talk(40);
    let playback = rig.open(1);
    assert_eq!(playback.parts.len(), 1);
    assert_eq!(playback.parts[0].map.len(), 1);
}

/// A box whose ring is full of one recording, since there is no room for objects; and when it lost the first of it.
fn full_ring() -> (Rig, u64) {
    let mut rig = Rig::with(RecorderSettings { buffer_batches: 3, ..settings() });
    rig.store.set_faults(Faults { no_growth_of: Some("staged/"), ..Faults::default() });
    rig.begin(1, 2);
    while !rig.events.contains(&RecorderEvent::BufferFull) {
        rig.talk(10);
        assert!(rig.now < START + 20_000, "the ring has an end");
    }
    (rig, START)
}

#[test]
fn a_ring_that_is_full_at_a_start_is_emptied_first_and_what_it_held_is_whole() {
    let (rig, from) = full_ring();
    let mut rig = rig.restart();
    let again = rig.now;
    rig.take_events();
    rig.begin(1, 2);
    rig.talk(500);
    rig.end(2);
    rig.finish(1);
    rig.talk(40);
    rig.close();
    let playback = rig.open(1);
    let [first, second] = &playback.parts[..] else { panic!("two parts") };
    let kept = first.voices[0].kept_ticks;
    assert!(kept > 4_000, "eight segments: {kept}");
    assert!(first.voices[0].octets == said_between(2, from, from + kept));
    assert!(second.voices[0].octets == said_between(2, again, again + 500));
    rig.log();
    assert_eq!(rig.verify().findings, []);
}

#[test]
fn a_full_ring_starts_with_what_the_disk_lets_be_copied_and_not_without_room_for_any() {
    let (rig, from) = full_ring();
    let store = rig.store.after_power_cut();
    let settings = RecorderSettings { life: life(2), ..settings() };
    store.set_faults(Faults { no_growth_of: Some("staged/"), ..Faults::default() });
    let refused = start_recorder(&store, &rig.home, settings.clone(), rig.now).map(drop);
    assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    store.set_faults(Faults::default());
    store.refuse_to_change(&names::staged_name(recording(1)), true);
    let refused = start_recorder(&store, &rig.home, settings.clone(), rig.now).map(drop);
    assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::StorageFull, "the only one there is can't be copied");
    store.refuse_to_change(&names::staged_name(recording(1)), false);
    let mut rig = Rig::start(store, rig.home, settings, rig.now + 1000);
    rig.finish(1);
    rig.talk(40);
    rig.close();
    let playback = rig.open(1);
    let kept = playback.parts[0].voices[0].kept_ticks;
    assert!(playback.parts[0].voices[0].octets == said_between(2, from, from + kept));
}

#[test]
fn the_power_may_go_at_any_moment_of_a_start_that_empties_a_full_ring() {
    let (rig, from) = full_ring();
    let (full, now) = (rig.store.after_power_cut(), rig.now);
    let settings = RecorderSettings { life: life(2), ..settings() };
    let store = full.after_power_cut();
    store.set_faults(Faults::default());
    drop(start_recorder(&store, &rig.home, settings.clone(), now).unwrap());
    let operations = store.operations();
    assert!(operations > 5, "{operations}");
    let mut kept_ticks = BTreeSet::new();
    for dies_after in 0..operations {
        let store = full.after_power_cut();
        store.set_faults(Faults { dies_after: Some(dies_after), torn_octets: 100, ..Faults::default() });
        assert!(start_recorder(&store, &rig.home, settings.clone(), now).is_err(), "{dies_after}");
        let mut rig = Rig::start(store.after_power_cut(), rig.home.clone(), settings.clone(), now + 1000);
        rig.finish(1);
        rig.talk(40);
        rig.close();
        let voice = &rig.open(1).parts[0].voices[0];
        assert!(voice.octets == said_between(2, from, from + voice.kept_ticks), "dies after {dies_after}");
        kept_ticks.insert(voice.kept_ticks);
    }
    assert_eq!(kept_ticks.len(), 1, "nothing that was there is lost: {kept_ticks:?}");
}

#[test]
fn calls_that_outlast_many_short_lives_keep_what_was_said_in_each() {
    const CALLS: std::ops::Range<u32> = 1..25;
    let mut rig = Rig::new();
    for number in 1..60 {
        for no in CALLS {
            rig.begin(no, no as u8);
        }
        // A batch is closed, and there is hardly time to copy anything.
        rig.talk(21);
        rig = rig.restart();
        assert_eq!(rig.recorder.open().iter().map(|open| open.part).max(), Some(number), "of each life");
    }
    CALLS.for_each(|no| rig.finish(no));
    rig.talk(300);
    rig.close();
    assert_eq!(rig.finished().len(), CALLS.len());
    for no in CALLS {
        assert!(rig.open(no).parts.iter().all(|part| part.voices[0].kept_ticks >= 10));
    }
}

#[test]
fn a_step_frees_one_segment_however_many_it_leaves_empty() {
    const CALLS: std::ops::Range<u32> = 1..4;
    // One segment a life; at the next start fewer than a quarter are free.
    let settings = |no| RecorderSettings { segments: 64, life: life(no), ..settings() };
    let mut rig = Rig::with(settings(1));
    for no in 2..50 {
        for call in CALLS {
            rig.begin(call, call as u8);
        }
        rig.talk(21);
        rig = Rig::start(rig.store.after_power_cut(), rig.home, settings(no), rig.now + 1000);
    }
    let store = rig.store.after_power_cut();
    let (disk, random) = (Box::new(store.clone()), Box::new(Seeded::new(7)));
    let started = Flusher::start(disk, rig.home.vault(), &settings(50), stamp_at(rig.now), random);
    let (mut flusher, _) = started.map_err(|(_, error)| error).unwrap();
    let used = |store: &MemoryStore| {
        let head = |name: &String| read_all(store, name).unwrap().unwrap_or_default();
        let names = store.list("segments").unwrap();
        names.iter().filter(|name| vault::SegmentHead::parse(&head(name)).is_ok()).count()
    };
    let (before, mut most) = (used(&store), 0);
    loop {
        store.set_faults(Faults::default());
        if !flusher.step() {
            break;
        }
        most = most.max(store.operations());
    }
    assert!(before > 40 && used(&store) < 10, "all that were left empty are freed: {} of {before}", used(&store));
    assert!(most <= 6, "a batch may wait behind it: {most} writes and flushes");
}

/// One finished call, one that is cut, and all the writing that this takes.
fn two_calls(rig: &mut Rig) {
    rig.begin(1, 2);
    rig.begin(2, 3);
    rig.talk(60);
    rig.end(2);
    rig.finish(1);
    rig.talk(60);
}

#[test]
fn a_power_cut_after_any_operation_loses_nothing_that_was_flushed() {
    let mut rig = Rig::new();
    rig.store.set_faults(Faults::default());
    two_calls(&mut rig);
    let operations = rig.store.operations();
    assert!(operations > 40, "{operations}");
    for dies_after in 0..operations {
        for torn_octets in [0, 1, 100, 700, 3_000] {
            let mut rig = Rig::new();
            rig.store.set_faults(Faults { dies_after: Some(dies_after), torn_octets, ..Faults::default() });
            two_calls(&mut rig);
            check_after_cut(rig, &format!("dies after {dies_after}, torn at {torn_octets}"));
        }
    }
}

fn check_after_cut(rig: Rig, when: &str) {
    let durable_to = rig.recorder.durable_to().0;
    let was_finished = !rig.finished().is_empty();
    let mut rig = rig.restart();
    rig.finish(1);
    rig.finish(2);
    rig.talk(60);
    rig.close();
    for (no, timeslot, end) in [(1, 2, START + 60), (2, 3, START + 120)] {
        if rig.store.octets(&object_name(recording(no))).unwrap().is_none() {
            assert!(durable_to <= START, "{when}: recording {no} is gone");
            continue;
        }
        let octets = rig.open(no).parts.first().and_then(|part| part.voices.first().cloned());
        let octets = octets.map_or(Vec::new(), |voice| voice.octets);
        let kept = START + octets.len() as u64 / 80;
        assert!(octets == said_between(timeslot, START, kept), "{when}: recording {no} says something else");
        assert!(kept >= durable_to.min(end), "{when}: recording {no} lost what was durable");
        assert!(!(was_finished && no == 1) || kept == end, "{when}: the finished recording is not whole");
    }
    assert!(
        !rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })),
        "{when}: a cut is no damage"
    );
    let report = rig.verify();
    let findings: Vec<_> = report.findings.iter().filter(|found| found.what != Finding::NotLogged).collect();
    assert!(findings.is_empty(), "{when}: {findings:?}");
}

#[test]
fn a_changed_segment_is_told_and_kept_aside_and_the_rest_goes_on() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(100);
    rig.store.tamper("segments/0000", |octets| octets[3_000] ^= 1);
    let store = rig.store.clone();
    let changed = read_all(&store, "segments/0000").unwrap().unwrap();
    let mut rig = rig.restart();
    rig.take_events();
    let aside = rig.events.iter().find_map(|event| match event {
        RecorderEvent::Damaged { file, .. } => Some(file.clone()),
        _ => None,
    });
    let aside = read_all(&rig.store, &aside.expect("the damage is told")).unwrap().unwrap();
    assert!(aside == changed);
    rig.begin(2, 3);
    rig.talk(30);
    rig.end(3);
    rig.finish(1);
    rig.finish(2);
    rig.talk(40);
    rig.close();
    assert_eq!(rig.finished().len(), 2);
    let first = &rig.open(1).parts[0].voices[0];
    assert!(first.octets == said_between(2, START, START + first.kept_ticks), "up to the change it is kept");
}

/// A box that spoke in three lives, each in a segment of its own, before its fourth start.
fn three_lives() -> Rig {
    let mut rig = Rig::new();
    for _ in 0..3 {
        rig.begin(1, 2);
        rig.talk(100);
        rig = rig.restart();
    }
    rig
}

/// Where the second batch of a segment begins.
fn second_batch(store: &MemoryStore, segment: &str) -> usize {
    let octets = read_all(store, segment).unwrap().unwrap();
    let first = vault::BatchHead::parse(&octets[vault::SEGMENT_HEAD_OCTETS..]).unwrap();
    vault::SEGMENT_HEAD_OCTETS + first.batch_octets()
}

#[test]
fn a_batch_that_lost_its_head_in_an_earlier_life_is_told_with_and_without_the_next_segment() {
    for loses_next in [false, true] {
        let rig = three_lives();
        let second = second_batch(&rig.store, "segments/0000");
        rig.store.tamper("segments/0000", |octets| octets[second..second + vault::BATCH_HEAD_OCTETS].fill(0));
        if loses_next {
            rig.store.tamper("segments/0001", |octets| octets[..vault::SEGMENT_HEAD_OCTETS].fill(0));
        }
        let mut rig = rig.restart();
        rig.take_events();
        let place = second as u64;
        let is_told = |event: &RecorderEvent| match event {
            RecorderEvent::Damaged { file, offset } => *offset == place && file.starts_with("aside/0000"),
            _ => false,
        };
        assert!(rig.events.iter().any(is_told), "{loses_next}: {:?}", rig.events);
    }
}

#[test]
fn a_start_reads_of_each_segment_what_its_life_wrote() {
    let settings = |no| RecorderSettings { segment_octets: 256 << 10, segments: 64, life: life(no), ..settings() };
    let mut rig = Rig::with(settings(1));
    for no in 2..30 {
        rig.begin(1, 2);
        rig.talk(21);
        let store = rig.store.after_power_cut();
        rig = Rig::start(store, rig.home, settings(no), rig.now + 1000);
    }
    let store = rig.store.after_power_cut();
    store.set_faults(Faults::default());
    let rig = Rig::start(store, rig.home, settings(30), rig.now + 1000);
    let (_, octets) = rig.store.reads();
    assert!(octets > 28 * 1024, "all are read: {octets}");
    assert!(octets < 28 * (40 << 10) + (512 << 10), "of 28 segments of 256 KiB {octets} octets were read");
    assert_eq!(rig.recorder.open()[0].part, 28);
}

fn is_damaged(rig: &Rig, event: &RecorderEvent) -> bool {
    let RecorderEvent::Damaged { file, offset: 0 } = event else { return false };
    rig.store.octets(file).unwrap().is_some()
}

#[test]
fn a_newest_segment_that_lost_its_head_is_told_and_kept_aside_and_is_no_free_one() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(100);
    rig.store.tamper("segments/0000", |octets| octets[..vault::SEGMENT_HEAD_OCTETS].fill(0));
    let mut rig = rig.restart();
    rig.take_events();
    assert!(rig.events.iter().any(|event| is_damaged(&rig, event)), "{:?}", rig.events);
    // What is written over it begins with another use, so that the rest of it is not taken for its own.
    rig.begin(2, 3);
    rig.talk(40);
    let mut rig = rig.restart();
    rig.take_events();
    assert!(!rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })), "{:?}", rig.events);
}

#[test]
fn an_earlier_segment_that_lost_its_head_is_told_where_an_open_recording_lacks_what_it_holds() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.begin(2, 3);
    rig.talk(200);
    // The second one is silent from here on: all that is left of it stands in the first segments.
    rig.end(3);
    rig.talk(800);
    let used = |rig: &Rig, segment: &str| {
        let octets = read_all(&rig.store, segment).unwrap().unwrap_or_default();
        vault::SegmentHead::parse(&octets).is_ok()
    };
    assert!(used(&rig, "segments/0000") && used(&rig, "segments/0001"));
    rig.store.tamper("segments/0000", |octets| octets[..vault::SEGMENT_HEAD_OCTETS].fill(0));
    let mut rig = rig.restart();
    rig.take_events();
    assert!(rig.events.iter().any(|event| is_damaged(&rig, event)), "{:?}", rig.events);
}

#[test]
fn segments_that_were_freed_are_no_damage_however_often_the_box_starts_and_dies() {
    let mut rig = Rig::new();
    for no in 1..6 {
        rig.begin(no, 2);
        rig.talk(60 * u64::from(no % 3 + 1));
        rig.end(2);
        rig.finish(no);
        rig.talk(40);
        // Twice: after the first everything may be free.
        rig = rig.restart();
        rig = rig.restart();
        rig.take_events();
        let damaged = rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. }));
        assert!(!damaged, "after recording {no}: {:?}", rig.events);
    }
    rig.begin(6, 2);
    rig.talk(25);
    let mut rig = rig.restart();
    rig.take_events();
    assert!(!rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })), "{:?}", rig.events);
    assert_eq!(rig.verify().findings.iter().filter(|found| found.what != Finding::NotLogged).count(), 0);
}

#[test]
fn an_erased_recording_does_not_come_back_from_an_old_segment() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.begin(2, 3);
    rig.talk(50);
    rig.end(2);
    rig.finish(1);
    rig.talk(50);
    assert_eq!(rig.finished().len(), 1);
    // The second call still holds the segment that the first one's records are in too.
    rig.store.remove(&object_name(recording(1))).unwrap();
    rig.store.write_at(&tombstone_name(recording(1)), 0, b"erased").unwrap();
    rig.store.sync(&tombstone_name(recording(1))).unwrap();
    let mut rig = rig.restart();
    let open: Vec<_> = rig.recorder.open().iter().map(|open| open.recording).collect();
    assert_eq!(open, [recording(2)]);
    rig.talk(40);
    rig.close();
    assert_eq!(rig.finished(), [] as [String; 0]);
    assert_eq!(rig.store.octets(&object_name(recording(1))).unwrap(), None);
}

#[test]
fn a_finished_recording_is_told_at_each_start_until_its_leaf_is_durable() {
    let rig = recorded();
    let told = rig.events.iter().find(|event| matches!(event, RecorderEvent::Finished { .. })).cloned();
    let mut rig = rig.restart();
    rig.take_events();
    assert_eq!(rig.events.iter().find(|event| matches!(event, RecorderEvent::Finished { .. })).cloned(), told);
    rig.recorder.handle_command(RecorderCommand::Logged { recording: recording(1) });
    rig.talk(40);
    let mut rig = rig.restart();
    rig.take_events();
    assert_eq!(rig.finished(), [] as [String; 0]);
}

#[test]
fn a_freed_segment_is_not_read_again() {
    let mut rig = Rig::new();
    for no in 1..4 {
        rig.begin(no, 2);
        rig.talk(1_200);
        rig.end(2);
        rig.finish(no);
        rig.talk(40);
    }
    rig.close();
    assert_eq!(rig.finished().len(), 3);
    let head = read_all(&rig.store, "segments/0000").unwrap().unwrap();
    assert!(vault::SegmentHead::parse(&head).is_err(), "the first segment is free");
    // Erased without a trace that the recorder knows: the old segment alone must not bring it back.
    rig.store.remove(&object_name(recording(1))).unwrap();
    let mut rig = rig.restart();
    rig.take_events();
    assert_eq!(rig.recorder.open(), []);
    assert!(!rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })), "{:?}", rig.events);
}
