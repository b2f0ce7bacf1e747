//! What of a frame is kept: everything but digits, names and what users tell each other. Lengths stay, so that decoders
//! read the rest.
//!
//! Source: ITU-T Q.931, 4.5, for the shape of elements; X.690, 8.1, for that of Facility. Rules: keypad digits, the digits
//! of INFORMATION, names and user-user information are never kept. Numbers and subaddresses are masked in the middle, or
//! kept whole where the owner says so. What is not known to be harmless is taken for a secret.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::q931::{MessageKind, element::id};

/// What is kept of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeptNumbers {
    /// Their ends.
    #[default]
    Masked,
    /// All of them, but no keypad digits and no digits of INFORMATION.
    Whole,
}

/// How many digits at the beginning and at the end of a number are shown. Extensions are no secret.
pub const fn shown_ends(digits: usize) -> (usize, usize) {
    match digits {
        0..=4 => (digits, 0),
        5..=7 => (1, 2),
        8..=9 => (2, 3),
        _ => (3, 4),
    }
}

/// Masks a frame of the data link in its place.
pub(super) fn mask(frame: &mut [u8], numbers: KeptNumbers) {
    let Some(&control) = frame.get(2) else { return };
    match control {
        // I frames, and S frames, which have nothing behind their header.
        _ if control & I_FRAME_BIT == 0 => message(past(frame, 4), numbers),
        _ if control & KIND_BITS == S_FRAME => hide(past(frame, 4)),
        _ => match control & !POLL_FINAL {
            UI => message(past(frame, 3), numbers),
            // Ours: a mark that tells a loop, and no secret. A reason of rejection.
            XID | FRMR => {}
            _ => hide(past(frame, 3)),
        },
    }
}

fn message(message: &mut [u8], numbers: KeptNumbers) {
    let Some((&discriminator, _)) = message.split_first() else { return };
    if !KNOWN_PROTOCOLS.contains(&discriminator) {
        return hide(past(message, 1));
    }
    let Some(&length) = message.get(1) else { return };
    let kind_at = 2 + usize::from(length & 0x0f);
    let Some(&kind) = message.get(kind_at) else { return };
    let kind = MessageKind::from_code(kind);
    let elements = past(message, kind_at + 1);
    match kind {
        // A segment goes on in the middle of an element.
        MessageKind::Segment => hide(elements),
        _ => Masker { numbers, is_information: kind == MessageKind::Information }.elements(elements),
    }
}

struct Masker {
    numbers: KeptNumbers,
    is_information: bool,
}

impl Masker {
    /// Goes through elements as [`Message::parse`](crate::q931::Message::parse) does.
    fn elements(&self, mut rest: &mut [u8]) {
        let (mut locked, mut shifted) = (0, None);
        while let Some((&mut first, after)) = rest.split_first_mut() {
            rest = after;
            match first {
                SHIFT..=LAST_SHIFT if first & NON_LOCKING != 0 => shifted = Some(first & 7),
                SHIFT..=LAST_SHIFT => locked = locked.max(first & 7),
                0x80.. => shifted = None,
                _ => {
                    let codeset = shifted.take().unwrap_or(locked);
                    let length = rest.first().map_or(0, |length| usize::from(*length));
                    let behind = past(rest, 1);
                    if length > behind.len() {
                        return hide(behind);
                    }
                    let (contents, next) = behind.split_at_mut(length);
                    self.contents(codeset, first, contents);
                    rest = next;
                }
            }
        }
    }

    fn contents(&self, codeset: u8, element: u8, contents: &mut [u8]) {
        match element {
            _ if codeset != 0 => hide(contents),
            id::CAUSE => self.cause(contents),
            id::CALLED_NUMBER => self.number(past(contents, 1)),
            id::CALLING_NUMBER | id::CONNECTED_NUMBER => self.number(behind_extensions(contents)),
            OLD_CONNECTED | REDIRECTING | ORIGINAL_CALLED | REDIRECTION => self.number(behind_extensions(contents)),
            CONNECTED_SUBADDRESS | id::CALLING_SUBADDRESS | id::CALLED_SUBADDRESS => self.text(past(contents, 1)),
            // A DMS-100 has an octet 3a.
            FACILITY => self.facility(behind_extensions(contents)),
            id::DISPLAY if contents.first() == Some(&DISPLAY_TYPE) => hide(past(contents, 1)),
            id::USER_USER => hide(past(contents, 1)),
            _ if HARMLESS.contains(&element) => {}
            _ => hide(contents),
        }
    }

    /// Q.850: the diagnostics of causes 22 and 23 are a number, those of the others are not.
    fn cause(&self, contents: &mut [u8]) {
        let diagnostics = behind_extensions(contents);
        if let Some((value, diagnostics)) = diagnostics.split_first_mut()
            && matches!(*value & 0x7f, 22 | 23)
        {
            self.elements(diagnostics);
        }
    }

    fn number(&self, digits: &mut [u8]) {
        match self.numbers {
            _ if self.is_information => hide(digits),
            KeptNumbers::Whole => {}
            KeptNumbers::Masked => {
                let middle = middle(digits.len());
                hide(&mut digits[middle]);
            }
        }
    }

    fn text(&self, text: &mut [u8]) {
        if self.numbers == KeptNumbers::Masked || !text.iter().all(is_digit) {
            hide(text);
        }
    }

    /// X.690: through all values, however deep, one after the other; an end-of-contents is a value without octets.
    fn facility(&self, mut rest: &mut [u8]) {
        while let Some((tag, length, header)) = ber_header(rest) {
            rest = past(rest, header);
            if tag & CONSTRUCTED != 0 {
                continue;
            }
            if length > rest.len() {
                break;
            }
            let (value, next) = rest.split_at_mut(length);
            self.value(tag, value);
            rest = next;
        }
        // What is no value, or breaks off.
        hide(rest);
    }

    fn value(&self, tag: u8, value: &mut [u8]) {
        let is_text = value.len() > 1 && value.iter().all(|octet| *octet >= b' ' && *octet != 0x7f);
        match tag & CLASS {
            UNIVERSAL if HARMLESS_VALUES.contains(&(tag & TAG)) => {}
            UNIVERSAL | APPLICATION => self.text(value),
            _ if is_text => self.text(value),
            _ => {}
        }
    }
}

/// The tag of a value, its length, and how long both are; a length that is not told is that of what follows. `None` where
/// nothing stands.
fn ber_header(octets: &[u8]) -> Option<(u8, usize, usize)> {
    let (&tag, mut rest) = octets.split_first()?;
    if tag & TAG == TAG {
        // A tag in several octets: the last has no extension bit.
        let more = rest.iter().position(|octet| octet & 0x80 == 0)?;
        rest = rest.get(more + 1..)?;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        INDEFINITE => (0, rest),
        0..INDEFINITE => (usize::from(first), rest),
        _ => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0_usize, |sum, octet| (sum << 8 | usize::from(*octet)) & 0xffff), rest)
        }
    };
    Some((tag, length, octets.len() - rest.len()))
}

/// What follows the octets up to the first with the extension bit, at most three: 3, 3a, 3b.
fn behind_extensions(contents: &mut [u8]) -> &mut [u8] {
    let last = contents.iter().take(3).position(|octet| octet & 0x80 != 0);
    past(contents, last.map_or(3, |last| last + 1))
}

/// The digits that are hidden.
fn middle(digits: usize) -> Range<usize> {
    let (head, tail) = shown_ends(digits);
    head..digits - tail
}

fn past(octets: &mut [u8], count: usize) -> &mut [u8] {
    octets.get_mut(count..).unwrap_or_default()
}

fn hide(octets: &mut [u8]) {
    octets.fill(HIDDEN);
}

fn is_digit(octet: &u8) -> bool {
    octet.is_ascii_digit() || matches!(octet, b'*' | b'#')
}

/// Stands for what is not kept: a digit of a telephone, so that every decoder takes it.
const HIDDEN: u8 = b'*';

/// Q.931, and the maintenance messages of AT&T and of the United States.
const KNOWN_PROTOCOLS: [u8; 3] = [0x08, 0x03, 0x43];

/// Q.921, 3.4 and table 4.
const I_FRAME_BIT: u8 = 0x01;
const KIND_BITS: u8 = 0x03;
const S_FRAME: u8 = 0x01;
const POLL_FINAL: u8 = 0x10;
const UI: u8 = 0x03;
const XID: u8 = 0xaf;
const FRMR: u8 = 0x87;

/// Q.931, 4.5.2 to 4.5.4.
const SHIFT: u8 = 0x90;
const LAST_SHIFT: u8 = 0x9f;
const NON_LOCKING: u8 = 0x08;

/// Elements that `id` does not name, Q.931, table 4-3, and Q.952.
const OLD_CONNECTED: u8 = 0x0c;
const FACILITY: u8 = 0x1c;
const CONNECTED_SUBADDRESS: u8 = 0x4d;
const ORIGINAL_CALLED: u8 = 0x73;
const REDIRECTING: u8 = 0x74;
const REDIRECTION: u8 = 0x76;

/// QSIG and NI-2 put this before a name.
const DISPLAY_TYPE: u8 = 0xb1;

/// Bearer, call state, channel, progress, notification, restart, low and high layer compatibility; change status,
/// network-specific facilities, date, signal, transit network: nothing of them is a person's.
const HARMLESS: [u8; 13] = [
    id::BEARER,
    id::CALL_STATE,
    id::CHANNEL_ID,
    id::PROGRESS,
    id::NOTIFICATION,
    id::RESTART,
    id::LOW_LAYER,
    id::HIGH_LAYER,
    0x01,
    0x20,
    0x29,
    0x34,
    0x78,
];

/// X.690, 8.1.2.
const CLASS: u8 = 0xc0;
const UNIVERSAL: u8 = 0x00;
const APPLICATION: u8 = 0x40;
const CONSTRUCTED: u8 = 0x20;
const TAG: u8 = 0x1f;
const INDEFINITE: u8 = 0x80;

/// End of contents, boolean, integer, null, object identifier, enumerated.
const HARMLESS_VALUES: [u8; 6] = [0, 1, 2, 5, 6, 10];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An I frame of these octets, as it is kept.
    fn kept(message: &[u8], numbers: KeptNumbers) -> Vec<u8> {
        let mut frame = [&[0x00, 0x01, 0x00, 0x00], message].concat();
        mask(&mut frame, numbers);
        frame.split_off(4)
    }

    fn element(id: u8, contents: &[u8]) -> Vec<u8> {
        [&[id, contents.len() as u8], contents].concat()
    }

    fn setup(elements: &[Vec<u8>]) -> Vec<u8> {
        [&[0x08, 0x02, 0x00, 0x01, 0x05][..], &elements.concat()].concat()
    }

    /// The golden SETUP of libpri.
    #[test]
    fn of_a_setup_the_ends_of_numbers_are_kept_and_nothing_of_the_name() {
        let golden = setup(&[
            element(0x04, &[0x80, 0x90, 0xa3]),
            element(0x18, &[0xa9, 0x83, 0x81]),
            element(0x28, b"Zhang San"),
            element(0x6c, b"\x21\x801087654321"),
            element(0x70, b"\x8062001234"),
            vec![0xa1],
        ]);
        let masked = setup(&[
            element(0x04, &[0x80, 0x90, 0xa3]),
            element(0x18, &[0xa9, 0x83, 0x81]),
            element(0x28, b"*********"),
            element(0x6c, b"\x21\x80108***4321"),
            element(0x70, b"\x8062***234"),
            vec![0xa1],
        ]);
        assert_eq!(kept(&golden, KeptNumbers::Masked), masked);
        let whole = kept(&golden, KeptNumbers::Whole);
        assert!(whole.ends_with(b"62001234\xa1") && whole.windows(9).any(|name| name == b"*********"));
    }

    #[test]
    fn keypad_and_information_are_never_kept_whatever_the_owner_says() {
        for numbers in [KeptNumbers::Masked, KeptNumbers::Whole] {
            let keypad = setup(&[element(0x2c, b"1234#")]);
            assert_eq!(kept(&keypad, numbers), setup(&[element(0x2c, b"*****")]));
            let information = [&[0x08, 0x02, 0x00, 0x05, 0x7b][..], &element(0x70, b"\x807")].concat();
            assert!(kept(&information, numbers).ends_with(b"\x80*"));
        }
    }

    #[test]
    fn numbers_hide_in_many_elements() {
        for (id, before) in [
            (0x0c, &b"\x21\x81"[..]),
            (0x4c, b"\x21\x81"),
            (0x73, b"\x21\x81"),
            (0x74, b"\x21\x01\x8f"),
            (0x76, b"\xa1"),
        ] {
            let sent = setup(&[element(id, &[before, b"13912345678"].concat())]);
            let masked = setup(&[element(id, &[before, b"139****5678"].concat())]);
            assert_eq!(kept(&sent, KeptNumbers::Masked), masked, "{id:02x}");
            assert_eq!(kept(&sent, KeptNumbers::Whole), sent, "{id:02x}");
        }
        for hidden in [element(0x7e, b"\x04secret"), element(0x71, b"\x80\x5012345"), element(0x33, b"12345")] {
            let told = kept(&setup(&[hidden]), KeptNumbers::Masked);
            assert!(!told.windows(2).any(|two| two.iter().all(u8::is_ascii_alphanumeric)), "{told:02x?}");
        }
        // Behind a shift, and within the diagnostics of "number changed".
        let shifted = setup(&[vec![0x96], element(0x28, b"name")]);
        assert!(kept(&shifted, KeptNumbers::Whole).ends_with(b"****"));
        let changed = [&[0x82, 0x96][..], &element(0x70, b"\x8113912345678")].concat();
        assert!(kept(&setup(&[element(0x08, &changed)]), KeptNumbers::Masked).ends_with(b"139****5678"));
    }

    /// EN 300 207, divertingLegInformation2 with a number, and a QSIG name.
    #[test]
    fn numbers_and_names_within_facility_are_hidden_and_its_shape_stays() {
        let before = b"\x91\xa1\x1c\x02\x01\x05\x02\x01\x0f\x30\x14\x02\x01\x01\x0a\x01\x02\xa1\x0c\xa0\x0a\x80\x08";
        let sent = |number: &[u8]| setup(&[element(0x1c, &[before, number].concat())]);
        assert_eq!(kept(&sent(b"62001234"), KeptNumbers::Masked), sent(b"********"));
        assert_eq!(kept(&sent(b"62001234"), KeptNumbers::Whole), sent(b"62001234"));
        let name = b"\x91\xa1\x0f\x02\x01\x01\x02\x01\x00\x80\x07Zhang S";
        assert!(kept(&setup(&[element(0x1c, name)]), KeptNumbers::Whole).ends_with(b"\x80\x07*******"));
    }

    /// As libpri sends it in each SETUP to a DMS-100: an octet 3a, then an operation without a number.
    #[test]
    fn the_facility_of_a_dms_100_keeps_its_shape() {
        let sent = setup(&[element(0x1c, b"\x11\xbe\xa1\x06\x02\x01\x01\x02\x01\x01")]);
        assert_eq!(kept(&sent, KeptNumbers::Masked), sent);
    }

    #[test]
    fn what_breaks_off_or_is_of_another_protocol_is_hidden() {
        let broken = setup(&[vec![0x70, 30, 0x80, b'1', b'2', b'3']]);
        assert!(kept(&broken, KeptNumbers::Whole).ends_with(b"****"));
        assert_eq!(kept(b"\x41secret", KeptNumbers::Whole), b"\x41******");
        let segment = [&[0x08, 0x02, 0x00, 0x01, 0x60][..], b"\x00\x02\x81\x0512345"].concat();
        assert!(!kept(&segment, KeptNumbers::Whole).contains(&b'1'));
        let mut misshapen = b"\x00\x01\x0112345".to_vec();
        mask(&mut misshapen, KeptNumbers::Whole);
        assert_eq!(misshapen, b"\x00\x01\x011****");
    }

    proptest! {
        #[test]
        fn any_frame_is_masked_without_panic_and_masking_twice_is_masking_once(
            frame in prop::collection::vec(any::<u8>(), 0..300), whole: bool,
        ) {
            let numbers = if whole { KeptNumbers::Whole } else { KeptNumbers::Masked };
            let mut once = frame.clone();
            mask(&mut once, numbers);
            prop_assert_eq!(once.len(), frame.len());
            let mut twice = once.clone();
            mask(&mut twice, numbers);
            prop_assert_eq!(twice, once);
        }

        #[test]
        fn no_run_of_digits_of_a_number_is_left(digits in "[0-9]{5,20}", element_id in prop::sample::select(&[0x70_u8, 0x33, 0x2c, 0x28, 0x7e][..])) {
            let sent = setup(&[element(element_id, &[b"\x81", digits.as_bytes()].concat())]);
            let kept = kept(&sent, KeptNumbers::Masked);
            prop_assert!(!kept.windows(digits.len()).any(|run| run == digits.as_bytes()));
        }
    }
}
