//! One outside line's port (FXO): its line machine in `analog`, and what its facts mean to call control.
//!
//! Call control has at most one call on a line. It may be gone while the line is still busy with it: a line can't be told
//! to stop ringing, and rests after a release.

use std::collections::VecDeque;

use analog::{
    fxo::{Answer, DialStep, Line as Machine, LineEvent, LineInput, LineOutput, LineSettings, Release},
    plan::{CallerIdSignal, CountryPlan},
};
use call::{
    AnswerEvidence, CallerTold, Input, Line, Number, NumberKey, ReleaseEvidence, ReleaseTone, ReleasedBy, TrunkRequest,
};
use dsp::{
    FLOOR_DBM0,
    caller_id::{CallerId, Charset, DtmfReader, Receiver, Signal, Withheld},
    dtmf::DtmfDigit,
    ear::{CallEar, Ear, Heard},
    progress::{self, Cadence, CallTones, DialTone, Learner, Meaning, SpecialInformation, Voice},
};
use frame::{LaneId, LegId, PortId, TICK_US, Time};
use isdn::Cause;
use line::{Event, LineCommand};
use settings::{Applied, Dialling, OutsideLines, Pause, TrunkGroup};

use super::sender::Sender;
use crate::media::{MediaCommand, PlayId};

const TICKS_PER_S: u32 = (1_000_000 / TICK_US) as u32;

/// An outside line's port.
pub(super) struct OutsidePort {
    pub(super) port: PortId,
    pub(super) lane: LaneId,
    /// The trunk group that it belongs to.
    pub(super) group: String,
    pub(super) machine: Machine,
    /// How long a flash is.
    flash_ms: u16,
    sender: Sender,
    plan: &'static CountryPlan,
    dialling: Dialling,
    /// What is dialled before each number.
    first: String,
    /// Digits that are still to be pulsed.
    pulses: VecDeque<u8>,
    /// Reads a caller id in digits, while one is listened for.
    reader: Option<DtmfReader>,
    /// How loud the last dial tone was.
    dial_tone_dbm0: f32,
    /// A busy tone besides the country's.
    busy: Option<Cadence>,
    call: OnLine,
}

/// What call control has on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnLine {
    Nothing,
    /// A call that came in.
    Incoming,
    /// A call that goes out, and nothing is dialled yet: another line may take it.
    Seizing(LegId),
    /// A call that goes out; with whether it is answered.
    Outgoing {
        answered: bool,
    },
    /// No call: the line is tested.
    Test,
    /// No call: its busy tone is learnt.
    Learn,
    /// No call: a telephone's port rings it through a cable.
    Cable,
}

impl OutsidePort {
    pub(super) fn new(
        port: PortId,
        lane: LaneId,
        group: &TrunkGroup,
        plan: &'static CountryPlan,
        sender: Sender,
        busy: Option<Cadence>,
    ) -> OutsidePort {
        let machine = Machine::new(line_settings(&group.lines));
        OutsidePort {
            port,
            lane,
            group: group.name.clone(),
            machine,
            flash_ms: flash_ms(group, plan),
            sender,
            plan,
            dialling: group.lines.dialling,
            first: group.lines.dial_first.clone(),
            pulses: VecDeque::new(),
            reader: None,
            dial_tone_dbm0: FLOOR_DBM0,
            busy,
            call: OnLine::Nothing,
        }
    }

    /// Takes changed settings of its group. What the line does differently holds from its next call on.
    pub(super) fn apply(&mut self, now: Time, group: &TrunkGroup, busy: Option<Cadence>) {
        self.busy = busy;
        self.group.clone_from(&group.name);
        self.dialling = group.lines.dialling;
        self.flash_ms = flash_ms(group, self.plan);
        self.first.clone_from(&group.lines.dial_first);
        self.machine.apply(now, &line_settings(&group.lines));
    }

    /// What [`OutsidePort::apply`] would mean now.
    pub(super) fn would_apply(&self, group: &TrunkGroup) -> Option<Applied> {
        let changes = self.machine.would_change(&line_settings(&group.lines)) || self.dialling != group.lines.dialling;
        (changes && !self.machine.is_idle()).then_some(Applied::WhenIdle)
    }

    /// Goes on with a talk of the last life.
    pub(super) fn talk_on(&mut self, came_in: bool) {
        self.machine = Machine::in_call(*self.machine.settings());
        self.call = if came_in { OnLine::Incoming } else { OnLine::Outgoing { answered: true } };
    }

    /// Whether nothing is on it.
    pub(super) fn is_free(&self) -> bool {
        self.call == OnLine::Nothing && self.machine.is_idle()
    }

    /// Seizes the line for a test, waits for dial tone whatever the settings say, and ends it by a digit.
    pub(super) fn test(&mut self, now: Time, digit: Vec<DtmfDigit>) {
        self.call = OnLine::Test;
        self.machine.handle_input(now, LineInput::Test(digit));
    }

    /// Waits for the ring of a telephone's port.
    pub(super) fn listen_at_cable(&mut self) {
        self.call = OnLine::Cable;
    }

    /// Waits for somebody to call, whose end teaches the busy tone.
    pub(super) fn learn(&mut self) {
        self.call = OnLine::Learn;
    }

    /// Whether its busy tone is learnt.
    pub(super) fn is_learnt(&self) -> bool {
        self.call == OnLine::Learn
    }

    /// Answers who calls, with silence.
    pub(super) fn answer_silently(&mut self, now: Time) {
        self.machine.handle_input(now, LineInput::Answer);
    }

    /// Lets the line go, if its busy tone was learnt.
    pub(super) fn end_learning(&mut self, now: Time) {
        if self.is_learnt() {
            self.call = OnLine::Nothing;
            self.machine.handle_input(now, LineInput::Release);
        }
    }

    /// Whether it is tested.
    pub(super) fn is_tested(&self) -> bool {
        self.call == OnLine::Test
    }

    /// Whether a seizure waits for dial tone.
    pub(super) fn waits_for_dial_tone(&self) -> bool {
        self.machine.settings().wait_for_dial_tone
    }

    /// How loud the last dial tone was.
    pub(super) fn dial_tone_dbm0(&self) -> f32 {
        self.dial_tone_dbm0
    }

    /// The line stays as it is, and is not tested any more.
    pub(super) fn is_tested_no_more(&mut self) {
        self.call = OnLine::Nothing;
    }

    /// Lets the line go, if a test has it.
    pub(super) fn end_test(&mut self, now: Time) {
        if self.is_tested() {
            self.call = OnLine::Nothing;
            self.machine.handle_input(now, LineInput::Release);
        }
    }

    /// Sends noise for a measurement; what the media thread is to be told.
    pub(super) fn send_noise(&self) -> [MediaCommand; 2] {
        self.sender.noise()
    }

    /// Tells the line machine what the card saw; what the card is to do next.
    pub(super) fn line_event(&mut self, now: Time, event: Event) -> Option<LineCommand> {
        let input = match event {
            Event::DialComplete => match self.next_pulse() {
                Some(command) => return Some(command),
                None => LineInput::DigitsSent,
            },
            Event::RingBegin => LineInput::RingBegin,
            Event::RingEnd => LineInput::RingEnd,
            Event::Polarity => LineInput::Polarity,
            Event::OnHook => LineInput::BatteryDrop,
            Event::OffHook
            | Event::Flash
            | Event::PulseDigit(_)
            | Event::RingerOn
            | Event::RingerOff
            | Event::Alarms(_)
            | Event::Slip
            | Event::EventsLost
            | Event::Battery { .. }
            | Event::Device(_) => return None,
        };
        self.machine.handle_input(now, input);
        None
    }

    /// The next digit that is to be pulsed.
    fn next_pulse(&mut self) -> Option<LineCommand> {
        self.pulses.pop_front().map(|digit| LineCommand::DialPulse { digit })
    }

    /// A playing ended. True where it was what the line sent.
    pub(super) fn played(&mut self, now: Time, play: PlayId) -> bool {
        let sent = self.sender.has_sent(play);
        if sent {
            self.machine.handle_input(now, LineInput::DigitsSent);
        }
        sent
    }

    /// Starts a call; what call control is to be told of it.
    pub(super) fn start(&mut self, now: Time, leg: LegId, number: &Number) -> Input {
        let number: Vec<DialStep> = number.keys().filter_map(dial_step).collect();
        let can_be_sent = |step: &DialStep| match step {
            DialStep::Digit(digit) => self.dialling == Dialling::Tone || digit.as_char().is_ascii_digit(),
            DialStep::Pause { .. } | DialStep::DialTone => true,
        };
        if number.is_empty() || !number.iter().all(can_be_sent) {
            return Input::Refused { leg, cause: Cause::InvalidNumberFormat };
        }
        if self.call != OnLine::Nothing || !self.machine.can_dial() {
            return Input::Refused { leg, cause: Cause::NoChannelAvailable };
        }
        self.call = OnLine::Seizing(leg);
        let first = self.first.chars().map(|key| Pause::of_char(key).map_or(NumberKey::Key(key), NumberKey::Pause));
        let steps = first.filter_map(dial_step).chain(number).collect();
        self.machine.handle_input(now, LineInput::Dial(steps));
        Input::Started { leg, line: self.line(), lane: self.lane }
    }

    /// What goes out and is not dialled yet is another leg's now.
    pub(super) fn is_seized_for(&mut self, leg: LegId) {
        if let OnLine::Seizing(of) = &mut self.call {
            *of = leg;
        }
    }

    /// Gives a request of call control to the line; what control is told at once.
    pub(super) fn request(&mut self, now: Time, request: TrunkRequest) -> Option<Input> {
        match request {
            // Nothing of this can be told to an exchange over two wires: it rings until somebody answers.
            TrunkRequest::Proceeding
            | TrunkRequest::Alerting
            | TrunkRequest::KeepCaller
            | TrunkRequest::OfferCompletion
            | TrunkRequest::AnswerTransfer(_) => None,
            TrunkRequest::Answer(_) => {
                self.machine.handle_input(now, LineInput::Answer);
                None
            }
            TrunkRequest::Flash => {
                self.machine.handle_input(now, LineInput::Flash);
                None
            }
            TrunkRequest::Clear(cause) => {
                self.machine.handle_input(now, LineInput::Release);
                self.released(cause, ReleasedBy::Box)
            }
        }
    }

    /// What a fact of the line means to call control.
    pub(super) fn meaning(&mut self, event: LineEvent) -> Vec<Input> {
        match (event, self.call) {
            (LineEvent::Incoming { caller }, _) => vec![self.incoming(caller)],
            (LineEvent::Glare, OnLine::Seizing(leg)) => {
                // Control knows of the caller before it looks for another line: an emergency call may need this very one.
                vec![self.incoming(None), Input::Refused { leg, cause: Cause::RequestedChannelUnavailable }]
            }
            (LineEvent::Glare, _) => vec![self.incoming(None)],
            (LineEvent::NoDialTone, OnLine::Seizing(leg)) => self.refused(leg, Cause::DestinationOutOfOrder),
            (LineEvent::CannotDial, OnLine::Seizing(leg)) => self.refused(leg, Cause::RequestedChannelUnavailable),
            (LineEvent::Released(_), OnLine::Seizing(leg)) => self.refused(leg, Cause::DestinationOutOfOrder),
            (LineEvent::Dialled, OnLine::Seizing(_)) => {
                self.call = OnLine::Outgoing { answered: false };
                vec![Input::Audible { line: self.line() }]
            }
            (LineEvent::Answered(answer), OnLine::Outgoing { .. }) => {
                self.call = OnLine::Outgoing { answered: true };
                vec![Input::Answered { line: self.line(), evidence: answer_evidence(answer) }]
            }
            (LineEvent::Released(release), _) => self.far_end_gone(release),
            (LineEvent::Abandoned, _) => self.released(Cause::NormalClearing, ReleasedBy::Far).into_iter().collect(),
            // Of a call that control has given up already.
            (
                LineEvent::NoDialTone
                | LineEvent::CannotDial
                | LineEvent::Dialled
                | LineEvent::Answered(_)
                | LineEvent::Idle,
                _,
            ) => Vec::new(),
        }
    }

    /// Tells the line machine what was heard on it.
    pub(super) fn heard(&mut self, now: Time, heard: Heard) {
        let input = match heard {
            Heard::CallerId(message) => match CallerId::parse(message.octets(), self.charset()) {
                Ok(caller) => LineInput::CallerId(caller),
                // A message of another kind, such as a lamp for voice mail: no caller id.
                Err(_) => return,
            },
            Heard::DialTone { dbm0 } => {
                self.dial_tone_dbm0 = dbm0;
                LineInput::DialTone
            }
            Heard::BusyTone(evidence) => LineInput::BusyTone(evidence),
            Heard::Voice => LineInput::Voice,
            Heard::Ringback => LineInput::Ringback,
            // A story for call control, if any.
            Heard::SpecialInformation | Heard::Machine(_) => return,
            // Of a test, or of what is learnt.
            Heard::Tapped | Heard::Rhythm(_) => return,
        };
        self.machine.handle_input(now, input);
    }

    /// Nobody speaks any more.
    pub(super) fn silent(&mut self, now: Time) {
        self.machine.handle_input(now, LineInput::Silence);
    }

    /// Takes a digit in the audio. False where it is not of a caller id, so that it is the call's.
    pub(super) fn digit(&mut self, now: Time, digit: char) -> bool {
        let Some(reader) = &mut self.reader else { return false };
        if let Some(caller) = DtmfDigit::of_char(digit).and_then(|digit| reader.process(digit)) {
            self.machine.handle_input(now, LineInput::CallerId(caller));
        }
        true
    }

    fn charset(&self) -> Charset {
        self.modem().map_or(Charset::Ascii, |signal| signal.charset)
    }

    fn modem(&self) -> Option<Signal> {
        match self.plan.caller_id.signal {
            CallerIdSignal::Fsk(signal) => Some(signal),
            CallerIdSignal::Dtmf(_) => None,
        }
    }

    /// Both receivers listen; the first whole message wins.
    fn listen_for_caller_id(&mut self, on: bool) -> Vec<MediaCommand> {
        let lane = self.lane;
        self.reader = on.then(DtmfReader::new);
        if !on {
            // No call has this lane yet: everything of it back to its start.
            return vec![MediaCommand::Attend { lane, ear: None }, MediaCommand::Reset { lane }];
        }
        let law = self.sender.law();
        let receiver = self.modem().map(|signal| Ear::CallerId(Box::new(Receiver::new(signal.modem, law))));
        let ear = receiver.map(Box::new);
        vec![MediaCommand::Attend { lane, ear }, MediaCommand::Listen { lane, on: true }]
    }

    /// What the media thread is to be told for an output of the line machine.
    pub(super) fn media(&mut self, output: &LineOutput) -> Vec<MediaCommand> {
        let plan = self.plan;
        let ear = match output {
            LineOutput::SendDigits(digits) => {
                return self.sender.digits(digits, plan.dtmf).into();
            }
            LineOutput::ListenForDialTone(true) => DialTone::new(&plan.tones.dial, &plan.limits).map(Ear::DialTone),
            LineOutput::ListenForBusyTone(true) if self.is_learnt() => {
                Some(Ear::Learn(Box::new(Learner::new(self.sender.law()))))
            }
            LineOutput::ListenForBusyTone(true) => Some(Ear::Call(Box::new(self.call_ear()))),
            LineOutput::ListenForDialTone(false) | LineOutput::ListenForBusyTone(false) => None,
            LineOutput::ListenForSilence(on) => return vec![self.watch_silence(*on)],
            LineOutput::ListenForCallerId(on) => return self.listen_for_caller_id(*on),
            LineOutput::CloseLoop | LineOutput::OpenLoop | LineOutput::Flash | LineOutput::Event(_) => {
                return Vec::new();
            }
        };
        vec![MediaCommand::Attend { lane: self.lane, ear: ear.map(Box::new) }]
    }

    fn watch_silence(&self, on: bool) -> MediaCommand {
        let limit_s = self.machine.settings().silence_limit_s.filter(|_| on);
        MediaCommand::Watch { lane: self.lane, silence_ticks: limit_s.map(|limit_s| u32::from(limit_s) * TICKS_PER_S) }
    }

    /// A voice tells something only where an answer is waited for.
    fn call_ear(&self) -> CallEar {
        let tones = &self.plan.tones;
        let waits = matches!(self.call, OnLine::Seizing(_) | OnLine::Outgoing { answered: false });
        let no_voice = [&tones.ringback, &tones.busy, &tones.congestion, &tones.dial, &tones.special_information];
        let told = |(meaning, _): &(Meaning, _)| match meaning {
            Meaning::Busy | Meaning::Congestion => true,
            Meaning::Ringback | Meaning::SpecialInformation => waits,
        };
        let learnt = self.busy.map(|cadence| (Meaning::Busy, cadence));
        CallEar {
            tones: Some(CallTones::new(self.plan.call_tones().filter(told).chain(learnt))),
            voice: waits.then(|| Voice::new(&no_voice)),
            special: waits.then(|| SpecialInformation::new(&self.plan.limits)),
            machine: Some(progress::Machine::new()),
        }
    }

    /// The line command of an output of the line machine, if it is one.
    pub(super) fn command(&mut self, output: &LineOutput) -> Option<LineCommand> {
        match output {
            LineOutput::SendDigits(digits) if self.dialling == Dialling::Pulse => {
                let digits = digits.iter().map(|digit| digit.as_char() as u8);
                self.pulses = digits.filter(u8::is_ascii_digit).collect();
                self.next_pulse()
            }
            LineOutput::CloseLoop => Some(LineCommand::OffHook),
            LineOutput::OpenLoop => Some(LineCommand::OnHook),
            LineOutput::Flash => Some(LineCommand::Flash { ms: self.flash_ms }),
            LineOutput::ListenForCallerId(_)
            | LineOutput::ListenForDialTone(_)
            | LineOutput::ListenForBusyTone(_)
            | LineOutput::ListenForSilence(_)
            | LineOutput::SendDigits(_)
            | LineOutput::Event(_) => None,
        }
    }

    fn line(&self) -> Line {
        Line::Port(self.port)
    }

    fn incoming(&mut self, caller: Option<CallerId>) -> Input {
        self.call = OnLine::Incoming;
        let private = caller.as_ref().is_some_and(|caller| caller.number == Err(Withheld::Private));
        let name = caller.as_ref().and_then(|caller| caller.name.clone().ok()).filter(|name| !name.is_empty());
        let number = caller.and_then(|caller| caller.number.ok()).and_then(|number| number.parse().ok());
        Input::Incoming {
            line: self.line(),
            lane: self.lane,
            port: Some(self.port),
            group: self.group.clone(),
            called: None,
            calling: number,
            private,
            told: Box::new(CallerTold { name, ..CallerTold::default() }),
        }
    }

    /// Nothing was dialled: control may try another line.
    fn refused(&mut self, leg: LegId, cause: Cause) -> Vec<Input> {
        self.call = OnLine::Nothing;
        vec![Input::Refused { leg, cause }]
    }

    fn far_end_gone(&mut self, release: Release) -> Vec<Input> {
        let evidence = release_evidence(release);
        let (cause, by) = match (evidence, self.call) {
            // Nobody knows that the far end has gone: it is the box that gives the line up.
            (ReleaseEvidence::Silence { .. }, _) => (Cause::RecoveryOnTimerExpiry, ReleasedBy::Box),
            (_, OnLine::Outgoing { answered: false }) => (unanswered_cause(evidence), ReleasedBy::Far),
            _ => (Cause::NormalClearing, ReleasedBy::Far),
        };
        let gone = Input::FarEndGone { line: self.line(), evidence };
        self.released(cause, by).map_or_else(Vec::new, |released| vec![gone, released])
    }

    /// Control's call is over, if it had one here.
    fn released(&mut self, cause: Cause, by: ReleasedBy) -> Option<Input> {
        let before = std::mem::replace(&mut self.call, OnLine::Nothing);
        (before != OnLine::Nothing).then(|| Input::Released { line: self.line(), cause, by })
    }
}

/// What the line does for a key. None where it has no such key.
fn dial_step(key: NumberKey) -> Option<DialStep> {
    Some(match key {
        NumberKey::Key(key) => DialStep::Digit(DtmfDigit::of_char(key)?),
        NumberKey::Pause(Pause::Short) => DialStep::Pause { ms: Pause::MS },
        NumberKey::Pause(Pause::DialTone) => DialStep::DialTone,
    })
}

fn flash_ms(group: &TrunkGroup, plan: &CountryPlan) -> u16 {
    group.lines.flash_ms.unwrap_or(plan.flash.sent_ms)
}

pub(super) fn line_settings(lines: &OutsideLines) -> LineSettings {
    LineSettings {
        wait_for_dial_tone: lines.wait_for_dial_tone,
        polarity_supervision: lines.polarity_supervision,
        caller_id_before_ring: lines.caller_id_before_ring,
        silence_limit_s: lines.silence_limit_s,
        ..LineSettings::default()
    }
}

fn answer_evidence(answer: Answer) -> AnswerEvidence {
    match answer {
        Answer::Polarity => AnswerEvidence::Polarity,
        Answer::Voice => AnswerEvidence::Voice,
        Answer::Assumed => AnswerEvidence::Assumed,
    }
}

fn release_evidence(release: Release) -> ReleaseEvidence {
    match release {
        Release::BatteryDrop => ReleaseEvidence::BatteryDrop,
        Release::Polarity => ReleaseEvidence::Polarity,
        Release::BusyTone(heard) => ReleaseEvidence::Tone {
            tone: match heard.tone {
                progress::ReleaseTone::Busy => ReleaseTone::Busy,
                progress::ReleaseTone::Congestion => ReleaseTone::Congestion,
            },
            cycles: heard.cycles,
            hz: heard.hz.round() as u16,
            level_dbm0: heard.level_dbm0.round() as i8,
        },
        Release::Silence { limit_s } => ReleaseEvidence::Silence { limit_s },
    }
}

/// Why a call that nobody answered is over. Only a tone says more than that it is.
fn unanswered_cause(evidence: ReleaseEvidence) -> Cause {
    match evidence {
        ReleaseEvidence::Tone { tone: ReleaseTone::Busy, .. } => Cause::UserBusy,
        ReleaseEvidence::Tone { tone: ReleaseTone::Congestion, .. } => Cause::SwitchingCongestion,
        ReleaseEvidence::BatteryDrop | ReleaseEvidence::Polarity | ReleaseEvidence::Silence { .. } => {
            Cause::NormalClearing
        }
    }
}
