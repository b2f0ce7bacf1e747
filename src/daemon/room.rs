//! How long the room of the vault's disk lasts: looked at once a day, told, and an alarm long before it ends.
//!
//! What the free room has become less by in the last seven days is what a day takes: all that fills that disk counts, and what
//! erasing gives back. Two things are wrong early: the room ends within [`ALARM_DAYS`], or before the longest rule lets the
//! first recording go, so that the rule can't be kept. Nothing is deleted for want of room; at the end calls go on without a
//! recording, so somebody has to know in time to buy a disk. [`Rooms`] decides; the thread waits.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::Builder,
    time::Duration,
};

use frame::Utc;
use serde::{Deserialize, Serialize};
use settings::{Period, RetentionRule, Settings};
use tokio::sync::watch;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, FollowError, IndexReader, JournalHandle, RoomFault},
    recorder::{FileStore, Store, read_all, replace},
};

const A_DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// How far back it is looked for what a day takes.
const LOOKS_BACK_US: i64 = 7 * A_DAY_US;

/// A disk is bought, delivered and built in within this time.
const ALARM_DAYS: u64 = 30;

/// How often it is looked whether it is time.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Where it is kept what was free when, in the data directory.
const KEPT: &str = "room";

/// What was free at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sample {
    at_us: i64,
    free_octets: u64,
}

/// What outlives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// One a day, oldest first: of the last seven days, and the one before them.
    samples: Vec<Sample>,
    /// What was wrong at the last one.
    faults: BTreeSet<RoomFault>,
}

/// What the rules ask of the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked {
    /// For how many days the longest rule keeps; none where there is no rule.
    keeps_days: Option<u64>,
    /// How old the oldest recording is that is kept.
    oldest_days: u64,
}

impl Asked {
    /// How many days the room has to last until the longest rule lets the first one go.
    fn lacks_days(self) -> Option<u64> {
        self.keeps_days.map(|days| days.saturating_sub(self.oldest_days))
    }
}

/// One look a day.
struct Rooms {
    kept: Kept,
    raised: BTreeSet<RoomFault>,
}

impl Rooms {
    /// Goes on from what was kept.
    fn from(kept: Kept) -> Rooms {
        Rooms { kept, raised: BTreeSet::new() }
    }

    /// What was wrong in an earlier life, and is until the next look.
    fn resume(&mut self) -> Vec<BoxEvent> {
        self.tell(self.kept.faults.clone())
    }

    /// Whether it is time. A clock that was set back must not put it off.
    fn is_time(&self, now: Utc) -> bool {
        let since = self.kept.samples.last().map(|sample| now.as_us() - sample.at_us);
        !since.is_some_and(|since| (0..A_DAY_US).contains(&since))
    }

    /// Takes what is free now, and gives what is to be told.
    fn look(&mut self, now: Utc, free_octets: u64, asked: Asked) -> Vec<BoxEvent> {
        let sample = Sample { at_us: now.as_us(), free_octets };
        let samples = &mut self.kept.samples;
        // Those of before a clock was set back say nothing of how long ago they are.
        samples.retain(|earlier| earlier.at_us < sample.at_us);
        let is_old = |sample: &Sample| now.as_us() - sample.at_us >= LOOKS_BACK_US;
        let before = samples.iter().rposition(is_old).unwrap_or(0);
        samples.drain(..before);
        samples.push(sample);
        let a_day_octets = a_day(samples);
        let full_days = a_day_octets.filter(|octets| *octets > 0).map(|octets| free_octets / octets);
        let rule_days = asked.lacks_days();
        let faults = faults(full_days, rule_days);
        let mut events = vec![BoxEvent::RoomReckoned { free_octets, a_day_octets, full_days, rule_days }];
        self.kept.faults.clone_from(&faults);
        events.append(&mut self.tell(faults));
        events
    }

    fn tell(&mut self, faults: BTreeSet<RoomFault>) -> Vec<BoxEvent> {
        let alarm = |how: &RoomFault| Alarm::RoomEnds { how: *how };
        let over = self.raised.difference(&faults).map(|how| BoxEvent::AlarmCleared { alarm: alarm(how) });
        let new = faults.difference(&self.raised).map(|how| BoxEvent::AlarmRaised { alarm: alarm(how) });
        let events = over.chain(new).collect();
        self.raised = faults;
        events
    }
}

/// What a day takes, from a day of knowing on. A disk that gains room takes nothing.
fn a_day(samples: &[Sample]) -> Option<u64> {
    let (first, last) = (samples.first()?, samples.last()?);
    let us = u64::try_from(last.at_us - first.at_us).ok().filter(|us| *us >= A_DAY_US as u64)?;
    let taken = u128::from(first.free_octets.saturating_sub(last.free_octets));
    u64::try_from(taken * A_DAY_US as u128 / u128::from(us)).ok()
}

fn faults(full_days: Option<u64>, rule_days: Option<u64>) -> BTreeSet<RoomFault> {
    let Some(full) = full_days else { return BTreeSet::new() };
    let soon = (full < ALARM_DAYS).then_some(RoomFault::Soon);
    let before_rule = rule_days.is_some_and(|days| full < days).then_some(RoomFault::BeforeRule);
    soon.into_iter().chain(before_rule).collect()
}

/// The longest time for which a rule keeps or lets stay, in days and never too few.
fn longest(rules: &[RetentionRule]) -> Option<u64> {
    let days = |period: Period| u64::from(period.years) * 366 + u64::from(period.months) * 31 + u64::from(period.days);
    rules.iter().map(|rule| days(rule.keep).max(rule.remove.map_or(0, days))).max()
}

/// How old the oldest recording is that is kept.
fn oldest_days(index: &Path, now: Utc) -> Result<u64, FollowError> {
    let mut began = None;
    IndexReader::open(index)?.each_kept(|cdr, _| {
        began = Some(cdr.began.utc);
        false
    })?;
    Ok(began.map_or(0, |began: Utc| (now.as_us() - began.as_us()).max(0) as u64 / A_DAY_US as u64))
}

/// The running look. Dropping the sender ends it.
pub(super) struct RoomWatch {
    stop: Sender<()>,
    ended: Receiver<()>,
}

/// How long a stop waits for it: a disk that hangs must not hold the box.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

impl RoomWatch {
    /// Starts it over the vault in `vault`; what outlives a restart is kept in `data`.
    ///
    /// # Errors
    /// When the process may not start another thread.
    pub(super) fn start(
        data: &Path,
        vault: &Path,
        index: PathBuf,
        settings: watch::Receiver<Arc<Settings>>,
        journal: JournalHandle,
        timestamps: Timestamps,
    ) -> io::Result<RoomWatch> {
        let (stop, stopped) = mpsc::channel();
        let (working, ended) = mpsc::channel::<()>();
        let (mut kept_in, vault) = (FileStore::new(data), FileStore::new(vault));
        Builder::new().name("room".into()).spawn(move || {
            let _working = working;
            let mut rooms = Rooms::from(load(&kept_in));
            let tell = |events: Vec<BoxEvent>| {
                let now = timestamps.now();
                events.into_iter().for_each(|event| journal.append(now, event));
            };
            tell(rooms.resume());
            // A box that is new has nothing to say at once.
            let mut wait = if rooms.kept.samples.is_empty() { A_MINUTE } else { Duration::ZERO };
            while stopped.recv_timeout(std::mem::replace(&mut wait, A_MINUTE)) == Err(RecvTimeoutError::Timeout) {
                let now = timestamps.now().utc;
                if !rooms.is_time(now) {
                    continue;
                }
                let keeps_days = longest(&settings.borrow().retention);
                let oldest = oldest_days(&index, now);
                match (vault.free_octets(), oldest) {
                    (Ok(Some(free)), Ok(oldest_days)) => {
                        tell(rooms.look(now, free, Asked { keeps_days, oldest_days }));
                        save(&mut kept_in, &rooms.kept);
                    }
                    // What can't be asked has its own alarm, and is asked again in a minute.
                    (free, oldest) => {
                        tracing::warn!(?free, ?oldest, "how long the vault's room lasts can't be told now")
                    }
                }
            }
        })?;
        Ok(RoomWatch { stop, ended })
    }

    /// Stops it, where the disk answers.
    pub(super) fn stop(self) {
        drop(self.stop);
        if self.ended.recv_timeout(STOPS_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the vault's disk does not answer: the look at its room is left alone");
        }
    }
}

/// What was kept. Where that can't be read, it begins anew: a day later it is known again what a day takes.
fn load(store: &FileStore) -> Kept {
    let kept = read_all(store, KEPT).ok().flatten().and_then(|octets| serde_json::from_slice(&octets).ok());
    kept.unwrap_or_default()
}

fn save(store: &mut FileStore, kept: &Kept) {
    let saved = serde_json::to_vec(kept).map_err(io::Error::from).and_then(|octets| replace(store, KEPT, &octets));
    if let Err(error) = saved {
        tracing::warn!(%error, "what was free today can't be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn at(day: i64) -> Utc {
        Utc::from_us(day * A_DAY_US)
    }

    /// A disk of 1,000 GiB that takes so much a day, looked at on so many days; what the last look told.
    fn after(days: i64, a_day_gib: u64, asked: Asked) -> (Rooms, Vec<BoxEvent>) {
        let mut rooms = Rooms::from(Kept::default());
        let mut told = Vec::new();
        for day in 0..=days {
            assert!(rooms.is_time(at(day)));
            told = rooms.look(at(day), 1000 * GIB - a_day_gib * day as u64 * GIB, asked);
            assert!(!rooms.is_time(at(day)), "once a day");
        }
        (rooms, told)
    }

    fn raised(how: RoomFault) -> BoxEvent {
        BoxEvent::AlarmRaised { alarm: Alarm::RoomEnds { how } }
    }

    #[test]
    fn what_a_day_takes_is_known_after_a_day_and_is_that_of_the_last_seven() {
        let (_, told) = after(0, 10, Asked::default());
        let unknown =
            BoxEvent::RoomReckoned { free_octets: 1000 * GIB, a_day_octets: None, full_days: None, rule_days: None };
        assert_eq!(told, [unknown]);
        let (mut rooms, told) = after(20, 10, Asked::default());
        let known = |free: u64, a_day: u64| BoxEvent::RoomReckoned {
            free_octets: free * GIB,
            a_day_octets: Some(a_day * GIB),
            full_days: (a_day > 0).then(|| free / a_day.max(1)),
            rule_days: None,
        };
        assert_eq!(told, [known(800, 10)]);
        assert_eq!(rooms.kept.samples.len(), 8, "no more than a week is kept");
        // What was erased is given back.
        assert_eq!(rooms.look(at(21), 870 * GIB, Asked::default()), [known(870, 0)]);
    }

    #[test]
    fn an_alarm_comes_thirty_days_before_the_end_and_goes_with_a_larger_disk() {
        let (mut rooms, told) = after(67, 10, Asked::default());
        assert_eq!(told.len(), 1, "33 days are left: {told:?}");
        for day in 68..=70 {
            rooms.look(at(day), (1000 - 10 * day as u64) * GIB, Asked::default());
        }
        let told = rooms.look(at(71), 290 * GIB, Asked::default());
        assert_eq!(told[1..], [raised(RoomFault::Soon)]);
        assert_eq!(rooms.look(at(72), 280 * GIB, Asked::default()).len(), 1, "once");
        let mut rooms = Rooms::from(rooms.kept);
        assert_eq!(rooms.resume(), [raised(RoomFault::Soon)], "in each life");
        let told = rooms.look(at(73), 5000 * GIB, Asked::default());
        assert_eq!(told[1..], [BoxEvent::AlarmCleared { alarm: Alarm::RoomEnds { how: RoomFault::Soon } }]);
    }

    #[test]
    fn a_rule_that_the_room_does_not_last_for_is_an_alarm_unless_recordings_go_before() {
        let rule = |oldest_days| Asked { keeps_days: Some(1830), oldest_days };
        assert_eq!(after(1, 10, rule(8)).1[1..], [raised(RoomFault::BeforeRule)], "as soon as a day is known");
        // 92 days of room; the first goes in 30.
        let (_, told) = after(8, 10, rule(1800));
        assert_eq!(told.len(), 1, "{told:?}");
        // Both.
        let told = after(71, 10, rule(71)).0.kept.faults;
        assert_eq!(told, BTreeSet::from([RoomFault::Soon, RoomFault::BeforeRule]));
    }

    #[test]
    fn a_clock_that_was_set_back_begins_anew() {
        let (mut rooms, _) = after(9, 10, Asked::default());
        assert!(rooms.is_time(at(3)));
        rooms.look(at(3), 400 * GIB, Asked::default());
        assert_eq!(rooms.kept.samples.last(), Some(&Sample { at_us: at(3).as_us(), free_octets: 400 * GIB }));
        assert!(rooms.kept.samples.iter().all(|sample| sample.at_us <= at(3).as_us()));
    }

    #[test]
    fn the_longest_rule_is_the_one_that_lets_its_recordings_stay_longest() {
        let rule = |keep: Period, remove| RetentionRule {
            name: "r".into(),
            keep,
            remove,
            from: None,
            when: None,
            queues: Vec::new(),
        };
        let (year, days) = (Period { years: 1, ..Period::default() }, Period { days: 400, ..Period::default() });
        assert_eq!(longest(&[]), None);
        assert_eq!(longest(&[rule(year, None)]), Some(366));
        assert_eq!(longest(&[rule(year, Some(days)), rule(year, None)]), Some(400));
    }
}
