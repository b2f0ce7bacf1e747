//! What the codes of both bands stand for: G.722 tables 14 to 21 (5.2.3, 5.2.4, 6.2.1 and 6.2.2).

use crate::lanes::{IntRow, WIDTH};

/// Decision levels of the lower band, Q6: they begin at 1.
pub(super) const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
    1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/// The decision level of the upper band, Q2.
pub(super) const Q2: i32 = 564;

/// Output levels with 4, 5 and 6 bits.
const OQ4: [i32; 8] = [0, 150, 323, 530, 786, 1121, 1612, 2557];
const OQ5: [i32; 16] = [0, 35, 110, 190, 276, 370, 473, 587, 714, 858, 1023, 1219, 1458, 1765, 2195, 2919];
const OQ6: [i32; 31] = [
    0, 17, 54, 91, 130, 170, 211, 254, 300, 347, 396, 447, 501, 558, 618, 682, 750, 822, 899, 982, 1072, 1170, 1279,
    1399, 1535, 1689, 1873, 2088, 2376, 2738, 3101,
];
/// Of the upper band.
const OQ2: [i32; 3] = [0, 202, 926];

/// How much a code raises the logarithm of the step, by magnitude.
const WL: [i32; 8] = [-60, -30, 58, 172, 334, 538, 1198, 3042];
const WH: [i32; 3] = [0, -214, 798];

/// What the 4 highest bits of the lower band's code mean: the level above, the logarithm below.
pub(super) static LOW: IntRow = low();
/// The same of the upper band's code.
pub(super) static HIGH: IntRow = high();

/// The levels of all codes of the lower band, two in a word.
#[derive(Debug)]
pub(super) struct Levels(pub [IntRow; 2]);

/// Of 6 bits, and of the highest 5 and 4.
pub(super) static SIX: Levels = levels(6);
pub(super) static FIVE: Levels = levels(5);
pub(super) static FOUR: Levels = levels(4);

/// A code's magnitude and whether it is negative: QUANTL's table MIL and SIL, read from the code.
const fn six(code: usize) -> (usize, bool) {
    match code {
        // Never sent.
        0..4 => (1, true),
        4..32 => (34 - code, true),
        32..62 => (62 - code, false),
        _ => (64 - code, true),
    }
}

const fn five(code: usize) -> (usize, bool) {
    match code {
        0 | 1 | 31 => (1, true),
        2..16 => (17 - code, true),
        30 => (1, false),
        _ => (31 - code, false),
    }
}

const fn four(code: usize) -> (usize, bool) {
    match code {
        0 | 15 => (0, false),
        1..8 => (8 - code, true),
        _ => (15 - code, false),
    }
}

/// The output level of the `bits` highest bits of a code of 6.
const fn level(code: usize, bits: u32) -> i32 {
    let part = code >> (6 - bits);
    let (magnitude, negative) = match bits {
        6 => six(part),
        5 => five(part),
        _ => four(part),
    };
    let level = match bits {
        6 => OQ6[magnitude],
        5 => OQ5[magnitude],
        _ => OQ4[magnitude],
    };
    if negative { -level * 8 } else { level * 8 }
}

const fn levels(bits: u32) -> Levels {
    let mut words = [[0; WIDTH]; 2];
    let mut code = 0;
    while code < 64 {
        words[code / 32][code / 2 % WIDTH] |= (level(code, bits) & 0xffff) << (code % 2 * 16);
        code += 1;
    }
    Levels([IntRow(words[0]), IntRow(words[1])])
}

const fn low() -> IntRow {
    let mut words = [0; WIDTH];
    let mut part = 0;
    while part < WIDTH {
        words[part] = level(part * 4, 4) << 16 | (WL[four(part).0] & 0xffff);
        part += 1;
    }
    IntRow(words)
}

const fn high() -> IntRow {
    let mut words = [0; WIDTH];
    let mut code = 0;
    while code < 4 {
        let magnitude = if code % 2 == 0 { 2 } else { 1 };
        let level = if code < 2 { -OQ2[magnitude] * 8 } else { OQ2[magnitude] * 8 };
        words[code] = level << 16 | (WH[magnitude] & 0xffff);
        code += 1;
    }
    IntRow(words)
}
