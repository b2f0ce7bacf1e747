//! How loud the lanes are, for pages: written by the media thread once a second, read by anyone.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use dsp::meter::{Meter, Reading, TICKS};
use frame::{LANES, LaneId, Law, SpanId, SpanTick, Tick, Timeslot};

/// The level of one way of a lane, in whole dB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLevel {
    /// Of the last second.
    pub rms_dbm0: i8,
    /// Its loudest sample, as the level of a sine that reaches it.
    pub peak_dbm0: i8,
    /// Of speech, once some was heard.
    pub speech_dbm0: Option<i8>,
    /// How much of the time somebody spoke, in percent.
    pub activity_pct: u8,
}

/// The levels of all lanes of the box.
#[derive(Debug)]
pub struct Levels(Box<[[Lane; LANES]]>);

/// What a party says, and what it hears.
#[derive(Debug)]
struct Lane {
    said: AtomicU32,
    heard: AtomicU32,
}

/// A lane that is not in use: no level is that high.
const NONE: u32 = u32::from_le_bytes([i8::MAX as u8; 4]);
/// No speech was heard.
const NO_SPEECH: i8 = i8::MIN;

impl Levels {
    /// Levels of lanes that nobody uses, in a box of so many spans.
    pub(super) fn new(spans: usize) -> Levels {
        let lane = || Lane { said: AtomicU32::new(NONE), heard: AtomicU32::new(NONE) };
        Levels((0..spans).map(|_| std::array::from_fn(|_| lane())).collect())
    }

    /// The lanes in use, with what each party says and hears.
    pub fn in_use(&self) -> impl Iterator<Item = (LaneId, LaneLevel, LaneLevel)> + '_ {
        self.0.iter().enumerate().flat_map(|(span, lanes)| {
            let level = move |(timeslot, lane): (usize, &Lane)| {
                let id = LaneId::new(SpanId(span as u16), Timeslot(timeslot as u8));
                Some((id, unpacked(lane.said.load(Relaxed))?, unpacked(lane.heard.load(Relaxed))?))
            };
            lanes.iter().enumerate().filter_map(level)
        })
    }

    fn tell(&self, span: usize, lane: usize, said: Option<Reading>, heard: Option<Reading>) {
        let Some(lane) = self.0.get(span).map(|lanes| &lanes[lane]) else { return };
        lane.said.store(said.map_or(NONE, packed), Relaxed);
        lane.heard.store(heard.map_or(NONE, packed), Relaxed);
    }
}

/// What measures the lanes of one span.
pub(super) struct SpanMeters {
    said: Meter,
    heard: Meter,
}

impl SpanMeters {
    pub(super) fn new() -> SpanMeters {
        SpanMeters { said: Meter::new(), heard: Meter::new() }
    }

    /// Measures a tick, and tells the levels once a second: each span's in a tick of its own.
    pub(super) fn process(&mut self, span: usize, tick: Tick, ticks: &SpanTick, levels: &Levels) {
        self.said.process(&ticks.clean, ticks.law, ticks.used);
        self.heard.process(&ticks.tx, ticks.law, ticks.used);
        if tick.0 % u64::from(TICKS) == span as u64 % u64::from(TICKS) {
            (0..LANES).for_each(|lane| self.tell(span, lane, ticks.law, ticks.used >> lane & 1 == 1, levels));
        }
    }

    fn tell(&self, span: usize, lane: usize, law: Law, used: bool, levels: &Levels) {
        let of = |meter: &Meter| used.then(|| meter.reading(lane, law));
        levels.tell(span, lane, of(&self.said), of(&self.heard));
    }

    /// Forgets a lane.
    pub(super) fn reset_lane(&mut self, lane: usize) {
        self.said.reset_lane(lane);
        self.heard.reset_lane(lane);
    }
}

fn packed(reading: Reading) -> u32 {
    // All levels lie between -90 and 4 dBm0.
    let speech = reading.speech_dbm0.map_or(NO_SPEECH, |level| level.round() as i8);
    let levels = [reading.rms_dbm0.round() as i8, reading.peak_dbm0.round() as i8, speech];
    let [rms, peak, speech] = levels.map(|level| level as u8);
    u32::from_le_bytes([rms, peak, speech, (reading.activity * 100.0).round() as u8])
}

fn unpacked(packed: u32) -> Option<LaneLevel> {
    let [rms, peak, speech, activity_pct] = packed.to_le_bytes();
    let [rms_dbm0, peak_dbm0, speech] = [rms, peak, speech].map(|octet| octet as i8);
    let speech_dbm0 = Some(speech).filter(|speech| *speech != NO_SPEECH);
    (packed != NONE).then_some(LaneLevel { rms_dbm0, peak_dbm0, speech_dbm0, activity_pct })
}
