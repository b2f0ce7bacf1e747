//! Call progress on an outside line: dial tone, busy tone, a voice. What the exchange tells by sound only.
//!
//! 8 kHz, one tick at a time, of one lane; the tones are those of the country's plan (ITU-T E.180). Every tick the last
//! 20 ms are looked at: how much of their power is the wanted tone, at which frequency and level.
//! Not here: digits (`dtmf`), caller id; what follows from a tone, which is the line machine's business.

mod busy_tone;
mod dial_tone;
mod sines;
mod voice;

pub use busy_tone::{BusyTone, CYCLES, Evidence, ReleaseTone};
pub use dial_tone::DialTone;
pub use voice::Voice;

use frame::{Law, Octets};

/// The last 20 ms of a lane.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    law: Law,
    samples: [f32; sines::WINDOW],
}

impl Window {
    fn new(law: Law) -> Window {
        Window { law, samples: [0.0; sines::WINDOW] }
    }

    fn take(&mut self, octets: &Octets) {
        self.samples.copy_within(octets.len().., 0);
        let table = codec::decode_table(self.law);
        for (sample, &octet) in self.samples[sines::WINDOW - octets.len()..].iter_mut().zip(octets) {
            *sample = f32::from(table[usize::from(octet)]);
        }
    }
}
