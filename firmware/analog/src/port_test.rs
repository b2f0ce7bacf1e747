//! The test of one analog port: what is done in which order, what is found, and what that means.
//!
//! An outside line is seized, its dial tone waited for and ended by one digit, as DAHDI's own fxotune does; then nothing is
//! sent for a second and noise for another, and the line is let go before the exchange asks for more. A telephone stays on
//! its hook and is measured through the card's on-hook transmission. What a card can't tell is left out, not guessed: DAHDI
//! tells of a battery, of a loop and of rings, and nothing of currents, voltages or what is plugged in (facts of its driver).
//! Not here: how a line is seized (`fxo`), how sound is measured (`dsp::probe`).

use std::{collections::VecDeque, time::Duration};

use dsp::probe::{EchoLoss, Spectrum};
use frame::Time;
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
    /// What is heard while nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
    /// What comes back of what is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// How many telephones the card can ring in turn, and how many it rings; of a telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<RingCurrent>,
    /// What it means, the worst first; at least one.
    pub verdicts: Vec<Verdict>,
}

impl Findings {
    /// Whether the test went to its end.
    pub fn is_whole(&self) -> bool {
        !self.verdicts.contains(&Verdict::Interrupted)
    }
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
    /// The echo return loss (IEEE Std 743: 560 to 1965 Hz).
    pub erl_db: i8,
    /// The singing return loss of low frequencies.
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
    /// The card brought no sound.
    NoSound,
    /// Somebody wanted the port meanwhile, and got it.
    Interrupted,
}

impl Verdict {
    /// Whether something has to be done about the port.
    pub fn is_bad(self) -> bool {
        !matches!(self, Verdict::Good | Verdict::Interrupted)
    }
}

/// The least echo return loss of a good line. ITU-T G.122, 4: 15 dB on average with a deviation of 3 dB, so that one line in
/// fifty is at 9 dB.
pub const ECHO_LEAST_DB: i8 = 10;

/// The most noise of a good line: 30 dBrnC, above which a loop is to be repaired (IEEE Std 820); 20 dBrnC is what is aimed
/// at.
pub const NOISE_MOST_DBM0P: i8 = -60;

/// What happens in a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestInput {
    /// The line is open, and nothing sounds on it.
    Open {
        /// Whether its dial tone was heard; none where it was not waited for.
        dial_tone: Option<bool>,
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
    /// Seize the line, wait for dial tone, and end it by a digit.
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
    /// Stop all that, and let the line go.
    LetGo,
    /// It is over.
    Done(Findings),
}

/// What is known before anything is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether the line is fed, and for how long it has not been, where the card has told.
    pub battery: Option<Result<(), Duration>>,
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
            tested,
            battery: known.battery.map(|battery| battery.is_ok()),
            loop_closed: known.loop_closed,
            dial_tone: None,
            noise: None,
            echo: None,
            ring: known.ring,
            verdicts: Vec::new(),
        };
        let mut test = PortTest { step: Step::Opening, until: now + LIMIT, findings, outputs: VecDeque::new() };
        match (tested, known) {
            (_, Known { battery: Some(Err(without)), .. }) => {
                let for_s = u32::try_from(without.as_secs()).unwrap_or(u32::MAX);
                test.over(Verdict::NoBattery { for_s });
            }
            (_, Known { loop_closed: Some(true), .. }) => test.over(Verdict::LoopClosed),
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
            (Step::Opening, TestInput::Open { dial_tone }) => {
                self.findings.dial_tone = dial_tone;
                self.quiet();
            }
            (Step::Opening, TestInput::NoDialTone) => {
                self.findings.dial_tone = Some(false);
                self.over(Verdict::NoDialTone);
            }
            (_, TestInput::LetGo) => self.over(Verdict::LetGo),
            (Step::Quiet, TestInput::Taken(quiet)) => {
                self.findings.noise = Some(noise(&quiet));
                self.step = Step::Echo { quiet, sent: sent() };
                self.put(TestOutput::TakeEcho);
            }
            (Step::Echo { quiet, sent }, TestInput::Taken(heard)) => {
                self.findings.echo = Some(echo(EchoLoss::of(&sent, &heard, &quiet)));
                self.judge();
            }
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

    /// All was measured. Of a telephone on its hook the echo says nothing: it ends no line.
    fn judge(&mut self) {
        let judged = self.findings.tested == Tested::OutsideLine;
        let loud = self.findings.echo.filter(|echo| judged && echo.erl_db < ECHO_LEAST_DB && !echo.at_least);
        let loud = loud.map(|echo| Verdict::LoudEcho { erl_db: echo.erl_db });
        let noisy = self.findings.noise.filter(|noise| noise.dbm0p > NOISE_MOST_DBM0P);
        let noisy = noisy.map(|noise| Verdict::Noisy { dbm0p: noise.dbm0p });
        self.findings.verdicts.extend(loud.into_iter().chain(noisy));
        let is_good = self.findings.verdicts.is_empty();
        self.findings.verdicts.extend(is_good.then_some(Verdict::Good));
        self.end();
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
