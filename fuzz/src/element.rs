//! One information element: its identifier, then any contents. The fuzzer's octets all go into one element, which takes it
//! deeper into the contents than a whole message would.

use isdn::q931::{CallReference, Message, MessageKind};

/// An element that is read is written back and read as the same.
pub fn element(octets: &[u8]) {
    let Some((&id, contents)) = octets.split_first() else { return };
    let contents = &contents[..contents.len().min(usize::from(u8::MAX))];
    let written = [&HEADER, &[id & 0x7f, contents.len() as u8][..], contents].concat();
    let parsed = Message::parse(&written).expect("the header is whole");
    let [element] = parsed.message.elements.as_slice() else {
        // A shift takes what follows it for elements; anything else is one element or one fault.
        assert!(parsed.message.elements.is_empty() && parsed.faults.len() <= 1, "{parsed:?}");
        return;
    };
    let message =
        Message::new(CallReference { value: 1, to_originator: false }, MessageKind::Setup).with(element.clone());
    let Ok(again) = message.emit(false) else { return };
    let again = Message::parse(&again).expect("the header is ours");
    assert_eq!(again.message, message);
    // An unknown element is kept as it came, and stays unknown.
    assert_eq!(again.faults, parsed.faults);
}

/// SETUP of call 1.
const HEADER: [u8; 5] = [0x08, 0x02, 0x00, 0x01, 0x05];
