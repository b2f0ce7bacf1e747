//! A data link that is set up anew while calls are in every phase, and what STATUS tells then. Q.931, 5.8.8 to 5.8.11.

use super::*;

impl Line {
    /// The far end sets the data link up anew; what was under way is lost.
    pub fn resets(&mut self) {
        let mut far = Link::new(self.span.settings.role.opposite(), self.span.settings.link.clone(), 7);
        far.handle_layer1(self.now, true);
        self.far = far;
        self.run();
        let fault = Event::LinkFault(crate::LinkFault::FarEndReestablished);
        assert_eq!(self.events.pop_front(), Some(fault));
    }

    /// The far end answers our enquiry about a call of ours.
    #[track_caller]
    fn answers_enquiry(&mut self, setup: &Message, state: u8) {
        self.far_hears(MessageKind::StatusEnquiry);
        let status = answer(setup, MessageKind::Status).with(cause(Cause::ResponseToStatusEnquiry));
        self.far_says(status.with(call_state(state)));
    }
}

fn ringing() -> (Line, CallHandle, Message) {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::CallProceeding));
    line.far_says(answer(&setup, MessageKind::Alerting));
    line.event();
    line.event();
    (line, call, setup)
}

#[test]
fn an_answer_that_a_reset_swallowed_is_made_good() {
    let (mut line, call, setup) = ringing();
    line.resets();
    line.answers_enquiry(&setup, 10);
    line.far_hears(MessageKind::ConnectAcknowledge);
    line.is_told(Event::Connected { call, timeslot: Timeslot(31), party: Box::default() });
}

#[test]
fn an_enquiry_that_a_second_reset_swallowed_is_sent_again_at_once() {
    let (mut line, _, setup) = ringing();
    line.resets();
    line.far_hears(MessageKind::StatusEnquiry);
    line.resets();
    line.answers_enquiry(&setup, 4);
    line.is_told_nothing();
}

#[test]
fn ringing_that_a_reset_swallowed_is_made_good() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::CallProceeding));
    line.event();
    line.resets();
    line.answers_enquiry(&setup, 4);
    assert!(matches!(line.event(), Event::Alerting(progress) if progress.call == call));
    line.advances_s(150);
    line.is_told_nothing();
}

#[test]
fn a_clearing_that_a_reset_swallowed_is_made_good() {
    let (mut line, call, setup) = ringing();
    line.resets();
    line.answers_enquiry(&setup, 11);
    line.is_told(Event::Disconnected { call, cause: Cause::NormalUnspecified, audible: false });
    line.far_hears(MessageKind::Release);
}

#[test]
fn a_call_that_is_as_far_as_the_far_end_s_goes_on() {
    let (mut line, _, setup) = ringing();
    line.resets();
    line.answers_enquiry(&setup, 4);
    line.advances_s(20);
    line.far_hears_nothing();
    line.is_told_nothing();
}

#[test]
fn an_acknowledgement_of_connect_that_a_reset_swallowed_is_made_good() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::Connect { call, party: Box::default() });
    line.far_hears(MessageKind::Connect);
    line.resets();
    line.far_hears(MessageKind::StatusEnquiry);
    let status = from_far(1, MessageKind::Status).with(cause(Cause::ResponseToStatusEnquiry));
    line.far_says(status.with(call_state(10)));
    line.is_told(Event::Connected { call, timeslot: Timeslot(3), party: Box::default() });
    line.advances_s(20);
    line.is_told_nothing();
}

/// 5.8.8: digits that are lost can't be repeated.
#[test]
fn calls_in_overlap_are_cleared_by_a_reset() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::MoreDigits { call, audible: false });
    line.far_hears(MessageKind::SetupAcknowledge);
    line.resets();
    line.is_told(Event::Disconnected { call, cause: Cause::TemporaryFailure, audible: false });
    line.far_hears_cause(MessageKind::Disconnect, Cause::TemporaryFailure);
}

fn overlap_sending() -> (Line, CallHandle) {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::SetupAcknowledge));
    line.event();
    (line, call)
}

#[test]
fn digits_of_ours_that_a_reset_swallowed_end_the_call() {
    let (mut line, call) = overlap_sending();
    line.cut = true;
    line.asks(Request::Information { call, digits: "1".parse().unwrap(), complete: false });
    line.cut = false;
    line.resets();
    line.is_told(Event::Disconnected { call, cause: Cause::TemporaryFailure, audible: false });
    line.far_hears_cause(MessageKind::Disconnect, Cause::TemporaryFailure);
}

/// Q.921, 5.7.2: nothing of ours was on its way.
#[test]
fn a_call_whose_digits_have_all_arrived_goes_on_after_a_reset() {
    let (mut line, call) = overlap_sending();
    line.resets();
    line.far_hears(MessageKind::StatusEnquiry);
    line.is_told_nothing();
    line.asks(Request::Information { call, digits: "1".parse().unwrap(), complete: false });
    line.far_hears(MessageKind::Information);
}

#[test]
fn a_far_end_that_does_not_answer_enquiries_keeps_a_call_that_is_ringing() {
    let (mut line, _, _) = ringing();
    line.resets();
    line.far_hears(MessageKind::StatusEnquiry);
    line.advances_s(4);
    line.far_hears(MessageKind::StatusEnquiry);
    line.advances_s(30);
    line.far_hears_nothing();
    line.is_told_nothing();
}

/// 5.8.11: a link keeps messages in order, so this one can't be a message ahead.
#[test]
fn a_status_of_a_call_that_the_far_end_clears_is_acted_upon_unasked() {
    for state in [11, 12, 19] {
        let mut line = Line::user();
        let call = line.talking(1, 3);
        let status = from_far(1, MessageKind::Status).with(cause(Cause::MessageNotCompatible));
        line.far_says(status.with(call_state(state)));
        line.is_told(Event::Disconnected { call, cause: Cause::NormalUnspecified, audible: false });
        line.far_hears(MessageKind::Release);
    }
}

#[test]
fn a_status_that_nobody_asked_for_may_be_a_message_behind() {
    let mut line = Line::network();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::Connect { call, party: Box::default() });
    line.far_hears(MessageKind::Connect);
    line.event();
    let status = from_far(1, MessageKind::Status).with(cause(Cause::MessageNotCompatible));
    line.far_says(status.with(call_state(1)));
    line.is_told_nothing();
    line.far_hears_nothing();
}

#[test]
fn a_channel_that_a_reset_swallowed_is_named_again() {
    let mut line = Line::user();
    line.far_says(setup(1, 5));
    let (call, _) = line.incoming();
    line.cut = true;
    line.asks(Request::Proceeding { call });
    line.cut = false;
    line.resets();
    line.far_hears(MessageKind::StatusEnquiry);
    line.asks(Request::Alerting { call, audible: false });
    let alerting = line.far_hears(MessageKind::Alerting);
    assert_eq!(alerting.channel_id().and_then(|channel| channel.timeslot()), Some(Timeslot(5)));
}
