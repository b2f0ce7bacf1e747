//! A vault of two days on disk, with its log and its signed roots, to be tampered with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use frame::{
    BootNo, CallId, LaneFlags, LaneId, LaneStamp, Law, LegId, LifeNo, OCTETS_PER_TICK, PersonId, RecordingId, SpanId,
    SpanTick, Stamp, Tick, Time, Timeslot, TrackHandle, Utc,
};
use ringfence::recorder::{
    Ceremony, FileStore, Home, InlineRecorder, Leaves, Making, NewHolder, RecorderCommand, RecorderEvent,
    RecorderSettings, SealFor, Unlock, object_name, remove_birth_key, rotate, wipe_birth_key,
};
use vault::{Body, Cost, Keyring, Leaf, ObjectReader, Seeded};

use crate::rig::{CODE, PROGRAM};

const QUICK: Cost = Cost { memory_kib: 64, passes: 1 };

const SPAN: SpanId = SpanId(0);

/// How long each call is: more than a second, so that the log has a live leaf of it.
pub const TICKS: u64 = 240;

/// Each day has one call, of a life of its own.
pub const YESTERDAY: u32 = 1;
pub const TODAY: u32 = 2;
pub const TOMORROW: u32 = 3;

/// Who has a slot after the ceremony.
pub const HOLDERS: [(u32, &str); 2] = [(11, "one two three four five six seven"), (12, "mingtian nihao")];

/// A vault of two days, and a copy of it as it was after the first.
pub struct Kept {
    folder: tempfile::TempDir,
    home: Home,
}

/// What a check said.
pub struct Checked {
    pub is_intact: bool,
    pub told: String,
}

pub fn recording(day: u32) -> RecordingId {
    RecordingId::new(LifeNo(day), 1)
}

pub fn call(day: u32) -> CallId {
    CallId::new(LifeNo(day), 1)
}

fn stamp(tick: u64) -> Stamp {
    stamp_of(YESTERDAY, tick)
}

/// Each day is a day after the one before: the first is 2023-11-14, and its call begins at 22:13:20 UTC.
fn stamp_of(day: u32, tick: u64) -> Stamp {
    let us = u64::from(day - YESTERDAY) * 86_400_000_000 + tick * 10_000;
    Stamp { boot: BootNo(1), time: Time::from_us(us), utc: Utc::from_us(1_700_000_000_000_000 + us as i64) }
}

impl Kept {
    pub fn two_days() -> Kept {
        let kept = Kept::one_day();
        kept.records(&kept.vault(), TODAY, 0);
        kept
    }

    fn one_day() -> Kept {
        let folder = tempfile::tempdir().unwrap();
        let today = folder.path().join("today");
        fs::create_dir(&today).unwrap();
        let mut store = FileStore::new(&today);
        let home = Home::create(&mut store, CODE.as_bytes(), QUICK, stamp(0), &mut Seeded::new(1)).unwrap();
        let kept = Kept { folder, home };
        kept.records(&today, YESTERDAY, 0);
        kept.copy("today", "yesterday");
        kept
    }

    /// The same with a ceremony between the days and a rotation after them, and its shares as they are typed.
    pub fn across_a_ceremony() -> (Kept, [String; 3]) {
        let mut kept = Kept::one_day();
        let (vault, mut random) = (kept.vault(), Seeded::new(77));
        let mut store = FileStore::new(&vault);
        let mut making = Making { cost: QUICK, now: stamp(TICKS), random: &mut random };
        let holders = HOLDERS.map(|(person, passphrase)| NewHolder { person: PersonId(person), passphrase });
        let ceremony = Ceremony::prepare(&store, CODE.as_bytes(), &holders, &mut making).unwrap();
        let shares = ceremony.shares().each_ref().map(|share| share.rows().map(|row| row.to_string()).join(" "));
        let birth = kept.home.birth_fingerprint();
        let keyring = ceremony.new_keys().put(&mut store).unwrap();
        wipe_birth_key(&mut store).unwrap();
        remove_birth_key(&mut store).unwrap();
        kept.home = Home::open(&store).unwrap().unwrap();
        let random = Box::new(Seeded::new(78));
        let log = Box::new(FileStore::new(&vault));
        let (mut leaves, _) = Leaves::open(log, kept.home.vault(), kept.home.log_key(), random).unwrap();
        placed(&mut leaves, &keyring);
        leaves.append(Leaf::Key { certificate: birth, destroyed: true }).unwrap();
        leaves.checkpoint(stamp(TICKS), kept.home.log_key()).unwrap();
        kept.records(&vault, TODAY, 0);
        let [(person, typed), _] = HOLDERS;
        let unlock = Unlock::Passphrase { person: Some(PersonId(person)), typed };
        let keyring = rotate(&store, &unlock, &[], &mut making).unwrap().put(&mut store).unwrap();
        let log = Box::new(FileStore::new(&vault));
        let random = Box::new(Seeded::new(79));
        let (mut leaves, _) = Leaves::open(log, kept.home.vault(), kept.home.log_key(), random).unwrap();
        placed(&mut leaves, &keyring);
        leaves.checkpoint(stamp(TICKS), kept.home.log_key()).unwrap();
        (kept, shares)
    }

    pub fn vault(&self) -> PathBuf {
        self.path("today")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A copy of a directory, in the place of what had the name.
    pub fn copy(&self, from: &str, to: &str) -> PathBuf {
        let (from, to) = (self.path(from), self.path(to));
        let _ = fs::remove_dir_all(&to);
        assert!(Command::new("cp").arg("-a").arg(from).arg(&to).status().unwrap().success());
        to
    }

    /// The newest signed root, as somebody may have kept it outside.
    pub fn newest_root(&self, vault: &Path) -> PathBuf {
        let notes = fs::read_to_string(vault.join("leaves/checkpoints")).unwrap();
        let begins = notes.rfind("ringfence/").and_then(|signature| notes[..signature].rfind("\n\n")).unwrap();
        let newest = notes[..begins].rfind("\n\n").map_or(0, |before| before + 2);
        let file = self.path("root.note");
        fs::write(&file, notes[newest..].strip_suffix('\n').unwrap()).unwrap();
        file
    }

    pub fn fingerprint(&self) -> String {
        self.home.fingerprint().iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// A day with one call of two voices; `other` makes them say something else.
    pub fn records(&self, vault: &Path, day: u32, other: u64) {
        self.records_for(self.home.seal_for(), vault, day, other);
    }

    /// A leaf more, and a root over it where it is signed.
    pub fn append(&self, leaf: Leaf, is_signed: bool) {
        let store = Box::new(FileStore::new(&self.vault()));
        let random = Box::new(Seeded::new(501));
        let (mut leaves, _) = Leaves::open(store, self.home.vault(), self.home.log_key(), random).unwrap();
        leaves.append(leaf).unwrap();
        leaves.sync().unwrap();
        if is_signed {
            leaves.checkpoint(stamp_of(TOMORROW, TICKS), self.home.log_key()).unwrap();
        }
    }

    /// That a call had to be recorded, `ticks` after the day's first.
    pub fn is_due(&self, call: CallId, day: u32, ticks: u64) {
        self.append(Leaf::Due { call, at: stamp_of(day, ticks) }, true);
    }

    /// Tomorrow's call begins and is not over.
    pub fn goes_on(&self) {
        let life = RecorderSettings::new(LifeNo(TOMORROW), BootNo(1));
        let settings = RecorderSettings { segment_octets: 64 << 10, segments: 8, ..life };
        let random = || Box::new(Seeded::new(502)) as _;
        let store = Box::new(FileStore::new(&self.vault()));
        let now = stamp_of(TOMORROW, 0);
        let mut recorder = InlineRecorder::start(store, self.home.seal_for(), settings, now, random).unwrap();
        let mut tick = SpanTick::silent(SPAN, Law::A);
        let track = TrackHandle { slot: 2, generation: 1 };
        recorder.handle_command(RecorderCommand::Begin {
            track,
            recording: recording(TOMORROW),
            call: call(TOMORROW),
            part: 1,
            leg: LegId::new(LifeNo(TOMORROW), 2),
            lane: LaneId::new(SPAN, Timeslot(2)),
            law: Law::A,
            stamp: now,
            tick: None,
        });
        tick.lanes[2] = LaneStamp { track: Some(track), flags: LaneFlags::NONE };
        for at in 0..60 {
            tick.tick = Tick(30_000 + at);
            recorder.seal_tick(&tick);
        }
        self.is_due(call(TOMORROW), TOMORROW, 0);
    }

    /// A day whose call is sealed as the box does it while the keyring is not the log's: for the recovery key.
    pub fn records_for_recovery(&self, day: u32) {
        let recovery = self.home.keyring().unwrap().recovery();
        self.records_for(SealFor::certified(recovery), &self.vault(), day, 0);
    }

    fn records_for(&self, seal_for: SealFor, vault: &Path, day: u32, other: u64) {
        let life = RecorderSettings::new(LifeNo(day), BootNo(1));
        let settings = RecorderSettings { segment_octets: 64 << 10, segments: 8, ..life };
        let mut seed = u64::from(day) + other;
        let random = || {
            seed += 100;
            Box::new(Seeded::new(seed)) as _
        };
        let store = Box::new(FileStore::new(vault));
        let mut recorder = InlineRecorder::start(store, seal_for, settings, stamp_of(day, 0), random).unwrap();
        let random = Box::new(Seeded::new(u64::from(day) + other));
        let store = Box::new(FileStore::new(vault));
        let (mut leaves, _) = Leaves::open(store, self.home.vault(), self.home.log_key(), random).unwrap();
        leaves.append(Leaf::Due { call: call(day), at: stamp_of(day, 0) }).unwrap();
        talk(&mut recorder, &mut leaves, day, other);
        leaves.checkpoint(stamp_of(day, TICKS), self.home.log_key()).unwrap();
        recorder.close();
    }
}

/// What the log says of a change of keys.
fn placed(leaves: &mut Leaves, keyring: &Keyring) {
    leaves.append(Leaf::Keyring { keyring: keyring.name(), placed: false }).unwrap();
    leaves.append(Leaf::Key { certificate: keyring.certificate().fingerprint(), destroyed: false }).unwrap();
    leaves.append(Leaf::Keyring { keyring: keyring.name(), placed: true }).unwrap();
}

fn talk(recorder: &mut InlineRecorder, leaves: &mut Leaves, day: u32, other: u64) {
    let mut tick = SpanTick::silent(SPAN, Law::A);
    let first = u64::from(day) * 10_000;
    // The clock of ticks has begun: the part's stamp is that of its tick.
    tick.tick = Tick(first - 1);
    recorder.seal_tick(&tick);
    let tracks = [2u8, 3].map(|timeslot| TrackHandle { slot: u16::from(timeslot), generation: 1 });
    for (track, timeslot) in tracks.into_iter().zip([2, 3]) {
        recorder.handle_command(RecorderCommand::Begin {
            track,
            recording: recording(day),
            call: call(day),
            part: 1,
            leg: LegId::new(LifeNo(day), u32::from(timeslot)),
            lane: LaneId::new(SPAN, Timeslot(timeslot)),
            law: Law::A,
            stamp: stamp_of(day, 0),
            tick: None,
        });
        tick.lanes[usize::from(timeslot)] = LaneStamp { track: Some(track), flags: LaneFlags::NONE };
    }
    for at in 0..TICKS + 60 {
        if at == TICKS {
            tick.lanes = [LaneStamp::default(); frame::LANES];
            let end = Some(Tick(first + TICKS));
            for track in tracks {
                recorder.handle_command(RecorderCommand::End { track, tick: end });
            }
            recorder.handle_command(RecorderCommand::Finish { recording: recording(day), stamp: stamp_of(day, TICKS) });
        }
        tick.tick = Tick(first + at);
        (2..4).for_each(|timeslot| tick.clean[timeslot] = said(timeslot as u8, at, other));
        recorder.seal_tick(&tick);
        while let Some(event) = recorder.poll_event() {
            log(recorder, leaves, event, stamp_of(day, at));
        }
    }
}

/// What a party says in a tick.
pub fn said(timeslot: u8, tick: u64, other: u64) -> [u8; OCTETS_PER_TICK] {
    let word =
        |at: usize| (tick * OCTETS_PER_TICK as u64 + at as u64) * 2_654_435_761 + other + u64::from(timeslot) * 97;
    std::array::from_fn(|at| (word(at) >> 7) as u8)
}

/// Leaves as the journal writes them.
fn log(recorder: &mut InlineRecorder, leaves: &mut Leaves, event: RecorderEvent, at: Stamp) {
    match event {
        RecorderEvent::Stable { live, .. } if !live.is_empty() => {
            leaves.append(Leaf::Live { at, recordings: live }).unwrap();
        }
        RecorderEvent::Finished { recording, call, records, chunks, chain_head, commitments, .. } => {
            leaves.append(Leaf::Finished { recording, call, records, chunks, chain_head, commitments }).unwrap();
            leaves.sync().unwrap();
            recorder.handle_command(RecorderCommand::Logged { recording });
        }
        _ => {}
    }
}

/// Where each record of an object begins and ends, and whether it is a chunk.
pub fn records(object: &[u8]) -> Vec<(std::ops::Range<usize>, bool)> {
    let mut reader = ObjectReader::new(object).unwrap();
    let mut records = Vec::new();
    while let Some(found) = reader.next_record().unwrap() {
        let is_chunk = matches!(found.record.body, Body::Chunk(_));
        records.push((found.offset as usize..reader.position() as usize, is_chunk));
    }
    records
}

pub fn object(vault: &Path, day: u32) -> PathBuf {
    vault.join(object_name(recording(day)))
}

/// What `ringfence verify` says.
pub fn verify(vault: &Path, more: &[&str]) -> Checked {
    let done = Command::new(PROGRAM).args(["--lang", "en", "verify"]).arg(vault).args(more).output().unwrap();
    let told = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    Checked { is_intact: done.status.success(), told }
}
