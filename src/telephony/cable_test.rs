//! Tests of a telephone's port and an outside line's that a cable joins: the one is rung, and the other has to hear the ring and
//! read who calls. What goes through both cards is known then without an exchange, a telephone or a person.
//!
//! As with a test of one port there is no call, and whoever wants either port gets it.

use std::time::Duration;

use analog::{
    fxo::LineEvent,
    fxs::{StationClass, StationEvent, StationInput},
    plan::ToneKind,
    port_test::{Findings, Tested, Verdict},
};
use call::{Shown, StationRequest};
use dsp::caller_id::CallerId;
use frame::{PortId, Time};
use settings::Ring;

use super::{
    plane::{Output, Plane},
    port::Asked,
};
use crate::{handles::NotTested, media::MediaCommand};

/// Who calls, as the telephone's port tells it. Nobody's number: it reads the same in each country.
const CALLER: &str = "1234567890";

/// What the longest cadence to a first ring takes, the message after it, and what a line waits for that: more is a ring that
/// nobody heard.
const LIMIT: Duration = Duration::from_secs(12);

/// A line that is not rung for six seconds has been given up by who rang it; a second more, and it is somebody else who rings.
const SETTLES: Duration = Duration::from_secs(7);

/// The test that is under way; one at a time, as somebody has to plug the cable.
#[derive(Debug)]
pub(super) struct CableTest {
    telephone: PortId,
    line: PortId,
    until: Time,
    /// The line rang, and what it heard is not what the telephone's port told: until it is known whose ring that was.
    other: Option<(Verdict, Option<CallerId>)>,
}

impl CableTest {
    pub(super) fn next_deadline(&self) -> Time {
        self.until
    }
}

impl Plane {
    /// Rings a telephone's port and listens at an outside line's; drain [`Plane::poll_output`] afterwards.
    /// [`Output::PortTested`] tells of the line what was found.
    ///
    /// # Errors
    /// Why it is not tested.
    pub fn test_cable(&mut self, now: Time, telephone: PortId, line: PortId) -> Result<(), NotTested> {
        self.now = now;
        if self.cable_test.is_some() {
            return Err(NotTested::OneAtATime);
        }
        match (self.may_be_tested(telephone)?.0, self.may_be_tested(line)?.0) {
            (Tested::Telephone, Tested::OutsideLine) => (),
            (_, Tested::Telephone) => return Err(NotTested::NoOutsideLine),
            (Tested::OutsideLine, _) => return Err(NotTested::NoTelephone),
        }
        self.ring_through(telephone)?;
        if let Some(outside) = self.outside.get_mut(&line) {
            outside.listen_at_cable();
        }
        self.cable_test = Some(CableTest { telephone, line, until: now + LIMIT, other: None });
        for port in [telephone, line] {
            self.tell_control(call::Input::UnderTest { port, on: true });
        }
        self.settle();
        Ok(())
    }

    fn ring_through(&mut self, telephone: PortId) -> Result<(), NotTested> {
        let now = self.now;
        let station = self.stations.get_mut(&telephone).ok_or(NotTested::NotInUse)?;
        // The others answer by themselves, or are rung by a tone in an ear.
        if station.machine.settings().class != StationClass::Telephone || station.machine.caller_id().is_none() {
            return Err(NotTested::TellsNoCaller);
        }
        let shown = Shown { number: CALLER.parse().ok(), name: None, private: false };
        let ring = StationRequest::Ring { shown, emergency: false, ring: Ring::Usual, whisper: None };
        match station.request(now, ring, self.budgets.get_mut(&station.lane.span), None) {
            Asked::Done | Asked::InPlaceOf(_) => Ok(()),
            Asked::NoCurrent => Err(NotTested::NoCurrent),
        }
    }

    /// Lets the test know what time it is.
    pub(super) fn run_cable_test(&mut self) {
        let Some(test) = self.cable_test.as_ref().filter(|test| test.until <= self.now) else { return };
        match test.other.is_some() {
            false => self.cable_tested(None, Verdict::RingNotHeard),
            true => self.cable_gives_way(),
        }
    }

    /// Somebody wants a port: the test ends, and both are as they were.
    pub(super) fn want_cabled(&mut self, port: PortId) {
        if self.cable_test.as_ref().is_some_and(|test| test.telephone == port || test.line == port) {
            self.cable_gives_way();
        }
    }

    /// Ends without a verdict on the ports. Who rings the line all the same is a caller.
    fn cable_gives_way(&mut self) {
        let Some(test) = &mut self.cable_test else { return };
        let (line, other) = (test.line, test.other.take());
        self.cable_tested(None, Verdict::Interrupted);
        if let (Some((_, caller)), Some(outside)) = (other, self.outside.get_mut(&line)) {
            let calls = outside.meaning(LineEvent::Incoming { caller });
            calls.into_iter().for_each(|call| self.tell_control(call));
        }
    }

    /// What the line did; false where it is not at the cable.
    pub(super) fn cable_takes(&mut self, port: PortId, event: &LineEvent) -> bool {
        if self.cable_test.as_ref().is_none_or(|test| test.line != port) {
            return false;
        }
        match event {
            LineEvent::Incoming { caller } => self.cable_rang(caller.clone()),
            LineEvent::Abandoned => {
                let other = self.cable_test.as_mut().and_then(|test| test.other.take());
                other.into_iter().for_each(|(verdict, _)| self.cable_tested(Some(false), verdict));
            }
            LineEvent::Dialled
            | LineEvent::NoDialTone
            | LineEvent::CannotDial
            | LineEvent::Glare
            | LineEvent::Answered(_)
            | LineEvent::Released(_)
            | LineEvent::Idle => (),
        }
        true
    }

    /// Where what was read is not what was told, the telephone's port stops ringing: only a caller goes on.
    fn cable_rang(&mut self, caller: Option<CallerId>) {
        let number = caller.as_ref().and_then(|caller| caller.number.as_deref().ok());
        let verdict = match number {
            Some(CALLER) => return self.cable_tested(Some(true), Verdict::Good),
            Some(_) => Verdict::CallerWrong,
            None => Verdict::CallerNotHeard,
        };
        let until = self.now + SETTLES;
        if let Some(test) = &mut self.cable_test {
            (test.other, test.until) = (Some((verdict, caller)), until);
            let telephone = test.telephone;
            self.stop_ringing_cable(telephone);
        }
    }

    /// What the telephone did; false where it is not at the cable. A handset that is lifted there is a telephone that rang: who
    /// took it hears that nobody is there.
    pub(super) fn cable_takes_of_station(&mut self, port: PortId, event: StationEvent) -> bool {
        let is_at_cable = self.cable_test.as_ref().is_some_and(|test| test.telephone == port);
        if is_at_cable && event == StationEvent::Answered {
            self.cable_tested(None, Verdict::TelephoneRang);
            if let Some(station) = self.stations.get_mut(&port) {
                station.machine.handle_input(self.now, StationInput::Released(ToneKind::Busy));
            }
        }
        is_at_cable
    }

    fn cable_tested(&mut self, caller_read: Option<bool>, verdict: Verdict) {
        let Some(CableTest { telephone, line, .. }) = self.cable_test.take() else { return };
        self.stop_ringing_cable(telephone);
        if let Some(outside) = self.outside.get_mut(&line) {
            outside.is_tested_no_more();
        }
        for port in [telephone, line] {
            self.tell_control(call::Input::UnderTest { port, on: false });
        }
        let findings = Findings::of_cable(telephone, caller_read, verdict);
        self.outputs.push_back(Output::PortTested { port: line, nightly: false, findings, worse: Vec::new() });
    }

    fn stop_ringing_cable(&mut self, telephone: PortId) {
        let now = self.now;
        if let Some(station) = self.stations.get_mut(&telephone) {
            let budget = self.budgets.get_mut(&station.lane.span);
            // One that was answered rings no more.
            station.request(now, StationRequest::StopRinging, budget, None);
            // Who calls may be on its way, and no call gives the lane back.
            let lane = station.lane;
            self.media(MediaCommand::Reset { lane });
        }
    }
}
