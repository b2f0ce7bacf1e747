//! What carries a span's messages: a data link of its own, or the one that several lines share.

use std::collections::VecDeque;

use frame::Time;

use crate::{
    LinkSettings,
    q921::{FrameOctets, Information, Link, LinkOutput, SendError},
};

/// The way to the far end, as call control sees it.
#[derive(Debug)]
pub(crate) enum Signalling {
    /// The span has its D-channel.
    Own(Box<Link>),
    /// The D-channel is on another line; a [`Group`](crate::Group) has it.
    Shared(SharedLink),
}

/// What a span sees of a data link that it shares. Its frames are bare messages.
#[derive(Debug, Default)]
pub(crate) struct SharedLink {
    up: bool,
    /// How many messages wait in the link's own queue, as the group said last.
    backlog_messages: usize,
    outputs: VecDeque<LinkOutput>,
}

impl SharedLink {
    /// The group tells what came over the link, or what became of it.
    pub fn note(&mut self, news: LinkOutput) {
        match news {
            LinkOutput::Up | LinkOutput::Reset | LinkOutput::Renewed => self.up = true,
            LinkOutput::Down => self.up = false,
            LinkOutput::Frame(_) | LinkOutput::Information(_) | LinkOutput::Fault(_) => {}
        }
        self.outputs.push_back(news);
    }

    /// The group tells how many messages wait in the link's queue.
    pub fn note_backlog(&mut self, messages: usize) {
        self.backlog_messages = messages;
    }

    fn send(&mut self, information: &Information) -> Result<(), SendError> {
        if !self.up {
            return Err(SendError::Down);
        }
        self.outputs.push_back(LinkOutput::Frame(information.iter().copied().collect()));
        Ok(())
    }
}

impl Signalling {
    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<LinkOutput> {
        match self {
            Signalling::Own(link) => link.poll_output(),
            Signalling::Shared(shared) => shared.outputs.pop_front(),
        }
    }

    /// The next output, if it is a frame.
    pub fn poll_frame(&mut self) -> Option<FrameOctets> {
        match self {
            Signalling::Own(link) => link.poll_frame(),
            Signalling::Shared(shared) => {
                match shared.outputs.pop_front_if(|output| matches!(output, LinkOutput::Frame(_))) {
                    Some(LinkOutput::Frame(octets)) => Some(octets),
                    _ => None,
                }
            }
        }
    }

    /// When [`Signalling::handle_timeout`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        self.own().and_then(Link::next_deadline)
    }

    /// Whether messages can be sent.
    pub fn is_up(&self) -> bool {
        match self {
            Signalling::Own(link) => link.is_up(),
            Signalling::Shared(shared) => shared.up,
        }
    }

    /// How many messages wait to be sent.
    pub fn backlog_messages(&self) -> usize {
        match self {
            Signalling::Own(link) => link.backlog_messages(),
            Signalling::Shared(shared) => shared.backlog_messages,
        }
    }

    /// Whether layer 1 is up, where the D-channel is ours.
    pub fn layer1_up(&self) -> bool {
        self.own().is_some_and(Link::layer1_up)
    }

    /// Hands a message over.
    pub fn send(&mut self, now: Time, information: Information) -> Result<(), SendError> {
        match self {
            Signalling::Own(link) => link.send(now, information),
            Signalling::Shared(shared) => shared.send(&information),
        }
    }

    /// A frame from the line. False where it is of no use.
    pub fn handle_frame(&mut self, now: Time, octets: &[u8]) -> bool {
        self.own_mut().is_some_and(|link| link.handle_frame(now, octets))
    }

    /// Layer 1 is up or down.
    pub fn handle_layer1(&mut self, now: Time, up: bool) {
        self.with_own(|link| link.handle_layer1(now, up));
    }

    /// Runs what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        self.with_own(|link| link.handle_timeout(now));
    }

    /// Sends acknowledgements that waited for a message to ride on.
    pub fn flush(&mut self) {
        self.with_own(Link::flush);
    }

    /// Takes the link down and leaves it down.
    pub fn release(&mut self, now: Time) {
        self.with_own(|link| link.release(now));
    }

    /// Sets the link up again.
    pub fn bring_up(&mut self, now: Time) {
        self.with_own(|link| link.bring_up(now));
    }

    /// Changes the parameters of the link.
    pub fn apply(&mut self, settings: LinkSettings) {
        self.with_own(|link| link.apply(settings));
    }

    /// Where a group tells what it has to tell.
    pub fn shared_mut(&mut self) -> Option<&mut SharedLink> {
        match self {
            Signalling::Own(_) => None,
            Signalling::Shared(shared) => Some(shared),
        }
    }

    fn own(&self) -> Option<&Link> {
        match self {
            Signalling::Own(link) => Some(link),
            Signalling::Shared(_) => None,
        }
    }

    fn own_mut(&mut self) -> Option<&mut Link> {
        match self {
            Signalling::Own(link) => Some(link),
            Signalling::Shared(_) => None,
        }
    }

    fn with_own(&mut self, act: impl FnOnce(&mut Link)) {
        if let Some(link) = self.own_mut() {
            act(link);
        }
    }
}
