//! Bursts of one tone on one lane, and the pauses between them.
//!
//! Every look is tone, quiet, or neither. A burst is tone that does not waver; a pause is 12 dB quieter than the burst
//! before it. Three looks that are neither stand for an edge (the window is two looks long); more, or anything short that
//! is no burst, and all begins anew.
//! What a canceller leaves of a prompt lies over both. So a pause may be louder as long as the tone itself is gone from it, and
//! some looks of a burst may be odd: the tone is covered, or for a moment not there, or not as loud as before.

use super::{
    bank::Look,
    limits::{Limits, dbm0, power_ratio},
    sines::Fit,
};

/// How much quieter a pause is than the burst before it.
const PAUSE_DROP_DB: f32 = 12.0;
/// How much quieter a pause is in which something else is heard, and how much quieter the tone itself is there.
const NOISY_DROP_DB: f32 = 6.0;
const TONE_DROP_DB: f32 = 10.0;
/// The tone's part of the power where something else lies over it: it is still the louder of the two.
const COVERED_PART: f32 = 0.6;
/// So many looks of a burst may be odd. A voice's harmonic holds still for no more than 100 ms.
const ODD_LOOKS: u16 = 8;
/// Looks that are neither, within a pause, and yet no end of it.
const STRAY_LOOKS: u16 = 4;
/// So many looks of the tone in a pause, quieter than its burst, are a burst of their own: what came before was another sound,
/// and a line on which that was loud is not to wait for as much again.
const FAINT_LOOKS: u16 = 10;
/// How much farther a single look may be from the frequency than the mean of all: a noisy line is less exact.
const HZ_OF_A_LOOK: f32 = 10.0;
/// Looks that belong to neither tone nor pause, at an edge between the two.
const EDGE_LOOKS: u16 = 3;
/// One look.
const LOOK_MS: f32 = 10.0;

/// Follows one tone on one lane.
#[derive(Clone, Debug)]
pub(super) struct Bursts {
    fit: Fit,
    /// The tone's own frequency, which may lie beside that of the fit.
    hz: f32,
    hz_limit: f32,
    part_limit: f32,
    power_limit: f32,
    waver: f32,
    pause_drop: f32,
    noisy_drop: f32,
    tone_drop: f32,
    state: State,
}

/// A burst and the pause after it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cycle {
    pub(super) on_ms: f32,
    pub(super) off_ms: f32,
    pub(super) hz: f32,
    pub(super) level_dbm0: f32,
}

/// What a look came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    /// Nothing new.
    Nothing,
    /// What came before does not belong to what comes now.
    Anew,
    /// A burst and its pause are over: another burst begins.
    Cycle(Cycle),
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Anything else is heard.
    Other,
    /// The tone, perhaps at its edge.
    Burst(Burst),
    /// The pause after a burst.
    Pause { on: Burst, quiet: u16, edge: u16, stray: u16, faint: u16 },
}

/// A burst as far as it has come.
#[derive(Clone, Copy, Debug)]
struct Burst {
    looks: u16,
    /// Looks at its end that are no tone, so far.
    edge: u16,
    /// Looks of the edge before it.
    before: u16,
    /// Looks that were odd.
    odd: u16,
    hz_sum: f32,
    /// Lowest and highest power between its edges.
    lowest: f32,
    highest: f32,
    latest: f32,
}

/// What a look is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Tone,
    /// The tone of the burst before, with something over it.
    Covered,
    Quiet,
    Neither,
}

impl Bursts {
    pub(super) fn new(fit: Fit, hz: f32, limits: &Limits) -> Bursts {
        Bursts {
            fit,
            hz,
            hz_limit: limits.hz + HZ_OF_A_LOOK,
            part_limit: limits.part,
            power_limit: limits.power(),
            waver: power_ratio(limits.waver_db),
            pause_drop: power_ratio(-PAUSE_DROP_DB),
            noisy_drop: power_ratio(-NOISY_DROP_DB),
            tone_drop: power_ratio(-TONE_DROP_DB),
            state: State::Other,
        }
    }

    pub(super) fn reset(&mut self) {
        self.state = State::Other;
    }

    pub(super) fn fit(&self) -> Fit {
        self.fit
    }

    pub(super) fn process(&mut self, look: Look<'_>) -> Told {
        let kind = self.kind(look);
        if self.is_faint_burst(look, kind) {
            self.state = State::Burst(Burst::after(FAINT_LOOKS, look, self.fit));
            return Told::Anew;
        }
        match (&mut self.state, kind) {
            (State::Other, Kind::Quiet | Kind::Neither | Kind::Covered) => Told::Nothing,
            (State::Other, Kind::Tone) => self.begin(look, 0),
            (State::Burst(burst), Kind::Tone | Kind::Covered) => {
                match (burst.goes_on(look, self.fit, self.waver, kind), kind) {
                    (true, _) => Told::Nothing,
                    (false, Kind::Tone) => self.begin(look, 0),
                    (false, _) => self.give_up(),
                }
            }
            (State::Burst(burst), Kind::Neither) => {
                burst.edge += 1;
                let edge = burst.edge;
                self.give_up_after(edge)
            }
            (State::Burst(burst), Kind::Quiet) => {
                self.state = State::Pause { on: *burst, quiet: 1, edge: 0, stray: 0, faint: 0 };
                Told::Nothing
            }
            (State::Pause { quiet, edge: 0, .. }, Kind::Quiet) => {
                *quiet = quiet.saturating_add(1);
                Told::Nothing
            }
            (State::Pause { quiet, edge, stray, .. }, Kind::Quiet) if *stray + *edge <= STRAY_LOOKS => {
                (*quiet, *stray) = (quiet.saturating_add(*edge + 1), *stray + *edge);
                *edge = 0;
                Told::Nothing
            }
            // Something short was heard that was no burst.
            (State::Pause { .. }, Kind::Quiet) => self.give_up(),
            (State::Pause { edge, .. }, Kind::Neither) => {
                *edge += 1;
                let edge = *edge;
                self.give_up_after(edge)
            }
            (State::Pause { on, quiet, edge, .. }, Kind::Tone | Kind::Covered) => {
                let (cycle, edge) = (on.cycle(*quiet, *edge), *edge);
                self.begin(look, edge);
                if kind == Kind::Covered
                    && let State::Burst(burst) = &mut self.state
                {
                    burst.odd = 1;
                }
                Told::Cycle(cycle)
            }
        }
    }

    /// Whether a pause has been the tone for a while.
    fn is_faint_burst(&mut self, look: Look<'_>, kind: Kind) -> bool {
        let is_tone = kind == Kind::Quiet && self.is_its(look) && look.part(self.fit) >= self.part_limit;
        let State::Pause { faint, .. } = &mut self.state else { return false };
        *faint = if is_tone { *faint + 1 } else { 0 };
        *faint >= FAINT_LOOKS
    }

    /// Whether a look is loud enough, and of the tone's frequency.
    fn is_its(&self, look: Look<'_>) -> bool {
        look.power() >= self.power_limit && (look.hz(self.fit) - self.hz).abs() <= self.hz_limit
    }

    fn kind(&self, look: Look<'_>) -> Kind {
        let burst = match &self.state {
            State::Other => None,
            State::Burst(burst) | State::Pause { on: burst, .. } => Some(burst),
        };
        let loud = burst.map_or(self.power_limit, |burst| burst.highest);
        let (power, own) = (look.power(), look.tone(self.fit));
        let is_noisy_pause = || burst.is_some() && power < loud * self.noisy_drop && own < loud * self.tone_drop;
        if power < loud * self.pause_drop || is_noisy_pause() {
            return Kind::Quiet;
        }
        let part = look.part(self.fit);
        let is_its = self.is_its(look);
        match burst {
            _ if is_its && part >= self.part_limit => Kind::Tone,
            Some(burst) if is_its && part >= COVERED_PART && burst.is_level(own, self.waver) => Kind::Covered,
            _ => Kind::Neither,
        }
    }

    fn begin(&mut self, look: Look<'_>, before: u16) -> Told {
        self.state = State::Burst(Burst::new(look, self.fit, before));
        Told::Anew
    }

    fn give_up_after(&mut self, edge: u16) -> Told {
        if edge > EDGE_LOOKS { self.give_up() } else { Told::Nothing }
    }

    fn give_up(&mut self) -> Told {
        self.reset();
        Told::Anew
    }
}

impl Burst {
    fn new(look: Look<'_>, fit: Fit, before: u16) -> Burst {
        let power = look.tone(fit);
        Burst {
            looks: 1,
            edge: 0,
            before,
            odd: 0,
            hz_sum: look.hz(fit),
            lowest: f32::MAX,
            highest: power,
            latest: power,
        }
    }

    /// One that has been heard for so many looks.
    fn after(looks: u16, look: Look<'_>, fit: Fit) -> Burst {
        Burst { looks, hz_sum: look.hz(fit) * f32::from(looks), ..Burst::new(look, fit, 0) }
    }

    /// Takes a look; false where too many are odd, as where the tone wavers. The first and the last look of a burst are partly
    /// pause, so the level of a look counts once another has followed, and the first does not. Nor does that of an odd one.
    fn goes_on(&mut self, look: Look<'_>, fit: Fit, waver: f32, kind: Kind) -> bool {
        let (own, hole) = (look.tone(fit), std::mem::take(&mut self.edge));
        let is_odd = kind == Kind::Covered || !self.is_level(own, waver);
        self.odd += hole + u16::from(is_odd);
        self.looks = self.looks.saturating_add(1 + hole);
        self.hz_sum += look.hz(fit) * f32::from(1 + hole);
        if !is_odd {
            if self.looks > 2 {
                self.lowest = self.lowest.min(self.latest);
            }
            self.latest = own;
            self.highest = self.highest.max(own);
        }
        self.odd <= ODD_LOOKS
    }

    /// Whether a level is that of the tone so far.
    fn is_level(&self, own: f32, waver: f32) -> bool {
        self.lowest == f32::MAX || own * waver >= self.highest && own <= self.lowest * waver
    }

    /// The cycle that this burst and the pause after it are. Edges belong half to either.
    fn cycle(&self, quiet: u16, edge: u16) -> Cycle {
        let half = |looks: u16| f32::from(looks) / 2.0;
        Cycle {
            on_ms: (f32::from(self.looks) + half(self.before) + half(self.edge)) * LOOK_MS,
            off_ms: (f32::from(quiet) + half(self.edge) + half(edge)) * LOOK_MS,
            hz: self.hz_sum / f32::from(self.looks),
            level_dbm0: dbm0(self.highest),
        }
    }
}
