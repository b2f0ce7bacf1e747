//! Supervisors: at which telephone a person hears a talk, and whose PIN is looked at.
//!
//! Whether a PIN fits takes a while to reckon, and the audit a disk, so both are asked of the shell.

use access::{PasswordHash, Permission, Permissions};
use call::{NotSupervised, Pin, PinVerdict, SupervisorMode};
use frame::{CallId, LegId, PersonId, PortId, Time};

use super::{Output, Plane};

/// A PIN that was keyed, and what it is to fit.
#[derive(Clone, Debug)]
pub struct PinCheck {
    /// The leg at which it was keyed.
    pub leg: LegId,
    /// Whose it is said to be.
    pub person: PersonId,
    /// The call whose talk is wanted; none where the telephone is to be unlocked, or messages heard.
    pub of: Option<CallId>,
    /// Whose messages are to be heard at a telephone that is not that one's.
    pub mail: Option<String>,
    /// What was keyed.
    pub pin: Pin,
    /// The hash of the person's PIN.
    pub hash: PasswordHash,
}

impl PinCheck {
    /// Whether it is the person's. Slow on purpose.
    pub fn fits(&self) -> bool {
        access::Password::typed(self.pin.expose()).is_ok_and(|pin| self.hash.matches(&pin))
    }
}

impl Plane {
    /// Lets a person at a page hear a talk as its supervisor, or do it otherwise; without a mode, no more. The page has asked
    /// whether the person may. Drain [`Plane::poll_output`] afterwards.
    ///
    /// # Errors
    /// Why nothing was done.
    pub fn supervise(
        &mut self,
        now: Time,
        call: CallId,
        person: PersonId,
        mode: Option<SupervisorMode>,
    ) -> Result<(), NotSupervised> {
        self.now = now;
        let Some(mode) = mode else {
            if !self.control.supervises(call, person) {
                return Err(NotSupervised::NoSuchCall);
            }
            self.tell_control(call::Input::SuperviseNoMore { call, person });
            self.settle();
            return Ok(());
        };
        let port = self.own_telephone(person);
        self.control.may_supervise(call, person, port)?;
        let port = port.ok_or(NotSupervised::NoTelephone)?;
        self.tell_control(call::Input::Supervise { call, mode, person, port });
        self.settle();
        Ok(())
    }

    fn own_telephone(&self, person: PersonId) -> Option<PortId> {
        let person = self.settings.people.iter().find(|row| row.id == person)?;
        self.settings.station(person.extension.as_ref()?).map(|station| station.port)
    }

    /// A PIN was keyed. Whoever is no supervisor is told the same as one without a PIN.
    pub(super) fn check_pin(
        &mut self,
        leg: LegId,
        person: PersonId,
        (of, mail): (Option<CallId>, Option<String>),
        pin: Pin,
    ) {
        let row = self.settings.people.iter().find(|row| row.id == person);
        let may = row.filter(|row| of.is_none() || Permissions::of(&row.roles).allow(Permission::Supervise));
        let at = self.control.telephone_of(leg);
        let verdict = match may.and_then(|row| row.pin.clone()).zip(at) {
            None => PinVerdict::NotPermitted,
            Some((_, at)) if self.pin_locks.is_locked(self.now, person, at) => PinVerdict::Locked,
            Some((hash, at)) => {
                // Who hangs up meanwhile has tried all the same.
                self.pins_at.insert(leg, at);
                self.pin_locks.begin(self.now, person, at);
                let check = PinCheck { leg, person, of, mail, pin, hash: PasswordHash::kept(hash) };
                return self.outputs.push_back(Output::CheckPin(check));
            }
        };
        self.tell_control(call::Input::PinChecked { leg, verdict });
    }

    /// The shell has looked at a PIN.
    pub(super) fn pin_checked(&mut self, leg: LegId, person: PersonId, verdict: PinVerdict) {
        let right = match verdict {
            PinVerdict::Right | PinVerdict::NotAudited => Some(true),
            PinVerdict::Wrong => Some(false),
            PinVerdict::Locked | PinVerdict::NotPermitted => None,
        };
        if let Some(at) = self.pins_at.remove(&leg) {
            self.pin_locks.end(person, at, right);
        }
        self.tell_control(call::Input::PinChecked { leg, verdict });
    }
}
