//! The contents of a Facility element: BER and remote operations.

use isdn::suppl::{Argument, Code, Component, FacilityContents, Operation, Syntax};

/// What is read is written back and read as the same, in every syntax.
pub fn facility(octets: &[u8]) {
    let Ok(parsed) = FacilityContents::parse(octets) else { return };
    for component in &parsed.facility.components {
        if let Component::Invoke { operation, argument, .. }
        | Component::Result { result: Some((operation, argument)), .. } = component
        {
            SYNTAXES.iter().for_each(|syntax| reads_operation(*syntax, operation, argument));
        }
    }
    // Lengths that the far end wrote longer than need be make room; an element has only so much of it.
    let Ok(written) = parsed.facility.emit() else { return };
    let again = FacilityContents::parse(&written).expect("what we write, we read");
    assert_eq!((again.facility, again.faults), (parsed.facility, Vec::new()));
}

/// Reading takes from a far end more than it ought to say in its syntax, such as a name in EuroISDN; writing leaves that
/// out. So it is the second writing that has to be the same.
fn reads_operation(syntax: Syntax, code: &Code, argument: &Argument) {
    let Ok(operation) = Operation::parse(syntax, code, argument) else { return };
    let Some((code, argument)) = operation.emit(syntax) else { return };
    let again = Operation::parse(syntax, &code, &argument).expect("what we write, we read");
    assert_eq!(again.emit(syntax), Some((code, argument)));
}

const SYNTAXES: [Syntax; 4] = [Syntax::Etsi, Syntax::Private, Syntax::Ni2, Syntax::Dms100];
