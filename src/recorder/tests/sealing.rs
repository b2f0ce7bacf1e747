//! From ticks to sealed records and back.

use frame::LANES;
use vault::{ChunkFlags, GapCause, MapEntry, TrackNo};

use super::*;

fn mark_of(track: u32, tick: u64, mark: Mark) -> MapEntry {
    MapEntry { at: Sample::of(Tick(tick)), track: TrackNo(track), mark }
}

#[test]
fn two_voices_are_opened_sample_for_sample_though_they_begin_and_end_apart() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(33);
    rig.begin(1, 3);
    rig.talk(47);
    rig.end(2);
    rig.talk(21);
    rig.end(3);
    rig.finish(1);
    rig.talk(30);
    assert_eq!(rig.finished(), ["objects/1/0/1-1.rfo"]);
    let playback = rig.open(1);
    assert_eq!(playback.call, Some(call(1)));
    let [part] = &playback.parts[..] else { panic!("one part") };
    let [first, second] = &part.voices[..] else { panic!("two voices") };
    assert_eq!((first.leg, first.first), (leg(2), Sample::of(Tick(START))));
    assert_eq!((second.leg, second.first), (leg(3), Sample::of(Tick(START + 33))));
    let end = START + 101;
    assert!(first.octets == [said_between(2, START, START + 80), silence(21)].concat());
    assert!(second.octets == said_between(3, START + 33, end));
    assert_eq!(part.map, []);
}

#[test]
fn what_is_sealed_shows_the_map_and_no_audio() {
    let mut rig = recorded();
    let sealed = read_sealed(&rig.store, &object_name(recording(1))).unwrap();
    let voices = &sealed.parts[0].voices;
    assert!(voices.iter().all(|voice| voice.octets.is_empty() && voice.kept_ticks == 25));
    let object = read_all(&rig.store, &object_name(recording(1))).unwrap().unwrap();
    let sample = said(2, START + 5);
    assert!(!object.windows(16).any(|window| window == &sample[..16]), "no octet of the voice is in the clear");
    rig.take_events();
}

#[test]
fn a_stamped_pause_keeps_nothing_and_a_blackout_silence_each_from_its_very_tick() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(13);
    rig.flags(2, LaneFlags::PAUSED);
    rig.talk(7);
    rig.flags(2, LaneFlags::NONE);
    rig.talk(4);
    rig.flags(2, LaneFlags::BLACKOUT);
    rig.talk(3);
    rig.flags(2, LaneFlags::ALARM);
    rig.talk(5);
    rig.flags(2, LaneFlags::NONE);
    rig.talk(8);
    rig.end(2);
    rig.finish(1);
    rig.talk(30);
    let part = &rig.open(1).parts[0];
    let at = |ticks| START + ticks;
    let expected = [
        said_between(2, at(0), at(13)),
        silence(7),
        said_between(2, at(20), at(24)),
        silence(3),
        said_between(2, at(27), at(40)),
    ];
    assert!(part.voices[0].octets == expected.concat());
    assert_eq!(part.voices[0].kept_ticks, 33);
    assert_eq!(
        part.map,
        [
            mark_of(1, at(13), Mark::PauseBegan),
            mark_of(1, at(20), Mark::PauseEnded),
            mark_of(1, at(24), Mark::BlackoutBegan),
            mark_of(1, at(27), Mark::BlackoutEnded),
            mark_of(1, at(27), Mark::AlarmBegan),
            mark_of(1, at(32), Mark::AlarmEnded),
        ]
    );
}

#[test]
fn a_pause_that_is_told_late_reaches_back_over_what_is_held_and_no_further() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.begin(1, 3);
    rig.talk(30);
    // Ten ticks are held back. The onset was six ticks ago.
    rig.mark(1, Sample::of(Tick(rig.now - 6)), Mark::PauseBegan);
    rig.talk(20);
    rig.mark(1, Sample::of(Tick(rig.now)), Mark::PauseEnded);
    rig.talk(30);
    // Told far too late: it begins where nothing is sealed yet, and the map says so.
    rig.mark(1, Sample::of(Tick(START)), Mark::BlackoutBegan);
    rig.talk(30);
    rig.end(2);
    rig.end(3);
    rig.finish(1);
    rig.talk(30);
    let playback = rig.open(1);
    let part = &playback.parts[0];
    let [pause, resumed, blackout] = part.map[..] else { panic!("three marks: {:?}", part.map) };
    assert_eq!(pause, mark_of(0, START + 24, Mark::PauseBegan));
    assert_eq!(resumed, mark_of(0, START + 50, Mark::PauseEnded));
    assert_eq!(blackout.mark, Mark::BlackoutBegan);
    let hidden = blackout.at.tick().0;
    assert!((START + 60..START + 80).contains(&hidden), "{hidden}");
    for (voice, timeslot) in part.voices.iter().zip([2, 3]) {
        let kept = [
            said_between(timeslot, START, START + 24),
            silence(26),
            said_between(timeslot, START + 50, hidden),
            silence(START + 110 - hidden),
        ];
        assert!(voice.octets == kept.concat(), "timeslot {timeslot}");
    }
}

#[test]
fn lost_ticks_are_a_gap_in_the_map_and_told() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(20);
    rig.lose(7);
    rig.talk(20);
    rig.end(2);
    rig.finish(1);
    rig.talk(30);
    let gap = Mark::Gap { ticks: 7, cause: GapCause::NoTick };
    let playback = rig.open(1);
    let part = &playback.parts[0];
    assert_eq!(part.map, [mark_of(1, START + 20, gap)]);
    let expected = [said_between(2, START, START + 20), silence(7), said_between(2, START + 27, START + 47)].concat();
    assert!(part.voices[0].octets == expected);
    assert!(rig.events.contains(&RecorderEvent::Gap {
        recording: recording(1),
        call: call(1),
        leg: leg(2),
        at: Sample::of(Tick(START + 20)),
        ticks: 7,
        cause: GapCause::NoTick,
    }));
}

#[test]
fn a_voice_that_stops_before_its_end_leaves_a_gap_but_not_for_the_slack_between_control_and_media() {
    for (lost, gaps) in [(5, 0), (6, 1)] {
        let mut rig = Rig::new();
        let track = rig.begin(1, 2);
        rig.talk(20);
        rig.tick.lanes[2] = LaneStamp::default();
        rig.talk(lost);
        rig.recorder.handle_command(RecorderCommand::End { track, tick: Some(Tick(rig.now)) });
        rig.finish(1);
        rig.talk(30);
        assert_eq!(rig.open(1).parts[0].map.len(), gaps, "{lost} ticks");
    }
}

#[test]
fn nothing_after_the_end_of_a_track_is_kept_also_where_the_end_is_told_late() {
    let mut rig = Rig::new();
    let track = rig.begin(1, 2);
    rig.talk(25);
    let end = Tick(rig.now - 3);
    rig.recorder.handle_command(RecorderCommand::End { track, tick: Some(end) });
    rig.finish(1);
    rig.talk(30);
    assert!(rig.open(1).parts[0].voices[0].octets == said_between(2, START, end.0));
}

#[test]
fn an_end_without_a_tick_takes_every_tick_that_was_stamped() {
    let mut rig = Rig::new();
    let track = rig.begin(1, 2);
    rig.talk(20);
    rig.recorder.handle_command(RecorderCommand::End { track, tick: None });
    rig.finish(1);
    rig.talk(3);
    rig.tick.lanes[2] = LaneStamp::default();
    rig.talk(40);
    let playback = rig.open(1);
    assert!(playback.parts[0].voices[0].octets == said_between(2, START, START + 23));
    assert_eq!(playback.parts[0].map, []);
}

#[test]
fn the_next_call_on_a_timeslot_is_not_mixed_with_the_last_one() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(20);
    rig.end(2);
    rig.finish(1);
    rig.begin(2, 2);
    rig.talk(20);
    rig.end(2);
    rig.finish(2);
    rig.talk(40);
    assert!(rig.open(1).parts[0].voices[0].octets == said_between(2, START, START + 20));
    assert!(rig.open(2).parts[0].voices[0].octets == said_between(2, START + 20, START + 40));
}

#[test]
fn a_handle_that_comes_round_again_is_a_new_track() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(20);
    rig.end(2);
    rig.finish(1);
    rig.talk(40);
    // The generation has wrapped after 65,536 calls on the timeslot.
    rig.generation -= 1;
    let began = rig.now;
    rig.begin(2, 2);
    rig.talk(20);
    rig.end(2);
    rig.finish(2);
    rig.talk(40);
    assert!(rig.open(2).parts[0].voices[0].octets == said_between(2, began, began + 20));
}

#[test]
fn each_minute_of_a_leg_has_its_own_key() {
    let mut rig = Rig::new();
    // Not in step with the batches: a chunk would reach over the minute's end.
    rig.talk(3);
    let began = rig.now;
    rig.begin(1, 2);
    rig.talk(6_005);
    rig.end(2);
    rig.finish(1);
    rig.talk(60);
    rig.close();
    let object = read_all(&rig.store, &object_name(recording(1))).unwrap().unwrap();
    let mut reader = vault::ObjectReader::new(&object).unwrap();
    let (mut keys, mut epochs) = (Vec::new(), Vec::new());
    while let Some(found) = reader.next_record().unwrap() {
        match found.record.body {
            vault::Body::Key(key) => keys.push((key.epoch, key.key_no, key.commitment)),
            vault::Body::Chunk(chunk) => {
                assert!(keys.iter().any(|(epoch, ..)| *epoch == chunk.header.epoch), "a key stands before its chunks");
                let minute = (chunk.header.first_tick.0 - began) / 6_000;
                assert_eq!(u64::from(chunk.header.epoch), minute);
                assert_eq!((chunk.header.first_tick.0 + u64::from(chunk.header.ticks) - 1 - began) / 6_000, minute);
                assert_eq!(chunk.header.flags, ChunkFlags::NONE);
                epochs.push(chunk.header.epoch);
            }
            _ => {}
        }
    }
    epochs.dedup();
    assert_eq!(epochs, [0, 1]);
    assert_eq!(keys.iter().map(|(epoch, ..)| *epoch).collect::<Vec<_>>(), [0, 1, 2], "the next one is drawn ahead");
    let distinct: std::collections::BTreeSet<_> = keys.iter().map(|(_, no, commitment)| (no.0, commitment)).collect();
    assert_eq!(distinct.len(), 3);
    assert!(rig.open(1).parts[0].voices[0].octets == said_between(2, began, began + 6_005));
}

#[test]
fn marks_of_bridges_and_prompts_stand_where_they_were_told() {
    let mut rig = Rig::new();
    rig.begin(1, 2);
    rig.talk(10);
    let sound = vault::SoundId([7; 16]);
    let later = Sample(Sample::of(Tick(rig.now)).0 + 55);
    rig.mark(1, later, Mark::PromptBegan { leg: leg(2), sound });
    rig.recorder.handle_command(RecorderCommand::Mark {
        recording: recording(1),
        at: None,
        mark: Mark::BridgeBegan { a: leg(2), b: leg(3) },
    });
    rig.talk(30);
    rig.end(2);
    rig.finish(1);
    rig.talk(30);
    let map = read_sealed(&rig.store, &object_name(recording(1))).unwrap().parts[0].map.clone();
    assert_eq!(
        map,
        [
            mark_of(0, START + 9, Mark::BridgeBegan { a: leg(2), b: leg(3) }),
            MapEntry { at: later, track: TrackNo::ALL, mark: Mark::PromptBegan { leg: leg(2), sound } },
        ]
    );
}

#[test]
fn all_timeslots_at_once_are_kept_apart() {
    let mut rig = Rig::with(RecorderSettings { segment_octets: 1 << 20, ..settings() });
    for timeslot in 0..LANES as u8 {
        rig.begin(u32::from(timeslot) + 1, timeslot);
    }
    rig.talk(40);
    for timeslot in 0..LANES as u8 {
        rig.end(timeslot);
        rig.finish(u32::from(timeslot) + 1);
    }
    rig.talk(40);
    rig.close();
    assert_eq!(rig.finished().len(), LANES);
    for timeslot in 0..LANES as u8 {
        let playback = rig.open(u32::from(timeslot) + 1);
        assert!(playback.parts[0].voices[0].octets == said_between(timeslot, START, START + 40));
    }
}
