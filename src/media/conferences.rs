//! Who is in which conference, and what its parties hear. A party is in one as long as it hears it ([`Source::Conference`]).
//!
//! [`Source::Conference`]: super::Source::Conference

use dsp::conference::{Mixer, Part, Party};
use frame::{LANES, LaneId, SpanTick};

/// Names a conference. Any number will do: it begins with its first party and ends with its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConferenceId(pub u64);

/// All conferences of the box. At most all lanes are in one, and there is room for them from the start.
pub(super) struct Conferences {
    /// By conference; within one in the order in which they came.
    members: Vec<Member>,
    parties: Vec<Party>,
    mixer: Mixer,
}

struct Member {
    conference: ConferenceId,
    part: Part,
    lane: LaneId,
}

impl Conferences {
    /// No conference, in a box of so many spans.
    pub(super) fn new(spans: usize) -> Conferences {
        let lanes = spans * LANES;
        Conferences { members: Vec::with_capacity(lanes), parties: Vec::with_capacity(lanes), mixer: Mixer::new(lanes) }
    }

    /// A lane of the box comes into a conference; out of the one it was in.
    pub(super) fn join(&mut self, lane: LaneId, conference: ConferenceId, part: Part) {
        self.leave(lane);
        let at = self.members.partition_point(|member| member.conference <= conference);
        self.members.insert(at, Member { conference, part, lane });
    }

    /// A lane is in no conference any more.
    pub(super) fn leave(&mut self, lane: LaneId) {
        if let Some(at) = self.members.iter().position(|member| member.lane == lane) {
            self.members.remove(at);
        }
    }

    /// Fills `tx` of all parties by what the others said in this tick.
    pub(super) fn process(&mut self, ticks: &mut [Box<SpanTick>]) {
        for members in self.members.chunk_by(|one, other| one.conference == other.conference) {
            self.parties.clear();
            self.parties.extend(members.iter().map(|member| member.party(ticks)));
            self.mixer.process(&mut self.parties);
            for (Member { lane, .. }, party) in members.iter().zip(&self.parties) {
                ticks[usize::from(lane.span.0)].tx[usize::from(lane.timeslot.0)] = party.octets;
            }
        }
    }
}

impl Member {
    fn party(&self, ticks: &[Box<SpanTick>]) -> Party {
        let tick = &ticks[usize::from(self.lane.span.0)];
        Party { part: self.part, law: tick.law, octets: tick.clean[usize::from(self.lane.timeslot.0)] }
    }
}
