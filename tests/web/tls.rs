//! The page over TLS: a real handshake with the certificate whose fingerprint is told, and no plain HTTP to the network.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    sync::Arc,
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use crate::planes::{self, Listen};

/// What a careful person does: takes the certificate whose fingerprint the terminal showed, and no other.
#[derive(Debug)]
struct Pinned {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let octets: Vec<String> = Sha256::digest(certificate).iter().map(|octet| format!("{octet:02X}")).collect();
        if octets.join(":") == self.fingerprint {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::General("another fingerprint".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What the page answers to whoever pins this fingerprint.
fn get(address: SocketAddr, fingerprint: &str, path: &str) -> std::io::Result<String> {
    let provider = Arc::new(ring::default_provider());
    let pinned = Pinned { fingerprint: fingerprint.to_owned(), provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(pinned)).with_no_client_auth();
    let name = ServerName::try_from("ringfence").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut stream = StreamOwned::new(client, socket);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn the_certificate_of_the_handshake_has_the_fingerprint_that_is_told() {
    let test_box = planes::start_on(Listen { address: "127.0.0.1:0".parse().unwrap(), plain: false });
    assert!(test_box.url.starts_with("https://"), "{}", test_box.url);
    let fingerprint = test_box.fingerprint.as_deref().unwrap();
    let answer = get(test_box.address, fingerprint, "/first-start").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security"), "{answer}");
    let other = fingerprint.replacen(&fingerprint[..2], if fingerprint.starts_with("00") { "01" } else { "00" }, 1);
    assert!(get(test_box.address, &other, "/first-start").is_err(), "a stranger's certificate is not taken");
}

#[test]
fn a_box_that_is_told_to_serve_the_network_in_the_clear_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.args(["--lang", "en", "run", "--listen", "0.0.0.0:0", "--plain-http", "--board", "board/demo.toml"]);
    command.args(["--settings", "board/demo.settings.toml", "--data"]).arg(folder.path().join("data"));
    let refused = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let complaint = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && complaint.contains("never served to the network unencrypted"), "{complaint}");
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[test]
fn an_address_of_the_network_is_never_served_in_the_clear() {
    // Every address of the machine, so none that is loopback alone; asked for without TLS.
    let test_box = planes::start_on(Listen { address: "0.0.0.0:0".parse().unwrap(), plain: true });
    assert!(test_box.url.starts_with("https://") && test_box.fingerprint.is_some(), "{}", test_box.url);
    let address = SocketAddr::from(([127, 0, 0, 1], test_box.address.port()));
    let mut plain = TcpStream::connect(address).unwrap();
    plain.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    plain.write_all(format!("GET /first-start HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The end of the connection, or its reset: both are no page.
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&answer));
    assert!(get(address, test_box.fingerprint.as_deref().unwrap(), "/first-start").unwrap().contains(" 200 "));
}
