//! Telephones: what people do with them, and how they are rung.

use std::time::Duration;

use acd::TelephoneState;
use analog::{fxs::StationEvent, plan::ToneKind};
use frame::{CallId, LegId, PortId};
use isdn::Cause;
use settings::{Ring, StationClass};

use crate::{
    AnswerEvidence, CallClass, CallEvent, CallerTold, Direction, Endpoint, LegRole, OfferEnd, Side,
    control::{Control, NewLeg, Phase},
    leg::{LegState, Progress},
    message::{Heard, Line, Output, Shown, StationRequest, TrunkRequest},
    plan::{Match, Target},
};

/// How long a telephone rings for a call that wants it and nobody else: as long as a network lets it (Q.931 T301). An
/// outside line may bring a caller who is long gone, and a person may have forgotten the handset.
pub(crate) const RINGS: Duration = Duration::from_secs(180);

impl Control {
    pub(crate) fn station_event(&mut self, port: PortId, event: StationEvent) {
        self.tell_acd(port, event);
        self.note_hook(port, event);
        match event {
            StationEvent::WantsToDial => self.lifted(port),
            StationEvent::Digit(digit) => self.station_digit(port, digit),
            StationEvent::Answered => {
                self.on_station(port, Control::station_answered);
            }
            StationEvent::HungUp => self.on_station(port, Control::hung_up),
            StationEvent::DialledNothing => self.on_station(port, Control::dialled_nothing),
            StationEvent::Flash => self.on_station(port, Control::flashed),
            StationEvent::WaitingTold => self.on_station(port, Control::waiting_told),
            StationEvent::LeftOffHook | StationEvent::BackOnHook | StationEvent::NotReady => (),
        }
    }

    /// The queues must know which telephones can be rung.
    fn tell_acd(&mut self, port: PortId, event: StationEvent) {
        let state = match event {
            StationEvent::WantsToDial => TelephoneState::Busy,
            StationEvent::LeftOffHook => TelephoneState::LeftOffHook,
            // Nobody's ear is at a headset that is down, from that moment on.
            StationEvent::HungUp if self.is_headset(port) => TelephoneState::NotReady,
            StationEvent::HungUp | StationEvent::BackOnHook => TelephoneState::OnHook,
            StationEvent::NotReady => TelephoneState::NotReady,
            StationEvent::DialledNothing
            | StationEvent::Digit(_)
            | StationEvent::Answered
            | StationEvent::Flash
            | StationEvent::WaitingTold => return,
        };
        self.acd.handle_input(self.now, acd::Input::Telephone { agent: port, state });
    }

    fn is_headset(&self, port: PortId) -> bool {
        self.plan.stations.get(&port).is_some_and(|station| station.class == StationClass::Headset)
    }

    fn on_station(&mut self, port: PortId, act: impl FnOnce(&mut Control, LegId)) {
        if let Some(leg) = self.leg_of(Line::Port(port)) {
            act(self, leg);
        }
    }

    /// A telephone that rang was lifted: it takes a call, or is called back to make one.
    fn station_answered(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        match leg.state {
            LegState::CalledBack if self.is_supervisors(leg.call) => self.supervisor_answered(leg.call),
            LegState::CalledBack => self.called_back(leg.call),
            _ => self.answered(id, AnswerEvidence::OffHook),
        }
    }

    fn is_supervisors(&self, call: CallId) -> bool {
        self.calls.get(&call).is_some_and(|call| matches!(call.phase, Phase::RingsSupervisor { .. }))
    }

    /// A handset was lifted to call someone, or who talks at it calls a third party: a call of its own.
    pub(crate) fn dials(&mut self, port: PortId) -> Option<CallId> {
        let station = self.plan.stations.get(&port)?;
        let first = NewLeg {
            line: Some(Line::Port(port)),
            lane: station.lane,
            endpoint: Endpoint::Station { port, extension: station.extension.clone() },
            number: station.extension.parse().ok(),
        };
        let record = station.record;
        let id = self.begin(Direction::Undialled, CallClass::Normal, first);
        if let Some(call) = self.calls.get_mut(&id) {
            call.record = record;
            call.phase = Phase::Dialling { digits: String::new(), until: None };
        }
        Some(id)
    }

    fn station_digit(&mut self, port: PortId, digit: char) {
        let Some(leg) = self.leg_of(Line::Port(port)).and_then(|leg| self.legs.get(&leg)) else { return };
        let (id, leg, now) = (leg.call, leg.id, self.now);
        if self.pin_keyed(id, digit) || self.supervisor_keyed(id, digit) || self.mail_keyed(id, leg, digit) {
            return;
        }
        if digit == '#'
            && let Some(target) = self.whole_at_once(id, port)
        {
            return self.dialled(id, target);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let next_digit = call.plan.digits.next();
        let Phase::Dialling { digits, until } = &mut call.phase else {
            if !self.masks_key(id, leg, digit) && !self.keyed_in_talk(id, leg, digit) {
                self.drive_flow(id, flow::FlowInput::Digit(digit));
            }
            return;
        };
        digits.push(digit);
        *until = Some(now + next_digit);
        let first = digits.len() == 1;
        let digits = digits.clone();
        match self.calls.get(&id).map_or(Match::Nothing, |call| call.means(Some(port), &digits)) {
            Match::Whole { target, more: false } => self.dialled(id, target),
            Match::Nothing if self.refuses_as_locked(id) => (),
            Match::Nothing => self.end(id, Cause::UnallocatedNumber, Side::Box),
            Match::Whole { more: true, .. } | Match::More if first => self.first_digit_of_consultation(id, leg),
            Match::Whole { more: true, .. } | Match::More => (),
        }
    }

    /// What was dialled, where `#` says that no digit follows. Behind `*` or another `#` it is part of a code, of the house or
    /// of the exchange outside.
    fn whole_at_once(&self, id: CallId, port: PortId) -> Option<Target> {
        let call = self.calls.get(&id)?;
        let Phase::Dialling { digits, .. } = &call.phase else { return None };
        match call.means(Some(port), digits) {
            Match::Whole { target: Target::Outside { group, number }, .. } => {
                let is_plain = number.as_str().bytes().all(|octet| octet.is_ascii_digit());
                is_plain.then_some(Target::Outside { group, number })
            }
            Match::Whole { target: target @ (Target::Station(_) | Target::Queue(_)), .. } => Some(target),
            Match::Whole { .. } | Match::More | Match::Nothing => None,
        }
    }

    /// No further digit came.
    pub(crate) fn dialled_enough(&mut self, id: CallId) {
        if self.calls_by_itself(id) || self.holds_on(id) {
            return;
        }
        let Some(call) = self.calls.get(&id) else { return };
        let Phase::Dialling { digits, .. } = &call.phase else { return };
        let station = self.legs.get(&call.caller).and_then(|leg| leg.station());
        match call.means(station, digits) {
            Match::Whole { target, .. } => self.dialled(id, target),
            Match::More | Match::Nothing => self.end(id, Cause::InvalidNumberFormat, Side::Box),
        }
    }

    pub(crate) fn dialled(&mut self, id: CallId, target: Target) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Dialling { digits, .. } = std::mem::replace(&mut call.phase, Phase::Flow) else { return };
        let (digits, of_pin) = self.without_pin(id, digits, &target);
        let (digits, target) = self.as_redialled(id, digits, target);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let caller = call.caller;
        if matches!(target, Target::Emergency(_)) {
            call.class = CallClass::Emergency;
        }
        let (number, withholds) = match call.plan.behind_withhold_code(&digits) {
            Some(number) => (number, call.class != CallClass::Emergency),
            None => (digits.as_str(), false),
        };
        if let Ok(number) = number.parse() {
            self.tell(CallEvent::Dialled { call: id, number });
        }
        if withholds {
            self.withhold(id, caller);
        }
        if let Some(port) = self.legs.get(&caller).and_then(|leg| leg.station()) {
            self.put(Output::Station { port, request: StationRequest::Connected });
        }
        self.reach(id, target);
        of_pin.into_iter().for_each(|key| _ = self.pin_keyed(id, key));
    }

    /// What was dialled, and the first key of a PIN that came right behind it: that one is nobody's to know.
    fn without_pin(&self, id: CallId, mut digits: String, target: &Target) -> (String, Option<char>) {
        let plan = self.calls.get(&id).filter(|_| *target == Target::HearMail(None)).map(|call| &call.plan);
        let of_pin = plan.and_then(|plan| plan.first_of_pin(&digits));
        of_pin.into_iter().for_each(|_| _ = digits.pop());
        (digits, of_pin)
    }

    /// The caller withholds the own number for this call.
    fn withhold(&mut self, call: CallId, caller: LegId) {
        if let Some(leg) = self.legs.get_mut(&caller) {
            leg.private = true;
        }
        self.note_caller(call, caller, true, CallerTold::default());
    }

    /// Rings a station; false if it is not free.
    pub(crate) fn ring_station(&mut self, id: CallId, port: PortId) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let (Some(station), None) = (call.plan.stations.get(&port).cloned(), self.leg_of(Line::Port(port))) else {
            return false;
        };
        let queue = match &call.phase {
            Phase::Queue(queue) => Some(queue.clone()),
            _ => None,
        };
        // The newest settings say it, as they do of the music.
        let whisper = queue.as_ref().and_then(|queue| self.plan.whispers.get(queue).cloned());
        let (caller, class) = (call.caller, call.class);
        let shown = self.shown_in_house(caller);
        let extension = station.extension.clone();
        let new = NewLeg {
            line: Some(Line::Port(port)),
            lane: station.lane,
            endpoint: Endpoint::Station { port, extension: extension.clone() },
            number: extension.parse().ok(),
        };
        let person = station.person;
        self.tell(CallEvent::Offered { call: id, queue, extension, person });
        let leg = self.add_leg(id, LegRole::Called, new);
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.progress = Progress::Rings;
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.called = Some(leg);
        }
        let (emergency, ring) = (class == CallClass::Emergency, self.ring_for(id));
        self.put(Output::Station { port, request: StationRequest::Ring { shown, emergency, ring, whisper } });
        self.tell(CallEvent::LegRinging { call: id, leg });
        self.tell_caller_it_rings(id);
        true
    }

    /// Which ring a telephone rings with for a call.
    pub(crate) fn ring_for(&self, id: CallId) -> Ring {
        let Some(call) = self.calls.get(&id) else { return Ring::default() };
        let rings = call.plan.rings;
        match call.phase {
            Phase::Queue(_) => rings.queue,
            _ if self.is_in_house(call.caller) => rings.inside,
            _ => rings.outside,
        }
    }

    /// What a telephone in the house shows of a caller. Of a call in the house both are known.
    pub(crate) fn shown_in_house(&self, caller: LegId) -> Shown {
        let Some(leg) = self.legs.get(&caller) else { return Shown::default() };
        let station = leg.station().and_then(|port| self.plan.stations.get(&port));
        let name = station.map(|station| station.name.clone()).or_else(|| leg.name.clone());
        let name = name.filter(|name| !name.is_empty() && !leg.private);
        Shown { number: leg.number.clone().filter(|_| !leg.private), name, private: leg.private }
    }

    /// The caller learns that it rings: as a message to a trunk, as a tone to a telephone. Who waits in a queue keeps the
    /// music.
    pub(crate) fn tell_caller_it_rings(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let Some(caller) = self.legs.get(&call.caller) else { return };
        if matches!(call.phase, Phase::Queue(_)) {
            return;
        }
        match caller.line {
            Some(line) if caller.is_trunk() && !caller.is_answered() => {
                self.put(Output::Trunk { line, request: TrunkRequest::Alerting });
            }
            _ => {
                let lane = caller.lane;
                self.put(Output::Hear { lane, heard: Heard::Tone(ToneKind::Ringback) });
            }
        }
    }

    /// The telephone could not be rung.
    pub(crate) fn ring_refused(&mut self, port: PortId, why: OfferEnd) {
        let Some(leg) = self.leg_of(Line::Port(port)).and_then(|leg| self.legs.get(&leg)) else { return };
        let (leg, call) = (leg.id, leg.call);
        let queued = self.calls.get(&call).is_some_and(|call| matches!(call.phase, Phase::Queue(_)));
        self.tell_offer_end(call, port, why);
        self.release_leg(leg, Cause::UserBusy, Side::Box);
        if queued {
            self.acd.handle_input(self.now, acd::Input::OfferRefused { call, agent: port });
        } else if !self.returns_later(call) && !self.goes_to_box(call, port) {
            self.not_reached(call, Cause::UserBusy, Side::Box);
        }
    }

    pub(crate) fn tell_offer_end(&mut self, call: CallId, port: PortId, why: OfferEnd) {
        let extension = self.plan.stations.get(&port).map(|station| station.extension.clone());
        if let Some(extension) = extension {
            self.tell(CallEvent::OfferEnded { call, extension, why });
        }
    }

    /// A station that was still ringing is told of no more.
    pub(crate) fn tell_called_offer_end(&mut self, id: CallId, why: OfferEnd) {
        let called = self.calls.get(&id).and_then(|call| call.called).and_then(|leg| self.legs.get(&leg));
        let Some(port) = called.filter(|leg| !leg.is_answered()).and_then(|leg| leg.station()) else { return };
        self.tell_offer_end(id, port, why);
    }

    /// What a telephone gets when its leg is gone: silence where its own person hung up or it only rang, else the tone
    /// that says why.
    pub(crate) fn release_station(&mut self, port: PortId, state: LegState, side: Side, cause: Cause, by: Side) {
        let ringing = state == LegState::CalledBack || (side == Side::Called && state == LegState::Unanswered);
        if ringing {
            return self.put(Output::Station { port, request: StationRequest::StopRinging });
        }
        if side == by {
            return;
        }
        self.put(Output::Station { port, request: StationRequest::Released(tone_of(cause)) });
    }

    /// The call that a lifted handset began is over, long before the handset is put down: that may be tomorrow.
    fn dialled_nothing(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        self.end(leg.call, Cause::InvalidNumberFormat, Side::Box);
    }

    fn hung_up(&mut self, id: LegId) {
        if let Some(port) = self.legs.get(&id).and_then(|leg| leg.station()) {
            self.leaves_on_hold(port);
        }
        let Some(leg) = self.legs.get(&id) else { return };
        let (call, side) = (leg.call, leg.side());
        let is_callers = self.calls.get(&call).is_some_and(|call| call.caller == id);
        if let LegState::Told { cause, by } = leg.state {
            let first = self.calls.get_mut(&call).filter(|_| is_callers).and_then(|call| call.holds.take());
            self.leg_ended(id, cause, by);
            return first.into_iter().for_each(|first| self.left_by_holder(first));
        }
        // Who called the third party is the one who holds; the third one's own hang-up only ends the consultation.
        match self.calls.get(&call).filter(|_| is_callers).and_then(|call| call.holds) {
            Some(first) => self.holder_hung_up(first, call, side),
            None if self.is_conference(call) => self.leave_conference(id, Cause::NormalClearing, side),
            None if self.hung_up_on_failure(call, id) => (),
            None => self.end(call, Cause::NormalClearing, side),
        }
    }
}

/// What a telephone hears of why a call has ended, or is none.
pub(crate) const fn tone_of(cause: Cause) -> ToneKind {
    match cause {
        Cause::NormalClearing | Cause::UserBusy | Cause::NoUserResponding | Cause::NoAnswer | Cause::Preemption => {
            ToneKind::Busy
        }
        Cause::UnallocatedNumber | Cause::InvalidNumberFormat | Cause::NumberChanged => ToneKind::SpecialInformation,
        _ => ToneKind::Congestion,
    }
}
