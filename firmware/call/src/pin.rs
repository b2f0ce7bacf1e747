//! A PIN, keyed at a telephone: a supervisor's, after the code and the agent's number; or anybody's, to unlock the telephone.
//!
//! `PIN #` where the settings say whose telephone it is, `number * PIN #` at any other: the person's own number goes before
//! it, since a PIN alone does not tell whose it is. Three tries; whether one fits is asked of the shell, which hashes it
//! and counts wrong ones beyond one call. Nothing of it is told, recorded or kept.

use std::{fmt, time::Duration};

use frame::{CallId, LegId, PersonId, PortId, Time};
use isdn::Cause;

use crate::{
    CallEvent, NoMail, NotSupervised, NotUnlocked, Side, SupervisorMode,
    control::{Control, Phase},
    message::{Heard, Output},
    supervision::Wish,
};

/// What is said before it, and after a wrong one.
const ASKED: &str = "key_pin";
const WRONG: &str = "pin_wrong";

/// How long the next key is waited for: a person has to look it up.
const PATIENCE: Duration = Duration::from_secs(15);

/// As many keys as a person's number, the star and the longest PIN have; of more none fits.
const KEYS_MAX: usize = 24;

/// How often a PIN may be keyed in one call.
const TRIES: u8 = 3;

/// A PIN as it was keyed. Its `Debug` shows how long it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// The PIN, for whoever compares it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({} digits)", self.0.len())
    }
}

/// Whether a PIN is the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// It is, the person is a supervisor, and the audit has what is about to be done.
    Right,
    /// It is not.
    Wrong,
    /// It was wrong too often of late, so it was not looked at.
    Locked,
    /// The person is no supervisor, or has no PIN.
    NotPermitted,
    /// It is, but the audit could not be written.
    NotAudited,
}

/// A PIN that is being keyed.
#[derive(Debug)]
pub(crate) struct PinEntry {
    wants: PinFor,
    keyed: Pin,
    pub(crate) until: Time,
    wrong: u8,
    /// Whose it is said to be, while it is looked at.
    checked: Option<PersonId>,
}

/// What a PIN is keyed for.
#[derive(Clone, Debug)]
enum PinFor {
    /// To hear the talk of an agent.
    Talk { of: CallId, agent: LegId },
    /// To unlock the telephone.
    Telephone,
    /// To hear messages, which are this person's.
    Mail { extension: String, person: PersonId, elsewhere: bool },
}

impl Control {
    /// The code that unlocks was dialled.
    pub(crate) fn ask_pin_to_unlock(&mut self, id: CallId) {
        self.ask_pin_for(id, PinFor::Telephone);
    }

    /// The code and the number of a telephone were dialled: now the PIN is wanted, where there is a talk to hear.
    pub(crate) fn ask_pin(&mut self, id: CallId, port: PortId) {
        let (of, agent) = match self.supervised_at(port) {
            Ok(found) => found,
            Err(why) => return self.refuse_supervision(id, why),
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.record = false;
        }
        self.ask_pin_for(id, PinFor::Talk { of, agent });
    }

    /// Messages of a telephone are to be heard, at that one or elsewhere: now the PIN of its person is wanted.
    pub(crate) fn ask_pin_of(&mut self, id: CallId, extension: String, person: PersonId, elsewhere: bool) {
        self.ask_pin_for(id, PinFor::Mail { extension, person, elsewhere });
    }

    fn ask_pin_for(&mut self, id: CallId, wants: PinFor) {
        let until = self.now + PATIENCE;
        let entry = PinEntry { wants, keyed: Pin::default(), until, wrong: 0, checked: None };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = Phase::Pin(entry);
        self.say_to_caller(id, ASKED);
    }

    /// A key of a PIN. True where one is being keyed.
    pub(crate) fn pin_keyed(&mut self, id: CallId, key: char) -> bool {
        let until = self.now + PATIENCE;
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let (caller, Phase::Pin(entry)) = (call.caller, &mut call.phase) else { return false };
        if entry.checked.is_some() {
            return true;
        }
        let first = entry.keyed.0.is_empty();
        entry.until = until;
        if key == '#' {
            self.pin_whole(id);
            return true;
        }
        if entry.keyed.0.len() < KEYS_MAX {
            entry.keyed.0.push(key);
        }
        if let Some(lane) = self.legs.get(&caller).map(|leg| leg.lane).filter(|_| first) {
            self.put(Output::Hear { lane, heard: Heard::Silence });
        }
        true
    }

    fn pin_whole(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let leg = call.caller;
        let works_here = self.legs.get(&leg).and_then(|leg| call.plan.stations.get(&leg.station()?)?.person);
        let Phase::Pin(entry) = &mut call.phase else { return };
        let keyed = std::mem::take(&mut entry.keyed.0);
        let (person, pin) = match keyed.split_once('*') {
            Some((number, pin)) => (number.parse().ok().map(PersonId), pin),
            None => (works_here, keyed.as_str()),
        };
        // Messages are one person's: a PIN alone is that one's anywhere, and another one's opens nothing.
        let person = match &entry.wants {
            PinFor::Mail { person: whose, .. } if keyed.contains('*') => person.filter(|person| person == whose),
            PinFor::Mail { person, .. } => Some(*person),
            PinFor::Talk { .. } | PinFor::Telephone => person,
        };
        let Some(person) = person.filter(|_| !pin.is_empty()) else { return self.wrong_pin(id) };
        entry.checked = Some(person);
        let (of, mail) = match &entry.wants {
            PinFor::Talk { of, .. } => (Some(*of), None),
            PinFor::Telephone => (None, None),
            PinFor::Mail { extension, elsewhere, .. } => (None, elsewhere.then(|| extension.clone())),
        };
        let pin = Pin(pin.to_owned());
        self.put(Output::CheckPin { leg, person, of, mail, pin });
    }

    /// The shell has looked at a PIN.
    pub(crate) fn pin_checked(&mut self, leg: LegId, verdict: PinVerdict) {
        let Some(id) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        let Some(Phase::Pin(entry)) = self.calls.get_mut(&id).map(|call| &mut call.phase) else { return };
        let Some(person) = entry.checked.take() else { return };
        let (of, agent) = match &entry.wants {
            PinFor::Talk { of, agent } => (*of, *agent),
            PinFor::Telephone => return self.pin_for_telephone(id, person, verdict),
            PinFor::Mail { extension, .. } => {
                let extension = extension.clone();
                return self.pin_for_mail(id, extension, person, verdict);
            }
        };
        let wish = Wish { of, agent, person, mode: SupervisorMode::default() };
        match verdict {
            PinVerdict::Right => self.begin_supervision(id, wish),
            PinVerdict::Wrong => self.wrong_pin(id),
            PinVerdict::Locked => self.refuse_supervision(id, NotSupervised::PinLocked),
            PinVerdict::NotPermitted => self.refuse_supervision(id, NotSupervised::NotPermitted),
            PinVerdict::NotAudited => self.refuse_supervision(id, NotSupervised::NotAudited),
        }
    }

    fn pin_for_telephone(&mut self, id: CallId, person: PersonId, verdict: PinVerdict) {
        match verdict {
            PinVerdict::Right => self.unlocks(id, person),
            PinVerdict::Wrong => self.wrong_pin(id),
            PinVerdict::Locked => self.refuses_to_unlock(id, NotUnlocked::PinLocked),
            PinVerdict::NotPermitted | PinVerdict::NotAudited => self.refuses_to_unlock(id, NotUnlocked::NoPin),
        }
    }

    fn pin_for_mail(&mut self, id: CallId, extension: String, person: PersonId, verdict: PinVerdict) {
        match verdict {
            PinVerdict::Right => self.hears_mail(id, extension, person),
            PinVerdict::Wrong => self.wrong_pin(id),
            PinVerdict::Locked => self.refuses_mail(id, extension, NoMail::PinLocked),
            PinVerdict::NotPermitted => self.refuses_mail(id, extension, NoMail::NoPin),
            PinVerdict::NotAudited => self.refuses_mail(id, extension, NoMail::NotAudited),
        }
    }

    fn wrong_pin(&mut self, id: CallId) {
        let Some(Phase::Pin(entry)) = self.calls.get_mut(&id).map(|call| &mut call.phase) else { return };
        entry.wrong += 1;
        match (entry.wants.clone(), entry.wrong >= TRIES) {
            (PinFor::Talk { .. }, true) => return self.refuse_supervision(id, NotSupervised::WrongPin),
            (PinFor::Telephone, true) => return self.refuses_to_unlock(id, NotUnlocked::WrongPin),
            (PinFor::Mail { extension, .. }, true) => return self.refuses_mail(id, extension, NoMail::WrongPin),
            (_, false) => (),
        }
        self.say_to_caller(id, WRONG);
    }

    /// Nobody keys any more.
    pub(crate) fn pin_given_up(&mut self, id: CallId) {
        self.end(id, Cause::NormalClearing, Side::Box);
    }

    fn say_to_caller(&mut self, id: CallId, prompt: &str) {
        let play = self.issue_play();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.play = play;
        let leg = call.caller;
        let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) else { return };
        self.tell(CallEvent::PromptBegan { call: id, leg, prompt: prompt.to_owned() });
        self.put(Output::Hear { lane, heard: Heard::Prompts { names: vec![prompt.to_owned()], play } });
    }
}
