//! A live recording in the sealer: its chain, its legs' keys, marks and masks that wait for their tick.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
};

use frame::{BootNo, CallId, LaneFlags, LegId, RecordingId, Stamp, Tick};
use vault::{
    Body, CODING_LINE, Chain, ChunkFlags, ChunkHeader, GapCause, KeyNo, KeyScope, MapEntry, Mark, PartEnd, PartEnding,
    PartHead, Random, Record, RecordingEnd, RecordingHead, Sample, Suite, TrackEnd, TrackHead, TrackNo, TrackRole,
};

use super::{
    OpenRecording, RecorderEvent, SealFor,
    batch::{Group, SealedBatch},
    inboxes::Inboxes,
    leg_keys::{LegKeys, draw_key},
    track::{HeldTick, Track},
};

/// What sealing needs from outside the recording.
pub(super) struct Sealing<'a> {
    pub(super) out: &'a mut SealedBatch,
    pub(super) inboxes: &'a mut Inboxes,
    pub(super) random: &'a mut dyn Random,
    pub(super) next_key: &'a mut KeyNo,
    pub(super) seal_for: &'a SealFor,
    pub(super) boot: BootNo,
    pub(super) events: &'a mut VecDeque<RecorderEvent>,
    #[cfg(test)]
    pub(super) keys_late: bool,
}

/// A range in which audio is not kept as it came.
#[derive(Clone, Copy, Debug)]
struct Mask {
    flag: LaneFlags,
    from: Sample,
    to: Option<Sample>,
}

/// A recording that is not finished.
pub(super) struct Live {
    recording: RecordingId,
    pub(super) call: CallId,
    part: u16,
    /// The stamp and tick that open the part; `None` while no part is open.
    part_head: Option<PartHead>,
    /// Whether the records that open recording and part are written.
    opened: bool,
    began: Stamp,
    chain: Chain,
    pub(super) tracks: Vec<Track>,
    last_track: TrackNo,
    legs: BTreeMap<LegId, LegKeys>,
    marks: Vec<MapEntry>,
    masks: Vec<Mask>,
    /// From which tick on the call is of which compartment, oldest first; those that are over are forgotten.
    compartments: VecDeque<(Tick, Option<usize>)>,
    /// Those that were told.
    told_compartments: BTreeSet<usize>,
    longest_ticks: u64,
    finish: Option<Stamp>,
    /// Whether it was told that audio of it is being lost.
    pub(super) is_losing: bool,
    /// Keys that are announced in the next batch.
    #[cfg(test)]
    late_keys: Vec<vault::KeyRecord>,
}

impl Live {
    /// A new recording.
    pub(super) fn new(recording: RecordingId, call: CallId, began: Stamp, seal_for: &SealFor) -> Live {
        let chain = Chain::new(Suite::One, seal_for.vault, recording);
        Live::with_chain(OpenRecording { recording, call, part: 0, chain }, began)
    }

    /// A recording that outlived its daemon.
    pub(super) fn resume(open: OpenRecording) -> Live {
        Live::with_chain(open, Stamp::default())
    }

    fn with_chain(open: OpenRecording, began: Stamp) -> Live {
        Live {
            recording: open.recording,
            call: open.call,
            part: open.part,
            part_head: None,
            opened: false,
            began,
            chain: open.chain,
            tracks: Vec::new(),
            last_track: TrackNo(0),
            legs: BTreeMap::new(),
            marks: Vec::new(),
            masks: Vec::new(),
            compartments: VecDeque::new(),
            told_compartments: BTreeSet::new(),
            longest_ticks: 0,
            finish: None,
            is_losing: false,
            #[cfg(test)]
            late_keys: Vec::new(),
        }
    }

    /// Opens a part, unless one is open. Tells its number when it was opened now.
    pub(super) fn open_part(&mut self, part: u16, head: PartHead) -> Option<u16> {
        if self.part_head.is_some() {
            return None;
        }
        self.part = part.max(self.part + 1);
        self.part_head = Some(head);
        Some(self.part)
    }

    /// Takes a mark. What begins to mask can reach back to `horizon` and no further, and the map says what is true; of all
    /// else it says where it was, also where that is told late.
    pub(super) fn mark(&mut self, at: Sample, mark: Mark, horizon: Tick) {
        let masks = matches!(mark, Mark::PauseBegan | Mark::PauseEnded | Mark::BlackoutBegan | Mark::BlackoutEnded);
        let at = if masks { at.max(Sample::of(horizon)) } else { at };
        match mark {
            Mark::PauseBegan => self.mask_from(LaneFlags::PAUSED, at),
            Mark::PauseEnded => self.mask_to(LaneFlags::PAUSED, at),
            Mark::BlackoutBegan => self.mask_from(LaneFlags::BLACKOUT, at),
            Mark::BlackoutEnded => self.mask_to(LaneFlags::BLACKOUT, at),
            _ => {}
        }
        let later = self.marks.partition_point(|entry| entry.at <= at);
        self.marks.insert(later, MapEntry { at, track: TrackNo::ALL, mark });
    }

    fn mask_from(&mut self, flag: LaneFlags, from: Sample) {
        self.masks.push(Mask { flag, from, to: None });
    }

    fn mask_to(&mut self, flag: LaneFlags, to: Sample) {
        let open = self.masks.iter_mut().filter(|mask| mask.flag == flag && mask.to.is_none());
        open.for_each(|mask| mask.to = Some(to));
    }

    /// The call is of another compartment, or of none, from a tick on.
    pub(super) fn move_to(&mut self, compartment: Option<usize>, from: Tick) {
        self.compartments.push_back((from, compartment));
    }

    /// Lets the recording end with the last of its tracks.
    pub(super) fn finish(&mut self, stamp: Stamp) {
        self.finish = Some(stamp);
    }

    /// Whether everything of it is told and only the end is to be written.
    pub(super) fn is_over(&self) -> bool {
        self.finish.is_some() && self.tracks.is_empty()
    }

    /// Writes what is before `horizon`. Tells whether that was the end.
    pub(super) fn close(&mut self, horizon: Tick, cx: &mut Sealing<'_>) -> bool {
        self.is_losing = false;
        let start = cx.out.records.len();
        if self.part_head.is_some() && !self.opened {
            self.write_opening(cx);
        }
        #[cfg(test)]
        let late_keys = mem::take(&mut self.late_keys);
        let mut tracks = mem::take(&mut self.tracks);
        tracks.retain_mut(|track| !self.close_track(track, horizon, cx));
        self.tracks = tracks;
        #[cfg(test)]
        late_keys.into_iter().for_each(|key| self.write(Body::Key(key), cx));
        self.write_marks(horizon, cx);
        self.masks.retain(|mask| mask.to.is_none_or(|to| to > Sample::of(horizon)));
        while self.compartments.get(1).is_some_and(|(next, _)| *next <= horizon) {
            self.compartments.pop_front();
        }
        let ended = self.is_over();
        if ended {
            self.write_ending(cx);
        }
        self.close_group(start, ended, cx);
        ended
    }

    fn close_group(&self, start: usize, ended: bool, cx: &mut Sealing<'_>) {
        let octets = (cx.out.records.len() - start) as u32;
        if octets > 0 {
            let Live { recording, call, part, chain, longest_ticks, .. } = *self;
            cx.out.groups.push(Group { recording, call, part, octets, chain, longest_ticks, ended });
        }
    }

    fn write(&mut self, body: Body<'_>, cx: &mut Sealing<'_>) {
        let record = Record { place: self.chain.next_place(self.recording, self.part), body };
        self.chain.append(&record, &mut cx.out.records);
        cx.out.count += 1;
    }

    fn write_opening(&mut self, cx: &mut Sealing<'_>) {
        if self.chain.next_number == 0 {
            let certificate = cx.seal_for.certificate;
            self.write(Body::RecordingHead(RecordingHead { call: self.call, began: self.began, certificate }), cx);
        }
        if let Some(head) = self.part_head {
            self.write(Body::PartHead(head), cx);
        }
        self.opened = true;
    }

    fn write_marks(&mut self, horizon: Tick, cx: &mut Sealing<'_>) {
        // At the end nothing is left to wait for.
        let count = if self.is_over() {
            self.marks.len()
        } else {
            self.marks.partition_point(|entry| entry.at < Sample::of(horizon))
        };
        for entry in self.marks.drain(..count).collect::<Vec<_>>() {
            self.write(Body::Map(entry), cx);
        }
    }

    fn write_ending(&mut self, cx: &mut Sealing<'_>) {
        let stamp = self.finish.unwrap_or_default();
        if self.part_head.take().is_some() {
            self.write(Body::PartEnd(PartEnd { ending: PartEnding::Finished, stamp }), cx);
        }
        let Chain { chunks, ticks, .. } = self.chain;
        self.write(Body::RecordingEnd(RecordingEnd { stamp, chunks, ticks }), cx);
    }

    /// Writes what a track has before `horizon`. Tells whether the track ended.
    fn close_track(&mut self, track: &mut Track, horizon: Tick, cx: &mut Sealing<'_>) -> bool {
        self.close_held(track, horizon, cx);
        if track.take_over(cx.inboxes.of(track.handle)) {
            self.close_held(track, horizon, cx);
        }
        self.close_run(track, cx);
        let over = track.over_at(horizon);
        if let Some(missing) = over {
            self.end_track(track, missing, horizon, cx);
            cx.inboxes.end(track.handle);
        }
        over.is_some()
    }

    fn close_held(&mut self, track: &mut Track, horizon: Tick, cx: &mut Sealing<'_>) {
        let mut held = mem::take(&mut track.held);
        let due = held.before(horizon);
        let count = due.len();
        due.iter().for_each(|tick| self.close_tick(track, tick, cx));
        held.drop_first(count);
        track.held = held;
    }

    fn close_tick(&mut self, track: &mut Track, held: &HeldTick, cx: &mut Sealing<'_>) {
        self.write_head(track, track.next.unwrap_or(held.tick), cx);
        let missing = held.tick.0 - track.next.unwrap_or(held.tick).0;
        if missing > 0 {
            self.write_gap(track, missing, track.gap_cause, cx);
            track.gap_cause = GapCause::NoTick;
        }
        track.next = Some(held.tick.after(1));
        let flags = held.flags.with(self.masked(held.tick));
        self.write_flag_changes(track, held, cx);
        if flags.contains(LaneFlags::PAUSED) {
            return self.close_run(track, cx);
        }
        let epoch = self.legs.get(&track.leg).map_or(0, |keys| keys.epoch(held.tick));
        if track.run_must_close(epoch) {
            self.close_run(track, cx);
        }
        push_tick(track, held, flags, epoch);
    }

    fn masked(&self, tick: Tick) -> LaneFlags {
        let (first, end) = (Sample::of(tick), Sample::of(tick.after(1)));
        let hit = self.masks.iter().filter(|mask| mask.from < end && mask.to.is_none_or(|to| to > first));
        hit.fold(LaneFlags::NONE, |flags, mask| flags.with(mask.flag))
    }

    fn write_head(&mut self, track: &mut Track, first_tick: Tick, cx: &mut Sealing<'_>) {
        if track.no != TrackNo(0) {
            return;
        }
        self.last_track.0 += 1;
        track.no = self.last_track;
        self.legs.entry(track.leg).or_insert_with(|| LegKeys::new(first_tick));
        let Track { leg, no, lane, law, .. } = *track;
        self.write(Body::TrackHead(TrackHead { leg, track: no, role: TrackRole::Said, lane, law, first_tick }), cx);
    }

    fn write_gap(&mut self, track: &mut Track, ticks: u64, cause: GapCause, cx: &mut Sealing<'_>) {
        self.close_run(track, cx);
        self.tell_gap(track, track.next.unwrap_or_default(), ticks, cause, cx);
    }

    fn tell_gap(&mut self, track: &Track, from: Tick, ticks: u64, cause: GapCause, cx: &mut Sealing<'_>) {
        let at = Sample::of(from);
        self.write(Body::Map(MapEntry { at, track: track.no, mark: Mark::Gap { ticks, cause } }), cx);
        let Live { recording, call, .. } = *self;
        cx.events.push_back(RecorderEvent::Gap { recording, call, leg: track.leg, at, ticks, cause });
    }

    /// Marks where a stamped flag begins and ends. Masks have their own marks, over the whole recording.
    fn write_flag_changes(&mut self, track: &mut Track, held: &HeldTick, cx: &mut Sealing<'_>) {
        let pairs = [
            (LaneFlags::PAUSED, Mark::PauseBegan, Mark::PauseEnded),
            (LaneFlags::BLACKOUT, Mark::BlackoutBegan, Mark::BlackoutEnded),
            (LaneFlags::ALARM, Mark::AlarmBegan, Mark::AlarmEnded),
        ];
        for (flag, began, ended) in pairs {
            let mark = match (track.marked.contains(flag), held.flags.contains(flag)) {
                (false, true) => began,
                (true, false) => ended,
                (false, false) | (true, true) => continue,
            };
            let entry = MapEntry { at: Sample::of(held.tick), track: track.no, mark };
            self.write(Body::Map(entry), cx);
        }
        track.marked = held.flags;
    }

    /// Encrypts the track's run into a chunk.
    fn close_run(&mut self, track: &mut Track, cx: &mut Sealing<'_>) {
        if track.run.ticks == 0 {
            return;
        }
        if self.has_keys(track.leg, track.run.epoch, cx) {
            self.seal_to_compartments(track, cx);
            self.write_chunk(track, cx);
        } else {
            self.tell_gap(track, track.run.first, u64::from(track.run.ticks), GapCause::NoKey, cx);
        }
        track.run.clear();
    }

    fn write_chunk(&mut self, track: &mut Track, cx: &mut Sealing<'_>) {
        let header = ChunkHeader {
            leg: track.leg,
            track: track.no,
            epoch: track.run.epoch,
            chunk: track.next_chunk,
            boot: cx.boot,
            first_tick: track.run.first,
            ticks: track.run.ticks,
            coding: CODING_LINE,
            flags: track.run.flags,
        };
        let place = self.chain.next_place(self.recording, self.part);
        let Some(key) = self.legs.get_mut(&track.leg).and_then(|keys| keys.get(track.run.epoch)) else { return };
        let chunk = key.chunk_key().seal(header, &mut track.run.audio, &cx.seal_for.vault, &place, &self.chain.head);
        let record = Record { place, body: Body::Chunk(chunk) };
        self.chain.append(&record, &mut cx.out.records);
        cx.out.count += 1;
        track.next_chunk += 1;
        track.ticks += u64::from(header.ticks);
        self.longest_ticks = self.longest_ticks.max(track.ticks);
    }

    /// Seals the key of what comes next to the compartments whose call it was while it was said.
    fn seal_to_compartments(&mut self, track: &Track, cx: &mut Sealing<'_>) {
        let (first, end) = (track.run.first, track.run.first.after(track.run.ticks.into()));
        for at in self.compartments_within(first, end) {
            let Some((name, recipient)) = cx.seal_for.compartments.get(at) else { continue };
            let key = self.legs.get_mut(&track.leg).and_then(|keys| keys.get(track.run.epoch));
            match key.and_then(|key| key.seal_to(recipient, cx.random)) {
                None => {}
                // The vault's own envelope is there: what was said is kept, and its holders hear it.
                Some(Err(error)) => tracing::error!(%error, %name, "a key can't be sealed to a compartment"),
                Some(Ok(key)) => {
                    self.write(Body::CompartmentKey(key), cx);
                    if self.told_compartments.insert(at) {
                        let (recording, call, compartment) = (self.recording, self.call, name.clone());
                        cx.events.push_back(RecorderEvent::SealedFor { recording, call, compartment });
                    }
                }
            }
        }
    }

    /// The compartments whose call it was at some tick of a stretch.
    fn compartments_within(&self, first: Tick, end: Tick) -> Vec<usize> {
        let until = self.compartments.iter().skip(1).map(|(next, _)| Some(*next)).chain([None]);
        let within = self
            .compartments
            .iter()
            .zip(until)
            .filter(|((from, _), until)| *from < end && until.is_none_or(|until| until > first));
        within.filter_map(|((_, compartment), _)| *compartment).collect()
    }

    /// Draws and announces the keys of a minute and the next, where they are missing.
    fn has_keys(&mut self, leg: LegId, epoch: u32, cx: &mut Sealing<'_>) -> bool {
        while let Some(epoch) = self.legs.get_mut(&leg).and_then(|keys| keys.missing(epoch)) {
            let (vault, key_no) = (cx.seal_for.vault, *cx.next_key);
            let scope = KeyScope { vault, recording: self.recording, part: self.part, leg, epoch, key_no };
            let Ok(drawn) = draw_key(scope, cx.seal_for, cx.random) else { return false };
            cx.next_key.0 += 1;
            let Some(keys) = self.legs.get_mut(&leg) else { return false };
            let (record, b) = keys.put(drawn);
            cx.out.keys.push(b);
            #[cfg(test)]
            if cx.keys_late {
                self.late_keys.push(record);
                continue;
            }
            self.write(Body::Key(record), cx);
        }
        true
    }

    fn end_track(&mut self, track: &mut Track, missing: u64, horizon: Tick, cx: &mut Sealing<'_>) {
        let end = track.next.unwrap_or(horizon);
        self.write_head(track, end, cx);
        if missing > 0 {
            let cause = if track.gap_cause == GapCause::NoTick { GapCause::EndedEarly } else { track.gap_cause };
            self.write_gap(track, missing, cause, cx);
        }
        let end_tick = end.after(missing);
        self.write(Body::TrackEnd(TrackEnd { track: track.no, end_tick, chunks: track.next_chunk }), cx);
    }
}

fn push_tick(track: &mut Track, held: &HeldTick, flags: LaneFlags, epoch: u32) {
    let mut chunk_flags = ChunkFlags::NONE;
    let mut octets = held.octets;
    if flags.contains(LaneFlags::BLACKOUT) {
        chunk_flags = chunk_flags.with(ChunkFlags::BLACKOUT);
        octets.fill(track.law.silence());
    }
    if flags.contains(LaneFlags::ALARM) {
        chunk_flags = chunk_flags.with(ChunkFlags::ALARM);
    }
    track.run.push(held.tick, epoch, chunk_flags, &octets);
}
