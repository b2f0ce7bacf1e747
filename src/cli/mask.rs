//! `ringfence mask`: something of a talk is neither heard by others nor recorded, or is again.

use std::process::ExitCode;

use call::NotMasked;

use super::{Outcome, arguments::Mask, console, say, settings};
use crate::{
    changes::Client,
    handles::{LinesReply, LinesRequest, MaskOf},
    words::{
        Language,
        command::{Lines, Trouble},
    },
};

/// Asks the running box.
pub(super) fn mask(asked: &Mask, language: Language) -> Outcome {
    let client = Client::connect(&asked.data).map_err(|error| settings::trouble(error, &asked.data))?;
    let Mask { call, what, on, .. } = *asked;
    let request = LinesRequest::Mask { of: MaskOf::Call(call), what, on, by: console() };
    let path = || asked.data.display().to_string();
    let call = call.to_string();
    match client.ask_lines(&request).map_err(|error| settings::trouble(error, &asked.data))? {
        LinesReply::Masked(Ok(())) => {
            say(&if on { Lines::Masked { call } } else { Lines::MaskedNoMore { call } }.say(language));
            Ok(ExitCode::SUCCESS)
        }
        LinesReply::Masked(Err(NotMasked::NoSuchCall)) => Err(Trouble::NoSuchCall { call, path: path() }),
        LinesReply::Masked(Err(NotMasked::NotTalking | NotMasked::NotAllowed)) => Err(Trouble::NobodyTalks { call }),
        LinesReply::Refused(_) => Err(Trouble::BoxSilent { path: path() }),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: path() }),
    }
}
