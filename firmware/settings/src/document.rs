//! The settings: one document with everything that the box's owner decides.

use std::collections::BTreeSet;

use frame::PortId;
use serde::{Deserialize, Serialize};

use crate::{
    Board, BusyTone, Checked, Codes, Country, Digits, Flow, Forward, Language, Lock, Mail, Masking, MayMask, NumberRow,
    Park, Person, PickupGroup, PortTests, Problem, Queue, Recordings, RetentionRule, Rings, Services, SignInRule,
    Station, StationClass, Traces, Transfer, TrunkGroup, VaultCopy, Witness, check::check_settings, migrate,
    place::Source, read,
};

/// The format of settings that this version writes, and the newest that it reads.
pub const SETTINGS_FORMAT: u32 = 1;

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The format of the document.
    pub format: u32,
    /// Whose box it is.
    #[serde(default)]
    pub company: String,
    /// Where it stands.
    #[serde(default)]
    pub country: Country,
    /// Its time zone, as the IANA names it (`Asia/Shanghai`). Where none is said nobody is told a time of day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The language of prompts, and of pages until a person chooses another.
    #[serde(default)]
    pub language: Language,
    /// Emergency calls.
    #[serde(default)]
    pub emergency: Emergency,
    /// What the traces of D-channels keep.
    #[serde(default, skip_serializing_if = "Traces::is_default")]
    pub traces: Traces,
    /// Whether and when analog ports are tested.
    #[serde(default, skip_serializing_if = "PortTests::is_default")]
    pub port_tests: PortTests,
    /// What people key at a telephone to have something done.
    #[serde(default, skip_serializing_if = "Codes::is_default")]
    pub codes: Codes,
    /// How long telephones wait for digits.
    #[serde(default, skip_serializing_if = "Digits::is_default")]
    pub digits: Digits,
    /// What of a call nobody else hears or keeps.
    #[serde(default, skip_serializing_if = "Masking::is_default")]
    pub masking: Masking,
    /// Transfers before the third party has answered.
    #[serde(default, skip_serializing_if = "Transfer::is_default")]
    pub transfer: Transfer,
    /// Where calls are parked.
    #[serde(default, skip_serializing_if = "Park::is_default")]
    pub park: Park,
    /// How telephones ring, by where a call comes from.
    #[serde(default, skip_serializing_if = "Rings::is_default")]
    pub rings: Rings,
    /// Messages of callers who reach nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Mail>,
    /// Telephones whose people take each other's calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pickup_groups: Vec<PickupGroup>,
    /// Reasons for an agent's pause: the first is keyed as 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<String>,
    /// Services that people set at their telephones.
    #[serde(default, skip_serializing_if = "Services::is_default")]
    pub services: Services,
    /// How calls are forwarded.
    #[serde(default, skip_serializing_if = "Forward::is_default")]
    pub forward: Forward,
    /// How long recordings are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retention: Vec<RetentionRule>,
    /// Whose word it takes to hear a recording.
    #[serde(default, skip_serializing_if = "Recordings::is_default")]
    pub recordings: Recordings,
    /// What it takes to sign in at the page.
    #[serde(default, skip_serializing_if = "SignInRule::is_default")]
    pub sign_in: SignInRule,
    /// Who outside the box keeps its signed roots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Witness>,
    /// Where else the vault's recordings are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<VaultCopy>,
    /// For how many days a package of exported recordings stays on the box. 0: not for an hour.
    #[serde(default = "export_days", skip_serializing_if = "is_export_days")]
    pub export_days: u16,
    /// Trunk groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trunks: Vec<TrunkGroup>,
    /// Numbers that the network delivers (DDI), and what they lead to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<NumberRow>,
    /// Telephones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stations: Vec<Station>,
    /// People who work with the box.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// Queues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<Queue>,
    /// Call flows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<Flow>,
    /// Busy tones that were learnt from outside lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub busy_tones: Vec<BusyTone>,
}

/// A recipient fetches a package within a month, or asks again.
const EXPORT_DAYS: u16 = 30;

const fn export_days() -> u16 {
    EXPORT_DAYS
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
const fn is_export_days(days: &u16) -> bool {
    *days == EXPORT_DAYS
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            format: SETTINGS_FORMAT,
            company: String::new(),
            country: Country::default(),
            time_zone: None,
            language: Language::default(),
            emergency: Emergency::default(),
            traces: Traces::default(),
            port_tests: PortTests::default(),
            codes: Codes::default(),
            digits: Digits::default(),
            masking: Masking::default(),
            transfer: Transfer::default(),
            park: Park::default(),
            rings: Rings::default(),
            mail: None,
            pauses: Vec::new(),
            services: Services::default(),
            forward: Forward::default(),
            pickup_groups: Vec::new(),
            retention: Vec::new(),
            recordings: Recordings::default(),
            sign_in: SignInRule::default(),
            witnesses: Vec::new(),
            copies: Vec::new(),
            export_days: EXPORT_DAYS,
            trunks: Vec::new(),
            numbers: Vec::new(),
            stations: Vec::new(),
            people: Vec::new(),
            queues: Vec::new(),
            flows: Vec::new(),
            busy_tones: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads settings of any known format and checks them against the board that they are for. `file` is their name, for
    /// the problems' places; `prompts` are the names under which something is spoken, where they are known.
    ///
    /// # Errors
    /// Everything that is wrong with the form; where the form is right, everything that is wrong with what it says.
    pub fn parse(
        file: &str,
        text: &str,
        board: &Board,
        prompts: Option<&BTreeSet<String>>,
    ) -> Result<Checked, Vec<Problem>> {
        let mut root = read::document(file, text)?;
        migrate::migrate(root.get_mut()).map_err(|what| migrate::problem(file, text, &root, what))?;
        let source = Source::new(file, text, root);
        let settings: Settings = read::value(&source)?;
        let warnings = check_settings(&source, &settings, board, prompts)?;
        Ok(Checked { settings, warnings })
    }

    /// Settings that were checked when they were applied, read again; none where the text is none of this format.
    pub fn of_applied(text: &str) -> Option<Settings> {
        toml::from_str(text).ok()
    }

    /// The document as TOML. The same settings give the same octets.
    ///
    /// # Panics
    /// Never for a value of this type: every key is a string, and TOML can hold every field.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings have string keys and no value that TOML lacks")
    }

    /// Every emergency number: the country's, then the owner's.
    pub fn emergency_numbers(&self) -> Vec<String> {
        let country = self.country.emergency_numbers().iter().map(|&number| number.to_owned());
        let mut numbers: Vec<String> = country.collect();
        for number in &self.emergency.more_numbers {
            if !numbers.contains(number) {
                numbers.push(number.clone());
            }
        }
        numbers
    }

    /// Whether a telephone may have its talk masked: its recording paused, or else a number keyed in secret.
    pub fn may_mask(&self, pause: bool, port: PortId) -> bool {
        let may = if pause { self.masking.pause } else { self.masking.secret_input };
        let Some(station) = self.stations.iter().find(|station| station.port == port) else { return false };
        match may {
            MayMask::Nobody => false,
            MayMask::Agents => self.queues.iter().any(|queue| queue.members.contains(&station.extension)),
            MayMask::Everybody => true,
        }
    }

    /// The station with an extension.
    pub fn station(&self, extension: &str) -> Option<&Station> {
        self.stations.iter().find(|station| station.extension == extension)
    }

    /// Whether calls wait at a station: a telephone that serves no queue and is not locked.
    pub fn has_call_waiting(&self, station: &Station) -> bool {
        let is_agents = self.queues.iter().any(|queue| queue.members.contains(&station.extension));
        let is_telephone = station.class == StationClass::Telephone && station.lock == Lock::Open;
        station.call_waiting && is_telephone && !is_agents
    }

    /// Who may hear the messages of a station: whose telephone it is.
    pub fn person_at(&self, extension: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.extension.as_deref() == Some(extension))
    }

    /// The queue of a name.
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.name == name)
    }

    /// The flow of a name.
    pub fn flow(&self, name: &str) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.name == name)
    }
}

/// Emergency calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// Emergency numbers beside the country's own, such as the house's fire brigade.
    #[serde(default)]
    pub more_numbers: Vec<String>,
    /// Whether one channel is kept free of calls that the box itself starts.
    #[serde(default = "yes")]
    pub keep_one_channel_free: bool,
}

impl Default for Emergency {
    fn default() -> Emergency {
        Emergency { more_numbers: Vec::new(), keep_one_channel_free: true }
    }
}

/// Which calls are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// Every call.
    #[default]
    All,
    /// None.
    None,
}

fn yes() -> bool {
    true
}
