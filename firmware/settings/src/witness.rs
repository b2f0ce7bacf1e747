//! Witnesses: who outside the box keeps its signed roots, so that nobody can write the log anew unseen.
//!
//! Source: RFC 5424 (syslog), RFC 6587 (over TCP, by counted octets), RFC 5426 (over UDP).

use core::net::SocketAddr;
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Somebody who keeps signed roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// What people call it.
    pub name: String,
    /// Where it is: a folder, or `tcp://` or `udp://` and the address of a log server, as [`WitnessPlace`] reads it.
    pub at: String,
}

/// Where a witness is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WitnessPlace {
    /// A folder on another disk.
    Folder(String),
    /// A log server that confirms what it takes.
    SyslogTcp(SocketAddr),
    /// A log server that does not.
    SyslogUdp(SocketAddr),
}

/// It is neither an absolute path nor an address of a log server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoWitnessPlace;

impl Witness {
    /// Where it is. An error is one that a check of the settings has told.
    ///
    /// # Errors
    /// [`NoWitnessPlace`].
    pub fn place(&self) -> Result<WitnessPlace, NoWitnessPlace> {
        self.at.parse()
    }
}

impl FromStr for WitnessPlace {
    type Err = NoWitnessPlace;

    fn from_str(text: &str) -> Result<WitnessPlace, NoWitnessPlace> {
        // Numbers alone: a name would be asked for outside the house.
        let address = |text: &str| text.parse::<SocketAddr>().map_err(|_| NoWitnessPlace);
        if let Some(server) = text.strip_prefix("tcp://") {
            return address(server).map(WitnessPlace::SyslogTcp);
        }
        if let Some(server) = text.strip_prefix("udp://") {
            return address(server).map(WitnessPlace::SyslogUdp);
        }
        if text.starts_with('/') && text.len() > 1 && !text.chars().any(char::is_control) {
            return Ok(WitnessPlace::Folder(text.to_owned()));
        }
        Err(NoWitnessPlace)
    }
}

impl fmt::Display for WitnessPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WitnessPlace::Folder(folder) => f.write_str(folder),
            WitnessPlace::SyslogTcp(server) => write!(f, "tcp://{server}"),
            WitnessPlace::SyslogUdp(server) => write!(f, "udp://{server}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_log_server_by_its_number() {
        for text in ["/mnt/audit", "tcp://10.1.2.3:601", "udp://[fd00::1]:514"] {
            assert_eq!(text.parse::<WitnessPlace>().map(|place| place.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "/", "mnt/audit", "tcp://log.example:601", "tcp://10.1.2.3", "http://10.1.2.3:80", "/a\nb"] {
            assert_eq!(text.parse::<WitnessPlace>(), Err(NoWitnessPlace), "{text}");
        }
    }
}
