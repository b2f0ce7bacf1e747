//! The timers of both layers and their values, as data.
//!
//! Source: ITU-T Q.921, 5.9 and Q.931, 9.2 and 9.3 (tables 9-1 and 9-2); each value can be set for a span.
//! Timers that don't run, and why:
//! * T307, T318, T319: suspend and resume move a telephone from one socket of a basic rate to another (5.6).
//! * T312: a SETUP to all terminals of a bus; a primary rate has one far end.
//! * T314: segments (Annex H) are an option that both sides have to agree on, and no exchange of a primary rate does: what
//!   we send fits N201, and SEGMENT is answered with STATUS 97, which tells the far end so.
//! * T317: what a RESTART ends here, it ends at once.
//! * T321 belongs to a backup D-channel (Annex F), and so to more than one link.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Role;

/// A timer of Q.931. Each names what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// ALERTING received; waits for CONNECT.
    T301,
    /// SETUP ACKNOWLEDGE sent or digits received; waits for more digits.
    T302,
    /// SETUP sent; waits for any reply. Sends once more.
    T303,
    /// SETUP ACKNOWLEDGE received or digits sent; waits for progress.
    T304,
    /// DISCONNECT sent; waits for RELEASE or DISCONNECT.
    T305,
    /// DISCONNECT with tones sent; waits as T305 does. On the receiving side it bounds how long tones are listened to.
    T306,
    /// RELEASE sent; waits for RELEASE COMPLETE or RELEASE. Sends once more.
    T308,
    /// The data link is lost; waits for it to come back before talking calls are ended.
    T309,
    /// CALL PROCEEDING received; waits for ALERTING, PROGRESS, CONNECT or DISCONNECT.
    T310,
    /// CONNECT sent; waits for CONNECT ACKNOWLEDGE. User side only.
    T313,
    /// RESTART sent; waits for RESTART ACKNOWLEDGE. Sends [`TimerTable::n316`] times in all.
    T316,
    /// STATUS ENQUIRY sent; waits for STATUS. Sends [`TimerTable::n322`] times in all.
    T322,
    /// HOLD sent; waits for HOLD ACKNOWLEDGE or HOLD REJECT. EN 300 141-1, clause 13.
    THold,
    /// RETRIEVE sent; waits for RETRIEVE ACKNOWLEDGE or RETRIEVE REJECT. EN 300 141-1, clause 13.
    TRetrieve,
}

/// How long each timer of Q.931 runs on a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerTable {
    durations: [Duration; TIMERS],
    /// How often RESTART is sent before its channels go to maintenance.
    pub n316: u8,
    /// How often STATUS ENQUIRY is sent before the call is cleared. The standard leaves the number to us.
    pub n322: u8,
}

impl TimerTable {
    /// The standard's values for a role. Where it gives a range, the choice stands in the table below.
    pub const fn of(role: Role) -> TimerTable {
        let mut durations = [Duration::ZERO; TIMERS];
        let mut row = 0;
        while row < TIMERS {
            let (_, user_ms, network_ms) = VALUES_MS[row];
            let ms = match role {
                Role::User => user_ms,
                Role::Network => network_ms,
            };
            durations[row] = Duration::from_millis(ms);
            row += 1;
        }
        TimerTable { durations, n316: 2, n322: 2 }
    }

    /// How long `timer` runs.
    pub const fn get(&self, timer: Timer) -> Duration {
        self.durations[timer as usize]
    }

    /// Sets how long `timer` runs.
    pub const fn set(&mut self, timer: Timer, duration: Duration) {
        self.durations[timer as usize] = duration;
    }
}

/// The parameters of a data link, Q.921, 5.9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    /// T200: how long an answer may take.
    pub t200: Duration,
    /// N200: how often a frame is repeated before the link is given up.
    pub n200: u8,
    /// T203: how long the line may be silent before the far end is asked.
    pub t203: Duration,
    /// k: how many I frames may be unacknowledged, 1 to 127.
    pub window: u8,
}

impl Default for LinkSettings {
    fn default() -> LinkSettings {
        LinkSettings { t200: Duration::from_secs(1), n200: 3, t203: Duration::from_secs(10), window: 7 }
    }
}

const TIMERS: usize = VALUES_MS.len();

/// Timer, user side, network side; in the order of [`Timer`].
const VALUES_MS: [(Timer, u64, u64); 14] = [
    (Timer::T301, 180_000, 180_000),
    (Timer::T302, 15_000, 15_000),
    (Timer::T303, 4_000, 4_000),
    (Timer::T304, 30_000, 20_000),
    (Timer::T305, 30_000, 30_000),
    (Timer::T306, 30_000, 30_000),
    (Timer::T308, 4_000, 4_000),
    (Timer::T309, 90_000, 90_000),
    // User side 30 to 120 s: the longest, since carriers abroad take their time and a live call must not be cut.
    (Timer::T310, 120_000, 10_000),
    (Timer::T313, 4_000, 4_000),
    (Timer::T316, 120_000, 120_000),
    (Timer::T322, 4_000, 4_000),
    (Timer::THold, 4_000, 4_000),
    (Timer::TRetrieve, 4_000, 4_000),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_timers() {
        for (row, (timer, ..)) in VALUES_MS.iter().enumerate() {
            assert_eq!(*timer as usize, row);
        }
    }

    #[test]
    fn the_sides_differ_where_the_standard_says_so() {
        let (user, network) = (TimerTable::of(Role::User), TimerTable::of(Role::Network));
        assert_eq!(user.get(Timer::T304), Duration::from_secs(30));
        assert_eq!(network.get(Timer::T304), Duration::from_secs(20));
        assert_eq!(network.get(Timer::T310), Duration::from_secs(10));
    }
}
