//! Version 4 of AWS's signatures: what says that a request comes from who has the key, and was not changed on the way.
//!
//! Source: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", single chunk, body signed.
//! The time is handed in, in UTC; a store refuses one that is some minutes away from its own.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::key::AccessKey;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What stands before the secret where it is a key.
const KEY_BEGINS: &str = "AWS4";

/// A request, before it is signed.
#[derive(Clone, Debug)]
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    /// The path, as it is meant.
    pub(super) path: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    /// Names in lower case; with `host`.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body_sha256: &'a str,
    pub(super) region: &'a str,
    /// `20261127T150000Z`.
    pub(super) time: &'a str,
}

impl Unsigned<'_> {
    /// What stands behind the host in the request: path and query.
    pub(super) fn target(&self) -> String {
        let (path, query) = (encoded(self.path, true), self.canonical_query());
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// The value of the header `authorization`. The headers of the body's hash and of the time are signed with the others, and are
    /// to be sent.
    pub(super) fn authorization(&self, key: &AccessKey) -> String {
        let headers = self.canonical_headers();
        let signed = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let (path, query) = (encoded(self.path, true), self.canonical_query());
        let request = format!("{}\n{path}\n{query}\n{lines}\n{signed}\n{}", self.method, self.body_sha256);
        let (day, region) = (self.time.get(..8).unwrap_or_default(), self.region);
        let scope = format!("{day}/{region}/s3/aws4_request");
        let text = format!("{ALGORITHM}\n{}\n{scope}\n{}", self.time, hexadecimal(&Sha256::digest(request)));
        // As long as it becomes: one that grows leaves what it was behind.
        let mut secret = Zeroizing::new(String::with_capacity(KEY_BEGINS.len() + key.secret.len()));
        secret.push_str(KEY_BEGINS);
        secret.push_str(&key.secret);
        let mut signing = mac(secret.as_bytes(), day);
        for part in [region, "s3", "aws4_request"] {
            signing = mac(&signing, part);
        }
        let signature = hexadecimal(&mac(&signing, &text));
        format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}", key.id)
    }

    fn canonical_query(&self) -> String {
        let mut pairs: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name, false), encoded(value, false)))
            .collect();
        pairs.sort();
        pairs.join("&")
    }

    fn canonical_headers(&self) -> Vec<(&str, &str)> {
        let own = [("x-amz-content-sha256", self.body_sha256), ("x-amz-date", self.time)];
        let mut headers: Vec<(&str, &str)> = self.headers.iter().copied().chain(own).collect();
        headers.sort_unstable();
        headers
    }
}

fn mac(key: &[u8], text: &str) -> Zeroizing<Vec<u8>> {
    // It takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Zeroizing::default() };
    mac.update(text.as_bytes());
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

/// As RFC 3986 has it, each octet that is not unreserved; the slashes of a path stay.
fn encoded(text: &str, is_path: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(octet)),
            b'/' if is_path => out.push('/'),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}

pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// Each as botocore signs it, of AWS's own software for Python.
    #[test]
    fn requests_are_signed_as_aws_signs_them() {
        let key = AccessKey::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").unwrap();
        let of = |method, path, query: &[(&str, &str)], headers: &[(&str, &str)], body_sha256| {
            let time = "20261127T150000Z";
            let request = Unsigned { method, path, query, headers, body_sha256, region: "eu-central-1", time };
            (request.target(), request.authorization(&key))
        };
        let expect = |headers: &str, signature: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261127/eu-central-1/s3/aws4_request, SignedHeaders={headers}, \
                 Signature={signature}"
            )
        };
        let query =
            [("list-type", "2"), ("prefix", "ringfence-00/keys-a/"), ("start-after", "a b+c"), ("max-keys", "1")];
        let (target, signed) = of("GET", "/bucket", &query, &[("host", "127.0.0.1:9000")], EMPTY);
        assert_eq!(target, "/bucket?list-type=2&max-keys=1&prefix=ringfence-00%2Fkeys-a%2F&start-after=a%20b%2Bc");
        let signature = "22a18f84b091b8a70abfe733bb00c940ae0b501d976b4292924eca115f90f1c0";
        assert_eq!(signed, expect("host;x-amz-content-sha256;x-amz-date", signature));

        let headers = [("x-amz-checksum-sha256", "abc="), ("if-none-match", "*"), ("host", "store.lan")];
        let body = hexadecimal(&Sha256::digest("octets"));
        let (_, signed) = of("PUT", "/bucket/ringfence-00/objects/1/0/1-7.rfo", &[], &headers, &body);
        let headers = "host;if-none-match;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date";
        let signature = "8262f9397a52ed6d843f0aa8fa784f9fe3f31d73654ccd5f641434e6e3bf3fb4";
        assert_eq!(signed, expect(headers, signature));

        let (target, signed) = of("DELETE", "/bucket/a b~c", &[("versionId", "v/1")], &[("host", "store.lan")], EMPTY);
        assert_eq!(target, "/bucket/a%20b~c?versionId=v%2F1");
        let signature = "ec73d1abe609c7e30e24be6c2d1fa7145cfa114a67d6253653f60f47704d17e1";
        assert_eq!(signed, expect("host;x-amz-content-sha256;x-amz-date", signature));
    }
}
