//! Looks after what copies have not destroyed yet: a thread that reads the vault's lists, and the alarm that stands once one
//! has waited for days. A copy that the settings name no more counts as long as it may have something.
//!
//! A thread of its own: where the vault's disk hangs, it waits, and nobody waits for it.

use std::{
    io,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError},
    thread::Builder,
    time::Duration,
};

use frame::Stamp;
use os::Background;
use tokio::sync::watch;

use crate::{
    journal::Alarm,
    recorder::{CopyLists, FileStore, KnownCopy},
};

/// How often it is looked.
const A_LOOK: Duration = Duration::from_secs(10);

/// How long an erased recording may be open at a copy before somebody has to bring it: a weekend, and a day to fetch it.
const WAITS_AT_MOST: Duration = Duration::from_hours(72);

/// Starts to look, until `stopped`.
///
/// # Errors
/// When the process may not start another thread.
pub(super) fn follow(vault: PathBuf, stopped: Receiver<()>) -> io::Result<watch::Receiver<Vec<KnownCopy>>> {
    let (known, follower) = watch::channel(Vec::new());
    Builder::new().name("copies' lists".into()).spawn(move || {
        Background::request();
        let (mut lists, mut wait) = (CopyLists::default(), Duration::ZERO);
        while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            match lists.look(&FileStore::new(&vault)) {
                Ok(now) => _ = known.send_replace(now),
                Err(error) => tracing::error!(%error, "what is pending at copies can't be read"),
            }
            wait = A_LOOK;
        }
    })?;
    Ok(follower)
}

/// The alarms about copies that have waited too long. Where nobody can tell since when, that is too long.
pub(super) fn alarms(known: &[KnownCopy], now: Stamp) -> impl Iterator<Item = Alarm> {
    let waits =
        move |copy: &&KnownCopy| copy.pending > 0 && copy.since.is_none_or(|since| age(since, now) >= WAITS_AT_MOST);
    known
        .iter()
        .filter(waits)
        .map(|copy| Alarm::ErasureWaits { copy: copy.name().to_owned(), tables: copy.tables.to_string() })
}

/// How long ago that was. Across boots by the wall clock, whose steps can bring this alarm too early or too late, and do
/// nothing else.
fn age(since: Stamp, now: Stamp) -> Duration {
    if since.boot == now.boot {
        return now.time.since(since.time);
    }
    Duration::from_micros(u64::try_from(now.utc.as_us().saturating_sub(since.utc.as_us())).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, Time, Utc};

    use super::*;
    use crate::recorder::CopyId;

    fn stamp(boot: u32, hours: u64) -> Stamp {
        let us = hours * 3_600_000_000;
        Stamp { boot: BootNo(boot), time: Time::from_us(us), utc: Utc::from_us(1_000 + us as i64) }
    }

    #[test]
    fn what_waits_for_three_days_is_an_alarm_by_the_boot_time_clock_and_across_boots_by_the_wall_clock() {
        let copy =
            KnownCopy { tables: CopyId([1; 8]), about: "机房\n/mnt\n".into(), pending: 1, since: Some(stamp(1, 5)) };
        let told = |now| alarms(std::slice::from_ref(&copy), now).count();
        assert_eq!((told(stamp(1, 76)), told(stamp(1, 77))), (0, 1));
        let other_boot = |hours| Stamp { time: Time::from_us(0), ..stamp(2, hours) };
        assert_eq!((told(other_boot(76)), told(other_boot(77)), told(other_boot(1))), (0, 1, 0));
        let unknown = KnownCopy { since: None, ..copy.clone() };
        assert_eq!(alarms(&[unknown], stamp(1, 6)).count(), 1, "nobody knows since when");
        let settled = KnownCopy { pending: 0, since: None, ..copy.clone() };
        assert_eq!(alarms(&[settled], stamp(1, 500)).count(), 0);
        let [Alarm::ErasureWaits { copy, .. }] = &alarms(&[copy], stamp(1, 500)).collect::<Vec<_>>()[..] else {
            panic!("one alarm");
        };
        assert_eq!(copy, "机房");
    }
}
