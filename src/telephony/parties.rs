//! The people at the far end of a span: their numbers and names as the line has them, and as the house knows them.

use call::{AnswerTold, CallerTold, Diversion, DiversionReason, NotWritable, Number, Numbering, Party, Shown};
use isdn::{
    Charset, ConnectedParty, IncomingSetup, NameStyle, SetupRequest,
    q931::element::{Display, NumberElement, PartyNumber, RedirectingNumber, RedirectionReason},
};
use settings::{NameCharset, Settings, TrunkGroup};

use super::services;

/// How a span writes numbers and names.
pub(super) struct Parties {
    numbering: Numbering,
    names: NameStyle,
}

/// A caller, as call control is told of one.
pub(super) struct Caller {
    pub(super) called: Option<Number>,
    pub(super) calling: Option<Number>,
    pub(super) private: bool,
    pub(super) told: CallerTold,
}

impl Parties {
    pub(super) fn of(group: &TrunkGroup, settings: &Settings) -> Parties {
        let own = super::machines::dialect(group.dialect).rules().name_style;
        let charset = group.numbers.names.map_or(own.charset, charset);
        Parties { numbering: Numbering::of(group, settings), names: NameStyle { charset, ..own } }
    }

    /// Who calls, by what a SETUP says.
    pub(super) fn caller(&self, setup: &IncomingSetup) -> Caller {
        let particulars = &setup.particulars;
        let (shown, other) = self.numbering.of_two(setup.calling.as_ref(), particulars.second_calling.as_ref());
        let calling = shown;
        let (shown, other) = (self.numbering.party(shown), self.numbering.party(other));
        let private = shown == Party::Withheld;
        // A network that is to withhold the number may send the name and the second number all the same.
        let told = CallerTold {
            other_number: other.number().cloned().filter(|_| !private),
            name: setup.display.as_ref().and_then(|display| self.names.read(display)).filter(|_| !private),
            subaddress: particulars
                .calling_subaddress
                .as_ref()
                .and_then(|subaddress| subaddress.text())
                .map(str::to_owned),
            diversion: self.diversion(particulars.redirecting.as_ref(), particulars.original_called.as_ref()),
            wanted: services::wanted(particulars),
            spoiled: self.numbering.spoiled(setup.called.as_ref(), calling),
        };
        let called = setup.called.as_ref().and_then(|called| self.numbering.delivered(called));
        Caller { called, calling: shown.number().cloned(), private, told }
    }

    /// A SETUP to a number, from a caller of the house.
    pub(super) fn setup(&self, number: &Number, calling: &Shown, tag: u64) -> Result<SetupRequest, NotWritable> {
        let called: NumberElement = self.numbering.dialled(number)?;
        let party: Option<PartyNumber> = self.numbering.shown(calling.number.as_ref(), calling.private);
        let display = calling.name.as_deref().map(|name| self.names.write(name));
        Ok(SetupRequest { display, ..SetupRequest::speech(called, party, tag) })
    }

    /// Who answered in the house, as the far end is to see it.
    pub(super) fn answering(&self, who: &Shown) -> ConnectedParty {
        ConnectedParty {
            number: self.numbering.shown(who.number.as_ref(), who.private),
            subaddress: None,
            name: who.name.as_deref().map(|name| self.names.write(name)),
        }
    }

    /// Who answered at the far end.
    pub(super) fn answered(&self, party: &ConnectedParty) -> AnswerTold {
        let number = self.numbering.party(party.number.as_ref());
        let name = party.name.as_ref().and_then(|name| self.names.read(name)).filter(|_| number != Party::Withheld);
        let subaddress = party.subaddress.as_ref().and_then(|subaddress| subaddress.text()).map(str::to_owned);
        AnswerTold { party: number, name, subaddress }
    }

    /// A party of a service, and its name where that may be known.
    pub(super) fn other(&self, party: &PartyNumber, name: Option<&Display>) -> (Party, Option<String>) {
        let party = self.numbering.party(Some(party));
        let name = name.and_then(|name| self.names.read(name)).filter(|_| party != Party::Withheld);
        (party, name)
    }

    /// A name that comes alone.
    pub(super) fn name(&self, name: &Display) -> Option<String> {
        self.names.read(name)
    }

    /// The number to which a network diverts, where it may be known.
    pub(super) fn diverted_to(&self, to: Option<&PartyNumber>) -> Option<Number> {
        self.numbering.party(to).number().cloned()
    }

    fn diversion(&self, last: Option<&RedirectingNumber>, first: Option<&RedirectingNumber>) -> Option<Diversion> {
        let party = |number: Option<&RedirectingNumber>| self.numbering.party(number.map(|number| &number.party));
        let known = last.or(first)?;
        let from = party(Some(known));
        let first = Some(party(first)).filter(|first| *first != from).unwrap_or_default();
        Some(Diversion { from, first, reason: known.reason.map_or(DiversionReason::Unknown, reason) })
    }
}

fn charset(names: NameCharset) -> Charset {
    match names {
        NameCharset::Utf8 => Charset::Utf8,
        NameCharset::Gbk => Charset::Gbk,
        NameCharset::Latin1 => Charset::Latin1,
    }
}

/// Why a call was diverted, as call control says it.
pub(super) fn reason(reason: RedirectionReason) -> DiversionReason {
    match reason {
        RedirectionReason::Busy => DiversionReason::Busy,
        RedirectionReason::NoReply => DiversionReason::NoReply,
        RedirectionReason::Unconditional => DiversionReason::Unconditional,
        RedirectionReason::Deflection | RedirectionReason::ByEquipment => DiversionReason::Deflected,
        RedirectionReason::OutOfOrder => DiversionReason::OutOfOrder,
        RedirectionReason::Unknown | RedirectionReason::Other(_) => DiversionReason::Unknown,
    }
}
