//! The tables of the countries: CN, US, UK, DE.
//!
//! Sources: tones and cadences as dahdi-tools' zone data gives them, which follow ITU-T E.180 Supplement 2; China's
//! digit levels as its exchanges take them (row -9 dBm, column -11 dBm); caller id after YD/T 1277.1 (CN), GR-30-CORE
//! (US), the BT network's reversal and V.23 (UK), ETSI EN 300 659-1 (DE). Zone data has no howler: the American one is
//! the receiver off-hook tone, China's is 950 Hz; UK and DE take the American one, because a sweep cannot be told as
//! steps. Special dial tones: E.180 Supplement 2 (CN, recalled), GR-506-CORE (US), BT SIN 350 (UK), zone data (DE).
//! Levels are this box's: -10 dBm0 in all, loud enough behind 7 dB of port loss. The other countries' digit
//! levels are this box's too, within a receiver's range with room on both sides.

use dsp::{
    caller_id::{Charset, DtmfFrame, Format, Modem, Signal},
    dtmf::Timing,
    progress::Limits,
    tone::{AfterLast, TonePlan, ToneStep},
};

use crate::{
    plan::{CallerIdKind, CallerIdMoment, CallerIdSignal, CountryPlan, FlashWindow, MessagesSignal, Tones},
    ring::{RingCadence, Rings},
};

/// One sine alone.
const SINGLE_DBM0: f32 = -10.0;
/// Each sine of a pair: together as loud as one alone.
const PAIR_DBM0: f32 = -13.0;
/// Each of four sines of the howler: their peaks together stay below overload.
const HOWLER_DBM0: f32 = -9.5;

const fn repeated(steps: &'static [ToneStep], level_dbm0: f32) -> TonePlan {
    TonePlan { steps, after_last: AfterLast::Repeat, level_dbm0 }
}

const fn once(steps: &'static [ToneStep], level_dbm0: f32) -> TonePlan {
    TonePlan { steps, after_last: AfterLast::End, level_dbm0 }
}

const fn one(hz: u16, length_ms: u16) -> ToneStep {
    ToneStep::one(hz, length_ms)
}

const fn two(hz: u16, other_hz: u16, length_ms: u16) -> ToneStep {
    ToneStep::two(hz, other_hz, length_ms)
}

const fn pause(length_ms: u16) -> ToneStep {
    ToneStep::pause(length_ms)
}

/// ITU-T E.180: three tones of 330 ms, then a second of silence.
const SPECIAL_INFORMATION: TonePlan =
    repeated(&[one(950, 330), one(1400, 330), one(1800, 330), pause(1000)], SINGLE_DBM0);

/// North America's: ten short bursts, and then as ever; from the beginning again after 10 s, when most have dialled.
const STUTTERED: TonePlan = repeated(
    &[
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 100),
        pause(100),
        two(350, 440, 8000),
    ],
    PAIR_DBM0,
);

/// North America's receiver off-hook tone.
const RECEIVER_OFF_HOOK: TonePlan =
    repeated(&[ToneStep { frequencies_hz: [1400, 2060, 2450, 2600], length_ms: 100 }, pause(100)], HOWLER_DBM0);

/// Two short beeps into an agent's ear, quieter than a voice.
pub(crate) const ZIP: TonePlan = once(&[one(900, 80), pause(60), one(900, 80)], -16.0);

/// Digits as long as the fastest receiver needs (40 ms) and some more; Q.24.
const fn digits(low_dbm0: f32, high_dbm0: f32) -> Timing {
    Timing { on_ms: 70, off_ms: 70, low_dbm0, high_dbm0 }
}

/// 500 ms of silence before the message: GR-30-CORE, EN 300 659-1 and YD/T 1277.1 agree.
const AFTER_FIRST_RING: CallerIdMoment = CallerIdMoment::AfterFirstRing { guard_ms: 500 };

const fn fsk(modem: Modem, charset: Charset, moment: CallerIdMoment) -> CallerIdKind {
    CallerIdKind { signal: CallerIdSignal::Fsk(Signal { modem, format: Format::Multiple, charset }), moment }
}

/// A modem's message without a ring: at once by GR-30-CORE and, recalled, YD/T 1277.1; behind the alerting signal by
/// EN 300 659-1, and in Britain by BT's SIN 227 behind a reversal, too.
const fn messages(modem: Modem, alerts: bool, reverses: bool) -> MessagesSignal {
    MessagesSignal { modem, alerts, reverses }
}

/// Caller id in digits, as older telephones have it: before the first ring, after a reversal. The frame is China's, which
/// telephones elsewhere take, too.
pub(crate) const BY_DIGITS: CallerIdKind =
    CallerIdKind { signal: CallerIdSignal::Dtmf(DtmfFrame::DC), moment: CallerIdMoment::BeforeRing };

/// One second in five, undivided, in two, or short and long. A bell needs some 200 ms to be heard as one.
const RINGS_OF_5_S: Rings = Rings::new(
    RingCadence::single(1000, 4000),
    RingCadence::double(400, 200, 400, 4000),
    RingCadence::double(250, 150, 600, 4000),
);

/// The window of a timed "R" key of 80 to 300 ms, and of a finger on the hook.
const SHORT_FLASH: FlashWindow = FlashWindow { min_ms: 80, max_ms: 800, sent_ms: 100 };

pub(crate) const CN: CountryPlan = CountryPlan {
    tones: Tones {
        dial: repeated(&[one(450, 0)], SINGLE_DBM0),
        dial_special: repeated(&[one(450, 400), pause(40)], SINGLE_DBM0),
        ringback: repeated(&[one(450, 1000), pause(4000)], SINGLE_DBM0),
        busy: repeated(&[one(450, 350), pause(350)], SINGLE_DBM0),
        congestion: repeated(&[one(450, 700), pause(700)], SINGLE_DBM0),
        call_waiting: repeated(&[one(450, 400), pause(4000)], SINGLE_DBM0),
        howler: repeated(&[one(950, 0)], SINGLE_DBM0),
        special_information: repeated(
            &[
                one(450, 100),
                pause(100),
                one(450, 100),
                pause(100),
                one(450, 100),
                pause(100),
                one(450, 400),
                pause(400),
            ],
            SINGLE_DBM0,
        ),
    },
    limits: Limits::EXCHANGE,
    rings: RINGS_OF_5_S,
    caller_id: fsk(Modem::Bell202, Charset::Gbk, AFTER_FIRST_RING),
    messages: messages(Modem::Bell202, false, false),
    dtmf: digits(-9.0, -11.0),
    flash: SHORT_FLASH,
};

pub(crate) const US: CountryPlan = CountryPlan {
    tones: Tones {
        dial: repeated(&[two(350, 440, 0)], PAIR_DBM0),
        dial_special: STUTTERED,
        ringback: repeated(&[two(440, 480, 2000), pause(4000)], PAIR_DBM0),
        busy: repeated(&[two(480, 620, 500), pause(500)], PAIR_DBM0),
        congestion: repeated(&[two(480, 620, 250), pause(250)], PAIR_DBM0),
        call_waiting: repeated(&[one(440, 300), pause(10_000)], SINGLE_DBM0),
        howler: RECEIVER_OFF_HOOK,
        special_information: SPECIAL_INFORMATION,
    },
    limits: Limits::EXCHANGE,
    // GR-506-CORE: its second pattern is ours; its third has three bursts, which is more than a cadence holds.
    rings: Rings::new(
        RingCadence::single(2000, 4000),
        RingCadence::double(800, 400, 800, 4000),
        RingCadence::double(400, 200, 1400, 4000),
    ),
    caller_id: fsk(Modem::Bell202, Charset::Ascii, AFTER_FIRST_RING),
    messages: messages(Modem::Bell202, false, false),
    dtmf: digits(-8.0, -6.0),
    flash: FlashWindow { min_ms: 300, max_ms: 1000, sent_ms: 500 },
};

pub(crate) const UK: CountryPlan = CountryPlan {
    tones: Tones {
        dial: repeated(&[two(350, 440, 0)], PAIR_DBM0),
        dial_special: repeated(&[two(350, 440, 750), one(440, 750)], PAIR_DBM0),
        ringback: repeated(&[two(400, 450, 400), pause(200), two(400, 450, 400), pause(2000)], PAIR_DBM0),
        busy: repeated(&[one(400, 375), pause(375)], SINGLE_DBM0),
        congestion: repeated(&[one(400, 400), pause(350), one(400, 225), pause(525)], SINGLE_DBM0),
        call_waiting: repeated(&[one(400, 100), pause(4000)], SINGLE_DBM0),
        howler: RECEIVER_OFF_HOOK,
        special_information: SPECIAL_INFORMATION,
    },
    limits: Limits::EXCHANGE,
    rings: Rings::new(
        RingCadence::double(400, 200, 400, 2000),
        RingCadence::single(1000, 2000),
        RingCadence::double(250, 150, 600, 2000),
    ),
    caller_id: fsk(Modem::V23, Charset::Ascii, CallerIdMoment::BeforeRing),
    messages: messages(Modem::V23, true, true),
    dtmf: digits(-9.0, -7.0),
    flash: SHORT_FLASH,
};

pub(crate) const DE: CountryPlan = CountryPlan {
    tones: Tones {
        dial: repeated(&[one(425, 0)], SINGLE_DBM0),
        dial_special: repeated(&[two(425, 400, 0)], PAIR_DBM0),
        ringback: repeated(&[one(425, 1000), pause(4000)], SINGLE_DBM0),
        busy: repeated(&[one(425, 480), pause(480)], SINGLE_DBM0),
        congestion: repeated(&[one(425, 240), pause(240)], SINGLE_DBM0),
        call_waiting: repeated(&[one(425, 200), pause(200), one(425, 200), pause(5000)], SINGLE_DBM0),
        howler: RECEIVER_OFF_HOOK,
        special_information: SPECIAL_INFORMATION,
    },
    limits: Limits::EXCHANGE,
    rings: RINGS_OF_5_S,
    caller_id: fsk(Modem::V23, Charset::Ascii, AFTER_FIRST_RING),
    messages: messages(Modem::V23, true, false),
    dtmf: digits(-8.0, -6.0),
    flash: SHORT_FLASH,
};
