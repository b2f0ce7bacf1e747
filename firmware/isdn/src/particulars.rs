//! What a SETUP and a CONNECT may say of the parties beyond their numbers.
//!
//! Source: ITU-T Q.951, Q.952 and Q.957, EN 300 092-1 (second calling number). None of it has to be there.
//! Not here: what a Facility means.

use crate::q931::{
    Element, Message,
    element::{Digits, Display, Facility, HighLayer, LowLayer, PartyNumber, RedirectingNumber, Subaddress, UserUser},
};

/// What else a SETUP says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    /// The second calling number: one is the user's, the other the network's.
    pub second_calling: Option<PartyNumber>,
    /// The extension behind the calling number.
    pub calling_subaddress: Option<Subaddress>,
    /// The extension behind the called number.
    pub called_subaddress: Option<Subaddress>,
    /// Who diverted the call last.
    pub redirecting: Option<RedirectingNumber>,
    /// Who was called at first.
    pub original_called: Option<RedirectingNumber>,
    /// Keypad digits.
    pub keypad: Option<Digits>,
    /// What the caller's equipment tells ours.
    pub user_user: Option<UserUser>,
    /// What kind of terminal is wanted.
    pub high_layer: Option<HighLayer>,
    /// How the caller's equipment codes what it sends, for ours; the network hands it on unread.
    pub low_layer: Option<LowLayer>,
    /// What supplementary services say. A frame of 260 octets bounds them.
    pub facilities: Vec<Facility>,
}

/// Who answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectedParty {
    /// The number (COLP), or that it is withheld (COLR).
    pub number: Option<PartyNumber>,
    /// The extension behind the number.
    pub subaddress: Option<Subaddress>,
    /// The name. Sent where and as the dialect lets us.
    pub name: Option<Display>,
}

impl Particulars {
    pub(crate) fn of(message: &Message) -> Particulars {
        Particulars {
            second_calling: message.calling_numbers().nth(1).cloned(),
            calling_subaddress: message.calling_subaddress().cloned(),
            called_subaddress: message.called_subaddress().cloned(),
            redirecting: message.redirecting_number().cloned(),
            original_called: message.original_called_number().cloned(),
            keypad: message.keypad().copied(),
            user_user: message.user_user().cloned(),
            high_layer: message.high_layer().copied(),
            low_layer: message.low_layer().cloned(),
            facilities: message.facilities().cloned().collect(),
        }
    }

    /// They go behind the calling number: of two, the first counts.
    pub(crate) fn elements(self) -> impl Iterator<Item = Element> {
        let elements = [
            self.second_calling.map(Element::CallingNumber),
            self.calling_subaddress.map(Element::CallingSubaddress),
            self.called_subaddress.map(Element::CalledSubaddress),
            self.redirecting.map(Element::RedirectingNumber),
            self.original_called.map(Element::OriginalCalledNumber),
            self.keypad.map(Element::Keypad),
            self.user_user.map(Element::UserUser),
            self.high_layer.map(Element::HighLayer),
            self.low_layer.map(Element::LowLayer),
        ];
        elements.into_iter().flatten().chain(self.facilities.into_iter().map(Element::Facility))
    }
}

impl ConnectedParty {
    pub(crate) fn of(message: &Message) -> ConnectedParty {
        ConnectedParty {
            number: message.connected_number().cloned(),
            subaddress: message.connected_subaddress().cloned(),
            name: message.display().cloned(),
        }
    }

    /// All but the name, whose element depends on the dialect.
    pub(crate) fn elements(self) -> impl Iterator<Item = Element> {
        let elements = [self.number.map(Element::ConnectedNumber), self.subaddress.map(Element::ConnectedSubaddress)];
        elements.into_iter().flatten()
    }
}
