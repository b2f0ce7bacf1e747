//! Charges, malicious calls and transfer: EN 300 182-1, EN 300 130-1, EN 300 369-1, ECMA-178, GR-2865-CORE, GR-2857-CORE.

use isdn::{
    CallHandle, Event, Request, Role,
    q931::element::NumberElement,
    suppl::{
        Advice, Charge, ChargeAtEnd, ChargeSoFar, ChargedItem, Mailbox, MessagesWaiting, Money, PartyChange, Period,
        Price, Rate, Refusal, Scale, ServiceError, T_RESPONSE, Tariff, TransferEnd, Units,
    },
};

use super::{holds, same, talking_in, talking_out};
use crate::{
    line::{Line, Miss, Seen, Verdict},
    row::Switch,
};

/// libpri's words for what a charge is told in: PRI_AOC_DE_CHARGE_CURRENCY and PRI_AOC_DE_CHARGE_UNITS.
const IN_CURRENCY: i64 = 2;
const IN_UNITS: i64 = 3;

/// Its words for what is charged, PRI_AOC_CHARGED_ITEM, and how, PRI_AOC_RATE_TYPE: [item, rate, sum].
const EACH_MINUTE: [i64; 3] = [2, 3, 25];
const ITS_SETUP: [i64; 3] = [4, 4, 25];

fn units(number: u32) -> Charge {
    Charge::Units([Units { number: Some(number), kind: None }].into())
}

fn yuan(hundredths: u32) -> Seen<Charge> {
    Money::hundredths("CNY", hundredths).map(Charge::Money).ok_or_else(|| Miss("a small sum".to_owned()))
}

fn tells_charges(line: &Line) -> bool {
    line.column.switch == Switch::Euro
}

/// A quarter each minute, and once for the setup.
fn tariff() -> Seen<Advice> {
    let money = Money::hundredths("CNY", 25).ok_or_else(|| Miss("a small sum".to_owned()))?;
    let time = Period { number: 1, scale: Scale::Minute };
    let talk = Rate::Time { money, stepwise: false, time, granularity: None };
    let price = |item, rate| Price { item, rate };
    let prices = [price(ChargedItem::Conversation, talk), price(ChargedItem::Setup, Rate::Flat(money))];
    Ok(Advice::Tariff(Tariff::Prices(prices.into())))
}

pub fn tariff_in(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.far("enable aoc")?;
    let taken = line.far_may(&format!("aoc id={id} kind=s cost=25 currency=CNY"));
    if !tells_charges(line) {
        return Ok(Verdict::NotInDialect("only EuroISDN tells charges; libpri sends none"));
    }
    holds(taken, || "libpri refuses the command".to_owned())?;
    same("tariff", charge(line, call)?, tariff()?)?;
    Ok(Verdict::Held)
}

pub fn tariff_out(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.far("enable aoc")?;
    line.asks(Request::Charge { call, advice: Box::new(tariff()?) });
    if !tells_charges(line) {
        same("requests that did not fit", line.span().counters().misfits, 1)?;
        return Ok(Verdict::NotInDialect("only EuroISDN tells charges; the request is counted"));
    }
    let told = line.told("FACILITY")?;
    same("libpri's prices", told.number("aoc_s"), 2)?;
    same("the conversation", told.numbers("price_0"), EACH_MINUTE.to_vec())?;
    same("the setup", told.numbers("price_1"), ITS_SETUP.to_vec())?;
    Ok(Verdict::Held)
}

pub fn charge_in(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.far("enable aoc")?;
    let taken = line.far_may(&format!("aoc id={id} kind=d charge=units units=7"));
    if !tells_charges(line) {
        return Ok(Verdict::NotInDialect("only EuroISDN tells charges; libpri sends none"));
    }
    holds(taken, || "libpri refuses the command".to_owned())?;
    let so_far = ChargeSoFar { charge: units(7), total: false, billing: None };
    same("charge so far", charge(line, call)?, Advice::SoFar(so_far))?;
    line.far(format!("aoc id={id} kind=e charge=currency cost=1234 currency=CNY"))?;
    line.far(format!("hangup id={id} cause=16"))?;
    let at_end = ChargeAtEnd { charge: yuan(1234)?, billing: None, association: None };
    same("charge at the end", charge(line, call)?, Advice::AtEnd(at_end))?;
    line.released(call)?;
    Ok(Verdict::Held)
}

fn charge(line: &mut Line, call: CallHandle) -> Seen<Advice> {
    line.event("Charge", |event| match event {
        Event::Charge { call: other, advice } if *other == call => Some(Advice::clone(advice)),
        _ => None,
    })
}

pub fn charge_out(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.far("enable aoc")?;
    let so_far = Advice::SoFar(ChargeSoFar { charge: units(7), total: true, billing: None });
    line.asks(Request::Charge { call, advice: Box::new(so_far) });
    if !tells_charges(line) {
        same("requests that did not fit", line.span().counters().misfits, 1)?;
        return Ok(Verdict::NotInDialect("only EuroISDN tells charges; the request is counted"));
    }
    let told = line.told("FACILITY")?;
    same("libpri's charge", (told.number("aoc_d"), told.number("units")), (IN_UNITS, 7))?;
    let at_end = Advice::AtEnd(ChargeAtEnd { charge: yuan(345)?, billing: None, association: None });
    line.asks(Request::Charge { call, advice: Box::new(at_end) });
    line.asks(Request::Clear { call, cause: isdn::Cause::NormalClearing, audible: false });
    let told = line.told("HANGUP_REQ")?;
    same("libpri's charge at the end", (told.number("aoc_e"), told.number("cost")), (IN_CURRENCY, 345))?;
    line.released(call)?;
    Ok(Verdict::Held)
}

pub fn malicious_in(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.far("enable mcid")?;
    let taken = line.far_may(&format!("mcid id={id}"));
    if !tells_charges(line) {
        holds(!taken, || "libpri takes the command".to_owned())?;
        return Ok(Verdict::NotInDialect("only EuroISDN has the service; libpri refuses the command"));
    }
    let told = line.told("FACILITY")?;
    if line.we_are_network() {
        same("libpri's answer", told.number("mcid_rsp"), 0)?;
        line.event("MaliciousCall", |event| {
            matches!(event, Event::MaliciousCall { call: other } if *other == call).then_some(())
        })?;
    } else {
        // libpri's "error", with its number for "not available".
        same("libpri's answer", told.number("mcid_rsp"), 2)?;
    }
    Ok(Verdict::Held)
}

pub fn malicious_out(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.far("enable mcid")?;
    line.asks(Request::IdentifyMaliciousCall { call });
    let refused = line.event("MaliciousCallKept", |event| match event {
        Event::MaliciousCallKept { call: other, refused } if *other == call => Some(*refused),
        _ => None,
    })?;
    if !tells_charges(line) || line.we_are_network() {
        same("refused", refused, Some(Refusal::NotInDialect))?;
        return Ok(Verdict::NotInDialect("only users of EuroISDN have the service; we refuse at once"));
    }
    same("refused", refused, None)?;
    same("libpri's request", line.told("FACILITY")?.number("mcid_req"), 1)?;
    Ok(Verdict::Held)
}

/// ECMA-242, over a connection for signalling alone; EN 300 745-1.
pub fn messages_in(line: &mut Line) -> Seen<Verdict> {
    for (command, waits) in [("mailbox number=803 waiting=1 count=2", true), ("mailbox number=803 waiting=0", false)] {
        let taken = line.far_may(command);
        if line.column.switch != Switch::Qsig {
            holds(!taken, || "libpri takes the command".to_owned())?;
            return Ok(Verdict::NotInDialect(
                "libpri tells of messages in a private network, or on a bus of telephones",
            ));
        }
        let told = line.event("MessagesWaiting", |event| match event {
            Event::MessagesWaiting(told) => Some(told.clone()),
            _ => None,
        })?;
        same("waiting", told.waiting, waits)?;
        same("whose", told.mailbox.whose, Some(extension()))?;
    }
    Ok(Verdict::Held)
}

pub fn messages_out(line: &mut Line) -> Seen<Verdict> {
    let mailbox = Mailbox { whose: Some(extension()), count: Some(2), ..Mailbox::default() };
    line.asks(Request::TellMessages { tag: 7, messages: Box::new(MessagesWaiting { mailbox, waiting: true }) });
    let refused = line.event_within(T_RESPONSE + line.patience(), "MessagesTold", |event| match event {
        Event::MessagesTold { tag: 7, refused } => Some(*refused),
        _ => None,
    })?;
    match (line.column.switch, refused) {
        (Switch::Euro, None) if line.we_are_network() => {
            Ok(Verdict::FarEnd("as a user it hears the indication, and does not tell its owner"))
        }
        (Switch::Qsig, Some(Refusal::CallEnded | Refusal::NoAnswer)) => {
            Ok(Verdict::FarEnd("it takes no connection for signalling alone, cause 69"))
        }
        (switch, Some(Refusal::NotInDialect)) if switch != Switch::Qsig => {
            Ok(Verdict::NotInDialect("only private networks and networks of EuroISDN tell; we refuse at once"))
        }
        (_, other) => Err(Miss(format!("refused: {other:?}"))),
    }
}

fn extension() -> NumberElement {
    super::number("803")
}

/// A call each way; ours first.
fn two_calls(line: &mut Line) -> Seen<[(CallHandle, i64); 2]> {
    line.far("enable transfer")?;
    let theirs = talking_in(line)?;
    Ok([talking_out(line)?, theirs])
}

pub fn transfer_in(line: &mut Line) -> Seen<Verdict> {
    let [(ours, our_id), (theirs, their_id)] = two_calls(line)?;
    let taken = line.far_may(&format!("transfer id={our_id} to={their_id}"));
    if line.column.switch == Switch::Qsig {
        return joined_by_far_end(line, ours, theirs);
    }
    if !taken {
        return Ok(Verdict::NotInDialect("libpri has no transfer for this side of this switch"));
    }
    if line.column.peer == Role::Network {
        return Ok(Verdict::NotInDialect("a network joins calls without asking its user"));
    }
    let asked = line.event("TransferAsked", |event| match event {
        Event::TransferAsked { call, to } => Some([*call, *to]),
        _ => None,
    })?;
    holds(asked.contains(&ours) && asked.contains(&theirs), || format!("{asked:?} are not the two calls"))?;
    line.asks(Request::AnswerTransfer { call: asked[0], accepted: true });
    for call in asked {
        line.asks(Request::Clear { call, cause: isdn::Cause::NormalClearing, audible: false });
        line.released(call)?;
    }
    Ok(Verdict::Held)
}

/// ECMA-178: both of us hear of it, and the calls stay as they are.
fn joined_by_far_end(line: &mut Line, ours: CallHandle, theirs: CallHandle) -> Seen<Verdict> {
    let mut ends = Vec::new();
    for call in [ours, theirs] {
        let change = line.event("OtherParty", |event| match event {
            Event::OtherParty { call: other, party } if *other == call => Some(party.change),
            _ => None,
        })?;
        let PartyChange::Joined { end, .. } = change else { return Err(Miss(format!("{change:?} is no transfer"))) };
        ends.push(end);
    }
    holds(ends.contains(&TransferEnd::Primary) && ends.contains(&TransferEnd::Secondary), || format!("ends {ends:?}"))?;
    Ok(Verdict::Held)
}

pub fn transfer_out(line: &mut Line) -> Seen<Verdict> {
    let [(call, _), (to, _)] = two_calls(line)?;
    line.asks(Request::Transfer { call, to });
    if let Some(told) = line.told("FACILITY").ok().filter(|told| told.number("invoke") >= 0) {
        let id = told.id();
        line.far(format!("transferred id={id} invoke={}", told.number("invoke")))?;
        // The result goes along with the DISCONNECT.
        line.far(format!("hangup id={id} cause=16"))?;
    }
    let answered =
        line.event_within(T_RESPONSE + line.patience(), "an answer to the transfer", |event| match event {
            Event::Transferred { .. } => Some(None),
            Event::TransferRefused { why, .. } => Some(Some(*why)),
            _ => None,
        })?;
    match answered {
        None => Ok(Verdict::Held),
        Some(Refusal::NotInDialect) if line.we_are_network() || line.column.switch == Switch::Qsig => {
            Ok(Verdict::NotInDialect("a network and a private exchange join calls themselves; we refuse at once"))
        }
        Some(Refusal::NotNow) if line.column.switch == Switch::Dms100 => {
            Ok(Verdict::FarEnd("as a network it gives no call a name by which it could be transferred"))
        }
        Some(Refusal::NotUnderstood | Refusal::NoAnswer | Refusal::Error(ServiceError::NotAvailable))
            if line.column.switch != Switch::Euro =>
        {
            Ok(Verdict::FarEnd("as a network it has no transfer but that of EuroISDN"))
        }
        Some(why) => Err(Miss(format!("refused: {why:?}"))),
    }
}
