//! Calls that come in over trunks: where their number leads.

use isdn::Cause;

use crate::{
    AnswerEvidence, CallClass, CallEvent, Direction, Endpoint, Side,
    control::{Arrival, Control, NewLeg},
    message::{Line, Output, StationRequest, TrunkRequest},
    plan::Target,
};

impl Control {
    pub(crate) fn incoming(&mut self, arrival: Arrival) {
        let Arrival { line, lane, port, group, called, calling, private, told } = arrival;
        let call_back = calling.as_ref().and_then(|calling| self.call_backs.station(self.now, calling));
        call_back.into_iter().for_each(|port| self.put_off_return(port));
        let call_back = call_back.filter(|port| self.leg_of(Line::Port(*port)).is_none());
        let class = if call_back.is_some() { CallClass::Emergency } else { CallClass::Normal };
        let target = call_back.map(Target::Station).or_else(|| self.plan.called(&group, called.as_ref(), &told));
        let endpoint = match port {
            Some(port) => Endpoint::OutsideLine { port, group },
            None => Endpoint::Channel { lane, group },
        };
        let first = NewLeg { line: Some(line), lane, endpoint, number: calling };
        let call = self.begin(Direction::Incoming, class, first);
        if let Some(caller) = self.calls.get(&call).map(|call| call.caller).and_then(|leg| self.legs.get_mut(&leg)) {
            (caller.private, caller.name) = (private, told.name.clone());
            let leg = caller.id;
            self.note_caller(call, leg, private, told);
        }
        if let Some(number) = called {
            self.tell(CallEvent::Dialled { call, number });
        }
        if self.is_stopping() {
            return self.end(call, Cause::TemporaryFailure, Side::Box);
        }
        match target {
            Some(target) => {
                self.put(Output::Trunk { line, request: TrunkRequest::Proceeding });
                self.reach(call, target);
            }
            None => self.end(call, Cause::UnallocatedNumber, Side::Box),
        }
    }

    /// Leads a call to a target.
    pub(crate) fn reach(&mut self, call: frame::CallId, target: Target) {
        match target {
            Target::Station(port) => self.reach_station(call, port),
            Target::Queue(queue) => self.enqueue(call, &queue),
            Target::Flow(flow) => self.enter_flow(call, &flow),
            Target::Outside { group, number } => self.reach_outside(call, group, number),
            Target::Emergency(number) => self.reach_emergency(call, number),
            Target::CallBack => self.ask_call_back(call),
            Target::NoCallBack => self.no_call_back(call),
            Target::PickUp(of) => self.pick_up(call, of),
            Target::Service(service, act) => self.service(call, service, act),
            Target::Agent(act) => self.agent_keyed(call, act),
            Target::Unlock => self.ask_pin_to_unlock(call),
            Target::Park(place) => self.at_place(call, place),
            Target::HearMail(of) => self.ask_pin_for_mail(call, of),
            // Who never dialled a number has none to dial again.
            Target::Redial => self.nothing_to_redial(call),
            Target::Supervise(port) => self.ask_pin(call, port),
        }
    }

    /// The box answers the caller, if nobody has.
    pub(crate) fn answer_caller(&mut self, call: frame::CallId) {
        let Some(leg) = self.calls.get(&call).and_then(|call| self.legs.get_mut(&call.caller)) else { return };
        if leg.is_answered() {
            return;
        }
        leg.state = crate::leg::LegState::Answered;
        let (id, line, trunk) = (leg.id, leg.line, leg.is_trunk());
        let who = self.shown_as_answering(call);
        match line {
            Some(Line::Port(port)) if !trunk => {
                self.put(Output::Station { port, request: StationRequest::Connected });
            }
            Some(line) => self.put(Output::Trunk { line, request: TrunkRequest::Answer(who) }),
            None => (),
        }
        let evidence = if trunk { AnswerEvidence::Signalled } else { AnswerEvidence::OffHook };
        self.tell_answered(call, id, evidence);
        self.record_leg(id);
    }
}
