//! What the kernel has: devices, their spans, and how each channel is set at this moment.
//!
//! Source: `dahdi-sysfs.c` and `dahdi-sysfs-chan.c` of DAHDI 2.11 (`/sys/bus/dahdi_devices`: what there is), and the ioctls
//! `SPANSTAT` and `GET_PARAMS` (how it is set). Reading changes nothing and needs no channel to be open.
//! Not here: what the board file wants, which is [`wanted`](crate::wanted).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dahdi_sys as sys;
use frame::Law;

use crate::{control::Control, place};

/// A device of DAHDI: a card, or a span without hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name in sysfs.
    pub name: String,
    /// Its hardware id; empty where it tells none.
    pub hardware_id: String,
    /// Where it is; empty where it does not tell.
    pub location: String,
    /// What it is, in its driver's words.
    pub model: String,
    /// The kernel module that drives it; a span without hardware has none.
    pub module: Option<String>,
    /// Its spans that have a number, by their place on it.
    pub spans: Vec<Span>,
    /// Its spans that have none yet, by their place on it.
    pub unassigned: Vec<(u8, SpanKind)>,
    /// Its folder.
    pub(crate) folder: PathBuf,
}

/// A span that has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its place on the device, from 1.
    pub local: u8,
    /// The kernel's number.
    pub number: i32,
    /// What it is.
    pub kind: SpanKind,
    /// Framing and coding, as `DAHDI_CONFIG_…`.
    pub line: u32,
    /// The length of its cable, as DAHDI numbers it.
    pub build_out: u8,
    /// Its channels, by their place on it.
    pub channels: Vec<Channel>,
}

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// 2,048 kbit/s.
    E1,
    /// 1,544 kbit/s.
    T1,
    /// The same in Japan.
    J1,
    /// Jacks of telephones, outside lines, or both.
    Analog,
    /// A span without hardware, which is whatever it is set to.
    Dynamic,
    /// Something that the box has no use for.
    Other,
}

/// A channel as it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its place on the span, from 1.
    pub place: u8,
    /// The kernel's number.
    pub number: i32,
    /// How it signals, as `DAHDI_SIG_…`.
    pub signalling: u32,
    /// How it could, as bits of `DAHDI_SIG_…`.
    pub can: u32,
    /// How its octets are coded.
    pub law: Law,
    /// The canceller that it would use; empty where there is none.
    pub canceller: String,
}

/// Why nothing is known of the kernel's cards.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The kernel has no DAHDI, or this user may not ask it.
    #[error("/dev/dahdi/ctl: {0}")]
    NoControl(io::Error),
    /// A span went while it was looked at.
    #[error("span {span}: {why}")]
    Span {
        /// The kernel's number.
        span: i32,
        /// The kernel's reason.
        why: io::Error,
    },
    /// A channel went while it was looked at.
    #[error("channel {channel}: {why}")]
    Channel {
        /// The kernel's number.
        channel: i32,
        /// The kernel's reason.
        why: io::Error,
    },
}

/// All devices, by their names.
///
/// # Errors
/// [`ProbeError`].
pub fn probe() -> Result<Vec<Device>, ProbeError> {
    let control = Control::look().map_err(ProbeError::NoControl)?;
    probe_in(Path::new(place::DEVICES), &control)
}

/// What is asked of the kernel by ioctl.
pub(crate) trait Ask {
    /// Framing, coding and build-out of a span.
    fn line(&self, span: i32) -> io::Result<(u32, u8)>;
    /// Signalling, what could be signalled, and law of a channel.
    fn channel(&self, channel: i32) -> io::Result<(u32, u32, Law)>;
}

impl Ask for Control {
    fn line(&self, span: i32) -> io::Result<(u32, u8)> {
        let status = self.status(span)?;
        Ok((status.lineconfig as u32, u8::try_from(status.lbo).unwrap_or(u8::MAX)))
    }

    fn channel(&self, channel: i32) -> io::Result<(u32, u32, Law)> {
        let params = self.params(channel)?;
        let law = if params.curlaw as u32 == sys::DAHDI_LAW_ALAW { Law::A } else { Law::Mu };
        Ok((params.sigtype as u32, params.sigcap as u32, law))
    }
}

pub(crate) fn probe_in(devices: &Path, kernel: &dyn Ask) -> Result<Vec<Device>, ProbeError> {
    place::folders(devices).map(|folder| device(folder, kernel)).collect()
}

fn device(folder: PathBuf, kernel: &dyn Ask) -> Result<Device, ProbeError> {
    let text = |file| place::text(&folder, file).unwrap_or_default();
    let mut spans = Vec::new();
    for span_folder in place::folders(&folder) {
        if let Some(place) = place::place(&span_folder) {
            spans.push(span(&span_folder, place, kernel)?);
        }
    }
    spans.sort_by_key(|span| span.local);
    let has_number = |local: u8| spans.iter().any(|span: &Span| span.local == local);
    // Called so where devices have groups of attributes, and without the prefix in older kernels.
    let all = place::text(&folder, "dahdi_spantype").or_else(|_| place::text(&folder, "spantype")).unwrap_or_default();
    let unassigned = all.lines().filter_map(local_and_kind).filter(|(local, _)| !has_number(*local)).collect();
    Ok(Device {
        name: folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        hardware_id: text("hardware_id"),
        location: text("location"),
        model: text("type"),
        module: module(&folder),
        spans,
        unassigned,
        folder,
    })
}

/// The module of the driver of the hardware below the device.
fn module(folder: &Path) -> Option<String> {
    let hardware = folder.canonicalize().ok()?.parent()?.to_owned();
    let module = fs::read_link(hardware.join("driver/module")).ok()?;
    Some(module.file_name()?.to_str()?.to_owned())
}

/// A line such as `1:E1`.
fn local_and_kind(line: &str) -> Option<(u8, SpanKind)> {
    let (local, kind) = line.split_once(':')?;
    Some((local.parse().ok()?, SpanKind::of(kind)))
}

impl SpanKind {
    /// By the word of `dahdi_spantype2str`.
    fn of(word: &str) -> SpanKind {
        match word {
            "E1" => SpanKind::E1,
            "T1" => SpanKind::T1,
            "J1" => SpanKind::J1,
            "FXS" | "FXO" | "ANALOG_MIXED" => SpanKind::Analog,
            "DYNAMIC" => SpanKind::Dynamic,
            _ => SpanKind::Other,
        }
    }

    /// Its word, for `spantype` of sysfs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            SpanKind::E1 => "E1",
            SpanKind::T1 => "T1",
            SpanKind::J1 => "J1",
            SpanKind::Analog => "ANALOG_MIXED",
            SpanKind::Dynamic => "DYNAMIC",
            SpanKind::Other => "INVALID",
        }
    }
}

fn span(folder: &Path, place: place::Place, kernel: &dyn Ask) -> Result<Span, ProbeError> {
    let number = place.span;
    let (line, build_out) = kernel.line(number).map_err(|why| ProbeError::Span { span: number, why })?;
    let local = place::number(folder, "local_spanno").map_err(|why| ProbeError::Span { span: number, why })?;
    let channels = (1..=place.channels).map(|at| {
        let channel = place.first_channel + i32::from(at) - 1;
        let asked = kernel.channel(channel);
        let (signalling, can, law) = asked.map_err(|why| ProbeError::Channel { channel, why })?;
        let canceller = place::canceller_of(folder, number, at);
        Ok(Channel { place: at, number: channel, signalling, can, law, canceller })
    });
    let kind = SpanKind::of(&place::text(folder, "spantype").unwrap_or_default());
    Ok(Span { local, number, kind, line, build_out, channels: channels.collect::<Result<_, _>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel that says of a channel what its number is.
    struct Numbers;

    impl Ask for Numbers {
        fn line(&self, span: i32) -> io::Result<(u32, u8)> {
            Ok((span as u32 * 100, 1))
        }

        fn channel(&self, channel: i32) -> io::Result<(u32, u32, Law)> {
            match channel {
                1..=9 => Ok((channel as u32, 7, Law::Mu)),
                _ => Err(io::ErrorKind::NotFound.into()),
            }
        }
    }

    /// What the kernel shows of a card in a slot, one span of which has no number, and of a span without hardware.
    fn sysfs() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let card = "pci0000:00/0000:04:05.0/pci:0000:04:05.0";
        write(&format!("{card}/hardware_id"), "\n");
        write(&format!("{card}/location"), "PCI Bus 04 Slot 05\n");
        write(&format!("{card}/type"), "Wildcard TE220\n");
        write(&format!("{card}/dahdi_spantype"), "1:E1\n2:T1\n");
        span(&write, &format!("{card}/span-5"), "E1", 1, 3);
        write(&format!("{card}/span-5/dahdi!chan!005!002/ec_factory"), "VPMOCT064\n");
        let loopback = "dahdi_dynamic/dynamic:loc:0";
        write(&format!("{loopback}/hardware_id"), "DYN/loc/1:0\n");
        write(&format!("{loopback}/spantype"), "1:DYNAMIC\n");
        span(&write, &format!("{loopback}/span-2"), "DYNAMIC", 5, 5);
        let modules = root.path().join("pci0000:00/0000:04:05.0/driver");
        fs::create_dir_all(&modules).unwrap();
        fs::create_dir_all(root.path().join("modules/wct4xxp")).unwrap();
        std::os::unix::fs::symlink(root.path().join("modules/wct4xxp"), modules.join("module")).unwrap();
        let bus = root.path().join("bus");
        fs::create_dir(&bus).unwrap();
        for device in [card, loopback] {
            let name = Path::new(device).file_name().unwrap();
            std::os::unix::fs::symlink(root.path().join(device), bus.join(name)).unwrap();
        }
        root
    }

    fn span(write: &dyn Fn(&str, &str), folder: &str, kind: &str, first: i32, channels: u8) {
        write(&format!("{folder}/spantype"), &format!("{kind}\n"));
        write(&format!("{folder}/local_spanno"), "1\n");
        write(&format!("{folder}/basechan"), &format!("{first}\n"));
        write(&format!("{folder}/channels"), &format!("{channels}\n"));
    }

    #[test]
    fn devices_are_told_with_their_spans_and_each_channel_as_the_kernel_has_it() {
        let root = sysfs();
        let devices = probe_in(&root.path().join("bus"), &Numbers).unwrap();
        let [loopback, card] = &devices[..] else { panic!("{devices:#?}") };
        assert_eq!((loopback.hardware_id.as_str(), loopback.module.as_deref()), ("DYN/loc/1:0", None));
        assert_eq!((loopback.spans[0].kind, loopback.spans[0].number), (SpanKind::Dynamic, 2));
        assert_eq!((card.location.as_str(), card.model.as_str()), ("PCI Bus 04 Slot 05", "Wildcard TE220"));
        assert_eq!(card.module.as_deref(), Some("wct4xxp"));
        assert_eq!(card.unassigned, [(2, SpanKind::T1)]);
        let span = &card.spans[0];
        assert_eq!((span.local, span.number, span.kind, span.line, span.build_out), (1, 5, SpanKind::E1, 500, 1));
        let channel = &span.channels[1];
        assert_eq!((channel.place, channel.number, channel.signalling), (2, 2, 2));
        assert_eq!((channel.law, channel.canceller.as_str()), (Law::Mu, "VPMOCT064"));
        assert_eq!(span.channels[0].canceller, "");
    }

    #[test]
    fn a_channel_that_goes_while_it_is_looked_at_is_named() {
        let root = sysfs();
        fs::write(root.path().join("dahdi_dynamic/dynamic:loc:0/span-2/channels"), "6\n").unwrap();
        let error = probe_in(&root.path().join("bus"), &Numbers).unwrap_err();
        assert!(matches!(error, ProbeError::Channel { channel: 10, .. }), "{error}");
    }

    #[test]
    fn a_kernel_without_devices_has_none() {
        assert_eq!(probe_in(Path::new("/nonexistent"), &Numbers).unwrap(), []);
    }
}
