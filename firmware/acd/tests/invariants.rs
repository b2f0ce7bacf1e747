//! What holds after every input of any history.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use acd::{Acd, AgentState, Caller, Class, Duty, Input, Output, PauseReason, TelephoneState};
use frame::{CallId, LifeNo, PortId, Time};
use proptest::prelude::*;
use settings::Settings;

const AGENTS: u8 = 5;
const QUEUES: [(&str, &[u8]); 3] = [("a", &[1, 2, 3]), ("b", &[3, 4, 5]), ("c", &[5])];

fn settings() -> Settings {
    let mut text = "format = 1\n".to_owned();
    for no in 1..=AGENTS {
        text += &format!("[[stations]]\nport = \"FXS.{no}\"\nextension = \"80{no}\"\nname = \"{no}\"\n");
    }
    for (name, members) in QUEUES {
        let members: Vec<String> = members.iter().map(|no| format!("\"80{no}\"")).collect();
        let members = members.join(", ");
        text +=
            &format!("[[queues]]\nname = \"{name}\"\nmembers = [{members}]\ncapacity_callers = 4\nmax_wait_s = 60\n");
    }
    toml::from_str(&text).unwrap()
}

fn agent(no: u8) -> PortId {
    PortId { card: "FXS".parse().unwrap(), position: no }
}

fn call(no: u32) -> CallId {
    CallId::new(LifeNo(1), no)
}

/// One thing that happens. Calls and agents are chosen among those there are.
#[derive(Clone, Debug)]
enum Deed {
    Arrive {
        queue: usize,
        emergency: bool,
        priority: u8,
    },
    GiveUp(usize),
    Answer(usize),
    Refuse(usize),
    Part(usize),
    Telephone(u8, TelephoneState),
    Duty(u8, Duty),
    /// Answers, talks and refusals that are not so: an agent and a call at random.
    Stray(u8, u32),
}

fn deed() -> impl Strategy<Value = (u64, Deed)> {
    let telephone = prop_oneof![
        4 => Just(TelephoneState::OnHook),
        2 => Just(TelephoneState::Busy),
        1 => Just(TelephoneState::LeftOffHook),
    ];
    let duty = prop_oneof![
        4 => Just(Duty::Ready),
        1 => Just(Duty::Paused(PauseReason::Asked)),
        1 => Just(Duty::SignedOut),
    ];
    let deed = prop_oneof![
        8 => (0..QUEUES.len(), prop::bool::weighted(0.1), 0u8..3)
            .prop_map(|(queue, emergency, priority)| Deed::Arrive { queue, emergency, priority }),
        2 => (0usize..20).prop_map(Deed::GiveUp),
        6 => (0usize..20).prop_map(Deed::Answer),
        1 => (0usize..20).prop_map(Deed::Refuse),
        5 => (0usize..20).prop_map(Deed::Part),
        3 => (1..=AGENTS, telephone).prop_map(|(no, state)| Deed::Telephone(no, state)),
        1 => (1..=AGENTS, duty).prop_map(|(no, duty)| Deed::Duty(no, duty)),
        1 => (1..=AGENTS, 1u32..60).prop_map(|(no, call)| Deed::Stray(no, call)),
    ];
    (prop_oneof![3 => Just(0u64), 3 => 0u64..3000, 1 => 0u64..40_000], deed)
}

/// The queues, and beside them what an observer of the outputs knows.
struct Observed {
    acd: Acd,
    now: Time,
    arrived: u32,
    /// Those who wait: class, priority, queue. By call, which is the order of arrival.
    waiting: BTreeMap<CallId, (Class, u8, usize)>,
    offers: BTreeMap<CallId, PortId>,
    talks: BTreeMap<PortId, CallId>,
    log: Vec<Output>,
}

impl Observed {
    fn new() -> Observed {
        Observed {
            acd: Acd::new(&settings()),
            now: Time::from_ms(1000),
            arrived: 0,
            waiting: BTreeMap::new(),
            offers: BTreeMap::new(),
            talks: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    fn does(&mut self, ms: u64, deed: &Deed) {
        // Time passes as the daemon lets it: no deadline is slept over.
        let until = self.now + Duration::from_millis(ms);
        while let Some(deadline) = self.acd.next_deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.gets(Input::Timeout);
        }
        self.now = until;
        if let Some(input) = self.input(deed) {
            self.gets(input);
        }
    }

    fn input(&mut self, deed: &Deed) -> Option<Input> {
        let offer =
            |nth: usize| self.offers.iter().nth(nth % self.offers.len().max(1)).map(|(call, agent)| (*call, *agent));
        Some(match *deed {
            Deed::Arrive { queue, emergency, priority } => {
                self.arrived += 1;
                let class = if emergency { Class::Emergency } else { Class::Normal };
                let call = call(self.arrived);
                self.waiting.insert(call, (class, priority, queue));
                Input::CallerArrived(Caller { call, queue: QUEUES[queue].0.into(), class, priority })
            }
            Deed::GiveUp(nth) => {
                let call = *self.waiting.keys().nth(nth % self.waiting.len().max(1))?;
                self.waiting.remove(&call);
                self.offers.remove(&call);
                Input::CallerLeft { call }
            }
            Deed::Answer(nth) => {
                let (call, agent) = offer(nth)?;
                self.waiting.remove(&call);
                self.offers.remove(&call);
                self.talks.insert(agent, call);
                Input::OfferAnswered { call, agent }
            }
            Deed::Refuse(nth) => {
                let (call, agent) = offer(nth)?;
                self.offers.remove(&call);
                Input::OfferRefused { call, agent }
            }
            Deed::Part(nth) => {
                let (&agent, &call) = self.talks.iter().nth(nth % self.talks.len().max(1))?;
                self.talks.remove(&agent);
                Input::TalkEnded { call, agent }
            }
            Deed::Telephone(no, state) => Input::Telephone { agent: agent(no), state },
            Deed::Duty(no, duty) => Input::Duty { agent: agent(no), duty },
            Deed::Stray(no, of) => {
                let (agent, call) = (agent(no), call(of));
                let is_true = self.offers.get(&call) == Some(&agent) || self.talks.get(&agent) == Some(&call);
                return (!is_true).then_some(Input::OfferAnswered { call, agent });
            }
        })
    }

    fn gets(&mut self, input: Input) {
        let before: BTreeMap<PortId, AgentState> = self.acd.agents().collect();
        self.acd.handle_input(self.now, input);
        let told: Vec<Output> = std::iter::from_fn(|| self.acd.poll_output()).collect();
        for output in &told {
            self.sees(output);
            if let Output::Offer { call, agent } = output {
                self.is_longest_idle(&before, *call, *agent);
            }
        }
        self.log.extend(told);
        self.holds();
    }

    fn sees(&mut self, output: &Output) {
        match *output {
            Output::Offer { call, agent } => {
                assert!(self.waiting.contains_key(&call), "only who waits is offered");
                assert!(!self.offers.values().any(|other| *other == agent), "an agent has one offer");
                assert!(!self.talks.contains_key(&agent), "who talks is offered nobody");
                assert_eq!(self.offers.insert(call, agent), None, "a caller is offered to one");
            }
            Output::CancelOffer { call, agent } => assert_eq!(self.offers.remove(&call), Some(agent)),
            Output::TimedOut { call } | Output::Full { call } | Output::Unstaffed { call } => {
                assert!(!self.offers.contains_key(&call), "nobody is sent away while a telephone rings");
                assert!(self.waiting.remove(&call).is_some(), "nobody is sent away twice");
            }
            Output::Position { .. } | Output::AgentChanged { .. } => (),
        }
    }

    /// Whoever gets the offer has been free at least as long as every member who is still free after it.
    fn is_longest_idle(&self, before: &BTreeMap<PortId, AgentState>, call: CallId, chosen: PortId) {
        // Those who became free with this very input were not seen free before.
        let Some(AgentState::Available { since }) = before.get(&chosen) else { return };
        let queue = self.waiting[&call].2;
        for (port, state) in self.acd.agents() {
            let is_member = QUEUES[queue].1.iter().any(|no| agent(*no) == port);
            if let (true, AgentState::Available { since: other }) = (is_member, state) {
                assert!(*since <= other, "{port} has been free longer than {chosen}");
            }
        }
    }

    /// What holds when all outputs have been seen.
    fn holds(&self) {
        let states: BTreeMap<PortId, AgentState> = self.acd.agents().collect();
        let waiting: BTreeSet<CallId> = QUEUES.iter().flat_map(|(name, _)| self.acd.waiting(name)).collect();
        assert_eq!(waiting, self.waiting.keys().copied().collect(), "the outputs tell all of who waits");
        for (port, state) in &states {
            let offered = self.offers.iter().find(|(_, agent)| *agent == port).map(|(call, _)| *call);
            let rung = if let AgentState::Ringing { call } = state { Some(*call) } else { None };
            assert_eq!(rung, offered);
            if let AgentState::Available { .. } = state {
                self.nobody_waits_for(*port);
            }
        }
        assert!(self.acd.next_deadline().is_none_or(|deadline| deadline > self.now), "what is due is done");
    }

    /// An agent is free only while everyone in the agent's queues is being served.
    fn nobody_waits_for(&self, port: PortId) {
        for (call, (_, _, queue)) in &self.waiting {
            let serves = QUEUES[*queue].1.iter().any(|no| agent(*no) == port);
            assert!(!serves || self.offers.contains_key(call), "{call} waits while {port} is free");
        }
    }
}

fn run(history: &[(u64, Deed)]) -> Observed {
    let mut observed = Observed::new();
    for (ms, deed) in history {
        observed.does(*ms, deed);
    }
    observed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_leaves_a_caller_alone_or_an_agent_with_two(history in prop::collection::vec(deed(), 0..150)) {
        run(&history);
    }

    #[test]
    fn the_same_history_gives_the_same_decisions(history in prop::collection::vec(deed(), 0..80)) {
        prop_assert_eq!(run(&history).log, run(&history).log);
    }

    #[test]
    fn the_one_agent_of_a_queue_serves_emergencies_then_priority_then_arrival(
        callers in prop::collection::vec((prop::bool::weighted(0.3), 0u8..3), 1..5),
    ) {
        let mut observed = Observed::new();
        observed.gets(Input::Telephone { agent: agent(5), state: TelephoneState::Busy });
        // Queue `c`, whose only agent is 5.
        for (emergency, priority) in callers {
            observed.does(100, &Deed::Arrive { queue: 2, emergency, priority });
        }
        let mut expected: Vec<(CallId, (Class, u8, usize))> = observed.waiting.clone().into_iter().collect();
        expected.sort_by_key(|(call, (class, priority, _))| (std::cmp::Reverse((*class, *priority)), *call));
        for (call, _) in expected {
            observed.does(0, &Deed::Telephone(5, TelephoneState::OnHook));
            prop_assert_eq!(observed.offers.get(&call), Some(&agent(5)));
            observed.does(0, &Deed::Answer(0));
            observed.does(0, &Deed::Part(0));
            // Wrap-up is over before the longest wait of the last one.
            observed.does(11_000, &Deed::Part(0));
        }
    }

    #[test]
    fn when_all_is_over_no_timer_is_armed(history in prop::collection::vec(deed(), 0..100)) {
        let mut observed = run(&history);
        for call in observed.waiting.keys().copied().collect::<Vec<_>>() {
            observed.waiting.remove(&call);
            observed.offers.remove(&call);
            observed.gets(Input::CallerLeft { call });
        }
        while !observed.talks.is_empty() {
            observed.does(0, &Deed::Part(0));
        }
        // Past the last wrap-up and rest.
        observed.does(60_000, &Deed::Telephone(1, TelephoneState::OnHook));
        prop_assert_eq!(observed.acd.next_deadline(), None);
    }
}
