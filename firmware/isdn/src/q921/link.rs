//! The data-link machine: states 4 to 8 of point-to-point, multiple-frame operation.
//!
//! Source: ITU-T Q.921, 5.5 to 5.8, the SDL of Annex B and the tables of Annex D (EN 300 402-2 and -3 are the same).
//! `tests/annex_d.txt` is the machine as a table, every cell of it. State 4 with a deadline stands for "re-establish for
//! ever": a primary rate has no use for a link that is down, so layer 3 need not ask again and again.
//! Where the standard leaves a choice: on T200 the far end is asked with RR instead of by the last I frame (5.6.7), since
//! a short frame arrives where a long one was hit; queued messages that never left survive a reset of the link.
//! Not here: own receiver busy. We always take what comes, and layer 3 bounds itself; RNR would only move the queue to
//! the far end. DL-ESTABLISH request while the link is up: layer 3 never wants its own messages thrown away.

use std::collections::VecDeque;

use frame::Time;

#[cfg(test)]
#[path = "tests/cells.rs"]
mod cells;
#[cfg(test)]
#[path = "tests/channel.rs"]
mod channel;

use super::{
    Address, Body, Direction, Frame, FrameError, FrameOctets, Information, LinkFault, SequenceNumber, Supervision,
    UnnumberedKind,
    misfit::{Finding, Misfit},
    window::{Arrival, Window},
};
use crate::{LinkSettings, Role};

/// The data link of one D-channel.
#[derive(Debug)]
pub struct Link {
    role: Role,
    settings: LinkSettings,
    layer1_up: bool,
    /// Layer 3 wants a link. Not so between its release and its next establish request.
    wanted: bool,
    /// Layer 3 was told that the link is up.
    told_up: bool,
    state: State,
    /// Messages of layer 3: those in flight, then those that wait.
    queue: VecDeque<Information>,
    misfit: Misfit,
    /// That nobody answers was told.
    silence_told: bool,
    outputs: VecDeque<LinkOutput>,
}

/// What a link tells, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkOutput {
    /// A frame for the line.
    Frame(FrameOctets),
    /// DL-ESTABLISH: the link is up, after it was down.
    Up,
    /// DL-ESTABLISH: the link was set up anew while layer 3 held it for up, and messages of ours that were on their way
    /// are lost (5.7.2; Q.931, 5.8.8).
    Reset,
    /// The link was set up anew and nothing of ours was on its way. The standard keeps that from layer 3; we tell it,
    /// since a far end that begins anew may have lost its calls.
    Renewed,
    /// DL-RELEASE: the link is down (Q.931, 5.8.9).
    Down,
    /// DL-DATA: a message, in sequence.
    Information(Information),
    /// MDL-ERROR and our own findings.
    Fault(LinkFault),
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no link.
    #[error("the data link is down")]
    Down,
    /// 384 messages wait already.
    #[error("the send queue is full")]
    Full,
}

#[derive(Debug)]
enum State {
    /// 4, TEI assigned: no link. With a deadline: try again then.
    Assigned { retry_at: Option<Time> },
    /// 5: SABME is sent. `lost`: what was on its way on the link before was discarded. Where the link is no longer
    /// wanted, its release is pending (state 5.2 of Annex D).
    AwaitingEstablishment { t200: Time, repeats: u8, lost: bool },
    /// 6: DISC is sent. Where the link is wanted again, it is set up as soon as this is over.
    AwaitingRelease { t200: Time, repeats: u8 },
    /// 7: the link is up.
    Established { window: Window, watch: Watch },
    /// 8: the link is up, but an answer is overdue and was asked for.
    TimerRecovery { window: Window, t200: Time, repeats: u8 },
}

/// In state 7 exactly one timer runs.
#[derive(Clone, Copy, Debug)]
enum Watch {
    /// T200: something is unacknowledged, or the far end is busy.
    T200(Time),
    /// T203: all is quiet.
    T203(Time),
}

impl Link {
    /// A link that waits for layer 1. `distinct` is a number that no other box has.
    pub fn new(role: Role, settings: LinkSettings, distinct: u64) -> Link {
        Link {
            role,
            settings,
            layer1_up: false,
            wanted: true,
            told_up: false,
            state: State::Assigned { retry_at: None },
            // In full from the start: a link that runs allocates nothing.
            queue: VecDeque::with_capacity(QUEUE_USUAL_MESSAGES),
            misfit: Misfit::new(distinct),
            silence_told: false,
            outputs: VecDeque::with_capacity(OUTPUTS),
        }
    }

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<LinkOutput> {
        self.outputs.pop_front()
    }

    /// The next output, if it is a frame.
    pub fn poll_frame(&mut self) -> Option<FrameOctets> {
        let LinkOutput::Frame(octets) = self.outputs.pop_front_if(|output| matches!(output, LinkOutput::Frame(_)))?
        else {
            return None;
        };
        Some(octets)
    }

    /// When [`Link::handle_timeout`] has something to do.
    pub fn next_deadline(&self) -> Option<Time> {
        [self.state.deadline(), self.misfit.next_deadline()].into_iter().flatten().min()
    }

    /// Whether layer 3 holds the link for up.
    pub fn is_up(&self) -> bool {
        self.told_up
    }

    /// Messages that wait or are unacknowledged.
    pub fn backlog_messages(&self) -> usize {
        self.queue.len()
    }

    /// Whether layer 1 is up.
    pub fn layer1_up(&self) -> bool {
        self.layer1_up
    }

    /// Timers and window from now on. A smaller window takes hold as acknowledgements come in.
    pub fn apply(&mut self, settings: LinkSettings) {
        self.settings = settings;
    }

    /// Layer 1 came up (PH-ACTIVATE) or went down (PH-DEACTIVATE).
    pub fn handle_layer1(&mut self, now: Time, up: bool) {
        if self.layer1_up == up {
            return;
        }
        self.layer1_up = up;
        if up { self.establish(now) } else { self.fall(None) }
    }

    /// DL-RELEASE request: takes the link down and leaves it down until [`Link::bring_up`].
    pub fn release(&mut self, now: Time) {
        self.wanted = false;
        match self.state {
            State::Assigned { .. } => self.fall(None),
            // The far end may have answered our SABME already: its UA comes first, then DISC is sent.
            State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. } => {}
            State::Established { .. } | State::TimerRecovery { .. } => self.disconnect(now),
        }
    }

    /// DL-ESTABLISH request, where the link is down or was to go down.
    pub fn bring_up(&mut self, now: Time) {
        self.wanted = true;
        if let State::Assigned { .. } = self.state {
            self.establish(now);
        }
    }

    fn disconnect(&mut self, now: Time) {
        self.queue.clear();
        self.send_unnumbered(UnnumberedKind::Disconnect, true);
        self.state = State::AwaitingRelease { t200: now + self.settings.t200, repeats: 0 };
    }

    /// The procedure "establish data link" of Annex B: sends SABME.
    fn establish(&mut self, now: Time) {
        if !self.layer1_up || !self.wanted {
            return;
        }
        self.send_unnumbered(UnnumberedKind::SetMode, true);
        let lost = self.discard_in_flight();
        self.state = State::AwaitingEstablishment { t200: now + self.settings.t200, repeats: 0, lost };
    }

    /// 5.7.2: with something in flight nobody can tell what arrived, so the queue is discarded. True if it was.
    fn discard_in_flight(&mut self) -> bool {
        let lost = self.state.window().is_some_and(|window| window.in_flight() > 0);
        if lost {
            self.queue.clear();
        }
        lost
    }

    /// DL-DATA request: a message of layer 3.
    pub fn send(&mut self, now: Time, information: Information) -> Result<(), SendError> {
        if !self.told_up || !self.wanted || matches!(self.state, State::AwaitingRelease { .. }) {
            return Err(SendError::Down);
        }
        if self.queue.len() >= QUEUE_MESSAGES {
            self.fault(LinkFault::SendQueueFull);
            return Err(SendError::Full);
        }
        self.queue.push_back(information);
        self.pump(now);
        Ok(())
    }

    /// Acknowledges what no I frame has acknowledged. Called when layer 3 has said what it had to say.
    pub fn flush(&mut self) {
        if self.state.window().is_some_and(|window| window.ack_pending) {
            self.send_supervisory(Supervision::ReceiveReady, false, false);
        }
    }

    /// Runs what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        match self.misfit.handle_timeout(now) {
            Some(Finding::Repeat) => self.outputs.extend(self.misfit.probe().cloned().map(LinkOutput::Frame)),
            Some(Finding::Silence) => self.on_role_conflict(now),
            None => {}
        }
        if self.state.deadline().is_some_and(|deadline| deadline <= now) {
            self.expire(now);
        }
    }

    fn expire(&mut self, now: Time) {
        match self.state {
            State::Assigned { .. } => self.establish(now),
            State::AwaitingEstablishment { repeats, lost, .. } => self.repeat_establish(now, repeats, lost),
            State::AwaitingRelease { repeats, .. } => self.repeat_release(now, repeats),
            // The SDL counts the first enquiry as a repetition where T200 brought it about, and not where T203 did.
            State::Established { watch: Watch::T200(_), .. } => self.enquire(now, 1),
            State::Established { watch: Watch::T203(_), .. } => self.enquire(now, 0),
            State::TimerRecovery { repeats, .. } => self.repeat_enquiry(now, repeats),
        }
    }

    /// 5.5.1.3: T200 in state 5.
    fn repeat_establish(&mut self, now: Time, repeats: u8, lost: bool) {
        if repeats >= self.settings.n200 {
            // Told once, not every few seconds for as long as a cable is out.
            if !std::mem::replace(&mut self.silence_told, true) {
                self.fault(LinkFault::NoAnswerToEstablish);
            }
            return self.fall_and_retry(now);
        }
        self.send_unnumbered(UnnumberedKind::SetMode, true);
        self.state = State::AwaitingEstablishment { t200: now + self.settings.t200, repeats: repeats + 1, lost };
    }

    /// 5.5.3.3: T200 in state 6.
    fn repeat_release(&mut self, now: Time, repeats: u8) {
        if repeats >= self.settings.n200 {
            self.fault(LinkFault::NoAnswerToRelease);
            return self.conclude_release(now);
        }
        self.send_unnumbered(UnnumberedKind::Disconnect, true);
        self.state = State::AwaitingRelease { t200: now + self.settings.t200, repeats: repeats + 1 };
    }

    /// The link is down as layer 3 wanted it, which may have changed its mind meanwhile.
    fn conclude_release(&mut self, now: Time) {
        self.fall(None);
        self.establish(now);
    }

    /// 5.6.7 and 5.10: T200 or T203 in state 7.
    fn enquire(&mut self, now: Time, repeats: u8) {
        let State::Established { window, .. } = std::mem::take(&mut self.state) else { return };
        self.state = State::TimerRecovery { window, t200: now + self.settings.t200, repeats };
        self.send_supervisory(Supervision::ReceiveReady, true, true);
    }

    /// 5.6.7: T200 in state 8.
    fn repeat_enquiry(&mut self, now: Time, repeats_so_far: u8) {
        if repeats_so_far >= self.settings.n200 {
            self.fault(LinkFault::NoAnswerToEnquiry);
            return self.establish(now);
        }
        if let State::TimerRecovery { t200, repeats, .. } = &mut self.state {
            (*t200, *repeats) = (now + self.settings.t200, repeats_so_far + 1);
        }
        self.send_supervisory(Supervision::ReceiveReady, true, true);
    }

    /// Takes one frame from the line, without its check sequence. True if it was a frame of this link.
    pub fn handle_frame(&mut self, now: Time, octets: &[u8]) -> bool {
        let Some((address, control)) = Address::parse(octets) else { return false };
        if address.sapi != 0 || address.tei != 0 || !self.layer1_up {
            return false;
        }
        match Body::parse(control) {
            Ok(body) => self.receive(now, &Frame { address, body }, octets),
            Err(error) => {
                self.on_malformed(now, error);
                false
            }
        }
    }

    /// 5.8.4: an invalid frame is nothing. 5.8.5: one that breaks the rules is told, and sets a link that is up up anew.
    /// A message that is too long would else be repeated for ever, and nothing after it would come through.
    fn on_malformed(&mut self, now: Time, error: FrameError) {
        let Some(fault) = error.fault() else { return };
        self.fault(fault);
        if self.state.window().is_some() {
            self.establish(now);
        }
    }

    fn receive(&mut self, now: Time, frame: &Frame<'_>, octets: &[u8]) -> bool {
        if self.hears_itself(now, frame, octets) {
            return false;
        }
        let command = frame.address.cr != self.command_bit();
        match frame.body {
            Body::Information { ns, nr, poll, information } => self.on_information(now, ns, nr, poll, information),
            Body::Supervisory { kind, nr, poll_final } => self.on_supervisory(now, kind, nr, command, poll_final),
            Body::Unnumbered { kind: UnnumberedKind::SetMode, poll_final } => self.on_set_mode(now, poll_final),
            Body::Unnumbered { kind: UnnumberedKind::Disconnect, poll_final } => self.on_disconnect(now, poll_final),
            Body::Unnumbered { kind: UnnumberedKind::Acknowledge, poll_final } => self.on_acknowledge(now, poll_final),
            Body::Unnumbered { kind: UnnumberedKind::DisconnectedMode, poll_final } => {
                self.on_disconnected_mode(now, poll_final);
            }
            Body::FrameReject { .. } => self.on_frame_reject(now),
            // 5.2.2, 5.2.3: call control on a primary rate uses neither.
            Body::UnnumberedInformation { .. } | Body::Exchange { .. } => return false,
        }
        true
    }

    fn on_set_mode(&mut self, now: Time, poll: bool) {
        match &self.state {
            State::AwaitingEstablishment { .. } => self.send_unnumbered(UnnumberedKind::Acknowledge, poll),
            State::AwaitingRelease { .. } => self.send_unnumbered(UnnumberedKind::DisconnectedMode, poll),
            State::Assigned { .. } if !self.wanted => self.send_unnumbered(UnnumberedKind::DisconnectedMode, poll),
            State::Assigned { .. } => {
                self.send_unnumbered(UnnumberedKind::Acknowledge, poll);
                self.rise(now, false);
            }
            State::Established { .. } | State::TimerRecovery { .. } => {
                self.send_unnumbered(UnnumberedKind::Acknowledge, poll);
                self.fault(LinkFault::FarEndReestablished);
                let lost = self.discard_in_flight();
                self.rise(now, lost);
            }
        }
    }

    fn on_disconnect(&mut self, now: Time, poll: bool) {
        match self.state {
            State::Assigned { .. } | State::AwaitingEstablishment { .. } => {
                self.send_unnumbered(UnnumberedKind::DisconnectedMode, poll);
            }
            State::AwaitingRelease { .. } => self.send_unnumbered(UnnumberedKind::Acknowledge, poll),
            State::Established { .. } | State::TimerRecovery { .. } => {
                self.send_unnumbered(UnnumberedKind::Acknowledge, poll);
                self.fall_and_retry(now);
            }
        }
    }

    fn on_acknowledge(&mut self, now: Time, is_final: bool) {
        match (&self.state, is_final) {
            (State::AwaitingEstablishment { .. }, true) if !self.wanted => self.disconnect(now),
            (State::AwaitingEstablishment { lost, .. }, true) => self.rise(now, *lost),
            (State::AwaitingRelease { .. }, true) => self.conclude_release(now),
            (State::Assigned { .. } | State::Established { .. } | State::TimerRecovery { .. }, true) => {
                self.fault(LinkFault::UnsolicitedAcknowledgementFinal);
            }
            (_, false) => self.fault(LinkFault::UnsolicitedAcknowledgement),
        }
    }

    fn on_disconnected_mode(&mut self, now: Time, is_final: bool) {
        match (&self.state, is_final) {
            (State::Assigned { .. }, false) => self.establish(now),
            (State::AwaitingEstablishment { .. }, true) => self.fall_and_retry(now),
            (State::AwaitingRelease { .. }, true) => self.conclude_release(now),
            (State::Established { .. }, true) => self.fault(LinkFault::UnsolicitedDisconnectedModeFinal),
            (State::TimerRecovery { .. }, true) => {
                self.fault(LinkFault::UnsolicitedDisconnectedModeFinal);
                self.establish(now);
            }
            (State::Established { .. } | State::TimerRecovery { .. }, false) => {
                self.fault(LinkFault::FarEndDisconnected);
                self.establish(now);
            }
            (State::Assigned { .. }, true)
            | (State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. }, false) => {}
        }
    }

    fn on_frame_reject(&mut self, now: Time) {
        if self.state.window().is_some() {
            self.fault(LinkFault::FrameRejected);
            self.establish(now);
        }
    }

    /// 5.6.2: I frames.
    fn on_information(&mut self, now: Time, ns: SequenceNumber, nr: SequenceNumber, poll: bool, information: &[u8]) {
        let Some(window) = self.state.window_mut() else { return };
        let arrival = window.arrive(ns);
        window.ack_pending |= arrival == Arrival::InSequence;
        if arrival == Arrival::InSequence {
            // The frame's parser has bounded it.
            let information = information.iter().copied().collect();
            self.outputs.push_back(LinkOutput::Information(information));
        }
        match arrival {
            Arrival::Gap => self.send_supervisory(Supervision::Reject, false, poll),
            Arrival::InSequence | Arrival::StillGap if poll => {
                self.send_supervisory(Supervision::ReceiveReady, false, true);
            }
            Arrival::InSequence | Arrival::StillGap => {}
        }
        if self.check_number(now, nr) {
            self.acknowledge(now, nr);
            self.pump(now);
        }
    }

    /// 5.6.3 to 5.6.5, and 5.6.7 for the answer to an enquiry.
    fn on_supervisory(&mut self, now: Time, kind: Supervision, nr: SequenceNumber, command: bool, poll_final: bool) {
        let Some(window) = self.state.window_mut() else { return };
        window.peer_busy = kind == Supervision::ReceiveNotReady;
        let recovering = matches!(self.state, State::TimerRecovery { .. });
        match (command, poll_final) {
            (true, true) => self.send_supervisory(Supervision::ReceiveReady, false, true),
            (false, true) if !recovering => self.fault(LinkFault::UnsolicitedSupervisoryFinal),
            (true | false, _) => {}
        }
        if !self.check_number(now, nr) {
            return;
        }
        self.acknowledge(now, nr);
        match (recovering, command, poll_final) {
            (false, ..) => self.take_supervision(now, kind),
            (true, false, true) => self.recover(now),
            (true, ..) => {}
        }
        self.pump(now);
    }

    fn take_supervision(&mut self, now: Time, kind: Supervision) {
        let State::Established { window, watch } = &mut self.state else { return };
        match kind {
            Supervision::ReceiveReady => {}
            Supervision::Reject => {
                window.rewind();
                *watch = Watch::T203(now + self.settings.t203);
            }
            Supervision::ReceiveNotReady => *watch = Watch::T200(now + self.settings.t200),
        }
    }

    /// State 8 to 7: the far end answered, what it lacks is sent again.
    fn recover(&mut self, now: Time) {
        let State::TimerRecovery { mut window, .. } = std::mem::take(&mut self.state) else { return };
        window.rewind();
        let watch = if window.peer_busy {
            Watch::T200(now + self.settings.t200)
        } else {
            Watch::T203(now + self.settings.t203)
        };
        self.state = State::Established { window, watch };
    }

    /// True if V(A) ≤ N(R) ≤ V(S); else 5.8.5: MDL error J, the link is set up anew.
    fn check_number(&mut self, now: Time, nr: SequenceNumber) -> bool {
        let Some(window) = self.state.window() else { return false };
        let good = window.may_acknowledge(nr);
        if !good {
            self.fault(LinkFault::SequenceError);
            self.establish(now);
        }
        good
    }

    fn acknowledge(&mut self, now: Time, nr: SequenceNumber) {
        let Some(window) = self.state.window_mut() else { return };
        let done = window.acknowledge(nr);
        self.queue.drain(..usize::from(done));
        if self.queue.is_empty() {
            // The room of a bad second is given back.
            self.queue.shrink_to(QUEUE_USUAL_MESSAGES);
        }
        let State::Established { window, watch } = &mut self.state else { return };
        if window.peer_busy || done == 0 && window.in_flight() > 0 {
            return;
        }
        *watch = if window.in_flight() == 0 {
            Watch::T203(now + self.settings.t203)
        } else {
            Watch::T200(now + self.settings.t200)
        };
    }

    /// Sends what the window lets through, 5.6.1.
    fn pump(&mut self, now: Time) {
        loop {
            let address = self.address(true);
            let State::Established { window, watch } = &mut self.state else { return };
            let next = usize::from(window.in_flight());
            // What was sent once is sent again whole, also where the window has become smaller since: the far end may
            // have it already.
            let limit = self.settings.window.clamp(1, 127).max(window.repeating());
            if window.peer_busy || next >= usize::from(limit) {
                return;
            }
            let Some(information) = self.queue.get(next) else { return };
            let body = Body::Information { ns: window.vs(), nr: window.vr(), poll: false, information };
            self.outputs.push_back(LinkOutput::Frame(Frame { address, body }.emit()));
            window.sent_one();
            if let Watch::T203(_) = watch {
                *watch = Watch::T200(now + self.settings.t200);
            }
        }
    }

    /// The link is up with fresh numbers; `lost` tells whether messages of ours were discarded for it.
    fn rise(&mut self, now: Time, lost: bool) {
        let watch = Watch::T203(now + self.settings.t203);
        self.state = State::Established { window: Window::default(), watch };
        self.misfit.forget();
        self.silence_told = false;
        self.outputs.push_back(match (std::mem::replace(&mut self.told_up, true), lost) {
            (false, _) => LinkOutput::Up,
            (true, true) => LinkOutput::Reset,
            (true, false) => LinkOutput::Renewed,
        });
        self.pump(now);
    }

    fn fall_and_retry(&mut self, now: Time) {
        let retry_at = self.wanted.then(|| now + self.settings.t200);
        self.fall(retry_at);
    }

    fn fall(&mut self, retry_at: Option<Time>) {
        self.state = State::Assigned { retry_at };
        self.queue.clear();
        self.misfit.give_up_probe();
        if std::mem::replace(&mut self.told_up, false) {
            self.outputs.push_back(LinkOutput::Down);
        }
    }

    /// True if the frame is in our own role: from ourselves through a loop, or from a far end that is set up as the same
    /// side. Both send the same SABME; only an answer to a marked XID tells them apart.
    fn hears_itself(&mut self, now: Time, frame: &Frame<'_>, octets: &[u8]) -> bool {
        if self.misfit.recognise(octets) {
            self.on_loop(now);
            return true;
        }
        let as_command = frame.address.cr == self.command_bit();
        let own_role = match frame.body.direction() {
            Direction::Command => as_command,
            Direction::Response => !as_command,
            Direction::Either => false,
        };
        if own_role && let Some(probe) = self.misfit.suspect(now, self.settings.t200, self.address(true)) {
            self.outputs.push_back(LinkOutput::Frame(probe));
        }
        own_role
    }

    /// A link that was up is no link any more.
    fn on_loop(&mut self, now: Time) {
        self.tell_misfit(LinkFault::Loop);
        if self.state.window().is_some() {
            self.fall_and_retry(now);
        }
    }

    /// A link that is up is not taken down for one odd frame: the far end is asked. If it is no far end any more, the
    /// link is set up anew, and what is heard then is in our role again.
    fn on_role_conflict(&mut self, now: Time) {
        match self.state {
            State::Established { .. } => self.enquire(now, 0),
            State::TimerRecovery { .. } => {}
            State::Assigned { .. } | State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. } => {
                self.tell_misfit(LinkFault::RoleConflict);
            }
        }
    }

    fn tell_misfit(&mut self, fault: LinkFault) {
        if self.misfit.is_news(fault) {
            self.fault(fault);
        }
    }

    fn fault(&mut self, fault: LinkFault) {
        self.outputs.push_back(LinkOutput::Fault(fault));
    }

    /// The C/R bit of our commands, Q.921, table 1.
    fn command_bit(&self) -> bool {
        self.role == Role::Network
    }

    fn address(&self, command: bool) -> Address {
        Address { sapi: 0, tei: 0, cr: command == self.command_bit() }
    }

    fn send_unnumbered(&mut self, kind: UnnumberedKind, poll_final: bool) {
        let command = matches!(kind, UnnumberedKind::SetMode | UnnumberedKind::Disconnect);
        let frame = Frame { address: self.address(command), body: Body::Unnumbered { kind, poll_final } };
        self.outputs.push_back(LinkOutput::Frame(frame.emit()));
    }

    fn send_supervisory(&mut self, kind: Supervision, command: bool, poll_final: bool) {
        let address = self.address(command);
        let Some(window) = self.state.window_mut() else { return };
        window.ack_pending = false;
        let body = Body::Supervisory { kind, nr: window.vr(), poll_final };
        self.outputs.push_back(LinkOutput::Frame(Frame { address, body }.emit()));
    }
}

impl Default for State {
    fn default() -> State {
        State::Assigned { retry_at: None }
    }
}

impl State {
    fn window(&self) -> Option<&Window> {
        match self {
            State::Established { window, .. } | State::TimerRecovery { window, .. } => Some(window),
            State::Assigned { .. } | State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. } => None,
        }
    }

    fn window_mut(&mut self) -> Option<&mut Window> {
        match self {
            State::Established { window, .. } | State::TimerRecovery { window, .. } => Some(window),
            State::Assigned { .. } | State::AwaitingEstablishment { .. } | State::AwaitingRelease { .. } => None,
        }
    }

    fn deadline(&self) -> Option<Time> {
        match *self {
            State::Assigned { retry_at } => retry_at,
            State::AwaitingEstablishment { t200, .. }
            | State::AwaitingRelease { t200, .. }
            | State::TimerRecovery { t200, .. } => Some(t200),
            State::Established { watch: Watch::T200(at) | Watch::T203(at), .. } => Some(at),
        }
    }
}

/// Messages that may wait for the window: all that 64 calls can say before the far end has to (SETUP ACKNOWLEDGE, CALL
/// PROCEEDING, PROGRESS, ALERTING, CONNECT, DISCONNECT). What is said in vain is lost to a call for good, and one lost
/// second of a busy line fills a queue of 71. A full queue means a far end that has been busy for seconds.
const QUEUE_MESSAGES: usize = 64 * 6;

/// Messages for which there is room from the start: two for each of 30 channels, and the window.
const QUEUE_USUAL_MESSAGES: usize = 64 + 7;

/// What may wait for its reader: a window of messages that arrived, a window of frames that follow them, answers and
/// faults. More is rare, and allocates.
const OUTPUTS: usize = 32;
