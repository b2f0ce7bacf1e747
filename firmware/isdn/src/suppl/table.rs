//! Which value stands for which operation, for each way of speaking: the one table.
//!
//! Sources: the operation values of EN 300 207-1 (diversion), EN 300 182-1 (charge), EN 300 130-1 (malicious call),
//! EN 300 369-1 (transfer), EN 300 745-1 (message waiting), EN 300 359-1 and EN 301 065-1 (completion of calls),
//! EN 300 286-1 (user-to-user); ECMA-164, -174, -176, -178, -186, -242 (private networks), whose first editions wrote the same numbers below an
//! identifier of their own; T1.610 and GR-2865-CORE below ansi-t1; GR-2857-CORE. NI-2 and DMS-100 took the names of
//! private networks.

use super::{facility::Header, rose::Code};

/// A way of speaking: which standard gives operations their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// ETSI: EuroISDN, and China.
    Etsi,
    /// ECMA and ISO: private networks, QSIG.
    Private,
    /// NI-2, and AT&T's exchanges.
    Ni2,
    /// DMS-100.
    Dms100,
}

impl Syntax {
    /// What stands before an invoke that is not about a name.
    pub(crate) const fn header(self) -> Header {
        match self {
            Syntax::Etsi | Syntax::Ni2 => Header::REMOTE,
            Syntax::Private => Header::END_TO_END,
            Syntax::Dms100 => Header::RELEASE_LINK,
        }
    }

    /// What stands before an answer, which needs no word on what becomes of it where it is not understood.
    pub(crate) const fn answer_header(self) -> Header {
        Header { interpretation: None, ..self.header() }
    }
}

/// An operation without its argument. EN 300 182-1 has two for a charge, by what it is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DivertingLeg1,
    DivertingLeg2,
    DivertingLeg3,
    CallingName,
    CalledName,
    ConnectedName,
    BusyName,
    NameFollows,
    ChargingRequest,
    TariffMoney,
    TariffSpecial,
    SoFarMoney,
    SoFarUnits,
    AtEndMoney,
    AtEndUnits,
    IdentifyMaliciousCall,
    EctExecute,
    EctLinkId,
    ExplicitEctExecute,
    EctInform,
    RequestSubaddress,
    SubaddressTransfer,
    TransferComplete,
    TransferActive,
    TransferUpdate,
    TwoChannelTransfer,
    ReleaseLink,
    ReleaseLinkJoin,
    EctLoopTest,
    Rerouting,
    MessagesWait,
    MessagesGone,
    MessagesIndicated,
    MessagesAsked,
    CompletionAtNetwork,
    BusyCompletion,
    NoReplyCompletion,
    CompletionCall,
    CompletionSuspended,
    CompletionResumed,
    CompletionPossible,
    CompletionAvailable,
    CompletionInPrivate,
    UserUserService,
    PathReplacement,
    PathOfCall,
}

/// The value of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A number.
    Local(i32),
    /// A number below an identifier.
    Below(&'static [u8], u8),
}

/// What an operation is called by, in the order of preference: the first is written, all are read.
pub(super) fn values(syntax: Syntax, kind: Kind) -> impl Iterator<Item = Value> {
    TABLE.iter().filter(move |row| row.0 == syntax && row.1 == kind).map(|row| row.2)
}

/// The operation of a value.
pub(super) fn find(syntax: Syntax, code: &Code) -> Option<Kind> {
    let means = |value: &Value| match (value, code) {
        (Value::Local(number), Code::Local(said)) => number == said,
        (Value::Below(root, last), Code::Global(said)) => said.last_below(root) == Some(*last),
        _ => false,
    };
    TABLE.iter().find(|row| row.0 == syntax && means(&row.2)).map(|row| row.1)
}

/// { itu-t(0) identified-organization(4) etsi(0) 369 operations-and-errors(1) }
const ECT: &[u8] = &[0x04, 0x00, 0x82, 0x71, 0x01];

/// { itu-t(0) identified-organization(4) etsi(0) 745 operations-and-errors(1) }
const MWI: &[u8] = &[0x04, 0x00, 0x85, 0x69, 0x01];

/// { itu-t(0) identified-organization(4) etsi(0) 359 operations-and-errors(1) }
pub(super) const CCBS: &[u8] = &[0x04, 0x00, 0x82, 0x67, 0x01];

/// { itu-t(0) identified-organization(4) etsi(0) 359 private-networks-operations-and-errors(2) }
pub(super) const CCBS_T: &[u8] = &[0x04, 0x00, 0x82, 0x67, 0x02];

/// { itu-t(0) identified-organization(4) etsi(0) 1065 operations-and-errors(1) }
const CCNR: &[u8] = &[0x04, 0x00, 0x88, 0x29, 0x01];

/// { itu-t(0) identified-organization(4) etsi(0) 1065 private-networks-operations-and-errors(2) }
const CCNR_T: &[u8] = &[0x04, 0x00, 0x88, 0x29, 0x02];

/// { iso(1) member-body(2) usa(840) ansi-t1(10005) operations(0) }
const ANSI_T1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x15, 0x00];

/// { iso(1) identified-organization(3) icd-ecma(12) private-isdn-signalling-domain(9) }
const ECMA: &[u8] = &[0x2b, 0x0c, 0x09];

const TABLE: &[(Syntax, Kind, Value)] = &[
    (Syntax::Etsi, Kind::UserUserService, Value::Local(1)),
    (Syntax::Etsi, Kind::IdentifyMaliciousCall, Value::Local(3)),
    (Syntax::Etsi, Kind::EctExecute, Value::Local(6)),
    (Syntax::Etsi, Kind::DivertingLeg2, Value::Local(15)),
    (Syntax::Etsi, Kind::DivertingLeg1, Value::Local(18)),
    (Syntax::Etsi, Kind::DivertingLeg3, Value::Local(19)),
    (Syntax::Etsi, Kind::ChargingRequest, Value::Local(30)),
    (Syntax::Etsi, Kind::TariffMoney, Value::Local(31)),
    (Syntax::Etsi, Kind::TariffSpecial, Value::Local(32)),
    (Syntax::Etsi, Kind::SoFarMoney, Value::Local(33)),
    (Syntax::Etsi, Kind::SoFarUnits, Value::Local(34)),
    (Syntax::Etsi, Kind::AtEndMoney, Value::Local(35)),
    (Syntax::Etsi, Kind::AtEndUnits, Value::Local(36)),
    (Syntax::Etsi, Kind::ExplicitEctExecute, Value::Below(ECT, 1)),
    (Syntax::Etsi, Kind::RequestSubaddress, Value::Below(ECT, 2)),
    (Syntax::Etsi, Kind::SubaddressTransfer, Value::Below(ECT, 3)),
    (Syntax::Etsi, Kind::EctLinkId, Value::Below(ECT, 4)),
    (Syntax::Etsi, Kind::EctInform, Value::Below(ECT, 5)),
    (Syntax::Etsi, Kind::EctLoopTest, Value::Below(ECT, 6)),
    // Call deflection at a line for one telephone, call rerouting at a private exchange's.
    (Syntax::Etsi, Kind::Rerouting, Value::Local(13)),
    (Syntax::Etsi, Kind::Rerouting, Value::Local(14)),
    (Syntax::Etsi, Kind::MessagesWait, Value::Below(MWI, 1)),
    (Syntax::Etsi, Kind::MessagesGone, Value::Below(MWI, 2)),
    (Syntax::Etsi, Kind::MessagesIndicated, Value::Below(MWI, 3)),
    (Syntax::Etsi, Kind::CompletionAtNetwork, Value::Below(CCBS, 2)),
    (Syntax::Etsi, Kind::CompletionAtNetwork, Value::Below(CCNR, 1)),
    (Syntax::Etsi, Kind::BusyCompletion, Value::Below(CCBS_T, 1)),
    (Syntax::Etsi, Kind::CompletionCall, Value::Below(CCBS_T, 2)),
    (Syntax::Etsi, Kind::CompletionSuspended, Value::Below(CCBS_T, 3)),
    (Syntax::Etsi, Kind::CompletionResumed, Value::Below(CCBS_T, 4)),
    (Syntax::Etsi, Kind::CompletionPossible, Value::Below(CCBS_T, 5)),
    (Syntax::Etsi, Kind::CompletionAvailable, Value::Below(CCBS_T, 6)),
    (Syntax::Etsi, Kind::NoReplyCompletion, Value::Below(CCNR_T, 1)),
    (Syntax::Private, Kind::CallingName, Value::Local(0)),
    (Syntax::Private, Kind::CalledName, Value::Local(1)),
    (Syntax::Private, Kind::ConnectedName, Value::Local(2)),
    (Syntax::Private, Kind::BusyName, Value::Local(3)),
    // `pathReplacePropose` and `pathReplaceInvite`; `pathReplaceSetup` and `pathReplaceRetain`.
    (Syntax::Private, Kind::PathReplacement, Value::Local(4)),
    (Syntax::Private, Kind::PathReplacement, Value::Local(86)),
    (Syntax::Private, Kind::PathOfCall, Value::Local(5)),
    (Syntax::Private, Kind::PathOfCall, Value::Local(6)),
    (Syntax::Private, Kind::TransferActive, Value::Local(11)),
    (Syntax::Private, Kind::TransferComplete, Value::Local(12)),
    (Syntax::Private, Kind::TransferUpdate, Value::Local(13)),
    (Syntax::Private, Kind::Rerouting, Value::Local(19)),
    (Syntax::Private, Kind::DivertingLeg1, Value::Local(20)),
    (Syntax::Private, Kind::DivertingLeg2, Value::Local(21)),
    (Syntax::Private, Kind::DivertingLeg3, Value::Local(22)),
    (Syntax::Private, Kind::CompletionInPrivate, Value::Local(40)),
    (Syntax::Private, Kind::CompletionInPrivate, Value::Local(27)),
    (Syntax::Private, Kind::MessagesWait, Value::Local(80)),
    (Syntax::Private, Kind::MessagesGone, Value::Local(81)),
    (Syntax::Private, Kind::MessagesAsked, Value::Local(82)),
    (Syntax::Private, Kind::CallingName, Value::Below(ECMA, 0)),
    (Syntax::Private, Kind::CalledName, Value::Below(ECMA, 1)),
    (Syntax::Private, Kind::ConnectedName, Value::Below(ECMA, 2)),
    (Syntax::Private, Kind::BusyName, Value::Below(ECMA, 3)),
    (Syntax::Private, Kind::TransferActive, Value::Below(ECMA, 11)),
    (Syntax::Private, Kind::TransferComplete, Value::Below(ECMA, 12)),
    (Syntax::Private, Kind::TransferUpdate, Value::Below(ECMA, 13)),
    (Syntax::Private, Kind::DivertingLeg1, Value::Below(ECMA, 20)),
    (Syntax::Private, Kind::DivertingLeg2, Value::Below(ECMA, 21)),
    (Syntax::Private, Kind::DivertingLeg3, Value::Below(ECMA, 22)),
    (Syntax::Ni2, Kind::CallingName, Value::Local(0)),
    (Syntax::Ni2, Kind::CalledName, Value::Local(1)),
    (Syntax::Ni2, Kind::ConnectedName, Value::Local(2)),
    (Syntax::Ni2, Kind::BusyName, Value::Local(3)),
    (Syntax::Ni2, Kind::NameFollows, Value::Below(ANSI_T1, 4)),
    (Syntax::Ni2, Kind::TwoChannelTransfer, Value::Below(ANSI_T1, 8)),
    // The others of the names would be these two, which DMS-100 needs itself.
    (Syntax::Dms100, Kind::CallingName, Value::Local(0)),
    (Syntax::Dms100, Kind::ReleaseLink, Value::Local(1)),
    (Syntax::Dms100, Kind::ReleaseLinkJoin, Value::Local(2)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_has_two_meanings_in_one_way_of_speaking() {
        for (at, row) in TABLE.iter().enumerate() {
            assert!(!TABLE[at + 1..].iter().any(|other| (other.0, other.2) == (row.0, row.2)), "{row:?}");
        }
    }
}
