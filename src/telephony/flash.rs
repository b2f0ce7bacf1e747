//! How long the hook of each telephone may be down for a flash, which its card has to know: it tells a hang-up after that.
//!
//! The station's own time, else that of the country whose tones it hears. A card that lost its ports has forgotten it.
//! Not here: what a flash does, which is call control's; a tap that is shorter than a flash, which is `analog`'s.

use std::collections::BTreeMap;

use analog::plan::Country;
use frame::{LaneId, SpanId};
use line::LineCommand;
use settings::{CardKind, Layout, Settings};

use super::plane::{Output, Plane, country};

/// The longest flash of each telephone, in milliseconds.
type Windows = BTreeMap<LaneId, u16>;

impl Plane {
    /// Tells the cards all of them, at the start.
    pub(super) fn tell_flash_windows(&mut self) {
        let windows = self.flash_windows(&self.settings);
        self.tell_windows(windows);
    }

    /// Tells those of a card that is there again.
    pub(super) fn tell_flash_windows_of(&mut self, span: SpanId) {
        let mut windows = self.flash_windows(&self.settings);
        windows.retain(|lane, _| lane.span == span);
        self.tell_windows(windows);
    }

    /// Tells those that new settings change. The ones that hold still stand in the plane.
    pub(super) fn change_flash_windows(&mut self, settings: &Settings) {
        let before = self.flash_windows(&self.settings);
        let mut windows = self.flash_windows(settings);
        windows.retain(|lane, ms| before.get(lane) != Some(ms));
        self.tell_windows(windows);
    }

    fn flash_windows(&self, settings: &Settings) -> Windows {
        windows(settings, country(&self.settings), &self.layout)
    }

    fn tell_windows(&mut self, windows: Windows) {
        let tell = |(lane, max_ms)| Output::Line { lane, command: LineCommand::FlashWindow { max_ms } };
        self.outputs.extend(windows.into_iter().map(tell));
    }
}

fn windows(settings: &Settings, country: Country, layout: &Layout) -> Windows {
    let row = |row: &settings::Station| {
        let jack = layout.jack(row.port).filter(|jack| jack.kind == CardKind::Fxs)?;
        Some((jack.lane, row.flash_ms.unwrap_or(country.plan().flash.max_ms)))
    };
    settings.stations.iter().filter_map(row).collect()
}
