//! The form by which calls are found, and what it says as a question.

use access::Permission;
use call::Direction;
use frame::{PersonId, Utc};
use serde::{Deserialize, de::DeserializeOwned};

use super::{app::App, fault::Fault, visitor::Member};
use crate::{
    journal::{
        Act, Actor, Cdr, FindOrder, Intend, Outcome, PageKey, Question, RecordingState, WantedNumber, day_begins,
    },
    words::search::Search,
};

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 24 * 60 * MINUTE_US;

/// The farthest that clocks are set from UTC: Kiritimati is 14 hours ahead, Baker Island 12 behind.
const ZONE_MAX_MINUTES: i64 = 14 * 60;

/// The fields as they were sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FindForm {
    pub(super) from: String,
    pub(super) until: String,
    /// How many minutes the reader's clock is ahead of UTC. Empty where no script runs: then days are UTC's.
    pub(super) east: String,
    pub(super) direction: String,
    pub(super) queue: String,
    pub(super) person: String,
    pub(super) line: String,
    pub(super) number: String,
    pub(super) recording: String,
    pub(super) order: String,
    after: String,
}

impl FindForm {
    /// What is asked; else which field says nothing that can be looked for.
    pub(super) fn question(&self) -> Result<Question, Search> {
        Ok(Question {
            from: self.day(&self.from)?,
            until: self.day(&self.until)?.map(|utc| Utc::from_us(utc.as_us() + DAY_US)),
            direction: word::<Direction>(&self.direction),
            queue: said(&self.queue).map(str::to_owned),
            person: said(&self.person).and_then(|no| no.parse().ok()).map(PersonId),
            line: said(&self.line).map(str::to_owned),
            number: said(&self.number).map(|text| text.parse().map_err(|_| Search::NoNumber)).transpose()?,
            recording: word::<RecordingState>(&self.recording),
            order: self.order.parse().unwrap_or(FindOrder::Newest),
        })
    }

    /// The same for whoever asks: a number that lists hide is looked for, whole, by those alone who may see it. Who may not
    /// could try numbers until one is found.
    pub(super) fn question_of(&self, member: &Member) -> Result<Question, Search> {
        let question = self.question()?;
        let is_shown = question.number.as_ref().is_none_or(WantedNumber::is_shown);
        let may = is_shown || member.who.permissions.allow(Permission::RevealNumber);
        if may { Ok(question) } else { Err(Search::NotWhole) }
    }

    /// Where the page begins; nowhere where it is the first.
    pub(super) fn after(&self) -> Option<PageKey> {
        self.after.parse().ok()
    }

    /// What a link to the next page says again.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("from", &self.from),
            ("until", &self.until),
            ("east", &self.east),
            ("direction", &self.direction),
            ("queue", &self.queue),
            ("person", &self.person),
            ("line", &self.line),
            ("number", &self.number),
            ("recording", &self.recording),
            ("order", &self.order),
        ];
        fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.clone())).collect()
    }

    /// The moment at which a day begins where the reader is.
    fn day(&self, text: &str) -> Result<Option<Utc>, Search> {
        let Some(text) = said(text) else { return Ok(None) };
        let begins = day_begins(text).ok_or(Search::NoDay)?;
        let east: i64 = self.east.parse().unwrap_or(0);
        let east = east.clamp(-ZONE_MAX_MINUTES, ZONE_MAX_MINUTES);
        Ok(Some(Utc::from_us(begins.as_us() - east * MINUTE_US)))
    }
}

/// The calls that were asked for. A number that lists hide is looked for after the audit has it, and never by a page that asks
/// by itself, as one that is left open does every second: what it shows of what was found stays as it is.
pub(super) async fn find(
    app: &App,
    member: &Member,
    question: Question,
    after: Option<PageKey>,
    rows_max: u32,
) -> Result<Vec<Cdr>, Fault> {
    let language = member.visitor.language;
    let hidden = question.number.as_ref().filter(|number| !number.is_shown()).map(WantedNumber::masked);
    if hidden.is_some() && member.visitor.by_itself {
        return Ok(Vec::new());
    }
    let intend = |object| {
        let (by, act) = (Actor::Person(member.who.person), Act::FindNumber);
        Intend { by, act, object, call: None, reason: String::new() }
    };
    let intent = match hidden {
        Some(object) => Some(app.intend(language, intend(object)).await?),
        None => None,
    };
    let found = app.read_index(language, move |index| index.find(&question, after, rows_max)).await?;
    intent.into_iter().for_each(|intent| intent.conclude(Outcome::Done));
    Ok(found)
}

fn said(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// A word of the log, as `incoming`; one that nobody can have chosen says nothing.
fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(text.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_readers_own() {
        let of = |east: &str| {
            let day = || "2026-11-26".to_owned();
            let form = FindForm { from: day(), until: day(), east: east.to_owned(), ..FindForm::default() };
            let question = form.question().unwrap();
            (question.from.unwrap().as_us() / MINUTE_US, question.until.unwrap().as_us() / MINUTE_US)
        };
        let utc = of("");
        assert_eq!(utc.1 - utc.0, 24 * 60);
        assert_eq!(of("480"), (utc.0 - 480, utc.1 - 480), "Beijing's day begins eight hours earlier");
        assert_eq!(of("-99999"), of("-840"));
    }

    #[test]
    fn what_can_not_be_looked_for_is_said() {
        let number = FindForm { number: "abc".to_owned(), ..FindForm::default() };
        assert_eq!(number.question(), Err(Search::NoNumber));
        for day in ["26.11.2026", "2026-02-30", "9999999-01-01"] {
            let form = FindForm { until: day.to_owned(), ..FindForm::default() };
            assert_eq!(form.question(), Err(Search::NoDay), "{day}");
        }
    }
}
