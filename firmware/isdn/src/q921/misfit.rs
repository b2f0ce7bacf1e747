//! Lines on which no link can be: a loop, and two ends in one role. From here both look the same, for each sends us the
//! SABME that we would send ourselves. A marked XID tells them apart: through a loop it comes back as it left.
//!
//! Source: ITU-T Q.921, 3.3.2 (commands and responses by the C/R bit); the XID of 3.6.10 is ours to use, no far end minds.

use std::time::Duration;

use frame::Time;

use super::{Address, Body, Frame, FrameOctets, LinkFault};

/// What is suspected and what is known.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Marks our probes, so that they are told from those of another box in the same role.
    distinct: u64,
    probe: Option<Probe>,
    /// What was told last.
    told: Option<LinkFault>,
    /// Probes in a row that did not come back.
    silent_probes: u8,
}

/// An XID of our own, sent because somebody spoke in our role.
#[derive(Debug)]
struct Probe {
    octets: FrameOctets,
    /// It is sent twice, since a line that loses one frame of a loop would pass for a far end in our role.
    again_at: Option<Time>,
    until: Time,
}

/// What is to be done about a probe.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Send it again.
    Repeat,
    /// It did not come back: somebody else speaks in our role.
    Silence,
}

impl Misfit {
    pub fn new(distinct: u64) -> Misfit {
        Misfit { distinct, probe: None, told: None, silent_probes: 0 }
    }

    /// When [`Misfit::handle_timeout`] has something to do.
    pub fn next_deadline(&self) -> Option<Time> {
        self.probe.as_ref().map(|probe| probe.again_at.unwrap_or(probe.until))
    }

    /// A frame in our own role was heard: the probe to send, where none is under way.
    pub fn suspect(&mut self, now: Time, t200: Duration, address: Address) -> Option<FrameOctets> {
        if self.probe.is_some() {
            return None;
        }
        let mut mark = [0; 16];
        mark[..8].copy_from_slice(&self.distinct.to_be_bytes());
        mark[8..].copy_from_slice(&now.as_us().to_be_bytes());
        let octets = Frame { address, body: Body::Exchange { poll_final: false, information: &mark } }.emit();
        self.probe = Some(Probe { octets: octets.clone(), again_at: Some(now + t200 / 2), until: now + t200 });
        Some(octets)
    }

    /// The probe that is under way.
    pub fn probe(&self) -> Option<&FrameOctets> {
        self.probe.as_ref().map(|probe| &probe.octets)
    }

    /// Whether a frame is our probe: then it is a loop.
    pub fn recognise(&mut self, octets: &[u8]) -> bool {
        let found = self.probe.take_if(|probe| probe.octets.as_slice() == octets).is_some();
        if found {
            self.silent_probes = 0;
        }
        found
    }

    /// Sends the probe once more, or says that it stays away. A loop that was found is not given up for one that may
    /// have been lost.
    pub fn handle_timeout(&mut self, now: Time) -> Option<Finding> {
        let probe = self.probe.as_mut()?;
        if probe.again_at.take_if(|at| *at <= now).is_some() && now < probe.until {
            return Some(Finding::Repeat);
        }
        self.probe.take_if(|probe| probe.until <= now)?;
        self.silent_probes = self.silent_probes.saturating_add(1);
        let convincing = self.told != Some(LinkFault::Loop) || self.silent_probes >= SILENT_PROBES;
        convincing.then_some(Finding::Silence)
    }

    /// Notes that a finding is told; true if it is news. Told once, until the link comes up or the finding changes.
    pub fn is_news(&mut self, fault: LinkFault) -> bool {
        self.told.replace(fault) != Some(fault)
    }

    /// The probe that is under way means nothing any more.
    pub fn give_up_probe(&mut self) {
        self.probe = None;
    }

    /// The link is up: all of it is history.
    pub fn forget(&mut self) {
        (self.probe, self.told, self.silent_probes) = (None, None, 0);
    }
}

/// Probes that stay away before a loop is held for gone. Six frames in a row are not lost by chance.
const SILENT_PROBES: u8 = 3;
