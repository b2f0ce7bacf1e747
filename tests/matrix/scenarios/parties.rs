//! Who calls, who answers, and who sent the call on: Q.951, Q.952, Q.957; EN 300 207-1, ECMA-164 and -174 in Facility.

use isdn::{
    ConnectedParty, Event, NameBy, Particulars, Request, SetupRequest,
    q931::element::{
        Bearer, Display, Presentation, RedirectingNumber, RedirectionReason, Subaddress, UserProtocol, UserUser,
    },
    suppl::{OtherParty, PartyChange, TransferEnd},
};

use super::{CALLED, CALLING, MINUTE, answer, basic::proceed, caller, holds, same, speech, talking_in, talking_out};
use crate::{
    line::{Line, Miss, Seen, Verdict},
    row::Switch,
};

const DIVERTED_FROM: &str = "62009999";
const NAME: &str = "Zhang San";

/// After a transfer at the far end: EN 300 369-1 (`ectInform`), ECMA-178 (`callTransferComplete`).
pub fn other_party_in(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.far(format!("connected id={id} number=62005678 name=Zhang%20San"))?;
    if !tells_other_parties(line) {
        return Ok(Verdict::NotInDialect("libpri tells of another party in EuroISDN and QSIG only"));
    }
    let party = line.event("OtherParty", |event| match event {
        Event::OtherParty { call: other, party } if *other == call => Some(party.clone()),
        _ => None,
    })?;
    same("number", party.party.number.digits.as_str(), "62005678")?;
    let name = (line.column.switch == Switch::Qsig).then(|| NAME.to_owned());
    same("name", party.name.as_ref().map(text_of), name)?;
    Ok(Verdict::Held)
}

pub fn other_party_out(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    let change = match line.column.switch {
        Switch::Qsig => PartyChange::Joined { end: TransferEnd::Primary, alerting: false },
        _ => PartyChange::Answered,
    };
    let party = OtherParty { change, party: caller("62005678"), name: Some(Display::from_text(NAME)) };
    line.asks(Request::OtherParty { call, party: Box::new(party) });
    let told_by_network = line.column.switch != Switch::Euro || line.we_are_network();
    if !tells_other_parties(line) || !told_by_network {
        same("requests that did not fit", line.span().counters().misfits, 1)?;
        return Ok(Verdict::NotInDialect("there are no words for it on this side; the request is counted"));
    }
    let told = line.told("FACILITY")?;
    same("libpri's number", told.text("connected"), "62005678")?;
    let name = if line.column.switch == Switch::Qsig { NAME } else { "" };
    same("libpri's name", told.text("connected_name"), name)?;
    Ok(Verdict::Held)
}

fn tells_other_parties(line: &Line) -> bool {
    matches!(line.column.switch, Switch::Euro | Switch::Qsig)
}

/// libpri sends names as EuroISDN's network in Display, elsewhere mostly in Facility, of NI-2 sometimes behind the SETUP.
pub fn name_in(line: &mut Line) -> Seen<Verdict> {
    let id = line.far(format!("setup called={CALLED} caller={CALLING} name=Zhang%20San chan=1"))?;
    let (call, setup) = line.rings()?;
    line.asks(Request::Proceeding { call });
    let name = setup.display.as_ref().map(text_of).or_else(|| name_behind_setup(line));
    line.far(format!("hangup id={id} cause=16"))?;
    line.released(call)?;
    match (name, line.column.switch) {
        (Some(name), _) => same("name", name.as_str(), NAME).map(|()| Verdict::Held),
        (None, Switch::Euro) if line.we_are_network() => {
            Ok(Verdict::NotInDialect("a user of EuroISDN sends no name; libpri follows that"))
        }
        (None, _) => Err(Miss("no name".to_owned())),
    }
}

/// Without the display type that QSIG and NI-2 put first.
fn text_of(display: &Display) -> String {
    let octets = display.octets();
    String::from_utf8_lossy(octets.strip_prefix(&[0xb1]).unwrap_or(octets)).into_owned()
}

fn name_behind_setup(line: &mut Line) -> Option<String> {
    let name = line.event("PartyName", |event| match event {
        Event::PartyName { name, .. } => Some(text_of(name)),
        _ => None,
    });
    name.ok()
}

/// Our name, as the dialect carries it.
pub fn name_out(line: &mut Line) -> Seen<Verdict> {
    line.places(SetupRequest { display: Some(Display::from_text(NAME)), ..speech() })?;
    let ring = line.told("RING")?;
    proceed(line, &ring)?;
    if line.rules().name.of(line.column.peer.opposite()) == NameBy::Nothing {
        same("libpri's name", ring.text("name"), "")?;
        return Ok(Verdict::NotInDialect("this side of it sends no name"));
    }
    let told = [ring.text("name"), ring.text("display")].concat();
    holds(told.contains(NAME), || format!("libpri's name: {ring:?}"))?;
    Ok(Verdict::Held)
}

/// 1 is libpri's reason "busy".
pub fn diverted_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} redir={DIVERTED_FROM} redirreason=1 chan=1"))?;
    let (call, setup) = line.rings()?;
    let redirecting = setup.particulars.redirecting.ok_or_else(|| Miss("not diverted".to_owned()))?;
    same("diverted from", redirecting.party.number.digits.as_str(), DIVERTED_FROM)?;
    same("reason", redirecting.reason, Some(RedirectionReason::Busy))?;
    answer(line, call);
    line.told("ANSWER")?;
    line.connected(call)?;
    Ok(Verdict::Held)
}

pub fn diverted_out(line: &mut Line) -> Seen<Verdict> {
    let redirecting = RedirectingNumber { party: caller(DIVERTED_FROM), reason: Some(RedirectionReason::Busy) };
    let ring = places(line, Particulars { redirecting: Some(redirecting), ..Particulars::default() })?;
    same("libpri's diverting number", ring.text("redirecting"), DIVERTED_FROM)?;
    same("libpri's reason", ring.number("reason"), 1)?;
    Ok(Verdict::Held)
}

pub fn user_user_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} uui=VIP=1 chan=1"))?;
    let (_, setup) = line.rings()?;
    let octets = setup.particulars.user_user.map(|user| user.octets.to_vec());
    same("user-user", octets.as_deref(), Some(&b"VIP=1"[..]))?;
    Ok(Verdict::Held)
}

pub fn user_user_out(line: &mut Line) -> Seen<Verdict> {
    let user_user = UserUser { protocol: UserProtocol::Ia5, octets: b"TICKET7".iter().copied().collect() };
    let ring = places(line, Particulars { user_user: Some(user_user), ..Particulars::default() })?;
    same("libpri's user-user", ring.text("uui"), "TICKET7")?;
    Ok(Verdict::Held)
}

pub fn keypad_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} keypad=*21# chan=1"))?;
    let (_, setup) = line.rings()?;
    same("keypad", setup.particulars.keypad.map(|digits| digits.as_str().to_owned()).as_deref(), Some("*21#"))?;
    Ok(Verdict::Held)
}

pub fn keypad_out(line: &mut Line) -> Seen<Verdict> {
    let keypad = Some("*43#".parse().expect("digits"));
    let ring = places(line, Particulars { keypad, ..Particulars::default() })?;
    same("libpri's keypad", ring.text("keypad"), "*43#")?;
    Ok(Verdict::Held)
}

pub fn subaddress_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} calledsub=P042 chan=1"))?;
    let (_, setup) = line.rings()?;
    let subaddress = setup.particulars.called_subaddress;
    // libpri writes the octets without the format that Q.931, table 4-12, puts first.
    let octets = subaddress.map(|subaddress| subaddress.octets.to_vec()).unwrap_or_default();
    holds(octets.ends_with(b"P042"), || format!("subaddress {octets:02x?}"))?;
    Ok(Verdict::Held)
}

pub fn subaddress_out(line: &mut Line) -> Seen<Verdict> {
    let called_subaddress = Subaddress::from_text("0815");
    holds(called_subaddress.is_some(), || "a short text".to_owned())?;
    let ring = places(line, Particulars { called_subaddress, ..Particulars::default() })?;
    let heard = ring.text("subaddr");
    holds(heard.ends_with("0815"), || format!("libpri's subaddress: {ring:?}"))?;
    Ok(Verdict::Held)
}

fn places(line: &mut Line, particulars: Particulars) -> Seen<crate::peer::Told> {
    line.places(SetupRequest { particulars, ..speech() })?;
    let ring = line.told("RING")?;
    proceed(line, &ring)?;
    Ok(ring)
}

/// COLP: who answered.
pub fn connected_number_in(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    proceed(line, &ring)?;
    line.far(format!("connected id={id} number={CALLED}"))?;
    line.far(format!("answer id={id} chan={chan}"))?;
    let party = connected_party(line, call)?;
    let number = party.number.map(|party| party.number.digits.as_str().to_owned());
    match number.as_deref() {
        Some(digits) => same("connected number", digits, CALLED).map(|()| Verdict::Held),
        None => Ok(Verdict::FarEnd("it sends no connected number with its CONNECT in this dialect")),
    }
}

/// COLR: who answered does not want to be seen. 0x20 is restricted.
pub fn connected_number_withheld(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    proceed(line, &ring)?;
    line.far(format!("connected id={id} number={CALLED} pres=0x20"))?;
    line.far(format!("answer id={id} chan={chan}"))?;
    match connected_party(line, call)?.number {
        Some(party) => same("presentation", party.presentation, Presentation::Restricted).map(|()| Verdict::Held),
        None => Ok(Verdict::FarEnd("it sends no connected number with its CONNECT in this dialect")),
    }
}

fn connected_party(line: &mut Line, wanted: isdn::CallHandle) -> Seen<ConnectedParty> {
    line.event_within(MINUTE, "Connected", |event| match event {
        Event::Connected { call, party, .. } if *call == wanted => Some((**party).clone()),
        _ => None,
    })
}

pub fn connected_number_out(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, setup) = line.rings()?;
    same("bearer", setup.bearer.capability, Bearer::speech().capability)?;
    let party = ConnectedParty { number: Some(caller(CALLED)), ..ConnectedParty::default() };
    line.asks(Request::Connect { call, party: Box::new(party) });
    same("libpri's connected number", line.told("ANSWER")?.text("connected"), CALLED)?;
    line.connected(call)?;
    Ok(Verdict::Held)
}
