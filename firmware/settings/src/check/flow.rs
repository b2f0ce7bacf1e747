//! Checks of call flows: steps that lead nowhere, that nobody reaches, and circles without an end.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Findings,
    names::{known_queue, known_station},
    rows,
};
use crate::{
    Caution, ConsentStep, DigitsStep, Flow, MenuStep, Name, Settings, Step, Target, What, flow::Way, place::Path,
};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    for (path, flow) in rows(&settings.flows, "flows") {
        findings.name(&path.key("name"), &flow.name);
        if !is_used(settings, &flow.name) {
            findings.warn(&path.key("name"), Caution::Unused);
        }
        check_flow(findings, &path, settings, flow);
        check_prompts(findings, &path, flow);
    }
}

fn is_used(settings: &Settings, name: &str) -> bool {
    let rows = settings.numbers.iter().map(|row| &row.to);
    let mut targets = rows.chain(settings.trunks.iter().filter_map(|group| group.otherwise.as_ref()));
    targets.any(|target| matches!(target, Target::Flow(flow) if flow == name))
}

fn check_flow(findings: &mut Findings<'_>, path: &Path, settings: &Settings, flow: &Flow) {
    known_step(findings, &path.key("start"), flow, &flow.start);
    let steps_path = path.key("steps");
    for (name, step) in &flow.steps {
        let step_path = steps_path.key(name).key(step.kind());
        findings.name(&steps_path.key(name), name);
        for way in step.ways() {
            let way_path = way.keys.iter().fold(step_path.clone(), |path, key| path.key(key));
            known_step(findings, &way_path, flow, way.to);
        }
        check_step(findings, &step_path, settings, step);
    }
    let reached = reachable(flow);
    for name in flow.steps.keys().filter(|name| !reached.contains(name.as_str())) {
        findings.problem(&steps_path.key(name), What::Unreachable);
    }
    check_circles(findings, &steps_path, flow);
}

fn check_step(findings: &mut Findings<'_>, path: &Path, settings: &Settings, step: &Step) {
    match step {
        Step::Menu(menu) => check_menu(findings, path, menu),
        Step::Play(play) => findings.some(&path.key("prompts"), &play.prompts),
        Step::Digits(digits) => check_digits(findings, path, digits),
        Step::Consent(consent) => check_consent(findings, path, consent),
        Step::Pause(_) | Step::Resume(_) => (),
        Step::Queue(queue) => known_queue(findings, &path.key("name"), settings, &queue.name),
        Step::Dial(dial) => known_station(findings, &path.key("extension"), settings, &dial.extension),
        // Q.850 has seven bits for a cause, and 0 is none.
        Step::HangUp(hang_up) => findings.range(&path.key("cause"), hang_up.cause, 1, 127),
    }
}

fn check_menu(findings: &mut Findings<'_>, path: &Path, menu: &MenuStep) {
    if menu.options.is_empty() {
        findings.problem(&path.key("options"), What::Empty);
    }
    findings.range(&path.key("wait_s"), menu.wait_s, 1, MAX_WAIT_S);
    findings.range(&path.key("tries"), menu.tries, 1, MAX_TRIES);
}

fn check_digits(findings: &mut Findings<'_>, path: &Path, digits: &DigitsStep) {
    findings.range(&path.key("wait_s"), digits.wait_s, 1, MAX_WAIT_S);
    findings.range(&path.key("between_s"), digits.between_s, 1, MAX_WAIT_S);
    findings.range(&path.key("tries"), digits.tries, 1, MAX_TRIES);
    findings.range(&path.key("min_digits"), digits.min_digits, 1, MAX_DIGITS);
    findings.range(&path.key("max_digits"), digits.max_digits, 1, MAX_DIGITS);
    if digits.max_digits < digits.min_digits {
        findings.problem(&path.key("max_digits"), What::MostBelowFewest { fewest: digits.min_digits });
    }
}

fn check_consent(findings: &mut Findings<'_>, path: &Path, consent: &ConsentStep) {
    findings.some(&path.key("prompts"), &consent.prompts);
    findings.range(&path.key("wait_s"), consent.wait_s, 1, MAX_WAIT_S);
    findings.range(&path.key("tries"), consent.tries, 1, MAX_TRIES);
    if consent.refused.is_none() && (consent.yes.is_some() || consent.no.is_some()) {
        findings.problem(&path.key("refused"), What::MissingKey);
    }
    // Nobody can say what no key says, nor no with the key that says yes.
    if consent.refused.is_some() && consent.yes.is_none() && consent.no.is_none() {
        findings.problem(&path.key("refused"), What::Unreachable);
    }
    if consent.no.is_some() && consent.no == consent.yes {
        findings.problem(&path.key("no"), What::Unreachable);
    }
}

fn known_step(findings: &mut Findings<'_>, path: &Path, flow: &Flow, name: &str) {
    if !flow.steps.contains_key(name) {
        let allowed = flow.steps.keys().cloned().collect();
        findings.problem(path, What::UnknownName { name: Name::Step, allowed });
    }
}

fn check_prompts(findings: &mut Findings<'_>, path: &Path, flow: &Flow) {
    let steps_path = path.key("steps");
    for (name, step) in &flow.steps {
        let step_path = steps_path.key(name).key(step.kind());
        for (below, prompt) in step.prompts() {
            findings.prompt(&below.under(&step_path), prompt);
        }
    }
}

/// The steps that a call can come to.
fn reachable(flow: &Flow) -> BTreeSet<&str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![flow.start.as_str()];
    while let Some(name) = next.pop() {
        if let (Some(step), true) = (flow.steps.get(name), reached.insert(name)) {
            next.extend(step.ways().iter().map(|way| way.to));
        }
    }
    reached
}

/// Circles that a caller goes round without doing anything. Waiting in a queue again may be meant so.
fn check_circles(findings: &mut Findings<'_>, path: &Path, flow: &Flow) {
    let endless = circles(flow, |way| way.is_idle && !way.after_a_wait);
    let waiting = circles(flow, |way| way.is_idle);
    for (first, steps) in &waiting {
        if !endless.contains_key(first) {
            findings.warn(&path.key(first), Caution::WaitsAgain { steps: steps.clone() });
        }
    }
    for (first, steps) in endless {
        findings.problem(&path.key(&first), What::EndlessLoop { steps });
    }
}

/// The circles of a flow over some of its ways, each by the least of its steps' names. Every set of steps that lead to one
/// another is told as one circle.
fn circles(flow: &Flow, counts: impl Fn(&Way<'_>) -> bool) -> BTreeMap<String, Vec<String>> {
    let from = |start: &str| {
        let mut reached = BTreeSet::new();
        let mut next = vec![start.to_owned()];
        while let Some(name) = next.pop() {
            let ways = flow.steps.get(&name).map(Step::ways).unwrap_or_default();
            let fresh = ways.iter().filter(|way| counts(way)).map(|way| way.to.to_owned());
            next.extend(fresh.filter(|to| reached.insert(to.clone())));
        }
        reached
    };
    let reach: BTreeMap<&String, BTreeSet<String>> = flow.steps.keys().map(|name| (name, from(name))).collect();
    let mut circles = BTreeMap::new();
    for (name, reached) in &reach {
        let back = |other: &&String| reach.get(other).is_some_and(|reached| reached.contains(*name));
        let circle: Vec<String> = reached.iter().filter(back).cloned().collect();
        if let Some(first) = circle.first() {
            circles.insert(first.clone(), circle);
        }
    }
    circles
}

/// The longest wait for a key: nobody stays on a silent line longer.
const MAX_WAIT_S: i64 = 60;

/// The most tries: a caller who can't is better led to a person.
const MAX_TRIES: i64 = 10;

/// The longest number that is keyed: bank cards have up to 19 digits, contracts a few more.
const MAX_DIGITS: i64 = 32;
