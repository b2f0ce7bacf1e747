//! The lamp of a telephone, lit by the card or by modem, and the dial tone that says the same where there is none: for messages in
//! its own box, and for those that wait for it in another exchange. Both add up. The tone also tells whose calls go elsewhere.
//!
//! Source: ECMA-242 and EN 300 745-1, which `isdn` reads. Whose messages they are is said by an extension, or by a number of
//! the house that leads to a telephone.
//! Not here: ETSI's indication, which names a line and nobody on it; a lamp after the telephone's card was exchanged.

use analog::{fxs::StationInput, plan::ToneKind};
use frame::{LaneId, PortId};
use isdn::suppl::MessagesWaiting;
use line::LineCommand;
use settings::{CardKind, MessageLamp, Target};

use super::plane::{Output, Plane, country};

/// How many messages light a lamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lamp {
    /// Those of another exchange.
    elsewhere: u16,
    /// New ones of the own box; nothing where there is none.
    own: Option<u16>,
    /// What was lit last.
    by: MessageLamp,
}

impl Lamp {
    fn messages(self) -> u16 {
        self.elsewhere.saturating_add(self.own.unwrap_or_default())
    }
}

impl Plane {
    /// Messages wait for somebody in another exchange, or no longer.
    pub(super) fn messages_wait(&mut self, told: &MessagesWaiting) {
        let Some(whose) = &told.mailbox.whose else { return };
        let Some(lane) = self.telephone_of(whose.digits.as_str()) else { return };
        self.lamps.entry(lane).or_default().elsewhere = count(told);
        self.light(lane);
    }

    /// The own box of a telephone has so many new ones.
    pub(super) fn lamps_own(&mut self, port: PortId, new: Option<u16>) {
        let Some(lane) = self.stations.get(&port).map(|station| station.lane) else { return };
        let before = self.lamps.get(&lane).copied().unwrap_or_default();
        if before.own != new {
            self.lamps.insert(lane, Lamp { own: new, ..before });
            self.light(lane);
        }
    }

    /// What a telephone hears: another dial tone, where messages wait for it or no call rings it. Networks have one tone for both.
    pub(super) fn dial_tone(&self, port: PortId, lane: LaneId, kind: ToneKind) -> ToneKind {
        let messages = self.lamps.get(&lane).is_some_and(|lamp| lamp.messages() > 0);
        match kind {
            ToneKind::Dial if messages || self.control.keeps_calls_away(port) => ToneKind::DialSpecial,
            _ => kind,
        }
    }

    /// New settings may have another lamp at a telephone.
    pub(super) fn lamps_follow_settings(&mut self) {
        let other = |(lane, lamp): (&LaneId, &Lamp)| (lamp.by != self.lamp_kind(*lane)).then_some(*lane);
        let lanes: Vec<LaneId> = self.lamps.iter().filter_map(other).collect();
        lanes.into_iter().for_each(|lane| self.light(lane));
    }

    /// What lights the lamp of the telephone at a lane. A jack for sound has neither voltage nor modem.
    fn lamp_kind(&self, lane: LaneId) -> MessageLamp {
        let port = self.station_at.get(&lane).copied();
        let is_sound = port.and_then(|port| self.layout.jack(port)).is_none_or(|jack| jack.kind != CardKind::Fxs);
        let row = self.settings.stations.iter().find(|row| Some(row.port) == port);
        let wanted = row.map(|row| row.message_lamp).unwrap_or_default();
        if is_sound && wanted == MessageLamp::Modem { MessageLamp::Off } else { wanted }
    }

    fn light(&mut self, lane: LaneId) {
        let by = self.lamp_kind(lane);
        let lamp = self.lamps.entry(lane).or_default();
        let before = std::mem::replace(&mut lamp.by, by);
        let messages = lamp.messages();
        let volts = if by == MessageLamp::Neon { Some(messages) } else { (before == MessageLamp::Neon).then_some(0) };
        if let Some(messages) = volts {
            let command = LineCommand::MessageLamp { messages };
            self.outputs.push_back(Output::Line { lane, command });
        }
        let (now, wait) = (self.now, (by == MessageLamp::Modem).then_some(messages > 0));
        if let Some(station) = self.station_at.get(&lane).and_then(|port| self.stations.get_mut(port)) {
            station.machine.handle_input(now, StationInput::MessagesWait(wait));
        }
    }

    /// A telephone's modem is told. A port that is being measured is told later.
    pub(super) fn send_messages_waiting(&mut self, port: PortId, lane: LaneId, waiting: bool) {
        let (now, plan) = (self.now, country(&self.settings).plan());
        let is_measured = self.port_tests.has(port);
        let Some(station) = self.stations.get_mut(&port) else { return };
        if is_measured {
            let again = [
                StationInput::CallerIdSent,
                StationInput::MessagesWait(None),
                StationInput::MessagesWait(Some(waiting)),
            ];
            return again.into_iter().for_each(|input| station.machine.handle_input(now, input));
        }
        let (command, media) = station.send_messages_waiting(waiting, plan);
        self.outputs.push_back(Output::Line { lane, command });
        media.into_iter().for_each(|command| self.media(command));
    }

    fn telephone_of(&self, number: &str) -> Option<LaneId> {
        let led = self.settings.numbers.iter().find(|row| row.number == number).and_then(|row| match &row.to {
            Target::Station(extension) => Some(extension.as_str()),
            Target::Flow(_) | Target::Queue(_) => None,
        });
        let station = self.settings.station(number).or_else(|| self.settings.station(led?))?;
        Some(self.stations.get(&station.port)?.lane)
    }
}

/// How many wait. One that is not counted is one.
fn count(told: &MessagesWaiting) -> u16 {
    let counted = told.mailbox.count.unwrap_or(1).max(1);
    if told.waiting { counted } else { 0 }
}
