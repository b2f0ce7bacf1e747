//! `ringfence keep-caller`: the network is asked to keep who called (MCID), and what it answers is told.

use std::process::ExitCode;

use super::{Outcome, arguments::KeepCaller, console, say, settings};
use crate::{
    changes::Client,
    handles::{LinesRefusal, LinesReply, LinesRequest},
    words::{
        Language,
        command::{Lines, Trouble},
        state::service_refusal,
    },
};

/// Asks the running box.
pub(super) fn keep_caller(asked: &KeepCaller, language: Language) -> Outcome {
    let client = Client::connect(&asked.data).map_err(|error| settings::trouble(error, &asked.data))?;
    let (call, by, reason) = (asked.call, console(), asked.reason.clone());
    let request = LinesRequest::KeepCaller { call, by, reason };
    let path = || asked.data.display().to_string();
    match client.ask_lines(&request).map_err(|error| settings::trouble(error, &asked.data))? {
        LinesReply::CallerKept => {
            say(&Lines::CallerKept { call: call.to_string() }.say(language));
            Ok(ExitCode::SUCCESS)
        }
        LinesReply::CallerNotKept(why) => {
            Err(Trouble::CallerNotKept { why: service_refusal(why, language).to_owned() })
        }
        LinesReply::Refused(LinesRefusal::NoSuchCall) => Err(Trouble::CallIsOver { call: call.to_string() }),
        LinesReply::Refused(LinesRefusal::NotOverIsdn) => Err(Trouble::NotOverIsdn { call: call.to_string() }),
        LinesReply::Refused(LinesRefusal::NotAudited) => Err(Trouble::NotAudited),
        LinesReply::Refused(_) => Err(Trouble::BoxSilent { path: path() }),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: path() }),
    }
}
