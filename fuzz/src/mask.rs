//! What is kept of a message in the trace: what a party keeps to itself must not be read from it, whatever else the message
//! says, and what is no secret must still be there.

use frame::Time;
use isdn::{
    Role,
    q921::{Body, Frame},
    q931::{Element, Message},
    trace::{Cursor, Direction, KeptNumbers, Trace, shown_ends},
};

/// Any octets from a link, as a message in an I frame.
pub fn mask(octets: &[u8]) {
    let sent = [&[0x00, 0x01, 0x00, 0x00], octets].concat();
    for numbers in [KeptNumbers::Masked, KeptNumbers::Whole] {
        let kept = kept(&sent, numbers);
        assert_eq!(kept.len(), sent.len(), "lengths stay");
        if let (Some(sent), Some(kept)) = (message(&sent), message(&kept)) {
            hides(&sent, &kept, numbers);
        }
    }
}

fn kept(frame: &[u8], numbers: KeptNumbers) -> Vec<u8> {
    let mut trace = Trace::new(Role::User, numbers);
    trace.keep(Time::ZERO, Direction::Received, frame);
    trace.records(Cursor::default()).next().map(|record| record.frame.to_vec()).expect("it was just kept")
}

/// Only what nothing is wrong with can be held to its shape: hidden contents may be better than those that came.
fn message(frame: &[u8]) -> Option<Message> {
    let Body::Information { information, .. } = Frame::parse(frame).ok()?.body else { return None };
    Message::parse(information).ok().filter(|parsed| parsed.faults.is_empty()).map(|parsed| parsed.message)
}

/// Both were read alike, element by element; of what was said only so much is left.
fn hides(sent: &Message, kept: &Message, numbers: KeptNumbers) {
    assert_eq!((sent.reference, sent.kind), (kept.reference, kept.kind));
    assert_eq!(sent.elements.len(), kept.elements.len(), "{sent:?} was kept as {kept:?}");
    for (sent, kept) in sent.elements.iter().zip(&kept.elements) {
        match (sent, kept) {
            (Element::Keypad(_), Element::Keypad(digits)) => assert_eq!(digits.as_str().trim_matches('*'), ""),
            (Element::Display(_), Element::Display(name)) => {
                assert!(name.name_octets().iter().all(|&octet| octet == b'*'))
            }
            (Element::CallingNumber(sent), Element::CallingNumber(kept)) => {
                number(sent.number.digits.as_str(), kept.number.digits.as_str(), numbers);
                assert_eq!(sent.presentation, kept.presentation, "that it is withheld is no secret");
            }
            (Element::ConnectedNumber(sent), Element::ConnectedNumber(kept)) => {
                number(sent.number.digits.as_str(), kept.number.digits.as_str(), numbers);
            }
            _ => {}
        }
    }
}

fn number(sent: &str, kept: &str, numbers: KeptNumbers) {
    let (head, tail) = shown_ends(sent.len());
    let ends = |digits: &str| {
        digits.get(..head).zip(digits.get(digits.len() - tail..)).map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    let middle = |digits: &str| digits.get(head..digits.len() - tail).map(|middle| middle.trim_matches('*').to_owned());
    assert_eq!(sent.len(), kept.len());
    if numbers == KeptNumbers::Masked && sent.is_ascii() {
        assert!(kept.bytes().all(|octet| octet == b'*') || ends(sent) == ends(kept));
        assert_eq!(middle(kept).as_deref().unwrap_or_default(), "", "the middle of a number was kept");
    }
}
