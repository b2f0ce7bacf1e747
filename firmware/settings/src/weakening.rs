//! What settings change so that less is recorded, or less is proven: each such change takes two people.
//!
//! Compared are all places where settings say what is recorded, who may keep something out of a recording, who opens one, and
//! who outside holds the box's word. What is new and not recorded counts as well: else a new name would be the way around.
//! Not here: rules, copies and leases (`vault`), roles (`access`), which add their own.

use std::collections::BTreeSet;

use frame::{PersonId, PortId};
use serde::{Deserialize, Serialize};

use crate::{
    Flow, HandOver, Masking, MayMask, NumberRow, PersonRole, Queue, Record, Recordings, SecondFactorOf, Settings,
    SignInRule, Step, Target, TrunkGroup, WitnessPlace,
};

/// One change by which less is recorded or proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weakening {
    /// Calls that are dialled at a telephone are not recorded.
    Station {
        /// Its extension.
        extension: String,
        /// Its jack.
        port: PortId,
    },
    /// Calls that come to a queue are not recorded.
    Queue {
        /// Its name.
        name: String,
    },
    /// Calls in a flow are not recorded.
    Flow {
        /// Its name.
        name: String,
    },
    /// Callers of a flow are not recorded who do not agree to it.
    Refusal {
        /// The flow.
        flow: String,
        /// The step that asks.
        step: String,
    },
    /// A flow pauses the recording.
    Pause {
        /// The flow.
        flow: String,
        /// The step.
        step: String,
    },
    /// A delivered number leads to what is not recorded.
    Number {
        /// The number.
        number: String,
    },
    /// Calls of a trunk group for any other number do.
    Otherwise {
        /// The group.
        trunk: String,
    },
    /// The network may take recorded calls of a trunk group from the box.
    HandOver {
        /// The group.
        trunk: String,
    },
    /// More people may pause a recording.
    MayPause(MayMask),
    /// More people may keep the other party's keys out of a recording.
    MayHideKeys(MayMask),
    /// Either lasts longer before it ends by itself.
    MaskedFor {
        /// How long it could last.
        was_s: u16,
        /// How long it may.
        becomes_s: u16,
    },
    /// One person alone opens a recording.
    OneOpens,
    /// Fewer people need a second factor to sign in.
    SecondFactor {
        /// Of whom it was wanted.
        was: SecondFactorOf,
        /// Of whom it is.
        becomes: SecondFactorOf,
    },
    /// Calls of a queue are of another compartment: others open them, or fewer.
    Compartment {
        /// The queue.
        queue: String,
        /// Of which they were.
        was: Option<String>,
        /// Of which they are.
        becomes: Option<String>,
    },
    /// Somebody has a role that opens recordings.
    Opener {
        /// Their number.
        person: PersonId,
        /// Their name.
        name: String,
        /// The role.
        role: PersonRole,
    },
    /// A witness gets no root any more.
    Witness {
        /// Where it is.
        at: String,
    },
}

impl Weakening {
    /// Everything by which the new settings let less be recorded or proven than the old ones.
    pub fn all(old: &Settings, new: &Settings) -> Vec<Weakening> {
        // Without `..`, so that whoever adds a field decides here. The table with the reasons is in docs/keys.md.
        let Settings {
            // Who they are, where, and how it sounds and looks.
            format: _,
            company: _,
            country: _,
            time_zone: _,
            language: _,
            emergency: _,
            traces: _,
            port_tests: _,
            rings: _,
            busy_tones: _,
            // What a telephone can do with a call, which is recorded all the same.
            codes: _,
            digits: _,
            transfer: _,
            park: _,
            pickup_groups: _,
            pauses: _,
            services: _,
            forward: _,
            // Not in the vault.
            mail: _,
            export_days: _,
            // `vault` compares them, and `access` the people.
            retention: _,
            copies: _,
            people: _,
            masking,
            recordings,
            sign_in,
            witnesses: _,
            trunks,
            numbers: _,
            stations: _,
            queues,
            flows,
        } = new;
        let mut all = Vec::new();
        all.extend(stations(old, new));
        all.extend(queues.iter().flat_map(|queue| of_queue(old.queue(&queue.name), queue)));
        all.extend(flows.iter().flat_map(|flow| of_flow(old.flow(&flow.name), flow)));
        all.extend(numbers(old, new));
        all.extend(trunks.iter().flat_map(|trunk| of_trunk(old, new, trunk)));
        all.extend(of_masking(&old.masking, masking));
        all.extend(of_recordings(old.recordings, *recordings));
        all.extend(of_sign_in(old.sign_in, *sign_in));
        all.extend(witnesses(old).difference(&witnesses(new)).map(|at| Weakening::Witness { at: at.to_string() }));
        all
    }
}

impl Record {
    /// Whether less is recorded than with another one; what was not there at all counts as if it had been recorded.
    fn is_less_than(self, old: Option<Record>) -> bool {
        self == Record::None && old != Some(Record::None)
    }
}

/// By jack and extension: with either of them another one's calls are meant.
fn stations(old: &Settings, new: &Settings) -> impl Iterator<Item = Weakening> {
    let unrecorded = |settings: &Settings| -> BTreeSet<(PortId, String)> {
        let stations = settings.stations.iter().filter(|station| station.record == Record::None);
        stations.map(|station| (station.port, station.extension.clone())).collect()
    };
    let were = unrecorded(old);
    let more = unrecorded(new).into_iter().filter(move |station| !were.contains(station));
    more.map(|(port, extension)| Weakening::Station { extension, port })
}

fn of_queue(old: Option<&Queue>, new: &Queue) -> impl Iterator<Item = Weakening> {
    let name = || new.name.clone();
    // A number that was another queue's, or nobody's, brings calls that were recorded.
    let is_dialled_anew = new.extension.is_some() && old.is_some_and(|old| old.extension != new.extension);
    let is_less = new.record.is_less_than(old.map(|old| old.record).filter(|_| !is_dialled_anew));
    let was = old.and_then(|old| old.compartment.clone());
    let becomes = new.compartment.clone();
    let is_moved = was != becomes;
    let record = is_less.then(|| Weakening::Queue { name: name() });
    let compartment = is_moved.then(|| Weakening::Compartment { queue: name(), was, becomes });
    record.into_iter().chain(compartment)
}

fn of_flow(old: Option<&Flow>, new: &Flow) -> impl Iterator<Item = Weakening> {
    let is_less = new.record.is_less_than(old.map(|old| old.record));
    let record = is_less.then(|| Weakening::Flow { name: new.name.clone() });
    let step_was = move |name: &str| old.and_then(|old| old.steps.get(name));
    let steps = new.steps.iter().filter_map(move |(name, step)| of_step(&new.name, name, step_was(name), step));
    record.into_iter().chain(steps)
}

fn of_step(flow: &str, name: &str, old: Option<&Step>, new: &Step) -> Option<Weakening> {
    let (flow, step) = (flow.to_owned(), name.to_owned());
    match (new, old) {
        (Step::Pause(_), Some(Step::Pause(_))) => None,
        (Step::Pause(_), _) => Some(Weakening::Pause { flow, step }),
        (Step::Consent(new), old) => {
            let was = old.and_then(|old| if let Step::Consent(was) = old { was.refused.as_ref() } else { None });
            let is_less = new.refused.as_ref()?.record.is_less_than(was.map(|was| was.record));
            is_less.then_some(Weakening::Refusal { flow, step })
        }
        (
            Step::Menu(_)
            | Step::Play(_)
            | Step::Digits(_)
            | Step::Resume(_)
            | Step::Queue(_)
            | Step::Dial(_)
            | Step::HangUp(_),
            _,
        ) => None,
    }
}

/// Each number that either settings name, by what it leads to: where a row goes, a shorter one takes its calls.
fn numbers(old: &Settings, new: &Settings) -> impl Iterator<Item = Weakening> {
    let leads_elsewhere = |row: &&NumberRow| {
        let (was, becomes) = (leads_to(old, row), leads_to(new, row));
        let was_recorded = was.is_empty() || was.iter().any(|to| !is_unrecorded(old, to));
        was_recorded && becomes.iter().any(|to| is_unrecorded(new, to) && !was.contains(to))
    };
    let rows = old.numbers.iter().chain(&new.numbers).filter(leads_elsewhere);
    let numbers: BTreeSet<String> = rows.map(|row| row.number.clone()).collect();
    numbers.into_iter().map(|number| Weakening::Number { number })
}

/// What calls lead to that a row is for: its own target, else that of the longest row that is for them as well, else what
/// trunk groups do with any other number.
fn leads_to<'s>(settings: &'s Settings, row: &NumberRow) -> Vec<&'s Target> {
    let is_for = |other: &&NumberRow| {
        row.number.ends_with(&other.number)
            && (other.diverted_from.is_none() || other.diverted_from == row.diverted_from)
            && (other.subaddress.is_none() || other.subaddress == row.subaddress)
    };
    let is_same = |other: &NumberRow| {
        (&other.number, &other.diverted_from, &other.subaddress) == (&row.number, &row.diverted_from, &row.subaddress)
    };
    let of_rows = settings.numbers.iter().filter(is_for).max_by_key(|other| (is_same(other), other.number.len()));
    match of_rows {
        Some(row) => vec![&row.to],
        None => settings.trunks.iter().filter_map(|trunk| trunk.otherwise.as_ref()).collect(),
    }
}

/// Whether calls that lead here are not recorded. What a telephone says of recording is for the calls dialled at it.
fn is_unrecorded(settings: &Settings, target: &Target) -> bool {
    match target {
        Target::Flow(name) => settings.flow(name).is_some_and(|flow| flow.record == Record::None),
        Target::Queue(name) => settings.queue(name).is_some_and(|queue| queue.record == Record::None),
        Target::Station(_) => false,
    }
}

fn of_trunk(old: &Settings, new: &Settings, trunk: &TrunkGroup) -> impl Iterator<Item = Weakening> {
    let was = old.trunks.iter().find(|was| was.name == trunk.name);
    let name = || trunk.name.clone();
    let leads = trunk.otherwise.as_ref().filter(|to| is_unrecorded(new, to));
    let leads = leads.filter(|to| was.and_then(|was| was.otherwise.as_ref()) != Some(to));
    let is_handed = trunk.hand_over == HandOver::All && was.is_none_or(|was| was.hand_over != HandOver::All);
    let leads = leads.map(|_| Weakening::Otherwise { trunk: name() });
    let handed = is_handed.then(|| Weakening::HandOver { trunk: name() });
    leads.into_iter().chain(handed)
}

fn of_masking(old: &Masking, new: &Masking) -> impl Iterator<Item = Weakening> {
    let Masking { secret_input, pause, longest_s, end_key: _ } = new;
    let may_pause = (*pause > old.pause).then_some(Weakening::MayPause(*pause));
    let may_hide = (*secret_input > old.secret_input).then_some(Weakening::MayHideKeys(*secret_input));
    let lasts =
        (*longest_s > old.longest_s).then_some(Weakening::MaskedFor { was_s: old.longest_s, becomes_s: *longest_s });
    [may_pause, may_hide, lasts].into_iter().flatten()
}

fn of_recordings(old: Recordings, new: Recordings) -> Option<Weakening> {
    let Recordings { two_people_open } = new;
    (old.two_people_open && !two_people_open).then_some(Weakening::OneOpens)
}

fn of_sign_in(old: SignInRule, new: SignInRule) -> Option<Weakening> {
    let (was, becomes) = (old.second_factor, new.second_factor);
    (becomes < was).then_some(Weakening::SecondFactor { was, becomes })
}

/// By their places: what people call one is their own affair. Folders, which are asked as well, are for who compares rules.
fn witnesses(settings: &Settings) -> BTreeSet<WitnessPlace> {
    let places = settings.witnesses.iter().filter_map(|witness| witness.place().ok());
    places.filter(|place| !matches!(place, WitnessPlace::Folder(_))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Board;

    const DEMO: &str = include_str!("../../../board/demo.settings.toml");

    fn read(text: &str) -> Settings {
        let board = Board::parse("demo.toml", include_str!("../../../board/demo.toml")).unwrap();
        let parsed = Settings::parse("s.toml", text, &board, None);
        parsed.unwrap_or_else(|problems| panic!("{problems:?}: {text}")).settings
    }

    /// What the second text lets be weaker than the first; the way back never is.
    fn all(old: &str, new: &str) -> Vec<Weakening> {
        let (old, new) = (read(old), read(new));
        assert_eq!(Weakening::all(&old, &old), []);
        Weakening::all(&old, &new)
    }

    fn edited(edit: impl FnOnce(&mut Settings)) -> Vec<Weakening> {
        let old = read(DEMO);
        let mut new = old.clone();
        edit(&mut new);
        assert_eq!(Weakening::all(&new, &old), [], "what is recorded more needs nobody");
        Weakening::all(&old, &new)
    }

    #[test]
    fn a_telephone_a_queue_and_a_flow_that_are_recorded_no_more_are_named() {
        let station = read(DEMO).stations[0].clone();
        let is = Weakening::Station { extension: station.extension.clone(), port: station.port };
        assert_eq!(edited(|new| new.stations[0].record = Record::None), [is]);
        let name = read(DEMO).queues[0].name.clone();
        assert_eq!(edited(|new| new.queues[0].record = Record::None), [Weakening::Queue { name }]);
        let name = read(DEMO).flows[0].name.clone();
        assert_eq!(edited(|new| new.flows[0].record = Record::None), [Weakening::Flow { name }]);
        // A telephone that takes over the extension or the jack of one that is not recorded is another place.
        let mut old = read(DEMO);
        old.stations[0].record = Record::None;
        let mut new = old.clone();
        let other = new.stations[1].extension.clone();
        new.stations[1].extension = std::mem::replace(&mut new.stations[0].extension, other.clone());
        let swapped = Weakening::Station { extension: other, port: station.port };
        assert_eq!(Weakening::all(&old, &new), [swapped]);
        new = old.clone();
        new.stations[0].record = Record::All;
        assert_eq!(Weakening::all(&old, &new), []);
    }

    #[test]
    fn what_is_new_and_not_recorded_is_named_and_what_goes_is_not() {
        let queue = read(DEMO).queues[0].clone();
        let new_queue = |new: &mut Settings| {
            new.queues.push(Queue { name: "quiet".into(), extension: None, record: Record::None, ..queue.clone() });
        };
        assert_eq!(edited(new_queue), [Weakening::Queue { name: "quiet".into() }]);
        let mut old = read(DEMO);
        new_queue(&mut old);
        let mut dialled = old.clone();
        dialled.queues.last_mut().unwrap().extension = Some("7999".into());
        assert_eq!(Weakening::all(&old, &dialled), [Weakening::Queue { name: "quiet".into() }]);
    }

    #[test]
    fn a_number_that_is_led_to_what_is_not_recorded_is_named_by_whichever_row_does_it() {
        let row = |number: &str, to: &str| NumberRow {
            number: number.into(),
            diverted_from: None,
            subaddress: None,
            to: Target::Queue(to.into()),
        };
        let mut old = read(DEMO);
        let queue = old.queues[0].clone();
        let named = |name: &str, record| Queue { name: name.into(), extension: None, record, ..queue.clone() };
        old.queues = vec![named("open", Record::All), named("quiet", Record::None), named("still", Record::None)];
        old.numbers = vec![row("5550100", "open"), row("0199", "quiet")];
        old.trunks.iter_mut().for_each(|trunk| trunk.otherwise = None);
        let with = |numbers: Vec<NumberRow>| Settings { numbers, ..old.clone() };
        let number = |number: &str| Weakening::Number { number: number.into() };
        for (numbers, is) in [
            (vec![row("5550100", "quiet"), row("0199", "quiet")], vec![number("5550100")]),
            (vec![row("5550100", "open"), row("0199", "still")], vec![]),
            (vec![row("5550100", "open"), row("0199", "open")], vec![]),
            (vec![row("0199", "quiet")], vec![]),
            (vec![row("0199", "quiet"), row("0100", "quiet")], vec![number("0100"), number("5550100")]),
            (vec![row("5550100", "open"), row("0199", "quiet"), row("7", "quiet")], vec![number("7")]),
        ] {
            assert_eq!(Weakening::all(&old, &with(numbers.clone())), is, "{numbers:?}");
        }
        // The row goes, and the group's word for any other number holds.
        let mut new = with(vec![row("0199", "quiet")]);
        new.trunks[0].otherwise = Some(Target::Queue("quiet".into()));
        let trunk = new.trunks[0].name.clone();
        assert_eq!(Weakening::all(&old, &new), [number("5550100"), Weakening::Otherwise { trunk }]);
    }

    #[test]
    fn a_step_that_pauses_or_lets_callers_refuse_is_named() {
        let flow = |steps: &str| {
            format!("{DEMO}\n[[flows]]\nname = \"desk\"\nstart = \"a\"\n{steps}\n[flows.steps.z.hang_up]\n")
        };
        let plain = flow("[flows.steps.a.play]\nprompts = [\"x\"]\nthen = \"z\"");
        let pause = flow("[flows.steps.a.pause]\nthen = \"z\"");
        let consent = |record: &str| {
            let asks = "prompts = [\"x\"]\nyes = \"1\"\nno = \"2\"\nthen = \"z\"";
            flow(&format!("[flows.steps.a.consent]\n{asks}\nrefused = {{ then = \"z\", record = \"{record}\" }}"))
        };
        let (flow, step) = ("desk".to_owned(), "a".to_owned());
        assert_eq!(all(&plain, &pause), [Weakening::Pause { flow: flow.clone(), step: step.clone() }]);
        assert_eq!(all(&pause, &plain), []);
        let refusal = [Weakening::Refusal { flow, step }];
        assert_eq!(all(&plain, &consent("none")), refusal);
        assert_eq!(all(&consent("all"), &consent("none")), refusal);
        assert_eq!((all(&plain, &consent("all")), all(&consent("none"), &consent("all"))), (vec![], vec![]));
    }

    #[test]
    fn whoever_may_mask_more_or_for_longer_is_named() {
        assert_eq!(edited(|new| new.masking.pause = MayMask::Agents), [Weakening::MayPause(MayMask::Agents)]);
        let everybody = edited(|new| new.masking.secret_input = MayMask::Everybody);
        assert_eq!(everybody, [Weakening::MayHideKeys(MayMask::Everybody)]);
        let mut old = read(DEMO);
        old.masking.longest_s = 60;
        let longer = Weakening::MaskedFor { was_s: 60, becomes_s: 180 };
        assert_eq!(Weakening::all(&old, &read(DEMO)), [longer]);
    }

    #[test]
    fn who_opens_alone_what_leaves_the_box_and_another_compartment_are_named() {
        let mut old = read(DEMO);
        old.recordings.two_people_open = true;
        assert_eq!(Weakening::all(&old, &read(DEMO)), [Weakening::OneOpens]);
        assert_eq!(Weakening::all(&read(DEMO), &old), []);
        let trunk = || read(DEMO).trunks[0].name.clone();
        let all = edited(|new| new.trunks[0].hand_over = HandOver::All);
        assert_eq!(all, [Weakening::HandOver { trunk: trunk() }]);
        assert_eq!(edited(|new| new.trunks[0].hand_over = HandOver::Unrecorded), []);
        let (mut ward, mut other) = (read(DEMO), read(DEMO));
        ward.queues[0].compartment = Some("ward".into());
        other.queues[0].compartment = Some("other".into());
        for (old, new) in [(&read(DEMO), &ward), (&ward, &other), (&other, &read(DEMO))] {
            let of = |settings: &Settings| settings.queues[0].compartment.clone();
            let queue = new.queues[0].name.clone();
            let is = Weakening::Compartment { queue, was: of(old), becomes: of(new) };
            assert_eq!(Weakening::all(old, new), [is]);
        }
    }

    #[test]
    fn a_second_factor_of_fewer_people_is_named_and_of_more_is_not() {
        use SecondFactorOf::{Administrators, Nobody, Openers};
        let with = |of: &str| format!("{DEMO}\n[sign_in]\nsecond_factor = \"{of}\"\n");
        let (few, more) = (with("administrators"), with("openers"));
        assert_eq!(all(&few, DEMO), [Weakening::SecondFactor { was: Administrators, becomes: Nobody }]);
        assert_eq!(all(&more, &few), [Weakening::SecondFactor { was: Openers, becomes: Administrators }]);
        assert_eq!((all(DEMO, &few), all(&few, &more)), (vec![], vec![]));
    }

    #[test]
    fn each_witness_that_is_no_folder_is_named_when_it_goes() {
        let with = |at: &str| format!("{DEMO}\n[[witnesses]]\nname = \"auditors\"\nat = \"{at}\"\n");
        for at in ["tcp://10.1.2.3:601", "udp://10.1.2.3:514", "smtp://10.1.2.4:25/audit@hospital.example"] {
            let gone = [Weakening::Witness { at: at.into() }];
            assert_eq!(all(&with(at), DEMO), gone);
            assert_eq!(all(&with(at), &with("tcp://10.9.9.9:601")), gone);
            assert_eq!((all(DEMO, &with(at)), all(&with(at), &with(at).replace("auditors", "x"))), (vec![], vec![]));
        }
    }

    /// The table says of each field how many people change it, and none is missing in it.
    #[test]
    fn each_field_of_the_settings_has_a_row_in_the_table_of_docs_keys() {
        macro_rules! fields {
            ($($field:ident),* $(,)?) => {{
                let Settings { $($field: _),* } = Settings::default();
                [$(stringify!($field)),*]
            }};
        }
        let fields = fields!(
            format,
            company,
            country,
            time_zone,
            language,
            emergency,
            traces,
            port_tests,
            codes,
            digits,
            masking,
            transfer,
            park,
            rings,
            mail,
            pickup_groups,
            pauses,
            services,
            forward,
            retention,
            recordings,
            sign_in,
            witnesses,
            copies,
            export_days,
            trunks,
            numbers,
            stations,
            people,
            queues,
            flows,
            busy_tones,
        );
        let table = include_str!("../../../docs/keys.md");
        for field in fields {
            let rows: Vec<&str> =
                table.lines().filter(|row| row.starts_with('|') && row.contains(&format!("`{field}`"))).collect();
            let decided =
                |row: &&str| row.split('|').nth(2).is_some_and(|people| matches!(people.trim(), "one" | "two"));
            assert!(rows.iter().any(decided), "{field}: {rows:?}");
        }
    }
}
