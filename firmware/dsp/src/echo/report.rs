//! What the page tells of a lane's canceller.

use super::bank::Bank;

/// Why a lane learns nothing, or lets everything pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// 2100 Hz with phase reversals: a modem cancels its echoes itself (G.168, clause 7). All passes.
    Disabled,
    /// A tone or two: they tell nothing about other frequencies. What is known is cancelled on.
    Narrow,
}

/// A lane's canceller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Echo return loss of the line, as far as it has been learnt.
    pub erl_db: Option<f32>,
    /// What the canceller takes off beyond it, without the suppressor: the last second in which the far party was the
    /// louder one.
    pub erle_db: Option<f32>,
    /// From the moment that the caller counts from to the loudest part of the echo.
    pub delay_samples: Option<usize>,
    /// The longest echo that is cancelled.
    pub tail_samples: usize,
    /// The echo is known.
    pub converged: bool,
    /// Why nothing is learnt just now.
    pub hold: Option<Hold>,
    /// How often the lane was begun anew because its state was no number.
    pub resets: u32,
}

/// From here on an echo counts as known.
const CONVERGED_DB: f32 = 20.0;

impl Report {
    /// Of a lane on which no echo was found: what its taps hold is noise.
    pub(super) fn without_echo(tail_samples: usize, resets: u32, hold: Option<Hold>) -> Report {
        let (erl_db, erle_db, delay_samples) = (None, None, None);
        Report { erl_db, erle_db, delay_samples, tail_samples, converged: false, hold, resets }
    }

    pub(super) fn of(bank: &Bank, lane: usize, tail_samples: usize, resets: u32, hold: Option<Hold>) -> Report {
        let power: f32 = bank.taps(lane).map(|tap| tap * tap).sum();
        let (echo, left) = (bank.course.echo.0[lane], bank.course.left.0[lane]);
        let erle_db = (left > 0.0).then(|| 10.0 * (echo / left).log10());
        Report {
            erl_db: Some(-10.0 * power.log10()),
            erle_db,
            delay_samples: loudest(bank, lane),
            tail_samples,
            converged: erle_db.is_some_and(|db| db >= CONVERGED_DB),
            hold,
            resets,
        }
    }
}

fn loudest(bank: &Bank, lane: usize) -> Option<usize> {
    let loudest = bank.taps(lane).enumerate().max_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs()));
    loudest.map(|(at, _)| at)
}
