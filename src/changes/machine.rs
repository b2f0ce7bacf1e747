//! What becomes of a wish for other settings, step by step.
//!
//! ```text
//! try:   check ──▶ ask telephony ──▶ answer
//! apply: check ──▶ audit intent, durable ──▶ new version, durable ──▶ telephony takes it ──▶ told, answered
//!                                        └─▶ a grant, where it takes two people ──────────▲
//! ```
//!
//! Where a step fails, nothing after it is done, and what was done is said. Not here: files, clocks, sockets.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use access::{NewAdministrator, TwoPersonAct, new_administrators, new_openers};
use frame::EventNo;
use settings::{
    Applied, Board, Checked, CopyPlace, Language, Problem, Settings, VaultCopy, Version, Warning, Weakening,
    WitnessPlace,
};
use vault::{LeaseChange, RuleChange, rule_changes, shortens};

use super::unfinished::object_of;
use crate::{
    handles::{Asker, SETTINGS_MAX_OCTETS, SettingsRefusal, SettingsReply, SettingsRequest},
    journal::{Act, Actor, AppliedHow, BoxEvent, Intend, Outcome},
};

/// The names under which something can be played, by the language of the settings.
pub type Prompts = BTreeMap<Language, BTreeSet<String>>;

/// What the machine is told.
#[derive(Debug)]
pub enum Input {
    /// Somebody asks. Only after the one before was answered.
    Asked {
        /// What.
        request: SettingsRequest,
        /// What can be played now.
        prompts: Prompts,
    },
    /// What telephony says to [`Output::Judge`]; none where it does not answer.
    Judged(Option<Applied>),
    /// The number of the durable intent; none where it was not durable in time.
    Intended(Option<EventNo>),
    /// Whether a second person had granted it, and the grant is used up now.
    Redeemed(bool),
    /// How many recordings would go sooner; none where they could not be counted in time.
    Weighed(Option<u64>),
    /// What became of [`Output::Write`].
    Written(Result<Version, SettingsRefusal>),
    /// What telephony says to [`Output::Take`]; none where it does not answer.
    Taken(Option<Applied>),
}

/// What the machine tells to do.
#[derive(Debug)]
pub enum Output {
    /// Ask telephony what settings would do.
    Judge(Arc<Settings>),
    /// Make an audit intent durable.
    Intend(Intend),
    /// Take the grant for an act that these settings would be, on this object.
    Redeem(TwoPersonAct, String),
    /// Count the recordings that would go sooner: by the settings that hold, and by others.
    Weigh(Arc<Settings>, Arc<Settings>),
    /// Write a version, durably.
    Write(String),
    /// Let settings hold.
    Take(Arc<Settings>, Version),
    /// Tell the journal.
    Tell(BoxEvent),
    /// Answer the one who asked.
    Reply(SettingsReply),
}

/// The settings that hold, and the change that is being made.
#[derive(Debug)]
pub struct Changes {
    board: Arc<Board>,
    version: Version,
    settings: Arc<Settings>,
    text: String,
    step: Step,
    outputs: VecDeque<Output>,
}

/// How far a change has come.
#[derive(Debug)]
enum Step {
    Idle,
    /// Telephony is asked.
    Judging {
        warnings: Vec<Warning>,
    },
    /// The intent is on its way to the disk.
    Intending(Wanted),
    /// It is asked for a second person's grant.
    Redeeming(Wanted, EventNo, TwoPersonAct),
    /// There is none; what it would have done is counted.
    Weighing(Weighed),
    /// The version is on its way to the disk.
    Writing(Wanted, EventNo),
    /// Telephony is told.
    Taking(Wanted, EventNo, Version),
}

/// What a change would do that needs a second person.
#[derive(Debug)]
struct Weighed {
    act: TwoPersonAct,
    object: String,
    rules: Vec<RuleChange>,
    more: usize,
    folders: Vec<String>,
    copies: Vec<String>,
    stores: Vec<String>,
    leases: Vec<LeaseChange>,
    administrators: Vec<NewAdministrator>,
    weakenings: Vec<Weakening>,
}

impl Weighed {
    fn of(act: TwoPersonAct, object: String, old: &Settings, new: &Settings) -> Weighed {
        let mut rules = rule_changes(&old.retention, &new.retention);
        let mut gone: Vec<String> = folders(old).difference(&folders(new)).map(ToString::to_string).collect();
        let mut fewer: Vec<String> = copies(old).difference(&copies(new)).map(ToString::to_string).collect();
        let mut stores: Vec<String> = new_stores(old, new).map(|place| place.to_string()).collect();
        let mut leases = lease_changes(old, new);
        let mut administrators = new_administrators(&old.people, &new.people);
        let mut weakenings = weakenings_of(old, new);
        let all = rules.len() + gone.len() + fewer.len() + stores.len() + leases.len();
        let all = all + administrators.len() + weakenings.len();
        let mut octets = 0;
        let mut fits = |more: usize| {
            octets += more;
            octets < WEIGHED_OCTETS_MAX
        };
        administrators.retain(|new| fits(new.name.len() + ADMINISTRATOR_OCTETS));
        gone.retain(|folder| fits(folder.len()));
        fewer.retain(|folder| fits(folder.len()));
        stores.retain(|store| fits(store.len()));
        leases.retain(|lease| fits(lease.at.len() + LEASE_OCTETS));
        weakenings.retain(|weakening| fits(octets_of(weakening)));
        rules.retain(|rule| fits(octets_of(rule)));
        let told = rules.len() + gone.len() + fewer.len() + stores.len() + leases.len();
        let more = all - told - administrators.len() - weakenings.len();
        Weighed { act, object, more, rules, folders: gone, copies: fewer, stores, leases, administrators, weakenings }
    }
}

/// What is to hold.
#[derive(Debug)]
struct Wanted {
    settings: Arc<Settings>,
    warnings: Vec<Warning>,
    text: String,
    by: Actor,
}

impl Changes {
    /// The settings that a box starts with: their version, and the document as it was written.
    pub fn new(board: Arc<Board>, version: Version, settings: Arc<Settings>, text: String) -> Changes {
        Changes { board, version, settings, text, step: Step::Idle, outputs: VecDeque::new() }
    }

    /// Takes an input; drain [`Changes::poll_output`] afterwards.
    pub fn handle_input(&mut self, input: Input) {
        match (std::mem::replace(&mut self.step, Step::Idle), input) {
            (Step::Idle, Input::Asked { request, prompts }) => self.asked(request, &prompts),
            (Step::Judging { warnings }, Input::Judged(how)) => self.judged(warnings, how),
            (Step::Intending(wanted), Input::Intended(intent)) => self.intended(wanted, intent),
            (Step::Redeeming(wanted, intent, _), Input::Redeemed(true)) => self.write(wanted, intent),
            (Step::Redeeming(wanted, intent, act), Input::Redeemed(false)) => self.not_granted(&wanted, intent, act),
            (Step::Weighing(weighed), Input::Weighed(recordings)) => self.weighed(weighed, recordings),
            (Step::Writing(wanted, intent), Input::Written(written)) => self.written(wanted, intent, written),
            (Step::Taking(wanted, intent, version), Input::Taken(how)) => self.taken(wanted, intent, version, how),
            (step, input) => unreachable!("one change at a time, each answered in its order: {input:?} in {step:?}"),
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn asked(&mut self, request: SettingsRequest, prompts: &Prompts) {
        match request {
            SettingsRequest::Show => {
                self.reply(SettingsReply::Shown { version: self.version, text: self.text.clone() });
            }
            SettingsRequest::Try { file, text } => {
                if let Some(Checked { settings, warnings }) = self.check(&file, &text, prompts) {
                    self.step = Step::Judging { warnings };
                    self.put(Output::Judge(Arc::new(settings)));
                }
            }
            SettingsRequest::Apply { file, text, by } => {
                if let Some(Checked { settings, warnings }) = self.check(&file, &text, prompts) {
                    self.intend(Wanted { settings: Arc::new(settings), warnings, text, by: actor(by) });
                }
            }
        }
    }

    /// Settings that could hold. Others are answered here.
    fn check(&mut self, file: &str, text: &str, prompts: &Prompts) -> Option<Checked> {
        if text.len() > SETTINGS_MAX_OCTETS {
            self.reply(SettingsReply::Refused(SettingsRefusal::TooLong));
            return None;
        }
        let checked = check(file, text, &self.board, prompts);
        checked.map_err(|problems| self.reply(SettingsReply::Problems(problems))).ok()
    }

    fn judged(&mut self, warnings: Vec<Warning>, how: Option<Applied>) {
        self.reply(match how {
            Some(how) => SettingsReply::WouldApply { how, warnings },
            None => SettingsReply::Refused(SettingsRefusal::NoAnswer),
        });
    }

    fn intend(&mut self, wanted: Wanted) {
        let object = self.object(&wanted);
        let intend = Intend { by: wanted.by, act: Act::ApplySettings, object, call: None, reason: String::new() };
        self.step = Step::Intending(wanted);
        self.put(Output::Intend(intend));
    }

    fn intended(&mut self, wanted: Wanted, intent: Option<EventNo>) {
        let Some(intent) = intent else {
            return self.reply(SettingsReply::Refused(SettingsRefusal::NotAudited));
        };
        if let Some(act) = needs_second(&self.settings, &wanted.settings) {
            self.put(Output::Redeem(act, self.object(&wanted)));
            self.step = Step::Redeeming(wanted, intent, act);
            return;
        }
        self.write(wanted, intent);
    }

    /// What it is about: the version that it gets, as one change is made at a time and nobody else writes there, and its
    /// document.
    fn object(&self, wanted: &Wanted) -> String {
        object_of(Version(self.version.0 + 1), &wanted.text)
    }

    fn not_granted(&mut self, wanted: &Wanted, intent: EventNo, act: TwoPersonAct) {
        self.tell(BoxEvent::AuditOutcome { intent, outcome: Outcome::Failed, call: None });
        self.put(Output::Weigh(Arc::clone(&self.settings), Arc::clone(&wanted.settings)));
        self.step = Step::Weighing(Weighed::of(act, self.object(wanted), &self.settings, &wanted.settings));
    }

    /// Whoever is asked to grant it reads in the log what it changes: the document itself is nowhere yet.
    fn weighed(&mut self, weighed: Weighed, recordings: Option<u64>) {
        let Weighed { act, object, rules, more, folders, copies, stores, leases, administrators, weakenings } = weighed;
        let object_of = object.clone();
        self.tell(BoxEvent::ShorteningWeighed {
            object: object_of,
            recordings,
            rules,
            more,
            folders,
            copies,
            stores: stores.into(),
            leases: leases.into(),
            administrators: administrators.into(),
            weakenings: weakenings.into(),
        });
        self.reply(SettingsReply::Refused(SettingsRefusal::NeedsSecond { act, object, recordings }));
    }

    fn write(&mut self, wanted: Wanted, intent: EventNo) {
        self.put(Output::Write(wanted.text.clone()));
        self.step = Step::Writing(wanted, intent);
    }

    fn written(&mut self, wanted: Wanted, intent: EventNo, written: Result<Version, SettingsRefusal>) {
        match written {
            Ok(version) => {
                self.put(Output::Take(Arc::clone(&wanted.settings), version));
                self.step = Step::Taking(wanted, intent, version);
            }
            Err(refusal) => {
                self.tell(BoxEvent::AuditOutcome { intent, outcome: Outcome::Failed, call: None });
                self.reply(SettingsReply::Refused(refusal));
            }
        }
    }

    fn taken(&mut self, wanted: Wanted, intent: EventNo, version: Version, how: Option<Applied>) {
        // What is written holds from the next start on, whoever does not answer now.
        let how = how.unwrap_or(Applied::NeedsRestart);
        let Wanted { settings, warnings, text, by } = wanted;
        (self.version, self.settings, self.text) = (version, settings, text);
        self.tell(BoxEvent::SettingsApplied { version: version.0, by, how: applied_how(how) });
        self.tell(BoxEvent::AuditOutcome { intent, outcome: Outcome::Done, call: None });
        self.reply(SettingsReply::Applied { version, how, warnings });
    }

    fn tell(&mut self, event: BoxEvent) {
        self.put(Output::Tell(event));
    }

    fn reply(&mut self, reply: SettingsReply) {
        self.put(Output::Reply(reply));
    }

    fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }
}

/// Rules and folders in one event, which has 65,536 octets at most.
const WEIGHED_OCTETS_MAX: usize = 32 << 10;

/// Octets of a change of a lease beside its place.
const LEASE_OCTETS: usize = 64;

/// Octets of a new administrator beside their name.
const ADMINISTRATOR_OCTETS: usize = 64;

/// How long something is in the event.
fn octets_of(told: &impl serde::Serialize) -> usize {
    serde_json::to_string(told).map_or(WEIGHED_OCTETS_MAX, |text| text.len())
}

/// By what less is recorded or proven, or more people open it.
fn weakenings_of(old: &Settings, new: &Settings) -> Vec<Weakening> {
    let mut all = Weakening::all(old, new);
    all.extend(new_openers(&old.people, &new.people));
    all
}

/// The act that two people have to agree on before these settings hold, if any: that recordings could go sooner, or else that
/// less is recorded or proven, or else that somebody becomes an administrator. Whoever grants one reads of those after it,
/// too; it is granted by the same people, or by fewer.
fn needs_second(old: &Settings, new: &Settings) -> Option<TwoPersonAct> {
    if lets_go_sooner(old, new) {
        return Some(TwoPersonAct::ShortenRetention);
    }
    if !weakenings_of(old, new).is_empty() {
        return Some(TwoPersonAct::LessEvidence);
    }
    let becomes_one = !new_administrators(&old.people, &new.people).is_empty();
    becomes_one.then_some(TwoPersonAct::Administrator)
}

/// Whether recordings could go sooner: by the rules, because a folder that could say that the vault was set back is asked
/// no more, or because a disk less has them, which may also keep halves of what is erased from then on. Nor does one person alone
/// let them out over the network.
fn lets_go_sooner(old: &Settings, new: &Settings) -> bool {
    shortens(&old.retention, &new.retention)
        || !folders(old).is_subset(&folders(new))
        || !copies(old).is_subset(&copies(new))
        || new_stores(old, new).next().is_some()
        || !lease_changes(old, new).is_empty()
}

/// The buckets whose leases come, get shorter or go. What comes can't be taken back: it keeps what is erased, without its keys, until its
/// days are over. One that gets longer keeps nothing that was not kept before.
fn lease_changes(old: &Settings, new: &Settings) -> Vec<LeaseChange> {
    let of = |settings: &Settings| -> BTreeMap<CopyPlace, Option<u16>> {
        settings.copies.iter().filter_map(|copy| Some((copy.place().ok()?, copy.lease_days))).collect()
    };
    let (old, new) = (of(old), of(new));
    let changes = new.into_iter().map(|(place, becomes)| (old.get(&place).copied().flatten(), becomes, place));
    let is_told = |(was, becomes, _): &(Option<u16>, Option<u16>, CopyPlace)| match (was, becomes) {
        (None, None) => false,
        (Some(was), Some(becomes)) => becomes < was,
        _ => true,
    };
    let changes = changes.filter(is_told);
    changes.map(|(was, becomes, place)| LeaseChange { at: place.to_string(), was, becomes }).collect()
}

/// The buckets that recordings were not copied to before, or not with this CA's word for it or under this name.
fn new_stores(old: &Settings, new: &Settings) -> impl Iterator<Item = CopyPlace> {
    let of = |settings: &Settings| -> BTreeSet<(CopyPlace, Option<String>, bool)> {
        let reached = |copy: &VaultCopy| Some((copy.place().ok()?, copy.ca.clone(), copy.bucket_in_host));
        settings.copies.iter().filter_map(reached).collect()
    };
    let (old, new) = (of(old), of(new));
    let is_new = move |reached: &(CopyPlace, _, _)| matches!(reached.0, CopyPlace::Bucket(_)) && !old.contains(reached);
    new.into_iter().filter(is_new).map(|(place, ..)| place)
}

fn copies(settings: &Settings) -> BTreeSet<CopyPlace> {
    settings.copies.iter().filter_map(|copy| copy.place().ok()).collect()
}

fn folders(settings: &Settings) -> BTreeSet<WitnessPlace> {
    let places = settings.witnesses.iter().filter_map(|witness| witness.place().ok());
    places.filter(|place| matches!(place, WitnessPlace::Folder(_))).collect()
}

/// Checked once for what it says, and once more for what it plays, because its language says which prompts there are.
fn check(file: &str, text: &str, board: &Board, prompts: &Prompts) -> Result<Checked, Vec<Problem>> {
    let checked = Settings::parse(file, text, board, None)?;
    match prompts.get(&checked.settings.language) {
        Some(known) => Settings::parse(file, text, board, Some(known)),
        None => Ok(checked),
    }
}

fn actor(by: Asker) -> Actor {
    match by {
        Asker::Person(person) => Actor::Person(person),
        Asker::Console { uid } => Actor::User { uid },
    }
}

fn applied_how(how: Applied) -> AppliedHow {
    match how {
        Applied::Applied => AppliedHow::Applied,
        Applied::WhenIdle => AppliedHow::WhenIdle,
        Applied::NeedsRestart => AppliedHow::NeedsRestart,
    }
}

#[cfg(test)]
mod tests {
    use frame::PersonId;
    use settings::{Period, PersonRole, RetentionRule};

    use super::*;

    const SETTINGS: &str = include_str!("../../board/demo.settings.toml");

    fn changes() -> Changes {
        let board = Board::parse("demo.toml", include_str!("../../board/demo.toml")).unwrap();
        let people = Settings::parse("old.toml", SETTINGS, &board, None).unwrap().settings.people;
        let settings = Settings { people, ..Settings::default() };
        Changes::new(Arc::new(board), Version(1), Arc::new(settings), "of before".to_owned())
    }

    const PRIVACY: &str = "\n[[retention]]\nname = \"privacy\"\nkeep = { days = 1 }\nremove = { months = 6 }\n";

    #[test]
    fn what_lets_recordings_go_sooner_is_written_under_a_grant_alone_and_else_says_how_many() {
        let text = format!("{SETTINGS}{PRIVACY}");
        let mut changes = changes();
        changes.handle_input(apply(&text));
        next(&mut changes);
        changes.handle_input(Input::Intended(Some(EventNo(9))));
        let Output::Redeem(TwoPersonAct::ShortenRetention, object) = next(&mut changes) else { panic!() };
        assert_eq!(object, object_of(Version(2), &text));
        assert!(changes.poll_output().is_none(), "nothing is written before it is granted");
        changes.handle_input(Input::Redeemed(false));
        let failed = BoxEvent::AuditOutcome { intent: EventNo(9), outcome: Outcome::Failed, call: None };
        assert!(matches!(next(&mut changes), Output::Tell(event) if event == failed));
        assert!(matches!(next(&mut changes), Output::Weigh(old, new) if old.retention.len() < new.retention.len()));
        changes.handle_input(Input::Weighed(Some(3)));
        let Output::Tell(BoxEvent::ShorteningWeighed {
            object: of, recordings: Some(3), rules, more: 0, folders, ..
        }) = next(&mut changes)
        else {
            panic!("who grants it has to read what it changes")
        };
        assert!(
            of == object && folders.is_empty() && matches!(&rules[..], [RuleChange { was: None, becomes: Some(_) }])
        );
        let needs = SettingsRefusal::NeedsSecond { act: TwoPersonAct::ShortenRetention, object, recordings: Some(3) };
        assert!(matches!(next(&mut changes), Output::Reply(SettingsReply::Refused(refusal)) if refusal == needs));
        assert_eq!(shown(&mut changes).0, Version(1));

        changes.handle_input(apply(&text));
        next(&mut changes);
        changes.handle_input(Input::Intended(Some(EventNo(12))));
        next(&mut changes);
        changes.handle_input(Input::Redeemed(true));
        assert!(matches!(next(&mut changes), Output::Write(_)));
        changes.handle_input(Input::Written(Ok(Version(2))));
        changes.handle_input(Input::Taken(Some(Applied::Applied)));
        std::iter::from_fn(|| changes.poll_output()).for_each(drop);
        // What holds now is what the next change is held to.
        changes.handle_input(apply(&format!("{SETTINGS}{}", PRIVACY.replace("months = 6", "months = 7"))));
        next(&mut changes);
        changes.handle_input(Input::Intended(Some(EventNo(20))));
        assert!(matches!(next(&mut changes), Output::Write(_)), "it keeps longer");
    }

    #[test]
    fn a_folder_that_nothing_is_copied_to_any_more_is_named() {
        let copy = VaultCopy { name: "cellar".into(), at: "/mnt/cellar".into(), ..VaultCopy::default() };
        let old = Settings { copies: vec![copy], ..Settings::default() };
        let weighed = Weighed::of(TwoPersonAct::ShortenRetention, "it".into(), &old, &Settings::default());
        assert_eq!((weighed.copies, weighed.more), (vec!["/mnt/cellar".to_owned()], 0));
        assert!(weighed.stores.is_empty());
        let at = "https://s3.example/calls";
        let store = VaultCopy { name: "archive".into(), at: at.into(), ..VaultCopy::default() };
        let weighed = Weighed::of(
            TwoPersonAct::ShortenRetention,
            "it".into(),
            &old,
            &Settings { copies: vec![store], ..Settings::default() },
        );
        assert_eq!((weighed.stores, weighed.copies.len()), (vec![at.to_owned()], 1));
    }

    #[test]
    fn what_finds_no_room_in_the_event_is_counted_in_it() {
        let rule = |no: usize| RetentionRule {
            name: format!("{no}{}", "x".repeat(500)),
            keep: Period::default(),
            remove: None,
            from: None,
            when: None,
            queues: Vec::new(),
        };
        let old = Settings { retention: (0..100).map(rule).collect(), ..Settings::default() };
        let weighed = Weighed::of(TwoPersonAct::ShortenRetention, "it".into(), &old, &Settings::default());
        assert!(weighed.rules.len() > 30 && weighed.more > 30, "{} and {}", weighed.rules.len(), weighed.more);
        assert_eq!(weighed.rules.len() + weighed.more, 100);
    }

    #[test]
    fn a_folder_of_a_witness_is_taken_out_or_moved_under_a_grant_alone() {
        let witness = |at: &str| format!("{SETTINGS}\n[[witnesses]]\nname = \"auditors\"\nat = \"{at}\"\n");
        let folder = witness("/mnt/a");
        for gone in [SETTINGS.to_owned(), witness("/mnt/b"), witness("udp://10.1.2.3:514")] {
            assert!(matches!(first_step(&folder, &gone), Output::Redeem(TwoPersonAct::ShortenRetention, _)), "{gone}");
        }
        let named_anew = folder.replace("auditors", "house");
        let one_more = format!("{folder}\n[[witnesses]]\nname = \"other\"\nat = \"/mnt/b\"\n");
        for kept in [folder.clone(), named_anew, one_more] {
            assert!(matches!(first_step(&folder, &kept), Output::Write(_)), "{kept}");
        }
        let server = witness("udp://10.1.2.3:514");
        assert!(
            matches!(first_step(&server, SETTINGS), Output::Redeem(TwoPersonAct::LessEvidence, _)),
            "it is never asked"
        );
    }

    #[test]
    fn a_copy_is_taken_out_or_moved_under_a_grant_alone() {
        let copy = |name: &str, at: &str| format!("\n[[copies]]\nname = \"{name}\"\nat = \"{at}\"\n");
        let with = |copies: &[String]| format!("{SETTINGS}{}", copies.concat());
        let (one, other) = (copy("server room", "/mnt/a"), copy("bank", "/mnt/b"));
        let both = with(&[one.clone(), other.clone()]);
        for gone in
            [SETTINGS.to_owned(), with(std::slice::from_ref(&one)), with(&[one.clone(), copy("bank", "/mnt/c")])]
        {
            assert!(matches!(first_step(&both, &gone), Output::Redeem(TwoPersonAct::ShortenRetention, _)), "{gone}");
        }
        let more = with(&[copy("named anew", "/mnt/a"), other, copy("third", "/mnt/c")]);
        assert!(matches!(first_step(&both, &more), Output::Write(_)));
    }

    #[test]
    fn a_copy_goes_out_over_the_network_under_a_grant_alone() {
        let store = |name: &str| format!("{SETTINGS}\n[[copies]]\nname = \"{name}\"\nat = \"http://10.1.2.3/calls\"\n");
        assert!(matches!(first_step(SETTINGS, &store("archive")), Output::Redeem(TwoPersonAct::ShortenRetention, _)));
        assert!(matches!(first_step(&store("archive"), &store("vault 2")), Output::Write(_)), "it goes there already");
        let tls = |ca: &str| store("archive").replace("http:", "https:") + &format!("ca = \"/etc/{ca}.pem\"\n");
        assert!(
            matches!(first_step(&tls("house"), &tls("other")), Output::Redeem(TwoPersonAct::ShortenRetention, _)),
            "another may be the store then"
        );
        let in_host = store("archive") + "bucket_in_host = true\n";
        assert!(matches!(first_step(&store("archive"), &in_host), Output::Redeem(TwoPersonAct::ShortenRetention, _)));
    }

    #[test]
    fn leases_come_get_shorter_and_go_under_a_grant_alone_and_get_longer_without() {
        let store = |days: Option<u16>| {
            let lease = days.map(|days| format!("lease_days = {days}\n")).unwrap_or_default();
            format!("{SETTINGS}\n[[copies]]\nname = \"archive\"\nat = \"http://10.1.2.3/calls\"\n{lease}")
        };
        for (was, becomes) in [(None, Some(400)), (Some(400), Some(399)), (Some(400), None)] {
            let first = first_step(&store(was), &store(becomes));
            assert!(matches!(first, Output::Redeem(TwoPersonAct::ShortenRetention, _)), "{was:?}, {becomes:?}");
        }
        for (was, becomes) in [(Some(400), Some(401)), (Some(400), Some(400))] {
            let first = first_step(&store(was), &store(becomes));
            assert!(matches!(first, Output::Write(_)), "{was:?}, {becomes:?}");
        }
        let with = |lease_days| {
            let copy = VaultCopy { name: "archive".into(), at: "http://10.1.2.3/calls".into(), ..VaultCopy::default() };
            Settings { copies: vec![VaultCopy { lease_days, ..copy }], ..Settings::default() }
        };
        let weighed = Weighed::of(TwoPersonAct::ShortenRetention, "it".into(), &with(Some(400)), &with(Some(90)));
        let change = LeaseChange { at: "http://10.1.2.3/calls".into(), was: Some(400), becomes: Some(90) };
        assert_eq!((weighed.leases, weighed.more), (vec![change], 0));
    }

    #[test]
    fn somebody_becomes_an_administrator_under_a_grant_alone_and_who_grants_it_reads_their_name() {
        let with = |person: &str| SETTINGS.replacen("[[queues]]", &format!("[[people]]\n{person}\n\n[[queues]]"), 1);
        let agent = with("id = 7\nname = \"周宁\"\nroles = [\"agent\"]");
        let security = with("id = 7\nname = \"周宁\"\nroles = [\"security\"]");
        for (before, after) in [(SETTINGS, &security), (&agent, &security)] {
            let first = first_step(before, after);
            assert!(matches!(first, Output::Redeem(TwoPersonAct::Administrator, _)), "{first:?}");
        }
        for (before, after) in [(SETTINGS, &agent), (&security, &agent), (&security, &security)] {
            assert!(matches!(first_step(before, after), Output::Write(_)));
        }
        let both = format!("{security}{PRIVACY}");
        assert!(matches!(first_step(&agent, &both), Output::Redeem(TwoPersonAct::ShortenRetention, _)));

        let mut changes = changes();
        let board = Board::parse("demo.toml", include_str!("../../board/demo.toml")).unwrap();
        changes.settings = Arc::new(Settings::parse("old.toml", &agent, &board, None).unwrap().settings);
        changes.handle_input(apply(&both));
        changes.handle_input(Input::Intended(Some(EventNo(9))));
        changes.handle_input(Input::Redeemed(false));
        changes.handle_input(Input::Weighed(None));
        let outputs: Vec<Output> = std::iter::from_fn(|| changes.poll_output()).collect();
        let told = outputs.into_iter().find_map(|output| match output {
            Output::Tell(BoxEvent::ShorteningWeighed { administrators, more, .. }) => Some((administrators, more)),
            _ => None,
        });
        let (person, name, role) = (PersonId(7), "周宁".to_owned(), PersonRole::Security);
        assert_eq!(told, Some(([NewAdministrator { person, name, role }].into(), 0)));
        assert_eq!(shown(&mut changes).0, Version(1));
    }

    #[test]
    fn less_is_recorded_under_a_grant_alone_and_who_grants_it_reads_where() {
        let quiet = SETTINGS.replacen("name = \"药房\"", "name = \"药房\"\nrecord = \"none\"", 1);
        let opens = format!("{SETTINGS}\n[recordings]\ntwo_people_open = true\n");
        let supervisor = SETTINGS.replacen("roles = [\"agent\"]", "roles = [\"agent\", \"supervisor\"]", 1);
        for (before, after) in [(SETTINGS, quiet.as_str()), (opens.as_str(), SETTINGS), (SETTINGS, supervisor.as_str())]
        {
            let first = first_step(before, after);
            assert!(matches!(first, Output::Redeem(TwoPersonAct::LessEvidence, _)), "{first:?}");
            assert!(matches!(first_step(after, before), Output::Write(_)), "more needs nobody");
        }
        let both = format!("{quiet}{PRIVACY}");
        let first = first_step(SETTINGS, &both);
        assert!(matches!(first, Output::Redeem(TwoPersonAct::ShortenRetention, _)), "{first:?}");

        let mut changes = changes();
        let board = Board::parse("demo.toml", include_str!("../../board/demo.toml")).unwrap();
        changes.settings = Arc::new(Settings::parse("old.toml", &opens, &board, None).unwrap().settings);
        changes.handle_input(apply(&both));
        changes.handle_input(Input::Intended(Some(EventNo(9))));
        changes.handle_input(Input::Redeemed(false));
        changes.handle_input(Input::Weighed(Some(0)));
        let outputs: Vec<Output> = std::iter::from_fn(|| changes.poll_output()).collect();
        let told = outputs.into_iter().find_map(|output| match output {
            Output::Tell(BoxEvent::ShorteningWeighed { weakenings, more, .. }) => Some((weakenings, more)),
            _ => None,
        });
        let station = Weakening::Station { extension: "805".into(), port: "SIM-FXS.5".parse().unwrap() };
        assert_eq!(told, Some(([station, Weakening::OneOpens].into(), 0)));
        assert_eq!(shown(&mut changes).0, Version(1));
    }

    /// What is done first about a document, after another one.
    fn first_step(before: &str, after: &str) -> Output {
        let mut changes = changes();
        let board = Board::parse("demo.toml", include_str!("../../board/demo.toml")).unwrap();
        changes.settings = Arc::new(Settings::parse("old.toml", before, &board, None).unwrap().settings);
        changes.handle_input(apply(after));
        next(&mut changes);
        changes.handle_input(Input::Intended(Some(EventNo(9))));
        next(&mut changes)
    }

    fn apply(text: &str) -> Input {
        let by = Asker::Console { uid: 7 };
        let request = SettingsRequest::Apply { file: "new.toml".into(), text: text.into(), by };
        Input::Asked { request, prompts: Prompts::new() }
    }

    fn next(changes: &mut Changes) -> Output {
        changes.poll_output().expect("something to do")
    }

    fn shown(changes: &mut Changes) -> (Version, String) {
        changes.handle_input(Input::Asked { request: SettingsRequest::Show, prompts: Prompts::new() });
        match next(changes) {
            Output::Reply(SettingsReply::Shown { version, text }) => (version, text),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_is_intended_written_and_taken_in_this_order_and_then_told() {
        let mut changes = changes();
        changes.handle_input(apply(SETTINGS));
        let Output::Intend(Intend { by, act, object, .. }) = next(&mut changes) else { panic!() };
        assert_eq!((by, act), (Actor::User { uid: 7 }, Act::ApplySettings));
        assert!(object.starts_with("version 2 sha256 "), "{object}");
        assert!(changes.poll_output().is_none(), "nothing is written before the intent is durable");
        changes.handle_input(Input::Intended(Some(EventNo(9))));
        assert!(matches!(next(&mut changes), Output::Write(text) if text == SETTINGS));
        assert!(changes.poll_output().is_none(), "nothing is taken before it is written");
        changes.handle_input(Input::Written(Ok(Version(2))));
        assert!(matches!(next(&mut changes), Output::Take(_, Version(2))));
        assert!(changes.poll_output().is_none(), "nothing is told before it is so");
        changes.handle_input(Input::Taken(Some(Applied::WhenIdle)));
        let told = BoxEvent::SettingsApplied { version: 2, by, how: AppliedHow::WhenIdle };
        assert!(matches!(next(&mut changes), Output::Tell(event) if event == told));
        let outcome = BoxEvent::AuditOutcome { intent: EventNo(9), outcome: Outcome::Done, call: None };
        assert!(matches!(next(&mut changes), Output::Tell(event) if event == outcome));
        let Output::Reply(SettingsReply::Applied { version, how, .. }) = next(&mut changes) else { panic!() };
        assert_eq!((version, how), (Version(2), Applied::WhenIdle));
        assert_eq!(shown(&mut changes), (Version(2), SETTINGS.to_owned()));
    }

    #[test]
    fn an_intent_that_no_disk_takes_ends_the_change() {
        let mut changes = changes();
        changes.handle_input(apply(SETTINGS));
        next(&mut changes);
        changes.handle_input(Input::Intended(None));
        let refused = next(&mut changes);
        assert!(matches!(refused, Output::Reply(SettingsReply::Refused(SettingsRefusal::NotAudited))), "{refused:?}");
        assert_eq!(shown(&mut changes), (Version(1), "of before".to_owned()));
    }

    #[test]
    fn a_version_that_no_disk_takes_is_told_as_failed_and_the_old_one_holds() {
        let mut changes = changes();
        changes.handle_input(apply(SETTINGS));
        next(&mut changes);
        changes.handle_input(Input::Intended(Some(EventNo(9))));
        next(&mut changes);
        let full = SettingsRefusal::NotWritten { path: "settings/draft".into(), why: "no space".into() };
        changes.handle_input(Input::Written(Err(full.clone())));
        let failed = BoxEvent::AuditOutcome { intent: EventNo(9), outcome: Outcome::Failed, call: None };
        assert!(matches!(next(&mut changes), Output::Tell(event) if event == failed));
        assert!(matches!(next(&mut changes), Output::Reply(SettingsReply::Refused(refusal)) if refusal == full));
        assert_eq!(shown(&mut changes), (Version(1), "of before".to_owned()));
    }

    #[test]
    fn what_telephony_does_not_answer_holds_after_the_next_start() {
        let mut changes = changes();
        changes.handle_input(apply(SETTINGS));
        changes.handle_input(Input::Intended(Some(EventNo(9))));
        changes.handle_input(Input::Written(Ok(Version(2))));
        changes.handle_input(Input::Taken(None));
        let replies = std::iter::from_fn(|| changes.poll_output());
        let how = replies.into_iter().find_map(|output| match output {
            Output::Reply(SettingsReply::Applied { how, .. }) => Some(how),
            _ => None,
        });
        assert_eq!(how, Some(Applied::NeedsRestart));
    }

    #[test]
    fn bad_settings_are_answered_with_file_line_and_key_and_nobody_else_is_asked() {
        let mut changes = changes();
        changes.handle_input(apply(&SETTINGS.replace("country = \"cn\"", "country = \"xx\"")));
        let Output::Reply(SettingsReply::Problems(problems)) = next(&mut changes) else { panic!() };
        assert_eq!((problems[0].place.file.as_str(), problems[0].place.key.as_str()), ("new.toml", "country"));
        assert!(changes.poll_output().is_none());
    }

    #[test]
    fn a_try_asks_telephony_and_changes_nothing_and_warns_of_what_can_not_be_played() {
        let mut changes = changes();
        let request = SettingsRequest::Try { file: "new.toml".into(), text: SETTINGS.into() };
        let prompts = Prompts::from([(Language::Chinese, BTreeSet::new())]);
        changes.handle_input(Input::Asked { request, prompts });
        assert!(matches!(next(&mut changes), Output::Judge(_)));
        changes.handle_input(Input::Judged(Some(Applied::NeedsRestart)));
        let Output::Reply(SettingsReply::WouldApply { how, warnings }) = next(&mut changes) else { panic!() };
        assert!(how == Applied::NeedsRestart && !warnings.is_empty());
        assert_eq!(shown(&mut changes).0, Version(1));
    }

    #[test]
    fn a_document_that_is_too_long_is_not_even_read() {
        let mut changes = changes();
        changes.handle_input(apply(&" ".repeat(SETTINGS_MAX_OCTETS + 1)));
        assert!(matches!(next(&mut changes), Output::Reply(SettingsReply::Refused(SettingsRefusal::TooLong))));
    }
}
