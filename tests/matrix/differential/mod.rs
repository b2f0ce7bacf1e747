//! The same damaged messages to libpri and to ours: does the same become of the call?
//!
//! Each message is one that both understand, with one thing wrong. Layer 2 is whole: what is damaged is what a faulty
//! far end says, not what a line does to it. Where the two do not do the same, the table of deviations says who is right and
//! by which clause; a deviation that it does not have, and a row that is no longer true, fail.

mod damage;
mod deviations;
mod subject;

use std::{collections::BTreeMap, path::Path};

use isdn::Role;

use self::{
    damage::{Case, Damage, cases},
    deviations::DEVIATIONS,
    subject::Dialogue,
};
use crate::line::Miss;

/// What became of a message, as the far end and the owner see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing.
    Ignored,
    /// STATUS, and no more.
    Status,
    /// Another answer, and the owner was told nothing.
    Answered,
    /// The owner was told, and the call goes on.
    Told,
    /// The call ended without a word.
    Ended,
    /// DISCONNECT, RELEASE or RELEASE COMPLETE.
    Cleared,
}

/// What the two do differently, and with what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Deviation {
    message: &'static str,
    damage: Damage,
    ours: Outcome,
    theirs: Outcome,
}

/// Says everything to both, each in `role`. Gives what there is to say, or what is not explained.
pub fn compare(role: Role, folder: &Path) -> Result<String, Miss> {
    let (mut ours, mut theirs) = (Dialogue::with_ours(role), Dialogue::with_libpri(role, folder));
    let all = cases();
    let mut found: BTreeMap<Deviation, Vec<&Case>> = BTreeMap::new();
    for case in &all {
        let (ours, theirs) = (ours.outcome(case), theirs.outcome(case));
        if ours != theirs {
            let deviation = Deviation { message: case.message, damage: case.damage, ours, theirs };
            found.entry(deviation).or_default().push(case);
        }
    }
    let mut findings: Vec<String> = found.iter().filter_map(unexplained).collect();
    findings.extend(stale(&found));
    if findings.is_empty() { Ok(told(&all, &found)) } else { Err(Miss(findings.join("\n    "))) }
}

fn unexplained((deviation, cases): (&Deviation, &Vec<&Case>)) -> Option<String> {
    let sample = &cases.first()?.octets;
    let none = deviations::reason(deviation).is_none();
    none.then(|| format!("{} times {deviation:?}, such as {sample:02x?}", cases.len()))
}

/// Reasons that explain nothing any more.
fn stale(found: &BTreeMap<Deviation, Vec<&Case>>) -> Vec<String> {
    let used = |at: &usize| found.keys().any(|deviation| deviations::reason(deviation) == Some(*at));
    let unused = (0..DEVIATIONS.len()).filter(|at| !used(at));
    unused.map(|at| format!("no deviation any more: {}", DEVIATIONS[at].why)).collect()
}

fn told(all: &[Case], found: &BTreeMap<Deviation, Vec<&Case>>) -> String {
    let differing: usize = found.values().map(Vec::len).sum();
    let mut text = format!("{} messages, {} of them with the same outcome", all.len(), all.len() - differing);
    for (at, known) in DEVIATIONS.iter().enumerate() {
        let of_this = found.iter().filter(|(deviation, _)| deviations::reason(deviation) == Some(at));
        let count: usize = of_this.map(|(_, cases)| cases.len()).sum();
        text += &format!("\n  {count:>4} {}", known.why);
    }
    text
}
