//! Copies of the vault: where else its recordings are kept.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A copy of the vault.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultCopy {
    /// What people call it.
    pub name: String,
    /// The folder or the bucket that it is kept in, as [`CopyPlace`] reads it.
    pub at: String,
    /// The region that a store's requests are signed for; [`REGION`] where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The file on the box with the certificate of the CA that signed the store's own, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// The store wants the bucket in the host's name, and not in the path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bucket_in_host: bool,
    /// For how many days a recording that was put into the bucket can't be deleted there by anybody, renewed as long as the vault has it: [`LEASE_DAYS`]. Without it
    /// it is under no lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_days: Option<u16>,
}

/// The days that a lease may have. A month of them is used up before it is renewed; ten years is longer than a store lasts.
pub const LEASE_DAYS: std::ops::RangeInclusive<u16> = 60..=3650;

/// The region of a store that has none.
pub const REGION: &str = "us-east-1";

/// Where a copy is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyPlace {
    /// A folder by its whole path.
    Folder(String),
    /// A bucket of a store that speaks S3.
    Bucket(BucketPlace),
}

/// A bucket by its store's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketPlace {
    /// Whether the connection is a TLS one.
    pub is_tls: bool,
    /// The store's name or address; one of IPv6 in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The bucket.
    pub bucket: String,
}

/// It is neither the whole path of a folder nor the address of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCopyPlace;

impl VaultCopy {
    /// Where it is. An error is one that a check of the settings has told.
    ///
    /// # Errors
    /// [`NoCopyPlace`].
    pub fn place(&self) -> Result<CopyPlace, NoCopyPlace> {
        self.at.parse()
    }
}

impl BucketPlace {
    fn parse(text: &str, is_tls: bool) -> Option<BucketPlace> {
        let (authority, bucket) = text.split_once('/')?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok().filter(|port| *port > 0)?),
            _ => (authority, usual_port(is_tls)),
        };
        let is_named =
            !host.is_empty() && host.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-.".contains(&octet));
        let within = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_v6 = within.is_some_and(|host| host.parse::<core::net::Ipv6Addr>().is_ok());
        let may_name = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"-.".contains(&octet);
        let is_bucket = (3..=63).contains(&bucket.len()) && bucket.bytes().all(may_name);
        let is_one = (is_named || is_v6) && is_bucket;
        is_one.then(|| BucketPlace { is_tls, host: host.to_owned(), port, bucket: bucket.to_owned() })
    }
}

const fn usual_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

impl FromStr for CopyPlace {
    type Err = NoCopyPlace;

    fn from_str(text: &str) -> Result<CopyPlace, NoCopyPlace> {
        for (scheme, is_tls) in [("https://", true), ("http://", false)] {
            if let Some(rest) = text.strip_prefix(scheme) {
                return BucketPlace::parse(rest, is_tls).map(CopyPlace::Bucket).ok_or(NoCopyPlace);
            }
        }
        let is_folder = text.starts_with('/') && text.len() > 1 && !text.chars().any(char::is_control);
        is_folder.then(|| CopyPlace::Folder(text.to_owned())).ok_or(NoCopyPlace)
    }
}

impl fmt::Display for CopyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CopyPlace::Folder(folder) => f.write_str(folder),
            CopyPlace::Bucket(place) => place.fmt(f),
        }
    }
}

impl fmt::Display for BucketPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BucketPlace { is_tls, host, port, bucket } = self;
        f.write_str(if *is_tls { "https://" } else { "http://" })?;
        match *port == usual_port(*is_tls) {
            true => write!(f, "{host}/{bucket}"),
            false => write!(f, "{host}:{port}/{bucket}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_in_a_folder_that_is_named_from_the_root_on_or_in_a_bucket_by_its_stores_address() {
        let texts = [
            "/mnt/copy",
            "https://s3.hospital.example/calls",
            "http://10.1.2.3:9000/calls-1",
            "https://[fd00::7]:9000/abc",
        ];
        for text in texts {
            assert_eq!(text.parse::<CopyPlace>().map(|place| place.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(
            "https://a:443/abc".parse::<CopyPlace>(),
            "https://a/abc".parse(),
            "one place is written in one way"
        );
        for text in [
            "",
            "/",
            "mnt/copy",
            "tcp://10.1.2.3:601",
            "/a\nb",
            "https://",
            "https://a",
            "https://a/",
            "https://a/ab",
            "https://a/Calls",
            "https://a/abc/",
            "https://a/abc/d",
            "https:///abc",
            "https://a:0/abc",
            "https://a:99999/abc",
            "https://u:p@a/abc",
            "https://[fd00::7/abc",
            "https://a b/abc",
            "https://a/abc?x",
            "s3://abc",
        ] {
            assert_eq!(text.parse::<CopyPlace>(), Err(NoCopyPlace), "{text}");
        }
    }
}
