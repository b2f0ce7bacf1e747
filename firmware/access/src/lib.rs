//! People and their rights: who may sign in, for how long, and what they may then do.
//!
//! Source: RFC 9106 (Argon2id, written as PHC strings); RFC 6238 (codes of an authenticator app); OWASP ASVS 5.0 chapters 6 and 7 for sign-in and sessions. One
//! struct, [`Access`], decides; randomness, time and the slow work of hashing are handed in, so that a day of sign-ins
//! runs in a test without waiting. Nothing here tells a stranger whether a name exists.
//! Not here: cookies and pages (`src/admin`), keys of the vault.
#![forbid(unsafe_code)]

mod access;
mod account;
mod approval;
mod change;
mod code;
mod confirm;
mod invite;
mod let_in;
mod lock;
mod lockout;
mod password;
mod permission;
mod pin;
mod second_factor;
mod seen;
mod session;

pub use access::{Access, LockedOut, Output, SignIn};
pub use account::{Account, Accounts, Claim, INVITATION_LASTS, Invitation, NAME_MAX_CHARS, NameError, SignInName};
pub use approval::{
    APPROVALS_MAX, ASKED_LASTS, Administrators, Approval, ApprovalAnswer, Approvals, GRANT_LASTS, NotAnswered,
    NotAsked, NotRedeemed, Proposal, TwoPersonAct,
};
pub use code::{CODE_RANDOM_OCTETS, OwnerCode};
pub use invite::{NotInvited, NotJoined};
pub use let_in::{AnsweredBy, LetIn, NeedsSecond, NewAdministrator, NotLetIn, new_administrators, new_openers};
pub use lock::{LockedPeople, NotLocked};
pub use lockout::EXCUSED_FOR;
pub use password::{
    HashError, PASSWORD_MAX_OCTETS, PASSWORD_MIN_CHARS, Password, PasswordError, PasswordHash, SALT_OCTETS,
};
pub use permission::{Permission, Permissions};
pub use pin::{PIN_MAX_DIGITS, PIN_MIN_DIGITS, PinLocks, chosen_pin};
pub use second_factor::{CodeSecret, Codes, NotChanged, NotDropped, SECRET_OCTETS, SecondFactor};
pub use seen::{SEEN_MAX, SeenBrowser};
pub use session::{FormToken, SESSION_IDLE, SESSION_LONGEST, SESSIONS_PER_PERSON, SessionToken, SignedIn};
