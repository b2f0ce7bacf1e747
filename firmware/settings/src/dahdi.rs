//! How a card that the DAHDI kernel modules drive is found and set: the `dahdi` table of a card in the board file.
//!
//! Source: `dahdi-sysfs.c` of DAHDI 2.11.1 (hardware id, location, names of devices), `include/dahdi/user.h` (signalling).
//! A card is named by what stays when cards are moved or loaded in another order: kernel numbers of spans and channels
//! are found at start and are never in the file.
//! Not here: reading and setting the kernel, which is `drivers/dahdi`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Card, CardKind, Country};

/// The kernel modules of outside lines that can be told a country.
pub const COUNTRY_MODULES: [&str; 3] = ["wcaxx", "wctdm", "wctdm24xxp"];

/// The software canceller of the kernel that is used where the file names none.
pub const CANCELLER: &str = "mg2";

/// A card of the DAHDI kernel modules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DahdiCard {
    /// Which hardware it is: its hardware id (a card's serial number, `DYN/loc/1:0` of a span without hardware), else its
    /// location (`PCI Bus 04 Slot 05`), else its name in `/sys/bus/dahdi_devices` (`pci:0000:04:05.0`).
    pub device: String,
    /// The first of its spans that belongs to this row, as the device counts, from 1.
    #[serde(default = "first")]
    pub span: u8,
    /// FXO and FXS: the channels behind the jacks, as the span counts them from 1; none means from 1 on. So a card that has
    /// modules of both kinds is two rows of this file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<u8>,
    /// FXO and FXS: how a line is seized and released.
    #[serde(default)]
    pub start: Start,
    /// FXO and FXS: how much louder the lines are made towards the box, in dB.
    #[serde(default)]
    pub receive_gain_db: Gain,
    /// FXO and FXS: how much louder the box is made towards the lines, in dB.
    #[serde(default)]
    pub send_gain_db: Gain,
    /// The kernel's canceller, where `echo = "kernel"`.
    #[serde(default = "canceller")]
    pub canceller: String,
    /// FXO: the country whose exchange feeds the lines. Impedance, loop current and what counts as ringing follow from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The kernel module that drives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Options of that module: the country's impedance (`opermode`), ringing (`boostringer`), and the like. They hold for
    /// all cards of the module, so rows of one module have the same.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

/// How much louder lines are made, in dB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Gain {
    /// All of a card alike.
    All(i8),
    /// Each by itself, in the order of the jacks.
    Each(Vec<i8>),
}

impl Default for Gain {
    fn default() -> Gain {
        Gain::All(0)
    }
}

impl Gain {
    /// That of the jack at a position, from 1.
    pub fn db(&self, position: u8) -> i8 {
        match self {
            Gain::All(db) => *db,
            Gain::Each(each) => each.get(usize::from(position).saturating_sub(1)).copied().unwrap_or_default(),
        }
    }
}

/// How an analog line is seized and released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// Loop start that tells a release by dropping the battery.
    #[default]
    Kewl,
    /// Loop start alone.
    Loop,
}

/// How a digital line's ones and zeros become pulses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// HDB3 (ITU-T G.703, annex A), what E1 lines have.
    Hdb3,
    /// B8ZS (ITU-T G.703, annex A), what T1 lines have.
    B8zs,
    /// AMI, without anything for long runs of zeros.
    Ami,
}

impl DahdiCard {
    /// The channel of its span that is behind a jack, from position 1.
    pub fn channel(&self, position: u8) -> u8 {
        let row = usize::from(position).saturating_sub(1);
        self.channels.get(row).copied().unwrap_or(position)
    }
}

impl Card {
    /// What it takes of its device, as pairs of the device's span and of the channel on it; of a trunk card the channel is 0.
    pub(crate) fn taken(&self) -> Vec<(u8, u8)> {
        let Some(of) = &self.dahdi else { return Vec::new() };
        match self.kind {
            CardKind::E1 | CardKind::T1 => {
                (0..self.spans.len()).map(|row| (of.span.saturating_add(row as u8), 0)).collect()
            }
            CardKind::Fxo | CardKind::Fxs => {
                (1..=self.jacks.len()).map(|position| (of.span, of.channel(position as u8))).collect()
            }
            // The check refuses the table there.
            CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => Vec::new(),
        }
    }
}

fn first() -> u8 {
    1
}

fn canceller() -> String {
    CANCELLER.to_owned()
}
