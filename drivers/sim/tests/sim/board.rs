//! A small board, and a harness under virtual time.

use std::time::Duration;

use frame::{CardSerial, LaneId, SpanId, TICK, Time, Timeslot};
use line::{Audio, Event, LineCommand, LineEvent, Signal};
use settings::{Board, Card, CardKind, Driver, SpanRow};
use sim::{
    HandsetAct, Operator, OperatorEvent, Told, World,
    direct::{Direct, DirectAudio, DirectSignal},
};

pub const E1: SpanId = SpanId(0);
pub const FXO: SpanId = SpanId(1);
pub const FXS: SpanId = SpanId(2);

pub fn serial(name: &str) -> CardSerial {
    name.parse().unwrap()
}

/// One E1, two outside lines, four telephones of which two can ring at once.
pub fn board() -> Board {
    let e1 = SpanRow { label: "E1".into(), d_channel: None, crc4: None, coding: None, line_build_out: 0, timing: None };
    let jacks = |count: usize| vec![String::new(); count];
    Board {
        format: 1,
        name: "test".into(),
        clock_order: vec![serial("E1")],
        cards: vec![
            Card { spans: vec![e1], ..card("E1", CardKind::E1) },
            Card { jacks: jacks(2), ..card("FXO", CardKind::Fxo) },
            Card { jacks: jacks(4), ring_budget: Some(2), ..card("FXS", CardKind::Fxs) },
        ],
    }
}

fn card(name: &str, kind: CardKind) -> Card {
    Card {
        card: Driver::Sim,
        kind,
        serial: serial(name),
        slot: 1,
        law: None,
        echo: None,
        echo_tail_ms: None,
        synchronous_with: None,
        ring_budget: None,
        jacks: vec![],
        spans: vec![],
        sim: None,
        dahdi: None,
        sound: None,
    }
}

/// A card opened in virtual time, and the time.
pub struct Bench {
    pub direct: Direct,
    pub audio: DirectAudio,
    pub signal: DirectSignal,
    pub now: Time,
    start: Time,
}

impl Bench {
    /// A card of which everything is known already: what it tells when it is opened has been read.
    pub fn new(card: &str) -> Bench {
        let mut bench = Bench::on(World::new(&board(), &[], 1), card);
        if card == "FXS" {
            assert!(bench.events().iter().all(|event| event.event == Event::OnHook), "all handsets are down");
        }
        if card == "FXO" {
            let fed = Event::Battery { there: true };
            assert!(bench.events().iter().all(|event| event.event == fed), "all lines are fed");
        }
        bench
    }

    pub fn on(world: World, card: &str) -> Bench {
        let now = Time::from_ms(1_000_000);
        let mut direct = Direct::new(world);
        let (audio, signal) = direct.open(now, serial(card)).unwrap();
        Bench { direct, audio, signal, now, start: now }
    }

    /// Milliseconds since the bench began.
    pub fn ms(&self, at: Time) -> u64 {
        at.since(self.start).as_millis() as u64
    }

    /// Lets time pass; line events are read as soon as they are due, and told with their milliseconds.
    pub fn run(&mut self, ms: u64) -> Vec<(u64, Event)> {
        let until = self.now + Duration::from_millis(ms);
        let mut events = self.events();
        while let Some(due) = self.direct.next_deadline().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.direct.pump(self.now);
            events.extend(self.events());
        }
        self.now = until;
        self.direct.pump(self.now);
        events.extend(self.events());
        events.into_iter().map(|event| (self.ms(event.at), event.event)).collect()
    }

    pub fn hand(&mut self, lane: LaneId, act: HandsetAct) {
        self.operate(Operator::Handset(lane, act));
    }

    pub fn operate(&mut self, operator: Operator) {
        self.direct.operate(self.now, operator);
    }

    pub fn command(&mut self, lane: LaneId, command: LineCommand) {
        self.signal.command(lane.span, lane.timeslot, command).unwrap();
        self.direct.pump(self.now);
    }

    pub fn events(&mut self) -> Vec<LineEvent> {
        std::iter::from_fn(|| self.audio.poll_event()).collect()
    }

    /// What the operator was told, with milliseconds.
    pub fn told(&mut self) -> Vec<(u64, Told)> {
        let told: Vec<OperatorEvent> = self.direct.told().collect();
        told.into_iter().map(|event| (self.ms(event.at), event.told)).collect()
    }

    /// One tick of the world.
    pub fn tick(&mut self) {
        self.now += TICK;
        self.direct.tick(self.now);
    }
}

pub fn lane(span: SpanId, timeslot: u8) -> LaneId {
    LaneId::new(span, Timeslot(timeslot))
}
