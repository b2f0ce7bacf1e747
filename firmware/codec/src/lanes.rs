//! G.711 of sixteen timeslots at once: a lane a timeslot, a row a sample.
//!
//! A row is one AVX-512 register, two of AVX2, four of SSE. What computes on rows is written once, on `fearless_simd`'s
//! vectors; who calls it chooses the instructions at run time (`dispatch!`).
//!
//! Rounding: a sample that is no whole number is coded as the nearest one, and as the even one of two that are as near.
//! So the traces that a filter leaves about zero are silence and not half of them its negative twin, no direct voltage
//! is added, and it is what a processor does in one step. What lies beyond 16 bits is the outermost octet; what is no
//! number is 0.

use fearless_simd::{Level, Simd, f32x16, i32x16, mask32x16, prelude::*, u8x16, u32x16};
use frame::{OCTETS_PER_TICK, Octets};

/// Lanes that are computed together.
pub const WIDTH: usize = 16;

/// Octets of a lane that are read at once.
pub const QUAD: usize = 4;

/// Octets of a lane that are brought into rows together: what a register of 128 bits holds.
const BLOCK: usize = 16;
/// The same in words.
pub const BLOCK_QUADS: usize = BLOCK / QUAD;

/// What stands in lanes that are not there.
const NOTHING: Octets = [0; OCTETS_PER_TICK];

/// The even bits that A-law inverts on the line.
const A_EVEN_BITS: u32 = 0x55;
/// The polarity bit; once a code is turned as [`linear`] does, it is set for negative values.
const SIGN: u32 = 0x80;
/// A number has 4 bits of step behind its exponent: they begin at this bit of a float.
const STEP_BIT: u32 = 19;
/// By how much [`SIGN`] has to be moved to be a float's sign.
const SIGN_BIT: u32 = 24;
/// The exponent of segment 0, where [`STEP_BIT`] has been shifted out.
const SEGMENT_0: u32 = (127 + 7) << 4;
/// Floats of this size have no fraction: adding it rounds to the nearest, ties to even.
const WHOLE: f32 = 12_582_912.0;
/// The largest magnitude, seen from the sign's side of zero.
const LARGEST: f32 = 32_767.0;

/// All samples of a tick, lane by lane.
pub type Rows = [Row; OCTETS_PER_TICK];

/// One number a lane, where a register is loaded at once.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Row(pub [f32; WIDTH]);

impl Row {
    /// A row of nothing.
    pub const QUIET: Row = Row([0.0; WIDTH]);

    /// Its lanes in a vector.
    #[inline(always)]
    pub fn load<S: Simd>(&self, simd: S) -> f32x16<S> {
        f32x16::from_slice(simd, &self.0)
    }
}

/// One whole number a lane.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct IntRow(pub(crate) [i32; WIDTH]);

impl IntRow {
    pub(crate) const ZERO: IntRow = IntRow([0; WIDTH]);

    #[inline(always)]
    pub(crate) fn load<S: Simd>(&self, simd: S) -> i32x16<S> {
        i32x16::from_slice(simd, &self.0)
    }
}

/// Brings what lies channel by channel into rows; at most sixteen channels. Rows of other lanes stay what they were.
pub(crate) fn gather<T: Copy, const N: usize>(channels: &[[T; N]], rows: &mut [IntRow; N], number: impl Fn(T) -> i32) {
    for (lane, channel) in channels.iter().take(WIDTH).enumerate() {
        for (row, &item) in rows.iter_mut().zip(channel) {
            row.0[lane] = number(item);
        }
    }
}

/// The way back from [`gather`].
pub(crate) fn scatter<T, const N: usize>(rows: &[IntRow; N], channels: &mut [[T; N]], item: impl Fn(i32) -> T) {
    for (lane, channel) in channels.iter_mut().take(WIDTH).enumerate() {
        for (row, to) in rows.iter().zip(channel) {
            *to = item(row.0[lane]);
        }
    }
}

/// As [`gather`], two samples in a word, the first the lower.
pub(crate) fn gather_pairs<const N: usize, const HALF: usize>(channels: &[[i16; N]], rows: &mut [IntRow; HALF]) {
    for (lane, channel) in channels.iter().take(WIDTH).enumerate() {
        for (row, pair) in rows.iter_mut().zip(channel.chunks_exact(2)) {
            row.0[lane] = i32::from(pair[0] as u16) | i32::from(pair[1]) << 16;
        }
    }
}

/// The way back from [`gather_pairs`].
pub(crate) fn scatter_pairs<const N: usize, const HALF: usize>(rows: &[IntRow; HALF], channels: &mut [[i16; N]]) {
    for (lane, channel) in channels.iter_mut().take(WIDTH).enumerate() {
        for (row, pair) in rows.iter().zip(channel.chunks_exact_mut(2)) {
            pair.copy_from_slice(&[row.0[lane] as i16, (row.0[lane] >> 16) as i16]);
        }
    }
}

/// Every set of vector instructions that this processor has and the lanes make use of, the portable one first. Each
/// decides alike; tests hold them to it, and measurements compare them.
pub fn levels() -> Vec<Level> {
    let best = Level::new();
    let mut levels = vec![Level::baseline(), best];
    #[cfg(target_arch = "x86_64")]
    levels.extend(best.as_avx2().map(Simd::level));
    levels
}

/// `QUADS` times four samples from `from` on, four octets of each lane in a word, the first the lowest: timeslots lie octet
/// after octet, and rows lane by lane. All of it before the first is used: what was written in parts is slow to be read at
/// once. Lanes beyond `octets` are 0. `QUADS` is [`BLOCK_QUADS`] at least.
#[inline(always)]
pub fn words<S: Simd, const QUADS: usize>(simd: S, octets: &[Octets], from: usize) -> [[u32; WIDTH]; QUADS] {
    const { assert!(QUADS >= BLOCK_QUADS) };
    let mut words = [[0; WIDTH]; QUADS];
    for first in (0..QUADS).step_by(BLOCK_QUADS) {
        // The last block begins within the one before it where that does not come out even.
        let first = first.min(QUADS - BLOCK_QUADS);
        let rows = rows_of_lanes(lanes_of(simd, octets, from + first * QUAD));
        for (words, row) in words[first..].iter_mut().zip(rows) {
            row.store_slice(words);
        }
    }
    words
}

/// The way back from [`words`]: writes `QUADS` times four octets of each lane from `from` on. Lanes beyond `octets` are
/// left out.
#[inline(always)]
pub fn put_words<S: Simd, const QUADS: usize>(
    simd: S,
    words: &[[u32; WIDTH]; QUADS],
    octets: &mut [Octets],
    from: usize,
) {
    const { assert!(QUADS >= BLOCK_QUADS) };
    for first in (0..QUADS).step_by(BLOCK_QUADS) {
        let first = first.min(QUADS - BLOCK_QUADS);
        let mut rows = [u32x16::splat(simd, 0); BLOCK_QUADS];
        for (row, words) in rows.iter_mut().zip(&words[first..]) {
            *row = u32x16::from_slice(simd, words);
        }
        put_lanes(lanes_of_rows(rows), octets, from + first * QUAD);
    }
}

/// A block of sixteen lanes, four lanes in a vector, one after the other.
#[inline(always)]
fn lanes_of<S: Simd>(simd: S, octets: &[Octets], from: usize) -> [u32x16<S>; BLOCK_QUADS] {
    // No closures: they do not come to be compiled for this processor.
    let [a, b] = [four(simd, octets, 0, from), four(simd, octets, 4, from)];
    let [c, d] = [four(simd, octets, 8, from), four(simd, octets, 12, from)];
    [a, b, c, d]
}

/// A block of four lanes.
#[inline(always)]
fn four<S: Simd>(simd: S, octets: &[Octets], lane: usize, from: usize) -> u32x16<S> {
    let [a, b] = [block(simd, octets, lane, from), block(simd, octets, lane + 1, from)];
    let [c, d] = [block(simd, octets, lane + 2, from), block(simd, octets, lane + 3, from)];
    u32x16::from_bytes(a.combine(b).combine(c.combine(d)))
}

#[inline(always)]
fn block<S: Simd>(simd: S, octets: &[Octets], lane: usize, from: usize) -> u8x16<S> {
    let octets = octets.get(lane).unwrap_or(&NOTHING);
    u8x16::from_slice(simd, &octets[from..from + BLOCK])
}

/// The way back from [`lanes_of`].
#[inline(always)]
fn put_lanes<S: Simd>(lanes: [u32x16<S>; BLOCK_QUADS], octets: &mut [Octets], from: usize) {
    for (four, octets) in lanes.into_iter().zip(octets.chunks_mut(4)) {
        let (low, high) = four.to_bytes().split();
        let ((a, b), (c, d)) = (low.split(), high.split());
        for (lane, octets) in [a, b, c, d].into_iter().zip(octets) {
            lane.store_slice(&mut octets[from..from + BLOCK]);
        }
    }
}

/// Where a word lies among all of a block is its lane's number, in four bits, and its own in the lane, in two. To take the
/// even ones before the odd ones makes the lowest bit the highest: twice, and the words' number is in front.
#[inline(always)]
fn rows_of_lanes<S: Simd>([a, b, c, d]: [u32x16<S>; BLOCK_QUADS]) -> [u32x16<S>; BLOCK_QUADS] {
    let ((even, odd), (even_after, odd_after)) = (a.deinterleave(b), c.deinterleave(d));
    let ((first, third), (second, fourth)) = (even.deinterleave(even_after), odd.deinterleave(odd_after));
    [first, second, third, fourth]
}

/// The way back from [`rows_of_lanes`].
#[inline(always)]
fn lanes_of_rows<S: Simd>([first, second, third, fourth]: [u32x16<S>; BLOCK_QUADS]) -> [u32x16<S>; BLOCK_QUADS] {
    let ((even, even_after), (odd, odd_after)) = (first.interleave(third), second.interleave(fourth));
    let ((a, b), (c, d)) = (even.interleave(odd), even_after.interleave(odd_after));
    [a, b, c, d]
}

/// Decodes a tick of up to sixteen timeslots. Lanes beyond `octets` become what the octet 0 is.
#[inline(always)]
pub fn decode<S: Simd, const MU: bool>(simd: S, octets: &[Octets], rows: &mut Rows) {
    let words = words::<_, { OCTETS_PER_TICK / QUAD }>(simd, octets, 0);
    for (rows, words) in rows.chunks_exact_mut(QUAD).zip(&words) {
        let quad = linear_quad::<S, MU>(u32x16::from_slice(simd, words));
        for (row, samples) in rows.iter_mut().zip(quad) {
            samples.store_slice(&mut row.0);
        }
    }
}

/// Encodes a tick of up to sixteen timeslots.
#[inline(always)]
pub fn encode<S: Simd, const MU: bool>(simd: S, rows: &Rows, octets: &mut [Octets]) {
    let mut words = [[0; WIDTH]; OCTETS_PER_TICK / QUAD];
    for (rows, words) in rows.chunks_exact(QUAD).zip(&mut words) {
        let mut quad = u32x16::splat(simd, 0);
        for row in rows.iter().rev() {
            quad = quad << 8 | self::octets::<S, MU>(row.load(simd));
        }
        quad.store_slice(words);
    }
    put_words(simd, &words, octets, 0);
}

/// The linear values of octets, each in the lowest 8 bits of its lane: what [`crate::decode`] says, without a table. A
/// segment is an exponent of two and a step is the upper part of a mantissa, so both only have to be put in their place
/// (G.711; the middle of an interval is the bit below the step).
#[inline(always)]
pub fn linear<S: Simd, const MU: bool>(octets: u32x16<S>) -> f32x16<S> {
    let code = octets ^ turn::<MU>();
    value::<S, MU>(code << STEP_BIT, code << SIGN_BIT)
}

/// [`linear`] of the four octets in each word, the lowest first. Each is moved once to where it is needed, and all are turned
/// together.
#[inline(always)]
pub fn linear_quad<S: Simd, const MU: bool>(words: u32x16<S>) -> [f32x16<S>; QUAD] {
    let code = words ^ (turn::<MU>() * 0x0101_0101);
    [
        value::<S, MU>(code << STEP_BIT, code << SIGN_BIT),
        value::<S, MU>(code << (STEP_BIT - 8), code << (SIGN_BIT - 8)),
        value::<S, MU>(code << (STEP_BIT - 16), code << (SIGN_BIT - 16)),
        value::<S, MU>(code >> (24 - STEP_BIT), code),
    ]
}

/// The value of a code whose magnitude begins at [`STEP_BIT`] of the one word and whose polarity is the highest bit of the other.
#[inline(always)]
fn value<S: Simd, const MU: bool>(magnitude: u32x16<S>, polarity: u32x16<S>) -> f32x16<S> {
    let magnitude = magnitude & (0x7f << STEP_BIT);
    let float: f32x16<S> = (magnitude + (SEGMENT_0 << STEP_BIT | 1 << (STEP_BIT - 1))).bitcast();
    // A-law's segment 0 has the step of segment 1 and no leading one: only there is the second less.
    let value = if MU { float - 132.0 } else { float.min(float * 2.0 - 256.0) };
    (value.bitcast::<u32x16<S>>() | (polarity & (SIGN << SIGN_BIT))).bitcast()
}

/// The octets of samples, each in the lowest 8 bits of its lane, above them 0: what [`crate::encode`] says of the nearest
/// whole number. The way of [`linear`], back: segment and step are the exponent and the upper part of a mantissa.
#[inline(always)]
pub fn octets<S: Simd, const MU: bool>(samples: f32x16<S>) -> u32x16<S> {
    let nothing = f32x16::splat(samples.simd, 0.0);
    let number = samples.simd_eq(samples).select(samples, nothing);
    // Half a unit from the boundary at zero, both signs are as far from it.
    let centred = (number + WHOLE) - WHOLE + 0.5;
    let magnitude = (centred.abs() - 0.5).min(LARGEST);
    // µ-law's outermost value, 32,635, ends its segment; A-law's segment 0 has the step of segment 1 and no leading one.
    let float = if MU { (magnitude + 132.0).min(LARGEST) } else { magnitude.max(magnitude * 0.5 + 128.0) };
    let code = (float.bitcast::<u32x16<S>>() >> STEP_BIT) - SEGMENT_0;
    let sign = (centred.bitcast::<u32x16<S>>() >> 24) & SIGN;
    (code | sign) ^ turn::<MU>()
}

/// The numbers where the mask is set, and 0.
#[inline(always)]
pub(crate) fn kept<S: Simd>(mask: mask32x16<S>, numbers: i32x16<S>) -> i32x16<S> {
    mask.select(numbers, i32x16::splat(numbers.simd, 0))
}

/// Entries of a table of sixteen, lane by lane.
#[inline(always)]
pub(crate) fn looked_up<S: Simd>(table: i32x16<S>, index: i32x16<S>) -> i32x16<S> {
    // The four octets of an entry lie at four times its number and on.
    let octets = index * 0x0404_0404 + 0x0302_0100;
    table.simd.swizzle_dyn_i32x16(table, octets.bitcast::<u32x16<S>>().to_bytes())
}

/// Where octets stand in their law, from -128 for the most negative to 127; µ-law's negative zero is -1.
#[inline(always)]
pub(crate) fn place<S: Simd, const MU: bool>(octets: u32x16<S>) -> i32x16<S> {
    let code = (octets ^ turn::<MU>()).bitcast::<i32x16<S>>();
    // The sign is the highest bit, moved to where it is an integer's.
    (code & 0x7f) ^ ((code << 24) >> 31)
}

/// The octets at places: back from [`place`].
#[inline(always)]
pub(crate) fn octet_at<S: Simd, const MU: bool>(places: i32x16<S>) -> u32x16<S> {
    let negative = places >> 31;
    let code = ((places ^ negative) | (negative & 0x80)).bitcast::<u32x16<S>>();
    code ^ turn::<MU>()
}

/// What makes of an octet a magnitude and a sign that is set for negative values, and back.
const fn turn<const MU: bool>() -> u32 {
    if MU { 0xff } else { A_EVEN_BITS ^ SIGN }
}

#[cfg(test)]
mod tests {
    use fearless_simd::dispatch;
    use frame::Law;

    use super::*;

    /// What the sixteen octets from `first` on are at each place of a word that is full of others, and on their own.
    fn decoded(level: Level, law: Law, first: u32) -> [[f32; WIDTH]; QUAD + 1] {
        dispatch!(level, simd => {
            let word = |lane: usize, place: u32| {
                let others = 0xab98_cdef & !(0xff << (8 * place));
                (first + lane as u32) << (8 * place) | others
            };
            let mut rows = [[0.0; WIDTH]; QUAD + 1];
            for (place, row) in rows[..QUAD].iter_mut().enumerate() {
                let words = u32x16::from_fn(simd, |lane| word(lane, place as u32));
                match law {
                    Law::A => linear_quad::<_, false>(words)[place].store_slice(row),
                    Law::Mu => linear_quad::<_, true>(words)[place].store_slice(row),
                }
            }
            let octets = u32x16::from_fn(simd, |lane| word(lane, 0));
            match law {
                Law::A => linear::<_, false>(octets).store_slice(&mut rows[QUAD]),
                Law::Mu => linear::<_, true>(octets).store_slice(&mut rows[QUAD]),
            }
            rows
        })
    }

    #[test]
    fn every_octet_of_both_laws_is_what_the_table_says_whatever_stands_beside_it_in_its_word() {
        for (law, level) in
            [Law::A, Law::Mu].into_iter().flat_map(|law| levels().into_iter().map(move |level| (law, level)))
        {
            for first in (0..=255).step_by(WIDTH) {
                for row in decoded(level, law, first) {
                    let table = std::array::from_fn(|lane| f32::from(crate::decode(law, first as u8 + lane as u8)));
                    assert_eq!(row, table, "{law:?} {first:#x} with {level:?}");
                }
            }
        }
    }

    /// What the sixteen samples become.
    fn encoded(level: Level, law: Law, samples: &[f32; WIDTH]) -> [u32; WIDTH] {
        dispatch!(level, simd => {
            let samples = f32x16::from_slice(simd, samples);
            let mut row = [0; WIDTH];
            match law {
                Law::A => octets::<_, false>(samples).store_slice(&mut row),
                Law::Mu => octets::<_, true>(samples).store_slice(&mut row),
            }
            row
        })
    }

    /// The rule of the module, a sample at a time. A conversion saturates and makes nothing of what is no number.
    fn rounded(sample: f32) -> i16 {
        sample.round_ties_even() as i16
    }

    fn assert_encoded(samples: &[f32; WIDTH]) {
        for (law, level) in
            [Law::A, Law::Mu].into_iter().flat_map(|law| levels().into_iter().map(move |level| (law, level)))
        {
            for (&octet, &sample) in encoded(level, law, samples).iter().zip(samples) {
                assert_eq!(octet, u32::from(crate::encode(law, rounded(sample))), "{law:?} {sample} with {level:?}");
            }
        }
    }

    /// Its neighbours among the floats, and itself.
    fn about(sample: f32) -> [f32; 3] {
        [sample.next_down(), sample, sample.next_up()]
    }

    #[test]
    fn every_sample_of_16_bits_and_all_that_lies_just_beside_or_between_becomes_the_octet_of_the_nearest() {
        // Each whole number and each half, with their neighbours: nowhere else can the octet change.
        for whole in (i32::from(i16::MIN) - 8..=i32::from(i16::MAX) + 8).step_by(2) {
            let mut samples = [0.0; WIDTH];
            let places = [0.0, 0.5, 1.0, 1.5].map(|beside| whole as f32 + beside);
            for (sample, about) in samples.iter_mut().zip(places.map(about).as_flattened()) {
                *sample = *about;
            }
            assert_encoded(&samples);
        }
    }

    #[test]
    fn what_is_beyond_range_or_no_number_becomes_the_outermost_octet_or_silence() {
        let negative_nan = f32::from_bits(f32::NAN.to_bits() | 1 << 31);
        let signalling = f32::from_bits(0xff80_0001);
        let large = [f32::INFINITY, f32::MAX, 8_388_609.0, 4_194_305.0].into_iter().flat_map(|large| [large, -large]);
        let small = [0.0, f32::MIN_POSITIVE, f32::from_bits(1)].into_iter().flat_map(|small| [small, -small]);
        let mut samples = [f32::NAN; WIDTH];
        for (sample, odd) in samples.iter_mut().zip(large.chain(small).chain([negative_nan, signalling])) {
            *sample = odd;
        }
        assert_encoded(&samples);
        assert_eq!(encoded(Level::new(), Law::A, &samples)[8..], [u32::from(Law::A.silence()); 8]);
        assert_eq!(encoded(Level::new(), Law::Mu, &samples)[8..], [u32::from(Law::Mu.silence()); 8]);
    }

    /// A tick in which every lane has its own octets.
    fn tick() -> [Octets; WIDTH] {
        std::array::from_fn(|lane| std::array::from_fn(|at| (lane * 83 + at * 7) as u8))
    }

    fn there_and_back<const MU: bool>(level: Level, octets: &[Octets], rows: &mut Rows, back: &mut [Octets]) {
        dispatch!(level, simd => {
            decode::<_, MU>(simd, octets, rows);
            encode::<_, MU>(simd, rows, back);
        });
    }

    #[test]
    fn a_tick_of_up_to_sixteen_timeslots_is_decoded_row_by_row_and_encoded_again() {
        let octets = tick();
        for (level, lanes) in levels().into_iter().flat_map(|level| [0, 1, 15, WIDTH].map(|lanes| (level, lanes))) {
            let (mut rows, mut back) = ([Row::QUIET; OCTETS_PER_TICK], [[0xee; OCTETS_PER_TICK]; WIDTH]);
            there_and_back::<false>(level, &octets[..lanes], &mut rows, &mut back[..lanes]);
            for (lane, octets) in octets[..lanes].iter().enumerate() {
                for (row, &octet) in rows.iter().zip(octets) {
                    assert_eq!(row.0[lane], f32::from(crate::decode(Law::A, octet)), "lane {lane}");
                }
            }
            assert_eq!(back[..lanes], octets[..lanes], "{lanes} lanes");
            assert_eq!(back[lanes..], [[0xee; OCTETS_PER_TICK]; WIDTH][lanes..], "{lanes} lanes");
        }
    }

    #[test]
    fn a_part_of_a_tick_whose_last_block_lies_within_the_one_before_is_the_same_words_and_comes_back() {
        const QUADS: usize = 2 * BLOCK_QUADS + 1;
        let octets = tick();
        for (level, from) in
            levels().into_iter().flat_map(|level| [0, 7, OCTETS_PER_TICK - QUADS * QUAD].map(|from| (level, from)))
        {
            let words = dispatch!(level, simd => words::<_, QUADS>(simd, &octets, from));
            for (quad, words) in words.iter().enumerate() {
                for (octets, word) in octets.iter().zip(words) {
                    assert_eq!(word.to_le_bytes(), octets[from + quad * QUAD..][..QUAD]);
                }
            }
            let mut back = [[0xee; OCTETS_PER_TICK]; WIDTH];
            dispatch!(level, simd => put_words(simd, &words, &mut back, from));
            let within = from..from + QUADS * QUAD;
            for (back, octets) in back.iter().zip(&octets) {
                assert_eq!(back[within.clone()], octets[within.clone()]);
                assert!(back[..within.start].iter().chain(&back[within.end..]).all(|&octet| octet == 0xee));
            }
        }
    }

    #[test]
    fn of_mu_laws_two_zeros_one_comes_back() {
        let octets = tick();
        let one_zero = octets.map(|octets| octets.map(|octet| if octet == 0x7f { 0xff } else { octet }));
        for level in levels() {
            let (mut rows, mut back) = ([Row::QUIET; OCTETS_PER_TICK], octets);
            there_and_back::<true>(level, &octets, &mut rows, &mut back);
            assert_eq!(back, one_zero);
        }
    }
}
