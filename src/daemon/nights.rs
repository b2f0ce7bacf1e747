//! When which port is tested at night, as a machine: it is told what time it is, what earlier lives have tested tonight, and what
//! became of each test; it says what to ask and which port to test next. Its shell is `night_tests`.
//!
//! What is in use at first is tried again until the night is over, and then it is said that it never was idle.
//! Not here: what a test does (`telephony`), and what it means (`analog`).

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use analog::port_test::{Findings, Tested, Verdict};
use frame::{PortId, Stamp, Time, Utc};
use settings::{CardKind, Layout, PortTests, Settings};

use crate::handles::NotTested;

/// How often it is looked whether there is something to test.
const A_MINUTE: Duration = Duration::from_secs(60);

/// How long the box has to have run: whoever starts it at that hour works on it.
const SETTLED: Duration = Duration::from_secs(600);

/// Between two ports: more than an exchange is given to let go of a line that was tested.
const BETWEEN: Duration = Duration::from_secs(6);

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// How long ports are tried: a night's shift has its quiet minutes within that.
const A_NIGHT_S: i64 = 3 * HOUR_S;

/// What the nights are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NightInput {
    /// [`Nights::next_deadline`] has come.
    Timeout,
    /// These were tested since the night began, to the end, by an earlier life.
    TestedAlready(BTreeSet<PortId>),
    /// What became of the test that was wanted.
    Became {
        /// Whether it is to be tried again, as [`is_tried_again`] says.
        again: bool,
    },
}

/// What the nights want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NightOutput {
    /// To know which ports were tested at night since then. Answered by [`NightInput::TestedAlready`].
    AskTested {
        /// When the night began.
        since: Utc,
    },
    /// This port tested. Answered by [`NightInput::Became`].
    Test(PortId),
    /// It said that this one was in use all night.
    NeverIdle(PortId),
}

/// All nights of one life of the box.
#[derive(Clone, Debug)]
pub struct Nights {
    began: Time,
    /// The night that was begun last, in days since 1970 at its hour.
    night: Option<i64>,
    /// Ports that it has left.
    left: VecDeque<PortId>,
    step: Step,
    outputs: VecDeque<NightOutput>,
}

/// What is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// It looks again then.
    Waits { until: Time },
    /// It was asked what is tested already.
    Asks,
    /// This port is tested; after it so many more in this round, and then it waits.
    Tests { port: PortId, more: usize },
    /// Between two tests.
    Rests { until: Time, more: usize },
}

/// What holds at a moment.
#[derive(Clone, Copy, Debug)]
pub struct NightNow<'a> {
    /// When.
    pub at: Stamp,
    /// The settings.
    pub settings: &'a Settings,
    /// Where everything is.
    pub layout: &'a Layout,
}

impl NightNow<'_> {
    /// The day that last began with the owner's hour, since 1970, and the seconds of it; none where no hour is chosen.
    fn night(&self) -> Option<(i64, i64)> {
        let PortTests { nightly_hour_utc } = self.settings.port_tests;
        let since_s = self.at.utc.as_secs() - i64::from(nightly_hour_utc?) * HOUR_S;
        Some((since_s.div_euclid(DAY_S), since_s.rem_euclid(DAY_S)))
    }

    /// All jacks with two wires that may be tested.
    fn ports(&self) -> impl Iterator<Item = PortId> {
        let jacks = self.layout.jacks.iter().filter(|jack| tested(jack.kind).is_some());
        jacks.map(|jack| jack.port).filter(|port| self.settings.tests_port(*port))
    }
}

impl Nights {
    /// The box has just started.
    pub fn new(now: Time) -> Nights {
        let step = Step::Waits { until: now + A_MINUTE };
        Nights { began: now, night: None, left: VecDeque::new(), step, outputs: VecDeque::new() }
    }

    /// When [`NightInput::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        match self.step {
            Step::Waits { until } | Step::Rests { until, .. } => Some(until),
            Step::Asks | Step::Tests { .. } => None,
        }
    }

    /// The next output. Drain after each input.
    pub fn poll_output(&mut self) -> Option<NightOutput> {
        self.outputs.pop_front()
    }

    /// Takes one input.
    pub fn handle_input(&mut self, now: NightNow<'_>, input: NightInput) {
        match (&self.step, input) {
            (&Step::Waits { until }, NightInput::Timeout) if until <= now.at.time => self.looks(now),
            (&Step::Rests { until, more }, NightInput::Timeout) if until <= now.at.time => self.tests_next(now, more),
            (Step::Asks, NightInput::TestedAlready(done)) => {
                self.left = now.ports().filter(|port| !done.contains(port)).collect();
                self.tests_next(now, self.left.len());
            }
            (&Step::Tests { port, more }, NightInput::Became { again }) => {
                self.left.extend(again.then_some(port));
                self.step = Step::Rests { until: now.at.time + BETWEEN, more };
            }
            // Too early, or an answer to what nobody asked.
            (Step::Waits { .. } | Step::Rests { .. } | Step::Asks | Step::Tests { .. }, _) => {}
        }
    }

    fn looks(&mut self, now: NightNow<'_>) {
        self.step = Step::Waits { until: now.at.time + A_MINUTE };
        let Some((night, into_s)) = now.night() else { return self.left.clear() };
        if into_s >= A_NIGHT_S {
            // The owner may have left some out meanwhile.
            let never_idle = self.left.drain(..).filter(|port| now.settings.tests_port(*port));
            self.outputs.extend(never_idle.map(NightOutput::NeverIdle));
        } else if now.at.time.since(self.began) >= SETTLED {
            if self.night.replace(night) == Some(night) {
                return self.tests_next(now, self.left.len());
            }
            self.step = Step::Asks;
            let since = Utc::from_us((now.at.utc.as_secs() - into_s) * 1_000_000);
            self.outputs.push_back(NightOutput::AskTested { since });
        }
    }

    /// Tests the next of `more` ports, if it still is the night of somebody who wants tests: many ports take long.
    fn tests_next(&mut self, now: NightNow<'_>, more: usize) {
        let is_night = now.night().is_some_and(|(_, into_s)| into_s < A_NIGHT_S);
        match self.left.pop_front_if(|_| more > 0 && is_night) {
            Some(port) => {
                self.step = Step::Tests { port, more: more - 1 };
                self.outputs.push_back(NightOutput::Test(port));
            }
            None => self.step = Step::Waits { until: now.at.time + A_MINUTE },
        }
    }
}

/// What a jack's port is tested as.
pub(super) fn tested(kind: CardKind) -> Option<Tested> {
    match kind {
        CardKind::Fxs => Some(Tested::Telephone),
        CardKind::Fxo => Some(Tested::OutsideLine),
        CardKind::E1 | CardKind::T1 | CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => None,
    }
}

/// Whether a port is tried again in the same night: what is in use, or gave way to a call, is idle again some time.
pub fn is_tried_again(became: Result<&Findings, NotTested>) -> bool {
    match became {
        Ok(findings) => findings.verdicts.contains(&Verdict::Interrupted),
        Err(why) => match why {
            NotTested::Busy | NotTested::UnderWay | NotTested::OneAtATime | NotTested::LastFreeLine => true,
            NotTested::NoSuchPort
            | NotTested::NotAnalog
            | NotTested::NoOutsideLine
            | NotTested::NoTelephone
            | NotTested::TellsNoCaller
            | NotTested::NoCurrent
            | NotTested::NotInUse
            | NotTested::LeftOut => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use frame::BootNo;
    use settings::Board;

    use super::*;

    const AT_19: i64 = 1_795_460_400;

    /// A box of four outside lines and eight telephones, which started an hour before 19.
    struct Box {
        nights: Nights,
        settings: Settings,
        layout: Layout,
        at_s: i64,
    }

    impl Box {
        fn new(hour: Option<u8>) -> Box {
            let board = Board::parse("demo.toml", include_str!("../../board/demo.toml")).unwrap();
            let text = include_str!("../../board/demo.settings.toml");
            let mut settings = Settings::parse("a", text, &board, None).unwrap().settings;
            settings.port_tests.nightly_hour_utc = hour;
            let nights = Nights::new(time(-HOUR_S));
            Box { nights, settings, layout: Layout::of(&board), at_s: -HOUR_S }
        }

        fn gets(&mut self, input: NightInput) -> Vec<NightOutput> {
            let utc = Utc::from_us((AT_19 + self.at_s) * 1_000_000);
            let at = Stamp { boot: BootNo(1), time: time(self.at_s), utc };
            self.nights.handle_input(NightNow { at, settings: &self.settings, layout: &self.layout }, input);
            std::iter::from_fn(|| self.nights.poll_output()).collect()
        }

        /// It is so many seconds after 19, and the machine is told of each moment that it wanted to know of.
        fn is(&mut self, at_s: i64) -> Vec<NightOutput> {
            let mut outputs = Vec::new();
            while let Some(due) = self.nights.next_deadline().filter(|due| *due <= time(at_s)) {
                self.at_s = (due.as_us() / 1_000_000) as i64 - DAY_S;
                outputs.extend(self.gets(NightInput::Timeout));
            }
            self.at_s = at_s;
            outputs
        }
    }

    fn time(s: i64) -> Time {
        Time::from_ms(((DAY_S + s) * 1000) as u64)
    }

    fn since(s: i64) -> Vec<NightOutput> {
        vec![NightOutput::AskTested { since: Utc::from_us((AT_19 + s) * 1_000_000) }]
    }

    #[test]
    fn a_night_comes_once_a_day_in_the_hour_that_its_owner_chose_and_not_right_after_a_start() {
        let mut house = Box::new(None);
        assert_eq!(house.is(2 * HOUR_S), [], "nobody has chosen any");
        let mut house = Box::new(Some(19));
        assert_eq!(house.is(-1), []);
        assert_eq!(house.is(60), since(0));
        house.gets(NightInput::TestedAlready(house.layout.jacks.iter().map(|jack| jack.port).collect()));
        assert_eq!(house.is(DAY_S - 1), [], "once");
        assert_eq!(house.is(DAY_S + 60), since(DAY_S));
        let mut house = Box::new(Some(19));
        house.nights = Nights::new(time(-60));
        assert_eq!(house.is(530), [], "somebody has just started it");
        assert_eq!(house.is(660), since(0));
        let mut before_midnight = Box::new(Some(17));
        assert_eq!(before_midnight.is(60), since(-2 * HOUR_S), "it was started in the night");
    }

    #[test]
    fn one_port_is_tested_after_the_other_and_what_is_not_idle_until_the_night_is_over() {
        let mut house = Box::new(Some(19));
        house.is(60);
        let ports: Vec<PortId> = house.layout.jacks.iter().map(|jack| jack.port).skip(1).collect();
        let done = ports[2..].iter().copied().collect();
        assert_eq!(house.gets(NightInput::TestedAlready(done)), [NightOutput::Test(ports[0])]);
        assert_eq!(house.is(100), [], "one at a time");
        assert_eq!(house.gets(NightInput::Became { again: true }), []);
        assert_eq!(house.is(105), []);
        assert_eq!(house.is(106), [NightOutput::Test(ports[1])]);
        house.gets(NightInput::Became { again: false });
        assert_eq!(house.is(160), [], "the one in use has its minute");
        assert_eq!(house.is(180), [NightOutput::Test(ports[0])]);
        house.gets(NightInput::Became { again: true });
        while house.at_s < A_NIGHT_S - 120 {
            let next = house.at_s + 60;
            if !house.is(next).is_empty() {
                house.gets(NightInput::Became { again: true });
            }
        }
        let told = house.is(A_NIGHT_S + 120);
        let told: Vec<_> = told.into_iter().filter(|output| *output != NightOutput::Test(ports[0])).collect();
        if told.is_empty() {
            house.gets(NightInput::Became { again: true });
            assert_eq!(house.is(A_NIGHT_S + 300), [NightOutput::NeverIdle(ports[0])]);
        } else {
            assert_eq!(told, [NightOutput::NeverIdle(ports[0])]);
        }
        assert_eq!(house.is(A_NIGHT_S + 3600), [], "it is said once");
    }

    #[test]
    fn an_owner_who_wants_none_any_more_gets_none() {
        let mut house = Box::new(Some(19));
        house.is(60);
        house.gets(NightInput::TestedAlready(BTreeSet::new()));
        house.gets(NightInput::Became { again: true });
        house.settings.port_tests.nightly_hour_utc = None;
        assert_eq!(house.is(A_NIGHT_S + 300), []);
    }

    #[test]
    fn a_port_in_use_is_tried_again_and_one_that_the_owner_leaves_out_is_not() {
        let refused = |why| is_tried_again(Err(why));
        assert!([NotTested::Busy, NotTested::OneAtATime, NotTested::LastFreeLine].into_iter().all(refused));
        assert!(![NotTested::LeftOut, NotTested::NotInUse].into_iter().any(refused));
    }
}
