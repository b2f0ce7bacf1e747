//! Random histories of rules, holds, lists, clock steps and restarts against a plain model that knows the true time.
//!
//! The model asks of every recording that is erased: was its list agreed on three true days ago, had its day come by the rules
//! of that moment, and has no hold covered it, then or since the list? Where a person lied about the day, all but the day. It counts days and
//! knows queues by itself, and asks the code under test nothing. `./justw histories` runs a million.
//! Not here: stretches of recordings, which neither a rule nor a hold keeps, and which leave a recording as it stands (`src/daemon/keeping/ranges.rs`).

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use frame::{BootNo, CallId, EventNo, LifeNo, PersonId, RecordingId, Stamp, Time, Utc};
use proptest::{prelude::*, test_runner::TestRunner};
use settings::{Period, RetentionRule};
use vault::{
    Confirmation, ConfirmedBy, Day, Erasures, HeldFacts, Hold, HoldSearch, Known, Standing, Trusted, TrustedTime,
    rules_for, standing,
};

const HOUR_US: i64 = 3_600_000_000;
const LIFE: LifeNo = LifeNo(1);
const QUEUES: [&str; 2] = ["急诊", "挂号"];
/// Recordings of the box: each in a queue by its number.
const RECORDINGS: u32 = 4;

/// Of a hundred histories at least so many erase something: a box that never does would pass.
const ERASING_MIN_PCT: u64 = 5;

#[derive(Clone, Debug)]
enum Step {
    /// Hours pass.
    Wait(u16),
    /// Somebody, or something, sets the wall clock this many hours off; it is in step with nobody then.
    Set(i32),
    /// NTP sets it right, and says so.
    Ntp,
    /// A person sets it right, and confirms it.
    Person,
    /// A person sets it this many hours off, and confirms it all the same.
    Lie(i32),
    Restart,
    /// The power is away for hours.
    Off(u16),
    Hold(u8),
    HoldQueue(u8),
    Lift(u8),
    /// Rules as so many days at least and at most.
    Rules(u8, Option<u8>),
    Tell(u8),
    /// Two people agree on a list of what must go, as the box sees it.
    Agree,
    Cancel(u8),
    Erase,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0u16..60).prop_map(Step::Wait),
        2 => prop_oneof![-20_000i32..20_000, -100i32..100].prop_map(Step::Set),
        3 => Just(Step::Ntp),
        2 => Just(Step::Person),
        1 => prop_oneof![-20_000i32..20_000, -100i32..100].prop_map(Step::Lie),
        1 => Just(Step::Restart),
        1 => (0u16..300).prop_map(Step::Off),
        1 => (0u8..4).prop_map(Step::Hold),
        1 => (0u8..2).prop_map(Step::HoldQueue),
        3 => (0u8..4).prop_map(Step::Lift),
        2 => (0u8..6, proptest::option::weighted(0.8, 0u8..8)).prop_map(|(keep, more)| Step::Rules(keep, more)),
        1 => (0u8..4).prop_map(Step::Tell),
        5 => Just(Step::Agree),
        1 => (0u8..4).prop_map(Step::Cancel),
        6 => Just(Step::Erase),
    ]
}

/// What is written down, as an event log has it.
#[derive(Clone, Debug)]
enum Told {
    Confirmed(Confirmation),
    Held(EventNo, Hold),
    Lifted(EventNo),
    List(EventNo, Trusted, Vec<RecordingId>),
    Cancelled(EventNo),
    Gone(RecordingId),
}

/// The world and the box in it.
struct World {
    true_hours: i64,
    /// The wall clock is this wrong.
    off_hours: i64,
    boot: u32,
    boot_hours: u64,
    ntp: bool,
    /// Somebody has lied about the day: then nothing is known of days any more, and the rest holds.
    lied: bool,
    rules: Vec<RetentionRule>,
    /// Recordings of which the event was told, and on which day.
    events: Vec<(RecordingId, Day)>,
    next: u64,
    told: Vec<Told>,
    /// The last moment of each boot that was written down.
    last: BTreeMap<BootNo, Stamp>,
    time: TrustedTime,
    erasures: Erasures,
    model: Model,
    erased: Vec<RecordingId>,
}

/// What the model remembers, by the true time in hours, and by the numbers of recordings.
#[derive(Default)]
struct Model {
    holds: Vec<(EventNo, HoldOf)>,
    /// When a recording was agreed on; forgotten when a hold covers it.
    agreed: Vec<(EventNo, u32, i64)>,
    /// Days at least and, where there is an end, more days at most.
    rules: (u8, Option<u8>),
    /// The latest moment of which the event was told, of each recording.
    told: BTreeMap<u32, i64>,
}

/// What a hold is of.
#[derive(Clone, Copy)]
enum HoldOf {
    Call(u32),
    Queue(u32),
}

impl HoldOf {
    /// A recording waited in the queue that the rest of its number says.
    fn covers(self, no: u32) -> bool {
        match self {
            HoldOf::Call(call) => no == call,
            HoldOf::Queue(queue) => no % 2 == queue,
        }
    }
}

impl Model {
    /// Whether a recording, which ended on day 0, has to go at a moment. Who disputes what was said in the first queue has it kept for
    /// five days from then.
    fn must_go(&self, no: u32, hours: i64) -> bool {
        let (keep, Some(more)) = self.rules else { return false };
        let disputed = self.told.get(&no).filter(|_| HoldOf::Queue(0).covers(no));
        let kept_days = disputed.map_or(0, |told| told / 24 + 5);
        hours / 24 >= kept_days.max(i64::from(keep) + i64::from(more))
    }
}

fn recording(no: u32) -> RecordingId {
    RecordingId::new(LIFE, no)
}

fn facts(recording: RecordingId) -> HeldFacts {
    HeldFacts {
        call: CallId::new(LIFE, recording.no),
        began: Some(day(0)),
        queues: queues(recording),
        people: Known::all([PersonId(recording.no)]),
        numbers: Known::all([]),
    }
}

fn queues(recording: RecordingId) -> Known<String> {
    Known::all([QUEUES[recording.no as usize % 2].to_owned()])
}

fn day(hours: i64) -> Day {
    Day::of(Utc::from_us(hours * HOUR_US))
}

fn days(days: u16) -> Period {
    Period { days, ..Period::default() }
}

fn rules(keep: u8, more: Option<u8>) -> Vec<RetentionRule> {
    let all = RetentionRule {
        name: "all".into(),
        keep: days(u16::from(keep)),
        remove: more.map(|more| days(u16::from(keep) + u16::from(more))),
        from: None,
        when: None,
        queues: vec![],
    };
    let dispute = RetentionRule {
        name: "dispute".into(),
        keep: days(5),
        remove: None,
        from: Some("told".into()),
        when: Some("told".into()),
        queues: vec![QUEUES[0].into()],
    };
    vec![all, dispute]
}

impl World {
    fn new() -> World {
        World {
            true_hours: 24,
            off_hours: 0,
            boot: 1,
            boot_hours: 0,
            ntp: false,
            lied: false,
            rules: rules(1, Some(1)),
            events: vec![],
            next: 1,
            told: vec![],
            last: BTreeMap::new(),
            time: TrustedTime::default(),
            erasures: Erasures::default(),
            model: Model { rules: (1, Some(1)), ..Model::default() },
            erased: vec![],
        }
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            boot: BootNo(self.boot),
            time: Time::from_ms(self.boot_hours * 3_600_000),
            utc: Utc::from_us((self.true_hours + self.off_hours) * HOUR_US),
        }
    }

    fn no(&mut self) -> EventNo {
        self.next += 1;
        EventNo(self.next)
    }

    /// Writes down, and notes; `restart` notes the same.
    fn tell(&mut self, told: Told) {
        self.last.insert(BootNo(self.boot), self.stamp());
        note(&mut self.erasures, &told);
        self.told.push(told);
    }

    fn standing_at(&self, recording: RecordingId, today: Day) -> Standing<'_> {
        let events = self.events.iter().filter(|(of, _)| *of == recording).map(|(_, day)| ("told", *day));
        let events: Vec<(&str, Day)> = events.collect();
        standing(rules_for(&self.rules, &queues(recording)), day(0), &events, today)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Wait(hours) => {
                self.true_hours += i64::from(hours);
                self.boot_hours += u64::from(hours);
            }
            Step::Set(hours) => (self.off_hours, self.ntp) = (i64::from(hours), false),
            Step::Ntp => (self.off_hours, self.ntp) = (0, true),
            Step::Person => {
                self.off_hours = 0;
                self.confirm(ConfirmedBy::Person);
            }
            Step::Lie(hours) => {
                (self.off_hours, self.ntp, self.lied) = (i64::from(hours), false, true);
                self.confirm(ConfirmedBy::Person);
            }
            Step::Restart => self.restart(),
            Step::Off(hours) => {
                self.true_hours += i64::from(hours);
                (self.boot, self.boot_hours, self.ntp) = (self.boot + 1, 0, false);
                self.restart();
            }
            Step::Hold(no) => self.hold(Hold::Call(CallId::new(LIFE, no.into())), HoldOf::Call(no.into())),
            Step::HoldQueue(no) => {
                let queue = Some(QUEUES[usize::from(no)].to_owned());
                self.hold(Hold::Search(HoldSearch { queue, ..HoldSearch::default() }), HoldOf::Queue(no.into()));
            }
            Step::Lift(at) => self.lift(at.into()),
            Step::Rules(keep, more) => (self.rules, self.model.rules) = (rules(keep, more), (keep, more)),
            Step::Tell(no) => {
                self.events.push((recording(no.into()), day(self.true_hours)));
                self.model.told.insert(no.into(), self.true_hours);
            }
            Step::Agree => self.agree(),
            Step::Cancel(at) => self.cancel(at.into()),
            Step::Erase => self.erase(),
        }
        if self.ntp {
            self.confirm(ConfirmedBy::Synchronised);
        }
        self.time.note(self.stamp());
    }

    fn confirm(&mut self, by: ConfirmedBy) {
        if let Some(confirmed) = self.time.confirm(self.stamp(), by) {
            self.tell(Told::Confirmed(confirmed));
        }
    }

    /// A new life knows what was told, and nothing else.
    fn restart(&mut self) {
        let confirmed = self.told.iter().rev().find_map(|told| match told {
            Told::Confirmed(confirmed) => Some(*confirmed),
            _ => None,
        });
        let last = confirmed.and_then(|confirmed| self.last.get(&confirmed.at.boot).copied());
        self.time = TrustedTime::restored(confirmed, last);
        self.erasures = Erasures::default();
        self.told.iter().for_each(|told| note(&mut self.erasures, told));
    }

    fn hold(&mut self, hold: Hold, of: HoldOf) {
        let no = self.no();
        self.model.holds.push((no, of));
        self.model.agreed.retain(|(_, recording, _)| !of.covers(*recording));
        self.tell(Told::Held(no, hold));
    }

    fn lift(&mut self, at: usize) {
        if at < self.model.holds.len() {
            let (no, _) = self.model.holds.remove(at);
            self.tell(Told::Lifted(no));
        }
    }

    fn agree(&mut self) {
        // The list is made and agreed on at one moment, by the trusted time.
        let Some(now) = self.time.now(self.stamp()) else { return };
        let must_go = |recording: &RecordingId| {
            matches!(self.standing_at(*recording, Day::of(now.utc)), Standing::MustGo(_))
                && self.erasures.held_by(&facts(*recording)).is_none()
                && !self.erased.contains(recording)
        };
        let list: Vec<RecordingId> = (0..RECORDINGS).map(recording).filter(must_go).collect();
        if list.is_empty() {
            return;
        }
        let no = self.no();
        let at = self.true_hours;
        self.model.agreed.extend(list.iter().map(|recording| (no, recording.no, at)));
        self.tell(Told::List(no, now, list));
    }

    fn cancel(&mut self, at: usize) {
        let no = self.erasures.waiting().map(|(no, ..)| no).nth(at);
        if let Some(no) = no {
            self.model.agreed.retain(|(of, ..)| *of != no);
            self.tell(Told::Cancelled(no));
        }
    }

    fn erase(&mut self) {
        let Some(now) = self.time.now(self.stamp()) else { return };
        let waiting: Vec<RecordingId> = self.erasures.waiting().map(|(.., recording)| recording).collect();
        let due: Vec<RecordingId> = self.erasures.due(now).collect();
        for recording in waiting {
            let today = Day::of(now.utc);
            let looked =
                self.erasures.last_look(Some(now), recording, &facts(recording), self.standing_at(recording, today));
            if looked.is_ok() && !self.erased.contains(&recording) {
                assert!(due.contains(&recording));
                self.check(recording);
                self.erased.push(recording);
                self.tell(Told::Gone(recording));
            }
        }
    }

    /// The model's word on a recording that is erased now.
    fn check(&self, recording: RecordingId) {
        let held = self.model.holds.iter().any(|(_, hold)| hold.covers(recording.no));
        assert!(!held, "{recording} is under a hold");
        let agreed = self.model.agreed.iter().filter(|(_, of, _)| *of == recording.no).map(|(.., at)| *at).min();
        let agreed = agreed.expect("two people agreed, and no hold came since");
        let waited_hours = self.true_hours - agreed;
        assert!(waited_hours >= 72, "{recording} waited {waited_hours} hours");
        assert!(self.lied || self.model.must_go(recording.no, self.true_hours), "{recording} goes early");
    }
}

fn note(erasures: &mut Erasures, told: &Told) {
    match told.clone() {
        Told::Confirmed(_) => {}
        Told::Held(no, hold) => erasures.note_hold(no, hold),
        Told::Lifted(no) => erasures.note_lifted(no),
        Told::List(no, at, list) => erasures.note_list(no, at, list),
        Told::Cancelled(no) => erasures.note_cancelled(no),
        Told::Gone(recording) => erasures.note_gone(recording),
    }
}

#[test]
fn nothing_goes_early_under_a_hold_or_because_a_clock_stepped() {
    let (histories, erasing) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let least = u64::from(config.cases) * ERASING_MIN_PCT / 100;
    let run = TestRunner::new(config).run(&proptest::collection::vec(any_step(), 0..60), |steps| {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.take(step));
        let once: BTreeSet<RecordingId> = world.erased.iter().copied().collect();
        prop_assert_eq!(once.len(), world.erased.len(), "nothing goes twice");
        histories.set(histories.get() + 1);
        erasing.set(erasing.get() + u64::from(!once.is_empty()));
        Ok(())
    });
    if let Err(failed) = run {
        panic!("{failed}");
    }
    assert!(erasing.get() >= least, "of {} histories {} erased something", histories.get(), erasing.get());
}

/// Without this the property above would hold for a box that never erases.
#[test]
fn what_must_go_does_go() {
    let mut world = World::new();
    for step in [Step::Ntp, Step::Wait(48), Step::Agree, Step::Wait(71), Step::Erase] {
        world.take(step);
    }
    assert_eq!(world.erased, []);
    // Of the 71 hours nothing was written down, and those of the power cut are none.
    for step in [Step::Off(90), Step::Ntp, Step::Hold(2), Step::Set(9000), Step::Wait(71), Step::Erase] {
        world.take(step);
    }
    assert_eq!(world.erased, []);
    [Step::Wait(1), Step::Erase].into_iter().for_each(|step| world.take(step));
    assert_eq!(world.erased, [0, 1, 3].map(recording));
}
