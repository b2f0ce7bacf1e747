//! The calls of the daemon's last life, taken over from the call table (design/calls.md, "Restart").
//!
//! A call goes on where its table row, the signalling of its channels and the hooks of its telephones agree. The far
//! end of each channel is asked by STATUS ENQUIRY as soon as the data link is up, the telephones by their card, which
//! tells every hook when it is opened. What was being set up or cleared is released with cause 41.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use analog::fxs::Station;
use call::{Endpoint, Found, Kept, KeptLeg, Line};
use frame::{CallId, LaneId, LegId, RecordingId, SpanId, Time};
use isdn::{CallHandle, Cause, Request, RestartScope};
use line::LineCommand;

use super::{
    call_table::{LastLife, Row},
    plane::{Output, Plane},
};

/// What was taken over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// The calls that go on.
    pub calls: BTreeSet<CallId>,
    /// Their recordings, which get another part.
    pub recordings: BTreeSet<RecordingId>,
    /// How long nobody carried the voices.
    pub gap: Duration,
}

/// The active calls of all spans, by leg.
type Channels = BTreeMap<LegId, (SpanId, CallHandle, LaneId)>;

impl Plane {
    /// Takes over what the last life left. To be called once, before any input; drain [`Plane::poll_output`] afterwards.
    pub fn adopt(&mut self, now: Time, last: LastLife) -> TakenOver {
        self.now = now;
        let mut channels = self.adopt_channels(last.channels);
        let (goes_on, over): (Vec<Found>, Vec<Found>) =
            last.calls.into_iter().map(|kept| self.find(kept, &channels)).partition(Found::goes_on);
        for found in &over {
            self.outputs.push_back(Output::Keep(Row::CallOver(found.kept.call)));
        }
        for leg in goes_on.iter().flat_map(Found::legs).map(|(leg, _)| leg) {
            channels.remove(&leg.leg);
            self.station_talks(leg);
        }
        for (span, call, _) in channels.into_values() {
            self.release(span, call);
        }
        self.quieten_stations();
        let taken = TakenOver {
            calls: goes_on.iter().map(|found| found.kept.call).collect(),
            recordings: goes_on.iter().filter_map(|found| Some(found.kept.recording?.id)).collect(),
            gap: last.alive.map_or(Duration::ZERO, |alive| now.since(alive)),
        };
        self.control.adopt(now, taken.gap, goes_on, last.agents);
        self.settle();
        taken
    }

    /// Gives each span its calls, and restarts the channels that have none.
    fn adopt_channels(&mut self, mut entries: BTreeMap<SpanId, Vec<isdn::CallEntry>>) -> Channels {
        let mut channels = Channels::new();
        for span in self.spans.values_mut() {
            let entries = entries.remove(&span.id).unwrap_or_default();
            for (leg, call, lane) in span.adopt(self.now, &entries) {
                channels.insert(leg, (span.id, call, lane));
            }
            let restart = Request::Restart(RestartScope::Unused);
            span.machine.handle_input(self.now, isdn::Input::Request(restart));
        }
        let without_span = entries.into_iter().flat_map(|(span, entries)| entries.into_iter().map(move |e| (span, e)));
        let rows = without_span.map(|(span, entry)| Output::Keep(Row::ChannelOver(span, entry)));
        self.outputs.extend(rows);
        channels
    }

    fn find(&self, kept: Kept, channels: &Channels) -> Found {
        let line = |leg: &KeptLeg| self.line_of(leg, channels);
        let (caller, called) = (line(&kept.caller), kept.called.as_ref().and_then(line));
        Found { kept, caller, called }
    }

    /// The line of a leg, where it was held and is still what it was.
    fn line_of(&self, leg: &KeptLeg, channels: &Channels) -> Option<Line> {
        match &leg.endpoint {
            Endpoint::Channel { .. } => {
                let &(span, call, lane) = channels.get(&leg.leg)?;
                (lane == leg.lane).then_some(Line::Isdn { span, call })
            }
            Endpoint::Station { port, .. } => {
                self.stations.get(port).filter(|station| station.lane == leg.lane).map(|_| Line::Port(*port))
            }
            // Nothing tells yet in which state an outside line was left.
            Endpoint::OutsideLine { .. } => None,
        }
    }

    fn station_talks(&mut self, leg: &KeptLeg) {
        let Endpoint::Station { port, .. } = &leg.endpoint else { return };
        if let Some(station) = self.stations.get_mut(port) {
            station.machine = Station::talking(*station.machine.settings());
        }
    }

    fn release(&mut self, span: SpanId, call: CallHandle) {
        if let Some(span) = self.spans.get_mut(&span) {
            let clear = Request::Clear { call, cause: Cause::TemporaryFailure, audible: false };
            span.machine.handle_input(self.now, isdn::Input::Request(clear));
        }
    }

    /// A telephone that rang when the last life ended would ring for ever.
    fn quieten_stations(&mut self) {
        let idle = self.stations.values().filter(|station| station.machine.is_free());
        let (ports, lanes): (BTreeSet<_>, Vec<_>) = idle.map(|station| (station.port, station.lane)).unzip();
        self.unseen = ports;
        self.outputs.extend(lanes.into_iter().map(|lane| Output::Line { lane, command: LineCommand::OnHook }));
    }
}
