//! What the canceller knows of sixteen lanes.
//!
//! The tail is cut into partitions of a tick. The background's are kept as taps, which is half the room of their spectra
//! and holds them to their 80 samples; the foreground's as spectra. What the later partitions will say in the next tick
//! is already known in this one, so all of it is read once a tick.

use codec::lanes::{Row, Rows};
use fearless_simd::{Simd, f32x16, prelude::*};
use frame::OCTETS_PER_TICK;

use super::{
    fourier::{BINS, Spectrum},
    packed::{Packed, Word},
    suppressor::Suppressor,
};

/// Where each lane stands: what the decisions between background and foreground are made by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    /// What the background's difference from the foreground took off the error: relative, with a memory.
    pub(super) gained: Row,
    /// The power of that difference.
    pub(super) spent: Row,
    /// The variance that chance gives to `gained`.
    pub(super) doubt: Row,
    /// The power that came in, and what the foreground made of it.
    pub(super) heard: Row,
    pub(super) harm: Row,
    /// The same over a longer time in which the far party was the louder one.
    pub(super) echo: Row,
    pub(super) left: Row,
    /// The far party's power, fading.
    pub(super) spoken: Row,
    /// The echo's usual part of that.
    pub(super) usual: Row,
    /// What that came to lately.
    pub(super) expected: Row,
    /// The part of an echo that the foreground usually leaves: all of it, as long as nothing is proven.
    pub(super) unproven: Row,
}

impl Course {
    pub(super) const NEW: Course = Course {
        gained: Row::QUIET,
        spent: Row::QUIET,
        doubt: Row::QUIET,
        heard: Row::QUIET,
        harm: Row::QUIET,
        echo: Row::QUIET,
        left: Row::QUIET,
        spoken: Row::QUIET,
        usual: Row::QUIET,
        expected: Row::QUIET,
        unproven: Row([1.0; _]),
    };

    /// Of the sizes of all its numbers: no number if one of them is none.
    #[inline(always)]
    pub(super) fn sum<S: Simd>(&self, simd: S) -> f32x16<S> {
        let mut sum = f32x16::splat(simd, 0.0);
        for row in [&self.gained, &self.spent, &self.doubt, &self.heard, &self.harm] {
            sum += row.load(simd).abs();
        }
        for row in [&self.echo, &self.left, &self.spoken, &self.usual, &self.expected, &self.unproven] {
            sum += row.load(simd).abs();
        }
        sum
    }

    fn rows(&mut self) -> impl Iterator<Item = &mut Row> {
        let of_tick = [&mut self.gained, &mut self.spent, &mut self.doubt, &mut self.heard, &mut self.harm];
        let of_a_while = [&mut self.echo, &mut self.left, &mut self.spoken, &mut self.usual, &mut self.expected];
        of_tick.into_iter().chain(of_a_while).chain([&mut self.unproven])
    }

    fn reset_lane(&mut self, lane: usize) {
        for (row, new) in self.rows().zip({ Course::NEW }.rows()) {
            row.0[lane] = new.0[lane];
        }
    }
}

/// Sixteen lanes.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    /// The far party's spectra, a ring: each of two ticks, the newer of which gives it its place.
    pub(super) far: Box<[Packed]>,
    pub(super) newest: usize,
    /// The far party's last tick.
    pub(super) before: Rows,
    pub(super) taps: Box<[Rows]>,
    pub(super) fore: Box<[Packed]>,
    /// How much each partition learns of what there is to learn.
    pub(super) gains: Box<[Row]>,
    /// The spectrum of the background's first partition.
    pub(super) head: Box<Spectrum>,
    /// What the partitions behind the first will say in the next tick: background, foreground.
    pub(super) sums: Box<[Spectrum; 2]>,
    /// The far party's power in them, by their gains.
    pub(super) power: [Row; BINS],
    /// How far the background is from the echo path: what it leaves of the far party's power.
    pub(super) distance: [Row; BINS],
    /// The same of the foreground.
    pub(super) fore_distance: [Row; BINS],
    pub(super) course: Course,
    pub(super) suppressor: Suppressor,
    /// No lane was in use in the last tick.
    pub(super) idle: bool,
}

/// The background's distance when nothing is known: an echo that loses no more than 3 dB.
pub(super) const UNKNOWN: f32 = 0.25;

impl Bank {
    pub(super) fn new(partitions: usize) -> Bank {
        let spectra = vec![[Word::QUIET; BINS]; partitions].into_boxed_slice();
        Bank {
            far: spectra.clone(),
            newest: 0,
            before: [Row::QUIET; OCTETS_PER_TICK],
            taps: vec![[Row::QUIET; OCTETS_PER_TICK]; partitions].into(),
            fore: spectra,
            gains: vec![Row([1.0 / partitions as f32; _]); partitions].into(),
            head: Box::new([[Row::QUIET; 2]; BINS]),
            sums: Box::new([[[Row::QUIET; 2]; BINS]; 2]),
            power: [Row::QUIET; BINS],
            distance: [Row([UNKNOWN; _]); BINS],
            fore_distance: [Row([UNKNOWN; _]); BINS],
            course: Course::NEW,
            suppressor: Suppressor::NEW,
            idle: true,
        }
    }

    /// Forgets one lane.
    pub(super) fn reset_lane(&mut self, lane: usize) {
        for word in self.far.as_flattened_mut().iter_mut().chain(self.fore.as_flattened_mut()) {
            word.0[lane] = 0;
        }
        let spectra = self.head.iter_mut().chain(self.sums.as_flattened_mut()).flatten();
        let taps = self.taps.as_flattened_mut().iter_mut().chain(&mut self.before);
        for row in spectra.chain(taps).chain(&mut self.power) {
            row.0[lane] = 0.0;
        }
        let partitions = self.gains.len() as f32;
        self.gains.iter_mut().for_each(|row| row.0[lane] = partitions.recip());
        self.distance.iter_mut().chain(&mut self.fore_distance).for_each(|row| row.0[lane] = UNKNOWN);
        self.course.reset_lane(lane);
        self.suppressor.reset_lane(lane);
    }

    /// A lane's taps, from the moment that the caller counts from.
    pub(super) fn taps(&self, lane: usize) -> impl Iterator<Item = f32> + '_ {
        self.taps.as_flattened().iter().map(move |row| row.0[lane])
    }

    /// Spoils one of a lane's numbers, as nothing ought to.
    #[cfg(test)]
    pub(super) fn poison(&mut self, lane: usize, at: usize) {
        let numbers = self.numbers();
        let count = numbers.len();
        numbers.into_iter().nth(at % count).expect("a bank has numbers").0[lane] = f32::NAN;
    }

    /// All numbers that are kept in full from tick to tick.
    #[cfg(test)]
    pub(super) fn numbers(&mut self) -> Vec<&mut Row> {
        let spectra = self.head.as_flattened_mut().iter_mut().chain(self.sums.as_flattened_mut().as_flattened_mut());
        let rows = self.taps.as_flattened_mut().iter_mut().chain(&mut self.gains).chain(&mut self.before);
        let rows = rows.chain(&mut self.power).chain(&mut self.distance).chain(&mut self.fore_distance);
        let rows = rows.chain(self.course.rows());
        rows.chain(spectra).chain(self.suppressor.rows()).collect()
    }

    /// Forgets what the far party said.
    pub(super) fn forget_far(&mut self) {
        self.far.as_flattened_mut().fill(Word::QUIET);
        self.before.fill(Row::QUIET);
        self.sums.as_flattened_mut().fill([Row::QUIET; 2]);
        self.power.fill(Row::QUIET);
    }
}

#[cfg(test)]
mod tests {
    use std::mem::size_of_val;

    use codec::lanes::WIDTH;

    use super::{super::Tail, *};

    #[test]
    fn a_timeslots_state_at_64_ms_is_within_ten_kib() {
        let bank = Bank::new(Tail::Ms64.partitions());
        let spectra = size_of_val(&*bank.far) + size_of_val(&*bank.fore) + size_of_val(&*bank.head);
        let rest = size_of_val(&*bank.taps) + size_of_val(&*bank.gains) + size_of_val(&*bank.sums) + size_of_val(&bank);
        assert!((spectra + rest) / WIDTH < 10 * 1024, "{}", (spectra + rest) / WIDTH);
    }
}
