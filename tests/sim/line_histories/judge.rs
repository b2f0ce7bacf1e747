//! What has to hold after every event.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use frame::LaneId;
use ringfence::{handles::JackState, media::Source};
use settings::StationClass;

use super::{
    cards::{OutsideLine, Telephone},
    lines::Lines,
    ports::RINGERS,
};

/// Longer than the caller's silence after which an outside line's call is over, and than its rest.
const QUIET: Duration = Duration::from_secs(8);
/// In which a telephone that is put down rings for who waits.
const RINGS_AGAIN: Duration = Duration::from_secs(2);
/// Longer than any number takes to be dialled by pulses, behind a wait for dial tone.
const DEAF: Duration = Duration::from_secs(40);

impl Lines {
    pub fn judge(&mut self) {
        let snapshot = self.snapshot();
        let lanes: BTreeSet<LaneId> = snapshot.calls.iter().flat_map(|call| call.lanes.iter().copied()).collect();
        let ready: BTreeSet<LaneId> = self.telephones.iter().map(|telephone| telephone.lane).collect();
        let idle = |state: JackState| state == JackState::Idle;
        let free: BTreeMap<_, _> = snapshot.jacks.iter().map(|jack| (jack.port, idle(jack.state))).collect();
        for call in &snapshot.calls {
            assert!(!call.lanes.is_empty(), "{:?} has nobody: {:?}", call.call, call.phase);
            let ports = call.lanes.iter().filter(|lane| !ready.contains(lane));
            assert!(ports.count() <= usize::from(super::ports::OUTSIDE), "{call:?} has lanes that are no ports");
        }
        let told: BTreeSet<_> = snapshot.calls.iter().map(|call| call.call).collect();
        assert_eq!(told, self.open, "what is told is what is there");
        for telephone in &self.telephones {
            self.judge_telephone(telephone, lanes.contains(&telephone.lane), free[&telephone.port]);
        }
        for line in &self.outside {
            self.judge_line(line, lanes.contains(&line.lane));
        }
        for (card, ringers) in RINGERS {
            self.judge_current(card, ringers);
        }
    }

    fn judge_telephone(&self, telephone: &Telephone, in_call: bool, is_free: bool) {
        let Telephone { port, lane, class, up, cut, .. } = *telephone;
        let rings = telephone.ringing.is_some();
        let hears = self.media.hears.get(&lane).copied().unwrap_or_default();
        let has_tone = matches!(hears, Source::Loop(_) | Source::Play { .. });
        if !up {
            let is_told = self.media.plays.contains_key(&lane);
            assert!(!matches!(hears, Source::Loop(_)), "{port:?} is down and hears {hears:?}");
            assert!(in_call || !rings, "{port:?} rings for nobody");
            let rings_soon = self.now.since(telephone.put_down) <= RINGS_AGAIN;
            let calls =
                || self.snapshot().calls.into_iter().filter(|call| call.lanes.contains(&lane)).collect::<Vec<_>>();
            assert!(
                !in_call || rings || is_told || rings_soon,
                "{port:?} is down, in {:?}, and does not ring",
                calls()
            );
            return;
        }
        assert!(!rings, "{port:?} is up and rings");
        let locked_out = self.left_off_hook.contains(&port);
        let without_feed = telephone.feed_back.is_some_and(|back| self.now <= back);
        let let_go = class == StationClass::Door && cut || without_feed;
        let ready = class == StationClass::Headset && is_free;
        assert!(in_call || has_tone || locked_out || let_go || ready, "{port:?}, a {class:?}, is up and has nothing");
        assert!(!(in_call && locked_out), "{port:?} is locked out, in a call");
    }

    fn judge_line(&self, line: &OutsideLine, in_call: bool) {
        let OutsideLine { port, closed, .. } = *line;
        assert!(in_call || !closed, "{port:?} is closed without a call");
        let rings = line.rings.is_some();
        let quiet = self.now.since(line.stirred);
        assert!(!in_call || closed || rings || quiet < QUIET, "{port:?} has a call that is not on it since {quiet:?}");
        let deaf = line.deaf.map_or(Duration::ZERO, |since| self.now.since(since));
        assert!(deaf < DEAF, "{port:?} is closed and listened to by nobody since {deaf:?}");
    }

    /// In no moment to come does a card ring more than it can.
    fn judge_current(&self, card: &str, ringers: u8) {
        let ringing: Vec<_> = self
            .telephones
            .iter()
            .filter(|telephone| telephone.port.card.to_string() == card)
            .filter_map(|telephone| telephone.ringing.as_ref())
            .collect();
        // More can begin in no other moment than in which one begins.
        let edges = ringing.iter().flat_map(|one| [one.edge, one.edge_after(one.edge), self.now]);
        for edge in edges {
            let sounds = ringing.iter().filter(|other| other.sounds_at(edge)).count();
            assert!(sounds <= usize::from(ringers), "{card} rings {sounds} at once");
        }
    }
}
