//! What is asked of call control, and what it answers: the state of the lines, the calls and the queues.

use std::fmt;

use analog::{port_learn::Learning, port_test::Findings};
use call::{
    CallClass, Direction, MailboxView, Masking, NotMasked, NotSupervised, ServiceRefusal, SupervisorMode, Wishes,
};
use frame::{CallId, LaneId, LegId, PersonId, PortId, SpanId, Stamp, Timeslot, Utc};
use isdn::trace::Cursor;
use serde::{Deserialize, Serialize};
use settings::{CardKind, Key};

use super::{Asker, LadderNow, LearnAct, NotTested, TestOrder, TestedPort};

/// What is asked of call control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlRequest {
    /// The state of everything, now.
    Snapshot,
    /// End a call.
    EndCall {
        /// Which.
        call: CallId,
        /// Who wants it.
        by: PersonId,
    },
    /// Do something at a handset.
    Handset {
        /// Its jack.
        port: PortId,
        /// What.
        act: HandsetAct,
    },
    /// The next piece of the trace of a span.
    TracePiece {
        /// Which.
        span: SpanId,
        /// Where it begins: at the oldest frame where nothing is said.
        from: Option<Cursor>,
    },
    /// What the traces have of these legs.
    Ladders {
        /// The legs.
        legs: Vec<LegId>,
    },
    /// The calls on a span.
    CallsOnSpan {
        /// Which.
        span: SpanId,
    },
    /// The calls on any of these spans, whatever they carry.
    CallsOn {
        /// Which.
        spans: Vec<SpanId>,
    },
    /// Restart a span.
    RestartSpan {
        /// Which.
        span: SpanId,
        /// The calls that may be lost by it.
        named: Vec<CallId>,
    },
    /// Take channels out of service, or put them back.
    Service {
        /// On which span.
        span: SpanId,
        /// Which channel; all of the span where none is named.
        timeslot: Option<Timeslot>,
        /// They are to carry calls again.
        in_service: bool,
    },
    /// Have the network of a call keep who called.
    KeepCaller {
        /// Which call.
        call: CallId,
        /// Who wants it.
        by: Asker,
    },
    /// Test a port. Answered when the test is over.
    TestPort {
        /// Which.
        port: PortId,
        /// Whose test it is.
        order: TestOrder,
        /// The telephone's port that a cable joins it to, and that is to ring it.
        from: Option<PortId>,
    },
    /// Take it that ports were found so by tests of earlier lives, the oldest first: what was wrong still is.
    RecallPortTests {
        /// Which, and what was found.
        tests: Vec<(PortId, Findings)>,
    },
    /// Learn the busy tone of an outside line, or tell how far that has come. Answered at once.
    LearnPort {
        /// Which.
        port: PortId,
        /// What.
        act: LearnAct,
    },
    /// Let a supervisor hear a talk, or do it otherwise.
    Supervise {
        /// Which call.
        call: CallId,
        /// Who.
        person: PersonId,
        /// How; none where the supervisor hears it no more.
        mode: Option<SupervisorMode>,
    },
    /// Delete the greeting of a person's own.
    ResetGreeting {
        /// Whose.
        person: PersonId,
    },
    /// Have something of a talk masked, or no more.
    Mask {
        /// Of which.
        of: MaskOf,
        /// What.
        what: Masking,
        /// Whether; else it is to end.
        on: bool,
        /// Who wants it.
        by: Asker,
    },
}

/// Of what something is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskOf {
    /// A call.
    Call(CallId),
    /// The call at a telephone, as far as the settings let it.
    Telephone(PortId),
}

/// What call control answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlReply {
    /// The state of everything.
    Snapshot(Snapshot),
    /// The call is being ended.
    Ending,
    /// There is no such call any more.
    NoSuchCall,
    /// It was done at the handset.
    HandsetDone,
    /// The handset's device is not there, so nothing was done.
    NoDevice,
    /// No handset is on that jack.
    NoSuchHandset,
    /// A piece of a pcap file and where the next one begins; nothing at the end.
    TracePiece(Option<(Vec<u8>, Cursor)>),
    /// What the traces have.
    Ladders(Vec<LadderNow>),
    /// The calls on the span. Where its restart was wanted, nothing was done.
    CallsOnSpan(Vec<CallId>),
    /// The span is being restarted.
    Restarting,
    /// The channels are out of service, or in service again; these calls on them go on.
    Serviced {
        /// The calls.
        calls: Vec<CallId>,
    },
    /// The network has answered.
    CallerKept {
        /// Why it did not keep who called; it did without.
        refused: Option<ServiceRefusal>,
    },
    /// The call has no leg over ISDN.
    NotOverIsdn,
    /// What the test of the port found; or why it was not tested.
    PortTested(Result<TestedPort, NotTested>),
    /// It was taken.
    Recalled,
    /// How far learning has come; or why it was not begun.
    PortLearning(Result<Learning, NotTested>),
    /// The supervisor's telephone rings, or it is done otherwise; or why not.
    Supervised(Result<(), NotSupervised>),
    /// The greeting goes; false where there was none.
    GreetingReset(bool),
    /// It is masked, or is to end; or why not.
    Masked(Result<(), NotMasked>),
    /// No such span carries ISDN.
    NoSuchSpan,
    /// The span has no such B-channel.
    NoSuchTimeslot,
}

/// What a person does at a handset, whose hook and keys are on the page.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandsetAct {
    /// Takes it off its hook: answers, or is ready, or gets dial tone.
    Lift,
    /// Puts it down.
    PutDown,
    /// Presses a key.
    Key(Key),
}

impl fmt::Debug for HandsetAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Which key is nobody's business but the call's.
        f.write_str(match self {
            HandsetAct::Lift => "Lift",
            HandsetAct::PutDown => "PutDown",
            HandsetAct::Key(_) => "Key",
        })
    }
}

/// The state of the lines, the calls and the queues at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When.
    pub at: Stamp,
    /// Every jack, in the order of the board file.
    pub jacks: Vec<JackNow>,
    /// Every E1 span, in the order of the board file.
    pub spans: Vec<SpanNow>,
    /// The calls that have not ended, oldest first.
    pub calls: Vec<CallNow>,
    /// The queues, in the order of the settings.
    pub queues: Vec<QueueNow>,
    /// How many wrong PINs there were at telephones since a person's last right one, for those who have some.
    #[serde(default)]
    pub wrong_pins: Vec<(PersonId, u32)>,
    /// Who has a greeting of their own, and when it was recorded.
    #[serde(default)]
    pub own_greetings: Vec<(PersonId, Utc)>,
    /// The spans whose clock is not the box's.
    pub clocks: Vec<ClockNow>,
    /// What cards have counted of their spans, for those that count.
    pub counters: Vec<CountersNow>,
    /// Since when they count: since this life of the box took the cards.
    #[serde(default)]
    pub counted_since: Stamp,
    /// The lanes on which an echo was found, where the box cancels it.
    pub echoes: Vec<EchoNow>,
    /// How loud the lanes in use are.
    pub levels: Vec<LevelsNow>,
}

/// The echo of a lane that the box cancels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoNow {
    /// Which.
    pub lane: LaneId,
    /// How much weaker it comes back than what went out: the echo return loss.
    pub erl_db: u8,
    /// How much of it is taken off, where that could be measured.
    pub erle_db: Option<u8>,
    /// How long it takes from the jack and back.
    pub delay_ms: u8,
    /// How often the lane was begun anew because its numbers had run away.
    pub resets: u8,
}

/// How loud a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelsNow {
    /// Which.
    pub lane: LaneId,
    /// What its party says.
    pub said: LevelNow,
    /// What its party hears.
    pub heard: LevelNow,
}

/// How loud one way of a lane is, in whole dB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelNow {
    /// In the last second.
    pub rms_dbm0: i8,
    /// Its loudest sample in that time, as the level of a sine that reaches it.
    pub peak_dbm0: i8,
    /// While somebody speaks, once somebody did (ITU-T P.56).
    pub speech_dbm0: Option<i8>,
    /// How much of the time somebody spoke, in percent.
    pub activity_pct: u8,
}

/// What a card has counted of a span since [`Snapshot::counted_since`]. Each count is of this span alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountersNow {
    /// Which.
    pub span: SpanId,
    /// What went wrong with its audio.
    pub audio: AudioCounts,
    /// What went wrong with the frames of its D-channel.
    pub frames: FrameCounts,
    /// What its framer saw of the line.
    pub line: LineCounts,
}

/// What went wrong with the audio of a span, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioCounts {
    /// The card threw audio away.
    pub overruns: u64,
    /// The line heard silence.
    pub underruns: u64,
    /// There was no block.
    pub slips: u64,
    /// The box came late.
    pub late_ticks: u64,
}

/// The frames of a D-channel that its receiver dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameCounts {
    /// With a wrong check sequence.
    pub bad_fcs: u64,
    /// Cut short.
    pub aborts: u64,
    /// For which there was no room.
    pub overruns: u64,
}

/// What a framer counts of its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounts {
    /// Violations of the line code.
    pub code_violations: u64,
    /// Blocks with a wrong CRC-4.
    pub crc4_errors: u64,
    /// Blocks that the far end told to be wrong.
    pub far_end_errors: u64,
    /// Wrong frame alignment signals.
    pub framing_errors: u64,
    /// Seconds with any of these.
    pub errored_seconds: u64,
}

/// The clock of a span that runs on a crystal of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockNow {
    /// Which.
    pub span: SpanId,
    /// How much faster than the box's clock it runs, in parts per million.
    pub ppm: i32,
    /// Ticks that were lost or made up by it since the start.
    pub slips: u64,
}

/// One jack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JackNow {
    /// Which.
    pub port: PortId,
    /// Its span: of an E1 its own, of others one for all jacks of the card.
    pub span: SpanId,
    /// What is written beside it.
    pub label: String,
    /// What it is.
    pub kind: CardKind,
    /// How it is.
    pub state: JackState,
    /// The call on it; none on an E1, which has one a timeslot.
    pub call: Option<CallId>,
    /// What is set for its calls, of a telephone.
    #[serde(default)]
    pub wishes: Wishes,
    /// Its box for messages, where it has one.
    #[serde(default)]
    pub mailbox: Option<MailboxView>,
}

/// How a jack is. Of an E1: `Idle` where it is in service, `Talking` where any call is on it, `Alarm` where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JackState {
    /// On hook; in service.
    Idle,
    /// Off hook: dial tone, or digits come.
    Dialling,
    /// It rings; an outside line: the network rings.
    Ringing,
    /// In a call.
    Talking,
    /// In a call that is held.
    Hold,
    /// Off hook, and nobody there.
    LeftOffHook,
    /// Out of service.
    Alarm,
}

/// One E1 span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanNow {
    /// Which.
    pub span: SpanId,
    /// Its jack.
    pub port: PortId,
    /// What the line says.
    pub line: SpanLine,
    /// Whether the D-channel's data link is up.
    pub link: LinkState,
    /// Over which D-channel its calls are signalled, where it shares one with other lines.
    #[serde(default)]
    pub shared: Option<SharedDChannel>,
    /// Timeslots 1 to 31, of a T1 1 to 24, lowest first.
    pub timeslots: Vec<TimeslotNow>,
    /// Those that people have taken out of service. A call that is on one goes on.
    pub taken_out: Vec<Timeslot>,
}

/// The D-channel of lines that share one or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedDChannel {
    /// The line of the primary one.
    pub primary: SpanId,
    /// The line of the one in use; none where all are lost.
    pub active: Option<SpanId>,
}

/// What a span says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanLine {
    /// Signal both ways.
    Good,
    /// No signal arrives.
    Red,
    /// The far end receives nothing.
    Yellow,
    /// All ones arrive.
    Blue,
}

/// The data link of a D-channel (ITU-T Q.921).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Established.
    Up,
    /// Being established.
    Coming,
    /// Not established.
    Down,
    /// Both ends play the same role.
    SameRole,
}

/// One timeslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeslotNow {
    /// Which.
    pub timeslot: Timeslot,
    /// How it is.
    pub state: TimeslotState,
}

/// How a timeslot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeslotState {
    /// It carries the D-channel.
    Signalling,
    /// Free.
    Idle,
    /// A call is being set up.
    Ringing,
    /// In a call.
    Talking,
    /// In a call that is held.
    Hold,
    /// Not to be used.
    Blocked,
}

/// One call that has not ended. Numbers are masked before they leave call control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallNow {
    /// Which.
    pub call: CallId,
    /// Which way it goes.
    pub direction: Direction,
    /// How much it matters.
    pub class: CallClass,
    /// Who calls, masked.
    pub from_masked: Option<String>,
    /// Who is wanted: a number masked, an extension whole.
    pub to_masked: Option<String>,
    /// What goes on.
    pub phase: CallPhase,
    /// What of it is masked.
    #[serde(default)]
    pub masked: Vec<Masking>,
    /// Whether a supervisor hears it, or may.
    #[serde(default)]
    pub supervised: SupervisedNow,
    /// Since when it does.
    pub since: Stamp,
    /// The lanes that it holds.
    pub lanes: Vec<LaneId>,
}

/// Whether a supervisor hears a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisedNow {
    /// Nobody does, or may.
    #[default]
    No,
    /// Nobody does; a supervisor may.
    May,
    /// Somebody does.
    By {
        /// Who.
        person: PersonId,
        /// How.
        mode: SupervisorMode,
    },
}

/// What goes on in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPhase {
    /// Digits come.
    Dialling,
    /// A flow has it.
    Flow {
        /// The flow's name.
        flow: String,
    },
    /// It waits in a queue.
    Waiting {
        /// The queue's name.
        queue: String,
    },
    /// It rings at the called party.
    Ringing,
    /// Both talk.
    Talking,
    /// Held.
    Hold,
    /// Parked.
    Parked {
        /// The place.
        place: String,
    },
    /// The caller leaves a message.
    LeavesMail {
        /// For whom.
        extension: String,
    },
    /// Somebody hears messages.
    HearsMail {
        /// Whose.
        extension: String,
    },
    /// A supervisor hears the talk of another call.
    Supervising,
    /// It is being ended.
    Ending,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueNow {
    /// Its name.
    pub name: String,
    /// How many callers wait.
    pub waiting: u16,
    /// Since when the first of them waits.
    pub oldest: Option<Stamp>,
    /// The places of its agents.
    pub agents: Vec<AgentNow>,
}

/// One place of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentNow {
    /// The extension.
    pub extension: String,
    /// What goes on there.
    pub state: AgentState,
}

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Free for the next call.
    Free,
    /// Being rung.
    Ringing,
    /// In a call.
    Talking,
    /// Left alone after a call.
    WrapUp,
    /// On pause.
    Paused,
}
