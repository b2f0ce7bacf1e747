//! Bursts of one tone on one lane, and the pauses between them.
//!
//! Every look is tone, quiet, or neither. A burst is tone that does not waver; a pause is 12 dB quieter than the burst
//! before it. Three looks that are neither stand for an edge (the window is two looks long); more, or anything short that
//! is no burst, and all begins anew.

use super::{
    bank::Look,
    limits::{Limits, dbm0, power_ratio},
    sines::Fit,
};

/// How much quieter a pause is than the burst before it.
const PAUSE_DROP_DB: f32 = 12.0;
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
    Pause { on: Burst, quiet: u16, edge: u16 },
}

/// A burst as far as it has come.
#[derive(Clone, Copy, Debug)]
struct Burst {
    looks: u16,
    /// Looks at its end that are no tone, so far.
    edge: u16,
    /// Looks of the edge before it.
    before: u16,
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
        match (&mut self.state, kind) {
            (State::Other, Kind::Quiet | Kind::Neither) => Told::Nothing,
            (State::Other, Kind::Tone) => self.begin(look, 0),
            (State::Burst(burst), Kind::Tone) => {
                // A hole within a burst is no edge; a tone that wavers is none.
                let goes_on = burst.edge == 0 && burst.goes_on(look, self.fit, self.waver);
                if goes_on { Told::Nothing } else { self.begin(look, 0) }
            }
            (State::Burst(burst), Kind::Neither) => {
                burst.edge += 1;
                let edge = burst.edge;
                self.give_up_after(edge)
            }
            (State::Burst(burst), Kind::Quiet) => {
                self.state = State::Pause { on: *burst, quiet: 1, edge: 0 };
                Told::Nothing
            }
            (State::Pause { quiet, edge: 0, .. }, Kind::Quiet) => {
                *quiet = quiet.saturating_add(1);
                Told::Nothing
            }
            // Something short was heard that was no burst.
            (State::Pause { .. }, Kind::Quiet) => self.give_up(),
            (State::Pause { edge, .. }, Kind::Neither) => {
                *edge += 1;
                let edge = *edge;
                self.give_up_after(edge)
            }
            (State::Pause { on, quiet, edge }, Kind::Tone) => {
                let (cycle, edge) = (on.cycle(*quiet, *edge), *edge);
                self.begin(look, edge);
                Told::Cycle(cycle)
            }
        }
    }

    fn kind(&self, look: Look<'_>) -> Kind {
        let loud = match &self.state {
            State::Other => self.power_limit,
            State::Burst(burst) | State::Pause { on: burst, .. } => burst.highest,
        };
        let power = look.power();
        if power < loud * self.pause_drop {
            return Kind::Quiet;
        }
        let tone = power >= self.power_limit && look.part(self.fit) >= self.part_limit;
        if tone && (look.hz(self.fit) - self.hz).abs() <= self.hz_limit { Kind::Tone } else { Kind::Neither }
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
        Burst { looks: 1, edge: 0, before, hz_sum: look.hz(fit), lowest: f32::MAX, highest: power, latest: power }
    }

    /// Takes a look; false where the tone wavers. The first and the last look of a burst are partly pause, so the level
    /// of a look counts once another has followed, and the first does not.
    fn goes_on(&mut self, look: Look<'_>, fit: Fit, waver: f32) -> bool {
        if self.looks > 1 {
            self.lowest = self.lowest.min(self.latest);
        }
        self.latest = look.tone(fit);
        self.highest = self.highest.max(self.latest);
        self.looks = self.looks.saturating_add(1);
        self.hz_sum += look.hz(fit);
        self.lowest == f32::MAX || self.highest <= self.lowest * waver
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
