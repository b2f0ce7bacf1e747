//! What a simulated party says: silence, a recording, a tone, and keys pressed as DTMF in the audio.
//!
//! 8 kHz in the law of the party's span. Keys win over speech while they sound, as a telephone mutes its microphone.

use std::sync::Arc;

use codec::transcode;
use dsp::{
    dtmf::{self, DtmfDigit},
    tone::{self, Playing, TonePlan},
};
use frame::{Law, Octets};

/// How a simulated telephone sends a key: 100 ms, 100 ms pause, −11 dBm0 in the rows and −9 dBm0 in the columns.
/// Well inside what every receiver must accept (ITU-T Q.24), since these tests are not about the receiver.
const KEY_TIMING: dtmf::Timing = dtmf::Timing { on_ms: 100, off_ms: 100, low_dbm0: -11.0, high_dbm0: -9.0 };

/// What a party is told to say.
#[derive(Clone, Debug, Default)]
pub enum Say {
    /// Nothing.
    #[default]
    Silence,
    /// A recording.
    Clip {
        /// G.711 octets at 8 kHz.
        octets: Arc<[u8]>,
        /// How they are coded.
        law: Law,
        /// Whether it begins anew after its end.
        repeat: bool,
    },
    /// A tone.
    Tone(TonePlan),
}

/// A party's mouth and keys.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    law: Law,
    speech: Speech,
    keys: dtmf::Generator,
    keys_sound: bool,
}

#[derive(Clone, Debug)]
enum Speech {
    Silence,
    Clip { octets: Arc<[u8]>, law: Law, repeat: bool, at: usize },
    Tone(tone::Generator),
}

/// Whether a clip came to its end in this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    GoesOn,
    Ended,
}

impl Voice {
    pub(crate) fn new(law: Law) -> Voice {
        Voice { law, speech: Speech::Silence, keys: dtmf::Generator::new(KEY_TIMING, law), keys_sound: false }
    }

    pub(crate) fn say(&mut self, say: Say) {
        self.speech = match say {
            Say::Silence => Speech::Silence,
            Say::Clip { octets, law, repeat } => Speech::Clip { octets, law, repeat, at: 0 },
            Say::Tone(plan) => Speech::Tone(tone::Generator::new(plan, self.law)),
        };
    }

    /// Lets keys sound, one after the other. Characters that are no key are left out.
    pub(crate) fn press(&mut self, keys: &str) {
        for digit in keys.chars().filter_map(DtmfDigit::of_char) {
            // A hand that presses 64 keys ahead of the tones does not exist; what is past them is not sent.
            self.keys_sound |= self.keys.push(digit);
        }
    }

    /// Silence, and no key.
    pub(crate) fn reset(&mut self) {
        self.speech = Speech::Silence;
        self.keys.reset();
        self.keys_sound = false;
    }

    /// The next tick of what the party says.
    pub(crate) fn process(&mut self, octets: &mut Octets) -> Spoken {
        if self.keys_sound {
            self.keys_sound = self.keys.process(octets) == Playing::Yes;
            return Spoken::GoesOn;
        }
        let spoken = self.speech.process(self.law, octets);
        if spoken == Spoken::Ended {
            self.speech = Speech::Silence;
        }
        spoken
    }
}

impl Speech {
    fn process(&mut self, to: Law, out: &mut Octets) -> Spoken {
        match self {
            Speech::Silence => out.fill(to.silence()),
            Speech::Tone(generator) => {
                generator.process(out);
            }
            Speech::Clip { octets, law, repeat, at } => {
                if *repeat {
                    fill_repeating(octets, at, law.silence(), out);
                } else {
                    fill_once(octets, at, law.silence(), out);
                }
                if *law != to {
                    out.iter_mut().for_each(|octet| *octet = transcode(*law, to, *octet));
                }
                return if !*repeat && *at >= octets.len() { Spoken::Ended } else { Spoken::GoesOn };
            }
        }
        Spoken::GoesOn
    }
}

fn fill_once(clip: &[u8], at: &mut usize, silence: u8, out: &mut Octets) {
    let rest = &clip[*at..];
    let count = rest.len().min(out.len());
    out[..count].copy_from_slice(&rest[..count]);
    out[count..].fill(silence);
    *at += count;
}

fn fill_repeating(clip: &[u8], at: &mut usize, silence: u8, out: &mut Octets) {
    for octet in out {
        *octet = clip.get(*at).copied().unwrap_or(silence);
        *at = (*at + 1) % clip.len().max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(voice: &mut Voice, ticks: usize) -> Vec<u8> {
        let mut all = Vec::new();
        for _ in 0..ticks {
            let mut octets = [0; 80];
            voice.process(&mut octets);
            all.extend(octets);
        }
        all
    }

    #[test]
    fn a_clip_is_said_octet_for_octet_and_then_silence() {
        let clip: Vec<u8> = (0..100).collect();
        let mut voice = Voice::new(Law::A);
        voice.say(Say::Clip { octets: clip.clone().into(), law: Law::A, repeat: false });
        let said = spoken(&mut voice, 3);
        assert_eq!(said[..100], clip);
        assert!(said[100..].iter().all(|&octet| octet == Law::A.silence()));
    }

    #[test]
    fn its_end_is_told_once() {
        let mut voice = Voice::new(Law::A);
        voice.say(Say::Clip { octets: vec![1; 81].into(), law: Law::A, repeat: false });
        let told: Vec<Spoken> = (0..4).map(|_| voice.process(&mut [0; 80])).collect();
        assert_eq!(told, [Spoken::GoesOn, Spoken::Ended, Spoken::GoesOn, Spoken::GoesOn]);
    }

    #[test]
    fn a_repeated_clip_has_no_seam() {
        let clip: Vec<u8> = (0..7).collect();
        let mut voice = Voice::new(Law::A);
        voice.say(Say::Clip { octets: clip.into(), law: Law::A, repeat: true });
        let said = spoken(&mut voice, 2);
        assert!(said.iter().enumerate().all(|(at, &octet)| usize::from(octet) == at % 7));
    }

    #[test]
    fn a_key_sounds_100_ms_and_speech_waits_for_it() {
        let mut voice = Voice::new(Law::A);
        voice.say(Say::Clip { octets: vec![9; 8000].into(), law: Law::A, repeat: true });
        voice.press("5");
        let said = spoken(&mut voice, 21);
        assert!(said[1..800].windows(8).all(|few| few.iter().any(|&octet| octet != Law::A.silence())));
        assert!(said[800..1600].iter().all(|&octet| octet == Law::A.silence()));
        assert!(said[1600..].iter().all(|&octet| octet == 9));
    }
}
