//! Hold and retrieve: the auxiliary state that a talking call has beside its own.
//!
//! Source: EN 300 141-1 and Q.932 (the separate messages HOLD and RETRIEVE), with their timers T-HOLD and T-RETRIEVE of 4 s.
//! What the far end asks is answered at once, by the settings, so that its states "hold indication" and "retrieve
//! indication" do not last. Either side may hold where the other lets it; whoever holds retrieves.
//! Whether a held call keeps its B-channel is a setting; a call without one owns none, and the channel is freed where all
//! channels are.
//! Not here: NOTIFY with "remote hold", which tells the held party; that is `Request::Notify`.

use frame::Timeslot;
use serde::{Deserialize, Serialize};

use super::{
    CallState,
    machine::{Call, Context, Running},
};
use crate::{
    Cause, Event, Origin, Role, Timer,
    q931::{
        Element, Message, MessageKind,
        element::{ChannelChoice, ChannelId},
    },
};

/// Whether a talking call is on hold, as the call table keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldState {
    /// It is not.
    #[default]
    Idle,
    /// We hold it.
    Held,
    /// The far end holds it.
    HeldByFarEnd,
}

/// The auxiliary state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Hold {
    #[default]
    Idle,
    /// We sent HOLD; T-HOLD runs.
    Requested(Running),
    Held,
    /// We sent RETRIEVE; T-RETRIEVE runs.
    RetrieveRequested {
        running: Running,
        /// The channel was kept for it; another was taken to retrieve it.
        kept: bool,
    },
    HeldByFarEnd,
}

impl Hold {
    /// What was asked and not answered when the box went down counts as not asked.
    pub const fn state(self) -> HoldState {
        match self {
            Hold::Idle | Hold::Requested(_) => HoldState::Idle,
            Hold::Held | Hold::RetrieveRequested { .. } => HoldState::Held,
            Hold::HeldByFarEnd => HoldState::HeldByFarEnd,
        }
    }

    pub const fn running(self) -> Option<Running> {
        match self {
            Hold::Requested(running) | Hold::RetrieveRequested { running, .. } => Some(running),
            Hold::Idle | Hold::Held | Hold::HeldByFarEnd => None,
        }
    }
}

impl From<HoldState> for Hold {
    fn from(state: HoldState) -> Hold {
        match state {
            HoldState::Idle => Hold::Idle,
            HoldState::Held => Hold::Held,
            HoldState::HeldByFarEnd => Hold::HeldByFarEnd,
        }
    }
}

impl Call {
    /// Whether the far end holds the call.
    pub fn is_held_by_far_end(&self) -> bool {
        matches!(self.hold, Hold::HeldByFarEnd)
    }

    /// The box wants to hold the call. False where the call is not one to be held now.
    pub(super) fn request_hold(&mut self, context: &mut Context<'_>) -> bool {
        let may = matches!((self.state, self.hold), (CallState::Active, Hold::Idle));
        if may {
            context.send(self.message(MessageKind::Hold));
            self.hold = Hold::Requested(context.start(Timer::THold));
        }
        may
    }

    /// The box wants the call back. Without a channel of its own it takes one first, so that no other call does.
    pub(super) fn request_retrieve(&mut self, context: &mut Context<'_>) -> bool {
        if !matches!((self.state, self.hold), (CallState::Active, Hold::Held)) {
            return false;
        }
        let kept = self.timeslot.is_some();
        let Some(timeslot) = self.timeslot.or_else(|| self.hunt_for(context)) else {
            let cause = Cause::NoChannelAvailable;
            context.tell(Event::RetrieveRefused { call: self.handle, cause });
            return true;
        };
        self.timeslot = Some(timeslot);
        let channel = Element::ChannelId(ChannelId::one(timeslot, kept));
        context.send(self.message(MessageKind::Retrieve).with(channel));
        self.hold = Hold::RetrieveRequested { running: context.start(Timer::TRetrieve), kept };
        true
    }

    fn hunt_for(&self, context: &mut Context<'_>) -> Option<Timeslot> {
        let timeslot = context.channels.hunt(context.settings.hunting)?;
        context.channels.claim(timeslot, self.handle).then_some(timeslot)
    }

    /// HOLD. In a collision the network's has priority, as its SETUP has in 5.7: the user gives way and the network goes on
    /// as if nothing had come.
    pub(super) fn on_hold(&mut self, context: &mut Context<'_>) {
        if self.state != CallState::Active {
            return self.refuse_hold(context, MessageKind::HoldReject, Cause::MessageNotCompatible);
        }
        match (self.hold, context.settings.role) {
            (Hold::Idle, _) if !context.settings.far_end_may_hold => {
                self.refuse_hold(context, MessageKind::HoldReject, Cause::FacilityNotSubscribed);
            }
            (Hold::Idle, _) => self.become_held_by_far_end(context),
            (Hold::Requested(_), Role::Network) => {}
            (Hold::Requested(_), Role::User) => {
                context.tell(Event::HoldRefused { call: self.handle, cause: Cause::MessageNotCompatible });
                self.become_held_by_far_end(context);
            }
            // Our acknowledgement was lost with the link, and it asks again.
            (Hold::HeldByFarEnd, _) => context.send(self.message(MessageKind::HoldAcknowledge)),
            (Hold::Held | Hold::RetrieveRequested { .. }, _) => {
                self.refuse_hold(context, MessageKind::HoldReject, Cause::MessageNotCompatible);
            }
        }
    }

    fn become_held_by_far_end(&mut self, context: &mut Context<'_>) {
        context.send(self.message(MessageKind::HoldAcknowledge));
        self.hold = Hold::HeldByFarEnd;
        context.tell(Event::HeldByFarEnd { call: self.handle });
        self.free_channel_on_hold(context);
    }

    fn free_channel_on_hold(&mut self, context: &mut Context<'_>) {
        if !context.settings.hold_keeps_channel {
            self.yield_channel(context);
        }
    }

    fn refuse_hold(&mut self, context: &mut Context<'_>, kind: MessageKind, cause: Cause) {
        let cause = Element::Cause(context.cause(cause));
        context.send(self.message(kind).with(cause));
    }

    pub(super) fn on_hold_acknowledge(&mut self, context: &mut Context<'_>) -> bool {
        let asked = matches!(self.hold, Hold::Requested(_));
        if asked {
            self.hold = Hold::Held;
            context.tell(Event::Held { call: self.handle });
            self.free_channel_on_hold(context);
        }
        asked
    }

    pub(super) fn on_hold_reject(&mut self, context: &mut Context<'_>, message: &Message) -> bool {
        let asked = matches!(self.hold, Hold::Requested(_));
        if asked {
            self.end_hold_request(context, said(message));
        }
        asked
    }

    fn end_hold_request(&mut self, context: &mut Context<'_>, cause: Cause) {
        self.hold = Hold::Idle;
        context.tell(Event::HoldRefused { call: self.handle, cause });
    }

    /// RETRIEVE: the call gets a channel, its own one first.
    pub(super) fn on_retrieve(&mut self, context: &mut Context<'_>, message: &Message) {
        if !matches!((self.state, self.hold), (CallState::Active, Hold::HeldByFarEnd)) {
            return self.refuse_hold(context, MessageKind::RetrieveReject, Cause::MessageNotCompatible);
        }
        match self.channel_to_retrieve(context, message.channel_id()) {
            Err(cause) => self.refuse_hold(context, MessageKind::RetrieveReject, cause),
            Ok(timeslot) => {
                self.move_to(context, timeslot);
                let channel = Element::ChannelId(ChannelId::one(timeslot, true));
                context.send(self.message(MessageKind::RetrieveAcknowledge).with(channel));
                self.talk_again(context, timeslot);
            }
        }
    }

    /// A channel that the call owns already, or owns from now on.
    fn channel_to_retrieve(&self, context: &mut Context<'_>, named: Option<&ChannelId>) -> Result<Timeslot, Cause> {
        let wish = named.and_then(|channel| match channel.choice {
            ChannelChoice::Timeslots(timeslots) => timeslots.single(),
            ChannelChoice::Any | ChannelChoice::None => None,
        });
        let exclusive = named.is_some_and(|channel| channel.exclusive) && wish.is_some();
        if let Some(kept) = self.timeslot.filter(|&kept| !exclusive || wish == Some(kept)) {
            return Ok(kept);
        }
        match wish {
            Some(wish) if context.channels.claim_for_far_end(wish, self.handle) => Ok(wish),
            _ if exclusive => Err(Cause::RequestedChannelUnavailable),
            _ => self.hunt_for(context).ok_or(Cause::NoChannelAvailable),
        }
    }

    /// The call goes to another channel, which it owns already; the one before is freed.
    fn move_to(&mut self, context: &mut Context<'_>, timeslot: Timeslot) {
        if self.timeslot != Some(timeslot) {
            self.yield_channel(context);
            self.timeslot = Some(timeslot);
        }
    }

    fn talk_again(&mut self, context: &mut Context<'_>, timeslot: Timeslot) {
        self.hold = Hold::Idle;
        context.tell(Event::Retrieved { call: self.handle, timeslot });
    }

    /// RETRIEVE ACKNOWLEDGE may give another channel than we asked for.
    pub(super) fn on_retrieve_acknowledge(&mut self, context: &mut Context<'_>, message: &Message) -> bool {
        if !matches!(self.hold, Hold::RetrieveRequested { .. }) {
            return false;
        }
        let given = message.channel_id().and_then(|channel| channel.timeslot()).or(self.timeslot);
        let owned = given
            .filter(|&given| self.timeslot == Some(given) || context.channels.claim_for_far_end(given, self.handle));
        match owned {
            Some(timeslot) => {
                self.move_to(context, timeslot);
                self.talk_again(context, timeslot);
            }
            // It put the call where another one is: 5.7, as in a first reply.
            None => {
                self.note_ending(context, Cause::ChannelUnacceptable, Origin::Protocol);
                self.disconnect_saying(context, Cause::ChannelUnacceptable);
            }
        }
        true
    }

    pub(super) fn on_retrieve_reject(&mut self, context: &mut Context<'_>, message: &Message) -> bool {
        let asked = matches!(self.hold, Hold::RetrieveRequested { .. });
        if asked {
            self.end_retrieve_request(context, said(message));
        }
        asked
    }

    /// The call is on hold as before, and has the channel that it had.
    fn end_retrieve_request(&mut self, context: &mut Context<'_>, cause: Cause) {
        if let Hold::RetrieveRequested { kept: false, .. } = self.hold {
            self.yield_channel(context);
        }
        self.hold = Hold::Held;
        context.tell(Event::RetrieveRefused { call: self.handle, cause });
    }

    /// T-HOLD, T-RETRIEVE: the call is what it was before it was asked.
    pub(super) fn on_hold_unanswered(&mut self, context: &mut Context<'_>) {
        match self.hold {
            Hold::Requested(_) => self.end_hold_request(context, Cause::RecoveryOnTimerExpiry),
            Hold::RetrieveRequested { .. } => self.end_retrieve_request(context, Cause::RecoveryOnTimerExpiry),
            Hold::Idle | Hold::Held | Hold::HeldByFarEnd => {}
        }
    }
}

fn said(message: &Message) -> Cause {
    message.cause().map_or(Cause::NormalUnspecified, |said| said.cause)
}
