//! The test of one analog port: what is done in which order, what is found, and what that means.
//!
//! An outside line is seized, its dial tone waited for and ended by one digit, as DAHDI's own fxotune does; then nothing is
//! sent for a second and noise for another, and the line is let go before the exchange asks for more. A telephone stays on
//! its hook and is measured through the card's on-hook transmission. What a card can't tell is left out, not guessed: DAHDI
//! tells of a battery, of a loop and of rings, and nothing of currents, voltages or what is plugged in (facts of its driver).
//! Not here: how a line is seized (`fxo`), how sound is measured (`dsp::probe`).

use std::{collections::VecDeque, time::Duration};

use dsp::probe::{EchoLoss, LoudTone, Spectrum};
use frame::{PortId, Time};
use serde::{Deserialize, Serialize};

/// What is on the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tested {
    /// A telephone (FXS).
    Telephone,
    /// A line of the exchange (FXO).
    OutsideLine,
}

/// What was found. Whole decibels: a line differs by more from night to night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// What was tested.
    pub tested: Tested,
    /// Whether the exchange feeds the line, as the card tells; none where it has not told, or the port feeds itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<bool>,
    /// Whether the handset is off its hook, or the wires touch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_closed: Option<bool>,
    /// Whether dial tone came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dial_tone: Option<bool>,
    /// How loud it came, in dBm0: what the line takes of what its exchange sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dial_tone_dbm0: Option<i8>,
    /// What is heard while nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// What comes back of what is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// The card cancels echo itself, so what comes back tells nothing of the line.
    #[serde(default, skip_serializing_if = "is_false")]
    pub echo_by_card: bool,
    /// How many telephones the card can ring in turn, and how many it rings; of a telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<RingCurrent>,
    /// The telephone's port that rang it through a cable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rung_by: Option<PortId>,
    /// Whether who called was read there as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_read: Option<bool>,
    /// What it means, the worst first; at least one.
    pub verdicts: Vec<Verdict>,
}

impl Findings {
    /// Of a port that was never idle in the hours of a night.
    pub fn never_idle(tested: Tested) -> Findings {
        Findings { verdicts: vec![Verdict::NeverIdle], ..Findings::nothing(tested) }
    }

    /// Of an outside line that a telephone's port rang through a cable.
    pub fn of_cable(rung_by: PortId, caller_read: Option<bool>, verdict: Verdict) -> Findings {
        let (rung_by, verdicts) = (Some(rung_by), vec![verdict]);
        Findings { rung_by, caller_read, verdicts, ..Findings::nothing(Tested::OutsideLine) }
    }

    fn nothing(tested: Tested) -> Findings {
        Findings {
            tested,
            battery: None,
            loop_closed: None,
            dial_tone: None,
            dial_tone_dbm0: None,
            noise: None,
            echo: None,
            echo_by_card: false,
            ring: None,
            rung_by: None,
            caller_read: None,
            verdicts: Vec::new(),
        }
    }

    /// Whether all was measured that there is to measure.
    pub fn is_whole(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.is_whole())
    }

    /// Whether the card brought sound, and the line was kept, until something was known of it.
    pub fn heard_to_the_end(&self) -> bool {
        let nothing_came = |verdict: &Verdict| matches!(verdict, Verdict::Tone { .. } | Verdict::PassesNothing);
        self.echo.is_some() || self.verdicts.iter().any(nothing_came)
    }

    /// Whether what comes back says something about the line, and could be told from its noise or is little enough. Of a
    /// telephone on its hook it says nothing: it ends no line.
    pub fn knows_echo(&self) -> bool {
        let judged = self.tested == Tested::OutsideLine && !self.echo_by_card;
        judged && self.echo.is_some_and(|echo| !echo.at_least || echo.erl_db >= ECHO_LEAST_DB)
    }
}

fn is_false(no: &bool) -> bool {
    !no
}

/// How loud a line is when nobody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noise {
    /// As a telephone's ear weighs it (ITU-T O.41).
    pub dbm0p: i8,
    /// Unweighed: far more than the other is hum of the mains.
    pub dbm0: i8,
}

/// How much weaker comes back what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// The echo loss of ITU-T G.122, Annex B: 300 to 3400 Hz, weighed.
    pub erl_db: i8,
    /// The singing return loss of low frequencies (IEEE Std 743).
    pub low_db: i8,
    /// The same of high ones.
    pub high_db: i8,
    /// The first is that much or more: noise hides the rest.
    pub at_least: bool,
}

/// A card's ringing current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingCurrent {
    /// For how many telephones it lasts.
    pub telephones: u16,
    /// How many of them ring now.
    pub ringing: u16,
}

/// What the findings mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing is wrong with what could be measured.
    Good,
    /// The exchange does not feed the line: its side, or the cable.
    NoBattery {
        /// For how long the box has known.
        for_s: u32,
        /// None of the card's lines is fed: hardly the exchange.
        #[serde(default)]
        whole_card: bool,
    },
    /// The line is fed, and no dial tone comes: the exchange has barred it, or it is in use elsewhere.
    NoDialTone,
    /// The exchange let the line go before it was measured.
    LetGo,
    /// A handset is off its hook, or the wires touch.
    LoopClosed,
    /// More comes back than should: gain or impedance are wrong.
    LoudEcho {
        /// The echo return loss.
        erl_db: i8,
    },
    /// It is loud when nobody speaks.
    Noisy {
        /// By a telephone's ear.
        dbm0p: i8,
    },
    /// The exchange sends a tone where it should be quiet, so noise and echo could not be measured.
    Tone {
        /// Its frequency, of a pair the stronger one's.
        hz: u16,
        /// How loud.
        dbm0: i8,
    },
    /// No dial tone came, and the settings say that none is waited for there: nothing was sent into the line.
    DialsWithout,
    /// The card lets no sound pass while the handset is down, so only the loop is known.
    PassesNothing,
    /// The card brought no sound.
    NoSound,
    /// It was in use through all hours in which it might have been tested, or its group's last free line.
    NeverIdle,
    /// Somebody wanted the port meanwhile, and got it.
    Interrupted,
    /// Through the cable no ring was heard.
    RingNotHeard,
    /// The ring was, and not who calls.
    CallerNotHeard,
    /// Who calls was read otherwise than it was told.
    CallerWrong,
    /// No cable is plugged: a telephone rang, and was answered.
    TelephoneRang,
}

impl Verdict {
    /// Whether something has to be done about the port.
    pub fn is_bad(self) -> bool {
        self != Verdict::Good && self.is_whole()
    }

    /// Whether all was measured that there is to measure, or it is known why that can't be.
    pub fn is_whole(self) -> bool {
        match self {
            Verdict::Good
            | Verdict::NoBattery { .. }
            | Verdict::NoDialTone
            | Verdict::LetGo
            | Verdict::LoopClosed
            | Verdict::LoudEcho { .. }
            | Verdict::Noisy { .. }
            | Verdict::NoSound
            | Verdict::RingNotHeard
            | Verdict::CallerNotHeard
            | Verdict::CallerWrong => true,
            Verdict::Tone { .. }
            | Verdict::DialsWithout
            | Verdict::PassesNothing
            | Verdict::NeverIdle
            | Verdict::Interrupted
            | Verdict::TelephoneRang => false,
        }
    }
}

/// The least echo loss of a good line. ITU-T G.122 (1993), 4: 15 dB on average with a deviation of 3 dB, so that one line in
/// fifty is at 9 dB. The clause is recalled; its weighting, by which is measured, is Annex B's.
pub const ECHO_LEAST_DB: i8 = 10;

/// The most noise of a good line: 30 dBrnC, above which a loop is to be repaired (IEEE Std 820-1984, recalled and not read
/// again); 20 dBrnC is what is aimed at. On noise of the voice band C-message and O.41 differ by less than 1 dB.
pub const NOISE_MOST_DBM0P: i8 = -60;

/// What an open pair sends back is no weaker than this: a hybrid that is balanced for a line is far from balanced then.
const OPEN_PAIR_MOST_DB: f32 = 25.0;

/// What happens in a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestInput {
    /// The line is open, and nothing sounds on it.
    Open {
        /// How loud its dial tone was.
        dial_tone_dbm0: f32,
    },
    /// No dial tone came.
    NoDialTone,
    /// The exchange let the line go.
    LetGo,
    /// What was to be taken, by frequency.
    Taken(Spectrum),
    /// Somebody wants the port.
    Wanted,
    /// [`PortTest::next_deadline`] has come.
    Timeout,
}

/// What a test wants.
#[derive(Clone, Debug, PartialEq)]
pub enum TestOutput {
    /// Seize the line, wait for dial tone, and end it by a digit. Without dial tone nothing may be sent.
    Seize,
    /// Let sound pass although the handset is down.
    PassOnHook {
        /// For how long.
        ms: u16,
    },
    /// Take what comes while nothing is sent.
    TakeQuiet,
    /// Send noise, and take what comes.
    TakeEcho,
    /// Stop all that, and let the line go. Not where nothing was begun.
    LetGo,
    /// It is over.
    Done(Findings),
}

/// What is known before anything is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether the line is fed, and for how long it has not been as far as is known, where the card has told.
    pub battery: Option<Result<(), Duration>>,
    /// None of the card's lines is fed.
    pub whole_card: bool,
    /// The settings say that no dial tone is waited for.
    pub dials_without: bool,
    /// The card cancels echo itself.
    pub echo_by_card: bool,
    /// Whether the loop of a telephone is closed.
    pub loop_closed: Option<bool>,
    /// The card's ringing current.
    pub ring: Option<RingCurrent>,
}

/// Ticks that are taken each time: a second.
pub const TAKEN_TICKS: usize = 100;
/// Ticks before silence is taken: a digit's last echo, and what the exchange does after it.
pub const SETTLED_TICKS: usize = 40;
/// Ticks of noise before what comes back is taken: the way through the card, and the longest tail.
pub const SENT_TICKS: usize = 30;

/// Dial tone is waited for 5 s, a digit and two measurements take 4 s: longer is a card that brings nothing.
const LIMIT: Duration = Duration::from_secs(14);
/// What the two measurements of a telephone take, and some more.
const PASS_MS: u16 = 4000;

/// One test.
#[derive(Clone, Debug)]
pub struct PortTest {
    step: Step,
    until: Time,
    dials_without: bool,
    findings: Findings,
    outputs: VecDeque<TestOutput>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Opening,
    Quiet,
    Echo { quiet: Spectrum, sent: Spectrum },
    Over,
}

impl PortTest {
    /// Begins.
    pub fn new(now: Time, tested: Tested, known: Known) -> PortTest {
        let findings = Findings {
            battery: known.battery.map(|battery| battery.is_ok()),
            loop_closed: known.loop_closed,
            echo_by_card: known.echo_by_card,
            ring: known.ring,
            ..Findings::nothing(tested)
        };
        let (until, dials_without) = (now + LIMIT, known.dials_without);
        let mut test = PortTest { step: Step::Opening, until, dials_without, findings, outputs: VecDeque::new() };
        match (tested, known) {
            (_, Known { battery: Some(Err(without)), whole_card, .. }) => {
                let for_s = u32::try_from(without.as_secs()).unwrap_or(u32::MAX);
                test.needless(Verdict::NoBattery { for_s, whole_card });
            }
            (_, Known { loop_closed: Some(true), .. }) => test.needless(Verdict::LoopClosed),
            (Tested::OutsideLine, _) => test.put(TestOutput::Seize),
            (Tested::Telephone, _) => {
                test.put(TestOutput::PassOnHook { ms: PASS_MS });
                test.quiet();
            }
        }
        test
    }

    /// The next output. Drain after each input.
    pub fn poll_output(&mut self) -> Option<TestOutput> {
        self.outputs.pop_front()
    }

    /// When [`TestInput::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        (self.step != Step::Over).then_some(self.until)
    }

    /// Takes one input. `sent` is the spectrum of the noise that [`TestOutput::TakeEcho`] asks for.
    pub fn handle_input(&mut self, now: Time, input: TestInput, sent: impl FnOnce() -> Spectrum) {
        match (std::mem::replace(&mut self.step, Step::Over), input) {
            (Step::Over, _) => (),
            (_, TestInput::Wanted) => self.over(Verdict::Interrupted),
            (Step::Opening, TestInput::Open { dial_tone_dbm0 }) => {
                self.findings.dial_tone = Some(true);
                self.findings.dial_tone_dbm0 = Some(whole(dial_tone_dbm0));
                self.quiet();
            }
            (Step::Opening, TestInput::NoDialTone) => {
                self.findings.dial_tone = Some(false);
                self.over(if self.dials_without { Verdict::DialsWithout } else { Verdict::NoDialTone });
            }
            (_, TestInput::LetGo) => self.over(Verdict::LetGo),
            (Step::Quiet, TestInput::Taken(quiet)) => self.took_quiet(quiet, sent),
            (Step::Echo { quiet, sent }, TestInput::Taken(heard)) => self.took_echo(&quiet, &sent, &heard),
            (_, TestInput::Timeout) if self.until <= now => self.over(Verdict::NoSound),
            // A fact of the line that no step waits for.
            (step, TestInput::Open { .. } | TestInput::NoDialTone | TestInput::Taken(_) | TestInput::Timeout) => {
                self.step = step
            }
        }
    }

    fn quiet(&mut self) {
        self.step = Step::Quiet;
        self.put(TestOutput::TakeQuiet);
    }

    fn took_quiet(&mut self, quiet: Spectrum, sent: impl FnOnce() -> Spectrum) {
        if let Some(tone) = self.tone_in(&quiet) {
            return self.over(tone);
        }
        self.step = Step::Echo { quiet, sent: sent() };
        self.put(TestOutput::TakeEcho);
    }

    /// On its hook a telephone's line is heard only where the card lets sound pass: an open pair sends back much of what is
    /// sent. Where nothing came back nobody knows whether anything passed. Of an outside line there was dial tone.
    fn took_echo(&mut self, quiet: &Spectrum, sent: &Spectrum, heard: &Spectrum) {
        let loss = EchoLoss::of(sent, heard, quiet);
        if self.findings.tested == Tested::Telephone && (loss.at_least || loss.echo_db > OPEN_PAIR_MOST_DB) {
            return self.over(Verdict::PassesNothing);
        }
        self.findings.noise = Some(noise(quiet));
        if let Some(tone) = self.tone_in(heard) {
            return self.over(tone);
        }
        self.findings.echo = Some(echo(loss));
        self.judge();
    }

    /// What an exchange sends to who has stopped dialling is neither noise nor echo.
    fn tone_in(&self, heard: &Spectrum) -> Option<Verdict> {
        let LoudTone { hz, dbm0 } = heard.tone().filter(|_| self.findings.tested == Tested::OutsideLine)?;
        Some(Verdict::Tone { hz: hz.round() as u16, dbm0: whole(dbm0) })
    }

    fn judge(&mut self) {
        let known = self.findings.echo.filter(|_| self.findings.knows_echo());
        let loud = known.filter(|echo| echo.erl_db < ECHO_LEAST_DB);
        let loud = loud.map(|echo| Verdict::LoudEcho { erl_db: echo.erl_db });
        let noisy = self.findings.noise.filter(|noise| noise.dbm0p > NOISE_MOST_DBM0P);
        let noisy = noisy.map(|noise| Verdict::Noisy { dbm0p: noise.dbm0p });
        self.findings.verdicts.extend(loud.into_iter().chain(noisy));
        let is_good = self.findings.verdicts.is_empty();
        self.findings.verdicts.extend(is_good.then_some(Verdict::Good));
        self.end();
    }

    /// The verdict is known before anything was begun.
    fn needless(&mut self, verdict: Verdict) {
        self.findings.verdicts.push(verdict);
        self.step = Step::Over;
        self.put(TestOutput::Done(self.findings.clone()));
    }

    fn over(&mut self, verdict: Verdict) {
        self.findings.verdicts.push(verdict);
        self.end();
    }

    fn end(&mut self) {
        self.step = Step::Over;
        self.put(TestOutput::LetGo);
        self.put(TestOutput::Done(self.findings.clone()));
    }

    fn put(&mut self, output: TestOutput) {
        self.outputs.push_back(output);
    }
}

fn noise(quiet: &Spectrum) -> Noise {
    Noise { dbm0p: whole(quiet.psophometric_dbm0p()), dbm0: whole(quiet.level_dbm0(30.0, 4000.0)) }
}

fn echo(loss: EchoLoss) -> Echo {
    let EchoLoss { echo_db, low_db, high_db, at_least } = loss;
    Echo { erl_db: whole(echo_db), low_db: whole(low_db), high_db: whole(high_db), at_least }
}

/// Whole decibels; a conversion from float stays within the type's range.
fn whole(db: f32) -> i8 {
    db.round() as i8
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use dsp::probe::white_noise;
    use frame::Law;

    use super::*;

    const LAW: Law = Law::A;

    fn drain(test: &mut PortTest) -> Vec<TestOutput> {
        std::iter::from_fn(|| test.poll_output()).collect()
    }

    fn silence() -> Vec<u8> {
        vec![LAW.silence(); TAKEN_TICKS * 80]
    }

    fn weaker(octet: u8, times: i16) -> u8 {
        codec::encode(LAW, codec::decode(LAW, octet) / times)
    }

    /// A sine in bursts as long as its pauses.
    fn bursts(hz: f32, on_samples: usize) -> Vec<u8> {
        let sample = |at: usize| {
            let sine = 8000.0 * (TAU * hz * at as f32 / 8000.0).sin();
            codec::encode(LAW, if (at / on_samples).is_multiple_of(2) { sine as i16 } else { 0 })
        };
        (0..TAKEN_TICKS * 80).map(sample).collect()
    }

    /// What a test finds that hears this while nothing is sent, and that meanwhile.
    fn found(tested: Tested, known: Known, [quiet, meanwhile]: [&[u8]; 2]) -> Findings {
        let mut test = PortTest::new(Time::ZERO, tested, known);
        let sent = || Spectrum::of(LAW, &white_noise(LAW, TAKEN_TICKS));
        test.handle_input(Time::ZERO, TestInput::Open { dial_tone_dbm0: -12.4 }, sent);
        for heard in [quiet, meanwhile] {
            test.handle_input(Time::ZERO, TestInput::Taken(Spectrum::of(LAW, heard)), sent);
        }
        match drain(&mut test).pop() {
            Some(TestOutput::Done(findings)) => findings,
            other => panic!("{other:?}"),
        }
    }

    /// What was not begun needs not be let go, and must not disturb who listens on an idle line for who calls.
    #[test]
    fn a_verdict_that_is_known_beforehand_leaves_the_line_alone() {
        for (tested, known) in [
            (Tested::OutsideLine, Known { battery: Some(Err(Duration::from_secs(65))), ..Known::default() }),
            (Tested::Telephone, Known { loop_closed: Some(true), ..Known::default() }),
        ] {
            let mut test = PortTest::new(Time::ZERO, tested, known);
            let told = drain(&mut test);
            assert!(matches!(told[..], [TestOutput::Done(_)]), "{told:?}");
            assert_eq!(test.next_deadline(), None);
        }
    }

    #[test]
    fn a_tone_of_the_exchange_is_neither_noise_nor_echo() {
        for tone in [bursts(450.0, 2800), bursts(450.0, 80_000), bursts(1400.0, 80_000)] {
            let before = found(Tested::OutsideLine, Known::default(), [&tone, &silence()]);
            assert!(matches!(before.verdicts[..], [Verdict::Tone { hz: 440..=1405, dbm0: -12..=-5 }]), "{before:?}");
            assert_eq!((before.noise, before.echo), (None, None));
            let later = found(Tested::OutsideLine, Known::default(), [&silence(), &tone]);
            assert!(matches!(later.verdicts[..], [Verdict::Tone { .. }]) && later.noise.is_some(), "{later:?}");
        }
        let noisy = found(Tested::OutsideLine, Known::default(), [&white_noise(LAW, TAKEN_TICKS), &silence()]);
        assert!(matches!(noisy.verdicts[..], [Verdict::Noisy { .. }]), "{noisy:?}");
        assert_eq!((noisy.dial_tone, noisy.dial_tone_dbm0), (Some(true), Some(-12)));
    }

    #[test]
    fn a_telephone_whose_card_lets_nothing_pass_is_not_called_good() {
        let nothing = found(Tested::Telephone, Known::default(), [&silence(), &silence()]);
        assert_eq!(nothing.verdicts, [Verdict::PassesNothing]);
        assert_eq!((nothing.noise, nothing.echo), (None, None), "what was not measured is not made up");
        assert!(!nothing.is_whole() && !Verdict::PassesNothing.is_bad());
        // What a codec makes of nothing, and a card's own faint noise.
        let restless: Vec<u8> = (0..TAKEN_TICKS * 80).map(|at| if at % 3 == 0 { 0x55 } else { 0xD5 }).collect();
        let faint: Vec<u8> = white_noise(LAW, TAKEN_TICKS).iter().map(|octet| weaker(*octet, 100)).collect();
        for heard in [[&silence(), &restless], [&restless, &restless], [&faint, &faint], [&silence(), &faint]] {
            let heard = heard.map(Vec::as_slice);
            assert_eq!(found(Tested::Telephone, Known::default(), heard).verdicts, [Verdict::PassesNothing]);
        }
        let open: Vec<u8> = white_noise(LAW, TAKEN_TICKS).iter().map(|octet| weaker(*octet, 2)).collect();
        assert_eq!(found(Tested::Telephone, Known::default(), [&restless, &open]).verdicts, [Verdict::Good]);
    }

    #[test]
    fn echo_is_not_judged_where_the_card_cancels_it() {
        let all_comes_back = white_noise(LAW, TAKEN_TICKS);
        for (echo_by_card, loud) in [(false, true), (true, false)] {
            let known = Known { echo_by_card, ..Known::default() };
            let found = found(Tested::OutsideLine, known, [&silence(), &all_comes_back]);
            assert_eq!(found.verdicts == [Verdict::LoudEcho { erl_db: 0 }], loud, "{found:?}");
            assert_eq!(found.knows_echo(), loud);
        }
    }
}
