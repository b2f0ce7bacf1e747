//! The power goes at every write and every flush, and what was not flushed is lost, torn or out of order.
//!
//! Nothing that was told to be durable may be lost, all that is left must open, and no cut may look like damage. The same
//! check must fail where the flush is left out, and where a half of a key comes after what it opens, `b` of the key tables
//! or the envelope of the recording: else it would prove nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use vault::{Body, ObjectReader};

use super::{
    traced::{Act, Disk, Image, Survives, Told, TracedStore, image_of},
    *,
};

/// What may be lost of what was said when the power goes: 100 ms that are held back, 100 ms until the batch is closed. A
/// flush takes no time here. And the tick that is just said.
const LOSS_TICKS_MAX: u64 = 21;

/// How often the dice say what survives of one moment.
const THROWS: u64 = 600;

/// Calls: recording, timeslots, first and last tick after the start. Enough for three segments, and for each to be freed.
const CALLS: [(u32, [u8; 2], u64, u64); 4] =
    [(1, [2, 3], 0, 90), (2, [4, 5], 20, 330), (3, [6, 7], 120, 260), (4, [8, 9], 280, 395)];

const TICKS: u64 = 405;

/// What is wrong after a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    DoesNotStart,
    DoesNotOpen,
    /// A chunk stands there, and no envelope for it anywhere.
    HasNoEnvelope,
    SaysSomethingElse,
    LostWhatWasDurable,
    LostMoreThanTheBound,
    LooksDamaged,
    DoesNotVerify,
    LogLostWhatWasSigned,
}

struct Tally {
    /// What the party on each timeslot says from the start on.
    said: BTreeMap<u8, Vec<u8>>,
    states: u64,
    wrong: BTreeMap<Wrong, u64>,
    /// Cuts by how many ticks each recording that was under way lost.
    lost: BTreeMap<u64, u64>,
}

/// The box's files when it starts for the first time, and all that its first seconds do to them.
fn worked() -> (Image, Vec<Act>) {
    worked_with(|_| ())
}

fn worked_with(change: impl FnOnce(&mut InlineRecorder)) -> (Image, Vec<Act>) {
    let mut store = MemoryStore::new();
    let home = Home::create(&mut store, CODE, QUICK, stamp_at(0), &mut Seeded::new(1)).unwrap();
    let base = image_of(&store);
    let traced = TracedStore::of(&base);
    let mut rig = rig_on(&traced, home, START, life(1)).unwrap();
    change(&mut rig.recorder);
    let (mut leaves, _) =
        Leaves::open(Box::new(traced.clone()), rig.home.vault(), rig.home.log_key(), Box::new(Seeded::new(9))).unwrap();
    let mut told = Told { spoken_to: START, durable_to: START, signed_leaves: 0 };
    for tick in 0..TICKS {
        for (no, timeslots, from, to) in CALLS {
            if tick == from {
                for timeslot in timeslots {
                    rig.begin(no, timeslot);
                }
            } else if tick == to {
                timeslots.into_iter().for_each(|timeslot| rig.end(timeslot));
                rig.finish(no);
            }
        }
        // Spoken before it is sealed: a cut within the sealing has heard it.
        told.spoken_to = rig.now + 1;
        traced.note(Act::Told(told));
        rig.talk(1);
        let seen = std::mem::take(&mut rig.events);
        told.signed_leaves += seen.iter().filter(|event| log(&mut rig, &mut leaves, event)).count() as u64;
        told.durable_to = told.durable_to.max(rig.recorder.durable_to().0);
        traced.note(Act::Told(told));
    }
    (base, traced.acts())
}

fn rig_on(store: &TracedStore, home: Home, now: u64, life: LifeNo) -> std::io::Result<Rig> {
    let mut seed = now;
    let random = move || {
        seed += 1;
        Box::new(Seeded::new(seed)) as Box<dyn Random + Send>
    };
    let settings = RecorderSettings { life, ..settings() };
    let recorder = InlineRecorder::start(Box::new(store.clone()), home.seal_for(), settings, stamp_at(now), random)?;
    let tick = SpanTick::silent(SPAN, Law::A);
    Ok(Rig { store: store.files.clone(), home, recorder, tick, now, generation: 0, events: Vec::new() })
}

/// Keeps the leaf of what has finished, under a signed root. Whether it was one.
fn log(rig: &mut Rig, leaves: &mut Leaves, event: &RecorderEvent) -> bool {
    let RecorderEvent::Finished { recording, call, records, chunks, chain_head, commitments, .. } = *event else {
        return false;
    };
    leaves.append(Leaf::Finished { recording, call, records, chunks, chain_head, commitments }).unwrap();
    leaves.checkpoint(stamp_at(rig.now), rig.home.log_key()).unwrap();
    rig.recorder.handle_command(RecorderCommand::Logged { recording });
    true
}

/// Cuts the power before and after each act, and looks at what is left: once at each thing that may be.
fn cut_everywhere(base: &Image, acts: &[Act], throws: u64) -> Tally {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let worker = |no| scope.spawn(move || cut_every(base, acts, throws, (no, workers)));
        let workers: Vec<_> = (0..workers).map(worker).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).fold(Tally::new(), Tally::with)
    })
}

/// The share of one worker of so many: every so manieth act.
fn cut_every(base: &Image, acts: &[Act], throws: u64, (own, workers): (usize, usize)) -> Tally {
    let mut tally = Tally::new();
    let mut disk = Disk::of(base);
    for (at, act) in acts.iter().enumerate() {
        disk.take(act);
        // What a flush leaves is what may be left before it: it is counted there.
        let is_new = !matches!(act, Act::Told(_)) && (disk.is_unsure() || !matches!(act, Act::Sync(_)));
        if is_new && at % workers == own {
            tally.look_at_all(&disk, throws);
        }
    }
    tally
}

fn digest(image: &Image) -> vault::Hash {
    let mut octets = Vec::new();
    for (name, file) in image {
        octets.extend(name.as_bytes());
        octets.extend((file.len() as u64).to_be_bytes());
        // Two that fall together are counted as one.
        octets.extend(crc32fast::hash(file).to_be_bytes());
    }
    vault::sha256(&octets)
}

impl Tally {
    fn new() -> Tally {
        let timeslots = CALLS.iter().flat_map(|(_, timeslots, ..)| *timeslots);
        let said = timeslots.map(|timeslot| (timeslot, said_between(timeslot, START, START + TICKS))).collect();
        Tally { said, states: 0, wrong: BTreeMap::new(), lost: BTreeMap::new() }
    }

    fn with(mut self, other: Tally) -> Tally {
        self.states += other.states;
        other.wrong.into_iter().for_each(|(wrong, states)| *self.wrong.entry(wrong).or_default() += states);
        other.lost.into_iter().for_each(|(ticks, cuts)| *self.lost.entry(ticks).or_default() += cuts);
        self
    }

    /// Looks at what a cut now may leave, as often as the dice give something else.
    fn look_at_all(&mut self, disk: &Disk, throws: u64) {
        let dice = (0..if disk.is_unsure() { throws } else { 0 }).map(Survives::Some);
        let mut seen = BTreeSet::new();
        for survives in [Survives::Nothing, Survives::Everything].into_iter().chain(dice) {
            let unsure = disk.unsure(survives);
            if seen.insert(digest(&unsure)) {
                self.look_at(&disk.with(unsure), disk.told);
            }
        }
    }

    fn of(&self, wrong: &[Wrong]) -> u64 {
        wrong.iter().filter_map(|wrong| self.wrong.get(wrong)).sum()
    }

    fn look_at(&mut self, image: &Image, told: Told) {
        self.states += 1;
        if let Err(wrong) = self.check(image, told) {
            *self.wrong.entry(wrong).or_default() += 1;
        }
    }

    fn check(&mut self, image: &Image, told: Told) -> Result<(), Wrong> {
        let store = TracedStore::of(image);
        let home = Home::open(&store).ok().flatten().ok_or(Wrong::DoesNotStart)?;
        let (key, vault) = (home.log_key().clone(), home.vault());
        let mut rig = rig_on(&store, home, told.spoken_to + 1000, life(2)).map_err(|_| Wrong::DoesNotStart)?;
        CALLS.iter().for_each(|(no, ..)| rig.finish(*no));
        rig.close();
        let opener = rig.opener();
        for (no, timeslots, from, to) in CALLS {
            self.check_recording(&rig, &opener, no, timeslots, (START + from, START + to), told)?;
        }
        if rig.events.iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })) {
            return Err(Wrong::LooksDamaged);
        }
        let random = Box::new(Seeded::new(9));
        let (leaves, recovered) = Leaves::open(Box::new(store.clone()), vault, &key, random).unwrap();
        if recovered.checkpoint_broken || leaves.size() < told.signed_leaves {
            return Err(Wrong::LogLostWhatWasSigned);
        }
        let is_fault = |found: &Found| found.what != Finding::NotLogged;
        if rig.verify().findings.iter().any(is_fault) { Err(Wrong::DoesNotVerify) } else { Ok(()) }
    }

    fn check_recording(
        &mut self,
        rig: &Rig,
        opener: &Opener,
        no: u32,
        timeslots: [u8; 2],
        (from, to): (u64, u64),
        told: Told,
    ) -> Result<(), Wrong> {
        let (said_to, durable_to) = (told.spoken_to.clamp(from, to), told.durable_to.clamp(from, to));
        let name = object_name(recording(no));
        let there = read_all(&rig.store, &name).unwrap();
        if there.as_ref().is_some_and(|object| lacks_envelope(object)) {
            return Err(Wrong::HasNoEnvelope);
        }
        let opened = there.map(|_| open_recording(&rig.store, &name, opener).map_err(|_| Wrong::DoesNotOpen));
        let voices =
            opened.transpose()?.map(|playback| playback.parts.into_iter().next().map_or(Vec::new(), |p| p.voices));
        let voices = voices.unwrap_or_default();
        for (at, timeslot) in timeslots.into_iter().enumerate() {
            let octets = voices.get(at).map_or(&[][..], |voice| &voice.octets);
            let kept_to = from + octets.len() as u64 / OCTETS_PER_TICK as u64;
            let said = self.said[&timeslot].get((from - START) as usize * OCTETS_PER_TICK..).unwrap_or_default();
            if !said.starts_with(octets) {
                return Err(Wrong::SaysSomethingElse);
            }
            if kept_to < durable_to {
                return Err(Wrong::LostWhatWasDurable);
            }
            let lost = said_to.saturating_sub(kept_to);
            if told.spoken_to > from {
                *self.lost.entry(lost).or_default() += 1;
            }
            if lost > LOSS_TICKS_MAX {
                return Err(Wrong::LostMoreThanTheBound);
            }
        }
        Ok(())
    }
}

/// Whether there is a chunk without an envelope before it or behind it.
fn lacks_envelope(object: &[u8]) -> bool {
    let mut reader = ObjectReader::new(object).unwrap();
    let (mut sealed, mut opened) = (BTreeSet::new(), BTreeSet::new());
    while let Ok(Some(found)) = reader.next_record() {
        let part = found.record.place.part;
        match &found.record.body {
            Body::Chunk(chunk) => sealed.insert((part, chunk.header.leg, chunk.header.epoch)),
            Body::Key(key) => opened.insert((part, key.leg, key.epoch)),
            _ => continue,
        };
    }
    !sealed.is_subset(&opened)
}

#[test]
fn a_power_cut_at_any_write_or_flush_loses_nothing_that_was_durable_and_all_that_is_left_opens() {
    let (base, acts) = worked();
    let tally = cut_everywhere(&base, &acts, THROWS);
    let histogram: Vec<_> = tally.lost.iter().map(|(ticks, cuts)| format!("{} ms: {cuts}", ticks * 10)).collect();
    println!("{} acts; lost of a voice: {}", acts.len(), histogram.join(", "));
    println!("figure vault.power_cut_states {} states", tally.states);
    let unreadable = [Wrong::DoesNotStart, Wrong::DoesNotOpen, Wrong::HasNoEnvelope, Wrong::SaysSomethingElse];
    println!("figure vault.power_cut_unreadable {} states", tally.of(&unreadable));
    println!("figure vault.power_cut_max_loss_ms {} ms", tally.lost.keys().max().unwrap() * 10);
    assert_eq!(tally.wrong, BTreeMap::new());
    assert!(tally.states >= 10_000, "{} states", tally.states);
    assert!(tally.lost.keys().max() >= Some(&10), "something is lost, or the cuts cut nothing");
}

#[test]
fn a_second_cut_while_the_first_is_recovered_from_loses_nothing_more() {
    let (base, acts) = worked();
    let (mut disk, mut tally) = (Disk::of(&base), Tally::new());
    for (at, act) in acts.iter().enumerate() {
        disk.take(act);
        if at % 13 != 0 {
            continue;
        }
        let first = disk.with(disk.unsure(Survives::Some(at as u64)));
        let store = TracedStore::of(&first);
        let home = Home::open(&store).unwrap().unwrap();
        let mut rig = rig_on(&store, home, disk.told.spoken_to + 500, life(2)).unwrap();
        // The first copies, too.
        rig.talk(12);
        let mut again = Disk::of(&first);
        for (place, act) in store.acts().iter().enumerate() {
            again.take(act);
            tally.look_at(&again.with(again.unsure(Survives::Some(place as u64))), disk.told);
        }
    }
    assert_eq!(tally.wrong, BTreeMap::new());
    assert!(tally.states > 200, "{} states", tally.states);
}

#[test]
fn without_the_flush_of_the_ring_what_was_told_to_be_durable_is_lost() {
    let (base, mut acts) = worked();
    acts.retain(|act| !matches!(act, Act::Sync(name) if name.starts_with(names::SEGMENTS)));
    let tally = cut_everywhere(&base, &acts, 2);
    assert!(tally.wrong.get(&Wrong::LostWhatWasDurable).is_some_and(|states| *states > 50), "{:?}", tally.wrong);
}

#[test]
fn with_the_key_tables_behind_what_they_open_a_cut_leaves_speech_that_nobody_can_open() {
    let (base, acts) = worked();
    let (mut late, mut keys) = (Vec::new(), Vec::new());
    for act in acts {
        let is_key = |name: &String| name.starts_with("keys-");
        let of_keys = match &act {
            Act::Write { name, .. } | Act::Truncate { name, .. } | Act::Sync(name) | Act::Remove(name) => is_key(name),
            Act::Rename(from, _) => is_key(from),
            Act::Told(_) => false,
        };
        if of_keys {
            keys.push(act);
            continue;
        }
        let is_flush = matches!(&act, Act::Sync(name) if name.starts_with(names::SEGMENTS));
        late.push(act);
        if is_flush {
            late.append(&mut keys);
        }
    }
    let tally = cut_everywhere(&base, &late, 2);
    assert!(tally.of(&[Wrong::DoesNotOpen, Wrong::SaysSomethingElse]) > 0, "{:?}", tally.wrong);
}

#[test]
fn with_the_envelope_a_batch_behind_what_it_opens_a_cut_leaves_speech_that_nobody_can_open() {
    let (base, acts) = worked_with(|recorder| recorder.sealer_mut().announce_keys_late());
    let tally = cut_everywhere(&base, &acts, 2);
    assert!(tally.of(&[Wrong::HasNoEnvelope]) > 0, "{:?}", tally.wrong);
}
