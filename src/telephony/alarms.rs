//! Which alarms of lines hold: told once when they are raised and once when they are cleared. What is wrong with every
//! channel of a span is one alarm about the span.

use std::collections::{BTreeMap, BTreeSet};

use analog::{
    fxs::StationEvent,
    port_test::Findings,
    port_trend::{PortTrend, Worse},
};
use call::{CallEvent, Masking, MaskingEnd};
use frame::{LaneId, PortId, SpanId, Timeslot};
use isdn::{ChannelState, Event, LinkFault};
use line::{Alarms, DeviceState};

use super::machines::DChannelInUse;
use crate::journal::{Alarm, PortFault, SoundFault};

/// How many calls out in a row meet no dial tone before that is an alarm.
const NO_DIAL_TONES: u8 = 2;

/// The alarms of all lines.
#[derive(Debug, Default)]
pub(super) struct LineAlarms {
    raised: BTreeSet<Alarm>,
    /// How many B-channels each span has.
    channels: BTreeMap<SpanId, usize>,
    /// What each span's card says.
    spans: BTreeMap<SpanId, Alarms>,
    /// The backup D-channels in use, by the line of the primary one.
    backups: BTreeMap<SpanId, SpanId>,
    /// Channels whose restart is under way.
    restarting: BTreeSet<LaneId>,
    /// How many calls in a row met no dial tone, by outside line.
    no_dial_tones: BTreeMap<PortId, u8>,
    /// What tests of each port usually find.
    trends: BTreeMap<PortId, PortTrend>,
    /// What was told last.
    told: BTreeSet<Alarm>,
    /// Something changed since.
    is_new: bool,
}

impl LineAlarms {
    /// A card told the alarms of a span.
    pub(super) fn span(&mut self, span: SpanId, alarms: Alarms) {
        self.spans.insert(span, alarms);
        let (red, unframed) = (alarms.contains(Alarms::RED), alarms.contains(Alarms::UNFRAMED));
        self.set(Alarm::SpanRed { span }, red && !unframed);
        self.set(Alarm::SpanUnframed { span }, red && unframed);
        self.set(Alarm::SpanYellow { span }, alarms.contains(Alarms::YELLOW));
        self.set(Alarm::SpanBlue { span }, alarms.contains(Alarms::BLUE));
    }

    /// A data link told something. Once it is up, nothing is wrong with it.
    pub(super) fn link(&mut self, span: SpanId, event: &Event) {
        match event {
            Event::LinkUp => self.data_link(span, true),
            Event::LinkDown => self.data_link(span, false),
            Event::LinkFault(LinkFault::RoleConflict) => self.set(Alarm::SameRole { span }, true),
            Event::LinkFault(LinkFault::Loop) => self.set(Alarm::SpanLooped { span }, true),
            Event::Channel { timeslot, state } => self.channel(LaneId::new(span, *timeslot), *state),
            _ => (),
        }
    }

    /// The data link of a D-channel is up or down.
    pub(super) fn data_link(&mut self, span: SpanId, up: bool) {
        match up {
            true => self.link_gone(span),
            false => self.set(Alarm::DataLinkDown { span }, true),
        }
        self.judge_backup(span);
    }

    /// Lines that share D-channels are signalled over this one from now on.
    pub(super) fn d_channel(&mut self, DChannelInUse { primary, active }: DChannelInUse) {
        match active.filter(|active| *active != primary) {
            Some(backup) => _ = self.backups.insert(primary, backup),
            None => _ = self.backups.remove(&primary),
        }
        self.judge_backup(primary);
    }

    /// To be signalled over the backup is an alarm while the primary one is down. Once it is repaired it waits to take over,
    /// and all is as well as before.
    fn judge_backup(&mut self, primary: SpanId) {
        let is_down = self.holds(&Alarm::DataLinkDown { span: primary });
        let now = self.backups.get(&primary).copied().filter(|_| is_down);
        let of = |alarm: &Alarm| match alarm {
            Alarm::BackupDChannel { primary: of, backup } if *of == primary => Some(*backup),
            _ => None,
        };
        let told = self.raised.iter().find_map(of);
        if now != told {
            let alarm = |backup| Alarm::BackupDChannel { primary, backup };
            told.into_iter().for_each(|backup| self.set(alarm(backup), false));
            now.into_iter().for_each(|backup| self.set(alarm(backup), true));
        }
    }

    /// A span carries ISDN no more, so nothing is wrong with its data link and its channels.
    pub(super) fn span_gone(&mut self, span: SpanId) {
        self.link_gone(span);
        self.d_channel(DChannelInUse { primary: span, active: None });
        (1..frame::LANES as u8).for_each(|slot| self.channel(LaneId::new(span, Timeslot(slot)), ChannelState::Idle));
    }

    /// There is nothing wrong with a data link.
    fn link_gone(&mut self, span: SpanId) {
        for alarm in [Alarm::DataLinkDown { span }, Alarm::SameRole { span }, Alarm::SpanLooped { span }] {
            self.set(alarm, false);
        }
    }

    /// A B-channel does something else. One that is not to be used is an alarm until it is used again.
    fn channel(&mut self, channel: LaneId, state: ChannelState) {
        let was_restarting = self.restarting.remove(&channel);
        let holds = |held: &Self, alarm: Alarm| held.raised.contains(&alarm);
        let (blocked, ignored) = (Alarm::ChannelBlocked { channel }, Alarm::RestartIgnored { channel });
        match state {
            ChannelState::Maintenance => {
                let is_ignored = was_restarting || holds(self, ignored.clone());
                self.set(ignored, is_ignored);
                self.set(blocked, !is_ignored);
            }
            // It is tried to put it right: how that ends is told.
            ChannelState::Restarting => _ = self.restarting.insert(channel),
            ChannelState::Idle | ChannelState::Busy(_) | ChannelState::OutOfService { .. } => {
                self.set(ignored, false);
                self.set(blocked, false);
            }
        }
        let out = |by_near, by_far| [(false, by_near), (true, by_far)];
        let sides = match state {
            ChannelState::OutOfService { near, far } => out(near, far),
            _ => out(false, false),
        };
        for (by_far_end, holds) in sides {
            self.set(Alarm::ChannelOutOfService { channel, by_far_end }, holds);
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

    /// A card told whether an outside line is fed. Where all that it has is dead, that is one alarm about the span.
    pub(super) fn battery(&mut self, span: SpanId, port: PortId, there: bool) {
        self.set(Alarm::NoBattery { port }, !there && !self.is_dead(span));
    }

    /// Whether a card has told that nothing is plugged in, or that all of it is dead.
    pub(super) fn is_dead(&self, span: SpanId) -> bool {
        self.spans.get(&span).is_some_and(|alarms| alarms.contains(Alarms::RED))
    }

    /// A port was tested; what is worse than usual, which is a fault like any other. A fault that was not looked for is as it
    /// was before.
    pub(super) fn tested(&mut self, port: PortId, findings: &Findings) -> Vec<Worse> {
        let worse = self.trends.entry(port).or_default().process(findings);
        let verdicts = findings.verdicts.iter().filter_map(|verdict| PortFault::of(*verdict));
        let found: Vec<PortFault> = verdicts.chain(worse.iter().map(|worse| PortFault::of_worse(*worse))).collect();
        for fault in PortFault::ALL {
            if found.contains(&fault) || fault.was_looked_for(findings) {
                self.set(Alarm::PortBad { port, fault }, found.contains(&fault));
            }
        }
        worse
    }

    /// A call out met no dial tone on an outside line. Once may be somebody who just hangs up at a telephone of the same pair.
    pub(super) fn no_dial_tone(&mut self, port: PortId) {
        let in_a_row = self.no_dial_tones.entry(port).or_default();
        *in_a_row = in_a_row.saturating_add(1);
        if *in_a_row >= NO_DIAL_TONES {
            self.set(Alarm::PortBad { port, fault: PortFault::NoDialTone }, true);
        }
    }

    /// An outside line gave dial tone.
    pub(super) fn dial_tone(&mut self, port: PortId) {
        self.no_dial_tones.remove(&port);
        self.set(Alarm::PortBad { port, fault: PortFault::NoDialTone }, false);
    }

    /// A port is tested no more.
    pub(super) fn not_tested(&mut self, port: PortId) {
        self.trends.remove(&port);
        PortFault::ALL.into_iter().for_each(|fault| self.set(Alarm::PortBad { port, fault }, false));
    }

    /// A sound card told how its device is. One thing at a time is wrong with it.
    pub(super) fn sound_device(&mut self, port: PortId, device: &str, state: DeviceState) {
        let wrong = match state {
            DeviceState::There => None,
            DeviceState::Missing => Some(SoundFault::Missing),
            DeviceState::Busy => Some(SoundFault::Busy),
            DeviceState::NotAllowed => Some(SoundFault::NotAllowed),
            DeviceState::Unfit => Some(SoundFault::Unfit),
            DeviceState::Failing => Some(SoundFault::Failing),
        };
        for fault in SoundFault::ALL {
            self.set(Alarm::SoundDevice { port, device: device.to_owned(), fault }, wrong == Some(fault));
        }
    }

    /// A call told something: a pause that nobody ended is an alarm as long as the call goes on.
    pub(super) fn call(&mut self, event: &CallEvent) {
        match *event {
            CallEvent::MaskingEnded { call, what: Masking::Pause, why: MaskingEnd::TimedOut, .. } => {
                self.set(Alarm::PauseForgotten { call }, true);
            }
            CallEvent::Ended { call, .. } => self.set(Alarm::PauseForgotten { call }, false),
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

    /// How many B-channels a span has.
    pub(super) fn has_channels(&mut self, span: SpanId, count: usize) {
        self.channels.insert(span, count);
    }

    /// What changed since the last time: raised, or cleared.
    pub(super) fn take_changes(&mut self) -> Vec<(Alarm, bool)> {
        if !std::mem::take(&mut self.is_new) {
            return Vec::new();
        }
        let shown = self.shown();
        let raised = shown.difference(&self.told).map(|alarm| (alarm.clone(), true));
        let cleared = self.told.difference(&shown).map(|alarm| (alarm.clone(), false));
        let changes = raised.chain(cleared).collect();
        self.told = shown;
        changes
    }

    /// What people are told: of what holds for every channel of a span, the span.
    fn shown(&self) -> BTreeSet<Alarm> {
        let mut by_span: BTreeMap<Alarm, Vec<&Alarm>> = BTreeMap::new();
        let mut shown = BTreeSet::new();
        for alarm in &self.raised {
            match alarm.of_whole_span() {
                Some(whole) => by_span.entry(whole).or_default().push(alarm),
                None => _ = shown.insert(alarm.clone()),
            }
        }
        for (whole, parts) in by_span {
            let all = self.channels_of(&whole);
            if Some(parts.len()) == all {
                shown.insert(whole);
            } else {
                shown.extend(parts.into_iter().cloned());
            }
        }
        shown
    }

    fn channels_of(&self, whole: &Alarm) -> Option<usize> {
        match whole {
            Alarm::SpanBlocked { span } | Alarm::SpanRestartIgnored { span } | Alarm::SpanOutOfService { span, .. } => {
                self.channels.get(span).copied()
            }
            _ => None,
        }
    }

    fn set(&mut self, alarm: Alarm, holds: bool) {
        self.is_new |= if holds { self.raised.insert(alarm) } else { self.raised.remove(&alarm) };
    }
}

#[cfg(test)]
mod tests {
    use frame::{CallId, LifeNo};
    use isdn::Cause;

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
    fn a_signal_without_its_frame_is_another_alarm_than_no_signal_and_only_one_of_them_holds() {
        let (mut alarms, span) = (LineAlarms::default(), SpanId(3));
        alarms.span(span, Alarms::RED);
        alarms.take_changes();
        alarms.span(span, Alarms::RED.with(Alarms::UNFRAMED));
        let mut changes = alarms.take_changes();
        changes.sort();
        assert_eq!(changes, [(Alarm::SpanRed { span }, false), (Alarm::SpanUnframed { span }, true)]);
        alarms.span(span, Alarms::NONE);
        assert_eq!(alarms.take_changes(), [(Alarm::SpanUnframed { span }, false)]);
    }

    #[test]
    fn a_channel_that_is_not_used_is_an_alarm_with_its_reason_until_it_is_used_again() {
        let (mut alarms, span, timeslot) = (LineAlarms::default(), SpanId(0), Timeslot(5));
        let channel = LaneId::new(span, timeslot);
        let mut goes = |state| {
            alarms.link(span, &Event::Channel { timeslot, state });
            alarms.take_changes()
        };
        let (blocked, ignored) = (Alarm::ChannelBlocked { channel }, Alarm::RestartIgnored { channel });
        assert_eq!(goes(ChannelState::Maintenance), [(blocked.clone(), true)]);
        assert_eq!(goes(ChannelState::Restarting), [], "it is tried to put it right");
        assert_eq!(goes(ChannelState::Maintenance), [(ignored.clone(), true), (blocked, false)]);
        assert_eq!(goes(ChannelState::Idle), [(ignored, false)]);
        let out = |by_far_end| Alarm::ChannelOutOfService { channel, by_far_end };
        assert_eq!(goes(ChannelState::OutOfService { near: false, far: true }), [(out(true), true)]);
        assert_eq!(goes(ChannelState::OutOfService { near: true, far: true }), [(out(false), true)]);
        assert_eq!(goes(ChannelState::OutOfService { near: true, far: false }), [(out(true), false)]);
        assert_eq!(goes(ChannelState::Idle), [(out(false), false)]);
    }

    #[test]
    fn what_is_wrong_with_every_channel_is_one_alarm_about_the_span() {
        let (mut alarms, span) = (LineAlarms::default(), SpanId(2));
        alarms.has_channels(span, 3);
        let out = ChannelState::OutOfService { near: true, far: false };
        let mut goes = |slots: &[u8], state| {
            for slot in slots {
                alarms.link(span, &Event::Channel { timeslot: Timeslot(*slot), state });
            }
            alarms.take_changes()
        };
        let of = |slot| Alarm::ChannelOutOfService { channel: LaneId::new(span, Timeslot(slot)), by_far_end: false };
        let whole = Alarm::SpanOutOfService { span, by_far_end: false };
        assert_eq!(goes(&[1, 2, 3], out), [(whole.clone(), true)]);
        assert_eq!(goes(&[2], ChannelState::Idle), [(of(1), true), (of(3), true), (whole.clone(), false)]);
        assert_eq!(goes(&[2], out), [(whole.clone(), true), (of(1), false), (of(3), false)]);
        assert_eq!(goes(&[1, 2, 3], ChannelState::Idle), [(whole, false)]);
    }

    #[test]
    fn a_pause_that_nobody_ended_is_an_alarm_until_its_call_is_over() {
        let (mut alarms, call) = (LineAlarms::default(), CallId::new(LifeNo(1), 4));
        let ended = |what, why| CallEvent::MaskingEnded { call, what, digits: 0, why };
        alarms.call(&ended(Masking::Pause, MaskingEnd::Asked));
        alarms.call(&ended(Masking::SecretInput, MaskingEnd::TimedOut));
        assert_eq!(alarms.take_changes(), []);
        alarms.call(&ended(Masking::Pause, MaskingEnd::TimedOut));
        assert_eq!(alarms.take_changes(), [(Alarm::PauseForgotten { call }, true)]);
        alarms.call(&CallEvent::Ended { call, cause: Cause::NormalClearing, by: call::Side::Caller });
        assert_eq!(alarms.take_changes(), [(Alarm::PauseForgotten { call }, false)]);
    }

    #[test]
    fn a_role_conflict_is_over_when_the_link_comes_up() {
        let (mut alarms, span) = (LineAlarms::default(), SpanId(0));
        alarms.link(span, &Event::LinkFault(LinkFault::RoleConflict));
        assert!(alarms.holds(&Alarm::SameRole { span }));
        alarms.link(span, &Event::LinkUp);
        assert!(!alarms.holds(&Alarm::SameRole { span }));
    }

    #[test]
    fn the_backup_d_channel_is_an_alarm_while_the_primary_one_is_down() {
        let (mut alarms, [primary, backup]) = (LineAlarms::default(), [SpanId(0), SpanId(1)]);
        let in_use = |active| DChannelInUse { primary, active };
        let (down, on_backup) = (Alarm::DataLinkDown { span: primary }, Alarm::BackupDChannel { primary, backup });
        alarms.d_channel(in_use(Some(backup)));
        assert_eq!(alarms.take_changes(), [], "the backup was up first: no more than that");
        alarms.data_link(primary, false);
        assert_eq!(alarms.take_changes(), [(down.clone(), true), (on_backup.clone(), true)]);
        alarms.data_link(primary, true);
        assert_eq!(alarms.take_changes(), [(down.clone(), false), (on_backup.clone(), false)], "it waits to take over");
        alarms.data_link(primary, false);
        alarms.take_changes();
        alarms.d_channel(in_use(None));
        assert_eq!(alarms.take_changes(), [(on_backup, false)], "with both lost there is no backup in use");
    }
}
