//! Taking an invitation: somebody comes in for the first time, or with a new password.

use std::sync::Arc;

use access::{OwnerCode, PASSWORD_MIN_CHARS, Password, SessionToken, SignInName};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use frame::PersonId;

use super::{
    accounts,
    app::App,
    fault::{Fault, render},
    sent::Sent,
    shell::Shell,
    sign_in::{ClaimForm, compare, hash, locked_out, new_token, read_claim, welcome},
    turn::Busy,
    visitor::Visitor,
    wrong::Wrong,
};
use crate::words::{Language, page::Page, people::People};

#[derive(Template)]
#[template(path = "join.html", config = "src/admin/web/askama.toml")]
struct JoinPage {
    shell: Shell,
    person: PersonId,
    hint: String,
    least: usize,
    name: String,
    wrong: Option<String>,
}

impl JoinPage {
    fn say(&self, sentence: People) -> String {
        sentence.say(self.shell.language)
    }
}

/// `GET /join/{person}`. The same for everybody, invited or not.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(person): Path<String>,
) -> Result<Response, Fault> {
    let person = read_person(&person, visitor.language)?;
    if app.access().is_unclaimed() {
        return Ok(Redirect::to("/first-start").into_response());
    }
    Ok(join_page(visitor.language, person, String::new(), None))
}

/// `POST /join/{person}`: the code, then a name and a password; the accounts are written, then the person is in.
pub(super) async fn join(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(person): Path<String>,
    Sent(form): Sent<ClaimForm>,
) -> Result<Response, Fault> {
    let person = read_person(&person, visitor.language)?;
    let joined = match read_claim(&form, Wrong::Here(People::JoinWrong)) {
        Ok((code, name, password)) => take(&app, &visitor, person, &code, name, password).await,
        Err(wrong) => Err(wrong),
    };
    match joined {
        Ok(token) => Ok(welcome(&app, &visitor, &token)),
        Err(wrong) => Ok(join_page(visitor.language, person, form.name, Some(wrong))),
    }
}

async fn take(
    app: &App,
    visitor: &Visitor,
    person: PersonId,
    code: &OwnerCode,
    name: SignInName,
    password: Password,
) -> Result<SessionToken, Wrong> {
    let _turn = app.turns.take().map_err(|Busy| Page::SignInBusy)?;
    let begun = app.access().begin_join(app.now(), person, &visitor.from).map_err(locked_out)?;
    let (join, matches) = compare(begun, code.as_password()).await;
    let password = hash(password).await.map_err(|_| Page::Internal)?;
    let accepted = app.access().accept_join(app.now(), &join, matches, name, password);
    app.tell_access();
    let accounts = accepted?;
    let token = new_token().map_err(|_| Page::Internal)?;
    accounts::keep(&app.parts.keys, &accounts).map_err(|_| Page::NotKept)?;
    app.access().finish_join(app.now().time, join, accounts, &token);
    app.tell_access();
    Ok(token)
}

/// The person of a path.
pub(super) fn read_person(text: &str, language: Language) -> Result<PersonId, Fault> {
    text.parse().map(PersonId).map_err(|_| Fault::not_found(language))
}

fn join_page(language: Language, person: PersonId, name: String, wrong: Option<Wrong>) -> Response {
    let status = wrong.as_ref().map_or(StatusCode::OK, Wrong::status);
    let wrong = wrong.map(|wrong| wrong.say(language));
    let (shell, least) = (Shell::outside_titled(language, People::Join.say(language)), PASSWORD_MIN_CHARS);
    let hint = People::JoinHint { least }.say(language);
    (status, render(&JoinPage { shell, person, hint, least, name, wrong })).into_response()
}
