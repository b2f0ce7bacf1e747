//! What copying a recording into its object asks of the disk.

use super::*;

/// A disk on which a call of so many voices and ticks has ended, and nothing of it is copied.
fn spoken(voices: u8, ticks: u64) -> (MemoryStore, Home) {
    let mut rig = Rig::new();
    rig.store.set_faults(Faults { no_growth_of: Some("staged/"), ..Faults::default() });
    for voice in 1..=voices {
        rig.begin(voice.into(), voice);
    }
    rig.talk(ticks);
    (1..=voices).for_each(|voice| rig.end(voice));
    (1..=voices).for_each(|voice| rig.finish(voice.into()));
    rig.talk(30);
    (rig.store.after_kill(), rig.home)
}

fn started(store: &MemoryStore, home: &Home) -> Flusher {
    let random = Box::new(Seeded::new(7));
    let now = stamp_at(START + 10_000);
    Flusher::start(Box::new(store.clone()), home.vault(), &settings(), now, random)
        .map_err(|(_, error)| error)
        .unwrap()
        .0
}

/// One step: how many changes of the disk it made, and what it read.
fn step(flusher: &mut Flusher, store: &MemoryStore) -> (u64, u64, u64) {
    store.set_faults(Faults::default());
    flusher.step();
    let (reads, octets) = store.reads();
    (store.operations(), reads, octets)
}

fn is_finished(flusher: &mut Flusher) -> bool {
    std::iter::from_fn(|| flusher.poll_event()).any(|event| matches!(event, RecorderEvent::Finished { .. }))
}

fn object_octets(store: &MemoryStore, no: u32) -> u64 {
    store.octets(&object_name(recording(no))).unwrap().unwrap()
}

/// All that was said is in the object.
fn is_whole(store: &MemoryStore, voice: u8, ticks: u64) -> bool {
    let opener = Opener::new(Box::new(store.clone()), CODE).unwrap();
    let playback = open_recording(store, &object_name(recording(voice.into())), &opener).unwrap();
    playback.parts[0].voices[0].octets == said_between(voice, START, START + ticks)
}

#[test]
fn a_call_alone_is_read_in_large_runs_and_written_in_one_with_its_trailer() {
    let (store, home) = spoken(1, 1_000);
    let mut flusher = started(&store, &home);
    let (changes, reads, _) = step(&mut flusher, &store);
    assert!(is_finished(&mut flusher), "ten seconds take one step");
    assert_eq!(changes, 7, "object and marker are written and flushed, the object named, and a segment freed");
    assert!(reads <= 6, "a hundred batches in two segments, and the copy: {reads} reads");
    assert!(is_whole(&store, 1, 1_000));
}

#[test]
fn what_many_others_said_between_is_not_read() {
    let (store, home) = spoken(12, 300);
    let mut flusher = started(&store, &home);
    let (_, reads, octets) = step(&mut flusher, &store);
    assert!(is_finished(&mut flusher));
    let object = object_octets(&store, 1);
    // In the last batch nobody says anything, and all their ends stand together.
    assert!((object * 2 - 1024..object * 2 + 4096).contains(&octets), "from the ring and back: {octets} of {object}");
    assert!(reads > 30, "each batch alone: {reads}");
    assert!(is_whole(&store, 1, 300));
}

#[test]
fn little_that_would_be_left_comes_along_and_more_waits() {
    for (ticks, steps) in [(2_900, 1), (3_100, 1), (4_200, 2)] {
        let (store, home) = spoken(1, ticks);
        let mut flusher = started(&store, &home);
        let taken = (1..10).find(|_| {
            step(&mut flusher, &store);
            is_finished(&mut flusher)
        });
        assert_eq!(taken, Some(steps), "{ticks} ticks are {} octets", object_octets(&store, 1));
        assert!(is_whole(&store, 1, ticks));
    }
}

/// What two say stands by turns in the ring, and is read with what stands between.
#[test]
fn an_octet_of_the_ring_that_can_not_be_read_keeps_one_recording_from_its_object_at_most() {
    let (store, home) = spoken(2, 300);
    let (mut none, mut one) = (0, 0);
    for octet in (0..60_000).step_by(700) {
        let store = store.after_kill();
        let mut flusher = started(&store, &home);
        store.set_faults(Faults { bad_octet: Some((0, octet)), ..Faults::default() });
        (0..6).for_each(|_| _ = flusher.step());
        let whole = [1, 2].into_iter().filter(|no| store.octets(&object_name(recording(*no))).unwrap().is_some());
        match whole.count() {
            2 => none += 1,
            1 => one += 1,
            count => panic!("at {octet} there are {count} objects"),
        }
    }
    assert!(one > 40 && none > 0, "{one} of one, {none} of none");
}

#[test]
fn an_object_whose_name_is_refused_at_first_has_one_trailer() {
    let (store, home) = spoken(1, 300);
    let mut flusher = started(&store, &home);
    let marker = format!("unlogged/{}", recording(1));
    store.refuse_to_change(&marker, true);
    step(&mut flusher, &store);
    assert!(!is_finished(&mut flusher));
    let staged = store.octets(&names::staged_name(recording(1))).unwrap();
    store.refuse_to_change(&marker, false);
    // What the disk refused rests for ten seconds of batches; without any it is tried again when nothing else is to do.
    let empty = SealedBatch { horizon: Tick(START + 100_000), ..SealedBatch::default() };
    assert!(flusher.flush(&empty));
    let (changes, reads, _) = step(&mut flusher, &store);
    assert!(is_finished(&mut flusher));
    assert_eq!(reads, 0, "it was written and checked");
    assert!(changes <= 5, "{changes}");
    assert_eq!(Some(object_octets(&store, 1)), staged);
    assert!(is_whole(&store, 1, 300));
}
