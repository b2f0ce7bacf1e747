//! The shell of the telephony plane: a task that waits for cards, the media thread and timers, and carries out what the
//! plane says.

use std::{
    io,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use analog::{port_test::Findings, port_trend::Worse};
use call::{CallEvent, KeptFor, MailTold, MaskedBy, Record};
use frame::{CallId, LANES, LaneId, PortId, RecordingId, SpanId, Stamp, Timeslot, TrackHandle};
use line::{Counters, Signal};
use os::{Clock, Readiness, Wake};
use rtrb::{Consumer, Producer};
use settings::Applied;
use tokio::{
    sync::{Notify, mpsc, oneshot::Sender},
    time::{MissedTickBehavior, interval, sleep},
};
use vault::{Mark, Sample};

use super::{
    apply::Change,
    call_table::CallTable,
    plane::{Input, Output, Plane},
    service::Serviced,
    sound_device::HandsetBecame,
    span_restart::SpanRestart,
    supervision::PinCheck,
};
use crate::{
    handles::{
        Asked, Asker, AudioCounts, ClockNow, ControlReply, ControlRequest, CountersNow, EchoNow, FrameCounts, LevelNow,
        LevelsNow, LineCounts, Requests, Snapshot, TestOrder, TestedPort,
    },
    journal::Alarm,
    mail::{Order, Told},
    media::{
        Clocks, EchoGauge, EchoGauges, LaneEcho, LaneLevel, Levels, MediaCommand, MediaEvent, SpanClock, SpanCounters,
    },
};

/// Where the plane's outputs go that are no line's and no media's.
pub trait Sinks: Send {
    /// A fact for the journal.
    fn tell(&mut self, event: CallEvent);
    /// Looks at a PIN, and puts into the audit what is about to be done; answers by [`Input::PinChecked`].
    fn check_pin(&mut self, check: PinCheck);
    /// Something for who keeps the messages. What call control is to be told where it can't be done.
    fn mail(&mut self, order: Order) -> Option<MailTold>;
    /// An alarm for the journal, raised or cleared.
    fn alarm(&mut self, alarm: Alarm, raised: bool);
    /// What people have taken out of service on a span, for the journal.
    fn out_of_service(&mut self, span: SpanId, timeslots: Vec<Timeslot>);
    /// What a test of a port found, for the journal.
    fn port_tested(&mut self, port: PortId, nightly: bool, findings: Findings);
    /// The moment as it is persisted.
    fn now(&self) -> Stamp;
    /// Something for the map of a recording. Where none is told, it is where the recorder is.
    fn mark(&mut self, recording: RecordingId, at: Option<Sample>, mark: Mark);
    /// Something for the recorder. What it can't take comes back as an input.
    fn record(&mut self, record: Record, track: Option<TrackHandle>) -> Option<Input>;
}

/// Everything the task owns.
pub struct Telephony<S> {
    /// The machine.
    pub plane: Plane,
    /// The signal halves of the cards, each with its spans.
    pub cards: Vec<(Box<dyn Signal>, Vec<SpanId>)>,
    /// The clocks of spans that are not the box's, for pages.
    pub clocks: Clocks,
    /// What the cards count of their spans, for pages.
    pub counters: SpanCounters,
    /// Since when they count.
    pub counted_since: Stamp,
    /// The echo on the lines where the box cancels it, for pages.
    pub echoes: EchoGauges,
    /// How loud the lanes are, for pages.
    pub levels: Arc<Levels>,
    /// To the media thread.
    pub media: Producer<MediaCommand>,
    /// From the media thread.
    pub events: Consumer<MediaEvent>,
    /// The media thread's wake-up.
    pub wake: Wake,
    /// Inputs from the rest of the box.
    pub inputs: mpsc::UnboundedReceiver<Input>,
    /// What pages ask.
    pub requests: Requests<ControlRequest, ControlReply>,
    /// What the next life has to know of the calls.
    pub table: CallTable,
    /// What the settings ask.
    pub changes: Requests<Change, Applied>,
    /// Who waits for what a network makes of a malicious call.
    pub waiting: Vec<(CallId, Sender<ControlReply>)>,
    /// Who waits for what a test of a port finds.
    pub waiting_for_tests: Vec<(PortId, Sender<ControlReply>)>,
    /// Journal and recorder.
    pub sinks: S,
}

impl<S: Sinks> Telephony<S> {
    /// Gives all tones and prompts to the media thread, before anything can want to hear them.
    pub fn load_sounds(&mut self) {
        let clips: Vec<_> = self.plane.clips().collect();
        for (clip, audio) in clips {
            self.tell_media(MediaCommand::Load { clip, audio });
        }
    }

    /// Runs until all senders of `inputs` are gone, or a stop has ended the last call, and what was said in it is judged.
    ///
    /// # Errors
    /// When the process has no descriptor left to wait on its cards.
    pub async fn run(mut self) -> io::Result<()> {
        let ready = Arc::new(Notify::new());
        let watchers = self.watch(&ready)?;
        let mut stopping = false;
        let mut alive = interval(ALIVE);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // What was taken over from the last life goes out before anything else.
        self.feed(Input::Timeout);
        while !(stopping && self.plane.is_at_rest()) {
            self.work();
            let due = self.plane.next_deadline().map(|due| due.since(Clock.now()));
            tokio::select! {
                () = ready.notified() => (),
                () = sleep(due.unwrap_or(IDLE)) => self.feed(Input::Timeout),
                _ = alive.tick() => self.note_alive(),
                Some(asked) = self.requests.recv() => self.answer(asked),
                Some(asked) = self.changes.recv() => self.change(asked),
                input = self.inputs.recv() => match input {
                    Some(input) => {
                        stopping |= matches!(input, Input::Stop);
                        self.feed(input);
                    }
                    None => break,
                },
            }
        }
        self.work();
        watchers.iter().for_each(tokio::task::JoinHandle::abort);
        Ok(())
    }

    /// Tasks that tell when a card or the media thread has something.
    fn watch(&self, ready: &Arc<Notify>) -> io::Result<Vec<tokio::task::JoinHandle<()>>> {
        let cards = self.cards.iter().filter_map(|(card, _)| card.readiness());
        let fds = cards.chain([std::os::fd::AsFd::as_fd(&self.wake)]);
        let fds: Vec<OwnedFd> = fds.map(|fd| fd.try_clone_to_owned()).collect::<io::Result<_>>()?;
        fds.into_iter().map(|fd| Ok(tokio::spawn(tell_readiness(Readiness::new(fd)?, Arc::clone(ready))))).collect()
    }

    fn answer(&mut self, Asked { request, reply }: Asked<ControlRequest, ControlReply>) {
        let answer = match request {
            ControlRequest::Snapshot => {
                let clocks = self.clocks.iter().map(|(span, clock)| clock_now(*span, clock)).collect();
                let counters = self.counters.iter().map(|(span, counters)| counters_now(*span, counters)).collect();
                let echoes = self.echoes.iter().flat_map(|(span, gauge)| echoes_now(*span, gauge)).collect();
                let (counted_since, lines) = (self.counted_since, self.plane.snapshot(self.sinks.now()));
                let levels = self.levels.in_use().map(levels_now).collect();
                ControlReply::Snapshot(Snapshot { clocks, counters, counted_since, echoes, levels, ..lines })
            }
            ControlRequest::EndCall { call, by } if self.plane.has_call(call) => {
                self.feed(Input::EndCall { call, by });
                ControlReply::Ending
            }
            ControlRequest::EndCall { .. } => ControlReply::NoSuchCall,
            ControlRequest::Handset { port, act } => {
                let became = self.plane.handset(Clock.now(), port, act);
                self.carry_out_all();
                match became {
                    HandsetBecame::Done => ControlReply::HandsetDone,
                    HandsetBecame::NoDevice => ControlReply::NoDevice,
                    HandsetBecame::NoSuchHandset => ControlReply::NoSuchHandset,
                }
            }
            ControlRequest::TracePiece { span, from } => {
                let piece = self.plane.trace_piece(span, from, self.sinks.now());
                piece.map_or(ControlReply::NoSuchSpan, ControlReply::TracePiece)
            }
            ControlRequest::Ladders { legs } => ControlReply::Ladders(self.plane.ladders(&legs, self.sinks.now())),
            ControlRequest::CallsOnSpan { span } => {
                self.plane.calls_on_span(span).map_or(ControlReply::NoSuchSpan, ControlReply::CallsOnSpan)
            }
            ControlRequest::CallsOn { spans } => ControlReply::CallsOnSpan(self.plane.calls_on(&spans)),
            ControlRequest::RestartSpan { span, named } => self.restart_span(span, &named),
            ControlRequest::Service { span, timeslot, in_service } => self.set_service(span, timeslot, in_service),
            ControlRequest::KeepCaller { call, by } => return self.keep_caller(call, by, reply),
            ControlRequest::TestPort { port, order, from } => return self.test_port(port, order, from, reply),
            ControlRequest::RecallPortTests { tests } => {
                tests.iter().for_each(|(port, findings)| self.plane.recall_test(*port, findings));
                self.carry_out_all();
                ControlReply::Recalled
            }
            ControlRequest::LearnPort { port, act } => {
                let learning = self.plane.learn_port(Clock.now(), port, act);
                self.carry_out_all();
                ControlReply::PortLearning(learning)
            }
            ControlRequest::Supervise { call, person, mode } => {
                let supervised = self.plane.supervise(Clock.now(), call, person, mode);
                self.carry_out_all();
                ControlReply::Supervised(supervised)
            }
            ControlRequest::ResetGreeting { person } => {
                let reset = self.plane.reset_greeting(Clock.now(), person);
                self.carry_out_all();
                ControlReply::GreetingReset(reset)
            }
            ControlRequest::Mask { of, what, on, by } => {
                let masked = self.plane.mask(Clock.now(), of, what, on, masked_by(by));
                self.carry_out_all();
                ControlReply::Masked(masked)
            }
        };
        // Who asked may have gone meanwhile.
        let _ = reply.send(answer);
    }

    fn restart_span(&mut self, span: SpanId, named: &[CallId]) -> ControlReply {
        let became = self.plane.restart_span(Clock.now(), span, named);
        self.carry_out_all();
        match became {
            SpanRestart::Begun => ControlReply::Restarting,
            SpanRestart::Calls(calls) => ControlReply::CallsOnSpan(calls),
            SpanRestart::NoSuchSpan => ControlReply::NoSuchSpan,
        }
    }

    fn set_service(&mut self, span: SpanId, timeslot: Option<Timeslot>, in_service: bool) -> ControlReply {
        let became = self.plane.set_service(Clock.now(), span, timeslot, in_service);
        self.carry_out_all();
        match became {
            Serviced::Done(calls) => ControlReply::Serviced { calls },
            Serviced::NoSuchSpan => ControlReply::NoSuchSpan,
            Serviced::NoSuchTimeslot => ControlReply::NoSuchTimeslot,
        }
    }

    /// Answered when the network has answered, or the call is over.
    fn keep_caller(&mut self, call: CallId, by: Asker, reply: Sender<ControlReply>) {
        let by = match by {
            Asker::Person(person) => KeptFor::Person(person),
            Asker::Console { uid } => KeptFor::Console { uid },
        };
        self.waiting.push((call, reply));
        let known = self.plane.has_call(call);
        let asked = self.plane.keep_caller(Clock.now(), call, by);
        self.carry_out_all();
        match (known, asked) {
            (false, _) => self.answer_waiting(call, &ControlReply::NoSuchCall),
            (true, false) => self.answer_waiting(call, &ControlReply::NotOverIsdn),
            (true, true) => (),
        }
    }

    /// Answered when the test is over.
    fn test_port(&mut self, port: PortId, order: TestOrder, from: Option<PortId>, reply: Sender<ControlReply>) {
        let began = match from {
            None => self.plane.test_port(Clock.now(), port, order),
            Some(telephone) => self.plane.test_cable(Clock.now(), telephone, port),
        };
        match began {
            // It may be over already, and its outputs wait.
            Ok(()) => self.waiting_for_tests.push((port, reply)),
            // Who asked may have gone meanwhile.
            Err(why) => _ = reply.send(ControlReply::PortTested(Err(why))),
        }
        self.carry_out_all();
    }

    fn answer_test(&mut self, of: PortId, findings: &Findings, worse: &[Worse]) {
        let tested = || TestedPort { at: self.sinks.now(), findings: findings.clone(), worse: worse.to_vec() };
        for (_, reply) in self.waiting_for_tests.extract_if(.., |(port, _)| *port == of) {
            // Who asked may have gone meanwhile.
            let _ = reply.send(ControlReply::PortTested(Ok(tested())));
        }
    }

    fn note_answers(&mut self, event: &CallEvent) {
        match *event {
            CallEvent::MaliciousCallAnswered { call, refused, .. } => {
                self.answer_waiting(call, &ControlReply::CallerKept { refused });
            }
            CallEvent::Ended { call, .. } => self.answer_waiting(call, &ControlReply::NoSuchCall),
            _ => (),
        }
    }

    fn answer_waiting(&mut self, of: CallId, answer: &ControlReply) {
        for (_, reply) in self.waiting.extract_if(.., |(call, _)| *call == of) {
            // Who asked may have gone meanwhile.
            let _ = reply.send(answer.clone());
        }
    }

    fn change(&mut self, Asked { request, reply }: Asked<Change, Applied>) {
        let applied = self.plane.change(Clock.now(), request);
        self.carry_out_all();
        // Who asked may have gone meanwhile.
        let _ = reply.send(applied);
    }

    /// Takes everything that waits.
    fn work(&mut self) {
        self.wake.take();
        while let Ok(event) = self.events.pop() {
            self.feed(Input::Media(event));
        }
        for card in 0..self.cards.len() {
            while let Some(input) = self.cards[card].0.poll() {
                self.feed(Input::Signal(input));
            }
        }
    }

    fn feed(&mut self, input: Input) {
        self.plane.read_clock(self.sinks.now());
        self.plane.handle_input(Clock.now(), input);
        self.carry_out_all();
    }

    fn carry_out_all(&mut self) {
        while let Some(output) = self.plane.poll_output() {
            if let Some(back) = self.carry_out(output) {
                self.feed(back);
            }
        }
    }

    fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Frame { span, octets } => {
                let sent = self.card(span).map(|card| card.send_frame(span, &octets));
                // A lost frame is repeated by Q.921.
                if let Some(Err(error)) = sent {
                    tracing::warn!(%span, %error, "D-channel frame not sent");
                }
            }
            Output::Line { lane, command } => {
                let given = self.card(lane.span).map(|card| card.command(lane.span, lane.timeslot, command));
                if let Some(Err(error)) = given {
                    tracing::error!(%lane, ?command, %error, "line command not taken");
                }
            }
            Output::Media(command) => self.tell_media(command),
            Output::CheckPin(check) => self.sinks.check_pin(check),
            Output::Mail(order) => return self.sinks.mail(order).map(|told| Input::Mail(Told::Control(told))),
            Output::Record { record, track } => return self.sinks.record(record, track),
            Output::Mark { recording, at, mark } => self.sinks.mark(recording, at, mark),
            Output::Keep(row) => {
                if let Err(error) = self.table.keep(&row) {
                    tracing::error!(%error, ?row, "a call would not outlive a restart");
                }
            }
            Output::Tell(event) => {
                self.note_answers(&event);
                self.sinks.tell(event);
            }
            Output::OutOfService { span, timeslots } => self.sinks.out_of_service(span, timeslots),
            Output::PortTested { port, nightly, findings, worse } => {
                self.answer_test(port, &findings, &worse);
                self.sinks.port_tested(port, nightly, findings);
            }
            Output::Alarm { alarm, raised } => self.sinks.alarm(alarm, raised),
        }
        None
    }

    fn note_alive(&self) {
        if let Err(error) = self.table.alive(Clock.now()) {
            tracing::error!(%error, "the call table");
        }
    }

    /// The ring holds twice what all lanes can change in a tick, so it is full only where the media thread is dead.
    fn tell_media(&mut self, command: MediaCommand) {
        if self.media.push(command).is_err() {
            tracing::error!("the media thread takes no commands");
        }
    }

    fn card(&mut self, span: SpanId) -> Option<&mut Box<dyn Signal>> {
        self.cards.iter_mut().find(|(_, spans)| spans.contains(&span)).map(|(card, _)| card)
    }
}

/// How often the call table is told that the daemon lives: the next life knows the gap to this.
const ALIVE: Duration = Duration::from_millis(100);

fn masked_by(by: Asker) -> MaskedBy {
    match by {
        Asker::Person(person) => MaskedBy::Person(person),
        Asker::Console { uid } => MaskedBy::Console { uid },
    }
}

fn clock_now(span: SpanId, clock: &SpanClock) -> ClockNow {
    ClockNow { span, ppm: clock.ppm().round() as i32, slips: clock.slips() }
}

/// Samples of a millisecond.
const SAMPLES_PER_MS: u16 = 8;

/// The lanes of a span on which an echo was found.
fn echoes_now(span: SpanId, gauge: &EchoGauge) -> impl Iterator<Item = EchoNow> + '_ {
    (0..LANES as u8).filter_map(move |timeslot| {
        let LaneEcho { erl_db, erle_db, delay_samples, resets } = gauge.lane(usize::from(timeslot))?;
        let delay_ms = u8::try_from(delay_samples / SAMPLES_PER_MS).unwrap_or(u8::MAX);
        Some(EchoNow { lane: LaneId::new(span, Timeslot(timeslot)), erl_db, erle_db, delay_ms, resets })
    })
}

fn levels_now((lane, said, heard): (LaneId, LaneLevel, LaneLevel)) -> LevelsNow {
    let of = |level: LaneLevel| {
        let LaneLevel { rms_dbm0, peak_dbm0, speech_dbm0, activity_pct } = level;
        LevelNow { rms_dbm0, peak_dbm0, speech_dbm0, activity_pct }
    };
    LevelsNow { lane, said: of(said), heard: of(heard) }
}

fn counters_now(span: SpanId, counters: &Counters) -> CountersNow {
    let of = |counter: &AtomicU64| counter.load(Relaxed);
    CountersNow {
        span,
        audio: AudioCounts {
            overruns: of(&counters.overruns),
            underruns: of(&counters.underruns),
            slips: of(&counters.slips),
            late_ticks: of(&counters.late_ticks),
        },
        frames: FrameCounts {
            bad_fcs: of(&counters.bad_fcs),
            aborts: of(&counters.aborts),
            overruns: of(&counters.frame_overruns),
        },
        line: LineCounts {
            code_violations: of(&counters.line.code_violations),
            crc4_errors: of(&counters.line.crc4_errors),
            far_end_errors: of(&counters.line.far_end_errors),
            framing_errors: of(&counters.line.framing_errors),
            errored_seconds: of(&counters.line.errored_seconds),
        },
    }
}

/// How long the task sleeps when nothing is due: long, because everything else wakes it.
const IDLE: Duration = Duration::from_secs(3600);

/// The descriptors themselves are drained by [`Telephony::work`].
async fn tell_readiness(fd: Readiness, ready: Arc<Notify>) {
    while fd.readable().await.is_ok() {
        ready.notify_one();
    }
}
