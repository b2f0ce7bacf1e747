//! The lamp of a telephone, and the dial tone that says the same where there is none: for messages in its own box, and for those that wait for it in another exchange. Both add up.
//!
//! Source: ECMA-242 and EN 300 745-1, which `isdn` reads. Whose messages they are is said by an extension, or by a number of
//! the house that leads to a telephone.
//! Not here: ETSI's indication, which names a line and nobody on it; a lamp after the telephone's card was exchanged.

use analog::plan::ToneKind;
use frame::{LaneId, PortId};
use isdn::suppl::MessagesWaiting;
use line::LineCommand;
use settings::Target;

use super::plane::{Output, Plane};

/// How many messages light a lamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lamp {
    /// Those of another exchange.
    elsewhere: u16,
    /// New ones of the own box; nothing where there is none.
    own: Option<u16>,
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

    /// What a telephone hears: another dial tone, where messages wait for it.
    pub(super) fn told_of_messages(&self, lane: LaneId, kind: ToneKind) -> ToneKind {
        match kind {
            ToneKind::Dial if self.lamps.get(&lane).is_some_and(|lamp| lamp.messages() > 0) => ToneKind::DialMessages,
            _ => kind,
        }
    }

    fn light(&mut self, lane: LaneId) {
        let messages = self.lamps.get(&lane).copied().unwrap_or_default().messages();
        let command = LineCommand::MessageLamp { messages };
        self.outputs.push_back(Output::Line { lane, command });
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
