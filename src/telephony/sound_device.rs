//! Handsets, line-ins and loudspeakers: jacks with a sound device behind them that comes and goes, and no line.
//!
//! What a line card does for a telephone is done here. A handset's hook and keys are pressed on the page, and it rings
//! by a tone. A loudspeaker is a station that is always off its hook: it announces a call by the zip tone and answers by
//! itself. While its device is away a station is not rung; a call that talks already is kept, because a plug that slipped
//! out is no reason to end it.

use std::collections::BTreeMap;

use analog::{
    fxs::{StationEvent, StationInput},
    plan::ToneKind,
};
use call::{Heard, OfferEnd};
use frame::{LaneId, PortId, SpanId, Time};
use line::DeviceState;
use settings::{CardKind, Layout, Settings};

use super::plane::Plane;
use crate::{handles::HandsetAct, media::MediaCommand};

/// What became of an act at a handset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandsetBecame {
    /// It was done.
    Done,
    /// Its device is not there, so nobody could hear.
    NoDevice,
    /// No handset is on that jack, or it serves no station.
    NoSuchHandset,
}

/// Sound devices, and which loudspeakers open together.
#[derive(Debug, Default)]
pub(super) struct SoundDevices {
    /// How each is, as its card told last.
    states: BTreeMap<SpanId, DeviceState>,
    /// Lanes of loudspeakers that say what another says.
    followers: BTreeMap<LaneId, Vec<LaneId>>,
}

impl SoundDevices {
    /// Learns which loudspeakers open together.
    pub(super) fn group(&mut self, settings: &Settings, layout: &Layout) {
        let lane = |port: &PortId| Some(layout.jack(*port)?.lane);
        let row = |row: &settings::Station| {
            let followers: Vec<LaneId> = row.more_ports.iter().filter_map(lane).collect();
            (!followers.is_empty()).then_some((lane(&row.port)?, followers))
        };
        self.followers = settings.stations.iter().filter_map(row).collect();
    }

    fn is_there(&self, lane: LaneId) -> bool {
        self.states.get(&lane.span) == Some(&DeviceState::There)
    }

    fn followers(&self, lane: LaneId) -> impl Iterator<Item = LaneId> + '_ {
        self.followers.get(&lane).into_iter().flatten().copied()
    }

    /// Whether somebody would hear: of loudspeakers that open together, one is enough.
    pub(super) fn would_sound(&self, lane: LaneId) -> bool {
        self.is_there(lane) || self.followers(lane).any(|lane| self.is_there(lane))
    }

    /// What other lanes are to be told with `command`.
    pub(super) fn also(&self, command: &MediaCommand) -> Vec<MediaCommand> {
        match *command {
            MediaCommand::Hear { lane, source } => {
                self.followers(lane).map(|lane| MediaCommand::Hear { lane, source }).collect()
            }
            MediaCommand::Reset { lane } => self.followers(lane).map(|lane| MediaCommand::Reset { lane }).collect(),
            _ => Vec::new(),
        }
    }
}

impl Plane {
    /// What kind of sound jack a lane is, if it is one.
    pub(super) fn sound_kind(&self, lane: LaneId) -> Option<CardKind> {
        self.layout.span(lane.span).map(|place| place.kind).filter(|kind| kind.is_sound())
    }

    /// A sound card told how its device is.
    pub(super) fn sound_device(&mut self, span: SpanId, state: DeviceState) {
        self.sound_devices.states.insert(span, state);
        let Some(jack) = self.layout.jacks.iter().find(|jack| jack.lane.span == span) else { return };
        self.alarms.sound_device(jack.port, jack.device.as_deref().unwrap_or_default(), state);
        let lane = jack.lane;
        let opens = |leader: LaneId| leader == lane || self.sound_devices.followers(leader).any(|of| of == lane);
        let concerned = self.stations.values().filter(|station| opens(station.lane));
        for port in concerned.map(|station| station.port).collect::<Vec<_>>() {
            self.station_device(port);
        }
    }

    /// The device of a station came or went.
    fn station_device(&mut self, port: PortId) {
        let Some(station) = self.stations.get(&port) else { return };
        let sounds = self.sound_devices.would_sound(station.lane);
        if !sounds && station.machine.is_called() {
            return self.not_there(port);
        }
        if station.machine.is_free() {
            let event = if sounds { station.now_free() } else { StationEvent::LeftOffHook };
            self.tell_control(call::Input::Station { port, event });
        }
    }

    /// A station can't be rung, and is not to be offered calls until its device is back.
    pub(super) fn not_there(&mut self, port: PortId) {
        self.ring_refused(port, OfferEnd::NoDevice);
        self.tell_control(call::Input::Station { port, event: StationEvent::LeftOffHook });
    }

    /// Rings a handset by a tone, or no more.
    pub(super) fn ring_by_tone(&mut self, lane: LaneId, on: bool) {
        match on {
            true => self.hear(lane, Heard::Tone(ToneKind::Ringback)),
            false if self.control.has_leg_on(lane) => self.hear(lane, Heard::Silence),
            false => self.free(lane),
        }
    }

    /// Takes loudspeakers off the hook for good.
    pub(super) fn open_loudspeakers(&mut self) {
        for station in self.stations.values_mut() {
            let kind = self.layout.jack(station.port).map(|jack| jack.kind);
            if kind == Some(CardKind::Loudspeaker) {
                // Once is enough; the machine takes no notice of the second time.
                station.machine.handle_input(self.now, StationInput::OffHook);
            }
        }
    }

    /// A person does something at a handset; drain [`Plane::poll_output`] afterwards.
    pub fn handset(&mut self, now: Time, port: PortId, act: HandsetAct) -> HandsetBecame {
        self.now = now;
        let is_handset = self.layout.jack(port).is_some_and(|jack| jack.kind == CardKind::Handset);
        let Some(station) = self.stations.get_mut(&port).filter(|_| is_handset) else {
            return HandsetBecame::NoSuchHandset;
        };
        let sounds = self.sound_devices.would_sound(station.lane);
        if act == HandsetAct::Lift && !sounds {
            return HandsetBecame::NoDevice;
        }
        let lane = station.lane;
        station.machine.handle_input(now, input(act));
        self.settle();
        self.sound_key(lane, act);
        // It may have been put down long after its device went away.
        self.station_device(port);
        self.settle();
        HandsetBecame::Done
    }

    /// A key in a call is heard by who is there, as a telephone's is.
    fn sound_key(&mut self, lane: LaneId, act: HandsetAct) {
        let HandsetAct::Key(key) = act else { return };
        if let Some(key) = self.sounds.key(key.as_char()).filter(|_| self.control.has_leg_on(lane)) {
            self.media(MediaCommand::Press { lane, key });
        }
    }
}

fn input(act: HandsetAct) -> StationInput {
    match act {
        HandsetAct::Lift => StationInput::OffHook,
        HandsetAct::PutDown => StationInput::OnHook,
        HandsetAct::Key(key) => StationInput::Digit(key.as_char()),
    }
}
