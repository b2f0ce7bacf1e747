//! How calls begin, what becomes of their actions, and the one place where they end.

use frame::{Time, Timeslot};

use super::{Adopted, Output, Span};
use crate::{
    CallEntry, CallHandle, Event, SendingComplete, SetupRefused, SetupRequest,
    call::{Action, Call, CallState, Context},
    q921::Information,
    q931::{CallReference, Element, Message, MessageKind, TooLong, element::ChannelId},
    suppl::Refusal,
};

/// From this many waiting messages on no call is begun: the rest of the queue is for those that exist.
const BACKLOG_MESSAGES: usize = 32;

impl Span {
    /// Places a call. Exactly one [`Event::Released`] follows, sooner or later.
    pub fn setup(&mut self, now: Time, request: SetupRequest) -> Result<CallHandle, SetupRefused> {
        if !self.link.is_up() {
            return Err(SetupRefused::LinkDown);
        }
        if self.link.backlog_messages() >= BACKLOG_MESSAGES {
            return Err(SetupRefused::Full);
        }
        let free = self.channels.hunt(self.settings.hunting);
        let timeslot = request.timeslot.or(free).filter(|&timeslot| self.channels.is_free(timeslot));
        let timeslot = timeslot.ok_or(SetupRefused::NoChannel)?;
        let reference = self.fresh_reference();
        let new = |handle| Call::new(handle, reference, true, CallState::Null, request.tag);
        let handle = self.calls.insert(new).ok_or(SetupRefused::Full)?;
        let completes = request.completes.is_some_and(|tag| self.completions.stands(tag));
        let mut setup = self.setup_message(reference, timeslot, request);
        self.with_call(now, handle, |call, context| {
            context.channels.claim(timeslot, handle);
            call.timeslot = Some(timeslot);
            call.write_operations(context, &mut setup, completes);
            call.begin(context, setup);
        });
        self.drain_link(now);
        Ok(handle)
    }

    /// Sets the owner's own number for a call. It reaches the call table at once.
    pub fn set_tag(&mut self, now: Time, call: CallHandle, tag: u64) {
        self.with_call(now, call, |call, _| call.tag = tag);
    }

    /// Takes calls over from the call table of the box's last life, before layer 1 is told. Active calls are asked for
    /// when the link is up; all others are released with cause 41. No channel is restarted.
    pub fn adopt(&mut self, now: Time, entries: &[CallEntry]) -> Vec<Adopted> {
        let adopted = entries.iter().filter_map(|entry| self.adopt_one(now, entry)).collect();
        if self.link.is_up() {
            self.with_each_call(now, |call, context| call.on_link_up(context));
        }
        self.drain_link(now);
        adopted
    }

    fn adopt_one(&mut self, now: Time, entry: &CallEntry) -> Option<Adopted> {
        let reference = CallReference { value: entry.reference, to_originator: entry.ours };
        let idle = self.idle_channels();
        let twice = self.calls.find(reference).is_some() || entry.timeslot.is_some_and(|slot| !idle.contains(slot));
        let new = |handle| Call::new(handle, entry.reference, entry.ours, CallState::Active, entry.tag);
        let Some(call) = (!twice).then(|| self.calls.insert(new)).flatten() else {
            self.counters.refused_entries += 1;
            self.outputs.push_back(Output::Forget(*entry));
            return None;
        };
        self.with_call(now, call, |call, context| call.adopt(context, entry));
        Some(Adopted { call, entry: *entry })
    }

    pub(super) fn setup_message(&self, reference: u16, timeslot: Timeslot, request: SetupRequest) -> Message {
        let (rules, role) = (self.settings.rules(), self.settings.role);
        // A channel that was asked for by name must be that one, and a call can't move to another line of a group.
        let named = request.timeslot.is_some() || self.settings.interface.is_some();
        let exclusive = named || !rules.prefers_channel.of(role);
        let complete = request.complete && rules.sending_complete != SendingComplete::Never;
        let mut setup = Message::new(CallReference { value: reference, to_originator: false }, MessageKind::Setup)
            .with(Element::Bearer(self.settings.line.adapt(request.bearer)))
            .with(Element::ChannelId(ChannelId::one(timeslot, exclusive)))
            .with(request.progress.map(Element::Progress))
            .with(request.display.map(Element::Display))
            .with(request.calling.map(|calling| Element::CallingNumber(rules.vouch(calling))))
            .with(Element::CalledNumber(request.called))
            .with(complete.then_some(Element::SendingComplete));
        setup.elements.extend(request.particulars.elements());
        setup
    }

    /// The next call reference of ours that no call has, not even one that is being cleared.
    pub(super) fn fresh_reference(&mut self) -> u16 {
        let after = |value: u16| if value >= *self.references.end() { *self.references.start() } else { value + 1 };
        let mut value = after(self.last_reference);
        let taken = |span: &Span, value| {
            span.knows(CallReference { value, to_originator: true }) || span.taken_elsewhere.contains(&value)
        };
        while taken(self, value) {
            value = after(value);
        }
        self.last_reference = value;
        value
    }

    pub(super) fn with_each_call(&mut self, now: Time, act: impl Fn(&mut Call, &mut Context<'_>)) {
        for handle in self.calls.handles(|_| true) {
            self.with_call(now, handle, &act);
        }
    }

    /// Lets a call act, then does what it wants done.
    pub(super) fn with_call(&mut self, now: Time, handle: CallHandle, act: impl FnOnce(&mut Call, &mut Context<'_>)) {
        let mut actions = Vec::new();
        let mut context = Context {
            now,
            settings: &self.settings,
            channels: &mut self.channels,
            link_up: self.link.is_up(),
            actions: &mut actions,
            misfits: &mut self.counters.misfits,
        };
        if self.calls.change(handle, |call| act(call, &mut context)).is_some() {
            self.settle(now, handle, actions);
        }
    }

    fn settle(&mut self, now: Time, handle: CallHandle, actions: Vec<Action>) {
        self.remember(handle);
        for action in actions {
            match action {
                Action::Send(message) => self.transmit_of(now, handle, &message),
                Action::Tell(event) => self.tell(event),
                Action::TryAgain => self.try_again(now, handle),
                Action::FindOther(other) => self.find_other(now, handle, other),
                Action::Join { call, link } => self.join(now, call, handle, link),
            }
        }
        self.tell_channels();
        self.finish_if_over(now, handle);
    }

    /// The call table hears of a call before its next frame leaves.
    fn remember(&mut self, handle: CallHandle) {
        let Some(call) = self.calls.get(handle).filter(|call| call.state != CallState::Null) else { return };
        let entry = call.entry(&self.settings);
        let known = call.remembered;
        if known == Some(entry) {
            return;
        }
        self.calls.change(handle, |call| call.remembered = Some(entry));
        self.outputs.push_back(Output::Remember(entry));
        if let Some(known) = known.filter(|known| !known.same_call(&entry)) {
            self.outputs.push_back(Output::Forget(known));
        }
    }

    fn try_again(&mut self, now: Time, handle: CallHandle) {
        let Some(timeslot) = self.channels.hunt(self.settings.hunting) else { return };
        let reference = self.fresh_reference();
        self.with_call(now, handle, |call, context| {
            context.channels.claim(timeslot, handle);
            call.retry(context, reference, timeslot);
        });
    }

    /// The one place where a call ends: its channel is freed, the call table forgets it, the box is told.
    fn finish_if_over(&mut self, now: Time, handle: CallHandle) {
        let Some(ending) = self.calls.get(handle).and_then(|call| call.over()) else { return };
        let (cause, by, afterwards) = (ending.cause, ending.by, ending.afterwards);
        let Some(mut call) = self.calls.remove(handle) else { return };
        if let Some(timeslot) = call.timeslot {
            self.channels.release(timeslot, handle, afterwards);
            self.restarts.note_end(timeslot, afterwards);
        }
        self.outputs.extend(call.remembered.map(Output::Forget));
        self.tell_channels();
        while let Some(purpose) = call.dialogue.abandoned() {
            self.tell(call.refused(purpose, Refusal::CallEnded));
        }
        self.tell(Event::Released { call: handle, cause, by });
        self.resume_restarts(now);
        if self.calls.is_empty()
            && let Some(settings) = self.next_settings.take()
        {
            self.set_up_anew(now, settings);
        }
    }

    pub(super) fn tell_channels(&mut self) {
        while let Some((timeslot, state)) = self.channels.poll_change() {
            self.tell(Event::Channel { timeslot, state });
        }
    }

    fn octets(&self, message: &Message) -> Result<Information, TooLong> {
        let complete_first = self.settings.rules().sending_complete == SendingComplete::First;
        if self.settings.names_channels_plainly() {
            return message.emit(complete_first);
        }
        let mut message = message.clone();
        self.settings.name_channels(&mut message);
        message.emit(complete_first)
    }

    fn transmit_of(&mut self, now: Time, handle: CallHandle, message: &Message) {
        if !self.transmit(now, message) {
            self.calls.change(handle, |call| call.on_unsent(message));
        }
    }

    pub(super) fn transmit(&mut self, now: Time, message: &Message) -> bool {
        let octets = self.octets(message);
        self.hand_over(now, octets)
    }

    /// Hands a message to the link. What the link can't take is counted, and false; each message that matters has its timer.
    pub(super) fn hand_over(&mut self, now: Time, octets: Result<Information, TooLong>) -> bool {
        let sent = octets.is_ok_and(|octets| self.link.send(now, octets).is_ok());
        if !sent {
            self.counters.unsent_messages += 1;
        }
        // Frames keep their place among the entries of the call table. News of the link waits its turn.
        while let Some(octets) = self.link.poll_frame() {
            self.outputs.push_back(Output::Frame(octets));
        }
        sent
    }
}
