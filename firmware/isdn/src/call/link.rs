//! A call whose data link goes, comes back, or is set up anew. Source: ITU-T Q.931, 5.8.8 and 5.8.9.

use super::{
    CallState,
    machine::{Call, Context},
};
use crate::{Cause, Origin, Timer};

impl Call {
    /// 5.8.9: the link is down. Talking calls wait for it, and so do calls that are being cleared, which the standard
    /// would drop: the far end may not know yet, and a channel that one side holds is lost to both.
    pub fn on_link_down(&mut self, context: &mut Context<'_>) {
        self.enquiry = None;
        if self.state == CallState::Active {
            self.wait_for_link(context);
        } else if self.state.is_clearing() {
            self.enter(context, CallState::ReleaseRequest, None);
            self.wait_for_link(context);
        } else {
            self.drop_silently(context, Cause::DestinationOutOfOrder, Origin::Link);
        }
    }

    /// Starts T309. Where it runs already, it goes on.
    pub fn wait_for_link(&mut self, context: &Context<'_>) {
        self.t309.get_or_insert(context.after(Timer::T309));
    }

    /// The call was being set up or cleared when the box went down: RELEASE as soon as there is a link.
    pub fn abandon(&mut self, context: &Context<'_>) {
        self.note_ending(context, Cause::TemporaryFailure, Origin::Adoption);
        self.enter(context, CallState::ReleaseRequest, None);
    }

    /// The link is back.
    pub fn on_link_up(&mut self, context: &mut Context<'_>) {
        if self.t309.take().is_none() {
            return;
        }
        match self.state {
            CallState::Active => self.enquire(context),
            _ => self.release(context),
        }
    }

    /// The link was set up anew and nothing of ours was lost, so the digits that we send go on. What the far end had on its
    /// way may be lost, and it may have lost its calls: everything else is as after a reset.
    pub fn on_link_renewed(&mut self, context: &mut Context<'_>) {
        match self.state {
            CallState::OverlapSending => self.enquire_anew(context),
            _ => self.on_link_reset(context),
        }
    }

    /// 5.8.8: the link was set up anew and messages may be lost. Digits can't be repeated; for the rest the far end is asked
    /// how far it is, since T301 would let a caller hear ringing for minutes after the answer was lost.
    pub fn on_link_reset(&mut self, context: &mut Context<'_>) {
        // The reply that named the channel may be lost: the next one names it again.
        self.channel_told = false;
        match self.state {
            CallState::OverlapSending | CallState::OverlapReceiving => {
                self.note_ending(context, Cause::TemporaryFailure, Origin::Link);
                self.disconnect_saying(context, Cause::TemporaryFailure);
            }
            CallState::OutgoingProceeding
            | CallState::Delivered
            | CallState::IncomingProceeding
            | CallState::Received
            | CallState::ConnectRequest
            | CallState::Active => self.enquire_anew(context),
            // SETUP is said again by T303 of the side that placed the call, DISCONNECT and RELEASE by T305 and T308.
            CallState::Null
            | CallState::Initiated
            | CallState::Present
            | CallState::DisconnectRequest
            | CallState::DisconnectIndication
            | CallState::ReleaseRequest => {}
        }
    }

    /// An enquiry that is outstanding went, or its answer, with what the link lost: to wait for T322 would be 4 s of silence.
    fn enquire_anew(&mut self, context: &mut Context<'_>) {
        self.enquiry = None;
        self.enquire(context);
    }

    /// T309.
    pub(super) fn on_link_lost_for_good(&mut self, context: &mut Context<'_>) {
        self.drop_silently(context, Cause::DestinationOutOfOrder, Origin::Link);
    }
}
