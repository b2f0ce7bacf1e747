//! What the person of a telephone wants done with calls to it: forwarded always, when it is busy, when nobody answers; or
//! that it does not ring.
//!
//! It is set, cleared and asked for at the telephone, holds for its extension, and is kept over restarts by what is told of
//! it. A call is forwarded as long as it meets telephones that it has not met, and at most [`FORWARDS_MAX`] times; where
//! the circle closes the last telephone rings in spite of its wish, since a call always gets through. Whoever a telephone
//! forwards to gets through to it, as a secretary does. A telephone that is not to be disturbed is busy to all who call it.
//! Not forwarded and not kept quiet: calls back from emergency services, what a queue offers an agent (who is offered
//! nothing while not to be disturbed), parties who come back after a transfer or from a place where they were parked.

use std::{collections::BTreeMap, time::Duration};

use frame::{CallId, PortId};
use isdn::{Cause, suppl::Completion};
use serde::{Deserialize, Serialize};

use crate::{
    CallClass, CallEvent, DiversionReason, Number, OfferEnd, Side,
    control::{Control, Phase},
    plan::{Match, Service, ServiceAct, Target},
    station::RINGS,
};

/// How often one call is forwarded: more than a house needs, fewer than a caller waits for.
pub(crate) const FORWARDS_MAX: usize = 5;

/// What who keyed a code hears.
const SET: &str = "service_set";
const CLEARED: &str = "service_cleared";
const IS_ON: &str = "service_on";
const IS_OFF: &str = "service_off";
const REFUSED: &str = "service_refused";

/// What holds for the calls to one extension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// Where all calls go.
    pub always: Option<Number>,
    /// Where calls go that find it busy.
    pub busy: Option<Number>,
    /// Where calls go that nobody answers.
    pub no_answer: Option<Number>,
    /// It does not ring.
    pub do_not_disturb: bool,
}

/// Why a service is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceNotSet {
    /// Nobody has the number, or it is the telephone's own.
    NoSuchNumber,
    /// The settings let no calls be forwarded outside.
    Outside,
}

/// Why a call rings a telephone that wants it forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotForwarded {
    /// It was there already.
    Circle,
    /// It was forwarded as often as may be.
    TooOften,
    /// Nobody has the number any more, or the settings let no calls go outside any more.
    NoSuchNumber,
    /// The caller is whom the telephone forwards to.
    ToItsCaller,
    /// The last channel to the outside is kept for an emergency.
    NoChannel,
}

impl Wishes {
    fn number(&self, service: Service) -> Option<&Number> {
        match service {
            Service::ForwardAlways => self.always.as_ref(),
            Service::ForwardBusy => self.busy.as_ref(),
            Service::ForwardNoAnswer => self.no_answer.as_ref(),
            Service::DoNotDisturb => None,
        }
    }

    fn has(&self, service: Service) -> bool {
        self.number(service).is_some() || service == Service::DoNotDisturb && self.do_not_disturb
    }

    fn set(&mut self, service: Service, on: bool, number: Option<Number>) {
        match service {
            Service::ForwardAlways => self.always = number,
            Service::ForwardBusy => self.busy = number,
            Service::ForwardNoAnswer => self.no_answer = number,
            Service::DoNotDisturb => self.do_not_disturb = on,
        }
    }
}

/// What people key.
impl Control {
    /// A code of a service was dialled.
    pub(crate) fn service(&mut self, id: CallId, service: Service, act: ServiceAct) {
        let station = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)?.station());
        let Some(port) = station else { return self.end(id, Cause::FacilityRejected, Side::Box) };
        let Some(extension) = self.extension_of(port) else { return };
        let prompt = match act {
            ServiceAct::Ask => self.ask_service(id, extension, service),
            ServiceAct::Clear => self.set_service(id, port, extension, service, false, None),
            ServiceAct::Set(None) => self.set_service(id, port, extension, service, true, None),
            ServiceAct::Set(Some(digits)) => match self.forwards_to(port, &digits) {
                Ok(number) => self.set_service(id, port, extension, service, true, Some(number)),
                Err(why) => {
                    self.tell(CallEvent::ServiceRefused { call: id, extension, service, why });
                    REFUSED
                }
            },
        };
        self.say_and_end(id, prompt);
    }

    fn extension_of(&self, port: PortId) -> Option<String> {
        self.plan.stations.get(&port).map(|station| station.extension.clone())
    }

    fn ask_service(&mut self, id: CallId, extension: String, service: Service) -> &'static str {
        let on = self.wishes.get(&extension).is_some_and(|wishes| wishes.has(service));
        self.tell(CallEvent::ServiceAsked { call: id, extension, service, on });
        if on { IS_ON } else { IS_OFF }
    }

    fn set_service(
        &mut self,
        id: CallId,
        port: PortId,
        extension: String,
        service: Service,
        on: bool,
        number: Option<Number>,
    ) -> &'static str {
        let mut now = self.wishes.get(&extension).cloned().unwrap_or_default();
        now.set(service, on, number.clone());
        self.keep_wishes(&extension, now.clone());
        self.tell_acd_wishes(port);
        self.tell(CallEvent::ServiceSet { call: id, extension, service, on, number, now });
        if on { SET } else { CLEARED }
    }

    fn keep_wishes(&mut self, extension: &str, now: Wishes) {
        if now == Wishes::default() {
            self.wishes.remove(extension);
        } else {
            self.wishes.insert(extension.to_owned(), now);
        }
    }

    /// A number to which this telephone may forward its calls.
    fn forwards_to(&self, port: PortId, digits: &str) -> Result<Number, ServiceNotSet> {
        match self.plan.dialled(digits) {
            Match::Whole { target: Target::Station(to), .. } if to != port => (),
            Match::Whole { target: Target::Queue(_), .. } => (),
            Match::Whole { target: Target::Outside { .. }, .. } if self.plan.forward.outside => (),
            Match::Whole { target: Target::Outside { .. }, .. } => return Err(ServiceNotSet::Outside),
            _ => return Err(ServiceNotSet::NoSuchNumber),
        }
        digits.parse().map_err(|_| ServiceNotSet::NoSuchNumber)
    }

    /// What people had set before the box was started, by extension. To be told once, before any call.
    pub fn restore_wishes(&mut self, now: frame::Time, wishes: BTreeMap<String, Wishes>) {
        self.now = now;
        self.wishes = wishes;
        self.tell_acd_all_wishes();
        self.serve_queues();
        self.keep_touched();
    }

    /// What is set for each extension.
    pub fn wishes(&self) -> &BTreeMap<String, Wishes> {
        &self.wishes
    }

    /// Whether no call rings a telephone, because they all go elsewhere or it is not to be disturbed. Calls that go elsewhere only
    /// when it is busy or nobody answers ring there: nobody has to be reminded of those each time.
    pub fn keeps_calls_away(&self, port: PortId) -> bool {
        let wishes = self.wishes_of(port);
        wishes.always.is_some() || wishes.do_not_disturb
    }

    /// The queues offer nothing to who is not to be disturbed.
    pub(crate) fn tell_acd_all_wishes(&mut self) {
        let ports: Vec<PortId> = self.plan.stations.keys().copied().collect();
        ports.into_iter().for_each(|port| self.tell_acd_wishes(port));
    }

    fn tell_acd_wishes(&mut self, port: PortId) {
        let on = self.wishes_of(port).do_not_disturb;
        self.acd.handle_input(self.now, acd::Input::DoNotDisturb { agent: port, on });
    }

    /// Of services that the settings have: what nobody can clear any more does not hold either.
    pub(crate) fn wishes_of(&self, port: PortId) -> Wishes {
        let station = self.plan.stations.get(&port);
        let mut wishes = station.and_then(|station| self.wishes.get(&station.extension)).cloned().unwrap_or_default();
        let gone = Service::ALL.into_iter().filter(|service| !self.plan.services.have(*service));
        gone.for_each(|service| wishes.set(service, false, None));
        wishes
    }
}

/// What becomes of calls.
impl Control {
    /// Rings a station for a call that wants it and nobody else, or does what its person wants.
    pub(crate) fn reach_station(&mut self, id: CallId, port: PortId) {
        let Some(call) = self.calls.get(&id) else { return };
        let has_box = self.may_leave_message(id, port);
        // An emergency service that calls back reaches the telephone itself.
        let wishes = if call.class == CallClass::Emergency { Wishes::default() } else { self.wishes_of(port) };
        if let Some(number) = &wishes.always
            && self.forward(id, port, number, DiversionReason::Unconditional)
        {
            return;
        }
        if wishes.do_not_disturb {
            if let Some(extension) = self.extension_of(port) {
                self.tell(CallEvent::NotDisturbed { call: id, extension });
            }
            return self.busy_at(id, port, &wishes);
        }
        // Where it can't be forwarded it rings on, as long as any.
        let rings = match wishes.no_answer.as_ref().map(|number| self.may_forward(id, port, number)) {
            Some(Ok(_)) => Duration::from_secs(self.plan.forward.no_answer_s.into()),
            Some(Err(_)) | None if has_box => Duration::from_secs(self.plan.forward.no_answer_s.into()),
            Some(Err(_)) | None => RINGS,
        };
        if let Some(call) = self.calls.get_mut(&id) {
            let [until, at_most] = [rings, RINGS].map(|rings| {
                let until = self.now + rings;
                call.returns.map_or(until, |returns| returns.until.min(until))
            });
            call.phase = Phase::Ringing { until, at_most };
        }
        if !self.ring_station(id, port) && !self.waits_at(id, port) {
            self.busy_at(id, port, &wishes);
        }
    }

    fn busy_at(&mut self, id: CallId, port: PortId, wishes: &Wishes) {
        if let Some(number) = &wishes.busy
            && self.forward(id, port, number, DiversionReason::Busy)
        {
            return;
        }
        self.missed_in_house(id, port, Completion::Busy);
        if !self.goes_to_box(id, port) {
            self.not_reached(id, Cause::UserBusy, Side::Box);
        }
    }

    /// A telephone has rung for as long as it may.
    pub(crate) fn rang_out(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let called = call.called.and_then(|leg| self.legs.get(&leg));
        let is_transferred = call.returns.is_some();
        let port = called.and_then(|leg| leg.station()).filter(|_| !is_transferred && call.class == CallClass::Normal);
        if let Some(port) = port
            && let Some(number) = self.wishes_of(port).no_answer
            && self.forward(id, port, &number, DiversionReason::NoReply)
        {
            return;
        }
        if port.is_some_and(|port| self.box_is_away(id, port) && self.rings_on(id) || self.goes_to_box(id, port)) {
            return;
        }
        self.not_reached(id, Cause::NoAnswer, Side::Box);
    }

    /// It rings on, as if there were no box. False where it has already.
    fn rings_on(&mut self, id: CallId) -> bool {
        let phase = self.calls.get_mut(&id).map(|call| &mut call.phase);
        let Some(Phase::Ringing { until, at_most }) = phase else { return false };
        let rings_on = *until < *at_most;
        *until = *at_most;
        rings_on
    }

    /// Sends a call on to another number. False where it stays.
    fn forward(&mut self, id: CallId, port: PortId, number: &Number, reason: DiversionReason) -> bool {
        let Some(extension) = self.extension_of(port) else { return false };
        let target = match self.may_forward(id, port, number) {
            Ok(target) => target,
            Err(why) => {
                self.tell(CallEvent::NotForwarded { call: id, extension, why });
                return false;
            }
        };
        let Some(call) = self.calls.get_mut(&id) else { return false };
        call.forwarded_by.push(port);
        let rings = call.called.take();
        if let Some(leg) = rings {
            self.tell_offer_end(id, port, OfferEnd::NoAnswer);
            self.release_leg(leg, Cause::NoAnswer, Side::Box);
        }
        self.tell(CallEvent::Forwarded { call: id, extension, to: number.clone(), reason });
        self.reach(id, target);
        true
    }

    fn may_forward(&self, id: CallId, port: PortId, number: &Number) -> Result<Target, NotForwarded> {
        let call = self.calls.get(&id).ok_or(NotForwarded::NoSuchNumber)?;
        let caller = self.legs.get(&call.caller).and_then(|leg| leg.station());
        // By the settings that the call began with, whose groups of trunks it knows.
        let target = match call.plan.dialled(number.as_str()) {
            Match::Whole { target: target @ (Target::Station(_) | Target::Queue(_)), .. } => target,
            Match::Whole { target: target @ Target::Outside { .. }, .. } if call.plan.forward.outside => target,
            _ => return Err(NotForwarded::NoSuchNumber),
        };
        match target {
            Target::Station(to) if Some(to) == caller => Err(NotForwarded::ToItsCaller),
            Target::Station(to) if to == port || call.forwarded_by.contains(&to) => Err(NotForwarded::Circle),
            _ if call.forwarded_by.len() >= FORWARDS_MAX => Err(NotForwarded::TooOften),
            Target::Outside { .. } if self.keeps_last_channel(call) => Err(NotForwarded::NoChannel),
            target => Ok(target),
        }
    }
}
