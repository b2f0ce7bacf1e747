//! Checks of headsets that take their calls by a key.

use super::{Findings, rows};
use crate::{Answer, Board, CardKind, Layout, Settings, StationClass, What};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings, board: &Board) {
    let layout = Layout::of(board);
    for (path, station) in rows(&settings.stations, "stations").filter(|(_, station)| station.answer == Answer::Key) {
        let loudspeaker = layout.jack(station.port).is_some_and(|jack| jack.kind == CardKind::Loudspeaker);
        if loudspeaker || station.class != StationClass::Headset {
            findings.problem(&path.key("answer"), What::NoAnswerByKeyHere);
        }
    }
}
