//! `ringfence service`: channels of a span are taken out of service, or put back. The calls on them are named.

use std::process::ExitCode;

use super::{Outcome, arguments::Service, console, lines_refused, say, settings};
use crate::{
    changes::Client,
    handles::{LinesReply, LinesRequest},
    words::{
        Language,
        command::{Lines, Trouble},
    },
};

/// Asks the running box.
pub(super) fn service(asked: &Service, language: Language) -> Outcome {
    let client = Client::connect(&asked.data).map_err(|error| settings::trouble(error, &asked.data))?;
    let Service { span, timeslot, in_service, ref reason, .. } = *asked;
    let request = LinesRequest::Service { span, timeslot, in_service, by: console(), reason: reason.clone() };
    match client.ask_lines(&request).map_err(|error| settings::trouble(error, &asked.data))? {
        LinesReply::Serviced { calls } => {
            let line =
                if in_service { Lines::InService { span: span.0 } } else { Lines::OutOfService { span: span.0 } };
            say(&line.say(language));
            calls.iter().for_each(|call| say(&Lines::CallGoesOn { call: call.to_string() }.say(language)));
            Ok(ExitCode::SUCCESS)
        }
        LinesReply::Refused(why) => Err(lines_refused(why, span, &asked.data)),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() }),
    }
}
