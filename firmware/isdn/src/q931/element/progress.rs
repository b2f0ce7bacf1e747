//! Progress indicator: what the path of the call is like. Q.931, 4.5.23.

use super::{BadContents, Contents, LAST, Location, coded};

/// What the path of the call is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Who says so.
    pub location: Location,
    /// What is said.
    pub description: ProgressDescription,
}

coded! {
    /// Progress description, 7 bits.
    ProgressDescription {
        /// 1: the call is not ISDN from end to end; more may be heard in the channel.
        NotEndToEndIsdn = 1,
        /// 2: the destination is not ISDN.
        DestinationNotIsdn = 2,
        /// 3: the origin is not ISDN.
        OriginNotIsdn = 3,
        /// 4: the call has returned to the ISDN.
        ReturnedToIsdn = 4,
        /// 5: interworking changed the service.
        ServiceChanged = 5,
        /// 8: tones or an announcement are in the channel.
        InBand = 8,
    }
}

impl Progress {
    /// Tones or an announcement are in the channel, as `location` says.
    pub const fn in_band(location: Location) -> Progress {
        Progress { location, description: ProgressDescription::InBand }
    }

    /// Whether there is something to hear: description 1 or 8.
    pub const fn is_audible(self) -> bool {
        matches!(self.description, ProgressDescription::NotEndToEndIsdn | ProgressDescription::InBand)
    }

    pub(super) fn parse(contents: &[u8]) -> Result<Progress, BadContents> {
        match contents {
            [third, fourth, ..] if third & LAST != 0 => Ok(Progress {
                location: Location::from_code(third & 0x0f),
                description: ProgressDescription::from_code(fourth & 0x7f),
            }),
            _ => Err(BadContents),
        }
    }

    pub(super) fn emit(&self) -> Contents {
        [LAST | self.location.code() & 0x0f, LAST | self.description.code() & 0x7f].into_iter().collect()
    }
}
