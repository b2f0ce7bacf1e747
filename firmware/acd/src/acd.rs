//! Every queue and every agent of the box.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use frame::{CallId, PortId, Time};
use settings::{Applied, Settings};

use crate::{
    AgentState, Caller, Class, Input, Output, TelephoneState,
    agent::Agent,
    caller::{Line, Waiting},
    queue::Queue,
};

/// How long a card may take to tell the hooks of its telephones: they are the first that it tells.
const EXPECT: Duration = Duration::from_secs(1);

/// Every queue and every agent of the box.
///
/// Its tables are bounded by the settings: one agent a station, and of each queue its capacity; emergencies on top are
/// bounded by the channels that bring them.
#[derive(Clone, Debug)]
pub struct Acd {
    queues: BTreeMap<String, Queue>,
    agents: BTreeMap<PortId, Agent>,
    /// Telephones that are not on their hooks, of agents and of others: who becomes an agent today may be talking.
    in_use: BTreeMap<PortId, TelephoneState>,
    /// Telephones that are not to ring, of agents and of others.
    quiet: BTreeSet<PortId>,
    line: Line,
    /// Until when offers wait for the cards to tell what the telephones are doing.
    expecting: Option<Time>,
    outputs: VecDeque<Output>,
}

impl Acd {
    /// The queues of `settings`, nobody waiting, every member at work and free.
    pub fn new(settings: &Settings) -> Acd {
        let mut acd = Acd {
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
            in_use: BTreeMap::new(),
            quiet: BTreeSet::new(),
            line: Line::default(),
            expecting: None,
            outputs: VecDeque::new(),
        };
        acd.apply(Time::ZERO, settings);
        acd
    }

    /// Tells the queues something. Time that has passed is seen to with every input.
    pub fn handle_input(&mut self, now: Time, input: Input) {
        match input {
            Input::CallerArrived(caller) => self.caller_arrived(now, caller),
            Input::CallerLeft { call } => self.caller_left(call),
            Input::OfferAnswered { call, agent } => self.offer_answered(call, agent),
            Input::OfferRefused { call, agent } => self.offer_refused(now, call, agent),
            Input::TalkEnded { call, agent } => self.with_agent(agent, |agent| agent.parted(now, call)),
            Input::Telephone { agent, state } => self.telephone(now, agent, state),
            Input::Duty { agent, duty } => self.with_agent(agent, |agent| agent.duty(now, duty)),
            Input::EndWrapUp { agent } => self.with_agent(agent, |agent| agent.end_wrap_up(now)),
            Input::DoNotDisturb { agent, on } => self.do_not_disturb(now, agent, on),
            Input::Timeout => (),
        }
        // What has happened beats what was only due: an answer at the last moment is an answer.
        self.run_timers(now);
        self.settle(now);
    }

    /// The next decision.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        let agents = self.agents.values().filter_map(Agent::deadline);
        let callers = self.line.iter().filter(|waiting| waiting.offered.is_none()).map(|waiting| waiting.until);
        agents.chain(callers).chain(self.expecting).min()
    }

    /// New rules hold from now on, for those who wait too; what rings and what is talked goes on, and who waits keeps the
    /// longest wait that was promised on arrival.
    pub fn apply(&mut self, now: Time, settings: &Settings) -> Applied {
        let applied = self.would_apply(settings);
        self.queues = Queue::all(settings);
        let members = || self.queues.values().flat_map(|queue| &queue.members);
        for port in members() {
            let telephone = self.in_use.get(port).copied().unwrap_or(TelephoneState::OnHook);
            let quiet = self.quiet.contains(port);
            self.agents.entry(*port).or_insert_with(|| Agent::new(now, telephone, quiet));
        }
        let members: Vec<PortId> = members().copied().collect();
        // Who is taken out and put back meanwhile has the same wrap-up, pause and telephone as before.
        self.agents.retain(|port, agent| members.contains(port) || !agent.is_at_rest());
        self.settle(now);
        applied
    }

    /// What [`Acd::apply`] would answer now: when idle, where somebody keeps what was promised by the rules of before.
    pub fn would_apply(&self, settings: &Settings) -> Applied {
        let after = Queue::all(settings);
        let changed = |name: &str, differs: fn(&Queue, &Queue) -> bool| match (self.queues.get(name), after.get(name)) {
            (Some(before), Some(after)) => differs(before, after),
            _ => false,
        };
        let waits = self.line.iter().any(|waiting| changed(&waiting.queue, |a, b| a.max_wait != b.max_wait));
        let rings = self
            .line
            .iter()
            .any(|waiting| waiting.offered.is_some() && changed(&waiting.queue, |a, b| a.ring != b.ring));
        // An agent who talks knows how long the rest will be, and not which queue it comes from.
        let rests = self.queues.keys().any(|name| changed(name, |a, b| a.wrap_up != b.wrap_up));
        let talks = self.agents.values().any(|agent| matches!(agent.state(), AgentState::Talking { .. }));
        if waits || rings || rests && talks { Applied::WhenIdle } else { Applied::Applied }
    }

    /// Goes on with what an agent was doing in the last life of the box, before any input. Talks and offers come back
    /// with their calls ([`Acd::resume_talk`]), the telephone with its card.
    pub fn resume_agent(&mut self, agent: PortId, state: AgentState) {
        self.with_agent(agent, |agent| agent.resume(state));
    }

    /// Nobody is offered a caller before the cards have told what all telephones are doing, so that the longest idle gets
    /// the first; but not for longer than `EXPECT`, since a card may be gone.
    pub fn expect_telephones(&mut self, now: Time) {
        self.expecting = Some(now + EXPECT);
        for agent in self.agents.values_mut() {
            agent.telephone(Time::ZERO, TelephoneState::Unknown);
        }
    }

    /// An agent goes on talking to a caller of a queue.
    pub fn resume_talk(&mut self, call: CallId, agent: PortId, queue: &str) {
        let wrap_up = self.queues.get(queue).map(|queue| queue.wrap_up).unwrap_or_default();
        self.with_agent(agent, |agent| agent.answered(call, wrap_up));
    }

    /// A caller goes on waiting, no longer than was promised. Callers come back in the order of their arrival.
    pub fn resume_caller(&mut self, caller: Caller, until: Time) {
        if !self.line.contains(caller.call) {
            self.line.add(caller, until);
        }
    }

    /// When the longest wait of a caller is over.
    pub fn waits_until(&self, call: CallId) -> Option<Time> {
        self.line.get(call).map(|waiting| waiting.until)
    }

    /// Who waits in a queue, the next to be served first.
    pub fn waiting<'a>(&'a self, queue: &'a str) -> impl Iterator<Item = CallId> + 'a {
        self.line.of(queue).map(|waiting| waiting.call)
    }

    /// Everyone who waits in any queue, the next to be served first.
    pub fn callers(&self) -> impl Iterator<Item = CallId> + '_ {
        self.line.iter().map(|waiting| waiting.call)
    }

    /// Whether an agent has work of the last call to finish.
    pub fn is_in_wrap_up(&self, agent: PortId) -> bool {
        self.agents.get(&agent).is_some_and(Agent::is_in_wrap_up)
    }

    /// What every agent is doing.
    pub fn agents(&self) -> impl Iterator<Item = (PortId, AgentState)> + '_ {
        self.agents.iter().map(|(port, agent)| (*port, agent.state()))
    }

    fn caller_arrived(&mut self, now: Time, caller: Caller) {
        let call = caller.call;
        if self.line.contains(call) {
            return;
        }
        let Some(queue) = self.queues.get(&caller.queue) else {
            return self.outputs.push_back(Output::Unstaffed { call });
        };
        let waiting = self.line.of(&caller.queue).count();
        if waiting >= queue.capacity_callers && caller.class != Class::Emergency {
            return self.outputs.push_back(Output::Full { call });
        }
        let name = caller.queue.clone();
        self.line.add(caller, now + queue.max_wait);
        let before = self.line.of(&name).take_while(|waiting| waiting.call != call).count();
        let position = u32::try_from(before + 1).unwrap_or(u32::MAX);
        self.outputs.push_back(Output::Position { call, position });
    }

    fn caller_left(&mut self, call: CallId) {
        let offered = self.line.remove(call).and_then(|waiting| waiting.offered);
        if let Some(agent) = offered {
            self.with_agent(agent, Agent::withdraw);
        }
    }

    fn offer_answered(&mut self, call: CallId, port: PortId) {
        if self.offer_of(call, port).is_none() {
            return;
        }
        let queue = self.line.remove(call).and_then(|waiting| self.queues.get(&waiting.queue));
        let wrap_up = queue.map(|queue| queue.wrap_up).unwrap_or_default();
        self.with_agent(port, |agent| agent.answered(call, wrap_up));
    }

    fn offer_refused(&mut self, now: Time, call: CallId, port: PortId) {
        let Some(waiting) = self.offer_of(call, port) else { return };
        waiting.offered = None;
        self.with_agent(port, |agent| agent.rest(now));
    }

    /// The caller whom an agent's telephone rings for. None where that offer is over: what is said of it comes late.
    fn offer_of(&mut self, call: CallId, port: PortId) -> Option<&mut Waiting> {
        self.line.get_mut(call).filter(|waiting| waiting.offered == Some(port))
    }

    /// Most telephones of a house are no agent's.
    fn with_agent(&mut self, port: PortId, change: impl FnOnce(&mut Agent)) {
        if let Some(agent) = self.agents.get_mut(&port) {
            change(agent);
        }
    }

    fn telephone(&mut self, now: Time, port: PortId, state: TelephoneState) {
        match state {
            TelephoneState::OnHook | TelephoneState::Unknown => _ = self.in_use.remove(&port),
            TelephoneState::Busy | TelephoneState::LeftOffHook | TelephoneState::NotReady => {
                self.in_use.insert(port, state);
            }
        }
        self.with_agent(port, |agent| agent.telephone(now, state));
    }

    fn do_not_disturb(&mut self, now: Time, port: PortId, on: bool) {
        _ = if on { self.quiet.insert(port) } else { self.quiet.remove(&port) };
        self.with_agent(port, |agent| agent.do_not_disturb(now, on));
    }

    fn run_timers(&mut self, now: Time) {
        let is_due = |(_, agent): &(&PortId, &Agent)| agent.deadline().is_some_and(|deadline| deadline <= now);
        let due: Vec<PortId> = self.agents.iter().filter(is_due).map(|(port, _)| *port).collect();
        for port in due {
            match self.agents.get(&port).and_then(Agent::offered) {
                Some(call) => self.rang_out(now, call, port),
                None => self.with_agent(port, |agent| agent.finish(now)),
            }
        }
        self.end_long_waits(now);
    }

    fn rang_out(&mut self, now: Time, call: CallId, port: PortId) {
        self.outputs.push_back(Output::CancelOffer { call, agent: port });
        let queue = self.line.get_mut(call).and_then(|waiting| {
            waiting.offered = None;
            self.queues.get(&waiting.queue)
        });
        let limit = queue.map_or(0, |queue| queue.no_answers_before_pause);
        self.with_agent(port, |agent| agent.not_answered(now, limit));
    }

    fn end_long_waits(&mut self, now: Time) {
        for call in self.unoffered(|waiting| waiting.until <= now) {
            self.line.remove(call);
            self.outputs.push_back(Output::TimedOut { call });
        }
    }

    /// Those who meet a condition and are not being rung for.
    fn unoffered(&self, condition: impl Fn(&Waiting) -> bool) -> Vec<CallId> {
        let meets = |waiting: &&Waiting| waiting.offered.is_none() && condition(waiting);
        self.line.iter().filter(meets).map(|waiting| waiting.call).collect()
    }

    /// After every change: nobody waits where nobody works, nobody waits while an agent is free, and pages know.
    fn settle(&mut self, now: Time) {
        self.empty_unstaffed_queues();
        self.make_offers(now);
        self.tell_agents();
    }

    fn empty_unstaffed_queues(&mut self) {
        let works = |port: &PortId| self.agents.get(port).is_some_and(Agent::works);
        let keeps = |queue: &Queue| !queue.leaves_when_unstaffed || queue.members.iter().any(works);
        // A queue that the settings have no more is nobody's work either.
        for call in self.unoffered(|waiting| !self.queues.get(&waiting.queue).is_some_and(keeps)) {
            self.line.remove(call);
            self.outputs.push_back(Output::Unstaffed { call });
        }
    }

    fn make_offers(&mut self, now: Time) {
        let unknown = self.agents.values().any(Agent::is_unknown);
        self.expecting = self.expecting.filter(|until| unknown && *until > now);
        if self.expecting.is_some() {
            return;
        }
        if !self.agents.values().any(|agent| agent.available_since().is_some()) {
            return;
        }
        for call in self.unoffered(|_| true) {
            let Some(queue) = self.line.get_mut(call).and_then(|waiting| self.queues.get(&waiting.queue)) else {
                continue;
            };
            if let Some(port) = self.longest_idle(queue) {
                let until = now + queue.ring;
                self.offer(call, port, until);
            }
        }
    }

    /// The member who has been free the longest; between equals the first in the queue's order.
    fn longest_idle(&self, queue: &Queue) -> Option<PortId> {
        let free = |port: &PortId| Some((self.agents.get(port)?.available_since()?, *port));
        // `min_by_key` keeps the first of equals.
        queue.members.iter().filter_map(free).min_by_key(|(since, _)| *since).map(|(_, port)| port)
    }

    fn offer(&mut self, call: CallId, port: PortId, until: Time) {
        if let Some(waiting) = self.line.get_mut(call) {
            waiting.offered = Some(port);
        }
        self.with_agent(port, |agent| agent.offer(call, until));
        self.outputs.push_back(Output::Offer { call, agent: port });
    }

    fn tell_agents(&mut self) {
        for (&agent, row) in &mut self.agents {
            let state = row.state();
            if row.told != Some(state) {
                row.told = Some(state);
                self.outputs.push_back(Output::AgentChanged { agent, state });
            }
        }
    }
}
