//! A whole message: header and elements.
//!
//! Source: ITU-T Q.931, 4.5.1 to 4.5.4. Elements are read in any order and from any codeset; they are written ascending
//! within their codeset, each codeset behind a locking shift. `parse(emit(x)) == x` for messages whose elements stand in
//! that order.

use super::{
    CallReference, Element, HeaderError, MessageKind,
    element::{
        Bearer, CallStateElement, CauseElement, ChannelId, DateTime, Digits, Display, ExtendedNotification, Facility,
        HighLayer, LowLayer, Notification, NumberElement, PartyNumber, Progress, RedirectingNumber, RestartClass,
        Signal, Subaddress, UserUser, id,
    },
    header,
};
use crate::q921::Information;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which call it concerns; `None` is the dummy call reference.
    pub reference: Option<CallReference>,
    /// What it is.
    pub kind: MessageKind,
    /// Its elements. Of an element that may stand once, the first counts.
    pub elements: Vec<Element>,
}

/// A message as it was read, with what was wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The message, without its bad elements.
    pub message: Message,
    /// The bad elements, in the order of the message.
    pub faults: Vec<ElementFault>,
}

/// A bad element of codeset 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementFault {
    /// Its identifier.
    pub id: u8,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Its contents are not valid, or it is longer than the message.
    Contents,
    /// It is not known.
    Unknown,
}

/// The message does not fit into an I frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is longer than N201")]
pub struct TooLong;

impl Message {
    /// A message without elements.
    pub fn new(reference: CallReference, kind: MessageKind) -> Message {
        Message { reference: Some(reference), kind, elements: Vec::new() }
    }

    /// The message with one more element.
    pub fn with(mut self, element: impl Into<Option<Element>>) -> Message {
        self.elements.extend(element.into());
        self
    }

    /// Reads a message. A bad header is an error, a bad element is a fault beside the message.
    pub fn parse(octets: &[u8]) -> Result<Parsed, HeaderError> {
        let (reference, kind, rest) = header::parse(octets)?;
        let (elements, faults) = read_elements(rest);
        Ok(Parsed { message: Message { reference, kind, elements }, faults })
    }

    /// The octets, elements ascending, Sending complete first where `complete_first` says so.
    pub fn emit(&self, complete_first: bool) -> Result<Information, TooLong> {
        let mut elements: Vec<&Element> = self.elements.iter().collect();
        elements.sort_by_key(|element| {
            let first = complete_first && **element == Element::SendingComplete;
            (element.codeset(), !first, element.id())
        });
        let mut writer = Writer { octets: Information::new(), codeset: 0 };
        match self.reference {
            Some(reference) => writer.put(&header::emit(reference, self.kind))?,
            None => writer.put(&header::emit_dummy(self.kind))?,
        }
        elements.into_iter().try_for_each(|element| writer.element(element))?;
        Ok(writer.octets)
    }
}

/// The first element of a kind.
macro_rules! first {
    ($($(#[$doc:meta])* $name:ident: $variant:ident($type:ty),)*) => {
        impl Message {
            $($(#[$doc])*
            pub fn $name(&self) -> Option<&$type> {
                self.elements.iter().find_map(|element| match element {
                    Element::$variant(value) => Some(value),
                    _ => None,
                })
            })*
        }
    };
}

first! {
    /// The bearer capability.
    bearer: Bearer(Bearer),
    /// The cause.
    cause: Cause(CauseElement),
    /// The call state.
    call_state: CallState(CallStateElement),
    /// The channel identification.
    channel_id: ChannelId(ChannelId),
    /// The notification indicator.
    notification: Notification(Notification),
    /// The notification indicator that has more behind it.
    extended_notification: ExtendedNotification(ExtendedNotification),
    /// The display.
    display: Display(Display),
    /// The date and time.
    date_time: DateTime(DateTime),
    /// The keypad facility.
    keypad: Keypad(Digits),
    /// The signal.
    signal: Signal(Signal),
    /// The connected number.
    connected_number: ConnectedNumber(PartyNumber),
    /// The connected subaddress.
    connected_subaddress: ConnectedSubaddress(Subaddress),
    /// The calling party number, of two the first.
    calling_number: CallingNumber(PartyNumber),
    /// The calling party subaddress.
    calling_subaddress: CallingSubaddress(Subaddress),
    /// The called party number.
    called_number: CalledNumber(NumberElement),
    /// The called party subaddress.
    called_subaddress: CalledSubaddress(Subaddress),
    /// The number that was called at first.
    original_called_number: OriginalCalledNumber(RedirectingNumber),
    /// The number that diverted the call last.
    redirecting_number: RedirectingNumber(RedirectingNumber),
    /// The number to which the call is diverted.
    redirection_number: RedirectionNumber(PartyNumber),
    /// The low layer compatibility.
    low_layer: LowLayer(LowLayer),
    /// The high layer compatibility.
    high_layer: HighLayer(HighLayer),
    /// The user-user information.
    user_user: UserUser(UserUser),
    /// The restart indicator.
    restart_class: Restart(RestartClass),
}

impl Message {
    /// The progress indicators; there may be several.
    pub fn progress(&self) -> impl Iterator<Item = Progress> + '_ {
        self.elements.iter().filter_map(|element| match element {
            Element::Progress(progress) => Some(*progress),
            _ => None,
        })
    }

    /// The calling party numbers in their order. A network that screens may give its own beside the user's, EN 300 092-1.
    pub fn calling_numbers(&self) -> impl Iterator<Item = &PartyNumber> {
        self.elements.iter().filter_map(|element| match element {
            Element::CallingNumber(number) => Some(number),
            _ => None,
        })
    }

    /// What supplementary services say; there may be several.
    pub fn facilities(&self) -> impl Iterator<Item = &Facility> {
        self.elements.iter().filter_map(|element| match element {
            Element::Facility(facility) => Some(facility),
            _ => None,
        })
    }

    /// Whether it tells of something to hear in the channel.
    pub fn is_audible(&self) -> bool {
        self.progress().any(Progress::is_audible)
    }

    /// Whether Sending complete is there.
    pub fn is_complete(&self) -> bool {
        self.elements.contains(&Element::SendingComplete)
    }

    /// Whether an element of codeset 0 with this identifier is there.
    pub fn has(&self, id: u8) -> bool {
        self.elements.iter().any(|element| element.codeset() == 0 && element.id() == id)
    }
}

/// Reads what follows a header.
pub(super) fn read_elements(octets: &[u8]) -> (Vec<Element>, Vec<ElementFault>) {
    let mut reader = Reader { rest: octets, codeset: 0, shifted: None, elements: Vec::new(), faults: Vec::new() };
    while reader.read_one() {}
    (reader.elements, reader.faults)
}

struct Reader<'a> {
    rest: &'a [u8],
    /// The codeset that a locking shift chose.
    codeset: u8,
    /// The codeset of the next element alone.
    shifted: Option<u8>,
    elements: Vec<Element>,
    faults: Vec<ElementFault>,
}

impl<'a> Reader<'a> {
    fn read_one(&mut self) -> bool {
        let Some((&first, rest)) = self.rest.split_first() else { return false };
        self.rest = rest;
        match first {
            0x90..=0x9f => self.shift(first),
            0x80.. => self.read_octet(first),
            _ => self.read_contents(first),
        }
        true
    }

    /// 4.5.2 to 4.5.4. A locking shift to a lower codeset is not allowed and has no effect.
    fn shift(&mut self, octet: u8) {
        let codeset = octet & 7;
        if octet & NON_LOCKING != 0 {
            self.shifted = Some(codeset);
        } else if codeset > self.codeset {
            self.codeset = codeset;
        }
    }

    fn read_octet(&mut self, octet: u8) {
        let codeset = self.take_codeset();
        let element = match (codeset, octet) {
            (0, id::SENDING_COMPLETE) => Element::SendingComplete,
            _ => Element::RawOctet { codeset, octet },
        };
        self.elements.push(element);
    }

    fn read_contents(&mut self, id: u8) {
        let codeset = self.take_codeset();
        let contents = self.take_contents();
        let known = match contents {
            None => Some(Err(())),
            Some(contents) if codeset == 0 => Element::parse(id, contents).map(|read| read.map_err(|_| ())),
            Some(_) => None,
        };
        match known {
            Some(Ok(element)) => self.elements.push(element),
            Some(Err(())) => self.fault(codeset, id, FaultKind::Contents),
            None => {
                self.fault(codeset, id, FaultKind::Unknown);
                let contents = contents.unwrap_or_default().into();
                self.elements.push(Element::Raw { codeset, id, contents });
            }
        }
    }

    fn take_codeset(&mut self) -> u8 {
        self.shifted.take().unwrap_or(self.codeset)
    }

    /// The contents behind the length octet; `None` and nothing left where the message ends before they do.
    fn take_contents(&mut self) -> Option<&'a [u8]> {
        let rest = std::mem::take(&mut self.rest);
        let (&length, rest) = rest.split_first()?;
        let (contents, rest) = rest.split_at_checked(usize::from(length))?;
        self.rest = rest;
        Some(contents)
    }

    /// Elements of other codesets are the network's or ours to ignore: no fault.
    fn fault(&mut self, codeset: u8, id: u8, kind: FaultKind) {
        if codeset == 0 {
            self.faults.push(ElementFault { id, kind });
        }
    }
}

/// Writes one element of codeset 0 behind what stands there.
pub(super) fn write_element(octets: &mut Information, element: &Element) -> Result<(), TooLong> {
    let mut writer = Writer { octets: std::mem::take(octets), codeset: 0 };
    let written = writer.element(element);
    *octets = writer.octets;
    written
}

struct Writer {
    octets: Information,
    codeset: u8,
}

impl Writer {
    fn element(&mut self, element: &Element) -> Result<(), TooLong> {
        if element.codeset() != self.codeset {
            self.codeset = element.codeset();
            self.put(&[LOCKING_SHIFT | self.codeset & 7])?;
        }
        self.put(&[element.id()])?;
        let Some(contents) = element.contents() else { return Ok(()) };
        // Contents are bounded by what one length octet can say.
        self.put(&[contents.len() as u8])?;
        self.put(&contents)
    }

    fn put(&mut self, octets: &[u8]) -> Result<(), TooLong> {
        self.octets.try_extend_from_slice(octets).map_err(|_| TooLong)
    }
}

const LOCKING_SHIFT: u8 = 0x90;
const NON_LOCKING: u8 = 0x08;
