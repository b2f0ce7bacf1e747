//! The ladder of a call on its page: what the traces have of its legs.

use call::{CallEvent, Endpoint};
use frame::LegId;

use super::{app::App, moment::Moment};
use crate::{
    handles::{LinesReply, LinesRequest},
    journal::{Event, Record},
    words::{self, Language, Names, page::Page},
};

/// What the page shows of the signalling.
#[derive(Debug)]
pub(super) enum Signalling {
    /// No leg went over ISDN.
    None,
    /// Nothing, and why.
    Nothing(String),
    /// One ladder a leg.
    Ladders(Vec<LegRungs>),
}

/// The ladder of one leg.
#[derive(Debug)]
pub(super) struct LegRungs {
    /// On which span.
    pub(super) span: String,
    pub(super) rungs: Vec<RungRow>,
}

/// One line of it.
#[derive(Debug)]
pub(super) struct RungRow {
    pub(super) class: &'static str,
    pub(super) at: Moment,
    pub(super) text: String,
    pub(super) advice: Option<String>,
}

/// Asks the lines' desk for the ladders of a call's legs.
pub(super) async fn signalling(app: &App, records: &[Record], language: Language) -> Signalling {
    let legs: Vec<LegId> = records.iter().filter_map(leg_on_a_channel).collect();
    if legs.is_empty() {
        return Signalling::None;
    }
    match app.parts.lines.ask(LinesRequest::Ladders { legs }).await {
        Ok(LinesReply::Ladders(ladders)) if ladders.is_empty() => Signalling::Nothing(words::no_ladder(language)),
        Ok(LinesReply::Ladders(ladders)) => {
            Signalling::Ladders(ladders.iter().map(|of| leg(app, of, language)).collect())
        }
        _ => Signalling::Nothing(Page::ControlSilent.say(language)),
    }
}

/// The leg that a record begins, where it was to go over ISDN.
fn leg_on_a_channel(record: &Record) -> Option<LegId> {
    match record.event() {
        Some(Event::Call(CallEvent::LegBegan { leg, endpoint: Endpoint::Channel { .. }, .. })) => Some(*leg),
        _ => None,
    }
}

fn leg(app: &App, of: &crate::handles::LadderNow, language: Language) -> LegRungs {
    let rows = words::ladder(of, language, &app.layout).into_iter().map(|line| RungRow {
        class: if line.is_trouble { "alarm" } else { "idle" },
        at: Moment::time(line.at.utc),
        text: line.text,
        advice: line.advice,
    });
    LegRungs { span: Names::span(&app.layout, of.span), rungs: rows.collect() }
}
