//! How lines are set up that share a D-channel.

use std::time::Duration;

use arrayvec::ArrayVec;

use crate::{Dialect, LineKind, Role, SpanSettings, q931::element::TimeslotSet};

/// At most as many lines share a D-channel: SR-4994 and TR 41459 end at 20, which is 479 B-channels.
pub const LINES_MAX: usize = 20;

/// The settings of a group: only such as can work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSettings {
    /// What holds for all lines alike; its channels and its interface are each line's own.
    pub lines: SpanSettings,
    /// T321: how long a D-channel that takes over may stay unheard. Q.931, tables 9-1 and 9-2: 30 s.
    pub t321: Duration,
    interfaces: ArrayVec<u8, LINES_MAX>,
    d_channels: ArrayVec<u8, 2>,
}

/// Why lines can't share a D-channel like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// The dialect has each D-channel on its own line.
    #[error("the dialect has no D-channel for several lines")]
    Dialect,
    /// There are more lines than a D-channel can serve.
    #[error("more than {LINES_MAX} lines share a D-channel")]
    TooMany,
    /// An interface is numbered above 127, or two alike.
    #[error("interface {0} is above 127 or stands twice")]
    Interface(u8),
    /// A D-channel is on a line that is not there, or both are on one.
    #[error("the D-channel on interface {0} has no line of its own")]
    DChannel(u8),
}

impl GroupSettings {
    /// T1s with these interface numbers. The first D-channel is on `primary`; on `backup` another waits to take its place.
    pub fn t1(
        role: Role,
        dialect: Dialect,
        interfaces: &[u8],
        primary: u8,
        backup: Option<u8>,
    ) -> Result<GroupSettings, GroupError> {
        if !dialect.rules().shared_d_channel {
            return Err(GroupError::Dialect);
        }
        let twice = |at: usize| interfaces[..at].contains(&interfaces[at]);
        if let Some(bad) = (0..interfaces.len()).find(|&at| interfaces[at] > 127 || twice(at)) {
            return Err(GroupError::Interface(interfaces[bad]));
        }
        let d_channels: ArrayVec<u8, 2> = [primary].into_iter().chain(backup).collect();
        let astray = d_channels.iter().find(|interface| !interfaces.contains(interface));
        if let Some(&bad) = astray.or(d_channels.get(1).filter(|&&backup| backup == primary)) {
            return Err(GroupError::DChannel(bad));
        }
        Ok(GroupSettings {
            lines: SpanSettings { line: LineKind::T1, ..SpanSettings::of(role, dialect) },
            t321: Duration::from_secs(30),
            interfaces: interfaces.try_into().map_err(|_| GroupError::TooMany)?,
            d_channels,
        })
    }

    /// The numbers of the lines.
    pub fn interfaces(&self) -> &[u8] {
        &self.interfaces
    }

    /// The line of the primary D-channel.
    pub fn primary(&self) -> u8 {
        self.d_channels[0]
    }

    /// The lines with a D-channel, the primary one first.
    pub fn d_channels(&self) -> &[u8] {
        &self.d_channels
    }

    /// The settings of one line.
    pub(super) fn line(&self, interface: u8) -> SpanSettings {
        let with_d = self.d_channels.contains(&interface);
        let channels = if with_d { TimeslotSet::T1 } else { TimeslotSet::T1_WITHOUT_D };
        SpanSettings { channels, interface: Some(interface), ..self.lines.clone() }
    }

    /// Whether a group with these settings can go on with `other` without setting anything up anew.
    pub(super) fn same_lines(&self, other: &GroupSettings) -> bool {
        let plan = |settings: &GroupSettings| (settings.interfaces.clone(), settings.d_channels.clone());
        plan(self) == plan(other) && self.lines.same_line(&other.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t1(interfaces: &[u8], primary: u8, backup: Option<u8>) -> Result<GroupSettings, GroupError> {
        GroupSettings::t1(Role::User, Dialect::Ni2, interfaces, primary, backup)
    }

    #[test]
    fn lines_that_cannot_share_a_d_channel_are_refused() {
        assert_eq!(t1(&[0, 1, 0], 0, None), Err(GroupError::Interface(0)));
        assert_eq!(t1(&[0, 128], 0, None), Err(GroupError::Interface(128)));
        assert_eq!(t1(&[0, 1], 2, None), Err(GroupError::DChannel(2)));
        assert_eq!(t1(&[0, 1], 0, Some(2)), Err(GroupError::DChannel(2)));
        assert_eq!(t1(&[0, 1], 0, Some(0)), Err(GroupError::DChannel(0)));
        let many: Vec<u8> = (0..21).collect();
        assert_eq!(t1(&many, 0, Some(1)), Err(GroupError::TooMany));
        assert_eq!(GroupSettings::t1(Role::User, Dialect::Qsig, &[0], 0, None), Err(GroupError::Dialect));
    }

    #[test]
    fn twenty_lines_with_one_d_channel_have_479_channels() {
        let many: Vec<u8> = (0..20).collect();
        let settings = t1(&many, 0, None).unwrap();
        assert_eq!(many.iter().map(|&interface| settings.line(interface).channels.count()).sum::<u32>(), 479);
    }
}
