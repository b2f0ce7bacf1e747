//! Tests of single analog ports: which are under way, and how their steps become commands to line, card and media thread.
//!
//! A test has no call and no detail record: call control does not know of it. Whoever wants the port gets it: a ring, a lifted
//! handset, a caller who is on the line that was just seized, a call that goes out and finds no other line. The test gives way
//! first, and says so. An outside line is busy to callers while it is tested, and for its exchange some seconds longer: so one
//! of them is tested at a time, and never the last free one of its group.
//! Not here: what is measured and what it means (`analog::port_test`).

use std::{collections::BTreeMap, time::Duration};

use analog::{
    fxo::LineEvent,
    port_learn::LearnInput,
    port_test::{
        Findings, Known, PortTest, RingCurrent, SENT_TICKS, SETTLED_TICKS, TAKEN_TICKS, TestInput, TestOutput, Tested,
    },
};
use dsp::{
    dtmf::DtmfDigit,
    ear::Ear,
    probe::{Spectrum, Tap, white_noise},
};
use frame::{LaneId, Law, PortId, Time};
use line::LineCommand;
use settings::{CardKind, Echo};

use super::{
    outside_port::OutsidePort,
    plane::{Output, Plane},
};
use crate::{
    handles::{NotTested, TestOrder},
    journal::Alarm,
    media::MediaCommand,
};

/// The tests that are under way.
#[derive(Debug, Default)]
pub(super) struct PortTests {
    tests: BTreeMap<PortId, Running>,
    /// Until when the exchange may still hold the outside line that was tested last.
    held_until: Option<Time>,
}

#[derive(Debug)]
struct Running {
    test: PortTest,
    tested: Tested,
    lane: LaneId,
    law: Law,
    order: TestOrder,
    /// Whether a tap is on the lane.
    taps: bool,
}

impl PortTests {
    /// When a test has to hear that time has passed, if any has.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        self.tests.values().filter_map(|running| running.test.next_deadline()).min()
    }

    /// Whether an outside line is tested, or its exchange may not have noticed yet that it is no more.
    fn has_a_line(&self, now: Time) -> bool {
        let tests_a_line = |running: &Running| running.tested == Tested::OutsideLine;
        self.tests.values().any(tests_a_line) || self.held_until.is_some_and(|until| until > now)
    }

    /// Whether a port is tested now.
    pub(super) fn has(&self, port: PortId) -> bool {
        self.tests.contains_key(&port)
    }

    fn at(&self, lane: LaneId) -> Option<PortId> {
        self.tests.iter().find(|(_, running)| running.lane == lane).map(|(port, _)| *port)
    }
}

impl Plane {
    /// Tests a port; drain [`Plane::poll_output`] afterwards. [`Output::PortTested`] tells what was found.
    ///
    /// # Errors
    /// Why it is not tested.
    pub fn test_port(&mut self, now: Time, port: PortId, order: TestOrder) -> Result<(), NotTested> {
        self.now = now;
        let (tested, lane, law) = self.may_be_tested(port)?;
        let known = self.known(port, tested, lane);
        // One that is not fed is not seized, either.
        if tested == Tested::OutsideLine && !matches!(known.battery, Some(Err(_))) {
            self.may_be_seized(port, order)?;
        }
        let test = PortTest::new(now, tested, known);
        self.port_tests.tests.insert(port, Running { test, tested, lane, law, order, taps: false });
        self.tell_control(call::Input::UnderTest { port, on: true });
        self.drain_port_test(port);
        self.settle();
        Ok(())
    }

    /// A test of an earlier life found this. What is wrong and was not put right since still is.
    pub fn recall_test(&mut self, port: PortId, findings: &Findings) {
        if self.settings.tests_port(port) && self.layout.jack(port).is_some() {
            self.alarms.tested(port, findings);
            self.tell_whether_dead(port);
        }
        self.settle();
    }

    /// Lets tests know what time it is.
    pub(super) fn run_port_tests(&mut self) {
        let due = |running: &Running| running.test.next_deadline().is_some_and(|due| due <= self.now);
        let ports: Vec<PortId> =
            self.port_tests.tests.iter().filter(|(_, running)| due(running)).map(|(port, _)| *port).collect();
        ports.into_iter().for_each(|port| self.port_test_input(port, TestInput::Timeout));
    }

    /// A test of a port ends, as nobody wants it any more.
    pub(super) fn stop_port_test(&mut self, port: PortId) {
        self.port_test_input(port, TestInput::Wanted);
    }

    /// Somebody wants a port: a test of it ends, as does learning its busy tone, and has given the line back when this returns.
    pub(super) fn want_port(&mut self, port: PortId) {
        self.stop_port_test(port);
        self.learn_input(port, LearnInput::Wanted);
        self.want_cabled(port);
    }

    /// The same of the port at a lane.
    pub(super) fn want_lane(&mut self, lane: LaneId) {
        self.port_tests.at(lane).into_iter().for_each(|port| self.want_port(port));
    }

    /// What a line under test did; false where the line is not tested, or the fact is also call control's.
    pub(super) fn test_takes(&mut self, port: PortId, event: &LineEvent) -> bool {
        let Some(outside) = self.outside.get(&port).filter(|outside| outside.is_tested()) else { return false };
        let input = match event {
            LineEvent::Dialled => TestInput::Open { dial_tone_dbm0: outside.dial_tone_dbm0() },
            LineEvent::NoDialTone => TestInput::NoDialTone,
            LineEvent::Released(_) => TestInput::LetGo,
            // The exchange has put a caller on the line, or rings it.
            LineEvent::Glare | LineEvent::CannotDial | LineEvent::Incoming { .. } => {
                if let Some(outside) = self.outside.get_mut(&port) {
                    outside.is_tested_no_more();
                }
                self.want_port(port);
                return *event == LineEvent::CannotDial;
            }
            LineEvent::Abandoned | LineEvent::Answered(_) | LineEvent::Idle => return true,
        };
        self.port_test_input(port, input);
        true
    }

    /// A tap has what it was to take: it comes back by [`Plane::taken`].
    pub(super) fn tapped(&mut self, lane: LaneId) {
        let running = self.port_tests.at(lane).and_then(|port| self.port_tests.tests.get_mut(&port));
        if let Some(running) = running {
            running.taps = false;
            self.media(MediaCommand::Attend { lane, ear: None });
        }
    }

    /// A tap came back. One that was taken off before it was full tells nothing.
    pub(super) fn taken(&mut self, lane: LaneId, tap: &Tap) {
        let port = self.port_tests.at(lane).filter(|_| tap.is_full());
        let running = port.and_then(|port| self.port_tests.tests.get(&port));
        if let (Some(port), Some(running)) = (port, running) {
            let taken = Spectrum::of(running.law, tap.octets());
            self.port_test_input(port, TestInput::Taken(taken));
        }
    }

    fn port_test_input(&mut self, port: PortId, input: TestInput) {
        let now = self.now;
        if let Some(Running { test, law, .. }) = self.port_tests.tests.get_mut(&port) {
            let law = *law;
            test.handle_input(now, input, || Spectrum::of(law, &white_noise(law, TAKEN_TICKS)));
            self.drain_port_test(port);
        }
    }

    fn drain_port_test(&mut self, port: PortId) {
        while let Some(output) = self.port_tests.tests.get_mut(&port).and_then(|running| running.test.poll_output()) {
            self.port_test_output(port, output);
        }
    }

    fn port_test_output(&mut self, port: PortId, output: TestOutput) {
        let Some(lane) = self.port_tests.tests.get(&port).map(|running| running.lane) else { return };
        match output {
            TestOutput::Seize => {
                let (now, digit) = (self.now, self.quiet_digit());
                if let Some(outside) = self.outside.get_mut(&port) {
                    outside.test(now, digit.into_iter().collect());
                }
            }
            TestOutput::PassOnHook { ms } => {
                self.outputs.push_back(Output::Line { lane, command: LineCommand::OnHookTransfer { ms } });
            }
            TestOutput::TakeQuiet => self.tap(port, lane, SETTLED_TICKS),
            TestOutput::TakeEcho => {
                self.send_noise(port);
                self.tap(port, lane, SENT_TICKS);
            }
            TestOutput::LetGo => self.let_go(port, lane),
            TestOutput::Done(findings) => self.port_tested(port, findings),
        }
    }

    fn tap(&mut self, port: PortId, lane: LaneId, skip_ticks: usize) {
        if let Some(running) = self.port_tests.tests.get_mut(&port) {
            running.taps = true;
        }
        let ear = Some(Box::new(Ear::Tap(Tap::new(skip_ticks, TAKEN_TICKS))));
        self.media(MediaCommand::Attend { lane, ear });
    }

    fn send_noise(&mut self, port: PortId) {
        let station = self.stations.get_mut(&port).map(|station| station.send_noise());
        let sent = station.or_else(|| self.outside.get_mut(&port).map(|outside| outside.send_noise()));
        sent.into_iter().flatten().for_each(|command| self.media(command));
    }

    /// Everything of the lane back to its start, before anybody else's wish for it is told to the media thread.
    fn let_go(&mut self, port: PortId, lane: LaneId) {
        if self.port_tests.tests.get(&port).is_some_and(|running| running.taps) {
            self.media(MediaCommand::Attend { lane, ear: None });
        }
        self.media(MediaCommand::Reset { lane });
        let now = self.now;
        if let Some(outside) = self.outside.get_mut(&port) {
            outside.end_test(now);
        }
    }

    fn port_tested(&mut self, port: PortId, findings: Findings) {
        let Some(Running { order, tested, .. }) = self.port_tests.tests.remove(&port) else { return };
        if tested == Tested::OutsideLine && findings.battery != Some(false) {
            self.port_tests.held_until = Some(self.now + HELD);
        }
        self.tell_control(call::Input::UnderTest { port, on: false });
        // Its owner may have left it out meanwhile.
        let worse = match self.settings.tests_port(port) {
            true => self.alarms.tested(port, &findings),
            false => Vec::new(),
        };
        self.tell_whether_dead(port);
        let nightly = order == TestOrder::AtNight;
        self.outputs.push_back(Output::PortTested { port, nightly, findings, worse });
    }

    pub(super) fn may_be_tested(&self, port: PortId) -> Result<(Tested, LaneId, Law), NotTested> {
        let jack = self.layout.jack(port).ok_or(NotTested::NoSuchPort)?;
        let law = self.layout.span(jack.lane.span).ok_or(NotTested::NoSuchPort)?.law;
        if self.port_tests.tests.contains_key(&port) {
            return Err(NotTested::UnderWay);
        }
        let tested = match jack.kind {
            CardKind::Fxs => Tested::Telephone,
            CardKind::Fxo => Tested::OutsideLine,
            CardKind::E1 | CardKind::T1 | CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => {
                return Err(NotTested::NotAnalog);
            }
        };
        // A headset that is ready has its handset up, and somebody's ear at it.
        let is_free = match tested {
            Tested::Telephone => self
                .stations
                .get(&port)
                .map(|station| station.machine.is_on_hook() || self.alarms.holds(&Alarm::LeftOffHook { port })),
            Tested::OutsideLine => self.outside.get(&port).map(|outside| outside.is_free()),
        };
        let is_free = is_free.ok_or(NotTested::NotInUse)? && !self.control.has_leg_on(jack.lane);
        match () {
            () if !self.settings.tests_port(port) => Err(NotTested::LeftOut),
            () if !is_free => Err(NotTested::Busy),
            () => Ok((tested, jack.lane, law)),
        }
    }

    /// Whether an outside line may be made busy for a test: another one of its group has to be there for who calls meanwhile,
    /// unless somebody has said that it need not.
    fn may_be_seized(&self, port: PortId, order: TestOrder) -> Result<(), NotTested> {
        match () {
            () if self.port_tests.has_a_line(self.now) => Err(NotTested::OneAtATime),
            () if order != TestOrder::ByHandEvenLast && !self.has_another_free(port) => Err(NotTested::LastFreeLine),
            () => Ok(()),
        }
    }

    /// Tests that make an outside line busy give way where no other one of its group is free any more; whether one did.
    pub(super) fn leave_a_line_free(&mut self) -> bool {
        let may_not =
            |running: &Running| running.tested == Tested::OutsideLine && running.order != TestOrder::ByHandEvenLast;
        let seized = self.port_tests.tests.iter().filter(|(_, running)| may_not(running));
        let wanted: Vec<PortId> = seized.map(|(port, _)| *port).filter(|port| !self.has_another_free(*port)).collect();
        wanted.iter().for_each(|port| self.want_port(*port));
        !wanted.is_empty()
    }

    fn has_another_free(&self, port: PortId) -> bool {
        let group = self.outside.get(&port).map(|outside| outside.group.as_str());
        let mut others =
            self.outside.values().filter(|other| other.port != port && Some(other.group.as_str()) == group);
        let serves =
            |other: &OutsidePort| other.is_free() && !self.is_dead(other.port) && !self.control.has_leg_on(other.lane);
        others.any(serves)
    }

    fn known(&self, port: PortId, tested: Tested, lane: LaneId) -> Known {
        let fed = self.batteries.get(&port).map(|(there, since)| match there {
            true => Ok(()),
            false => Err(self.now.since(*since)),
        });
        let budget = self.budgets.get(&lane.span).filter(|_| tested == Tested::Telephone);
        let count = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let dials_without = self.outside.get(&port).is_some_and(|outside| !outside.waits_for_dial_tone());
        Known {
            battery: fed,
            whole_card: tested == Tested::OutsideLine && self.alarms.is_dead(lane.span),
            dials_without,
            echo_by_card: self.layout.span(lane.span).is_some_and(|place| place.echo == Echo::Card),
            loop_closed: (tested == Tested::Telephone).then(|| self.alarms.holds(&Alarm::LeftOffHook { port })),
            ring: budget
                .map(|budget| RingCurrent { telephones: count(budget.capacity()), ringing: count(budget.ringing()) }),
        }
    }

    /// A digit that ends the exchange's dial tone and can't be the beginning of an emergency number; none where all could.
    fn quiet_digit(&self) -> Option<DtmfDigit> {
        let emergency = self.settings.emergency_numbers();
        let begins_none = |digit: &char| !emergency.iter().any(|number| number.starts_with(*digit));
        QUIET_DIGITS.chars().find(begins_none).and_then(DtmfDigit::of_char)
    }
}

/// How long the exchange may take until callers find a line free that was tested.
const HELD: Duration = Duration::from_secs(5);

/// The digit of fxotune first; those by which lines of private exchanges get out last.
const QUIET_DIGITS: &str = "4567832901";
