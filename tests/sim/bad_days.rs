//! Days on which things break while people call: the same holds at their end.

use std::time::Duration;

use frame::Time;
use settings::Settings;
use sim::{Fault, Operator};

use crate::{
    dice::Dice,
    town::{Cuts, Ledger, SPAN, Seed, Town, board, settings},
};

/// Longer than T309, a link that comes back, and every wrap-up.
const REST: Duration = Duration::from_secs(150);

/// What breaks, one thing after the other.
struct Trouble {
    dice: Dice,
    next: Time,
    /// What is to be repaired, and when.
    repair: Option<(Time, Fault)>,
    cuts: usize,
    noises: usize,
    version: u32,
}

impl Trouble {
    fn new(seed: u64) -> Trouble {
        Trouble { dice: Dice::new(!seed), next: Time::ZERO, repair: None, cuts: 0, noises: 0, version: 1 }
    }

    fn befall(&mut self, town: &mut Town) {
        let now = town.house.now();
        if let Some((_, repaired)) = self.repair.take_if(|(due, _)| *due <= now) {
            town.house.operate(Operator::Fault(repaired));
        }
        if now < self.next {
            return;
        }
        self.next = now + self.dice.between(1000, 8000);
        match self.dice.below(10) {
            0 if self.repair.is_none() => self.cut(town),
            1..4 if self.repair.is_none() => self.noise(town),
            _ => self.apply(town),
        }
    }

    /// Mostly a loose contact; now and then so long that T309 ends the calls.
    fn cut(&mut self, town: &mut Town) {
        self.cuts += 1;
        let long = self.dice.chance(15);
        let lasts = if long { Duration::from_secs(100) } else { self.dice.between(20, 20_000) };
        self.breaks(town, lasts, Fault::Cable { span: SPAN, cut: true }, Fault::Cable { span: SPAN, cut: false });
    }

    /// Frames that are lost or damaged; sometimes so many that the data link is set up anew.
    fn noise(&mut self, town: &mut Town) {
        self.noises += 1;
        let all = self.dice.chance(25);
        let permille = if all { 1000 } else { 20 + self.dice.below(200) as u16 };
        let frames = |lost_permille, damaged_permille| Fault::Frames { span: SPAN, lost_permille, damaged_permille };
        let lasts = self.dice.between(500, 9000);
        self.breaks(town, lasts, frames(permille / 2, permille - permille / 2), frames(0, 0));
    }

    fn breaks(&mut self, town: &mut Town, lasts: Duration, broken: Fault, repaired: Fault) {
        town.house.operate(Operator::Fault(broken));
        self.repair = Some((town.house.now() + lasts, repaired));
    }

    /// New settings in the middle of calls: other music, other members, and back.
    fn apply(&mut self, town: &mut Town) {
        self.version += 1;
        let mut settings = settings(&board());
        if self.version.is_multiple_of(2) {
            change(&mut settings);
        }
        let _ = town.house.apply(settings, self.version);
    }
}

/// Telephone 801 serves nobody any more, the night queue rings shorter, and all hear other music.
fn change(settings: &mut Settings) {
    for queue in &mut settings.queues {
        queue.members.retain(|member| member != "801");
        queue.music = "goodbye".to_owned();
        queue.ring_s = queue.ring_s.min(10);
    }
}

#[test]
fn cut_cables_lost_frames_and_new_settings_leave_nothing_behind_either() {
    let seed = Seed(77);
    let mut town = Town::new(seed.0, 150);
    town.cuts = Cuts::Some;
    let mut trouble = Trouble::new(seed.0);
    town.run(|town| trouble.befall(town));
    if let Some((_, repaired)) = trouble.repair.take() {
        town.house.operate(Operator::Fault(repaired));
    }
    town.rest(REST);
    assert!(trouble.cuts >= 3 && trouble.noises >= 5 && trouble.version >= 20, "{} {}", trouble.cuts, trouble.noises);
    town.house.assert_at_rest();
    let counts = Ledger::of(&town.house).check(&town);
    assert!(counts.answered >= 30, "{counts:?}");
}
