//! ITU-T G.168: echo cancellers for lines.

use standards::g168::{Nothing, Plain, Row, Setup, Subject, TESTS, Test};

/// What a run of CI does: one batch of echoes, -10 dBm0.
const SMOKE: Setup = Setup { received_dbm0: -10.0, tail: 512, batch: 0, whole: false };

fn test(number: &str) -> &'static Test {
    TESTS.iter().find(|test| test.number == number).expect("there is such a test")
}

fn misses(test: &Test, subject: &mut dyn Subject) -> Vec<Row> {
    test.run(subject, &SMOKE).into_iter().filter(|row| row.over() > 0.0).collect()
}

/// Each test finds the canceller that does nothing, but those that ask for no more than to do no harm.
#[test]
fn a_canceller_that_does_nothing_fails() {
    for test in &TESTS {
        let missed = !misses(test, &mut Nothing).is_empty();
        assert_ne!(missed, test.harmless, "{}", test.number);
    }
}

/// The plainest canceller converges on all paths of Annex D, and is driven away by double talk: the tests tell one from
/// the other.
#[test]
fn a_plain_canceller_passes_where_nobody_else_talks_and_fails_in_double_talk() {
    for (number, holds) in [("2B", true), ("4", true), ("3B a", false)] {
        let missed = misses(test(number), &mut Plain::new(512));
        assert_eq!(missed.is_empty(), holds, "{number}: {missed:?}");
    }
}
