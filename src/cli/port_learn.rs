//! `ringfence port learn`: the busy tone of an outside line is learnt from it, and becomes a row of the settings once a person
//! who heard it has said so.

use std::{io, process::ExitCode, thread::sleep, time::Duration};

use ::settings::BusyTone;
use analog::port_learn::{CALL_WITHIN, Learning, Learnt};
use frame::PortId;

use super::{
    Outcome,
    arguments::Port,
    console, note,
    port::{NOT_WHOLE, ask, find},
    say, settings, system,
};
use crate::{
    changes::Client,
    handles::{LearnAct, LinesRefusal, LinesReply, LinesRequest, NotTested, SettingsReply, SettingsRequest},
    words::{
        Language,
        command::Trouble,
        port::{self, Port as Words},
    },
};

/// How often the box is asked how far it has come. It gives up by itself.
const EACH: Duration = Duration::from_millis(500);

/// Exit code 0 where the settings have it, [`NOT_WHOLE`] where nothing came of it or nobody wanted it.
pub(super) fn learn(asked: &Port, reason: &str, yes: bool, language: Language) -> Outcome {
    let Some(found) = find(asked, &asked.jack)? else {
        return Err(Trouble::NotTested { why: port::not_tested(NotTested::NoSuchPort, language) });
    };
    if has_busy_tone(&current(asked)?, found) {
        return Err(Trouble::NotTested { why: Words::HasBusyTone { port: found.to_string() }.say(language) });
    }
    match follow(asked, found, reason, language)? {
        Learnt::Rhythm { hz, bursts_ms } => {
            say(&port::rhythm(&hz, &bursts_ms, language));
            keep(asked, &BusyTone { port: found, hz, bursts_ms }, yes, language)
        }
        other => {
            port::not_learnt(&other, language).iter().for_each(|why| say(why));
            Ok(ExitCode::from(NOT_WHOLE))
        }
    }
}

/// Until it is over, with what to do meanwhile.
fn follow(asked: &Port, of: PortId, reason: &str, language: Language) -> Result<Learnt, Trouble> {
    let mut told = step(asked, of, LearnAct::Begin, reason, language)?;
    say(&Words::CallIn { port: of.to_string(), within_s: CALL_WITHIN.as_secs() }.say(language));
    loop {
        sleep(EACH);
        let now = step(asked, of, LearnAct::Look, "", language)?;
        if now == Learning::Listens && told != now {
            say(&Words::HangUpNow.say(language));
        }
        if let Learning::Over(learnt) = now {
            return Ok(learnt);
        }
        told = now;
    }
}

fn step(asked: &Port, of: PortId, act: LearnAct, reason: &str, language: Language) -> Result<Learning, Trouble> {
    let request = LinesRequest::LearnPort { port: of, act, by: console(), reason: reason.to_owned() };
    match ask(asked, &request)? {
        LinesReply::PortLearning(Ok(learning)) => Ok(learning),
        LinesReply::PortLearning(Err(why)) => Err(Trouble::NotTested { why: port::not_tested(why, language) }),
        LinesReply::Refused(LinesRefusal::NotAudited) => Err(Trouble::NotAudited),
        LinesReply::Refused(_) => Err(Trouble::BoxSilent { path: asked.data.display().to_string() }),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() }),
    }
}

/// Asks whether it is to be kept, and has it applied as any change of the settings.
fn keep(asked: &Port, tone: &BusyTone, yes: bool, language: Language) -> Outcome {
    if !yes {
        note(&Words::MakeItBusyTone { port: tone.port.to_string() }.say(language));
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map_err(system("stdin"))?;
        if !is_yes(&answer) {
            say(&Words::NotKept.say(language));
            return Ok(ExitCode::from(NOT_WHOLE));
        }
    }
    // What the box has now, and not what it had before somebody walked to a telephone.
    let text = format!("{}{}", current(asked)?, row(tone));
    settings::apply_text(&asked.data, text, language)
}

/// The settings that hold, as their owner wrote them.
fn current(asked: &Port) -> Result<String, Trouble> {
    let trouble = |error| settings::trouble(error, &asked.data);
    match Client::connect(&asked.data).and_then(|client| client.ask(&SettingsRequest::Show)).map_err(trouble)? {
        SettingsReply::Shown { text, .. } => Ok(text),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() }),
    }
}

fn has_busy_tone(text: &str, port: PortId) -> bool {
    BusyTone::of_document(text).iter().any(|tone| tone.port == port)
}

/// A row at the end of the settings, where it is in no table of theirs.
fn row(BusyTone { port, hz, bursts_ms }: &BusyTone) -> String {
    format!("\n[[busy_tones]]\nport = \"{port}\"\nhz = {hz:?}\nbursts_ms = {bursts_ms:?}\n")
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim(), "y" | "Y" | "yes" | "是")
}

#[cfg(test)]
mod tests {
    use ::settings::{Board, Settings};

    use super::*;

    #[test]
    fn what_was_learnt_becomes_a_row_of_the_settings_as_their_owner_wrote_them() {
        let board = Board::parse("demo.toml", include_str!("../../board/demo.toml")).unwrap();
        let text = include_str!("../../board/demo.settings.toml");
        let port = "SIM-FXO.2".parse().unwrap();
        let tone = |port| BusyTone { port, hz: vec![480, 620], bursts_ms: vec![[250, 250], [250, 750]] };
        assert!(!has_busy_tone(text, port));
        let text = format!("{text}{}", row(&tone(port)));
        let read = Settings::parse("demo.settings.toml", &text, &board, None).unwrap().settings;
        assert_eq!(read.busy_tones, [tone(port)]);
        let other = "SIM-FXO.3".parse().unwrap();
        assert!(has_busy_tone(&text, port) && !has_busy_tone(&text, other));
        let read =
            Settings::parse("demo.settings.toml", &format!("{text}{}", row(&tone(other))), &board, None).unwrap();
        assert_eq!(read.settings.busy_tones.len(), 2);
    }

    #[test]
    fn nothing_but_a_yes_is_one() {
        assert!(["y\n", "yes", "是\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "why", "否"].into_iter().any(is_yes));
    }
}
