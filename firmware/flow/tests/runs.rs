//! Transcripts of callers in a flow.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::{sync::Arc, time::Duration};

use flow::{ConsentBy, Fact, FlowInput, FlowOutput, QueueLeft, Run};
use frame::Time;
use proptest::prelude::*;
use settings::{Applied, Flow, Settings};

const FLOW: &str = r##"
name = "main"
start = "menu"

[steps.menu.menu]
prompts = ["welcome", "choices"]
wait_s = 5
tries = 3
options = { 1 = "desk", 2 = "card", 3 = "notice", 0 = "operator" }
invalid = { prompt = "invalid", then = "goodbye" }
timed_out = { then = "operator" }

[steps.desk.queue]
name = "desk"
otherwise = "goodbye"
full = "operator"

[steps.card.digits]
prompts = ["card"]
min_digits = 4
max_digits = 6
terminator = "#"
between_s = 4
tries = 2
then = "desk"
invalid = { prompt = "invalid", then = "operator" }
timed_out = { then = "goodbye" }

[steps.notice.menu]
prompts = ["notice"]
barge_in = false
options = { 1 = "operator" }
invalid = { then = "goodbye" }
timed_out = { then = "goodbye" }

[steps.operator.dial]
extension = "807"

[steps.goodbye.play]
prompts = ["goodbye"]
then = "end"

[steps.end.hang_up]
"##;

fn flow() -> Flow {
    toml::from_str(FLOW).unwrap()
}

/// A caller in the flow, with a clock.
struct Caller {
    run: Run,
    now: Time,
}

impl Caller {
    /// A caller who hears the first menu.
    fn calls() -> Caller {
        Caller::in_flow(flow())
    }

    fn in_flow(flow: Flow) -> Caller {
        let mut caller = Caller { run: Run::new(Arc::new(flow)), now: Time::from_ms(1000) };
        caller.gets(FlowInput::Start);
        caller
    }

    fn gets(&mut self, input: FlowInput) {
        self.run.handle_input(self.now, input);
    }

    fn presses(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.gets(FlowInput::Digit(key)));
    }

    /// What came out since it was last looked at.
    fn hears(&mut self) -> Vec<FlowOutput> {
        std::iter::from_fn(|| self.run.poll_output()).collect()
    }

    /// Hears the prompts to their end.
    fn listens(&mut self) -> Vec<FlowOutput> {
        let heard = self.hears();
        self.gets(FlowInput::PromptDone);
        heard
    }

    fn waits_ms(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.gets(FlowInput::Timeout);
    }
}

fn play(prompts: &[&str]) -> FlowOutput {
    FlowOutput::Play { prompts: prompts.iter().map(|&prompt| prompt.to_owned()).collect() }
}

fn chosen(step: &str, key: char) -> FlowOutput {
    FlowOutput::Said(Fact::MenuChosen { step: step.into(), key })
}

fn invalid(step: &str) -> FlowOutput {
    FlowOutput::Said(Fact::Invalid { step: step.into() })
}

fn timed_out(step: &str) -> FlowOutput {
    FlowOutput::Said(Fact::TimedOut { step: step.into() })
}

fn taken(count: u32, public: Option<&str>) -> FlowOutput {
    FlowOutput::Said(Fact::DigitsTaken { step: "card".into(), count, public: public.map(str::to_owned) })
}

fn queue(name: &str) -> FlowOutput {
    FlowOutput::Queue(name.into())
}

fn operator() -> FlowOutput {
    FlowOutput::Dial("807".into())
}

#[test]
fn nothing_is_heard_before_the_caller_is_there() {
    let mut run = Run::new(Arc::new(flow()));
    run.handle_input(Time::ZERO, FlowInput::Digit('1'));
    assert_eq!(run.poll_output(), None);
    assert_eq!(run.next_deadline(), None);
}

#[test]
fn a_caller_hears_the_menu_and_chooses_a_queue() {
    let mut caller = Caller::calls();
    assert_eq!(caller.listens(), [play(&["welcome", "choices"])]);
    assert_eq!(caller.run.next_deadline(), Some(caller.now + Duration::from_secs(5)));
    caller.presses("1");
    assert_eq!(caller.hears(), [chosen("menu", '1'), queue("desk")]);
    assert_eq!(caller.run.next_deadline(), None, "the queue has its own clock");
}

#[test]
fn a_key_stops_the_prompt_and_counts() {
    let mut caller = Caller::calls();
    caller.hears();
    caller.presses("1");
    assert_eq!(caller.hears(), [FlowOutput::StopPlay, chosen("menu", '1'), queue("desk")]);
}

#[test]
fn a_notice_that_must_be_heard_is_not_stopped_and_its_keys_do_not_count() {
    let mut caller = Caller::calls();
    caller.listens();
    caller.presses("3");
    caller.hears();
    caller.presses("1");
    assert_eq!(caller.hears(), []);
    caller.gets(FlowInput::PromptDone);
    caller.presses("1");
    assert_eq!(caller.hears(), [chosen("notice", '1'), operator()]);
}

#[test]
fn a_wrong_key_is_told_and_the_menu_offered_until_the_tries_are_used_up() {
    let mut caller = Caller::calls();
    caller.listens();
    for _ in 0..2 {
        caller.presses("9");
        assert_eq!(caller.listens(), [invalid("menu"), play(&["invalid", "welcome", "choices"])]);
    }
    caller.presses("9");
    assert_eq!(caller.listens(), [invalid("menu"), play(&["goodbye"])]);
    assert_eq!(caller.hears(), [FlowOutput::HangUp { cause: 16 }]);
}

#[test]
fn a_caller_who_presses_nothing_is_led_to_a_person() {
    let mut caller = Caller::calls();
    caller.listens();
    caller.waits_ms(4999);
    assert_eq!(caller.hears(), []);
    for _ in 0..2 {
        caller.waits_ms(5000);
        assert_eq!(caller.listens(), [timed_out("menu"), play(&["welcome", "choices"])]);
    }
    caller.waits_ms(5000);
    assert_eq!(caller.hears(), [timed_out("menu"), operator()]);
    assert_eq!(caller.run.next_deadline(), None);
}

fn consent(steps: &str) -> Caller {
    let text = format!(
        "name = \"ask\"\nstart = \"ask\"\n{steps}[steps.desk.queue]\nname = \"desk\"\notherwise = \"why\"\n\
        [steps.why.play]\nprompts = [\"why\"]\nthen = \"end\"\n[steps.end.hang_up]\n"
    );
    Caller::in_flow(toml::from_str(&text).unwrap())
}

fn consented(given: bool, by: ConsentBy, recorded: bool) -> FlowOutput {
    FlowOutput::Said(Fact::Consent { step: "ask".into(), given, by, recorded })
}

const ASKS: &str = "[steps.ask.consent]\nprompts = [\"ask\"]\nyes = \"1\"\nno = \"2\"\ntries = 2\nthen = \"desk\"\n";

#[test]
fn a_caller_agrees_or_does_not_with_a_key_and_nothing_is_recorded_before() {
    let refused = format!("{ASKS}refused = {{ then = \"why\" }}\n");
    let mut caller = consent(&refused);
    assert_eq!(caller.run.pauses(), Some("ask"));
    caller.hears();
    caller.presses("7");
    assert_eq!(caller.hears(), [], "a key that says neither is as good as none");
    caller.presses("1");
    assert_eq!(caller.hears(), [FlowOutput::StopPlay, consented(true, ConsentBy::Key, true), queue("desk")]);
    assert_eq!(caller.run.pauses(), None);
    let mut caller = consent(&refused);
    caller.listens();
    caller.presses("2");
    assert_eq!(caller.hears(), [consented(false, ConsentBy::Key, false), play(&["why"])]);
}

#[test]
fn silence_is_no_consent_where_a_key_is_asked_for() {
    let mut caller = consent(&format!("{ASKS}refused = {{ then = \"why\", record = \"all\" }}\n"));
    caller.listens();
    caller.waits_ms(5000);
    assert_eq!(caller.listens(), [timed_out("ask"), play(&["ask"])]);
    caller.waits_ms(5000);
    assert_eq!(caller.hears(), [timed_out("ask"), consented(false, ConsentBy::NoKey, true), play(&["why"])]);
}

#[test]
fn who_hears_it_and_stays_agrees_where_no_key_is_asked_for() {
    let step = "[steps.ask.consent]\nprompts = [\"ask\"]\nthen = \"desk\"\n";
    let mut caller = consent(step);
    caller.listens();
    assert_eq!(caller.hears(), [consented(true, ConsentBy::Staying, true), queue("desk")], "nothing is waited for");
    let mut caller = consent(&format!("{step}no = \"9\"\nrefused = {{ then = \"why\" }}\n"));
    caller.listens();
    assert_eq!(caller.hears(), [], "9 may come yet");
    caller.waits_ms(5000);
    assert_eq!(caller.hears(), [consented(true, ConsentBy::Staying, true), queue("desk")]);
}

#[test]
fn a_pause_lasts_through_the_steps_to_its_end_or_to_the_end_of_the_flow() {
    let steps = "[steps.ask.pause]\nthen = \"notice\"\n[steps.notice.play]\nprompts = [\"notice\"]\nthen = \"loud\"\n\
                 [steps.loud.resume]\nthen = \"why\"\n";
    let mut caller = consent(&format!("{steps}{}", "[steps.unused.hang_up]\n"));
    assert_eq!(
        (caller.run.pauses().map(str::to_owned).as_deref(), caller.listens()),
        (Some("ask"), vec![play(&["notice"])])
    );
    assert_eq!((caller.run.pauses().map(str::to_owned).as_deref(), caller.hears()), (None, vec![play(&["why"])]));
    let mut caller = consent("[steps.ask.pause]\nthen = \"desk\"\n");
    assert_eq!(
        (caller.run.pauses().map(str::to_owned).as_deref(), caller.hears()),
        (None, vec![queue("desk")]),
        "an agent is recorded again"
    );
}

#[test]
fn misses_are_counted_anew_in_the_next_step() {
    let mut caller = Caller::calls();
    caller.listens();
    caller.presses("9");
    caller.listens();
    caller.presses("9");
    caller.listens();
    caller.presses("2");
    caller.listens();
    caller.presses("1#");
    assert_eq!(caller.hears(), [invalid("card"), play(&["invalid", "card"])], "the first miss of two in this step");
}

#[test]
fn secret_digits_are_told_as_a_count() {
    let mut caller = Caller::calls();
    caller.listens();
    caller.presses("2");
    assert_eq!(caller.hears(), [chosen("menu", '2'), play(&["card"])]);
    caller.presses("12345#");
    assert_eq!(caller.hears(), [FlowOutput::StopPlay, taken(5, None), queue("desk")]);
    assert!(!format!("{:?}", caller.run).contains("12345"));
}

#[test]
fn digits_on_their_way_show_in_no_debug_print() {
    let mut caller = Caller::calls();
    caller.presses("2987");
    let printed = format!("{:?}", caller.run);
    assert!(printed.contains("Secret(3 digits)") && !printed.contains("987"), "{printed}");
}

#[test]
fn public_digits_are_told() {
    let mut caller =
        Caller::in_flow(toml::from_str(&FLOW.replace("then = \"desk\"", "then = \"desk\"\npublic = true")).unwrap());
    caller.presses("21234#");
    assert!(caller.hears().contains(&taken(4, Some("1234"))));
}

#[test]
fn a_number_is_taken_at_its_last_digit_or_when_no_further_one_comes() {
    let mut caller = Caller::calls();
    caller.presses("2123456");
    assert!(caller.hears().ends_with(&[taken(6, None), queue("desk")]));

    let mut caller = Caller::calls();
    caller.presses("21234");
    caller.hears();
    caller.waits_ms(3999);
    assert_eq!(caller.hears(), []);
    caller.waits_ms(1);
    assert_eq!(caller.hears(), [taken(4, None), queue("desk")]);
}

#[test]
fn too_few_digits_are_asked_for_again() {
    let mut caller = Caller::calls();
    caller.presses("212");
    caller.hears();
    caller.waits_ms(4000);
    assert_eq!(caller.listens(), [invalid("card"), play(&["invalid", "card"])]);
    caller.presses("#");
    assert_eq!(caller.hears(), [invalid("card"), operator()]);
}

#[test]
fn no_digits_at_all_are_a_time_out() {
    let mut caller = Caller::calls();
    caller.presses("2");
    caller.listens();
    caller.waits_ms(5000);
    caller.listens();
    caller.waits_ms(5000);
    assert_eq!(caller.listens(), [timed_out("card"), play(&["goodbye"])]);
}

#[test]
fn who_leaves_the_queue_without_an_agent_goes_where_the_flow_says() {
    for (why, expected) in [
        (QueueLeft::Full, operator()),
        (QueueLeft::TimedOut, play(&["goodbye"])),
        (QueueLeft::Unstaffed, play(&["goodbye"])),
    ] {
        let mut caller = Caller::calls();
        caller.presses("1");
        caller.hears();
        caller.gets(FlowInput::QueueLeft(why));
        assert_eq!(caller.hears(), [expected], "{why:?}");
    }
}

#[test]
fn nothing_follows_when_the_caller_is_gone() {
    let mut caller = Caller::calls();
    caller.listens();
    caller.gets(FlowInput::HungUp);
    assert_eq!(caller.run.next_deadline(), None);
    caller.waits_ms(60_000);
    caller.presses("1");
    assert_eq!(caller.hears(), []);
}

#[test]
fn the_end_of_a_prompt_that_was_stopped_says_nothing() {
    let mut caller = Caller::calls();
    caller.presses("2");
    caller.presses("1");
    caller.hears();
    let before = caller.run.clone().next_deadline();
    caller.gets(FlowInput::PromptDone);
    assert_eq!(caller.run.next_deadline(), before);
    assert_eq!(caller.hears(), []);
}

#[test]
fn a_call_keeps_the_flow_that_it_began_with() {
    let mut caller = Caller::calls();
    let mut changed = flow();
    changed.start = "operator".into();
    let apply = |caller: &mut Caller, flow: Flow| {
        caller.run.apply(caller.now, &Settings { flows: vec![flow], ..Settings::default() })
    };
    assert_eq!(apply(&mut caller, flow()), Applied::Applied);
    assert_eq!(apply(&mut caller, changed), Applied::WhenIdle);
    assert_eq!(caller.listens(), [play(&["welcome", "choices"])]);
}

fn any_input() -> impl Strategy<Value = (u64, FlowInput)> {
    let left = prop_oneof![Just(QueueLeft::Full), Just(QueueLeft::TimedOut), Just(QueueLeft::Unstaffed)];
    let input = prop_oneof![
        6 => proptest::sample::select("0123459#*A".chars().collect::<Vec<_>>()).prop_map(FlowInput::Digit),
        3 => Just(FlowInput::PromptDone),
        2 => left.prop_map(FlowInput::QueueLeft),
        2 => Just(FlowInput::Timeout),
        1 => Just(FlowInput::Start),
    ];
    (0u64..7000, input)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_caller_who_does_nothing_more_always_gets_to_an_end(history in prop::collection::vec(any_input(), 0..40)) {
        let mut caller = Caller::calls();
        for (ms, input) in history {
            caller.now += Duration::from_millis(ms);
            caller.gets(input);
        }
        // From here on every prompt plays to its end, every wait runs out, and the queue brings nobody.
        for _ in 0..20 {
            caller.gets(FlowInput::PromptDone);
            caller.gets(FlowInput::QueueLeft(QueueLeft::TimedOut));
            caller.waits_ms(60_000);
        }
        let ends = caller.hears().into_iter().filter(|output| matches!(output, FlowOutput::Dial(_) | FlowOutput::HangUp { .. }));
        prop_assert_eq!(ends.count(), 1);
        prop_assert_eq!(caller.run.next_deadline(), None);
    }
}
