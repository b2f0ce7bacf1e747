//! `ringfence holds` and `ringfence erase`: what the page does about holds and erasing, by name and password over the box's
//! socket. Who that is shows their own password.

use std::{path::Path, process::ExitCode};

use access::{Proposal, TwoPersonAct};
use frame::PersonId;

use super::{
    Outcome, approve,
    keeping_arguments::{Erase, EraseAct, Holds, HoldsAct},
    say, settings,
};
use crate::{
    changes::Client,
    handles::{
        ApprovalsReply, ApprovalsRequest, DueNow, KeepingNow, KeepingReply, KeepingRequest, ListNow, NamedKeepingNow,
        NamedKeepingReply, NamedKeepingRequest, RangeNow,
    },
    words::{
        Language,
        approval::{self, Approving},
        command::Trouble,
        date_time,
        keeping::{self as words, Keeping},
    },
};

/// Whoever acts here is known by their name; the box puts their number in.
const NOBODY: PersonId = PersonId(0);

/// How many recordings of a list are shown, as on the page; the line above them says how many there are.
const ROWS: usize = 50;

/// `ringfence holds`.
pub(super) fn holds(asked: &Holds, language: Language) -> Outcome {
    let act = match &asked.act {
        HoldsAct::List => return list(&asked.data, language, |now| say_holds(now, language)),
        HoldsAct::Place { hold, by } => {
            let act = KeepingRequest::PlaceHold { hold: hold.clone(), by: NOBODY, reason: by.reason.clone() };
            (act, &by.name)
        }
        HoldsAct::Lift { no, by } => {
            let now = ask_now(&asked.data, language)?;
            let placed = now.placed.iter().find(|placed| placed.no == *no);
            let placed = placed.ok_or_else(|| Keeping::NotThere.trouble(language))?;
            say(&Keeping::Lifts.say(language));
            say(&words::placed(placed, language));
            (KeepingRequest::LiftHold { hold: *no, by: NOBODY, reason: by.reason.clone() }, &by.name)
        }
    };
    do_it(act, &asked.data, language)
}

/// `ringfence erase`.
pub(super) fn erase(asked: &Erase, language: Language) -> Outcome {
    let act = match &asked.act {
        EraseAct::List => return list(&asked.data, language, |now| say_erasing(now, language)),
        EraseAct::Ask { by } => {
            let now = ask_now(&asked.data, language)?.now;
            let Some(due) = now.due.filter(|due| !due.recordings.is_empty()) else {
                return Err(nothing_to_ask(now.time.is_some()).trouble(language));
            };
            let proposal = Proposal { act: TwoPersonAct::EraseDue, object: due.object, reason: by.reason.clone() };
            return ask_for(proposal, &by.name, &asked.data, language);
        }
        EraseAct::Begin { object, by } => {
            let now = ask_now(&asked.data, language)?;
            let object = match object {
                Some(object) => object.clone(),
                None => granted(now.granted, language)?,
            };
            say_begins(&object, &now.now, language)?;
            (KeepingRequest::Erase { object, by: NOBODY, reason: by.reason.clone() }, &by.name)
        }
        EraseAct::Range { call, meant, begins, by } => {
            let object = range(NamedKeepingRequest::Range { call: *call, meant: *meant }, &asked.data, language)?;
            if !begins {
                let proposal = Proposal { act: TwoPersonAct::EraseRange, object, reason: by.reason.clone() };
                return ask_for(proposal, &by.name, &asked.data, language);
            }
            (KeepingRequest::EraseRange { object, by: NOBODY, reason: by.reason.clone() }, &by.name)
        }
        EraseAct::Recall { no, by } => {
            let now = ask_now(&asked.data, language)?.now;
            let list = now.lists.iter().find(|list| list.no == *no).map(|list| list_line(list, language));
            let range = || now.ranges.iter().find(|range| range.no == *no).map(|range| words::range(range, language));
            say(&list.or_else(range).ok_or_else(|| Keeping::NotThere.trouble(language))?);
            (KeepingRequest::Cancel { list: *no, by: NOBODY, reason: by.reason.clone() }, &by.name)
        }
    };
    do_it(act, &asked.data, language)
}

fn nothing_to_ask(is_time_known: bool) -> Keeping {
    if is_time_known { Keeping::NothingDue } else { Keeping::TimeUnknown }
}

/// The one list that is granted and not begun.
fn granted(granted: Vec<String>, language: Language) -> Result<String, Trouble> {
    let mut granted = granted.into_iter();
    match (granted.next(), granted.len()) {
        (Some(object), 0) => Ok(object),
        (None, _) => Err(Keeping::NotGranted.trouble(language)),
        (Some(_), more) => Err(Keeping::WhichList { count: more + 1 }.trouble(language)),
    }
}

fn ask(request: &NamedKeepingRequest, data: &Path) -> Result<NamedKeepingReply, Trouble> {
    let client = Client::connect(data).map_err(|error| settings::trouble(error, data))?;
    client.ask_keeping(request).map_err(|error| approve::trouble(error, data))
}

fn ask_now(data: &Path, language: Language) -> Result<NamedKeepingNow, Trouble> {
    match ask(&NamedKeepingRequest::List, data)? {
        NamedKeepingReply::Now(now) => Ok(*now),
        other => Err(refused(other, data, language)),
    }
}

fn list(data: &Path, language: Language, tell: impl Fn(&NamedKeepingNow)) -> Outcome {
    tell(&ask_now(data, language)?);
    Ok(ExitCode::SUCCESS)
}

fn do_it((act, name): (KeepingRequest, &String), data: &Path, language: Language) -> Outcome {
    let by = approve::credentials(name, language)?;
    match ask(&NamedKeepingRequest::Act { by, act }, data)? {
        NamedKeepingReply::Answered(KeepingReply::Done(no)) => say(&Keeping::DoneUnder { no: no.0 }.say(language)),
        // It is done, and not all is well.
        NamedKeepingReply::Answered(KeepingReply::TooLateFor { recordings, .. }) => {
            return Err(Keeping::TooLateFor { recordings }.trouble(language));
        }
        other => return Err(refused(other, data, language)),
    }
    Ok(ExitCode::SUCCESS)
}

fn ask_for(proposal: Proposal, name: &str, data: &Path, language: Language) -> Outcome {
    say(&proposal.object);
    let by = approve::credentials(name, language)?;
    let client = Client::connect(data).map_err(|error| settings::trouble(error, data))?;
    let asked = client.ask_approvals(&ApprovalsRequest::Ask { by, proposal });
    match asked.map_err(|error| approve::trouble(error, data))? {
        ApprovalsReply::Asked(no) => say(&Approving::Asked { no: no.0 }.say(language)),
        ApprovalsReply::Refused(why) => {
            return Err(Trouble::NotApproved { why: approval::refusal(why).say(language) });
        }
        _ => return Err(Trouble::BoxDoesNotUnderstand { path: data.display().to_string() }),
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(reply: NamedKeepingReply, data: &Path, language: Language) -> Trouble {
    match reply {
        NamedKeepingReply::Answered(KeepingReply::Refused(why)) => words::refusal(why).trouble(language),
        NamedKeepingReply::NotShown(why) => Trouble::NotApproved { why: approval::refusal(why).say(language) },
        NamedKeepingReply::NotTheirs => Keeping::NotYours.trouble(language),
        NamedKeepingReply::Answered(_) | NamedKeepingReply::Now(_) => {
            Trouble::BoxDoesNotUnderstand { path: data.display().to_string() }
        }
    }
}

impl Keeping {
    fn trouble(self, language: Language) -> Trouble {
        Trouble::NotApproved { why: self.say(language) }
    }
}

fn say_holds(now: &NamedKeepingNow, language: Language) {
    if now.placed.is_empty() {
        say(&Keeping::NoHolds.say(language));
    }
    now.placed.iter().for_each(|placed| say(&words::placed(placed, language)));
}

/// The list that is about to be begun: its day and how many, and where it is today's, which.
fn say_begins(object: &str, now: &KeepingNow, language: Language) -> Result<(), Trouble> {
    // As the line says it: a day, how many, a hash.
    let of = object.split_once(": ").and_then(|(day, rest)| Some((day, rest.split_once(" / ")?.0)));
    let (day, count) = of.ok_or_else(|| Keeping::ListChanged.trouble(language))?;
    say(&Keeping::Begins { count: count.to_owned(), day: day.to_owned() }.say(language));
    let due = now.due.as_ref().filter(|due| due.object == object);
    due.into_iter().for_each(|due| say_rows(due, language));
    Ok(())
}

/// Shows what goes with a stretch, and gives the line that two people agree on.
fn range(request: NamedKeepingRequest, data: &Path, language: Language) -> Result<String, Trouble> {
    let RangeNow { object, packages } = match ask(&request, data)? {
        NamedKeepingReply::Answered(KeepingReply::Range(now)) => now,
        other => return Err(refused(other, data, language)),
    };
    say(&Keeping::RangeGone.say(language));
    say(&approval::range(&object).say(language));
    if !packages.is_empty() {
        say(&Keeping::RangeInPackages { packages: packages.join(", ") }.say(language));
    }
    Ok(object)
}

fn list_line(list: &ListNow, language: Language) -> String {
    let ListNow { no, recordings, until } = *list;
    format!("{} {}", Keeping::List { no: no.0, recordings }.say(language), date_time(until))
}

fn say_erasing(now: &NamedKeepingNow, language: Language) {
    let NamedKeepingNow { now, granted, .. } = now;
    if let Some(why) = now.stands_still {
        say(&words::refusal(why).say(language));
    }
    say_due(now, language);
    granted.iter().for_each(|object| say(&Keeping::Granted { object: object.clone() }.say(language)));
    now.lists.iter().for_each(|list| say(&list_line(list, language)));
    now.ranges.iter().for_each(|range| say(&words::range(range, language)));
    for row in &now.not_erased {
        let of = row.call.map_or_else(|| row.recording.to_string(), |call| call.to_string());
        say(&format!("{of}: {}", words::not_erased(row, language)));
        if row.has_begun {
            say(&format!("  {}", Keeping::HasBegun.say(language)));
        }
    }
}

fn say_due(now: &KeepingNow, language: Language) {
    let Some(due) = &now.due else { return say(&Keeping::TimeUnknown.say(language)) };
    if due.recordings.is_empty() {
        return say(&Keeping::NothingDue.say(language));
    }
    say(&Keeping::Due { count: due.recordings.len() }.say(language));
    say(&due.object);
    say_rows(due, language);
}

fn say_rows(due: &DueNow, language: Language) {
    for row in due.recordings.iter().take(ROWS) {
        let why = Keeping::DueRow { rule: row.rule.clone(), day: row.day.to_string() };
        say(&format!("  {}: {}", row.call, why.say(language)));
    }
    if let Some(count) = due.recordings.len().checked_sub(ROWS).filter(|count| *count > 0) {
        say(&Keeping::MoreRows { count }.say(language));
    }
    if due.has_more {
        say(&Keeping::More.say(language));
    }
}
