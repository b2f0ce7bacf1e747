//! The sines that are looked for: those of every country's tones, of fax machines and of modems.
//!
//! Sources: ITU-T E.180 Supplement 2 (national tones), E.180 and Q.35 (special information), T.30 (CNG, CED), V.8 and V.25
//! (2,100 Hz), Bell 103 (2,225 Hz). The phase tells how far a sine is from the frequency that is looked for, to a hertz
//! within ±50 Hz; so a tone between two of these is measured, too, and a country whose tone stands nowhere near is a
//! frequency more in [`HZ`].

/// The frequencies, national tones first. They leave no gap wider than the phase reaches from 300 to 670 Hz.
pub(super) const HZ: [u16; SINES] = [350, 400, 425, 440, 450, 480, 550, 620, 950, 1100, 1400, 1800, 2100, 2225];
/// Pairs that sound together, as places in [`HZ`]: dial tone of America and Britain, ringback and busy tone of America,
/// ringback of Britain.
pub(super) const PAIRS: [[usize; 2]; 4] = [[0, 3], [3, 5], [5, 7], [1, 4]];

/// How many sines.
pub(super) const SINES: usize = 14;
/// The sines of [`HZ`] that are national.
pub(super) const NATIONAL: usize = 8;
/// Sines alone, and pairs.
pub(super) const FITS: usize = SINES + PAIRS.len();

/// How far a tone may be from the frequency with which it is looked for: half of the widest gap. The phase reaches 15 Hz
/// farther, for what an exchange strays and noise does.
const NEAR_HZ: u16 = 35;

/// Which sines a lane wants looked for, as bits: what nobody wants costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted(u8);

impl Wanted {
    pub(crate) const NOTHING: Wanted = Wanted(0);
    pub(crate) const NATIONAL: Wanted = Wanted(1);
    /// Special information, fax machines, modems.
    pub(crate) const SIGNALS: Wanted = Wanted(2);

    pub(crate) fn and(self, other: Wanted) -> Wanted {
        Wanted(self.0 | other.0)
    }

    pub(crate) fn has(self, other: Wanted) -> bool {
        self.0 & other.0 != 0
    }
}

/// One sine, or a pair: what of a look is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit(u8);

impl Fit {
    pub(super) const SPECIAL: [Fit; 3] = [Fit(8), Fit(10), Fit(11)];
    pub(super) const CNG: Fit = Fit(9);
    pub(super) const ANSWER: Fit = Fit(12);
    pub(super) const BELL_ANSWER: Fit = Fit(13);

    /// Every national sine and pair.
    pub(super) fn national() -> impl Iterator<Item = Fit> {
        (0..NATIONAL).chain(SINES..FITS).map(|place| Fit(place as u8))
    }

    /// What stands for a tone of one sine or of two (`hz[1]` not 0), if there is anything near.
    pub(crate) fn of(hz: [u16; 2]) -> Option<Fit> {
        let near = |&place: &usize| HZ[place].abs_diff(hz[0]) <= NEAR_HZ;
        let single = || (0..SINES).filter(near).min_by_key(|&place| HZ[place].abs_diff(hz[0]));
        let pair = || PAIRS.iter().position(|pair| pair.map(|place| HZ[place]) == hz).map(|pair| SINES + pair);
        let place = if hz[1] == 0 { single() } else { pair() };
        place.map(|place| Fit(place as u8))
    }

    /// Its place among the rows of a look.
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }

    /// The nominal frequencies; the second is 0 where there is none.
    pub(crate) fn hz(self) -> [u16; 2] {
        match self.place().checked_sub(SINES) {
            Some(pair) => PAIRS[pair].map(|place| HZ[place]),
            None => [HZ[self.place()], 0],
        }
    }

    pub(crate) fn wanted(self) -> Wanted {
        if (NATIONAL..SINES).contains(&self.place()) { Wanted::SIGNALS } else { Wanted::NATIONAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_looked_for_with_the_nearest_sine_and_a_pair_with_its_own() {
        assert_eq!(Fit::of([450, 0]).map(Fit::hz), Some([450, 0]));
        assert_eq!(Fit::of([460, 0]).map(Fit::hz), Some([450, 0]));
        assert_eq!(Fit::of([480, 620]).map(Fit::hz), Some([480, 620]));
        assert_eq!(Fit::of([480, 621]), None);
        assert_eq!(Fit::of([700, 0]), None);
        assert_eq!(Fit::of([0, 0]), None);
    }

    #[test]
    fn the_national_sines_leave_no_gap_and_every_named_one_is_where_it_is_said_to_be() {
        assert!(HZ[..NATIONAL].windows(2).all(|pair| pair[1] - pair[0] <= 70));
        assert_eq!(Fit::SPECIAL.map(|fit| fit.hz()[0]), [950, 1400, 1800]);
        assert_eq!([Fit::CNG, Fit::ANSWER, Fit::BELL_ANSWER].map(|fit| fit.hz()[0]), [1100, 2100, 2225]);
    }
}
