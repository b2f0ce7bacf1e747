//! What is wrong with the two wires of a jack: nothing, noise, a bad balance, a short, a break.
//!
//! Noise and echo are added to what the line says; a short is a closed loop to whoever feeds it, and no voltage to whoever is
//! fed. Through a telephone card no sound comes while a handset is down, but for on-hook transmission.
//! Not here: loss and clipping.

use std::collections::BTreeMap;

use codec::{decode, encode, rms_of_dbm0};
use frame::{Law, Octets, Timeslot};

use crate::{fault::Dice, lanes::Lanes, telephones::Passing};

/// How the two wires of a jack are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wires {
    /// As they should be.
    Good,
    /// White noise is on them.
    Noisy {
        /// How loud.
        dbm0: i8,
    },
    /// Of what is sent into them so much comes back.
    Unbalanced {
        /// The loss for white noise.
        loss_db: u8,
    },
    /// They touch.
    Short,
    /// They are broken.
    Broken,
}

/// The noise on the wires of one span.
#[derive(Clone, Debug)]
pub(crate) struct NoisyWires {
    law: Law,
    dice: Dice,
    /// The largest sample, by timeslot.
    peaks: BTreeMap<u8, f32>,
}

impl NoisyWires {
    pub(crate) fn new(law: Law, dice: Dice) -> NoisyWires {
        NoisyWires { law, dice, peaks: BTreeMap::new() }
    }

    /// Lets noise be on the wires of a jack, or none.
    pub(crate) fn set(&mut self, timeslot: Timeslot, dbm0: Option<i8>) {
        // Of numbers between -1 and 1 the mean square is a third.
        let peak = dbm0.map(|dbm0| rms_of_dbm0(self.law, f32::from(dbm0)) * 3_f32.sqrt());
        match peak {
            Some(peak) => _ = self.peaks.insert(timeslot.0, peak),
            None => _ = self.peaks.remove(&timeslot.0),
        }
    }

    /// Adds the noise to what the lines say.
    pub(crate) fn add(&mut self, said: &mut Lanes) {
        let NoisyWires { law, dice, peaks } = self;
        for (timeslot, peak) in peaks {
            if let Some(said) = said.get_mut(usize::from(*timeslot)) {
                add(*law, dice, *peak, said);
            }
        }
    }
}

impl NoisyWires {
    /// What comes through a telephones' card: nothing of a line on its hook, but where the card transmits for it; there the
    /// line's own noise is heard, too.
    pub(crate) fn through(&mut self, passing: impl Iterator<Item = (Timeslot, Passing)>, said: &mut Lanes) {
        let NoisyWires { law, dice, .. } = self;
        let peak = rms_of_dbm0(*law, ON_HOOK_DBM0) * 3_f32.sqrt();
        for (timeslot, passing) in passing {
            let Some(said) = said.get_mut(usize::from(timeslot.0)) else { continue };
            match passing {
                Passing::Talk => (),
                Passing::OnHook => add(*law, dice, peak, said),
                Passing::Nothing => said.fill(law.silence()),
            }
        }
    }
}

/// The noise of a good line.
const ON_HOOK_DBM0: f32 = -70.0;

fn add(law: Law, dice: &mut Dice, peak: f32, said: &mut Octets) {
    for octet in said {
        let part = f32::from(dice.below(u16::MAX)) / f32::from(u16::MAX) * 2.0 - 1.0;
        // A conversion from float stays within the type's range.
        *octet = encode(law, (f32::from(decode(law, *octet)) + part * peak) as i16);
    }
}
