//! What is asked of the lines beside calls: the trace of a D-channel, the ladder of a call, the restart of a
//! span, what is out of service, who made a malicious call, what of a talk is masked, what is wrong with a port.

use analog::port_learn::Learning;
use call::{Masking, NotMasked, ServiceRefusal};
use frame::{CallId, LegId, PortId, SpanId, Stamp, Timeslot};
use isdn::trace::Ladder;
use serde::{Deserialize, Serialize};

use super::{Asker, CountersNow, JackNow, LearnAct, MaskOf, NotTested, SpanNow, TestedPort};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinesRequest {
    /// The trace of a span's D-channel as a pcap file. It is audited first.
    Trace {
        /// Which.
        span: SpanId,
        /// Who wants it.
        by: Asker,
        /// Why.
        reason: String,
    },
    /// What the traces have of these legs of a call.
    Ladders {
        /// The legs.
        legs: Vec<LegId>,
    },
    /// The calls on any of these spans, whatever they carry. To look is no act.
    CallsOn {
        /// Which.
        spans: Vec<SpanId>,
    },
    /// How all spans are. To look is no act.
    Spans,
    /// Restart a span. It is audited first.
    RestartSpan {
        /// Which.
        span: SpanId,
        /// The calls on it that may be lost: those that were named before.
        named: Vec<CallId>,
        /// Who wants it.
        by: Asker,
        /// Why.
        reason: String,
    },
    /// Take channels out of service, or put them back. It is audited first.
    Service {
        /// On which span.
        span: SpanId,
        /// Which channel; all of the span where none is named.
        timeslot: Option<Timeslot>,
        /// They are to carry calls again.
        in_service: bool,
        /// Who wants it.
        by: Asker,
        /// Why.
        reason: String,
    },
    /// Have the network of a call keep who called (malicious call identification). It is audited first.
    KeepCaller {
        /// Which call.
        call: CallId,
        /// Who wants it.
        by: Asker,
        /// Why.
        reason: String,
    },
    /// Test an analog port. It is audited first.
    TestPort {
        /// Which.
        port: PortId,
        /// Also where it is the last free line of its group.
        even_last: bool,
        /// The telephone's port that a cable joins it to, and that is to ring it.
        from: Option<PortId>,
        /// Who wants it.
        by: Asker,
        /// Why; a test needs no reason.
        reason: String,
    },
    /// Learn the busy tone of an outside line, or tell how far that has come. Its beginning is audited first.
    LearnPort {
        /// Which.
        port: PortId,
        /// What.
        act: LearnAct,
        /// Who wants it.
        by: Asker,
        /// Why; it needs no reason.
        reason: String,
    },
    /// Have something of a talk masked, or no more. No audit is waited for: a caller is about to key a number. The call's
    /// story says who did it.
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

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinesReply {
    /// The file, at most [`TRACE_MAX_OCTETS`].
    Trace(Vec<u8>),
    /// The ladders, in the order of the legs; none for a leg that no trace has.
    Ladders(Vec<LadderNow>),
    /// How all spans are.
    Spans(Box<SpansNow>),
    /// The span is being restarted.
    Restarting,
    /// Nothing was done: these calls are on the span, or on one of those that were asked for.
    CallsOnSpan(Vec<CallId>),
    /// The channels are out of service, or in service again.
    Serviced {
        /// The calls on them, which go on.
        calls: Vec<CallId>,
    },
    /// The network has kept who called.
    CallerKept,
    /// It has not.
    CallerNotKept(ServiceRefusal),
    /// It is masked, or is to end; or why not.
    Masked(Result<(), NotMasked>),
    /// What the test of the port found; or why it was not tested.
    PortTested(Result<TestedPort, NotTested>),
    /// How far learning has come; or why it was not begun.
    PortLearning(Result<Learning, NotTested>),
    /// Nothing was done.
    Refused(LinesRefusal),
}

/// How the spans are at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpansNow {
    /// Every jack, in the order of the board file.
    pub jacks: Vec<JackNow>,
    /// Those with ISDN.
    pub spans: Vec<SpanNow>,
    /// What cards have counted of them, for those that count.
    pub counters: Vec<CountersNow>,
    /// Since when they count.
    pub counted_since: Stamp,
}

/// The ladder of a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderNow {
    /// The span that carried it.
    pub span: SpanId,
    /// The moment of asking, which tells the wall clock of each rung.
    pub at: Stamp,
    /// What happened.
    pub ladder: Ladder,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinesRefusal {
    /// No such span carries ISDN.
    NoSuchSpan,
    /// The span has no such B-channel.
    NoSuchTimeslot,
    /// There is no such call any more.
    NoSuchCall,
    /// The call has no leg over ISDN.
    NotOverIsdn,
    /// The audit intent could not be made durable in time.
    NotAudited,
    /// Call control does not answer.
    NoAnswer,
}

/// The longest trace file: its header, and what the ring of a D-channel holds at most.
pub const TRACE_MAX_OCTETS: usize = isdn::trace::Trace::CAPACITY_OCTETS + isdn::trace::FILE_HEADER.len();
