//! Call flows: what a caller hears, may press, and where that leads. The machine that runs one is in the crate `flow`.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{Record, place::Path};

/// A call flow: named steps, each of which names the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// The step that a call begins with.
    pub start: String,
    /// Whether calls in it are recorded.
    #[serde(default)]
    pub record: Record,
    /// The steps by name.
    pub steps: BTreeMap<String, Step>,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The caller chooses with one key.
    Menu(MenuStep),
    /// The caller hears something.
    Play(PlayStep),
    /// The caller keys a number.
    Digits(DigitsStep),
    /// The caller is told that the call is recorded, and agrees or does not.
    Consent(ConsentStep),
    /// Nothing of the call is recorded from here on.
    Pause(PauseStep),
    /// The recording goes on.
    Resume(PauseStep),
    /// The caller waits for an agent.
    Queue(QueueStep),
    /// A station is rung.
    Dial(DialStep),
    /// The box ends the call.
    HangUp(HangUpStep),
}

/// A way from a step to the next.
pub(crate) struct Way<'a> {
    /// The keys of the step's table that name the next step.
    pub(crate) keys: Vec<String>,
    /// The next step.
    pub(crate) to: &'a str,
    /// Whether a call goes this way though its caller does nothing.
    pub(crate) is_idle: bool,
    /// Whether it is gone only after a wait for an agent.
    pub(crate) after_a_wait: bool,
}

impl<'a> Way<'a> {
    fn new(keys: &[&str], to: &'a str) -> Way<'a> {
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        Way { keys, to, is_idle: true, after_a_wait: false }
    }

    fn of_the_caller(keys: &[&str], to: &'a str) -> Way<'a> {
        Way { is_idle: false, ..Way::new(keys, to) }
    }
}

/// Where a prompt stands in its step.
pub(crate) enum PromptPlace {
    /// In the list of prompts.
    Row(usize),
    /// Under `invalid` or `timed_out`.
    Miss(&'static str),
}

impl PromptPlace {
    pub(crate) fn under(&self, step: &Path) -> Path {
        match self {
            PromptPlace::Row(row) => step.key("prompts").row(*row),
            PromptPlace::Miss(key) => step.key(key).key("prompt"),
        }
    }
}

impl Step {
    /// The key that the step's table stands under.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Step::Menu(_) => "menu",
            Step::Play(_) => "play",
            Step::Digits(_) => "digits",
            Step::Consent(_) => "consent",
            Step::Pause(_) => "pause",
            Step::Resume(_) => "resume",
            Step::Queue(_) => "queue",
            Step::Dial(_) => "dial",
            Step::HangUp(_) => "hang_up",
        }
    }

    /// Every way out of the step that stays in the flow.
    pub(crate) fn ways(&self) -> Vec<Way<'_>> {
        match self {
            Step::Menu(menu) => menu.ways(),
            Step::Play(play) => vec![Way::new(&["then"], &play.then)],
            Step::Digits(digits) => {
                let then = Way::of_the_caller(&["then"], &digits.then);
                vec![then, invalid(&digits.invalid), timed_out(&digits.timed_out)]
            }
            Step::Consent(consent) => consent.ways(),
            Step::Pause(pause) | Step::Resume(pause) => vec![Way::new(&["then"], &pause.then)],
            Step::Queue(queue) => queue.ways(),
            Step::Dial(_) | Step::HangUp(_) => Vec::new(),
        }
    }

    /// The prompts of the step, with their place in it.
    pub(crate) fn prompts(&self) -> Vec<(PromptPlace, &str)> {
        let (prompts, invalid, timed_out) = match self {
            Step::Menu(menu) => (&menu.prompts, Some(&menu.invalid), Some(&menu.timed_out)),
            Step::Digits(digits) => (&digits.prompts, Some(&digits.invalid), Some(&digits.timed_out)),
            Step::Play(play) => (&play.prompts, None, None),
            Step::Consent(consent) => (&consent.prompts, None, None),
            Step::Pause(_) | Step::Resume(_) | Step::Queue(_) | Step::Dial(_) | Step::HangUp(_) => return Vec::new(),
        };
        let listed = prompts.iter().enumerate().map(|(row, prompt)| (PromptPlace::Row(row), prompt.as_str()));
        let misses = [("invalid", invalid), ("timed_out", timed_out)];
        let missed =
            misses.into_iter().filter_map(|(key, miss)| Some((PromptPlace::Miss(key), miss?.prompt.as_deref()?)));
        listed.chain(missed).collect()
    }
}

impl MenuStep {
    fn ways(&self) -> Vec<Way<'_>> {
        let options = self.options.iter().map(|(key, to)| Way::of_the_caller(&["options", &key.to_string()], to));
        options.chain([invalid(&self.invalid), timed_out(&self.timed_out)]).collect()
    }
}

impl ConsentStep {
    fn ways(&self) -> Vec<Way<'_>> {
        // Whoever does nothing agrees where no key is asked for, and does not where one is.
        let then = Way { is_idle: self.yes.is_none(), ..Way::new(&["then"], &self.then) };
        let refused = self
            .refused
            .as_ref()
            .map(|refused| Way { is_idle: self.yes.is_some(), ..Way::new(&["refused", "then"], &refused.then) });
        [then].into_iter().chain(refused).collect()
    }
}

impl QueueStep {
    fn ways(&self) -> Vec<Way<'_>> {
        let exits = [("full", &self.full), ("timed_out", &self.timed_out), ("unstaffed", &self.unstaffed)];
        let named = exits.into_iter().filter_map(|(key, to)| Some((key, to.as_deref()?)));
        let named = named.map(|(key, to)| Way { after_a_wait: key == "timed_out", ..Way::new(&[key], to) });
        // `otherwise` stands for every exit that is not named, and only that of the longest wait comes after one.
        let after_a_wait = self.full.is_some() && self.unstaffed.is_some();
        let otherwise = Way { after_a_wait, ..Way::new(&["otherwise"], &self.otherwise) };
        named.chain([otherwise]).collect()
    }
}

fn invalid(miss: &Miss) -> Way<'_> {
    Way::of_the_caller(&["invalid", "then"], &miss.then)
}

fn timed_out(miss: &Miss) -> Way<'_> {
    Way::new(&["timed_out", "then"], &miss.then)
}

/// The caller chooses with one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuStep {
    /// What is played first.
    pub prompts: Vec<String>,
    /// Whether a key counts while the prompts still play.
    #[serde(default = "yes")]
    pub barge_in: bool,
    /// How long a key is waited for after the prompts, in seconds.
    #[serde(default = "default_wait_s")]
    pub wait_s: u16,
    /// How often the menu is offered in all.
    #[serde(default = "default_tries")]
    pub tries: u8,
    /// The step that each key leads to.
    pub options: BTreeMap<Key, String>,
    /// A key was pressed that the menu does not have.
    pub invalid: Miss,
    /// No key was pressed in time.
    pub timed_out: Miss,
}

/// What follows a wrong key, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Miss {
    /// What is played before the step is offered again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The step that follows when the tries are used up.
    pub then: String,
}

/// The caller hears something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlayStep {
    /// What is played, to its end.
    pub prompts: Vec<String>,
    /// The next step.
    pub then: String,
}

/// The caller keys a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigitsStep {
    /// What is played first. A key ends it.
    pub prompts: Vec<String>,
    /// The fewest digits that are a number.
    pub min_digits: u8,
    /// The most; the number is taken as soon as it has so many.
    pub max_digits: u8,
    /// The key that ends a shorter number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminator: Option<Key>,
    /// How long the first digit is waited for after the prompts, in seconds.
    #[serde(default = "default_wait_s")]
    pub wait_s: u16,
    /// How long each further digit is waited for, in seconds.
    #[serde(default = "default_between_s")]
    pub between_s: u16,
    /// How often the number is asked for in all.
    #[serde(default = "default_tries")]
    pub tries: u8,
    /// Whether the digits may be written down. Otherwise only their count is.
    #[serde(default)]
    pub public: bool,
    /// The next step.
    pub then: String,
    /// Too few digits came.
    pub invalid: Miss,
    /// No digit came in time.
    pub timed_out: Miss,
}

/// The caller is told that the call is recorded, and agrees or does not. Nothing is recorded before that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentStep {
    /// What is played first: that the call is recorded, what for, and which key says what. One of these keys ends it.
    pub prompts: Vec<String>,
    /// The key by which the caller agrees. Without one, whoever hears the prompts and stays does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes: Option<Key>,
    /// The key by which the caller does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no: Option<Key>,
    /// How long a key is waited for after the prompts, in seconds.
    #[serde(default = "default_wait_s")]
    pub wait_s: u16,
    /// How often it is asked in all, where a key is needed. Who has pressed none then does not agree.
    #[serde(default = "default_tries")]
    pub tries: u8,
    /// The next step of a caller who agrees.
    pub then: String,
    /// What becomes of one who does not. It has to be said where there is a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// What becomes of a caller who does not agree to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The next step: the same as of the others, or one that says why the call can't go on.
    pub then: String,
    /// Whether the call is recorded all the same, as a law may want it, which the next step should say.
    #[serde(default = "not_recorded")]
    pub record: Record,
}

/// The recording pauses or goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseStep {
    /// The next step.
    pub then: String,
}

/// The caller waits for an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueStep {
    /// The queue.
    pub name: String,
    /// The step that follows when no agent came, where nothing closer is said below.
    pub otherwise: String,
    /// The step that follows when the queue has no place left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
    /// The step that follows when the longest wait is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timed_out: Option<String>,
    /// The step that follows when nobody works in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unstaffed: Option<String>,
}

/// A station is rung. The flow ends here: nobody answers or it is busy, then the call ends as such a call does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialStep {
    /// Whose.
    pub extension: String,
}

/// The box ends the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HangUpStep {
    /// What the network is told, as ITU-T Q.850 counts causes.
    #[serde(default = "normal_clearing")]
    pub cause: u8,
}

/// A key of a telephone: `0` to `9`, `*`, `#`, and `A` to `D` of the fourth column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(char);

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is one of 0-9, *, #, A-D")]
pub struct KeyError;

impl Key {
    /// The hash key.
    pub(crate) const HASH: Key = Key('#');

    /// The key's character.
    pub const fn as_char(self) -> char {
        self.0
    }
}

impl TryFrom<char> for Key {
    type Error = KeyError;

    fn try_from(key: char) -> Result<Key, KeyError> {
        matches!(key, '0'..='9' | '*' | '#' | 'A'..='D').then_some(Key(key)).ok_or(KeyError)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Key, KeyError> {
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(key), None) => Key::try_from(key),
            _ => Err(KeyError),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

fn yes() -> bool {
    true
}

fn not_recorded() -> Record {
    Record::None
}

fn default_wait_s() -> u16 {
    5
}

fn default_between_s() -> u16 {
    // As long as a dialling station is given (`call`), and of the size of Q.931 T302's lower end.
    4
}

fn default_tries() -> u8 {
    3
}

fn normal_clearing() -> u8 {
    16
}
