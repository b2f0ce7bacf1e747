//! Causes and SIP statuses, both ways, as two tables.
//!
//! Source: RFC 3398, 7.2.4.1 (cause to status) and 8.2.6.1 (status to cause). Causes that the RFC lacks get what gateways
//! in the field agree on (AudioCodes Mediant, "Fixed Mapping of ISDN Release Reason"); the rest is the RFC's 500 and 127.
//! RFC 3326 and RFC 6432: a `Reason: Q.850;cause=N` beside a status is the cause itself, and goes out beside each status.
//! Not here: SIP itself, and the new number that may stand behind cause 22 (RFC 3398 would make it a 301).

use crate::{Cause, q931::element::Location};

/// A status of a final SIP response, 300 to 699.
pub type SipStatus = u16;

impl Cause {
    /// The status that tells this cause to a SIP caller. `None` is a call that ended as calls do: BYE where it was answered,
    /// CANCEL where it was not.
    pub fn to_sip(self, location: Location) -> Option<SipStatus> {
        match self {
            Cause::NormalClearing => None,
            // The user said no himself: no use trying his other telephones.
            Cause::CallRejected if location == Location::User => Some(DECLINE),
            _ => Some(find(&TO_SIP, self).unwrap_or(SERVER_INTERNAL_ERROR)),
        }
    }

    /// The cause of a final SIP response. `reason` is the cause of its Reason header, which knows better.
    pub fn from_sip(status: SipStatus, reason: Option<Cause>) -> Cause {
        reason.unwrap_or_else(|| find(&FROM_SIP, status).unwrap_or(Cause::Interworking))
    }
}

fn find<K: Copy + PartialEq, V: Copy>(table: &[(K, V)], key: K) -> Option<V> {
    table.iter().find(|(row, _)| *row == key).map(|(_, value)| *value)
}

const DECLINE: SipStatus = 603;
const SERVER_INTERNAL_ERROR: SipStatus = 500;

/// RFC 3398, 7.2.4.1; what it does not list stands below the line.
const TO_SIP: [(Cause, SipStatus); 37] = [
    (Cause::UnallocatedNumber, 404),
    (Cause::NoRouteToTransitNetwork, 404),
    (Cause::NoRouteToDestination, 404),
    (Cause::UserBusy, 486),
    (Cause::NoUserResponding, 408),
    (Cause::NoAnswer, 480),
    (Cause::SubscriberAbsent, 480),
    (Cause::CallRejected, 403),
    (Cause::NumberChanged, 410),
    (Cause::RedirectionToNewDestination, 410),
    (Cause::NonSelectedUserClearing, 404),
    (Cause::DestinationOutOfOrder, 502),
    (Cause::InvalidNumberFormat, 484),
    (Cause::FacilityRejected, 501),
    (Cause::NormalUnspecified, 480),
    (Cause::NoChannelAvailable, 503),
    (Cause::NetworkOutOfOrder, 503),
    (Cause::TemporaryFailure, 503),
    (Cause::SwitchingCongestion, 503),
    (Cause::ResourceUnavailable, 503),
    (Cause::IncomingBarredInGroup, 403),
    (Cause::BearerNotAuthorized, 403),
    (Cause::BearerNotAvailable, 503),
    (Cause::BearerNotImplemented, 488),
    (Cause::OnlyRestrictedDigital, 488),
    (Cause::ServiceNotImplemented, 501),
    (Cause::NotMemberOfGroup, 403),
    (Cause::IncompatibleDestination, 503),
    (Cause::RecoveryOnTimerExpiry, 504),
    (Cause::ProtocolError, 500),
    (Cause::Interworking, 500),
    // Not in the RFC.
    (Cause::AccessInformationDiscarded, 502),
    (Cause::RequestedChannelUnavailable, 503),
    (Cause::QualityOfServiceUnavailable, 503),
    (Cause::FacilityNotSubscribed, 503),
    (Cause::ServiceUnavailable, 503),
    (Cause::FacilityNotImplemented, 501),
];

/// RFC 3398, 8.2.6.1; what it leaves to a Warning header or does not map stands below the line.
const FROM_SIP: [(SipStatus, Cause); 35] = [
    (400, Cause::TemporaryFailure),
    (401, Cause::CallRejected),
    (402, Cause::CallRejected),
    (403, Cause::CallRejected),
    (404, Cause::UnallocatedNumber),
    (405, Cause::ServiceUnavailable),
    (406, Cause::ServiceNotImplemented),
    (407, Cause::CallRejected),
    (408, Cause::RecoveryOnTimerExpiry),
    (410, Cause::NumberChanged),
    (413, Cause::Interworking),
    (414, Cause::Interworking),
    (415, Cause::ServiceNotImplemented),
    (416, Cause::Interworking),
    (420, Cause::Interworking),
    (421, Cause::Interworking),
    (423, Cause::Interworking),
    (480, Cause::NoUserResponding),
    (481, Cause::TemporaryFailure),
    (482, Cause::ExchangeRoutingError),
    (483, Cause::ExchangeRoutingError),
    (484, Cause::InvalidNumberFormat),
    (485, Cause::UnallocatedNumber),
    (486, Cause::UserBusy),
    (500, Cause::TemporaryFailure),
    (501, Cause::ServiceNotImplemented),
    (502, Cause::NetworkOutOfOrder),
    (503, Cause::TemporaryFailure),
    (504, Cause::RecoveryOnTimerExpiry),
    (600, Cause::UserBusy),
    (603, Cause::CallRejected),
    (604, Cause::UnallocatedNumber),
    // 487 answers our own CANCEL: the call was cleared as calls are.
    (487, Cause::NormalClearing),
    // The two ends have no codec in common, which is what cause 88 says of bearers.
    (488, Cause::IncompatibleDestination),
    (606, Cause::IncompatibleDestination),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3398, 7.2.4.1, by number.
    const RFC_TO_SIP: [(u8, SipStatus); 31] = [
        (1, 404),
        (2, 404),
        (3, 404),
        (17, 486),
        (18, 408),
        (19, 480),
        (20, 480),
        (21, 403),
        (22, 410),
        (23, 410),
        (26, 404),
        (27, 502),
        (28, 484),
        (29, 501),
        (31, 480),
        (34, 503),
        (38, 503),
        (41, 503),
        (42, 503),
        (47, 503),
        (55, 403),
        (57, 403),
        (58, 503),
        (65, 488),
        (70, 488),
        (79, 501),
        (87, 403),
        (88, 503),
        (102, 504),
        (111, 500),
        (127, 500),
    ];

    /// RFC 3398, 8.2.6.1: each cause, and the statuses that become it.
    const RFC_FROM_SIP: [(u8, &[SipStatus]); 13] = [
        (1, &[404, 485, 604]),
        (17, &[486, 600]),
        (18, &[480]),
        (21, &[401, 402, 403, 407, 603]),
        (22, &[410]),
        (25, &[482, 483]),
        (28, &[484]),
        (38, &[502]),
        (41, &[400, 481, 500, 503]),
        (63, &[405]),
        (79, &[406, 415, 501]),
        (102, &[408, 504]),
        (127, &[413, 414, 416, 420, 421, 423, 505, 513]),
    ];

    fn status(cause: u8) -> Option<SipStatus> {
        Cause::from_number(cause).to_sip(Location::PublicLocal)
    }

    #[test]
    fn rfc_3398_7_2_4_1_each_cause_has_its_status() {
        for (cause, expected) in RFC_TO_SIP {
            assert_eq!(status(cause), Some(expected), "cause {cause}");
        }
    }

    #[test]
    fn rfc_3398_8_2_6_1_each_status_has_its_cause() {
        for (cause, statuses) in RFC_FROM_SIP {
            for &status in statuses {
                assert_eq!(Cause::from_sip(status, None).number(), cause, "status {status}");
            }
        }
    }

    #[test]
    fn a_usual_end_has_no_status_and_a_refusal_by_the_user_himself_is_final() {
        assert_eq!(status(16), None);
        assert_eq!(Cause::CallRejected.to_sip(Location::User), Some(603));
        assert_eq!(Cause::CallRejected.to_sip(Location::PublicRemote), Some(403));
    }

    #[test]
    fn causes_that_the_rfc_lacks_have_what_gateways_agree_on_and_the_rest_is_500() {
        for (cause, expected) in [(43, 502), (44, 503), (49, 503), (50, 503), (63, 503), (69, 501)] {
            assert_eq!(status(cause), Some(expected), "cause {cause}");
        }
        for cause in [6, 7, 25, 81, 95, 96, 97, 98, 99, 100, 101, 110, 120] {
            assert_eq!(status(cause), Some(500), "cause {cause}");
        }
    }

    #[test]
    fn every_cause_and_every_status_has_an_answer() {
        for number in 0..=127 {
            let answer = status(number);
            assert!(answer.is_none_or(|status| (300..=699).contains(&status)), "cause {number}: {answer:?}");
        }
        for status in 300..=699 {
            assert!(Cause::from_sip(status, None).number() > 0, "status {status}");
        }
    }

    #[test]
    fn what_both_tables_tell_apart_comes_back_as_it_was() {
        for cause in [1, 17, 21, 22, 28, 41, 79, 88, 102] {
            let back = |status: SipStatus| Cause::from_sip(status, None).number();
            // 88 goes out as 503 by the RFC, which is the one that does not come back.
            let expected = if cause == 88 { 41 } else { cause };
            assert_eq!(status(cause).map(back), Some(expected));
        }
        for status in [403, 404, 410, 484, 486, 501, 503, 504] {
            assert_eq!(Cause::from_sip(status, None).to_sip(Location::PublicLocal), Some(status));
        }
    }

    #[test]
    fn a_reason_header_is_obeyed_whatever_the_status() {
        for number in 1..=127 {
            let cause = Cause::from_number(number);
            assert_eq!(Cause::from_sip(503, Some(cause)), cause);
        }
    }

    #[test]
    fn no_row_stands_twice() {
        for (at, (cause, _)) in TO_SIP.iter().enumerate() {
            assert!(!TO_SIP[..at].iter().any(|(other, _)| other == cause), "{cause:?}");
        }
        for (at, (status, _)) in FROM_SIP.iter().enumerate() {
            assert!(!FROM_SIP[..at].iter().any(|(other, _)| other == status), "{status}");
        }
    }
}
