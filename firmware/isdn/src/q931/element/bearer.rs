//! Bearer capability: what the call wants to carry. Q.931, 4.5.5.

use arrayvec::ArrayVec;

use super::{BadContents, Contents, LAST, coded};

/// What the call wants to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The coding standard, 0 to 3; 0 is ITU-T and the only one that `capability` speaks of.
    pub coding: u8,
    /// Octet 3.
    pub capability: Capability,
    /// Octet 4 without its extension bit: transfer mode and rate. 0x10 is circuit mode, 64 kbit/s.
    pub mode_and_rate: u8,
    /// Octet 5: the coding of speech.
    pub layer1: Option<Layer1>,
    /// What follows or is not understood, as it came.
    pub rest: ArrayVec<u8, 8>,
}

coded! {
    /// Information transfer capability, 5 bits.
    Capability {
        /// Speech.
        Speech = 0x00,
        /// Unrestricted digital information.
        UnrestrictedDigital = 0x08,
        /// Restricted digital information.
        RestrictedDigital = 0x09,
        /// 3.1 kHz audio: also modems and fax.
        Audio3100Hz = 0x10,
        /// Unrestricted digital information with tones and announcements.
        UnrestrictedWithTones = 0x11,
        /// Video.
        Video = 0x18,
    }
}

coded! {
    /// User information layer 1 protocol, 5 bits.
    Layer1 {
        /// G.711 µ-law.
        MuLaw = 2,
        /// G.711 A-law.
        ALaw = 3,
    }
}

/// Circuit mode, 64 kbit/s.
const CIRCUIT_64K: u8 = 0x10;

/// Octet 4 with the rate multiplier that would have to follow it.
const MULTIRATE: u8 = 0x18;

impl Bearer {
    /// A call with `capability` in G.711.
    pub fn audio(capability: Capability, law: frame::Law) -> Bearer {
        let layer1 = match law {
            frame::Law::A => Layer1::ALaw,
            frame::Law::Mu => Layer1::MuLaw,
        };
        Bearer { coding: 0, capability, mode_and_rate: CIRCUIT_64K, layer1: Some(layer1), rest: ArrayVec::new() }
    }

    /// Speech in A-law, what telephones on an E1 ask for.
    pub fn speech() -> Bearer {
        Bearer::audio(Capability::Speech, frame::Law::A)
    }

    /// Whether a telephone can take the call: speech or 3.1 kHz audio on one 64 kbit/s circuit.
    pub fn is_audio(&self) -> bool {
        let audio = matches!(self.capability, Capability::Speech | Capability::Audio3100Hz);
        self.coding == 0 && audio && self.mode_and_rate == CIRCUIT_64K
    }

    pub(super) fn parse(contents: &[u8]) -> Result<Bearer, BadContents> {
        let [third, fourth, rest @ ..] = contents else { return Err(BadContents) };
        if third & LAST == 0 || fourth & LAST == 0 || fourth & 0x1f == MULTIRATE && rest.is_empty() {
            return Err(BadContents);
        }
        let (layer1, rest) = match rest {
            [fifth, rest @ ..] if fifth & 0xe0 == LAST | LAYER1 => (Some(Layer1::from_code(fifth & 0x1f)), rest),
            _ => (None, rest),
        };
        Ok(Bearer {
            coding: third >> 5 & 3,
            capability: Capability::from_code(third & 0x1f),
            mode_and_rate: fourth & !LAST,
            layer1,
            rest: rest.try_into().map_err(|_| BadContents)?,
        })
    }

    pub(super) fn emit(&self) -> Contents {
        let third = LAST | (self.coding & 3) << 5 | self.capability.code() & 0x1f;
        let fifth = self.layer1.map(|layer1| LAST | LAYER1 | layer1.code() & 0x1f);
        [third, LAST | self.mode_and_rate].into_iter().chain(fifth).chain(self.rest.iter().copied()).collect()
    }
}

/// The layer identifier 01 of octet 5.
const LAYER1: u8 = 0x20;
