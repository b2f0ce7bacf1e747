//! One telephone's port: its line machine in `analog`, its card's ringing current, its lane.

use analog::{
    fxs::{RingRequest, Station, StationEvent, StationInput, StationOutput, StationSettings},
    plan::CountryPlan,
    ring::{Budget, Grant, RingKind, Urgency},
};
use call::{Shown, StationRequest};
use dsp::caller_id::{CallTime, CallerId, Withheld};
use frame::{LaneId, Law, PortId, Time};
use line::{Cadence, Event, LineCommand};
use settings::Ring;
use zeroize::Zeroizing;

use super::{Sounds, sender::Sender};
use crate::media::{MediaCommand, PlayId};

/// What a card keeps of our audio before the line has it, and some more.
const TRANSFER_MARGIN_MS: u16 = 100;

/// A telephone's port.
pub(super) struct StationPort {
    pub(super) port: PortId,
    pub(super) lane: LaneId,
    pub(super) machine: Station,
    sender: Sender,
    /// What a headset is told of the call that is announced to it.
    whisper: Option<String>,
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
    pub(super) fn new(port: PortId, lane: LaneId, settings: StationSettings, sender: Sender) -> StationPort {
        StationPort { port, lane, machine: Station::new(settings), sender, whisper: None }
    }

    /// What call control is told of a station that is in no call.
    pub(super) fn now_free(&self) -> StationEvent {
        if self.machine.takes_callers() { StationEvent::BackOnHook } else { StationEvent::NotReady }
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
            | Event::DialComplete
            | Event::Alarms(_)
            | Event::Slip
            | Event::EventsLost
            | Event::Battery { .. }
            | Event::Device(_) => return,
        };
        self.machine.handle_input(now, input);
    }

    /// Gives a request of call control to the line machine, asking the card's ringing current first, where it has any.
    pub(super) fn request(
        &mut self,
        now: Time,
        request: StationRequest,
        budget: Option<&mut Budget>,
        at: Option<CallTime>,
    ) -> Asked {
        match request {
            StationRequest::Ring { shown, emergency, ring, whisper } => {
                self.whisper = whisper;
                return self.ring(now, caller_id(&shown, at), (emergency, kind_of(ring)), budget);
            }
            StationRequest::StopRinging => {
                if let Some(budget) = budget {
                    budget.release(self.lane.timeslot);
                }
                self.machine.handle_input(now, StationInput::StopRinging);
            }
            StationRequest::CallWaits { shown } => {
                self.machine.handle_input(now, StationInput::CallWaits(Some(caller_id(&shown, at))));
            }
            StationRequest::WaitsNoMore => self.machine.handle_input(now, StationInput::WaitsNoMore),
            StationRequest::Connected => self.machine.handle_input(now, StationInput::Connected),
            StationRequest::Released(tone) => self.machine.handle_input(now, StationInput::Released(tone)),
        }
        Asked::Done
    }

    fn ring(
        &mut self,
        now: Time,
        caller: CallerId,
        (emergency, kind): (bool, RingKind),
        budget: Option<&mut Budget>,
    ) -> Asked {
        let urgency = if emergency { Urgency::Emergency } else { Urgency::Normal };
        // A headset that is ready hears a tone, and takes no ringing current.
        let budget = budget.filter(|_| !self.machine.is_ready());
        let grant =
            budget.map_or(Grant::Granted { phase_ms: 0 }, |budget| budget.grant(now, self.lane.timeslot, urgency));
        let (phase_ms, asked) = match grant {
            Grant::Granted { phase_ms } => (phase_ms, Asked::Done),
            Grant::GrantedInPlaceOf { victim, phase_ms } => {
                (phase_ms, Asked::InPlaceOf(LaneId::new(self.lane.span, victim)))
            }
            Grant::OverBudget => return Asked::NoCurrent,
        };
        let whispers = self.whisper.is_some();
        let request = RingRequest { caller: Some(caller), phase_ms, kind, whispers };
        self.machine.handle_input(now, StationInput::Ring(request));
        asked
    }

    /// Sends who calls: the line command that lets the telephone hear it on-hook, and what the media thread is to be told.
    pub(super) fn send_caller_id(
        &mut self,
        now: Time,
        caller: &CallerId,
        plan: &CountryPlan,
    ) -> Option<(LineCommand, [MediaCommand; 2])> {
        let kind = self.machine.caller_id();
        let sent = kind.and_then(|kind| self.sender.caller_id(caller, kind, plan));
        let Some((media, ms)) = sent else {
            // There is nothing to say, so it has been said.
            self.machine.handle_input(now, StationInput::CallerIdSent);
            return None;
        };
        Some((LineCommand::OnHookTransfer { ms: ms.saturating_add(TRANSFER_MARGIN_MS) }, media))
    }

    /// Sends whether messages wait: the line command that lets the telephone hear it on-hook, and what the media thread is to
    /// be told.
    pub(super) fn send_messages_waiting(
        &mut self,
        waiting: bool,
        plan: &CountryPlan,
    ) -> (LineCommand, [MediaCommand; 2]) {
        let (media, ms) = self.sender.messages_waiting(waiting, plan.messages);
        (LineCommand::OnHookTransfer { ms: ms.saturating_add(TRANSFER_MARGIN_MS) }, media)
    }

    /// Sends the tone of a call that waits; what the media thread is to be told.
    pub(super) fn send_waiting_tone(&mut self, alerts: bool, plan: &CountryPlan) -> [MediaCommand; 2] {
        self.sender.waiting_tone(alerts, plan)
    }

    /// Sends who waits into a talk; what the media thread is to be told.
    pub(super) fn tell_waiting(&mut self, now: Time, caller: &CallerId) -> Option<[MediaCommand; 2]> {
        let sent = self.machine.caller_id().and_then(|kind| self.sender.caller_id_in_talk(caller, kind));
        if sent.is_none() {
            // There is nothing to say, so it has been said.
            self.machine.handle_input(now, StationInput::CallerIdSent);
        }
        sent
    }

    /// Says in a headset what the call is about; what the media thread is to be told. A prompt that is missing is left out, as
    /// it is everywhere.
    pub(super) fn send_whisper(&mut self, now: Time, sounds: &Sounds) -> Option<MediaCommand> {
        let clip = self.whisper.as_ref().and_then(|name| sounds.prompt(name));
        if clip.is_none() {
            self.machine.handle_input(now, StationInput::CallerIdSent);
        }
        clip.map(|clip| self.sender.prompt(clip))
    }

    /// Sends noise for a measurement; what the media thread is to be told.
    pub(super) fn send_noise(&self) -> [MediaCommand; 2] {
        self.sender.noise()
    }

    /// Plays a message to who hears it; what the media thread is to be told.
    pub(super) fn play_message(&self, octets: Zeroizing<Vec<u8>>, law: Law, play: u32) -> [MediaCommand; 2] {
        self.sender.message(octets, law, PlayId(play))
    }

    /// Takes the last message out of the table of clips; what the media thread is to be told.
    pub(super) fn no_message(&self) -> MediaCommand {
        self.sender.nothing()
    }

    /// A playing ended. True where it was who calls.
    pub(super) fn played(&mut self, now: Time, play: PlayId) -> bool {
        let sent = self.sender.has_sent(play);
        if sent {
            self.machine.handle_input(now, StationInput::CallerIdSent);
        }
        sent
    }

    /// The line command of an output of the line machine, if it is one.
    pub(super) fn command(output: &StationOutput) -> Option<LineCommand> {
        Some(match *output {
            StationOutput::RingOn { cadence, phase_ms } => {
                LineCommand::Ring(Cadence { steps_ms: cadence.rung().steps_ms, phase_ms })
            }
            StationOutput::RingOff => LineCommand::OnHook,
            StationOutput::Polarity { reversed } => LineCommand::Polarity { reversed },
            StationOutput::BatteryDrop { ms } => LineCommand::BatteryDrop { ms },
            StationOutput::Tone(_)
            | StationOutput::Silence
            | StationOutput::SendCallerId(_)
            | StationOutput::StopCallerId
            | StationOutput::WaitingTone { .. }
            | StationOutput::TellWaiting(_)
            | StationOutput::SendMessagesWaiting(_)
            | StationOutput::Whisper
            | StationOutput::Ready(_)
            | StationOutput::RingRefused(_)
            | StationOutput::Event(_) => return None,
        })
    }
}

fn kind_of(ring: Ring) -> RingKind {
    match ring {
        Ring::Usual => RingKind::Usual,
        Ring::Second => RingKind::Second,
        Ring::Third => RingKind::Third,
    }
}

/// What a telephone is told of a caller, and when the call came.
fn caller_id(shown: &Shown, time: Option<CallTime>) -> CallerId {
    let why = if shown.private { Withheld::Private } else { Withheld::Unavailable };
    CallerId {
        time,
        number: shown.number.as_ref().map(|number| number.as_str().to_owned()).ok_or(why),
        name: shown.name.clone().ok_or(why),
    }
}
