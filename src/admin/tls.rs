//! The page's certificate: made once by the box itself, kept in `tls/`, told apart by its fingerprint.
//!
//! Nobody outside vouches for a box without an internet: the terminal shows the fingerprint, and whoever opens the page
//! first compares it. Source: RFC 8446, by rustls with ring.

use std::{io, net::IpAddr, path::Path, sync::Arc};

use rcgen::{CertificateParams, KeyPair, SanType};
use sha2::{Digest, Sha256};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    },
};

use super::private_file;

/// What a TLS server is.
pub(super) struct Identity {
    /// Shakes hands.
    pub(super) acceptor: TlsAcceptor,
    /// The certificate's SHA-256, `AB:CD:…`, as browsers show it.
    pub(super) fingerprint: String,
}

/// The certificate and key in `folder`, made where there are none. `address` is one that the page is opened by.
pub(super) fn identity(folder: &Path, address: IpAddr) -> io::Result<Identity> {
    let (certificate_path, key_path) = (folder.join("page.crt"), folder.join("page.key"));
    let kept = private_file::read(&certificate_path)?.zip(private_file::read(&key_path)?);
    let (certificate, key) = match kept {
        Some(kept) => kept,
        None => {
            let (certificate, key) = make(address).map_err(io::Error::other)?;
            // The key first: a certificate without its key would be kept for ever.
            private_file::write(&key_path, &key)?;
            private_file::write(&certificate_path, &certificate)?;
            (certificate, key)
        }
    };
    let fingerprint = fingerprint(&certificate);
    let acceptor = acceptor(certificate, key).map_err(io::Error::other)?;
    Ok(Identity { acceptor, fingerprint })
}

/// A certificate and its key, both DER.
fn make(address: IpAddr) -> Result<(Vec<u8>, Vec<u8>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["ringfence".to_owned(), "localhost".to_owned()])?;
    params.subject_alt_names.push(SanType::IpAddress(address));
    params.distinguished_name.push(rcgen::DnType::CommonName, "Ringfence");
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().to_vec(), key.serialize_der()))
}

fn acceptor(certificate: Vec<u8>, key: Vec<u8>) -> Result<TlsAcceptor, tokio_rustls::rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], PrivatePkcs8KeyDer::from(key).into())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn fingerprint(certificate: &[u8]) -> String {
    let octets: Vec<String> = Sha256::digest(certificate).iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_its_key_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let address = IpAddr::from([10, 0, 0, 7]);
        let first = identity(folder.path(), address).unwrap().fingerprint;
        assert_eq!(identity(folder.path(), address).unwrap().fingerprint, first);
        assert_eq!(first.len(), 32 * 3 - 1);
        let mode = std::fs::metadata(folder.path().join("page.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_lost_its_certificate_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let address = IpAddr::from([127, 0, 0, 1]);
        let first = identity(folder.path(), address).unwrap().fingerprint;
        std::fs::remove_file(folder.path().join("page.crt")).unwrap();
        assert_ne!(identity(folder.path(), address).unwrap().fingerprint, first);
    }
}
