//! The settings of one span, and what became of a change to them.

use crate::{Dialect, Hunting, LinkSettings, Role, TimerTable, q931::element::TimeslotSet};

/// How a span is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanSettings {
    /// Our side of the interface.
    pub role: Role,
    /// How the far end speaks.
    pub dialect: Dialect,
    /// The B-channels.
    pub channels: TimeslotSet,
    /// From which end a free channel is looked for.
    pub hunting: Hunting,
    /// How long each timer of Q.931 runs.
    pub timers: TimerTable,
    /// The data link's parameters.
    pub link: LinkSettings,
    /// Where the far end clears with a tone or an announcement, the call is kept for it until we clear or T306 ends it.
    pub keep_tones: bool,
    /// A number that no other box has, drawn by the caller. It tells a loop from a far end in the same role.
    pub distinct: u64,
}

impl SpanSettings {
    /// An E1 in a role, with the standard's values.
    pub fn e1(role: Role, dialect: Dialect) -> SpanSettings {
        SpanSettings {
            role,
            dialect,
            channels: TimeslotSet::E1,
            hunting: Hunting::against(role),
            timers: TimerTable::of(role),
            link: LinkSettings::default(),
            keep_tones: true,
            distinct: 0,
        }
    }

    /// Whether a span with these settings can go on with `other` without setting anything up anew.
    pub(crate) fn same_line(&self, other: &SpanSettings) -> bool {
        let line = |settings: &SpanSettings| (settings.role, settings.dialect, settings.channels, settings.distinct);
        line(self) == line(other)
    }
}

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
