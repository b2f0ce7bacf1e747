//! What is keyed in a talk and may become a code. Only as many keys are kept as a code has, and a party who keys a number
//! in secret keys none (`masking`).

use std::time::Duration;

use frame::{LegId, Time};

use crate::{Masking, plan::Plan};

/// Within what time the next key of a code comes.
const NEXT_KEY: Duration = Duration::from_secs(4);

/// What a code has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The network keeps who called.
    KeepCaller,
    /// Something of the talk is masked, or no more.
    Mask(Masking),
    /// The exchange of an outside line is given a flash.
    FlashLine,
}

/// Keys of a talk that may become a code.
#[derive(Debug, Default)]
pub(crate) struct Keyed {
    leg: Option<LegId>,
    keys: String,
    until: Option<Time>,
    /// The leg that waits for an answer.
    pub(crate) asked: Option<LegId>,
}

impl Keyed {
    /// The code in which the keys of `leg` now end, of two such the longer one. Keys that come too late begin anew.
    pub(crate) fn completes(&mut self, now: Time, leg: LegId, key: char, codes: &[(Code, &str)]) -> Option<Code> {
        if self.leg != Some(leg) || self.until.is_none_or(|until| until < now) {
            self.keys.clear();
        }
        (self.leg, self.until) = (Some(leg), Some(now + NEXT_KEY));
        self.keys.push(key);
        if self.keys.len() > codes.iter().map(|(_, code)| code.len()).max().unwrap_or(0) {
            self.keys.remove(0);
        }
        let complete = codes.iter().filter(|(_, code)| self.keys.ends_with(code)).max_by_key(|(_, code)| code.len());
        if complete.is_some() {
            self.keys.clear();
        }
        complete.map(|(code, _)| *code)
    }

    /// Forgets what `leg` has keyed: what follows is a secret.
    pub(crate) fn forget(&mut self, leg: LegId) {
        if self.leg == Some(leg) {
            self.keys.clear();
        }
    }
}

/// The codes that can be keyed in a talk.
pub(crate) fn codes(plan: &Plan) -> Vec<(Code, &str)> {
    let mask = |what| Some((Code::Mask(what), plan.masking.code(what)?));
    let keep = plan.malicious_code.as_deref().map(|code| (Code::KeepCaller, code));
    let flash = plan.line_flash_code.as_deref().map(|code| (Code::FlashLine, code));
    keep.into_iter().chain(flash).chain([Masking::SecretInput, Masking::Pause].into_iter().filter_map(mask)).collect()
}

#[cfg(test)]
mod tests {
    use frame::LifeNo;

    use super::*;

    const KEEP: (Code, &str) = (Code::KeepCaller, "*39");

    fn completed(keys: &[(u64, u32, char)], codes: &[(Code, &str)]) -> Vec<(usize, Code)> {
        let mut keyed = Keyed::default();
        let complete = |(place, &(at, leg, key)): (usize, &(u64, u32, char))| {
            let code = keyed.completes(Time::from_ms(at), LegId::new(LifeNo(1), leg), key, codes);
            code.map(|code| (place, code))
        };
        keys.iter().enumerate().filter_map(complete).collect()
    }

    fn keys(text: &str) -> Vec<(u64, u32, char)> {
        text.chars().map(|key| (0, 1, key)).collect()
    }

    #[test]
    fn a_code_is_found_wherever_it_stands_in_what_is_keyed() {
        let places =
            |text: &str| completed(&keys(text), &[KEEP]).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(places("*39"), [2]);
        assert_eq!(places("12*39*39"), [4, 7]);
        assert_eq!(places("**39"), [3]);
        assert_eq!(places("*3*9"), Vec::<usize>::new());
    }

    #[test]
    fn keys_of_two_people_and_keys_far_apart_make_no_code() {
        assert_eq!(completed(&[(0, 1, '*'), (0, 2, '3'), (0, 1, '9')], &[KEEP]), []);
        assert_eq!(completed(&[(0, 1, '*'), (4_000, 1, '3'), (8_001, 1, '9')], &[KEEP]), []);
        assert_eq!(completed(&[(0, 1, '*'), (4_000, 1, '3'), (8_000, 1, '9')], &[KEEP]), [(2, Code::KeepCaller)]);
    }

    #[test]
    fn each_code_does_its_own_and_of_two_that_end_alike_the_longer_one_counts() {
        let (secret, pause) = (Code::Mask(Masking::SecretInput), Code::Mask(Masking::Pause));
        let codes = [KEEP, (secret, "*7"), (pause, "**7")];
        assert_eq!(completed(&keys("*7*39**7"), &codes), [(1, secret), (4, Code::KeepCaller), (7, pause)]);
        assert_eq!(completed(&keys("12345678"), &[]), [], "no code, and nothing is kept");
    }
}
