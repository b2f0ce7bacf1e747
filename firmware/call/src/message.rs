//! What call control is told, and what it tells to do.

use acd::{AgentState, Duty};
use analog::{fxs::StationEvent, plan::ToneKind};
use frame::{CallId, LaneFlags, LaneId, LegId, PersonId, PortId, RecordingId, SpanId};
use isdn::{CallHandle, Cause, CompletionOf, suppl::Completion};
use settings::Ring;

use crate::{
    AnswerEvidence, AnswerTold, CallEvent, CallerTold, Kept, KeptFor, LegTold, MailOrder, MailTold, MaskedBy, Masking,
    Number, OfferEnd, Part, Pin, PinVerdict, ReleaseEvidence, ServiceRefusal, Side, Sound, SupervisorMode,
    plan::{Music, Polish, Trunk},
};

/// What a leg is on: names it in everything that lines and control tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// A call of an ISDN span.
    Isdn {
        /// The span.
        span: SpanId,
        /// The call on it.
        call: CallHandle,
    },
    /// An outside line or a telephone.
    Port(PortId),
}

/// What call control is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A call comes in over a trunk, its number whole.
    Incoming {
        /// The line it is on.
        line: Line,
        /// Its lane.
        lane: LaneId,
        /// The jack, where it is an outside line.
        port: Option<PortId>,
        /// The trunk group's name.
        group: String,
        /// Whom it wants, where the line can say so.
        called: Option<Number>,
        /// Who calls, where it may be known.
        calling: Option<Number>,
        /// Whether the caller does not want to be known; else an unknown number is one that the network does not have.
        private: bool,
        /// What else the trunk tells.
        told: Box<CallerTold>,
    },
    /// A call that control wanted has a line now.
    Started {
        /// Its leg.
        leg: LegId,
        /// The line.
        line: Line,
        /// The lane.
        lane: LaneId,
    },
    /// A call that control wanted can't be started on that trunk.
    Refused {
        /// Its leg.
        leg: LegId,
        /// Why.
        cause: Cause,
    },
    /// The far end gave a trunk call another channel.
    Moved {
        /// The line.
        line: Line,
        /// The lane from now on.
        lane: LaneId,
    },
    /// A trunk call carries a tone or an announcement, before anybody answers.
    Audible {
        /// The line.
        line: Line,
    },
    /// The far end of a trunk call rings.
    Alerting {
        /// The line.
        line: Line,
        /// Whether the line carries its own ringing tone or announcement.
        inband: bool,
    },
    /// Who answers at the far end of a trunk call; [`Input::Answered`] follows.
    AnswerTold {
        /// The line.
        line: Line,
        /// Who.
        told: Box<AnswerTold>,
    },
    /// The network tells something of a trunk call beside how far it has come.
    LegTold {
        /// The line.
        line: Line,
        /// What.
        told: Box<LegTold>,
    },
    /// The far end of a trunk call answered.
    Answered {
        /// The line.
        line: Line,
        /// How it is known.
        evidence: AnswerEvidence,
    },
    /// The network has joined a call with another, as was asked; it releases both.
    HandedOver {
        /// The line on which it was asked.
        line: Line,
    },
    /// The network does not join the calls; they stay as they are.
    HandOverRefused {
        /// The line on which it was asked.
        line: Line,
    },
    /// The far end of a trunk call wants it joined with another of its calls. Answered by
    /// [`TrunkRequest::AnswerTransfer`].
    TransferAsked {
        /// The line on which it asks.
        line: Line,
        /// The line of the other call.
        to: Line,
    },
    /// A trunk line is released, from either side; nothing more comes from it.
    Released {
        /// The line.
        line: Line,
        /// Why.
        cause: Cause,
        /// Who.
        by: ReleasedBy,
    },
    /// The far end of an outside line is gone; [`Input::Released`] follows. Such a line signals nothing, so the story
    /// tells what was seen or heard of it.
    FarEndGone {
        /// The line.
        line: Line,
        /// By what it is known.
        evidence: ReleaseEvidence,
    },
    /// A telephone did something.
    Station {
        /// Its jack.
        port: PortId,
        /// What.
        event: StationEvent,
    },
    /// A telephone could not be rung.
    RingRefused {
        /// Its jack.
        port: PortId,
        /// Why.
        why: OfferEnd,
    },
    /// A digit came as tones in the audio.
    Digit {
        /// The lane.
        lane: LaneId,
        /// Which.
        digit: char,
    },
    /// A machine or the network was heard on a lane.
    SoundHeard {
        /// The lane.
        lane: LaneId,
        /// What.
        sound: Sound,
    },
    /// Prompts ended.
    Played {
        /// The lane.
        lane: LaneId,
        /// Which playing.
        play: u32,
    },
    /// The recorder could not take a leg.
    NotRecorded {
        /// The leg.
        leg: LegId,
        /// Why.
        why: crate::RecordingGap,
    },
    /// A person changed whether an agent works.
    Duty {
        /// The agent's station.
        port: PortId,
        /// What holds now.
        duty: Duty,
    },
    /// The answer to [`Output::AskCompletion`].
    CompletionAnswered {
        /// Its number.
        no: u64,
        /// Why the network does not tell.
        refused: Option<ServiceRefusal>,
        /// It goes on telling where the party is busy again.
        retained: bool,
    },
    /// A party for whom [`Output::AskCompletion`] asked can be reached.
    CompletionPossible {
        /// Its number.
        no: u64,
    },
    /// The far end gave up a completion, or its line was lost.
    CompletionOver {
        /// The span.
        span: SpanId,
        /// Which.
        whose: CompletionOf,
    },
    /// A far end wants to know when somebody here can be reached.
    CompletionAsked {
        /// The span.
        span: SpanId,
        /// The span's number for it.
        asked: u32,
        /// The trunk group's name.
        group: String,
        /// Whom it wants.
        called: Option<Number>,
        /// Whether the party was busy or did not answer.
        completion: Completion,
        /// The far end goes on waiting where the party is busy again.
        retained: bool,
    },
    /// Who asked at the far end can't take a call now, or can again.
    CompletionSuspended {
        /// The span.
        span: SpanId,
        /// The span's number for it.
        asked: u32,
        /// It can't.
        suspended: bool,
    },
    /// An outside line is tested, or is no more: it is tried after all others.
    UnderTest {
        /// Its port.
        port: PortId,
        /// Whether.
        on: bool,
    },
    /// An outside line is known to be dead, or is so no more: it has no battery, or gives no dial tone. It is tried when nothing
    /// else is left, and an emergency call takes the channel of a call that matters less before that.
    Dead {
        /// Its port.
        port: PortId,
        /// Whether.
        on: bool,
    },
    /// How many channels of a span can carry calls, those that do included: others are out of service, or can't be
    /// signalled for. Until it is told, all of them.
    Usable {
        /// The span.
        span: SpanId,
        /// How many.
        channels: usize,
    },
    /// A person ends a call.
    EndCall {
        /// The call.
        call: CallId,
        /// Who.
        by: PersonId,
    },
    /// A person finds a call malicious.
    KeepCaller {
        /// The call.
        call: CallId,
        /// Who.
        by: KeptFor,
    },
    /// A person wants something of a talk masked, or no more.
    Mask {
        /// The call.
        call: CallId,
        /// What.
        what: Masking,
        /// Whether; else it is to end.
        on: bool,
        /// Who.
        by: MaskedBy,
    },
    /// A person at a page wants to hear a talk as its supervisor, or to do it otherwise. Whether that may be says
    /// [`Control::may_supervise`](crate::Control::may_supervise).
    Supervise {
        /// The talk.
        call: CallId,
        /// How.
        mode: SupervisorMode,
        /// Who.
        person: PersonId,
        /// The telephone at which it is heard.
        port: PortId,
    },
    /// A person at a page hears a talk no more.
    SuperviseNoMore {
        /// The talk.
        call: CallId,
        /// Who.
        person: PersonId,
    },
    /// The answer to [`Output::CheckPin`].
    PinChecked {
        /// The leg at which it was keyed.
        leg: LegId,
        /// What it is.
        verdict: PinVerdict,
    },
    /// Who keeps callers' messages tells something.
    Mail(MailTold),
    /// End every call: the daemon stops.
    Stop,
    /// Only time has passed.
    Timeout,
}

/// Who released a trunk line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleasedBy {
    /// The party at the far end, or its network on its behalf.
    Far,
    /// The box.
    Box,
    /// The line itself: an alarm, a lost data link, a timer.
    Line,
}

impl ReleasedBy {
    /// The side, for a leg that plays `far`'s part.
    pub(crate) fn side(self, far: Side) -> Side {
        match self {
            ReleasedBy::Far => far,
            ReleasedBy::Box => Side::Box,
            ReleasedBy::Line => Side::Network,
        }
    }
}

impl Input {
    /// A completion that could not even be asked for.
    pub const fn completion_refused(no: u64, why: ServiceRefusal) -> Input {
        Input::CompletionAnswered { no, refused: Some(why), retained: false }
    }
}

/// What call control tells to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Start a call on a trunk. Answered by [`Input::Started`] or [`Input::Refused`].
    Start {
        /// The leg it is for.
        leg: LegId,
        /// The trunk.
        trunk: Trunk,
        /// The number to send.
        number: Number,
        /// Who calls, as the called party is to see it.
        calling: Shown,
        /// The number of the [`Output::AskCompletion`] for which it is placed.
        completes: Option<u64>,
    },
    /// Ask the network of a span to tell when a party can be reached that a call could not. Answered by
    /// [`Input::CompletionAnswered`].
    AskCompletion {
        /// Its number.
        no: u64,
        /// The span of the call.
        span: SpanId,
        /// The number that it was sent to.
        number: Number,
        /// Who called.
        calling: Shown,
        /// Whether the party was busy or did not answer.
        completion: Completion,
    },
    /// Say something about a completion that stands or is asked for.
    Completion {
        /// The span.
        span: SpanId,
        /// What.
        request: Box<isdn::Request>,
    },
    /// Do something with a trunk call.
    Trunk {
        /// The line.
        line: Line,
        /// What.
        request: TrunkRequest,
    },
    /// Ask the network to join two trunk calls and take them from the box. Answered by [`Input::HandedOver`] or
    /// [`Input::HandOverRefused`].
    HandOver {
        /// One line.
        line: Line,
        /// The other, on the same span.
        to: Line,
    },
    /// Do something with a telephone.
    Station {
        /// Its jack.
        port: PortId,
        /// What.
        request: StationRequest,
    },
    /// Change what a party hears.
    Hear {
        /// The lane.
        lane: LaneId,
        /// What.
        heard: Heard,
    },
    /// Listen for DTMF on a lane, or no more.
    Listen {
        /// The lane.
        lane: LaneId,
        /// Whether.
        on: bool,
    },
    /// Look whether a PIN is a person's; a supervisor's, where a talk is wanted, and put into the audit then whose talk is
    /// about to be heard. Answered by [`Input::PinChecked`].
    CheckPin {
        /// The leg at which it was keyed.
        leg: LegId,
        /// Whose it is said to be.
        person: PersonId,
        /// The call whose talk is wanted; none where a telephone is to be unlocked, or messages heard.
        of: Option<CallId>,
        /// Whose messages are to be heard at a telephone that is not that one's: the audit has it first.
        mail: Option<String>,
        /// What was keyed.
        pin: Pin,
    },
    /// Keep, play or delete a message.
    Mail(MailOrder),
    /// Tell of a machine on this lane, by [`Input::SoundHeard`], until it is free.
    Attend {
        /// The lane.
        lane: LaneId,
    },
    /// Make what a party says pleasanter, until it is told otherwise or its lane is free.
    Polish {
        /// The lane.
        lane: LaneId,
        /// By what.
        polish: Polish,
    },
    /// Set or clear flags of a lane.
    Flag {
        /// The lane.
        lane: LaneId,
        /// Which.
        flags: LaneFlags,
        /// Whether they hold.
        on: bool,
    },
    /// Hide what is keyed on a lane from who hears it and from the recorder, or no more.
    Blackout {
        /// The lane.
        lane: LaneId,
        /// Whether.
        on: bool,
    },
    /// The lane is free: everything of it back to its start.
    Free {
        /// The lane.
        lane: LaneId,
    },
    /// The line belongs to another leg now, which the call table has to know, and an outside line that is seized: what becomes of
    /// that is told of the leg ([`Input::Refused`]).
    Tag {
        /// The line.
        line: Line,
    },
    /// Record, or no more.
    Record(Record),
    /// Put this into the call table, in place of what it has of the call.
    Keep(Box<Kept>),
    /// Take the call out of the call table.
    Discard(CallId),
    /// Put what an agent is doing into the call table.
    KeepAgent {
        /// The agent's station.
        port: PortId,
        /// What holds now.
        state: AgentState,
    },
    /// A fact for the log.
    Tell(CallEvent),
}

/// What a party hears, in the trade's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Silence,
    /// Another party.
    Party(LaneId),
    /// A tone of the country.
    Tone(ToneKind),
    /// Prompts by name, one after the other.
    Prompts {
        /// Their names.
        names: Vec<String>,
        /// Which playing this is.
        play: u32,
    },
    /// Music of a queue.
    Music(Music),
    /// The others of the call, as its part has it.
    Conference {
        /// The call.
        call: CallId,
        /// The part.
        part: Part,
    },
}

/// What control asks of a trunk call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrunkRequest {
    /// The number is complete and the call goes on.
    Proceeding,
    /// The wanted party rings.
    Alerting,
    /// The call is answered, by whom the caller is to see.
    Answer(Shown),
    /// Whether two calls of the far end are joined, as it asked.
    AnswerTransfer(bool),
    /// Have the network keep who called. Answered by [`LegTold::CallerKept`].
    KeepCaller,
    /// Give the exchange of an outside line a flash.
    Flash,
    /// Offer to complete it later, with what alerts or clears it.
    OfferCompletion,
    /// End it.
    Clear(Cause),
}

/// What control asks of a telephone's line machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StationRequest {
    /// Ring.
    Ring {
        /// Who calls, to be shown.
        shown: Shown,
        /// Whether it takes the ringing current first.
        emergency: bool,
        /// Which ring tells where it comes from.
        ring: Ring,
        /// The prompt that tells in a headset what the call is about, before it takes it.
        whisper: Option<String>,
    },
    /// Ring no more.
    StopRinging,
    /// Another call waits: a tone into the talk, and who it is to be shown.
    CallWaits {
        /// Who calls.
        shown: Shown,
    },
    /// It waits no more.
    WaitsNoMore,
    /// What was dialled is being reached, or a party is connected: no tones of the line machine's own.
    Connected,
    /// The party has gone, or can't be reached: this tone until the handset is put down.
    Released(ToneKind),
}

/// Who calls or answers, as the other party is to see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The number, where it may be known.
    pub number: Option<Number>,
    /// The name: of callers within the house, or as the network tells it.
    pub name: Option<String>,
    /// Whether the party does not want to be known. A network may be told the number all the same: it shows it to nobody
    /// but an emergency service.
    pub private: bool,
}

/// What control asks of the recorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Record what a leg says from now on.
    Begin {
        /// The recording.
        recording: RecordingId,
        /// Its call.
        call: CallId,
        /// The part.
        part: u16,
        /// Whose voice.
        leg: LegId,
        /// Where it comes from.
        lane: LaneId,
    },
    /// A call went from one leg to another.
    Transfer {
        /// The recording.
        recording: RecordingId,
        /// From.
        from: LegId,
        /// To.
        to: LegId,
    },
    /// A leg was asked whether the call may be recorded.
    Consent {
        /// The recording.
        recording: RecordingId,
        /// The leg.
        leg: LegId,
        /// Whether it agreed.
        given: bool,
    },
    /// The call is of a queue of this compartment from now on, or of none.
    Compartment {
        /// The recording.
        recording: RecordingId,
        /// Its name.
        compartment: Option<String>,
    },
    /// A leg keys a number in secret from now on, or no more.
    SecretInput {
        /// The recording.
        recording: RecordingId,
        /// Who keys.
        leg: LegId,
        /// Whether it begins.
        began: bool,
    },
    /// A leg is on hold, or no more.
    Hold {
        /// The recording.
        recording: RecordingId,
        /// The leg.
        leg: LegId,
        /// Whether.
        on: bool,
    },
    /// A leg comes into the conference of its call, or leaves it.
    Conference {
        /// The recording.
        recording: RecordingId,
        /// The leg.
        leg: LegId,
        /// Its part; none where it leaves.
        part: Option<Part>,
    },
    /// The leg is gone.
    End {
        /// The recording.
        recording: RecordingId,
        /// The leg.
        leg: LegId,
        /// Its lane.
        lane: LaneId,
    },
    /// The call is over.
    Finish {
        /// The recording.
        recording: RecordingId,
    },
}
