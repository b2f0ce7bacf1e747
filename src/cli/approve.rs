//! `ringfence approve`: acts that need two, listed, asked for and answered. Who that is shows their own password.

use std::{path::Path, process::ExitCode};

use access::{ApprovalAnswer, Proposal};

use super::{
    Outcome,
    arguments::{Approve, ApproveAct},
    note, say, settings, system,
};
use crate::{
    changes::{Client, ClientError},
    handles::{ApprovalNow, ApprovalsReply, ApprovalsRequest, Credentials, Passphrase},
    words::{
        Language,
        approval::{self as words, Approving},
        command::{Running, Trouble},
        date_time,
    },
};

/// Asks the running box.
pub(super) fn approve(asked: &Approve, language: Language) -> Outcome {
    let request = request(&asked.act, language)?;
    let client = Client::connect(&asked.data).map_err(|error| settings::trouble(error, &asked.data))?;
    let reply = client.ask_approvals(&request).map_err(|error| trouble(error, &asked.data))?;
    match reply {
        ApprovalsReply::Open(open) if open.is_empty() => say(&Approving::Nothing.say(language)),
        ApprovalsReply::Open(open) => open.into_iter().for_each(|open| say_one(open, language)),
        ApprovalsReply::Asked(no) => say(&Approving::Asked { no: no.0 }.say(language)),
        ApprovalsReply::Answered => say(&Approving::AnswerCounts.say(language)),
        ApprovalsReply::Refused(why) => return Err(Trouble::NotApproved { why: words::refusal(why).say(language) }),
        ApprovalsReply::Redeemed { .. } | ApprovalsReply::OneIsEnough => {
            return Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn request(act: &ApproveAct, language: Language) -> Result<ApprovalsRequest, Trouble> {
    let answer = |name: &str, no, answer, reason: &str| {
        let by = credentials(name, language)?;
        Ok(ApprovalsRequest::Answer { by, no, answer, reason: reason.to_owned() })
    };
    match act {
        ApproveAct::List => Ok(ApprovalsRequest::List),
        ApproveAct::Ask { name, act, object, reason } => {
            let proposal = Proposal { act: *act, object: object.clone(), reason: reason.clone() };
            Ok(ApprovalsRequest::Ask { by: credentials(name, language)?, proposal })
        }
        ApproveAct::Grant { name, no, reason } => answer(name, *no, ApprovalAnswer::Granted, reason),
        ApproveAct::Refuse { name, no, reason } => answer(name, *no, ApprovalAnswer::Refused, reason),
        ApproveAct::Withdraw { name, no, reason } => answer(name, *no, ApprovalAnswer::Withdrawn, reason),
    }
}

/// The password is read unseen: it never stands on a command line, which others can list.
pub(super) fn credentials(name: &str, language: Language) -> Result<Credentials, Trouble> {
    note(&Running::AskOwnPassword { name: name.to_owned() }.say(language));
    let typed = os::read_line_unseen().map_err(system("stdin"))?;
    let password = Passphrase(typed.trim_end_matches(['\r', '\n']).to_owned());
    note(&Running::AskAppCode.say(language));
    let typed = os::read_line_unseen().map_err(system("stdin"))?;
    let code = Some(Passphrase(typed)).filter(|code| !code.0.is_empty());
    Ok(Credentials { name: name.to_owned(), password, code, uid: nix::unistd::getuid().as_raw() })
}

/// What a box that was asked for an act and does not answer has done, nobody knows.
pub(super) fn trouble(error: ClientError, data: &Path) -> Trouble {
    match error {
        ClientError::Silent => Trouble::BoxSilentOnAct { path: data.display().to_string() },
        error => settings::trouble(error, data),
    }
}

fn say_one(open: ApprovalNow, language: Language) {
    let about = words::about(&open.proposal, &open.about, language);
    say(&line(open, language));
    about.iter().for_each(|line| say(&format!("    {line}")));
}

fn line(open: ApprovalNow, language: Language) -> String {
    let state = match open.granted {
        Some(name) => Approving::GrantedBy { name },
        None => words::waits_for(open.proposal.act, language),
    };
    let line = Approving::Line {
        no: open.no.to_string(),
        act: words::act(open.proposal.act).say(language),
        object: open.proposal.object,
        by: open.by,
        state: state.say(language),
        until: date_time(open.until),
        reason: open.proposal.reason,
    };
    line.say(language)
}
