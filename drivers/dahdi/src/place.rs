//! Where the kernel has a span of the board file: its number, and the numbers of its channels.
//!
//! Source: `dahdi-sysfs.c` of DAHDI 2.11. A device is found by its hardware id, its location, or its name in sysfs, as
//! `settings::DahdiCard` says; its spans count from 1 within it. The numbers change when cards are moved or loaded in
//! another order, so they are looked up at each opening.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where the kernel lists devices.
pub(crate) const DEVICES: &str = "/sys/bus/dahdi_devices/devices";

/// A span as the kernel numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The span.
    pub(crate) span: i32,
    /// Its first channel.
    pub(crate) first_channel: i32,
    /// How many channels it has.
    pub(crate) channels: u8,
}

/// Why a span is not to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfound {
    /// There is no such device.
    Device,
    /// The device has no such span, or the kernel has not given it a number.
    Span,
}

/// Finds the span `span` (from 1) of a device.
pub(crate) fn find(device: &str, span: u8) -> Result<Place, Unfound> {
    find_in(Path::new(DEVICES), device, span)
}

/// The canceller that a channel of the span `span` (from 1) of a device has; empty where it has none.
pub(crate) fn canceller(device: &str, span: u8, channel: u8) -> String {
    canceller_in(Path::new(DEVICES), device, span, channel)
}

fn find_in(devices: &Path, device: &str, span: u8) -> Result<Place, Unfound> {
    span_in(devices, device, span).map(|(_, place)| place)
}

fn span_in(devices: &Path, device: &str, span: u8) -> Result<(PathBuf, Place), Unfound> {
    let folder = folders(devices).find(|folder| is_called(folder, device)).ok_or(Unfound::Device)?;
    let places = folders(&folder).filter(|folder| number::<u8>(folder, "local_spanno").ok() == Some(span));
    places.filter_map(|folder| place(&folder).map(|place| (folder, place))).next().ok_or(Unfound::Span)
}

fn canceller_in(devices: &Path, device: &str, span: u8, channel: u8) -> String {
    span_in(devices, device, span).map(|(folder, place)| canceller_of(&folder, place.span, channel)).unwrap_or_default()
}

/// The canceller of a channel, as the folder of its span shows it.
pub(crate) fn canceller_of(span_folder: &Path, span: i32, channel: u8) -> String {
    text(&span_folder.join(format!("dahdi!chan!{span:03}!{channel:03}")), "ec_factory").unwrap_or_default()
}

fn is_called(folder: &Path, device: &str) -> bool {
    let says = |file| text(folder, file).is_ok_and(|text| text == device);
    says("hardware_id") || says("location") || folder.file_name().is_some_and(|name| name == device)
}

/// The span that a folder is; none where it is none.
pub(crate) fn place(folder: &Path) -> Option<Place> {
    let name = folder.file_name()?.to_str()?;
    Some(Place {
        span: name.strip_prefix("span-")?.parse().ok()?,
        first_channel: number(folder, "basechan").ok()?,
        channels: number(folder, "channels").ok()?,
    })
}

/// What is in a folder, in the order of its names. None of it where the folder can't be read.
pub(crate) fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders.into_iter()
}

pub(crate) fn text(folder: &Path, file: &str) -> io::Result<String> {
    Ok(fs::read_to_string(folder.join(file))?.trim().to_owned())
}

pub(crate) fn number<T: std::str::FromStr>(folder: &Path, file: &str) -> io::Result<T> {
    text(folder, file)?.parse().map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of what the kernel shows of two loopback spans and a card of two spans.
    fn devices() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let device = |name: &str, id: &str, location: &str, spans: &[(u8, u32, u32, u32)]| {
            let folder = root.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("hardware_id"), format!("{id}\n")).unwrap();
            fs::write(folder.join("location"), format!("{location}\n")).unwrap();
            for (local, span, first, count) in spans {
                let span = folder.join(format!("span-{span}"));
                fs::create_dir(&span).unwrap();
                fs::write(span.join("local_spanno"), format!("{local}\n")).unwrap();
                fs::write(span.join("basechan"), format!("{first}\n")).unwrap();
                fs::write(span.join("channels"), format!("{count}\n")).unwrap();
            }
        };
        device("dahdi_dynamic-loc-1:0", "DYN/loc/1:0", "", &[(1, 1, 1, 31)]);
        device("dahdi_dynamic-loc-1:1", "DYN/loc/1:1", "", &[(1, 2, 32, 31)]);
        device("pci:0000:04:05.0", "", "PCI Bus 04 Slot 05", &[(1, 4, 94, 31), (2, 3, 63, 31)]);
        root
    }

    #[test]
    fn a_device_is_found_by_its_id_its_location_and_its_name() {
        let root = devices();
        let find = |device, span| find_in(root.path(), device, span);
        assert_eq!(find("DYN/loc/1:1", 1), Ok(Place { span: 2, first_channel: 32, channels: 31 }));
        assert_eq!(find("PCI Bus 04 Slot 05", 2), Ok(Place { span: 3, first_channel: 63, channels: 31 }));
        assert_eq!(find("pci:0000:04:05.0", 1), Ok(Place { span: 4, first_channel: 94, channels: 31 }));
    }

    #[test]
    fn a_channel_shows_its_canceller_and_one_without_shows_none() {
        let root = devices();
        let channel = root.path().join("pci:0000:04:05.0/span-3/dahdi!chan!003!007");
        fs::create_dir(&channel).unwrap();
        fs::write(channel.join("ec_factory"), "MG2\n").unwrap();
        let canceller = |span, channel| canceller_in(root.path(), "PCI Bus 04 Slot 05", span, channel);
        assert_eq!([canceller(2, 7), canceller(2, 8), canceller(1, 7), canceller(9, 7)], ["MG2", "", "", ""]);
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        let root = devices();
        assert_eq!(find_in(root.path(), "DYN/loc/9:0", 1), Err(Unfound::Device));
        assert_eq!(find_in(root.path(), "DYN/loc/1:0", 2), Err(Unfound::Span));
        assert_eq!(find_in(&root.path().join("none"), "DYN/loc/1:0", 1), Err(Unfound::Device));
    }
}
