//! Outside lines on an FXO card: the exchange at their far end, and who calls or is called there.
//!
//! Tones are China's (GF 002-9002: 450 Hz; busy 350 ms on, 350 ms off), at −10 dBm0.
//! A flash of the box holds who talks and gives dial tone for a third party; flashes change between the two, and the box's on-hook
//! joins them.
//! Not here yet: other countries' dial tone and ringback.

use std::{sync::Arc, time::Duration};

use dsp::{
    dtmf::{Detector, Edge},
    tone::{AfterLast, TonePlan, ToneStep},
};
use frame::{LaneId, Law, OCTETS_PER_TICK, Octets, SpanId, Time, Timeslot};
use line::{Cadence, Event, LineCommand};

use crate::{
    lanes::Lanes,
    operator::Told,
    outbox::Outbox,
    party::Party,
    ringer::{Ring, Ringer},
    voice::Say,
};

const DIAL_TONE: TonePlan =
    TonePlan { steps: &[ToneStep::one(450, 0)], after_last: AfterLast::Repeat, level_dbm0: -10.0 };
const BUSY_TONE: TonePlan = TonePlan {
    steps: &[ToneStep::one(450, 350), ToneStep::pause(350)],
    after_last: AfterLast::Repeat,
    level_dbm0: -10.0,
};
const RINGBACK: TonePlan = TonePlan {
    steps: &[ToneStep::one(450, 1000), ToneStep::pause(4000)],
    after_last: AfterLast::Repeat,
    level_dbm0: -10.0,
};

/// The silence between the first ring and a message: EN 300 659-1, YD/T 1277.1.
const AFTER_RING: Duration = Duration::from_millis(500);

/// A break and a make.
const PULSE: Duration = Duration::from_millis(100);
/// DAHDI's pause after the pulses of a digit.
const AFTER_PULSES: Duration = Duration::from_millis(750);

/// What happens at the far end of an outside line.
#[derive(Clone, Debug, PartialEq)]
pub enum LineAct {
    /// Someone calls: the line rings. Where the box has just seized it, both are on the line at once: a glare.
    Ring(Cadence),
    /// Someone calls, and the exchange tells who.
    RingAndTell {
        /// The line rings so.
        cadence: Cadence,
        /// What is heard on the line: a modem's message or digits, as octets in the line's law.
        message: Arc<[u8]>,
        /// When.
        when: Telling,
    },
    /// The caller gives up before an answer.
    StopRinging,
    /// The called party's telephone rings: the box hears ringback.
    Ringback,
    /// The called party answers.
    Answer {
        /// Whether the exchange turns the polarity to tell so.
        polarity: bool,
    },
    /// Another party calls the line while somebody talks there: a flash changes to that one. No tone is heard of it.
    CallWaits,
    /// Of two who talk to one another at the exchange, the other one is meant from now on by what is done at this line.
    TheOther,
    /// The far party hangs up.
    HangUp(Release),
    /// The exchange gives an idle line no dial tone any more, or gives it again: its owner has not paid.
    Bar {
        /// Whether.
        barred: bool,
    },
    /// A private exchange is in between: behind this first digit it gives its own dial tone after a while, or none, and takes
    /// no digit until then.
    PrivateExchange {
        /// The digit.
        prefix: char,
        /// How long after it there is dial tone again.
        tone_after: Option<Duration>,
    },
    /// The cable of a line is pulled out, or plugged in again.
    Cable {
        /// Whether it is in, so that the exchange feeds the line.
        there: bool,
    },
}

/// When an exchange tells who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Before the first ring; perhaps after it has turned the polarity.
    BeforeRing {
        /// Whether it turns the polarity.
        reversal: bool,
    },
    /// Half a second after the first ring.
    AfterFirstRing,
}

/// How an exchange tells that the far party hung up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Release {
    /// By busy tone only: most lines in China.
    BusyTone,
    /// By another tone: congestion, or another country's busy tone.
    Tone(TonePlan),
    /// By turning the polarity back.
    Polarity,
    /// By dropping the battery.
    BatteryDrop,
}

/// The lines of one card.
#[derive(Clone, Debug)]
pub(crate) struct OutsideLines {
    lines: Vec<OutsideLine>,
    law: Law,
    /// Hears the digits that the box dials.
    digits: Box<Detector>,
}

#[derive(Clone, Debug)]
struct OutsideLine {
    lane: LaneId,
    party: Party,
    /// Who waits at the exchange, or is on hold there; a flash brings that one back.
    aside: Option<Aside>,
    /// Two whom the box has joined at the exchange: the line is free.
    joined: Option<Joined>,
    law: Law,
    state: State,
    /// Whether its cable is in.
    fed: bool,
    barred: bool,
    /// The first digit at a private exchange in between, and how long after it there is dial tone again.
    private: Option<(char, Option<Duration>)>,
    /// What it waits for.
    second_tone: SecondTone,
    ringer: Ringer,
    announcement: Option<Announcement>,
    /// The digit that is being pulsed, and when it has left.
    pulsing: Option<(u8, Time)>,
}

/// Who is not heard by the box.
#[derive(Clone, Debug)]
struct Aside {
    party: Party,
    /// Whether the box has put that one on hold to call the other: its on-hook joins the two.
    transfers: bool,
}

/// Two who talk to one another, and nobody else. Each hears what the other said in the tick before.
#[derive(Clone, Debug)]
struct Joined {
    parties: [Party; 2],
    said: [Octets; 2],
}

impl Joined {
    fn new(parties: [Party; 2], law: Law) -> Joined {
        Joined { parties, said: [[law.silence(); OCTETS_PER_TICK]; 2] }
    }

    fn tick(&mut self, out: &mut Outbox) {
        let heard = self.said;
        let [one, other] = &mut self.parties;
        one.tick(&heard[1], &mut self.said[0], out);
        other.tick(&heard[0], &mut self.said[1], out);
    }

    fn turn(&mut self) {
        self.parties.reverse();
        self.said.reverse();
    }
}

/// What the exchange says while the loop is open.
#[derive(Clone, Debug)]
struct Announcement {
    message: Arc<[u8]>,
    said: usize,
    /// When it begins; none before the first ring has ended.
    at: Option<Time>,
    /// What the line rings with when it has been said.
    then_ring: Option<Cadence>,
}

/// The dial tone of the exchange behind a private one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SecondTone {
    /// The prefix has not come yet.
    Prefix,
    /// It comes then, if ever.
    At(Option<Time>),
    /// There is none, or it has been.
    None,
}

/// What the line is doing, as the far exchange sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The loop is open.
    Idle,
    /// Ringing current is on, in its cadence.
    Ringing,
    /// The box closed the loop of an idle line: dial tone, then whatever it dials.
    Seized,
    /// Both parties talk.
    Talking,
    /// The far party is gone; the box still holds the loop.
    Cleared,
}

impl OutsideLines {
    pub(crate) fn new(span: SpanId, law: Law, lines: u8) -> OutsideLines {
        let lines = (0..lines).map(|line| OutsideLine::new(LaneId::new(span, Timeslot(line)), law));
        OutsideLines { lines: lines.collect(), law, digits: Box::new(Detector::new()) }
    }

    pub(crate) fn party(&mut self, timeslot: Timeslot) -> Option<&mut Party> {
        let line = self.lines.get_mut(usize::from(timeslot.0))?;
        Some(line.joined.as_mut().map_or(&mut line.party, |joined| &mut joined.parties[0]))
    }

    /// Something happens at a far end. False where there is no such line, or not in this state.
    pub(crate) fn act(&mut self, timeslot: Timeslot, act: LineAct, out: &mut Outbox) -> bool {
        self.lines.get_mut(usize::from(timeslot.0)).is_some_and(|line| line.act(act, out))
    }

    /// The box commands a line.
    pub(crate) fn command(&mut self, timeslot: Timeslot, command: LineCommand, out: &mut Outbox) {
        let Some(line) = self.lines.get_mut(usize::from(timeslot.0)) else { return };
        match command {
            // Where there is no exchange, nothing comes of it.
            LineCommand::OffHook if !line.fed => {}
            LineCommand::OffHook => line.close_loop(out),
            LineCommand::OnHook => line.open_loop(out),
            LineCommand::DialPulse { digit } => line.pulse(digit, out),
            LineCommand::Flash { ms } => line.flash(ms, out),
            // DAHDI refuses these on a port that is fed.
            LineCommand::Ring(_)
            | LineCommand::Polarity { .. }
            | LineCommand::BatteryDrop { .. }
            | LineCommand::OnHookTransfer { .. }
            | LineCommand::FlashWindow { .. }
            | LineCommand::MessageLamp { .. } => {}
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let pulses = self.lines.iter().filter_map(|line| Some(line.pulsing?.1));
        self.lines.iter().filter_map(|line| line.ringer.next_deadline()).chain(pulses).min()
    }

    pub(crate) fn advance(&mut self, out: &mut Outbox) {
        for line in &mut self.lines {
            while let Some(due) = line.ringer.next_deadline().filter(|due| *due <= out.now) {
                line.ring(due, out);
            }
            line.pulsed(out);
        }
    }

    /// Tells a box that attaches what its lines are doing.
    pub(crate) fn snapshot(&self, out: &mut Outbox) {
        for line in &self.lines {
            out.event(line.lane, Event::Battery { there: line.fed });
            if line.ringer.sounds() {
                out.event(line.lane, Event::RingBegin);
            }
        }
    }

    pub(crate) fn tick(&mut self, heard: &Lanes, said: &mut Lanes, out: &mut Outbox) {
        let seized = self.lines.iter().filter(|line| line.state == State::Seized);
        let seized = seized.fold(0, |bits, line| bits | 1 << line.lane.timeslot.0);
        let lines = &mut self.lines;
        self.digits.process(heard, self.law, seized, |lane, digit, edge, _| {
            if edge == Edge::Begin {
                lines[usize::from(lane)].dialled(digit.as_char(), out);
            }
        });
        for (line, (heard, said)) in self.lines.iter_mut().zip(heard.iter().zip(said)) {
            line.tick(heard, said, out);
        }
    }
}

impl OutsideLine {
    fn new(lane: LaneId, law: Law) -> OutsideLine {
        let (state, ringer) = (State::Idle, Ringer::default());
        OutsideLine {
            lane,
            party: Party::new(lane, law),
            aside: None,
            joined: None,
            law,
            state,
            fed: true,
            barred: false,
            private: None,
            second_tone: SecondTone::None,
            ringer,
            announcement: None,
            pulsing: None,
        }
    }

    fn act(&mut self, act: LineAct, out: &mut Outbox) -> bool {
        match (self.state, act) {
            (_, LineAct::Cable { there }) => return self.feed(there, out),
            (_, LineAct::Bar { barred }) => self.barred = barred,
            (_, LineAct::PrivateExchange { prefix, tone_after }) => self.private = Some((prefix, tone_after)),
            (_, _) if !self.fed => return false,
            (State::Idle, LineAct::Ring(cadence)) => self.start_ringing(cadence, out),
            (State::Idle, LineAct::RingAndTell { cadence, message, when }) => {
                self.announce(cadence, message, when, out)
            }
            (State::Ringing, LineAct::StopRinging | LineAct::HangUp(_)) => self.stop_ringing(out),
            (State::Seized, LineAct::Ring(_)) => self.glare(out),
            (State::Seized, LineAct::Ringback) => self.party.voice.say(Say::Tone(RINGBACK)),
            (State::Seized, LineAct::Answer { polarity }) => self.answer(polarity, out),
            (State::Talking, LineAct::CallWaits) if self.aside.is_none() => {
                self.aside = Some(Aside { party: Party::new(self.lane, self.law), transfers: false });
            }
            (_, LineAct::TheOther) => return self.joined.as_mut().map(Joined::turn).is_some(),
            (State::Idle, LineAct::HangUp(_)) if self.joined.is_some() => self.joined = None,
            (State::Seized | State::Talking, LineAct::HangUp(release)) => self.clear(release, out),
            (_, LineAct::CallWaits) => return false,
            (
                State::Idle | State::Cleared,
                LineAct::StopRinging | LineAct::Ringback | LineAct::Answer { .. } | LineAct::HangUp(_),
            )
            | (
                State::Ringing,
                LineAct::Ring(_) | LineAct::RingAndTell { .. } | LineAct::Ringback | LineAct::Answer { .. },
            )
            | (State::Seized, LineAct::RingAndTell { .. } | LineAct::StopRinging)
            | (
                State::Talking,
                LineAct::Ring(_)
                | LineAct::RingAndTell { .. }
                | LineAct::StopRinging
                | LineAct::Ringback
                | LineAct::Answer { .. },
            )
            | (State::Cleared, LineAct::Ring(_) | LineAct::RingAndTell { .. }) => return false,
        }
        true
    }

    /// A card takes a dead line for a short drop at first, which ends the call that is on it, and then tells that it is not
    /// fed (`wctdm.c`).
    fn feed(&mut self, there: bool, out: &mut Outbox) -> bool {
        if self.fed == there {
            return false;
        }
        match self.state {
            State::Seized | State::Talking if !there => self.clear(Release::BatteryDrop, out),
            State::Ringing if !there => self.stop_ringing(out),
            State::Idle | State::Ringing | State::Seized | State::Talking | State::Cleared => {}
        }
        self.fed = there;
        out.event(self.lane, Event::Battery { there });
        true
    }

    fn start_ringing(&mut self, cadence: Cadence, out: &mut Outbox) {
        self.state = State::Ringing;
        if self.ringer.start(out.now, cadence) == Some(Ring::Sounds) {
            out.event(self.lane, Event::RingBegin);
        }
    }

    fn announce(&mut self, cadence: Cadence, message: Arc<[u8]>, when: Telling, out: &mut Outbox) {
        let (at, then_ring) = match when {
            Telling::BeforeRing { .. } => (Some(out.now), Some(cadence)),
            Telling::AfterFirstRing => (None, None),
        };
        self.announcement = Some(Announcement { message, said: 0, at, then_ring });
        match when {
            Telling::BeforeRing { reversal: true } => out.event(self.lane, Event::Polarity),
            Telling::BeforeRing { reversal: false } => {}
            Telling::AfterFirstRing => self.start_ringing(cadence, out),
        }
    }

    /// One tick of what is told while the loop is open; silence before and after.
    fn say_announcement(&mut self, said: &mut Octets, out: &mut Outbox) {
        said.fill(self.law.silence());
        let Some(announcement) = &mut self.announcement else { return };
        if announcement.at.is_none_or(|at| at > out.now) {
            return;
        }
        let rest = &announcement.message[announcement.said..];
        let count = rest.len().min(said.len());
        said[..count].copy_from_slice(&rest[..count]);
        announcement.said += count;
        if announcement.said < announcement.message.len() {
            return;
        }
        if let Some(cadence) = self.announcement.take().and_then(|announcement| announcement.then_ring) {
            self.start_ringing(cadence, out);
        }
    }

    /// Ringing current meets a closed loop, which trips it at once.
    fn glare(&mut self, out: &mut Outbox) {
        self.state = State::Talking;
        self.party.voice.reset();
        out.event(self.lane, Event::RingBegin);
        out.event(self.lane, Event::RingEnd);
        out.tell(Told::LineAnswered(self.lane));
    }

    fn stop_ringing(&mut self, out: &mut Outbox) {
        if self.ringer.sounds() {
            out.event(self.lane, Event::RingEnd);
        }
        self.ringer.stop();
        self.announcement = None;
        self.state = State::Idle;
    }

    fn ring(&mut self, due: Time, out: &mut Outbox) {
        match self.ringer.timeout(due) {
            Some(Ring::Sounds) => {
                out.event(self.lane, Event::RingBegin);
                self.announce_at(None);
            }
            Some(Ring::Pauses) => {
                out.event(self.lane, Event::RingEnd);
                self.announce_at(Some(due + AFTER_RING));
            }
            None => {}
        }
    }

    /// Who calls is told in the first silence that is long enough: not between two bursts of one ring.
    fn announce_at(&mut self, at: Option<Time>) {
        if let Some(announcement) = self.announcement.as_mut().filter(|announcement| announcement.said == 0) {
            announcement.at = at;
        }
    }

    fn answer(&mut self, polarity: bool, out: &mut Outbox) {
        self.state = State::Talking;
        self.party.voice.reset();
        if polarity {
            out.event(self.lane, Event::Polarity);
        }
    }

    fn clear(&mut self, release: Release, out: &mut Outbox) {
        self.state = State::Cleared;
        self.party.voice.reset();
        match release {
            Release::BusyTone => self.party.voice.say(Say::Tone(BUSY_TONE)),
            Release::Tone(tone) => self.party.voice.say(Say::Tone(tone)),
            Release::Polarity => out.event(self.lane, Event::Polarity),
            Release::BatteryDrop => out.event(self.lane, Event::OnHook),
        }
    }

    fn close_loop(&mut self, out: &mut Outbox) {
        self.announcement = None;
        match self.state {
            State::Idle => {
                self.state = State::Seized;
                self.second_tone = self.private.map_or(SecondTone::None, |_| SecondTone::Prefix);
                self.party.voice.say(if self.barred { Say::Silence } else { Say::Tone(DIAL_TONE) });
                out.tell(Told::LineSeized(self.lane));
            }
            State::Ringing => {
                self.ringer.stop();
                self.state = State::Talking;
                out.tell(Told::LineAnswered(self.lane));
            }
            State::Seized | State::Talking | State::Cleared => {}
        }
    }

    /// Who talks gives way to who waits or is on hold; where nobody is, the exchange gives dial tone for a third party.
    fn flash(&mut self, ms: u16, out: &mut Outbox) {
        out.tell(Told::LineFlashed { lane: self.lane, ms });
        match (self.state, self.aside.take()) {
            (State::Talking, Some(Aside { party, transfers })) => {
                self.aside = Some(Aside { party: std::mem::replace(&mut self.party, party), transfers });
            }
            (State::Talking, None) => {
                let third = Party::new(self.lane, self.law);
                self.aside = Some(Aside { party: std::mem::replace(&mut self.party, third), transfers: true });
                self.party.voice.say(Say::Tone(DIAL_TONE));
                self.state = State::Seized;
            }
            (State::Seized, Some(held)) => {
                self.party = held.party;
                self.state = State::Talking;
            }
            (State::Idle | State::Ringing | State::Seized | State::Cleared, aside) => self.aside = aside,
        }
    }

    /// The box dialled a digit: the first one ends dial tone.
    fn dialled(&mut self, digit: char, out: &mut Outbox) {
        match (self.second_tone, self.private) {
            (SecondTone::At(_), _) => return,
            (SecondTone::Prefix, Some((prefix, after))) if prefix == digit => {
                self.second_tone = SecondTone::At(after.map(|after| out.now + after));
            }
            (SecondTone::Prefix | SecondTone::None, _) => self.second_tone = SecondTone::None,
        }
        self.party.voice.reset();
        out.tell(Told::LineDialled { lane: self.lane, digit });
    }

    fn give_second_tone(&mut self, now: Time) {
        if let SecondTone::At(Some(at)) = self.second_tone
            && at <= now
        {
            self.second_tone = SecondTone::None;
            self.party.voice.say(Say::Tone(DIAL_TONE));
        }
    }

    /// The box dials by pulses: ten a second, then a pause.
    fn pulse(&mut self, digit: u8, out: &Outbox) {
        let pulses = match digit {
            b'0' => 10,
            b'1'..=b'9' => u32::from(digit - b'0'),
            _ => return,
        };
        if self.state == State::Seized {
            self.pulsing = Some((digit, out.now + PULSE * pulses + AFTER_PULSES));
        }
    }

    fn pulsed(&mut self, out: &mut Outbox) {
        let now = out.now;
        if let Some((digit, _)) = self.pulsing.take_if(|(_, until)| *until <= now) {
            self.dialled(char::from(digit), out);
            out.event(self.lane, Event::DialComplete);
        }
    }

    fn open_loop(&mut self, out: &mut Outbox) {
        self.pulsing = None;
        self.transfer();
        match self.state {
            State::Idle | State::Ringing => {}
            State::Seized | State::Talking | State::Cleared => {
                self.state = State::Idle;
                self.party.voice.reset();
                out.tell(Told::LineReleased(self.lane));
            }
        }
    }

    /// Who was on hold, and the third one who has answered, talk on without the box.
    fn transfer(&mut self) {
        let aside = self.aside.take().filter(|_| self.state == State::Talking);
        if let Some(Aside { party: held, transfers: true }) = aside {
            let third = std::mem::replace(&mut self.party, Party::new(self.lane, self.law));
            self.joined = Some(Joined::new([held, third], self.law));
        }
    }

    fn tick(&mut self, heard: &Octets, said: &mut Octets, out: &mut Outbox) {
        if let Some(joined) = &mut self.joined {
            joined.tick(out);
        }
        if self.state == State::Seized {
            self.give_second_tone(out.now);
        }
        match self.state {
            State::Idle | State::Ringing => self.say_announcement(said, out),
            State::Seized | State::Talking | State::Cleared => self.party.tick(heard, said, out),
        }
    }
}
