//! What supplementary services of a span tell, as call control says it.
//!
//! Source: the operations of EN 300 182-1, EN 300 207-1, EN 300 369-1, ECMA-178 and ECMA-164 as `isdn` reads them.
//! Not here: services that the box is asked to do (`span`).

use call::{Charge, LegTold, Notice, Party, PartyChange, Price, Priced, Rate, ServiceRefusal, Terminal, Wanted};
use isdn::{
    CallHandle, Event, Particulars,
    q931::element::{Characteristics, HighLayer, Notification},
    suppl::{self, Advice, ChargedItem, Money, Period, Refusal, Scale, ServiceError, Step, Tariff},
};

use super::parties::{self, Parties};

/// What an event tells of its call; `None` where it is no service, or nothing that people need to know.
pub(super) fn told(parties: &Parties, event: &Event) -> Option<(CallHandle, LegTold)> {
    Some(match event {
        Event::Charge { call, advice } => (*call, charge_told(advice)),
        Event::PartyName { call, name } => {
            let name = parties.name(name)?;
            (*call, LegTold::Party { change: PartyChange::Named, party: Party::NotAvailable, name: Some(name) })
        }
        Event::OtherParty { call, party } => {
            let change = change(party.change);
            let (party, name) = parties.other(&party.party, party.name.as_ref());
            (*call, LegTold::Party { change, party, name })
        }
        Event::Diverted { call, reason, to } => {
            let (to, reason) = (parties.diverted_to(to.as_ref()), parties::reason(*reason));
            (*call, LegTold::DivertedTo { to, reason })
        }
        Event::Notified { call, notification } => (*call, LegTold::Notice(notice(*notification)?)),
        Event::Information { call, display: Some(text), .. } => (*call, LegTold::Text(parties.name(text)?)),
        Event::UserUser { call, user_user } => (*call, LegTold::UserUser { octets: octets(user_user.octets.len()) }),
        Event::MaliciousCallKept { call, refused } => (*call, LegTold::CallerKept { refused: refused.map(refusal) }),
        Event::MaliciousCall { call } => (*call, LegTold::MaliciousCall),
        Event::CompletionOffered { call } => (*call, LegTold::CompletionOffered),
        _ => return None,
    })
}

/// `None` for what is told in more detail elsewhere, or has no meaning to people: a bearer that changed, a component.
const fn notice(notification: Notification) -> Option<Notice> {
    Some(match notification {
        Notification::RemoteHold => Notice::Held,
        Notification::RemoteRetrieval => Notice::Retrieved,
        Notification::UserSuspended => Notice::Suspended,
        Notification::UserResumed => Notice::Resumed,
        Notification::CallIsWaiting | Notification::CompletionDelayed => Notice::Waits,
        Notification::DiversionActivated | Notification::CallIsDiverting => Notice::Diverted,
        Notification::ConferenceEstablished => Notice::Conference,
        Notification::ConferenceDisconnected => Notice::ConferenceOver,
        Notification::TransferredAlerting | Notification::TransferredActive => Notice::Transferred,
        Notification::BearerChanged | Notification::Component | Notification::IsoComponent | Notification::Other(_) => {
            return None;
        }
    })
}

/// What a SETUP wants beside the number.
pub(super) fn wanted(particulars: &Particulars) -> Wanted {
    let subaddress = particulars.called_subaddress.as_ref().and_then(|subaddress| subaddress.text());
    Wanted {
        subaddress: subaddress.map(str::to_owned),
        terminal: particulars.high_layer.as_ref().map(terminal),
        keypad_digits: particulars.keypad.map_or(0, |digits| octets(digits.as_str().len())),
        user_user_octets: particulars.user_user.as_ref().map_or(0, |user_user| octets(user_user.octets.len())),
    }
}

fn terminal(high: &HighLayer) -> Terminal {
    match high.characteristics {
        Characteristics::Telephony => Terminal::Telephone,
        Characteristics::FaxGroup3 | Characteristics::FaxGroup4 => Terminal::Fax,
        Characteristics::Videotelephony => Terminal::Video,
        Characteristics::Other(_) => Terminal::Other,
    }
}

fn charge_told(advice: &Advice) -> LegTold {
    let (charge, at_end) = match advice {
        Advice::Tariff(Tariff::Prices(prices)) => return LegTold::Tariff(prices.iter().map(price).collect()),
        Advice::Tariff(Tariff::NotAvailable | Tariff::Special(_)) => return LegTold::Tariff(Vec::new()),
        Advice::SoFar(so_far) => (&so_far.charge, false),
        Advice::AtEnd(at_end) => (&at_end.charge, true),
    };
    LegTold::Charge { charge: charge_of(charge), at_end }
}

fn price(price: &suppl::Price) -> Price {
    let of = match price.item {
        ChargedItem::Conversation => Priced::Conversation,
        ChargedItem::Attempt => Priced::Attempt,
        ChargedItem::Setup => Priced::Setup,
        ChargedItem::UserUser | ChargedItem::Service | ChargedItem::Other(_) => Priced::Service,
    };
    let money = |money: Money| (money.currency.to_string(), thousandths(money));
    let rate = match price.rate {
        suppl::Rate::Free => Rate::Free,
        suppl::Rate::Flat(flat) => {
            let (currency, thousandths) = money(flat);
            Rate::Flat { currency, thousandths }
        }
        suppl::Rate::Time { money: each, time, .. } => {
            let (currency, thousandths) = money(each);
            Rate::Time { currency, thousandths, every_ms: milliseconds(time) }
        }
        suppl::Rate::Special(_) | suppl::Rate::Volume { .. } | suppl::Rate::NotAvailable => Rate::NotAvailable,
    };
    Price { of, rate }
}

fn milliseconds(time: Period) -> u64 {
    let scale = match time.scale {
        Scale::Hundredth => 10,
        Scale::Tenth => 100,
        Scale::Second | Scale::Other(_) => 1000,
        Scale::TenSeconds => 10_000,
        Scale::Minute => 60_000,
        Scale::Hour => 3_600_000,
        Scale::Day => 86_400_000,
    };
    u64::from(time.number) * scale
}

fn charge_of(charge: &suppl::Charge) -> Charge {
    match charge {
        suppl::Charge::NotAvailable => Charge::NotAvailable,
        suppl::Charge::Free => Charge::Free,
        suppl::Charge::Money(money) => {
            Charge::Money { currency: money.currency.to_string(), thousandths: thousandths(*money) }
        }
        suppl::Charge::Units(units) => match units.iter().map(|units| units.number.map(u64::from)).sum() {
            Some(units) => Charge::Units { units },
            // Of one kind the network does not know how many.
            None => Charge::NotAvailable,
        },
    }
}

fn thousandths(money: Money) -> u64 {
    let step = match money.amount.step {
        Step::Thousandth => 1,
        Step::Hundredth => 10,
        Step::Tenth => 100,
        Step::One | Step::Other(_) => 1000,
        Step::Ten => 10_000,
        Step::Hundred => 100_000,
        Step::Thousand => 1_000_000,
    };
    u64::from(money.amount.number) * step
}

fn change(change: suppl::PartyChange) -> PartyChange {
    match change {
        suppl::PartyChange::Joined { alerting: true, .. } => PartyChange::TransferredRinging,
        suppl::PartyChange::Joined { .. } | suppl::PartyChange::Answered => PartyChange::Transferred,
        suppl::PartyChange::Updated => PartyChange::Updated,
    }
}

pub(super) fn refusal(refused: Refusal) -> ServiceRefusal {
    match refused {
        Refusal::NotInDialect | Refusal::NotUnderstood => ServiceRefusal::NotThere,
        Refusal::NotNow => ServiceRefusal::NotNow,
        Refusal::NoAnswer => ServiceRefusal::NoAnswer,
        Refusal::CallEnded => ServiceRefusal::CallEnded,
        Refusal::DeniedForNow | Refusal::DeniedForLong => ServiceRefusal::Refused,
        Refusal::Error(ServiceError::NotSubscribed) => ServiceRefusal::NotSubscribed,
        Refusal::Error(ServiceError::NotImplemented) => ServiceRefusal::NotThere,
        Refusal::Error(ServiceError::InvalidCallState) => ServiceRefusal::NotNow,
        Refusal::Error(ServiceError::NotIncomingCall) => ServiceRefusal::NotIncoming,
        Refusal::Error(_) => ServiceRefusal::Refused,
    }
}

/// An element has fewer than 256 octets.
fn octets(len: usize) -> u8 {
    u8::try_from(len).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use isdn::q931::element::Display;
    use settings::{Settings, TrunkGroup};

    use super::*;

    #[test]
    fn a_text_that_the_network_sends_in_a_call_is_told_as_it_reads_and_no_text_is_nothing() {
        let group: TrunkGroup = toml::from_str("name = \"city\"\nports = [\"E1.1\"]").expect("a trunk group");
        let parties = Parties::of(&group, &Settings::default());
        let information =
            |display| Event::Information { call: CallHandle { slot: 0, generation: 0 }, keypad: None, display };
        let text = |text: &str| Some(Display::from_text(text));
        let told = |display| told(&parties, &information(display)).map(|(_, told)| told);
        assert_eq!(told(text("请稍候 3 min")), Some(LegTold::Text("请稍候 3 min".into())));
        assert_eq!(told(None), None);
    }
}
