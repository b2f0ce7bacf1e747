//! What the callers and the called do, drawn by dice: every order in which a call can be set up, refused, abandoned and
//! cleared, on both sides.

use std::time::Duration;

use frame::Timeslot;
use isdn::{
    CallHandle, Cause, Event, IncomingSetup, Request, RestartScope, Role, SetupRequest,
    q931::element::{
        Bearer, Location, Notification, NumberElement, NumberKind, NumberPlan, PartyNumber, Progress, TimeslotSet,
    },
};

use super::{dice::Dice, end::End};

/// A request of one end, and how long after now.
pub type Act = (Duration, Request);

/// The next call of one end: the request, and what its caller will do in any case.
pub fn call(dice: &mut Dice, role: Role, number: u64) -> SetupRequest {
    let digits = |text: &str| text.parse().expect("these are digits");
    let whole = dice.chance(85);
    let called = NumberElement::unknown(digits(if whole { "62001234" } else { "6" }));
    let (kind, plan) = (NumberKind::National, NumberPlan::Telephone);
    let calling = PartyNumber::shown(NumberElement { kind, plan, digits: digits(&number.to_string()) });
    let progress = dice.chance(10).then(|| Progress::in_band(location_of(role)));
    // Some callers want a channel by name, from wherever it is: so both ends meet on one.
    let timeslot = dice.chance(5).then(|| any_timeslot(dice));
    let bearer = Bearer::speech();
    SetupRequest { complete: whole, progress, timeslot, bearer, ..SetupRequest::speech(called, Some(calling), number) }
}

/// When the caller hangs up, whatever has become of the call by then. Most calls are short: 30 channels carry 30 calls a
/// second only if one takes less than a second.
pub fn patience(dice: &mut Dice) -> Duration {
    match dice.below(2000) {
        // Long enough to meet a cut that lasts longer than T309.
        0 => dice.between(60_000, 240_000),
        1..10 => dice.between(10_000, 40_000),
        10..100 => dice.between(1000, 4000),
        _ => dice.between(50, 700),
    }
}

/// A restart that somebody asks for: mostly of one channel.
pub fn restart(dice: &mut Dice) -> Request {
    Request::Restart(match dice.below(8) {
        0 => RestartScope::Interface,
        1 => RestartScope::Unused,
        _ => RestartScope::Channels(TimeslotSet::one(any_timeslot(dice))),
    })
}

/// What an end does about what it is told.
pub fn answer(dice: &mut Dice, end: &End, event: &Event) -> Vec<Act> {
    match event {
        Event::Incoming { call, setup } => take(dice, *call, setup),
        &Event::MoreDigits { call, complete, .. } if complete => ring(dice, call),
        Event::MoreDigits { .. } => Vec::new(),
        Event::SetupAcknowledged(progress) => dial(dice, progress.call),
        &Event::Connected { call, .. } => talk(dice, end, call),
        &Event::Disconnected { call, audible: true, .. } => listen(dice, call),
        _ => Vec::new(),
    }
}

/// A call comes in. Whatever is done about it, it is given up some day, as call control gives up each call.
fn take(dice: &mut Dice, call: CallHandle, setup: &IncomingSetup) -> Vec<Act> {
    let mut acts = match dice.below(100) {
        0..10 => vec![(soon(dice), clear(dice, call))],
        10..13 => Vec::new(),
        _ if !setup.complete => vec![(Duration::ZERO, Request::MoreDigits { call, audible: dice.chance(50) })],
        _ => ring(dice, call),
    };
    acts.push((GIVEN_UP, hang_up(call)));
    acts
}

/// The number is complete: what the standard lets follow, in one of its orders.
fn ring(dice: &mut Dice, call: CallHandle) -> Vec<Act> {
    let audible = dice.chance(50);
    let alerting = Request::Alerting { call, audible };
    let progress = Request::Progress { call, progress: Progress::in_band(Location::User), cause: None };
    let connect = || Request::Connect { call, party: Box::default() };
    let requests = match dice.below(10) {
        0 => vec![connect()],
        1 => vec![alerting, connect()],
        2 => vec![Request::Proceeding { call }, connect()],
        3 => vec![Request::Proceeding { call }, progress, clear(dice, call)],
        4 => vec![progress, alerting, connect()],
        5 => vec![Request::Proceeding { call }, alerting],
        _ => vec![Request::Proceeding { call }, alerting, connect()],
    };
    let mut at = Duration::ZERO;
    let mut step = || {
        at += if dice.chance(40) { Duration::ZERO } else { dice.between(0, 150) };
        at
    };
    requests.into_iter().map(|request| (step(), request)).collect()
}

/// The far end wants more digits: they come in pieces, and some callers never finish.
fn dial(dice: &mut Dice, call: CallHandle) -> Vec<Act> {
    let last = if dice.chance(90) { 2 } else { usize::MAX };
    let piece = |index: usize| {
        let digits = "200".parse().expect("these are digits");
        let request = Request::Information { call, digits, complete: index == last };
        (Duration::from_millis(40 * index as u64), request)
    };
    (0..3).map(piece).collect()
}

/// The called party hangs up first in some calls, a moment after the caller in others; some press keys or say something.
fn talk(dice: &mut Dice, end: &End, call: CallHandle) -> Vec<Act> {
    let mut acts = Vec::new();
    if dice.chance(5) {
        let digits = "1".parse().expect("these are digits");
        acts.push((soon(dice), Request::Information { call, digits, complete: false }));
    }
    if dice.chance(3) {
        acts.push((soon(dice), Request::Notify { call, notification: Notification::RemoteHold }));
    }
    if dice.chance(3) {
        let held = soon(dice);
        acts.extend([(held, Request::Hold { call }), (held + soon(dice), Request::Retrieve { call })]);
    }
    let called = end.call(call).is_some_and(|known| !known.ours);
    if called && dice.chance(40) {
        acts.push((soon(dice), clear(dice, call)));
    }
    acts
}

/// The far end cleared with a tone. Some listen for a while, some until T306.
fn listen(dice: &mut Dice, call: CallHandle) -> Vec<Act> {
    let long = match dice.below(100) {
        0..2 => return Vec::new(),
        2..20 => dice.between(500, 3000),
        _ => dice.between(0, 200),
    };
    vec![(long, hang_up(call))]
}

/// Hanging up with any cause, in a third of the cases with a tone.
fn clear(dice: &mut Dice, call: CallHandle) -> Request {
    let cause =
        dice.pick(&[Cause::NormalClearing, Cause::UserBusy, Cause::UnallocatedNumber, Cause::NoChannelAvailable]);
    Request::Clear { call, cause, audible: dice.chance(33) }
}

pub fn hang_up(call: CallHandle) -> Request {
    Request::Clear { call, cause: Cause::NormalClearing, audible: false }
}

fn soon(dice: &mut Dice) -> Duration {
    if dice.chance(50) { Duration::ZERO } else { dice.between(0, 400) }
}

const fn location_of(role: Role) -> Location {
    match role {
        Role::User => Location::User,
        Role::Network => Location::PublicLocal,
    }
}

fn any_timeslot(dice: &mut Dice) -> Timeslot {
    let timeslots: Vec<Timeslot> = TimeslotSet::E1.iter().collect();
    dice.pick(&timeslots)
}

/// When call control gives up a call that nobody ends.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// When the next call is placed: thirty a second, each on its own.
pub fn until_next_call(dice: &mut Dice) -> Duration {
    // Exponentially distributed with 1/30 s as its mean.
    let share = (dice.below(1_000_000) + 1) as f64 / 1_000_000.0;
    Duration::from_secs_f64(-share.ln() / CALLS_PER_S)
}

const CALLS_PER_S: f64 = 30.0;
