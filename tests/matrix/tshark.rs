//! tshark reads every frame of every row: none may be malformed, and what it reads must be what our decoder reads.
//!
//! What it says wrongly of frames that are right is listed in `EXCEPTIONS`, each with its reason.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use frame::Utc;
use isdn::{
    q921::{Body, Frame},
    q931::{Element, Message, ServiceMessage, ServicePractice, element::ChannelChoice},
    trace::{Cursor, FILE_HEADER},
};

use crate::{line::Miss, row::Row, trace::Trace};

/// What both decoders read in a frame. Where an element stands more than once, all of them are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fields([String; COMPARED.len()]);

/// tshark's names of what is compared.
const COMPARED: [&str; 10] = [
    "lapd.control.n_s",
    "lapd.control.n_r",
    "q931.call_ref",
    "q931.call_ref_flag",
    "q931.message_type",
    "q931.cause_value",
    "q931.channel.number",
    "q931.calling_party_number.digits",
    "q931.called_party_number.digits",
    "q931.maintenance_message_type",
];

/// What it finds wrong.
const COMPLAINTS: [&str; 3] = ["_ws.malformed", "_ws.expert.severity", "_ws.expert.message"];

/// Warnings and worse.
const WARNING: u32 = 0x60_0000;

/// Reads the traces of some rows in one run, from a file that is made for it. Gives what there is to say, or what
/// differs.
pub fn compare(rows: &[(Row, &Trace)], path: &Path) -> Result<String, Miss> {
    let frames = write(rows, path);
    let said = run(path)?;
    let lines: Vec<&str> = said.lines().collect();
    if lines.len() != frames.len() {
        return Err(Miss(format!("{} frames were written, tshark read {}", frames.len(), lines.len())));
    }
    let findings: Vec<String> =
        frames.iter().zip(lines).filter_map(|(frame, line)| frame.differs(line)).take(MOST_FINDINGS).collect();
    if findings.is_empty() { Ok(told(&frames)) } else { Err(Miss(findings.join("\n    "))) }
}

fn told(frames: &[Written]) -> String {
    let reasons: Vec<&str> = frames.iter().filter_map(|frame| exception(&frame.octets)).collect();
    let excepted = EXCEPTIONS.iter().filter_map(|(_, why)| {
        let count = reasons.iter().filter(|reason| reason == &why).count();
        (count > 0).then(|| format!("; {count} excepted, since {why}"))
    });
    format!("{} frames are read as we read them, none is malformed{}", frames.len(), excepted.collect::<String>())
}

/// A frame as it stands in the file.
struct Written {
    row: Row,
    octets: Vec<u8>,
}

fn write(rows: &[(Row, &Trace)], path: &Path) -> Vec<Written> {
    let (mut file, mut frames) = (FILE_HEADER.to_vec(), Vec::new());
    for (row, trace) in rows {
        let kept = trace.kept();
        let mut from = Cursor::default();
        while let Some((octets, next)) = kept.piece(from, Utc::from_us(0)) {
            file.extend(octets);
            from = next;
        }
        let records = kept.records(Cursor::default());
        frames.extend(records.map(|record| Written { row: *row, octets: record.frame.to_vec() }));
    }
    std::fs::write(path, file).expect("a folder for the capture");
    frames
}

fn run(path: &Path) -> Result<String, Miss> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(path).args(["-n", "-T", "fields", "-E", "separator=/t", "-E", "aggregator= "]);
    COMPARED.iter().chain(&COMPLAINTS).for_each(|field| _ = command.args(["-e", field]));
    let ran = command.stdin(Stdio::null()).output().map_err(|error| Miss(format!("tshark does not start: {error}")))?;
    if !ran.status.success() {
        return Err(Miss(format!("tshark: {}", String::from_utf8_lossy(&ran.stderr))));
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}

impl Written {
    fn differs(&self, line: &str) -> Option<String> {
        let said: Vec<&str> = line.split('\t').collect();
        let (fields, complaints) = said.split_at(COMPARED.len().min(said.len()));
        let excepted = exception(&self.octets).is_some();
        let finding = self.difference(fields, excepted).or_else(|| complaint(complaints).filter(|_| !excepted))?;
        Some(format!("{}: {finding} in {:02x?}", self.row, self.octets))
    }

    /// Of a frame that it cannot read, tshark may leave a field out, and must not read another.
    fn difference(&self, said: &[&str], excepted: bool) -> Option<String> {
        let read = Fields::read(&self.octets);
        let differs = |at: &usize| said[*at] != read.0[*at] && !(excepted && said[*at].is_empty());
        let at = (0..said.len()).find(differs)?;
        Some(format!("{}: tshark \"{}\", we \"{}\"", COMPARED[at], said[at], read.0[at]))
    }
}

/// An operation below an object identifier is not known to tshark, and it says so: that is no fault of the frame.
fn complaint(said: &[&str]) -> Option<String> {
    let [malformed, severities, messages] = said else { return Some("too few fields".to_owned()) };
    let severe = severities.split(' ').filter_map(number).any(|severity| severity >= WARNING);
    let only_unknown = severities.split(' ').count() == 1 && messages.starts_with("Undecoded INV: 1.2.840.");
    let wrong = !malformed.is_empty() || severe && !only_unknown;
    wrong.then(|| format!("malformed \"{malformed}\", complaints \"{messages}\""))
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

impl Fields {
    fn read(octets: &[u8]) -> Fields {
        let mut fields = Fields::default();
        let Ok(frame) = Frame::parse(octets) else { return fields };
        match frame.body {
            Body::Information { information, .. } => {
                fields.0[0] = (octets[2] >> 1).to_string();
                fields.0[1] = (octets[3] >> 1).to_string();
                fields.read_message(information);
            }
            Body::Supervisory { .. } => fields.0[1] = (octets[3] >> 1).to_string(),
            _ => {}
        }
        fields
    }

    fn read_message(&mut self, octets: &[u8]) {
        let Ok(parsed) = Message::parse(octets) else { return self.read_service(octets) };
        let message = parsed.message;
        if let Some(reference) = message.reference {
            self.0[2] = format!("{:04x}", reference.value);
            self.0[3] = u8::from(reference.to_originator).to_string();
        }
        self.0[4] = hexadecimal(message.kind.code());
        self.0[5] = message.cause().map(|cause| cause.cause.to_string()).unwrap_or_default();
        self.0[6] = message.channel_id().map(|channel| one_of(channel.choice)).unwrap_or_default();
        self.0[7] = message.calling_number().map(|party| party.number.digits.as_str().to_owned()).unwrap_or_default();
        self.0[8] = message.called_number().map(|number| number.digits.as_str().to_owned()).unwrap_or_default();
    }

    /// SERVICE and its answer are messages of another protocol.
    fn read_service(&mut self, octets: &[u8]) {
        let Ok(message) = ServiceMessage::parse(octets) else { return };
        self.0[2] = format!("{:04x}", message.reference.value);
        self.0[3] = u8::from(message.reference.to_originator).to_string();
        self.0[6] = one_of(message.channel.choice);
        // The codes of one practice are those of the other, swapped.
        match (message.practice, message.acknowledges) {
            (ServicePractice::National, acknowledges) => {
                self.0[4] = hexadecimal(if acknowledges { 0x0f } else { 0x07 })
            }
            (ServicePractice::Att, acknowledges) => self.0[9] = hexadecimal(if acknowledges { 0x07 } else { 0x0f }),
        }
    }
}

/// The one number of a choice of channels.
fn one_of(choice: ChannelChoice) -> String {
    match choice {
        ChannelChoice::Timeslots(slots) => slots.single().map(|slot| slot.0.to_string()).unwrap_or_default(),
        ChannelChoice::Any | ChannelChoice::None => String::new(),
    }
}

fn hexadecimal(octet: u8) -> String {
    format!("0x{octet:02x}")
}

/// Why tshark is not believed about this frame.
fn exception(octets: &[u8]) -> Option<&'static str> {
    let Ok(Frame { body: Body::Information { information, .. }, .. }) = Frame::parse(octets) else { return None };
    let message = Message::parse(information).ok()?.message;
    let profiles = message.elements.iter().filter_map(|element| match element {
        Element::Facility(facility) => facility.contents().first().copied(),
        _ => None,
    });
    profiles.filter_map(|octet| EXCEPTIONS.iter().find(|(profile, _)| *profile == octet)).map(|(_, why)| *why).next()
}

/// The first octet of a Facility, and what is wrong with what tshark 4.0 makes of it.
const EXCEPTIONS: [(u8, &str); 2] = [
    (0x91, "operations of EN 300 207 and others are read as those of QSIG that have the same numbers"),
    (0x11, "a DMS-100's octet 3a is taken for an operation, and nothing behind it is read"),
];

/// More of the same help nobody.
const MOST_FINDINGS: usize = 20;
