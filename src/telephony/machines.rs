//! The ISDN machines under the spans: one for each D-channel, or for each group of lines that share one.
//!
//! Source: ITU-T Q.931, 4.5.13 and Annex F (non-associated signalling). Which lines share a D-channel is said by their trunk
//! group; their interfaces are numbered from 0 in the order of its ports, as exchanges number them (Telcordia SR-4994, 2).
//! Not here: what a call means; that is each span's [`IsdnSpan`](super::span::IsdnSpan).

use std::collections::{BTreeMap, BTreeSet};

use frame::{SpanId, Time, Timeslot};
use isdn::{
    Adopted, CallEntry, CallHandle, ChannelNumbers, Dialect, Group, GroupInput, GroupOutput, GroupSettings, Hunting,
    Input, LineKind, Output, Request, Role, SetupRefused, SetupRequest, Span, SpanSettings,
};
use settings::{Applied, CardKind, Layout, Settings, TrunkGroup};

/// All ISDN machines of the box.
#[derive(Debug, Default)]
pub(super) struct Machines {
    own: BTreeMap<SpanId, Span>,
    /// By the span of the first line.
    groups: BTreeMap<SpanId, SharedLines>,
}

/// Lines that share a D-channel.
#[derive(Debug)]
struct SharedLines {
    machine: Group,
    /// The span of each interface, in their order.
    spans: Vec<SpanId>,
}

/// The machine of one span, to ask something of it.
pub(super) enum Machine<'a> {
    /// It has its D-channel.
    Own(&'a mut Span),
    /// It is this interface of a group.
    Line(&'a mut Group, u8),
}

/// What a machine wants done.
#[expect(clippy::large_enum_variant, reason = "almost all of them are frames, which must not cost an allocation")]
pub(super) enum Told {
    /// A span, as one with a D-channel of its own has it.
    Span(SpanId, Output),
    /// Signalling of the lines that share D-channels goes over another one.
    Active(DChannelInUse),
    /// The data link of one of the D-channels that lines share is up or down.
    DChannel {
        /// The line that it is on.
        span: SpanId,
        /// Whether it is up.
        up: bool,
    },
}

/// Over which D-channel lines are signalled that share one or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DChannelInUse {
    /// The line of the primary D-channel.
    pub(super) primary: SpanId,
    /// The line whose D-channel carries the signalling; none where all are lost.
    pub(super) active: Option<SpanId>,
}

/// A machine as the settings want it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wanted {
    /// A span with its D-channel.
    Own(SpanId, Box<SpanSettings>),
    /// Lines that share D-channels: a span for each interface.
    Shared(Vec<SpanId>, Box<GroupSettings>),
}

impl Machine<'_> {
    /// Asks something of the span or one of its calls.
    pub(super) fn request(&mut self, now: Time, request: Request) {
        match self {
            Machine::Own(span) => span.handle_input(now, Input::Request(request)),
            Machine::Line(group, interface) => {
                group.handle_input(now, GroupInput::Request { interface: *interface, request });
            }
        }
    }

    /// Places a call.
    pub(super) fn setup(&mut self, now: Time, setup: SetupRequest) -> Result<CallHandle, SetupRefused> {
        match self {
            Machine::Own(span) => span.setup(now, setup),
            Machine::Line(group, interface) => group.setup_on(now, *interface, setup),
        }
    }

    /// Takes calls over from the last life.
    pub(super) fn adopt(&mut self, now: Time, entries: &[CallEntry]) -> Vec<Adopted> {
        match self {
            Machine::Own(span) => span.adopt(now, entries),
            Machine::Line(group, interface) => group.adopt(now, *interface, entries),
        }
    }

    /// Gives a call its number in the call table.
    pub(super) fn set_tag(&mut self, now: Time, call: CallHandle, tag: u64) {
        match self {
            Machine::Own(span) => span.set_tag(now, call, tag),
            Machine::Line(group, interface) => group.set_tag(now, *interface, call, tag),
        }
    }

    /// The channel that a call has.
    pub(super) fn timeslot(&self, call: CallHandle) -> Option<Timeslot> {
        match self {
            Machine::Own(span) => span.timeslot(call),
            Machine::Line(group, interface) => group.line(*interface)?.timeslot(call),
        }
    }
}

impl Machines {
    /// Machines at rest.
    pub(super) fn new(wanted: Vec<Wanted>) -> Machines {
        let mut machines = Machines::default();
        wanted.into_iter().for_each(|wanted| machines.add(wanted));
        machines
    }

    /// The machine of a span.
    pub(super) fn get_mut(&mut self, span: SpanId) -> Option<Machine<'_>> {
        if let Some(own) = self.own.get_mut(&span) {
            return Some(Machine::Own(own));
        }
        let group = self.groups.values_mut().find(|group| group.spans.contains(&span))?;
        let interface = group.interface(span)?;
        Some(Machine::Line(&mut group.machine, interface))
    }

    /// The calls and channels of a span.
    pub(super) fn get(&self, span: SpanId) -> Option<&Span> {
        self.own.get(&span).or_else(|| {
            let group = self.group_of(span)?;
            group.machine.line(group.interface(span)?)
        })
    }

    /// How many channels of a span can carry calls, those that do included.
    pub(super) fn usable_channels(&self, span: SpanId) -> usize {
        let shared = self.group_of(span).and_then(|group| Some(group.machine.usable_channels(group.interface(span)?)));
        shared.or_else(|| self.own.get(&span).map(Span::usable_channels)).unwrap_or(0)
    }

    /// Over which D-channel a span is signalled, where it shares one with others.
    pub(super) fn in_use(&self, span: SpanId) -> Option<DChannelInUse> {
        self.group_of(span).map(SharedLines::in_use)
    }

    /// The spans whose D-channels may carry the signalling of a span.
    pub(super) fn signalled_on(&self, span: SpanId) -> impl Iterator<Item = SpanId> + use<> {
        let on: Vec<SpanId> = match self.group_of(span) {
            Some(group) => group.machine.d_channels().iter().map(|interface| group.span(*interface)).collect(),
            None => vec![span],
        };
        on.into_iter()
    }

    /// Layer 1 of a span is up or down.
    pub(super) fn layer1(&mut self, now: Time, span: SpanId, up: bool) {
        match self.get_mut(span) {
            Some(Machine::Own(own)) => own.handle_input(now, Input::Layer1(up)),
            Some(Machine::Line(group, interface)) => group.handle_input(now, GroupInput::Layer1 { interface, up }),
            None => (),
        }
    }

    /// A good frame from the D-channel of a span.
    pub(super) fn frame(&mut self, now: Time, span: SpanId, octets: &[u8]) {
        match self.get_mut(span) {
            Some(Machine::Own(own)) => own.handle_input(now, Input::Frame(octets)),
            Some(Machine::Line(group, interface)) => group.handle_input(now, GroupInput::Frame { interface, octets }),
            None => (),
        }
    }

    /// When [`Machines::run_due`] is due.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        let own = self.own.values().filter_map(Span::next_deadline);
        own.chain(self.groups.values().filter_map(|group| group.machine.next_deadline())).min()
    }

    /// Runs timers that are due.
    pub(super) fn run_due(&mut self, now: Time) {
        let is_due = |deadline: Option<Time>| deadline.is_some_and(|due| due <= now);
        for span in self.own.values_mut().filter(|span| is_due(span.next_deadline())) {
            span.handle_input(now, Input::Timeout);
        }
        for group in self.groups.values_mut().filter(|group| is_due(group.machine.next_deadline())) {
            group.machine.handle_input(now, GroupInput::Timeout);
        }
    }

    /// The next output, in each machine's order.
    pub(super) fn poll_output(&mut self) -> Option<Told> {
        let own = self.own.iter_mut().find_map(|(id, span)| Some(Told::Span(*id, span.poll_output()?)));
        own.or_else(|| self.groups.values_mut().find_map(SharedLines::poll_output))
    }

    /// What [`Machines::apply`] would answer now.
    pub(super) fn would_apply(&self, wanted: &[Wanted]) -> Applied {
        let of = |wanted: &Wanted| match (self.same(wanted), wanted) {
            (Some(Same::Own(span)), Wanted::Own(_, settings)) => applied(span.would_apply(settings)),
            (Some(Same::Shared(group)), Wanted::Shared(_, settings)) => applied(group.machine.would_apply(settings)),
            _ => at_once_if(wanted.spans().iter().all(|span| self.is_idle(*span))),
        };
        let gone = self.spans().filter(|span| !wanted.iter().any(|wanted| wanted.spans().contains(span)));
        wanted.iter().map(of).chain(gone.map(|span| at_once_if(self.is_idle(span)))).max().unwrap_or_default()
    }

    /// Makes the machines what is wanted. `is_up` tells whether layer 1 of a span is up. A machine that has calls, and
    /// whose lines are to be signalled for in another way, stays as it is until the next start.
    pub(super) fn apply(&mut self, now: Time, wanted: Vec<Wanted>, is_up: impl Fn(SpanId) -> bool) -> Applied {
        let answer = self.would_apply(&wanted);
        self.remove_unwanted(&wanted);
        for wanted in wanted {
            self.apply_one(now, wanted, &is_up);
        }
        answer
    }

    /// Whether a span has no call; one without a machine has none.
    pub(super) fn is_idle(&self, span: SpanId) -> bool {
        self.get(span).is_none_or(|machine| machine.call_count() == 0)
    }

    fn apply_one(&mut self, now: Time, wanted: Wanted, is_up: &impl Fn(SpanId) -> bool) {
        if wanted.spans().iter().all(|span| self.get(*span).is_none()) {
            let spans = wanted.spans().to_vec();
            self.add(wanted);
            return spans.into_iter().for_each(|span| self.layer1(now, span, is_up(span)));
        }
        match wanted {
            Wanted::Own(id, settings) => {
                if let Some(span) = self.own.get_mut(&id) {
                    span.apply(now, &settings);
                }
            }
            Wanted::Shared(spans, settings) => {
                if let Some(group) = self.groups.values_mut().find(|group| group.spans == spans) {
                    group.machine.apply(now, &settings);
                }
            }
        }
    }

    fn add(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Own(id, settings) => _ = self.own.insert(id, Span::new(*settings)),
            Wanted::Shared(spans, settings) => {
                let Some(first) = spans.first().copied() else { return };
                self.groups.insert(first, SharedLines { machine: Group::new(*settings), spans });
            }
        }
    }

    /// Takes machines out that serve no span, or none in that way, unless a call is on them or on a span that is to be
    /// served together with theirs.
    fn remove_unwanted(&mut self, wanted: &[Wanted]) {
        let busy: BTreeSet<SpanId> = self.spans().filter(|span| !self.is_idle(*span)).collect();
        let next = |span: &SpanId| wanted.iter().find(|wanted| wanted.spans().contains(span));
        let is_needed = |spans: &[SpanId]| {
            spans
                .iter()
                .flat_map(|span| next(span).map_or(std::slice::from_ref(span), Wanted::spans))
                .any(|span| busy.contains(span))
                || spans.iter().any(|span| busy.contains(span))
        };
        let own = |id: &SpanId| wanted.iter().any(|wanted| matches!(wanted, Wanted::Own(span, _) if span == id));
        self.own.retain(|id, _| own(id) || is_needed(&[*id]));
        let shared =
            |of: &[SpanId]| wanted.iter().any(|wanted| matches!(wanted, Wanted::Shared(spans, _) if spans == of));
        self.groups.retain(|_, group| shared(&group.spans) || is_needed(&group.spans));
    }

    /// The machine that serves the same spans in the same way.
    fn same(&self, wanted: &Wanted) -> Option<Same<'_>> {
        match wanted {
            Wanted::Own(id, _) => self.own.get(id).map(Same::Own),
            Wanted::Shared(spans, _) => self.groups.values().find(|group| group.spans == *spans).map(Same::Shared),
        }
    }

    fn spans(&self) -> impl Iterator<Item = SpanId> + '_ {
        self.own.keys().copied().chain(self.groups.values().flat_map(|group| group.spans.iter().copied()))
    }

    fn group_of(&self, span: SpanId) -> Option<&SharedLines> {
        self.groups.values().find(|group| group.spans.contains(&span))
    }
}

enum Same<'a> {
    Own(&'a Span),
    Shared(&'a SharedLines),
}

impl SharedLines {
    fn interface(&self, span: SpanId) -> Option<u8> {
        self.spans.iter().position(|line| *line == span).and_then(|at| u8::try_from(at).ok())
    }

    /// The span of an interface, of which the machine names only those that it was made with.
    fn span(&self, interface: u8) -> SpanId {
        self.spans[usize::from(interface)]
    }

    fn in_use(&self) -> DChannelInUse {
        let primary = self.span(self.machine.primary());
        DChannelInUse { primary, active: self.machine.active().map(|interface| self.span(interface)) }
    }

    fn poll_output(&mut self) -> Option<Told> {
        Some(match self.machine.poll_output()? {
            GroupOutput::Active(_) => Told::Active(self.in_use()),
            GroupOutput::DChannel { interface, up } => Told::DChannel { span: self.span(interface), up },
            GroupOutput::Line(interface, output) => Told::Span(self.span(interface), output),
        })
    }
}

impl Wanted {
    /// The spans that it serves.
    pub(super) fn spans(&self) -> &[SpanId] {
        match self {
            Wanted::Own(span, _) => std::slice::from_ref(span),
            Wanted::Shared(spans, _) => spans,
        }
    }
}

/// The machines that settings want on a board.
pub(super) fn wanted(settings: &Settings, layout: &Layout, distinct: u64) -> Vec<Wanted> {
    settings.trunks.iter().flat_map(|group| of_group(group, layout, distinct)).collect()
}

/// The spans of a trunk group, in its order.
pub(super) fn spans_of(group: &TrunkGroup, layout: &Layout) -> Vec<SpanId> {
    let jacks = group.ports.iter().filter_map(|port| layout.jack(*port));
    jacks.filter(|jack| jack.kind.is_trunk()).map(|jack| jack.lane.span).collect()
}

fn of_group(group: &TrunkGroup, layout: &Layout, distinct: u64) -> Vec<Wanted> {
    let spans = spans_of(group, layout);
    match shared(group, layout, &spans, distinct) {
        Some(settings) => vec![Wanted::Shared(spans, Box::new(settings))],
        None => {
            let kind = |span: SpanId| layout.span(span).map_or(CardKind::E1, |place| place.kind);
            let own = |span: SpanId| Wanted::Own(span, Box::new(span_settings(group, kind(span), distinct)));
            spans.into_iter().map(own).collect()
        }
    }
}

/// The lines of a trunk group that share D-channels; the check of the settings refuses what could not work.
fn shared(group: &TrunkGroup, layout: &Layout, spans: &[SpanId], distinct: u64) -> Option<GroupSettings> {
    let interface = |port: frame::PortId| {
        let span = layout.jack(port)?.lane.span;
        spans.iter().position(|line| *line == span).and_then(|at| u8::try_from(at).ok())
    };
    let primary = interface(group.d_channel?)?;
    let interfaces: Vec<u8> = (0..spans.len()).filter_map(|at| u8::try_from(at).ok()).collect();
    let backup = group.backup_d_channel.and_then(interface);
    let mut settings = GroupSettings::t1(role(group), dialect(group.dialect), &interfaces, primary, backup).ok()?;
    let lines = &mut settings.lines;
    (lines.hunting, lines.distinct, lines.keep_tones) = (hunting(group), distinct, false);
    lines.asks_for_transfer = asks_for_transfer(group);
    Some(settings)
}

fn span_settings(group: &TrunkGroup, kind: CardKind, distinct: u64) -> SpanSettings {
    let channel_numbers = match group.channel_numbers {
        settings::ChannelNumbers::Timeslots => ChannelNumbers::Timeslots,
        settings::ChannelNumbers::Consecutive => ChannelNumbers::Consecutive,
    };
    let line = if kind == CardKind::T1 { LineKind::T1 } else { LineKind::E1 };
    let settings = SpanSettings::on(line, role(group), dialect(group.dialect));
    // Without `keep_tones` a DISCONNECT with a tone is answered by RELEASE at once: the box tells its caller the cause by
    // a tone of its own, which is the same in every network.
    let asks_for_transfer = asks_for_transfer(group);
    SpanSettings {
        hunting: hunting(group),
        distinct,
        channel_numbers,
        asks_for_transfer,
        keep_tones: false,
        ..settings
    }
}

/// DMS-100 has to know in the SETUP that a call may be handed over to the network (GR-2857-CORE).
fn asks_for_transfer(group: &TrunkGroup) -> bool {
    group.hand_over != settings::HandOver::Never
}

fn role(group: &TrunkGroup) -> Role {
    match group.role {
        settings::Role::User => Role::User,
        settings::Role::Network => Role::Network,
    }
}

fn hunting(group: &TrunkGroup) -> Hunting {
    match group.hunting {
        None => Hunting::against(role(group)),
        Some(settings::Hunting::HighestFirst) => Hunting::HighToLow,
        Some(settings::Hunting::LowestFirst) => Hunting::LowToHigh,
    }
}

pub(super) fn dialect(dialect: settings::Dialect) -> Dialect {
    match dialect {
        settings::Dialect::China => Dialect::China,
        settings::Dialect::EuroIsdn => Dialect::EuroIsdn,
        settings::Dialect::Qsig => Dialect::Qsig,
        settings::Dialect::Ni2 => Dialect::Ni2,
        settings::Dialect::Dms100 => Dialect::Dms100,
        settings::Dialect::Att4ess => Dialect::Att4ess,
        settings::Dialect::Lucent5ess => Dialect::Lucent5ess,
    }
}

fn applied(applied: isdn::Applied) -> Applied {
    match applied {
        isdn::Applied::Applied => Applied::Applied,
        isdn::Applied::WhenIdle => Applied::WhenIdle,
        isdn::Applied::NeedsRestart => Applied::NeedsRestart,
    }
}

fn at_once_if(condition: bool) -> Applied {
    if condition { Applied::Applied } else { Applied::NeedsRestart }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_isdn_agree_which_dialects_are_of_t1_and_which_share_d_channels() {
        use settings::Dialect as D;
        for name in [D::China, D::EuroIsdn, D::Qsig, D::Ni2, D::Dms100, D::Att4ess, D::Lucent5ess] {
            let rules = dialect(name).rules();
            assert_eq!(rules.line == LineKind::T1, name.is_of_t1(), "{name:?}");
            assert_eq!(rules.shared_d_channel, name.is_of_t1(), "{name:?}");
        }
    }
}
