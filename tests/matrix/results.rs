//! What the rows of the matrix came to: the table, the reasons, the failures.

use std::fmt::Write;

use crate::{
    line::{Miss, Verdict},
    row::{Column, Row, Switch},
    scenarios::ALL,
};

/// What a row came to.
pub type RowResult = Result<Verdict, Miss>;

/// The table of all rows that ran.
pub fn table(results: &[(Row, RowResult)]) -> String {
    let mut text = head();
    for scenario in ALL {
        let ran: Vec<char> = Column::all().map(|column| mark_of(results, &Row { scenario, column })).collect();
        let pairs: Vec<String> = ran.chunks(2).map(|pair| pair.iter().collect()).collect();
        let _ = writeln!(text, "{}", format!("{:<WIDTH$}{}", scenario.name, pairs.join("  ")).trim_end());
    }
    text + LEGEND + &reasons(results)
}

/// Two columns of letters for each switch: libpri as network and as user; each without loss and with.
fn head() -> String {
    let switches: String = Switch::ALL.iter().map(|switch| format!("{:<8}", switch.word())).collect();
    let roles = "nt  te  ".repeat(Switch::ALL.len());
    let [switches, roles] = [switches.trim_end(), roles.trim_end()];
    format!("{:<WIDTH$}{switches}\n{:<WIDTH$}{roles}\n", "", "libpri as, 0 % and 5 % of frames lost")
}

fn mark_of(results: &[(Row, RowResult)], row: &Row) -> char {
    let found = results.iter().find(|(other, _)| other.to_string() == row.to_string());
    found.map_or(' ', |(_, result)| mark(result))
}

const fn mark(result: &RowResult) -> char {
    match result {
        Ok(Verdict::Held) => '.',
        Ok(Verdict::EndedByTimer) => 't',
        Ok(Verdict::NotInDialect(_)) => '-',
        Ok(Verdict::FarEnd(_)) => 'p',
        Err(_) => 'F',
    }
}

/// How many of each there are.
pub fn summary(results: &[(Row, RowResult)]) -> String {
    let count = |wanted: char| results.iter().filter(|(_, result)| mark(result) == wanted).count();
    format!(
        "{} rows: {} held, {} ended by a timer under loss, {} libpri silent or wrong, {} not in the dialect, {} failed",
        results.len(),
        count('.'),
        count('t'),
        count('p'),
        count('-'),
        count('F')
    )
}

/// Each reason once for a scenario and switch.
fn reasons(results: &[(Row, RowResult)]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (row, result) in results {
        let Ok(Verdict::FarEnd(why) | Verdict::NotInDialect(why)) = result else { continue };
        let letter = if matches!(result, Ok(Verdict::FarEnd(_))) { 'p' } else { '-' };
        let line = format!("  {letter} {}: {why}", row.scenario.name);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

const WIDTH: usize = 58;

const LEGEND: &str = "\
. as it should   t frames were lost and a timer ended the call   p libpri silent or wrong   - not in this dialect   F failed
";
