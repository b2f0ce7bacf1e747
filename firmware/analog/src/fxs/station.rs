//! The line machine of one station.

use std::{collections::VecDeque, time::Duration};

use dsp::caller_id::CallerId;
use frame::Time;

use super::{Answering, CallerIdWish, StationClass, StationSettings};
use crate::{
    plan::{CallerIdKind, CallerIdMoment, CallerIdSignal, CountryPlan, ToneKind},
    plans,
    ring::{RingCadence, RingKind},
};

/// What happens to a station.
#[derive(Clone, Debug, PartialEq)]
pub enum StationInput {
    /// The handset was lifted.
    OffHook,
    /// The handset was put down, told after the flash time.
    OnHook,
    /// The hook was down for a flash.
    Flash,
    /// A digit was pulsed, as ASCII.
    PulseDigit(u8),
    /// The ringer sounds.
    RingerOn,
    /// The ringer pauses.
    RingerOff,
    /// A DTMF digit was heard.
    Digit(char),
    /// The caller id, the tone of a call that waits, what is told of messages, or what a call is about, has left.
    CallerIdSent,
    /// Messages wait, or none do, as its modem is to be told; it has none where `None`.
    MessagesWait(Option<bool>),
    /// A call waits while it talks: this is who calls, if that is to be told.
    CallWaits(Option<CallerId>),
    /// That call waits no more.
    WaitsNoMore,
    /// Ring, a call comes.
    Ring(RingRequest),
    /// The call that rings has gone.
    StopRinging,
    /// What was dialled is being reached, or the far end is there: the audio path belongs to the call.
    Connected,
    /// The far end has gone or cannot be reached: this tone tells why, until the handset is put down.
    Released(ToneKind),
    /// [`Station::next_deadline`] has come.
    Timeout,
}

/// A call that comes to a station.
#[derive(Clone, Debug, PartialEq)]
pub struct RingRequest {
    /// Who calls; not sent where `None`.
    pub caller: Option<CallerId>,
    /// How far into the cadence to start, from the ring budget.
    pub phase_ms: u16,
    /// Which of the country's rings it gets.
    pub kind: RingKind,
    /// Whether a headset is told what the call is about, before it takes it.
    pub whispers: bool,
}

/// What a station machine wants.
#[derive(Clone, Debug, PartialEq)]
pub enum StationOutput {
    /// Ring with this cadence until told otherwise.
    RingOn {
        /// The cadence.
        cadence: RingCadence,
        /// How far into it to start, in milliseconds.
        phase_ms: u16,
    },
    /// Stop ringing.
    RingOff,
    /// Play a tone until told otherwise.
    Tone(ToneKind),
    /// Play nothing: the audio path is free for the call.
    Silence,
    /// Send the caller id as the country's plan says, then tell [`StationInput::CallerIdSent`].
    SendCallerId(CallerId),
    /// Break off the caller id.
    StopCallerId,
    /// Send the tone of a call that waits into the talk, then tell [`StationInput::CallerIdSent`].
    WaitingTone {
        /// Whether the signal follows it that asks the telephone to take who calls.
        alerts: bool,
    },
    /// Send who waits into the talk, then tell [`StationInput::CallerIdSent`].
    TellWaiting(CallerId),
    /// Say in a headset what the call is about, then tell [`StationInput::CallerIdSent`].
    Whisper,
    /// Send whether messages wait, to a telephone whose handset is down, then tell [`StationInput::CallerIdSent`].
    SendMessagesWaiting(bool),
    /// Turn the polarity of the feed.
    Polarity {
        /// Whether tip and ring change places.
        reversed: bool,
    },
    /// Cut the feed for so many milliseconds, so that what is plugged in lets go.
    BatteryDrop {
        /// Length in milliseconds.
        ms: u16,
    },
    /// A headset is ready for calls, or no more.
    Ready(bool),
    /// It could not be rung.
    RingRefused(RingRefusal),
    /// A fact for call control.
    Event(StationEvent),
}

/// What a station did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationEvent {
    /// Off-hook from idle: it will dial, or, a door station, wants its call.
    WantsToDial,
    /// It dialled nothing in time, and hears busy: nobody is going to call from there before it is put down.
    DialledNothing,
    /// A digit, dialled, pulsed or pressed in a call.
    Digit(char),
    /// It took the call that rang.
    Answered,
    /// It was put down; it is idle.
    HungUp,
    /// Hook flash in a call.
    Flash,
    /// The tone of a call that waits, or who it is, was sent: the ear is the talk's again.
    WaitingTold,
    /// Nobody put it down: unavailable, and not to be offered calls.
    LeftOffHook,
    /// It was put down after [`StationEvent::LeftOffHook`], or is a headset that takes calls again.
    BackOnHook,
    /// A headset was put down: nobody's ear is there.
    NotReady,
}

/// Why a station could not be rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingRefusal {
    /// It rings already.
    Ringing,
    /// It dials, talks or hears a tone.
    Busy,
    /// It was left off the hook.
    LeftOffHook,
}

/// What became of new settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apply {
    /// They hold.
    Applied,
    /// They hold from the next on-hook.
    WhenIdle,
}

/// Where a station is. A variant owns what only that state needs.
#[derive(Clone, Debug, PartialEq)]
enum State {
    OnHook,
    /// It is told whether messages wait. A call goes before it, and so does a handset that is lifted.
    Informed {
        until: Time,
    },
    /// Caller id goes first; then it rings, as far into its cadence as it would be then.
    Announced {
        rings: (RingKind, u16),
        since: Time,
        until: Time,
    },
    Ringing {
        caller: CallerIdStage,
    },
    /// Off-hook headset without a call.
    Ready,
    /// A call is announced into the headset.
    Zip {
        whispers: bool,
        until: Time,
    },
    /// It is said there what the call is about.
    Whisper {
        until: Time,
    },
    /// All of it was said, and the key is not pressed yet.
    AwaitsKey,
    DialTone {
        until: Time,
    },
    /// Digits, or a call being placed.
    Calling,
    Talking {
        waiting: Waiting,
    },
    /// Its feed is cut, so that a machine lets go; whoever does not hears this tone then.
    FeedCut {
        kind: ToneKind,
        until: Time,
    },
    /// A tone that tells the end of the call.
    EndTone {
        kind: ToneKind,
        until: Time,
    },
    Howler {
        until: Time,
    },
    Unavailable,
    /// A door station or fax machine whose call is over, until it lets go.
    LettingGo,
}

/// How far the caller id of a ringing station is.
#[derive(Clone, Debug, PartialEq)]
enum CallerIdStage {
    /// Waits for the end of the first ring.
    Waiting { caller: CallerId, guard: Duration },
    /// Waits for the silence before the message. The next burst of a ring that has two may come first.
    Guard { caller: CallerId, guard: Duration, at: Time },
    /// Is being sent.
    Sending,
    /// Was sent, or is not wanted.
    Done,
}

/// How far a talking station is told of a call that waits.
#[derive(Clone, Debug, PartialEq)]
enum Waiting {
    Nobody,
    /// The tone sounds in place of the talk; who calls is told after it, where that is wanted.
    Tone {
        caller: Option<CallerId>,
        until: Time,
    },
    /// The telephone was asked whether it takes who calls.
    Alerted {
        caller: CallerId,
        until: Time,
    },
    /// It takes it.
    Sending {
        until: Time,
    },
    /// The talk goes on until the next tone.
    Pause {
        until: Time,
    },
}

impl Waiting {
    const fn deadline(&self) -> Option<Time> {
        match self {
            Waiting::Nobody => None,
            Waiting::Tone { until, .. }
            | Waiting::Alerted { until, .. }
            | Waiting::Sending { until }
            | Waiting::Pause { until } => Some(*until),
        }
    }

    /// Whether something else than the talk is heard.
    const fn has_the_ear(&self) -> bool {
        matches!(self, Waiting::Tone { .. } | Waiting::Alerted { .. } | Waiting::Sending { .. })
    }
}

/// The line machine of one station.
#[derive(Clone, Debug)]
pub struct Station {
    settings: StationSettings,
    /// Settings that wait for the next on-hook.
    next_settings: Option<StationSettings>,
    state: State,
    /// Whether a headset dialled the call that it is in.
    has_dialled: bool,
    messages: Messages,
    outputs: VecDeque<StationOutput>,
}

/// What a telephone with a modem is to be told of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Messages {
    /// Whether some wait.
    wait: Option<bool>,
    /// When it is told, if its handset is down until then.
    at: Option<Time>,
}

/// The zip tone and a breath, before a headset takes its call.
const ZIP: Duration = Duration::from_millis(400);
/// What a call is about is some words. A caller must not wait for ever on a sender that has failed.
const WHISPER_LIMIT: Duration = Duration::from_secs(15);
/// Caller id before the first ring takes 1.5 s by modem and 3.1 s for 20 digits; a ring must not wait for ever on a sender
/// that has failed.
const CALLER_ID_LIMIT: Duration = Duration::from_millis(4_000);
/// How long a line is idle before anything is sent there that no call goes with: a call that begins meanwhile goes first,
/// several messages that come or go are told as one, and a telephone that was just put down has settled.
const LINE_IDLE: Duration = Duration::from_secs(2);
/// The telephone answers within 160 ms with 65 ms of a digit (GR-30-CORE); the card, the receiver and the tick add to it.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_millis(400);
/// The digit by which it does.
const ACKNOWLEDGEMENT: char = 'D';
/// A talk must not wait for ever on a sender that has failed: the longest message in a talk is under 1 s.
const WAITING_LIMIT: Duration = Duration::from_millis(2_500);
/// How long a headset hears what became of a call that was dialled there, before it is ready again.
const HEADSET_TONE: Duration = Duration::from_secs(3);
/// Longer than the 500 ms that DAHDI's own kewl start drop lasts; door stations and answering machines want up to 800 ms.
const LET_GO_MS: u16 = 800;

impl Station {
    /// A station that is on-hook.
    pub fn new(settings: StationSettings) -> Station {
        let (state, messages) = (State::OnHook, Messages::default());
        Station { settings, next_settings: None, state, has_dialled: false, messages, outputs: VecDeque::new() }
    }

    /// A station that talks since the last life of the box. Its card tells where it was put down meanwhile.
    pub fn talking(settings: StationSettings) -> Station {
        Station { state: State::Talking { waiting: Waiting::Nobody }, ..Station::new(settings) }
    }

    /// Takes new settings, at once where the station is on-hook.
    pub fn apply(&mut self, _now: Time, settings: &StationSettings) -> Apply {
        let applied = self.would_apply(settings);
        self.next_settings = match applied {
            Apply::Applied => None,
            Apply::WhenIdle => Some(*settings),
        };
        if applied == Apply::Applied {
            self.settings = *settings;
        }
        applied
    }

    /// What [`Station::apply`] would answer now.
    pub fn would_apply(&self, settings: &StationSettings) -> Apply {
        let at_once = self.state == State::OnHook || self.settings == *settings;
        if at_once { Apply::Applied } else { Apply::WhenIdle }
    }

    /// The settings that hold.
    pub fn settings(&self) -> &StationSettings {
        &self.settings
    }

    /// Whether it is on-hook, or a ready headset: a call may come.
    pub fn is_free(&self) -> bool {
        matches!(self.state, State::OnHook | State::Informed { .. } | State::Ready)
    }

    /// Whether its handset is down, and nothing is told to it.
    pub fn is_on_hook(&self) -> bool {
        self.state == State::OnHook
    }

    /// Whether it is a headset that waits for a call, at which something may be dialled.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether its keys are to be heard while a tone sounds there: it may dial at any time.
    pub fn is_headset(&self) -> bool {
        self.settings.class == StationClass::Headset
    }

    /// Whether callers of a queue may be offered to it: a headset that is down has nobody's ear.
    pub fn takes_callers(&self) -> bool {
        self.is_free() && (self.is_ready() || self.settings.class != StationClass::Headset)
    }

    /// Whether a call is announced to it that it has not taken yet.
    pub fn is_called(&self) -> bool {
        match self.state {
            State::Announced { .. } | State::Ringing { .. } => true,
            State::Zip { .. } | State::Whisper { .. } | State::AwaitsKey => true,
            State::OnHook
            | State::Informed { .. }
            | State::Ready
            | State::DialTone { .. }
            | State::Calling
            | State::Talking { .. }
            | State::FeedCut { .. }
            | State::EndTone { .. }
            | State::Howler { .. }
            | State::Unavailable
            | State::LettingGo => false,
        }
    }

    /// How it is told who calls; not at all where none.
    pub fn caller_id(&self) -> Option<CallerIdKind> {
        match self.settings.caller_id {
            CallerIdWish::Country => Some(self.plan().caller_id),
            CallerIdWish::Digits => Some(plans::BY_DIGITS),
            CallerIdWish::Off => None,
        }
    }

    /// The next output. Drain after each input.
    pub fn poll_output(&mut self) -> Option<StationOutput> {
        self.outputs.pop_front()
    }

    /// When [`StationInput::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        match &self.state {
            State::OnHook => self.messages.at,
            State::Informed { until }
            | State::Announced { until, .. }
            | State::Zip { until, .. }
            | State::Whisper { until }
            | State::DialTone { until }
            | State::FeedCut { until, .. }
            | State::EndTone { until, .. }
            | State::Howler { until } => Some(*until),
            State::Ringing { caller: CallerIdStage::Guard { at, .. } } => Some(*at),
            State::Talking { waiting } => waiting.deadline(),
            State::Ringing { .. }
            | State::Ready
            | State::AwaitsKey
            | State::Calling
            | State::Unavailable
            | State::LettingGo => None,
        }
    }

    /// Takes one input.
    pub fn handle_input(&mut self, now: Time, input: StationInput) {
        match input {
            StationInput::OffHook => self.off_hook(now),
            StationInput::OnHook => self.on_hook(now),
            StationInput::Flash => self.flash(),
            StationInput::PulseDigit(digit) => self.pulse_digit(now, digit),
            StationInput::RingerOn => self.ringer_on(),
            StationInput::RingerOff => self.ringer_off(now),
            StationInput::Digit(digit) => self.digit(now, digit),
            StationInput::CallerIdSent => self.caller_id_sent(now),
            StationInput::MessagesWait(wait) => self.messages_wait(now, wait),
            StationInput::CallWaits(caller) => self.call_waits(now, caller),
            StationInput::WaitsNoMore => self.waits_no_more(),
            StationInput::Ring(request) => self.ring(now, request),
            StationInput::StopRinging => self.stop_ringing(now),
            StationInput::Connected => self.connected(),
            StationInput::Released(kind) => self.released(now, kind),
            StationInput::Timeout => self.timeout(now),
        }
    }

    fn timeout(&mut self, now: Time) {
        if self.next_deadline().is_none_or(|due| due > now) {
            return;
        }
        match std::mem::replace(&mut self.state, State::OnHook) {
            State::OnHook => self.inform(now),
            State::Informed { .. } => {
                self.put(StationOutput::StopCallerId);
                self.informed();
            }
            State::Announced { rings, since, .. } => {
                self.put(StationOutput::StopCallerId);
                self.ring_after_caller_id(now, rings, since);
            }
            State::Ringing { caller: CallerIdStage::Guard { caller, .. } } => {
                self.put(StationOutput::SendCallerId(caller));
                self.state = State::Ringing { caller: CallerIdStage::Sending };
            }
            State::Zip { whispers: true, .. } => {
                self.state = State::Whisper { until: now + WHISPER_LIMIT };
                self.put(StationOutput::Whisper);
            }
            State::Zip { whispers: false, .. } | State::Whisper { .. } => self.announced(),
            State::DialTone { .. } => {
                self.end_tone(now, ToneKind::Busy);
                self.tell(StationEvent::DialledNothing);
            }
            State::FeedCut { kind, .. } => self.end_tone(now, kind),
            State::EndTone { .. } => self.end_of_end_tone(now),
            State::Howler { .. } => self.unavailable(),
            State::Talking { waiting } => self.waiting_timeout(now, waiting),
            other => self.state = other,
        }
    }

    fn off_hook(&mut self, now: Time) {
        match self.state {
            State::OnHook => self.seized(now),
            State::Informed { .. } => {
                self.put(StationOutput::StopCallerId);
                self.informed();
                self.seized(now);
            }
            State::Announced { .. } => {
                self.put(StationOutput::StopCallerId);
                self.put(StationOutput::Polarity { reversed: false });
                self.answered();
            }
            State::Ringing { .. } => {
                self.stop_ring();
                self.answered();
            }
            // The card tells an off-hook again after events were lost.
            State::Ready
            | State::Zip { .. }
            | State::Whisper { .. }
            | State::AwaitsKey
            | State::DialTone { .. }
            | State::Calling
            | State::Talking { .. }
            | State::FeedCut { .. }
            | State::EndTone { .. }
            | State::Howler { .. }
            | State::Unavailable
            | State::LettingGo => {}
        }
    }

    fn seized(&mut self, now: Time) {
        match self.settings.class {
            StationClass::Telephone | StationClass::Fax => {
                self.state = State::DialTone { until: now + self.settings.timers.first_digit() };
                self.put(StationOutput::Tone(ToneKind::Dial));
                self.tell(StationEvent::WantsToDial);
            }
            StationClass::Door => {
                self.state = State::Calling;
                self.tell(StationEvent::WantsToDial);
            }
            StationClass::Headset => {
                self.state = State::Ready;
                self.put(StationOutput::Ready(true));
            }
        }
    }

    fn on_hook(&mut self, now: Time) {
        match self.state {
            // Ringing is not off-hook; the card repeats an on-hook after events were lost.
            State::OnHook | State::Informed { .. } | State::Announced { .. } | State::Ringing { .. } => return,
            State::Unavailable => self.tell(StationEvent::BackOnHook),
            State::Ready => {}
            State::Zip { .. }
            | State::Whisper { .. }
            | State::AwaitsKey
            | State::DialTone { .. }
            | State::Calling
            | State::Talking { .. }
            | State::FeedCut { .. }
            | State::EndTone { .. }
            | State::Howler { .. }
            | State::LettingGo => {
                self.put(StationOutput::Silence);
                self.tell(StationEvent::HungUp);
            }
        }
        if self.settings.class == StationClass::Headset {
            self.put(StationOutput::Ready(false));
        }
        self.goes_idle(now);
    }

    /// No call is there any more: a telephone may have slept through what it was told last, or have been plugged in since.
    fn goes_idle(&mut self, now: Time) {
        self.state = State::OnHook;
        self.settings = self.next_settings.take().unwrap_or(self.settings);
        self.has_dialled = false;
        self.messages.at = self.messages.wait.map(|_| now + LINE_IDLE);
    }

    fn messages_wait(&mut self, now: Time, wait: Option<bool>) {
        if self.messages.wait != wait {
            self.messages = Messages { wait, at: wait.map(|_| now + LINE_IDLE) };
        }
    }

    /// The line has been idle for long enough. Only a telephone has a lamp.
    fn inform(&mut self, now: Time) {
        self.messages.at = None;
        let Some(wait) = self.messages.wait.filter(|_| self.settings.class == StationClass::Telephone) else { return };
        if self.plan().messages.reverses {
            self.put(StationOutput::Polarity { reversed: true });
        }
        self.put(StationOutput::SendMessagesWaiting(wait));
        self.state = State::Informed { until: now + CALLER_ID_LIMIT };
    }

    fn informed(&mut self) {
        if self.plan().messages.reverses {
            self.put(StationOutput::Polarity { reversed: false });
        }
        self.state = State::OnHook;
        self.settings = self.next_settings.take().unwrap_or(self.settings);
    }

    fn flash(&mut self) {
        match self.state {
            State::Talking { .. } | State::Calling => self.tell(StationEvent::Flash),
            // Without a call there is nothing that a flash could act on.
            State::OnHook
            | State::Informed { .. }
            | State::Announced { .. }
            | State::Ringing { .. }
            | State::Ready
            | State::Zip { .. }
            | State::Whisper { .. }
            | State::AwaitsKey
            | State::DialTone { .. }
            | State::FeedCut { .. }
            | State::EndTone { .. }
            | State::Howler { .. }
            | State::Unavailable
            | State::LettingGo => {}
        }
    }

    /// A short tap on the hook is one pulse to the card, and a flash to whoever has no rotary dial.
    fn pulse_digit(&mut self, now: Time, digit: u8) {
        if self.settings.pulse_dialling && digit.is_ascii_digit() {
            self.digit(now, char::from(digit));
        } else if digit == b'1' {
            self.flash();
        }
    }

    fn digit(&mut self, now: Time, digit: char) {
        match self.state {
            State::DialTone { .. } => {
                self.state = State::Calling;
                self.put(StationOutput::Silence);
                self.tell(StationEvent::Digit(digit));
            }
            State::Talking { waiting: Waiting::Alerted { .. } } if digit == ACKNOWLEDGEMENT => self.acknowledged(now),
            State::Calling | State::Talking { .. } => self.tell(StationEvent::Digit(digit)),
            State::Ready => self.dials(digit),
            // Who has heard enough of what became of the last call.
            State::EndTone { .. } if self.settings.class == StationClass::Headset => {
                self.put(StationOutput::Silence);
                self.dials(digit);
            }
            // Who knows already what it is about waits for no more of it.
            State::Zip { .. } | State::Whisper { .. } | State::AwaitsKey
                if self.settings.answering == Answering::ByKey(digit) =>
            {
                self.takes_announced();
            }
            // Speech of the far end or a late finger; the call is over or has not begun.
            State::OnHook
            | State::Informed { .. }
            | State::Announced { .. }
            | State::Ringing { .. }
            | State::Zip { .. }
            | State::Whisper { .. }
            | State::AwaitsKey
            | State::FeedCut { .. }
            | State::EndTone { .. }
            | State::Howler { .. }
            | State::Unavailable
            | State::LettingGo => {}
        }
    }

    fn ring(&mut self, now: Time, request: RingRequest) {
        match self.state {
            State::OnHook => self.ring_on_hook(now, request),
            State::Informed { .. } => {
                self.put(StationOutput::StopCallerId);
                self.informed();
                self.ring_on_hook(now, request);
            }
            State::Ready => {
                self.state = State::Zip { whispers: request.whispers, until: now + ZIP };
                self.put(StationOutput::Tone(ToneKind::Zip));
            }
            State::Announced { .. }
            | State::Ringing { .. }
            | State::Zip { .. }
            | State::Whisper { .. }
            | State::AwaitsKey => self.refuse(RingRefusal::Ringing),
            State::Unavailable | State::Howler { .. } => self.refuse(RingRefusal::LeftOffHook),
            State::DialTone { .. }
            | State::Calling
            | State::Talking { .. }
            | State::FeedCut { .. }
            | State::EndTone { .. }
            | State::LettingGo => self.refuse(RingRefusal::Busy),
        }
    }

    fn ring_on_hook(&mut self, now: Time, request: RingRequest) {
        let rings = (request.kind, request.phase_ms);
        let Some((caller, kind)) = request.caller.zip(self.caller_id()) else {
            return self.start_ringing(rings, CallerIdStage::Done);
        };
        match kind.moment {
            CallerIdMoment::BeforeRing => {
                self.state = State::Announced { rings, since: now, until: now + CALLER_ID_LIMIT };
                self.put(StationOutput::Polarity { reversed: true });
                self.put(StationOutput::SendCallerId(caller));
            }
            CallerIdMoment::AfterFirstRing { guard_ms } => {
                let guard = Duration::from_millis(guard_ms.into());
                self.start_ringing(rings, CallerIdStage::Waiting { caller, guard });
            }
        }
    }

    /// The time that the caller id took has gone by for the other telephones of the card, too: its group has its own moment.
    fn ring_after_caller_id(&mut self, now: Time, (kind, phase_ms): (RingKind, u16), since: Time) {
        self.put(StationOutput::Polarity { reversed: false });
        let phase_ms = self.plan().rings.of(kind).phase_after(phase_ms, now.since(since));
        self.start_ringing((kind, phase_ms), CallerIdStage::Done);
    }

    fn start_ringing(&mut self, (kind, phase_ms): (RingKind, u16), caller: CallerIdStage) {
        self.put(StationOutput::RingOn { cadence: self.plan().rings.of(kind), phase_ms });
        self.state = State::Ringing { caller };
    }

    fn ringer_on(&mut self) {
        let State::Ringing { caller: stage } = &mut self.state else { return };
        match std::mem::replace(stage, CallerIdStage::Done) {
            // Another burst: the silence that is long enough comes after it.
            CallerIdStage::Guard { caller, guard, .. } => *stage = CallerIdStage::Waiting { caller, guard },
            waiting @ CallerIdStage::Waiting { .. } => *stage = waiting,
            // It was too long for the silence.
            CallerIdStage::Sending => self.put(StationOutput::StopCallerId),
            CallerIdStage::Done => (),
        }
    }

    fn ringer_off(&mut self, now: Time) {
        let State::Ringing { caller: stage } = &mut self.state else { return };
        if let CallerIdStage::Waiting { caller, guard } = stage {
            *stage = CallerIdStage::Guard { at: now + *guard, guard: *guard, caller: caller.clone() };
        }
    }

    fn caller_id_sent(&mut self, now: Time) {
        match &mut self.state {
            State::Talking { waiting: Waiting::Tone { caller: Some(caller), .. } } => {
                let caller = caller.clone();
                self.waits(Waiting::Alerted { caller, until: now + ACKNOWLEDGED_WITHIN });
            }
            State::Talking { waiting: Waiting::Tone { .. } | Waiting::Sending { .. } } => self.talk_goes_on(now),
            &mut State::Announced { rings, since, .. } => self.ring_after_caller_id(now, rings, since),
            State::Ringing { caller } => *caller = CallerIdStage::Done,
            State::Whisper { .. } => self.announced(),
            State::Informed { .. } => {
                self.put(StationOutput::Silence);
                self.informed();
            }
            // It was answered or given up meanwhile, and the sender was told to stop.
            State::OnHook
            | State::Ready
            | State::Zip { .. }
            | State::AwaitsKey
            | State::DialTone { .. }
            | State::Calling
            | State::Talking { .. }
            | State::FeedCut { .. }
            | State::EndTone { .. }
            | State::Howler { .. }
            | State::Unavailable
            | State::LettingGo => {}
        }
    }

    fn stop_ringing(&mut self, now: Time) {
        match self.state {
            State::Ringing { .. } => {
                self.stop_ring();
                self.goes_idle(now);
            }
            State::Announced { .. } => {
                self.put(StationOutput::StopCallerId);
                self.put(StationOutput::Polarity { reversed: false });
                self.goes_idle(now);
            }
            State::Zip { .. } | State::Whisper { .. } | State::AwaitsKey => {
                self.put(StationOutput::Silence);
                self.state = State::Ready;
            }
            // A call found it busy, and its lane was cleared with the call: the tone of the last one goes on.
            State::EndTone { kind, .. } => self.put(StationOutput::Tone(kind)),
            State::Howler { .. } => self.put(StationOutput::Tone(ToneKind::Howler)),
            // Answered in the same moment: the answer is on its way to call control, which releases.
            State::OnHook
            | State::Informed { .. }
            | State::Ready
            | State::DialTone { .. }
            | State::Calling
            | State::Talking { .. }
            | State::FeedCut { .. }
            | State::Unavailable
            | State::LettingGo => {}
        }
    }

    fn stop_ring(&mut self) {
        self.put(StationOutput::RingOff);
        if let State::Ringing { caller: CallerIdStage::Sending } = self.state {
            self.put(StationOutput::StopCallerId);
        }
    }

    fn connected(&mut self) {
        if matches!(self.state, State::Calling | State::DialTone { .. }) {
            self.put(StationOutput::Silence);
            self.state = State::Talking { waiting: Waiting::Nobody };
        }
    }

    /// Only a telephone is told: a headset is an agent's, and machines would take the tone for one of theirs.
    fn call_waits(&mut self, now: Time, caller: Option<CallerId>) {
        if self.settings.class == StationClass::Telephone && matches!(self.state, State::Talking { .. }) {
            let by_modem = |kind: CallerIdKind| matches!(kind.signal, CallerIdSignal::Fsk(_));
            let is_told = !self.settings.no_caller_id_in_talk && self.caller_id().is_some_and(by_modem);
            self.waiting_tone(now, caller.filter(|_| is_told));
        }
    }

    fn waiting_tone(&mut self, now: Time, caller: Option<CallerId>) {
        self.put(StationOutput::WaitingTone { alerts: caller.is_some() });
        self.waits(Waiting::Tone { caller, until: now + WAITING_LIMIT });
    }

    /// The telephone takes who calls.
    fn acknowledged(&mut self, now: Time) {
        let sending = Waiting::Sending { until: now + WAITING_LIMIT };
        if let State::Talking { waiting } = &mut self.state
            && let Waiting::Alerted { caller, .. } = std::mem::replace(waiting, sending)
        {
            self.put(StationOutput::TellWaiting(caller));
        }
    }

    fn waiting_timeout(&mut self, now: Time, waiting: Waiting) {
        match waiting {
            // Who calls was told, or not taken, with the first tone.
            Waiting::Pause { .. } => self.waiting_tone(now, None),
            Waiting::Nobody | Waiting::Tone { .. } | Waiting::Alerted { .. } | Waiting::Sending { .. } => {
                self.talk_goes_on(now);
            }
        }
    }

    fn talk_goes_on(&mut self, now: Time) {
        self.waits(Waiting::Pause { until: now + self.plan().call_waiting_pause() });
        self.tell(StationEvent::WaitingTold);
    }

    fn waits(&mut self, waiting: Waiting) {
        self.state = State::Talking { waiting };
    }

    fn waits_no_more(&mut self) {
        let State::Talking { waiting } = &mut self.state else { return };
        if std::mem::replace(waiting, Waiting::Nobody).has_the_ear() {
            self.tell(StationEvent::WaitingTold);
        }
    }

    fn released(&mut self, now: Time, kind: ToneKind) {
        match self.state {
            State::Talking { .. } | State::Calling | State::DialTone { .. } => self.call_over(now, kind),
            // Its call ends after the tone began (nothing was dialled), and its lane was cleared with it.
            State::EndTone { kind, .. } => self.put(StationOutput::Tone(kind)),
            // The station has let go first, or has had its tone.
            State::OnHook
            | State::Informed { .. }
            | State::Announced { .. }
            | State::Ringing { .. }
            | State::Ready
            | State::Zip { .. }
            | State::Whisper { .. }
            | State::AwaitsKey
            | State::FeedCut { .. }
            | State::Howler { .. }
            | State::Unavailable
            | State::LettingGo => {}
        }
    }

    fn call_over(&mut self, now: Time, kind: ToneKind) {
        let talked = matches!(self.state, State::Talking { .. });
        match self.settings.class {
            StationClass::Telephone | StationClass::Fax if talked && self.settings.battery_drop => {
                self.state = State::FeedCut { kind, until: now + Duration::from_millis(LET_GO_MS.into()) };
                self.cut_feed();
            }
            StationClass::Telephone | StationClass::Fax => self.end_tone(now, kind),
            StationClass::Headset if self.has_dialled => {
                self.state = State::EndTone { kind, until: now + HEADSET_TONE };
                self.put(StationOutput::Tone(kind));
            }
            StationClass::Headset => self.ready_again(),
            StationClass::Door => {
                self.state = State::LettingGo;
                self.cut_feed();
            }
        }
    }

    fn cut_feed(&mut self) {
        self.put(StationOutput::Silence);
        self.put(StationOutput::BatteryDrop { ms: LET_GO_MS });
    }

    fn end_tone(&mut self, now: Time, kind: ToneKind) {
        self.state = State::EndTone { kind, until: now + self.settings.timers.busy() };
        self.put(StationOutput::Tone(kind));
    }

    /// The first digit at a headset.
    fn dials(&mut self, digit: char) {
        self.state = State::Calling;
        self.has_dialled = true;
        self.tell(StationEvent::WantsToDial);
        self.tell(StationEvent::Digit(digit));
    }

    fn ready_again(&mut self) {
        self.state = State::Ready;
        self.has_dialled = false;
        self.put(StationOutput::Silence);
        self.put(StationOutput::Ready(true));
    }

    fn end_of_end_tone(&mut self, now: Time) {
        match self.settings.class {
            StationClass::Fax => return self.unavailable(),
            StationClass::Headset => return self.ready_again(),
            StationClass::Telephone | StationClass::Door => (),
        }
        self.state = State::Howler { until: now + self.settings.timers.howler() };
        self.put(StationOutput::Tone(ToneKind::Howler));
    }

    fn unavailable(&mut self) {
        self.state = State::Unavailable;
        self.put(StationOutput::Silence);
        self.tell(StationEvent::LeftOffHook);
    }

    /// All was said of a call: a headset takes it, or waits for its key, for as long as the call is offered.
    fn announced(&mut self) {
        match self.settings.answering {
            Answering::ByItself => self.takes_announced(),
            Answering::ByKey(_) => {
                self.put(StationOutput::Silence);
                self.state = State::AwaitsKey;
            }
        }
    }

    fn takes_announced(&mut self) {
        self.put(StationOutput::Silence);
        self.answered();
    }

    fn answered(&mut self) {
        self.state = State::Talking { waiting: Waiting::Nobody };
        self.tell(StationEvent::Answered);
    }

    fn refuse(&mut self, why: RingRefusal) {
        self.put(StationOutput::RingRefused(why));
    }

    fn plan(&self) -> &'static CountryPlan {
        self.settings.country.plan()
    }

    fn tell(&mut self, event: StationEvent) {
        self.put(StationOutput::Event(event));
    }

    fn put(&mut self, output: StationOutput) {
        self.outputs.push_back(output);
    }
}
