//! Both ends, the cable between them, and the clock: who does what when.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use frame::Time;
use isdn::{CallHandle, Event, Input, Output, Request, Role};

use super::{cable::Cable, dice::Dice, end::End, people, tally::Tally};

/// A line and all that happens on it.
#[derive(Debug)]
pub struct Line {
    seed: u64,
    now: Time,
    dice: Dice,
    user: End,
    network: End,
    cable: Cable,
    plans: BinaryHeap<Reverse<Plan>>,
    /// Plans so far: those for the same moment keep their order.
    planned: u64,
    /// Calls so far.
    calls: u64,
    cuts: u64,
    /// Nobody places calls.
    is_quiet: bool,
}

/// What is to happen when.
#[derive(Debug)]
struct Plan {
    at: Time,
    number: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The next call of either end.
    Place,
    /// Somebody asks for a restart.
    Restart,
    Ask(Role, Box<Request>),
    Cut(Cut),
    Mend(Cut),
}

/// How the cable is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    /// Nothing arrives at these ends.
    user: bool,
    network: bool,
    /// Ends at which nothing arrives see RED. Without it only the frames are gone.
    red: bool,
}

impl Line {
    pub fn new(seed: u64) -> Line {
        let mut dice = Dice::new(seed);
        let cable = Cable::new(dice.next());
        let mut line = Line {
            seed,
            now: Time::ZERO,
            dice,
            user: End::new(Role::User, 1),
            network: End::new(Role::Network, 2),
            cable,
            plans: BinaryHeap::new(),
            planned: 0,
            calls: 0,
            cuts: 0,
            is_quiet: true,
        };
        ROLES.into_iter().for_each(|role| line.input(role, Input::Layer1(true)));
        line.passes(Duration::from_secs(10));
        line
    }

    pub fn tally(&self) -> Tally {
        let cable =
            Tally { cuts: self.cuts, frames: self.cable.frames, frames_lost: self.cable.lost, ..Tally::default() };
        self.user.tally + self.network.tally + cable
    }

    /// Lets calls be placed for a while.
    pub fn works(&mut self, time: Duration) {
        self.is_quiet = false;
        self.plan(Duration::ZERO, What::Place);
        self.plan_restart();
        self.plan_cut();
        self.passes(time);
        self.is_quiet = true;
    }

    /// Mends the cable, lets all hang up and waits until every timer of a call must have run out. Then nothing is left, at
    /// neither end; and without a link no timer runs at all.
    pub fn becomes_quiet(&mut self) {
        // With its room, so that what is left of the heap is the spans' own.
        self.plans = BinaryHeap::new();
        self.mend(Cut { user: true, network: true, red: true });
        for role in ROLES {
            for call in self.end(role).calls().map(|(call, _)| call).collect::<Vec<_>>() {
                self.input(role, Input::Request(people::hang_up(call)));
            }
        }
        self.passes(QUIET);
        ROLES.into_iter().for_each(|role| self.end(role).is_at_rest());
        self.layer1(false);
        for role in ROLES {
            assert_eq!(self.end(role).span.next_deadline(), None, "{role:?}: a timer runs for nothing");
        }
        self.layer1(true);
        self.passes(Duration::from_secs(10));
    }

    fn layer1(&mut self, up: bool) {
        ROLES.into_iter().for_each(|role| self.input(role, Input::Layer1(up)));
    }

    fn passes(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.next_moment().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.moment();
        }
        self.now = until;
    }

    fn next_moment(&self) -> Option<Time> {
        let plan = self.plans.peek().map(|Reverse(plan)| plan.at);
        let timers = [self.user.span.next_deadline(), self.network.span.next_deadline()];
        timers.into_iter().chain([plan, self.cable.next_arrival()]).flatten().min()
    }

    fn moment(&mut self) {
        for role in ROLES {
            while let Some(octets) = self.cable.take(self.now, role) {
                self.input(role, Input::Frame(&octets));
            }
        }
        while self.plans.peek().is_some_and(|Reverse(plan)| plan.at <= self.now) {
            let Some(Reverse(plan)) = self.plans.pop() else { return };
            self.does(plan.what);
        }
        for role in ROLES {
            let now = self.now;
            self.end(role).run_due(now);
            self.drain(role);
        }
    }

    fn does(&mut self, what: What) {
        match what {
            What::Place => {
                self.places();
                let after = people::until_next_call(&mut self.dice);
                self.plan(after, What::Place);
            }
            What::Restart => {
                let role = self.dice.pick(&ROLES);
                let request = people::restart(&mut self.dice);
                self.input(role, Input::Request(request));
                self.plan_restart();
            }
            What::Ask(role, request) => self.input(role, Input::Request(*request)),
            What::Cut(cut) => self.cuts_cable(cut),
            What::Mend(cut) => {
                self.mend(cut);
                self.plan_cut();
            }
        }
    }

    fn places(&mut self) {
        let role = self.dice.pick(&ROLES);
        self.calls += 1;
        let (now, number) = (self.now, self.calls);
        let request = people::call(&mut self.dice, role, number);
        let placed = self.end(role).place(now, number, request);
        self.drain(role);
        if let Some(call) = placed {
            let patience = people::patience(&mut self.dice);
            self.plan(patience, What::Ask(role, Box::new(people::hang_up(call))));
        }
    }

    fn input(&mut self, role: Role, input: Input<'_>) {
        let now = self.now;
        self.end(role).input(now, input);
        self.drain(role);
    }

    /// Hands out what an end has to say, and looks whether all is in order.
    fn drain(&mut self, role: Role) {
        while let Some(output) = self.end(role).poll() {
            match output {
                Output::Frame(octets) => self.cable.send(self.now, role.opposite(), octets),
                Output::Event(event) => self.is_told(role, &event),
                Output::Remember(_) | Output::Forget(_) => {}
            }
        }
        self.end(role).check();
    }

    fn is_told(&mut self, role: Role, event: &Event) {
        if let Event::Connected { call, .. } = event {
            self.talks_with_one(role, *call);
        }
        let end = match role {
            Role::User => &self.user,
            Role::Network => &self.network,
        };
        for (after, request) in people::answer(&mut self.dice, end, event) {
            self.plan(after, What::Ask(role, Box::new(request)));
        }
    }

    /// Two calls never talk on one channel: what talks at the far end on this one is the same call, and the same call talks
    /// there on no other.
    fn talks_with_one(&mut self, role: Role, call: CallHandle) {
        let (seed, now) = (self.seed, self.now);
        let known = self.end(role).call(call).expect("a call that is answered is in the books");
        let (number, timeslot) = (known.number, known.talks_on);
        for (_, far) in self.end(role.opposite()).calls().filter(|(_, far)| far.talks_on.is_some()) {
            let same = (far.number == number, far.talks_on == timeslot);
            assert!(same.0 == same.1, "seed {seed}, {now:?}: call {number} on {timeslot:?} meets {far:?}");
        }
    }

    fn cuts_cable(&mut self, cut: Cut) {
        self.cuts += 1;
        self.set_cable(cut, true);
        let long = match self.dice.below(10) {
            0 => self.dice.between(30_000, 150_000),
            _ => self.dice.between(300, 12_000),
        };
        self.plan(long, What::Mend(cut));
    }

    fn mend(&mut self, cut: Cut) {
        self.set_cable(cut, false);
    }

    fn set_cable(&mut self, cut: Cut, is_cut: bool) {
        for (role, concerned) in [(Role::User, cut.user), (Role::Network, cut.network)] {
            if concerned {
                self.cable.cut(role, is_cut);
            }
            if concerned && cut.red {
                self.input(role, Input::Layer1(!is_cut));
            }
        }
    }

    fn plan_cut(&mut self) {
        let (user, network) = self.dice.pick(&[(true, true), (true, false), (false, true)]);
        let cut = Cut { user, network, red: self.dice.chance(50) };
        let after = self.dice.between(20_000, 600_000);
        self.plan(after, What::Cut(cut));
    }

    fn plan_restart(&mut self) {
        let after = self.dice.between(30_000, 600_000);
        self.plan(after, What::Restart);
    }

    fn plan(&mut self, after: Duration, what: What) {
        self.planned += 1;
        self.plans.push(Reverse(Plan { at: self.now + after, number: self.planned, what }));
    }

    fn end(&mut self, role: Role) -> &mut End {
        match role {
            Role::User => &mut self.user,
            Role::Network => &mut self.network,
        }
    }
}

impl Ord for Plan {
    fn cmp(&self, other: &Plan) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Plan {
    fn partial_cmp(&self, other: &Plan) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Plan {
    fn eq(&self, other: &Plan) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Plan {}

const ROLES: [Role; 2] = [Role::User, Role::Network];

/// T316 twice, for a RESTART that nobody hears, is the longest that anything waits for; a T301 before it was cleared away.
const QUIET: Duration = Duration::from_secs(2 * 120 + 90);
