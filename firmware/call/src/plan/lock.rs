//! What may be dialled at a locked telephone: emergency numbers, what the settings leave open, and the code that unlocks it
//! for one call. No other code is one there.

use settings::Lock;

use super::{Match, Plan, Target};

impl Plan {
    /// What digits dialled at a telephone mean while it is locked.
    pub fn dialled_while_locked(&self, lock: Lock, digits: &str) -> Match {
        let emergency = self.emergency_match(digits);
        if matches!(emergency, Match::Whole { .. }) {
            return emergency;
        }
        let inside = match (lock, self.extension_match(digits)) {
            (Lock::Inside, Match::Whole { target: Target::Park(_), .. }) | (Lock::Open | Lock::Emergency, _) => {
                Match::Nothing
            }
            (Lock::Inside, found) => found,
        };
        let unlocks = match self.unlock_code.as_deref() {
            Some(code) if code == digits => Match::Whole { target: Target::Unlock, more: false },
            Some(code) if code.starts_with(digits) => Match::More,
            _ => Match::Nothing,
        };
        emergency.or(inside).or(unlocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let port = frame::PortId { card: "FXS".parse().unwrap(), position: 1 };
        Plan {
            extensions: [
                ("801".to_owned(), Target::Station(port)),
                ("701".to_owned(), Target::Queue("desk".into())),
                ("781".to_owned(), Target::Park("781".into())),
            ]
            .into(),
            emergency: vec!["110".into(), "120".into()],
            unlock_code: Some("*77".into()),
            withhold_code: Some("*31".into()),
            ..Plan::default()
        }
    }

    #[test]
    fn a_locked_telephone_dials_emergency_numbers_and_what_is_left_open() {
        let means = |lock, digits: &str| plan().dialled_while_locked(lock, digits);
        let emergency = Match::Whole { target: Target::Emergency("120".parse().unwrap()), more: false };
        for lock in [Lock::Inside, Lock::Emergency] {
            assert_eq!(means(lock, "1"), Match::More);
            assert_eq!(means(lock, "120"), emergency);
            assert_eq!(means(lock, "*77"), Match::Whole { target: Target::Unlock, more: false });
            for closed in ["013", "*31", "*3", "781", "#"] {
                assert_eq!(means(lock, closed), Match::Nothing, "{closed}");
            }
        }
        assert!(matches!(means(Lock::Inside, "801"), Match::Whole { target: Target::Station(_), .. }));
        assert!(matches!(means(Lock::Inside, "701"), Match::Whole { target: Target::Queue(_), .. }));
        assert_eq!(means(Lock::Emergency, "8"), Match::Nothing);
    }
}
