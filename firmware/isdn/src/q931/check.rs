//! Whether a message may be acted upon, as far as its elements tell.
//!
//! Source: ITU-T Q.931, 5.8.6 (mandatory elements) and 5.8.7 (others).
//! Not here: what the answer is; that depends on the message type and on the call.

use super::{
    FaultKind, MessageKind, Parsed,
    element::{Diagnostics, id},
};
use crate::{Cause, Role};

/// What the elements of a message allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Examination {
    /// It can be acted upon.
    Good,
    /// It can be acted upon, and the far end is told what was ignored.
    Complain(Cause, Diagnostics),
    /// It can't be acted upon.
    Refuse(Cause, Diagnostics),
}

/// The elements without which a message of this kind, received in `role`, means nothing. Q.931, clause 3.1.
///
/// RELEASE and RELEASE COMPLETE need a cause only as the first clearing message, which the call knows.
pub const fn mandatory(kind: MessageKind, role: Role) -> &'static [u8] {
    match (kind, role) {
        (MessageKind::Setup, Role::User) => &[id::BEARER, id::CHANNEL_ID],
        // Table 3-15 asks a user for the channel too, where it wants one; many private exchanges leave it to us.
        (MessageKind::Setup, Role::Network) => &[id::BEARER],
        (MessageKind::Disconnect, _) => &[id::CAUSE],
        (MessageKind::Status, _) => &[id::CAUSE, id::CALL_STATE],
        (MessageKind::Notify, _) => &[id::NOTIFICATION],
        (MessageKind::Restart | MessageKind::RestartAcknowledge, _) => &[id::RESTART],
        (MessageKind::Facility, _) => &[id::FACILITY],
        (MessageKind::UserInformation, _) => &[id::USER_USER],
        (MessageKind::HoldReject | MessageKind::RetrieveReject, _) => &[id::CAUSE],
        _ => &[],
    }
}

/// Examines a message that needs the `mandatory` elements.
pub fn examine(parsed: &Parsed, mandatory: &[u8]) -> Examination {
    let bad = |id: u8| has_fault(parsed, id, FaultKind::Contents) && !parsed.message.has(id);
    let missing = mandatory.iter().copied().filter(|&id| !bad(id) && !parsed.message.has(id));
    let needed_unknown = faults(parsed, FaultKind::Unknown).filter(|&id| needs_comprehension(id));
    let mandatory_bad = mandatory.iter().copied().filter(|&id| bad(id));
    let optional_bad = faults(parsed, FaultKind::Contents);
    // 5.8.7.1 leaves it to us whether a STATUS tells of them, and no exchange wants to hear it; for clearing it does not.
    let clears = matches!(parsed.message.kind, MessageKind::Disconnect | MessageKind::Release);
    let optional_unknown = faults(parsed, FaultKind::Unknown).filter(|_| clears);

    refuse(Cause::MandatoryElementMissing, missing)
        .or_else(|| refuse(Cause::ElementUnknown, needed_unknown))
        .or_else(|| refuse(Cause::InvalidElementContents, mandatory_bad))
        .or_else(|| complain(optional_bad))
        .or_else(|| complain_of_unknown(optional_unknown))
        .unwrap_or(Examination::Good)
}

fn refuse(cause: Cause, ids: impl Iterator<Item = u8>) -> Option<Examination> {
    let diagnostics = collect(ids);
    (!diagnostics.is_empty()).then_some(Examination::Refuse(cause, diagnostics))
}

/// 5.8.7.2: user-user is access information, it has a cause of its own.
fn complain(ids: impl Iterator<Item = u8>) -> Option<Examination> {
    let diagnostics = collect(ids);
    let cause = match diagnostics.first()? {
        &id::USER_USER => Cause::AccessInformationDiscarded,
        _ => Cause::InvalidElementContents,
    };
    Some(Examination::Complain(cause, diagnostics))
}

fn complain_of_unknown(ids: impl Iterator<Item = u8>) -> Option<Examination> {
    let diagnostics = collect(ids);
    (!diagnostics.is_empty()).then_some(Examination::Complain(Cause::ElementUnknown, diagnostics))
}

fn collect(ids: impl Iterator<Item = u8>) -> Diagnostics {
    ids.take(Diagnostics::new().capacity()).collect()
}

fn faults(parsed: &Parsed, kind: FaultKind) -> impl Iterator<Item = u8> + '_ {
    parsed.faults.iter().filter(move |fault| fault.kind == kind).map(|fault| fault.id)
}

fn has_fault(parsed: &Parsed, id: u8, kind: FaultKind) -> bool {
    faults(parsed, kind).any(|faulty| faulty == id)
}

/// 4.5.1, note 1 of table 4-3: identifiers with 0000 in bits 5 to 8 must be understood.
const fn needs_comprehension(id: u8) -> bool {
    id & 0xf0 == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::q931::Message;

    const HEADER: [u8; 5] = [0x08, 0x02, 0x00, 0x01, 0x05];
    const BEARER: [u8; 5] = [0x04, 0x03, 0x80, 0x90, 0xa3];
    const CHANNEL: [u8; 5] = [0x18, 0x03, 0xa9, 0x83, 0x81];

    fn examined(elements: &[&[u8]]) -> Examination {
        let octets = [&HEADER[..], &elements.concat()].concat();
        examine(&Message::parse(&octets).unwrap(), mandatory(MessageKind::Setup, Role::User))
    }

    fn refused(cause: Cause, id: u8) -> Examination {
        Examination::Refuse(cause, [id].into_iter().collect())
    }

    #[test]
    fn a_setup_with_bearer_and_channel_is_good() {
        assert_eq!(examined(&[&BEARER, &CHANNEL]), Examination::Good);
        assert_eq!(examined(&[&CHANNEL, &BEARER]), Examination::Good, "order does not matter");
    }

    #[test]
    fn a_missing_mandatory_element_is_cause_96_and_named() {
        assert_eq!(examined(&[&CHANNEL]), refused(Cause::MandatoryElementMissing, 0x04));
        assert_eq!(examined(&[&BEARER]), refused(Cause::MandatoryElementMissing, 0x18));
    }

    #[test]
    fn bad_contents_of_a_mandatory_element_are_cause_100() {
        assert_eq!(examined(&[&[0x04, 0x01, 0x80], &CHANNEL]), refused(Cause::InvalidElementContents, 0x04));
        assert_eq!(examined(&[&BEARER, &[0x18, 0x7f, 0xa9]]), refused(Cause::InvalidElementContents, 0x18));
    }

    #[test]
    fn an_unknown_element_that_must_be_understood_is_cause_99() {
        assert_eq!(examined(&[&BEARER, &[0x01, 0x01, 0x00], &CHANNEL]), refused(Cause::ElementUnknown, 0x01));
    }

    #[test]
    fn an_unknown_element_of_another_kind_or_codeset_is_ignored() {
        assert_eq!(examined(&[&BEARER, &CHANNEL, &[0x33, 0x01, 0x00]]), Examination::Good);
        assert_eq!(examined(&[&BEARER, &CHANNEL, &[0x9e, 0x01, 0x01, 0x00]]), Examination::Good);
        assert_eq!(examined(&[&BEARER, &CHANNEL, &[0x96, 0x01, 0x01, 0x00]]), Examination::Good);
    }

    #[test]
    fn bad_contents_of_an_optional_element_let_the_call_go_on() {
        let complaint = Examination::Complain(Cause::InvalidElementContents, [0x6c].into_iter().collect());
        assert_eq!(examined(&[&BEARER, &CHANNEL, &[0x6c, 0x00]]), complaint);
        let complaint = Examination::Complain(Cause::AccessInformationDiscarded, [0x7e].into_iter().collect());
        assert_eq!(examined(&[&BEARER, &CHANNEL, &[0x7e, 0x00]]), complaint);
    }
}
