//! Transcripts of queues: callers come, telephones ring, agents answer or do not.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::time::Duration;

use acd::{Acd, AgentState, Caller, Class, Duty, Input, Output, PauseReason, TelephoneState};
use frame::{CallId, LifeNo, PortId, Time};
use settings::{Applied, Queue, Settings, Unstaffed};

/// Agents 1 to 3 serve `desk`, 3 and 4 serve `reports`. Rings 15 s, wrap-up 10 s, longest wait 300 s, 3 places.
fn settings() -> Settings {
    let stations =
        (1..=4).map(|no| format!("[[stations]]\nport = \"FXS.{no}\"\nextension = \"80{no}\"\nname = \"Desk {no}\"\n"));
    let rules = "ring_s = 15\nwrap_up_s = 10\nmax_wait_s = 300\ncapacity_callers = 3\nno_answers_before_pause = 2\n";
    let queue = |name: &str, members: &str| format!("[[queues]]\nname = \"{name}\"\nmembers = [{members}]\n{rules}");
    let stations: String = stations.collect();
    let queues = queue("desk", "\"801\", \"802\", \"803\"") + &queue("reports", "\"803\", \"804\"");
    toml::from_str(&format!("format = 1\n{stations}{queues}")).unwrap()
}

fn settings_with(change: impl Fn(&mut Queue)) -> Settings {
    let mut settings = settings();
    settings.queues.iter_mut().for_each(change);
    settings
}

fn agent(no: u8) -> PortId {
    PortId { card: "FXS".parse().unwrap(), position: no }
}

fn call(no: u32) -> CallId {
    CallId::new(LifeNo(1), no)
}

struct Room {
    acd: Acd,
    now: Time,
}

impl Room {
    fn new() -> Room {
        Room::with(&settings())
    }

    fn with(settings: &Settings) -> Room {
        let mut room = Room { acd: Acd::new(settings), now: Time::from_ms(10_000) };
        room.decides();
        room
    }

    fn gets(&mut self, input: Input) {
        self.acd.handle_input(self.now, input);
    }

    fn seconds_pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.gets(Input::Timeout);
    }

    fn arrives(&mut self, no: u32, queue: &str) {
        self.arrives_as(no, queue, Class::Normal, 0);
    }

    fn arrives_as(&mut self, no: u32, queue: &str, class: Class, priority: u8) {
        self.gets(Input::CallerArrived(Caller { call: call(no), queue: queue.into(), class, priority }));
    }

    fn answers(&mut self, no: u8, of: u32) {
        self.gets(Input::OfferAnswered { call: call(of), agent: agent(no) });
    }

    /// The agent hangs up after a talk: the telephone is on the hook before the talk is told to be over.
    fn hangs_up(&mut self, no: u8, of: u32) {
        self.telephone(no, TelephoneState::OnHook);
        self.gets(Input::TalkEnded { call: call(of), agent: agent(no) });
    }

    fn telephone(&mut self, no: u8, state: TelephoneState) {
        self.gets(Input::Telephone { agent: agent(no), state });
    }

    fn duty(&mut self, no: u8, duty: Duty) {
        self.gets(Input::Duty { agent: agent(no), duty });
    }

    /// What was decided since it was last looked at; how agents changed is left out.
    fn decides(&mut self) -> Vec<Output> {
        let all = std::iter::from_fn(|| self.acd.poll_output());
        all.filter(|output| !matches!(output, Output::AgentChanged { .. })).collect()
    }

    fn state(&self, no: u8) -> AgentState {
        self.acd.agents().find(|(port, _)| *port == agent(no)).unwrap().1
    }

    fn everyone_talks_but(&mut self, free: &[u8]) {
        for no in (1..=4).filter(|no| !free.contains(no)) {
            self.telephone(no, TelephoneState::Busy);
        }
    }
}

fn position(no: u32, position: u32) -> Output {
    Output::Position { call: call(no), position }
}

fn offer(no: u32, to: u8) -> Output {
    Output::Offer { call: call(no), agent: agent(to) }
}

fn cancel(no: u32, of: u8) -> Output {
    Output::CancelOffer { call: call(no), agent: agent(of) }
}

#[test]
fn a_caller_is_offered_to_a_free_agent_at_once() {
    let mut room = Room::new();
    room.arrives(1, "desk");
    assert_eq!(room.decides(), [position(1, 1), offer(1, 1)]);
    assert_eq!(room.state(1), AgentState::Ringing { call: call(1) });
    assert_eq!(room.acd.next_deadline(), Some(room.now + Duration::from_secs(15)));
    room.answers(1, 1);
    assert_eq!(room.decides(), []);
    assert_eq!(room.state(1), AgentState::Talking { call: call(1) });
    assert_eq!(room.acd.next_deadline(), None);
}

#[test]
fn between_equals_the_first_in_the_queues_order_goes_first() {
    let mut room = Room::with(&settings_with(|queue| queue.members.reverse()));
    room.arrives(1, "desk");
    assert_eq!(room.decides(), [position(1, 1), offer(1, 3)]);
}

#[test]
fn the_agent_who_has_been_free_the_longest_is_next() {
    let mut room = Room::new();
    for (seconds, no) in [(1, 2), (1, 1), (1, 3)] {
        room.telephone(no, TelephoneState::Busy);
        room.seconds_pass(seconds);
        room.telephone(no, TelephoneState::OnHook);
    }
    for no in 1..=3 {
        room.arrives(no, "desk");
    }
    let offers: Vec<Output> =
        room.decides().into_iter().filter(|output| matches!(output, Output::Offer { .. })).collect();
    assert_eq!(offers, [offer(1, 2), offer(2, 1), offer(3, 3)]);
}

#[test]
fn who_has_just_talked_is_last_and_has_been_free_since_the_end_of_wrap_up() {
    let mut room = Room::new();
    room.everyone_talks_but(&[1, 2]);
    room.seconds_pass(1);
    room.arrives(1, "desk");
    room.answers(1, 1);
    room.seconds_pass(20);
    room.hangs_up(1, 1);
    // Free for 5 s: longer than the end of the first talk is ago, less long than its wrap-up.
    room.telephone(2, TelephoneState::Busy);
    room.seconds_pass(5);
    room.telephone(2, TelephoneState::OnHook);
    room.seconds_pass(5);
    room.decides();
    room.arrives(2, "desk");
    assert_eq!(room.decides(), [position(2, 1), offer(2, 2)]);
}

#[test]
fn who_does_not_answer_goes_to_the_end_and_the_caller_keeps_the_place() {
    let mut room = Room::new();
    room.everyone_talks_but(&[1, 2]);
    room.arrives(1, "desk");
    room.decides();
    room.seconds_pass(14);
    assert_eq!(room.decides(), []);
    room.seconds_pass(1);
    assert_eq!(room.decides(), [cancel(1, 1), offer(1, 2)]);
    assert_eq!(room.acd.waiting("desk").collect::<Vec<_>>(), [call(1)]);
}

#[test]
fn two_calls_in_a_row_without_an_answer_set_the_agent_to_pause_until_the_handset_is_lifted() {
    let mut room = Room::with(&settings_with(|queue| queue.unstaffed = Unstaffed::Wait));
    room.everyone_talks_but(&[1]);
    room.arrives(1, "desk");
    room.seconds_pass(15);
    room.decides();
    room.seconds_pass(15);
    assert_eq!(room.decides(), [cancel(1, 1)]);
    assert_eq!(room.state(1), AgentState::Paused(PauseReason::NoAnswer));
    room.telephone(1, TelephoneState::Busy);
    assert_eq!(room.decides(), []);
    room.telephone(1, TelephoneState::OnHook);
    assert_eq!(room.decides(), [offer(1, 1)]);
}

#[test]
fn an_answer_between_two_misses_begins_the_count_anew() {
    let mut room = Room::new();
    room.everyone_talks_but(&[1]);
    room.arrives(1, "desk");
    room.seconds_pass(15);
    room.answers(1, 1);
    room.hangs_up(1, 1);
    room.seconds_pass(10);
    room.arrives(2, "desk");
    room.seconds_pass(15);
    assert_eq!(room.state(1), AgentState::Ringing { call: call(2) }, "one miss since the answer");
}

#[test]
fn an_answer_at_the_last_moment_is_an_answer() {
    let mut room = Room::new();
    room.arrives(1, "desk");
    room.decides();
    room.now += Duration::from_secs(15);
    room.answers(1, 1);
    assert_eq!(room.decides(), []);
    assert_eq!(room.state(1), AgentState::Talking { call: call(1) });
}

#[test]
fn wrap_up_runs_to_its_end_whoever_hangs_up_first() {
    for agent_first in [true, false] {
        let mut room = Room::new();
        room.everyone_talks_but(&[1]);
        room.arrives(1, "desk");
        room.answers(1, 1);
        room.arrives(2, "desk");
        room.decides();
        if agent_first {
            room.hangs_up(1, 1);
        } else {
            room.gets(Input::TalkEnded { call: call(1), agent: agent(1) });
            room.seconds_pass(3);
            room.telephone(1, TelephoneState::OnHook);
        }
        assert!(matches!(room.state(1), AgentState::WrapUp { .. }));
        room.seconds_pass(if agent_first { 9 } else { 6 });
        assert_eq!(room.decides(), []);
        room.seconds_pass(1);
        assert_eq!(room.decides(), [offer(2, 1)], "agent first: {agent_first}");
    }
}

#[test]
fn wrap_up_holds_in_every_queue_of_the_agent() {
    let mut room = Room::new();
    room.everyone_talks_but(&[3]);
    room.arrives(1, "desk");
    room.answers(3, 1);
    room.arrives(2, "reports");
    room.decides();
    room.hangs_up(3, 1);
    assert_eq!(room.decides(), []);
    room.seconds_pass(10);
    assert_eq!(room.decides(), [offer(2, 3)]);
}

#[test]
fn an_agent_of_two_queues_takes_who_came_first_in_either() {
    let mut room = Room::new();
    room.everyone_talks_but(&[]);
    room.arrives(1, "reports");
    room.seconds_pass(1);
    room.arrives(2, "desk");
    assert_eq!(room.decides(), [position(1, 1), position(2, 1)]);
    room.telephone(3, TelephoneState::OnHook);
    assert_eq!(room.decides(), [offer(1, 3)]);
}

#[test]
fn an_emergency_passes_every_queue_and_priority_passes_arrival() {
    let mut room = Room::new();
    room.everyone_talks_but(&[]);
    room.arrives_as(1, "desk", Class::Normal, 0);
    room.arrives_as(2, "desk", Class::Normal, 5);
    room.arrives_as(3, "desk", Class::Normal, 0);
    room.arrives_as(4, "reports", Class::Emergency, 0);
    assert_eq!(room.decides(), [position(1, 1), position(2, 1), position(3, 3), position(4, 1)]);
    for expected in [4, 2, 1, 3] {
        room.telephone(3, TelephoneState::OnHook);
        assert_eq!(room.decides(), [offer(expected, 3)]);
        room.answers(3, expected);
        room.hangs_up(3, expected);
        room.telephone(3, TelephoneState::Busy);
        room.seconds_pass(10);
    }
}

#[test]
fn a_full_queue_refuses_all_but_an_emergency() {
    let mut room = Room::new();
    room.everyone_talks_but(&[]);
    (1..=3).for_each(|no| room.arrives(no, "desk"));
    room.decides();
    room.arrives(4, "desk");
    assert_eq!(room.decides(), [Output::Full { call: call(4) }]);
    room.arrives_as(5, "desk", Class::Emergency, 0);
    assert_eq!(room.decides(), [position(5, 1)]);
    room.gets(Input::CallerLeft { call: call(1) });
    room.gets(Input::CallerLeft { call: call(2) });
    room.arrives(6, "desk");
    assert_eq!(room.decides(), [position(6, 3)]);
}

#[test]
fn the_longest_wait_ends_after_its_time_but_not_while_a_telephone_rings() {
    let mut room = Room::new();
    room.everyone_talks_but(&[]);
    room.arrives(1, "desk");
    room.arrives(2, "desk");
    room.decides();
    room.seconds_pass(290);
    room.telephone(1, TelephoneState::OnHook);
    assert_eq!(room.decides(), [offer(1, 1)]);
    room.seconds_pass(10);
    assert_eq!(room.decides(), [Output::TimedOut { call: call(2) }]);
    room.seconds_pass(5);
    assert_eq!(room.decides(), [cancel(1, 1), Output::TimedOut { call: call(1) }]);
}

#[test]
fn a_caller_who_gives_up_while_a_telephone_rings_frees_the_agent_who_stays_next() {
    let mut room = Room::new();
    room.arrives(1, "desk");
    room.seconds_pass(5);
    room.gets(Input::CallerLeft { call: call(1) });
    room.decides();
    room.arrives(2, "desk");
    assert_eq!(room.decides(), [position(2, 1), offer(2, 1)]);
}

#[test]
fn a_telephone_that_can_not_be_rung_is_left_alone_and_not_blamed() {
    let mut room = Room::new();
    room.everyone_talks_but(&[1, 2]);
    room.arrives(1, "desk");
    room.decides();
    for (refuses, next) in [(1, 2), (2, 0)] {
        room.gets(Input::OfferRefused { call: call(1), agent: agent(refuses) });
        let expected = if next > 0 { vec![offer(1, next)] } else { vec![] };
        assert_eq!(room.decides(), expected);
    }
    assert_eq!(room.state(1), AgentState::Busy);
    room.seconds_pass(5);
    assert_eq!(room.decides(), [offer(1, 1)]);
}

#[test]
fn nobody_is_offered_to_who_is_away() {
    for away in [Duty::SignedOut, Duty::Paused(PauseReason::Asked)] {
        let mut room = Room::new();
        room.duty(1, away);
        room.arrives(1, "desk");
        assert_eq!(room.decides(), [position(1, 1), offer(1, 2)]);
        room.duty(1, Duty::Ready);
        room.arrives(2, "desk");
        assert_eq!(room.decides(), [position(2, 2), offer(2, 3)], "who comes back is last");
    }
    let mut room = Room::new();
    room.telephone(1, TelephoneState::LeftOffHook);
    room.arrives(1, "desk");
    assert_eq!(room.decides(), [position(1, 1), offer(1, 2)]);
    assert_eq!(room.state(1), AgentState::Unavailable);
}

#[test]
fn a_pause_that_a_person_asked_for_does_not_end_with_a_call() {
    let mut room = Room::new();
    room.duty(1, Duty::Paused(PauseReason::Asked));
    room.telephone(1, TelephoneState::Busy);
    room.telephone(1, TelephoneState::OnHook);
    assert_eq!(room.state(1), AgentState::Paused(PauseReason::Asked));
}

#[test]
fn a_pause_during_a_call_holds_after_it() {
    let mut room = Room::new();
    room.arrives(1, "desk");
    room.answers(1, 1);
    room.duty(1, Duty::Paused(PauseReason::Asked));
    assert_eq!(room.state(1), AgentState::Talking { call: call(1) });
    room.hangs_up(1, 1);
    room.seconds_pass(60);
    assert_eq!(room.state(1), AgentState::Paused(PauseReason::Asked));
}

#[test]
fn callers_leave_a_queue_in_which_nobody_works_unless_its_owner_wants_them_to_wait() {
    let mut room = Room::new();
    (1..=3).for_each(|no| room.telephone(no, TelephoneState::Busy));
    room.arrives(1, "desk");
    (1..=2).for_each(|no| room.duty(no, Duty::SignedOut));
    assert_eq!(room.decides(), [position(1, 1)], "one is still there");
    room.duty(3, Duty::SignedOut);
    assert_eq!(room.decides(), [Output::Unstaffed { call: call(1) }]);
    room.arrives(2, "desk");
    assert_eq!(room.decides(), [position(2, 1), Output::Unstaffed { call: call(2) }]);

    let mut room = Room::with(&settings_with(|queue| queue.unstaffed = Unstaffed::Wait));
    (1..=3).for_each(|no| room.duty(no, Duty::SignedOut));
    room.arrives(1, "desk");
    assert_eq!(room.decides(), [position(1, 1)]);
    room.duty(2, Duty::Ready);
    assert_eq!(room.decides(), [offer(1, 2)]);
}

#[test]
fn new_rules_hold_at_once_and_a_call_of_an_agent_who_was_taken_out_goes_on() {
    let mut room = Room::new();
    room.everyone_talks_but(&[1]);
    room.arrives(1, "desk");
    room.arrives(2, "desk");
    room.decides();
    let changed = settings_with(|queue| {
        queue.members.retain(|member| member != "801");
        queue.music = "piano".into();
        queue.wrap_up_s = 1;
    });
    assert_eq!(room.acd.apply(room.now, &changed), Applied::Applied);
    room.answers(1, 1);
    room.hangs_up(1, 1);
    room.seconds_pass(60);
    assert_eq!(room.decides(), [], "801 serves no queue any more");
    room.telephone(2, TelephoneState::OnHook);
    assert_eq!(room.decides(), [offer(2, 2)]);
}

#[test]
fn an_agent_who_is_taken_out_and_put_back_keeps_wrap_up_and_pause() {
    let without = |agent: &'static str| settings_with(move |queue| queue.members.retain(|member| member != agent));
    let mut room = Room::new();
    room.everyone_talks_but(&[1]);
    room.arrives(1, "desk");
    room.answers(1, 1);
    room.hangs_up(1, 1);
    room.duty(4, Duty::Paused(PauseReason::Asked));
    let until = room.now + Duration::from_secs(10);
    for changed in [without("801"), without("804"), settings()] {
        room.acd.apply(room.now, &changed);
    }
    assert_eq!(room.state(1), AgentState::WrapUp { until });
    assert_eq!(room.state(4), AgentState::Paused(PauseReason::Asked));
}

#[test]
fn who_becomes_an_agent_while_talking_is_not_offered_a_caller() {
    let mut room = Room::with(&settings_with(|queue| queue.members.retain(|member| member != "801")));
    room.everyone_talks_but(&[]);
    room.acd.apply(room.now, &settings());
    room.arrives(1, "desk");
    assert_eq!(room.decides(), [position(1, 1)]);
    room.telephone(1, TelephoneState::OnHook);
    assert_eq!(room.decides(), [offer(1, 1)]);
}

#[test]
fn callers_of_a_queue_that_is_taken_away_are_told_so() {
    let mut room = Room::new();
    room.everyone_talks_but(&[]);
    room.arrives(1, "reports");
    room.decides();
    let mut changed = settings();
    changed.queues.truncate(1);
    room.acd.apply(room.now, &changed);
    assert_eq!(room.decides(), [Output::Unstaffed { call: call(1) }]);
    room.arrives(2, "reports");
    assert_eq!(room.decides(), [Output::Unstaffed { call: call(2) }]);
}

#[test]
fn every_change_of_an_agent_is_told_once() {
    let mut room = Room::new();
    room.arrives(1, "desk");
    room.answers(1, 1);
    room.telephone(1, TelephoneState::Busy);
    let told: Vec<AgentState> = std::iter::from_fn(|| room.acd.poll_output())
        .filter_map(|output| match output {
            Output::AgentChanged { agent: port, state } if port == agent(1) => Some(state),
            _ => None,
        })
        .collect();
    assert_eq!(told, [AgentState::Ringing { call: call(1) }, AgentState::Talking { call: call(1) }]);
}

/// A new life of the box, with what the last one left.
fn new_life(room: &Room, agents: &[(PortId, AgentState)], callers: &[(u32, Time)]) -> Room {
    let mut new = Room { acd: Acd::new(&settings()), now: room.now + Duration::from_secs(2) };
    new.decides();
    new.acd.expect_telephones(new.now);
    agents.iter().for_each(|(agent, state)| new.acd.resume_agent(*agent, *state));
    for (no, until) in callers {
        let caller = Caller { call: call(*no), queue: "desk".into(), class: Class::Normal, priority: 0 };
        new.acd.resume_caller(caller, *until);
    }
    new.gets(Input::Timeout);
    new
}

#[test]
fn after_a_restart_the_order_of_callers_and_of_idle_agents_is_what_it_was() {
    let room = Room::new();
    let since = |ms| AgentState::Available { since: Time::from_ms(ms) };
    let agents = [(agent(1), since(9000)), (agent(2), since(5000)), (agent(3), since(7000))];
    let later = room.now + Duration::from_secs(60);
    let mut room = new_life(&room, &agents, &[(1, later), (2, later)]);
    for no in [3, 1, 2, 4] {
        assert!(!room.decides().iter().any(|output| matches!(output, Output::Offer { .. })), "before all are known");
        room.telephone(no, TelephoneState::OnHook);
    }
    let offers: Vec<Output> = room.decides().into_iter().filter(|o| matches!(o, Output::Offer { .. })).collect();
    let offer = |no, to| Output::Offer { call: call(no), agent: agent(to) };
    assert_eq!(offers, [offer(1, 2), offer(2, 3)]);
}

#[test]
fn after_a_restart_wrap_up_and_the_longest_wait_end_when_they_were_to_end() {
    let room = Room::new();
    let (wrap_up, wait) = (room.now + Duration::from_secs(8), room.now + Duration::from_secs(6));
    let busy = [1, 2, 3].map(|no| (agent(no), AgentState::WrapUp { until: wrap_up }));
    let mut room = new_life(&room, &busy, &[(1, wait), (2, wrap_up + Duration::from_secs(9))]);
    (1..=4).for_each(|no| room.telephone(no, TelephoneState::OnHook));
    room.decides();
    room.seconds_pass(4);
    assert!(room.decides().contains(&Output::TimedOut { call: call(1) }));
    room.seconds_pass(2);
    assert!(room.decides().iter().any(|output| matches!(output, Output::Offer { call: of, .. } if *of == call(2))));
}

#[test]
fn a_card_that_never_tells_its_telephones_stops_no_queue_for_longer_than_a_second() {
    let room = Room::new();
    let mut room = new_life(&room, &[], &[(1, Time::from_ms(600_000))]);
    room.telephone(2, TelephoneState::OnHook);
    assert_eq!(room.acd.next_deadline(), Some(room.now + Duration::from_secs(1)));
    room.seconds_pass(1);
    assert!(room.decides().contains(&Output::Offer { call: call(1), agent: agent(2) }));
}
