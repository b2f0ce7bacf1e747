//! One party outside the box: a mouth, keys and an ear.

use frame::{LaneId, Law, Octets};

use crate::{
    ear::Ear,
    operator::Told,
    outbox::Outbox,
    voice::{Say, Spoken, Voice},
};

/// Someone who talks and hears on one lane.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    lane: LaneId,
    pub(crate) voice: Voice,
    pub(crate) ear: Ear,
}

/// What an operator asks of a party, whatever line it is on.
#[derive(Clone, Debug)]
pub enum Act {
    /// It says this from now on.
    Say(Say),
    /// It presses these keys: `0`-`9`, `*`, `#`, `A`-`D`, as DTMF in the audio.
    Press(String),
    /// Keep what it hears from now on.
    Listen,
    /// Tell what it heard since ([`Told::Heard`]), and keep no more.
    TakeHeard,
    /// Tell the level of what it hears now ([`Told::Level`]).
    Measure,
}

impl Party {
    pub(crate) fn new(lane: LaneId, law: Law) -> Party {
        Party { lane, voice: Voice::new(law), ear: Ear::new(law) }
    }

    pub(crate) fn act(&mut self, act: Act, out: &mut Outbox) {
        match act {
            Act::Say(say) => self.voice.say(say),
            Act::Press(keys) => self.voice.press(&keys),
            Act::Listen => self.ear.listen(),
            Act::TakeHeard => out.tell(Told::Heard { lane: self.lane, octets: self.ear.take() }),
            Act::Measure => out.tell(Told::Level { lane: self.lane, dbm0: self.ear.level_dbm0() }),
        }
    }

    /// One tick both ways.
    pub(crate) fn tick(&mut self, heard: &Octets, said: &mut Octets, out: &mut Outbox) {
        self.ear.process(heard);
        if self.voice.process(said) == Spoken::Ended {
            out.tell(Told::SaidAll(self.lane));
        }
    }
}
