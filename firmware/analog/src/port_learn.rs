//! Learning the busy tone of one outside line, where that is none of the country's.
//!
//! Somebody calls in on it from another telephone. The box answers with silence; they hang up, and what the exchange then sends is
//! listened to until its rhythm has come round often enough. What becomes of that is for a person to say, who heard it.
//! Not here: how a rhythm is found (`dsp::progress::Learner`), and where it is kept (settings).

use std::{collections::VecDeque, time::Duration};

use dsp::progress::Cadence;
use frame::Time;
use serde::{Deserialize, Serialize};

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learning {
    /// Nobody has called yet.
    WaitsForCall,
    /// Somebody is on the line, or was: it is listened to.
    Listens,
    /// It is over.
    Over(Learnt),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learnt {
    /// A tone with a rhythm.
    Rhythm {
        /// Its frequencies in hertz: one, or a pair.
        hz: Vec<u16>,
        /// Its bursts and the pauses after them in milliseconds.
        bursts_ms: Vec<[u16; 2]>,
    },
    /// The exchange tells by battery or polarity that the far end has gone: no tone is needed.
    ToldByLine,
    /// Nobody called in time.
    NobodyCalled,
    /// No rhythm came.
    NothingHeard,
    /// A call wanted the line and got it, or who asked wants no more.
    GivenUp,
}

/// What happens meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub enum LearnInput {
    /// Somebody calls.
    Came,
    /// A rhythm was heard.
    Heard(Cadence),
    /// The exchange let the line go.
    LetGo,
    /// Somebody wants the line.
    Wanted,
    /// Who learns it has asked how far it has come.
    Asked,
    /// [`PortLearn::next_deadline`] has come.
    Timeout,
}

/// What is wanted of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearnOutput {
    /// Answer with silence, and listen.
    Answer,
    /// Let the line go, and listen no more.
    LetGo,
}

/// To walk to another telephone and dial.
pub const CALL_WITHIN: Duration = Duration::from_secs(120);
/// To hang up, and for four rounds of the slowest rhythm.
pub const TONE_WITHIN: Duration = Duration::from_secs(90);

/// Where nobody has asked for so long, who learns it has gone away: callers are not kept in silence for nobody.
pub const ASKED_WITHIN: Duration = Duration::from_secs(15);

/// One line that is learnt.
#[derive(Clone, Debug)]
pub struct PortLearn {
    learning: Learning,
    until: Time,
    /// When somebody asked last.
    asked: Time,
    outputs: VecDeque<LearnOutput>,
}

impl PortLearn {
    /// Begins.
    pub fn new(now: Time) -> PortLearn {
        let until = now + CALL_WITHIN;
        PortLearn { learning: Learning::WaitsForCall, until, asked: now, outputs: VecDeque::new() }
    }

    /// How far it has come.
    pub fn learning(&self) -> &Learning {
        &self.learning
    }

    /// The next output. Drain after each input.
    pub fn poll_output(&mut self) -> Option<LearnOutput> {
        self.outputs.pop_front()
    }

    /// When [`LearnInput::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        (!matches!(self.learning, Learning::Over(_))).then_some(self.until.min(self.asked + ASKED_WITHIN))
    }

    /// Takes one input.
    pub fn handle_input(&mut self, now: Time, input: LearnInput) {
        let (is_due, is_alone) = (self.until <= now, self.asked + ASKED_WITHIN <= now);
        match (&self.learning, input) {
            (Learning::Over(_), _) => (),
            (_, LearnInput::Wanted) => self.over(Learnt::GivenUp),
            (_, LearnInput::Asked) => self.asked = now,
            (_, LearnInput::Timeout) if is_alone => self.over(Learnt::GivenUp),
            (_, LearnInput::LetGo) => self.over(Learnt::ToldByLine),
            (Learning::WaitsForCall, LearnInput::Came) => {
                (self.learning, self.until) = (Learning::Listens, now + TONE_WITHIN);
                self.outputs.push_back(LearnOutput::Answer);
            }
            (Learning::Listens, LearnInput::Heard(cadence)) => self.over(rhythm(&cadence)),
            (Learning::WaitsForCall, LearnInput::Timeout) if is_due => self.over(Learnt::NobodyCalled),
            (Learning::Listens, LearnInput::Timeout) if is_due => self.over(Learnt::NothingHeard),
            (Learning::WaitsForCall, LearnInput::Heard(_))
            | (Learning::Listens, LearnInput::Came)
            | (_, LearnInput::Timeout) => (),
        }
    }

    fn over(&mut self, learnt: Learnt) {
        self.learning = Learning::Over(learnt);
        self.outputs.push_back(LearnOutput::LetGo);
    }
}

fn rhythm(cadence: &Cadence) -> Learnt {
    let hz = cadence.hz().into_iter().filter(|hz| *hz > 0).collect();
    Learnt::Rhythm { hz, bursts_ms: cadence.bursts_ms().iter().map(|(on_ms, off_ms)| [*on_ms, *off_ms]).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(inputs: &[(u64, LearnInput)]) -> Option<Learnt> {
        let mut learn = PortLearn::new(Time::ZERO);
        for (s, input) in inputs {
            learn.handle_input(Time::from_ms(s * 1000), LearnInput::Asked);
            learn.handle_input(Time::from_ms(s * 1000), input.clone());
        }
        let lets_go = std::iter::from_fn(|| learn.poll_output()).any(|output| output == LearnOutput::LetGo);
        match learn.learning() {
            Learning::Over(learnt) => Some(learnt.clone()).filter(|_| lets_go && learn.next_deadline().is_none()),
            Learning::WaitsForCall | Learning::Listens => None,
        }
    }

    #[test]
    fn it_ends_soon_after_who_learns_it_has_gone_away() {
        let mut learn = PortLearn::new(Time::ZERO);
        learn.handle_input(Time::from_ms(10_000), LearnInput::Asked);
        learn.handle_input(Time::from_ms(24_000), LearnInput::Timeout);
        assert_eq!(learn.learning(), &Learning::WaitsForCall);
        assert_eq!(learn.next_deadline(), Some(Time::from_ms(25_000)));
        learn.handle_input(Time::from_ms(25_000), LearnInput::Timeout);
        assert_eq!(learn.learning(), &Learning::Over(Learnt::GivenUp));
        assert_eq!(learn.poll_output(), Some(LearnOutput::LetGo));
    }

    #[test]
    fn it_ends_by_itself_whoever_does_not_call_hang_up_or_send_a_tone() {
        use LearnInput::{Came, Heard, LetGo, Timeout, Wanted};
        let tone = Cadence::learnt([425, 0], [(200, 300)]).unwrap();
        assert_eq!(over(&[(119, Timeout)]), None);
        assert_eq!(over(&[(120, Timeout)]), Some(Learnt::NobodyCalled));
        assert_eq!(over(&[(100, Came), (189, Timeout)]), None);
        assert_eq!(over(&[(100, Came), (190, Timeout)]), Some(Learnt::NothingHeard));
        assert_eq!(over(&[(100, Came), (110, LetGo)]), Some(Learnt::ToldByLine));
        assert_eq!(over(&[(1, Wanted)]), Some(Learnt::GivenUp));
        let rhythm = Learnt::Rhythm { hz: vec![425], bursts_ms: vec![[200, 300]] };
        assert_eq!(over(&[(1, Heard(tone)), (2, Came)]), None, "what was there before the call is none of its end");
        assert_eq!(over(&[(2, Came), (9, Heard(tone)), (10, Wanted)]), Some(rhythm));
    }
}
