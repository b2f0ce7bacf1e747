//! Elements of one octet of contents: call state, restart indicator, signal, notification. Q.931, 4.5.7, 4.5.25, 4.5.28
//! and 4.5.22; a notification may carry more, Q.932, 9.5.

use std::fmt;

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
    /// What a NOTIFY tells, 7 bits. EN 300 196-1 and Q.763, 3.25, have the same numbers.
    Notification {
        /// The far end suspended the call.
        UserSuspended = 0,
        /// The far end resumed the call.
        UserResumed = 1,
        /// The service of the bearer changed.
        BearerChanged = 2,
        /// An ASN.1 component follows, see [`ExtendedNotification`].
        Component = 3,
        /// The completion of the call is delayed.
        CompletionDelayed = 4,
        /// An ASN.1 component of ISO follows, as in QSIG, see [`ExtendedNotification`].
        IsoComponent = 0x40,
        /// The call became a conference.
        ConferenceEstablished = 0x42,
        /// The conference is over.
        ConferenceDisconnected = 0x43,
        /// The call waits at a busy party.
        CallIsWaiting = 0x60,
        /// The call was diverted.
        DiversionActivated = 0x68,
        /// The call was transferred to a party that is being alerted.
        TransferredAlerting = 0x69,
        /// The call was transferred to a party that answered.
        TransferredActive = 0x6a,
        /// The far end put the call on hold.
        RemoteHold = 0x79,
        /// The far end took the call from hold.
        RemoteRetrieval = 0x7a,
        /// The call is being diverted.
        CallIsDiverting = 0x7b,
    }
}

/// A notification with octets behind its description. `Debug` prints their count only: they may hold numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtendedNotification {
    /// What kind of octets follow.
    pub description: Notification,
    /// The octets, as they came. Never empty.
    octets: Box<[u8]>,
}

coded! {
    /// Signal: the tone or the alerting that a network wants of a terminal, 8 bits.
    Signal {
        /// Dial tone.
        DialTone = 0x00,
        /// Ringing tone.
        RingBack = 0x01,
        /// Intercept.
        Intercept = 0x02,
        /// Congestion.
        Congestion = 0x03,
        /// Busy tone.
        Busy = 0x04,
        /// Confirmation.
        Confirm = 0x05,
        /// Answer.
        Answer = 0x06,
        /// Call waiting.
        CallWaiting = 0x07,
        /// Off-hook warning.
        OffHookWarning = 0x08,
        /// Pre-emption.
        Preemption = 0x09,
        /// No tone.
        TonesOff = 0x3f,
        /// Alert by pattern 0; patterns 1 to 7 have the numbers behind it.
        AlertingOn = 0x40,
        /// Don't alert.
        AlertingOff = 0x4f,
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
        // With the extension bit clear more must follow, and does not.
        let octet = one(contents).filter(|octet| octet & LAST != 0).ok_or(BadContents)?;
        Ok(Notification::from_code(octet & 0x7f))
    }

    pub(super) fn emit(&self) -> Contents {
        Contents::from_iter([LAST | self.code() & 0x7f])
    }
}

impl ExtendedNotification {
    /// The octets behind the description.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn parse(contents: &[u8]) -> Result<ExtendedNotification, BadContents> {
        match contents {
            [third, octets @ ..] if !octets.is_empty() => {
                Ok(ExtendedNotification { description: Notification::from_code(third & 0x7f), octets: octets.into() })
            }
            _ => Err(BadContents),
        }
    }

    pub(super) fn emit(&self) -> Contents {
        [LAST | self.description.code() & 0x7f].into_iter().chain(self.octets.iter().copied()).collect()
    }
}

impl fmt::Debug for ExtendedNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtendedNotification({:?}, {} octets)", self.description, self.octets.len())
    }
}

impl Signal {
    pub(super) fn parse(contents: &[u8]) -> Result<Signal, BadContents> {
        one(contents).map(Signal::from_code).ok_or(BadContents)
    }

    pub(super) fn emit(self) -> Contents {
        Contents::from_iter([self.code()])
    }
}

fn one(contents: &[u8]) -> Option<u8> {
    match contents {
        &[octet] => Some(octet),
        _ => None,
    }
}
