//! What acts that wait are about, for whoever grants them on the page or on the command line: a hash says nothing to anybody.

use access::{Approval, LetIn, TwoPersonAct};
use frame::EventNo;

use super::{app::App, fault::Fault, keeping_desk::placed};
use crate::{
    handles::{About, Shorter, held_object},
    journal::{BoxEvent, Event, FollowError, IndexReader, Record},
    words::Language,
};

/// Among how many documents that would shorten the one is looked for that is asked for: each was tried by a person, and what
/// waits is days old at most.
const WEIGHED_ROWS: u32 = 100;

/// What each of them is about, in their order. The index is opened once for all, and not where nothing is looked for in it.
///
/// # Errors
/// While the index can't be read.
pub(super) async fn about(app: &App, open: &[(EventNo, Approval)], language: Language) -> Result<Vec<About>, Fault> {
    let asked: Vec<Asked> = open.iter().map(|(_, open)| Asked::of(open)).collect();
    if asked.iter().all(|asked| matches!(asked, Asked::Line)) {
        return Ok(asked.iter().map(|_| About::Line).collect());
    }
    let found = app.read_index(language, move |index| find(index, asked)).await?;
    Ok(found.into_iter().map(|found| said(app, found)).collect())
}

/// What has to be looked for.
enum Asked {
    Line,
    Shorter(String),
    Hold(Option<EventNo>),
    LetIn(LetIn),
}

impl Asked {
    fn of(open: &Approval) -> Asked {
        let object = &open.proposal.object;
        match open.proposal.act {
            TwoPersonAct::ShortenRetention | TwoPersonAct::LessEvidence => Asked::Shorter(object.clone()),
            TwoPersonAct::LiftHold => Asked::Hold(held_object(object)),
            // Whom settings make an administrator stands beside what they shorten.
            TwoPersonAct::Administrator => object.parse().map_or_else(|_| Asked::Shorter(object.clone()), Asked::LetIn),
            TwoPersonAct::Export
            | TwoPersonAct::Keys
            | TwoPersonAct::EraseRange
            | TwoPersonAct::EraseDue
            | TwoPersonAct::AcknowledgeLosses
            | TwoPersonAct::Reset
            | TwoPersonAct::OpenRecording => Asked::Line,
        }
    }
}

/// What was found.
enum Found {
    Line,
    Shorter(Option<Record>),
    Hold(Option<Record>),
    LetIn(LetIn),
}

fn find(index: &IndexReader, asked: Vec<Asked>) -> Result<Vec<Found>, FollowError> {
    let any_shorter = asked.iter().any(|asked| matches!(asked, Asked::Shorter(_)));
    let weighed = if any_shorter { index.shortenings(WEIGHED_ROWS)? } else { Vec::new() };
    let is_of = |record: &&Record, wanted: &str| matches!(record.event(), Some(Event::Box(BoxEvent::ShorteningWeighed { object, .. })) if object == wanted);
    let one = |asked| {
        Ok(match asked {
            Asked::Line => Found::Line,
            Asked::LetIn(let_in) => Found::LetIn(let_in),
            Asked::Shorter(object) => Found::Shorter(weighed.iter().find(|record| is_of(record, &object)).cloned()),
            Asked::Hold(hold) => Found::Hold(hold.map(|hold| index.event(hold)).transpose()?.flatten()),
        })
    };
    asked.into_iter().map(one).collect()
}

fn said(app: &App, found: Found) -> About {
    match found {
        Found::Line => About::Line,
        Found::LetIn(act) => {
            let settings = app.parts.settings.borrow();
            let person = settings.people.iter().find(|person| person.id == act.person());
            About::LetIn { act, name: person.map(|person| person.name.clone()) }
        }
        Found::Shorter(record) => About::Shorter(record.as_ref().and_then(shorter)),
        Found::Hold(record) => About::Hold(record.and_then(|record| match record.event() {
            Some(Event::Box(BoxEvent::HoldPlaced { hold, .. })) => {
                Some(placed(app, record.no, hold.clone(), Some(&record)))
            }
            _ => None,
        })),
    }
}

fn shorter(record: &Record) -> Option<Shorter> {
    let Some(Event::Box(BoxEvent::ShorteningWeighed {
        recordings,
        rules,
        more,
        folders,
        copies,
        stores,
        leases,
        administrators,
        weakenings,
        ..
    })) = record.event()
    else {
        return None;
    };
    let (rules, folders) = (rules.clone(), folders.clone());
    let (copies, stores, leases) = (copies.clone(), stores.to_vec(), leases.to_vec());
    let (administrators, weakenings) = (administrators.to_vec(), weakenings.to_vec());
    let (recordings, more) = (*recordings, *more);
    Some(Shorter { recordings, rules, more, folders, copies, stores, leases, administrators, weakenings })
}
