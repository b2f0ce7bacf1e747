//! Blackout of card digits: what is keyed on an armed lane reaches neither the other party nor the recorder.
//!
//! A digit is certain 40 to 55 ms after its onset and suspected after 30 ([`dsp::dtmf::Detector`]). So an armed lane is
//! heard and recorded [`DELAY_TICKS`] late, and from 10 ms before an onset to 10 ms after the end it is silence. What is
//! only suspected is silent as long as the suspicion lasts: in read speech that is one tick in 20,000. A lane's stamp is
//! delayed with its octets, because it belongs to them.
//!
//! Arming holds at once: the other party hears the last 40 ms again, which were heard already. Disarming gives the delay
//! back where the party is quiet, tick by tick, and until then goes on hiding. A lane that is not armed has no delay.
//! What waits when a lane is freed is nobody's to hear any more, but the recorder's: [`Blackout::hand_on`].
//! Not here: when to arm, which is call control's; digits below the receivers' level.

use codec::{decode, encode, rms_of_dbm0};
use dsp::dtmf::{Detector, Edge};
use frame::{LANES, LaneFlags, LaneStamp, Law, OCTETS_PER_TICK, Octets, SpanTick};

/// How much later an armed lane is: what a suspicion needs (30 ms), and the 10 ms before the onset.
const DELAY_TICKS: usize = 4;

/// Ticks that are remembered: those that wait, the one that came last, and the one before those, for a smooth jump.
const TICKS: usize = DELAY_TICKS + 2;

/// What is hidden beside the digit, before and after it: 10 ms.
const MARGIN: u64 = 80;

/// A cut fades out and in within its own margins, and where the delay begins or ends the jump is smoothed: 2 ms.
const FADE: usize = 16;

/// A tick below this may be left out when the delay ends: nobody is speaking.
const QUIET_DBM0: f32 = -45.0;

/// A lane that is never quiet loses its delay at once after so many ticks: music or a loud street. 2 s.
const PATIENCE_TICKS: u32 = 200;

/// What is too young at the end of a lane to be suspected: a digit that began so late is hidden with whoever has keyed
/// within [`KEYING`]. 30 ms.
const UNJUDGED: u64 = 240;

/// Keys of one number come closer together than this: 5 s.
const KEYING: u64 = 40_000;

/// The armed lanes of one span, and the last ticks of all that are in use.
pub(super) struct Blackout {
    law: Law,
    /// The last ticks, a ring. Kept for every lane in use, so that arming needs no gap.
    octets: [[Octets; LANES]; TICKS],
    stamps: [[LaneStamp; LANES]; TICKS],
    /// Where the latest tick is in the ring.
    latest: usize,
    /// The first sample of the tick that comes next.
    next_sample: u64,
    lanes: [Hidden; LANES],
    /// Lanes that are delayed, as bits.
    delayed: u32,
    /// What lanes that were freed still have for the recorder.
    endings: [Ending; LANES],
    /// Lanes that have some, as bits.
    ending: u32,
}

/// The last ticks of a lane that was freed while it was late.
#[derive(Clone, Copy, Debug)]
struct Ending {
    octets: [Octets; DELAY_TICKS],
    stamps: [LaneStamp; DELAY_TICKS],
    /// Those that are left, from this one on.
    next: usize,
}

/// What is hidden of one lane.
#[derive(Clone, Copy, Debug, Default)]
struct Hidden {
    armed: bool,
    /// By how many ticks it is late.
    delay: usize,
    /// How long it has waited for a quiet tick.
    waited: u32,
    cut: Option<Cut>,
    /// When the last digit began.
    keyed: Option<u64>,
    /// The linear value that was heard last.
    last: i16,
}

/// Samples that nobody hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    from: u64,
    /// `None` while a digit sounds or may.
    to: Option<u64>,
    /// Where the digit before, which is certain, lets it end.
    certain_to: u64,
}

impl Blackout {
    /// Nothing is hidden.
    pub(super) fn new(law: Law) -> Blackout {
        Blackout {
            law,
            octets: [[[law.silence(); OCTETS_PER_TICK]; LANES]; TICKS],
            stamps: [[LaneStamp::default(); LANES]; TICKS],
            latest: 0,
            // Later than anything that a delay reaches back to.
            next_sample: (TICKS * OCTETS_PER_TICK) as u64,
            lanes: [Hidden::default(); LANES],
            delayed: 0,
            endings: [Ending::from(DELAY_TICKS); LANES],
            ending: 0,
        }
    }

    /// Arms a lane from the next tick on, or lets its delay end.
    pub(super) fn arm(&mut self, lane: usize, on: bool) {
        let Some(hidden) = self.lanes.get_mut(lane) else { return };
        (hidden.armed, hidden.waited) = (on, 0);
        if on {
            self.delayed |= 1 << lane;
        }
    }

    /// Forgets a lane: the next call must hear nothing of this one.
    pub(super) fn reset(&mut self, lane: usize) {
        if lane >= LANES {
            return;
        }
        self.keep_ending(lane);
        self.lanes[lane] = Hidden::default();
        self.delayed &= !(1 << lane);
        for tick in 0..TICKS {
            self.octets[tick][lane].fill(self.law.silence());
            self.stamps[tick][lane] = LaneStamp::default();
        }
    }

    /// Keeps what waits of a lane that is freed, with what is to be hidden of it hidden.
    fn keep_ending(&mut self, lane: usize) {
        let delay = self.lanes[lane].delay;
        let waiting = (0..delay).rev().map(|ago| self.at(ago));
        if self.delayed >> lane & 1 == 0 || !waiting.clone().any(|at| self.stamps[at][lane].track.is_some()) {
            return;
        }
        self.lanes[lane].hide_unjudged(self.next_sample);
        let mut ending = Ending::from(DELAY_TICKS - delay);
        for (place, ago) in (ending.next..).zip((0..delay).rev()) {
            let at = self.at(ago);
            let first = self.next_sample - ((ago + 1) * OCTETS_PER_TICK) as u64;
            (ending.octets[place], ending.stamps[place]) = self.shown(lane, at, first);
        }
        self.endings[lane] = ending;
        self.ending |= 1 << lane;
    }

    /// Puts what freed lanes still have into a tick that everybody has heard: the recorder alone takes it. A track is known
    /// by its handle, so any lane that brings none of its own can carry it where the next call has the lane already.
    pub(super) fn hand_on(&mut self, ticks: &mut SpanTick) {
        let mut left = self.ending;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            left &= left - 1;
            let mut carriers = [lane].into_iter().chain(0..LANES);
            let Some(carrier) = carriers.find(|lane| ticks.lanes[*lane].track.is_none()) else { return };
            let ending = &mut self.endings[lane];
            (ticks.clean[carrier], ticks.lanes[carrier]) = (ending.octets[ending.next], ending.stamps[ending.next]);
            ending.next += 1;
            if ending.next == DELAY_TICKS {
                self.ending &= !(1 << lane);
            }
        }
    }

    /// Lanes whose digits have to be known, as bits.
    pub(super) fn watched(&self) -> u32 {
        self.delayed
    }

    /// A digit of a watched lane began or ended so many samples before the end of the tick that `process` takes next.
    pub(super) fn digit(&mut self, lane: usize, edge: Edge, ago: u64) {
        let at = (self.next_sample + OCTETS_PER_TICK as u64).saturating_sub(ago);
        if let Some(hidden) = self.lanes.get_mut(lane) {
            match edge {
                Edge::Begin => hidden.begin(at),
                Edge::End => hidden.cut_to(at + MARGIN),
            }
        }
    }

    /// Takes a tick after all is known of its digits; `clean` and the stamps of delayed lanes become those that are to be
    /// heard now.
    pub(super) fn process(&mut self, ticks: &mut SpanTick, used: u32, detector: &Detector) {
        self.latest = (self.latest + 1) % TICKS;
        let mut left = used | self.delayed;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            left &= left - 1;
            self.octets[self.latest][lane] = ticks.clean[lane];
            self.stamps[self.latest][lane] = ticks.lanes[lane];
            if self.delayed >> lane & 1 == 1 {
                self.suspect(lane, detector);
                (ticks.clean[lane], ticks.lanes[lane]) = self.heard(lane);
            }
        }
        self.next_sample += OCTETS_PER_TICK as u64;
    }

    /// Follows what the detector suspects but has not told.
    fn suspect(&mut self, lane: usize, detector: &Detector) {
        let end = self.next_sample + OCTETS_PER_TICK as u64;
        let heard_to = self.next_sample - (self.lanes[lane].delay * OCTETS_PER_TICK) as u64;
        let hidden = &mut self.lanes[lane];
        match detector.onset(lane) {
            Some(onset) => {
                let ago = detector.samples().saturating_sub(onset);
                hidden.cut_from(end.saturating_sub(ago + MARGIN));
            }
            None => hidden.suspect_no_more(heard_to),
        }
    }

    /// The octets and the stamp of a delayed lane that are heard in this tick.
    fn heard(&mut self, lane: usize) -> (Octets, LaneStamp) {
        let before = self.lanes[lane].delay;
        self.adjust(lane);
        let delay = self.lanes[lane].delay;
        let jump = (delay != before).then(|| {
            // A lane without a delay was heard as it came.
            let last = if before == 0 { self.last(1, lane) } else { self.lanes[lane].last };
            i32::from(last) - i32::from(self.last(delay + 1, lane))
        });
        let at = self.at(delay);
        if let Some(jump) = jump {
            smooth(self.law, &mut self.octets[at][lane], jump);
        }
        let (octets, stamp) = self.shown(lane, at, self.next_sample - (delay * OCTETS_PER_TICK) as u64);
        self.lanes[lane].last = decode(self.law, octets[OCTETS_PER_TICK - 1]);
        (octets, stamp)
    }

    /// What is shown of the tick at `at`, whose first sample is `first`.
    fn shown(&mut self, lane: usize, at: usize, first: u64) -> (Octets, LaneStamp) {
        let (mut octets, mut stamp) = (self.octets[at][lane], self.stamps[at][lane]);
        if self.lanes[lane].hide(self.law, &mut octets, first) {
            stamp.flags = stamp.flags.with(LaneFlags::BLACKOUT);
        }
        (octets, stamp)
    }

    /// Begins the delay of a lane that was armed, and ends that of one that is no more.
    fn adjust(&mut self, lane: usize) {
        let Hidden { armed, delay, waited, .. } = self.lanes[lane];
        if armed {
            self.lanes[lane].delay = DELAY_TICKS;
            return;
        }
        let mut delay = if waited >= PATIENCE_TICKS && self.lanes[lane].cut.is_none() { 0 } else { delay };
        while delay > 0 && self.is_quiet(delay, lane) {
            delay -= 1;
        }
        self.lanes[lane].delay = delay;
        self.lanes[lane].waited += 1;
        if delay == 0 {
            self.delayed &= !(1 << lane);
        }
    }

    /// Whether the tick of `delay` ticks ago may be left out: nobody speaks in it, and nothing is cut from there on.
    fn is_quiet(&self, delay: usize, lane: usize) -> bool {
        let limit = rms_of_dbm0(self.law, QUIET_DBM0).powi(2) * OCTETS_PER_TICK as f32;
        let value = |octet: &u8| f32::from(decode(self.law, *octet));
        let power: f32 = self.octets[self.at(delay)][lane].iter().map(|octet| value(octet).powi(2)).sum();
        self.lanes[lane].cut.is_none() && power <= limit
    }

    /// The last value of the tick of `ago` ticks ago.
    fn last(&self, ago: usize, lane: usize) -> i16 {
        decode(self.law, self.octets[self.at(ago)][lane][OCTETS_PER_TICK - 1])
    }

    /// Where the tick of `ago` ticks ago is in the ring.
    fn at(&self, ago: usize) -> usize {
        (self.latest + TICKS - ago) % TICKS
    }
}

impl Ending {
    /// Nothing yet, for ticks from `next` on.
    fn from(next: usize) -> Ending {
        Ending { octets: [[0; OCTETS_PER_TICK]; DELAY_TICKS], stamps: [LaneStamp::default(); DELAY_TICKS], next }
    }
}

impl Hidden {
    /// A digit that is certain began.
    fn begin(&mut self, at: u64) {
        self.keyed = Some(at);
        self.cut_from(at.saturating_sub(MARGIN));
    }

    /// The lane ends at `end`: what begins too late for that to be suspected may be the next digit of who keys a number.
    fn hide_unjudged(&mut self, end: u64) {
        if self.keyed.is_some_and(|keyed| keyed + KEYING > end) {
            self.cut_from(end - UNJUDGED - MARGIN);
        }
    }

    /// Hides what comes from a sample on. What was being hidden until now stays so: nobody speaks between two digits.
    fn cut_from(&mut self, from: u64) {
        let certain_to = self.cut.map_or(0, |cut| cut.certain_to);
        let from = self.cut.map_or(from, |cut| cut.from.min(from));
        self.cut = Some(Cut { from, to: None, certain_to });
    }

    fn cut_to(&mut self, to: u64) {
        if let Some(cut) = &mut self.cut {
            (cut.to, cut.certain_to) = (Some(to), to);
        }
    }

    /// A suspicion that came to nothing: what waits is heard again from `heard_to` on, fading in.
    fn suspect_no_more(&mut self, heard_to: u64) {
        let Some(Cut { from, to: None, certain_to }) = self.cut else { return };
        let to = Some(certain_to.max(heard_to + FADE as u64));
        let nothing_heard = from >= heard_to && certain_to <= heard_to;
        self.cut = (!nothing_heard).then_some(Cut { from, to, certain_to });
    }

    /// Hides what is cut of the octets that begin with sample `first`. Tells whether that was all of them.
    fn hide(&mut self, law: Law, octets: &mut Octets, first: u64) -> bool {
        let Some(cut) = self.cut else { return false };
        for (sample, octet) in (first..).zip(octets.iter_mut()) {
            *octet = match cut.gain(sample) {
                0.0 => law.silence(),
                1.0 => *octet,
                gain => encode(law, (f32::from(decode(law, *octet)) * gain) as i16),
            };
        }
        let end = first + OCTETS_PER_TICK as u64;
        if cut.to.is_some_and(|to| to <= end) {
            self.cut = None;
        }
        cut.from <= first && cut.to.is_none_or(|to| to >= end)
    }
}

impl Cut {
    /// What is left of a sample.
    fn gain(self, sample: u64) -> f32 {
        let fade = |samples: u64| (samples as f32 / FADE as f32).min(1.0);
        let before = 1.0 - fade((sample + 1).saturating_sub(self.from));
        let after = self.to.map_or(0.0, |to| 1.0 - fade(to.saturating_sub(sample + 1)));
        before.max(after)
    }
}

/// Leads from the value that was heard last over to octets that do not follow it.
fn smooth(law: Law, octets: &mut Octets, jump: i32) {
    for (place, octet) in octets.iter_mut().take(FADE).enumerate() {
        let left = jump * (FADE - place) as i32 / (FADE + 1) as i32;
        let value = i32::from(decode(law, *octet)) + left;
        *octet = encode(law, value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
    }
}

#[cfg(test)]
mod tests;
