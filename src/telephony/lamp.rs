//! The lamp of a telephone for messages that wait for it in another exchange.
//!
//! Source: ECMA-242 and EN 300 745-1, which `isdn` reads. Whose messages they are is said by an extension, or by a number of
//! the house that leads to a telephone.
//! Not here: ETSI's indication, which names a line and nobody on it; a lamp after the telephone's card was exchanged.

use isdn::suppl::MessagesWaiting;
use line::LineCommand;
use settings::Target;

use super::plane::{Output, Plane};

impl Plane {
    /// Messages wait for somebody, or no longer.
    pub(super) fn messages_wait(&mut self, told: &MessagesWaiting) {
        let Some(whose) = &told.mailbox.whose else { return };
        let Some(lane) = self.telephone_of(whose.digits.as_str()) else { return };
        let command = LineCommand::MessageLamp { messages: count(told) };
        self.outputs.push_back(Output::Line { lane, command });
    }

    fn telephone_of(&self, number: &str) -> Option<frame::LaneId> {
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
