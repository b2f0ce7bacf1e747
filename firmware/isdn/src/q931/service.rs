//! Maintenance messages of North America: SERVICE and SERVICE ACKNOWLEDGE take channels out of service and back.
//!
//! Source: AT&T TR 41459 (4ESS, 5ESS) under protocol discriminator 0x03, Telcordia SR-4994 (NI-2) under 0x43, where the
//! two codes have changed places. A type of its own, because the same codes mean CONNECT and CONNECT ACKNOWLEDGE in call
//! control. Not here: what a channel does then; restarts.

use super::{CallReference, Element, ElementFault, HeaderError, TooLong, element::ChannelId, header, message};
use crate::q921::Information;

/// A whole maintenance message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceMessage {
    /// Whose practice it follows.
    pub practice: ServicePractice,
    /// The global call reference, with the flag of who began.
    pub reference: CallReference,
    /// It is the answer to such a message.
    pub acknowledges: bool,
    /// What the channel is to be, or is now.
    pub status: ChannelStatus,
    /// Which channel; the D-channel, too, where there is a second one to take its place.
    pub channel: ChannelId,
}

/// Whose practice maintenance follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServicePractice {
    /// AT&T's exchanges, discriminator 0x03.
    Att,
    /// The national standard of the United States, discriminator 0x43.
    National,
}

/// What a channel is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStatus {
    /// Calls.
    InService,
    /// Tests.
    Maintenance,
    /// Nothing.
    OutOfService,
}

/// Why octets are no maintenance message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// Its header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// It is neither SERVICE nor its acknowledgement, or belongs to a call.
    #[error("the message type {0:#04x} is no maintenance message")]
    Kind(u8),
    /// Change status or channel identification is missing or bad.
    #[error("change status or channel identification is missing or bad")]
    Elements,
}

impl ServiceMessage {
    /// The answer to it: the same channel and status.
    pub fn acknowledgement(&self) -> ServiceMessage {
        ServiceMessage { reference: self.reference.reply(), acknowledges: true, ..self.clone() }
    }

    /// Reads a message of either practice.
    pub fn parse(octets: &[u8]) -> Result<ServiceMessage, ServiceError> {
        let practice = match octets.first() {
            Some(&NATIONAL) => ServicePractice::National,
            _ => ServicePractice::Att,
        };
        let (reference, code, rest) = header::parse_of(practice.discriminator(), octets)?;
        let acknowledges = practice.acknowledges(code).ok_or(ServiceError::Kind(code))?;
        let reference = reference.filter(|reference| reference.value == 0).ok_or(ServiceError::Kind(code))?;
        let (elements, faults) = message::read_elements(rest);
        let status = elements.iter().find_map(change_status).ok_or(ServiceError::Elements)?;
        let channel = channel(elements, &faults).ok_or(ServiceError::Elements)?;
        Ok(ServiceMessage { practice, reference, acknowledges, status, channel })
    }

    /// The octets.
    pub fn emit(&self) -> Result<Information, TooLong> {
        let code = self.practice.code(self.acknowledges);
        let reference = CallReference { value: 0, ..self.reference };
        let head = header::emit_of(self.practice.discriminator(), reference, code);
        let status = [CHANGE_STATUS, 1, STATUS_OF_CHANNEL | self.status.code()];
        let mut octets: Information = head.into_iter().chain(status).collect();
        message::write_element(&mut octets, &Element::ChannelId(self.channel.clone()))?;
        Ok(octets)
    }
}

impl ServicePractice {
    const fn discriminator(self) -> u8 {
        match self {
            ServicePractice::Att => ATT,
            ServicePractice::National => NATIONAL,
        }
    }

    const fn code(self, acknowledges: bool) -> u8 {
        match (self, acknowledges) {
            (ServicePractice::Att, false) | (ServicePractice::National, true) => 0x0f,
            (ServicePractice::Att, true) | (ServicePractice::National, false) => 0x07,
        }
    }

    fn acknowledges(self, code: u8) -> Option<bool> {
        [false, true].into_iter().find(|&acknowledges| self.code(acknowledges) == code)
    }
}

impl ChannelStatus {
    const fn code(self) -> u8 {
        match self {
            ChannelStatus::InService => 0,
            ChannelStatus::Maintenance => 1,
            ChannelStatus::OutOfService => 2,
        }
    }

    fn from_code(code: u8) -> Option<ChannelStatus> {
        [ChannelStatus::InService, ChannelStatus::Maintenance, ChannelStatus::OutOfService]
            .into_iter()
            .find(|status| status.code() == code)
    }
}

/// Change status has an identifier that means something else, or nothing, in call control.
fn change_status(element: &Element) -> Option<ChannelStatus> {
    match element {
        Element::Raw { codeset: 0, id: CHANGE_STATUS, contents } => {
            contents.first().and_then(|octet| ChannelStatus::from_code(octet & 7))
        }
        _ => None,
    }
}

fn channel(elements: Vec<Element>, faults: &[ElementFault]) -> Option<ChannelId> {
    let bad = faults.iter().any(|fault| fault.id == super::element::id::CHANNEL_ID);
    elements.into_iter().filter(|_| !bad).find_map(|element| match element {
        Element::ChannelId(channel) => Some(channel),
        _ => None,
    })
}

const ATT: u8 = 0x03;
const NATIONAL: u8 = 0x43;

/// The identifier of change status.
const CHANGE_STATUS: u8 = 0x01;

/// Last octet; the preference bit says that a channel is meant.
const STATUS_OF_CHANNEL: u8 = 0xc0;

#[cfg(test)]
mod tests {
    use frame::Timeslot;
    use proptest::prelude::*;

    use super::*;

    fn out_of_service(practice: ServicePractice) -> ServiceMessage {
        let channel = ChannelId { interface: Some([0x81].into_iter().collect()), ..ChannelId::one(Timeslot(3), true) };
        let status = ChannelStatus::OutOfService;
        ServiceMessage { practice, reference: CallReference::GLOBAL, acknowledges: false, status, channel }
    }

    /// As libpri writes them for 4ESS and NI-2. Its answer under NI-2 has a type that is none (0xff).
    #[test]
    fn golden_service_messages_are_read_and_written_octet_for_octet() {
        let elements = [0x01, 0x01, 0xc2, 0x18, 0x04, 0xe9, 0x81, 0x83, 0x83];
        for (practice, head, answer) in [
            (ServicePractice::Att, [0x03, 0x02, 0x00, 0x00, 0x0f], [0x03, 0x02, 0x80, 0x00, 0x07]),
            (ServicePractice::National, [0x43, 0x02, 0x00, 0x00, 0x07], [0x43, 0x02, 0x80, 0x00, 0x0f]),
        ] {
            let message = out_of_service(practice);
            let octets = [&head[..], &elements].concat();
            assert_eq!(ServiceMessage::parse(&octets), Ok(message.clone()));
            assert_eq!(message.emit().unwrap().as_slice(), octets);
            let answered = message.acknowledgement().emit().unwrap();
            assert_eq!(answered.as_slice(), [&answer[..], &elements].concat());
            assert_eq!(ServiceMessage::parse(&answered), Ok(message.acknowledgement()));
        }
    }

    #[test]
    fn what_is_no_service_message_is_told_apart() {
        let parse = |octets: &[u8]| ServiceMessage::parse(octets).unwrap_err();
        let head = [0x43, 0x02, 0x00, 0x00, 0x07];
        let with = |elements: &[u8]| parse(&[&head[..], elements].concat());
        assert_eq!(parse(&[]), ServiceError::Header(HeaderError::TooShort));
        assert_eq!(parse(&[0x08, 0x02, 0, 0, 0x07]), ServiceError::Header(HeaderError::Discriminator(0x08)));
        assert_eq!(parse(&[0x43, 0x02, 0x80, 0, 0xff]), ServiceError::Kind(0xff));
        assert_eq!(parse(&[0x43, 0x02, 0, 1, 0x07]), ServiceError::Kind(0x07), "of a call");
        assert_eq!(parse(&[0x43, 0x00, 0x07, 0x00]), ServiceError::Kind(0x07), "of the dummy call reference");
        assert_eq!(with(&[0x18, 0x03, 0xa9, 0x83, 0x81]), ServiceError::Elements);
        assert_eq!(with(&[0x01, 0x01, 0xc7, 0x18, 0x03, 0xa9, 0x83, 0x81]), ServiceError::Elements, "no such status");
        assert_eq!(with(&[0x01, 0x01, 0xc2]), ServiceError::Elements);
        assert_eq!(with(&[0x01, 0x01, 0xc2, 0x18, 0x01, 0x00]), ServiceError::Elements);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..60), national: bool) {
            let head = [if national { NATIONAL } else { ATT }, 2, 0, 0, 7];
            if let Ok(message) = ServiceMessage::parse(&[&head[..], &octets].concat()) {
                prop_assert_eq!(ServiceMessage::parse(&message.emit().unwrap()), Ok(message));
            }
        }
    }
}
