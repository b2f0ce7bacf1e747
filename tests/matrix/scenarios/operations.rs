//! Operations in Facility elements, as a dialect writes them.

use isdn::{
    Dialect,
    q931::element::Facility,
    suppl::{Component, FacilityContents, Header, Operation, Syntax},
};

use crate::line::{Line, Miss, Seen};

const fn syntax(dialect: Dialect) -> Syntax {
    match dialect {
        Dialect::EuroIsdn | Dialect::China => Syntax::Etsi,
        Dialect::Qsig => Syntax::Private,
        Dialect::Ni2 | Dialect::Att4ess | Dialect::Lucent5ess => Syntax::Ni2,
        Dialect::Dms100 => Syntax::Dms100,
    }
}

/// The operations that a Facility asks for, as far as we know them.
pub fn of(line: &Line, facility: &Facility) -> Vec<Operation> {
    let syntax = syntax(line.column.switch.dialect());
    let Ok(parsed) = FacilityContents::parse(facility.contents()) else { return Vec::new() };
    let components = parsed.facility.components.into_iter();
    components
        .filter_map(|component| match component {
            Component::Invoke { operation, argument, .. } => Operation::parse(syntax, &operation, &argument).ok(),
            _ => None,
        })
        .collect()
}

/// A Facility that asks for an operation.
pub fn invoke(line: &Line, operation: &Operation) -> Seen<Facility> {
    let dialect = line.column.switch.dialect();
    let header = match syntax(dialect) {
        Syntax::Private => Header::END_TO_END,
        Syntax::Ni2 | Syntax::Dms100 => Header::NAME_OF_NI2,
        Syntax::Etsi => Header::REMOTE,
    };
    let (code, argument) =
        operation.emit(syntax(dialect)).ok_or_else(|| Miss(format!("{dialect:?} cannot say {operation:?}")))?;
    let component = Component::Invoke { id: 1, linked: None, operation: code, argument };
    let contents = FacilityContents::one(header, component).emit().map_err(|error| Miss(error.to_string()))?;
    Facility::new(&contents).ok_or_else(|| Miss("an empty Facility".to_owned()))
}
