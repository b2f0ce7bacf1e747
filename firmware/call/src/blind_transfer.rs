//! A telephone that holds a party, calls a third one and hangs up before that one has answered: the party is transferred,
//! and comes back if the third one is busy or does not answer.
//!
//! Who hangs up right after the number means it (a blind transfer), as does who hangs up while it rings, where the settings
//! say so; else the party goes back at once, as it does where nobody was dialled. The held party's
//! call goes on, with its recording: the leg to the third party comes into it as it is, ringing. A third one that is a
//! queue takes the party in as a caller. Back means that the telephone that transferred is rung; while it is in use, the
//! party waits with music, for so long as the settings say. Two parties outside are never brought together this way unless
//! their network may take the call (`hand_over`).
//! A restart of the box goes back to who transferred: the third one may have stopped ringing.
//! Not here: transfers after the answer (`consult`); transfers that a far end asks for (`transfer`).

use std::time::Duration;

use frame::{CallId, LegId, PortId, Time};
use isdn::Cause;
use serde::{Deserialize, Serialize};

use crate::{
    CallClass, CallEvent, LegRole, Number, OfferEnd, QueueExit, Side,
    consult::Held,
    control::{Control, NewLeg, Phase, Talk},
    leg::{Leg, LegState, Progress},
    message::{Heard, Line, Output},
    plan::{Match, Target},
};

/// How long a telephone that could not be rung is left alone: one Chinese ring cycle.
const AGAIN: Duration = Duration::from_secs(5);

/// So much later than a telephone that has rested rings is a party given up.
const A_MOMENT: Duration = Duration::from_millis(10);

/// How long the cards may take after a restart to tell the hooks of their telephones.
const HOOKS_TOLD: Duration = Duration::from_secs(1);

/// Why a party was not transferred, and goes back to who wanted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTransferred {
    /// Nothing was dialled that could be reached so.
    NobodyDialled,
    /// The third party is busy.
    Busy,
    /// The third party did not answer in time.
    NoAnswer,
    /// The third party can't be reached.
    NotReached,
    /// Both are outside, and no network may join them.
    BothOutside,
    /// The party was parked, and nobody took it up in time.
    ParkedTooLong,
    /// The handset was put down while the party was on hold for another call: one that had waited, or one to a third party
    /// who had not answered.
    LeftOnHold,
    /// The box was restarted meanwhile.
    Restarted,
}

impl NotTransferred {
    const fn of(cause: Cause) -> NotTransferred {
        match cause {
            Cause::UserBusy => NotTransferred::Busy,
            Cause::NoAnswer | Cause::NoUserResponding => NotTransferred::NoAnswer,
            _ => NotTransferred::NotReached,
        }
    }
}

/// Where a party goes back to that is on its way to a third one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Returns {
    /// The telephone that transferred it.
    pub(crate) port: PortId,
    /// How long the third one may ring.
    pub(crate) until: Time,
}

/// A party on its way back. The telephone rings for it where the call has a called leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Return {
    pub(crate) port: PortId,
    /// When the party is given up, unless the telephone rings by then.
    until: Time,
    /// Once the telephone rings: not before that is the party given up, so that a ring that begins late is not cut.
    rings_until: Option<Time>,
    /// Not before that is the telephone rung again, which could not be.
    again: Option<Time>,
}

impl Return {
    pub(crate) fn deadline(&self) -> Time {
        self.again.map_or(self.given_up(), |again| again.min(self.given_up()))
    }

    fn given_up(&self) -> Time {
        self.rings_until.map_or(self.until, |rings| rings.max(self.until))
    }
}

/// What the holder had reached.
enum Third {
    /// A party that is being reached, by its leg.
    Party(LegId),
    /// A queue.
    Queue(String),
}

/// How late a hang-up may be told: as long as a hook may be down for a flash (2 s, `flash_ms`), and a little.
const HANG_UP_TOLD: Duration = Duration::from_millis(2500);

/// How it begins.
impl Control {
    /// A consultation is over. What the one who held ended is no failure, nor is a code of which it was said what became.
    pub(crate) fn note_consult_failed(&mut self, id: CallId, cause: Cause, by: Side) {
        let now = self.now;
        let fails = by != Side::Caller && (by, cause) != (Side::Box, Cause::NormalClearing);
        let Some(call) = self.calls.get_mut(&id).filter(|_| fails) else { return };
        if let Phase::Held(held) = call.phase {
            call.consult_failed = Some((now, cause, held.by));
        }
    }

    /// Whoever hung up when the third party had just turned out not to be reached did not know it yet: the party on hold
    /// is not to pay for that. True where it was so.
    pub(crate) fn hung_up_on_failure(&mut self, id: CallId, by: LegId) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let (&Phase::Talking(talk), Some((at, cause, whose))) = (&call.phase, call.consult_failed) else {
            return false;
        };
        if self.now.since(at) > HANG_UP_TOLD || whose != by {
            return false;
        }
        let Some(port) = self.holder_leaves(id, talk, by) else { return false };
        self.goes_back(id, port, NotTransferred::of(cause));
        true
    }

    /// Who holds a party hung up before the third one has answered.
    pub(crate) fn transfer_unanswered(&mut self, first: CallId, second: CallId, side: Side) {
        let Some(&Phase::Held(Held { talk, by, .. })) = self.calls.get(&first).map(|call| &call.phase) else { return };
        let held = talk.other(by);
        let third = if self.calls.get(&first).is_some_and(|call| call.plan.transfer.before_answer) {
            self.dials_what_was_keyed(second, held).and_then(|queue| match queue {
                Some(queue) => Ok(Third::Queue(queue)),
                None => self.third(first, second, held),
            })
        } else {
            self.third(first, second, held).and(Err(NotTransferred::LeftOnHold))
        };
        let moves = match &third {
            Ok(Third::Party(leg)) => self.take_out(second, *leg),
            _ => None,
        };
        if third.is_ok() {
            self.records_together(first, second);
        }
        if let Some(call) = self.calls.get_mut(&second) {
            call.holds = None;
        }
        if matches!(third, Ok(Third::Queue(_))) {
            self.leaves_queue_to_the_party(second);
        }
        self.end(second, Cause::NormalClearing, side);
        let Some(port) = self.holder_leaves(first, talk, by) else {
            return self.end(first, Cause::NormalClearing, side);
        };
        match (third, moves) {
            (Ok(Third::Party(_)), Some((moves, phase))) => {
                self.transferred_to(first, by, port, (moves, phase));
            }
            (Ok(Third::Queue(queue)), _) => self.transferred_to_queue(first, by, port, queue),
            (Ok(Third::Party(_)), None) => self.goes_back(first, port, NotTransferred::NotReached),
            (Err(why), _) => self.goes_back(first, port, why),
        }
    }

    /// The holder waited in a queue to which the party goes now: that is nobody who gave up.
    fn leaves_queue_to_the_party(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| matches!(call.phase, Phase::Queue(_))) else { return };
        let Phase::Queue(queue) = std::mem::replace(&mut call.phase, Phase::Flow) else { return };
        self.acd.handle_input(self.now, acd::Input::CallerLeft { call: id });
        self.tell_called_offer_end(id, OfferEnd::Transferred);
        self.tell(CallEvent::Dequeued { call: id, queue, why: QueueExit::Transferred });
    }

    /// Who hangs up after the last digit does not wait for the box to know that it was the last. Nobody outside is called
    /// for a party who is outside, too: only a call that stands could be given to its network. A queue takes the party in,
    /// and not first the holder; its name.
    fn dials_what_was_keyed(&mut self, id: CallId, held: LegId) -> Result<Option<String>, NotTransferred> {
        let Some(call) = self.calls.get(&id) else { return Err(NotTransferred::NotReached) };
        let Phase::Dialling { digits, .. } = &call.phase else { return Ok(None) };
        match call.plan.dialled_at_telephone(digits) {
            Match::Whole { target: Target::Outside { .. }, .. } if !self.is_in_house(held) => {
                Err(NotTransferred::BothOutside)
            }
            Match::Whole { target: Target::Queue(queue), .. } => {
                let digits = digits.clone();
                self.note_dialled(id, digits, Target::Queue(queue.clone()));
                Ok(Some(queue))
            }
            Match::Whole { target: target @ (Target::Station(_) | Target::Outside { .. }), .. } => {
                let busy = matches!(target, Target::Station(_));
                self.dialled_enough(id);
                // A box takes nobody in who is handed over: the telephone is busy, whatever it offers its own callers.
                let is_led_away =
                    |phase: &Phase| matches!(phase, Phase::Mail(_) | Phase::Saying { .. } | Phase::NotReached(_));
                let goes_on = self.calls.get(&id).is_some_and(|call| !call.is_over() && !is_led_away(&call.phase));
                let why = if busy { NotTransferred::Busy } else { NotTransferred::NotReached };
                if goes_on { Ok(None) } else { Err(why) }
            }
            _ => Err(NotTransferred::NobodyDialled),
        }
    }

    /// Whom or what the holder had reached, if the held party may be transferred there.
    fn third(&self, first: CallId, second: CallId, held: LegId) -> Result<Third, NotTransferred> {
        let call = self.calls.get(&second).ok_or(NotTransferred::NotReached)?;
        if call.class == CallClass::Emergency {
            return Err(NotTransferred::NotReached);
        }
        let called = match &call.phase {
            Phase::Ringing { .. } | Phase::Reaching { .. } => call.called,
            Phase::Queue(queue) => return Ok(Third::Queue(queue.clone())),
            // Who has answered in the house was handed the party; two outside may not be left to each other.
            Phase::Talking(_) => return Err(NotTransferred::BothOutside),
            Phase::Mail(mail) => return Err(mail.not_transferred()),
            Phase::NotReached(told) => return Err(NotTransferred::of(told.cause)),
            Phase::Held(_) | Phase::Conference(_) | Phase::Over { .. } => {
                return Err(NotTransferred::NotReached);
            }
            Phase::Dialling { .. }
            | Phase::Flow
            | Phase::Saying { .. }
            | Phase::Pin(_)
            | Phase::CallingBack { .. }
            | Phase::Returning(_)
            | Phase::Parked(_)
            | Phase::RingsSupervisor { .. }
            | Phase::Supervising(_) => return Err(NotTransferred::NobodyDialled),
        };
        let leg = called.and_then(|leg| self.legs.get(&leg)).ok_or(NotTransferred::NotReached)?.id;
        let in_house = self.is_in_house(leg) || self.is_in_house(held);
        if !in_house && !self.may_leave_together(first, second, [held, leg]) {
            return Err(NotTransferred::BothOutside);
        }
        Ok(Third::Party(leg))
    }

    /// Takes the leg to a party that is being reached out of its call. Its line goes on as it is.
    fn take_out(&mut self, id: CallId, leg: LegId) -> Option<(Leg, Phase)> {
        let call = self.calls.get_mut(&id)?;
        let phase = std::mem::replace(&mut call.phase, Phase::Flow);
        call.called = None;
        let leg = self.legs.remove(&leg)?;
        self.record_end(&leg);
        leg.station().into_iter().for_each(|port| self.tell_offer_end(id, port, OfferEnd::Transferred));
        let (cause, by) = (Cause::NormalClearing, Side::Caller);
        self.tell(CallEvent::LegEnded { call: id, leg: leg.id, cause, by });
        Some((leg, phase))
    }

    /// The telephone that held is out of the call; the party that stays is its caller. The telephone, if it is one.
    pub(crate) fn holder_leaves(&mut self, id: CallId, talk: Talk, by: LegId) -> Option<PortId> {
        let stays = talk.other(by);
        let was_held = self.calls.get(&id).is_some_and(|call| matches!(call.phase, Phase::Held(_)));
        let (port, side) = self.legs.get(&by).map(|leg| (leg.station(), leg.side()))?;
        self.unbridge(id, talk);
        self.leg_ended(by, Cause::NormalClearing, side);
        let (call, leg) = (self.calls.get_mut(&id)?, self.legs.get_mut(&stays)?);
        (call.caller, call.called, leg.role) = (stays, None, LegRole::Caller);
        if was_held {
            self.record_hold(id, stays, false);
        }
        port
    }

    fn transferred_to(&mut self, id: CallId, by: LegId, port: PortId, (moves, phase): (Leg, Phase)) {
        let Some(until) = self.calls.get(&id).map(|call| self.now + seconds(call.plan.transfer.rings_s)) else {
            return;
        };
        let (number, was) = (moves.number.clone(), moves.id);
        let (line, progress) = (moves.line, moves.progress);
        self.tell_transferred(id, by, number, None);
        let leg = self.add_unanswered(id, moves);
        let is_trunk = self.legs.get(&leg).is_some_and(Leg::is_trunk);
        if line.is_none() && is_trunk {
            self.moved_wanted.insert(was, leg);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = match phase {
            Phase::Ringing { .. } => Phase::Ringing { until, at_most: until },
            other => other,
        };
        (call.called, call.returns) = (Some(leg), Some(Returns { port, until }));
        line.into_iter().for_each(|line| self.put(Output::Tag { line }));
        match progress {
            Progress::None => (),
            Progress::Rings => {
                self.tell(CallEvent::LegRinging { call: id, leg });
                self.tell_caller_it_rings(id);
            }
            Progress::Audible => self.hear_called(leg),
        }
    }

    /// A party that is being reached comes into another call, on the line that it has.
    fn add_unanswered(&mut self, id: CallId, moves: Leg) -> LegId {
        let Leg { line, lane, endpoint, number, name, private, progress, .. } = moves;
        if let crate::Endpoint::Station { port, extension } = &endpoint {
            let person = self.plan.stations.get(port).and_then(|station| station.person);
            self.tell(CallEvent::Offered { call: id, queue: None, extension: extension.clone(), person });
        }
        let leg = self.add_leg(id, LegRole::Called, NewLeg { line, lane, endpoint, number });
        if let Some(leg) = self.legs.get_mut(&leg) {
            (leg.name, leg.private, leg.progress) = (name, private, progress);
            if leg.waits_at().is_some() {
                leg.state = LegState::Unanswered;
            }
        }
        leg
    }

    fn transferred_to_queue(&mut self, id: CallId, by: LegId, port: PortId, queue: String) {
        self.tell_transferred(id, by, None, Some(queue.clone()));
        let until = self.now;
        if let Some(call) = self.calls.get_mut(&id) {
            // How long somebody waits there is the queue's to say.
            call.returns = Some(Returns { port, until });
        }
        self.enqueue(id, &queue);
    }

    fn tell_transferred(&mut self, call: CallId, by: LegId, number: Option<Number>, queue: Option<String>) {
        self.hands_on(call, by);
        if let Some(leg) = self.calls.get(&call).map(|call| call.caller) {
            self.tell(CallEvent::Transferred { call, leg, by, number, queue });
        }
    }
}

/// How a party comes back.
impl Control {
    /// A called party was not reached: who was transferred to it goes back, any other call is over.
    pub(crate) fn not_reached(&mut self, id: CallId, cause: Cause, by: Side) {
        let call = self.calls.get_mut(&id).filter(|call| !call.is_over());
        match call.and_then(|call| call.returns.take()) {
            Some(returns) => self.goes_back(id, returns.port, NotTransferred::of(cause)),
            None => self.end(id, cause, by),
        }
    }

    pub(crate) fn goes_back(&mut self, id: CallId, port: PortId, why: NotTransferred) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (caller, called) = (call.caller, call.called.take());
        let until = self.now + seconds(call.plan.transfer.returns_s);
        call.phase = Phase::Returning(Return { port, until, rings_until: None, again: None });
        if let Some(leg) = called {
            self.legs.get(&leg).and_then(Leg::station).into_iter().for_each(|port| {
                self.tell_offer_end(id, port, OfferEnd::NoAnswer);
            });
            self.release_leg(leg, Cause::NoAnswer, Side::Box);
        }
        let extension = self.plan.stations.get(&port).map(|station| station.extension.clone()).unwrap_or_default();
        self.tell(CallEvent::TransferReturned { call: id, leg: caller, extension, why });
        self.hear_hold_music(id, caller);
    }

    pub(crate) fn hear_hold_music(&mut self, id: CallId, leg: LegId) {
        if let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) {
            let music = self.music_on_hold(id);
            self.put(Output::Hear { lane, heard: Heard::Music(music) });
        }
    }

    /// Rings telephones to which parties go back, as soon as they have been free for a moment. Costs a look at each call.
    pub(crate) fn serve_returns(&mut self) {
        let due = |id: &CallId| {
            let call = self.calls.get(id)?;
            let Phase::Returning(Return { port, again, .. }) = call.phase else { return None };
            let may = call.called.is_none() && again.is_none_or(|again| again <= self.now) && self.is_at_rest(port);
            may.then_some((*id, port))
        };
        let due: Vec<(CallId, PortId)> = self.calls.keys().filter_map(due).collect();
        for (id, port) in due {
            if self.ring_station(id, port) {
                self.return_rings(id);
            } else {
                self.returns_later(id);
            }
        }
    }

    /// The telephone rings for a party on its way back. Whoever was put off for long still gets a whole ring.
    fn return_rings(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let until = self.now + seconds(call.plan.transfer.rings_s);
        if let Phase::Returning(back) = &mut call.phase {
            back.rings_until = Some(until);
        }
    }

    /// A telephone that only rings for a party on the way back is given to who matters more; the party waits.
    pub(crate) fn put_off_return(&mut self, port: PortId) {
        let Some(leg) = self.leg_of(Line::Port(port)).and_then(|leg| self.legs.get(&leg)) else { return };
        let (id, leg) = (leg.call, leg.id);
        let Some(call) = self.calls.get_mut(&id) else { return };
        if !matches!(call.phase, Phase::Returning(_)) || call.called != Some(leg) {
            return;
        }
        call.called = None;
        self.tell_offer_end(id, port, OfferEnd::Cancelled);
        self.release_leg(leg, Cause::NoAnswer, Side::Box);
        self.returns_later(id);
    }

    /// The telephone of who transferred could not be rung: it is tried again. False where no party goes back.
    pub(crate) fn returns_later(&mut self, id: CallId) -> bool {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Phase::Returning(back) = &mut call.phase else { return false };
        (back.again, back.rings_until) = (Some(now + AGAIN), None);
        let caller = call.caller;
        self.hear_hold_music(id, caller);
        true
    }

    pub(crate) fn return_timer(&mut self, id: CallId) {
        let now = self.now;
        let Some(Phase::Returning(Return { port, .. })) = self.calls.get(&id).map(|call| &call.phase) else { return };
        let rests = self.rests_until(*port).filter(|until| *until > now && self.is_free(*port));
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Returning(back) = &mut call.phase else { return };
        match rests {
            // It was put down in time, and is about to ring.
            Some(until) if call.called.is_none() => back.until = back.until.max(until + A_MOMENT),
            _ if back.given_up() <= now => return self.gives_up_return(id),
            _ => (),
        }
        back.again = None;
    }

    /// Nobody takes a party back. Who came by a queue waits there again, anybody else is let go.
    fn gives_up_return(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(queue) = call.queue.clone() else { return self.end(id, Cause::NoAnswer, Side::Box) };
        let (leg, rings) = (call.caller, call.called.take());
        if let Some(rings) = rings {
            let port = self.legs.get(&rings).and_then(Leg::station);
            port.into_iter().for_each(|port| self.tell_offer_end(id, port, OfferEnd::NoAnswer));
            self.release_leg(rings, Cause::NoAnswer, Side::Box);
        }
        self.tell(CallEvent::BackToQueue { call: id, leg, queue: queue.clone() });
        self.enqueue(id, &queue);
    }

    /// Who was on the way to a third party when the box was restarted goes back.
    pub(crate) fn goes_back_after_restart(&mut self, id: CallId, port: PortId) {
        self.goes_back(id, port, NotTransferred::Restarted);
        let again = Some(self.now + HOOKS_TOLD);
        if let Some(Phase::Returning(back)) = self.calls.get_mut(&id).map(|call| &mut call.phase) {
            back.again = again;
        }
    }

    /// To which telephone a call goes back that is on its way to a third party.
    pub(crate) fn returns_to(call: &crate::control::Call) -> Option<PortId> {
        match call.phase {
            Phase::Returning(Return { port, .. }) => Some(port),
            Phase::Ringing { .. } | Phase::Reaching { .. } => call.returns.map(|returns| returns.port),
            _ => None,
        }
    }
}

fn seconds(seconds: u16) -> Duration {
    Duration::from_secs(seconds.into())
}
