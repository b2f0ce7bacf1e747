//! What `ringfence holds` and `ringfence erase` are told.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use frame::{CallId, EventNo, PersonId};
use vault::{Day, Hold, HoldSearch, Stretch};

use super::arguments::{DATA_DIR, THERE, localised, path, reason};
use crate::words::{Language, approval, command::Help};

/// Options of `holds`.
#[derive(Debug)]
pub struct Holds {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// What to do.
    pub act: HoldsAct,
}

/// What to do about holds.
#[derive(Debug)]
pub enum HoldsAct {
    /// List them.
    List,
    /// Place one.
    Place {
        /// What it covers.
        hold: Hold,
        /// Who, and why.
        by: By,
    },
    /// Lift one, under a grant.
    Lift {
        /// Which.
        no: EventNo,
        /// Who, and why.
        by: By,
    },
}

/// Options of `erase`.
#[derive(Debug)]
pub struct Erase {
    /// The data directory of the running box.
    pub data: PathBuf,
    /// What to do.
    pub act: EraseAct,
}

/// What to do about erasing.
#[derive(Debug)]
pub enum EraseAct {
    /// List what must go, and what waits.
    List,
    /// Ask to erase what must go.
    Ask {
        /// Who, and why.
        by: By,
    },
    /// Let a list that is granted wait to be erased.
    Begin {
        /// Which; none for the only one.
        object: Option<String>,
        /// Who, and why.
        by: By,
    },
    /// Erase a stretch of a call's recording: ask for it, or begin what is granted.
    Range {
        /// The call.
        call: CallId,
        /// The stretch.
        meant: Stretch,
        /// It is granted.
        begins: bool,
        /// Who, and why.
        by: By,
    },
    /// Take a list back.
    Recall {
        /// Which.
        no: EventNo,
        /// Who, and why.
        by: By,
    },
}

/// Under whose name, and why.
#[derive(Debug)]
pub struct By {
    /// The name under which they sign in.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// The fields of which a hold has to have one at least.
const OF_HOLD: [&str; 6] = ["call", "queue", "person", "number", "from", "until"];

pub(super) fn holds_command(language: Language) -> Command {
    let verb = |name, help| verb(name, help, language);
    let option = |name: &'static str, value: &'static str, help: &Help| {
        Arg::new(name).long(name).value_name(value).help(help.say(language))
    };
    let place = verb("place", &Help::HoldsPlace)
        .arg(
            option("call", "CALL", &Help::HoldCall)
                .value_parser(value_parser!(CallId))
                .conflicts_with_all(&OF_HOLD[1..]),
        )
        .arg(option("queue", "NAME", &Help::HoldQueue).value_parser(reason))
        .arg(option("person", "PERSON", &Help::HoldPerson).value_parser(value_parser!(u32)))
        .arg(option("number", "NUMBER", &Help::HoldNumber).value_parser(digits))
        .arg(option("from", "DAY", &Help::HoldFrom).value_parser(day))
        .arg(option("until", "DAY", &Help::HoldUntil).value_parser(day))
        .group(clap::ArgGroup::new("hold").args(OF_HOLD).required(true).multiple(true));
    parent("holds", &Help::Holds, language)
        .subcommand(verb("list", &Help::HoldsList).arg(data(language)))
        .subcommand(by(place, language))
        .subcommand(by(verb("lift", &Help::HoldsLift).arg(no(&Help::HoldNo, language)), language))
}

pub(super) fn erase_command(language: Language) -> Command {
    let verb = |name, help| verb(name, help, language);
    let object = Arg::new("object").value_name("OBJECT").value_parser(reason).help(Help::EraseObject.say(language));
    parent("erase", &Help::Erase, language)
        .subcommand(verb("list", &Help::EraseList).arg(data(language)))
        .subcommand(by(verb("ask", &Help::EraseAsk), language))
        .subcommand(by(verb("begin", &Help::EraseBegin).arg(object), language))
        .subcommand(by(range(verb("range", &Help::EraseRange), language), language))
        .subcommand(by(verb("recall", &Help::EraseRecall).arg(no(&Help::EraseNo, language)), language))
}

pub(super) fn holds_of(of: &ArgMatches) -> Holds {
    let (verb, of) = of.subcommand().expect(THERE);
    let act = match verb {
        "list" => HoldsAct::List,
        "place" => HoldsAct::Place { hold: hold_of(of), by: by_of(of) },
        "lift" => HoldsAct::Lift { no: no_of(of), by: by_of(of) },
        other => unreachable!("clap knows no verb that this table does not: {other}"),
    };
    Holds { data: path(of, "data"), act }
}

pub(super) fn erase_of(of: &ArgMatches) -> Erase {
    let (verb, of) = of.subcommand().expect(THERE);
    let act = match verb {
        "list" => EraseAct::List,
        "ask" => EraseAct::Ask { by: by_of(of) },
        "begin" => EraseAct::Begin { object: of.get_one("object").cloned(), by: by_of(of) },
        "range" => EraseAct::Range {
            call: *of.get_one("call").expect(THERE),
            meant: Stretch {
                from_s: *of.get_one("from").expect(THERE),
                to_s: of.get_one::<u32>("to").expect(THERE).saturating_add(1),
            },
            begins: of.get_flag("begin"),
            by: by_of(of),
        },
        "recall" => EraseAct::Recall { no: no_of(of), by: by_of(of) },
        other => unreachable!("clap knows no verb that this table does not: {other}"),
    };
    Erase { data: path(of, "data"), act }
}

fn hold_of(of: &ArgMatches) -> Hold {
    if let Some(call) = of.get_one("call") {
        return Hold::Call(*call);
    }
    Hold::Search(HoldSearch {
        queue: of.get_one("queue").cloned(),
        person: of.get_one("person").copied().map(PersonId),
        number: of.get_one("number").cloned(),
        from: of.get_one("from").copied(),
        until: of.get_one("until").copied(),
    })
}

fn by_of(of: &ArgMatches) -> By {
    let text = |name: &str| of.get_one::<String>(name).cloned().expect(THERE);
    By { name: text("as"), reason: text("reason") }
}

fn no_of(of: &ArgMatches) -> EventNo {
    EventNo(*of.get_one("no").expect(THERE))
}

fn parent(name: &'static str, about: &Help, language: Language) -> Command {
    verb(name, about, language)
        .subcommand_required(true)
        .subcommand_value_name(Help::Verbs.say(language))
        .subcommand_help_heading(Help::Verbs.say(language))
        .disable_help_subcommand(true)
}

fn verb(name: &'static str, about: &Help, language: Language) -> Command {
    localised(Command::new(name), language).about(about.say(language))
}

fn data(language: Language) -> Arg {
    let data = Arg::new("data").long("data").value_name("DIR").value_parser(value_parser!(PathBuf));
    data.default_value(DATA_DIR).help(Help::Data.say(language))
}

/// Who, why, and of which box.
fn by(verb: Command, language: Language) -> Command {
    let text = |name: &'static str, value: &'static str, help: &Help| {
        Arg::new(name).long(name).value_name(value).value_parser(reason).required(true).help(help.say(language))
    };
    let name = text("as", "NAME", &Help::ApproveAs);
    verb.arg(name).arg(text("reason", "TEXT", &Help::OpenReason)).arg(data(language))
}

fn no(help: &Help, language: Language) -> Arg {
    Arg::new("no").value_name("NO").required(true).value_parser(value_parser!(u64)).help(help.say(language))
}

fn range(verb: Command, language: Language) -> Command {
    let arg = |name: &'static str, value: &'static str, help: &Help| {
        Arg::new(name).value_name(value).required(true).help(help.say(language))
    };
    let begin = Arg::new("begin").long("begin").action(ArgAction::SetTrue).help(Help::EraseRangeBegin.say(language));
    verb.arg(arg("call", "CALL", &Help::EraseRangeCall).value_parser(value_parser!(CallId)))
        .arg(arg("from", "FROM", &Help::EraseRangeFrom).value_parser(seconds))
        .arg(arg("to", "TO", &Help::EraseRangeTo).value_parser(seconds))
        .arg(begin)
}

/// A moment of what is played: seconds, or as a player shows it, `1:05` or `1:02:05`.
fn seconds(text: &str) -> Result<u32, &'static str> {
    approval::seconds(text).ok_or("TIME")
}

fn digits(text: &str) -> Result<String, &'static str> {
    let fits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err("NUMBER") }
}

fn day(text: &str) -> Result<Day, &'static str> {
    text.parse().map_err(|_| "DAY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_seconds_or_as_a_player_shows_it() {
        for (text, told) in [("12", 12), ("0:12", 12), ("1:05", 65), ("1:02:05", 3725), ("75", 75)] {
            assert_eq!(seconds(text), Ok(told), "{text}");
        }
        for wrong in ["", ":", "1:60", "1:2:3:4", "-1", "+1", "1.5", "0:-1", "99999999:0:0"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
