//! Witnesses: who outside the box keeps its signed roots, so that nobody can write the log anew unseen.
//!
//! Source: RFC 5424 (syslog), RFC 6587 (over TCP, by counted octets), RFC 5426 (over UDP), RFC 5321 (mail).

use core::net::SocketAddr;
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Somebody who keeps signed roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// What people call it.
    pub name: String,
    /// Where it is: a folder, `tcp://` or `udp://` and the address of a log server, or `smtp://`, the address of a mail server
    /// and a mailbox, as [`WitnessPlace`] reads it.
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
    /// A mailbox.
    Mail {
        /// The house's mail server.
        server: SocketAddr,
        /// Whose mailbox.
        to: Mailbox,
    },
}

/// The longest mailbox (RFC 5321, 4.5.3.1.3: a path of 256 octets with its brackets).
const MAILBOX_OCTETS_MAX: usize = 254;

/// A mailbox of ASCII characters, such as `audit@hospital.example`, without quotes and routes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mailbox(String);

/// It is neither an absolute path nor an address of a log server or a mailbox.
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
        if let Some((server, to)) = text.strip_prefix("smtp://").and_then(|mail| mail.split_once('/')) {
            return Ok(WitnessPlace::Mail { server: address(server)?, to: to.parse()? });
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
            WitnessPlace::Mail { server, to } => write!(f, "smtp://{server}/{to}"),
        }
    }
}

impl Mailbox {
    /// What stands behind the at sign.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Mailbox {
    type Err = NoWitnessPlace;

    /// Only what an address needs: whatever else could stand there is a line or a command of its own to some server.
    fn from_str(text: &str) -> Result<Mailbox, NoWitnessPlace> {
        let may_stand = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let is_part = |part: &str| {
            !part.is_empty() && part.split('.').all(|atom| !atom.is_empty()) && part.chars().all(may_stand)
        };
        let (name, domain) = text.split_once('@').ok_or(NoWitnessPlace)?;
        let is_domain = domain.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
        let is_mailbox = text.len() <= MAILBOX_OCTETS_MAX && is_part(name) && is_part(domain) && is_domain;
        is_mailbox.then(|| Mailbox(text.to_owned())).ok_or(NoWitnessPlace)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_log_or_mail_server_by_its_number() {
        let mail = "smtp://10.1.2.3:25/it+audit@hospital.example";
        for text in ["/mnt/audit", "tcp://10.1.2.3:601", "udp://[fd00::1]:514", mail] {
            assert_eq!(text.parse::<WitnessPlace>().map(|place| place.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "/", "mnt/audit", "tcp://log.example:601", "tcp://10.1.2.3", "http://10.1.2.3:80", "/a\nb"] {
            assert_eq!(text.parse::<WitnessPlace>(), Err(NoWitnessPlace), "{text}");
        }
        let long = format!("{}@hospital.example", "a".repeat(MAILBOX_OCTETS_MAX));
        let boxes =
            ["", "audit", "@b", "a@", "a@b@c", "a..b@c", "a b@c", "a@b>\r\nDATA", "审计@c", "a@b/c", "\"a\"@b", &long];
        for mailbox in boxes {
            assert_eq!(
                format!("smtp://10.1.2.3:25/{mailbox}").parse::<WitnessPlace>(),
                Err(NoWitnessPlace),
                "{mailbox}"
            );
        }
        for text in ["smtp://10.1.2.3:25", "smtp://mail.example:25/a@b", "smtp://10.1.2.3/a@b"] {
            assert_eq!(text.parse::<WitnessPlace>(), Err(NoWitnessPlace), "{text}");
        }
    }
}
