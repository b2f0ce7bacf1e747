//! The call detail record: what a call was, folded from its events and from nothing else.
//!
//! The same fold makes the rows of the index, so a row and its events can't disagree.
//! Not here: the text of a row ([`super::cdr_line`]), prices.

use std::time::Duration;

use call::{
    AnswerEvidence, CallClass, CallEvent, Charge, Direction, DiversionReason, Endpoint, LegRole, Number, PartyChange,
    QueueExit, RecordingGap, Side,
};
use frame::{CallId, EventNo, LaneId, LegId, PersonId, RecordingId, Stamp};
use isdn::Cause;
use serde::{Deserialize, Serialize};

use super::{BoxEvent, Event, Record};

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cdr {
    /// The call.
    pub call: CallId,
    /// Its first event: calls are listed by it, since clocks step and numbers don't.
    pub first_no: EventNo,
    /// Its last event so far.
    pub last_no: EventNo,
    /// Which way it went. A call that began undialled takes the way of the first party it called.
    pub direction: Direction,
    /// How much it matters.
    pub class: CallClass,
    /// The version of the settings it kept.
    pub settings: u32,
    /// The caller's number.
    pub from: Option<Number>,
    /// The number of the party who answered, else of the last one called.
    pub to: Option<Number>,
    /// The number that was wanted.
    pub dialled: Option<Number>,
    /// When the line was seized.
    pub began: Stamp,
    /// When the first called party answered. Menus and queues don't count as answered.
    pub answered: Option<Stamp>,
    /// How the box knows that.
    pub answer: Option<AnswerEvidence>,
    /// When the last of it was released.
    pub ended: Option<Stamp>,
    /// Why.
    pub cause: Option<Cause>,
    /// By whom.
    pub ended_by: Option<Side>,
    /// The last flow it entered.
    pub flow: Option<String>,
    /// The last queue it waited in.
    pub queue: Option<String>,
    /// Since when it waits; none where it doesn't.
    pub waiting: Option<Stamp>,
    /// How long it waited in queues, without the wait that still lasts.
    pub waited: Duration,
    /// The station that answered, else the last one offered.
    pub extension: Option<String>,
    /// Who works there.
    pub person: Option<PersonId>,
    /// The first channel of a trunk it used.
    pub trunk: Option<LaneId>,
    /// The trunk group of the first trunk it used.
    pub group: Option<String>,
    /// Whether the caller gave up while waiting for a party: in a queue, or while one rang.
    pub abandoned: bool,
    /// How long nobody carried the voices, because the daemon was restarted within the call.
    #[serde(default)]
    pub gap: Duration,
    /// How long the message is that its caller left, where one was left.
    #[serde(default)]
    pub message: Option<Duration>,
    /// Whether its caller agreed to be recorded.
    #[serde(default)]
    pub consent: CdrConsent,
    /// What the networks told of its parties.
    #[serde(default)]
    pub told: CdrTold,
    /// Its recording.
    pub recording: CdrRecording,
    /// Its parties, in the order in which they came.
    pub legs: Vec<CdrLeg>,
}

/// What the networks told of a call's parties beyond the numbers of its legs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CdrTold {
    /// The caller does not want its number to be shown.
    pub withheld: bool,
    /// The caller's name.
    pub from_name: Option<String>,
    /// The second of two calling numbers.
    pub other_number: Option<Number>,
    /// Who diverted the call to the box.
    pub diverted_from: Option<Number>,
    /// Why, where it was diverted.
    pub diverted_because: Option<DiversionReason>,
    /// Who answered, where the network told it.
    pub answered_by: Option<Number>,
    /// The extension behind the called number.
    pub called_subaddress: Option<String>,
    /// Where the network sent the call on to, which the box placed.
    pub diverted_to: Option<Number>,
    /// Somebody found the call malicious, here or at the far end.
    pub malicious: bool,
    /// Who was at the far end at last, where somebody there transferred the call.
    pub other_party: Option<Number>,
}

/// What the caller said when a flow asked whether the call may be recorded. Who was asked again may have changed their mind: the last answer
/// counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CdrConsent {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// Agreed, by a key or by staying.
    Given,
    /// Did not. Whether the call was recorded all the same, its recording says.
    Refused,
}

/// What became of a call's recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdrRecording {
    /// The recording.
    pub id: Option<RecordingId>,
    /// The object that keeps it, once it is whole and sealed.
    pub object: Option<String>,
    /// How long it is.
    pub seconds: Option<u32>,
    /// Why there is a gap, or none at all.
    pub gap: Option<RecordingGap>,
    /// Whether a part was cut by the end of a life of the daemon.
    pub cut: bool,
    /// Whether it was erased.
    #[serde(default)]
    pub erased: bool,
}

/// How a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// The call had not to be recorded.
    NotDue,
    /// It is being recorded, or the recording is being sealed.
    UnderWay,
    /// It is whole.
    Complete,
    /// It is kept with a gap.
    Incomplete,
    /// The call had to be recorded, and is not.
    Missing,
}

impl RecordingState {
    /// All of them, in the order in which a page offers them.
    pub const ALL: [RecordingState; 5] = [
        RecordingState::Complete,
        RecordingState::Incomplete,
        RecordingState::Missing,
        RecordingState::UnderWay,
        RecordingState::NotDue,
    ];
}

impl CdrRecording {
    /// How the recording stands.
    pub fn state(&self) -> RecordingState {
        match (self.id, &self.object, self.gap) {
            (None, _, None) => RecordingState::NotDue,
            (None, _, Some(_)) => RecordingState::Missing,
            (Some(_), None, _) => RecordingState::UnderWay,
            (Some(_), Some(_), None) if !self.cut => RecordingState::Complete,
            (Some(_), Some(_), _) => RecordingState::Incomplete,
        }
    }
}

/// One party of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdrLeg {
    /// The leg.
    pub leg: LegId,
    /// Which part it played.
    pub role: LegRole,
    /// Where it was connected.
    pub endpoint: Endpoint,
    /// The party's number.
    pub number: Option<Number>,
    /// When it was added.
    pub began: Stamp,
    /// When its telephone rang.
    pub ringing: Option<Stamp>,
    /// When it answered.
    pub answered: Option<Stamp>,
    /// How the box knows that.
    pub answer: Option<AnswerEvidence>,
    /// When it was released.
    pub ended: Option<Stamp>,
    /// Why.
    pub cause: Option<Cause>,
    /// By whom.
    pub ended_by: Option<Side>,
    /// What it has cost, where the network tells it: the newest that it told.
    #[serde(default)]
    pub charge: Option<Charge>,
}

/// The detail record of the call that the first record belongs to; records of other calls are passed over.
pub fn cdr(records: &[Record]) -> Option<Cdr> {
    let mut records = records.iter();
    let mut cdr = records.by_ref().find_map(Cdr::begin)?;
    records.for_each(|record| cdr.apply(record));
    Some(cdr)
}

impl Cdr {
    /// The detail record after the first event of a call; `None` where the event belongs to no call.
    ///
    /// Where the log is damaged the first event may be any.
    pub fn begin(record: &Record) -> Option<Cdr> {
        let mut cdr = Cdr {
            call: record.call()?,
            first_no: record.no,
            last_no: record.no,
            direction: Direction::Undialled,
            class: CallClass::Normal,
            settings: 0,
            from: None,
            to: None,
            dialled: None,
            began: record.stamp,
            answered: None,
            answer: None,
            ended: None,
            cause: None,
            ended_by: None,
            flow: None,
            queue: None,
            waiting: None,
            waited: Duration::ZERO,
            extension: None,
            person: None,
            trunk: None,
            group: None,
            abandoned: false,
            gap: Duration::ZERO,
            message: None,
            consent: CdrConsent::NotAsked,
            told: CdrTold::default(),
            recording: CdrRecording::default(),
            legs: Vec::new(),
        };
        cdr.apply(record);
        Some(cdr)
    }

    /// Takes the next event of the call.
    pub fn apply(&mut self, record: &Record) {
        if record.call() != Some(self.call) {
            return;
        }
        self.last_no = record.no;
        match record.event() {
            Some(Event::Call(event)) => self.apply_call(record.stamp, event),
            Some(Event::Box(BoxEvent::MailRecovered { ms, .. })) => {
                self.message = Some(Duration::from_millis((*ms).into()));
            }
            Some(Event::Box(event)) => self.apply_recording(event),
            None => {}
        }
    }

    /// From the seizure to the answer; zero where nobody answered.
    pub fn before_answer(&self) -> Duration {
        self.answered.map_or(Duration::ZERO, |answered| answered.since(&self.began))
    }

    /// From the answer to the end; zero where nobody answered or the call still lasts.
    pub fn talk(&self) -> Duration {
        match (self.answered, self.ended) {
            (Some(answered), Some(ended)) => ended.since(&answered),
            _ => Duration::ZERO,
        }
    }

    /// From the seizure to the end; zero while the call lasts.
    pub fn total(&self) -> Duration {
        self.ended.map_or(Duration::ZERO, |ended| ended.since(&self.began))
    }

    /// The channel of the leg that ended with a cause: a call may go over two.
    pub fn channel_that_ended_with(&self, cause: Cause) -> Option<LaneId> {
        self.legs.iter().filter(|leg| leg.cause == Some(cause)).find_map(|leg| match leg.endpoint {
            Endpoint::Channel { lane, .. } => Some(lane),
            Endpoint::OutsideLine { .. } | Endpoint::Station { .. } => None,
        })
    }

    fn apply_call(&mut self, stamp: Stamp, event: &CallEvent) {
        use CallEvent as E;
        match event {
            E::Began { direction, class, settings, .. } => {
                (self.direction, self.class, self.settings) = (*direction, *class, *settings);
            }
            E::Dialled { number, .. } => self.dialled = self.dialled.take().or_else(|| Some(number.clone())),
            E::LegBegan { leg, role, endpoint, number, .. } => {
                self.leg_began(stamp, *leg, *role, endpoint.clone(), number.clone());
            }
            E::LegPlaced { leg, endpoint, .. } => self.leg_placed(*leg, endpoint),
            E::LegRinging { leg, .. } => {
                if let Some(leg) = self.leg(*leg) {
                    leg.ringing.get_or_insert(stamp);
                }
            }
            E::LegAnswered { leg, evidence, .. } => self.leg_answered(stamp, *leg, *evidence),
            E::LegEnded { leg, cause, by, .. } => {
                if let Some(leg) = self.leg(*leg) {
                    (leg.ended, leg.cause, leg.ended_by) = (Some(stamp), Some(*cause), Some(*by));
                }
            }
            E::CallerTold { withheld, name, other_number, .. } => {
                (self.told.withheld, self.told.from_name) = (*withheld, name.clone());
                self.told.other_number.clone_from(other_number);
            }
            E::Diverted { from, reason, .. } => {
                (self.told.diverted_from, self.told.diverted_because) = (from.clone(), Some(*reason));
            }
            E::AnswerTold { number, .. } => self.told.answered_by.clone_from(number),
            E::WantedTold { subaddress, .. } => self.told.called_subaddress.clone_from(subaddress),
            E::DivertedTo { to, .. } => self.told.diverted_to = to.clone().or_else(|| self.told.diverted_to.take()),
            E::PartyTold { change, number, .. } if *change != PartyChange::Named => {
                self.told.other_party.clone_from(number);
            }
            E::Charged { leg, charge, .. } => {
                if let Some(leg) = self.leg(*leg) {
                    leg.charge = Some(charge.clone());
                }
            }
            E::MaliciousCallTold { .. } | E::MaliciousCallMarked { .. } => self.told.malicious = true,
            E::ConsentAsked { given, .. } => {
                self.consent = if *given { CdrConsent::Given } else { CdrConsent::Refused };
            }
            E::FlowEntered { flow, .. } => self.flow = Some(flow.clone()),
            E::Queued { queue, .. } => {
                self.stop_waiting(stamp);
                (self.queue, self.waiting) = (Some(queue.clone()), Some(stamp));
            }
            E::Offered { extension, person, .. } if self.answered.is_none() => {
                (self.extension, self.person) = (Some(extension.clone()), *person);
            }
            E::Dequeued { why, .. } => {
                self.stop_waiting(stamp);
                self.abandoned |= *why == QueueExit::Abandoned;
            }
            E::RecordingBegan { recording, .. } => self.recording.id = Some(*recording),
            E::RecordingMissing { why, .. } => self.recording_missing(*why),
            E::MailLeft { ms, .. } => self.message = Some(Duration::from_millis((*ms).into())),
            E::Readopted { gap_ms, .. } => self.gap += Duration::from_millis(*gap_ms),
            E::Ended { cause, by, .. } => self.end(stamp, *cause, *by),
            // Told in the call's story; no column says it.
            E::Offered { .. }
            | E::PartyTold { .. }
            | E::UserUserTold { .. }
            | E::NoticeTold { .. }
            | E::TextTold { .. }
            | E::TariffTold { .. }
            | E::RuleSpoils { .. }
            | E::MaliciousCallAnswered { .. }
            | E::CallBackAsked { .. }
            | E::CallBackAnswered { .. }
            | E::CallBackBegan { .. }
            | E::CallBackOver { .. }
            | E::CallBacksDropped { .. }
            | E::PromptBegan { .. }
            | E::MenuChosen { .. }
            | E::MenuInvalid { .. }
            | E::MenuTimedOut { .. }
            | E::DigitsTaken { .. }
            | E::MaskingBegan { .. }
            | E::MaskingEnded { .. }
            | E::MaskingEndAsked { .. }
            | E::EndAsked { .. }
            | E::SupervisionBegan { .. }
            | E::SupervisionChanged { .. }
            | E::SupervisionEnded { .. }
            | E::SupervisionRefused { .. }
            | E::OfferEnded { .. }
            | E::FarEndGone { .. }
            | E::SoundHeard { .. }
            | E::Bridged { .. }
            | E::HandedOver { .. }
            | E::HandOverRefused { .. }
            | E::Held { .. }
            | E::Retrieved { .. }
            | E::ConferenceBegan { .. }
            | E::ConferenceLeft { .. }
            | E::Transferred { .. }
            | E::TransferReturned { .. }
            | E::BackToQueue { .. }
            | E::Waits { .. }
            | E::WaitingTaken { .. }
            | E::HeldForOther { .. }
            | E::LineFlashed { .. }
            | E::NoWrapUp { .. }
            | E::ServiceSet { .. }
            | E::ServiceRefused { .. }
            | E::ServiceAsked { .. }
            | E::NotForwarded { .. }
            | E::NotDisturbed { .. }
            | E::Forwarded { .. }
            | E::WrapUpEnded { .. }
            | E::NoAgent { .. }
            | E::AgentSet { .. }
            | E::TelephoneLocked { .. }
            | E::NotUnlocked { .. }
            | E::MailReached { .. }
            | E::MailOpened { .. }
            | E::MailHeard { .. }
            | E::MailDeleted { .. }
            | E::MailGreeting { .. }
            | E::MailRefused { .. }
            | E::TelephoneUnlocked { .. }
            | E::PickedUp { .. }
            | E::NothingPickedUp { .. }
            | E::Parked { .. }
            | E::TakenUp { .. }
            | E::NobodyParked { .. }
            | E::WentOver { .. }
            | E::NothingRedialled { .. }
            | E::Joined { .. }
            | E::NotJoined { .. }
            | E::Unbridged { .. }
            | E::Preempted { .. } => {}
        }
    }

    fn apply_recording(&mut self, event: &BoxEvent) {
        match event {
            BoxEvent::RecordingFinished { recording, object, seconds, .. } => {
                self.recording.id = Some(*recording);
                self.recording.object = Some(object.clone());
                self.recording.seconds = Some(*seconds);
            }
            BoxEvent::RecordingCut { .. } => self.recording.cut = true,
            BoxEvent::RecordingErased { .. } => self.recording.erased = true,
            BoxEvent::RecordingMissed { why, .. } => (self.recording.id, self.recording.gap) = (None, Some(*why)),
            BoxEvent::RecordingGapped { why, .. } => self.recording.gap = Some(*why),
            _ => {}
        }
    }

    /// What a restart took was not durable: nothing of that recording will be found again, or it is told as finished.
    fn recording_missing(&mut self, why: RecordingGap) {
        self.recording.gap = Some(why);
        if why == RecordingGap::Restart {
            self.recording.id = None;
        }
    }

    fn leg_began(&mut self, began: Stamp, leg: LegId, role: LegRole, endpoint: Endpoint, number: Option<Number>) {
        self.note_trunk(&endpoint);
        match role {
            LegRole::Caller => self.from = self.from.take().or_else(|| number.clone()),
            LegRole::Called => self.note_called(&endpoint, number.as_ref()),
        }
        self.legs.push(CdrLeg {
            leg,
            role,
            endpoint,
            number,
            began,
            ringing: None,
            answered: None,
            answer: None,
            ended: None,
            cause: None,
            ended_by: None,
            charge: None,
        });
    }

    /// The trunk that a leg got in the end is the one that counts, not the first that was tried for it.
    fn leg_placed(&mut self, leg: LegId, endpoint: &Endpoint) {
        let Some(leg) = self.leg(leg) else { return };
        leg.endpoint = endpoint.clone();
        let first = self.legs.iter().find(|leg| !matches!(leg.endpoint, Endpoint::Station { .. }));
        if let Some(endpoint) = first.map(|leg| leg.endpoint.clone()) {
            self.group = None;
            self.note_trunk(&endpoint);
        }
    }

    fn note_trunk(&mut self, endpoint: &Endpoint) {
        let (lane, group) = match endpoint {
            Endpoint::Channel { lane, group } => (Some(*lane), group),
            Endpoint::OutsideLine { group, .. } => (None, group),
            Endpoint::Station { .. } => return,
        };
        if self.group.is_none() {
            (self.trunk, self.group) = (lane, Some(group.clone()));
        }
    }

    fn note_called(&mut self, endpoint: &Endpoint, number: Option<&Number>) {
        let is_station = matches!(endpoint, Endpoint::Station { .. });
        if self.direction == Direction::Undialled {
            self.direction = if is_station { Direction::Internal } else { Direction::Outgoing };
        }
        if self.answered.is_none() {
            self.to = number.cloned();
        }
    }

    fn leg_answered(&mut self, stamp: Stamp, leg: LegId, evidence: AnswerEvidence) {
        let Some(leg) = self.leg(leg) else { return };
        leg.answered.get_or_insert(stamp);
        leg.answer.get_or_insert(evidence);
        let (role, endpoint, number) = (leg.role, leg.endpoint.clone(), leg.number.clone());
        if role == LegRole::Caller || self.answered.is_some() {
            return;
        }
        (self.answered, self.answer, self.to) = (Some(stamp), Some(evidence), number);
        if let Endpoint::Station { extension, .. } = endpoint {
            // Another station than the one offered last has picked up: who works there was not told.
            if self.extension.as_ref() != Some(&extension) {
                self.person = None;
            }
            self.extension = Some(extension);
        }
    }

    fn stop_waiting(&mut self, stamp: Stamp) {
        if let Some(since) = self.waiting.take() {
            self.waited += stamp.since(&since);
        }
    }

    fn end(&mut self, stamp: Stamp, cause: Cause, by: Side) {
        let waited_for_someone = self.waiting.is_some() || self.legs.iter().any(|leg| leg.role == LegRole::Called);
        self.abandoned |= self.answered.is_none() && by == Side::Caller && waited_for_someone;
        self.stop_waiting(stamp);
        (self.ended, self.cause, self.ended_by) = (Some(stamp), Some(cause), Some(by));
    }

    fn leg(&mut self, leg: LegId) -> Option<&mut CdrLeg> {
        self.legs.iter_mut().find(|other| other.leg == leg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample::{CALL, queued_call, records, records_from};

    #[test]
    fn a_queued_call_that_was_answered_has_all_its_columns() {
        let cdr = cdr(&records(queued_call())).unwrap();
        assert_eq!((cdr.call, cdr.direction, cdr.class), (CALL, Direction::Incoming, CallClass::Normal));
        assert_eq!(cdr.from.as_ref().map(Number::as_str), Some("13912348000"));
        assert_eq!(cdr.dialled.as_ref().map(Number::as_str), Some("62001000"));
        assert_eq!(cdr.group.as_deref(), Some("telecom"));
        assert_eq!(cdr.trunk.map(|lane| lane.to_string()).as_deref(), Some("1/5"));
        assert_eq!((cdr.queue.as_deref(), cdr.extension.as_deref()), (Some("service"), Some("803")));
        assert_eq!((cdr.person, cdr.answer), (Some(PersonId(7)), Some(AnswerEvidence::OffHook)));
        assert_eq!((cdr.waited.as_millis(), cdr.talk().as_millis()), (4000, 6000));
        assert_eq!((cdr.cause, cdr.ended_by), (Some(Cause::NormalClearing), Some(Side::Caller)));
        assert!(!cdr.abandoned);
        assert_eq!(cdr.recording.state(), RecordingState::Complete);
        assert_eq!(cdr.legs.len(), 2);
        assert!(cdr.legs.iter().all(|leg| leg.answered.is_some() && leg.ended.is_some()));
    }

    #[test]
    fn every_beginning_of_a_call_is_the_fold_of_its_events() {
        let records = records(queued_call());
        for len in 1..records.len() {
            let mut open = cdr(&records[..len]).unwrap();
            open.apply(&records[len]);
            assert_eq!(Some(open), cdr(&records[..=len]));
        }
    }

    #[test]
    fn a_caller_who_gives_up_in_the_queue_abandons() {
        let mut events = queued_call();
        let queued = events.iter().position(|(_, event)| matches!(event, Event::Call(CallEvent::Queued { .. })));
        events.truncate(queued.unwrap() + 1);
        let ended_by = |by| {
            let ended = CallEvent::Ended { call: CALL, cause: Cause::NormalClearing, by };
            cdr(&records([events.clone(), vec![(9000, ended.into())]].concat())).unwrap()
        };
        let given_up = ended_by(Side::Caller);
        assert!(given_up.abandoned && given_up.answered.is_none() && given_up.waiting.is_none());
        assert_eq!(given_up.waited.as_millis(), 7000);
        assert!(!ended_by(Side::Box).abandoned, "the queue's longest wait was over");
    }

    #[test]
    fn a_recording_that_had_to_be_and_is_not_is_missing() {
        let missing = |events: &[(u64, Event)]| cdr(&records(events.to_vec())).unwrap().recording.state();
        let began: (u64, Event) = queued_call().remove(0);
        let gap = (5, CallEvent::RecordingMissing { call: CALL, why: RecordingGap::NoTrack }.into());
        assert_eq!(missing(std::slice::from_ref(&began)), RecordingState::NotDue);
        assert_eq!(missing(&[began, gap.clone()]), RecordingState::Missing);
        let mut events = queued_call();
        events.insert(1, gap);
        let lost = (6000, CallEvent::RecordingMissing { call: CALL, why: RecordingGap::Restart }.into());
        let mut restarted: Vec<(u64, Event)> = events.clone();
        restarted.retain(|(_, event)| !matches!(event, Event::Box(_)));
        restarted.push(lost);
        assert_eq!(missing(&restarted), RecordingState::Missing, "nothing of it was durable");
        assert_eq!(missing(&events), RecordingState::Incomplete);
        events.retain(|(_, event)| !matches!(event, Event::Box(_)));
        assert_eq!(missing(&events), RecordingState::UnderWay);
    }

    #[test]
    fn a_message_that_was_left_stands_in_the_record_also_where_a_restart_cut_it() {
        let began: (u64, Event) = queued_call().remove(0);
        let message = frame::MessageId::new(frame::LifeNo(1), 3);
        let (extension, ms) = ("803".to_owned(), 4200);
        let left = CallEvent::MailLeft { call: CALL, extension: extension.clone(), message, ms };
        let recovered = BoxEvent::MailRecovered { call: CALL, extension, message, ms: 4000 };
        let message = |event: Event| cdr(&records(vec![began.clone(), (5000, event)])).unwrap().message;
        assert_eq!(message(left.into()), Some(Duration::from_millis(4200)));
        assert_eq!(message(recovered.into()), Some(Duration::from_millis(4000)));
    }

    #[test]
    fn a_call_that_outlived_the_daemon_is_one_row_with_the_gap() {
        let mut events = queued_call();
        let readopted = |gap_ms| (9000, CallEvent::Readopted { call: CALL, life: frame::LifeNo(2), gap_ms }.into());
        let place = events.len() - 3;
        events.splice(place..place, [readopted(1500), readopted(700)]);
        let cdr = cdr(&records(events)).unwrap();
        assert_eq!(cdr.gap.as_millis(), 2200);
        assert!(cdr.ended.is_some() && cdr.line().ends_with(",2200,false,,,,,,,,,,false,,not_asked"));
    }

    #[test]
    fn a_call_whose_beginning_is_lost_still_has_a_row() {
        let records = records(queued_call());
        let cdr = cdr(&records[3..]).unwrap();
        assert_eq!((cdr.call, cdr.first_no), (CALL, records[3].no));
        assert!(cdr.ended.is_some());
    }

    #[test]
    fn a_talk_that_outlives_a_boot_is_measured_by_the_wall_clock() {
        let mut records = records_from(1, queued_call());
        let last = records.iter_mut().rev().find(|record| matches!(record.event(), Some(Event::Call(_)))).unwrap();
        last.stamp.boot.0 += 1;
        last.stamp.time = frame::Time::ZERO;
        assert_eq!(cdr(&records).unwrap().talk().as_millis(), 6000);
    }
}
