//! The second factor: six digits of an authenticator app, beside the password.
//!
//! Source: RFC 6238 (time steps of 30 s since the epoch, one step either way as section 5.2 allows) over RFC 4226 section 5.3
//! (six digits) with HMAC-SHA-1, which every app has; its weakness, collisions, is none of HMAC's. RFC 4648 section 6: the
//! secret as text. A code is given with the password, in one form, so that no answer tells which of them was wrong; and it
//! counts once: the last step that was used is kept with the accounts, before anybody is let in by it.
//! Not here: codes for whoever has lost the app. Another one who manages people takes the factor off ([`LetIn`](crate::LetIn)), or an
//! invitation does, which begins anew.

use std::{fmt, time::Duration};

use frame::{PersonId, Stamp, Time, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::{Access, Accounts, AnsweredBy, NeedsSecond, Output, SessionToken, SignIn, lockout::Key};

/// How many random octets make a secret: as many as the hash has (RFC 4226 section 4, R6).
pub const SECRET_OCTETS: usize = 20;

/// For how long a code is shown (RFC 6238 section 5.2).
const STEP: Duration = Duration::from_secs(30);

/// How many steps a clock may be off, either way.
const STEPS_OFF: u64 = 1;

const DIGITS: usize = 6;

/// RFC 4648 table 3.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const LETTER_BITS: usize = 5;

/// What the app and the box have in common. Its `Debug` shows nothing, and it is wiped when dropped. The texts of it, for a page and for the
/// file, are whoever's who has them made.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeSecret([u8; SECRET_OCTETS]);

impl CodeSecret {
    /// The secret of random octets.
    pub fn from_random(octets: [u8; SECRET_OCTETS]) -> CodeSecret {
        CodeSecret(octets)
    }

    /// The text that is typed into an app: base 32 without padding, which these octets fill whole.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(SECRET_OCTETS * 8 / LETTER_BITS);
        let (mut bits, mut count) = (0_u32, 0);
        for octet in self.0 {
            (bits, count) = (bits << 8 | u32::from(octet), count + 8);
            while count >= LETTER_BITS {
                count -= LETTER_BITS;
                text.push(char::from(LETTERS[(bits >> count & 31) as usize]));
            }
        }
        text
    }

    pub(crate) fn octets(&self) -> &[u8; SECRET_OCTETS] {
        &self.0
    }

    /// The secret of such a text, if it is one.
    pub fn parse(text: &str) -> Option<CodeSecret> {
        let (mut octets, mut at, mut bits, mut count) = ([0; SECRET_OCTETS], 0, 0_u32, 0);
        for letter in text.bytes() {
            let value = LETTERS.iter().position(|&known| known == letter)?;
            (bits, count) = (bits << LETTER_BITS | value as u32, count + LETTER_BITS);
            if count >= 8 {
                count -= 8;
                *octets.get_mut(at)? = (bits >> count & 0xff) as u8;
                at += 1;
            }
        }
        (at == SECRET_OCTETS && count == 0).then_some(CodeSecret(octets))
    }

    /// The same in groups of four, as people copy it.
    pub fn to_groups(&self) -> String {
        let text = self.to_text();
        let groups: Vec<&str> = (0..text.len()).step_by(4).map(|at| &text[at..at + 4]).collect();
        groups.join(" ")
    }

    /// The address that a QR code holds, as all apps read it. `box_name` is where it is for, and `name` who signs in there.
    pub fn to_address(&self, box_name: &str, name: &str) -> String {
        let (issuer, name) = (percent(box_name), percent(name));
        format!("otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}&digits=6&period=30", self.to_text())
    }

    /// What an app shows at a moment; nothing before the epoch.
    pub fn code(&self, now: Utc) -> Option<String> {
        step_of(now).map(|step| self.code_at(step))
    }

    /// The code of a step.
    fn code_at(&self, step: u64) -> String {
        let mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        let hash: [u8; 20] = mac.chain_update(step.to_be_bytes()).finalize().into_bytes().into();
        let at = usize::from(hash[19] & 15);
        let cut = u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]) & 0x7fff_ffff;
        format!("{:0DIGITS$}", cut % 10_u32.pow(DIGITS as u32))
    }
}

impl Drop for CodeSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for CodeSecret {}

impl fmt::Debug for CodeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeSecret(…)")
    }
}

impl Serialize for CodeSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(self.to_text()))
    }
}

impl<'de> Deserialize<'de> for CodeSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CodeSecret, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        CodeSecret::parse(&text).ok_or_else(|| D::Error::custom("no secret of codes"))
    }
}

/// Source: RFC 3986 section 2.1.
fn percent(text: &str) -> String {
    let one = |octet: u8| match octet {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => char::from(octet).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// The second factor of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    secret: CodeSecret,
    /// The step of the last code that counted: neither that one nor any before it counts again (RFC 6238 section 5.2).
    used: u64,
}

impl SecondFactor {
    /// That of a secret whose first code is this one.
    fn of(secret: CodeSecret, now: Utc, code: &str) -> Option<SecondFactor> {
        SecondFactor { secret, used: 0 }.after(now, code)
    }

    /// How it is once a code was used; none where the code does not count.
    fn after(&self, now: Utc, code: &str) -> Option<SecondFactor> {
        let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let now = step_of(now)?;
        let steps = now.saturating_sub(STEPS_OFF)..=now + STEPS_OFF;
        let fits = |step: &u64| bool::from(self.secret.code_at(*step).as_bytes().ct_eq(code.as_bytes()));
        // The newest that fits, so that the same digits of two steps count once.
        let used = steps.rev().find(fits).filter(|step| *step > self.used)?;
        Some(SecondFactor { used, ..self.clone() })
    }
}

/// None before the epoch, where no clock is.
fn step_of(now: Utc) -> Option<u64> {
    u64::try_from(now.as_us()).ok().map(|us| us / STEP.as_micros() as u64)
}

/// The codes of whoever changes the telephone.
#[derive(Clone, Copy)]
pub struct Codes<'a> {
    /// Of the factor so far; empty where there is none.
    pub so_far: &'a str,
    /// The first one of the new secret.
    pub first: &'a str,
}

/// Why a second factor was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// The password, or the code of the factor so far.
    #[error("the password is wrong, or the code")]
    Wrong,
    /// The first code of the new secret.
    #[error("the new code does not fit")]
    NewCode,
    /// There is no new secret: it was begun before a restart, or in another session.
    #[error("it was not begun")]
    NotBegun,
    /// The settings want the factor.
    #[error("the settings want a second factor")]
    Wanted,
}

/// Why a second factor was not taken off somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDropped {
    /// One's own is taken off with a code of it.
    #[error("nobody drops their own")]
    Oneself,
    /// There is none.
    #[error("there is no second factor")]
    NotSet,
    /// It takes two people.
    #[error(transparent)]
    NeedsSecond(#[from] NeedsSecond),
}

impl Access {
    /// Whether a person signs in with codes.
    pub fn has_second_factor(&self, person: PersonId) -> bool {
        self.accounts.second_factors.contains_key(&person)
    }

    /// Whether the settings want it of a person.
    pub fn wants_second_factor(&self, person: PersonId) -> bool {
        self.roles_of(person).iter().any(|role| self.second_factor.is_of(*role))
    }

    /// Whether a person has to set it up before anything else.
    pub fn must_set_up(&self, person: PersonId) -> bool {
        self.wants_second_factor(person) && !self.has_second_factor(person)
    }

    /// The accounts in which the code of this sign-in is used up, to be written before [`Access::take_code`]; none where no code
    /// is asked for, or this one does not count, which the end of the sign-in tells. `matches` is of the password: beside
    /// a wrong one no code is used up. After too many wrong ones none is looked at, but in a session, which began with one; no answer tells a
    /// stranger so ([`Access::codes_held_up`]).
    pub fn use_code(&mut self, now: Stamp, sign_in: &mut SignIn, matches: bool, code: &str) -> Option<Accounts> {
        let person = sign_in.person.filter(|_| matches)?;
        let factor = self.accounts.second_factors.get(&person)?;
        let is_looked_at = sign_in.is_in_session() || self.codes_held_up(now.time, person).is_none();
        let Some(after) = factor.after(now.utc, code).filter(|_| is_looked_at) else {
            if is_looked_at && !code.trim().is_empty() {
                self.lockout.note_failure(now.time, Key::Code(person));
            }
            sign_in.is_code_wrong = true;
            return None;
        };
        let mut accounts = self.accounts.clone();
        accounts.second_factors.insert(person, after);
        Some(accounts)
    }

    /// For how long no code of a person is looked at, but in sessions of theirs: somebody who knows the password has tried too many. It ends with
    /// the password, and with the second factor.
    pub fn codes_held_up(&self, now: Time, person: PersonId) -> Option<Duration> {
        self.lockout.delay(now, &Key::Code(person)).filter(|_| self.has_second_factor(person))
    }

    /// The accounts are written: the code counts for this sign-in, and makes one wrong one good: its person types both, and who guesses in
    /// between gets no more than that by it.
    pub fn take_code(&mut self, sign_in: &mut SignIn, accounts: Accounts) {
        sign_in.person.into_iter().for_each(|person| self.lockout.take_back(&Key::Code(person)));
        self.take(accounts);
        sign_in.code_counts = true;
    }

    /// Whether a sign-in lacks nothing but its password: a code counts, or the person has none.
    pub(crate) fn has_code(&self, sign_in: &SignIn, person: PersonId) -> bool {
        sign_in.code_counts || !self.has_second_factor(person)
    }

    /// Begins to set it up: another secret, which counts for nothing before a code of it was given. It is of this session alone: who
    /// knows the password, and sits elsewhere, neither reads it nor puts their own in its place.
    pub fn begin_second_factor(&mut self, token: &SessionToken, random: [u8; SECRET_OCTETS]) {
        self.sessions.set_begun(token.id(), Some(CodeSecret::from_random(random)));
    }

    /// The secret that waits in a session for its first code.
    pub fn begun_second_factor(&self, now: Time, token: &SessionToken) -> Option<&CodeSecret> {
        self.sessions.begun(now, token.id())
    }

    /// Looks at the first code of a new secret before the code of the factor so far is used up, so that a typing error costs none.
    /// Where the password or the code so far is wrong it says nothing: that is told, and counted, by
    /// [`Access::accept_second_factor`].
    ///
    /// # Errors
    /// [`NotChanged::NotBegun`] and [`NotChanged::NewCode`].
    pub fn check_first_code(
        &self,
        now: Stamp,
        confirm: &SignIn,
        matches: bool,
        codes: Codes<'_>,
        token: &SessionToken,
    ) -> Result<(), NotChanged> {
        let so_far = confirm.person.and_then(|person| self.accounts.second_factors.get(&person));
        let is_told = matches && so_far.is_none_or(|factor| factor.after(now.utc, codes.so_far).is_some());
        if is_told { self.new_factor(now, codes.first, token).map(drop) } else { Ok(()) }
    }

    /// The accounts with the new second factor, to be written before [`Access::finish_second_factor`]. `matches` is of the
    /// password, and `first` of the secret that waits in the session.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub fn accept_second_factor(
        &mut self,
        now: Stamp,
        confirm: &SignIn,
        matches: bool,
        first: &str,
        token: &SessionToken,
    ) -> Result<Accounts, NotChanged> {
        let person = self.confirmed(now, confirm, matches)?;
        let factor = self.new_factor(now, first, token)?;
        let mut accounts = self.accounts.clone();
        accounts.second_factors.insert(person, factor);
        Ok(accounts)
    }

    /// The accounts without the second factor of whoever asks, to be written before [`Access::finish_second_factor`].
    ///
    /// # Errors
    /// [`NotChanged`].
    pub fn accept_no_second_factor(
        &mut self,
        now: Stamp,
        confirm: &SignIn,
        matches: bool,
    ) -> Result<Accounts, NotChanged> {
        let person = self.confirmed(now, confirm, matches)?;
        if self.wants_second_factor(person) {
            return Err(NotChanged::Wanted);
        }
        Ok(self.accounts.clone().without_second_factor(person))
    }

    /// The accounts are written: they hold, and every session of the person but the one of `token` ends.
    pub fn finish_second_factor(&mut self, confirm: SignIn, accounts: Accounts, token: &SessionToken) {
        self.succeed(&confirm);
        self.take(accounts);
        let Some(person) = confirm.person else { return };
        self.sessions.set_begun(token.id(), None);
        self.forget_codes(person);
        let (from, is_set) = (confirm.from, self.has_second_factor(person));
        self.outputs.push_back(Output::SecondFactorChanged { person, from, is_set });
        self.end_other_sessions(person, token);
    }

    /// The accounts without a person's second factor, by somebody else: they have lost the app. To be written before
    /// [`Access::finish_drop`]. Whoever has it takes it off with a code, which a desk that was left open does not have.
    ///
    /// # Errors
    /// When it is one's own, is not there, or takes more people.
    pub fn drop_second_factor(&self, who: PersonId, person: PersonId, by: AnsweredBy) -> Result<Accounts, NotDropped> {
        if who == person {
            return Err(NotDropped::Oneself);
        }
        if !self.has_second_factor(person) {
            return Err(NotDropped::NotSet);
        }
        self.check_second(person, by)?;
        Ok(self.accounts.clone().without_second_factor(person))
    }

    /// The accounts are written: the person signs in with the password alone, and does so anew. `from` is where it was done.
    pub fn finish_drop(&mut self, person: PersonId, accounts: Accounts, from: &str) {
        self.take(accounts);
        self.tell_off(person, from.to_owned());
        self.end_sessions(person);
    }

    /// The password that somebody tried codes with is another one by now, or the secret is.
    pub(crate) fn forget_codes(&mut self, person: PersonId) {
        self.lockout.forget(&Key::Code(person));
    }

    /// A person has no second factor any more.
    pub(crate) fn tell_off(&mut self, person: PersonId, from: String) {
        self.forget_codes(person);
        self.outputs.push_back(Output::SecondFactorChanged { person, from, is_set: false });
    }

    /// What the secret that waits in a session becomes by its first code.
    fn new_factor(&self, now: Stamp, first: &str, token: &SessionToken) -> Result<SecondFactor, NotChanged> {
        let secret = self.begun_second_factor(now.time, token).ok_or(NotChanged::NotBegun)?;
        SecondFactor::of(secret.clone(), now.utc, first).ok_or(NotChanged::NewCode)
    }

    /// Who it is, where password and code fitted.
    fn confirmed(&mut self, now: Stamp, confirm: &SignIn, matches: bool) -> Result<PersonId, NotChanged> {
        let is_theirs = |person: &PersonId| {
            let account = self.accounts.of(*person).filter(|account| account.password == confirm.against);
            matches && account.is_some() && self.lets_in(*person) && self.has_code(confirm, *person)
        };
        let person = confirm.person.filter(is_theirs);
        if person.is_none() {
            self.fail(now.time, confirm.clone());
        }
        person.ok_or(NotChanged::Wrong)
    }
}

impl Accounts {
    /// The secret of a person's second factor.
    pub(crate) fn code_secret(&self, person: PersonId) -> Option<&CodeSecret> {
        self.second_factors.get(&person).map(|factor| &factor.secret)
    }

    pub(crate) fn without_second_factor(mut self, person: PersonId) -> Accounts {
        self.second_factors.remove(&person);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the vectors of both RFCs.
    fn vectors() -> CodeSecret {
        CodeSecret::from_random(*b"12345678901234567890")
    }

    fn at(secs: i64) -> Utc {
        Utc::from_us(secs * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_rfc_4226_appendix_d() {
        let codes: Vec<String> = (0..10).map(|count| vectors().code_at(count)).collect();
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        assert_eq!(codes, expected);
    }

    #[test]
    fn steps_are_those_of_rfc_6238_appendix_b() {
        // Of its eight digits the last six.
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(vectors().code_at(step_of(at(secs)).unwrap()), code, "{secs}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let now = at(1_111_111_111);
        let step = step_of(now).unwrap();
        for (off, counts) in [(-3, false), (-2, false), (-1, true), (0, true), (1, true), (2, false), (3, false)] {
            let code = vectors().code_at(step.strict_add_signed(off));
            assert_eq!(SecondFactor::of(vectors(), now, &code).is_some(), counts, "{off}");
        }
        assert!(SecondFactor::of(vectors(), at(-1), &vectors().code_at(0)).is_none(), "a clock before the epoch");
    }

    #[test]
    fn a_code_counts_once_and_none_before_it_does_afterwards() {
        let step = 37_037_037;
        let (now, code) = (at(30 * step as i64), |step| vectors().code_at(step));
        let factor = SecondFactor::of(vectors(), now, &code(step)).unwrap();
        assert_eq!(factor.after(now, &code(step)), None, "again");
        assert_eq!(factor.after(now, &code(step - 1)), None, "an older one");
        let later = factor.after(now, &code(step + 1)).unwrap();
        assert_eq!(later.after(at(30 * (step + 1) as i64), &code(step + 1)), None, "again, when it is its turn");
        let kept = serde_json::to_string(&later).unwrap();
        assert_eq!(kept, r#"{"secret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","used":37037038}"#);
        assert_eq!(serde_json::from_str::<SecondFactor>(&kept).unwrap(), later);
    }

    #[test]
    fn a_code_is_typed_with_blanks_and_nothing_else_is_one() {
        let now = at(59);
        assert!(SecondFactor::of(vectors(), now, " 287 082").is_some());
        for wrong in ["", "28708", "2870822", "287083", "+287082", "287082x", "２８７０８２"] {
            assert_eq!(SecondFactor::of(vectors(), now, wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_secret_is_read_back_and_what_is_none_is_refused() {
        for octets in [[0; SECRET_OCTETS], [0xff; SECRET_OCTETS], *b"12345678901234567890"] {
            let secret = CodeSecret::from_random(octets);
            assert_eq!(CodeSecret::parse(&secret.to_text()), Some(secret));
        }
        let text = vectors().to_text();
        for wrong in ["", &text[1..], &format!("{text}A"), &text.to_lowercase(), &text.replace('G', "1")] {
            assert_eq!(CodeSecret::parse(wrong), None, "{wrong}");
        }
        assert_eq!(vectors().to_groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            vectors().to_address("Ringfence", "李 a"),
            "otpauth://totp/Ringfence:%E6%9D%8E%20a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ringfence\
             &digits=6&period=30"
        );
        assert_eq!(format!("{:?}", vectors()), "CodeSecret(…)", "no log shows it");
    }

    #[test]
    fn a_secret_is_wiped_when_it_is_dropped() {
        fn wiped<T: ZeroizeOnDrop>() -> bool {
            std::mem::needs_drop::<T>()
        }
        assert!(wiped::<CodeSecret>());
    }
}
