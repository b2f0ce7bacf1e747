//! What the tests demand, in one place. Each is as its source tells it; the text of G.168 itself was not at hand.

/// Where a limit is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The G.168 tests of OSLEC's author (`spandsp/tests/echo_tests.c` as OSLEC has it), which cite the edition of 2002.
    Oslec,
    /// MuTap's tests (`tests/test_g168.cpp`), which take over those of the edition of 04/2015 for rooms and state its figures.
    MuTap,
    /// Recalled from G.165 or G.168 and not confirmed by a second text.
    Recalled,
}

impl Source {
    /// For the table.
    pub const fn name(self) -> &'static str {
        match self {
            Source::Oslec => "OSLEC's tests",
            Source::MuTap => "MuTap's tests",
            Source::Recalled => "recalled",
        }
    }
}

/// What no echo is: with the suppressor, what is left of a signal of -10 dBm0 or less (Figure 9). [`Source::Oslec`],
/// [`Source::MuTap`], and SpanDSP's tests (`tests/echo_tests.c`).
pub const RETURNED_DBM0: f32 = -65.0;
/// Combined loss from 50 ms on with the suppressor (test 2A, Figure 10), from 1 s on without it (test 2B, Figure 12).
/// [`Source::MuTap`].
pub const COMBINED_LOSS_DB: f32 = 20.0;
/// By how much double talk at the far party's level or above may make the residual worse (test 3B a). [`Source::Oslec`].
pub const HIGH_DOUBLE_TALK_DB: f32 = 10.0;
/// By how much weaker double talk may (test 3B b). [`Source::Oslec`].
pub const LOW_DOUBLE_TALK_DB: f32 = 3.0;
/// By how much a suppressor may make the near party louder (test 3C, t4 and t5). [`Source::Oslec`].
pub const CONVERSATION_DB: f32 = 6.0;
/// By how much two minutes of silence may make the residual worse (test 4). [`Source::Recalled`].
pub const LEAK_DB: f32 = 10.0;
/// What may be left half a second after the line lost its echo, for -10 dBm0 received (test 5). [`Source::Recalled`].
pub const OPEN_LINE_DBM0: f32 = -37.0;
/// By how much tones may make the residual worse (test 6). [`Source::Oslec`].
pub const TONES_DB: f32 = 10.0;
/// How far comfort noise may be from the noise of the line (test 9). [`Source::Oslec`].
pub const COMFORT_DB: f32 = 2.0;

/// What may be returned with the suppressor, by the level received (Figure 9). [`Source::MuTap`].
pub fn figure_9(received_dbm0: f32) -> f32 {
    RETURNED_DBM0 + (received_dbm0 + 10.0).max(0.0)
}

/// The residual that is allowed without suppressor in the steady state, by the level received (Figure 11).
/// [`Source::Oslec`], [`Source::MuTap`].
pub fn figure_11(received_dbm0: f32) -> f32 {
    received_dbm0 * 25.0 / 30.0 - 30.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_what_their_corners_say() {
        assert_eq!([-30.0, -10.0, 0.0].map(figure_9), [-65.0, -65.0, -55.0]);
        assert_eq!([-30.0, 0.0].map(figure_11), [-55.0, -30.0]);
    }
}
