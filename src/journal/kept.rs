//! How long a call's recording is kept, as far as the log knows: by which rules, from which day, and what of it nobody knows.
//!
//! One reckoning for the desk that erases and for the page of the call. Days go by a clock that was confirmed in that boot of
//! the machine, earlier or later. What the log lost, and two people have acknowledged, keeps what it may have been about.
//! Not here: holds and lists (`vault::Erasures`), and what is done about it.

use frame::{Stamp, Time, Utc};
use settings::{RetentionRule, Settings};
use vault::{Day, HeldFacts, Losses, MustGo, RuleFor, Standing, rules_for, standing};

use super::{BoxEvent, Cdr, Event, FollowError, IndexReader, Record, TookPart};

/// What a reckoning needs beside the call: read once for many.
#[derive(Clone, Debug)]
pub struct Reckoning {
    clock: ConfirmedClock,
    /// What the log lost, as far as two people have acknowledged it: before that nothing goes at all.
    losses: Losses,
}

/// A recording and everything that was told of its call.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The call.
    pub cdr: Cdr,
    records: Vec<Record>,
    took_part: TookPart,
    /// The day on which it began, where all clocks agree on it.
    began: Option<Day>,
    /// The last day on which it may have ended; none where nobody has confirmed a clock of that boot.
    ended: Option<Day>,
    /// Something that the log lost may have been of the call itself.
    is_torn: bool,
    /// Something that it lost may have been an event from which a rule counts.
    may_lack_events: bool,
}

impl Reckoning {
    /// As the index has it.
    ///
    /// # Errors
    /// The index's.
    pub fn of(index: &IndexReader) -> Result<Reckoning, FollowError> {
        Ok(Reckoning { clock: ConfirmedClock(index.confirmed_clock()?), losses: index.acknowledged()? })
    }

    /// A recording, but for what the log lost without knowing its numbers: [`Kept::look_for_holes`] asks for that, which is
    /// dearer.
    pub fn kept(&self, cdr: Cdr, records: Vec<Record>) -> Kept {
        let (began, ended) = (self.clock.began(&cdr), cdr.ended.and_then(|ended| self.clock.last_day(ended)));
        let (is_torn, may_lack_events) =
            (self.losses.touch(cdr.first_no, cdr.last_no), self.losses.are_after(cdr.first_no));
        Kept { took_part: TookPart::of(&records), cdr, records, began, ended, is_torn, may_lack_events }
    }

    /// The first day that it may be now: of the confirmed clock, where there is one, and of the wall clock.
    pub fn today(&self, now: Stamp) -> Day {
        self.clock.days(now).map_or_else(|| Day::of(now.utc), |(first, _)| first)
    }
}

impl Kept {
    /// What the log lost while the call lasted may have been of this call.
    ///
    /// # Errors
    /// The index's.
    pub fn look_for_holes(&mut self, index: &IndexReader) -> Result<(), FollowError> {
        if index.has_hole(self.cdr.first_no, self.cdr.last_no)? {
            self.took_part.misses_some();
        }
        Ok(())
    }

    /// Whether it is erased.
    pub fn is_erased(&self) -> bool {
        self.cdr.recording.erased
    }

    /// Whether it is known on which day the call ended. Of one that goes on nobody can know.
    pub fn has_day(&self) -> bool {
        self.cdr.ended.is_none() || self.ended.is_some()
    }

    /// How it stands on a day.
    pub fn standing<'s>(&self, settings: &'s Settings, today: Day) -> Standing<'s> {
        let rules: Vec<RuleFor<'s>> = rules_for(&settings.retention, &self.took_part.queues).collect();
        let waits = |rule: &RuleFor<'_>| rule.rule().events().next().is_some();
        let in_doubt = self.is_torn || self.may_lack_events && rules.iter().any(waits);
        match standing(rules.into_iter(), self.ended_by(today), &self.told(), today) {
            Standing::MayGo { .. } | Standing::MustGo(_) if in_doubt => Standing::InDoubt,
            standing => standing,
        }
    }

    /// The day from which rules count: the calendar's last one, which never comes, where nobody can tell.
    fn ended_by(&self, today: Day) -> Day {
        match self.cdr.ended {
            None => today,
            Some(_) => self.ended.unwrap_or_else(|| Day::of(Utc::from_us(i64::MAX))),
        }
    }

    /// The rule by which it must go.
    pub fn rule(&self, settings: &Settings, today: Day) -> String {
        match self.standing(settings, today) {
            Standing::MustGo(MustGo { rule, .. }) => rule.name.clone(),
            _ => String::new(),
        }
    }

    /// The events from which rules of this call count.
    pub fn events(&self, settings: &Settings) -> Vec<String> {
        let rules = rules_for(&settings.retention, &self.took_part.queues).map(RuleFor::rule);
        let mut events: Vec<String> = rules.flat_map(RetentionRule::events).map(str::to_owned).collect();
        events.sort();
        events.dedup();
        events
    }

    /// The events that were told of it.
    pub fn told(&self) -> Vec<(&str, Day)> {
        let told = self.records.iter().filter_map(|record| match record.event() {
            Some(Event::Box(BoxEvent::RetentionEventTold { event, day, .. })) => {
                Some((event.as_str(), day.parse().ok()?))
            }
            _ => None,
        });
        told.collect()
    }

    /// Who and what took part.
    pub fn took_part(&self) -> &TookPart {
        &self.took_part
    }

    /// Everything that was told of its call, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What holds look at.
    pub fn held_facts(&self) -> HeldFacts {
        let TookPart { queues, people, numbers, .. } = self.took_part.clone();
        HeldFacts { call: self.cdr.call, began: self.began, queues, people, numbers }
    }
}

/// The moments at which the wall clock was right, as NTP or a person said. What it said at other times of that boot is found
/// by the boot-time clock.
#[derive(Clone, Debug)]
struct ConfirmedClock(Vec<Stamp>);

impl ConfirmedClock {
    /// The first and the last day on which a moment may have been: by its own wall clock, and by each confirmation of its
    /// boot. None where nobody has confirmed anything in that boot.
    fn days(&self, at: Stamp) -> Option<(Day, Day)> {
        let confirmed = self.0.iter().filter(|confirmed| confirmed.boot == at.boot);
        let days = confirmed.map(|confirmed| Day::of(corrected(at, *confirmed)));
        let both = |(first, last): (Day, Day), day: Day| (first.min(day), last.max(day));
        let confirmed = days.map(|day| (day, day)).reduce(|days, (day, _)| both(days, day))?;
        Some(both(confirmed, Day::of(at.utc)))
    }

    fn began(&self, cdr: &Cdr) -> Option<Day> {
        self.days(cdr.began).filter(|(first, last)| first == last).map(|(day, _)| day)
    }

    fn last_day(&self, at: Stamp) -> Option<Day> {
        self.days(at).map(|(_, last)| last)
    }
}

/// What the wall clock would have said at a moment, had it been right since the confirmation, or before it.
fn corrected(at: Stamp, confirmed: Stamp) -> Utc {
    let us = |time: Time| i64::try_from(time.as_us()).unwrap_or(i64::MAX);
    Utc::from_us(confirmed.utc.as_us().saturating_add(us(at.time).saturating_sub(us(confirmed.time))))
}
