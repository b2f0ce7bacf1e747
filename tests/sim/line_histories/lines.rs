//! The box's telephony with the ports around it, in virtual time.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use call::{CallEvent, MailKind, MailOrder, MailRow, MailTold, OwnGreeting, PinVerdict};
use dsp::{
    caller_id::{CallerId, Generator, Message, Receiver},
    ear::Heard,
    tone::Playing,
};
use frame::{BootNo, CallId, LaneId, Law, LifeNo, PersonId, PortId, Stamp, Time, Utc};
use line::{Event, LineEvent};
use ringfence::{
    handles::Snapshot,
    journal::Alarm,
    mail::{Message as Recorded, Order, Told},
    media::{MediaCommand, MediaEvent},
    telephony::{Input, Output, Plane, Wiring},
};
use settings::{CardKind, Layout, Version};

use super::{
    cards::{BURST, Media, OutsideLine, PAUSE, Ringing, Rings, Telephone},
    ports::{RINGERS, board, settings},
};
use crate::{analog::cn_signal, dice::Dice, house::sounds};

/// A box with its ports.
pub struct Lines {
    plane: Plane,
    pub now: Time,
    pub dice: Dice,
    pub telephones: Vec<Telephone>,
    pub outside: Vec<OutsideLine>,
    pub media: Media,
    /// Telephones of which the box says that they were left off their hooks.
    pub left_off_hook: BTreeSet<PortId>,
    pub open: BTreeSet<CallId>,
    pub calls: u64,
    /// Inputs by kind, and what seldom happens and did.
    pub counts: BTreeMap<&'static str, u64>,
    pub met: BTreeSet<&'static str>,
    /// The last of what happened, for a failure.
    pub recent: VecDeque<String>,
    digest: DefaultHasher,
    /// What comes back for what the box wanted.
    waiting: VecDeque<(&'static str, Input)>,
    /// Messages by box, and what is told of them late.
    boxes: BTreeMap<String, Vec<MailRow>>,
    taken: BTreeMap<frame::MessageId, String>,
    /// What is being recorded as a greeting.
    recorded: BTreeSet<frame::MessageId>,
    late: VecDeque<MailTold>,
    /// Who calls, by modem.
    pub caller: Message,
}

pub fn stamp(now: Time) -> Stamp {
    Stamp { boot: BootNo(1), time: now, utc: Utc::from_us(now.as_us() as i64) }
}

fn plane() -> (Plane, Layout, settings::Settings) {
    let board = board();
    let (settings, layout) = (settings(&board), Layout::of(&board));
    let span = |serial: &str| {
        let card = board.cards.iter().find(|card| card.serial.to_string() == serial).expect("it is on the board");
        layout.spans_of(card.serial).next().expect("a card has a span").span
    };
    let wiring = Wiring {
        life: LifeNo(1),
        layout: layout.clone(),
        settings: Arc::new(settings.clone()),
        version: Version(1),
        distinct: 1,
        ringers: RINGERS.iter().map(|(serial, ringers)| (span(serial), *ringers)).collect(),
    };
    (Plane::new(wiring, sounds()), layout, settings)
}

/// A message of the exchange's modem.
fn caller_by_modem() -> Message {
    let mut generator = Generator::new(&CallerId::of_number("01082345678"), cn_signal(), Law::A);
    let mut receiver = Receiver::new(cn_signal().modem, Law::A);
    loop {
        let mut tick = [0; 80];
        let playing = generator.process(&mut tick);
        if let Some(message) = receiver.process(&tick) {
            return message;
        }
        assert_ne!(playing, Playing::Ended, "the receiver takes it");
    }
}

impl Lines {
    pub fn new(seed: u64) -> Lines {
        let (plane, layout, settings) = plane();
        let lane = |port: PortId| layout.jack(port).expect("every port has a jack").lane;
        let now = Time::from_ms(10_000);
        let telephones = settings.stations.iter().map(|row| Telephone {
            port: row.port,
            lane: lane(row.port),
            class: row.class,
            pulses: row.pulse_dialling,
            up: false,
            put_down: now,
            ringing: None,
            cut: false,
            feed_back: None,
            lets_go: None,
        });
        let outside = layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxo).map(|jack| OutsideLine {
            port: jack.port,
            lane: jack.lane,
            closed: false,
            rings: None,
            pulsed: None,
            stirred: now,
            deaf: None,
        });
        let mut lines = Lines {
            now,
            dice: Dice::new(seed),
            telephones: telephones.collect(),
            outside: outside.collect(),
            media: Media::default(),
            left_off_hook: BTreeSet::new(),
            open: BTreeSet::new(),
            calls: 0,
            counts: BTreeMap::new(),
            met: BTreeSet::new(),
            recent: VecDeque::new(),
            digest: DefaultHasher::new(),
            waiting: VecDeque::new(),
            boxes: BTreeMap::new(),
            taken: BTreeMap::new(),
            recorded: BTreeSet::new(),
            late: VecDeque::new(),
            caller: caller_by_modem(),
            plane,
        };
        lines.begins();
        lines
    }

    /// Cards tell how their ports are.
    fn begins(&mut self) {
        self.gets("start", Input::Mail(Told::Control(MailTold::Ready)));
        let lanes: Vec<_> = self.telephones.iter().map(|telephone| telephone.lane).collect();
        lanes.into_iter().for_each(|lane| self.line_event("start", lane, Event::OnHook));
        let lanes: Vec<_> = self.outside.iter().map(|line| line.lane).collect();
        lanes.into_iter().for_each(|lane| self.line_event("start", lane, Event::Battery { there: true }));
    }

    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    pub fn snapshot(&self) -> Snapshot {
        self.plane.snapshot(stamp(self.now))
    }

    pub fn unrest(&self) -> Vec<ringfence::telephony::Unrest> {
        self.plane.unrest()
    }

    pub fn note(&mut self, what: String) {
        self.recent.push_back(what);
        let told = if std::env::var_os("LINE_SEED").is_some() { 2000 } else { 80 };
        if self.recent.len() > told {
            self.recent.pop_front();
        }
    }

    /// The box is told something of a kind, and everything is as it has to be afterwards.
    pub fn gets(&mut self, kind: &'static str, input: Input) {
        self.waiting.push_back((kind, input));
        for _ in 0..1000 {
            let Some((kind, input)) = self.waiting.pop_front() else { return self.judge() };
            *self.counts.entry(kind).or_default() += 1;
            if !matches!(input, Input::Timeout) {
                self.note(format!("{:?} {kind}: {input:?}", self.now));
            }
            self.plane.handle_input(self.now, input);
            while let Some(output) = self.plane.poll_output() {
                self.does(output);
            }
        }
        panic!("the box and what is around it never stop talking to each other");
    }

    pub fn line_event(&mut self, kind: &'static str, lane: LaneId, event: Event) {
        let LaneId { span, timeslot } = lane;
        if matches!(event, Event::RingBegin | Event::RingEnd) {
            let now = self.now;
            self.outside.iter_mut().filter(|line| line.lane == lane).for_each(|line| line.stirred = now);
        }
        self.gets(kind, Input::Media(MediaEvent::Line(LineEvent { span, timeslot, at: self.now, event })));
    }

    pub fn digit(&mut self, kind: &'static str, lane: LaneId, digit: char) {
        self.gets(kind, Input::Media(MediaEvent::Digit { lane, digit }));
    }

    pub fn heard(&mut self, kind: &'static str, lane: LaneId, heard: Heard) {
        self.gets(kind, Input::Media(MediaEvent::Heard { lane, heard }));
    }

    fn does(&mut self, output: Output) {
        match output {
            Output::Line { lane, command } => {
                self.tell(format!("{lane:?} {command:?}"));
                let now = self.now;
                if let Some(telephone) = self.telephones.iter_mut().find(|telephone| telephone.lane == lane) {
                    telephone.obeys(now, command);
                } else {
                    self.outside.iter_mut().filter(|line| line.lane == lane).for_each(|line| line.obeys(now, command));
                }
            }
            Output::Media(command) => self.does_media(command),
            Output::CheckPin(check) => {
                let verdict = if self.dice.chance(50) { PinVerdict::Right } else { PinVerdict::Wrong };
                self.waiting.push_back(("PIN", Input::PinChecked { leg: check.leg, person: check.person, verdict }));
            }
            Output::Mail(Order::Of(order)) => self.mails(order),
            Output::Tell(event) => self.told(&event),
            Output::Alarm { alarm, raised } => {
                self.tell(format!("{alarm:?} {raised}"));
                if let Alarm::LeftOffHook { port } = alarm {
                    self.met.insert("a handset is left off");
                    _ = if raised { self.left_off_hook.insert(port) } else { self.left_off_hook.remove(&port) };
                }
            }
            Output::Frame { .. }
            | Output::Record { .. }
            | Output::Mark { .. }
            | Output::Mail(_)
            | Output::Keep(_)
            | Output::OutOfService { .. }
            | Output::PortTested { .. } => (),
        }
    }

    /// What the box did, which the same seed tells again.
    fn tell(&mut self, told: String) {
        let told = format!("{:?} {told}", self.now);
        told.hash(&mut self.digest);
        self.note(told);
    }

    fn does_media(&mut self, command: MediaCommand) {
        if let MediaCommand::Hear { .. } | MediaCommand::Listen { .. } | MediaCommand::Reset { .. } = &command {
            self.tell(format!("{command:?}"));
        }
        let attended = if let MediaCommand::Attend { lane, .. } = &command { Some(*lane) } else { None };
        self.media.obeys(self.now, command);
        let line = attended.and_then(|lane| self.outside.iter_mut().find(|line| line.lane == lane));
        if let Some(line) = line {
            let deaf = line.closed && !self.media.ears.contains_key(&line.lane);
            line.deaf = deaf.then_some(self.now);
        }
    }

    /// Who keeps messages: somebody says something as a rule, and a message can be played as a rule.
    fn mails(&mut self, order: MailOrder) {
        match order {
            MailOrder::Take { message, extension, kind, .. } => {
                match kind {
                    MailKind::Message => _ = self.taken.insert(message, extension),
                    MailKind::Greeting => _ = self.recorded.insert(message),
                }
                match self.dice.below(6) {
                    0 => self.mail_told(MailTold::Silent(message)),
                    1 => self.mail_told(MailTold::Broken(message)),
                    _ => (),
                }
            }
            MailOrder::Done { message, .. } if self.recorded.remove(&message) => {
                let said = self.dice.chance(75);
                self.mail_told(if said { MailTold::Recorded(message) } else { MailTold::Nothing(message) });
            }
            MailOrder::Done { message, .. } => {
                let said = self.dice.chance(75);
                let told = if said { MailTold::Left { message, ms: 1500 } } else { MailTold::Nothing(message) };
                if self.dice.chance(50) { self.mail_told(told) } else { self.late.push_back(told) }
            }
            MailOrder::Play { lane, play, .. } if self.dice.chance(25) => {
                self.mail_told(MailTold::NotPlayed { lane, play });
            }
            MailOrder::Play { lane, play, message, .. } => {
                let kind = if self.taken.contains_key(&message) { MailKind::Message } else { MailKind::Greeting };
                let octets = vec![0x2a; 800].into();
                let (before, after, number) = (Vec::new(), Vec::new(), None);
                let message =
                    Recorded { kind, lane, play, before, after, law: Law::A, octets, whole: true, number, age_s: 5 };
                self.waiting.push_back(("message", Input::Mail(Told::Play(message))));
            }
            MailOrder::Delete(message) => {
                if !self.taken.contains_key(&message) {
                    self.mail_told(MailTold::Greeting { person: PersonId(1), greeting: None });
                }
                self.mail_told(MailTold::Deleted(message));
            }
            MailOrder::Keep(message) if self.dice.chance(25) => self.mail_told(MailTold::NotKept(message)),
            MailOrder::Keep(message) => {
                let greeting = OwnGreeting { message, since: Utc::from_us(7) };
                self.mail_told(MailTold::Greeting { person: PersonId(1), greeting: Some(greeting) });
                self.mail_told(MailTold::Kept(message));
            }
            MailOrder::Heard(_) | MailOrder::Drop { .. } => (),
        }
    }

    /// What a box has is told before what became of a message.
    fn mail_told(&mut self, told: MailTold) {
        let of = match &told {
            MailTold::Left { message, .. } => self.taken.get(message).cloned().map(|of| (of, *message, true)),
            MailTold::Deleted(message) => self.taken.get(message).cloned().map(|of| (of, *message, false)),
            _ => None,
        };
        if let Some((extension, message, there)) = of {
            let rows = self.boxes.entry(extension.clone()).or_default();
            rows.retain(|row| row.message != message);
            rows.extend(there.then_some(MailRow { message, person: PersonId(1), new: true }));
            let messages = rows.clone();
            let told = MailTold::Box { extension, messages };
            self.waiting.push_back(("message", Input::Mail(Told::Control(told))));
        }
        self.waiting.push_back(("message", Input::Mail(Told::Control(told))));
    }

    /// Something that was told late of a message comes. Says whether there was anything.
    pub fn mail_comes(&mut self) -> bool {
        let Some(told) = self.late.pop_front() else { return false };
        self.mail_told(told);
        self.gets("timer", Input::Timeout);
        true
    }

    fn told(&mut self, event: &CallEvent) {
        self.tell(format!("{event:?}"));
        self.met.extend(super::people::rare(event));
        match event {
            CallEvent::Began { call, .. } => {
                self.calls += 1;
                assert!(self.open.insert(*call), "{call:?} begins twice");
            }
            CallEvent::Ended { call, .. } => assert!(self.open.remove(call), "{call:?} ends twice"),
            _ => (),
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        let telephones = self.telephones.iter().filter_map(Telephone::deadline);
        let outside = self.outside.iter().filter_map(OutsideLine::deadline);
        let plays = self.media.plays.values().map(|(_, until)| *until);
        telephones.chain(outside).chain(plays).chain(self.plane.next_deadline()).min()
    }

    /// Lets time pass.
    pub fn after(&mut self, time: Duration) {
        let end = self.now + time;
        let mut stood = 0;
        while let Some(due) = self.next_deadline().filter(|due| *due <= end) {
            stood = if due > self.now { 0 } else { stood + 1 };
            assert!(stood < 200, "a timer stands still at {:?}", self.now);
            self.now = self.now.max(due);
            self.is_due();
        }
        self.now = end;
    }

    fn is_due(&mut self) {
        let now = self.now;
        (0..self.telephones.len()).for_each(|at| self.telephone_is_due(at));
        (0..self.outside.len()).for_each(|at| self.line_is_due(at));
        while let Some((lane, play)) = self.media.played(now) {
            // 8,000 a second.
            let end_sample = now.as_us() / 125;
            self.gets("playing over", Input::Media(MediaEvent::Played { lane, play, end_sample }));
        }
        if self.plane.next_deadline().is_some_and(|due| due <= now) {
            self.gets("timer", Input::Timeout);
        }
    }

    fn telephone_is_due(&mut self, at: usize) {
        let now = self.now;
        let telephone = &mut self.telephones[at];
        let lane = telephone.lane;
        if telephone.lets_go.take_if(|due| *due <= now).is_some() && telephone.up {
            self.hook(at);
        }
        let due = |ringing: &mut Ringing| {
            (ringing.edge <= now).then(|| {
                ringing.edge = ringing.edge_after(now);
                ringing.sounds_at(now)
            })
        };
        match self.telephones[at].ringing.as_mut().and_then(due) {
            Some(true) => self.line_event("ringer", lane, Event::RingerOn),
            Some(false) => self.line_event("ringer", lane, Event::RingerOff),
            None => (),
        }
    }

    fn line_is_due(&mut self, at: usize) {
        let now = self.now;
        let line = &mut self.outside[at];
        let lane = line.lane;
        if line.pulsed.take_if(|due| *due <= now).is_some() {
            self.line_event("pulse has left", lane, Event::DialComplete);
        }
        let Some(rings) = self.outside[at].rings.as_mut().filter(|rings| rings.edge <= now) else { return };
        let event = if rings.sounds { Event::RingEnd } else { Event::RingBegin };
        rings.sounds = !rings.sounds;
        rings.edge = now + if rings.sounds { BURST } else { PAUSE };
        rings.bursts_left -= usize::from(!rings.sounds);
        let is_last = rings.bursts_left == 0;
        self.outside[at].stirred = now;
        if is_last {
            self.outside[at].rings = None;
        }
        self.line_event("ring", lane, event);
    }

    /// A handset is lifted or put down.
    pub fn hook(&mut self, at: usize) {
        let telephone = &mut self.telephones[at];
        telephone.up = !telephone.up;
        telephone.put_down = if telephone.up { telephone.put_down } else { self.now };
        (telephone.ringing, telephone.cut, telephone.lets_go) = (None, false, None);
        telephone.feed_back = None;
        let (lane, up) = (telephone.lane, telephone.up);
        self.line_event("hook", lane, if up { Event::OffHook } else { Event::OnHook });
    }

    /// The exchange rings a line for so many bursts.
    pub fn rings(&mut self, at: usize, bursts: usize) {
        let (now, line) = (self.now, &mut self.outside[at]);
        (line.rings, line.stirred) = (Some(Rings { sounds: true, edge: now + BURST, bursts_left: bursts }), now);
        let lane = line.lane;
        self.line_event("ring", lane, Event::RingBegin);
    }
}
