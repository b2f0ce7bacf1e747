//! How the audio of one channel flows, and what the next write has to do for it.
//!
//! The kernel keeps blocks of 80 octets both ways. Reading frees one, writing fills one; the two run at the same pace, so
//! what waits to be sent stays as long as it was at the start: the prefill. Each time that goes wrong it is put right here.
//! Source: `dahdi_chan_read`, `_write`, `__putbuf_chunk`, `__getbuf_chunk` of DAHDI 2.11.

/// How the audio of a channel flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// What the kernel has is worth nothing: both ways are emptied and begun anew.
    Restart,
    /// A block is read and a block is written each tick.
    Running,
    /// The box came late and the line heard silence. To write what was missed would delay everything from now on, so
    /// nothing is written until all that waits was read. Then the whole span is begun anew.
    CatchUp,
    /// The kernel dials by pulses; a write would end it.
    Dialling,
    /// What is to be sent was emptied for something else, and has to be filled again.
    Refill,
    /// Nobody uses the channel: it is neither read nor written, and the kernel sends the line silence.
    Parked,
}

/// What the next write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// Writes the block.
    Block,
    /// Empties both ways, then writes the prefill, of which the block is the last.
    Restart,
    /// Empties what is to be sent, then writes the prefill.
    Refill,
    /// Writes nothing.
    Nothing,
}

impl Flow {
    /// Whether a block is read in this tick.
    pub(crate) fn reads(self) -> bool {
        !matches!(self, Flow::Restart | Flow::Parked)
    }

    /// Nobody uses the channel any more.
    pub(crate) fn park(&mut self) {
        *self = Flow::Parked;
    }

    /// Somebody uses the channel. True where nobody did, so that it is begun anew.
    pub(crate) fn wake(&mut self) -> bool {
        let slept = *self == Flow::Parked;
        if slept {
            *self = Flow::Restart;
        }
        slept
    }

    /// The kernel threw audio away: where a block begins is lost with it. True where it was flowing.
    pub(crate) fn overrun(&mut self) -> bool {
        let flowed = self.reads();
        self.begin_anew();
        flowed
    }

    /// The kernel had nothing to send. True where it should have had.
    pub(crate) fn underrun(&mut self) -> bool {
        let flowed = *self == Flow::Running;
        if flowed {
            *self = Flow::CatchUp;
        }
        flowed
    }

    /// What the kernel has is worth nothing: all its room is full of what was to be sent, or all of it was emptied.
    pub(crate) fn begin_anew(&mut self) {
        if *self != Flow::Parked {
            *self = Flow::Restart;
        }
    }

    /// The kernel begins to dial.
    pub(crate) fn dials(&mut self) {
        *self = Flow::Dialling;
    }

    /// The kernel has dialled, or something else emptied what is to be sent; or the line stood still, so that more waits to
    /// be sent than should.
    pub(crate) fn emptied(&mut self) {
        if self.reads() {
            *self = Flow::Refill;
        }
    }

    /// What this tick's write does; `more_waits` tells whether another block is there to be read.
    pub(crate) fn next_write(&mut self, more_waits: impl Fn() -> bool) -> Write {
        let (next, write) = match *self {
            Flow::Running => (Flow::Running, Write::Block),
            Flow::Dialling => (Flow::Dialling, Write::Nothing),
            Flow::Restart => (Flow::Running, Write::Restart),
            Flow::CatchUp => (Flow::CatchUp, Write::Nothing),
            Flow::Refill if more_waits() => (Flow::Refill, Write::Nothing),
            Flow::Refill => (Flow::Running, Write::Refill),
            Flow::Parked => (Flow::Parked, Write::Nothing),
        };
        *self = next;
        write
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A channel of the kernel: what waits both ways, counted in blocks.
    struct Kernel {
        received: usize,
        to_send: VecDeque<u32>,
        sent: Vec<Option<u32>>,
        idle: bool,
    }

    const BUFFERS: usize = 8;
    const PREFILL: usize = 2;

    impl Kernel {
        fn new() -> Kernel {
            Kernel { received: 0, to_send: VecDeque::new(), sent: Vec::new(), idle: true }
        }

        /// 10 ms of the line. What is to be told of it.
        fn tick(&mut self, flow: &mut Flow) {
            let sent = self.to_send.pop_front();
            if sent.is_none() && !self.idle {
                flow.underrun();
            }
            self.idle = sent.is_none();
            self.sent.push(sent);
            if self.received == BUFFERS {
                flow.overrun();
            } else {
                self.received += 1;
            }
        }

        /// What the box does in a tick.
        fn work(&mut self, flow: &mut Flow, block: u32) {
            if flow.reads() {
                self.received = self.received.saturating_sub(1);
            }
            if *flow == Flow::CatchUp && self.received == 0 {
                flow.begin_anew();
            }
            match flow.next_write(|| self.received > 0) {
                Write::Nothing => {}
                Write::Block if self.to_send.len() == BUFFERS => flow.begin_anew(),
                Write::Block => self.to_send.push_back(block),
                write => {
                    if write == Write::Restart {
                        self.received = 0;
                    }
                    self.to_send = (1..PREFILL).map(|_| 0).chain([block]).collect();
                }
            }
        }
    }

    /// Runs `ticks`; in those of `late` the box does nothing, and works off what waits in the next one.
    fn run(ticks: u32, late: std::ops::Range<u32>) -> (Kernel, Flow) {
        let (mut kernel, mut flow) = (Kernel::new(), Flow::Restart);
        kernel.work(&mut flow, 1);
        for tick in 2..ticks {
            kernel.tick(&mut flow);
            if late.contains(&tick) {
                continue;
            }
            kernel.work(&mut flow, tick);
            while kernel.received > 0 {
                kernel.work(&mut flow, tick);
            }
        }
        (kernel, flow)
    }

    #[test]
    fn in_time_the_line_hears_every_block_after_the_prefill() {
        let (kernel, flow) = run(100, 0..0);
        assert_eq!(flow, Flow::Running);
        assert_eq!(kernel.to_send.len(), PREFILL);
        let heard: Vec<u32> = kernel.sent.iter().flatten().copied().collect();
        assert_eq!(heard[..5], [0, 1, 2, 3, 4]);
        assert_eq!(heard.len(), kernel.sent.len(), "no silence");
    }

    #[test]
    fn however_late_the_box_was_what_waits_is_the_prefill_again() {
        for ticks_late in 1..20 {
            let (kernel, flow) = run(100, 40..40 + ticks_late);
            assert_eq!(flow, Flow::Running, "{ticks_late} ticks late");
            assert_eq!(kernel.to_send.len(), PREFILL, "{ticks_late} ticks late");
            assert_eq!(kernel.received, 0, "{ticks_late} ticks late");
        }
    }

    #[test]
    fn a_box_that_is_one_tick_late_is_not_heard() {
        let (kernel, _) = run(100, 40..41);
        assert!(kernel.sent.iter().all(Option::is_some));
    }

    #[test]
    fn a_line_that_stood_still_does_not_delay_what_comes_after() {
        for stood_still in 1..30 {
            let (mut kernel, mut flow) = run(50, 0..0);
            (0..stood_still).for_each(|block| kernel.work(&mut flow, block));
            flow.emptied();
            for block in 100..110 {
                kernel.tick(&mut flow);
                kernel.work(&mut flow, block);
            }
            assert_eq!(kernel.to_send.len(), PREFILL, "stood still for {stood_still} ticks");
        }
    }

    #[test]
    fn a_parked_channel_is_left_alone_until_it_is_used_and_is_begun_anew_then() {
        let mut flow = Flow::Running;
        flow.park();
        assert!(!flow.reads() && !flow.overrun() && !flow.underrun(), "nobody was there, so nothing was lost");
        flow.begin_anew();
        flow.emptied();
        assert_eq!((flow, flow.next_write(|| true)), (Flow::Parked, Write::Nothing));
        assert!(flow.wake());
        assert!(!flow.wake(), "it is used already");
        assert_eq!((flow.reads(), flow.next_write(|| true)), (false, Write::Restart));
        assert!(flow.reads());
    }

    #[test]
    fn while_the_kernel_dials_nothing_is_written_and_afterwards_it_is_filled_again() {
        let mut flow = Flow::Running;
        flow.dials();
        assert!(!flow.underrun(), "nobody writes, so it is no fault");
        assert_eq!(flow.next_write(|| false), Write::Nothing);
        flow.emptied();
        assert_eq!(flow.next_write(|| true), Write::Nothing, "this tick is late");
        assert_eq!(flow.next_write(|| false), Write::Refill);
        assert_eq!(flow.next_write(|| true), Write::Block);
    }
}
