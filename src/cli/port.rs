//! `ringfence port`: an analog port of the running box is tested, and what is wrong with it is said.

use std::process::ExitCode;

use frame::PortId;

use super::{
    Outcome,
    arguments::{Port, PortAct},
    console, say, settings,
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
        PortAct::Test { reason } => test(asked, reason, language),
    }
}

/// Exit code 0 where nothing is wrong, 1 where something is, and 2 where it was not tested to its end.
fn test(asked: &Port, reason: &str, language: Language) -> Outcome {
    let Some(found) = find(asked)? else {
        return Err(Trouble::NotTested { why: port::not_tested(NotTested::NoSuchPort, language) });
    };
    let request = LinesRequest::TestPort { port: found, by: console(), reason: reason.to_owned() };
    match ask(asked, &request)? {
        LinesReply::PortTested(Ok(tested)) => Ok(tell(found, &tested, language)),
        LinesReply::PortTested(Err(why)) => Err(Trouble::NotTested { why: port::not_tested(why, language) }),
        LinesReply::Refused(LinesRefusal::NotAudited) => Err(Trouble::NotAudited),
        LinesReply::Refused(_) => Err(Trouble::BoxSilent { path: asked.data.display().to_string() }),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() }),
    }
}

fn ask(asked: &Port, request: &LinesRequest) -> Result<LinesReply, Trouble> {
    let trouble = |error| settings::trouble(error, &asked.data);
    Client::connect(&asked.data).and_then(|client| client.ask_lines(request)).map_err(trouble)
}

/// The jack that is named: by card and position, or by the label beside it where only one has that.
fn find(asked: &Port) -> Result<Option<PortId>, Trouble> {
    if let Ok(port) = asked.jack.parse() {
        return Ok(Some(port));
    }
    let LinesReply::Spans(now) = ask(asked, &LinesRequest::Spans)? else {
        return Err(Trouble::BoxSilent { path: asked.data.display().to_string() });
    };
    let labelled: Vec<&JackNow> = now.jacks.iter().filter(|jack| jack.label == asked.jack).collect();
    match labelled[..] {
        [jack] => Ok(Some(jack.port)),
        _ => Ok(None),
    }
}

fn tell(port: PortId, TestedPort { at, findings }: &TestedPort, language: Language) -> ExitCode {
    say(&Words::TestOf { port: port.to_string(), at: date_time(at.utc) }.say(language));
    for (what, value) in port::facts(findings, language) {
        say(&Words::Fact { what: what.to_owned(), value }.say(language));
    }
    for verdict in &findings.verdicts {
        say(&Words::Verdict { verdict: port::verdict(*verdict, at.utc, language) }.say(language));
    }
    match () {
        () if findings.verdicts.iter().any(|verdict| verdict.is_bad()) => ExitCode::FAILURE,
        () if findings.is_whole() => ExitCode::SUCCESS,
        () => ExitCode::from(2),
    }
}
