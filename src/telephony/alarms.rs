//! Which alarms of lines hold: told once when they are raised and once when they are cleared.

use std::collections::{BTreeMap, BTreeSet};

use analog::fxs::StationEvent;
use frame::{PortId, SpanId};
use isdn::{Event, LinkFault};
use line::Alarms;

use crate::journal::Alarm;

/// The alarms of all lines.
#[derive(Debug, Default)]
pub(super) struct LineAlarms {
    raised: BTreeSet<Alarm>,
    /// What each span's card says.
    spans: BTreeMap<SpanId, Alarms>,
    /// What changed and was not told yet.
    changes: Vec<(Alarm, bool)>,
}

impl LineAlarms {
    /// A card told the alarms of a span.
    pub(super) fn span(&mut self, span: SpanId, alarms: Alarms) {
        self.spans.insert(span, alarms);
        self.set(Alarm::SpanRed { span }, alarms.contains(Alarms::RED));
        self.set(Alarm::SpanYellow { span }, alarms.contains(Alarms::YELLOW));
        self.set(Alarm::SpanBlue { span }, alarms.contains(Alarms::BLUE));
    }

    /// A data link told something. Once it is up, nothing is wrong with it.
    pub(super) fn link(&mut self, span: SpanId, event: &Event) {
        match event {
            Event::LinkUp => self.link_gone(span),
            Event::LinkDown => self.set(Alarm::DataLinkDown { span }, true),
            Event::LinkFault(LinkFault::RoleConflict) => self.set(Alarm::SameRole { span }, true),
            Event::LinkFault(LinkFault::Loop) => self.set(Alarm::SpanLooped { span }, true),
            _ => (),
        }
    }

    /// There is nothing wrong with a data link, or there is none any more.
    pub(super) fn link_gone(&mut self, span: SpanId) {
        for alarm in [Alarm::DataLinkDown { span }, Alarm::SameRole { span }, Alarm::SpanLooped { span }] {
            self.set(alarm, false);
        }
    }

    /// A telephone told something.
    pub(super) fn station(&mut self, port: PortId, event: StationEvent) {
        match event {
            StationEvent::LeftOffHook => self.set(Alarm::LeftOffHook { port }, true),
            StationEvent::BackOnHook | StationEvent::HungUp => self.set(Alarm::LeftOffHook { port }, false),
            _ => (),
        }
    }

    /// What a span's card said last.
    pub(super) fn of_span(&self, span: SpanId) -> Alarms {
        self.spans.get(&span).copied().unwrap_or(Alarms::RED)
    }

    /// Whether an alarm holds.
    pub(super) fn holds(&self, alarm: &Alarm) -> bool {
        self.raised.contains(alarm)
    }

    /// What changed since the last time: raised, or cleared.
    pub(super) fn take_changes(&mut self) -> Vec<(Alarm, bool)> {
        std::mem::take(&mut self.changes)
    }

    fn set(&mut self, alarm: Alarm, holds: bool) {
        let changed = if holds { self.raised.insert(alarm.clone()) } else { self.raised.remove(&alarm) };
        if changed {
            self.changes.push((alarm, holds));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_told_when_it_is_raised_and_when_it_is_cleared_and_not_between() {
        let (mut alarms, span) = (LineAlarms::default(), SpanId(3));
        alarms.span(span, Alarms::RED);
        alarms.span(span, Alarms::RED);
        assert_eq!(alarms.take_changes(), [(Alarm::SpanRed { span }, true)]);
        alarms.span(span, Alarms::NONE);
        assert_eq!(alarms.take_changes(), [(Alarm::SpanRed { span }, false)]);
    }

    #[test]
    fn a_role_conflict_is_over_when_the_link_comes_up() {
        let (mut alarms, span) = (LineAlarms::default(), SpanId(0));
        alarms.link(span, &Event::LinkFault(LinkFault::RoleConflict));
        assert!(alarms.holds(&Alarm::SameRole { span }));
        alarms.link(span, &Event::LinkUp);
        assert!(!alarms.holds(&Alarm::SameRole { span }));
    }
}
