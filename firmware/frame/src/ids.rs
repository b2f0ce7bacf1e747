//! Ids: one type for each thing, issued once, never reused, and never a bare number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// One life of the daemon: drawn durably at each start, so that ids issued in it are new without a look at the past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LifeNo(pub u32);

impl fmt::Display for LifeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! id_of_a_life {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Written `LIFE-NUMBER`, for people, in files and on the wire alike.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The life of the daemon that issued it.
            pub life: LifeNo,
            /// Its number within that life, from 1.
            pub no: u32,
        }

        impl $name {
            /// The id with number `no` of `life`.
            pub const fn new(life: LifeNo, no: u32) -> Self {
                Self { life, no }
            }

            /// Both halves in one number, for fixed-size records.
            pub const fn as_u64(self) -> u64 {
                (self.life.0 as u64) << 32 | self.no as u64
            }

            /// The id that [`Self::as_u64`] was made from.
            pub const fn from_u64(both: u64) -> Self {
                Self { life: LifeNo((both >> 32) as u32), no: both as u32 }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}-{}", self.life.0, self.no)
            }
        }

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let wrong = "an id is written LIFE-NUMBER, such as 3-481";
                let (life, no) = text.split_once('-').ok_or(wrong)?;
                let life = LifeNo(life.parse().map_err(|_| wrong)?);
                Ok(Self { life, no: no.parse().map_err(|_| wrong)? })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

id_of_a_life!(
    /// One call: everything between a seizure and the last release that belongs to it.
    CallId
);
id_of_a_life!(
    /// One party's connection to the box within a call: a B-channel, an outside line or a station.
    LegId
);
id_of_a_life!(
    /// One recording. It belongs to a call and may have several parts.
    RecordingId
);
id_of_a_life!(
    /// One message that a caller left for a telephone.
    MessageId
);

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// The number of an event in the log, from 1, without a gap.
    EventNo(u64)
);
number!(
    /// A person who may sign in. Numbers of removed people are not given again.
    PersonId(u32)
);
number!(
    /// A span: one group of up to 32 timeslots with a common clock. An E1 is one; so is an analog card.
    SpanId(u16)
);
number!(
    /// A timeslot of a span, 0 to 31. On an E1 number 0 is framing and 16 the D-channel; on an analog card the
    /// timeslot is the port's position, from 0.
    Timeslot(u8)
);

/// One direction pair of audio: a timeslot of a span. Written `SPAN/TIMESLOT`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LaneId {
    /// The span.
    pub span: SpanId,
    /// The timeslot within it.
    pub timeslot: Timeslot,
}

impl LaneId {
    /// The lane of `timeslot` on `span`.
    pub const fn new(span: SpanId, timeslot: Timeslot) -> LaneId {
        LaneId { span, timeslot }
    }
}

impl fmt::Display for LaneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.span, self.timeslot)
    }
}

/// The serial number of a card, 1 to 16 printable ASCII characters without blanks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardSerial([u8; 16]);

/// Why a text is no card serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardSerialError;

impl fmt::Display for CardSerialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a card serial has 1 to 16 printable ASCII characters and no blank")
    }
}

impl std::error::Error for CardSerialError {}

impl CardSerial {
    /// The serial as text.
    pub fn as_str(&self) -> &str {
        let len = self.0.iter().position(|&octet| octet == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..len]).unwrap_or_default()
    }
}

impl FromStr for CardSerial {
    type Err = CardSerialError;

    fn from_str(text: &str) -> Result<CardSerial, CardSerialError> {
        let fits = (1..=16).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_graphic());
        if !fits {
            return Err(CardSerialError);
        }
        let mut octets = [0; 16];
        octets[..text.len()].copy_from_slice(text.as_bytes());
        Ok(CardSerial(octets))
    }
}

impl fmt::Display for CardSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CardSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardSerial({self})")
    }
}

impl Serialize for CardSerial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CardSerial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CardSerial, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A jack of the box, stable across restarts and re-numbering: the card's serial and the position on it, from 1.
/// Written `SERIAL.POSITION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId {
    /// The card.
    pub card: CardSerial,
    /// The jack's position on the card, from 1.
    pub position: u8,
}

impl fmt::Display for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.card, self.position)
    }
}

impl FromStr for PortId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<PortId, Self::Err> {
        let wrong = "a port is written SERIAL.POSITION, such as SIM-FXS-1.3";
        let (card, position) = text.rsplit_once('.').ok_or(wrong)?;
        let position = position.parse().ok().filter(|&position| position > 0).ok_or(wrong)?;
        Ok(PortId { card: card.parse().map_err(|_| wrong)?, position })
    }
}

impl Serialize for PortId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PortId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PortId, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_it_was_written() {
        let id = CallId::new(LifeNo(3), 481);
        assert_eq!(id.to_string(), "3-481");
        assert_eq!("3-481".parse(), Ok(id));
        assert_eq!(CallId::from_u64(id.as_u64()), id);
        for wrong in ["", "3", "3-", "-1", "3-x", "99999999999-1"] {
            assert!(wrong.parse::<CallId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_port_names_its_card_and_position() {
        let port: PortId = "SIM-FXS.1.3".parse().unwrap();
        assert_eq!((port.card.as_str(), port.position), ("SIM-FXS.1", 3));
        for wrong in ["", "SIM", "SIM.0", "SIM.x", ".3", "A B.1", "12345678901234567.1"] {
            assert!(wrong.parse::<PortId>().is_err(), "{wrong}");
        }
    }
}
