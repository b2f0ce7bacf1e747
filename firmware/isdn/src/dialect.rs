//! What differs between the networks that all call themselves ISDN: one table, asked here and nowhere else.
//!
//! Sources: EN 300 403-1 and EN 300 207-1 (EuroISDN); ECMA-143, -164 and -173 (QSIG); Telcordia SR-4994 (NI-2);
//! Nortel NIS-A211-1 (DMS-100); AT&T TR 41459 (4ESS); Lucent 5D5-900-312 (5ESS custom); for China's practice the SETUPs
//! that its carriers send and take. The North American papers and ECMA-143 were not at hand: what is said of them was
//! compared with what libpri 1.6.0 sends to and takes from these exchanges, with NEC's table of name delivery (Electra
//! Elite IPK II, ISDN compatibility) and with Cisco's note 47691 on T310; what has no such second source is marked
//! *recalled*. Each value can be set for a span where it is a setting.
//!
//! Looked at and found the same everywhere: both sides acknowledge CONNECT; STATUS ENQUIRY after a recovery of the link;
//! RESTART of one channel in a message, T316 and N316; one channel is named by its number; DISCONNECT with a tone (PI 8).
//! Not here: how numbers are rewritten, which is a setting of each trunk.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    Charset, NameStyle, Role, Timer, TimerTable,
    q931::{
        ServicePractice,
        element::{Bearer, Display, Layer1, Location, PartyNumber, Presentation, Screening, TimeslotSet},
    },
    suppl::Syntax,
};

/// A network's way of speaking Q.931.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// EN 300 403-1, also called DSS1 or ETSI.
    EuroIsdn,
    /// China's carriers: EuroISDN with habits of its own.
    #[default]
    China,
    /// ECMA-143, between private exchanges: the two sides are equals.
    Qsig,
    /// National ISDN 2, SR-4994.
    Ni2,
    /// Nortel DMS-100, NIS-A211-1.
    Dms100,
    /// AT&T 4ESS, TR 41459.
    Att4ess,
    /// Lucent 5ESS, custom.
    Lucent5ess,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The line that the dialect is usually spoken on.
    pub line: LineKind,
    /// Whether and where a SETUP says that its number is complete.
    pub sending_complete: SendingComplete,
    /// Numbers may be sent in pieces. Where not, every number is complete.
    pub overlap: bool,
    /// We name a channel that only we prefer; the far end may give another. It saves a call in a glare.
    pub prefers_channel: Sides<bool>,
    /// How the name of a party travels.
    pub name: Sides<NameBy>,
    /// The characters of names in Display, and whether a display type stands before them.
    pub name_style: NameStyle,
    /// How a call tells that it was diverted.
    pub diversion: DiversionBy,
    /// Which standard gives the operations in Facility their values.
    pub syntax: Syntax,
    /// How a user has two calls joined by the network.
    pub transfer: TransferBy,
    /// What we say of who vouches for a calling number that may be shown; none where it is as the box has it.
    pub shown_screening: Option<Screening>,
    /// Where our causes and progress indications come from.
    pub location: Sides<Location>,
    /// The messages that take channels in and out of service.
    pub maintenance: Option<ServicePractice>,
    /// Several interfaces may share one D-channel.
    pub shared_d_channel: bool,
    /// Timers that run otherwise than Q.931 says, in seconds.
    timers_s: &'static [(Timer, Sides<u64>)],
}

/// What holds for those who play the user, and for those who play the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides<T> {
    /// At the user.
    pub user: T,
    /// At the network.
    pub network: T,
}

impl<T: Copy> Sides<T> {
    /// What holds for a role.
    pub const fn of(self, role: Role) -> T {
        match role {
            Role::User => self.user,
            Role::Network => self.network,
        }
    }

    const fn both(value: T) -> Sides<T> {
        Sides { user: value, network: value }
    }
}

/// The digital line under a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// 2,048 kbit/s: 30 B-channels in timeslots 1 to 15 and 17 to 31, D-channel in 16, speech in A-law.
    E1,
    /// 1,544 kbit/s: 23 B-channels in timeslots 1 to 23, D-channel in 24, speech in µ-law.
    T1,
}

/// Where Sending complete stands in a SETUP whose number is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendingComplete {
    /// Before all other elements.
    First,
    /// Where its identifier puts it.
    InPlace,
    /// Nowhere: the dialect does not have it.
    Never,
}

/// How the name of a party travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameBy {
    /// It does not.
    Nothing,
    /// As Display.
    Display,
    /// As an operation of QSIG in Facility, ECMA-164.
    QsigFacility,
    /// As an operation of National ISDN in Facility, SR-4994, clause 14.
    Ni2Facility,
}

/// How a call tells that it was diverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiversionBy {
    /// As Redirecting number.
    Element,
    /// As divertingLegInformation of EN 300 207-1 in Facility.
    EtsiFacility,
    /// As divertingLegInformation of ECMA-174 in Facility.
    QsigFacility,
}

/// How a user has two calls joined by the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferBy {
    /// Not at all. In a private network the exchange joins them itself and tells both ends, ECMA-178.
    Nothing,
    /// The network names one call, and the other is joined with the name: EN 300 369-1.
    Link,
    /// The same on DMS-100: release link trunk.
    ReleaseLink,
    /// One call is joined with the call reference of the other: two B-channel transfer, GR-2865-CORE.
    Reference,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 7] = [
        Dialect::EuroIsdn,
        Dialect::China,
        Dialect::Qsig,
        Dialect::Ni2,
        Dialect::Dms100,
        Dialect::Att4ess,
        Dialect::Lucent5ess,
    ];

    /// The row of a dialect.
    pub const fn rules(self) -> Rules {
        match self {
            Dialect::EuroIsdn => EURO_ISDN,
            Dialect::China => CHINA,
            Dialect::Qsig => QSIG,
            Dialect::Ni2 => NI_2,
            Dialect::Dms100 => DMS_100,
            Dialect::Att4ess => ATT_4ESS,
            Dialect::Lucent5ess => LUCENT_5ESS,
        }
    }
}

impl LineKind {
    /// The channels that carry calls, where the D-channel is on the same line.
    pub const fn channels(self) -> TimeslotSet {
        match self {
            LineKind::E1 => TimeslotSet::E1,
            LineKind::T1 => TimeslotSet::T1,
        }
    }

    /// A bearer whose speech is coded as the line codes it.
    pub(crate) fn adapt(self, bearer: Bearer) -> Bearer {
        let layer1 = match (self, bearer.layer1) {
            (LineKind::E1, Some(Layer1::MuLaw)) => Some(Layer1::ALaw),
            (LineKind::T1, Some(Layer1::ALaw)) => Some(Layer1::MuLaw),
            (_, as_it_is) => as_it_is,
        };
        Bearer { layer1, ..bearer }
    }
}

impl Rules {
    /// A calling number as the dialect lets us vouch for it.
    pub(crate) fn vouch(&self, mut calling: PartyNumber) -> PartyNumber {
        if let (Some(screening), Presentation::Allowed) = (self.shown_screening, calling.presentation) {
            calling.screening = screening;
        }
        calling
    }

    /// The timers of a span in this role.
    pub fn timers(&self, role: Role) -> TimerTable {
        let mut table = TimerTable::of(role);
        for (timer, seconds) in self.timers_s {
            table.set(*timer, Duration::from_secs(seconds.of(role)));
        }
        table
    }
}

const EURO_ISDN: Rules = Rules {
    line: LineKind::E1,
    sending_complete: SendingComplete::InPlace,
    overlap: true,
    prefers_channel: Sides { user: true, network: false },
    // EN 300 403-1, clause 3: Display goes from the network to the user only.
    name: Sides { user: NameBy::Nothing, network: NameBy::Display },
    name_style: NameStyle { charset: Charset::Latin1, display_type: None },
    // EN 300 207-1, 9: a private exchange on a point-to-point line, either way.
    diversion: DiversionBy::EtsiFacility,
    syntax: Syntax::Etsi,
    transfer: TransferBy::Link,
    shown_screening: None,
    location: Sides { user: Location::User, network: Location::PrivateLocal },
    maintenance: None,
    shared_d_channel: false,
    timers_s: &[],
};

const CHINA: Rules = Rules {
    sending_complete: SendingComplete::First,
    prefers_channel: Sides::both(true),
    // GB 18030 and its forerunners are what exchanges and telephones of China show.
    name_style: NameStyle { charset: Charset::Gbk, display_type: None },
    // Recalled: carriers hand on what their SS7 side has as Redirecting number; EN 300 207 is rarely switched on.
    diversion: DiversionBy::Element,
    ..EURO_ISDN
};

const QSIG: Rules = Rules {
    name: Sides::both(NameBy::QsigFacility),
    diversion: DiversionBy::QsigFacility,
    syntax: Syntax::Private,
    transfer: TransferBy::Nothing,
    prefers_channel: Sides::both(true),
    // Both ends are private exchanges, whatever side of the link they play.
    location: Sides::both(Location::PrivateLocal),
    // Recalled: one table for both sides. The 10 s that Q.931 gives a network for T310 would cut calls in transit.
    timers_s: &[(Timer::T304, Sides::both(20)), (Timer::T310, Sides::both(120))],
    ..EURO_ISDN
};

const NI_2: Rules = Rules {
    line: LineKind::T1,
    // The called number is sent en bloc.
    sending_complete: SendingComplete::Never,
    overlap: false,
    name: Sides::both(NameBy::Ni2Facility),
    // libpri writes it so, and to the exchanges below as well.
    name_style: NameStyle { charset: Charset::Latin1, display_type: Some(Display::NAME) },
    diversion: DiversionBy::Element,
    syntax: Syntax::Ni2,
    transfer: TransferBy::Reference,
    maintenance: Some(ServicePractice::National),
    shared_d_channel: true,
    // Cisco 47691: 30 s at the user, 10 s at the network.
    timers_s: &[(Timer::T310, Sides { user: 30, network: 10 })],
    ..EURO_ISDN
};

const DMS_100: Rules = Rules {
    // NIS-A211-1 and NEC: Display, which the exchange may put into codeset 6; only the network sends it.
    name: Sides { user: NameBy::Nothing, network: NameBy::Display },
    // libpri: a number that may be shown must be the network's, or the exchange refuses the element.
    shown_screening: Some(Screening::Network),
    syntax: Syntax::Dms100,
    transfer: TransferBy::ReleaseLink,
    maintenance: Some(ServicePractice::Att),
    timers_s: &[],
    ..NI_2
};

const ATT_4ESS: Rules = Rules {
    // NEC: a 4ESS delivers no names.
    name: Sides::both(NameBy::Nothing),
    // libpri: joins calls as National ISDN does.
    syntax: Syntax::Ni2,
    transfer: TransferBy::Reference,
    ..DMS_100
};

const LUCENT_5ESS: Rules = Rules {
    // NEC: the 5ESS custom delivers names as National ISDN does, and takes none.
    name: Sides { user: NameBy::Nothing, network: NameBy::Ni2Facility },
    maintenance: Some(ServicePractice::Att),
    timers_s: &[],
    ..NI_2
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_has_a_row_and_stands_once_in_the_list() {
        for (at, dialect) in Dialect::ALL.into_iter().enumerate() {
            assert_eq!(dialect as usize, at);
        }
    }

    #[test]
    fn what_needs_service_messages_has_them() {
        for rules in Dialect::ALL.map(Dialect::rules) {
            // A backup D-channel is switched to by SERVICE.
            assert!(!rules.shared_d_channel || rules.maintenance.is_some());
            assert!(rules.overlap || rules.sending_complete == SendingComplete::Never, "nothing would be complete");
        }
    }

    #[test]
    fn ni_2_waits_as_cisco_says_and_qsig_waits_alike_on_both_sides() {
        let timer = |dialect: Dialect, role, timer| dialect.rules().timers(role).get(timer).as_secs();
        assert_eq!(timer(Dialect::Ni2, Role::User, Timer::T310), 30);
        assert_eq!(timer(Dialect::Ni2, Role::Network, Timer::T310), 10);
        for which in [Timer::T304, Timer::T310] {
            assert_eq!(timer(Dialect::Qsig, Role::User, which), timer(Dialect::Qsig, Role::Network, which));
        }
        assert_eq!(timer(Dialect::China, Role::User, Timer::T310), 120);
    }
}
