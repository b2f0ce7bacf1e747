//! Keys and caller ids by SpanDSP, a program that is not ours (`tests/peers/adsi_peer.c`).

use std::{
    io::Write,
    process::{Command, Stdio},
};

use codec::{decode, encode};
use frame::Law;

/// The tones of keys, as they stand on the line.
pub fn keys(pressed: &str) -> Vec<u8> {
    octets(&["keys", pressed])
}

/// A caller id with number and name by the modem of Bell 202, as an exchange sends it.
pub fn caller_told(number: &str, name: &str) -> Vec<u8> {
    octets(&["encode", "class", number, name])
}

fn octets(arguments: &[&str]) -> Vec<u8> {
    let samples = run(arguments, &[]);
    samples.as_chunks().0.iter().map(|pair| encode(Law::A, i16::from_le_bytes(*pair))).collect()
}

/// The keys that were heard.
pub fn digits(heard: &[u8]) -> String {
    text(&["digits"], heard)
}

/// The message of a caller id by the modem of Bell 202: its type, and each field's type and octets in hex.
pub fn caller_id(heard: &[u8]) -> String {
    text(&["decode", "class"], heard)
}

fn text(arguments: &[&str], heard: &[u8]) -> String {
    let samples: Vec<u8> = heard.iter().flat_map(|octet| decode(Law::A, *octet).to_le_bytes()).collect();
    String::from_utf8(run(arguments, &samples)).unwrap().trim_end().to_owned()
}

fn run(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("/bin/adsi_peer");
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut to_child = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may answer before it has read everything.
    let writer = std::thread::spawn(move || to_child.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}
