//! The thread of callers' messages: started, told the days of the settings, and heard out for the log.

use std::{collections::BTreeSet, io, path::PathBuf, sync::Arc};

use call::MailKind;
use frame::{MessageId, PersonId, Stamp};
use rtrb::Consumer;
use settings::Settings;
use tokio::{
    sync::{
        mpsc::{Receiver, WeakUnboundedSender, channel},
        watch,
    },
    task::spawn_blocking,
};

use super::Timestamps;
use crate::{
    data_dir::DataDir,
    journal::{BoxEvent, IndexReader, JournalHandle, MessageRow},
    mail::{Logged, MailDesk, MailOrders, MailThread, Order, Told},
    media::Copied,
    recorder::{FileStore, OsRandom},
    telephony::Input,
};

/// Starts the thread. What it tells of goes to telephony, and to the log; of which messages it asks the log, to [`answer`].
pub(super) fn start(
    data: &DataDir,
    settings: &Settings,
    copied: Consumer<Copied>,
    (journal, timestamps): (JournalHandle, Timestamps),
    inputs: WeakUnboundedSender<Input>,
) -> io::Result<(MailThread, Asked)> {
    let (asks, asked) = channel(1);
    let (folder, days) = (data.path().to_owned(), days(settings));
    let open = move || MailDesk::open(Box::new(FileStore::new(&folder)), Box::new(OsRandom), days);
    let tell = move |told: Told| {
        if let Told::Asks(messages) = told {
            // What finds no room because a log's disk hangs is asked again; where the box stops, by the next start.
            let _ = asks.try_send(messages);
            return;
        }
        if let Some(event) = event(&told) {
            journal.append(timestamps.now(), event);
        }
        // All senders are gone only when the box stops.
        if let Some(inputs) = inputs.upgrade() {
            let _ = inputs.send(Input::Mail(told));
        }
    };
    Ok((MailThread::start(open, copied, move || timestamps.now(), tell)?, asked))
}

/// Of which messages the thread asks what the log has.
pub(super) type Asked = Receiver<Vec<MessageId>>;

/// Answers it, once all that was told before is in the index. What can't be read is asked again.
pub(super) async fn answer(mut asked: Asked, journal: JournalHandle, index: PathBuf, orders: MailOrders) {
    while let Some(messages) = asked.recv().await {
        // A log whose disk hangs may have no room for the question; where the box stops, this task is ended.
        let Ok(last) = journal.settle().await else { continue };
        let index = index.clone();
        // One that is being made again does not know yet what was told.
        let read = move || IndexReader::open_with(&index, last)?.messages(&messages);
        match spawn_blocking(read).await {
            Ok(Ok(rows)) => _ = orders.give(Order::Logged(rows.into_iter().map(logged).collect())),
            other => tracing::error!(?other, "nobody can say what the log has of messages"),
        }
    }
}

fn logged(row: MessageRow) -> Logged {
    let MessageRow { message, extension, left, gone, damaged } = row;
    Logged { message, extension, left, gone, damaged }
}

/// Tells the thread who is in the settings, and where these have other days. Where they have no voicemail any more, the last
/// days stay.
pub(super) async fn follow(mut settings: watch::Receiver<Arc<Settings>>, orders: MailOrders) {
    let first = Arc::clone(&settings.borrow_and_update());
    let (mut told, mut there) = (days(&first), people(&first));
    orders.give(Order::People(there.clone()));
    while settings.changed().await.is_ok() {
        let now = settings.borrow_and_update().mail.as_ref().map(|mail| mail.days);
        if let Some(now) = now.filter(|now| *now != told) {
            orders.give(Order::Days(now));
            told = now;
        }
        let now = people(&settings.borrow());
        if now != there {
            there.clone_from(&now);
            orders.give(Order::People(now));
        }
    }
}

/// Tells the thread when the wall clock was right. Where nobody ever knows, a message goes when this life has had it for its
/// days.
pub(super) async fn follow_clock(mut right: watch::Receiver<Option<Stamp>>, orders: MailOrders) {
    while right.changed().await.is_ok() {
        let told = *right.borrow_and_update();
        told.into_iter().for_each(|at| _ = orders.give(Order::Right(at)));
    }
}

/// What is there goes in time where there is no voicemail, too.
fn days(settings: &Settings) -> u16 {
    settings.mail.as_ref().map_or(DAYS, |mail| mail.days)
}

/// Whose greetings are heard still. The whole box in one thread tells the same.
pub fn people(settings: &Settings) -> BTreeSet<PersonId> {
    settings.people.iter().map(|person| person.id).collect()
}

/// As in settings that say nothing of it.
const DAYS: u16 = 30;

/// What the log has of it. The whole box in one thread tells the same.
pub fn event(told: &Told) -> Option<BoxEvent> {
    Some(match told {
        Told::Recovered { call, extension, message, ms } => {
            BoxEvent::MailRecovered { call: *call, extension: extension.clone(), message: *message, ms: *ms }
        }
        Told::DeletedLate { extension, message } => {
            BoxEvent::MailDeletedLate { extension: extension.clone(), message: *message }
        }
        Told::Expired { extension, message } => {
            BoxEvent::MailExpired { extension: extension.clone(), message: *message }
        }
        Told::Damaged { extension, message, kind } => {
            let greeting = *kind == MailKind::Greeting;
            BoxEvent::MailDamaged { extension: extension.clone(), message: *message, greeting }
        }
        Told::Behind { call, extension, message, ms } => {
            BoxEvent::MailGap { call: Some(*call), extension: extension.clone(), message: *message, ms: *ms }
        }
        Told::Asks(_) | Told::Control(_) | Told::Late { .. } | Told::Stuck { .. } | Told::Play(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use frame::{BootNo, LifeNo, Time, Utc};
    use rtrb::RingBuffer;
    use tokio::{
        sync::mpsc::unbounded_channel,
        time::{sleep, timeout},
    };

    use super::*;
    use crate::journal::{self, JournalConfig, Limits};

    /// Waits until something is so; the threads need a moment.
    async fn until(is_so: impl Fn() -> bool) {
        let waits = async {
            while !is_so() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), waits).await.expect("it becomes so");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_log_lacks_of_a_message_that_opens_no_more_is_told_once_and_its_file_goes_when_the_log_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path(), true, "boot").unwrap();
        let timestamps = Timestamps::of(&data);
        let config = JournalConfig {
            events: data.events(),
            index: data.index(),
            life: data.life(),
            limits: Limits { segment_octets: 1 << 16, ..Limits::default() },
            leaves: None,
            clock: Box::new(move || timestamps.now()),
        };
        let (journal, thread) = journal::start(config).unwrap();
        let message = MessageId::new(LifeNo(1), 1);
        let grave = data.path().join(format!("mail/{message}.old"));
        for (path, octets) in [(data.path().join("keys/mail"), vec![7; 32]), (grave.clone(), vec![0; 200])] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, octets).unwrap();
        }
        let is_told = || IndexReader::open(&data.index()).unwrap().messages(&[message]).unwrap()[0].gone;
        for life in 0..2 {
            let (inputs, _telephony) = unbounded_channel::<Input>();
            let (copied, settings) = (RingBuffer::new(1).1, Settings::default());
            let told = (journal.clone(), timestamps);
            let (mail, asked) = start(&data, &settings, copied, told, inputs.downgrade()).unwrap();
            let answers = tokio::spawn(answer(asked, journal.clone(), data.index(), mail.orders));
            until(|| if life == 0 { is_told() } else { !grave.exists() }).await;
            assert!(life == 1 || grave.exists(), "not before the log has it");
            answers.abort();
        }
        let (index, told) = (IndexReader::open(&data.index()).unwrap(), "mail_expired");
        let events = index.past_events(None, 100).unwrap();
        assert_eq!(events.iter().filter(|record| record.fact.text().contains(told)).count(), 1);
        journal.stop();
        thread.join().unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_is_in_the_settings_is_told_at_once_and_when_that_changes_and_not_else() {
        let with = |people: &[u32], days: u16| {
            let person = |id: &u32| settings::Person {
                id: PersonId(*id),
                name: "A".into(),
                roles: Vec::new(),
                extension: None,
                pin: None,
            };
            let mail = Some(settings::Mail { hear: "*98".into(), message_s: 20, messages: 2, days });
            Arc::new(Settings { people: people.iter().map(person).collect(), mail, ..Settings::default() })
        };
        let (change, settings) = watch::channel(with(&[7], 30));
        let (to, given) = std::sync::mpsc::channel();
        let task = tokio::spawn(follow(settings, MailOrders::to(to)));
        let told = std::sync::Mutex::new(Vec::new());
        let is_told = |wanted: &[&str]| {
            let new = given.try_iter().map(|order| match order {
                Order::People(people) => format!("{people:?}"),
                Order::Days(days) => days.to_string(),
                other => panic!("nothing else is told: {other:?}"),
            });
            let mut told = told.lock().unwrap();
            told.extend(new);
            *told == wanted
        };
        let (first, second) = (format!("{:?}", people(&with(&[7], 30))), format!("{:?}", people(&with(&[7, 8], 30))));
        until(|| is_told(&[&first])).await;
        change.send_replace(with(&[7], 40));
        until(|| is_told(&[&first, "40"])).await;
        change.send_replace(with(&[7, 8], 40));
        until(|| is_told(&[&first, "40", &second])).await;
        drop(change);
        timeout(Duration::from_secs(20), task).await.expect("it ends with the settings").unwrap();
        assert!(is_told(&[&first, "40", &second]), "and that is all");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_moment_at_which_the_clock_was_right_is_an_order_of_its_own_and_none_is_made_up() {
        let (right, told) = watch::channel(None);
        let (to, given) = std::sync::mpsc::channel();
        let stamp =
            |s: u64| Stamp { boot: BootNo(1), time: Time::from_ms(1000 * s), utc: Utc::from_us(1_795_392_000_000_000) };
        // Known before anybody listens.
        right.send_replace(Some(stamp(1)));
        let task = tokio::spawn(follow_clock(told, MailOrders::to(to)));
        let next = || async {
            let waits = async {
                loop {
                    match given.try_recv() {
                        Ok(Order::Right(at)) => return at,
                        Ok(other) => panic!("nothing else is told: {other:?}"),
                        Err(_) => sleep(Duration::from_millis(5)).await,
                    }
                }
            };
            timeout(Duration::from_secs(20), waits).await.expect("it is told")
        };
        assert_eq!(next().await, stamp(1));
        right.send_replace(None);
        sleep(Duration::from_millis(50)).await;
        right.send_replace(Some(stamp(2)));
        assert_eq!(next().await, stamp(2));
        drop(right);
        timeout(Duration::from_secs(20), task).await.expect("it ends with who knows the time").unwrap();
        assert!(given.try_recv().is_err(), "and that is all");
    }
}
