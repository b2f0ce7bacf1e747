//! Completion of calls to a party who was busy or did not answer, between a private exchange and its network.
//!
//! Source: EN 300 359-1, CCBS-private-networks-Operations-and-Errors (`CCBS-T-...`), and EN 301 065-1 for parties who do not
//! answer (`CCNR-T-Request`); EN 300 196-1, annex D (`Address`, `Q931InformationElement`). The argument is as libpri has it
//! (rose.h, `roseEtsiCCBS_T_Request_ARG`), and its octets were compared with libpri's.
//! Not here: the same between a network and one telephone (`CCBSRequest`), and between private exchanges (ECMA-186); both are
//! refused by their own errors.

use std::fmt;

use arrayvec::ArrayVec;

use super::{
    address::{read_number, sendable, write_number},
    ber::{BerError, ObjectId, Reader, Tag, Writer},
    rose::{Argument, Code, Component, InvokeId},
    table,
    transfer::read_subaddress,
};
use crate::q931::element::NumberElement;

/// Why the call did not get through, and so what is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Completion {
    /// CCBS: the party was busy, and is free again.
    Busy,
    /// CCNR: the party did not answer, and has used the telephone since.
    NoReply,
}

/// `CCBS-T-Request` and `CCNR-T-Request`: which call is to be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionRequest {
    /// Whom it wanted.
    pub called: NumberElement,
    /// What it carried.
    pub service: Service,
    /// The request is kept where the party is busy again.
    pub retains: bool,
    /// Whether the caller may be shown.
    pub shown: Option<bool>,
    /// Who called, as its SETUP said.
    pub calling: Option<NumberElement>,
}

/// What a call carried: its elements for bearer and compatibility, as its SETUP had them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Service(ArrayVec<u8, { Service::MAX_OCTETS }>);

/// Whether a request that was accepted is kept where the party is busy again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention(pub bool);

/// Why a request for completion is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompletionDenial {
    /// It may be accepted if it is asked again later.
    ForNow,
    /// There is no use in asking again.
    ForLong,
}

impl Service {
    /// Bearer capability, low and high layer compatibility are at most this long together (Q.931, 4.5.5, 4.5.17, 4.5.19).
    pub const MAX_OCTETS: usize = 14 + 5 + 18;

    /// The elements as they stand in a message; `None` where they are longer than theirs can be.
    pub fn new(elements: &[u8]) -> Option<Service> {
        elements.try_into().ok().map(Service)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({} octets)", self.0.len())
    }
}

impl CompletionRequest {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<CompletionRequest, BerError> {
        let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
        let called = read_address(&mut inside)?;
        let service = Service::new(inside.take(SERVICE)?.octets()?).ok_or(BerError::Type)?;
        let retains = inside.take_if(RETENTION)?.map(|value| value.boolean()).transpose()?.unwrap_or(false);
        let shown = inside.take_if(SHOWN)?.map(|value| value.boolean()).transpose()?;
        let calling = if inside.is_empty() { None } else { Some(read_address(&mut inside)?) };
        Ok(CompletionRequest { called, service, retains, shown, calling })
    }

    /// `None` where a number can't be written.
    pub(super) fn write(&self, writer: &mut Writer) -> Option<()> {
        let can = [Some(&self.called), self.calling.as_ref()].into_iter().flatten().all(sendable);
        writer.sequence(|writer| {
            writer.sequence(|writer| write_number(writer, &self.called));
            writer.primitive(SERVICE, &self.service.0);
            if self.retains {
                writer.boolean(RETENTION, true);
            }
            self.shown.iter().for_each(|shown| writer.boolean(SHOWN, *shown));
            self.calling.iter().for_each(|calling| writer.sequence(|writer| write_number(writer, calling)));
        });
        can.then_some(())
    }
}

impl Retention {
    /// Reads the result of a request; without one nothing is kept.
    pub fn of(result: Option<&(Code, Argument)>) -> Retention {
        let kept = result.and_then(|(_, result)| result.values().take(Tag::BOOLEAN).ok()?.boolean().ok());
        Retention(kept.unwrap_or(false))
    }

    /// The result of a request.
    pub fn emit(self) -> Argument {
        Argument::short(|writer| writer.boolean(Tag::BOOLEAN, self.0))
    }
}

impl CompletionDenial {
    /// The answer to an invoke.
    pub fn answer(self, id: InvokeId) -> Component {
        let error = match self {
            CompletionDenial::ForLong => LONG_TERM_DENIAL,
            CompletionDenial::ForNow => SHORT_TERM_DENIAL,
        };
        Component::Error {
            id,
            error: Code::Global(ObjectId::below(table::CCBS_T, error)),
            parameter: Argument::default(),
        }
    }

    /// What an error of the far end says, if it says one of these: as whichever side of whichever standard has it.
    pub fn of_error(error: &Code) -> Option<CompletionDenial> {
        let last = |root| match error {
            Code::Global(error) => error.last_below(root),
            Code::Local(_) => None,
        };
        match (last(table::CCBS_T), last(table::CCBS), error) {
            (Some(LONG_TERM_DENIAL), ..) | (_, Some(AT_NETWORK_FOR_LONG), _) | (.., Code::Local(PRIVATE_FOR_LONG)) => {
                Some(CompletionDenial::ForLong)
            }
            (Some(SHORT_TERM_DENIAL), ..) | (_, Some(AT_NETWORK_FOR_NOW), _) | (.., Code::Local(PRIVATE_FOR_NOW)) => {
                Some(CompletionDenial::ForNow)
            }
            _ => None,
        }
    }
}

/// An `Address`: a number, and a subaddress that nothing here has a use for.
fn read_address(reader: &mut Reader<'_>) -> Result<NumberElement, BerError> {
    let mut inside = reader.take(Tag::SEQUENCE)?.inside()?;
    let number = read_number(&mut inside)?;
    if !inside.is_empty() {
        read_subaddress(&mut inside)?;
    }
    Ok(number)
}

/// `Q931InformationElement`.
const SERVICE: Tag = Tag::application(0);
/// `retentionSupported`.
const RETENTION: Tag = Tag::context(1);
/// `presentationAllowedIndicator`.
const SHOWN: Tag = Tag::context(2);

/// `longTermDenial` and `shortTermDenial` between private exchange and network.
const LONG_TERM_DENIAL: u8 = 20;
const SHORT_TERM_DENIAL: u8 = 21;
/// The same at a line for one telephone.
pub(super) const AT_NETWORK_FOR_LONG: u8 = 22;
const AT_NETWORK_FOR_NOW: u8 = 23;
/// `longTermRejection` and `shortTermRejection`, ECMA-186.
pub(super) const PRIVATE_FOR_LONG: i32 = 1011;
const PRIVATE_FOR_NOW: i32 = 1010;

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::suppl::address::tests::any_number;

    pub fn any_request() -> impl Strategy<Value = CompletionRequest> {
        let service = prop::collection::vec(any::<u8>(), 0..=Service::MAX_OCTETS);
        let calling = prop::option::of(any_number());
        (any_number(), service, any::<bool>(), any::<Option<bool>>(), calling).prop_map(
            |(called, service, retains, shown, calling)| {
                let service = Service::new(&service).unwrap();
                CompletionRequest { called, service, retains, shown, calling }
            },
        )
    }

    #[test]
    fn a_result_without_a_word_keeps_nothing() {
        assert!(!Retention::of(None).0);
        for kept in [true, false] {
            assert_eq!(Retention::of(Some(&(Code::Local(1), Retention(kept).emit()))).0, kept);
        }
    }

    #[test]
    fn a_denial_is_known_by_whichever_number_its_standard_has_for_it() {
        let below = |root, last| Code::Global(ObjectId::below(root, last));
        for denial in [CompletionDenial::ForLong, CompletionDenial::ForNow] {
            let Component::Error { error, .. } = denial.answer(1) else { panic!("a denial is an error") };
            assert_eq!(CompletionDenial::of_error(&error), Some(denial));
        }
        assert_eq!(CompletionDenial::of_error(&below(table::CCBS, 22)), Some(CompletionDenial::ForLong));
        assert_eq!(CompletionDenial::of_error(&below(table::CCBS, 23)), Some(CompletionDenial::ForNow));
        assert_eq!(CompletionDenial::of_error(&Code::Local(1010)), Some(CompletionDenial::ForNow));
        assert_eq!(CompletionDenial::of_error(&Code::Local(20)), None, "the number of another standard");
    }
}
