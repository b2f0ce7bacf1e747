//! The states of a call, with the numbers that the standard gives them.
//!
//! Source: ITU-T Q.931, 2.1 and 4.5.7. The numbers are seen from the user's side on both sides: what is U1 at the user
//! is N1 at the network. Here the states are seen from the call: who set it up, and how far it has come.

use serde::{Deserialize, Serialize};

use crate::Role;

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CallState {
    /// U0, N0. No call.
    Null,
    /// U1, N6. We sent SETUP.
    Initiated,
    /// U2, N25. We send digits.
    OverlapSending,
    /// U3, N9. The far end has all it needs.
    OutgoingProceeding,
    /// U4, N7. The far end alerts.
    Delivered,
    /// U6, N1. We received SETUP and have not replied.
    Present,
    /// U25, N2. We collect digits.
    OverlapReceiving,
    /// U9, N3. We have all we need.
    IncomingProceeding,
    /// U7, N4. We alert.
    Received,
    /// U8. We answered and wait for the network to put us through. A network does not wait.
    ConnectRequest,
    /// U10, N10. They talk.
    Active,
    /// U11, N12. We sent DISCONNECT.
    DisconnectRequest,
    /// U12, N11. We received DISCONNECT and listen to its tone.
    DisconnectIndication,
    /// U19, N19. We sent RELEASE.
    ReleaseRequest,
}

impl CallState {
    /// The number that a STATUS tells.
    pub const fn number(self, role: Role) -> u8 {
        let (user, network) = match self {
            CallState::Null => (0, 0),
            CallState::Initiated => (1, 6),
            CallState::OverlapSending => (2, 25),
            CallState::OutgoingProceeding => (3, 9),
            CallState::Delivered => (4, 7),
            CallState::Present => (6, 1),
            CallState::OverlapReceiving => (25, 2),
            CallState::IncomingProceeding => (9, 3),
            CallState::Received => (7, 4),
            CallState::ConnectRequest => (8, 8),
            CallState::Active => (10, 10),
            CallState::DisconnectRequest => (11, 12),
            CallState::DisconnectIndication => (12, 11),
            CallState::ReleaseRequest => (19, 19),
        };
        match role {
            Role::User => user,
            Role::Network => network,
        }
    }

    /// Whether the call is being cleared.
    pub const fn is_clearing(self) -> bool {
        matches!(self, CallState::DisconnectRequest | CallState::DisconnectIndication | CallState::ReleaseRequest)
    }

    /// Whether we placed it and it is not answered.
    pub const fn is_outgoing(self) -> bool {
        matches!(
            self,
            CallState::Initiated | CallState::OverlapSending | CallState::OutgoingProceeding | CallState::Delivered
        )
    }
}
