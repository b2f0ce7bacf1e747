//! Names and diversion, whichever way a dialect tells them: elements of Q.931 for the box, operations on the line.
//!
//! Source: the operations of EN 300 207-1, ECMA-164 and ECMA-174; which dialect tells what in which way stands in
//! [`Rules`](crate::Rules). So the box sees one thing, and whoever writes a SETUP need not know the dialect.
//! Not here: what comes in other messages than SETUP and CONNECT.

use super::{
    DiversionReason, DivertingLeg2, FacilityContents, Header, InvokeId, Name, Operation, Syntax,
    address::without_number, rose::Component,
};
use crate::{
    DiversionBy, NameBy, NameStyle, SpanSettings,
    q931::{
        Element, Message, MessageKind,
        element::{Display, Facility, Presentation, RedirectingNumber, RedirectionReason},
    },
};

/// An operation as an element; `None` where the way of speaking lacks it or it would be too long.
pub(crate) fn facility(header: Header, syntax: Syntax, id: InvokeId, operation: &Operation) -> Option<Element> {
    let (code, argument) = operation.emit(syntax)?;
    let invoke = Component::Invoke { id, linked: None, operation: code, argument };
    let contents = FacilityContents::one(header, invoke).emit().ok()?;
    Facility::new(&contents).map(Element::Facility)
}

/// What the components of a message ask for, as far as `syntax` knows it.
pub(crate) fn operations(message: &Message, syntax: Syntax) -> impl Iterator<Item = Operation> {
    let facilities = message.facilities().filter_map(|facility| FacilityContents::parse(facility.contents()).ok());
    facilities.flat_map(|parsed| parsed.facility.components).filter_map(move |component| match component {
        Component::Invoke { operation, argument, .. } => Operation::parse(syntax, &operation, &argument).ok(),
        _ => None,
    })
}

/// Puts into a SETUP of ours, as operations, what the dialect does not tell by elements. A SETUP that would become too long
/// goes without: the call is worth more than the name.
pub(crate) fn write_setup(setup: &mut Message, settings: &SpanSettings, mut next_id: impl FnMut() -> InvokeId) {
    let told = setup.elements.len();
    let diversion = take_diversion(setup, settings).and_then(|leg| diversion(&leg, settings, next_id()));
    let name = take_name(setup, settings).and_then(|display| caller_name(&display, settings, next_id()));
    if diversion.is_none() && name.is_none() && setup.elements.len() == told {
        return;
    }
    setup.elements.extend(diversion.into_iter().chain(name));
    if setup.emit(false).is_err() {
        setup.elements.retain(|element| !matches!(element, Element::Facility(_)));
    }
}

/// The name of whoever answers, as the dialect tells it.
pub(crate) fn connected_name(display: Display, settings: &SpanSettings, id: InvokeId) -> Option<Element> {
    match settings.rules().name.of(settings.role) {
        NameBy::Nothing => None,
        NameBy::Display => Some(Element::Display(display)),
        NameBy::QsigFacility => {
            let name = Operation::ConnectedName(name_of(&display, settings.rules().name_style)?);
            facility(Header::END_TO_END, Syntax::Private, id, &name)
        }
        // National ISDN has an operation for the caller's name alone; libpri answers with a Display.
        NameBy::Ni2Facility => Some(Element::Display(display)),
    }
}

/// The message with what its operations tell of the parties as elements; `None` where they tell nothing.
pub(crate) fn read(message: &Message, syntax: Syntax) -> Option<Message> {
    let mut told = message.clone();
    for operation in operations(message, syntax) {
        match (message.kind, operation) {
            (MessageKind::Setup, Operation::CallingName(name))
            | (MessageKind::Connect, Operation::ConnectedName(name)) => {
                // Of two displays the first counts, and the operation is the one that says whose name it is.
                let display = display_of(&name).map(Element::Display);
                display.into_iter().for_each(|display| told.elements.insert(0, display));
            }
            (MessageKind::Setup, Operation::DivertingLeg2(leg)) => add_diversion(&mut told, leg),
            _ => {}
        }
    }
    (told.elements.len() > message.elements.len()).then_some(told)
}

/// A name as a Display, if it may be shown.
pub(crate) fn display_of(name: &Name) -> Option<Display> {
    name.to_text().map(|text| Display::from_text(&text))
}

/// A Display as a name; `None` where it shows nothing.
pub(crate) fn name_of(display: &Display, style: NameStyle) -> Option<Name> {
    Name::shown(&style.read(display)?)
}

/// Numbers that elements have told already are left as they are.
fn add_diversion(message: &mut Message, leg: DivertingLeg2) {
    if message.redirecting_number().is_none() {
        let party = leg.from.unwrap_or_else(|| without_number(Presentation::NotAvailable));
        let redirecting = RedirectingNumber { party, reason: Some(leg.reason.into()) };
        message.elements.push(Element::RedirectingNumber(redirecting));
    }
    if let (None, Some(party)) = (message.original_called_number(), leg.first_called) {
        let original = RedirectingNumber { party, reason: leg.first_reason.map(RedirectionReason::from) };
        message.elements.push(Element::OriginalCalledNumber(original));
    }
}

/// The diversion that a SETUP tells by elements, taken out of it where the dialect tells it by an operation.
fn take_diversion(setup: &mut Message, settings: &SpanSettings) -> Option<DivertingLeg2> {
    if settings.rules().diversion == DiversionBy::Element {
        return None;
    }
    let redirecting = setup.redirecting_number().cloned();
    let original = setup.original_called_number().cloned();
    setup
        .elements
        .retain(|element| !matches!(element, Element::RedirectingNumber(_) | Element::OriginalCalledNumber(_)));
    let last = redirecting.as_ref().or(original.as_ref())?;
    Some(DivertingLeg2 {
        // Elements count no diversions: two parties are two of them.
        count: if redirecting.is_some() && original.is_some() { 2 } else { 1 },
        reason: reason_of(last),
        first_reason: original.as_ref().filter(|_| redirecting.is_some()).map(reason_of),
        from: Some(last.party.clone()),
        first_called: original.map(|original| original.party),
        from_name: None,
        first_called_name: None,
    })
}

fn reason_of(number: &RedirectingNumber) -> DiversionReason {
    number.reason.unwrap_or(RedirectionReason::Unknown).into()
}

fn diversion(leg: &DivertingLeg2, settings: &SpanSettings, id: InvokeId) -> Option<Element> {
    let operation = Operation::DivertingLeg2(leg.clone());
    match settings.rules().diversion {
        DiversionBy::Element => None,
        DiversionBy::EtsiFacility => facility(Header::REMOTE, Syntax::Etsi, id, &operation),
        DiversionBy::QsigFacility => facility(Header::END_TO_END, Syntax::Private, id, &operation),
    }
}

/// The caller's name, taken out of a SETUP where the dialect tells it by an operation or not at all.
fn take_name(setup: &mut Message, settings: &SpanSettings) -> Option<Display> {
    if settings.rules().name.of(settings.role) == NameBy::Display {
        return None;
    }
    let display = setup.display().cloned();
    setup.elements.retain(|element| !matches!(element, Element::Display(_)));
    display
}

fn caller_name(display: &Display, settings: &SpanSettings, id: InvokeId) -> Option<Element> {
    let operation = Operation::CallingName(name_of(display, settings.rules().name_style)?);
    match settings.rules().name.of(settings.role) {
        NameBy::Nothing | NameBy::Display => None,
        NameBy::QsigFacility => facility(Header::END_TO_END, Syntax::Private, id, &operation),
        NameBy::Ni2Facility => facility(Header::NAME_OF_NI2, Syntax::Ni2, id, &operation),
    }
}
