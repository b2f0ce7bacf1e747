//! `ringfence restart-span`: one span of the running box is restarted, the others go on. The calls on it are named first.

use std::process::ExitCode;

use super::{Outcome, arguments::RestartSpan, console, lines_refused, note, say, settings};
use crate::{
    changes::Client,
    handles::{LinesReply, LinesRequest},
    words::{
        Language,
        command::{Lines, Trouble},
    },
};

/// Asks the running box to restart a span.
pub(super) fn restart_span(asked: &RestartSpan, language: Language) -> Outcome {
    let mut named = Vec::new();
    for _ in 0..TRIES {
        let client = Client::connect(&asked.data).map_err(|error| settings::trouble(error, &asked.data))?;
        let request = LinesRequest::RestartSpan {
            span: asked.span,
            named: named.clone(),
            by: console(),
            reason: asked.reason.clone(),
        };
        match client.ask_lines(&request).map_err(|error| settings::trouble(error, &asked.data))? {
            LinesReply::Restarting => {
                say(&Lines::SpanRestarts { span: asked.span.0 }.say(language));
                return Ok(ExitCode::SUCCESS);
            }
            LinesReply::CallsOnSpan(calls) => {
                calls.iter().for_each(|call| note(&Lines::CallOnSpan { call: call.to_string() }.say(language)));
                if !asked.yes {
                    return Err(Trouble::CallsOnSpan { span: asked.span.0, count: calls.len() });
                }
                named = calls;
            }
            LinesReply::Refused(why) => return Err(lines_refused(why, asked.span, &asked.data)),
            _ => return Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() }),
        }
    }
    Err(Trouble::CallsOnSpan { span: asked.span.0, count: named.len() })
}

/// On a busy span calls begin between being named and being accepted. So often is tried; then a person decides again.
const TRIES: usize = 5;
