//! What people at telephones, callers outside and exchanges do, by chance.

use std::time::Duration;

use call::{CallEvent, NotTransferred, OfferEnd};
use dsp::{
    ear::Heard,
    progress::{Evidence, MachineTone, ReleaseTone},
};
use line::Event;
use ringfence::media::Source;
use settings::StationClass;

use super::{
    cards::{Attends, OutsideLine},
    lines::Lines,
    ports::NEW,
};

/// What is dialled: numbers that lead somewhere, codes, and what is neither.
const DIALLED: [&str; 44] = [
    "801",
    "802",
    "803",
    "804",
    "805",
    "807",
    "808",
    "811",
    "814",
    "817",
    "818",
    "819",
    "820",
    "823",
    "701",
    "702",
    "781",
    "782",
    "*8",
    "*8802",
    "*66",
    "*57*802#",
    "*57*803#",
    "*57*701#",
    "#57#",
    "*#57#",
    "*40*804#",
    "#40#",
    "*41*805#",
    "#41#",
    "*56#",
    "#56#",
    "*37",
    "#37",
    "*11",
    "#11",
    "*121",
    "*13",
    "120",
    "399",
    "*98271828#",
    "*98*802271828#",
    "*771*271828#",
    "*75801271828#1",
];

/// What is dialled where another party is on hold: places, telephones, a queue.
const CONSULTED: [&str; 9] = ["781", "782", "781", "802", "803", "805", "817", "701", "9139"];

/// The telephones that are locked, and what unlocks them for a call.
const LOCKED: [usize; 2] = [13, 14];
const UNLOCKS: &str = "*771*271828#";

/// What is dialled outside, over each group.
const OUTSIDE: [&str; 6] = ["913912345678", "962001234", "562001234", "62001234", "*31962001234", "120"];

/// What seldom happens.
pub const RARE: [&str; 23] = [
    "a call ends for an emergency",
    "a call is forwarded",
    "a call is parked",
    "a call is picked up",
    "a call is taken up",
    "a call waits",
    "a caller is known",
    "a greeting is kept",
    "a handset is left off",
    "a message is heard",
    "a message is left",
    "a parked call comes back",
    "a telephone is unlocked",
    "a waiting call is taken",
    "an agent is set",
    "an outside line is released",
    "back to a queue",
    "glare",
    "left on hold",
    "no current",
    "nobody takes a transfer",
    "three talk",
    "transferred",
];

pub fn rare(event: &CallEvent) -> Option<&'static str> {
    Some(match event {
        CallEvent::Preempted { .. } => "a call ends for an emergency",
        CallEvent::Forwarded { .. } => "a call is forwarded",
        CallEvent::Parked { .. } => "a call is parked",
        CallEvent::PickedUp { .. } => "a call is picked up",
        CallEvent::TakenUp { .. } => "a call is taken up",
        CallEvent::Waits { .. } => "a call waits",
        CallEvent::MailGreeting { own: true, .. } => "a greeting is kept",
        CallEvent::MailHeard { .. } => "a message is heard",
        CallEvent::MailLeft { .. } => "a message is left",
        CallEvent::TelephoneUnlocked { .. } => "a telephone is unlocked",
        CallEvent::WaitingTaken { .. } => "a waiting call is taken",
        CallEvent::AgentSet { .. } => "an agent is set",
        CallEvent::FarEndGone { .. } => "an outside line is released",
        CallEvent::BackToQueue { .. } => "back to a queue",
        CallEvent::TransferReturned { why: NotTransferred::LeftOnHold, .. } => "left on hold",
        CallEvent::TransferReturned { why: NotTransferred::ParkedTooLong, .. } => "a parked call comes back",
        CallEvent::TransferReturned { .. } => "nobody takes a transfer",
        CallEvent::OfferEnded { why: OfferEnd::RingBudget, .. } => "no current",
        CallEvent::ConferenceBegan { .. } => "three talk",
        CallEvent::Transferred { .. } => "transferred",
        _ => return None,
    })
}

const BUSY: Evidence = Evidence { tone: ReleaseTone::Busy, cycles: 3, hz: 450.0, level_dbm0: -10.0 };

impl Lines {
    /// Something happens.
    pub fn event(&mut self) {
        // A few telephones are used more than others: they meet.
        let at = if self.dice.chance(60) { self.dice.below(self.telephones.len()) } else { self.dice.below(6) };
        let up = self.telephones[at].up;
        self.mail_comes();
        match self.dice.below(30) {
            0 => self.hook(at),
            1..=4 => self.answers(),
            5..=9 => self.acts(at),
            18 if self.dice.chance(40) => self.picks_up(),
            19 if self.dice.chance(10) => self.all_call_the_old_ones(),
            20 if up => self.flashes(at),
            21 if up => {
                let number = self.dice.pick(&DIALLED);
                self.keys(at, number);
            }
            22..=25 => self.exchange(),
            10 if up => {
                let key = self.dice.pick(&["0", "1", "2", "3", "5", "*", "#", "D"]);
                self.keys(at, key);
            }
            11 | 12 if up => {
                let number = self.dice.pick(&OUTSIDE);
                self.keys(at, number);
            }
            13 => {
                let pulse = self.dice.pick(b"0123456789");
                let lane = self.telephones[at].lane;
                if up {
                    self.line_event("pulse", lane, Event::PulseDigit(pulse));
                }
            }
            14..=16 => self.exchange(),
            17 if self.dice.chance(20) => self.sees_to_greeting(),
            17 => self.stray(),
            _ => {
                let ms = self.dice.pick(&[50, 500, 2_000, 4_100, 16_000, 40_000]);
                self.after(Duration::from_millis(ms));
            }
        }
    }

    /// Somebody lifts the handset where it rings, or hangs up where it is left off.
    fn answers(&mut self) {
        let ringing = self.telephones.iter().position(|telephone| telephone.ringing.is_some());
        let left = self.telephones.iter().position(|telephone| self.left_off_hook.contains(&telephone.port));
        if let Some(at) = ringing.or(left) {
            self.hook(at);
        }
    }

    /// Somebody does what a person does next at that telephone.
    fn acts(&mut self, at: usize) {
        let telephone = &self.telephones[at];
        let (lane, up) = (telephone.lane, telephone.up);
        let talks = matches!(self.media.hears.get(&lane), Some(Source::Lane(_) | Source::Conference { .. }));
        match (up, talks, self.dice.below(6)) {
            (false, ..) if self.telephones[at].ringing.is_none() => {
                self.hook(at);
                if LOCKED.contains(&at) && self.dice.chance(40) {
                    self.keys(at, UNLOCKS);
                    self.after(Duration::from_millis(500));
                }
                let number = match self.dice.below(20) {
                    0..=2 => self.dice.pick(&["781", "782"]),
                    3..=6 => self.dice.pick(&OUTSIDE),
                    _ => self.dice.pick(&DIALLED),
                };
                self.keys(at, number);
            }
            (false, ..) => self.hook(at),
            (true, true, 0..=2) => {
                self.flashes(at);
                let number = self.dice.pick(&CONSULTED);
                self.keys(at, number);
                if self.dice.chance(50) {
                    self.hook(at);
                }
            }
            (true, true, 3) => self.flashes(at),
            (true, true, _) => self.after(Duration::from_secs(3)),
            (true, false, _) => self.hook(at),
        }
    }

    /// The person of 802 records what callers hear there, or goes back to the standard greeting, as far as it goes.
    fn sees_to_greeting(&mut self) {
        const AT: usize = 1;
        if self.telephones[AT].up || self.telephones[AT].ringing.is_some() {
            return;
        }
        self.hook(AT);
        for keys in ["*98271828#", "0", "2", "#", "1", "3"] {
            self.keys(AT, keys);
            let ms = self.dice.pick(&[500, 2_000, 4_100, 8_000]);
            self.after(Duration::from_millis(ms));
        }
        if self.telephones[AT].up {
            self.hook(AT);
        }
    }

    /// Somebody of the group takes the call that rings.
    fn picks_up(&mut self) {
        let rings = self.telephones.iter().any(|telephone| telephone.ringing.is_some());
        let free = self.telephones[..5].iter().position(|telephone| !telephone.up && telephone.ringing.is_none());
        if let Some(at) = free.filter(|_| rings) {
            self.hook(at);
            self.keys(at, "*8");
            self.after(Duration::from_millis(4_200));
        }
    }

    /// More telephones of the old card are called than it can ring.
    fn all_call_the_old_ones(&mut self) {
        let callers = [0, 1, 2, 3, 4, 15];
        for at in callers.into_iter().chain(usize::from(NEW)..self.telephones.len()) {
            if self.telephones[at].up {
                self.hook(at);
            }
        }
        for (at, called) in callers.into_iter().zip(["817", "818", "819", "820", "822", "823"]) {
            if self.telephones[at].ringing.is_none() {
                self.hook(at);
                self.keys(at, called);
            }
        }
    }

    fn flashes(&mut self, at: usize) {
        let lane = self.telephones[at].lane;
        self.line_event("flash", lane, Event::Flash);
    }

    /// Keys, one after the other: a box hears those for which it listens.
    fn keys(&mut self, at: usize, digits: &str) {
        for digit in digits.chars() {
            let telephone = &self.telephones[at];
            let (lane, pulses) = (telephone.lane, telephone.pulses && digit.is_ascii_digit());
            if pulses && self.dice.chance(50) {
                self.line_event("pulse", lane, Event::PulseDigit(digit as u8));
            } else if self.media.listens.contains(&lane) {
                self.digit("digit", lane, digit);
            }
            if self.dice.chance(30) {
                self.after(Duration::from_millis(120));
            }
        }
    }

    /// Something happens on an outside line that may.
    fn exchange(&mut self) {
        let waits = |line: &OutsideLine| self.media.ears.get(&line.lane) == Some(&Attends::DialTone);
        let waiting = self.outside.iter().position(waits).filter(|_| self.dice.chance(70));
        let at = waiting.unwrap_or_else(|| self.dice.below(self.outside.len()));
        let line = &self.outside[at];
        let (lane, closed, rings) = (line.lane, line.closed, line.rings.is_some());
        match (closed, rings, self.media.ears.get(&lane).copied()) {
            (false, false, _) => self.comes_in(at),
            (false, true, Some(Attends::CallerId)) if self.dice.chance(60) => self.tells_who(at),
            (false, true, _) => {
                if self.dice.chance(30) {
                    self.gives_up(at);
                }
            }
            (true, _, Some(Attends::DialTone)) => match self.dice.below(6) {
                0 => {
                    self.met.insert("glare");
                    self.line_event("ring", lane, Event::RingBegin);
                }
                1 => self.line_event("battery drop", lane, Event::OnHook),
                _ => self.heard("dial tone", lane, Heard::DialTone { dbm0: -10.0 }),
            },
            (true, _, Some(Attends::Call)) => self.far_end(at),
            (true, ..) => self.stray(),
        }
    }

    /// The caller gives up. If that is in a ring, the card tells its end, unless it has lost events.
    fn gives_up(&mut self, at: usize) {
        let line = &mut self.outside[at];
        let (lane, sounds) = (line.lane, line.rings.take().is_some_and(|rings| rings.sounds));
        line.stirred = self.now;
        if sounds && self.dice.chance(80) {
            self.line_event("ring", lane, Event::RingEnd);
        }
    }

    fn comes_in(&mut self, at: usize) {
        let lane = self.outside[at].lane;
        match self.dice.below(8) {
            0 => self.line_event("polarity", lane, Event::Polarity),
            1 => {
                // Too short to be a ring.
                self.line_event("ring", lane, Event::RingBegin);
                self.after(Duration::from_millis(100));
                self.line_event("ring", lane, Event::RingEnd);
            }
            2 => self.tells_who(at),
            _ => {
                let bursts = 1 + self.dice.below(12);
                self.rings(at, bursts);
            }
        }
    }

    /// By modem or by digits, where the box listens for it.
    fn tells_who(&mut self, at: usize) {
        let lane = self.outside[at].lane;
        if self.dice.chance(50) && self.media.ears.get(&lane) == Some(&Attends::CallerId) {
            self.met.insert("a caller is known");
            let caller = self.caller;
            self.heard("caller id", lane, Heard::CallerId(caller));
        } else {
            for digit in "D01082345678C".chars() {
                if self.media.listens.contains(&lane) {
                    self.digit("caller id digit", lane, digit);
                }
            }
        }
    }

    /// The far end of a call does something.
    fn far_end(&mut self, at: usize) {
        let lane = self.outside[at].lane;
        match self.dice.below(10) {
            0 | 1 => self.line_event("battery drop", lane, Event::OnHook),
            2 => self.line_event("polarity", lane, Event::Polarity),
            3 => {
                let tone = self.dice.pick(&[ReleaseTone::Busy, ReleaseTone::Congestion]);
                self.heard("busy tone", lane, Heard::BusyTone(Evidence { tone, ..BUSY }));
            }
            4..=6 => self.heard("voice", lane, Heard::Voice),
            7 => self.heard("other tone", lane, Heard::Machine(MachineTone::FaxCalling)),
            _ => {
                let digit = self.dice.pick(&['0', '1', '2', '5', '#']);
                if self.media.listens.contains(&lane) {
                    self.digit("digit", lane, digit);
                }
            }
        }
    }

    /// What a card tells that nothing leads to: a disturbance, or something that comes late.
    fn stray(&mut self) {
        let outside = self.dice.below(self.outside.len());
        let telephone = self.dice.below(self.telephones.len());
        let (line, lane) = (self.outside[outside].lane, self.telephones[telephone].lane);
        let up = self.telephones[telephone].up;
        match self.dice.below(12) {
            0 => self.line_event("stray", line, Event::Polarity),
            1 => self.line_event("stray", line, Event::RingEnd),
            2 => self.line_event("stray", line, Event::OnHook),
            3 => self.heard("stray", line, Heard::Voice),
            4 => self.heard("stray", line, Heard::BusyTone(BUSY)),
            5 => self.heard("stray", line, Heard::DialTone { dbm0: -20.0 }),
            6 => {
                let there = self.dice.chance(70);
                self.line_event("battery", line, Event::Battery { there });
            }
            // Cards repeat themselves after events were lost.
            7 if up => self.line_event("stray", lane, Event::OffHook),
            8 if !up => self.line_event("stray", lane, Event::OnHook),
            9 => self.line_event("stray", lane, Event::RingerOff),
            10 => self.line_event("stray", lane, Event::EventsLost),
            _ => self.line_event("stray", line, Event::Slip),
        }
    }

    /// Callers outside go; some handsets are left lying until they are locked out; then all are put down, and hours go by.
    pub fn everybody_goes(&mut self) {
        for at in 0..self.outside.len() {
            self.gives_up(at);
            let lane = self.outside[at].lane;
            if self.outside[at].closed {
                self.line_event("battery drop", lane, Event::OnHook);
            }
            self.line_event("battery", lane, Event::Battery { there: true });
        }
        self.after(Duration::from_secs(400));
        self.none_hears_a_tone_for_ever();
        for at in 0..self.telephones.len() {
            if self.telephones[at].up {
                self.hook(at);
            }
        }
        for at in 0..self.outside.len() {
            let lane = self.outside[at].lane;
            if self.outside[at].closed {
                self.line_event("battery drop", lane, Event::OnHook);
            }
        }
        // Whoever is still waited for is called back, and does not answer.
        self.after(Duration::from_secs(4 * 3600));
        while self.mail_comes() {}
        assert_eq!(self.unrest(), [], "nothing is left");
        assert!(self.telephones.iter().all(|telephone| telephone.ringing.is_none()));
        assert!(self.outside.iter().all(|line| !line.closed));
        assert!(self.left_off_hook.is_empty(), "{:?}", self.left_off_hook);
    }

    /// Handsets that nobody put down went through all tones, where they are in no call.
    fn none_hears_a_tone_for_ever(&self) {
        let snapshot = self.snapshot();
        let in_call = |lane| snapshot.calls.iter().any(|call| call.lanes.contains(&lane));
        for telephone in self.telephones.iter().filter(|telephone| telephone.up && !in_call(telephone.lane)) {
            let rests = match telephone.class {
                StationClass::Telephone | StationClass::Fax => self.left_off_hook.contains(&telephone.port),
                StationClass::Door => telephone.cut,
                StationClass::Headset => true,
            };
            assert!(rests, "{:?} is not locked out", telephone.port);
        }
    }

    /// Every telephone has its dial tone or what it has in its place, and every line brings a caller.
    pub fn everything_works(&mut self) {
        for at in 0..self.telephones.len() {
            let calls = self.calls;
            self.hook(at);
            let headset = self.telephones[at].class == StationClass::Headset;
            assert_eq!(self.calls, calls + u64::from(!headset), "{:?} can call", self.telephones[at].port);
            self.hook(at);
            self.after(Duration::from_secs(5));
        }
        for at in 0..self.outside.len() {
            let calls = self.calls;
            self.rings(at, 3);
            self.after(Duration::from_secs(6));
            assert!(self.calls > calls, "{:?} brings a caller", self.outside[at].port);
            self.after(Duration::from_secs(300));
            let lane = self.outside[at].lane;
            if self.outside[at].closed {
                self.line_event("battery drop", lane, Event::OnHook);
            }
            self.after(Duration::from_secs(300));
        }
        assert_eq!(self.unrest(), [], "nothing is left");
    }
}
