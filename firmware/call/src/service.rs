//! What a network tells of a call beside how far it has come: what it costs, who is at the other end by now, to where it
//! was diverted, what the two ends' equipment tells each other.
//!
//! Source: EN 300 182-1 (advice of charge), EN 300 207-1 and Q.952 (diversion), EN 300 369-1 and ECMA-178 (transfer at the
//! far end), ECMA-164 (names), EN 300 130-1 (malicious call), Q.957 (user-user), Q.951 (subaddress).
//! Not here: what a SETUP tells of the caller (`told`); prices of the owner's own.

use frame::{CallId, LegId};
use serde::{Deserialize, Serialize};

use crate::{CallEvent, DiversionReason, Number, Party, ServiceRefusal, control::Control};

/// What the network tells of a leg while its call is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegTold {
    /// What the call has cost.
    Charge {
        /// How much.
        charge: Charge,
        /// It is all; else more may come.
        at_end: bool,
    },
    /// What the call is going to cost.
    Tariff(Vec<Price>),
    /// Who is at the far end.
    Party {
        /// What happened there.
        change: PartyChange,
        /// The number.
        party: Party,
        /// The name.
        name: Option<String>,
    },
    /// The network sends the call, which the box placed, on to another number.
    DivertedTo {
        /// Which, if it may be known.
        to: Option<Number>,
        /// Why.
        reason: DiversionReason,
    },
    /// The far end's equipment tells ours something, of so many octets. Nobody here can read it.
    UserUser {
        /// How many.
        octets: u8,
    },
    /// What became of the call at its far end.
    Notice(Notice),
    /// A text to be shown.
    Text(String),
    /// The call does not get through now, and the network offers to tell when it can.
    CompletionOffered,
    /// The user at the far end finds the call malicious and asked that who called is kept.
    MaliciousCall,
    /// The answer to [`TrunkRequest::KeepCaller`](crate::TrunkRequest::KeepCaller).
    CallerKept {
        /// Why the network did not keep who called; it did without.
        refused: Option<ServiceRefusal>,
    },
}

/// What became of a call at its far end, where that changes nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// It was put on hold.
    Held,
    /// It was taken back from hold.
    Retrieved,
    /// The telephone was unplugged there, to be plugged in elsewhere.
    Suspended,
    /// The telephone is plugged in again.
    Resumed,
    /// It waits at a party that is busy.
    Waits,
    /// It is being diverted.
    Diverted,
    /// It became a conference.
    Conference,
    /// The conference is over.
    ConferenceOver,
    /// It was transferred.
    Transferred,
}

/// What happened at the far end of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyChange {
    /// Nothing: its name is told.
    Named,
    /// The call was transferred to somebody whose telephone rings.
    TransferredRinging,
    /// The call was transferred, and who it was transferred to has answered.
    Transferred,
    /// More is known of who is there.
    Updated,
}

/// What a call has cost, as the network counts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// The network does not know.
    NotAvailable,
    /// Nothing.
    Free,
    /// Money.
    Money {
        /// The currency, as the network writes it.
        currency: String,
        /// How much, in thousandths of it.
        thousandths: u64,
    },
    /// Units; what one of them costs is between the owner and the network.
    Units {
        /// How many, of all kinds.
        units: u64,
    },
}

/// A price of the tariff that the network told before the call costs anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Of what.
    pub of: Priced,
    /// How it is reckoned.
    pub rate: Rate,
}

/// What has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priced {
    /// The conversation.
    Conversation,
    /// The attempt.
    Attempt,
    /// Setting the call up.
    Setup,
    /// A service of the network, or something else.
    Service,
}

/// How a price is reckoned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// The network does not know, or by an agreement that is not told.
    NotAvailable,
    /// Nothing.
    Free,
    /// Once.
    Flat {
        /// The currency.
        currency: String,
        /// How much, in thousandths of it.
        thousandths: u64,
    },
    /// For each stretch of time.
    Time {
        /// The currency.
        currency: String,
        /// How much, in thousandths of it.
        thousandths: u64,
        /// The stretch, in milliseconds.
        every_ms: u64,
    },
}

/// What a caller means beside the number: what is behind it, and what kind of terminal should answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The extension behind the called number.
    pub subaddress: Option<String>,
    /// The kind of terminal.
    pub terminal: Option<Terminal>,
    /// How many keypad digits came with it.
    pub keypad_digits: u8,
    /// How many octets the caller's equipment tells ours.
    pub user_user_octets: u8,
}

/// A kind of terminal, as high layer compatibility has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terminal {
    /// A telephone.
    Telephone,
    /// A fax machine.
    Fax,
    /// A videotelephone.
    Video,
    /// Something else.
    Other,
}

impl Control {
    /// Puts into the log what a SETUP wants beside a number, if it wants anything.
    pub(crate) fn note_wanted(&mut self, call: CallId, leg: LegId, wanted: Wanted) {
        let Wanted { subaddress, terminal, keypad_digits, user_user_octets: octets } = wanted;
        // Almost every call wants a telephone: to say so each time would hide those that do not.
        let terminal = terminal.filter(|terminal| *terminal != Terminal::Telephone);
        if subaddress.is_some() || terminal.is_some() || keypad_digits > 0 {
            self.tell(CallEvent::WantedTold { call, leg, subaddress, terminal, keypad_digits });
        }
        if octets > 0 {
            self.tell(CallEvent::UserUserTold { call, leg, octets });
        }
    }

    /// Puts into the log what the network tells of a leg, and learns who is there.
    pub(crate) fn leg_told(&mut self, leg: LegId, told: LegTold) {
        let Some(call) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        match told {
            LegTold::Charge { charge, at_end } => self.tell(CallEvent::Charged { call, leg, charge, at_end }),
            LegTold::Tariff(prices) => self.tell(CallEvent::TariffTold { call, leg, prices }),
            LegTold::Party { change, party, name } => self.other_party(leg, change, party, name),
            LegTold::DivertedTo { to, reason } => self.tell(CallEvent::DivertedTo { call, leg, to, reason }),
            LegTold::UserUser { octets } => self.tell(CallEvent::UserUserTold { call, leg, octets }),
            LegTold::CompletionOffered => self.completion_offered(leg),
            LegTold::CallerKept { refused } => self.caller_kept(leg, refused),
            LegTold::Notice(notice) => self.tell(CallEvent::NoticeTold { call, leg, notice }),
            LegTold::Text(text) => self.tell(CallEvent::TextTold { call, leg, text }),
            LegTold::MaliciousCall => self.tell(CallEvent::MaliciousCallTold { call, leg }),
        }
    }

    /// Pages show who is there now. A name alone leaves the number as it is.
    fn other_party(&mut self, id: LegId, change: PartyChange, party: Party, name: Option<String>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let withheld = party == Party::Withheld;
        if change == PartyChange::Named {
            leg.name = name.clone().filter(|_| !leg.private);
        } else {
            (leg.number, leg.private) = (party.number().cloned(), withheld);
            leg.name = name.clone().filter(|_| !withheld);
        }
        let (call, number) = (leg.call, party.number().cloned());
        let name = name.filter(|_| !withheld);
        self.tell(CallEvent::PartyTold { call, leg: id, change, number, withheld, name });
    }
}
