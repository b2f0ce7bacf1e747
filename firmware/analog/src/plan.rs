//! What differs between countries on an analog line: tones, ringing, caller id, DTMF levels, hook flash.
//!
//! The figures are in `plans`, one country after another. A plan is asked here and nowhere else.

use std::time::Duration;

use dsp::{
    caller_id, dtmf,
    progress::{Cadence, Limits, Meaning},
    tone::{AfterLast, TonePlan},
};
use serde::{Deserialize, Serialize};

use crate::{
    plans,
    ring::{RingCadence, RingKind, Rings},
};

/// Whose telephone network a port behaves like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Country {
    /// China.
    #[default]
    Cn,
    /// United States of America.
    Us,
    /// United Kingdom.
    Uk,
    /// Germany.
    De,
}

impl Country {
    /// All countries that have a plan.
    pub const ALL: [Country; 4] = [Country::Cn, Country::Us, Country::Uk, Country::De];

    /// The country's plan.
    pub const fn plan(self) -> &'static CountryPlan {
        match self {
            Country::Cn => &plans::CN,
            Country::Us => &plans::US,
            Country::Uk => &plans::UK,
            Country::De => &plans::DE,
        }
    }
}

/// A country's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct CountryPlan {
    /// Tones towards a caller, and from an exchange.
    pub tones: Tones,
    /// How far an exchange's tones may be from them and are still heard as them.
    pub limits: Limits,
    /// How a telephone rings.
    pub rings: Rings,
    /// How the caller's number reaches a telephone before it is answered.
    pub caller_id: CallerIdKind,
    /// How a telephone is told by modem that messages wait, while no call is there.
    pub messages: MessagesSignal,
    /// How digits are sent.
    pub dtmf: dtmf::Timing,
    /// How long the hook is down for a flash.
    pub flash: FlashWindow,
}

impl CountryPlan {
    /// How a telephone usually rings.
    pub const fn ring(&self) -> RingCadence {
        self.rings.of(RingKind::Usual)
    }

    /// The tones with a rhythm by which an exchange tells what became of a call.
    pub fn call_tones(&self) -> impl Iterator<Item = (Meaning, Cadence)> + '_ {
        let Tones { busy, congestion, ringback, special_information, .. } = &self.tones;
        let meant = [
            (Meaning::Busy, busy),
            (Meaning::Congestion, congestion),
            (Meaning::Ringback, ringback),
            (Meaning::SpecialInformation, special_information),
        ];
        meant.into_iter().filter_map(|(meaning, plan)| Some((meaning, Cadence::of(plan, self.limits)?)))
    }

    /// The tone of a call that waits, once: it must not be longer than it has to, since a talk is interrupted for it.
    pub fn call_waiting_burst(&self) -> TonePlan {
        let TonePlan { steps, level_dbm0, .. } = self.tones.call_waiting;
        TonePlan { steps: &steps[..steps.len().saturating_sub(1)], after_last: AfterLast::End, level_dbm0 }
    }

    /// The silence between one such tone and the next.
    pub fn call_waiting_pause(&self) -> Duration {
        let last = self.tones.call_waiting.steps.last();
        Duration::from_millis(last.map_or(0, |step| step.length_ms).into())
    }

    /// The plan of a tone.
    pub const fn tone(&self, kind: ToneKind) -> TonePlan {
        match kind {
            ToneKind::Dial => self.tones.dial,
            ToneKind::DialSpecial => self.tones.dial_special,
            ToneKind::Ringback => self.tones.ringback,
            ToneKind::Busy => self.tones.busy,
            ToneKind::Congestion => self.tones.congestion,
            ToneKind::CallWaiting => self.tones.call_waiting,
            ToneKind::Howler => self.tones.howler,
            ToneKind::SpecialInformation => self.tones.special_information,
            ToneKind::Zip => plans::ZIP,
        }
    }
}

/// The tones of a country: ITU-T E.180, E.182.
#[derive(Clone, Debug, PartialEq)]
pub struct Tones {
    /// Invites to dial.
    pub dial: TonePlan,
    /// The same, where a telephone's calls go elsewhere or do not ring there, or messages wait: the special dial tone of E.182.
    pub dial_special: TonePlan,
    /// The far telephone rings.
    pub ringback: TonePlan,
    /// The called party is busy, or the far end has hung up.
    pub busy: TonePlan,
    /// No way through the network.
    pub congestion: TonePlan,
    /// Another call waits.
    pub call_waiting: TonePlan,
    /// The handset was left off.
    pub howler: TonePlan,
    /// An announcement follows, or the number does not exist.
    pub special_information: TonePlan,
}

/// A tone by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToneKind {
    /// Invites to dial.
    Dial,
    /// The same, where something holds that its person may have forgotten.
    DialSpecial,
    /// The far telephone rings.
    Ringback,
    /// The called party is busy, or the far end has hung up.
    Busy,
    /// No way through the network.
    Congestion,
    /// Another call waits.
    CallWaiting,
    /// The handset was left off.
    Howler,
    /// The number does not exist, or an announcement follows.
    SpecialInformation,
    /// A call comes to an agent's headset. The same everywhere: no network gives it.
    Zip,
}

impl ToneKind {
    /// All tones.
    pub const ALL: &'static [ToneKind] = &[
        ToneKind::Dial,
        ToneKind::DialSpecial,
        ToneKind::Ringback,
        ToneKind::Busy,
        ToneKind::Congestion,
        ToneKind::CallWaiting,
        ToneKind::Howler,
        ToneKind::SpecialInformation,
        ToneKind::Zip,
    ];
}

/// When caller id is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerIdMoment {
    /// In the first silent interval, `guard_ms` after the first ring has ended.
    AfterFirstRing {
        /// Silence before the message in milliseconds.
        guard_ms: u16,
    },
    /// After a reversal of the line and an alerting signal, before the first ring.
    BeforeRing,
}

/// What carries a caller id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CallerIdSignal {
    /// A modem: number, name, and why they are withheld.
    Fsk(caller_id::Signal),
    /// Digits: the number alone.
    Dtmf(caller_id::DtmfFrame),
}

/// How the caller's number reaches a telephone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallerIdKind {
    /// By what.
    pub signal: CallerIdSignal,
    /// When it is sent.
    pub moment: CallerIdMoment,
}

/// How a telephone is told by modem that messages wait: a message that no ring goes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagesSignal {
    /// Which.
    pub modem: caller_id::Modem,
    /// Whether the alerting signal goes first: without it, telephones in Europe sleep.
    pub alerts: bool,
    /// Whether the line is reversed meanwhile.
    pub reverses: bool,
}

/// How long the hook is down for a flash: longer than a pulse, shorter than a hang-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashWindow {
    /// The shortest in milliseconds.
    pub min_ms: u16,
    /// The longest in milliseconds.
    pub max_ms: u16,
    /// What an exchange is sent: the register recall of a telephone's R key, in the United States what a hand does.
    pub sent_ms: u16,
}
