//! The vault's scrub while the box runs: at most [`OCTETS_A_SECOND`], behind everything else, a round a day at the most.
//!
//! What it finds stands in the audit, file by file, and one alarm stands until a whole round has found nothing. How far a
//! round is outlives a restart. [`Rounds`] decides; the thread waits.

use std::{
    collections::BTreeSet,
    io,
    path::Path,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::Builder,
    time::Duration,
};

use frame::Utc;
use os::Background;
use serde::{Deserialize, Serialize};

use super::{
    Timestamps,
    leaves::followed_to,
    read_before::{ReadBefore, Round},
};
use crate::{
    journal::{Alarm, BoxEvent, JournalHandle},
    recorder::{FileStore, Scrub, ScrubPlace, ScrubStep, Store, read_all, replace},
};

/// A tenth of what an old disk reads: 10 TB in two weeks.
const OCTETS_A_SECOND: u64 = 8 << 20;

/// From the beginning of a round to that of the next.
const A_DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// How often it is looked whether it is time, and how long a disk that does not answer is left alone.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Files that are named one by one; of a whole disk that is gone the round's end tells the number.
const NAMED: usize = 1_000;

/// Where it is kept how far a round is.
const KEPT: &str = "scrub";

/// What outlives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// When the round began that lasts or was the last, in microseconds since 1970.
    begun_us: Option<i64>,
    /// How far it is; none where it is over.
    place: Option<ScrubPlace>,
    /// Damaged files that were told of.
    told: BTreeSet<String>,
    /// What was told up to this event had its leaf when the round began.
    #[serde(default)]
    until: u64,
    /// The last round that came to its end.
    #[serde(default)]
    last: Option<Round>,
}

/// Rounds through the vault.
struct Rounds {
    kept: Kept,
    scrub: Option<Scrub>,
    /// Damaged files of this round, as far as this life has seen it.
    damaged: BTreeSet<String>,
    events: Vec<BoxEvent>,
    is_raised: bool,
}

impl Rounds {
    /// Goes on from what was kept. Damage that was told of before is still there.
    fn from(kept: Kept) -> Rounds {
        let scrub = kept.place.map(Scrub::at);
        let mut rounds = Rounds { damaged: kept.told.clone(), kept, scrub, events: Vec::new(), is_raised: false };
        if !rounds.kept.told.is_empty() {
            rounds.raise();
        }
        rounds
    }

    /// Does what is to be done now, and tells how long to wait then.
    fn turn(&mut self, store: &dyn Store, now: Utc) -> Duration {
        let Some(scrub) = &mut self.scrub else { return self.rest(store, now) };
        match scrub.step(store) {
            Ok(step) => {
                self.kept.place = Some(scrub.place());
                let wait = Duration::from_micros(step.octets * 1_000_000 / OCTETS_A_SECOND);
                self.take(step, now);
                wait
            }
            Err(error) => {
                // What writes to this disk raises the alarm.
                tracing::warn!(%error, "the vault can't be read again now");
                A_MINUTE
            }
        }
    }

    /// Begins a round where it is time. A clock that was set back must not put it off.
    fn rest(&mut self, store: &dyn Store, now: Utc) -> Duration {
        let since = self.kept.begun_us.map(|begun| now.as_us() - begun);
        if since.is_some_and(|since| (0..A_DAY_US).contains(&since)) {
            return A_MINUTE;
        }
        // Where that can't be read the round vouches for nothing, and reads all the same.
        self.kept.until = followed_to(store).unwrap_or_default().0;
        self.kept.begun_us = Some(now.as_us());
        self.kept.place = Some(ScrubPlace::default());
        self.scrub = Some(Scrub::at(ScrubPlace::default()));
        self.damaged.clear();
        Duration::ZERO
    }

    fn take(&mut self, step: ScrubStep, now: Utc) {
        for found in step.found {
            tracing::error!(?found, "a recording is not what it was");
            if self.damaged.len() < NAMED && self.damaged.insert(found.file.clone()) {
                self.tell(found.file, found.offset);
            }
            self.raise();
        }
        if step.is_over {
            self.end(now, step.is_cut);
        }
    }

    fn tell(&mut self, file: String, offset: u64) {
        if self.kept.told.insert(file.clone()) {
            self.events.push(BoxEvent::VaultDamaged { file, offset });
        }
    }

    fn end(&mut self, now: Utc, is_cut: bool) {
        let Some(scrub) = self.scrub.take() else { return };
        let ScrubPlace { recordings, found, .. } = scrub.place();
        self.kept.place = None;
        if self.damaged.len() >= NAMED {
            // More than is known by name: then nobody can say of one that it is whole.
            self.kept.last = None;
        } else if !is_cut {
            let began_us = self.kept.begun_us.unwrap_or_default();
            self.kept.last = Some(Round { began_us, ended_us: now.as_us(), until: self.kept.until });
        }
        self.kept.told.retain(|file| self.damaged.contains(file));
        self.events.push(BoxEvent::VaultRead { recordings, damaged: found });
        if found == 0 {
            self.kept.told.clear();
            if std::mem::take(&mut self.is_raised) {
                self.events.push(BoxEvent::AlarmCleared { alarm: Alarm::VaultDamaged });
            }
        }
    }

    fn raise(&mut self) {
        if !std::mem::replace(&mut self.is_raised, true) {
            self.events.push(BoxEvent::AlarmRaised { alarm: Alarm::VaultDamaged });
        }
    }
}

/// The running scrub. Dropping the sender ends it.
pub(super) struct Scrubber {
    stop: Sender<()>,
    ended: Receiver<()>,
}

/// How long a stop waits for it: a disk that hangs must not hold the box.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

impl Scrubber {
    /// Starts it over the vault in `vault`; what outlives a restart is kept in `data`.
    ///
    /// # Errors
    /// When the process may not start another thread.
    pub(super) fn start(
        data: &Path,
        vault: &Path,
        journal: JournalHandle,
        timestamps: Timestamps,
        read_before: ReadBefore,
    ) -> io::Result<Scrubber> {
        let (stop, stopped) = mpsc::channel();
        let (working, ended) = mpsc::channel::<()>();
        let (mut kept_in, vault) = (FileStore::new(data), FileStore::new(vault));
        Builder::new().name("scrub".into()).spawn(move || {
            let _working = working;
            Background::request();
            let mut rounds = Rounds::from(load(&kept_in));
            read_before.take_rounds(rounds.kept.last, &rounds.kept.told, timestamps.now().utc);
            let (mut saved, mut saved_at) = (rounds.kept.clone(), timestamps.now().time);
            let mut wait = Duration::ZERO;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let now = timestamps.now();
                wait = rounds.turn(&vault, now.utc);
                let has_told = !rounds.events.is_empty();
                if has_told {
                    read_before.take_rounds(rounds.kept.last, &rounds.kept.told, now.utc);
                }
                rounds.events.drain(..).for_each(|event| journal.append(now, event));
                let is_due = has_told || now.time.since(saved_at) >= A_MINUTE;
                if is_due && saved != rounds.kept {
                    save(&mut kept_in, &rounds.kept);
                    (saved, saved_at) = (rounds.kept.clone(), now.time);
                }
            }
            save(&mut kept_in, &rounds.kept);
        })?;
        Ok(Scrubber { stop, ended })
    }

    /// Stops it and waits for its end: as long as one recording takes to be read, where the disk answers.
    pub(super) fn stop(self) {
        drop(self.stop);
        if self.ended.recv_timeout(STOPS_WITHIN) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the vault's disk does not answer: where its reading stood is kept as of a minute ago");
        }
    }
}

/// What was kept. Where that can't be read, the round begins anew: nothing is lost but time.
fn load(store: &FileStore) -> Kept {
    let kept = read_all(store, KEPT).ok().flatten().and_then(|octets| serde_json::from_slice(&octets).ok());
    kept.unwrap_or_default()
}

fn save(store: &mut FileStore, kept: &Kept) {
    let saved = serde_json::to_vec(kept).map_err(io::Error::from).and_then(|octets| replace(store, KEPT, &octets));
    if let Err(error) = saved {
        tracing::warn!(%error, "how far the vault was read again can't be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::{Finding, Found, MemoryStore};

    const RECORDS: &str = "leaves/records";

    fn at(us: i64) -> Utc {
        Utc::from_us(us)
    }

    /// Turns until the round that is due is over.
    fn round(rounds: &mut Rounds, store: &MemoryStore, now: Utc) -> Vec<BoxEvent> {
        assert_eq!(rounds.turn(store, now), Duration::ZERO, "it is time");
        while rounds.scrub.is_some() {
            rounds.turn(store, now);
        }
        std::mem::take(&mut rounds.events)
    }

    /// A log whose first leaf is none.
    fn spoiled() -> MemoryStore {
        let store = MemoryStore::new();
        store.tamper("leaves/hashes", |octets| *octets = vec![7; 32]);
        store.tamper(RECORDS, |octets| *octets = vec![7; 200]);
        store
    }

    fn told(recordings: u64, damaged: u64) -> BoxEvent {
        BoxEvent::VaultRead { recordings, damaged }
    }

    #[test]
    fn a_round_begins_at_the_start_and_a_day_after_the_last_one_began_also_after_a_restart() {
        let (mut rounds, store) = (Rounds::from(Kept::default()), MemoryStore::new());
        assert_eq!(round(&mut rounds, &store, at(5)), [told(0, 0)]);
        assert_eq!(rounds.turn(&store, at(A_DAY_US + 4)), A_MINUTE);
        let mut rounds = Rounds::from(rounds.kept);
        assert_eq!(rounds.turn(&store, at(A_DAY_US + 4)), A_MINUTE);
        assert_eq!(round(&mut rounds, &store, at(A_DAY_US + 5)), [told(0, 0)]);
    }

    #[test]
    fn a_clock_that_was_set_back_puts_no_round_off() {
        let (mut rounds, store) = (Rounds::from(Kept::default()), MemoryStore::new());
        round(&mut rounds, &store, at(50 * A_DAY_US));
        assert_eq!(round(&mut rounds, &store, at(49 * A_DAY_US)), [told(0, 0)]);
    }

    #[test]
    fn a_round_with_more_damage_than_is_named_vouches_for_nothing() {
        for (damaged, vouches) in [(NAMED - 1, true), (NAMED, false), (NAMED + 1, false)] {
            let (mut rounds, store) = (Rounds::from(Kept::default()), MemoryStore::new());
            rounds.turn(&store, at(0));
            let found = |no: usize| Found {
                file: format!("objects/1/0/1-{no}.rfo"),
                offset: 0,
                what: Finding::WrongName,
                about: None,
            };
            let found = (0..damaged).map(found).collect();
            rounds.take(ScrubStep { found, is_over: true, ..ScrubStep::default() }, at(1));
            assert_eq!(rounds.kept.last.is_some(), vouches, "{damaged}");
        }
    }

    #[test]
    fn damage_is_told_once_and_the_alarm_stands_until_a_round_finds_none() {
        let (mut rounds, store) = (Rounds::from(Kept::default()), spoiled());
        let damaged = BoxEvent::VaultDamaged { file: RECORDS.to_owned(), offset: 0 };
        let alarm = Alarm::VaultDamaged;
        let first = [damaged, BoxEvent::AlarmRaised { alarm: alarm.clone() }, told(0, 1)];
        assert_eq!(round(&mut rounds, &store, at(0)), first);
        assert_eq!(rounds.kept.last, None, "it broke off, and vouches for nothing");
        assert_eq!(round(&mut rounds, &store, at(A_DAY_US)), [told(0, 1)]);
        let mut rounds = Rounds::from(rounds.kept);
        assert_eq!(rounds.events.pop(), Some(BoxEvent::AlarmRaised { alarm: alarm.clone() }), "in each life");
        store.tamper("leaves/hashes", Vec::clear);
        assert_eq!(round(&mut rounds, &store, at(2 * A_DAY_US)), [told(0, 0), BoxEvent::AlarmCleared { alarm }]);
        assert_eq!(rounds.kept.told, BTreeSet::new());
        let whole = Round { began_us: 2 * A_DAY_US, ended_us: 2 * A_DAY_US, until: 0 };
        assert_eq!(rounds.kept.last, Some(whole));
    }

    #[test]
    fn no_more_is_read_in_a_second_than_was_said() {
        let (mut rounds, store) = (Rounds::from(Kept::default()), spoiled());
        rounds.turn(&store, at(0));
        let wait = rounds.turn(&store, at(0));
        assert_eq!(wait, Duration::from_micros(200 * 1_000_000 / OCTETS_A_SECOND));
    }

    #[test]
    fn what_was_kept_is_read_again_and_what_is_none_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = FileStore::new(dir.path());
        let place = Some(ScrubPlace { leaves: 7, octets: 700, recordings: 3, found: 1 });
        let kept = Kept {
            begun_us: Some(9),
            place,
            told: BTreeSet::from(["objects/1/0/2.rfo".to_owned()]),
            ..Kept::default()
        };
        save(&mut store, &kept);
        assert_eq!(load(&FileStore::new(dir.path())), kept);
        std::fs::write(dir.path().join(KEPT), b"{half").unwrap();
        assert_eq!(load(&FileStore::new(dir.path())), Kept::default());
    }
}
