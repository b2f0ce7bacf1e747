//! Why a call ended or was refused, by the numbers of ITU-T Q.850.
//!
//! Not here: who says so (`q931::element::Location`), SIP (`sip`) and the words for people.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// A cause of ITU-T Q.850, clause 2.2.7. Numbers that the table lacks are kept as [`Cause::Other`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "u8", into = "u8")]
        #[repr(u8)]
        pub enum Cause {
            $($(#[$doc])* $name = $number,)*
            /// A number without a name here. Made by [`Cause::from_number`] alone, so that equal numbers are equal.
            Other(u8) = 128,
        }

        impl Cause {
            /// The causes that have a name, by number.
            pub const NAMED: &'static [Cause] = &[$(Cause::$name,)*];

            /// The cause of a number, 0 to 127.
            pub const fn from_number(number: u8) -> Cause {
                match number {
                    $($number => Cause::$name,)*
                    other => Cause::Other(other),
                }
            }

            /// The number, as it stands in the element and in CDRs.
            pub const fn number(self) -> u8 {
                match self {
                    $(Cause::$name => $number,)*
                    Cause::Other(number) => number,
                }
            }
        }
    };
}

causes! {
    /// The number belongs to nobody.
    UnallocatedNumber = 1,
    /// No route to the transit network that was asked for.
    NoRouteToTransitNetwork = 2,
    /// No route to the destination.
    NoRouteToDestination = 3,
    /// Send special information tone.
    SendSpecialInformationTone = 4,
    /// A trunk prefix was dialled where none belongs.
    MisdialledTrunkPrefix = 5,
    /// The channel named in a message can't be used by its receiver.
    ChannelUnacceptable = 6,
    /// The call was awarded to a channel that is already established.
    CallAwarded = 7,
    /// Pre-empted by a call of higher priority.
    Preemption = 8,
    /// Pre-empted, and the circuit is kept for the other call.
    PreemptionCircuitReserved = 9,
    /// Somebody hung up. The usual end of a call.
    NormalClearing = 16,
    /// The called party is busy.
    UserBusy = 17,
    /// The called equipment did not respond within its time.
    NoUserResponding = 18,
    /// The called party was alerted and did not answer.
    NoAnswer = 19,
    /// The subscriber is absent.
    SubscriberAbsent = 20,
    /// The called party rejected the call.
    CallRejected = 21,
    /// The number has changed.
    NumberChanged = 22,
    /// The call is redirected to a new destination.
    RedirectionToNewDestination = 23,
    /// Routing failed at the exchange.
    ExchangeRoutingError = 25,
    /// Another party was selected for the call.
    NonSelectedUserClearing = 26,
    /// The destination can't be reached: its signalling is out of order.
    DestinationOutOfOrder = 27,
    /// The number is incomplete or badly formed.
    InvalidNumberFormat = 28,
    /// The facility was rejected.
    FacilityRejected = 29,
    /// The answer to a STATUS ENQUIRY.
    ResponseToStatusEnquiry = 30,
    /// A normal event, not told more exactly.
    NormalUnspecified = 31,
    /// No channel is free.
    NoChannelAvailable = 34,
    /// The network is out of order.
    NetworkOutOfOrder = 38,
    /// A permanent frame mode connection is out of service.
    FrameModeOutOfService = 39,
    /// A permanent frame mode connection is operational.
    FrameModeOperational = 40,
    /// A failure that will not last.
    TemporaryFailure = 41,
    /// The switching equipment has too much traffic.
    SwitchingCongestion = 42,
    /// Access information was discarded.
    AccessInformationDiscarded = 43,
    /// The other side can't provide the channel that was asked for.
    RequestedChannelUnavailable = 44,
    /// The call was blocked by precedence.
    PrecedenceCallBlocked = 46,
    /// No resource, not told more exactly.
    ResourceUnavailable = 47,
    /// The quality of service is not available.
    QualityOfServiceUnavailable = 49,
    /// The user has not subscribed to the facility.
    FacilityNotSubscribed = 50,
    /// Outgoing calls are barred within the closed user group.
    OutgoingBarredInGroup = 53,
    /// Incoming calls are barred within the closed user group.
    IncomingBarredInGroup = 55,
    /// The user is not authorised for the bearer capability.
    BearerNotAuthorized = 57,
    /// The bearer capability is not available at present.
    BearerNotAvailable = 58,
    /// Outgoing access information and subscriber class contradict each other.
    InconsistentAccessInformation = 62,
    /// A service or option is not available, not told more exactly.
    ServiceUnavailable = 63,
    /// The bearer capability is not implemented.
    BearerNotImplemented = 65,
    /// The channel type is not implemented.
    ChannelTypeNotImplemented = 66,
    /// The facility is not implemented.
    FacilityNotImplemented = 69,
    /// Only restricted digital information is available.
    OnlyRestrictedDigital = 70,
    /// A service or option is not implemented, not told more exactly.
    ServiceNotImplemented = 79,
    /// The call reference names no call.
    InvalidCallReference = 81,
    /// The channel does not exist on this interface.
    ChannelDoesNotExist = 82,
    /// A suspended call exists, but not with this identity.
    SuspendedCallUnknown = 83,
    /// The call identity is in use.
    CallIdentityInUse = 84,
    /// No call is suspended.
    NoCallSuspended = 85,
    /// The call with the requested identity has been cleared.
    CallCleared = 86,
    /// The called user is not a member of the closed user group.
    NotMemberOfGroup = 87,
    /// The destination is not compatible with the call.
    IncompatibleDestination = 88,
    /// The closed user group does not exist.
    GroupDoesNotExist = 90,
    /// The choice of transit network is not valid.
    InvalidTransitNetwork = 91,
    /// The message is invalid, not told more exactly.
    InvalidMessage = 95,
    /// A mandatory element is missing.
    MandatoryElementMissing = 96,
    /// The message type is unknown or not implemented.
    MessageTypeUnknown = 97,
    /// The message does not fit the call state, or its type is unknown.
    MessageNotCompatibleOrUnknown = 98,
    /// An element is unknown or not implemented.
    ElementUnknown = 99,
    /// The contents of an element are not valid.
    InvalidElementContents = 100,
    /// The message does not fit the call state.
    MessageNotCompatible = 101,
    /// A timer expired and the call was recovered by clearing it.
    RecoveryOnTimerExpiry = 102,
    /// A parameter is unknown and was passed on.
    ParameterPassedOn = 103,
    /// A message with an unknown parameter was discarded.
    MessageWithUnknownParameter = 110,
    /// A protocol error, not told more exactly.
    ProtocolError = 111,
    /// Interworking with a network that tells no causes.
    Interworking = 127,
}

impl From<u8> for Cause {
    fn from(number: u8) -> Cause {
        Cause::from_number(number)
    }
}

impl From<Cause> for u8 {
    fn from(cause: Cause) -> u8 {
        cause.number()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_survives_the_way_through_a_cause() {
        for number in 0..=u8::MAX {
            assert_eq!(Cause::from_number(number).number(), number);
        }
        assert_eq!(Cause::from_number(17), Cause::UserBusy);
    }

    #[test]
    fn named_causes_stand_in_the_order_of_their_numbers() {
        assert!(Cause::NAMED.is_sorted_by(|a, b| a < b && a.number() < b.number()));
    }
}
