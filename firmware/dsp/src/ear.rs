//! What listens to one outside line: one thing at a time, as its line machine wants it.
//!
//! Everything is taken when it is made; `process` allocates nothing, so that an ear is made by call control and handed to
//! the media thread, and comes back from there to be freed.

use frame::Octets;

use crate::{
    caller_id::{Message, Receiver},
    progress::{BusyTone, DialTone, Evidence, Voice},
};

/// Listens to one lane.
#[derive(Clone, Debug)]
pub enum Ear {
    /// For a caller id, while the line rings.
    CallerId(Box<Receiver>),
    /// For dial tone.
    DialTone(Box<DialTone>),
    /// For what becomes of a call: its far end has gone, or speaks where that is to be known.
    Progress(Box<BusyTone>, Option<Box<Voice>>),
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    /// A caller id's message, its sum right.
    CallerId(Message),
    /// Dial tone.
    DialTone,
    /// Busy or congestion tone, by as much evidence.
    BusyTone(Evidence),
    /// A voice, for the first time.
    Voice,
}

impl Ear {
    /// Takes one tick.
    pub fn process(&mut self, octets: &Octets) -> Option<Heard> {
        match self {
            Ear::CallerId(receiver) => receiver.process(octets).map(Heard::CallerId),
            Ear::DialTone(dial_tone) => dial_tone.process(octets).then_some(Heard::DialTone),
            Ear::Progress(busy_tone, voice) => {
                let speaks = voice.as_mut().is_some_and(|voice| voice.process(octets));
                busy_tone.process(octets).map(Heard::BusyTone).or(speaks.then_some(Heard::Voice))
            }
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        match self {
            Ear::CallerId(receiver) => receiver.reset(),
            Ear::DialTone(dial_tone) => dial_tone.reset(),
            Ear::Progress(busy_tone, voice) => {
                busy_tone.reset();
                voice.iter_mut().for_each(|voice| voice.reset());
            }
        }
    }
}
