//! How holds and lists stand, for the page. What must go is read from the whole index, so that is done beside the desk, once
//! at a time, and kept for a minute.

use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};

use frame::{CallId, Stamp, Utc};
use settings::Settings;
use tokio::{sync::Mutex, task::spawn_blocking};
use vault::{Day, ERASURE_WAITS, Erasures, Grave, LOSSES_MAX, Losses, NotErased, Trusted};

use super::Keeping;
use crate::{
    daemon::must_go,
    handles::{DueNow, KeepingNow, KeepingRefusal, KeepingReply, ListNow, LossesNow, NotErasedRow, RangeWaits},
    journal::{FollowError, IndexReader},
};

/// How long what was read counts, while nothing is held, listed or changed.
const FRESH: Duration = Duration::from_secs(60);

/// What was read last.
#[derive(Clone, Default)]
pub(super) struct Overview(Arc<Mutex<Option<Read>>>);

struct Read {
    at: Stamp,
    day: Day,
    settings: Arc<Settings>,
    erasures: Erasures,
    due: DueNow,
}

impl Overview {
    async fn due(&self, index: PathBuf, of: &Of, day: Day) -> Result<DueNow, KeepingRefusal> {
        let mut read = self.0.lock().await;
        let is_fresh = |read: &&Read| {
            let is_same = read.day == day && Arc::ptr_eq(&read.settings, &of.settings) && read.erasures == of.erasures;
            is_same && of.now.since(&read.at) < FRESH
        };
        if let Some(read) = read.as_ref().filter(is_fresh) {
            return Ok(read.due.clone());
        }
        let due = due(index, Arc::clone(&of.settings), of.erasures.clone(), day).await?;
        let (settings, erasures) = (Arc::clone(&of.settings), of.erasures.clone());
        *read = Some(Read { at: of.now, day, settings, erasures, due: due.clone() });
        Ok(due)
    }
}

/// The moment of which it is said how it stands.
struct Of {
    now: Stamp,
    time: Option<Trusted>,
    settings: Arc<Settings>,
    erasures: Erasures,
    stands_still: Option<KeepingRefusal>,
    not_erased: Vec<NotErasedRow>,
    ranges: Vec<RangeWaits>,
    acknowledged: Losses,
    is_disk_encrypted: bool,
}

impl Keeping {
    /// How it stands now, to be waited for anywhere.
    pub(super) async fn overview(&mut self) -> Result<impl Future<Output = KeepingReply> + use<>, KeepingRefusal> {
        self.ready().await?;
        let of = Of {
            now: (self.parts.clock)(),
            time: self.trusted(),
            settings: Arc::clone(&self.parts.settings.borrow()),
            erasures: self.state()?.erasures.clone(),
            stands_still: self.not_set_back().err(),
            acknowledged: self.state()?.acknowledged.clone(),
            not_erased: self.parts.unerased.all().into_iter().map(row).collect(),
            ranges: self.ranges_now()?,
            is_disk_encrypted: self.parts.is_disk_encrypted,
        };
        let (overview, index) = (self.overview.clone(), self.parts.index.clone());
        Ok(async move {
            let now = now(&overview, index, of).await;
            now.map_or_else(KeepingReply::Refused, |now| KeepingReply::Now(Box::new(now)))
        })
    }
}

async fn now(overview: &Overview, index: PathBuf, of: Of) -> Result<KeepingNow, KeepingRefusal> {
    let is_whole = must_be_whole(index.clone(), of.acknowledged.clone()).await;
    let lost = lost(index.clone(), of.acknowledged.clone()).await?;
    let due = match of.time {
        Some(time) => Some(overview.due(index, &of, Day::of(time.utc)).await?),
        None => None,
    };
    let Of { time, erasures, stands_still, not_erased, ranges, acknowledged, is_disk_encrypted, .. } = of;
    let stands_still = stands_still.or(is_whole.err());
    let holds = erasures.holds().map(|(no, hold)| (no, hold.clone())).collect();
    let lists = lists(&erasures, time);
    let (time, lost) = (time.map(|time| time.utc), losses_now(lost));
    Ok(KeepingNow { time, holds, due, lists, ranges, stands_still, not_erased, lost, acknowledged, is_disk_encrypted })
}

fn losses_now(losses: Losses) -> Option<LossesNow> {
    let part = losses.part(LOSSES_MAX);
    let more = losses.places() - part.places();
    (!losses.are_none()).then(|| LossesNow { object: part.object(), losses: part, more })
}

fn row((grave, call, why, has_begun): (Grave, Option<CallId>, NotErased, bool)) -> NotErasedRow {
    let Grave { recording, range } = grave;
    NotErasedRow { recording, range, call, why, has_begun }
}

/// The lists that wait, with how many are left on each.
fn lists(erasures: &Erasures, now: Option<Trusted>) -> Vec<ListNow> {
    let mut lists: Vec<ListNow> = Vec::new();
    for (no, agreed, _) in erasures.waiting() {
        match lists.last_mut().filter(|list| list.no == no) {
            Some(list) => list.recordings += 1,
            None => lists.push(ListNow { no, recordings: 1, until: until(agreed, now) }),
        }
    }
    lists
}

/// When a list will have waited, should the box run on until then.
fn until(agreed: Trusted, now: Option<Trusted>) -> Utc {
    let from = now.filter(|now| agreed.passed <= now.passed);
    let waited = from.map_or(Duration::ZERO, |now| now.passed - agreed.passed);
    let wait = i64::try_from(ERASURE_WAITS.saturating_sub(waited).as_micros()).unwrap_or(i64::MAX);
    Utc::from_us(from.unwrap_or(agreed).utc.as_us().saturating_add(wait))
}

/// What must go by a day, and is neither held nor on a list that waits.
pub(super) async fn due(
    index: PathBuf,
    settings: Arc<Settings>,
    erasures: Erasures,
    day: Day,
) -> Result<DueNow, KeepingRefusal> {
    let due = spawn_blocking(move || must_go::due(&IndexReader::open(&index)?, &settings, &erasures, day)).await;
    due.map_err(|_| KeepingRefusal::NotReady)?.map_err(|error| {
        tracing::warn!(%error, "what must go can't be read");
        KeepingRefusal::NotReady
    })
}

/// What the log lost beyond what is acknowledged.
pub(super) async fn lost(index: PathBuf, acknowledged: Losses) -> Result<Losses, KeepingRefusal> {
    let lost = move || Ok::<_, FollowError>(IndexReader::open(&index)?.losses()?.without(&acknowledged));
    spawn_blocking(lost).await.ok().and_then(Result::ok).ok_or(KeepingRefusal::NotReady)
}

/// Nothing is erased while the log lost events that nobody has acknowledged, or has some of holds that can't be read.
pub(super) async fn must_be_whole(index: PathBuf, acknowledged: Losses) -> Result<(), KeepingRefusal> {
    let lost = lost(index.clone(), acknowledged).await?;
    let unread = move || IndexReader::open(&index)?.has_unread_holds();
    match spawn_blocking(unread).await {
        Ok(Ok(false)) if lost.are_none() => Ok(()),
        Ok(Ok(false)) => Err(KeepingRefusal::LogDamaged),
        Ok(Ok(true)) => Err(KeepingRefusal::UnreadHold),
        Ok(Err(_)) | Err(_) => Err(KeepingRefusal::NotReady),
    }
}
