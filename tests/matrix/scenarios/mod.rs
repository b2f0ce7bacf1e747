//! The scenarios, each a transcript that reads top to bottom. One file a group.

mod active;
mod basic;
mod channels;
mod completion;
mod hold;
mod link;
mod overlap;
mod parties;
mod progress;
mod service;
mod shared;
mod supplementary;
mod timers;

use std::time::Duration;

use isdn::{
    CallHandle, Request, SetupRequest,
    q931::element::{NumberElement, NumberKind, NumberPlan, PartyNumber},
};

use crate::line::{Kind, Line, Miss, Seen, Verdict};

/// One scenario.
pub struct Scenario {
    pub name: &'static str,
    /// What it is played on.
    pub kind: Kind,
    pub run: fn(&mut Line) -> Seen<Verdict>,
}

const fn en_bloc(name: &'static str, run: fn(&mut Line) -> Seen<Verdict>) -> Scenario {
    Scenario { name, kind: Kind::EnBloc, run }
}

const fn overlap(name: &'static str, run: fn(&mut Line) -> Seen<Verdict>) -> Scenario {
    Scenario { name, kind: Kind::Overlap, run }
}

const fn on_shared(name: &'static str, run: fn(&mut Line) -> Seen<Verdict>) -> Scenario {
    Scenario { name, kind: Kind::Shared, run }
}

/// All of them, in the order of the table.
pub const ALL: &[Scenario] = &[
    en_bloc("a call in; the far end hangs up", basic::call_in),
    en_bloc("a call in; we hang up", basic::call_in_ended_by_us),
    en_bloc("a call out; we hang up", basic::call_out),
    en_bloc("a call out; the far end hangs up", basic::call_out_ended_by_far_end),
    en_bloc("both hang up at once", basic::both_hang_up),
    en_bloc("CONNECT as the first reply, both ways", basic::answered_at_once),
    en_bloc("a caller who withholds the number", basic::restricted_number_in),
    en_bloc("we withhold the number", basic::restricted_number_out),
    en_bloc("the caller's name, in", parties::name_in),
    en_bloc("the caller's name, out", parties::name_out),
    en_bloc("a diverted call in", parties::diverted_in),
    en_bloc("a diverted call out", parties::diverted_out),
    en_bloc("user-user in SETUP, in", parties::user_user_in),
    en_bloc("user-user in SETUP, out", parties::user_user_out),
    en_bloc("keypad digits in SETUP, in", parties::keypad_in),
    en_bloc("keypad digits in SETUP, out", parties::keypad_out),
    en_bloc("called subaddress, in", parties::subaddress_in),
    en_bloc("called subaddress, out", parties::subaddress_out),
    en_bloc("who answered there (COLP)", parties::connected_number_in),
    en_bloc("who answered there withholds the number (COLR)", parties::connected_number_withheld),
    en_bloc("who answered here (COLP)", parties::connected_number_out),
    en_bloc("another party there, told in the talk", parties::other_party_in),
    en_bloc("another party here, told in the talk", parties::other_party_out),
    en_bloc("we are busy (17)", basic::busy_in),
    en_bloc("the far end is busy (17)", basic::busy_out),
    en_bloc("no such number here (1)", basic::unallocated_in),
    en_bloc("no such number there (1)", basic::unallocated_out),
    en_bloc("the caller gives up while we ring", basic::abandoned_in),
    en_bloc("we give up while it rings", basic::abandoned_out),
    en_bloc("we give up before any reply", basic::abandoned_out_before_any_reply),
    en_bloc("we refuse while we ring (21)", progress::ringing_call_is_refused),
    en_bloc("3.1 kHz audio", basic::audio_3_1_khz),
    en_bloc("data is refused (65)", basic::data_refused),
    en_bloc("PROGRESS 8 with cause 1, in", progress::progress_in),
    en_bloc("PROGRESS 8 with cause 1, out", progress::progress_out),
    en_bloc("our ringing tone", progress::ringing_tone_in),
    en_bloc("the far end's ringing tone", progress::ringing_tone_out),
    en_bloc("our DISCONNECT with a tone", progress::tone_at_the_end_of_ours),
    en_bloc("T306: our DISCONNECT with a tone, listened to", progress::tone_at_the_end_of_ours_until_t306),
    en_bloc("the far end's DISCONNECT with a tone", progress::tone_at_the_end_of_theirs),
    overlap("overlap in", overlap::overlap_in),
    overlap("overlap out", overlap::overlap_out),
    overlap("T302: the caller stops dialling", overlap::digits_stop_in),
    overlap("T304: our digits are not answered", overlap::digits_unanswered_out),
    overlap("the caller gives up while dialling", overlap::abandoned_while_dialling),
    en_bloc("T303: no answer to our SETUP", timers::t303_ours),
    en_bloc("T303: we do not answer a SETUP", timers::t303_theirs),
    en_bloc("T310: nothing after CALL PROCEEDING", timers::t310),
    en_bloc("T301: nobody answers", timers::t301),
    en_bloc("it rings here for ten minutes", timers::ringing_in_for_ten_minutes),
    en_bloc("T305: no answer to our DISCONNECT", timers::t305),
    en_bloc("T308: no answer to our RELEASE either", timers::t308),
    en_bloc("T308: the far end does not hear our RELEASE", timers::t308_theirs),
    en_bloc("T313: no answer to our CONNECT", timers::t313),
    en_bloc("NOTIFY in", active::notify_in),
    en_bloc("NOTIFY out", active::notify_out),
    en_bloc("keypad digits in, during a call", active::keypad_in),
    en_bloc("keypad digits out, during a call", active::keypad_out),
    en_bloc("hold and retrieve by the far end", hold::held_by_far_end),
    en_bloc("hold and retrieve by us", hold::held_by_us),
    en_bloc("hold by the far end is refused (50)", hold::hold_refused),
    en_bloc("a call that is hung up on hold", hold::hung_up_on_hold),
    en_bloc("the tariff, in", supplementary::tariff_in),
    en_bloc("the tariff, out", supplementary::tariff_out),
    en_bloc("the charge, in", supplementary::charge_in),
    en_bloc("the charge, out", supplementary::charge_out),
    en_bloc("the far end finds a call malicious", supplementary::malicious_in),
    en_bloc("we find a call malicious", supplementary::malicious_out),
    en_bloc("messages wait for a telephone of ours", supplementary::messages_in),
    en_bloc("messages wait for a telephone there", supplementary::messages_out),
    en_bloc("who was busy there is called back", completion::ours),
    en_bloc("to be called back is denied there", completion::ours_denied),
    en_bloc("to be called back is given up there", completion::ours_cancelled),
    en_bloc("who was busy here is called back", completion::theirs),
    en_bloc("to be called back is denied here", completion::theirs_denied),
    en_bloc("the far end transfers two calls", supplementary::transfer_in),
    en_bloc("we transfer two calls", supplementary::transfer_out),
    en_bloc("the far end's SERVICE, out and in", service::theirs),
    en_bloc("our SERVICE, out and in", service::ours),
    en_bloc("our RESTART of a channel", channels::restart_of_ours),
    en_bloc("the far end's RESTART of a channel", channels::restart_of_theirs),
    en_bloc("the far end's RESTART under a call", channels::restart_of_theirs_under_a_call),
    en_bloc("our RESTART of the interface", channels::restart_of_the_interface),
    en_bloc("a RESTART that is ignored", channels::restart_ignored),
    en_bloc("glare", channels::glare),
    en_bloc("an exclusive channel is busy (44)", channels::exclusive_channel_is_busy),
    en_bloc("a preferred channel is busy", channels::preferred_channel_is_busy),
    en_bloc("our channel is refused (44)", channels::refused_for_its_channel),
    en_bloc("a lost RELEASE is followed by a RESTART", channels::lost_release_is_followed_by_restart),
    en_bloc("a lost RELEASE and RESTART: the far end's use", channels::lost_release_gives_its_channel_back),
    en_bloc("all channels at once, out", channels::all_channels_out),
    en_bloc("all channels at once, in", channels::all_channels_in),
    en_bloc("the D-channel is cut for 3 s", link::cut_of_three_seconds),
    en_bloc("the D-channel is cut for 8 s", link::cut_of_eight_seconds),
    en_bloc("the D-channel is cut for 40 s", link::cut_of_forty_seconds),
    en_bloc("T309: the D-channel is cut for 5 min", link::cut_of_five_minutes),
    en_bloc("the far end hears nothing of us for 20 s", link::far_end_hears_nothing),
    en_bloc("we hear nothing of the far end for 20 s", link::we_hear_nothing),
    en_bloc("RED for 3 s", link::red_for_three_seconds),
    en_bloc("T309: RED for 2 min", link::red_for_two_minutes),
    en_bloc("our box is killed under calls, and 2 s away", link::we_restart),
    en_bloc("the far end is started anew during a call", link::far_end_restarts),
    en_bloc("the far end is started anew while it rings", link::far_end_restarts_while_it_rings),
    on_shared("two T1, one D-channel: a call in on each", shared::calls_in),
    on_shared("two T1, one D-channel: a call out on each", shared::calls_out),
    on_shared("two T1, one D-channel: all 46 channels at once", shared::all_channels),
    on_shared("two T1, one D-channel: glare on the second", shared::glare),
    on_shared("two T1, one D-channel: our RESTART", shared::restart_of_ours),
    on_shared("two T1, one D-channel: the far end's RESTART", shared::restart_of_theirs),
    on_shared("two T1, one D-channel: our SERVICE", shared::service_of_ours),
    on_shared("two T1, one D-channel: the far end's SERVICE", shared::service_of_theirs),
    on_shared("the D-channel's line is RED: the backup has it", shared::primary_is_lost),
    on_shared("the D-channel is silent: the backup has it", shared::primary_is_silent),
    on_shared("T309: both D-channels are cut for 5 min", shared::both_are_lost),
    on_shared("two T1, one D-channel: our box is killed", shared::we_restart),
];

const CALLED: &str = "62001234";
const CALLING: &str = "1087654321";
const MINUTE: Duration = Duration::from_secs(60);

fn number(digits: &str) -> NumberElement {
    NumberElement::unknown(digits.parse().expect("digits"))
}

fn caller(digits: &str) -> PartyNumber {
    let number = NumberElement { kind: NumberKind::National, plan: NumberPlan::Telephone, ..number(digits) };
    PartyNumber::shown(number)
}

/// A call of ours to the far end.
fn speech() -> SetupRequest {
    SetupRequest::speech(number(CALLED), Some(caller(CALLING)), 1)
}

/// Fails with a sentence unless something is so.
fn holds(so: bool, what: impl FnOnce() -> String) -> Seen<()> {
    if so { Ok(()) } else { Err(Miss(what())) }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: T, should: T) -> Seen<()> {
    holds(is == should, || format!("{what}: is {is:?}, should be {should:?}"))
}

/// We answer a call, and do not say who we are.
fn answer(line: &mut Line, call: CallHandle) {
    line.asks(Request::Connect { call, party: Box::default() });
}

/// libpri calls us on channel 1, and we ring. Gives both names of the call.
fn alerting_in(line: &mut Line) -> Seen<(CallHandle, i64)> {
    let id = line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, _) = line.rings()?;
    line.asks(Request::Proceeding { call });
    line.asks(Request::Alerting { call, audible: false });
    line.told("RINGING")?;
    Ok((call, id))
}

/// The same, and we answer.
fn talking_in(line: &mut Line) -> Seen<(CallHandle, i64)> {
    let (call, id) = alerting_in(line)?;
    answer(line, call);
    line.told("ANSWER")?;
    line.connected(call)?;
    Ok((call, id))
}

/// We call libpri, and it rings.
fn alerting_out(line: &mut Line) -> Seen<(CallHandle, i64)> {
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    line.far(format!("proceeding id={id} chan={chan}"))?;
    line.far(format!("alert id={id} chan={chan}"))?;
    line.event("Alerting", |event| matches!(event, isdn::Event::Alerting(_)).then_some(()))?;
    Ok((call, id))
}

/// The same, and it answers.
fn talking_out(line: &mut Line) -> Seen<(CallHandle, i64)> {
    let (call, id) = alerting_out(line)?;
    let chan = line.span().timeslot(call).map_or(0, |timeslot| timeslot.0);
    line.far(format!("answer id={id} chan={chan}"))?;
    line.connected(call)?;
    Ok((call, id))
}
