//! A message of call control: any octets from a link.

use isdn::{
    Role,
    q931::{FaultKind, Message, Parsed, examine, mandatory},
};

/// What is read can be judged, written and read again as the same.
pub fn message(octets: &[u8]) {
    let Ok(parsed) = Message::parse(octets) else { return };
    for role in [Role::User, Role::Network] {
        let _ = examine(&parsed, mandatory(parsed.message.kind, role));
    }
    for complete_first in [false, true] {
        writes_and_reads_back(&parsed, complete_first);
    }
}

fn writes_and_reads_back(parsed: &Parsed, complete_first: bool) {
    // A message that was read may be longer when it is written: a shift that the far end left out.
    let Ok(written) = parsed.message.emit(complete_first) else { return };
    let again = Message::parse(&written).expect("the header was ours");
    // An unknown element is kept as it came, and stays unknown.
    assert!(again.faults.iter().all(|fault| fault.kind == FaultKind::Unknown), "{parsed:?}");
    assert_eq!(again.message.emit(complete_first).as_ref(), Ok(&written), "{parsed:?}");
    assert_eq!(again.message.elements.len(), parsed.message.elements.len());
}
