//! Levels in dBm0: what a linear sample means on the line.
//!
//! Source: ITU-T G.711 and Tables 5 and 6: the digital milliwatt is 0 dBm0, and a sine that just reaches the
//! virtual decision value of the outermost interval is +3.14 dBm0 in A-law and +3.17 dBm0 in µ-law.

use frame::Law;

/// The level of a full-scale sine in A-law.
#[expect(clippy::approx_constant, reason = "G.711's overload level; the likeness to pi is chance")]
pub const FULL_SCALE_A_DBM0: f32 = 3.14;
/// The level of a full-scale sine in µ-law.
pub const FULL_SCALE_MU_DBM0: f32 = 3.17;
/// One period of 1 kHz at 0 dBm0 in A-law: G.711 Table 5.
pub const DIGITAL_MILLIWATT_A: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
/// One period of 1 kHz at 0 dBm0 in µ-law: G.711 Table 6.
pub const DIGITAL_MILLIWATT_MU: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];

/// A-law's virtual decision value 4096 in 16 bits.
const FULL_SCALE_A: f32 = 32_768.0;
/// µ-law's virtual decision value 8159 in 16 bits.
const FULL_SCALE_MU: f32 = 32_636.0;

/// The level of a full-scale sine of a law.
pub const fn full_scale_dbm0(law: Law) -> f32 {
    match law {
        Law::A => FULL_SCALE_A_DBM0,
        Law::Mu => FULL_SCALE_MU_DBM0,
    }
}

/// The peak of a sine of `level_dbm0`, as a linear sample.
pub fn sine_peak_of_dbm0(law: Law, level_dbm0: f32) -> f32 {
    let full_scale = match law {
        Law::A => FULL_SCALE_A,
        Law::Mu => FULL_SCALE_MU,
    };
    full_scale * ratio_of_db(level_dbm0 - full_scale_dbm0(law))
}

/// The root mean square of any signal of `level_dbm0`, in linear samples.
pub fn rms_of_dbm0(law: Law, level_dbm0: f32) -> f32 {
    sine_peak_of_dbm0(law, level_dbm0) * std::f32::consts::FRAC_1_SQRT_2
}

/// The level of a signal whose root mean square is `rms` linear samples; minus infinity for 0.
pub fn dbm0_of_rms(law: Law, rms: f32) -> f32 {
    db_of_ratio(rms / rms_of_dbm0(law, 0.0))
}

/// The ratio of amplitudes that `db` decibels are.
pub fn ratio_of_db(db: f32) -> f32 {
    10_f32.powf(db / 20.0)
}

/// The decibels that a ratio of amplitudes is; minus infinity for 0.
pub fn db_of_ratio(ratio: f32) -> f32 {
    20.0 * ratio.log10()
}
