//! The audio of one channel: a block read and a block written each tick, with all that comes between.

use std::{io, os::fd::AsFd, sync::Arc};

use dahdi_sys as sys;
use frame::{Law, OCTETS_PER_TICK, Octets, Timeslot};
use line::Event;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::{
    channel::{Ask, Channel},
    event::{Role, Told, decode},
    fault::Fault,
    flow::{Flow, Write},
    ioctl,
};

/// The events that the kernel keeps of a channel (`DAHDI_MAX_EVENTSIZE`): no tick fetches more, whatever comes meanwhile.
const EVENTS_A_TICK: usize = sys::DAHDI_MAX_EVENTSIZE as usize;

/// After so many ticks without a block the line stood still: what we wrote meanwhile waits, and would delay all that comes.
const STOOD_STILL: u8 = 3;

/// How often a channel that is used again is fitted to its span's blocks, from then until it is left alone: once is enough for
/// a thread that is woken before the kernel works again. One that ends its blocks with the span's only nearly misses one
/// of them later, and would be heard a tick later from then on. What is still apart in the end keeps its distance, which
/// is at most a tick.
const FITTINGS: u8 = 4;

/// What a tick's read of a channel came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// A block.
    Block,
    /// None is there yet.
    Nothing,
    /// Nobody uses the channel, so none was asked for.
    Parked,
    /// The card is gone.
    Gone,
}

/// What happened in a channel that its span has to know.
pub(crate) trait Hears {
    /// An event of the channel was fetched.
    fn told(&mut self, timeslot: Timeslot, told: Told);
}

/// A channel with audio.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) timeslot: Timeslot,
    pub(crate) channel: Arc<Channel>,
    pub(crate) flow: Flow,
    missed: u8,
    /// How often its blocks may still be begun anew, so that they end when those of the span do.
    fittings: u8,
}

impl Lane {
    pub(crate) fn new(timeslot: Timeslot, channel: Arc<Channel>) -> Lane {
        Lane { timeslot, channel, flow: Flow::Restart, missed: 0, fittings: 0 }
    }

    /// Reads this tick's block.
    pub(crate) fn read(&mut self, into: &mut Octets, hears: &mut impl Hears) -> Read {
        if self.flow == Flow::Parked {
            return Read::Parked;
        }
        if !self.flow.reads() {
            return Read::Nothing;
        }
        match self.try_for(hears, |channel| channel.read(into)) {
            Ok(OCTETS_PER_TICK) => {
                if std::mem::take(&mut self.missed) >= STOOD_STILL {
                    self.flow.emptied();
                }
                Read::Block
            }
            Err(Fault::Gone) => Read::Gone,
            // A short block is one whose buffer was emptied while it was filled.
            Ok(_) | Err(Fault::NotNow | Fault::Event) => {
                self.missed = self.missed.saturating_add(1);
                self.fit();
                Read::Nothing
            }
        }
    }

    /// Begins the block that comes in anew, at the end of a block of the span. What goes out stays as it is.
    fn fit(&mut self) {
        if self.fittings > 0 && self.flow == Flow::Running {
            self.fittings -= 1;
            // What the kernel refuses here is a card that is gone, which the next read finds.
            let _ = self.channel.flush_reads();
        }
    }

    /// Whether somebody uses the channel in this tick. Only a B-channel can be left alone: the others tell of their hooks.
    pub(crate) fn used(&mut self, used: bool) {
        if !used && self.channel.role() == Role::Bearer {
            self.flow.park();
        } else if self.flow.wake() {
            self.fittings = FITTINGS;
        }
    }

    /// Writes this tick's block. Where the flow is begun anew, [`Lane::empty`] has been called just before.
    pub(crate) fn write(
        &mut self,
        block: &Octets,
        law: Law,
        prefill: usize,
        hears: &mut impl Hears,
    ) -> Result<(), Fault> {
        self.carry_out_asked();
        let channel = Arc::clone(&self.channel);
        match self.flow.next_write(|| is_readable(&channel)) {
            Write::Nothing => Ok(()),
            Write::Block => self.put(block, hears),
            Write::Refill => {
                channel.flush_writes().map_err(|why| Fault::of(&why))?;
                self.fill(block, law, prefill, hears)
            }
            Write::Restart => self.fill(block, law, prefill, hears),
        }
    }

    /// Fetches what waits, then empties both ways.
    pub(crate) fn empty(&mut self, hears: &mut impl Hears) -> Result<(), Fault> {
        self.fetch_events(hears)?;
        self.missed = 0;
        self.channel.flush_both().map_err(|why| Fault::of(&why))
    }

    /// Whether another block is there to be read.
    pub(crate) fn more_waits(&self) -> bool {
        is_readable(&self.channel)
    }

    /// Writes the prefill, of which `block` is the last.
    pub(crate) fn fill(
        &mut self,
        block: &Octets,
        law: Law,
        prefill: usize,
        hears: &mut impl Hears,
    ) -> Result<(), Fault> {
        self.flow = Flow::Running;
        let quiet = [law.silence(); OCTETS_PER_TICK];
        (1..prefill).try_for_each(|_| self.put(&quiet, hears))?;
        self.put(block, hears)
    }

    fn put(&mut self, block: &Octets, hears: &mut impl Hears) -> Result<(), Fault> {
        match self.try_for(hears, |channel| channel.write(block)) {
            Ok(_) => Ok(()),
            Err(Fault::Gone) => Err(Fault::Gone),
            Err(Fault::NotNow | Fault::Event) => {
                self.flow.begin_anew();
                Ok(())
            }
        }
    }

    /// Tries, and fetches the events that stand in the way.
    fn try_for(
        &mut self,
        hears: &mut impl Hears,
        mut act: impl FnMut(&Channel) -> io::Result<usize>,
    ) -> Result<usize, Fault> {
        let mut fault = match act(&self.channel) {
            Ok(octets) => return Ok(octets),
            Err(why) => Fault::of(&why),
        };
        if fault == Fault::Event {
            self.fetch_events(hears)?;
            if !self.flow.reads() {
                return Err(Fault::NotNow);
            }
            fault = match act(&self.channel) {
                Ok(octets) => return Ok(octets),
                Err(why) => Fault::of(&why),
            };
        }
        Err(fault)
    }

    fn fetch_events(&mut self, hears: &mut impl Hears) -> Result<(), Fault> {
        for _ in 0..EVENTS_A_TICK {
            let Some(number) = self.channel.event().map_err(|why| Fault::of(&why))? else { return Ok(()) };
            match decode(self.channel.role(), number) {
                Told::Removed => return Err(Fault::Gone),
                // Only what was flowing can be torn off.
                told @ Told::Overrun if !self.flow.overrun() => _ = told,
                told @ Told::Underrun if !self.flow.underrun() => _ = told,
                told => {
                    if let Told::Line(event) = told {
                        self.follow(event);
                    }
                    hears.told(self.timeslot, told);
                }
            }
        }
        Ok(())
    }

    /// What the port itself has to do about an event, at once.
    fn follow(&mut self, event: Event) {
        let moved = match event {
            // Ring trip: the kernel goes on with the cadence until it is told that the port is off-hook.
            Event::OffHook => Some(sys::DAHDI_OFFHOOK),
            // Not `ONHOOK`, which would empty the buffers and drop the feed once more.
            Event::OnHook if self.channel.role() == Role::Fxs => Some(sys::DAHDI_RINGOFF),
            Event::DialComplete => {
                self.flow.emptied();
                None
            }
            _ => None,
        };
        if let Some(hook) = moved {
            self.channel.set_off_hook(event == Event::OffHook);
            // What the kernel refuses here is a card that is gone, which the next read finds.
            let _ = ioctl::hook(self.channel.as_fd(), hook);
        }
    }

    /// What signalling asked for, and would have been cut short or torn off between two ticks.
    fn carry_out_asked(&mut self) {
        // What the kernel refuses here is a card that is gone, which the next read finds.
        match self.channel.take_asked() {
            Some(Ask::Pulse(digit)) if ioctl::dial(self.channel.as_fd(), &[b'P', digit]).is_ok() => self.flow.dials(),
            Some(Ask::Drop) if ioctl::hook(self.channel.as_fd(), sys::DAHDI_ONHOOK).is_ok() => self.flow.begin_anew(),
            Some(_) | None => {}
        }
    }
}

/// Whether a block waits to be read.
fn is_readable(channel: &Channel) -> bool {
    let mut fds = [PollFd::new(channel.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
        && fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN))
}
