//! What cards and the media thread have of each port, and what they do in time: ringers, pulses, playings.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use dsp::ear::Ear;
use frame::{LaneId, PortId, Time};
use line::{Cadence, LineCommand};
use ringfence::media::{MediaCommand, PlayId, Source};
use settings::StationClass;

/// A telephone and its port.
pub struct Telephone {
    pub port: PortId,
    pub lane: LaneId,
    pub class: StationClass,
    pub pulses: bool,
    pub up: bool,
    pub put_down: Time,
    pub ringing: Option<Ringing>,
    /// Its feed was cut since it was lifted.
    pub cut: bool,
    /// Until when it is.
    pub feed_back: Option<Time>,
    /// When a door station lets go.
    pub lets_go: Option<Time>,
}

/// A ringer at work.
pub struct Ringing {
    cadence: Cadence,
    since: Time,
    /// When it begins or ends a burst.
    pub edge: Time,
}

/// An outside line.
pub struct OutsideLine {
    pub port: PortId,
    pub lane: LaneId,
    pub closed: bool,
    pub rings: Option<Rings>,
    /// When the digit that is pulsed has left.
    pub pulsed: Option<Time>,
    /// When anything happened to it last.
    pub stirred: Time,
    /// Since when it is closed without an ear.
    pub deaf: Option<Time>,
}

/// The exchange's ringing.
pub struct Rings {
    pub sounds: bool,
    pub edge: Time,
    pub bursts_left: usize,
}

/// What listens to an outside line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attends {
    CallerId,
    DialTone,
    Call,
    Other,
}

/// The media thread.
#[derive(Default)]
pub struct Media {
    pub hears: BTreeMap<LaneId, Source>,
    pub plays: BTreeMap<LaneId, (PlayId, Time)>,
    pub listens: BTreeSet<LaneId>,
    pub ears: BTreeMap<LaneId, Attends>,
}

/// As long as prompts and messages are here.
const PLAYING: Duration = Duration::from_secs(2);
/// As long as a digit that is pulsed.
const PULSED: Duration = Duration::from_millis(900);
/// China's ringing.
pub const BURST: Duration = Duration::from_secs(1);
pub const PAUSE: Duration = Duration::from_secs(4);

impl Ringing {
    pub fn new(cadence: Cadence, now: Time) -> Ringing {
        let mut ringing = Ringing { cadence, since: now, edge: now };
        ringing.edge = ringing.edge_after(now);
        ringing
    }

    fn edges_ms(&self) -> Vec<u64> {
        let steps = self.cadence.steps_ms.iter().flat_map(|(on, off)| [u64::from(*on), u64::from(*off)]);
        steps
            .scan(0, |at, step| {
                Some({
                    *at += step;
                    *at
                })
            })
            .collect()
    }

    fn position_ms(&self, at: Time) -> u64 {
        let period_ms = self.edges_ms().last().copied().unwrap_or(1);
        (at.since(self.since).as_millis() as u64 + u64::from(self.cadence.phase_ms)) % period_ms
    }

    pub fn sounds_at(&self, at: Time) -> bool {
        let position_ms = self.position_ms(at);
        self.edges_ms().iter().position(|edge| position_ms < *edge).is_some_and(|step| step % 2 == 0)
    }

    pub fn edge_after(&self, at: Time) -> Time {
        let position_ms = self.position_ms(at);
        let next_ms = self.edges_ms().into_iter().find(|edge| *edge > position_ms).unwrap_or(position_ms + 1);
        at + Duration::from_millis(next_ms - position_ms)
    }
}

impl Telephone {
    pub fn obeys(&mut self, now: Time, command: LineCommand) {
        match command {
            LineCommand::Ring(cadence) => {
                assert!(!self.up, "{:?} is up and is to ring", self.port);
                self.ringing = Some(Ringing::new(cadence, now));
            }
            LineCommand::OnHook => self.ringing = None,
            LineCommand::BatteryDrop { ms } => {
                let back = now + Duration::from_millis(ms.into());
                (self.cut, self.feed_back) = (true, Some(back));
                let is_door = self.class == StationClass::Door;
                self.lets_go = (self.up && is_door).then_some(back);
            }
            LineCommand::Polarity { .. }
            | LineCommand::OnHookTransfer { .. }
            | LineCommand::FlashWindow { .. }
            | LineCommand::MessageLamp { .. } => (),
            LineCommand::OffHook | LineCommand::DialPulse { .. } | LineCommand::Flash { .. } => {
                panic!("{:?} is no outside line: {command:?}", self.port);
            }
        }
    }

    pub fn deadline(&self) -> Option<Time> {
        self.ringing.as_ref().map(|ringing| ringing.edge).into_iter().chain(self.lets_go).min()
    }
}

impl OutsideLine {
    pub fn obeys(&mut self, now: Time, command: LineCommand) {
        self.stirred = now;
        match command {
            LineCommand::OffHook => {
                assert!(!self.closed, "{:?} is closed twice", self.port);
                (self.closed, self.rings, self.deaf) = (true, None, Some(now));
            }
            LineCommand::OnHook => (self.closed, self.pulsed, self.deaf) = (false, None, None),
            LineCommand::DialPulse { .. } => {
                assert!(self.closed && self.pulsed.is_none(), "{:?} pulses one digit after the other", self.port);
                self.pulsed = Some(now + PULSED);
            }
            _ => panic!("{:?} is no telephone: {command:?}", self.port),
        }
    }

    pub fn deadline(&self) -> Option<Time> {
        self.rings.as_ref().map(|rings| rings.edge).into_iter().chain(self.pulsed).min()
    }
}

impl Media {
    pub fn obeys(&mut self, now: Time, command: MediaCommand) {
        match command {
            MediaCommand::Hear { lane, source } => {
                self.plays.remove(&lane);
                if let Source::Play { play, .. } = source {
                    self.plays.insert(lane, (play, now + PLAYING));
                }
                self.hears.insert(lane, source);
            }
            MediaCommand::Listen { lane, on } => {
                _ = if on { self.listens.insert(lane) } else { self.listens.remove(&lane) }
            }
            MediaCommand::Reset { lane } => {
                self.hears.remove(&lane);
                self.plays.remove(&lane);
                self.listens.remove(&lane);
            }
            MediaCommand::Attend { lane, ear } => {
                let attends = ear.map(|ear| match *ear {
                    Ear::CallerId(_) => Attends::CallerId,
                    Ear::DialTone(_) => Attends::DialTone,
                    Ear::Call(_) => Attends::Call,
                    Ear::Tap(_) | Ear::Learn(_) => Attends::Other,
                });
                _ = match attends {
                    Some(attends) => self.ears.insert(lane, attends),
                    None => self.ears.remove(&lane),
                };
            }
            MediaCommand::Record { .. }
            | MediaCommand::Copy { .. }
            | MediaCommand::Flag { .. }
            | MediaCommand::Blackout { .. }
            | MediaCommand::Polish { .. }
            | MediaCommand::Plain { .. }
            | MediaCommand::Watch { .. }
            | MediaCommand::Press { .. }
            | MediaCommand::Load { .. } => (),
        }
    }

    /// A playing that is over by now, whose lane hears nothing from then on.
    pub fn played(&mut self, now: Time) -> Option<(LaneId, PlayId)> {
        let (lane, play) =
            self.plays.iter().find(|(_, (_, until))| *until <= now).map(|(lane, (play, _))| (*lane, *play))?;
        self.plays.remove(&lane);
        self.hears.insert(lane, Source::Silence);
        Some((lane, play))
    }
}
