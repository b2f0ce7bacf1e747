//! One telephone's port: its line machine in `analog`, its card's ringing current, its lane.

use analog::{
    fxs::{Answering, RingRequest, Station, StationInput, StationOutput, StationSettings},
    ring::{Budget, Grant, Urgency},
};
use call::StationRequest;
use frame::{LaneId, PortId, Time};
use line::{Cadence, Event, LineCommand};

/// A telephone's port.
pub(super) struct StationPort {
    pub(super) port: PortId,
    pub(super) lane: LaneId,
    pub(super) machine: Station,
}

/// What a request to a telephone came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The line machine has it.
    Done,
    /// It can't ring: the card's ringing current is used up.
    NoCurrent,
    /// It rings, and the telephone at this lane must stop for it.
    InPlaceOf(LaneId),
}

impl StationPort {
    pub(super) fn new(port: PortId, lane: LaneId, settings: StationSettings) -> StationPort {
        StationPort { port, lane, machine: Station::new(settings) }
    }

    /// Tells the line machine what the card saw.
    pub(super) fn line_event(&mut self, now: Time, event: Event) {
        let input = match event {
            Event::OffHook => StationInput::OffHook,
            Event::OnHook => StationInput::OnHook,
            Event::Flash => StationInput::Flash,
            Event::PulseDigit(digit) => StationInput::PulseDigit(digit),
            Event::RingerOn => StationInput::RingerOn,
            Event::RingerOff => StationInput::RingerOff,
            Event::RingBegin
            | Event::RingEnd
            | Event::Polarity
            | Event::Alarms(_)
            | Event::Slip
            | Event::EventsLost => return,
        };
        self.machine.handle_input(now, input);
    }

    /// Gives a request of call control to the line machine, asking the card's ringing current first.
    pub(super) fn request(&mut self, now: Time, request: StationRequest, budget: &mut Budget) -> Asked {
        match request {
            StationRequest::Ring { emergency, .. } => return self.ring(now, emergency, budget),
            StationRequest::StopRinging => {
                budget.release(self.lane.timeslot);
                self.machine.handle_input(now, StationInput::StopRinging);
            }
            StationRequest::Connected => self.machine.handle_input(now, StationInput::Connected),
            StationRequest::Released(tone) => self.machine.handle_input(now, StationInput::Released(tone)),
        }
        Asked::Done
    }

    fn ring(&mut self, now: Time, emergency: bool, budget: &mut Budget) -> Asked {
        let urgency = if emergency { Urgency::Emergency } else { Urgency::Normal };
        let (phase_ms, asked) = match budget.grant(now, self.lane.timeslot, urgency) {
            Grant::Granted { phase_ms } => (phase_ms, Asked::Done),
            Grant::GrantedInPlaceOf { victim, phase_ms } => {
                (phase_ms, Asked::InPlaceOf(LaneId::new(self.lane.span, victim)))
            }
            Grant::OverBudget => return Asked::NoCurrent,
        };
        let request = RingRequest { caller: None, phase_ms, answering: Answering::ByItself };
        self.machine.handle_input(now, StationInput::Ring(request));
        asked
    }

    /// The line command of an output of the line machine, if it is one.
    pub(super) fn command(output: &StationOutput) -> Option<LineCommand> {
        Some(match *output {
            StationOutput::RingOn { cadence, phase_ms } => {
                LineCommand::Ring(Cadence { steps_ms: cadence.steps_ms, phase_ms })
            }
            StationOutput::RingOff => LineCommand::OnHook,
            StationOutput::Polarity { reversed } => LineCommand::Polarity { reversed },
            StationOutput::BatteryDrop { ms } => LineCommand::BatteryDrop { ms },
            StationOutput::Tone(_)
            | StationOutput::Silence
            | StationOutput::SendCallerId(_)
            | StationOutput::StopCallerId
            | StationOutput::Ready(_)
            | StationOutput::RingRefused(_)
            | StationOutput::Event(_) => return None,
        })
    }
}
