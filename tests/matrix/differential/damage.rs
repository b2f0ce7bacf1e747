//! Messages with one thing wrong, all of them in a list that is the same each time.

/// One message with its damage.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which message it was.
    pub message: &'static str,
    /// In which state of the call it comes.
    pub state: State,
    pub damage: Damage,
    /// Discriminator, call reference and all; the reference's value is to be filled in.
    pub octets: Vec<u8>,
}

/// What the call is when the message comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Null,
    /// Answered.
    Active,
    /// The message is about no call.
    Global,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Nothing.
    None,
    /// An octet of discriminator, call reference or message type.
    Header,
    /// The message ends within its header.
    CutHeader,
    /// The message ends within this element.
    Cut(u8),
    /// This element is not there.
    Missing(u8),
    /// The length of this element.
    Length(u8),
    /// The contents of this element.
    Contents(u8),
    /// The identifier of this element.
    Identifier(u8),
    /// An element that nobody knows.
    Unknown,
    /// One that nobody knows and that must be understood.
    UnknownMandatory,
    /// This element stands twice.
    Repeated(u8),
    /// This element stands last.
    OutOfOrder(u8),
}

/// Identifiers of elements, Q.931, table 4-3.
pub const BEARER: u8 = 0x04;
pub const CALL_STATE: u8 = 0x14;
pub const NOTIFICATION: u8 = 0x27;

const HEADER_OCTETS: usize = 5;

/// Where the reference's value stands.
pub const REFERENCE_AT: usize = 3;

const SETUP: &[&[u8]] = &[
    &[0x04, 0x03, 0x80, 0x90, 0xa3],
    &[0x18, 0x03, 0xa9, 0x83, 0x83],
    &[0x1e, 0x02, 0x80, 0x83],
    &[0x6c, 0x06, 0x21, 0x80, 0x31, 0x32, 0x33, 0x34],
    &[0x70, 0x04, 0x80, 0x35, 0x36, 0x37],
    &[0xa1],
];
const CAUSE: &[u8] = &[0x08, 0x02, 0x80, 0x90];

type Base = (&'static str, State, u8, &'static [&'static [u8]]);

const BASES: [Base; 12] = [
    ("SETUP", State::Null, 0x05, SETUP),
    ("DISCONNECT without a call", State::Null, 0x45, &[CAUSE]),
    ("RELEASE without a call", State::Null, 0x4d, &[CAUSE]),
    ("STATUS without a call", State::Null, 0x7d, &[&[0x08, 0x02, 0x80, 0x9e], &[0x14, 0x01, 0x0a]]),
    ("DISCONNECT", State::Active, 0x45, &[CAUSE]),
    ("RELEASE", State::Active, 0x4d, &[CAUSE]),
    ("RELEASE COMPLETE", State::Active, 0x5a, &[CAUSE]),
    ("STATUS", State::Active, 0x7d, &[&[0x08, 0x02, 0x80, 0x9e], &[0x14, 0x01, 0x0a]]),
    ("STATUS ENQUIRY", State::Active, 0x75, &[]),
    ("NOTIFY", State::Active, 0x6e, &[&[0x27, 0x01, 0xf9]]),
    ("INFORMATION", State::Active, 0x7b, &[&[0x2c, 0x01, 0x35]]),
    ("RESTART", State::Global, 0x46, &[&[0x18, 0x03, 0xa9, 0x83, 0x83], &[0x79, 0x01, 0x80]]),
];

/// All of them.
pub fn cases() -> Vec<Case> {
    BASES.iter().flat_map(of).collect()
}

fn of(&(message, state, kind, elements): &Base) -> Vec<Case> {
    let header = [0x08, 0x02, 0x00, 0x00, kind];
    let case = |damage, octets: Vec<u8>| Case { message, state, damage, octets };
    let built = |elements: &[&[u8]]| [&header[..], &elements.concat()].concat();
    let whole = built(elements);
    let mut cases = vec![case(Damage::None, whole.clone())];
    cases.extend(in_header(&whole).into_iter().map(|octets| case(Damage::Header, octets)));
    cases.extend((0..HEADER_OCTETS).map(|octets| case(Damage::CutHeader, whole[..octets].to_vec())));
    for (at, element) in elements.iter().enumerate() {
        let id = element[0];
        let without = [&elements[..at], &elements[at + 1..]].concat();
        let before = built(&elements[..at]);
        cases.extend((1..element.len()).map(|octets| case(Damage::Cut(id), [&before, &element[..octets]].concat())));
        cases.push(case(Damage::Missing(id), built(&without)));
        cases.push(case(Damage::Repeated(id), built(&[&elements[..=at], &elements[at..]].concat())));
        cases.push(case(Damage::OutOfOrder(id), built(&[&without[..], &elements[at..=at]].concat())));
        let places = before.len()..before.len() + element.len();
        for (within, place) in places.enumerate() {
            let damage = match within {
                0 => Damage::Identifier(id),
                1 => Damage::Length(id),
                _ => Damage::Contents(id),
            };
            cases.extend(flips(&whole, place).into_iter().map(|octets| case(damage, octets)));
        }
    }
    cases.push(case(Damage::Unknown, built(&[elements, &[&[0x33, 0x02, 0x01, 0x02]]].concat())));
    cases.push(case(Damage::UnknownMandatory, built(&[elements, &[&[0x02, 0x01, 0x00]]].concat())));
    cases
}

/// Not the reference's value: that would be another call.
fn in_header(whole: &[u8]) -> Vec<Vec<u8>> {
    [0, 1, 2, 4].into_iter().flat_map(|place| flips(whole, place)).collect()
}

/// The message with each bit of an octet wrong, and with none and all of them set.
fn flips(whole: &[u8], place: usize) -> Vec<Vec<u8>> {
    let old = whole[place];
    let wrong = (0..8).map(|bit| old ^ 1 << bit).chain([0x00, 0xff]).filter(|octet| *octet != old);
    wrong
        .map(|octet| {
            let mut octets = whole.to_vec();
            octets[place] = octet;
            octets
        })
        .collect()
}
