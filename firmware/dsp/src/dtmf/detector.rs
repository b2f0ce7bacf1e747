//! Hears DTMF digits on the 32 lanes of a span: ITU-T Q.24, ETSI ES 201 235-3, AT&T's limits in Q.24.
//!
//! | limit | to be accepted | to be refused | set at |
//! |---|---|---|---|
//! | frequency | ±(1.5 % + 2 Hz) | ±3.5 % (AT&T) | 1.5 % + 3 Hz in the mean, 2.5 % a look; 1 % where it is impure |
//! | level of a tone | 0 to -25 dBm0 (AT&T) | -55 dBm0 (AT&T) | -40 dBm0, for the 35 dB of Mitel's CM7291 |
//! | twist, column over row | +6 (ETSI), -8 dB (AT&T) | none given | +7.5, -9.5 dB |
//! | length | 40 ms | 23 ms (AT&T), 24 ms (NTT) | 30 ms |
//! | pause | 30 ms (NTT) | | 25 ms |
//! | interruption bridged | 20 ms (ETSI) | | 25 ms |
//! | signal to noise | 12 dB and less | | about 4 dB |
//! | dial tone beside a digit | as loud as the digit | | 19 dB or more of band-stop |
//!
//! NTT's refusal at -29 dBm0 is not kept: it rules the tape's range out. Frequencies and twist must not move while a digit is
//! young, which is what tells voices from keys; and what is impure, drifts, or is twisted by more than 6 dB has to stay for six looks
//! instead of four, as many as 40 ms have.
//!
//! A begin is told 40 to 55 ms after the onset, 10 ms later where six looks are needed; an end 35 to 50 ms after the last sample; both carry the sample at
//! which they happened. [`Detector::suspects`] knows 30 ms after the onset. Not here: echo of our own prompts, which is
//! the canceller's.

use codec::lanes::{self, WIDTH};
use fearless_simd::Level;
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

use super::{
    DtmfDigit,
    bank::{Bank, HOP, HOPS_PER_TICK, Heard, Seen, Tables},
    receiver::Receiver,
};

const BANKS: usize = LANES / WIDTH;

/// Which end of a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// It has begun.
    Begin,
    /// It has ended.
    End,
}

/// The receivers of a span's lanes.
#[derive(Clone, Debug)]
pub struct Detector {
    level: Level,
    tables: Tables,
    banks: [Bank; BANKS],
    receivers: [Receiver; LANES],
    active: u32,
    /// Lanes whose receiver suspects or hears a digit.
    suspecting: u32,
    /// Samples taken so far, of every lane.
    samples: u64,
    faults: u64,
}

impl Default for Detector {
    fn default() -> Detector {
        Detector::new()
    }
}

impl Detector {
    /// Receivers that have heard nothing. They use the best vector instructions of this processor.
    pub fn new() -> Detector {
        Detector::with_level(Level::new())
    }

    /// The same receivers once for each set of vector instructions that this processor has, the portable one first. They
    /// decide alike; tests hold them to it, and measurements compare them.
    pub fn of_every_level() -> Vec<Detector> {
        lanes::levels().into_iter().map(Detector::with_level).collect()
    }

    fn with_level(level: Level) -> Detector {
        Detector {
            level,
            tables: Tables::new(),
            banks: [const { Bank::new() }; BANKS],
            receivers: [const { Receiver::new() }; LANES],
            active: 0,
            suspecting: 0,
            samples: 0,
            faults: 0,
        }
    }

    /// Forgets all lanes. Samples count on.
    pub fn reset(&mut self) {
        self.active = 0;
    }

    /// Takes one tick. Lanes whose bit in `active` is not set are not looked at, and start anew when it is.
    /// `out` is told the lane, the digit, which end, and at which sample since [`Detector::new`].
    pub fn process(
        &mut self,
        lanes: &[Octets; LANES],
        law: Law,
        active: u32,
        mut out: impl FnMut(u8, DtmfDigit, Edge, u64),
    ) {
        self.start_lanes(active & !self.active);
        self.active = active;
        for hop in 0..HOPS_PER_TICK {
            let from = hop * HOP;
            let end = self.samples + (from + HOP) as u64;
            for bank in (0..BANKS).filter(|bank| bank_mask(active, *bank) != 0) {
                self.hop(bank, lanes, law, from, end, &mut out);
            }
        }
        self.samples += OCTETS_PER_TICK as u64;
    }

    /// Lanes, as bits, on which a digit sounds or may be beginning: set by the end of the tick that lies 30 ms after an onset. What must
    /// never pass a card's digit holds its audio back while the bit is set.
    pub fn suspects(&self) -> u32 {
        self.suspecting & self.active
    }

    /// The first sample of the digit that sounds on a lane, or of what may become one, as far as it is known; `None` where
    /// nothing is suspected. What must never pass a card's digit cuts from there.
    pub fn onset(&self, lane: usize) -> Option<u64> {
        let suspected = lane < LANES && self.suspects() >> lane & 1 == 1;
        suspected.then(|| self.receivers[lane].onset()).flatten()
    }

    /// Samples taken so far, of every lane: the number of the first one of the next tick.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// How often a lane had to be reset because its filter held no number. Never, unless memory is faulty.
    pub fn faults(&self) -> u64 {
        self.faults
    }

    fn hop(
        &mut self,
        bank: usize,
        lanes: &[Octets; LANES],
        law: Law,
        from: usize,
        end: u64,
        out: &mut impl FnMut(u8, DtmfDigit, Edge, u64),
    ) {
        let first = bank * WIDTH;
        let active = bank_mask(self.active, bank);
        let heard = Heard { octets: &lanes[first..first + WIDTH], law, from };
        self.banks[bank].hop(self.level, &self.tables, heard);
        let ends_tick = from + HOP == OCTETS_PER_TICK;
        if !ends_tick && bank_mask(self.suspecting, bank) & active == 0 {
            return;
        }
        let seen = self.look(bank, 0, active);
        let near = seen.near & !seen.broken;
        if near != 0 && ends_tick {
            self.make_up(bank, near, end - HOP as u64, out);
        }
        self.show_all(bank, 0, near, end, out);
        if seen.broken != 0 {
            self.faults += u64::from(seen.broken.count_ones());
            self.start_lanes(seen.broken << first);
        }
    }

    fn look(&mut self, bank: usize, before: usize, active: u32) -> Seen {
        self.banks[bank].look_at(self.level, &self.tables, before, active)
    }

    /// Looks at what was left out before the latest look, and shows it to the receivers of lanes that are near a digit now.
    fn make_up(&mut self, bank: usize, near: u32, end: u64, out: &mut impl FnMut(u8, DtmfDigit, Edge, u64)) {
        if self.banks[bank].has_look(1) {
            return;
        }
        for before in [3, 1] {
            self.look(bank, before, bank_mask(self.active, bank));
        }
        self.show_all(bank, 1, near, end, out);
    }

    /// Shows receivers the look that was `before` looks ago: those of `near` lanes, and those that suspect something.
    fn show_all(
        &mut self,
        bank: usize,
        before: usize,
        near: u32,
        end: u64,
        out: &mut impl FnMut(u8, DtmfDigit, Edge, u64),
    ) {
        let mut shown = near | bank_mask(self.suspecting & self.active, bank);
        while shown != 0 {
            let lane = shown.trailing_zeros() as usize;
            shown &= shown - 1;
            self.show(bank, lane, before, end, out);
        }
    }

    fn show(
        &mut self,
        bank: usize,
        lane: usize,
        before: usize,
        end: u64,
        out: &mut impl FnMut(u8, DtmfDigit, Edge, u64),
    ) {
        let at = bank * WIDTH + lane;
        let receiver = &mut self.receivers[at];
        let told = receiver.process(self.banks[bank].view(before), lane, end);
        self.suspecting = self.suspecting & !(1 << at) | u32::from(receiver.suspects()) << at;
        if let Some((digit, edge, sample)) = told {
            out(at as u8, digit, edge, sample);
        }
    }

    fn start_lanes(&mut self, lanes: u32) {
        for lane in (0..LANES).filter(|lane| lanes >> lane & 1 == 1) {
            self.banks[lane / WIDTH].reset_lane(lane % WIDTH);
            self.receivers[lane] = Receiver::new();
        }
        self.suspecting &= !lanes;
    }
}

fn bank_mask(active: u32, bank: usize) -> u32 {
    active >> (bank * WIDTH) & ((1 << WIDTH) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes_of(octet: u8) -> [Octets; LANES] {
        [[octet; OCTETS_PER_TICK]; LANES]
    }

    #[test]
    fn a_lane_without_a_number_in_its_filter_is_reset_and_counted() {
        let mut detector = Detector::new();
        detector.process(&lanes_of(0x2a), Law::A, 0b11, |_, _, _, _| {});
        detector.banks[0].poison(1);
        detector.process(&lanes_of(0x2a), Law::A, 0b11, |_, _, _, _| {});
        assert_eq!(detector.faults(), 1);
        detector.process(&lanes_of(0x2a), Law::A, 0b11, |_, _, _, _| {});
        assert_eq!(detector.faults(), 1, "it was reset");
        assert!(detector.banks[0].power().0.iter().all(|power| power.is_finite()));
    }

    #[test]
    fn loud_noise_fades_to_zero_and_not_to_subnormal_numbers() {
        let mut detector = Detector::new();
        detector.process(&lanes_of(0x2a), Law::Mu, u32::MAX, |_, _, _, _| {});
        for _ in 0..100 {
            detector.process(&lanes_of(Law::Mu.silence()), Law::Mu, u32::MAX, |_, _, _, _| {});
        }
        assert!(detector.banks.iter().all(Bank::filter_is_silent));
    }
}
