//! The three parts that open every message: discriminator, call reference, message type.
//!
//! Source: ITU-T Q.931, 4.2 to 4.4. Call references are two octets on a primary rate; one octet is read as well.

/// Names a call on one D-channel, as its messages carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallReference {
    /// The value, 0 to 32767; 0 is the global call reference.
    pub value: u16,
    /// The flag: clear in messages from the side that originated the reference.
    pub to_originator: bool,
}

impl CallReference {
    /// The global call reference of a message that begins something.
    pub const GLOBAL: CallReference = CallReference { value: 0, to_originator: false };

    /// The largest value.
    pub const MAX_VALUE: u16 = 0x7fff;

    /// The reference of an answer to a message with this one.
    pub const fn reply(self) -> CallReference {
        CallReference { to_originator: !self.to_originator, ..self }
    }
}

/// Why octets are no message: ignored and counted, Q.931, 5.8.1 to 5.8.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It ends before its message type.
    #[error("the message is too short")]
    TooShort,
    /// It is of another protocol.
    #[error("the protocol discriminator is {0:#04x}, not Q.931")]
    Discriminator(u8),
    /// The call reference is not one or two octets long.
    #[error("the call reference has a bad length")]
    ReferenceLength,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The message type, Q.931, table 4-2, and Q.932 for hold, retrieve, facility and register.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum MessageKind {
            $($(#[$doc])* $name = $code,)*
            /// A type that the table lacks. Made by [`MessageKind::from_code`] alone.
            Other(u8) = 0xff,
        }

        impl MessageKind {
            /// The type of a code.
            pub const fn from_code(code: u8) -> MessageKind {
                match code {
                    $($code => MessageKind::$name,)*
                    other => MessageKind::Other(other),
                }
            }

            /// The code on the line.
            pub const fn code(self) -> u8 {
                match self {
                    $(MessageKind::$name => $code,)*
                    MessageKind::Other(code) => code,
                }
            }

        }
    };
}

kinds! {
    /// ALERTING.
    Alerting = 0x01,
    /// CALL PROCEEDING.
    CallProceeding = 0x02,
    /// PROGRESS.
    Progress = 0x03,
    /// SETUP.
    Setup = 0x05,
    /// CONNECT.
    Connect = 0x07,
    /// SETUP ACKNOWLEDGE.
    SetupAcknowledge = 0x0d,
    /// CONNECT ACKNOWLEDGE.
    ConnectAcknowledge = 0x0f,
    /// USER INFORMATION.
    UserInformation = 0x20,
    /// SUSPEND REJECT.
    SuspendReject = 0x21,
    /// RESUME REJECT.
    ResumeReject = 0x22,
    /// HOLD.
    Hold = 0x24,
    /// SUSPEND.
    Suspend = 0x25,
    /// RESUME.
    Resume = 0x26,
    /// HOLD ACKNOWLEDGE.
    HoldAcknowledge = 0x28,
    /// SUSPEND ACKNOWLEDGE.
    SuspendAcknowledge = 0x2d,
    /// RESUME ACKNOWLEDGE.
    ResumeAcknowledge = 0x2e,
    /// HOLD REJECT.
    HoldReject = 0x30,
    /// RETRIEVE.
    Retrieve = 0x31,
    /// RETRIEVE ACKNOWLEDGE.
    RetrieveAcknowledge = 0x33,
    /// RETRIEVE REJECT.
    RetrieveReject = 0x37,
    /// DISCONNECT.
    Disconnect = 0x45,
    /// RESTART.
    Restart = 0x46,
    /// RELEASE.
    Release = 0x4d,
    /// RESTART ACKNOWLEDGE.
    RestartAcknowledge = 0x4e,
    /// RELEASE COMPLETE.
    ReleaseComplete = 0x5a,
    /// SEGMENT.
    Segment = 0x60,
    /// FACILITY.
    Facility = 0x62,
    /// REGISTER.
    Register = 0x64,
    /// NOTIFY.
    Notify = 0x6e,
    /// STATUS ENQUIRY.
    StatusEnquiry = 0x75,
    /// CONGESTION CONTROL.
    CongestionControl = 0x79,
    /// INFORMATION.
    Information = 0x7b,
    /// STATUS.
    Status = 0x7d,
}

/// Reads the header; gives the rest, which is elements. `None` in place of a reference is the dummy call reference.
pub(super) fn parse(octets: &[u8]) -> Result<(Option<CallReference>, MessageKind, &[u8]), HeaderError> {
    let (reference, code, elements) = parse_of(DISCRIMINATOR, octets)?;
    Ok((reference, MessageKind::from_code(code), elements))
}

/// Reads the header of a protocol, the message type as its code.
pub(super) fn parse_of(protocol: u8, octets: &[u8]) -> Result<(Option<CallReference>, u8, &[u8]), HeaderError> {
    let [discriminator, length, rest @ ..] = octets else { return Err(HeaderError::TooShort) };
    if *discriminator != protocol {
        return Err(HeaderError::Discriminator(*discriminator));
    }
    if octets.len() < SHORTEST_OCTETS && *length != 0 {
        return Err(HeaderError::TooShort);
    }
    let (reference, rest) = match (length, rest) {
        (0, rest) => (None, rest),
        (1, [value, rest @ ..]) => (Some(reference(u16::from(value & 0x7f), value & 0x80 != 0)), rest),
        (2, [high, low, rest @ ..]) => {
            let value = u16::from_be_bytes([high & 0x7f, *low]);
            (Some(reference(value, high & 0x80 != 0)), rest)
        }
        (1 | 2, _) => return Err(HeaderError::TooShort),
        _ => return Err(HeaderError::ReferenceLength),
    };
    let (&code, elements) = rest.split_first().ok_or(HeaderError::TooShort)?;
    Ok((reference, code, elements))
}

/// The octets of a header.
pub(super) fn emit(reference: CallReference, kind: MessageKind) -> [u8; HEADER_OCTETS] {
    emit_of(DISCRIMINATOR, reference, kind.code())
}

/// The octets of a header with the dummy call reference, 4.3.
pub(super) fn emit_dummy(kind: MessageKind) -> [u8; 3] {
    [DISCRIMINATOR, 0, kind.code()]
}

/// The octets of a header of a protocol.
pub(super) fn emit_of(protocol: u8, reference: CallReference, code: u8) -> [u8; HEADER_OCTETS] {
    let [high, low] = (reference.value & CallReference::MAX_VALUE).to_be_bytes();
    let flag = if reference.to_originator { 0x80 } else { 0 };
    [protocol, 2, high | flag, low, code]
}

const fn reference(value: u16, to_originator: bool) -> CallReference {
    CallReference { value, to_originator }
}

/// Octets of the headers that we write.
pub(super) const HEADER_OCTETS: usize = 5;

const DISCRIMINATOR: u8 = 0x08;

/// Q.931, 5.8.2.
const SHORTEST_OCTETS: usize = 4;
