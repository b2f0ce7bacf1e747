//! Ringing current is finite: how the ports of one card share it.
//!
//! A cadence rings for a part of its period only, so ports are put into groups that ring one after another: China's
//! 1 s on and 4 s off gives five. Each group may hold as many ports as the card can ring at once. The groups run on a
//! clock common to the card, which starts at [`Time::ZERO`]. An emergency takes the place of another call.
//! Not here: the current itself, which the board file gives as ringers at once.

use std::{collections::BTreeMap, time::Duration};

use frame::{Time, Timeslot};

/// A ringing cadence: one or two bursts, repeated, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingCadence {
    /// Pairs of (ringing, silent) in milliseconds. (0, 0) where there is no second burst.
    pub steps_ms: [(u16, u16); 2],
}

impl RingCadence {
    /// One burst and a pause.
    pub const fn single(on_ms: u16, off_ms: u16) -> RingCadence {
        RingCadence { steps_ms: [(on_ms, off_ms), (0, 0)] }
    }

    /// Two bursts, each with its pause.
    pub const fn double(on_ms: u16, off_ms: u16, second_on_ms: u16, second_off_ms: u16) -> RingCadence {
        RingCadence { steps_ms: [(on_ms, off_ms), (second_on_ms, second_off_ms)] }
    }

    /// The length of one repetition; never 0.
    pub const fn period_ms(&self) -> u32 {
        let [(on, off), (second_on, second_off)] = self.steps_ms;
        let sum_ms = on as u32 + off as u32 + second_on as u32 + second_off as u32;
        if sum_ms == 0 { 1 } else { sum_ms }
    }

    /// From the start of the first burst to the end of the last.
    pub const fn burst_ms(&self) -> u32 {
        let [(on, off), (second_on, _)] = self.steps_ms;
        if second_on == 0 { on as u32 } else { on as u32 + off as u32 + second_on as u32 }
    }

    /// The cadence as it is rung: each burst a little shorter and its pause as much longer. Bursts of one group end where those
    /// of the next begin, and a card takes a command some milliseconds later than it was meant.
    pub const fn rung(&self) -> RingCadence {
        let [first, second] = self.steps_ms;
        RingCadence { steps_ms: [apart(first), apart(second)] }
    }

    const fn fits_into(&self, usual: &RingCadence) -> bool {
        self.period_ms() == usual.period_ms() && self.burst_ms() <= usual.burst_ms()
    }

    /// How far into it who was `phase_ms` into it is after a time.
    pub fn phase_after(&self, phase_ms: u16, time: Duration) -> u16 {
        let at_ms = (u128::from(phase_ms) + time.as_millis()) % u128::from(self.period_ms());
        u16::try_from(at_ms).unwrap_or(u16::MAX)
    }

    /// How many groups can ring one after another within one repetition; at least one.
    pub const fn groups(&self) -> u32 {
        let (period_ms, burst_ms) = (self.period_ms(), self.burst_ms());
        if burst_ms == 0 || period_ms < burst_ms { 1 } else { period_ms / burst_ms }
    }
}

/// Which of its rings a telephone rings with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RingKind {
    /// The country's.
    #[default]
    Usual,
    /// Another one.
    Second,
    /// And one more.
    Third,
}

impl RingKind {
    /// All of them.
    pub const ALL: [RingKind; 3] = [RingKind::Usual, RingKind::Second, RingKind::Third];
}

/// The rings of a country. All have one period, and none sounds outside the time in which the usual one begins its first and
/// ends its last burst: so telephones that ring differently share a card's groups as if they rang alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rings([RingCadence; 3]);

impl Rings {
    /// The usual one, and two others.
    ///
    /// # Panics
    /// Where another one leaves the usual one's place.
    pub const fn new(usual: RingCadence, second: RingCadence, third: RingCadence) -> Rings {
        assert!(second.fits_into(&usual) && third.fits_into(&usual), "a ring leaves the place of the usual one");
        Rings([usual, second, third])
    }

    /// The cadence of a kind.
    pub const fn of(&self, kind: RingKind) -> RingCadence {
        let [usual, second, third] = self.0;
        match kind {
            RingKind::Usual => usual,
            RingKind::Second => second,
            RingKind::Third => third,
        }
    }
}

/// How late a card may begin a burst without two groups ringing at once. Cadences may be off by a tenth (ITU-T E.180).
const APART_MS: u16 = 20;

const fn apart((on, off): (u16, u16)) -> (u16, u16) {
    if on > APART_MS && off > 0 { (on - APART_MS, off + APART_MS) } else { (on, off) }
}

/// Whether a call is an emergency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Any call.
    Normal,
    /// Takes ringing current from others.
    Emergency,
}

/// The answer to a port that wants to ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The port may ring, and starts `phase_ms` into its cadence.
    Granted {
        /// How far into the cadence to start, in milliseconds.
        phase_ms: u16,
    },
    /// The same, but `victim` must stop ringing first.
    GrantedInPlaceOf {
        /// The port whose ringing ends.
        victim: Timeslot,
        /// How far into the cadence to start, in milliseconds.
        phase_ms: u16,
    },
    /// The card rings as many ports as it can.
    OverBudget,
}

/// A port that rings.
#[derive(Clone, Copy, Debug)]
struct Ringer {
    group: u32,
    urgency: Urgency,
}

/// One card's ringing current.
#[derive(Clone, Debug)]
pub struct Budget {
    ringers_at_once: u8,
    cadence: RingCadence,
    ringing: BTreeMap<Timeslot, Ringer>,
}

impl Budget {
    /// A card that can ring `ringers_at_once` ports in the same moment, all with `cadence` or what has its place ([`Rings`]).
    pub fn new(ringers_at_once: u8, cadence: RingCadence) -> Budget {
        Budget { ringers_at_once, cadence, ringing: BTreeMap::new() }
    }

    /// How many ports can ring in all.
    pub fn capacity(&self) -> usize {
        usize::from(self.ringers_at_once) * self.cadence.groups() as usize
    }

    /// How many ports ring now.
    pub fn ringing(&self) -> usize {
        self.ringing.len()
    }

    /// Lets `port` ring from `now` on, if current is left. A port that rings already keeps its place.
    pub fn grant(&mut self, now: Time, port: Timeslot, urgency: Urgency) -> Grant {
        if let Some(ringer) = self.ringing.get_mut(&port) {
            ringer.urgency = urgency;
            let group = ringer.group;
            return Grant::Granted { phase_ms: self.phase_ms(now, group) };
        }
        if let Some(group) = self.soonest(now, |group| self.load(group) < usize::from(self.ringers_at_once)) {
            self.ringing.insert(port, Ringer { group, urgency });
            return Grant::Granted { phase_ms: self.phase_ms(now, group) };
        }
        match urgency {
            Urgency::Normal => Grant::OverBudget,
            Urgency::Emergency => self.grant_in_place_of_another(now, port),
        }
    }

    /// `port` does not ring any more.
    pub fn release(&mut self, port: Timeslot) {
        self.ringing.remove(&port);
    }

    fn grant_in_place_of_another(&mut self, now: Time, port: Timeslot) -> Grant {
        let Some(group) = self.soonest(now, |group| self.victim_in(group).is_some()) else { return Grant::OverBudget };
        let Some(victim) = self.victim_in(group) else { return Grant::OverBudget };
        self.ringing.remove(&victim);
        self.ringing.insert(port, Ringer { group, urgency: Urgency::Emergency });
        Grant::GrantedInPlaceOf { victim, phase_ms: self.phase_ms(now, group) }
    }

    fn load(&self, group: u32) -> usize {
        self.ringing.values().filter(|ringer| ringer.group == group).count()
    }

    fn victim_in(&self, group: u32) -> Option<Timeslot> {
        let fits = |ringer: &Ringer| ringer.group == group && ringer.urgency == Urgency::Normal;
        self.ringing.iter().find(|(_, ringer)| fits(ringer)).map(|(&port, _)| port)
    }

    /// The group that `fits` and whose next burst begins first.
    fn soonest(&self, now: Time, fits: impl Fn(u32) -> bool) -> Option<u32> {
        let wait_ms =
            |&group: &u32| (self.cadence.period_ms() - self.position_ms(now, group)) % self.cadence.period_ms();
        (0..self.cadence.groups()).filter(|&group| fits(group)).min_by_key(wait_ms)
    }

    /// How far the group is in its cadence.
    fn position_ms(&self, now: Time, group: u32) -> u32 {
        let period_ms = u64::from(self.cadence.period_ms());
        let start_ms = u64::from(group * self.cadence.burst_ms());
        ((now.as_us() / 1000 + period_ms - start_ms) % period_ms) as u32
    }

    /// The same as the card takes it; no cadence of any country comes near 65 s.
    fn phase_ms(&self, now: Time, group: u32) -> u16 {
        u16::try_from(self.position_ms(now, group)).unwrap_or(u16::MAX)
    }
}
