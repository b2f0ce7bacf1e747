//! Busy and congestion tone: the only word with which most exchanges tell that the far end has gone.
//!
//! To take it where it is not ends a call that lives; so it has to be right in everything, three full cycles in a row:
//! frequency (±25 Hz of the plan's, and steady), purity, level (steady within a burst and from burst to burst), and the
//! lengths of tone and pause (±15 %). Anything else between the bursts, and the count begins anew.

use frame::{Law, Octets};

use super::{
    Window,
    sines::{Look, Sines},
};
use crate::tone::TonePlan;

/// Full cycles of tone and pause that are counted before it is told (design/calls.md, "FXO in China").
pub const CYCLES: u8 = 3;

/// Bursts of the longest cadence: Britain's congestion tone has two.
const BURSTS: usize = 2;
/// What is remembered: all bursts of all cycles.
const HISTORY: usize = CYCLES as usize * BURSTS;
/// The tone's part of the power: 7.5 dB above everything else. A voice's harmonic seldom holds it for 100 ms.
const PART_LIMIT: f32 = 0.85;
/// What exchanges are allowed and how far old ones stray.
const HZ_LIMIT: f32 = 25.0;
/// A single look on a noisy line is less exact than the mean of all.
const HZ_LIMIT_OF_A_LOOK: f32 = 35.0;
/// From burst to burst one oscillator is always the same.
const HZ_SPREAD_LIMIT: f32 = 6.0;
/// Quieter than any exchange sends, less the loss of the longest line.
const LEVEL_LIMIT_DBM0: f32 = -35.0;
/// Within a burst: an instrument's note swells or fades, an exchange's tone does not.
const WAVER_LIMIT_DB: f32 = 2.0;
/// From burst to burst.
const LEVEL_SPREAD_LIMIT_DB: f32 = 3.0;
/// How much quieter a pause is than the burst before it.
const PAUSE_DROP_DB: f32 = 12.0;
/// Lengths may be wrong by this part of them, or by 25 ms where that is more: two looks and a half.
const LENGTH_PART_LIMIT: f32 = 0.15;
const LENGTH_LIMIT_MS: f32 = 25.0;
/// Looks that belong to neither tone nor pause, at an edge between the two: the window is two looks long.
const EDGE_LOOKS: u16 = 3;
/// One look.
const LOOK_MS: f32 = 10.0;

/// Which tone told that the far end has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseTone {
    /// Busy tone.
    Busy,
    /// Congestion tone.
    Congestion,
}

/// Why a tone was taken as busy tone, for the call's story.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Which of the country's tones.
    pub tone: ReleaseTone,
    /// Full equal cycles of tone and pause.
    pub cycles: u8,
    /// The tone's frequency in hertz; of two, the lower one.
    pub hz: f32,
    /// The tone's level in dBm0.
    pub level_dbm0: f32,
}

/// Listens for busy and congestion tone on one lane.
#[derive(Clone, Debug)]
pub struct BusyTone {
    window: Window,
    sines: Sines,
    hz: f32,
    cadences: [Cadence; 2],
    state: State,
    history: History,
}

/// A tone's bursts and pauses in milliseconds; a burst of 0 is none.
#[derive(Clone, Copy, Debug)]
struct Cadence {
    tone: ReleaseTone,
    bursts_ms: [(u16, u16); BURSTS],
}

/// A burst and the pause after it.
#[derive(Clone, Copy, Debug, Default)]
struct Cycle {
    on_ms: f32,
    off_ms: f32,
    hz: f32,
    level_dbm0: f32,
}

/// The last cycles, the latest first.
#[derive(Clone, Copy, Debug, Default)]
struct History {
    cycles: [Cycle; HISTORY],
    len: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Anything else is heard.
    Other,
    /// The tone, perhaps at its edge.
    Burst(Burst),
    /// The pause after a burst.
    Pause { on: Burst, quiet: u16, edge: u16 },
}

/// A burst as far as it has come.
#[derive(Clone, Copy, Debug)]
struct Burst {
    looks: u16,
    /// Looks at its end that are no tone, so far.
    edge: u16,
    /// Half looks that the edge before it gave it.
    before: u16,
    hz_sum: f32,
    /// Lowest and highest level between its edges.
    level_dbm0: (f32, f32),
    latest_dbm0: f32,
}

/// What a look is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Tone,
    Quiet,
    Neither,
}

impl BusyTone {
    /// Listens for a country's busy and congestion tone, which have the same sines and differ in their cadence.
    ///
    /// # Panics
    /// Where a plan is no cadence of one or two bursts.
    pub fn new(busy: &TonePlan, congestion: &TonePlan, law: Law) -> BusyTone {
        let [low, high, ..] = busy.steps[0].frequencies_hz;
        BusyTone {
            window: Window::new(law),
            sines: Sines::new([low, high]),
            hz: f32::from(low),
            cadences: [Cadence::of(ReleaseTone::Busy, busy), Cadence::of(ReleaseTone::Congestion, congestion)],
            state: State::Other,
            history: History::default(),
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.state = State::Other;
        self.history.len = 0;
    }

    /// Takes one tick; the evidence, when it is enough. It counts anew after that.
    pub fn process(&mut self, octets: &Octets) -> Option<Evidence> {
        self.window.take(octets);
        let look = self.sines.look(&self.window);
        let kind = self.kind(&look);
        self.step(kind, &look)
    }

    fn kind(&self, look: &Look) -> Kind {
        let loud = match self.state {
            State::Other => LEVEL_LIMIT_DBM0,
            State::Burst(burst) => burst.level_dbm0.1,
            State::Pause { on, .. } => on.level_dbm0.1,
        };
        if look.level_dbm0 < loud - PAUSE_DROP_DB {
            return Kind::Quiet;
        }
        let near = (look.hz - self.hz).abs() <= HZ_LIMIT_OF_A_LOOK;
        if look.level_dbm0 >= LEVEL_LIMIT_DBM0 && look.part >= PART_LIMIT && near { Kind::Tone } else { Kind::Neither }
    }

    fn step(&mut self, kind: Kind, look: &Look) -> Option<Evidence> {
        match (&mut self.state, kind) {
            (State::Other, Kind::Tone) => self.state = State::Burst(Burst::new(look, 0)),
            (State::Other, Kind::Quiet | Kind::Neither) => {}
            (State::Burst(burst), Kind::Tone) => {
                // A hole within a burst is no edge; a tone that wavers is none.
                if burst.edge > 0 || !burst.goes_on(look) {
                    self.begin_anew(look);
                }
            }
            (State::Burst(burst), Kind::Neither) => {
                burst.edge += 1;
                if burst.edge > EDGE_LOOKS {
                    self.reset();
                }
            }
            (State::Burst(burst), Kind::Quiet) => self.state = State::Pause { on: *burst, quiet: 1, edge: 0 },
            (State::Pause { quiet, edge, .. }, Kind::Quiet) => {
                if *edge > 0 {
                    // Something short was heard that was no burst.
                    self.reset();
                } else {
                    *quiet = quiet.saturating_add(1);
                }
            }
            (State::Pause { edge, .. }, Kind::Neither) => {
                *edge += 1;
                if *edge > EDGE_LOOKS {
                    self.reset();
                }
            }
            (State::Pause { on, quiet, edge }, Kind::Tone) => {
                let cycle = on.cycle(*quiet, *edge);
                let before = *edge;
                self.state = State::Burst(Burst::new(look, before));
                self.history.push(cycle);
                return self.judge();
            }
        }
        None
    }

    fn begin_anew(&mut self, look: &Look) {
        self.history.len = 0;
        self.state = State::Burst(Burst::new(look, 0));
    }

    fn judge(&mut self) -> Option<Evidence> {
        let evidence = self.cadences.iter().find_map(|cadence| self.history.is(cadence, self.hz))?;
        self.reset();
        Some(evidence)
    }
}

impl Cadence {
    fn of(tone: ReleaseTone, plan: &TonePlan) -> Cadence {
        let mut bursts_ms = [(0, 0); BURSTS];
        let steps = plan.steps;
        assert!(steps.len().is_multiple_of(2) && steps.len() <= 2 * BURSTS, "a cadence of bursts and pauses");
        for (burst, pair) in bursts_ms.iter_mut().zip(steps.chunks_exact(2)) {
            *burst = (pair[0].length_ms, pair[1].length_ms);
        }
        Cadence { tone, bursts_ms }
    }

    fn bursts(&self) -> usize {
        if self.bursts_ms[1].0 == 0 { 1 } else { BURSTS }
    }
}

impl Burst {
    fn new(look: &Look, before: u16) -> Burst {
        let level_dbm0 = (f32::MAX, look.level_dbm0);
        Burst { looks: 1, edge: 0, before, hz_sum: look.hz, level_dbm0, latest_dbm0: look.level_dbm0 }
    }

    /// Takes a look; false where the tone wavers. The first and the last look of a burst are partly pause, so the level
    /// of a look counts once another has followed, and the first does not.
    fn goes_on(&mut self, look: &Look) -> bool {
        if self.looks > 1 {
            self.level_dbm0.0 = self.level_dbm0.0.min(self.latest_dbm0);
        }
        self.level_dbm0.1 = self.level_dbm0.1.max(look.level_dbm0);
        self.latest_dbm0 = look.level_dbm0;
        self.looks = self.looks.saturating_add(1);
        self.hz_sum += look.hz;
        self.level_dbm0.0 == f32::MAX || self.level_dbm0.1 - self.level_dbm0.0 <= WAVER_LIMIT_DB
    }

    /// The cycle that this burst and the pause after it are. Edges belong half to either.
    fn cycle(&self, quiet: u16, edge: u16) -> Cycle {
        let half = |looks: u16| f32::from(looks) / 2.0;
        Cycle {
            on_ms: (f32::from(self.looks) + half(self.before) + half(self.edge)) * LOOK_MS,
            off_ms: (f32::from(quiet) + half(self.edge) + half(edge)) * LOOK_MS,
            hz: self.hz_sum / f32::from(self.looks),
            level_dbm0: self.level_dbm0.1,
        }
    }
}

impl History {
    fn push(&mut self, cycle: Cycle) {
        self.cycles.rotate_right(1);
        self.cycles[0] = cycle;
        self.len = HISTORY.min(self.len + 1);
    }

    /// The evidence for a cadence, where the last three full cycles are all of it.
    fn is(&self, cadence: &Cadence, nominal_hz: f32) -> Option<Evidence> {
        let bursts = cadence.bursts();
        let count = usize::from(CYCLES) * bursts;
        let cycles = self.cycles.get(..count).filter(|_| self.len >= count)?;
        // Which burst of the cadence was the latest is not known.
        let fits = |turn: usize| {
            let nominal = |at: usize| cadence.bursts_ms[(turn + count - at) % bursts];
            cycles.iter().enumerate().all(|(at, cycle)| cycle.lasts(nominal(at)))
        };
        if !(0..bursts).any(fits) {
            return None;
        }
        let (hz, hz_spread) = mean_and_spread(cycles.iter().map(|cycle| cycle.hz));
        let (level_dbm0, level_spread) = mean_and_spread(cycles.iter().map(|cycle| cycle.level_dbm0));
        let steady = hz_spread <= HZ_SPREAD_LIMIT && level_spread <= LEVEL_SPREAD_LIMIT_DB;
        let right = (hz - nominal_hz).abs() <= HZ_LIMIT;
        (steady && right).then_some(Evidence { tone: cadence.tone, cycles: CYCLES, hz, level_dbm0 })
    }
}

impl Cycle {
    fn lasts(&self, (on_ms, off_ms): (u16, u16)) -> bool {
        is_about(self.on_ms, on_ms) && is_about(self.off_ms, off_ms)
    }
}

fn is_about(ms: f32, nominal_ms: u16) -> bool {
    let nominal_ms = f32::from(nominal_ms);
    (ms - nominal_ms).abs() <= (nominal_ms * LENGTH_PART_LIMIT).max(LENGTH_LIMIT_MS)
}

fn mean_and_spread(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let (sum, count) = values.clone().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    let lowest = values.clone().fold(f32::MAX, f32::min);
    let highest = values.fold(f32::MIN, f32::max);
    (sum / count, highest - lowest)
}
