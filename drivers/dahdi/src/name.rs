//! What a channel is called wherever it is kept open while the box is away: by card, jack and timeslot, which stay the same
//! when the kernel numbers its channels differently.

use std::{fmt, str::FromStr};

use frame::{CardSerial, PortId, Timeslot};

/// The name of a channel: `SERIAL.POSITION.TIMESLOT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName {
    /// The jack: of an E1 the whole line.
    pub port: PortId,
    /// The timeslot of an E1; 0 of an analog jack.
    pub timeslot: Timeslot,
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.port.card, self.port.position, self.timeslot)
    }
}

/// A text that is no name of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a channel")]
pub struct ChannelNameError;

impl FromStr for ChannelName {
    type Err = ChannelNameError;

    fn from_str(text: &str) -> Result<ChannelName, ChannelNameError> {
        let mut parts = text.rsplitn(3, '.');
        let mut number = || parts.next()?.parse::<u8>().ok();
        let (timeslot, position) = number().zip(number()).ok_or(ChannelNameError)?;
        let card: CardSerial = parts.next().and_then(|card| card.parse().ok()).ok_or(ChannelNameError)?;
        Ok(ChannelName { port: PortId { card, position }, timeslot: Timeslot(timeslot) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        let card = "TE4-0123".parse().unwrap();
        let name = ChannelName { port: PortId { card, position: 2 }, timeslot: Timeslot(31) };
        assert_eq!(name.to_string(), "TE4-0123.2.31");
        assert_eq!(name.to_string().parse(), Ok(name));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "x", "call-table", "TE4.2", "TE4.2.300", ".1.1"] {
            assert_eq!(text.parse::<ChannelName>(), Err(ChannelNameError), "{text}");
        }
    }
}
