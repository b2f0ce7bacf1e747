//! Outside lines whose busy tone is learnt: which are under way, and how their steps become commands to line and media thread.
//!
//! Who calls in on such a line is no call: call control does not know of it, and whoever wants the line gets it.
//! Not here: what is heard (`analog::port_learn`, `dsp::progress::Learner`).

use std::collections::BTreeMap;

use analog::{
    fxo::LineEvent,
    port_learn::{LearnInput, LearnOutput, Learning, Learnt, PortLearn},
};
use dsp::progress::Cadence;
use frame::{LaneId, PortId, Time};
use settings::{CardKind, Settings};

use super::plane::Plane;
use crate::handles::{LearnAct, NotTested};

/// The lines that are learnt, and what came of those that were: one each.
#[derive(Debug, Default)]
pub(super) struct PortLearns {
    lines: BTreeMap<PortId, PortLearn>,
}

impl PortLearns {
    /// When one has to hear that time has passed, if any has.
    pub(super) fn next_deadline(&self) -> Option<Time> {
        self.lines.values().filter_map(PortLearn::next_deadline).min()
    }
}

impl Plane {
    /// Begins to learn the busy tone of a line, tells how far that has come, or gives it up. Drain [`Plane::poll_output`]
    /// afterwards.
    ///
    /// # Errors
    /// Why it is not learnt.
    pub fn learn_port(&mut self, now: Time, port: PortId, act: LearnAct) -> Result<Learning, NotTested> {
        self.now = now;
        match act {
            LearnAct::Begin => self.begin_to_learn(port)?,
            LearnAct::Look => self.learn_input(port, LearnInput::Asked),
            LearnAct::Stop => self.learn_input(port, LearnInput::Wanted),
        }
        self.settle();
        // The box was restarted meanwhile, where it knows of none.
        let found = self.port_learns.lines.get(&port).map(|line| line.learning().clone());
        Ok(found.unwrap_or(Learning::Over(Learnt::GivenUp)))
    }

    fn begin_to_learn(&mut self, port: PortId) -> Result<(), NotTested> {
        let jack = self.layout.jack(port).ok_or(NotTested::NoSuchPort)?;
        if jack.kind != CardKind::Fxo {
            return Err(NotTested::NoOutsideLine);
        }
        if self.port_learns.lines.iter().any(|(other, line)| *other != port && line.next_deadline().is_some()) {
            return Err(NotTested::OneAtATime);
        }
        let has_leg = self.control.has_leg_on(jack.lane);
        let outside = self.outside.get_mut(&port).ok_or(NotTested::NotInUse)?;
        if !outside.is_free() || has_leg {
            return Err(NotTested::Busy);
        }
        outside.learn();
        self.port_learns.lines.insert(port, PortLearn::new(self.now));
        // A call out takes any other line first.
        self.tell_control(call::Input::UnderTest { port, on: true });
        Ok(())
    }

    /// Lets lines that are learnt know what time it is.
    pub(super) fn run_port_learns(&mut self) {
        let due = |line: &PortLearn| line.next_deadline().is_some_and(|due| due <= self.now);
        let ports: Vec<PortId> =
            self.port_learns.lines.iter().filter(|(_, line)| due(line)).map(|(port, _)| *port).collect();
        ports.into_iter().for_each(|port| self.learn_input(port, LearnInput::Timeout));
    }

    /// What a line that is learnt did; false where it is not.
    pub(super) fn learn_takes(&mut self, port: PortId, event: &LineEvent) -> bool {
        if !self.outside.get(&port).is_some_and(|outside| outside.is_learnt()) {
            return false;
        }
        match event {
            LineEvent::Incoming { .. } => self.learn_input(port, LearnInput::Came),
            LineEvent::Released(_) => self.learn_input(port, LearnInput::LetGo),
            // They hung up before the box had answered: the next one may call.
            LineEvent::Abandoned
            | LineEvent::Dialled
            | LineEvent::NoDialTone
            | LineEvent::CannotDial
            | LineEvent::Glare
            | LineEvent::Answered(_)
            | LineEvent::Idle => (),
        }
        true
    }

    /// A rhythm was heard on a lane.
    pub(super) fn learnt(&mut self, lane: LaneId, cadence: Cadence) {
        let port = self.outside_on(lane).map(|outside| outside.port);
        port.into_iter().for_each(|port| self.learn_input(port, LearnInput::Heard(cadence)));
    }

    pub(super) fn learn_input(&mut self, port: PortId, input: LearnInput) {
        let now = self.now;
        let Some(line) = self.port_learns.lines.get_mut(&port) else { return };
        let was_over = line.next_deadline().is_none();
        line.handle_input(now, input);
        let ends = !was_over && line.next_deadline().is_none();
        while let Some(output) = self.port_learns.lines.get_mut(&port).and_then(PortLearn::poll_output) {
            if let Some(outside) = self.outside.get_mut(&port) {
                match output {
                    LearnOutput::Answer => outside.answer_silently(now),
                    LearnOutput::LetGo => outside.end_learning(now),
                }
            }
        }
        if ends {
            self.tell_control(call::Input::UnderTest { port, on: false });
        }
    }
}

/// The busy tone that was learnt from a line, if one was.
pub(super) fn busy_tone(settings: &Settings, port: PortId) -> Option<Cadence> {
    let tone = settings.busy_tones.iter().find(|tone| tone.port == port)?;
    let hz = [tone.hz.first().copied()?, tone.hz.get(1).copied().unwrap_or_default()];
    Cadence::learnt(hz, tone.bursts_ms.iter().map(|[on_ms, off_ms]| (*on_ms, *off_ms)))
}

#[cfg(test)]
mod tests {
    use settings::BusyTone;

    use super::*;

    /// What the check of the settings lets through is heard, and what a line teaches passes the check.
    #[test]
    fn every_busy_tone_that_settings_may_have_is_one_that_is_listened_for() {
        let port = "SIM-FXO.1".parse().unwrap();
        let tone = |hz: Vec<u16>| {
            let lengths = [BusyTone::LENGTH_MS[1], BusyTone::PAUSE_MOST_MS];
            let row = BusyTone { port, hz, bursts_ms: vec![lengths; BusyTone::BURSTS_MAX] };
            busy_tone(&Settings { busy_tones: vec![row], ..Settings::default() }, port)
        };
        assert_eq!(BusyTone::PAUSE_MOST_MS, dsp::progress::LEARNT_PAUSE_MOST_MS);
        let [low, high] = BusyTone::HZ;
        assert!((low..=high).all(|hz| tone(vec![hz]).is_some()));
        assert!([low - 1, high + 1].into_iter().all(|hz| tone(vec![hz]).is_none()));
        assert!(BusyTone::PAIRS.into_iter().all(|pair| tone(pair.to_vec()).is_some()));
        assert!(tone(vec![450, 480]).is_none());
    }
}
