//! Calls that the network may join and take from the box: explicit call transfer, two B-channel transfer and the like.
//!
//! Source: design/calls.md, "The box keeps the call". Both parties have to talk over one span of a group whose settings
//! allow it; a call that is recorded is kept unless they say that its recording may end. Emergency calls are never given
//! away. What is asked, and what became of it, stands in the story.
//! Not here: how the network is asked (`isdn`); transfers that a far end asks of the box (`transfer`).

use frame::{CallId, LegId};
use settings::HandOver;

use crate::{
    CallClass, CallEvent,
    control::{Call, Control, Phase},
    message::{Line, Output},
};

impl Control {
    /// Asks the network to join the parties of a call that has just begun to talk, where that may be.
    pub(crate) fn offer_hand_over(&mut self, id: CallId) {
        if let Some((line, to)) = self.calls.get(&id).and_then(|call| self.may_hand_over(call)) {
            self.put(Output::HandOver { line, to });
        }
    }

    fn may_hand_over(&self, call: &Call) -> Option<(Line, Line)> {
        let Phase::Talking(talk) = call.phase else { return None };
        self.may_leave(call, talk.caller, talk.called)
    }

    fn may_leave(&self, call: &Call, one: LegId, other: LegId) -> Option<(Line, Line)> {
        let (line, to) = (self.isdn_line(one)?, self.isdn_line(other)?);
        let allowed = self.allows(call, one) && self.allows(call, other);
        (allowed && span_of(line) == span_of(to) && call.class == CallClass::Normal).then_some((line, to))
    }

    /// Whether the network may be asked to join these two parties of two calls. At a private exchange nobody joins them but
    /// the box (EN 300 369-1, 9.1: only a user asks).
    pub(crate) fn may_leave_together(&self, first: CallId, second: CallId, parties: [LegId; 2]) -> bool {
        let [one, other] = parties;
        let is_user = |leg: LegId| {
            let group = self.legs.get(&leg).and_then(|leg| leg.endpoint.group());
            !self.plan.groups.iter().any(|row| row.dials && Some(row.name.as_str()) == group)
        };
        let calls = [first, second].map(|id| self.calls.get(&id));
        let may = |call: Option<&Call>| call.is_some_and(|call| self.may_leave(call, one, other).is_some());
        calls.into_iter().all(may) && is_user(one) && is_user(other)
    }

    fn isdn_line(&self, leg: LegId) -> Option<Line> {
        self.legs.get(&leg)?.line.filter(|line| matches!(line, Line::Isdn { .. }))
    }

    /// Whether the group of a leg lets the call go.
    fn allows(&self, call: &Call, leg: LegId) -> bool {
        let group = self.legs.get(&leg).and_then(|leg| leg.endpoint.group());
        let group = call.plan.groups.iter().find(|row| Some(row.name.as_str()) == group);
        match group.map(|group| group.hand_over) {
            None | Some(HandOver::Never) => false,
            Some(HandOver::Unrecorded) => !call.record,
            Some(HandOver::All) => true,
        }
    }

    /// The network has joined the two, and releases both channels.
    pub(crate) fn handed_over(&mut self, leg: LegId) {
        let Some(call) = self.legs.get(&leg).and_then(|leg| self.calls.get(&leg.call)) else { return };
        let (call, recording_ended) = (call.id, call.recording.is_some());
        self.tell(CallEvent::HandedOver { call, recording_ended });
    }

    /// The network does not do it: the call stays in the box.
    pub(crate) fn hand_over_refused(&mut self, leg: LegId) {
        if let Some(call) = self.legs.get(&leg).map(|leg| leg.call) {
            self.tell(CallEvent::HandOverRefused { call });
        }
    }
}

fn span_of(line: Line) -> Option<frame::SpanId> {
    match line {
        Line::Isdn { span, .. } => Some(span),
        Line::Port(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use frame::{LaneId, LifeNo, SpanId, Time, Timeslot};
    use isdn::CallHandle;
    use settings::Settings;

    use super::*;
    use crate::{
        AnswerEvidence, Input, Plan,
        plan::{Group, Trunk},
    };

    const NOW: Time = Time::from_ms(1000);

    fn line(span: u16, slot: u16) -> Line {
        Line::Isdn { span: SpanId(span), call: CallHandle { slot, generation: 0 } }
    }

    /// Two spans of a group whose callers dial out over the group itself.
    fn control(hand_over: HandOver) -> Control {
        let trunk = |span| Trunk::Span { span: SpanId(span), channels: 30 };
        let group = Group {
            name: "branch".into(),
            prefix: "0".into(),
            trunks: vec![trunk(0), trunk(1)],
            shown: None,
            dials: true,
            hand_over,
            joins: false,
        };
        let plan = Plan { groups: vec![group], emergency: vec!["120".into()], ..Plan::default() };
        Control::new(LifeNo(1), Arc::new(plan), acd::Acd::new(&Settings::default()))
    }

    /// A call comes in on span 0, goes out on `span` and is answered; what was asked of the network.
    fn talks(control: &mut Control, dialled: &str, span: u16, recorded: bool) -> Option<(Line, Line)> {
        let incoming = Input::Incoming {
            line: line(0, 1),
            lane: LaneId::new(SpanId(0), Timeslot(1)),
            port: None,
            group: "branch".into(),
            called: dialled.parse().ok(),
            calling: "4711".parse().ok(),
            private: false,
            told: Box::default(),
        };
        control.handle_input(NOW, incoming);
        let (&leg, id) = control.legs.iter().next_back().map(|(leg, row)| (leg, row.call)).unwrap();
        control.calls.get_mut(&id).unwrap().record = recorded;
        let lane = LaneId::new(SpanId(span), Timeslot(2));
        control.handle_input(NOW, Input::Started { leg, line: line(span, 2), lane });
        control.handle_input(NOW, Input::Answered { line: line(span, 2), evidence: AnswerEvidence::Signalled });
        std::iter::from_fn(|| control.poll_output()).find_map(|output| match output {
            Output::HandOver { line, to } => Some((line, to)),
            _ => None,
        })
    }

    fn told(control: &mut Control, input: Input) -> Vec<CallEvent> {
        control.handle_input(NOW, input);
        let tells = |output| match output {
            Output::Tell(event) => Some(event),
            _ => None,
        };
        std::iter::from_fn(|| control.poll_output()).filter_map(tells).collect()
    }

    #[test]
    fn a_call_leaves_the_box_only_where_the_settings_let_its_recording_end() {
        let both = Some((line(0, 1), line(0, 2)));
        for (hand_over, recorded, asked) in [
            (HandOver::Never, true, None),
            (HandOver::Never, false, None),
            (HandOver::Unrecorded, true, None),
            (HandOver::Unrecorded, false, both),
            (HandOver::All, true, both),
            (HandOver::All, false, both),
        ] {
            assert_eq!(talks(&mut control(hand_over), "013912345678", 0, recorded), asked, "{hand_over:?} {recorded}");
        }
    }

    #[test]
    fn a_call_over_two_spans_and_an_emergency_call_stay_in_the_box() {
        assert_eq!(talks(&mut control(HandOver::All), "013912345678", 1, true), None);
        assert_eq!(talks(&mut control(HandOver::All), "120", 0, true), None);
    }

    #[test]
    fn what_became_of_it_is_told_with_the_end_of_the_recording() {
        for recorded in [true, false] {
            let mut control = control(HandOver::All);
            assert!(talks(&mut control, "013912345678", 0, recorded).is_some());
            let [CallEvent::HandedOver { recording_ended, .. }] =
                told(&mut control, Input::HandedOver { line: line(0, 1) })[..]
            else {
                panic!("it is not told")
            };
            assert_eq!(recording_ended, recorded);
        }
        let mut control = control(HandOver::All);
        talks(&mut control, "013912345678", 0, true);
        let told = told(&mut control, Input::HandOverRefused { line: line(0, 1) });
        assert!(matches!(told[..], [CallEvent::HandOverRefused { .. }]), "{told:?}");
        assert_eq!(control.calls(), 1, "the call goes on");
    }
}
