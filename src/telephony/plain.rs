//! Telephones whose audio nothing touches: fax machines, whose modems bring their own cancellers and equalisers.
//!
//! The media thread is told at the start and by each change of the settings, not by calls. Not here: that no digit of theirs is
//! hidden, and that they hear no howler, which are call control's and `analog`'s.

use std::collections::BTreeSet;

use frame::LaneId;
use settings::{Layout, Settings, StationClass};

use super::plane::Plane;
use crate::media::MediaCommand;

impl Plane {
    /// Tells the media thread all of them, at the start.
    pub(super) fn tell_plain_lanes(&mut self) {
        let lanes = plain_lanes(&self.settings, &self.layout);
        lanes.into_iter().for_each(|lane| self.media(MediaCommand::Plain { lane, on: true }));
    }

    /// Tells those that new settings change. The ones that hold still stand in the plane.
    pub(super) fn change_plain_lanes(&mut self, settings: &Settings) {
        let before = plain_lanes(&self.settings, &self.layout);
        let now = plain_lanes(settings, &self.layout);
        for &lane in before.symmetric_difference(&now) {
            self.media(MediaCommand::Plain { lane, on: now.contains(&lane) });
        }
    }
}

fn plain_lanes(settings: &Settings, layout: &Layout) -> BTreeSet<LaneId> {
    let machines = settings.stations.iter().filter(|row| row.class == StationClass::Fax);
    machines.filter_map(|row| Some(layout.jack(row.port)?.lane)).collect()
}
