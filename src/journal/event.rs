//! An event as the log keeps it, and what happens to one that this version does not know.
//!
//! The rule: a record is never refused for what it says. A kind that this version does not know is kept, counted and
//! shown as unknown with its text. A known kind with more fields than this version knows counts for what is known of
//! it, and its text is kept too.

use call::CallEvent;
use frame::{CallId, EventNo, LifeNo, Stamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::BoxEvent;

/// The version of the events that are written here. Raised whenever a kind or a field is added.
pub const EVENT_VERSION: u16 = 25;

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Event {
    /// About a call.
    Call(CallEvent),
    /// About the box.
    Box(BoxEvent),
}

impl Event {
    /// The call that the fact belongs to, if it belongs to one.
    pub fn call(&self) -> Option<CallId> {
        match self {
            Event::Call(event) => Some(event.call()),
            Event::Box(event) => event.call(),
        }
    }
}

impl From<CallEvent> for Event {
    fn from(event: CallEvent) -> Event {
        Event::Call(event)
    }
}

impl From<BoxEvent> for Event {
    fn from(event: BoxEvent) -> Event {
        Event::Box(event)
    }
}

/// An event in its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub no: EventNo,
    /// When it happened.
    pub stamp: Stamp,
    /// The life of the daemon that wrote it.
    pub life: LifeNo,
    /// The version of the events that it was written with.
    pub version: u16,
    /// What happened.
    pub fact: Fact,
}

impl Record {
    /// What was just told of the box by this program, as it stands in the log.
    pub fn of_box(no: EventNo, stamp: Stamp, event: BoxEvent) -> Record {
        Record { no, stamp, life: LifeNo(0), version: EVENT_VERSION, fact: Fact::Known(event.into()) }
    }

    /// The event, as far as this version knows it.
    pub fn event(&self) -> Option<&Event> {
        match &self.fact {
            Fact::Known(event) | Fact::Grown { event, .. } => Some(event),
            Fact::Unknown { .. } => None,
        }
    }

    /// The call that it belongs to. An unknown event still says so, if it has a field `call`.
    pub fn call(&self) -> Option<CallId> {
        match &self.fact {
            Fact::Known(event) | Fact::Grown { event, .. } => event.call(),
            Fact::Unknown { call, .. } => *call,
        }
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An event that this version knows wholly.
    Known(Event),
    /// A known kind with fields or values beyond those that this version knows.
    Grown {
        /// What is known of it.
        event: Event,
        /// Its text.
        text: Box<str>,
    },
    /// A kind that this version does not know.
    Unknown {
        /// The call that it names.
        call: Option<CallId>,
        /// Its text.
        text: Box<str>,
    },
}

impl Fact {
    /// What a text from the log says. Every text says something, if only that it is unknown.
    pub fn parse(text: &str) -> Fact {
        let Ok(event) = serde_json::from_str::<Event>(text) else {
            return Fact::Unknown { call: call_in(text), text: text.into() };
        };
        // Our own events come back letter by letter, so the slower comparison is left to the others.
        if json(&event) == text || adds_nothing(text, &event) {
            return Fact::Known(event);
        }
        Fact::Grown { event, text: text.into() }
    }

    /// The text as it stands in the log.
    pub fn text(&self) -> String {
        match self {
            Fact::Known(event) => json(event),
            Fact::Grown { text, .. } | Fact::Unknown { text, .. } => text.to_string(),
        }
    }
}

/// A value of the journal as text: JSON without blanks, its fields in the order of their declaration.
pub(super) fn json(value: &impl Serialize) -> String {
    // Keys are strings and no field's own serialisation fails, which is all that serde_json can stumble over.
    serde_json::to_string(value).expect("events and what is derived from them are always text")
}

fn call_in(text: &str) -> Option<CallId> {
    let value: Value = serde_json::from_str(text).ok()?;
    value.get("call")?.as_str()?.parse().ok()
}

/// Whether a text says nothing beyond the event that was read from it.
fn adds_nothing(text: &str, event: &Event) -> bool {
    match (serde_json::from_str(text), serde_json::to_value(event)) {
        (Ok(said), Ok(known)) => is_within(&said, &known),
        _ => false,
    }
}

fn is_within(said: &Value, known: &Value) -> bool {
    match (said, known) {
        (Value::Object(said), Value::Object(known)) => {
            said.iter().all(|(key, said)| known.get(key).is_some_and(|known| is_within(said, known)))
        }
        (Value::Array(said), Value::Array(known)) => {
            said.len() == known.len() && said.iter().zip(known).all(|(said, known)| is_within(said, known))
        }
        _ => said == known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Alarm, Store};

    #[test]
    fn an_event_is_one_flat_object_that_says_what_it_is_about() {
        let alarm = Alarm::DiskFull { store: Store::Vault };
        let text = json(&Event::from(BoxEvent::AlarmRaised { alarm }));
        assert_eq!(text, r#"{"about":"box","kind":"alarm_raised","alarm":{"what":"disk_full","store":"vault"}}"#);
        let text = r#"{"about":"call","kind":"dialled","call":"3-7","number":"62001234"}"#;
        let Fact::Known(event) = Fact::parse(text) else { panic!("{text}") };
        assert_eq!(event.call(), Some(CallId::new(LifeNo(3), 7)));
        assert_eq!(json(&event), text);
    }

    #[test]
    fn an_unknown_kind_keeps_its_text_and_its_call() {
        for text in [
            r#"{"about":"call","kind":"teleported","call":"3-7","to":"the moon"}"#,
            r#"{"about":"call","kind":"dialled","call":"3-7","number":{"e164":"+861"}}"#,
        ] {
            let fact = Fact::parse(text);
            assert_eq!(fact, Fact::Unknown { call: Some(CallId::new(LifeNo(3), 7)), text: text.into() });
            assert_eq!(fact.text(), text);
        }
        assert!(matches!(Fact::parse("not JSON at all"), Fact::Unknown { call: None, .. }));
    }

    #[test]
    fn a_known_kind_with_a_new_field_still_counts_and_keeps_its_text() {
        let text = r#"{"about":"box","kind":"stopping","because":"update"}"#;
        let fact = Fact::parse(text);
        assert!(matches!(&fact, Fact::Grown { event: Event::Box(BoxEvent::Stopping), .. }), "{fact:?}");
        assert_eq!(fact.text(), text);
    }

    #[test]
    fn what_two_people_acknowledged_before_events_without_room_counted_reads_as_it_did() {
        let text = r#"{"about":"box","kind":"losses_acknowledged","losses":{"missing":[[7,9]],"damages":[]},"asked":3,"granted":7,"approval":5}"#;
        let fact = Fact::parse(text);
        assert!(matches!(&fact, Fact::Known(Event::Box(BoxEvent::LossesAcknowledged { .. }))), "{fact:?}");
        assert_eq!(fact.text(), text);
    }

    #[test]
    fn the_order_of_fields_does_not_matter() {
        let text = r#"{ "kind": "signed_out", "person": 4, "about": "box" }"#;
        assert_eq!(Fact::parse(text), Fact::Known(BoxEvent::SignedOut { person: frame::PersonId(4) }.into()));
    }
}
