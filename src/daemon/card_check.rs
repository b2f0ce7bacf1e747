//! At its start the box compares its real cards with the board file, and names what differs: a line that is set wrong would
//! else be looked for in the cable.

use std::collections::BTreeSet;

use dahdi::Mismatch;
use settings::{Board, Driver};

use crate::journal::{Alarm, CardDifference};

/// The alarms for a board. Each difference is also told to whoever reads the program's log.
pub(super) fn alarms(board: &Board) -> BTreeSet<Alarm> {
    if !board.cards.iter().any(|card| card.card == Driver::Dahdi) {
        return BTreeSet::new();
    }
    match dahdi::probe() {
        Ok(devices) => raised(&dahdi::compare(board, &devices, &dahdi::running_option)),
        Err(error) => {
            // The cards will not open either, and their driver says so.
            tracing::warn!(%error, "the cards can't be compared with the board file");
            BTreeSet::new()
        }
    }
}

fn raised(found: &[Mismatch]) -> BTreeSet<Alarm> {
    found.iter().for_each(|difference| tracing::warn!(?difference, "a card differs from the board file"));
    found.iter().map(|found| Alarm::CardDiffers { card: found.card(), difference: difference(found) }).collect()
}

fn difference(found: &Mismatch) -> CardDifference {
    match found {
        Mismatch::NoDevice { .. } | Mismatch::NoSpan { .. } | Mismatch::NoChannels { .. } => CardDifference::Hardware,
        Mismatch::Unassigned { .. } => CardDifference::Number,
        Mismatch::OtherKind { .. } => CardDifference::Kind,
        Mismatch::Line { .. } | Mismatch::BuildOut { .. } => CardDifference::Line,
        Mismatch::CantBe { .. } => CardDifference::PlugIn,
        Mismatch::Signalling { .. } => CardDifference::Signalling,
        Mismatch::Law { .. } => CardDifference::Law,
        Mismatch::Canceller { .. } => CardDifference::Canceller,
        Mismatch::ModuleOption { .. } => CardDifference::ModuleOption,
    }
}

#[cfg(test)]
mod tests {
    use frame::{Law, Timeslot};

    use super::*;

    #[test]
    fn an_alarm_is_raised_once_for_each_kind_of_difference_of_a_card() {
        let law = |position: u8| Mismatch::Law {
            port: format!("TE.{position}").parse().unwrap(),
            timeslots: vec![Timeslot(1)],
            wanted: Law::A,
            running: Law::Mu,
        };
        let card = "TE".parse().unwrap();
        let alarms = raised(&[law(1), law(2), Mismatch::Unassigned { card, span: 3 }]);
        let differs = |difference| Alarm::CardDiffers { card, difference };
        assert_eq!(alarms, BTreeSet::from([differs(CardDifference::Law), differs(CardDifference::Number)]));
    }
}
