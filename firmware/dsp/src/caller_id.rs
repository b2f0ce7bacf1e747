//! Caller id on an analog line: who calls, told before the answer; and, outside of any call, whether messages wait.
//!
//! Sources: ETSI EN 300 659-1 and -3 and GR-30-CORE (messages and frame, which YD/T 1277.1 follows), ITU-T V.23 and
//! Bell 202 (modems), EN 300 659-1 Annex B (DTMF); of a call that waits GR-30-CORE and EN 300 659-2; of messages GR-1401-CORE.
//! Not here: when to send or to listen, which is the line machines' business.

mod alert;
mod digits;
mod fsk;
mod message;
mod reader;
mod receiver;

pub use alert::{ACKNOWLEDGEMENT, ALERT, AlertDetector};
pub use digits::{DtmfFrame, dtmf_digits};
pub use fsk::Generator;
pub use message::{CallTime, CallerId, CallerIdError, Format, Withheld};
pub use reader::DtmfReader;
pub use receiver::{MESSAGE_OCTETS, Message, Receiver};

/// Which modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modem {
    /// Mark 1,200 Hz, space 2,200 Hz.
    Bell202,
    /// ITU-T V.23 forward channel: mark 1,300 Hz, space 2,100 Hz.
    V23,
}

impl Modem {
    /// The frequency of a one.
    pub const fn mark_hz(self) -> f32 {
        match self {
            Modem::Bell202 => 1200.0,
            Modem::V23 => 1300.0,
        }
    }

    /// The frequency of a zero.
    pub const fn space_hz(self) -> f32 {
        match self {
            Modem::Bell202 => 2200.0,
            Modem::V23 => 2100.0,
        }
    }
}

/// How the characters of a name are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// ASCII; other characters become `?`.
    Ascii,
    /// GBK, two octets a Chinese character: what telephones in China show. Recalled: YD/T 1277.1 itself was not at hand.
    Gbk,
}

/// How a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The modem.
    pub modem: Modem,
    /// The message's format.
    pub format: Format,
    /// The coding of a name.
    pub charset: Charset,
}
