//! What listens to the lanes of one span: on each at most one ear, which hears what its line machine wants.
//!
//! Everything is taken when it is made; `process` allocates nothing, so that an ear is made by call control and handed to
//! the media thread, and comes back from there to be freed. Tones are looked for on sixteen lanes at once; sixteen lanes
//! on which nobody wants any cost nothing.

use codec::lanes::{self, WIDTH};
use fearless_simd::Level;
use frame::{LANES, Law, Octets};

use crate::{
    caller_id::{Message, Receiver},
    probe::Tap,
    progress::{
        Bank, Cadence, CallTones, DialTone, Evidence, Learner, Look, Machine, MachineTone, Meaning, ReleaseTone,
        SpecialInformation, Tables, Voice, Wanted,
    },
};

const BANKS: usize = LANES / WIDTH;

/// Listens to one lane.
#[derive(Clone, Debug)]
pub enum Ear {
    /// For a caller id, while the line rings.
    CallerId(Box<Receiver>),
    /// For dial tone.
    DialTone(DialTone),
    /// For what becomes of a call.
    Call(Box<CallEar>),
    /// Takes what comes, for a measurement.
    Tap(Tap),
    /// Learns a tone's rhythm.
    Learn(Box<Learner>),
}

/// Listens for what becomes of a call, as far as it is wanted.
#[derive(Clone, Debug, Default)]
pub struct CallEar {
    /// The exchange's tones with a rhythm: the far end has gone, or rings.
    pub tones: Option<CallTones>,
    /// The far end speaks.
    pub voice: Option<Voice>,
    /// An announcement follows.
    pub special: Option<SpecialInformation>,
    /// A fax machine or a modem.
    pub machine: Option<Machine>,
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    /// A caller id's message, its sum right.
    CallerId(Message),
    /// Dial tone.
    DialTone {
        /// How loud.
        dbm0: f32,
    },
    /// Busy or congestion tone, by as much evidence.
    BusyTone(Evidence),
    /// Ringback, each time it has come round.
    Ringback,
    /// The special information tone.
    SpecialInformation,
    /// A voice, for the first time.
    Voice,
    /// A machine, each kind for the first time.
    Machine(MachineTone),
    /// A tap has all that it was to take.
    Tapped,
    /// A rhythm that was to be learnt, once.
    Rhythm(Cadence),
}

/// The ears of a span's lanes, and what they look at.
#[derive(Clone, Debug)]
pub struct Ears {
    level: Level,
    tables: Tables,
    banks: [Bank; BANKS],
    ears: [Option<Box<Ear>>; LANES],
    /// Lanes that have one, as bits, so that a span without any costs nothing.
    open: u32,
    /// Lanes whose ear is a tap.
    tapped: u32,
    /// What each bank's lanes want looked for.
    wanted: [Wanted; BANKS],
}

impl Ear {
    /// Forgets what was heard.
    fn reset(&mut self) {
        match self {
            Ear::CallerId(receiver) => receiver.reset(),
            Ear::DialTone(dial_tone) => dial_tone.reset(),
            Ear::Call(call) => call.reset(),
            Ear::Tap(tap) => tap.reset(),
            Ear::Learn(learner) => learner.reset(),
        }
    }

    fn wanted(&self) -> Wanted {
        match self {
            Ear::CallerId(_) | Ear::Tap(_) | Ear::Learn(_) => Wanted::NOTHING,
            Ear::DialTone(dial_tone) => dial_tone.wanted(),
            Ear::Call(call) => call.wanted(),
        }
    }

    fn process(&mut self, octets: &Octets, look: Look<'_>) -> Option<Heard> {
        match self {
            Ear::CallerId(receiver) => receiver.process(octets).map(Heard::CallerId),
            Ear::DialTone(dial_tone) => dial_tone.process(look).map(|dbm0| Heard::DialTone { dbm0 }),
            Ear::Call(call) => call.process(look),
            Ear::Tap(tap) => tap.process(octets).then_some(Heard::Tapped),
            Ear::Learn(learner) => learner.process(octets).map(Heard::Rhythm),
        }
    }
}

impl CallEar {
    fn reset(&mut self) {
        self.tones.iter_mut().for_each(CallTones::reset);
        self.voice.iter_mut().for_each(Voice::reset);
        self.special.iter_mut().for_each(SpecialInformation::reset);
        self.machine.iter_mut().for_each(Machine::reset);
    }

    fn wanted(&self) -> Wanted {
        let wanted = [
            self.tones.as_ref().map(CallTones::wanted),
            self.voice.as_ref().map(Voice::wanted),
            self.special.as_ref().map(SpecialInformation::wanted),
            self.machine.as_ref().map(Machine::wanted),
        ];
        wanted.into_iter().flatten().fold(Wanted::NOTHING, Wanted::and)
    }

    /// All of them take the look; where two are certain at once, the tone that ends a call counts.
    fn process(&mut self, look: Look<'_>) -> Option<Heard> {
        let speaks = self.voice.as_mut().is_some_and(|voice| voice.process(look));
        let special = self.special.as_mut().is_some_and(|special| special.process(look));
        let machine = self.machine.as_mut().and_then(|machine| machine.process(look));
        let tone = self.tones.as_mut().and_then(|tones| tones.process(look));
        let tone = tone.map(|heard| match heard.meaning {
            Meaning::Busy => Heard::BusyTone(Evidence::of(heard, ReleaseTone::Busy)),
            Meaning::Congestion => Heard::BusyTone(Evidence::of(heard, ReleaseTone::Congestion)),
            Meaning::Ringback => Heard::Ringback,
            Meaning::SpecialInformation => Heard::SpecialInformation,
        });
        tone.or(special.then_some(Heard::SpecialInformation))
            .or(machine.map(Heard::Machine))
            .or(speaks.then_some(Heard::Voice))
    }
}

impl Default for Ears {
    fn default() -> Ears {
        Ears::new()
    }
}

impl Ears {
    /// No ear on any lane. They use the best vector instructions of this processor.
    pub fn new() -> Ears {
        Ears::with_level(Level::new())
    }

    /// The same once for each set of vector instructions that this processor has, the portable one first. They decide
    /// alike; tests hold them to it, and measurements compare them.
    pub fn of_every_level() -> Vec<Ears> {
        lanes::levels().into_iter().map(Ears::with_level).collect()
    }

    fn with_level(level: Level) -> Ears {
        Ears {
            level,
            tables: Tables::new(),
            banks: [const { Bank::new() }; BANKS],
            ears: std::array::from_fn(|_| None),
            open: 0,
            tapped: 0,
            wanted: [Wanted::NOTHING; BANKS],
        }
    }

    /// Puts an ear on a lane, or takes it away; the one that was there. It hears what comes from then on.
    pub fn put(&mut self, lane: u8, ear: Option<Box<Ear>>) -> Option<Box<Ear>> {
        let at = usize::from(lane);
        let Some(place) = self.ears.get_mut(at) else { return ear };
        let bit = u32::from(ear.is_some()) << at;
        self.open = self.open & !(1 << at) | bit;
        let tap = matches!(ear.as_deref(), Some(Ear::Tap(_)));
        self.tapped = self.tapped & !(1 << at) | u32::from(tap) << at;
        let before = std::mem::replace(place, ear);
        let bank = at / WIDTH;
        self.banks[bank].reset_lane(at % WIDTH);
        let wanted = self.ears[bank * WIDTH..(bank + 1) * WIDTH].iter().flatten().map(|ear| ear.wanted());
        self.wanted[bank] = wanted.fold(Wanted::NOTHING, Wanted::and);
        before
    }

    /// Lanes that have an ear, as bits.
    pub fn open(&self) -> u32 {
        self.open
    }

    /// Lanes whose line is measured, as bits.
    pub fn tapped(&self) -> u32 {
        self.tapped
    }

    /// Forgets what was heard on all lanes.
    pub fn reset(&mut self) {
        self.ears.iter_mut().flatten().for_each(|ear| ear.reset());
    }

    /// Hears one tick of each lane; `tell` is told the lane and what was heard there.
    pub fn process(&mut self, octets: &[Octets; LANES], law: Law, mut tell: impl FnMut(u8, Heard)) {
        self.look(octets, law);
        let mut left = self.open;
        while left != 0 {
            let lane = left.trailing_zeros() as usize;
            left &= left - 1;
            let look = self.banks[lane / WIDTH].look(lane % WIDTH);
            if let Some(heard) = self.ears[lane].as_mut().and_then(|ear| ear.process(&octets[lane], look)) {
                tell(lane as u8, heard);
            }
        }
    }

    fn look(&mut self, octets: &[Octets; LANES], law: Law) {
        for ((at, bank), &wanted) in self.banks.iter_mut().enumerate().zip(&self.wanted) {
            if wanted != Wanted::NOTHING {
                let first = at * WIDTH;
                let active = self.open >> first & ((1 << WIDTH) - 1);
                bank.process(self.level, &self.tables, (&octets[first..first + WIDTH], law), wanted, active);
            }
        }
    }
}
