//! `ringfence port`: an analog port of the running box is tested, and what is wrong with it is said.

use std::process::ExitCode;

use analog::{port_test::Findings, port_trend::Worse};
use frame::PortId;

use super::{
    Outcome,
    arguments::{Port, PortAct},
    console, port_learn, say, settings,
};
use crate::{
    changes::Client,
    handles::{JackNow, LinesRefusal, LinesReply, LinesRequest, NotTested, TestedPort},
    words::{
        Language,
        command::Trouble,
        date_time,
        port::{self, Port as Words},
    },
};

/// Does what is asked of a port.
pub(super) fn port(asked: &Port, language: Language) -> Outcome {
    match &asked.act {
        PortAct::Test { reason, even_last, from } => test(asked, reason, *even_last, from.as_deref(), language),
        PortAct::Learn { reason, yes } => port_learn::learn(asked, reason, *yes, language),
    }
}

/// Exit code 0 where nothing is wrong; [`BAD`]; [`NOT_WHOLE`]; 1 and 2 are of the command line, as with all verbs.
fn test(asked: &Port, reason: &str, even_last: bool, from: Option<&str>, language: Language) -> Outcome {
    let no_such_port = || Trouble::NotTested { why: port::not_tested(NotTested::NoSuchPort, language) };
    let found = find(asked, &asked.jack)?.ok_or_else(no_such_port)?;
    let from = from.map(|jack| find(asked, jack)?.ok_or_else(no_such_port)).transpose()?;
    let request = LinesRequest::TestPort { port: found, even_last, from, by: console(), reason: reason.to_owned() };
    match ask(asked, &request)? {
        LinesReply::PortTested(Ok(tested)) => Ok(tell(found, &tested, language)),
        LinesReply::PortTested(Err(why)) => Err(Trouble::NotTested { why: port::not_tested(why, language) }),
        LinesReply::Refused(LinesRefusal::NotAudited) => Err(Trouble::NotAudited),
        LinesReply::Refused(_) => Err(Trouble::BoxSilent { path: asked.data.display().to_string() }),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() }),
    }
}

pub(super) fn ask(asked: &Port, request: &LinesRequest) -> Result<LinesReply, Trouble> {
    let trouble = |error| settings::trouble(error, &asked.data);
    Client::connect(&asked.data).and_then(|client| client.ask_lines(request)).map_err(trouble)
}

/// The jack that is named: by card and position, or by the label beside it where only one has that.
pub(super) fn find(asked: &Port, jack: &str) -> Result<Option<PortId>, Trouble> {
    if let Ok(port) = jack.parse() {
        return Ok(Some(port));
    }
    let LinesReply::Spans(now) = ask(asked, &LinesRequest::Spans)? else {
        return Err(Trouble::BoxSilent { path: asked.data.display().to_string() });
    };
    let labelled: Vec<&JackNow> = now.jacks.iter().filter(|known| known.label == jack).collect();
    match labelled[..] {
        [jack] => Ok(Some(jack.port)),
        _ => Ok(None),
    }
}

fn tell(port: PortId, TestedPort { at, findings, worse }: &TestedPort, language: Language) -> ExitCode {
    say(&Words::TestOf { port: port.to_string(), at: date_time(at.utc) }.say(language));
    for (what, value) in port::facts(findings, language) {
        say(&Words::Fact { what: what.to_owned(), value }.say(language));
    }
    for verdict in &findings.verdicts {
        say(&Words::Verdict { verdict: port::verdict(*verdict, at.utc, language) }.say(language));
    }
    for worse in worse {
        say(&Words::Verdict { verdict: port::worse(*worse, language) }.say(language));
    }
    ExitCode::from(code(findings, worse))
}

fn code(findings: &Findings, worse: &[Worse]) -> u8 {
    match () {
        () if !worse.is_empty() => BAD,
        () if findings.verdicts.iter().any(|verdict| verdict.is_bad()) => BAD,
        () if findings.is_whole() => 0,
        () => NOT_WHOLE,
    }
}

/// Something is wrong with the port.
const BAD: u8 = 3;
/// Not all was measured, and what was is good.
pub(super) const NOT_WHOLE: u8 = 4;

#[cfg(test)]
mod tests {
    use analog::port_test::{Tested, Verdict};

    use super::*;

    #[test]
    fn a_bad_port_and_one_that_was_not_measured_are_told_from_a_command_that_failed() {
        let of = |verdicts| code(&Findings { verdicts, ..Findings::never_idle(Tested::OutsideLine) }, &[]);
        assert_eq!(of(vec![Verdict::Good]), 0);
        assert_eq!(of(vec![Verdict::LoudEcho { erl_db: 4 }, Verdict::Noisy { dbm0p: -50 }]), BAD);
        let good = Findings { verdicts: vec![Verdict::Good], ..Findings::never_idle(Tested::OutsideLine) };
        assert_eq!(code(&good, &[Worse::Noise { dbm0p: -62, usual_dbm0p: -75 }]), BAD, "good, and worse than it was");
        assert_eq!([of(vec![Verdict::Interrupted]), of(vec![Verdict::DialsWithout])], [NOT_WHOLE; 2]);
    }
}
