//! The settings of one span, and what became of a change to them.

use frame::Timeslot;

use crate::{
    ChannelNumbers, Dialect, Hunting, LineKind, LinkSettings, Role, Rules, TimerTable,
    q931::{
        Element, Message, MessageKind,
        element::{ChannelChoice, ChannelId, InterfaceId, Location, TimeslotSet},
    },
};

/// How a span is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanSettings {
    /// Our side of the interface.
    pub role: Role,
    /// How the far end speaks.
    pub dialect: Dialect,
    /// The line under the span.
    pub line: LineKind,
    /// The B-channels.
    pub channels: TimeslotSet,
    /// How the far end numbers them.
    pub channel_numbers: ChannelNumbers,
    /// What the far end calls this line, where several share a D-channel: 0 to 127.
    pub interface: Option<u8>,
    /// From which end a free channel is looked for.
    pub hunting: Hunting,
    /// How long each timer of Q.931 runs.
    pub timers: TimerTable,
    /// The data link's parameters.
    pub link: LinkSettings,
    /// Where the far end clears with a tone or an announcement, the call is kept for it until we clear or T306 ends it.
    pub keep_tones: bool,
    /// The far end may put its calls on hold (EN 300 141). Otherwise HOLD is rejected with cause 50.
    pub far_end_may_hold: bool,
    /// A held call keeps its B-channel, so that it can be retrieved at any time. Otherwise the channel is free for another
    /// call.
    pub hold_keeps_channel: bool,
    /// The network may be asked to join calls of ours ([`Request::Transfer`](crate::Request::Transfer)). DMS-100 has to know
    /// in the SETUP that a call may come to that; the others need not.
    pub asks_for_transfer: bool,
    /// A number that no other box has, drawn by the caller. It tells a loop from a far end in the same role.
    pub distinct: u64,
}

impl SpanSettings {
    /// A span on the line that its dialect is usually spoken on, with the standard's values.
    pub fn of(role: Role, dialect: Dialect) -> SpanSettings {
        let rules = dialect.rules();
        SpanSettings {
            role,
            dialect,
            line: rules.line,
            channels: rules.line.channels(),
            channel_numbers: ChannelNumbers::default(),
            interface: None,
            hunting: Hunting::against(role),
            timers: rules.timers(role),
            link: LinkSettings::default(),
            keep_tones: true,
            far_end_may_hold: false,
            hold_keeps_channel: true,
            asks_for_transfer: false,
            distinct: 0,
        }
    }

    /// A line of this kind, whatever the dialect.
    pub fn on(line: LineKind, role: Role, dialect: Dialect) -> SpanSettings {
        SpanSettings { line, channels: line.channels(), ..SpanSettings::of(role, dialect) }
    }

    /// An E1, whatever the dialect.
    pub fn e1(role: Role, dialect: Dialect) -> SpanSettings {
        SpanSettings::on(LineKind::E1, role, dialect)
    }

    /// What the dialect says.
    pub(crate) fn rules(&self) -> Rules {
        self.dialect.rules()
    }

    /// Where our causes and progress indications come from.
    pub(crate) fn location(&self) -> Location {
        self.rules().location.of(self.role)
    }

    /// Whether channels are named as this crate names them: by timeslot, on the only line there is.
    pub(crate) fn names_channels_plainly(&self) -> bool {
        self.interface.is_none() && self.channel_numbers == ChannelNumbers::Timeslots
    }

    /// Turns the channels of a message into our own.
    pub(crate) fn read_channels(&self, message: &mut Message) {
        self.channel_numbers.read(message);
        let setup = message.kind == MessageKind::Setup;
        for element in &mut message.elements {
            if let Element::ChannelId(channel) = element
                && !self.is_ours(channel)
            {
                // A SETUP with a channel of another line comes here where another will do; a call can't move there.
                channel.choice = if setup { ChannelChoice::Any } else { ChannelChoice::Timeslots(NOWHERE) };
            }
        }
    }

    fn is_ours(&self, channel: &ChannelId) -> bool {
        match (self.interface, &channel.interface) {
            (Some(ours), Some(named)) => named.as_slice() == [LAST | ours],
            (None, _) | (_, None) => true,
        }
    }

    /// Names the channels of a message as the far end does.
    pub(crate) fn name_channels(&self, message: &mut Message) {
        self.channel_numbers.write(message);
        for element in &mut message.elements {
            if let Element::ChannelId(channel) = element {
                self.name_interface(channel);
            }
        }
    }

    /// Names the line of a channel, unless it is named.
    pub(crate) fn name_interface(&self, channel: &mut ChannelId) {
        let named = self.interface.map(|interface| InterfaceId::from_iter([LAST | interface]));
        channel.interface = channel.interface.take().or(named);
    }

    /// Whether a span with these settings can go on with `other` without setting anything up anew.
    pub(crate) fn same_line(&self, other: &SpanSettings) -> bool {
        let line = |settings: &SpanSettings| {
            let SpanSettings { role, dialect, line, channels, channel_numbers, interface, distinct, .. } = *settings;
            (role, dialect, line, channels, channel_numbers, interface, distinct)
        };
        line(self) == line(other)
    }
}

/// The interface identifier ends with this octet. Q.931, 4.5.13.
const LAST: u8 = 0x80;

/// The timeslot of the framing, which is no channel.
const NOWHERE: TimeslotSet = TimeslotSet::one(Timeslot(0));

/// What became of new settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// They hold.
    Applied,
    /// They hold as soon as the span has no call.
    WhenIdle,
    /// They hold after a restart. A span never needs one.
    NeedsRestart,
}
