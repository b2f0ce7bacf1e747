//! A night in which the box tests its analog ports by itself, from the hour of the settings to its end three hours later.

use std::{collections::BTreeSet, time::Duration};

use analog::port_test::{Findings, Verdict};
use call::CallEvent;
use frame::{PortId, Utc};
use ringfence::{
    daemon::{NightInput, NightNow, NightOutput, Nights, is_tried_again},
    handles::TestOrder,
    journal::{BoxEvent, Event, Record},
};
use settings::{Layout, Settings};
use sim::{Act, HandsetAct, Told};

use crate::house::{House, demo_board, demo_settings, stamp};

/// The box and who tests its ports. The night's clock may be ahead of the house's, which spares hours in which nothing happens.
struct Night {
    house: House,
    nights: Nights,
    settings: Settings,
    layout: Layout,
    ahead: Duration,
    /// The port that is tested, and how many findings there were before.
    tests: Option<(PortId, usize)>,
    /// The ports in the order in which a test was wanted, with whether it was made.
    wanted: Vec<(PortId, bool)>,
    never_idle: Vec<PortId>,
}

impl Night {
    fn new(hour: Option<u8>, seed: u64) -> Night {
        let board = demo_board();
        let mut settings = demo_settings(&board);
        settings.port_tests.nightly_hour_utc = hour;
        let house = House::with(&board, settings.clone(), seed);
        let nights = Nights::new(house.now);
        let layout = Layout::of(&board);
        let (tests, wanted, never_idle) = (None, Vec::new(), Vec::new());
        Night { house, nights, settings, layout, ahead: Duration::ZERO, tests, wanted, never_idle }
    }

    fn tell(&mut self, input: NightInput) {
        let at = stamp(self.house.now + self.ahead);
        self.nights.handle_input(NightNow { at, settings: &self.settings, layout: &self.layout }, input);
        while let Some(output) = self.nights.poll_output() {
            match output {
                NightOutput::AskTested { since } => {
                    let done = self.tested_since(since);
                    self.tell(NightInput::TestedAlready(done));
                }
                NightOutput::Test(port) => self.test(port),
                NightOutput::NeverIdle(port) => self.never_idle.push(port),
            }
        }
    }

    /// As the index has it.
    fn tested_since(&self, since: Utc) -> BTreeSet<PortId> {
        let nightly = |record: &Record| match record.event() {
            Some(Event::Box(BoxEvent::PortTested { port, nightly: true, .. })) if record.stamp.utc >= since => {
                Some(*port)
            }
            _ => None,
        };
        self.house.records.iter().filter_map(nightly).collect()
    }

    fn test(&mut self, port: PortId) {
        let before = self.house.tested.len();
        let began = self.house.test_port_as(port, TestOrder::AtNight);
        self.wanted.push((port, began.is_ok()));
        match began {
            Ok(()) => self.tests = Some((port, before)),
            Err(why) => self.tell(NightInput::Became { again: is_tried_again(Err(why)) }),
        }
    }

    fn runs(&mut self, time: Duration) {
        let end = self.house.now + time;
        while self.house.now < end {
            self.house.tick();
            if let Some((_, before)) = self.tests.filter(|(_, before)| self.house.tested.len() > *before) {
                self.tests = None;
                let again = is_tried_again(Ok(&self.house.tested[before].1.clone()));
                self.tell(NightInput::Became { again });
            }
            let now = self.house.now + self.ahead;
            if self.nights.next_deadline().is_some_and(|due| due <= now) {
                self.tell(NightInput::Timeout);
            }
        }
    }

    fn passes(&mut self, time: Duration) {
        self.ahead += time;
    }

    fn found(&self, port: PortId) -> Vec<&Findings> {
        self.house.tested.iter().filter(|(of, _)| *of == port).map(|(_, findings)| findings).collect()
    }
}

fn telephone(position: u8) -> PortId {
    format!("SIM-FXS.{position}").parse().unwrap()
}

/// A telephone talks to another one.
fn talks(house: &mut House, from: u8, to: u8) {
    let (caller, called) = (house.telephone(from), house.telephone(to));
    house.handset(from, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press(format!("80{to}")));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.handset(to, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
}

#[test]
fn at_night_each_port_is_tested_once_what_is_in_use_again_and_what_was_in_use_all_night_is_told() {
    // The house's clock is 0:00 at its start.
    let mut night = Night::new(Some(0), 1601);
    talks(&mut night.house, 1, 2);
    talks(&mut night.house, 7, 8);
    night.runs(Duration::from_secs(70));
    assert_eq!(night.wanted, [], "it was started in that hour, and somebody may work on it");
    night.passes(Duration::from_secs(600));
    night.runs(Duration::from_secs(240));
    let all: BTreeSet<PortId> = night.layout.jacks.iter().map(|jack| jack.port).skip(1).collect();
    let busy: BTreeSet<PortId> = [1, 2, 7, 8].map(telephone).into();
    let made: Vec<PortId> = night.wanted.iter().filter(|(_, made)| *made).map(|(port, _)| *port).collect();
    let idle: BTreeSet<PortId> = all.difference(&busy).copied().collect();
    assert_eq!(made.len(), idle.len(), "once each: {made:?}");
    assert_eq!(made.into_iter().collect::<BTreeSet<_>>(), idle);
    assert!(idle.iter().all(|port| night.found(*port)[0].verdicts == [Verdict::Good]), "{:?}", night.house.tested);

    [7, 8].into_iter().for_each(|position| night.house.handset(position, HandsetAct::HangUp));
    night.runs(Duration::from_secs(150));
    let tried = |of| night.wanted.iter().filter(|(port, _)| *port == of).count();
    assert!(tried(telephone(1)) >= 3, "again and again: {}", tried(telephone(1)));
    assert_eq!([7, 8].map(|position| night.found(telephone(position)).len()), [1, 1], "these are down now");
    assert_eq!(night.never_idle, [], "the night is not over");

    night.passes(Duration::from_secs(3 * 3600));
    night.runs(Duration::from_secs(70));
    assert_eq!(night.never_idle, [telephone(1), telephone(2)]);
    let wanted = night.wanted.len();
    night.runs(Duration::from_secs(70));
    assert_eq!((night.wanted.len(), night.never_idle.len()), (wanted, 2), "and that is all");
}

#[test]
fn a_box_whose_owner_chose_no_hour_tests_nothing_at_night() {
    let mut night = Night::new(None, 1602);
    night.passes(Duration::from_secs(700));
    night.runs(Duration::from_secs(130));
    assert_eq!((night.wanted.len(), night.house.tested.len()), (0, 0));
}

#[test]
fn a_night_that_an_earlier_life_began_goes_on_with_the_ports_that_it_has_left() {
    let mut night = Night::new(Some(0), 1603);
    night.passes(Duration::from_secs(700));
    night.runs(Duration::from_secs(62));
    let before: Vec<PortId> = night.house.tested.iter().map(|(port, _)| *port).collect();
    night.nights = Nights::new(night.house.now + night.ahead);
    (night.tests, night.wanted) = (None, Vec::new());
    night.passes(Duration::from_secs(700));
    night.runs(Duration::from_secs(240));
    let again: Vec<&PortId> = night.wanted.iter().map(|(port, _)| port).filter(|port| before.contains(port)).collect();
    assert!(!before.is_empty() && again.is_empty(), "{before:?}, then {:?}", night.wanted);
    assert_eq!(night.house.tested.iter().map(|(port, _)| *port).collect::<BTreeSet<_>>().len(), 12);
}
