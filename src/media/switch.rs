//! The timeslot switch: who hears what, tick by tick, for every lane of the box.
//!
//! 8 kHz, 80 octets a tick and lane, each span in its own law. What a party hears is computed in the tick in which it
//! was said: the switch adds no delay but on armed lanes ([`super::blackout`]) and where noise is reduced. Digits and tones
//! are listened for first; what is recorded is what the others hear. Not here: echo cancelling, which
//! [`super::Cancelling`] has done before.

use std::sync::Arc;

use dsp::{
    conceal::Concealer,
    dtmf::{self, Edge},
    polish::{Polish, Wishes},
};
use frame::{LANES, LaneFlags, LaneId, LaneStamp, Law, OCTETS_PER_TICK, Octets, SpanId, SpanTick, Tick};
use line::{Alarms, SpanInfo};

use super::{
    blackout::Blackout,
    clip::{ClipId, Clips, recode},
    command::{MediaCommand, MediaEvent, PlayId, Playlist, Source},
    conferences::Conferences,
    copies::{Copied, Copies},
    ears::Ears,
    keyed::{KeyTone, Keyed},
    levels::{Levels, SpanMeters},
    silences::Silences,
};

/// All lanes of the box. Everything is allocated in [`Switch::new`].
pub struct Switch {
    spans: Vec<Span>,
    clips: Clips,
    conferences: Conferences,
    copies: Copies,
    levels: Arc<Levels>,
}

/// The lanes of one span, and what listens to them.
struct Span {
    law: Law,
    alarms: Alarms,
    /// Whether this tick brought nothing that could be heard.
    lost: bool,
    lanes: [Lane; LANES],
    /// Lanes on which digits are listened for, as bits.
    listening: u32,
    concealer: Concealer,
    detector: dtmf::Detector,
    blackout: Blackout,
    ears: Ears,
    silences: Silences,
    polish: Polish,
    wishes: Wishes,
    /// Lanes whose parties hear and are heard as the line has it; and with them those that they hear, and those that are
    /// measured. As bits.
    plain: u32,
    raw: u32,
    meters: SpanMeters,
    keyed: Box<[Keyed; LANES]>,
    /// Lanes for which keys sound or wait, as bits.
    keying: u32,
}

/// What holds for one lane.
#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    source: Source,
    /// How far a playing has come: the clip's place in its list and the octet within it.
    place: usize,
    octet: usize,
    stamp: LaneStamp,
    /// Whether someone hears, hears from, records or listens to this lane.
    used: bool,
}

/// What a lane's next tick is made of, once its clip positions have moved on.
enum Made {
    Octets(Octets),
    From(LaneId),
    Outside(LaneId, Option<ClipId>),
    /// The list ended after so many octets.
    Ended {
        octets: Octets,
        play: PlayId,
        filled: usize,
    },
}

impl Switch {
    /// A switch for `spans`, which are numbered from 0 without a gap; all lanes silent.
    pub fn new(spans: &[SpanInfo]) -> Switch {
        let spans = spans.iter().enumerate().map(|(index, info)| {
            assert_eq!(usize::from(info.span.0), index, "spans are numbered from 0 without a gap");
            Span::new(info.law)
        });
        let spans: Vec<_> = spans.collect();
        let (conferences, levels) = (Conferences::new(spans.len()), Arc::new(Levels::new(spans.len())));
        let copies = Copies::new(spans.len());
        Switch { spans, clips: Clips::default(), conferences, copies, levels }
    }

    /// The levels of all lanes, as they will be told.
    pub fn levels(&self) -> Arc<Levels> {
        Arc::clone(&self.levels)
    }

    /// Takes a command; it holds from `from` on, the tick that comes next.
    pub fn command(&mut self, from: Tick, command: MediaCommand, tell: &mut impl FnMut(MediaEvent)) {
        match command {
            MediaCommand::Hear { lane, source } => {
                self.hear(lane, source);
                self.tell_heard(lane, from, tell);
            }
            MediaCommand::Listen { lane, on } => self.listen(lane, on),
            MediaCommand::Record { lane, track } => {
                self.with(lane, |lane| lane.stamp.track = track);
                // Where in a playing it is by now nobody could say; what lasts is heard from here on.
                if self.lane(lane).is_some_and(|lane| lane.source.lasts()) {
                    self.tell_heard(lane, from, tell);
                }
            }
            MediaCommand::Copy { lane, to } => {
                self.copies.set(lane, to);
                self.with(lane, |_| ());
            }
            MediaCommand::Flag { lane, flags, on } => self.with(lane, |lane| lane.flag(flags, on)),
            MediaCommand::Blackout { lane, on } => self.black_out(lane, on),
            MediaCommand::Polish { lane, noise_reduction, automatic_gain } => {
                self.polish(lane, noise_reduction, automatic_gain);
            }
            MediaCommand::Plain { lane, on } => self.leave_plain(lane, on),
            MediaCommand::Press { lane, key } => self.press(lane, key),
            MediaCommand::Reset { lane } => self.reset(lane),
            MediaCommand::Attend { lane, ear } => {
                let before = match self.spans.get_mut(usize::from(lane.span.0)) {
                    Some(span) => span.ears.put(lane.timeslot, ear),
                    None => ear,
                };
                if let Some(before) = before {
                    tell(MediaEvent::Dismissed { lane, ear: before });
                }
            }
            MediaCommand::Watch { lane, silence_ticks } => {
                if let Some(span) = self.spans.get_mut(usize::from(lane.span.0)) {
                    span.silences.watch(lane.timeslot, span.law, silence_ticks);
                }
            }
            MediaCommand::Load { clip, audio } => {
                if let Some(old) = self.clips.load(clip, audio) {
                    tell(MediaEvent::Retired(old));
                }
            }
        }
    }

    /// The alarms of a span changed: RED and BLUE mute its lanes and hold its receivers at once.
    pub fn alarms(&mut self, span: SpanId, alarms: Alarms) {
        let Some(span) = self.spans.get_mut(usize::from(span.0)) else { return };
        span.alarms = alarms;
        if alarms.mutes() {
            span.concealer.reset();
            span.detector.reset();
            span.ears.reset();
        }
    }

    /// Works on one tick of all spans: `rx` is filled, `clean`, `tx` and the stamps come out. `fresh` has a bit for each
    /// span that brought a block.
    pub fn tick(&mut self, tick: Tick, ticks: &mut [Box<SpanTick>], fresh: u128, tell: &mut impl FnMut(MediaEvent)) {
        self.find_raw();
        for (index, (span, ticks)) in self.spans.iter_mut().zip(ticks.iter_mut()).enumerate() {
            ticks.tick = tick;
            span.take_in(ticks, fresh >> index & 1 == 1);
            span.detect(ticks, tell);
            span.key(ticks, &self.clips);
            span.blackout.process(ticks, ticks.used, &span.detector);
            span.polish.process(&mut ticks.clean, span.law, span.wishes_but(span.raw));
        }
        for index in 0..self.spans.len().min(ticks.len()) {
            self.give_out(index, tick, ticks, tell);
        }
        self.conferences.process(ticks);
        for (index, (span, ticks)) in self.spans.iter_mut().zip(ticks.iter_mut()).enumerate() {
            span.meters.process(index, tick, ticks, &self.levels);
            span.tell_silences(ticks, tell);
            span.blackout.hand_on(ticks);
        }
    }

    /// Finds the lanes whose samples are to stay as they are. Who is plain has to be heard, and to hear, so.
    fn find_raw(&mut self) {
        self.spans.iter_mut().for_each(|span| span.raw = span.plain | span.ears.tapped());
        for index in 0..self.spans.len() {
            each(self.spans[index].plain, |timeslot| {
                let Source::Lane(from) = self.spans[index].lanes[timeslot].source else { return };
                if let Some(of) = self.spans.get_mut(usize::from(from.span.0)) {
                    of.raw |= 1 << (usize::from(from.timeslot.0) % LANES);
                }
            });
        }
    }

    /// Hands on what callers say who leave a message, once a tick is worked on.
    pub fn copy(&mut self, ticks: &[Box<SpanTick>], give: impl FnMut(Copied)) {
        self.copies.process(ticks, give);
    }

    /// Fills `tx` of the span at `index`.
    fn give_out(&mut self, index: usize, tick: Tick, ticks: &mut [Box<SpanTick>], tell: &mut impl FnMut(MediaEvent)) {
        let (spans, clips) = (&mut self.spans, &self.clips);
        let law = spans[index].law;
        for timeslot in 0..LANES {
            let octets = match spans[index].lanes[timeslot].next(law, tick, clips) {
                Made::Octets(octets) => octets,
                Made::From(from) => said(spans, ticks, from, law),
                Made::Outside(from, otherwise) => brought(spans, ticks, from, law).unwrap_or_else(|| {
                    otherwise.map_or([law.silence(); OCTETS_PER_TICK], |clip| music(clip, tick, law, clips))
                }),
                Made::Ended { octets, play, filled } => {
                    let end_sample = tick.first_sample() + filled as u64;
                    tell(MediaEvent::Played { lane: lane_id(index, timeslot), play, end_sample });
                    octets
                }
            };
            ticks[index].tx[timeslot] = octets;
        }
    }

    /// The lanes that someone hears, hears from, records or listens to.
    pub fn lanes_in_use(&self) -> impl Iterator<Item = LaneId> + '_ {
        let spans = self.spans.iter().enumerate();
        spans.flat_map(|(index, span)| {
            let used = span.lanes.iter().enumerate().filter(|(at, lane)| lane.used || span.listens(*at));
            used.map(move |(timeslot, _)| lane_id(index, timeslot))
        })
    }

    fn hear(&mut self, lane: LaneId, source: Source) {
        self.leave_conference(lane);
        let Some(of) = self.lane(lane) else { return };
        (of.source, of.place, of.octet, of.used) = (source, 0, 0, true);
        match source {
            Source::Lane(from) => self.with(from, |from| from.used = true),
            Source::Conference { id, part } => self.conferences.join(lane, id, part),
            _ => (),
        }
    }

    /// Tells what a recorded party hears, for the map of its recording.
    fn tell_heard(&mut self, lane: LaneId, from: Tick, tell: &mut impl FnMut(MediaEvent)) {
        let Some(&mut Lane { source, stamp, .. }) = self.lane(lane) else { return };
        if let Some(track) = stamp.track {
            tell(MediaEvent::Hears { lane, track, source, from });
        }
    }

    fn leave_conference(&mut self, lane: LaneId) {
        if matches!(self.lane(lane), Some(Lane { source: Source::Conference { .. }, .. })) {
            self.conferences.leave(lane);
        }
    }

    fn listen(&mut self, lane: LaneId, on: bool) {
        let Some(span) = self.spans.get_mut(usize::from(lane.span.0)) else { return };
        let bit = 1u32 << (usize::from(lane.timeslot.0) % LANES);
        // A lane that is listened to anew starts with a receiver that has heard nothing.
        if on {
            span.listening |= bit;
        } else {
            span.listening &= !bit;
        }
        self.with(lane, |_| ());
    }

    fn black_out(&mut self, lane: LaneId, on: bool) {
        if let Some(span) = self.spans.get_mut(usize::from(lane.span.0)) {
            span.blackout.arm(usize::from(lane.timeslot.0), on);
        }
        self.with(lane, |_| ());
    }

    fn polish(&mut self, lane: LaneId, noise_reduction: bool, automatic_gain: bool) {
        let timeslot = usize::from(lane.timeslot.0);
        let Some(span) = self.spans.get_mut(usize::from(lane.span.0)).filter(|_| timeslot < LANES) else { return };
        let bit = 1 << timeslot;
        let wish = |on: bool, lanes: u32| if on { lanes | bit } else { lanes & !bit };
        let Wishes { less_noise, gain } = span.wishes;
        span.wishes = Wishes { less_noise: wish(noise_reduction, less_noise), gain: wish(automatic_gain, gain) };
        span.polish.reset_lane(timeslot);
    }

    fn leave_plain(&mut self, lane: LaneId, on: bool) {
        let timeslot = usize::from(lane.timeslot.0);
        let Some(span) = self.spans.get_mut(usize::from(lane.span.0)).filter(|_| timeslot < LANES) else { return };
        span.plain = span.plain & !(1 << timeslot) | u32::from(on) << timeslot;
    }

    fn press(&mut self, lane: LaneId, key: KeyTone) {
        let Some(span) = self.spans.get_mut(usize::from(lane.span.0)) else { return };
        if let Some(keyed) = span.keyed.get_mut(usize::from(lane.timeslot.0)) {
            keyed.press(key);
            span.keying |= 1 << lane.timeslot.0;
        }
    }

    fn reset(&mut self, lane: LaneId) {
        self.listen(lane, false);
        self.leave_conference(lane);
        self.copies.set(lane, None);
        self.polish(lane, false, false);
        let Some(span) = self.spans.get_mut(usize::from(lane.span.0)) else { return };
        let timeslot = usize::from(lane.timeslot.0);
        if let Some(lane) = span.lanes.get_mut(timeslot) {
            *lane = Lane::default();
            span.concealer.reset_lane(timeslot);
            span.blackout.reset(timeslot);
            span.meters.reset_lane(timeslot);
            span.keyed[timeslot] = Keyed::default();
            span.keying &= !(1 << timeslot);
        }
    }

    /// Changes a lane, which is in use from then on. Commands for lanes that the board does not have are ignored: the
    /// board was checked before.
    fn with(&mut self, lane: LaneId, change: impl FnOnce(&mut Lane)) {
        if let Some(lane) = self.lane(lane) {
            lane.used = true;
            change(lane);
        }
    }

    fn lane(&mut self, lane: LaneId) -> Option<&mut Lane> {
        let span = self.spans.get_mut(usize::from(lane.span.0))?;
        span.lanes.get_mut(usize::from(lane.timeslot.0))
    }
}

impl Span {
    fn new(law: Law) -> Span {
        Span {
            law,
            alarms: Alarms::NONE,
            lost: true,
            lanes: [Lane::default(); LANES],
            listening: 0,
            concealer: Concealer::new(law),
            detector: dtmf::Detector::new(),
            blackout: Blackout::new(law),
            ears: Ears::new(),
            silences: Silences::new(),
            polish: Polish::new(),
            wishes: Wishes::default(),
            plain: 0,
            raw: 0,
            meters: SpanMeters::new(),
            keyed: Box::new([Keyed::default(); LANES]),
            keying: 0,
        }
    }

    /// What is wished of lanes, those of `but` left out.
    fn wishes_but(&self, but: u32) -> Wishes {
        Wishes { less_noise: self.wishes.less_noise & !but, gain: self.wishes.gain & !but }
    }

    /// Lets keys that were pressed be what their parties say. What is keyed on an armed lane nobody is to hear.
    fn key(&mut self, ticks: &mut SpanTick, clips: &Clips) {
        let Span { law, keyed, keying, blackout, .. } = self;
        each(*keying, |timeslot| {
            let hidden = blackout.watched() >> timeslot & 1 == 1;
            if hidden {
                keyed[timeslot] = Keyed::default();
            }
            if hidden || !keyed[timeslot].speak(&mut ticks.clean[timeslot], *law, clips) {
                *keying &= !(1 << timeslot);
            }
        });
    }

    /// Makes `clean` and the stamps from `rx`. A block that did not come is made up from those before; all-ones of a span
    /// in alarm is a loud noise, so it is silence here, and not what was said before.
    fn take_in(&mut self, ticks: &mut SpanTick, fresh: bool) {
        self.lost = !fresh || self.alarms.mutes();
        self.stamp(ticks);
        let active = ticks.used;
        if self.alarms.mutes() {
            each(active, |timeslot| ticks.clean[timeslot] = [self.law.silence(); OCTETS_PER_TICK]);
        } else if fresh {
            each(active, |timeslot| ticks.clean[timeslot] = ticks.rx[timeslot]);
            self.concealer.process(&mut ticks.clean, active);
        } else {
            self.concealer.conceal(&mut ticks.clean, active);
        }
    }

    /// Stamps all lanes for this tick, and tells which are in use.
    fn stamp(&self, ticks: &mut SpanTick) {
        ticks.used = 0;
        ticks.raw = self.raw;
        for (timeslot, lane) in self.lanes.iter().enumerate() {
            let stamp = &mut ticks.lanes[timeslot];
            if !lane.used && !self.ears.open(timeslot) {
                *stamp = LaneStamp::default();
                continue;
            }
            ticks.used |= 1 << timeslot;
            *stamp = lane.stamp;
            if self.lost {
                stamp.flags = stamp.flags.with(LaneFlags::ALARM);
            }
        }
    }

    /// Whether somebody listens to a lane, in use or not.
    fn listens(&self, timeslot: usize) -> bool {
        self.ears.open(timeslot) || self.silences.watches(timeslot)
    }

    /// Tells where nobody speaks any more. What a line did not bring tells nothing.
    fn tell_silences(&mut self, ticks: &SpanTick, tell: &mut impl FnMut(MediaEvent)) {
        if self.lost {
            return;
        }
        let lanes = &self.lanes;
        let talks = |at: usize| matches!(lanes[at].source, Source::Lane(_) | Source::Conference { .. });
        let lane = |timeslot| LaneId::new(ticks.span, timeslot);
        self.silences.process(ticks, talks, |timeslot| tell(MediaEvent::Silent { lane: lane(timeslot) }));
    }

    /// Tells what ears heard, and the digits that became certain in this tick, 40 to 55 ms after their onset, each once.
    fn detect(&mut self, ticks: &SpanTick, tell: &mut impl FnMut(MediaEvent)) {
        if self.alarms.mutes() {
            return;
        }
        self.ears.process(ticks, tell);
        let active = self.listening | self.blackout.watched();
        if active == 0 {
            return;
        }
        let Span { law, listening, detector, blackout, .. } = self;
        let end = detector.samples() + OCTETS_PER_TICK as u64;
        detector.process(&ticks.clean, *law, active, |timeslot, digit, edge, at| {
            blackout.digit(usize::from(timeslot), edge, end.saturating_sub(at));
            if edge == Edge::Begin && *listening >> timeslot & 1 == 1 {
                let lane = LaneId::new(ticks.span, frame::Timeslot(timeslot));
                tell(MediaEvent::Digit { lane, digit: digit.as_char() });
            }
        });
    }
}

impl Lane {
    fn flag(&mut self, flags: LaneFlags, on: bool) {
        let now = self.stamp.flags;
        self.stamp.flags = if on { now.with(flags) } else { now.without(flags) };
    }

    fn next(&mut self, law: Law, tick: Tick, clips: &Clips) -> Made {
        match self.source {
            // Conferences are mixed once all lanes have said what they say.
            Source::Silence | Source::Conference { .. } => Made::Octets([law.silence(); OCTETS_PER_TICK]),
            Source::Lane(from) => Made::From(from),
            Source::Loop(clip) => Made::Octets(self.looped(clip, law, clips)),
            Source::Music(clip) => Made::Octets(music(clip, tick, law, clips)),
            Source::Outside { lane, otherwise } => Made::Outside(lane, otherwise),
            Source::Play { list, play } => self.played(list, play, law, clips),
        }
    }

    fn looped(&mut self, clip: ClipId, law: Law, clips: &Clips) -> Octets {
        let (octets, next) = cut_loop(clip, self.octet, law, clips);
        self.octet = next;
        octets
    }

    /// The next tick of a list; clips follow each other without a gap, and what is missing at the end is silence.
    fn played(&mut self, list: Playlist, play: PlayId, law: Law, clips: &Clips) -> Made {
        let mut octets = [law.silence(); OCTETS_PER_TICK];
        let mut filled = 0;
        while filled < OCTETS_PER_TICK {
            let Some(id) = list.get(self.place) else {
                self.source = Source::Silence;
                return Made::Ended { octets, play, filled };
            };
            let clip = clips.get(id);
            let rest = clip.map_or(&[][..], |clip| clip.octets.get(self.octet..).unwrap_or_default());
            let count = rest.len().min(OCTETS_PER_TICK - filled);
            octets[filled..filled + count].copy_from_slice(&rest[..count]);
            recode(clip.map_or(law, |clip| clip.law), law, &mut octets[filled..filled + count]);
            filled += count;
            self.octet += count;
            if count == rest.len() {
                (self.place, self.octet) = (self.place + 1, 0);
            }
        }
        Made::Octets(octets)
    }
}

/// A tick of music: everybody hears the same moment of it, so no lane keeps a position.
fn music(clip: ClipId, tick: Tick, law: Law, clips: &Clips) -> Octets {
    let len = clips.get(clip).map_or(1, |clip| clip.octets.len().max(1)) as u64;
    cut_loop(clip, (tick.first_sample() % len) as usize, law, clips).0
}

/// A tick of a clip that repeats, from octet `at`; and where the next tick begins. A missing clip is silence.
fn cut_loop(clip: ClipId, at: usize, law: Law, clips: &Clips) -> (Octets, usize) {
    let mut octets = [law.silence(); OCTETS_PER_TICK];
    let Some(clip) = clips.get(clip).filter(|clip| !clip.octets.is_empty()) else { return (octets, 0) };
    let mut next = at % clip.octets.len();
    for octet in &mut octets {
        *octet = clip.octets[next];
        next = if next + 1 == clip.octets.len() { 0 } else { next + 1 };
    }
    recode(clip.law, law, &mut octets);
    (octets, next)
}

/// Does something for each timeslot whose bit is set.
fn each(mut timeslots: u32, mut act: impl FnMut(usize)) {
    while timeslots != 0 {
        act(timeslots.trailing_zeros() as usize);
        timeslots &= timeslots - 1;
    }
}

/// What the party at `from` said in this tick, in the hearer's law. A lane that was freed says nothing, whoever still
/// listens to it.
fn said(spans: &[Span], ticks: &[Box<SpanTick>], from: LaneId, law: Law) -> Octets {
    let (span, timeslot) = (usize::from(from.span.0), usize::from(from.timeslot.0));
    let Some((span, tick)) = spans.get(span).zip(ticks.get(span)).filter(|_| timeslot < LANES) else {
        return [law.silence(); OCTETS_PER_TICK];
    };
    if tick.used >> timeslot & 1 == 0 {
        return [law.silence(); OCTETS_PER_TICK];
    }
    let mut octets = tick.clean[timeslot];
    recode(span.law, law, &mut octets);
    octets
}

/// What a line brought in this tick, in the hearer's law; nothing where it brought none. Nobody speaks on such a line, so
/// its lane is not in use for it.
fn brought(spans: &[Span], ticks: &[Box<SpanTick>], from: LaneId, law: Law) -> Option<Octets> {
    let (at, timeslot) = (usize::from(from.span.0), usize::from(from.timeslot.0));
    let span = spans.get(at).filter(|span| !span.lost)?;
    let mut octets = *ticks.get(at)?.rx.get(timeslot)?;
    recode(span.law, law, &mut octets);
    Some(octets)
}

fn lane_id(span: usize, timeslot: usize) -> LaneId {
    LaneId::new(SpanId(span as u16), frame::Timeslot(timeslot as u8))
}

#[cfg(test)]
mod tests;
