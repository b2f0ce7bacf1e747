//! What the media thread listens for on the lanes of calls, and whom it concerns.

use call::Sound;
use dsp::{
    ear::{CallEar, Ear, Heard},
    progress::{Machine, MachineTone},
};
use frame::LaneId;

use super::plane::Plane;
use crate::media::MediaCommand;

impl Plane {
    /// Listens for machines on a lane, or no more. An outside line has an ear of its own, which hears them, too.
    pub(super) fn attend(&mut self, lane: LaneId, on: bool) {
        if self.outside_on(lane).is_some() {
            return;
        }
        let ear = || CallEar { machine: Some(Machine::new()), ..CallEar::default() };
        let ear = on.then(|| Box::new(Ear::Call(Box::new(ear()))));
        self.media(MediaCommand::Attend { lane, ear });
    }

    /// What a machine or the network says is part of the call's story; the rest is the line machine's.
    pub(super) fn heard(&mut self, lane: LaneId, heard: Heard) {
        let sound = match heard {
            Heard::Machine(MachineTone::FaxCalling) => Sound::FaxCalling,
            Heard::Machine(MachineTone::FaxAnswering) => Sound::FaxAnswering,
            Heard::Machine(MachineTone::Modem) => Sound::Modem,
            Heard::SpecialInformation => Sound::SpecialInformation,
            Heard::Tapped => return self.tapped(lane),
            Heard::Rhythm(cadence) => return self.learnt(lane, cadence),
            Heard::CallerId(_) | Heard::DialTone { .. } | Heard::BusyTone(_) | Heard::Ringback | Heard::Voice => {
                let now = self.now;
                let Some(outside) = self.outside_on(lane) else { return };
                outside.heard(now, heard);
                let port = outside.port;
                if let Heard::DialTone { .. } = heard {
                    self.alarms.dial_tone(port);
                    self.tell_whether_dead(port);
                }
                return;
            }
        };
        self.tell_control(call::Input::SoundHeard { lane, sound });
    }
}
