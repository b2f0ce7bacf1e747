//! The thread of callers' messages: started, told the days of the settings, and heard out for the log.

use std::{io, sync::Arc};

use rtrb::Consumer;
use settings::Settings;
use tokio::sync::{mpsc::WeakUnboundedSender, watch};

use super::Timestamps;
use crate::{
    data_dir::DataDir,
    journal::{BoxEvent, JournalHandle},
    mail::{MailDesk, MailOrders, MailThread, Order, Told},
    media::Copied,
    recorder::{FileStore, OsRandom},
    telephony::Input,
};

/// Starts the thread. What it tells of goes to telephony, and to the log.
pub(super) fn start(
    data: &DataDir,
    settings: &Settings,
    copied: Consumer<Copied>,
    (journal, timestamps): (JournalHandle, Timestamps),
    inputs: WeakUnboundedSender<Input>,
) -> io::Result<MailThread> {
    let (folder, days) = (data.path().to_owned(), days(settings));
    let open = move || MailDesk::open(Box::new(FileStore::new(&folder)), Box::new(OsRandom), days);
    let tell = move |told: Told| {
        if let Some(event) = event(&told) {
            journal.append(timestamps.now(), event);
        }
        // All senders are gone only when the box stops.
        if let Some(inputs) = inputs.upgrade() {
            let _ = inputs.send(Input::Mail(told));
        }
    };
    MailThread::start(open, copied, move || timestamps.now(), tell)
}

/// Tells the thread where the settings have other days. Where they have no voicemail any more, the last ones stay.
pub(super) async fn follow(mut settings: watch::Receiver<Arc<Settings>>, orders: MailOrders) {
    let mut told = days(&settings.borrow_and_update());
    while settings.changed().await.is_ok() {
        let now = settings.borrow_and_update().mail.as_ref().map(|mail| mail.days);
        if let Some(now) = now.filter(|now| *now != told) {
            orders.give(Order::Days(now));
            told = now;
        }
    }
}

/// What is there goes in time where there is no voicemail, too.
fn days(settings: &Settings) -> u16 {
    settings.mail.as_ref().map_or(DAYS, |mail| mail.days)
}

/// As in settings that say nothing of it.
const DAYS: u16 = 30;

fn event(told: &Told) -> Option<BoxEvent> {
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
        Told::Behind { message, ms } => BoxEvent::MailGap { message: *message, ms: *ms },
        Told::Control(_) | Told::Late { .. } | Told::Stuck { .. } | Told::Play(_) => return None,
    })
}
