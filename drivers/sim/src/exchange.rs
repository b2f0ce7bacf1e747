//! Our own exchange behind an E1 or T1, public or private, and the parties who call or are called through it.
//!
//! Source: ITU-T Q.921 and Q.931, as `isdn` has them; the exchange is the box's own stack mirrored: in the network's role
//! unless [`World::private_exchange`](crate::World::private_exchange) says that a private one stands there. Each B-channel has
//! one party, who hears and speaks whether there is a call or not, as a wire does.
//! Ringback is China's (GF 002-9002): 450 Hz, 1 s on, 4 s off, here at −10 dBm0.
//! It speaks as China's exchanges do on an E1, and National ISDN 2 on a T1.
//! Not here: overlap dialling (what a SETUP brings is the whole number); supplementary services but those of [`Service`];
//! D-channels that several lines share: an outside exchange may have them.

use std::collections::VecDeque;

use dsp::tone::{AfterLast, TonePlan, ToneStep};
use frame::{LANES, LaneId, Law, SpanId, Time, Timeslot};
use isdn::{
    CallHandle, Cause, CompletionOf, ConnectedParty, Dialect, Event, Input, LineKind, Origin, Output, Request, Role,
    SetupRefused, SetupRequest, SpanSettings,
    q931::element::{
        Digits, Facility, Notification, NumberElement, NumberKind, NumberPlan, PartyNumber, Presentation, Screening,
        UserUser,
    },
    suppl::{Advice, Completion, OtherParty},
};

use crate::{lanes::Lanes, operator::Told, outbox::Outbox, party::Party, voice::Say};

/// Calls that the box places are numbered from here, so that an operator may use every number below.
pub const FIRST_CALL_OF_BOX: OutsideCall = OutsideCall(0x8000_0000);

const RINGBACK: TonePlan = TonePlan {
    steps: &[ToneStep::one(450, 1000), ToneStep::pause(4000)],
    after_last: AfterLast::Repeat,
    level_dbm0: -10.0,
};

/// Names a call as the outside sees it. Whoever places a call chooses its number, and gives none twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutsideCall(pub u32);

/// What is done in the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeAct {
    /// Someone outside calls the box.
    Place {
        /// The caller's name for the call.
        call: OutsideCall,
        /// The caller's national number, without a zero before it; none is a caller whose number is withheld.
        from: Option<Digits>,
        /// The dialled number.
        to: Digits,
    },
    /// Someone outside calls the box, and the network tells all that stands here.
    PlaceTold {
        /// The caller's name for the call.
        call: OutsideCall,
        /// What the network sends. Its tag is not looked at.
        setup: Box<SetupRequest>,
    },
    /// The party whom the box calls is alerted, and the box hears ringback.
    Alert(OutsideCall),
    /// It answers.
    Answer(OutsideCall),
    /// It answers, and the network tells who.
    AnswerTold {
        /// Which call.
        call: OutsideCall,
        /// Who.
        party: Box<ConnectedParty>,
    },
    /// The network, or the user at a private exchange, uses a supplementary service.
    Use {
        /// On which call.
        call: OutsideCall,
        /// Which.
        service: Box<Service>,
    },
    /// Whoever the box waits for is free. Every request of the box for that is accepted.
    PartyIsFree,
    /// The exchange wants to know when somebody at the box can be reached, and places the call when it is told.
    AskCompletion {
        /// The caller's name for that call.
        call: OutsideCall,
        /// What is waited for.
        completion: Completion,
        /// The call that did not get through, as it was placed.
        setup: Box<SetupRequest>,
    },
    /// A party hangs up, or the exchange gives the call up.
    Clear {
        /// Which call.
        call: OutsideCall,
        /// Why.
        cause: Cause,
    },
}

/// A supplementary service that is used in the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// Tells what the call costs; at its end, with the message that clears it.
    Charge(Advice),
    /// Tells who is at this end now.
    OtherParty(OtherParty),
    /// Tells our side's equipment something.
    UserUser(UserUser),
    /// Tells what became of the call there.
    Notify(Notification),
    /// Sends keypad digits.
    Keypad(Digits),
    /// Sends a Facility.
    Facility(Facility),
    /// Has it kept who called.
    IdentifyMaliciousCall,
    /// Wants the call joined with another, by the name that it has outside.
    Transfer(OutsideCall),
    /// Offers to complete the call later, with what alerts or clears it.
    OfferCompletion,
}

/// What the exchange tells of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTold {
    /// The span.
    pub span: SpanId,
    /// Which call.
    pub call: OutsideCall,
    /// What happened.
    pub news: CallNews,
}

/// What happened to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallNews {
    /// It could not be placed. It is over.
    Refused(SetupRefused),
    /// It was placed on a channel.
    Placed {
        /// The lane on which the caller hears and speaks.
        lane: LaneId,
    },
    /// The box has the whole number.
    Proceeding,
    /// The box alerts someone.
    Alerting,
    /// The box places a call.
    Incoming {
        /// The lane on which the called party hears and speaks.
        lane: LaneId,
        /// The number that it shows, where it shows one.
        from: Option<Digits>,
        /// The number that it dialled.
        to: Option<Digits>,
        /// It completes a call of before.
        completes: bool,
    },
    /// It is answered and through.
    Answered,
    /// It is over.
    Over {
        /// Why.
        cause: Cause,
        /// Who began to clear it.
        by: Origin,
    },
}

/// The exchange behind one span.
pub(crate) struct Exchange {
    number: SpanId,
    line: LineKind,
    span: isdn::Span,
    started: bool,
    parties: Vec<Party>,
    calls: Vec<Call>,
    next_of_box: u32,
    /// What the box waits for, by the span's numbers. No more than a span keeps.
    waited_for: Vec<u32>,
    /// What the exchange waits for: the name of the call that follows, and how it is placed.
    waits_for: Vec<(OutsideCall, Box<SetupRequest>)>,
    frames: VecDeque<Vec<u8>>,
}

/// A call that is not over.
#[derive(Clone, Copy, Debug)]
struct Call {
    name: OutsideCall,
    handle: CallHandle,
}

impl Exchange {
    pub(crate) fn new(number: SpanId, law: Law, line: LineKind, role: Role) -> Exchange {
        let dialect = match line {
            LineKind::E1 => Dialect::China,
            LineKind::T1 => Dialect::Ni2,
        };
        let mut settings = SpanSettings::of(role, dialect);
        // Another than any box draws at random, so that a loop is told from us.
        settings.distinct = u64::MAX - u64::from(number.0);
        let parties = (0..LANES as u8).map(|timeslot| Party::new(LaneId::new(number, Timeslot(timeslot)), law));
        Exchange {
            number,
            line,
            span: isdn::Span::new(settings),
            started: false,
            parties: parties.collect(),
            calls: Vec::new(),
            next_of_box: FIRST_CALL_OF_BOX.0,
            waited_for: Vec::new(),
            waits_for: Vec::new(),
            frames: VecDeque::new(),
        }
    }

    /// The line that it is behind.
    pub(crate) fn line(&self) -> LineKind {
        self.line
    }

    /// The party on a B-channel.
    pub(crate) fn party(&mut self, timeslot: Timeslot) -> Option<&mut Party> {
        let carries_voice = self.span.channel(timeslot).is_some();
        self.parties.get_mut(usize::from(timeslot.0)).filter(|_| carries_voice)
    }

    /// The cable is there, or not.
    pub(crate) fn layer1(&mut self, up: bool, out: &mut Outbox) {
        self.started = true;
        self.input(Input::Layer1(up), out);
    }

    /// A good D-channel frame of the box.
    pub(crate) fn frame(&mut self, octets: &[u8], out: &mut Outbox) {
        self.input(Input::Frame(octets), out);
    }

    /// The next frame for the box.
    pub(crate) fn poll_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.pop_front()
    }

    /// An exchange that was never driven wants to be: its layer 1 is up from the first moment on.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        if self.started { self.span.next_deadline() } else { Some(Time::ZERO) }
    }

    pub(crate) fn advance(&mut self, out: &mut Outbox) {
        if self.started {
            self.input(Input::Timeout, out);
        } else {
            self.layer1(true, out);
        }
    }

    /// Something is done. What names a call that is over has come too late and changes nothing.
    pub(crate) fn act(&mut self, act: ExchangeAct, out: &mut Outbox) {
        match act {
            ExchangeAct::Place { call, from, to } => {
                self.place(call, SetupRequest::speech(NumberElement::unknown(to), Some(calling(from)), 0), out);
            }
            ExchangeAct::PlaceTold { call, setup } => self.place(call, *setup, out),
            ExchangeAct::Alert(call) => self.alert(call, out),
            ExchangeAct::Answer(call) => self.answer(call, Box::default(), out),
            ExchangeAct::AnswerTold { call, party } => self.answer(call, party, out),
            ExchangeAct::Use { call, service } => self.use_service(call, *service, out),
            ExchangeAct::PartyIsFree => self.party_is_free(out),
            ExchangeAct::AskCompletion { call, completion, setup } => {
                self.waits_for.push((call, setup.clone()));
                let request = Request::AskCompletion { tag: u64::from(call.0), completion, setup };
                self.input(Input::Request(request), out);
            }
            ExchangeAct::Clear { call, cause } => {
                self.request(call, out, |call| Request::Clear { call, cause, audible: false });
            }
        }
    }

    pub(crate) fn tick(&mut self, heard: &Lanes, said: &mut Lanes, out: &mut Outbox) {
        for (party, (heard, said)) in self.parties.iter_mut().zip(heard.iter().zip(said)) {
            party.tick(heard, said, out);
        }
    }

    fn place(&mut self, name: OutsideCall, setup: SetupRequest, out: &mut Outbox) {
        match self.span.setup(out.now, SetupRequest { tag: u64::from(name.0), ..setup }) {
            Ok(handle) => {
                self.calls.push(Call { name, handle });
                if let Some(timeslot) = self.span.timeslot(handle) {
                    let lane = LaneId::new(self.number, timeslot);
                    self.tell(name, CallNews::Placed { lane }, out);
                }
            }
            Err(refused) => self.tell(name, CallNews::Refused(refused), out),
        }
        self.drain(out);
    }

    fn alert(&mut self, name: OutsideCall, out: &mut Outbox) {
        if let Some(party) = self.party_of(name) {
            party.voice.say(Say::Tone(RINGBACK));
        }
        self.request(name, out, |call| Request::Alerting { call, audible: true });
    }

    fn answer(&mut self, name: OutsideCall, party: Box<ConnectedParty>, out: &mut Outbox) {
        if let Some(party) = self.party_of(name) {
            party.voice.reset();
        }
        self.request(name, out, |call| Request::Connect { call, party });
    }

    fn request(&mut self, name: OutsideCall, out: &mut Outbox, request: impl FnOnce(CallHandle) -> Request) {
        if let Some(call) = self.calls.iter().find(|call| call.name == name) {
            let request = request(call.handle);
            self.input(Input::Request(request), out);
        }
    }

    fn use_service(&mut self, name: OutsideCall, service: Service, out: &mut Outbox) {
        let handle = |name| self.calls.iter().find(|call| call.name == name).map(|call| call.handle);
        let Some(call) = handle(name) else { return };
        let request = match service {
            Service::Charge(advice) => Request::Charge { call, advice: Box::new(advice) },
            Service::OtherParty(party) => Request::OtherParty { call, party: Box::new(party) },
            Service::UserUser(user_user) => Request::UserInformation { call, user_user: Box::new(user_user) },
            Service::Notify(notification) => Request::Notify { call, notification },
            Service::Keypad(digits) => Request::Information { call, digits, complete: false },
            Service::Facility(facility) => Request::Facility { call, facility },
            Service::OfferCompletion => Request::OfferCompletion { call },
            Service::IdentifyMaliciousCall => Request::IdentifyMaliciousCall { call },
            Service::Transfer(to) => match handle(to) {
                Some(to) => Request::Transfer { call, to },
                None => return,
            },
        };
        self.input(Input::Request(request), out);
    }

    fn party_is_free(&mut self, out: &mut Outbox) {
        for asked in self.waited_for.clone() {
            self.input(Input::Request(Request::CompletionPossible { asked }), out);
        }
    }

    /// The box tells that whoever was waited for can be reached.
    fn complete(&mut self, tag: u64, out: &mut Outbox) {
        let Some(at) = self.waits_for.iter().position(|(call, _)| u64::from(call.0) == tag) else { return };
        let (call, setup) = self.waits_for.remove(at);
        self.place(call, SetupRequest { completes: Some(tag), ..*setup }, out);
        self.span.handle_input(out.now, Input::Request(Request::EndCompletion { whose: CompletionOf::Near(tag) }));
    }

    fn transfer(&mut self, call: CallHandle, to: CallHandle, out: &mut Outbox) {
        let clear = |call| Request::Clear { call, cause: Cause::NormalClearing, audible: false };
        for request in [Request::AnswerTransfer { call, accepted: true }, clear(call), clear(to)] {
            self.span.handle_input(out.now, Input::Request(request));
        }
    }

    fn input(&mut self, input: Input<'_>, out: &mut Outbox) {
        self.span.handle_input(out.now, input);
        self.drain(out);
    }

    fn drain(&mut self, out: &mut Outbox) {
        while let Some(output) = self.span.poll_output() {
            match output {
                Output::Frame(octets) => self.frames.push_back(octets.to_vec()),
                Output::Event(event) => self.event(event, out),
                // The exchange never dies, so its calls need no table.
                Output::Remember(_) | Output::Forget(_) => {}
            }
        }
    }

    fn event(&mut self, event: Event, out: &mut Outbox) {
        match event {
            Event::LinkUp => out.tell(Told::Link { span: self.number, up: true }),
            Event::LinkDown => out.tell(Told::Link { span: self.number, up: false }),
            Event::Incoming { call, setup } => self.incoming(call, &setup, out),
            Event::Proceeding(progress) => self.news(progress.call, CallNews::Proceeding, out),
            Event::Alerting(progress) => self.news(progress.call, CallNews::Alerting, out),
            Event::Connected { call, .. } => self.news(call, CallNews::Answered, out),
            // The box may play a tone; our caller has heard enough.
            Event::Disconnected { call, cause, audible: true } => {
                self.span.handle_input(out.now, Input::Request(Request::Clear { call, cause, audible: false }));
            }
            // Outside, the two talk on; nobody here hears them any more.
            Event::TransferAsked { call, to } => self.transfer(call, to, out),
            Event::CompletionAsked { asked, .. } => {
                self.waited_for.push(asked);
                self.span.handle_input(out.now, Input::Request(Request::AnswerCompletion { asked, accepted: true }));
            }
            Event::CompletionPossible { tag } => self.complete(tag, out),
            Event::CompletionOver { whose: CompletionOf::Far(over) } => self.waited_for.retain(|asked| *asked != over),
            Event::CompletionOver { whose: CompletionOf::Near(tag) }
            | Event::CompletionAnswered { tag, refused: Some(_), .. } => {
                self.waits_for.retain(|(call, _)| u64::from(call.0) != tag);
            }
            Event::Released { call, cause, by } => self.released(call, cause, by, out),
            Event::Disconnected { audible: false, .. }
            | Event::LinkFault(_)
            | Event::Channel { .. }
            | Event::MoreDigits { .. }
            | Event::SetupAcknowledged(_)
            | Event::Progress { .. }
            | Event::Notified { .. }
            | Event::Information { .. }
            | Event::Held { .. }
            | Event::HoldRefused { .. }
            | Event::HeldByFarEnd { .. }
            | Event::Retrieved { .. }
            | Event::RetrieveRefused { .. }
            | Event::Facility { .. }
            | Event::Diverted { .. }
            | Event::PartyName { .. }
            | Event::OtherParty { .. }
            | Event::Charge { .. }
            | Event::MaliciousCallKept { .. }
            | Event::MaliciousCall { .. }
            | Event::MessagesWaiting(_)
            | Event::MessagesTold { .. }
            | Event::CompletionOffered { .. }
            | Event::CompletionAnswered { .. }
            | Event::CompletionSuspended { .. }
            | Event::Transferred { .. }
            | Event::TransferRefused { .. }
            | Event::UserUser { .. } => {}
        }
    }

    /// A call of the box. The exchange takes its number for whole, and waits for what the operator does.
    fn incoming(&mut self, handle: CallHandle, setup: &isdn::IncomingSetup, out: &mut Outbox) {
        let name = OutsideCall(self.next_of_box);
        self.next_of_box += 1;
        self.calls.push(Call { name, handle });
        let lane = LaneId::new(self.number, setup.timeslot);
        let from = setup.calling.as_ref().map(|party| party.number.digits);
        let to = setup.called.as_ref().map(|number| number.digits);
        self.tell(name, CallNews::Incoming { lane, from, to, completes: setup.completes }, out);
        self.span.handle_input(out.now, Input::Request(Request::Proceeding { call: handle }));
    }

    fn released(&mut self, handle: CallHandle, cause: Cause, by: Origin, out: &mut Outbox) {
        self.news(handle, CallNews::Over { cause, by }, out);
        self.calls.retain(|call| call.handle != handle);
        self.hush();
    }

    /// Parties without a call fall silent.
    fn hush(&mut self) {
        let talking: Vec<Timeslot> = self.calls.iter().filter_map(|call| self.span.timeslot(call.handle)).collect();
        for (timeslot, party) in (0..).map(Timeslot).zip(&mut self.parties) {
            if !talking.contains(&timeslot) {
                party.voice.reset();
            }
        }
    }

    fn party_of(&mut self, name: OutsideCall) -> Option<&mut Party> {
        let call = self.calls.iter().find(|call| call.name == name)?;
        let timeslot = self.span.timeslot(call.handle)?;
        self.party(timeslot)
    }

    fn news(&self, handle: CallHandle, news: CallNews, out: &mut Outbox) {
        if let Some(call) = self.calls.iter().find(|call| call.handle == handle) {
            self.tell(call.name, news, out);
        }
    }

    fn tell(&self, call: OutsideCall, news: CallNews, out: &mut Outbox) {
        out.tell(Told::Call(CallTold { span: self.number, call, news }));
    }
}

/// A caller's number as a carrier in China sends it: national, without the zero; vouched for by the network.
fn calling(from: Option<Digits>) -> PartyNumber {
    let presentation = if from.is_some() { Presentation::Allowed } else { Presentation::Restricted };
    let digits = from.unwrap_or_default();
    let number = NumberElement { kind: NumberKind::National, plan: NumberPlan::Telephone, digits };
    PartyNumber { number, presentation, screening: Screening::Network }
}
