//! One call in one flow.
//!
//! A step asks (prompts, then a wait for a key), collects, or leads away. What a miss says and what the step says come in
//! one `Play`, so that no gap is heard between them.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use frame::Time;
use settings::{Applied, ConsentStep, DigitsStep, Flow, Key, MenuStep, Miss, QueueStep, Record, Settings, Step};

use crate::{ConsentBy, Fact, FlowInput, FlowOutput, QueueLeft, Secret};

/// What the caller is sent away with where a flow contradicts itself, which `settings` lets no flow do:
/// Q.850 cause 41, temporary failure.
const TEMPORARY_FAILURE: u8 = 41;

/// One call in one flow.
#[derive(Clone, Debug)]
pub struct Run {
    flow: Arc<Flow>,
    /// The step that the call is in, by name.
    step: String,
    /// How often the caller has missed this step.
    misses: u8,
    /// The step that paused the recording, until another one lets it go on.
    paused: Option<String>,
    state: State,
    outputs: VecDeque<FlowOutput>,
}

/// What the call is doing in its step.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Nothing yet.
    New,
    /// The step's prompts play.
    Playing,
    /// Prompts are over; the first key is waited for.
    Waiting {
        /// For how long.
        until: Time,
    },
    /// Some digits are there; the next one is waited for.
    Collecting {
        /// Those.
        digits: Secret,
        /// For how long.
        until: Time,
    },
    /// The caller waits for an agent.
    Queued,
    /// The flow led the call away, or the caller is gone.
    Over,
}

/// How a caller missed a step.
#[derive(Clone, Copy)]
enum Missed {
    Invalid,
    TimedOut,
}

impl Run {
    /// A call at the start of a flow. Nothing happens before [`FlowInput::Start`].
    pub fn new(flow: Arc<Flow>) -> Run {
        let step = flow.start.clone();
        Run { flow, step, misses: 0, paused: None, state: State::New, outputs: VecDeque::new() }
    }

    /// A call that a flow had led into a queue, in the last life of the box. None where the flow has no such step, or
    /// another in its place.
    pub fn queued(flow: Arc<Flow>, step: &str) -> Option<Run> {
        matches!(flow.steps.get(step)?, Step::Queue(_)).then(|| Run {
            step: step.to_owned(),
            state: State::Queued,
            ..Run::new(flow)
        })
    }

    /// Tells the flow something. Time that has passed is seen to with every input.
    pub fn handle_input(&mut self, now: Time, input: FlowInput) {
        if self.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.waited_long_enough(now);
        }
        match input {
            FlowInput::Start if self.state == State::New => self.enter(now, &Arc::clone(&self.flow).start),
            FlowInput::PromptDone if self.state == State::Playing => self.played(now),
            FlowInput::Digit(digit) => self.digit(now, digit),
            FlowInput::QueueLeft(why) if self.state == State::Queued => self.queue_left(now, why),
            FlowInput::HungUp => self.state = State::Over,
            // The end of a prompt that a key has stopped, or of a wait that the call has left otherwise.
            FlowInput::Start | FlowInput::PromptDone | FlowInput::QueueLeft(_) | FlowInput::Timeout => (),
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<FlowOutput> {
        self.outputs.pop_front()
    }

    /// When [`FlowInput::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        match self.state {
            State::Waiting { until } | State::Collecting { until, .. } => Some(until),
            State::New | State::Playing | State::Queued | State::Over => None,
        }
    }

    /// A call keeps the flow that it began with; changed settings hold for calls to come.
    pub fn apply(&mut self, _now: Time, settings: &Settings) -> Applied {
        let is_same = self.state == State::Over || settings.flow(&self.flow.name) == Some(&*self.flow);
        if is_same { Applied::Applied } else { Applied::WhenIdle }
    }

    /// The name of the flow.
    pub fn flow(&self) -> &str {
        &self.flow.name
    }

    /// The step that the call is in, by name.
    pub fn step(&self) -> &str {
        &self.step
    }

    /// Whether the step that the call is in takes digits that nobody may write down.
    pub fn takes_secret(&self) -> bool {
        let takes = matches!(self.flow.steps.get(&self.step), Some(Step::Digits(digits)) if !digits.public);
        takes && !matches!(self.state, State::New | State::Queued | State::Over)
    }

    /// The step by which nothing of the call is recorded now: one that paused the recording, or that asks whether the call
    /// may be recorded. Who is led out of the flow, or waits for an agent, is recorded again.
    pub fn pauses(&self) -> Option<&str> {
        let is_served = matches!(self.state, State::Playing | State::Waiting { .. } | State::Collecting { .. });
        // Who is about to be asked is not recorded from the answer on.
        let asks = self.asks_consent() && (is_served || self.state == State::New);
        let paused = self.paused.as_deref().filter(|_| is_served);
        asks.then_some(self.step.as_str()).or(paused)
    }

    /// Whether the step that the call is in asks whether it may be recorded.
    pub fn asks_consent(&self) -> bool {
        matches!(self.flow.steps.get(&self.step), Some(Step::Consent(_)))
    }

    /// Goes to another step.
    fn enter(&mut self, now: Time, step: &str) {
        step.clone_into(&mut self.step);
        self.misses = 0;
        self.offer(now, &[]);
    }

    /// Offers the step that the call is in, for the first time or again. `before` is played ahead of its prompts.
    fn offer(&mut self, now: Time, before: &[String]) {
        let flow = Arc::clone(&self.flow);
        match flow.steps.get(&self.step) {
            Some(Step::Menu(menu)) => self.play(now, before, &menu.prompts),
            Some(Step::Digits(digits)) => self.play(now, before, &digits.prompts),
            Some(Step::Consent(consent)) => self.play(now, before, &consent.prompts),
            Some(Step::Pause(pause)) => {
                self.paused = Some(self.step.clone());
                self.enter(now, &pause.then);
            }
            Some(Step::Resume(resume)) => {
                self.paused = None;
                self.enter(now, &resume.then);
            }
            // A notice that says nothing would lead on at once, perhaps in a circle.
            Some(Step::Play(play)) if !play.prompts.is_empty() => self.play(now, before, &play.prompts),
            Some(Step::Queue(queue)) => self.lead_away(State::Queued, FlowOutput::Queue(queue.name.clone())),
            Some(Step::Dial(dial)) => self.lead_away(State::Over, FlowOutput::Dial(dial.extension.clone())),
            Some(Step::HangUp(hang_up)) => self.lead_away(State::Over, FlowOutput::HangUp { cause: hang_up.cause }),
            Some(Step::Play(_)) | None => self.lead_away(State::Over, FlowOutput::HangUp { cause: TEMPORARY_FAILURE }),
        }
    }

    fn play(&mut self, now: Time, before: &[String], prompts: &[String]) {
        let prompts: Vec<String> = before.iter().chain(prompts).cloned().collect();
        self.state = State::Playing;
        if prompts.is_empty() {
            return self.played(now);
        }
        self.outputs.push_back(FlowOutput::Play { prompts });
    }

    fn lead_away(&mut self, state: State, output: FlowOutput) {
        self.state = state;
        self.outputs.push_back(output);
    }

    fn played(&mut self, now: Time) {
        let flow = Arc::clone(&self.flow);
        match flow.steps.get(&self.step) {
            Some(Step::Play(play)) => self.enter(now, &play.then),
            // Whoever has heard it and may not say no has stayed.
            Some(Step::Consent(consent @ ConsentStep { yes: None, no: None, .. })) => {
                self.agree(now, consent, ConsentBy::Staying);
            }
            Some(
                Step::Menu(MenuStep { wait_s, .. })
                | Step::Digits(DigitsStep { wait_s, .. })
                | Step::Consent(ConsentStep { wait_s, .. }),
            ) => {
                self.state = State::Waiting { until: now + seconds(*wait_s) };
            }
            Some(Step::Pause(_) | Step::Resume(_) | Step::Queue(_) | Step::Dial(_) | Step::HangUp(_)) | None => (),
        }
    }

    fn digit(&mut self, now: Time, digit: char) {
        let Ok(key) = Key::try_from(digit) else { return };
        let flow = Arc::clone(&self.flow);
        match (flow.steps.get(&self.step), &self.state) {
            (Some(Step::Menu(menu)), State::Playing) if menu.barge_in => {
                self.outputs.push_back(FlowOutput::StopPlay);
                self.choose(now, menu, key);
            }
            (Some(Step::Menu(menu)), State::Waiting { .. }) => self.choose(now, menu, key),
            (Some(Step::Digits(step)), State::Playing) => {
                self.outputs.push_back(FlowOutput::StopPlay);
                self.collect(now, step, key);
            }
            (Some(Step::Digits(step)), State::Waiting { .. } | State::Collecting { .. }) => {
                self.collect(now, step, key)
            }
            (Some(Step::Consent(consent)), State::Playing | State::Waiting { .. }) => self.answer(now, consent, key),
            // A key where none is asked for: while a notice plays, in a queue, after the flow.
            _ => (),
        }
    }

    fn choose(&mut self, now: Time, menu: &MenuStep, key: Key) {
        let Some(to) = menu.options.get(&key) else {
            return self.miss(now, Missed::Invalid, &menu.invalid, menu.tries);
        };
        self.say(Fact::MenuChosen { step: self.step.clone(), key: key.as_char() });
        self.enter(now, to);
    }

    /// A key where it is asked whether the call may be recorded. One that says neither is as good as none.
    fn answer(&mut self, now: Time, step: &ConsentStep, key: Key) {
        let (yes, no) = (step.yes == Some(key), step.no == Some(key));
        if (yes || no) && self.state == State::Playing {
            self.outputs.push_back(FlowOutput::StopPlay);
        }
        if yes {
            self.agree(now, step, ConsentBy::Key);
        } else if no {
            self.refuse(now, step, ConsentBy::Key);
        }
    }

    fn agree(&mut self, now: Time, consent: &ConsentStep, by: ConsentBy) {
        self.say(Fact::Consent { step: self.step.clone(), given: true, by, recorded: true });
        self.enter(now, &consent.then);
    }

    fn refuse(&mut self, now: Time, consent: &ConsentStep, by: ConsentBy) {
        let Some(refused) = &consent.refused else {
            return self.lead_away(State::Over, FlowOutput::HangUp { cause: TEMPORARY_FAILURE });
        };
        let recorded = refused.record == Record::All;
        self.say(Fact::Consent { step: self.step.clone(), given: false, by, recorded });
        self.enter(now, &refused.then);
    }

    /// Nothing was keyed in time.
    fn not_answered(&mut self, now: Time, consent: &ConsentStep) {
        if consent.yes.is_none() {
            return self.agree(now, consent, ConsentBy::Staying);
        }
        self.say(Fact::TimedOut { step: self.step.clone() });
        self.misses += 1;
        if self.misses < consent.tries { self.offer(now, &[]) } else { self.refuse(now, consent, ConsentBy::NoKey) }
    }

    fn collect(&mut self, now: Time, step: &DigitsStep, key: Key) {
        let mut digits = match std::mem::replace(&mut self.state, State::Playing) {
            State::Collecting { digits, .. } => digits,
            _ => Secret::new(),
        };
        if step.terminator == Some(key) {
            return self.take(now, step, &digits);
        }
        digits.push(key.as_char());
        if digits.count() >= usize::from(step.max_digits) {
            return self.take(now, step, &digits);
        }
        self.state = State::Collecting { digits, until: now + seconds(step.between_s) };
    }

    /// The caller has keyed all that will come.
    fn take(&mut self, now: Time, step: &DigitsStep, digits: &Secret) {
        if digits.count() < usize::from(step.min_digits) {
            return self.miss(now, Missed::Invalid, &step.invalid, step.tries);
        }
        let public = step.public.then(|| digits.reveal().to_owned());
        let count = u32::try_from(digits.count()).unwrap_or(u32::MAX);
        self.say(Fact::DigitsTaken { step: self.step.clone(), count, public });
        self.enter(now, &step.then);
    }

    fn waited_long_enough(&mut self, now: Time) {
        let flow = Arc::clone(&self.flow);
        match (flow.steps.get(&self.step), std::mem::replace(&mut self.state, State::Playing)) {
            (Some(Step::Digits(step)), State::Collecting { digits, .. }) => self.take(now, step, &digits),
            (Some(Step::Digits(step)), _) => self.miss(now, Missed::TimedOut, &step.timed_out, step.tries),
            (Some(Step::Menu(menu)), _) => self.miss(now, Missed::TimedOut, &menu.timed_out, menu.tries),
            (Some(Step::Consent(consent)), _) => self.not_answered(now, consent),
            // Only these wait.
            (_, state) => self.state = state,
        }
    }

    /// The caller missed the step: it is offered again, or the tries are used up and the flow goes on elsewhere.
    fn miss(&mut self, now: Time, missed: Missed, miss: &Miss, tries: u8) {
        let step = self.step.clone();
        self.say(match missed {
            Missed::Invalid => Fact::Invalid { step },
            Missed::TimedOut => Fact::TimedOut { step },
        });
        self.misses += 1;
        if self.misses < tries {
            return self.offer(now, miss.prompt.as_slice());
        }
        self.enter(now, &miss.then);
    }

    fn queue_left(&mut self, now: Time, why: QueueLeft) {
        let flow = Arc::clone(&self.flow);
        let Some(Step::Queue(queue)) = flow.steps.get(&self.step) else { return };
        self.enter(now, exit(queue, why));
    }

    fn say(&mut self, fact: Fact) {
        self.outputs.push_back(FlowOutput::Said(fact));
    }
}

/// The step that follows a queue.
fn exit(queue: &QueueStep, why: QueueLeft) -> &str {
    let own = match why {
        QueueLeft::Full => &queue.full,
        QueueLeft::TimedOut => &queue.timed_out,
        QueueLeft::Unstaffed => &queue.unstaffed,
    };
    own.as_deref().unwrap_or(&queue.otherwise)
}

fn seconds(seconds: u16) -> Duration {
    Duration::from_secs(seconds.into())
}
