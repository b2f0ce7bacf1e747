//! A board of real cards and its hardware, for tests.

use std::path::PathBuf;

use dahdi_sys as sys;
use frame::Law;

use crate::probe::{Channel, Device, Span, SpanKind};

/// A card with two E1, and a card with plug-in modules of both kinds: telephones on channels 3 and 4, an outside line on 1.
pub(crate) const REAL: &str = r#"
format = 1
name = "real"
clock_order = ["TE"]
[[cards]]
card = "dahdi"
kind = "e1"
serial = "TE"
slot = 1
spans = [{ label = "A" }, { label = "B", coding = "ami", crc4 = false }]
dahdi = { device = "PCI Bus 04 Slot 05", module = "wct4xxp" }
[[cards]]
card = "dahdi"
kind = "fxs"
serial = "TDM-S"
slot = 2
ring_budget = 2
echo = "kernel"
jacks = ["1", "2"]
dahdi = { device = "pci:0000:05:01.0", channels = [3, 4], module = "wctdm24xxp", options = { opermode = "CHINA" } }
[[cards]]
card = "dahdi"
kind = "fxo"
serial = "TDM-O"
slot = 3
jacks = ["3"]
dahdi = { device = "pci:0000:05:01.0", start = "loop", module = "wctdm24xxp", options = { opermode = "CHINA" } }
"#;

/// The hardware of [`REAL`], set as that board says.
pub(crate) fn devices() -> Vec<Device> {
    let trunk = |local: u8, number: i32, first: i32, line: u32| Span {
        local,
        number,
        kind: SpanKind::E1,
        line,
        build_out: 0,
        channels: (1..=31)
            .map(|place| {
                channel(
                    place,
                    first,
                    if place == 16 { sys::DAHDI_SIG_HDLCFCS } else { sys::DAHDI_SIG_CLEAR },
                    sys::DAHDI_SIG_CLEAR,
                )
            })
            .collect(),
    };
    let crc4 = sys::DAHDI_CONFIG_CCS | sys::DAHDI_CONFIG_HDB3 | sys::DAHDI_CONFIG_CRC4;
    let ami = sys::DAHDI_CONFIG_CCS | sys::DAHDI_CONFIG_AMI;
    let fxs = |place| channel(place, 70, sys::DAHDI_SIG_FXOKS, sys::DAHDI_SIG_FXOKS | sys::DAHDI_SIG_FXOLS);
    let fxo = channel(1, 70, sys::DAHDI_SIG_FXSLS, sys::DAHDI_SIG_FXSKS | sys::DAHDI_SIG_FXSLS);
    let empty = channel(2, 70, sys::DAHDI_SIG_NONE, 0);
    let jacks = Span {
        local: 1,
        number: 3,
        kind: SpanKind::Analog,
        line: 0,
        build_out: 0,
        channels: vec![fxo, empty, fxs(3), fxs(4)],
    };
    vec![
        device("pci:0000:04:05.0", "PCI Bus 04 Slot 05", vec![trunk(1, 1, 1, crc4), trunk(2, 2, 32, ami)]),
        device("pci:0000:05:01.0", "PCI Bus 05 Slot 01", vec![jacks]),
    ]
}

fn channel(place: u8, first: i32, signalling: u32, can: u32) -> Channel {
    let canceller = if can & sys::DAHDI_SIG_FXOKS == sys::DAHDI_SIG_FXOKS { "MG2" } else { "" };
    let number = first + i32::from(place) - 1;
    Channel { place, number, signalling, can, law: Law::A, canceller: canceller.to_owned() }
}

fn device(name: &str, location: &str, spans: Vec<Span>) -> Device {
    Device {
        name: name.to_owned(),
        hardware_id: String::new(),
        location: location.to_owned(),
        model: String::new(),
        module: None,
        spans,
        unassigned: Vec::new(),
        folder: PathBuf::from("/nowhere").join(name),
    }
}
