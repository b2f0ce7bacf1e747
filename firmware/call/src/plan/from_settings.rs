//! The plan of a settings document on a board. Both were checked before, so a row that names what is not there is left
//! out here rather than reported again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use settings::{CardKind, Layout, Lock, NumberRow, Record, Role, Settings, StationClass, Version};

use super::{
    DialCodes, Group, HotLine, MaskingPlan, Music, Plan, Polish, ServiceCodes, SpecialRow, Station, Target, Trunk,
};
use crate::MailPlan;

impl Plan {
    /// The plan that `settings` make on a board.
    pub fn of(settings: &Settings, layout: &Layout, version: Version) -> Plan {
        let groups: Vec<Group> = settings.trunks.iter().map(|row| group(row, layout)).collect();
        let otherwise = settings
            .trunks
            .iter()
            .filter_map(|row| Some((row.name.clone(), target(row.otherwise.as_ref()?, settings)?)));
        let compartments = settings.queues.iter().filter_map(|row| Some((row.name.clone(), row.compartment.clone()?)));
        let is_special = |row: &&NumberRow| row.diverted_from.is_some() || row.subaddress.is_some();
        let (special, plain): (Vec<_>, Vec<_>) = settings.numbers.iter().partition(is_special);
        let numbers = plain.iter().filter_map(|row| Some((row.number.clone(), target(&row.to, settings)?)));
        Plan {
            version: version.0,
            stations: stations(settings, layout),
            extensions: extensions(settings),
            ddi: numbers.collect(),
            special: special.iter().filter_map(|row| special_row(row, settings)).collect(),
            default_target: otherwise.collect(),
            groups,
            emergency: settings.emergency_numbers(),
            codes: DialCodes::of(&settings.codes, settings.pauses.len()),
            digits: settings.digits,
            locked: locked(settings),
            unlock_code: settings.codes.unlock.clone(),
            pauses: settings.pauses.clone(),
            services: ServiceCodes::of(&settings.services),
            forward: settings.forward.clone(),
            pickup_groups: pickup_groups(settings),
            mail: settings.mail.as_ref().map(mail),
            park_returns_s: settings.park.returns_s,
            rings: settings.rings,
            transfer: settings.transfer.clone(),
            keep_one_free: settings.emergency.keep_one_channel_free,
            withhold_code: settings.codes.withhold_number.clone(),
            malicious_code: settings.codes.malicious_call.clone(),
            line_flash_code: settings.codes.line_flash.clone(),
            masking: masking(settings),
            supervise_code: settings.codes.supervise.clone(),
            supervised: supervised(settings),
            call_back_code: settings.codes.call_back.clone(),
            no_call_back_code: settings.codes.no_call_back.clone(),
            flows: settings.flows.iter().map(|flow| (flow.name.clone(), Arc::new(flow.clone()))).collect(),
            music: settings.queues.iter().map(|queue| (queue.name.clone(), music(queue, layout))).collect(),
            whispers: settings.queues.iter().filter_map(|row| Some((row.name.clone(), row.whisper.clone()?))).collect(),
            unrecorded_flows: unrecorded(settings.flows.iter().map(|flow| (&flow.name, flow.record))),
            unrecorded_queues: unrecorded(settings.queues.iter().map(|queue| (&queue.name, queue.record))),
            compartments: compartments.collect(),
            polish: settings.queues.iter().filter_map(|queue| Some((queue.name.clone(), polish(queue)?))).collect(),
        }
    }
}

fn mail(mail: &settings::Mail) -> MailPlan {
    let message = Duration::from_secs(mail.message_s.into());
    MailPlan { code: mail.hear.clone(), message, messages: mail.messages.into() }
}

fn masking(settings: &Settings) -> MaskingPlan {
    let members = settings.queues.iter().flat_map(|queue| &queue.members);
    let faxes = settings.stations.iter().filter(|row| row.class == StationClass::Fax);
    MaskingPlan {
        rules: settings.masking.clone(),
        secret_input_code: settings.codes.secret_input.clone(),
        pause_code: settings.codes.pause.clone(),
        agents: members.filter_map(|extension| Some(settings.station(extension)?.port)).collect(),
        faxes: faxes.map(|row| row.port).collect(),
    }
}

fn locked(settings: &Settings) -> BTreeMap<frame::PortId, Lock> {
    let rows = settings.stations.iter().map(|station| (station.port, station.lock));
    rows.filter(|(_, lock)| *lock != Lock::Open).collect()
}

fn pickup_groups(settings: &Settings) -> Vec<Vec<frame::PortId>> {
    let port = |extension: &String| settings.station(extension).map(|station| station.port);
    settings.pickup_groups.iter().map(|group| group.stations.iter().filter_map(port).collect()).collect()
}

fn supervised(settings: &Settings) -> BTreeMap<String, settings::Supervision> {
    let open = settings.queues.iter().filter(|queue| queue.supervision != settings::Supervision::None);
    open.map(|queue| (queue.name.clone(), queue.supervision)).collect()
}

fn music(queue: &settings::Queue, layout: &Layout) -> Music {
    let from = queue.music_from.and_then(|port| layout.jack(port)).map(|jack| jack.lane);
    Music { name: queue.music.clone(), from }
}

fn polish(queue: &settings::Queue) -> Option<Polish> {
    let &settings::Queue { noise_reduction, automatic_gain, .. } = queue;
    (noise_reduction || automatic_gain).then_some(Polish { noise_reduction, automatic_gain })
}

fn stations(settings: &Settings, layout: &Layout) -> BTreeMap<frame::PortId, Station> {
    let row = |station: &settings::Station| {
        let lane = layout.jack(station.port)?.lane;
        let (port, extension) = (station.port, station.extension.clone());
        let works_here = |person: &&settings::Person| person.extension.as_deref() == Some(&station.extension);
        let person = settings.people.iter().find(works_here).map(|person| person.id);
        Some((
            port,
            Station {
                port,
                lane,
                extension,
                name: station.name.clone(),
                person,
                record: station.record == Record::All,
                withholds: station.withhold_number,
                // None of the features is there on a locked telephone.
                consults: station.flash == settings::Flash::Conference && station.lock == Lock::Open,
                flashes_line: station.flash == settings::Flash::Exchange && station.lock == Lock::Open,
                lets_wait: settings.has_call_waiting(station),
                mail: station.mail,
                calls: station.calls.as_ref().map(|number| HotLine {
                    dialled: number.clone(),
                    after: Duration::from_secs(station.calls_after_s.into()),
                }),
                class: station.class,
            },
        ))
    };
    settings.stations.iter().filter_map(row).collect()
}

fn extensions(settings: &Settings) -> BTreeMap<String, Target> {
    let stations = settings.stations.iter().map(|row| (row.extension.clone(), Target::Station(row.port)));
    let queues =
        settings.queues.iter().filter_map(|row| Some((row.extension.clone()?, Target::Queue(row.name.clone()))));
    let places = settings.park.places.iter().map(|place| (place.clone(), Target::Park(place.clone())));
    stations.chain(queues).chain(places).collect()
}

fn special_row(row: &NumberRow, settings: &Settings) -> Option<SpecialRow> {
    let (number, to) = (row.number.clone(), target(&row.to, settings)?);
    let (diverted_from, subaddress) = (row.diverted_from.clone(), row.subaddress.clone());
    Some(SpecialRow { number, diverted_from, subaddress, to })
}

fn target(row: &settings::Target, settings: &Settings) -> Option<Target> {
    Some(match row {
        settings::Target::Flow(name) => Target::Flow(name.clone()),
        settings::Target::Queue(name) => Target::Queue(name.clone()),
        settings::Target::Station(extension) => Target::Station(settings.station(extension)?.port),
    })
}

fn group(row: &settings::TrunkGroup, layout: &Layout) -> Group {
    let trunk = |port: &frame::PortId| {
        let jack = layout.jack(*port)?;
        Some(match jack.kind {
            CardKind::E1 | CardKind::T1 => {
                let channels = layout.span(jack.lane.span)?.voice().count() as u16;
                Trunk::Span { span: jack.lane.span, channels }
            }
            CardKind::Fxo | CardKind::Fxs => Trunk::OutsideLine { port: *port, lane: jack.lane },
            CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => return None,
        })
    };
    let trunks = row.ports.iter().filter_map(trunk).collect();
    Group {
        name: row.name.clone(),
        prefix: row.outside_prefix.clone(),
        trunks,
        shown: row.shown_number.clone(),
        dials: row.role == Role::Network,
        hand_over: row.hand_over,
        joins: row.joins_calls,
    }
}

fn unrecorded<'a>(rows: impl Iterator<Item = (&'a String, Record)>) -> Vec<String> {
    rows.filter(|(_, record)| *record == Record::None).map(|(name, _)| name.clone()).collect()
}
