//! The number plan: what dialled and called numbers mean.
//!
//! Emergency numbers match before everything else, with the outside prefix and without it. Then extensions, then queue
//! numbers, then outside prefixes. Matching is by whole numbers and by prefixes of them, so that a digit more is waited
//! for only where it can still change the meaning.

mod codes;
mod from_settings;
mod lock;
mod service_codes;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use frame::{LaneId, PersonId, PortId, SpanId};
use settings::{Flow, HandOver, MayMask, StationClass};

pub use codes::{AgentAct, DialCode, DialCodes};
pub use service_codes::{Service, ServiceAct, ServiceCodes};

use crate::{CallerTold, MailPlan, Masking, Number};

/// What a number leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A station.
    Station(PortId),
    /// A queue, by name.
    Queue(String),
    /// A flow, by name.
    Flow(String),
    /// A number outside, over a trunk group.
    Outside {
        /// The group, by its place in [`Plan::groups`].
        group: usize,
        /// The number to send.
        number: Number,
    },
    /// An emergency number, over whatever trunk is there.
    Emergency(Number),
    /// A call back, once whoever was met last is free.
    CallBack,
    /// No call back.
    NoCallBack,
    /// A call that rings at a telephone, or at any of the group.
    PickUp(Option<PortId>),
    /// A place where calls are parked, by its number.
    Park(String),
    /// What an agent says of the own work.
    Agent(AgentAct),
    /// Something is to be done with a service of the telephone.
    Service(Service, ServiceAct),
    /// The own telephone, for one call, after a PIN.
    Unlock,
    /// The messages of a telephone; without one, of the own.
    HearMail(Option<PortId>),
    /// The number that was dialled last.
    Redial,
    /// The talk at a telephone, as its supervisor.
    Supervise(PortId),
}

/// What digits mean so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Nothing begins so.
    Nothing,
    /// More digits are needed.
    More,
    /// A whole number; with `more`, a longer one could still be meant, so the interdigit time-out decides.
    Whole {
        /// What it leads to.
        target: Target,
        /// Whether a longer number could still be meant.
        more: bool,
    },
}

/// A telephone, as call control knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Its jack.
    pub port: PortId,
    /// Its lane.
    pub lane: LaneId,
    /// Its extension.
    pub extension: String,
    /// Who or what it is: shown to those whom it calls in the house.
    pub name: String,
    /// Who always works there.
    pub person: Option<PersonId>,
    /// Whether its calls are recorded.
    pub record: bool,
    /// Whether its number is withheld from those outside whom it calls.
    pub withholds: bool,
    /// Whether a flash in a talk puts the other party on hold to call a third one.
    pub consults: bool,
    /// Whether a flash in a talk over an outside line is passed on to its exchange.
    pub flashes_line: bool,
    /// Whether a call waits that comes during a talk.
    pub lets_wait: bool,
    /// Whether callers who do not reach it may leave a message.
    pub mail: bool,
    /// Whom it calls by itself.
    pub calls: Option<HotLine>,
    /// What it is.
    pub class: StationClass,
}

/// Whom a telephone calls by itself once it is lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotLine {
    /// The number, as it would be dialled there, with pauses where it is outside.
    pub dialled: String,
    /// How long something else may be dialled first.
    pub after: Duration,
}

/// One line or span of a trunk group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trunk {
    /// A span of B-channels.
    Span {
        /// Which.
        span: SpanId,
        /// How many B-channels it has.
        channels: u16,
    },
    /// An outside line.
    OutsideLine {
        /// Its jack.
        port: PortId,
        /// Its lane.
        lane: LaneId,
    },
}

/// Trunks that serve as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What is dialled before an outside number to choose it; empty where it can't be dialled.
    pub prefix: String,
    /// Its trunks, in the order in which they are tried.
    pub trunks: Vec<Trunk>,
    /// The number that the called party sees, where the caller has none outside.
    pub shown: Option<String>,
    /// Whether a private exchange is at the far end: its people dial what a telephone of the box dials.
    pub dials: bool,
    /// Which calls between two of its channels the network may join and take from the box.
    pub hand_over: HandOver,
    /// Whether its far side may have two of its calls joined by the box.
    pub joins: bool,
}

/// A row of the number plan that holds for some calls to its number only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialRow {
    /// The last digits of the number that the network delivers.
    pub number: String,
    /// The last digits of the number that diverted the call, where that counts.
    pub diverted_from: Option<String>,
    /// The subaddress that is asked for, where that counts.
    pub subaddress: Option<String>,
    /// What such a call leads to.
    pub to: Target,
}

/// What callers of a queue hear while they wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Music {
    /// Music by name.
    pub name: String,
    /// The line-in that is heard instead, while its device is there.
    pub from: Option<LaneId>,
}

/// Who may have what masked, and by which code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MaskingPlan {
    /// What the settings say.
    pub rules: settings::Masking,
    /// What is keyed in a talk so that the other party can key a number in secret.
    pub secret_input_code: Option<String>,
    /// What is keyed in a talk so that its recording pauses.
    pub pause_code: Option<String>,
    /// Telephones of members of queues.
    pub agents: BTreeSet<PortId>,
    /// Fax machines: nothing of what they send is hidden.
    pub faxes: BTreeSet<PortId>,
}

impl MaskingPlan {
    /// Whether a telephone may have something of its talk masked.
    pub fn may(&self, what: Masking, port: PortId) -> bool {
        let may = match what {
            Masking::SecretInput => self.rules.secret_input,
            Masking::Pause => self.rules.pause,
        };
        match may {
            MayMask::Nobody => false,
            MayMask::Agents => self.agents.contains(&port),
            MayMask::Everybody => true,
        }
    }

    /// The code that is keyed for something.
    pub fn code(&self, what: Masking) -> Option<&str> {
        match what {
            Masking::SecretInput => self.secret_input_code.as_deref(),
            Masking::Pause => self.pause_code.as_deref(),
        }
    }
}

/// What the settings and the board say about numbers, lines and recording, ready for use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The version of the settings it was made from.
    pub version: u32,
    /// Telephones by jack.
    pub stations: BTreeMap<PortId, Station>,
    /// Extensions of stations and numbers of queues.
    pub extensions: BTreeMap<String, Target>,
    /// What called numbers of trunks lead to, by the digits that the network delivers.
    pub ddi: BTreeMap<String, Target>,
    /// Rows for some calls; they come before [`Plan::ddi`], the first that fits counts.
    pub special: Vec<SpecialRow>,
    /// What a call leads to whose called number is in no row, by group name (outside lines have no DDI).
    pub default_target: BTreeMap<String, Target>,
    /// Trunk groups.
    pub groups: Vec<Group>,
    /// Emergency numbers.
    pub emergency: Vec<String>,
    /// Codes that are dialled at a telephone.
    pub codes: DialCodes,
    /// How long telephones wait for digits.
    pub digits: settings::Digits,
    /// Telephones at which not everything may be dialled.
    pub locked: BTreeMap<PortId, settings::Lock>,
    /// What is dialled at one of them to unlock it for one call.
    pub unlock_code: Option<String>,
    /// Reasons for an agent's pause.
    pub pauses: Vec<String>,
    /// Services that are set at a telephone.
    pub services: ServiceCodes,
    /// How calls are forwarded.
    pub forward: settings::Forward,
    /// Telephones whose people take each other's calls.
    pub pickup_groups: Vec<Vec<PortId>>,
    /// Voicemail, where there is some.
    pub mail: Option<MailPlan>,
    /// How long somebody is parked, in seconds.
    pub park_returns_s: u16,
    /// How telephones ring.
    pub rings: settings::Rings,
    /// What becomes of a party whose holder hangs up before the third one has answered.
    pub transfer: settings::Transfer,
    /// Whether one channel is kept free of calls that the box itself starts.
    pub keep_one_free: bool,
    /// What is dialled before a number so that the caller's own is withheld.
    pub withhold_code: Option<String>,
    /// What is keyed in a talk so that the network keeps who called.
    pub malicious_code: Option<String>,
    /// What is keyed in a talk so that the exchange of its outside line is given a flash.
    pub line_flash_code: Option<String>,
    /// What of a talk is masked, and for whom.
    pub masking: MaskingPlan,
    /// What is dialled before an agent's number to hear its talk as a supervisor.
    pub supervise_code: Option<String>,
    /// Queues whose talks supervisors may hear.
    pub supervised: BTreeMap<String, settings::Supervision>,
    /// What is dialled to be called back when whoever was met last is free.
    pub call_back_code: Option<String>,
    /// What is dialled to be called back by nobody.
    pub no_call_back_code: Option<String>,
    /// Flows by name.
    pub flows: BTreeMap<String, Arc<Flow>>,
    /// The music of each queue, by the queue's name.
    pub music: BTreeMap<String, Music>,
    /// What an agent's headset is told of a caller of each queue, by the queue's name; nothing where it is not here.
    pub whispers: BTreeMap<String, String>,
    /// Flows whose calls are not recorded.
    pub unrecorded_flows: Vec<String>,
    /// Queues whose calls are not recorded.
    pub unrecorded_queues: Vec<String>,
    /// The compartment of each queue that has one, by the queue's name.
    pub compartments: BTreeMap<String, String>,
    /// What the voices of a queue's talks get, by the queue's name; nothing where it is not here.
    pub polish: BTreeMap<String, Polish>,
}

/// What makes the voices of a talk pleasanter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polish {
    /// What is steady behind them is lowered.
    pub noise_reduction: bool,
    /// They are slowly brought to the usual level.
    pub automatic_gain: bool,
}

impl Plan {
    /// What digits dialled at a station mean.
    pub fn dialled(&self, digits: &str) -> Match {
        let matches = [self.emergency_match(digits), self.extension_match(digits), self.outside_match(digits)];
        let longer = |candidate: &Match| matches!(candidate, Match::More | Match::Whole { more: true, .. });
        let more = matches.iter().any(longer);
        for candidate in matches {
            match candidate {
                // A person who dials 110 is not asked to wait for what else could begin so.
                Match::Whole { target: target @ Target::Emergency(_), .. } => {
                    return Match::Whole { target, more: false };
                }
                Match::Whole { target, .. } => return Match::Whole { target, more },
                Match::Nothing | Match::More => (),
            }
        }
        if more { Match::More } else { Match::Nothing }
    }

    /// What digits dialled at a telephone of the house mean: a code, a number, or one behind the code that withholds the
    /// caller's.
    pub fn dialled_at_telephone(&self, digits: &str) -> Match {
        if let Some(number) = self.behind_withhold_code(digits) {
            return if number.is_empty() { Match::More } else { self.dialled(number) };
        }
        if let Some(number) = self.supervise_code.as_deref().and_then(|code| digits.strip_prefix(code)) {
            return self.whose_talk(number);
        }
        let codes = [(&self.call_back_code, Target::CallBack), (&self.no_call_back_code, Target::NoCallBack)];
        for (code, target) in codes {
            if code.as_deref() == Some(digits) {
                return Match::Whole { target, more: false };
            }
        }
        let codes = [&self.withhold_code, &self.call_back_code, &self.no_call_back_code, &self.supervise_code];
        let begins_code = codes.into_iter().flatten().any(|code| code.starts_with(digits));
        let by_code = self.codes.matches(digits, |number| self.extension_match(number));
        let by_code = by_code.or(self.services.matches(digits)).or(self.mail_match(digits));
        match if begins_code { by_code.or(Match::More) } else { by_code } {
            Match::Nothing => self.dialled(digits),
            meant => meant,
        }
    }

    /// Whose messages are to be heard. Behind the code comes the PIN, or a star and another telephone's extension: were both
    /// digits, a PIN could be taken for an extension, and told as what was dialled.
    fn mail_match(&self, digits: &str) -> Match {
        let Some(code) = self.mail.as_ref().map(|mail| mail.code.as_str()) else { return Match::Nothing };
        let own = |more| Match::Whole { target: Target::HearMail(None), more };
        let Some(rest) = digits.strip_prefix(code) else {
            return if code.starts_with(digits) { Match::More } else { Match::Nothing };
        };
        let Some(number) = rest.strip_prefix('*') else { return own(rest.is_empty()) };
        match self.extension_match(number) {
            Match::Whole { target: Target::Station(port), more } => {
                Match::Whole { target: Target::HearMail(Some(port)), more }
            }
            Match::Whole { more: true, .. } | Match::More => Match::More,
            Match::Whole { .. } | Match::Nothing => Match::Nothing,
        }
    }

    /// The first key of the PIN, where it came right behind the code: `#` is none, and only ends the code.
    pub(crate) fn first_of_pin(&self, digits: &str) -> Option<char> {
        let rest = digits.strip_prefix(self.mail.as_ref()?.code.as_str())?;
        rest.chars().next().filter(char::is_ascii_digit)
    }

    /// The telephone whose talk is wanted by the code for supervisors and these digits.
    fn whose_talk(&self, number: &str) -> Match {
        match self.extension_match(number) {
            Match::Whole { target: Target::Station(port), more } => {
                Match::Whole { target: Target::Supervise(port), more }
            }
            Match::Whole { more: true, .. } | Match::More => Match::More,
            Match::Whole { .. } | Match::Nothing => Match::Nothing,
        }
    }

    /// The extension of a telephone that has a box.
    pub fn box_of(&self, port: PortId) -> Option<&str> {
        self.mail.as_ref()?;
        self.stations.get(&port).filter(|station| station.mail).map(|station| station.extension.as_str())
    }

    /// Whose the telephone of an extension is.
    pub(crate) fn person_of(&self, extension: &str) -> Option<PersonId> {
        self.stations.values().find(|station| station.extension == extension).and_then(|station| station.person)
    }

    /// What stands behind the code that withholds the caller's number, where it stands first.
    pub fn behind_withhold_code<'a>(&self, digits: &'a str) -> Option<&'a str> {
        digits.strip_prefix(self.withhold_code.as_deref()?)
    }

    /// What a called number that came in over `group` leads to. The network may deliver it with more digits in front
    /// than the row has. Only a private exchange behind the box gets further than its rows: a call of the public network
    /// never leaves the box again at the owner's cost.
    pub fn called(&self, group: &str, number: Option<&Number>, told: &CallerTold) -> Option<Target> {
        let dialled = number.filter(|_| self.groups.iter().any(|row| row.name == group && row.dials));
        if let Some(Match::Whole { target, .. }) = dialled.map(|number| self.dialled(number.as_str())) {
            return Some(target);
        }
        let row = number.and_then(|number| {
            let digits = number.as_str();
            (0..digits.len()).find_map(|from| self.ddi.get(&digits[from..]))
        });
        let special = number.and_then(|number| self.special.iter().find(|row| row.fits(number, told)));
        special.map(|row| &row.to).or(row).or_else(|| self.default_target.get(group)).cloned()
    }

    /// Whether a call goes the same way by both plans: all but their version, and the music and what agents are told, which a
    /// queue has and not a call.
    pub fn leads_like(&self, other: &Plan) -> bool {
        let ways = |plan: &Plan| {
            let (music, whispers, polish) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            Plan { version: 0, music, whispers, polish, ..plan.clone() }
        };
        self.version == other.version || ways(self) == ways(other)
    }

    /// Whether a number is an emergency number.
    pub fn is_emergency(&self, digits: &str) -> bool {
        self.emergency.iter().any(|number| number == digits)
    }

    fn emergency_match(&self, digits: &str) -> Match {
        let prefixes = self.groups.iter().map(|group| group.prefix.as_str()).chain([""]);
        let mut best = Match::Nothing;
        for bare in prefixes.filter_map(|prefix| digits.strip_prefix(prefix)) {
            if self.is_emergency(bare) {
                let Ok(number) = bare.parse() else { continue };
                return Match::Whole { target: Target::Emergency(number), more: false };
            }
            if self.emergency.iter().any(|number| number.starts_with(bare)) {
                best = Match::More;
            }
        }
        best
    }

    fn extension_match(&self, digits: &str) -> Match {
        let mut longer =
            self.extensions.range(digits.to_owned()..).take_while(|(number, _)| number.starts_with(digits));
        let first = longer.next();
        let more = longer.next().is_some();
        match first {
            Some((number, target)) if number == digits => Match::Whole { target: target.clone(), more },
            Some(_) => Match::More,
            None => Match::Nothing,
        }
    }

    fn outside_match(&self, digits: &str) -> Match {
        let mut more = false;
        for (group, row) in self.groups.iter().enumerate().filter(|(_, row)| !row.prefix.is_empty()) {
            if let Some(bare) = digits.strip_prefix(row.prefix.as_str()) {
                let Ok(number) = bare.parse() else { return Match::More };
                return Match::Whole { target: Target::Outside { group, number }, more: true };
            }
            more |= row.prefix.starts_with(digits);
        }
        if more { Match::More } else { Match::Nothing }
    }
}

impl SpecialRow {
    fn fits(&self, number: &Number, told: &CallerTold) -> bool {
        let diverted_from = |from: &String| {
            told.diversion
                .as_ref()
                .is_some_and(|of| of.numbers().any(|number| number.as_str().ends_with(from.as_str())))
        };
        number.as_str().ends_with(&self.number)
            && self.diverted_from.as_ref().is_none_or(diverted_from)
            && (self.subaddress.is_none() || self.subaddress == told.wanted.subaddress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Diversion, DiversionReason, Party, Wanted};

    fn port(position: u8) -> PortId {
        PortId { card: "FXS".parse().unwrap(), position }
    }

    fn group(name: &str, prefix: &str, dials: bool) -> Group {
        Group {
            name: name.into(),
            prefix: prefix.into(),
            trunks: vec![],
            shown: None,
            dials,
            hand_over: HandOver::Never,
            joins: false,
        }
    }

    fn plan() -> Plan {
        Plan {
            extensions: [
                ("801".to_owned(), Target::Station(port(1))),
                ("8011".to_owned(), Target::Queue("desk".into())),
            ]
            .into(),
            ddi: [("1234".to_owned(), Target::Flow("main".into()))].into(),
            groups: vec![group("city", "0", false), group("branch", "", true)],
            emergency: vec!["110".into(), "120".into()],
            ..Plan::default()
        }
    }

    fn whole(target: Target, more: bool) -> Match {
        Match::Whole { target, more }
    }

    #[test]
    fn an_emergency_number_needs_no_prefix_and_no_wait() {
        let emergency = |digits: &str| whole(Target::Emergency(digits.parse().unwrap()), false);
        assert_eq!(plan().dialled("1"), Match::More);
        assert_eq!(plan().dialled("12"), Match::More);
        assert_eq!(plan().dialled("120"), emergency("120"));
        assert_eq!(plan().dialled("0120"), emergency("120"));
    }

    #[test]
    fn the_code_that_withholds_a_number_stands_before_any_number_and_hides_none() {
        let plan = Plan { withhold_code: Some("*31".into()), ..plan() };
        for begun in ["*", "*3", "*31", "*311", "*310"] {
            assert_eq!(plan.dialled_at_telephone(begun), Match::More, "{begun}");
        }
        let emergency = whole(Target::Emergency("120".parse().unwrap()), false);
        assert_eq!(plan.dialled_at_telephone("*31120"), emergency);
        assert_eq!(plan.dialled_at_telephone("120"), emergency);
        assert_eq!(plan.dialled_at_telephone("*318011"), whole(Target::Queue("desk".into()), false));
        assert_eq!(plan.dialled_at_telephone("*32"), Match::Nothing);
        assert_eq!(self::plan().dialled_at_telephone("*"), Match::Nothing, "no code is chosen");
    }

    #[test]
    fn the_code_for_supervisors_leads_to_the_talk_of_a_telephone_and_nowhere_else() {
        let plan = Plan { supervise_code: Some("*79".into()), ..plan() };
        for begun in ["*", "*7", "*79", "*798", "*7980"] {
            assert_eq!(plan.dialled_at_telephone(begun), Match::More, "{begun}");
        }
        assert_eq!(plan.dialled_at_telephone("*79801"), whole(Target::Supervise(port(1)), true));
        assert_eq!(plan.dialled_at_telephone("*798011"), Match::Nothing, "a queue has no talk");
        assert_eq!(plan.dialled_at_telephone("*79120"), Match::Nothing);
    }

    #[test]
    fn an_extension_that_begins_a_longer_one_waits_for_the_next_digit() {
        assert_eq!(plan().dialled("80"), Match::More);
        assert_eq!(plan().dialled("801"), whole(Target::Station(port(1)), true));
        assert_eq!(plan().dialled("8011"), whole(Target::Queue("desk".into()), false));
        assert_eq!(plan().dialled("802"), Match::Nothing);
    }

    #[test]
    fn the_outside_prefix_leads_out_and_is_not_sent() {
        assert_eq!(plan().dialled("0"), Match::More);
        let outside = Target::Outside { group: 0, number: "13800138000".parse().unwrap() };
        assert_eq!(plan().dialled("013800138000"), whole(outside, true));
    }

    #[test]
    fn a_called_number_is_found_however_many_digits_the_network_puts_in_front() {
        let called = |digits: &str| plan().called("city", Some(&digits.parse().unwrap()), &CallerTold::default());
        assert_eq!(called("1234"), Some(Target::Flow("main".into())));
        assert_eq!(called("01062001234"), Some(Target::Flow("main".into())));
        assert_eq!(called("62009999"), None);
    }

    #[test]
    fn a_private_exchange_dials_like_a_telephone_and_the_public_one_does_not() {
        let called =
            |group: &str, digits: &str| plan().called(group, Some(&digits.parse().unwrap()), &CallerTold::default());
        let outside = Target::Outside { group: 0, number: "13800138000".parse().unwrap() };
        assert_eq!(called("branch", "013800138000"), Some(outside));
        assert_eq!(called("branch", "120"), Some(Target::Emergency("120".parse().unwrap())));
        assert_eq!(called("branch", "801"), Some(Target::Station(port(1))));
        assert_eq!(called("branch", "1234"), Some(Target::Flow("main".into())));
        assert_eq!(called("city", "013800138000"), None);
    }
    #[test]
    fn a_diverted_call_is_led_by_who_diverted_it() {
        let row = |from: &str, to: &str| SpecialRow {
            number: "1234".into(),
            diverted_from: Some(from.into()),
            subaddress: None,
            to: Target::Queue(to.into()),
        };
        let plan = Plan { special: vec![row("8001", "surgery"), row("8002", "desk")], ..plan() };
        let known = |digits: &str| Party::Known(digits.parse().unwrap());
        let led = |from: Party, first: Party| {
            let diversion = Diversion { from, first, reason: DiversionReason::Busy };
            let told = CallerTold { diversion: Some(diversion), ..CallerTold::default() };
            plan.called("city", Some(&"62001234".parse().unwrap()), &told)
        };
        assert_eq!(led(known("01062008001"), Party::NotAvailable), Some(Target::Queue("surgery".into())));
        assert_eq!(
            led(known("62009999"), known("62008002")),
            Some(Target::Queue("desk".into())),
            "who was called first"
        );
        assert_eq!(led(known("62009999"), Party::NotAvailable), Some(Target::Flow("main".into())));
        assert_eq!(led(Party::Withheld, Party::NotAvailable), Some(Target::Flow("main".into())));
    }

    #[test]
    fn a_call_is_led_by_the_subaddress_that_it_asks_for() {
        let row = SpecialRow {
            number: "1234".into(),
            diverted_from: None,
            subaddress: Some("17".into()),
            to: Target::Queue("ward 17".into()),
        };
        let plan = Plan { special: vec![row], ..plan() };
        let led = |subaddress: Option<&str>| {
            let wanted = Wanted { subaddress: subaddress.map(str::to_owned), ..Wanted::default() };
            let told = CallerTold { wanted, ..CallerTold::default() };
            plan.called("city", Some(&"62001234".parse().unwrap()), &told)
        };
        assert_eq!(led(Some("17")), Some(Target::Queue("ward 17".into())));
        assert_eq!(led(Some("18")), Some(Target::Flow("main".into())));
        assert_eq!(led(None), Some(Target::Flow("main".into())));
    }
}
