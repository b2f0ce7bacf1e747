//! Tones with a rhythm: busy, congestion, ringback, special information. Busy and congestion are the only word with which
//! most exchanges tell that the far end has gone.
//!
//! To take them where they are not ends a call that lives; so they have to be right in everything, three full cycles in a
//! row: frequency (of the plan's, and steady), purity, level (steady within a burst and from burst to burst), and the
//! lengths of tone and pause. Anything else between the bursts, and the count begins anew.

use super::{
    bank::Look,
    burst::{Bursts, Cycle, Told},
    cadence::{BURSTS, Cadence, Meaning},
    sines::Wanted,
};

/// Tones that are listened for at once: one of each meaning, and one that was learnt.
const CADENCES: usize = 5;
/// Different sines among them: America's ringback has another pair than its busy tone, and what was learnt may have a third.
const SINES: usize = 3;
/// What is remembered: all bursts of three rounds of the longest cadence.
const HISTORY: usize = 3 * BURSTS;

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

/// A tone that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Heard {
    pub(crate) meaning: Meaning,
    pub(crate) hz: f32,
    pub(crate) level_dbm0: f32,
}

/// Listens for tones with a rhythm on one lane.
#[derive(Clone, Debug)]
pub struct CallTones {
    cadences: [Option<(Meaning, Cadence)>; CADENCES],
    followed: [Option<Followed>; SINES],
}

/// One tone's bursts, and the last of its cycles.
#[derive(Clone, Debug)]
struct Followed {
    bursts: Bursts,
    history: History,
}

/// The last cycles, the latest first.
#[derive(Clone, Copy, Debug, Default)]
struct History {
    cycles: [Cycle; HISTORY],
    len: usize,
}

impl CallTones {
    /// Listens for cadences. A later one is not listened for where there are already five, or three with other sines.
    pub fn new(cadences: impl IntoIterator<Item = (Meaning, Cadence)>) -> CallTones {
        let mut tones = CallTones { cadences: [const { None }; CADENCES], followed: [const { None }; SINES] };
        for (meaning, cadence) in cadences {
            tones.add(meaning, cadence);
        }
        tones
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.followed.iter_mut().flatten().for_each(Followed::reset);
    }

    pub(crate) fn wanted(&self) -> Wanted {
        let fits = self.followed.iter().flatten().map(|followed| followed.bursts.fit().wanted());
        fits.fold(Wanted::NOTHING, Wanted::and)
    }

    /// Takes a look; the tone, when it is certain. It counts anew after that.
    pub(crate) fn process(&mut self, look: Look<'_>) -> Option<Heard> {
        let cadences = &self.cadences;
        self.followed.iter_mut().flatten().find_map(|followed| followed.process(look, cadences))
    }

    fn add(&mut self, meaning: Meaning, cadence: Cadence) {
        let follows = |followed: &&mut Option<Followed>| {
            followed.as_ref().is_none_or(|followed| followed.bursts.fit() == cadence.fit)
        };
        let place = self.cadences.iter_mut().find(|place| place.is_none());
        let Some((place, followed)) = place.zip(self.followed.iter_mut().find(follows)) else { return };
        followed.get_or_insert_with(|| Followed {
            bursts: Bursts::new(cadence.fit, f32::from(cadence.hz[0]), &cadence.limits),
            history: History::default(),
        });
        *place = Some((meaning, cadence));
    }
}

impl Followed {
    fn reset(&mut self) {
        self.bursts.reset();
        self.history.len = 0;
    }

    fn process(&mut self, look: Look<'_>, cadences: &[Option<(Meaning, Cadence)>]) -> Option<Heard> {
        match self.bursts.process(look) {
            Told::Nothing => None,
            Told::Anew => {
                self.history.len = 0;
                None
            }
            Told::Cycle(cycle) => {
                self.history.push(cycle);
                let heard = self.judge(cadences)?;
                self.reset();
                Some(heard)
            }
        }
    }

    fn judge(&self, cadences: &[Option<(Meaning, Cadence)>]) -> Option<Heard> {
        let cycles = &self.history.cycles[..self.history.len];
        let own = cadences.iter().flatten().filter(|(_, cadence)| cadence.fit == self.bursts.fit());
        own.filter_map(|(meaning, cadence)| {
            let (hz, level_dbm0) = cadence.is(cycles, meaning.cycles())?;
            Some(Heard { meaning: *meaning, hz, level_dbm0 })
        })
        .next()
    }
}

impl History {
    fn push(&mut self, cycle: Cycle) {
        self.cycles.rotate_right(1);
        self.cycles[0] = cycle;
        self.len = HISTORY.min(self.len + 1);
    }
}

impl Evidence {
    /// What a release tone's being heard proves.
    pub(crate) fn of(heard: Heard, tone: ReleaseTone) -> Evidence {
        Evidence { tone, cycles: heard.meaning.cycles(), hz: heard.hz, level_dbm0: heard.level_dbm0 }
    }
}
