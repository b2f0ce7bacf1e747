//! ITU-T G.168, clauses 6.4.2 and 7, with the box's own canceller: one batch of echoes at -10 dBm0, and shorter where a
//! test only lasts. `./justw standards` runs all of it (docs/g168.md).

mod ours;

use std::{array::from_fn, path::Path};

use codec::encode;
use dsp::echo::{Canceller, Tail, Workspace};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use ours::Ours;
use standards::{
    RATE_HZ,
    g168::{Filter, HYBRIDS, Hybrid, Nothing, Plain, Row, Setup, Subject, TESTS, Test},
    level, line, wav,
};

/// What a run of CI does.
const SMOKE: Setup<'_> = Setup { received_dbm0: -10.0, tail: 512, batch: 0, whole: false, voice: None };

/// What is not held yet: test and part. A row that is no longer true is taken out.
///
/// 2A, until 1 s: an echo has to show for twelve ticks before any is taken off, and until then it is not told from a party that
/// speaks: what is recorded is what is left, and no word of anybody is given up for an echo. b and 2C: some echoes are not
/// known within a second. 7: of a tone no more is learnt than some 20 dB. Clause 7: the suppressor lets something pass now and then.
const MISSED: [(&str, &str); 6] = [
    ("2A", "a: until 1 s"),
    ("2A", "b: until 1 s"),
    ("2A", "b: from 1 s on"),
    ("2C", "returned"),
    ("7", "from 10 s on"),
    ("clause 7, enabled", "returned"),
];

fn test(number: &str) -> &'static Test {
    TESTS.iter().find(|test| test.number == number).expect("there is such a test")
}

fn misses(test: &Test, subject: &mut dyn Subject, setup: &Setup<'_>) -> Vec<Row> {
    test.run(subject, setup).into_iter().filter(|row| row.over() > 0.0).collect()
}

/// Our canceller holds a test on all lines, but for the parts that are known; and of those none that it holds is on the list.
fn holds(number: &str) {
    let known: Vec<&str> = MISSED.iter().filter(|(of, _)| *of == number).map(|(_, part)| *part).collect();
    let (of_known, missed): (Vec<Row>, Vec<Row>) = misses(test(number), &mut Ours::new(Tail::Ms64, Law::A), &SMOKE)
        .into_iter()
        .partition(|row| known.contains(&row.part));
    assert!(missed.is_empty(), "test {number}: {} lines, as {:?}", missed.len(), missed[0]);
    for part in known {
        assert!(of_known.iter().any(|row| row.part == part), "{number}, {part}: is held now, so its row comes out");
    }
}

/// Each test finds the canceller that does nothing, but those that ask for no more than to do no harm.
#[test]
fn a_canceller_that_does_nothing_fails() {
    for test in &TESTS {
        let missed = !misses(test, &mut Nothing, &SMOKE).is_empty();
        assert_ne!(missed, test.harmless, "{}", test.number);
    }
}

/// The plainest canceller converges on all paths of Annex D, and is driven away by double talk: the tests tell one from
/// the other.
#[test]
fn a_plain_canceller_passes_where_nobody_else_talks_and_fails_in_double_talk() {
    for (number, passes) in [("2B", true), ("4", true), ("3B a", false)] {
        let missed = misses(test(number), &mut Plain::new(512), &SMOKE);
        assert_eq!(missed.is_empty(), passes, "{number}: {missed:?}");
    }
}

#[test]
fn each_miss_that_is_known_names_a_part_of_a_test() {
    for (number, part) in MISSED {
        let rows = test(number).run(&mut Nothing, &SMOKE);
        assert!(rows.iter().any(|row| row.part == part), "{number} {part}");
    }
}

#[test]
fn test_1_steady_state_residual_and_returned_level() {
    holds("1");
}

#[test]
fn test_2a_convergence_and_reconvergence_with_suppressor() {
    holds("2A");
}

#[test]
fn test_2b_convergence_and_reconvergence_without_suppressor() {
    holds("2B");
}

#[test]
fn test_2c_convergence_with_background_noise() {
    holds("2C");
}

#[test]
fn test_3a_double_talk_with_low_near_end_level() {
    holds("3A");
}

#[test]
fn test_3b_double_talk_stability() {
    holds("3B a");
    holds("3B b");
}

#[test]
fn test_3c_simulated_conversation() {
    holds("3C");
}

#[test]
fn test_4_leak_rate() {
    holds("4");
}

#[test]
fn test_5_infinite_return_loss_and_change_of_the_echo_path() {
    holds("5");
    holds("5B");
}

#[test]
fn test_6_non_divergence_on_narrow_band_signals() {
    holds("6");
}

#[test]
fn test_7_stability() {
    holds("7");
}

#[test]
fn test_8_non_convergence_on_signalling() {
    holds("8");
}

#[test]
fn test_9_comfort_noise() {
    holds("9");
}

/// Convergence, double talk and a line that loses its echo, with the other tails and the other law.
#[test]
fn tails_of_32_and_128_ms_and_mu_law_hold_what_64_ms_and_a_law_do() {
    for (tail, law) in [(Tail::Ms32, Law::A), (Tail::Ms128, Law::A), (Tail::Ms64, Law::Mu)] {
        let setup = Setup { tail: tail.samples(), ..SMOKE };
        for number in ["2B", "3B a", "3B b", "5"] {
            let missed = misses(test(number), &mut Ours::new(tail, law), &setup);
            assert!(missed.is_empty(), "{tail:?} {law:?}, test {number}: {} lines, as {:?}", missed.len(), missed[0]);
        }
    }
}

#[test]
fn clause_7_2100_hz_with_phase_reversals_disables_until_a_quiet_250_ms() {
    holds("clause 7, disabled");
    holds("clause 7, enabled");
}

/// Two readers at once, each line at another place of their texts: what a recording keeps of a line that is digital to its
/// end is evidence, octet for octet.
#[test]
fn two_voices_on_a_line_without_an_echo_pass_octet_for_octet() {
    let [ours, theirs] = ["caller.wav", "telephone.wav"].map(octets);
    let (mut canceller, mut workspace) = (Canceller::new(Tail::Ms64), Workspace::new());
    let mut clean = [[0; OCTETS_PER_TICK]; LANES];
    for tick in 0..3000 {
        let cut = |voice: &[u8]| -> [Octets; LANES] {
            from_fn(|lane| from_fn(|at| voice[(tick * OCTETS_PER_TICK + at + lane * 9973) % voice.len()]))
        };
        let (far, rx) = (cut(&ours), cut(&theirs));
        canceller.process(&mut workspace, &far, &rx, Law::A, u32::MAX, &mut clean);
        assert!(clean == rx, "tick {tick}");
    }
}

/// Readers who never pause, of which the far one's voice comes back by each path of Annex D, 10 dB weaker and 5 ms late; the near
/// one begins after ten seconds. Two of one voice hold vowels at one pitch, which no statistic of a quarter of a second tells
/// from an echo.
#[test]
fn a_voice_under_an_echo_stays_what_it_is_without_one() {
    for [far, near] in [["reader-0920.wav", "reader-0930.wav"], ["reader-0880.wav", "reader-0870.wav"]] {
        let (far, near) = (voice(far, 0), voice(near, 10));
        let nothing = vec![0.0; far.len()];
        let (mixed, said) = (heard(&far, &near), heard(&nothing, &near));
        for (path, (mixed, said)) in mixed.iter().zip(&said).enumerate() {
            let from = 10 * RATE_HZ;
            let differs: Vec<f32> = mixed[from..].iter().zip(&said[from..]).map(|(one, other)| one - other).collect();
            let distance = level::dbm0(&said[from..]) - level::dbm0(&differs);
            assert!(distance >= 22.0, "{distance} dB on D.{}", path + 2);
        }
    }
}

/// A reader from so many seconds on, without a pause, of 25 seconds.
fn voice(file: &str, from_s: usize) -> Vec<f32> {
    let octets = octets(file);
    let silence = vec![0.0; from_s * RATE_HZ];
    let voice = line::decoded(Law::A, &octets).into_iter().cycle().take((25 - from_s) * RATE_HZ);
    [silence, level::at_active_dbm0(voice.collect(), -15.0)].concat()
}

/// What the canceller makes of a voice and another one's echoes, on each path of Annex D; without suppressor.
fn heard(far: &[f32], near: &[f32]) -> Vec<Vec<f32>> {
    let far = line::through(Law::A, far);
    let back = |number| {
        let mut path = Filter::new(Hybrid { number, erl_db: 10.0, delay: 40 }.response());
        let echo = far.chunks_exact(OCTETS_PER_TICK).flat_map(|tick| path.process(tick.try_into().expect("a tick")));
        line::coded(Law::A, &level::sum(echo.collect(), near))
    };
    let rx = line::ticks(Law::A, &(0..HYBRIDS).map(back).collect::<Vec<_>>());
    let far = line::ticks(Law::A, &vec![line::coded(Law::A, &far); HYBRIDS]);
    let (mut canceller, mut workspace) = (Canceller::new(Tail::Ms64), Workspace::new());
    canceller.suppress(false);
    let mut left = vec![Vec::new(); HYBRIDS];
    for (far, rx) in far.iter().zip(&rx) {
        let mut clean = [[0; OCTETS_PER_TICK]; LANES];
        canceller.process(&mut workspace, far, rx, Law::A, (1 << HYBRIDS) - 1, &mut clean);
        left.iter_mut().zip(&clean).for_each(|(left, clean)| left.extend(line::decoded(Law::A, clean)));
    }
    left
}

/// A reader's voice, as an A-law line has it.
fn octets(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/voices").join(file);
    let samples = wav::read(&path).unwrap_or_else(|error| panic!("{}: {error}: ./justw voices", path.display()));
    samples.iter().map(|sample| encode(Law::A, *sample as i16)).collect()
}
