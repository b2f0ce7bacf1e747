//! A voice for each party of each call, and whose voice a tick of audio holds.
//!
//! A voice is 100 ms of noise of its own, said again and again. Eight octets of it name it: two voices of 2,000 share
//! none of theirs.

use std::collections::HashMap;

use call::LegRole;
use frame::OCTETS_PER_TICK;

use crate::dice::Dice;

const CLIP_OCTETS: usize = 10 * OCTETS_PER_TICK;
const NAME_OCTETS: usize = 8;

/// Who speaks: the script of the call, and the part in it.
pub type Speaker = (usize, LegRole);

/// All voices of a town.
pub struct Voices {
    speakers: HashMap<[u8; NAME_OCTETS], Speaker>,
}

impl Voices {
    pub fn new(scripts: usize) -> Voices {
        let mut speakers = HashMap::new();
        for speaker in (0..scripts).flat_map(|script| [(script, LegRole::Caller), (script, LegRole::Called)]) {
            for tick in voice(speaker).chunks(OCTETS_PER_TICK) {
                let taken = speakers.insert(name(tick), speaker);
                assert_eq!(taken, None, "voices can be told apart");
            }
        }
        Voices { speakers }
    }

    /// How many ticks of `octets` each speaker has; what nobody says (silence, keys, tones) is left out.
    pub fn heard(&self, octets: &[u8]) -> HashMap<Speaker, usize> {
        let mut heard = HashMap::new();
        for speaker in octets.chunks_exact(OCTETS_PER_TICK).filter_map(|tick| self.speakers.get(&name(tick))) {
            *heard.entry(*speaker).or_default() += 1;
        }
        heard
    }
}

/// What a speaker says, to be repeated.
pub fn voice((script, role): Speaker) -> Vec<u8> {
    let mut dice = Dice::new(script as u64 * 2 + u64::from(role == LegRole::Called));
    (0..CLIP_OCTETS / NAME_OCTETS).flat_map(|_| dice.next().to_le_bytes()).collect()
}

fn name(tick: &[u8]) -> [u8; NAME_OCTETS] {
    tick[..NAME_OCTETS].try_into().expect("a tick is longer")
}
