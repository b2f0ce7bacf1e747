//! Elements of one octet of contents: call state, restart indicator, notification. Q.931, 4.5.7, 4.5.25, 4.5.22.

use super::{BadContents, Contents, LAST, coded};

/// The call state that a STATUS tells: the standard's number, 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallStateElement(pub u8);

/// What a RESTART restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartClass {
    /// The channels that channel identification names.
    Channels,
    /// This interface.
    Interface,
    /// All interfaces of the D-channel.
    AllInterfaces,
}

coded! {
    /// What a NOTIFY tells, 7 bits.
    Notification {
        /// The far end suspended the call.
        UserSuspended = 0,
        /// The far end resumed the call.
        UserResumed = 1,
        /// The far end put the call on hold.
        RemoteHold = 0x79,
        /// The far end took the call from hold.
        RemoteRetrieval = 0x7a,
    }
}

impl CallStateElement {
    pub(super) fn parse(contents: &[u8]) -> Result<CallStateElement, BadContents> {
        // Another coding standard numbers other states.
        one(contents).filter(|octet| octet & 0xc0 == 0).map(CallStateElement).ok_or(BadContents)
    }

    pub(super) fn emit(&self) -> Contents {
        Contents::from_iter([self.0 & 0x3f])
    }
}

impl RestartClass {
    pub(super) fn parse(contents: &[u8]) -> Result<RestartClass, BadContents> {
        match one(contents) {
            Some(0x80) => Ok(RestartClass::Channels),
            Some(0x86) => Ok(RestartClass::Interface),
            Some(0x87) => Ok(RestartClass::AllInterfaces),
            _ => Err(BadContents),
        }
    }

    pub(super) fn emit(&self) -> Contents {
        Contents::from_iter([match self {
            RestartClass::Channels => 0x80,
            RestartClass::Interface => 0x86,
            RestartClass::AllInterfaces => 0x87,
        }])
    }
}

impl Notification {
    pub(super) fn parse(contents: &[u8]) -> Result<Notification, BadContents> {
        // With the extension bit clear it carries operations of Q.932, which basic calls don't use.
        let octet = one(contents).filter(|octet| octet & LAST != 0).ok_or(BadContents)?;
        Ok(Notification::from_code(octet & 0x7f))
    }

    pub(super) fn emit(&self) -> Contents {
        Contents::from_iter([LAST | self.code() & 0x7f])
    }
}

fn one(contents: &[u8]) -> Option<u8> {
    match contents {
        &[octet] => Some(octet),
        _ => None,
    }
}
