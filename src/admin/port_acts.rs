//! What may be done with a telephone's or an outside line's jack: its test, and what the last ones found.

use std::sync::Arc;

use access::Permission;
use analog::{
    port_test::{Echo, Findings, Verdict},
    port_trend::{PortTrend, Worse},
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use frame::{PortId, Stamp};
use serde::Deserialize;
use settings::CardKind;

use super::{
    app::App,
    box_page,
    fault::Fault,
    line_acts::Became,
    moment::Moment,
    sent::{self, Sent},
    visitor::Member,
};
use crate::{
    handles::{Asker, LinesRefusal, LinesReply, LinesRequest, TestedPort},
    journal::{PortTestRow, RECALLED_TESTS},
    words::{Language, page::Page, port},
};

/// How many tests are listed, whoever asked for them.
const SHOWN: usize = 14;

/// What the page of such a jack offers.
#[derive(Debug)]
pub(super) struct PortActs {
    pub(super) port: PortId,
    /// Whether the member may test it.
    pub(super) may_test: bool,
    /// Whether it is an outside line, of which its group may have no other.
    pub(super) is_line: bool,
    /// The jacks of telephones, one of which a cable may join it to; of an outside line.
    pub(super) telephones: Vec<(PortId, String)>,
    /// What became of the last wish: the colour, and the sentence.
    pub(super) note: Option<(&'static str, String)>,
    /// What the last test found, if there was one.
    pub(super) last: Option<LastTest>,
    /// The last tests as the index has them, newest first: what was just found may not be among them yet.
    pub(super) tests: Vec<TestLine>,
    /// What stands above them.
    pub(super) heading: String,
}

/// The last test of a port.
#[derive(Debug)]
pub(super) struct LastTest {
    pub(super) at: Moment,
    pub(super) facts: Vec<(&'static str, String)>,
    /// The colour of each, and its sentence.
    pub(super) verdicts: Vec<(&'static str, String)>,
}

/// One test in the list.
#[derive(Debug)]
pub(super) struct TestLine {
    pub(super) at: Moment,
    pub(super) who: String,
    pub(super) class: &'static str,
    pub(super) verdict: String,
    pub(super) noise: String,
    pub(super) echo: String,
    /// What was usual then, where this was worse.
    pub(super) usual_noise: Option<String>,
    pub(super) usual_echo: Option<String>,
}

/// What a member sees of a jack; none where it has no two wires.
pub(super) async fn acts(app: &App, member: &Member, port: PortId, became: Became) -> Result<Option<PortActs>, Fault> {
    let Some(kind) = two_wires(app, port) else { return Ok(None) };
    let language = member.visitor.language;
    let mut tests = app.read_index(language, move |index| index.port_tests(port, RECALLED_TESTS)).await?;
    let worse = worse_than_usual(&tests);
    tests.truncate(SHOWN);
    Ok(Some(PortActs {
        port,
        may_test: member.who.permissions.allow(Permission::ChangeSettings),
        is_line: kind == CardKind::Fxo,
        telephones: match kind {
            CardKind::Fxo => telephones(app),
            _ => Vec::new(),
        },
        note: became.note.map(|(class, what)| (class, what.say(language))),
        last: match became.tested {
            Some(TestedPort { at, findings, worse }) => Some(last(at, &findings, &worse, language)),
            None => {
                let newest = tests.first().zip(worse.first());
                newest.map(|(test, worse)| last(test.at, &test.findings, worse, language))
            }
        },
        heading: Page::LastTests { count: tests.len() as u64 }.say(language),
        tests: tests.iter().zip(&worse).map(|(test, worse)| line(test, worse, language)).collect(),
    }))
}

fn telephones(app: &App) -> Vec<(PortId, String)> {
    let jacks = app.layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxs);
    jacks.map(|jack| (jack.port, jack.label.clone())).collect()
}

/// What the jack is for, where it has two wires.
fn two_wires(app: &App, port: PortId) -> Option<CardKind> {
    app.layout.jack(port).map(|jack| jack.kind).filter(|kind| matches!(kind, CardKind::Fxs | CardKind::Fxo))
}

/// What each of these tests, the newest first, found worse than was usual then.
fn worse_than_usual(tests: &[PortTestRow]) -> Vec<Vec<Worse>> {
    let mut trend = PortTrend::default();
    let mut worse: Vec<Vec<Worse>> = tests.iter().rev().map(|test| trend.process(&test.findings)).collect();
    worse.reverse();
    worse
}

fn last(at: Stamp, findings: &Findings, worse: &[Worse], language: Language) -> LastTest {
    let verdict = |verdict: &Verdict| (class(*verdict), port::verdict(*verdict, at.utc, language));
    let worse = worse.iter().map(|worse| ("alarm", port::worse(*worse, language)));
    LastTest {
        at: Moment::date(at.utc),
        facts: port::facts(findings, language),
        verdicts: findings.verdicts.iter().map(verdict).chain(worse).collect(),
    }
}

fn class(verdict: Verdict) -> &'static str {
    match () {
        () if verdict.is_bad() => "alarm",
        () if verdict.is_whole() => "talk",
        () => "idle",
    }
}

fn line(test: &PortTestRow, worse: &[Worse], language: Language) -> TestLine {
    let Findings { noise, echo, verdicts, .. } = &test.findings;
    let worst = verdicts.first();
    let who = if test.nightly { Page::TestedAtNight } else { Page::TestedByHand };
    let at_least = |echo: &Echo| if echo.at_least { "≥ " } else { "" };
    let usual =
        |of: fn(&Worse) -> Option<String>| worse.iter().find_map(of).map(|usual| Page::Usually { usual }.say(language));
    TestLine {
        at: Moment::date(test.at.utc),
        who: who.say(language),
        class: worst.map_or("idle", |verdict| class(*verdict)),
        verdict: worst.map_or_else(String::new, |verdict| port::verdict_brief(*verdict, language).to_owned()),
        noise: noise.map_or_else(String::new, |noise| format!("{} dBm0p", noise.dbm0p)),
        echo: echo.map_or_else(String::new, |echo| format!("{}{} dB", at_least(&echo), echo.erl_db)),
        usual_noise: usual(|worse| match worse {
            Worse::Noise { usual_dbm0p, .. } => Some(format!("{usual_dbm0p} dBm0p")),
            Worse::Echo { .. } => None,
        }),
        usual_echo: usual(|worse| match worse {
            Worse::Echo { usual_db, .. } => Some(format!("{usual_db} dB")),
            Worse::Noise { .. } => None,
        }),
    }
}

#[derive(Deserialize)]
pub(super) struct TestForm {
    token: String,
    #[serde(default)]
    reason: String,
    /// There where that button was pressed.
    even_last: Option<String>,
    /// The telephone's port that a cable joins it to; none where it is empty.
    #[serde(default)]
    from: String,
}

/// `POST /box/{port}/test`: answered when the test is over.
pub(super) async fn test(
    State(app): State<Arc<App>>,
    member: Member,
    Path(port): Path<String>,
    Sent(form): Sent<TestForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::ChangeSettings)?;
    let language = member.visitor.language;
    let port: PortId = port.parse().map_err(|_| Fault::not_found(language))?;
    if two_wires(&app, port).is_none() {
        return Err(Fault::not_found(language));
    }
    let by = Asker::Person(member.who.person);
    let from = match form.from.as_str() {
        "" => None,
        named => Some(named.parse().map_err(|_| Fault::not_found(language))?),
    };
    let reason = sent::reason(&form.reason).unwrap_or_default();
    let request = LinesRequest::TestPort { port, even_last: form.even_last.is_some(), from, by, reason };
    let (note, tested) = match app.parts.lines.ask_for_long(request).await {
        Ok(LinesReply::PortTested(Ok(tested))) => (("talk", Page::PortTested), Some(tested)),
        Ok(LinesReply::PortTested(Err(why))) => {
            (("alarm", Page::NotTested { why: port::not_tested(why, language) }), None)
        }
        Ok(LinesReply::Refused(LinesRefusal::NotAudited)) => {
            return Err(Fault::unavailable(language, Page::NotAudited));
        }
        _ => return Err(Fault::unavailable(language, Page::ControlSilent)),
    };
    box_page::page(&app, &member, Some(port), Became { note: Some(note), tested, ..Became::default() }).await
}

#[cfg(test)]
mod tests {
    use analog::port_test::{Noise, Tested};
    use frame::{BootNo, EventNo, Time, Utc};

    use super::*;

    fn tested(night: u64, erl_db: i8, dbm0p: i8) -> PortTestRow {
        let echo = Some(Echo { erl_db, low_db: erl_db, high_db: erl_db, at_least: false });
        let noise = Some(Noise { dbm0p, dbm0: dbm0p });
        let findings =
            Findings { echo, noise, verdicts: vec![Verdict::Good], ..Findings::never_idle(Tested::OutsideLine) };
        let at = Stamp { boot: BootNo(1), time: Time::from_ms(night), utc: Utc::from_us(0) };
        PortTestRow { no: EventNo(night), at, nightly: true, findings }
    }

    #[test]
    fn the_list_says_of_each_old_test_what_was_worse_than_usual_then() {
        let mut tests: Vec<PortTestRow> = (1..=6).map(|night| tested(night, 20, -75)).collect();
        tests.extend([tested(7, 12, -75), tested(8, 20, -62), tested(9, 20, -75)]);
        tests.reverse();
        let worse = worse_than_usual(&tests);
        for (language, echo, noise) in [
            (Language::Chinese, "平时 20 dB", "平时 -75 dBm0p"),
            (Language::English, "usually 20 dB", "usually -75 dBm0p"),
        ] {
            let lines: Vec<TestLine> =
                tests.iter().zip(&worse).map(|(test, worse)| line(test, worse, language)).collect();
            let said = |line: &TestLine| (line.usual_echo.clone(), line.usual_noise.clone());
            let said: Vec<_> = lines.iter().take(4).map(said).collect();
            assert_eq!(said, [(None, None), (None, Some(noise.into())), (Some(echo.into()), None), (None, None)]);
            assert_eq!(lines[2].echo, "12 dB");
        }
    }
}
