//! Calls back when somebody is free: a telephone of the house that met a busy party, or one who did not answer, keys a code
//! and is rung when the party can be reached.
//!
//! Source: EN 300 359-1 (CCBS) and EN 301 065-1 (CCNR), whose words for users hold in the house as well: T-CCBS2 and T-CCNR2
//! bound the wait, T-CCBS3 the ringing; who is called back by nobody's fault but their own has to ask again. Over a trunk
//! the network has to offer it, and watches its party; in the house the box does. Who waits at a private exchange behind
//! the box is told in the same way. Who meets the party busy again waits on (retention), where the network has agreed.
//! What waits is not kept over a restart of the box: networks forget it with the data link.
//! Not here: calls back from emergency services (`call_back`); places in a queue (`acd`).

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use acd::TelephoneState;
use analog::fxs::StationEvent;
use frame::{CallId, LegId, PortId, SpanId, Time};
use isdn::{Cause, CompletionOf, Request, suppl::Completion};
use serde::{Deserialize, Serialize};

use crate::{
    CallClass, CallEvent, Direction, Endpoint, Number, ServiceRefusal, Side,
    control::{Control, NewLeg, Phase},
    leg::LegState,
    mail::SAYS,
    message::{Heard, Line, Output, Shown, StationRequest, TrunkRequest},
    plan::{Target, Trunk},
};

/// What who keyed a code hears.
const SET: &str = "call_back_set";
const NOT_SET: &str = "call_back_not_set";
const OFF: &str = "call_back_off";

/// How long a telephone's last call can still be asked for. Networks keep theirs for less, and say no after that.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// T-CCBS2 and T-CCNR2: how long somebody waits at most.
const WAITS_BUSY: Duration = Duration::from_secs(45 * 60);
const WAITS_NO_REPLY: Duration = Duration::from_secs(180 * 60);

/// T-CCBS3: how long the telephone that asked rings.
const RINGS: Duration = Duration::from_secs(20);

/// A handset that was put down can be lifted for a dial tone, to call an emergency service of all things: so long nobody
/// rings it who waited there, or comes back.
const RESTS: Duration = Duration::from_secs(2);

/// A telephone waits for as many as EN 300 359-1 lets a user have at once.
const WAITS_PER_STATION: usize = 5;

/// The box waits for no more than this, which a span with 30 channels and a ward of telephones do not reach.
const WAITS_MAX: usize = 200;

/// As many requests of far ends as spans of 16 E1 can carry at once.
const THEIRS_MAX: usize = 960;

/// Why a telephone is not called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallBackRefusal {
    /// It met nobody of late who could be waited for.
    NobodyMissed,
    /// It waits for as many as it may, or the box does.
    TooMany,
    /// The network says no.
    Network(ServiceRefusal),
}

/// Why a call back was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallBackEnd {
    /// The telephone that asked was rung and nobody answered it.
    NotTaken,
    /// Nobody became free in time.
    TimedOut,
    /// The network gave it up, or the trunk was lost.
    Lost,
    /// The box was stopped.
    Stopped,
}

/// Who could not be reached, and by whom.
#[derive(Debug, Default)]
pub(crate) struct WhenFree {
    /// The last party that each telephone could not reach: one row a telephone.
    missed: BTreeMap<PortId, Missed>,
    waits: BTreeMap<u64, Wait>,
    last_no: u64,
    theirs: BTreeMap<(SpanId, u32), Theirs>,
    /// Telephones whose handset is up, with a call or without.
    up: BTreeSet<PortId>,
    /// When the others were put down last.
    put_down: BTreeMap<PortId, Time>,
}

#[derive(Clone, Debug)]
struct Missed {
    sought: Sought,
    completion: Completion,
    at: Time,
}

/// Who is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sought {
    Station(PortId),
    Outside { span: SpanId, number: Number, calling: Shown },
}

/// Somebody who waits.
#[derive(Clone, Debug)]
struct Wait {
    station: PortId,
    sought: Sought,
    stage: Stage,
    until: Time,
    /// The call in which it was asked, whose story tells how it ends.
    asked: CallId,
    /// It goes on where the party is busy again.
    retained: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// The network is asked.
    Asked,
    /// The party is busy; or has to use the telephone first.
    Busy,
    NotUsed,
    /// The party can be reached.
    Free,
    /// The network was told that the telephone is busy itself.
    Suspended,
    /// The telephone rings, or the call is on its way, as this call.
    Calling(CallId),
}

/// A far end that waits for somebody of the house.
#[derive(Clone, Copy, Debug)]
struct Theirs {
    port: PortId,
    /// It has to be used first.
    unused: bool,
    suspended: bool,
    /// The far end was told that the party is free.
    told: bool,
    /// It goes on waiting where the party is busy again.
    retained: bool,
}

impl WhenFree {
    /// A telephone met a party that can't be reached now.
    fn miss(&mut self, now: Time, station: PortId, sought: Sought, completion: Completion) {
        self.missed.insert(station, Missed { sought, completion, at: now });
    }

    fn next_no(&mut self) -> u64 {
        self.last_no += 1;
        self.last_no
    }

    fn of(&self, station: PortId) -> impl Iterator<Item = &Wait> {
        self.waits.values().filter(move |wait| wait.station == station)
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.waits.values().filter(|wait| !matches!(wait.stage, Stage::Calling(_))).map(|wait| wait.until).min()
    }

    /// For what a call is placed.
    pub(crate) fn completes(&self, call: CallId) -> Option<u64> {
        let outside = |wait: &Wait| matches!(wait.sought, Sought::Outside { .. });
        self.waits.iter().find(|(_, wait)| wait.stage == Stage::Calling(call) && outside(wait)).map(|(no, _)| *no)
    }

    /// The party of a call back is busy again.
    fn busy_again(&mut self, call: CallId) {
        let calls = |wait: &&mut Wait| wait.stage == Stage::Calling(call) && wait.retained;
        self.waits.values_mut().filter(calls).for_each(|wait| wait.stage = Stage::Busy);
    }

    /// A far end was told that a telephone is free, and finds it busy again. True where it goes on waiting.
    fn theirs_busy_again(&mut self, of: SpanId, port: PortId) -> bool {
        let waits = |row: &(&(SpanId, u32), &mut Theirs)| row.0.0 == of && row.1.port == port && row.1.retained;
        let mut told = self.theirs.iter_mut().filter(waits).filter(|(_, row)| row.told);
        told.next().is_some_and(|(_, row)| std::mem::take(&mut row.told))
    }

    /// A telephone was put down, so its person is there.
    fn used(&mut self, port: PortId) {
        let waited_for = |wait: &&mut Wait| wait.stage == Stage::NotUsed && wait.sought == Sought::Station(port);
        self.waits.values_mut().filter(waited_for).for_each(|wait| wait.stage = Stage::Busy);
        self.theirs.values_mut().filter(|row| row.port == port).for_each(|row| row.unused = false);
    }
}

/// What is noticed of calls that do not get through.
impl Control {
    /// A telephone met another that is busy or is not answered.
    pub(crate) fn missed_in_house(&mut self, id: CallId, port: PortId, completion: Completion) {
        let Some(caller) = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)) else { return };
        if completion == Completion::Busy {
            self.when_free.busy_again(id);
        }
        if let Some(station) = caller.station() {
            return self.when_free.miss(self.now, station, Sought::Station(port), completion);
        }
        let waits_on = match caller.line {
            Some(Line::Isdn { span, .. }) if completion == Completion::Busy => {
                self.when_free.theirs_busy_again(span, port)
            }
            _ => false,
        };
        if !waits_on {
            self.offer_completion(id);
        }
    }

    /// Who calls from a private exchange may wait for somebody of the house, where people of the house may wait.
    fn offer_completion(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.plan.call_back_code.is_some()) else { return };
        let Some(caller) = self.legs.get(&call.caller) else { return };
        let dials = call.plan.groups.iter().any(|row| row.dials && Some(row.name.as_str()) == caller.endpoint.group());
        if let (true, Some(line @ Line::Isdn { .. })) = (dials, caller.line) {
            self.put(Output::Trunk { line, request: TrunkRequest::OfferCompletion });
        }
    }

    /// The network offers to watch the party of a call.
    pub(crate) fn completion_offered(&mut self, leg: LegId) {
        let Some(leg) = self.legs.get(&leg) else { return };
        let (Some(Line::Isdn { span, .. }), Some(number)) = (leg.line, leg.number.clone()) else { return };
        let Some(caller) = self.calls.get(&leg.call).map(|call| call.caller) else { return };
        let Some(station) = self.legs.get(&caller).and_then(|leg| leg.station()) else { return };
        let trunk =
            self.plan.groups.iter().flat_map(|group| &group.trunks).copied().find(|trunk| is_span(*trunk, span));
        let Some(calling) = trunk.map(|trunk| self.shown_outside(trunk, caller)) else { return };
        // Why it does not get through, its end tells.
        let sought = Sought::Outside { span, number, calling };
        self.when_free.miss(self.now, station, sought, Completion::NoReply);
    }

    /// A called leg of a telephone's call is over before anybody answered.
    pub(crate) fn missed_outside(&mut self, call: CallId, cause: Cause) {
        if cause == Cause::UserBusy {
            self.when_free.busy_again(call);
        }
        let caller = self.calls.get(&call).and_then(|call| self.legs.get(&call.caller));
        let missed = caller.and_then(|leg| self.when_free.missed.get_mut(&leg.station()?));
        if let Some(missed) = missed.filter(|missed| matches!(missed.sought, Sought::Outside { .. }))
            && cause == Cause::UserBusy
        {
            missed.completion = Completion::Busy;
        }
    }

    /// A telephone got through to somebody.
    pub(crate) fn got_through(&mut self, call: CallId) {
        let station = self.calls.get(&call).and_then(|call| self.legs.get(&call.caller)).and_then(|leg| leg.station());
        station.into_iter().for_each(|station| _ = self.when_free.missed.remove(&station));
    }

    /// A handset goes up and down: whoever still hears the tone of the last call can't be called.
    pub(crate) fn note_hook(&mut self, port: PortId, event: StationEvent) {
        match event {
            StationEvent::WantsToDial | StationEvent::Answered => {
                self.when_free.up.insert(port);
                self.when_free.put_down.remove(&port);
            }
            StationEvent::HungUp | StationEvent::BackOnHook => {
                self.when_free.up.remove(&port);
                self.when_free.put_down.insert(port, self.now);
                self.when_free.used(port);
            }
            StationEvent::Digit(_)
            | StationEvent::DialledNothing
            | StationEvent::LeftOffHook
            | StationEvent::NotReady
            | StationEvent::Flash
            | StationEvent::WaitingTold => (),
        }
    }
}

/// What people key.
impl Control {
    /// The code was dialled: whoever was met last is waited for.
    pub(crate) fn ask_call_back(&mut self, id: CallId) {
        let Some(station) = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)?.station()) else {
            return self.end(id, Cause::FacilityRejected, Side::Box);
        };
        let missed = self.when_free.missed.get(&station).filter(|missed| self.now.since(missed.at) <= REMEMBERED);
        let Some(Missed { sought, completion, .. }) = missed.cloned() else {
            return self.refuse_call_back(id, CallBackRefusal::NobodyMissed);
        };
        let waits = self.when_free.of(station).filter(|wait| wait.sought != sought).count();
        if waits >= WAITS_PER_STATION || self.when_free.waits.len() >= WAITS_MAX {
            return self.refuse_call_back(id, CallBackRefusal::TooMany);
        }
        let number = self.number_of(&sought);
        self.tell(CallEvent::CallBackAsked { call: id, number, when_used: completion == Completion::NoReply });
        // Who asks for the same once more waits anew.
        self.forget_waits(|wait| wait.station == station && wait.sought == sought);
        self.wait_for(id, station, sought, completion);
    }

    fn wait_for(&mut self, asked: CallId, station: PortId, sought: Sought, completion: Completion) {
        let no = self.when_free.next_no();
        let stage = match (&sought, completion) {
            (Sought::Outside { span, number, calling }, _) => {
                let (number, calling) = (number.clone(), calling.clone());
                self.put(Output::AskCompletion { no, span: *span, number, calling, completion });
                Stage::Asked
            }
            (Sought::Station(_), Completion::Busy) => Stage::Busy,
            (Sought::Station(_), Completion::NoReply) => Stage::NotUsed,
        };
        let until = self.now + if completion == Completion::Busy { WAITS_BUSY } else { WAITS_NO_REPLY };
        // In the house the box watches on; of a network it is not known yet.
        let in_house = stage != Stage::Asked;
        let wait = Wait { station, sought, stage, until, asked, retained: in_house };
        self.when_free.waits.insert(no, wait);
        if in_house {
            self.call_back_answered(asked, None);
        }
    }

    fn refuse_call_back(&mut self, id: CallId, why: CallBackRefusal) {
        self.tell(CallEvent::CallBackAsked { call: id, number: None, when_used: false });
        self.call_back_answered(id, Some(why));
    }

    /// Who asked hears what became of it, and the call of the code is over.
    fn call_back_answered(&mut self, id: CallId, refused: Option<CallBackRefusal>) {
        self.put(Output::Tell(CallEvent::CallBackAnswered { call: id, refused }));
        self.say_and_end(id, if refused.is_none() { SET } else { NOT_SET });
    }

    /// The code against all calls back was dialled.
    pub(crate) fn no_call_back(&mut self, id: CallId) {
        let station = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)?.station());
        let before = self.when_free.waits.len();
        self.forget_waits(|wait| Some(wait.station) == station);
        let count = u16::try_from(before - self.when_free.waits.len()).unwrap_or(u16::MAX);
        self.tell(CallEvent::CallBacksDropped { call: id, count });
        self.say_and_end(id, OFF);
    }

    /// Says something to whoever dialled, and ends the call.
    pub(crate) fn say_and_end(&mut self, id: CallId, prompt: &str) {
        self.say_all_and_end(id, vec![prompt.to_owned()]);
    }

    /// The same with several prompts.
    pub(crate) fn say_all_and_end(&mut self, id: CallId, names: Vec<String>) {
        let (play, until) = (self.issue_play(), self.now + SAYS);
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.is_over()) else { return };
        (call.play, call.phase) = (play, Phase::Saying { until });
        let leg = call.caller;
        let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) else { return };
        for prompt in &names {
            self.tell(CallEvent::PromptBegan { call: id, leg, prompt: prompt.clone() });
        }
        self.put(Output::Hear { lane, heard: Heard::Prompts { names, play } });
    }
}

/// What networks and far ends tell.
impl Control {
    pub(crate) fn completion_answered(&mut self, no: u64, refused: Option<ServiceRefusal>, retained: bool) {
        let Some(wait) = self.when_free.waits.get_mut(&no) else { return };
        let asked = wait.asked;
        match refused {
            None => (wait.stage, wait.retained) = (Stage::Busy, retained),
            Some(_) => _ = self.when_free.waits.remove(&no),
        }
        self.call_back_answered(asked, refused.map(CallBackRefusal::Network));
    }

    pub(crate) fn completion_possible(&mut self, no: u64) {
        if let Some(wait) = self.when_free.waits.get_mut(&no)
            && !matches!(wait.stage, Stage::Calling(_))
        {
            wait.stage = Stage::Free;
        }
    }

    pub(crate) fn completion_over(&mut self, span: SpanId, whose: CompletionOf) {
        let no = match whose {
            CompletionOf::Near(no) => no,
            CompletionOf::Far(asked) => {
                self.when_free.theirs.remove(&(span, asked));
                return;
            }
        };
        // A call that is on its way goes on without.
        if self.when_free.waits.get(&no).is_some_and(|wait| matches!(wait.stage, Stage::Calling(_))) {
            return;
        }
        if let Some(wait) = self.when_free.waits.remove(&no) {
            self.put(Output::Tell(CallEvent::CallBackOver { call: wait.asked, why: CallBackEnd::Lost }));
        }
    }

    /// A far end wants to know when somebody of the house can be reached.
    pub(crate) fn completion_asked(
        &mut self,
        (span, asked): (SpanId, u32),
        group: &str,
        called: Option<&Number>,
        completion: Completion,
        retained: bool,
    ) {
        let target = self.plan.called(group, called, &crate::CallerTold::default());
        let room = self.when_free.theirs.len() < THEIRS_MAX && self.plan.call_back_code.is_some();
        let port = match target {
            Some(Target::Station(port)) if room => Some(port),
            _ => None,
        };
        if let Some(port) = port {
            let unused = completion == Completion::NoReply;
            let row = Theirs { port, unused, suspended: false, told: false, retained };
            self.when_free.theirs.insert((span, asked), row);
        }
        self.ask_of_span(span, Request::AnswerCompletion { asked, accepted: port.is_some() });
    }

    pub(crate) fn completion_suspended(&mut self, span: SpanId, asked: u32, suspended: bool) {
        if let Some(row) = self.when_free.theirs.get_mut(&(span, asked)) {
            (row.suspended, row.told) = (suspended, false);
        }
    }

    fn ask_of_span(&mut self, span: SpanId, request: Request) {
        self.put(Output::Completion { span, request: Box::new(request) });
    }
}

/// How it goes on.
impl Control {
    /// Looks who can be called back now. Costs a look at each that waits.
    pub(crate) fn serve_when_free(&mut self) {
        let nos: Vec<u64> = self.when_free.waits.keys().copied().collect();
        nos.into_iter().for_each(|no| self.serve_wait(no));
        let free: Vec<(SpanId, u32)> =
            self.when_free.theirs.iter().filter(|(_, row)| self.may_be_told(row)).map(|(key, _)| *key).collect();
        for (span, asked) in free {
            self.when_free.theirs.entry((span, asked)).and_modify(|row| row.told = true);
            self.ask_of_span(span, Request::CompletionPossible { asked });
        }
    }

    fn may_be_told(&self, row: &Theirs) -> bool {
        !row.told && !row.unused && !row.suspended && self.may_ring(row.port)
    }

    pub(crate) fn is_free(&self, port: PortId) -> bool {
        self.leg_of(Line::Port(port)).is_none() && !self.when_free.up.contains(&port)
    }

    /// Free, and for so long that whoever put it down to dial a number has lifted it again.
    pub(crate) fn is_at_rest(&self, port: PortId) -> bool {
        self.is_free(port) && self.rests_until(port).is_none_or(|until| until <= self.now)
    }

    /// Until when a telephone that was put down rests, if it was of late.
    pub(crate) fn rests_until(&self, port: PortId) -> Option<Time> {
        self.when_free.put_down.get(&port).map(|put_down| *put_down + RESTS)
    }

    /// Free, and not kept quiet by its person.
    fn may_ring(&self, port: PortId) -> bool {
        self.is_free(port) && !self.wishes_of(port).do_not_disturb
    }

    fn serve_wait(&mut self, no: u64) {
        let Some(wait) = self.when_free.waits.get(&no).cloned() else { return };
        let here = self.is_free(wait.station);
        match (&wait.stage, &wait.sought) {
            (Stage::Calling(call), _) => return self.serve_calling(no, *call, &wait.sought),
            (Stage::Busy, Sought::Station(port)) if here && self.may_ring(*port) => return self.call_back(no, &wait),
            (Stage::Free, _) if here => return self.call_back(no, &wait),
            (Stage::Free, Sought::Outside { span, .. }) => self.suspend(no, *span, true),
            (Stage::Suspended, Sought::Outside { span, .. }) if here => self.suspend(no, *span, false),
            _ => {}
        }
        if wait.until <= self.now {
            self.forget_waits_as(CallBackEnd::TimedOut, |of, _| of == no);
        }
    }

    /// EN 300 359-1: who is busy when the party is free is not called back until both are.
    fn suspend(&mut self, no: u64, span: SpanId, suspended: bool) {
        if let Some(wait) = self.when_free.waits.get_mut(&no) {
            wait.stage = if suspended { Stage::Suspended } else { Stage::Busy };
        }
        self.ask_of_span(span, Request::SuspendCompletion { tag: no, suspended });
    }

    /// The call that completes the first has got somewhere, or is over.
    fn serve_calling(&mut self, no: u64, call: CallId, sought: &Sought) {
        let on_its_way = |phase: &Phase| matches!(phase, Phase::CallingBack { .. } | Phase::Reaching { .. });
        if self.calls.get(&call).is_some_and(|call| on_its_way(&call.phase)) {
            return;
        }
        self.when_free.waits.remove(&no);
        if let Sought::Outside { span, .. } = sought {
            self.ask_of_span(*span, Request::EndCompletion { whose: CompletionOf::Near(no) });
        }
    }

    /// Rings the telephone that asked.
    fn call_back(&mut self, no: u64, wait: &Wait) {
        let Some(station) = self.plan.stations.get(&wait.station).cloned() else {
            return self.forget_waits_as(CallBackEnd::Lost, |of, _| of == no);
        };
        let direction = match wait.sought {
            Sought::Station(_) => Direction::Internal,
            Sought::Outside { .. } => Direction::Outgoing,
        };
        let first = NewLeg {
            line: Some(Line::Port(station.port)),
            lane: station.lane,
            endpoint: Endpoint::Station { port: station.port, extension: station.extension.clone() },
            number: station.extension.parse().ok(),
        };
        let id = self.begin(direction, CallClass::Normal, first);
        let Some(call) = self.calls.get_mut(&id) else { return };
        (call.record, call.phase) = (station.record, Phase::CallingBack { until: self.now + RINGS });
        let leg = call.caller;
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.state = LegState::CalledBack;
        }
        self.when_free.waits.entry(no).and_modify(|wait| wait.stage = Stage::Calling(id));
        self.tell(CallEvent::CallBackBegan { call: id, asked: wait.asked });
        let shown = Shown { number: self.number_of(&wait.sought), ..Shown::default() };
        let ring = self.plan.rings.call_back;
        self.put(Output::Station {
            port: station.port,
            request: StationRequest::Ring { shown, emergency: false, ring, whisper: None },
        });
        self.tell(CallEvent::LegRinging { call: id, leg });
    }

    /// The telephone that asked was lifted: now the party is called.
    pub(crate) fn called_back(&mut self, id: CallId) {
        let wait = self.when_free.waits.values().find(|wait| wait.stage == Stage::Calling(id)).cloned();
        let (Some(wait), Some(call)) = (wait, self.calls.get_mut(&id)) else {
            return self.end(id, Cause::NormalClearing, Side::Box);
        };
        call.phase = Phase::Flow;
        if let Some(leg) = self.legs.get_mut(&call.caller) {
            leg.state = LegState::Unanswered;
        }
        if let Some(number) = self.number_of(&wait.sought) {
            self.tell(CallEvent::Dialled { call: id, number });
        }
        self.put(Output::Station { port: wait.station, request: StationRequest::Connected });
        let (agent, state) = (wait.station, TelephoneState::Busy);
        self.acd.handle_input(self.now, acd::Input::Telephone { agent, state });
        match wait.sought {
            // It is a call that the box itself starts.
            Sought::Outside { .. } if self.plan.keep_one_free && self.is_last_channel() => {
                self.end(id, Cause::NoChannelAvailable, Side::Box);
            }
            Sought::Station(port) => self.reach_station(id, port),
            Sought::Outside { span, number, .. } => {
                let trunks = self.plan.groups.iter().flat_map(|group| &group.trunks).copied();
                let trunks: VecDeque<Trunk> = trunks.filter(|trunk| is_span(*trunk, span)).collect();
                self.start_outside(id, trunks, number);
            }
        }
    }

    /// The telephone that asked was not answered.
    pub(crate) fn not_called_back(&mut self, id: CallId) {
        self.forget_waits_as(CallBackEnd::NotTaken, |_, wait| wait.stage == Stage::Calling(id));
    }

    /// The box is going down.
    pub(crate) fn stop_when_free(&mut self) {
        self.forget_waits_as(CallBackEnd::Stopped, |_, wait| !matches!(wait.stage, Stage::Calling(_)));
    }

    fn forget_waits_as(&mut self, why: CallBackEnd, of: impl Fn(u64, &Wait) -> bool) {
        let over: Vec<(u64, CallId)> = self
            .when_free
            .waits
            .iter()
            .filter(|(no, wait)| of(**no, wait))
            .map(|(no, wait)| (*no, wait.asked))
            .collect();
        for (_, call) in &over {
            self.put(Output::Tell(CallEvent::CallBackOver { call: *call, why }));
        }
        self.forget(over.into_iter().map(|(no, _)| no).collect());
    }

    fn forget_waits(&mut self, of: impl Fn(&Wait) -> bool) {
        let over = self.when_free.waits.iter().filter(|(_, wait)| of(wait)).map(|(no, _)| *no).collect();
        self.forget(over);
    }

    fn forget(&mut self, over: Vec<u64>) {
        for no in over {
            if let Some(Wait { sought: Sought::Outside { span, .. }, .. }) = self.when_free.waits.remove(&no) {
                self.ask_of_span(span, Request::EndCompletion { whose: CompletionOf::Near(no) });
            }
        }
    }

    fn number_of(&self, sought: &Sought) -> Option<Number> {
        match sought {
            Sought::Station(port) => self.plan.stations.get(port)?.extension.parse().ok(),
            Sought::Outside { number, .. } => Some(number.clone()),
        }
    }
}

fn is_span(trunk: Trunk, span: SpanId) -> bool {
    matches!(trunk, Trunk::Span { span: of, .. } if of == span)
}
