//! The line machine of one outside line.

use std::{collections::VecDeque, time::Duration};

use dsp::{caller_id::CallerId, dtmf::DtmfDigit, progress::Evidence};
use frame::Time;

use super::{DialStep, LineSettings, dial_step::take_digits, settings::ms};

/// What happens to a line.
#[derive(Clone, Debug, PartialEq)]
pub enum LineInput {
    /// Ringing current began.
    RingBegin,
    /// Ringing current paused or ended.
    RingEnd,
    /// The polarity turned.
    Polarity,
    /// The exchange dropped the battery.
    BatteryDrop,
    /// A caller id was received.
    CallerId(CallerId),
    /// Dial tone is heard.
    DialTone,
    /// Busy or congestion tone is heard, by as much evidence as the detector gives.
    BusyTone(Evidence),
    /// Nobody has spoken for as long as the settings bear it.
    Silence,
    /// Ringback has come round once more.
    Ringback,
    /// The far end speaks.
    Voice,
    /// All digits have left.
    DigitsSent,
    /// Answer the call that rings.
    Answer,
    /// Seize the line and dial.
    Dial(Vec<DialStep>),
    /// Seize an idle line for a test, and end its dial tone by these digits. Without dial tone nothing is sent, whatever the
    /// settings say: at the other end there might be a person at once.
    Test(Vec<DtmfDigit>),
    /// Give the exchange a flash in a talk.
    Flash,
    /// End the call, or do not take it.
    Release,
    /// [`Line::next_deadline`] has come.
    Timeout,
}

/// What a line machine wants.
#[derive(Clone, Debug, PartialEq)]
pub enum LineOutput {
    /// Close the loop: answer or seize.
    CloseLoop,
    /// Open the loop: release.
    OpenLoop,
    /// Open the loop for a flash.
    Flash,
    /// Listen for caller id, or no more.
    ListenForCallerId(bool),
    /// Listen for dial tone, or no more.
    ListenForDialTone(bool),
    /// Listen for busy tone of the far side, or no more.
    ListenForBusyTone(bool),
    /// Count in a talk how long nobody speaks, or no more.
    ListenForSilence(bool),
    /// Send these digits, then tell [`LineInput::DigitsSent`].
    SendDigits(Vec<DtmfDigit>),
    /// A fact for call control.
    Event(LineEvent),
}

/// What a line did.
#[derive(Clone, Debug, PartialEq)]
pub enum LineEvent {
    /// A call comes in.
    Incoming {
        /// Who calls, where the exchange has said so in time.
        caller: Option<CallerId>,
    },
    /// The caller gave up before the call was answered.
    Abandoned,
    /// The number has been dialled; ringback, if any, is in the audio.
    Dialled,
    /// The far end has answered.
    Answered(Answer),
    /// The far end has released.
    Released(Release),
    /// No dial tone came: the line is dead or in use.
    NoDialTone,
    /// It cannot be seized: it rings, or a call is on it.
    CannotDial,
    /// Our seizure met an incoming call, which has no caller id: its caller is on the closed loop. Nothing was dialled.
    Glare,
    /// It rests no more and may be seized.
    Idle,
}

/// How an outgoing call's answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The carrier turned the polarity.
    Polarity,
    /// The far end spoke.
    Voice,
    /// Nothing told it; enough time went by.
    Assumed,
}

/// How a release is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Release {
    /// The exchange dropped the battery.
    BatteryDrop,
    /// The carrier turned the polarity back.
    Polarity,
    /// Busy tone.
    BusyTone(Evidence),
    /// Nothing told it, and nobody spoke for so long.
    Silence {
        /// Seconds.
        limit_s: u16,
    },
}

/// What became of new settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apply {
    /// They hold.
    Applied,
    /// They hold from the next call.
    WhenIdle,
}

/// Where a line is. A variant owns what only that state needs.
#[derive(Clone, Debug, PartialEq)]
enum State {
    Idle,
    /// The polarity turned, or a caller id came: a ring is expected.
    BeforeRing {
        caller: Option<CallerId>,
        until: Time,
    },
    /// The first ring sounds; not yet long enough to be one.
    FirstRing {
        since: Time,
        caller: Option<CallerId>,
    },
    /// Waits for a caller id in the pause after the first ring, whose first burst ended at `first` and whose last one at `last`.
    CallerIdWindow {
        until: Time,
        first: Time,
        last: Time,
    },
    /// Told to call control; `last` is when a ring began or ended last.
    Ringing {
        last: Time,
    },
    Seized {
        then: ToDial,
        until: Time,
        /// Whether nothing is sent without dial tone.
        waits: bool,
    },
    /// Our seizure met an incoming call: its caller is on the closed loop, and call control has been told.
    Caught,
    /// Digits are being sent.
    Dialling {
        until: Time,
        then: ToDial,
    },
    /// Nothing is sent for a while.
    Pausing {
        until: Time,
        /// Whether only dial tone ends it well.
        waits: bool,
        then: ToDial,
    },
    /// Dialled, not known to be answered.
    Proceeding {
        assumed_at: Time,
    },
    Talking {
        /// Whether the answer was assumed where the carrier tells it: its first reversal is that answer and no release.
        answer_due: bool,
        /// When a flash is due that was asked for.
        flash_at: Option<Time>,
        /// A flash went before: busy tone may be a third party's, whom somebody called at the exchange.
        flashed: Option<Flashed>,
    },
    Resting {
        until: Time,
        /// What is to be dialled as soon as it has rested.
        next: Option<Vec<DialStep>>,
    },
}

/// What is still to be dialled.
#[derive(Clone, Debug, Default, PartialEq)]
struct ToDial {
    steps: VecDeque<DialStep>,
    /// Whether the carrier has told an answer: what follows is for an automatic attendant.
    answered: bool,
}

/// Busy tone since a flash of ours: when it was told first and last, one time close upon the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Flashed {
    busy: Option<(Time, Time)>,
}

/// How long a flash waits: the key by which it was asked for may still sound, and would be a digit to the exchange.
const KEY_ENDS: Duration = Duration::from_millis(400);

/// How long busy tone goes on after a flash before it is nobody's third party any more, but the end of the call: who hears it
/// has had time to flash back.
const BUSY_AFTER_FLASH: Duration = Duration::from_secs(15);

/// Busy tone that goes on is told each three cycles, of 2.1 s at most in the plans; what comes later is another one.
const BUSY_GAP: Duration = Duration::from_secs(6);

/// When an answer is assumed where the carrier should tell it by a reversal: it does not for numbers that cost nothing,
/// emergency services among them, and music in place of ringback seldom plays for so long.
const SUPERVISED_ASSUMED: Duration = Duration::from_secs(60);

/// How long after the loop was closed for a caller a reversal is none that ends the call: the exchange that turned the polarity to
/// announce the caller turns it back.
const TURNS_BACK: Duration = Duration::from_secs(1);

/// What the digits may take that are sent, beside two seconds each (ten pulses and a pause): then something was lost.
const DIGITS_LOST: Duration = Duration::from_secs(5);

/// The longest pause within one ring, and less than any between two: 0.2 s in the plans, and 2 s.
const WITHIN_RING: Duration = Duration::from_secs(1);
/// How long after its first burst a ring has further ones: an intercom that rings without longer pauses is a call, too.
const RING_BURSTS: Duration = Duration::from_secs(2);

/// How long after a reversal, or after a caller id, the first ring may come: EN 300 659-1 has at most 0.5 s after the
/// message, which itself lasts up to 3 s in digits.
const BEFORE_RING: Duration = Duration::from_secs(6);

/// The line machine of one outside line.
#[derive(Clone, Debug)]
pub struct Line {
    settings: LineSettings,
    next_settings: Option<LineSettings>,
    /// When the loop was closed for a caller last.
    answered_at: Option<Time>,
    state: State,
    outputs: VecDeque<LineOutput>,
}

impl Line {
    /// A line that is idle.
    pub fn new(settings: LineSettings) -> Line {
        let mut line =
            Line { settings, next_settings: None, answered_at: None, state: State::Idle, outputs: VecDeque::new() };
        line.listen_idle();
        line
    }

    /// A line on which a call has gone on since the last life of the box: its loop was held closed.
    pub fn in_call(settings: LineSettings) -> Line {
        let outputs = VecDeque::from([LineOutput::ListenForBusyTone(true)]);
        let mut line = Line { outputs, ..Line::new(settings) };
        line.talk();
        line
    }

    /// The settings that hold.
    pub fn settings(&self) -> &LineSettings {
        &self.settings
    }

    /// Takes new settings, at once where the line is idle.
    pub fn apply(&mut self, _now: Time, settings: &LineSettings) -> Apply {
        if self.is_idle() {
            if settings.caller_id_before_ring != self.settings.caller_id_before_ring {
                self.put(LineOutput::ListenForCallerId(settings.caller_id_before_ring));
            }
            (self.settings, self.next_settings) = (*settings, None);
            return Apply::Applied;
        }
        self.next_settings = Some(*settings);
        Apply::WhenIdle
    }

    /// Whether these settings are others than those that hold or wait.
    pub fn would_change(&self, settings: &LineSettings) -> bool {
        self.next_settings.as_ref().unwrap_or(&self.settings) != settings
    }

    /// Whether nothing is on it.
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether [`LineInput::Dial`] is taken: it is idle, or will be as soon as it has rested.
    pub fn can_dial(&self) -> bool {
        matches!(self.state, State::Idle | State::BeforeRing { .. } | State::Resting { next: None, .. })
    }

    /// Whether the exchange rings it.
    pub fn rings(&self) -> bool {
        matches!(self.state, State::FirstRing { .. } | State::CallerIdWindow { .. } | State::Ringing { .. })
    }

    /// The next output. Drain after each input.
    pub fn poll_output(&mut self) -> Option<LineOutput> {
        self.outputs.pop_front()
    }

    /// When [`LineInput::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        match self.state {
            State::CallerIdWindow { until, last, .. } => Some(until.min(self.ring_stops(last))),
            State::Ringing { last } | State::FirstRing { since: last, .. } => Some(self.ring_stops(last)),
            State::BeforeRing { until, .. }
            | State::Seized { until, .. }
            | State::Dialling { until, .. }
            | State::Pausing { until, .. }
            | State::Resting { until, .. } => Some(until),
            State::Proceeding { assumed_at } => Some(assumed_at),
            State::Talking { flash_at, .. } => flash_at,
            State::Idle | State::Caught => None,
        }
    }

    /// Takes one input.
    pub fn handle_input(&mut self, now: Time, input: LineInput) {
        match input {
            LineInput::RingBegin => self.ring_begin(now),
            LineInput::RingEnd => self.ring_end(now),
            LineInput::Polarity => self.polarity(now),
            LineInput::BatteryDrop => self.battery_drop(now),
            LineInput::CallerId(caller) => self.caller_id(now, caller),
            LineInput::DialTone => self.dial_tone(now),
            LineInput::BusyTone(evidence) => self.busy_tone(now, evidence),
            LineInput::Silence => self.silence(now),
            LineInput::Ringback => self.ringback(now),
            LineInput::Voice => self.voice(),
            LineInput::DigitsSent => self.digits_sent(now),
            LineInput::Answer => self.answer(now),
            LineInput::Dial(digits) => self.dial(now, digits),
            LineInput::Test(digits) => self.test(now, digits),
            LineInput::Flash => self.flash(now),
            LineInput::Release => self.release(now),
            LineInput::Timeout => self.timeout(now),
        }
    }

    fn timeout(&mut self, now: Time) {
        if self.next_deadline().is_none_or(|due| due > now) {
            return;
        }
        match std::mem::replace(&mut self.state, State::Idle) {
            State::CallerIdWindow { until, last, .. } if until <= now => self.incoming(None, last),
            // No ring lasts so long: the card has lost its end, and with it whoever called.
            State::FirstRing { .. } | State::CallerIdWindow { .. } | State::BeforeRing { .. } => self.nobody_came(),
            State::Ringing { .. } => {
                self.tell(LineEvent::Abandoned);
                self.listen_idle();
            }
            State::Seized { waits: true, .. } | State::Pausing { waits: true, .. } => self.no_dial_tone(now),
            State::Seized { then, .. } | State::Pausing { then, .. } => self.dial_on(now, then),
            State::Dialling { .. } => {
                self.tell(LineEvent::CannotDial);
                self.rest(now);
            }
            State::Proceeding { .. } => self.talking(Answer::Assumed),
            State::Talking { answer_due, .. } => {
                self.state = State::Talking { answer_due, flash_at: None, flashed: Some(Flashed::default()) };
                self.put(LineOutput::Flash);
            }
            State::Resting { next, .. } => self.rested(now, next),
            other => self.state = other,
        }
    }

    fn ring_begin(&mut self, now: Time) {
        match &mut self.state {
            State::Idle => {
                self.state = State::FirstRing { since: now, caller: None };
                self.put(LineOutput::ListenForCallerId(true));
            }
            State::BeforeRing { caller, .. } => {
                let caller = caller.take();
                self.state = State::FirstRing { since: now, caller };
            }
            // The next burst of the same ring: who calls is told in the silence after the last one.
            State::CallerIdWindow { first, last, .. }
                if now.since(*last) <= WITHIN_RING && now.since(*first) <= RING_BURSTS =>
            {
                *last = now;
            }
            // A second ring: the window for a caller id has passed, and so it has where the card lost the first one's end.
            State::CallerIdWindow { .. } => self.incoming(None, now),
            State::FirstRing { caller, .. } => {
                let caller = caller.take();
                self.incoming(caller, now);
            }
            State::Ringing { last } => *last = now,
            State::Seized { .. } => self.glare(),
            // The exchange is quicker with the next caller than we with our next number: its call is told by its second
            // ring, and ours goes elsewhere.
            State::Resting { next, .. } if next.is_some() => {
                *next = None;
                self.tell(LineEvent::CannotDial);
            }
            // A burst that outlasts our own answer or release.
            State::Caught
            | State::Dialling { .. }
            | State::Pausing { .. }
            | State::Proceeding { .. }
            | State::Talking { .. }
            | State::Resting { .. } => {}
        }
    }

    fn ring_end(&mut self, now: Time) {
        match &mut self.state {
            State::FirstRing { since, .. } if now.since(*since) < ms(self.settings.min_ring_ms) => {
                self.state = State::Idle;
                self.nobody_came();
            }
            State::FirstRing { caller: caller @ Some(_), .. } => {
                let caller = caller.take();
                self.incoming(caller, now);
            }
            State::FirstRing { .. } => {
                let until = now + ms(self.settings.caller_id_ms);
                self.state = State::CallerIdWindow { until, first: now, last: now };
            }
            State::CallerIdWindow { last, until, .. } => {
                *last = now;
                *until = now + ms(self.settings.caller_id_ms);
            }
            State::Ringing { last } => *last = now,
            State::Idle
            | State::BeforeRing { .. }
            | State::Seized { .. }
            | State::Caught
            | State::Dialling { .. }
            | State::Pausing { .. }
            | State::Proceeding { .. }
            | State::Talking { .. }
            | State::Resting { .. } => {}
        }
    }

    /// Nobody calls after all.
    fn nobody_came(&mut self) {
        self.put(LineOutput::ListenForCallerId(false));
        self.listen_idle();
    }

    /// Some exchanges tell who calls before the first ring, without a sign that they will.
    fn listen_idle(&mut self) {
        self.take_next_settings();
        if self.settings.caller_id_before_ring {
            self.put(LineOutput::ListenForCallerId(true));
        }
    }

    /// The exchange has connected a caller to the loop we closed: he is on the line already, so the call is his.
    fn glare(&mut self) {
        self.put(LineOutput::ListenForDialTone(false));
        self.put(LineOutput::ListenForBusyTone(true));
        self.state = State::Caught;
        self.tell(LineEvent::Glare);
    }

    fn polarity(&mut self, now: Time) {
        let supervised = self.settings.polarity_supervision;
        let turns_back = self.answered_at.is_some_and(|at| now.since(at) <= TURNS_BACK);
        match &mut self.state {
            State::Talking { .. } if turns_back => {}
            State::Proceeding { .. } if supervised => self.far_end_answered(Answer::Polarity),
            // An exchange may know the number before its last digit.
            State::Pausing { then: ToDial { answered: answered @ false, .. }, .. }
            | State::Dialling { then: ToDial { answered: answered @ false, .. }, .. }
                if supervised =>
            {
                *answered = true;
            }
            State::Talking { answer_due: due @ true, .. } if supervised => *due = false,
            State::Pausing { then: ToDial { answered: true, .. }, .. }
            | State::Dialling { then: ToDial { answered: true, .. }, .. }
            | State::Talking { .. }
                if supervised =>
            {
                self.far_end_released(now, Release::Polarity)
            }
            // It announces a caller id, and then a ring.
            State::Idle => {
                self.state = State::BeforeRing { caller: None, until: now + BEFORE_RING };
                self.put(LineOutput::ListenForCallerId(true));
            }
            State::BeforeRing { .. }
            | State::Proceeding { .. }
            | State::Talking { .. }
            | State::FirstRing { .. }
            | State::CallerIdWindow { .. }
            | State::Ringing { .. }
            | State::Seized { .. }
            | State::Caught
            | State::Dialling { .. }
            | State::Pausing { .. }
            | State::Resting { .. } => {}
        }
    }

    fn battery_drop(&mut self, now: Time) {
        self.far_end_released(now, Release::BatteryDrop);
    }

    fn caller_id(&mut self, now: Time, caller: CallerId) {
        match &mut self.state {
            &mut State::CallerIdWindow { last, .. } => self.incoming(Some(caller), last),
            State::FirstRing { caller: known, .. } => *known = Some(caller),
            State::Idle | State::BeforeRing { .. } => {
                self.state = State::BeforeRing { caller: Some(caller), until: now + BEFORE_RING };
            }
            // It comes too late, or is a key of somebody who talks.
            State::Ringing { .. }
            | State::Seized { .. }
            | State::Caught
            | State::Dialling { .. }
            | State::Pausing { .. }
            | State::Proceeding { .. }
            | State::Talking { .. }
            | State::Resting { .. } => {}
        }
    }

    fn incoming(&mut self, caller: Option<CallerId>, last: Time) {
        self.put(LineOutput::ListenForCallerId(false));
        self.state = State::Ringing { last };
        self.tell(LineEvent::Incoming { caller });
    }

    fn answer(&mut self, now: Time) {
        match self.state {
            State::Ringing { .. } => {
                self.answered_at = Some(now);
                self.put(LineOutput::CloseLoop);
                self.put(LineOutput::ListenForBusyTone(true));
                self.talk();
            }
            State::Caught => self.talk(),
            // Abandoned in the same moment: call control has been told.
            State::Idle
            | State::BeforeRing { .. }
            | State::FirstRing { .. }
            | State::CallerIdWindow { .. }
            | State::Seized { .. }
            | State::Dialling { .. }
            | State::Pausing { .. }
            | State::Proceeding { .. }
            | State::Talking { .. }
            | State::Resting { .. } => {}
        }
    }

    fn dial(&mut self, now: Time, steps: Vec<DialStep>) {
        let waits = self.settings.wait_for_dial_tone;
        match &mut self.state {
            State::Idle if !self.settings.caller_id_before_ring => self.seize(now, steps, waits),
            State::Idle | State::BeforeRing { .. } => {
                self.put(LineOutput::ListenForCallerId(false));
                self.seize(now, steps, waits);
            }
            State::Resting { next: next @ None, .. } => *next = Some(steps),
            State::Resting { .. }
            | State::FirstRing { .. }
            | State::CallerIdWindow { .. }
            | State::Ringing { .. }
            | State::Seized { .. }
            | State::Caught
            | State::Dialling { .. }
            | State::Pausing { .. }
            | State::Proceeding { .. }
            | State::Talking { .. } => self.tell(LineEvent::CannotDial),
        }
    }

    /// A ring may be under way, and a line that rests still hears of its last call: neither is a line to be tested.
    fn test(&mut self, now: Time, digits: Vec<DtmfDigit>) {
        if self.state != State::Idle {
            return self.tell(LineEvent::CannotDial);
        }
        if self.settings.caller_id_before_ring {
            self.put(LineOutput::ListenForCallerId(false));
        }
        self.seize(now, DialStep::digits(digits), true);
    }

    fn seize(&mut self, now: Time, steps: Vec<DialStep>, waits: bool) {
        self.put(LineOutput::CloseLoop);
        let wait_ms = if waits {
            self.put(LineOutput::ListenForDialTone(true));
            self.settings.dial_tone_limit_ms
        } else {
            self.settings.seize_pause_ms
        };
        let then = ToDial { steps: steps.into(), answered: false };
        self.state = State::Seized { then, until: now + ms(wait_ms), waits };
    }

    fn dial_tone(&mut self, now: Time) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Seized { then, .. } | State::Pausing { waits: true, then, .. } => {
                self.put(LineOutput::ListenForDialTone(false));
                self.dial_on(now, then);
            }
            other => self.state = other,
        }
    }

    fn no_dial_tone(&mut self, now: Time) {
        self.put(LineOutput::ListenForDialTone(false));
        self.tell(LineEvent::NoDialTone);
        self.rest(now);
    }

    /// Sends the digits before the next pause, or begins that pause. The number has left where nothing is left.
    fn dial_on(&mut self, now: Time, mut then: ToDial) {
        let digits = take_digits(&mut then.steps);
        if !digits.is_empty() {
            let until = now + DIGITS_LOST + Duration::from_secs(2) * digits.len() as u32;
            self.put(LineOutput::SendDigits(digits));
            self.state = State::Dialling { until, then };
            return;
        }
        match then.steps.pop_front() {
            Some(DialStep::Pause { ms: pause_ms }) => {
                self.state = State::Pausing { until: now + ms(pause_ms.into()), waits: false, then };
            }
            Some(DialStep::DialTone) => {
                self.put(LineOutput::ListenForDialTone(true));
                let until = now + ms(self.settings.dial_tone_limit_ms);
                self.state = State::Pausing { until, waits: true, then };
            }
            Some(DialStep::Digit(_)) | None => self.dialled(now, then.answered),
        }
    }

    fn dialled(&mut self, now: Time, answered: bool) {
        self.state = State::Proceeding { assumed_at: now + self.assumed_after() };
        self.put(LineOutput::ListenForBusyTone(true));
        self.tell(LineEvent::Dialled);
        if answered {
            self.talking(Answer::Polarity);
        }
    }

    fn digits_sent(&mut self, now: Time) {
        if let State::Dialling { then, .. } = &mut self.state {
            let then = std::mem::take(then);
            self.dial_on(now, then);
        }
    }

    /// Where the carrier tells the answer nothing else does: music or words in place of ringback would be one.
    fn assumed_after(&self) -> Duration {
        match self.settings.polarity_supervision {
            true => SUPERVISED_ASSUMED,
            false => ms(self.settings.assumed_answer_ms),
        }
    }

    /// It rings still: only what comes after the last ring may be an answer without a word.
    fn ringback(&mut self, now: Time) {
        let after = self.assumed_after();
        if let State::Proceeding { assumed_at } = &mut self.state {
            *assumed_at = now + after;
        }
    }

    fn voice(&mut self) {
        if !self.settings.polarity_supervision {
            self.far_end_answered(Answer::Voice);
        }
    }

    fn far_end_answered(&mut self, answer: Answer) {
        if let State::Proceeding { .. } = self.state {
            self.talking(answer);
        }
    }

    fn talking(&mut self, answer: Answer) {
        self.talk();
        if let (State::Talking { answer_due, .. }, Answer::Assumed) = (&mut self.state, answer) {
            *answer_due = self.settings.polarity_supervision;
        }
        self.tell(LineEvent::Answered(answer));
    }

    fn talk(&mut self) {
        self.state = State::Talking { answer_due: false, flash_at: None, flashed: None };
        if self.settings.silence_limit_s.is_some() {
            self.put(LineOutput::ListenForSilence(true));
        }
    }

    /// Elsewhere than in a talk the exchange would take it for a hang-up, or for a digit.
    fn flash(&mut self, now: Time) {
        if let State::Talking { flash_at, .. } = &mut self.state {
            *flash_at = Some(now + KEY_ENDS);
        }
    }

    fn busy_tone(&mut self, now: Time, evidence: Evidence) {
        let is_over = match &mut self.state {
            State::Talking { flashed: Some(flashed), .. } => flashed.is_over(now),
            _ => true,
        };
        if is_over {
            self.far_end_released(now, Release::BusyTone(evidence));
        }
    }

    /// It was told late where the talk is over.
    fn silence(&mut self, now: Time) {
        if let (State::Talking { .. }, Some(limit_s)) = (&self.state, self.settings.silence_limit_s) {
            self.far_end_released(now, Release::Silence { limit_s });
        }
    }

    fn far_end_released(&mut self, now: Time, release: Release) {
        match self.state {
            State::Talking { .. }
            | State::Proceeding { .. }
            | State::Dialling { .. }
            | State::Pausing { waits: false, .. } => {
                self.put(LineOutput::ListenForBusyTone(false));
                self.tell(LineEvent::Released(release));
                self.rest(now);
            }
            State::Seized { .. } | State::Pausing { waits: true, .. } => {
                self.put(LineOutput::ListenForDialTone(false));
                self.tell(LineEvent::Released(release));
                self.rest(now);
            }
            State::Caught => {
                self.put(LineOutput::ListenForBusyTone(false));
                self.tell(LineEvent::Abandoned);
                self.rest(now);
            }
            // With the loop open there is no call that could end.
            State::Idle
            | State::BeforeRing { .. }
            | State::FirstRing { .. }
            | State::CallerIdWindow { .. }
            | State::Ringing { .. }
            | State::Resting { .. } => {}
        }
    }

    fn release(&mut self, now: Time) {
        match &mut self.state {
            // The loop is open already; only what was to be dialled is not wanted any more.
            State::Resting { next, .. } => return *next = None,
            State::Seized { .. } | State::Pausing { waits: true, .. } => {
                self.put(LineOutput::ListenForDialTone(false));
            }
            State::Caught
            | State::Dialling { .. }
            | State::Pausing { waits: false, .. }
            | State::Proceeding { .. }
            | State::Talking { .. } => {
                self.put(LineOutput::ListenForBusyTone(false));
            }
            // A line cannot be told to stop ringing: it rings on until the caller has gone, and nobody is told.
            State::Idle
            | State::BeforeRing { .. }
            | State::FirstRing { .. }
            | State::CallerIdWindow { .. }
            | State::Ringing { .. } => return,
        }
        self.rest(now);
    }

    fn rest(&mut self, now: Time) {
        if self.settings.silence_limit_s.is_some() {
            self.put(LineOutput::ListenForSilence(false));
        }
        self.put(LineOutput::OpenLoop);
        self.state = State::Resting { until: now + ms(self.settings.release_guard_ms), next: None };
    }

    fn rested(&mut self, now: Time, next: Option<Vec<DialStep>>) {
        self.state = State::Idle;
        self.take_next_settings();
        match next {
            Some(steps) => self.seize(now, steps, self.settings.wait_for_dial_tone),
            None => {
                self.tell(LineEvent::Idle);
                self.listen_idle();
            }
        }
    }

    fn take_next_settings(&mut self) {
        self.settings = self.next_settings.take().unwrap_or(self.settings);
    }

    fn ring_stops(&self, last: Time) -> Time {
        last + ms(self.settings.ring_stop_ms)
    }

    fn tell(&mut self, event: LineEvent) {
        self.put(LineOutput::Event(event));
    }

    fn put(&mut self, output: LineOutput) {
        self.outputs.push_back(output);
    }
}

impl Flashed {
    /// Busy tone is told. Whether it has gone on for too long.
    fn is_over(&mut self, now: Time) -> bool {
        let going_on = self.busy.filter(|(_, last)| now.since(*last) <= BUSY_GAP);
        let first = going_on.map_or(now, |(first, _)| first);
        self.busy = Some((first, now));
        now.since(first) >= BUSY_AFTER_FLASH
    }
}
