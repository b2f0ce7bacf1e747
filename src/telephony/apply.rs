//! New settings: what the machines of the plane take at once, what waits until they are idle, and what waits for the next
//! start.
//!
//! The answer is the greatest of what the machines answer, and [`Plane::would_apply`] is asked before [`Plane::apply`]
//! does it, so that a try says what an apply does. What only a start can do: the tones of another country, the prompts of
//! another language, to put an outside line into service or out of it, and to take a telephone or a span out of a call that
//! is on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use analog::fxs::{Apply, Station, StationSettings};
use call::Plan;
use frame::{PortId, SpanId, Time};
use settings::{Applied, CardKind, Settings, TrunkGroup, Version};

use super::{
    machines::{self, spans_of},
    plane::{Output, Plane, country, sender, station_settings},
    port::StationPort,
    port_learn::busy_tone,
    sound::Sounds,
    span::IsdnSpan,
};
use crate::media::MediaCommand;

/// What the settings' plane asks of telephony; both are answered with an [`Applied`].
#[derive(Debug)]
pub enum Change {
    /// What these settings would do now.
    Try(Arc<Settings>),
    /// Let these settings hold.
    Take {
        /// The settings.
        settings: Arc<Settings>,
        /// Their version.
        version: Version,
        /// The prompts that can be read now; those that are not loaded yet are.
        sounds: Sounds,
    },
}

impl Plane {
    /// Answers a change; drain [`Plane::poll_output`] afterwards.
    pub fn change(&mut self, now: Time, change: Change) -> Applied {
        match change {
            Change::Try(settings) => self.would_apply(&settings),
            Change::Take { settings, version, sounds } => {
                self.load_new(sounds);
                self.apply(now, settings, version)
            }
        }
    }

    /// Takes new settings; drain [`Plane::poll_output`] afterwards.
    pub fn apply(&mut self, now: Time, settings: Arc<Settings>, version: Version) -> Applied {
        self.now = now;
        let applied = self.would_apply(&settings);
        let plan = Arc::new(Plan::of(&settings, &self.layout, version));
        let of_control = self.control.apply(now, plan, &settings);
        let of_spans = self.apply_spans(&settings);
        let of_stations = self.apply_stations(&settings);
        self.change_flash_windows(&settings);
        self.change_plain_lanes(&settings);
        self.apply_outside_lines(&settings);
        self.leave_out_of_tests(&settings);
        self.name(&settings);
        self.trace_as(&settings);
        self.settings = settings;
        self.show_mailboxes();
        self.lamps_follow_settings();
        self.settle();
        applied.max(of_control).max(of_spans).max(of_stations)
    }

    /// What [`Plane::apply`] would answer now.
    pub fn would_apply(&self, settings: &Settings) -> Applied {
        let plan = Plan::of(settings, &self.layout, Version::default());
        let machines = self.machines.would_apply(&machines::wanted(settings, &self.layout, self.distinct));
        let stations = self.wanted_stations(settings);
        let kept =
            stations.iter().filter_map(|(port, row)| Some(of_station(self.stations.get(port)?.would_apply(row))));
        let removed = self.stations.values().filter(|station| !stations.contains_key(&station.port));
        [self.control.would_apply(&plan, settings), self.of_a_start(settings), machines]
            .into_iter()
            .chain(kept)
            .chain(self.outside_lines(settings).filter_map(|(port, group)| self.outside.get(&port)?.would_apply(group)))
            .chain(removed.map(|station| at_once_if(station.machine.is_free())))
            .max()
            .unwrap_or_default()
    }

    /// What is read once, when the box starts.
    fn of_a_start(&self, settings: &Settings) -> Applied {
        let of = |settings: &Settings| (settings.country, settings.language);
        let lines: BTreeSet<PortId> = self.outside_lines(settings).map(|(port, _)| port).collect();
        at_once_if(of(settings) == of(&self.settings) && lines.iter().eq(self.outside.keys()))
    }

    /// The outside lines of settings, each with its group.
    fn outside_lines<'a>(&self, settings: &'a Settings) -> impl Iterator<Item = (PortId, &'a TrunkGroup)> {
        let rows = settings.trunks.iter().flat_map(|group| group.ports.iter().map(move |port| (*port, group)));
        rows.filter(|(port, _)| self.layout.jack(*port).is_some_and(|jack| jack.kind == CardKind::Fxo))
    }

    /// An outside line is the same line in whatever group.
    fn apply_outside_lines(&mut self, settings: &Settings) {
        let now = self.now;
        let groups: Vec<(PortId, &TrunkGroup)> = self.outside_lines(settings).collect();
        for (port, group) in groups {
            if let Some(line) = self.outside.get_mut(&port) {
                line.apply(now, group, busy_tone(settings, port));
            }
        }
    }

    /// Of a port that is not tested any more nobody can say that what was wrong is over.
    fn leave_out_of_tests(&mut self, settings: &Settings) {
        let ports = self.layout.jacks.iter().map(|jack| jack.port);
        let left_out: Vec<PortId> = ports.filter(|port| !settings.tests_port(*port)).collect();
        for port in left_out {
            self.stop_port_test(port);
            self.want_cabled(port);
            self.alarms.not_tested(port);
            self.tell_whether_dead(port);
        }
    }

    fn apply_spans(&mut self, settings: &Settings) -> Applied {
        let wanted = machines::wanted(settings, &self.layout, self.distinct);
        let alarms = &self.alarms;
        let applied = self.machines.apply(self.now, wanted, |span| !alarms.of_span(span).mutes());
        let groups = self.groups_of(settings);
        for (id, group) in &groups {
            match self.spans.get_mut(id) {
                Some(span) => span.apply(group, settings),
                None => _ = self.spans.insert(*id, IsdnSpan::new(*id, group, settings)),
            }
        }
        let gone: Vec<SpanId> = self.spans.keys().filter(|id| !groups.contains_key(id)).copied().collect();
        gone.into_iter().for_each(|id| self.remove_span(id));
        groups.keys().for_each(|id| self.say_out_of_service(*id));
        applied
    }

    /// A span that serves no trunk group any more falls silent, unless a call is on it.
    fn remove_span(&mut self, id: SpanId) {
        if self.machines.get(id).is_none() {
            self.spans.remove(&id);
            self.alarms.span_gone(id);
            self.span_restarts.gone(id);
        }
    }

    /// The spans that settings use, each with its group.
    fn groups_of<'a>(&self, settings: &'a Settings) -> BTreeMap<SpanId, &'a TrunkGroup> {
        let of = |group: &'a TrunkGroup| spans_of(group, &self.layout).into_iter().map(move |span| (span, group));
        settings.trunks.iter().flat_map(of).collect()
    }

    fn apply_stations(&mut self, settings: &Settings) -> Applied {
        let (now, mut applied) = (self.now, Applied::Applied);
        let wanted = self.wanted_stations(settings);
        for (port, row) in &wanted {
            match self.stations.get_mut(port) {
                Some(station) => applied = applied.max(of_station(station.machine.apply(now, row))),
                None => self.add_station(*port, *row),
            }
        }
        let gone: Vec<PortId> = self.stations.keys().filter(|port| !wanted.contains_key(port)).copied().collect();
        applied.max(gone.into_iter().map(|port| self.remove_station(port)).max().unwrap_or_default())
    }

    fn add_station(&mut self, port: PortId, row: StationSettings) {
        let Some(lane) = self.layout.jack(port).map(|jack| jack.lane) else { return };
        let Some(sender) = sender(&self.layout, lane) else { return };
        self.stations.insert(port, StationPort::new(port, lane, row, sender));
        self.station_at.insert(lane, port);
        self.open_loudspeakers();
    }

    fn remove_station(&mut self, port: PortId) -> Applied {
        self.want_port(port);
        let Some(station) = self.stations.get(&port) else { return Applied::Applied };
        let (lane, free) = (station.lane, station.machine.is_free());
        if free {
            self.stations.remove(&port);
            self.station_at.remove(&lane);
        }
        at_once_if(free)
    }

    /// The stations of settings, each in the country whose tones are loaded.
    fn wanted_stations(&self, settings: &Settings) -> BTreeMap<PortId, StationSettings> {
        let country = country(&self.settings);
        let row = |row: &settings::Station| {
            self.layout.jack(row.port)?;
            Some((row.port, station_settings(row, country, settings.digits, &self.layout)))
        };
        settings.stations.iter().filter_map(row).collect()
    }

    /// Gives the media thread the prompts that it does not have.
    fn load_new(&mut self, sounds: Sounds) {
        for (clip, audio) in self.sounds.add_new(sounds) {
            self.outputs.push_back(Output::Media(MediaCommand::Load { clip, audio }));
        }
    }
}

impl StationPort {
    fn would_apply(&self, row: &StationSettings) -> Apply {
        Station::would_apply(&self.machine, row)
    }
}

fn of_station(applied: Apply) -> Applied {
    match applied {
        Apply::Applied => Applied::Applied,
        Apply::WhenIdle => Applied::WhenIdle,
    }
}

fn at_once_if(condition: bool) -> Applied {
    if condition { Applied::Applied } else { Applied::NeedsRestart }
}
