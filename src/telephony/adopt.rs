//! The calls of the daemon's last life, taken over from the call table (design/calls.md, "Restart").
//!
//! A call goes on where its table row, the signalling of its channels and the hooks of its telephones agree. The far
//! end of each channel is asked by STATUS ENQUIRY as soon as the data link is up, the telephones by their card, which
//! tells every hook when it is opened. What was being set up or cleared is released with cause 41.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use analog::fxs::Station;
use call::{Adoption, Endpoint, Found, Kept, KeptLeg, Line, Plan};
use frame::{CallId, LaneId, LegId, RecordingId, SpanId, Time};
use isdn::{CallHandle, Cause, Request, RestartScope};
use line::LineCommand;
use settings::{Settings, Version};

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
    /// Takes over what the last life left. `settings` are the versions that its calls began with, where they are not the
    /// newest. To be called once, before any input; drain [`Plane::poll_output`] afterwards.
    pub fn adopt(&mut self, now: Time, last: LastLife, settings: &BTreeMap<Version, Settings>) -> TakenOver {
        self.now = now;
        let mut channels = self.adopt_channels(last.channels);
        let (goes_on, over): (Vec<Found>, Vec<Found>) =
            last.calls.into_iter().map(|kept| self.find(kept, &channels)).partition(Found::goes_on);
        for found in &over {
            self.outputs.push_back(Output::Keep(Row::CallOver(found.kept.call)));
        }
        for found in &goes_on {
            for (leg, _) in found.legs() {
                channels.remove(&leg.leg);
                self.talk_on(leg, leg.leg == found.kept.caller.leg);
            }
        }
        for (span, call, _) in channels.into_values() {
            self.release(span, call);
        }
        self.quieten();
        let taken = TakenOver {
            calls: goes_on.iter().map(|found| found.kept.call).collect(),
            recordings: goes_on.iter().filter_map(|found| Some(found.kept.recording?.id)).collect(),
            gap: last.alive.map_or(Duration::ZERO, |alive| now.since(alive)),
        };
        let plan = |(version, settings): (&Version, &Settings)| {
            (version.0, Arc::new(Plan::of(settings, &self.layout, *version)))
        };
        let plans = settings.iter().map(plan).collect();
        let adoption = Adoption { gap: taken.gap, found: goes_on, agents: last.agents, plans };
        self.control.adopt(now, adoption);
        self.settle();
        taken
    }

    /// Gives each span its calls, and restarts the channels that have none.
    fn adopt_channels(&mut self, mut entries: BTreeMap<SpanId, Vec<isdn::CallEntry>>) -> Channels {
        let mut channels = Channels::new();
        for span in self.spans.values_mut() {
            let entries = entries.remove(&span.id).unwrap_or_default();
            for traced in self.machines.signalled_on(span.id) {
                entries.iter().for_each(|entry| self.traces.remember(traced, entry));
            }
            let Some(mut machine) = self.machines.get_mut(span.id) else { continue };
            for (leg, call, lane) in span.adopt(&mut machine, self.now, &entries) {
                channels.insert(leg, (span.id, call, lane));
            }
            machine.request(self.now, Request::Restart(RestartScope::Unused));
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
            // Its loop was held; where the far end has gone meanwhile, its busy tone is heard.
            Endpoint::OutsideLine { port, .. } => {
                self.outside.get(port).filter(|outside| outside.lane == leg.lane).map(|_| Line::Port(*port))
            }
        }
    }

    /// Puts the line machine of a leg back into its call.
    fn talk_on(&mut self, leg: &KeptLeg, is_caller: bool) {
        match &leg.endpoint {
            Endpoint::Station { port, .. } => {
                if let Some(station) = self.stations.get_mut(port) {
                    station.machine = Station::talking(*station.machine.settings());
                }
            }
            Endpoint::OutsideLine { port, .. } => {
                if let Some(outside) = self.outside.get_mut(port) {
                    outside.talk_on(is_caller);
                }
            }
            Endpoint::Channel { .. } => (),
        }
    }

    fn release(&mut self, span: SpanId, call: CallHandle) {
        if let Some(mut machine) = self.machines.get_mut(span) {
            machine.request(self.now, Request::Clear { call, cause: Cause::TemporaryFailure, audible: false });
        }
    }

    /// A telephone that rang when the last life ended would ring for ever, and a loop that it had closed would stay so.
    fn quieten(&mut self) {
        let idle = self.stations.values().filter(|station| station.machine.is_free());
        let (ports, mut lanes): (BTreeSet<_>, Vec<_>) = idle.map(|station| (station.port, station.lane)).unzip();
        self.unseen = ports;
        lanes.extend(self.outside.values().filter(|outside| outside.is_free()).map(|outside| outside.lane));
        self.outputs.extend(lanes.into_iter().map(|lane| Output::Line { lane, command: LineCommand::OnHook }));
    }
}
