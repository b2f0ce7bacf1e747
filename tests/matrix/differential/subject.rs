//! Who the damaged messages are said to: ours or libpri, at the other end of a data link of ours.

use std::path::Path;

use frame::Time;
use isdn::{
    CallHandle, Dialect, Event, Input, LinkSettings, Output, Request, Role, Span, SpanSettings,
    q921::{Link, LinkOutput},
    q931::{Message, MessageKind},
};

use super::{
    Outcome,
    damage::{Case, REFERENCE_AT, State},
};
use crate::{
    peer::{Manner, Peer},
    row::Switch,
};

/// A conversation with one of them. The clock stands still: no timer runs out.
pub struct Dialogue {
    subject: Box<dyn Subject>,
    link: Link,
    reference: u8,
    heard: Vec<Message>,
}

/// One end of a D-channel with its owner, who answers every call that is offered if `answers`.
trait Subject {
    /// Takes a frame; gives what it sends.
    fn hear(&mut self, frame: &[u8]) -> Vec<Vec<u8>>;
    /// What its owner was told since the last time: whether a call ended is told apart.
    fn told(&mut self) -> Vec<News>;
    /// The owner answers the call that was offered last.
    fn answer(&mut self) -> Vec<Vec<u8>>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Ended,
    Other,
}

const NOW: Time = Time::ZERO;

impl Dialogue {
    pub fn with_ours(role: Role) -> Dialogue {
        let settings = SpanSettings { distinct: 1, ..SpanSettings::of(role, Dialect::EuroIsdn) };
        let mut span = Span::new(settings);
        span.handle_input(NOW, Input::Layer1(true));
        Dialogue::begin(Box::new(Ours { span, offered: None, news: Vec::new() }), role)
    }

    pub fn with_libpri(role: Role, folder: &Path) -> Dialogue {
        let manner = Manner { switch: Switch::Euro, role, overlap: false, backup: false };
        let peer = Peer::start(manner, folder);
        Dialogue::begin(Box::new(Libpri { peer, offered: 0 }), role)
    }

    fn begin(subject: Box<dyn Subject>, role: Role) -> Dialogue {
        let link = Link::new(role.opposite(), LinkSettings::default(), 7);
        let mut dialogue = Dialogue { subject, link, reference: 0, heard: Vec::new() };
        dialogue.link.handle_layer1(NOW, true);
        dialogue.exchange(Vec::new());
        assert!(dialogue.link.is_up(), "the data link comes up");
        dialogue
    }

    /// Says a damaged message, and leaves no call behind.
    pub fn outcome(&mut self, case: &Case) -> Outcome {
        self.reference = self.reference % 120 + 1;
        if case.state == State::Active {
            self.talk();
        }
        self.heard.clear();
        self.subject.told();
        let mut octets = case.octets.clone();
        if let (Some(value), false) = (octets.get_mut(REFERENCE_AT), case.state == State::Global) {
            *value = self.reference;
        }
        self.say(&octets);
        let outcome = self.judge();
        self.clean_up(&octets);
        outcome
    }

    fn judge(&mut self) -> Outcome {
        let news = self.subject.told();
        let said = |kinds: &[MessageKind]| self.heard.iter().any(|message| kinds.contains(&message.kind));
        if said(&[MessageKind::Disconnect, MessageKind::Release, MessageKind::ReleaseComplete]) {
            Outcome::Cleared
        } else if news.contains(&News::Ended) {
            Outcome::Ended
        } else if !news.is_empty() {
            Outcome::Told
        } else if self.heard.iter().any(|message| message.kind != MessageKind::Status) {
            Outcome::Answered
        } else if !self.heard.is_empty() {
            Outcome::Status
        } else {
            Outcome::Ignored
        }
    }

    /// A call of ours to the subject, which its owner answers.
    fn talk(&mut self) {
        let setup =
            [&self.header(0x05)[..], &[0x04, 0x03, 0x80, 0x90, 0xa3, 0x18, 0x03, 0xa9, 0x83, 0x83, 0xa1]].concat();
        self.say(&setup);
        let frames = self.subject.answer();
        self.exchange(frames);
        self.say(&self.header(0x0f));
        let connected = self.heard.iter().any(|message| message.kind == MessageKind::Connect);
        assert!(connected, "the owner answers: {:?}", self.heard);
    }

    /// RELEASE COMPLETE ends a call in any state, and is ignored where there is none. The damage may have hit the
    /// reference.
    fn clean_up(&mut self, damaged: &[u8]) {
        for reference in [Some(&[0x02, 0x00, self.reference][..]), reference_of(damaged)].into_iter().flatten() {
            let over = [&[0x08], reference, &[0x5a, 0x08, 0x02, 0x80, 0x90]].concat();
            self.say(&over);
        }
        self.subject.told();
    }

    fn header(&self, kind: u8) -> [u8; 5] {
        [0x08, 0x02, 0x00, self.reference, kind]
    }

    fn say(&mut self, message: &[u8]) {
        self.link.send(NOW, message.iter().copied().collect()).expect("the data link is up");
        self.exchange(Vec::new());
    }

    /// Until both data links are idle.
    fn exchange(&mut self, mut to_us: Vec<Vec<u8>>) {
        to_us.extend(self.subject.hear(&[]));
        loop {
            for frame in to_us.drain(..) {
                self.link.handle_frame(NOW, &frame);
            }
            self.link.flush();
            let mut to_subject = Vec::new();
            while let Some(output) = self.link.poll_output() {
                match output {
                    LinkOutput::Frame(octets) => to_subject.push(octets.to_vec()),
                    LinkOutput::Information(octets) => {
                        self.heard.extend(Message::parse(&octets).map(|parsed| parsed.message));
                    }
                    _ => {}
                }
            }
            to_us = to_subject.iter().flat_map(|frame| self.subject.hear(frame)).collect();
            if to_us.is_empty() {
                return;
            }
        }
    }
}

/// Length and value of a message's call reference.
fn reference_of(message: &[u8]) -> Option<&[u8]> {
    let length = usize::from(*message.get(1)? & 0x0f);
    message.get(1..2 + length)
}

struct Ours {
    span: Span,
    offered: Option<CallHandle>,
    news: Vec<News>,
}

impl Ours {
    fn input(&mut self, input: Input<'_>) -> Vec<Vec<u8>> {
        self.span.handle_input(NOW, input);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        while let Some(output) = self.span.poll_output() {
            match output {
                Output::Frame(octets) => frames.push(octets.to_vec()),
                Output::Event(event) => self.note(&event),
                Output::Remember(_) | Output::Forget(_) => {}
            }
        }
        frames
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::Channel { .. } | Event::LinkUp | Event::LinkDown | Event::LinkFault(_) => {}
            Event::Released { .. } => self.news.push(News::Ended),
            Event::Incoming { call, .. } => {
                self.offered = Some(*call);
                self.news.push(News::Other);
            }
            _ => self.news.push(News::Other),
        }
    }
}

impl Subject for Ours {
    fn hear(&mut self, frame: &[u8]) -> Vec<Vec<u8>> {
        if frame.is_empty() { self.drain() } else { self.input(Input::Frame(frame)) }
    }

    fn told(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    fn answer(&mut self) -> Vec<Vec<u8>> {
        let call = self.offered.expect("a call was offered");
        self.input(Input::Request(Request::Connect { call, party: Box::default() }))
    }
}

struct Libpri {
    peer: Peer,
    /// libpri's number of the call that was offered last.
    offered: i64,
}

impl Libpri {
    fn frames(&mut self) -> Vec<Vec<u8>> {
        self.peer.step(NOW);
        std::iter::from_fn(|| self.peer.say(0)).collect()
    }
}

impl Subject for Libpri {
    fn hear(&mut self, frame: &[u8]) -> Vec<Vec<u8>> {
        if !frame.is_empty() {
            self.peer.hear(0, frame);
        }
        self.frames()
    }

    fn told(&mut self) -> Vec<News> {
        let told: Vec<_> = std::iter::from_fn(|| self.peer.poll_told()).collect();
        let news = |told: &crate::peer::Told| match told.event() {
            // Ours tells its owner of a RESTART by what it does to channels and calls.
            "DCHAN_UP" | "DCHAN_DOWN" | "RESTART" => None,
            "HANGUP" | "HANGUP_ACK" => Some(News::Ended),
            _ => Some(News::Other),
        };
        self.offered =
            told.iter().filter(|told| told.event() == "RING").map(|told| told.id()).next_back().unwrap_or(self.offered);
        told.iter().filter_map(news).collect()
    }

    fn answer(&mut self) -> Vec<Vec<u8>> {
        self.told();
        let command = format!("answer id={} chan=3", self.offered);
        let (_, taken) = self.peer.command(&command);
        assert!(taken, "libpri does not take \"{command}\"");
        self.frames()
    }
}
