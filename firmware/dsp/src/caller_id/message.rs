//! The message: EN 300 659-3, GR-30-CORE.
//!
//! One octet of type, one of length, the parameters, and a check octet that makes the sum of all octets zero. A number is
//! ASCII, a name in the country's coding; what that does not have is sent as `?`.

use encoding_rs::GBK;
use thiserror::Error;

use super::Charset;

const MESSAGE_SINGLE: u8 = 0x04;
const MESSAGE_MULTIPLE: u8 = 0x80;
const MESSAGES_WAITING: u8 = 0x82;
const PARAMETER_TIME: u8 = 0x01;
const PARAMETER_NUMBER: u8 = 0x02;
const PARAMETER_NUMBER_ABSENT: u8 = 0x04;
const PARAMETER_NAME: u8 = 0x07;
const PARAMETER_NAME_ABSENT: u8 = 0x08;
const PARAMETER_INDICATOR: u8 = 0x0b;

/// EN 300 659-3: up to 20 digits.
const NUMBER_OCTETS: usize = 20;
/// EN 300 659-3 allows 50; GR-30-CORE telephones show 15 and drop a message that has more.
const NAME_OCTETS: usize = 15;

/// How a message is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// SDMF: time and number without labels.
    Single,
    /// MDMF: each parameter labelled.
    Multiple,
}

/// When the call came, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTime {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// Why a number or a name is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// The caller does not want it: `P`.
    Private,
    /// The network does not know it: `O`.
    Unavailable,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerId {
    /// When; a message in single format always has it, as 01-01 00:00 where it is not known.
    pub time: Option<CallTime>,
    /// The number, or why there is none.
    pub number: Result<String, Withheld>,
    /// The name, or why there is none. Not sent where unavailable.
    pub name: Result<String, Withheld>,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CallerIdError {
    /// Its sum is not zero.
    #[error("the check octet does not match")]
    Checksum,
    /// It is shorter than it says.
    #[error("the message is cut short")]
    Short,
    /// It is no call set-up message.
    #[error("message type {0:#04x} is not a call set-up")]
    Type(u8),
    /// Its time is no time, or a text is not in its coding.
    #[error("parameter {0:#04x} cannot be read")]
    Parameter(u8),
}

impl CallerId {
    /// A caller known by number only.
    pub fn of_number(number: &str) -> CallerId {
        CallerId { time: None, number: Ok(number.to_owned()), name: Err(Withheld::Unavailable) }
    }

    /// The message, from its type to its check octet.
    pub fn emit(&self, format: Format, charset: Charset) -> Vec<u8> {
        let (message_type, body) = match format {
            Format::Single => (MESSAGE_SINGLE, self.single_body()),
            Format::Multiple => (MESSAGE_MULTIPLE, self.multiple_body(charset)),
        };
        framed(message_type, body)
    }

    /// Reads a message. Parameters that are not known are skipped; a time of 01-01 00:00 in single format is a time.
    ///
    /// # Errors
    /// What is wrong with it; the call is then to be taken as one without caller id.
    pub fn parse(octets: &[u8], charset: Charset) -> Result<CallerId, CallerIdError> {
        let [message_type, length, rest @ ..] = octets else { return Err(CallerIdError::Short) };
        let length = usize::from(*length);
        let (Some(body), Some(_)) = (rest.get(..length), rest.get(length)) else { return Err(CallerIdError::Short) };
        if sum(&octets[..length + 3]) != 0 {
            return Err(CallerIdError::Checksum);
        }
        match *message_type {
            MESSAGE_SINGLE => parse_single(body),
            MESSAGE_MULTIPLE => parse_multiple(body, charset),
            other => Err(CallerIdError::Type(other)),
        }
    }

    fn single_body(&self) -> Vec<u8> {
        let mut body = time_digits(self.time.unwrap_or(CallTime { month: 1, day: 1, hour: 0, minute: 0 })).to_vec();
        match &self.number {
            Ok(number) => body.extend(text(number, NUMBER_OCTETS)),
            Err(why) => body.push(letter(*why)),
        }
        body
    }

    fn multiple_body(&self, charset: Charset) -> Vec<u8> {
        let mut body = Vec::new();
        if let Some(time) = self.time {
            parameter(&mut body, PARAMETER_TIME, &time_digits(time));
        }
        match &self.number {
            Ok(number) => parameter(&mut body, PARAMETER_NUMBER, &text(number, NUMBER_OCTETS)),
            Err(why) => parameter(&mut body, PARAMETER_NUMBER_ABSENT, &[letter(*why)]),
        }
        match &self.name {
            Ok(name) => parameter(&mut body, PARAMETER_NAME, &name_text(name, charset)),
            Err(Withheld::Private) => parameter(&mut body, PARAMETER_NAME_ABSENT, &[letter(Withheld::Private)]),
            Err(Withheld::Unavailable) => {}
        }
        body
    }
}

/// The message that lights a telephone's lamp, or puts it out: EN 300 659-3, GR-1401-CORE. It goes with no call.
pub(super) fn messages_waiting(waiting: bool) -> Vec<u8> {
    let mut body = Vec::new();
    parameter(&mut body, PARAMETER_INDICATOR, &[if waiting { 0xff } else { 0 }]);
    framed(MESSAGES_WAITING, body)
}

fn framed(message_type: u8, body: Vec<u8>) -> Vec<u8> {
    let mut octets = vec![message_type, body.len() as u8];
    octets.extend(body);
    octets.push(check_octet(&octets));
    octets
}

fn parse_single(body: &[u8]) -> Result<CallerId, CallerIdError> {
    let (time, number) = body.split_at_checked(8).ok_or(CallerIdError::Short)?;
    let time = Some(parse_time(time)?);
    let number = match number {
        [one] if withheld(*one).is_some() => Err(withheld(*one).unwrap_or(Withheld::Unavailable)),
        digits => Ok(parse_text(PARAMETER_NUMBER, digits)?),
    };
    Ok(CallerId { time, number, name: Err(Withheld::Unavailable) })
}

fn parse_multiple(mut body: &[u8], charset: Charset) -> Result<CallerId, CallerIdError> {
    let unknown = Err(Withheld::Unavailable);
    let mut caller = CallerId { time: None, number: unknown.clone(), name: unknown };
    while let [kind, length, rest @ ..] = body {
        let (value, next) = rest.split_at_checked(usize::from(*length)).ok_or(CallerIdError::Short)?;
        take_parameter(&mut caller, *kind, value, charset)?;
        body = next;
    }
    if body.is_empty() { Ok(caller) } else { Err(CallerIdError::Short) }
}

fn take_parameter(caller: &mut CallerId, kind: u8, value: &[u8], charset: Charset) -> Result<(), CallerIdError> {
    match kind {
        PARAMETER_TIME => caller.time = Some(parse_time(value)?),
        PARAMETER_NUMBER => caller.number = Ok(parse_text(kind, value)?),
        PARAMETER_NUMBER_ABSENT => caller.number = Err(absence(kind, value)?),
        PARAMETER_NAME => caller.name = Ok(parse_name(value, charset)?),
        PARAMETER_NAME_ABSENT => caller.name = Err(absence(kind, value)?),
        // EN 300 659-3: a terminal skips what it does not know.
        _ => {}
    }
    Ok(())
}

fn parameter(body: &mut Vec<u8>, kind: u8, value: &[u8]) {
    body.push(kind);
    body.push(value.len() as u8);
    body.extend_from_slice(value);
}

fn text(text: &str, longest: usize) -> Vec<u8> {
    let octet = |character: char| if (' '..='~').contains(&character) { character as u8 } else { b'?' };
    text.chars().take(longest).map(octet).collect()
}

/// A name as far as its octets fit, whole characters only.
fn name_text(name: &str, charset: Charset) -> Vec<u8> {
    match charset {
        Charset::Ascii => text(name, NAME_OCTETS),
        Charset::Gbk => {
            let mut octets = Vec::new();
            for character in name.chars() {
                let coded = gbk(character);
                if octets.len() + coded.len() > NAME_OCTETS {
                    break;
                }
                octets.extend(coded);
            }
            octets
        }
    }
}

fn gbk(character: char) -> Vec<u8> {
    let mut utf8 = [0; 4];
    let (coded, _, unknown) = GBK.encode(character.encode_utf8(&mut utf8));
    if unknown || character.is_control() { vec![b'?'] } else { coded.into_owned() }
}

fn parse_name(value: &[u8], charset: Charset) -> Result<String, CallerIdError> {
    match charset {
        Charset::Ascii => parse_text(PARAMETER_NAME, value),
        Charset::Gbk => {
            let name = GBK.decode_without_bom_handling_and_without_replacement(value);
            let name = name.filter(|name| !name.chars().any(char::is_control));
            name.map(Into::into).ok_or(CallerIdError::Parameter(PARAMETER_NAME))
        }
    }
}

fn parse_text(kind: u8, value: &[u8]) -> Result<String, CallerIdError> {
    let printable = value.iter().all(|octet| (b' '..=b'~').contains(octet));
    let text = std::str::from_utf8(value).ok().filter(|_| printable);
    text.map(str::to_owned).ok_or(CallerIdError::Parameter(kind))
}

fn letter(why: Withheld) -> u8 {
    match why {
        Withheld::Private => b'P',
        Withheld::Unavailable => b'O',
    }
}

fn withheld(letter: u8) -> Option<Withheld> {
    match letter {
        b'P' => Some(Withheld::Private),
        b'O' => Some(Withheld::Unavailable),
        _ => None,
    }
}

fn absence(kind: u8, value: &[u8]) -> Result<Withheld, CallerIdError> {
    value.first().and_then(|&letter| withheld(letter)).ok_or(CallerIdError::Parameter(kind))
}

fn time_digits(time: CallTime) -> [u8; 8] {
    let mut digits = [b'0'; 8];
    for (pair, number) in digits.chunks_exact_mut(2).zip([time.month, time.day, time.hour, time.minute]) {
        pair[0] += number / 10 % 10;
        pair[1] += number % 10;
    }
    digits
}

fn parse_time(value: &[u8]) -> Result<CallTime, CallerIdError> {
    let wrong = CallerIdError::Parameter(PARAMETER_TIME);
    if value.len() != 8 || !value.iter().all(u8::is_ascii_digit) {
        return Err(wrong);
    }
    let number = |place: usize| (value[place] - b'0') * 10 + (value[place + 1] - b'0');
    let time = CallTime { month: number(0), day: number(2), hour: number(4), minute: number(6) };
    let fits = (1..=12).contains(&time.month) && (1..=31).contains(&time.day) && time.hour < 24 && time.minute < 60;
    if fits { Ok(time) } else { Err(wrong) }
}

fn sum(octets: &[u8]) -> u8 {
    octets.iter().fold(0, |sum: u8, &octet| sum.wrapping_add(octet))
}

/// Two's complement of the sum: EN 300 659-3.
fn check_octet(octets: &[u8]) -> u8 {
    sum(octets).wrapping_neg()
}
