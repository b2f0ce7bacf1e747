//! The audio of one span: all its channels together, so that what is read in a tick belongs together.
//!
//! Nothing here allocates but [`SpanAudio::serve`], which is handed what it needs.

use std::{
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use frame::{SpanId, SpanTick, Time, Timeslot};
use line::{Alarms, Block, Counters, Event, LineEvent, SpanInfo};

use crate::{
    control::{Control, alarms},
    event::{Role, Told},
    events::Events,
    fault::Fault,
    flow::Flow,
    ioctl,
    lane::{Hears, Lane, Read},
};

/// How often all channels are emptied anew because they did not come to be in step: the chance is a few in a hundred each
/// time, as the kernel works once a millisecond and emptying 31 channels takes it some ten microseconds.
const ALIGNINGS: u8 = 8;

/// How many ticks an alarm may become another one unseen: the kernel tells only when the first comes and when the last goes
/// (`dahdi_alarm_notify`), so YELLOW that becomes RED has to be asked for.
const ALARM_TICKS: u8 = 100;

/// How many late ticks in a row what is begun anew waits for one that is in time. A box that is always late carries calls all
/// the same.
const LATE_TICKS: u8 = 8;

/// Which channels of a span are open.
#[derive(Debug)]
pub(crate) struct Lanes {
    /// The kernel's number of the span.
    pub(crate) number: i32,
    /// The place of the span on its card.
    pub(crate) index: usize,
    pub(crate) lanes: Vec<Lane>,
}

impl Lanes {
    /// Leaves the B-channels alone that nobody uses, but for the last: it tells when the span has its block.
    fn park(&mut self, used: u32) {
        let Some((_pacer, others)) = self.lanes.split_last_mut() else { return };
        others.iter_mut().for_each(|lane| lane.used(used >> lane.timeslot.0 & 1 == 1));
    }

    fn is_begun_anew(&self) -> bool {
        self.lanes.iter().any(|lane| lane.flow == Flow::Restart)
    }

    /// Empties the channels that are begun anew: back to back, so that all of them begin their next block at the same moment.
    fn empty_anew(&mut self, ear: &mut Ear<'_>) -> Result<(), Fault> {
        let mut anew = self.lanes.iter_mut().filter(|lane| lane.flow == Flow::Restart);
        anew.try_for_each(|lane| lane.empty(ear))
    }
}

/// The audio of a span.
#[derive(Debug)]
pub(crate) struct SpanAudio {
    pub(crate) info: SpanInfo,
    pub(crate) counters: Arc<Counters>,
    control: Arc<Control>,
    /// None while the card is gone.
    lanes: Option<Box<Lanes>>,
    alarms: Alarms,
    /// Ticks until the alarms are asked for unasked.
    ask_in: u8,
    /// How often the channels may still be emptied to bring them in step.
    alignings: u8,
    /// How many late ticks in a row what is begun anew has waited.
    held_back: u8,
    /// This tick began with its block.
    pub(crate) paces: bool,
    /// It brought no block at its last turn, so nobody waits for it.
    pub(crate) absent: bool,
}

impl SpanAudio {
    /// A span without channels.
    pub(crate) fn new(info: SpanInfo, control: Arc<Control>) -> SpanAudio {
        SpanAudio {
            info,
            counters: Arc::default(),
            control,
            lanes: None,
            alarms: Alarms::RED,
            ask_in: ALARM_TICKS,
            alignings: 0,
            held_back: 0,
            paces: false,
            absent: true,
        }
    }

    pub(crate) fn is_served(&self) -> bool {
        self.lanes.is_some()
    }

    /// The channel by which the span is waited for: the last one that the kernel fills. None while the card is gone.
    pub(crate) fn pacer(&self) -> Option<&Lane> {
        self.lanes.as_ref()?.lanes.last()
    }

    /// Takes the channels of a card that was opened, and tells how its lines are. What it had before comes back.
    pub(crate) fn serve(&mut self, lanes: Box<Lanes>, now: Time, events: &mut Events) -> Option<Box<Lanes>> {
        let before = self.lanes.replace(lanes);
        self.alignings = ALIGNINGS;
        self.absent = true;
        self.tell_state(now, events);
        before
    }

    /// Tells how the lines are: the alarms of the span, and of each telephone whether it is lifted,
    /// of each outside line whether it is fed.
    pub(crate) fn tell_state(&mut self, now: Time, events: &mut Events) {
        let Some(lanes) = &self.lanes else { return };
        self.alarms = self.control.alarms(lanes.number).unwrap_or(Alarms::RED);
        events.push(event(self.info.span, Timeslot(0), now, Event::Alarms(self.alarms)));
        for lane in lanes.lanes.iter().filter(|lane| lane.channel.role() == Role::Fxs) {
            let Ok(params) = ioctl::params(lane.channel.as_fd()) else { continue };
            let lifted = params.rxisoffhook != 0;
            lane.channel.set_off_hook(lifted);
            let hook = if lifted { Event::OffHook } else { Event::OnHook };
            events.push(event(self.info.span, lane.timeslot, now, hook));
        }
        self.tell_batteries(u32::MAX, now, events);
    }

    /// Gives the channels up, as their card is gone.
    pub(crate) fn lose(&mut self, now: Time, events: &mut Events) -> Option<Box<Lanes>> {
        let lanes = self.lanes.take()?;
        self.alarms = Alarms::RED;
        events.push(event(self.info.span, Timeslot(0), now, Event::Alarms(Alarms::RED)));
        Some(lanes)
    }

    /// Reads a tick. The card is gone where this is an error.
    pub(crate) fn read(&mut self, tick: &mut SpanTick, now: Time, events: &mut Events) -> Result<Block, Fault> {
        let Some(lanes) = &mut self.lanes else { return Ok(Block::Missing) };
        let mut ear = Ear::new(self.info.span, now, events);
        let (mut brought, mut silent) = (0, 0);
        let quiet = self.info.law.silence();
        for lane in &mut lanes.lanes {
            let octets = &mut tick.rx[usize::from(lane.timeslot.0)];
            match lane.read(octets, &mut ear) {
                Read::Block => brought += 1,
                Read::Nothing => {
                    octets.fill(quiet);
                    silent += 1;
                }
                Read::Parked => octets.fill(quiet),
                Read::Gone => return Err(Fault::Gone),
            }
        }
        let mut heard = ear.heard;
        heard.alarms |= self.is_time_to_ask();
        self.note(heard, now, events);
        self.align(brought, silent);
        let missing = brought == 0;
        if missing && !self.absent && !self.alarms.mutes() {
            count(&self.counters.slips);
        }
        self.absent = missing;
        Ok(if missing { Block::Missing } else { Block::Fresh })
    }

    /// Writes a tick. The card is gone where this is an error.
    pub(crate) fn write(
        &mut self,
        tick: &SpanTick,
        prefill: usize,
        now: Time,
        events: &mut Events,
    ) -> Result<(), Fault> {
        if self.has_caught_up() {
            self.begin_anew();
        }
        if let Some(lanes) = &mut self.lanes {
            lanes.park(tick.used);
        }
        let held_back = self.holds_back(tick.late);
        let Some(lanes) = &mut self.lanes else { return Ok(()) };
        let mut ear = Ear::new(self.info.span, now, events);
        if !held_back {
            lanes.empty_anew(&mut ear)?;
        }
        for lane in lanes.lanes.iter_mut().filter(|lane| !(held_back && lane.flow == Flow::Restart)) {
            lane.write(&tick.tx[usize::from(lane.timeslot.0)], self.info.law, prefill, &mut ear)?;
        }
        let heard = ear.heard;
        self.note(heard, now, events);
        Ok(())
    }

    /// Whether what is begun anew waits for a tick that is in time. What is begun late ends its blocks later than the span, and
    /// what is written for it is heard later, by as much and for as long as it is used. The span that gives the clock is not
    /// waited with: where its blocks begin is where the tick does.
    fn holds_back(&mut self, late: bool) -> bool {
        let gives_clock = std::mem::take(&mut self.paces);
        let begins = self.lanes.as_ref().is_some_and(|lanes| lanes.is_begun_anew());
        let clock_begins = gives_clock && self.pacer().is_some_and(|pacer| pacer.flow == Flow::Restart);
        let holds = late && begins && !clock_begins && self.held_back < LATE_TICKS;
        self.held_back = if holds { self.held_back + 1 } else { 0 };
        holds
    }

    /// Whether the line heard silence because we were late, and all that waited has been read since.
    fn has_caught_up(&self) -> bool {
        let late = self.lanes.iter().flat_map(|lanes| &lanes.lanes).any(|lane| lane.flow == Flow::CatchUp);
        late && self.pacer().is_some_and(|pacer| !pacer.more_waits())
    }

    /// Begins all channels anew: nothing that the kernel has of them is of this moment.
    pub(crate) fn begin_anew(&mut self) {
        for lane in self.lanes.iter_mut().flat_map(|lanes| &mut lanes.lanes) {
            lane.flow.begin_anew();
        }
    }

    /// Where some channels brought a block and some did not, they are out of step and are emptied once more, all at once.
    /// What is still apart after that keeps its distance, which is at most a tick and does not change.
    fn align(&mut self, brought: usize, silent: usize) {
        if brought == 0 || self.alignings == 0 {
            return;
        }
        self.alignings = if silent == 0 { 0 } else { self.alignings - 1 };
        if silent > 0 {
            self.begin_anew();
        }
    }

    /// What the events of a tick mean to the span.
    fn note(&mut self, heard: Heard, now: Time, events: &mut Events) {
        if heard.overrun {
            count(&self.counters.overruns);
        }
        if heard.underrun {
            count(&self.counters.underruns);
        }
        if heard.overrun || heard.underrun {
            events.push(event(self.info.span, Timeslot(0), now, Event::Slip));
        }
        if heard.alarms {
            self.ask_alarms(now, events);
        }
        self.tell_batteries(heard.lines, now, events);
    }

    /// Of outside lines whose alarms changed, tells whether they are fed: a card that finds no voltage on one puts it in RED
    /// alarm, alone (`wctdm.c` and `wctdm24xxp`, `dahdi_alarm_channel`).
    fn tell_batteries(&self, lines: u32, now: Time, events: &mut Events) {
        let Some(lanes) = self.lanes.as_ref().filter(|_| lines != 0) else { return };
        let of_lines = lanes.lanes.iter().filter(|lane| lane.channel.role() == Role::Fxo);
        for lane in of_lines.filter(|lane| lines >> lane.timeslot.0 & 1 == 1) {
            let Ok(params) = ioctl::params(lane.channel.as_fd()) else { continue };
            let there = !alarms(params.chan_alarms).contains(Alarms::RED);
            events.push(event(self.info.span, lane.timeslot, now, Event::Battery { there }));
        }
    }

    fn is_time_to_ask(&mut self) -> bool {
        self.ask_in = self.ask_in.checked_sub(1).unwrap_or(ALARM_TICKS);
        self.ask_in == 0
    }

    fn ask_alarms(&mut self, now: Time, events: &mut Events) {
        let Some(lanes) = &self.lanes else { return };
        let alarms = self.control.alarms(lanes.number).unwrap_or(Alarms::RED);
        if std::mem::replace(&mut self.alarms, alarms) != alarms {
            events.push(event(self.info.span, Timeslot(0), now, Event::Alarms(alarms)));
        }
    }
}

/// What channels told in a tick, taken together: a fault of the span shows on all of them.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    overrun: bool,
    underrun: bool,
    alarms: bool,
    /// The timeslots whose own alarms changed, as bits.
    lines: u32,
}

/// Listens to the channels of a span during a tick.
struct Ear<'a> {
    span: SpanId,
    now: Time,
    events: &'a mut Events,
    heard: Heard,
}

impl<'a> Ear<'a> {
    fn new(span: SpanId, now: Time, events: &'a mut Events) -> Ear<'a> {
        Ear { span, now, events, heard: Heard::default() }
    }
}

impl Hears for Ear<'_> {
    fn told(&mut self, timeslot: Timeslot, told: Told) {
        match told {
            Told::Line(line) => self.events.push(event(self.span, timeslot, self.now, line)),
            Told::Overrun => self.heard.overrun = true,
            Told::Underrun => self.heard.underrun = true,
            Told::Alarms => {
                self.heard.alarms = true;
                self.heard.lines |= 1 << timeslot.0;
            }
            Told::Frame(_) | Told::Removed | Told::Nothing => {}
        }
    }
}

fn event(span: SpanId, timeslot: Timeslot, at: Time, event: Event) -> LineEvent {
    LineEvent { span, timeslot, at, event }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
