//! How far a tone may be from its plan and still be taken for it.

/// The limits of one tone: its tolerances, and what keeps a voice or music from being taken for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// How far the frequency may be from the plan's.
    pub hz: f32,
    /// Quieter than this is no tone. Two sines count together.
    pub level_dbm0: f32,
    /// Purity: the tone's part of the power.
    pub part: f32,
    /// How far a burst's or a pause's length may be from the plan's, as a part of it,
    pub length_part: f32,
    /// or in milliseconds, where that is more.
    pub length_ms: f32,
    /// How much the level may change within a burst.
    pub waver_db: f32,
    /// How much the level may differ from burst to burst.
    pub level_spread_db: f32,
    /// How much the frequency may differ from burst to burst.
    pub hz_spread: f32,
}

impl Limits {
    /// A public exchange's tones.
    ///
    /// Frequency: what exchanges are allowed, and how far old ones stray. Level: quieter than any exchange sends, less the
    /// loss of the longest line. Purity: 7.5 dB above everything else; a voice's harmonic seldom holds it for 100 ms.
    /// Lengths: 25 ms are two looks and a half. Within a burst an instrument's note swells or fades, an exchange's tone does
    /// not; and from burst to burst one oscillator is always the same.
    pub const EXCHANGE: Limits = Limits {
        hz: 25.0,
        level_dbm0: -35.0,
        part: 0.85,
        length_part: 0.15,
        length_ms: 25.0,
        waver_db: 2.0,
        level_spread_db: 3.0,
        hz_spread: 6.0,
    };

    /// Whether a length is near enough to the plan's.
    pub(super) fn lasts(&self, ms: f32, nominal_ms: u16) -> bool {
        let nominal_ms = f32::from(nominal_ms);
        (ms - nominal_ms).abs() <= (nominal_ms * self.length_part).max(self.length_ms)
    }

    /// The limit of the level as a mean square.
    pub(super) fn power(&self) -> f32 {
        0.5 * power_ratio(self.level_dbm0)
    }
}

/// A ratio of powers.
pub(super) fn power_ratio(db: f32) -> f32 {
    10_f32.powf(db / 10.0)
}

/// The level of a mean square in dBm0.
pub(super) fn dbm0(power: f32) -> f32 {
    10.0 * (2.0 * power).log10()
}
