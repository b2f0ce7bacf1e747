//! What the log was told of callers' messages: who keeps them asks it after a start, so that each is told once.

use call::CallEvent;
use frame::MessageId;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::journal::{BoxEvent, Event, FollowError};

/// What the log was told of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// Which.
    pub message: MessageId,
    /// Whose box it is in; nothing where nobody told it.
    pub extension: Option<String>,
    /// That it was left.
    pub left: bool,
    /// That it is gone.
    pub gone: bool,
    /// That it can't be read.
    pub damaged: bool,
}

/// What an event tells of a message.
#[derive(Clone, Copy)]
enum Of {
    Left,
    Gone,
    Damaged,
    /// What callers hear.
    Greeting,
}

/// Notes what an event tells of a message.
pub(super) fn note(db: &Connection, event: &Event) -> rusqlite::Result<()> {
    let Some((message, extension, of)) = told(event) else { return Ok(()) };
    let [left, gone, damaged] = [matches!(of, Of::Left), matches!(of, Of::Gone), matches!(of, Of::Damaged)];
    let extension = Some(extension).filter(|extension| !extension.is_empty());
    let sql = "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (message) DO UPDATE SET
               extension = coalesce(messages.extension, excluded.extension), was_left = was_left OR excluded.was_left,
               gone = gone OR excluded.gone, damaged = damaged OR excluded.damaged";
    db.prepare_cached(sql)?.execute(params![message.as_u64() as i64, extension, left, gone, damaged])?;
    Ok(())
}

fn told(event: &Event) -> Option<(MessageId, &str, Of)> {
    Some(match event {
        Event::Call(CallEvent::MailLeft { message, extension, .. })
        | Event::Box(BoxEvent::MailRecovered { message, extension, .. }) => (*message, extension, Of::Left),
        Event::Call(CallEvent::MailDeleted { message, extension, .. })
        | Event::Box(BoxEvent::MailDeletedLate { message, extension } | BoxEvent::MailExpired { message, extension }) => {
            (*message, extension, Of::Gone)
        }
        Event::Box(BoxEvent::MailDamaged { message, extension, .. }) => (*message, extension, Of::Damaged),
        // Whose a greeting is that can't be read one day.
        Event::Call(CallEvent::MailGreeting { message, extension, .. }) => (*message, extension, Of::Greeting),
        _ => return None,
    })
}

/// What was told of these, in their order.
pub(super) fn of(db: &Connection, messages: &[MessageId]) -> Result<Vec<MessageRow>, FollowError> {
    let mut asked = db.prepare("SELECT extension, was_left, gone, damaged FROM messages WHERE message = ?1")?;
    let mut rows = Vec::with_capacity(messages.len());
    for message in messages.iter().copied() {
        let row = asked.query_row([message.as_u64() as i64], |row| {
            let (extension, left, gone, damaged) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(MessageRow { message, extension, left, gone, damaged })
        });
        let nothing = MessageRow { message, extension: None, left: false, gone: false, damaged: false };
        rows.push(row.optional()?.unwrap_or(nothing));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use frame::{CallId, LifeNo, PersonId};

    use super::{super::schema::SCHEMA, *};

    #[test]
    fn of_each_message_it_is_known_what_was_told_and_whose_it_is_where_anything_told_that() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(SCHEMA).unwrap();
        let [first, second, third, greeting] = [1, 2, 3, 4].map(|no| MessageId::new(LifeNo(1), no));
        let call = CallId::new(LifeNo(1), 9);
        let (extension, person) = ("802".into(), PersonId(7));
        let told: [Event; 5] = [
            CallEvent::MailLeft { call, extension: "802".into(), message: first, ms: 1500 }.into(),
            BoxEvent::MailDeletedLate { extension: String::new(), message: first }.into(),
            BoxEvent::MailDamaged { extension: String::new(), message: second, greeting: false }.into(),
            CallEvent::MailGreeting { call, extension, message: greeting, person, own: true }.into(),
            BoxEvent::MailDamaged { extension: String::new(), message: greeting, greeting: true }.into(),
        ];
        // One that is taken twice changes nothing.
        told.iter().chain(&told).for_each(|event| note(&db, event).unwrap());
        let row = |message| MessageRow { message, extension: None, left: false, gone: false, damaged: false };
        let known = MessageRow { extension: Some("802".into()), left: true, gone: true, ..row(first) };
        let damaged = MessageRow { damaged: true, ..row(second) };
        assert_eq!(of(&db, &[third, second, first]).unwrap(), [row(third), damaged, known]);
        let of_802 = MessageRow { extension: Some("802".into()), damaged: true, ..row(greeting) };
        assert_eq!(of(&db, &[greeting]).unwrap(), [of_802]);
    }
}
