//! What lines, calls and queues are doing now, for pages.

use std::{collections::BTreeMap, time::Duration};

use acd::AgentState as Agent;
use call::{CallView, Doing, LegView, Number, SupervisedView};
use frame::{CallId, LaneId, LegId, PortId, SpanId, Stamp, Time, Timeslot, Utc};
use isdn::{ChannelState, trace::Cursor};
use line::Alarms;
use settings::{CardKind, Jack};

use super::plane::Plane;
use crate::{
    handles::{
        AgentNow, AgentState, CallNow, CallPhase, JackNow, JackState, LadderNow, LinkState, QueueNow, SharedDChannel,
        Snapshot, SpanLine, SpanNow, SupervisedNow, TimeslotNow, TimeslotState,
    },
    journal::Alarm,
};

impl Plane {
    /// Everything that a page shows of now; `at` is the moment of asking.
    pub fn snapshot(&self, at: Stamp) -> Snapshot {
        let views: Vec<CallView> = self.control.views().collect();
        let lanes = lanes(&views);
        Snapshot {
            at,
            jacks: self.layout.jacks.iter().map(|jack| self.jack_now(jack, &lanes)).collect(),
            spans: self.layout.jacks.iter().filter_map(|jack| self.span_now(jack, &lanes)).collect(),
            calls: views.iter().map(|view| call_now(view, at)).collect(),
            queues: self.queues.iter().map(|queue| self.queue_now(queue, &views, at)).collect(),
            wrong_pins: self.pin_locks.wrong().collect(),
            own_greetings: self.control.own_greetings().collect(),
            // The media thread's and the cards'; the shell adds them.
            clocks: Vec::new(),
            levels: Vec::new(),
            counters: Vec::new(),
            counted_since: at,
            echoes: Vec::new(),
        }
    }

    /// What the signalling of a span ignored, dropped or refused; none where it has no ISDN.
    pub fn counters(&self, span: SpanId) -> Option<&isdn::Counters> {
        Some(self.machines.get(span)?.counters())
    }

    /// The next piece of a span's trace as pcap without its header, and the place after it; `None` where the span has no
    /// trace.
    pub fn trace_piece(&self, span: SpanId, from: Option<Cursor>, at: Stamp) -> Option<Option<(Vec<u8>, Cursor)>> {
        self.traces.piece(span, from, at)
    }

    /// What the traces have of these legs.
    pub fn ladders(&self, legs: &[LegId], at: Stamp) -> Vec<LadderNow> {
        self.traces.ladders(legs, at)
    }

    fn jack_now(&self, jack: &Jack, lanes: &BTreeMap<LaneId, (CallId, TimeslotState, bool)>) -> JackNow {
        let on_lane = lanes.get(&jack.lane);
        let state = match jack.kind {
            CardKind::E1 | CardKind::T1 => self.trunk_state(jack.lane.span, lanes),
            CardKind::Fxs => self.telephone_state(jack.port, on_lane),
            CardKind::Fxo => self.outside_state(jack.port, on_lane),
            CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => self.sound_state(jack, on_lane),
        };
        let call = on_lane.map(|(call, ..)| *call);
        let wishes =
            self.extensions.get(&jack.port).and_then(|extension| self.control.wishes().get(extension)).cloned();
        JackNow {
            port: jack.port,
            span: jack.lane.span,
            label: jack.label.clone(),
            kind: jack.kind,
            state,
            call,
            wishes: wishes.unwrap_or_default(),
            mailbox: self.mailbox(jack.port),
        }
    }

    fn trunk_state(&self, span: SpanId, lanes: &BTreeMap<LaneId, (CallId, TimeslotState, bool)>) -> JackState {
        let down = self.machines.get(span).is_some_and(|machine| !machine.is_link_up());
        if self.alarms.of_span(span).mutes() || down {
            return JackState::Alarm;
        }
        let mut states = lanes.iter().filter(|(lane, _)| lane.span == span).map(|(_, (_, state, _))| *state);
        if states.any(|state| state == TimeslotState::Talking) { JackState::Talking } else { JackState::Idle }
    }

    fn telephone_state(&self, port: PortId, on_lane: Option<&(CallId, TimeslotState, bool)>) -> JackState {
        match on_lane {
            Some((_, _, true)) => JackState::Dialling,
            Some((_, TimeslotState::Ringing, _)) => JackState::Ringing,
            Some(_) => JackState::Talking,
            None if self.stations.get(&port).is_some_and(|station| !station.machine.is_free()) => {
                JackState::LeftOffHook
            }
            None => JackState::Idle,
        }
    }

    /// A line-in has no call, whoever listens to it.
    fn sound_state(&self, jack: &Jack, on_lane: Option<&(CallId, TimeslotState, bool)>) -> JackState {
        if self.sound_devices.would_sound(jack.lane) {
            self.telephone_state(jack.port, on_lane)
        } else {
            JackState::Alarm
        }
    }

    /// An outside line rings on where nobody wants its call.
    fn outside_state(&self, port: PortId, on_lane: Option<&(CallId, TimeslotState, bool)>) -> JackState {
        match on_lane {
            Some((_, TimeslotState::Ringing, _)) => JackState::Ringing,
            Some(_) => JackState::Talking,
            None if self.outside.get(&port).is_some_and(|outside| outside.machine.rings()) => JackState::Ringing,
            None => JackState::Idle,
        }
    }

    fn span_now(&self, jack: &Jack, lanes: &BTreeMap<LaneId, (CallId, TimeslotState, bool)>) -> Option<SpanNow> {
        let id = jack.lane.span;
        let machine = self.machines.get(id)?;
        let alarms = self.alarms.of_span(id);
        let link = match () {
            () if self.alarms.holds(&Alarm::SameRole { span: id }) => LinkState::SameRole,
            () if machine.is_link_up() => LinkState::Up,
            () if alarms.mutes() => LinkState::Down,
            () => LinkState::Coming,
        };
        let last = self.layout.span(id)?.timeslots;
        let timeslots = (1..last).map(Timeslot).map(|timeslot| {
            let used = lanes.get(&LaneId::new(id, timeslot)).map(|(_, state, _)| *state);
            let state = used.unwrap_or_else(|| match machine.channel(timeslot) {
                None => TimeslotState::Signalling,
                Some(ChannelState::Idle | ChannelState::Busy(_)) => TimeslotState::Idle,
                Some(ChannelState::Restarting | ChannelState::Maintenance | ChannelState::OutOfService { .. }) => {
                    TimeslotState::Blocked
                }
            });
            TimeslotNow { timeslot, state }
        });
        let shared =
            self.machines.in_use(id).map(|in_use| SharedDChannel { primary: in_use.primary, active: in_use.active });
        let (timeslots, taken_out) = (timeslots.collect(), self.out_of_service(id));
        Some(SpanNow { span: id, port: jack.port, line: line(alarms), link, shared, timeslots, taken_out })
    }

    fn queue_now(&self, name: &str, views: &[CallView], at: Stamp) -> QueueNow {
        let waiting: Vec<CallId> = self.control.queues().waiting(name).collect();
        let began = |call: &CallId| views.iter().find(|view| view.call == *call).map(|view| stamp(view.began, at));
        let members = self.members.get(name).map(Vec::as_slice).unwrap_or_default();
        let agents = self.control.queues().agents().filter(|(port, _)| members.contains(port));
        QueueNow {
            name: name.to_owned(),
            waiting: waiting.len().try_into().unwrap_or(u16::MAX),
            oldest: waiting.iter().filter_map(began).min_by_key(|began| began.time),
            agents: agents
                .filter_map(|(port, state)| Some(AgentNow { extension: self.extension(port)?, state: agent(state)? }))
                .collect(),
        }
    }

    fn extension(&self, port: PortId) -> Option<String> {
        self.extensions.get(&port).cloned()
    }
}

/// What each lane carries: its call, whether it rings or talks, and whether a person dials there.
fn lanes(views: &[CallView]) -> BTreeMap<LaneId, (CallId, TimeslotState, bool)> {
    let of = |view: &CallView, leg: &LegView| {
        let state = if leg.answered || leg.station.is_some() && leg.caller {
            TimeslotState::Talking
        } else {
            TimeslotState::Ringing
        };
        (leg.lane, (view.call, state, leg.caller && view.doing == Doing::Dialling))
    };
    views.iter().flat_map(|view| view.legs.iter().map(move |leg| of(view, leg))).collect()
}

fn call_now(view: &CallView, at: Stamp) -> CallNow {
    CallNow {
        masked: view.masked.clone(),
        supervised: match view.supervised {
            SupervisedView::No => SupervisedNow::No,
            SupervisedView::May => SupervisedNow::May,
            SupervisedView::By(person, mode) => SupervisedNow::By { person, mode },
        },
        call: view.call,
        direction: view.direction,
        class: view.class,
        from_masked: view.from.as_ref().map(Number::masked),
        to_masked: view.to.as_ref().map(Number::masked),
        phase: match &view.doing {
            Doing::Dialling => CallPhase::Dialling,
            Doing::Flow(flow) => CallPhase::Flow { flow: flow.clone() },
            Doing::Waiting(queue) => CallPhase::Waiting { queue: queue.clone() },
            Doing::Ringing => CallPhase::Ringing,
            Doing::Talking => CallPhase::Talking,
            Doing::Held => CallPhase::Hold,
            Doing::Parked(place) => CallPhase::Parked { place: place.clone() },
            Doing::LeavesMail(extension) => CallPhase::LeavesMail { extension: extension.clone() },
            Doing::HearsMail(extension) => CallPhase::HearsMail { extension: extension.clone() },
            Doing::Supervising => CallPhase::Supervising,
            Doing::Ending => CallPhase::Ending,
        },
        since: stamp(view.began, at),
        lanes: view.legs.iter().map(|leg| leg.lane).collect(),
    }
}

/// The stamp of an earlier moment of this boot.
fn stamp(time: Time, at: Stamp) -> Stamp {
    let ago: Duration = at.time.since(time);
    Stamp { boot: at.boot, time, utc: Utc::from_us(at.utc.as_us() - ago.as_micros() as i64) }
}

fn line(alarms: Alarms) -> SpanLine {
    match () {
        () if alarms.contains(Alarms::RED) => SpanLine::Red,
        () if alarms.contains(Alarms::BLUE) => SpanLine::Blue,
        () if alarms.contains(Alarms::YELLOW) => SpanLine::Yellow,
        () => SpanLine::Good,
    }
}

/// Who is signed out is not shown among the agents.
fn agent(state: Agent) -> Option<AgentState> {
    Some(match state {
        Agent::Available { .. } => AgentState::Free,
        Agent::Ringing { .. } => AgentState::Ringing,
        Agent::Talking { .. } | Agent::Busy => AgentState::Talking,
        Agent::WrapUp { .. } => AgentState::WrapUp,
        Agent::Paused(_) | Agent::Unavailable => AgentState::Paused,
        Agent::SignedOut => return None,
    })
}
