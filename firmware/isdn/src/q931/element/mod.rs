//! The information elements of codeset 0 that basic calls use, each a type that can only be valid; all others raw.
//!
//! Source: ITU-T Q.931, 4.5. `Element::parse` takes the contents without identifier and length.

mod bearer;
mod cause;
mod channel;
mod compatibility;
mod date_time;
mod facility;
mod number;
mod progress;
mod redirecting;
mod small;
mod subaddress;
mod text;
mod transit;

pub use bearer::{Bearer, Capability, Layer1};
pub use cause::{CauseElement, Diagnostics, Location};
pub use channel::{ChannelChoice, ChannelForm, ChannelId, InterfaceId, TimeslotSet};
pub use compatibility::{Characteristics, HighLayer, LowLayer};
pub use date_time::DateTime;
pub use facility::Facility;
pub use number::{NumberElement, NumberKind, NumberPlan, PartyNumber, Presentation, Screening};
pub use progress::{Progress, ProgressDescription};
pub use redirecting::{RedirectingNumber, RedirectionReason};
pub use small::{CallStateElement, ExtendedNotification, Notification, RestartClass, Signal};
pub use subaddress::{Subaddress, SubaddressKind};
pub use text::{Digits, Display, UserProtocol, UserUser};
pub use transit::{NetworkKind, TransitNetwork};

use arrayvec::ArrayVec;

/// An element is at most this long without identifier and length, as its length octet says.
pub const CONTENTS_OCTETS: usize = 255;

/// The contents of an element.
pub(crate) type Contents = ArrayVec<u8, CONTENTS_OCTETS>;

/// The contents are not what the element's coding allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadContents;

/// One information element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// Bearer capability, 4.5.5.
    Bearer(Bearer),
    /// Cause, 4.5.12 and Q.850.
    Cause(CauseElement),
    /// Call state, 4.5.7.
    CallState(CallStateElement),
    /// Channel identification, 4.5.13.
    ChannelId(ChannelId),
    /// Facility, Q.932, 8.2.3.
    Facility(Facility),
    /// Progress indicator, 4.5.23.
    Progress(Progress),
    /// Notification indicator, 4.5.22.
    Notification(Notification),
    /// Notification indicator with more behind it, Q.932, 9.5.
    ExtendedNotification(ExtendedNotification),
    /// Display, 4.5.16.
    Display(Display),
    /// Date/time, 4.5.15.
    DateTime(DateTime),
    /// Keypad facility, 4.5.18.
    Keypad(Digits),
    /// Signal, 4.5.28.
    Signal(Signal),
    /// Connected number, Q.951, clause 5.
    ConnectedNumber(PartyNumber),
    /// Connected subaddress, Q.951, clause 6.
    ConnectedSubaddress(Subaddress),
    /// Calling party number, 4.5.10.
    CallingNumber(PartyNumber),
    /// Calling party subaddress, 4.5.11.
    CallingSubaddress(Subaddress),
    /// Called party number, 4.5.8.
    CalledNumber(NumberElement),
    /// Called party subaddress, 4.5.9.
    CalledSubaddress(Subaddress),
    /// Original called number, ANSI T1.607.
    OriginalCalledNumber(RedirectingNumber),
    /// Redirecting number, Q.952.
    RedirectingNumber(RedirectingNumber),
    /// Redirection number, Q.952: where the call goes now.
    RedirectionNumber(PartyNumber),
    /// Transit network selection, 4.5.29.
    TransitNetwork(TransitNetwork),
    /// Restart indicator, 4.5.25.
    Restart(RestartClass),
    /// Low layer compatibility, 4.5.19.
    LowLayer(LowLayer),
    /// High layer compatibility, 4.5.17.
    HighLayer(HighLayer),
    /// User-user, 4.5.30.
    UserUser(UserUser),
    /// Sending complete, 4.5.27. One octet, no contents.
    SendingComplete,
    /// Any other element with a length, as it came.
    Raw {
        /// The codeset, 0 to 7.
        codeset: u8,
        /// The identifier, below 0x80.
        id: u8,
        /// The contents.
        contents: Box<[u8]>,
    },
    /// Any other element of one octet, as it came.
    RawOctet {
        /// The codeset, 0 to 7.
        codeset: u8,
        /// The octet, 0xa0 or above.
        octet: u8,
    },
}

/// Identifiers of codeset 0, Q.931, table 4-3.
pub mod id {
    /// Bearer capability.
    pub const BEARER: u8 = 0x04;
    /// Cause.
    pub const CAUSE: u8 = 0x08;
    /// Call state.
    pub const CALL_STATE: u8 = 0x14;
    /// Channel identification.
    pub const CHANNEL_ID: u8 = 0x18;
    /// Connected number, as networks of an older version of Q.931 write it. We read it and never write it.
    pub const OLD_CONNECTED_NUMBER: u8 = 0x0c;
    /// Facility.
    pub const FACILITY: u8 = 0x1c;
    /// Progress indicator.
    pub const PROGRESS: u8 = 0x1e;
    /// Notification indicator.
    pub const NOTIFICATION: u8 = 0x27;
    /// Display.
    pub const DISPLAY: u8 = 0x28;
    /// Date/time.
    pub const DATE_TIME: u8 = 0x29;
    /// Keypad facility.
    pub const KEYPAD: u8 = 0x2c;
    /// Signal.
    pub const SIGNAL: u8 = 0x34;
    /// Connected number.
    pub const CONNECTED_NUMBER: u8 = 0x4c;
    /// Connected subaddress.
    pub const CONNECTED_SUBADDRESS: u8 = 0x4d;
    /// Calling party number.
    pub const CALLING_NUMBER: u8 = 0x6c;
    /// Calling party subaddress.
    pub const CALLING_SUBADDRESS: u8 = 0x6d;
    /// Called party number.
    pub const CALLED_NUMBER: u8 = 0x70;
    /// Called party subaddress.
    pub const CALLED_SUBADDRESS: u8 = 0x71;
    /// Original called number.
    pub const ORIGINAL_CALLED_NUMBER: u8 = 0x73;
    /// Redirecting number.
    pub const REDIRECTING_NUMBER: u8 = 0x74;
    /// Redirection number.
    pub const REDIRECTION_NUMBER: u8 = 0x76;
    /// Transit network selection.
    pub const TRANSIT_NETWORK: u8 = 0x78;
    /// Restart indicator.
    pub const RESTART: u8 = 0x79;
    /// Low layer compatibility.
    pub const LOW_LAYER: u8 = 0x7c;
    /// High layer compatibility.
    pub const HIGH_LAYER: u8 = 0x7d;
    /// User-user.
    pub const USER_USER: u8 = 0x7e;
    /// Sending complete.
    pub const SENDING_COMPLETE: u8 = 0xa1;
}

impl Element {
    /// Reads the contents of an element of several octets in codeset 0; `None` where the identifier is not known.
    pub(super) fn parse(id: u8, contents: &[u8]) -> Option<Result<Element, BadContents>> {
        let element = match id {
            id::BEARER => Bearer::parse(contents).map(Element::Bearer),
            id::CAUSE => CauseElement::parse(contents).map(Element::Cause),
            id::CALL_STATE => CallStateElement::parse(contents).map(Element::CallState),
            id::CHANNEL_ID => ChannelId::parse(contents).map(Element::ChannelId),
            id::FACILITY => Facility::parse(contents).map(Element::Facility),
            id::PROGRESS => Progress::parse(contents).map(Element::Progress),
            id::NOTIFICATION if contents.len() > 1 => {
                ExtendedNotification::parse(contents).map(Element::ExtendedNotification)
            }
            id::NOTIFICATION => Notification::parse(contents).map(Element::Notification),
            id::DISPLAY => Display::parse(contents).map(Element::Display),
            id::DATE_TIME => DateTime::parse(contents).map(Element::DateTime),
            id::KEYPAD => Digits::parse(contents).map(Element::Keypad),
            id::SIGNAL => Signal::parse(contents).map(Element::Signal),
            id::CONNECTED_SUBADDRESS => Subaddress::parse(contents).map(Element::ConnectedSubaddress),
            id::CONNECTED_NUMBER | id::OLD_CONNECTED_NUMBER => {
                PartyNumber::parse(contents).map(Element::ConnectedNumber)
            }
            id::CALLING_NUMBER => PartyNumber::parse(contents).map(Element::CallingNumber),
            id::CALLING_SUBADDRESS => Subaddress::parse(contents).map(Element::CallingSubaddress),
            id::CALLED_NUMBER => NumberElement::parse(contents).map(Element::CalledNumber),
            id::CALLED_SUBADDRESS => Subaddress::parse(contents).map(Element::CalledSubaddress),
            id::ORIGINAL_CALLED_NUMBER => RedirectingNumber::parse(contents).map(Element::OriginalCalledNumber),
            id::REDIRECTING_NUMBER => RedirectingNumber::parse(contents).map(Element::RedirectingNumber),
            id::REDIRECTION_NUMBER => PartyNumber::parse(contents).map(Element::RedirectionNumber),
            id::TRANSIT_NETWORK => TransitNetwork::parse(contents).map(Element::TransitNetwork),
            id::RESTART => RestartClass::parse(contents).map(Element::Restart),
            id::LOW_LAYER => LowLayer::parse(contents).map(Element::LowLayer),
            id::HIGH_LAYER => HighLayer::parse(contents).map(Element::HighLayer),
            id::USER_USER => UserUser::parse(contents).map(Element::UserUser),
            _ => return None,
        };
        Some(element)
    }

    /// The codeset it belongs to.
    pub fn codeset(&self) -> u8 {
        match self {
            Element::Raw { codeset, .. } | Element::RawOctet { codeset, .. } => *codeset,
            _ => 0,
        }
    }

    /// The identifier; the whole octet where it is the only one.
    pub fn id(&self) -> u8 {
        match self {
            Element::Bearer(_) => id::BEARER,
            Element::Cause(_) => id::CAUSE,
            Element::CallState(_) => id::CALL_STATE,
            Element::ChannelId(_) => id::CHANNEL_ID,
            Element::Facility(_) => id::FACILITY,
            Element::Progress(_) => id::PROGRESS,
            Element::Notification(_) | Element::ExtendedNotification(_) => id::NOTIFICATION,
            Element::Display(_) => id::DISPLAY,
            Element::DateTime(_) => id::DATE_TIME,
            Element::Keypad(_) => id::KEYPAD,
            Element::Signal(_) => id::SIGNAL,
            Element::ConnectedNumber(_) => id::CONNECTED_NUMBER,
            Element::ConnectedSubaddress(_) => id::CONNECTED_SUBADDRESS,
            Element::CallingNumber(_) => id::CALLING_NUMBER,
            Element::CallingSubaddress(_) => id::CALLING_SUBADDRESS,
            Element::CalledNumber(_) => id::CALLED_NUMBER,
            Element::CalledSubaddress(_) => id::CALLED_SUBADDRESS,
            Element::OriginalCalledNumber(_) => id::ORIGINAL_CALLED_NUMBER,
            Element::RedirectingNumber(_) => id::REDIRECTING_NUMBER,
            Element::RedirectionNumber(_) => id::REDIRECTION_NUMBER,
            Element::TransitNetwork(_) => id::TRANSIT_NETWORK,
            Element::Restart(_) => id::RESTART,
            Element::LowLayer(_) => id::LOW_LAYER,
            Element::HighLayer(_) => id::HIGH_LAYER,
            Element::UserUser(_) => id::USER_USER,
            Element::SendingComplete => id::SENDING_COMPLETE,
            Element::Raw { id, .. } => *id,
            Element::RawOctet { octet, .. } => *octet,
        }
    }

    /// The element as it stands in a message, for what repeats it elsewhere; `None` for one of one octet.
    pub(crate) fn octets(&self) -> Option<Vec<u8>> {
        let contents = self.contents()?;
        Some([self.id(), contents.len() as u8].into_iter().chain(contents).collect())
    }

    /// The contents; `None` for an element of one octet.
    pub(super) fn contents(&self) -> Option<Contents> {
        let contents = match self {
            Element::Bearer(bearer) => bearer.emit(),
            Element::Cause(cause) => cause.emit(),
            Element::CallState(state) => state.emit(),
            Element::ChannelId(channel) => channel.emit(),
            Element::Facility(facility) => facility.emit(),
            Element::Progress(progress) => progress.emit(),
            Element::Notification(notification) => notification.emit(),
            Element::ExtendedNotification(notification) => notification.emit(),
            Element::Display(display) => display.emit(),
            Element::DateTime(date_time) => date_time.emit(),
            Element::Keypad(digits) => digits.emit(),
            Element::Signal(signal) => signal.emit(),
            Element::ConnectedNumber(number) | Element::CallingNumber(number) | Element::RedirectionNumber(number) => {
                number.emit()
            }
            Element::CalledNumber(number) => number.emit(),
            Element::ConnectedSubaddress(subaddress)
            | Element::CallingSubaddress(subaddress)
            | Element::CalledSubaddress(subaddress) => subaddress.emit(),
            Element::OriginalCalledNumber(number) | Element::RedirectingNumber(number) => number.emit(),
            Element::TransitNetwork(network) => network.emit(),
            Element::Restart(class) => class.emit(),
            Element::LowLayer(low) => low.emit(),
            Element::HighLayer(high) => high.emit(),
            Element::UserUser(user) => user.emit(),
            Element::Raw { contents, .. } => contents.iter().copied().take(CONTENTS_OCTETS).collect(),
            Element::SendingComplete | Element::RawOctet { .. } => return None,
        };
        Some(contents)
    }
}

/// The extension bit: no further octet belongs to this group.
const LAST: u8 = 0x80;

macro_rules! coded {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A code without a name here. Made by [`Self::from_code`] alone.
            Other(u8),
        }

        impl $name {
            /// The value of a code.
            pub const fn from_code(code: u8) -> Self {
                match code {
                    $($code => $name::$variant,)*
                    other => $name::Other(other),
                }
            }

            /// The code on the line.
            pub const fn code(self) -> u8 {
                match self {
                    $($name::$variant => $code,)*
                    $name::Other(code) => code,
                }
            }
        }
    };
}
pub(crate) use coded;
